/*
 * demand_words.h: what the states of demands and acts upon them are called: in JSON and on the command line, and to
 * people.
 */
#ifndef NODE_DEMAND_WORDS_H
#define NODE_DEMAND_WORDS_H

#include "view/demands.h"

/* Return the name of an enum demand_state ("put"), and what people are told of it, untranslated. */
const char *demand_state_name(unsigned state);
const char *demand_state_words(unsigned state);

/* Return the enum demand_act_type that `decide` means by a word, or 0. */
unsigned demand_decision_parse(const char *word);

#endif
