/*
 * demands.h: what is demanded, in which words, who stands behind it, and what has become of it (core/demand.h).
 *
 * A function of (demands, steps, who coordinates, roll): any order, any doubles give the same on every device.
 *   - The words that stand are the last ones by whoever coordinates, else the author's last, else the first.
 *   - Of each author the last support or withdrawal counts. Support is for the words it names: it is told how many
 *     support those that stand, and how many earlier ones.
 *   - Of what coordinators say the last counts: of numbers, of merges and splits, of put, ratified and rejected. A
 *     merge counts if the demand that it leads to is here, and the way on from there, in at most DEMAND_MERGES_MAX
 *     steps, ends: at one that goes into no other or is not here; or it comes back, and this is not the one with the
 *     lowest id on it.
 *   - Put, ratified and rejected are about the words that they name. Tallies of these words are compared: of each
 *     teller the last counts; those that say the same are together, the most tellers first.
 *
 * Last means: of one author, by
 * sequence number, then id; of coordinators, of each what is last, and of these the one with the highest created, then
 * id. So nobody's clock decides between two things that one person says.
 */
#ifndef VIEW_DEMANDS_H
#define VIEW_DEMANDS_H

#include "core/demand.h"

enum demand_state {
    DEMAND_PROPOSED,
    DEMAND_WORDED, /* a coordinator gave it a number or words */
    DEMAND_IS_PUT, /* to the assembly */
    DEMAND_IS_RATIFIED,
    DEMAND_IS_REJECTED,
    DEMAND_IS_MERGED
};

struct demand_item {
    uint8_t id[HASH_SIZE], author[KEY_SIZE];
    int64_t num; /* the caller's */
    uint64_t created;
    /* written by demands_fold: */
    uint8_t state; /* enum demand_state */
    uint32_t number;
    uint8_t words[HASH_SIZE];   /* the wording that stands: the demand itself if it is the first */
    uint8_t decided[HASH_SIZE]; /* the wording that was put or decided upon; zeros if none */
    uint8_t into[HASH_SIZE];    /* of a merged one */
    uint32_t support;           /* for the words that stand, */
    uint32_t support_earlier;   /* for others, */
    uint32_t support_roll;      /* and how many of the roll are among the first */
    uint32_t wordings, answers; /* how many there are, the first one too */
    uint32_t tellers;           /* who give the count that most give of the words decided upon, */
    uint32_t tellers_else;      /* and who give another */
    size_t tally;               /* a step with that count, if tellers is not 0 */
    size_t first_step, step_count;
};

struct demand_step {
    uint8_t id[HASH_SIZE], author[KEY_SIZE], target[HASH_SIZE], object[HASH_SIZE]; /* object: zeros if none */
    int64_t num;                                                                   /* the caller's */
    uint64_t seq, created;
    uint32_t kind;    /* KIND_DEMAND (other words), KIND_DEMAND_ACT, KIND_TALLY */
    uint8_t type;     /* of an act */
    bool coordinates; /* the author does, now */
    bool on_roll;     /* the author is */
    uint32_t number;  /* of an act */
    uint8_t way;      /* of a tally from here on */
    uint32_t in_favour, against, abstained, present;
    uint64_t when;
    /* written by demands_fold: */
    bool counts; /* it is somebody's last word: support, a tally; or a coordinator's that stands */
};

/* Compare items by id; steps by (target, author, seq, id). */
int demand_item_order(const struct demand_item *a, const struct demand_item *b);
int demand_step_order(const struct demand_step *a, const struct demand_step *b);

/* Compare to show them: numbered ones first, in their order, then the most supported, then the oldest; merged ones
 * last. */
int demand_rank_order(const struct demand_item *a, const struct demand_item *b);

/* Fold items in the order of demand_item_order and steps in that of demand_step_order, each once. Steps whose demand is
 * not among the items change nothing. */
void demands_fold(struct demand_item *items, size_t item_count, struct demand_step *steps, size_t step_count);

/* What a count comes to: the tellers agree and more are in favour than against. */
bool demand_is_carried(const struct demand_item *item, const struct demand_step *steps);

#endif
