/*
 * join_request.c: to ask for admission, and the answer.
 */
#include "core/join_request.h"

#include <string.h>

#include "core/base32.h"
#include "core/check.h"
#include "core/crypto.h"
#include "core/fields.h"

#define PREFIX "longear-join:"
#define PREFIX_SIZE (sizeof PREFIX - 1)
#define DOMAIN_SIZE 16
#define REQUEST_VERSION 1
#define SIGNED_SIZE (REQUEST_BYTES - SIGNATURE_SIZE)
static const uint8_t domain_check[DOMAIN_SIZE] = "longear request1";
static const uint8_t domain_sign[DOMAIN_SIZE] = "longear request2";

enum { TAG_SHELVES = 1, TAG_KEYS };

static void check_compute(uint8_t out[INVITE_CHECK_SIZE], const uint8_t bytes[REQUEST_BYTES]) {
    uint8_t message[DOMAIN_SIZE + REQUEST_BYTES], digest[HASH_SIZE];
    memcpy(message, domain_check, DOMAIN_SIZE);
    memcpy(message + DOMAIN_SIZE, bytes, REQUEST_BYTES);
    crypto_digest(digest, message, sizeof message);
    memcpy(out, digest, INVITE_CHECK_SIZE);
}

static void signed_bytes(uint8_t out[DOMAIN_SIZE + SIGNED_SIZE], const uint8_t bytes[SIGNED_SIZE]) {
    memcpy(out, domain_sign, DOMAIN_SIZE);
    memcpy(out + DOMAIN_SIZE, bytes, SIGNED_SIZE);
}

int join_request_encode(const struct join_request *r, const struct member *member, char out[REQUEST_CHARS_MAX + 1]) {
    uint8_t bytes[REQUEST_BYTES + INVITE_CHECK_SIZE], message[DOMAIN_SIZE + SIGNED_SIZE];
    struct writer w;
    writer_init(&w, bytes, sizeof bytes);
    writer_u8(&w, REQUEST_VERSION);
    writer_bytes(&w, r->community, HASH_SIZE);
    writer_bytes(&w, r->key, KEY_SIZE);
    writer_bytes(&w, r->prekey, KEY_SIZE);
    writer_bytes(&w, r->drop, KEY_SIZE);
    CHECK(!w.err && w.at == SIGNED_SIZE);
    signed_bytes(message, bytes);
    crypto_sign_make(bytes + SIGNED_SIZE, message, sizeof message, member->secret);
    check_compute(bytes + REQUEST_BYTES, bytes);
    memcpy(out, PREFIX, PREFIX_SIZE);
    base32_encode(out + PREFIX_SIZE, bytes, sizeof bytes);
    size_t length = PREFIX_SIZE + base32_length(sizeof bytes);
    CHECK(length <= REQUEST_CHARS_MAX);
    out[length] = '\0';
    return (int)length;
}

/* Copy text without white space, its prefix in lower case. Return the length or ERR_NOT_INVITE, ERR_LIMIT. */
static int text_clean(char out[REQUEST_CHARS_MAX], const char *text, size_t length) {
    size_t at = 0;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (c == ' ' || (c >= '\t' && c <= '\r')) continue;
        if (at < PREFIX_SIZE) {
            if (c >= 'A' && c <= 'Z') c = (char)(c - 'A' + 'a');
            if (c != PREFIX[at]) return ERR_NOT_INVITE;
        }
        if (at == REQUEST_CHARS_MAX) return ERR_LIMIT;
        out[at++] = c;
    }
    return at < PREFIX_SIZE ? ERR_NOT_INVITE : (int)at;
}

bool join_request_is(const char *text, size_t length) {
    char clean[REQUEST_CHARS_MAX];
    return text_clean(clean, text, length) != ERR_NOT_INVITE;
}

int join_request_decode(struct join_request *out, const char *text, size_t length) {
    char clean[REQUEST_CHARS_MAX];
    uint8_t bytes[REQUEST_BYTES + INVITE_CHECK_SIZE], check[INVITE_CHECK_SIZE], message[DOMAIN_SIZE + SIGNED_SIZE];
    struct reader in;
    int clean_size = text_clean(clean, text, length);
    if (clean_size < 0) return clean_size;
    int size = base32_decode(bytes, sizeof bytes, clean + PREFIX_SIZE, (size_t)clean_size - PREFIX_SIZE);
    if (size < 0) return size == ERR_SPACE ? ERR_TRAILING : size;
    if (size < (int)sizeof bytes) return ERR_TRUNCATED;
    check_compute(check, bytes);
    if (memcmp(check, bytes + REQUEST_BYTES, INVITE_CHECK_SIZE) != 0) return ERR_CHECKSUM;
    if (bytes[0] != REQUEST_VERSION) return ERR_VERSION;
    reader_init(&in, bytes + 1, SIGNED_SIZE - 1);
    reader_copy(&in, out->community, HASH_SIZE);
    reader_copy(&in, out->key, KEY_SIZE);
    reader_copy(&in, out->prekey, KEY_SIZE);
    reader_copy(&in, out->drop, KEY_SIZE);
    int err = reader_end(&in);
    signed_bytes(message, bytes);
    return err ? err : crypto_sign_check(bytes + SIGNED_SIZE, message, sizeof message, out->key);
}

int welcome_decode(struct welcome *out, const struct record *r) {
    struct reader in;
    struct field f = {0};
    size_t size;
    int got;
    const uint8_t *content = record_content(r, &size);
    memset(out, 0, sizeof *out);
    if (r->kind != KIND_WELCOME || !content || r->ref_count != 1 || r->refs[0].type != REF_TARGET) return ERR_FIELD;
    reader_init(&in, content, size);
    while ((got = fields_next(&in, f.tag, &f)) > 0) {
        size_t each = f.tag == TAG_SHELVES ? KEY_SIZE : HASH_SIZE + KEY_SIZE;
        if (f.tag != TAG_SHELVES && f.tag != TAG_KEYS) {
            if (f.tag < FIELDS_OPTIONAL) return ERR_UNSUPPORTED;
            continue;
        }
        if (f.size == 0 || f.size % each != 0) return ERR_FIELD;
        if (f.tag == TAG_SHELVES) {
            out->shelves = f.value;
            out->shelf_count = f.size / each;
        } else {
            out->keys = f.value;
            out->key_count = f.size / each;
        }
    }
    if (got < 0) return got;
    if (out->shelf_count > CLOSED_SHELVES_MAX || out->key_count > CLOSED_EPOCHS_MAX) return ERR_LIMIT;
    return out->shelf_count > 0 ? 0 : ERR_FIELD;
}

int welcome_make(const struct register_write *w, const uint8_t admission[HASH_SIZE], const struct welcome *welcome) {
    struct record_ref ref = {.type = REF_TARGET};
    uint8_t content[16 + CLOSED_SHELVES_MAX * KEY_SIZE + CLOSED_EPOCHS_MAX * (HASH_SIZE + KEY_SIZE)];
    struct writer out;
    if (welcome->shelf_count > CLOSED_SHELVES_MAX || welcome->key_count > CLOSED_EPOCHS_MAX) return ERR_LIMIT;
    memcpy(ref.id, admission, HASH_SIZE);
    writer_init(&out, content, sizeof content);
    fields_put(&out, TAG_SHELVES, welcome->shelves, welcome->shelf_count * KEY_SIZE);
    if (welcome->key_count > 0) fields_put(&out, TAG_KEYS, welcome->keys, welcome->key_count * (HASH_SIZE + KEY_SIZE));
    CHECK(!out.err);
    struct author_other other = {.kind = KIND_WELCOME,
                                 .refs = &ref,
                                 .ref_count = 1,
                                 .urgency = URGENCY_IMPORTANT,
                                 .content = content,
                                 .content_size = out.at};
    int size = author_other(w->author, &other, w->created, w->salt, w->room, w->out);
    crypto_wipe(content, sizeof content);
    return size;
}
