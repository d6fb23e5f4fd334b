/*
 * text.h: the body of a text message (kind 2).
 *
 *   content     = fields: 1 text (UTF-8, line feeds and tabs allowed), 2 attachments, 3 origin (1 byte, 1 = written by
 *                 a guest of a point), 4 place (UTF-8, one line), 5 ground (1 byte), 6 originals, 7 forwarded
 *   attachments = for each REF_BLOB of the header, in order: size varint ‖ n (1) ‖ media type (n) ‖ n (1) ‖ file name
 * (n) originals   = for each attachment 32 bytes: the hash of the file that it was made from, which stays with its
 * author; zeros: none. At least one is not zeros. forwarded   = the canonical bytes of a text message with its body,
 * which itself forwards none; its blobs are blobs of this message too, so that they travel with it
 *
 * Without attachments or a forwarded message a text is at least one byte long. Unknown tags are passed over.
 */
#ifndef CORE_TEXT_H
#define CORE_TEXT_H

#include "core/record.h"

struct attachment {
    uint8_t blob[HASH_SIZE];
    uint64_t size_bytes;
    char media[TEXT_MEDIA_MAX + 1]; /* like "image/jpeg"; printable ASCII, may be empty */
    char name[TEXT_NAME_MAX + 1];   /* without directories; may be empty */
    uint8_t original[HASH_SIZE];    /* of what it was made from; zeros: not told */
};

/* What the author says the message stands on. */
enum text_ground { TEXT_GROUND_NONE = 0, TEXT_GROUND_SAW = 1, TEXT_GROUND_TOLD = 2 };

struct text {
    const char *text; /* borrowed from the record, not zero-terminated */
    size_t size;
    bool guest;
    uint8_t attachment_count;
    struct attachment attachments[TEXT_ATTACHMENTS_MAX];
    char place[TEXT_PLACE_MAX + 1]; /* a landmark, may be empty */
    uint8_t ground;                 /* enum text_ground */
    const uint8_t *forwarded;       /* borrowed as text is; NULL: none */
    size_t forwarded_size;
    const uint8_t *corrects; /* the id of the author's own text whose place this one takes; borrowed; NULL: none */
};

/*
 * Read the text of a record of kind 2 that has its body. Errors: ERR_FIELD (no text, attachments that do not match the
 * header's blobs, a name with a slash, a forwarded record that is no message, forwards another or has a blob that this
 * one has not), ERR_TEXT, ERR_LIMIT, as fields_next; of the forwarded record as record_decode. Signatures are not
 * checked.
 */
MUST_CHECK int text_decode(struct text *out, const struct record *record);

/* Read the message that a text forwards, which has been decoded without an error: record and *out borrow from it. */
void text_forwarded(const struct text *text, struct record *record, struct text *out);

/* Check the signature of the message that a record's text forwards, if it is a text and forwards one. Return 0,
 * ERR_SIGNATURE, or an error as text_decode. */
MUST_CHECK int text_forwarded_verify(const struct record *record);

/*
 * Write a body: salt and fields. Return its size. Errors: ERR_SPACE, ERR_LIMIT, and ERR_TEXT, ERR_FIELD as text_decode
 * would give, but that blobs of a forwarded message may be missing. The caller puts the attachments' blobs into the
 * header, in the same order, those of a forwarded message among them.
 */
MUST_CHECK int text_body(const struct text *text, const uint8_t salt[RECORD_SALT_SIZE], uint8_t *out, size_t size);

#endif
