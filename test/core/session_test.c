/*
 * One contact between two nodes in memory, over links that lose, double, swap and cut frames (session_util.h). What
 * arrives is verified as a carrier does it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/crypto.h"
#include "test/core/session_util.h"

#define NOW UINT64_C(1641384000)
#define HOUR_MS (3600 * 1000)

static const struct mesh_link lan = {.latency_ms = 1, .frame_max = CHANNEL_FRAME_MAX};

/* Two nodes, their author, and communities of which the first is common. */
struct pair {
    struct rng g;
    struct mesh_node a, b;
    struct member author;
    uint8_t common[HASH_SIZE], other[HASH_SIZE];
    uint64_t seq;
};

static void pair_begin(struct pair *p, const char *name) {
    uint8_t seed[SEED_SIZE];
    memset(p, 0, sizeof *p);
    rng_begin(&p->g, name);
    mesh_node_init(&p->a);
    mesh_node_init(&p->b);
    rng_bytes(&p->g, seed, sizeof seed);
    crypto_keypair(p->author.key, p->author.secret, seed);
    rng_bytes(&p->g, p->common, HASH_SIZE);
    rng_bytes(&p->g, p->other, HASH_SIZE);
    mesh_join(&p->a, p->common);
    mesh_join(&p->b, p->other); /* the places of a community differ */
    mesh_join(&p->b, p->common);
}

static void pair_end(struct pair *p) {
    mesh_node_free(&p->a);
    mesh_node_free(&p->b);
}

/* Write count records of the common community to a, b or both (NULL: not), over three days. */
static void pair_write(struct pair *p, struct mesh_node *first, struct mesh_node *second, unsigned count,
                       uint8_t urgency) {
    for (unsigned i = 0; i < count; i++) {
        struct mesh_record r;
        mesh_text(&r, &p->author, p->common, p->seq++, NOW - rng_below(&p->g, 3 * DAY_SECONDS), urgency,
                  1 + rng_below(&p->g, 300), &p->g);
        if (first) mesh_put(first, &r);
        if (second) mesh_put(second, &r);
        free(r.bytes);
    }
}

/* Meet once; expect both to settle and to hold the same. Return bytes of both sides. */
static uint64_t pair_meet(struct pair *p, struct mesh_link link, uint64_t seed) {
    struct mesh_contact *c = mesh_contact_new(&p->a, &p->b, link, seed);
    struct session_status status;
    if (!mesh_run(c, c->now_ms + HOUR_MS))
        fail_msg("not settled: %s, %s", err_text(session_error(c->sessions[0])),
                 err_text(session_error(c->sessions[1])));
    assert_true(mesh_equal(&p->a, &p->b, p->common));
    session_status(c->sessions[0], &status);
    assert_true(status.is_open && status.communities == 1);
    assert_int_equal(status.sent, status.stored);
    uint64_t bytes = c->bytes[0] + c->bytes[1];
    mesh_contact_free(c);
    return bytes;
}

/* ---- What differs is exchanged ---- */

static void test_both_get_what_the_other_has(void **state) {
    (void)state;
    static const unsigned sizes[][3] = {{0, 0, 0},     {0, 1, 0},   {0, 0, 1},    {5, 0, 0},
                                        {30, 3, 4},    {0, 300, 0}, {0, 0, 300},  {500, 20, 30},
                                        {0, 200, 200}, {400, 1, 0}, {100, 0, 60}, {1000, 90, 1}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct pair p;
        pair_begin(&p, "both get what the other has");
        p.g.state += i;
        pair_write(&p, &p.a, &p.b, sizes[i][0], URGENCY_NORMAL);
        pair_write(&p, &p.a, NULL, sizes[i][1], URGENCY_NORMAL);
        pair_write(&p, &p.b, NULL, sizes[i][2], URGENCY_NORMAL);
        pair_meet(&p, lan, i);
        assert_int_equal(p.a.count, sizes[i][0] + sizes[i][1] + sizes[i][2]);
        assert_int_equal(p.a.doubles + p.b.doubles, 0); /* nothing goes twice */
        pair_end(&p);
    }
}

/* All shapes of frames and kinds of links, by seeds. */
static void test_bad_links_only_cost_time(void **state) {
    (void)state;
    static const uint32_t frames[] = {CHANNEL_FRAME_MIN, 1200, CHANNEL_FRAME_MAX};
    for (unsigned i = 0; i < 45; i++) {
        struct pair p;
        const struct mesh_link link = {.loss = i % 5 * 75,
                                       .doubling = i % 3 * 100,
                                       .latency_ms = 5 + i,
                                       .jitter_ms = i % 4 * 20,
                                       .bits_s = i % 2 ? 100000 : 0,
                                       .half_duplex = i % 7 == 0,
                                       .frame_max = frames[i % 3],
                                       .keepalive_ms = 60000};
        pair_begin(&p, "bad links only cost time");
        p.g.state += i;
        pair_write(&p, &p.a, &p.b, 40, URGENCY_NORMAL);
        pair_write(&p, &p.a, NULL, 20, URGENCY_NORMAL);
        pair_write(&p, &p.b, NULL, 25, URGENCY_IMPORTANT);
        pair_write(&p, &p.b, NULL, 2, URGENCY_URGENT);
        pair_meet(&p, link, i);
        pair_end(&p);
    }
}

/* Records up to the largest, with frames of 200 bytes. */
static void test_large_records(void **state) {
    (void)state;
    struct pair p;
    pair_begin(&p, "large records");
    for (unsigned i = 0; i < 6; i++) {
        struct mesh_record r;
        mesh_text(&r, &p.author, p.common, p.seq++, NOW, i % 4, RECORD_BODY_MAX - RECORD_SALT_SIZE - i, &p.g);
        mesh_put(i % 2 ? &p.a : &p.b, &r);
        free(r.bytes);
    }
    pair_meet(&p, (struct mesh_link){.loss = 20, .latency_ms = 2, .frame_max = CHANNEL_FRAME_MIN}, 1);
    pair_end(&p);
}

/* A stub is passed on as a stub. */
static void test_stubs_travel(void **state) {
    (void)state;
    struct pair p;
    struct mesh_record r, stub = {.stub = true};
    uint8_t bytes[RECORD_SIZE_MAX];
    pair_begin(&p, "stubs travel");
    mesh_text(&r, &p.author, p.common, 0, NOW, URGENCY_NORMAL, 100, &p.g);
    r.record.body = NULL;
    int size = record_encode(&r.record, bytes, sizeof bytes);
    assert_true(size > 0);
    stub.bytes = bytes;
    stub.size = (size_t)size;
    stub.record = r.record;
    mesh_put(&p.a, &stub);
    pair_meet(&p, lan, 1);
    assert_true(p.b.records[0].stub);
    free(r.bytes);
    pair_end(&p);
}

/* Nothing is told of communities that are not common, and nothing of them moves. */
static void test_nothing_in_common(void **state) {
    (void)state;
    struct pair p;
    pair_begin(&p, "nothing in common");
    struct mesh_node c;
    mesh_node_init(&c);
    uint8_t third[HASH_SIZE];
    rng_bytes(&p.g, third, sizeof third);
    mesh_join(&c, third);
    pair_write(&p, &p.a, NULL, 5, URGENCY_URGENT);
    struct mesh_contact *contact = mesh_contact_new(&p.a, &c, lan, 1);
    struct session_status status;
    assert_true(mesh_run(contact, contact->now_ms + HOUR_MS));
    session_status(contact->sessions[1], &status);
    assert_int_equal(status.communities, 0);
    assert_int_equal(c.count, 0);
    mesh_contact_free(contact);
    mesh_node_free(&c);
    pair_end(&p);
}

/* Equal sets cost less than 100 bytes a community on top of the handshake, whatever their size. */
static void test_equal_sets_cost_little(void **state) {
    (void)state;
    struct pair p;
    pair_begin(&p, "equal sets cost little");
    pair_write(&p, &p.a, &p.b, 800, URGENCY_NORMAL);
    pair_write(&p, &p.a, &p.b, 20, URGENCY_URGENT);
    uint64_t bytes = pair_meet(&p, lan, 1);
    printf("equal sets: %" PRIu64 " bytes in all\n", bytes);
    assert_true(bytes < CHANNEL_FIRST_SIZE + CHANNEL_SECOND_SIZE + 300); /* hellos padded to four communities, idle */
    pair_end(&p);
}

/* Several communities, in different orders at both nodes. */
static void test_many_communities(void **state) {
    (void)state;
    struct pair p;
    uint8_t ids[6][HASH_SIZE];
    pair_begin(&p, "many communities");
    for (unsigned i = 0; i < 6; i++) rng_bytes(&p.g, ids[i], HASH_SIZE);
    for (unsigned i = 0; i < 6; i++) {
        mesh_join(&p.a, ids[i]);
        mesh_join(&p.b, ids[5 - i]);
    }
    for (unsigned i = 0; i < 120; i++) {
        struct mesh_record r;
        mesh_text(&r, &p.author, ids[i % 6], p.seq++, NOW - i * 600, i % 4, 80, &p.g);
        if (i % 5 != 0) mesh_put(&p.a, &r);
        if (i % 5 != 1) mesh_put(&p.b, &r);
        free(r.bytes);
    }
    struct mesh_contact *c =
        mesh_contact_new(&p.a, &p.b, (struct mesh_link){.latency_ms = 3, .loss = 50, .frame_max = 1200}, 9);
    assert_true(mesh_run(c, c->now_ms + HOUR_MS));
    for (unsigned i = 0; i < 6; i++) assert_true(mesh_equal(&p.a, &p.b, ids[i]));
    mesh_contact_free(c);
    pair_end(&p);
}

/* Nodes whose clocks expire at different days leave out the same days. */
static void test_floors_differ(void **state) {
    (void)state;
    struct pair p;
    struct mesh_record r;
    pair_begin(&p, "floors differ");
    pair_write(&p, &p.a, NULL, 10, URGENCY_NORMAL);
    mesh_text(&r, &p.author, p.common, p.seq++, NOW - 60 * (uint64_t)DAY_SECONDS, URGENCY_NORMAL, 10, &p.g);
    mesh_put(&p.a, &r); /* expired for b */
    struct mesh_contact *c = mesh_contact_new(&p.a, &p.b, lan, 3);
    struct session_config config = {.initiator = false,
                                    .now_ms = c->now_ms,
                                    .frame_max = lan.frame_max,
                                    .retry_ms = 1000,
                                    .keepalive_ms = 15000,
                                    .floor_day = (uint32_t)(NOW / DAY_SECONDS),
                                    .kernel = gf40_bitslice()};
    struct session_node node = mesh_session_node(&p.b);
    rng_bytes(&p.g, config.ephemeral_secret, KEY_SIZE);
    session_init(c->sessions[1], &config, &node);
    assert_true(mesh_run(c, c->now_ms + HOUR_MS));
    assert_int_equal(p.b.count, 10);
    assert_false(mesh_has(&p.b, r.record.id));
    free(r.bytes);
    mesh_contact_free(c);
    pair_end(&p);
}

/* A day that one side could not keep whole is left out, and does not make the others be compared again and again. */
static void test_partial_day(void **state) {
    (void)state;
    struct pair p;
    struct mesh_record r;
    pair_begin(&p, "partial day");
    for (unsigned i = 0; i < 30; i++) { /* three days; a has few of the last */
        mesh_text(&r, &p.author, p.common, p.seq++, NOW - i % 3 * (uint64_t)DAY_SECONDS, URGENCY_NORMAL, 10, &p.g);
        if (i % 3 != 0 || i < 6) mesh_put(&p.a, &r);
        if (i % 3 != 1 || i < 6) mesh_put(&p.b, &r);
        free(r.bytes);
    }
    p.a.partial_day = (uint32_t)(NOW / DAY_SECONDS) + 30;
    struct mesh_contact *c = mesh_contact_new(&p.a, &p.b, lan, 3);
    assert_true(mesh_run(c, c->now_ms + HOUR_MS));
    assert_int_equal(p.a.count, 22); /* nothing of that day came */
    assert_int_equal(p.b.count, 30);
    assert_true(c->bytes[0] + c->bytes[1] < 1800); /* one pass; four take over 2,100 */
    mesh_contact_free(c);
    pair_end(&p);
}

/* ---- Order ---- */

struct order {
    uint8_t urgencies[1000];
    unsigned count;
};

static void order_note(struct mesh_contact *c, unsigned side, const struct mesh_record *r) {
    struct order *o = c->context;
    if (side == 1 && o->count < sizeof o->urgencies) o->urgencies[o->count++] = r->record.urgency;
}

/* On a slow link every urgent record arrives before any bulk one, though they were stored in any order. */
static void test_urgent_first(void **state) {
    (void)state;
    struct pair p;
    struct order o = {.count = 0};
    unsigned last_urgent = 0, first_bulk = 1000;
    pair_begin(&p, "urgent first");
    for (unsigned i = 0; i < 100; i++) pair_write(&p, &p.a, NULL, 1, (uint8_t)(i % 4));
    struct mesh_contact *c =
        mesh_contact_new(&p.a, &p.b, (struct mesh_link){.latency_ms = 10, .bits_s = 10000, .frame_max = 200}, 5);
    c->on_put = order_note;
    c->context = &o;
    assert_true(mesh_run(c, c->now_ms + HOUR_MS));
    for (unsigned i = 0; i < o.count; i++) {
        if (o.urgencies[i] == URGENCY_URGENT) last_urgent = i;
        if (o.urgencies[i] == URGENCY_BULK && i < first_bulk) first_bulk = i;
    }
    assert_int_equal(o.count, 100);
    assert_true(last_urgent < first_bulk);
    mesh_contact_free(c);
    pair_end(&p);
}

/* ---- Contacts that break ---- */

/* A contact cut at any moment has moved a part, most urgent first, and the next ones move the rest. */
static void test_cut_at_any_moment(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct pair p;
        pair_begin(&p, "cut at any moment");
        p.g.state += seed;
        pair_write(&p, &p.a, &p.b, 50, URGENCY_NORMAL);
        pair_write(&p, &p.a, NULL, 100, URGENCY_NORMAL);
        pair_write(&p, &p.b, NULL, 40, URGENCY_IMPORTANT);
        size_t before = p.a.count + p.b.count;
        for (unsigned cuts = 0; cuts < 4; cuts++) {
            struct mesh_contact *c = mesh_contact_new(
                &p.a, &p.b, (struct mesh_link){.latency_ms = 5, .bits_s = 50000, .frame_max = 1200}, seed + cuts);
            (void)mesh_run(c, c->now_ms + rng_below(&p.g, 4000));
            mesh_contact_free(c);
            assert_true(p.a.count + p.b.count >= before);
            before = p.a.count + p.b.count;
        }
        pair_meet(&p, lan, seed);
        pair_end(&p);
    }
}

/* A peer that falls silent is given up after four times the keep-alive, and costs few frames until then. */
static void test_silence(void **state) {
    (void)state;
    struct pair p;
    pair_begin(&p, "silence");
    pair_write(&p, &p.a, NULL, 200, URGENCY_NORMAL);
    struct mesh_contact *c = mesh_contact_new(
        &p.a, &p.b, (struct mesh_link){.latency_ms = 5, .bits_s = 100000, .frame_max = 1200, .keepalive_ms = 5000}, 1);
    (void)mesh_run(c, c->now_ms + 1500);
    c->link.loss = 1000;
    uint64_t cut_ms = c->now_ms, bytes = c->bytes[0] + c->bytes[1];
    (void)mesh_run(c, c->now_ms + HOUR_MS);
    assert_int_equal(session_error(c->sessions[0]) ? session_error(c->sessions[0]) : session_error(c->sessions[1]),
                     ERR_SILENT);
    assert_true(c->now_ms - cut_ms <= 20100);
    assert_true(c->bytes[0] + c->bytes[1] - bytes < 120000);
    mesh_contact_free(c);
    pair_end(&p);
}

/* A goodbye ends both sides. */
static void test_goodbye(void **state) {
    (void)state;
    struct pair p;
    pair_begin(&p, "goodbye");
    struct mesh_contact *c = mesh_contact_new(&p.a, &p.b, lan, 1);
    assert_true(mesh_run(c, c->now_ms + HOUR_MS));
    session_close(c->sessions[1]);
    for (unsigned i = 0; i < 10; i++) mesh_step(c, c->now_ms + 100);
    assert_int_equal(session_error(c->sessions[0]), ERR_END);
    assert_int_equal(session_error(c->sessions[1]), ERR_END);
    mesh_contact_free(c);
    pair_end(&p);
}

/* ---- Back-pressure, busy nodes, failing nodes ---- */

/* A node that takes a second to make a record durable is not overrun, and the peer knows only what is durable. */
static void test_slow_disk(void **state) {
    (void)state;
    struct pair p;
    pair_begin(&p, "slow disk");
    pair_write(&p, &p.a, NULL, 700, URGENCY_NORMAL);
    struct mesh_contact *c = mesh_contact_new(&p.a, &p.b, lan, 1);
    struct session_status sender, receiver;
    c->commit_ms = 1000;
    while (c->now_ms < HOUR_MS) {
        mesh_step(c, HOUR_MS);
        session_status(c->sessions[0], &sender);
        session_status(c->sessions[1], &receiver);
        assert_true(sender.stored <= receiver.received);
        if (sender.is_settled && receiver.is_settled) break;
    }
    assert_true(mesh_equal(&p.a, &p.b, p.common));
    mesh_contact_free(c);
    pair_end(&p);
}

/* A node that has no room to compare now goes on when it has. */
static void test_no_room_for_a_while(void **state) {
    (void)state;
    for (unsigned side = 0; side < 2; side++) {
        struct pair p;
        pair_begin(&p, "no room for a while");
        pair_write(&p, &p.a, &p.b, 100, URGENCY_NORMAL);
        pair_write(&p, &p.a, NULL, 50, URGENCY_NORMAL);
        pair_write(&p, &p.b, NULL, 50, URGENCY_NORMAL);
        struct mesh_node *busy = side ? &p.b : &p.a;
        struct mesh_contact *c = mesh_contact_new(&p.a, &p.b, lan, side);
        busy->no_room = true;
        assert_false(mesh_run(c, c->now_ms + 5000));
        assert_int_equal(session_error(c->sessions[0]), 0);
        assert_int_equal(session_error(c->sessions[1]), 0);
        busy->no_room = false;
        assert_true(mesh_run(c, c->now_ms + 5000));
        assert_true(mesh_equal(&p.a, &p.b, p.common));
        mesh_contact_free(c);
        pair_end(&p);
    }
}

/* An error of the node's own ends the session with that error, wherever it comes. */
static void test_node_fails(void **state) {
    (void)state;
    for (uint64_t at = 0; at < 30; at++) {
        struct pair p;
        pair_begin(&p, "node fails");
        pair_write(&p, &p.a, NULL, 60, URGENCY_NORMAL);
        struct mesh_contact *c =
            mesh_contact_new(&p.a, &p.b, (struct mesh_link){.latency_ms = 1, .frame_max = 1200}, at);
        (void)mesh_run(c, c->now_ms + at);
        p.a.fail = ERR_IO;
        (void)mesh_run(c, c->now_ms + 500);
        int err = session_error(c->sessions[0]);
        assert_true(err == ERR_IO || err == 0);
        mesh_contact_free(c);
        pair_end(&p);
    }
}

/* A record whose signature does not fit ends the session, and nothing of it is stored. */
static void test_forged_record(void **state) {
    (void)state;
    struct pair p;
    pair_begin(&p, "forged record");
    pair_write(&p, &p.a, NULL, 1, URGENCY_NORMAL);
    p.a.records[0].bytes[p.a.records[0].size - 1] ^= 1;
    struct mesh_contact *c = mesh_contact_new(&p.a, &p.b, lan, 1);
    assert_false(mesh_run(c, c->now_ms + 5000));
    assert_int_equal(session_error(c->sessions[1]), ERR_SIGNATURE);
    assert_int_equal(p.b.count, 0);
    mesh_contact_free(c);
    pair_end(&p);
}

static void test_budgets(void **state) {
    (void)state;
    for (unsigned which = 0; which < 3; which++) {
        struct pair p;
        pair_begin(&p, "budgets");
        pair_write(&p, &p.a, &p.b, 300, URGENCY_NORMAL);
        pair_write(&p, &p.a, NULL, 100, URGENCY_NORMAL);
        struct mesh_contact *c = mesh_contact_new(&p.a, &p.b, lan, 1);
        struct session_config config = {.now_ms = c->now_ms,
                                        .frame_max = lan.frame_max,
                                        .retry_ms = 1000,
                                        .keepalive_ms = 15000,
                                        .bytes_in_max = which == 0 ? 10000 : 0,
                                        .records_in_max = which == 1 ? 50 : 0,
                                        .work_max = which == 2 ? 100 : 0,
                                        .kernel = gf40_bitslice()};
        struct session_node node = mesh_session_node(&p.b);
        rng_bytes(&p.g, config.ephemeral_secret, KEY_SIZE);
        session_init(c->sessions[1], &config, &node);
        assert_false(mesh_run(c, c->now_ms + 5000));
        assert_int_equal(session_error(c->sessions[1]), ERR_LIMIT);
        assert_true(p.b.count <= 351);
        mesh_contact_free(c);
        pair_end(&p);
    }
}

/* ---- Live ---- */

/* Store a new record at a node and offer it to its session, as a carrier does. */
static void live_write_by(struct pair *p, struct mesh_contact *c, unsigned side, uint8_t urgency, bool own,
                          unsigned way) {
    struct mesh_node *n = c->nodes[side];
    pair_write(p, n, NULL, 1, urgency);
    const struct mesh_record *r = &n->records[n->count - 1];
    struct session_offered offered = {
        .handle = r->community, .item = (uint64_t)r->record.urgency << 60 | n->count, .own = own, .way = way};
    memcpy(offered.id, r->record.id, HASH_SIZE);
    session_offer(c->sessions[side], &offered);
}

static void live_write(struct pair *p, struct mesh_contact *c, unsigned side, uint8_t urgency, bool own) {
    live_write_by(p, c, side, urgency, own, 0);
}

/* What is written while the contact lasts goes over at once, in both directions, and does not come back. */
static void test_live(void **state) {
    (void)state;
    struct pair p;
    pair_begin(&p, "live");
    pair_write(&p, &p.a, &p.b, 20, URGENCY_NORMAL);
    struct mesh_contact *c = mesh_contact_new(&p.a, &p.b, (struct mesh_link){.latency_ms = 10, .frame_max = 1200}, 1);
    assert_true(mesh_run(c, c->now_ms + 5000));
    for (unsigned i = 0; i < 60; i++) live_write(&p, c, i % 2, i % 4, i % 3 == 0);
    uint64_t begin = c->now_ms;
    assert_true(mesh_run(c, c->now_ms + 5000));
    assert_true(mesh_equal(&p.a, &p.b, p.common));
    assert_true(c->now_ms - begin < 500);
    assert_int_equal(p.a.doubles + p.b.doubles, 0);
    mesh_contact_free(c);
    pair_end(&p);
}

/* More live records than the queue holds: the rest is found when the sets are compared again. */
static void test_live_overflow(void **state) {
    (void)state;
    struct pair p;
    pair_begin(&p, "live overflow");
    struct mesh_contact *c = mesh_contact_new(&p.a, &p.b, (struct mesh_link){.latency_ms = 10, .frame_max = 1200}, 1);
    assert_true(mesh_run(c, c->now_ms + 5000));
    for (unsigned i = 0; i < 900; i++) live_write(&p, c, i % 2, URGENCY_NORMAL, i % 4 < 2);
    while (c->now_ms < 120000 && !mesh_equal(&p.a, &p.b, p.common)) mesh_step(c, 120000);
    assert_true(mesh_equal(&p.a, &p.b, p.common));
    mesh_contact_free(c);
    pair_end(&p);
}

/* Of more urgent records by one way than the queue holds, one by another way waits for a few only, and does not have to
 * be compared for. */
static void test_live_ways_take_turns(void **state) {
    (void)state;
    struct pair p;
    pair_begin(&p, "live ways");
    struct mesh_contact *c =
        mesh_contact_new(&p.a, &p.b, (struct mesh_link){.latency_ms = 10, .bits_s = 100000, .frame_max = 1200}, 1);
    assert_true(mesh_run(c, c->now_ms + 5000));
    for (unsigned i = 0; i < 3 * SESSION_QUEUE_MAX; i++) live_write_by(&p, c, 0, URGENCY_URGENT, false, 5);
    live_write_by(&p, c, 0, URGENCY_URGENT, false, 9);
    const uint8_t *wanted = p.a.records[p.a.count - 1].record.id;
    while (c->now_ms < 120000 && !mesh_has(&p.b, wanted)) mesh_step(c, 120000);
    assert_true(mesh_has(&p.b, wanted));
    assert_true(p.b.count < SESSION_QUEUE_MAX / 4);
    while (c->now_ms < 240000 && !mesh_equal(&p.a, &p.b, p.common)) mesh_step(c, 240000);
    assert_true(mesh_equal(&p.a, &p.b, p.common));
    mesh_contact_free(c);
    pair_end(&p);
}

/* ---- Blobs ---- */

static void blob_data(struct rng *g, uint8_t *data, size_t size) {
    for (size_t i = 0; i < size; i++) data[i] = (uint8_t)(rng_u64(g) >> 32);
}

/* A blob arrives, resumes after cuts without fetching a chunk twice, and an unknown one is asked for once. */
static void test_blobs(void **state) {
    (void)state;
    static uint8_t data[70 * BLOB_CHUNK_SIZE + 1000], nowhere[1000];
    struct pair p;
    pair_begin(&p, "blobs");
    blob_data(&p.g, data, sizeof data);
    blob_data(&p.g, nowhere, sizeof nowhere);
    mesh_blob(&p.a, 0, data, sizeof data, true);
    mesh_blob(&p.b, 1, nowhere, sizeof nowhere, false); /* a doesn't have it */
    mesh_blob(&p.b, 1, data, sizeof data, false);
    pair_write(&p, &p.b, NULL, 10, URGENCY_NORMAL);
    uint64_t chunks = 0;
    bool done = false;
    for (unsigned i = 0; i < 200 && !done; i++) {
        struct mesh_contact *c = mesh_contact_new(
            &p.a, &p.b, (struct mesh_link){.latency_ms = 5, .loss = 10, .bits_s = 8000000, .frame_max = 16384}, i);
        struct session_status status;
        memset(p.b.blobs[0].claimed, 0, p.b.blobs[0].chunks);
        memset(p.b.blobs[1].claimed, 0, p.b.blobs[1].chunks);
        done = mesh_run(c, c->now_ms + 700);
        session_status(c->sessions[1], &status);
        chunks += status.chunks_received;
        mesh_contact_free(c);
    }
    assert_true(done);
    assert_memory_equal(p.b.blobs[1].data, data, sizeof data);
    assert_int_equal(chunks, p.b.blobs[1].chunks);
    assert_int_equal(p.a.count, 10);
    pair_end(&p);
}

/* ---- What a sniffer sees ---- */

/* Frames are padded as soon as a closed community is common; then only sizes of the classes occur. */
static void test_padding(void **state) {
    (void)state;
    struct pair p;
    pair_begin(&p, "padding");
    p.a.closed[0] = p.b.closed[1] = true;
    pair_write(&p, &p.a, NULL, 30, URGENCY_NORMAL);
    struct mesh_contact *c = mesh_contact_new(&p.a, &p.b, lan, 1);
    bool padded = false;
    while (!c->settled[0] && c->now_ms < 60000) {
        mesh_step(c, 60000);
        for (size_t i = 0; i < MESH_PIPE; i++) {
            const struct mesh_frame *f = &c->pipe[i];
            if (!f->used || f->bytes[0] != CHANNEL_PADDED) continue;
            padded = true;
            assert_true(f->size == 64 || f->size == 128 || f->size == 200 || f->size == 512 || f->size == 1200 ||
                        f->size == 4096 || f->size == 16384);
        }
    }
    assert_true(padded && c->settled[0]);
    mesh_contact_free(c);
    pair_end(&p);
}

/* Frames of strangers, repeated frames and noise are dropped, and the contact goes on. */
static void test_noise_on_the_link(void **state) {
    (void)state;
    struct pair p;
    uint8_t junk[CHANNEL_FRAME_MAX];
    pair_begin(&p, "noise on the link");
    pair_write(&p, &p.a, NULL, 100, URGENCY_NORMAL);
    pair_write(&p, &p.b, NULL, 100, URGENCY_NORMAL);
    struct mesh_contact *c = mesh_contact_new(
        &p.a, &p.b, (struct mesh_link){.latency_ms = 3, .doubling = 500, .bits_s = 1000000, .frame_max = 1200}, 1);
    while (!(c->settled[0] && c->settled[1]) && c->now_ms < 600000) {
        for (unsigned side = 0; side < 2; side++) {
            size_t size = rng_below(&p.g, sizeof junk);
            rng_bytes(&p.g, junk, size);
            if (size > 0) junk[0] = (uint8_t)rng_below(&p.g, 6);
            mesh_deliver(c, side, junk, size);
        }
        mesh_step(c, 600000);
    }
    assert_true(mesh_equal(&p.a, &p.b, p.common));
    mesh_contact_free(c);
    pair_end(&p);
}

/* A session takes no more memory than is promised, and a wiped one holds nothing but its end. */
static void test_memory(void **state) {
    (void)state;
    struct pair p;
    pair_begin(&p, "memory");
    assert_true(session_size() <= SESSION_SIZE_MAX);
    printf("a session: %zu bytes\n", session_size());
    struct mesh_contact *c = mesh_contact_new(&p.a, &p.b, lan, 1);
    (void)mesh_run(c, c->now_ms + 2);
    session_wipe(c->sessions[0]);
    const uint8_t *bytes = (const uint8_t *)c->sessions[0];
    size_t set = 0;
    for (size_t i = 0; i < session_size(); i++) set += bytes[i] != 0;
    assert_true(set <= 16);
    assert_int_equal(session_error(c->sessions[0]), ERR_END);
    mesh_contact_free(c);
    pair_end(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_get_what_the_other_has),
        cmocka_unit_test(test_bad_links_only_cost_time),
        cmocka_unit_test(test_large_records),
        cmocka_unit_test(test_stubs_travel),
        cmocka_unit_test(test_nothing_in_common),
        cmocka_unit_test(test_equal_sets_cost_little),
        cmocka_unit_test(test_many_communities),
        cmocka_unit_test(test_floors_differ),
        cmocka_unit_test(test_partial_day),
        cmocka_unit_test(test_urgent_first),
        cmocka_unit_test(test_cut_at_any_moment),
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_goodbye),
        cmocka_unit_test(test_slow_disk),
        cmocka_unit_test(test_no_room_for_a_while),
        cmocka_unit_test(test_node_fails),
        cmocka_unit_test(test_forged_record),
        cmocka_unit_test(test_budgets),
        cmocka_unit_test(test_live),
        cmocka_unit_test(test_live_overflow),
        cmocka_unit_test(test_live_ways_take_turns),
        cmocka_unit_test(test_blobs),
        cmocka_unit_test(test_padding),
        cmocka_unit_test(test_noise_on_the_link),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
