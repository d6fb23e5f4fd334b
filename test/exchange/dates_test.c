/*
 * Times as text. Shows: every day from 1980 to 2099 is what the C library's gmtime says, read and written; offsets move
 * the clock and not the time; what is no time is an error.
 */
#include "exchange/dates.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/limits.h"
#include "test/property_util.h"

static void twin(char out[32], uint64_t seconds) {
    const time_t t = (time_t)seconds;
    struct tm tm;
    assert_non_null(gmtime_r(&t, &tm));
    assert_int_not_equal(strftime(out, 32, "%Y-%m-%dT%H:%M:%S", &tm), 0);
}

static void test_every_day(void **state) {
    char text[DATES_TEXT_SIZE], expected[32];
    struct rng g;
    uint64_t read;
    (void)state;
    rng_begin(&g, "dates");
    for (uint64_t day = DATES_FIRST; day <= DATES_LAST; day += DAY_SECONDS) {
        const uint64_t at = day + rng_below(&g, DAY_SECONDS);
        const int minutes = (int)rng_below(&g, 28 * 60 + 1) - 14 * 60;
        twin(expected, at);
        strcat(expected, "Z");
        dates_write(text, at);
        assert_string_equal(text, expected);
        assert_int_equal(dates_read(&read, text), 0);
        assert_true(read == at);
        twin(expected, (uint64_t)((int64_t)at + minutes * 60));
        dates_write_offset(text, at, minutes);
        assert_int_equal(strlen(text), 25);
        assert_memory_equal(text, expected, 19);
        assert_int_equal(text[19], minutes > 0 ? '+' : '-');
        const int back = (text[20] - '0') * 600 + (text[21] - '0') * 60 + (text[23] - '0') * 10 + text[24] - '0';
        assert_int_equal(back, abs(minutes));
        text[10] = 0;
        assert_true(dates_is_day(text));
    }
    dates_write(text, UINT64_MAX);
    assert_string_equal(text, "2099-12-31T23:59:59Z");
    dates_write_offset(text, 0, -840);
    assert_string_equal(text, "1970-01-01T00:00:00-14:00");
}

static void test_days(void **state) {
    static const char *const good[] = {"1950", "2000-02", "2000-02-29", "1900-02-28", "0001-01-01"};
    static const char *const bad[] = {"",           "195",        "1950-",    "1950-13",     "1950-00",
                                      "1900-02-29", "2001-02-29", "2000-2-1", "2000-02-01Z", "0000",
                                      "20000",      "2000/01",    "x"};
    (void)state;
    for (unsigned i = 0; i < sizeof good / sizeof *good; i++) assert_true(dates_is_day(good[i]));
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) assert_false(dates_is_day(bad[i]));
}

static void test_window(void **state) {
    uint64_t read;
    (void)state;
    assert_int_equal(dates_read(&read, "1980-01-01T00:00:00Z"), 0);
    assert_true(read == DATES_FIRST);
    assert_int_equal(dates_read(&read, "2099-12-31T23:59:59.999Z"), 0);
    assert_true(read == DATES_LAST);
    assert_int_equal(dates_read(&read, "1979-12-31T23:59:59Z"), ERR_TIME);
    assert_int_equal(dates_read(&read, "2100-01-01T00:00:00Z"), ERR_TIME);
    assert_int_equal(dates_read(&read, "9999-12-31T23:59:59Z"), ERR_TIME);
    assert_int_equal(dates_read(&read, ""), ERR_FIELD);
    assert_int_equal(dates_read(&read, "2021-06-01T00:00:00.Z"), ERR_FIELD);
    assert_int_equal(dates_read(&read, "2021-06-01T00:00:00Z "), ERR_FIELD);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_day), cmocka_unit_test(test_days),
                                       cmocka_unit_test(test_window)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
