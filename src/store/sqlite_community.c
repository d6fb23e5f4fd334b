/*
 * sqlite_community.c: communities and their counters. The counters move in memory while a transaction is open and are
 * written once, at its end.
 */
#include <stdlib.h>
#include <string.h>

#include "store/sqlite_internal.h"

struct sqlite_community *sqlite_community_find(struct sqlite_store *s, const uint8_t id[HASH_SIZE]) {
    for (size_t i = 0; i < s->community_count; i++)
        if (memcmp(s->communities[i].id, id, HASH_SIZE) == 0) return &s->communities[i];
    return NULL;
}

static int keep(struct sqlite_store *s, int64_t num, const uint8_t *id, bool joined) {
    if (s->community_count == s->community_room) {
        size_t room = s->community_room ? 2 * s->community_room : 16;
        struct sqlite_community *more = realloc(s->communities, room * sizeof *more);
        if (!more) return ERR_MEMORY;
        s->communities = more;
        s->community_room = room;
    }
    struct sqlite_community *c = &s->communities[s->community_count++];
    *c = (struct sqlite_community){.num = num, .joined = joined};
    memcpy(c->id, id, HASH_SIZE);
    return 0;
}

int sqlite_communities_load(struct sqlite_store *s) {
    sqlite3_stmt *each = NULL;
    int row = 0, err = sqlite_prepare(s, "SELECT num, id, joined FROM community ORDER BY num", &each);
    s->community_count = 0;
    while (!err && (row = sqlite_row(s, each)) > 0) {
        if (sqlite3_column_bytes(each, 1) != HASH_SIZE)
            err = store_tell(&s->front, ERR_DAMAGED, "%s: %s (a group's id)", s->path, err_text(ERR_DAMAGED));
        else
            err =
                keep(s, sqlite3_column_int64(each, 0), sqlite3_column_blob(each, 1), sqlite3_column_int(each, 2) != 0);
    }
    sqlite3_finalize(each);
    return err ? err : row;
}

int sqlite_communities_flush(struct sqlite_store *s) {
    for (size_t i = 0; i < s->community_count; i++) {
        struct sqlite_community *c = &s->communities[i];
        if (!c->total && !c->visible && !c->stubs && !c->ghosts && !c->newer) continue;
        sqlite3_stmt *count = sqlite_statement(s, SQL_COMMUNITY_COUNT);
        sqlite3_bind_int64(count, 1, c->total);
        sqlite3_bind_int64(count, 2, c->visible);
        sqlite3_bind_int64(count, 3, c->stubs);
        sqlite3_bind_int64(count, 4, c->ghosts);
        sqlite3_bind_int64(count, 5, c->newer);
        sqlite3_bind_int64(count, 6, c->num);
        int err = sqlite_run(s, count);
        if (err) return err;
        c->total = c->visible = c->stubs = c->ghosts = c->newer = 0;
    }
    return 0;
}

int sqlite_community_put(struct store *front, const struct record *charter_record, const uint8_t *compact,
                         size_t compact_size, bool joined) {
    struct sqlite_store *s = sqlite_self(front);
    struct charter charter;
    struct sqlite_community *known = sqlite_community_find(s, charter_record->id);
    if (known) {
        sqlite3_stmt *join = joined ? sqlite_statement(s, SQL_COMMUNITY_JOIN) : NULL;
        if (join) sqlite3_bind_int64(join, 1, known->num);
        known->joined = known->joined || joined;
        return joined ? sqlite_run(s, join) : 0;
    }
    int err = charter_decode(&charter, charter_record);
    if (err) return err;
    sqlite3_stmt *add = sqlite_statement(s, SQL_COMMUNITY_ADD);
    sqlite3_bind_blob(add, 1, charter_record->id, HASH_SIZE, SQLITE_STATIC);
    sqlite3_bind_text(add, 2, charter.title, -1, SQLITE_STATIC);
    sqlite3_bind_int(add, 3, joined);
    sqlite3_bind_blob(add, 4, compact, (int)compact_size, SQLITE_STATIC);
    err = sqlite_run(s, add);
    if (!err) err = keep(s, sqlite3_last_insert_rowid(s->db), charter_record->id, joined);
    return err ? err : 1;
}

/* How many records of a community wait, and how many of those are neither retracted nor stubs; and the newest that does
 * not wait. */
static int moment_read(struct sqlite_store *s, int64_t num, uint64_t now, struct store_community *out,
                       int64_t visible) {
    sqlite3_stmt *ahead = sqlite_statement(s, SQL_COMMUNITY_AHEAD);
    sqlite3_bind_int64(ahead, 1, num);
    sqlite3_bind_int64(ahead, 2, (int64_t)store_horizon(now));
    int row = sqlite_row(s, ahead);
    if (row < 0) return row;
    int64_t waiting = sqlite3_column_int64(ahead, 0);
    sqlite3_reset(ahead);
    out->records = (uint64_t)(visible > waiting ? visible - waiting : 0);
    sqlite3_stmt *newest = sqlite_statement(s, SQL_COMMUNITY_NEWEST);
    sqlite3_bind_int64(newest, 1, num);
    sqlite3_bind_int64(newest, 2, (int64_t)store_horizon(now));
    row = sqlite_row(s, newest);
    if (row > 0) out->newest = (uint64_t)sqlite3_column_int64(newest, 0);
    sqlite3_reset(newest);
    return row < 0 ? row : 0;
}

static int community_read(struct sqlite_store *s, const struct sqlite_community *c, uint64_t now,
                          struct store_community *out) {
    memset(out, 0, sizeof *out);
    sqlite3_stmt *get = sqlite_statement(s, SQL_COMMUNITY_GET);
    sqlite3_bind_int64(get, 1, c->num);
    int row = sqlite_row(s, get);
    if (row <= 0) return row < 0 ? row : ERR_NOT_FOUND;
    int size = sqlite3_column_bytes(get, 3);
    int err = size == 0 || size > CHARTER_COMPACT_MAX ? ERR_DAMAGED : 0;
    int64_t visible = sqlite3_column_int64(get, 4) + c->visible;
    if (!err) {
        out->joined = sqlite3_column_int(get, 1) != 0;
        out->newer_rules = sqlite3_column_int64(get, 2) + c->newer > 0;
        out->compact_size = (size_t)size;
        memcpy(out->compact, sqlite3_column_blob(get, 3), (size_t)size);
    }
    sqlite3_reset(get);
    if (!err) err = store_charter(&out->charter, c->id, out->compact, out->compact_size);
    if (err) return store_tell(&s->front, ERR_DAMAGED, "%s: %s (a group's rules)", s->path, err_text(ERR_DAMAGED));
    return moment_read(s, c->num, now, out, visible);
}

int sqlite_community_get(struct store *front, const uint8_t *id, uint64_t now, struct store_community *out) {
    struct sqlite_store *s = sqlite_self(front);
    const struct sqlite_community *c = sqlite_community_find(s, id);
    return c ? community_read(s, c, now, out) : ERR_NOT_FOUND;
}

int sqlite_community_each(struct store *front, uint64_t now, store_visit_community visit, void *context) {
    struct sqlite_store *s = sqlite_self(front);
    sqlite3_stmt *each = NULL;
    struct store_community *out = malloc(sizeof *out);
    int row = 0,
        err = out ? sqlite_prepare(s, "SELECT id FROM community ORDER BY joined DESC, title, id", &each) : ERR_MEMORY;
    while (!err && (row = sqlite_row(s, each)) > 0) {
        const uint8_t *id = sqlite3_column_bytes(each, 0) == HASH_SIZE ? sqlite3_column_blob(each, 0) : NULL;
        const struct sqlite_community *c = id ? sqlite_community_find(s, id) : NULL;
        if (c && c->num == POOL_NUM) continue;
        err = c ? community_read(s, c, now, out) : ERR_DAMAGED;
        if (!err) err = visit(context, out);
    }
    sqlite3_finalize(each);
    free(out);
    return err ? err : row;
}
