/*
 * A person's keys. Shows that every community sees another key, that the founder's key is used where it must be and
 * nowhere else, and that handles follow the proquint paper.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/crypto.h"
#include "test/core/sample_util.h"

/* Two communities, one person: two keys; the same again: the same key; another person: another. */
static void test_a_key_for_each_community(void **state) {
    (void)state;
    struct rng g;
    struct member here, there, again, other;
    uint8_t seed[SEED_SIZE], other_seed[SEED_SIZE], ids[2][HASH_SIZE], prints[2][PERSON_FINGERPRINT_SIZE];
    rng_begin(&g, "member keys");
    rng_bytes(&g, seed, sizeof seed);
    rng_bytes(&g, ids[0], sizeof ids);
    memcpy(other_seed, seed, sizeof seed);
    other_seed[31] ^= 1;
    person_member(&here, seed, ids[0]);
    person_member(&there, seed, ids[1]);
    person_member(&again, seed, ids[0]);
    person_member(&other, other_seed, ids[0]);
    assert_memory_equal(here.key, again.key, KEY_SIZE);
    assert_memory_equal(here.secret, again.secret, SECRET_SIZE);
    assert_memory_not_equal(here.key, there.key, KEY_SIZE);
    assert_memory_not_equal(here.key, other.key, KEY_SIZE);
    assert_memory_equal(here.secret + SEED_SIZE, here.key, KEY_SIZE);
    person_fingerprint(prints[0], seed);
    person_fingerprint(prints[1], other_seed);
    assert_memory_not_equal(prints[0], prints[1], PERSON_FINGERPRINT_SIZE);
    assert_memory_not_equal(prints[0], here.key, PERSON_FINGERPRINT_SIZE);
}

/* The keys are what doc/protocol.md says, computed here from its words. */
static void test_derivation(void **state) {
    (void)state;
    struct rng g;
    struct member have;
    uint8_t seed[SEED_SIZE], message[16 + HASH_SIZE], key_seed[HASH_SIZE], key[KEY_SIZE], secret[SECRET_SIZE];
    rng_begin(&g, "derivation");
    rng_bytes(&g, seed, sizeof seed);
    rng_bytes(&g, message, sizeof message);
    memcpy(message, "longear member 1", 16);
    crypto_digest_keyed(key_seed, seed, SEED_SIZE, message, sizeof message);
    crypto_keypair(key, secret, key_seed);
    person_member(&have, seed, message + 16);
    assert_memory_equal(have.key, key, KEY_SIZE);
    memcpy(message, "longear founder1", 16);
    crypto_digest_keyed(key_seed, seed, SEED_SIZE, message, 16 + CHARTER_NONCE_SIZE);
    crypto_keypair(key, secret, key_seed);
    person_founder(&have, seed, message + 16);
    assert_memory_equal(have.key, key, KEY_SIZE);
}

/* The founder writes with the key that signed the charter; everybody else, and the founder elsewhere, with a member's
 * key. */
static void test_founder(void **state) {
    (void)state;
    static struct sample_community own;
    struct rng g;
    struct member have, want;
    uint8_t seed[SEED_SIZE];
    rng_begin(&g, "founder");
    sample_found(&g, &own);
    person_in(&have, own.seed, &own.charter);
    assert_memory_equal(have.key, own.charter.author, KEY_SIZE);
    rng_bytes(&g, seed, sizeof seed);
    person_in(&have, seed, &own.charter);
    person_member(&want, seed, own.charter.community);
    assert_memory_equal(have.key, want.key, KEY_SIZE);
    /* Somebody copies the nonce into a charter of their own: the founder's key does not show there. */
    own.charter.author[0] ^= 1;
    person_in(&have, own.seed, &own.charter);
    person_member(&want, own.seed, own.charter.community);
    assert_memory_equal(have.key, want.key, KEY_SIZE);
}

/* The examples of arXiv:0901.4016, IPv4 addresses as proquints. */
static void test_handle(void **state) {
    (void)state;
    static const struct {
        uint8_t bytes[4];
        const char *handle;
    } cases[] = {
        {{127, 0, 0, 1}, "lusab-babad"},      {{63, 84, 220, 193}, "gutih-tugad"},
        {{63, 118, 7, 35}, "gutuk-bisog"},    {{140, 98, 193, 141}, "mudof-sakat"},
        {{64, 255, 6, 200}, "haguz-biram"},   {{128, 30, 52, 45}, "mabiv-gibot"},
        {{147, 67, 119, 2}, "natag-lisaf"},   {{212, 58, 253, 68}, "tibup-zujah"},
        {{216, 35, 68, 215}, "tobog-higil"},  {{216, 68, 232, 21}, "todah-vobij"},
        {{198, 81, 129, 136}, "sinid-makam"}, {{12, 110, 110, 204}, "budov-kuras"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t key[KEY_SIZE] = {0};
        char handle[HANDLE_SIZE];
        memcpy(key, cases[i].bytes, 4);
        person_handle(handle, key);
        assert_string_equal(handle, cases[i].handle);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_key_for_each_community),
        cmocka_unit_test(test_derivation),
        cmocka_unit_test(test_founder),
        cmocka_unit_test(test_handle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
