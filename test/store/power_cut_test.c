/*
 * A power cut loses nothing that was acknowledged. A store works on a disk that remembers what is synced
 * (crash_vfs_util); at several hundred of its writes the disk is looked at as a power cut would leave it, and opened
 * with the usual VFS: everything that a commit had acknowledged must be there, the transaction under way must be there
 * whole or not at all, and the database must hold together.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/blob.h"
#include "store/sqlite_internal.h"
#include "test/store/crash_vfs_util.h"
#include "test/store/make_util.h"

#define RECORDS 600
#define GROUP 12

/* What a record is known as before and after the transaction under way. */
struct expected {
    uint8_t id[HASH_SIZE];
    int before, after;
};

struct work {
    struct store *s;
    struct made_community c;
    struct expected records[RECORDS];
    size_t count;
    uint64_t round_before, round_after; /* a setting that every transaction sets */
    bool opened, committing;            /* the store was opened once; the commit was called */
    uint64_t seed, moments;
    unsigned cuts, one_in, saw_before, saw_after;
    const uint8_t *key; /* of a sealed store, or NULL */
    char folder[300];
};

static uint64_t round_of(struct store *s) {
    uint64_t round = 0;
    int got = store_meta_get(s, "round", (uint8_t *)&round, sizeof round);
    assert_true(got == (int)sizeof round || got == ERR_NOT_FOUND);
    return round;
}

static void check_disk(struct work *w) {
    char path[400], why[STORE_WHY_SIZE] = "";
    struct store *s = NULL;
    (void)snprintf(path, sizeof path, "%s/power.db", w->folder);
    int err = store_sqlite_open(&s, path, !w->opened, w->key, why);
    if (err) fail_msg("cut %u: %s (%d)", w->cuts, why, err);
    uint64_t round = round_of(s);
    bool after = round == w->round_after && round != w->round_before;
    if (!after && round != w->round_before) fail_msg("cut %u: a transaction that was acknowledged is gone", w->cuts);
    if (after && !w->committing) fail_msg("cut %u: a transaction that was not committed is there", w->cuts);
    for (size_t i = 0; i < w->count; i++) {
        int has = store_has(s, w->records[i].id), should = after ? w->records[i].after : w->records[i].before;
        if (has != should) fail_msg("cut %u: record %zu is %d, not %d", w->cuts, i, has, should);
    }
    int faults = store_integrity(s);
    if (faults) fail_msg("cut %u: %s", w->cuts, store_why(s));
    w->saw_before += w->committing && !after;
    w->saw_after += after;
    store_close(s);
}

/* What the store of the last look made beside the database. */
static void forget_last(const struct work *w) {
    static const char *const names[] = {"power.db", "power.db-wal", "power.db-pages0", "power.db-pages1"};
    char path[400];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", w->folder, names[i]);
        (void)unlink(path);
    }
}

static void at_moment(void *context) {
    struct work *w = context;
    w->moments++;
    if (make_random(&w->seed) % w->one_in != 0) return;
    uint64_t draw = make_random(&w->seed) % 6;
    w->cuts++;
    forget_last(w);
    crash_vfs_cut(w->folder, draw == 0 ? CRASH_NOTHING : draw == 1 ? CRASH_EVERYTHING : CRASH_SOME, &w->seed);
    check_disk(w);
}

static void begin(struct work *w) {
    assert_int_equal(store_begin(w->s), 0);
    w->round_after = w->round_before + 1;
    assert_int_equal(store_meta_set(w->s, "round", (const uint8_t *)&w->round_after, sizeof w->round_after), 0);
}

static void commit(struct work *w) {
    w->committing = true;
    assert_int_equal(store_commit(w->s), 0);
    w->committing = false;
    w->round_before = w->round_after;
    for (size_t i = 0; i < w->count; i++) w->records[i].before = w->records[i].after;
}

static struct expected *put(struct work *w, const struct make *how) {
    static struct made m;
    make_record(&m, how);
    assert_true(w->count < RECORDS);
    assert_int_equal(store_put(w->s, &m.record, m.bytes, m.size, MAKE_NOW), 1);
    struct expected *e = &w->records[w->count];
    memcpy(e->id, m.record.id, HASH_SIZE);
    e->before = STORE_UNKNOWN;
    e->after = STORE_HELD;
    w->count++;
    return e;
}

/* Have the stale digests computed, which writes. */
static int count_bucket(void *context, const struct store_bucket *bucket) {
    *(uint64_t *)context += bucket->count;
    return 0;
}
static void look_at_buckets(struct work *w) {
    uint64_t seen = 0;
    assert_int_equal(store_bucket_each(w->s, w->c.charter.community, 0, count_bucket, &seen), 0);
    assert_int_equal(seen, w->count);
}

/* A group of records, one of which takes back an earlier one; a chunk; an evicted one. */
static void write_group(struct work *w) {
    uint8_t blob[HASH_SIZE], leaf[1][HASH_SIZE], data[3000];
    size_t first = w->count;
    begin(w);
    for (unsigned i = 0; i < GROUP; i++) {
        struct make how = {.community = w->c.charter.community,
                           .author = 1,
                           .days = 20 + i % 9,
                           .created = MAKE_NOW - i,
                           .salt = make_random(&w->seed),
                           .text = "Нужна вода на площади"};
        put(w, &how);
    }
    struct make back = {.community = w->c.charter.community,
                        .author = 1,
                        .kind = KIND_RETRACTION,
                        .days = 30,
                        .created = MAKE_NOW,
                        .salt = make_random(&w->seed),
                        .ref_count = 1,
                        .refs = {{.type = REF_TARGET}}};
    memcpy(back.refs[0].id, w->records[first].id, HASH_SIZE);
    put(w, &back);
    if (first > 1 && w->records[first - 2].after == STORE_HELD) {
        assert_int_equal(store_ghost(w->s, w->c.charter.community, w->records[first - 2].id, 1, 0), 0);
        w->records[first - 2].after = STORE_GHOST;
    }
    memset(data, (int)(w->round_after & 0x7f), sizeof data);
    blob_leaf(leaf[0], data, sizeof data);
    blob_tree(blob, leaf, 1, sizeof data);
    assert_int_equal(store_chunk_put(w->s, blob, sizeof data, 0, NULL, 0, data, sizeof data, MAKE_NOW), 1);
    if (w->round_after % 2) look_at_buckets(w);
    commit(w);
    look_at_buckets(w);
}

/* Blank what was taken back, in a transaction, and then let the store tidy up by itself. */
static void let_time_pass(struct work *w) {
    begin(w);
    int done = store_tick(w->s, (struct when){MAKE_NOW + 4 * DAY_SECONDS, false}, 1000);
    assert_true(done > 0);
    for (size_t i = 0; i < w->count; i += GROUP + 1)
        if (w->records[i].after == STORE_HELD) w->records[i].after = STORE_STUB;
    commit(w);
    w->round_after = w->round_before;
    while ((done = store_tick(w->s, (struct when){MAKE_NOW + 4 * DAY_SECONDS, false}, 1000)) > 0) {
    }
    assert_int_equal(done, 0);
}

static void session(struct work *w, unsigned groups) {
    char why[STORE_WHY_SIZE] = "";
    int err = store_sqlite_open_vfs(&w->s, "/disk/power.db", true, w->key, "crash", why);
    if (err) fail_msg("%s", why);
    w->opened = true;
    sqlite_self(w->s)->known.limit = 40;
    /* Many checkpoints; and a cache so small that pages go to the journal before their transaction ends. */
    if (w->key && w->seed % 2)
        assert_int_equal(
            sqlite3_exec(sqlite_self(w->s)->db, "PRAGMA wal_autocheckpoint=25; PRAGMA cache_size=12", NULL, NULL, NULL),
            SQLITE_OK);
    int added = store_community_put(w->s, &w->c.record, true);
    assert_true(added >= 0);
    for (unsigned i = 0; i < groups; i++) write_group(w);
    assert_true(store_index(w->s, 10000) == 0);
    let_time_pass(w);
    write_group(w);
    store_close(w->s);
}

static void run(const uint8_t *key, unsigned seed, unsigned one_in, unsigned groups) {
    static struct work w;
    memset(&w, 0, sizeof w);
    w.key = key;
    w.seed = seed;
    w.one_in = one_in;
    make_community(&w.c, 1);
    char *end;
    (void)snprintf(w.folder, sizeof w.folder, "%s", make_path("x"));
    end = strrchr(w.folder, '/');
    assert_non_null(end);
    *end = '\0';
    crash_vfs_begin("crash", at_moment, &w);
    session(&w, groups);
    session(&w, groups / 2);
    crash_vfs_end();
    make_end();
    print_message("%u cuts at %u writes; of transactions under way %u were there, %u not\n", w.cuts,
                  (unsigned)w.moments, w.saw_after, w.saw_before);
    assert_true(w.cuts > 50);
    assert_true(w.saw_after > 0 && w.saw_before > 0);
}

/* Power cuts at random writes of several runs. */
static void test_power_cuts(void **state) {
    (void)state;
    run(NULL, 1, 3, 3);
    run(NULL, 2, 5, 8);
    run(NULL, 3, 12, 20);
    if (getenv("POWER_CUTS")) run(NULL, (unsigned)atoi(getenv("POWER_CUTS")), 1, 24);
}

/* The same of a sealed store; nothing that a power cut leaves is taken for damage. */
static void test_power_cuts_sealed(void **state) {
    static const uint8_t key[KEY_SIZE] = {9};
    (void)state;
    run(key, 1, 1, 3);
    run(key, 2, 2, 8);
    run(key, 3, 4, 20);
    if (getenv("POWER_CUTS")) run(key, (unsigned)atoi(getenv("POWER_CUTS")), 1, 24);
}

/* The test can fail: the same work with a database that does not wait for the disk (synchronous=OFF) loses what was
 * acknowledged. */
static unsigned lost;
static void at_moment_lost(void *context) {
    struct work *w = context;
    struct store *s = NULL;
    if (make_random(&w->seed) % 4 != 0 || !w->opened) return;
    crash_vfs_cut(w->folder, CRASH_SOME, &w->seed);
    char path[400];
    (void)snprintf(path, sizeof path, "%s/power.db", w->folder);
    if (store_sqlite_open(&s, path, false, w->key, NULL)) {
        lost++;
        return;
    }
    for (size_t i = 0; i < w->count; i++)
        if (w->records[i].before == w->records[i].after && store_has(s, w->records[i].id) != w->records[i].before) {
            lost++;
            break;
        }
    store_close(s);
}
static void test_without_sync(void **state) {
    (void)state;
    static struct work w;
    memset(&w, 0, sizeof w);
    w.seed = 4;
    make_community(&w.c, 1);
    (void)snprintf(w.folder, sizeof w.folder, "%s", make_path("x"));
    *strrchr(w.folder, '/') = '\0';
    crash_vfs_begin("crash", at_moment_lost, &w);
    assert_int_equal(store_sqlite_open_vfs(&w.s, "/disk/power.db", true, NULL, "crash", NULL), 0);
    assert_int_equal(sqlite3_exec(((struct sqlite_store *)(void *)w.s)->db, "PRAGMA synchronous=OFF", NULL, NULL, NULL),
                     SQLITE_OK);
    w.opened = true;
    assert_int_equal(store_community_put(w.s, &w.c.record, true), 1);
    for (unsigned i = 0; i < 6; i++) write_group(&w);
    store_close(w.s);
    crash_vfs_end();
    make_end();
    assert_true(lost > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_power_cuts), cmocka_unit_test(test_power_cuts_sealed),
                                       cmocka_unit_test(test_without_sync)};
    assert_true(sodium_init() >= 0);
    int failed = cmocka_run_group_tests_name("power cut", tests, NULL, NULL);
    make_end();
    return failed;
}
