/*
 * Fuzz what speaks of a phone in other hands: the line of a card, and the records that commit to cards, freeze and
 * lift. Checking and reading agree, what is read lies within the limits, and it folds.
 *
 *   input   0 ‖ a card's line | 1 ‖ kind u8 ‖ n references u8 ‖ n × type u8 ‖ n × first byte of the id ‖ the content
 */
#include <string.h>

#include "core/bytes.h"
#include "core/check.h"
#include "core/freeze.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void line(const char *text, size_t length) {
    struct card c;
    char again[CARD_CHARS_MAX + 1];
    int err = card_decode(&c, text, length);
    CHECK(err == ERR_NOT_CARD || card_is(text, length));
    if (!err) CHECK(card_decode(&c, again, (size_t)card_encode(&c, again)) == 0);
}

static void record(const uint8_t *data, size_t size) {
    static uint8_t body[RECORD_BODY_MAX];
    static struct freeze_act act;
    struct charter open = {.access = CHARTER_OPEN, .keep_days = 90};
    struct record r = {.form = RECORD_FORM_PLAIN, .urgency = URGENCY_NORMAL, .created = 1641384000};
    struct reader in;
    reader_init(&in, data, size);
    r.kind = reader_u8(&in);
    r.ref_count = (uint8_t)(reader_u8(&in) % (RECORD_REFS_MAX + 1));
    for (unsigned i = 0; i < r.ref_count; i++) r.refs[i].type = (uint8_t)(1 + reader_u8(&in) % REF_TYPE_MAX);
    for (unsigned i = 0; i < r.ref_count; i++) r.refs[i].id[0] = reader_u8(&in);
    if (in.err || reader_left(&in) > RECORD_BODY_MAX - RECORD_SALT_SIZE) return;
    r.expiry_day = freeze_expiry_day(&open, r.created);
    r.body = body;
    r.body_size = RECORD_SALT_SIZE + reader_left(&in);
    memcpy(body + RECORD_SALT_SIZE, data + in.at, reader_left(&in));

    int err = freeze_act_decode(&act, &r);
    CHECK(!freeze_is_kind(r.kind) || charter_admit(&open, &r) == err);
    if (err) return;
    CHECK(act.count <= RECORD_REFS_MAX && act.last.seq <= RECORD_SEQ_MAX);
    struct freeze_link link = {.seq = act.seq};
    memcpy(link.author, act.key, KEY_SIZE);
    act.eligible = true;
    freeze_fold(open.community, 1, &act, 1, &link, 1);
    CHECK(act.type != FREEZE_ASK || act.state == FREEZE_STANDS || act.state == FREEZE_WAITS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1) return 0;
    if (data[0] == 0) line((const char *)data + 1, size - 1);
    if (data[0] == 1) record(data + 1, size - 1);
    return 0;
}
