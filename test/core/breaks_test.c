/*
 * Breaks that others suffered, as far as two or three nodes in memory can show them (the table in doc/threat-model.md
 * names where the others are held): Bridgefy 2020 and 2022, bitchat 2025, Meshtastic, IBR-DTN and ION, negentropy and
 * Willow.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/crypto.h"
#include "core/session_private.h"
#include "test/core/session_util.h"

#define NOW UINT64_C(1641384000)

static const struct mesh_link lan = {.latency_ms = 1, .frame_max = CHANNEL_FRAME_MAX};

struct line {
    struct rng g;
    struct mesh_node nodes[3];
    struct member author;
    uint8_t community[HASH_SIZE];
    uint64_t seq;
};

static void line_begin(struct line *l, const char *name) {
    uint8_t seed[SEED_SIZE];
    memset(l, 0, sizeof *l);
    rng_begin(&l->g, name);
    rng_bytes(&l->g, seed, sizeof seed);
    rng_bytes(&l->g, l->community, HASH_SIZE);
    crypto_keypair(l->author.key, l->author.secret, seed);
    for (unsigned i = 0; i < 3; i++) {
        mesh_node_init(&l->nodes[i]);
        l->nodes[i].checks = true;
        mesh_join(&l->nodes[i], l->community);
    }
}

static void line_end(struct line *l) {
    for (unsigned i = 0; i < 3; i++) mesh_node_free(&l->nodes[i]);
}

static void line_write(struct line *l, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        struct mesh_record r;
        mesh_text(&r, &l->author, l->community, l->seq++, NOW - 60 * i, URGENCY_NORMAL, 100, &l->g);
        assert_true(mesh_put(&l->nodes[0], &r));
        free(r.bytes);
    }
}

/* One contact of two nodes of the line; whether it came to its end well. */
static bool line_meet(struct line *l, unsigned from, unsigned to) {
    struct mesh_contact *c = mesh_contact_new(&l->nodes[from], &l->nodes[to], lan, 7 + from);
    bool settled = mesh_run(c, c->now_ms + 60000);
    mesh_contact_free(c);
    return settled;
}

/* ---- Bridgefy 2020 ---- */

struct fault {
    uint8_t frame[CHANNEL_FRAME_MAX + 1];
    size_t size;
};

/* Make the fault number `which` of a genuine frame; false: there are no more. */
static bool fault_make(struct fault *f, unsigned which, const uint8_t *frame, size_t size, struct rng *g) {
    memcpy(f->frame, frame, size);
    f->size = size;
    if (which < size) {
        f->frame[which] ^= (uint8_t)(1 << which % 8); /* a bit of every byte: type, counter, content, tag */
    } else if (which < 2 * size) {
        f->size = which - size; /* cut anywhere */
    } else if (which == 2 * size) {
        f->frame[f->size++] = 0;
    } else if (which == 2 * size + 1) {
        rng_bytes(g, f->frame + 2, size - 2); /* another channel's */
    } else {
        return false;
    }
    return true;
}

/*
 * Whatever is wrong with a frame (type, counter, content, pad, tag, length, key), the session does the same: nothing.
 * It says nothing, its deadline stays, and its whole memory is what it was but for two counters, so nobody can ask it
 * which part of a guess was right. (That it costs the same: test/ct/secrets_tool.c.)
 */
static void test_bridgefy_2020_every_failure_looks_the_same(void **state) {
    (void)state;
    struct line l;
    static struct fault fault;
    unsigned tried = 0, frames = 0;
    line_begin(&l, "every failure");
    line_write(&l, 5);
    l.nodes[0].closed[0] = l.nodes[1].closed[0] = true; /* so that there are pads */
    struct mesh_contact *c = mesh_contact_new(&l.nodes[0], &l.nodes[1], lan, 3);
    struct session *before = malloc(session_size()), *after = malloc(session_size());
    assert_true(before && after);
    while (!(c->settled[0] && c->settled[1]) && c->now_ms < 60000) {
        mesh_step(c, 60000);
        for (size_t i = 0; i < MESH_PIPE && frames < 12; i++) {
            struct mesh_frame *f = &c->pipe[i];
            struct session *s = c->sessions[f->to];
            if (!f->used || (f->bytes[0] != CHANNEL_DATA && f->bytes[0] != CHANNEL_PADDED) || f->size > 2000) continue;
            frames++;
            for (unsigned which = 0; fault_make(&fault, which, f->bytes, f->size, &l.g); which++) {
                memcpy(before, s, session_size());
                assert_int_equal(session_recv(s, fault.frame, fault.size, c->now_ms), 0);
                memcpy(after, s, session_size());
                assert_int_equal(after->dropped, before->dropped + 1);
                after->dropped = before->dropped;
                after->bytes_in = before->bytes_in;
                after->now_ms = before->now_ms;
                assert_memory_equal(after, before, session_size());
                assert_int_equal(session_deadline(s), session_deadline(before));
                memcpy(s, before, session_size());
                tried++;
            }
        }
    }
    assert_true(c->settled[0] && c->settled[1]);
    assert_true(frames >= 6 && tried > 1000);
    free(before);
    free(after);
    mesh_contact_free(c);
    line_end(&l);
}

/* A record with a signature that does not fit ends the contact that brings it, and goes to nobody else; the node that
 * was given it has it neither, and serves others as before. */
static void test_bridgefy_2020_a_malformed_record_travels_nowhere(void **state) {
    (void)state;
    struct line l;
    line_begin(&l, "malformed");
    line_write(&l, 3);
    struct mesh_record *bad = &l.nodes[0].records[1];
    bad->bytes[bad->size - 1] ^= 1;
    assert_false(line_meet(&l, 0, 1));
    assert_false(mesh_has(&l.nodes[1], bad->record.id));
    size_t good = l.nodes[1].count;
    assert_true(line_meet(&l, 1, 2));
    assert_false(mesh_has(&l.nodes[2], bad->record.id));
    assert_int_equal(l.nodes[2].count, good);
    line_end(&l);
}

/* ---- bitchat 2025 ---- */

/* What arrives after two hops is byte for byte what was written, and what arrives after one hop: nothing in a record
 * counts hops, so its origin is not the one who sends the smallest count. */
static void test_bitchat_2025_nothing_counts_hops(void **state) {
    (void)state;
    struct line l;
    line_begin(&l, "hops");
    line_write(&l, 40);
    assert_true(line_meet(&l, 0, 1) && line_meet(&l, 1, 2));
    for (size_t i = 0; i < l.nodes[0].count; i++) {
        const struct mesh_record *written = &l.nodes[0].records[i];
        for (unsigned n = 1; n < 3; n++) {
            size_t k = 0;
            while (k < l.nodes[n].count && memcmp(l.nodes[n].records[k].record.id, written->record.id, HASH_SIZE) != 0)
                k++;
            assert_true(k < l.nodes[n].count);
            assert_int_equal(l.nodes[n].records[k].size, written->size);
            assert_memory_equal(l.nodes[n].records[k].bytes, written->bytes, written->size);
        }
    }
    line_end(&l);
}

/* ---- IBR-DTN, ION ---- */

/* Kinds that this version does not know, critical or not, are carried over a node that does not know them either. */
static void test_ibr_dtn_unknown_kinds_are_carried(void **state) {
    (void)state;
    static const uint32_t kinds[] = {64, 65, 4711, 1u << 20, UINT32_MAX >> 4};
    struct line l;
    uint8_t bytes[RECORD_SIZE_MAX];
    line_begin(&l, "unknown kinds");
    line_write(&l, 1);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct record r = l.nodes[0].records[0].record;
        struct mesh_record unknown = {.bytes = bytes};
        r.kind = kinds[i];
        if (record_sign(&r, l.author.secret)) continue; /* more than a kind may be */
        int size = record_encode(&r, bytes, sizeof bytes);
        assert_true(size > 0);
        unknown.size = (size_t)size;
        assert_int_equal(record_decode(&unknown.record, bytes, unknown.size), 0);
        assert_true(mesh_put(&l.nodes[0], &unknown));
    }
    assert_true(l.nodes[0].count >= 4);
    assert_true(line_meet(&l, 0, 1) && line_meet(&l, 1, 2));
    assert_true(mesh_equal(&l.nodes[0], &l.nodes[2], l.community));
    line_end(&l);
}

/* ---- Sessions by hand: Meshtastic, negentropy, Willow ---- */

struct duo {
    struct session *s[2];
    uint8_t frame[CHANNEL_FRAME_MAX];
};

/* Two sessions after their handshake. What the responder says next is not sent yet. */
static void duo_begin(struct duo *d, struct line *l, uint8_t secrets[2][KEY_SIZE]) {
    for (unsigned i = 0; i < 2; i++) {
        struct session_node node = mesh_session_node(&l->nodes[i]);
        struct session_config config = {.initiator = i == 0,
                                        .now_ms = 5,
                                        .clock = NOW,
                                        .frame_max = CHANNEL_FRAME_MAX,
                                        .retry_ms = 1000,
                                        .keepalive_ms = 10000,
                                        .kernel = gf40_bitslice()};
        memcpy(config.ephemeral_secret, secrets[i], KEY_SIZE);
        d->s[i] = malloc(session_size());
        assert_non_null(d->s[i]);
        session_init(d->s[i], &config, &node);
    }
    for (unsigned i = 0; i < 2; i++) {
        size_t size = session_send(d->s[i], d->frame, sizeof d->frame, 5);
        assert_int_equal(size, i == 0 ? CHANNEL_FIRST_SIZE : CHANNEL_SECOND_SIZE);
        assert_int_equal(session_recv(d->s[1 - i], d->frame, size, 5), 0);
    }
}

static void duo_end(struct duo *d) {
    for (unsigned i = 0; i < 2; i++) {
        session_wipe(d->s[i]);
        free(d->s[i]);
    }
}

/* A peer cannot be talked down to a version below this one: its hello ends the session, and nothing was said before.
 * There is nothing else to choose: one handshake, one cipher, no empty key. */
static void test_meshtastic_no_silent_downgrade(void **state) {
    (void)state;
    struct line l;
    struct duo d;
    line_begin(&l, "downgrade");
    uint8_t secrets[2][KEY_SIZE], plain[CHANNEL_FRAME_MAX], clock[VARINT_SIZE_MAX + 1] = {SESSION_VERSION};
    for (unsigned version = 0; version <= SESSION_VERSION; version++) {
        struct writer w;
        uint64_t counter;
        size_t at = 0;
        rng_bytes(&l.g, secrets[0], sizeof secrets);
        duo_begin(&d, &l, secrets);
        struct channel sender = d.s[1]->channel, receiver = d.s[0]->channel;
        size_t size = session_send(d.s[1], d.frame, sizeof d.frame, 5);
        int got = channel_open(&receiver, d.frame, size, plain, sizeof plain, &counter);
        assert_true(got > 0);
        writer_init(&w, clock + 1, sizeof clock - 1);
        writer_varint(&w, NOW);
        while (at + w.at + 1 <= (size_t)got && memcmp(plain + at, clock, w.at + 1) != 0) at++;
        assert_true(at + w.at + 1 <= (size_t)got);
        plain[at] = (uint8_t)version;
        int again = channel_seal(&sender, false, d.frame, sizeof d.frame, plain, (size_t)got);
        assert_true(again > 0);
        int err = session_recv(d.s[0], d.frame, (size_t)again, 5);
        assert_int_equal(err, version < SESSION_VERSION ? ERR_VERSION : 0);
        assert_int_equal(session_error(d.s[0]), err);
        if (err) assert_int_equal(session_send(d.s[0], d.frame, sizeof d.frame, 5), 0);
        duo_end(&d);
    }
    line_end(&l);
}

/*
 * Every tag, state and short id is made under a key to which both sides have added: with either side's part the same
 * and the other's fresh, none of the keys comes again; and both sides have the same ones. So who records two contacts,
 * or is one side of both, cannot compare what was said about the sets, and nobody can add up raw ids to a wished sum.
 */
static void test_negentropy_and_willow_everything_is_salted_by_both_sides(void **state) {
    (void)state;
    static const char *const purposes[] = {"tag", "state", "urgent", "reconcile"};
    struct line l;
    struct duo d;
    uint8_t secrets[2][KEY_SIZE], keys[3][4][HASH_SIZE];
    line_begin(&l, "salts");
    rng_bytes(&l.g, secrets[0], sizeof secrets);
    for (unsigned run = 0; run < 3; run++) {
        if (run > 0)
            rng_bytes(&l.g, secrets[run - 1], KEY_SIZE); /* first the one side's part is fresh, then the other's */
        duo_begin(&d, &l, secrets);
        for (unsigned i = 0; i < 4; i++) {
            uint8_t other[HASH_SIZE];
            slot_key(d.s[0], l.community, purposes[i], 0, keys[run][i]);
            slot_key(d.s[1], l.community, purposes[i], 0, other);
            assert_memory_equal(keys[run][i], other, HASH_SIZE);
        }
        duo_end(&d);
    }
    for (unsigned a = 0; a < 12; a++)
        for (unsigned b = 0; b < a; b++) assert_memory_not_equal(keys[a / 4][a % 4], keys[b / 4][b % 4], HASH_SIZE);
    line_end(&l);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bridgefy_2020_every_failure_looks_the_same),
        cmocka_unit_test(test_bridgefy_2020_a_malformed_record_travels_nowhere),
        cmocka_unit_test(test_bitchat_2025_nothing_counts_hops),
        cmocka_unit_test(test_ibr_dtn_unknown_kinds_are_carried),
        cmocka_unit_test(test_meshtastic_no_silent_downgrade),
        cmocka_unit_test(test_negentropy_and_willow_everything_is_salted_by_both_sides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
