/*
 * card.c: cards made in advance.
 */
#include "core/card.h"

#include <string.h>

#include "core/base32.h"
#include "core/check.h"
#include "core/crypto.h"
#include "core/fields.h"
#include "core/freeze.h"

#define PREFIX "longear-card:"
#define PREFIX_SIZE (sizeof PREFIX - 1)
#define DOMAIN_SIZE 16
#define CARD_VERSION 1
static const uint8_t domain_check[DOMAIN_SIZE] = "longear card   1";
static const uint8_t domain_commitment[DOMAIN_SIZE] = "longear card   2";

enum { TAG_COMMITMENTS = 1 };

_Static_assert(PREFIX_SIZE + ((CARD_BYTES + INVITE_CHECK_SIZE) * 8 + 4) / 5 <= CARD_CHARS_MAX, "the line fits");

static void check_compute(uint8_t out[INVITE_CHECK_SIZE], const uint8_t bytes[CARD_BYTES]) {
    uint8_t message[DOMAIN_SIZE + CARD_BYTES], digest[HASH_SIZE];
    memcpy(message, domain_check, DOMAIN_SIZE);
    memcpy(message + DOMAIN_SIZE, bytes, CARD_BYTES);
    crypto_digest(digest, message, sizeof message);
    memcpy(out, digest, INVITE_CHECK_SIZE);
    crypto_wipe(message, sizeof message);
}

int card_encode(const struct card *c, char out[CARD_CHARS_MAX + 1]) {
    uint8_t bytes[CARD_BYTES + INVITE_CHECK_SIZE];
    struct writer w;
    writer_init(&w, bytes, sizeof bytes);
    writer_u8(&w, CARD_VERSION);
    writer_u8(&w, c->purpose);
    writer_bytes(&w, c->community, HASH_SIZE);
    writer_bytes(&w, c->key, KEY_SIZE);
    writer_bytes(&w, c->seed, SEED_SIZE);
    CHECK(!w.err && w.at == CARD_BYTES);
    check_compute(bytes + CARD_BYTES, bytes);
    memcpy(out, PREFIX, PREFIX_SIZE);
    base32_encode(out + PREFIX_SIZE, bytes, sizeof bytes);
    size_t length = PREFIX_SIZE + base32_length(sizeof bytes);
    CHECK(length <= CARD_CHARS_MAX);
    out[length] = '\0';
    crypto_wipe(bytes, sizeof bytes);
    return (int)length;
}

/* Copy text without white space, its prefix in lower case. Return the length or ERR_NOT_CARD, ERR_LIMIT. */
static int text_clean(char out[CARD_CHARS_MAX], const char *text, size_t length) {
    size_t at = 0;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (c == ' ' || (c >= '\t' && c <= '\r')) continue;
        if (at < PREFIX_SIZE) {
            if (c >= 'A' && c <= 'Z') c = (char)(c - 'A' + 'a');
            if (c != PREFIX[at]) return ERR_NOT_CARD;
        }
        if (at == CARD_CHARS_MAX) return ERR_LIMIT;
        out[at++] = c;
    }
    return at < PREFIX_SIZE ? ERR_NOT_CARD : (int)at;
}

bool card_is(const char *text, size_t length) {
    char clean[CARD_CHARS_MAX];
    bool is = text_clean(clean, text, length) != ERR_NOT_CARD;
    crypto_wipe(clean, sizeof clean);
    return is;
}

static int bytes_read(struct card *out, const uint8_t bytes[CARD_BYTES + INVITE_CHECK_SIZE], int size) {
    uint8_t check[INVITE_CHECK_SIZE];
    struct reader in;
    if (size < 0) return size == ERR_SPACE ? ERR_TRAILING : size;
    if (size < CARD_BYTES + INVITE_CHECK_SIZE) return ERR_TRUNCATED;
    check_compute(check, bytes);
    if (memcmp(check, bytes + CARD_BYTES, INVITE_CHECK_SIZE) != 0) return ERR_CHECKSUM;
    if (bytes[0] != CARD_VERSION) return ERR_VERSION;
    reader_init(&in, bytes + 1, CARD_BYTES - 1);
    out->purpose = reader_u8(&in);
    reader_copy(&in, out->community, HASH_SIZE);
    reader_copy(&in, out->key, KEY_SIZE);
    reader_copy(&in, out->seed, SEED_SIZE);
    int err = reader_end(&in);
    return err ? err : out->purpose == CARD_FREEZE || out->purpose == CARD_ANSWER ? 0 : ERR_FIELD;
}

int card_decode(struct card *out, const char *text, size_t length) {
    char clean[CARD_CHARS_MAX];
    uint8_t bytes[CARD_BYTES + INVITE_CHECK_SIZE];
    memset(out, 0, sizeof *out);
    int err = text_clean(clean, text, length);
    if (err >= 0) {
        int size = base32_decode(bytes, sizeof bytes, clean + PREFIX_SIZE, (size_t)err - PREFIX_SIZE);
        err = bytes_read(out, bytes, size);
    }
    crypto_wipe(clean, sizeof clean);
    crypto_wipe(bytes, sizeof bytes);
    return err;
}

void card_commitment(uint8_t out[HASH_SIZE], uint8_t purpose, const uint8_t community[HASH_SIZE],
                     const uint8_t key[KEY_SIZE], const uint8_t card_key[KEY_SIZE]) {
    uint8_t message[DOMAIN_SIZE + 1 + HASH_SIZE + 2 * KEY_SIZE];
    struct writer w;
    writer_init(&w, message, sizeof message);
    writer_bytes(&w, domain_commitment, DOMAIN_SIZE);
    writer_u8(&w, purpose);
    writer_bytes(&w, community, HASH_SIZE);
    writer_bytes(&w, key, KEY_SIZE);
    writer_bytes(&w, card_key, KEY_SIZE);
    CHECK(!w.err && w.at == sizeof message);
    crypto_digest(out, message, sizeof message);
}

int card_record_decode(struct card_commitments *out, const struct record *r) {
    struct reader in;
    struct field f = {0};
    size_t size;
    int got;
    const uint8_t *content = record_content(r, &size);
    memset(out, 0, sizeof *out);
    if (r->kind != KIND_CARD || !content || r->ref_count != 0) return ERR_FIELD;
    reader_init(&in, content, size);
    while ((got = fields_next(&in, f.tag, &f)) > 0) {
        if (f.tag == TAG_COMMITMENTS) {
            if (f.size == 0 || f.size % HASH_SIZE != 0) return ERR_FIELD;
            out->list = f.value;
            out->count = f.size / HASH_SIZE;
            if (out->count > CARD_COMMITMENTS_MAX) return ERR_LIMIT;
        } else if (f.tag < FIELDS_OPTIONAL) {
            return ERR_UNSUPPORTED;
        }
    }
    if (got < 0) return got;
    return out->count > 0 ? 0 : ERR_FIELD;
}

int card_record_make(struct author *a, const struct card_commitments *commitments, uint64_t created,
                     const uint8_t salt[RECORD_SALT_SIZE], uint8_t room[RECORD_SIZE_MAX], struct record *out) {
    uint8_t content[CARD_COMMITMENTS_MAX * HASH_SIZE + 8];
    struct writer w;
    if (commitments->count < 1 || commitments->count > CARD_COMMITMENTS_MAX) return ERR_LIMIT;
    writer_init(&w, content, sizeof content);
    fields_put(&w, TAG_COMMITMENTS, commitments->list, commitments->count * HASH_SIZE);
    CHECK(!w.err);
    struct author_other other = {.kind = KIND_CARD,
                                 .urgency = URGENCY_IMPORTANT,
                                 .expiry_day = freeze_expiry_day(a->charter, created),
                                 .content = content,
                                 .content_size = w.at};
    return author_other(a, &other, created, salt, room, out);
}
