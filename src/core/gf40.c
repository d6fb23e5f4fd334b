/*
 * gf40.c: multiplication with a table of the multiples of one factor by all short polynomials (so many bits of the
 * other factor a step), inversion by Fermat's little theorem in Itoh and Tsujii's way.
 */
#include "core/gf40.h"

#include "core/check.h"

/* What high * x^40 is: at most 44 bits for 39, so that a second fold of the 4 bits above 40 ends below 2^40. */
static inline uint64_t fold(uint64_t high) {
    return high ^ high << 3 ^ high << 4 ^ high << 5;
}

static inline uint64_t reduce(uint64_t low, uint64_t high) {
    const uint64_t once = (low & GF40_MASK) ^ fold(high);
    return (once & GF40_MASK) ^ fold(once >> GF40_BITS);
}

/* The multiples of a by all polynomials of less than width bits: 4 for one product, 5 pay off for a row of them. */
struct multiples {
    uint64_t of[32];
};

static inline void multiples_of(struct multiples *t, uint64_t a, unsigned width) {
    t->of[0] = 0;
    t->of[1] = a;
    for (unsigned i = 2; i < 1U << width; i += 2) {
        t->of[i] = t->of[i / 2] << 1;
        t->of[i + 1] = t->of[i] ^ a;
    }
}

static inline uint64_t times(const struct multiples *t, uint64_t b, unsigned width) {
    const uint64_t mask = (UINT64_C(1) << width) - 1;
    uint64_t low = 0, high = 0; /* by the lower and the upper 20 bits of b; 59 bits each */
    for (unsigned i = 0; i < 20; i += width) {
        low ^= t->of[b >> i & mask] << i;
        high ^= t->of[b >> (20 + i) & mask] << i;
    }
    low ^= (high & 0xfffff) << 20;
    return reduce(low, high >> 20 ^ low >> GF40_BITS);
}

uint64_t gf40_mul(uint64_t a, uint64_t b) {
    __attribute__((uninitialized)) struct multiples t;
    CHECK(((a | b) & ~GF40_MASK) == 0);
    multiples_of(&t, a, 4);
    return times(&t, b, 4);
}

/* Put a zero between each two of the lowest 20 bits. */
static inline uint64_t spread(uint64_t a) {
    a = (a ^ a << 16) & UINT64_C(0x0000000f0000ffff);
    a = (a ^ a << 8) & UINT64_C(0x0000000f00ff00ff);
    a = (a ^ a << 4) & UINT64_C(0x0000000f0f0f0f0f);
    a = (a ^ a << 2) & UINT64_C(0x0000003333333333);
    return (a ^ a << 1) & UINT64_C(0x0000005555555555);
}

uint64_t gf40_square(uint64_t a) {
    CHECK((a & ~GF40_MASK) == 0);
    return reduce(spread(a & 0xfffff), spread(a >> 20));
}

uint64_t gf40_pow(uint64_t a, uint64_t e) {
    uint64_t power = 1;
    for (int bit = 63; bit >= 0; bit--) {
        power = gf40_square(power);
        if (e >> bit & 1) power = gf40_mul(power, a);
    }
    return power;
}

static uint64_t square_times(uint64_t a, unsigned times_squared) {
    for (unsigned i = 0; i < times_squared; i++) a = gf40_square(a);
    return a;
}

uint64_t gf40_inverse(uint64_t a) {
    /* run is a^(2^length - 1); 1/a is a^(2^40 - 2), the square of the run of length 39 = 100111 in binary. */
    uint64_t run = a;
    unsigned length = 1;
    for (int bit = 4; bit >= 0; bit--) {
        run = gf40_mul(run, square_times(run, length));
        length *= 2;
        if (39 >> bit & 1) {
            run = gf40_mul(gf40_square(run), a);
            length++;
        }
    }
    CHECK(length == 39);
    return gf40_square(run);
}

void gf40_mul_add(uint64_t *y, const uint64_t *x, size_t n, uint64_t s) {
    __attribute__((uninitialized)) struct multiples t;
    CHECK((s & ~GF40_MASK) == 0);
    multiples_of(&t, s, 5);
    for (size_t i = 0; i < n; i++) y[i] ^= times(&t, x[i], 5);
}

uint64_t gf40_dot(const uint64_t *a, const uint64_t *b, size_t n) {
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++) sum ^= gf40_mul(a[i], b[i]);
    return sum;
}
