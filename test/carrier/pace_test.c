/*
 * When beacons are sent. Shows the burst to the millisecond, the bounds of the period and of a token's life, when an
 * answer is given, and that no flood of questions draws more than a few answers a second.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "carrier/pace.h"
#include "test/property_util.h"

static struct pace pace;

static void begin(uint64_t now_ms) {
    pace_init(&pace, now_ms);
    assert_true(pace_due(&pace) == PACE_NEVER);
    assert_int_equal(pace_take(&pace, now_ms + 100000, 0), PACE_NOTHING);
    pace_burst(&pace, now_ms);
}

/* Take all of the burst that begins at now_ms. */
static void burst(uint64_t now_ms) {
    static const uint64_t times[] = {0, 40, 120, 300, 700};
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(pace_due(&pace), now_ms + times[i]);
        if (times[i] > 0) assert_int_equal(pace_take(&pace, now_ms + times[i] - 1, 0), PACE_NOTHING);
        assert_int_equal(pace_take(&pace, now_ms + times[i], 0), PACE_ASK);
    }
}

static void test_burst_and_period(void **state) {
    (void)state;
    struct rng g;
    uint64_t now_ms = 1000, least = UINT64_MAX, most = 0;
    rng_begin(&g, "period");
    begin(now_ms);
    burst(now_ms);
    now_ms += 700;
    assert_int_equal(pace_due(&pace), now_ms + 22500);
    for (unsigned i = 0; i < 2000; i++) {
        uint64_t due_ms = pace_due(&pace);
        if (i > 0) {
            least = due_ms - now_ms < least ? due_ms - now_ms : least;
            most = due_ms - now_ms > most ? due_ms - now_ms : most;
        }
        now_ms = due_ms;
        assert_int_equal(pace_take(&pace, now_ms, (uint32_t)rng_u64(&g)), PACE_BEACON);
    }
    assert_in_range(least, 22500, 22600);
    assert_in_range(most, 37400, 37500);
    pace_burst(&pace, now_ms);
    assert_int_equal(pace_take(&pace, now_ms, 0), PACE_ASK);
    pace_burst(&pace, now_ms + 10); /* anew in the middle */
    burst(now_ms + 10);
    pace_silence(&pace);
    assert_true(pace_due(&pace) == PACE_NEVER);
}

/* A loop that was busy sends what it missed, and no more. */
static void test_late(void **state) {
    (void)state;
    unsigned sent = 0;
    begin(0);
    while (pace_due(&pace) <= 100000 && sent < 100) {
        assert_int_not_equal(pace_take(&pace, 100000, 0), PACE_NOTHING);
        sent++;
    }
    assert_int_equal(sent, 5);
}

static void test_rotation(void **state) {
    (void)state;
    begin(0);
    pace_silence(&pace);
    pace_rotated(&pace, 1000, 0);
    assert_int_equal(pace_due(&pace), 1000 + 600000);
    pace_rotated(&pace, 1000, UINT32_MAX);
    assert_in_range(pace_due(&pace), 1000 + 420000, 1000 + 420001);
}

static void test_answers(void **state) {
    (void)state;
    begin(0);
    burst(0);
    /* Nobody new, no question: no answer. */
    pace_heard(&pace, false, false, 2000, 0);
    assert_true(pace_due(&pace) > 20000);
    /* Somebody new: at once or at most 20 ms later. */
    pace_heard(&pace, true, false, 2000, 0);
    assert_int_equal(pace_due(&pace), 2000);
    assert_int_equal(pace_take(&pace, 2000, 0), PACE_BEACON);
    pace_heard(&pace, true, true, 3000, UINT32_MAX);
    assert_int_equal(pace_due(&pace), 3020);
    /* One answer is for all who ask meanwhile. */
    pace_heard(&pace, true, true, 3010, UINT32_MAX);
    assert_int_equal(pace_due(&pace), 3020);
    assert_int_equal(pace_take(&pace, 3020, 0), PACE_BEACON);
    assert_true(pace_due(&pace) > 20000);
    /* Soon after a beacon of ours: to somebody new after 40 ms, to somebody known after 200 ms. */
    pace_heard(&pace, false, true, 3021, 0);
    assert_int_equal(pace_due(&pace), 3220);
    pace_heard(&pace, true, false, 3022, 0);
    assert_int_equal(pace_due(&pace), 3060);
    /* A beacon of the burst is an answer too. */
    pace_burst(&pace, 3050);
    assert_int_equal(pace_take(&pace, 3050, 0), PACE_ASK);
    assert_int_equal(pace_due(&pace), 3090);
    /* Who is silent does not answer. */
    pace_silence(&pace);
    pace_heard(&pace, true, true, 4000, 0);
    assert_true(pace_due(&pace) == PACE_NEVER);
}

/* A hundred seconds of a thousand new tokens a second, all asking. */
static void test_flood(void **state) {
    (void)state;
    unsigned sent = 0;
    begin(0);
    burst(0);
    for (uint64_t now_ms = 1000; now_ms < 101000; now_ms++) {
        pace_heard(&pace, true, true, now_ms, (uint32_t)now_ms * 2654435761u);
        if (pace_due(&pace) <= now_ms && pace_take(&pace, now_ms, 0) != PACE_NOTHING) sent++;
    }
    assert_in_range(sent, 100 * DISCOVERY_ANSWERS_A_SECOND,
                    100 * DISCOVERY_ANSWERS_A_SECOND + DISCOVERY_ANSWER_BURST + 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_burst_and_period), cmocka_unit_test(test_late),  cmocka_unit_test(test_rotation),
        cmocka_unit_test(test_answers),          cmocka_unit_test(test_flood),
    };
    return cmocka_run_group_tests_name("pace", tests, NULL, NULL);
}
