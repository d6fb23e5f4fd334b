/*
 * passed.c: what the coordinators of a group passed for everybody.
 */
#include "node/passed.h"

#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "node/demanded.h"
#include "node/pinned.h"
#include "query/message.h"
#include "store/freezes.h"

struct passing {
    struct passed *out;
    struct home *home;
    uint64_t now;
    uint8_t *room, *other;
};

static struct passed_item *item_add(struct passed *p, const char *text, size_t size) {
    struct passed_item *more = realloc(p->list, (p->count + 1) * sizeof *more);
    if (!more) return NULL;
    p->list = more;
    struct passed_item *item = &p->list[p->count];
    memset(item, 0, sizeof *item);
    item->text = malloc(size + 1);
    if (!item->text) return NULL;
    if (size > 0) memcpy(item->text, text, size);
    item->text[size] = '\0';
    p->count++;
    return item;
}

static bool is_there(const struct passed *p, const uint8_t id[HASH_SIZE]) {
    for (size_t i = 0; i < p->count; i++)
        if (memcmp(p->list[i].id, id, HASH_SIZE) == 0) return true;
    return false;
}

/* A pinned message, in the words that its correction gave it; of one that passes another on, the words of that one. */
static int message_add(struct passing *g, const uint8_t id[HASH_SIZE]) {
    struct store_record found, correction;
    struct store_apart apart;
    struct text text, inner;
    struct record forwarded;
    if (is_there(g->out, id)) return 0; /* two coordinators pinned it */
    int err = store_get(g->home->store, id, g->room, &found);
    if (err == ERR_NOT_FOUND) return 0;
    if (err) return err;
    if (found.retracted || !found.record.body || store_is_apart(g->home->store, &found.record, &apart)) return 0;
    int corrected = message_correction(g->home->store, &found.record, g->now, g->other, &correction);
    if (corrected < 0) return corrected;
    if (text_decode(&text, corrected > 0 ? &correction.record : &found.record)) return 0;
    if (text.forwarded && text.size == 0 && record_decode(&forwarded, text.forwarded, text.forwarded_size) == 0 &&
        text_decode(&inner, &forwarded) == 0)
        text = inner;
    struct passed_item *item = item_add(g->out, text.text, text.size);
    if (!item) return ERR_MEMORY;
    memcpy(item->id, id, HASH_SIZE);
    memcpy(item->place, text.place, sizeof item->place);
    item->created = found.record.created;
    item->urgency = found.record.urgency;
    return 0;
}

static int demand_add(struct passing *g, const struct demand_item *from) {
    struct store_record found;
    struct demand demand;
    if (from->number == 0 || from->state == DEMAND_IS_MERGED) return 0;
    int err = store_get(g->home->store, from->words, g->room, &found);
    if (err) return err == ERR_NOT_FOUND ? 0 : err;
    if (demand_decode(&demand, &found.record)) return 0;
    struct passed_item *item = item_add(g->out, demand.text, demand.size);
    if (!item) return ERR_MEMORY;
    memcpy(item->id, from->id, HASH_SIZE);
    item->created = from->created;
    item->number = from->number;
    item->state = from->state;
    return 0;
}

static int by_weight(const void *a, const void *b) {
    const struct passed_item *x = a, *y = b;
    if ((x->number > 0) != (y->number > 0)) return x->number > 0 ? 1 : -1;
    if (x->number != y->number) return x->number < y->number ? -1 : 1;
    if (x->urgency != y->urgency) return x->urgency > y->urgency ? -1 : 1;
    return record_order(y->created, y->id, x->created, x->id);
}

int passed_read(struct passed *out, struct home *home, const struct charter *charter, uint64_t now) {
    struct passing g = {.out = out, .home = home, .now = now};
    struct pins pins = {0};
    struct demand_board board = {0};
    memset(out, 0, sizeof *out);
    g.room = malloc(RECORD_SIZE_MAX);
    g.other = malloc(RECORD_SIZE_MAX);
    int err = g.room && g.other ? store_freezes_refresh(home->store) : ERR_MEMORY;
    if (!err) err = pinned_read(&pins, home, charter, now);
    for (size_t i = 0; !err && i < pins.count && out->count < PASSED_MAX; i++)
        err = message_add(&g, pins.list[i].targets[0]);
    size_t messages = out->count;
    if (!err) err = demanded_read(&board, home, charter, now);
    for (size_t i = 0; !err && i < board.item_count && out->count < messages + PASSED_MAX; i++)
        err = demand_add(&g, &board.items[i]);
    if (out->count > 1) qsort(out->list, out->count, sizeof *out->list, by_weight);
    pins_free(&pins);
    demand_board_free(&board);
    free(g.room);
    free(g.other);
    return err;
}

void passed_free(struct passed *p) {
    for (size_t i = 0; i < p->count; i++) free(p->list[i].text);
    free(p->list);
    memset(p, 0, sizeof *p);
}
