/*
 * rice.h: ascending numbers below a universe, as Golomb-Rice codes of their gaps (Golomb 1966, Rice 1971).
 *
 *   varint count
 *   and if it is not 0, bits, the least significant of a byte first:
 *   4 bits c, from which k = max(0, b + 1 - c) with b the position of the highest bit of universe / count (0 if that is
 * 0) for each number: g = number - 1 - the one before (the first: g = number) with q = g >> k if q < 20: q ones, a
 * zero, the low k bits of g else: 20 ones, g in as many bits as universe - 1 has zeros to the end of the byte
 */
#ifndef CORE_RICE_H
#define CORE_RICE_H

#include <stddef.h>
#include <stdint.h>

#include "core/bytes.h"
#include "core/err.h"

/* Return how many bytes rice_write_gaps takes for these numbers. */
size_t rice_size(const uint64_t *values, size_t count, uint64_t universe);

/*
 * Write count numbers, strictly ascending and below universe (1..2^62), with the c that takes the fewest bits (the
 * smallest of several). The writer's error is ERR_SPACE if they do not fit.
 */
void rice_write_gaps(struct writer *w, const uint64_t *values, size_t count, uint64_t universe);

/*
 * Read at most count_max numbers. Return how many, or the reader's error, which is ERR_LIMIT for more than count_max
 * numbers or one that leaves the universe, ERR_TRUNCATED, or ERR_FIELD for bits after the end that are not 0 and for a
 * gap written out in vain. The reader stands behind the last byte. Time is bounded by the bytes read.
 */
MUST_CHECK int rice_read_gaps(struct reader *r, uint64_t *values, size_t count_max, uint64_t universe);

#endif
