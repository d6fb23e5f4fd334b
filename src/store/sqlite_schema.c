/*
 * sqlite_schema.c: the database's tables, in versions: which file is ours, and how an older one becomes the present
 * one.
 */
#include <stdio.h>

#include "store/sqlite_internal.h"

#define APPLICATION_ID 0x4c456172 /* "LEar" */

/* Each step brings the database from the version of its place to the next. Steps are only ever added. */
static const char version_1[] =
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE community(num INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, title TEXT NOT NULL, joined INTEGER NOT NULL,"
    "  newer INTEGER NOT NULL DEFAULT 0, total INTEGER NOT NULL DEFAULT 0, visible INTEGER NOT NULL DEFAULT 0,"
    "  stubs INTEGER NOT NULL DEFAULT 0, ghosts INTEGER NOT NULL DEFAULT 0, compact BLOB NOT NULL);"
    "CREATE TABLE record(num INTEGER PRIMARY KEY, hash INTEGER NOT NULL UNIQUE, community INTEGER NOT NULL REFERENCES community(num),"
    "  created INTEGER NOT NULL, order8 INTEGER NOT NULL, expiry INTEGER NOT NULL, urgency INTEGER NOT NULL, kind INTEGER NOT NULL,"
    "  seen INTEGER NOT NULL, flags INTEGER NOT NULL, data BLOB NOT NULL);"
    "CREATE INDEX record_order ON record(community, created, order8);"
    "CREATE INDEX record_expiry ON record(expiry);"
    "CREATE TABLE reply(parent INTEGER NOT NULL, num INTEGER NOT NULL, PRIMARY KEY(parent, num)) WITHOUT ROWID;"
    "CREATE TABLE retraction(target INTEGER NOT NULL, num INTEGER NOT NULL, author BLOB NOT NULL, PRIMARY KEY(target, num)) WITHOUT ROWID;"
    "CREATE TABLE due(num INTEGER PRIMARY KEY, since INTEGER NOT NULL);"
    "CREATE INDEX due_since ON due(since);"
    "CREATE TABLE ghost(hash INTEGER PRIMARY KEY, community INTEGER NOT NULL REFERENCES community(num), expiry INTEGER NOT NULL,"
    "  id BLOB NOT NULL);"
    "CREATE INDEX ghost_expiry ON ghost(expiry);"
    "CREATE TABLE ghost_partial(community INTEGER NOT NULL REFERENCES community(num), expiry INTEGER NOT NULL,"
    "  PRIMARY KEY(community, expiry)) WITHOUT ROWID;"
    "CREATE TABLE own(author BLOB PRIMARY KEY, next INTEGER NOT NULL, last BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE blob(num INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, size INTEGER NOT NULL, held INTEGER NOT NULL,"
    "  seen INTEGER NOT NULL);"
    "CREATE TABLE blob_ref(id BLOB NOT NULL, num INTEGER NOT NULL, PRIMARY KEY(id, num)) WITHOUT ROWID;"
    "CREATE TABLE chunk(num INTEGER PRIMARY KEY, proof BLOB NOT NULL, data BLOB NOT NULL);"
    "CREATE VIRTUAL TABLE search USING fts5(text, content='', detail=none, columnsize=0, tokenize='unicode61 remove_diacritics 0');";

/*
 * Words of the index are cut as view/fold.h cuts them, so the index begins anew (sqlite_search_open); the store's own
 * settings have names of their own. community.newer counts.
 */
static const char version_2[] =
    "DROP TABLE search;"
    "CREATE VIRTUAL TABLE search USING fts5(text, content='', detail=none, columnsize=0, tokenize='ascii');"
    "DELETE FROM meta WHERE name IN ('indexed', 'fold_version');"
    "UPDATE meta SET name = 'store_hash_key' WHERE name = 'hash_key';";

/*
 * What was seen gets a table of its own, which is the order of lists, the buckets and, scanned, all that reconciliation
 * asks for; a record's row keeps what only its own reader needs. Ids are found by their hash in `known`. Ghosts of
 * before come under hour 0: their records, when they arrive again, set them right. A row of bytes that can't be read
 * stays, and the check tells of it.
 */
static const char version_3[] =
    "CREATE TABLE seen(community INTEGER NOT NULL, created INTEGER NOT NULL, id BLOB NOT NULL, num INTEGER NOT NULL,"
    "  expiry INTEGER NOT NULL, flags INTEGER NOT NULL, kind INTEGER NOT NULL, size INTEGER NOT NULL, arrived INTEGER NOT NULL,"
    "  more INTEGER NOT NULL, PRIMARY KEY(community, created, id)) WITHOUT ROWID;"
    "INSERT OR IGNORE INTO seen SELECT community, created, bytes_id(data, flags & 2), num, bytes_expiry(data, flags & 2),"
    "  flags | (urgency << 4), kind, length(data), seen, max(0, expiry - bytes_expiry(data, flags & 2))"
    "  FROM record INDEXED BY record_order ORDER BY community, created, order8;"
    "INSERT OR IGNORE INTO seen SELECT community, 0, substr(id, 1, 32), 0, expiry, 8, 0, 0, 0, 0 FROM ghost;"
    "CREATE INDEX seen_urgent ON seen(community, created) WHERE flags >= 48;"
    "CREATE TABLE known(hash INTEGER PRIMARY KEY, num INTEGER NOT NULL);"
    "INSERT INTO known SELECT hash, num FROM record ORDER BY hash;"
    "DROP INDEX record_order;"
    "DROP INDEX record_expiry;"
    "ALTER TABLE record RENAME TO record_2;"
    "CREATE TABLE record(num INTEGER PRIMARY KEY, community INTEGER NOT NULL, seen INTEGER NOT NULL, flags INTEGER NOT NULL,"
    "  data BLOB NOT NULL);"
    "INSERT INTO record SELECT num, community, seen, flags, data FROM record_2 ORDER BY num;"
    "CREATE TABLE ghost_3(hash INTEGER PRIMARY KEY, created INTEGER NOT NULL);"
    "INSERT INTO ghost_3 SELECT hash, 0 FROM ghost;"
    "DROP TABLE ghost;"
    "ALTER TABLE ghost_3 RENAME TO ghost;"
    "CREATE TABLE bucket(community INTEGER NOT NULL, expiry INTEGER NOT NULL, hour INTEGER NOT NULL, count INTEGER NOT NULL,"
    "  digest BLOB, PRIMARY KEY(community, expiry, hour)) WITHOUT ROWID;"
    "CREATE INDEX bucket_stale ON bucket(community, hour, expiry) WHERE digest IS NULL;"
    "INSERT INTO bucket SELECT community, expiry, created / 3600, 1, NULL FROM seen WHERE true"
    "  ON CONFLICT DO UPDATE SET count = count + 1;"
    "CREATE TABLE incomplete(id BLOB PRIMARY KEY) WITHOUT ROWID;"
    "INSERT OR IGNORE INTO incomplete SELECT blob_ref.id FROM blob_ref LEFT JOIN blob ON blob.id = blob_ref.id"
    "  WHERE blob.num IS NULL OR blob.held < (blob.size + 32767) / 32768;";

/* What was copied goes. Inside of a longer transaction SQLite would keep every page of it in memory. */
static const char version_4[] = "DROP TABLE IF EXISTS record_2;";

/* The pool of sealed records (record_pool, POOL_NUM). */
static const char version_5[] =
    "INSERT INTO community(num, id, title, joined, compact) "
    "VALUES(0, x'9df8fe4aca2a6ebe19fd0ddd00ca4d91e6b83eb91a74d254a3598e0dff5e3aef', '', 0, x'');";

/* To whom what was seen is charged (core/budget.h). What is here already counts as the person's own: its authors are
 * not looked up, and it goes when it expires. */
static const char version_6[] = "ALTER TABLE seen ADD COLUMN queue INTEGER NOT NULL DEFAULT 0;";

const char *const sqlite_migrations[] = {version_1, version_2, version_3, version_4, version_5, version_6};
#define VERSION ((int)(sizeof sqlite_migrations / sizeof *sqlite_migrations))

/* ---- What only the bytes of a record tell, for statements of migrations ---- */

/* Decode the first argument, a stub if the second is not 0. */
static bool argument_decode(sqlite3_value **values, struct record *out) {
    const uint8_t *bytes = sqlite3_value_blob(values[0]);
    int size = sqlite3_value_bytes(values[0]);
    return bytes && size <= RECORD_SIZE_MAX &&
           store_decode(out, bytes, (size_t)size, sqlite3_value_int(values[1]) != 0) == 0;
}

static void bytes_id(sqlite3_context *context, int count, sqlite3_value **values) {
    struct record r;
    (void)count;
    if (argument_decode(values, &r)) sqlite3_result_blob(context, r.id, HASH_SIZE, SQLITE_TRANSIENT);
}

static void bytes_expiry(sqlite3_context *context, int count, sqlite3_value **values) {
    struct record r;
    (void)count;
    if (argument_decode(values, &r)) sqlite3_result_int64(context, r.expiry_day);
}

static int functions_add(struct sqlite_store *s) {
    const int how = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
    if (sqlite3_create_function(s->db, "bytes_id", 2, how, NULL, bytes_id, NULL, NULL) != SQLITE_OK ||
        sqlite3_create_function(s->db, "bytes_expiry", 2, how, NULL, bytes_expiry, NULL, NULL) != SQLITE_OK)
        return sqlite_fail(s);
    return 0;
}

static int number_get(struct sqlite_store *s, const char *sql, int *out) {
    sqlite3_stmt *get = NULL;
    int err = sqlite_prepare(s, sql, &get);
    int row = err ? err : sqlite_row(s, get);
    if (row > 0) *out = sqlite3_column_int(get, 0);
    sqlite3_finalize(get);
    return row < 0 ? row : 0;
}

static int execute(struct sqlite_store *s, const char *sql) {
    return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : sqlite_fail(s);
}

int sqlite_version_check(struct sqlite_store *s, int *version) {
    int application = 0, tables = 0;
    int err = number_get(s, "PRAGMA user_version", version);
    if (!err) err = number_get(s, "PRAGMA application_id", &application);
    if (!err) err = number_get(s, "SELECT count(*) FROM sqlite_schema", &tables);
    if (err) return err;
    if (*version < 0 || (application != APPLICATION_ID && (*version != 0 || tables != 0 || application != 0)))
        return store_tell(&s->front, ERR_DAMAGED, "%s: this is no database of Longear", s->path);
    if (*version > VERSION)
        return store_tell(&s->front, ERR_NEWER,
                          "%s: %s (its version is %d, this program knows up to %d); nothing was changed", s->path,
                          err_text(ERR_NEWER), *version, VERSION);
    return 0;
}

int sqlite_migrate(struct sqlite_store *s, int version) {
    char pragma[96];
    if (version < VERSION) {
        int err = functions_add(s);
        if (err) return err;
    }
    for (; version < VERSION; version++) {
        snprintf(pragma, sizeof pragma, "PRAGMA application_id = %d; PRAGMA user_version = %d", APPLICATION_ID,
                 version + 1);
        bool alone = sqlite_migrations[version] == version_4; /* may be done twice */
        int err = alone ? execute(s, sqlite_migrations[version]) : 0;
        if (!err) err = execute(s, "BEGIN IMMEDIATE");
        if (!err && !alone) err = execute(s, sqlite_migrations[version]);
        if (!err) err = execute(s, pragma);
        if (!err) err = execute(s, "COMMIT");
        if (err) {
            sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
            return err;
        }
    }
    return 0;
}
