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

/* ---- Days left out, floors ---- */

static bool is_compared(const struct mem_set *a, const struct mem_set *b, uint32_t floor_day, uint64_t place) {
    const uint32_t day = (uint32_t)(place >> 32);
    for (unsigned i = 0; i < a->partial_count; i++)
        if (a->partial[i] == day) return false;
    for (unsigned i = 0; i < b->partial_count; i++)
        if (b->partial[i] == day) return false;
    return day >= floor_day;
}

/* Move what r found the peer to lack into `to`; every element must be compared and lacking there. */
static void move(struct reconcile *r, const struct mem_set *from, struct mem_set *to, const struct mem_set *a,
                 const struct mem_set *b, uint32_t floor_day) {
    const size_t before = to->count;
    uint64_t item;
    while (reconcile_next(r, &item) == 1) {
        const struct mem_element e = from->elements[item];
        assert_true(is_compared(a, b, floor_day, e.place));
        mem_set_add(to, (uint32_t)(e.place >> 32), (uint32_t)(e.place & UINT32_MAX), 0, e.id);
    }
    assert_int_equal(to->count - before, reconcile_lacked(r));
}

/* Days that one side or the other leaves out are not compared, nor what lies below the higher floor; all else is, and
 * the states of what was compared are equal then. Each side knows in the end how many elements it is going to get. */
static void test_days_and_floors(void **state) {
    (void)state;
    struct rng g;
    unsigned finished = 0;
    rng_begin(&g, "reconcile days");
    for (unsigned run = 0; run < 200; run++) {
        struct mem_set a, b;
        struct reconcile asker, solver;
        struct mem_cost cost = {0};
        const struct mix m = {rng_below(&g, 3000),
                              rng_below(&g, rng_one_in(&g, 3) ? 10 : 300),
                              rng_below(&g, 300),
                              24 * (1 + (unsigned)rng_below(&g, 20)),
                              0,
                              2};
        const uint32_t day_first = HOUR_FIRST / 24 + 30;
        mix_make(&g, &m, &a, &b);
        for (size_t i = 0; i < a.count; i++) a.elements[i].item = i;
        for (size_t i = 0; i < b.count; i++) b.elements[i].item = i;
        for (unsigned i = 0; i < 6; i++) {
            struct mem_set *s = rng_one_in(&g, 2) ? &a : &b;
            if (s->count > 0 && rng_one_in(&g, 2))
                s->partial[s->partial_count++] = (uint32_t)(s->elements[rng_below(&g, s->count)].place >> 32);
        }
        struct reconcile_config config = {.asker = true,
                                          .digest_size = 8,
                                          .floor_day = day_first + (uint32_t)rng_below(&g, 4),
                                          .work_max = UINT64_MAX,
                                          .kernel = cpu_sketch_kernel()};
        rng_bytes(&g, config.salt, sizeof config.salt);
        uint32_t floor_day = config.floor_day;
        const struct reconcile_source source_a = mem_set_source(&a), source_b = mem_set_source(&b);
        reconcile_init(&asker, &source_a, &config);
        config.asker = false;
        config.floor_day = day_first + (uint32_t)rng_below(&g, 4);
        if (config.floor_day > floor_day) floor_day = config.floor_day;
        reconcile_init(&solver, &source_b, &config);
        assert_int_equal(mem_pass(&asker, &solver, &plain, &cost), 0);
        assert_true(reconcile_is_done(&asker) && reconcile_is_done(&solver));
        assert_int_equal(reconcile_wanted(&asker), reconcile_lacked(&solver));
        assert_int_equal(reconcile_wanted(&solver), reconcile_lacked(&asker));
        /* The twin: what is compared and lacks on the other side. */
        uint64_t lacked_b = 0, lacked_a = 0;
        for (size_t i = 0; i < a.count; i++)
            lacked_b += is_compared(&a, &b, floor_day, a.elements[i].place) && !mem_set_has(&b, &a.elements[i]);
        for (size_t i = 0; i < b.count; i++)
            lacked_a += is_compared(&a, &b, floor_day, b.elements[i].place) && !mem_set_has(&a, &b.elements[i]);
        assert_int_equal(reconcile_lacked(&asker), lacked_b);
        assert_int_equal(reconcile_lacked(&solver), lacked_a);
        struct mem_set before = a;
        move(&asker, &before, &b, &a, &b, floor_day);
        move(&solver, &b, &a, &a, &b, floor_day);
        mem_set_sort(&a);
        mem_set_sort(&b);
        uint8_t states[2][HASH_SIZE];
        assert_int_equal(reconcile_state_compared(&asker, config.salt, states[0]), 0);
        assert_int_equal(reconcile_state_compared(&solver, config.salt, states[1]), 0);
        finished += memcmp(states[0], states[1], HASH_SIZE) == 0;
        sets_free(&a, &b);
    }
    assert_int_equal(finished, 200);
}

/* ---- Estimates that lie ---- */

struct liar {
    struct mem_set *asker_set;
    uint64_t difference; /* what the odd sketch is to say */
    struct rng *g;
    unsigned lies;
};

/* Replace the odd sketch of a DIFF by that of the asker, a made up difference added: then that is what it estimates. */
static size_t lie(void *context, struct reconcile *to, uint8_t *message, size_t size) {
    struct liar *l = context;
    struct reader in;
    uint64_t odd[ODD_LEVELS_MAX] = {0};
    if (message[0] != TYPE_DIFF) return size;
    reader_init(&in, message, size);
    (void)reader_u8(&in);
    assert_int_equal(reader_u8(&in), 0); /* the same floor */
    assert_int_equal(reader_u8(&in), 0); /* no days */
    const unsigned mode = reader_u8(&in);
    uint64_t differs = mode == DIFF_ALL ? UINT64_MAX : 0;
    for (unsigned i = 0; mode == DIFF_SOME && i < (to->range_count + 7) / 8; i++)
        differs |= (uint64_t)reader_u8(&in) << (8 * i);
    (void)reader_varint(&in, RECONCILE_COUNT_MAX);
    const unsigned levels = reader_u8(&in);
    assert_int_equal(in.err, 0);
    assert_int_equal(reader_left(&in), 8 * levels);
    for (size_t i = 0; i < l->asker_set->count; i++) {
        unsigned range = to->range_count - 1;
        while (to->range_begin[range] > l->asker_set->elements[i].place) range--;
        if (differs >> range & 1) odd_toggle(odd, levels, siphash24_32(to->hash_key, l->asker_set->elements[i].id));
    }
    for (uint64_t i = 0; i < l->difference; i++) odd_toggle(odd, levels, rng_u64(l->g));
    for (unsigned i = 0; i < 8 * levels; i++) message[in.at + i] = (uint8_t)(odd[i / 8] >> (8 * (i % 8)) & 0xff);
    l->lies++;
    return size;
}

/* The result is right when the estimate is wrong by factors from a ten thousandth to ten thousand. */
static void test_estimates_that_lie(void **state) {
    (void)state;
    struct rng g;
    rng_begin(&g, "reconcile lies");
    static const uint64_t real[] = {2, 30, 400, 6000}, told[] = {1, 5, 60, 900, 20000};
    for (size_t i = 0; i < sizeof real / sizeof *real; i++)
        for (size_t j = 0; j < sizeof told / sizeof *told; j++) {
            struct mem_set a, b;
            struct mem_cost cost = {0};
            mix_make(&g, &(struct mix){30000, real[i] / 2, real[i] / 2, HOURS, 0, 1}, &a, &b);
            struct liar liar = {&a, told[j], &g, 0};
            const struct mem_wire wire = {.tamper = lie, .context = &liar};
            assert_int_equal(mem_reconcile(&a, &b, cpu_sketch_kernel(), rng_u64(&g), 4, &wire, &cost), 0);
            assert_int_equal(liar.lies, cost.passes);
            assert_same(&a, &b, 30000 + real[i] / 2 * 2);
            /* Wrong estimates cost; but no more than what they made be sent, and some of what is needed at all. */
            const uint64_t larger = real[i] > told[j] ? real[i] : told[j];
            assert_true(cost.bytes < 500 + 5 * larger * 5);
            sets_free(&a, &b);
        }
}

/* ---- What a peer may do ---- */

struct pair {
    struct mem_set a, b;
    struct reconcile asker, solver;
};

static void pair_make(struct rng *g, struct pair *p, const struct mix *m, uint64_t work_max) {
    struct reconcile_config config = {
        .asker = true, .digest_size = 1, .work_max = work_max, .kernel = cpu_sketch_kernel()};
    mix_make(g, m, &p->a, &p->b);
    rng_bytes(g, config.salt, sizeof config.salt);
    const struct reconcile_source a = mem_set_source(&p->a), b = mem_set_source(&p->b);
    reconcile_init(&p->asker, &a, &config);
    config.asker = false;
    reconcile_init(&p->solver, &b, &config);
}

static void pair_free(struct pair *p) {
    sets_free(&p->a, &p->b);
}

static struct mix mix_random(struct rng *g) {
    return (struct mix){rng_wide(g) % 3000, rng_wide(g) % 600, rng_wide(g) % 600, HOURS, rng_one_in(g, 2) ? 1 : 0, 2};
}

static size_t mutate(void *context, struct reconcile *to, uint8_t *message, size_t size) {
    (void)to;
    return rng_one_in(context, 4) ? rng_mutate(context, message, size, RECONCILE_MESSAGE_MAX) : size;
}

static bool is_peers_fault(int err) {
    return err == ERR_TRUNCATED || err == ERR_TRAILING || err == ERR_VARINT || err == ERR_LIMIT || err == ERR_FIELD;
}

/* Damaged messages: a pass ends, with an error that says so or with some result, after few messages. */
static void test_damaged_messages(void **state) {
    (void)state;
    struct rng g;
    unsigned refused = 0;
    rng_begin(&g, "reconcile damage");
    for (unsigned run = 0; run < 1500; run++) {
        struct pair p;
        struct mem_cost cost = {0};
        const struct mix m = mix_random(&g);
        pair_make(&g, &p, &m, UINT64_C(1) << 36);
        const struct mem_wire wire = {.tamper = mutate, .context = &g, .messages_max = 5000};
        const int err = mem_pass(&p.asker, &p.solver, &wire, &cost);
        assert_true(err == 0 || is_peers_fault(err));
        assert_true(cost.messages < 5000);
        refused += err != 0;
        uint64_t item;
        while (reconcile_next(&p.asker, &item) == 1) assert_true(item == 0);
        pair_free(&p);
    }
    assert_in_range(refused, 500, 1400);
}

/* Invented messages, of every type, in every phase that the peer can bring about: never accepted for ever. */
static size_t invent(void *context, struct reconcile *to, uint8_t *message, size_t size) {
    struct rng *g = context;
    (void)to;
    if (rng_one_in(g, 3)) return size;
    const size_t made = 1 + rng_below(g, rng_one_in(g, 4) ? RECONCILE_MESSAGE_MAX : 40);
    rng_bytes(g, message, made);
    message[0] = (uint8_t)rng_below(g, 9);
    return made;
}

static void test_invented_messages(void **state) {
    (void)state;
    struct rng g;
    rng_begin(&g, "reconcile inventions");
    for (unsigned run = 0; run < 3000; run++) {
        struct pair p;
        struct mem_cost cost = {0};
        const struct mix m = mix_random(&g);
        pair_make(&g, &p, &m, UINT64_C(1) << 34);
        const struct mem_wire wire = {.tamper = invent, .context = &g, .messages_max = 5000};
        const int err = mem_pass(&p.asker, &p.solver, &wire, &cost);
        assert_true(err == 0 || is_peers_fault(err));
        pair_free(&p);
    }
}

/* A message of a type that does not belong to the phase is refused, and so are one of nothing and one too long. */
static void test_wrong_phase(void **state) {
    (void)state;
    struct rng g;
    static const uint8_t zeros[RECONCILE_MESSAGE_MAX + 1];
    rng_begin(&g, "reconcile phase");
    for (unsigned type = 0; type < 256; type++) {
        struct pair p;
        const uint8_t message[1] = {(uint8_t)type};
        pair_make(&g, &p, &(struct mix){100, 5, 5, HOURS, 0, 1}, UINT64_MAX);
        assert_int_equal(reconcile_recv(&p.asker, message, 1), ERR_FIELD);
        if (type != TYPE_START) assert_int_equal(reconcile_recv(&p.solver, message, 1), ERR_FIELD);
        assert_int_equal(reconcile_recv(&p.solver, NULL, 0), ERR_TRUNCATED);
        assert_int_equal(reconcile_recv(&p.solver, zeros, sizeof zeros), ERR_LIMIT);
        pair_free(&p);
    }
}

/* A side without room says so and nothing else happens; a source that fails is heard. */
static void test_no_room(void **state) {
    (void)state;
    struct rng g;
    unsigned busy = 0;
    rng_begin(&g, "reconcile room");
    for (unsigned run = 0; run < 300; run++) {
        struct pair p;
        struct mem_cost cost = {0};
        const struct mix m = mix_random(&g);
        pair_make(&g, &p, &m, UINT64_MAX);
        (rng_one_in(&g, 2) ? &p.a : &p.b)->lent_max = 1 + (size_t)rng_below(&g, 400000);
        const int err = mem_pass(&p.asker, &p.solver, &plain, &cost);
        assert_true(err == 0 || err == ERR_BUSY);
        busy += err != 0;
        pair_free(&p);
    }
    assert_in_range(busy, 30, 290);
}

/* The work a peer causes is bounded beforehand: with less than is needed a pass ends with ERR_LIMIT and has spent no
 * more. */
static void test_work_is_bounded(void **state) {
    (void)state;
    struct rng g;
    unsigned limited = 0;
    rng_begin(&g, "reconcile work");
    for (unsigned run = 0; run < 200; run++) {
        struct pair p;
        struct mem_cost cost = {0};
        const uint64_t most = rng_wide(&g) & 0xffffff;
        pair_make(&g, &p, &(struct mix){2000, 200, 200, HOURS, 0, 1}, most);
        const int err = mem_pass(&p.asker, &p.solver, &plain, &cost);
        assert_true(err == 0 || err == ERR_LIMIT);
        assert_true(p.asker.work <= most && p.solver.work <= most);
        limited += err != 0;
        pair_free(&p);
    }
    assert_in_range(limited, 50, 199);
}

/* A peer that claims 2^40 elements, as asker and as solver, costs room for its own part of the limits and no more; the
 * asker then lists its own few elements rather than sketch for so many. */
static void test_claims_are_bounded(void **state) {
    (void)state;
    struct rng g;
    struct pair p;
    struct writer w;
    uint8_t message[RECONCILE_MESSAGE_MAX], out[RECONCILE_MESSAGE_MAX];
    rng_begin(&g, "reconcile claims");
    pair_make(&g, &p, &(struct mix){100, 5, 5, HOURS, 0, 1}, UINT64_MAX);
    writer_init(&w, message, sizeof message);
    static const uint8_t start[] = {TYPE_START, 0};
    writer_bytes(&w, start, sizeof start);
    writer_varint(&w, RECONCILE_COUNT_MAX);
    static const uint8_t ranges[] = {0, 1, 1, 0xaa};
    writer_bytes(&w, ranges, sizeof ranges);
    assert_int_equal(reconcile_recv(&p.solver, message, w.at), 0);
    assert_in_range(p.b.lent_size, 1, 5 << 20);
    assert_true(reconcile_send(&p.solver, out, sizeof out) > 0);
    assert_int_equal(out[0], TYPE_DIFF);

    assert_true(reconcile_send(&p.asker, out, sizeof out) > 0);
    writer_init(&w, message, sizeof message);
    static const uint8_t diff[] = {TYPE_DIFF, 0, 0, DIFF_ALL};
    writer_bytes(&w, diff, sizeof diff);
    writer_varint(&w, RECONCILE_COUNT_MAX);
    writer_u8(&w, ODD_LEVELS_MAX);
    for (unsigned i = 0; i < 8 * ODD_LEVELS_MAX; i++) writer_u8(&w, (uint8_t)rng_u64(&g));
    assert_int_equal(reconcile_recv(&p.asker, message, w.at), 0);
    assert_in_range(p.a.lent_size, 1, 1 << 20);
    assert_true(reconcile_send(&p.asker, out, sizeof out) > 0);
    assert_int_equal(out[0], TYPE_LIST);
    pair_free(&p);
}

/* What the peer lacks comes out by precedence. */
static void test_greatest_item_first(void **state) {
    (void)state;
    struct rng g;
    rng_begin(&g, "reconcile order");
    struct pair p;
    struct mem_cost cost = {0};
    pair_make(&g, &p, &(struct mix){500, 3000, 3000, HOURS, 0, 1}, UINT64_MAX);
    for (size_t i = 0; i < p.a.count; i++) p.a.elements[i].item = rng_u64(&g) >> 2;
    assert_int_equal(mem_pass(&p.asker, &p.solver, &plain, &cost), 0);
    uint64_t item, last = UINT64_MAX, count = 0;
    for (; reconcile_next(&p.asker, &item) == 1; count++) {
        assert_true(item <= last);
        last = item;
    }
    assert_int_equal(count, 3000);
    pair_free(&p);
}

/* The whole state differs by one element, by a day, by the key, and does not see what expires below the floor. */
static void test_states(void **state) {
    (void)state;
    struct rng g;
    struct mem_set a, b;
    uint8_t one[HASH_SIZE], two[HASH_SIZE], key[32] = {1};
    rng_begin(&g, "reconcile states");
    mix_make(&g, &(struct mix){500, 0, 1, HOURS, 0, 1}, &a, &b);
    const struct reconcile_source source_a = mem_set_source(&a), source_b = mem_set_source(&b);
    assert_int_equal(reconcile_state(&source_a, 0, key, one), 0);
    assert_int_equal(reconcile_state(&source_a, 0, key, two), 0);
    assert_memory_equal(one, two, HASH_SIZE);
    assert_int_equal(reconcile_state(&source_b, 0, key, two), 0);
    assert_memory_not_equal(one, two, HASH_SIZE);
    key[0] = 2;
    assert_int_equal(reconcile_state(&source_a, 0, key, two), 0);
    assert_memory_not_equal(one, two, HASH_SIZE);
    assert_int_equal(reconcile_state(&source_a, 100000, key, one), 0);
    assert_int_equal(reconcile_state(&source_b, 100000, key, two), 0);
    assert_memory_equal(one, two, HASH_SIZE);
    sets_free(&a, &b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_small_sizes),
        cmocka_unit_test(test_random_mixtures),
        cmocka_unit_test(test_one_side_is_nearly_empty),
        cmocka_unit_test(test_newest_hour_is_cheaper),
        cmocka_unit_test(test_days_and_floors),
        cmocka_unit_test(test_estimates_that_lie),
        cmocka_unit_test(test_damaged_messages),
        cmocka_unit_test(test_invented_messages),
        cmocka_unit_test(test_wrong_phase),
        cmocka_unit_test(test_no_room),
        cmocka_unit_test(test_work_is_bounded),
        cmocka_unit_test(test_claims_are_bounded),
        cmocka_unit_test(test_greatest_item_first),
        cmocka_unit_test(test_states),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
