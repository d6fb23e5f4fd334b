/*
 * A database of version 2 becomes one of the present version and keeps everything. The old file is made here by the
 * statements that made and filled it then; a store in memory that was told the same says what must be found in it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "core/blob.h"
#include "store/sqlite_internal.h"
#include "test/store/stores_util.h"
#include "view/fold.h"

#define RECORDS 60
#define TEXTS 50 /* the first of them are texts of two communities */

struct old {
    sqlite3 *db;
    uint8_t key[HASH_KEY_SIZE], blobs[2][HASH_SIZE];
    struct made_community c[2];
    struct made *made[RECORDS];
    struct store *memory; /* was told the same */
    size_t count;
};

static void run(struct old *o, const char *sql) {
    char *why = NULL;
    if (sqlite3_exec(o->db, sql, NULL, NULL, &why) != SQLITE_OK) fail_msg("%s: %s", sql, why);
}

/* Run a statement with its parameters: 'i' a number, 'b' bytes and their size. */
static void run_with(struct old *o, const char *sql, const char *types, ...) {
    sqlite3_stmt *statement = NULL;
    va_list list;
    assert_int_equal(sqlite3_prepare_v2(o->db, sql, -1, &statement, NULL), SQLITE_OK);
    va_start(list, types);
    for (int i = 0; types[i]; i++) {
        if (types[i] == 'i') {
            sqlite3_bind_int64(statement, i + 1, va_arg(list, int64_t));
        } else {
            const void *bytes = va_arg(list, const void *);
            sqlite3_bind_blob(statement, i + 1, bytes, (int)va_arg(list, size_t), SQLITE_TRANSIENT);
        }
    }
    va_end(list);
    if (sqlite3_step(statement) != SQLITE_DONE) fail_msg("%s: %s", sql, sqlite3_errmsg(o->db));
    sqlite3_finalize(statement);
}

static int64_t hash_of(const struct old *o, const uint8_t *id) {
    uint64_t hash;
    crypto_shorthash((unsigned char *)&hash, id, HASH_SIZE, o->key);
    return (int64_t)(hash >> 1);
}

static int64_t order8_of(const uint8_t *id) {
    uint64_t value = 0;
    for (unsigned i = 0; i < 8; i++) value = value << 8 | id[i];
    value ^= UINT64_C(1) << 63;
    int64_t signed_value;
    memcpy(&signed_value, &value, sizeof value);
    return signed_value;
}

/* Put a record as version 2 did; expiry may be later than its own, if it takes something back. */
static void record_add(struct old *o, const struct made *m, int64_t flags, uint32_t expiry) {
    int64_t num = (int64_t)o->count + 1;
    const struct record *r = &m->record;
    run_with(o,
             "INSERT INTO record(num, hash, community, created, order8, expiry, urgency, kind, seen, flags, data) "
             "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
             "iiiiiiiiiib", num, hash_of(o, r->id),
             (int64_t)(memcmp(r->community, o->c[0].record.id, HASH_SIZE) == 0 ? 1 : 2), (int64_t)r->created,
             order8_of(r->id), (int64_t)expiry, (int64_t)r->urgency, (int64_t)r->kind, (int64_t)MAKE_NOW, flags,
             (const void *)m->bytes, m->size);
    for (unsigned i = 0; i < r->ref_count; i++)
        if (r->refs[i].type == REF_BLOB)
            run_with(o, "INSERT INTO blob_ref(id, num) VALUES(?, ?)", "bi", (const void *)r->refs[i].id,
                     (size_t)HASH_SIZE, num);
    o->made[o->count] = malloc(sizeof *m);
    assert_non_null(o->made[o->count]);
    *o->made[o->count] = *m;
    o->made[o->count]->record.body = NULL;
    o->count++;
    assert_int_equal(store_put(o->memory, r, m->bytes, m->size, MAKE_NOW), 1);
}

static void texts_add(struct old *o) {
    static struct made m;
    for (unsigned i = 0; i < TEXTS; i++) {
        struct make how = {.community = o->c[i % 2].charter.community,
                           .author = 1,
                           .days = 5 + i % 4,
                           .created = MAKE_NOW - i % 7 * 1800,
                           .salt = i,
                           .urgency = (uint8_t)(i % 4),
                           .text = "Вода на площади"};
        if (i < 4) { /* of one blob there is a part, of the other nothing */
            how.ref_count = 1;
            how.refs[0].type = REF_BLOB;
            memcpy(how.refs[0].id, o->blobs[i % 2], HASH_SIZE);
        }
        make_record(&m, &how);
        record_add(o, &m, 0, m.record.expiry_day);
    }
}

/* A record is taken back by one that itself expires earlier. */
static void retraction_add(struct old *o, unsigned target) {
    static struct made m;
    const struct record *r = &o->made[target]->record;
    struct make how = {.community = r->community,
                       .author = 1,
                       .kind = KIND_RETRACTION,
                       .days = 2,
                       .created = MAKE_NOW,
                       .salt = 1000 + target,
                       .ref_count = 1,
                       .refs = {{.type = REF_TARGET}}};
    memcpy(how.refs[0].id, r->id, HASH_SIZE);
    make_record(&m, &how);
    int64_t num = (int64_t)o->count + 1;
    record_add(o, &m, 0, r->expiry_day);
    run_with(o, "INSERT INTO retraction(target, num, author) VALUES(?, ?, ?)", "iib", hash_of(o, r->id), num,
             (const void *)r->author, (size_t)KEY_SIZE);
    run_with(o, "UPDATE record SET flags = 1 WHERE num = ?", "i", (int64_t)target + 1);
    run_with(o, "INSERT INTO due(num, since) VALUES(?, ?)", "ii", (int64_t)target + 1, (int64_t)MAKE_NOW);
}

static void ghost_add(struct old *o, const struct made *m) {
    run_with(o, "INSERT INTO ghost(hash, community, expiry, id) VALUES(?, 1, ?, ?)", "iib", hash_of(o, m->record.id),
             (int64_t)m->record.expiry_day, (const void *)m->record.id, (size_t)HASH_SIZE);
    run(o, "UPDATE community SET ghosts = ghosts + 1 WHERE num = 1");
    assert_int_equal(store_ghost(o->memory, m->record.community, m->record.id, m->record.expiry_day, 0), 0);
}

static void blob_add(struct old *o) {
    static uint8_t data[BLOB_CHUNK_SIZE], nodes[8][HASH_SIZE], proof[BLOB_PROOF_MAX];
    const uint64_t size = 2 * (uint64_t)BLOB_CHUNK_SIZE;
    for (unsigned i = 0; i < 2; i++) blob_leaf(nodes[i], data, sizeof data);
    blob_tree(o->blobs[0], nodes, 2, size);
    memset(o->blobs[1], 7, HASH_SIZE);
    size_t proof_size = blob_proof(proof, nodes, 2, 1) * (size_t)HASH_SIZE;
    run_with(o, "INSERT INTO blob(num, id, size, held, seen) VALUES(1, ?, ?, 1, ?)", "bii", (const void *)o->blobs[0],
             (size_t)HASH_SIZE, (int64_t)size, (int64_t)MAKE_NOW);
    run_with(o, "INSERT INTO chunk(num, proof, data) VALUES(?, ?, ?)", "ibb", (int64_t)BLOB_CHUNKS_MAX + 1,
             (const void *)proof, proof_size, (const void *)data, sizeof data);
    assert_int_equal(store_chunk_put(o->memory, o->blobs[0], size, 1, proof, proof_size, data, sizeof data, MAKE_NOW),
                     1);
}

/* Make the file, and what a store in memory knows of it. */
static void old_make(struct old *o, const char *path, const struct made *ghost) {
    const uint8_t fold = FOLD_VERSION;
    assert_int_equal(sqlite3_open(path, &o->db), SQLITE_OK);
    run(o, sqlite_migrations[0]);
    run(o, sqlite_migrations[1]);
    run(o, "PRAGMA application_id = 0x4c456172; PRAGMA user_version = 2; BEGIN");
    randombytes_buf(o->key, sizeof o->key);
    run_with(o, "INSERT INTO meta(name, value) VALUES('store_hash_key', ?)", "b", (const void *)o->key, sizeof o->key);
    run_with(o, "INSERT INTO meta(name, value) VALUES('store_fold', ?)", "b", (const void *)&fold, sizeof fold);
    assert_int_equal(store_memory_open(&o->memory), 0);
    for (unsigned i = 0; i < 2; i++) {
        uint8_t compact[CHARTER_COMPACT_MAX];
        int size = charter_compact(&o->c[i].record, compact, sizeof compact);
        assert_true(size > 0);
        run_with(o, "INSERT INTO community(id, title, joined, compact) VALUES(?, ?, 1, ?)", "bbb",
                 (const void *)o->c[i].record.id, (size_t)HASH_SIZE, (const void *)o->c[i].charter.title,
                 strlen(o->c[i].charter.title), (const void *)compact, (size_t)size);
        assert_int_equal(store_community_put(o->memory, &o->c[i].record, true), 1);
    }
    blob_add(o);
    texts_add(o);
    retraction_add(o, 5);
    retraction_add(o, 8);
    ghost_add(o, ghost);
    run(o, "UPDATE community SET title = CAST(title AS TEXT), total = (SELECT count(*) FROM record WHERE community = "
           "community.num), visible = (SELECT count(*) FROM record WHERE community = community.num AND flags = 0)");
    const int64_t numbers[5] = {(int64_t)o->count + 1, 0, TEXTS, 0, 0}; /* next, indexed, unindexed, purge, purged */
    run_with(o, "INSERT INTO meta(name, value) VALUES('store_numbers', ?)", "b", (const void *)numbers, sizeof numbers);
    run(o, "COMMIT");
    assert_int_equal(sqlite3_close(o->db), SQLITE_OK);
}

static void old_free(struct old *o) {
    store_close(o->memory);
    for (size_t i = 0; i < o->count; i++) free(o->made[i]);
    make_end();
}

static struct collected got[2];

/* Both stores list the same, and have the same records under the same numbers. */
static void same_records(struct old *o, struct store *s) {
    static uint8_t room[2][RECORD_SIZE_MAX];
    struct store *const stores[2] = {o->memory, s};
    const struct store_query query = {.now = MAKE_NOW, .retracted = true};
    for (unsigned i = 0; i < 2; i++) {
        got[i].count = 0;
        assert_int_equal(store_list(stores[i], &query, stores_collect, &got[i]), 0);
    }
    assert_int_equal(got[0].count, o->count);
    assert_int_equal(got[1].count, o->count);
    assert_memory_equal(got[0].ids, got[1].ids, o->count * HASH_SIZE);
    for (size_t k = 0; k < o->count; k++) {
        struct store_record r[2];
        for (unsigned i = 0; i < 2; i++)
            assert_int_equal(store_get(stores[i], o->made[k]->record.id, room[i], &r[i]), 0);
        assert_int_equal(r[0].num, r[1].num);
        assert_int_equal(r[0].seen, r[1].seen);
        assert_int_equal(r[0].retracted, r[1].retracted);
        assert_int_equal(r[0].size, r[1].size);
        assert_memory_equal(room[0], room[1], r[0].size);
    }
}

static struct store_bucket buckets[2][100];
static size_t bucket_counts[2];

static int bucket_note(void *context, const struct store_bucket *bucket) {
    unsigned which = *(unsigned *)context;
    assert_true(bucket_counts[which] < 100);
    buckets[which][bucket_counts[which]++] = *bucket;
    return 0;
}

static void same_buckets(struct old *o, struct store *s, const uint8_t *community) {
    struct store *const stores[2] = {o->memory, s};
    for (unsigned i = 0; i < 2; i++) {
        bucket_counts[i] = 0;
        assert_int_equal(store_bucket_each(stores[i], community, 0, bucket_note, &i), 0);
    }
    assert_true(bucket_counts[0] > 3);
    assert_int_equal(bucket_counts[0], bucket_counts[1]);
    for (size_t k = 0; k < bucket_counts[0]; k++) {
        assert_int_equal(buckets[0][k].expiry_day, buckets[1][k].expiry_day);
        assert_int_equal(buckets[0][k].hour, buckets[1][k].hour);
        assert_int_equal(buckets[0][k].count, buckets[1][k].count);
        assert_memory_equal(buckets[0][k].digest, buckets[1][k].digest, HASH_SIZE);
    }
    stores_check_buckets(s, community);
}

static int missing_count(void *context, const struct store_missing *missing) {
    *(uint64_t *)context += 1 + missing->held * 100;
    return 0;
}

static struct store *open_at(const char *path) {
    struct store *s = NULL;
    char why[STORE_WHY_SIZE] = "";
    if (store_sqlite_open(&s, path, false, NULL, why)) fail_msg("%s", why);
    return s;
}

/* Everything is found again: records, lists, buckets, the ghost, blobs that lack chunks, numbers; and what follows
 * (expiry, the body of what was taken back) goes on as it did. */
static void test_version_2(void **state) {
    (void)state;
    static struct old o;
    static struct made ghost;
    char path[300];
    memset(&o, 0, sizeof o);
    for (unsigned i = 0; i < 2; i++) make_community(&o.c[i], i);
    struct make how = {.community = o.c[0].charter.community, .days = 9, .created = MAKE_NOW, .salt = 5000};
    make_record(&ghost, &how);
    (void)strcpy(path, make_path("version-2.db"));
    old_make(&o, path, &ghost);
    for (unsigned round = 0; round < 2; round++) { /* once as it is made, once as it was left */
        struct store *s = open_at(path);
        assert_int_equal(store_integrity(s), 0);
        same_records(&o, s);
        for (unsigned i = 0; i < 2; i++) same_buckets(&o, s, o.c[i].charter.community);
        assert_int_equal(store_has(s, ghost.record.id), STORE_GHOST);
        uint64_t missing[2] = {0, 0};
        assert_int_equal(store_blob_missing_each(s, NULL, missing_count, &missing[0]), 0);
        assert_int_equal(store_blob_missing_each(o.memory, NULL, missing_count, &missing[1]), 0);
        assert_int_equal(missing[0], 102);
        assert_int_equal(missing[1], 102);
        assert_int_equal(store_newest_num(s), o.count);
        while (store_index(s, 1000) > 0) continue;
        got[0].count = 0;
        assert_int_equal(store_search(s, NULL, "площ", MAKE_NOW, 0, stores_collect, &got[0]), 0);
        assert_int_equal(got[0].count, TEXTS - 2);
        store_close(s);
    }
    struct store *s = open_at(path);
    assert_int_equal(store_put(s, &ghost.record, ghost.bytes, ghost.size, MAKE_NOW), 0);
    assert_int_equal(store_put(o.memory, &ghost.record, ghost.bytes, ghost.size, MAKE_NOW), 0);
    same_buckets(&o, s, o.c[0].charter.community);
    struct store *const stores[2] = {o.memory, s};
    for (unsigned i = 0; i < 2; i++) stores_tick(stores[i], MAKE_NOW + 8 * DAY, true);
    for (size_t k = 0; k < o.count; k++)
        assert_int_equal(store_has(s, o.made[k]->record.id), store_has(o.memory, o.made[k]->record.id));
    assert_int_equal(store_has(s, o.made[8]->record.id), STORE_UNKNOWN);
    assert_int_equal(store_has(s, o.made[TEXTS]->record.id),
                     STORE_UNKNOWN); /* as long as what it took back, no longer */
    assert_int_equal(store_integrity(s), 0);
    store_close(s);
    old_free(&o);
}

/* Bytes of a record that can't be read don't keep the rest from its owner: the file opens, and the check tells. */
static void test_damaged_record(void **state) {
    (void)state;
    static struct old o;
    static struct made ghost;
    char path[300];
    memset(&o, 0, sizeof o);
    for (unsigned i = 0; i < 2; i++) make_community(&o.c[i], i);
    struct make how = {.community = o.c[0].charter.community, .days = 9, .created = MAKE_NOW, .salt = 5000};
    make_record(&ghost, &how);
    (void)strcpy(path, make_path("version-2.db"));
    old_make(&o, path, &ghost);
    assert_int_equal(sqlite3_open(path, &o.db), SQLITE_OK);
    run(&o, "UPDATE record SET data = X'01020304' WHERE num = 20");
    assert_int_equal(sqlite3_close(o.db), SQLITE_OK);
    struct store *s = open_at(path);
    const struct store_query query = {.now = MAKE_NOW, .retracted = true};
    got[0].count = 0;
    assert_int_equal(store_list(s, &query, stores_collect, &got[0]), 0);
    assert_int_equal(got[0].count, o.count - 1);
    assert_true(store_integrity(s) > 0);
    store_close(s);
    old_free(&o);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_version_2), cmocka_unit_test(test_damaged_record)};
    assert_true(sodium_init() >= 0);
    int failed = cmocka_run_group_tests_name("migration", tests, NULL, NULL);
    make_end();
    return failed;
}
