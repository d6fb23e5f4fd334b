/*
 * The register of people. Shows that the state of every entry, note and link is that of a naive twin, written from the
 * rules alone; that histories by up to eight authors, cut into overlapping parts that come in any order with doubles,
 * give the same state to the byte; and, one by one, the rules: when somebody is shown as dead (THREATS.md, rule 3), how
 * many grounds there are, when an entry expires, that linked entries stay what they are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "test/core/sample_util.h"
#include "view/persons.h"

#define HISTORIES 10000
#define ITEMS 8
#define ROOM 2 /* times as many, with doubles */
#define STEPS 40
#define TIES 20
#define LIFE ((uint64_t)PERSON_DAYS * DAY_SECONDS)
#define NOW (LIFE + 1000)

struct board {
    struct person_item items[ROOM * ITEMS];
    struct person_step steps[ROOM * STEPS];
    struct person_tie ties[ROOM * TIES];
    size_t item_count, step_count, tie_count;
};

static int item_compare(const void *a, const void *b) {
    return person_item_order(a, b);
}
static int step_compare(const void *a, const void *b) {
    return person_step_order(a, b);
}
static int tie_compare(const void *a, const void *b) {
    return person_tie_order(a, b);
}

/* Sort a list whose elements begin with their ids, and drop doubles. Return how many are left. */
static size_t list_clean(void *list, size_t count, size_t size, int (*compare)(const void *, const void *)) {
    uint8_t *bytes = list;
    size_t kept = 0;
    qsort(list, count, size, compare);
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && memcmp(bytes + (kept - 1) * size, bytes + i * size, HASH_SIZE) == 0) continue;
        memmove(bytes + kept * size, bytes + i * size, size);
        kept++;
    }
    return kept;
}

static void board_fold(struct board *b) {
    b->item_count = list_clean(b->items, b->item_count, sizeof *b->items, item_compare);
    b->step_count = list_clean(b->steps, b->step_count, sizeof *b->steps, step_compare);
    b->tie_count = list_clean(b->ties, b->tie_count, sizeof *b->ties, tie_compare);
    person_fold(b->items, b->item_count, b->steps, b->step_count, b->ties, b->tie_count, NOW);
}

static void id_fill(struct rng *g, uint8_t id[HASH_SIZE]) {
    for (unsigned i = 0; i < HASH_SIZE; i++) id[i] = (uint8_t)rng_below(g, 256);
}

static void pair_put(struct person_tie *t, const uint8_t *a, const uint8_t *b) {
    bool turned = memcmp(a, b, HASH_SIZE) > 0;
    memcpy(t->one, turned ? b : a, HASH_SIZE);
    memcpy(t->other, turned ? a : b, HASH_SIZE);
}

/* The next number of an author, now and then one that was there already: a fork. */
static uint64_t seq_next(struct rng *g, uint64_t *seq) {
    uint64_t one = *seq - (*seq > 0 && rng_one_in(g, 10));
    (*seq)++;
    return one;
}

static void history_make(struct rng *g, struct board *b) {
    uint64_t seq[8] = {0};
    memset(b, 0, sizeof *b);
    b->item_count = 1 + rng_below(g, ITEMS);
    b->step_count = rng_below(g, STEPS + 1);
    b->tie_count = rng_below(g, TIES + 1);
    for (size_t i = 0; i < b->item_count; i++) {
        struct person_item *item = &b->items[i];
        id_fill(g, item->id);
        unsigned author = (unsigned)rng_below(g, 8);
        memset(item->author, (int)author + 1, KEY_SIZE);
        seq[author]++;
        item->created = rng_below(g, 2000);
        item->until = rng_one_in(g, 4) ? NOW - 50 + rng_below(g, 100) : 0;
        item->self = rng_one_in(g, 4);
    }
    for (size_t i = 0; i < b->step_count; i++) {
        static const uint8_t often[] = {PERSON_DEAD, PERSON_DEAD, PERSON_DETAINED, PERSON_SAFE, PERSON_INFORMATION};
        struct person_step *s = &b->steps[i];
        const struct person_item *item = &b->items[rng_below(g, b->item_count)];
        unsigned author = (unsigned)rng_below(g, 8);
        if (rng_one_in(g, 4)) author = (unsigned)item->author[0] - 1;
        id_fill(g, s->id);
        memset(s->author, (int)author + 1, KEY_SIZE);
        memcpy(s->target, item->id, HASH_SIZE);
        if (rng_one_in(g, 20)) id_fill(g, s->target); /* its entry has not come */
        s->seq = seq_next(g, &seq[author]);
        s->created = rng_below(g, 2000);
        s->status =
            rng_one_in(g, 2) ? often[rng_below(g, sizeof often)] : (uint8_t)(1 + rng_below(g, PERSON_STATUS_MAX));
        s->ground = (uint8_t)(1 + rng_below(g, PERSON_GROUND_MAX));
        s->self = rng_one_in(g, 6);
        s->renews = rng_one_in(g, 6);
        if (rng_one_in(g, 3)) {
            memset(s->voice, 1 + (int)rng_below(g, 3), PERSON_VOICE_SIZE);
            s->said_at = 1 + rng_below(g, 10);
        }
    }
    for (size_t i = 0; i < b->tie_count; i++) {
        struct person_tie *t = &b->ties[i];
        uint8_t stranger[HASH_SIZE];
        unsigned author = (unsigned)rng_below(g, 8);
        id_fill(g, t->id);
        id_fill(g, stranger);
        memset(t->author, (int)author + 1, KEY_SIZE);
        size_t one = rng_below(g, b->item_count), other = rng_below(g, b->item_count);
        pair_put(t, b->items[one].id, one == other ? stranger : b->items[other].id);
        t->seq = seq_next(g, &seq[author]);
        t->type = rng_below(g, 3) ? PERSON_LINK : PERSON_UNLINK;
    }
}

/* ---- The naive twin ---- */

static bool same(const uint8_t *a, const uint8_t *b) {
    return memcmp(a, b, HASH_SIZE) == 0;
}

/* Whether a is a later word of the same voice on the same entry than b. */
static bool later(const struct person_step *a, const struct person_step *b) {
    if (!same(a->target, b->target) || !same(a->author, b->author) ||
        memcmp(a->voice, b->voice, PERSON_VOICE_SIZE) != 0)
        return false;
    if (a->said_at != b->said_at) return a->said_at > b->said_at;
    return a->seq != b->seq ? a->seq > b->seq : memcmp(a->id, b->id, HASH_SIZE) > 0;
}

static const struct person_item *item_of(const struct board *b, const struct person_step *s) {
    for (size_t i = 0; i < b->item_count; i++)
        if (same(b->items[i].id, s->target)) return &b->items[i];
    return NULL;
}

static bool pretends(const struct board *b, const struct person_step *s) {
    const struct person_item *item = item_of(b, s);
    return item->self && s->self && !same(item->author, s->author);
}

static unsigned naive_place(const struct board *b, const struct person_step *s) {
    if (!item_of(b, s)) return PERSON_TELLS;
    if (pretends(b, s)) return PERSON_NOT_SELF;
    if (s->status == PERSON_INFORMATION) return PERSON_TELLS;
    for (size_t i = 0; i < b->step_count; i++) {
        const struct person_step *other = &b->steps[i];
        if (later(other, s) && other->status != PERSON_INFORMATION && !pretends(b, other)) return PERSON_EARLIER;
    }
    return PERSON_COUNTS;
}

/* Whether an author says a status of an entry. */
static bool naive_says(const struct board *b, const struct person_item *item, unsigned author, unsigned status,
                       bool *strong) {
    bool says = false;
    for (size_t i = 0; i < b->step_count; i++) {
        const struct person_step *s = &b->steps[i];
        if (!same(s->target, item->id) || s->author[0] != author || s->status != status) continue;
        if (naive_place(b, s) != PERSON_COUNTS) continue;
        says = true;
        if (s->ground == PERSON_SAW || s->ground == PERSON_PAPER) *strong = true;
    }
    return says;
}

static uint64_t naive_expiry(const struct board *b, const struct person_item *item) {
    uint64_t expiry = item->until ? item->until : item->created + LIFE;
    for (size_t i = 0; i < b->step_count; i++) {
        const struct person_step *s = &b->steps[i];
        if (!same(s->target, item->id) || pretends(b, s)) continue;
        bool own = same(s->author, item->author) && s->voice[0] == 0;
        if ((own || s->renews) && s->created + LIFE > expiry) expiry = s->created + LIFE;
    }
    return expiry;
}

static unsigned naive_state(const unsigned said[PERSON_STATUS_MAX + 1], bool strong, uint64_t expiry) {
    if (expiry <= NOW) return PERSON_EXPIRED;
    if (said[PERSON_DEAD]) {
        if (said[PERSON_DEAD] == 1 || !strong || said[PERSON_SAFE] || said[PERSON_BELIEVED_ALIVE]) return PERSON_ASK;
        return PERSON_DEAD;
    }
    if ((said[PERSON_DETAINED] > 0) + (said[PERSON_HURT] > 0) + (said[PERSON_SAFE] > 0) > 1) return PERSON_DIFFERENT;
    if (said[PERSON_DETAINED]) return PERSON_DETAINED;
    if (said[PERSON_HURT]) return PERSON_HURT;
    if (said[PERSON_SAFE]) return PERSON_SAFE;
    return said[PERSON_BELIEVED_ALIVE] ? PERSON_BELIEVED_ALIVE : PERSON_LOOKED_FOR;
}

/* The last word of an author on a pair, or NULL. */
static const struct person_tie *naive_word(const struct board *b, unsigned author, const uint8_t *one,
                                           const uint8_t *other) {
    const struct person_tie *last = NULL;
    for (size_t i = 0; i < b->tie_count; i++) {
        const struct person_tie *t = &b->ties[i];
        if (t->author[0] != author || !same(t->one, one) || !same(t->other, other)) continue;
        if (!last || t->seq > last->seq || (t->seq == last->seq && memcmp(t->id, last->id, HASH_SIZE) > 0)) last = t;
    }
    return last;
}

static bool naive_linked(const struct board *b, const uint8_t *one, const uint8_t *other) {
    int balance = 0;
    for (unsigned author = 1; author <= 8; author++) {
        const struct person_tie *t = naive_word(b, author, one, other);
        balance += !t ? 0 : t->type == PERSON_LINK ? 1 : -1;
    }
    return balance > 0;
}

/* Sets by spreading a mark until nothing changes. */
static void naive_sets(const struct board *b) {
    size_t mark[ITEMS];
    for (size_t i = 0; i < b->item_count; i++) mark[i] = i;
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < b->item_count; i++)
            for (size_t k = i + 1; k < b->item_count; k++) {
                if (mark[i] == mark[k] || !naive_linked(b, b->items[i].id, b->items[k].id)) continue;
                mark[i] = mark[k] = mark[i] < mark[k] ? mark[i] : mark[k];
                changed = true;
            }
    }
    for (size_t i = 0; i < b->item_count; i++) {
        unsigned size = 0;
        for (size_t k = 0; k < b->item_count; k++) size += mark[k] == mark[i];
        assert_int_equal(b->items[i].set, mark[i]);
        assert_int_equal(b->items[i].set_size, size);
    }
}

static void naive_check(const struct board *b) {
    for (size_t i = 0; i < b->step_count; i++) assert_int_equal(b->steps[i].place, naive_place(b, &b->steps[i]));
    for (size_t i = 0; i < b->item_count; i++) {
        const struct person_item *item = &b->items[i];
        unsigned said[PERSON_STATUS_MAX + 1] = {0};
        bool strong = false, unused = false;
        for (unsigned author = 1; author <= 8; author++)
            for (unsigned status = 1; status <= PERSON_STATUS_MAX; status++)
                said[status] += naive_says(b, item, author, status, status == PERSON_DEAD ? &strong : &unused);
        for (unsigned status = 1; status <= PERSON_STATUS_MAX; status++)
            assert_int_equal(item->said[status], said[status]);
        assert_true(item->expiry == naive_expiry(b, item));
        assert_int_equal(item->state, naive_state(said, strong, item->expiry));
    }
    for (size_t i = 0; i < b->tie_count; i++) {
        const struct person_tie *t = &b->ties[i];
        assert_int_equal(t->counts, naive_word(b, t->author[0], t->one, t->other) == t);
        assert_int_equal(t->linked, naive_linked(b, t->one, t->other));
    }
    naive_sets(b);
}

static void test_twin(void **state) {
    (void)state;
    struct rng g;
    static struct board b;
    unsigned states[PERSON_EXPIRED + 1] = {0}, places[PERSON_NOT_SELF + 1] = {0}, sets[ITEMS + 1] = {0};
    rng_begin(&g, "persons twin");
    for (unsigned n = 0; n < HISTORIES; n++) {
        history_make(&g, &b);
        board_fold(&b);
        naive_check(&b);
        for (size_t i = 0; i < b.item_count; i++) states[b.items[i].state]++;
        for (size_t i = 0; i < b.item_count; i++) sets[b.items[i].set_size]++;
        for (size_t i = 0; i < b.step_count; i++) places[b.steps[i].place]++;
    }
    for (unsigned i = 1; i <= PERSON_EXPIRED; i++) assert_true(i == PERSON_INFORMATION || states[i] > 100);
    for (unsigned i = 0; i <= PERSON_NOT_SELF; i++) assert_in_range(places[i], 100, 1000000);
    for (unsigned i = 1; i <= ITEMS; i++) assert_in_range(sets[i], 100, 1000000);
}

/* ---- Convergence ---- */

/* Put what a device has into another's; both may have it already. */
static size_t list_merge(struct rng *g, void *to, size_t count, size_t room, const void *whole, size_t whole_count,
                         size_t size, unsigned keep_of_ten) {
    for (size_t i = 0; i < whole_count && count < room; i++)
        if (rng_below(g, 10) < keep_of_ten)
            memcpy((uint8_t *)to + count++ * size, (const uint8_t *)whole + i * size, size);
    for (size_t i = count; i > 1; i--) { /* in any order */
        uint8_t *a = (uint8_t *)to + (i - 1) * size, *b = (uint8_t *)to + rng_below(g, i) * size;
        for (size_t n = 0; n < size; n++) {
            uint8_t one = a[n];
            a[n] = b[n];
            b[n] = one;
        }
    }
    return count;
}

static void part_merge(struct rng *g, struct board *to, const struct board *whole, unsigned keep_of_ten) {
    to->item_count = list_merge(g, to->items, to->item_count, ROOM * ITEMS, whole->items, whole->item_count,
                                sizeof *to->items, keep_of_ten);
    to->step_count = list_merge(g, to->steps, to->step_count, ROOM * STEPS, whole->steps, whole->step_count,
                                sizeof *to->steps, keep_of_ten);
    to->tie_count = list_merge(g, to->ties, to->tie_count, ROOM * TIES, whole->ties, whole->tie_count, sizeof *to->ties,
                               keep_of_ten);
}

static bool has_all(const struct board *device, const struct board *whole) {
    return device->item_count == whole->item_count && device->step_count == whole->step_count &&
           device->tie_count == whole->tie_count;
}

static void test_convergence(void **state) {
    (void)state;
    struct rng g;
    static struct board whole, first, device;
    rng_begin(&g, "persons convergence");
    for (unsigned n = 0; n < HISTORIES; n++) {
        history_make(&g, &whole);
        first = whole;
        board_fold(&first);
        for (unsigned d = 0; d < 3; d++) {
            memset(&device, 0, sizeof device);
            part_merge(&g, &device, &whole, 1 + (unsigned)rng_below(&g, 9));
            board_fold(&device); /* what it showed meanwhile changes nothing */
            while (!has_all(&device, &whole)) {
                part_merge(&g, &device, &whole, 7);
                board_fold(&device);
            }
            assert_memory_equal(device.items, first.items, first.item_count * sizeof *first.items);
            assert_memory_equal(device.steps, first.steps, first.step_count * sizeof *first.steps);
            assert_memory_equal(device.ties, first.ties, first.tie_count * sizeof *first.ties);
        }
    }
}

/* ---- The rules, one by one ---- */

static struct board one;

static int begin(void **state) {
    (void)state;
    memset(&one, 0, sizeof one);
    for (unsigned i = 1; i <= 3; i++) {
        struct person_item *item = &one.items[one.item_count++];
        memset(item->id, (int)i, HASH_SIZE);
        memset(item->author, 9, KEY_SIZE);
        item->created = NOW - 100;
    }
    return 0;
}

static struct person_step *note(unsigned author, uint8_t status, uint8_t ground) {
    struct person_step *s = &one.steps[one.step_count++];
    memset(s, 0, sizeof *s);
    memset(s->id, 0x80 + (int)one.step_count, HASH_SIZE);
    memset(s->author, (int)author, KEY_SIZE);
    memset(s->target, 1, HASH_SIZE);
    s->status = status;
    s->ground = ground;
    s->seq = one.step_count;
    s->created = NOW - 50;
    return s;
}

static void tie(unsigned author, unsigned a, unsigned b, uint8_t type) {
    struct person_tie *t = &one.ties[one.tie_count++];
    memset(t, 0, sizeof *t);
    memset(t->id, 0x40 + (int)one.tie_count, HASH_SIZE);
    memset(t->author, (int)author, KEY_SIZE);
    pair_put(t, one.items[a].id, one.items[b].id);
    t->seq = one.tie_count;
    t->type = type;
}

static void state_is(unsigned state) {
    board_fold(&one);
    assert_int_equal(one.items[0].state, state);
}

static void test_rule_3_dead_on_two_grounds(void **state) {
    (void)state;
    state_is(PERSON_LOOKED_FOR);
    note(2, PERSON_DEAD, PERSON_SAW);
    state_is(PERSON_ASK); /* one, though they saw it */
    note(2, PERSON_DEAD, PERSON_PAPER);
    state_is(PERSON_ASK); /* the same one again */
    memset(note(2, PERSON_DEAD, PERSON_PAPER)->voice, 7, PERSON_VOICE_SIZE);
    state_is(PERSON_ASK); /* and with a list in hand */
    note(3, PERSON_DEAD, PERSON_TOLD);
    state_is(PERSON_DEAD);
    note(4, PERSON_DETAINED, PERSON_SAW); /* may have been before */
    state_is(PERSON_DEAD);
    note(5, PERSON_BELIEVED_ALIVE, PERSON_TOLD);
    state_is(PERSON_ASK);
    note(5, PERSON_DEAD, PERSON_TOLD); /* knows better now */
    state_is(PERSON_DEAD);
    note(5, PERSON_SAFE, PERSON_SAW);
    state_is(PERSON_ASK);
}

static void test_rule_3_not_on_hearsay(void **state) {
    (void)state;
    for (unsigned author = 2; author < 20; author++) {
        note(author, PERSON_DEAD, author % 2 ? PERSON_TOLD : PERSON_LIST);
        state_is(PERSON_ASK);
    }
    note(20, PERSON_DEAD, PERSON_PAPER);
    state_is(PERSON_DEAD);
}

static void test_grounds(void **state) {
    (void)state;
    note(2, PERSON_DETAINED, PERSON_SAW);
    note(2, PERSON_DETAINED, PERSON_LIST);
    memset(note(2, PERSON_DETAINED, PERSON_LIST)->voice, 7, PERSON_VOICE_SIZE);
    note(3, PERSON_DETAINED, PERSON_TOLD);
    state_is(PERSON_DETAINED);
    assert_int_equal(one.items[0].said[PERSON_DETAINED], 2);
    note(3, PERSON_INFORMATION, PERSON_TOLD); /* says nothing else */
    state_is(PERSON_DETAINED);
    note(3, PERSON_SAFE, PERSON_SAW);
    state_is(PERSON_DIFFERENT);
    note(2, PERSON_SAFE, PERSON_SAW);
    state_is(PERSON_DIFFERENT); /* the list that 2 brought still says so */
    assert_int_equal(one.items[0].said[PERSON_DETAINED], 1);
    assert_int_equal(one.items[0].said[PERSON_SAFE], 2);
}

/* A file that is older than what came before changes nothing. */
static void test_older_import(void **state) {
    (void)state;
    struct person_step *s = note(2, PERSON_SAFE, PERSON_TOLD);
    memset(s->voice, 7, PERSON_VOICE_SIZE);
    s->said_at = 500;
    s = note(2, PERSON_DETAINED, PERSON_TOLD);
    memset(s->voice, 7, PERSON_VOICE_SIZE);
    s->said_at = 400;
    state_is(PERSON_SAFE);
}

static void test_expiry(void **state) {
    (void)state;
    one.items[0].created = NOW - LIFE;
    state_is(PERSON_EXPIRED);
    note(2, PERSON_SAFE, PERSON_SAW);
    state_is(PERSON_EXPIRED); /* a note by anybody does not keep it */
    note(2, PERSON_INFORMATION, PERSON_SAW)->renews = true;
    state_is(PERSON_SAFE);
    assert_true(one.items[0].expiry == NOW - 50 + LIFE);
    one.step_count = 0;
    struct person_step *s = note(9, PERSON_SAFE, PERSON_SAW);
    memset(s->voice, 7, PERSON_VOICE_SIZE);
    state_is(PERSON_EXPIRED); /* nor what its author brings of others */
    note(9, PERSON_INFORMATION, PERSON_SAW);
    state_is(PERSON_SAFE);
    one.items[0].until = NOW - 60 + 2 * LIFE;
    state_is(PERSON_SAFE);
    assert_true(one.items[0].expiry == NOW - 60 + 2 * LIFE);
}

static void test_i_am_this_person(void **state) {
    (void)state;
    note(3, PERSON_SAFE, PERSON_SAW)->self = true;
    state_is(PERSON_SAFE); /* of an entry by somebody else: who reads sees who says it */
    one.items[0].self = true;
    state_is(PERSON_LOOKED_FOR); /* of one's own entry nobody else is that person */
    assert_int_equal(one.steps[0].place, PERSON_NOT_SELF);
    note(9, PERSON_DETAINED, PERSON_SAW)->self = true;
    state_is(PERSON_DETAINED);
}

static void test_links(void **state) {
    (void)state;
    struct board before;
    note(2, PERSON_SAFE, PERSON_SAW);
    board_fold(&one);
    before = one;
    tie(2, 0, 1, PERSON_LINK);
    tie(2, 2, 1, PERSON_LINK);
    board_fold(&one);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(one.items[i].set, 0);
        assert_int_equal(one.items[i].set_size, 3);
        assert_int_equal(one.items[i].state, before.items[i].state); /* linked, not merged */
    }
    tie(3, 1, 2, PERSON_UNLINK); /* one says so, one says no */
    board_fold(&one);
    assert_int_equal(one.items[2].set_size, 1);
    assert_int_equal(one.items[0].set_size, 2);
    tie(2, 0, 1, PERSON_UNLINK); /* changed their mind */
    tie(4, 1, 2, PERSON_LINK);
    board_fold(&one);
    assert_int_equal(one.items[0].set_size, 1);
    assert_int_equal(one.items[2].set, 1);
}

/* A million notes on one person: one walk. */
static void test_a_million_notes(void **state) {
    (void)state;
    enum { COUNT = 1000000 };
    struct person_step *steps = calloc(COUNT, sizeof *steps);
    assert_non_null(steps);
    for (uint32_t i = 0; i < COUNT; i++) {
        struct person_step *s = &steps[i];
        memcpy(s->id, &i, sizeof i);
        memset(s->target, 1, HASH_SIZE);
        for (unsigned k = 0; k < 4; k++) s->author[k] = (uint8_t)((i / 10) >> (24 - 8 * k));
        s->seq = i % 10;
        s->status = PERSON_DETAINED;
        s->ground = PERSON_TOLD;
    }
    person_fold(one.items, one.item_count, steps, COUNT, NULL, 0, NOW);
    assert_int_equal(one.items[0].said[PERSON_DETAINED], COUNT / 10);
    assert_int_equal(one.items[0].state, PERSON_DETAINED);
    free(steps);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_twin),
                                       cmocka_unit_test(test_convergence),
                                       cmocka_unit_test_setup(test_rule_3_dead_on_two_grounds, begin),
                                       cmocka_unit_test_setup(test_rule_3_not_on_hearsay, begin),
                                       cmocka_unit_test_setup(test_grounds, begin),
                                       cmocka_unit_test_setup(test_older_import, begin),
                                       cmocka_unit_test_setup(test_expiry, begin),
                                       cmocka_unit_test_setup(test_i_am_this_person, begin),
                                       cmocka_unit_test_setup(test_links, begin),
                                       cmocka_unit_test_setup(test_a_million_notes, begin)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
