/*
 * gf40_bitslice.c: the portable kernel. 128 elements at a time lie as 40 planes of 128 bits, plane i the coefficients
 * of x^i, so that and and xor multiply 128 pairs at once. A product is split twice in Karatsuba's way, 40 = 4 * 10.
 *
 * The vectors are an extension of gcc and clang; where a machine has none, they become pairs of 64-bit words.
 */
#include "core/check.h"
#include "core/gf40.h"
#include "core/limits.h"
#include "core/sketch_kernel.h"

typedef uint64_t plane __attribute__((vector_size(16)));

#define LANES 128
#define GROUPS 8 /* so many times 128 elements are summed before their parities are taken */
#define QUARTER 10
#define HALF 20

/* Scratch that is written whole before it is read: no time for zeros. */
#define UNSET __attribute__((uninitialized))

/* r (19 planes) = a * b, 10 planes each. Written out: as loops, compilers of today make it half as fast. */
static void product_10(plane *restrict r, const plane *restrict a, const plane *restrict b) {
#define TERM(i, j) (a[i] & b[j])
    r[0] = TERM(0, 0);
    r[1] = TERM(0, 1) ^ TERM(1, 0);
    r[2] = TERM(0, 2) ^ TERM(1, 1) ^ TERM(2, 0);
    r[3] = TERM(0, 3) ^ TERM(1, 2) ^ TERM(2, 1) ^ TERM(3, 0);
    r[4] = TERM(0, 4) ^ TERM(1, 3) ^ TERM(2, 2) ^ TERM(3, 1) ^ TERM(4, 0);
    r[5] = TERM(0, 5) ^ TERM(1, 4) ^ TERM(2, 3) ^ TERM(3, 2) ^ TERM(4, 1) ^ TERM(5, 0);
    r[6] = TERM(0, 6) ^ TERM(1, 5) ^ TERM(2, 4) ^ TERM(3, 3) ^ TERM(4, 2) ^ TERM(5, 1) ^ TERM(6, 0);
    r[7] = TERM(0, 7) ^ TERM(1, 6) ^ TERM(2, 5) ^ TERM(3, 4) ^ TERM(4, 3) ^ TERM(5, 2) ^ TERM(6, 1) ^ TERM(7, 0);
    r[8] = TERM(0, 8) ^ TERM(1, 7) ^ TERM(2, 6) ^ TERM(3, 5) ^ TERM(4, 4) ^ TERM(5, 3) ^ TERM(6, 2) ^ TERM(7, 1) ^
           TERM(8, 0);
    r[9] = TERM(0, 9) ^ TERM(1, 8) ^ TERM(2, 7) ^ TERM(3, 6) ^ TERM(4, 5) ^ TERM(5, 4) ^ TERM(6, 3) ^ TERM(7, 2) ^
           TERM(8, 1) ^ TERM(9, 0);
    r[10] = TERM(1, 9) ^ TERM(2, 8) ^ TERM(3, 7) ^ TERM(4, 6) ^ TERM(5, 5) ^ TERM(6, 4) ^ TERM(7, 3) ^ TERM(8, 2) ^
            TERM(9, 1);
    r[11] = TERM(2, 9) ^ TERM(3, 8) ^ TERM(4, 7) ^ TERM(5, 6) ^ TERM(6, 5) ^ TERM(7, 4) ^ TERM(8, 3) ^ TERM(9, 2);
    r[12] = TERM(3, 9) ^ TERM(4, 8) ^ TERM(5, 7) ^ TERM(6, 6) ^ TERM(7, 5) ^ TERM(8, 4) ^ TERM(9, 3);
    r[13] = TERM(4, 9) ^ TERM(5, 8) ^ TERM(6, 7) ^ TERM(7, 6) ^ TERM(8, 5) ^ TERM(9, 4);
    r[14] = TERM(5, 9) ^ TERM(6, 8) ^ TERM(7, 7) ^ TERM(8, 6) ^ TERM(9, 5);
    r[15] = TERM(6, 9) ^ TERM(7, 8) ^ TERM(8, 7) ^ TERM(9, 6);
    r[16] = TERM(7, 9) ^ TERM(8, 8) ^ TERM(9, 7);
    r[17] = TERM(8, 9) ^ TERM(9, 8);
    r[18] = TERM(9, 9);
#undef TERM
}

/* r (39 planes) = a * b, 20 planes each: low, high and (low + high)(low + high). */
static void product_20(plane *restrict r, const plane *restrict a, const plane *restrict b) {
    UNSET plane a_sum[QUARTER], b_sum[QUARTER], middle[2 * QUARTER - 1];
    for (unsigned i = 0; i < QUARTER; i++) {
        a_sum[i] = a[i] ^ a[QUARTER + i];
        b_sum[i] = b[i] ^ b[QUARTER + i];
    }
    product_10(r, a, b);
    r[2 * QUARTER - 1] = (plane){0};
    product_10(r + HALF, a + QUARTER, b + QUARTER);
    product_10(middle, a_sum, b_sum);
    for (unsigned i = 0; i < 2 * QUARTER - 1; i++) middle[i] ^= r[i] ^ r[HALF + i];
    for (unsigned i = 0; i < 2 * QUARTER - 1; i++) r[QUARTER + i] ^= middle[i];
}

/* a (40 planes) = the 79 planes of r modulo the field's polynomial. */
static inline void reduce(plane *restrict a, plane *restrict r) {
    for (unsigned i = 2 * GF40_BITS - 2; i >= GF40_BITS; i--) {
        r[i - 40] ^= r[i];
        r[i - 37] ^= r[i];
        r[i - 36] ^= r[i];
        r[i - 35] ^= r[i];
    }
    for (unsigned i = 0; i < GF40_BITS; i++) a[i] = r[i];
}

/* a *= b. a and b may be the same. */
static void multiply(plane *a, const plane *b) {
    UNSET plane a_sum[HALF], b_sum[HALF], middle[2 * HALF - 1], r[2 * GF40_BITS - 1];
    for (unsigned i = 0; i < HALF; i++) {
        a_sum[i] = a[i] ^ a[HALF + i];
        b_sum[i] = b[i] ^ b[HALF + i];
    }
    product_20(r, a, b);
    r[2 * HALF - 1] = (plane){0};
    product_20(r + GF40_BITS, a + HALF, b + HALF);
    product_20(middle, a_sum, b_sum);
    for (unsigned i = 0; i < 2 * HALF - 1; i++) middle[i] ^= r[i] ^ r[GF40_BITS + i];
    for (unsigned i = 0; i < 2 * HALF - 1; i++) r[HALF + i] ^= middle[i];
    reduce(a, r);
}

/* square = a * a: a's planes with zeros between them. */
static void square_of(plane *restrict square, const plane *restrict a) {
    UNSET plane r[2 * GF40_BITS - 1];
    for (unsigned i = 0; i < GF40_BITS; i++) {
        r[2 * i] = a[i];
        if (i + 1 < GF40_BITS) r[2 * i + 1] = (plane){0};
    }
    reduce(square, r);
}

/* Transpose a matrix of 64 times 64 bits: bit i of word j becomes bit j of word i. */
static void transpose(uint64_t m[64]) {
    uint64_t mask = UINT64_C(0x00000000ffffffff);
    for (unsigned width = 32; width > 0; width >>= 1, mask ^= mask << width) {
        for (unsigned i = 0; i < 64; i = (i + width + 1) & ~width) {
            const uint64_t swap = (m[i] >> width ^ m[i + width]) & mask;
            m[i] ^= swap << width;
            m[i + width] ^= swap;
        }
    }
}

/* Up to 128 elements as planes; those that are missing are 0, which no odd power changes. */
static void planes_of(plane *planes, const uint64_t *elements, size_t n) {
    uint64_t m[64];
    for (unsigned lane = 0; lane < 2; lane++) {
        for (size_t i = 0; i < 64; i++) m[i] = lane * 64 + i < n ? elements[lane * 64 + i] : 0;
        transpose(m);
        for (unsigned i = 0; i < GF40_BITS; i++) planes[i][lane] = m[i];
    }
}

/* Sum the 128 elements that lie in the planes: bit i is the parity of plane i. */
static uint64_t sum_of(const plane *planes) {
    uint64_t sum = 0;
    for (unsigned i = 0; i < GF40_BITS; i++) {
        uint64_t bits = planes[i][0] ^ planes[i][1];
        bits ^= bits >> 32;
        bits ^= bits >> 16;
        bits ^= bits >> 8;
        bits ^= bits >> 4;
        sum |= (UINT64_C(0x6996) >> (bits & 15) & 1) << i;
    }
    return sum;
}

static void add_groups(uint64_t *syndromes, size_t first, size_t count, const uint64_t *elements, size_t n) {
    UNSET plane power[GROUPS][GF40_BITS], b[GROUPS][GF40_BITS], square[GF40_BITS], next[GF40_BITS], sum[GF40_BITS];
    const size_t groups = (n + LANES - 1) / LANES;
    CHECK(groups > 0 && groups <= GROUPS);
    for (size_t g = 0; g < groups; g++) {
        planes_of(power[g], elements + g * LANES, n - g * LANES < LANES ? n - g * LANES : LANES);
        square_of(b[g], power[g]);
        for (unsigned i = 0; i < GF40_BITS; i++) square[i] = b[g][i];
        for (size_t rest = first; rest > 0; rest >>= 1) {
            if (rest & 1) multiply(power[g], square);
            square_of(next, square);
            for (unsigned i = 0; i < GF40_BITS; i++) square[i] = next[i];
        }
    }
    for (size_t k = 0; k < count; k++) {
        for (unsigned i = 0; i < GF40_BITS; i++) sum[i] = power[0][i];
        for (size_t g = 1; g < groups; g++)
            for (unsigned i = 0; i < GF40_BITS; i++) sum[i] ^= power[g][i];
        syndromes[k] ^= sum_of(sum);
        for (size_t g = 0; g < groups && k + 1 < count; g++) multiply(power[g], b[g]);
    }
}

static void add(uint64_t *syndromes, size_t first, size_t count, const uint64_t *elements, size_t n) {
    CHECK(first + count <= SKETCH_CAPACITY_MAX);
    for (size_t at = 0; at < n; at += GROUPS * LANES)
        add_groups(syndromes, first, count, elements + at, n - at < GROUPS * LANES ? n - at : GROUPS * LANES);
}

const struct sketch_kernel *gf40_bitslice(void) {
    static const struct sketch_kernel kernel = {"bitslice", add, gf40_mul_add, gf40_dot};
    return &kernel;
}
