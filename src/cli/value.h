/*
 * value.h: read the values of options.
 */
#ifndef CLI_VALUE_H
#define CLI_VALUE_H

#include <stdint.h>

#include "core/err.h"

#define VALUE_NUMBER_MAX UINT64_C(1000000000000)

/* Read decimal digits, at most max. ERR_USAGE for anything else. */
MUST_CHECK int value_number(const char *text, uint64_t max, uint64_t *out);

/* Read a number of bytes: digits, and K, M or G (of either case, with or without B) for powers of 1000. ERR_USAGE. */
MUST_CHECK int value_size(const char *text, uint64_t *out);

/*
 * Read a time: digits (seconds of Unix time), an age before now (digits and s, m, h, d or w), a date (YYYY-MM-DD, its
 * first second), or a date and a time (YYYY-MM-DDTHH:MM or with :SS), of this place, or of UTC with a Z. ERR_USAGE.
 */
MUST_CHECK int value_time(const char *text, uint64_t now, uint64_t *out);

/* Check the form of ADDR:PORT or [ADDR]:PORT, not whether there is such an address. ERR_USAGE. */
MUST_CHECK int value_address(const char *text);

#endif
