/*
 * lookup.h: which community or record a person means: any unique prefix of its id from 4 hex digits on, a community
 * also by its title.
 */
#ifndef NODE_LOOKUP_H
#define NODE_LOOKUP_H

#include "node/command.h"

#define LOOKUP_PREFIX_MIN 4
#define LOOKUP_CANDIDATES_MAX 20

/*
 * Find a community. A prefix of an id, else the exact title, else the title as people type it (fold.h); a title that
 * several have means the one that the person joined, if that is a single one. Return 0, or say who the candidates are
 * and return ERR_NOT_FOUND or ERR_AMBIGUOUS; another error is said too. *out is filled under home_enter, which the
 * caller does not hold.
 */
MUST_CHECK int lookup_community(const struct command_call *call, const char *name, struct store_community *out);

/* Find a record by a prefix of its id, in the same manner. */
MUST_CHECK int lookup_record(const struct command_call *call, const char *prefix, uint8_t id[HASH_SIZE]);

/*
 * Find a person of a community: somebody whom the person of this device met or named, or whose message is here, or of a
 * closed one a member; by the
 * name that they have here, by the beginning of the key, by the syllables of the handle. Says what is wrong as
 * lookup_record does.
 */
MUST_CHECK int lookup_person(const struct command_call *call, const uint8_t community[HASH_SIZE], const char *text,
                             uint8_t key[KEY_SIZE]);

/* Tell whether an id or a key begins with so many hex digits. */
bool lookup_begins(const uint8_t id[HASH_SIZE], const uint8_t prefix[HASH_SIZE], unsigned nibbles);

/* Read up to 64 hex digits of either case into bytes. Return how many digits there were, 0 if it is anything else or
 * none. */
unsigned lookup_hex(const char *text, uint8_t out[HASH_SIZE]);

#endif
