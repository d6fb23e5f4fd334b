/*
 * freezes.h: what freezes (core/freeze.h) do to what a store holds: who wrote what past a last trusted record, and
 * which retractions take nothing back.
 *
 * A store notes which communities have freezes; of those alone the records are read, once, and kept up to date in
 * memory as more arrive. Coordinators are those of the charter; of a closed community nothing is set apart and nothing
 * shown again before store_freezes_eligible has told who coordinates it.
 */
#ifndef STORE_FREEZES_H
#define STORE_FREEZES_H

#include "core/freeze.h"
#include "store/store.h"

/*
 * Bring what is known of freezes up to date: hide again, or show again, what retractions of frozen keys took back. To
 * be called before records are shown; store_tick does it before it drops bodies. Outside of a transaction. Errors:
 * those of the store, ERR_MEMORY.
 */
MUST_CHECK int store_freezes_refresh(struct store *s);

/*
 * Tell who coordinates a closed community: count keys, one behind the other. Refreshed later. Errors: ERR_MEMORY, those
 * of the store.
 */
MUST_CHECK int store_freezes_eligible(struct store *s, const uint8_t community[HASH_SIZE], const uint8_t *keys,
                                      size_t count);

/* Return a number that changes whenever what freezes do in a community may have changed; 0 while there is none. */
MUST_CHECK int store_freezes_version(struct store *s, const uint8_t community[HASH_SIZE], uint64_t *out);

/* Who asked for the freezes under which a record is set apart. */
#define STORE_ASKERS_MAX 4
struct store_apart {
    uint8_t place; /* enum freeze_place: unplaced or apart */
    bool answered; /* the person answered one of them */
    unsigned asker_count;
    uint8_t askers[STORE_ASKERS_MAX][KEY_SIZE]; /* the first by their record's place in freeze_act_order */
};

/* Tell whether a record is set apart, as of the last refresh; *out says more. Also from within a callback. */
bool store_is_apart(const struct store *s, const struct record *r, struct store_apart *out);

/* Visit the freezes of a community that count or could (state and all are as of the last refresh), one key's behind
 * another's. A callback's return other than 0 stops and is returned. */
int store_freezes_each(const struct store *s, const uint8_t community[HASH_SIZE],
                       int (*visit)(void *context, const struct freeze_act *act), void *context);

/* For store.c. */
struct freezes;
void freezes_note(struct store *s, const struct record *r);
MUST_CHECK int freezes_mark(struct store *s, const struct record *r);
void freezes_end(struct store *s);

#endif
