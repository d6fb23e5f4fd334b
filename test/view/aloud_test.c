/*
 * Reading aloud. Shows where sentences end and where not, in three languages; that nothing of a text is lost or said
 * twice but white space; and that long ones are cut between words, or else between characters.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/utf8.h"
#include "test/core/sample_util.h"
#include "view/aloud.h"

/* All sentences of a text, with a bar behind each. */
static const char *lines(const char *text, size_t size) {
    static char all[40000];
    char one[ALOUD_MAX + 1];
    size_t at = 0, length, used = 0;
    while ((length = aloud_next(text, size, &at, one)) > 0) {
        assert_true(length <= ALOUD_MAX && strlen(one) == length);
        assert_true(utf8_is_text((const uint8_t *)one, length, false));
        memcpy(all + used, one, length);
        used += length;
        all[used++] = '|';
    }
    all[used] = '\0';
    assert_int_equal(at, size);
    return all;
}
static const char *of(const char *text) {
    return lines(text, strlen(text));
}

static void test_sentences(void **state) {
    (void)state;
    assert_string_equal(of("Come at six. Bring water!  Who has a car?"), "Come at six.|Bring water!|Who has a car?|");
    assert_string_equal(of("Алаңға  келіңіздер…\nСу әкеліңіздер"), "Алаңға келіңіздер…|Су әкеліңіздер|");
    assert_string_equal(of("На ул. Абая в 10.30, у д. 5. Приходите!!! (Все.) Да"),
                        "На ул. Абая в 10.30, у д. 5.|Приходите!!!|(Все.)|Да|");
    assert_string_equal(of("«Мы придём.» Так сказали."), "«Мы придём.»|Так сказали.|");
    assert_string_equal(of(" \n\t \n"), "");
    assert_string_equal(of(""), "");
    assert_string_equal(of("... и всё"), "...|и всё|");
}

/* Any text: what is said is the text, but for white space. */
static void test_nothing_is_lost(void **state) {
    (void)state;
    static const char *const parts[] = {"а", "б ", ".", "! ", "\n", "слово ",
                                        "x", "… ", "»", " ",  "10", "ққққққққққққққ"};
    struct rng g;
    static char text[8000], kept[8000], said[40000];
    rng_begin(&g, "aloud");
    for (unsigned n = 0; n < 2000; n++) {
        size_t size = 0, a = 0, b = 0;
        unsigned count = (unsigned)rng_below(&g, 200);
        for (unsigned i = 0; i < count; i++) {
            const char *part = parts[rng_below(&g, sizeof parts / sizeof *parts)];
            memcpy(text + size, part, strlen(part));
            size += strlen(part);
        }
        if (rng_one_in(&g, 3)) { /* no white space at all */
            for (size_t i = 0; i < size; i++)
                if (text[i] == ' ' || text[i] == '\n') text[i] = 'y';
        }
        const char *all = lines(text, size);
        for (size_t i = 0; i < size; i++)
            if (text[i] != ' ' && text[i] != '\n') kept[a++] = text[i];
        for (size_t i = 0; all[i]; i++)
            if (all[i] != ' ' && all[i] != '|') said[b++] = all[i];
        assert_int_equal(a, b);
        assert_memory_equal(kept, said, a);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sentences), cmocka_unit_test(test_nothing_is_lost)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
