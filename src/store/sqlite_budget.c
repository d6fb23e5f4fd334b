/*
 * sqlite_budget.c: what budgets ask of the store in SQLite: the way over all that was seen, in the order of rank, and
 * the sum of what is charged, which moves in memory and is written with each transaction that changes it.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "store/sqlite_internal.h"

#define META_CHARGES "store_charges"
#define BLOB_REFS_MAX 200000 /* that are looked at */

int sqlite_is_joined(struct store *front, const uint8_t *community) {
    const struct sqlite_community *c = sqlite_community_find(sqlite_self(front), community);
    return c ? c->joined : ERR_COMMUNITY;
}

uint64_t sqlite_budget_hash(struct store *front, const uint8_t *bytes, size_t size) {
    uint64_t hash;
    crypto_shorthash((unsigned char *)&hash, bytes, size, sqlite_self(front)->hash_key);
    return hash;
}

/* ---- The sum ---- */

/* Add up what a store of before has. */
static int charges_compute(struct sqlite_store *s) {
    sqlite3_stmt *get = NULL;
    int err = sqlite_prepare(s,
                             "SELECT (SELECT coalesce(sum(size + ?1), 0) FROM seen WHERE num > 0) + "
                             "(SELECT coalesce(sum(held * ?2), 0) FROM blob)",
                             &get);
    if (err) return err;
    sqlite3_bind_int64(get, 1, BUDGET_RECORD_COST);
    sqlite3_bind_int64(get, 2, BUDGET_CHUNK_COST);
    int row = sqlite_row(s, get);
    if (row > 0) s->front.charges = (struct store_charges){.bytes = (uint64_t)sqlite3_column_int64(get, 0)};
    sqlite3_finalize(get);
    return row < 0 ? row : 0;
}

int sqlite_charges_check(struct sqlite_store *s) {
    const struct store_charges kept = s->front.charges;
    int err = charges_compute(s);
    bool same = kept.bytes == s->front.charges.bytes;
    s->front.charges = kept;
    return err ? err : !same;
}

int sqlite_charges_load(struct sqlite_store *s) {
    struct store_charges c;
    int got = sqlite_meta_get(&s->front, META_CHARGES, (uint8_t *)&c, sizeof c);
    if (got < 0 && got != ERR_NOT_FOUND && got != ERR_SPACE) return got;
    s->front.charges = c;
    int err = got == (int)sizeof c ? 0 : charges_compute(s);
    s->charges_written = s->front.charges;
    return err;
}

int sqlite_charges_flush(struct sqlite_store *s) {
    const struct store_charges *c = &s->front.charges;
    if (c->bytes == s->charges_written.bytes && c->dropped == s->charges_written.dropped) return 0;
    int err = sqlite_meta_set(&s->front, META_CHARGES, (const uint8_t *)c, sizeof *c);
    if (!err) s->charges_written = *c;
    return err;
}

/* ---- The way ---- */

/* Set the way at the latest day of a community that lies before `before`. Return 1, or 0 if there is none. */
static int day_find(struct sqlite_store *s, struct store_way *way, uint64_t before) {
    const struct sqlite_community *c = &s->communities[way->community];
    sqlite3_stmt *get = sqlite_statement(s, SQL_BUDGET_DAY);
    sqlite3_bind_int64(get, 1, c->num);
    sqlite3_bind_int64(get, 2, (int64_t)before);
    int row = sqlite_row(s, get);
    if (row > 0) {
        way->day = (uint64_t)sqlite3_column_int64(get, 0) / DAY_SECONDS;
        way->created = way->day * DAY_SECONDS;
        memset(way->id, 0, sizeof way->id);
        memcpy(way->community_id, c->id, HASH_SIZE);
    }
    sqlite3_reset(get);
    return row;
}

/* Go to the next day that holds anything, in this community or one behind it. Return 1, or 0 at the end. */
static int day_next(struct sqlite_store *s, struct store_way *way) {
    uint64_t before = way->begun ? way->day * DAY_SECONDS : TIME_MAX + 1;
    way->begun = true;
    for (; way->community < s->community_count; way->community++, before = TIME_MAX + 1) {
        int found = day_find(s, way, before);
        if (found != 0) return found;
    }
    return 0;
}

static int day_read(struct sqlite_store *s, struct store_way *way, struct store_charged *out, unsigned max) {
    sqlite3_stmt *rows = sqlite_statement(s, SQL_BUDGET_WALK);
    sqlite3_bind_int64(rows, 1, s->communities[way->community].num);
    sqlite3_bind_int64(rows, 2, (int64_t)way->created);
    sqlite3_bind_blob(rows, 3, way->id, HASH_SIZE, SQLITE_STATIC);
    sqlite3_bind_int64(rows, 4, (int64_t)(way->day * DAY_SECONDS + DAY_SECONDS - 1));
    sqlite3_bind_int64(rows, 5, max);
    unsigned count = 0;
    int row = 0;
    while (count < max && (row = sqlite_row(s, rows)) > 0) {
        struct store_charged *one = &out[count++];
        int flags = sqlite3_column_int(rows, 5);
        *one = (struct store_charged){.num = sqlite3_column_int64(rows, 0),
                                      .created = (uint64_t)sqlite3_column_int64(rows, 1),
                                      .queue = (uint64_t)sqlite3_column_int64(rows, 3),
                                      .bytes = (uint64_t)sqlite3_column_int64(rows, 4),
                                      .expiry_day = (uint32_t)sqlite3_column_int64(rows, 6),
                                      .urgent = flags >> URGENCY_SHIFT == URGENCY_URGENT,
                                      .pinned = flags & FLAG_PINNED};
        if (flags & FLAG_GHOST) {
            one->urgent = one->bytes & 1;
            one->bytes >>= 1;
        }
        if (sqlite3_column_bytes(rows, 2) != HASH_SIZE) {
            sqlite3_reset(rows);
            return store_tell(&s->front, ERR_DAMAGED, "%s: %s (an id)", s->path, err_text(ERR_DAMAGED));
        }
        memcpy(one->id, sqlite3_column_blob(rows, 2), HASH_SIZE);
    }
    if (count > 0) {
        way->created = out[count - 1].created;
        memcpy(way->id, out[count - 1].id, HASH_SIZE);
    }
    sqlite3_reset(rows);
    return row < 0 ? row : (int)count;
}

int sqlite_budget_walk(struct store *front, struct store_way *way, struct store_charged *out, unsigned max) {
    struct sqlite_store *s = sqlite_self(front);
    int more = way->begun ? 1 : day_next(s, way);
    while (more > 0 && way->community < s->community_count) {
        int count = day_read(s, way, out, max);
        if (count != 0) return count;
        more = day_next(s, way);
    }
    return more < 0 ? more : 0;
}

/* ---- Blobs ---- */

static int cost_order(const void *a, const void *b) {
    const struct store_blob_cost *left = a, *right = b;
    return (left->num > right->num) - (left->num < right->num);
}

/* The record that a blob is charged to so far. */
struct bearer {
    int64_t blob, num;
    uint64_t created, bytes;
    uint8_t id[HASH_SIZE];
};

static int cost_add(struct store_blob_cost **list, size_t *count, const struct bearer *b) {
    if (b->num == 0) return 0;
    if ((*count & (*count - 1)) == 0) { /* full at every power of two */
        struct store_blob_cost *more = realloc(*list, (*count ? 2 * *count : 1) * sizeof *more);
        if (!more) return ERR_MEMORY;
        *list = more;
    }
    (*list)[(*count)++] = (struct store_blob_cost){.num = b->num, .bytes = b->bytes};
    return 0;
}

int sqlite_budget_blobs(struct store *front, struct store_blob_cost **out, size_t *count) {
    struct sqlite_store *s = sqlite_self(front);
    struct bearer b = {0};
    struct store_record found;
    sqlite3_stmt *rows = NULL;
    *out = NULL;
    *count = 0;
    int row = 0, err = sqlite_prepare(s,
                                      "SELECT record.num, record.seen, record.flags, record.data, blob.num, blob.held "
                                      "FROM blob CROSS JOIN blob_ref ON blob_ref.id = blob.id "
                                      "CROSS JOIN record ON record.num = blob_ref.num WHERE blob.held > 0 LIMIT ?",
                                      &rows);
    if (!err) sqlite3_bind_int64(rows, 1, BLOB_REFS_MAX);
    while (!err && (row = sqlite_row(s, rows)) > 0) {
        int64_t blob = sqlite3_column_int64(rows, 4);
        err = sqlite_record_read(s, rows, NULL, &found);
        if (err) break;
        if (blob != b.blob) err = cost_add(out, count, &b);
        bool first = blob != b.blob || record_order(found.record.created, found.record.id, b.created, b.id) < 0;
        b.blob = blob;
        b.bytes = (uint64_t)sqlite3_column_int64(rows, 5) * BUDGET_CHUNK_COST;
        if (!first) continue;
        b.num = found.num;
        b.created = found.record.created;
        memcpy(b.id, found.record.id, HASH_SIZE);
    }
    sqlite3_finalize(rows);
    if (!err) err = row < 0 ? row : cost_add(out, count, &b);
    if (err) {
        free(*out);
        *out = NULL;
        *count = 0;
        return err;
    }
    if (*count > 1) qsort(*out, *count, sizeof **out, cost_order);
    return 0;
}
