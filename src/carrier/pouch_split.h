/*
 * pouch_split.h: cut a pouch into parts small enough to mail, each a pouch of its own.
 */
#ifndef CARRIER_POUCH_SPLIT_H
#define CARRIER_POUCH_SPLIT_H

#include <stdint.h>

#include "core/err.h"
#include "core/limits.h"

#define POUCH_PARTS_MAX 999
#define POUCH_PART_MIN (POUCH_FRAME_MAX + 4096) /* bytes: what the largest frame takes, with a zip around it */

/* Open the file of part number (1, 2, …) for writing. Return its descriptor, which pouch_split closes after a sync, or
 * an error. */
typedef int (*pouch_part_open)(void *context, unsigned number);

/*
 * Read the frames of the pouch in fd and write them, in their order, into zips of at most part_bytes each. Every frame
 * of records brings the charters that it needs; the parts of a file's chunks may come apart, and are put together
 * again by whoever opens all parts, in any order after the first. Return how many parts there are, at least 1, or an
 * error: ERR_SPACE (part_bytes is less than POUCH_PART_MIN), ERR_LIMIT (more than POUCH_PARTS_MAX), ERR_IO, ERR_FULL,
 * ERR_MEMORY, those of open. After one, the parts that were begun are the caller's to remove.
 */
MUST_CHECK int pouch_split(int fd, uint64_t part_bytes, uint64_t now, pouch_part_open open, void *context);

#endif
