/*
 * Rice codes of ascending numbers. Shows that every list comes back, at the size that was foretold and within a few
 * percent of what its numbers say at least; that a byte less or a full buffer is an error; that bits after the end,
 * numbers beyond the universe, endless runs of ones and too large counts are refused; and that whatever is accepted of
 * random bytes is ascending and inside the universe.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/rice.h"
#include "test/property_util.h"

#define MOST 2000
static uint64_t values[MOST], back[MOST];
static uint8_t bytes[1 << 17];

static int ascending(const void *a, const void *b) {
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* At most n random numbers below universe, in the first `within` of it. */
static size_t random_list(struct rng *g, size_t n, uint64_t within) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++) values[i] = rng_below(g, within);
    qsort(values, n, sizeof *values, ascending);
    for (size_t i = 0; i < n; i++)
        if (count == 0 || values[i] != values[count - 1]) values[count++] = values[i];
    return count;
}

static size_t expect_back(size_t count, uint64_t universe) {
    struct writer w;
    struct reader r;
    const size_t size = rice_size(values, count, universe);
    assert_true(size <= sizeof bytes);
    writer_init(&w, bytes, size);
    rice_write_gaps(&w, values, count, universe);
    assert_int_equal(w.err, 0);
    assert_int_equal(w.at, size);
    reader_init(&r, bytes, size);
    assert_int_equal(rice_read_gaps(&r, back, count, universe), count);
    assert_int_equal(reader_end(&r), 0);
    assert_memory_equal(back, values, count * sizeof *values);
    return size;
}

static unsigned bits(uint64_t x) {
    return x ? 64 - (unsigned)__builtin_clzll(x) : 0;
}

static void test_round_trip(void **state) {
    (void)state;
    struct rng g;
    rng_begin(&g, "rice");
    for (unsigned round = 0; round < 3000; round++) {
        const uint64_t universe = 1 + (rng_wide(&g) >> 1);
        const uint64_t within = rng_one_in(&g, 3) ? 1 + rng_below(&g, universe) : universe;
        const size_t count = random_list(&g, rng_below(&g, rng_one_in(&g, 20) ? MOST : 30), within);
        const size_t size = expect_back(count, universe);
        struct writer w;
        struct reader r;
        writer_init(&w, bytes, size - 1);
        rice_write_gaps(&w, values, count, universe);
        assert_int_equal(w.err, ERR_SPACE);
        writer_init(&w, bytes, size);
        rice_write_gaps(&w, values, count, universe);
        reader_init(&r, bytes, size - 1);
        assert_int_equal(rice_read_gaps(&r, back, count, universe), ERR_TRUNCATED);
        if (count == 0) continue;
        reader_init(&r, bytes, size);
        assert_int_equal(rice_read_gaps(&r, back, count - 1, universe), ERR_LIMIT);
        if (values[count - 1] == 0) continue;
        /* A universe with the same parameter in which the last number has no place. */
        reader_init(&r, bytes, size);
        const int err = rice_read_gaps(&r, back, count, values[count - 1]);
        if (bits(universe / count) == bits(values[count - 1] / count) &&
            bits(universe - 1) == bits(values[count - 1] - 1))
            assert_int_equal(err, ERR_LIMIT);
    }
}

/* The bits of one of all choices of count numbers of a universe; these lists are within 6 % and two bytes of it. */
static void test_size(void **state) {
    (void)state;
    struct rng g;
    rng_begin(&g, "rice size");
    static const struct {
        size_t count;
        uint64_t universe;
    } cases[] = {{10, 1000000}, {100, 1000000}, {1000, 1000000}, {1000, 2000}, {50, UINT64_C(1) << 40}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const double n = (double)cases[i].universe;
        double sum = 0, bound = 0;
        for (unsigned round = 0; round < 50; round++) {
            const size_t count = random_list(&g, cases[i].count, cases[i].universe);
            const double k = (double)count;
            sum += (double)expect_back(count, cases[i].universe);
            bound += (lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)) / log(2) / 8;
        }
        if (n > 1e9) continue; /* lgamma is too coarse */
        assert_true(sum < bound * 1.06 + 50 * 2.5);
    }
    /* All in the last thousandth of the universe: not dearer for it. */
    const size_t count = random_list(&g, 500, 1000);
    const size_t size = expect_back(count, 1000);
    for (size_t i = 0; i < count; i++) values[i] += 999000;
    assert_true(expect_back(count, 1000000) < size + 10);
}

static int read(const uint8_t *data, size_t size, size_t most, uint64_t universe) {
    struct reader r;
    reader_init(&r, data, size);
    const int count = rice_read_gaps(&r, back, most, universe);
    return count >= 0 && reader_end(&r) ? reader_end(&r) : count;
}

static void test_refused(void **state) {
    (void)state;
    /* One number below 16: b = 4; c = 5 gives k = 0, c = 2 gives k = 3. Below 64, b = 6: c = 7 gives k = 0. */
    static const uint8_t none[] = {0}, three[] = {1, 5 | 7 << 4}, three_k3[] = {1, 2 | 0 << 4 | 3 << 5},
                         dirty[] = {1, 5 | 3 << 4 | 0x80}, nineteen[] = {1, 0xf7, 0xff, 0x7f},
                         twenty[] = {1, 0xf7, 0xff, 0xff, 20}, in_vain[] = {1, 0xf7, 0xff, 0xff, 19},
                         last[] = {1, 0xf7, 0xff, 0xff, 63}, too_large[] = {1, 0xf6, 0xff, 0xff, 60},
                         long_count[] = {0x81, 0};
    assert_int_equal(read(none, 1, 9, 16), 0);
    assert_int_equal(read(none, 0, 9, 16), ERR_TRUNCATED);
    assert_int_equal(read(three, 2, 9, 16), 1);
    assert_int_equal(back[0], 3);
    assert_int_equal(read(three_k3, 2, 9, 16), 1);
    assert_int_equal(back[0], 3);
    assert_int_equal(read(three, 1, 9, 16), ERR_TRUNCATED);
    assert_int_equal(read(dirty, 2, 9, 16), ERR_FIELD);
    assert_int_equal(read(three, 2, 0, 16), ERR_LIMIT);
    assert_int_equal(read(nineteen, 4, 9, 64), 1);
    assert_int_equal(back[0], 19);
    assert_int_equal(read(twenty, 5, 9, 64), 1);
    assert_int_equal(back[0], 20);
    assert_int_equal(read(last, 5, 9, 64), 1);
    assert_int_equal(back[0], 63);
    assert_int_equal(read(in_vain, 5, 9, 64), ERR_FIELD);
    assert_int_equal(read(too_large, 5, 9, 60), ERR_LIMIT); /* b = 5 */
    assert_int_equal(read(long_count, 2, 9, 16), ERR_VARINT);
    /* Two numbers below 1: there is only one. b = 0; c = 1 gives k = 0; a zero, then the place is used up. */
    static const uint8_t two[] = {2, 1};
    assert_int_equal(read(two, 2, 9, 1), ERR_LIMIT);
}

static void test_random_bytes(void **state) {
    (void)state;
    struct rng g;
    unsigned accepted = 0;
    rng_begin(&g, "rice bytes");
    for (unsigned round = 0; round < 100000; round++) {
        uint8_t data[40];
        const size_t size = rng_below(&g, sizeof data + 1);
        const uint64_t universe = 1 + (rng_wide(&g) >> 1);
        rng_bytes(&g, data, size);
        if (size > 0) data[0] &= 7;
        if (size > 1 && rng_one_in(&g, 2)) data[size - 1] = 0;
        struct reader r;
        reader_init(&r, data, size);
        const int count = rice_read_gaps(&r, back, 100, universe);
        for (int i = 0; i < count; i++) assert_true(back[i] < universe && (i == 0 || back[i] > back[i - 1]));
        accepted += count > 0;
    }
    assert_true(accepted > 10000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_random_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
