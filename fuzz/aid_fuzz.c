/*
 * Fuzz the bodies of needs, offers and acts: the first byte says which, and how many references of which type there
 * are, the rest is the content. What is accepted is within its limits, and made anew it reads the same.
 */
#include <string.h>

#include "core/aid.h"
#include "core/check.h"
#include "core/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void entry_try(const struct record *r) {
    struct aid aid;
    if (aid_decode(&aid, r) != 0) return;
    CHECK(aid.type >= AID_NEED && aid.type <= AID_OFFER && aid.what >= 1 && aid.what <= AID_WHAT_MAX);
    CHECK(aid.helpers >= 1 && aid.helpers <= AID_HELPERS_MAX && aid.amount <= AID_AMOUNT_MAX && aid.until <= TIME_MAX);
    CHECK(aid.size <= AID_TEXT_MAX && (aid.size == 0 || utf8_is_text((const uint8_t *)aid.text, aid.size, true)));
    CHECK(utf8_length(aid.district, sizeof aid.district) <= AID_DISTRICT_MAX);
    CHECK(utf8_length(aid.place, sizeof aid.place) <= AID_PLACE_MAX);
}

static void act_try(const struct record *r) {
    struct aid_act act;
    if (aid_act_decode(&act, r) != 0) return;
    CHECK(act.type >= 1 && act.type <= AID_ACT_MAX && act.target);
    CHECK((act.key != NULL) == (act.type == AID_TAKE));
    CHECK((act.take != NULL) == (act.type == AID_ACCEPT || act.type == AID_REFUSE));
    CHECK(act.sealed_size <= AID_BOX_MAX && act.note_size <= AID_NOTE_MAX);
    CHECK(act.note_size == 0 || utf8_is_text((const uint8_t *)act.note, act.note_size, true));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t body[RECORD_SIZE_MAX];
    struct record r = {.form = RECORD_FORM_PLAIN, .body = body};
    if (size == 0 || size - 1 > RECORD_BODY_MAX - RECORD_SALT_SIZE) return 0;
    r.kind = data[0] & 1 ? KIND_AID_ACT : KIND_AID;
    r.ref_count = (data[0] >> 1) % 4;
    for (unsigned i = 0; i < r.ref_count; i++) {
        r.refs[i].type = i == 0 ? REF_TARGET : i == 1 ? REF_OBJECT : REF_REPLY;
        memset(r.refs[i].id, (int)i, HASH_SIZE);
    }
    memcpy(body + RECORD_SALT_SIZE, data + 1, size - 1);
    r.body_size = RECORD_SALT_SIZE + size - 1;
    (void)!aid_check(&r);
    entry_try(&r);
    act_try(&r);
    return 0;
}
