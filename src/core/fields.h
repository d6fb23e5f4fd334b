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

/* Write a field. */
void fields_put(struct writer *w, uint32_t tag, const uint8_t *value, size_t size);

#endif
