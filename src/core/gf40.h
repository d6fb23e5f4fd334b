/*
 * gf40.h: the field GF(2^40): polynomials over GF(2) modulo x^40 + x^5 + x^4 + x^3 + 1, bit i the coefficient of x^i.
 *
 * Addition is ^. Portable, in straight code; not in constant time: what is reckoned here are salted hashes that both
 * sides send each other. An element is a uint64_t below 2^40; larger arguments are a bug.
 */
#ifndef CORE_GF40_H
#define CORE_GF40_H

#include <stddef.h>
#include <stdint.h>

#define GF40_BITS 40
#define GF40_MASK ((UINT64_C(1) << GF40_BITS) - 1)
/* x^40 is this. */
#define GF40_FOLD UINT64_C(0x39)

uint64_t gf40_mul(uint64_t a, uint64_t b);
uint64_t gf40_square(uint64_t a);

/* Return a^e; a^0 is 1. */
uint64_t gf40_pow(uint64_t a, uint64_t e);

/* Return 1/a; 0 for 0. */
uint64_t gf40_inverse(uint64_t a);

/* y[i] += s * x[i] for n elements. x and y may be the same array, else they do not overlap. */
void gf40_mul_add(uint64_t *y, const uint64_t *x, size_t n, uint64_t s);

/* Return the sum of a[i] * b[i]. */
uint64_t gf40_dot(const uint64_t *a, const uint64_t *b, size_t n);

#endif
