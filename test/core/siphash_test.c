/*
 * SipHash-2-4. Shows the example of the paper (appendix A), the first answers of the authors' reference, and the same
 * hashes as libsodium's for every size up to 300 bytes under random keys; the way for 32 bytes gives the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>

#include "core/siphash.h"
#include "test/property_util.h"

static void test_published(void **state) {
    (void)state;
    /* Key 00 01 … 0f, input 00 01 02 … of that size. Size 15 is the paper's example, the others are the reference's. */
    static const struct {
        size_t size;
        uint64_t hash;
    } answers[] = {{0, UINT64_C(0x726fdb47dd0e0e31)}, {1, UINT64_C(0x74f839c593dc67fd)},
                   {2, UINT64_C(0x0d6c8009d9a94f5a)}, {3, UINT64_C(0x85676696d7fb7e2d)},
                   {8, UINT64_C(0x93f5f5799a932462)}, {15, UINT64_C(0xa129ca6149be45e5)},
                   {63, UINT64_C(0x958a324ceb064572)}};
    uint8_t key[SIPHASH_KEY_SIZE], data[64];
    for (size_t i = 0; i < sizeof data; i++) data[i] = (uint8_t)i;
    for (size_t i = 0; i < sizeof key; i++) key[i] = (uint8_t)i;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
        assert_int_equal(siphash24(key, data, answers[i].size), answers[i].hash);
    assert_int_equal(siphash24(key, NULL, 0), answers[0].hash);
}

static uint64_t sodium_hash(const uint8_t *key, const uint8_t *data, size_t size) {
    uint8_t out[crypto_shorthash_BYTES];
    uint64_t hash = 0;
    assert_int_equal(crypto_shorthash(out, data, size, key), 0);
    for (unsigned i = 0; i < sizeof out; i++) hash |= (uint64_t)out[i] << (8 * i);
    return hash;
}

static void test_as_libsodium(void **state) {
    (void)state;
    struct rng g;
    uint8_t key[SIPHASH_KEY_SIZE], data[300];
    rng_begin(&g, "siphash");
    for (size_t size = 0; size <= sizeof data; size++) {
        for (unsigned i = 0; i < 20; i++) {
            rng_bytes(&g, key, sizeof key);
            rng_bytes(&g, data, size);
            assert_int_equal(siphash24(key, data, size), sodium_hash(key, data, size));
            if (size == 32) assert_int_equal(siphash24_32(key, data), sodium_hash(key, data, size));
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published),
        cmocka_unit_test(test_as_libsodium),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
