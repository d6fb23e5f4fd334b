/*
 * reconcile.h: find what differs between two nodes' sets of seen records of one community, in few bytes.
 *
 * One side asks, the other solves. The asker cuts the (expiry day, hour) line into ranges and sends a short keyed
 * digest of each; the solver answers which differ, with an odd sketch (core/odd.h) of its elements there; the asker
 * sends partitioned PinSketches (core/sketch.h), the solver decodes, says by rank in the asker's list what it wants,
 * and knows what the asker lacks. Small sets are listed instead. doc/protocol.md, "Reconciliation", is the
 * specification.
 *
 *   START   asker   floor day, its count, ranges and their digests; or its whole list if that is short
 *   DIFF    solver  which ranges differ, its count there, days left out, odd sketch; or its list follows if that is
 * short SKETCH  asker   syndromes of a row of parts FOUND   solver  for a row of parts: which failed, the ranks of what
 * it wants, and at the end what comes next ASK     asker   "list yours" LIST    either  sorted short ids of all its
 * elements that are compared, in pieces WANT    either  the ranks in the peer's list of what it wants
 *
 * Pure and free of allocation: the set comes through struct reconcile_source, memory for its elements too. One struct
 * reconcile does one pass over one community; messages go over an ordered, reliable stream.
 */
#ifndef CORE_RECONCILE_H
#define CORE_RECONCILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bytes.h"
#include "core/err.h"
#include "core/limits.h"
#include "core/siphash.h"
#include "core/sketch.h"

struct reconcile_bucket {
    uint32_t expiry_day, hour;
    uint64_t count;
    uint8_t digest[HASH_SIZE];
};

/*
 * An element as the source tells it. item is the source's own name of it, below 2^62, and its precedence: what the peer
 * lacks comes out of reconcile_next in descending order of item. (Two bits of urgency above the number of arrival do.)
 */
typedef int (*reconcile_visit_seen)(void *context, const uint8_t id[HASH_SIZE], uint64_t item);
typedef int (*reconcile_visit_bucket)(void *context, const struct reconcile_bucket *bucket);

struct reconcile_source {
    void *context;
    /* Visit the buckets with expiry_day >= first_day in ascending (expiry_day, hour) order. 0 or an error. */
    int (*buckets)(void *context, uint32_t first_day, reconcile_visit_bucket visit, void *visit_context);
    /* Visit every element of buckets from lo to below hi (each expiry_day << 32 | hour), in any order. 0 or an error.
     */
    int (*seen)(void *context, uint64_t lo, uint64_t hi, reconcile_visit_seen visit, void *visit_context);
    /* Tell whether elements of this expiry day were left out of the set because there were too many: 1, 0, or an
     * error. Asked for days of buckets, never from within a visit. */
    int (*is_partial)(void *context, uint32_t expiry_day);
    /* Lend so many bytes, aligned for uint64_t, until the next call or room(context, 0). NULL: not now (ERR_BUSY).
     * About 24 bytes an element that is compared, and up to 4.5 MiB. */
    void *(*room)(void *context, size_t size_bytes);
};

struct reconcile_config {
    bool asker;
    uint8_t digest_size; /* asker: bytes of a range's digest: 1 in a first pass, 8 in later ones */
    uint32_t floor_day;  /* what expires before it is left out; the higher floor of both sides counts */
    uint8_t salt[32];    /* fresh for this session, community and pass; both sides' the same */
    uint64_t work_max;   /* multiplications in the field that may be spent; beyond: ERR_LIMIT */
    const struct sketch_kernel *kernel;
};

struct reconcile_element; /* reconcile_internal.h */

/* One pass. Its fields are private. */
struct reconcile {
    struct reconcile_source source;
    struct reconcile_config config;
    uint8_t digest_key[32], hash_key[SIPHASH_KEY_SIZE];
    uint8_t phase; /* enum reconcile_phase */
    uint8_t level; /* of the round: extensions so far */
    uint8_t round;
    bool last_answered; /* the list was answered to its end */
    uint32_t floor_day, asker_floor_day;
    uint64_t work, n_asker, n_solver; /* n: asker's in all, solver's in the ranges that differ, as messages said */
    uint64_t wanted, lacked, untold;  /* untold: lacked by the peer, which neither named them nor knows how many */

    unsigned range_count;
    uint64_t range_begin[RECONCILE_RANGES_MAX]; /* expiry_day << 32 | hour; the last range has no end */
    uint8_t range_digest[RECONCILE_RANGES_MAX][RECONCILE_DIGEST_MAX];
    uint64_t range_differs; /* bit i: range i */
    unsigned day_count;     /* left out, ascending */
    unsigned own_day_count;
    uint32_t days[2 * RECONCILE_DAYS_MAX], own_days[RECONCILE_DAYS_MAX]; /* own: those that this side told */

    /* All of these lie in the source's room. */
    struct reconcile_element *elements;
    uint64_t *heap, *values;
    uint32_t *part_begin;
    uint32_t *part_universe; /* solver: elements that the asker has in a decoded part */
    uint8_t *part_state, *part_wants;
    uint64_t *part_syndromes; /* solver: SKETCH_CAPACITY_MAX for each part */
    struct sketch_work *sketch_work;
    size_t n, n_max, heap_count; /* elements, room for them, items that wait for reconcile_next */

    /* Sketches: a round has parts, a level of it a row of syndromes first_syndrome... of every part that is not done.
     */
    uint32_t parts, parts_max;
    uint32_t capacity, first_syndrome, first_capacity; /* after and before this level, of the first */
    uint32_t row_at, answer_at;                        /* the next part to come in a SKETCH, in a FOUND */
    uint64_t decoded_sum; /* solver: elements of the parts that were decoded in this round */
    uint32_t decoded_parts;

    /* A list: own or the peer's. */
    uint8_t list_bits;
    uint64_t list_from;            /* ids below were listed */
    size_t list_at, list_answered; /* elements that were listed, merged; and of one's own those that were answered */
    uint32_t list_pending, wants_pending; /* ids without an answer, and how many of them are wanted */
};

_Static_assert(sizeof(struct reconcile) <= 12 * 1024, "a pass is small beside a session");

/* Begin a pass. source and config are copied; what they point at is borrowed for the pass. */
void reconcile_init(struct reconcile *r, const struct reconcile_source *source, const struct reconcile_config *config);

/*
 * Take a message of the peer. Errors end the pass and, but for those of the source, mean a peer that breaks the rules:
 * as reader_end, ERR_FIELD, ERR_LIMIT. Only after ERR_BUSY (no room now) nothing has happened, and the same message can
 * be given again.
 */
MUST_CHECK int reconcile_recv(struct reconcile *r, const uint8_t *message, size_t size);

/*
 * Write the next message into out, max >= RECONCILE_MESSAGE_MIN and at most RECONCILE_MESSAGE_MAX are used. Return its
 * size, 0 if there is nothing to say now, or an error. Does bounded work (about RECONCILE_STEP multiplications, or one
 * part's) a call.
 */
MUST_CHECK int reconcile_send(struct reconcile *r, uint8_t *out, size_t max);

/* Give the best element that the peer is known to lack and that was not given yet: 1 and *item, or 0. */
int reconcile_next(struct reconcile *r, uint64_t *item);

/* The same, but it will be given again. */
static inline int reconcile_peek(const struct reconcile *r, uint64_t *item) {
    if (r->heap_count == 0) return 0;
    *item = r->heap[0];
    return 1;
}

/* Tell whether days were left out, because one of the sides has too many elements there. */
static inline bool reconcile_left_out(const struct reconcile *r) {
    return r->day_count > 0;
}

/* How many multiplications were spent. */
static inline uint64_t reconcile_work(const struct reconcile *r) {
    return r->work;
}

/* Tell whether the difference is known on both sides as far as this side can tell: nothing more to send or to expect,
 * elements of reconcile_next aside. */
bool reconcile_is_done(const struct reconcile *r);

/* How many elements this side is going to get (named, or announced by the peer), and how many it found the peer to
 * lack. Final when reconcile_is_done. */
uint64_t reconcile_wanted(const struct reconcile *r);
uint64_t reconcile_lacked(const struct reconcile *r);

/*
 * Write the digest of a whole set from floor_day on under a key: equal sets, equal state. Chains BLAKE2b over the
 * buckets. 0 or an error of the source.
 */
MUST_CHECK int reconcile_state(const struct reconcile_source *source, uint32_t floor_day, const uint8_t key[32],
                               uint8_t out[HASH_SIZE]);

/*
 * The same over what a finished pass compared: from the higher floor on, without the days that either side leaves out.
 * Both sides' are equal exactly if nothing is left to exchange. 0 or an error of the source.
 */
MUST_CHECK int reconcile_state_compared(const struct reconcile *r, const uint8_t key[32], uint8_t out[HASH_SIZE]);

#endif
