/*
 * lan_util.c: nodes for tests of contacts.
 */
#include "test/carrier/lan_util.h"

#include <netinet/in.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/check.h"

void lan_world_init(struct lan_world *w, uint64_t seed) {
    memset(w, 0, sizeof *w);
    CHECK(sodium_init() >= 0);
    w->rng = (struct rng){seed};
    do sample_found(&w->rng, &w->community);
    while (w->community.charter.keep_days < 400);
    sample_member(&w->rng, &w->author);
    CHECK(uv_loop_init(&w->loop) == 0);
}

void lan_world_close(struct lan_world *w) {
    uv_run(&w->loop, UV_RUN_DEFAULT);
    CHECK(uv_loop_close(&w->loop) == 0);
}

void lan_node_init(struct lan_world *w, struct lan_node *n) {
    char file[80], why[STORE_WHY_SIZE];
    memset(n, 0, sizeof *n);
    snprintf(n->path, sizeof n->path, "/tmp/longear-lan.XXXXXX");
    CHECK(mkdtemp(n->path) != NULL);
    snprintf(file, sizeof file, "%s/store.db", n->path);
    CHECK(store_sqlite_open(&n->store, file, true, NULL, why) == 0);
    CHECK(store_community_put(n->store, &w->community.record, true) == 1);
    pthread_mutex_init(&n->mutex, NULL);
    n->when = (struct when){.now = LAN_TEST_NOW};
}

static struct when node_when(void *context) {
    return ((struct lan_node *)context)->when;
}

static void node_ended(void *context, const struct lan_ended *ended) {
    struct lan_node *n = context;
    n->ended_count++;
    n->ended = *ended;
    n->ended.address = NULL;
}

static void node_stored(void *context) {
    ((struct lan_node *)context)->stored_count++;
}

void lan_node_start(struct lan_world *w, struct lan_node *n, const struct lan_config *more) {
    const struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct lan_config config = more ? *more : (struct lan_config){0};
    char why[LAN_WHY_SIZE];
    config.store = n->store;
    config.mutex = &n->mutex;
    config.when = node_when;
    config.ended = node_ended;
    config.stored = node_stored;
    config.context = n;
    config.listen = (const struct sockaddr *)&any;
    CHECK(lan_start(&n->lan, &w->loop, &config, why) == 0);
    n->stopped = false;
}

static void node_stopped(void *context) {
    ((struct lan_node *)context)->stopped = true;
}

static bool is_stopped(void *context) {
    return ((struct lan_node *)context)->stopped;
}

void lan_node_stop(struct lan_world *w, struct lan_node *n) {
    if (!n->lan) return;
    lan_stop(n->lan, node_stopped, n);
    lan_world_run(w, is_stopped, n, 10);
    n->lan = NULL;
}

void lan_node_close(struct lan_node *n) {
    static const char *const files[] = {"store.db", "store.db-wal", "store.db-shm"};
    char file[80];
    CHECK(!n->lan);
    CHECK(store_integrity(n->store) == 0);
    store_close(n->store);
    for (unsigned i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(file, sizeof file, "%s/%s", n->path, files[i]);
        unlink(file);
    }
    rmdir(n->path);
    pthread_mutex_destroy(&n->mutex);
}

void lan_node_write(struct lan_world *w, struct lan_node *n, unsigned count, size_t size_max, uint8_t urgency) {
    static uint8_t bytes[RECORD_SIZE_MAX];
    static struct sample_record sample;
    pthread_mutex_lock(&n->mutex);
    CHECK(store_begin(n->store) == 0);
    for (unsigned i = 0; i < count; i++) {
        do sample_record(&w->rng, &sample, &w->community, &w->author, size_max);
        while (sample.record.created > LAN_TEST_NOW || sample.record.created < SAMPLE_TIME ||
               sample.record.kind == KIND_RETRACTION || record_ref(&sample.record, REF_BLOB));
        sample.record.urgency = urgency;
        CHECK(record_sign(&sample.record, w->author.secret) == 0);
        int size = record_encode(&sample.record, bytes, sizeof bytes);
        CHECK(size > 0);
        CHECK(store_put(n->store, &sample.record, bytes, (size_t)size, LAN_TEST_NOW) == 1);
    }
    CHECK(store_commit(n->store) == 0);
    pthread_mutex_unlock(&n->mutex);
}

void lan_node_seal(struct lan_world *w, struct lan_node *n, unsigned count, uint8_t urgency) {
    static uint8_t bytes[RECORD_SIZE_MAX];
    static struct sample_record sample;
    struct member shelf;
    pthread_mutex_lock(&n->mutex);
    CHECK(store_begin(n->store) == 0);
    for (unsigned i = 0; i < count; i++) {
        sample_member(&w->rng, &shelf);
        do sample_sealed_until(&w->rng, &sample, &shelf, when_day(LAN_TEST_NOW) + i % 5);
        while (sample.record.urgency != urgency || sample.record.size_class > 6);
        int size = record_encode(&sample.record, bytes, sizeof bytes);
        CHECK(size > 0);
        CHECK(store_put(n->store, &sample.record, bytes, (size_t)size, LAN_TEST_NOW) == 1);
    }
    CHECK(store_commit(n->store) == 0);
    pthread_mutex_unlock(&n->mutex);
}

int lan_node_dial_port(struct lan_node *from, uint16_t port) {
    const struct sockaddr_in there = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return lan_dial(from->lan, (const struct sockaddr *)&there, true);
}

int lan_node_dial(struct lan_node *from, const struct lan_node *to) {
    return lan_node_dial_port(from, lan_port(to->lan));
}

static void on_timer(uv_timer_t *timer) {
    timer->data = NULL;
}

void lan_world_run(struct lan_world *w, bool (*done)(void *context), void *context, unsigned seconds) {
    uint64_t until = uv_hrtime() + seconds * UINT64_C(1000000000);
    uv_timer_t timer;
    uv_timer_init(&w->loop, &timer);
    uv_timer_start(&timer, on_timer, 20, 20);
    while (!done(context) && uv_hrtime() < until) uv_run(&w->loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(&w->loop, UV_RUN_NOWAIT);
    CHECK(done(context));
}

static bool is_past(void *context) {
    return uv_hrtime() >= *(uint64_t *)context;
}

void lan_world_sleep(struct lan_world *w, unsigned ms) {
    uint64_t until = uv_hrtime() + ms * UINT64_C(1000000);
    lan_world_run(w, is_past, &until, 3600);
}

uint64_t lan_node_records(struct lan_node *n) {
    struct store_stats stats;
    pthread_mutex_lock(&n->mutex);
    CHECK(store_stats(n->store, LAN_TEST_NOW, &stats) == 0);
    pthread_mutex_unlock(&n->mutex);
    return stats.records;
}

uint64_t lan_node_sealed(struct lan_node *n) {
    struct store_stats stats;
    pthread_mutex_lock(&n->mutex);
    CHECK(store_stats(n->store, LAN_TEST_NOW, &stats) == 0);
    pthread_mutex_unlock(&n->mutex);
    return stats.sealed;
}

struct digest {
    crypto_generichash_state state;
};

static int bucket_visit(void *context, const struct store_bucket *b) {
    struct digest *d = context;
    crypto_generichash_update(&d->state, (const uint8_t *)&b->expiry_day, sizeof b->expiry_day);
    crypto_generichash_update(&d->state, (const uint8_t *)&b->hour, sizeof b->hour);
    crypto_generichash_update(&d->state, b->digest, sizeof b->digest);
    return 0;
}

static void digest(struct lan_world *w, struct lan_node *n, uint8_t out[HASH_SIZE]) {
    struct digest d;
    crypto_generichash_init(&d.state, NULL, 0, HASH_SIZE);
    pthread_mutex_lock(&n->mutex);
    CHECK(store_bucket_each(n->store, w->community.charter.community, 0, bucket_visit, &d) == 0);
    CHECK(store_bucket_each(n->store, record_pool, 0, bucket_visit, &d) == 0);
    pthread_mutex_unlock(&n->mutex);
    crypto_generichash_final(&d.state, out, HASH_SIZE);
}

bool lan_nodes_equal(struct lan_world *w, struct lan_node *a, struct lan_node *b) {
    uint8_t of_a[HASH_SIZE], of_b[HASH_SIZE];
    digest(w, a, of_a);
    digest(w, b, of_b);
    return memcmp(of_a, of_b, HASH_SIZE) == 0;
}
