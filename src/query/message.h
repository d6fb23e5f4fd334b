/*
 * message.h: what is to be shown of a message besides its own record: asked of a store, decided by the views.
 */
#ifndef QUERY_MESSAGE_H
#define QUERY_MESSAGE_H

#include "store/store.h"

/*
 * Find the correction of a message that counts (view/correction.h), into room (RECORD_SIZE_MAX bytes) and *out. What a
 * freeze sets apart, as of the last refresh, does not count. Return 1, 0 if there is none, or an error of the store.
 */
MUST_CHECK int message_correction(struct store *s, const struct record *first, uint64_t now,
                                  uint8_t room[RECORD_SIZE_MAX], struct store_record *out);

/*
 * Tell whether a record is a correction that takes the place of a message that is here, visible or taken back: it is
 * shown there, and not by itself. *first, which may be NULL, receives that message's id. Return 1, 0, or an error of
 * the store, ERR_MEMORY.
 */
MUST_CHECK int message_is_inside(struct store *s, const struct record *r, uint8_t first[HASH_SIZE]);

#endif
