/*
 * keyring.h: the bytes of home.key against damage to every one of them, against costs out of bounds and other versions;
 * wrong passphrases; slots that nobody uses; a file that an earlier version wrote.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "core/crypto.h"
#include "node/keyring.h"

static const struct keyring_cost light = {1, 64};

static struct keyring_secret words(const char *passphrase) {
    return (struct keyring_secret){.passphrase = (const uint8_t *)passphrase, .passphrase_size = strlen(passphrase)};
}

/* Put a key that is all `byte` under a passphrase into a slot. */
static void slot_set(struct keyring *k, unsigned slot, const char *passphrase, int byte) {
    uint8_t wrapping[KEY_SIZE], key[KEY_SIZE];
    struct keyring_secret secret = words(passphrase);
    memset(key, byte, sizeof key);
    assert_int_equal(keyring_wrapping_key(k, &secret, wrapping), 0);
    keyring_put(k, slot, wrapping, key);
}

static int slot_try(const struct keyring *k, const struct keyring_secret *secret, uint8_t key[KEY_SIZE]) {
    uint8_t wrapping[KEY_SIZE];
    assert_int_equal(keyring_wrapping_key(k, secret, wrapping), 0);
    return keyring_open(k, wrapping, key);
}

static void test_both_slots(void **state) {
    struct keyring k;
    uint8_t key[KEY_SIZE], hash[HASH_SIZE] = "a key file";
    struct keyring_secret secret;
    (void)state;
    keyring_init(&k, KEYRING_SEALED, light);
    slot_set(&k, 1, "first", 1);
    secret = words("first");
    assert_int_equal(slot_try(&k, &secret, key), 1);
    assert_int_equal(key[0], 1);
    secret = words("second");
    assert_int_equal(slot_try(&k, &secret, key), ERR_PASSPHRASE);
    slot_set(&k, 0, "second", 2);
    assert_int_equal(slot_try(&k, &secret, key), 0);
    assert_int_equal(key[31], 2);
    secret = words("first");
    secret.key_file = hash;
    assert_int_equal(slot_try(&k, &secret, key), ERR_PASSPHRASE);
    secret = words("firs");
    assert_int_equal(slot_try(&k, &secret, key), ERR_PASSPHRASE);
    secret = words("");
    assert_int_equal(slot_try(&k, &secret, key), ERR_PASSPHRASE);
    slot_set(&k, 1, "other", 3); /* what was there is gone */
    secret = words("first");
    assert_int_equal(slot_try(&k, &secret, key), ERR_PASSPHRASE);
}

static void test_key_file_alone(void **state) {
    struct keyring k;
    uint8_t wrapping[KEY_SIZE], key[KEY_SIZE] = {7}, got[KEY_SIZE], hash[HASH_SIZE] = "a key file";
    struct keyring_secret secret = {.key_file = hash};
    (void)state;
    keyring_init(&k, KEYRING_SEALED, light);
    assert_int_equal(keyring_wrapping_key(&k, &secret, wrapping), 0);
    keyring_put(&k, 0, wrapping, key);
    assert_int_equal(slot_try(&k, &secret, got), 0);
    assert_memory_equal(got, key, sizeof key);
    hash[31] ^= 1;
    assert_int_equal(slot_try(&k, &secret, got), ERR_PASSPHRASE);
}

/* An open one needs nothing, and says so. */
static void test_open(void **state) {
    struct keyring k, again;
    uint8_t bytes[KEYRING_FILE_SIZE], wrapping[KEY_SIZE], key[KEY_SIZE] = {9}, got[KEY_SIZE];
    (void)state;
    keyring_init(&k, KEYRING_OPEN, light);
    assert_int_equal(keyring_wrapping_key(&k, NULL, wrapping), 0);
    keyring_put(&k, 0, wrapping, key);
    keyring_encode(&k, bytes);
    assert_int_equal(keyring_decode(&again, bytes, sizeof bytes), 0);
    assert_int_equal(again.mode, KEYRING_OPEN);
    assert_int_equal(slot_try(&again, NULL, got), 0);
    assert_memory_equal(got, key, sizeof key);
}

/* Every change of one byte, and every other length, is an error that tells of damage or of another version. */
static void test_damage(void **state) {
    struct keyring k, again;
    uint8_t bytes[KEYRING_FILE_SIZE + 1] = {0}, key[KEY_SIZE];
    struct keyring_secret secret = words("p");
    (void)state;
    keyring_init(&k, KEYRING_SEALED, light);
    slot_set(&k, 0, "p", 5);
    keyring_encode(&k, bytes);
    assert_int_equal(keyring_decode(&again, bytes, KEYRING_FILE_SIZE), 0);
    assert_int_equal(slot_try(&again, &secret, key), 0);
    for (size_t i = 0; i < KEYRING_FILE_SIZE; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            bytes[i] ^= (uint8_t)(1u << bit);
            assert_int_equal(keyring_decode(&again, bytes, KEYRING_FILE_SIZE), ERR_DAMAGED);
            bytes[i] ^= (uint8_t)(1u << bit);
        }
    }
    for (size_t size = 0; size < KEYRING_FILE_SIZE; size++)
        assert_int_equal(keyring_decode(&again, bytes, size), ERR_DAMAGED);
    assert_int_equal(keyring_decode(&again, bytes, sizeof bytes), ERR_DAMAGED);
}

static void resign(uint8_t bytes[KEYRING_FILE_SIZE]) {
    uint8_t digest[HASH_SIZE];
    crypto_digest(digest, bytes, KEYRING_FILE_SIZE - 8);
    memcpy(bytes + KEYRING_FILE_SIZE - 8, digest, 8);
}

/* Whoever changes a file makes its check fit: what they ask for is bounded all the same. */
static void test_bounds(void **state) {
    static const struct {
        size_t at;
        uint8_t value;
        int err;
    } cases[] = {
        {13, '2', ERR_VERSION},   /* version */
        {15, 2, ERR_VERSION},     /* mode */
        {15, 0, ERR_LIMIT},       /* an open one has no cost */
        {16, 0, ERR_LIMIT},       /* ops */
        {16, 17, ERR_LIMIT},      /* one too many */
        {19, 1, ERR_LIMIT},       /* 2^24 of them */
        {20, 7, ERR_LIMIT},       /* memory */
        {22, 0x11, ERR_LIMIT},    /* over a GiB */
        {23, 0xff, ERR_LIMIT},    /* 4 TiB */
        {16, KEYRING_OPS_MAX, 0}, /* the most */
        {21, 0x10, 0},
        {22, 0x0f, 0},
    };
    struct keyring k, again;
    uint8_t bytes[KEYRING_FILE_SIZE], changed[KEYRING_FILE_SIZE];
    (void)state;
    keyring_init(&k, KEYRING_SEALED, (struct keyring_cost){1, 8});
    keyring_encode(&k, bytes);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        memcpy(changed, bytes, sizeof bytes);
        changed[cases[i].at] = cases[i].value;
        resign(changed);
        assert_int_equal(keyring_decode(&again, changed, sizeof changed), cases[i].err);
    }
}

/* A cost or a slot from elsewhere does not open: nobody makes guessing cheaper by changing a file. */
static void test_bound_to_head(void **state) {
    struct keyring k, other;
    uint8_t key[KEY_SIZE], wrapping[KEY_SIZE];
    struct keyring_secret secret = words("p");
    (void)state;
    keyring_init(&k, KEYRING_SEALED, light);
    slot_set(&k, 0, "p", 5);
    assert_int_equal(keyring_wrapping_key(&k, &secret, wrapping), 0);
    other = k;
    other.cost.ops = 2;
    assert_int_equal(keyring_open(&other, wrapping, key), ERR_PASSPHRASE);
    other = k;
    memcpy(other.slots[1], k.slots[0], sizeof k.slots[0]);
    memset(other.slots[0], 0, sizeof other.slots[0]);
    assert_int_equal(keyring_open(&other, wrapping, key), ERR_PASSPHRASE);
    assert_int_equal(keyring_open(&k, wrapping, key), 0);
}

/* A slot that nobody uses is told by nothing from one in use: no byte of it is fixed, over many files. */
static void test_unused_is_random(void **state) {
    uint8_t and_used[KEYRING_SLOT_SIZE], and_not[KEYRING_SLOT_SIZE], or_used[KEYRING_SLOT_SIZE] = {0},
                                                                     or_not[KEYRING_SLOT_SIZE] = {0};
    uint8_t wrapping[KEY_SIZE] = {1}, key[KEY_SIZE] = {0};
    (void)state;
    memset(and_used, 0xff, sizeof and_used);
    memset(and_not, 0xff, sizeof and_not);
    for (unsigned n = 0; n < 64; n++) {
        struct keyring k;
        keyring_init(&k, KEYRING_SEALED, light);
        keyring_put(&k, 0, wrapping, key);
        for (size_t i = 0; i < KEYRING_SLOT_SIZE; i++) {
            and_used[i] &= k.slots[0][i];
            or_used[i] |= k.slots[0][i];
            and_not[i] &= k.slots[1][i];
            or_not[i] |= k.slots[1][i];
        }
    }
    for (size_t i = 0; i < KEYRING_SLOT_SIZE; i++) {
        assert_int_equal(and_used[i] | and_not[i], 0);
        assert_int_equal(or_used[i] & or_not[i], 0xff);
    }
}

static void test_boxes(void **state) {
    uint8_t key[KEY_SIZE] = {1}, text[40] = "what is kept", box[KEYRING_BOX_SIZE(40)], again[40];
    (void)state;
    keyring_box_seal(box, text, sizeof text, "ad", 2, key);
    assert_int_equal(keyring_box_open(again, sizeof again, box, "ad", 2, key), 0);
    assert_memory_equal(again, text, sizeof text);
    assert_int_equal(keyring_box_open(again, sizeof again, box, "da", 2, key), ERR_SEAL);
    for (size_t i = 0; i < sizeof box; i++) {
        box[i] ^= 1;
        assert_int_equal(keyring_box_open(again, sizeof again, box, "ad", 2, key), ERR_SEAL);
        box[i] ^= 1;
    }
}

static void test_derived_differ(void **state) {
    uint8_t key[KEY_SIZE] = {1}, a[KEY_SIZE], b[KEY_SIZE];
    (void)state;
    keyring_derive(a, key, "store");
    keyring_derive(b, key, "person");
    assert_memory_not_equal(a, b, KEY_SIZE);
    key[0] = 2;
    keyring_derive(b, key, "store");
    assert_memory_not_equal(a, b, KEY_SIZE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_slots),
        cmocka_unit_test(test_key_file_alone),
        cmocka_unit_test(test_open),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_bound_to_head),
        cmocka_unit_test(test_unused_is_random),
        cmocka_unit_test(test_boxes),
        cmocka_unit_test(test_derived_differ),
    };
    if (sodium_init() < 0) return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
