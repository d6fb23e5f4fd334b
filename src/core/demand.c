/*
 * demand.c: what people demand together.
 */
#include "core/demand.h"

#include <string.h>

#include "core/fields.h"

enum { TAG_TEXT = 1, TAG_ORIGIN };
enum { TAG_ACT = 1, TAG_NOTE, TAG_NUMBER };
enum {
    TAG_WAY = 1,
    TAG_IN_FAVOUR,
    TAG_AGAINST,
    TAG_ABSTAINED,
    TAG_PRESENT,
    TAG_WHEN,
    TAG_PLACE,
    TAG_PHOTO,
    TAG_TALLY_NOTE
};
enum { TAG_TITLE = 1, TAG_KEYS };

typedef int (*field_read)(void *out, const struct field *f);

/* Read all fields of a body of this kind. */
static int fields_read(const struct record *r, uint32_t kind, field_read read, void *out) {
    struct reader in;
    struct field f = {0};
    size_t size;
    int got;
    const uint8_t *content = record_content(r, &size);
    if (r->kind != kind || !content) return ERR_FIELD;
    reader_init(&in, content, size);
    while ((got = fields_next(&in, f.tag, &f)) > 0) {
        int err = read(out, &f);
        if (err) return err;
    }
    return got;
}

static int unknown(const struct field *f) {
    return f->tag < FIELDS_OPTIONAL ? ERR_UNSUPPORTED : 0;
}

/* ---- References ---- */

static int wording_refs(const struct record *r, const uint8_t **of) {
    *of = record_ref(r, REF_TARGET);
    return r->ref_count == (*of ? 1 : 0) ? 0 : ERR_FIELD;
}

static int about_refs(const struct record *r, const uint8_t **target, const uint8_t **object) {
    *target = record_ref(r, REF_TARGET);
    *object = record_ref(r, REF_OBJECT);
    return *target && r->ref_count == (*object ? 2 : 1) ? 0 : ERR_FIELD;
}

bool demand_act_names(uint8_t type) {
    return type == DEMAND_SUPPORT || type == DEMAND_MERGE || type == DEMAND_PUT || type == DEMAND_RATIFIED ||
           type == DEMAND_REJECTED;
}

/* ---- Reading ---- */

static int wording_field(void *context, const struct field *f) {
    struct demand *out = context;
    switch (f->tag) {
    case TAG_TEXT: return field_lines(f, DEMAND_TEXT_MAX, &out->text, &out->size);
    case TAG_ORIGIN: return field_flag(f, &out->guest);
    default: return unknown(f);
    }
}

int demand_decode(struct demand *out, const struct record *r) {
    memset(out, 0, sizeof *out);
    int err = fields_read(r, KIND_DEMAND, wording_field, out);
    if (!err) err = wording_refs(r, &out->of);
    return err ? err : out->text ? 0 : ERR_FIELD;
}

static int act_field(void *context, const struct field *f) {
    struct demand_act *out = context;
    uint64_t number = 0;
    int err;
    switch (f->tag) {
    case TAG_ACT: return field_byte(f, DEMAND_ACT_MAX, &out->type);
    case TAG_NOTE: return field_lines(f, DEMAND_NOTE_MAX, &out->note, &out->note_size);
    case TAG_NUMBER:
        err = field_number(f, DEMAND_NUMBER_MAX, &number);
        out->number = (uint32_t)number;
        return err;
    default: return unknown(f);
    }
}

int demand_act_decode(struct demand_act *out, const struct record *r) {
    memset(out, 0, sizeof *out);
    int err = fields_read(r, KIND_DEMAND_ACT, act_field, out);
    if (!err) err = about_refs(r, &out->target, &out->object);
    if (err) return err;
    bool fits = out->type && (out->object != NULL) == demand_act_names(out->type) &&
                (out->number > 0) == (out->type == DEMAND_NUMBER) && (out->type != DEMAND_ANSWERED || out->note);
    return fits ? 0 : ERR_FIELD;
}

static int count_read(const struct field *f, uint32_t *out) {
    uint64_t number = 0;
    int err = field_number(f, DEMAND_COUNT_MAX, &number);
    *out = (uint32_t)number;
    return err;
}

static int tally_field(void *context, const struct field *f) {
    struct demand_tally *out = context;
    switch (f->tag) {
    case TAG_WAY: return field_byte(f, DEMAND_PAPER, &out->way);
    case TAG_IN_FAVOUR: return count_read(f, &out->in_favour);
    case TAG_AGAINST: return count_read(f, &out->against);
    case TAG_ABSTAINED: return count_read(f, &out->abstained);
    case TAG_PRESENT: return count_read(f, &out->present);
    case TAG_WHEN: return field_time(f, &out->when);
    case TAG_PLACE: return field_line(f, DEMAND_PLACE_MAX, out->place);
    case TAG_PHOTO: out->photo = f->value; return f->size == HASH_SIZE ? 0 : ERR_FIELD;
    case TAG_TALLY_NOTE: return field_lines(f, DEMAND_NOTE_MAX, &out->note, &out->note_size);
    default: return unknown(f);
    }
}

int demand_tally_decode(struct demand_tally *out, const struct record *r) {
    memset(out, 0, sizeof *out);
    int err = fields_read(r, KIND_TALLY, tally_field, out);
    if (!err) err = about_refs(r, &out->target, &out->object);
    if (err) return err;
    bool counted = out->in_favour > 0 || out->against > 0 || out->abstained > 0;
    return out->object && out->way && counted ? 0 : ERR_FIELD;
}

static int roll_field(void *context, const struct field *f) {
    struct demand_roll *out = context;
    switch (f->tag) {
    case TAG_TITLE: return field_line(f, DEMAND_ROLL_TITLE_MAX, out->title);
    case TAG_KEYS:
        if (f->size == 0 || f->size % KEY_SIZE != 0) return ERR_FIELD;
        if (f->size / KEY_SIZE > DEMAND_ROLL_MAX) return ERR_LIMIT;
        out->keys = f->value;
        out->count = f->size / KEY_SIZE;
        for (size_t i = 1; i < out->count; i++)
            if (memcmp(out->keys + (i - 1) * KEY_SIZE, out->keys + i * KEY_SIZE, KEY_SIZE) >= 0) return ERR_FIELD;
        return 0;
    default: return unknown(f);
    }
}

int demand_roll_decode(struct demand_roll *out, const struct record *r) {
    memset(out, 0, sizeof *out);
    int err = fields_read(r, KIND_ROLL, roll_field, out);
    return err ? err : out->count > 0 && r->ref_count == 0 ? 0 : ERR_FIELD;
}

int demand_check(const struct record *r) {
    union {
        struct demand wording;
        struct demand_act act;
        struct demand_tally tally;
        struct demand_roll roll;
    } read;
    const uint8_t *target, *object;
    switch (r->kind) {
    case KIND_DEMAND: return r->body ? demand_decode(&read.wording, r) : wording_refs(r, &target);
    case KIND_DEMAND_ACT: return r->body ? demand_act_decode(&read.act, r) : about_refs(r, &target, &object);
    case KIND_TALLY: return r->body ? demand_tally_decode(&read.tally, r) : about_refs(r, &target, &object);
    case KIND_ROLL: return r->body ? demand_roll_decode(&read.roll, r) : r->ref_count == 0 ? 0 : ERR_FIELD;
    default: return ERR_FIELD;
    }
}

/* ---- Making ---- */

struct making {
    struct author *author;
    uint64_t created;
    const uint8_t *salt;
    uint8_t *room;
    struct record *out;
};

/* Make a record and look whether it reads as what it is: one rule for both. */
static int made(const struct making *m, uint32_t kind, const uint8_t *target, const uint8_t *object,
                const struct writer *w) {
    struct record_ref refs[2];
    unsigned count = 0;
    struct author before = *m->author;
    if (w->err) return ERR_LIMIT;
    if (target) {
        refs[count].type = REF_TARGET;
        memcpy(refs[count++].id, target, HASH_SIZE);
    }
    if (object) {
        refs[count].type = REF_OBJECT;
        memcpy(refs[count++].id, object, HASH_SIZE);
    }
    const struct author_other other = {.kind = kind,
                                       .refs = refs,
                                       .ref_count = count,
                                       .urgency = URGENCY_NORMAL,
                                       .content = w->data,
                                       .content_size = w->at};
    int size = author_other(m->author, &other, m->created, m->salt, m->room, m->out);
    int err = size < 0 ? 0 : demand_check(m->out);
    if (err) *m->author = before;
    return err ? err : size;
}

int demand_make(struct author *a, const struct demand *demand, uint64_t created, const uint8_t salt[RECORD_SALT_SIZE],
                uint8_t room[RECORD_SIZE_MAX], struct record *out) {
    static const uint8_t guest = 1;
    const struct making m = {a, created, salt, room, out};
    uint8_t content[DEMAND_TEXT_MAX + 20];
    struct writer w;
    if (demand->size > DEMAND_TEXT_MAX) return ERR_LIMIT;
    writer_init(&w, content, sizeof content);
    if (demand->size > 0) fields_put(&w, TAG_TEXT, (const uint8_t *)demand->text, demand->size);
    if (demand->guest) fields_put(&w, TAG_ORIGIN, &guest, 1);
    return made(&m, KIND_DEMAND, demand->of, NULL, &w);
}

int demand_act_make(struct author *a, const struct demand_act *act, uint64_t created,
                    const uint8_t salt[RECORD_SALT_SIZE], uint8_t room[RECORD_SIZE_MAX], struct record *out) {
    const struct making m = {a, created, salt, room, out};
    uint8_t content[DEMAND_NOTE_MAX + 40];
    struct writer w;
    if (act->note_size > DEMAND_NOTE_MAX) return ERR_LIMIT;
    writer_init(&w, content, sizeof content);
    fields_put(&w, TAG_ACT, &act->type, 1);
    if (act->note_size > 0) fields_put(&w, TAG_NOTE, (const uint8_t *)act->note, act->note_size);
    fields_put_number(&w, TAG_NUMBER, act->number);
    return made(&m, KIND_DEMAND_ACT, act->target, act->object, &w);
}

int demand_tally_make(struct author *a, const struct demand_tally *tally, uint64_t created,
                      const uint8_t salt[RECORD_SALT_SIZE], uint8_t room[RECORD_SIZE_MAX], struct record *out) {
    const struct making m = {a, created, salt, room, out};
    uint8_t content[DEMAND_NOTE_MAX + DEMAND_PLACE_MAX + 120];
    struct writer w;
    if (tally->note_size > DEMAND_NOTE_MAX) return ERR_LIMIT;
    writer_init(&w, content, sizeof content);
    fields_put(&w, TAG_WAY, &tally->way, 1);
    fields_put_number(&w, TAG_IN_FAVOUR, tally->in_favour);
    fields_put_number(&w, TAG_AGAINST, tally->against);
    fields_put_number(&w, TAG_ABSTAINED, tally->abstained);
    fields_put_number(&w, TAG_PRESENT, tally->present);
    fields_put_number(&w, TAG_WHEN, tally->when);
    fields_put_line(&w, TAG_PLACE, tally->place, sizeof tally->place);
    if (tally->photo) fields_put(&w, TAG_PHOTO, tally->photo, HASH_SIZE);
    if (tally->note_size > 0) fields_put(&w, TAG_TALLY_NOTE, (const uint8_t *)tally->note, tally->note_size);
    return made(&m, KIND_TALLY, tally->target, tally->object, &w);
}

int demand_roll_make(struct author *a, const struct demand_roll *roll, uint64_t created,
                     const uint8_t salt[RECORD_SALT_SIZE], uint8_t room[RECORD_SIZE_MAX], struct record *out) {
    const struct making m = {a, created, salt, room, out};
    uint8_t content[DEMAND_ROLL_MAX * KEY_SIZE + DEMAND_ROLL_TITLE_MAX + 20];
    struct writer w;
    if (roll->count > DEMAND_ROLL_MAX) return ERR_LIMIT;
    writer_init(&w, content, sizeof content);
    fields_put_line(&w, TAG_TITLE, roll->title, sizeof roll->title);
    if (roll->count > 0) fields_put(&w, TAG_KEYS, roll->keys, roll->count * KEY_SIZE);
    return made(&m, KIND_ROLL, NULL, NULL, &w);
}
