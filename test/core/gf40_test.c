/*
 * GF(2^40) and the kernels. Shows that multiplication is that of a naive twin (shift and xor, a bit a step) on edges
 * and at random; that the polynomial is irreducible, so that this is a field; that squares, powers and inverses are
 * what multiplication makes of them; and that both kernels give the twin's rows, dot products and power sums, for every
 * number of elements around their block sizes, from any power on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/gf40.h"
#include "core/limits.h"
#include "core/sketch_kernel.h"
#include "host/cpu.h"
#include "test/property_util.h"

static uint64_t naive_mul(uint64_t a, uint64_t b) {
    uint64_t product = 0;
    for (; b; b >>= 1) {
        if (b & 1) product ^= a;
        a <<= 1;
        if (a >> 40) a ^= (UINT64_C(1) << 40) | 0x39;
    }
    return product;
}

/* Random elements, edges among them. */
static uint64_t element(struct rng *g) {
    switch (rng_below(g, 8)) {
    case 0: return rng_below(g, 4);
    case 1: return GF40_MASK - rng_below(g, 4);
    case 2: return UINT64_C(1) << rng_below(g, GF40_BITS);
    case 3: return rng_u64(g) & rng_u64(g) & GF40_MASK;
    default: return rng_u64(g) & GF40_MASK;
    }
}

static void test_multiplication(void **state) {
    (void)state;
    struct rng g;
    rng_begin(&g, "gf40 mul");
    for (unsigned i = 0; i < GF40_BITS; i++)
        for (unsigned j = 0; j < GF40_BITS; j++)
            assert_int_equal(gf40_mul(UINT64_C(1) << i, UINT64_C(1) << j),
                             naive_mul(UINT64_C(1) << i, UINT64_C(1) << j));
    for (unsigned i = 0; i < 200000; i++) {
        const uint64_t a = element(&g), b = element(&g);
        assert_int_equal(gf40_mul(a, b), naive_mul(a, b));
        assert_int_equal(gf40_square(a), naive_mul(a, a));
    }
}

static void test_field(void **state) {
    (void)state;
    struct rng g;
    /* Irreducible, by Rabin's test: x^(2^40) = x, and x^(2^20) - x and x^(2^8) - x have no factor in common with the
     * polynomial. In a ring with zero divisors some of the latter's inverses would fail. */
    uint64_t x = 2;
    for (unsigned i = 1; i <= GF40_BITS; i++) {
        x = naive_mul(x, x);
        if (i == 8 || i == 20) assert_int_equal(naive_mul(x ^ 2, gf40_inverse(x ^ 2)), 1);
    }
    assert_int_equal(x, 2);
    rng_begin(&g, "gf40 field");
    assert_int_equal(gf40_inverse(0), 0);
    assert_int_equal(gf40_inverse(1), 1);
    for (unsigned i = 0; i < 20000; i++) {
        const uint64_t a = element(&g);
        if (a) assert_int_equal(naive_mul(a, gf40_inverse(a)), 1);
        assert_int_equal(gf40_pow(a, (UINT64_C(1) << 40) - 2), gf40_inverse(a));
        const uint64_t e = rng_below(&g, 300);
        uint64_t power = 1;
        for (uint64_t k = 0; k < e; k++) power = naive_mul(power, a);
        assert_int_equal(gf40_pow(a, e), power);
    }
}

static size_t kernels(const struct sketch_kernel *all[2]) {
    all[0] = gf40_bitslice();
    all[1] = cpu_sketch_kernel();
    return all[0] == all[1] ? 1 : 2;
}

static void test_rows(void **state) {
    (void)state;
    const struct sketch_kernel *all[2];
    struct rng g;
    rng_begin(&g, "gf40 rows");
    for (size_t k = 0; k < kernels(all); k++) {
        for (unsigned round = 0; round < 3000; round++) {
            uint64_t x[130], y[130], wanted[130], dot = 0;
            const size_t n = rng_below(&g, 131);
            const uint64_t s = element(&g);
            for (size_t i = 0; i < n; i++) {
                x[i] = element(&g);
                y[i] = element(&g);
                dot ^= naive_mul(x[i], y[i]);
                wanted[i] = y[i] ^ naive_mul(s, x[i]);
            }
            assert_int_equal(all[k]->dot(x, y, n), dot);
            all[k]->mul_add(y, x, n, s);
            assert_memory_equal(y, wanted, n * sizeof *y);
            for (size_t i = 0; i < n; i++) wanted[i] = naive_mul(s, x[i]);
            all[k]->mul_add(x, x, n, s ^ 1); /* in place: x += (s + 1) x */
            assert_memory_equal(x, wanted, n * sizeof *x);
        }
    }
}

static void naive_add(uint64_t *syndromes, size_t first, size_t count, const uint64_t *elements, size_t n) {
    for (size_t i = 0; i < n; i++) {
        uint64_t power = elements[i];
        for (size_t j = 0; j < first + count; j++) {
            if (j >= first) syndromes[j - first] ^= power;
            power = naive_mul(naive_mul(power, elements[i]), elements[i]);
        }
    }
}

static void expect_sums(const struct sketch_kernel *kernel, struct rng *g, size_t first, size_t count, size_t n) {
    uint64_t elements[1200], own[SKETCH_CAPACITY_MAX + 1], wanted[SKETCH_CAPACITY_MAX + 1];
    assert_true(n <= 1200 && first + count <= SKETCH_CAPACITY_MAX);
    for (size_t i = 0; i < n; i++) elements[i] = element(g) | 1;
    for (size_t i = 0; i <= SKETCH_CAPACITY_MAX; i++) own[i] = wanted[i] = rng_u64(g) & GF40_MASK;
    kernel->add(own, first, count, elements, n);
    naive_add(wanted, first, count, elements, n);
    assert_memory_equal(own, wanted, sizeof own); /* what lies behind count is untouched, too */
}

static void test_power_sums(void **state) {
    (void)state;
    static const size_t sizes[] = {0, 1, 2, 3, 63, 64, 65, 127, 128, 129, 255, 256, 257, 1023, 1024, 1025, 1152, 1153};
    const struct sketch_kernel *all[2];
    struct rng g;
    rng_begin(&g, "gf40 power sums");
    for (size_t k = 0; k < kernels(all); k++) {
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            expect_sums(all[k], &g, 0, 9, sizes[i]);
            expect_sums(all[k], &g, 5, 6, sizes[i]);
        }
        for (size_t count = 0; count <= SKETCH_CAPACITY_MAX; count++) expect_sums(all[k], &g, 0, count, 3);
        for (unsigned round = 0; round < 200; round++) {
            const size_t first = rng_below(&g, SKETCH_CAPACITY_MAX + 1);
            expect_sums(all[k], &g, first, rng_below(&g, SKETCH_CAPACITY_MAX - first + 1), rng_below(&g, 40));
        }
    }
}

/* The choice is a kernel that works here, and the same each time. */
static void test_choice(void **state) {
    (void)state;
    const struct sketch_kernel *chosen = cpu_sketch_kernel();
    assert_non_null(chosen);
    assert_ptr_equal(chosen, cpu_sketch_kernel());
    assert_true(chosen == gf40_bitslice() || chosen == gf40_clmul());
    print_message("kernel here: %s\n", chosen->name);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_multiplication), cmocka_unit_test(test_field),  cmocka_unit_test(test_rows),
        cmocka_unit_test(test_power_sums),     cmocka_unit_test(test_choice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
