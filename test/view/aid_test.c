/*
 * Needs and offers. Shows that the state of every entry and take is that of a naive twin, written from the rules alone;
 * that histories by up to eight authors, cut into overlapping parts that come in any order with doubles, give the same
 * state to the byte; and, one by one, the rules: who is in charge, handing back, the limit of open takes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "test/core/sample_util.h"
#include "view/aid.h"

#define HISTORIES 10000
#define ITEMS 8
#define ROOM 2 /* times as many, with doubles */
#define STEPS 40
#define NOW 1000

struct board {
    struct aid_item items[ROOM * ITEMS];
    struct aid_step steps[ROOM * STEPS];
    uint32_t by_author[ROOM * STEPS];
    size_t item_count, step_count;
};

static int item_compare(const void *a, const void *b) {
    return aid_item_order(a, b);
}
static int step_compare(const void *a, const void *b) {
    return aid_step_order(a, b);
}
static const struct aid_step *sorted;
static int author_compare(const void *a, const void *b) {
    return aid_author_order(&sorted[*(const uint32_t *)a], &sorted[*(const uint32_t *)b]);
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
    for (size_t i = 0; i < kept; i++) b->by_author[i] = (uint32_t)i;
    sorted = b->steps;
    qsort(b->by_author, kept, sizeof *b->by_author, author_compare);
    aid_fold(b->items, b->item_count, b->steps, b->step_count, b->by_author, NOW);
}

static void id_fill(struct rng *g, uint8_t id[HASH_SIZE]) {
    for (unsigned i = 0; i < HASH_SIZE; i++) id[i] = (uint8_t)rng_below(g, 256);
}

/* A history by up to eight authors, each with a sequence of their own. */
static void history_make(struct rng *g, struct board *b) {
    uint64_t seq[8] = {0};
    memset(b, 0, sizeof *b);
    b->item_count = 1 + rng_below(g, ITEMS);
    b->step_count = rng_below(g, STEPS + 1);
    for (size_t i = 0; i < b->item_count; i++) {
        struct aid_item *item = &b->items[i];
        id_fill(g, item->id);
        unsigned author = (unsigned)rng_below(g, 8);
        memset(item->author, (int)author + 1, KEY_SIZE);
        seq[author]++;
        item->created = rng_below(g, 100);
        item->until = rng_one_in(g, 4) ? NOW - 50 + rng_below(g, 100) : 0;
        item->helpers = rng_one_in(g, 2) ? 1 : (uint8_t)(1 + rng_below(g, 4));
    }
    for (size_t i = 0; i < b->step_count; i++) {
        struct aid_step *s = &b->steps[i];
        const struct aid_item *item = &b->items[rng_below(g, b->item_count)];
        id_fill(g, s->id);
        unsigned author = (unsigned)rng_below(g, 8);
        s->type = (uint8_t)(rng_one_in(g, 2) ? AID_TAKE : 1 + rng_below(g, AID_ACT_MAX));
        if (rng_one_in(g, 3)) author = (unsigned)item->author[0] - 1;
        memset(s->author, (int)author + 1, KEY_SIZE);
        memcpy(s->target, item->id, HASH_SIZE);
        if (rng_one_in(g, 20)) id_fill(g, s->target);                  /* its entry has not come */
        s->seq = seq[author] - (seq[author] > 0 && rng_one_in(g, 10)); /* sometimes a fork */
        seq[author]++;
        s->created = rng_below(g, 200);
        if ((s->type == AID_ACCEPT || s->type == AID_REFUSE) && i > 0)
            memcpy(s->take, b->steps[rng_below(g, i)].id, HASH_SIZE);
    }
}

/* ---- The naive twin ---- */

static bool same(const uint8_t *a, const uint8_t *b) {
    return memcmp(a, b, HASH_SIZE) == 0;
}

/* Whether a comes later than b in their author's sequence. */
static bool later(const struct aid_step *a, const struct aid_step *b) {
    return a->seq != b->seq ? a->seq > b->seq : memcmp(a->id, b->id, HASH_SIZE) > 0;
}

static bool naive_closed(const struct board *b, const struct aid_item *item) {
    const struct aid_step *last = NULL;
    for (size_t i = 0; i < b->step_count; i++) {
        const struct aid_step *s = &b->steps[i];
        if (same(s->target, item->id) && same(s->author, item->author) &&
            (s->type == AID_DONE || s->type == AID_REOPEN) && (!last || later(s, last)))
            last = s;
    }
    return last && last->type == AID_DONE;
}

static bool naive_over(const struct aid_item *item) {
    return item->until > 0 && item->until < NOW;
}

static const struct aid_item *item_of(const struct board *b, const struct aid_step *s) {
    for (size_t i = 0; i < b->item_count; i++)
        if (same(b->items[i].id, s->target)) return &b->items[i];
    return NULL;
}

/* Whether a taker holds an entry before act `until` of theirs (NULL: at the end); *which is the take, *done: they say
 * that they have done it. */
static bool naive_holds(const struct board *b, const struct aid_step *one, const struct aid_step *until,
                        const struct aid_step **which, bool *done) {
    const struct aid_step *before = NULL;
    bool holds = false;
    *done = false;
    *which = NULL;
    for (;;) { /* the next act in the author's sequence */
        const struct aid_step *next = NULL;
        for (size_t i = 0; i < b->step_count; i++) {
            const struct aid_step *s = &b->steps[i];
            if (same(s->target, one->target) && same(s->author, one->author) && (!before || later(s, before)) &&
                (!next || later(next, s)))
                next = s;
        }
        if (!next || next == until) return holds;
        if (next->type == AID_TAKE && !holds)
            holds = true, *which = next;
        else if (next->type == AID_BACK)
            holds = *done = false;
        else if (next->type == AID_DONE && holds)
            *done = true;
        before = next;
    }
}

/* 0 nothing said, 1 accepted, 2 refused. */
static int naive_answer(const struct board *b, const struct aid_item *item, const struct aid_step *take) {
    const struct aid_step *last = NULL;
    for (size_t i = 0; i < b->step_count; i++) {
        const struct aid_step *s = &b->steps[i];
        if (same(s->target, item->id) && same(s->author, item->author) &&
            (s->type == AID_ACCEPT || s->type == AID_REFUSE) && same(s->take, take->id) && (!last || later(s, last)))
            last = s;
    }
    return !last ? 0 : last->type == AID_ACCEPT ? 1 : 2;
}

/* The takes that somebody holds, of entries that are open, neither done nor refused. */
static bool naive_open(const struct board *b, const struct aid_step *s) {
    const struct aid_item *item = item_of(b, s);
    const struct aid_step *which;
    bool done;
    return s->type == AID_TAKE && item && !naive_closed(b, item) && !naive_over(item) &&
           !same(item->author, s->author) && naive_holds(b, s, NULL, &which, &done) && which == s && !done &&
           naive_answer(b, item, s) != 2;
}

static unsigned naive_place(const struct board *b, const struct aid_step *s) {
    const struct aid_item *item = item_of(b, s);
    const struct aid_step *which;
    bool done;
    if (s->type != AID_TAKE || !item || same(item->author, s->author)) return AID_NO_TAKE;
    bool holds = naive_holds(b, s, NULL, &which, &done);
    if (!holds || which != s) return AID_GIVEN_BACK;
    if (done) return AID_PART_DONE;
    if (naive_closed(b, item) || naive_over(item)) return AID_NO_TAKE;
    if (naive_answer(b, item, s)) return naive_answer(b, item, s) == 1 ? AID_ACCEPTED : AID_REFUSED;
    unsigned before = 0;
    for (size_t i = 0; i < b->step_count; i++)
        before += same(b->steps[i].author, s->author) && later(s, &b->steps[i]) && naive_open(b, &b->steps[i]);
    return before >= AID_OPEN_TAKES ? AID_TOO_MANY : AID_SECOND; /* in charge or second */
}

static void naive_check(const struct board *b) {
    for (size_t i = 0; i < b->item_count; i++) {
        const struct aid_item *item = &b->items[i];
        const struct aid_step *waiting[STEPS];
        unsigned taken = 0, done = 0, count = 0, second = 0;
        for (size_t k = 0; k < b->step_count; k++) {
            const struct aid_step *s = &b->steps[k];
            if (!same(s->target, item->id)) continue;
            unsigned place = naive_place(b, s);
            taken += place == AID_ACCEPTED;
            done += place == AID_PART_DONE;
            if (place == AID_SECOND)
                waiting[count++] = s;
            else
                assert_int_equal(s->place, place);
        }
        for (unsigned k = 0; k < count; k++) { /* how many come before it */
            unsigned before = 0;
            for (unsigned n = 0; n < count; n++) {
                uint64_t x = waiting[n]->created > item->created ? waiting[n]->created : item->created,
                         y = waiting[k]->created > item->created ? waiting[k]->created : item->created;
                before += x < y || (x == y && memcmp(waiting[n]->id, waiting[k]->id, HASH_SIZE) < 0);
            }
            bool in_charge = taken + done + before < item->helpers;
            assert_int_equal(waiting[k]->place, in_charge ? AID_IN_CHARGE : AID_SECOND);
            second += !in_charge;
        }
        unsigned in_charge = taken + count - second;
        assert_int_equal(item->in_charge, in_charge);
        assert_int_equal(item->done, done);
        assert_int_equal(item->second, second);
        unsigned state = naive_closed(b, item)               ? AID_CLOSED
                         : naive_over(item)                  ? AID_OVER
                         : done >= item->helpers             ? AID_SAID
                         : in_charge + done >= item->helpers ? AID_TAKEN
                         : in_charge + done > 0              ? AID_PARTLY
                                                             : AID_OPEN;
        assert_int_equal(item->state, state);
    }
}

static void test_twin(void **state) {
    (void)state;
    struct rng g;
    static struct board b;
    unsigned states[AID_OVER + 1] = {0}, places[AID_PART_DONE + 1] = {0};
    rng_begin(&g, "aid twin");
    for (unsigned n = 0; n < HISTORIES; n++) {
        history_make(&g, &b);
        board_fold(&b);
        naive_check(&b);
        for (size_t i = 0; i < b.item_count; i++) states[b.items[i].state]++;
        for (size_t i = 0; i < b.step_count; i++) places[b.steps[i].place]++;
    }
    for (unsigned i = 0; i <= AID_OVER; i++) assert_true(states[i] > 100);
    for (unsigned i = 0; i <= AID_PART_DONE; i++) assert_in_range(places[i], 100, 1000000);
}

/* ---- Convergence ---- */

/* Put what a device has into another's, in any order; both may have it already. */
static void part_merge(struct rng *g, struct board *to, const struct board *whole, unsigned keep_of_ten) {
    for (size_t i = 0; i < whole->item_count; i++)
        if (rng_below(g, 10) < keep_of_ten && to->item_count < ROOM * ITEMS) to->items[to->item_count++] = whole->items[i];
    for (size_t i = 0; i < whole->step_count; i++)
        if (rng_below(g, 10) < keep_of_ten && to->step_count < ROOM * STEPS) to->steps[to->step_count++] = whole->steps[i];
}

static void shuffle(struct rng *g, void *list, size_t count, size_t size) {
    uint8_t *bytes = list;
    for (size_t i = count; i > 1; i--) {
        size_t k = rng_below(g, i);
        for (size_t n = 0; n < size; n++) {
            uint8_t one = bytes[(i - 1) * size + n];
            bytes[(i - 1) * size + n] = bytes[k * size + n];
            bytes[k * size + n] = one;
        }
    }
}

static void test_convergence(void **state) {
    (void)state;
    struct rng g;
    static struct board whole, first, device;
    rng_begin(&g, "aid convergence");
    for (unsigned n = 0; n < HISTORIES; n++) {
        history_make(&g, &whole);
        first = whole;
        board_fold(&first);
        for (unsigned d = 0; d < 3; d++) {
            memset(&device, 0, sizeof device);
            part_merge(&g, &device, &whole, 1 + (unsigned)rng_below(&g, 9));
            shuffle(&g, device.items, device.item_count, sizeof *device.items);
            board_fold(&device); /* what it showed meanwhile changes nothing */
            while (device.item_count < whole.item_count || device.step_count < whole.step_count) {
                part_merge(&g, &device, &whole, 7);
                shuffle(&g, device.steps, device.step_count, sizeof *device.steps);
                board_fold(&device);
            }
            assert_int_equal(device.item_count, first.item_count);
            assert_int_equal(device.step_count, first.step_count);
            assert_memory_equal(device.items, first.items, first.item_count * sizeof *first.items);
            assert_memory_equal(device.steps, first.steps, first.step_count * sizeof *first.steps);
        }
    }
}

/* ---- The rules, one by one ---- */

static struct aid_step *step_add(struct board *b, unsigned author, unsigned item, uint8_t type, uint64_t seq,
                                 uint64_t created) {
    struct aid_step *s = &b->steps[b->step_count++];
    memset(s, 0, sizeof *s);
    memset(s->id, 0x80 + (int)b->step_count, HASH_SIZE);
    memset(s->author, (int)author, KEY_SIZE);
    memset(s->target, (int)item, HASH_SIZE);
    s->type = type;
    s->seq = seq;
    s->created = created;
    return s;
}

static void item_add(struct board *b, unsigned id, unsigned author, uint8_t helpers) {
    struct aid_item *item = &b->items[b->item_count++];
    memset(item, 0, sizeof *item);
    memset(item->id, (int)id, HASH_SIZE);
    memset(item->author, (int)author, KEY_SIZE);
    item->helpers = helpers;
    item->created = 100;
}

/* Two take the same thing; whoever dates it back before the entry gains nothing but a tie; the author decides. */
static void test_in_charge(void **state) {
    (void)state;
    static struct board b;
    memset(&b, 0, sizeof b);
    item_add(&b, 1, 9, 1);
    step_add(&b, 2, 1, AID_TAKE, 0, 110);
    step_add(&b, 3, 1, AID_TAKE, 0, 105);
    board_fold(&b);
    assert_int_equal(b.steps[0].place, AID_SECOND);
    assert_int_equal(b.steps[1].place, AID_IN_CHARGE);
    assert_int_equal(b.items[0].state, AID_TAKEN);
    struct aid_step *accept = step_add(&b, 9, 1, AID_ACCEPT, 1, 120);
    memcpy(accept->take, b.steps[0].id, HASH_SIZE);
    board_fold(&b);
    assert_int_equal(b.steps[0].place, AID_ACCEPTED);
    assert_int_equal(b.steps[1].place, AID_SECOND);
    step_add(&b, 2, 1, AID_BACK, 1, 130);
    board_fold(&b);
    assert_int_equal(b.items[0].in_charge, 1);
    assert_int_equal(b.items[0].second, 0);
}

/* THREATS.md, rule 6: of one key at most three open takes count, so that addresses can't be harvested. */
static void test_three_open_takes(void **state) {
    (void)state;
    static struct board b;
    memset(&b, 0, sizeof b);
    for (unsigned i = 1; i <= 5; i++) {
        item_add(&b, i, 9, 1);
        step_add(&b, 2, i, AID_TAKE, i, 50);
    }
    board_fold(&b);
    for (unsigned i = 0; i < 5; i++) assert_int_equal(b.items[i].state, i < AID_OPEN_TAKES ? AID_TAKEN : AID_OPEN);
    step_add(&b, 2, 1, AID_DONE, 6, 60);
    board_fold(&b);
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(b.items[i].state, i == 0 ? AID_SAID : i <= AID_OPEN_TAKES ? AID_TAKEN : AID_OPEN);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_twin), cmocka_unit_test(test_convergence),
                                       cmocka_unit_test(test_in_charge), cmocka_unit_test(test_three_open_takes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
