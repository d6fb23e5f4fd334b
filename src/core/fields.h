/*
 * fields.h: a body as a list of fields, each tag ‖ length ‖ value, tags strictly ascending, tag and length varints.
 *
 * A field with a tag below FIELDS_OPTIONAL must be known to whoever acts on a critical kind; the others may be passed
 * over.
 */
#ifndef CORE_FIELDS_H
#define CORE_FIELDS_H

#include "core/bytes.h"

#define FIELDS_TAG_MAX INT32_MAX
#define FIELDS_OPTIONAL 128

struct field {
    uint32_t tag;
    const uint8_t *value; /* borrowed from the reader */
    size_t size;
};

/*
 * Read the next field. last is the tag before it, 0 at first. Return 1, 0 at the end, or an error: ERR_TRUNCATED,
 * ERR_VARINT, ERR_LIMIT, or ERR_FIELD if the tag does not ascend.
 */
MUST_CHECK int fields_next(struct reader *r, uint32_t last, struct field *out);

/*
 * What most bodies are made of: a byte from 1 to most; a flag, the byte 1; a varint from 1 to most that fills its
 * field; such a one in seconds; text of 1 to max bytes, in one line, copied with a final zero into max + 1 bytes, or in
 * lines, borrowed. Errors: ERR_FIELD (empty or 0, another size), ERR_LIMIT (more), ERR_TIME (over TIME_MAX), ERR_TEXT,
 * as reader_varint.
 */
MUST_CHECK int field_byte(const struct field *f, unsigned most, uint8_t *out);
MUST_CHECK int field_flag(const struct field *f, bool *out);
MUST_CHECK int field_time(const struct field *f, uint64_t *out);
MUST_CHECK int field_number(const struct field *f, uint64_t most, uint64_t *out);
MUST_CHECK int field_line(const struct field *f, size_t max, char *out);
MUST_CHECK int field_lines(const struct field *f, size_t max, const char **text, size_t *size);

/* Write a field; of a number and of a line (with a zero within room bytes) nothing if it is 0 or empty. */
void fields_put(struct writer *w, uint32_t tag, const uint8_t *value, size_t size);
void fields_put_number(struct writer *w, uint32_t tag, uint64_t number);
void fields_put_line(struct writer *w, uint32_t tag, const char *line, size_t room);

#endif
