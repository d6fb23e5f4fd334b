/*
 * key_line.h: one's own key in one community as a line of text, for somebody who stands there to scan.
 *
 *   line      = "longear-key:" ‖ base32(bytes ‖ check (5))
 *   bytes     = 0x01 ‖ community (32) ‖ key (32) ‖ n (1) ‖ name (n) ‖ signature (64)
 *   check     = the first 5 bytes of H("longear key    1" ‖ bytes)
 *   signature = Ed25519 by key over "longear key    2" ‖ the bytes before it
 *
 * The name is what the holder calls oneself, and may be empty; it proves nothing. That the holder of the key made the
 * line is proven by the signature; that this is the person who shows it, by nothing but standing there.
 */
#ifndef CORE_KEY_LINE_H
#define CORE_KEY_LINE_H

#include <stdbool.h>

#include "core/person.h"
#include "core/record.h"

struct key_line {
    uint8_t community[HASH_SIZE], key[KEY_SIZE];
    char name[MEET_NAME_MAX + 1]; /* one line of text, or empty */
};

/* Write the line of this member with its final zero. Return its length, or ERR_LIMIT, ERR_TEXT for the name. */
MUST_CHECK int key_line_encode(const uint8_t community[HASH_SIZE], const struct member *member, const char *name,
                               char out[KEY_LINE_CHARS_MAX + 1]);

/* Tell whether a text begins as a key line does, white space and case aside. */
bool key_line_is(const char *text, size_t length);

/*
 * Read a line; white space in it and capital letters are passed over. Errors: ERR_NOT_KEY (another beginning),
 * ERR_LIMIT, ERR_CHECKSUM, ERR_VERSION, ERR_TRUNCATED, ERR_TRAILING, ERR_TEXT (the name), ERR_SIGNATURE. After one,
 * *out holds nothing of use.
 */
MUST_CHECK int key_line_decode(struct key_line *out, const char *text, size_t length);

#endif
