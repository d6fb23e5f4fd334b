/*
 * pouch_sample_util.c: stores with random content.
 */
#include "test/carrier/pouch_sample_util.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/blob.h"
#include "core/check.h"

#define COMMUNITIES 2
#define AUTHORS 3
#define BLOB_CHUNKS 3

static uint8_t bytes[RECORD_SIZE_MAX];

static void put(struct store *store, const struct record *r) {
    int size = record_encode(r, bytes, sizeof bytes);
    CHECK(size > 0);
    int put = store_put(store, r, bytes, (size_t)size, SAMPLE_NOW);
    CHECK(put >= 0);
}

static void blob_put(struct rng *g, struct store *store, struct sample_record *r, const struct sample_community *in,
                     const struct member *author) {
    static uint8_t data[BLOB_CHUNKS * BLOB_CHUNK_SIZE], nodes[2 * BLOB_CHUNKS + 2][HASH_SIZE];
    uint8_t proof[BLOB_PROOF_MAX], salt[RECORD_SALT_SIZE] = {0};
    struct text text = {.text = "photo", .size = 5, .attachment_count = 1};
    struct attachment *a = &text.attachments[0];
    a->size_bytes = 1 + rng_below(g, sizeof data);
    rng_bytes(g, data, (size_t)a->size_bytes);
    uint32_t count = blob_chunk_count(a->size_bytes);
    for (uint32_t i = 0; i < count; i++)
        blob_leaf(nodes[i], data + (size_t)i * BLOB_CHUNK_SIZE, blob_chunk_size(a->size_bytes, i));
    blob_tree(a->blob, nodes, count, a->size_bytes);
    do sample_record(g, r, in, author, 10);
    while (r->record.created > SAMPLE_NOW);
    int size = text_body(&text, salt, r->body, sizeof r->body);
    CHECK(size > 0);
    r->record.kind = KIND_TEXT;
    r->record.body_size = (size_t)size;
    r->record.ref_count = 1;
    r->record.refs[0].type = REF_BLOB;
    memcpy(r->record.refs[0].id, a->blob, HASH_SIZE);
    int err = record_sign(&r->record, author->secret);
    CHECK(err == 0);
    put(store, &r->record);
    for (uint32_t i = 0; i < count; i++) {
        size_t proof_size = (size_t)blob_proof(proof, nodes, count, i) * HASH_SIZE;
        err = store_chunk_put(store, a->blob, a->size_bytes, i, proof, proof_size, data + (size_t)i * BLOB_CHUNK_SIZE,
                              blob_chunk_size(a->size_bytes, i), SAMPLE_NOW);
        CHECK(err >= 0);
    }
}

/* Take back a record, by its author. */
static void retract(struct rng *g, struct store *store, const struct record *target, const struct member *author) {
    static uint8_t body[RECORD_SALT_SIZE];
    struct record r = *target;
    rng_bytes(g, body, sizeof body);
    r.kind = KIND_RETRACTION;
    r.ref_count = 1;
    r.refs[0].type = REF_TARGET;
    memcpy(r.refs[0].id, target->id, HASH_SIZE);
    r.body = body;
    r.body_size = sizeof body;
    int err = record_sign(&r, author->secret);
    CHECK(err == 0);
    put(store, &r);
}

void pouch_sample_fill(struct rng *g, struct store *store, size_t records, size_t content_max, size_t blobs) {
    static struct sample_community in[COMMUNITIES];
    static struct sample_record r;
    struct member authors[AUTHORS];
    for (size_t i = 0; i < COMMUNITIES; i++) {
        sample_found(g, &in[i]);
        int new = store_community_put(store, &in[i].record, true);
        CHECK(new == 1);
    }
    for (size_t i = 0; i < AUTHORS; i++) sample_member(g, &authors[i]);
    for (size_t i = 0; i < records; i++) {
        size_t author = (size_t)rng_below(g, AUTHORS), community = (size_t)rng_below(g, COMMUNITIES);
        do sample_record(g, &r, &in[community], &authors[author], content_max);
        while (r.record.created > SAMPLE_NOW || r.record.kind == KIND_RETRACTION);
        put(store, &r.record);
        if (rng_one_in(g, 10)) retract(g, store, &r.record, &authors[author]);
    }
    for (size_t i = 0; i < blobs; i++) blob_put(g, store, &r, &in[i % COMMUNITIES], &authors[i % AUTHORS]);
}

int pouch_sample_file(const uint8_t *data, size_t size) {
    int fd = memfd_create("pouch", MFD_CLOEXEC);
    CHECK(fd >= 0);
    while (size > 0) {
        ssize_t put_size = write(fd, data, size);
        CHECK(put_size > 0);
        data += put_size;
        size -= (size_t)put_size;
    }
    return fd;
}

int pouch_sample_pack(struct store *store, uint64_t max_bytes, struct pouch_packed *packed, int *fd) {
    struct pouch_access access = {.store = store};
    struct pouch_pack what = {.max_bytes = max_bytes, .now = SAMPLE_NOW};
    *fd = pouch_sample_file(NULL, 0);
    return pouch_file_pack(&access, *fd, &what, packed);
}
