/*
 * lan.h: contacts with other nodes over TCP: a listener, dialling, and one session (core/session.h) a connection.
 *
 * Everything runs on the caller's loop and thread, but for checking and storing what arrives (carrier/intake.h), which
 * have threads of their own. The store's mutex is taken for short stretches. Functions are called on the loop's thread
 * unless their comment says otherwise.
 *
 * What a peer can cost is bounded: at most LAN_CONTACTS_MAX contacts and LAN_CONTACTS_OF_ONE from one address (an IPv6
 * /64), LAN_CONTACT_MEMORY bytes each; connections that come too quickly, and those from an address that has broken the
 * rules lately, are closed before any memory is spent on them. doc/architecture.md shows the threads, doc/protocol.md
 * ("Over TCP") the bytes.
 */
#ifndef CARRIER_LAN_H
#define CARRIER_LAN_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <uv.h>

#include "carrier/contacts.h"
#include "core/when.h"
#include "store/store.h"

#define LAN_WHY_SIZE 256

struct lan;

/* How a contact ended, and what it moved. Borrowed for the call. */
struct lan_ended {
    const struct sockaddr *address; /* the peer's; of one that was dialled, as it was given to lan_dial */
    bool dialled, met, settled;     /* met: the handshake was done; settled: at the end both sides had all */
    /*
     * ERR_END: with a goodbye. ERR_NET: nobody could be reached. ERR_LINK: the connection broke. ERR_SILENT: no answer
     * in time. ERR_INTERRUPTED: lan_stop. Others: the peer broke a rule or a budget (blamed), or this node failed.
     */
    int err;
    bool blamed;
    unsigned communities; /* common ones */
    uint64_t sent, received, chunks_out, chunks_in;
    uint64_t bytes_out, bytes_in; /* of the TCP stream */
    uint64_t round_trips;
    double seconds; /* since it was accepted or dialled */
};

struct lan_config {
    struct store *store;
    pthread_mutex_t *mutex;             /* of the store */
    struct when (*when)(void *context); /* the clock; called on the loop's thread about once a second */
    /* Something happened; both may be NULL. Called on the loop's thread, not from within a call of this module. */
    void (*ended)(void *context, const struct lan_ended *ended);
    void (*stored)(void *context); /* records have come in and are durable */
    /* Tell whether a connection that came in at this address of ours is wanted; NULL: all are. Called within accepting
     * it: it must not call this module. */
    bool (*accepts)(void *context, const struct sockaddr *own);
    void *context;                 /* of all four */
    const struct sockaddr *listen; /* where to listen; NULL: all addresses, LAN_PORT or, if that is taken, any port */
    bool no_listen;                /* only dial */
    bool no_blobs;                 /* do not ask for chunks */
    unsigned threads;              /* that check; 0 for as many as there are processors */
    struct admit_classes classes;  /* called by a thread that stores, which holds the store */
    /* Budgets of one contact; 0 for the default, UINT64_MAX for none. work: multiplications in GF(2^40). */
    uint64_t bytes_in_max, records_in_max, work_max;
    /* When a settled contact is ended by who dialled it, so that the next one has fresh keys and budgets; 0 for the
     * default. */
    uint64_t contact_ms_max;
};

/*
 * Start. loop stays borrowed until stopped has been called; config is copied, listen not kept. sodium_init must have
 * been called. Errors: ERR_MEMORY, ERR_NET (it cannot listen there). why (or NULL) receives a sentence for people.
 */
MUST_CHECK int lan_start(struct lan **out, uv_loop_t *loop, const struct lan_config *config, char why[LAN_WHY_SIZE]);

/*
 * Stop: contacts end with a goodbye and are told to ended as ERR_INTERRUPTED; what has arrived is still stored. Blocks
 * until the checking threads have ended (some milliseconds), the handles close within the next turns of the loop; then
 * lan is freed and stopped (may be NULL) is called. NULL is fine (stopped isn't called).
 */
void lan_stop(struct lan *lan, void (*stopped)(void *context), void *context);

/*
 * Connect. The outcome is told to ended. is_wanted: a person asked for this peer, so a hold-off doesn't count. Errors,
 * after which ended is not called: ERR_LIMIT (too many contacts), ERR_BUSY (the address is held off), ERR_NET,
 * ERR_MEMORY.
 */
MUST_CHECK int lan_dial(struct lan *lan, const struct sockaddr *address, bool is_wanted);

/* Tell how many contacts there are with this address, whatever the port: those that are being dialled, and those of
 * which something came within the last LAN_ALIVE_MS. */
unsigned lan_contacts_with(const struct lan *lan, const struct sockaddr *address);

/* Addresses or networks of this device have changed: end contacts whose own address is gone, as ERR_LINK. It is looked
 * for once a second anyway. */
void lan_network_changed(struct lan *lan);

/* A node at this address has just come, or come back: ask contacts with it for a sign of life. Of one from before its
 * system knows nothing any more and says so at once; one that TCP is stuck with is ended. */
void lan_probe(struct lan *lan, const struct sockaddr *address);

/* Return the port on which it listens, 0 if it doesn't. */
uint16_t lan_port(const struct lan *lan);

/* Records were stored here that did not come by this module (written, or out of a pouch), or communities joined: pass
 * them on. From any thread that does not hold the store's mutex, but not after lan_stop. Cheap. */
void lan_offer_new(struct lan *lan);

/* Tell the counts, as of at most a second ago. From any thread, but not after lan_stop. Names nobody. */
void lan_counts(struct lan *lan, struct contacts_counts *out);

/* Return the set that its contacts are in, for other carriers on the same loop. It lives as long as lan, and stops with
 * it. */
struct contacts *lan_set(struct lan *lan);

/* ---- One contact, blocking ---- */

struct lan_meeting {
    const char *host, *port; /* as a person gives them; port NULL: LAN_PORT */
    unsigned seconds_max;    /* without anything that moved; 0: 60 */
    /* Asked about ten times a second: whether to give up. May be NULL. */
    bool (*cancelled)(void *context, const struct lan_ended *so_far);
    void *context;
};

/*
 * Meet one node until both have what the other has, on a loop of its own; from any thread. config: store, mutex, when
 * (called on this thread), budgets. *out tells what was moved, also after an error; its address is NULL. Errors, each
 * with a sentence in why: ERR_NET (host unknown, connection refused), ERR_SILENT, ERR_LINK, ERR_NOT_FOUND (no community
 * in common), ERR_INTERRUPTED, ERR_END (the peer said goodbye before both were through), and what a session ends with.
 */
MUST_CHECK int lan_meet(const struct lan_meeting *meeting, const struct lan_config *config, struct lan_ended *out,
                        char why[LAN_WHY_SIZE]);

#endif
