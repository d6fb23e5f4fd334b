/*
 * fields.c: read and write the fields of a body.
 */
#include "core/fields.h"

#include "core/limits.h"

int fields_next(struct reader *r, uint32_t last, struct field *out) {
    if (r->err) return r->err;
    if (reader_left(r) == 0) return 0;
    out->tag = (uint32_t)reader_varint(r, FIELDS_TAG_MAX);
    out->size = (size_t)reader_varint(r, RECORD_SIZE_MAX);
    out->value = reader_bytes(r, out->size);
    if (!r->err && out->tag <= last) reader_fail(r, ERR_FIELD);
    return r->err ? r->err : 1;
}

void fields_put(struct writer *w, uint32_t tag, const uint8_t *value, size_t size) {
    writer_varint(w, tag);
    writer_varint(w, size);
    writer_bytes(w, value, size);
}
