/*
 * trust.h: what vouches mean to one reader: who is near, who is far, and over how many separate ways.
 *
 * A *chain* leads from the reader over somebody whom the reader met, in at most three steps, each a meeting: reader →
 * a → b → c. Chains are *separate* if they share nobody but the reader. How many there are at most is what a reader is
 * told ("3 separate chains from people you met"): a thousand keys that one person made stand behind that one person,
 * and count once.
 *
 * Exact, though disjoint paths of bounded length are hard to find in general: a chain that passes through somebody whom
 * the reader met can begin there, and one that passes through somebody who is to be reached can end there. So whom the
 * reader met stands first only, whom one asks about last only, everybody else between; every path of this layered graph
 * is short enough, and a maximum flow with one unit through each person counts them (Menger; augmenting paths of Ford
 * and Fulkerson).
 *
 * A function of (vouches, reader, today): any order, any doubles give the same. The caller passes vouches of one closed
 * community by authors who may speak there, those that were taken back left out.
 */
#ifndef VIEW_TRUST_H
#define VIEW_TRUST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/budget.h"
#include "core/err.h"

struct trust_vouch {
    uint8_t id[HASH_SIZE], author[KEY_SIZE], target[KEY_SIZE];
    uint64_t seq;
    uint32_t day, expiry_day;
};

struct trust {
    size_t key_count; /* the rest lies in the caller's memory */
    uint8_t (*keys)[KEY_SIZE];
    size_t edge_count;
    uint32_t *first, *to; /* of key i: to[first[i]] … to[first[i + 1] - 1] */
    uint8_t *steps;       /* from the reader: 0 to 3, or TRUST_NO_CHAIN */
    uint32_t reader;
    /* of one count of chains */
    uint32_t *next, *before, *queue, *from;
    uint8_t *role, *seen;
};

#define TRUST_NO_CHAIN 255

/* Return how many bytes of memory so many vouches and met keys need. */
size_t trust_memory(size_t vouch_count, size_t met_count);

/*
 * Build the view into *out. met: keys that the reader met and vouched for to nobody, met_count of them. today: the
 * reader's day; vouches that are over by then, or begin later than tomorrow, do not count. memory is trust_memory
 * bytes, aligned as malloc aligns. Errors: ERR_LIMIT (more than TRUST_VOUCHES_MAX, TRUST_MET_MAX).
 */
MUST_CHECK int trust_build(struct trust *out, const uint8_t reader[KEY_SIZE], const uint8_t (*met)[KEY_SIZE],
                           size_t met_count, const struct trust_vouch *vouches, size_t count, uint32_t today,
                           void *memory);

/* Own; near: met by the reader; far: at the end of a chain; or a stranger. */
enum budget_class trust_class(const struct trust *t, const uint8_t key[KEY_SIZE]);

/* Return how many separate chains lead to any of these keys, each of which ends one at most. Doubles and the reader's
 * own key among them count for nothing. */
unsigned trust_chains(struct trust *t, const uint8_t (*keys)[KEY_SIZE], size_t count);

/* Return how many separate chains lead to one key, which may end them all; a meeting of the reader's own is one. */
unsigned trust_chains_to(struct trust *t, const uint8_t key[KEY_SIZE]);

#endif
