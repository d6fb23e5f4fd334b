/*
 * The budget of a store, of both kinds: whatever comes, in whatever order, the pool holds; what is the person's own
 * stays; and who has seen the same keeps the same and has nothing to offer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/blob.h"
#include "test/property_util.h"
#include "test/store/fixture_util.h"

#define KI 1024u
#define RECORDS 1000
#define LATEST 10 /* for which an eighth of the pool has room */

static int memory_begin(void **state) {
    return fixture_begin(state, MEMORY, 2, 1);
}

static int sqlite_begin(void **state) {
    int err = fixture_begin(state, SQLITE, 2, 1);
    struct fixture *f = *state;
    if (!err) stores_hurry(f->s);
    return err;
}

static struct store_stats stats_of(struct store *s) {
    struct store_stats stats;
    assert_int_equal(store_stats(s, MAKE_NOW, &stats), 0);
    return stats;
}

/* One record of a random set, and how it came. */
struct coming {
    struct made *made;
    struct store_source from;
};

static void put_from(struct store *s, const struct made *m, const struct store_source *from) {
    assert_true(store_put_from(s, &m->record, m->bytes, m->size, MAKE_NOW, from) >= 0);
}

/* Make a record of `size` bytes of text, that is nothing but its number. */
static void text_make(struct made *m, const uint8_t *community, unsigned author, uint64_t salt, unsigned size,
                      uint64_t created, uint8_t urgency) {
    static char words[8000];
    assert_true(size < sizeof words);
    memset(words, 'a', size);
    words[size] = '\0';
    make_record(m, &(struct make){.community = community,
                                  .author = author,
                                  .kind = KIND_TEXT,
                                  .days = 30,
                                  .created = created,
                                  .salt = salt,
                                  .urgency = urgency,
                                  .text = words});
}

/* ---- Every order ---- */

static void coming_random(struct rng *g, struct coming *c, const struct fixture *f, unsigned number) {
    c->made = malloc(sizeof *c->made);
    assert_non_null(c->made);
    unsigned author = (unsigned)rng_below(g, 4);
    c->from = (struct store_source){.class = author == 0   ? BUDGET_NEAR
                                             : author == 1 ? BUDGET_FAR
                                                           : BUDGET_STRANGER,
                                    .link = 2 + author % 2,
                                    .guest = author == 2};
    if (rng_one_in(g, 8)) {
        make_sealed(c->made, &(struct make_sealed){.shelf = author,
                                                   .salt = number,
                                                   .expiry_day = when_day(MAKE_NOW) + 5 + (uint32_t)rng_below(g, 3),
                                                   .urgency = (uint8_t)rng_below(g, 4),
                                                   .size_class = (uint8_t)rng_below(g, 6)});
        return;
    }
    text_make(c->made, f->c[rng_below(g, 2)].charter.community, author, number, 100 + (unsigned)rng_below(g, 7800),
              MAKE_NOW - rng_below(g, 4) * DAY - rng_below(g, 50) * 60, (uint8_t)rng_below(g, 4));
}

/* Put all of them in a random order, in transactions of random sizes, with ticks in between. */
static void put_all(struct rng *g, struct store *s, const struct coming *list) {
    unsigned order[RECORDS];
    for (unsigned i = 0; i < RECORDS; i++) order[i] = i;
    for (unsigned i = RECORDS - 1; i > 0; i--) {
        unsigned k = (unsigned)rng_below(g, i + 1), swap = order[i];
        order[i] = order[k];
        order[k] = swap;
    }
    for (unsigned i = 0; i < RECORDS;) {
        unsigned group = 1 + (unsigned)rng_below(g, 40);
        assert_int_equal(store_begin(s), 0);
        for (; i < RECORDS && group-- > 0; i++) put_from(s, list[order[i]].made, &list[order[i]].from);
        assert_int_equal(store_commit(s), 0);
        if (rng_one_in(g, 4)) assert_true(store_tick(s, (struct when){MAKE_NOW, true}, 5) >= 0);
        assert_true(stats_of(s).charged <= stats_of(s).pool);
    }
    stores_tick(s, MAKE_NOW, true);
}

static void every_order(void **state) {
    struct fixture *f = *state;
    static struct coming list[RECORDS];
    static bool kept[RECORDS];
    struct rng g;
    unsigned sum = 0;
    rng_begin(&g, "store budget order");
    for (unsigned i = 0; i < RECORDS; i++) coming_random(&g, &list[i], f, i);
    for (unsigned round = 0; round < 4; round++) {
        struct store *s = f->s;
        if (round > 0) assert_int_equal(store_memory_open(&s), 0);
        for (unsigned i = 0; i < 2 && round > 0; i++)
            assert_int_equal(store_community_put(s, &f->c[i].record, i == 0), 1);
        store_budget_set(s, &(struct store_budget){.pool_bytes = 2000 * KI});
        put_all(&g, s, list);
        for (unsigned i = 0; i < RECORDS; i++) {
            int has = store_has(s, list[i].made->record.id);
            assert_true(has == STORE_HELD || has == STORE_GHOST);
            if (round == 0) kept[i] = has == STORE_HELD;
            if (kept[i] != (has == STORE_HELD)) fail_msg("round %u: record %u", round, i);
            sum += has == STORE_HELD;
        }
        assert_int_equal(store_integrity(s), 0);
        if (round > 0) store_close(s);
    }
    assert_true(sum > 4 * RECORDS / 4 && sum < 4 * RECORDS * 3 / 4);
    for (unsigned i = 0; i < RECORDS; i++) free(list[i].made);
}

/* ---- Floods ---- */

/* THREATS, "The hostile peer" and "The crowd of fakes": validly signed rubbish without end over one link, all urgent,
 * of authors that each write once and of one that writes all the time, never takes more than the pool, and nothing from
 * anybody who was there. */
static void test_a_flood_stays_in_the_pool(void **state) {
    struct fixture *f = *state;
    const uint8_t *joined = f->c[0].charter.community, *carried = f->c[1].charter.community;
    const struct store_source flood = {BUDGET_STRANGER, 2, false}, honest = {BUDGET_STRANGER, 3, false},
                              near = {BUDGET_NEAR, 2, false};
    static uint8_t safe[40][HASH_SIZE];
    store_budget_set(f->s, &(struct store_budget){.pool_bytes = 500 * KI, .settle_bytes = 50 * KI});
    for (unsigned i = 0; i < 40; i++) {
        text_make(&f->m, joined, i % 4, ++f->salt, 300, MAKE_NOW - 1000 - i, URGENCY_NORMAL);
        if (i % 4 == 0)
            assert_int_equal(store_put(f->s, &f->m.record, f->m.bytes, f->m.size, MAKE_NOW), 1);
        else
            put_from(f->s, &f->m, i % 4 == 1 ? &honest : i % 4 == 2 ? &near : &flood);
        memcpy(safe[i], f->m.record.id, HASH_SIZE);
        if (i % 4 == 3) assert_int_equal(store_pin(f->s, f->m.record.id, true), 0);
    }
    for (unsigned i = 0; i < 4000;) {
        assert_int_equal(store_begin(f->s), 0);
        for (unsigned k = 0; k < 50; k++, i++) {
            text_make(&f->m, i % 3 ? joined : carried, i % 5 ? 1000 + i : 7, ++f->salt, 250 + i % 200,
                      MAKE_NOW - i % 500, URGENCY_URGENT);
            put_from(f->s, &f->m, &flood);
        }
        assert_int_equal(store_commit(f->s), 0);
        struct store_stats stats = stats_of(f->s);
        if (stats.charged > stats.pool)
            fail_msg("%llu of %llu", (unsigned long long)stats.charged, (unsigned long long)stats.pool);
    }
    for (unsigned i = 0; i < 40; i++) assert_int_equal(store_has(f->s, safe[i]), STORE_HELD);
    assert_true(stats_of(f->s).dropped > 2000);
    assert_true(stats_of(f->s).charged > 300 * KI); /* what nobody else needs is not left empty */
}

/* Own records are never refused nor dropped, even beyond the pool, and others keep a part. */
/* Of a crowd of one link that is far beyond its share, the latest are still here: they are passed on to whoever is in
 * contact before they go. */
static void test_what_has_just_come_is_passed_on(void **state) {
    struct fixture *f = *state;
    static struct made m;
    static uint8_t latest[LATEST][HASH_SIZE];
    const struct store_source from = {.class = BUDGET_STRANGER, .link = 7};
    store_budget_set(f->s, &(struct store_budget){.pool_bytes = 256 * KI, .settle_bytes = 8 * KI});
    for (unsigned i = 0; i < 3 * RECORDS; i++) {
        text_make(&m, f->c[0].charter.community, 10 + i % 500, i, 700, MAKE_NOW - 3600 + i, URGENCY_URGENT);
        put_from(f->s, &m, &from);
        memcpy(latest[i % LATEST], m.record.id, HASH_SIZE);
        for (unsigned k = 0; k < LATEST && k <= i; k++) assert_int_equal(store_has(f->s, latest[k]), STORE_HELD);
        assert_true(stats_of(f->s).charged <= stats_of(f->s).pool);
    }
    assert_true(stats_of(f->s).dropped > RECORDS);
}

static void test_own_records_are_safe(void **state) {
    struct fixture *f = *state;
    const struct store_source from = {BUDGET_STRANGER, 2, false};
    uint8_t last[HASH_SIZE] = {0};
    unsigned held = 0;
    store_budget_set(f->s, &(struct store_budget){.pool_bytes = 200 * KI});
    text_make(&f->m, f->c[0].charter.community, 1, ++f->salt, 200, MAKE_NOW, URGENCY_NORMAL);
    assert_int_equal(store_own_set(f->s, f->m.record.author, 1, last), 0);
    for (unsigned i = 0; i < 300; i++) { /* written elsewhere by the same key: a restored home */
        text_make(&f->m, f->c[0].charter.community, 1, ++f->salt, 1000, MAKE_NOW - i, URGENCY_NORMAL);
        put_from(f->s, &f->m, &from);
        held += store_has(f->s, f->m.record.id) == STORE_HELD;
    }
    assert_int_equal(held, 300);
    stores_tick(f->s, MAKE_NOW, true);
    assert_int_equal(stats_of(f->s).records, 300);
    text_make(&f->m, f->c[0].charter.community, 2, ++f->salt, 1000, MAKE_NOW, URGENCY_NORMAL);
    put_from(f->s, &f->m, &from);
    stores_tick(f->s, MAKE_NOW, true);
    assert_int_equal(store_has(f->s, f->m.record.id), STORE_HELD);
}

/* ---- Chunks ---- */

/* Make a blob of so many chunks whose bytes depend on a number, and put it; link: a record that refers to it. */
static void blob_put(struct fixture *f, unsigned chunks, uint8_t what, uint8_t id[HASH_SIZE]) {
    static uint8_t data[BLOB_CHUNK_SIZE], nodes[256][HASH_SIZE], proof[BLOB_PROOF_MAX];
    uint64_t size = (uint64_t)chunks * BLOB_CHUNK_SIZE;
    assert_true(blob_tree_size(chunks) <= 256);
    for (unsigned i = 0; i < chunks; i++) {
        memset(data, what + (int)i, sizeof data);
        data[0] = what;
        blob_leaf(nodes[i], data, sizeof data);
    }
    blob_tree(id, nodes, chunks, size);
    for (unsigned i = 0; i < chunks; i++) {
        memset(data, what + (int)i, sizeof data);
        data[0] = what;
        size_t length = blob_proof(proof, nodes, chunks, i) * HASH_SIZE;
        assert_int_equal(store_chunk_put(f->s, id, size, i, proof, length, data, sizeof data, MAKE_NOW + what), 1);
    }
}

static void blob_record(struct fixture *f, unsigned author, const uint8_t id[HASH_SIZE], uint64_t created) {
    struct make how = {.community = f->c[0].charter.community,
                       .author = author,
                       .kind = KIND_TEXT,
                       .days = 30,
                       .created = created,
                       .salt = ++f->salt,
                       .ref_count = 1};
    how.refs[0].type = REF_BLOB;
    memcpy(how.refs[0].id, id, HASH_SIZE);
    make_record(&f->m, &how);
    put_from(f->s, &f->m, &(struct store_source){BUDGET_STRANGER, 2, false});
}

/* A blob counts for the record that refers to it: who posts too many large ones loses the older, with their chunks;
 * another who passes one on does not pay for it, and keeps the message. */
static void test_blobs_count_for_their_records(void **state) {
    struct fixture *f = *state;
    uint8_t id[8][HASH_SIZE], photos[8][HASH_SIZE], small[HASH_SIZE];
    uint32_t held;
    uint64_t size;
    store_budget_set(f->s, &(struct store_budget){.pool_bytes = 2000 * KI});
    for (uint8_t i = 0; i < 8; i++) {
        blob_put(f, 12, (uint8_t)(20 * i), photos[i]);
        blob_record(f, 1, photos[i], MAKE_NOW - i * DAY);
        memcpy(id[i], f->m.record.id, HASH_SIZE);
    }
    blob_put(f, 1, 200, small);
    blob_record(f, 2, small, MAKE_NOW - 5 * DAY);
    blob_record(f, 3, photos[0], MAKE_NOW + 1);
    stores_tick(f->s, MAKE_NOW, true);
    assert_true(stats_of(f->s).charged <= 2000 * KI);
    assert_int_equal(store_has(f->s, f->m.record.id), STORE_HELD);
    assert_int_equal(store_has(f->s, id[0]), STORE_HELD);
    assert_int_equal(store_blob_get(f->s, photos[0], &size, &held), 0);
    assert_int_equal(store_blob_get(f->s, small, &size, &held), 0);
    assert_int_equal(store_has(f->s, id[7]), STORE_GHOST);
    assert_int_equal(store_blob_get(f->s, photos[7], &size, &held), ERR_NOT_FOUND);
}

/* Chunks that no record refers to have a small pool of their own, out of which the first goes first. */
static void test_orphans_are_bounded(void **state) {
    struct fixture *f = *state;
    uint8_t id[20][HASH_SIZE];
    uint64_t size;
    uint32_t held;
    for (uint8_t i = 0; i < 20; i++) {
        blob_put(f, 100, (uint8_t)(3 * i), id[i]);
        assert_true(stats_of(f->s).chunks <= STORE_ORPHAN_CHUNKS + 1);
    }
    assert_int_equal(store_blob_get(f->s, id[0], &size, &held), ERR_NOT_FOUND);
    assert_int_equal(store_blob_get(f->s, id[19], &size, &held), 0);
    assert_int_equal(held, 100);
}

/* ---- Two nodes ---- */

struct digests {
    struct store_bucket list[64];
    size_t count;
};

static int digest_collect(void *context, const struct store_bucket *b) {
    struct digests *d = context;
    assert_true(d->count < 64);
    d->list[d->count++] = *b;
    return 0;
}

/* Two stores with different budgets that were told the same differ in what they hold, but not in what they have seen:
 * every bucket is equal, so that neither offers the other anything. */
static void test_nothing_to_offer(void **state) {
    struct fixture *f = *state;
    const struct store_source from = {BUDGET_STRANGER, 2, false};
    struct digests a = {.count = 0}, b = {.count = 0};
    struct store *large;
    assert_int_equal(store_memory_open(&large), 0);
    assert_int_equal(store_community_put(large, &f->c[0].record, true), 1);
    store_budget_set(f->s, &(struct store_budget){.pool_bytes = 100 * KI});
    store_budget_set(large, &(struct store_budget){.pool_bytes = 4000 * KI});
    for (unsigned i = 0; i < 700; i++) {
        text_make(&f->m, f->c[0].charter.community, i % 30, ++f->salt, 500, MAKE_NOW - i * 60, URGENCY_NORMAL);
        put_from(f->s, &f->m, &from);
        put_from(large, &f->m, &from);
    }
    stores_tick(f->s, MAKE_NOW, true);
    stores_tick(large, MAKE_NOW, true);
    assert_true(stats_of(f->s).records < 200);
    assert_int_equal(stats_of(large).records, 700);
    assert_int_equal(store_bucket_each(f->s, f->c[0].charter.community, 0, digest_collect, &a), 0);
    assert_int_equal(store_bucket_each(large, f->c[0].charter.community, 0, digest_collect, &b), 0);
    assert_int_equal(a.count, b.count);
    for (size_t i = 0; i < a.count; i++) assert_memory_equal(a.list[i].digest, b.list[i].digest, HASH_SIZE);
    store_close(large);
}

/* ---- On disk ---- */

/* The sum of what is charged, and what was dropped, outlive the process and a rolled back transaction. */
static void test_charges_outlive_the_process(void **state) {
    struct fixture *f = *state;
    const struct store_source from = {BUDGET_STRANGER, 2, false};
    store_budget_set(f->s, &(struct store_budget){.pool_bytes = 100 * KI});
    for (unsigned i = 0; i < 300; i++) {
        text_make(&f->m, f->c[0].charter.community, i % 3, ++f->salt, 500, MAKE_NOW - i, URGENCY_NORMAL);
        put_from(f->s, &f->m, &from);
    }
    stores_tick(f->s, MAKE_NOW, true);
    struct store_stats before = stats_of(f->s);
    assert_true(before.dropped > 0 && before.charged > 0);
    assert_int_equal(store_begin(f->s), 0);
    text_make(&f->m, f->c[0].charter.community, 9, ++f->salt, 500, MAKE_NOW, URGENCY_NORMAL);
    put_from(f->s, &f->m, &from);
    assert_true(stats_of(f->s).charged > before.charged);
    store_rollback(f->s);
    assert_int_equal(stats_of(f->s).charged, before.charged);
    if (f->flavour != SQLITE) return;
    store_close(f->s);
    f->s = stores_open(SQLITE, false);
    assert_int_equal(stats_of(f->s).charged, before.charged);
    assert_int_equal(stats_of(f->s).dropped, before.dropped);
}

static void test_every_order_keeps_the_same(void **state) {
    every_order(state);
}

#define BOTH(test) \
    cmocka_unit_test_setup_teardown(test, memory_begin, fixture_end), \
        cmocka_unit_test_setup_teardown(test, sqlite_begin, fixture_end)

int main(void) {
    const struct CMUnitTest tests[] = {
        BOTH(test_every_order_keeps_the_same),
        BOTH(test_a_flood_stays_in_the_pool),
        BOTH(test_own_records_are_safe),
        BOTH(test_what_has_just_come_is_passed_on),
        BOTH(test_blobs_count_for_their_records),
        BOTH(test_orphans_are_bounded),
        BOTH(test_nothing_to_offer),
        BOTH(test_charges_outlive_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
