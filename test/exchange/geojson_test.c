/*
 * GeoJSON. Shows: a collection read by another JSON library gives every point and property back; coordinates are
 * longitude and latitude with five decimals at most, as a naive twin prints them; a point off the earth, a number that
 * readers round, a name twice are refused and leave the collection whole.
 */
#include "exchange/geojson.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "test/core/sample_util.h"
#include "test/exchange/document_util.h"

static void test_known_answer(void **state) {
    const struct geojson_property properties[] = {{"kind", GEOJSON_TEXT, "water \"cold\"\n\\", 0},
                                                  {"count", GEOJSON_NUMBER, NULL, -20},
                                                  {"urgent", GEOJSON_TRUTH, NULL, 1},
                                                  {"until", GEOJSON_TEXT, NULL, 0}};
    const struct geojson_feature there = {"a1", true, {4325000, 7694501}, properties, 4};
    const struct geojson_feature nowhere = {NULL, false, {0, 0}, NULL, 0};
    struct document d = {0};
    struct geojson g;
    struct sink o;
    (void)state;
    sink_init(&o, document_write, &d);
    geojson_begin(&g, &o);
    assert_int_equal(geojson_write(&g, &there), 0);
    assert_int_equal(geojson_write(&g, &nowhere), 0);
    geojson_end(&g);
    assert_int_equal(sink_end(&o), 0);
    assert_string_equal(d.bytes,
                        "{\"type\":\"FeatureCollection\",\"features\":[\n"
                        "{\"type\":\"Feature\",\"id\":\"a1\",\"geometry\":{\"type\":\"Point\",\"coordinates\":"
                        "[76.94501,43.25]},\"properties\":{\"kind\":\"water \\\"cold\\\"\\n\\\\\",\"count\":-20,"
                        "\"urgent\":true,\"until\":null}},\n"
                        "{\"type\":\"Feature\",\"geometry\":null,\"properties\":{}}\n]}\n");
    document_free(&d);
    sink_init(&o, document_write, &d);
    geojson_begin(&g, &o);
    geojson_end(&g);
    assert_int_equal(sink_end(&o), 0);
    assert_string_equal(d.bytes, "{\"type\":\"FeatureCollection\",\"features\":[]}\n");
    document_free(&d);
}

/* Print a coordinate as printf does, and take the zeros away. */
static void twin(char out[40], int32_t coordinate) {
    snprintf(out, 40, "%.5f", coordinate / 100000.0);
    size_t size = strlen(out);
    while (out[size - 1] == '0') out[--size] = 0;
    if (out[size - 1] == '.') out[size - 1] = 0;
}

static void test_coordinates(void **state) {
    static const int32_t edges[] = {0, 1, -1, 10, -10, 99999, 100000, -100000, 4325000, 17999999, 18000000, -18000000};
    char got[PLACE_TEXT_SIZE], expected[40];
    struct rng g;
    (void)state;
    rng_begin(&g, "coordinates");
    for (unsigned i = 0; i < 20000; i++) {
        const int32_t c = i < 12 ? edges[i] : (int32_t)rng_below(&g, 2 * PLACE_LONGITUDE_MAX + 1) - PLACE_LONGITUDE_MAX;
        place_write(got, c);
        twin(expected, c);
        assert_string_equal(got, expected);
    }
}

static void test_round_trip(void **state) {
    struct document d = {0};
    struct geojson g;
    struct sink o;
    struct rng rng, again;
    char names[8][8], texts[8][64];
    struct geojson_property properties[8];
    struct geojson_feature f = {.properties = properties};
    (void)state;
    rng_begin(&rng, "geojson");
    again = rng;
    for (unsigned pass = 0; pass < 2; pass++) {
        json_t *root = NULL;
        json_error_t error;
        if (pass == 0) {
            sink_init(&o, document_write, &d);
            geojson_begin(&g, &o);
        } else {
            geojson_end(&g);
            assert_int_equal(sink_end(&o), 0);
            root = json_loadb(d.bytes, d.size, JSON_REJECT_DUPLICATES, &error);
            assert_non_null(root);
            assert_int_equal(json_array_size(json_object_get(root, "features")), 500);
            rng = again;
        }
        for (unsigned i = 0; i < 500; i++) {
            f.has_point = !rng_one_in(&rng, 5);
            f.point.latitude = (int32_t)rng_below(&rng, 2 * PLACE_LATITUDE_MAX + 1) - PLACE_LATITUDE_MAX;
            f.point.longitude = (int32_t)rng_below(&rng, 2 * PLACE_LONGITUDE_MAX + 1) - PLACE_LONGITUDE_MAX;
            f.property_count = (size_t)rng_below(&rng, 9);
            for (size_t p = 0; p < f.property_count; p++) {
                static const char *const starts[] = {"", "\"", "\\", "\x1b[2J", "\r\n", "\x7f", "</script>", "\\u0041"};
                const size_t size = (size_t)rng_below(&rng, 50);
                const int start = snprintf(texts[p], 12, "%s", starts[rng_below(&rng, 8)]);
                sample_text(&rng, texts[p] + start, size, true);
                texts[p][(size_t)start + size] = 0;
                snprintf(names[p], sizeof names[p], "p%zu", p);
                properties[p] = (struct geojson_property){names[p], (enum geojson_type)rng_below(&rng, 3), texts[p],
                                                          (int64_t)rng_below(&rng, 1u << 31) - (1 << 30)};
            }
            if (pass == 0) {
                assert_int_equal(geojson_write(&g, &f), 0);
                continue;
            }
            const json_t *feature = json_array_get(json_object_get(root, "features"), i);
            const json_t *point = json_object_get(json_object_get(feature, "geometry"), "coordinates");
            const json_t *have = json_object_get(feature, "properties");
            assert_string_equal(json_string_value(json_object_get(feature, "type")), "Feature");
            assert_int_equal(json_array_size(point), f.has_point ? 2 : 0);
            for (size_t c = 0; c < json_array_size(point); c++) {
                const double value = json_number_value(json_array_get(point, c)) * 100000;
                const int32_t whole = (int32_t)(value < 0 ? value - 0.5 : value + 0.5);
                assert_int_equal(whole, c == 0 ? f.point.longitude : f.point.latitude);
            }
            assert_int_equal(json_object_size(have), f.property_count);
            for (size_t p = 0; p < f.property_count; p++) {
                const json_t *value = json_object_get(have, names[p]);
                switch (properties[p].type) {
                case GEOJSON_TEXT: assert_string_equal(json_string_value(value), texts[p]); break;
                case GEOJSON_NUMBER: assert_true(json_integer_value(value) == properties[p].number); break;
                case GEOJSON_TRUTH: assert_true(json_is_true(value) == (properties[p].number != 0)); break;
                }
            }
        }
        json_decref(root);
    }
    document_free(&d);
}

static void test_off_the_earth(void **state) {
    static const struct place off[] = {{PLACE_LATITUDE_MAX + 1, 0},  {-PLACE_LATITUDE_MAX - 1, 0},
                                       {0, PLACE_LONGITUDE_MAX + 1}, {0, -PLACE_LONGITUDE_MAX - 1},
                                       {INT32_MIN, INT32_MIN},       {INT32_MAX, INT32_MAX}};
    const struct geojson_property twice[] = {{"a", GEOJSON_TRUTH, NULL, 1}, {"a", GEOJSON_TRUTH, NULL, 0}};
    const struct geojson_property large = {"n", GEOJSON_NUMBER, NULL, INT64_C(1) << 53};
    const struct geojson_property nameless = {"", GEOJSON_TRUTH, NULL, 0};
    struct geojson_feature f = {.id = "x", .has_point = true};
    struct document d = {0};
    struct geojson g;
    struct sink o;
    (void)state;
    sink_init(&o, document_write, &d);
    geojson_begin(&g, &o);
    for (unsigned i = 0; i < 6; i++) {
        f.point = off[i];
        assert_int_equal(geojson_write(&g, &f), ERR_FIELD);
    }
    f.has_point = false;
    f.properties = twice;
    f.property_count = 2;
    assert_int_equal(geojson_write(&g, &f), ERR_FIELD);
    f.property_count = 1;
    f.properties = &nameless;
    assert_int_equal(geojson_write(&g, &f), ERR_FIELD);
    f.properties = &large;
    assert_int_equal(geojson_write(&g, &f), ERR_LIMIT);
    f.property_count = GEOJSON_PROPERTIES_MAX + 1;
    assert_int_equal(geojson_write(&g, &f), ERR_LIMIT);
    geojson_end(&g);
    assert_int_equal(sink_end(&o), 0);
    assert_string_equal(d.bytes, "{\"type\":\"FeatureCollection\",\"features\":[]}\n");
    document_free(&d);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_known_answer), cmocka_unit_test(test_coordinates),
                                       cmocka_unit_test(test_round_trip), cmocka_unit_test(test_off_the_earth)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
