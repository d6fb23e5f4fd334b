/*
 * Fuzz: two honest sessions over a link that the input rules: for each frame a byte says whether it is lost, doubled,
 * held back, or lets time pass. When the input ends the link is perfect, and both sides must hold the same and be
 * settled within a bounded time.
 *
 *   first byte: frame size, and how much each side has; then a byte a frame
 */
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "core/crypto.h"
#include "test/core/session_util.h"

#define HELD_MAX 64
#define MADE 48

struct held {
    bool used;
    unsigned to;
    size_t size;
    uint8_t bytes[CHANNEL_FRAME_MAX];
};

static struct mesh_record made[MADE];
static uint8_t community[HASH_SIZE];

static void records_make(void) {
    struct rng g = {.state = 5};
    struct member author;
    uint8_t seed[SEED_SIZE];
    if (made[0].bytes) return;
    rng_bytes(&g, seed, sizeof seed);
    crypto_keypair(author.key, author.secret, seed);
    memset(community, 3, sizeof community);
    for (unsigned i = 0; i < MADE; i++)
        mesh_text(&made[i], &author, community, i, 1641384000 - i * 5000, i % 4, i % 7 == 0 ? 900 : 40, &g);
}

static void hold(struct held *held, unsigned to, const uint8_t *frame, size_t size) {
    for (unsigned i = 0; i < HELD_MAX; i++) {
        if (held[i].used) continue;
        held[i].used = true;
        held[i].to = to;
        held[i].size = size;
        memcpy(held[i].bytes, frame, size);
        return;
    }
}

static void release(struct mesh_contact *c, struct held *held, unsigned every) {
    for (unsigned i = 0; i < HELD_MAX; i++) {
        if (!held[i].used || (every > 1 && i % every != 0)) continue;
        held[i].used = false;
        mesh_deliver(c, held[i].to, held[i].bytes, held[i].size);
    }
}

/* Let both sides say what they have to say; the input chooses what happens to it. Return how many frames there were. */
static unsigned turn(struct mesh_contact *c, struct held *held, struct reader *in) {
    uint8_t frame[CHANNEL_FRAME_MAX];
    unsigned frames = 0;
    for (unsigned side = 0; side < 2; side++) {
        size_t size;
        while ((size = session_send(c->sessions[side], frame, sizeof frame, c->now_ms)) > 0) {
            uint8_t fate = reader_u8(in);
            frames++;
            if (fate & 1 && (fate & 6) != 6) continue;
            if (fate & 8) hold(held, !side, frame, size);
            if (!(fate & 16)) mesh_deliver(c, !side, frame, size);
            if (fate & 32) release(c, held, 1 + fate % 3);
            if (fate & 64) c->now_ms += fate >> 1;
        }
    }
    return frames;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct held held[HELD_MAX];
    static const uint32_t sizes[] = {CHANNEL_FRAME_MIN, 500, 1200, CHANNEL_FRAME_MAX};
    struct mesh_node a, b;
    struct reader in;
    records_make();
    memset(held, 0, sizeof held);
    reader_init(&in, data, size < 600 ? size : 600);
    uint8_t first = reader_u8(&in);
    mesh_node_init(&a);
    mesh_node_init(&b);
    a.checks = b.checks = false;
    mesh_join(&a, community);
    mesh_join(&b, community);
    for (unsigned i = 0; i < MADE; i++) {
        if (i % 3 != 0 || first & 4) mesh_put(&a, &made[i]);
        if (i % 4 != 1 || first & 8) mesh_put(&b, &made[i]);
    }
    struct mesh_link link = {.frame_max = sizes[first & 3], .keepalive_ms = 1000000000};
    struct mesh_contact *c = mesh_contact_new(&a, &b, link, 1);
    struct session_status s[2] = {0};
    for (unsigned i = 0; i < 20000 && !(s[0].is_settled && s[1].is_settled && reader_left(&in) == 0); i++) {
        if (turn(c, held, &in) == 0) {
            uint64_t at = session_deadline(c->sessions[0]), other = session_deadline(c->sessions[1]);
            if (other < at) at = other;
            c->now_ms = at > c->now_ms ? at : c->now_ms + 1;
            for (unsigned side = 0; side < 2; side++)
                if (session_deadline(c->sessions[side]) <= c->now_ms) session_expire(c->sessions[side], c->now_ms);
            if (s[0].is_settled && s[1].is_settled) reader_init(&in, data, 0); /* the rest of the input has no frames */
        }
        for (unsigned side = 0; side < 2; side++) {
            CHECK(session_error(c->sessions[side]) == 0);
            session_status(c->sessions[side], &s[side]);
        }
    }
    CHECK(s[0].is_settled && s[1].is_settled);
    CHECK(mesh_equal(&a, &b, community));
    mesh_contact_free(c);
    mesh_node_free(&a);
    mesh_node_free(&b);
    return 0;
}
