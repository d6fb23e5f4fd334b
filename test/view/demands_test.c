/*
 * Demands. Shows that the state of every demand is that of a naive twin, written from the rules alone; that histories
 * by up to eight authors, cut into overlapping parts that come in any order with doubles, give the same state to the
 * byte; and, one by one: whose words stand, that nobody supports words that came later, merges that lead around,
 * tellers who contradict each other, and that whoever does not coordinate decides nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "test/core/sample_util.h"
#include "view/demands.h"

#define HISTORIES 10000
#define ITEMS 6
#define STEPS 50
#define ROOM 2 /* times as many, with doubles */
#define COORDINATORS 2
#define ROLL 5 /* of the eight authors */

struct board {
    struct demand_item items[ROOM * ITEMS];
    struct demand_step steps[ROOM * STEPS];
    size_t item_count, step_count;
};

static const uint8_t none[HASH_SIZE];

static int item_compare(const void *a, const void *b) {
    return demand_item_order(a, b);
}
static int step_compare(const void *a, const void *b) {
    return demand_step_order(a, b);
}

/* Sort, drop doubles, fold. */
static void board_fold(struct board *b) {
    size_t kept = 0;
    qsort(b->items, b->item_count, sizeof *b->items, item_compare);
    for (size_t i = 0; i < b->item_count; i++)
        if (kept == 0 || memcmp(b->items[kept - 1].id, b->items[i].id, HASH_SIZE) != 0) b->items[kept++] = b->items[i];
    b->item_count = kept;
    kept = 0;
    qsort(b->steps, b->step_count, sizeof *b->steps, step_compare);
    for (size_t i = 0; i < b->step_count; i++)
        if (kept == 0 || memcmp(b->steps[kept - 1].id, b->steps[i].id, HASH_SIZE) != 0) b->steps[kept++] = b->steps[i];
    b->step_count = kept;
    demands_fold(b->items, b->item_count, b->steps, b->step_count);
}

static void author_set(struct demand_step *s, unsigned author) {
    memset(s->author, (int)author + 1, KEY_SIZE);
    s->coordinates = author < COORDINATORS;
    s->on_roll = author < ROLL;
}

static void id_fill(struct rng *g, uint8_t id[HASH_SIZE]) {
    for (unsigned i = 0; i < HASH_SIZE; i++) id[i] = (uint8_t)rng_below(g, 256);
}

/* A wording of the demand, among the steps before `before`, or now and then something else. */
static void wording_pick(struct rng *g, const struct board *b, const struct demand_item *item, size_t before,
                         uint8_t id[HASH_SIZE]) {
    memcpy(id, item->id, HASH_SIZE);
    for (unsigned tries = 0; before > 0 && tries < 4; tries++) {
        const struct demand_step *s = &b->steps[rng_below(g, before)];
        if (s->kind == KIND_DEMAND && memcmp(s->target, item->id, HASH_SIZE) == 0) memcpy(id, s->id, HASH_SIZE);
    }
    if (rng_one_in(g, 20)) id_fill(g, id);
}

static void step_make(struct rng *g, struct board *b, size_t i, uint64_t seq[8]) {
    struct demand_step *s = &b->steps[i];
    const struct demand_item *item = &b->items[rng_below(g, b->item_count)];
    unsigned author = (unsigned)rng_below(g, 8);
    uint64_t what = rng_below(g, 10);
    id_fill(g, s->id);
    memcpy(s->target, item->id, HASH_SIZE);
    if (rng_one_in(g, 20)) id_fill(g, s->target);                  /* its demand has not come */
    s->seq = seq[author] - (seq[author] > 0 && rng_one_in(g, 10)); /* sometimes a fork */
    s->created = rng_below(g, 30);                                 /* often the same second */
    seq[author]++;
    if (what >= 6 && rng_one_in(g, 2)) author = (unsigned)rng_below(g, COORDINATORS);
    if (what == 2 && rng_one_in(g, 2)) author = (unsigned)item->author[0] - 1;
    author_set(s, author);
    if (what == 2) {
        s->kind = KIND_DEMAND;
    } else if (what == 3 || what == 4) {
        s->kind = KIND_TALLY;
        s->way = DEMAND_HANDS;
        s->in_favour = (uint32_t)rng_below(g, 3);
        s->against = (uint32_t)rng_below(g, 2) + 1;
        wording_pick(g, b, item, i, s->object);
    } else {
        s->kind = KIND_DEMAND_ACT;
        s->type = (uint8_t)(what < 2 ? DEMAND_SUPPORT : 1 + rng_below(g, DEMAND_ACT_MAX));
        if (s->type == DEMAND_NUMBER) s->number = 1 + (uint32_t)rng_below(g, 9);
        if (s->type == DEMAND_MERGE)
            memcpy(s->object, b->items[rng_below(g, b->item_count)].id, HASH_SIZE);
        else if (demand_act_names(s->type))
            wording_pick(g, b, item, i, s->object);
    }
}

static void history_make(struct rng *g, struct board *b) {
    uint64_t seq[8] = {0};
    memset(b, 0, sizeof *b);
    b->item_count = 1 + rng_below(g, ITEMS);
    b->step_count = rng_below(g, STEPS + 1);
    for (size_t i = 0; i < b->item_count; i++) {
        id_fill(g, b->items[i].id);
        memset(b->items[i].author, (int)rng_below(g, 8) + 1, KEY_SIZE);
    }
    for (size_t i = 0; i < b->step_count; i++) step_make(g, b, i, seq);
}

/* ---- The naive twin ---- */

static bool same(const uint8_t *a, const uint8_t *b) {
    return memcmp(a, b, HASH_SIZE) == 0;
}

static bool is_act(const struct demand_step *s, unsigned type) {
    return s->kind == KIND_DEMAND_ACT && s->type == type;
}

/* Whether a is after b: in their author's sequence, or among coordinators. */
static bool after_own(const struct demand_step *a, const struct demand_step *b) {
    return a->seq != b->seq ? a->seq > b->seq : memcmp(a->id, b->id, HASH_SIZE) > 0;
}
static bool after_any(const struct demand_step *a, const struct demand_step *b) {
    return a->created != b->created ? a->created > b->created : memcmp(a->id, b->id, HASH_SIZE) > 0;
}

static bool naive_is_wording(const struct board *b, const struct demand_item *item, const uint8_t *id) {
    bool is = same(id, item->id);
    for (size_t i = 0; i < b->step_count; i++)
        is |= b->steps[i].kind == KIND_DEMAND && same(b->steps[i].target, item->id) && same(b->steps[i].id, id);
    return is;
}

/* The coordinators' last step upon a demand of those types (0: other words): of each the last, of these the later. */
static const struct demand_step *naive_last(const struct board *b, const struct demand_item *item, unsigned x,
                                            unsigned y, unsigned z, bool names_wording) {
    const struct demand_step *best = NULL;
    for (unsigned author = 0; author < COORDINATORS; author++) {
        const struct demand_step *last = NULL;
        for (size_t i = 0; i < b->step_count; i++) {
            const struct demand_step *s = &b->steps[i];
            bool wanted = x == 0 ? s->kind == KIND_DEMAND : is_act(s, x) || is_act(s, y) || is_act(s, z);
            if (!wanted || s->author[0] != author + 1 || !same(s->target, item->id)) continue;
            if (names_wording && !naive_is_wording(b, item, s->object)) continue;
            if (!last || after_own(s, last)) last = s;
        }
        if (last && (!best || after_any(last, best))) best = last;
    }
    return best;
}

static void naive_words(const struct board *b, const struct demand_item *item, uint8_t words[HASH_SIZE],
                        bool *official) {
    const struct demand_step *theirs = naive_last(b, item, 0, 0, 0, false), *own = NULL;
    for (size_t i = 0; i < b->step_count; i++) {
        const struct demand_step *s = &b->steps[i];
        if (s->kind != KIND_DEMAND || !same(s->target, item->id)) continue;
        if (memcmp(s->author, item->author, KEY_SIZE) == 0 && (!own || after_own(s, own))) own = s;
    }
    memcpy(words, theirs ? theirs->id : own ? own->id : item->id, HASH_SIZE);
    *official = theirs != NULL;
}

static const struct demand_item *naive_into(const struct board *b, const struct demand_item *item) {
    const struct demand_step *last = naive_last(b, item, DEMAND_MERGE, DEMAND_SPLIT, DEMAND_MERGE, false);
    for (size_t i = 0; last && last->type == DEMAND_MERGE && i < b->item_count; i++)
        if (same(b->items[i].id, last->object)) return &b->items[i];
    return NULL;
}

static bool naive_merged(const struct board *b, const struct demand_item *item) {
    const struct demand_item *way[DEMAND_MERGES_MAX + 1];
    unsigned count = 0;
    const struct demand_item *at = naive_into(b, item);
    if (!at) return false;
    for (; at && at != item && count < DEMAND_MERGES_MAX; at = naive_into(b, at)) way[count++] = at;
    if (!at) return true;
    if (at != item) return false;
    for (unsigned i = 0; i < count; i++)
        if (memcmp(way[i]->id, item->id, HASH_SIZE) < 0) return true;
    return false;
}

/* The last step of an author on a demand of what `is` says. */
static const struct demand_step *naive_own_last(const struct board *b, const struct demand_item *item, unsigned author,
                                                bool tally) {
    const struct demand_step *last = NULL;
    uint8_t key[KEY_SIZE];
    memset(key, (int)author + 1, KEY_SIZE);
    for (size_t i = 0; i < b->step_count; i++) {
        const struct demand_step *s = &b->steps[i];
        bool wanted = tally ? s->kind == KIND_TALLY && same(s->object, item->decided)
                            : is_act(s, DEMAND_SUPPORT) || is_act(s, DEMAND_WITHDRAW);
        if (wanted && same(s->target, item->id) && memcmp(s->author, key, KEY_SIZE) == 0 &&
            (!last || after_own(s, last)))
            last = s;
    }
    return last;
}

static void naive_check(const struct board *b, unsigned states[DEMAND_IS_MERGED + 1]) {
    for (size_t i = 0; i < b->item_count; i++) {
        const struct demand_item *item = &b->items[i];
        uint8_t words[HASH_SIZE];
        bool official;
        naive_words(b, item, words, &official);
        assert_memory_equal(item->words, words, HASH_SIZE);
        const struct demand_step *number = naive_last(b, item, DEMAND_NUMBER, DEMAND_NUMBER, DEMAND_NUMBER, false);
        const struct demand_step *decision = naive_last(b, item, DEMAND_PUT, DEMAND_RATIFIED, DEMAND_REJECTED, true);
        assert_int_equal(item->number, number ? number->number : 0);
        assert_memory_equal(item->decided, decision ? decision->object : none, HASH_SIZE);
        unsigned state = naive_merged(b, item)                           ? DEMAND_IS_MERGED
                         : decision && decision->type == DEMAND_PUT      ? DEMAND_IS_PUT
                         : decision && decision->type == DEMAND_RATIFIED ? DEMAND_IS_RATIFIED
                         : decision                                      ? DEMAND_IS_REJECTED
                         : official || number                            ? DEMAND_WORDED
                                                                         : DEMAND_PROPOSED;
        assert_int_equal(item->state, state);
        states[state]++;
        unsigned now = 0, earlier = 0, roll = 0, tellers = 0, most = 0;
        for (unsigned author = 0; author < 8; author++) {
            const struct demand_step *s = naive_own_last(b, item, author, false);
            bool supports = s && s->type == DEMAND_SUPPORT;
            now += supports && same(s->object, words);
            roll += supports && same(s->object, words) && author < ROLL;
            earlier += supports && !same(s->object, words);
            const struct demand_step *t = naive_own_last(b, item, author, true);
            unsigned alike = 0;
            for (unsigned k = 0; t && k < 8; k++) {
                const struct demand_step *o = naive_own_last(b, item, k, true);
                alike += o && o->in_favour == t->in_favour && o->against == t->against;
            }
            tellers += t != NULL;
            most = alike > most ? alike : most;
        }
        assert_int_equal(item->support, now);
        assert_int_equal(item->support_earlier, earlier);
        assert_int_equal(item->support_roll, roll);
        assert_int_equal(item->tellers, most);
        assert_int_equal(item->tellers_else, tellers - most);
    }
}

static void test_twin(void **state) {
    (void)state;
    struct rng g;
    static struct board b;
    unsigned states[DEMAND_IS_MERGED + 1] = {0}, carried = 0;
    rng_begin(&g, "demands twin");
    for (unsigned n = 0; n < HISTORIES; n++) {
        history_make(&g, &b);
        board_fold(&b);
        naive_check(&b, states);
        for (size_t i = 0; i < b.item_count; i++) carried += demand_is_carried(&b.items[i], b.steps);
    }
    for (unsigned i = 0; i <= DEMAND_IS_MERGED; i++) assert_true(states[i] > 500);
    assert_true(carried > 100);
}

/* ---- Convergence ---- */

static void part_merge(struct rng *g, struct board *to, const struct board *whole, unsigned keep_of_ten) {
    for (size_t i = 0; i < whole->item_count; i++)
        if (rng_below(g, 10) < keep_of_ten && to->item_count < ROOM * ITEMS)
            to->items[to->item_count++] = whole->items[i];
    for (size_t i = 0; i < whole->step_count; i++)
        if (rng_below(g, 10) < keep_of_ten && to->step_count < ROOM * STEPS)
            to->steps[to->step_count++] = whole->steps[i];
}

static void test_convergence(void **state) {
    (void)state;
    struct rng g;
    static struct board whole, first, device;
    rng_begin(&g, "demands convergence");
    for (unsigned n = 0; n < HISTORIES; n++) {
        history_make(&g, &whole);
        first = whole;
        board_fold(&first);
        for (unsigned d = 0; d < 3; d++) {
            memset(&device, 0, sizeof device);
            part_merge(&g, &device, &whole, 1 + (unsigned)rng_below(&g, 9));
            board_fold(&device); /* what it showed meanwhile changes nothing */
            while (device.item_count < whole.item_count || device.step_count < whole.step_count) {
                part_merge(&g, &device, &whole, 7);
                board_fold(&device);
            }
            assert_memory_equal(device.items, first.items, first.item_count * sizeof *first.items);
            assert_memory_equal(device.steps, first.steps, first.step_count * sizeof *first.steps);
        }
    }
}

/* ---- The rules, one by one ---- */

static struct demand_step *step_add(struct board *b, unsigned author, unsigned item, uint32_t kind, uint8_t type,
                                    unsigned object) {
    struct demand_step *s = &b->steps[b->step_count++];
    memset(s, 0, sizeof *s);
    memset(s->id, 0x80 + (int)b->step_count, HASH_SIZE);
    memset(s->target, (int)item, HASH_SIZE);
    memset(s->object, (int)object, HASH_SIZE);
    author_set(s, author);
    s->kind = kind;
    s->type = type;
    s->seq = s->created = b->step_count;
    return s;
}

static void item_add(struct board *b, unsigned id, unsigned author) {
    struct demand_item *item = &b->items[b->item_count++];
    memset(item, 0, sizeof *item);
    memset(item->id, (int)id, HASH_SIZE);
    memset(item->author, (int)author + 1, KEY_SIZE);
}

static void test_support_is_for_words(void **state) {
    (void)state;
    static struct board b;
    memset(&b, 0, sizeof b);
    item_add(&b, 1, 7);
    step_add(&b, 3, 1, KIND_DEMAND_ACT, DEMAND_SUPPORT, 1);
    step_add(&b, 4, 1, KIND_DEMAND_ACT, DEMAND_SUPPORT, 1);
    board_fold(&b);
    assert_int_equal(b.items[0].support, 2);
    step_add(&b, 5, 1, KIND_DEMAND, 0, 0); /* neither its author nor a coordinator */
    board_fold(&b);
    assert_int_equal(b.items[0].support, 2);
    assert_int_equal(b.items[0].wordings, 1);
    step_add(&b, 0, 1, KIND_DEMAND, 0, 0);
    board_fold(&b);
    assert_int_equal(b.items[0].support, 0);
    assert_int_equal(b.items[0].support_earlier, 2);
    assert_int_equal(b.items[0].state, DEMAND_WORDED);
    step_add(&b, 3, 1, KIND_DEMAND_ACT, DEMAND_SUPPORT, b.items[0].words[0]);
    board_fold(&b);
    assert_int_equal(b.items[0].support, 1);
    assert_int_equal(b.items[0].support_roll, 1);
    assert_int_equal(b.items[0].support_earlier, 1);
}

static void test_only_coordinators_decide(void **state) {
    (void)state;
    static struct board b;
    memset(&b, 0, sizeof b);
    item_add(&b, 1, 7);
    step_add(&b, 7, 1, KIND_DEMAND_ACT, DEMAND_RATIFIED, 1);
    step_add(&b, 6, 1, KIND_DEMAND_ACT, DEMAND_NUMBER, 0)->number = 3;
    board_fold(&b);
    assert_int_equal(b.items[0].state, DEMAND_PROPOSED);
    assert_int_equal(b.items[0].number, 0);
    step_add(&b, 1, 1, KIND_DEMAND_ACT, DEMAND_RATIFIED, 9); /* no words of this demand */
    board_fold(&b);
    assert_int_equal(b.items[0].state, DEMAND_PROPOSED);
    step_add(&b, 1, 1, KIND_DEMAND_ACT, DEMAND_RATIFIED, 1);
    board_fold(&b);
    assert_int_equal(b.items[0].state, DEMAND_IS_RATIFIED);
    assert_false(demand_is_carried(&b.items[0], b.steps)); /* it is said, and nobody counted */
}

/* Two things that one person says within a second are in the order in which they were said. */
static void test_one_person_is_no_matter_of_clocks(void **state) {
    (void)state;
    static struct board b;
    for (unsigned way = 0; way < 2; way++) {
        memset(&b, 0, sizeof b);
        item_add(&b, 1, 7);
        struct demand_step *put = step_add(&b, 0, 1, KIND_DEMAND_ACT, DEMAND_PUT, 1);
        struct demand_step *ratified = step_add(&b, 0, 1, KIND_DEMAND_ACT, DEMAND_RATIFIED, 1);
        put->created = 100;
        ratified->created = way == 0 ? 100 : 90;
        memset(put->id, 0xff, HASH_SIZE);
        board_fold(&b);
        assert_int_equal(b.items[0].state, DEMAND_IS_RATIFIED);
    }
}

static void test_tellers(void **state) {
    (void)state;
    static struct board b;
    memset(&b, 0, sizeof b);
    item_add(&b, 1, 7);
    step_add(&b, 0, 1, KIND_DEMAND_ACT, DEMAND_RATIFIED, 1);
    for (unsigned author = 3; author < 6; author++) step_add(&b, author, 1, KIND_TALLY, 0, 1)->in_favour = 120;
    board_fold(&b);
    assert_int_equal(b.items[0].tellers, 3);
    assert_true(demand_is_carried(&b.items[0], b.steps));
    step_add(&b, 6, 1, KIND_TALLY, 0, 1)->in_favour = 12;
    board_fold(&b);
    assert_int_equal(b.items[0].tellers, 3);
    assert_int_equal(b.items[0].tellers_else, 1);
    assert_false(demand_is_carried(&b.items[0], b.steps)); /* they contradict each other */
    step_add(&b, 6, 1, KIND_TALLY, 0, 1)->in_favour = 120; /* a slip of the pen */
    board_fold(&b);
    assert_int_equal(b.items[0].tellers, 4);
    assert_true(demand_is_carried(&b.items[0], b.steps));
}

static void test_merges_that_lead_around(void **state) {
    (void)state;
    static struct board b;
    memset(&b, 0, sizeof b);
    for (unsigned i = 1; i <= 3; i++) item_add(&b, i, 7);
    for (unsigned i = 1; i <= 3; i++) step_add(&b, 0, i, KIND_DEMAND_ACT, DEMAND_MERGE, i % 3 + 1);
    board_fold(&b);
    assert_int_equal(b.items[0].state, DEMAND_PROPOSED); /* somebody has to stay */
    assert_int_equal(b.items[1].state, DEMAND_IS_MERGED);
    assert_int_equal(b.items[2].state, DEMAND_IS_MERGED);
    step_add(&b, 1, 2, KIND_DEMAND_ACT, DEMAND_SPLIT, 0);
    board_fold(&b);
    assert_int_equal(b.items[0].state, DEMAND_IS_MERGED);
    assert_int_equal(b.items[1].state, DEMAND_PROPOSED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_twin),
        cmocka_unit_test(test_convergence),
        cmocka_unit_test(test_support_is_for_words),
        cmocka_unit_test(test_only_coordinators_decide),
        cmocka_unit_test(test_one_person_is_no_matter_of_clocks),
        cmocka_unit_test(test_tellers),
        cmocka_unit_test(test_merges_that_lead_around),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
