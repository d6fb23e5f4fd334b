/*
 * report_words.h: what reports are called: in JSON and on the command line, and to people.
 */
#ifndef NODE_REPORT_WORDS_H
#define NODE_REPORT_WORDS_H

#include "lang/lang.h"
#include "view/report.h"

/* Return the name of an enum report_what ("checkpoint"), and the one of a name, or 0; the same of an enum
 * report_ground. */
const char *report_what_name(unsigned what);
unsigned report_what_parse(const char *name);
const char *report_ground_name(unsigned ground);
unsigned report_ground_parse(const char *name);

/* The same for people, untranslated: a message of the catalogue. */
const char *report_what_words(unsigned what);
const char *report_ground_words(unsigned ground);
const char *report_type_words(unsigned type);
const char *report_state_words(unsigned state); /* of REPORT_UP "" */
const char *report_say_words(unsigned say);

/* The names of an enum report_type, report_state, report_say, report_place. */
const char *report_type_name(unsigned type);
const char *report_state_name(unsigned state);
const char *report_say_name(unsigned say);
const char *report_place_name(unsigned place);

/* Read "43.238,76.945": degrees north and east with any number of decimals, of which three count. Return 0, ERR_FIELD
 * (another form), ERR_POINT. */
MUST_CHECK int report_point_parse(const char *text, int32_t *latitude, int32_t *longitude);

#endif
