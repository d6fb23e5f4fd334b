/*
 * compose.c: write new records.
 */
#include "node/compose.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "closed/closed.h"
#include "core/blob.h"
#include "core/check.h"
#include "core/crypto.h"
#include "core/persons.h"
#include "core/piece.h"
#include "core/report.h"
#include "node/persons_apart.h"

/* Chunks of a blob that go into one transaction. */
#define BLOB_BATCH 64

/* In a closed group, have a key for what is written next. Guests never write there. */
static int closed_prepare(struct home *home, const struct charter *charter, bool guest) {
    struct closed *closed;
    if (charter->access == CHARTER_OPEN) return 0;
    if (guest) return ERR_COMMUNITY;
    int err = home_closed(home, &closed);
    return err ? err : closed_ready(closed, charter->community, home_when(home));
}

/* Store a record: in a closed group also sealed, for the others. */
static int record_put(struct home *home, const struct composed *one, uint64_t seen) {
    struct closed *closed;
    int err = home_closed(home, &closed);
    if (err) return err;
    if (closed_has(closed, one->record.community))
        return closed_put(closed, &one->record, one->bytes, one->size, home_when(home));
    const struct store_source from = {.class = one->guest ? BUDGET_STRANGER : BUDGET_OWN, .guest = one->guest};
    int put = store_put_from(home->store, &one->record, one->bytes, one->size, seen, &from);
    return put < 0 ? put : 0;
}

int compose_open(struct home *home, const uint8_t community[HASH_SIZE], bool guest, struct composer *out) {
    struct store_community *known = malloc(sizeof *known);
    if (!known) return ERR_MEMORY;
    int err = store_community_get(home->store, community, home_when(home).now, known);
    if (!err && !known->joined) err = ERR_COMMUNITY;
    if (!err && known->newer_rules) err = ERR_KIND;
    if (err == ERR_NOT_FOUND) err = ERR_COMMUNITY;
    if (!err) err = closed_prepare(home, &known->charter, guest);
    if (!err) {
        out->charter = known->charter;
        out->guest = guest;
        out->salts_left = 0;
        out->author.charter = &out->charter;
        out->author.stamps = false;
        home_member(home, &out->charter, guest, &out->author.member);
        err = store_own_get(home->store, out->author.member.key, &out->author.next, out->author.last);
    }
    free(known);
    return err;
}

void compose_close(struct composer *c) {
    crypto_wipe(&c->author.member, sizeof c->author.member);
}

/* Random bytes from the system come many at a time: a call for each record would cost a tenth of its signature. */
static void salt_take(struct composer *c, uint8_t salt[RECORD_SALT_SIZE]) {
    if (c->salts_left == 0) {
        randombytes_buf(c->salts, sizeof c->salts);
        c->salts_left = COMPOSE_SALTS;
    }
    memcpy(salt, c->salts[--c->salts_left], RECORD_SALT_SIZE);
}

int compose_sign(struct composer *c, const struct compose_text *in, uint64_t now, uint8_t room[RECORD_SIZE_MAX],
                 struct record *out) {
    struct text text = {.text = in->text,
                        .size = in->size,
                        .guest = c->guest,
                        .attachment_count = in->attachment_count,
                        .ground = in->ground,
                        .forwarded = in->forwarded,
                        .forwarded_size = in->forwarded_size,
                        .corrects = in->corrects};
    uint8_t salt[RECORD_SALT_SIZE];
    if (in->attachment_count > TEXT_ATTACHMENTS_MAX) return ERR_LIMIT;
    for (unsigned i = 0; i < in->attachment_count; i++) text.attachments[i] = in->attachments[i];
    size_t place_size = in->place ? strlen(in->place) : 0;
    if (place_size > TEXT_PLACE_MAX) return ERR_LIMIT;
    if (place_size > 0) memcpy(text.place, in->place, place_size);
    salt_take(c, salt);
    c->author.charter = &c->charter; /* a composer may be copied */
    return author_text(&c->author, &text, (uint8_t)in->urgency, in->reply, in->created ? in->created : now, salt, room,
                       out);
}

int compose_put_within(struct home *home, const struct composed *batch, size_t count, uint64_t seen) {
    uint8_t last[HASH_SIZE];
    uint64_t next = 0;
    if (count == 0) return 0;
    const struct record *first = &batch[0].record, *end = &batch[count - 1].record;
    int err = store_own_get(home->store, first->author, &next, last);
    if (!err && (next != first->seq || (next > 0 && memcmp(last, first->prev, PREV_SIZE) != 0))) err = ERR_BUSY;
    for (size_t i = 0; i < count && !err; i++) err = record_put(home, &batch[i], seen);
    if (err || end->kind == KIND_LETTER) return err; /* it stands beside the sequence (core/letter.h) */
    return store_own_set(home->store, first->author, end->seq + 1, end->id);
}

int compose_put(struct home *home, const struct composed *batch, size_t count, uint64_t seen) {
    int err = store_begin(home->store);
    if (err) return err;
    err = compose_put_within(home, batch, count, seen);
    if (!err) err = store_commit(home->store);
    if (err) store_rollback(home->store);
    return err;
}

/* Store one record that c has just signed. */
static int put_one(struct home *home, const struct record *r, const uint8_t *bytes, int size, bool guest,
                   uint8_t id[HASH_SIZE]) {
    struct composed one = {.record = *r, .bytes = bytes, .size = (size_t)size, .guest = guest};
    int err = compose_put(home, &one, 1, home_when(home).now);
    memcpy(id, r->id, HASH_SIZE);
    return err;
}

static int reply_check(struct home *home, const uint8_t id[HASH_SIZE], const uint8_t community[HASH_SIZE]) {
    struct store_record found;
    uint8_t *room = malloc(RECORD_SIZE_MAX);
    if (!room) return ERR_MEMORY;
    int err = store_get(home->store, id, room, &found);
    if (!err && memcmp(found.record.community, community, HASH_SIZE) != 0) err = ERR_NOT_FOUND;
    if (!err && found.record.kind == KIND_LETTER) err = ERR_USAGE;
    free(room);
    return err;
}

/* ---- Files in closed groups ---- */

int compose_file_max(struct home *home, const uint8_t community[HASH_SIZE], uint64_t *size_bytes) {
    struct closed *closed;
    int err = home_closed(home, &closed);
    *size_bytes = !err && closed_has(closed, community) ? PIECE_FILE_MAX : BLOB_SIZE_MAX;
    return err;
}

/* What a file is read out of the store with. */
struct slicing {
    struct store_chunk chunk;
    uint32_t have; /* which chunk that is; UINT32_MAX: none */
    uint8_t bytes[PIECE_SIZE], room[RECORD_SIZE_MAX];
};

/* Have the bytes of a piece in s->bytes. */
static int slice_read(struct home *home, struct slicing *s, const struct piece *p) {
    uint32_t size = piece_size(p->size_bytes, p->index), from = p->index * PIECE_SIZE;
    for (uint32_t done = 0; done < size;) {
        uint32_t which = (from + done) / BLOB_CHUNK_SIZE, at = (from + done) % BLOB_CHUNK_SIZE;
        if (which != s->have) {
            int err = store_chunk_get(home->store, p->blob, which, &s->chunk);
            if (err) return err == ERR_NOT_FOUND ? ERR_DAMAGED : err;
            s->have = which;
        }
        if (s->chunk.data_size <= at) return ERR_DAMAGED;
        uint32_t part = (uint32_t)s->chunk.data_size - at;
        if (part > size - done) part = size - done;
        memcpy(s->bytes + done, s->chunk.data + at, part);
        done += part;
    }
    return 0;
}

static int file_put(struct home *home, struct composer *c, const struct attachment *a, struct slicing *s,
                    uint64_t created) {
    struct closed *closed;
    struct record r;
    uint8_t salt[RECORD_SALT_SIZE];
    uint32_t count = piece_count(a->size_bytes);
    int err = count == 0 ? ERR_LIMIT : home_closed(home, &closed);
    s->have = UINT32_MAX;
    for (uint32_t i = 0; i < count && !err; i++) {
        struct piece p = {.blob = a->blob, .size_bytes = (uint32_t)a->size_bytes, .index = i, .bytes = s->bytes};
        err = slice_read(home, s, &p);
        salt_take(c, salt);
        int size = err ? err : piece_make(&c->author, &p, created, salt, s->room, &r);
        err = size < 0 ? size : closed_put(closed, &r, s->room, (size_t)size, home_when(home));
    }
    return err;
}

/* Sign and send the files of a message, piece by piece. Within a transaction. */
static int files_put(struct home *home, struct composer *c, const struct compose_text *in) {
    struct slicing *s = malloc(sizeof *s);
    int err = s ? 0 : ERR_MEMORY;
    for (unsigned i = 0; i < in->attachment_count && !err; i++) {
        bool twice = false;
        for (unsigned k = 0; k < i; k++)
            twice = twice || memcmp(in->attachments[k].blob, in->attachments[i].blob, HASH_SIZE) == 0;
        if (!twice) err = file_put(home, c, &in->attachments[i], s, in->created ? in->created : home_when(home).now);
    }
    free(s);
    return err;
}

/* A message and, before it, its files: all of it, or nothing. */
static int text_with_files(struct home *home, struct composer *c, const struct compose_text *in, uint8_t *room,
                           struct record *r) {
    int err = store_begin(home->store);
    if (err) return err;
    err = files_put(home, c, in);
    int size = err ? err : compose_sign(c, in, home_when(home).now, room, r);
    struct composed one = {.bytes = room, .size = size < 0 ? 0 : (size_t)size, .guest = c->guest};
    if (size > 0) one.record = *r;
    err = size < 0 ? size : compose_put_within(home, &one, 1, home_when(home).now);
    if (!err) err = store_commit(home->store);
    if (err) store_rollback(home->store);
    return err;
}

/* What is passed on shows its author's key and community, and its words: nothing of a closed community leaves it so. */
static int forward_check(struct home *home, const uint8_t *bytes, size_t size) {
    struct record r;
    struct closed *closed;
    int err = record_decode(&r, bytes, size);
    if (!err) err = home_closed(home, &closed);
    return err ? err : closed_has(closed, r.community) ? ERR_UNSUPPORTED : 0;
}

int compose_text(struct home *home, const struct compose_text *in, uint8_t id[HASH_SIZE]) {
    struct composer c;
    struct record r;
    int err = in->reply ? reply_check(home, in->reply, in->community) : 0;
    if (!err && in->forwarded) err = forward_check(home, in->forwarded, in->forwarded_size);
    if (err) return err;
    err = compose_open(home, in->community, in->guest, &c);
    if (err) return err;
    bool closed = c.charter.access != CHARTER_OPEN;
    c.author.stamps = true;
    uint8_t *room = malloc(RECORD_SIZE_MAX);
    if (!room) {
        err = ERR_MEMORY;
    } else if (closed && in->forwarded) {
        err = ERR_UNSUPPORTED;
    } else if (closed && in->attachment_count > 0) {
        err = text_with_files(home, &c, in, room, &r);
        if (!err) memcpy(id, r.id, HASH_SIZE);
    } else {
        int size = compose_sign(&c, in, home_when(home).now, room, &r);
        err = size < 0 ? size : put_one(home, &r, room, size, c.guest, id);
    }
    free(room);
    compose_close(&c);
    return err;
}

/* The first own message that a correction is about. *out borrows from room. */
static int corrected_find(struct home *home, const uint8_t id[HASH_SIZE], uint8_t room[RECORD_SIZE_MAX],
                          struct store_record *out) {
    int err = store_get(home->store, id, room, out);
    const uint8_t *first = err ? NULL : record_ref(&out->record, REF_CORRECTS);
    uint8_t other[HASH_SIZE];
    if (first) {
        memcpy(other, first, HASH_SIZE);
        err = store_get(home->store, other, room, out);
    }
    if (!err && (out->retracted || !out->record.body || out->record.kind != KIND_TEXT ||
                 record_ref(&out->record, REF_CORRECTS)))
        err = ERR_NOT_FOUND;
    return err;
}

int compose_correction(struct home *home, const uint8_t target[HASH_SIZE], const struct compose_text *in,
                       uint8_t id[HASH_SIZE]) {
    struct store_record found;
    struct composer c;
    struct compose_text text = *in;
    uint8_t first[HASH_SIZE], community[HASH_SIZE];
    uint8_t *room = malloc(RECORD_SIZE_MAX);
    if (!room) return ERR_MEMORY;
    int err = corrected_find(home, target, room, &found);
    if (!err) err = compose_open(home, found.record.community, false, &c);
    if (!err) {
        if (memcmp(c.author.member.key, found.record.author, KEY_SIZE) != 0) err = ERR_USAGE;
        compose_close(&c);
    }
    if (!err) {
        memcpy(first, found.record.id, HASH_SIZE);
        memcpy(community, found.record.community, HASH_SIZE);
        text.community = community;
        text.corrects = first;
        text.reply = NULL;
        text.created = 0;
        text.guest = false;
        text.urgency = found.record.urgency < URGENCY_URGENT ? found.record.urgency + 1 : URGENCY_URGENT;
        err = compose_text(home, &text, id);
    }
    free(room);
    return err;
}

/* ---- Taking back ---- */

static int retraction_put(struct home *home, struct composer *c, const struct record *target, uint8_t *room,
                          uint8_t id[HASH_SIZE]) {
    struct record r;
    uint8_t salt[RECORD_SALT_SIZE];
    salt_take(c, salt);
    int size = author_retraction(&c->author, target, home_when(home).now, salt, room, &r);
    return size < 0 ? size : put_one(home, &r, room, size, c->guest, id);
}

static int first_visit(void *context, const struct store_record *r) {
    struct record *out = context;
    *out = r->record;
    out->body = NULL;
    return 1;
}

/* Take back the corrections of an own message: each is gone from the list of what is visible then. */
static int corrections_take_back(struct home *home, struct composer *c, const struct record *first, uint8_t *room) {
    struct record one;
    uint8_t id[HASH_SIZE];
    int found;
    while ((found = store_corrections(home->store, first->id, first->author, TIME_MAX, first_visit, &one)) > 0) {
        int err = retraction_put(home, c, &one, room, id);
        if (err) return err;
    }
    return found;
}

int compose_retraction(struct home *home, const uint8_t target[HASH_SIZE], uint8_t id[HASH_SIZE]) {
    struct store_record found;
    struct composer c;
    uint8_t *room = malloc(RECORD_SIZE_MAX);
    if (!room) return ERR_MEMORY;
    int err = store_get(home->store, target, room, &found);
    if (err) goto err0;
    err = compose_open(home, found.record.community, false, &c);
    if (err) goto err0;
    if (found.record.kind == KIND_LETTER) {
        err = ERR_UNSUPPORTED; /* all members would see by its target that there was one */
        goto err1;
    }
    if (memcmp(c.author.member.key, found.record.author, KEY_SIZE) != 0 || !KIND_CAN_GO(found.record.kind)) {
        err = ERR_USAGE;
        goto err1;
    }
    struct record original = found.record;
    err = corrections_take_back(home, &c, &original, room);
    if (!err) err = retraction_put(home, &c, &original, room, id);
    if (!err && person_is_kind(original.kind)) err = persons_apart_sweep(home->store);
err1:
    compose_close(&c);
err0:
    free(room);
    return err;
}

int compose_made(struct home *home, const uint8_t community[HASH_SIZE], bool guest, compose_make make, void *context,
                 struct record *out) {
    struct composer c;
    uint8_t salt[RECORD_SALT_SIZE], id[HASH_SIZE];
    int err = compose_open(home, community, guest, &c);
    if (err) return err;
    uint8_t *room = malloc(RECORD_SIZE_MAX);
    c.author.charter = &c.charter;
    salt_take(&c, salt);
    int size = room ? make(context, &c.author, salt, room, out) : ERR_MEMORY;
    err = size < 0 ? size : put_one(home, out, room, size, guest, id);
    out->body = NULL;
    compose_close(&c);
    free(room);
    return err;
}

int compose_community(struct home *home, const struct compose_community *in, uint8_t id[HASH_SIZE]) {
    struct charter charter = {.access = in->closed ? CHARTER_CLOSED : CHARTER_OPEN, .write = CHARTER_WRITE_ANYONE};
    struct closed *closed;
    struct record record;
    uint8_t body[CHARTER_BODY_MAX], salt[RECORD_SALT_SIZE];
    size_t title_size = strlen(in->title), lang_size = strlen(in->lang);
    if (title_size > CHARTER_TITLE_MAX) return ERR_LIMIT;
    if (lang_size > CHARTER_LANG_MAX) return ERR_FIELD;
    memcpy(charter.title, in->title, title_size);
    memcpy(charter.lang, in->lang, lang_size);
    charter.keep_days = in->keep_days ? in->keep_days : in->closed ? COMPOSE_KEEP_DAYS_CLOSED : COMPOSE_KEEP_DAYS;
    if (in->closed && in->history) charter.history = CHARTER_HISTORY_KEPT;
    randombytes_buf(charter.nonce, sizeof charter.nonce);
    randombytes_buf(salt, sizeof salt);
    int err = charter_found(&charter, &record, body, home->seed, salt, home_when(home).now);
    if (err) return err;
    int put = store_community_put(home->store, &record, true);
    memcpy(id, record.id, HASH_SIZE);
    if (put < 0 || !in->closed) return put < 0 ? put : 0;
    err = home_closed(home, &closed);
    return err ? err : closed_found(closed, id, home_when(home));
}

/* What a blob is made of: a file, or bytes in memory if there are any. */
struct source {
    const uint8_t *bytes;
    int fd;
};

/* Read a whole chunk at its place. */
static int chunk_read(const struct source *from, uint64_t size_bytes, uint32_t index, uint8_t *chunk,
                      size_t *chunk_size) {
    size_t size = blob_chunk_size(size_bytes, index), at = 0;
    if (from->bytes) {
        memcpy(chunk, from->bytes + (size_t)index * BLOB_CHUNK_SIZE, size);
        at = size;
    }
    while (at < size) {
        ssize_t got = pread(from->fd, chunk + at, size - at, (off_t)((uint64_t)index * BLOB_CHUNK_SIZE + at));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return ERR_IO; /* 0: the file shrank while it was read */
        at += (size_t)got;
    }
    *chunk_size = size;
    return 0;
}

/* Store the chunks from first up to end in one transaction. */
static int chunks_store(struct home *home, const struct source *from, const struct attachment *a,
                        uint8_t (*nodes)[HASH_SIZE], uint8_t *chunk, uint32_t first, uint32_t end) {
    uint8_t proof[BLOB_PROOF_MAX];
    uint32_t count = blob_chunk_count(a->size_bytes);
    uint64_t now = home_when(home).now;
    int err = store_begin(home->store);
    for (uint32_t i = first; i < end && !err; i++) {
        size_t size = 0, proof_size = blob_proof(proof, nodes, count, i) * (size_t)HASH_SIZE;
        err = chunk_read(from, a->size_bytes, i, chunk, &size);
        if (!err) /* the file may have changed since its tree was built */
            err = blob_check(a->blob, a->size_bytes, i, proof, proof_size, chunk, size);
        int put =
            err ? err : store_chunk_put(home->store, a->blob, a->size_bytes, i, proof, proof_size, chunk, size, now);
        err = put < 0 ? put : 0;
    }
    if (!err) err = store_commit(home->store);
    if (err) store_rollback(home->store);
    return err;
}

static int blob_store(struct home *home, const struct source *from, uint64_t size_bytes, struct attachment *out) {
    memset(out, 0, sizeof *out);
    out->size_bytes = size_bytes;
    uint32_t count = blob_chunk_count(out->size_bytes);
    if (count == 0) return ERR_LIMIT;
    uint8_t(*nodes)[HASH_SIZE] = calloc(blob_tree_size(count), HASH_SIZE);
    uint8_t *chunk = malloc(BLOB_CHUNK_SIZE);
    int err = nodes && chunk ? 0 : ERR_MEMORY;
    for (uint32_t i = 0; i < count && !err; i++) {
        size_t size = 0;
        err = chunk_read(from, out->size_bytes, i, chunk, &size);
        if (!err) blob_leaf(nodes[i], chunk, size);
    }
    if (!err) blob_tree(out->blob, nodes, count, out->size_bytes);
    for (uint32_t i = 0; i < count && !err; i += BLOB_BATCH) {
        home_enter(home);
        err = chunks_store(home, from, out, nodes, chunk, i, count - i < BLOB_BATCH ? count : i + BLOB_BATCH);
        home_leave(home);
    }
    free(chunk);
    free(nodes);
    return err;
}

int compose_blob(struct home *home, int fd, struct attachment *out) {
    struct source from = {.fd = fd};
    off_t end = lseek(fd, 0, SEEK_END);
    return end < 0 ? ERR_IO : blob_store(home, &from, (uint64_t)end, out);
}

int compose_blob_bytes(struct home *home, const uint8_t *bytes, size_t size, struct attachment *out) {
    struct source from = {.bytes = bytes, .fd = -1};
    return blob_store(home, &from, size, out);
}
