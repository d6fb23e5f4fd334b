/*
 * store_watch, on both stores. Shows that a commit tells exactly when something new became durable: a record, a chunk,
 * a community, a join; once a transaction however many there were; and neither what was known, nor reading, nor a
 * transaction that was rolled back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "test/store/stores_util.h"

static unsigned told;

static void on_told(void *context) {
    (*(unsigned *)context)++;
}

static void expect(unsigned count) {
    assert_int_equal(told, count);
    told = 0;
}

static void run(enum flavour flavour) {
    static struct made a, b;
    struct made_community c;
    uint8_t id[HASH_SIZE], data[100] = {1};
    struct store *s = stores_open(flavour, true);
    told = 0;
    store_watch(s, on_told, &told);
    make_community(&c, 1);
    assert_int_equal(store_community_put(s, &c.record, false), 1);
    expect(1);
    assert_int_equal(store_community_put(s, &c.record, true), 0); /* joined */
    expect(1);
    make_record(&a, &(struct make){
                        .community = c.charter.community, .author = 1, .created = MAKE_NOW, .days = 10, .text = "one"});
    make_record(&b,
                &(struct make){
                    .community = c.charter.community, .author = 1, .created = MAKE_NOW + 1, .days = 10, .text = "two"});
    assert_int_equal(store_put(s, &a.record, a.bytes, a.size, MAKE_NOW), 1);
    expect(1);
    assert_int_equal(store_put(s, &a.record, a.bytes, a.size, MAKE_NOW), 0);
    assert_int_equal(store_has(s, a.record.id), STORE_HELD);
    assert_int_equal(store_meta_set(s, "name", data, 1), 0);
    expect(0);
    assert_int_equal(store_begin(s), 0);
    assert_int_equal(store_put(s, &b.record, b.bytes, b.size, MAKE_NOW), 1);
    expect(0); /* not durable yet */
    store_rollback(s);
    assert_int_equal(store_begin(s), 0);
    assert_int_equal(store_commit(s), 0);
    expect(0);
    assert_int_equal(store_begin(s), 0);
    assert_int_equal(store_put(s, &b.record, b.bytes, b.size, MAKE_NOW), 1);
    memset(id, 7, sizeof id);
    assert_int_equal(store_chunk_put(s, id, sizeof data, 0, NULL, 0, data, sizeof data, MAKE_NOW), 1);
    assert_int_equal(store_commit(s), 0);
    expect(1);
    store_watch(s, NULL, NULL);
    assert_int_equal(store_begin(s), 0);
    memset(id, 8, sizeof id);
    assert_int_equal(store_chunk_put(s, id, sizeof data, 0, NULL, 0, data, sizeof data, MAKE_NOW), 1);
    assert_int_equal(store_commit(s), 0);
    expect(0);
    store_close(s);
}

static void test_memory(void **state) {
    (void)state;
    run(MEMORY);
}

static void test_sqlite(void **state) {
    (void)state;
    run(SQLITE);
    make_end();
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_memory), cmocka_unit_test(test_sqlite)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
