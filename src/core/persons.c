/*
 * persons.c: the register of people. What texts an entry and a note have stands in two tables; the rest is numbers.
 */
#include "core/persons.h"

#include <string.h>

#include "core/fields.h"
#include "core/utf8.h"

enum { TAG_WHOM = 1, TAG_SEX = 4, TAG_BIRTH_YEAR, TAG_AGE, TAG_MINOR = 13, TAG_SAID_AT = 15, TAG_UNTIL };
enum { TAG_STATUS = 1, TAG_GROUND, TAG_WHEN, TAG_SINCE = 6, TAG_SELF = 8, TAG_RENEWS, TAG_REACHED, TAG_NOTE_SAID = 12 };
enum { TAG_LINK = 1, TAG_WHY };
#define WHOM_OTHER 1
#define WHOM_SELF 2

struct text_rule {
    uint32_t tag;
    uint16_t max;
    bool lines;
};

static const struct text_rule entry_texts[PERSON_ENTRY_TEXTS] = {
    [PERSON_NAME] = {2, PERSON_NAME_MAX, false},        [PERSON_OTHER_NAMES] = {3, PERSON_NAMES_MAX, true},
    [PERSON_DISTRICT] = {7, PERSON_HOME_MAX, false},    [PERSON_TOWN] = {8, PERSON_HOME_MAX, false},
    [PERSON_REGION] = {9, PERSON_HOME_MAX, false},      [PERSON_COUNTRY] = {10, 2, false},
    [PERSON_DESCRIPTION] = {11, PERSON_TEXT_MAX, true}, [PERSON_SOURCE] = {12, PERSON_SOURCE_MAX, false},
    [PERSON_BY] = {14, PERSON_SOURCE_MAX, false},       [PERSON_OUTSIDE] = {17, PERSON_OUTSIDE_MAX, false},
};
static const struct text_rule note_texts[PERSON_NOTE_TEXTS] = {
    [PERSON_NOTE_SEEN] = {4, PERSON_PLACE_MAX, false},       [PERSON_NOTE_HELD] = {5, PERSON_PLACE_MAX, false},
    [PERSON_NOTE_TEXT] = {7, PERSON_TEXT_MAX, true},         [PERSON_NOTE_BY] = {11, PERSON_SOURCE_MAX, false},
    [PERSON_NOTE_OUTSIDE] = {13, PERSON_OUTSIDE_MAX, false},
};
static const struct text_rule why_rule = {TAG_WHY, PERSON_WHY_MAX, true};

size_t person_entry_text_max(enum person_entry_text which, bool *lines) {
    if (lines) *lines = entry_texts[which].lines;
    return entry_texts[which].max;
}

size_t person_note_text_max(enum person_note_text which, bool *lines) {
    if (lines) *lines = note_texts[which].lines;
    return note_texts[which].max;
}

/* ---- Values ---- */

static int year_read(const struct field *f, uint16_t *out) {
    uint64_t year;
    int err = field_time(f, &year);
    if (err || year < PERSON_YEAR_MIN || year > PERSON_YEAR_MAX) return err ? err : ERR_FIELD;
    *out = (uint16_t)year;
    return 0;
}

static int age_read(const struct field *f, struct person_entry *out) {
    if (f->size != 2 || f->value[0] > f->value[1] || f->value[1] > PERSON_AGE_MAX) return ERR_FIELD;
    out->has_age = true;
    out->age_from = f->value[0];
    out->age_to = f->value[1];
    return 0;
}

static int text_check(const struct person_text *t, const struct text_rule *rule) {
    if (t->size == 0) return ERR_FIELD;
    if (t->size > rule->max) return ERR_LIMIT;
    return utf8_is_text((const uint8_t *)t->at, t->size, rule->lines) ? 0 : ERR_TEXT;
}

/* Read a field into the text that has its tag. Return 1 if there is none. */
static int text_read(const struct field *f, const struct text_rule *rules, size_t count, struct person_text *out) {
    for (size_t i = 0; i < count; i++) {
        if (rules[i].tag != f->tag) continue;
        out[i] = (struct person_text){(const char *)f->value, f->size};
        return text_check(&out[i], &rules[i]);
    }
    return 1;
}

static int unknown(uint32_t tag) {
    return tag < FIELDS_OPTIONAL ? ERR_UNSUPPORTED : 0;
}

/* ---- Reading ---- */

static int entry_field(struct person_entry *out, const struct field *f) {
    uint8_t whom;
    int err = text_read(f, entry_texts, PERSON_ENTRY_TEXTS, out->text);
    if (err <= 0) return err;
    switch (f->tag) {
    case TAG_WHOM:
        err = field_byte(f, WHOM_SELF, &whom);
        out->self = !err && whom == WHOM_SELF;
        return err;
    case TAG_SEX: return field_byte(f, PERSON_SEX_MAX, &out->sex);
    case TAG_BIRTH_YEAR: return year_read(f, &out->birth_year);
    case TAG_AGE: return age_read(f, out);
    case TAG_MINOR: return field_flag(f, &out->minor);
    case TAG_SAID_AT: return field_time(f, &out->said_at);
    case TAG_UNTIL: return field_time(f, &out->until);
    default: return unknown(f->tag);
    }
}

/* Whether what an entry says goes together. */
static int entry_whole(const struct person_entry *e) {
    const struct person_text *country = &e->text[PERSON_COUNTRY];
    if (e->text[PERSON_NAME].size == 0) return ERR_FIELD;
    for (size_t i = 0; i < country->size; i++)
        if (country->size != 2 || country->at[i] < 'A' || country->at[i] > 'Z') return ERR_FIELD;
    bool outside = e->said_at || e->text[PERSON_OUTSIDE].size > 0;
    return e->self && (outside || e->text[PERSON_BY].size > 0) ? ERR_FIELD : 0;
}

int person_entry_decode(struct person_entry *out, const struct record *r) {
    struct reader in;
    struct field f = {0};
    size_t size;
    bool whom = false;
    int got;
    const uint8_t *content = record_content(r, &size);
    memset(out, 0, sizeof *out);
    if (r->kind != KIND_PERSON || !content || r->ref_count != 0) return ERR_FIELD;
    reader_init(&in, content, size);
    while ((got = fields_next(&in, f.tag, &f)) > 0) {
        int err = entry_field(out, &f);
        if (err) return err;
        whom = whom || f.tag == TAG_WHOM;
    }
    if (got < 0) return got;
    return whom ? entry_whole(out) : ERR_FIELD;
}

static int note_field(struct person_note *out, const struct field *f) {
    int err = text_read(f, note_texts, PERSON_NOTE_TEXTS, out->text);
    if (err <= 0) return err;
    switch (f->tag) {
    case TAG_STATUS: return field_byte(f, PERSON_STATUS_MAX, &out->status);
    case TAG_GROUND: return field_byte(f, PERSON_GROUND_MAX, &out->ground);
    case TAG_WHEN: return field_time(f, &out->when);
    case TAG_SINCE: return field_time(f, &out->held_since);
    case TAG_SELF: return field_flag(f, &out->self);
    case TAG_RENEWS: return field_flag(f, &out->renews);
    case TAG_REACHED: return field_byte(f, 2, &out->reached);
    case TAG_NOTE_SAID: return field_time(f, &out->said_at);
    default: return unknown(f->tag);
    }
}

/* Whether what a note says goes together: of oneself nobody says what one can't, nor what others said. */
static int note_whole(const struct person_note *n) {
    bool outside = n->said_at || n->text[PERSON_NOTE_BY].size > 0 || n->text[PERSON_NOTE_OUTSIDE].size > 0,
         can = n->status == PERSON_DETAINED || n->status == PERSON_HURT || n->status == PERSON_SAFE ||
               n->status == PERSON_INFORMATION;
    if (!n->status || !n->ground) return ERR_FIELD;
    return n->self && (outside || !can || n->ground != PERSON_SAW) ? ERR_FIELD : 0;
}

static int note_refs(struct person_note *out, const struct record *r) {
    out->target = record_ref(r, REF_TARGET);
    return out->target && r->ref_count == 1 ? 0 : ERR_FIELD;
}

int person_note_decode(struct person_note *out, const struct record *r) {
    struct reader in;
    struct field f = {0};
    size_t size;
    int got;
    const uint8_t *content = record_content(r, &size);
    memset(out, 0, sizeof *out);
    if (r->kind != KIND_PERSON_NOTE || !content || note_refs(out, r)) return ERR_FIELD;
    reader_init(&in, content, size);
    while ((got = fields_next(&in, f.tag, &f)) > 0) {
        int err = note_field(out, &f);
        if (err) return err;
    }
    return got < 0 ? got : note_whole(out);
}

static int link_refs(struct person_link *out, const struct record *r) {
    out->one = record_ref(r, REF_TARGET);
    out->other = record_ref(r, REF_OBJECT);
    if (!out->one || !out->other || r->ref_count != 2) return ERR_FIELD;
    return memcmp(out->one, out->other, HASH_SIZE) != 0 ? 0 : ERR_FIELD;
}

int person_link_decode(struct person_link *out, const struct record *r) {
    struct reader in;
    struct field f = {0};
    size_t size;
    int got;
    const uint8_t *content = record_content(r, &size);
    memset(out, 0, sizeof *out);
    if (r->kind != KIND_PERSON_LINK || !content || link_refs(out, r)) return ERR_FIELD;
    reader_init(&in, content, size);
    while ((got = fields_next(&in, f.tag, &f)) > 0) {
        int err = text_read(&f, &why_rule, 1, &out->why);
        if (err > 0) err = f.tag == TAG_LINK ? field_byte(&f, PERSON_UNLINK, &out->type) : unknown(f.tag);
        if (err) return err;
    }
    if (got < 0) return got;
    return out->type ? 0 : ERR_FIELD;
}

/* ---- Rules ---- */

#define YEAR_SECONDS 31556952

bool person_is_minor(const struct person_entry *e, uint64_t created) {
    uint64_t year = 1970 + created / YEAR_SECONDS;
    if (e->minor || (e->has_age && e->age_from < PERSON_ADULT_YEARS)) return true;
    return e->birth_year && !e->has_age && year <= (uint64_t)e->birth_year + PERSON_ADULT_YEARS;
}

bool person_is_kind(uint32_t kind) {
    return kind == KIND_PERSON || kind == KIND_PERSON_NOTE || kind == KIND_PERSON_LINK;
}

/* In an open community people speak of themselves, and tell no place. */
static int open_check(const struct record *r, const struct person_entry *e, const struct person_note *n) {
    if (r->kind == KIND_PERSON) return e->self && !person_is_minor(e, r->created) ? 0 : ERR_CHARTER;
    bool place = n->text[PERSON_NOTE_SEEN].size > 0 || n->text[PERSON_NOTE_HELD].size > 0;
    return n->self && !place ? 0 : ERR_CHARTER;
}

int person_check(const struct record *r, bool open) {
    struct person_entry entry;
    struct person_note note;
    struct person_link link;
    int err;
    if (r->kind == KIND_PERSON_LINK) {
        err = r->body ? person_link_decode(&link, r) : link_refs(&link, r);
        return !err && open ? ERR_CHARTER : err;
    }
    if (!r->body) return r->kind == KIND_PERSON ? (r->ref_count == 0 ? 0 : ERR_FIELD) : note_refs(&note, r);
    err = r->kind == KIND_PERSON ? person_entry_decode(&entry, r) : person_note_decode(&note, r);
    return !err && open ? open_check(r, &entry, &note) : err;
}

/* ---- Writing ---- */

/* Fields stand in the order of their tags, and texts lie between numbers. */
struct putting {
    struct writer w;
    const struct text_rule *rules;
    const struct person_text *texts;
    size_t count, next;
    int err;
};

/* Write the texts before a tag, then its field. */
static void field_put(struct putting *p, uint32_t tag, const uint8_t *value, size_t size) {
    for (; p->next < p->count && p->rules[p->next].tag < tag; p->next++) {
        const struct person_text *t = &p->texts[p->next];
        if (t->size > p->rules[p->next].max) p->err = ERR_LIMIT;
        if (t->size > 0 && !p->err) fields_put(&p->w, p->rules[p->next].tag, (const uint8_t *)t->at, t->size);
    }
    if (size > 0) fields_put(&p->w, tag, value, size);
}

static void number_put(struct putting *p, uint32_t tag, uint64_t number) {
    uint8_t bytes[VARINT_SIZE_MAX];
    struct writer one;
    writer_init(&one, bytes, sizeof bytes);
    writer_varint(&one, number);
    field_put(p, tag, bytes, number == 0 ? 0 : one.at);
}

static void byte_put(struct putting *p, uint32_t tag, unsigned value) {
    uint8_t byte = (uint8_t)value;
    field_put(p, tag, &byte, value ? 1 : 0);
}

static int putting_end(struct putting *p) {
    field_put(p, UINT32_MAX, NULL, 0);
    return p->err ? p->err : p->w.err ? ERR_LIMIT : 0;
}

/* Make a record and look whether it reads as what it is: one rule for both. */
static int made(struct author *a, const struct author_other *other, uint64_t created,
                const uint8_t salt[RECORD_SALT_SIZE], uint8_t room[RECORD_SIZE_MAX], struct record *out) {
    struct author before = *a;
    int size = author_other(a, other, created, salt, room, out);
    int err = size < 0 ? 0 : person_check(out, a->charter->access == CHARTER_OPEN);
    if (err) *a = before;
    return err ? err : size;
}

#define CONTENT_MAX (2 * PERSON_TEXT_MAX + 4000)
_Static_assert(CONTENT_MAX < RECORD_BODY_MAX, "an entry with all its fields is no record");

int person_entry_make(struct author *a, const struct person_entry *e, uint8_t urgency, uint64_t created,
                      const uint8_t salt[RECORD_SALT_SIZE], uint8_t room[RECORD_SIZE_MAX], struct record *out) {
    uint8_t content[CONTENT_MAX];
    const uint8_t age[2] = {e->age_from, e->age_to};
    struct putting p = {.rules = entry_texts, .texts = e->text, .count = PERSON_ENTRY_TEXTS};
    writer_init(&p.w, content, sizeof content);
    byte_put(&p, TAG_WHOM, e->self ? WHOM_SELF : WHOM_OTHER);
    byte_put(&p, TAG_SEX, e->sex);
    number_put(&p, TAG_BIRTH_YEAR, e->birth_year);
    field_put(&p, TAG_AGE, age, e->has_age ? 2 : 0);
    byte_put(&p, TAG_MINOR, e->minor);
    number_put(&p, TAG_SAID_AT, e->said_at);
    number_put(&p, TAG_UNTIL, e->until);
    int err = putting_end(&p);
    if (err) return err;
    const struct author_other other = {
        .kind = KIND_PERSON, .urgency = urgency, .content = content, .content_size = p.w.at};
    return made(a, &other, created, salt, room, out);
}

int person_note_make(struct author *a, const struct person_note *n, uint8_t urgency, uint64_t created,
                     const uint8_t salt[RECORD_SALT_SIZE], uint8_t room[RECORD_SIZE_MAX], struct record *out) {
    uint8_t content[CONTENT_MAX];
    struct record_ref ref = {.type = REF_TARGET};
    struct putting p = {.rules = note_texts, .texts = n->text, .count = PERSON_NOTE_TEXTS};
    memcpy(ref.id, n->target, HASH_SIZE);
    writer_init(&p.w, content, sizeof content);
    byte_put(&p, TAG_STATUS, n->status);
    byte_put(&p, TAG_GROUND, n->ground);
    number_put(&p, TAG_WHEN, n->when);
    number_put(&p, TAG_SINCE, n->held_since);
    byte_put(&p, TAG_SELF, n->self);
    byte_put(&p, TAG_RENEWS, n->renews);
    byte_put(&p, TAG_REACHED, n->reached);
    number_put(&p, TAG_NOTE_SAID, n->said_at);
    int err = putting_end(&p);
    if (err) return err;
    const struct author_other other = {.kind = KIND_PERSON_NOTE,
                                       .refs = &ref,
                                       .ref_count = 1,
                                       .urgency = urgency,
                                       .content = content,
                                       .content_size = p.w.at};
    return made(a, &other, created, salt, room, out);
}

int person_link_make(struct author *a, const struct person_link *l, uint64_t created,
                     const uint8_t salt[RECORD_SALT_SIZE], uint8_t room[RECORD_SIZE_MAX], struct record *out) {
    uint8_t content[PERSON_WHY_MAX + 20];
    struct record_ref refs[2] = {{.type = REF_TARGET}, {.type = REF_OBJECT}};
    struct putting p = {.rules = &why_rule, .texts = &l->why, .count = 1};
    memcpy(refs[0].id, l->one, HASH_SIZE);
    memcpy(refs[1].id, l->other, HASH_SIZE);
    writer_init(&p.w, content, sizeof content);
    byte_put(&p, TAG_LINK, l->type);
    int err = putting_end(&p);
    if (err) return err;
    const struct author_other other = {.kind = KIND_PERSON_LINK,
                                       .refs = refs,
                                       .ref_count = 2,
                                       .urgency = URGENCY_NORMAL,
                                       .content = content,
                                       .content_size = p.w.at};
    return made(a, &other, created, salt, room, out);
}
