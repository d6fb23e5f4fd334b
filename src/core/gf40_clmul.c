/*
 * gf40_clmul.c: the kernel for x86-64 processors with PCLMULQDQ; empty elsewhere.
 *
 * Between two folds a value may have up to 64 bits: x^64 is x^24 * (x^5 + x^4 + x^3 + 1), of degree 29, so two
 * carry-less products bring 128 bits back to 64. Sums are linear, so of four powers e^k, e^k b, e^k b^2, e^k b^3 (b =
 * e^2) three are summed as they come, 128 bits wide, and only e^k b^4, from which the next four are made, is folded.
 */
#include "core/sketch_kernel.h"

#if !defined(__x86_64__)

const struct sketch_kernel *gf40_clmul(void) {
    return NULL;
}

#else

#include "core/check.h"
#include "core/gf40.h"
#include "core/limits.h"

#define CLMUL __attribute__((target("sse2,pclmul")))
typedef long long lanes __attribute__((vector_size(16)));

/* The product of lane i of a and lane j of b. */
#define PRODUCT(a, i, b, j) (__builtin_ia32_pclmulqdq128((a), (b), (i) | (j) << 4))

#define BLOCK 128

CLMUL static inline lanes fold(lanes t) {
    const lanes x64 = {(long long)(GF40_FOLD << 24), 0};
    const lanes u = PRODUCT(t, 1, x64, 0); /* at most 92 bits */
    return t ^ u ^ PRODUCT(u, 1, x64, 0);  /* the low lane is the result, the high lane is of no meaning */
}

CLMUL static inline lanes low_lanes(lanes a, lanes b) {
    return (lanes){a[0], b[0]};
}

/* Reduce what 64 bits are to 40. */
static inline uint64_t reduce(uint64_t a) {
    const uint64_t high = a >> GF40_BITS;
    return (a & GF40_MASK) ^ high ^ high << 3 ^ high << 4 ^ high << 5;
}

struct block {
    lanes power[BLOCK]; /* low lane: e^(2k + 1) */
    lanes b12[BLOCK], b34[BLOCK];
};

/* Set e^(2 first + 1) and b^1 to b^4 for b = e^2. */
CLMUL static void block_begin(struct block *block, size_t first, const uint64_t *elements, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const lanes e = {(long long)elements[i], 0};
        const lanes b = fold(PRODUCT(e, 0, e, 0)), b2 = fold(PRODUCT(b, 0, b, 0));
        lanes power = e, square = b;
        for (size_t rest = first; rest > 0; rest >>= 1) {
            if (rest & 1) power = fold(PRODUCT(power, 0, square, 0));
            square = fold(PRODUCT(square, 0, square, 0));
        }
        block->power[i] = power;
        block->b12[i] = low_lanes(b, b2);
        block->b34[i] = low_lanes(fold(PRODUCT(b, 0, b2, 0)), fold(PRODUCT(b2, 0, b2, 0)));
    }
}

/* Sum four powers over the block, and go on to the next four. */
CLMUL static void block_sum(struct block *block, size_t n, uint64_t sums[4]) {
    lanes s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0};
    for (size_t i = 0; i < n; i++) {
        const lanes power = block->power[i], b12 = block->b12[i], b34 = block->b34[i];
        s0 ^= power;
        s1 ^= PRODUCT(power, 0, b12, 0);
        s2 ^= PRODUCT(power, 0, b12, 1);
        s3 ^= PRODUCT(power, 0, b34, 0);
        block->power[i] = fold(PRODUCT(power, 0, b34, 1));
    }
    sums[0] = reduce((uint64_t)s0[0]);
    sums[1] = reduce((uint64_t)fold(s1)[0]);
    sums[2] = reduce((uint64_t)fold(s2)[0]);
    sums[3] = reduce((uint64_t)fold(s3)[0]);
}

CLMUL static void add(uint64_t *syndromes, size_t first, size_t count, const uint64_t *elements, size_t n) {
    struct block block;
    uint64_t sums[4];
    CHECK(first + count <= SKETCH_CAPACITY_MAX);
    for (size_t at = 0; at < n; at += BLOCK) {
        const size_t size = n - at < BLOCK ? n - at : BLOCK;
        block_begin(&block, first, elements + at, size);
        for (size_t i = 0; i < count; i += 4) {
            block_sum(&block, size, sums);
            for (size_t j = 0; j < 4 && i + j < count; j++) syndromes[i + j] ^= sums[j];
        }
    }
}

CLMUL static void mul_add(uint64_t *y, const uint64_t *x, size_t n, uint64_t s) {
    const lanes shifted = {(long long)(s << 24), 0};
    for (size_t i = 0; i < n; i++) {
        const lanes e = {(long long)x[i], 0};
        y[i] ^= (uint64_t)fold(PRODUCT(e, 0, shifted, 0))[0] >> 24; /* so the fold ends at x^40 */
    }
}

CLMUL static uint64_t dot(const uint64_t *a, const uint64_t *b, size_t n) {
    lanes sum = {0};
    for (size_t i = 0; i < n; i++) {
        const lanes x = {(long long)a[i], 0}, y = {(long long)b[i], 0};
        sum ^= PRODUCT(x, 0, y, 0);
    }
    return reduce((uint64_t)fold(sum)[0]);
}

const struct sketch_kernel *gf40_clmul(void) {
    static const struct sketch_kernel kernel = {"clmul", add, mul_add, dot};
    return &kernel;
}

#endif
