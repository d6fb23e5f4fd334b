/*
 * The handshake Noise_NN_25519_ChaChaPoly_BLAKE2b. Shows by published vectors of two other implementations that both
 * sides write and read the same bytes, transport messages included; and by bad input that a changed, cut, foreign or
 * misplaced message is refused, that a refusal changes and writes nothing, and that no secret stays behind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "core/crypto.h"
#include "core/noise.h"
#include "test/core/vectors_util.h"
#include "test/property_util.h"

static const uint8_t prologue[] = "longear session 1";
static struct noise initiator, responder;

static void begin(struct rng *g) {
    uint8_t secret[KEY_SIZE];
    rng_bytes(g, secret, sizeof secret);
    noise_init(&initiator, true, prologue, sizeof prologue - 1, secret);
    rng_bytes(g, secret, sizeof secret);
    noise_init(&responder, false, prologue, sizeof prologue - 1, secret);
}

/* Pass a first message without payload, so that the responder's turn comes. */
static void first(void) {
    uint8_t message[KEY_SIZE];
    assert_int_equal(noise_write(&initiator, NULL, 0, message, sizeof message), KEY_SIZE);
    assert_int_equal(noise_read(&responder, message, sizeof message, NULL, 0), 0);
}

/* ---- Published vectors ---- */

static void expect_transport(const json_t *messages, uint8_t keys[2][KEY_SIZE], const char *name) {
    for (size_t i = 2; i < json_array_size(messages); i++) {
        const json_t *v = json_array_get(messages, i);
        const struct vec payload = vec_bytes(v, "payload"), wanted = vec_bytes(v, "ciphertext");
        uint8_t nonce[NONCE_SIZE], sealed[256], opened[256];
        noise_nonce(nonce, i / 2 - 1);
        crypto_seal(sealed, payload.data, payload.size, NULL, 0, nonce, keys[i % 2]);
        vec_expect_bytes(sealed, payload.size + SEAL_SIZE, wanted, name, "transport message");
        vec_expect_err(crypto_open(opened, wanted.data, wanted.size, NULL, 0, nonce, keys[i % 2]), NULL, name, "open");
        vec_expect_bytes(opened, wanted.size - SEAL_SIZE, payload, name, "transport payload");
    }
}

static void expect_vector(const json_t *v) {
    const char *name = vec_text(v, "source");
    const json_t *messages = vec_array(v, "messages");
    const struct vec init_prologue = vec_bytes(v, "init_prologue"), resp_prologue = vec_bytes(v, "resp_prologue");
    noise_init(&initiator, true, init_prologue.data, init_prologue.size, vec_bytes(v, "init_ephemeral").data);
    noise_init(&responder, false, resp_prologue.data, resp_prologue.size, vec_bytes(v, "resp_ephemeral").data);
    for (size_t i = 0; i < 2; i++) {
        const json_t *m = json_array_get(messages, i);
        const struct vec payload = vec_bytes(m, "payload"), wanted = vec_bytes(m, "ciphertext");
        uint8_t message[256], got[256];
        int size = noise_write(i == 0 ? &initiator : &responder, payload.data, payload.size, message, sizeof message);
        assert_true(size > 0);
        vec_expect_bytes(message, (size_t)size, wanted, name, "handshake message");
        size = noise_read(i == 0 ? &responder : &initiator, wanted.data, wanted.size, got, sizeof got);
        assert_true(size >= 0);
        vec_expect_bytes(got, (size_t)size, payload, name, "handshake payload");
    }
    uint8_t keys[2][KEY_SIZE], other[2][KEY_SIZE], hash[2][HASH_LONG_SIZE];
    assert_int_equal(noise_split(&initiator, keys[0], keys[1], hash[0]), 0);
    assert_int_equal(noise_split(&responder, other[1], other[0], hash[1]), 0);
    assert_memory_equal(keys, other, sizeof keys);
    assert_memory_equal(hash[0], hash[1], HASH_LONG_SIZE);
    if (vec_text_or_null(v, "handshake_hash"))
        vec_expect_bytes(hash[0], HASH_LONG_SIZE, vec_bytes(v, "handshake_hash"), name, "handshake hash");
    expect_transport(messages, keys, name);
}

static void test_published_vectors(void **state) {
    (void)state;
    const json_t *all = vec_array(vec_load("noise"), "vectors");
    assert_int_equal(json_array_size(all), 2);
    for (size_t i = 0; i < json_array_size(all); i++) expect_vector(json_array_get(all, i));
    vec_done(2 * 4 + 1 + 3 * (4 + 2));
}

/* ---- Bad input ---- */

/* Every bit of a second message: its key and its seal, with and without payload. A changed key gives another shared
 * secret; the top bit of a key is ignored by X25519, but the hash has it. */
static void test_any_changed_bit_is_refused(void **state) {
    (void)state;
    struct rng g;
    rng_begin(&g, "noise bits");
    for (size_t payload_size = 0; payload_size <= 5; payload_size += 5) {
        uint8_t message[128], got[128];
        begin(&g);
        first();
        int size = noise_write(&responder, (const uint8_t *)"hello", payload_size, message, sizeof message);
        assert_int_equal(size, KEY_SIZE + SEAL_SIZE + payload_size);
        const struct noise before = initiator;
        for (size_t bit = 0; bit < 8 * (size_t)size; bit++) {
            message[bit / 8] ^= (uint8_t)(1 << bit % 8);
            memset(got, 0xee, sizeof got);
            assert_int_equal(noise_read(&initiator, message, (size_t)size, got, sizeof got), ERR_SEAL);
            message[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_memory_equal(&initiator, &before, sizeof before);
            for (size_t i = 0; i < sizeof got; i++) assert_int_equal(got[i], 0xee);
        }
        assert_int_equal(noise_read(&initiator, message, (size_t)size, got, sizeof got), payload_size);
        assert_memory_equal(got, "hello", payload_size);
    }
}

/* A first message has no seal; what was changed in it shows in the second, on both sides' hashes. */
static void test_changed_first_message_fails_later(void **state) {
    (void)state;
    struct rng g;
    rng_begin(&g, "noise first");
    for (size_t at = 0; at < KEY_SIZE + 3; at++) {
        uint8_t message[128], got[128];
        begin(&g);
        int size = noise_write(&initiator, (const uint8_t *)"hey", 3, message, sizeof message);
        message[at] ^= 0x80;
        assert_int_equal(noise_read(&responder, message, (size_t)size, got, sizeof got), 3);
        size = noise_write(&responder, NULL, 0, message, sizeof message);
        assert_int_equal(noise_read(&initiator, message, (size_t)size, NULL, 0), ERR_SEAL);
    }
}

static void test_other_prologue_is_refused(void **state) {
    (void)state;
    struct rng g;
    uint8_t secret[KEY_SIZE], message[128];
    rng_begin(&g, "noise prologue");
    begin(&g);
    rng_bytes(&g, secret, sizeof secret);
    noise_init(&responder, false, (const uint8_t *)"longear session 2", sizeof prologue - 1, secret);
    first();
    int size = noise_write(&responder, NULL, 0, message, sizeof message);
    assert_int_equal(noise_read(&initiator, message, (size_t)size, NULL, 0), ERR_SEAL);
}

static void test_every_truncation_is_refused(void **state) {
    (void)state;
    struct rng g;
    uint8_t message[128];
    rng_begin(&g, "noise truncated");
    begin(&g);
    int size = noise_write(&initiator, NULL, 0, message, sizeof message);
    const struct noise untouched = responder;
    for (size_t n = 0; n < (size_t)size; n++)
        assert_int_equal(noise_read(&responder, message, n, NULL, 0), ERR_TRUNCATED);
    assert_memory_equal(&responder, &untouched, sizeof untouched);
    assert_int_equal(noise_read(&responder, message, (size_t)size, NULL, 0), 0);
    size = noise_write(&responder, NULL, 0, message, sizeof message);
    for (size_t n = 0; n < (size_t)size; n++)
        assert_int_equal(noise_read(&initiator, message, n, NULL, 0), ERR_TRUNCATED);
    assert_int_equal(noise_read(&initiator, message, (size_t)size, NULL, 0), 0);
}

/* Public keys of small order, by which somebody in between could force a secret they know: zero, one, and an encoding
 * of order 8 (the list of RFC 7748's implementers), on both sides. */
static void test_small_order_keys_are_refused(void **state) {
    (void)state;
    static const uint8_t bad[3][KEY_SIZE] = {
        {0},
        {1},
        {0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a,
         0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00},
    };
    struct rng g;
    rng_begin(&g, "noise small order");
    for (size_t i = 0; i < 3; i++) {
        uint8_t message[128], second[KEY_SIZE + SEAL_SIZE] = {0};
        begin(&g);
        assert_int_equal(noise_read(&responder, bad[i], KEY_SIZE, NULL, 0), 0);
        const struct noise before = responder;
        memset(message, 0xee, sizeof message);
        assert_int_equal(noise_write(&responder, NULL, 0, message, sizeof message), ERR_FIELD);
        assert_memory_equal(&responder, &before, sizeof before);
        for (size_t at = 0; at < sizeof message; at++) assert_int_equal(message[at], 0xee);

        assert_int_equal(noise_write(&initiator, NULL, 0, message, sizeof message), KEY_SIZE);
        memcpy(second, bad[i], KEY_SIZE);
        assert_int_equal(noise_read(&initiator, second, sizeof second, NULL, 0), ERR_FIELD);
    }
}

/* Whoever is not at turn, too long messages and too small buffers: an error, and the step can still be made. */
static void test_wrong_turns_and_sizes(void **state) {
    (void)state;
    static uint8_t large[NOISE_MESSAGE_MAX + 1], message[NOISE_MESSAGE_MAX + 1];
    uint8_t key[KEY_SIZE], other[KEY_SIZE], hash[HASH_LONG_SIZE];
    struct rng g;
    rng_begin(&g, "noise turns");
    begin(&g);
    assert_int_equal(noise_read(&initiator, large, KEY_SIZE, NULL, 0), ERR_USAGE);
    assert_int_equal(noise_write(&responder, NULL, 0, message, sizeof message), ERR_USAGE);
    assert_int_equal(noise_split(&initiator, key, other, hash), ERR_USAGE);
    assert_int_equal(noise_write(&initiator, NULL, 0, message, KEY_SIZE - 1), ERR_SPACE);
    assert_int_equal(noise_write(&initiator, large, NOISE_MESSAGE_MAX - KEY_SIZE + 1, message, sizeof message),
                     ERR_LIMIT);
    assert_int_equal(noise_write(&initiator, large, SIZE_MAX, message, sizeof message), ERR_LIMIT);
    int size = noise_write(&initiator, large, NOISE_MESSAGE_MAX - KEY_SIZE, message, sizeof message);
    assert_int_equal(size, NOISE_MESSAGE_MAX);
    assert_int_equal(noise_write(&initiator, NULL, 0, message, sizeof message), ERR_USAGE);
    assert_int_equal(noise_read(&responder, message, NOISE_MESSAGE_MAX + 1, large, sizeof large), ERR_LIMIT);
    assert_int_equal(noise_read(&responder, message, NOISE_MESSAGE_MAX, large, 10), ERR_SPACE);
    assert_int_equal(noise_read(&responder, message, NOISE_MESSAGE_MAX, large, sizeof large),
                     NOISE_MESSAGE_MAX - KEY_SIZE);
    assert_int_equal(
        noise_write(&responder, large, NOISE_MESSAGE_MAX - KEY_SIZE - SEAL_SIZE + 1, message, sizeof message),
        ERR_LIMIT);
    assert_int_equal(noise_write(&responder, NULL, 0, message, KEY_SIZE + SEAL_SIZE - 1), ERR_SPACE);
    size = noise_write(&responder, NULL, 0, message, sizeof message);
    assert_int_equal(size, KEY_SIZE + SEAL_SIZE);
    assert_int_equal(noise_split(&initiator, key, other, hash), ERR_USAGE);
    assert_int_equal(noise_read(&initiator, message, (size_t)size, NULL, 0), 0);
    assert_int_equal(noise_read(&initiator, message, (size_t)size, NULL, 0), ERR_USAGE);
    assert_int_equal(noise_split(&initiator, key, other, hash), 0);
    assert_int_equal(noise_split(&initiator, key, other, hash), ERR_USAGE);
    assert_int_equal(noise_write(&initiator, NULL, 0, message, sizeof message), ERR_USAGE);
}

/* ---- Secrets ---- */

static bool is_zero(const void *memory, size_t size) {
    return sodium_is_zero(memory, size) == 1;
}

/* The fresh secret goes when the last message went, everything with the split or the wipe. */
static void test_secrets_are_gone(void **state) {
    (void)state;
    struct rng g;
    uint8_t message[128], key[KEY_SIZE], other[KEY_SIZE], hash[HASH_LONG_SIZE];
    rng_begin(&g, "noise wipe");
    begin(&g);
    first();
    int size = noise_write(&responder, NULL, 0, message, sizeof message);
    assert_true(is_zero(responder.secret, sizeof responder.secret));
    assert_false(is_zero(initiator.secret, sizeof initiator.secret));
    assert_int_equal(noise_read(&initiator, message, (size_t)size, NULL, 0), 0);
    assert_true(is_zero(initiator.secret, sizeof initiator.secret));
    assert_int_equal(noise_split(&initiator, key, other, hash), 0);
    assert_true(is_zero(&initiator, sizeof initiator));
    assert_false(is_zero(&responder, sizeof responder));
    noise_wipe(&responder);
    assert_true(is_zero(&responder, sizeof responder));
}

/* REKEY (section 4.2) is the first 32 bytes of the cipher's stream from block 1 under the largest nonce, since zeros
 * are what it encrypts: libsodium's bare ChaCha20 says which. */
static void test_rekey_is_the_streams(void **state) {
    (void)state;
    struct rng g;
    rng_begin(&g, "noise rekey");
    for (unsigned i = 0; i < 20; i++) {
        uint8_t key[KEY_SIZE], wanted[KEY_SIZE] = {0};
        static const uint8_t nonce[NONCE_SIZE] = {0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255};
        rng_bytes(&g, key, sizeof key);
        crypto_stream_chacha20_ietf_xor_ic(wanted, wanted, sizeof wanted, nonce, 1, key);
        noise_rekey(key);
        assert_memory_equal(key, wanted, sizeof key);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_vectors),
        cmocka_unit_test(test_any_changed_bit_is_refused),
        cmocka_unit_test(test_changed_first_message_fails_later),
        cmocka_unit_test(test_other_prologue_is_refused),
        cmocka_unit_test(test_every_truncation_is_refused),
        cmocka_unit_test(test_small_order_keys_are_refused),
        cmocka_unit_test(test_wrong_turns_and_sizes),
        cmocka_unit_test(test_secrets_are_gone),
        cmocka_unit_test(test_rekey_is_the_streams),
    };
    if (sodium_init() < 0) return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
