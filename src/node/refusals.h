/*
 * refusals.h: how many records were refused so far, by reason; kept in the store's settings.
 */
#ifndef NODE_REFUSALS_H
#define NODE_REFUSALS_H

#include <jansson.h>

#include "store/store.h"

#define REFUSALS_COUNT 64 /* indexed by -err */

/* Add counts to those that are kept. The caller holds home_enter. Errors: those of the store. */
MUST_CHECK int refusals_add(struct store *store, const uint64_t counts[REFUSALS_COUNT]);

/* Get the counts that are kept; zeros if there are none. The caller holds home_enter. */
void refusals_get(struct store *store, uint64_t counts[REFUSALS_COUNT]);

/* Return the English text of a reason's name. */
const char *refusals_text(const char *name);

/* Make an object of reason (err_name) and number, without zeros; NULL if memory is out. */
json_t *refusals_counts_json(const uint64_t counts[REFUSALS_COUNT]);

#endif
