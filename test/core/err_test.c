/*
 * The list of errors. Shows that each value has one name and one text, and that what is none gets a text too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/err.h"

static const struct {
    int value;
    const char *name, *text;
} list[] = {
#define ENTRY(name, value, text) {value, #name, text},
    ERR_LIST(ENTRY)
#undef ENTRY
};
#define COUNT (sizeof list / sizeof list[0])

static void test_every_error_has_its_own(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        assert_true(list[i].value < 0 && list[i].value > -64); /* a pouch counts refusals in 64 places */
        assert_string_equal(err_name(list[i].value), list[i].name);
        assert_string_equal(err_text(list[i].value), list[i].text);
        for (size_t j = 0; j < i; j++) {
            assert_int_not_equal(list[j].value, list[i].value);
            assert_string_not_equal(list[j].text, list[i].text);
        }
    }
}

/* A sentence begins small and ends without a point, so that it can stand behind "cannot read X: ". */
static void test_texts_can_stand_in_a_sentence(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        assert_true(list[i].text[0] >= 'a' && list[i].text[0] <= 'z');
        assert_int_not_equal(list[i].text[strlen(list[i].text) - 1], '.');
    }
}

static void test_others(void **state) {
    (void)state;
    static const int others[] = {1, -60, -1000, 2147483647, -2147483647 - 1};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_string_equal(err_name(others[i]), "UNKNOWN");
        assert_string_equal(err_text(others[i]), "unknown error");
    }
    assert_string_equal(err_name(ERR_OK), "ok");
    assert_string_equal(err_text(ERR_OK), "done");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_error_has_its_own),
        cmocka_unit_test(test_texts_can_stand_in_a_sentence),
        cmocka_unit_test(test_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
