/*
 * closed.h: the closed communities of one person: what a member's device does with sealed records.
 *
 * Sealed records lie in the store's pool, carried like any others. What a key here opens is checked and kept inside:
 * messages as records of their community, which nobody else is given; what is about the membership beside them. And
 * the other way round: what the person writes is sealed for the members of that moment, by an epoch's key that is made
 * when there is none that fits (core/epoch.h).
 *
 * Keys are kept in settings of the store, which the home encrypts. They go when no message that they open is left: a
 * community's `keep` rules keys and messages alike.
 *
 * All calls use the store, and so want what its other users want (home_enter). One struct closed to a store.
 */
#ifndef CLOSED_CLOSED_H
#define CLOSED_CLOSED_H

#include "core/freeze.h"
#include "core/join_request.h"
#include "core/members.h"
#include "core/person.h"
#include "store/store.h"

struct closed;

/* What it is given. */
struct closed_host {
    struct store *store;
    void *context;
    void (*member)(void *context, const struct charter *charter, struct member *out); /* the person's key pair there */
    void (*random)(void *context, uint8_t *out, size_t size);
};

/* Make one, with what the store knows. Errors: ERR_MEMORY, those of the store, ERR_DAMAGED (what it kept is not what
 * this program writes). */
MUST_CHECK int closed_new(struct closed **out, const struct closed_host *host);

/* Wipe the keys and free. NULL is fine. */
void closed_free(struct closed *c);

/* Look for closed communities that were joined since. */
MUST_CHECK int closed_refresh(struct closed *c);

/* Tell whether a community is a closed one that is known here. */
bool closed_has(const struct closed *c, const uint8_t community[HASH_SIZE]);

/* ---- Joining ---- */

/*
 * Make the first keys of a community that the person founded; its charter is in the store. Errors: ERR_COMMUNITY (not
 * here, or open), ERR_EXISTS, those of the store.
 */
MUST_CHECK int closed_found(struct closed *c, const uint8_t community[HASH_SIZE], struct when when);

/*
 * Write the line with which the person asks a coordinator for admission; the same one until they are admitted. Errors:
 * ERR_COMMUNITY, ERR_EXISTS (a member already), those of the store.
 */
MUST_CHECK int closed_request(struct closed *c, const uint8_t community[HASH_SIZE], struct when when,
                              char line[REQUEST_CHARS_MAX + 1]);

/* ---- Coordinators ---- */

/*
 * Admit who wrote this request, or admit them again: a member who lost keys gets them so. Writes an admission, an epoch
 * that includes them, and their welcome. Errors: as join_request_decode; ERR_COMMUNITY, ERR_CHARTER (the person does
 * not coordinate, or a duel has frozen the membership), ERR_EXISTS (a member), ERR_LIMIT (MEMBERS_MAX), those of the
 * store.
 */
MUST_CHECK int closed_admit(struct closed *c, const struct join_request *request, struct when when);

/*
 * Remove a member. What they wrote and is here stays; later records of theirs do not count. Errors: ERR_COMMUNITY,
 * ERR_CHARTER (as above, or the key coordinates: that takes a new term), ERR_NOT_FOUND (no member), those of the store.
 */
MUST_CHECK int closed_remove(struct closed *c, const uint8_t community[HASH_SIZE], const uint8_t key[KEY_SIZE],
                             struct when when);

/*
 * Propose other coordinators, members all of them; the proposer consents. In a duel it is a proposal to end it. *id
 * receives the proposal. closed_consent agrees to one. Errors: ERR_COMMUNITY, ERR_CHARTER (the person does not
 * coordinate, there is no such open proposal), ERR_NOT_FOUND (a key is no member), ERR_LIMIT, those of the store.
 */
MUST_CHECK int closed_propose(struct closed *c, const uint8_t community[HASH_SIZE], const uint8_t *keys, size_t count,
                              struct when when, uint8_t id[HASH_SIZE]);
MUST_CHECK int closed_consent(struct closed *c, const uint8_t community[HASH_SIZE], const uint8_t proposal[HASH_SIZE],
                              struct when when);

/*
 * Collect the terms and consents of somebody that are trusted if their record `last` is (core/freeze.h): those up to it
 * that the chain of their records does not contradict. Ids, ascending, one behind the other, room for RECORD_REFS_MAX.
 * *count 0 for an open community. Errors: ERR_LIMIT (there are more), ERR_MEMORY, those of the store.
 */
MUST_CHECK int closed_trusted_terms(struct closed *c, const uint8_t community[HASH_SIZE], const uint8_t key[KEY_SIZE],
                                    const struct freeze_last *last, uint8_t *ids, size_t *count);

/* ---- Writing and reading ---- */

/*
 * Make sure that there is a key with which the members of this moment can read what is written next; makes one if there
 * is none, which takes sequence numbers of the author's, so it comes before the author signs. A transaction of its own.
 * Errors: ERR_COMMUNITY, ERR_CHARTER (the person is no member, or not yet), those of the store.
 */
MUST_CHECK int closed_ready(struct closed *c, const uint8_t community[HASH_SIZE], struct when when);

/*
 * Store a record that the person has just signed for a closed community, and beside it what carries it to the others:
 * sealed for the members, a letter (core/letter.h) for its recipient alone. Of a piece (core/piece.h) only that. Within
 * a transaction that the caller has opened, and rolls back after an error. Errors: ERR_COMMUNITY, ERR_NOT_FOUND (who is
 * to get a letter is no member, or has no prekey), ERR_BUSY (the membership has changed since closed_ready: sign anew),
 * ERR_LIMIT (more than SHELF_RECORD_MAX bytes), those of the store.
 */
MUST_CHECK int closed_put(struct closed *c, const struct record *r, const uint8_t *bytes, size_t size,
                          struct when when);

/*
 * Open what has come since, looking at no more than budget sealed records. Return how many were looked at, 0 when there
 * is nothing left, or an error of the store. A transaction of its own.
 */
MUST_CHECK int closed_open(struct closed *c, struct when when, unsigned budget);

/* Do what time asks for, about once an hour: a new prekey a week, a new epoch a week when the person writes, keys that
 * have had their time erased, the membership sealed anew before it expires outside. A transaction of its own. */
MUST_CHECK int closed_tick(struct closed *c, struct when when);

/* Tell whether a shelf is one on which a group here is written to: whoever bounds what is taken in of others takes it.
 */
bool closed_has_shelf(const struct closed *c, const uint8_t shelf[KEY_SIZE]);

/* ---- A store that forgets ---- */

/*
 * Visit what has to be kept elsewhere if the store is in memory alone: settings by name, secrets among them; no
 * messages and no sealed records. The same state gives the same bytes in the same order. closed_kept_put gives one of
 * them back to a store, closed_kept_end reads what was given; then all sealed records are looked at again. Errors:
 * those of visit and of the store; ERR_FIELD (no setting of this layer), ERR_DAMAGED.
 */
typedef int (*closed_visit_kept)(void *context, const char *name, const uint8_t *value, size_t size);
MUST_CHECK int closed_kept_each(struct closed *c, closed_visit_kept visit, void *context);
MUST_CHECK int closed_kept_put(struct closed *c, const char *name, const uint8_t *value, size_t size);
MUST_CHECK int closed_kept_end(struct closed *c);

/* ---- Looking ---- */

/* How the person stands in a community. */
enum closed_standing {
    CLOSED_NOT,     /* has not asked */
    CLOSED_ASKED,   /* waits to be admitted */
    CLOSED_MEMBER,  /* reads and writes */
    CLOSED_PENDING, /* admitted by who was not entitled: a coordinator has to do it again */
    CLOSED_REMOVED, /* keeps what came before */
};

struct closed_proposal {
    uint8_t id[HASH_SIZE], author[KEY_SIZE];
    uint8_t coordinator_count, consents; /* consents: of those that count, the author's among them */
    const uint8_t *coordinators;         /* borrowed until the next call */
    bool consented;                      /* by the person */
};

#define CLOSED_PROPOSALS_MAX 16

struct closed_view {
    enum closed_standing standing;
    bool coordinates;
    const struct members_state *members; /* borrowed until the next call; NULL if nothing is known yet */
    uint64_t waiting;                    /* sealed records of the community whose key has not come */
    unsigned proposal_count;             /* open ones, by id */
    struct closed_proposal proposals[CLOSED_PROPOSALS_MAX];
    uint32_t shelf_count, epoch_count, prekey_count; /* keys here */
};

/* Tell how a closed community stands. ERR_COMMUNITY. */
MUST_CHECK int closed_look(struct closed *c, const uint8_t community[HASH_SIZE], struct closed_view *out);

#endif
