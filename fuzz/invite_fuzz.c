/*
 * Fuzz invitations: the first byte chooses whether the rest is a line as it comes, or the bytes inside of one, to which
 * the harness adds the checksum that a fuzzer would not find. What is accepted and holds nothing but a charter is
 * written as the same line, but for case and space.
 */
#include <string.h>

#include "core/base32.h"
#include "core/check.h"
#include "core/crypto.h"
#include "core/invite.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t line_make(char line[INVITE_CHARS_MAX + 1], const uint8_t *bytes, size_t size) {
    uint8_t message[16 + INVITE_BYTES_MAX] = "longear invite 1", digest[HASH_SIZE], whole[INVITE_BYTES_MAX];
    memcpy(message + 16, bytes, size);
    crypto_digest(digest, message, 16 + size);
    memcpy(whole, bytes, size);
    memcpy(whole + size, digest, INVITE_CHECK_SIZE);
    memcpy(line, "longear:", 8);
    base32_encode(line + 8, whole, size + INVITE_CHECK_SIZE);
    return strlen(line);
}

/* Compare a line with what the writer made, but for case and space. */
static bool line_is_same(const char *written, const char *line, size_t length) {
    for (size_t i = 0; i < length; i++) {
        char c = line[i];
        if (c == ' ' || (c >= '\t' && c <= '\r')) continue;
        if (c >= 'A' && c <= 'Z') c = (char)(c - 'A' + 'a');
        if (c != *written++) return false;
    }
    return *written == '\0';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t room[INVITE_BYTES_MAX];
    char made[INVITE_CHARS_MAX + 1], written[INVITE_CHARS_MAX + 1];
    struct charter charter;
    struct record record;
    if (size == 0) return 0;
    const char *line = (const char *)data + 1;
    size_t length = size - 1;
    if (data[0] & 1) {
        if (length > INVITE_BYTES_MAX - INVITE_CHECK_SIZE) return 0;
        length = line_make(made, data + 1, length);
        line = made;
    }
    if (invite_decode(&charter, &record, &(struct invite_message){0}, room, line, length) != 0) return 0;
    int again = invite_encode(&record, NULL, 0, written, sizeof written);
    CHECK(again > 0);
    /* A field that may be passed over is not written again: then the line is longer. */
    CHECK(line_is_same(written, line, length) || length > (size_t)again);
    CHECK(invite_decode(&charter, &record, &(struct invite_message){0}, room, written, (size_t)again) == 0);
    return 0;
}
