/*
 * pfif_sample_util.h: random entries and notes of PFIF, every field of which is in order.
 */
#ifndef TEST_EXCHANGE_PFIF_SAMPLE_UTIL_H
#define TEST_EXCHANGE_PFIF_SAMPLE_UTIL_H

#include "exchange/pfif.h"
#include "test/property_util.h"

struct pfif_sample {
    struct pfif_person person; /* both borrow room */
    struct pfif_note note;
    size_t used;
    char room[RECORD_SIZE_MAX];
};

/* Fill *out with an entry of this number: with its mandatory fields and any others, a placeholder now and then. */
void pfif_sample_person(struct rng *g, struct pfif_sample *out, unsigned number);

/* Fill *out with a note on the entry of this number. */
void pfif_sample_note(struct rng *g, struct pfif_sample *out, unsigned number);

#endif
