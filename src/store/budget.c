/*
 * budget.c: bring what a store holds within its budget (core/budget.h): count all that was seen, share the pool, then
 * drop what is beyond its share, in slices.
 *
 * Nothing is counted while there is room: a look costs two walks over what was seen (some 0.5 µs a record), and one in
 * sixteen of the pool has come before the next begins. What a look drops leaves a ghost that bears its charge, so that
 * the next one counts it as well, and decides as if all that was ever seen came at once.
 */
#include <stdlib.h>

#include "core/check.h"
#include "store/store_ops.h"

#define ENTRIES (1u << 17) /* authors that are told apart: 5 MiB while a look is under way */
#define SLICE 64           /* read at a time: what is dropped must not be under a walk */
#define DROP_STEPS 64      /* what dropping one counts as */

struct store_pass {
    struct budget budget;
    struct store_way way;
    bool shared; /* all is counted */
    struct store_blob_cost *blobs;
    size_t blob_count;
    struct budget_entry entries[ENTRIES];
};

_Static_assert(ENTRIES >= BUDGET_ENTRIES_MIN, "enough authors");

/* What a look leaves of the pool: the rest is room until the next. */
static uint64_t target(const struct store *s) {
    return s->budget.pool_bytes - s->budget.pool_bytes / 8;
}

/* Tell whether to look: there is too much, or what was decided once is to be decided again. */
static bool is_due(const struct store *s) {
    uint64_t pool = s->budget.pool_bytes, some = pool / 64;
    if (pool == 0) return false;
    if (s->charges.bytes > pool - pool / 16 && s->arrived > some) return true;
    if (s->spared && s->arrived == UINT64_MAX) return true;
    return s->charges.dropped > 0 && s->arrived > s->budget.settle_bytes;
}

bool store_budget_is_pending(const struct store *s) {
    return s->pass || (s->spared && s->budget.pool_bytes > 0) || is_due(s);
}

void store_budget_end(struct store *s) {
    if (s->pass) free(s->pass->blobs);
    free(s->pass);
    s->pass = NULL;
}

static int pass_begin(struct store *s) {
    struct store_pass *p = calloc(1, sizeof *p);
    if (!p) return ERR_MEMORY;
    s->pass = p;
    s->arrived = 0;
    s->spared = false;
    budget_begin(&p->budget, target(s), p->entries, ENTRIES);
    int err = s->ops->budget_blobs(s, &p->blobs, &p->blob_count);
    if (err) store_budget_end(s);
    return err;
}

/* What hangs on a record beside its own bytes. */
static uint64_t blob_bytes(const struct store_pass *p, int64_t num) {
    size_t low = 0, high = p->blob_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (p->blobs[middle].num < num)
            low = middle + 1;
        else
            high = middle;
    }
    uint64_t sum = 0;
    for (; num > 0 && low < p->blob_count && p->blobs[low].num == num; low++) sum += p->blobs[low].bytes;
    return sum;
}

/* Drop a record for a ghost that bears its charge. */
static int drop(struct store *s, const struct store_charged *one) {
    s->charge_queue = one->queue;
    s->charge_ghost = one->bytes << 1 | one->urgent;
    int err = s->ops->ghost(s, s->pass->way.community_id, one->id, one->expiry_day, one->created);
    s->charge_queue = s->charge_ghost = 0;
    s->charges.dropped += err == 0;
    return err;
}

/* What has just come is passed on before it goes: whoever is in contact may have room for it. The next look judges it.
 */
static bool is_spared(struct store *s, const struct store_charged *one) {
    bool has_room = s->charges.bytes <= s->budget.pool_bytes;
    bool may = s->spare == SPARE_FRESH || (s->spare == SPARE_WITH_ROOM && has_room);
    bool fresh = may && one->num > s->ops->newest_num(s) - BUDGET_FRESH;
    s->spared = s->spared || fresh;
    return fresh;
}

/* Deal with one that was seen. Return 1 if it was dropped. */
static int charged(struct store *s, struct store_charged *one) {
    struct store_pass *p = s->pass;
    uint64_t queue = one->pinned ? 0 : one->queue;
    if (queue == 0 && one->num == 0) return 0; /* it was refused, not dropped */
    one->bytes += blob_bytes(p, one->num);
    if (!p->shared) {
        budget_count(&p->budget, queue, one->bytes + BUDGET_RECORD_COST, one->urgent);
        return 0;
    }
    bool keep = budget_keep(&p->budget, queue, one->bytes + BUDGET_RECORD_COST, one->urgent);
    if (keep || one->num == 0 || is_spared(s, one)) return 0;
    int err = drop(s, one);
    return err ? err : 1;
}

/* The walk has come to its end: share, or be done. */
static void turn(struct store *s) {
    struct store_pass *p = s->pass;
    if (p->shared) {
        store_budget_end(s);
        return;
    }
    budget_share(&p->budget);
    p->shared = true;
    p->way = (struct store_way){.begun = false};
}

/* Go on with a look until so many steps are used up, or, if there is too much, until there is not, or it ends. */
static int look(struct store *s, unsigned steps) {
    struct store_charged rows[SLICE];
    const uint64_t pool = s->budget.pool_bytes;
    bool over = s->charges.bytes > pool; /* then others wait for it */
    unsigned used = 0;
    int dropped = 0;
    while (s->pass && (used < steps || (over && s->charges.bytes > pool))) {
        int count = s->ops->budget_walk(s, &s->pass->way, rows, SLICE);
        if (count < 0) return count;
        if (count == 0) turn(s);
        for (int i = 0; i < count; i++) {
            int one = charged(s, &rows[i]);
            if (one < 0) return one;
            dropped += one;
            used += one > 0 ? DROP_STEPS : 1;
        }
        used++;
    }
    return dropped;
}

int store_budget_step(struct store *s, unsigned steps) {
    int dropped = 0;
    for (unsigned i = 0; i < 2; i++) { /* what came while one went on, the next one counts */
        if (!s->pass && is_due(s)) {
            int err = pass_begin(s);
            if (err) return err;
        }
        int some = s->pass ? look(s, steps) : 0;
        if (some < 0) return some;
        dropped += some;
        if (s->pass || s->charges.bytes <= s->budget.pool_bytes) break;
        if (s->spared) { /* there is no room for that */
            s->spare = SPARE_WITH_ROOM;
            s->arrived = UINT64_MAX;
        }
    }
    return dropped;
}
