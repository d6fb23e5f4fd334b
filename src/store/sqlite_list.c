/*
 * sqlite_list.c: visit records: in order, by parent, by prefix, or all.
 *
 * A list over several communities merges one cursor a community. Visits may call the store again (to read), so every
 * list prepares its own statements.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/sqlite_internal.h"

struct cursor {
    sqlite3_stmt *rows;
    int64_t num;
    uint64_t created;
    uint8_t id[HASH_SIZE];
    bool end;
};

struct listing {
    struct sqlite_store *s;
    const struct store_query *query;
    store_visit visit;
    void *context;
    struct cursor *cursors;
    size_t count;
    uint8_t *room;
};

static int cursor_step(struct sqlite_store *s, struct cursor *c) {
    int row = sqlite_row(s, c->rows);
    if (row < 0) return row;
    c->end = row == 0;
    if (row > 0) {
        c->num = sqlite3_column_int64(c->rows, 0);
        c->created = (uint64_t)sqlite3_column_int64(c->rows, 1);
        if (sqlite3_column_bytes(c->rows, 2) != HASH_SIZE)
            return store_tell(&s->front, ERR_DAMAGED, "%s: %s (an id)", s->path, err_text(ERR_DAMAGED));
        memcpy(c->id, sqlite3_column_blob(c->rows, 2), HASH_SIZE);
    }
    return 0;
}

static int cursor_open(struct listing *l, struct cursor *c, int64_t community) {
    const struct store_query *q = l->query;
    char sql[320];
    uint64_t last = store_horizon(q->now);
    if (q->newest_first && q->after_id && q->after_created < last) last = q->after_created;
    uint64_t first = q->since;
    if (!q->newest_first && q->after_id && q->after_created > first) first = q->after_created;
    const char *place = !q->after_id      ? ""
                        : q->newest_first ? " AND (created, id) < (?4, ?5)"
                                          : " AND (created, id) > (?4, ?5)";
    const char *direction = q->newest_first ? "DESC" : "ASC";
    snprintf(
        sql, sizeof sql,
        "SELECT num, created, id FROM seen WHERE community = ?1 AND created >= ?2 AND created <= ?3%s AND flags & %d = 0 "
        "ORDER BY created %s, id %s",
        place, q->retracted ? FLAG_GHOST : FLAG_GHOST | FLAG_RETRACTED | FLAG_STUB, direction, direction);
    int err = sqlite_prepare(l->s, sql, &c->rows);
    if (err) return err;
    sqlite3_bind_int64(c->rows, 1, community);
    sqlite3_bind_int64(c->rows, 2, (int64_t)(first > TIME_MAX ? TIME_MAX + 1 : first));
    sqlite3_bind_int64(c->rows, 3, (int64_t)last);
    if (q->after_id) {
        sqlite3_bind_int64(c->rows, 4, (int64_t)(q->after_created > TIME_MAX ? TIME_MAX + 1 : q->after_created));
        sqlite3_bind_blob(c->rows, 5, q->after_id, HASH_SIZE, SQLITE_STATIC);
    }
    return cursor_step(l->s, c);
}

/* The cursor that stands at the next record of all, or NULL at the end. */
static struct cursor *next_of(const struct listing *l) {
    struct cursor *best = NULL;
    for (size_t i = 0; i < l->count; i++) {
        struct cursor *c = &l->cursors[i];
        if (c->end) continue;
        int order = best ? record_order(c->created, c->id, best->created, best->id) : 0;
        if (!best || (l->query->newest_first ? order > 0 : order < 0)) best = c;
    }
    return best;
}

static int list_run(struct listing *l) {
    struct store_record found;
    uint32_t given = 0;
    for (struct cursor *c; (c = next_of(l));) {
        if (l->query->limit > 0 && given++ == l->query->limit) return 0;
        int err = sqlite_get_num(&l->s->front, c->num, l->room, &found);
        if (!err) err = l->visit(l->context, &found);
        if (!err) err = cursor_step(l->s, c);
        if (err) return err;
    }
    return 0;
}

int sqlite_list(struct store *front, const struct store_query *query, store_visit visit, void *context) {
    struct sqlite_store *s = sqlite_self(front);
    struct listing l = {.s = s, .query = query, .visit = visit, .context = context};
    const struct sqlite_community *one = query->community ? sqlite_community_find(s, query->community) : NULL;
    if (query->community && !one) return 0;
    l.count = one ? 1 : s->community_count;
    l.cursors = calloc(l.count + 1, sizeof *l.cursors);
    l.room = malloc(RECORD_SIZE_MAX);
    int err = l.cursors && l.room ? 0 : ERR_MEMORY;
    for (size_t i = 0; i < l.count && !err; i++) {
        int64_t num = one ? one->num : s->communities[i].num;
        l.cursors[i].end = num == POOL_NUM;
        if (num != POOL_NUM) err = cursor_open(&l, &l.cursors[i], num);
    }
    if (!err) err = list_run(&l);
    for (size_t i = 0; i < l.count && l.cursors; i++) sqlite3_finalize(l.cursors[i].rows);
    free(l.cursors);
    free(l.room);
    return err;
}

/* Visit what a statement of (num, seen, flags, data) gives. id: only records whose id begins so, by nibbles. */
static int rows_visit(struct sqlite_store *s, sqlite3_stmt *rows, const uint8_t *prefix, unsigned nibbles,
                      uint32_t limit, store_visit visit, void *context) {
    uint8_t *room = malloc(RECORD_SIZE_MAX);
    struct store_record found;
    uint32_t given = 0;
    int row = 0, err = room ? 0 : ERR_MEMORY;
    while (!err && (limit == 0 || given < limit) && (row = sqlite_row(s, rows)) > 0) {
        err = sqlite_record_read(s, rows, room, &found);
        if (err) break;
        const uint8_t *id = found.record.id;
        if (found.record.form == RECORD_FORM_SEALED) continue;
        if (prefix && (memcmp(id, prefix, nibbles / 2) != 0 ||
                       (nibbles % 2 && (id[nibbles / 2] ^ prefix[nibbles / 2]) >> 4 != 0)))
            continue;
        given++;
        err = visit(context, &found);
    }
    free(room);
    return err ? err : row < 0 ? row : 0;
}

/* ---- Places ---- */

int sqlite_places_read(struct sqlite_store *s, sqlite3_stmt *rows, uint64_t horizon, struct sqlite_place **out,
                       size_t *count) {
    static const uint8_t unknown[HASH_SIZE];
    size_t room = 0;
    struct record r;
    int row;
    while ((row = sqlite_row(s, rows)) > 0) {
        const uint8_t *bytes = sqlite3_column_blob(rows, 2);
        size_t size = (size_t)sqlite3_column_bytes(rows, 2);
        if (!bytes || record_decode_again(&r, bytes, size, sqlite3_column_int(rows, 1) & FLAG_STUB, unknown, unknown)) {
            sqlite3_reset(rows);
            return store_tell(&s->front, ERR_DAMAGED, "%s: %s (record %lld)", s->path, err_text(ERR_DAMAGED),
                              (long long)sqlite3_column_int64(rows, 0));
        }
        if (r.created > horizon) continue;
        if (*count == room) {
            room = room ? 2 * room : 64;
            struct sqlite_place *more = realloc(*out, room * sizeof *more);
            if (!more) {
                sqlite3_reset(rows);
                return ERR_MEMORY;
            }
            *out = more;
        }
        (*out)[(*count)++] = (struct sqlite_place){sqlite3_column_int64(rows, 0), r.created};
    }
    return row;
}

static int place_order(const void *a, const void *b) {
    const struct sqlite_place *left = a, *right = b;
    return (left->created > right->created) - (left->created < right->created);
}

static int place_order_down(const void *a, const void *b) {
    return place_order(b, a);
}

struct tie {
    int64_t num;
    uint8_t id[HASH_SIZE];
};

static int tie_order(const void *a, const void *b) {
    return memcmp(((const struct tie *)a)->id, ((const struct tie *)b)->id, HASH_SIZE);
}

/* Order places of one second by their ids. */
static int ties_sort(struct sqlite_store *s, struct sqlite_place *places, size_t count, bool newest_first,
                     uint8_t *room) {
    struct store_record found;
    struct tie *ties = malloc(count * sizeof *ties);
    int err = ties ? 0 : ERR_MEMORY;
    for (size_t i = 0; i < count && !err; i++) {
        err = sqlite_get_num(&s->front, places[i].num, room, &found);
        if (err) break;
        ties[i].num = found.num;
        memcpy(ties[i].id, found.record.id, HASH_SIZE);
    }
    if (!err) qsort(ties, count, sizeof *ties, tie_order);
    for (size_t i = 0; i < count && !err; i++) places[newest_first ? count - 1 - i : i].num = ties[i].num;
    free(ties);
    return err;
}

int sqlite_places_visit(struct sqlite_store *s, struct sqlite_place *places, size_t count, bool newest_first,
                        uint32_t limit, sqlite_fits fits, const void *with, store_visit visit, void *context) {
    uint8_t *room = malloc(RECORD_SIZE_MAX);
    struct store_record found;
    uint32_t given = 0;
    size_t sorted = 0;
    int err = room ? 0 : ERR_MEMORY;
    if (!err && count > 1) qsort(places, count, sizeof *places, newest_first ? place_order_down : place_order);
    for (size_t i = 0; i < count && !err && (limit == 0 || given < limit); i++) {
        if (i == sorted) {
            while (sorted < count && places[sorted].created == places[i].created) sorted++;
            if (sorted - i > 1) err = ties_sort(s, &places[i], sorted - i, newest_first, room);
        }
        if (!err) err = sqlite_get_num(&s->front, places[i].num, room, &found);
        if (err || (fits && !fits(&found.record, with))) continue;
        given++;
        err = visit(context, &found);
    }
    free(room);
    return err;
}

static bool answers(const struct record *r, const void *key) {
    return store_has_link(r, key);
}

int sqlite_linked(struct store *front, const uint8_t *key, uint64_t now, uint32_t limit, store_visit visit,
                  void *context) {
    struct sqlite_store *s = sqlite_self(front);
    sqlite3_stmt *rows = NULL;
    struct sqlite_place *places = NULL;
    size_t count = 0;
    int err = sqlite_prepare(s,
                             "SELECT record.num, flags, data FROM reply CROSS JOIN record ON record.num = reply.num "
                             "WHERE parent = ? AND flags & 3 = 0",
                             &rows);
    if (!err) {
        sqlite3_bind_int64(rows, 1, sqlite_hash(s, key));
        err = sqlite_places_read(s, rows, store_horizon(now), &places, &count);
    }
    sqlite3_finalize(rows);
    if (!err) err = sqlite_places_visit(s, places, count, false, limit, answers, key, visit, context);
    free(places);
    return err;
}

int sqlite_find(struct store *front, const uint8_t *prefix, unsigned nibbles, uint32_t limit, store_visit visit,
                void *context) {
    struct sqlite_store *s = sqlite_self(front);
    sqlite3_stmt *rows = NULL;
    uint8_t first[HASH_SIZE] = {0}, last[HASH_SIZE];
    memset(last, 0xff, sizeof last);
    for (unsigned i = 0; i < nibbles; i++) {
        uint8_t mask = i % 2 ? 0x0f : 0xf0;
        first[i / 2] |= prefix[i / 2] & mask;
        last[i / 2] = (uint8_t)((last[i / 2] & ~mask) | (prefix[i / 2] & mask));
    }
    int64_t num = 0;
    bool whole = nibbles == 2 * HASH_SIZE;
    int err = whole ? sqlite_known_find(s, sqlite_hash(s, prefix), &num) : 1;
    if (err <= 0) return err;
    /* A scan over what was seen, which is a fifth of all; a whole id is looked up. */
    err = sqlite_prepare(s,
                         whole ? "SELECT num, seen, flags, data FROM record WHERE num = ?"
                               : "SELECT num, seen, flags, data FROM record WHERE num IN "
                                 "(SELECT num FROM seen WHERE id BETWEEN ? AND ? AND num > 0)",
                         &rows);
    if (!err && whole) sqlite3_bind_int64(rows, 1, num);
    if (!err && !whole) {
        sqlite3_bind_blob(rows, 1, first, sizeof first, SQLITE_STATIC);
        sqlite3_bind_blob(rows, 2, last, sizeof last, SQLITE_STATIC);
    }
    if (!err) err = rows_visit(s, rows, prefix, nibbles, limit, visit, context);
    sqlite3_finalize(rows);
    return err;
}

int sqlite_scan(struct store *front, const uint8_t *community, store_visit_entry visit, void *context) {
    struct sqlite_store *s = sqlite_self(front);
    const struct sqlite_community *one = community ? sqlite_community_find(s, community) : NULL;
    sqlite3_stmt *rows = NULL;
    if (community && !one) return 0;
    int row = 0, err = sqlite_prepare(s,
                                      one ? "SELECT created, num, expiry, flags, kind, size, arrived, community "
                                            "FROM seen WHERE num > 0 AND community = ?1"
                                          : "SELECT created, num, expiry, flags, kind, size, arrived, community "
                                            "FROM seen WHERE num > 0",
                                      &rows);
    if (!err && one) sqlite3_bind_int64(rows, 1, one->num);
    while (!err && (row = sqlite_row(s, rows)) > 0) {
        int flags = sqlite3_column_int(rows, 3);
        bool sealed = sqlite3_column_int64(rows, 7) == POOL_NUM;
        const struct store_entry entry = {.created = sealed ? 0 : (uint64_t)sqlite3_column_int64(rows, 0),
                                          .num = sqlite3_column_int64(rows, 1),
                                          .expiry_day = (uint32_t)sqlite3_column_int64(rows, 2),
                                          .kind = (uint32_t)sqlite3_column_int64(rows, 4),
                                          .size = (size_t)sqlite3_column_int64(rows, 5),
                                          .seen = (uint64_t)sqlite3_column_int64(rows, 6),
                                          .urgency = (uint8_t)(flags >> URGENCY_SHIFT),
                                          .retracted = flags & FLAG_RETRACTED,
                                          .stub = flags & FLAG_STUB,
                                          .pinned = flags & FLAG_PINNED};
        err = visit(context, &entry);
    }
    sqlite3_finalize(rows);
    return err ? err : row < 0 ? row : 0;
}

int sqlite_urgent_newest(struct store *front, const uint8_t *community, uint64_t now, uint32_t limit, store_visit visit,
                         void *context) {
    struct sqlite_store *s = sqlite_self(front);
    const struct sqlite_community *c = sqlite_community_find(s, community);
    struct listing l = {.s = s, .query = &(struct store_query){.newest_first = true, .limit = limit}, .count = 1};
    struct cursor cursor = {0};
    if (!c) return 0;
    l.visit = visit;
    l.context = context;
    l.cursors = &cursor;
    l.room = malloc(RECORD_SIZE_MAX);
    if (!l.room) return ERR_MEMORY;
    int err =
        sqlite_prepare(s,
                       "SELECT num, created, id FROM seen INDEXED BY seen_urgent WHERE community = ? AND created <= ? "
                       "AND flags >= 48 AND flags & 11 = 0 ORDER BY created DESC, id DESC",
                       &cursor.rows);
    if (!err) {
        sqlite3_bind_int64(cursor.rows, 1, c->num);
        sqlite3_bind_int64(cursor.rows, 2, (int64_t)store_horizon(now));
        err = cursor_step(s, &cursor);
    }
    if (!err) err = list_run(&l);
    sqlite3_finalize(cursor.rows);
    free(l.room);
    return err;
}

int64_t sqlite_newest_num(struct store *front) {
    return sqlite_self(front)->numbers.next - 1;
}

/* Visit the arrivals that a statement of (num, limit) gives. */
static int arrivals_visit(struct store *front, const char *sql, int64_t num, uint32_t limit, store_visit_arrival visit,
                          void *context) {
    struct sqlite_store *s = sqlite_self(front);
    sqlite3_stmt *rows = NULL;
    struct store_record found;
    int row = 0, err = sqlite_prepare(s, sql, &rows);
    if (!err) {
        sqlite3_bind_int64(rows, 1, num);
        sqlite3_bind_int64(rows, 2, limit);
    }
    while (!err && (row = sqlite_row(s, rows)) > 0) {
        err = sqlite_record_read(s, rows, NULL, &found);
        const struct record *r = &found.record;
        const struct store_arrival arrival = {.num = found.num,
                                              .id = r->id,
                                              .community = r->community,
                                              .author = r->author,
                                              .sealed = r->form == RECORD_FORM_SEALED,
                                              .expiry_day = r->expiry_day,
                                              .created = r->created,
                                              .kind = r->kind,
                                              .urgency = r->urgency,
                                              .stub = !r->body,
                                              .retracted = found.retracted,
                                              .size = found.size};
        if (!err) err = visit(context, &arrival);
    }
    sqlite3_finalize(rows);
    return err ? err : row < 0 ? row : 0;
}

int sqlite_arrived_after(struct store *front, int64_t num, uint32_t limit, store_visit_arrival visit, void *context) {
    return arrivals_visit(
        front, "SELECT num, seen, flags, data FROM record WHERE num > ? ORDER BY num LIMIT coalesce(nullif(?, 0), -1)",
        num, limit, visit, context);
}

int sqlite_sealed_after(struct store *front, int64_t num, uint32_t limit, store_visit_arrival visit, void *context) {
    _Static_assert(POOL_NUM == 0, "the statement names it");
    return arrivals_visit(
        front,
        "SELECT num, seen, flags, data FROM record WHERE num IN (SELECT num FROM seen WHERE "
        "community = 0 AND num > max(0, ?) ORDER BY num LIMIT coalesce(nullif(?, 0), -1)) ORDER BY num",
        num, limit, visit, context);
}
