/*
 * command_persons.h: what the commands about the register of people share.
 */
#ifndef NODE_COMMAND_PERSONS_H
#define NODE_COMMAND_PERSONS_H

#include "node/command.h"
#include "query/persons.h"
#include "store/freezes.h"

/* Say what an error means, as command_failed does, with more about the register. Return COMMAND_FAILED. */
int person_failed(const struct command_call *call, int err);

/* Find the entry that an argument names: its id and its community. 0, or an error that was said. Not within home_enter.
 */
MUST_CHECK int person_lookup(const struct command_call *call, unsigned argument, uint8_t id[HASH_SIZE],
                             uint8_t community[HASH_SIZE]);

/* Tell whether a text seems to hold a telephone number or an e-mail address. */
bool person_has_contact(const char *text, size_t size);

#endif
