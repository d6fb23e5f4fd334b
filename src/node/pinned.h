/*
 * pinned.h: what coordinators have pinned in a group of this home (query/pins.h).
 */
#ifndef NODE_PINNED_H
#define NODE_PINNED_H

#include "node/home.h"
#include "query/pins.h"

/* Read it; pins_free forgets. The caller holds home_enter and has refreshed the freezes. Errors as pins_read, those of
 * closed_look. */
MUST_CHECK int pinned_read(struct pins *out, struct home *home, const struct charter *charter, uint64_t now);

/* Pin a message for all, or end all pins of it. *id receives the record. ERR_CHARTER: the person coordinates nothing
 * here; ERR_NOT_FOUND: it is no message, or not pinned; others as compose_made. The caller holds home_enter. */
MUST_CHECK int pinned_set(struct home *home, const uint8_t message[HASH_SIZE], bool pinned, uint64_t now,
                          uint8_t id[HASH_SIZE]);

#endif
