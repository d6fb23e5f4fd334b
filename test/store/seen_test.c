/*
 * What reconciliation asks of a store, of both kinds: buckets and their digests, ranges of what was seen, ghosts in
 * their hours, the newest urgent records, what arrived after a number, blobs that lack chunks. twins_test.c compares
 * the two at random.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "core/blob.h"
#include "test/store/fixture_util.h"

#define HOUR ((uint64_t)3600)
#define START (MAKE_NOW - MAKE_NOW % HOUR)

static int begin(void **state, enum flavour flavour) {
    int err = fixture_begin(state, flavour, 2, 2);
    if (flavour != MEMORY) stores_hurry(((struct fixture *)*state)->s);
    return err;
}
static int begin_memory(void **state) {
    return begin(state, MEMORY);
}
static int begin_sqlite(void **state) {
    return begin(state, SQLITE);
}
static int begin_sealed(void **state) {
    return begin(state, SEALED);
}

static struct make text_of(struct fixture *f, uint64_t created, uint32_t days) {
    return (struct make){.community = f->c[0].charter.community,
                         .author = 1,
                         .days = days,
                         .created = created,
                         .salt = ++f->salt,
                         .urgency = URGENCY_NORMAL,
                         .text = "su"};
}

static void put(struct fixture *f, const struct make *how) {
    make_record(&f->m, how);
    assert_int_equal(store_put(f->s, &f->m.record, f->m.bytes, f->m.size, MAKE_NOW), 1);
}

static struct store_bucket buckets[100];
static size_t bucket_count;

static int bucket_collect(void *context, const struct store_bucket *bucket) {
    (void)context;
    assert_true(bucket_count < 100);
    buckets[bucket_count++] = *bucket;
    return 0;
}

static size_t buckets_from(struct fixture *f, uint32_t first_day) {
    bucket_count = 0;
    assert_int_equal(store_bucket_each(f->s, f->c[0].charter.community, first_day, bucket_collect, NULL), 0);
    return bucket_count;
}

static int id_order(const void *a, const void *b) {
    return memcmp(a, b, HASH_SIZE);
}

/* Buckets are by the record's own expiry day and its hour, in that order, and a digest is BLAKE2b-256 of the sorted
 * ids; an empty bucket vanishes. */
static void test_buckets(void **state) {
    struct fixture *f = *state;
    uint8_t ids[3][HASH_SIZE], digest[HASH_SIZE];
    uint32_t today = when_day(START);
    const struct make hows[] = {text_of(f, START + 5, 10), text_of(f, START + HOUR - 1, 10),
                                text_of(f, START, 10),     text_of(f, START + HOUR, 10),
                                text_of(f, START - 1, 3),  text_of(f, START + 5, 2)};
    assert_int_equal(buckets_from(f, 0), 0);
    for (unsigned i = 0; i < 6; i++) {
        put(f, &hows[i]);
        if (i < 3) memcpy(ids[i], f->m.record.id, HASH_SIZE);
        assert_int_equal(buckets_from(f, 0), i < 3 ? 1 : i - 1);
    }
    struct made last = f->m;
    qsort(ids, 3, HASH_SIZE, id_order);
    crypto_generichash(digest, sizeof digest, ids[0], sizeof ids, NULL, 0);
    assert_int_equal(buckets[2].expiry_day, today + 10);
    assert_int_equal(buckets[2].hour, START / HOUR);
    assert_int_equal(buckets[2].count, 3);
    assert_memory_equal(buckets[2].digest, digest, HASH_SIZE);
    assert_int_equal(buckets[0].expiry_day, today + 2);
    assert_int_equal(buckets[1].hour, START / HOUR - 1);
    assert_int_equal(buckets[3].hour, START / HOUR + 1);
    assert_int_equal(buckets_from(f, today + 10), 2);
    assert_int_equal(buckets_from(f, today + 11), 0);
    stores_check_buckets(f->s, last.record.community);
    stores_tick(f->s, START + 4 * DAY, true);
    assert_int_equal(buckets_from(f, 0), 3);
    assert_memory_equal(buckets[1].digest, digest, HASH_SIZE);
}

/* A ghost takes its record's place: the digest of the bucket stays; told wrongly, the record sets it right. A
 * retraction and what it makes of its target change no id. */
static void test_same_digests(void **state) {
    struct fixture *f = *state;
    struct make how = text_of(f, START + 5, 10), other = text_of(f, START + 6, 10);
    put(f, &how);
    struct made first = f->m;
    put(f, &other);
    buckets_from(f, 0);
    struct store_bucket before = buckets[0];
    assert_int_equal(store_ghost(f->s, how.community, f->m.record.id, 1, 1), 0);
    assert_int_equal(buckets_from(f, 0), 1);
    assert_memory_equal(&buckets[0], &before, sizeof before);
    struct made unseen;
    how = text_of(f, START + 7, 10);
    make_record(&unseen, &how);
    assert_int_equal(store_ghost(f->s, how.community, unseen.record.id, when_day(START), START - 5 * HOUR), 0);
    assert_int_equal(buckets_from(f, 0), 2);
    assert_int_equal(store_put(f->s, &unseen.record, unseen.bytes, unseen.size, MAKE_NOW), 0);
    assert_int_equal(buckets_from(f, 0), 1);
    assert_int_equal(buckets[0].count, 3);
    assert_int_equal(store_has(f->s, unseen.record.id), STORE_GHOST);
    before = buckets[0];
    struct make back = {.community = how.community,
                        .author = 1,
                        .kind = KIND_RETRACTION,
                        .days = 20,
                        .created = START,
                        .salt = ++f->salt,
                        .ref_count = 1,
                        .refs = {{.type = REF_TARGET}}};
    memcpy(back.refs[0].id, first.record.id, HASH_SIZE);
    put(f, &back);
    stores_tick(f->s, START + 4 * DAY, false);
    assert_int_equal(store_has(f->s, first.record.id), STORE_STUB);
    assert_int_equal(buckets_from(f, 0), 2);
    assert_memory_equal(&buckets[0], &before, sizeof before);
}

/* Digests are right inside of a transaction, after it was undone, and after closing and opening. */
static void test_transactions(void **state) {
    struct fixture *f = *state;
    struct make how = text_of(f, START, 10);
    put(f, &how);
    buckets_from(f, 0);
    struct store_bucket before = buckets[0];
    assert_int_equal(store_begin(f->s), 0);
    how = text_of(f, START + 1, 10);
    put(f, &how);
    assert_int_equal(buckets_from(f, 0), 1);
    assert_int_equal(buckets[0].count, 2);
    stores_check_buckets(f->s, how.community);
    how = text_of(f, START + 2, 11);
    put(f, &how);
    store_rollback(f->s);
    assert_int_equal(buckets_from(f, 0), 1);
    assert_memory_equal(&buckets[0], &before, sizeof before);
    for (unsigned i = 0; i < 100; i++) {
        how = text_of(f, START + i, 10);
        put(f, &how);
    }
    if (f->flavour != MEMORY) {
        store_close(f->s);
        f->s = stores_open(f->flavour, false);
    }
    assert_int_equal(store_has(f->s, f->m.record.id), STORE_HELD);
    assert_int_equal(buckets_from(f, 0), 1);
    assert_int_equal(buckets[0].count, 101);
    stores_check_buckets(f->s, how.community);
}

struct seen {
    struct store_seen_id last;
    size_t count;
    int stop_at;
};

static int seen_note(void *context, const struct store_seen_id *seen) {
    struct seen *s = context;
    s->last = *seen;
    return (int)++s->count == s->stop_at ? 42 : 0;
}

static size_t range(struct fixture *f, uint32_t lo_day, uint64_t lo_hour, uint32_t hi_day, uint64_t hi_hour) {
    struct seen s = {.stop_at = -1};
    assert_int_equal(store_seen_range(f->s, f->c[0].charter.community, lo_day, (uint32_t)lo_hour, hi_day,
                                      (uint32_t)hi_hour, seen_note, &s),
                     0);
    return s.count;
}

/* A range has its first bucket and not its last, by day and then by hour; a visit may stop it, and look into the store.
 */
static void test_range(void **state) {
    struct fixture *f = *state;
    const uint32_t day = when_day(START) + 10;
    const uint64_t hour = START / HOUR;
    for (unsigned i = 0; i < 3; i++)
        for (unsigned d = 0; d < 3; d++) {
            struct make how = text_of(f, START + i * HOUR, 10 + d);
            put(f, &how);
        }
    assert_int_equal(range(f, 0, 0, UINT32_MAX, 0), 9);
    assert_int_equal(range(f, day + 1, 0, day + 2, 0), 3);
    assert_int_equal(range(f, day, hour, day, hour + 1), 1);
    assert_int_equal(range(f, day, hour + 1, day + 1, hour + 1), 3);
    assert_int_equal(range(f, day, hour + 3, day + 1, hour), 0);
    assert_int_equal(range(f, day + 2, hour + 2, UINT32_MAX, UINT32_MAX), 1);
    assert_int_equal(range(f, day + 2, hour + 2, day + 2, hour + 2), 0);
    assert_int_equal(range(f, day + 1, 0, day, 0), 0);
    struct seen s = {.stop_at = 4};
    assert_int_equal(store_seen_range(f->s, f->c[0].charter.community, 0, 0, UINT32_MAX, 0, seen_note, &s), 42);
    assert_int_equal(s.count, 4);
    s.stop_at = -1;
    s.count = 0;
    assert_int_equal(store_seen_range(f->s, f->c[1].charter.community, 0, 0, UINT32_MAX, 0, seen_note, &s), 0);
    assert_int_equal(store_seen_range(f->s, f->m.record.id, 0, 0, UINT32_MAX, 0, seen_note, &s), 0);
    assert_int_equal(s.count, 0);
}

struct nested {
    struct fixture *f;
    size_t sum;
};
static int nested_visit(void *context, const struct store_seen_id *seen) {
    struct nested *n = context;
    assert_int_equal(store_has(n->f->s, seen->id), STORE_HELD);
    n->sum += range(n->f, 0, 0, UINT32_MAX, 0);
    return 0;
}

/* A visit may ask the store anything, for a range too. */
static void test_nested(void **state) {
    struct fixture *f = *state;
    struct nested n = {.f = f};
    for (unsigned i = 0; i < 5; i++) {
        struct make how = text_of(f, START + i * 5 * HOUR, 10);
        put(f, &how);
    }
    assert_int_equal(store_seen_range(f->s, f->c[0].charter.community, 0, 0, UINT32_MAX, 0, nested_visit, &n), 0);
    assert_int_equal(n.sum, 25);
}

/* Each id is told with what its record says; a ghost with its day and hour and without a number. */
static void test_told(void **state) {
    struct fixture *f = *state;
    struct seen s = {.stop_at = -1};
    struct make how = text_of(f, START + 77, 10);
    static uint8_t room[RECORD_SIZE_MAX];
    struct store_record found;
    how.urgency = URGENCY_URGENT;
    put(f, &how);
    assert_int_equal(store_get(f->s, f->m.record.id, room, &found), 0);
    assert_int_equal(store_seen_range(f->s, how.community, 0, 0, UINT32_MAX, 0, seen_note, &s), 0);
    assert_int_equal(s.last.created, START + 77);
    assert_int_equal(s.last.expiry_day, f->m.record.expiry_day);
    assert_int_equal(s.last.num, found.num);
    assert_int_equal(s.last.urgency, URGENCY_URGENT);
    assert_false(s.last.stub || s.last.retracted);
    assert_int_equal(store_ghost(f->s, how.community, f->m.record.id, 0, 0), 0);
    assert_int_equal(store_seen_range(f->s, how.community, 0, 0, UINT32_MAX, 0, seen_note, &s), 0);
    assert_int_equal(s.count, 2);
    assert_int_equal(s.last.created / HOUR, START / HOUR);
    assert_int_equal(s.last.expiry_day, f->m.record.expiry_day);
    assert_int_equal(s.last.num, 0);
    assert_int_equal(s.last.urgency, URGENCY_BULK);
}

static struct collected got;

/* The newest urgent records, without waiting, hidden and less urgent ones. */
static void test_urgent(void **state) {
    struct fixture *f = *state;
    const uint8_t *c = f->c[0].charter.community;
    for (unsigned i = 0; i < 20; i++) {
        struct make how = text_of(f, START + i, 10);
        how.urgency = (uint8_t)(i % 4);
        put(f, &how);
    }
    struct made hidden = f->m; /* created at START + 19, urgent */
    struct make ahead = text_of(f, START + 2 * DAY, 10), back = text_of(f, START + 30, 10);
    ahead.urgency = URGENCY_URGENT;
    put(f, &ahead);
    back.kind = KIND_RETRACTION;
    back.text = NULL;
    back.ref_count = 1;
    back.refs[0].type = REF_TARGET;
    memcpy(back.refs[0].id, hidden.record.id, HASH_SIZE);
    put(f, &back);
    got.count = 0;
    assert_int_equal(store_urgent_newest(f->s, c, START + 50, 0, stores_collect, &got), 0);
    assert_int_equal(got.count, 4);
    for (size_t i = 0; i < 4; i++) assert_int_equal(got.created[i], START + 15 - 4 * i);
    got.count = 0;
    assert_int_equal(store_urgent_newest(f->s, c, START + 3 * DAY, 2, stores_collect, &got), 0);
    assert_int_equal(got.count, 2);
    assert_int_equal(got.created[0], START + 2 * DAY);
    assert_int_equal(store_urgent_newest(f->s, f->c[1].charter.community, START, 2, stores_collect, &got), 0);
    assert_int_equal(got.count, 2);
}

struct arrivals {
    int64_t nums[10];
    size_t count;
    struct made *last;
};
static int arrival_note(void *context, const struct store_arrival *a) {
    struct arrivals *all = context;
    assert_true(all->count < 10);
    all->nums[all->count++] = a->num;
    if (memcmp(a->id, all->last->record.id, HASH_SIZE) == 0) {
        assert_memory_equal(a->community, all->last->record.community, HASH_SIZE);
        assert_int_equal(a->created, all->last->record.created);
        assert_int_equal(a->kind, KIND_TEXT);
        assert_int_equal(a->urgency, URGENCY_NORMAL);
        assert_int_equal(a->size, all->last->size);
    }
    return 0;
}

/* What arrived after a number, of all communities, by number. */
static void test_arrivals(void **state) {
    struct fixture *f = *state;
    struct arrivals all = {.last = &f->m};
    assert_int_equal(store_newest_num(f->s), 0);
    for (unsigned i = 0; i < 6; i++) {
        struct make how = text_of(f, START - i * HOUR, 10);
        how.community = f->c[i % 2].charter.community;
        put(f, &how);
    }
    assert_int_equal(store_arrived_after(f->s, 0, 0, arrival_note, &all), 0);
    assert_int_equal(all.count, 6);
    for (size_t i = 1; i < 6; i++) assert_true(all.nums[i - 1] < all.nums[i]);
    assert_int_equal(all.nums[5], store_newest_num(f->s));
    int64_t third = all.nums[2];
    all.count = 0;
    assert_int_equal(store_arrived_after(f->s, third, 2, arrival_note, &all), 0);
    assert_int_equal(all.count, 2);
    assert_true(all.nums[0] > third);
    all.count = 0;
    assert_int_equal(store_arrived_after(f->s, store_newest_num(f->s), 0, arrival_note, &all), 0);
    assert_int_equal(all.count, 0);
}

struct missing {
    struct store_missing last;
    uint8_t blob[HASH_SIZE];
    unsigned count;
};
static int missing_note(void *context, const struct store_missing *m) {
    struct missing *all = context;
    all->last = *m;
    memcpy(all->blob, m->blob, HASH_SIZE);
    all->count++;
    return 0;
}
static struct missing missing_of(struct fixture *f, const uint8_t *community) {
    struct missing all = {.count = 0};
    assert_int_equal(store_blob_missing_each(f->s, community, missing_note, &all), 0);
    return all;
}
static uint64_t missing_bits(struct fixture *f, const uint8_t *blob, uint32_t first) {
    uint64_t bits = 1;
    assert_int_equal(store_blob_missing(f->s, blob, first, &bits), 0);
    return bits;
}

/* A blob lacks chunks from the moment that a record refers to it until the last is here; not once the record is taken
 * back or gone. */
static void test_missing(void **state) {
    struct fixture *f = *state;
    enum { COUNT = 70 };
    const uint64_t size = (uint64_t)COUNT * BLOB_CHUNK_SIZE;
    static uint8_t nodes[4 * COUNT][HASH_SIZE], data[BLOB_CHUNK_SIZE], proof[BLOB_PROOF_MAX];
    uint8_t blob[HASH_SIZE];
    const uint8_t *c = f->c[0].charter.community;
    for (unsigned i = 0; i < COUNT; i++) blob_leaf(nodes[i], data, sizeof data);
    blob_tree(blob, nodes, COUNT, size);
    assert_int_equal(missing_of(f, NULL).count, 0);
    struct make how = text_of(f, START, 10);
    how.ref_count = 1;
    how.refs[0].type = REF_BLOB;
    memcpy(how.refs[0].id, blob, HASH_SIZE);
    put(f, &how);
    struct made first = f->m;
    how.salt = ++f->salt;
    put(f, &how); /* two records refer to it: told once */
    struct made second = f->m;
    struct missing all = missing_of(f, c);
    assert_int_equal(all.count, 1);
    assert_memory_equal(all.blob, blob, HASH_SIZE);
    assert_int_equal(all.last.size_bytes, 0);
    assert_int_equal(missing_of(f, f->c[1].charter.community).count, 0);
    assert_true(missing_bits(f, blob, 0) == UINT64_MAX);
    assert_true(missing_bits(f, blob, BLOB_CHUNKS_MAX - 2) == 3);
    assert_true(missing_bits(f, blob, BLOB_CHUNKS_MAX) == 0);
    for (unsigned i = COUNT; i-- > 0;) {
        size_t proof_size = blob_proof(proof, nodes, COUNT, i) * (size_t)HASH_SIZE;
        assert_int_equal(store_chunk_put(f->s, blob, size, i, proof, proof_size, data, BLOB_CHUNK_SIZE, MAKE_NOW), 1);
        assert_int_equal(missing_of(f, NULL).count, i > 0);
        if (i == 65) {
            assert_true(missing_bits(f, blob, 0) == UINT64_MAX);
            assert_true(missing_bits(f, blob, 60) == 0x1f);
            assert_int_equal(missing_of(f, NULL).last.held, 5);
            assert_int_equal(missing_of(f, NULL).last.size_bytes, size);
        }
    }
    assert_true(missing_bits(f, blob, 0) == 0);
    memset(how.refs[0].id, 9, HASH_SIZE); /* another, of which nothing ever comes */
    how.salt = ++f->salt;
    put(f, &how);
    assert_int_equal(missing_of(f, c).count, 1);
    struct make back = text_of(f, START, 20);
    back.kind = KIND_RETRACTION;
    back.text = NULL;
    back.ref_count = 1;
    back.refs[0].type = REF_TARGET;
    memcpy(back.refs[0].id, f->m.record.id, HASH_SIZE);
    put(f, &back);
    assert_int_equal(missing_of(f, c).count, 0);
    assert_int_equal(store_ghost(f->s, c, first.record.id, 0, 0), 0);
    assert_int_equal(store_blob_is_of(f->s, c, blob), 1);
    assert_int_equal(store_ghost(f->s, c, second.record.id, 0, 0), 0);
    assert_int_equal(store_blob_is_of(f->s, c, blob), 0);
    assert_int_equal(missing_of(f, NULL).count, 0);
}

#define TEST(function, flavour) \
    { #function " (" #flavour ")", function, begin_##flavour, fixture_end, NULL }
#define SUITE(flavour) \
    TEST(test_buckets, flavour), TEST(test_same_digests, flavour), TEST(test_transactions, flavour), \
        TEST(test_range, flavour), TEST(test_nested, flavour), TEST(test_told, flavour), TEST(test_urgent, flavour), \
        TEST(test_arrivals, flavour), TEST(test_missing, flavour)

int main(void) {
    const struct CMUnitTest tests[] = {SUITE(memory), SUITE(sqlite), SUITE(sealed)};
    assert_true(sodium_init() >= 0);
    int failed = cmocka_run_group_tests_name("seen", tests, NULL, NULL);
    make_end();
    return failed;
}
