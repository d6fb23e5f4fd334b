/*
 * dates.h: a time as text, as XML and feeds write it (ISO 8601 and RFC 3339).
 */
#ifndef EXCHANGE_DATES_H
#define EXCHANGE_DATES_H

#include <stdint.h>

#include "core/err.h"

#define DATES_TEXT_SIZE 26              /* "2022-01-05T12:00:00+05:00" and its zero */
#define DATES_FIRST UINT64_C(315532800) /* 1980-01-01: nothing that is exchanged is older */
#define DATES_LAST UINT64_C(4102444799) /* the last second of 2099 */

/*
 * Read "YYYY-MM-DDThh:mm:ssZ" with nothing before or behind it; a fraction of a second is cut off. *seconds receives
 * Unix time. Errors: ERR_FIELD (another form, or a day or an hour that does not exist), ERR_TIME (before DATES_FIRST
 * or behind DATES_LAST).
 */
MUST_CHECK int dates_read(uint64_t *seconds, const char *text);

/* Tell whether a text is a day that exists, "YYYY-MM-DD", or "YYYY-MM", or "YYYY". */
_Bool dates_is_day(const char *text);

/* Write a time of at most DATES_LAST (a later one is written as that) as "YYYY-MM-DDThh:mm:ssZ". */
void dates_write(char out[DATES_TEXT_SIZE], uint64_t seconds);

/*
 * Write it as the clocks show it that are `minutes` ahead of UTC (at most 14 hours, before or behind):
 * "YYYY-MM-DDThh:mm:ss+05:00". UTC itself is written as -00:00, as CAP wants it.
 */
void dates_write_offset(char out[DATES_TEXT_SIZE], uint64_t seconds, int minutes);

#endif
