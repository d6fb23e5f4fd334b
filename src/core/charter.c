/*
 * charter.c: charters, their compact form, and what they admit.
 */
#include "core/charter.h"

#include <string.h>

#include "core/aid.h"
#include "core/check.h"
#include "core/crypto.h"
#include "core/demand.h"
#include "core/fields.h"
#include "core/freeze.h"
#include "core/letter.h"
#include "core/person.h"
#include "core/persons.h"
#include "core/piece.h"
#include "core/pin.h"
#include "core/register.h"
#include "core/report.h"
#include "core/text.h"
#include "core/utf8.h"
#include "core/vouch.h"

enum {
    TAG_NONCE = 1,
    TAG_TITLE,
    TAG_LANG,
    TAG_ACCESS,
    TAG_WRITE,
    TAG_KEEP,
    TAG_COORDINATORS,
    TAG_HISTORY,
    TAG_FREEZE = 144
};

/* record_pool again: a constant's bytes cannot be named in another. */
const struct charter charter_pool = {
    .community = {0x9d, 0xf8, 0xfe, 0x4a, 0xca, 0x2a, 0x6e, 0xbe, 0x19, 0xfd, 0x0d, 0xdd, 0x00, 0xca, 0x4d, 0x91,
                  0xe6, 0xb8, 0x3e, 0xb9, 0x1a, 0x74, 0xd2, 0x54, 0xa3, 0x59, 0x8e, 0x0d, 0xff, 0x5e, 0x3a, 0xef},
    .access = CHARTER_POOL,
    .keep_days = KEEP_DAYS_MAX,
};

static bool lang_is_valid(const char *lang, size_t size) {
    if (size < 2 || size > CHARTER_LANG_MAX) return false;
    for (size_t i = 0; i < size; i++) {
        char c = lang[i];
        if (!((c >= 'a' && c <= 'z') || (i > 0 && i + 1 < size && c == '-') || (i > 1 && c >= '0' && c <= '9')))
            return false;
    }
    return true;
}

int charter_body(const struct charter *c, const uint8_t salt[RECORD_SALT_SIZE], uint8_t *out, size_t size) {
    struct writer w, keep;
    uint8_t keep_bytes[VARINT_SIZE_MAX];
    size_t title_size = utf8_length(c->title, sizeof c->title), lang_size = utf8_length(c->lang, sizeof c->lang);
    if (title_size == 0 || title_size > CHARTER_TITLE_MAX ||
        !utf8_is_text((const uint8_t *)c->title, title_size, false))
        return ERR_TEXT;
    if (!lang_is_valid(c->lang, lang_size) || c->keep_days < 1 || c->keep_days > CHARTER_KEEP_DAYS_MAX ||
        c->coordinator_count > CHARTER_COORDINATORS_MAX || c->freeze_need > FREEZE_NEED_MAX || c->freeze_need == 1)
        return ERR_FIELD;
    writer_init(&keep, keep_bytes, sizeof keep_bytes);
    writer_varint(&keep, c->keep_days);
    writer_init(&w, out, size);
    writer_bytes(&w, salt, RECORD_SALT_SIZE);
    fields_put(&w, TAG_NONCE, c->nonce, CHARTER_NONCE_SIZE);
    fields_put(&w, TAG_TITLE, (const uint8_t *)c->title, title_size);
    fields_put(&w, TAG_LANG, (const uint8_t *)c->lang, lang_size);
    fields_put(&w, TAG_ACCESS, &c->access, 1);
    fields_put(&w, TAG_WRITE, &c->write, 1);
    fields_put(&w, TAG_KEEP, keep_bytes, keep.at);
    if (c->coordinator_count > 0)
        fields_put(&w, TAG_COORDINATORS, c->coordinators[0], (size_t)c->coordinator_count * KEY_SIZE);
    if (c->history != CHARTER_HISTORY_NONE) fields_put(&w, TAG_HISTORY, &c->history, 1);
    if (c->freeze_need > FREEZE_NEED) fields_put(&w, TAG_FREEZE, &c->freeze_need, 1);
    return w.err ? w.err : (int)w.at;
}

static void record_fill(struct record *r, const uint8_t author[KEY_SIZE], uint64_t created, const uint8_t *body,
                        size_t body_size) {
    memset(r, 0, sizeof *r);
    r->form = RECORD_FORM_PLAIN;
    r->kind = KIND_CHARTER;
    r->urgency = URGENCY_NORMAL;
    r->created = created;
    r->expiry_day = (uint32_t)((created > TIME_MAX ? TIME_MAX : created) / DAY_SECONDS) + CHARTER_LIFE_DAYS;
    memcpy(r->author, author, KEY_SIZE);
    r->body = body;
    r->body_size = body_size;
}

int charter_found(struct charter *c, struct record *record, uint8_t body[CHARTER_BODY_MAX],
                  const uint8_t seed[SEED_SIZE], const uint8_t salt[RECORD_SALT_SIZE], uint64_t created) {
    struct member founder;
    int size = charter_body(c, salt, body, CHARTER_BODY_MAX);
    if (size < 0) return size;
    person_founder(&founder, seed, c->nonce);
    record_fill(record, founder.key, created, body, (size_t)size);
    int err = record_sign(record, founder.secret);
    crypto_wipe(&founder, sizeof founder);
    return err ? err : charter_decode(c, record);
}

static int text_copy(char *out, size_t max, const struct field *f) {
    if (f->size == 0 || f->size > max) return ERR_LIMIT;
    if (!utf8_is_text(f->value, f->size, false)) return ERR_TEXT;
    memcpy(out, f->value, f->size);
    out[f->size] = '\0';
    return 0;
}

static int coordinators_read(struct charter *out, const struct field *f) {
    if (f->size == 0 || f->size % KEY_SIZE != 0) return ERR_FIELD;
    if (f->size / KEY_SIZE > CHARTER_COORDINATORS_MAX) return ERR_LIMIT;
    out->coordinator_count = (uint8_t)(f->size / KEY_SIZE);
    memcpy(out->coordinators, f->value, f->size);
    return 0;
}

static int field_read(struct charter *out, const struct field *f) {
    struct reader keep;
    switch (f->tag) {
    case TAG_NONCE:
        if (f->size != CHARTER_NONCE_SIZE) return ERR_FIELD;
        memcpy(out->nonce, f->value, CHARTER_NONCE_SIZE);
        return 0;
    case TAG_TITLE: return text_copy(out->title, CHARTER_TITLE_MAX, f);
    case TAG_LANG:
        return lang_is_valid((const char *)f->value, f->size) ? text_copy(out->lang, CHARTER_LANG_MAX, f) : ERR_FIELD;
    case TAG_ACCESS:
        if (f->size != 1) return ERR_FIELD;
        out->access = f->value[0];
        return out->access <= CHARTER_CLOSED ? 0 : ERR_UNSUPPORTED;
    case TAG_WRITE:
        if (f->size != 1) return ERR_FIELD;
        out->write = f->value[0];
        return out->write == CHARTER_WRITE_ANYONE ? 0 : ERR_UNSUPPORTED;
    case TAG_KEEP:
        reader_init(&keep, f->value, f->size);
        out->keep_days = (uint32_t)reader_varint(&keep, CHARTER_KEEP_DAYS_MAX);
        if (reader_end(&keep)) return reader_end(&keep);
        return out->keep_days >= 1 ? 0 : ERR_FIELD;
    case TAG_COORDINATORS: return coordinators_read(out, f);
    case TAG_HISTORY:
        if (f->size != 1 || f->value[0] != CHARTER_HISTORY_KEPT || out->access != CHARTER_CLOSED) return ERR_FIELD;
        out->history = f->value[0];
        return 0;
    case TAG_FREEZE:
        if (f->size != 1 || f->value[0] <= FREEZE_NEED || f->value[0] > FREEZE_NEED_MAX) return ERR_FIELD;
        out->freeze_need = f->value[0];
        return 0;
    default: return f->tag < FIELDS_OPTIONAL ? ERR_UNSUPPORTED : 0;
    }
}

int charter_decode(struct charter *out, const struct record *record) {
    struct reader in;
    struct field f = {0};
    unsigned seen = 0;
    int got;
    if (record->form != RECORD_FORM_PLAIN || record->kind != KIND_CHARTER || !record->body) return ERR_CHARTER;
    if (record->body_size > CHARTER_BODY_MAX) return ERR_LIMIT;
    memset(out, 0, sizeof *out);
    memcpy(out->community, record->id, HASH_SIZE);
    memcpy(out->author, record->author, KEY_SIZE);
    out->created = record->created;
    out->freeze_need = FREEZE_NEED;
    reader_init(&in, record->body + RECORD_SALT_SIZE, record->body_size - RECORD_SALT_SIZE);
    while ((got = fields_next(&in, f.tag, &f)) > 0) {
        int err = field_read(out, &f);
        if (err) return err;
        if (f.tag <= TAG_KEEP) seen |= 1u << f.tag;
    }
    if (got < 0) return got;
    if (seen != 0x7e) /* every field from nonce to keep */
        return ERR_FIELD;
    if (out->coordinator_count == 0) {
        out->coordinator_count = 1;
        memcpy(out->coordinators[0], record->author, KEY_SIZE);
    }
    return 0;
}

int charter_compact(const struct record *record, uint8_t *out, size_t size) {
    struct writer w;
    if (record->kind != KIND_CHARTER || !record->body) return ERR_CHARTER;
    writer_init(&w, out, size);
    writer_bytes(&w, record->author, KEY_SIZE);
    writer_varint(&w, record->created);
    writer_bytes(&w, record->signature, SIGNATURE_SIZE);
    writer_bytes(&w, record->body, record->body_size);
    return w.err ? w.err : (int)w.at;
}

int charter_expand(struct charter *out, struct record *record, const uint8_t *bytes, size_t size) {
    struct reader in;
    uint8_t author[KEY_SIZE], signature[SIGNATURE_SIZE],
        canonical[RECORD_HEADER_MAX + SIGNATURE_SIZE + CHARTER_BODY_MAX];
    reader_init(&in, bytes, size);
    reader_copy(&in, author, KEY_SIZE);
    uint64_t created = reader_varint(&in, VARINT_MAX); /* record_encode says ERR_TIME to what is too large */
    reader_copy(&in, signature, SIGNATURE_SIZE);
    size_t body_size = reader_left(&in);
    const uint8_t *body = reader_bytes(&in, body_size);
    if (reader_end(&in)) return reader_end(&in);
    if (body_size > CHARTER_BODY_MAX) return ERR_LIMIT;
    record_fill(record, author, created, body, body_size);
    memcpy(record->signature, signature, SIGNATURE_SIZE);
    /* Through the canonical bytes, so that one decoder alone says what is valid. */
    int canonical_size = record_encode(record, canonical, sizeof canonical);
    if (canonical_size < 0) return canonical_size;
    int err = record_decode(record, canonical, (size_t)canonical_size);
    record->body = body;
    if (!err) err = charter_decode(out, record);
    return err ? err : record_verify(record);
}

bool charter_is_coordinator(const struct charter *c, const uint8_t key[KEY_SIZE]) {
    for (unsigned i = 0; i < c->coordinator_count; i++)
        if (memcmp(c->coordinators[i], key, KEY_SIZE) == 0) return true;
    return false;
}

/* A retraction has one target, and a body of fields, none of which mean anything yet. */
static int retraction_check(const struct record *record) {
    struct reader in;
    struct field f = {0};
    size_t size;
    int got;
    const uint8_t *content = record_content(record, &size);
    if (record->ref_count != 1 || record->refs[0].type != REF_TARGET) return ERR_FIELD;
    reader_init(&in, content, size);
    while ((got = fields_next(&in, f.tag, &f)) > 0) continue;
    return got;
}

int charter_admit(const struct charter *c, const struct record *record) {
    struct text text;
    struct charter own;
    struct freeze_act act;
    bool sealed = record->form == RECORD_FORM_SEALED;
    if (sealed != (c->access == CHARTER_POOL)) return ERR_COMMUNITY;
    if (sealed) return record->body ? 0 : ERR_FIELD;
    if (record->kind == KIND_CHARTER)
        return memcmp(record->id, c->community, HASH_SIZE) == 0 ? charter_decode(&own, record) : ERR_COMMUNITY;
    if (memcmp(record->community, c->community, HASH_SIZE) != 0) return ERR_COMMUNITY;
    bool lasting = c->access == CHARTER_CLOSED && register_is_lasting(record->kind);
    lasting |= freeze_is_kind(record->kind);
    uint32_t days = lasting ? CHARTER_LIFE_DAYS : c->keep_days;
    if (record->expiry_day - (uint32_t)(record->created / DAY_SECONDS) > days) return ERR_CHARTER;
    if (record->kind == KIND_RETRACTION) return retraction_check(record);
    if (record->kind == KIND_LETTER) return c->access == CHARTER_OPEN ? ERR_CHARTER : letter_check(record);
    if (record->kind == KIND_PIN)
        return c->access == CHARTER_OPEN && !charter_is_coordinator(c, record->author) ? ERR_CHARTER
                                                                                       : pin_check(record);
    if (demand_is_kind(record->kind)) return demand_check(record);
    if (record->kind == KIND_AID || record->kind == KIND_AID_ACT) return aid_check(record);
    if (report_is_kind(record->kind)) return report_check(record);
    if (person_is_kind(record->kind)) return person_check(record, c->access == CHARTER_OPEN);
    if (record->kind == KIND_PIECE) return c->access == CHARTER_OPEN ? ERR_CHARTER : piece_check(record);
    if (record->kind == KIND_VOUCH) return c->access == CHARTER_OPEN ? ERR_CHARTER : vouch_check(record, c->keep_days);
    if (freeze_is_kind(record->kind)) return record->body ? freeze_act_decode(&act, record) : 0;
    if (record->kind == KIND_TEXT && record->body) return text_decode(&text, record);
    return c->access == CHARTER_CLOSED && record->body ? register_check(record) : 0;
}
