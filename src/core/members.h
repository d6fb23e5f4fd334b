/*
 * members.h: who belongs to a closed community and who coordinates it: a function of the records about it, whatever
 * their order.
 *
 * Coordinators hold numbered *terms*; the charter is the first. A term is proposed by one of the coordinators of the
 * term that it follows, its *base*, and accepted once more than half of them have consented (who proposes consents).
 * Coordinators admit and remove *members*. Every such record names as *heads* those that its author knew and that no
 * other known one names, so it is known what came after what: the *past* of a record is what its heads lead to.
 *
 *   1. A record counts as an act if its heads lead to records that are all here and its author coordinates some
 *      proposed term (or the charter); the others wait, or never count.
 *   2. Accepted: a term whose base is the charter or an accepted term in its past, whose author and so many others that
 *      they are more than half coordinate the base.
 *   3. The chain begins with the charter. Of the accepted terms on the last link, one that has all the others in its
 *      past is the next link. If there are several without one that has all: a *duel*. It ends the chain; what was done
 *      and lies in the past of none of the rivals does not count, until a term on the same base has all rivals in its
 *      past: more than half of the coordinators before the duel have signed over them.
 *   4. Valid is an act whose author coordinates the last link in its past and every later one, or the links that do
 *      not list the author any more have the act in their past: what a removed coordinator did unseen is void.
 *   5. Member is who coordinates the last link, and who was validly admitted by an act, or listed by a link, that has
 *      every valid removal of that key in its past: who hands over stays. A removal of who coordinates the last link
 *      does not count while that is so. Pending is whom only void acts admitted.
 *
 * Terms and consents of a key that is frozen (core/freeze.h), but for those that are named as trusted, are in the graph
 * and sign nothing.
 */
#ifndef CORE_MEMBERS_H
#define CORE_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/charter.h"

enum members_type { MEMBERS_TERM, MEMBERS_CONSENT, MEMBERS_ADMIT, MEMBERS_REMOVE };

/* One record about the membership, with what the fold needs of it; heads and coordinators are borrowed. */
struct members_op {
    uint8_t id[HASH_SIZE], author[KEY_SIZE];
    uint8_t subject[HASH_SIZE]; /* whose membership; of a term its base (the community's id: the charter), of a consent
                                   the term */
    uint8_t prekey[KEY_SIZE];   /* of an admission: what to seal to until the member tells another */
    uint8_t type;               /* enum members_type */
    bool frozen;                /* a freeze of its author is in effect that does not trust it */
    bool has_last;              /* of a removal: what the removed wrote beyond last_seq does not count */
    uint32_t last_seq;
    uint8_t head_count, coordinator_count;
    const struct record_ref *heads; /* head_count of them, RECORD_REFS_MAX at most; of a consent none */
    const uint8_t *coordinators;    /* of a term: coordinator_count keys, 1 to CHARTER_COORDINATORS_MAX */
};

enum members_status { MEMBERS_NEVER, MEMBERS_PENDING, MEMBERS_REMOVED, MEMBERS_MEMBER };

struct members_entry {
    uint8_t key[KEY_SIZE];
    uint8_t
        prekey[KEY_SIZE]; /* of the admission with the lowest id that counts; zeros for a coordinator of the charter */
    uint8_t status;       /* enum members_status */
    bool coordinates;
    bool has_last;
    uint32_t last_seq; /* of a removed member: the highest that a valid removal names */
};

#define MEMBERS_HEADS_MAX RECORD_REFS_MAX
#define MEMBERS_RIVALS_MAX 8

struct members_state {
    uint32_t term; /* number of the last link: 0 is the charter */
    uint8_t term_id[HASH_SIZE];
    uint8_t coordinator_count;
    uint8_t coordinators[CHARTER_COORDINATORS_MAX][KEY_SIZE];
    uint32_t rival_count; /* of a duel; 0: there is none. The first MEMBERS_RIVALS_MAX by id: */
    uint8_t rivals[MEMBERS_RIVALS_MAX][HASH_SIZE];
    uint32_t waiting; /* acts whose past is not all here */
    uint8_t head_count;
    uint8_t heads[MEMBERS_HEADS_MAX][HASH_SIZE]; /* what the next act names: ascending */
    size_t member_count, entry_count;
    struct members_entry *entries; /* ascending by key; in the caller's memory */
};

/* Return how many bytes of memory the fold of so many records needs. */
size_t members_memory(size_t count);

/*
 * Fold count records, each once, in any order, into *out. memory is members_memory(count) bytes, aligned as malloc
 * aligns; out->entries lies in it. Records whose author never could act are passed over. Errors: ERR_LIMIT (more than
 * MEMBERS_OPS_MAX acts; or more entries than members_memory is made for, which cannot be).
 */
MUST_CHECK int members_fold(const struct charter *charter, const struct members_op *ops, size_t count, void *memory,
                            struct members_state *out);

/* Find a key's entry, or NULL: MEMBERS_NEVER. */
const struct members_entry *members_find(const struct members_state *state, const uint8_t key[KEY_SIZE]);

/*
 * Tell whether a record of sequence number seq by this key counts: a member's does, and a removed one's up to
 * last_seq (all, if no removal names one).
 */
bool members_may_speak(const struct members_state *state, const uint8_t key[KEY_SIZE], uint64_t seq);

#endif
