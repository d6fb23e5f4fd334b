/*
 * lan_internal.h: what the files of the LAN carrier share.
 *
 *   lan.c           life, dialling, the other threads' side
 *   lan_listen.c    the listener, and who is turned away
 *   lan_contact.c   one contact (contact.h): bytes to frames and back
 *   lan_gone.c      ending contacts that are none any more
 *   lan_meet.c      one contact, blocking
 */
#ifndef CARRIER_LAN_INTERNAL_H
#define CARRIER_LAN_INTERNAL_H

#include "carrier/contact.h"
#include "carrier/lan.h"
#include "carrier/lan_frames.h"

#define READ_ROOM (64 * 1024) /* one buffer for all contacts */

/* Its phase is CONTACT_NEW while it is dialled. */
struct lan_contact {
    struct contact contact; /* first: a pointer to it is one to this */
    struct lan *lan;
    uv_tcp_t tcp;
    uv_timer_t timer;
    uv_connect_t connect;
    uv_write_t write;
    struct sockaddr_storage address;
    bool dialled, writing;
    bool quiet;        /* its end is told to nobody: it was turned away */
    uint64_t heard_ms; /* when the last bytes came, or it began */
    uint64_t writing_ms;
    uint64_t timer_ms;       /* when the timer fires; 0: not set */
    size_t out_at, out_size; /* of out: what the system did not take yet */
    struct lan_memory *memory;
};

/* What a contact needs while it runs. */
struct lan_memory {
    struct lan_frames frames;
    uint8_t out[LAN_PREFIX_SIZE + CHANNEL_FRAME_MAX];
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
    struct contacts *set;
    struct lan_contact *contacts[LAN_CONTACTS_MAX];
    uint64_t dialled, failed;
    pthread_mutex_t counts_mutex;
    struct contacts_counts counts; /* as of the last tick; guarded */
    void (*stopped)(void *context);
    void *stopped_context;
    /* of lan_meet: told when both sides are through */
    void (*settled)(void *context, struct lan_contact *c);
    void *settled_context;
    uint8_t read[READ_ROOM];
};

/* Bytes of one contact, all in all. */
size_t lan_contact_size(void);

/* ---- lan.c ---- */

/* Make a contact with its handles in a free place. NULL: no place, or no memory. */
struct lan_contact *lan_contact_new(struct lan *lan);

/* Count the contacts with an address. */
unsigned lan_contacts_of(const struct lan *lan, const struct lan_key *key);

/* A handle of lan itself has closed. */
void lan_on_close(uv_handle_t *handle);

/* A contact is over: free it, and the lan if it was the last of one that stops. */
void lan_contact_gone(struct contact *contact);

/* Count; once a second the rates too. */
void lan_count(struct lan *lan, bool second);

/* ---- lan_listen.c ---- */

MUST_CHECK int lan_listen(struct lan *lan, char why[LAN_WHY_SIZE]);

/* ---- lan_contact.c ---- */

extern const struct contact_carrier lan_carrier;

/* Wait for a connection, but not for long. */
void lan_contact_dialling(struct lan_contact *c);

/* Begin the session of a connection that stands. Ends the contact if that fails. */
void lan_contact_begin(struct lan_contact *c);

/* Fill what lan_ended tells. */
void lan_contact_tell(const struct lan_contact *c, struct lan_ended *out);

#endif
