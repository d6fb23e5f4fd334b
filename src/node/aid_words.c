/*
 * aid_words.c: what needs, offers and takes are called.
 */
#include "node/aid_words.h"

#include <string.h>

struct name {
    const char *name, *words;
};

static const struct name whats[AID_WHAT_MAX + 1] = {
    [AID_FOOD] = {"food", LANG_LATER("food")},
    [AID_WATER] = {"water", LANG_LATER("water")},
    [AID_MEDICINE] = {"medicine", LANG_LATER("medicine")},
    [AID_BLOOD] = {"blood", LANG_LATER("blood")},
    [AID_CARE] = {"care", LANG_LATER("care for the wounded")},
    [AID_TRANSPORT] = {"transport", LANG_LATER("transport")},
    [AID_SHELTER] = {"shelter", LANG_LATER("shelter")},
    [AID_WARMTH] = {"warmth", LANG_LATER("warmth")},
    [AID_CASH] = {"cash", LANG_LATER("cash")},
    [AID_CHARGING] = {"charging", LANG_LATER("charging a phone")},
    [AID_LEGAL] = {"legal", LANG_LATER("legal help")},
    [AID_CALL] = {"call", LANG_LATER("a call to make")},
    [AID_SEARCH] = {"search", LANG_LATER("search")},
    [AID_OTHER] = {"other", LANG_LATER("other")},
};

static const struct name states[] = {
    [AID_OPEN] = {"open", LANG_LATER("nobody has taken it on")},
    [AID_PARTLY] = {"partly", LANG_LATER("more helpers are wanted")},
    [AID_TAKEN] = {"taken", LANG_LATER("taken on")},
    [AID_SAID] = {"said", LANG_LATER("done, say the helpers")},
    [AID_CLOSED] = {"closed", LANG_LATER("done")},
    [AID_OVER] = {"over", LANG_LATER("its time is past")},
};

static const struct name takes[] = {
    [AID_NO_TAKE] = {"none", LANG_LATER("no longer needed")},
    [AID_GIVEN_BACK] = {"back", LANG_LATER("handed back")},
    [AID_IN_CHARGE] = {"in_charge", LANG_LATER("does it")},
    [AID_ACCEPTED] = {"accepted", LANG_LATER("does it, and was accepted")},
    [AID_SECOND] = {"second", LANG_LATER("second, if the first can't")},
    [AID_REFUSED] = {"refused", LANG_LATER("was refused")},
    [AID_TOO_MANY] = {"too_many", LANG_LATER("has too many others open")},
    [AID_PART_DONE] = {"done", LANG_LATER("says it is done")},
};

const char *aid_what_name(unsigned what) {
    return whats[what].name;
}

unsigned aid_what_parse(const char *name) {
    for (unsigned i = 1; i <= AID_WHAT_MAX; i++)
        if (strcmp(whats[i].name, name) == 0) return i;
    return 0;
}

const char *aid_what_words(unsigned what) {
    return whats[what].words;
}

const char *aid_state_name(unsigned state) {
    return states[state].name;
}

const char *aid_state_words(unsigned state) {
    return states[state].words;
}

const char *aid_take_name(unsigned take) {
    return takes[take].name;
}

const char *aid_take_words(unsigned take) {
    return takes[take].words;
}
