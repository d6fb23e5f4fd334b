/*
 * session_util.h: nodes in memory and simulated links between them, for tests, fuzzers and measurements of the session.
 *
 * A node keeps its records in one array; a contact is two sessions and a link that loses, doubles and delays frames by
 * a seed. Time is virtual. What arrives is decoded and, if the node checks, verified before it is stored.
 */
#ifndef TEST_CORE_SESSION_UTIL_H
#define TEST_CORE_SESSION_UTIL_H

#include "core/person.h"
#include "core/session.h"
#include "test/property_util.h"

#define MESH_COMMUNITIES_MAX 8
#define MESH_BLOBS_MAX 8
#define MESH_PIPE 512

struct mesh_record {
    uint8_t *bytes;
    size_t size;
    bool stub;
    uint32_t community;   /* place in the node's list */
    struct record record; /* body borrows bytes */
};

struct mesh_blob {
    uint8_t id[HASH_SIZE];
    uint32_t community;
    uint64_t size_bytes;
    uint8_t *data;
    uint8_t (*tree)[HASH_SIZE];
    uint32_t chunks;
    bool *held, *claimed;
};

/* A node: what a daemon has in its store. */
struct mesh_node {
    bool checks; /* verify signatures */
    uint32_t community_count;
    uint8_t communities[MESH_COMMUNITIES_MAX][HASH_SIZE];
    bool closed[MESH_COMMUNITIES_MAX];
    struct mesh_record *records;
    size_t count, room;
    struct mesh_blob blobs[MESH_BLOBS_MAX];
    uint32_t blob_count;
    void *lent;
    bool no_room;         /* the room is taken by others */
    uint32_t partial_day; /* its elements are left out; 0: none */
    uint64_t refused, doubles;
    int fail; /* what every call of the session's returns, if not 0 */
};

void mesh_node_init(struct mesh_node *n);
void mesh_node_free(struct mesh_node *n);
uint32_t mesh_join(struct mesh_node *n, const uint8_t community[HASH_SIZE]);

/* Make a text record and sign it; created in seconds, kept 30 days. The caller frees out->bytes. */
void mesh_text(struct mesh_record *out, const struct member *author, const uint8_t community[HASH_SIZE], uint64_t seq,
               uint64_t created, uint8_t urgency, size_t content_size, struct rng *g);

/* Put a copy of a record into a node. Return whether it was new. */
bool mesh_put(struct mesh_node *n, const struct mesh_record *r);

bool mesh_has(const struct mesh_node *n, const uint8_t id[HASH_SIZE]);

/* Tell whether two nodes hold the same records of a community. */
bool mesh_equal(const struct mesh_node *a, const struct mesh_node *b, const uint8_t community[HASH_SIZE]);

/* Make a blob of random bytes at a node, of which it holds all chunks or none. */
void mesh_blob(struct mesh_node *n, uint32_t community, const uint8_t *data, uint64_t size_bytes, bool holds);

struct session_node mesh_session_node(struct mesh_node *n);

struct mesh_link {
    unsigned loss, doubling; /* in 1,000 */
    uint64_t latency_ms, jitter_ms;
    uint64_t bits_s;  /* 0: without bound */
    bool half_duplex; /* both sides share the air */
    uint32_t frame_max, retry_ms, keepalive_ms;
};

struct mesh_frame {
    bool used;
    unsigned to;
    uint64_t at_ms;
    size_t size;
    uint8_t bytes[CHANNEL_FRAME_MAX];
};

/* One contact: side 0 is the initiator. */
struct mesh_contact {
    struct mesh_link link;
    struct rng rng;
    uint64_t now_ms, free_ms[2];
    struct mesh_node *nodes[2];
    struct session *sessions[2];
    bool settled[2];
    uint64_t bytes[2], frames[2];
    uint64_t commit_ms; /* how long a record takes to become durable */
    struct {
        uint64_t at_ms;
        unsigned stream;
    } commits[2][4096];
    size_t commit_head[2], commit_tail[2];
    struct mesh_frame pipe[MESH_PIPE];
    void (*on_put)(struct mesh_contact *c, unsigned side, const struct mesh_record *r); /* a record was stored */
    void *context;
};

struct mesh_contact *mesh_contact_new(struct mesh_node *a, struct mesh_node *b, struct mesh_link link, uint64_t seed);
void mesh_contact_free(struct mesh_contact *c);

/* Let go on until both sides are settled, one has ended, or until_ms. Return whether both are settled. */
bool mesh_run(struct mesh_contact *c, uint64_t until_ms);

/* Do what is due now and move the clock on, at most to until_ms. */
void mesh_step(struct mesh_contact *c, uint64_t until_ms);

/* Deliver a frame to one side at once. */
void mesh_deliver(struct mesh_contact *c, unsigned to, const uint8_t *frame, size_t size);

#endif
