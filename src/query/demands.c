/*
 * demands.c: the demands of a community, read out of a store.
 */
#include "query/demands.h"

#include <stdlib.h>
#include <string.h>

#include "query/numbers.h"
#include "store/freezes.h"

struct reading {
    struct demand_board *board;
    query_coordinates coordinates;
    void *context;
    uint64_t roll_created;
    uint8_t roll_id[HASH_SIZE];
    bool has_roll;
};

static int roll_put(struct demand_board *b, const uint8_t *keys, size_t count) {
    uint8_t(*copy)[KEY_SIZE] = malloc((count + 1) * sizeof *copy);
    if (!copy) return ERR_MEMORY;
    if (keys && count > 0) memcpy(copy, keys, count * sizeof *copy);
    free(b->roll.keys);
    b->roll.keys = copy;
    b->roll.count = count;
    return 0;
}

static int roll_take(struct reading *g, const struct record *r) {
    struct demand_roll roll;
    if (demand_roll_decode(&roll, r) || !g->coordinates(g->context, r->author)) return 0;
    if (g->has_roll && record_order(r->created, r->id, g->roll_created, g->roll_id) <= 0) return 0;
    g->has_roll = true;
    g->roll_created = r->created;
    memcpy(g->roll_id, r->id, HASH_SIZE);
    memcpy(g->board->roll.title, roll.title, sizeof roll.title);
    return roll_put(g->board, roll.keys, roll.count);
}

static struct demand_step *step_begin(struct reading *g, const struct store_record *from, const uint8_t *target,
                                      const uint8_t *object) {
    const struct record *r = &from->record;
    struct demand_step *s = &g->board->steps[g->board->step_count++];
    *s = (struct demand_step){.num = from->num,
                              .seq = r->seq,
                              .created = r->created,
                              .kind = r->kind,
                              .coordinates = g->coordinates(g->context, r->author)};
    memcpy(s->id, r->id, HASH_SIZE);
    memcpy(s->author, r->author, KEY_SIZE);
    memcpy(s->target, target, HASH_SIZE);
    if (object) memcpy(s->object, object, HASH_SIZE);
    return s;
}

static void wording_take(struct reading *g, const struct store_record *from) {
    const struct record *r = &from->record;
    struct demand demand;
    if (demand_decode(&demand, r)) return;
    if (demand.of) {
        (void)step_begin(g, from, demand.of, NULL);
        return;
    }
    struct demand_item *item = &g->board->items[g->board->item_count++];
    *item = (struct demand_item){.num = from->num, .created = r->created};
    memcpy(item->id, r->id, HASH_SIZE);
    memcpy(item->author, r->author, KEY_SIZE);
}

static int record_take(struct reading *g, const struct store_record *from) {
    const struct record *r = &from->record;
    struct demand_act act;
    struct demand_tally tally;
    struct demand_step *s;
    switch (r->kind) {
    case KIND_DEMAND: wording_take(g, from); return 0;
    case KIND_DEMAND_ACT:
        if (demand_act_decode(&act, r)) return 0;
        s = step_begin(g, from, act.target, act.object);
        s->type = act.type;
        s->number = act.number;
        return 0;
    case KIND_TALLY:
        if (demand_tally_decode(&tally, r)) return 0;
        s = step_begin(g, from, tally.target, tally.object);
        s->way = tally.way;
        s->in_favour = tally.in_favour;
        s->against = tally.against;
        s->abstained = tally.abstained;
        s->present = tally.present;
        s->when = tally.when;
        return 0;
    case KIND_ROLL: return roll_take(g, r);
    default: return 0;
    }
}

static int records_read(struct reading *g, const struct numbers *nums, struct store *s) {
    struct store_record found;
    struct store_apart apart;
    uint8_t *room = malloc(RECORD_SIZE_MAX);
    g->board->items = malloc((nums->count + 1) * sizeof *g->board->items);
    g->board->steps = malloc((nums->count + 1) * sizeof *g->board->steps);
    int err = room && g->board->items && g->board->steps ? 0 : ERR_MEMORY;
    for (size_t i = 0; i < nums->count && !err; i++) {
        err = store_get_num(s, nums->list[i], room, &found);
        if (!err && !store_is_apart(s, &found.record, &apart)) err = record_take(g, &found);
    }
    free(room);
    return err;
}

static int by_item(const void *a, const void *b) {
    return demand_item_order(a, b);
}

static int by_step(const void *a, const void *b) {
    return demand_step_order(a, b);
}

static int by_key(const void *a, const void *b) {
    return memcmp(a, b, KEY_SIZE);
}

bool demand_board_asks(const struct demand_board *b, const uint8_t key[KEY_SIZE]) {
    return b->roll.count > 0 && bsearch(key, b->roll.keys, b->roll.count, KEY_SIZE, by_key);
}

int demand_board_read(struct demand_board *out, struct store *s, const uint8_t community[HASH_SIZE], uint64_t now,
                      query_coordinates coordinates, void *context, const uint8_t (*members)[KEY_SIZE],
                      size_t member_count) {
    struct reading g = {.board = out, .coordinates = coordinates, .context = context};
    struct numbers nums;
    memset(out, 0, sizeof *out);
    int err = numbers_gather(&nums, s, community, now, KIND_DEMAND, KIND_ROLL);
    if (!err) err = records_read(&g, &nums, s);
    if (!err && !g.has_roll) err = roll_put(out, members ? members[0] : NULL, member_count);
    numbers_free(&nums);
    if (err) return err;
    for (size_t i = 0; i < out->step_count; i++) out->steps[i].on_roll = demand_board_asks(out, out->steps[i].author);
    if (out->item_count > 0) qsort(out->items, out->item_count, sizeof *out->items, by_item);
    if (out->step_count > 0) qsort(out->steps, out->step_count, sizeof *out->steps, by_step);
    demands_fold(out->items, out->item_count, out->steps, out->step_count);
    return 0;
}

void demand_board_free(struct demand_board *b) {
    free(b->items);
    free(b->steps);
    free(b->roll.keys);
    memset(b, 0, sizeof *b);
}

const struct demand_item *demand_board_item(const struct demand_board *b, const uint8_t id[HASH_SIZE]) {
    struct demand_item key;
    if (b->item_count == 0) return NULL;
    memcpy(key.id, id, HASH_SIZE);
    return bsearch(&key, b->items, b->item_count, sizeof *b->items, by_item);
}
