/*
 * persons_words.c: what the statuses, grounds and sexes of the register of people are called.
 */
#include "node/persons_words.h"

#include <string.h>

struct name {
    const char *name, *words;
};

static const struct name states[] = {
    [0] = {"", ""},
    [PERSON_LOOKED_FOR] = {"looked_for", LANG_LATER("looked for")},
    [PERSON_DETAINED] = {"detained", LANG_LATER("detained")},
    [PERSON_HURT] = {"hurt", LANG_LATER("hurt")},
    [PERSON_SAFE] = {"safe", LANG_LATER("safe")},
    [PERSON_DEAD] = {"dead", LANG_LATER("dead")},
    [PERSON_BELIEVED_ALIVE] = {"believed_alive", LANG_LATER("believed alive")},
    [PERSON_INFORMATION] = {"information", LANG_LATER("information")},
    [PERSON_DIFFERENT] = {"different", LANG_LATER("different things are said")},
    [PERSON_ASK] = {"ask", LANG_LATER("the reports contradict each other: ask a volunteer")},
    [PERSON_EXPIRED] = {"expired", LANG_LATER("expired: nobody renewed the entry")},
};

static const struct name grounds[] = {
    [0] = {"", ""},
    [PERSON_SAW] = {"saw", LANG_LATER("saw it")},
    [PERSON_TOLD] = {"told", LANG_LATER("was told")},
    [PERSON_LIST] = {"list", LANG_LATER("it stands on a list")},
    [PERSON_PAPER] = {"paper", LANG_LATER("an official paper says so")},
};

static const struct name sexes[] = {
    [0] = {"", ""},
    [PERSON_FEMALE] = {"female", LANG_LATER("female")},
    [PERSON_MALE] = {"male", LANG_LATER("male")},
    [PERSON_OTHER_SEX] = {"other", LANG_LATER("another sex")},
};

/* Whether both are the same, with - for _. */
static bool same(const char *name, const char *typed) {
    for (; *name && (*name == *typed || (*name == '_' && *typed == '-')); name++) typed++;
    return *name == *typed;
}

static unsigned parse(const struct name *names, unsigned most, const char *typed) {
    for (unsigned i = 1; i <= most; i++)
        if (same(names[i].name, typed)) return i;
    return 0;
}

const char *person_state_name(unsigned state) {
    return states[state].name;
}

unsigned person_status_parse(const char *name) {
    return parse(states, PERSON_STATUS_MAX, name);
}

const char *person_state_words(unsigned state) {
    return states[state].words;
}

const char *person_ground_name(unsigned ground) {
    return grounds[ground].name;
}

unsigned person_ground_parse(const char *name) {
    return parse(grounds, PERSON_GROUND_MAX, name);
}

const char *person_ground_words(unsigned ground) {
    return grounds[ground].words;
}

const char *person_sex_name(unsigned sex) {
    return sexes[sex].name;
}

unsigned person_sex_parse(const char *name) {
    return parse(sexes, PERSON_SEX_MAX, name);
}

const char *person_sex_words(unsigned sex) {
    return sexes[sex].words;
}
