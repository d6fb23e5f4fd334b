/*
 * pouch.c: frames of a pouch.
 *
 *   plain of records = community count varint ‖ for each: compact size varint ‖ record count varint ‖ contents size
 * varint ‖ metas ‖ contents raw of records   = the compact charters ‖ what each record adds meta             = flags
 * (1) ‖ kind varint ‖ [community varint] ‖ seq ‖ created ‖ expiry ‖ [n (1) ‖ n types] ‖ content size varint raw of a
 * record  = [author (32)] ‖ [prev (16)] ‖ n × ref id (32) ‖ (salt (8) or body hash (32)) ‖ signature (64)
 */
#include "core/pouch.h"

#include <string.h>

#include "core/blob.h"
#include "core/check.h"
#include "core/crypto.h"

#define CHECKED_SIZE 24
#define CHECK_SIZE 8

#define FLAG_SAME 1       /* same community and author as the record before */
#define FLAG_PREV 2       /* prev stands in raw; without it, prev is rebuilt from the record before */
#define FLAG_STUB 4       /* no body: its hash stands in raw instead of the salt */
#define FLAG_URGENCY 0x18 /* the urgency, shifted by 3 */
#define FLAG_REFS 0x20
#define FLAGS_KNOWN 0x3f

const uint8_t pouch_magic[POUCH_MAGIC_SIZE] = {0x8c, 'l', 'e', 'P', 0x0d, 0x0a, 0x1a, 0x0a};

int pouch_frame_decode(struct pouch_frame *out, const uint8_t header[POUCH_HEADER_SIZE]) {
    struct reader in;
    uint8_t magic[POUCH_MAGIC_SIZE];
    reader_init(&in, header, POUCH_HEADER_SIZE);
    reader_copy(&in, magic, sizeof magic);
    if (memcmp(magic, pouch_magic, sizeof magic) != 0) return ERR_NOT_POUCH;
    if (reader_u8(&in) != POUCH_VERSION) return ERR_VERSION;
    out->type = reader_u8(&in);
    out->codec = reader_u8(&in);
    uint8_t zero = reader_u8(&in);
    out->packed_size = reader_u32(&in);
    out->plain_size = reader_u32(&in);
    out->raw_size = reader_u32(&in);
    if (zero != 0) return ERR_VERSION;
    if (out->packed_size > POUCH_SECTION_MAX || out->plain_size > POUCH_SECTION_MAX ||
        out->raw_size > POUCH_SECTION_MAX || (out->codec == POUCH_STORED && out->packed_size != out->plain_size))
        return ERR_LIMIT;
    return 0;
}

static void check_compute(uint8_t out[CHECK_SIZE], const uint8_t header[POUCH_HEADER_SIZE],
                          const struct pouch_frame *frame, const uint8_t *sections) {
    uint8_t digest[HASH_SIZE];
    crypto_digest_keyed(digest, header, CHECKED_SIZE, sections, (size_t)frame->packed_size + frame->raw_size);
    memcpy(out, digest, CHECK_SIZE);
}

void pouch_frame_encode(uint8_t header[POUCH_HEADER_SIZE], const struct pouch_frame *frame, const uint8_t *sections) {
    struct writer out;
    CHECK(frame->packed_size <= POUCH_SECTION_MAX && frame->plain_size <= POUCH_SECTION_MAX &&
          frame->raw_size <= POUCH_SECTION_MAX);
    writer_init(&out, header, POUCH_HEADER_SIZE);
    writer_bytes(&out, pouch_magic, sizeof pouch_magic);
    writer_u8(&out, POUCH_VERSION);
    writer_u8(&out, frame->type);
    writer_u8(&out, frame->codec);
    writer_u8(&out, 0);
    writer_u32(&out, frame->packed_size);
    writer_u32(&out, frame->plain_size);
    writer_u32(&out, frame->raw_size);
    CHECK(out.at == CHECKED_SIZE);
    check_compute(header + CHECKED_SIZE, header, frame, sections);
}

int pouch_frame_check(const uint8_t header[POUCH_HEADER_SIZE], const struct pouch_frame *frame,
                      const uint8_t *sections) {
    uint8_t check[CHECK_SIZE];
    check_compute(check, header, frame, sections);
    return memcmp(check, header + CHECKED_SIZE, CHECK_SIZE) == 0 ? 0 : ERR_CHECKSUM;
}

static int community_find(const struct pouch_community *communities, size_t count, const uint8_t id[HASH_SIZE]) {
    for (size_t i = 0; i < count; i++)
        if (memcmp(communities[i].charter->community, id, HASH_SIZE) == 0) return (int)i;
    return ERR_COMMUNITY;
}

static bool author_is_same(const struct record *before, const struct record *r) {
    return before && memcmp(before->author, r->author, KEY_SIZE) == 0 &&
           memcmp(before->community, r->community, HASH_SIZE) == 0;
}

static int64_t difference(uint64_t value, uint64_t base) {
    return (int64_t)value - (int64_t)base;
}

static int record_put(const struct pouch_community *communities, size_t community_count, const struct record *before,
                      const struct record *r, struct writer *plain, struct writer *raw) {
    int community = community_find(communities, community_count, r->community);
    if (community < 0) return community;
    CHECK(r->form == RECORD_FORM_PLAIN && r->kind != KIND_CHARTER);
    bool same = author_is_same(before, r);
    bool follows = same && r->seq == before->seq + 1 && memcmp(r->prev, before->id, PREV_SIZE) == 0;
    bool prev = r->seq > 0 && !follows;
    size_t content_size = r->body_size - RECORD_SALT_SIZE;
    uint32_t keep_days = communities[community].charter->keep_days;
    writer_u8(plain, (uint8_t)((same ? FLAG_SAME : 0) | (prev ? FLAG_PREV : 0) | (r->body ? 0 : FLAG_STUB) |
                               r->urgency << 3 | (r->ref_count ? FLAG_REFS : 0)));
    writer_varint(plain, r->kind);
    if (!same) {
        writer_varint(plain, (uint64_t)community);
        writer_bytes(raw, r->author, KEY_SIZE);
    }
    writer_zigzag(plain, difference(r->seq, same ? before->seq + 1 : 0));
    writer_zigzag(plain, difference(r->created, before ? before->created : 0));
    writer_zigzag(plain, difference(r->expiry_day, r->created / DAY_SECONDS + keep_days));
    if (prev) writer_bytes(raw, r->prev, PREV_SIZE);
    if (r->ref_count) {
        writer_u8(plain, r->ref_count);
        for (unsigned i = 0; i < r->ref_count; i++) {
            writer_u8(plain, r->refs[i].type);
            writer_bytes(raw, r->refs[i].id, HASH_SIZE);
        }
    }
    writer_varint(plain, content_size);
    if (r->body)
        writer_bytes(raw, r->body, RECORD_SALT_SIZE);
    else
        writer_bytes(raw, r->body_hash, HASH_SIZE);
    writer_bytes(raw, r->signature, SIGNATURE_SIZE);
    return 0;
}

int pouch_records_encode(const struct pouch_community *communities, size_t community_count,
                         const struct record *records, size_t record_count, struct writer *plain, struct writer *raw) {
    if (community_count == 0 || community_count > POUCH_FRAME_COMMUNITIES_MAX || record_count > POUCH_FRAME_RECORDS_MAX)
        return ERR_LIMIT;
    size_t contents_size = 0, size;
    writer_varint(plain, community_count);
    for (size_t i = 0; i < community_count; i++) {
        writer_varint(plain, communities[i].compact_size);
        writer_bytes(raw, communities[i].compact, communities[i].compact_size);
    }
    for (size_t i = 0; i < record_count; i++) {
        (void)record_content(&records[i], &size);
        contents_size += size;
    }
    if (contents_size > POUCH_SECTION_MAX) return ERR_SPACE;
    writer_varint(plain, record_count);
    writer_varint(plain, contents_size);
    for (size_t i = 0; i < record_count; i++) {
        int err = record_put(communities, community_count, i > 0 ? &records[i - 1] : NULL, &records[i], plain, raw);
        if (err) return err;
    }
    for (size_t i = 0; i < record_count; i++) {
        const uint8_t *content = record_content(&records[i], &size);
        writer_bytes(plain, content, size);
    }
    return plain->err ? plain->err : raw->err;
}

int pouch_records_begin(struct pouch_records *it, const uint8_t *plain, size_t plain_size, const uint8_t *raw,
                        size_t raw_size) {
    size_t compact_size[POUCH_FRAME_COMMUNITIES_MAX] = {0};
    memset(it, 0, sizeof *it);
    reader_init(&it->meta, plain, plain_size);
    reader_init(&it->raw, raw, raw_size);
    it->community_count = (uint8_t)reader_varint(&it->meta, POUCH_FRAME_COMMUNITIES_MAX);
    for (unsigned i = 0; i < it->community_count; i++)
        compact_size[i] = (size_t)reader_varint(&it->meta, CHARTER_COMPACT_MAX);
    it->left = (uint32_t)reader_varint(&it->meta, POUCH_FRAME_RECORDS_MAX);
    size_t contents_size = (size_t)reader_varint(&it->meta, POUCH_SECTION_MAX);
    if (it->meta.err) return it->meta.err;
    if (it->community_count == 0) return ERR_FIELD;
    if (contents_size > reader_left(&it->meta)) return ERR_TRUNCATED;
    it->meta.size -= contents_size;
    reader_init(&it->contents, plain + it->meta.size, contents_size);
    for (unsigned i = 0; i < it->community_count; i++) {
        const uint8_t *compact = reader_bytes(&it->raw, compact_size[i]);
        if (!compact) return it->raw.err;
        it->community_err[i] = charter_expand(&it->charters[i], &it->charter_records[i], compact, compact_size[i]);
    }
    return 0;
}

/* Add a signed difference to a base; out of 0 to max is an error. */
static uint64_t value_add(struct reader *in, uint64_t base, uint64_t max) {
    int64_t step = reader_zigzag(in);
    if (step < -(int64_t)max - 1 || step > (int64_t)max) {
        reader_fail(in, ERR_LIMIT);
        return 0;
    }
    int64_t value = (int64_t)base + step;
    if (value < 0 || value > (int64_t)max) {
        reader_fail(in, ERR_LIMIT);
        return 0;
    }
    return (uint64_t)value;
}

static void author_read(struct pouch_records *it, struct record *r, bool same) {
    if (same && !it->last.any) {
        reader_fail(&it->meta, ERR_FIELD);
    } else if (same) {
        memcpy(r->author, it->last.author, KEY_SIZE);
    } else {
        it->community = (uint8_t)reader_varint(&it->meta, (uint64_t)it->community_count - 1);
        reader_copy(&it->raw, r->author, KEY_SIZE);
    }
}

static void refs_read(struct pouch_records *it, struct record *r) {
    uint8_t count = reader_u8(&it->meta);
    if (count == 0 || count > RECORD_REFS_MAX) {
        reader_fail(&it->meta, ERR_LIMIT);
        return;
    }
    r->ref_count = count;
    for (unsigned i = 0; i < count; i++) {
        r->refs[i].type = reader_u8(&it->meta);
        reader_copy(&it->raw, r->refs[i].id, HASH_SIZE);
    }
}

/* Read everything of a record but its body. */
static uint8_t meta_read(struct pouch_records *it, struct record *r) {
    memset(r, 0, sizeof *r);
    r->form = RECORD_FORM_PLAIN;
    uint8_t flags = reader_u8(&it->meta);
    if (flags & ~FLAGS_KNOWN) reader_fail(&it->meta, ERR_VERSION);
    bool same = flags & FLAG_SAME;
    r->urgency = (flags & FLAG_URGENCY) >> 3;
    r->kind = (uint32_t)reader_varint(&it->meta, RECORD_KIND_MAX);
    if (r->kind == KIND_CHARTER) reader_fail(&it->meta, ERR_FIELD);
    author_read(it, r, same);
    r->seq = value_add(&it->meta, same ? it->last.seq + 1 : 0, RECORD_SEQ_MAX);
    r->created = value_add(&it->meta, it->last.any ? it->last.created : 0, TIME_MAX);
    memcpy(r->community, it->charters[it->community].community, HASH_SIZE);
    if (it->community_err[it->community])
        (void)reader_zigzag(&it->meta); /* counted from a rule that is not known; the record is refused */
    else
        r->expiry_day = (uint32_t)value_add(&it->meta, r->created / DAY_SECONDS + it->charters[it->community].keep_days,
                                            UINT32_MAX);
    if (r->seq > 0 && (flags & FLAG_PREV))
        reader_copy(&it->raw, r->prev, PREV_SIZE);
    else if (flags & FLAG_PREV || (r->seq > 0 && !(same && r->seq == it->last.seq + 1)))
        reader_fail(&it->meta, ERR_FIELD);
    else if (r->seq > 0)
        memcpy(r->prev, it->last.id, PREV_SIZE);
    if (flags & FLAG_REFS) refs_read(it, r);
    r->body_size = (size_t)reader_varint(&it->meta, RECORD_SIZE_MAX - RECORD_SALT_SIZE) + RECORD_SALT_SIZE;
    return flags;
}

int pouch_records_next(struct pouch_records *it, uint8_t room[POUCH_ROOM], struct record *out, int *refused) {
    *refused = 0;
    if (it->left == 0) {
        int err = reader_end(&it->meta);
        err = err ? err : reader_end(&it->contents);
        return err ? err : reader_end(&it->raw);
    }
    it->left--;
    uint8_t flags = meta_read(it, out);
    bool stub = flags & FLAG_STUB;
    uint8_t *body = room + RECORD_SIZE_MAX;
    if (stub) {
        reader_copy(&it->raw, out->body_hash, HASH_SIZE);
    } else {
        reader_copy(&it->raw, body, RECORD_SALT_SIZE);
        reader_copy(&it->contents, body + RECORD_SALT_SIZE, out->body_size - RECORD_SALT_SIZE);
        out->body = body;
    }
    reader_copy(&it->raw, out->signature, SIGNATURE_SIZE);
    if (it->meta.err || it->contents.err || it->raw.err)
        return it->meta.err ? it->meta.err : it->contents.err ? it->contents.err : it->raw.err;
    *refused = it->community_err[it->community];
    int size = 0, err = *refused;
    if (!err) {
        size = record_encode(out, room, RECORD_SIZE_MAX);
        err = size < 0 ? size
              : stub   ? record_decode_stub(out, room, (size_t)size)
                       : record_decode(out, room, (size_t)size);
    }
    if (err && !*refused) return err;
    it->last.any = true;
    memcpy(it->last.author, out->author, KEY_SIZE);
    memcpy(it->last.id, out->id, HASH_SIZE);
    it->last.seq = out->seq;
    it->last.created = out->created;
    return *refused ? 1 : size;
}

/*
 * plain of sealed records = count varint ‖ metas    meta = flags (1) ‖ class (1) ‖ expiry
 * raw                     = what each adds: [shelf (32)] ‖ signature (64) ‖ ciphertext
 */
int pouch_sealed_encode(const struct record *records, size_t record_count, struct writer *plain, struct writer *raw) {
    if (record_count == 0 || record_count > POUCH_FRAME_RECORDS_MAX) return ERR_LIMIT;
    writer_varint(plain, record_count);
    for (size_t i = 0; i < record_count; i++) {
        const struct record *r = &records[i], *before = i > 0 ? r - 1 : NULL;
        CHECK(r->form == RECORD_FORM_SEALED && r->body);
        bool same = before && memcmp(before->author, r->author, KEY_SIZE) == 0;
        writer_u8(plain, (uint8_t)((same ? FLAG_SAME : 0) | r->urgency << 3));
        writer_u8(plain, r->size_class);
        writer_zigzag(plain, difference(r->expiry_day, before ? before->expiry_day : 0));
        if (!same) writer_bytes(raw, r->author, KEY_SIZE);
        writer_bytes(raw, r->signature, SIGNATURE_SIZE);
        writer_bytes(raw, r->body, r->body_size);
    }
    return plain->err ? plain->err : raw->err;
}

int pouch_sealed_begin(struct pouch_sealed *it, const uint8_t *plain, size_t plain_size, const uint8_t *raw,
                       size_t raw_size) {
    memset(it, 0, sizeof *it);
    reader_init(&it->meta, plain, plain_size);
    reader_init(&it->raw, raw, raw_size);
    it->left = (uint32_t)reader_varint(&it->meta, POUCH_FRAME_RECORDS_MAX);
    if (it->meta.err) return it->meta.err;
    return it->left == 0 ? ERR_FIELD : 0;
}

int pouch_sealed_next(struct pouch_sealed *it, uint8_t room[POUCH_ROOM], struct record *out) {
    if (it->left == 0) {
        int end = reader_end(&it->meta);
        return end ? end : reader_end(&it->raw);
    }
    it->left--;
    memset(out, 0, sizeof *out);
    out->form = RECORD_FORM_SEALED;
    uint8_t flags = reader_u8(&it->meta);
    out->size_class = reader_u8(&it->meta);
    if (flags & ~(FLAG_SAME | FLAG_URGENCY)) reader_fail(&it->meta, ERR_VERSION);
    if (out->size_class >= RECORD_SIZE_CLASSES || (flags & FLAG_SAME && !it->any)) reader_fail(&it->meta, ERR_FIELD);
    out->urgency = (flags & FLAG_URGENCY) >> 3;
    out->expiry_day = (uint32_t)value_add(&it->meta, it->expiry_day, UINT32_MAX);
    if (!(flags & FLAG_SAME)) reader_copy(&it->raw, it->shelf, KEY_SIZE);
    memcpy(out->author, it->shelf, KEY_SIZE);
    reader_copy(&it->raw, out->signature, SIGNATURE_SIZE);
    if (it->meta.err) return it->meta.err;
    out->body_size = record_class_size(out->size_class);
    out->body = reader_bytes(&it->raw, out->body_size);
    if (it->raw.err) return it->raw.err;
    int size = record_encode(out, room, RECORD_SIZE_MAX);
    int err = size < 0 ? size : record_decode(out, room, (size_t)size);
    it->any = true;
    it->expiry_day = out->expiry_day;
    return err ? err : size;
}

int pouch_chunk_encode(const struct pouch_chunk *chunk, struct writer *plain, struct writer *raw) {
    writer_bytes(plain, chunk->blob, HASH_SIZE);
    writer_varint(plain, chunk->size_bytes);
    writer_varint(plain, chunk->index);
    writer_bytes(plain, chunk->proof, chunk->proof_size);
    writer_bytes(raw, chunk->data, chunk->data_size);
    return plain->err ? plain->err : raw->err;
}

int pouch_chunk_decode(struct pouch_chunk *out, const uint8_t *plain, size_t plain_size, const uint8_t *raw,
                       size_t raw_size) {
    struct reader in;
    reader_init(&in, plain, plain_size);
    reader_copy(&in, out->blob, HASH_SIZE);
    out->size_bytes = reader_varint(&in, BLOB_SIZE_MAX);
    out->index = (uint32_t)reader_varint(&in, BLOB_CHUNKS_MAX - 1);
    out->proof_size = reader_left(&in);
    out->proof = reader_bytes(&in, out->proof_size);
    out->data = raw;
    out->data_size = raw_size;
    if (reader_end(&in)) return reader_end(&in);
    return blob_check(out->blob, out->size_bytes, out->index, out->proof, out->proof_size, out->data, out->data_size);
}
