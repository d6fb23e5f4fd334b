/*
 * Search by names: one finds a person by another spelling, order, an initial, without the patronymic, with an error;
 * odd lists and queries are taken; and what is found is what a naive twin finds that computes every distance from its
 * definition and tries every pairing: the same names, in the same order, with the same costs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "test/property_util.h"
#include "view/name_key.h"
#include "view/names.h"

static void *memory;
static struct names index_of;

/* Every word stands once, in order, and says what it shares with the one before it. */
static void check_order(void) {
    const struct names *n = &index_of;
    for (size_t w = 1; w < n->word_count; w++) {
        const uint8_t *a = n->letters + n->at[w - 1], *b = n->letters + n->at[w];
        size_t a_size = n->at[w] - n->at[w - 1], b_size = n->at[w + 1] - n->at[w], same = 0;
        while (same < a_size && same < b_size && a[same] == b[same]) same++;
        assert_int_equal(n->common[w], same);
        assert_true(same < b_size && (same == a_size || a[same] < b[same]));
    }
}

/* Build the index; its memory is exactly what was asked for, so that the sanitizer sees every step beyond. */
static struct names *build(const struct names_text *texts, size_t count) {
    free(memory);
    memory = malloc(names_memory(&index_of, texts, count));
    assert_non_null(memory);
    assert_int_equal(names_build(&index_of, texts, memory), 0);
    check_order();
    return &index_of;
}

static struct names_text text_of(const char *text) {
    return (struct names_text){text, strlen(text)};
}

static const char *const people[] = {
    "Сериков Ерлан Болатұлы",
    "Серикова Айгүл Болатқызы",
    "Ахметов Нұрсұлтан Мұхтарұлы",
    "Щербаков Пётр Ильич",
    "Щербакова Наталья Петровна",
    "Жүсіп Қуаныш",
    "Жүнісов Қуат Серікұлы",
    "Әбенов Е. М.",
    "Цой Виктор",
    "Нұр Сұлтан Ахмет",
    "Ким Юрий Сергеевич",
    "Абдрахманов Жандос Асхатұлы",
    "Ахметова Әсел Мұхтарқызы",
    "Константинопольский Иван",
};
#define PEOPLE (sizeof people / sizeof people[0])

static struct names *build_people(void) {
    struct names_text texts[PEOPLE];
    for (size_t i = 0; i < PEOPLE; i++) texts[i] = text_of(people[i]);
    return build(texts, PEOPLE);
}

static void test_known_queries(void **state) {
    (void)state;
    static const struct {
        const char *query;
        unsigned id, cost;
    } cases[] = {
        {"Сериков Ерлан Болатұлы", 0, 0},
        {"Yerlan Serikov", 0, 1},
        {"Serikov Erlan Bolatuly", 0, 0},
        {"Сериков Ерлан Болатович", 0, 1},
        {"Серикова Айгуль Болатовна", 1, 1},
        {"Aygul Serikova", 1, 1},
        {"Ерлан", 0, 2},
        {"Сериков Е", 0, 4},
        {"Е. Б. Сериков", 0, 6},
        {"Сериков Елран", 0, 5},  /* two letters swapped */
        {"Сериков Ерлаан", 0, 1}, /* a letter twice */
        {"Серикв Ерлан", 0, 4},   /* one left out */
        {"Нурсултан Ахмет", 9, 1},
        {"Нурсултан Ахметов", 2, 1},
        {"Нур-Султан Ахметов", 2, 2},
        {"Scherbakov", 3, 2},
        {"Petr Iljitsch Schtscherbakow", 3, 4},
        {"Zhusip Kuanysh", 5, 0},
        {"Kuanysh Jussip", 5, 0},
        {"Абенов Ержан Маратович", 7, 6},
        {"Tsoi Viktor Robertovich", 8, 4},
        {"Цой", 8, 1},
        {"Kim Iurii Sergeevich", 10, 0},
        {"Абдрахманов Жандос Асхатович", 11, 1},
    };
    struct names *n = build_people();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct names_hit hits[10];
        size_t found = names_search(n, cases[i].query, strlen(cases[i].query), hits, 10);
        if (found == 0 || hits[0].id != cases[i].id || hits[0].cost != cases[i].cost) {
            print_error("%s: %zu found, first %s at %u\n", cases[i].query, found, found ? people[hits[0].id] : "",
                        found ? hits[0].cost : 0);
            fail();
        }
        assert_true(hits[0].percent <= 100 && (hits[0].percent == 100) == (hits[0].cost == 0));
    }
}

/* Spellings that have not the same key, as German, French, Turkish and hurried writers make them. */
static void test_far_spellings(void **state) {
    (void)state;
    static const char *const pairs[][2] = {
        {"Өмірзақ", "Umirzak"},
        {"Ләззат", "Ляззат"},
        {"Күләш", "Куляш"},
        {"Ахмет", "Akhmed"},
        {"Мұхаммед", "Mohammad"},
        {"Олжас", "Olzhaz"},
        {"Шевченко", "Chevtchenko"},
        {"Евгений", "Jewgenij"},
        {"Сергей Иванов", "Sergej Iwanow"},
        {"Жамбыл", "Dzhambul"},
        {"Әбдірахман", "Abdurrahman"},
        {"Гүлнар", "Гульнара"},
        {"Қожахмет", "Khodzhakhmet"},
        {"Бақытжан", "Bahutjan"},
        {"Дәулет", "Davlet"},
        {"Уәлиханов", "Valikhanov"},
        {"Тәңірберген", "Tangirbergen"},
        {"Ыбырай", "Ибрай"},
        {"Сейітжан", "Seytzhan"},
        {"Айсұлу", "Aisulou"},
        {"Үміт", "Umut"},
        {"Зейнолла", "Зейнулла"},
        {"Қабдолла", "Kabdulla"},
        {"Хамит", "Хамид"},
        {"Жұлдыз", "Djouldiz"},
        {"Цветков", "Zwetkow"},
        {"Чайковский", "Tschaikowski"},
        {"Юлия", "Julia"},
        {"Любовь", "Lubov"},
        {"Александр", "Aleksander"},
        {"Николай", "Nikolaj"},
        {"Шыңғыс", "Chinggis"},
        {"Қарлығаш", "Karlugash"},
    };
    enum { COUNT = sizeof pairs / sizeof pairs[0] };
    struct names_text texts[COUNT + PEOPLE];
    for (size_t i = 0; i < COUNT; i++) texts[i] = text_of(pairs[i][0]);
    for (size_t i = 0; i < PEOPLE; i++) texts[COUNT + i] = text_of(people[i]);
    struct names *n = build(texts, COUNT + PEOPLE);
    for (size_t i = 0; i < COUNT; i++) {
        struct names_hit hits[1];
        size_t found = names_search(n, pairs[i][1], strlen(pairs[i][1]), hits, 1);
        if (found != 1 || hits[0].id != i) {
            print_error("%s: %s\n", pairs[i][1], found ? texts[hits[0].id].text : "nobody");
            fail();
        }
    }
}

static void test_nobody(void **state) {
    (void)state;
    static const char *const queries[] = {"", " ", "...", "ьъ", "\xff\xfe", "Қырғызбаева", "東京", "0"};
    struct names_hit hits[10];
    struct names *n = build_people();
    for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++)
        assert_int_equal(names_search(n, queries[i], strlen(queries[i]), hits, 10), 0);
    assert_int_equal(names_search(n, "Ерлан", strlen("Ерлан"), hits, 0), 0);
    n = build(NULL, 0);
    assert_int_equal(names_search(n, "Ерлан", strlen("Ерлан"), hits, 10), 0);
}

static void test_odd_lists(void **state) {
    (void)state;
    static char long_one[300], longer[5000];
    for (size_t i = 0; i < sizeof long_one; i++) long_one[i] = (char)('a' + i * i % 7);
    for (size_t i = 0; i < sizeof longer; i++) longer[i] = i % 3 == 2 ? ' ' : (char)('a' + i % 26);
    const struct names_text texts[] = {
        {"", 0},
        text_of("Е"),
        text_of("..."),
        text_of("\xd0"),
        {long_one, sizeof long_one},
        {longer, sizeof longer},
        text_of("გიორგი ბერიძე"),
        text_of("محمد علي"),
        text_of("Ерлан\xff"),
        {"a\0b", 3},
    };
    struct names *n = build(texts, sizeof texts / sizeof texts[0]);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct names_hit hits[10];
        size_t found = names_search(n, texts[i].text, texts[i].size, hits, 10);
        if (i == 0 || i == 2 || i == 3) {
            assert_int_equal(found, 0);
            continue;
        }
        assert_true(found >= 1);
        assert_int_equal(hits[0].cost, 0);
        assert_int_equal(hits[0].id, i);
    }
    struct names_hit hits[3];
    assert_int_equal(names_search(n, "Ерлан", strlen("Ерлан"), hits, 3), 1);
    assert_int_equal(hits[0].id, 8); /* not the initial */
    assert_int_equal(names_search(n, "ბერიძე", strlen("ბერიძე"), hits, 3), 1);
    assert_int_equal(hits[0].id, 6);
}

static void test_equal_names(void **state) {
    (void)state;
    enum { COUNT = 100000 };
    struct names_text *texts = malloc(COUNT * sizeof *texts);
    assert_non_null(texts);
    for (size_t i = 0; i < COUNT; i++) texts[i] = text_of("Ахметов Нұрлан Серікұлы");
    struct names *n = build(texts, COUNT);
    struct names_hit hits[10];
    assert_int_equal(n->word_count, 3);
    assert_int_equal(names_search(n, "Akhmetof Nurlan", 15, hits, 10), 10);
    for (uint32_t i = 0; i < 10; i++) {
        assert_int_equal(hits[i].id, i);
        assert_int_equal(hits[i].cost, 3); /* в for ф, no patronymic */
    }
    free(texts);
}

static void test_too_many(void **state) {
    (void)state;
    struct names n;
    (void)names_memory(&n, NULL, (size_t)NAMES_MAX + 1); /* no name is looked at */
    assert_int_equal(names_build(&n, NULL, NULL), ERR_LIMIT);
}

/* ---- The naive twin ---- */

static bool is_pair(const char *pairs, uint8_t a, uint8_t b) {
    for (; pairs[0]; pairs += 3)
        if ((pairs[0] == a && pairs[1] == b) || (pairs[0] == b && pairs[1] == a)) return true;
    return false;
}

static bool is_vowel(uint8_t c) {
    return c != 0 && strchr("aeiou", c) != NULL;
}

/* Keys that touch, as sounds; keys that make none or two are left out. */
static const char neighbours[] =
    "ku ka ue us ua er ed es rt rf rd ti tg tf iu ih ig ui uj uh io ik ij op ol ok pl as az sd sq sz df "
    "dk dq fg fv fk gh gb gv hj hn hb jk jm jn kl km zq qk kv vb bn nm "
    "if uk uv ui ke ka kv en ep ea ng nr np gx go gr xl xo xz xd zh zj zd he hj fi iv ic va vs vc ap am "
    "as pr pi pm ro rt ri ol ot ld lb dj db je cs sm mi it ";

static unsigned price_of(uint8_t a, uint8_t b) {
    if (a == b) return 0;
    if (is_pair("ao ei ou uv ij xc xj kg kh gh bp dt zs vf sx ", a, b)) return 2;
    if (is_vowel(a) && is_vowel(b)) return 3;
    return is_pair(neighbours, a, b) ? 3 : 4;
}

static unsigned price_alone(uint8_t c) {
    return c == 'i' || c == 'h' ? 2 : is_vowel(c) ? 3 : 4;
}

static unsigned least_of(unsigned a, unsigned b) {
    return a < b ? a : b;
}

static unsigned twin_edits(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size) {
    static unsigned d[NAME_LETTERS_MAX + 1][NAME_LETTERS_MAX + 1];
    for (size_t i = 0; i <= a_size; i++)
        for (size_t j = 0; j <= b_size; j++) {
            d[i][j] = i + j == 0 ? 0 : UINT32_MAX;
            if (i > 0) d[i][j] = least_of(d[i][j], d[i - 1][j] + price_alone(a[i - 1]));
            if (j > 0) d[i][j] = least_of(d[i][j], d[i][j - 1] + price_alone(b[j - 1]));
            if (i > 0 && j > 0) d[i][j] = least_of(d[i][j], d[i - 1][j - 1] + price_of(a[i - 1], b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = least_of(d[i][j], d[i - 2][j - 2] + 4);
        }
    return d[a_size][b_size];
}

static bool twin_initial(const struct name_word *w) {
    return w->size == 1 || (w->size == 2 && is_pair("ia iu ts ", w->letters[0], w->letters[1]) &&
                            w->letters[0] != 's' && w->letters[1] != 'i');
}

static unsigned twin_word(const struct name_word *q, const struct name_word *w, unsigned extra) {
    unsigned most = least_of(2u * q->size, NAMES_CLASH - 1),
             edits = twin_edits(q->letters, q->size, w->letters, w->size);
    return edits <= most && edits + extra < NAMES_CLASH ? edits + extra : NAMES_CLASH;
}

static unsigned twin_pair(const struct name_word *q, const struct name_word *w) {
    static const char *const endings[][2] = {{"ovic", "uli"},  {"evic", "uli"}, {"ovna", "kizi"},
                                             {"evna", "kizi"}, {"uli", "ovic"}, {"kizi", "ovna"}};
    unsigned best = NAMES_CLASH;
    const struct name_word *shorter = q->size < w->size ? q : w;
    if (!twin_initial(q)) best = twin_word(q, w, 0);
    if (memcmp(q->letters, w->letters, shorter->size) == 0 && twin_initial(shorter))
        best = least_of(best, q->size == w->size ? 0 : 3);
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        size_t from = strlen(endings[i][0]), to = strlen(endings[i][1]);
        if (q->size < from + 2 || q->size - from + to > NAME_LETTERS_MAX ||
            memcmp(q->letters + q->size - from, endings[i][0], from) != 0)
            continue;
        struct name_word other = *q;
        memcpy(other.letters + q->size - from, endings[i][1], to);
        other.size = (uint8_t)(q->size - from + to);
        best = least_of(best, twin_word(&other, w, 1));
    }
    return best;
}

struct twin_lane {
    struct name_word word;
    bool joined;
};

struct twin_words {
    unsigned count;
    struct twin_lane w[NAME_WORDS_MAX];
};

static unsigned twin_cost_of(const struct twin_lane *q, const struct twin_lane *w) {
    if (q->joined && w->joined) return NAMES_CLASH;
    if (q->joined) return twin_word(&q->word, &w->word, 1);
    unsigned cost = twin_pair(&q->word, &w->word);
    return w->joined && cost < NAMES_CLASH ? cost + 1 : cost;
}

static bool twin_is_near(const struct twin_lane *q, const struct twin_lane *w) {
    if (q->joined && w->joined) return false;
    return (q->joined ? twin_word(&q->word, &w->word, 1) : twin_pair(&q->word, &w->word)) < NAMES_CLASH;
}

/* Give every word of the query from i on a partner in every way, in turn. UINT32_MAX: two as one have no near partner.
 */
static unsigned twin_match(const struct twin_words *q, unsigned i, const struct twin_words *name, unsigned used) {
    unsigned best = UINT32_MAX, left = 0;
    for (unsigned j = 0; j < name->count; j++) left += !(used >> j & 1);
    if (i == q->count) {
        for (unsigned j = 0; j < name->count; j++)
            if (name->w[j].joined && !(used >> j & 1)) return UINT32_MAX;
        return left;
    }
    if (q->count - i > left && !q->w[i].joined) {
        best = twin_match(q, i + 1, name, used);
        if (best != UINT32_MAX) best += 4;
    }
    for (unsigned j = 0; j < name->count; j++) {
        if (used >> j & 1) continue;
        bool joined = q->w[i].joined || name->w[j].joined;
        if (joined && !twin_is_near(&q->w[i], &name->w[j])) continue;
        unsigned cost = twin_cost_of(&q->w[i], &name->w[j]), rest = twin_match(q, i + 1, name, used | 1u << j);
        if (rest != UINT32_MAX) best = least_of(best, cost + rest);
    }
    return best;
}

/* All ways to read a key, with no neighbours as one or with one pair that may be. Return how many. */
#define WAYS_MAX NAME_WORDS_MAX
static unsigned twin_ways(const struct name_key *key, bool is_query, struct twin_words ways[WAYS_MAX]) {
    unsigned count = 1;
    ways[0].count = 0;
    for (unsigned i = 0; i < key->count; i++) ways[0].w[ways[0].count++] = (struct twin_lane){key->words[i], false};
    for (unsigned pair = 0; pair + 1 < key->count; pair++) {
        const struct name_word *a = &key->words[pair], *b = a + 1;
        unsigned both = a->size + b->size;
        if (twin_initial(a) || twin_initial(b)) continue;
        if (is_query ? both > NAME_LETTERS_MAX || key->count + pair >= 8 : both > 12 || least_of(a->size, b->size) > 4)
            continue;
        struct twin_words *way = &ways[count++];
        way->count = 0;
        for (unsigned i = 0; i < key->count; i++) {
            struct twin_lane *w = &way->w[way->count++];
            *w = (struct twin_lane){key->words[i], i == pair};
            if (w->joined) name_word_join(&w->word, &key->words[++i]);
        }
    }
    return count;
}

#define TWIN_NAMES 60

static size_t twin_search(const struct name_key *keys, size_t count, const struct name_key *q, struct names_hit *hits) {
    static struct twin_words queries[WAYS_MAX], names[WAYS_MAX];
    size_t found = 0;
    unsigned query_ways = twin_ways(q, true, queries);
    bool initials = true;
    for (unsigned i = 0; i < q->count; i++) initials = initials && twin_initial(&q->words[i]);
    for (uint32_t id = 0; id < count; id++) {
        unsigned name_ways = twin_ways(&keys[id], false, names), cost = UINT32_MAX;
        bool near = false;
        for (unsigned i = 0; i < query_ways; i++)
            for (unsigned j = 0; j < name_ways; j++) {
                cost = least_of(cost, twin_match(&queries[i], 0, &names[j], 0));
                for (unsigned a = 0; a < queries[i].count; a++)
                    for (unsigned b = 0; b < names[j].count; b++)
                        near |=
                            twin_is_near(&queries[i].w[a], &names[j].w[b]) &&
                            (initials || (!twin_initial(&queries[i].w[a].word) && !twin_initial(&names[j].w[b].word)));
            }
        if (!near) continue;
        size_t at = found++;
        for (; at > 0 && hits[at - 1].cost > cost; at--) hits[at] = hits[at - 1];
        hits[at] = (struct names_hit){id, (uint16_t)cost, 0};
    }
    return found;
}

/* A name of few and short syllables, so that many are near each other; sometimes with an ending, an initial, cut. */
static size_t twin_name(struct rng *g, char out[200]) {
    static const char *const syllables[] = {"ер",  "лан", "бол", "ат", "сер", "ик", "zhan",
                                            "kai", "ша",  "гу",  "ль", "x",   "გა", "რი"};
    static const char *const endings[] = {"ович", "ұлы", "овна", "kyzy", "ов", "а", "", ""};
    size_t used = 0, words = 1 + rng_below(g, rng_one_in(g, 4) ? 6 : 3);
    for (size_t i = 0; i < words; i++) {
        if (i > 0) out[used++] = ' ';
        size_t count = rng_one_in(g, 12) ? 9 : 1 + rng_below(g, 3);
        for (size_t k = 0; k < count; k++) {
            const char *s = syllables[rng_below(g, sizeof syllables / sizeof syllables[0])];
            memcpy(out + used, s, strlen(s));
            used += strlen(s);
        }
        const char *ending = endings[rng_below(g, sizeof endings / sizeof endings[0])];
        if (rng_one_in(g, 8)) ending = "", used -= used > 0 && out[used - 1] > 0;
        memcpy(out + used, ending, strlen(ending));
        used += strlen(ending);
        if (rng_one_in(g, 10)) {
            static const char *const initials[] = {" Е", " Ю.", " S", " Ц"};
            const char *s = initials[rng_below(g, 4)];
            memcpy(out + used, s, strlen(s));
            used += strlen(s);
        }
        if (used > 120) break;
    }
    return used;
}

static void test_naive_twin(void **state) {
    (void)state;
    static char texts[TWIN_NAMES][200];
    struct rng g;
    size_t hits_seen = 0, cheap = 0;
    rng_begin(&g, "names twin");
    for (unsigned round = 0; round < 60; round++) {
        struct names_text list[TWIN_NAMES];
        struct name_key keys[TWIN_NAMES];
        size_t count = 1 + rng_below(&g, TWIN_NAMES);
        for (size_t i = 0; i < count; i++) {
            list[i] = (struct names_text){texts[i], twin_name(&g, texts[i])};
            name_key(&keys[i], list[i].text, list[i].size);
        }
        struct names *n = build(list, count);
        for (unsigned k = 0; k < 8; k++) {
            struct names_hit hits[TWIN_NAMES], wanted[TWIN_NAMES];
            struct name_key q;
            char query[200];
            size_t size = twin_name(&g, query), most = rng_one_in(&g, 3) ? TWIN_NAMES : 1 + rng_below(&g, 10);
            if (rng_one_in(&g, 2)) { /* one of the list, damaged */
                size_t from = rng_below(&g, count);
                size = list[from].size;
                memcpy(query, texts[from], size);
                if (size > 0) size = rng_mutate(&g, (uint8_t *)query, size, sizeof query);
            }
            name_key(&q, query, size);
            size_t all = twin_search(keys, count, &q, wanted), found = names_search(n, query, size, hits, most);
            assert_int_equal(found, all < most ? all : most);
            for (size_t i = 0; i < found; i++) {
                if (hits[i].cost != wanted[i].cost)
                    print_error("%.*s / %.*s\n", (int)size, query, (int)list[wanted[i].id].size,
                                list[wanted[i].id].text);
                assert_int_equal(hits[i].cost, wanted[i].cost);
                assert_int_equal(hits[i].id, wanted[i].id);
                hits_seen++;
                cheap += hits[i].cost > 0 && hits[i].cost < NAMES_CLASH;
            }
        }
    }
    assert_true(hits_seen > 1000 && cheap > 200); /* the lists are worth it */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_queries), cmocka_unit_test(test_far_spellings), cmocka_unit_test(test_nobody),
        cmocka_unit_test(test_odd_lists),     cmocka_unit_test(test_equal_names),   cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_naive_twin),
    };
    int failed = cmocka_run_group_tests_name("view/names", tests, NULL, NULL);
    free(memory);
    return failed;
}
