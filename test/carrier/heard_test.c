/*
 * The table of tokens heard. Shows when a node is new, that a token lives as long as it is heard, that IPv4 and IPv6
 * are one node and a repeated token hides nobody, and that neither one flooder nor many fill more than the table or
 * keep a node that is heard from being told in the end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "carrier/heard.h"
#include "test/property_util.h"

static struct heard table;
static const uint8_t first[4] = {10, 0, 0, 1}, second[4] = {10, 0, 0, 2}, six[16] = {0xfe, 0x80, [15] = 1};

static enum heard_result note(uint64_t token, const uint8_t *address, bool ipv6, uint64_t now_ms) {
    uint8_t bytes[BEACON_TOKEN_SIZE];
    memcpy(bytes, &token, sizeof bytes);
    return heard_note(&table, bytes, ipv6, address, now_ms);
}

static void test_new_once(void **state) {
    (void)state;
    heard_init(&table, 0);
    assert_int_equal(note(1, first, false, 0), HEARD_NEW);
    assert_int_equal(note(1, first, false, 1), HEARD_KNOWN);
    assert_int_equal(note(2, first, false, 2), HEARD_NEW); /* another node of that host */
    assert_int_equal(note(1, six, true, 3), HEARD_KNOWN);  /* the same node */
    assert_int_equal(heard_count(&table, 3), 2);
    assert_int_equal(note(1, second, false, 4), HEARD_NEW); /* somebody repeats its token */
    assert_int_equal(note(1, first, false, 5), HEARD_KNOWN);
    heard_clear(&table);
    assert_int_equal(heard_count(&table, 6), 0);
    assert_int_equal(note(1, first, false, 6), HEARD_NEW);
}

/* Who repeats a token first doesn't hide the node itself, whatever family it uses. */
static void test_repeated(void **state) {
    (void)state;
    heard_init(&table, 0);
    assert_int_equal(note(1, second, false, 0), HEARD_NEW); /* the other one */
    assert_int_equal(note(1, first, false, 1), HEARD_NEW);  /* the node */
}

static void test_life(void **state) {
    (void)state;
    uint64_t now_ms = 5;
    heard_init(&table, now_ms);
    assert_int_equal(note(1, first, false, now_ms), HEARD_NEW);
    for (unsigned i = 0; i < 10; i++) {
        now_ms += DISCOVERY_HEARD_MS - 1;
        assert_int_equal(note(1, first, false, now_ms), HEARD_KNOWN);
    }
    assert_int_equal(heard_count(&table, now_ms + DISCOVERY_HEARD_MS - 1), 1);
    assert_int_equal(heard_count(&table, now_ms + DISCOVERY_HEARD_MS), 0);
    assert_int_equal(note(1, first, false, now_ms + DISCOVERY_HEARD_MS), HEARD_NEW);
}

/* 100,000 tokens from one address within ten seconds: a peer is told at once nevertheless. */
static void test_one_flooder(void **state) {
    (void)state;
    unsigned new = 0;
    heard_init(&table, 0);
    for (uint64_t i = 0; i < 100000; i++) {
        enum heard_result result = note(1000 + i, first, false, i / 10);
        if (i < DISCOVERY_HEARD_OF_ONE_MAX) assert_int_equal(result, HEARD_NEW);
        if (result == HEARD_NEW) new ++;
        if (i == 50000) assert_int_equal(note(1, second, false, i / 10), HEARD_NEW);
    }
    assert_int_equal(new, DISCOVERY_HEARD_OF_ONE_MAX);
    assert_int_equal(heard_count(&table, 10000), DISCOVERY_HEARD_OF_ONE_MAX + 1);
}

/* The same from an address each: no more are told than may be; after the flood a peer is told at its next beacon, and
 * it stays known. */
static void test_many_flooders(void **state) {
    (void)state;
    struct rng g;
    unsigned new = 0;
    rng_begin(&g, "many flooders");
    heard_init(&table, 0);
    for (uint64_t i = 0; i < 100000; i++) {
        uint8_t address[16];
        rng_bytes(&g, address, sizeof address);
        if (note(rng_u64(&g), address, rng_one_in(&g, 2), i / 10) == HEARD_NEW) new ++;
    }
    assert_in_range(new, DISCOVERY_SAY_BURST, DISCOVERY_SAY_BURST + 10 * DISCOVERY_SAYS_A_SECOND + 1);
    assert_in_range(heard_count(&table, 10000), 1, DISCOVERY_HEARD_MAX);
    assert_int_equal(note(1, first, false, 10100), HEARD_NEW);
    assert_int_equal(note(1, first, false, 10101), HEARD_KNOWN);
}

/* A full table: the one that was silent longest makes room. */
static void test_full(void **state) {
    (void)state;
    heard_init(&table, 0);
    for (uint64_t i = 0; i < DISCOVERY_HEARD_MAX; i++) {
        uint8_t address[4] = {10, 0, 1, (uint8_t)i};
        assert_int_equal(note(i, address, false, i * 100), HEARD_NEW);
    }
    assert_int_equal(note(0, (const uint8_t[4]){10, 0, 1, 0}, false, 25600), HEARD_KNOWN);
    assert_int_equal(note(9999, second, false, 25700), HEARD_NEW);
    assert_int_equal(note(0, (const uint8_t[4]){10, 0, 1, 0}, false, 25800), HEARD_KNOWN);
    assert_int_equal(note(2, (const uint8_t[4]){10, 0, 1, 2}, false, 25800), HEARD_KNOWN);
    assert_int_equal(note(1, (const uint8_t[4]){10, 0, 1, 1}, false, 25800), HEARD_NEW);
    assert_int_equal(heard_count(&table, 25800), DISCOVERY_HEARD_MAX);
}

static void test_bucket(void **state) {
    (void)state;
    struct bucket b;
    bucket_init(&b, 3, 10, 1000);
    for (unsigned i = 0; i < 3; i++) assert_true(bucket_take(&b, 1000));
    assert_false(bucket_take(&b, 1000));
    assert_false(bucket_take(&b, 1099));
    assert_true(bucket_take(&b, 1100));
    assert_false(bucket_take(&b, 500)); /* a clock that goes back */
    for (unsigned i = 0; i < 3; i++) assert_true(bucket_take(&b, UINT64_MAX));
    assert_false(bucket_take(&b, UINT64_MAX));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new_once),    cmocka_unit_test(test_repeated),      cmocka_unit_test(test_life),
        cmocka_unit_test(test_one_flooder), cmocka_unit_test(test_many_flooders), cmocka_unit_test(test_full),
        cmocka_unit_test(test_bucket),
    };
    return cmocka_run_group_tests_name("heard", tests, NULL, NULL);
}
