/*
 * What goes wrong with a database: each thing has its error and a sentence that names the file, nothing is lost and
 * nothing half-written. A full disk (a small one in memory, mounted for one process), a folder that can't be written
 * (as a user who may not), a second process, another program's file, a later version, an earlier one, bytes damaged
 * anywhere; and what was deleted is gone from the files.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/capability.h>
#include <sched.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test/store/make_util.h"

static char path[300];
static struct made_community community;

static int begin(void **state) {
    (void)state;
    (void)snprintf(path, sizeof path, "%s", make_path("errors.db"));
    make_community(&community, 1);
    return 0;
}

static int end(void **state) {
    (void)state;
    make_end();
    return 0;
}

static struct store *open_store(void) {
    struct store *s = NULL;
    char why[STORE_WHY_SIZE] = "";
    int err = store_sqlite_open(&s, path, true, NULL, why);
    if (err) fail_msg("%s", why);
    assert_true(store_community_put(s, &community.record, true) >= 0);
    return s;
}

/* Opening fails with this error, and the sentence names the file. */
static void refused(int expected, bool create) {
    struct store *s = NULL;
    char why[STORE_WHY_SIZE] = "";
    int err = store_sqlite_open(&s, path, create, NULL, why);
    if (err != expected) fail_msg("%d (%s), not %d", err, why, expected);
    assert_null(s);
    assert_non_null(strstr(why, path));
}

static void make_text(struct made *out, unsigned salt, const char *text) {
    struct make how = {.community = community.charter.community,
                       .author = 1,
                       .days = 20,
                       .created = MAKE_NOW,
                       .salt = salt,
                       .text = text};
    make_record(out, &how);
}

static int put_text(struct store *s, unsigned salt, const char *text) {
    static struct made m;
    make_text(&m, salt, text);
    return store_put(s, &m.record, m.bytes, m.size, MAKE_NOW);
}

static uint64_t records_of(struct store *s) {
    struct store_stats st;
    assert_int_equal(store_stats(s, MAKE_NOW, &st), 0);
    return st.records;
}

static uint8_t *read_file(const char *name, size_t *size) {
    FILE *f = fopen(name, "rb");
    *size = 0;
    if (!f) return NULL;
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    long length = ftell(f);
    assert_true(length >= 0);
    rewind(f);
    uint8_t *bytes = malloc((size_t)length + 1);
    assert_non_null(bytes);
    *size = fread(bytes, 1, (size_t)length, f);
    assert_int_equal(fclose(f), 0);
    return bytes;
}

static void write_file(const char *name, const uint8_t *bytes, size_t size) {
    FILE *f = fopen(name, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, size, f), size);
    assert_int_equal(fclose(f), 0);
}

static void execute(const char *sql) {
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void test_not_found(void **state) {
    (void)state;
    refused(ERR_NOT_FOUND, false);
    assert_int_equal(access(path, F_OK), -1);
    (void)snprintf(path, sizeof path, "%s", make_path("no/such/folder.db"));
    refused(ERR_NOT_FOUND, true);
}

/* A second process gets its answer at once, and the first goes on; when it has closed, the second can open. */
static void test_busy(void **state) {
    (void)state;
    struct store *s = open_store();
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct store *second = NULL;
        char why[STORE_WHY_SIZE] = "";
        _exit(store_sqlite_open(&second, path, true, NULL, why) == ERR_BUSY && strstr(why, "in use") ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(put_text(s, 1, "first"), 1);
    store_close(s);
    store_close(open_store());
}

/* A later version is refused and its file not touched, not by a byte. */
static void test_newer(void **state) {
    (void)state;
    store_close(open_store());
    execute("PRAGMA user_version=99");
    size_t size, size_after;
    uint8_t *before = read_file(path, &size);
    refused(ERR_NEWER, true);
    uint8_t *after = read_file(path, &size_after);
    assert_int_equal(size, size_after);
    assert_memory_equal(before, after, size);
    free(before);
    free(after);
}

/* Another program's database, and a file that is none. */
static void test_foreign(void **state) {
    (void)state;
    execute("CREATE TABLE bookmarks(url); PRAGMA user_version=1");
    refused(ERR_DAMAGED, true);
    write_file(path,
               (const uint8_t *)"Dear diary, today the internet went away, and so did everybody's patience. "
                                "More of this follows, to be longer than a header of a database is.",
               130);
    refused(ERR_DAMAGED, true);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    struct store *s;
    assert_true(store_sqlite_open(&s, path, true, NULL, NULL) < 0);
    assert_int_equal(rmdir(path), 0);
}

/* A disk that fills up: the transaction fails with a sentence, everything before it is there, and with room again all
 * goes on. */
static int fill(struct store *s) {
    static char text[20000];
    memset(text, 'x', sizeof text - 1);
    for (unsigned group = 0; group < 200; group++) {
        assert_int_equal(store_begin(s), 0);
        int err = 0;
        for (unsigned i = 0; i < 10 && err >= 0; i++) err = put_text(s, 1000 + group * 10 + i, text);
        int done = store_commit(s);
        if (done) {
            if (err < 0) assert_int_equal(done, err);
            return done;
        }
    }
    return 0;
}
static void test_full(void **state) {
    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        char folder[300];
        (void)snprintf(folder, sizeof folder, "%s", path);
        *strrchr(folder, '/') = '\0';
        if (unshare(geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER) ||
            mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) || mount("none", folder, "tmpfs", 0, "size=3m"))
            _exit(77);
        struct store *s = open_store();
        assert_int_equal(put_text(s, 1, "before"), 1);
        bool said = fill(s) == ERR_FULL && strstr(store_why(s), "full") && strstr(store_why(s), path);
        uint64_t kept = records_of(s);
        if (!said || kept < 2 || kept % 10 != 1) fprintf(stderr, "%s; %u records\n", store_why(s), (unsigned)kept);
        said = said && kept > 1 && kept % 10 == 1;
        assert_int_equal(mount("none", folder, "tmpfs", MS_REMOUNT, "size=20m"), 0);
        if (put_text(s, 3, "with room again") != 1 || records_of(s) != kept + 1 || store_integrity(s) != 0) {
            fprintf(stderr, "with room again: %s\n", store_why(s));
            said = false;
        }
        store_close(s);
        s = open_store();
        said = said && records_of(s) == kept + 1;
        store_close(s);
        fflush(NULL);
        _exit(said ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
        print_message("no file system may be mounted here\n");
        skip();
    }
    assert_int_equal(status, 0);
}

/* Somebody who may not write: the file, or its folder. Root may everything, so a child gives its capabilities up and is
 * a mere owner. */
static bool give_up(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}, {0}};
    return syscall(SYS_capset, &header, none) == 0;
}
static void as_nobody(int expected, bool create) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (!give_up()) _exit(3);
        struct store *s = NULL;
        char why[STORE_WHY_SIZE] = "";
        int err = store_sqlite_open(&s, path, create, NULL, why);
        if (err != expected) fprintf(stderr, "%d (%s), not %d\n", err, why, expected);
        _exit(err == expected && strstr(why, path) ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}
static void test_read_only(void **state) {
    (void)state;
    char folder[300];
    (void)snprintf(folder, sizeof folder, "%s", path);
    *strrchr(folder, '/') = '\0';
    assert_int_equal(chmod(folder, 0555), 0);
    as_nobody(ERR_READ_ONLY, true); /* no file can be made */
    assert_int_equal(chmod(folder, 0755), 0);
    store_close(open_store());
    assert_int_equal(chmod(path, 0444), 0);
    assert_int_equal(chmod(folder, 0555), 0);
    as_nobody(ERR_READ_ONLY, false); /* nothing can be written */
    assert_int_equal(chmod(path, 0666), 0);
    as_nobody(ERR_READ_ONLY, false); /* the file can, but nothing beside it */
    assert_int_equal(chmod(folder, 0755), 0);
}

/* A version-1 file: version 2 counts anew, reads what is there, and finds it again by search. */
static int count_record(void *context, const struct store_record *r) {
    (void)r;
    ++*(int *)context;
    return 0;
}
static void test_version_1(void **state) {
    (void)state;
    size_t size;
    int found = 0;
    uint8_t *bytes = read_file("test/store/version-1.db", &size);
    assert_non_null(bytes);
    write_file(path, bytes, size);
    free(bytes);
    struct store *s = NULL;
    char why[STORE_WHY_SIZE] = "";
    if (store_sqlite_open(&s, path, false, NULL, why)) fail_msg("%s", why);
    assert_int_equal(records_of(s), 8);
    assert_int_equal(store_integrity(s), 0);
    while (store_index(s, 100) > 0) {
    }
    assert_int_equal(store_search(s, NULL, "площ", MAKE_NOW, 0, count_record, &found), 0);
    assert_int_equal(found, 5);
    assert_int_equal(put_text(s, 900, "new"), 1);
    store_close(s);
}

/* ---- Damage ---- */

/* Use everything; whatever is damaged, this ends, with answers or errors. */
static int use_record(void *context, const struct store_record *r) {
    struct store *s = context;
    static uint8_t room[RECORD_SIZE_MAX];
    struct store_record again;
    (void)!store_get(s, r->record.id, room, &again);
    return 0;
}
static int use_community(void *context, const struct store_community *c) {
    struct store_query q = {
        .community = c->charter.community, .now = MAKE_NOW, .newest_first = true, .retracted = true};
    (void)!store_list(context, &q, use_record, context);
    return 0;
}
static int use_entry(void *context, const struct store_entry *e) {
    (void)context;
    (void)e;
    return 0;
}
static int use_bucket(void *context, const struct store_bucket *b) {
    (void)context;
    (void)b;
    return 0;
}
static int use_seen(void *context, const struct store_seen_id *seen) {
    *(unsigned *)context += seen->id[HASH_SIZE - 1];
    return 0;
}
static int use_arrival(void *context, const struct store_arrival *a) {
    (void)context;
    (void)a;
    return 0;
}
static int use_missing(void *context, const struct store_missing *m) {
    (void)context;
    (void)m;
    return 0;
}
static void use_seen_things(struct store *s) {
    const uint8_t *c = community.charter.community;
    unsigned sum = 0;
    (void)!store_bucket_each(s, c, 0, use_bucket, NULL);
    (void)!store_seen_range(s, c, 0, 0, UINT32_MAX, 0, use_seen, &sum);
    (void)!store_urgent_newest(s, c, MAKE_NOW, 0, use_record, s);
    (void)!store_arrived_after(s, 0, 0, use_arrival, NULL);
    (void)!store_blob_missing_each(s, NULL, use_missing, NULL);
}
static void use(struct store *s) {
    use_seen_things(s);
    struct store_query q = {.now = MAKE_NOW};
    struct store_stats st;
    int found = 0;
    (void)!store_community_each(s, MAKE_NOW, use_community, s);
    (void)!store_list(s, &q, use_record, s);
    (void)!store_scan(s, NULL, use_entry, NULL);
    (void)!store_stats(s, MAKE_NOW, &st);
    (void)!store_search(s, NULL, "вода", MAKE_NOW, 0, count_record, &found);
    (void)!store_integrity(s);
    (void)!put_text(s, 12345, "вода");
    (void)!store_index(s, 100);
    (void)!store_tick(s, (struct when){MAKE_NOW + 60 * DAY_SECONDS, true}, 50);
    assert_true(strlen(store_why(s)) > 0);
}

/* Bytes changed anywhere: never a crash or a hang; opened or refused as damaged; what is read back under an id is that
 * record. */
static void test_damage(void **state) {
    (void)state;
    static struct made m;
    struct store *s = open_store();
    assert_int_equal(store_begin(s), 0);
    for (unsigned i = 0; i < 60; i++) assert_int_equal(put_text(s, i, "Нужна вода на площади"), 1);
    make_text(&m, 5, "Нужна вода на площади");
    assert_int_equal(store_commit(s), 0);
    assert_int_equal(store_index(s, 1000), 0);
    store_close(s);
    size_t size;
    uint64_t seed = 11;
    unsigned refusals = 0, damaged = 0, rounds = 250;
    uint8_t *good = read_file(path, &size), *bad = malloc(size);
    assert_non_null(bad);
    for (unsigned round = 0; round < rounds; round++) {
        memcpy(bad, good, size);
        unsigned kind = (unsigned)(make_random(&seed) % 4);
        for (unsigned i = 0; i < 1 + 20 * (kind == 1); i++)
            bad[make_random(&seed) % size] ^= (uint8_t)(1u << make_random(&seed) % 8);
        if (kind == 2) { /* a page of something else */
            size_t at = make_random(&seed) % (size / 4096) * 4096;
            for (size_t i = 0; i < 4096; i++) bad[at + i] = (uint8_t)(make_random(&seed) & 0xff);
        }
        if (kind == 3) bad[make_random(&seed) % 100] ^= 0xff; /* the header */
        write_file(path, bad, round % 10 == 9 ? make_random(&seed) % size : size);
        char why[STORE_WHY_SIZE] = "";
        int err = store_sqlite_open(&s, path, false, NULL, why);
        if (err) {
            if (err != ERR_DAMAGED && err != ERR_NEWER) fail_msg("round %u: %d (%s)", round, err, why);
            refusals++;
        } else {
            static uint8_t room[RECORD_SIZE_MAX];
            struct store_record r;
            err = store_get(s, m.record.id, room, &r);
            if (!err)
                assert_memory_equal(r.bytes, m.bytes, m.size);
            else if (err != ERR_DAMAGED && err != ERR_NOT_FOUND)
                fail_msg("round %u: %d (%s)", round, err, store_why(s));
            err = store_integrity(s);
            damaged += err != 0;
            use(s);
            store_close(s);
        }
        char wal[320];
        (void)snprintf(wal, sizeof wal, "%s-wal", path);
        (void)unlink(wal);
    }
    print_message("%u damaged files: %u refused, %u found by the check\n", rounds, refusals, damaged);
    assert_true(refusals > 10 && damaged > 50);
    free(good);
    free(bad);
}

static void change(const char *sql) {
    sqlite3 *db = NULL;
    char *why = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK) fail_msg("%s: %s", sql, why);
    assert_int_equal(sqlite3_changes(db), 1);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* The check notices each thing that the tables should agree on and don't. */
static void test_check(void **state) {
    (void)state;
    static const char *const changes[] = {
        "UPDATE bucket SET digest = zeroblob(32)",
        "UPDATE bucket SET count = count + 1",
        "UPDATE bucket SET hour = hour + 1",
        "DELETE FROM bucket",
        "DELETE FROM seen WHERE num = 7",
        "UPDATE seen SET flags = flags | 1 WHERE num = 7",
        "UPDATE seen SET expiry = expiry + 1 WHERE num = 7",
        "UPDATE seen SET size = size + 1 WHERE num = 7",
        "UPDATE seen SET num = 8 WHERE num = 7",
        "DELETE FROM record WHERE num = 7",
        "DELETE FROM known WHERE num = 7",
        "DELETE FROM ghost",
        "UPDATE ghost SET created = created + 1",
        "DELETE FROM seen WHERE num = 0",
    };
    uint8_t ghost[HASH_SIZE] = {7};
    struct store *s = open_store();
    for (unsigned i = 0; i < 2000; i++) {
        if (i % 1000 == 0) assert_int_equal(store_begin(s), 0);
        assert_int_equal(put_text(s, i, "вода"), 1);
        if (i % 1000 == 999) assert_int_equal(store_commit(s), 0);
    }
    assert_int_equal(store_ghost(s, community.charter.community, ghost, when_day(MAKE_NOW) + 20, MAKE_NOW), 0);
    assert_int_equal(store_bucket_each(s, community.charter.community, 0, use_bucket, NULL), 0);
    assert_int_equal(store_integrity(s), 0);
    store_close(s);
    size_t size;
    uint8_t *good = read_file(path, &size);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        write_file(path, good, size);
        s = open_store();
        assert_int_equal(store_integrity(s), 0);
        store_close(s);
        change(changes[i]);
        s = open_store();
        if (store_integrity(s) <= 0) fail_msg("not noticed: %s", changes[i]);
        store_close(s);
    }
    free(good);
}

/* ---- What is gone is gone ---- */

static bool files_contain(const char *word) {
    char wal[320];
    (void)snprintf(wal, sizeof wal, "%s-wal", path);
    const char *const names[] = {path, wal};
    bool found = false;
    for (unsigned i = 0; i < 2; i++) {
        size_t size;
        uint8_t *bytes = read_file(names[i], &size);
        found = found || (bytes && memmem(bytes, size, word, strlen(word)) != NULL);
        free(bytes);
    }
    return found;
}

/* The text of a retracted record, and its words in the index, are in no file once it was blanked; so of one that
 * expired. */
static void test_gone(void **state) {
    (void)state;
    static struct made target, back;
    struct store *s = open_store();
    char text[80];
    for (unsigned i = 0; i < 300; i++) {
        (void)snprintf(text, sizeof text, "zebra%u wednesday%u harbour%u", i, i * 7, i * 13);
        assert_int_equal(put_text(s, i, text), 1);
        if (i == 150) {
            make_text(&target, 1000, "my address is Quixotic Street 77");
            assert_int_equal(store_put(s, &target.record, target.bytes, target.size, MAKE_NOW), 1);
        }
        if (i % 50 == 0) assert_true(store_index(s, 1000) == 0);
    }
    assert_int_equal(store_index(s, 1000), 0);
    assert_true(files_contain("Quixotic"));
    assert_true(files_contain("quixotic"));
    struct make how = {.community = community.charter.community,
                       .author = 1,
                       .kind = KIND_RETRACTION,
                       .days = 30,
                       .created = MAKE_NOW,
                       .salt = 2000,
                       .ref_count = 1,
                       .refs = {{.type = REF_TARGET}}};
    memcpy(how.refs[0].id, target.record.id, HASH_SIZE);
    make_record(&back, &how);
    assert_int_equal(store_put(s, &back.record, back.bytes, back.size, MAKE_NOW), 1);
    int done;
    while ((done = store_tick(s, (struct when){MAKE_NOW + RETRACTED_BODY_SECONDS, false}, 100)) > 0) {
    }
    assert_int_equal(done, 0);
    assert_int_equal(store_has(s, target.record.id), STORE_STUB);
    assert_false(files_contain("Quixotic"));
    assert_false(files_contain("uixotic"));
    assert_true(files_contain("zebra42 wednesday294"));
    int found = 0;
    assert_int_equal(store_search(s, NULL, "zebra42", MAKE_NOW, 0, count_record, &found), 0);
    assert_int_equal(found, 1);
    while ((done = store_tick(s, (struct when){MAKE_NOW + 40 * DAY_SECONDS, true}, 1000)) > 0) {
    }
    assert_int_equal(done, 0);
    assert_false(files_contain("zebra"));
    assert_int_equal(records_of(s), 0);
    assert_int_equal(store_integrity(s), 0);
    store_close(s);
}

/* A number is never given twice, also not after the last record went and the store was opened again. */
static void test_numbers(void **state) {
    (void)state;
    static struct made m;
    static uint8_t room[RECORD_SIZE_MAX];
    struct store_record r;
    struct store *s = open_store();
    make_text(&m, 1, "a");
    assert_int_equal(store_put(s, &m.record, m.bytes, m.size, MAKE_NOW), 1);
    assert_int_equal(store_get(s, m.record.id, room, &r), 0);
    int64_t num = r.num;
    assert_int_equal(store_ghost(s, community.charter.community, m.record.id, 1, 0), 0);
    store_close(s);
    s = open_store();
    make_text(&m, 2, "b");
    assert_int_equal(store_put(s, &m.record, m.bytes, m.size, MAKE_NOW), 1);
    assert_int_equal(store_get(s, m.record.id, room, &r), 0);
    assert_true(r.num > num);
    store_close(s);
}

/* A word of ours is one word of the index, whatever a Unicode table says of its characters (U+02C5 is a letter to us, a
 * sign to unicode61). */
static void test_words(void **state) {
    (void)state;
    int found = 0;
    struct store *s = open_store();
    assert_int_equal(put_text(s, 1, "ab\u02c5cd"), 1);
    assert_int_equal(store_index(s, 10), 0);
    assert_int_equal(store_search(s, NULL, "ab\u02c5c", MAKE_NOW, 0, count_record, &found), 0);
    assert_int_equal(found, 1);
    store_close(s);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {TEST(test_not_found), TEST(test_busy),    TEST(test_newer),
                                       TEST(test_foreign),   TEST(test_full),    TEST(test_read_only),
                                       TEST(test_version_1), TEST(test_damage),  TEST(test_check),
                                       TEST(test_gone),      TEST(test_numbers), TEST(test_words)};
    assert_true(sodium_init() >= 0);
    return cmocka_run_group_tests_name("errors", tests, NULL, NULL);
}
