/*
 * record.c: encode, decode, sign and verify records.
 *
 * Header, signature and body lie in one stretch, so one pass decodes all; hashes are computed over copies of the
 * header, which is small (RECORD_HEADER_MAX).
 */
#include "core/record.h"

#include <string.h>

#include "core/bytes.h"
#include "core/check.h"
#include "core/crypto.h"

#define DOMAIN_SIZE 16
static const uint8_t domain_plain[DOMAIN_SIZE] = "longear record 1";
static const uint8_t domain_sealed[DOMAIN_SIZE] = "longear sealed 1";

const uint8_t record_pool[HASH_SIZE] = {0x9d, 0xf8, 0xfe, 0x4a, 0xca, 0x2a, 0x6e, 0xbe, 0x19, 0xfd, 0x0d,
                                        0xdd, 0x00, 0xca, 0x4d, 0x91, 0xe6, 0xb8, 0x3e, 0xb9, 0x1a, 0x74,
                                        0xd2, 0x54, 0xa3, 0x59, 0x8e, 0x0d, 0xff, 0x5e, 0x3a, 0xef};

size_t record_class_size(uint8_t size_class) {
    CHECK(size_class < RECORD_SIZE_CLASSES);
    if (size_class + 1 == RECORD_SIZE_CLASSES) return 32512; /* what is left beside header and signature */
    return (size_t)(size_class % 2 ? 384 : 256) << size_class / 2;
}

const uint8_t *record_content(const struct record *r, size_t *size) {
    if (!r->body || r->form != RECORD_FORM_PLAIN) {
        *size = 0;
        return NULL;
    }
    CHECK(r->body_size >= RECORD_SALT_SIZE);
    *size = r->body_size - RECORD_SALT_SIZE;
    return r->body + RECORD_SALT_SIZE;
}

const uint8_t *record_ref(const struct record *r, uint8_t type) {
    for (unsigned i = 0; i < r->ref_count; i++)
        if (r->refs[i].type == type) return r->refs[i].id;
    return NULL;
}

int record_order(uint64_t created_a, const uint8_t id_a[HASH_SIZE], uint64_t created_b, const uint8_t id_b[HASH_SIZE]) {
    if (created_a != created_b) return created_a < created_b ? -1 : 1;
    return memcmp(id_a, id_b, HASH_SIZE);
}

/* The rules that bind fields to each other; all of them hold for every record that is decoded or encoded. */
static int record_check(const struct record *r) {
    static const uint8_t zeros[HASH_SIZE];
    if (r->urgency > URGENCY_URGENT) return ERR_FIELD;
    if (r->form == RECORD_FORM_SEALED) return r->expiry_day > TIME_MAX / DAY_SECONDS ? ERR_TIME : 0;
    if (r->created > TIME_MAX) return ERR_TIME;
    uint32_t day = (uint32_t)(r->created / DAY_SECONDS);
    if (r->expiry_day < day || r->expiry_day - day > KEEP_DAYS_MAX) return ERR_TIME;
    bool charter = r->kind == KIND_CHARTER;
    if (charter != (memcmp(r->community, zeros, HASH_SIZE) == 0)) return ERR_FIELD;
    if (charter &&
        (r->seq > 0 || r->ref_count > 0 || r->urgency != URGENCY_NORMAL || r->expiry_day != day + CHARTER_LIFE_DAYS))
        return ERR_FIELD;
    for (unsigned i = 0; i < r->ref_count; i++)
        if (r->refs[i].type == 0 || r->refs[i].type > REF_TYPE_MAX) return ERR_FIELD;
    return r->body_size < RECORD_SALT_SIZE ? ERR_FIELD : 0;
}

/* Read a day; whatever is too large for one is a time out of range, as one beyond the last valid day is. */
static uint32_t day_read(struct reader *in) {
    uint64_t day = reader_varint(in, VARINT_MAX);
    if (day > UINT32_MAX) {
        reader_fail(in, ERR_TIME);
        return 0;
    }
    return (uint32_t)day;
}

static void header_read_plain(struct reader *in, struct record *r) {
    r->kind = (uint32_t)reader_varint(in, RECORD_KIND_MAX);
    reader_copy(in, r->community, HASH_SIZE);
    reader_copy(in, r->author, KEY_SIZE);
    r->seq = reader_varint(in, RECORD_SEQ_MAX);
    if (r->seq > 0) reader_copy(in, r->prev, PREV_SIZE);
    r->created = reader_varint(in, VARINT_MAX);
    r->expiry_day = day_read(in);
    r->urgency = reader_u8(in);
    uint8_t refs = reader_u8(in);
    if (refs > RECORD_REFS_MAX) {
        reader_fail(in, ERR_LIMIT);
        return;
    }
    r->ref_count = refs;
    for (unsigned i = 0; i < refs; i++) {
        r->refs[i].type = reader_u8(in);
        reader_copy(in, r->refs[i].id, HASH_SIZE);
    }
    r->body_size = (size_t)reader_varint(in, RECORD_SIZE_MAX);
}

static void header_read_sealed(struct reader *in, struct record *r) {
    memcpy(r->community, record_pool, HASH_SIZE);
    reader_copy(in, r->author, KEY_SIZE);
    r->expiry_day = day_read(in);
    r->urgency = reader_u8(in);
    r->size_class = reader_u8(in);
    if (!in->err && r->size_class >= RECORD_SIZE_CLASSES)
        reader_fail(in, ERR_FIELD);
    else if (!in->err)
        r->body_size = record_class_size(r->size_class);
}

static void header_write(struct writer *out, const struct record *r) {
    writer_u8(out, r->form);
    if (r->form == RECORD_FORM_SEALED) {
        writer_bytes(out, r->author, KEY_SIZE);
        writer_varint(out, r->expiry_day);
        writer_u8(out, r->urgency);
        writer_u8(out, r->size_class);
        return;
    }
    writer_varint(out, r->kind);
    writer_bytes(out, r->community, HASH_SIZE);
    writer_bytes(out, r->author, KEY_SIZE);
    writer_varint(out, r->seq);
    if (r->seq > 0) writer_bytes(out, r->prev, PREV_SIZE);
    writer_varint(out, r->created);
    writer_varint(out, r->expiry_day);
    writer_u8(out, r->urgency);
    writer_u8(out, r->ref_count);
    for (unsigned i = 0; i < r->ref_count; i++) {
        writer_u8(out, r->refs[i].type);
        writer_bytes(out, r->refs[i].id, HASH_SIZE);
    }
    writer_varint(out, r->body_size);
}

/* id = BLAKE2b-256(header ‖ body hash ‖ signature) */
static void id_compute(struct record *r, const uint8_t *header, size_t header_size) {
    uint8_t bytes[RECORD_HEADER_MAX + HASH_SIZE + SIGNATURE_SIZE];
    CHECK(header_size <= RECORD_HEADER_MAX);
    memcpy(bytes, header, header_size);
    memcpy(bytes + header_size, r->body_hash, HASH_SIZE);
    memcpy(bytes + header_size + HASH_SIZE, r->signature, SIGNATURE_SIZE);
    crypto_digest(r->id, bytes, header_size + HASH_SIZE + SIGNATURE_SIZE);
}

/* Read all fields, without hashing. Return the size of the header or an error. */
static int parse(struct record *r, const uint8_t *bytes, size_t size, bool stub) {
    struct reader in;
    memset(r, 0, sizeof *r);
    if (size > RECORD_SIZE_MAX) return ERR_LIMIT;
    reader_init(&in, bytes, size);
    r->form = reader_u8(&in);
    if (r->form == RECORD_FORM_PLAIN)
        header_read_plain(&in, r);
    else if (r->form == RECORD_FORM_SEALED)
        header_read_sealed(&in, r);
    else
        reader_fail(&in, ERR_VERSION);
    size_t header_size = in.at;
    reader_copy(&in, r->signature, SIGNATURE_SIZE);
    if (stub)
        reader_copy(&in, r->body_hash, HASH_SIZE);
    else
        r->body = reader_bytes(&in, r->body_size);
    int err = reader_end(&in);
    if (!err && header_size + SIGNATURE_SIZE + r->body_size > RECORD_SIZE_MAX) err = ERR_LIMIT;
    if (!err) err = record_check(r);
    if (err) {
        r->body = NULL;
        return err;
    }
    return (int)header_size;
}

static int decode(struct record *r, const uint8_t *bytes, size_t size, bool stub) {
    int header_size = parse(r, bytes, size, stub);
    if (header_size < 0) return header_size;
    if (!stub) crypto_digest(r->body_hash, r->body, r->body_size);
    id_compute(r, bytes, (size_t)header_size);
    return 0;
}

int record_decode_again(struct record *out, const uint8_t *bytes, size_t size, bool stub, const uint8_t id[HASH_SIZE],
                        const uint8_t body_hash[HASH_SIZE]) {
    int header_size = parse(out, bytes, size, stub);
    if (header_size < 0) return header_size;
    memcpy(out->body_hash, body_hash, HASH_SIZE);
    memcpy(out->id, id, HASH_SIZE);
    return 0;
}

int record_decode(struct record *out, const uint8_t *bytes, size_t size) {
    return decode(out, bytes, size, false);
}

int record_decode_stub(struct record *out, const uint8_t *bytes, size_t size) {
    return decode(out, bytes, size, true);
}

/* Write the header of a record that may come from a caller: the checks of decoding first. Return its size or an error.
 */
static int header_encode(const struct record *r, uint8_t header[RECORD_HEADER_MAX]) {
    if (r->form != RECORD_FORM_PLAIN && r->form != RECORD_FORM_SEALED) return ERR_VERSION;
    if (r->ref_count > RECORD_REFS_MAX || r->kind > RECORD_KIND_MAX || r->seq > RECORD_SEQ_MAX) return ERR_LIMIT;
    if (r->form == RECORD_FORM_SEALED &&
        (r->size_class >= RECORD_SIZE_CLASSES || r->body_size != record_class_size(r->size_class)))
        return ERR_FIELD;
    if (r->body_size > RECORD_SIZE_MAX) return ERR_LIMIT;
    int err = record_check(r);
    if (err) return err;
    struct writer out;
    writer_init(&out, header, RECORD_HEADER_MAX);
    header_write(&out, r);
    CHECK(!out.err);
    return out.at + SIGNATURE_SIZE + r->body_size > RECORD_SIZE_MAX ? ERR_LIMIT : (int)out.at;
}

int record_encode(const struct record *r, uint8_t *out, size_t size) {
    uint8_t header[RECORD_HEADER_MAX];
    struct writer w;
    int header_size = header_encode(r, header);
    if (header_size < 0) return header_size;
    writer_init(&w, out, size);
    writer_bytes(&w, header, (size_t)header_size);
    writer_bytes(&w, r->signature, SIGNATURE_SIZE);
    if (r->body)
        writer_bytes(&w, r->body, r->body_size);
    else
        writer_bytes(&w, r->body_hash, HASH_SIZE);
    return w.err ? w.err : (int)w.at;
}

/* The message that is signed: domain ‖ header ‖ body hash. Return its size. */
static size_t signed_message(uint8_t out[DOMAIN_SIZE + RECORD_HEADER_MAX + HASH_SIZE], const struct record *r,
                             const uint8_t *header, size_t header_size) {
    memcpy(out, r->form == RECORD_FORM_SEALED ? domain_sealed : domain_plain, DOMAIN_SIZE);
    memcpy(out + DOMAIN_SIZE, header, header_size);
    memcpy(out + DOMAIN_SIZE + header_size, r->body_hash, HASH_SIZE);
    return DOMAIN_SIZE + header_size + HASH_SIZE;
}

int record_verify(const struct record *r) {
    uint8_t header[RECORD_HEADER_MAX], message[DOMAIN_SIZE + RECORD_HEADER_MAX + HASH_SIZE];
    int header_size = header_encode(r, header);
    if (header_size < 0) return ERR_SIGNATURE;
    size_t size = signed_message(message, r, header, (size_t)header_size);
    return crypto_sign_check(r->signature, message, size, r->author);
}

int record_sign(struct record *r, const uint8_t secret[SECRET_SIZE]) {
    uint8_t header[RECORD_HEADER_MAX], message[DOMAIN_SIZE + RECORD_HEADER_MAX + HASH_SIZE];
    CHECK(r->body != NULL);
    CHECK(memcmp(secret + SEED_SIZE, r->author, KEY_SIZE) == 0);
    if (r->form == RECORD_FORM_SEALED) memcpy(r->community, record_pool, HASH_SIZE);
    int header_size = header_encode(r, header);
    if (header_size < 0) return header_size;
    crypto_digest(r->body_hash, r->body, r->body_size);
    size_t size = signed_message(message, r, header, (size_t)header_size);
    crypto_sign_make(r->signature, message, size, secret);
    id_compute(r, header, (size_t)header_size);
    return 0;
}
