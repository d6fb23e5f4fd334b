/*
 * budget.h: what a store keeps when there is more than it may hold: whose records, and which of each author's.
 *
 * What was seen is charged to queues: one for each lane, link and author. A lane is what the author is to this node; a
 * link is the way by which the record came. The room is shared by the lanes, what a lane gets by its links, what a link
 * gets by its authors: each time evenly (of lanes by weight), where who needs less leaves the rest to the others
 * (max-min fairness). What is beyond an author's level goes.
 *
 *   1. budget_begin, then budget_count for every id that was seen: held ones, and those that this budget dropped before
 *   2. budget_share
 *   3. budget_keep for each in the order of rank: the day of creation, the latest first; in a day by created, then by
 *      id, ascending
 *
 * The answer depends on the set that was counted, in whatever order it came; whoever was not kept of a set is not kept
 * of a larger one. So stores that have seen the same by the same links keep the same, whatever each dropped when. (But
 * where a link brings more authors than could each keep BUDGET_FLOOR, the tags decide who keeps anything, and they are
 * the node's own: nobody can make keys that are drawn everywhere.)
 */
#ifndef CORE_BUDGET_H
#define CORE_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/limits.h"

/* What an author is to the person whose node this is. */
enum budget_class {
    BUDGET_OWN,     /* a key of their own */
    BUDGET_NEAR,    /* vouched for by them, or named by the charter of a joined community */
    BUDGET_FAR,     /* vouched for by somebody whom they vouch for */
    BUDGET_STRANGER /* anybody else */
};

enum budget_lane {
    BUDGET_LANE_NONE,
    BUDGET_LANE_OWN, /* always kept */
    BUDGET_LANE_NEAR,
    BUDGET_LANE_FAR,
    BUDGET_LANE_GUEST,   /* strangers who are guests of this point: on the operator's own account */
    BUDGET_LANE_STAMPED, /* strangers whose record bears a stamp */
    BUDGET_LANE_STRANGER,
    BUDGET_LANE_CARRIED, /* of communities that the person has not joined */
    BUDGET_LANE_SEALED,  /* sealed records, whose author is a shelf */
    BUDGET_LANES
};

/* Links by number. */
#define BUDGET_LINK_NONE 0   /* not known, or written here */
#define BUDGET_LINK_PARCEL 1 /* out of parcels */
#define BUDGET_LINK_FIRST 2  /* from here on: of addresses */

/* One queue: lane, link and the author's tag; never 0. */
static inline uint64_t budget_queue(enum budget_lane lane, unsigned link, uint32_t tag) {
    return (uint64_t)lane << 41 | (uint64_t)(link % BUDGET_LINKS) << 32 | tag;
}
static inline enum budget_lane budget_queue_lane(uint64_t queue) {
    uint64_t lane = queue >> 41;
    return lane < BUDGET_LANES ? (enum budget_lane)lane : BUDGET_LANE_NONE;
}
static inline unsigned budget_queue_link(uint64_t queue) {
    return (unsigned)(queue >> 32) % BUDGET_LINKS;
}

/* Return the lane of a plain record. guest: it came from somebody who is physically at this point, or is signed by its
 * guest key. stamped is asked of strangers only. */
enum budget_lane budget_lane_of(enum budget_class class, bool joined, bool guest, bool stamped);

/* One queue's sums, in the caller's memory. */
struct budget_entry {
    uint64_t queue; /* 0: free */
    uint64_t all, urgent;
    uint64_t passed, urgent_passed; /* so much has come past in order of rank */
};

/* The level of the queues of one lane and link. */
struct budget_level {
    uint64_t bytes;     /* UINT64_MAX: no bound */
    uint64_t tag_bound; /* queues with this tag or a greater one get nothing */
};

struct budget {
    uint64_t pool_bytes;
    struct budget_entry *entries; /* open addressing */
    size_t room, count;           /* room: a power of two */
    uint64_t own;                 /* charged to nobody's share */
    struct budget_level levels[BUDGET_LANES * BUDGET_LINKS];
};

/* Begin with room entries (a power of two, at least BUDGET_ENTRIES_MIN) of the caller's. When three quarters are taken,
 * further authors of a link share queues. */
void budget_begin(struct budget *b, uint64_t pool_bytes, struct budget_entry *entries, size_t room);

/* Count something that was seen: the bytes that it is charged with. */
void budget_count(struct budget *b, uint64_t queue, uint64_t bytes, bool urgent);

/* Share the pool. */
void budget_share(struct budget *b);

/*
 * Tell of one, in order of rank, whether it is kept. A quarter of an author's level is for the urgent ones first; those
 * beyond it are as any other.
 */
bool budget_keep(struct budget *b, uint64_t queue, uint64_t bytes, bool urgent);

#endif
