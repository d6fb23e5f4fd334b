/*
 * The packed sections of a pouch. Shows that packing and unpacking are inverse, that damage is an error or at worst
 * other bytes of the same size, and that only one frame of today's zstd format, of exactly the right size, is unpacked:
 * no concatenation, no skippable frame, none of the formats that the library still reads from before RFC 8878.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/limits.h"
#include "host/compress.h"
#include "test/core/sample_util.h"

static struct packer *packer;
static struct unpacker *unpacker;
static uint8_t plain[POUCH_SECTION_MAX], packed[2 * POUCH_SECTION_MAX], again[POUCH_SECTION_MAX + 1];

static int set_up(void **state) {
    (void)state;
    packer = packer_new(COMPRESS_LEVEL);
    unpacker = unpacker_new();
    return packer && unpacker ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    packer_free(packer);
    packer_free(NULL);
    unpacker_free(unpacker);
    unpacker_free(NULL);
    return 0;
}

static void test_round_trip(void **state) {
    (void)state;
    struct rng g;
    rng_begin(&g, "compress");
    for (unsigned i = 0; i < 60; i++) {
        size_t size = i == 0 ? 0 : i == 1 ? sizeof plain : (size_t)rng_below(&g, i % 5 ? 500 : 60000);
        if (i % 2)
            sample_text(&g, (char *)plain, size, true);
        else
            rng_bytes(&g, plain, size);
        int packed_size = packer_pack(packer, packed, sizeof packed, plain, size);
        assert_true(packed_size > 0 && (size_t)packed_size <= packer_bound(size));
        assert_int_equal(packer_pack(packer, packed, (size_t)packed_size - 1, plain, size), ERR_SPACE);
        packed_size = packer_pack(packer, packed, sizeof packed, plain, size);
        assert_int_equal(unpacker_unpack(unpacker, again, size, packed, (size_t)packed_size), 0);
        assert_memory_equal(again, plain, size);
        /* A byte more or less than the frame holds, of either section. */
        assert_int_equal(unpacker_unpack(unpacker, again, size + 1, packed, (size_t)packed_size), ERR_FIELD);
        if (size > 0)
            assert_int_equal(unpacker_unpack(unpacker, again, size - 1, packed, (size_t)packed_size), ERR_FIELD);
        assert_int_equal(unpacker_unpack(unpacker, again, size, packed, (size_t)packed_size - 1), ERR_FIELD);
        packed[packed_size] = 0;
        assert_int_equal(unpacker_unpack(unpacker, again, size, packed, (size_t)packed_size + 1), ERR_FIELD);
    }
}

static void test_damage(void **state) {
    (void)state;
    struct rng g;
    uint8_t hurt[4096];
    rng_begin(&g, "compress damage");
    sample_text(&g, (char *)plain, 1000, true);
    int packed_size = packer_pack(packer, packed, sizeof packed, plain, 1000);
    assert_true(packed_size > 0 && packed_size < 2000);
    for (unsigned i = 0; i < 5000; i++) {
        memcpy(hurt, packed, (size_t)packed_size);
        size_t size = rng_mutate(&g, hurt, (size_t)packed_size, sizeof hurt);
        again[1000] = 0x5a;
        int err = unpacker_unpack(unpacker, again, 1000, hurt, size);
        assert_true(err == 0 || err == ERR_FIELD);
        assert_int_equal(again[1000], 0x5a);
    }
}

/* One byte, 'x', in a raw block, as each format writes it; the last is the one that is read. */
static void test_only_one_format(void **state) {
    (void)state;
    static const struct {
        const char *why;
        uint8_t bytes[32];
        size_t size;
        int err;
    } cases[] = {
        {"nothing", {0}, 0, ERR_FIELD},
        {"zstd 0.7", {0x27, 0xb5, 0x2f, 0xfd, 0x20, 1, 0x40, 0, 1, 'x', 0xc0, 0, 0}, 13, ERR_FIELD},
        {"zstd 0.6", {0x26, 0xb5, 0x2f, 0xfd, 0x40, 1, 0x40, 0, 1, 'x', 0xc0, 0, 0}, 13, ERR_FIELD},
        {"zstd 0.5", {0x25, 0xb5, 0x2f, 0xfd, 0x00, 0x40, 0, 1, 'x', 0xc0, 0, 0}, 12, ERR_FIELD},
        {"skippable", {0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 'x'}, 9, ERR_FIELD},
        {"two frames",
         {0x28, 0xb5, 0x2f, 0xfd, 0x20, 0, 1, 0, 0, 0x28, 0xb5, 0x2f, 0xfd, 0x20, 1, 9, 0, 0, 'x'},
         19,
         ERR_FIELD},
        {"zstd", {0x28, 0xb5, 0x2f, 0xfd, 0x20, 1, 9, 0, 0, 'x'}, 10, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int err = unpacker_unpack(unpacker, again, 1, cases[i].bytes, cases[i].size);
        if (err != cases[i].err) fail_msg("%s: %s", cases[i].why, err_name(err));
    }
    /* An empty frame unpacks to nothing; a skippable one is none. */
    static const uint8_t skippable[] = {0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0},
                         empty[] = {0x28, 0xb5, 0x2f, 0xfd, 0x20, 0, 1, 0, 0};
    assert_int_equal(unpacker_unpack(unpacker, again, 0, skippable, sizeof skippable), ERR_FIELD);
    assert_int_equal(unpacker_unpack(unpacker, again, 0, empty, sizeof empty), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_only_one_format),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
