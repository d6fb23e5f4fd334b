/*
 * Reports and what others say of them. Shows that how every report stands is what a naive twin, written from the rules
 * alone, says; that histories by up to eight authors, cut into overlapping parts that come in any order with doubles,
 * give the same to the byte; that corrections carry nobody along; and, on built attacks, that a thousand made keys
 * behind one real person count once, and behind nobody not at all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "test/core/sample_util.h"
#include "view/report.h"

#define HISTORIES 10000
#define ITEMS 10
#define ROOM 2 /* times as many, with doubles */
#define LINES 40
#define NOW 1000

struct board {
    struct report_item items[ROOM * ITEMS];
    struct report_line lines[ROOM * LINES];
    size_t item_count, line_count;
};

static const uint8_t none[HASH_SIZE];

static int item_compare(const void *a, const void *b) {
    return report_item_order(a, b);
}
static int line_compare(const void *a, const void *b) {
    return report_line_order(a, b);
}

/* Sort, drop doubles, fold. */
static void board_fold(struct board *b) {
    size_t kept = 0;
    qsort(b->items, b->item_count, sizeof *b->items, item_compare);
    for (size_t i = 0; i < b->item_count; i++)
        if (kept == 0 || memcmp(b->items[kept - 1].id, b->items[i].id, HASH_SIZE) != 0) b->items[kept++] = b->items[i];
    b->item_count = kept;
    kept = 0;
    qsort(b->lines, b->line_count, sizeof *b->lines, line_compare);
    for (size_t i = 0; i < b->line_count; i++)
        if (kept == 0 || memcmp(b->lines[kept - 1].id, b->lines[i].id, HASH_SIZE) != 0) b->lines[kept++] = b->lines[i];
    b->line_count = kept;
    report_fold(b->items, b->item_count, b->lines, b->line_count, NOW);
}

static void id_fill(struct rng *g, uint8_t id[HASH_SIZE]) {
    for (unsigned i = 0; i < HASH_SIZE; i++) id[i] = (uint8_t)rng_below(g, 256);
}

/* A history by up to eight authors, each with a sequence of their own. */
static void history_make(struct rng *g, struct board *b) {
    uint64_t seq[8] = {0};
    memset(b, 0, sizeof *b);
    b->item_count = 1 + rng_below(g, ITEMS);
    b->line_count = rng_below(g, LINES + 1);
    for (size_t i = 0; i < b->item_count; i++) {
        struct report_item *item = &b->items[i];
        unsigned author = (unsigned)rng_below(g, 8);
        id_fill(g, item->id);
        item->type = (uint8_t)rng_below(g, REPORT_TYPE_MAX + 1);
        item->ground = (uint8_t)(item->type == REPORT_MESSAGE ? rng_below(g, 3) : 1 + rng_below(g, REPORT_GROUND_MAX));
        item->until = rng_one_in(g, 3) ? NOW - 50 + rng_below(g, 100) : 0;
        if (item->type == REPORT_MESSAGE && rng_one_in(g, 2)) id_fill(g, item->version);
        if (i > 0 && item->type != REPORT_MESSAGE && rng_one_in(g, 2)) { /* a correction, or a try */
            const struct report_item *first = &b->items[rng_below(g, i)];
            memcpy(item->corrects, first->id, HASH_SIZE);
            if (!rng_one_in(g, 5)) author = (unsigned)first->author[0] - 1;
            if (rng_one_in(g, 20)) id_fill(g, item->corrects); /* what it corrects has not come */
        }
        memset(item->author, (int)author + 1, KEY_SIZE);
        item->seq = seq[author] - (seq[author] > 0 && rng_one_in(g, 10)); /* sometimes a fork */
        seq[author]++;
    }
    for (size_t i = 0; i < b->line_count; i++) {
        struct report_line *line = &b->lines[i];
        const struct report_item *item = &b->items[rng_below(g, b->item_count)],
                                 *about = &b->items[rng_below(g, b->item_count)];
        unsigned author = (unsigned)rng_below(g, 8);
        id_fill(g, line->id);
        line->say = (uint8_t)(1 + rng_below(g, REPORT_SAY_MAX));
        line->ground = (uint8_t)(1 + rng_below(g, REPORT_GROUND_MAX));
        if (rng_one_in(g, 4)) author = (unsigned)item->author[0] - 1;
        memset(line->author, (int)author + 1, KEY_SIZE);
        memcpy(line->target, item->id, HASH_SIZE);
        if (rng_one_in(g, 20)) id_fill(g, line->target); /* its report has not come */
        if (memcmp(about->corrects, item->id, HASH_SIZE) == 0) memcpy(line->about, about->id, HASH_SIZE);
        if (rng_one_in(g, 3)) memcpy(line->about, item->version, HASH_SIZE);
        line->seq = seq[author] - (seq[author] > 0 && rng_one_in(g, 10));
        seq[author]++;
    }
}

/* ---- The naive twin ---- */

static bool same(const uint8_t *a, const uint8_t *b) {
    return memcmp(a, b, HASH_SIZE) == 0;
}

static const struct report_item *naive_first(const struct board *b, const struct report_item *c) {
    for (size_t i = 0; i < b->item_count; i++) {
        const struct report_item *first = &b->items[i];
        if (c->type && first->type && same(c->corrects, first->id) && same(first->corrects, none) &&
            same(first->author, c->author) && !same(c->corrects, none))
            return first;
    }
    return NULL;
}

static const struct report_item *naive_correction(const struct board *b, const struct report_item *first) {
    const struct report_item *best = NULL;
    for (size_t i = 0; i < b->item_count; i++) {
        const struct report_item *c = &b->items[i];
        if (naive_first(b, c) != first) continue;
        if (!best || c->seq > best->seq || (c->seq == best->seq && memcmp(c->id, best->id, HASH_SIZE) < 0)) best = c;
    }
    return best;
}

/* The last word of an author that confirms or denies, or NULL. */
static const struct report_line *naive_last(const struct board *b, const struct report_item *item, unsigned author) {
    const struct report_line *last = NULL;
    for (size_t i = 0; i < b->line_count; i++) {
        const struct report_line *l = &b->lines[i];
        if (!same(l->target, item->id) || l->author[0] != author || l->say > REPORT_DENY) continue;
        if (!last || l->seq > last->seq || (l->seq == last->seq && memcmp(l->id, last->id, HASH_SIZE) > 0)) last = l;
    }
    return last;
}

static void naive_check(const struct board *b, unsigned states[REPORT_OVER + 1], unsigned *earlier) {
    for (size_t i = 0; i < b->item_count; i++) {
        const struct report_item *item = &b->items[i], *correction = naive_correction(b, item),
                                 *said = correction ? correction : item;
        const uint8_t *version = item->type == REPORT_MESSAGE ? item->version : correction ? correction->id : none;
        uint32_t yes[REPORT_GROUND_MAX + 1] = {0}, no[REPORT_GROUND_MAX + 1] = {0}, before = 0, people[2] = {0, 0};
        uint32_t added = 0, answers = 0;
        const struct report_line *own = naive_last(b, item, item->author[0]);
        bool revoked = own && own->say == REPORT_DENY && same(own->about, version);
        if (!revoked) yes[said->ground]++, people[0]++;
        for (unsigned author = 1; author <= 8; author++) {
            const struct report_line *last = naive_last(b, item, author);
            if (!last || author == item->author[0]) continue;
            if (!same(last->about, version))
                before++;
            else if (last->say == REPORT_CONFIRM)
                yes[last->ground]++, people[0]++;
            else
                no[last->ground]++, people[1]++;
        }
        for (size_t k = 0; k < b->line_count; k++) {
            const struct report_line *l = &b->lines[k];
            if (!same(l->target, item->id)) continue;
            added += l->say == REPORT_ADD;
            answers += l->say == REPORT_ANSWER;
            unsigned place = l->say > REPORT_DENY                     ? REPORT_SAID
                             : naive_last(b, item, l->author[0]) != l ? REPORT_REPLACED
                             : same(l->about, version)                ? REPORT_COUNTS
                                                                      : REPORT_EARLIER;
            assert_int_equal(l->place, place);
        }
        assert_int_equal(item->inside, naive_first(b, item) != NULL);
        assert_ptr_equal(report_now(b->items, item), said);
        assert_memory_equal(item->version, version, HASH_SIZE);
        assert_int_equal(item->yes.people, people[0]);
        assert_int_equal(item->no.people, people[1]);
        assert_int_equal(item->yes.saw, yes[REPORT_SAW]);
        assert_int_equal(item->yes.told, yes[REPORT_TOLD]);
        assert_int_equal(item->yes.paper, yes[REPORT_PAPER]);
        assert_int_equal(item->no.saw, no[REPORT_SAW]);
        assert_int_equal(item->no.told, no[REPORT_TOLD]);
        assert_int_equal(item->no.paper, no[REPORT_PAPER]);
        assert_int_equal(item->earlier, before);
        assert_int_equal(item->added, added);
        assert_int_equal(item->answers, answers);
        unsigned state = revoked                                ? REPORT_REVOKED
                         : said->until > 0 && said->until < NOW ? REPORT_OVER
                         : people[1] > 0                        ? REPORT_DISPUTED
                                                                : REPORT_UP;
        assert_int_equal(item->state, state);
        states[state]++;
        *earlier += before > 0;
    }
}

static void test_twin(void **state) {
    (void)state;
    struct rng g;
    static struct board b;
    unsigned states[REPORT_OVER + 1] = {0}, places[REPORT_SAID + 1] = {0}, corrected = 0, inside = 0, earlier = 0;
    rng_begin(&g, "report twin");
    for (unsigned n = 0; n < HISTORIES; n++) {
        history_make(&g, &b);
        board_fold(&b);
        naive_check(&b, states, &earlier);
        for (size_t i = 0; i < b.item_count; i++) {
            corrected += b.items[i].correction != REPORT_NONE;
            inside += b.items[i].inside;
        }
        for (size_t i = 0; i < b.line_count; i++) places[b.lines[i].place]++;
    }
    for (unsigned i = 0; i <= REPORT_OVER; i++) assert_true(states[i] > 100);
    for (unsigned i = 0; i <= REPORT_SAID; i++) assert_true(places[i] > 100);
    assert_true(corrected > 100 && inside > corrected && earlier > 100);
}

/* ---- Convergence ---- */

/* Put what a device has into another's, in any order; both may have it already. */
static void part_merge(struct rng *g, struct board *to, const struct board *whole, unsigned keep_of_ten) {
    for (size_t i = 0; i < whole->item_count; i++)
        if (rng_below(g, 10) < keep_of_ten && to->item_count < ROOM * ITEMS)
            to->items[to->item_count++] = whole->items[i];
    for (size_t i = 0; i < whole->line_count; i++)
        if (rng_below(g, 10) < keep_of_ten && to->line_count < ROOM * LINES)
            to->lines[to->line_count++] = whole->lines[i];
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
    rng_begin(&g, "report convergence");
    for (unsigned n = 0; n < HISTORIES; n++) {
        history_make(&g, &whole);
        first = whole;
        board_fold(&first);
        for (unsigned d = 0; d < 3; d++) {
            memset(&device, 0, sizeof device);
            part_merge(&g, &device, &whole, 1 + (unsigned)rng_below(&g, 9));
            shuffle(&g, device.items, device.item_count, sizeof *device.items);
            board_fold(&device); /* what it showed meanwhile changes nothing */
            while (device.item_count < whole.item_count || device.line_count < whole.line_count) {
                part_merge(&g, &device, &whole, 7);
                shuffle(&g, device.lines, device.line_count, sizeof *device.lines);
                board_fold(&device);
            }
            assert_int_equal(device.item_count, first.item_count);
            assert_int_equal(device.line_count, first.line_count);
            assert_memory_equal(device.items, first.items, first.item_count * sizeof *first.items);
            assert_memory_equal(device.lines, first.lines, first.line_count * sizeof *first.lines);
        }
    }
}

/* ---- Rules, one by one ---- */

/* A report by author 1, id 1; lines by authors from 2 on. */
static void line_add(struct board *b, unsigned author, uint8_t say, uint64_t seq, const uint8_t *about) {
    struct report_line *l = &b->lines[b->line_count++];
    memset(l, 0, sizeof *l);
    l->id[0] = (uint8_t)b->line_count;
    l->id[1] = (uint8_t)author;
    memset(l->author, (int)author, KEY_SIZE);
    memset(l->target, 1, HASH_SIZE);
    if (about) memcpy(l->about, about, HASH_SIZE);
    l->say = say;
    l->ground = REPORT_SAW;
    l->seq = seq;
}

static struct report_item *report_add(struct board *b, unsigned id, unsigned author) {
    struct report_item *item = &b->items[b->item_count++];
    memset(item, 0, sizeof *item);
    memset(item->id, (int)id, HASH_SIZE);
    memset(item->author, (int)author, KEY_SIZE);
    item->type = REPORT_WARNING;
    item->ground = REPORT_TOLD;
    item->until = NOW + 1;
    return item;
}

static void test_corrections_carry_nobody_along(void **state) {
    (void)state;
    static struct board b;
    memset(&b, 0, sizeof b);
    report_add(&b, 1, 1);
    line_add(&b, 2, REPORT_CONFIRM, 1, NULL);
    line_add(&b, 3, REPORT_CONFIRM, 1, NULL);
    board_fold(&b);
    assert_int_equal(b.items[0].yes.people, 3);
    assert_int_equal(b.items[0].yes.saw, 2);
    assert_int_equal(b.items[0].yes.told, 1);
    struct report_item *c = report_add(&b, 9, 1); /* its author says something else now */
    memset(c->corrects, 1, HASH_SIZE);
    c->seq = 5;
    c->ground = REPORT_SAW;
    board_fold(&b);
    assert_int_equal(b.items[0].yes.people, 1);
    assert_int_equal(b.items[0].yes.saw, 1);
    assert_int_equal(b.items[0].earlier, 2);
    assert_true(b.items[1].inside && !b.items[0].inside);
    line_add(&b, 2, REPORT_CONFIRM, 2, b.items[1].id); /* one says that of what it says now, too */
    board_fold(&b);
    assert_int_equal(b.items[0].yes.people, 2);
    assert_int_equal(b.items[0].earlier, 1);
    c = report_add(&b, 8, 2); /* of another author: shown by itself */
    memset(c->corrects, 1, HASH_SIZE);
    c->seq = 99;
    board_fold(&b);
    assert_int_equal(b.items[0].yes.people, 2);
    assert_true(!b.items[1].inside && b.items[2].inside);
}

static void test_states(void **state) {
    (void)state;
    static struct board b;
    memset(&b, 0, sizeof b);
    report_add(&b, 1, 1);
    board_fold(&b);
    assert_int_equal(b.items[0].state, REPORT_UP);
    line_add(&b, 2, REPORT_DENY, 1, NULL);
    board_fold(&b);
    assert_int_equal(b.items[0].state, REPORT_DISPUTED);
    line_add(&b, 2, REPORT_CONFIRM, 2, NULL); /* thinks better of it */
    board_fold(&b);
    assert_int_equal(b.items[0].state, REPORT_UP);
    assert_int_equal(b.items[0].no.people, 0);
    line_add(&b, 1, REPORT_CONFIRM, 3, NULL); /* one's own yes adds nobody */
    board_fold(&b);
    assert_int_equal(b.items[0].yes.people, 2);
    line_add(&b, 1, REPORT_DENY, 4, NULL);
    board_fold(&b);
    assert_int_equal(b.items[0].state, REPORT_REVOKED);
    assert_int_equal(b.items[0].yes.people, 1);
    b.items[0].until = NOW; /* through its last second */
    line_add(&b, 1, REPORT_CONFIRM, 5, NULL);
    board_fold(&b);
    assert_int_equal(b.items[0].state, REPORT_UP);
    b.items[0].until = NOW - 1;
    board_fold(&b);
    assert_int_equal(b.items[0].state, REPORT_OVER);
}

/* ---- Attacks ---- */

#define FAKES 1000
#define TODAY 20000

static void key_of(uint8_t key[KEY_SIZE], unsigned number) {
    memset(key, 0, KEY_SIZE);
    key[0] = (uint8_t)(number >> 8);
    key[1] = (uint8_t)number;
    key[2] = 1;
}

struct town {
    struct trust_vouch vouches[2 * FAKES + 100];
    size_t vouch_count;
    struct report_item item;
    struct report_line lines[FAKES + 100];
    size_t line_count;
    uint8_t met[10][KEY_SIZE], keys[FAKES + 200][KEY_SIZE];
    size_t met_count;
    struct trust trust;
    void *memory;
};

static void vouch_add(struct town *t, unsigned from, unsigned to) {
    struct trust_vouch *v = &t->vouches[t->vouch_count];
    memset(v, 0, sizeof *v);
    key_of(v->author, from);
    key_of(v->target, to);
    key_of(v->id, (unsigned)t->vouch_count);
    v->seq = t->vouch_count++;
    v->day = TODAY;
    v->expiry_day = TODAY + 90;
}

static void say_add(struct town *t, unsigned who, uint8_t say) {
    struct report_line *l = &t->lines[t->line_count++];
    memset(l, 0, sizeof *l);
    key_of(l->id, (unsigned)t->line_count);
    key_of(l->author, who);
    memset(l->target, 1, HASH_SIZE);
    l->say = say;
    l->ground = REPORT_SAW;
}

/* Fold and build what reader 0 knows; return how many chains lead to those who say so. */
static unsigned chains(struct town *t, uint8_t say) {
    uint8_t reader[KEY_SIZE];
    key_of(reader, 0);
    qsort(t->lines, t->line_count, sizeof *t->lines, line_compare);
    report_fold(&t->item, 1, t->lines, t->line_count, NOW);
    free(t->memory);
    t->memory = malloc(trust_memory(t->vouch_count, t->met_count));
    assert_non_null(t->memory);
    assert_int_equal(trust_build(&t->trust, reader, (const uint8_t(*)[KEY_SIZE])t->met, t->met_count, t->vouches,
                                 t->vouch_count, TODAY, t->memory),
                     0);
    unsigned counted = report_chains(&t->trust, &t->item, t->lines, say, t->keys);
    size_t count = report_keys(&t->item, t->lines, say, t->keys);
    assert_int_equal(counted, trust_chains(&t->trust, (const uint8_t(*)[KEY_SIZE])t->keys, count));
    return counted;
}

static struct town *town_make(void) {
    struct town *t = calloc(1, sizeof *t);
    assert_non_null(t);
    memset(t->item.id, 1, HASH_SIZE);
    t->item.type = REPORT_WARNING;
    t->item.ground = REPORT_SAW;
    return t;
}

static void town_free(struct town *t) {
    free(t->memory);
    free(t);
}

/* The reader met A (1) and B (2). A is deceived, or bribed: vouches for one who makes a thousand keys, which say what
 * that one wants, and vouch for each other. */
static void test_thousand_fakes_count_once(void **state) {
    (void)state;
    struct town *t = town_make();
    key_of(t->met[t->met_count++], 1);
    key_of(t->met[t->met_count++], 2);
    key_of(t->item.author, 100);
    vouch_add(t, 1, 100);
    for (unsigned i = 0; i < FAKES; i++) {
        vouch_add(t, 100, 101 + i);
        vouch_add(t, 101 + i, 101 + (i + 1) % FAKES);
        say_add(t, 101 + i, REPORT_CONFIRM);
    }
    assert_int_equal(chains(t, REPORT_CONFIRM), 1);
    assert_int_equal(t->item.yes.people, FAKES + 1);
    say_add(t, 2, REPORT_DENY); /* one whom the reader met stands for as much */
    assert_int_equal(chains(t, REPORT_DENY), 1);
    assert_int_equal(chains(t, REPORT_CONFIRM), 1);
    assert_int_equal(t->item.state, REPORT_DISPUTED);
    town_free(t);
}

/* The same keys, with nobody behind them whom the reader could know. */
static void test_strangers_count_for_nothing(void **state) {
    (void)state;
    struct town *t = town_make();
    key_of(t->met[t->met_count++], 1);
    key_of(t->item.author, 100);
    for (unsigned i = 0; i < FAKES; i++) {
        vouch_add(t, 100, 101 + i);
        vouch_add(t, 101 + i, 1); /* to know somebody is not to be known by them */
        say_add(t, 101 + i, REPORT_CONFIRM);
    }
    assert_int_equal(chains(t, REPORT_CONFIRM), 0);
    assert_int_equal(t->item.yes.people, FAKES + 1);
    town_free(t);
}

/* Three whom the reader met each know a witness: three chains. The reader's own word is none. */
static void test_separate_witnesses(void **state) {
    (void)state;
    struct town *t = town_make();
    for (unsigned i = 1; i <= 3; i++) {
        key_of(t->met[t->met_count++], i);
        vouch_add(t, i, 10 + i);
        say_add(t, 10 + i, REPORT_CONFIRM);
    }
    key_of(t->item.author, 99); /* a stranger wrote it */
    say_add(t, 0, REPORT_CONFIRM);
    assert_int_equal(chains(t, REPORT_CONFIRM), 3);
    vouch_add(t, 1, 14); /* a fourth, whom only the first one knows */
    say_add(t, 14, REPORT_CONFIRM);
    assert_int_equal(chains(t, REPORT_CONFIRM), 3);
    assert_int_equal(t->item.yes.people, 6);
    town_free(t);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_twin),
                                       cmocka_unit_test(test_convergence),
                                       cmocka_unit_test(test_corrections_carry_nobody_along),
                                       cmocka_unit_test(test_states),
                                       cmocka_unit_test(test_thousand_fakes_count_once),
                                       cmocka_unit_test(test_strangers_count_for_nothing),
                                       cmocka_unit_test(test_separate_witnesses)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
