/*
 * invite.c: the invitation line.
 */
#include "core/invite.h"

#include <string.h>

#include "core/base32.h"
#include "core/check.h"
#include "core/crypto.h"
#include "core/fields.h"
#include "core/text.h"

#define PREFIX "longear:"
#define PREFIX_SIZE (sizeof PREFIX - 1)
#define DOMAIN_SIZE 16
#define INVITE_VERSION 1
#define TAG_CHARTER 1
#define TAG_MESSAGE FIELDS_OPTIONAL
static const uint8_t domain[DOMAIN_SIZE] = "longear invite 1";

static void check_compute(uint8_t out[INVITE_CHECK_SIZE], const uint8_t *bytes, size_t size) {
    uint8_t message[DOMAIN_SIZE + INVITE_BYTES_MAX], digest[HASH_SIZE];
    CHECK(size <= INVITE_BYTES_MAX);
    memcpy(message, domain, DOMAIN_SIZE);
    memcpy(message + DOMAIN_SIZE, bytes, size);
    crypto_digest(digest, message, DOMAIN_SIZE + size);
    memcpy(out, digest, INVITE_CHECK_SIZE);
}

int invite_encode(const struct record *charter_record, const uint8_t *message, size_t message_size, char *out,
                  size_t size) {
    uint8_t bytes[INVITE_BYTES_MAX], compact[CHARTER_COMPACT_MAX], check[INVITE_CHECK_SIZE];
    struct writer w;
    int compact_size = charter_compact(charter_record, compact, sizeof compact);
    if (compact_size < 0) return compact_size;
    writer_init(&w, bytes, sizeof bytes);
    writer_u8(&w, INVITE_VERSION);
    fields_put(&w, TAG_CHARTER, compact, (size_t)compact_size);
    CHECK(!w.err);
    if (message) fields_put(&w, TAG_MESSAGE, message, message_size);
    if (w.err || w.at > sizeof bytes - INVITE_CHECK_SIZE) return ERR_SPACE;
    check_compute(check, bytes, w.at);
    writer_bytes(&w, check, sizeof check);
    CHECK(!w.err);
    size_t length = PREFIX_SIZE + base32_length(w.at);
    if (size < length + 1) return ERR_SPACE;
    memcpy(out, PREFIX, PREFIX_SIZE);
    base32_encode(out + PREFIX_SIZE, bytes, w.at);
    return (int)length;
}

/* Copy text without white space and with its prefix in lower case. Return the length or ERR_NOT_INVITE, ERR_LIMIT. */
static int text_clean(char out[INVITE_CHARS_MAX], const char *text, size_t length) {
    size_t at = 0;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (c == ' ' || (c >= '\t' && c <= '\r')) continue;
        if (at < PREFIX_SIZE) {
            if (c >= 'A' && c <= 'Z') c = (char)(c - 'A' + 'a');
            if (c != PREFIX[at]) return ERR_NOT_INVITE;
        }
        if (at == INVITE_CHARS_MAX) return ERR_LIMIT;
        out[at++] = c;
    }
    return at < PREFIX_SIZE ? ERR_NOT_INVITE : (int)at;
}

static int message_read(const struct charter *charter, struct invite_message *message, const struct field *f) {
    struct record *r = &message->record;
    message->bytes = f->value;
    message->size = f->size;
    int err = record_decode(r, f->value, f->size);
    if (!err && r->kind == KIND_CHARTER) err = ERR_FIELD;
    if (!err) err = charter_admit(charter, r);
    if (!err) err = record_verify(r);
    return err ? err : text_forwarded_verify(r);
}

static int fields_read(struct charter *out, struct record *record, struct invite_message *message, const uint8_t *bytes,
                       size_t size) {
    struct reader in;
    struct field f = {0};
    bool has_charter = false;
    int got, err = 0;
    reader_init(&in, bytes, size);
    while ((got = fields_next(&in, f.tag, &f)) > 0 && !err) {
        if (f.tag == TAG_CHARTER) {
            err = charter_expand(out, record, f.value, f.size);
            has_charter = true;
        } else if (f.tag == TAG_MESSAGE && has_charter) {
            err = message_read(out, message, &f);
        } else if (f.tag < FIELDS_OPTIONAL) {
            err = ERR_UNSUPPORTED;
        }
    }
    if (err || got < 0) return err ? err : got;
    return has_charter ? 0 : ERR_FIELD;
}

int invite_decode(struct charter *out, struct record *record, struct invite_message *message,
                  uint8_t room[INVITE_BYTES_MAX], const char *text, size_t length) {
    char clean[INVITE_CHARS_MAX];
    uint8_t check[INVITE_CHECK_SIZE];
    memset(message, 0, sizeof *message);
    int clean_size = text_clean(clean, text, length);
    if (clean_size < 0) return clean_size;
    int size = base32_decode(room, INVITE_BYTES_MAX, clean + PREFIX_SIZE, (size_t)clean_size - PREFIX_SIZE);
    if (size < 0) return size == ERR_SPACE ? ERR_LIMIT : size;
    if (size <= INVITE_CHECK_SIZE) return ERR_CHECKSUM;
    size_t body_size = (size_t)size - INVITE_CHECK_SIZE;
    check_compute(check, room, body_size);
    if (memcmp(check, room + body_size, INVITE_CHECK_SIZE) != 0) return ERR_CHECKSUM;
    if (room[0] != INVITE_VERSION) return ERR_VERSION;
    return fields_read(out, record, message, room + 1, body_size - 1);
}
