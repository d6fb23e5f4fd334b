/*
 * What reports are called, and points as people write them. Shows: every name reads back as itself and every value has
 * words; a point is read to a thousandth of a degree, one off the earth and one that is none are told apart, and
 * whatever is given, what comes out is on the earth.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "node/report_words.h"
#include "test/core/sample_util.h"

static const struct {
    const char *text;
    int err;
    int32_t latitude, longitude;
} points[] = {
    {"43.238949,76.945465", 0, 43238, 76945}, /* cut, not rounded */
    {"-33.9,18", 0, -33900, 18000},
    {"0,0", 0, 0, 0},
    {"90,-180", 0, 90000, -180000},
    {"90.0009,180.000", 0, 90000, 180000},
    {".5,1.", 0, 500, 1000},
    {"90.001,0", ERR_POINT, 0, 0},
    {"0,180.001", ERR_POINT, 0, 0},
    {"0,-180.001", ERR_POINT, 0, 0},
    {"99999999999999999999,0", ERR_POINT, 0, 0},
    {"43.2;76.9", ERR_FIELD, 0, 0},
    {"43.2", ERR_FIELD, 0, 0},
    {"43.2,", ERR_FIELD, 0, 0},
    {",76.9", ERR_FIELD, 0, 0},
    {"43.2,76.9,1", ERR_FIELD, 0, 0},
    {"43..2,76.9", ERR_FIELD, 0, 0},
    {"--43,76", ERR_FIELD, 0, 0},
    {"4e1,76", ERR_FIELD, 0, 0},
    {"43.2, 76.9", ERR_FIELD, 0, 0},
    {"", ERR_FIELD, 0, 0},
};

static void test_points(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        int32_t latitude = 0, longitude = 0;
        int err = report_point_parse(points[i].text, &latitude, &longitude);
        if (err != points[i].err) fail_msg("%s: %d", points[i].text, err);
        if (err) continue;
        assert_int_equal(latitude, points[i].latitude);
        assert_int_equal(longitude, points[i].longitude);
    }
}

static void test_anything(void **state) {
    (void)state;
    static const char letters[] = "0123456789999....,,--x";
    struct rng g;
    unsigned read = 0;
    rng_begin(&g, "report points");
    for (unsigned n = 0; n < 200000; n++) {
        char text[24];
        int32_t latitude = 0, longitude = 0;
        size_t size = rng_below(&g, sizeof text);
        for (size_t i = 0; i < size; i++) text[i] = letters[rng_below(&g, sizeof letters - 1)];
        text[size] = '\0';
        if (report_point_parse(text, &latitude, &longitude)) continue;
        read++;
        assert_in_range(latitude + REPORT_LATITUDE_MAX, 0, 2 * REPORT_LATITUDE_MAX);
        assert_in_range(longitude + REPORT_LONGITUDE_MAX, 0, 2 * REPORT_LONGITUDE_MAX);
    }
    assert_true(read > 100);
}

static void test_names(void **state) {
    (void)state;
    for (unsigned i = 1; i <= REPORT_WHAT_MAX; i++) {
        assert_int_equal(report_what_parse(report_what_name(i)), i);
        assert_true(report_what_words(i)[0] != '\0');
    }
    for (unsigned i = 1; i <= REPORT_GROUND_MAX; i++) {
        assert_int_equal(report_ground_parse(report_ground_name(i)), i);
        assert_true(report_ground_words(i)[0] != '\0');
    }
    for (unsigned i = REPORT_MESSAGE; i <= REPORT_TYPE_MAX; i++) assert_true(report_type_words(i)[0] != '\0');
    for (unsigned i = 1; i <= REPORT_SAY_MAX; i++) assert_true(report_say_words(i)[0] != '\0');
    for (unsigned i = REPORT_UP; i <= REPORT_OVER; i++) {
        assert_true(report_state_name(i)[0] != '\0');
        /* No state says that something is true. */
        assert_null(strstr(report_state_name(i), "confirmed"));
        assert_null(strstr(report_state_words(i), "confirmed"));
    }
    assert_int_equal(report_what_parse("gold"), 0);
    assert_int_equal(report_what_parse(""), 0);
    assert_int_equal(report_ground_parse("none"), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_points), cmocka_unit_test(test_anything),
                                       cmocka_unit_test(test_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
