/*
 * persons.c: the register of people. Sets of linked entries are kept as a forest in `set` (Galler and Fischer): the
 * lower place is the root, so the same set has the same root whatever came first.
 */
#include "view/persons.h"

#include <string.h>

int person_item_order(const struct person_item *a, const struct person_item *b) {
    return memcmp(a->id, b->id, HASH_SIZE);
}

static int number_order(uint64_t a, uint64_t b) {
    return a < b ? -1 : a > b;
}

int person_step_order(const struct person_step *a, const struct person_step *b) {
    int order = memcmp(a->target, b->target, HASH_SIZE);
    if (order == 0) order = memcmp(a->author, b->author, KEY_SIZE);
    if (order == 0) order = memcmp(a->voice, b->voice, PERSON_VOICE_SIZE);
    if (order == 0) order = number_order(a->said_at, b->said_at);
    if (order == 0) order = number_order(a->seq, b->seq);
    return order ? order : memcmp(a->id, b->id, HASH_SIZE);
}

int person_tie_order(const struct person_tie *a, const struct person_tie *b) {
    int order = memcmp(a->one, b->one, HASH_SIZE);
    if (order == 0) order = memcmp(a->other, b->other, HASH_SIZE);
    if (order == 0) order = memcmp(a->author, b->author, KEY_SIZE);
    if (order == 0) order = number_order(a->seq, b->seq);
    return order ? order : memcmp(a->id, b->id, HASH_SIZE);
}

/* ---- What is said ---- */

static bool same_author(const struct person_step *a, const struct person_step *b) {
    return memcmp(a->author, b->author, KEY_SIZE) == 0;
}

static bool same_voice(const struct person_step *a, const struct person_step *b) {
    return same_author(a, b) && memcmp(a->voice, b->voice, PERSON_VOICE_SIZE) == 0;
}

static bool is_own_voice(const struct person_step *s) {
    static const uint8_t own[PERSON_VOICE_SIZE];
    return memcmp(s->voice, own, PERSON_VOICE_SIZE) == 0;
}

/* Of each voice the last status counts. */
static void places_give(const struct person_item *item, struct person_step *steps) {
    const struct person_step *later = NULL; /* the one that counts of the voice of the step before */
    for (size_t i = item->step_count; i-- > 0;) {
        struct person_step *s = &steps[i];
        if (later && !same_voice(later, s)) later = NULL;
        if (item->self && s->self && memcmp(s->author, item->author, KEY_SIZE) != 0) {
            s->place = PERSON_NOT_SELF;
        } else if (s->status == PERSON_INFORMATION) {
            s->place = PERSON_TELLS;
        } else {
            s->place = later ? PERSON_EARLIER : PERSON_COUNTS;
            if (!later) later = s;
        }
    }
}

/* Of each status an author counts once. */
static void authors_count(struct person_item *item, const struct person_step *steps) {
    unsigned said = 0; /* a bit for each status that the author says */
    for (size_t i = 0; i < item->step_count; i++) {
        const struct person_step *s = &steps[i];
        if (i == 0 || !same_author(s - 1, s)) said = 0;
        if (s->place != PERSON_COUNTS) continue;
        if (!(said & 1u << s->status)) item->said[s->status]++;
        said |= 1u << s->status;
        if (s->status == PERSON_DEAD && (s->ground == PERSON_SAW || s->ground == PERSON_PAPER)) item->strong = true;
    }
}

static void expiry_find(struct person_item *item, const struct person_step *steps) {
    const uint64_t life = (uint64_t)PERSON_DAYS * DAY_SECONDS;
    item->expiry = item->until ? item->until : item->created + life;
    for (size_t i = 0; i < item->step_count; i++) {
        const struct person_step *s = &steps[i];
        bool own = memcmp(s->author, item->author, KEY_SIZE) == 0 && is_own_voice(s);
        bool renews = (own || s->renews) && s->place != PERSON_NOT_SELF;
        if (renews && s->created + life > item->expiry) item->expiry = s->created + life;
    }
}

/* What is said of somebody who isn't dead. */
static uint8_t state_alive(const struct person_item *item) {
    static const uint8_t certain[] = {PERSON_DETAINED, PERSON_HURT, PERSON_SAFE};
    unsigned kinds = 0;
    uint8_t state = item->said[PERSON_BELIEVED_ALIVE] ? PERSON_BELIEVED_ALIVE : PERSON_LOOKED_FOR;
    for (unsigned i = 0; i < sizeof certain; i++) {
        if (item->said[certain[i]] == 0) continue;
        state = certain[i];
        kinds++;
    }
    return kinds > 1 ? PERSON_DIFFERENT : state;
}

static void state_find(struct person_item *item, uint64_t now) {
    bool alive = item->said[PERSON_SAFE] > 0 || item->said[PERSON_BELIEVED_ALIVE] > 0;
    if (item->expiry <= now)
        item->state = PERSON_EXPIRED;
    else if (item->said[PERSON_DEAD] == 0)
        item->state = state_alive(item);
    else
        item->state = item->said[PERSON_DEAD] >= 2 && item->strong && !alive ? PERSON_DEAD : PERSON_ASK;
}

/* ---- Links ---- */

static uint32_t root_of(struct person_item *items, uint32_t place) {
    while (items[place].set != place) {
        items[place].set = items[items[place].set].set; /* halve the way for whoever asks next */
        place = items[place].set;
    }
    return place;
}

static uint32_t place_of(const struct person_item *items, size_t count, const uint8_t id[HASH_SIZE]) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = memcmp(items[middle].id, id, HASH_SIZE);
        if (order == 0) return (uint32_t)middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return UINT32_MAX;
}

static bool same_pair(const struct person_tie *a, const struct person_tie *b) {
    return memcmp(a->one, b->one, HASH_SIZE) == 0 && memcmp(a->other, b->other, HASH_SIZE) == 0;
}

/* Decide about the words on one pair. */
static bool pair_decide(struct person_tie *ties, size_t count) {
    size_t link = 0, unlink = 0;
    for (size_t i = 0; i < count; i++) {
        ties[i].counts = i + 1 == count || memcmp(ties[i].author, ties[i + 1].author, KEY_SIZE) != 0;
        link += ties[i].counts && ties[i].type == PERSON_LINK;
        unlink += ties[i].counts && ties[i].type == PERSON_UNLINK;
    }
    for (size_t i = 0; i < count; i++) ties[i].linked = link > unlink;
    return link > unlink;
}

static void sets_make(struct person_item *items, size_t item_count, struct person_tie *ties, size_t tie_count) {
    for (size_t i = 0; i < item_count; i++) items[i].set = (uint32_t)i;
    for (size_t first = 0, end; first < tie_count; first = end) {
        for (end = first + 1; end < tie_count && same_pair(&ties[first], &ties[end]);) end++;
        if (!pair_decide(ties + first, end - first)) continue;
        uint32_t one = place_of(items, item_count, ties[first].one),
                 other = place_of(items, item_count, ties[first].other);
        if (one == UINT32_MAX || other == UINT32_MAX) continue;
        one = root_of(items, one);
        other = root_of(items, other);
        if (one < other)
            items[other].set = one;
        else
            items[one].set = other;
    }
    for (size_t i = 0; i < item_count; i++) items[i].set_size = 0;
    for (size_t i = 0; i < item_count; i++) items[root_of(items, (uint32_t)i)].set_size++;
    for (size_t i = 0; i < item_count; i++) {
        items[i].set = root_of(items, (uint32_t)i);
        items[i].set_size = items[items[i].set].set_size;
    }
}

void person_fold(struct person_item *items, size_t item_count, struct person_step *steps, size_t step_count,
                 struct person_tie *ties, size_t tie_count, uint64_t now) {
    size_t at = 0;
    for (size_t i = 0; i < step_count; i++) steps[i].place = PERSON_TELLS;
    for (size_t i = 0; i < item_count; i++) {
        struct person_item *item = &items[i];
        while (at < step_count && memcmp(steps[at].target, item->id, HASH_SIZE) < 0) at++;
        item->first_step = at;
        while (at < step_count && memcmp(steps[at].target, item->id, HASH_SIZE) == 0) at++;
        item->step_count = at - item->first_step;
        item->strong = false;
        memset(item->said, 0, sizeof item->said);
        struct person_step *own = item->step_count > 0 ? steps + item->first_step : NULL;
        places_give(item, own);
        authors_count(item, own);
        expiry_find(item, own);
        state_find(item, now);
    }
    sets_make(items, item_count, ties, tie_count);
}
