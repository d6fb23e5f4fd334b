/*
 * The vectors of Project Wycheproof (test/vectors/wycheproof) against core/crypto.h: every valid one gives its answer,
 * both ways; every invalid one is refused; what is "acceptable" is decided as the README there says. Each kind of
 * vector is counted, so that none goes unseen.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/crypto.h"
#include "test/core/vectors_util.h"

#define VECTOR_SIZE_MAX 1024

struct counts {
    int64_t valid, invalid, acceptable, refused, other_size;
};

static struct counts counts;
static char name[64];

typedef void check_fn(const json_t *group, const json_t *test);

/* Call check for every vector of a file; all are there that the file says it has. */
static void each(const char *file, check_fn *check) {
    const json_t *all = vec_load(file);
    int64_t count = 0;
    size_t g, t;
    json_t *group, *test;
    counts = (struct counts){0};
    json_array_foreach(vec_array(all, "testGroups"), g, group) {
        json_array_foreach(vec_array(group, "tests"), t, test) {
            (void)snprintf(name, sizeof name, "%s %lld", file, (long long)vec_int(test, "tcId"));
            check(group, test);
            count++;
        }
    }
    assert_int_equal(count, vec_int(all, "numberOfTests"));
}

static bool is(const json_t *test, const char *result) {
    return strcmp(vec_text(test, "result"), result) == 0;
}

static bool has_flag(const json_t *test, const char *flag) {
    size_t i;
    json_t *value;
    json_array_foreach(vec_array(test, "flags"), i, value) {
        if (strcmp(json_string_value(value), flag) == 0) return true;
    }
    return false;
}

/* ---- Ed25519 ---- */

static void check_eddsa(const json_t *group, const json_t *test) {
    const json_t *key = json_object_get(group, "key");
    const struct vec public_key = vec_bytes(key, "pk"), seed = vec_bytes(key, "sk");
    const struct vec message = vec_bytes(test, "msg"), signature = vec_bytes(test, "sig");
    const bool valid = is(test, "valid");
    uint8_t made_key[KEY_SIZE], secret[SECRET_SIZE], made[SIGNATURE_SIZE];
    assert_true(public_key.size == KEY_SIZE && seed.size == SEED_SIZE && (valid || is(test, "invalid")));
    if (signature.size != SIGNATURE_SIZE) {
        vec_expect(!valid, name, "a signature of another size");
        counts.other_size++;
        return;
    }
    counts.valid += valid;
    counts.invalid += !valid;
    vec_expect_err(crypto_sign_check(signature.data, message.data, message.size, public_key.data),
                   valid ? NULL : "SIGNATURE", name, "check");
    crypto_keypair(made_key, secret, seed.data);
    vec_expect_bytes(made_key, sizeof made_key, public_key, name, "public key");
    crypto_sign_make(made, message.data, message.size, secret);
    if (valid) vec_expect_bytes(made, sizeof made, signature, name, "signature");
    vec_expect_err(crypto_sign_check(made, message.data, message.size, made_key), NULL, name, "own signature");
}

static void test_ed25519_of_wycheproof(void **state) {
    (void)state;
    each("wycheproof/eddsa_test", check_eddsa);
    assert_int_equal(counts.valid, 84);
    assert_int_equal(counts.invalid, 49);
    assert_int_equal(counts.other_size, 12);
    vec_done(400);
}

/* ---- X25519 ---- */

static void check_x25519(const json_t *group, const json_t *test) {
    (void)group;
    const struct vec public_key = vec_bytes(test, "public"), secret = vec_bytes(test, "private");
    const bool zero = has_flag(test, "ZeroSharedSecret");
    uint8_t shared[KEY_SIZE];
    assert_true(public_key.size == KEY_SIZE && secret.size == KEY_SIZE);
    assert_true(is(test, "valid") || is(test, "acceptable"));
    assert_true(!zero || is(test, "acceptable"));
    const int err = crypto_x25519(shared, secret.data, public_key.data);
    vec_expect_err(err, zero ? "FIELD" : NULL, name, "result");
    if (!zero) vec_expect_bytes(shared, sizeof shared, vec_bytes(test, "shared"), name, "shared");
    counts.valid += is(test, "valid");
    counts.acceptable += is(test, "acceptable") && !zero;
    counts.refused += zero;
}

static void test_x25519_of_wycheproof(void **state) {
    (void)state;
    each("wycheproof/x25519_test", check_x25519);
    assert_int_equal(counts.valid, 265);
    assert_int_equal(counts.acceptable, 222);
    assert_int_equal(counts.refused, 31);
    vec_done(1000);
}

/* ---- ChaCha20-Poly1305 and XChaCha20-Poly1305 ---- */

struct aead {
    size_t nonce_size;
    void (*seal)(uint8_t *out, struct vec plain, struct vec ad, struct vec nonce, struct vec key);
    int (*open)(uint8_t *out, const uint8_t *sealed, size_t size, struct vec ad, struct vec nonce, struct vec key);
};
static const struct aead *aead;

static void check_aead(const json_t *group, const json_t *test) {
    (void)group;
    const struct vec key = vec_bytes(test, "key"), nonce = vec_bytes(test, "iv"), ad = vec_bytes(test, "aad");
    const struct vec plain = vec_bytes(test, "msg"), cipher = vec_bytes(test, "ct"), tag = vec_bytes(test, "tag");
    const bool valid = is(test, "valid");
    uint8_t sealed[VECTOR_SIZE_MAX + SEAL_SIZE], made[VECTOR_SIZE_MAX + SEAL_SIZE];
    assert_true(key.size == KEY_SIZE && (valid || is(test, "invalid")));
    if (nonce.size != aead->nonce_size) {
        vec_expect(!valid, name, "a nonce of another size");
        counts.other_size++;
        return;
    }
    assert_true(plain.size <= VECTOR_SIZE_MAX && cipher.size == plain.size && tag.size == SEAL_SIZE);
    counts.valid += valid;
    counts.invalid += !valid;
    if (cipher.size > 0) memcpy(sealed, cipher.data, cipher.size);
    memcpy(sealed + cipher.size, tag.data, SEAL_SIZE);
    memset(made, 0xee, sizeof made);
    const int got = aead->open(made, sealed, cipher.size + SEAL_SIZE, ad, nonce, key);
    vec_expect_err(got, valid ? NULL : "SEAL", name, "open");
    if (valid) vec_expect_bytes(made, plain.size, plain, name, "plain");
    aead->seal(made, plain, ad, nonce, key);
    const bool same = memcmp(made, sealed, plain.size + SEAL_SIZE) == 0;
    vec_expect(same == valid, name, "seal");
}

static void seal(uint8_t *out, struct vec plain, struct vec ad, struct vec nonce, struct vec key) {
    crypto_seal(out, plain.data, plain.size, ad.data, ad.size, nonce.data, key.data);
}

static int open_sealed(uint8_t *out, const uint8_t *sealed, size_t size, struct vec ad, struct vec nonce,
                       struct vec key) {
    return crypto_open(out, sealed, size, ad.data, ad.size, nonce.data, key.data);
}

static void test_chacha20_poly1305_of_wycheproof(void **state) {
    (void)state;
    static const struct aead ietf = {NONCE_SIZE, seal, open_sealed};
    aead = &ietf;
    each("wycheproof/chacha20_poly1305_test", check_aead);
    assert_int_equal(counts.valid, 233);
    assert_int_equal(counts.invalid, 60);
    assert_int_equal(counts.other_size, 7);
    vec_done(800);
}

static void xseal(uint8_t *out, struct vec plain, struct vec ad, struct vec nonce, struct vec key) {
    assert_int_equal(crypto_aead_xchacha20poly1305_ietf_encrypt(out, NULL, plain.data, plain.size, ad.data, ad.size,
                                                                NULL, nonce.data, key.data),
                     0);
}

static int xopen(uint8_t *out, const uint8_t *sealed, size_t size, struct vec ad, struct vec nonce, struct vec key) {
    return crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL, sealed, size, ad.data, ad.size, nonce.data,
                                                      key.data)
               ? ERR_SEAL
               : 0;
}

/* Whatever seals with it takes it from libsodium itself. */
static void test_xchacha20_poly1305_of_wycheproof(void **state) {
    (void)state;
    static const struct aead extended = {crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, xseal, xopen};
    aead = &extended;
    each("wycheproof/xchacha20_poly1305_test", check_aead);
    assert_int_equal(counts.valid, 220);
    assert_int_equal(counts.invalid, 60);
    assert_int_equal(counts.other_size, 4);
    vec_done(780);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ed25519_of_wycheproof),
        cmocka_unit_test(test_x25519_of_wycheproof),
        cmocka_unit_test(test_chacha20_poly1305_of_wycheproof),
        cmocka_unit_test(test_xchacha20_poly1305_of_wycheproof),
    };
    if (sodium_init() < 0) return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
