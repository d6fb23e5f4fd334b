/*
 * Sealed records in a store, of both kinds: they lie in one pool whatever their shelf, in buckets by their last day,
 * and in no list; what is told of one names no time and no community but the pool. twins_test.c compares the two at
 * random.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <string.h>

#include "test/store/fixture_util.h"

#define TODAY ((uint32_t)(MAKE_NOW / DAY_SECONDS))

static int begin(void **state, enum flavour flavour) {
    int err = fixture_begin(state, flavour, 1, 1);
    if (flavour == SQLITE) stores_hurry(((struct fixture *)*state)->s);
    return err;
}
static int begin_memory(void **state) {
    return begin(state, MEMORY);
}
static int begin_sqlite(void **state) {
    return begin(state, SQLITE);
}

static int put(struct fixture *f, unsigned shelf, uint32_t day, uint8_t urgency) {
    make_sealed(&f->m, &(struct make_sealed){.shelf = shelf, .expiry_day = day, .salt = ++f->salt, .urgency = urgency});
    return store_put(f->s, &f->m.record, f->m.bytes, f->m.size, MAKE_NOW);
}

static struct collected found;

static int count_community(void *context, const struct store_community *c) {
    assert_memory_not_equal(c->charter.community, record_pool, HASH_SIZE);
    ++*(unsigned *)context;
    return 0;
}

/* The id of the pool is what the protocol says. */
static void test_id(void **state) {
    (void)state;
    uint8_t id[HASH_SIZE];
    crypto_generichash(id, sizeof id, (const unsigned char *)"longear sealed 1", 16, NULL, 0);
    assert_memory_equal(id, record_pool, HASH_SIZE);
}

/* A store carries sealed records without knowing a community; they come back whole, and stand in no list. */
static void test_carried(void **state) {
    struct fixture *f = *state;
    struct store_record r;
    struct store_community *c = calloc(1, sizeof *c);
    static uint8_t room[RECORD_SIZE_MAX];
    struct store_stats stats;
    unsigned communities = 0;
    assert_non_null(c);
    for (uint8_t class = 0; class < RECORD_SIZE_CLASSES; class ++) {
        make_sealed(&f->m,
                    &(struct make_sealed){.shelf = class, .expiry_day = TODAY, .salt = class, .size_class = class});
        assert_int_equal(store_put(f->s, &f->m.record, f->m.bytes, f->m.size, MAKE_NOW), 1);
        assert_int_equal(store_put(f->s, &f->m.record, f->m.bytes, f->m.size, MAKE_NOW), 0);
        assert_int_equal(store_has(f->s, f->m.record.id), STORE_HELD);
        assert_int_equal(store_get(f->s, f->m.record.id, room, &r), 0);
        assert_int_equal(r.size, f->m.size);
        assert_memory_equal(r.bytes, f->m.bytes, r.size);
        assert_memory_equal(r.record.community, record_pool, HASH_SIZE);
    }
    found.count = 0;
    const struct store_query all = {.now = MAKE_NOW + 400 * DAY, .retracted = true}, *none = &all;
    struct store_query pool = *none;
    pool.community = record_pool;
    assert_int_equal(store_list(f->s, &all, stores_collect, &found), 0);
    assert_int_equal(store_list(f->s, &pool, stores_collect, &found), 0);
    assert_int_equal(store_find(f->s, f->m.record.id, 64, 0, stores_collect, &found), 0);
    assert_int_equal(store_find(f->s, f->m.record.id, 4, 0, stores_collect, &found), 0);
    assert_int_equal(found.count, 0);
    assert_int_equal(store_community_get(f->s, record_pool, MAKE_NOW, c), ERR_NOT_FOUND);
    assert_int_equal(store_community_each(f->s, MAKE_NOW, count_community, &communities), 0);
    assert_int_equal(communities, 1);
    assert_int_equal(store_stats(f->s, MAKE_NOW, &stats), 0);
    assert_int_equal(stats.sealed, RECORD_SIZE_CLASSES);
    assert_int_equal(stats.records, 0);
    assert_int_equal(stats.communities, 1);
    assert_int_equal(stats.waiting, 0);
    free(c);
}

/* What claims to be in the pool without being sealed, or the other way round, is refused; so is a sealed stub. */
static void test_refused(void **state) {
    struct fixture *f = *state;
    struct made m, stub;
    make_record(&m, &(struct make){.community = record_pool, .days = 3, .created = MAKE_NOW, .text = "su"});
    assert_int_equal(store_put(f->s, &m.record, m.bytes, m.size, MAKE_NOW), ERR_COMMUNITY);
    make_sealed(&m, &(struct make_sealed){.expiry_day = TODAY});
    make_stub(&stub, &m);
    assert_int_equal(store_put(f->s, &stub.record, stub.bytes, stub.size, MAKE_NOW), ERR_FIELD);
    memcpy(m.record.community, f->c[0].charter.community, HASH_SIZE);
    assert_int_equal(store_put(f->s, &m.record, m.bytes, m.size, MAKE_NOW), ERR_COMMUNITY);
    assert_int_equal(store_has(f->s, m.record.id), STORE_UNKNOWN);
}

struct told {
    unsigned count;
    uint32_t days[8];
    uint64_t counts[8];
};

static int bucket_tell(void *context, const struct store_bucket *b) {
    struct told *t = context;
    assert_true(t->count < 8);
    assert_int_equal(b->hour, 0);
    t->days[t->count] = b->expiry_day;
    t->counts[t->count++] = b->count;
    return 0;
}

static unsigned ids_between(struct fixture *f, uint32_t lo, uint32_t lo_hour, uint32_t hi, uint32_t hi_hour) {
    found.count = 0;
    assert_int_equal(store_seen_range(f->s, record_pool, lo, lo_hour, hi, hi_hour, stores_collect_seen, &found), 0);
    return (unsigned)found.count;
}

/* Buckets are by the last day, all in hour 0; a ghost lies in its record's place, whatever was said of its hour. */
static void test_buckets(void **state) {
    struct fixture *f = *state;
    struct told t = {0};
    for (unsigned i = 0; i < 12; i++) assert_int_equal(put(f, i % 5, TODAY + 2 * (i % 3), URGENCY_NORMAL), 1);
    stores_check_buckets(f->s, record_pool);
    assert_int_equal(store_bucket_each(f->s, record_pool, TODAY + 1, bucket_tell, &t), 0);
    assert_int_equal(t.count, 2);
    assert_int_equal(t.days[0], TODAY + 2);
    assert_int_equal(t.days[1], TODAY + 4);
    assert_int_equal(t.counts[0] + t.counts[1], 8);
    assert_int_equal(ids_between(f, TODAY, 0, TODAY + 2, 0), 4);
    assert_int_equal(ids_between(f, TODAY, 1, TODAY + 2, 1), 4);
    assert_int_equal(ids_between(f, TODAY, 1, TODAY + 2, 0), 0);
    assert_int_equal(ids_between(f, TODAY, 0, TODAY + 2, 1), 8);
    assert_int_equal(ids_between(f, TODAY + 1, 5, UINT32_MAX, UINT32_MAX), 8);
    assert_int_equal(store_ghost(f->s, record_pool, f->m.record.id, 1, MAKE_NOW), 0);
    assert_int_equal(store_has(f->s, f->m.record.id), STORE_GHOST);
    assert_int_equal(ids_between(f, TODAY + 4, 0, TODAY + 5, 0), 4);
    stores_check_buckets(f->s, record_pool);
    make_sealed(&f->m, &(struct make_sealed){.expiry_day = TODAY + 1, .salt = 99});
    assert_int_equal(store_ghost(f->s, record_pool, f->m.record.id, TODAY + 7, MAKE_NOW), 0);
    assert_int_equal(ids_between(f, TODAY + 7, 0, TODAY + 8, 0), 1);
    assert_int_equal(store_put(f->s, &f->m.record, f->m.bytes, f->m.size, MAKE_NOW), 0);
    assert_int_equal(ids_between(f, TODAY + 1, 0, TODAY + 2, 0), 1);
    assert_int_equal(ids_between(f, TODAY + 7, 0, TODAY + 8, 0), 0);
}

/* They expire by their last day, and nothing else of time touches them. */
static void test_expiry(void **state) {
    struct fixture *f = *state;
    struct store_stats stats;
    for (unsigned i = 0; i < 30; i++) assert_int_equal(put(f, 1, TODAY + i % 3, URGENCY_NORMAL), 1);
    assert_int_equal(store_ghost(f->s, record_pool, f->m.record.id, 0, 0), 0);
    stores_tick(f->s, MAKE_NOW + 9 * DAY, false);
    assert_int_equal(store_stats(f->s, MAKE_NOW, &stats), 0);
    assert_int_equal(stats.sealed, 29);
    stores_tick(f->s, (uint64_t)(TODAY + 2) * DAY, true);
    assert_int_equal(store_stats(f->s, MAKE_NOW, &stats), 0);
    assert_int_equal(stats.sealed, 19);
    assert_int_equal(stats.ghosts, 1);
    stores_tick(f->s, (uint64_t)(TODAY + 5) * DAY, true);
    assert_int_equal(store_stats(f->s, MAKE_NOW, &stats), 0);
    assert_int_equal(stats.sealed, 0);
    assert_int_equal(stats.ghosts, 0);
    struct told t = {0};
    assert_int_equal(store_bucket_each(f->s, record_pool, 0, bucket_tell, &t), 0);
    assert_int_equal(t.count, 0);
}

static int urgent_tell(void *context, const struct store_record *r) {
    struct told *t = context;
    assert_int_equal(r->record.urgency, URGENCY_URGENT);
    t->days[t->count++] = r->record.expiry_day;
    return 0;
}

/* The newest urgent ones are those that expire last. */
static void test_urgent(void **state) {
    struct fixture *f = *state;
    struct told t = {0};
    for (uint8_t i = 0; i < 8; i++) assert_int_equal(put(f, 1, TODAY + i, i % 2 ? URGENCY_URGENT : URGENCY_BULK), 1);
    assert_int_equal(store_urgent_newest(f->s, record_pool, MAKE_NOW, 3, urgent_tell, &t), 0);
    assert_int_equal(t.count, 3);
    for (unsigned i = 0; i < 3; i++) assert_int_equal(t.days[i], TODAY + 7 - 2 * i);
}

struct arrivals {
    unsigned count;
    int64_t last;
    const struct fixture *f;
};

static int arrival_tell(void *context, const struct store_arrival *a) {
    struct arrivals *all = context;
    assert_true(a->num > all->last);
    all->last = a->num;
    if (!a->sealed) return 0;
    all->count++;
    assert_memory_equal(a->community, record_pool, HASH_SIZE);
    assert_memory_equal(a->author, all->f->m.record.author, KEY_SIZE);
    assert_int_equal(a->created, 0);
    assert_int_equal(a->kind, 0);
    return 0;
}

/* Arrivals say what is sealed and on which shelf; those of the pool can be had alone. */
static void test_arrivals(void **state) {
    struct fixture *f = *state;
    struct made m;
    struct arrivals all = {.f = f}, only = {.f = f}, rest = {.f = f};
    for (unsigned i = 0; i < 10; i++) {
        make_record(
            &m, &(struct make){
                    .community = f->c[0].charter.community, .days = 9, .created = MAKE_NOW, .salt = i, .text = "su"});
        assert_int_equal(store_put(f->s, &m.record, m.bytes, m.size, MAKE_NOW), 1);
        assert_int_equal(put(f, 7, TODAY + 10 - i, URGENCY_NORMAL), 1);
    }
    assert_int_equal(store_arrived_after(f->s, 0, 0, arrival_tell, &all), 0);
    assert_int_equal(all.count, 10);
    assert_int_equal(store_sealed_after(f->s, 0, 4, arrival_tell, &only), 0);
    assert_int_equal(only.count, 4);
    assert_int_equal(store_sealed_after(f->s, only.last, 0, arrival_tell, &rest), 0);
    assert_int_equal(rest.count, 6);
    assert_int_equal(rest.last, store_newest_num(f->s));
}

/* What is forgotten was never seen: it may come again. What was evicted may not. */
static void test_forgotten(void **state) {
    struct fixture *f = *state;
    static uint8_t room[RECORD_SIZE_MAX];
    struct store_record r;
    assert_int_equal(put(f, 1, TODAY, URGENCY_NORMAL), 1);
    uint8_t id[HASH_SIZE];
    memcpy(id, f->m.record.id, HASH_SIZE);
    assert_int_equal(store_drop(f->s, id), 0);
    assert_int_equal(store_has(f->s, id), STORE_UNKNOWN);
    assert_int_equal(store_get(f->s, id, room, &r), ERR_NOT_FOUND);
    assert_int_equal(store_drop(f->s, id), ERR_NOT_FOUND);
    assert_int_equal(store_put(f->s, &f->m.record, f->m.bytes, f->m.size, MAKE_NOW), 1);
    assert_int_equal(store_has(f->s, id), STORE_HELD);
    assert_int_equal(store_ghost(f->s, record_pool, id, TODAY, 0), 0);
    assert_int_equal(store_drop(f->s, id), ERR_NOT_FOUND);
    assert_int_equal(store_put(f->s, &f->m.record, f->m.bytes, f->m.size, MAKE_NOW), 0);
    assert_int_equal(store_integrity(f->s), 0);
}

int main(void) {
#define BOTH(test) \
    cmocka_unit_test_setup_teardown(test, begin_memory, fixture_end), \
        cmocka_unit_test_setup_teardown(test, begin_sqlite, fixture_end)
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_id), BOTH(test_carried),  BOTH(test_refused),
                                       BOTH(test_buckets),        BOTH(test_expiry),   BOTH(test_urgent),
                                       BOTH(test_arrivals),       BOTH(test_forgotten)};
    assert_true(sodium_init() >= 0);
    return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
