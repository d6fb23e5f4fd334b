/*
 * Folding for search: known words in Kazakh, Russian and English; a query typed on another keyboard folds to the same;
 * what comes out is never longer than what went in, is folded already, and is letters, digits and single spaces
 * whatever goes in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/utf8.h"
#include "view/fold.h"

static const char *fold(const char *text) {
    static char out[1024];
    size_t size = strlen(text);
    assert_true(size < sizeof out);
    size = fold_text(out, text, size);
    out[size] = '\0';
    return out;
}

static void test_known_words(void **state) {
    (void)state;
    static const struct {
        const char *text, *folded;
    } cases[] = {
        {"", ""},
        {"Hello, WORLD 2022!", "hello world 2022"},
        {"Қазақстан Республикасы", "казакстан республикасы"},
        {"Барлық адамдар тумысынан азат", "барлык адамдар тумысынан азат"},
        {"ӘӨҮҰҒҚҢҺІ әөүұғқңһі", "аоуугкнхи аоуугкнхи"},
        {"Ёжик и йод", "ежик и иод"},
        {"Бәрі жақсы — көрісейік", "бари жаксы корисеиик"},
        {"«Цитата»,…№5", "цитата 5"},
        {"ăgåń ğış ÄÖÜß æther Œuvre Ĳssel þorn", "agan gis aouss aether oeuvre ijssel thorn"},
        {"co\u00adoperate a\u200db", "cooperate ab"},
        {"i\u0306 и\u0306 e\u0301", "i и e"},
        {"  \t\n  ", ""},
        {"a\xff"
         "b\xd0",
         "a b"},
        {"ΑΘΗΝΑ 東京 ქართული", "αθηνα 東京 ქართული"},
        {"👍🏽вода🚰", "вода"},
        {"вода/хлеб_сыр-2", "вода хлеб сыр 2"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(fold(cases[i].text), cases[i].folded);
}

/* What a person types without the letter at hand finds the same. */
static void test_same(void **state) {
    (void)state;
    static const char *const pairs[][2] = {
        {"Көмек керек", "комек керек"}, {"ұшқын", "УШКЫН"}, {"ещё", "еще"},  {"Шымкент", "шымкент"}, {"й", "и\u0306"},
        {"Жаңаөзен", "жанаозен"},       {"һәм", "хам"},     {"Ö", "o\u0308"}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        char first[100];
        strcpy(first, fold(pairs[i][0]));
        assert_string_equal(first, fold(pairs[i][1]));
    }
}

/* Every code point, and random bytes. */
static void check_folded(const char *text, size_t size) {
    char out[64], again[64];
    size_t used = fold_text(out, text, size);
    assert_true(used <= size);
    assert_true(utf8_is_text((const uint8_t *)out, used, false));
    assert_int_equal(fold_text(again, out, used), used);
    assert_memory_equal(again, out, used);
    for (size_t i = 0; i < used; i++) {
        unsigned char c = (unsigned char)out[i];
        assert_true(c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == ' ');
        if (c == ' ') assert_true(i > 0 && i + 1 < used && out[i - 1] != ' ');
    }
}
static void test_everything(void **state) {
    (void)state;
    char text[64];
    for (uint32_t c = 0; c <= 0x10ffff; c++) {
        size_t n = 0;
        if (c < 0x80)
            text[n++] = (char)c;
        else if (c < 0x800) {
            text[n++] = (char)(uint8_t)(0xc0 | c >> 6);
            text[n++] = (char)(uint8_t)(0x80 | (c & 63));
        } else if (c < 0x10000) {
            text[n++] = (char)(uint8_t)(0xe0 | c >> 12);
            text[n++] = (char)(uint8_t)(0x80 | (c >> 6 & 63));
            text[n++] = (char)(uint8_t)(0x80 | (c & 63));
        } else {
            text[n++] = (char)(uint8_t)(0xf0 | c >> 18);
            text[n++] = (char)(uint8_t)(0x80 | (c >> 12 & 63));
            text[n++] = (char)(uint8_t)(0x80 | (c >> 6 & 63));
            text[n++] = (char)(uint8_t)(0x80 | (c & 63));
        }
        check_folded(text, n);
    }
    uint32_t random = 1;
    for (unsigned round = 0; round < 100000; round++) {
        for (size_t i = 0; i < sizeof text; i++) {
            random = random * 1664525u + 1013904223u;
            text[i] = (char)(uint8_t)(random >> 24);
        }
        check_folded(text, round % sizeof text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_known_words), cmocka_unit_test(test_same),
                                       cmocka_unit_test(test_everything)};
    return cmocka_run_group_tests_name("fold", tests, NULL, NULL);
}
