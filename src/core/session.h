/*
 * session.h: one contact between two nodes, from the first byte to the last.
 *
 *   handshake (noise, channel) → hello → for each common community: urgent records at once, reconciliation, records
 * both ways by precedence, blobs by chunk → live: new records as they come
 *
 * Pulled, pure and free of allocation: the carrier hands in frames as they arrive and asks for frames to send; frames
 * may be lost, doubled and swapped, and are at most frame_max bytes. Nothing happens by itself: session_deadline says
 * when session_expire wants to be called. The session never asks which carrier it is on.
 *
 * Records that arrive come out of session_poll. The carrier verifies and stores them, in its own time and in that
 * order, and says so with session_stored after they are durable: what the peer is told to be stored, is. Not polling is
 * back-pressure: the peer's credit ends.
 *
 * doc/protocol.md is the specification, with the state table and the sequence of messages.
 */
#ifndef CORE_SESSION_H
#define CORE_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/channel.h"
#include "core/noise.h"
#include "core/reconcile.h"
#include "core/record.h"
#include "core/stream.h"
#include "core/wire.h"

#define SESSION_VERSION 1

/* ---- What the session asks of its node ---- */

/* A community that this node carries. */
struct session_community {
    uint8_t secret[HASH_SIZE]; /* who knows it may learn that it is carried here: an open community's id */
    uint32_t handle;           /* the node's own name of it */
    bool closed;               /* frames are padded once it is common */
};

struct session_ask {
    uint8_t blob[HASH_SIZE];
    uint32_t first;   /* chunk */
    uint64_t missing; /* bit i: chunk first + i is wanted */
};

struct session_chunk {
    uint8_t blob[HASH_SIZE];
    uint64_t size_bytes; /* of the blob */
    uint32_t index;
    const uint8_t *proof, *data;
    size_t proof_size, data_size;
};

typedef int (*session_visit_community)(void *context, const struct session_community *community);
typedef int (*session_visit_urgent)(void *context, const uint8_t id[HASH_SIZE], uint64_t item);

/*
 * The node's side. handle is that of a community. An item is the node's name of a record, below 2^62: of two records of
 * one community the one with the greater item is the more useful, so its top bits are the urgency (item >> 60) and the
 * rest grows with arrival; 0 is a record that can't be sent (a ghost). Functions return 0 or an error (ERR_MEMORY,
 * those of the store), which ends the session.
 */
struct session_node {
    void *context;
    int (*communities)(void *context, session_visit_community visit, void *visit_context);
    int (*buckets)(void *context, uint32_t handle, uint32_t first_day, reconcile_visit_bucket visit,
                   void *visit_context);
    int (*seen)(void *context, uint32_t handle, uint64_t lo, uint64_t hi, reconcile_visit_seen visit,
                void *visit_context);
    int (*is_partial)(void *context, uint32_t handle, uint32_t expiry_day);
    /* Memory for one reconciliation of this session, as reconcile_source.room. */
    void *(*room)(void *context, size_t size_bytes);
    /* The newest urgent records, newest first, at most limit. */
    int (*urgent)(void *context, uint32_t handle, uint32_t limit, session_visit_urgent visit, void *visit_context);
    /* Get a record (or a stub: body NULL) decoded; borrowed until the next call. *bytes: canonical. ERR_NOT_FOUND: it
     * is gone. */
    int (*record)(void *context, uint64_t item, struct record *out, const uint8_t **bytes, size_t *size);
    /* Tell whether an id was seen: 1, 0 or an error. */
    int (*has)(void *context, uint32_t handle, const uint8_t id[HASH_SIZE]);
    /*
     * Name the next chunks that are missing here and that nobody else was asked for, of a blob that records of this
     * community refer to. *cursor is 0 at first and the node's own afterwards. 1 and *out, or 0 at the end.
     */
    int (*missing)(void *context, uint32_t handle, uint64_t *cursor, struct session_ask *out);
    /* Chunks that were asked for are not under way any more (they came, or the peer has none of them). */
    void (*missing_over)(void *context, const struct session_ask *ask);
    /* Get a chunk of a blob that records of this community refer to; borrowed until the next call. ERR_NOT_FOUND. */
    int (*chunk)(void *context, uint32_t handle, const uint8_t blob[HASH_SIZE], uint32_t index,
                 struct session_chunk *out);
};

/* ---- The session ---- */

struct session_config {
    bool initiator;
    uint8_t ephemeral_secret[KEY_SIZE]; /* 32 fresh random bytes */
    uint64_t now_ms;                    /* a clock that only goes forward */
    uint64_t clock;                     /* Unix seconds, as this node believes */
    uint32_t floor_day;                 /* records that expire before it are neither sent nor taken */
    uint32_t frame_max;                 /* CHANNEL_FRAME_MIN to CHANNEL_FRAME_MAX */
    uint32_t retry_ms;                  /* the first guess of a round trip with its delays */
    uint32_t keepalive_ms;              /* silence after which something is sent; 4 times as long is a dead peer */
    bool no_blobs;                      /* do not ask for chunks */
    /* Budgets of the peer; 0: none. work: multiplications in GF(2^40) and what costs as much. */
    uint64_t bytes_in_max, records_in_max, work_max;
    const struct sketch_kernel *kernel;
};

enum session_event_type {
    SESSION_RECORD = 1, /* verify, store, session_stored */
    SESSION_CHUNK = 2,  /* blob_check, store, session_stored */
    SESSION_SETTLED = 3 /* both sides have what the other had; told again after new records */
};

struct session_event {
    enum session_event_type type;
    uint8_t stream;  /* pass on to session_stored */
    uint32_t handle; /* the community */
    /* SESSION_RECORD: the size of its canonical bytes (of a stub: header ‖ signature ‖ body hash), which nobody has
     * decoded yet; session_event_copy gives them. */
    size_t size;
    bool stub;
    struct wire_parts parts;
    struct session_chunk chunk; /* SESSION_CHUNK */
};

struct session_status {
    bool is_open; /* the handshake is done */
    bool is_settled;
    bool is_padded;        /* closed communities' records are here, or came */
    uint32_t communities;  /* common ones, the pool aside */
    uint64_t sent, stored; /* records sent; those that the peer says it has dealt with */
    uint64_t received;     /* records that session_stored has told */
    uint64_t chunks_sent, chunks_received;
    uint64_t bytes_out, bytes_in; /* of frames */
    uint64_t dropped;             /* frames that were not the peer's, doubled or damaged */
    uint64_t round_trips;
    uint64_t peer_clock;    /* Unix seconds that the peer told, 0 if none */
    uint64_t peer_clock_ms; /* now_ms when it did */
};

struct session; /* SESSION_SIZE bytes, aligned as uint64_t; session_private.h */

/* Bytes of a session, so that the caller can place it; at most SESSION_SIZE_MAX. */
size_t session_size(void);

/* Begin a session in memory of session_size() bytes. node is copied, its context borrowed for the session's life. The
 * caller wipes config->ephemeral_secret. */
void session_init(struct session *s, const struct session_config *config, const struct session_node *node);

/*
 * Take a frame. Frames that are doubled, too old, damaged or not of this session are dropped and counted, which is no
 * error: on a lossy carrier they are normal, and a stream carrier sees only its peer's. Errors end the session
 * (session_error): a peer that breaks the rules, a budget, the node's own.
 */
MUST_CHECK int session_recv(struct session *s, const uint8_t *frame, size_t size, uint64_t now_ms);

/* Write the next frame into out (max: at least frame_max). Return its size; 0 if there is nothing to say now, also
 * after the end. */
size_t session_send(struct session *s, uint8_t *out, size_t max, uint64_t now_ms);

/* Return when session_expire has to be called, or UINT64_MAX. */
uint64_t session_deadline(const struct session *s);
void session_expire(struct session *s, uint64_t now_ms);

/* Take the next event: 1, or 0. May be called, or not, at any time: what is not taken is back-pressure. */
MUST_CHECK int session_poll(struct session *s, struct session_event *event);

/* Write the event->size bytes of a record to out. What an event borrows holds until the next call that takes the
 * session. */
void session_event_copy(const struct session_event *event, uint8_t *out);

/* So many records and chunks that came out of session_poll with this stream are durable, or known, or refused without
 * blame, in order. */
void session_stored(struct session *s, unsigned stream, uint32_t count);

/* The peer has this record, for it came from there: it will not be offered back. (The carrier tells it, since the
 * session does not compute ids.) */
void session_known(struct session *s, const uint8_t id[HASH_SIZE]);

struct session_offered {
    uint32_t handle; /* of its community */
    uint8_t id[HASH_SIZE];
    uint64_t item;
    bool own;     /* it was written here */
    unsigned way; /* by which it came, so that ways take turns (as budgets, core/budget.h: a link) */
};

/*
 * A record of a community has become durable at this node, from elsewhere: pass it on if the community is common.
 * Urgent ones and those that were written here go out at once, others are announced.
 */
void session_offer(struct session *s, const struct session_offered *offered);

/* Ask the peer for a sign of life with the next frame. */
void session_ping(struct session *s);

/* End the session: say goodbye (one frame, unanswered) and be silent. Idempotent. */
void session_close(struct session *s);

/* End it for a reason of the carrier's, e.g. a record whose signature does not fit. The peer is told nothing of it. */
void session_refuse(struct session *s, int err);

/* 0 while it lasts; ERR_END after a goodbye of either side; else why it ended. */
int session_error(const struct session *s);

void session_status(const struct session *s, struct session_status *out);

/*
 * Tell whether the peer was found to have seen all that this node has seen of a community, and nothing came since; also
 * after the end. What it had seen then, by number, it has for certain or does not want.
 */
bool session_is_equal(const struct session *s, uint32_t handle);

/* Overwrite keys and buffers. */
void session_wipe(struct session *s);

#endif
