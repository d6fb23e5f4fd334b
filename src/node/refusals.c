/*
 * refusals.c: an array of 64-bit counters under one name. It never leaves the machine, so it is kept in its byte order.
 */
#include "node/refusals.h"

#include <string.h>

#define NAME "refused"

void refusals_get(struct store *store, uint64_t counts[REFUSALS_COUNT]) {
    size_t size = REFUSALS_COUNT * sizeof *counts;
    if (store_meta_get(store, NAME, (uint8_t *)counts, size) != (int)size) memset(counts, 0, size);
}

int refusals_add(struct store *store, const uint64_t counts[REFUSALS_COUNT]) {
    uint64_t sums[REFUSALS_COUNT];
    bool any = false;
    refusals_get(store, sums);
    for (size_t i = 0; i < REFUSALS_COUNT; i++) {
        any |= counts[i] > 0;
        sums[i] += counts[i];
    }
    return any ? store_meta_set(store, NAME, (const uint8_t *)sums, sizeof sums) : 0;
}

json_t *refusals_counts_json(const uint64_t counts[REFUSALS_COUNT]) {
    json_t *o = json_object();
    for (int i = 1; o && i < REFUSALS_COUNT; i++)
        if (counts[i] > 0) json_object_set_new(o, err_name(-i), json_integer((json_int_t)counts[i]));
    return o;
}

const char *refusals_text(const char *name) {
    for (int i = 1; i < REFUSALS_COUNT; i++)
        if (strcmp(err_name(-i), name) == 0) return err_text(-i);
    return err_text(-REFUSALS_COUNT);
}
