/*
 * network.h: how it stands with the points around, as the command and the page tell it: counts and words, nobody's name
 * or address.
 */
#ifndef NODE_NETWORK_H
#define NODE_NETWORK_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "carrier/discovery.h"
#include "carrier/lan.h"

/* A clock that differs from the neighbours' by more than this is worth a word. */
#define NETWORK_CLOCK_SECONDS 120

struct network {
    struct contacts_counts lan;
    bool discovering;
    struct discovery_counts discovery;  /* zeros without */
    const char *problem;                /* what discovery says (a message of the catalogue), or NULL */
    uint64_t refused[LAN_REFUSALS_MAX]; /* those of lan that are not in the store's own count yet (refusals.h) */
};

enum network_state {
    NETWORK_NOBODY,  /* no contact */
    NETWORK_MOVING,  /* something is being exchanged, or compared */
    NETWORK_SETTLED, /* every contact has all that this node has, and the other way round */
};

enum network_state network_state(const struct network *n);

/* Points in contact: those whose handshake is done. */
unsigned network_near(const struct network *n);

/* Records that go and come in a second. */
uint64_t network_rate(const struct network *n);

/* By how many minutes the neighbours' clocks are ahead of ours (negative: behind); 0 if that is no matter. */
int64_t network_clock_minutes(const struct network *n);

/* The object "network" of status; the array "peers", an object for each contact. NULL if memory is out. */
json_t *network_json(const struct network *n);
json_t *network_peers_json(const struct network *n);

#endif
