/*
 * sketch_kernel.h: the arithmetic over GF(2^40) that costs the time of a sketch, in two makes with equal results.
 *
 * Who has an x86-64 processor with carry-less multiplication takes gf40_clmul, everybody else gf40_bitslice;
 * host/cpu.h chooses. A kernel is constant and may be used by many threads at once.
 */
#ifndef CORE_SKETCH_KERNEL_H
#define CORE_SKETCH_KERNEL_H

#include <stddef.h>
#include <stdint.h>

struct sketch_kernel {
    const char *name;

    /*
     * Add the odd power sums of n elements (each 1..2^40 - 1): syndromes[i] += the sum of e^(2 * (first + i) + 1), for
     * i from 0 to count - 1. first + count is at most SKETCH_CAPACITY_MAX. elements may be NULL if n is 0.
     */
    void (*add)(uint64_t *syndromes, size_t first, size_t count, const uint64_t *elements, size_t n);

    /* As gf40_mul_add and gf40_dot. */
    void (*mul_add)(uint64_t *y, const uint64_t *x, size_t n, uint64_t s);
    uint64_t (*dot)(const uint64_t *a, const uint64_t *b, size_t n);
};

/* Return the kernel for PCLMULQDQ, or NULL where this program was compiled for something else than x86-64. It must be
 * used only where the processor has that instruction. */
const struct sketch_kernel *gf40_clmul(void);

/* Return the portable kernel. Never NULL. */
const struct sketch_kernel *gf40_bitslice(void);

#endif
