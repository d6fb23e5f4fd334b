/*
 * aid.h: the needs and offers of a community, read out of a store and folded (view/aid.h).
 */
#ifndef QUERY_AID_H
#define QUERY_AID_H

#include "store/store.h"
#include "view/aid.h"

struct aid_board {
    size_t item_count, step_count;
    struct aid_item *items; /* by id; num is the record's number in the store */
    struct aid_step *steps; /* by (target, author, seq, id) */
};

/*
 * Read all entries and acts that are visible at now, without what a freeze sets apart as of the last refresh. To be
 * freed by aid_board_free, whatever comes back. Errors: ERR_MEMORY, those of the store.
 */
MUST_CHECK int aid_board_read(struct aid_board *out, struct store *s, const uint8_t community[HASH_SIZE], uint64_t now);
void aid_board_free(struct aid_board *b);

/* Return an entry, or NULL. */
const struct aid_item *aid_board_item(const struct aid_board *b, const uint8_t id[HASH_SIZE]);

#endif
