/*
 * dial_plan.h: whom a node dials, and when.
 *
 * Two kinds of targets: names, which a person gave (--peer), looked up anew for every round and dialled address by
 * address until one answers; and nodes that discovery has heard. A target that fails waits for a growing, slightly
 * random pause. A heard one that is to dial us is left alone for PEERS_WAIT_MS, and all that are in contact anyway are
 * passed over; they are forgotten PEERS_HEARD_MS after discovery last told of them.
 *
 * The plan does nothing by itself: time, chance and what is in contact come in as arguments. Times are milliseconds of
 * one clock that only goes forward. The names and the table of what was heard are all its memory.
 */
#ifndef NODE_DIAL_PLAN_H
#define NODE_DIAL_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "core/err.h"
#include "core/limits.h"

enum dial_state {
    DIAL_FREE, /* of a heard one: the place is empty */
    DIAL_WAITS,
    DIAL_LOOKS_UP,  /* a name */
    DIAL_IN_CONTACT /* or dialled */
};

struct dial_target {
    enum dial_state state;
    unsigned tries;                  /* that failed since the last contact that was one */
    uint64_t due_ms;                 /* when to do something, if it waits */
    struct sockaddr_storage address; /* of a name: the one that was dialled last */
};

struct dial_name {
    struct dial_target target;
    unsigned count, next; /* addresses found; the next one to dial */
    struct sockaddr_storage found[PEERS_NAMED_ADDRESSES_MAX];
};

struct dial_heard {
    struct dial_target target;
    uint64_t heard_ms;
    bool we_connect;
};

struct dial_plan {
    uint32_t (*random)(void);
    /* Tell how many contacts there are with this host, whatever the port, that are alive or being dialled. */
    unsigned (*contacts_with)(void *context, const struct sockaddr *address);
    void *context;
    unsigned name_count;
    struct dial_name names[PEERS_NAMED_MAX];
    struct dial_heard heard[PEERS_HEARD_MAX];
    uint64_t dialled_ms[PEERS_DIALS_MAX]; /* a ring: when the last ones were dialled, plus 1; 0: never */
    unsigned dialled_next;
};

enum dial_what { DIAL_NOTHING, DIAL_LOOK_UP, DIAL_CONNECT };

struct dial_step {
    enum dial_what what;
    unsigned name;                   /* to look up, and then dial_plan_found */
    bool is_wanted;                  /* by a person */
    struct sockaddr_storage address; /* to connect to, and then dial_plan_failed, or later dial_plan_ended */
};

/* How a contact ended. */
struct dial_end {
    const struct sockaddr *address;
    bool dialled, met, settled, blamed;
    double seconds;
};

/* Begin with so many names (at most PEERS_NAMED_MAX), all due at once. */
void dial_plan_init(struct dial_plan *p, unsigned name_count, uint64_t now_ms);

/* A node was heard of; we_connect as in discovery.h. */
void dial_plan_heard(struct dial_plan *p, const struct sockaddr *address, bool we_connect, uint64_t now_ms);

/* Return what is to be done now; it counts as begun. Call until it is DIAL_NOTHING. */
struct dial_step dial_plan_next(struct dial_plan *p, uint64_t now_ms);

/* Return when dial_plan_next will have something to say, or UINT64_MAX. */
uint64_t dial_plan_due(const struct dial_plan *p, uint64_t now_ms);

/* A name was looked up: add an address to those it has; after the last one (NULL) it is dialled, or, without any, has
 * failed. */
void dial_plan_found(struct dial_plan *p, unsigned name, const struct sockaddr *address, uint64_t now_ms);

/* An address that was to be dialled could not even be tried. */
void dial_plan_failed(struct dial_plan *p, const struct sockaddr *address, uint64_t now_ms);

/* A contact has ended, whoever began it. */
void dial_plan_ended(struct dial_plan *p, const struct dial_end *end, uint64_t now_ms);

/* A network has appeared or changed: what waits for a pause to pass is tried at once. */
void dial_plan_hurry(struct dial_plan *p, uint64_t now_ms);

#endif
