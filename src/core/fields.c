/*
 * fields.c: read and write the fields of a body.
 */
#include "core/fields.h"

#include <string.h>

#include "core/limits.h"
#include "core/utf8.h"

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

int field_byte(const struct field *f, unsigned most, uint8_t *out) {
    if (f->size != 1 || f->value[0] == 0 || f->value[0] > most) return ERR_FIELD;
    *out = f->value[0];
    return 0;
}

int field_flag(const struct field *f, bool *out) {
    uint8_t one;
    int err = field_byte(f, 1, &one);
    *out = !err;
    return err;
}

int field_number(const struct field *f, uint64_t most, uint64_t *out) {
    struct reader in;
    reader_init(&in, f->value, f->size);
    *out = reader_varint(&in, most);
    int err = reader_end(&in);
    return err ? err : *out == 0 ? ERR_FIELD : 0;
}

int field_time(const struct field *f, uint64_t *out) {
    int err = field_number(f, VARINT_MAX, out);
    return !err && *out > TIME_MAX ? ERR_TIME : err;
}

static int text_check(const struct field *f, size_t max, bool lines) {
    if (f->size == 0) return ERR_FIELD;
    if (f->size > max) return ERR_LIMIT;
    return utf8_is_text(f->value, f->size, lines) ? 0 : ERR_TEXT;
}

int field_line(const struct field *f, size_t max, char *out) {
    int err = text_check(f, max, false);
    if (err) return err;
    memcpy(out, f->value, f->size);
    out[f->size] = '\0';
    return 0;
}

int field_lines(const struct field *f, size_t max, const char **text, size_t *size) {
    *text = (const char *)f->value;
    *size = f->size;
    return text_check(f, max, true);
}

void fields_put_number(struct writer *w, uint32_t tag, uint64_t number) {
    uint8_t bytes[VARINT_SIZE_MAX];
    struct writer one;
    if (number == 0) return;
    writer_init(&one, bytes, sizeof bytes);
    writer_varint(&one, number);
    fields_put(w, tag, bytes, one.at);
}

void fields_put_line(struct writer *w, uint32_t tag, const char *line, size_t room) {
    size_t size = utf8_length(line, room);
    if (size > 0) fields_put(w, tag, (const uint8_t *)line, size);
}
