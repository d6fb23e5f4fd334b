/*
 * Packing. Shows that a pouch brings every record of many authors back to the byte; that a limit on its size is kept,
 * filled, and spent on the most useful; and that what is cut off its end costs the less useful half at most.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "carrier/pouch_file.h"
#include "core/person.h"
#include "core/text.h"
#include "test/property_util.h"

#define RECORDS 6000
#define AUTHORS 40
#define URGENT_ONE_IN 50
#define NOW UINT64_C(1800000000)

static struct store *source;
static struct charter charter;
static uint8_t ids[RECORDS][HASH_SIZE]; /* oldest first */
static bool urgent[RECORDS];
static size_t urgent_count;

/* Write RECORDS texts, a second apart, each by an author at random. */
static int group_setup(void **state) {
    (void)state;
    static uint8_t charter_body_room[CHARTER_BODY_MAX], room[RECORD_SIZE_MAX], body[4096];
    static struct member authors[AUTHORS];
    static struct record last[AUTHORS];
    struct record founding;
    struct rng g;
    const uint8_t seed[SEED_SIZE] = {7}, salt[RECORD_SALT_SIZE] = {1};
    rng_begin(&g, "pouch_pack");
    charter = (struct charter){.title = "Көше", .lang = "kk", .keep_days = 300};
    assert_int_equal(charter_found(&charter, &founding, charter_body_room, seed, salt, NOW - RECORDS - 1000), 0);
    assert_int_equal(store_memory_open(&source), 0);
    assert_int_equal(store_community_put(source, &founding, true), 1);
    for (unsigned a = 0; a < AUTHORS; a++) {
        uint8_t own[SEED_SIZE] = {(uint8_t)a, 1};
        person_member(&authors[a], own, charter.community);
    }
    for (size_t i = 0; i < RECORDS; i++) {
        unsigned a = (unsigned)rng_below(&g, AUTHORS);
        char words[400];
        size_t size = 20 + rng_below(&g, sizeof words - 20);
        for (size_t k = 0; k < size; k++) words[k] = (char)('a' + rng_below(&g, 26));
        struct text text = {.text = words, .size = size};
        uint8_t own_salt[RECORD_SALT_SIZE];
        rng_bytes(&g, own_salt, sizeof own_salt);
        struct record r = last[a];
        bool first = r.form == 0;
        urgent[i] = rng_one_in(&g, URGENT_ONE_IN);
        urgent_count += urgent[i];
        memcpy(r.prev, r.id, PREV_SIZE);
        r.seq = first ? 0 : r.seq + 1;
        r.form = RECORD_FORM_PLAIN;
        r.kind = KIND_TEXT;
        r.urgency = urgent[i] ? URGENCY_URGENT : URGENCY_NORMAL;
        r.created = NOW - RECORDS + i;
        r.expiry_day = when_day(r.created) + 300;
        memcpy(r.community, charter.community, HASH_SIZE);
        memcpy(r.author, authors[a].key, KEY_SIZE);
        int body_size = text_body(&text, own_salt, body, sizeof body);
        assert_true(body_size > 0);
        r.body = body;
        r.body_size = (size_t)body_size;
        assert_int_equal(record_sign(&r, authors[a].secret), 0);
        int encoded = record_encode(&r, room, sizeof room);
        assert_true(encoded > 0);
        assert_int_equal(store_put(source, &r, room, (size_t)encoded, NOW), 1);
        memcpy(ids[i], r.id, HASH_SIZE);
        last[a] = r;
    }
    return 0;
}

static int group_teardown(void **state) {
    (void)state;
    store_close(source);
    return 0;
}

static FILE *packed(uint64_t max_bytes, struct pouch_packed *out) {
    struct pouch_access access = {.store = source};
    struct pouch_pack what = {.max_bytes = max_bytes, .now = NOW};
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(pouch_file_pack(&access, fileno(file), &what, out), 0);
    return file;
}

static struct store *opened(FILE *file, struct pouch_opened *out) {
    struct store *s;
    assert_int_equal(store_memory_open(&s), 0);
    struct pouch_access access = {.store = s};
    struct pouch_open how = {.when = {.now = NOW}, .threads = 2};
    assert_int_equal(pouch_file_open(&access, fileno(file), &how, out), 0);
    fclose(file);
    return s;
}

/* Assert that the records which a pouch gave first have all those that are among the `count` most useful. */
static void assert_has_most_useful(struct store *s, size_t count) {
    size_t seen = 0;
    for (int wanted = 1; wanted >= 0; wanted--)
        for (size_t i = RECORDS; i-- > 0;) {
            if (urgent[i] != (wanted == 1)) continue;
            if (seen++ == count) return;
            assert_int_equal(store_has(s, ids[i]), STORE_HELD);
        }
}

static void test_all_come_back(void **state) {
    (void)state;
    static uint8_t room[RECORD_SIZE_MAX], again_room[RECORD_SIZE_MAX];
    struct pouch_packed pack;
    struct pouch_opened open;
    struct stat info;
    FILE *file = packed(0, &pack);
    assert_int_equal(pack.records, RECORDS);
    assert_int_equal(pack.left_out, 0);
    assert_int_equal(fstat(fileno(file), &info), 0);
    assert_int_equal(info.st_size, pack.bytes);
    struct store *s = opened(file, &open);
    assert_int_equal(open.accepted, RECORDS);
    assert_int_equal(open.rejected + open.known + open.damaged, 0);
    assert_false(open.truncated);
    for (size_t i = 0; i < RECORDS; i++) {
        struct store_record record, again;
        assert_int_equal(store_get(source, ids[i], room, &record), 0);
        assert_int_equal(store_get(s, ids[i], again_room, &again), 0);
        assert_int_equal(record.size, again.size);
        assert_memory_equal(record.bytes, again.bytes, again.size);
    }
    store_close(s);
}

static void test_limit_takes_the_most_useful(void **state) {
    (void)state;
    struct pouch_packed whole, pack;
    struct pouch_opened open;
    fclose(packed(0, &whole));
    for (unsigned percent = 3; percent < 100; percent += 19) {
        uint64_t limit = whole.bytes * percent / 100;
        struct stat info;
        FILE *file = packed(limit, &pack);
        assert_int_equal(fstat(fileno(file), &info), 0);
        assert_true((uint64_t)info.st_size <= limit);
        assert_true((uint64_t)info.st_size + 4096 > limit); /* hardly any room is wasted */
        assert_int_equal(pack.records + pack.left_out, RECORDS);
        struct store *s = opened(file, &open);
        assert_int_equal(open.accepted, pack.records);
        assert_has_most_useful(s, pack.records);
        store_close(s);
    }
}

static void test_cut_loses_the_less_useful(void **state) {
    (void)state;
    struct pouch_packed whole;
    struct pouch_opened open;
    for (unsigned percent = 10; percent < 100; percent += 20) {
        FILE *file = packed(0, &whole);
        assert_int_equal(ftruncate(fileno(file), (off_t)(whole.bytes * percent / 100)), 0);
        struct store *s = opened(file, &open);
        assert_true(open.truncated);
        assert_true(open.accepted > 0 && open.accepted < RECORDS);
        assert_has_most_useful(s, open.accepted / 2);
        store_close(s);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_come_back),
        cmocka_unit_test(test_limit_takes_the_most_useful),
        cmocka_unit_test(test_cut_loses_the_less_useful),
    };
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
