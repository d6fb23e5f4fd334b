/*
 * persons_apart.h: what an import sets apart of entries and notes of the register of people (THREATS.md, rule 7):
 * street addresses, telephone numbers and the like, until somebody drops them, or what they belong to is gone.
 *
 * They are small settings of the store, so they stay on this device, ciphertext as the rest of it: "apart:" ‖ the
 * record's id in base32, a text of lines "field: text"; and "apart", whose they are: ids, one behind the other. The
 * caller holds home_enter.
 */
#ifndef NODE_PERSONS_APART_H
#define NODE_PERSONS_APART_H

#include "store/store.h"

#define PERSONS_APART_MAX 32768                /* records of which something is kept */
#define PERSONS_APART_TEXT_MAX ((size_t)32768) /* bytes of each */

struct person_apart {
    uint8_t id[HASH_SIZE];
    const char *text; /* with a zero */
};

/* Keep some, within a transaction of the caller's. Errors: ERR_LIMIT (more than PERSONS_APART_MAX), ERR_MEMORY, those
 * of the store. */
MUST_CHECK int persons_apart_put(struct store *s, const struct person_apart *list, size_t count);

/* Read what is kept of a record into out, with a zero. Return its size, 0 for nothing, or an error of the store. */
MUST_CHECK int persons_apart_get(struct store *s, const uint8_t id[HASH_SIZE], char out[PERSONS_APART_TEXT_MAX + 1]);

/* Let go what is kept of a record. Errors: those of the store. */
MUST_CHECK int persons_apart_drop(struct store *s, const uint8_t id[HASH_SIZE]);

/* Let go what belongs to records that were dropped, are gone or were taken back, and to notes on such entries; in one
 * transaction. Errors: ERR_MEMORY, those of the store. */
MUST_CHECK int persons_apart_sweep(struct store *s);

/* The same once a day. now: seconds. */
MUST_CHECK int persons_apart_tick(struct store *s, uint64_t now);

#endif
