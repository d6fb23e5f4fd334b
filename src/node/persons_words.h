/*
 * persons_words.h: what the statuses, grounds and sexes of the register of people are called: in JSON and on the
 * command line, and to people.
 */
#ifndef NODE_PERSONS_WORDS_H
#define NODE_PERSONS_WORDS_H

#include "lang/lang.h"
#include "view/persons.h"

/* Return the name of an enum person_status or person_state ("looked_for"), and the status of a name (also
 * "looked-for"), or 0. */
const char *person_state_name(unsigned state);
unsigned person_status_parse(const char *name);

/* The same for people, untranslated: a message of the catalogue. */
const char *person_state_words(unsigned state);

/* The same of an enum person_ground and person_sex. */
const char *person_ground_name(unsigned ground);
unsigned person_ground_parse(const char *name);
const char *person_ground_words(unsigned ground);
const char *person_sex_name(unsigned sex);
unsigned person_sex_parse(const char *name);
const char *person_sex_words(unsigned sex);

#endif
