/*
 * report_words.c: what reports are called.
 */
#include "node/report_words.h"

#include <string.h>

struct name {
    const char *name, *words;
};

static const struct name whats[REPORT_WHAT_MAX + 1] = {
    [REPORT_CURFEW] = {"curfew", LANG_LATER("curfew")},
    [REPORT_CHECKPOINT] = {"checkpoint", LANG_LATER("checkpoint")},
    [REPORT_DANGER] = {"danger", LANG_LATER("danger here")},
    [REPORT_ROAD] = {"road", LANG_LATER("road closed")},
    [REPORT_SHOOTING] = {"shooting", LANG_LATER("shooting")},
    [REPORT_FIRE] = {"fire", LANG_LATER("fire")},
    [REPORT_ARRESTS] = {"arrests", LANG_LATER("arrests")},
    [REPORT_OUTAGE] = {"outage", LANG_LATER("no light, water, heat or connection")},
    [REPORT_OTHER] = {"other", LANG_LATER("other")},
};

static const struct name grounds[REPORT_GROUND_MAX + 1] = {
    [0] = {"none", ""},
    [REPORT_SAW] = {"saw", LANG_LATER("saw it")},
    [REPORT_TOLD] = {"told", LANG_LATER("was told")},
    [REPORT_PAPER] = {"paper", LANG_LATER("read it in an official paper")},
};

static const struct name types[REPORT_TYPE_MAX + 1] = {
    [REPORT_MESSAGE] = {"message", LANG_LATER("message")},
    [REPORT_PLAIN] = {"report", LANG_LATER("what happened")},
    [REPORT_WARNING] = {"warning", LANG_LATER("warning")},
    [REPORT_ASKED] = {"asked", LANG_LATER("the authorities were asked")},
};

static const struct name states[] = {
    [REPORT_UP] = {"up", ""},
    [REPORT_DISPUTED] = {"disputed", LANG_LATER("disputed")},
    [REPORT_REVOKED] = {"revoked", LANG_LATER("not so, says who wrote it")},
    [REPORT_OVER] = {"over", LANG_LATER("over")},
};

static const struct name says[REPORT_SAY_MAX + 1] = {
    [REPORT_CONFIRM] = {"confirm", LANG_LATER("says so, too")},
    [REPORT_DENY] = {"deny", LANG_LATER("says it is not so")},
    [REPORT_ADD] = {"add", LANG_LATER("adds")},
    [REPORT_ANSWER] = {"answer", LANG_LATER("the answer")},
};

static const char *const places[] = {
    [REPORT_COUNTS] = "counts", [REPORT_EARLIER] = "earlier", [REPORT_REPLACED] = "replaced", [REPORT_SAID] = "said"};

static unsigned parse(const struct name *names, unsigned most, const char *name) {
    for (unsigned i = 1; i <= most; i++)
        if (strcmp(names[i].name, name) == 0) return i;
    return 0;
}

const char *report_what_name(unsigned what) {
    return whats[what].name;
}

unsigned report_what_parse(const char *name) {
    return parse(whats, REPORT_WHAT_MAX, name);
}

const char *report_what_words(unsigned what) {
    return whats[what].words;
}

const char *report_ground_name(unsigned ground) {
    return grounds[ground].name;
}

unsigned report_ground_parse(const char *name) {
    return parse(grounds, REPORT_GROUND_MAX, name);
}

const char *report_ground_words(unsigned ground) {
    return grounds[ground].words;
}

const char *report_type_name(unsigned type) {
    return types[type].name;
}

const char *report_type_words(unsigned type) {
    return types[type].words;
}

const char *report_state_name(unsigned state) {
    return states[state].name;
}

const char *report_state_words(unsigned state) {
    return states[state].words;
}

const char *report_say_name(unsigned say) {
    return says[say].name;
}

const char *report_say_words(unsigned say) {
    return says[say].words;
}

const char *report_place_name(unsigned place) {
    return places[place];
}

/* ---- Points ---- */

/* Read degrees up to `end`, in thousandths. */
static int degrees_read(const char **at, char end, int32_t max, int32_t *out) {
    bool minus = **at == '-';
    int64_t value = 0;
    int decimals = -1, digits = 0;
    if (minus) (*at)++;
    for (; **at != end; (*at)++) {
        if (**at == '.' && decimals < 0) {
            decimals = 0;
            continue;
        }
        if (**at < '0' || **at > '9') return ERR_FIELD;
        digits++;
        if (decimals >= 3) continue;
        value = value * 10 + (**at - '0');
        if (value > 1000000) return ERR_POINT;
        if (decimals >= 0) decimals++;
    }
    if (digits == 0) return ERR_FIELD;
    for (int i = decimals < 0 ? 0 : decimals; i < 3; i++) value *= 10;
    if (value > max) return ERR_POINT;
    *out = (int32_t)(minus ? -value : value);
    return 0;
}

int report_point_parse(const char *text, int32_t *latitude, int32_t *longitude) {
    int err = degrees_read(&text, ',', REPORT_LATITUDE_MAX, latitude);
    if (err) return err;
    text++;
    return degrees_read(&text, '\0', REPORT_LONGITUDE_MAX, longitude);
}
