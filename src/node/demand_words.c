/*
 * demand_words.c: what the states of demands are called.
 */
#include "node/demand_words.h"

#include <string.h>

#include "lang/lang.h"

static const struct {
    const char *name, *words;
} states[] = {
    [DEMAND_PROPOSED] = {"proposed", LANG_LATER("proposed")},
    [DEMAND_WORDED] = {"worded", LANG_LATER("taken up by the coordinators")},
    [DEMAND_IS_PUT] = {"put", LANG_LATER("put to the assembly")},
    [DEMAND_IS_RATIFIED] = {"ratified", LANG_LATER("ratified, say the coordinators")},
    [DEMAND_IS_REJECTED] = {"rejected", LANG_LATER("not ratified, say the coordinators")},
    [DEMAND_IS_MERGED] = {"merged", LANG_LATER("went into another one")},
};

const char *demand_state_name(unsigned state) {
    return states[state].name;
}

const char *demand_state_words(unsigned state) {
    return states[state].words;
}

unsigned demand_decision_parse(const char *word) {
    static const char *const words[DEMAND_ACT_MAX + 1] = {
        [DEMAND_NUMBER] = "number",    [DEMAND_MERGE] = "merge",       [DEMAND_SPLIT] = "split",
        [DEMAND_PUT] = "put",          [DEMAND_RATIFIED] = "ratified", [DEMAND_REJECTED] = "rejected",
        [DEMAND_ANSWERED] = "answered"};
    for (unsigned i = DEMAND_NUMBER; i <= DEMAND_ACT_MAX; i++)
        if (strcmp(words[i], word) == 0) return i;
    return 0;
}
