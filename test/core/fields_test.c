/*
 * Fields. Shows that a list comes back as it was put in, that whatever is read is written as the same bytes, and which
 * error each fault gets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/fields.h"
#include "core/limits.h"
#include "test/property_util.h"

/* Read all fields and write them again. Return 0 and the size, or the error. */
static int again(const uint8_t *bytes, size_t size, uint8_t *out, size_t room, size_t *out_size) {
    struct reader r;
    struct writer w;
    struct field f = {0};
    int got;
    reader_init(&r, bytes, size);
    writer_init(&w, out, room);
    while ((got = fields_next(&r, f.tag, &f)) > 0) fields_put(&w, f.tag, f.value, f.size);
    *out_size = w.at;
    return got;
}

/* Random lists, whole and damaged: what is accepted is canonical. */
static void test_accepted_is_canonical(void **state) {
    (void)state;
    struct rng g;
    unsigned accepted = 0;
    rng_begin(&g, "fields");
    for (unsigned i = 0; i < 100000; i++) {
        uint8_t bytes[600], out[600], value[40];
        struct writer w;
        uint32_t tag = 0;
        size_t out_size;
        writer_init(&w, bytes, 512);
        for (uint64_t n = rng_below(&g, 6); n > 0; n--) {
            uint64_t step = 1 + (rng_wide(&g) & 0xffff);
            tag += (uint32_t)(rng_one_in(&g, 8) ? step : 1);
            size_t size = (size_t)rng_below(&g, sizeof value);
            rng_bytes(&g, value, size);
            fields_put(&w, tag, value, size);
        }
        assert_int_equal(w.err, 0);
        assert_int_equal(again(bytes, w.at, out, sizeof out, &out_size), 0);
        assert_int_equal(out_size, w.at);
        assert_memory_equal(out, bytes, w.at);
        size_t size = rng_mutate(&g, bytes, w.at, sizeof bytes);
        if (again(bytes, size, out, sizeof out, &out_size) != 0) continue;
        accepted++;
        assert_int_equal(out_size, size);
        assert_memory_equal(out, bytes, size);
    }
    assert_true(accepted > 1000); /* else the property was shown of nothing */
}

static void test_errors(void **state) {
    (void)state;
    static const struct {
        const char *why;
        uint8_t bytes[16];
        size_t size;
        int err;
    } cases[] = {
        {"tag 0", {0, 0}, 2, ERR_FIELD},
        {"the same tag twice", {1, 0, 1, 0}, 4, ERR_FIELD},
        {"descending", {2, 0, 1, 0}, 4, ERR_FIELD},
        {"no length", {1}, 1, ERR_TRUNCATED},
        {"a value cut off", {1, 2, 'a'}, 3, ERR_TRUNCATED},
        {"a long form of the tag", {0x81, 0, 0}, 3, ERR_VARINT},
        {"a long form of the length", {1, 0x80, 0}, 3, ERR_VARINT},
        {"tag 2^31", {0x80, 0x80, 0x80, 0x80, 8, 0}, 6, ERR_LIMIT},
        {"length 32769", {1, 0x81, 0x80, 2}, 4, ERR_LIMIT},
        {"length 32768 of nothing", {1, 0x80, 0x80, 2}, 4, ERR_TRUNCATED},
        {"tag 2^31 - 1", {0xff, 0xff, 0xff, 0xff, 7, 0}, 6, 0},
        {"nothing", {0}, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t out[16];
        size_t out_size;
        int err = again(cases[i].bytes, cases[i].size, out, sizeof out, &out_size);
        if (err != cases[i].err) fail_msg("%s: %s", cases[i].why, err_name(err));
    }
}

/* The largest value there can be. */
static void test_largest_value(void **state) {
    (void)state;
    static uint8_t bytes[RECORD_SIZE_MAX + 4], value[RECORD_SIZE_MAX], out[RECORD_SIZE_MAX + 4];
    struct writer w;
    size_t out_size;
    writer_init(&w, bytes, sizeof bytes);
    fields_put(&w, 1, value, sizeof value);
    assert_int_equal(w.err, 0);
    assert_int_equal(again(bytes, w.at, out, sizeof out, &out_size), 0);
    assert_int_equal(out_size, sizeof bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted_is_canonical),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_largest_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
