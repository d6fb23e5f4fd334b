/*
 * session_private.h: what the parts of the session share.
 *
 *   session.c          the handshake, frames, deadlines, the end
 *   session_base.c     what the others stand on: messages, keys, the set of a slot
 *   session_hello.c    which communities are common, without telling the rest
 *   session_control.c  messages of the control stream: reconciliation, stored, asks, announcements, idle
 *   session_records.c  messages of the record streams: records and chunks, out and in
 */
#ifndef CORE_SESSION_PRIVATE_H
#define CORE_SESSION_PRIVATE_H

#include <string.h>

#include "core/bytes.h"
#include "core/check.h"
#include "core/session.h"

/* Every message: type (1) ‖ size of its body u16, little-endian ‖ body. */
#define MESSAGE_HEAD 3

/* When touched slots are compared again; grows while they stay unequal. */
#define VERIFY_FIRST_MS 30000
/* So many live records since the last comparison may have been more than the queues hold: then it comes soon. */
#define LIVE_MANY SESSION_ANNOUNCE_MAX
#define VERIFY_SOON_MS 500

#define RECORD_STREAMS (STREAM_COUNT - 1)

enum control_type {
    CONTROL_HELLO = 1,
    CONTROL_ANSWER = 2,
    CONTROL_RECONCILE = 3,
    CONTROL_VERIFY = 4,
    CONTROL_STATE = 5,
    CONTROL_STORED = 6,
    CONTROL_ASK = 7,
    CONTROL_ANNOUNCE = 8,
    CONTROL_WANT = 9,
    CONTROL_IDLE = 10
};

enum record_type { MESSAGE_RECORD = 1, MESSAGE_STUB = 2, MESSAGE_CHUNK = 3, MESSAGE_ASKED = 4 };

enum session_phase {
    PHASE_FIRST, /* initiator: send and repeat the first handshake frame; responder: wait for it */
    PHASE_HELLO, /* the channel stands; the communities are not known yet */
    PHASE_OPEN,
    PHASE_GOODBYE, /* one frame more */
    PHASE_OVER
};

/* The asker (the initiator) leads; the solver's slots only know equal, idle and running. */
enum slot_phase {
    SLOT_EQUAL,   /* nothing to do */
    SLOT_TODO,    /* the asker has to start a pass */
    SLOT_RUNNING, /* this side's part of a pass is not over */
    SLOT_MOVED,   /* all that differs was sent; to be verified */
    SLOT_VERIFY,  /* the asker waits for the peer's state */
    SLOT_GIVEN_UP /* still not equal after SESSION_PASSES_MAX passes */
};

/* A common community. */
struct session_slot {
    uint8_t secret[HASH_SIZE];
    uint32_t handle;
    uint8_t phase;  /* enum slot_phase */
    uint8_t pass;   /* of reconciliation, from 0; none uses a salt twice */
    uint8_t tries;  /* passes since it was equal last */
    uint8_t first;  /* so many of our newest urgent records go out before anything else */
    bool state_due; /* solver: the asker wants to know our state */
    bool left_out;  /* the last pass left out days, so that states cannot be equal */
    bool touched;   /* live records since it was found equal */
};

struct session_queued {
    uint64_t item, turn;
    uint16_t slot;
    uint8_t way;
};

/* By turn; of one way in the order in which they came. */
struct session_queue {
    struct session_queued list[SESSION_QUEUE_MAX];
    unsigned count;
    uint64_t clock;               /* the turn that was taken last */
    uint64_t turns[SESSION_WAYS]; /* each way's next */
};

struct session_announced {
    uint64_t item;
    uint16_t slot;
    uint8_t id[HASH_SIZE];
};

/* A record that did not fit into its stream yet. */
struct session_pending {
    bool any;
    uint16_t slot;
    uint64_t item;
    size_t needs;
};

struct session_asking {
    uint16_t slot;
    struct session_ask ask;
};

/* The set of a community as a source: what a reconcile_source's context points to. */
struct session_set {
    const struct session_node *node;
    uint32_t handle;
};

struct session {
    struct session_config config;
    struct session_node node;
    int err; /* 0, or why it is over */
    enum session_phase phase;
    uint64_t now_ms, started_ms, heard_ms, said_ms;

    /* handshake */
    struct noise noise;
    uint8_t handshake[CHANNEL_SECOND_SIZE]; /* this side's frame, to be repeated */
    bool handshake_due, heard_data;
    size_t handshake_size;
    uint64_t handshake_ms, handshake_wait_ms; /* initiator: when to repeat */
    uint8_t hash[HASH_LONG_SIZE];             /* binds what follows to this handshake */
    uint8_t pad_key[HASH_SIZE];               /* for entries of a hello that mean nothing */

    struct channel channel;
    struct streams streams;
    bool padded;

    /* hello */
    bool hello_due, answer_due;
    uint32_t peer_floor_day;
    uint64_t peer_clock;
    uint64_t peer_clock_ms;
    struct session_slot slots[SESSION_COMMUNITIES_MAX];
    unsigned slot_count, first_slot; /* whose urgent records were queued already */

    /* reconciliation: one at a time */
    struct reconcile reconcile;
    uint64_t work; /* spent for the peer, the running pass aside; at most config.work_max unless that is 0 */
    struct session_set running_set;
    int running;  /* slot, or -1 */
    bool drained; /* all that the peer is known to lack was sent */
    uint64_t busy_until_ms;

    /* records out */
    struct wire_table wire_out[RECORD_STREAMS], wire_in[RECORD_STREAMS]; /* of stream i: place i - 1 */
    struct session_queue queues[RECORD_STREAMS]; /* what goes before reconciliation's; of stream i: place i - 1 */
    struct session_pending pending[STREAM_COUNT];
    uint64_t first[SESSION_ITEMS_MAX]; /* items that went out urgently: reconciliation finds them again */
    unsigned first_count;
    uint64_t sent[STREAM_COUNT], peer_stored[STREAM_COUNT];
    uint64_t records_sent, chunks_sent;

    /* records in */
    uint64_t delivered[STREAM_COUNT], stored[STREAM_COUNT], stored_told[STREAM_COUNT];
    uint64_t records_in, chunks_in;
    size_t polled_size; /* of the message that was polled last and is consumed by the next call, or 0 */
    unsigned polled_stream;

    /* live */
    struct session_announced announced[2 * SESSION_ANNOUNCE_MAX];
    uint64_t announce_end, announce_told;  /* running numbers: taken in, and told the peer */
    uint64_t peer_announced;               /* running number of the peer's next announcement */
    uint64_t wanted[SESSION_ANNOUNCE_MAX]; /* numbers to ask for */
    uint64_t known[SESSION_KNOWN_MAX];     /* first bytes of ids */
    unsigned wanted_count, known_at;
    uint64_t verify_ms, verify_wait_ms; /* when touched slots are compared again */
    uint64_t live;                      /* records passed on or announced since then, by either side */

    /* blobs */
    struct session_asking asks[SESSION_ASKS_MAX]; /* ours, in order */
    unsigned ask_head, ask_count;
    struct session_asking asked[SESSION_ASKS_MAX]; /* the peer's */
    unsigned asked_head, asked_count;
    uint64_t blob_cursor;
    uint16_t blob_slot;
    bool blobs_done, blobs_stale;

    /* the end of work */
    bool idle_told, peer_idle, settled_told;

    uint64_t bytes_in, bytes_out, dropped;
};

_Static_assert(sizeof(struct session) <= SESSION_SIZE_MAX, "the memory of a contact is bounded");

/* ---- session_base.c ---- */

/* End the session with this error unless it has ended. Return the error. */
int session_fail(struct session *s, int err);

/* Something moved: both sides have to say anew that they are idle. */
void session_stir(struct session *s);

/* ---- Messages ---- */

/* Begin a message of at most room bytes on a stream: NULL if there is no room for it now. */
uint8_t *message_place(struct session *s, unsigned stream, size_t room);

/* Write its head before a body of size bytes that stands at message_place() + MESSAGE_HEAD, and hand it to the stream.
 */
void message_wrote(struct session *s, unsigned stream, uint8_t type, size_t size);

/* Borrow the next whole message of a stream: 1, 0 if there is none yet, or an error (too large for the stream). */
MUST_CHECK int message_read(struct session *s, unsigned stream, uint8_t *type, const uint8_t **body, size_t *size);

/* ---- A slot ---- */

/* Tell whether it is the pool's, which is the first one where both sides have it. */
static inline bool slot_is_pool(const struct session_slot *slot) {
    return bytes_equal(slot->secret, record_pool, HASH_SIZE);
}

/* The source of a set, which is borrowed. */
struct reconcile_source set_source(struct session_set *set);

/* Key of a slot for a purpose: "reconcile" with the pass, and so on. */
void slot_key(const struct session *s, const uint8_t secret[HASH_SIZE], const char *purpose, uint8_t number,
              uint8_t out[HASH_SIZE]);

/* The digest of this side's set of a slot under the session's key; 0 or an error. */
MUST_CHECK int slot_state(struct session *s, const struct session_slot *slot, uint8_t out[SESSION_STATE_SIZE]);

/* ---- session_hello.c ---- */

void hello_write(struct session *s);
void answer_write(struct session *s);
MUST_CHECK int hello_read(struct session *s, struct reader *in);
MUST_CHECK int answer_read(struct session *s, struct reader *in);

/* ---- session_control.c ---- */

/* Take the messages that have arrived. */
MUST_CHECK int control_recv(struct session *s);

/* Write what is due into the control stream. */
MUST_CHECK int control_send(struct session *s);

/* Return when control_send has something to do that no frame will trigger, or UINT64_MAX. */
uint64_t control_deadline(const struct session *s);

/* So many live records went or came. What queues could not hold is found by a comparison, soon if they were many. */
void session_live(struct session *s, uint64_t count);

/* ---- session_records.c ---- */

/* Write records and chunks into their streams, best first, as long as there is room. */
MUST_CHECK int records_send(struct session *s);

/* Queue a record to be sent ahead of what reconciliation finds. False if the queue is full. */
bool records_queue(struct session *s, unsigned slot, uint64_t item, unsigned way);

/* Queue the newest urgent records that the peer seems to lack. */
MUST_CHECK int records_queue_first(struct session *s);

/* Tell whether the urgent records that go first have left, for the first time at least. */
bool records_first_sent(const struct session *s);

/* Tell whether nothing waits to be sent, what was sent is stored there, and what came is stored here. */
bool records_quiet(struct session *s);

/* Let go of the message that was polled last. */
void records_release(struct session *s);

/* Take the peer's word that so many messages of a record stream are stored. */
MUST_CHECK int records_stored_told(struct session *s, unsigned stream, uint64_t count);

#endif
