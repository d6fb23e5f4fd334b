/*
 * shelf.c: sealed records, from both sides.
 */
#include "core/shelf.h"

#include <string.h>

#include "core/bytes.h"
#include "core/check.h"
#include "core/crypto.h"
#include "core/seal.h"

#define DOMAIN_SIZE 16
static const uint8_t domain_shelf[DOMAIN_SIZE] = "longear shelf  1";
static const uint8_t domain_id[DOMAIN_SIZE] = "longear shelf id";
static const uint8_t domain_register[DOMAIN_SIZE] = "longear register";

void shelf_derive(struct member *out, const uint8_t secret[KEY_SIZE], uint32_t week) {
    uint8_t label[DOMAIN_SIZE + 4], seed[SEED_SIZE];
    memcpy(label, domain_shelf, DOMAIN_SIZE);
    for (unsigned i = 0; i < 4; i++) label[DOMAIN_SIZE + i] = (uint8_t)(week >> 8 * i);
    crypto_digest_keyed(seed, secret, KEY_SIZE, label, sizeof label);
    crypto_keypair(out->key, out->secret, seed);
    crypto_wipe(seed, sizeof seed);
}

void shelf_id(uint8_t out[SHELF_ID_SIZE], const uint8_t secret[KEY_SIZE]) {
    uint8_t digest[HASH_SIZE];
    crypto_digest_keyed(digest, secret, KEY_SIZE, domain_id, DOMAIN_SIZE);
    memcpy(out, digest, SHELF_ID_SIZE);
}

void shelf_register_key(uint8_t out[KEY_SIZE], const uint8_t secret[KEY_SIZE]) {
    crypto_digest_keyed(out, secret, KEY_SIZE, domain_register, DOMAIN_SIZE);
}

/* What the box is bound to: the header as it is encoded. Return its size. */
static size_t header_bytes(const struct record *r, uint8_t out[RECORD_HEADER_MAX]) {
    struct writer w;
    writer_init(&w, out, RECORD_HEADER_MAX);
    writer_u8(&w, RECORD_FORM_SEALED);
    writer_bytes(&w, r->author, KEY_SIZE);
    writer_varint(&w, r->expiry_day);
    writer_u8(&w, r->urgency);
    writer_u8(&w, r->size_class);
    CHECK(!w.err);
    return w.at;
}

int shelf_seal(uint8_t type, const uint8_t *content, size_t size, const struct member *shelf,
               const uint8_t key[KEY_SIZE], const uint8_t nonce[BOX_NONCE_SIZE], uint32_t expiry_day, uint8_t urgency,
               uint8_t room[RECORD_SIZE_MAX], struct record *out) {
    uint8_t plain[RECORD_SIZE_MAX], body[RECORD_SIZE_MAX], header[RECORD_HEADER_MAX];
    struct writer w;
    if (size > SHELF_CONTENT_MAX) return ERR_LIMIT;
    memset(out, 0, sizeof *out);
    out->form = RECORD_FORM_SEALED;
    out->expiry_day = expiry_day;
    out->urgency = urgency;
    memcpy(out->author, shelf->key, KEY_SIZE);
    size_t head = 1 + varint_size(size);
    while (record_class_size(out->size_class) < head + size + BOX_OVERHEAD) out->size_class++;
    out->body_size = record_class_size(out->size_class);
    size_t plain_size = out->body_size - BOX_OVERHEAD;
    memset(plain, 0, plain_size);
    writer_init(&w, plain, plain_size);
    writer_u8(&w, type);
    writer_varint(&w, size);
    writer_bytes(&w, content, size);
    CHECK(!w.err);
    seal_make(body, plain, plain_size, header, header_bytes(out, header), nonce, key);
    crypto_wipe(plain, plain_size);
    out->body = body;
    int result = record_sign(out, shelf->secret);
    if (!result) result = record_encode(out, room, RECORD_SIZE_MAX);
    out->body = result > 0 ? room + result - out->body_size : NULL;
    return result;
}

static bool all_zero(const uint8_t *bytes, size_t size) {
    uint8_t any = 0;
    for (size_t i = 0; i < size; i++) any |= bytes[i];
    return any == 0;
}

int shelf_open(const struct record *outer, const uint8_t key[KEY_SIZE], uint8_t room[RECORD_SIZE_MAX], uint8_t *type,
               const uint8_t **content) {
    uint8_t header[RECORD_HEADER_MAX];
    struct reader in;
    if (outer->form != RECORD_FORM_SEALED || !outer->body) return ERR_SEAL;
    int size = seal_open(room, outer->body, outer->body_size, header, header_bytes(outer, header), key);
    if (size < 0) return size;
    reader_init(&in, room, (size_t)size);
    *type = reader_u8(&in);
    size_t content_size = (size_t)reader_varint(&in, SHELF_CONTENT_MAX);
    *content = reader_bytes(&in, content_size);
    size_t rest = reader_left(&in);
    if (in.err || !all_zero(room + size - rest, rest) || (*type != SHELF_RECORD && *type != SHELF_LETTER))
        return ERR_FIELD;
    return (int)content_size;
}

/* Where the community's id stands in the canonical bytes of a record of this kind. */
static size_t community_at(uint32_t kind) {
    return 1 + varint_size(kind);
}

int shelf_pack(const struct record *r, const uint8_t *bytes, size_t size, uint8_t *out) {
    if (r->form != RECORD_FORM_PLAIN || !r->body || r->kind == KIND_CHARTER) return ERR_FIELD;
    if (size > SHELF_RECORD_MAX) return ERR_LIMIT;
    size_t at = community_at(r->kind);
    memcpy(out, bytes, at);
    memcpy(out + at, bytes + at + HASH_SIZE, size - at - HASH_SIZE);
    return (int)(size - HASH_SIZE);
}

int shelf_unpack(const uint8_t *content, size_t size, const uint8_t community[HASH_SIZE], uint8_t room[RECORD_SIZE_MAX],
                 struct record *out) {
    struct reader in;
    if (size > SHELF_CONTENT_MAX) return ERR_LIMIT;
    reader_init(&in, content, size);
    if (reader_u8(&in) != RECORD_FORM_PLAIN) return in.err ? in.err : ERR_FIELD;
    uint64_t kind = reader_varint(&in, RECORD_KIND_MAX);
    if (in.err) return in.err;
    size_t at = in.at;
    if (kind == KIND_CHARTER) return ERR_FIELD;
    memcpy(room, content, at);
    memcpy(room + at, community, HASH_SIZE);
    memcpy(room + at + HASH_SIZE, content + at, size - at);
    return record_decode(out, room, size + HASH_SIZE);
}
