/*
 * Fuzz: the other side of a session is the input. It has done the handshake and holds the keys, so its bytes reach
 * every decoder: of parts, of messages, of reconciliation, of records and chunks. The first byte chooses the role; then
 * come messages: stream (1) ‖ type (1) ‖ size u16 ‖ body, which travel as the peer's streams would bring them; or raw
 * contents of frames.
 *
 * The session must end or go on; it may not crash, and what it tells to be records must be within bounds.
 */
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "core/crypto.h"
#include "core/session_private.h"
#include "test/core/session_util.h"

#define MESSAGES_MAX 64

struct peer {
    struct noise noise;
    struct channel channel;
    uint64_t offsets[STREAM_COUNT];
};

static struct mesh_node node;

static void node_make(void) {
    struct rng g = {.state = 7};
    struct member author;
    uint8_t seed[SEED_SIZE], community[HASH_SIZE];
    static uint8_t data[3 * BLOB_CHUNK_SIZE];
    if (node.community_count > 0) return;
    mesh_node_init(&node);
    rng_bytes(&g, seed, sizeof seed);
    crypto_keypair(author.key, author.secret, seed);
    memset(community, 1, sizeof community);
    mesh_join(&node, community);
    for (unsigned i = 0; i < 60; i++) {
        struct mesh_record r;
        mesh_text(&r, &author, community, i, 1641384000 - i * 3000, i % 4, 60, &g);
        mesh_put(&node, &r);
        free(r.bytes);
    }
    mesh_blob(&node, 0, data, sizeof data, true);
    memset(data, 2, sizeof data);
    mesh_blob(&node, 0, data, sizeof data, false);
}

/* Drain what the session says; the peer reads nothing of it. */
static void drain(struct session *s, uint64_t now_ms) {
    uint8_t frame[CHANNEL_FRAME_MAX];
    for (unsigned i = 0; i < 200 && session_send(s, frame, sizeof frame, now_ms) > 0; i++) continue;
}

static void events(struct session *s) {
    static uint8_t bytes[RECORD_SIZE_MAX];
    struct session_event event;
    while (session_poll(s, &event)) {
        if (event.type == SESSION_RECORD) {
            CHECK(event.size <= sizeof bytes);
            session_event_copy(&event, bytes);
        }
        if (event.type == SESSION_CHUNK) CHECK(event.chunk.data_size <= BLOB_CHUNK_SIZE);
        if (event.type != SESSION_SETTLED) session_stored(s, event.stream, 1);
    }
}

static void content_send(struct session *s, struct peer *p, const uint8_t *content, size_t size, uint64_t now_ms) {
    uint8_t frame[CHANNEL_FRAME_MAX];
    int sealed = channel_seal(&p->channel, false, frame, sizeof frame, content, size);
    if (sealed <= 0) return;
    (void)!session_recv(s, frame, (size_t)sealed, now_ms);
    events(s);
    drain(s, now_ms);
}

static void message_send(struct session *s, struct peer *p, unsigned stream, uint8_t type, const uint8_t *body,
                         size_t size, uint64_t now_ms) {
    uint8_t content[CHANNEL_FRAME_MAX - CHANNEL_OVERHEAD];
    struct writer w;
    writer_init(&w, content, sizeof content);
    writer_u8(&w, (uint8_t)(0x10 + stream));
    writer_varint(&w, p->offsets[stream]);
    writer_varint(&w, MESSAGE_HEAD + size);
    writer_u8(&w, type);
    writer_u8(&w, (uint8_t)size);
    writer_u8(&w, (uint8_t)(size >> 8));
    writer_bytes(&w, body, size);
    if (w.err) return;
    p->offsets[stream] += MESSAGE_HEAD + size;
    content_send(s, p, content, w.at, now_ms);
}

/* Do the handshake as the other side. */
static void meet(struct session *s, struct peer *p, bool peer_starts) {
    uint8_t frame[CHANNEL_FRAME_MAX], hash[HASH_LONG_SIZE], secret[KEY_SIZE];
    memset(secret, 9, sizeof secret);
    channel_handshake(&p->noise, peer_starts, secret);
    if (peer_starts) {
        int size = channel_handshake_write(&p->noise, frame, sizeof frame);
        CHECK(size > 0 && session_recv(s, frame, (size_t)size, 1) == 0);
    }
    size_t size = session_send(s, frame, sizeof frame, 1);
    CHECK(size > 0 && channel_handshake_read(&p->noise, frame, size) == 0);
    if (!peer_starts) {
        int wrote = channel_handshake_write(&p->noise, frame, sizeof frame);
        CHECK(wrote > 0 && session_recv(s, frame, (size_t)wrote, 1) == 0);
    }
    CHECK(channel_begin(&p->channel, &p->noise, hash) == 0);
}

/* A hello or an answer that names the community, so that what follows has a slot. */
static void greet(struct session *s, struct peer *p, bool peer_starts) {
    uint8_t body[64], key[HASH_SIZE];
    struct writer w;
    writer_init(&w, body, sizeof body);
    writer_varint(&w, SESSION_VERSION);
    writer_varint(&w, 1641384000);
    writer_varint(&w, 0);
    writer_varint(&w, 1);
    slot_key(s, node.communities[0], "tag", peer_starts, key);
    writer_bytes(&w, key, SESSION_TAG_SIZE);
    if (!peer_starts) writer_bytes(&w, key, SESSION_STATE_SIZE);
    writer_bytes(&w, key, SESSION_URGENT_SIZE);
    message_send(s, p, STREAM_CONTROL, peer_starts ? CONTROL_ANSWER : CONTROL_HELLO, body, w.at, 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct reader in;
    struct peer peer = {0};
    struct session *s = malloc(session_size());
    CHECK(s != NULL);
    node_make();
    reader_init(&in, data, size);
    uint8_t flags = reader_u8(&in);
    bool peer_starts = flags & 1;
    struct session_config config = {.initiator = !peer_starts,
                                    .now_ms = 1,
                                    .clock = 1641384000,
                                    .frame_max = CHANNEL_FRAME_MAX,
                                    .retry_ms = 1000,
                                    .keepalive_ms = 15000,
                                    .work_max = 10000000,
                                    .kernel = gf40_bitslice()};
    struct session_node view = mesh_session_node(&node);
    memset(config.ephemeral_secret, 8, KEY_SIZE);
    memset(node.blobs[1].claimed, 0, node.blobs[1].chunks);
    session_init(s, &config, &view);
    meet(s, &peer, peer_starts);
    drain(s, 1);
    if (!(flags & 2)) greet(s, &peer, peer_starts);
    uint64_t now_ms = 10;
    for (unsigned i = 0; i < MESSAGES_MAX && reader_left(&in) > 0 && !session_error(s); i++) {
        uint8_t stream = reader_u8(&in), type = reader_u8(&in);
        size_t want = reader_u8(&in);
        want |= (size_t)reader_u8(&in) << 8;
        if (want > reader_left(&in)) want = reader_left(&in);
        const uint8_t *body = reader_bytes(&in, want);
        if (!body) break;
        if (stream % 8 == 7)
            content_send(s, &peer, body, want, now_ms);
        else
            message_send(s, &peer, stream % STREAM_COUNT, type, body, want, now_ms);
        now_ms += stream >> 3;
        session_expire(s, now_ms);
        drain(s, now_ms);
    }
    session_wipe(s);
    free(s);
    return 0;
}
