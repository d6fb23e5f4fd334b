/*
 * pins.h: what is pinned in a community, read out of a store and folded (view/pins.h).
 */
#ifndef QUERY_PINS_H
#define QUERY_PINS_H

#include "query/coordinates.h"
#include "store/store.h"
#include "view/pins.h"

struct pins {
    size_t count;
    struct pin_act *list; /* those that stand, the newest first; a message may be pinned by several */
};

/* Read them; pins_free forgets, whatever comes back. What a freeze sets apart as of the last refresh is left out.
 * Errors: ERR_MEMORY, those of the store. */
MUST_CHECK int pins_read(struct pins *out, struct store *s, const uint8_t community[HASH_SIZE], uint64_t now,
                         query_coordinates coordinates, void *context);
void pins_free(struct pins *p);

/* Tell whether a message is pinned. */
bool pins_have(const struct pins *p, const uint8_t id[HASH_SIZE]);

#endif
