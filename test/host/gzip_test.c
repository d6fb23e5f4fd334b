/*
 * The app's gzip file. Shows: what zlib packs, with every part that a header may have, is unpacked to the byte, and its
 * deflated part alone gives the same; cut anywhere, with something behind it, or with any byte changed it is an error
 * or the same content (the date and the name mean nothing, nor the last bits); a size that is not what comes, or too
 * large, takes no memory and is refused.
 */
#include "host/gzip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

#include "test/core/sample_util.h"

#define PLAIN 3000

static uint8_t plain[PLAIN];

/* Pack size bytes of plain with the parts of a header that the bits of parts name. Return the file's size. */
static size_t pack(uint8_t *out, size_t room, size_t size, unsigned parts) {
    z_stream z = {0};
    gz_header head = {.time = 1234,
                      .os = 3,
                      .extra = parts & 1 ? (Bytef *)"extra" : Z_NULL,
                      .extra_len = 5,
                      .name = parts & 2 ? (Bytef *)"link.html" : Z_NULL,
                      .comment = parts & 4 ? (Bytef *)"comment" : Z_NULL,
                      .hcrc = (parts & 8) != 0};
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflateSetHeader(&z, &head), Z_OK);
    z.next_in = plain;
    z.avail_in = (uInt)size;
    z.next_out = out;
    z.avail_out = (uInt)room;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    size_t packed = z.total_out;
    assert_int_equal(deflateEnd(&z), Z_OK);
    return packed;
}

static int set_up(void **state) {
    struct rng g;
    (void)state;
    rng_begin(&g, "gzip");
    for (size_t i = 0; i < PLAIN; i++) plain[i] = (uint8_t)('a' + rng_below(&g, 5));
    return 0;
}

static void test_round_trip(void **state) {
    uint8_t file[2 * PLAIN], again[PLAIN];
    struct gzip g;
    (void)state;
    for (unsigned parts = 0; parts < 16; parts++) {
        for (size_t size = 0; size <= PLAIN; size = size * 2 + 1) {
            size_t packed = pack(file, sizeof file, size, parts);
            assert_int_equal(gzip_read(&g, file, packed, PLAIN), 0);
            assert_int_equal(g.plain_size, size);
            assert_memory_equal(g.plain, plain, size);
            assert_int_equal(g.crc, crc32(0, plain, (uInt)size));
            z_stream z = {.next_in = (Bytef *)(uintptr_t)g.deflate,
                          .avail_in = (uInt)g.deflate_size,
                          .next_out = again,
                          .avail_out = sizeof again};
            assert_int_equal(inflateInit2(&z, -15), Z_OK);
            assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
            assert_int_equal(z.total_out, size);
            assert_int_equal(inflateEnd(&z), Z_OK);
            gzip_free(&g);
        }
    }
}

/* Read from a heap copy of exactly this size, so that a read behind its end is seen. */
static int read_copy(const uint8_t *file, size_t size, size_t most, bool *same) {
    struct gzip g;
    uint8_t *copy = malloc(size + !size);
    assert_non_null(copy);
    memcpy(copy, file, size);
    int err = gzip_read(&g, copy, size, most);
    *same = !err && g.plain_size == PLAIN && memcmp(g.plain, plain, PLAIN) == 0;
    if (!err) gzip_free(&g);
    assert_null(g.plain);
    free(copy);
    return err;
}

static void test_damage(void **state) {
    uint8_t file[2 * PLAIN + 1];
    bool same;
    (void)state;
    for (unsigned parts = 0; parts < 16; parts++) {
        size_t size = pack(file, sizeof file - 1, PLAIN, parts);
        for (size_t cut = 0; cut < size; cut++) {
            int err = read_copy(file, cut, PLAIN, &same);
            assert_true(err == ERR_FIELD || err == ERR_LIMIT);
        }
        file[size] = 0;
        assert_true(read_copy(file, size + 1, PLAIN, &same) != 0);
        for (size_t at = 0; at < size; at++) {
            for (unsigned bit = 0; bit < 8; bit++) {
                file[at] ^= (uint8_t)(1u << bit);
                int err = read_copy(file, size, PLAIN, &same);
                assert_true(err == ERR_FIELD || err == ERR_LIMIT || (err == 0 && same));
                file[at] ^= (uint8_t)(1u << bit);
            }
        }
    }
}

static void test_limit(void **state) {
    uint8_t file[2 * PLAIN];
    bool same;
    (void)state;
    size_t size = pack(file, sizeof file, PLAIN, 0);
    assert_int_equal(read_copy(file, size, PLAIN - 1, &same), ERR_LIMIT);
    assert_int_equal(read_copy(file, size, PLAIN, &same), 0);
    file[size - 3]--; /* says less than comes */
    assert_int_equal(read_copy(file, size, PLAIN, &same), ERR_FIELD);
    memset(file + size - 4, 0xff, 4); /* 4 GiB */
    assert_int_equal(read_copy(file, size, PLAIN, &same), ERR_LIMIT);
    size = pack(file, sizeof file, 1000, 0); /* two members one behind the other */
    size += pack(file + size, sizeof file - size, 500, 0);
    assert_int_equal(read_copy(file, size, PLAIN, &same), ERR_FIELD);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup(test_round_trip, set_up),
                                       cmocka_unit_test_setup(test_damage, set_up),
                                       cmocka_unit_test_setup(test_limit, set_up)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
