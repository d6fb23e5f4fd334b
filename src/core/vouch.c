/*
 * vouch.c: the record of a meeting.
 */
#include "core/vouch.h"

#include <string.h>

#include "core/fields.h"

enum { TAG_KEY = 1 };

static uint32_t life_days(uint32_t keep_days) {
    return keep_days < VOUCH_DAYS ? keep_days : VOUCH_DAYS;
}

int vouch_decode(uint8_t out[KEY_SIZE], const struct record *r) {
    struct reader in;
    struct field f = {0};
    size_t size;
    bool has_key = false;
    int got;
    const uint8_t *content = record_content(r, &size);
    if (r->kind != KIND_VOUCH || !content || r->ref_count != 0) return ERR_FIELD;
    reader_init(&in, content, size);
    while ((got = fields_next(&in, f.tag, &f)) > 0) {
        if (f.tag == TAG_KEY) {
            if (f.size != KEY_SIZE) return ERR_FIELD;
            memcpy(out, f.value, KEY_SIZE);
            has_key = true;
        } else if (f.tag < FIELDS_OPTIONAL) {
            return ERR_UNSUPPORTED;
        }
    }
    if (got < 0) return got;
    return has_key && memcmp(out, r->author, KEY_SIZE) != 0 ? 0 : ERR_FIELD;
}

int vouch_check(const struct record *r, uint32_t keep_days) {
    uint8_t key[KEY_SIZE];
    uint32_t day = (uint32_t)(r->created / DAY_SECONDS);
    if (r->created % DAY_SECONDS != 0 || r->expiry_day != day + life_days(keep_days)) return ERR_TIME;
    if (!r->body) return r->ref_count == 0 ? 0 : ERR_FIELD;
    return vouch_decode(key, r);
}

int vouch_make(struct author *a, const uint8_t key[KEY_SIZE], uint32_t today, const uint8_t salt[RECORD_SALT_SIZE],
               uint8_t room[RECORD_SIZE_MAX], struct record *out) {
    uint8_t content[2 + KEY_SIZE];
    struct writer w;
    if (a->charter->access == CHARTER_OPEN) return ERR_CHARTER;
    if (memcmp(key, a->member.key, KEY_SIZE) == 0) return ERR_FIELD;
    writer_init(&w, content, sizeof content);
    fields_put(&w, TAG_KEY, key, KEY_SIZE);
    if (w.err) return w.err;
    struct author_other other = {.kind = KIND_VOUCH,
                                 .urgency = URGENCY_NORMAL,
                                 .expiry_day = today + life_days(a->charter->keep_days),
                                 .content = content,
                                 .content_size = w.at};
    return author_other(a, &other, (uint64_t)today * DAY_SECONDS, salt, room, out);
}
