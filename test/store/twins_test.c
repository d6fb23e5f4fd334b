/*
 * The two stores do the same: random operations go through a store in memory and one in SQLite at once, and every
 * answer is compared. conformance_test.c says what the answers must be.
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
#include "test/store/stores_util.h"

#define POOL 400
#define BLOBS 4
#define CHUNKS 3 /* of each blob */
#define BLOB_SIZE ((uint64_t)(CHUNKS - 1) * BLOB_CHUNK_SIZE + 1000)

struct twins {
    struct store *s[2];
    struct made_community c[3];
    struct made *pool[POOL];
    uint8_t blobs[BLOBS][HASH_SIZE], trees[BLOBS][8][HASH_SIZE];
    size_t count;
    uint64_t seed, now;
    bool open;
};

static uint64_t pick(struct twins *t, uint64_t below) {
    return make_random(&t->seed) % below;
}

/* One of the communities, or the pool. */
static const uint8_t *pick_community(struct twins *t) {
    uint64_t n = pick(t, 4);
    return n < 3 ? t->c[n].charter.community : record_pool;
}

static void chunk_data(uint8_t data[BLOB_CHUNK_SIZE], unsigned n, unsigned index) {
    memset(data, (int)(n * CHUNKS + index) + 1, BLOB_CHUNK_SIZE);
}

static void blob_make(struct twins *t, unsigned n) {
    uint8_t data[BLOB_CHUNK_SIZE];
    assert_true(blob_tree_size(CHUNKS) <= 8);
    for (unsigned i = 0; i < CHUNKS; i++) {
        chunk_data(data, n, i);
        blob_leaf(t->trees[n][i], data, blob_chunk_size(BLOB_SIZE, i));
    }
    blob_tree(t->blobs[n], t->trees[n], CHUNKS, BLOB_SIZE);
}

static int chunk_put(struct twins *t, unsigned i, unsigned n, unsigned index) {
    uint8_t data[BLOB_CHUNK_SIZE], proof[BLOB_PROOF_MAX];
    chunk_data(data, n, index);
    size_t size = blob_proof(proof, t->trees[n], CHUNKS, index) * (size_t)HASH_SIZE;
    return store_chunk_put(t->s[i], t->blobs[n], BLOB_SIZE, index, proof, size, data, blob_chunk_size(BLOB_SIZE, index),
                           t->now);
}

static struct made *new_sealed(struct twins *t) {
    struct made *m = malloc(sizeof *m);
    assert_non_null(m);
    make_sealed(m, &(struct make_sealed){.shelf = (unsigned)pick(t, 3),
                                         .expiry_day = when_day(t->now) + (uint32_t)pick(t, 12),
                                         .salt = make_random(&t->seed),
                                         .urgency = (uint8_t)pick(t, 4)});
    return m;
}

/* Make a record of random parts that refers to those made before. */
static struct made *new_record(struct twins *t) {
    if (pick(t, 4) == 0) return new_sealed(t);
    static const char *const words[] = {"вода", "ВОДА есть", "көмек", "yurt", "хлеб и вода", "жолда"};
    static const uint32_t kinds[] = {KIND_TEXT, KIND_TEXT, KIND_TEXT, KIND_RETRACTION, KIND_RETRACTION, 7, 100};
    struct make how = {.community = t->c[pick(t, 3)].charter.community,
                       .author = (unsigned)pick(t, 3),
                       .kind = kinds[pick(t, 7)],
                       .days = (uint32_t)pick(t, 12),
                       .created = t->now + 2000 - pick(t, 5 * DAY),
                       .salt = make_random(&t->seed),
                       .urgency = (uint8_t)pick(t, 4)};
    if (pick(t, 2)) how.created -= how.created % 3600; /* so that times are often the same */
    if (how.kind == KIND_TEXT) how.text = words[pick(t, 6)];
    if (t->count > 0 && (how.kind == KIND_RETRACTION || pick(t, 3) == 0)) {
        struct made *other = t->pool[pick(t, t->count)];
        how.refs[0].type = how.kind == KIND_RETRACTION || how.kind >= KIND_ACTS ? REF_TARGET
                           : pick(t, 3) == 0                                    ? REF_CORRECTS
                                                                                : REF_REPLY;
        memcpy(how.refs[0].id, other->record.id, HASH_SIZE);
        how.ref_count = 1;
        if (pick(t, 4) && other->record.form == RECORD_FORM_PLAIN) how.community = other->record.community;
    }
    for (unsigned n = (unsigned)pick(t, 3); n > 0 && how.kind == KIND_TEXT; n--) {
        how.refs[how.ref_count].type = REF_BLOB;
        memcpy(how.refs[how.ref_count++].id, t->blobs[pick(t, BLOBS)], HASH_SIZE);
    }
    if (how.kind == 7 && pick(t, 2)) how.key = t->c[pick(t, 3)].charter.coordinators[0];
    struct made *m = malloc(sizeof *m);
    assert_non_null(m);
    make_record(m, &how);
    return m;
}

static void both_put(struct twins *t) {
    struct made *m, stub;
    if (t->count == POOL || (t->count > 0 && pick(t, 3) == 0)) {
        m = t->pool[pick(t, t->count)];
    } else {
        m = t->pool[t->count] = new_record(t);
        t->count++;
        if (pick(t, 4) == 0) return; /* known to others, not here yet */
    }
    if (pick(t, 6) == 0) {
        make_stub(&stub, m);
        m = &stub;
    }
    int a = store_put(t->s[0], &m->record, m->bytes, m->size, t->now);
    assert_int_equal(a, store_put(t->s[1], &m->record, m->bytes, m->size, t->now));
}

static void both_change(struct twins *t) {
    const struct made *m = t->count > 0 ? t->pool[pick(t, t->count)] : NULL;
    unsigned n = (unsigned)pick(t, BLOBS), index = (unsigned)pick(t, CHUNKS);
    uint64_t kind = pick(t, 12);
    uint32_t days = (uint32_t)pick(t, 10), budget = 1 + (uint32_t)pick(t, 6);
    struct when when = {t->now, pick(t, 2) == 0};
    for (unsigned i = 0; i < 2; i++) {
        static int answer[2];
        answer[i] = 0;
        if (kind == 0 && m)
            answer[i] = store_ghost(t->s[i], m->record.community, m->record.id, when_day(t->now) + days,
                                    days % 2 ? m->record.created : t->now - days);
        if (kind <= 2 && kind > 0 && m) answer[i] = store_pin(t->s[i], m->record.id, kind == 1);
        if (kind == 3 || kind == 4) stores_tick(t->s[i], when.now, when.confirmed);
        if (kind == 5) answer[i] = chunk_put(t, i, n, index);
        if (kind == 6 || kind == 7) answer[i] = store_index(t->s[i], budget);
        if (kind == 8 && !t->open) answer[i] = store_begin(t->s[i]);
        if (kind == 9 && t->open) answer[i] = store_commit(t->s[i]);
        if (kind == 10 && t->open) store_rollback(t->s[i]);
        if (i == 1 && answer[0] != answer[1])
            fail_msg("change %u: %d in memory, %d in SQLite", (unsigned)kind, answer[0], answer[1]);
    }
    if (kind >= 8 && kind <= 10) t->open = kind == 8;
    if (kind == 11) t->now += pick(t, 2 * DAY);
}

static int id_order(const void *a, const void *b) {
    return memcmp(a, b, HASH_SIZE);
}

static struct collected answers[2];

static void same_answers(const char *what, bool sorted) {
    assert_int_equal(answers[0].count, answers[1].count);
    for (unsigned i = 0; i < 2 && !sorted; i++) qsort(answers[i].ids, answers[i].count, HASH_SIZE, id_order);
    if (memcmp(answers[0].ids, answers[1].ids, answers[0].count * HASH_SIZE) != 0) fail_msg("%s differs", what);
    answers[0].count = answers[1].count = 0;
}

struct sums {
    uint64_t sum;
};

static void sum_add(struct sums *sums, const void *bytes, size_t size) {
    uint64_t hash[2];
    crypto_generichash((unsigned char *)hash, sizeof hash, bytes, size, NULL, 0);
    sums->sum += hash[0];
}

static void sum_id(struct sums *sums, const uint8_t *id, const uint64_t numbers[6]) {
    uint8_t all[HASH_SIZE + 6 * sizeof(uint64_t)];
    memcpy(all, id, HASH_SIZE);
    memcpy(all + HASH_SIZE, numbers, 6 * sizeof(uint64_t));
    sum_add(sums, all, sizeof all);
}

static int sum_seen(void *context, const struct store_seen_id *seen) {
    sum_id(context, seen->id,
           (uint64_t[]){seen->expiry_day, seen->num ? seen->created : seen->created / 3600, (uint64_t)seen->num,
                        seen->urgency, seen->stub, seen->retracted});
    return 0;
}

static int sum_arrival(void *context, const struct store_arrival *a) {
    sum_add(context, a->community, HASH_SIZE);
    sum_id(context, a->id,
           (uint64_t[]){(uint64_t)a->num, a->created, a->kind, a->urgency,
                        a->stub + 2u * a->retracted + 4u * a->sealed + 8u * a->author[0] + 4096u * a->expiry_day,
                        a->size});
    return 0;
}

static int sum_missing(void *context, const struct store_missing *m) {
    sum_add(context, m->community, HASH_SIZE);
    sum_id(context, m->blob, (uint64_t[]){m->size_bytes, m->held, 0, 0, 0, 0});
    return 0;
}

struct buckets {
    struct store_bucket all[COLLECTED_MAX];
    size_t count;
};

static int collect_bucket(void *context, const struct store_bucket *bucket) {
    struct buckets *b = context;
    assert_true(b->count < COLLECTED_MAX);
    b->all[b->count++] = *bucket;
    return 0;
}

/* The buckets of a community are what its ids make, and the same in both stores. */
static void same_buckets(struct twins *t, const uint8_t *community) {
    static struct buckets b[2];
    for (unsigned i = 0; i < 2; i++) {
        stores_check_buckets(t->s[i], community);
        b[i].count = 0;
        assert_int_equal(store_bucket_each(t->s[i], community, 0, collect_bucket, &b[i]), 0);
    }
    assert_int_equal(b[0].count, b[1].count);
    for (size_t k = 0; k < b[0].count; k++) {
        assert_int_equal(b[0].all[k].expiry_day, b[1].all[k].expiry_day);
        assert_int_equal(b[0].all[k].hour, b[1].all[k].hour);
        assert_int_equal(b[0].all[k].count, b[1].all[k].count);
        assert_memory_equal(b[0].all[k].digest, b[1].all[k].digest, HASH_SIZE);
    }
}

/* What a session asks for besides. */
static void both_ask_more(struct twins *t, const uint8_t *community) {
    struct sums sums[4][2];
    int64_t num = (int64_t)pick(t, 200) - 5;
    uint32_t limit = (uint32_t)pick(t, 20), first = (uint32_t)pick(t, 3);
    const uint8_t *blob = t->blobs[pick(t, BLOBS)], *one = community ? community : t->c[0].charter.community;
    uint64_t missing[2], now = t->now - pick(t, DAY);
    memset(sums, 0, sizeof sums);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(store_arrived_after(t->s[i], num, limit, sum_arrival, &sums[0][i]), 0);
        assert_int_equal(store_sealed_after(t->s[i], num, limit, sum_arrival, &sums[3][i]), 0);
        assert_int_equal(store_blob_missing_each(t->s[i], community, sum_missing, &sums[1][i]), 0);
        assert_int_equal(store_blob_missing(t->s[i], blob, first, &missing[i]), 0);
        assert_int_equal(store_urgent_newest(t->s[i], one, now, limit, stores_collect, &answers[i]), 0);
    }
    same_answers("the urgent", true);
    for (unsigned k = 0; k < 4; k++) assert_int_equal(sums[k][0].sum, sums[k][1].sum);
    assert_int_equal(missing[0], missing[1]);
}

static void both_ask(struct twins *t) {
    struct sums sums[2];
    static const char *const queries[] = {"вода", "в", "комек", "YURT", "хлеб вода", "жок"};
    const struct made *m = t->count > 0 ? t->pool[pick(t, t->count)] : NULL;
    const uint8_t *c = pick(t, 3) ? pick_community(t) : NULL;
    struct store_query q = {.community = c,
                            .now = t->now - pick(t, DAY),
                            .newest_first = pick(t, 2),
                            .retracted = pick(t, 2),
                            .limit = (uint32_t)pick(t, 30),
                            .since = pick(t, 2) ? t->now - pick(t, 4 * DAY) : 0};
    if (m && pick(t, 2)) {
        q.after_id = m->record.id;
        q.after_created = m->record.created;
    }
    const char *query = queries[pick(t, 6)];
    unsigned nibbles = 1 + (unsigned)pick(t, 64);
    uint32_t first = when_day(t->now) + (uint32_t)pick(t, 8), limit = (uint32_t)pick(t, 10);
    for (unsigned i = 0; i < 2; i++) assert_int_equal(store_list(t->s[i], &q, stores_collect, &answers[i]), 0);
    same_answers("the list", true);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(store_search(t->s[i], c, query, q.now, limit, stores_collect, &answers[i]), 0);
    same_answers("search", true);
    if (c) {
        uint32_t hour = pick(t, 2) ? 0 : store_bucket_hour(t->now) - (uint32_t)pick(t, 100);
        for (unsigned i = 0; i < 2; i++) {
            sums[i] = (struct sums){0};
            assert_int_equal(store_seen_range(t->s[i], c, first, hour, first + 3, hour / 2, sum_seen, &sums[i]), 0);
        }
        assert_int_equal(sums[0].sum, sums[1].sum);
        same_buckets(t, c);
    }
    both_ask_more(t, c);
    if (!m) return;
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(store_replies(t->s[i], m->record.id, q.now, limit, stores_collect, &answers[i]), 0);
    same_answers("replies", true);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(store_corrections(t->s[i], m->record.id, m->record.author, q.now, stores_collect, &answers[i]),
                         0);
    same_answers("corrections", true);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(store_acts(t->s[i], m->record.id, q.now, stores_collect, &answers[i]), 0);
    same_answers("acts", true);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(store_find(t->s[i], m->record.id, nibbles, 0, stores_collect, &answers[i]), 0);
    same_answers("find", false);
    static uint8_t room[2][RECORD_SIZE_MAX];
    static struct store_record r[2];
    int found[2];
    for (unsigned i = 0; i < 2; i++) found[i] = store_get(t->s[i], m->record.id, room[i], &r[i]);
    assert_int_equal(found[0], found[1]);
    if (!found[0] && (r[0].size != r[1].size || memcmp(room[0], room[1], r[0].size) != 0 || r[0].num != r[1].num ||
                      r[0].seen != r[1].seen || r[0].retracted != r[1].retracted || r[0].pinned != r[1].pinned))
        fail_msg("a record differs");
    assert_int_equal(store_has(t->s[0], m->record.id), store_has(t->s[1], m->record.id));
}

struct entries {
    uint64_t sum;
};
static int sum_entry(void *context, const struct store_entry *e) {
    struct entries *sums = context;
    uint64_t mixed = (uint64_t)e->num * 31 + e->created * 7 + e->seen * 5 + e->expiry_day * 1009u + e->kind * 11u +
                     e->urgency * 3u + e->retracted * 17u + e->stub * 19u + e->pinned * 23u + e->size;
    sums->sum += make_random(&mixed);
    return 0;
}

static void both_count(struct twins *t) {
    static struct store_community c[2];
    struct store_stats st[2];
    struct entries sums[2] = {{0}, {0}};
    const uint8_t *id = t->c[pick(t, 3)].charter.community;
    uint64_t now = t->now - pick(t, DAY);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(store_community_get(t->s[i], id, now, &c[i]), 0);
        assert_int_equal(store_stats(t->s[i], now, &st[i]), 0);
        assert_int_equal(store_scan(t->s[i], NULL, sum_entry, &sums[i]), 0);
        assert_int_equal(store_scan(t->s[i], id, sum_entry, &sums[i]), 0);
        assert_int_equal(store_scan(t->s[i], record_pool, sum_entry, &sums[i]), 0);
        st[i].bytes = 0;
    }
    assert_memory_equal(&c[0], &c[1], sizeof c[0]);
    assert_memory_equal(&st[0], &st[1], sizeof st[0]);
    assert_int_equal(sums[0].sum, sums[1].sum);
}

/* Random operations give the same answers in both stores; and what SQLite holds is still the same after closing and
 * opening it. */
static void test_twins(void **state) {
    (void)state;
    unsigned rounds = getenv("TWINS") ? (unsigned)atoi(getenv("TWINS")) : 12;
    for (unsigned round = 0; round < rounds; round++) {
        enum flavour flavour = round % 2 ? SEALED : SQLITE;
        struct twins t = {.seed = round, .now = MAKE_NOW};
        t.s[0] = stores_open(MEMORY, true);
        t.s[1] = stores_open(flavour, true);
        stores_hurry(t.s[1]);
        for (unsigned i = 0; i < 3; i++) make_community(&t.c[i], i);
        for (unsigned i = 0; i < 6; i++)
            assert_int_equal(store_community_put(t.s[i % 2], &t.c[i / 2].record, i < 2), 1);
        for (unsigned i = 0; i < BLOBS; i++) blob_make(&t, i);
        for (unsigned step = 0; step < 800; step++) {
            if (pick(&t, 3))
                both_put(&t);
            else
                both_change(&t);
            same_buckets(&t, pick_community(&t));
            if (step % 7 == 0) both_ask(&t);
            if (step % 31 == 0) both_count(&t);
            if (step % 200 == 199) {
                for (unsigned i = 0; i < 2; i++) store_rollback(t.s[i]);
                t.open = false;
                if (store_integrity(t.s[1])) fail_msg("round %u step %u: %s", round, step, store_why(t.s[1]));
                store_close(t.s[1]);
                t.s[1] = stores_open(flavour, false);
                stores_hurry(t.s[1]);
            }
        }
        assert_int_equal(store_integrity(t.s[0]), 0);
        for (unsigned i = 0; i < 2; i++) store_close(t.s[i]);
        for (size_t i = 0; i < t.count; i++) free(t.pool[i]);
        make_end();
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_twins)};
    assert_true(sodium_init() >= 0);
    int failed = cmocka_run_group_tests_name("twins", tests, NULL, NULL);
    make_end();
    return failed;
}
