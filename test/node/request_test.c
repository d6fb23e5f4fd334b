/*
 * Requests as they cross the socket: what is written is read again, and random, cut and altered bytes are an error or a
 * request whose strings all lie within them (the ASan build sees any step outside).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "node/request.h"

static const struct request sample = {
    .command = "post",
    .lang = LANG_KK,
    .json = true,
    .width = 80,
    .option_count = 3,
    .argument_count = 2,
    .file_count = 1,
    .options = {{"urgency", "urgent"}, {"attach", "a.jpg"}, {"urgency", "bulk"}},
    .arguments = {"c", "text of\nlines \xff"},
};

static void test_round_trip(void **state) {
    uint8_t bytes[512], again[512];
    struct request out;
    (void)state;
    int size = request_pack(&sample, bytes, sizeof bytes);
    assert_true(size > 0);
    assert_int_equal(request_unpack(&out, bytes, (size_t)size), 0);
    assert_string_equal(out.command, "post");
    assert_int_equal(out.lang, LANG_KK);
    assert_true(out.json && !out.out_terminal && !out.served);
    assert_int_equal(out.width, 80);
    assert_string_equal(out.arguments[1], sample.arguments[1]);
    assert_string_equal(request_option(&out, "urgency"), "bulk"); /* the last one counts */
    assert_null(request_option(&out, "reply"));
    assert_int_equal(out.file_count, 1);
    assert_int_equal(request_pack(&out, again, sizeof again), size);
    assert_memory_equal(again, bytes, (size_t)size);
}

/* Every shorter buffer is ERR_SPACE to write to, and every shorter message an error to read. */
static void test_cut(void **state) {
    uint8_t bytes[512], less[512];
    struct request out;
    (void)state;
    int size = request_pack(&sample, bytes, sizeof bytes);
    for (int i = 0; i < size; i++) {
        assert_int_equal(request_pack(&sample, less, (size_t)i), ERR_SPACE);
        uint8_t *exact = malloc((size_t)i + 1);
        memcpy(exact, bytes, (size_t)i);
        assert_true(request_unpack(&out, exact, (size_t)i) < 0);
        free(exact);
    }
    bytes[size] = 0;
    assert_int_equal(request_unpack(&out, bytes, (size_t)size + 1), ERR_TRAILING);
    bytes[0] = 2;
    assert_int_equal(request_unpack(&out, bytes, (size_t)size), ERR_VERSION);
}

static void walk(const struct request *r) {
    size_t sum = strlen(r->command);
    for (unsigned i = 0; i < r->option_count; i++) sum += strlen(r->options[i].name) + strlen(r->options[i].value);
    for (unsigned i = 0; i < r->argument_count; i++) sum += strlen(r->arguments[i]);
    assert_true(sum <= 512);
}

static void test_altered(void **state) {
    uint8_t bytes[512];
    struct request out;
    unsigned decoded = 0;
    (void)state;
    srand(1);
    int size = request_pack(&sample, bytes, sizeof bytes);
    for (int round = 0; round < 20000; round++) {
        uint8_t *exact = malloc((size_t)size);
        memcpy(exact, bytes, (size_t)size);
        for (int i = rand() % 3; i >= 0; i--) exact[rand() % size] = (uint8_t)rand();
        if (request_unpack(&out, exact, (size_t)size) == 0) {
            walk(&out);
            decoded++;
        }
        free(exact);
    }
    assert_true(decoded > 100 && decoded < 20000);
    for (int round = 0; round < 20000; round++) {
        size_t length = (size_t)(rand() % 64) + 1;
        uint8_t *exact = malloc(length);
        for (size_t i = 0; i < length; i++) exact[i] = (uint8_t)(rand() % (round % 2 ? 256 : 4));
        if (request_unpack(&out, exact, length) == 0) walk(&out);
        free(exact);
    }
}

static void test_limits(void **state) {
    static struct request many;
    static uint8_t bytes[REQUEST_SIZE_MAX];
    (void)state;
    many = sample;
    many.argument_count = REQUEST_ARGUMENTS_MAX + 1;
    assert_int_equal(request_pack(&many, bytes, sizeof bytes), ERR_LIMIT);
    many = sample;
    many.file_count = REQUEST_FILES_MAX + 1;
    assert_int_equal(request_pack(&many, bytes, sizeof bytes), ERR_LIMIT);
    many = sample;
    many.options[0].value = "12a";
    many.option_count = 1;
    assert_int_equal(request_number(&many, "urgency", 7), 7);
    many.options[0].value = "12";
    assert_int_equal(request_number(&many, "urgency", 7), 12);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_round_trip), cmocka_unit_test(test_cut),
                                       cmocka_unit_test(test_altered), cmocka_unit_test(test_limits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
