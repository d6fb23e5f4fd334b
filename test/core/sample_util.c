/*
 * sample_util.c: random valid structures.
 */
#include "test/core/sample_util.h"

#include <string.h>

#include "core/check.h"
#include "core/crypto.h"

void sample_text(struct rng *g, char *out, size_t size, bool lines) {
    static const char *const characters[][4] = {
        {"a", " ", "~", "/"},
        {"\xd0\xb6", "\xd2\x9b", "\xc2\xa0", "\xdf\xbf"},
        {"\xe2\x80\x94", "\xe0\xa0\x80", "\xef\xbf\xbf", "\xed\x9f\xbf"},
        {"\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "\xf0\x9f\x91\x82", "\xf3\xa0\x80\x81"}};
    while (size > 0) {
        size_t length = 1 + (size_t)rng_below(g, size < 4 ? size : 4);
        const char *character = characters[length - 1][rng_below(g, 4)];
        if (lines && length == 1 && rng_one_in(g, 8)) character = rng_one_in(g, 2) ? "\n" : "\t";
        if (!lines && *character == '/') character = "_";
        memcpy(out, character, length);
        out += length;
        size -= length;
    }
}

void sample_member(struct rng *g, struct member *out) {
    uint8_t seed[SEED_SIZE];
    rng_bytes(g, seed, sizeof seed);
    crypto_keypair(out->key, out->secret, seed);
}

static int found_with(struct rng *g, struct sample_community *out, uint8_t access) {
    static const char *const langs[] = {"kk", "ru", "en", "zh-hans", "es-419", "kk-latn", "de-ch-1a"};
    uint8_t salt[RECORD_SALT_SIZE];
    struct charter *c = &out->charter;
    memset(out, 0, sizeof *out);
    rng_bytes(g, out->seed, sizeof out->seed);
    rng_bytes(g, salt, sizeof salt);
    c->access = access;
    rng_bytes(g, c->nonce, sizeof c->nonce);
    sample_text(g, c->title, rng_one_in(g, 4) ? CHARTER_TITLE_MAX : 1 + (size_t)rng_below(g, CHARTER_TITLE_MAX), false);
    const char *lang = langs[rng_below(g, sizeof langs / sizeof langs[0])];
    memcpy(c->lang, lang, strlen(lang) + 1);
    c->keep_days = rng_one_in(g, 4) ? CHARTER_KEEP_DAYS_MAX : 1 + (uint32_t)rng_below(g, CHARTER_KEEP_DAYS_MAX);
    c->coordinator_count = (uint8_t)(rng_one_in(g, 2) ? 0 : rng_below(g, CHARTER_COORDINATORS_MAX + 1));
    rng_bytes(g, c->coordinators[0], (size_t)c->coordinator_count * KEY_SIZE);
    uint64_t created = rng_one_in(g, 4) ? rng_below(g, (uint64_t)TIME_MAX + 1) : SAMPLE_TIME + rng_below(g, 1000000);
    int err = charter_found(c, &out->record, out->body, out->seed, salt, created);
    if (err) return err;
    int size = charter_compact(&out->record, out->compact, sizeof out->compact);
    CHECK(size > 0);
    out->compact_size = (size_t)size;
    return 0;
}

void sample_found(struct rng *g, struct sample_community *out) {
    int err = found_with(g, out, CHARTER_OPEN);
    CHECK(err == 0);
}

void sample_found_closed(struct rng *g, struct sample_community *out) {
    int err = found_with(g, out, CHARTER_CLOSED);
    CHECK(err == 0);
}

void sample_text_fill(struct rng *g, struct text *out, char *room, size_t size_max, unsigned blob_count) {
    memset(out, 0, sizeof *out);
    out->text = room;
    out->size = (size_t)rng_below(g, size_max + 1);
    if (out->size == 0 && blob_count == 0) out->size = 1;
    sample_text(g, room, out->size, true);
    out->guest = rng_one_in(g, 4);
    out->attachment_count = (uint8_t)blob_count;
    for (unsigned i = 0; i < blob_count; i++) {
        struct attachment *a = &out->attachments[i];
        rng_bytes(g, a->blob, sizeof a->blob);
        a->size_bytes = rng_one_in(g, 4) ? BLOB_SIZE_MAX : 1 + rng_below(g, BLOB_SIZE_MAX);
        size_t media = rng_one_in(g, 4) ? TEXT_MEDIA_MAX : (size_t)rng_below(g, TEXT_MEDIA_MAX + 1);
        for (size_t j = 0; j < media; j++) a->media[j] = (char)('!' + rng_below(g, '~' - '!' + 1));
        sample_text(g, a->name, rng_one_in(g, 4) ? TEXT_NAME_MAX : (size_t)rng_below(g, TEXT_NAME_MAX + 1), false);
    }
}

static void text_make(struct rng *g, struct sample_record *out, size_t content_max) {
    static char room[RECORD_SIZE_MAX];
    uint8_t salt[RECORD_SALT_SIZE];
    struct text text;
    struct record *r = &out->record;
    unsigned blobs = rng_one_in(g, 4) ? 1 + (unsigned)rng_below(g, TEXT_ATTACHMENTS_MAX) : 0;
    size_t size_max = content_max > 2000 ? content_max - 2000 : 1;
    sample_text_fill(g, &text, room, size_max, blobs);
    rng_bytes(g, salt, sizeof salt);
    r->ref_count = 0;
    for (unsigned i = 0; i < blobs; i++) {
        r->refs[r->ref_count].type = REF_BLOB;
        memcpy(r->refs[r->ref_count++].id, text.attachments[i].blob, HASH_SIZE);
        if (rng_one_in(g, 4)) {
            r->refs[r->ref_count].type = rng_one_in(g, 2) ? REF_REPLY : REF_TYPE_MAX;
            rng_bytes(g, r->refs[r->ref_count++].id, HASH_SIZE);
        }
    }
    int size = text_body(&text, salt, out->body, sizeof out->body);
    CHECK(size > 0);
    r->body_size = (size_t)size;
}

void sample_record(struct rng *g, struct sample_record *out, const struct sample_community *in,
                   const struct member *author, size_t content_max) {
    static const uint32_t kinds[] = {KIND_TEXT, KIND_TEXT, KIND_RETRACTION, 0, 7, 8, 127, 128, RECORD_KIND_MAX};
    struct record *r = &out->record;
    memset(r, 0, sizeof *r);
    r->form = RECORD_FORM_PLAIN;
    r->kind = kinds[rng_below(g, sizeof kinds / sizeof kinds[0])];
    memcpy(r->community, in->charter.community, HASH_SIZE);
    memcpy(r->author, author->key, KEY_SIZE);
    r->seq = rng_one_in(g, 4) ? RECORD_SEQ_MAX : rng_wide(g) & RECORD_SEQ_MAX;
    if (rng_one_in(g, 4)) r->seq = 0;
    if (r->seq > 0) rng_bytes(g, r->prev, PREV_SIZE);
    r->created = rng_one_in(g, 8) ? TIME_MAX : rng_one_in(g, 8) ? 0 : SAMPLE_TIME + rng_below(g, 10000000);
    uint32_t day = (uint32_t)(r->created / DAY_SECONDS);
    r->expiry_day =
        day + (rng_one_in(g, 2) ? in->charter.keep_days : (uint32_t)rng_below(g, in->charter.keep_days + 1));
    r->urgency = (uint8_t)rng_below(g, URGENCY_URGENT + 1);
    r->ref_count = (uint8_t)(rng_one_in(g, 2) ? 0 : rng_below(g, RECORD_REFS_MAX + 1));
    for (unsigned i = 0; i < r->ref_count; i++) {
        r->refs[i].type = (uint8_t)(1 + rng_below(g, REF_TYPE_MAX));
        rng_bytes(g, r->refs[i].id, HASH_SIZE);
    }
    r->body = out->body;
    r->body_size = RECORD_SALT_SIZE + (size_t)rng_below(g, content_max + 1);
    rng_bytes(g, out->body, r->body_size);
    if (r->kind == KIND_TEXT) text_make(g, out, content_max);
    if (r->kind == KIND_RETRACTION) {
        r->ref_count = 1;
        r->refs[0].type = REF_TARGET;
        rng_bytes(g, r->refs[0].id, HASH_SIZE);
        r->body_size = RECORD_SALT_SIZE;
    }
    int err = record_sign(r, author->secret);
    CHECK(err == 0);
}

void sample_sealed_until(struct rng *g, struct sample_record *out, const struct member *shelf, uint32_t expiry_day) {
    struct record *r = &out->record;
    memset(r, 0, sizeof *r);
    r->form = RECORD_FORM_SEALED;
    memcpy(r->author, shelf->key, KEY_SIZE);
    r->expiry_day = expiry_day;
    r->urgency = (uint8_t)rng_below(g, URGENCY_URGENT + 1);
    r->size_class = (uint8_t)rng_below(g, RECORD_SIZE_CLASSES);
    r->body_size = record_class_size(r->size_class);
    r->body = out->body;
    rng_bytes(g, out->body, r->body_size);
    int err = record_sign(r, shelf->secret);
    CHECK(err == 0);
}

void sample_sealed(struct rng *g, struct sample_record *out, const struct member *shelf) {
    uint32_t last = TIME_MAX / DAY_SECONDS;
    sample_sealed_until(g, out, shelf, rng_one_in(g, 4) ? last : (uint32_t)rng_below(g, last + 1));
}
