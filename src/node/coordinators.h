/*
 * coordinators.h: who coordinates a group of this home now, and who belongs to it.
 */
#ifndef NODE_COORDINATORS_H
#define NODE_COORDINATORS_H

#include "node/home.h"

struct coordinators;

/* Read who they are; coordinators_free forgets. charter stays borrowed. The caller holds home_enter for as long as it
 * is used. Errors: ERR_MEMORY, those of closed_look. */
MUST_CHECK int coordinators_read(struct coordinators **out, struct home *home, const struct charter *charter);
void coordinators_free(struct coordinators *c); /* NULL is fine */

/* Tell whether a key coordinates (a query_coordinates; context is the struct coordinators). */
bool coordinators_has(void *context, const uint8_t key[KEY_SIZE]);

/* Copy the keys of a closed group's members, at most MEMBERS_MAX, ascending. Return how many; of an open group 0. */
size_t coordinators_members(const struct coordinators *c, uint8_t (*keys)[KEY_SIZE]);

/* Tell whether the person of this home coordinates. */
bool coordinators_has_person(struct home *home, const struct charter *charter);

#endif
