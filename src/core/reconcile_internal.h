/*
 * reconcile_internal.h: what the parts of reconciliation share.
 *
 *   reconcile.c         the life of a pass, which message goes where, the heap of what the peer lacks
 *   reconcile_ranges.c  buckets: ranges and their digests, days left out, states
 *   reconcile_set.c     elements in the source's room: loading, sorting, parts, sketches
 *   reconcile_plan.c    choices that cost bytes: parts, capacities, extensions, sketch or list
 *   reconcile_ask.c     the asker's messages
 *   reconcile_solve.c   the solver's
 *   reconcile_list.c    lists, of either
 */
#ifndef CORE_RECONCILE_INTERNAL_H
#define CORE_RECONCILE_INTERNAL_H

#include "core/reconcile.h"

enum reconcile_type {
    TYPE_START = 1,
    TYPE_DIFF = 2,
    TYPE_SKETCH = 3,
    TYPE_FOUND = 4,
    TYPE_ASK = 5,
    TYPE_LIST = 6,
    TYPE_WANT = 7
};

/* Where a pass is. Send: something is due; what may come is in the table of doc/protocol.md. */
enum reconcile_phase {
    PHASE_ASK_START,    /* asker: send START */
    PHASE_ASK_DIFF,     /* asker: wait for DIFF, or after a short list for WANT */
    PHASE_ASK_SKETCH,   /* asker: send SKETCHes while FOUNDs come */
    PHASE_ASK_FOUND,    /* asker: all parts of this level are sent; wait for FOUND */
    PHASE_ASK_LIST,     /* asker: send ASK */
    PHASE_SOLVE_START,  /* solver: wait for START */
    PHASE_SOLVE_DIFF,   /* solver: send DIFF */
    PHASE_SOLVE_CHOICE, /* solver: wait for SKETCH, LIST or ASK */
    PHASE_SOLVE_SKETCH, /* solver: wait for SKETCHes, send FOUNDs */
    PHASE_LIST_SEND,    /* either: send LISTs while WANTs come, until the last is answered */
    PHASE_LIST_RECEIVE, /* either: wait for LISTs, send WANTs */
    PHASE_DONE
};

struct reconcile_element {
    uint64_t hash, item;
};

/* What a DIFF says of the ranges. */
enum diff_mode { DIFF_NONE, DIFF_ALL, DIFF_SOME };

/* States of a part. On the asker: only done or not. */
enum part_state {
    PART_OPEN,    /* a sketch, or more of it, is to come */
    PART_DECODED, /* solver: and not told yet */
    PART_FAILED,  /* solver: not decoded at this level */
    PART_DONE
};

/* Ids of a list that may wait for their WANT at the receiver, and numbers that `values` has room for. */
#define LIST_PENDING_MAX (RECONCILE_UNANSWERED_MAX + RECONCILE_PIECE_MAX)
#define VALUES_MAX (2 * LIST_PENDING_MAX)

/* ---- reconcile.c ---- */

/* Spend multiplications: 0, or ERR_LIMIT if work_max would be passed. */
MUST_CHECK int reconcile_spend(struct reconcile *r, uint64_t work);

/* The peer lacks this element, and has named it or does not know of it yet. */
void reconcile_lack(struct reconcile *r, uint64_t item, bool named);

/* ---- reconcile_ranges.c ---- */

/* Count what is compared (floor and days left out are set). */
MUST_CHECK int ranges_count(struct reconcile *r, uint64_t *count);

/* Find the days that this side leaves out beyond those in the list, as own_days, and add them to the list. */
MUST_CHECK int ranges_days_find(struct reconcile *r);
void ranges_days_write(const struct reconcile *r, struct writer *w);
unsigned ranges_days_read(struct reader *in, uint32_t floor_day, uint32_t days[RECONCILE_DAYS_MAX]);
/* Add a day to the list, which stays ascending; false if it was there. */
bool ranges_day_add(struct reconcile *r, uint32_t day);
bool ranges_day_is_out(const struct reconcile *r, uint32_t day);

/* Asker: choose the ranges for n elements and compute their digests. */
MUST_CHECK int ranges_choose(struct reconcile *r, uint64_t n);
/* Solver: compute the digests of the given ranges into r->range_digest. */
MUST_CHECK int ranges_digest(struct reconcile *r);
/* Count what lies in each of the ranges. */
MUST_CHECK int ranges_count_each(struct reconcile *r, uint64_t count[RECONCILE_RANGES_MAX]);
void ranges_write(const struct reconcile *r, struct writer *w);
void ranges_read(struct reconcile *r, struct reader *in, unsigned count);

/* The end of range i: the begin of the next one. */
uint64_t ranges_end(const struct reconcile *r, unsigned i);

/* ---- reconcile_set.c ---- */

/* Borrow room for n elements, parts_max parts and, if solver, their syndromes. 0 or ERR_BUSY, ERR_LIMIT. */
MUST_CHECK int set_room(struct reconcile *r, uint64_t n, uint32_t parts_max);
/* Load the elements of the ranges that differ. */
MUST_CHECK int set_load(struct reconcile *r);
void set_odd(const struct reconcile *r, uint64_t *odd, unsigned levels);
/* Sort by whole hashes, for a list. */
void set_sort_list(struct reconcile *r);
/* Group the elements by part. */
void set_group(struct reconcile *r, uint32_t parts);
/* Sort the elements of a part by their short ids. */
void set_sort_part(struct reconcile *r, uint32_t part);
/* Add the elements of a part to syndromes first..first + count. Spends. */
MUST_CHECK int set_sketch(struct reconcile *r, uint32_t part, uint64_t *syndromes, uint32_t first, uint32_t count);
/* Keep the elements of parts that are not done, under new hashes for the round r->round. */
void set_split(struct reconcile *r);

/* ---- reconcile_plan.c ---- */

enum plan_way { PLAN_SKETCH, PLAN_LIST_OWN, PLAN_LIST_PEER };

/* How many parts two sides with so many elements may use. */
uint32_t plan_parts_max(uint64_t n_a, uint64_t n_b);
/* The asker's choice for an estimated difference. */
enum plan_way plan_way(uint64_t estimate, uint64_t n_own, uint64_t n_peer, uint32_t parts_max);
/* Parts and the capacity of their first sketches. */
void plan_parts(uint64_t estimate, uint32_t parts_max, uint32_t *parts, uint32_t *capacity);
/* The bits of a list's ids. */
unsigned plan_list_bits(uint64_t n_own, uint64_t n_peer);
/* Ranges for n elements. */
unsigned plan_ranges(uint64_t n);

struct plan_counts {
    uint32_t parts, failed, capacity, first_capacity;
    uint64_t decoded_sum;
};
/* How many more syndromes to ask for after this level, for the failed parts; *left: how many elements these hold by the
 * same reckoning. */
uint32_t plan_extension(const struct plan_counts *c, unsigned level, uint64_t *left);

/* ---- reconcile_ask.c, reconcile_solve.c, reconcile_list.c ---- */

MUST_CHECK int ask_start(struct reconcile *r, struct writer *w);
MUST_CHECK int ask_diff(struct reconcile *r, struct reader *in);
MUST_CHECK int ask_sketch(struct reconcile *r, struct writer *w);
MUST_CHECK int ask_found(struct reconcile *r, struct reader *in);

MUST_CHECK int solve_start(struct reconcile *r, struct reader *in);
MUST_CHECK int solve_diff(struct reconcile *r, struct writer *w);
MUST_CHECK int solve_sketch(struct reconcile *r, struct reader *in);
MUST_CHECK int solve_found(struct reconcile *r, struct writer *w);

/* Begin to send one's own list, or to take the peer's. */
void list_begin(struct reconcile *r, bool own);
MUST_CHECK int list_send(struct reconcile *r, struct writer *w);
MUST_CHECK int list_want_recv(struct reconcile *r, struct reader *in);
MUST_CHECK int list_recv(struct reconcile *r, struct reader *in);
MUST_CHECK int list_want_send(struct reconcile *r, struct writer *w);
/* A whole short list inside of START. */
void list_write_all(struct reconcile *r, struct writer *w);
MUST_CHECK int list_read_all(struct reconcile *r, struct reader *in);

#endif
