/*
 * PinSketch. Shows, with both kernels: every set up to the capacity is found again, whatever the capacity above its
 * size; a longer sketch made by extension is the one made at once; what is in both sets falls out; a sketch of more
 * elements than its capacity is refused or answered by a set that has exactly this sketch; random bytes likewise; parts
 * are even and elements never 0; the wire form is what it is read as.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/sketch.h"
#include "host/cpu.h"
#include "test/property_util.h"

static struct sketch_work work;

/* n different elements, ascending. */
static void random_set(struct rng *g, uint64_t *set, size_t n) {
    for (size_t i = 0; i < n;) {
        const uint64_t element = 1 + rng_below(g, GF40_MASK);
        size_t j = i;
        bool doubled = false;
        for (size_t k = 0; k < i; k++) doubled |= set[k] == element;
        if (doubled) continue;
        for (; j > 0 && set[j - 1] > element; j--) set[j] = set[j - 1];
        set[j] = element;
        i++;
    }
}

/* The kernels of this machine: one or two. */
static size_t kernels(const struct sketch_kernel *all[2]) {
    all[0] = gf40_bitslice();
    all[1] = cpu_sketch_kernel();
    return all[0] == all[1] ? 1 : 2;
}

static void expect_found(const struct sketch_kernel *kernel, const uint64_t *set, size_t n, size_t capacity) {
    uint64_t syndromes[SKETCH_CAPACITY_MAX] = {0}, out[SKETCH_CAPACITY_MAX];
    sketch_add(kernel, syndromes, 0, capacity, set, n);
    assert_int_equal(sketch_decode(kernel, syndromes, capacity, out, &work), n);
    assert_memory_equal(out, set, n * sizeof *set);
}

static void test_every_size_is_found(void **state) {
    (void)state;
    const struct sketch_kernel *all[2];
    struct rng g;
    uint64_t set[SKETCH_CAPACITY_MAX];
    rng_begin(&g, "sketch sizes");
    for (size_t k = 0; k < kernels(all); k++) {
        for (size_t n = 0; n <= SKETCH_CAPACITY_MAX; n++) {
            random_set(&g, set, n);
            expect_found(all[k], set, n, n);
            expect_found(all[k], set, n, n + rng_below(&g, SKETCH_CAPACITY_MAX - n + 1));
        }
        for (size_t i = 0; i < 300; i++) {
            const size_t n = rng_below(&g, 6), capacity = n + rng_below(&g, 4);
            random_set(&g, set, n);
            expect_found(all[k], set, n, capacity);
        }
    }
}

/* Sets with structure: small numbers and their multiples, which are nearly subspaces of the field, and the basis of it.
 */
static void test_structured_sets(void **state) {
    (void)state;
    const struct sketch_kernel *all[2];
    uint64_t set[SKETCH_CAPACITY_MAX];
    for (size_t k = 0; k < kernels(all); k++) {
        for (unsigned shift = 0; shift < 33; shift += 8) {
            for (size_t i = 0; i < 127; i++) set[i] = (uint64_t)(i + 1) << shift;
            expect_found(all[k], set, 127, 128);
            expect_found(all[k], set, 64, 64);
        }
        for (size_t i = 0; i < GF40_BITS; i++) set[i] = UINT64_C(1) << i;
        expect_found(all[k], set, GF40_BITS, GF40_BITS);
    }
}

static void test_difference_of_two_sets(void **state) {
    (void)state;
    const struct sketch_kernel *all[2];
    struct rng g;
    uint64_t both[3000], set[60], a[44] = {0}, b[44] = {0}, out[44];
    rng_begin(&g, "sketch difference");
    for (size_t i = 0; i < 3000; i++) both[i] = sketch_element(rng_u64(&g));
    random_set(&g, set, 40);
    for (size_t k = 0; k < kernels(all); k++) {
        memset(a, 0, sizeof a);
        memset(b, 0, sizeof b);
        sketch_add(all[k], a, 0, 44, both, 3000);
        sketch_add(all[k], a, 0, 44, set, 25);
        sketch_add(all[0], b, 0, 44, set + 25, 15);
        sketch_add(all[0], b, 0, 44, both, 3000);
        sketch_xor(a, b, 44);
        assert_int_equal(sketch_decode(all[k], a, 44, out, &work), 40);
        assert_memory_equal(out, set, 40 * sizeof *set);
    }
}

static void test_extension(void **state) {
    (void)state;
    const struct sketch_kernel *all[2];
    struct rng g;
    uint64_t set[500], once[SKETCH_CAPACITY_MAX], steps[SKETCH_CAPACITY_MAX];
    rng_begin(&g, "sketch extension");
    for (size_t i = 0; i < 500; i++) set[i] = sketch_element(rng_u64(&g));
    for (size_t k = 0; k < kernels(all); k++) {
        for (unsigned round = 0; round < 30; round++) {
            memset(once, 0, sizeof once);
            memset(steps, 0, sizeof steps);
            const size_t n = rng_below(&g, 501);
            sketch_add(all[0], once, 0, SKETCH_CAPACITY_MAX, set, n);
            for (size_t at = 0; at < SKETCH_CAPACITY_MAX;) {
                const size_t more = 1 + rng_below(&g, SKETCH_CAPACITY_MAX - at);
                sketch_add(all[k], steps + at, at, more, set, n);
                at += more;
            }
            assert_memory_equal(once, steps, sizeof once);
        }
    }
}

/* What is answered has the sketch that was given; returns whether there was an answer. */
static bool expect_sound(const struct sketch_kernel *kernel, const uint64_t *syndromes, size_t capacity) {
    uint64_t again[SKETCH_CAPACITY_MAX] = {0}, out[SKETCH_CAPACITY_MAX];
    const int found = sketch_decode(kernel, syndromes, capacity, out, &work);
    if (found < 0) {
        assert_int_equal(found, ERR_LIMIT);
        return false;
    }
    assert_true((size_t)found <= capacity);
    for (int i = 0; i < found; i++) assert_true(out[i] > 0 && out[i] <= GF40_MASK && (i == 0 || out[i] > out[i - 1]));
    sketch_add(kernel, again, 0, capacity, out, (size_t)found);
    assert_memory_equal(again, syndromes, capacity * sizeof *again);
    return true;
}

static void test_too_many_elements(void **state) {
    (void)state;
    const struct sketch_kernel *all[2];
    struct rng g;
    uint64_t set[200];
    rng_begin(&g, "sketch overfull");
    for (size_t k = 0; k < kernels(all); k++) {
        unsigned answers[5] = {0};
        for (unsigned round = 0; round < 4000; round++) {
            uint64_t syndromes[SKETCH_CAPACITY_MAX] = {0};
            const size_t capacity = round < 3900 ? 1 + round % 4 : 5 + rng_below(&g, 100);
            const size_t n = capacity + 1 + rng_below(&g, 50);
            random_set(&g, set, n);
            sketch_add(all[k], syndromes, 0, capacity, set, n);
            const bool answer = expect_sound(all[k], syndromes, capacity);
            if (capacity < 5) answers[capacity] += answer;
        }
        /* About 975 rounds of each: all, 1/2, 1/6, 1/24 have an answer; the bounds are 6 standard deviations away. */
        assert_int_equal(answers[1], 975);
        assert_in_range(answers[2], 394, 581);
        assert_in_range(answers[3], 93, 232);
        assert_in_range(answers[4], 4, 78);
    }
}

static void test_random_syndromes(void **state) {
    (void)state;
    const struct sketch_kernel *all[2];
    struct rng g;
    rng_begin(&g, "sketch random syndromes");
    for (size_t k = 0; k < kernels(all); k++) {
        for (unsigned round = 0; round < 3000; round++) {
            uint64_t syndromes[SKETCH_CAPACITY_MAX] = {0};
            const size_t capacity = rng_below(&g, rng_one_in(&g, 10) ? SKETCH_CAPACITY_MAX + 1 : 12);
            /* Few values, and zeros, so that the recurrence has gaps. */
            const uint64_t values = rng_one_in(&g, 2) ? 3 : GF40_MASK;
            for (size_t i = 0; i < capacity; i++) syndromes[i] = rng_one_in(&g, 3) ? 0 : rng_below(&g, values + 1);
            (void)expect_sound(all[k], syndromes, capacity);
        }
    }
}

static void test_elements_and_parts(void **state) {
    (void)state;
    struct rng g;
    unsigned counts[7] = {0};
    assert_int_equal(sketch_element(0), 1);
    assert_int_equal(sketch_element(UINT64_C(0xabcdef0000000000)), 1);
    assert_int_equal(sketch_element(UINT64_MAX), GF40_MASK);
    assert_int_equal(sketch_part(UINT64_MAX, 1), 0);
    assert_int_equal(sketch_part(UINT64_MAX, 1 << 24), (1 << 24) - 1);
    assert_int_equal(sketch_part(GF40_MASK, 1 << 24), 0);
    rng_begin(&g, "sketch parts");
    for (unsigned i = 0; i < 70000; i++) counts[sketch_part(rng_u64(&g), 7)]++;
    for (unsigned i = 0; i < 7; i++) assert_in_range(counts[i], 9400, 10600);
}

static void test_wire(void **state) {
    (void)state;
    static const uint8_t bytes[10] = {0xef, 0xcd, 0xab, 0x89, 0x67, 0, 0, 0, 0, 0x80};
    const uint64_t syndromes[2] = {UINT64_C(0x6789abcdef), UINT64_C(1) << 39};
    uint8_t out[10];
    uint64_t back[2];
    struct writer w;
    struct reader r;
    writer_init(&w, out, sizeof out);
    sketch_write(&w, syndromes, 2);
    assert_int_equal(w.err, 0);
    assert_int_equal(w.at, 2 * SKETCH_SYNDROME_SIZE);
    assert_memory_equal(out, bytes, sizeof bytes);
    reader_init(&r, out, sizeof out);
    assert_int_equal(sketch_read(&r, back, 2), 0);
    assert_int_equal(reader_end(&r), 0);
    assert_memory_equal(back, syndromes, sizeof back);
    reader_init(&r, out, sizeof out - 1);
    assert_int_equal(sketch_read(&r, back, 2), ERR_TRUNCATED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_size_is_found),    cmocka_unit_test(test_structured_sets),
        cmocka_unit_test(test_difference_of_two_sets), cmocka_unit_test(test_extension),
        cmocka_unit_test(test_too_many_elements),      cmocka_unit_test(test_random_syndromes),
        cmocka_unit_test(test_elements_and_parts),     cmocka_unit_test(test_wire),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
