/*
 * Fuzz the bodies of wordings, acts, tallies and rolls: the first byte says which, and how many references of which
 * type there are, the rest is the content. What is accepted is within its limits.
 */
#include <string.h>

#include "core/check.h"
#include "core/demand.h"
#include "core/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_text(const char *text, size_t size, size_t most) {
    return size <= most && (size == 0 || utf8_is_text((const uint8_t *)text, size, true));
}

static void record_try(const struct record *r) {
    struct demand demand;
    struct demand_act act;
    struct demand_tally tally;
    struct demand_roll roll;
    if (demand_decode(&demand, r) == 0) CHECK(demand.size > 0 && is_text(demand.text, demand.size, DEMAND_TEXT_MAX));
    if (demand_act_decode(&act, r) == 0) {
        CHECK(act.type >= 1 && act.type <= DEMAND_ACT_MAX && act.target && act.number <= DEMAND_NUMBER_MAX);
        CHECK((act.object != NULL) == demand_act_names(act.type) && is_text(act.note, act.note_size, DEMAND_NOTE_MAX));
    }
    if (demand_tally_decode(&tally, r) == 0) {
        CHECK(tally.target && tally.object && (tally.way == DEMAND_HANDS || tally.way == DEMAND_PAPER));
        CHECK(tally.in_favour <= DEMAND_COUNT_MAX && tally.against <= DEMAND_COUNT_MAX && tally.when <= TIME_MAX);
        CHECK(utf8_length(tally.place, sizeof tally.place) <= DEMAND_PLACE_MAX);
    }
    if (demand_roll_decode(&roll, r) == 0) CHECK(roll.count >= 1 && roll.count <= DEMAND_ROLL_MAX && roll.keys);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const uint32_t kinds[] = {KIND_DEMAND, KIND_DEMAND_ACT, KIND_TALLY, KIND_ROLL};
    static uint8_t body[RECORD_SIZE_MAX];
    struct record r = {.form = RECORD_FORM_PLAIN, .body = body};
    if (size == 0 || size - 1 > RECORD_BODY_MAX - RECORD_SALT_SIZE) return 0;
    r.kind = kinds[data[0] & 3];
    r.ref_count = (data[0] >> 2) % 4;
    for (unsigned i = 0; i < r.ref_count; i++) {
        r.refs[i].type = i == 0 ? REF_TARGET : i == 1 ? REF_OBJECT : REF_REPLY;
        memset(r.refs[i].id, (int)i, HASH_SIZE);
    }
    memcpy(body + RECORD_SALT_SIZE, data + 1, size - 1);
    r.body_size = RECORD_SALT_SIZE + size - 1;
    (void)!demand_check(&r);
    record_try(&r);
    return 0;
}
