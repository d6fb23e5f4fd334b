/*
 * aid_words.h: what needs, offers and takes are called: in JSON and on the command line, and to people.
 */
#ifndef NODE_AID_WORDS_H
#define NODE_AID_WORDS_H

#include "lang/lang.h"
#include "view/aid.h"

/* Return the name of an enum aid_what ("food"), and the one of a name, or 0. */
const char *aid_what_name(unsigned what);
unsigned aid_what_parse(const char *name);

/* The same for people, untranslated: a message of the catalogue. */
const char *aid_what_words(unsigned what);

/* Return the name of an enum aid_state or aid_take, and what people are told of it. */
const char *aid_state_name(unsigned state);
const char *aid_state_words(unsigned state);
const char *aid_take_name(unsigned take);
const char *aid_take_words(unsigned take);

#endif
