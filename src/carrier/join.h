/*
 * join.h: take an invitation into a store.
 */
#ifndef CARRIER_JOIN_H
#define CARRIER_JOIN_H

#include "core/invite.h"
#include "core/when.h"
#include "store/store.h"

/*
 * Join the community of an invitation that was decoded without an error, and store the message that it brings; one
 * whose time is over is left out. Return 1 if a message is there now, 0 if not, or an error of the store.
 */
MUST_CHECK int join_store(struct store *store, const struct charter *charter, const struct record *charter_record,
                          const struct invite_message *message, struct when when);

#endif
