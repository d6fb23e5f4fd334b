/*
 * gzip.c: the header by hand, because the place of the deflated content is wanted; the content by zlib.
 */
#include "host/gzip.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define HEADER_SIZE 10
#define TRAILER_SIZE 8
#define FLAG_HCRC 2u
#define FLAG_EXTRA 4u
#define FLAG_NAME 8u
#define FLAG_COMMENT 16u
#define FLAGS_RESERVED 0xe0u

static uint32_t u32_of(const uint8_t *b) {
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

/* Return where a text that ends with a zero ends, or size if it does not. */
static size_t text_skip(const uint8_t *bytes, size_t at, size_t size) {
    const uint8_t *zero = memchr(bytes + at, 0, size - at);
    return zero ? (size_t)(zero - bytes) + 1 : size;
}

/* Return how long the header is; size or more if it is none, or cut off. */
static size_t header_size(const uint8_t *bytes, size_t size) {
    static const uint8_t magic[] = {0x1f, 0x8b, 8};
    size_t at = HEADER_SIZE;
    if (size <= HEADER_SIZE + 2 || memcmp(bytes, magic, sizeof magic) != 0) return size;
    unsigned flags = bytes[3];
    if (flags & FLAGS_RESERVED) return size;
    if (flags & FLAG_EXTRA) at += 2 + (size_t)bytes[at] + ((size_t)bytes[at + 1] << 8);
    if (flags & FLAG_NAME && at < size) at = text_skip(bytes, at, size);
    if (flags & FLAG_COMMENT && at < size) at = text_skip(bytes, at, size);
    return at + (flags & FLAG_HCRC ? 2 : 0);
}

/* Unpack the whole content into plain_size bytes. */
static int unpack(const struct gzip *g) {
    uint8_t more; /* no room at all would be refused even where nothing comes */
    z_stream z = {.next_in = (z_const Bytef *)(uintptr_t)g->deflate,
                  .avail_in = (uInt)g->deflate_size,
                  .next_out = g->plain_size ? g->plain : &more,
                  .avail_out = g->plain_size ? (uInt)g->plain_size : 1};
    if (inflateInit2(&z, -MAX_WBITS) != Z_OK) return ERR_MEMORY;
    int got = inflate(&z, Z_FINISH);
    uLong size = z.total_out;
    uInt left = z.avail_in;
    (void)inflateEnd(&z);
    if (got == Z_MEM_ERROR) return ERR_MEMORY;
    return got == Z_STREAM_END && left == 0 && size == g->plain_size ? 0 : ERR_FIELD;
}

int gzip_read(struct gzip *out, const uint8_t *bytes, size_t size, size_t plain_max) {
    memset(out, 0, sizeof *out);
    size_t header = header_size(bytes, size);
    if (header >= size || size - header <= TRAILER_SIZE || size > INT_MAX || plain_max > INT_MAX) return ERR_FIELD;
    const uint8_t *trailer = bytes + size - TRAILER_SIZE;
    out->deflate = bytes + header;
    out->deflate_size = size - header - TRAILER_SIZE;
    out->crc = u32_of(trailer);
    out->plain_size = u32_of(trailer + 4);
    if (out->plain_size > plain_max) return ERR_LIMIT;
    out->plain = malloc(out->plain_size + 1);
    int err = out->plain ? unpack(out) : ERR_MEMORY;
    if (!err && crc32(0, out->plain, (uInt)out->plain_size) != out->crc) err = ERR_FIELD;
    if (err) gzip_free(out);
    return err;
}

void gzip_free(struct gzip *g) {
    free(g->plain);
    memset(g, 0, sizeof *g);
}
