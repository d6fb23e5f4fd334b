/*
 * aid.c: needs and offers, and what is done about them.
 */
#include "core/aid.h"

#include <string.h>

#include "core/fields.h"

enum {
    TAG_TYPE = 1,
    TAG_WHAT,
    TAG_WORD,
    TAG_TEXT,
    TAG_AMOUNT,
    TAG_UNIT,
    TAG_DISTRICT,
    TAG_PLACE,
    TAG_UNTIL,
    TAG_HELPERS,
    TAG_ORIGIN
};
enum { TAG_ACT = 1, TAG_NOTE, TAG_KEY, TAG_SEALED };

/* ---- Entries ---- */

static int entry_field(struct aid *out, const struct field *f) {
    uint64_t number;
    int err;
    switch (f->tag) {
    case TAG_TYPE: return field_byte(f, AID_OFFER, &out->type);
    case TAG_WHAT: return field_byte(f, AID_WHAT_MAX, &out->what);
    case TAG_WORD: return field_line(f, AID_WORD_MAX, out->word);
    case TAG_TEXT: return field_lines(f, AID_TEXT_MAX, &out->text, &out->size);
    case TAG_AMOUNT:
        err = field_number(f, AID_AMOUNT_MAX, &number);
        out->amount = (uint32_t)number;
        return err;
    case TAG_UNIT: return field_line(f, AID_UNIT_MAX, out->unit);
    case TAG_DISTRICT: return field_line(f, AID_DISTRICT_MAX, out->district);
    case TAG_PLACE: return field_line(f, AID_PLACE_MAX, out->place);
    case TAG_UNTIL: return field_time(f, &out->until);
    case TAG_HELPERS:
        err = field_number(f, AID_HELPERS_MAX, &number);
        out->helpers = (uint8_t)number;
        return err;
    case TAG_ORIGIN: return field_flag(f, &out->guest);
    default: return f->tag < FIELDS_OPTIONAL ? ERR_UNSUPPORTED : 0;
    }
}

int aid_decode(struct aid *out, const struct record *r) {
    struct reader in;
    struct field f = {0};
    size_t size;
    int got;
    const uint8_t *content = record_content(r, &size);
    memset(out, 0, sizeof *out);
    out->helpers = 1;
    if (r->kind != KIND_AID || !content || r->ref_count != 0) return ERR_FIELD;
    reader_init(&in, content, size);
    while ((got = fields_next(&in, f.tag, &f)) > 0) {
        int err = entry_field(out, &f);
        if (err) return err;
    }
    if (got < 0) return got;
    return out->type && out->what ? 0 : ERR_FIELD;
}

/* Make a record and look whether it reads as what it is: one rule for both. */
static int made(struct author *a, const struct author_other *other, uint64_t created,
                const uint8_t salt[RECORD_SALT_SIZE], uint8_t room[RECORD_SIZE_MAX], struct record *out) {
    struct author before = *a;
    int size = author_other(a, other, created, salt, room, out);
    int err = size < 0 ? 0 : aid_check(out);
    if (err) *a = before;
    return err ? err : size;
}

int aid_make(struct author *a, const struct aid *aid, uint8_t urgency, uint64_t created,
             const uint8_t salt[RECORD_SALT_SIZE], uint8_t room[RECORD_SIZE_MAX], struct record *out) {
    static const uint8_t guest = 1;
    uint8_t content[AID_TEXT_MAX + 1000];
    struct writer w;
    if (aid->size > AID_TEXT_MAX) return ERR_LIMIT;
    if (aid->until > TIME_MAX) return ERR_TIME;
    writer_init(&w, content, sizeof content);
    fields_put(&w, TAG_TYPE, &aid->type, 1);
    fields_put(&w, TAG_WHAT, &aid->what, 1);
    fields_put_line(&w, TAG_WORD, aid->word, sizeof aid->word);
    if (aid->size > 0) fields_put(&w, TAG_TEXT, (const uint8_t *)aid->text, aid->size);
    fields_put_number(&w, TAG_AMOUNT, aid->amount);
    fields_put_line(&w, TAG_UNIT, aid->unit, sizeof aid->unit);
    fields_put_line(&w, TAG_DISTRICT, aid->district, sizeof aid->district);
    fields_put_line(&w, TAG_PLACE, aid->place, sizeof aid->place);
    fields_put_number(&w, TAG_UNTIL, aid->until);
    if (aid->helpers != 1) fields_put_number(&w, TAG_HELPERS, aid->helpers);
    if (aid->guest) fields_put(&w, TAG_ORIGIN, &guest, 1);
    if (w.err) return ERR_LIMIT;
    const struct author_other other = {.kind = KIND_AID, .urgency = urgency, .content = content, .content_size = w.at};
    return made(a, &other, created, salt, room, out);
}

/* ---- Acts ---- */

static bool names_take(uint8_t type) {
    return type == AID_ACCEPT || type == AID_REFUSE;
}

static int act_field(struct aid_act *out, const struct field *f) {
    switch (f->tag) {
    case TAG_ACT: return field_byte(f, AID_ACT_MAX, &out->type);
    case TAG_NOTE: return field_lines(f, AID_NOTE_MAX, &out->note, &out->note_size);
    case TAG_KEY: out->key = f->value; return f->size == KEY_SIZE ? 0 : ERR_FIELD;
    case TAG_SEALED:
        out->sealed = f->value;
        out->sealed_size = f->size;
        return f->size <= KEY_SIZE + BOX_OVERHEAD ? ERR_FIELD : f->size > AID_BOX_MAX ? ERR_LIMIT : 0;
    default: return f->tag < FIELDS_OPTIONAL ? ERR_UNSUPPORTED : 0;
    }
}

/* The references of an act: its target, and the take if it has one. */
static int act_refs(struct aid_act *out, const struct record *r) {
    out->target = record_ref(r, REF_TARGET);
    out->take = record_ref(r, REF_OBJECT);
    return out->target && r->ref_count == (out->take ? 2 : 1) ? 0 : ERR_FIELD;
}

int aid_act_decode(struct aid_act *out, const struct record *r) {
    struct reader in;
    struct field f = {0};
    size_t size;
    int got, err = 0;
    const uint8_t *content = record_content(r, &size);
    memset(out, 0, sizeof *out);
    if (r->kind != KIND_AID_ACT || !content) return ERR_FIELD;
    err = act_refs(out, r);
    if (err) return err;
    reader_init(&in, content, size);
    while ((got = fields_next(&in, f.tag, &f)) > 0) {
        err = act_field(out, &f);
        if (err) return err;
    }
    if (got < 0) return got;
    if (!out->type || (out->key != NULL) != (out->type == AID_TAKE) || (out->take != NULL) != names_take(out->type))
        return ERR_FIELD;
    return out->sealed && out->type != AID_ACCEPT ? ERR_FIELD : 0;
}

int aid_act_make(struct author *a, const struct aid_act *act, uint8_t urgency, uint64_t created,
                 const uint8_t salt[RECORD_SALT_SIZE], uint8_t room[RECORD_SIZE_MAX], struct record *out) {
    uint8_t content[AID_NOTE_MAX + AID_BOX_MAX + KEY_SIZE + 20];
    struct record_ref refs[2] = {{.type = REF_TARGET}, {.type = REF_OBJECT}};
    struct writer w;
    if (act->note_size > AID_NOTE_MAX || act->sealed_size > AID_BOX_MAX) return ERR_LIMIT;
    memcpy(refs[0].id, act->target, HASH_SIZE);
    if (act->take) memcpy(refs[1].id, act->take, HASH_SIZE);
    writer_init(&w, content, sizeof content);
    fields_put(&w, TAG_ACT, &act->type, 1);
    if (act->note_size > 0) fields_put(&w, TAG_NOTE, (const uint8_t *)act->note, act->note_size);
    if (act->key) fields_put(&w, TAG_KEY, act->key, KEY_SIZE);
    if (act->sealed) fields_put(&w, TAG_SEALED, act->sealed, act->sealed_size);
    if (w.err) return ERR_LIMIT;
    const struct author_other other = {.kind = KIND_AID_ACT,
                                       .refs = refs,
                                       .ref_count = act->take ? 2 : 1,
                                       .urgency = urgency,
                                       .content = content,
                                       .content_size = w.at};
    return made(a, &other, created, salt, room, out);
}

int aid_check(const struct record *r) {
    union {
        struct aid entry;
        struct aid_act act;
    } read;
    if (r->body) return r->kind == KIND_AID ? aid_decode(&read.entry, r) : aid_act_decode(&read.act, r);
    return r->kind == KIND_AID ? (r->ref_count == 0 ? 0 : ERR_FIELD) : act_refs(&read.act, r);
}
