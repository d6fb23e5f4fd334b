/*
 * contacts_internal.h: what the files of the set of contacts share.
 *
 *   contact.c         one contact
 *   contacts.c        the set: reports, turns, the tick
 *   contacts_offer.c  passing on what is new
 *   contacts_count.c  counts and rates
 */
#ifndef CARRIER_CONTACTS_INTERNAL_H
#define CARRIER_CONTACTS_INTERNAL_H

#include <stdatomic.h>

#include "carrier/contact.h"
#include "carrier/contacts.h"

#define RATE_SECONDS 5
#define ARRIVALS_MAX 128 /* looked at in one turn, to be passed on */

/* What moved, over contacts that have ended. */
struct contacts_sums {
    uint64_t met, records_out, chunks_out, bytes_out, bytes_in;
};

/* A record that has arrived, from wherever. */
struct contacts_arrival {
    int64_t num;
    uint8_t id[HASH_SIZE];
    uint64_t item;
    int handle; /* of its community, or an error */
    bool sealed;
};

struct contacts_rates {
    uint64_t records_out, records_in, bytes_out, bytes_in;
};

struct contacts {
    struct contacts_config config;
    struct contact *list;
    struct session_store *store;
    struct intake *intake;
    struct lan_addresses *addresses;
    struct when when;
    uint64_t when_ms; /* when that was asked for */
    bool stopping;
    int64_t offered;      /* records up to this number were offered */
    unsigned communities; /* that peers are told of */
    atomic_bool offer;
    struct contacts_sums over;
    uint64_t turned_away, refused[LAN_REFUSALS_MAX];
    struct contacts_rates marks[RATE_SECONDS + 1], rates;
    unsigned mark_count;
    /* contacts_offer's */
    unsigned arrival_count;
    struct contacts_arrival arrivals[ARRIVALS_MAX];
    uint8_t record[RECORD_SIZE_MAX];
};

/* Ask for the clock. */
void contacts_clock(struct contacts *set);

/* Offer what has arrived to all contacts but the one that brought it. Return whether there is more to do. */
bool contacts_offer(struct contacts *set);

#endif
