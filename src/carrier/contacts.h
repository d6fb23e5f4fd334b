/*
 * contacts.h: all contacts of a node, whatever carries them: one view of the store, one intake, one memory of
 * addresses, and the passing on of what has arrived, from wherever, to every contact but the one that brought it.
 *
 * The set sits on one thread, its loop's, and waits for nothing itself: it asks to be called (wake, busy). Functions
 * are called on that thread unless their comment says otherwise.
 */
#ifndef CARRIER_CONTACTS_H
#define CARRIER_CONTACTS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "carrier/admit.h"
#include "core/limits.h"
#include "core/when.h"
#include "store/store.h"

#define LAN_REFUSALS_MAX 64 /* > the number of errors: refused[] is indexed by -err */

struct contact;
struct contacts;
struct lan_addresses;

struct contacts_config {
    struct store *store;
    pthread_mutex_t *mutex;             /* of the store */
    struct when (*when)(void *context); /* the clock; called about once a second */
    unsigned threads;                   /* that check; 0 for as many as there are processors */
    struct admit_classes classes;       /* called by a thread that stores, which holds the store */
    void (*wake)(void *context);        /* contacts_work is wanted soon. From any thread: must not call back */
    void (*busy)(void *context);        /* contacts_turns is wanted, until it returns false */
    /* The others may be NULL. */
    void (*stored)(void *context);                     /* records have come in and are durable */
    void (*settled)(void *context, struct contact *c); /* both sides are through */
    void *context;
};

/* One contact, without who it is. */
struct contact_state {
    bool http;               /* a page's; else a node's, over TCP */
    bool met, settled;       /* met: the handshake was done; settled: both sides have all */
    uint32_t seconds;        /* since it began */
    uint32_t communities;    /* common ones */
    uint64_t sent, received; /* records; received: stored here as new */
};

struct contacts_counts {
    /* now; those that are dialled and not answered yet are none */
    unsigned contacts, handshaking, settled; /* of nodes, over TCP */
    unsigned phones, phones_settled;         /* of pages, over HTTP, whose handshake is done */
    unsigned state_count;
    struct contact_state states[CONTACTS_MAX];
    uint64_t met;                            /* since the start: handshakes done */
    uint64_t turned_away;                    /* not let in: too many, too quick, held off */
    uint64_t records_out, records_in;        /* sent; stored here as new */
    uint64_t records_known, records_refused; /* that came and were here before, or were refused without blame */
    uint64_t chunks_out, chunks_in;
    uint64_t bytes_out, bytes_in; /* of TCP streams and of bodies */
    /* a second, over the last five */
    uint64_t records_out_rate, records_in_rate, bytes_out_rate, bytes_in_rate;
    unsigned held_off;                  /* addresses */
    uint64_t refused[LAN_REFUSALS_MAX]; /* records refused and contacts ended by blame, by reason */
    unsigned clocks;                    /* peers that told their clock */
    int64_t clock_ahead_seconds;        /* by how much they are ahead of ours: their median */
    /* of the TCP carrier */
    uint64_t dialled, failed; /* since the start; failed: not reached */
    uint64_t contact_bytes;   /* memory of one contact */
    uint16_t port;            /* on which it listens; 0 if it doesn't */
};

/* Make an empty set; config is copied. ERR_MEMORY and those of the store. */
MUST_CHECK int contacts_new(struct contacts **out, const struct contacts_config *config);

/* End all contacts with a goodbye; what has arrived is still stored. Blocks until the checking threads have ended (some
 * milliseconds). Idempotent; nothing may begin afterwards. */
void contacts_stop(struct contacts *set);

/* Free it, when it was stopped and all its contacts are gone. NULL is fine. */
void contacts_free(struct contacts *set);

/* Deal with what the intake reports and what is to be passed on. */
void contacts_work(struct contacts *set);

/* Give every contact that has more to say another turn. Return whether there may be more to do. */
bool contacts_turns(struct contacts *set);

/* About once a second. */
void contacts_tick(struct contacts *set);

/* Records were stored here that came by no contact (written, or out of a pouch), or communities joined: pass them on.
 * From any thread that does not hold the store's mutex, but not after contacts_stop. Cheap. */
void contacts_offer_new(struct contacts *set);

/* Give back the store, which a session may have taken; whoever hands in frames outside of a turn calls it. */
void contacts_rest(struct contacts *set);

/* Turns are wanted: a contact has more to say. */
void contacts_busy(struct contacts *set);

/* What is remembered of addresses. */
struct lan_addresses *contacts_addresses(struct contacts *set);

/* Return how many contacts there are whose handshake is done. */
unsigned contacts_near(const struct contacts *set);

/* Count somebody who was not let in. */
void contacts_turn_away(struct contacts *set);

bool contacts_is_stopping(const struct contacts *set);

/* Fill *out, all but the TCP carrier's. second: a second has passed since the last time that this was said. */
void contacts_count(struct contacts *set, bool second, struct contacts_counts *out);

#endif
