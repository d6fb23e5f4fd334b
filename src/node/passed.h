/*
 * passed.h: what the coordinators of a group passed for everybody: messages that they pinned, in the words that stand
 * now, and demands that they gave a number. Nothing else is read aloud or hung on a wall.
 */
#ifndef NODE_PASSED_H
#define NODE_PASSED_H

#include "node/home.h"
#include "view/demands.h"

struct passed_item {
    uint8_t id[HASH_SIZE];
    uint64_t created;
    uint8_t urgency; /* of a message */
    uint32_t number; /* of a demand, 0 of a message */
    uint8_t state;   /* of a demand: enum demand_state */
    char place[TEXT_PLACE_MAX + 1];
    char *text; /* owned, with a final zero; perhaps empty */
};

struct passed {
    size_t count;
    struct passed_item *list; /* messages, the most urgent and newest first, then demands by their numbers */
};

#define PASSED_MAX 200

/* Read it, at most PASSED_MAX messages and as many demands; passed_free forgets, whatever comes back. The caller holds
 * home_enter. Errors: ERR_MEMORY, those of the store, of closed_look. */
MUST_CHECK int passed_read(struct passed *out, struct home *home, const struct charter *charter, uint64_t now);
void passed_free(struct passed *p);

#endif
