/*
 * pins.c: what is pinned in a community.
 */
#include "query/pins.h"

#include <stdlib.h>
#include <string.h>

#include "query/numbers.h"
#include "store/freezes.h"

static int by_id(const void *a, const void *b) {
    return pin_act_order(a, b);
}

static int by_newest(const void *a, const void *b) {
    return pin_act_newest(a, b);
}

static void act_take(struct pins *out, const struct record *r, int type) {
    struct pin_act *act = &out->list[out->count++];
    memset(act, 0, sizeof *act);
    memcpy(act->id, r->id, HASH_SIZE);
    act->type = (uint8_t)type;
    act->created = r->created;
    act->count = r->ref_count;
    for (unsigned i = 0; i < r->ref_count; i++) memcpy(act->targets[i], r->refs[i].id, HASH_SIZE);
}

int pins_read(struct pins *out, struct store *s, const uint8_t community[HASH_SIZE], uint64_t now,
              query_coordinates coordinates, void *context) {
    struct store_record found;
    struct store_apart apart;
    struct numbers nums;
    uint8_t *room = malloc(RECORD_SIZE_MAX);
    memset(out, 0, sizeof *out);
    int err = numbers_gather(&nums, s, community, now, KIND_PIN, KIND_PIN);
    if (!err && !room) err = ERR_MEMORY;
    if (!err) out->list = malloc((nums.count + 1) * sizeof *out->list);
    if (!err && !out->list) err = ERR_MEMORY;
    for (size_t i = 0; !err && i < nums.count; i++) {
        err = store_get_num(s, nums.list[i], room, &found);
        int type = err ? 0 : pin_decode(&found.record);
        if (type > 0 && coordinates(context, found.record.author) && !store_is_apart(s, &found.record, &apart))
            act_take(out, &found.record, type);
    }
    numbers_free(&nums);
    free(room);
    if (err || out->count == 0) return err;
    qsort(out->list, out->count, sizeof *out->list, by_id);
    pins_fold(out->list, out->count);
    size_t kept = 0;
    for (size_t i = 0; i < out->count; i++)
        if (out->list[i].stands) out->list[kept++] = out->list[i];
    out->count = kept;
    if (kept > 1) qsort(out->list, kept, sizeof *out->list, by_newest);
    return 0;
}

void pins_free(struct pins *p) {
    free(p->list);
    memset(p, 0, sizeof *p);
}

bool pins_have(const struct pins *p, const uint8_t id[HASH_SIZE]) {
    for (size_t i = 0; i < p->count; i++)
        if (memcmp(p->list[i].targets[0], id, HASH_SIZE) == 0) return true;
    return false;
}
