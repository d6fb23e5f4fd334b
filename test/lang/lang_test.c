/*
 * The catalogues and the choice of a language. Shows that every generated table can be searched (strictly ascending),
 * that a translation can't change what printf reads, that a missing one falls back to English, and that both forms of
 * naming a language are read as their standards say, bad input included.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "lang/lang.h"

static const struct {
    enum lang lang;
    const struct lang_entry *table;
    const size_t *count;
} tables[] = {{LANG_RU, lang_ru, &lang_ru_count}, {LANG_KK, lang_kk, &lang_kk_count}};
#define TABLES (sizeof tables / sizeof tables[0])

/* Bisection needs strict order; and what a table holds must be found through the public function. */
static void test_tables_are_sorted_and_found(void **state) {
    (void)state;
    for (size_t t = 0; t < TABLES; t++) {
        assert_true(*tables[t].count > 0);
        for (size_t i = 0; i < *tables[t].count; i++) {
            const struct lang_entry *entry = &tables[t].table[i];
            if (i > 0) assert_true(strcmp(tables[t].table[i - 1].msgid, entry->msgid) < 0);
            assert_ptr_equal(lang_text(tables[t].lang, entry->msgid), entry->msgstr);
            assert_true(entry->msgstr[0] != '\0');
        }
    }
}

/* Copy the printf conversions of text, one after the other, into out: "%zu of %s" gives "%zu%s". */
static void conversions(const char *text, char *out, size_t size) {
    size_t used = 0;
    for (const char *at = strchr(text, '%'); at != NULL; at = strchr(at, '%')) {
        size_t length = 1 + strspn(at + 1, "-+ #0123456789.*hljzt") + 1;
        if (at[length - 1] == '\0') length--;
        assert_true(used + length < size);
        memcpy(out + used, at, length);
        used += length;
        at += length;
    }
    out[used] = '\0';
}

/* A translation with another conversion than its English text would make printf read what isn't there. */
static void test_translations_keep_conversions(void **state) {
    (void)state;
    char want[256];
    char have[256];
    for (size_t t = 0; t < TABLES; t++) {
        for (size_t i = 0; i < *tables[t].count; i++) {
            conversions(tables[t].table[i].msgid, want, sizeof want);
            conversions(tables[t].table[i].msgstr, have, sizeof have);
            assert_string_equal(have, want);
        }
    }
}

static void test_missing_falls_back(void **state) {
    (void)state;
    static const char unknown[] = "no catalogue holds this text";
    assert_ptr_equal(lang_text(LANG_RU, unknown), unknown);
    static const char empty[] = "";
    assert_ptr_equal(lang_text(LANG_KK, empty), empty);
    assert_string_equal(lang_text(LANG_EN, "Search"), "Search");
    assert_string_equal(lang_text(LANG_RU, "Search"), "Поиск");
    assert_string_equal(lang_text(LANG_KK, "Search"), "Іздеу");
}

static void test_codes(void **state) {
    (void)state;
    assert_string_equal(lang_code(LANG_EN), "en");
    assert_string_equal(lang_code(LANG_RU), "ru");
    assert_string_equal(lang_code(LANG_KK), "kk");
}

static void test_locale(void **state) {
    (void)state;
    static const struct {
        const char *locale;
        enum lang lang;
    } cases[] = {
        {NULL, LANG_EN},          {"", LANG_EN},       {"C", LANG_EN},           {"C.UTF-8", LANG_EN},
        {"POSIX", LANG_EN},       {"ru", LANG_RU},     {"ru_RU.UTF-8", LANG_RU}, {"ru_KZ", LANG_RU},
        {"kk_KZ.UTF-8", LANG_KK}, {"kk", LANG_KK},     {"kk@cyrillic", LANG_KK}, {"KK_KZ", LANG_KK},
        {"de_DE", LANG_EN},       {"rup_MK", LANG_EN}, {"r", LANG_EN},           {"ru!", LANG_EN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(lang_from_locale(cases[i].locale), cases[i].lang);
    }
}

static void test_accept(void **state) {
    (void)state;
    static const struct {
        const char *header;
        enum lang lang;
    } cases[] = {
        {NULL, LANG_EN},
        {"", LANG_EN},
        {"*", LANG_EN},
        {"kk", LANG_KK},
        {"KK-kz", LANG_KK},
        {"kk-KZ,kk;q=0.9,ru;q=0.8,en;q=0.7", LANG_KK},
        {"de, ru;q=0.5, en;q=0.4", LANG_RU},
        {"en;q=0.8,ru;q=0.81", LANG_RU},
        {"en;q=0.8,ru;q=0.801,kk;q=0.8", LANG_RU},
        {"ru,kk", LANG_RU},
        {"kk;q=0, ru;q=0.001", LANG_RU},
        {"kk;q=0", LANG_EN},
        {"en, kk;q=1.0", LANG_EN},
        {" \tkk ; q=0.3 , ru ; q=0.4", LANG_RU},
        {"kk;Q=1,ru;q=0.5", LANG_KK},
        /* What breaks the grammar counts as absent. */
        {"kk;q=2, ru;q=0.1", LANG_RU},
        {"kk;q=1.001, ru;q=0.1", LANG_RU},
        {"kk;q=0.1234, ru;q=0.001", LANG_RU},
        {"kk;q=-1, ru;q=0.1", LANG_RU},
        {"kk;q, ru;q=0.1", LANG_RU},
        {"kk;level=1, ru;q=0.1", LANG_RU},
        {"kkk, ru;q=0.1", LANG_RU},
        {"kk1, ru;q=0.1", LANG_RU},
        {"kk ru", LANG_EN},
        {",,,;;;q=,", LANG_EN},
        {"ru;", LANG_EN},
        {"ru;q=", LANG_EN},
        {"ru;q=0.", LANG_EN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (lang_from_accept(cases[i].header) != cases[i].lang) fail_msg("wrong for: %s", cases[i].header);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables_are_sorted_and_found),
        cmocka_unit_test(test_translations_keep_conversions),
        cmocka_unit_test(test_missing_falls_back),
        cmocka_unit_test(test_codes),
        cmocka_unit_test(test_locale),
        cmocka_unit_test(test_accept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
