/*
 * Keys of names: spellings of one name in Kazakh, Russian, and Latin letters of several alphabets and passports have
 * one key; names that differ have not; whatever bytes go in, few words of few sounds come out, and no more than bytes
 * went in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <string.h>

#include "test/property_util.h"
#include "view/name_key.h"

/* The key as text, words between spaces, other letters than a to z as '?'. */
static const char *key_of(const char *text, size_t size) {
    static char out[2][NAME_WORDS_MAX * (NAME_LETTERS_MAX + 1) + 1];
    static unsigned turn;
    char *at = out[turn ^= 1];
    struct name_key key;
    name_key(&key, text, size);
    assert_true(key.count <= NAME_WORDS_MAX);
    for (unsigned i = 0; i < key.count; i++) {
        assert_in_range(key.words[i].size, 1, NAME_LETTERS_MAX);
        if (i > 0) *at++ = ' ';
        for (unsigned j = 0; j < key.words[i].size; j++)
            *at++ = key.words[i].letters[j] < 0x80 ? (char)key.words[i].letters[j] : '?';
    }
    *at = '\0';
    return out[turn];
}

static const char *key(const char *text) {
    return key_of(text, strlen(text));
}

static void test_known_keys(void **state) {
    (void)state;
    static const struct {
        const char *text, *key;
    } cases[] = {
        {"", ""},
        {" - .,", ""},
        {"А", "a"},
        {"Жанаөзен", "janaozen"},
        {"Щербаков", "xerbakov"},
        {"Жүсіп Мұхтар", "jusip muhtar"},
        {"Асхат", "axat"},
        {"Александр", "aleqandr"},
        {"Кукша", "kukxa"},
        {"Wiktor Solowjow", "viktor solovjov"},
        {"Wali Dawlet", "uali daulet"},
        {"Бақша", "bakxa"},
        {"Цой", "tsoi"},
        {"Сериков Е. Б.", "serikov e b"},
        {"Болат ұлы", "bolatuli"},
        {"ұлы", "uli"},
        {"2-й отряд", "2 i otriad"},
        {"ქართული 東京", "??????? ??"},
        {"a\xff\xd0"
         "b",
         "a b"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) assert_string_equal(key(cases[i].text), cases[i].key);
}

/* Each line: spellings of one name. */
static void test_spellings_meet(void **state) {
    (void)state;
    static const char *const names[][10] = {
        {"Жанаөзен", "Жаңаөзен", "Жанаозен", "Zhanaozen", "Janaozen", "Jañaözen", "ZHANAOZEN"},
        {"Нұрсұлтан", "Нурсултан", "Nursultan", "Nūrsūltan", "Nursūltan"},
        {"Қуаныш", "Куаныш", "Kuanysh", "Quanysh", "Quanyş", "Qýanysh", "Quanıs\u0327"},
        {"Әсел", "Асел", "Assel", "Asel", "Äsel", "Ásel", "Əsel"},
        {"Айгүл", "Айгул", "Айгуль", "Aigul", "Aygul", "Aigul'", "Ajgul", "Aigül"},
        {"Ерлан", "Yerlan", "Erlan", "Ierlan"},
        {"Жүсіп", "Жусип", "Zhusip", "Jussip", "Jüsip", "Jusip", "Zhussip"},
        {"Мұхтар", "Мухтар", "Mukhtar", "Muhtar", "Mūhtar", "Moukhtar"},
        {"Щербаков", "Shcherbakov", "Scherbakov", "Sherbakov", "Ščerbakov", "Shherbakov", "Şerbakov"},
        {"Болатұлы", "Болатулы", "Bolatuly", "Bolat uly", "Болат-ұлы", "Bolatūly", "Bolatuli"},
        {"Болатқызы", "Болаткызы", "Bolatkyzy", "Bolatqyzy", "Болат кызы", "Bolatqyzı"},
        {"Серікович", "Серикович", "Serikovich", "Serikovič", "Serıkovich"},
        {"Фёдор", "Федор", "Fyodor", "Fedor", "Fiodor", "Фе\u0308дор"},
        {"Соловьёв", "Соловьев", "Solovyov", "Solovyev", "Soloviev", "Solovev", "Solov'ev", "Solov\u2019yov"},
        {"Юрий", "Yuriy", "Yuri", "Iurii", "Yury", "Юрии\u0306"},
        {"Наталья", "Наталия", "Natalya", "Natalia", "Nataliya", "Natal\u02b9ia"},
        {"Дәулет", "Даулет", "Daulet", "Dawlet", "Däulet", "Dáýlet"},
        {"Ғалымжан", "Галымжан", "Galymzhan", "Ğalymjan", "Galymjan", "Ghalymzhan", "Ǵalymjan"},
        {"Хадиша", "Khadisha", "Hadisha", "Hadişa", "Xadisha"},
        {"Джамиля", "Dzhamilya", "Djamilia", "Jamilya", "Жамиля"},
        {"Асхат", "Askhat", "Ashat"},
        {"Чернышёв", "Чернышев", "Chernyshev", "Tchernychev", "Çernyşev"},
        {"Ксения", "Kseniya", "Ksenia", "Xenia", "Xeniya"},
        {"Цой", "Tsoi", "Tsoy", "Tzoi"},
        {"Сергей", "Sergey", "Sergei", "Sergej", "Sergei\u0306"},
    };
    static const char *const apart[] = {"Tchernychev", "Tzoi"}; /* ch for ш, tz for ц: near, not the same */
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        for (size_t j = 1; j < 10 && names[i][j]; j++) {
            bool near = false;
            for (size_t k = 0; k < sizeof apart / sizeof apart[0]; k++) near |= strcmp(names[i][j], apart[k]) == 0;
            if (strcmp(key(names[i][0]), key(names[i][j])) == 0) {
                assert_false(near);
            } else if (!near) {
                print_error("%s and %s: %s, %s\n", names[i][0], names[i][j], key(names[i][0]), key(names[i][j]));
                fail();
            }
        }
}

/* A Latin letter typed for the Cyrillic one that looks the same. */
static void test_lookalikes_meet(void **state) {
    (void)state;
    assert_string_equal(key("Cерик Муxтар"), key("Серик Мухтар"));
    assert_string_equal(key("Cepiк"), key("Серiк"));
    assert_string_equal(key("Тұрcын"), key("Тұрсын"));
}

static void test_others_differ(void **state) {
    (void)state;
    static const char *const names[] = {
        "Ерлан", "Арлан", "Нұрлан", "Асель", "Айсель", "Асия",  "Марат",   "Мурат",   "Ермек",
        "Берик", "Серик", "Ерик",   "Алия",  "Алма",   "Жанар", "Шынар",   "Чинара",  "Жанна",
        "Иван",  "Яна",   "Анна",   "Инна",  "Цой",    "Чой",   "Захаров", "Сахаров", "Болатұлы",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        for (size_t j = 0; j < i; j++) assert_string_not_equal(key(names[i]), key(names[j]));
}

static void test_limits(void **state) {
    (void)state;
    char text[2000];
    struct name_key k;
    memset(text, 'a', sizeof text);
    for (size_t i = 0; i < sizeof text; i += 2) text[i] = 'b';
    name_key(&k, text, 300);
    assert_int_equal(k.count, 1);
    assert_int_equal(k.words[0].size, NAME_LETTERS_MAX);
    for (size_t i = 0; i < sizeof text; i += 3) text[i] = ' ';
    name_key(&k, text, sizeof text);
    assert_int_equal(k.count, NAME_WORDS_MAX);
    memset(text, ' ', NAME_BYTES_MAX);
    name_key(&k, text, sizeof text); /* what is beyond the limit is not looked at */
    assert_int_equal(k.count, 0);
}

static void test_any_bytes(void **state) {
    (void)state;
    struct rng g;
    rng_begin(&g, "name keys");
    for (unsigned round = 0; round < 30000; round++) {
        static const char *const seeds[] = {"Шәкшіқ Щxhkscjий", "tshskhchzhdzhj", "ксһиеоыаяю ұлы",
                                            "s\u0327y\u0301 'x"};
        uint8_t text[700];
        size_t size = rng_below(&g, 4);
        if (size == 0) {
            size = rng_below(&g, sizeof text + 1);
            rng_bytes(&g, text, size);
        } else {
            const char *seed = seeds[rng_below(&g, 4)];
            size = strlen(seed);
            memcpy(text, seed, size);
            size = rng_mutate(&g, text, size, 64);
        }
        struct name_key k;
        size_t sounds = 0;
        name_key(&k, (const char *)text, size);
        assert_true(k.count <= NAME_WORDS_MAX);
        for (unsigned i = 0; i < k.count; i++) {
            assert_in_range(k.words[i].size, 1, NAME_LETTERS_MAX);
            sounds += k.words[i].size;
            for (unsigned j = 0; j < k.words[i].size; j++) {
                uint8_t c = k.words[i].letters[j];
                assert_true(c >= 0x80 || (c >= 'a' && c <= 'z' && c != 'w' && c != 'y') || (c >= '0' && c <= '9'));
                assert_true(j == 0 || k.words[i].letters[j - 1] != c);
            }
        }
        assert_true(sounds + (k.count > 0 ? k.count - 1 : 0) <= size);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_keys),      cmocka_unit_test(test_spellings_meet),
        cmocka_unit_test(test_lookalikes_meet), cmocka_unit_test(test_others_differ),
        cmocka_unit_test(test_limits),          cmocka_unit_test(test_any_bytes),
    };
    return cmocka_run_group_tests_name("view/name_key", tests, NULL, NULL);
}
