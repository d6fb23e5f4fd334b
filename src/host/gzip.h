/*
 * gzip.h: a gzip file (RFC 1952) of one member, unpacked and checked.
 */
#ifndef HOST_GZIP_H
#define HOST_GZIP_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

struct gzip {
    const uint8_t *deflate; /* within the file: its content under deflate (RFC 1951) */
    size_t deflate_size;
    uint8_t *plain; /* owned */
    size_t plain_size;
    uint32_t crc; /* CRC-32 of plain */
};

/*
 * Unpack a file that lies in memory, to at most plain_max bytes, and check the size and the CRC-32 that stand at its
 * end. *out borrows from bytes; gzip_free frees the rest. Errors: ERR_FIELD (no gzip, damaged, cut off, more than one
 * member, or something behind it), ERR_LIMIT (larger than plain_max), ERR_MEMORY.
 */
MUST_CHECK int gzip_read(struct gzip *out, const uint8_t *bytes, size_t size, size_t plain_max);

void gzip_free(struct gzip *g);

#endif
