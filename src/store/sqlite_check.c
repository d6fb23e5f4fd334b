/*
 * sqlite_check.c: counts, and the check of the store's own structure.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/blob.h"
#include "store/sealed_vfs.h"
#include "store/sqlite_internal.h"

static int one_row(struct sqlite_store *s, const char *sql, sqlite3_stmt **out) {
    int err = sqlite_prepare(s, sql, out);
    int row = err ? err : sqlite_row(s, *out);
    if (row > 0) return 0;
    sqlite3_finalize(*out);
    *out = NULL;
    return row < 0 ? row : store_tell(&s->front, ERR_DAMAGED, "%s: %s", s->path, err_text(ERR_DAMAGED));
}

static int waiting_count(struct sqlite_store *s, uint64_t now, uint64_t *out) {
    *out = 0;
    for (size_t i = 0; i < s->community_count; i++) {
        if (s->communities[i].num == POOL_NUM) continue;
        sqlite3_stmt *ahead = sqlite_statement(s, SQL_COMMUNITY_AHEAD);
        sqlite3_bind_int64(ahead, 1, s->communities[i].num);
        sqlite3_bind_int64(ahead, 2, (int64_t)store_horizon(now));
        int row = sqlite_row(s, ahead);
        if (row > 0) *out += (uint64_t)sqlite3_column_int64(ahead, 0);
        sqlite3_reset(ahead);
        if (row < 0) return row;
    }
    return 0;
}

int sqlite_stats(struct store *front, uint64_t now, struct store_stats *out) {
    struct sqlite_store *s = sqlite_self(front);
    sqlite3_stmt *row = NULL;
    memset(out, 0, sizeof *out);
    int err = one_row(s,
                      "SELECT count(*) FILTER (WHERE num <> 0), total(total) FILTER (WHERE num <> 0), total(stubs), "
                      "total(ghosts), total(total) FILTER (WHERE num = 0) FROM community",
                      &row);
    _Static_assert(POOL_NUM == 0, "the statement names it");
    if (err) return err;
    int64_t total = 0, stubs = 0, ghosts = 0, sealed = 0;
    for (size_t i = 0; i < s->community_count; i++) { /* what the open transaction has not written yet */
        *(s->communities[i].num == POOL_NUM ? &sealed : &total) += s->communities[i].total;
        stubs += s->communities[i].stubs;
        ghosts += s->communities[i].ghosts;
    }
    out->communities = (uint64_t)sqlite3_column_int64(row, 0);
    out->records = (uint64_t)(sqlite3_column_int64(row, 1) + total);
    out->sealed = (uint64_t)(sqlite3_column_int64(row, 4) + sealed);
    out->stubs = (uint64_t)(sqlite3_column_int64(row, 2) + stubs);
    out->ghosts = (uint64_t)(sqlite3_column_int64(row, 3) + ghosts);
    sqlite3_finalize(row);
    err = one_row(s, "SELECT count(*), total(held) FROM blob", &row);
    if (err) return err;
    out->blobs = (uint64_t)sqlite3_column_int64(row, 0);
    out->chunks = (uint64_t)sqlite3_column_int64(row, 1);
    sqlite3_finalize(row);
    err = one_row(s, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size", &row);
    if (err) return err;
    out->bytes = (uint64_t)sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    out->unindexed = (uint64_t)s->numbers.unindexed;
    return waiting_count(s, now, &out->waiting);
}

/* Count a fault; the first one's sentence stays. */
static void fault(struct sqlite_store *s, int *faults, const char *what, long long which) {
    if (++*faults == 1)
        (void)store_tell(&s->front, ERR_DAMAGED, "%s: %s (%s %lld)", s->path, err_text(ERR_DAMAGED), what, which);
}

static int database_check(struct sqlite_store *s, int *faults) {
    sqlite3_stmt *rows = NULL;
    int row = 0, err = sqlite_prepare(s, "PRAGMA integrity_check(100)", &rows);
    while (!err && (row = sqlite_row(s, rows)) > 0) {
        const char *text = (const char *)sqlite3_column_text(rows, 0);
        if (!text || strcmp(text, "ok") != 0) fault(s, faults, text ? text : "?", 0);
    }
    sqlite3_finalize(rows);
    if (err || row < 0) return err ? err : row;
    err = sqlite_prepare(s, "PRAGMA foreign_key_check", &rows);
    while (!err && (row = sqlite_row(s, rows)) > 0) fault(s, faults, "reference", sqlite3_column_int64(rows, 1));
    sqlite3_finalize(rows);
    return err ? err : row;
}

/* Every record has its row among what was seen, which says the same. */
static int records_check(struct sqlite_store *s, int *faults) {
    sqlite3_stmt *rows = NULL;
    struct store_record found;
    int row = 0,
        err = sqlite_prepare(s,
                             "SELECT record.num, record.seen, record.flags, data, seen.id, seen.created, seen.expiry, "
                             "seen.flags, seen.kind, seen.size, seen.community, record.community, seen.arrived "
                             "FROM seen CROSS JOIN record ON record.num = seen.num",
                             &rows);
    int64_t count = 0, num = 0;
    while (!err && (row = sqlite_row(s, rows)) > 0) {
        const struct record *r = &found.record;
        int64_t which = sqlite3_column_int64(rows, 0);
        count++;
        if (sqlite_record_read(s, rows, NULL, &found)) {
            fault(s, faults, "record", which);
            continue;
        }
        const struct sqlite_community *c = sqlite_community_find(s, r->community);
        int flags = sqlite3_column_int(rows, 2);
        if (!c || sqlite3_column_bytes(rows, 4) != HASH_SIZE ||
            memcmp(sqlite3_column_blob(rows, 4), r->id, HASH_SIZE) != 0 ||
            sqlite3_column_int64(rows, 5) != (int64_t)store_place(r) ||
            sqlite3_column_int64(rows, 6) != r->expiry_day ||
            sqlite3_column_int(rows, 7) != (flags | r->urgency << URGENCY_SHIFT) ||
            sqlite3_column_int64(rows, 8) != r->kind || sqlite3_column_int64(rows, 9) != (int64_t)found.size ||
            sqlite3_column_int64(rows, 10) != c->num || sqlite3_column_int64(rows, 11) != c->num ||
            sqlite3_column_int64(rows, 12) != (int64_t)found.seen ||
            sqlite_known_find(s, sqlite_hash(s, r->id), &num) != 1 || num != which)
            fault(s, faults, "record", which);
    }
    sqlite3_finalize(rows);
    if (err || row < 0) return err ? err : row;
    err = one_row(s, "SELECT (SELECT count(*) FROM record), (SELECT count(*) FROM seen WHERE num > 0)", &rows);
    if (err) return err;
    int64_t records = sqlite3_column_int64(rows, 0), listed = sqlite3_column_int64(rows, 1);
    sqlite3_finalize(rows);
    if (records != count) fault(s, faults, "records that are in no list:", records - count);
    if (listed != count) fault(s, faults, "records that are only in a list:", listed - count);
    return 0;
}

/* Every ghost has its place among what was seen, and none is there without. */
static int ghosts_check(struct sqlite_store *s, int *faults) {
    sqlite3_stmt *rows = NULL;
    int64_t count = 0;
    int row = 0, err = sqlite_prepare(s, "SELECT id, created FROM seen WHERE num = 0", &rows);
    while (!err && (row = sqlite_row(s, rows)) > 0) {
        const uint8_t *id = sqlite3_column_bytes(rows, 0) == HASH_SIZE ? sqlite3_column_blob(rows, 0) : NULL;
        sqlite3_stmt *get = sqlite_statement(s, SQL_GHOST_GET);
        sqlite3_bind_int64(get, 1, id ? sqlite_hash(s, id) : -1);
        int got = sqlite_row(s, get);
        if (got <= 0 || sqlite3_column_int64(get, 0) != sqlite3_column_int64(rows, 1)) fault(s, faults, "ghost", count);
        sqlite3_reset(get);
        count++;
    }
    sqlite3_finalize(rows);
    if (err || row < 0) return err ? err : row;
    err = one_row(s, "SELECT count(*) FROM ghost", &rows);
    if (err) return err;
    if (sqlite3_column_int64(rows, 0) != count) fault(s, faults, "ghosts that are in no list:", count);
    sqlite3_finalize(rows);
    return 0;
}

struct comparing {
    struct sqlite_store *s;
    bool pool;
    sqlite3_stmt *rows;
    int *faults;
};

/* The next row is this bucket; a stale one has no digest. */
static int bucket_compare(void *context, const struct store_bucket *b) {
    struct comparing *c = context;
    int row = sqlite_row(c->s, c->rows);
    if (row < 0) return row;
    uint32_t hour = c->pool ? store_bucket_hour((uint64_t)b->expiry_day * DAY_SECONDS) : b->hour;
    bool same = row > 0 && sqlite3_column_int64(c->rows, 0) == b->expiry_day &&
                sqlite3_column_int64(c->rows, 1) == hour && sqlite3_column_int64(c->rows, 2) == (int64_t)b->count;
    if (same && sqlite3_column_type(c->rows, 3) != SQLITE_NULL)
        same = sqlite3_column_bytes(c->rows, 3) == HASH_SIZE &&
               memcmp(sqlite3_column_blob(c->rows, 3), b->digest, HASH_SIZE) == 0;
    if (!same) fault(c->s, c->faults, "bucket of day", b->expiry_day);
    return same ? 0 : 1; /* what follows one that is amiss tells nothing */
}

/* The buckets are what their ids make. */
static int buckets_check(struct sqlite_store *s, int *faults) {
    struct comparing c = {.s = s, .faults = faults};
    int err = sqlite_buckets_flush(s); /* only a transaction leaves any */
    sqlite3_stmt *sums = NULL;
    if (!err) err = one_row(s, "SELECT (SELECT count(*) FROM seen) - (SELECT total(count) FROM bucket)", &sums);
    if (!err && sqlite3_column_int64(sums, 0) != 0)
        fault(s, faults, "ids in no bucket:", sqlite3_column_int64(sums, 0));
    sqlite3_finalize(sums);
    for (size_t i = 0; i < s->community_count && !err; i++) {
        err = sqlite_prepare(
            s, "SELECT expiry, hour, count, digest FROM bucket WHERE community = ? ORDER BY expiry, hour", &c.rows);
        if (err) break;
        c.pool = s->communities[i].num == POOL_NUM;
        sqlite3_bind_int64(c.rows, 1, s->communities[i].num);
        err = store_buckets_compute(&s->front, s->communities[i].id, 0, bucket_compare, &c);
        int row = err ? 0 : sqlite_row(s, c.rows);
        if (row > 0) fault(s, faults, "bucket of day", sqlite3_column_int64(c.rows, 0));
        err = err > 0 ? 0 : err < 0 ? err : row < 0 ? row : 0;
        sqlite3_finalize(c.rows);
    }
    return err;
}

static int chunks_check(struct sqlite_store *s, int *faults) {
    sqlite3_stmt *rows = NULL;
    int row = 0, err = sqlite_prepare(s,
                                      "SELECT blob.id, blob.size, chunk.num % 16384, proof, data FROM chunk "
                                      "LEFT JOIN blob ON blob.num = chunk.num / 16384",
                                      &rows);
    _Static_assert(BLOB_CHUNKS_MAX == 16384, "the statement names it");
    while (!err && (row = sqlite_row(s, rows)) > 0) {
        const uint8_t *id = sqlite3_column_bytes(rows, 0) == HASH_SIZE ? sqlite3_column_blob(rows, 0) : NULL;
        uint32_t index = (uint32_t)sqlite3_column_int64(rows, 2);
        if (!id || blob_check(id, (uint64_t)sqlite3_column_int64(rows, 1), index, sqlite3_column_blob(rows, 3),
                              (size_t)sqlite3_column_bytes(rows, 3), sqlite3_column_blob(rows, 4),
                              (size_t)sqlite3_column_bytes(rows, 4)) != 0)
            fault(s, faults, "chunk", index);
    }
    sqlite3_finalize(rows);
    return err ? err : row;
}

/* ---- Pages of a sealed file ---- */

/* What people lose with a table; every other one can be made again of these. */
static const char *part_of(const char *table) {
    if (strcmp(table, "record") == 0) return "messages";
    if (strcmp(table, "chunk") == 0 || strcmp(table, "blob") == 0) return "attachments";
    if (strcmp(table, "community") == 0) return "groups";
    if (strcmp(table, "own") == 0 || strcmp(table, "meta") == 0) return "settings";
    if (strncmp(table, "search", 6) == 0) return "the search index";
    return "lists";
}

/* Read all of a table, its long values too. */
static bool table_is_readable(sqlite3 *db, const char *table) {
    sqlite3_stmt *rows = NULL;
    int code = SQLITE_NOMEM;
    char *sql = sqlite3_mprintf("SELECT * FROM \"%w\" NOT INDEXED", table);
    if (sql) code = sqlite3_prepare_v2(db, sql, -1, &rows, NULL);
    while (code == SQLITE_OK && (code = sqlite3_step(rows)) == SQLITE_ROW) {
        code = SQLITE_OK;
        for (int i = 0; i < sqlite3_column_count(rows); i++)
            if (sqlite3_column_type(rows, i) == SQLITE_BLOB && sqlite3_column_bytes(rows, i) > 0 &&
                !sqlite3_column_blob(rows, i))
                code = SQLITE_IOERR;
    }
    sqlite3_finalize(rows);
    sqlite3_free(sql);
    return code == SQLITE_DONE;
}

void sqlite_parts_name(sqlite3 *db, char out[STORE_PARTS_SIZE]) {
    sqlite3_stmt *tables = NULL;
    size_t at = 0;
    int code = sqlite3_prepare_v2(db, "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0", -1,
                                  &tables, NULL);
    out[0] = '\0';
    while (code == SQLITE_OK && sqlite3_step(tables) == SQLITE_ROW) {
        const char *table = (const char *)sqlite3_column_text(tables, 0), *part = table ? part_of(table) : "lists";
        if (!table || table_is_readable(db, table) || strstr(out, part)) continue;
        int wrote = snprintf(out + at, STORE_PARTS_SIZE - at, "%s%s", at ? ", " : "", part);
        if (wrote > 0 && (size_t)wrote < STORE_PARTS_SIZE - at) at += (size_t)wrote;
    }
    sqlite3_finalize(tables);
    if (at == 0) (void)snprintf(out, STORE_PARTS_SIZE, "lists"); /* an index, or room that nothing uses */
}

/* Every page opens and is the one that was written last. */
static int pages_check(struct sqlite_store *s, int *faults) {
    char parts[STORE_PARTS_SIZE], first[64];
    if (sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL) != SQLITE_OK)
        return 0; /* what a power cut tore in the file may still stand in the journal */
    (void)sqlite3_db_release_memory(s->db);
    int64_t bad = sealed_vfs_check(s->db);
    const struct sealed_faults *found = sealed_vfs_faults(s->db);
    if (bad <= 0 || !found || found->count == 0) return bad < 0 ? (int)bad : 0;
    sqlite_parts_name(s->db, parts);
    sealed_fault_text(&found->list[0], first, sizeof first);
    *faults += bad > INT32_MAX ? INT32_MAX : (int)bad;
    (void)store_tell(&s->front, ERR_DAMAGED, "%.90s: %s: %s (%s; of %lld in all)", s->path, err_text(ERR_DAMAGED),
                     parts, first, (long long)bad);
    return 0;
}

int sqlite_integrity(struct store *front) {
    struct sqlite_store *s = sqlite_self(front);
    int faults = 0;
    int err = s->sealed ? pages_check(s, &faults) : 0;
    if (!err && faults == 0) err = database_check(s, &faults);
    if (!err && faults == 0) err = records_check(s, &faults);
    if (!err && faults == 0) err = ghosts_check(s, &faults);
    if (!err && faults == 0) err = buckets_check(s, &faults);
    if (!err && faults == 0) err = chunks_check(s, &faults);
    int wrong = err || faults > 0 ? 0 : sqlite_charges_check(s);
    if (wrong < 0) return wrong;
    if (wrong > 0) fault(s, &faults, "charged bytes:", (long long)s->front.charges.bytes);
    return err < 0 ? err : faults;
}
