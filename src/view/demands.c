/*
 * demands.c: what is demanded, and what has become of it.
 */
#include "view/demands.h"

#include <string.h>

static const uint8_t none[HASH_SIZE];

int demand_item_order(const struct demand_item *a, const struct demand_item *b) {
    return memcmp(a->id, b->id, HASH_SIZE);
}

int demand_step_order(const struct demand_step *a, const struct demand_step *b) {
    int order = memcmp(a->target, b->target, HASH_SIZE);
    if (order == 0) order = memcmp(a->author, b->author, KEY_SIZE);
    if (order == 0) order = a->seq < b->seq ? -1 : a->seq > b->seq;
    return order ? order : memcmp(a->id, b->id, HASH_SIZE);
}

int demand_rank_order(const struct demand_item *a, const struct demand_item *b) {
    bool merged_a = a->state == DEMAND_IS_MERGED, merged_b = b->state == DEMAND_IS_MERGED;
    if (merged_a != merged_b) return merged_a ? 1 : -1;
    if ((a->number > 0) != (b->number > 0)) return a->number > 0 ? -1 : 1;
    if (a->number != b->number) return a->number < b->number ? -1 : 1;
    if (a->support != b->support) return a->support > b->support ? -1 : 1;
    return record_order(a->created, a->id, b->created, b->id);
}

static bool same(const uint8_t a[HASH_SIZE], const uint8_t b[HASH_SIZE]) {
    return memcmp(a, b, HASH_SIZE) == 0;
}

/* The steps of one demand. */
struct work {
    struct demand_item *item;
    struct demand_step *steps;
    size_t count;
};

/* The later of two by coordinators; either may be NULL. */
static struct demand_step *later(struct demand_step *a, struct demand_step *b) {
    if (!a || !b) return a ? a : b;
    if (a->created != b->created) return a->created > b->created ? a : b;
    return memcmp(a->id, b->id, HASH_SIZE) > 0 ? a : b;
}

static bool is_act(const struct demand_step *s, uint8_t type) {
    return s->kind == KIND_DEMAND_ACT && s->type == type;
}

/* Tell whether an id is a wording of the demand. */
static bool is_wording(const struct work *w, const uint8_t id[HASH_SIZE]) {
    if (same(id, w->item->id)) return true;
    for (size_t i = 0; i < w->count; i++)
        if (w->steps[i].kind == KIND_DEMAND && same(w->steps[i].id, id)) return true;
    return false;
}

typedef bool (*step_is)(const struct work *w, const struct demand_step *s);

/* What the coordinators say last: of each what they said last in their own order, of these the later one. */
static struct demand_step *official(const struct work *w, step_is is) {
    struct demand_step *best = NULL, *last = NULL;
    for (size_t i = 0; i < w->count; i++) {
        struct demand_step *s = &w->steps[i];
        if (i > 0 && memcmp(s[-1].author, s->author, KEY_SIZE) != 0) {
            best = later(best, last);
            last = NULL;
        }
        if (s->coordinates && is(w, s)) last = s;
    }
    return later(best, last);
}

/* ---- Words ---- */

static bool gives_words(const struct work *w, const struct demand_step *s) {
    (void)w;
    return s->kind == KIND_DEMAND;
}

static void words_fold(struct work *w) {
    struct demand_step *theirs = official(w, gives_words), *own = NULL;
    w->item->wordings = 1;
    for (size_t i = 0; i < w->count; i++) {
        struct demand_step *s = &w->steps[i];
        bool by_author = memcmp(s->author, w->item->author, KEY_SIZE) == 0;
        if (s->kind != KIND_DEMAND || (!s->coordinates && !by_author)) continue;
        w->item->wordings++;
        if (by_author) own = s; /* in the author's own order */
    }
    struct demand_step *stands = theirs ? theirs : own;
    memcpy(w->item->words, stands ? stands->id : w->item->id, HASH_SIZE);
    if (stands) stands->counts = true;
    if (theirs) w->item->state = DEMAND_WORDED;
}

/* ---- What coordinators say ---- */

static bool gives_number(const struct work *w, const struct demand_step *s) {
    (void)w;
    return is_act(s, DEMAND_NUMBER);
}

static bool merges(const struct work *w, const struct demand_step *s) {
    (void)w;
    return is_act(s, DEMAND_MERGE) || is_act(s, DEMAND_SPLIT);
}

static bool decides(const struct work *w, const struct demand_step *s) {
    return (is_act(s, DEMAND_PUT) || is_act(s, DEMAND_RATIFIED) || is_act(s, DEMAND_REJECTED)) &&
           is_wording(w, s->object);
}

static void decisions_fold(struct work *w) {
    struct demand_step *number = official(w, gives_number), *merge = official(w, merges),
                       *decision = official(w, decides);
    for (size_t i = 0; i < w->count; i++) {
        struct demand_step *s = &w->steps[i];
        if (!s->coordinates || !is_act(s, DEMAND_ANSWERED)) continue;
        s->counts = true;
        w->item->answers++;
    }
    if (number) {
        number->counts = true;
        w->item->number = number->number;
        w->item->state = DEMAND_WORDED;
    }
    if (decision) {
        decision->counts = true;
        memcpy(w->item->decided, decision->object, HASH_SIZE);
        w->item->state = decision->type == DEMAND_PUT        ? DEMAND_IS_PUT
                         : decision->type == DEMAND_RATIFIED ? DEMAND_IS_RATIFIED
                                                             : DEMAND_IS_REJECTED;
    }
    if (merge && merge->type == DEMAND_MERGE) memcpy(w->item->into, merge->object, HASH_SIZE);
}

/* ---- Counting ---- */

/* The last step of those by one author that `is` is about: every step's is told. */
static void support_fold(struct work *w) {
    for (size_t i = 0; i < w->count;) {
        struct demand_step *last = NULL;
        size_t k = i;
        for (; k < w->count && memcmp(w->steps[k].author, w->steps[i].author, KEY_SIZE) == 0; k++)
            if (is_act(&w->steps[k], DEMAND_SUPPORT) || is_act(&w->steps[k], DEMAND_WITHDRAW)) last = &w->steps[k];
        i = k;
        if (!last || last->type == DEMAND_WITHDRAW) continue;
        bool now = same(last->object, w->item->words);
        last->counts = true;
        w->item->support += now;
        w->item->support_earlier += !now;
        w->item->support_roll += now && last->on_roll;
    }
}

static bool same_count(const struct demand_step *a, const struct demand_step *b) {
    return a->way == b->way && a->in_favour == b->in_favour && a->against == b->against &&
           a->abstained == b->abstained && a->present == b->present && a->when == b->when;
}

/* Of two counts that as many tellers give: by what they say, so that no order of coming decides. */
static bool is_before(const struct demand_step *a, const struct demand_step *b) {
    const uint64_t x[] = {a->when, a->in_favour, a->against, a->abstained, a->present, a->way};
    const uint64_t y[] = {b->when, b->in_favour, b->against, b->abstained, b->present, b->way};
    for (size_t i = 0; i < sizeof x / sizeof *x; i++)
        if (x[i] != y[i]) return x[i] > y[i];
    return false;
}

static void tallies_fold(struct work *w) {
    const struct demand_step *tellers[DEMAND_TELLERS_MAX];
    unsigned count = 0;
    for (size_t i = 0; i < w->count;) {
        struct demand_step *last = NULL;
        size_t k = i;
        for (; k < w->count && memcmp(w->steps[k].author, w->steps[i].author, KEY_SIZE) == 0; k++)
            if (w->steps[k].kind == KIND_TALLY && same(w->steps[k].object, w->item->decided)) last = &w->steps[k];
        i = k;
        if (!last || count == DEMAND_TELLERS_MAX) continue;
        last->counts = true;
        tellers[count++] = last;
    }
    for (unsigned i = 0; i < count; i++) {
        uint32_t alike = 0;
        for (unsigned k = 0; k < count; k++) alike += same_count(tellers[i], tellers[k]);
        const struct demand_step *best = w->item->tellers ? &w->steps[w->item->tally] : NULL;
        if (best && (alike < w->item->tellers || (alike == w->item->tellers && !is_before(tellers[i], best)))) continue;
        w->item->tellers = alike;
        w->item->tally = (size_t)(tellers[i] - w->steps);
    }
    w->item->tellers_else = count - w->item->tellers;
    w->item->tally += w->item->first_step;
}

/* ---- Merging ---- */

static struct demand_item *find(struct demand_item *items, size_t count, const uint8_t id[HASH_SIZE]) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = memcmp(items[middle].id, id, HASH_SIZE);
        if (order == 0) return &items[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* Tell whether the way from an item ends: at one that goes into no other. */
static bool merge_ends(struct demand_item *items, size_t count, const struct demand_item *from) {
    const struct demand_item *at = from, *lowest = from;
    for (unsigned steps = 0; steps < DEMAND_MERGES_MAX; steps++) {
        if (same(at->into, none)) return true;
        at = find(items, count, at->into);
        if (!at) return steps > 0; /* the next one is not here: what it goes into is for that one to tell */
        if (at == from) return lowest != from;
        if (memcmp(at->id, lowest->id, HASH_SIZE) < 0) lowest = at;
    }
    return false;
}

void demands_fold(struct demand_item *items, size_t item_count, struct demand_step *steps, size_t step_count) {
    size_t at = 0;
    for (size_t i = 0; i < step_count; i++) steps[i].counts = false;
    for (size_t i = 0; i < item_count; i++) {
        struct demand_item *item = &items[i];
        while (at < step_count && memcmp(steps[at].target, item->id, HASH_SIZE) < 0) at++;
        item->first_step = at;
        while (at < step_count && same(steps[at].target, item->id)) at++;
        item->step_count = at - item->first_step;
        item->state = DEMAND_PROPOSED;
        item->number = item->support = item->support_earlier = item->support_roll = item->answers = 0;
        item->tellers = item->tellers_else = 0;
        item->tally = 0;
        memset(item->decided, 0, HASH_SIZE);
        memset(item->into, 0, HASH_SIZE);
        struct work w = {item, steps + item->first_step, item->step_count};
        words_fold(&w);
        decisions_fold(&w);
        support_fold(&w);
        tallies_fold(&w);
    }
    for (size_t i = 0; i < item_count; i++)
        if (!same(items[i].into, none) && merge_ends(items, item_count, &items[i])) items[i].state = DEMAND_IS_MERGED;
    for (size_t i = 0; i < item_count; i++)
        if (items[i].state != DEMAND_IS_MERGED) memset(items[i].into, 0, HASH_SIZE);
}

bool demand_is_carried(const struct demand_item *item, const struct demand_step *steps) {
    return item->tellers > 0 && item->tellers_else == 0 && steps[item->tally].in_favour > steps[item->tally].against;
}
