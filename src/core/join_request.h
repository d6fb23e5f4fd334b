/*
 * join_request.h: the line by which somebody asks to be admitted to a closed community, and the welcome that answers
 * it.
 *
 *   line     = "longear-join:" ‖ base32(bytes ‖ check (5))       check = the first 5 bytes of H("longear request1" ‖
 * bytes) bytes    = 0x01 ‖ community (32) ‖ key (32) ‖ prekey (32) ‖ drop (32) ‖ signature (64) by key over "longear
 * request2" ‖ the bytes before it
 *
 * The drop is a random secret: the welcome lies on the shelf that derives from it, sealed by its register key and, in
 * it, for the prekey; so who asks finds it in any pouch and with any node. The line is for the coordinator alone.
 *
 *   welcome  = a record of kind welcome by the coordinator, one reference of type target: the admission; fields:
 *              1 shelf secrets (n × 32), 2 keys of epochs (n × (id (32) ‖ key (32)); may be missing)
 */
#ifndef CORE_JOIN_REQUEST_H
#define CORE_JOIN_REQUEST_H

#include "core/register.h"

struct join_request {
    uint8_t community[HASH_SIZE], key[KEY_SIZE], prekey[KEY_SIZE], drop[KEY_SIZE];
};

/* Write the line with its final zero; member is the key pair whose public half is r->key. Return its length. */
MUST_CHECK int join_request_encode(const struct join_request *r, const struct member *member,
                                   char out[REQUEST_CHARS_MAX + 1]);

/* Tell whether a text begins as a request does, white space and case aside. */
bool join_request_is(const char *text, size_t length);

/* Read a line; white space in it and capital letters are passed over. Errors: ERR_NOT_INVITE (another beginning),
 * ERR_LIMIT, ERR_CHECKSUM, ERR_VERSION, ERR_TRUNCATED, ERR_TRAILING, ERR_SIGNATURE. */
MUST_CHECK int join_request_decode(struct join_request *out, const char *text, size_t length);

struct welcome {
    size_t shelf_count, key_count;
    const uint8_t *shelves; /* borrowed: shelf_count × KEY_SIZE */
    const uint8_t *keys;    /* borrowed: key_count × (HASH_SIZE + KEY_SIZE) */
};

/* Read a welcome. Errors: ERR_FIELD, ERR_LIMIT, ERR_UNSUPPORTED, as fields_next. */
MUST_CHECK int welcome_decode(struct welcome *out, const struct record *r);

/* Make one. Errors as author_text; ERR_LIMIT if it does not fit. */
MUST_CHECK int welcome_make(const struct register_write *w, const uint8_t admission[HASH_SIZE],
                            const struct welcome *welcome);

#endif
