/*
 * aid.c: who does what.
 */
#include "view/aid.h"

#include <string.h>

int aid_item_order(const struct aid_item *a, const struct aid_item *b) {
    return memcmp(a->id, b->id, HASH_SIZE);
}

int aid_author_order(const struct aid_step *a, const struct aid_step *b) {
    int order = memcmp(a->author, b->author, KEY_SIZE);
    if (order == 0) order = a->seq < b->seq ? -1 : a->seq > b->seq;
    return order ? order : memcmp(a->id, b->id, HASH_SIZE);
}

int aid_step_order(const struct aid_step *a, const struct aid_step *b) {
    int order = memcmp(a->target, b->target, HASH_SIZE);
    return order ? order : aid_author_order(a, b);
}

/* The acts of one entry. */
struct work {
    struct aid_item *item;
    struct aid_step *steps;
    size_t count;
};

static struct work work_of(struct aid_item *item, struct aid_step *steps) {
    return (struct work){item, steps + item->first_step, item->step_count};
}

static bool by_item_author(const struct work *w, const struct aid_step *s) {
    return memcmp(s->author, w->item->author, KEY_SIZE) == 0;
}

static bool is_open(const struct aid_item *item) {
    return item->state != AID_CLOSED && item->state != AID_OVER;
}

/* Whether the entry is closed or over; which take of each author counts as far as that author has a say. */
static void authors_say(struct work *w, uint64_t now) {
    struct aid_step *current = NULL;
    bool closed = false;
    for (size_t i = 0; i < w->count; i++) {
        struct aid_step *s = &w->steps[i];
        if (i > 0 && memcmp(s[-1].author, s->author, KEY_SIZE) != 0) current = NULL;
        s->place = AID_NO_TAKE;
        if (by_item_author(w, s)) {
            if (s->type == AID_DONE || s->type == AID_REOPEN) closed = s->type == AID_DONE;
        } else if (s->type == AID_TAKE) {
            s->place = current ? AID_GIVEN_BACK : AID_SECOND; /* a second one beside the first says nothing new */
            if (!current) current = s;
        } else if (s->type == AID_BACK && current) {
            current->place = AID_GIVEN_BACK;
            current = NULL;
        } else if (s->type == AID_DONE && current) {
            current->place = AID_PART_DONE;
        }
    }
    bool over = w->item->until > 0 && w->item->until < now;
    w->item->state = closed ? AID_CLOSED : over ? AID_OVER : AID_OPEN;
}

static bool is_answer(const struct work *w, const struct aid_step *s) {
    return (s->type == AID_ACCEPT || s->type == AID_REFUSE) && by_item_author(w, s);
}

/* The last word of the entry's author on each take. */
static void author_answers(struct work *w) {
    size_t left = 0;
    for (size_t i = 0; i < w->count; i++) left += is_answer(w, &w->steps[i]);
    for (size_t i = 0; i < w->count; i++) {
        const struct aid_step *answer = &w->steps[i];
        if (!is_answer(w, answer) || left-- > AID_ANSWERS_MAX) continue;
        for (size_t k = 0; k < w->count; k++) {
            struct aid_step *take = &w->steps[k];
            if (memcmp(take->id, answer->take, HASH_SIZE) != 0) continue;
            if (take->place == AID_SECOND || take->place == AID_ACCEPTED || take->place == AID_REFUSED)
                take->place = answer->type == AID_ACCEPT ? AID_ACCEPTED : AID_REFUSED;
        }
    }
}

/* Leave of each key's open takes those that count. */
static void takes_limit(struct aid_step *steps, size_t count, const uint32_t *by_author) {
    unsigned open = 0;
    for (size_t i = 0; i < count; i++) {
        struct aid_step *s = &steps[by_author[i]];
        if (i == 0 || memcmp(steps[by_author[i - 1]].author, s->author, KEY_SIZE) != 0) open = 0;
        if (s->place != AID_SECOND && s->place != AID_ACCEPTED) continue;
        open++;
        if (open > AID_OPEN_TAKES && s->place == AID_SECOND) s->place = AID_TOO_MANY;
    }
}

/* Of two that wait, which is first. */
static bool is_before(const struct work *w, const struct aid_step *a, const struct aid_step *b) {
    uint64_t first = a->created > w->item->created ? a->created : w->item->created,
             second = b->created > w->item->created ? b->created : w->item->created;
    return first != second ? first < second : memcmp(a->id, b->id, HASH_SIZE) < 0;
}

static struct aid_step *next_in_charge(struct work *w) {
    struct aid_step *best = NULL;
    for (size_t i = 0; i < w->count; i++)
        if (w->steps[i].place == AID_SECOND && (!best || is_before(w, &w->steps[i], best))) best = &w->steps[i];
    return best;
}

static void count_places(struct work *w) {
    unsigned in_charge = 0, done = 0;
    w->item->second = 0;
    for (size_t i = 0; i < w->count; i++) {
        in_charge += w->steps[i].place == AID_ACCEPTED || w->steps[i].place == AID_IN_CHARGE;
        done += w->steps[i].place == AID_PART_DONE;
        w->item->second += w->steps[i].place == AID_SECOND;
    }
    w->item->in_charge = (uint8_t)(in_charge > UINT8_MAX ? UINT8_MAX : in_charge);
    w->item->done = (uint8_t)(done > UINT8_MAX ? UINT8_MAX : done);
}

static void charge_give(struct work *w) {
    struct aid_step *next;
    count_places(w);
    while (w->item->in_charge + w->item->done < w->item->helpers && (next = next_in_charge(w))) {
        next->place = AID_IN_CHARGE;
        count_places(w);
    }
    if (!is_open(w->item)) return;
    unsigned all = w->item->in_charge + w->item->done;
    w->item->state = w->item->done >= w->item->helpers ? AID_SAID
                     : all >= w->item->helpers         ? AID_TAKEN
                     : all > 0                         ? AID_PARTLY
                                                       : AID_OPEN;
}

void aid_fold(struct aid_item *items, size_t item_count, struct aid_step *steps, size_t step_count,
              const uint32_t *by_author, uint64_t now) {
    size_t at = 0;
    for (size_t i = 0; i < step_count; i++) steps[i].place = AID_NO_TAKE;
    for (size_t i = 0; i < item_count; i++) {
        struct aid_item *item = &items[i];
        while (at < step_count && memcmp(steps[at].target, item->id, HASH_SIZE) < 0) at++;
        item->first_step = at;
        while (at < step_count && memcmp(steps[at].target, item->id, HASH_SIZE) == 0) at++;
        item->step_count = at - item->first_step;
        struct work w = work_of(item, steps);
        authors_say(&w, now);
        if (is_open(item)) author_answers(&w);
        for (size_t k = 0; k < w.count && !is_open(item); k++)
            if (w.steps[k].place == AID_SECOND) w.steps[k].place = AID_NO_TAKE; /* it binds nobody any more */
    }
    takes_limit(steps, step_count, by_author);
    for (size_t i = 0; i < item_count; i++) {
        struct work w = work_of(&items[i], steps);
        charge_give(&w);
    }
}
