/*
 * piece.c: pieces of files in closed communities.
 */
#include "core/piece.h"

#include <string.h>

#include "core/check.h"
#include "core/fields.h"

enum { TAG_SIZE = 1, TAG_INDEX, TAG_BYTES };

/* size and index with their heads, the head of the bytes */
#define CONTENT_HEAD_MAX (2 + 4 + 2 + 2 + 4)

_Static_assert(PIECE_SIZE + CONTENT_HEAD_MAX + RECORD_SALT_SIZE + RECORD_HEADER_MAX -
                       (RECORD_REFS_MAX - 1) * RECORD_REF_SIZE + SIGNATURE_SIZE <=
                   SHELF_RECORD_MAX,
               "the largest piece fits a shelf");
_Static_assert(PIECE_FILE_MAX <= BLOB_SIZE_MAX, "a file in pieces is a blob");

uint32_t piece_count(uint64_t size_bytes) {
    if (size_bytes == 0 || size_bytes > PIECE_FILE_MAX) return 0;
    return (uint32_t)((size_bytes + PIECE_SIZE - 1) / PIECE_SIZE);
}

uint32_t piece_size(uint32_t size_bytes, uint32_t index) {
    CHECK(index < piece_count(size_bytes));
    uint32_t left = size_bytes - index * PIECE_SIZE;
    return left < PIECE_SIZE ? left : PIECE_SIZE;
}

static int head_check(const struct record *r) {
    return r->kind == KIND_PIECE && r->ref_count == 1 && r->refs[0].type == REF_BLOB ? 0 : ERR_FIELD;
}

/* The value of a field that is one number. */
static int number_read(const struct field *f, uint32_t max, uint32_t *out) {
    struct reader in;
    reader_init(&in, f->value, f->size);
    *out = (uint32_t)reader_varint(&in, max);
    int err = reader_end(&in);
    return err == ERR_TRAILING || err == ERR_TRUNCATED ? ERR_FIELD : err;
}

int piece_decode(struct piece *out, const struct record *r) {
    struct reader in;
    struct field f = {0};
    size_t size, left = 0;
    bool has_index = false;
    int got, err = head_check(r);
    const uint8_t *content = record_content(r, &size);
    memset(out, 0, sizeof *out);
    if (err || !content) return err ? err : ERR_FIELD;
    out->blob = r->refs[0].id;
    reader_init(&in, content, size);
    while ((got = fields_next(&in, f.tag, &f)) > 0) {
        switch (f.tag) {
        case TAG_SIZE: err = number_read(&f, PIECE_FILE_MAX, &out->size_bytes); break;
        case TAG_INDEX:
            err = number_read(&f, PIECES_MAX - 1, &out->index);
            has_index = true;
            break;
        case TAG_BYTES:
            out->bytes = f.value;
            left = f.size;
            break;
        default:
            if (f.tag < FIELDS_OPTIONAL) err = ERR_UNSUPPORTED;
        }
        if (err) return err;
    }
    if (got < 0) return got;
    if (out->size_bytes == 0 || !has_index || !out->bytes) return ERR_FIELD;
    if (out->index >= piece_count(out->size_bytes)) return ERR_LIMIT;
    return left == piece_size(out->size_bytes, out->index) ? 0 : ERR_FIELD;
}

int piece_check(const struct record *r) {
    struct piece piece;
    return r->body ? piece_decode(&piece, r) : head_check(r);
}

static void number_put(struct writer *w, uint32_t tag, uint32_t number) {
    uint8_t value[VARINT_SIZE_MAX];
    struct writer one;
    writer_init(&one, value, sizeof value);
    writer_varint(&one, number);
    fields_put(w, tag, value, one.at);
}

int piece_make(struct author *a, const struct piece *piece, uint64_t created, const uint8_t salt[RECORD_SALT_SIZE],
               uint8_t room[RECORD_SIZE_MAX], struct record *out) {
    uint8_t content[CONTENT_HEAD_MAX + PIECE_SIZE];
    struct record_ref blob = {.type = REF_BLOB};
    struct writer w;
    if (a->charter->access == CHARTER_OPEN) return ERR_CHARTER;
    if (piece->index >= piece_count(piece->size_bytes)) return ERR_LIMIT;
    memcpy(blob.id, piece->blob, HASH_SIZE);
    writer_init(&w, content, sizeof content);
    number_put(&w, TAG_SIZE, piece->size_bytes);
    number_put(&w, TAG_INDEX, piece->index);
    fields_put(&w, TAG_BYTES, piece->bytes, piece_size(piece->size_bytes, piece->index));
    if (w.err) return w.err;
    struct author_other other = {.kind = KIND_PIECE,
                                 .refs = &blob,
                                 .ref_count = 1,
                                 .urgency = URGENCY_BULK,
                                 .content = content,
                                 .content_size = w.at};
    const uint64_t next = a->next;
    uint8_t last[HASH_SIZE];
    memcpy(last, a->last, HASH_SIZE);
    int size = author_other(a, &other, created, salt, room, out);
    a->next = next;
    memcpy(a->last, last, HASH_SIZE);
    return size;
}
