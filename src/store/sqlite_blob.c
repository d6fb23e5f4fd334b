/*
 * sqlite_blob.c: chunks of blobs. A chunk's row is numbered blob × BLOB_CHUNKS_MAX + index, so that a blob lies
 * together without a second index.
 */
#include <string.h>

#include "core/blob.h"
#include "store/sqlite_internal.h"

struct blob_row {
    int64_t num;
    uint64_t size_bytes;
    uint32_t held;
};

#define LEFT (-1) /* in place of when it was first seen: what referred to it is gone */

/* Return 1 and the row, 0 if the blob was never here, or an error. */
static int blob_row(struct sqlite_store *s, const uint8_t *blob, struct blob_row *out) {
    sqlite3_stmt *get = sqlite_statement(s, SQL_BLOB_GET);
    sqlite3_bind_blob(get, 1, blob, HASH_SIZE, SQLITE_STATIC);
    int row = sqlite_row(s, get);
    if (row > 0)
        *out = (struct blob_row){.num = sqlite3_column_int64(get, 0),
                                 .size_bytes = (uint64_t)sqlite3_column_int64(get, 1),
                                 .held = (uint32_t)sqlite3_column_int64(get, 2)};
    sqlite3_reset(get);
    if (row > 0 && (out->num <= 0 || out->num >= INT64_MAX / BLOB_CHUNKS_MAX - 1))
        return store_tell(&s->front, ERR_DAMAGED, "%s: %s (a blob)", s->path, err_text(ERR_DAMAGED));
    return row;
}

/* Run a statement whose one parameter is a blob's id. */
static int by_id(struct sqlite_store *s, enum statement which, const uint8_t *blob) {
    sqlite3_stmt *run = sqlite_statement(s, which);
    sqlite3_bind_blob(run, 1, blob, HASH_SIZE, SQLITE_STATIC);
    return sqlite_run(s, run);
}

static int blob_drop(struct sqlite_store *s, int64_t num, uint32_t budget);

/*
 * A chunk comes. If it may be one of too many that no record refers to, drop the blobs of such that came first, but not
 * its own: a file that is being attached has no record yet, however large it is. The count in memory is never too low:
 * it is made again when it says that there are too many.
 */
static int orphans_trim(struct sqlite_store *s, const uint8_t *blob) {
    if (s->orphan_chunks >= 0 && s->orphan_chunks < STORE_ORPHAN_CHUNKS) return 0;
    sqlite3_stmt *count = sqlite_statement(s, SQL_ORPHANS_COUNT);
    int row = sqlite_row(s, count);
    int64_t chunks = row > 0 ? sqlite3_column_int64(count, 0) : 0;
    sqlite3_reset(count);
    while (row >= 0 && chunks >= STORE_ORPHAN_CHUNKS) {
        sqlite3_stmt *first = sqlite_statement(s, SQL_ORPHANS_FIRST);
        sqlite3_bind_blob(first, 1, blob, HASH_SIZE, SQLITE_STATIC);
        row = sqlite_row(s, first);
        if (row <= 0) break;
        int64_t num = sqlite3_column_int64(first, 0), held = sqlite3_column_int64(first, 1);
        sqlite3_reset(first);
        row = blob_drop(s, num, BLOB_CHUNKS_MAX + 1);
        chunks -= held;
    }
    s->orphan_chunks = chunks;
    return row < 0 ? row : 0;
}

int sqlite_chunk_put(struct store *front, const uint8_t *blob, uint64_t size_bytes, uint32_t index,
                     const uint8_t *proof, size_t proof_size, const uint8_t *data, size_t data_size, uint64_t seen) {
    struct sqlite_store *s = sqlite_self(front);
    struct blob_row row = {.size_bytes = size_bytes};
    int err = orphans_trim(s, blob);
    int got = err ? err : blob_row(s, blob, &row);
    if (got < 0) return got;
    if (got == 0) {
        sqlite3_stmt *add = sqlite_statement(s, SQL_BLOB_ADD);
        sqlite3_bind_blob(add, 1, blob, HASH_SIZE, SQLITE_STATIC);
        sqlite3_bind_int64(add, 2, (int64_t)size_bytes);
        sqlite3_bind_int64(add, 3, (int64_t)seen);
        err = sqlite_run(s, add);
        if (err) return err;
        row.num = sqlite3_last_insert_rowid(s->db);
    }
    if (row.size_bytes != size_bytes) return ERR_FIELD;
    sqlite3_stmt *add = sqlite_statement(s, SQL_CHUNK_ADD);
    sqlite3_bind_int64(add, 1, row.num * BLOB_CHUNKS_MAX + index);
    sqlite3_bind_blob(add, 2, proof_size ? (const void *)proof : "", (int)proof_size, SQLITE_STATIC);
    sqlite3_bind_blob(add, 3, data, (int)data_size, SQLITE_STATIC);
    err = sqlite_run(s, add);
    if (err || sqlite3_changes(s->db) == 0) return err;
    s->orphan_chunks += s->orphan_chunks >= 0;
    sqlite3_stmt *held = sqlite_statement(s, SQL_BLOB_HELD);
    sqlite3_bind_int64(held, 1, 1);
    sqlite3_bind_int64(held, 2, row.num);
    err = sqlite_run(s, held);
    store_charge(&s->front, BUDGET_CHUNK_COST);
    if (!err && row.held + 1 == blob_chunk_count(size_bytes)) err = by_id(s, SQL_INCOMPLETE_DROP, blob);
    return err ? err : 1;
}

int sqlite_chunk_get(struct store *front, const uint8_t *blob, uint32_t index, struct store_chunk *out) {
    struct sqlite_store *s = sqlite_self(front);
    struct blob_row row;
    int got = blob_row(s, blob, &row);
    if (got <= 0) return got < 0 ? got : ERR_NOT_FOUND;
    sqlite3_stmt *get = sqlite_statement(s, SQL_CHUNK_GET);
    sqlite3_bind_int64(get, 1, row.num * BLOB_CHUNKS_MAX + index);
    got = sqlite_row(s, get);
    if (got <= 0) return got < 0 ? got : ERR_NOT_FOUND;
    int proof_size = sqlite3_column_bytes(get, 0), data_size = sqlite3_column_bytes(get, 1);
    int err = proof_size > BLOB_PROOF_MAX || data_size > BLOB_CHUNK_SIZE ? ERR_DAMAGED : 0;
    if (!err) {
        out->size_bytes = row.size_bytes;
        out->proof_size = (size_t)proof_size;
        out->data_size = (size_t)data_size;
        if (proof_size > 0) memcpy(out->proof, sqlite3_column_blob(get, 0), out->proof_size);
        if (data_size > 0) memcpy(out->data, sqlite3_column_blob(get, 1), out->data_size);
    }
    sqlite3_reset(get);
    return err ? store_tell(&s->front, err, "%s: %s (a chunk)", s->path, err_text(err)) : 0;
}

int sqlite_blob_get(struct store *front, const uint8_t *blob, uint64_t *size_bytes, uint32_t *held) {
    struct sqlite_store *s = sqlite_self(front);
    struct blob_row row;
    int got = blob_row(s, blob, &row);
    if (got <= 0) return got < 0 ? got : ERR_NOT_FOUND;
    *size_bytes = row.size_bytes;
    *held = row.held;
    return 0;
}

int sqlite_blob_ref(struct sqlite_store *s, const struct record *r, int64_t num) {
    int err = 0;
    for (unsigned i = 0; i < r->ref_count && !err; i++) {
        if (r->refs[i].type != REF_BLOB) continue;
        sqlite3_stmt *add = sqlite_statement(s, SQL_BLOB_REF_ADD);
        sqlite3_bind_blob(add, 1, r->refs[i].id, HASH_SIZE, SQLITE_STATIC);
        sqlite3_bind_int64(add, 2, num);
        err = sqlite_run(s, add);
        struct blob_row row = {0};
        int got = err ? err : blob_row(s, r->refs[i].id, &row);
        if (got < 0) return got;
        if (got == 0 || row.held < blob_chunk_count(row.size_bytes)) err = by_id(s, SQL_INCOMPLETE_ADD, r->refs[i].id);
    }
    return err;
}

/* Drop chunks of a blob, then the blob itself, each a step: half a gigabyte at once would hold up everybody else. */
static int blob_drop(struct sqlite_store *s, int64_t num, uint32_t budget) {
    if (num <= 0 || num >= INT64_MAX / BLOB_CHUNKS_MAX - 1)
        return store_tell(&s->front, ERR_DAMAGED, "%s: %s (a blob)", s->path, err_text(ERR_DAMAGED));
    sqlite3_stmt *drop = sqlite_statement(s, SQL_CHUNK_DROP);
    sqlite3_bind_int64(drop, 1, num * BLOB_CHUNKS_MAX);
    sqlite3_bind_int64(drop, 2, num * BLOB_CHUNKS_MAX + BLOB_CHUNKS_MAX - 1);
    sqlite3_bind_int64(drop, 3, budget);
    int err = sqlite_run(s, drop);
    if (err) return err;
    int dropped = sqlite3_changes(s->db);
    store_charge(&s->front, -(int64_t)dropped * BUDGET_CHUNK_COST);
    bool more = (uint32_t)dropped == budget;
    sqlite3_stmt *rest = sqlite_statement(s, more ? SQL_BLOB_HELD : SQL_BLOB_DROP);
    if (more) sqlite3_bind_int64(rest, 1, -dropped);
    sqlite3_bind_int64(rest, more ? 2 : 1, num);
    err = sqlite_run(s, rest);
    return err ? err : dropped + !more;
}

int sqlite_blob_tick(struct sqlite_store *s, struct when when, uint32_t budget) {
    const uint64_t wait = (uint64_t)STORE_ORPHAN_DAYS * DAY_SECONDS;
    int64_t bound = when.confirmed && when.now >= wait ? (int64_t)(when.now - wait) : LEFT;
    uint32_t done = 0;
    while (done < budget) {
        sqlite3_stmt *next = sqlite_statement(s, SQL_BLOB_ORPHANS);
        sqlite3_bind_int64(next, 1, bound);
        int row = sqlite_row(s, next);
        if (row <= 0) return row < 0 ? row : (int)done;
        int64_t num = sqlite3_column_int64(next, 0);
        sqlite3_reset(next);
        int dropped = blob_drop(s, num, budget - done);
        if (dropped < 0) return dropped;
        done += (uint32_t)dropped;
    }
    return (int)done;
}

/* Nothing refers to a blob any more. */
static int left(struct sqlite_store *s, const uint8_t id[HASH_SIZE]) {
    int err = by_id(s, SQL_BLOB_LEFT, id);
    return err ? err : by_id(s, SQL_INCOMPLETE_DROP, id);
}

int sqlite_blob_unref(struct sqlite_store *s, const struct record *r, int64_t num) {
    for (unsigned i = 0; i < r->ref_count; i++) {
        if (r->refs[i].type != REF_BLOB) continue;
        sqlite3_stmt *drop = sqlite_statement(s, SQL_BLOB_REF_DROP);
        sqlite3_bind_blob(drop, 1, r->refs[i].id, HASH_SIZE, SQLITE_STATIC);
        sqlite3_bind_int64(drop, 2, num);
        int err = sqlite_run(s, drop);
        if (err) return err;
        sqlite3_stmt *any = sqlite_statement(s, SQL_BLOB_REF_ANY);
        sqlite3_bind_blob(any, 1, r->refs[i].id, HASH_SIZE, SQLITE_STATIC);
        int row = sqlite_row(s, any);
        sqlite3_reset(any);
        err = row == 0 ? left(s, r->refs[i].id) : row < 0 ? row : 0;
        if (err) return err;
    }
    return 0;
}

int sqlite_blob_missing_each(struct store *front, const uint8_t *community, store_visit_missing visit, void *context) {
    struct sqlite_store *s = sqlite_self(front);
    const struct sqlite_community *one = community ? sqlite_community_find(s, community) : NULL;
    sqlite3_stmt *rows = NULL;
    if (community && !one) return 0;
    int row = 0,
        err =
            sqlite_prepare(s,
                           "SELECT incomplete.id, community.id, coalesce(blob.size, 0), coalesce(blob.held, 0) "
                           "FROM incomplete CROSS JOIN community LEFT JOIN blob ON blob.id = incomplete.id "
                           "WHERE (?1 IS NULL OR community.num = ?1) AND EXISTS "
                           "(SELECT 1 FROM blob_ref CROSS JOIN record ON record.num = blob_ref.num WHERE blob_ref.id = "
                           "incomplete.id AND record.community = community.num AND record.flags & 3 = 0)",
                           &rows);
    if (!err && one) sqlite3_bind_int64(rows, 1, one->num);
    while (!err && (row = sqlite_row(s, rows)) > 0) {
        const struct store_missing missing = {.blob = sqlite3_column_blob(rows, 0),
                                              .community = sqlite3_column_blob(rows, 1),
                                              .size_bytes = (uint64_t)sqlite3_column_int64(rows, 2),
                                              .held = (uint32_t)sqlite3_column_int64(rows, 3)};
        if (missing.size_bytes == 0 || missing.held < blob_chunk_count(missing.size_bytes))
            err = visit(context, &missing);
    }
    sqlite3_finalize(rows);
    return err ? err : row;
}

int sqlite_blob_missing(struct store *front, const uint8_t *blob, uint32_t first, uint64_t *missing) {
    struct sqlite_store *s = sqlite_self(front);
    struct blob_row blob_is = {0};
    int row = blob_row(s, blob, &blob_is);
    if (row < 0) return row;
    *missing = store_chunk_window(row > 0 ? blob_is.size_bytes : 0, first);
    if (row == 0) return 0;
    int64_t from = blob_is.num * BLOB_CHUNKS_MAX + first;
    sqlite3_stmt *nums = sqlite_statement(s, SQL_CHUNK_NUMS);
    sqlite3_bind_int64(nums, 1, from);
    sqlite3_bind_int64(nums, 2, from + (first + 63 < BLOB_CHUNKS_MAX ? 63 : BLOB_CHUNKS_MAX - 1 - first));
    while ((row = sqlite_row(s, nums)) > 0) *missing &= ~(UINT64_C(1) << (sqlite3_column_int64(nums, 0) - from));
    return row;
}

int sqlite_blob_is_of(struct store *front, const uint8_t *community, const uint8_t *blob) {
    struct sqlite_store *s = sqlite_self(front);
    const struct sqlite_community *c = sqlite_community_find(s, community);
    if (!c) return 0;
    sqlite3_stmt *get = sqlite_statement(s, SQL_BLOB_IS_OF);
    sqlite3_bind_blob(get, 1, blob, HASH_SIZE, SQLITE_STATIC);
    sqlite3_bind_int64(get, 2, c->num);
    int row = sqlite_row(s, get);
    sqlite3_reset(get);
    return row;
}
