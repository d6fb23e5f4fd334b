/*
 * What an import sets apart (THREATS.md, rule 7). Shows that it is kept for what it belongs to, and goes when that is
 * dropped, taken back (rule 8) or not here any more, a note's with its entry; and that a day has one sweep.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/crypto.h"
#include "core/persons.h"
#include "node/persons_apart.h"
#include "test/core/sample_util.h"

#define NOW SAMPLE_TIME
static struct store *s;
static struct charter charter;
static struct author author;
static uint8_t room[RECORD_SIZE_MAX];
static struct record r;

static int setup(void **state) {
    (void)state;
    static const uint8_t salt[RECORD_SALT_SIZE];
    uint8_t body[CHARTER_BODY_MAX], seed[SEED_SIZE] = {1};
    struct record record;
    charter = (struct charter){.access = CHARTER_CLOSED, .keep_days = 60, .title = "t", .lang = "en"};
    assert_int_equal(store_memory_open(&s), 0);
    assert_true(charter_found(&charter, &record, body, seed, salt, NOW - 1000) >= 0);
    assert_true(store_community_put(s, &record, true) >= 0);
    memset(&author, 0, sizeof author);
    author.charter = &charter;
    crypto_keypair(author.member.key, author.member.secret, seed);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    store_close(s);
    return 0;
}

/* Store an entry, or a note on one; its id goes to id. */
static void put(const uint8_t *about, uint8_t id[HASH_SIZE]) {
    static const uint8_t salt[RECORD_SALT_SIZE];
    const struct person_entry e = {.text = {[PERSON_NAME] = {"A", 1}}};
    const struct person_note n = {.target = about, .status = PERSON_SAFE, .ground = PERSON_SAW};
    int size = about ? person_note_make(&author, &n, 1, NOW, salt, room, &r)
                     : person_entry_make(&author, &e, 1, NOW, salt, room, &r);
    assert_true(size > 0);
    assert_true(store_put(s, &r, room, (size_t)size, NOW) > 0);
    memcpy(id, r.id, HASH_SIZE);
}

static void take_back(const uint8_t id[HASH_SIZE]) {
    static const uint8_t salt[RECORD_SALT_SIZE];
    static uint8_t other[RECORD_SIZE_MAX];
    struct store_record found;
    struct record back;
    assert_int_equal(store_get(s, id, room, &found), 0);
    int size = author_retraction(&author, &found.record, NOW, salt, other, &back);
    assert_true(size > 0);
    assert_true(store_put(s, &back, other, (size_t)size, NOW) > 0);
}

static void keep(const uint8_t id[HASH_SIZE], const char *text) {
    struct person_apart one = {.text = text};
    memcpy(one.id, id, HASH_SIZE);
    assert_int_equal(store_begin(s), 0);
    assert_int_equal(persons_apart_put(s, &one, 1), 0);
    assert_int_equal(store_commit(s), 0);
}

static void kept(const uint8_t id[HASH_SIZE], const char *text) {
    static char out[PERSONS_APART_TEXT_MAX + 1];
    assert_int_equal(persons_apart_get(s, id, out), strlen(text));
    if (text[0]) assert_string_equal(out, text);
}

static void test_kept_until_dropped(void **state) {
    (void)state;
    uint8_t one[HASH_SIZE], other[HASH_SIZE];
    put(NULL, one);
    put(NULL, other);
    kept(one, "");
    keep(one, "home_street: 12 Abai\n");
    keep(other, "author_phone: 1234567\n");
    assert_int_equal(persons_apart_sweep(s), 0);
    kept(one, "home_street: 12 Abai\n");
    assert_int_equal(persons_apart_drop(s, one), 0);
    assert_int_equal(persons_apart_sweep(s), 0);
    kept(one, "");
    kept(other, "author_phone: 1234567\n");
}

static void test_gone_with_what_it_belongs_to(void **state) {
    (void)state;
    uint8_t one[HASH_SIZE], other[HASH_SIZE], note[HASH_SIZE], nowhere[HASH_SIZE] = {9};
    put(NULL, one);
    put(NULL, other);
    put(one, note);
    keep(one, "a");
    keep(note, "b");
    keep(other, "c");
    keep(nowhere, "d");
    assert_int_equal(persons_apart_sweep(s), 0);
    kept(one, "a");
    kept(note, "b");
    kept(nowhere, "");
    take_back(one);
    assert_int_equal(persons_apart_sweep(s), 0);
    kept(one, "");
    kept(note, "");
    kept(other, "c");
    take_back(other);
    assert_int_equal(persons_apart_sweep(s), 0);
    kept(other, "");
    uint8_t index[64];
    assert_int_equal(store_meta_get(s, "apart", index, sizeof index), ERR_NOT_FOUND);
}

static void test_once_a_day(void **state) {
    (void)state;
    uint8_t one[HASH_SIZE];
    put(NULL, one);
    keep(one, "a");
    assert_int_equal(persons_apart_tick(s, NOW), 0);
    take_back(one);
    assert_int_equal(persons_apart_tick(s, NOW + 60), 0);
    kept(one, "a");
    assert_int_equal(persons_apart_tick(s, NOW + DAY_SECONDS), 0);
    kept(one, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_kept_until_dropped, setup, teardown),
        cmocka_unit_test_setup_teardown(test_gone_with_what_it_belongs_to, setup, teardown),
        cmocka_unit_test_setup_teardown(test_once_a_day, setup, teardown)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
