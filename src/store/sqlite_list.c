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

/* Records of one second whose ids begin with the same 8 bytes: their exact order needs the whole id. Who makes more
 * than these gets them in some order. */
#define TIES_MAX 8

struct cursor {
    sqlite3_stmt *rows;
    int64_t num, created, order8;
    bool end;
};

struct listing {
    struct sqlite_store *s;
    const struct store_query *query;
    store_visit visit;
    void *context;
    struct cursor *cursors;
    size_t count;
    uint32_t given;
    uint8_t *room;
};

static int cursor_step(struct sqlite_store *s, struct cursor *c) {
    int row = sqlite_row(s, c->rows);
    if (row < 0) return row;
    c->end = row == 0;
    if (row > 0) {
        c->num = sqlite3_column_int64(c->rows, 0);
        c->created = sqlite3_column_int64(c->rows, 1);
        c->order8 = sqlite3_column_int64(c->rows, 2);
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
                        : q->newest_first ? " AND (created, order8) <= (?4, ?5)"
                                          : " AND (created, order8) >= (?4, ?5)";
    const char *direction = q->newest_first ? "DESC" : "ASC";
    snprintf(sql, sizeof sql,
             "SELECT num, created, order8 FROM record WHERE community = ?1 AND created >= ?2 AND created <= ?3%s%s "
             "ORDER BY created %s, order8 %s",
             place, q->retracted ? "" : " AND flags & 3 = 0", direction, direction);
    int err = sqlite_prepare(l->s, sql, &c->rows);
    if (err) return err;
    sqlite3_bind_int64(c->rows, 1, community);
    sqlite3_bind_int64(c->rows, 2, (int64_t)(first > TIME_MAX ? TIME_MAX + 1 : first));
    sqlite3_bind_int64(c->rows, 3, (int64_t)last);
    if (q->after_id) {
        sqlite3_bind_int64(c->rows, 4, (int64_t)(q->after_created > TIME_MAX ? TIME_MAX : q->after_created));
        sqlite3_bind_int64(c->rows, 5, sqlite_order8(q->after_id));
    }
    return cursor_step(l->s, c);
}

/* Negative if a comes before b in the direction of the listing. */
static int place_compare(const struct listing *l, int64_t created_a, int64_t order8_a, int64_t created_b,
                         int64_t order8_b) {
    int order = created_a != created_b ? (created_a < created_b ? -1 : 1)
                : order8_a != order8_b ? (order8_a < order8_b ? -1 : 1)
                                       : 0;
    return l->query->newest_first ? -order : order;
}

static int visit_one(struct listing *l, int64_t num) {
    struct store_record found;
    const struct store_query *q = l->query;
    int err = sqlite_get_num(&l->s->front, num, l->room, &found);
    if (err) return err;
    if (q->after_id) { /* the statement's bound is by 8 bytes of the id; the exact one is here */
        int order = record_order(found.record.created, found.record.id, q->after_created, q->after_id);
        if (q->newest_first ? order >= 0 : order <= 0) return 0;
    }
    l->given++;
    return l->visit(l->context, &found);
}

/* Sort the few records that share a place by their whole ids. */
static int ties_sort(struct listing *l, int64_t *nums, size_t count) {
    uint8_t ids[TIES_MAX][HASH_SIZE];
    struct store_record found;
    for (size_t i = 0; i < count; i++) {
        int err = sqlite_get_num(&l->s->front, nums[i], l->room, &found);
        if (err) return err;
        size_t at = i;
        int64_t num = nums[i];
        for (; at > 0; at--) {
            int order = memcmp(found.record.id, ids[at - 1], HASH_SIZE);
            if (l->query->newest_first ? order < 0 : order > 0) break;
            memcpy(ids[at], ids[at - 1], HASH_SIZE);
            nums[at] = nums[at - 1];
        }
        memcpy(ids[at], found.record.id, HASH_SIZE);
        nums[at] = num;
    }
    return 0;
}

/* Take the records of the next place off the cursors. Return how many, 0 at the end. */
static int place_take(struct listing *l, int64_t nums[TIES_MAX]) {
    const struct cursor *best = NULL;
    int count = 0;
    for (size_t i = 0; i < l->count; i++) {
        const struct cursor *c = &l->cursors[i];
        if (!c->end && (!best || place_compare(l, c->created, c->order8, best->created, best->order8) < 0)) best = c;
    }
    if (!best) return 0;
    int64_t created = best->created, order8 = best->order8;
    for (size_t i = 0; i < l->count && count < TIES_MAX; i++) {
        struct cursor *c = &l->cursors[i];
        while (!c->end && c->created == created && c->order8 == order8 && count < TIES_MAX) {
            nums[count++] = c->num;
            int err = cursor_step(l->s, c);
            if (err) return err;
        }
    }
    return count;
}

static int list_run(struct listing *l) {
    int64_t nums[TIES_MAX];
    for (;;) {
        int count = place_take(l, nums);
        if (count <= 0) return count;
        int err = count > 1 ? ties_sort(l, nums, (size_t)count) : 0;
        for (int i = 0; i < count && !err; i++) {
            if (l->query->limit > 0 && l->given >= l->query->limit) return 0;
            err = visit_one(l, nums[i]);
        }
        if (err) return err;
    }
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
    for (size_t i = 0; i < l.count && !err; i++)
        err = cursor_open(&l, &l.cursors[i], one ? one->num : s->communities[i].num);
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

int sqlite_places_read(struct sqlite_store *s, sqlite3_stmt *rows, struct sqlite_place **out, size_t *count) {
    size_t room = 0;
    int row;
    while ((row = sqlite_row(s, rows)) > 0) {
        if (*count == room) {
            room = room ? 2 * room : 64;
            struct sqlite_place *more = realloc(*out, room * sizeof *more);
            if (!more) {
                sqlite3_reset(rows);
                return ERR_MEMORY;
            }
            *out = more;
        }
        (*out)[(*count)++] = (struct sqlite_place){sqlite3_column_int64(rows, 0), sqlite3_column_int64(rows, 1),
                                                   sqlite3_column_int64(rows, 2)};
    }
    return row;
}

static int place_order(const void *a, const void *b) {
    const struct sqlite_place *left = a, *right = b;
    if (left->created != right->created) return left->created < right->created ? -1 : 1;
    return (left->order8 > right->order8) - (left->order8 < right->order8);
}

static int place_order_down(const void *a, const void *b) {
    return place_order(b, a);
}

int sqlite_places_visit(struct sqlite_store *s, struct sqlite_place *places, size_t count, bool newest_first,
                        uint32_t limit, sqlite_fits fits, const void *with, store_visit visit, void *context) {
    uint8_t *room = malloc(RECORD_SIZE_MAX);
    struct store_record found;
    uint32_t given = 0;
    int err = room ? 0 : ERR_MEMORY;
    if (!err && count > 1) qsort(places, count, sizeof *places, newest_first ? place_order_down : place_order);
    for (size_t i = 0; i < count && !err && (limit == 0 || given < limit); i++) {
        err = sqlite_get_num(&s->front, places[i].num, room, &found);
        if (err || (fits && !fits(&found.record, with))) continue;
        given++;
        err = visit(context, &found);
    }
    free(room);
    return err;
}

static bool answers(const struct record *r, const void *parent) {
    const uint8_t *id = record_ref(r, REF_REPLY);
    return id && memcmp(id, parent, HASH_SIZE) == 0;
}

int sqlite_replies(struct store *front, const uint8_t *id, uint64_t now, uint32_t limit, store_visit visit,
                   void *context) {
    struct sqlite_store *s = sqlite_self(front);
    sqlite3_stmt *rows = NULL;
    struct sqlite_place *places = NULL;
    size_t count = 0;
    int err =
        sqlite_prepare(s,
                       "SELECT record.num, created, order8 FROM reply CROSS JOIN record ON record.num = reply.num "
                       "WHERE parent = ? AND created <= ? AND flags & 3 = 0",
                       &rows);
    if (!err) {
        sqlite3_bind_int64(rows, 1, sqlite_hash(s, id));
        sqlite3_bind_int64(rows, 2, (int64_t)store_horizon(now));
        err = sqlite_places_read(s, rows, &places, &count);
    }
    sqlite3_finalize(rows);
    if (!err) err = sqlite_places_visit(s, places, count, false, limit, answers, id, visit, context);
    free(places);
    return err;
}

int sqlite_find(struct store *front, const uint8_t *prefix, unsigned nibbles, uint32_t limit, store_visit visit,
                void *context) {
    struct sqlite_store *s = sqlite_self(front);
    sqlite3_stmt *rows = NULL;
    uint8_t first[HASH_SIZE] = {0}, last[HASH_SIZE];
    memset(last, 0xff, sizeof last);
    for (unsigned i = 0; i < nibbles && i < 16; i++) {
        uint8_t mask = i % 2 ? 0x0f : 0xf0;
        first[i / 2] |= prefix[i / 2] & mask;
        last[i / 2] = (uint8_t)((last[i / 2] & ~mask) | (prefix[i / 2] & mask));
    }
    /* A scan over the index that lists use, which is a tenth of the table; a whole id is looked up. */
    bool whole = nibbles == 2 * HASH_SIZE;
    int err = sqlite_prepare(s,
                             whole ? "SELECT num, seen, flags, data FROM record WHERE hash = ?"
                                   : "SELECT num, seen, flags, data FROM record WHERE num IN "
                                     "(SELECT num FROM record INDEXED BY record_order WHERE order8 BETWEEN ? AND ?)",
                             &rows);
    if (!err) {
        sqlite3_bind_int64(rows, 1, whole ? sqlite_hash(s, prefix) : sqlite_order8(first));
        if (!whole) sqlite3_bind_int64(rows, 2, sqlite_order8(last));
        err = rows_visit(s, rows, prefix, nibbles, limit, visit, context);
    }
    sqlite3_finalize(rows);
    return err;
}

static int own_expiry(struct sqlite_store *s, sqlite3_stmt *row, bool stub, uint32_t *day) {
    struct record r;
    const uint8_t *bytes = sqlite3_column_blob(row, 8);
    if (!bytes || store_decode(&r, bytes, (size_t)sqlite3_column_bytes(row, 8), stub))
        return store_tell(&s->front, ERR_DAMAGED, "%s: %s (record %lld)", s->path, err_text(ERR_DAMAGED),
                          (long long)sqlite3_column_int64(row, 0));
    *day = r.expiry_day;
    return 0;
}

int sqlite_scan(struct store *front, const uint8_t *community, store_visit_entry visit, void *context) {
    struct sqlite_store *s = sqlite_self(front);
    const struct sqlite_community *one = community ? sqlite_community_find(s, community) : NULL;
    sqlite3_stmt *rows = NULL;
    if (community && !one) return 0;
    /* A retraction may be kept beyond its own day, which its bytes tell. */
    int row = 0,
        err = sqlite_prepare(
            s,
            "SELECT num, created, seen, expiry, kind, urgency, flags, length(data), CASE WHEN kind = 5 THEN data END "
            "FROM record WHERE ?1 IS NULL OR +community = ?1",
            &rows);
    if (!err && one) sqlite3_bind_int64(rows, 1, one->num);
    while (!err && (row = sqlite_row(s, rows)) > 0) {
        int flags = sqlite3_column_int(rows, 6);
        struct store_entry entry = {.num = sqlite3_column_int64(rows, 0),
                                    .created = (uint64_t)sqlite3_column_int64(rows, 1),
                                    .seen = (uint64_t)sqlite3_column_int64(rows, 2),
                                    .expiry_day = (uint32_t)sqlite3_column_int64(rows, 3),
                                    .kind = (uint32_t)sqlite3_column_int64(rows, 4),
                                    .urgency = (uint8_t)sqlite3_column_int(rows, 5),
                                    .retracted = flags & FLAG_RETRACTED,
                                    .stub = flags & FLAG_STUB,
                                    .pinned = flags & FLAG_PINNED,
                                    .size = (size_t)sqlite3_column_int64(rows, 7)};
        if (entry.kind == KIND_RETRACTION) err = own_expiry(s, rows, entry.stub, &entry.expiry_day);
        if (!err) err = visit(context, &entry);
    }
    sqlite3_finalize(rows);
    return err ? err : row < 0 ? row : 0;
}

static bool is_in(const struct store_span *span, const struct store_seen_id *seen) {
    uint64_t key = store_bucket_key(seen->expiry_day, store_bucket_hour(seen->created));
    return key >= span->lo && key < span->hi;
}

static int seen_held(struct sqlite_store *s, int64_t community, const struct store_span *span, store_visit_seen visit,
                     void *context) {
    sqlite3_stmt *rows = NULL;
    struct store_record found;
    int row = 0, err = sqlite_prepare(s, "SELECT num, seen, flags, data FROM record WHERE community = ?", &rows);
    if (!err) sqlite3_bind_int64(rows, 1, community);
    while (!err && (row = sqlite_row(s, rows)) > 0) {
        err = sqlite_record_read(s, rows, NULL, &found);
        const struct record *r = &found.record;
        const struct store_seen_id seen = {.id = r->id,
                                           .expiry_day = r->expiry_day,
                                           .created = r->created,
                                           .num = found.num,
                                           .urgency = r->urgency,
                                           .stub = !r->body,
                                           .retracted = found.retracted};
        if (!err && is_in(span, &seen)) err = visit(context, &seen);
    }
    sqlite3_finalize(rows);
    return err ? err : row < 0 ? row : 0;
}

int sqlite_seen_range(struct store *front, const uint8_t *community, const struct store_span *span,
                      store_visit_seen visit, void *context) {
    struct sqlite_store *s = sqlite_self(front);
    const struct sqlite_community *c = sqlite_community_find(s, community);
    sqlite3_stmt *rows = NULL;
    if (!c) return 0;
    int64_t num = c->num;
    int row = 0, err = seen_held(s, num, span, visit, context);
    if (!err) err = sqlite_prepare(s, "SELECT id, expiry FROM ghost WHERE community = ?", &rows);
    if (!err) sqlite3_bind_int64(rows, 1, num);
    while (!err && (row = sqlite_row(s, rows)) > 0) {
        int size = sqlite3_column_bytes(rows, 0);
        struct store_seen_id seen = {.id = sqlite3_column_blob(rows, 0),
                                     .expiry_day = (uint32_t)sqlite3_column_int64(rows, 1)};
        if (size == HASH_SIZE + sizeof seen.created) memcpy(&seen.created, seen.id + HASH_SIZE, sizeof seen.created);
        if (size < HASH_SIZE) err = ERR_DAMAGED;
        if (!err && is_in(span, &seen)) err = visit(context, &seen);
    }
    sqlite3_finalize(rows);
    return err ? err : row < 0 ? row : 0;
}

struct urgent {
    uint32_t limit, count;
    store_visit visit;
    void *context;
    int stop;
};

static int urgent_one(void *context, const struct store_record *record) {
    struct urgent *u = context;
    if (record->record.urgency != URGENCY_URGENT) return 0;
    u->stop = u->visit(u->context, record);
    u->count++;
    return u->stop || u->count == u->limit;
}

int sqlite_urgent_newest(struct store *front, const uint8_t *community, uint64_t now, uint32_t limit, store_visit visit,
                         void *context) {
    struct store_query query = {.community = community, .now = now, .newest_first = true};
    struct urgent urgent = {.limit = limit, .visit = visit, .context = context};
    int err = sqlite_list(front, &query, urgent_one, &urgent);
    return err < 0 ? err : urgent.stop;
}

int64_t sqlite_newest_num(struct store *front) {
    return sqlite_self(front)->numbers.next - 1;
}

int sqlite_arrived_after(struct store *front, int64_t num, uint32_t limit, store_visit_arrival visit, void *context) {
    struct sqlite_store *s = sqlite_self(front);
    sqlite3_stmt *rows = NULL;
    struct store_record found;
    int row = 0,
        err = sqlite_prepare(
            s, "SELECT num, seen, flags, data FROM record WHERE num > ? ORDER BY num LIMIT coalesce(nullif(?, 0), -1)",
            &rows);
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
