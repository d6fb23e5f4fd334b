/*
 * Measure the session by itself, in memory: a warning over a simulated radio, and ten thousand sessions in one process.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/bench_util.h"
#include "core/crypto.h"
#include "core/sketch_kernel.h"
#include "test/core/session_util.h"

#define NOW UINT64_C(1641384000)
#define RUNS 500
#define SHARED 20
#define SESSIONS 10000
#define FRAME 16384

static struct member author_make(struct rng *g) {
    struct member author;
    uint8_t seed[SEED_SIZE];
    rng_bytes(g, seed, sizeof seed);
    crypto_keypair(author.key, author.secret, seed);
    return author;
}

/* ---- Radio ---- */

static void first_urgent(struct mesh_contact *c, unsigned side, const struct mesh_record *r) {
    uint64_t *at_ms = c->context;
    (void)side;
    if (r->record.urgency == URGENCY_URGENT && *at_ms == 0) *at_ms = c->now_ms;
}

/* A warning of 140 Cyrillic characters that one side has. Return milliseconds until it is at the other, and its size.
 */
static double radio_run(uint64_t seed, bool responder_has_it, unsigned loss, size_t *record_size) {
    const struct mesh_link link = {.loss = loss,
                                   .latency_ms = 50,
                                   .bits_s = 1000,
                                   .half_duplex = true,
                                   .frame_max = CHANNEL_FRAME_MIN,
                                   .retry_ms = 2500,
                                   .keepalive_ms = 60000};
    struct rng g = {.state = seed};
    struct mesh_node a, b;
    struct mesh_record r;
    uint8_t community[HASH_SIZE];
    uint64_t at_ms = 0;
    mesh_node_init(&a);
    mesh_node_init(&b);
    rng_bytes(&g, community, sizeof community);
    mesh_join(&a, community);
    mesh_join(&b, community);
    struct member author = author_make(&g);
    for (unsigned i = 0; i <= SHARED; i++) {
        bool warning = i == SHARED;
        mesh_text(&r, &author, community, i, NOW - (SHARED - i) * 5000, warning ? URGENCY_URGENT : URGENCY_NORMAL,
                  warning ? 2 * 140 + 3 : 100, &g);
        if (!warning || !responder_has_it) mesh_put(&a, &r);
        if (!warning || responder_has_it) mesh_put(&b, &r);
        *record_size = r.size;
        free(r.bytes);
    }
    struct mesh_contact *c = mesh_contact_new(&a, &b, link, seed);
    c->on_put = first_urgent;
    c->context = &at_ms;
    const uint64_t begin = c->now_ms;
    while (at_ms == 0 && c->now_ms < begin + 3600000) mesh_step(c, begin + 3600000);
    mesh_contact_free(c);
    mesh_node_free(&a);
    mesh_node_free(&b);
    return (double)((at_ms ? at_ms : begin + 3600000) - begin);
}

/*
 * The air time that no loss could shorten: the record's bytes and those of the set-up, which are two handshake frames,
 * the hello's frame, and the answer (which shares a frame with the record).
 */
static double radio_air_ms(size_t record_size) {
    const size_t entry = SESSION_TAG_SIZE + SESSION_STATE_SIZE + SESSION_URGENT_SIZE, head = 3 + 1 + 5 + 1 + 1;
    const size_t part = 3, frame = 2 + SEAL_SIZE;
    const size_t hello = frame + part + head + SESSION_HELLO_STEP * entry;
    const size_t answer = part + head + SESSION_TAG_SIZE + SESSION_URGENT_SIZE;
    return (double)((CHANNEL_FIRST_SIZE + CHANNEL_SECOND_SIZE + hello + answer + record_size) * 8);
}

static void radio_report(bool responder_has_it) {
    double times[RUNS], sum = 0;
    size_t size = 0;
    char name[64];
    for (unsigned i = 0; i < RUNS; i++) sum += times[i] = radio_run(i, responder_has_it, 100, &size);
    const double air_ms = radio_air_ms(size), mean = sum / RUNS, median = bench_median(times, RUNS);
    const char *who = responder_has_it ? "responder's" : "initiator's";
    /* The figure is for the side that starts; the other has to wait for the answer as well. */
    (void)snprintf(name, sizeof name, "radio, %s warning, mean", who);
    bench_report(&(struct bench_result){.bench = name,
                                        .n = RUNS,
                                        .value = mean / 1000,
                                        .unit = "s",
                                        .baseline = air_ms / 1000,
                                        .target = responder_has_it ? 0 : 1.5,
                                        .ok = responder_has_it || mean <= 1.5 * air_ms});
    (void)snprintf(name, sizeof name, "radio, %s warning, median", who);
    bench_report(&(struct bench_result){
        .bench = name, .n = RUNS, .value = median / 1000, .unit = "s", .baseline = air_ms / 1000, .ok = true});
}

/* ---- Many sessions ---- */

static struct session *session_make(struct mesh_node *n, bool initiator, struct rng *g) {
    struct session_config config = {.initiator = initiator,
                                    .now_ms = 1,
                                    .clock = NOW,
                                    .frame_max = FRAME,
                                    .retry_ms = 1000,
                                    .keepalive_ms = 15000,
                                    .kernel = gf40_bitslice()};
    struct session_node node = mesh_session_node(n);
    struct session *s = malloc(session_size());
    if (!s) bench_die("memory", ERR_MEMORY);
    rng_bytes(g, config.ephemeral_secret, KEY_SIZE);
    session_init(s, &config, &node);
    return s;
}

/* Hand frames and records over until both have nothing to say. */
static void exchange(struct session *const pair[2], struct mesh_node *const nodes[2]) {
    static uint8_t frame[FRAME], bytes[RECORD_SIZE_MAX];
    bool moved = true;
    for (uint64_t now_ms = 2; moved; now_ms += 30) {
        moved = false;
        for (unsigned i = 0; i < 2; i++) {
            struct session_event event;
            size_t size;
            if (session_deadline(pair[i]) <= now_ms) session_expire(pair[i], now_ms);
            while ((size = session_send(pair[i], frame, sizeof frame, now_ms)) > 0) {
                moved = true;
                if (session_recv(pair[!i], frame, size, now_ms)) bench_die("session", session_error(pair[!i]));
            }
            while (session_poll(pair[!i], &event)) {
                if (event.type != SESSION_RECORD) continue;
                struct mesh_record r = {.bytes = bytes, .size = event.size};
                session_event_copy(&event, bytes);
                int err = record_decode(&r.record, bytes, r.size);
                if (err) bench_die("record", err);
                mesh_put(nodes[!i], &r);
                session_stored(pair[!i], event.stream, 1);
            }
        }
    }
}

static void many_report(void) {
    static struct session *sessions[SESSIONS];
    struct rng g = {.state = 1};
    struct member author = author_make(&g);
    struct mesh_record made[8];
    uint8_t community[HASH_SIZE];
    rng_bytes(&g, community, sizeof community);
    for (unsigned i = 0; i < 8; i++) mesh_text(&made[i], &author, community, i, NOW - i * 4000, i % 4, 100, &g);
    struct mesh_node *nodes = calloc(SESSIONS, sizeof *nodes);
    if (!nodes) bench_die("memory", ERR_MEMORY);
    const double begin = bench_now();
    unsigned equal = 0;
    for (unsigned i = 0; i < SESSIONS; i += 2) {
        struct mesh_node *const pair[2] = {&nodes[i], &nodes[i + 1]};
        for (unsigned j = 0; j < 2; j++) {
            mesh_node_init(pair[j]);
            mesh_join(pair[j], community);
            for (unsigned k = j; k < 8; k += 1 + (j + i) % 3) mesh_put(pair[j], &made[k]);
            sessions[i + j] = session_make(pair[j], j == 0, &g);
        }
        exchange(&sessions[i], pair);
        equal += mesh_equal(pair[0], pair[1], community);
    }
    const double seconds = bench_now() - begin, mib = (double)bench_resident(getpid()) / (1024 * 1024);
    bench_report(&(struct bench_result){.bench = "sessions in one process: memory",
                                        .n = SESSIONS,
                                        .value = mib,
                                        .unit = "MiB",
                                        .baseline = SESSIONS * 256.0 / 1024,
                                        .target = 1,
                                        .ok = equal == SESSIONS / 2 && mib <= SESSIONS * 256.0 / 1024});
    bench_report(&(struct bench_result){.bench = "sessions in one process: a contact",
                                        .n = SESSIONS / 2,
                                        .value = seconds / (SESSIONS / 2) * 1000,
                                        .unit = "ms",
                                        .ok = true});
    for (unsigned i = 0; i < SESSIONS; i++) {
        free(sessions[i]);
        mesh_node_free(&nodes[i]);
    }
    free(nodes);
    for (unsigned i = 0; i < 8; i++) free(made[i].bytes);
}

int main(void) {
    radio_report(false);
    radio_report(true);
    many_report();
    return 0;
}
