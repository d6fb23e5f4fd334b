/*
 * standing.h: how the people of one community stand to this device's person: met, called by a name of the person's own,
 * vouched for by those whom the person met (view/trust.h). A matter of this device alone.
 */
#ifndef NODE_STANDING_H
#define NODE_STANDING_H

#include <jansson.h>

#include "core/budget.h"
#include "node/home.h"
#include "node/people.h"

struct standing {
    bool own, met;
    bool same_name;               /* somebody else has that name, too */
    unsigned chains;              /* that lead to this key; of an open community 0, and 1 for who was met */
    char name[MEET_NAME_MAX + 1]; /* the person's own for them, or empty */
};

struct standings;
struct trust;

/* Read how people stand in a community; now: seconds. The caller holds home_enter, also for standings_of of an own key.
 * Errors: ERR_MEMORY, ERR_LIMIT (TRUST_VOUCHES_MAX), those of the store, ERR_DAMAGED. */
MUST_CHECK int standings_load(struct standings **out, struct home *home, const uint8_t community[HASH_SIZE],
                              uint64_t now);
void standings_free(struct standings *s); /* NULL is fine */

/* Tell the community whose standings these are. */
const uint8_t *standings_community(const struct standings *s);

/* Tell how somebody stands. */
void standings_of(struct standings *s, const uint8_t key[KEY_SIZE], struct standing *out);

/* Return how many separate chains lead to any of these keys (trust_chains): doubles and the own key count for nothing.
 */
unsigned standings_chains(struct standings *s, const uint8_t (*keys)[KEY_SIZE], size_t count);

/* Tell whether a key is the person's own there; cheap. */
bool standings_is_own(const struct standings *s, const uint8_t key[KEY_SIZE]);

/* Who vouches for whom there, as this person knows it (view/trust.h); borrowed. */
struct trust *standings_trust(struct standings *s);

/* Add it to an object: "name", "met", "same_name", "chains", where there is something to tell. */
void standing_json(json_t *o, const struct standing *one);

/* What the person vouched for in this period (core/vouch.h): how many count, and until which day for key (0: not). The
 * caller holds home_enter. Errors: ERR_MEMORY, those of the store. */
MUST_CHECK int standing_vouched(struct home *home, const struct charter *charter, const uint8_t key[KEY_SIZE],
                                uint64_t now, unsigned *count, uint32_t *last_day);

/*
 * What an author is to the person, for budgets: near whom they met, or whom the charter names. context is the struct
 * home (struct admit_classes), which the caller has entered.
 */
enum budget_class standing_class(void *context, const struct charter *charter, const struct record *r);

#endif
