/*
 * aid.h: who does what: needs and offers (core/aid.h) and how far they are.
 *
 * A function of (entries, acts, now): any order, any doubles give the same on every device. No clock decides between
 * two people unless nobody else has: what one author says is ordered by the author's own sequence numbers.
 *   - An entry is closed while the last of its author's done and reopen is a done; over when its time is past.
 *   - Of somebody who takes it, and is not its author, the first take counts until they hand it back (then the next
 *     one does); their done says that they have done their part.
 *   - Of the takes of one key that are open (not done, of entries neither closed nor over) AID_OPEN_TAKES count, those
 *     with the lowest numbers, unless the entry's author accepts one: so nobody collects addresses.
 *   - The entry's author accepts or refuses a take; the last word counts, of AID_ANSWERS_MAX with the highest numbers.
 * Accepted ones are in charge. While they and those who have done their part are fewer than the helpers that are
 * wanted, others that count are in charge, too: the earliest by created, which is at least the entry's own, then by id.
 * All others are second. So two who take the same thing in different parts of a city see the same one in charge once
 * the records have met.
 */
#ifndef VIEW_AID_H
#define VIEW_AID_H

#include "core/aid.h"

enum aid_state {
    AID_OPEN,   /* nobody is in charge */
    AID_PARTLY, /* fewer than are wanted */
    AID_TAKEN,  /* as many as are wanted */
    AID_SAID,   /* all who are wanted say that they have done it */
    AID_CLOSED, /* its author says that it is done */
    AID_OVER    /* its time is past */
};

/* What has become of a take. Acts of other types have AID_NO_TAKE. */
enum aid_take {
    AID_NO_TAKE,
    AID_GIVEN_BACK,
    AID_IN_CHARGE, /* nobody objects so far */
    AID_ACCEPTED,  /* and the author says so */
    AID_SECOND,
    AID_REFUSED,
    AID_TOO_MANY, /* of that key's open takes */
    AID_PART_DONE
};

struct aid_item {
    uint8_t id[HASH_SIZE], author[KEY_SIZE];
    int64_t num; /* the caller's */
    uint64_t created, until;
    uint8_t type, what, urgency, helpers;
    /* written by aid_fold: */
    uint8_t state;                 /* enum aid_state */
    uint8_t in_charge, done;       /* how many */
    uint32_t second;               /* how many more would */
    size_t first_step, step_count; /* its acts */
};

struct aid_step {
    uint8_t id[HASH_SIZE], author[KEY_SIZE], target[HASH_SIZE], take[HASH_SIZE]; /* take: zeros if none */
    int64_t num;                                                                 /* the caller's */
    uint64_t seq, created;
    uint8_t type; /* enum aid_act_type */
    /* written by aid_fold: */
    uint8_t place; /* enum aid_take */
};

/* Compare items by id; steps by (target, author, seq, id); steps by (author, seq, id). */
int aid_item_order(const struct aid_item *a, const struct aid_item *b);
int aid_step_order(const struct aid_step *a, const struct aid_step *b);
int aid_author_order(const struct aid_step *a, const struct aid_step *b);

/*
 * Fold items in the order of aid_item_order and steps in that of aid_step_order, each once. by_author: the places of
 * all steps in `steps`, in the order of aid_author_order. Acts whose entry is not among the items change nothing. now:
 * seconds.
 */
void aid_fold(struct aid_item *items, size_t item_count, struct aid_step *steps, size_t step_count,
              const uint32_t *by_author, uint64_t now);

#endif
