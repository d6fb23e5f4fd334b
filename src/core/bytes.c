/*
 * bytes.c: reader, writer and varint.
 */
#include "core/bytes.h"

#include <string.h>

#include "core/check.h"
#include "core/limits.h"

void reader_init(struct reader *r, const uint8_t *data, size_t size) {
    static const uint8_t nothing[1]; /* so that no bytes are never NULL, which is for an error */
    CHECK(data != NULL || size == 0);
    *r = (struct reader){.data = data ? data : nothing, .size = size};
}

size_t reader_left(const struct reader *r) {
    return r->err ? 0 : r->size - r->at;
}

void reader_fail(struct reader *r, int err) {
    CHECK(err < 0);
    if (!r->err) r->err = err;
}

const uint8_t *reader_bytes(struct reader *r, size_t size) {
    CHECK(r->at <= r->size);
    if (r->err) return NULL;
    if (r->size - r->at < size) {
        r->err = ERR_TRUNCATED;
        return NULL;
    }
    const uint8_t *bytes = r->data + r->at;
    r->at += size;
    return bytes;
}

void reader_copy(struct reader *r, uint8_t *out, size_t size) {
    const uint8_t *bytes = reader_bytes(r, size);
    if (bytes && size > 0)
        memcpy(out, bytes, size);
    else
        memset(out, 0, size);
}

uint8_t reader_u8(struct reader *r) {
    const uint8_t *bytes = reader_bytes(r, 1);
    return bytes ? bytes[0] : 0;
}

uint32_t reader_u32(struct reader *r) {
    const uint8_t *b = reader_bytes(r, 4);
    return b ? (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24 : 0;
}

uint64_t reader_varint(struct reader *r, uint64_t max) {
    uint64_t value = 0;
    for (unsigned i = 0; i < VARINT_SIZE_MAX; i++) {
        const uint8_t *byte = reader_bytes(r, 1);
        if (!byte) return 0;
        value |= (uint64_t)(*byte & 0x7f) << (7 * i);
        if (*byte & 0x80) continue;
        if (*byte == 0 && i > 0) break; /* a last byte of zero adds nothing: not the shortest form */
        if (value > max) {
            reader_fail(r, ERR_LIMIT);
            return 0;
        }
        return value;
    }
    reader_fail(r, ERR_VARINT);
    return 0;
}

int64_t reader_zigzag(struct reader *r) {
    uint64_t value = reader_varint(r, VARINT_MAX);
    int64_t half = (int64_t)(value >> 1);
    return value & 1 ? -half - 1 : half;
}

int reader_end(const struct reader *r) {
    if (r->err) return r->err;
    return r->at == r->size ? 0 : ERR_TRAILING;
}

void writer_init(struct writer *w, uint8_t *data, size_t size) {
    *w = (struct writer){.data = data, .size = size};
}

void writer_bytes(struct writer *w, const uint8_t *data, size_t size) {
    CHECK(w->at <= w->size);
    if (w->err) return;
    if (w->size - w->at < size) {
        w->err = ERR_SPACE;
        return;
    }
    if (size > 0) memcpy(w->data + w->at, data, size);
    w->at += size;
}

void writer_u8(struct writer *w, uint8_t value) {
    writer_bytes(w, &value, 1);
}

void writer_u32(struct writer *w, uint32_t value) {
    uint8_t bytes[4] = {(uint8_t)(value & 0xff), (uint8_t)(value >> 8 & 0xff), (uint8_t)(value >> 16 & 0xff),
                        (uint8_t)(value >> 24)};
    writer_bytes(w, bytes, sizeof bytes);
}

void writer_varint(struct writer *w, uint64_t value) {
    CHECK(value <= VARINT_MAX);
    uint8_t bytes[VARINT_SIZE_MAX];
    size_t size = 0;
    while (value > 0x7f) {
        bytes[size++] = (uint8_t)(0x80 | (value & 0x7f));
        value >>= 7;
    }
    bytes[size++] = (uint8_t)value;
    writer_bytes(w, bytes, size);
}

void writer_zigzag(struct writer *w, int64_t value) {
    CHECK(value >= -(INT64_C(1) << 62) && value < INT64_C(1) << 62);
    uint64_t folded = value < 0 ? (uint64_t)(-(value + 1)) << 1 | 1 : (uint64_t)value << 1;
    writer_varint(w, folded);
}

size_t varint_size(uint64_t value) {
    size_t size = 1;
    for (; value > 0x7f; value >>= 7) size++;
    return size;
}

bool bytes_equal(const uint8_t *a, const uint8_t *b, size_t size) {
    volatile uint8_t differing = 0; /* volatile: no compiler ends the loop early */
    for (size_t i = 0; i < size; i++) differing = (uint8_t)(differing | (a[i] ^ b[i]));
    return differing == 0;
}
