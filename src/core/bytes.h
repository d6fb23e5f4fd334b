/*
 * bytes.h: the one bounds-checked reader and the one writer of bytes, and the varint.
 *
 * Both are sticky: after the first error every further call does nothing (a read gives zero or NULL), so a decoder
 * reads all its fields in a row and asks once at the end. Neither owns its memory.
 */
#ifndef CORE_BYTES_H
#define CORE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

struct reader {
    const uint8_t *data;
    size_t size, at;
    int err; /* 0, or the first error */
};

struct writer {
    uint8_t *data;
    size_t size, at;
    int err; /* 0, or ERR_SPACE */
};

/* Begin to read size bytes; data stays borrowed for as long as the reader is used. data may be NULL if size is 0. */
void reader_init(struct reader *r, const uint8_t *data, size_t size);

/* Return how many bytes are left; 0 after an error. */
size_t reader_left(const struct reader *r);

/* Set the reader's error to err unless it has one; a decoder uses it for a value that is out of range. */
void reader_fail(struct reader *r, int err);

/* Read one byte, 32 little-endian bits. 0 and ERR_TRUNCATED at the end. */
uint8_t reader_u8(struct reader *r);
uint32_t reader_u32(struct reader *r);

/*
 * Read a varint: 7 bits a byte, least significant first, the high bit set on every byte but the last (unsigned LEB128),
 * at most 9 bytes, in the shortest form. A value over max is ERR_LIMIT, a longer form than needed ERR_VARINT.
 */
uint64_t reader_varint(struct reader *r, uint64_t max);

/* Read a signed difference that was zigzag coded ((n << 1) ^ (n >> 63)) as a varint. */
int64_t reader_zigzag(struct reader *r);

/* Borrow the next size bytes; NULL and ERR_TRUNCATED if there are fewer. */
const uint8_t *reader_bytes(struct reader *r, size_t size);

/* Copy the next size bytes; out is zeroed and the error is ERR_TRUNCATED if there are fewer. */
void reader_copy(struct reader *r, uint8_t *out, size_t size);

/* Return the reader's error; with none, ERR_TRAILING if bytes are left, else 0. */
MUST_CHECK int reader_end(const struct reader *r);

void writer_init(struct writer *w, uint8_t *data, size_t size);
void writer_u8(struct writer *w, uint8_t value);
void writer_u32(struct writer *w, uint32_t value);
void writer_varint(struct writer *w, uint64_t value); /* value <= VARINT_MAX */
void writer_zigzag(struct writer *w, int64_t value);  /* -2^62 <= value < 2^62 */
void writer_bytes(struct writer *w, const uint8_t *data, size_t size);

/* Tell whether size bytes are the same, in a time that does not tell where they differ: for what a secret made, such as
 * tags. */
bool bytes_equal(const uint8_t *a, const uint8_t *b, size_t size);

/* Return how many bytes a varint of this value takes, 1 to 9. */
size_t varint_size(uint64_t value);

#endif
