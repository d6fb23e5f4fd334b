/*
 * A store as sessions see it, on disk and in memory. Shows that items order records as they should go out, that buckets
 * and elements agree, that what was taken back goes as a stub, that chunks are given only of blobs of the community
 * asked about, that no two contacts ask for the same chunks, and that the memory lent is bounded and given back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <string.h>

#include "carrier/session_mutex.h"
#include "core/blob.h"
#include "test/core/sample_util.h"
#include "test/store/stores_util.h"

#define NOW (SAMPLE_TIME + 20000000)
#define CHUNKS 100

struct world {
    struct rng rng;
    struct sample_community one, other;
    struct member author;
    struct store *store;
    pthread_mutex_t mutex;
    struct session_store *sessions;
    struct session_view *a, *b;
    struct session_node of_a, of_b;
    uint32_t handle, other_handle;
};

static void setup(struct world *w, struct store *store, uint64_t seed) {
    memset(w, 0, sizeof *w);
    w->rng.state = seed;
    do sample_found(&w->rng, &w->one);
    while (w->one.charter.keep_days < 400);
    sample_found(&w->rng, &w->other);
    sample_member(&w->rng, &w->author);
    w->store = store;
    assert_int_equal(store_community_put(store, &w->one.record, false), 1);
    assert_int_equal(store_community_put(store, &w->other.record, true), 1);
    pthread_mutex_init(&w->mutex, NULL);
    const struct session_lock lock = session_mutex(&w->mutex);
    assert_int_equal(session_store_new(&w->sessions, store, &lock), 0);
    session_store_time(w->sessions, 1000, NOW);
    assert_int_equal(session_store_refresh(w->sessions), 2);
    w->handle = (uint32_t)session_store_handle(w->sessions, w->one.charter.community);
    w->other_handle = (uint32_t)session_store_handle(w->sessions, w->other.charter.community);
    w->a = session_view_new(w->sessions);
    w->b = session_view_new(w->sessions);
    session_view_node(w->a, &w->of_a);
    session_view_node(w->b, &w->of_b);
}

static void teardown(struct world *w) {
    session_view_free(w->a);
    session_view_free(w->b);
    assert_int_equal(session_store_lent(w->sessions), 0);
    session_store_free(w->sessions);
    assert_int_equal(pthread_mutex_trylock(&w->mutex), 0);
    pthread_mutex_unlock(&w->mutex);
    pthread_mutex_destroy(&w->mutex);
}

static struct sample_record *write_one(struct world *w, uint8_t urgency) {
    static struct sample_record s;
    uint8_t bytes[RECORD_SIZE_MAX];
    do sample_record(&w->rng, &s, &w->one, &w->author, 100);
    while (s.record.created > NOW || s.record.kind == KIND_RETRACTION || s.record.ref_count > 0);
    s.record.urgency = urgency;
    assert_int_equal(record_sign(&s.record, w->author.secret), 0);
    int size = record_encode(&s.record, bytes, sizeof bytes);
    assert_int_equal(store_put(w->store, &s.record, bytes, (size_t)size, NOW), 1);
    return &s;
}

static struct sample_record *seal_one(struct world *w, uint8_t urgency) {
    static struct sample_record s;
    uint8_t bytes[RECORD_SIZE_MAX];
    do sample_sealed_until(&w->rng, &s, &w->author, when_day(NOW) + 9);
    while (s.record.urgency != urgency);
    int size = record_encode(&s.record, bytes, sizeof bytes);
    assert_int_equal(store_put(w->store, &s.record, bytes, (size_t)size, NOW), 1);
    return &s;
}

struct told {
    unsigned count, closed;
    uint64_t sum, first, second, last;
    uint8_t id[HASH_SIZE];
};

static int community_told(void *context, const struct session_community *c) {
    struct told *t = context;
    if (t->count == 0) t->first = c->handle;
    if (t->count++ == 1) t->second = c->handle;
    t->closed += c->closed;
    if (c->handle == SESSION_STORE_POOL) assert_memory_equal(c->secret, record_pool, HASH_SIZE);
    return 0;
}

static int bucket_told(void *context, const struct reconcile_bucket *b) {
    struct told *t = context;
    t->count++;
    t->sum += b->count;
    return 0;
}

static int seen_told(void *context, const uint8_t id[HASH_SIZE], uint64_t item) {
    struct told *t = context;
    if (t->count++ == 0 || item > t->last) {
        t->last = item;
        memcpy(t->id, id, HASH_SIZE);
    }
    t->sum += item == 0;
    return 0;
}

static void set_test(struct store *store) {
    static struct world w;
    struct told t = {0};
    struct record r;
    const uint8_t *bytes;
    size_t size;
    setup(&w, store, 1);
    for (unsigned i = 0; i < 50; i++) (void)write_one(&w, URGENCY_NORMAL);
    uint8_t urgent[HASH_SIZE];
    memcpy(urgent, write_one(&w, URGENCY_URGENT)->record.id, HASH_SIZE);
    for (unsigned i = 0; i < 49; i++) (void)write_one(&w, URGENCY_BULK);
    rng_bytes(&w.rng, t.id, HASH_SIZE);
    assert_int_equal(store_ghost(store, w.one.charter.community, t.id, when_day(NOW), NOW), 0);
    assert_int_equal(w.of_a.communities(w.of_a.context, community_told, &t), 0);
    assert_int_equal(t.count, 3);
    assert_int_equal(t.closed, 0);
    assert_int_equal(t.first, SESSION_STORE_POOL); /* its place says nothing */
    assert_int_equal(t.second, w.other_handle);    /* joined ones first */
    t = (struct told){0};
    assert_int_equal(w.of_a.buckets(w.of_a.context, w.handle, 0, bucket_told, &t), 0);
    assert_int_equal(t.sum, 101);
    t = (struct told){0};
    assert_int_equal(w.of_a.seen(w.of_a.context, w.handle, 0, UINT64_MAX, seen_told, &t), 0);
    assert_int_equal(t.count, 101);
    assert_int_equal(t.sum, 1); /* the ghost */
    assert_memory_equal(t.id, urgent, HASH_SIZE);
    assert_int_equal(w.of_a.record(w.of_a.context, t.last, &r, &bytes, &size), 0);
    assert_memory_equal(r.id, urgent, HASH_SIZE);
    assert_int_equal(w.of_a.has(w.of_a.context, w.handle, urgent), 1);
    urgent[0] ^= 1;
    assert_int_equal(w.of_a.has(w.of_a.context, w.handle, urgent), 0);
    assert_int_equal(w.of_a.record(w.of_a.context, t.last + 1000, &r, &bytes, &size), ERR_NOT_FOUND);
    t = (struct told){0};
    assert_int_equal(w.of_a.urgent(w.of_a.context, w.handle, 4, seen_told, &t), 0);
    assert_int_equal(t.count, 1);
    assert_int_equal(store_newest_num(store), 100);
    teardown(&w);
}

/* The pool is told of like a community, and padded as soon as anything is in it; its records come in any contact. */
static void pool_test(struct store *store) {
    static struct world w;
    struct told t = {0};
    struct record r;
    const uint8_t *bytes;
    uint8_t urgent[HASH_SIZE], plain[HASH_SIZE];
    size_t size;
    setup(&w, store, 11);
    memcpy(plain, write_one(&w, URGENCY_NORMAL)->record.id, HASH_SIZE);
    for (unsigned i = 0; i < 20; i++) (void)seal_one(&w, URGENCY_BULK);
    memcpy(urgent, seal_one(&w, URGENCY_URGENT)->record.id, HASH_SIZE);
    assert_int_equal(w.of_a.communities(w.of_a.context, community_told, &t), 0);
    assert_int_equal(t.count, 3);
    assert_int_equal(t.closed, 1);
    t = (struct told){0};
    assert_int_equal(w.of_a.buckets(w.of_a.context, SESSION_STORE_POOL, 0, bucket_told, &t), 0);
    assert_int_equal(t.count, 1);
    assert_int_equal(t.sum, 21);
    t = (struct told){0};
    assert_int_equal(w.of_a.seen(w.of_a.context, SESSION_STORE_POOL, 0, UINT64_MAX, seen_told, &t), 0);
    assert_int_equal(t.count, 21);
    assert_memory_equal(t.id, urgent, HASH_SIZE);
    assert_int_equal(w.of_a.record(w.of_a.context, t.last, &r, &bytes, &size), 0);
    assert_int_equal(r.form, RECORD_FORM_SEALED);
    t = (struct told){0};
    assert_int_equal(w.of_a.urgent(w.of_a.context, SESSION_STORE_POOL, 4, seen_told, &t), 0);
    assert_int_equal(t.count, 1);
    assert_int_equal(w.of_a.has(w.of_a.context, SESSION_STORE_POOL, urgent), 1);
    assert_int_equal(w.of_a.has(w.of_a.context, w.handle, urgent), 0); /* not of the community asked about */
    assert_int_equal(w.of_a.has(w.of_a.context, SESSION_STORE_POOL, plain), 0);
    assert_ptr_equal(session_store_charter(w.sessions, SESSION_STORE_POOL), &charter_pool);
    assert_int_equal(session_store_handle(w.sessions, record_pool), SESSION_STORE_POOL);
    teardown(&w);
}

/* Of a closed community and its own records a peer learns nothing: it is not told of, and an id in it is not known. */
static void closed_test(struct store *store) {
    static struct world w;
    static struct sample_community closed;
    static struct sample_record inner;
    struct told t = {0};
    uint8_t bytes[RECORD_SIZE_MAX];
    setup(&w, store, 12);
    sample_found_closed(&w.rng, &closed);
    assert_int_equal(store_community_put(store, &closed.record, true), 1);
    do sample_record(&w.rng, &inner, &closed, &w.author, 100);
    while (inner.record.created > NOW || inner.record.kind == KIND_RETRACTION);
    int size = record_encode(&inner.record, bytes, sizeof bytes);
    assert_int_equal(store_put(store, &inner.record, bytes, (size_t)size, NOW), 1);
    assert_int_equal(session_store_refresh(w.sessions), 3);
    assert_int_equal(session_store_told(w.sessions), 2);
    assert_int_equal(w.of_a.communities(w.of_a.context, community_told, &t), 0);
    assert_int_equal(t.count, 3); /* the pool, and the two open ones */
    assert_int_equal(w.of_a.has(w.of_a.context, w.handle, inner.record.id), 0);
    assert_int_equal(w.of_a.has(w.of_a.context, w.other_handle, inner.record.id), 0);
    assert_int_equal(w.of_a.has(w.of_a.context, SESSION_STORE_POOL, inner.record.id), 0);
    teardown(&w);
}

static void retracted_test(struct store *store) {
    static struct world w;
    static struct sample_record target;
    struct record r, retraction;
    const uint8_t *bytes;
    uint8_t encoded[RECORD_SIZE_MAX];
    size_t size;
    setup(&w, store, 2);
    target = *write_one(&w, URGENCY_NORMAL);
    uint64_t item = session_store_item(URGENCY_NORMAL, store_newest_num(store));
    assert_int_equal(w.of_a.record(w.of_a.context, item, &r, &bytes, &size), 0);
    assert_non_null(r.body);
    retraction = target.record;
    retraction.kind = KIND_RETRACTION;
    retraction.ref_count = 1;
    retraction.refs[0].type = REF_TARGET;
    memcpy(retraction.refs[0].id, target.record.id, HASH_SIZE);
    retraction.body_size = RECORD_SALT_SIZE;
    retraction.body = target.body;
    assert_int_equal(record_sign(&retraction, w.author.secret), 0);
    int encoded_size = record_encode(&retraction, encoded, sizeof encoded);
    assert_int_equal(store_put(store, &retraction, encoded, (size_t)encoded_size, NOW), 1);
    assert_int_equal(w.of_a.record(w.of_a.context, item, &r, &bytes, &size), 0);
    assert_null(r.body);
    struct record stub;
    assert_int_equal(record_decode_stub(&stub, bytes, size), 0);
    assert_memory_equal(stub.id, target.record.id, HASH_SIZE);
    teardown(&w);
}

/* ---- Blobs ---- */

static void blob_refer(struct world *w, const struct sample_community *in, const uint8_t blob[HASH_SIZE],
                       uint64_t size_bytes) {
    static struct sample_record s;
    uint8_t bytes[RECORD_SIZE_MAX], salt[RECORD_SALT_SIZE] = {0};
    struct text text = {.text = "x", .size = 1, .attachment_count = 1};
    text.attachments[0].size_bytes = size_bytes;
    memcpy(text.attachments[0].blob, blob, HASH_SIZE);
    do sample_record(&w->rng, &s, in, &w->author, 10);
    while (s.record.created > NOW);
    int size = text_body(&text, salt, s.body, sizeof s.body);
    s.record.kind = KIND_TEXT;
    s.record.body_size = (size_t)size;
    s.record.ref_count = 1;
    s.record.refs[0].type = REF_BLOB;
    memcpy(s.record.refs[0].id, blob, HASH_SIZE);
    assert_int_equal(record_sign(&s.record, w->author.secret), 0);
    size = record_encode(&s.record, bytes, sizeof bytes);
    assert_int_equal(store_put(w->store, &s.record, bytes, (size_t)size, NOW), 1);
}

static unsigned bits(uint64_t mask) {
    return (unsigned)__builtin_popcountll(mask);
}

/* Chunks that are named by one view are not by the other, until they are over; those of an unknown size are named one
 * stretch, and the rest once a chunk has told the size. */
static void missing_test(struct store *store) {
    static struct world w;
    static uint8_t data[CHUNKS * BLOB_CHUNK_SIZE], nodes[4 * CHUNKS][HASH_SIZE];
    uint8_t id[HASH_SIZE], proof[BLOB_PROOF_MAX];
    struct session_ask first, second, third;
    struct session_chunk chunk;
    uint64_t of_a = 0, of_b = 0;
    setup(&w, store, 3);
    rng_bytes(&w.rng, data, sizeof data);
    for (uint32_t i = 0; i < CHUNKS; i++) blob_leaf(nodes[i], data + (size_t)i * BLOB_CHUNK_SIZE, BLOB_CHUNK_SIZE);
    blob_tree(id, nodes, CHUNKS, sizeof data);
    blob_refer(&w, &w.one, id, sizeof data);
    assert_int_equal(w.of_a.missing(w.of_a.context, w.handle, &of_a, &first), 1);
    assert_memory_equal(first.blob, id, HASH_SIZE);
    assert_int_equal(bits(first.missing), 64);
    assert_int_equal(w.of_b.missing(w.of_b.context, w.handle, &of_b, &second), 0);
    for (uint32_t i = 0; i < 3; i++) {
        size_t size = (size_t)blob_proof(proof, nodes, CHUNKS, i) * HASH_SIZE;
        assert_int_equal(store_chunk_put(store, id, sizeof data, i, proof, size, data + (size_t)i * BLOB_CHUNK_SIZE,
                                         BLOB_CHUNK_SIZE, NOW),
                         1);
    }
    assert_int_equal(w.of_a.missing(w.of_a.context, w.handle, &of_a, &third), 1);
    assert_int_equal(third.first, 64);
    assert_int_equal(bits(third.missing), CHUNKS - 64);
    assert_int_equal(w.of_a.missing(w.of_a.context, w.handle, &of_a, &third), 0);
    session_store_time(w.sessions, 10000, NOW);
    of_b = 0;
    assert_int_equal(w.of_b.missing(w.of_b.context, w.handle, &of_b, &second), 0);
    w.of_a.missing_over(w.of_a.context, &first);
    session_view_quiet(w.a);
    of_b = 0;
    assert_int_equal(w.of_b.missing(w.of_b.context, w.handle, &of_b, &second), 1);
    assert_int_equal(bits(second.missing), 61); /* three have come */
    session_view_free(w.a);                     /* its claims end with it */
    w.a = session_view_new(w.sessions);
    session_view_node(w.a, &w.of_a);
    of_a = 0;
    assert_int_equal(w.of_a.missing(w.of_a.context, w.handle, &of_a, &third), 1);
    assert_int_equal(third.first, 64);
    /* a chunk is given to whoever shares the community that refers to its blob, and to nobody else */
    assert_int_equal(store_blob_is_of(store, w.one.charter.community, id), 1);
    assert_int_equal(store_blob_is_of(store, w.other.charter.community, id), 0);
    assert_int_equal(w.of_a.chunk(w.of_a.context, w.handle, id, 2, &chunk), 0);
    assert_int_equal(blob_check(id, chunk.size_bytes, 2, chunk.proof, chunk.proof_size, chunk.data, chunk.data_size),
                     0);
    assert_int_equal(w.of_a.chunk(w.of_a.context, w.other_handle, id, 2, &chunk), ERR_NOT_FOUND);
    assert_int_equal(w.of_a.chunk(w.of_a.context, w.handle, id, 50, &chunk), ERR_NOT_FOUND);
    teardown(&w);
}

static void room_test(struct store *store) {
    static struct world w;
    struct session_view *more[4];
    struct session_node nodes[4];
    setup(&w, store, 4);
    uint8_t *room = w.of_a.room(w.of_a.context, 1 << 20);
    assert_non_null(room);
    memset(room, 1, 1 << 20);
    assert_int_equal(session_store_lent(w.sessions), 1 << 20);
    assert_non_null(w.of_a.room(w.of_a.context, 2 << 20)); /* instead of the first */
    assert_int_equal(session_store_lent(w.sessions), 2 << 20);
    assert_null(w.of_b.room(w.of_b.context, (size_t)63 << 20));
    for (unsigned i = 0; i < 4; i++) {
        more[i] = session_view_new(w.sessions);
        session_view_node(more[i], &nodes[i]);
        room = nodes[i].room(nodes[i].context, 1 << 20); /* three large ones at once */
        assert_int_equal(room != NULL, i < 2);
        assert_non_null(nodes[i].room(nodes[i].context, i < 2 ? 1 << 20 : 1000));
    }
    assert_false(session_view_is_overdue(w.a));
    session_store_time(w.sessions, 62000, NOW);
    assert_null(w.of_b.room(w.of_b.context, 1 << 20));
    assert_true(session_view_is_overdue(w.a)); /* for a minute, and another one waits */
    assert_false(session_view_is_overdue(w.b));
    assert_null(w.of_a.room(w.of_a.context, 0));
    assert_false(session_view_is_overdue(w.a));
    /* Contacts with one address get two of the three, and small ones in any case. */
    const struct lan_key one = {.scope = 1}, other = {.scope = 2};
    for (unsigned i = 0; i < 4; i++) {
        nodes[i].room(nodes[i].context, 0);
        session_view_peer(more[i], i < 3 ? &one : &other);
    }
    assert_non_null(nodes[0].room(nodes[0].context, 1 << 20));
    assert_non_null(nodes[1].room(nodes[1].context, 1 << 20));
    assert_null(nodes[2].room(nodes[2].context, 1 << 20));
    assert_non_null(nodes[2].room(nodes[2].context, 200 * 1024));
    assert_non_null(nodes[1].room(nodes[1].context, 2 << 20)); /* instead of what it has */
    assert_non_null(nodes[3].room(nodes[3].context, 1 << 20));
    assert_null(w.of_a.room(w.of_a.context, 1 << 20));
    for (unsigned i = 0; i < 4; i++) session_view_free(more[i]);
    teardown(&w);
}

/* Nothing but reading takes the store, and leaving gives it back. */
static void lock_test(struct store *store) {
    static struct world w;
    setup(&w, store, 5);
    session_store_leave(w.sessions);
    assert_int_equal(pthread_mutex_trylock(&w.mutex), 0);
    pthread_mutex_unlock(&w.mutex);
    assert_int_equal(w.of_a.has(w.of_a.context, w.handle, w.one.charter.community), 0);
    assert_int_not_equal(pthread_mutex_trylock(&w.mutex), 0);
    session_store_leave(w.sessions);
    assert_int_equal(pthread_mutex_trylock(&w.mutex), 0);
    pthread_mutex_unlock(&w.mutex);
    teardown(&w);
}

#define BOTH(name) \
    static void test_##name(void **state) { \
        (void)state; \
        for (enum flavour flavour = MEMORY; flavour <= SQLITE; flavour++) { \
            struct store *store = stores_open(flavour, true); \
            name##_test(store); \
            assert_int_equal(store_integrity(store), 0); \
            store_close(store); \
            make_end(); \
        } \
    }

BOTH(set)
BOTH(pool)
BOTH(closed)
BOTH(retracted)
BOTH(missing)
BOTH(room)
BOTH(lock)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set),       cmocka_unit_test(test_pool),    cmocka_unit_test(test_closed),
        cmocka_unit_test(test_retracted), cmocka_unit_test(test_missing), cmocka_unit_test(test_room),
        cmocka_unit_test(test_lock),
    };
    if (sodium_init() < 0) return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
