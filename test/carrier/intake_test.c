/*
 * The intake: what contacts hand in is checked, stored and reported. Shows for good, known, bad, expired, malformed and
 * large records, stubs and chunks what is stored and who is blamed; that one who breaks the rules ends nobody else;
 * that everything of a contact is reported in its number; and that memory and shares are bounded.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "carrier/intake.h"
#include "core/blob.h"
#include "core/check.h"
#include "test/core/sample_util.h"

#define NOW (SAMPLE_TIME + 20000000)

struct sum {
    uint32_t done[STREAM_COUNT], records, chunks;
    int err;
    bool blamed;
};

struct bench {
    struct rng rng;
    struct sample_community community;
    struct member author;
    struct store *store;
    pthread_mutex_t mutex, wake_mutex;
    pthread_cond_t woken;
    bool wake;
    struct intake *in;
    struct intake_contact *a, *b;
    struct sum of_a, of_b;
};

static void on_wake(void *context) {
    struct bench *t = context;
    pthread_mutex_lock(&t->wake_mutex);
    t->wake = true;
    pthread_cond_signal(&t->woken);
    pthread_mutex_unlock(&t->wake_mutex);
}

static void setup(struct bench *t, uint64_t seed) {
    memset(t, 0, sizeof *t);
    t->rng.state = seed;
    do sample_found(&t->rng, &t->community);
    while (t->community.charter.keep_days < 400);
    sample_member(&t->rng, &t->author);
    assert_int_equal(store_memory_open(&t->store), 0);
    assert_int_equal(store_community_put(t->store, &t->community.record, true), 1);
    pthread_mutex_init(&t->mutex, NULL);
    pthread_mutex_init(&t->wake_mutex, NULL);
    pthread_cond_init(&t->woken, NULL);
    const struct intake_config config = {
        .store = t->store, .mutex = &t->mutex, .threads = 2, .wake = on_wake, .context = t};
    assert_int_equal(intake_start(&t->in, &config), 0);
    intake_when(t->in, (struct when){.now = NOW, .confirmed = true});
    t->a = intake_contact_new(t->in, &t->of_a);
    t->b = intake_contact_new(t->in, &t->of_b);
}

static void teardown(struct bench *t) {
    intake_contact_free(t->a, false);
    intake_contact_free(t->b, false);
    intake_stop(t->in);
    assert_int_equal(store_integrity(t->store), 0);
    store_close(t->store);
}

static void reports_take(struct bench *t) {
    struct intake_report r;
    while (intake_next(t->in, &r)) {
        struct sum *sum = r.owner;
        for (unsigned i = 0; i < STREAM_COUNT; i++) sum->done[i] += r.done[i];
        sum->records += r.records;
        sum->chunks += r.chunks;
        sum->err = r.err;
        sum->blamed = r.blamed;
    }
}

static void settle(struct bench *t) {
    if (t->a) intake_submit(t->a);
    if (t->b) intake_submit(t->b);
    intake_drain(t->in);
    reports_take(t);
}

/* A record of this world, with room that holds until the next. */
static struct sample_record *make(struct bench *t, size_t content) {
    static struct sample_record sample;
    do sample_record(&t->rng, &sample, &t->community, &t->author, content);
    while (sample.record.created > NOW || sample.record.kind == KIND_RETRACTION ||
           when_is_expired(sample.record.expiry_day, (struct when){.now = NOW, .confirmed = true}));
    return &sample;
}

static void give_as(struct intake_contact *c, const struct charter *charter, const uint8_t *bytes, size_t size,
                    unsigned stream, bool stub) {
    uint8_t *place = intake_place(c, stream, size);
    assert_non_null(place);
    memcpy(place, bytes, size);
    intake_record(c, stream, charter, size, stub);
}

static void give(struct bench *t, struct intake_contact *c, unsigned stream, const uint8_t *bytes, size_t size,
                 bool stub) {
    give_as(c, &t->community.charter, bytes, size, stream, stub);
}

static size_t encode(const struct record *r, uint8_t out[RECORD_SIZE_MAX]) {
    int size = record_encode(r, out, RECORD_SIZE_MAX);
    assert_true(size > 0);
    return (size_t)size;
}

static void give_record(struct bench *t, struct intake_contact *c, unsigned stream, const struct record *r) {
    uint8_t bytes[RECORD_SIZE_MAX];
    size_t size = encode(r, bytes);
    give(t, c, stream, bytes, size, !r->body);
}

static int seen(struct bench *t, const struct record *r) {
    return store_has(t->store, r->id);
}

#define FLOOD 8
#define TODAY ((uint32_t)(NOW / DAY_SECONDS))

static struct sample_record *make_sealed_of(struct bench *t, uint32_t expiry_day) {
    static struct sample_record sample;
    sample_sealed_until(&t->rng, &sample, &t->author, expiry_day);
    return &sample;
}

/* Hand in a record as one of the pool, or of a community. */
static void give_pool(struct intake_contact *c, const struct charter *charter, const struct record *r) {
    uint8_t bytes[RECORD_SIZE_MAX];
    size_t size = encode(r, bytes);
    give_as(c, charter, bytes, size, STREAM_BULK, !r->body);
}

/* Sealed records are stored by their shelf's signature alone; what comes twice is known. What is over, or would live
 * longer than anything, is refused without blame: the sender's clock may be another. */
static void test_sealed(void **state) {
    static struct bench t;
    struct intake_counts counts;
    (void)state;
    setup(&t, 21);
    for (unsigned i = 0; i < 40; i++) {
        const struct record *r = &make_sealed_of(&t, TODAY + i % 3 * 1830)->record;
        give_pool(t.a, &charter_pool, r);
        give_pool(t.a, &charter_pool, r);
        settle(&t);
        assert_int_equal(seen(&t, r), STORE_HELD);
    }
    assert_int_equal(t.of_a.records, 40);
    assert_int_equal(t.of_a.done[STREAM_BULK], 80);
    const struct record *over = &make_sealed_of(&t, TODAY - 2)->record;
    give_pool(t.a, &charter_pool, over);
    settle(&t);
    assert_int_equal(seen(&t, over), STORE_UNKNOWN);
    const struct record *far = &make_sealed_of(&t, TODAY + KEEP_DAYS_MAX + 2)->record;
    give_pool(t.a, &charter_pool, far);
    settle(&t);
    assert_int_equal(seen(&t, far), STORE_GHOST);
    assert_int_equal(t.of_a.err, 0);
    intake_counts(t.in, &counts);
    assert_int_equal(counts.refusals[-ERR_EXPIRED], 1);
    assert_int_equal(counts.refusals[-ERR_FAR], 1);
    teardown(&t);
}

/* Nobody sends these by accident: a wrong signature, a stub, a sealed record as one of a community, a plain one as one
 * of the pool, or another's inner record, also if it is held here. */
static void test_sealed_that_break_rules(void **state) {
    static struct bench t;
    static struct sample_community closed;
    (void)state;
    for (unsigned which = 0; which < 7; which++) {
        setup(&t, 22 + which);
        static const int errs[] = {ERR_SIGNATURE, ERR_FIELD,     ERR_COMMUNITY, ERR_COMMUNITY,
                                   ERR_COMMUNITY, ERR_COMMUNITY, ERR_COMMUNITY};
        const struct charter *charter = which == 2 || which > 4 ? &t.community.charter : &charter_pool;
        struct record r = make_sealed_of(&t, TODAY + 1)->record;
        if (which == 0) r.signature[0] ^= 1;
        if (which == 1) r.body = NULL;
        if (which == 3) r = make(&t, 100)->record;
        if (which == 4) {
            r = make(&t, 100)->record;
            memcpy(r.community, record_pool, HASH_SIZE);
            assert_int_equal(record_sign(&r, t.author.secret), 0);
        }
        if (which > 4) {
            uint8_t bytes[RECORD_SIZE_MAX];
            static struct sample_record inner;
            sample_found_closed(&t.rng, &closed);
            assert_int_equal(store_community_put(t.store, &closed.record, true), 1);
            do sample_record(&t.rng, &inner, &closed, &t.author, 100);
            while (inner.record.created > NOW || inner.record.kind == KIND_RETRACTION);
            r = inner.record;
            int size = record_encode(&r, bytes, sizeof bytes);
            if (which == 6) assert_int_equal(store_put(t.store, &r, bytes, (size_t)size, NOW), 1);
        }
        give_pool(t.a, charter, &r);
        settle(&t);
        assert_int_equal(t.of_a.err, errs[which]);
        assert_true(t.of_a.blamed);
        assert_int_equal(seen(&t, &r), which == 6 ? STORE_HELD : STORE_UNKNOWN);
        teardown(&t);
    }
}

static void test_good_ones_are_stored(void **state) {
    static struct bench t;
    struct intake_counts counts;
    (void)state;
    setup(&t, 1);
    for (unsigned i = 0; i < 400; i++) {
        struct sample_record *s = make(&t, i % 50 == 0 ? RECORD_BODY_MAX - 100 : 200);
        give_record(&t, i % 2 ? t.a : t.b, i % 3 ? STREAM_BULK : STREAM_URGENT, &s->record);
    }
    settle(&t);
    assert_int_equal(t.of_a.done[STREAM_BULK] + t.of_a.done[STREAM_URGENT], 200);
    assert_int_equal(t.of_b.done[STREAM_BULK] + t.of_b.done[STREAM_URGENT], 200);
    assert_int_equal(t.of_a.records, 200);
    assert_int_equal(t.of_a.err, 0);
    intake_counts(t.in, &counts);
    assert_int_equal(counts.records, 400);
    assert_int_equal(store_newest_num(t.store), 400);
    teardown(&t);
}

/* What is here, what both bring, and what was refused before: known, told as dealt with, not stored twice. */
static void test_known_ones(void **state) {
    static struct bench t;
    struct intake_counts counts;
    (void)state;
    setup(&t, 2);
    struct record r = make(&t, 100)->record;
    uint8_t body[RECORD_SIZE_MAX];
    memcpy(body, r.body, r.body_size);
    r.body = body;
    give_record(&t, t.a, STREAM_BULK, &r);
    settle(&t);
    assert_int_equal(intake_origin(t.in, r.id).number, intake_contact_number(t.a));
    give_record(&t, t.b, STREAM_BULK, &r);
    give_record(&t, t.b, STREAM_URGENT, &r);
    settle(&t);
    assert_int_equal(t.of_a.records, 1);
    assert_int_equal(t.of_b.records, 0);
    assert_int_equal(t.of_b.done[STREAM_BULK], 1);
    assert_int_equal(t.of_b.done[STREAM_URGENT], 1);
    struct record ghost = make(&t, 100)->record;
    assert_int_equal(store_ghost(t.store, t.community.charter.community, ghost.id, ghost.expiry_day, ghost.created), 0);
    give_record(&t, t.b, STREAM_BULK, &ghost);
    settle(&t);
    assert_int_equal(seen(&t, &ghost), STORE_GHOST);
    intake_counts(t.in, &counts);
    assert_int_equal(counts.records, 1);
    assert_int_equal(counts.known, 3);
    teardown(&t);
}

/* A signature that does not fit: what came before it is stored, what comes after it is not, and only its contact ends.
 */
static void test_bad_signature_ends_only_its_contact(void **state) {
    static struct bench t;
    struct intake_counts counts;
    uint8_t bytes[RECORD_SIZE_MAX];
    (void)state;
    setup(&t, 3);
    for (unsigned i = 0; i < 100; i++) {
        struct sample_record *s = make(&t, 200);
        give_record(&t, t.b, STREAM_BULK, &s->record);
        s = make(&t, 200);
        if (i == 40) s->record.signature[5] ^= 1;
        size_t size = encode(&s->record, bytes);
        give(&t, t.a, STREAM_BULK, bytes, size, false);
    }
    settle(&t);
    assert_int_equal(t.of_a.err, ERR_SIGNATURE);
    assert_true(t.of_a.blamed);
    assert_int_equal(t.of_a.records, 40);
    assert_int_equal(t.of_a.done[STREAM_BULK], 40);
    assert_int_equal(t.of_b.err, 0);
    assert_int_equal(t.of_b.records, 100);
    assert_int_equal(intake_room(t.a), 0);
    intake_counts(t.in, &counts);
    assert_int_equal(counts.refusals[-ERR_SIGNATURE], 1);
    teardown(&t);
}

static void blame_expect(struct bench *t, const uint8_t *bytes, size_t size, bool stub) {
    int64_t before = store_newest_num(t->store);
    t->of_a = (struct sum){0};
    give(t, t->a, STREAM_BULK, bytes, size, stub);
    settle(t);
    assert_true(t->of_a.err < 0);
    assert_true(t->of_a.blamed);
    assert_int_equal(store_newest_num(t->store), before);
    intake_contact_free(t->a, true);
    t->a = intake_contact_new(t->in, &t->of_a);
}

/* Whatever is malformed or breaks the rules of its group is blamed on who sent it, and nothing of it is stored. */
static void test_malformed_ones(void **state) {
    static struct bench t;
    static struct sample_community other;
    static struct sample_record s;
    uint8_t bytes[RECORD_SIZE_MAX + 1] = {0};
    (void)state;
    setup(&t, 4);
    size_t size = encode(&make(&t, 100)->record, bytes);
    blame_expect(&t, bytes, size - 1, false);
    blame_expect(&t, bytes, size, true); /* a stub it is not */
    blame_expect(&t, bytes, 1, false);
    memset(bytes + 1, 0xff, 40);
    blame_expect(&t, bytes, 40, false);
    bytes[0] = 77; /* a form of a later version: not stored, but nobody's fault */
    t.of_a = (struct sum){0};
    give(&t, t.a, STREAM_BULK, bytes, 40, false);
    settle(&t);
    assert_int_equal(t.of_a.err, 0);
    assert_int_equal(t.of_a.records, 0);
    sample_found(&t.rng, &other);
    sample_record(&t.rng, &s, &other, &t.author, 50);
    blame_expect(&t, bytes, encode(&s.record, bytes), false);
    s = *make(&t, 50);
    s.record.body = s.body;
    s.record.expiry_day = (uint32_t)(s.record.created / DAY_SECONDS) + t.community.charter.keep_days + 1;
    if (s.record.expiry_day <= s.record.created / DAY_SECONDS + KEEP_DAYS_MAX) {
        assert_int_equal(record_sign(&s.record, t.author.secret), 0);
        blame_expect(&t, bytes, encode(&s.record, bytes), false);
    }
    blame_expect(&t, bytes, encode(&t.community.record, bytes), false); /* a charter is no record of the list */
    assert_null(intake_place(t.a, STREAM_BULK, RECORD_SIZE_MAX + 1));
    teardown(&t);
}

/* What is merely over is refused without blame, and the contact goes on. */
static void test_expired_ones(void **state) {
    static struct bench t;
    struct intake_counts counts;
    (void)state;
    setup(&t, 5);
    struct sample_record *s = make(&t, 100);
    s->record.created = SAMPLE_TIME;
    s->record.expiry_day = when_day(SAMPLE_TIME) + 1;
    assert_int_equal(record_sign(&s->record, t.author.secret), 0);
    give_record(&t, t.a, STREAM_BULK, &s->record);
    give_record(&t, t.a, STREAM_BULK, &make(&t, 100)->record);
    settle(&t);
    assert_int_equal(t.of_a.err, 0);
    assert_int_equal(t.of_a.done[STREAM_BULK], 2);
    assert_int_equal(t.of_a.records, 1);
    intake_counts(t.in, &counts);
    assert_int_equal(counts.refused, 1);
    assert_int_equal(counts.refusals[-ERR_EXPIRED], 1);
    teardown(&t);
}

static void test_stubs(void **state) {
    static struct bench t;
    (void)state;
    setup(&t, 6);
    struct sample_record *s = make(&t, 100);
    struct record stub = s->record;
    stub.body = NULL;
    give_record(&t, t.a, STREAM_BULK, &stub);
    settle(&t);
    assert_int_equal(seen(&t, &stub), STORE_STUB);
    give_record(&t, t.b, STREAM_BULK, &s->record);
    settle(&t);
    assert_int_equal(seen(&t, &stub), STORE_HELD);
    give_record(&t, t.a, STREAM_BULK, &stub);
    settle(&t);
    assert_int_equal(t.of_a.done[STREAM_BULK], 2);
    assert_int_equal(t.of_a.records, 1);
    teardown(&t);
}

static void test_chunks(void **state) {
    static struct bench t;
    static uint8_t data[BLOB_CHUNK_SIZE + 1000], nodes[6][HASH_SIZE];
    uint8_t id[HASH_SIZE], proof[BLOB_PROOF_MAX], again[BLOB_PROOF_MAX];
    (void)state;
    setup(&t, 7);
    rng_bytes(&t.rng, data, sizeof data);
    blob_leaf(nodes[0], data, BLOB_CHUNK_SIZE);
    blob_leaf(nodes[1], data + BLOB_CHUNK_SIZE, 1000);
    blob_tree(id, nodes, 2, sizeof data);
    size_t proof_size = blob_proof(proof, nodes, 2, 1) * (size_t)HASH_SIZE;
    assert_int_equal(blob_proof(again, nodes, 2, 0) * (size_t)HASH_SIZE, proof_size);
    assert_int_equal(
        intake_chunk(t.a, STREAM_BULK, id, sizeof data, 1, proof, proof_size, data + BLOB_CHUNK_SIZE, 1000), 0);
    assert_int_equal(intake_chunk(t.a, STREAM_BULK, id, sizeof data, 0, again, proof_size, data, BLOB_CHUNK_SIZE), 0);
    assert_int_equal(intake_chunk(t.b, STREAM_BULK, id, sizeof data, 0, proof, proof_size, data, BLOB_CHUNK_SIZE), 0);
    assert_int_equal(intake_chunk(t.b, STREAM_BULK, id, sizeof data, 0, proof, proof_size, data, BLOB_CHUNK_SIZE + 1),
                     ERR_LIMIT);
    settle(&t);
    assert_int_equal(t.of_a.chunks, 2);
    assert_int_equal(t.of_a.done[STREAM_BULK], 2);
    assert_int_equal(t.of_b.err, ERR_HASH);
    assert_true(t.of_b.blamed);
    teardown(&t);
}

/* While nothing can be stored, a contact gets no more than its share and another one has room still; then all goes on.
 */
static void test_shares_are_bounded(void **state) {
    static struct bench t;
    unsigned of_a = 0, of_b = 0;
    (void)state;
    setup(&t, 8);
    struct record r = make(&t, 100)->record;
    pthread_mutex_lock(&t.mutex);
    while (intake_room(t.a) > 0 && of_a <= INTAKE_RECORDS_MAX) {
        give_record(&t, t.a, STREAM_BULK, &r);
        of_a++;
    }
    intake_submit(t.a);
    assert_true(of_a >= INTAKE_RECORDS_MAX / 3 && of_a <= INTAKE_RECORDS_MAX / 2 + 1);
    while (intake_room(t.b) > 0 && of_b <= INTAKE_RECORDS_MAX) {
        give_record(&t, t.b, STREAM_URGENT, &r);
        of_b++;
    }
    intake_submit(t.b);
    assert_true(of_b >= 1000 && of_b <= INTAKE_RECORDS_MAX / 3 + 1);
    pthread_mutex_unlock(&t.mutex);
    settle(&t);
    assert_int_equal(t.of_a.done[STREAM_BULK], of_a);
    assert_int_equal(t.of_b.done[STREAM_URGENT], of_b);
    assert_int_equal(t.of_a.records + t.of_b.records, 1);
    assert_true(intake_room(t.a) > 0);
    teardown(&t);
}

/* Links take turns: one by which several contacts bring thousands does not make another's few wait for all of them,
 * in either lane. What is stored is charged to the link. */
static void test_links_take_turns(void **state) {
    static struct bench t;
    static struct sum sums[FLOOD];
    struct intake_contact *flood[FLOOD];
    struct intake_report report;
    (void)state;
    for (unsigned stream = 0; stream < STREAM_COUNT; stream++) {
        setup(&t, 31 + stream);
        struct record r = make(&t, 100)->record;
        const struct store_source there = {.link = 5}, here = {.link = 9};
        for (unsigned i = 0; i < FLOOD; i++) {
            flood[i] = intake_contact_new(t.in, &sums[i]);
            intake_contact_from(flood[i], &there);
        }
        intake_contact_from(t.b, &here);
        pthread_mutex_lock(&t.mutex); /* nothing is stored before everything is handed in */
        for (unsigned i = 0; i < FLOOD; i++) {
            for (unsigned k = 0; k < 640 && intake_room(flood[i]) > 0; k++) give_record(&t, flood[i], stream, &r);
            intake_submit(flood[i]);
        }
        give_record(&t, t.b, stream, &r);
        intake_submit(t.b);
        pthread_mutex_unlock(&t.mutex);
        intake_drain(t.in);
        unsigned place = 0;
        while (intake_next(t.in, &report) && report.owner != &t.of_b) place++;
        assert_true(place < FLOOD / 2);
        while (intake_next(t.in, &report)) place++;
        assert_int_equal(place, FLOOD);
        for (unsigned i = 0; i < FLOOD; i++) intake_contact_free(flood[i], false);
        teardown(&t);
    }
}

/* Freed contacts: what they handed in is stored, or dropped where that was asked for; nothing is reported of them. */
static void test_freed_contacts(void **state) {
    static struct bench t;
    struct intake_report report;
    (void)state;
    setup(&t, 9);
    for (unsigned i = 0; i < 100; i++) give_record(&t, t.a, STREAM_BULK, &make(&t, 100)->record);
    intake_contact_free(t.a, false);
    t.a = NULL;
    intake_drain(t.in);
    assert_false(intake_next(t.in, &report));
    assert_int_equal(store_newest_num(t.store), 100);
    pthread_mutex_lock(&t.mutex);
    for (unsigned i = 0; i < 1000; i++) give_record(&t, t.b, STREAM_BULK, &make(&t, 100)->record);
    intake_contact_free(t.b, true);
    t.b = NULL;
    pthread_mutex_unlock(&t.mutex);
    intake_drain(t.in);
    assert_true(store_newest_num(t.store) < 1100);
    teardown(&t);
}

/* Groups: the records of one group are one transaction, an urgent record alone does not wait, and ranges tell who
 * brought what. */
static void test_ranges_tell_who_brought_what(void **state) {
    static struct bench t;
    struct intake_range range;
    (void)state;
    setup(&t, 10);
    for (unsigned i = 0; i < 64; i++) give_record(&t, t.a, STREAM_BULK, &make(&t, 100)->record);
    settle(&t);
    give_record(&t, t.b, STREAM_URGENT, &make(&t, 100)->record);
    settle(&t);
    for (int64_t num = 1; num <= 64; num++) {
        assert_true(intake_range(t.in, num, &range));
        assert_true(range.first <= num && num <= range.last && range.last <= 64);
        assert_int_equal(range.contact, intake_contact_number(t.a));
    }
    assert_true(intake_range(t.in, 65, &range));
    assert_int_equal(range.contact, intake_contact_number(t.b));
    assert_false(intake_range(t.in, 66, &range));
    teardown(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_ones_are_stored),
        cmocka_unit_test(test_sealed),
        cmocka_unit_test(test_sealed_that_break_rules),
        cmocka_unit_test(test_known_ones),
        cmocka_unit_test(test_bad_signature_ends_only_its_contact),
        cmocka_unit_test(test_malformed_ones),
        cmocka_unit_test(test_expired_ones),
        cmocka_unit_test(test_stubs),
        cmocka_unit_test(test_chunks),
        cmocka_unit_test(test_shares_are_bounded),
        cmocka_unit_test(test_links_take_turns),
        cmocka_unit_test(test_freed_contacts),
        cmocka_unit_test(test_ranges_tell_who_brought_what),
    };
    if (sodium_init() < 0) return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
