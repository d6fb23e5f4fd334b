/*
 * numbers.h: which records of some kinds a community has: their numbers in the store, for a view that reads them.
 */
#ifndef QUERY_NUMBERS_H
#define QUERY_NUMBERS_H

#include "store/store.h"

struct numbers {
    int64_t *list; /* owned */
    size_t count, room;
};

/* Gather the records of the kinds from first to last that have their bodies, were not taken back and do not lie ahead
 * of now, in no order; numbers_free forgets, whatever comes back. Errors: ERR_MEMORY, those of the store. */
MUST_CHECK int numbers_gather(struct numbers *out, struct store *s, const uint8_t community[HASH_SIZE], uint64_t now,
                              uint32_t first, uint32_t last);
void numbers_free(struct numbers *n);

#endif
