/*
 * demanded.h: the demands of a group of this home (query/demands.h).
 */
#ifndef NODE_DEMANDED_H
#define NODE_DEMANDED_H

#include "node/home.h"
#include "query/demands.h"

/* Read them; demand_board_free forgets, whatever comes back. In a closed group the roll is its members, if no
 * coordinator made one. The caller holds home_enter. Errors as demand_board_read, those of closed_look. */
MUST_CHECK int demanded_read(struct demand_board *out, struct home *home, const struct charter *charter, uint64_t now);

#endif
