/*
 * How many are found: 2,000 made-up people in a crowd of 20,000, each looked for in some of the ways in which people
 * write names. Found is who stands among the first ten. People are in two halves by a hash: one may look at the first
 * half's misses while working on the program; the second half's figures are those that count. Both are printed by kind.
 *
 * LONGEAR_NAMES_MISSES=1 shows what the first half missed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/view/names_sample_util.h"
#include "view/names.h"

#define CROWD 20000
#define PEOPLE 2000
#define KINDS_EACH 2 /* so a kind has about 200 queries */
#define RECALL_PERCENT 95

static char entries[CROWD][SAMPLE_NAME_MAX];
static struct names_text texts[CROWD];
static struct sample_person people[CROWD];

/* Return the place among the first ten, from 1; 0 if it is not there. */
static size_t place_of(struct names *n, const char *query, size_t size, uint32_t id) {
    struct names_hit hits[10];
    size_t found = names_search(n, query, size, hits, 10);
    for (size_t i = 0; i < found; i++)
        if (hits[i].id == id) return i + 1;
    return 0;
}

static void test_recall(void **state) {
    (void)state;
    struct rng g;
    struct names n;
    size_t asked[2][SAMPLE_KINDS] = {{0}}, found[2][SAMPLE_KINDS] = {{0}}, first[2][SAMPLE_KINDS] = {{0}}, all[2] = {0},
           good[2] = {0};
    rng_begin(&g, "names recall");
    for (size_t i = 0; i < CROWD; i++) {
        sample_person(&g, &people[i]);
        texts[i] = (struct names_text){entries[i], sample_entry(&g, &people[i], entries[i])};
    }
    void *memory = malloc(names_memory(&n, texts, CROWD));
    assert_non_null(memory);
    assert_int_equal(names_build(&n, texts, memory), 0);
    for (unsigned i = 0; i < PEOPLE; i++)
        for (unsigned k = 0; k < KINDS_EACH; k++) {
            char query[SAMPLE_NAME_MAX];
            unsigned id = i * (CROWD / PEOPLE), half = sample_half(&people[id]);
            enum sample_kind kind = (enum sample_kind)((i * KINDS_EACH + k) % SAMPLE_KINDS);
            size_t size = sample_query(&g, &people[id], kind, query);
            size_t place = place_of(&n, query, size, id);
            asked[half][kind]++, found[half][kind] += place > 0, first[half][kind] += place == 1;
            all[half]++, good[half] += place > 0;
            if (place == 0 && half == 0 && getenv("LONGEAR_NAMES_MISSES"))
                printf("%s: %.*s / %.*s\n", sample_kind_names[kind], (int)size, query, (int)texts[id].size,
                       entries[id]);
        }
    free(memory);
    for (unsigned kind = 0; kind < SAMPLE_KINDS; kind++)
        printf("%-13s %3zu of %3zu, first %3zu; held out: %3zu of %3zu, first %3zu\n", sample_kind_names[kind],
               found[0][kind], asked[0][kind], first[0][kind], found[1][kind], asked[1][kind], first[1][kind]);
    printf("%-13s %4zu of %4zu, held out %4zu of %4zu\n", "all", good[0], all[0], good[1], all[1]);
    for (unsigned half = 0; half < 2; half++) {
        assert_true(all[half] > PEOPLE / 2);
        assert_true(good[half] * 100 >= all[half] * RECALL_PERCENT);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_recall)};
    return cmocka_run_group_tests_name("view/names_recall", tests, NULL, NULL);
}
