/*
 * sqlite_record.c: put, get and drop records, ghosts, own authors, pins.
 *
 * A record is found by a 63-bit SipHash of its id under a key of this store: half the size of the id, and nobody
 * outside can make two ids collide. Its row in `seen` repeats what lists, buckets, expiry and retraction ask for; all
 * else is in the canonical bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "store/sqlite_internal.h"

#define COUNTED_OUT (FLAG_RETRACTED | FLAG_STUB)

struct state {
    int64_t num, community;
    int flags;
};

/* Return 1 and the state, 0 if the record is not here, or an error. */
static int state_get(struct sqlite_store *s, int64_t hash, struct state *out) {
    int found = sqlite_known_find(s, hash, &out->num);
    if (found <= 0) return found;
    sqlite3_stmt *get = sqlite_statement(s, SQL_RECORD_STATE);
    sqlite3_bind_int64(get, 1, out->num);
    int row = sqlite_row(s, get);
    if (row <= 0) return row;
    out->flags = sqlite3_column_int(get, 0);
    out->community = sqlite3_column_int64(get, 1);
    sqlite3_reset(get);
    return 1;
}

void sqlite_seen_key(sqlite3_stmt *statement, int64_t community, uint64_t created, const uint8_t *id) {
    sqlite3_bind_int64(statement, 1, community);
    sqlite3_bind_int64(statement, 2, (int64_t)created);
    sqlite3_bind_blob(statement, 3, id, HASH_SIZE, SQLITE_STATIC);
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
    int64_t num;
    int found = sqlite_known_find(s, sqlite_hash(s, id), &num);
    if (found <= 0) return found < 0 ? found : ERR_NOT_FOUND;
    int err = read_one(s, sqlite_statement(s, SQL_RECORD_BY_NUM), num, room, out);
    return !err && memcmp(out->record.id, id, HASH_SIZE) != 0 ? ERR_NOT_FOUND : err;
}

int sqlite_get_num(struct store *front, int64_t num, uint8_t *room, struct store_record *out) {
    struct sqlite_store *s = sqlite_self(front);
    return read_one(s, sqlite_statement(s, SQL_RECORD_BY_NUM), num, room, out);
}

/* Return 1 and when its record was created, 0 if there is no such ghost, or an error. */
static int ghost_get(struct sqlite_store *s, int64_t hash, uint64_t *created) {
    if (!s->any_ghost) return 0;
    sqlite3_stmt *get = sqlite_statement(s, SQL_GHOST_GET);
    sqlite3_bind_int64(get, 1, hash);
    int row = sqlite_row(s, get);
    if (row > 0) *created = (uint64_t)sqlite3_column_int64(get, 0);
    sqlite3_reset(get);
    return row;
}

int sqlite_has(struct store *front, const uint8_t *id) {
    struct sqlite_store *s = sqlite_self(front);
    struct state state;
    uint64_t created;
    int64_t hash = sqlite_hash(s, id);
    int got = state_get(s, hash, &state);
    if (got < 0) return got;
    if (got > 0) return state.flags & FLAG_STUB ? STORE_STUB : STORE_HELD;
    got = ghost_get(s, hash, &created);
    return got > 0 ? STORE_GHOST : got;
}

/* Write a record's flags, and its size, into its row in `seen`. */
static int seen_set(struct sqlite_store *s, int64_t community, const struct record *r, int flags, size_t size) {
    sqlite3_stmt *set = sqlite_statement(s, SQL_SEEN_SET);
    sqlite_seen_key(set, community, store_place(r), r->id);
    sqlite3_bind_int(set, 4, flags);
    sqlite3_bind_int64(set, 5, (int64_t)size);
    return sqlite_run(s, set);
}

static int flags_of(const struct store_record *r) {
    return (r->retracted ? FLAG_RETRACTED : 0) | (r->pinned ? FLAG_PINNED : 0) | (r->record.body ? 0 : FLAG_STUB);
}

static int flags_set(struct sqlite_store *s, int64_t community, const struct store_record *r, int flags) {
    sqlite3_stmt *set = sqlite_statement(s, SQL_RECORD_FLAGS);
    sqlite3_bind_int(set, 1, flags);
    sqlite3_bind_int64(set, 2, r->num);
    int err = sqlite_run(s, set);
    return err ? err : seen_set(s, community, &r->record, flags, r->size);
}

/* Replace a record's bytes. */
static int data_set(struct sqlite_store *s, int64_t community, const struct record *r, int64_t num,
                    const uint8_t *bytes, size_t size, int flags) {
    sqlite3_stmt *set = sqlite_statement(s, SQL_RECORD_DATA);
    sqlite3_bind_blob(set, 1, bytes, (int)size, SQLITE_STATIC);
    sqlite3_bind_int(set, 2, flags);
    sqlite3_bind_int64(set, 3, num);
    int err = sqlite_run(s, set);
    return err ? err : seen_set(s, community, r, flags, size);
}

/* Keep a record at least through this day. */
static int keep_until(struct sqlite_store *s, int64_t community, const struct record *r, uint32_t expiry_day) {
    sqlite3_stmt *keep = sqlite_statement(s, SQL_SEEN_KEEP);
    sqlite_seen_key(keep, community, store_place(r), r->id);
    sqlite3_bind_int64(keep, 4, expiry_day);
    return sqlite_run(s, keep);
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
    for (size_t i = 0; i < count && row >= 0; i++) {
        struct store_record retraction;
        row = read_one(s, sqlite_statement(s, SQL_RECORD_BY_NUM), nums[i], NULL, &retraction);
        if (!row) row = keep_until(s, community, &retraction.record, r->expiry_day);
    }
    return row < 0 ? row : count > 0;
}

/* A retraction arrives: note it; hide its target if that is here and by the same author in the same community. */
static int retraction_apply(struct sqlite_store *s, const struct record *r, int64_t num, struct sqlite_community *c,
                            uint64_t seen) {
    struct store_record target;
    const uint8_t *id = store_retraction_target(r);
    sqlite3_stmt *add = sqlite_statement(s, SQL_RETRACTION_ADD);
    sqlite3_bind_int64(add, 1, sqlite_hash(s, id));
    sqlite3_bind_int64(add, 2, num);
    sqlite3_bind_blob(add, 3, r->author, KEY_SIZE, SQLITE_STATIC);
    int err = sqlite_run(s, add);
    s->any_retraction = true;
    if (!err) err = sqlite_get(&s->front, id, s->room, &target);
    if (err) return err == ERR_NOT_FOUND ? 0 : err;
    if (memcmp(target.record.community, r->community, HASH_SIZE) != 0 ||
        memcmp(target.record.author, r->author, KEY_SIZE) != 0)
        return 0;
    err = keep_until(s, c->num, r, target.record.expiry_day);
    if (err || target.retracted) return err;
    err = flags_set(s, c->num, &target, flags_of(&target) | FLAG_RETRACTED);
    if (!err && target.record.body) err = due_add(s, target.num, seen);
    c->visible -= target.record.body != NULL;
    return err;
}

/* Note that an id was seen. Return 1, or 0 if it had been. */
static int seen_insert(struct sqlite_store *s, const struct record *r, int64_t community, int64_t num, int flags,
                       size_t size, uint64_t arrived) {
    sqlite3_stmt *add = sqlite_statement(s, SQL_SEEN_ADD);
    sqlite_seen_key(add, community, store_place(r), r->id);
    sqlite3_bind_int64(add, 4, num);
    sqlite3_bind_int64(add, 5, r->expiry_day);
    sqlite3_bind_int(add, 6, flags | r->urgency << URGENCY_SHIFT);
    sqlite3_bind_int64(add, 7, r->kind);
    sqlite3_bind_int64(add, 8, (int64_t)size);
    sqlite3_bind_int64(add, 9, (int64_t)arrived);
    sqlite3_bind_int64(add, 10, (int64_t)s->front.charge_queue);
    int err = sqlite_run(s, add);
    int added = err ? err : sqlite3_changes(s->db);
    if (added <= 0) return added;
    if (r->expiry_day < s->swept) s->swept = 0;
    err = sqlite_bucket_touch(s, community, r->expiry_day, store_place(r), 1);
    return err ? err : 1;
}

static int seen_remove(struct sqlite_store *s, int64_t community, uint32_t expiry, uint64_t created,
                       const uint8_t *id) {
    sqlite3_stmt *drop = sqlite_statement(s, SQL_SEEN_DROP);
    sqlite_seen_key(drop, community, created, id);
    int err = sqlite_run(s, drop);
    if (err || sqlite3_changes(s->db) == 0) return err;
    return sqlite_bucket_touch(s, community, expiry, created, -1);
}

static int record_insert(struct sqlite_store *s, int64_t num, int64_t community, const uint8_t *bytes, size_t size,
                         uint64_t seen, int flags, int64_t hash) {
    sqlite3_stmt *add = sqlite_statement(s, SQL_RECORD_ADD);
    sqlite3_bind_int64(add, 1, num);
    sqlite3_bind_int64(add, 2, community);
    sqlite3_bind_int64(add, 3, (int64_t)seen);
    sqlite3_bind_int(add, 4, flags);
    sqlite3_bind_blob(add, 5, bytes, (int)size, SQLITE_STATIC);
    int err = sqlite_run(s, add);
    store_charge(&s->front, store_record_charge(size));
    return err ? err : sqlite_known_add(s, hash, num);
}

/* A record that is here: a stub that was not taken back may get its body. */
static int complete(struct sqlite_store *s, const struct record *r, const uint8_t *bytes, size_t size,
                    struct sqlite_community *c) {
    sqlite3_stmt *get = sqlite_statement(s, SQL_SEEN_GET);
    sqlite_seen_key(get, c->num, store_place(r), r->id);
    int row = sqlite_row(s, get);
    if (row <= 0) return row;
    int64_t num = sqlite3_column_int64(get, 0);
    int flags = sqlite3_column_int(get, 1) & (FLAG_RETRACTED | FLAG_STUB | FLAG_PINNED);
    sqlite3_reset(get);
    if (!(flags & FLAG_STUB) || (flags & FLAG_RETRACTED) || !r->body) return 0;
    int err = data_set(s, c->num, r, num, bytes, size, flags & ~FLAG_STUB);
    store_charge(&s->front, (int64_t)r->body_size - HASH_SIZE);
    if (!err) err = sqlite_blob_ref(s, r, num);
    if (!err) err = sqlite_text_come(s, num, r);
    c->visible++;
    c->stubs--;
    return err ? err : 1;
}

/* Have the rules of a community in s->charter. Anybody may send records of unknown kinds, so this costs next to nothing
 * for the same community again: a charter is its id's and never changes. Nothing is counted, as of the end of time. */
static int charter_have(struct sqlite_store *s, const struct sqlite_community *c) {
    if (s->charter_known && memcmp(s->charter.community, c->id, HASH_SIZE) == 0) return 0;
    struct store_community *community = malloc(sizeof *community);
    int err = community ? sqlite_community_get(&s->front, c->id, TIME_MAX, community) : ERR_MEMORY;
    if (!err) s->charter = community->charter;
    s->charter_known = !err;
    free(community);
    return err;
}

/* Critical records of kinds that this version does not know are counted if a coordinator made them: then nothing more
 * is written here. */
static int newer_count(struct sqlite_store *s, const struct record *r, struct sqlite_community *c, int change) {
    if (!store_kind_is_newer(r->kind)) return 0;
    int err = charter_have(s, c);
    if (!err && charter_is_coordinator(&s->charter, r->author)) c->newer += change;
    return err;
}

/* Write what hangs on a new record. */
static int hang_on(struct sqlite_store *s, const struct record *r, int64_t num, struct sqlite_community *c,
                   uint64_t seen) {
    struct store_links links;
    int err = 0;
    store_links_of(&links, r);
    for (unsigned i = 0; i < links.count && !err; i++) {
        sqlite3_stmt *add = sqlite_statement(s, SQL_REPLY_ADD);
        sqlite3_bind_int64(add, 1, sqlite_hash(s, links.keys[i]));
        sqlite3_bind_int64(add, 2, num);
        err = sqlite_run(s, add);
    }
    if (!err && r->body) err = sqlite_blob_ref(s, r, num);
    if (!err && store_retraction_target(r)) err = retraction_apply(s, r, num, c, seen);
    return err;
}

/* A ghost comes: its id and its place among what was seen. */
static int ghost_insert(struct sqlite_store *s, struct sqlite_community *c, uint32_t expiry, uint64_t created,
                        const uint8_t *id) {
    struct record ghost = {.expiry_day = expiry, .created = created};
    memcpy(ghost.id, id, HASH_SIZE);
    sqlite3_stmt *add = sqlite_statement(s, SQL_GHOST_ADD);
    sqlite3_bind_int64(add, 1, sqlite_hash(s, id));
    sqlite3_bind_int64(add, 2, (int64_t)created);
    int err = sqlite_run(s, add);
    int added = err ? err : seen_insert(s, &ghost, c->num, 0, FLAG_GHOST, (size_t)s->front.charge_ghost, 0);
    c->ghosts += added > 0;
    s->any_ghost = true;
    return added < 0 ? added : 0;
}

int sqlite_ghost_drop(struct sqlite_store *s, struct sqlite_community *c, uint64_t created, uint32_t expiry,
                      const uint8_t *id) {
    sqlite3_stmt *drop = sqlite_statement(s, SQL_GHOST_DROP);
    sqlite3_bind_int64(drop, 1, sqlite_hash(s, id));
    int err = sqlite_run(s, drop);
    c->ghosts--;
    return err ? err : seen_remove(s, c->num, expiry, created, id);
}

/* A record arrives of which there is a ghost: the record tells the ghost's day and hour. */
static int ghost_correct(struct sqlite_store *s, const struct record *r, uint64_t created, struct sqlite_community *c) {
    sqlite3_stmt *get = sqlite_statement(s, SQL_SEEN_GET);
    sqlite_seen_key(get, c->num, created, r->id);
    int row = sqlite_row(s, get);
    if (row <= 0) return row; /* the ghost is another community's */
    uint32_t expiry = (uint32_t)sqlite3_column_int64(get, 2);
    sqlite3_reset(get);
    if (expiry == r->expiry_day && created == store_place(r)) return 0;
    int err = sqlite_ghost_drop(s, c, created, expiry, r->id);
    return err ? err : ghost_insert(s, c, r->expiry_day, store_place(r), r->id);
}

int sqlite_put(struct store *front, const struct record *r, const uint8_t *bytes, size_t size, uint64_t seen) {
    struct sqlite_store *s = sqlite_self(front);
    struct sqlite_community *c = sqlite_community_find(s, r->community);
    uint64_t since = 0, created;
    if (!c) return ERR_COMMUNITY;
    int64_t hash = sqlite_hash(s, r->id), num = s->numbers.next;
    int ghost = ghost_get(s, hash, &created);
    if (ghost != 0) return ghost < 0 ? ghost : ghost_correct(s, r, created, c);
    int retracted = retractions_find(s, r, hash, c->num, &since);
    if (retracted < 0) return retracted;
    int flags = (retracted ? FLAG_RETRACTED : 0) | (r->body ? 0 : FLAG_STUB);
    int added = seen_insert(s, r, c->num, num, flags, size, seen);
    if (added <= 0) return added < 0 ? added : complete(s, r, bytes, size, c);
    int err = record_insert(s, num, c->num, bytes, size, seen, flags, hash);
    s->numbers.next++;
    c->total++;
    c->visible += flags == 0;
    c->stubs += !r->body;
    if (!err && retracted && r->body) err = due_add(s, num, since);
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
    const uint8_t *target = store_retraction_target(r);
    struct store_links links;
    int err = due_drop(s, num);
    store_links_of(&links, r);
    for (unsigned i = 0; i < links.count && !err; i++) {
        sqlite3_stmt *drop = sqlite_statement(s, SQL_REPLY_DROP);
        sqlite3_bind_int64(drop, 1, sqlite_hash(s, links.keys[i]));
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
    const struct record *r = &found.record;
    if (!err) err = seen_remove(s, c->num, r->expiry_day, store_place(r), r->id);
    if (!err) err = sqlite_known_drop(s, sqlite_hash(s, r->id), num);
    if (err) return err;
    store_charge(&s->front, -store_record_charge(found.size));
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
    store_charge(&s->front, HASH_SIZE - (int64_t)found.record.body_size);
    return data_set(s, c->num, &blank, num, stub, (size_t)size, flags_of(&found) | FLAG_STUB);
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
    struct store_record found;
    int err = sqlite_get(front, id, s->room, &found);
    if (err) return err;
    const struct sqlite_community *c = community_of(s, &found.record);
    if (!c) return ERR_DAMAGED;
    if (!pinned) s->swept = 0;
    found.pinned = pinned;
    return flags_set(s, c->num, &found, flags_of(&found));
}

int sqlite_hide(struct store *front, const uint8_t *id, const uint8_t *community, const uint8_t *author, bool hidden) {
    struct sqlite_store *s = sqlite_self(front);
    struct store_record found;
    int err = sqlite_get(front, id, s->room, &found);
    if (err) return err;
    struct sqlite_community *c = community_of(s, &found.record);
    if (!c) return ERR_DAMAGED;
    if (found.retracted == hidden || memcmp(c->id, community, HASH_SIZE) != 0 ||
        memcmp(found.record.author, author, KEY_SIZE) != 0)
        return 0;
    found.retracted = hidden;
    err = flags_set(s, c->num, &found, flags_of(&found));
    if (!found.record.body) return err;
    c->visible += hidden ? -1 : 1;
    if (err) return err;
    return hidden ? due_add(s, found.num, found.seen) : due_drop(s, found.num);
}

static int ghosts_are_full(struct sqlite_store *s, const struct sqlite_community *c) {
    sqlite3_stmt *count = sqlite_statement(s, SQL_COMMUNITY_GHOSTS);
    sqlite3_bind_int64(count, 1, c->num);
    int row = sqlite_row(s, count);
    int64_t ghosts = row > 0 ? sqlite3_column_int64(count, 0) + c->ghosts : 0;
    sqlite3_reset(count);
    return row < 0 ? row : ghosts >= (c->joined || c->num == POOL_NUM ? STORE_GHOSTS_MAX : STORE_GHOSTS_CARRIED);
}

int sqlite_ghost(struct store *front, const uint8_t *community, const uint8_t *id, uint32_t expiry_day,
                 uint64_t created) {
    struct sqlite_store *s = sqlite_self(front);
    struct sqlite_community *c = sqlite_community_find(s, community);
    struct store_record found;
    uint64_t before;
    if (!c) return ERR_COMMUNITY;
    int got = ghost_get(s, sqlite_hash(s, id), &before);
    if (got != 0) return got < 0 ? got : 0;
    if (c->num == POOL_NUM) created = (uint64_t)expiry_day * DAY_SECONDS;
    int err = sqlite_get(front, id, s->room, &found);
    if (!err) { /* what is known of the record itself counts, not the arguments */
        expiry_day = found.record.expiry_day;
        created = store_place(&found.record);
        c = community_of(s, &found.record);
        err = c ? sqlite_record_drop(s, found.num) : ERR_DAMAGED;
    } else if (err == ERR_NOT_FOUND) {
        err = 0;
    }
    int full = err ? err : ghosts_are_full(s, c);
    if (full <= 0) return full < 0 ? full : ghost_insert(s, c, expiry_day, created, id);
    sqlite3_stmt *add = sqlite_statement(s, SQL_PARTIAL_ADD);
    sqlite3_bind_int64(add, 1, c->num);
    sqlite3_bind_int64(add, 2, expiry_day);
    return sqlite_run(s, add);
}

int sqlite_drop(struct store *front, const uint8_t *id) {
    struct sqlite_store *s = sqlite_self(front);
    struct store_record found;
    int err = sqlite_get(front, id, s->room, &found);
    return err ? err : sqlite_record_drop(s, found.num);
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
