/*
 * parts.h: the files into which a parcel is cut for a window.
 */
#ifndef CLI_PARTS_H
#define CLI_PARTS_H

#include <stdint.h>

#include "core/err.h"
#include "node/output.h"

/*
 * Cut the parcel in fd into parts of at most part_bytes, beside target and named after it (news.zip: news-1.zip, …),
 * and say on out what they are. Return 0, or ERR_IO, said on out; then none is left.
 */
MUST_CHECK int parts_cut(int fd, const char *target, uint64_t part_bytes, struct output *out);

#endif
