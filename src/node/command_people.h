/*
 * command_people.h: what the commands about people share.
 */
#ifndef NODE_COMMAND_PEOPLE_H
#define NODE_COMMAND_PEOPLE_H

#include "node/command.h"
#include "node/people.h"

/* Return somebody as JSON shows them; NULL without memory. */
json_t *people_json(const struct people *p, const struct person_known *one);

/* Remember that the words of a meeting were shown, until the person says whether they are the same (met --same). */
MUST_CHECK int people_pending_set(const struct command_call *call, const uint8_t community[HASH_SIZE],
                                  const uint8_t key[KEY_SIZE]);

#endif
