/*
 * odd.h: an estimate of how many elements lie in one of two sets only, from bitmaps of parities.
 *
 * Every element turns over one bit of one level; level l takes 3/4 * 4^-l of all elements, the last level the rest
 * ("Odd Sketch": Mitzenmacher, Pagh, Pham, "Efficient estimation for high similarities using odd sketches", 2014, at
 * geometric sampling rates). What both sets have turns the same bits and falls out of the difference. The most likely
 * size is found over all levels together: relative standard deviation about 23 %, 8 bytes a level. Integers only.
 */
#ifndef CORE_ODD_H
#define CORE_ODD_H

#include <stdint.h>

#include "core/limits.h"

/* Return how many levels (1..ODD_LEVELS_MAX) suit two sets of n_total elements together. */
unsigned odd_levels(uint64_t n_total);

/* Turn over the bit of the element with this salted 64-bit hash. An element that is turned twice is out again. */
void odd_toggle(uint64_t *odd, unsigned levels, uint64_t hash);

/*
 * Estimate the size of the symmetric difference of two sets from their bitmaps. Return 0 only if they are equal in
 * every level, at least 1 otherwise, and at most 192 * 4^(levels - 1), also for larger differences.
 */
uint64_t odd_estimate(const uint64_t *a, const uint64_t *b, unsigned levels);

#endif
