/*
 * lan_internal.h: what the files of the LAN carrier share.
 *
 *   lan.c           life, dialling, the other threads' side
 *   lan_listen.c    the listener, and who is turned away
 *   lan_contact.c   one contact: bytes to frames to its session, events to the intake, and back
 *   lan_count.c     counts and rates
 *   lan_offer.c     passing on what is new
 *   lan_gone.c      ending contacts that are none any more
 *   lan_meet.c      one contact, blocking
 */
#ifndef CARRIER_LAN_INTERNAL_H
#define CARRIER_LAN_INTERNAL_H

#include <stdatomic.h>

#include "carrier/intake.h"
#include "carrier/lan.h"
#include "carrier/lan_address.h"
#include "carrier/lan_frames.h"
#include "carrier/session_store.h"
#include "core/session.h"

#define READ_ROOM (64 * 1024) /* one buffer for all contacts */
#define RATE_SECONDS 5
#define LAN_ARRIVALS 128 /* arrivals looked at in one turn, to be passed on */

enum contact_phase {
    CONTACT_DIALLING,
    CONTACT_RUNNING,
    CONTACT_ENDING /* its connection closes; what it brought may not be stored yet */
};

struct lan_contact {
    struct lan *lan;
    uv_tcp_t tcp;
    uv_timer_t timer;
    uv_connect_t connect;
    uv_write_t write;
    unsigned handles; /* open */
    enum contact_phase phase;
    struct sockaddr_storage address;
    struct lan_key key;
    bool dialled, met, settled, writing, blamed;
    bool quiet; /* its end is told to nobody: it was turned away */
    bool told;  /* the intake has counted why it ends */
    bool just_settled;
    bool more; /* has more to say than fitted into its turn */
    int err;
    uint64_t heard_ms; /* when the last bytes came, or it began */
    uint64_t started_ms, moved_ms, writing_ms;
    uint64_t began_us;       /* the thread's time when this turn began; 0: not yet */
    uint64_t timer_ms;       /* when the timer fires; 0: not set */
    struct session *session; /* NULL before and after */
    struct session_view *view;
    struct intake_contact *intake;
    struct session_status status; /* as it was last */
    uint64_t records_in, chunks_in, bytes_out, bytes_in;
    size_t out_at, out_size; /* of out: what the system did not take yet */
    struct lan_memory *memory;
};

/* What a contact needs while it runs. */
struct lan_memory {
    struct lan_frames frames;
    uint8_t out[LAN_PREFIX_SIZE + CHANNEL_FRAME_MAX];
};

/* What moved, over all contacts. */
struct lan_sums {
    uint64_t met, records_out, chunks_out, bytes_out, bytes_in;
};

/* A record that has arrived, from wherever. */
struct lan_arrival {
    int64_t num;
    uint8_t id[HASH_SIZE];
    uint64_t item;
    int handle; /* of its community, or an error */
};

struct lan_rates {
    uint64_t records_out, records_in, bytes_out, bytes_in;
};

struct lan {
    struct lan_config config;
    uv_loop_t *loop;
    uv_tcp_t listener;
    uv_async_t wake;
    uv_timer_t tick;
    uv_idle_t turns; /* runs while a contact has more to say */
    bool listening, stopping;
    unsigned handles;
    uint16_t port;
    struct session_store *store;
    struct intake *intake;
    struct lan_addresses *addresses;
    struct when when;
    uint64_t when_ms; /* when that was asked for */
    struct lan_contact *contacts[LAN_CONTACTS_MAX];
    unsigned next_turn;
    int64_t offered; /* records up to this number were offered */
    unsigned communities;
    atomic_bool offer;
    struct lan_sums over; /* of contacts that have ended */
    uint64_t dialled, failed, turned_away, refused[LAN_REFUSALS_MAX];
    struct lan_rates marks[RATE_SECONDS + 1];
    unsigned mark_count;
    pthread_mutex_t counts_mutex;
    struct lan_counts counts; /* as of the last tick; guarded */
    void (*stopped)(void *context);
    void *stopped_context;
    /* of lan_meet: told when both sides are through */
    void (*settled)(void *context, struct lan_contact *c);
    void *settled_context;
    uint8_t read[READ_ROOM];
    /* lan_offer's, which is on this loop's thread like all else; another lan may run on another */
    unsigned arrival_count;
    struct lan_arrival arrivals[LAN_ARRIVALS];
    uint8_t record[RECORD_SIZE_MAX];
};

/* Bytes of one contact, all in all. */
size_t lan_contact_size(void);

/* The time of the contact's session. */
uint64_t lan_now_ms(void);

/* ---- lan.c ---- */

/* Make a contact with its handles in a free place. NULL: no place, or no memory. */
struct lan_contact *lan_contact_new(struct lan *lan);

/* Count the contacts with an address. */
unsigned lan_contacts_of(const struct lan *lan, const struct lan_key *key);

/* Give every contact that has more to say another turn. */
void lan_turns_run(uv_idle_t *idle);

/* A handle of lan itself has closed. */
void lan_on_close(uv_handle_t *handle);

/* A contact is over: free it, and the lan if it was the last of one that stops. */
void lan_contact_gone(struct lan_contact *c);

/* ---- lan_listen.c ---- */

MUST_CHECK int lan_listen(struct lan *lan, char why[LAN_WHY_SIZE]);

/* ---- lan_contact.c ---- */

/* Wait for a connection, but not for long. */
void lan_contact_dialling(struct lan_contact *c);

/* Begin the session of a connection that stands. Ends the contact if that fails. */
void lan_contact_begin(struct lan_contact *c);

/* Let it say what it has to say, and take what has come; then give back the store. */
void lan_contact_turn(struct lan_contact *c);

/* End it. blamed: it broke the rules. Idempotent. */
void lan_contact_end(struct lan_contact *c, int err, bool blamed);

/* Say goodbye, as far as that goes without waiting, and end it. */
void lan_contact_goodbye(struct lan_contact *c, int err);

/* Some of what it brought is dealt with. */
void lan_contact_report(struct lan_contact *c, const struct intake_report *report);

/* If it is ending and nothing is left to wait for, it is gone. */
void lan_contact_settle_end(struct lan_contact *c);

/* Fill what lan_ended tells. */
void lan_contact_tell(const struct lan_contact *c, struct lan_ended *out);

/* ---- lan_count.c ---- */

/* Count the same as before, and once a second the rates. */
void lan_count(struct lan *lan, bool second);

/* ---- lan_offer.c ---- */

/* Offer what has arrived to all contacts but the one that brought it. Return whether there is more to do. */
bool lan_offer(struct lan *lan);

#endif
