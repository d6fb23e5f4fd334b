/*
 * pins.c: which messages are pinned.
 */
#include "view/pins.h"

#include <string.h>

int pin_act_order(const struct pin_act *a, const struct pin_act *b) {
    return memcmp(a->id, b->id, HASH_SIZE);
}

int pin_act_newest(const struct pin_act *a, const struct pin_act *b) {
    return record_order(b->created, b->id, a->created, a->id);
}

static struct pin_act *find(struct pin_act *acts, size_t count, const uint8_t id[HASH_SIZE]) {
    size_t lo = 0, hi = count;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (memcmp(acts[mid].id, id, HASH_SIZE) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < count && memcmp(acts[lo].id, id, HASH_SIZE) == 0 ? &acts[lo] : NULL;
}

void pins_fold(struct pin_act *acts, size_t count) {
    for (size_t i = 0; i < count; i++) acts[i].stands = acts[i].type == PIN_SET;
    for (size_t i = 0; i < count; i++)
        for (unsigned k = 0; acts[i].type == PIN_END && k < acts[i].count; k++) {
            struct pin_act *ended = find(acts, count, acts[i].targets[k]);
            if (ended) ended->stands = false;
        }
}
