/*
 * network_watch.h: be told when something about the interfaces may have changed. What it is now is asked by
 * interfaces_list; what was lost in between, for however short a time, is told here. One file for each system.
 */
#ifndef CARRIER_NETWORK_WATCH_H
#define CARRIER_NETWORK_WATCH_H

#include <stdbool.h>
#include <uv.h>

#include "core/err.h"

struct network_watch;

struct network_watch_events {
    /* The interface stopped running, went away, or lost an address that counts (see interfaces.h). changed follows. */
    void (*interrupted)(void *context, unsigned index);
    /* Something changed, or may have: at most once in 20 ms. */
    void (*changed)(void *context);
    void *context;
};

/*
 * Start; the first call of changed comes from the loop at once. Where the system tells nothing by itself, changed comes
 * every five seconds. Errors: ERR_MEMORY.
 */
MUST_CHECK int network_watch_start(struct network_watch **out, uv_loop_t *loop,
                                   const struct network_watch_events *events);

/* Call changed soon. */
void network_watch_poke(struct network_watch *w);

/* Tell whether changes are only looked for every five seconds. */
bool network_watch_is_polling(const struct network_watch *w);

/* Tell whether the machine has slept (suspend) for some seconds since this was asked last. */
bool network_watch_slept(struct network_watch *w);

/*
 * Tell whether the interface is a port of a bridge or a part of a bond: what comes in there comes in on the bridge, so
 * it is of no use by itself. False if the system doesn't tell.
 */
bool network_is_port(unsigned index);

/* No more calls; w is freed and stopped called once the handles are closed. */
void network_watch_stop(struct network_watch *w, void (*stopped)(void *context), void *context);

#endif
