/*
 * names_sample_util.h: people made up from common Kazakh and Russian names, how a register has them, and how somebody
 * who looks for one may write the name.
 *
 * Nothing here is made with the rules of view/name_key.h: alphabets are tables of their own, errors of typing come from
 * keyboards.
 */
#ifndef TEST_VIEW_NAMES_SAMPLE_UTIL_H
#define TEST_VIEW_NAMES_SAMPLE_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "test/property_util.h"

#define SAMPLE_NAME_MAX 400

struct sample_person {
    bool russian, female;
    unsigned family, family_form, given, father;
};

enum sample_kind {
    SAMPLE_KAZAKH,     /* family, given name and patronymic in Kazakh */
    SAMPLE_RUSSIAN,    /* in Russian letters */
    SAMPLE_LATIN_2021, /* the Kazakh Latin alphabet of 2021 */
    SAMPLE_LATIN_2018,
    SAMPLE_PASSPORT, /* ICAO Doc 9303 */
    SAMPLE_PASSPORT_OLD,
    SAMPLE_BY_EAR, /* Latin letters as they come to mind */
    SAMPLE_ORDER,  /* given name first */
    SAMPLE_SHORT,  /* no patronymic */
    SAMPLE_INITIALS,
    SAMPLE_OTHER_ENDING, /* -ұлы for -ович and the other way about */
    SAMPLE_SPLIT,        /* a long given name as two words */
    /* from here on with errors, half in Cyrillic, half in Latin letters */
    SAMPLE_NEIGHBOUR, /* a neighbouring key for the right one */
    SAMPLE_OMISSION,
    SAMPLE_INSERTION,
    SAMPLE_SWAP,
    SAMPLE_DOUBLE,
    SAMPLE_TWO_ERRORS,   /* in two words */
    SAMPLE_ERROR_SHORT,  /* one error and no patronymic */
    SAMPLE_THREE_ERRORS, /* in any words */
    SAMPLE_HARD_LATIN,   /* by ear, given name first, no patronymic, an error in either word */
    SAMPLE_HARD_RUSSIAN, /* the same as a Russian clerk would have written it */
    SAMPLE_KINDS
};

extern const char *const sample_kind_names[SAMPLE_KINDS];

void sample_person(struct rng *g, struct sample_person *out);

/* Tell two halves of all people apart, by a hash of who they are: 0 or 1. */
unsigned sample_half(const struct sample_person *p);

/* Write the name as a register has it: in Kazakh, Russian or Latin letters, mostly with a patronymic. Return its size.
 */
size_t sample_entry(struct rng *g, const struct sample_person *p, char out[SAMPLE_NAME_MAX]);

/* Write the name as somebody looks for it. Return its size. */
size_t sample_query(struct rng *g, const struct sample_person *p, enum sample_kind kind, char out[SAMPLE_NAME_MAX]);

#endif
