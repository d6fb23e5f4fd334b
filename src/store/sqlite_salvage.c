/*
 * sqlite_salvage.c: what can be read of a damaged database becomes a new one.
 *
 * Only what cannot be made again is read: groups, records, chunks, ghosts, settings; each goes through the store's own
 * door, which makes lists and digests of it. Where a row of a table by number can't be read, the next one that can is
 * searched for; tables with other keys are read from both ends.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/charter.h"
#include "store/sealed_vfs.h"
#include "store/sqlite_internal.h"

#define GROUP 1000
#define STEP_MAX ((int64_t)1 << 46)

struct salvage {
    sqlite3 *db;
    struct store *to;
    struct store_salvaged *out;
    unsigned in_group;
    uint8_t bytes[RECORD_SIZE_MAX];
};

typedef int (*row_visit)(struct salvage *v, sqlite3_stmt *row);

/* So many rows a transaction. */
static int group_step(struct salvage *v) {
    if (++v->in_group < GROUP) return 0;
    v->in_group = 0;
    int err = store_commit(v->to);
    return err ? err : store_begin(v->to);
}

/* Step, and visit the row. Return 1, 0 at the end, ERR_DAMAGED if it can't be read, or the visitor's error. */
static int row_next(struct salvage *v, sqlite3_stmt *rows, row_visit visit) {
    int code = sqlite3_step(rows);
    if (code == SQLITE_DONE) return 0;
    if (code != SQLITE_ROW) return sqlite_err_of(sqlite3_extended_errcode(v->db), sqlite3_system_errno(v->db));
    for (int i = 0; i < sqlite3_column_count(rows); i++) /* long values are read only now */
        if (sqlite3_column_type(rows, i) == SQLITE_BLOB && sqlite3_column_bytes(rows, i) > 0 &&
            !sqlite3_column_blob(rows, i))
            return ERR_DAMAGED;
    int err = visit ? visit(v, rows) : 0;
    if (!err && visit) err = group_step(v);
    return err ? err : 1;
}

/* Tell whether a row behind `after` can be read: 1, 0 if there is none, ERR_DAMAGED, another error. */
static int try_after(struct salvage *v, sqlite3_stmt *rows, int64_t after) {
    sqlite3_reset(rows);
    sqlite3_bind_int64(rows, 1, after);
    return row_next(v, rows, NULL);
}

/* Find where reading goes on behind a place that can't be read. Return 1 with *after, 0 if nothing does, an error. */
static int gap_cross(struct salvage *v, sqlite3_stmt *rows, int64_t *after) {
    int64_t bad = *after, good = *after, step = 1;
    int got = ERR_DAMAGED;
    v->out->gaps++;
    for (; got == ERR_DAMAGED && step < STEP_MAX; step *= 2) {
        good = *after + step;
        got = try_after(v, rows, good);
        if (got == ERR_DAMAGED) bad = good;
    }
    if (got == ERR_DAMAGED) return 0;
    while (got >= 0 && good - bad > 1) {
        int64_t middle = bad + (good - bad) / 2;
        int at = try_after(v, rows, middle);
        if (at == ERR_DAMAGED)
            bad = middle;
        else if (at < 0)
            return at;
        else
            good = middle;
    }
    *after = good;
    return got < 0 ? got : 1;
}

/* Visit the rows of a statement whose first column is a number, ascending, and whose first parameter it exceeds. */
static int numbered_each(struct salvage *v, const char *sql, row_visit visit) {
    sqlite3_stmt *rows = NULL;
    int64_t after = -1;
    if (sqlite3_prepare_v2(v->db, sql, -1, &rows, NULL) != SQLITE_OK) {
        v->out->gaps++;
        return 0;
    }
    int got = 1;
    while (got > 0) {
        sqlite3_reset(rows);
        sqlite3_bind_int64(rows, 1, after);
        while ((got = row_next(v, rows, visit)) > 0) after = sqlite3_column_int64(rows, 0);
        if (got == ERR_DAMAGED) got = gap_cross(v, rows, &after);
    }
    sqlite3_finalize(rows);
    return got;
}

/* Visit the rows of a table of another key from the front, and if that ends at damage from the back. */
static int keyed_each(struct salvage *v, const char *forwards, const char *backwards, row_visit visit) {
    const char *const both[] = {forwards, backwards};
    int got = ERR_DAMAGED;
    for (unsigned i = 0; i < 2 && got == ERR_DAMAGED; i++) {
        sqlite3_stmt *rows = NULL;
        if (sqlite3_prepare_v2(v->db, both[i], -1, &rows, NULL) == SQLITE_OK)
            while ((got = row_next(v, rows, visit)) > 0) continue;
        sqlite3_finalize(rows);
        v->out->gaps += got == ERR_DAMAGED && i == 0;
    }
    return got == ERR_DAMAGED ? 0 : got;
}

/* ---- What a row becomes ---- */

/* An error of what was read, not of the new store, is a gap. */
static int or_gap(struct salvage *v, int err) {
    if (err >= 0) return 0;
    if (err == ERR_FULL || err == ERR_IO || err == ERR_READ_ONLY || err == ERR_MEMORY || err == ERR_BUSY) return err;
    v->out->gaps++;
    return 0;
}

static int community_row(struct salvage *v, sqlite3_stmt *row) {
    struct charter charter;
    struct record record;
    const uint8_t *compact = sqlite3_column_blob(row, 2);
    int size = sqlite3_column_bytes(row, 2);
    if (size == 0) return 0; /* the pool */
    int err = compact ? charter_expand(&charter, &record, compact, (size_t)size) : ERR_DAMAGED;
    if (!err) err = store_community_put(v->to, &record, sqlite3_column_int(row, 1) != 0);
    v->out->communities += err > 0;
    return or_gap(v, err);
}

static int record_row(struct salvage *v, sqlite3_stmt *row) {
    struct record r;
    int size = sqlite3_column_bytes(row, 3), flags = sqlite3_column_int(row, 2);
    const uint8_t *data = sqlite3_column_blob(row, 3);
    if (!data || (size_t)size > sizeof v->bytes) return or_gap(v, ERR_DAMAGED);
    memcpy(v->bytes, data, (size_t)size);
    int err = store_decode(&r, v->bytes, (size_t)size, (flags & FLAG_STUB) != 0);
    if (!err) err = store_put(v->to, &r, v->bytes, (size_t)size, (uint64_t)sqlite3_column_int64(row, 1));
    v->out->records += err > 0;
    if (err >= 0 && (flags & FLAG_PINNED)) err = store_pin(v->to, r.id, true);
    return or_gap(v, err);
}

/* A record that was hidden must stay hidden, also if the retraction is lost. */
static int retracted_row(struct salvage *v, sqlite3_stmt *row) {
    struct store_record now;
    struct record r;
    const uint8_t *data = sqlite3_column_blob(row, 3);
    int size = sqlite3_column_bytes(row, 3), flags = sqlite3_column_int(row, 2);
    if (!(flags & FLAG_RETRACTED) || !data || store_decode(&r, data, (size_t)size, (flags & FLAG_STUB) != 0) != 0)
        return 0;
    int err = store_get(v->to, r.id, v->bytes, &now);
    if (err || now.retracted) return err == ERR_NOT_FOUND ? 0 : or_gap(v, err);
    v->out->withheld++;
    return or_gap(v, store_ghost(v->to, r.community, r.id, r.expiry_day, r.created));
}

static int ghost_row(struct salvage *v, sqlite3_stmt *row) {
    const uint8_t *id = sqlite3_column_bytes(row, 0) == HASH_SIZE ? sqlite3_column_blob(row, 0) : NULL;
    const uint8_t *community = sqlite3_column_bytes(row, 1) == HASH_SIZE ? sqlite3_column_blob(row, 1) : NULL;
    if (!id || !community) return or_gap(v, ERR_DAMAGED);
    int seen = store_has(v->to, id);
    if (seen != STORE_UNKNOWN) return or_gap(v, seen);
    int err = store_ghost(v->to, community, id, (uint32_t)sqlite3_column_int64(row, 2),
                          (uint64_t)sqlite3_column_int64(row, 3));
    v->out->ghosts += err >= 0;
    return or_gap(v, err);
}

static int own_row(struct salvage *v, sqlite3_stmt *row) {
    const uint8_t *author = sqlite3_column_bytes(row, 0) == KEY_SIZE ? sqlite3_column_blob(row, 0) : NULL;
    const uint8_t *last = sqlite3_column_bytes(row, 2) == HASH_SIZE ? sqlite3_column_blob(row, 2) : NULL;
    if (!author || !last) return or_gap(v, ERR_DAMAGED);
    int err = store_own_set(v->to, author, (uint64_t)sqlite3_column_int64(row, 1), last);
    return or_gap(v, err);
}

static int meta_row(struct salvage *v, sqlite3_stmt *row) {
    const char *name = (const char *)sqlite3_column_text(row, 0);
    const uint8_t *value = sqlite3_column_blob(row, 1);
    int size = sqlite3_column_bytes(row, 1);
    if (!name || strncmp(name, "store_", 6) == 0) return 0;
    int err = store_meta_set(v->to, name, size ? value : (const uint8_t *)"", (size_t)size);
    v->out->settings += err >= 0;
    return or_gap(v, err);
}

static int chunk_row(struct salvage *v, sqlite3_stmt *row) {
    const uint8_t *id = sqlite3_column_bytes(row, 1) == HASH_SIZE ? sqlite3_column_blob(row, 1) : NULL;
    const uint8_t *data = sqlite3_column_blob(row, 5), *proof = sqlite3_column_blob(row, 4);
    if (!id || !data) return or_gap(v, ERR_DAMAGED);
    int err = store_chunk_put(v->to, id, (uint64_t)sqlite3_column_int64(row, 2),
                              (uint32_t)(sqlite3_column_int64(row, 0) % BLOB_CHUNKS_MAX), proof,
                              (size_t)sqlite3_column_bytes(row, 4), data, (size_t)sqlite3_column_bytes(row, 5),
                              (uint64_t)sqlite3_column_int64(row, 3));
    v->out->chunks += err > 0;
    return or_gap(v, err);
}

static int all_copy(struct salvage *v) {
    static const char records[] = "SELECT num, seen, flags, data FROM record WHERE num > ? ORDER BY num";
    int err = store_begin(v->to);
    if (!err)
        err = numbered_each(v, "SELECT num, joined, compact FROM community WHERE num > ? ORDER BY num", community_row);
    if (!err) err = numbered_each(v, records, record_row);
    if (!err) err = numbered_each(v, records, retracted_row);
    if (!err)
        err = numbered_each(v,
                            "SELECT chunk.num, blob.id, blob.size, blob.seen, proof, data FROM chunk LEFT JOIN blob "
                            "ON blob.num = chunk.num / 16384 WHERE chunk.num > ? ORDER BY chunk.num",
                            chunk_row);
#define GHOSTS \
    "SELECT seen.id, community.id, seen.expiry, seen.created FROM seen JOIN community " \
    "ON community.num = seen.community WHERE seen.num = 0 "
    if (!err)
        err = keyed_each(v, GHOSTS "ORDER BY seen.community, seen.created",
                         GHOSTS "ORDER BY seen.community DESC, seen.created DESC", ghost_row);
    if (!err)
        err = keyed_each(v, "SELECT author, next, last FROM own ORDER BY author",
                         "SELECT author, next, last FROM own ORDER BY author DESC", own_row);
    if (!err)
        err = keyed_each(v, "SELECT name, value FROM meta ORDER BY name",
                         "SELECT name, value FROM meta ORDER BY name DESC", meta_row);
    return err ? err : store_commit(v->to);
}

/* Open without the least of a change: no checkpoint, nothing is written. */
static int source_open(struct salvage *v, const char *path, const uint8_t *key, char why[STORE_WHY_SIZE]) {
    struct sealed_opening opening = {.key = key, .salvage = true};
    const char *vfs = key ? sealed_vfs_name(NULL) : NULL;
    int tables = 0;
    sqlite3_stmt *look = NULL;
    if (key) sealed_vfs_key(&opening);
    int code = sqlite3_open_v2(path, &v->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, vfs);
    sealed_vfs_key(NULL);
    if (v->db) sqlite3_db_config(v->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(v->db, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA temp_store = MEMORY", NULL, NULL, NULL);
    if (code == SQLITE_OK) code = sqlite3_prepare_v2(v->db, "SELECT count(*) FROM sqlite_schema", -1, &look, NULL);
    if (code == SQLITE_OK && (code = sqlite3_step(look)) == SQLITE_ROW) {
        tables = sqlite3_column_int(look, 0);
        code = SQLITE_OK;
    }
    int err = opening.err         ? opening.err
              : code != SQLITE_OK ? sqlite_err_of(code, v->db ? sqlite3_system_errno(v->db) : 0)
              : tables == 0       ? ERR_DAMAGED
                                  : 0;
    sqlite3_finalize(look);
    if (err && why) snprintf(why, STORE_WHY_SIZE, "%.180s: %s", path, err_text(err));
    return err;
}

/* Tell whether every page that is in use can be read, and fits the others. */
static bool is_whole(sqlite3 *db) {
    const struct sealed_faults *faults = sealed_vfs_faults(db);
    sqlite3_stmt *rows = NULL;
    bool whole = sqlite3_prepare_v2(db, "PRAGMA integrity_check(1)", -1, &rows, NULL) == SQLITE_OK &&
                 sqlite3_step(rows) == SQLITE_ROW;
    const char *text = whole ? (const char *)sqlite3_column_text(rows, 0) : NULL;
    whole = text && strcmp(text, "ok") == 0;
    sqlite3_finalize(rows);
    return whole && (!faults || faults->count == 0);
}

int store_sqlite_salvage(const char *path, const uint8_t *key, const char *to, const uint8_t *to_key,
                         struct store_salvaged *out, char why[STORE_WHY_SIZE]) {
    struct salvage *v = calloc(1, sizeof *v);
    if (!v) return ERR_MEMORY;
    memset(out, 0, sizeof *out);
    v->out = out;
    int err = access(to, F_OK) == 0 ? ERR_EXISTS : 0;
    if (err && why) snprintf(why, STORE_WHY_SIZE, "%.180s: %s", to, err_text(err));
    if (!err) err = source_open(v, path, key, why);
    if (!err) err = store_sqlite_open(&v->to, to, true, to_key, why);
    if (v->to) {
        err = all_copy(v);
        if (!err && (out->gaps > 0 || !is_whole(v->db))) sqlite_parts_name(v->db, out->parts);
        if (err && why) snprintf(why, STORE_WHY_SIZE, "%s", store_why(v->to));
        store_close(v->to);
    }
    sqlite3_close(v->db);
    free(v);
    return err;
}
