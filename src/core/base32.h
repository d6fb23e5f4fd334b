/*
 * base32.h: RFC 4648 base32 in lower case without padding, read in either case.
 */
#ifndef CORE_BASE32_H
#define CORE_BASE32_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

/* Return how many characters size bytes take. */
size_t base32_length(size_t size);

/* Encode size bytes into base32_length(size) characters and a final zero. */
void base32_encode(char *out, const uint8_t *data, size_t size);

/*
 * Decode length characters. Return how many bytes were written. Errors: ERR_CHECKSUM for a character outside the
 * alphabet, an impossible length or bits left over that are not zero (to the person all of them are the same: a
 * character was changed); ERR_SPACE.
 */
MUST_CHECK int base32_decode(uint8_t *out, size_t out_size, const char *text, size_t length);

#endif
