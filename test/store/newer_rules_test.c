/*
 * Rules newer than this program: a record of an unknown critical kind stops writing in a community if a coordinator
 * made it, and changes nothing if anybody else did, else one record by a stranger would silence an open group.
 */
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/person.h"
#include "store/store.h"

#define NOW UINT64_C(1795000000)
#define KIND_UNKNOWN_CRITICAL 9

static uint8_t seeds[2][SEED_SIZE] = {{1}, {2}};

static struct charter found(struct store *s) {
    static uint8_t body[CHARTER_BODY_MAX];
    const uint8_t salt[RECORD_SALT_SIZE] = {0};
    struct charter charter = {.title = "Square", .lang = "en", .keep_days = 30, .nonce = {7}};
    struct record record;
    assert_int_equal(charter_found(&charter, &record, body, seeds[0], salt, NOW), 0);
    assert_int_equal(store_community_put(s, &record, true), 1);
    return charter;
}

static void put_critical(struct store *s, const struct charter *charter, const uint8_t seed[SEED_SIZE]) {
    static const uint8_t body[RECORD_SALT_SIZE + 1];
    uint8_t bytes[1024];
    struct member member;
    struct record r = {.form = RECORD_FORM_PLAIN,
                       .kind = KIND_UNKNOWN_CRITICAL,
                       .created = NOW,
                       .body = body,
                       .body_size = sizeof body};
    person_in(&member, seed, charter);
    r.expiry_day = when_day(NOW) + 30;
    memcpy(r.community, charter->community, HASH_SIZE);
    memcpy(r.author, member.key, KEY_SIZE);
    assert_int_equal(record_sign(&r, member.secret), 0);
    int size = record_encode(&r, bytes, sizeof bytes);
    assert_true(size > 0);
    assert_int_equal(store_put(s, &r, bytes, (size_t)size, NOW), 1);
}

static void check_store(struct store *s) {
    struct store_community *c = malloc(sizeof *c);
    struct charter charter = found(s);
    assert_non_null(c);
    put_critical(s, &charter, seeds[1]);
    assert_int_equal(store_community_get(s, charter.community, NOW, c), 0);
    assert_false(c->newer_rules);
    assert_int_equal(c->records, 1); /* kept and carried all the same */
    put_critical(s, &charter, seeds[0]);
    assert_int_equal(store_community_get(s, charter.community, NOW, c), 0);
    assert_true(c->newer_rules);
    free(c);
    store_close(s);
}

static void test_memory(void **state) {
    (void)state;
    struct store *s;
    assert_int_equal(store_memory_open(&s), 0);
    check_store(s);
}

static void test_sqlite(void **state) {
    (void)state;
    char path[] = "/tmp/longear-newer-XXXXXX", file[64], why[STORE_WHY_SIZE];
    struct store *s;
    assert_non_null(mkdtemp(path));
    snprintf(file, sizeof file, "%s/store.db", path);
    assert_int_equal(store_sqlite_open(&s, file, true, NULL, why), 0);
    check_store(s);
    unlink(file);
    assert_int_equal(rmdir(path), 0); /* nothing is left beside the file */
}

/* Processor seconds for count records of a kind, from a number on, in one transaction. */
static double put_seconds(struct store *s, const struct charter *charter, uint32_t kind, uint32_t from,
                          uint32_t count) {
    struct member member;
    clock_t spent = 0;
    person_in(&member, seeds[1], charter);
    assert_int_equal(store_begin(s), 0);
    for (uint32_t i = 0; i < count; i++) {
        uint8_t bytes[1024], body[RECORD_SALT_SIZE] = {(uint8_t)i, (uint8_t)(i >> 8), (uint8_t)kind};
        struct record r = {.form = RECORD_FORM_PLAIN,
                           .kind = kind,
                           .created = NOW + from + i,
                           .expiry_day = when_day(NOW) + 30,
                           .body = body,
                           .body_size = sizeof body};
        memcpy(r.community, charter->community, HASH_SIZE);
        memcpy(r.author, member.key, KEY_SIZE);
        assert_int_equal(record_sign(&r, member.secret), 0);
        int size = record_encode(&r, bytes, sizeof bytes);
        clock_t began = clock();
        assert_int_equal(store_put(s, &r, bytes, (size_t)size, NOW), 1);
        spent += clock() - began;
    }
    assert_int_equal(store_commit(s), 0);
    return (double)spent / CLOCKS_PER_SEC;
}

/* A stranger's records of unknown critical kinds cost about what others cost, however many are here. (They once counted
 * the whole community each: 140 times as much with 5,000 here, and ever more.) */
static void test_no_dearer_than_others(void **state) {
    (void)state;
    char path[] = "/tmp/longear-newer-XXXXXX", file[64], why[STORE_WHY_SIZE];
    struct store *s;
    assert_non_null(mkdtemp(path));
    snprintf(file, sizeof file, "%s/store.db", path);
    assert_int_equal(store_sqlite_open(&s, file, true, NULL, why), 0);
    struct charter charter = found(s);
    (void)put_seconds(s, &charter, KIND_UNKNOWN_CRITICAL - 1, 0, 4000);
    double other = put_seconds(s, &charter, KIND_UNKNOWN_CRITICAL - 1, 4000, 1000);
    double critical = put_seconds(s, &charter, KIND_UNKNOWN_CRITICAL, 5000, 1000);
    print_message("1,000 records: %.4f s, of an unknown critical kind %.4f s\n", other, critical);
    assert_true(critical < 4 * other);
    store_close(s);
    unlink(file);
    assert_int_equal(rmdir(path), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_memory), cmocka_unit_test(test_sqlite),
                                       cmocka_unit_test(test_no_dearer_than_others)};
    if (sodium_init() < 0) return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
