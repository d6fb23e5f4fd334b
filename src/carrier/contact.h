/*
 * contact.h: one contact, whatever carries its bytes: its session, the store as the session sees it, and the intake
 * that takes what it brings; what it may cost, and why it ended.
 *
 * A carrier (lan_*, http_*) puts a struct contact into its own, hands in frames as they come and takes frames out:
 *
 *   contact_init → contact_begin → (contact_recv …) → contact_turn_begin → contact_send … → contact_turn_end → …
 *     → contact_end → ended → (its links close, what it brought is stored) → contact_settle_end → gone
 *
 * Everything runs on the thread of its set (contacts.h).
 */
#ifndef CARRIER_CONTACT_H
#define CARRIER_CONTACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "carrier/intake.h"
#include "carrier/lan_address.h"
#include "carrier/session_store.h"
#include "core/session.h"

struct contact;
struct contacts;

enum contact_phase {
    CONTACT_NEW, /* no session yet */
    CONTACT_RUNNING,
    CONTACT_ENDING /* its links close; what it brought may not be stored yet */
};

/* What a carrier does for its contacts. */
struct contact_carrier {
    bool http; /* else TCP */
    /* It may have something to say: give it a turn. */
    void (*turn)(struct contact *c);
    /* Its session has said goodbye: send what it says, as far as that goes without waiting. */
    void (*goodbye)(struct contact *c);
    /* Its session is over: close the links, and call contact_settle_end when they are closed, not before. */
    void (*ended)(struct contact *c);
    /* Nothing waits for it any more, and it is out of its set: free it. */
    void (*gone)(struct contact *c);
};

struct contact {
    struct contacts *set;
    const struct contact_carrier *carrier;
    struct contact *next, **link; /* in the set */
    unsigned links;               /* open ones of the carrier */
    enum contact_phase phase;
    struct lan_key key;
    bool initiator, met, settled, blamed;
    bool told; /* the intake has counted why it ends */
    bool just_settled;
    bool more; /* has more to say than fitted into its turn */
    int err;
    uint64_t started_ms, moved_ms;
    uint64_t began_us; /* the thread's time when this turn began; 0: not yet */
    uint64_t sent;     /* when this turn began */
    int came;          /* in this turn, or an error */
    uint64_t dropped_max;
    struct session *session; /* NULL before and after */
    struct session_view *view;
    struct intake_contact *intake;
    struct session_status status; /* as it was last */
    uint64_t records_in, chunks_in;
    uint64_t bytes_out, bytes_in; /* of the carrier, which counts them */
};

/* What a contact may cost. */
struct contact_limits {
    uint32_t keepalive_ms;
    bool no_blobs;                                   /* do not ask for chunks */
    uint64_t bytes_in_max, records_in_max, work_max; /* as in session_config; 0: none */
    uint64_t dropped_max;                            /* frames that cannot be opened; more is ERR_SEAL. 0: any number */
};

/* The time of all sessions. */
uint64_t contact_now_ms(void);

/* Bytes of one contact beside the carrier's. */
size_t contact_size(void);

/* Make it one of a set; the rest of *c is the caller's and stays. */
void contact_init(struct contact *c, struct contacts *set, const struct contact_carrier *carrier);

/* Begin its session with the peer of this address. ERR_MEMORY: then the caller ends it. */
MUST_CHECK int contact_begin(struct contact *c, const struct lan_key *key, bool initiator,
                             const struct contact_limits *limits, uint64_t now_ms);

/* Take a frame. An error ends the session with the turn that follows. */
MUST_CHECK int contact_recv(struct contact *c, const uint8_t *frame, size_t size, uint64_t now_ms);

/*
 * A turn: hand what has come to the intake, as far as that has room; then the carrier asks for frames with
 * contact_send; then give back the store, and look what the turn left behind, which may end the contact. Between the
 * two only the carrier's own is done. contact_turn_begin returns whether there is anything to ask for.
 */
bool contact_turn_begin(struct contact *c, uint64_t now_ms);
void contact_turn_end(struct contact *c, uint64_t now_ms);

/* Write the next frame to out (CHANNEL_FRAME_MAX bytes). Return its size, or 0 if there is nothing to say now. */
size_t contact_send(struct contact *c, uint8_t *out, uint64_t now_ms);

/* Let the session's time pass: to be called before a turn. */
void contact_expire(struct contact *c, uint64_t now_ms);

/* End it. blamed: it broke the rules. Idempotent. */
void contact_end(struct contact *c, int err, bool blamed);

/* Say goodbye, as far as that goes without waiting, and end it. */
void contact_goodbye(struct contact *c, int err);

/* Some of what it brought is dealt with. */
void contact_report(struct contact *c, const struct intake_report *report);

/* If it is ending and nothing is left to wait for, it is gone. */
void contact_settle_end(struct contact *c);

#endif
