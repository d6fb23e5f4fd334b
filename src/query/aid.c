/*
 * aid.c: the needs and offers of a community, read out of a store.
 */
#include "query/aid.h"

#include <stdlib.h>
#include <string.h>

#include "query/numbers.h"
#include "store/freezes.h"

static void item_take(struct aid_board *b, const struct store_record *from) {
    const struct record *r = &from->record;
    struct aid aid;
    if (aid_decode(&aid, r)) return;
    struct aid_item *item = &b->items[b->item_count++];
    *item = (struct aid_item){.num = from->num,
                              .created = r->created,
                              .until = aid.until,
                              .type = aid.type,
                              .what = aid.what,
                              .urgency = r->urgency,
                              .helpers = aid.helpers};
    memcpy(item->id, r->id, HASH_SIZE);
    memcpy(item->author, r->author, KEY_SIZE);
}

static void step_take(struct aid_board *b, const struct store_record *from) {
    const struct record *r = &from->record;
    struct aid_act act;
    if (aid_act_decode(&act, r)) return;
    struct aid_step *step = &b->steps[b->step_count++];
    *step = (struct aid_step){.num = from->num, .seq = r->seq, .created = r->created, .type = act.type};
    memcpy(step->id, r->id, HASH_SIZE);
    memcpy(step->author, r->author, KEY_SIZE);
    memcpy(step->target, act.target, HASH_SIZE);
    if (act.take) memcpy(step->take, act.take, HASH_SIZE);
}

static int records_read(struct aid_board *b, const struct numbers *nums, struct store *s) {
    struct store_record found;
    struct store_apart apart;
    uint8_t *room = malloc(RECORD_SIZE_MAX);
    b->items = malloc((nums->count + 1) * sizeof *b->items);
    b->steps = malloc((nums->count + 1) * sizeof *b->steps);
    int err = room && b->items && b->steps ? 0 : ERR_MEMORY;
    for (size_t i = 0; i < nums->count && !err; i++) {
        err = store_get_num(s, nums->list[i], room, &found);
        if (err || store_is_apart(s, &found.record, &apart)) continue;
        if (found.record.kind == KIND_AID)
            item_take(b, &found);
        else
            step_take(b, &found);
    }
    free(room);
    return err;
}

static int by_item(const void *a, const void *b) {
    return aid_item_order(a, b);
}

static int by_step(const void *a, const void *b) {
    return aid_step_order(a, b);
}

static int by_author(const void *a, const void *b) {
    return aid_author_order(*(const struct aid_step *const *)a, *(const struct aid_step *const *)b);
}

static int fold(struct aid_board *b, uint64_t now) {
    const struct aid_step **order = malloc((b->step_count + 1) * sizeof *order);
    uint32_t *places = malloc((b->step_count + 1) * sizeof *places);
    int err = order && places ? 0 : ERR_MEMORY;
    if (!err) {
        if (b->item_count > 0) qsort(b->items, b->item_count, sizeof *b->items, by_item);
        if (b->step_count > 0) qsort(b->steps, b->step_count, sizeof *b->steps, by_step);
        for (size_t i = 0; i < b->step_count; i++) order[i] = &b->steps[i];
        if (b->step_count > 0) qsort(order, b->step_count, sizeof *order, by_author);
        for (size_t i = 0; i < b->step_count; i++) places[i] = (uint32_t)(order[i] - b->steps);
        aid_fold(b->items, b->item_count, b->steps, b->step_count, places, now);
    }
    free(order);
    free(places);
    return err;
}

int aid_board_read(struct aid_board *out, struct store *s, const uint8_t community[HASH_SIZE], uint64_t now) {
    struct numbers nums;
    memset(out, 0, sizeof *out);
    int err = numbers_gather(&nums, s, community, now, KIND_AID, KIND_AID_ACT);
    if (!err) err = records_read(out, &nums, s);
    if (!err) err = fold(out, now);
    numbers_free(&nums);
    return err;
}

void aid_board_free(struct aid_board *b) {
    free(b->items);
    free(b->steps);
    memset(b, 0, sizeof *b);
}

const struct aid_item *aid_board_item(const struct aid_board *b, const uint8_t id[HASH_SIZE]) {
    struct aid_item key;
    if (b->item_count == 0) return NULL;
    memcpy(key.id, id, HASH_SIZE);
    return bsearch(&key, b->items, b->item_count, sizeof *b->items, by_item);
}
