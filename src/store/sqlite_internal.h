/*
 * sqlite_internal.h: what the files of the SQLite store share. sqlite.c opens and commits; sqlite_schema.c migrates;
 * sqlite_record.c puts and gets; sqlite_known.c finds ids; sqlite_list.c lists; sqlite_bucket.c tells what was seen;
 * sqlite_tick.c lets time pass; sqlite_convert.c seals a plain file; sqlite_blob.c keeps chunks; sqlite_search.c
 * searches; sqlite_check.c counts and checks.
 */
#ifndef STORE_SQLITE_INTERNAL_H
#define STORE_SQLITE_INTERNAL_H

#include <sqlite3.h>

#include "store/store_ops.h"

/* record.flags, and the low bits of seen.flags; there, a ghost's, and the urgency in the bits above. */
#define FLAG_RETRACTED 1
#define FLAG_STUB 2
#define FLAG_PINNED 4
#define FLAG_GHOST 8
#define URGENCY_SHIFT 4

/* The pool's row among the communities. In its rows of `seen` and `bucket`, created and hour are those of store_place.
 */
#define POOL_NUM 0

#define SQLITE_PATH_MAX 4096
#define HASH_KEY_SIZE 16
#define KNOWN_LIMIT 32768 /* hashes that wait in memory */
#define DIGEST_KEYS_MAX \
    ((size_t)(32u << 20) / 36) /* ids that are sorted at a time: 32 MiB, and as much for sorting \
                                */
#define TOUCHED_MAX 1024       /* buckets whose change waits in memory */

/* Statements that are prepared once and kept; X(name, SQL) */
#define STATEMENTS(X) \
    X(BEGIN, "BEGIN IMMEDIATE") \
    X(COMMIT, "COMMIT") \
    X(ROLLBACK, "ROLLBACK") \
    X(META_GET, "SELECT value FROM meta WHERE name = ?") \
    X(META_SET, "INSERT INTO meta(name, value) VALUES(?, ?) ON CONFLICT(name) DO UPDATE SET value = excluded.value") \
    X(META_DROP, "DELETE FROM meta WHERE name = ?") \
    X(COMMUNITY_ADD, "INSERT INTO community(id, title, joined, compact) VALUES(?, ?, ?, ?)") \
    X(COMMUNITY_JOIN, "UPDATE community SET joined = 1 WHERE num = ?") \
    X(COMMUNITY_GET, "SELECT id, joined, newer, compact, visible FROM community WHERE num = ?") \
    X(COMMUNITY_COUNT, \
      "UPDATE community SET total = total + ?, visible = visible + ?, stubs = stubs + ?, ghosts = ghosts + ?, newer = newer + ? WHERE num = ?") \
    X(COMMUNITY_AHEAD, "SELECT count(*) FROM seen WHERE community = ? AND created > ? AND flags & 11 = 0") \
    X(COMMUNITY_NEWEST, \
      "SELECT created FROM seen WHERE community = ? AND created <= ? AND flags & 11 = 0 ORDER BY created DESC LIMIT 1") \
    X(COMMUNITY_GHOSTS, "SELECT ghosts FROM community WHERE num = ?") \
    X(RECORD_ADD, "INSERT INTO record(num, community, seen, flags, data) VALUES(?, ?, ?, ?, ?)") \
    X(RECORD_BY_NUM, "SELECT num, seen, flags, data FROM record WHERE num = ?") \
    X(RECORD_STATE, "SELECT flags, community FROM record WHERE num = ?") \
    X(RECORD_FLAGS, "UPDATE record SET flags = ? WHERE num = ?") \
    X(RECORD_DATA, "UPDATE record SET data = ?, flags = ? WHERE num = ?") \
    X(RECORD_DROP, "DELETE FROM record WHERE num = ?") \
    X(SEEN_ADD, "INSERT INTO seen(community, created, id, num, expiry, flags, kind, size, arrived, more, queue) " \
                "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?) ON CONFLICT DO NOTHING") \
    X(BUDGET_WALK, \
      "SELECT num, created, id, queue, size, flags, expiry FROM seen " \
      "WHERE community = ?1 AND (created, id) > (?2, ?3) AND created <= ?4 ORDER BY created, id LIMIT ?5") \
    X(BUDGET_DAY, "SELECT created FROM seen WHERE community = ? AND created < ? ORDER BY created DESC LIMIT 1") \
    X(SEEN_GET, "SELECT num, flags, expiry FROM seen WHERE community = ? AND created = ? AND id = ?") \
    X(SEEN_SET, \
      "UPDATE seen SET flags = (flags & ~7) | ?4, size = ?5 WHERE community = ?1 AND created = ?2 AND id = ?3") \
    X(SEEN_KEEP, "UPDATE seen SET more = max(more, ?4 - expiry) WHERE community = ?1 AND created = ?2 AND id = ?3") \
    X(SEEN_DROP, "DELETE FROM seen WHERE community = ? AND created = ? AND id = ?") \
    X(SEEN_BETWEEN, "SELECT expiry, id FROM seen WHERE community = ? AND created BETWEEN ? AND ?") \
    X(KNOWN_GET, "SELECT num FROM known WHERE hash = ?") \
    X(KNOWN_ADD, "INSERT OR IGNORE INTO known(hash, num) VALUES(?, ?)") \
    X(KNOWN_DROP, "DELETE FROM known WHERE hash = ? AND num = ?") \
    X(KNOWN_REST, "SELECT num, seen, flags, data FROM record WHERE num > ?") \
    X(BUCKET_ADD, "INSERT INTO bucket(community, expiry, hour, count, digest) VALUES(?, ?, ?, ?, NULL) " \
                  "ON CONFLICT DO UPDATE SET count = count + excluded.count, digest = NULL") \
    X(BUCKET_EMPTY, "DELETE FROM bucket WHERE community = ? AND expiry = ? AND hour = ? AND count = 0") \
    X(BUCKET_STALE, \
      "SELECT hour, expiry FROM bucket INDEXED BY bucket_stale WHERE community = ? AND digest IS NULL AND expiry >= ? " \
      "ORDER BY hour, expiry LIMIT ?") \
    X(BUCKET_DIGEST, "UPDATE bucket SET digest = ?4 WHERE community = ?1 AND expiry = ?2 AND hour = ?3") \
    X(REPLY_ADD, "INSERT OR IGNORE INTO reply(parent, num) VALUES(?, ?)") \
    X(REPLY_DROP, "DELETE FROM reply WHERE parent = ? AND num = ?") \
    X(RETRACTION_ADD, "INSERT OR IGNORE INTO retraction(target, num, author) VALUES(?, ?, ?)") \
    X(RETRACTION_OF, \
      "SELECT t.num, r.seen, r.community FROM retraction t JOIN record r ON r.num = t.num WHERE t.target = ? AND t.author = ? ORDER BY t.num") \
    X(RETRACTION_DROP, "DELETE FROM retraction WHERE target = ? AND num = ?") \
    X(RETRACTION_ANY, "SELECT 1 FROM retraction LIMIT 1") \
    X(DUE_ADD, "INSERT OR IGNORE INTO due(num, since) VALUES(?, ?)") \
    X(DUE_DROP, "DELETE FROM due WHERE num = ?") \
    X(DUE, \
      "SELECT due.num FROM due JOIN record ON record.num = due.num WHERE due.since <= ? AND record.flags & 4 = 0 LIMIT ?") \
    X(EXPIRED, \
      "SELECT seen.num, seen.created, seen.expiry, seen.id FROM bucket CROSS JOIN seen ON seen.community = bucket.community " \
      "AND seen.created BETWEEN bucket.hour * 3600 AND bucket.hour * 3600 + 3599 AND seen.expiry = bucket.expiry " \
      "WHERE bucket.community = ?1 AND bucket.expiry < ?2 AND seen.expiry + seen.more < ?2 AND seen.flags & 4 = 0 LIMIT ?3") \
    X(GHOST_ADD, "INSERT INTO ghost(hash, created) VALUES(?, ?)") \
    X(GHOST_GET, "SELECT created FROM ghost WHERE hash = ?") \
    X(GHOST_ANY, "SELECT 1 FROM ghost LIMIT 1") \
    X(GHOST_DROP, "DELETE FROM ghost WHERE hash = ?") \
    X(PARTIAL_ADD, "INSERT OR IGNORE INTO ghost_partial(community, expiry) VALUES(?, ?)") \
    X(PARTIAL_GET, "SELECT 1 FROM ghost_partial WHERE community = ? AND expiry = ?") \
    X(PARTIAL_DROP, "DELETE FROM ghost_partial WHERE expiry < ?") \
    X(TEXT_NEXT, "SELECT num, seen, flags, data FROM record WHERE num > ? ORDER BY num LIMIT ?") \
    X(TEXT_MERGE, "INSERT INTO search(search, rank) VALUES('merge', ?)") \
    X(OWN_GET, "SELECT next, last FROM own WHERE author = ?") \
    X(OWN_SET, \
      "INSERT INTO own(author, next, last) VALUES(?, ?, ?) ON CONFLICT(author) DO UPDATE SET next = excluded.next, last = excluded.last") \
    X(BLOB_ADD, "INSERT INTO blob(id, size, held, seen) VALUES(?, ?, 0, ?)") \
    X(BLOB_GET, "SELECT num, size, held FROM blob WHERE id = ?") \
    X(BLOB_HELD, "UPDATE blob SET held = held + ? WHERE num = ?") \
    X(BLOB_LEFT, "UPDATE blob SET seen = -1 WHERE id = ?") \
    X(BLOB_DROP, "DELETE FROM blob WHERE num = ?") \
    X(BLOB_ORPHANS, \
      "SELECT num FROM blob WHERE seen <= ? AND NOT EXISTS (SELECT 1 FROM blob_ref WHERE blob_ref.id = blob.id) LIMIT 1") \
    X(ORPHANS_COUNT, \
      "SELECT coalesce(sum(held), 0) FROM blob WHERE NOT EXISTS (SELECT 1 FROM blob_ref WHERE blob_ref.id = blob.id)") \
    X(ORPHANS_FIRST, "SELECT num, held FROM blob WHERE NOT EXISTS " \
                     "(SELECT 1 FROM blob_ref WHERE blob_ref.id = blob.id) AND id <> ? ORDER BY seen, num LIMIT 1") \
    X(BLOB_REF_ADD, "INSERT OR IGNORE INTO blob_ref(id, num) VALUES(?, ?)") \
    X(BLOB_REF_DROP, "DELETE FROM blob_ref WHERE id = ? AND num = ?") \
    X(BLOB_REF_ANY, "SELECT 1 FROM blob_ref WHERE id = ? LIMIT 1") \
    X(BLOB_IS_OF, \
      "SELECT 1 FROM blob_ref JOIN record ON record.num = blob_ref.num WHERE blob_ref.id = ? AND record.community = ? AND record.flags & 3 = 0 LIMIT 1") \
    X(INCOMPLETE_ADD, "INSERT OR IGNORE INTO incomplete(id) VALUES(?)") \
    X(INCOMPLETE_DROP, "DELETE FROM incomplete WHERE id = ?") \
    X(CHUNK_ADD, "INSERT OR IGNORE INTO chunk(num, proof, data) VALUES(?, ?, ?)") \
    X(CHUNK_GET, "SELECT proof, data FROM chunk WHERE num = ?") \
    X(CHUNK_NUMS, "SELECT num FROM chunk WHERE num BETWEEN ? AND ?") \
    X(CHUNK_DROP, "DELETE FROM chunk WHERE num IN (SELECT num FROM chunk WHERE num BETWEEN ? AND ? LIMIT ?)") \
    X(TEXT_ADD, "INSERT INTO search(rowid, text) VALUES(?, ?)") \
    X(TEXT_DROP, "INSERT INTO search(search, rowid, text) VALUES('delete', ?, ?)")

enum statement {
#define STATEMENT_ENUM(name, sql) SQL_##name,
    STATEMENTS(STATEMENT_ENUM)
#undef STATEMENT_ENUM
        SQL_COUNT
};

/* A community as the store keeps it at hand: its number, and by how much its counters move in the open transaction. */
struct sqlite_community {
    int64_t num; /* POOL_NUM: the pool's */
    uint8_t id[HASH_SIZE];
    bool joined;
    int64_t total, visible, stubs, ghosts, newer;
};

enum purge { PURGE_NONE, PURGE_WANTED, PURGE_GOES_ON };

/* Numbers that are written with every transaction that changes them. */
struct sqlite_numbers {
    int64_t next;      /* the number of the next record; none is given twice */
    int64_t indexed;   /* the text index holds every held text up to this number, and no other */
    int64_t unindexed; /* held texts beyond */
    int64_t purge;     /* enum purge: words that were taken out still stand in the index's older parts */
    int64_t purged;    /* when they were last cleared away */
    int64_t known;     /* the table `known` has the hashes of all records up to this number */
};

/* The hashes of the records that `known` does not have yet, in the order of their numbers. */
struct known {
    struct known_entry {
        int64_t hash, num; /* num 0: dropped */
    } * entries;
    uint32_t *slots; /* open addressing by hash: place in entries + 1 */
    size_t count, room, slot_count;
    size_t limit;    /* at so many they are written at the next commit */
    size_t mark;     /* how many there were when the transaction began */
    bool load_again; /* the transaction changed those before the mark */
};

/* A bucket whose change waits: by how many ids it grows. */
struct touched {
    int64_t community, grows;
    uint32_t expiry, hour;
    bool used;
};

struct sqlite_store {
    struct store front; /* first, so that a struct store * is one of these */
    sqlite3 *db;
    sqlite3_stmt *statements[SQL_COUNT];
    char path[SQLITE_PATH_MAX];
    uint8_t hash_key[HASH_KEY_SIZE];
    struct sqlite_numbers numbers, written; /* as they are, as they stand in the database */
    struct store_charges charges_written;
    bool sealed;           /* the file is */
    bool wiped;            /* something was overwritten for good: the journal must be cut after the commit */
    int64_t orphan_chunks; /* at most so many chunks belong to no record; -1: not known */
    int broken;            /* why what is kept in memory could not be read again after a rollback */
    bool any_ghost, any_retraction;
    bool charter_known;     /* charter is one */
    struct charter charter; /* of the community that newer rules were looked for in last */
    struct known known;
    struct touched touched[2 * TOUCHED_MAX]; /* open addressing */
    size_t touched_count;
    size_t digest_keys_max;
    struct sqlite_walk *walk; /* the walk under way */
    uint32_t swept;           /* nothing is there that expired before this day; 0: not known */
    struct sqlite_community *communities;
    size_t community_count, community_room;
    uint8_t room[RECORD_SIZE_MAX]; /* for records that are changed */
    char text[RECORD_SIZE_MAX + 1];
};

extern const struct store_ops sqlite_ops;

/* sqlite.c */
struct sqlite_store *sqlite_self(struct store *s);
/* Return a kept statement, reset and without bindings; NULL after an error, which sqlite_fail then tells. */
sqlite3_stmt *sqlite_statement(struct sqlite_store *s, enum statement which);
/* Prepare a statement for one use; the caller finalizes it. */
MUST_CHECK int sqlite_prepare(struct sqlite_store *s, const char *sql, sqlite3_stmt **out);
/* Return the error for a code of SQLite's and the system's errno. */
int sqlite_err_of(int code, int system);
/* Set the sentence for SQLite's last error and return the error. */
int sqlite_fail(struct sqlite_store *s);
/* Step a kept statement that gives no row, and reset it. Return 0 or an error. */
MUST_CHECK int sqlite_run(struct sqlite_store *s, sqlite3_stmt *statement);
/* Step to a row. Return 1, 0 without one (the statement is reset), or an error. */
MUST_CHECK int sqlite_row(struct sqlite_store *s, sqlite3_stmt *statement);
/* sqlite_schema.c */
extern const char *const sqlite_migrations[]; /* [n] makes version n + 1 of n: for tests of older files */
/* Refuse what is not ours, before anything is written; *version receives the file's. */
MUST_CHECK int sqlite_version_check(struct sqlite_store *s, int *version);
/* Bring the database to the present version. */
MUST_CHECK int sqlite_migrate(struct sqlite_store *s, int version);

/* sqlite_convert.c */
/* Make a plain file sealed, and finish what a power cut interrupted; nothing if there is none, or it is sealed. */
MUST_CHECK int sqlite_convert(const char *path, const uint8_t *key, char why[STORE_WHY_SIZE]);
extern void (*sqlite_convert_step)(int step); /* called at each step, for tests; or NULL */

/* sqlite_known.c */
/* Find a record's number by the hash of its id. Return 1, 0 if there is none, or an error. */
MUST_CHECK int sqlite_known_find(struct sqlite_store *s, int64_t hash, int64_t *num);
MUST_CHECK int sqlite_known_add(struct sqlite_store *s, int64_t hash, int64_t num);
MUST_CHECK int sqlite_known_drop(struct sqlite_store *s, int64_t hash, int64_t num);
/* Read what waits in memory from the database, unless what is there is right. */
MUST_CHECK int sqlite_known_load(struct sqlite_store *s);
/* Write what waits into the table. */
MUST_CHECK int sqlite_known_flush(struct sqlite_store *s);
void sqlite_known_begin(struct sqlite_store *s);
void sqlite_known_rollback(struct sqlite_store *s);
/* Write what waits before closing, if it is much; then free it. */
void sqlite_known_close(struct sqlite_store *s);
void sqlite_known_free(struct sqlite_store *s);

/* sqlite_bucket.c */
MUST_CHECK int sqlite_bucket_open(struct sqlite_store *s);
/* Note that a bucket gains or loses ids. */
MUST_CHECK int sqlite_bucket_touch(struct sqlite_store *s, int64_t community, uint32_t expiry, uint64_t created,
                                   int64_t grows);
MUST_CHECK int sqlite_buckets_flush(struct sqlite_store *s);
void sqlite_buckets_forget(struct sqlite_store *s);
int sqlite_bucket_refresh(struct store *s, const uint8_t *community, uint32_t first_day);
int sqlite_bucket_each(struct store *s, const uint8_t *community, uint32_t first_day, store_visit_bucket visit,
                       void *context);

/* Open at a VFS by name, NULL for the default: for tests that cut the power. */
MUST_CHECK int store_sqlite_open_vfs(struct store **out, const char *path, bool create, const uint8_t *key,
                                     const char *vfs, char why[STORE_WHY_SIZE]);
int64_t sqlite_hash(const struct sqlite_store *s, const uint8_t id[HASH_SIZE]);
struct sqlite_community *sqlite_community_find(struct sqlite_store *s, const uint8_t id[HASH_SIZE]);
int sqlite_community_put(struct store *s, const struct record *charter_record, const uint8_t *compact,
                         size_t compact_size, bool joined);
int sqlite_community_get(struct store *s, const uint8_t *id, uint64_t now, struct store_community *out);
int sqlite_community_each(struct store *s, uint64_t now, store_visit_community visit, void *context);
MUST_CHECK int sqlite_communities_load(struct sqlite_store *s);
MUST_CHECK int sqlite_communities_flush(struct sqlite_store *s);
int sqlite_meta_get(struct store *s, const char *name, uint8_t *out, size_t size);
int sqlite_meta_set(struct store *s, const char *name, const uint8_t *value, size_t size);

/* sqlite_record.c */
int sqlite_put(struct store *s, const struct record *r, const uint8_t *bytes, size_t size, uint64_t seen);
int sqlite_get(struct store *s, const uint8_t *id, uint8_t *room, struct store_record *out);
int sqlite_get_num(struct store *s, int64_t num, uint8_t *room, struct store_record *out);
int sqlite_has(struct store *s, const uint8_t *id);
int sqlite_own_get(struct store *s, const uint8_t *author, uint64_t *next, uint8_t *last_id);
int sqlite_own_set(struct store *s, const uint8_t *author, uint64_t next, const uint8_t *last_id);
int sqlite_ghost(struct store *s, const uint8_t *community, const uint8_t *id, uint32_t expiry_day, uint64_t created);
int sqlite_drop(struct store *front, const uint8_t *id);
int sqlite_ghost_is_partial(struct store *s, const uint8_t *community, uint32_t expiry_day);
int sqlite_pin(struct store *s, const uint8_t *id, bool pinned);
int sqlite_hide(struct store *s, const uint8_t *id, const uint8_t *community, const uint8_t *author, bool hidden);
/* Read a row of (num, seen, flags, data): out borrows from room, or from the row if room is NULL. */
MUST_CHECK int sqlite_record_read(struct sqlite_store *s, sqlite3_stmt *row, uint8_t *room, struct store_record *out);
/* Bind the key of a record's row in `seen` as the first three parameters. */
void sqlite_seen_key(sqlite3_stmt *statement, int64_t community, uint64_t created, const uint8_t *id);
/* Drop a ghost. Drop a record with all that hangs on it. Make a record a stub. */
MUST_CHECK int sqlite_ghost_drop(struct sqlite_store *s, struct sqlite_community *c, uint64_t created, uint32_t expiry,
                                 const uint8_t *id);
MUST_CHECK int sqlite_record_drop(struct sqlite_store *s, int64_t num);
MUST_CHECK int sqlite_record_blank(struct sqlite_store *s, int64_t num);

/* sqlite_list.c */
/* Where a record stands in the order; its id is read only where it decides. */
struct sqlite_place {
    int64_t num;
    uint64_t created;
};
/* Collect the places of the rows (num, flags, data) of a statement, up to horizon; *out belongs to the caller. */
MUST_CHECK int sqlite_places_read(struct sqlite_store *s, sqlite3_stmt *rows, uint64_t horizon,
                                  struct sqlite_place **out, size_t *count);
/* Sort places by created and id, and visit up to limit (0: all) of their records that pass; fits may be NULL. */
typedef bool (*sqlite_fits)(const struct record *record, const void *with);
MUST_CHECK int sqlite_places_visit(struct sqlite_store *s, struct sqlite_place *places, size_t count, bool newest_first,
                                   uint32_t limit, sqlite_fits fits, const void *with, store_visit visit,
                                   void *context);
int sqlite_list(struct store *s, const struct store_query *query, store_visit visit, void *context);
int sqlite_linked(struct store *s, const uint8_t *id, uint64_t now, uint32_t limit, store_visit visit, void *context);
int sqlite_scan(struct store *s, const uint8_t *community, store_visit_entry visit, void *context);
int sqlite_find(struct store *s, const uint8_t *prefix, unsigned nibbles, uint32_t limit, store_visit visit,
                void *context);
int sqlite_seen_range(struct store *s, const uint8_t *community, const struct store_span *span, store_visit_seen visit,
                      void *context);
int sqlite_urgent_newest(struct store *s, const uint8_t *community, uint64_t now, uint32_t limit, store_visit visit,
                         void *context);
int64_t sqlite_newest_num(struct store *s);
int sqlite_arrived_after(struct store *s, int64_t num, uint32_t limit, store_visit_arrival visit, void *context);
int sqlite_sealed_after(struct store *s, int64_t num, uint32_t limit, store_visit_arrival visit, void *context);

/* sqlite_tick.c */
int sqlite_tick(struct store *s, struct when when, uint32_t budget);

/* sqlite_blob.c */
int sqlite_chunk_put(struct store *s, const uint8_t *blob, uint64_t size_bytes, uint32_t index, const uint8_t *proof,
                     size_t proof_size, const uint8_t *data, size_t data_size, uint64_t seen);
int sqlite_chunk_get(struct store *s, const uint8_t *blob, uint32_t index, struct store_chunk *out);
int sqlite_blob_get(struct store *s, const uint8_t *blob, uint64_t *size_bytes, uint32_t *held);
int sqlite_blob_missing_each(struct store *s, const uint8_t *community, store_visit_missing visit, void *context);
int sqlite_blob_missing(struct store *s, const uint8_t *blob, uint32_t first, uint64_t *missing);
int sqlite_blob_is_of(struct store *s, const uint8_t *community, const uint8_t *blob);
MUST_CHECK int sqlite_blob_ref(struct sqlite_store *s, const struct record *r, int64_t num);
/* Let go of the blobs that a record refers to; those that nothing else refers to go with the next tick. */
MUST_CHECK int sqlite_blob_unref(struct sqlite_store *s, const struct record *r, int64_t num);
/* Drop blobs that nothing refers to, in at most budget steps. Return how many. */
MUST_CHECK int sqlite_blob_tick(struct sqlite_store *s, struct when when, uint32_t budget);

/* sqlite_budget.c */
int sqlite_is_joined(struct store *s, const uint8_t *community);
int sqlite_budget_walk(struct store *s, struct store_way *way, struct store_charged *out, unsigned max);
int sqlite_budget_blobs(struct store *s, struct store_blob_cost **out, size_t *count);
uint64_t sqlite_budget_hash(struct store *s, const uint8_t *bytes, size_t size);
MUST_CHECK int sqlite_charges_load(struct sqlite_store *s);
/* Return 1 if the sum is not what is there makes, else 0. */
MUST_CHECK int sqlite_charges_check(struct sqlite_store *s);
MUST_CHECK int sqlite_charges_flush(struct sqlite_store *s);

/* sqlite_search.c */
int sqlite_search(struct store *s, const uint8_t *community, const char *words, uint64_t now, uint32_t limit,
                  store_visit visit, void *context);
int sqlite_index(struct store *s, uint32_t budget);
/* A text comes: into the index if that is past its number already, else it is counted. A text goes. Of other records
 * nothing happens. */
MUST_CHECK int sqlite_text_come(struct sqlite_store *s, int64_t num, const struct record *r);
MUST_CHECK int sqlite_text_go(struct sqlite_store *s, int64_t num, const struct record *r);
/* Take a step at clearing the index of words that were taken out. Return 1, or 0 if there is nothing to do. */
MUST_CHECK int sqlite_text_purge(struct sqlite_store *s, uint64_t now);
/* Begin the index anew if it was folded by another version. */
MUST_CHECK int sqlite_search_open(struct sqlite_store *s);
MUST_CHECK int sqlite_numbers_load(struct sqlite_store *s);
MUST_CHECK int sqlite_numbers_flush(struct sqlite_store *s);

/* sqlite_check.c */
int sqlite_stats(struct store *s, uint64_t now, struct store_stats *out);
int sqlite_integrity(struct store *s);
/* Name the parts that pages which can't be read belong to, each once: "messages, groups"; "lists" if no table is. */
void sqlite_parts_name(sqlite3 *db, char out[STORE_PARTS_SIZE]);

#endif
