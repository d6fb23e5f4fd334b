/*
 * sqlite.c: the store in an SQLite database: opening, transactions, errors, settings.
 *
 * One process owns the file (locking_mode EXCLUSIVE: no -shm beside it). The journal is a WAL, synced at every commit
 * (synchronous FULL), so that a commit survives a power cut and costs one fsync.
 */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/check.h"
#include "store/sealed_vfs.h"
#include "store/sqlite_internal.h"

struct sqlite_store *sqlite_self(struct store *s) {
    CHECK(s->ops == &sqlite_ops);
    return (struct sqlite_store *)s;
}

int sqlite_err_of(int code, int system) {
    bool reading = (code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN;
    if (reading && (system == ENOSPC || system == EDQUOT || system == EFBIG)) return ERR_FULL;
    switch (code & 0xff) {
    case SQLITE_FULL: return ERR_FULL;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH: return ERR_READ_ONLY;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return ERR_BUSY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH: return ERR_DAMAGED;
    case SQLITE_NOMEM: return ERR_MEMORY;
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
        if (code == SQLITE_IOERR_NOMEM) return ERR_MEMORY;
        if (code == SQLITE_IOERR_CORRUPTFS || code == SQLITE_IOERR_DATA) return ERR_DAMAGED;
        if (system == EROFS || system == EACCES || system == EPERM) return ERR_READ_ONLY;
        return system == ENOENT || system == ENOTDIR ? ERR_NOT_FOUND : ERR_IO;
    default:
        /* A schema that is not as it was made shows as an ordinary SQL error. */
        return ERR_DAMAGED;
    }
}

int sqlite_fail(struct sqlite_store *s) {
    int err = sqlite_err_of(sqlite3_extended_errcode(s->db), sqlite3_system_errno(s->db));
    const struct sealed_faults *faults = err == ERR_DAMAGED ? sealed_vfs_faults(s->db) : NULL;
    char what[80];
    if (!faults || faults->count == 0)
        return store_tell(&s->front, err, "%s: %s (%s)", s->path, err_text(err), sqlite3_errmsg(s->db));
    uint64_t last = faults->count < SEALED_FAULTS_MAX ? faults->count : SEALED_FAULTS_MAX;
    sealed_fault_text(&faults->list[last - 1], what, sizeof what);
    return store_tell(&s->front, err, "%s: %s (%s)", s->path, err_text(err), what);
}

sqlite3_stmt *sqlite_statement(struct sqlite_store *s, enum statement which) {
    static const char *const texts[SQL_COUNT] = {
#define STATEMENT_TEXT(name, sql) sql, /* NOLINT(bugprone-suspicious-missing-comma): long ones are in pieces */
        STATEMENTS(STATEMENT_TEXT)
#undef STATEMENT_TEXT
    };
    if (!s->statements[which])
        sqlite3_prepare_v3(s->db, texts[which], -1, SQLITE_PREPARE_PERSISTENT, &s->statements[which], NULL);
    else
        sqlite3_reset(s->statements[which]);
    return s->statements[which];
}

int sqlite_prepare(struct sqlite_store *s, const char *sql, sqlite3_stmt **out) {
    return sqlite3_prepare_v2(s->db, sql, -1, out, NULL) == SQLITE_OK ? 0 : sqlite_fail(s);
}

int sqlite_run(struct sqlite_store *s, sqlite3_stmt *statement) {
    if (!statement) return sqlite_fail(s);
    int code = sqlite3_step(statement);
    int err = code == SQLITE_DONE || code == SQLITE_ROW ? 0 : sqlite_fail(s);
    sqlite3_reset(statement);
    return err;
}

int sqlite_row(struct sqlite_store *s, sqlite3_stmt *statement) {
    if (!statement) return sqlite_fail(s);
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) return 1;
    int err = code == SQLITE_DONE ? 0 : sqlite_fail(s);
    sqlite3_reset(statement);
    return err;
}

int64_t sqlite_hash(const struct sqlite_store *s, const uint8_t id[HASH_SIZE]) {
    uint64_t hash;
    crypto_shorthash((unsigned char *)&hash, id, HASH_SIZE, s->hash_key);
    return (int64_t)(hash >> 1);
}

static int any_row(struct sqlite_store *s, enum statement which, bool *any) {
    sqlite3_stmt *get = sqlite_statement(s, which);
    int row = sqlite_row(s, get);
    *any = row > 0;
    sqlite3_reset(get);
    return row < 0 ? row : 0;
}

/* What is kept in memory about the database; read anew after a rollback. */
static int state_load(struct sqlite_store *s) {
    int err = sqlite_communities_load(s);
    if (!err) err = sqlite_numbers_load(s);
    if (!err) err = sqlite_known_load(s);
    if (!err) err = sqlite_charges_load(s);
    if (err) return err;
    err = any_row(s, SQL_GHOST_ANY, &s->any_ghost);
    return err ? err : any_row(s, SQL_RETRACTION_ANY, &s->any_retraction);
}

static int begin(struct store *front) {
    struct sqlite_store *s = sqlite_self(front);
    if (s->broken)
        return store_tell(front, s->broken, "%s: it could not be read after an error; close it and try again", s->path);
    sqlite_known_begin(s);
    return sqlite_run(s, sqlite_statement(s, SQL_BEGIN));
}

/* The sentence of the error that led here stays. */
static void rollback(struct store *front) {
    struct sqlite_store *s = sqlite_self(front);
    char why[STORE_WHY_SIZE];
    bool told = front->told;
    memcpy(why, front->why, sizeof why);
    for (size_t i = 0; i < SQL_COUNT; i++) sqlite3_reset(s->statements[i]);
    int err = 0;
    if (!sqlite3_get_autocommit(s->db)) /* SQLite may have rolled back by itself */
        err = sqlite_run(s, sqlite_statement(s, SQL_ROLLBACK));
    sqlite_buckets_forget(s);
    s->swept = 0;
    s->orphan_chunks = -1;
    sqlite_known_rollback(s);
    s->broken = err ? err : state_load(s);
    memcpy(front->why, why, sizeof why);
    front->told = told;
}

static int commit(struct store *front) {
    struct sqlite_store *s = sqlite_self(front);
    int err = sqlite_communities_flush(s);
    if (!err) err = sqlite_buckets_flush(s);
    if (!err && s->known.count >= s->known.limit) err = sqlite_known_flush(s);
    if (!err) err = sqlite_numbers_flush(s);
    if (!err) err = sqlite_charges_flush(s);
    if (!err) err = sqlite_run(s, sqlite_statement(s, SQL_COMMIT));
    if (err) {
        rollback(front);
        return err;
    }
    /* What was overwritten still stands in the journal: copy the new pages into the database and cut the journal. */
    if (s->wiped && sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) == SQLITE_OK)
        s->wiped = false;
    return 0;
}

static void sqlite_close(struct store *front) {
    struct sqlite_store *s = sqlite_self(front);
    sqlite_known_close(s);
    for (size_t i = 0; i < SQL_COUNT; i++) sqlite3_finalize(s->statements[i]);
    sqlite3_close(s->db);
    free(s->communities);
    sqlite_known_free(s);
    sodium_memzero(s, sizeof *s);
    free(s);
}

int sqlite_meta_get(struct store *front, const char *name, uint8_t *out, size_t size) {
    struct sqlite_store *s = sqlite_self(front);
    sqlite3_stmt *get = sqlite_statement(s, SQL_META_GET);
    sqlite3_bind_text(get, 1, name, -1, SQLITE_STATIC);
    int row = sqlite_row(s, get);
    if (row <= 0) return row < 0 ? row : ERR_NOT_FOUND;
    int bytes = sqlite3_column_bytes(get, 0);
    int result = (size_t)bytes > size ? ERR_SPACE : bytes;
    if (result > 0) memcpy(out, sqlite3_column_blob(get, 0), (size_t)bytes);
    sqlite3_reset(get);
    return result;
}

int sqlite_meta_set(struct store *front, const char *name, const uint8_t *value, size_t size) {
    struct sqlite_store *s = sqlite_self(front);
    sqlite3_stmt *set = sqlite_statement(s, value ? SQL_META_SET : SQL_META_DROP);
    sqlite3_bind_text(set, 1, name, -1, SQLITE_STATIC);
    if (value) sqlite3_bind_blob(set, 2, size ? (const void *)value : "", (int)size, SQLITE_STATIC);
    return sqlite_run(s, set);
}

static int execute(struct sqlite_store *s, const char *sql) {
    return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : sqlite_fail(s);
}

static int hash_key_load(struct sqlite_store *s) {
    int got = sqlite_meta_get(&s->front, "store_hash_key", s->hash_key, sizeof s->hash_key);
    if (got == HASH_KEY_SIZE) return 0;
    if (got != ERR_NOT_FOUND)
        return got < 0 ? got : store_tell(&s->front, ERR_DAMAGED, "%s: %s (hash key)", s->path, err_text(ERR_DAMAGED));
    randombytes_buf(s->hash_key, sizeof s->hash_key);
    return sqlite_meta_set(&s->front, "store_hash_key", s->hash_key, sizeof s->hash_key);
}

/* Leaves of the index fit a page of which some bytes are reserved; with the usual size each would take two. */
static int search_leaf_size(struct sqlite_store *s) {
    sqlite3_stmt *get = NULL;
    int err = sqlite_prepare(s, "SELECT 1 FROM search_config WHERE k = 'pgsz'", &get);
    int row = err ? err : sqlite_row(s, get);
    sqlite3_finalize(get);
    if (row != 0) return row < 0 ? row : 0;
    return execute(s, "INSERT INTO search(search, rank) VALUES('pgsz', 3960)");
}

/* A new sealed file: room in every page for its box; until there is a WAL, no other journal is written. */
static int sealed_setup(struct sqlite_store *s) {
    int reserved = SEALED_RESERVED;
    sqlite3_stmt *get = NULL;
    int err = sqlite_prepare(s, "PRAGMA journal_mode", &get);
    int row = err ? err : sqlite_row(s, get);
    bool is_wal = row > 0 && strcmp((const char *)sqlite3_column_text(get, 0), "wal") == 0;
    sqlite3_finalize(get);
    if (row < 0 || is_wal) return row < 0 ? row : 0;
    if (sqlite3_file_control(s->db, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved) != SQLITE_OK) return ERR_MEMORY;
    return execute(s, "PRAGMA page_size = 4096; PRAGMA journal_mode = MEMORY");
}

static int database_setup(struct sqlite_store *s) {
    int version = 0;
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    int err = execute(
        s,
        "PRAGMA locking_mode = EXCLUSIVE; PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0; PRAGMA cache_size = -8192;"
        "PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON");
    if (!err && s->sealed) err = sealed_setup(s);
    if (!err) err = sqlite_version_check(s, &version);
    if (!err)
        err = execute(s, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000");
    if (!err) err = sqlite_migrate(s, version);
    if (!err) err = execute(s, "BEGIN IMMEDIATE"); /* and so be the owner from now on */
    if (!err) err = hash_key_load(s);
    if (!err && s->sealed) err = search_leaf_size(s);
    if (!err) err = sqlite_search_open(s);
    if (!err) err = sqlite_bucket_open(s);
    if (!err) err = execute(s, "COMMIT");
    if (!err) err = state_load(s);
    if (!err) sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
    return err;
}

/* Tell whether a file could not be made because its folder, which is there, may not be written. */
static bool folder_is_closed(const char *path) {
    char folder[SQLITE_PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) : 0;
    memcpy(folder, path, length);
    folder[length] = '\0';
    const char *name = !slash ? "." : length == 0 ? "/" : folder;
    return access(name, F_OK) == 0 && access(name, W_OK) != 0;
}

static int database_open(struct sqlite_store *s, bool create, const uint8_t *key, const char *vfs) {
    struct sealed_opening opening = {.key = key};
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (create ? SQLITE_OPEN_CREATE : 0);
    s->sealed = key != NULL;
    if (key) {
        vfs = sealed_vfs_name(vfs);
        if (!vfs) return ERR_MEMORY;
        sealed_vfs_key(&opening);
    } else if (!vfs && sealed_vfs_is_sealed(s->path) == 1) {
        return store_tell(&s->front, ERR_WRONG_KEY, "%s: %s", s->path, err_text(ERR_WRONG_KEY));
    }
    int code = sqlite3_open_v2(s->path, &s->db, flags, vfs);
    sealed_vfs_key(NULL);
    if (opening.err) return store_tell(&s->front, opening.err, "%s: %s", s->path, err_text(opening.err));
    if (code == SQLITE_OK) return 0;
    return s->db ? sqlite_fail(s) : ERR_MEMORY;
}

int store_sqlite_open_vfs(struct store **out, const char *path, bool create, const uint8_t *key, const char *vfs,
                          char why[STORE_WHY_SIZE]) {
    *out = NULL;
    struct sqlite_store *s = calloc(1, sizeof *s);
    if (!s) return ERR_MEMORY;
    s->front.ops = &sqlite_ops;
    s->known.limit = KNOWN_LIMIT;
    s->digest_keys_max = DIGEST_KEYS_MAX;
    s->orphan_chunks = -1;
    int err = 0;
    if (strlen(path) >= sizeof s->path)
        err = ERR_LIMIT;
    else
        memcpy(s->path, path, strlen(path) + 1);
    if (!err && !create && !vfs && access(path, F_OK) != 0)
        err = store_tell(&s->front, ERR_NOT_FOUND, "%s: there is no such file", path);
    if (!err) err = database_open(s, create, key, vfs);
    if (err == ERR_NOT_FOUND && create && folder_is_closed(path))
        err = store_tell(&s->front, ERR_READ_ONLY, "%s: %s", path, err_text(ERR_READ_ONLY));
    if (!err && sqlite3_db_readonly(s->db, "main") == 1)
        err = store_tell(&s->front, ERR_READ_ONLY, "%s: %s", path, err_text(ERR_READ_ONLY));
    if (!err) err = database_setup(s);
    if (err == ERR_BUSY)
        err = store_tell(&s->front, ERR_BUSY, "%s: %s; end that one first, or let it do the work", path,
                         err_text(ERR_BUSY));
    if (!err) {
        *out = &s->front;
        return 0;
    }
    if (why) snprintf(why, STORE_WHY_SIZE, "%s", s->front.why[0] ? s->front.why : err_text(err));
    sqlite_close(&s->front);
    return err;
}

int store_sqlite_open(struct store **out, const char *path, bool create, const uint8_t *key, char why[STORE_WHY_SIZE]) {
    int err = key ? sqlite_convert(path, key, why) : 0;
    if (err) {
        *out = NULL;
        return err;
    }
    return store_sqlite_open_vfs(out, path, create, key, NULL, why);
}

const struct store_ops sqlite_ops = {
    .close = sqlite_close,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .community_put = sqlite_community_put,
    .community_get = sqlite_community_get,
    .community_each = sqlite_community_each,
    .put = sqlite_put,
    .get = sqlite_get,
    .get_num = sqlite_get_num,
    .find = sqlite_find,
    .has = sqlite_has,
    .list = sqlite_list,
    .linked = sqlite_linked,
    .scan = sqlite_scan,
    .own_get = sqlite_own_get,
    .own_set = sqlite_own_set,
    .meta_get = sqlite_meta_get,
    .meta_set = sqlite_meta_set,
    .pin = sqlite_pin,
    .hide = sqlite_hide,
    .tick = sqlite_tick,
    .ghost = sqlite_ghost,
    .drop = sqlite_drop,
    .ghost_is_partial = sqlite_ghost_is_partial,
    .bucket_refresh = sqlite_bucket_refresh,
    .bucket_each = sqlite_bucket_each,
    .seen_range = sqlite_seen_range,
    .urgent_newest = sqlite_urgent_newest,
    .arrived_after = sqlite_arrived_after,
    .sealed_after = sqlite_sealed_after,
    .chunk_put = sqlite_chunk_put,
    .chunk_get = sqlite_chunk_get,
    .blob_get = sqlite_blob_get,
    .blob_missing_each = sqlite_blob_missing_each,
    .blob_missing = sqlite_blob_missing,
    .blob_is_of = sqlite_blob_is_of,
    .newest_num = sqlite_newest_num,
    .search = sqlite_search,
    .index = sqlite_index,
    .is_joined = sqlite_is_joined,
    .budget_walk = sqlite_budget_walk,
    .budget_blobs = sqlite_budget_blobs,
    .hash = sqlite_budget_hash,
    .stats = sqlite_stats,
    .integrity = sqlite_integrity,
};
