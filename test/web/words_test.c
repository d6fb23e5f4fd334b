/*
 * Numbers and times in words. Shows the plural forms of Russian at the numbers where they change (Unicode CLDR), the
 * units' borders, and that a time ahead is not told as a time ago.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "node/web/words.h"

static void test_ago(void **state) {
    (void)state;
    static const uint64_t now = 1800000000;
    static const struct {
        enum lang lang;
        uint64_t passed;
        const char *want;
    } cases[] = {
        {LANG_EN, 0, "just now"},
        {LANG_EN, 59, "just now"},
        {LANG_EN, 60, "1 minute ago"},
        {LANG_EN, 119, "1 minute ago"},
        {LANG_EN, 120, "2 minutes ago"},
        {LANG_EN, 3599, "59 minutes ago"},
        {LANG_EN, 3600, "1 hour ago"},
        {LANG_EN, 86399, "23 hours ago"},
        {LANG_EN, 86400, "1 day ago"},
        {LANG_EN, 30 * 86400, "1 month ago"},
        {LANG_EN, 365 * 86400, "1 year ago"},
        {LANG_RU, 10, "только что"},
        {LANG_RU, 60, "1 минуту назад"},
        {LANG_RU, 2 * 60, "2 минуты назад"},
        {LANG_RU, 5 * 60, "5 минут назад"},
        {LANG_RU, 11 * 60, "11 минут назад"},
        {LANG_RU, 12 * 60, "12 минут назад"},
        {LANG_RU, 21 * 60, "21 минуту назад"},
        {LANG_RU, 22 * 60, "22 минуты назад"},
        {LANG_RU, 25 * 60, "25 минут назад"},
        {LANG_RU, 3600, "1 час назад"},
        {LANG_RU, 3 * 3600, "3 часа назад"},
        {LANG_RU, 20 * 3600, "20 часов назад"},
        {LANG_RU, 86400, "1 день назад"},
        {LANG_RU, 4 * 86400, "4 дня назад"},
        {LANG_RU, 14 * 86400, "14 дней назад"},
        {LANG_RU, 2 * 30 * 86400, "2 месяца назад"},
        {LANG_RU, 5 * UINT64_C(365) * 86400, "5 лет назад"},
        {LANG_KK, 10, "жаңа ғана"},
        {LANG_KK, 60, "1 минут бұрын"},
        {LANG_KK, 5 * 60, "5 минут бұрын"},
        {LANG_KK, 3 * 3600, "3 сағат бұрын"},
        {LANG_KK, 2 * 86400, "2 күн бұрын"},
    };
    char text[WORDS_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        words_ago(text, cases[i].lang, now - cases[i].passed, now);
        assert_string_equal(text, cases[i].want);
    }
    words_ago(text, LANG_EN, now + 500, now);
    assert_string_equal(text, "just now");
    words_ago(text, LANG_RU, 0, UINT64_MAX);
    assert_non_null(strstr(text, "лет назад"));
}

static void test_numbers(void **state) {
    (void)state;
    char text[WORDS_SIZE];
    words_number(text, LANG_EN, 9999);
    assert_string_equal(text, "9999");
    words_number(text, LANG_EN, 1234567);
    assert_string_equal(text, "1,234,567");
    words_number(text, LANG_RU, 10000);
    assert_string_equal(text, "10\xc2\xa0"
                              "000");
    words_number(text, LANG_KK, UINT64_MAX);
    assert_true(strlen(text) < WORDS_SIZE);
    words_size(text, LANG_EN, 0);
    assert_string_equal(text, "0\xc2\xa0"
                              "bytes");
    words_size(text, LANG_EN, 1500);
    assert_string_equal(text, "1.5\xc2\xa0KB");
    words_size(text, LANG_RU, 2340000);
    assert_string_equal(text, "2,3\xc2\xa0МБ");
    words_size(text, LANG_RU, 64000000);
    assert_string_equal(text, "64\xc2\xa0МБ");
    words_size(text, LANG_KK, UINT64_MAX);
    assert_true(strlen(text) < WORDS_SIZE);
}

static void test_times(void **state) {
    (void)state;
    char text[WORDS_SIZE];
    words_time(text, 1793491200);
    assert_string_equal(text, "2026-11-01 00:00 UTC");
    words_time_machine(text, 1793491200 + 3661);
    assert_string_equal(text, "2026-11-01T01:01:01Z");
    words_day(text, 1709164800);
    assert_string_equal(text, "2024-02-29");
    words_time(text, UINT64_MAX); /* no valid year: something short, no crash */
    assert_true(strlen(text) < WORDS_SIZE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ago),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
