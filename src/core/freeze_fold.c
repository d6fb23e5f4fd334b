/*
 * freeze_fold.c: which freezes are in effect and what they set apart.
 *
 * The acts about one key and the links of one author lie side by side; each of the steps in freeze.h goes over all keys
 * before the next begins, because whether an author may still speak depends on the freezes of other keys.
 */
#include <string.h>

#include "core/freeze.h"

/* Of an act, in bits. */
enum { LOOKED_AT = 1, RAISED = 2, COUNTS = 4, LIFTED = 8, ANSWERED_TWICE = 16, STANDS = 32 };

struct fold {
    const uint8_t *community;
    unsigned need;
    struct freeze_act *acts;
    size_t act_count;
    struct freeze_link *links;
    size_t link_count;
};

/* What is about one key. */
struct about {
    struct freeze_act *cards, *asks, *lifts;
    size_t card_count, ask_count, lift_count;
    struct freeze_link *links;
    size_t link_count;
    size_t next; /* where the acts about the next key begin */
};

int freeze_act_order(const struct freeze_act *a, const struct freeze_act *b) {
    int order = memcmp(a->key, b->key, KEY_SIZE);
    if (order == 0) order = (a->type > b->type) - (a->type < b->type);
    if (order == 0) order = (a->last.seq > b->last.seq) - (a->last.seq < b->last.seq);
    return order ? order : memcmp(a->id, b->id, HASH_SIZE);
}

int freeze_link_order(const struct freeze_link *a, const struct freeze_link *b) {
    int order = memcmp(a->author, b->author, KEY_SIZE);
    if (order == 0) order = (a->seq > b->seq) - (a->seq < b->seq);
    return order ? order : memcmp(a->id, b->id, HASH_SIZE);
}

/* Return the number of the first link that is not before (author, seq). */
static size_t link_find(const struct freeze_link *links, size_t count, const uint8_t author[KEY_SIZE], uint64_t seq) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = memcmp(links[middle].author, author, KEY_SIZE);
        if (order < 0 || (order == 0 && links[middle].seq < seq))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Find the record of an act among links, or NULL. */
static const struct freeze_link *link_of(const struct freeze_link *links, size_t count, const struct freeze_act *a) {
    size_t i = link_find(links, count, a->author, a->seq);
    while (i < count && links[i].seq == a->seq && memcmp(links[i].author, a->author, KEY_SIZE) == 0) {
        if (memcmp(links[i].id, a->id, HASH_SIZE) == 0) return &links[i];
        i++;
    }
    return NULL;
}

static size_t run_of(const struct fold *f, size_t at, const uint8_t key[KEY_SIZE], uint8_t type) {
    size_t end = at;
    while (end < f->act_count && f->acts[end].type == type && memcmp(f->acts[end].key, key, KEY_SIZE) == 0) end++;
    return end - at;
}

/* Collect what is about the key of act number at, which is the first about it. */
static void about_begin(const struct fold *f, size_t at, struct about *out) {
    const uint8_t *key = f->acts[at].key;
    out->cards = f->acts + at;
    out->card_count = run_of(f, at, key, FREEZE_CARD);
    out->asks = out->cards + out->card_count;
    out->ask_count = run_of(f, at + out->card_count, key, FREEZE_ASK);
    out->lifts = out->asks + out->ask_count;
    out->lift_count = run_of(f, at + out->card_count + out->ask_count, key, FREEZE_LIFT);
    out->next = at + out->card_count + out->ask_count + out->lift_count;
    if (out->card_count > FREEZE_OF_ONE_MAX) out->card_count = FREEZE_OF_ONE_MAX;
    size_t first = link_find(f->links, f->link_count, key, 0), end = first;
    while (end < f->link_count && memcmp(f->links[end].author, key, KEY_SIZE) == 0) end++;
    out->links = f->link_count > 0 ? f->links + first : NULL;
    out->link_count = end - first;
}

/* Rule 1, for one freeze: write `now` of the links of its key. */
static void place(const struct about *k, const struct freeze_act *ask) {
    uint8_t want[HASH_SIZE];
    size_t want_size = HASH_SIZE, end = k->link_count;
    uint64_t want_seq = ask->last.seq;
    bool known = true;
    memcpy(want, ask->last.id, HASH_SIZE);
    while (end > 0) {
        size_t begin = end - 1;
        uint64_t seq = k->links[begin].seq;
        const struct freeze_link *on = NULL;
        while (begin > 0 && k->links[begin - 1].seq == seq) begin--;
        known &= seq >= want_seq;
        for (size_t i = begin; i < end; i++) {
            struct freeze_link *l = &k->links[i];
            bool beyond = !ask->has_last || seq > ask->last.seq;
            bool fits = !beyond && known && memcmp(l->id, want, want_size) == 0;
            l->now = fits ? FREEZE_TRUSTED : beyond || known ? FREEZE_APART : FREEZE_UNPLACED;
            if (fits && !on) on = l;
        }
        if (on) {
            memcpy(want, on->prev, PREV_SIZE);
            want_size = PREV_SIZE;
            want_seq = seq - 1; /* of the first record nothing is left to compare */
        } else if (ask->has_last && seq <= ask->last.seq) {
            known = false;
        }
        end = begin;
    }
}

static bool commits(const struct freeze_act *card, const uint8_t commitment[HASH_SIZE]) {
    for (unsigned i = 0; i < card->count; i++)
        if (memcmp(card->list[i], commitment, HASH_SIZE) == 0) return true;
    return false;
}

static bool commits_any(const struct about *k, const struct freeze_act *a) {
    for (size_t i = 0; a->has_card && i < k->card_count; i++)
        if (commits(&k->cards[i], a->commitment)) return true;
    return false;
}

static bool names(const struct freeze_act *lift, const struct freeze_act *ask) {
    for (unsigned i = 0; i < lift->count; i++)
        if (memcmp(lift->list[i], ask->id, HASH_SIZE) == 0) return true;
    return false;
}

static bool is_by(const struct freeze_act *a, const uint8_t key[KEY_SIZE]) {
    return memcmp(a->author, key, KEY_SIZE) == 0;
}

static bool asked_with_card(const struct about *k, const uint8_t author[KEY_SIZE]) {
    for (size_t i = 0; i < k->ask_count; i++)
        if (k->asks[i].by_card && is_by(&k->asks[i], author)) return true;
    return false;
}

/* Where a card record lies under the freeze that was placed last. */
static uint8_t card_place(const struct about *k, const struct freeze_act *card) {
    const struct freeze_link *l = link_of(k->links, k->link_count, card);
    return l ? l->now : FREEZE_UNPLACED;
}

/* Rules 2 and 3, and the card records that are apart, of one freeze. */
static void cards_judge(const struct about *k, struct freeze_act *ask) {
    place(k, ask);
    for (size_t i = 0; i < k->card_count; i++) {
        const struct freeze_act *card = &k->cards[i];
        uint8_t where = card_place(k, card);
        if (where == FREEZE_APART) ask->bits |= RAISED;
        if (where != FREEZE_APART && ask->has_card && ask->has_last && card->seq <= ask->last.seq &&
            commits(card, ask->commitment))
            ask->by_card = true;
        for (size_t n = 0; where == FREEZE_TRUSTED && n < k->lift_count; n++) {
            const struct freeze_act *lift = &k->lifts[n];
            if (!(lift->bits & LOOKED_AT) || !lift->has_card || !commits(card, lift->commitment) || !names(lift, ask))
                continue;
            if (ask->answered && !is_by(lift, ask->answerer)) ask->bits |= ANSWERED_TWICE;
            if (!ask->answered) memcpy(ask->answerer, lift->author, KEY_SIZE);
            ask->answered = true;
        }
    }
}

static void commitment_put(const struct fold *f, struct freeze_act *a) {
    if (!a->has_card) return;
    card_commitment(a->commitment, a->type == FREEZE_ASK ? CARD_FREEZE : CARD_ANSWER, f->community, a->key,
                    a->card_key);
}

/* Mark what is looked at, and judge the cards. */
static void about_judge(const struct fold *f, const struct about *k) {
    size_t asks = 0, lifts = 0;
    for (size_t i = 0; i < k->lift_count; i++) {
        struct freeze_act *lift = &k->lifts[i];
        commitment_put(f, lift);
        bool looks = commits_any(k, lift) && lifts < FREEZE_OF_ONE_MAX;
        if (looks) lifts++, lift->bits |= LOOKED_AT;
    }
    for (size_t i = 0; i < k->ask_count; i++) {
        struct freeze_act *ask = &k->asks[i];
        commitment_put(f, ask);
        if ((!ask->eligible && !commits_any(k, ask)) || asks >= FREEZE_OF_ONE_MAX) continue;
        asks++;
        ask->bits |= LOOKED_AT;
        cards_judge(k, ask);
    }
    for (size_t i = 0; i < k->lift_count; i++) {
        struct freeze_act *lift = &k->lifts[i];
        bool speaks = lift->eligible || asked_with_card(k, lift->author);
        if (speaks && !(lift->bits & LOOKED_AT) && lifts < FREEZE_OF_ONE_MAX) lifts++, lift->bits |= LOOKED_AT;
    }
}

/* Place every link under the freezes with STANDS. */
static void all_place(const struct fold *f) {
    struct about k;
    for (size_t i = 0; i < f->link_count; i++) f->links[i].place = FREEZE_TRUSTED;
    for (size_t at = 0; at < f->act_count; at = k.next) {
        about_begin(f, at, &k);
        for (size_t i = 0; i < k.ask_count; i++) {
            if (!(k.asks[i].bits & STANDS)) continue;
            place(&k, &k.asks[i]);
            for (size_t n = 0; n < k.link_count; n++)
                if (k.links[n].now > k.links[n].place) k.links[n].place = k.links[n].now;
        }
    }
}

/* Tell whether a record was written before its author was frozen, as all_place has left it. */
static bool is_before(const struct fold *f, const struct freeze_act *a) {
    const struct freeze_link *l = link_of(f->links, f->link_count, a);
    return !l || l->place == FREEZE_TRUSTED;
}

/* Rule 5. */
static bool is_lifted(const struct fold *f, const struct about *k, const struct freeze_act *ask) {
    const uint8_t *first = NULL;
    for (size_t i = 0; i < k->lift_count; i++) {
        const struct freeze_act *lift = &k->lifts[i];
        if (!(lift->bits & LOOKED_AT) || !names(lift, ask) || is_by(lift, ask->key)) continue;
        if (!lift->eligible && !asked_with_card(k, lift->author)) continue;
        if (!is_before(f, lift)) continue;
        if (ask->answered && ((ask->bits & ANSWERED_TWICE) || !is_by(lift, ask->answerer))) return true;
        if (first && !is_by(lift, first)) return true;
        first = lift->author;
    }
    return false;
}

/* How many different people have freezes that count and are not lifted. */
static unsigned people_count(const struct about *k) {
    unsigned count = 0;
    for (size_t i = 0; i < k->ask_count; i++) {
        bool again = !(k->asks[i].bits & COUNTS) || (k->asks[i].bits & LIFTED);
        for (size_t n = 0; n < i && !again; n++)
            again = (k->asks[n].bits & COUNTS) && !(k->asks[n].bits & LIFTED) && is_by(&k->asks[n], k->asks[i].author);
        count += !again;
    }
    return count;
}

/* Rule 4 and what stands by a card. */
static void stands_put(const struct fold *f, const struct about *k) {
    unsigned people = people_count(k);
    for (size_t i = 0; i < k->ask_count; i++) {
        struct freeze_act *ask = &k->asks[i];
        unsigned need = f->need + ask->answered + !!(ask->bits & RAISED);
        bool stands = !(ask->bits & LIFTED) && (ask->by_card || ((ask->bits & COUNTS) && people >= need));
        ask->bits = (uint8_t)(stands ? ask->bits | STANDS : ask->bits & ~STANDS);
    }
}

enum step { STEP_CARDS, STEP_CARDS_LIFTED, STEP_PEOPLE, STEP_PEOPLE_LIFTED, STEP_END };

static void step_do(const struct fold *f, const struct about *k, enum step step) {
    for (size_t i = 0; i < k->ask_count && step != STEP_CARDS; i++) {
        struct freeze_act *ask = &k->asks[i];
        bool people = ask->eligible && (ask->bits & LOOKED_AT) && !is_by(ask, ask->key);
        if (step == STEP_PEOPLE && people && is_before(f, ask)) ask->bits |= COUNTS;
        bool lifts = step == STEP_CARDS_LIFTED ? ask->by_card : step == STEP_PEOPLE_LIFTED && !ask->by_card;
        if (lifts && is_lifted(f, k, ask)) ask->bits |= LIFTED;
    }
    if (step != STEP_END) return;
    for (size_t i = 0; i < k->ask_count; i++) {
        struct freeze_act *ask = &k->asks[i];
        bool counts = ask->by_card || (ask->bits & COUNTS);
        ask->state = !counts                ? FREEZE_VOID
                     : (ask->bits & LIFTED) ? FREEZE_LIFTED
                     : (ask->bits & STANDS) ? FREEZE_STANDS
                                            : FREEZE_WAITS;
    }
}

void freeze_fold(const uint8_t community[HASH_SIZE], unsigned need, struct freeze_act *acts, size_t act_count,
                 struct freeze_link *links, size_t link_count) {
    struct fold f = {community, need, acts, act_count, links, link_count};
    struct about k;
    for (size_t i = 0; i < act_count; i++) {
        acts[i].bits = acts[i].state = 0;
        acts[i].answered = acts[i].by_card = false;
    }
    for (size_t at = 0; at < act_count; at = k.next) {
        about_begin(&f, at, &k);
        about_judge(&f, &k);
    }
    for (enum step step = STEP_CARDS; step <= STEP_END; step++) {
        for (size_t at = 0; at < act_count; at = k.next) {
            about_begin(&f, at, &k);
            step_do(&f, &k, step);
        }
        /* What stands is read of all keys by the next step and must not change under it. */
        for (size_t at = 0; at < act_count && step != STEP_END; at = k.next) {
            about_begin(&f, at, &k);
            stands_put(&f, &k);
        }
        if (step != STEP_END) all_place(&f);
    }
}
