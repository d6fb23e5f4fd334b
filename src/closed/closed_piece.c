/*
 * closed_piece.c: files come together (core/piece.h).
 *
 * The sealed pieces stay where they are carried anyway, in the pool. Here is only noted which of them make up which
 * file, a *basket* for each author and file: so a member who sends false pieces spoils nobody's but their own. Once all
 * pieces are here and a message of the community refers to the file, they are opened again, and what they make is
 * stored as a blob if its id is right.
 */
#include <stdlib.h>
#include <string.h>

#include "closed/closed_internal.h"
#include "core/blob.h"
#include "core/bytes.h"
#include "core/crypto.h"
#include "core/when.h"

static const uint8_t none[HASH_SIZE];

static bool slot_is_free(const struct basket *b, uint32_t index) {
    return memcmp(b->ids[index], none, HASH_SIZE) == 0;
}

static void slot_clear(struct basket *b, uint32_t index) {
    memset(b->ids[index], 0, HASH_SIZE);
    b->held--;
    b->changed = true;
}

/* The last one takes its place. */
static void basket_drop(struct group *g, unsigned place) {
    free(g->baskets[place].ids);
    g->baskets[place] = g->baskets[--g->basket_count];
    g->baskets[place].changed = true;
}

/* Of whoever has the most, the one that goes first. */
static unsigned basket_worst(const struct group *g) {
    unsigned worst = 0, most = 0;
    for (unsigned i = 0; i < g->basket_count; i++) {
        unsigned count = 0;
        for (unsigned k = 0; k < g->basket_count; k++)
            count += memcmp(g->baskets[i].author, g->baskets[k].author, KEY_SIZE) == 0;
        if (count > most || (count == most && g->baskets[i].expiry_day < g->baskets[worst].expiry_day)) {
            worst = i;
            most = count;
        }
    }
    return worst;
}

static struct basket *basket_add(struct group *g, const uint8_t author[KEY_SIZE], const uint8_t blob[HASH_SIZE],
                                 uint32_t size_bytes) {
    if (g->basket_count == CLOSED_BASKETS_MAX) basket_drop(g, basket_worst(g));
    if (g->basket_count == g->basket_room) {
        unsigned room = g->basket_room ? 2 * g->basket_room : 8;
        void *more = realloc(g->baskets, room * sizeof *g->baskets);
        if (!more) return NULL;
        g->baskets = more;
        g->basket_room = room;
    }
    struct basket *b = &g->baskets[g->basket_count];
    *b = (struct basket){.size_bytes = size_bytes, .count = piece_count(size_bytes)};
    memcpy(b->author, author, KEY_SIZE);
    memcpy(b->blob, blob, HASH_SIZE);
    b->ids = calloc(b->count, HASH_SIZE);
    if (!b->ids) return NULL;
    g->basket_count++;
    return b;
}

int basket_put(struct closed *c, struct group *g, const uint8_t author[KEY_SIZE], const struct piece *p,
               const struct record *outer) {
    struct basket *b = NULL;
    for (unsigned i = 0; i < g->basket_count && !b; i++) {
        struct basket *one = &g->baskets[i];
        if (one->size_bytes == p->size_bytes && memcmp(one->author, author, KEY_SIZE) == 0 &&
            memcmp(one->blob, p->blob, HASH_SIZE) == 0)
            b = one;
    }
    if (!b) b = basket_add(g, author, p->blob, p->size_bytes);
    if (!b) return ERR_MEMORY;
    if (!slot_is_free(b, p->index)) {
        /* Another copy of it counts if the one that was here is not any more. */
        int has = store_has(c->host.store, b->ids[p->index]);
        if (has < 0 || has == STORE_HELD) return has < 0 ? has : 0;
        slot_clear(b, p->index);
    }
    memcpy(b->ids[p->index], outer->id, HASH_SIZE);
    b->held++;
    b->changed = true;
    if (outer->expiry_day > b->expiry_day) b->expiry_day = outer->expiry_day;
    if (b->held == b->count) g->baskets_due = true;
    return 0;
}

int file_is_whole(struct closed *c, const uint8_t blob[HASH_SIZE]) {
    uint64_t size_bytes;
    uint32_t held;
    int err = store_blob_get(c->host.store, blob, &size_bytes, &held);
    if (err) return err == ERR_NOT_FOUND ? 0 : err;
    return held == blob_chunk_count(size_bytes);
}

/* ---- Coming together ---- */

/* Open a piece again and copy its bytes to their place. Return 1, 0 (it is not what it was), or an error. */
static int piece_read(struct closed *c, const struct group *g, const struct basket *b, uint32_t index, uint8_t *out) {
    struct store_record found;
    struct record inner;
    struct piece p;
    uint8_t type = 0;
    const uint8_t *content = NULL;
    int size = ERR_SEAL, err = store_get(c->host.store, b->ids[index], c->room, &found);
    if (err) return err == ERR_NOT_FOUND ? 0 : err;
    if (found.record.form != RECORD_FORM_SEALED) return 0;
    for (unsigned i = g->epoch_count; i-- > 0 && size == ERR_SEAL;)
        size = shelf_open(&found.record, g->epochs[i].key, c->plain, &type, &content);
    if (size < 0 || type != SHELF_RECORD) return 0;
    if (shelf_unpack(content, (size_t)size, g->charter.community, c->inner, &inner) || piece_decode(&p, &inner))
        return 0;
    if (p.size_bytes != b->size_bytes || p.index != index || memcmp(p.blob, b->blob, HASH_SIZE) != 0 ||
        memcmp(inner.author, b->author, KEY_SIZE) != 0)
        return 0;
    memcpy(out + (size_t)index * PIECE_SIZE, p.bytes, piece_size(p.size_bytes, index));
    return 1;
}

/* Store what the pieces made, if it is the file. Return 1, 0 (it is not), or an error. */
static int bytes_store(struct closed *c, const struct basket *b, const uint8_t *bytes, struct when when) {
    uint8_t id[HASH_SIZE], proof[BLOB_PROOF_MAX];
    uint32_t count = blob_chunk_count(b->size_bytes);
    uint8_t(*nodes)[HASH_SIZE] = calloc(blob_tree_size(count), HASH_SIZE);
    if (!nodes) return ERR_MEMORY;
    for (uint32_t i = 0; i < count; i++)
        blob_leaf(nodes[i], bytes + (size_t)i * BLOB_CHUNK_SIZE, blob_chunk_size(b->size_bytes, i));
    blob_tree(id, nodes, count, b->size_bytes);
    bool is_it = memcmp(id, b->blob, HASH_SIZE) == 0;
    int put = 0;
    for (uint32_t i = 0; i < count && is_it && put >= 0; i++) {
        size_t proof_size = blob_proof(proof, nodes, count, i) * (size_t)HASH_SIZE;
        put = store_chunk_put(c->host.store, id, b->size_bytes, i, proof, proof_size,
                              bytes + (size_t)i * BLOB_CHUNK_SIZE, blob_chunk_size(b->size_bytes, i), when.now);
    }
    free(nodes);
    /* Another size under this id is none of this file: ERR_FIELD. */
    return put == ERR_FIELD ? 0 : put < 0 ? put : is_it;
}

/* Return 1 if the basket has done its work, whatever came of it; 0: pieces have gone meanwhile; or an error. */
static int basket_join(struct closed *c, const struct group *g, struct basket *b, struct when when) {
    uint8_t *bytes = malloc(b->size_bytes);
    int err = bytes ? 0 : ERR_MEMORY;
    for (uint32_t i = 0; i < b->count && !err; i++) {
        int got = piece_read(c, g, b, i, bytes);
        if (got == 0) slot_clear(b, i);
        err = got < 0 ? got : 0;
    }
    bool whole = b->held == b->count;
    if (!err && whole) {
        int stored = bytes_store(c, b, bytes, when);
        err = stored < 0 ? stored : 0;
    }
    if (bytes) crypto_wipe(bytes, b->size_bytes);
    free(bytes);
    return err ? err : whole;
}

int baskets_join(struct closed *c, struct group *g, struct when when) {
    if (!g->baskets_due) return 0;
    g->baskets_due = false;
    for (unsigned i = g->basket_count; i-- > 0;) {
        struct basket *b = &g->baskets[i];
        int done = file_is_whole(c, b->blob);
        if (done == 0 && b->held == b->count) {
            done = store_blob_is_of(c->host.store, g->charter.community, b->blob);
            if (done > 0) done = basket_join(c, g, b, when);
        }
        if (done < 0) return done;
        if (done > 0) basket_drop(g, i);
    }
    return 0;
}

void baskets_expire(struct group *g, struct when when) {
    if (!when.confirmed) return;
    for (unsigned i = g->basket_count; i-- > 0;)
        if (g->baskets[i].expiry_day + EXPIRY_GRACE_DAYS < when_day(when.now)) basket_drop(g, i);
}

/* ---- What is kept ---- */

static int basket_load(struct closed *c, struct group *g, long number) {
    char name[STORE_NAME_MAX + 1];
    struct reader in;
    uint8_t author[KEY_SIZE], blob[HASH_SIZE];
    uint8_t *bytes = malloc(BASKET_BYTES_MAX);
    if (!bytes) return ERR_MEMORY;
    state_name(name, 'f', g, number);
    int got = store_meta_get(c->host.store, name, bytes, BASKET_BYTES_MAX), err = got < 0 ? got : 0;
    if (!err) {
        reader_init(&in, bytes, (size_t)got);
        reader_copy(&in, author, KEY_SIZE);
        reader_copy(&in, blob, HASH_SIZE);
        uint32_t size_bytes = (uint32_t)reader_varint(&in, PIECE_FILE_MAX);
        uint32_t expiry_day = (uint32_t)reader_varint(&in, UINT32_MAX);
        if (in.err || size_bytes == 0 || reader_left(&in) != piece_count(size_bytes) * (size_t)HASH_SIZE ||
            g->basket_count == CLOSED_BASKETS_MAX) {
            err = ERR_DAMAGED;
        } else {
            struct basket *b = basket_add(g, author, blob, size_bytes);
            err = b ? 0 : ERR_MEMORY;
            for (uint32_t i = 0; b && i < b->count; i++) {
                reader_copy(&in, b->ids[i], HASH_SIZE);
                b->held += !slot_is_free(b, i);
            }
            if (b) b->expiry_day = expiry_day;
        }
    }
    free(bytes);
    return err;
}

int baskets_load(struct closed *c, struct group *g) {
    int err = 0;
    for (long i = 0; !err; i++) err = basket_load(c, g, i);
    if (err == ERR_NOT_FOUND) err = 0;
    g->baskets_saved = g->basket_count;
    g->baskets_due = g->basket_count > 0;
    return err;
}

int baskets_save(struct closed *c, struct group *g) {
    char name[STORE_NAME_MAX + 1];
    struct writer w;
    int err = 0;
    uint8_t *bytes = NULL;
    for (unsigned i = 0; i < g->basket_count && !err; i++) {
        const struct basket *b = &g->baskets[i];
        if (!b->changed) continue;
        if (!bytes) bytes = malloc(BASKET_BYTES_MAX);
        if (!bytes) return ERR_MEMORY;
        writer_init(&w, bytes, BASKET_BYTES_MAX);
        writer_bytes(&w, b->author, KEY_SIZE);
        writer_bytes(&w, b->blob, HASH_SIZE);
        writer_varint(&w, b->size_bytes);
        writer_varint(&w, b->expiry_day);
        writer_bytes(&w, b->ids[0], b->count * (size_t)HASH_SIZE);
        state_name(name, 'f', g, (long)i);
        err = w.err ? w.err : store_meta_set(c->host.store, name, bytes, w.at);
    }
    free(bytes);
    for (unsigned i = g->basket_count; i < g->baskets_saved && !err; i++) {
        state_name(name, 'f', g, (long)i);
        err = store_meta_set(c->host.store, name, NULL, 0);
    }
    return err;
}

void baskets_are_saved(struct group *g) {
    for (unsigned i = 0; i < g->basket_count; i++) g->baskets[i].changed = false;
    g->baskets_saved = g->basket_count;
}

void baskets_free(struct group *g) {
    for (unsigned i = 0; i < g->basket_count; i++) free(g->baskets[i].ids);
    free(g->baskets);
}
