/*
 * sqlite_check.c: counts, and the check of the store's own structure.
 */
#include <stdlib.h>
#include <string.h>

#include "core/blob.h"
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
        sqlite3_stmt *ahead = sqlite_statement(s, SQL_COMMUNITY_AHEAD);
        sqlite3_bind_int64(ahead, 1, s->communities[i].num);
        sqlite3_bind_int64(ahead, 2, (int64_t)store_horizon(now));
        int row = sqlite_row(s, ahead);
        if (row > 0) *out += (uint64_t)sqlite3_column_double(ahead, 1);
        sqlite3_reset(ahead);
        if (row < 0) return row;
    }
    return 0;
}

int sqlite_stats(struct store *front, uint64_t now, struct store_stats *out) {
    struct sqlite_store *s = sqlite_self(front);
    sqlite3_stmt *row = NULL;
    memset(out, 0, sizeof *out);
    int err = one_row(s, "SELECT count(*), total(total), total(stubs), total(ghosts) FROM community", &row);
    if (err) return err;
    int64_t total = 0, stubs = 0, ghosts = 0;
    for (size_t i = 0; i < s->community_count; i++) { /* what the open transaction has not written yet */
        total += s->communities[i].total;
        stubs += s->communities[i].stubs;
        ghosts += s->communities[i].ghosts;
    }
    out->communities = (uint64_t)sqlite3_column_int64(row, 0);
    out->records = (uint64_t)(sqlite3_column_int64(row, 1) + total);
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

static int records_check(struct sqlite_store *s, int *faults) {
    sqlite3_stmt *rows = NULL;
    struct store_record found;
    int row = 0, err = sqlite_prepare(s, "SELECT num, seen, flags, data, hash, created, order8 FROM record", &rows);
    while (!err && (row = sqlite_row(s, rows)) > 0) {
        int64_t num = sqlite3_column_int64(rows, 0);
        if (sqlite_record_read(s, rows, NULL, &found) != 0 ||
            sqlite3_column_int64(rows, 4) != sqlite_hash(s, found.record.id) ||
            sqlite3_column_int64(rows, 5) != (int64_t)found.record.created ||
            sqlite3_column_int64(rows, 6) != sqlite_order8(found.record.id) ||
            !sqlite_community_find(s, found.record.community))
            fault(s, faults, "record", num);
    }
    sqlite3_finalize(rows);
    return err ? err : row;
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

int sqlite_integrity(struct store *front) {
    struct sqlite_store *s = sqlite_self(front);
    int faults = 0;
    int err = database_check(s, &faults);
    if (!err && faults == 0) err = records_check(s, &faults);
    if (!err && faults == 0) err = chunks_check(s, &faults);
    return err < 0 ? err : faults;
}
