/*
 * Reconciliation. Shows on sets in memory that both sides end with the union of what is compared (a naive twin reckons
 * it), for every mixture of sizes and differences, with days left out and floors that differ, when the estimate lies by
 * any factor, in messages of any allowed size; and that damaged and invented messages, peers that claim too much and
 * sources that have no room end a pass with an error and never harm.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/odd.h"
#include "core/reconcile_internal.h"
#include "host/cpu.h"
#include "test/core/reconcile_util.h"
#include "test/property_util.h"

#define HOURS 72
#define HOUR_FIRST 411000

static const struct mem_wire plain = {0};

/* How two sets are made. */
struct mix {
    uint64_t common, only_a, only_b;
    unsigned hours;  /* of all; at least 1 */
    unsigned newest; /* differences lie in the last so many hours; 0: anywhere */
    unsigned lives;  /* different lengths of life; 0: 1 */
};

static void mix_make(struct rng *g, const struct mix *m, struct mem_set *a, struct mem_set *b) {
    uint8_t id[HASH_SIZE];
    memset(a, 0, sizeof *a);
    memset(b, 0, sizeof *b);
    for (uint64_t i = 0; i < m->common + m->only_a + m->only_b; i++) {
        const bool is_common = i < m->common;
        const uint64_t back = rng_below(g, is_common || !m->newest ? m->hours : m->newest);
        const uint32_t hour = (uint32_t)(HOUR_FIRST + m->hours - 1 - back);
        const uint32_t life = m->lives > 1 ? (uint32_t)(30 + 11 * rng_below(g, m->lives)) : 30;
        rng_bytes(g, id, sizeof id);
        if (is_common || i < m->common + m->only_a) mem_set_add(a, hour / 24 + life, hour, 0, id);
        if (is_common || i >= m->common + m->only_a) mem_set_add(b, hour / 24 + life, hour, 0, id);
    }
    mem_set_sort(a);
    mem_set_sort(b);
}

static void sets_free(struct mem_set *a, struct mem_set *b) {
    mem_set_free(a);
    mem_set_free(b);
}

static void assert_same(const struct mem_set *a, const struct mem_set *b, uint64_t count) {
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->count, count);
    for (size_t i = 0; i < a->count; i++) {
        assert_true(a->elements[i].place == b->elements[i].place);
        assert_memory_equal(a->elements[i].id, b->elements[i].id, HASH_SIZE);
    }
}

/* Both get the union: the twin is the count of what was made, and that both are equal. Every element is moved once. */
static void reconcile_mix(struct rng *g, const struct mix *m, const struct mem_wire *wire, struct mem_cost *cost) {
    struct mem_set a, b;
    mix_make(g, m, &a, &b);
    const int err = mem_reconcile(&a, &b, cpu_sketch_kernel(), rng_u64(g), 4, wire, cost);
    if (err)
        printf("common %llu, a %llu, b %llu: %s\n", (unsigned long long)m->common, (unsigned long long)m->only_a,
               (unsigned long long)m->only_b, err_text(err));
    assert_int_equal(err, 0);
    assert_same(&a, &b, m->common + m->only_a + m->only_b);
    sets_free(&a, &b);
}

/* Every combination of sizes, from nothing on; most pairs by lists, the larger ones by sketches. */
static void test_all_small_sizes(void **state) {
    (void)state;
    struct rng g;
    static const uint64_t sizes[] = {0, 1, 2, 23, 24, 25, 26, 60, 300};
    const size_t count = sizeof sizes / sizeof *sizes;
    rng_begin(&g, "reconcile sizes");
    for (size_t c = 0; c < count; c++)
        for (size_t i = 0; i < count; i++)
            for (size_t j = 0; j < count; j++) {
                struct mem_cost cost = {0};
                const struct mix m = {sizes[c], sizes[i], sizes[j], HOURS, 0, 1};
                reconcile_mix(&g, &m, &plain, &cost);
            }
}

/* Random mixtures up to ten thousands, in messages of random size. */
static void test_random_mixtures(void **state) {
    (void)state;
    struct rng g;
    rng_begin(&g, "reconcile mixtures");
    for (unsigned i = 0; i < 150; i++) {
        struct mem_cost cost = {0};
        const struct mix m = {.common = rng_wide(&g) % 20000,
                              .only_a = rng_wide(&g) % (rng_one_in(&g, 8) ? 9000 : 500),
                              .only_b = rng_wide(&g) % (rng_one_in(&g, 8) ? 9000 : 500),
                              .hours = 1 + (unsigned)rng_below(&g, 200),
                              .newest = rng_one_in(&g, 3) ? 1 : 0,
                              .lives = 1 + (unsigned)rng_below(&g, 4)};
        const struct mem_wire wire = {.max = RECONCILE_MESSAGE_MIN +
                                             rng_below(&g, RECONCILE_MESSAGE_MAX - RECONCILE_MESSAGE_MIN + 1)};
        reconcile_mix(&g, &m, &wire, &cost);
        assert_true(cost.passes <= 3);
    }
}

/* A new node: what costs is what is moved, not to find it; either way round. */
static void test_one_side_is_nearly_empty(void **state) {
    (void)state;
    struct rng g;
    rng_begin(&g, "reconcile new node");
    for (uint64_t few = 0; few < 20; few += 4) {
        struct mem_cost new_asks = {0}, new_solves = {0};
        reconcile_mix(&g, &(struct mix){few, 0, 30000, HOURS, 0, 1}, &plain, &new_asks);
        reconcile_mix(&g, &(struct mix){few, 30000, 0, HOURS, 0, 1}, &plain, &new_solves);
        assert_true(new_asks.bytes < 32 + 5 * few);
        assert_true(new_solves.bytes < 100 + 5 * few);
    }
}

/* Differences in the newest hour cost fewer bytes than differences all over. */
static void test_newest_hour_is_cheaper(void **state) {
    (void)state;
    struct rng g;
    struct mem_cost spread = {0}, newest = {0};
    rng_begin(&g, "reconcile newest");
    for (unsigned i = 0; i < 10; i++) {
        reconcile_mix(&g, &(struct mix){20000, 200, 200, HOURS, 0, 1}, &plain, &spread);
        reconcile_mix(&g, &(struct mix){20000, 200, 200, HOURS, 1, 1}, &plain, &newest);
    }
    assert_true(newest.bytes < spread.bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_small_sizes),
        cmocka_unit_test(test_random_mixtures),
        cmocka_unit_test(test_one_side_is_nearly_empty),
        cmocka_unit_test(test_newest_hour_is_cheaper),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
