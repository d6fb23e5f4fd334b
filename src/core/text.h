/*
 * text.h: the body of a text message (kind 2).
 *
 *   content = fields: 1 text (UTF-8, line feeds and tabs allowed), 2 attachments, 3 origin (1 byte, 1 = written by a
 * guest of a point) attachments = for each REF_BLOB of the header, in order: size varint ‖ n (1) ‖ media type (n) ‖ n
 * (1) ‖ file name (n)
 *
 * Without attachments a text is at least one byte long. Unknown tags are passed over.
 */
#ifndef CORE_TEXT_H
#define CORE_TEXT_H

#include "core/record.h"

struct attachment {
    uint8_t blob[HASH_SIZE];
    uint64_t size_bytes;
    char media[TEXT_MEDIA_MAX + 1]; /* like "image/jpeg"; printable ASCII, may be empty */
    char name[TEXT_NAME_MAX + 1];   /* without directories; may be empty */
};

struct text {
    const char *text; /* borrowed from the record, not zero-terminated */
    size_t size;
    bool guest;
    uint8_t attachment_count;
    struct attachment attachments[TEXT_ATTACHMENTS_MAX];
};

/*
 * Read the text of a record of kind 2 that has its body. Errors: ERR_FIELD (no text, attachments that do not match the
 * header's blobs, a name with a slash), ERR_TEXT, ERR_LIMIT, as fields_next.
 */
MUST_CHECK int text_decode(struct text *out, const struct record *record);

/*
 * Write a body: salt and fields. Return its size. Errors: ERR_SPACE, ERR_LIMIT, and ERR_TEXT, ERR_FIELD as text_decode
 * would give. The caller puts the attachments' blobs into the header, in the same order.
 */
MUST_CHECK int text_body(const struct text *text, const uint8_t salt[RECORD_SALT_SIZE], uint8_t *out, size_t size);

#endif
