/*
 * Budgets: what is kept of what was seen. Checked against a naive twin that fills shares one after the other, and by
 * properties: the order of arrival changes nothing, a flood takes nothing from who is within their share.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/budget.h"
#include "core/stamp.h"
#include "test/core/sample_util.h"
#include "test/property_util.h"

#define ITEMS_MAX 3000
#define MI ((uint64_t)1 << 20)

struct item {
    uint64_t queue, bytes;
    uint32_t day, second, id;
    bool urgent, dropped; /* dropped: it was seen and let go */
};

struct items {
    struct item list[ITEMS_MAX];
    bool kept[ITEMS_MAX];
    size_t count;
};

static int rank_order(const void *a, const void *b) {
    const struct item *left = a, *right = b;
    if (left->day != right->day) return left->day > right->day ? -1 : 1;
    if (left->second != right->second) return left->second < right->second ? -1 : 1;
    return (left->id > right->id) - (left->id < right->id);
}

static void items_sort(struct items *s) {
    qsort(s->list, s->count, sizeof *s->list, rank_order);
}

/* Ask the code under test: sorts, and fills kept. */
static void decide(struct items *s, uint64_t pool, size_t room) {
    struct budget *b = malloc(sizeof *b);
    struct budget_entry *entries = calloc(room, sizeof *entries);
    assert_true(b && entries);
    items_sort(s);
    budget_begin(b, pool, entries, room);
    for (size_t i = 0; i < s->count; i++) budget_count(b, s->list[i].queue, s->list[i].bytes, s->list[i].urgent);
    budget_share(b);
    for (size_t i = 0; i < s->count; i++)
        s->kept[i] = budget_keep(b, s->list[i].queue, s->list[i].bytes, s->list[i].urgent);
    free(entries);
    free(b);
}

/* ---- The twin ---- */

/* The highest level by progressive filling: whoever asks for the least by weight is served first. -1: all is served. */
static int64_t fill(const uint64_t *asks, const uint64_t *weights, size_t count, uint64_t capacity) {
    bool *served = calloc(count + 1, sizeof *served);
    int64_t level = -1;
    for (;;) {
        uint64_t weight = 0;
        bool any = false, progress = false;
        for (size_t i = 0; i < count; i++)
            if (!served[i]) weight += weights ? weights[i] : 1, any = true;
        if (!any) break;
        for (size_t i = 0; i < count && !progress; i++) {
            uint64_t own = weights ? weights[i] : 1;
            if (served[i] || asks[i] * weight > own * capacity) continue;
            served[i] = progress = true;
            capacity -= asks[i];
        }
        if (progress) continue;
        level = (int64_t)(capacity / weight);
        break;
    }
    free(served);
    return level;
}

/* What one of them may have, when the level is known. */
static uint64_t bound(int64_t level, uint64_t weight) {
    return level < 0 ? UINT64_MAX / 2 : (uint64_t)level * weight;
}

static uint64_t lane_bound(const struct items *s, uint64_t pool, enum budget_lane lane) {
    uint64_t by_lane[BUDGET_LANES] = {0};
    for (size_t i = 0; i < s->count; i++) by_lane[budget_queue_lane(s->list[i].queue)] += s->list[i].bytes;
    uint64_t own = by_lane[BUDGET_LANE_OWN] + by_lane[BUDGET_LANE_NONE];
    uint64_t rest = own + pool / BUDGET_REST_PART < pool ? pool - own : pool / BUDGET_REST_PART;
    const uint64_t asks[] = {by_lane[BUDGET_LANE_NEAR],   by_lane[BUDGET_LANE_FAR],
                             by_lane[BUDGET_LANE_GUEST],  by_lane[BUDGET_LANE_CARRIED],
                             by_lane[BUDGET_LANE_SEALED], by_lane[BUDGET_LANE_STAMPED] + by_lane[BUDGET_LANE_STRANGER]};
    const uint64_t weights[] = {BUDGET_WEIGHT_NEAR,    BUDGET_WEIGHT_FAR,    BUDGET_WEIGHT_GUEST,
                                BUDGET_WEIGHT_CARRIED, BUDGET_WEIGHT_SEALED, BUDGET_WEIGHT_STRANGERS};
    const uint64_t split[] = {by_lane[BUDGET_LANE_STAMPED], by_lane[BUDGET_LANE_STRANGER]};
    const uint64_t split_weights[] = {BUDGET_WEIGHT_STAMPED, BUDGET_WEIGHT_PLAIN};
    int64_t level = fill(asks, weights, 6, rest);
    if (lane == BUDGET_LANE_NEAR) return bound(level, weights[0]);
    if (lane == BUDGET_LANE_FAR) return bound(level, weights[1]);
    if (lane == BUDGET_LANE_GUEST) return bound(level, weights[2]);
    if (lane == BUDGET_LANE_CARRIED) return bound(level, weights[3]);
    if (lane == BUDGET_LANE_SEALED) return bound(level, weights[4]);
    int64_t inner = fill(split, split_weights, 2, bound(level, weights[5]));
    return bound(inner, split_weights[lane == BUDGET_LANE_STAMPED ? 0 : 1]);
}

static uint64_t link_bound(const struct items *s, uint64_t pool, enum budget_lane lane) {
    uint64_t asks[BUDGET_LINKS] = {0};
    for (size_t i = 0; i < s->count; i++)
        if (budget_queue_lane(s->list[i].queue) == lane) asks[budget_queue_link(s->list[i].queue)] += s->list[i].bytes;
    return bound(fill(asks, NULL, BUDGET_LINKS, lane_bound(s, pool, lane)), 1);
}

/* What the queues of one lane and link ask for, ascending by queue. */
struct asking {
    uint64_t queues[ITEMS_MAX], asks[ITEMS_MAX];
    size_t count;
};

static uint64_t ask_of(const struct items *s, uint64_t queue, bool urgent) {
    uint64_t sum = 0;
    for (size_t i = 0; i < s->count; i++)
        if (s->list[i].queue == queue && (!urgent || s->list[i].urgent)) sum += s->list[i].bytes;
    return sum;
}

static void asking_collect(struct asking *a, const struct items *s, uint64_t like) {
    a->count = 0;
    for (size_t i = 0; i < s->count; i++) {
        uint64_t queue = s->list[i].queue;
        size_t at = 0;
        if (queue >> 32 != like >> 32) continue;
        while (at < a->count && a->queues[at] < queue) at++;
        if (at < a->count && a->queues[at] == queue) continue;
        memmove(a->queues + at + 1, a->queues + at, (a->count - at) * sizeof *a->queues);
        a->queues[at] = queue;
        a->count++;
    }
    for (size_t i = 0; i < a->count; i++) a->asks[i] = ask_of(s, a->queues[i], false);
}

/* The level of a queue, its own place in the draw included. */
static uint64_t queue_bound(const struct items *s, uint64_t pool, uint64_t queue) {
    static struct asking a;
    uint64_t capacity = link_bound(s, pool, budget_queue_lane(queue)), sum = 0;
    asking_collect(&a, s, queue);
    uint64_t level = bound(fill(a.asks, NULL, a.count, capacity), 1);
    if (level >= BUDGET_FLOOR) return level;
    for (size_t i = 0; i < a.count; i++) {
        sum += a.asks[i] < BUDGET_FLOOR ? a.asks[i] : BUDGET_FLOOR;
        if (a.queues[i] == queue) return sum <= capacity ? BUDGET_FLOOR : 0;
    }
    return 0;
}

/* Tell whether the item at a place (they are in order of rank) is kept. */
static bool twin_keeps(const struct items *s, size_t at, uint64_t level) {
    const struct item *it = &s->list[at];
    uint64_t urgent = 0, sum = 0, quarter = level / BUDGET_URGENT_PART, asks = ask_of(s, it->queue, true);
    if (level >= UINT64_MAX / 2) return true;
    for (size_t i = 0; i <= at; i++) {
        const struct item *other = &s->list[i];
        if (other->queue != it->queue) continue;
        if (other->urgent) urgent += other->bytes;
        bool kept = other->urgent && urgent <= quarter;
        if (i == at && kept) return true;
        if (!kept) sum += other->bytes;
    }
    return sum <= level - (asks < quarter ? asks : quarter);
}

static void twin_check(const struct items *s, uint64_t pool) {
    for (size_t i = 0; i < s->count; i++) {
        enum budget_lane lane = budget_queue_lane(s->list[i].queue);
        uint64_t level = lane <= BUDGET_LANE_OWN ? UINT64_MAX : queue_bound(s, pool, s->list[i].queue);
        if (s->kept[i] != twin_keeps(s, i, level)) fail_msg("item %zu of %zu: kept %d", i, s->count, s->kept[i]);
    }
}

/* ---- Random sets ---- */

static void item_random(struct rng *g, struct item *out, uint32_t id, unsigned authors, uint64_t largest) {
    static const enum budget_lane lanes[] = {BUDGET_LANE_OWN,     BUDGET_LANE_NEAR,    BUDGET_LANE_FAR,
                                             BUDGET_LANE_GUEST,   BUDGET_LANE_STAMPED, BUDGET_LANE_STRANGER,
                                             BUDGET_LANE_CARRIED, BUDGET_LANE_SEALED,  BUDGET_LANE_STRANGER};
    enum budget_lane lane = lanes[rng_below(g, sizeof lanes / sizeof *lanes)];
    *out = (struct item){.queue = budget_queue(lane, (unsigned)rng_below(g, 3), (uint32_t)rng_below(g, authors)),
                         .bytes = 1 + rng_below(g, largest),
                         .day = (uint32_t)rng_below(g, 5),
                         .second = (uint32_t)rng_below(g, 20),
                         .id = id,
                         .urgent = rng_one_in(g, 5)};
    if (lane == BUDGET_LANE_OWN) out->bytes = out->bytes / 8 + 1;
}

static void items_random(struct rng *g, struct items *s, size_t count) {
    unsigned authors = 1 + (unsigned)rng_below(g, 40);
    uint64_t largest = rng_one_in(g, 2) ? 4000 : 60000;
    s->count = count;
    for (size_t i = 0; i < count; i++) item_random(g, &s->list[i], (uint32_t)i, authors, largest);
}

static uint64_t bytes_sum(const struct items *s, bool kept, bool own) {
    uint64_t sum = 0;
    for (size_t i = 0; i < s->count; i++)
        if ((s->kept[i] || !kept) && (!own || budget_queue_lane(s->list[i].queue) == BUDGET_LANE_OWN))
            sum += s->list[i].bytes;
    return sum;
}

/* The code and its naive twin keep the same, and never more than the pool. */
static void test_twin(void **state) {
    static struct items s;
    struct rng g;
    (void)state;
    rng_begin(&g, "budget twin");
    for (unsigned round = 0; round < 60; round++) {
        items_random(&g, &s, 20 + rng_below(&g, 180));
        uint64_t pool = 1 + rng_below(&g, bytes_sum(&s, false, false) * 5 / 4);
        decide(&s, pool, BUDGET_ENTRIES_MIN);
        twin_check(&s, pool);
        uint64_t own = bytes_sum(&s, true, true), rest = pool / BUDGET_REST_PART;
        assert_true(bytes_sum(&s, true, false) <= (own + rest < pool ? pool : own + rest));
    }
}

/* Records arrive in any order, and what is not kept goes at any moments: in the end the same are there. What went is
 * remembered, as a store remembers it. */
static void test_every_order_keeps_the_same(void **state) {
    static struct items all, some;
    static bool want[ITEMS_MAX];
    struct rng g;
    (void)state;
    rng_begin(&g, "budget order");
    for (unsigned round = 0; round < 60; round++) {
        items_random(&g, &all, 50 + rng_below(&g, 350));
        uint64_t pool = 1 + rng_below(&g, bytes_sum(&all, false, false));
        decide(&all, pool, BUDGET_ENTRIES_MIN);
        for (size_t i = 0; i < all.count; i++) want[all.list[i].id] = all.kept[i];
        for (size_t i = all.count - 1; i > 0; i--) {
            size_t k = rng_below(&g, i + 1);
            struct item swap = all.list[i];
            all.list[i] = all.list[k];
            all.list[k] = swap;
        }
        some.count = 0;
        for (size_t i = 0; i < all.count; i++) {
            some.list[some.count++] = all.list[i];
            if (i + 1 < all.count && !rng_one_in(&g, 20)) continue;
            decide(&some, pool, BUDGET_ENTRIES_MIN);
            for (size_t k = 0; k < some.count; k++) {
                if (some.list[k].dropped && some.kept[k]) fail_msg("round %u: one that went would be kept", round);
                some.list[k].dropped = !some.kept[k];
            }
        }
        for (size_t k = 0; k < some.count; k++) assert_int_equal(!some.list[k].dropped, want[some.list[k].id]);
    }
}

/* ---- What a flood does ---- */

/* Add records of an author: `count` of 500 bytes each. */
static void items_add(struct items *s, enum budget_lane lane, unsigned link, uint32_t tag, unsigned count,
                      bool urgent) {
    for (unsigned i = 0; i < count; i++) {
        assert_true(s->count < ITEMS_MAX);
        s->list[s->count] = (struct item){.queue = budget_queue(lane, link, tag),
                                          .bytes = 500,
                                          .day = 100,
                                          .second = i,
                                          .id = (uint32_t)s->count,
                                          .urgent = urgent};
        s->count++;
    }
}

/* How many of an author's are kept. */
static unsigned kept_of(const struct items *s, enum budget_lane lane, unsigned link, uint32_t tag) {
    unsigned count = 0;
    for (size_t i = 0; i < s->count; i++) count += s->kept[i] && s->list[i].queue == budget_queue(lane, link, tag);
    return count;
}

/* THREATS, "The crowd of fakes": thousands of made-up authors over one link, all urgent, take nothing from those who
 * are vouched for, nor from a stranger over another link; and no more than the strangers' share. */
static void test_the_crowd_of_fakes(void **state) {
    static struct items s;
    (void)state;
    s.count = 0;
    items_add(&s, BUDGET_LANE_OWN, 0, 1, 100, false);
    items_add(&s, BUDGET_LANE_NEAR, 2, 2, 100, false);
    items_add(&s, BUDGET_LANE_FAR, 2, 3, 50, false);
    items_add(&s, BUDGET_LANE_GUEST, 2, 4, 20, false);
    items_add(&s, BUDGET_LANE_STRANGER, 3, 5, 20, false);
    for (uint32_t i = 0; i < 2500; i++) items_add(&s, BUDGET_LANE_STRANGER, 2, 1000 + i * 77777, 1, true);
    decide(&s, 400000, BUDGET_ENTRIES_MIN);
    assert_int_equal(kept_of(&s, BUDGET_LANE_OWN, 0, 1), 100);
    assert_int_equal(kept_of(&s, BUDGET_LANE_NEAR, 2, 2), 100);
    assert_int_equal(kept_of(&s, BUDGET_LANE_FAR, 2, 3), 50);
    assert_int_equal(kept_of(&s, BUDGET_LANE_GUEST, 2, 4), 20);
    assert_int_equal(kept_of(&s, BUDGET_LANE_STRANGER, 3, 5), 20);
    assert_true(bytes_sum(&s, true, false) <= 400000);
    assert_true(bytes_sum(&s, true, false) > 300000); /* what nobody else needs is not left empty */
}

/* THREATS, "The hostile peer": one author who writes without end, all urgent, keeps no more than others who need more
 * than an even share; the newest day's first; a quarter for the urgent, and the rest as any other. */
static void test_the_hostile_peer_floods(void **state) {
    static struct items s;
    (void)state;
    s.count = 0;
    items_add(&s, BUDGET_LANE_STRANGER, 2, 1, 2000, true);
    items_add(&s, BUDGET_LANE_STRANGER, 2, 2, 300, false);
    items_add(&s, BUDGET_LANE_STRANGER, 2, 3, 90, false);
    decide(&s, 145000, BUDGET_ENTRIES_MIN);
    assert_int_equal(kept_of(&s, BUDGET_LANE_STRANGER, 2, 3), 90);
    assert_int_equal(kept_of(&s, BUDGET_LANE_STRANGER, 2, 2), 100);
    assert_int_equal(kept_of(&s, BUDGET_LANE_STRANGER, 2, 1), 100);
    for (size_t i = 0; i < s.count; i++)
        if (s.list[i].queue == budget_queue(BUDGET_LANE_STRANGER, 2, 2))
            assert_int_equal(s.kept[i], s.list[i].second < 100);
}

/* A stamp raises a stranger above those without, but takes nothing from anybody else. */
static void test_a_stamp_raises_inside_the_share(void **state) {
    static struct items s;
    (void)state;
    s.count = 0;
    items_add(&s, BUDGET_LANE_FAR, 2, 1, 200, false);
    items_add(&s, BUDGET_LANE_STAMPED, 2, 2, 1000, false);
    items_add(&s, BUDGET_LANE_STRANGER, 2, 3, 1000, false);
    decide(&s, 300000, BUDGET_ENTRIES_MIN);
    assert_int_equal(kept_of(&s, BUDGET_LANE_FAR, 2, 1), 200);
    assert_int_equal(kept_of(&s, BUDGET_LANE_STAMPED, 2, 2), 300);
    assert_int_equal(kept_of(&s, BUDGET_LANE_STRANGER, 2, 3), 100);
}

/* More authors than the table holds share what is left of a link; those counted before have their own places, and the
 * pool is never exceeded. */
static void test_more_authors_than_places(void **state) {
    static struct items s;
    (void)state;
    s.count = 0;
    for (uint32_t i = 0; i < 2800; i++) items_add(&s, BUDGET_LANE_STRANGER, 2 + i % 60, i * 1013904223u, 1, false);
    decide(&s, 700000, BUDGET_ENTRIES_MIN);
    uint64_t kept = bytes_sum(&s, true, false);
    assert_true(kept <= 700000 && kept > 100000);
}

static void test_lanes(void **state) {
    (void)state;
    assert_int_equal(budget_lane_of(BUDGET_OWN, false, true, true), BUDGET_LANE_OWN);
    assert_int_equal(budget_lane_of(BUDGET_NEAR, true, true, true), BUDGET_LANE_NEAR);
    assert_int_equal(budget_lane_of(BUDGET_FAR, true, false, true), BUDGET_LANE_FAR);
    assert_int_equal(budget_lane_of(BUDGET_NEAR, false, false, false), BUDGET_LANE_CARRIED);
    assert_int_equal(budget_lane_of(BUDGET_STRANGER, true, true, true), BUDGET_LANE_GUEST);
    assert_int_equal(budget_lane_of(BUDGET_STRANGER, true, false, true), BUDGET_LANE_STAMPED);
    assert_int_equal(budget_lane_of(BUDGET_STRANGER, true, false, false), BUDGET_LANE_STRANGER);
    assert_int_equal(budget_queue_lane(budget_queue(BUDGET_LANE_CARRIED, 63, UINT32_MAX)), BUDGET_LANE_CARRIED);
    assert_int_equal(budget_queue_link(budget_queue(BUDGET_LANE_CARRIED, 63, UINT32_MAX)), 63);
    assert_int_equal(budget_queue_lane(UINT64_MAX), BUDGET_LANE_NONE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_twin),
        cmocka_unit_test(test_every_order_keeps_the_same),
        cmocka_unit_test(test_the_crowd_of_fakes),
        cmocka_unit_test(test_the_hostile_peer_floods),
        cmocka_unit_test(test_a_stamp_raises_inside_the_share),
        cmocka_unit_test(test_more_authors_than_places),
        cmocka_unit_test(test_lanes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
