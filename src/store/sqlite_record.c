/*
 * sqlite_record.c: put, get and drop records, ghosts, own authors, pins.
 *
 * A record is found by a 63-bit SipHash of its id under a key of this store: half the size of the id in the index, and
 * nobody outside can make two ids collide. Its columns repeat what lists, expiry and retraction ask for; all else is in
 * the canonical bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "store/sqlite_internal.h"

#define COUNTED_OUT (FLAG_RETRACTED | FLAG_STUB)

/* What RECORD_STATE tells. */
struct state {
    int64_t num, created, order8, community;
    uint32_t expiry;
    int flags;
};

/* Return 1 and the state, 0 if the record is not here, or an error. */
static int state_get(struct sqlite_store *s, int64_t hash, struct state *out) {
    sqlite3_stmt *get = sqlite_statement(s, SQL_RECORD_STATE);
    sqlite3_bind_int64(get, 1, hash);
    int row = sqlite_row(s, get);
    if (row <= 0) return row;
    *out = (struct state){.num = sqlite3_column_int64(get, 0),
                          .flags = sqlite3_column_int(get, 1),
                          .created = sqlite3_column_int64(get, 2),
                          .order8 = sqlite3_column_int64(get, 3),
                          .expiry = (uint32_t)sqlite3_column_int64(get, 4),
                          .community = sqlite3_column_int64(get, 5)};
    sqlite3_reset(get);
    return 1;
}

int sqlite_record_read(struct sqlite_store *s, sqlite3_stmt *row, uint8_t *room, struct store_record *out) {
    const uint8_t *bytes = sqlite3_column_blob(row, 3);
    int size = sqlite3_column_bytes(row, 3), flags = sqlite3_column_int(row, 2);
    memset(out, 0, sizeof *out);
    out->num = sqlite3_column_int64(row, 0);
    out->seen = (uint64_t)sqlite3_column_int64(row, 1);
    out->retracted = flags & FLAG_RETRACTED;
    out->pinned = flags & FLAG_PINNED;
    int err = bytes && size <= RECORD_SIZE_MAX ? 0 : ERR_DAMAGED;
    if (!err && room) bytes = memcpy(room, bytes, (size_t)size);
    out->bytes = bytes;
    out->size = (size_t)size;
    if (!err) err = store_decode(&out->record, bytes, out->size, flags & FLAG_STUB);
    return err ? store_tell(&s->front, ERR_DAMAGED, "%s: %s (record %lld)", s->path, err_text(ERR_DAMAGED),
                            (long long)out->num)
               : 0;
}

static int read_one(struct sqlite_store *s, sqlite3_stmt *get, int64_t key, uint8_t *room, struct store_record *out) {
    sqlite3_bind_int64(get, 1, key);
    int row = sqlite_row(s, get);
    if (row <= 0) return row < 0 ? row : ERR_NOT_FOUND;
    int err = sqlite_record_read(s, get, room, out);
    sqlite3_reset(get);
    return err;
}

int sqlite_get(struct store *front, const uint8_t *id, uint8_t *room, struct store_record *out) {
    struct sqlite_store *s = sqlite_self(front);
    int err = read_one(s, sqlite_statement(s, SQL_RECORD_BY_HASH), sqlite_hash(s, id), room, out);
    return !err && memcmp(out->record.id, id, HASH_SIZE) != 0 ? ERR_NOT_FOUND : err;
}

int sqlite_get_num(struct store *front, int64_t num, uint8_t *room, struct store_record *out) {
    struct sqlite_store *s = sqlite_self(front);
    return read_one(s, sqlite_statement(s, SQL_RECORD_BY_NUM), num, room, out);
}

static int ghost_has(struct sqlite_store *s, int64_t hash) {
    if (!s->any_ghost) return 0;
    sqlite3_stmt *get = sqlite_statement(s, SQL_GHOST_GET);
    sqlite3_bind_int64(get, 1, hash);
    int row = sqlite_row(s, get);
    sqlite3_reset(get);
    return row;
}

int sqlite_has(struct store *front, const uint8_t *id) {
    struct sqlite_store *s = sqlite_self(front);
    struct state state;
    int64_t hash = sqlite_hash(s, id);
    int got = state_get(s, hash, &state);
    if (got < 0) return got;
    if (got > 0) return state.flags & FLAG_STUB ? STORE_STUB : STORE_HELD;
    got = ghost_has(s, hash);
    return got > 0 ? STORE_GHOST : got;
}

static int flags_set(struct sqlite_store *s, int64_t num, int flags) {
    sqlite3_stmt *set = sqlite_statement(s, SQL_RECORD_FLAGS);
    sqlite3_bind_int(set, 1, flags);
    sqlite3_bind_int64(set, 2, num);
    return sqlite_run(s, set);
}

/* Keep a record at least through this day. */
static int expiry_raise(struct sqlite_store *s, int64_t num, uint32_t expiry_day) {
    sqlite3_stmt *raise = sqlite_statement(s, SQL_RECORD_EXPIRY);
    sqlite3_bind_int64(raise, 1, expiry_day);
    sqlite3_bind_int64(raise, 2, num);
    return sqlite_run(s, raise);
}

/* Note that the body of a retracted record is to go, RETRACTED_BODY_SECONDS after since. */
static int due_add(struct sqlite_store *s, int64_t num, uint64_t since) {
    sqlite3_stmt *add = sqlite_statement(s, SQL_DUE_ADD);
    sqlite3_bind_int64(add, 1, num);
    sqlite3_bind_int64(add, 2, (int64_t)since);
    return sqlite_run(s, add);
}

/*
 * A record arrives that may have been taken back before: find the first retraction of it by its author. The retractions
 * live as long as it. Return 1 with *since, or 0.
 */
static int retractions_find(struct sqlite_store *s, const struct record *r, int64_t hash, int64_t community,
                            uint64_t *since) {
    int64_t nums[16];
    size_t count = 0;
    if (!s->any_retraction) return 0;
    sqlite3_stmt *find = sqlite_statement(s, SQL_RETRACTION_OF);
    sqlite3_bind_int64(find, 1, hash);
    sqlite3_bind_blob(find, 2, r->author, KEY_SIZE, SQLITE_STATIC);
    int row;
    while ((row = sqlite_row(s, find)) > 0 && count < sizeof nums / sizeof *nums) {
        if (sqlite3_column_int64(find, 2) != community) continue;
        if (count == 0) *since = (uint64_t)sqlite3_column_int64(find, 1);
        nums[count++] = sqlite3_column_int64(find, 0);
    }
    sqlite3_reset(find);
    for (size_t i = 0; i < count && row >= 0; i++) row = expiry_raise(s, nums[i], r->expiry_day);
    return row < 0 ? row : count > 0;
}

/* A retraction arrives: note it; hide its target if that is here and by the same author in the same community. */
static int retraction_apply(struct sqlite_store *s, const struct record *r, int64_t num, struct sqlite_community *c,
                            uint64_t seen) {
    struct store_record target;
    struct state state = {0};
    const uint8_t *id = store_retraction_target(r);
    int64_t hash = sqlite_hash(s, id);
    sqlite3_stmt *add = sqlite_statement(s, SQL_RETRACTION_ADD);
    sqlite3_bind_int64(add, 1, hash);
    sqlite3_bind_int64(add, 2, num);
    sqlite3_bind_blob(add, 3, r->author, KEY_SIZE, SQLITE_STATIC);
    int err = sqlite_run(s, add);
    s->any_retraction = true;
    int got = err ? err : state_get(s, hash, &state);
    if (got <= 0 || state.community != c->num) return got < 0 ? got : 0;
    err = sqlite_get(&s->front, id, s->room, &target);
    if (err || memcmp(target.record.author, r->author, KEY_SIZE) != 0) return err;
    err = expiry_raise(s, num, target.record.expiry_day);
    if (err || target.retracted) return err;
    err = flags_set(s, state.num, state.flags | FLAG_RETRACTED);
    if (!err && !(state.flags & FLAG_STUB)) err = due_add(s, state.num, seen);
    c->visible -= (state.flags & COUNTED_OUT) == 0;
    return err;
}

static int record_insert(struct sqlite_store *s, const struct record *r, const uint8_t *bytes, size_t size,
                         uint64_t seen, int64_t hash, int64_t community, int flags) {
    sqlite3_stmt *add = sqlite_statement(s, SQL_RECORD_ADD);
    sqlite3_bind_int64(add, 1, s->numbers.next);
    sqlite3_bind_int64(add, 2, hash);
    sqlite3_bind_int64(add, 3, community);
    sqlite3_bind_int64(add, 4, (int64_t)r->created);
    sqlite3_bind_int64(add, 5, sqlite_order8(r->id));
    sqlite3_bind_int64(add, 6, r->expiry_day);
    sqlite3_bind_int(add, 7, r->urgency);
    sqlite3_bind_int64(add, 8, r->kind);
    sqlite3_bind_int64(add, 9, (int64_t)seen);
    sqlite3_bind_int(add, 10, flags);
    sqlite3_bind_blob(add, 11, bytes, (int)size, SQLITE_STATIC);
    int err = sqlite_run(s, add);
    return err ? err : sqlite3_changes(s->db);
}

/* A record that is here: a stub that was not taken back may get its body. */
static int complete(struct sqlite_store *s, const struct record *r, const uint8_t *bytes, size_t size, int64_t hash,
                    struct sqlite_community *c) {
    struct state state;
    int got = state_get(s, hash, &state);
    if (got <= 0) return got;
    if (state.created != (int64_t)r->created || state.order8 != sqlite_order8(r->id))
        return ERR_LIMIT; /* two ids under one hash: once in the age of the universe, and then this one is refused */
    if (!(state.flags & FLAG_STUB) || (state.flags & FLAG_RETRACTED) || !r->body) return 0;
    sqlite3_stmt *set = sqlite_statement(s, SQL_RECORD_DATA);
    sqlite3_bind_blob(set, 1, bytes, (int)size, SQLITE_STATIC);
    sqlite3_bind_int(set, 2, state.flags & ~FLAG_STUB);
    sqlite3_bind_int64(set, 3, state.num);
    int err = sqlite_run(s, set);
    if (!err) err = sqlite_blob_ref(s, r, state.num);
    if (!err) err = sqlite_text_come(s, state.num, r);
    c->visible++;
    c->stubs--;
    return err ? err : 1;
}

/* Critical records of kinds that this version does not know are counted if a coordinator made them: then nothing more
 * is written here. */
static int newer_count(struct sqlite_store *s, const struct record *r, struct sqlite_community *c, int change) {
    if (!store_kind_is_newer(r->kind)) return 0;
    struct store_community *community = malloc(sizeof *community);
    int err = community ? sqlite_community_get(&s->front, c->id, 0, community) : ERR_MEMORY;
    if (!err && charter_is_coordinator(&community->charter, r->author)) c->newer += change;
    free(community);
    return err;
}

/* Write what hangs on a new record. */
static int hang_on(struct sqlite_store *s, const struct record *r, int64_t num, struct sqlite_community *c,
                   uint64_t seen) {
    const uint8_t *reply = record_ref(r, REF_REPLY);
    int err = 0;
    if (reply) {
        sqlite3_stmt *add = sqlite_statement(s, SQL_REPLY_ADD);
        sqlite3_bind_int64(add, 1, sqlite_hash(s, reply));
        sqlite3_bind_int64(add, 2, num);
        err = sqlite_run(s, add);
    }
    if (!err && r->body) err = sqlite_blob_ref(s, r, num);
    if (!err && store_retraction_target(r)) err = retraction_apply(s, r, num, c, seen);
    return err;
}

/* The ghost's id, and behind it the time that its record was created at. */
static void ghost_bytes(uint8_t out[HASH_SIZE + sizeof(uint64_t)], const uint8_t *id, uint64_t created) {
    memcpy(out, id, HASH_SIZE);
    memcpy(out + HASH_SIZE, &created, sizeof created);
}

/* A record arrives of which there is a ghost: the record tells the ghost's day and hour. */
static int ghost_correct(struct sqlite_store *s, const struct record *r, int64_t hash, int64_t community) {
    uint8_t bytes[HASH_SIZE + sizeof(uint64_t)];
    ghost_bytes(bytes, r->id, r->created);
    sqlite3_stmt *set = sqlite_statement(s, SQL_GHOST_CORRECT);
    sqlite3_bind_int64(set, 1, r->expiry_day);
    sqlite3_bind_blob(set, 2, bytes, sizeof bytes, SQLITE_STATIC);
    sqlite3_bind_int64(set, 3, hash);
    sqlite3_bind_int64(set, 4, community);
    return sqlite_run(s, set);
}

int sqlite_put(struct store *front, const struct record *r, const uint8_t *bytes, size_t size, uint64_t seen) {
    struct sqlite_store *s = sqlite_self(front);
    struct sqlite_community *c = sqlite_community_find(s, r->community);
    uint64_t since = 0;
    if (!c) return ERR_COMMUNITY;
    int64_t hash = sqlite_hash(s, r->id);
    int ghost = ghost_has(s, hash);
    if (ghost != 0) return ghost < 0 ? ghost : ghost_correct(s, r, hash, c->num);
    int retracted = retractions_find(s, r, hash, c->num, &since);
    if (retracted < 0) return retracted;
    int flags = (retracted ? FLAG_RETRACTED : 0) | (r->body ? 0 : FLAG_STUB);
    int added = record_insert(s, r, bytes, size, seen, hash, c->num, flags);
    if (added <= 0) return added < 0 ? added : complete(s, r, bytes, size, hash, c);
    int64_t num = s->numbers.next++;
    c->total++;
    c->visible += flags == 0;
    c->stubs += !r->body;
    int err = retracted && r->body ? due_add(s, num, since) : 0;
    if (!err) err = newer_count(s, r, c, 1);
    if (!err && r->ref_count > 0) err = hang_on(s, r, num, c, seen);
    if (!err) err = sqlite_text_come(s, num, r);
    return err ? err : 1;
}

/* The community of a record that is here; it is there as long as its records. */
static struct sqlite_community *community_of(struct sqlite_store *s, const struct record *r) {
    return sqlite_community_find(s, r->community);
}

static int due_drop(struct sqlite_store *s, int64_t num) {
    sqlite3_stmt *drop = sqlite_statement(s, SQL_DUE_DROP);
    sqlite3_bind_int64(drop, 1, num);
    return sqlite_run(s, drop);
}

static int hang_off(struct sqlite_store *s, const struct record *r, int64_t num) {
    const uint8_t *reply = record_ref(r, REF_REPLY), *target = store_retraction_target(r);
    int err = due_drop(s, num);
    if (!err && reply) {
        sqlite3_stmt *drop = sqlite_statement(s, SQL_REPLY_DROP);
        sqlite3_bind_int64(drop, 1, sqlite_hash(s, reply));
        sqlite3_bind_int64(drop, 2, num);
        err = sqlite_run(s, drop);
    }
    if (!err && target) {
        sqlite3_stmt *drop = sqlite_statement(s, SQL_RETRACTION_DROP);
        sqlite3_bind_int64(drop, 1, sqlite_hash(s, target));
        sqlite3_bind_int64(drop, 2, num);
        err = sqlite_run(s, drop);
    }
    return err;
}

int sqlite_record_drop(struct sqlite_store *s, int64_t num) {
    struct store_record found;
    sqlite3_stmt *get = sqlite_statement(s, SQL_RECORD_BY_NUM);
    int err = read_one(s, get, num, s->room, &found);
    if (err) return err;
    struct sqlite_community *c = community_of(s, &found.record);
    if (!c) return ERR_DAMAGED;
    c->total--;
    c->stubs -= !found.record.body;
    c->visible -= found.record.body && !found.retracted;
    err = newer_count(s, &found.record, c, -1);
    if (!err) err = sqlite_text_go(s, num, &found.record);
    if (!err && found.record.body) err = sqlite_blob_unref(s, &found.record, num);
    if (!err) err = hang_off(s, &found.record, num);
    if (err) return err;
    sqlite3_stmt *drop = sqlite_statement(s, SQL_RECORD_DROP);
    sqlite3_bind_int64(drop, 1, num);
    return sqlite_run(s, drop);
}

int sqlite_record_blank(struct sqlite_store *s, int64_t num) {
    struct store_record found;
    uint8_t stub[RECORD_HEADER_MAX + SIGNATURE_SIZE + HASH_SIZE];
    int err = read_one(s, sqlite_statement(s, SQL_RECORD_BY_NUM), num, s->room, &found);
    if (err) return err;
    err = due_drop(s, num);
    if (err || !found.record.body) return err;
    struct sqlite_community *c = community_of(s, &found.record);
    if (!c) return ERR_DAMAGED;
    err = sqlite_text_go(s, num, &found.record);
    if (!err) err = sqlite_blob_unref(s, &found.record, num);
    if (err) return err;
    struct record blank = found.record;
    blank.body = NULL;
    int size = record_encode(&blank, stub, sizeof stub);
    if (size < 0) return ERR_DAMAGED;
    c->stubs++;
    c->visible -= !found.retracted;
    sqlite3_stmt *set = sqlite_statement(s, SQL_RECORD_DATA);
    sqlite3_bind_blob(set, 1, stub, size, SQLITE_STATIC);
    sqlite3_bind_int(set, 2, (found.retracted ? FLAG_RETRACTED : 0) | (found.pinned ? FLAG_PINNED : 0) | FLAG_STUB);
    sqlite3_bind_int64(set, 3, num);
    return sqlite_run(s, set);
}

int sqlite_own_get(struct store *front, const uint8_t *author, uint64_t *next, uint8_t *last_id) {
    struct sqlite_store *s = sqlite_self(front);
    sqlite3_stmt *get = sqlite_statement(s, SQL_OWN_GET);
    sqlite3_bind_blob(get, 1, author, KEY_SIZE, SQLITE_STATIC);
    *next = 0;
    memset(last_id, 0, HASH_SIZE);
    int row = sqlite_row(s, get);
    if (row <= 0) return row;
    bool fits = sqlite3_column_bytes(get, 1) == HASH_SIZE;
    if (fits) {
        *next = (uint64_t)sqlite3_column_int64(get, 0);
        memcpy(last_id, sqlite3_column_blob(get, 1), HASH_SIZE);
    }
    sqlite3_reset(get);
    return fits ? 0 : ERR_DAMAGED;
}

int sqlite_own_set(struct store *front, const uint8_t *author, uint64_t next, const uint8_t *last_id) {
    struct sqlite_store *s = sqlite_self(front);
    sqlite3_stmt *set = sqlite_statement(s, SQL_OWN_SET);
    sqlite3_bind_blob(set, 1, author, KEY_SIZE, SQLITE_STATIC);
    sqlite3_bind_int64(set, 2, (int64_t)next);
    sqlite3_bind_blob(set, 3, last_id, HASH_SIZE, SQLITE_STATIC);
    return sqlite_run(s, set);
}

int sqlite_pin(struct store *front, const uint8_t *id, bool pinned) {
    struct sqlite_store *s = sqlite_self(front);
    struct state state;
    int got = state_get(s, sqlite_hash(s, id), &state);
    if (got <= 0) return got < 0 ? got : ERR_NOT_FOUND;
    return flags_set(s, state.num, pinned ? state.flags | FLAG_PINNED : state.flags & ~FLAG_PINNED);
}

static int ghosts_are_full(struct sqlite_store *s, const struct sqlite_community *c) {
    sqlite3_stmt *count = sqlite_statement(s, SQL_COMMUNITY_GHOSTS);
    sqlite3_bind_int64(count, 1, c->num);
    int row = sqlite_row(s, count);
    int64_t ghosts = row > 0 ? sqlite3_column_int64(count, 0) + c->ghosts : 0;
    sqlite3_reset(count);
    return row < 0 ? row : ghosts >= STORE_GHOSTS_MAX;
}

int sqlite_ghost(struct store *front, const uint8_t *community, const uint8_t *id, uint32_t expiry_day,
                 uint64_t created) {
    struct sqlite_store *s = sqlite_self(front);
    struct sqlite_community *c = sqlite_community_find(s, community);
    struct state state;
    uint8_t bytes[HASH_SIZE + sizeof(uint64_t)];
    int64_t hash = sqlite_hash(s, id);
    if (!c) return ERR_COMMUNITY;
    int got = ghost_has(s, hash);
    if (got != 0) return got < 0 ? got : 0;
    got = state_get(s, hash, &state);
    if (got > 0) { /* what is known of the record itself counts, not the arguments */
        struct store_record found;
        int read = read_one(s, sqlite_statement(s, SQL_RECORD_BY_NUM), state.num, s->room, &found);
        if (read) return read;
        expiry_day = found.record.expiry_day;
        created = found.record.created;
        c = sqlite_community_find(s, found.record.community);
        if (!c) return ERR_DAMAGED;
    }
    int err = got > 0 ? sqlite_record_drop(s, state.num) : got;
    int full = err ? err : ghosts_are_full(s, c);
    if (full < 0) return full;
    sqlite3_stmt *add = sqlite_statement(s, full ? SQL_PARTIAL_ADD : SQL_GHOST_ADD);
    sqlite3_bind_int64(add, full ? 1 : 2, c->num);
    sqlite3_bind_int64(add, full ? 2 : 3, expiry_day);
    if (!full) {
        ghost_bytes(bytes, id, created);
        sqlite3_bind_int64(add, 1, hash);
        sqlite3_bind_blob(add, 4, bytes, sizeof bytes, SQLITE_STATIC);
    }
    err = sqlite_run(s, add);
    if (!err && !full) {
        c->ghosts += sqlite3_changes(s->db);
        s->any_ghost = true;
    }
    return err;
}

int sqlite_ghost_is_partial(struct store *front, const uint8_t *community, uint32_t expiry_day) {
    struct sqlite_store *s = sqlite_self(front);
    const struct sqlite_community *c = sqlite_community_find(s, community);
    if (!c) return 0;
    sqlite3_stmt *get = sqlite_statement(s, SQL_PARTIAL_GET);
    sqlite3_bind_int64(get, 1, c->num);
    sqlite3_bind_int64(get, 2, expiry_day);
    int row = sqlite_row(s, get);
    sqlite3_reset(get);
    return row;
}
