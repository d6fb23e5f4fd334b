/*
 * key_line.c: the line that shows a key.
 */
#include "core/key_line.h"

#include <string.h>

#include "core/base32.h"
#include "core/bytes.h"
#include "core/check.h"
#include "core/crypto.h"
#include "core/utf8.h"

#define PREFIX "longear-key:"
#define PREFIX_SIZE (sizeof PREFIX - 1)
#define DOMAIN_SIZE 16
#define KEY_LINE_VERSION 1
static const uint8_t domain_check[DOMAIN_SIZE] = "longear key    1";
static const uint8_t domain_sign[DOMAIN_SIZE] = "longear key    2";

_Static_assert(PREFIX_SIZE + (KEY_LINE_BYTES_MAX + INVITE_CHECK_SIZE) * 8 / 5 <= KEY_LINE_CHARS_MAX, "the line fits");

static void check_compute(uint8_t out[INVITE_CHECK_SIZE], const uint8_t *bytes, size_t size) {
    uint8_t message[DOMAIN_SIZE + KEY_LINE_BYTES_MAX], digest[HASH_SIZE];
    CHECK(size <= KEY_LINE_BYTES_MAX);
    memcpy(message, domain_check, DOMAIN_SIZE);
    memcpy(message + DOMAIN_SIZE, bytes, size);
    crypto_digest(digest, message, DOMAIN_SIZE + size);
    memcpy(out, digest, INVITE_CHECK_SIZE);
}

/* Put what is signed into out; return its size. */
static size_t signed_bytes(uint8_t out[DOMAIN_SIZE + KEY_LINE_BYTES_MAX], const uint8_t *bytes, size_t size) {
    memcpy(out, domain_sign, DOMAIN_SIZE);
    memcpy(out + DOMAIN_SIZE, bytes, size);
    return DOMAIN_SIZE + size;
}

int key_line_encode(const uint8_t community[HASH_SIZE], const struct member *member, const char *name,
                    char out[KEY_LINE_CHARS_MAX + 1]) {
    uint8_t bytes[KEY_LINE_BYTES_MAX + INVITE_CHECK_SIZE], message[DOMAIN_SIZE + KEY_LINE_BYTES_MAX],
        signature[SIGNATURE_SIZE], check[INVITE_CHECK_SIZE];
    size_t name_size = strlen(name);
    struct writer w;
    if (name_size > MEET_NAME_MAX) return ERR_LIMIT;
    if (!utf8_is_text((const uint8_t *)name, name_size, false)) return ERR_TEXT;
    writer_init(&w, bytes, sizeof bytes);
    writer_u8(&w, KEY_LINE_VERSION);
    writer_bytes(&w, community, HASH_SIZE);
    writer_bytes(&w, member->key, KEY_SIZE);
    writer_u8(&w, (uint8_t)name_size);
    writer_bytes(&w, (const uint8_t *)name, name_size);
    crypto_sign_make(signature, message, signed_bytes(message, bytes, w.at), member->secret);
    writer_bytes(&w, signature, SIGNATURE_SIZE);
    check_compute(check, bytes, w.at);
    writer_bytes(&w, check, sizeof check);
    CHECK(!w.err);
    memcpy(out, PREFIX, PREFIX_SIZE);
    base32_encode(out + PREFIX_SIZE, bytes, w.at);
    return (int)(PREFIX_SIZE + base32_length(w.at));
}

/* Copy text without white space, its prefix in lower case. Return the length or ERR_NOT_KEY, ERR_LIMIT. */
static int text_clean(char out[KEY_LINE_CHARS_MAX], const char *text, size_t length) {
    size_t at = 0;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (c == ' ' || (c >= '\t' && c <= '\r')) continue;
        if (at < PREFIX_SIZE) {
            if (c >= 'A' && c <= 'Z') c = (char)(c - 'A' + 'a');
            if (c != PREFIX[at]) return ERR_NOT_KEY;
        }
        if (at == KEY_LINE_CHARS_MAX) return ERR_LIMIT;
        out[at++] = c;
    }
    return at < PREFIX_SIZE ? ERR_NOT_KEY : (int)at;
}

bool key_line_is(const char *text, size_t length) {
    char clean[KEY_LINE_CHARS_MAX];
    return text_clean(clean, text, length) != ERR_NOT_KEY;
}

int key_line_decode(struct key_line *out, const char *text, size_t length) {
    char clean[KEY_LINE_CHARS_MAX];
    uint8_t bytes[KEY_LINE_BYTES_MAX + INVITE_CHECK_SIZE], check[INVITE_CHECK_SIZE],
        message[DOMAIN_SIZE + KEY_LINE_BYTES_MAX], signature[SIGNATURE_SIZE];
    struct reader in;
    memset(out, 0, sizeof *out);
    int clean_size = text_clean(clean, text, length);
    if (clean_size < 0) return clean_size;
    int size = base32_decode(bytes, sizeof bytes, clean + PREFIX_SIZE, (size_t)clean_size - PREFIX_SIZE);
    if (size < 0) return size == ERR_SPACE ? ERR_LIMIT : size;
    if (size <= INVITE_CHECK_SIZE) return ERR_CHECKSUM;
    size_t whole = (size_t)size - INVITE_CHECK_SIZE;
    check_compute(check, bytes, whole);
    if (memcmp(check, bytes + whole, INVITE_CHECK_SIZE) != 0) return ERR_CHECKSUM;
    if (bytes[0] != KEY_LINE_VERSION) return ERR_VERSION;
    reader_init(&in, bytes + 1, whole - 1);
    reader_copy(&in, out->community, HASH_SIZE);
    reader_copy(&in, out->key, KEY_SIZE);
    size_t name_size = reader_u8(&in);
    if (name_size > MEET_NAME_MAX) return ERR_LIMIT;
    reader_copy(&in, (uint8_t *)out->name, name_size);
    reader_copy(&in, signature, SIGNATURE_SIZE);
    int err = reader_end(&in);
    if (err) return err;
    if (!utf8_is_text((const uint8_t *)out->name, name_size, false)) return ERR_TEXT;
    return crypto_sign_check(signature, message, signed_bytes(message, bytes, whole - SIGNATURE_SIZE), out->key);
}
