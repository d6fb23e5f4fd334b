/*
 * Beacons. Shows the bytes of doc/protocol.md, which error each fault gets, that unknown flags are passed over, and
 * that what is accepted is written as the same bytes but for those flags.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/beacon.h"
#include "test/property_util.h"

/* The example of doc/protocol.md: port 7427, asking. */
static const uint8_t example[BEACON_SIZE] = {0x01, 0x01, 0x03, 0x1d, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7};

static void test_known_answer(void **state) {
    (void)state;
    struct beacon beacon = {.port = 7427, .ask = true}, read;
    uint8_t bytes[BEACON_SIZE];
    for (uint8_t i = 0; i < BEACON_TOKEN_SIZE; i++) beacon.token[i] = (uint8_t)(0xa0 + i);
    beacon_encode(bytes, &beacon);
    assert_memory_equal(bytes, example, sizeof example);
    assert_int_equal(beacon_decode(&read, example, sizeof example), 0);
    assert_memory_equal(read.token, beacon.token, sizeof read.token);
    assert_int_equal(read.port, 7427);
    assert_true(read.ask);
}

static void test_faults(void **state) {
    (void)state;
    struct beacon read;
    uint8_t bytes[BEACON_SIZE + 1] = {0};
    memcpy(bytes, example, sizeof example);
    for (size_t size = 0; size < BEACON_SIZE; size++)
        assert_int_equal(beacon_decode(&read, bytes, size), ERR_TRUNCATED);
    assert_int_equal(beacon_decode(&read, bytes, BEACON_SIZE + 1), ERR_TRAILING);
    bytes[2] = bytes[3] = 0;
    assert_int_equal(beacon_decode(&read, bytes, BEACON_SIZE), ERR_FIELD);
    bytes[0] = 2; /* another version may have any size and content */
    assert_int_equal(beacon_decode(&read, bytes, BEACON_SIZE + 1), ERR_VERSION);
    assert_int_equal(beacon_decode(&read, bytes, 1), ERR_VERSION);
    bytes[0] = 0;
    assert_int_equal(beacon_decode(&read, bytes, BEACON_SIZE), ERR_VERSION);
    assert_int_equal(beacon_decode(&read, NULL, 0), ERR_TRUNCATED);
}

static void test_flags(void **state) {
    (void)state;
    struct beacon read;
    uint8_t bytes[BEACON_SIZE];
    memcpy(bytes, example, sizeof example);
    for (unsigned flags = 0; flags < 256; flags++) {
        bytes[1] = (uint8_t)flags;
        assert_int_equal(beacon_decode(&read, bytes, sizeof bytes), 0);
        assert_int_equal(read.ask, flags & 1);
    }
}

static void test_round_trip(void **state) {
    (void)state;
    struct rng g;
    rng_begin(&g, "beacon round trip");
    for (unsigned i = 0; i < 20000; i++) {
        uint8_t bytes[BEACON_SIZE + 4], again[BEACON_SIZE];
        struct beacon read;
        rng_bytes(&g, bytes, sizeof bytes);
        if (!rng_one_in(&g, 8)) bytes[0] = BEACON_VERSION;
        size_t size = rng_one_in(&g, 4) ? rng_below(&g, sizeof bytes + 1) : BEACON_SIZE;
        if (beacon_decode(&read, bytes, size) != 0) continue;
        beacon_encode(again, &read);
        bytes[1] &= 1;
        assert_memory_equal(again, bytes, sizeof again);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answer),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_flags),
        cmocka_unit_test(test_round_trip),
    };
    return cmocka_run_group_tests_name("beacon", tests, NULL, NULL);
}
