/*
 * Contacts over TCP on loopback, between real stores on disk.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "core/blob.h"
#include "core/check.h"
#include "test/carrier/lan_util.h"

struct pair {
    struct lan_world w;
    struct lan_node a, b;
};

static bool both_settled(void *context) {
    struct pair *p = context;
    struct contacts_counts a, b;
    lan_counts(p->a.lan, &a);
    lan_counts(p->b.lan, &b);
    return a.settled > 0 && b.settled > 0;
}

static void pair_init(struct pair *p, uint64_t seed) {
    lan_world_init(&p->w, seed);
    lan_node_init(&p->w, &p->a);
    lan_node_init(&p->w, &p->b);
}

static void pair_start(struct pair *p) {
    lan_node_start(&p->w, &p->a, NULL);
    lan_node_start(&p->w, &p->b, NULL);
}

static void pair_close(struct pair *p) {
    lan_node_stop(&p->w, &p->a);
    lan_node_stop(&p->w, &p->b);
    lan_node_close(&p->a);
    lan_node_close(&p->b);
    lan_world_close(&p->w);
}

/* Two nodes that have written apart from each other have the same afterwards, and nobody is blamed. */
static void test_two_become_equal(void **state) {
    static struct pair p;
    (void)state;
    pair_init(&p, 1);
    lan_node_write(&p.w, &p.a, 500, 300, URGENCY_NORMAL);
    lan_node_write(&p.w, &p.b, 300, 5000, URGENCY_NORMAL);
    lan_node_write(&p.w, &p.b, 3, 30000, URGENCY_URGENT);
    pair_start(&p);
    assert_int_equal(lan_node_dial(&p.a, &p.b), 0);
    lan_world_run(&p.w, both_settled, &p, 20);
    assert_int_equal(lan_node_records(&p.a), 803);
    assert_int_equal(lan_node_records(&p.b), 803);
    assert_true(lan_nodes_equal(&p.w, &p.a, &p.b));
    lan_node_stop(&p.w, &p.a);
    assert_int_equal(p.a.ended_count, 1);
    assert_int_equal(p.a.ended.err, ERR_INTERRUPTED);
    assert_int_equal(p.a.ended.received, 303);
    assert_int_equal(p.a.ended.sent, 500);
    assert_true(p.a.ended.dialled && p.a.ended.met);
    pair_close(&p);
    assert_int_equal(p.b.ended.err, ERR_END);
    assert_int_equal(p.b.ended.received, 500);
}

static bool both_have_sealed(void *context) {
    struct pair *p = context;
    return lan_node_sealed(&p->a) == 321 && lan_node_sealed(&p->b) == 321;
}

/* Two nodes bring each other the sealed records of communities that neither knows, in both directions and as they come;
 * the pool is not counted as a community in common. */
static void test_the_pool(void **state) {
    static struct pair p;
    (void)state;
    pair_init(&p, 31);
    lan_node_seal(&p.w, &p.a, 200, URGENCY_NORMAL);
    lan_node_seal(&p.w, &p.b, 100, URGENCY_BULK);
    lan_node_seal(&p.w, &p.b, 20, URGENCY_URGENT);
    lan_node_write(&p.w, &p.b, 30, 300, URGENCY_NORMAL);
    pair_start(&p);
    assert_int_equal(lan_node_dial(&p.a, &p.b), 0);
    lan_world_run(&p.w, both_settled, &p, 20);
    assert_int_equal(lan_node_sealed(&p.a), 320);
    assert_int_equal(lan_node_sealed(&p.b), 320);
    assert_int_equal(lan_node_records(&p.a), 30);
    assert_true(lan_nodes_equal(&p.w, &p.a, &p.b));
    lan_node_seal(&p.w, &p.b, 1, URGENCY_NORMAL);
    lan_offer_new(p.b.lan);
    lan_world_run(&p.w, both_have_sealed, &p, 20);
    lan_node_stop(&p.w, &p.a);
    assert_int_equal(p.a.ended.communities, 1);
    assert_int_equal(p.a.ended.received, 151);
    pair_close(&p);
}

static bool a_has_ended(void *context) {
    return ((struct pair *)context)->a.ended_count > 0;
}

/* A contact that has lasted long is ended by who dialled it once it is settled, without blame, so that the next one has
 * fresh keys and budgets. */
static void test_a_long_contact_is_begun_anew(void **state) {
    static struct pair p;
    const struct lan_config more = {.contact_ms_max = 2500};
    struct contacts_counts counts;
    (void)state;
    pair_init(&p, 9);
    lan_node_write(&p.w, &p.a, 20, 300, URGENCY_NORMAL);
    lan_node_start(&p.w, &p.a, &more);
    lan_node_start(&p.w, &p.b, &more); /* it was dialled, so it waits */
    assert_int_equal(lan_node_dial(&p.a, &p.b), 0);
    lan_world_run(&p.w, both_settled, &p, 20);
    lan_world_run(&p.w, a_has_ended, &p, 20);
    assert_true(p.a.ended.settled && p.a.ended.seconds >= 2.5);
    assert_int_equal(p.a.ended.err, ERR_END);
    assert_int_equal(lan_node_dial(&p.a, &p.b), 0);
    lan_world_run(&p.w, both_settled, &p, 20);
    lan_counts(p.b.lan, &counts);
    assert_int_equal(counts.held_off, 0);
    pair_close(&p);
}

/* ---- Live ---- */

struct line {
    struct lan_world w;
    struct lan_node nodes[3];
    uint64_t wanted;
};

static bool all_have(void *context) {
    struct line *l = context;
    for (unsigned i = 0; i < 3; i++)
        if (lan_node_records(&l->nodes[i]) != l->wanted) return false;
    return true;
}

static bool line_is_settled(void *context) {
    struct line *l = context;
    for (unsigned i = 0; i < 3; i++) {
        struct contacts_counts counts;
        lan_counts(l->nodes[i].lan, &counts);
        if (counts.settled != (i == 1 ? 2 : 1)) return false;
    }
    return true;
}

/* Three in a line: what is written at one end while the contacts last goes through the middle to the other end; nothing
 * is sent back to where it came from. */
static void test_live_records_pass_through_the_middle(void **state) {
    static struct line l;
    struct contacts_counts counts;
    (void)state;
    lan_world_init(&l.w, 2);
    for (unsigned i = 0; i < 3; i++) {
        lan_node_init(&l.w, &l.nodes[i]);
        lan_node_start(&l.w, &l.nodes[i], NULL);
    }
    assert_int_equal(lan_node_dial(&l.nodes[0], &l.nodes[1]), 0);
    assert_int_equal(lan_node_dial(&l.nodes[1], &l.nodes[2]), 0);
    lan_world_run(&l.w, line_is_settled, &l, 10);
    for (unsigned i = 0; i < 20; i++) {
        lan_node_write(&l.w, &l.nodes[i % 2 ? 2 : 0], 5, 200, i % 4);
        lan_offer_new(l.nodes[i % 2 ? 2 : 0].lan);
        l.wanted += 5;
        if (i % 5 == 0) lan_world_run(&l.w, all_have, &l, 5);
    }
    lan_world_run(&l.w, all_have, &l, 10);
    lan_world_run(&l.w, line_is_settled, &l, 10);
    lan_world_sleep(&l.w, 1100); /* the counts are as of a second ago */
    lan_counts(l.nodes[1].lan, &counts);
    assert_int_equal(counts.records_in, 100);
    assert_int_equal(counts.records_out, 100);
    assert_int_equal(counts.records_known, 0);
    assert_int_equal(counts.clocks, 2);
    for (unsigned i = 0; i < 3; i++) lan_node_stop(&l.w, &l.nodes[i]);
    for (unsigned i = 0; i < 3; i++) lan_node_close(&l.nodes[i]);
    lan_world_close(&l.w);
}

/* ---- Blobs ---- */

#define BLOB_CHUNKS 70

static uint8_t blob_data[BLOB_CHUNKS * BLOB_CHUNK_SIZE - 5], blob_nodes[4 * BLOB_CHUNKS][HASH_SIZE], blob_id[HASH_SIZE];

/* Write a record that refers to a blob. */
static void blob_write(struct lan_world *w, struct lan_node *n) {
    static struct sample_record sample;
    static uint8_t bytes[RECORD_SIZE_MAX];
    uint8_t salt[RECORD_SALT_SIZE] = {0};
    struct text text = {.text = "photo", .size = 5, .attachment_count = 1};
    rng_bytes(&w->rng, blob_data, sizeof blob_data);
    for (uint32_t i = 0; i < BLOB_CHUNKS; i++)
        blob_leaf(blob_nodes[i], blob_data + (size_t)i * BLOB_CHUNK_SIZE, blob_chunk_size(sizeof blob_data, i));
    blob_tree(blob_id, blob_nodes, BLOB_CHUNKS, sizeof blob_data);
    do sample_record(&w->rng, &sample, &w->community, &w->author, 10);
    while (sample.record.created > LAN_TEST_NOW);
    text.attachments[0].size_bytes = sizeof blob_data;
    memcpy(text.attachments[0].blob, blob_id, HASH_SIZE);
    int size = text_body(&text, salt, sample.body, sizeof sample.body);
    assert_true(size > 0);
    sample.record.kind = KIND_TEXT;
    sample.record.body_size = (size_t)size;
    sample.record.ref_count = 1;
    sample.record.refs[0].type = REF_BLOB;
    memcpy(sample.record.refs[0].id, blob_id, HASH_SIZE);
    assert_int_equal(record_sign(&sample.record, w->author.secret), 0);
    size = record_encode(&sample.record, bytes, sizeof bytes);
    assert_true(size > 0);
    assert_int_equal(store_put(n->store, &sample.record, bytes, (size_t)size, LAN_TEST_NOW), 1);
}

static void chunks_put(struct lan_node *n, uint32_t from, uint32_t to) {
    uint8_t proof[BLOB_PROOF_MAX];
    for (uint32_t i = from; i < to; i++) {
        size_t proof_size = (size_t)blob_proof(proof, blob_nodes, BLOB_CHUNKS, i) * HASH_SIZE;
        assert_int_equal(store_chunk_put(n->store, blob_id, sizeof blob_data, i, proof, proof_size,
                                         blob_data + (size_t)i * BLOB_CHUNK_SIZE, blob_chunk_size(sizeof blob_data, i),
                                         LAN_TEST_NOW),
                         1);
    }
}

static uint32_t chunks_held(struct lan_node *n) {
    uint64_t size_bytes;
    uint32_t held = 0;
    pthread_mutex_lock(&n->mutex);
    int err = store_blob_get(n->store, blob_id, &size_bytes, &held);
    pthread_mutex_unlock(&n->mutex);
    assert_true(err == 0 || err == ERR_NOT_FOUND);
    return held;
}

static bool middle_has_blob(void *context) {
    struct line *l = context;
    return chunks_held(&l->nodes[1]) == BLOB_CHUNKS && line_is_settled(l);
}

/* A blob of which two nodes have a half each comes whole to the one between them, from both; no chunk comes twice. */
static void test_a_blob_from_two_peers(void **state) {
    static struct line l;
    struct contacts_counts counts;
    (void)state;
    lan_world_init(&l.w, 3);
    for (unsigned i = 0; i < 3; i++) lan_node_init(&l.w, &l.nodes[i]);
    blob_write(&l.w, &l.nodes[0]);
    chunks_put(&l.nodes[0], 0, 40);
    chunks_put(&l.nodes[2], 30, BLOB_CHUNKS);
    for (unsigned i = 0; i < 3; i++) lan_node_start(&l.w, &l.nodes[i], NULL);
    assert_int_equal(lan_node_dial(&l.nodes[1], &l.nodes[0]), 0);
    l.wanted = 1;
    lan_world_sleep(&l.w, 300);
    assert_int_equal(lan_node_dial(&l.nodes[1], &l.nodes[2]), 0);
    lan_world_run(&l.w, middle_has_blob, &l, 20);
    lan_world_sleep(&l.w, 1100);
    lan_counts(l.nodes[1].lan, &counts);
    assert_int_equal(counts.chunks_in, BLOB_CHUNKS);
    for (unsigned i = 0; i < 3; i++) lan_node_stop(&l.w, &l.nodes[i]);
    for (unsigned i = 0; i < 3; i++) lan_node_close(&l.nodes[i]);
    lan_world_close(&l.w);
}

/* ---- The end of a contact ---- */

static bool first_ended(void *context) {
    return ((struct pair *)context)->a.ended_count > 0;
}

static void test_nobody_listens(void **state) {
    static struct pair p;
    (void)state;
    pair_init(&p, 4);
    pair_start(&p);
    uint16_t port = lan_port(p.b.lan);
    lan_node_stop(&p.w, &p.b);
    assert_int_equal(lan_node_dial_port(&p.a, port), 0);
    lan_world_run(&p.w, first_ended, &p, 5);
    assert_int_equal(p.a.ended.err, ERR_NET);
    assert_false(p.a.ended.met || p.a.ended.blamed);
    pair_close(&p);
}

static bool one_has_ended(void *context) {
    struct pair *p = context;
    return p->a.ended_count > 0 || p->b.ended_count > 0;
}

/* A peer's clock that was told after ours was asked for last is compared well: the difference is not below zero. */
static void test_clocks_within_a_second(void **state) {
    static struct pair p;
    struct contacts_counts counts;
    (void)state;
    pair_init(&p, 6);
    pair_start(&p);
    lan_world_sleep(&p.w, 100);
    assert_int_equal(lan_node_dial(&p.a, &p.b), 0);
    lan_world_sleep(&p.w, 200);
    assert_int_equal(lan_node_dial_port(&p.a, 1), 0);
    lan_world_run(&p.w, one_has_ended, &p, 5);
    lan_counts(p.a.lan, &counts); /* made when the dial failed */
    assert_int_equal(counts.clocks, 1);
    assert_in_range(counts.clock_ahead_seconds + 2, 1, 3);
    pair_close(&p);
}

/* Whoever joins another group ends the contacts that know nothing of it, with a goodbye, so that they begin anew. */
static void test_a_new_community_begins_contacts_anew(void **state) {
    static struct pair p;
    static struct sample_community other;
    (void)state;
    pair_init(&p, 5);
    pair_start(&p);
    assert_int_equal(lan_node_dial(&p.a, &p.b), 0);
    lan_world_run(&p.w, both_settled, &p, 10);
    sample_found(&p.w.rng, &other);
    pthread_mutex_lock(&p.b.mutex);
    assert_int_equal(store_community_put(p.b.store, &other.record, true), 1);
    pthread_mutex_unlock(&p.b.mutex);
    lan_offer_new(p.b.lan);
    lan_world_run(&p.w, first_ended, &p, 5);
    assert_int_equal(p.a.ended.err, ERR_END);
    assert_true(p.a.ended.settled);
    pair_close(&p);
}

/* ---- Ports ---- */

static struct when ports_when(void *context) {
    return ((struct lan_node *)context)->when;
}

static int port_start(struct pair *p, struct lan_node *n, const struct sockaddr *listen, char why[LAN_WHY_SIZE]) {
    const struct lan_config config = {
        .store = n->store, .mutex = &n->mutex, .when = ports_when, .context = n, .listen = listen};
    return lan_start(&n->lan, &p->w.loop, &config, why);
}

/* Where no port was asked for, two nodes of one host get one each; one that was asked for and is taken is an error with
 * a sentence, and nothing is left behind. */
static void test_ports(void **state) {
    static struct pair p;
    char why[LAN_WHY_SIZE];
    (void)state;
    pair_init(&p, 7);
    assert_int_equal(port_start(&p, &p.a, NULL, why), 0);
    assert_int_equal(port_start(&p, &p.b, NULL, why), 0);
    assert_int_not_equal(lan_port(p.a.lan), 0);
    assert_int_not_equal(lan_port(p.b.lan), 0);
    assert_int_not_equal(lan_port(p.a.lan), lan_port(p.b.lan));
    uint16_t taken = lan_port(p.a.lan);
    lan_node_stop(&p.w, &p.b);
    const struct sockaddr_in there = {
        .sin_family = AF_INET, .sin_port = htons(taken), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(port_start(&p, &p.b, (const struct sockaddr *)&there, why), ERR_NET);
    assert_null(p.b.lan);
    assert_true(strlen(why) > 10);
    pair_close(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_become_equal),
        cmocka_unit_test(test_the_pool),
        cmocka_unit_test(test_a_long_contact_is_begun_anew),
        cmocka_unit_test(test_live_records_pass_through_the_middle),
        cmocka_unit_test(test_a_blob_from_two_peers),
        cmocka_unit_test(test_nobody_listens),
        cmocka_unit_test(test_ports),
        cmocka_unit_test(test_clocks_within_a_second),
        cmocka_unit_test(test_a_new_community_begins_contacts_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
