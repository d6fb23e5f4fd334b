/*
 * A sealed store holds nothing readable on the disk, and believes nothing that was changed there. Files are searched
 * for what was written, byte by byte damaged, cut, mixed with older copies of themselves; whatever is done to them,
 * what is read under an id is that record, and what can't be read is said to be damaged. A plain store becomes a sealed
 * one, also if the power goes in between.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/blob.h"
#include "store/sealed_internal.h"
#include "store/sqlite_internal.h"
#include "test/store/make_util.h"

#define TEXTS 200
#define WORDS "Quixotic zebra meets the aksakal at the well"

static const uint8_t key[KEY_SIZE] = {1, 2, 3}, other_key[KEY_SIZE] = {1, 2, 4};
static char path[300], folder[300];
static struct made_community community;
static struct made made[TEXTS + 200];

static int begin(void **state) {
    (void)state;
    (void)snprintf(path, sizeof path, "%s", make_path("sealed.db"));
    (void)snprintf(folder, sizeof folder, "%s", path);
    *strrchr(folder, '/') = '\0';
    make_community(&community, 1);
    return 0;
}

static int end(void **state) {
    (void)state;
    make_end();
    return 0;
}

static struct store *open_with(const uint8_t *with) {
    struct store *s = NULL;
    char why[STORE_WHY_SIZE] = "";
    int err = store_sqlite_open(&s, path, true, with, why);
    if (err) fail_msg("%d: %s", err, why);
    assert_true(store_community_put(s, &community.record, true) >= 0);
    return s;
}

static void put_texts(struct store *s, unsigned from, unsigned to) {
    assert_int_equal(store_begin(s), 0);
    for (unsigned i = from; i < to; i++) {
        char text[100];
        (void)snprintf(text, sizeof text, "%s %u", WORDS, i);
        struct make how = {.community = community.charter.community,
                           .author = 1,
                           .days = 20,
                           .created = MAKE_NOW + i % 50,
                           .salt = i,
                           .text = text};
        make_record(&made[i], &how);
        assert_int_equal(store_put(s, &made[i].record, made[i].bytes, made[i].size, MAKE_NOW), 1);
    }
    assert_int_equal(store_commit(s), 0);
}

/* Count the records that are there; each is what it was. */
static unsigned count_texts(struct store *s, unsigned to) {
    static uint8_t room[RECORD_SIZE_MAX];
    struct store_record r;
    unsigned count = 0;
    for (unsigned i = 0; i < to; i++)
        if (store_get(s, made[i].record.id, room, &r) == 0) {
            assert_int_equal(r.size, made[i].size);
            assert_memory_equal(r.bytes, made[i].bytes, r.size);
            count++;
        }
    return count;
}

/* ---- Files ---- */

struct bytes {
    uint8_t *data;
    size_t size;
};
static const char *const ends[] = {"", "-wal", "-pages0", "-pages1"};
#define FILES (sizeof ends / sizeof *ends)
struct files {
    struct bytes of[FILES];
};

static const char *file_of(size_t i) {
    static char name[320];
    (void)snprintf(name, sizeof name, "%s%s", path, ends[i]);
    return name;
}

static void files_read(struct files *f) {
    for (size_t i = 0; i < FILES; i++) {
        struct stat info;
        f->of[i] = (struct bytes){0};
        FILE *file = fopen(file_of(i), "rb");
        if (!file) continue;
        assert_int_equal(fstat(fileno(file), &info), 0);
        f->of[i].data = malloc((size_t)info.st_size + 1);
        assert_non_null(f->of[i].data);
        f->of[i].size = fread(f->of[i].data, 1, (size_t)info.st_size, file);
        assert_int_equal(fclose(file), 0);
    }
}

static void files_write(const struct files *f) {
    for (size_t i = 0; i < FILES; i++) {
        (void)unlink(file_of(i));
        if (!f->of[i].data) continue;
        FILE *file = fopen(file_of(i), "wb");
        assert_non_null(file);
        assert_int_equal(fwrite(f->of[i].data, 1, f->of[i].size, file), f->of[i].size);
        assert_int_equal(fclose(file), 0);
    }
}

static void files_free(struct files *f) {
    for (size_t i = 0; i < FILES; i++) free(f->of[i].data);
}

/* A closed store of TEXTS records, its index and a chunk; or, if killed, one whose process was killed: its journal is
 * there. */
static void make_store(bool killed) {
    uint8_t blob[HASH_SIZE], leaf[1][HASH_SIZE], data[3000];
    memset(data, 'Q', sizeof data);
    pid_t child = killed ? fork() : 0;
    assert_true(child >= 0);
    if (child == 0) {
        struct store *s = open_with(key);
        sqlite_self(s)->known.limit = 40; /* else opening reads all records */
        put_texts(s, 0, TEXTS / 2);
        blob_leaf(leaf[0], data, sizeof data);
        blob_tree(blob, leaf, 1, sizeof data);
        assert_int_equal(store_chunk_put(s, blob, sizeof data, 0, NULL, 0, data, sizeof data, MAKE_NOW), 1);
        assert_int_equal(store_index(s, 10000), 0);
        for (unsigned i = TEXTS / 2; i < TEXTS; i += 20) put_texts(s, i, i + 20);
        if (killed) (void)kill(getpid(), SIGKILL);
        store_close(s);
        return;
    }
    assert_int_equal(waitpid(child, NULL, 0), child);
    for (unsigned i = 0; i < TEXTS; i++) { /* what the child made */
        char text[100];
        (void)snprintf(text, sizeof text, "%s %u", WORDS, i);
        struct make how = {.community = community.charter.community,
                           .author = 1,
                           .days = 20,
                           .created = MAKE_NOW + i % 50,
                           .salt = i,
                           .text = text};
        make_record(&made[i], &how);
    }
}

/* ---- What lies there ---- */

static bool folder_contains(const void *needle, size_t size) {
    bool found = false;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        char name[600];
        struct stat info;
        (void)snprintf(name, sizeof name, "%s/%s", folder, entry->d_name);
        FILE *file = entry->d_name[0] == '.' ? NULL : fopen(name, "rb");
        if (!file) continue;
        assert_int_equal(fstat(fileno(file), &info), 0);
        uint8_t *bytes = malloc((size_t)info.st_size + 1);
        assert_non_null(bytes);
        size_t got = fread(bytes, 1, (size_t)info.st_size, file);
        if (memmem(bytes, got, needle, size)) {
            found = true;
        }
        free(bytes);
        (void)fclose(file);
    }
    (void)closedir(dir);
    return found;
}

static bool anything_readable(void) {
    static const char *const words[] = {"SQLite format", "CREATE TABLE", "sqlite_",  "Quixotic",   "quixotic",
                                        "zebra",         "aksakal",      "QQQQQQQQ", "clock_last", "store_"};
    bool found = false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        found = folder_contains(words[i], strlen(words[i])) || found;
    found = folder_contains(community.charter.title, strlen(community.charter.title)) || found;
    found = folder_contains(community.charter.community, 8) || found;
    found = folder_contains(key, sizeof key) || found;
    for (unsigned i = 0; i < TEXTS; i += 23) {
        found = folder_contains(made[i].record.id, 8) || found;
        found = folder_contains(made[i].record.signature, 8) || found;
    }
    return found;
}

static void test_nothing_readable(void **state) {
    (void)state;
    make_store(true);
    assert_false(anything_readable());
    struct store *s = open_with(key);
    assert_int_equal(count_texts(s, TEXTS), TEXTS);
    assert_int_equal(store_integrity(s), 0);
    put_texts(s, TEXTS, TEXTS + 50);
    assert_false(anything_readable());
    store_close(s);
    assert_false(anything_readable());
    (void)snprintf(path, sizeof path, "%s", make_path("plain.db")); /* the search finds what is there */
    s = open_with(NULL);
    put_texts(s, 0, TEXTS);
    store_close(s);
    assert_true(anything_readable());
}

/* Another key, and none: refused in words, nothing changed. A damaged head is not a wrong key, and with one of its two
 * copies all is well. */
static void test_wrong_key(void **state) {
    (void)state;
    struct files f, after;
    char why[STORE_WHY_SIZE] = "";
    struct store *s = NULL;
    make_store(false);
    files_read(&f);
    const uint8_t *const keys[] = {other_key, NULL};
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(store_sqlite_open(&s, path, i == 0, keys[i], why), ERR_WRONG_KEY);
        assert_non_null(strstr(why, path));
        assert_non_null(strstr(why, "key"));
        assert_null(s);
    }
    files_read(&after);
    assert_int_equal(after.of[0].size, f.of[0].size);
    assert_memory_equal(after.of[0].data, f.of[0].data, f.of[0].size);
    files_free(&after);
    for (size_t at = 0; at < SEALED_HEAD_COPY; at++) {
        f.of[0].data[at] ^= 1;
        files_write(&f);
        assert_int_equal(store_sqlite_open(&s, path, false, other_key, why), ERR_WRONG_KEY);
        assert_int_equal(store_sqlite_open(&s, path, false, key, why), 0);
        store_close(s);
        f.of[0].data[SEALED_HEAD_SECOND + at] ^= 0x80;
        files_write(&f);
        assert_int_equal(store_sqlite_open(&s, path, false, key, why), ERR_DAMAGED);
        f.of[0].data[at] ^= 1;
        f.of[0].data[SEALED_HEAD_SECOND + at] ^= 0x80;
    }
    files_free(&f);
}

/* ---- Damage ---- */

/* Open what is there. What is read is true. Return how many records were, or -1 if it is refused as damaged. */
static int look(bool *whole) {
    struct store *s = NULL;
    char why[STORE_WHY_SIZE] = "";
    *whole = false;
    int err = store_sqlite_open(&s, path, false, key, why);
    if (err) {
        if (err != ERR_DAMAGED) fail_msg("%d: %s", err, why);
        assert_non_null(strstr(why, path));
        return -1;
    }
    int count = (int)count_texts(s, TEXTS);
    *whole = store_integrity(s) == 0;
    assert_true(*whole || strlen(store_why(s)) > 0);
    store_close(s);
    return count;
}

/* Change one bit of one byte of any file, at places all over them. */
static void damage_all_over(bool killed, unsigned step) {
    struct files f;
    unsigned refused = 0, noticed = 0, fine = 0;
    make_store(killed);
    files_read(&f);
    for (size_t i = 0; i < FILES; i++)
        for (size_t at = 0; at < f.of[i].size; at += step) {
            bool whole;
            f.of[i].data[at] ^= (uint8_t)(1u << at % 8);
            files_write(&f);
            int count = look(&whole);
            refused += count < 0;
            noticed += count >= 0 && !whole;
            fine += whole;
            if (whole && !killed) assert_int_equal(count, TEXTS);
            f.of[i].data[at] ^= (uint8_t)(1u << at % 8);
        }
    print_message("%u refused, %u noticed, %u harmless\n", refused, noticed, fine);
    assert_true(refused + noticed > 20);
    files_free(&f);
}

static void test_damage(void **state) {
    (void)state;
    damage_all_over(false, 701);
}
static void test_damage_journal(void **state) {
    (void)state;
    damage_all_over(true, 2003);
}

/* Every single byte of the boxes: a page, and a part of the table, do not open. */
static void test_every_byte(void **state) {
    (void)state;
    static struct sealed_db db;
    uint8_t head[SEALED_HEAD], page[SEALED_PAGE], sealed[SEALED_PAGE], again[SEALED_PAGE];
    db.keys = sodium_malloc(sizeof *db.keys);
    assert_non_null(db.keys);
    sealed_head_make(&db, key, head);
    randombytes_buf(page, sizeof page);
    memset(page + SEALED_TEXT, 0, SEALED_RESERVED);
    sealed_page_seal(&db, sealed, page, 7);
    for (size_t at = 0; at < SEALED_PAGE; at++) {
        memcpy(again, sealed, sizeof again);
        again[at] ^= (uint8_t)(1u << at % 8);
        assert_false(sealed_page_unseal(&db, again, 7));
    }
    memcpy(again, sealed, sizeof again);
    assert_false(sealed_page_unseal(&db, again, 8));
    memcpy(again, sealed, sizeof again);
    assert_true(sealed_page_unseal(&db, again, 7));
    assert_memory_equal(again, page, sizeof page);
    sodium_free(db.keys);
    db.keys = NULL;
}

/* Files that end anywhere. */
static void test_cut(void **state) {
    (void)state;
    struct files f;
    for (unsigned killed = 0; killed < 2; killed++) {
        make_store(killed);
        files_read(&f);
        for (size_t i = 0; i < FILES; i++) {
            size_t size = f.of[i].size;
            for (size_t cut = 0; cut < size; cut += i < 2 ? 1777 : 97) {
                bool whole;
                f.of[i].size = cut;
                files_write(&f);
                int count = look(&whole);
                if (i == 0 && !killed && whole) fail_msg("%zu of %zu bytes", cut, size);
                if (whole && !killed) assert_int_equal(count, TEXTS);
            }
            f.of[i].size = size;
        }
        files_free(&f);
        for (size_t i = 0; i < FILES; i++) (void)unlink(file_of(i));
    }
}

static bool page_differs(const struct files *a, const struct files *b, size_t at) {
    return at + SEALED_PAGE <= a->of[0].size && at + SEALED_PAGE <= b->of[0].size &&
           memcmp(a->of[0].data + at, b->of[0].data + at, SEALED_PAGE) != 0;
}

/* An older copy of a page, whole and sealed with the same key, is not taken for the present one; nor is an older
 * journal, nor an older table. */
static void test_rolled_back(void **state) {
    (void)state;
    struct files killed, before, after, mixed;
    unsigned pages = 0;
    bool whole;
    make_store(true);
    files_read(&killed);
    store_close(open_with(key));
    files_read(&before);
    struct store *s = open_with(key);
    put_texts(s, TEXTS, TEXTS + 100);
    store_close(s);
    files_read(&after);
    for (size_t at = SEALED_PAGES; at < before.of[0].size; at += SEALED_PAGE) {
        if (!page_differs(&before, &after, at)) continue;
        pages++;
        mixed = after;
        mixed.of[0].data = malloc(after.of[0].size);
        assert_non_null(mixed.of[0].data);
        memcpy(mixed.of[0].data, after.of[0].data, after.of[0].size);
        memcpy(mixed.of[0].data + at, before.of[0].data + at, SEALED_PAGE);
        files_write(&mixed);
        int count = look(&whole);
        assert_int_equal(whole, at == SEALED_PAGES); /* of page 1 there is a copy */
        assert_true(!whole || count == TEXTS);
        free(mixed.of[0].data);
    }
    print_message("%u pages\n", pages);
    assert_true(pages > 5);
    mixed = after;
    mixed.of[1] = killed.of[1]; /* the journal of before */
    files_write(&mixed);
    assert_int_equal(look(&whole), -1);
    mixed = after;
    mixed.of[2] = before.of[2];
    mixed.of[3] = before.of[3];
    files_write(&mixed);
    (void)look(&whole);
    assert_false(whole);
    mixed.of[2] = mixed.of[3] = (struct bytes){0};
    files_write(&mixed);
    (void)look(&whole);
    assert_false(whole);
    files_write(&after);
    assert_int_equal(look(&whole), TEXTS);
    assert_true(whole);
    files_free(&killed);
    files_free(&before);
    files_free(&after);
}

/* Two pages that change places are noticed both. */
static void test_moved(void **state) {
    (void)state;
    struct files f;
    uint8_t page[SEALED_PAGE];
    bool whole;
    make_store(false);
    files_read(&f);
    uint8_t *a = f.of[0].data + SEALED_PAGES + 3 * SEALED_PAGE, *b = a + 5 * SEALED_PAGE;
    memcpy(page, a, sizeof page);
    memcpy(a, b, sizeof page);
    memcpy(b, page, sizeof page);
    files_write(&f);
    (void)look(&whole);
    assert_false(whole);
    files_free(&f);
}

/* A frame in the middle of the journal that was durable once is missed, not silently left out with all that follows. */
static void test_journal_gap(void **state) {
    (void)state;
    struct files f;
    bool whole;
    make_store(true);
    files_read(&f);
    size_t frames = (f.of[1].size - JOURNAL_HEAD) / FRAME;
    assert_true(frames > 40);
    for (size_t frame = 0; frame < frames / 2; frame += 3) {
        uint8_t *at = f.of[1].data + JOURNAL_HEAD + frame * FRAME + frame * 101 % FRAME;
        *at ^= 1;
        files_write(&f);
        assert_int_equal(look(&whole), -1);
        *at ^= 1;
    }
    files_write(&f);
    assert_int_equal(look(&whole), TEXTS);
    assert_true(whole);
    files_free(&f);
}

/* One damaged page after the other: the check says which part it is of; all else is saved into a new store, and nothing
 * there that was not here. */
static void test_salvage(void **state) {
    (void)state;
    static const char *const parts[] = {"messages", "attachments", "groups", "settings", "the search index", "lists"};
    char to[320], name[330], why[STORE_WHY_SIZE] = "";
    struct files f;
    unsigned named[6] = {0}, whole = 0, refused = 0, partly = 0;
    make_store(false);
    files_read(&f);
    (void)snprintf(to, sizeof to, "%s.saved", path);
    for (size_t at = SEALED_PAGES + SEALED_PAGE; at < f.of[0].size; at += SEALED_PAGE) {
        struct store_salvaged saved;
        struct store *s = NULL;
        f.of[0].data[at + 99] ^= 4;
        files_write(&f);
        int err = store_sqlite_open(&s, path, false, key, why);
        if (!err) {
            assert_true(store_integrity(s) > 0);
            size_t part = 0;
            while (part < 6 && !strstr(store_why(s), parts[part])) part++;
            if (part == 6) fail_msg("%s", store_why(s));
            named[part]++;
            store_close(s);
        } else {
            assert_int_equal(err, ERR_DAMAGED);
            assert_non_null(strstr(why, "page"));
            refused++;
        }
        files_write(&f);
        err = store_sqlite_salvage(path, key, to, other_key, &saved, why);
        if (err) fail_msg("page %u: %s", (unsigned)((at - SEALED_PAGES) / SEALED_PAGE + 1), why);
        {
            assert_int_equal(store_sqlite_open(&s, to, false, other_key, why), 0);
            if (store_integrity(s) != 0) fail_msg("%s", store_why(s));
            unsigned count = count_texts(s, TEXTS);
            assert_int_equal(count, saved.records);
            if (count < TEXTS) assert_true(saved.gaps > 0);
            whole += count == TEXTS;
            partly += count < TEXTS && count > TEXTS - 20;
            store_close(s);
        }
        int again = store_sqlite_salvage(path, key, to, other_key, &saved, why);
        if (again != (err ? err : ERR_EXISTS)) fail_msg("%d, then %d: %s", err, again, why);
        for (size_t i = 0; i < FILES; i++) {
            (void)snprintf(name, sizeof name, "%s%s", to, ends[i]);
            (void)unlink(name);
        }
        f.of[0].data[at + 99] ^= 4;
    }
    print_message("refused %u; messages %u, attachments %u, groups %u, settings %u, search %u, lists %u\n", refused,
                  named[0], named[1], named[2], named[3], named[4], named[5]);
    print_message("saved: all messages %u times, all but one page's %u times\n", whole, partly);
    assert_true(named[0] > 5 && named[1] > 0 && named[4] > 0 && whole > 10 && partly > 5);
    files_free(&f);
}

/* Page 1, without which nothing is found, is there twice. */
static void test_first_page(void **state) {
    (void)state;
    struct files f;
    bool whole;
    make_store(false);
    files_read(&f);
    for (unsigned which = 1; which <= 3; which++) {
        if (which & 1) f.of[0].data[SEALED_FIRST_COPY + 77] ^= 1;
        if (which & 2) f.of[0].data[SEALED_PAGES + 77] ^= 1;
        files_write(&f);
        assert_int_equal(look(&whole), which < 3 ? TEXTS : -1);
        assert_int_equal(whole, which < 3);
        if (which & 1) f.of[0].data[SEALED_FIRST_COPY + 77] ^= 1;
        if (which & 2) f.of[0].data[SEALED_PAGES + 77] ^= 1;
    }
    files_free(&f);
}

/* The same content twice under one key: no 16 bytes in common. */
static int compare_blocks(const void *a, const void *b) {
    return memcmp(a, b, 16);
}
static void test_two_files(void **state) {
    (void)state;
    struct files f[2];
    for (unsigned i = 0; i < 2; i++) {
        make_store(false);
        files_read(&f[i]);
        for (size_t k = 0; k < FILES; k++) (void)unlink(file_of(k));
    }
    size_t from = SEALED_PAGES, count = 0;
    uint8_t *blocks = malloc(f[0].of[0].size + f[1].of[0].size);
    assert_non_null(blocks);
    for (unsigned i = 0; i < 2; i++) {
        memcpy(blocks + count, f[i].of[0].data + from, f[i].of[0].size - from);
        count += f[i].of[0].size - from;
    }
    qsort(blocks, count / 16, 16, compare_blocks);
    for (size_t i = 1; i < count / 16; i++) assert_memory_not_equal(blocks + 16 * (i - 1), blocks + 16 * i, 16);
    free(blocks);
    files_free(&f[0]);
    files_free(&f[1]);
}

/* ---- A plain store becomes sealed ---- */

static int stop_at;
static void stop(int step) {
    if (step == stop_at) (void)kill(getpid(), SIGKILL);
}

static void test_convert(void **state) {
    (void)state;
    for (stop_at = 0; stop_at <= 5; stop_at++) {
        int status = 0, found = 0;
        struct store *s = open_with(NULL);
        put_texts(s, 0, TEXTS);
        assert_int_equal(store_index(s, 10000), 0);
        store_close(s);
        assert_true(folder_contains("zebra", 5));
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            sqlite_convert_step = stop;
            _exit(store_sqlite_open(&s, path, false, key, NULL) == 0 ? 0 : 1);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(stop_at == 0 ? status == 0 : WIFSIGNALED(status));
        s = open_with(key);
        assert_int_equal(count_texts(s, TEXTS), TEXTS);
        assert_int_equal(store_integrity(s), 0);
        while ((found = store_index(s, 100)) > 0) continue;
        assert_int_equal(found, 0);
        assert_false(anything_readable());
        put_texts(s, TEXTS, TEXTS + 1);
        store_close(s);
        assert_false(anything_readable());
        char name[320];
        (void)snprintf(name, sizeof name, "%s.old", path);
        assert_int_equal(access(name, F_OK), -1);
        (void)snprintf(name, sizeof name, "%s.new", path);
        assert_int_equal(access(name, F_OK), -1);
        make_end();
        begin(NULL);
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {TEST(test_nothing_readable), TEST(test_wrong_key),      TEST(test_every_byte),
                                       TEST(test_damage),           TEST(test_damage_journal), TEST(test_cut),
                                       TEST(test_rolled_back),      TEST(test_moved),          TEST(test_journal_gap),
                                       TEST(test_salvage),          TEST(test_first_page),     TEST(test_two_files),
                                       TEST(test_convert)};
    assert_true(sodium_init() >= 0);
    return cmocka_run_group_tests_name("sealed", tests, NULL, NULL);
}
