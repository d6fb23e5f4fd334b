/*
 * stamp.h: a proof of work that a record bears without a byte of its own: its author has tried salts until the hash of
 * what is signed begins with zero bits. It raises a stranger's record within the strangers' share (core/budget.h) and
 * does nothing else.
 *
 *   stamp = BLAKE2b-256("longear stamp 01" ‖ header ‖ body hash)
 *
 * The header holds author, community and time, so no work serves twice; the signature is no part, so that who signs by
 * other means gains nothing.
 */
#ifndef CORE_STAMP_H
#define CORE_STAMP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/record.h"

/* Return how many leading zero bits the stamp of a record or a stub has; 0 if it can't be encoded. */
unsigned stamp_bits(const struct record *r);

/*
 * Raise the stamp of a plain record that is complete but for its signature: r->body is body, which begins with the
 * salt. Count the salt up, at most so many tries, until the stamp has `bits` zero bits. Return whether it has. The
 * record is valid either way; sign it afterwards.
 */
bool stamp_make(struct record *r, uint8_t *body, unsigned bits, uint32_t tries);

#endif
