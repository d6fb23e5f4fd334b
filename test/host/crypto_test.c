/*
 * The core's cryptography by libsodium (core/crypto.h) for channels: answers of RFC 7693, 7748 and 8439, whose own
 * appendices were made by others; sealing in place; and that an opening that fails writes nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <string.h>

#include "core/crypto.h"
#include "test/property_util.h"

static void expect_hex(const uint8_t *bytes, size_t size, const char *hex) {
    char text[2 * 64 + 1];
    assert_true(size <= 64);
    assert_string_equal(sodium_bin2hex(text, sizeof text, bytes, size), hex);
}

static void unhex(uint8_t *out, size_t size, const char *hex) {
    size_t got;
    assert_int_equal(sodium_hex2bin(out, size, hex, strlen(hex), NULL, &got, NULL), 0);
    assert_int_equal(got, size);
}

/* RFC 7693, appendix A, wherever the two parts are cut. */
static void test_digest_of_two_parts(void **state) {
    (void)state;
    for (size_t cut = 0; cut <= 3; cut++) {
        uint8_t out[HASH_LONG_SIZE];
        const uint8_t *abc = (const uint8_t *)"abc";
        crypto_digest_long(out, cut > 0 ? abc : NULL, cut, cut < 3 ? abc + cut : NULL, 3 - cut);
        expect_hex(out, sizeof out,
                   "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
                   "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923");
    }
}

/* RFC 7748, section 6.1. */
static void test_x25519(void **state) {
    (void)state;
    uint8_t alice[KEY_SIZE], bob[KEY_SIZE], alice_public[KEY_SIZE], bob_public[KEY_SIZE], shared[KEY_SIZE];
    unhex(alice, sizeof alice, "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
    unhex(bob, sizeof bob, "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
    crypto_x25519_base(alice_public, alice);
    crypto_x25519_base(bob_public, bob);
    expect_hex(alice_public, KEY_SIZE, "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
    expect_hex(bob_public, KEY_SIZE, "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
    assert_int_equal(crypto_x25519(shared, alice, bob_public), 0);
    expect_hex(shared, KEY_SIZE, "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
    assert_int_equal(crypto_x25519(shared, bob, alice_public), 0);
    expect_hex(shared, KEY_SIZE, "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
}

/* The public keys of small order, canonical or not, all lead to zeros. */
static void test_x25519_refuses_small_order(void **state) {
    (void)state;
    static const char *const keys[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        uint8_t key[KEY_SIZE], shared[KEY_SIZE];
        static const uint8_t secret[KEY_SIZE] = "any secret, the result is zeros.";
        unhex(key, sizeof key, keys[i]);
        assert_int_equal(crypto_x25519(shared, secret, key), ERR_FIELD);
        key[KEY_SIZE - 1] |= 0x80; /* a bit that X25519 does not look at */
        assert_int_equal(crypto_x25519(shared, secret, key), ERR_FIELD);
    }
}

/* RFC 8439, section 2.8.2. */
static void test_seal(void **state) {
    (void)state;
    static const char text[] = "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the "
                               "future, sunscreen would be it.";
    uint8_t key[KEY_SIZE], nonce[NONCE_SIZE], ad[12], sealed[sizeof text - 1 + SEAL_SIZE], opened[sizeof text - 1];
    for (uint8_t i = 0; i < KEY_SIZE; i++) key[i] = (uint8_t)(0x80 + i);
    unhex(nonce, sizeof nonce, "070000004041424344454647");
    unhex(ad, sizeof ad, "50515253c0c1c2c3c4c5c6c7");
    crypto_seal(sealed, (const uint8_t *)text, sizeof opened, ad, sizeof ad, nonce, key);
    expect_hex(sealed, 16, "d31a8d34648e60db7b86afbc53ef7ec2");
    expect_hex(sealed + sizeof opened, SEAL_SIZE, "1ae10b594f09e26a7e902ecbd0600691");
    assert_int_equal(crypto_open(opened, sealed, sizeof sealed, ad, sizeof ad, nonce, key), 0);
    assert_memory_equal(opened, text, sizeof opened);
}

/* Every size around the cipher's blocks: there and back, in place and not, and every cut and changed byte is refused
 * with the output as it was. */
static void test_open_writes_all_or_nothing(void **state) {
    (void)state;
    struct rng g;
    uint8_t key[KEY_SIZE], nonce[NONCE_SIZE], plain[300], sealed[300 + SEAL_SIZE], out[300], place[300 + SEAL_SIZE];
    rng_begin(&g, "crypto open");
    rng_bytes(&g, key, sizeof key);
    rng_bytes(&g, nonce, sizeof nonce);
    rng_bytes(&g, plain, sizeof plain);
    for (size_t size = 0; size <= sizeof plain; size += size < 70 ? 1 : 23) {
        const size_t sealed_size = size + SEAL_SIZE;
        crypto_seal(sealed, plain, size, key, 5, nonce, key);
        memcpy(place, plain, size);
        crypto_seal(place, place, size, key, 5, nonce, key);
        assert_memory_equal(place, sealed, sealed_size);
        memset(out, 0xee, sizeof out);
        for (size_t at = 0; at < sealed_size; at++) {
            sealed[at] ^= 0x10;
            assert_int_equal(crypto_open(out, sealed, sealed_size, key, 5, nonce, key), ERR_SEAL);
            assert_int_equal(crypto_open(sealed, sealed, sealed_size, key, 5, nonce, key), ERR_SEAL);
            sealed[at] ^= 0x10;
            assert_int_equal(crypto_open(out, sealed, at, key, 5, nonce, key), ERR_SEAL);
        }
        assert_memory_equal(place, sealed, sealed_size);
        assert_int_equal(crypto_open(out, sealed, sealed_size, key, 4, nonce, key), ERR_SEAL);
        for (size_t i = 0; i < sizeof out; i++) assert_int_equal(out[i], 0xee);
        assert_int_equal(crypto_open(size > 0 ? out : NULL, sealed, sealed_size, key, 5, nonce, key), 0);
        assert_memory_equal(out, plain, size);
        assert_int_equal(crypto_open(place, place, sealed_size, key, 5, nonce, key), 0);
        assert_memory_equal(place, plain, size);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_digest_of_two_parts),        cmocka_unit_test(test_x25519),
        cmocka_unit_test(test_x25519_refuses_small_order), cmocka_unit_test(test_seal),
        cmocka_unit_test(test_open_writes_all_or_nothing),
    };
    if (sodium_init() < 0) return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
