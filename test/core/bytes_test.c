/*
 * The reader, the writer and the varint. Shows that reading never leaves its bytes, that the first error stays, and
 * that the varint agrees with a twin that handles one bit at a time, on every short input and on random ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/bytes.h"
#include "core/limits.h"
#include "test/property_util.h"

/* A varint read bit by bit, as doc/protocol.md says it: size groups, the value, the shortest form. Return the value or
 * an error. */
static int64_t varint_twin(const uint8_t *bytes, size_t size, size_t *used) {
    uint64_t value = 0;
    for (size_t i = 0; i < 9; i++) {
        if (i == size) return ERR_TRUNCATED;
        for (unsigned bit = 0; bit < 7; bit++)
            if (bytes[i] >> bit & 1) value += UINT64_C(1) << (7 * i + bit);
        if (bytes[i] >= 128) continue;
        *used = i + 1;
        if (i == 0) return (int64_t)value;
        return bytes[i] == 0 ? ERR_VARINT : (int64_t)value;
    }
    return ERR_VARINT;
}

static void varint_compare(const uint8_t *bytes, size_t size) {
    struct reader r;
    size_t used = 0;
    reader_init(&r, bytes, size);
    int64_t want = varint_twin(bytes, size, &used);
    uint64_t have = reader_varint(&r, VARINT_MAX);
    if (want < 0) {
        assert_int_equal(r.err, want);
        assert_int_equal(have, 0);
        return;
    }
    assert_int_equal(r.err, 0);
    assert_int_equal(have, want);
    assert_int_equal(r.at, used);
    /* What was read is the one way to write it. */
    uint8_t again[VARINT_SIZE_MAX];
    struct writer w;
    writer_init(&w, again, sizeof again);
    writer_varint(&w, have);
    assert_int_equal(w.err, 0);
    assert_int_equal(w.at, used);
    assert_int_equal(varint_size(have), used);
    assert_memory_equal(again, bytes, used);
}

/* Every input of up to three bytes, and random ones with many continuation bits. */
static void test_varint_agrees_with_its_twin(void **state) {
    (void)state;
    uint8_t bytes[12];
    for (uint32_t i = 0; i<1u << 24; i += i> 70000 ? 37 : 1) {
        for (unsigned at = 0; at < 3; at++) bytes[at] = (uint8_t)(i >> (8 * at) & 0xff);
        for (size_t size = 0; size <= 3; size++) varint_compare(bytes, size);
    }
    struct rng g;
    rng_begin(&g, "varint");
    for (unsigned i = 0; i < 200000; i++) {
        size_t size = (size_t)rng_below(&g, sizeof bytes + 1), end = (size_t)rng_below(&g, sizeof bytes);
        rng_bytes(&g, bytes, sizeof bytes);
        for (size_t at = 0; at < end; at++) bytes[at] |= 0x80;
        if (rng_one_in(&g, 4)) bytes[end] = 0;
        varint_compare(bytes, size);
    }
}

/* Writing and reading is the identity for values of every length, and the limit cuts exactly where it says. */
static void test_varint_round_trip_and_limit(void **state) {
    (void)state;
    struct rng g;
    rng_begin(&g, "varint round trip");
    for (unsigned i = 0; i < 100000; i++) {
        uint8_t bytes[VARINT_SIZE_MAX];
        struct writer w;
        struct reader r;
        uint64_t value = i < 64 ? (UINT64_C(1) << i) - 1 : rng_wide(&g);
        writer_init(&w, bytes, sizeof bytes);
        writer_varint(&w, value);
        reader_init(&r, bytes, w.at);
        assert_true(reader_varint(&r, value) == value);
        assert_int_equal(reader_end(&r), 0);
        if (value == 0) continue;
        reader_init(&r, bytes, w.at);
        assert_int_equal(reader_varint(&r, value - 1), 0);
        assert_int_equal(reader_end(&r), ERR_LIMIT);
    }
}

/* A ninth byte may not go on; eight continuations and a last byte hold the largest value, 2^63 - 1. */
static void test_varint_longest(void **state) {
    (void)state;
    struct reader r;
    uint8_t bytes[10];
    memset(bytes, 0xff, sizeof bytes);
    reader_init(&r, bytes, sizeof bytes);
    assert_int_equal(reader_varint(&r, VARINT_MAX), 0);
    assert_int_equal(r.err, ERR_VARINT);
    bytes[8] = 0x7f;
    reader_init(&r, bytes, sizeof bytes);
    assert_true(reader_varint(&r, VARINT_MAX) == (uint64_t)VARINT_MAX);
    assert_int_equal(reader_end(&r), ERR_TRAILING);
}

/* Every number that can be read can be written, the least one too, and comes back. */
static void test_zigzag_round_trip(void **state) {
    (void)state;
    static const int64_t edges[] = {0, -1, 1, -2, 2, -64, 63, 64, -65, (INT64_C(1) << 62) - 1, -(INT64_C(1) << 62)};
    struct rng g;
    rng_begin(&g, "zigzag");
    for (size_t i = 0; i < 50000; i++) {
        uint8_t bytes[VARINT_SIZE_MAX];
        struct writer w;
        struct reader r;
        int64_t half = (int64_t)(rng_wide(&g) >> 1);
        int64_t value = i < sizeof edges / sizeof edges[0] ? edges[i] : rng_one_in(&g, 2) ? -half : half;
        writer_init(&w, bytes, sizeof bytes);
        writer_zigzag(&w, value);
        assert_int_equal(w.err, 0);
        reader_init(&r, bytes, w.at);
        assert_true(reader_zigzag(&r) == value);
        assert_int_equal(reader_end(&r), 0);
        /* The folding as doc/protocol.md words it. */
        reader_init(&r, bytes, w.at);
        assert_true(reader_varint(&r, VARINT_MAX) == (uint64_t)(value >= 0 ? 2 * value : -2 * (value + 1) + 1));
    }
}

static void test_integers_are_little_endian(void **state) {
    (void)state;
    static const uint8_t bytes[] = {0x78, 0x56, 0x34, 0x12, 0xfe, 1, 2, 3};
    uint8_t written[5];
    struct reader r;
    struct writer w;
    reader_init(&r, bytes, sizeof bytes);
    assert_true(reader_u32(&r) == 0x12345678);
    assert_int_equal(reader_u8(&r), 0xfe);
    assert_int_equal(reader_u32(&r), 0); /* three bytes are left */
    assert_int_equal(r.err, ERR_TRUNCATED);
    writer_init(&w, written, sizeof written);
    writer_u32(&w, 0x12345678);
    writer_u8(&w, 0xfe);
    assert_int_equal(w.err, 0);
    assert_memory_equal(written, bytes, sizeof written);
}

/* After the first error every read gives nothing and the error stays. */
static void test_reader_is_sticky(void **state) {
    (void)state;
    static const uint8_t bytes[] = {0x80, 0x00, 0x05, 0x06};
    uint8_t copy[2] = {1, 1};
    struct reader r;
    reader_init(&r, bytes, sizeof bytes);
    assert_int_equal(reader_left(&r), 4);
    assert_int_equal(reader_varint(&r, VARINT_MAX), 0);
    assert_int_equal(r.err, ERR_VARINT);
    assert_int_equal(reader_u8(&r), 0);
    assert_null(reader_bytes(&r, 1));
    assert_null(reader_bytes(&r, 0));
    reader_copy(&r, copy, sizeof copy);
    assert_int_equal(copy[0] | copy[1], 0);
    reader_fail(&r, ERR_LIMIT);
    assert_int_equal(reader_left(&r), 0);
    assert_int_equal(reader_end(&r), ERR_VARINT);
}

/* A reader of nothing, without any memory, gives no bytes, and no bytes are no error. */
static void test_reader_of_nothing(void **state) {
    (void)state;
    struct reader r;
    uint8_t one = 1;
    reader_init(&r, NULL, 0);
    assert_int_equal(reader_left(&r), 0);
    assert_non_null(reader_bytes(&r, 0));
    reader_copy(&r, &one, 0);
    assert_int_equal(one, 1);
    assert_int_equal(reader_end(&r), 0);
    assert_null(reader_bytes(&r, 1));
    assert_int_equal(reader_end(&r), ERR_TRUNCATED);
    reader_init(&r, NULL, 0);
    assert_null(reader_bytes(&r, SIZE_MAX));
    assert_int_equal(reader_end(&r), ERR_TRUNCATED);
}

/* A writer fills its room to the last byte, writes nothing beyond, and stops for good. */
static void test_writer_stops_at_its_end(void **state) {
    (void)state;
    uint8_t room[6];
    struct writer w;
    memset(room, 0xee, sizeof room);
    writer_init(&w, room, 5);
    writer_u32(&w, 0);
    writer_varint(&w, 128); /* two bytes, one is left: none is written */
    assert_int_equal(w.err, ERR_SPACE);
    writer_u8(&w, 1);
    assert_int_equal(w.at, 4);
    assert_int_equal(room[4], 0xee);
    writer_init(&w, room, 5);
    writer_u32(&w, 0);
    writer_u8(&w, 7);
    assert_int_equal(w.err, 0);
    assert_int_equal(room[4], 7);
    assert_int_equal(room[5], 0xee);
    writer_init(&w, NULL, 0);
    writer_bytes(&w, NULL, 0);
    assert_int_equal(w.err, 0);
}

/* Every single bit counts, wherever it stands; no bytes equal no bytes. */
static void test_equal_looks_at_every_bit(void **state) {
    (void)state;
    uint8_t a[65] = {0}, b[65] = {0};
    assert_true(bytes_equal(NULL, NULL, 0));
    for (size_t i = 0; i < sizeof a; i++) a[i] = b[i] = (uint8_t)(3 * i);
    for (size_t bit = 0; bit < 8 * sizeof a; bit++) {
        b[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_false(bytes_equal(a, b, sizeof a));
        assert_true(bytes_equal(a, b, bit / 8));
        b[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_true(bytes_equal(a, b, sizeof a));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_varint_agrees_with_its_twin),
        cmocka_unit_test(test_varint_round_trip_and_limit),
        cmocka_unit_test(test_varint_longest),
        cmocka_unit_test(test_zigzag_round_trip),
        cmocka_unit_test(test_integers_are_little_endian),
        cmocka_unit_test(test_reader_is_sticky),
        cmocka_unit_test(test_reader_of_nothing),
        cmocka_unit_test(test_writer_stops_at_its_end),
        cmocka_unit_test(test_equal_looks_at_every_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
