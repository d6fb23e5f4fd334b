/*
 * The rules of time. Shows each at its edge: ten minutes of slack, a day of grace, and that without a confirmed clock
 * nothing expires.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/when.h"

static void test_days(void **state) {
    (void)state;
    assert_int_equal(when_day(0), 0);
    assert_int_equal(when_day(DAY_SECONDS - 1), 0);
    assert_int_equal(when_day(DAY_SECONDS), 1);
    assert_int_equal(when_day(1641384000), 18997); /* 2022-01-05 */
    assert_int_equal(when_day(UINT64_MAX), when_day(TIME_MAX));
}

static void test_ahead(void **state) {
    (void)state;
    assert_false(when_is_ahead(1600, 1000));
    assert_true(when_is_ahead(1601, 1000));
    assert_false(when_is_ahead(600, 0));
    assert_true(when_is_ahead(601, 0));
    assert_false(when_is_ahead(0, 0));
    assert_false(when_is_ahead(TIME_MAX, UINT64_MAX));
    assert_true(when_is_ahead(UINT64_MAX, TIME_MAX));
}

static void test_expiry(void **state) {
    (void)state;
    const uint64_t last = UINT64_C(102) * DAY_SECONDS - 1; /* the end of day 101 */
    assert_false(when_is_expired(100, (struct when){.now = last, .confirmed = true}));
    assert_true(when_is_expired(100, (struct when){.now = last + 1, .confirmed = true}));
    assert_false(when_is_expired(100, (struct when){.now = UINT64_MAX, .confirmed = false}));
    assert_false(when_is_expired(UINT32_MAX, (struct when){.now = UINT64_MAX, .confirmed = true}));
    assert_false(when_is_expired(0, (struct when){.now = 0, .confirmed = true}));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_days),
        cmocka_unit_test(test_ahead),
        cmocka_unit_test(test_expiry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
