/*
 * report.c: what happens where, and what others say of it.
 */
#include "core/report.h"

#include <string.h>

#include "core/fields.h"

enum {
    TAG_TYPE = 1,
    TAG_WHAT,
    TAG_WORD,
    TAG_TEXT,
    TAG_DISTRICT,
    TAG_PLACE,
    TAG_POINT,
    TAG_WHEN,
    TAG_UNTIL,
    TAG_GROUND,
    TAG_ORIGIN,
    TAG_WHOM
};
enum { TAG_SAY = 1, TAG_SAY_GROUND, TAG_SAID, TAG_SAY_WHEN, TAG_SAY_ORIGIN };

static int point_read(const struct field *f, struct report *out) {
    struct reader in;
    reader_init(&in, f->value, f->size);
    uint64_t latitude = reader_varint(&in, VARINT_MAX), longitude = reader_varint(&in, VARINT_MAX);
    int err = reader_end(&in);
    if (err) return err;
    if (latitude > 2 * REPORT_LATITUDE_MAX || longitude > 2 * REPORT_LONGITUDE_MAX) return ERR_POINT;
    out->has_point = true;
    out->latitude = (int32_t)latitude - REPORT_LATITUDE_MAX;
    out->longitude = (int32_t)longitude - REPORT_LONGITUDE_MAX;
    return 0;
}

/* ---- Reports ---- */

static int report_field(struct report *out, const struct field *f) {
    switch (f->tag) {
    case TAG_TYPE: return field_byte(f, REPORT_TYPE_MAX, &out->type);
    case TAG_WHAT: return field_byte(f, REPORT_WHAT_MAX, &out->what);
    case TAG_WORD: return field_line(f, REPORT_WORD_MAX, out->word);
    case TAG_TEXT: return field_lines(f, REPORT_TEXT_MAX, &out->text, &out->size);
    case TAG_DISTRICT: return field_line(f, REPORT_DISTRICT_MAX, out->district);
    case TAG_PLACE: return field_line(f, REPORT_PLACE_MAX, out->place);
    case TAG_POINT: return point_read(f, out);
    case TAG_WHEN: return field_time(f, &out->when);
    case TAG_UNTIL: return field_time(f, &out->until);
    case TAG_GROUND: return field_byte(f, REPORT_GROUND_MAX, &out->ground);
    case TAG_ORIGIN: return field_flag(f, &out->guest);
    case TAG_WHOM: return field_line(f, REPORT_WHOM_MAX, out->whom);
    default: return f->tag < FIELDS_OPTIONAL ? ERR_UNSUPPORTED : 0;
    }
}

/* The references of a report: the message that it stands on and what it corrects, if there are any. */
static int report_refs(struct report *out, const struct record *r) {
    out->message = record_ref(r, REF_TARGET);
    out->corrects = record_ref(r, REF_CORRECTS);
    return r->ref_count == (out->message != NULL) + (out->corrects != NULL) ? 0 : ERR_FIELD;
}

/* What goes together. */
static int report_whole(const struct report *out) {
    if (!out->type || !out->what || !out->ground) return ERR_FIELD;
    if (out->type == REPORT_WARNING && !out->until) return ERR_FIELD;
    if ((out->type == REPORT_ASKED) != (out->whom[0] != '\0')) return ERR_FIELD;
    return out->until && out->when > out->until ? ERR_TIME : 0;
}

int report_decode(struct report *out, const struct record *r) {
    struct reader in;
    struct field f = {0};
    size_t size;
    int got;
    const uint8_t *content = record_content(r, &size);
    memset(out, 0, sizeof *out);
    if (r->kind != KIND_REPORT || !content) return ERR_FIELD;
    int err = report_refs(out, r);
    if (err) return err;
    reader_init(&in, content, size);
    while ((got = fields_next(&in, f.tag, &f)) > 0) {
        err = report_field(out, &f);
        if (err) return err;
    }
    return got < 0 ? got : report_whole(out);
}

static void byte_put(struct writer *w, uint32_t tag, uint8_t byte) {
    if (byte) fields_put(w, tag, &byte, 1);
}

static void point_put(struct writer *w, const struct report *report) {
    uint8_t bytes[2 * VARINT_SIZE_MAX];
    struct writer one;
    if (!report->has_point) return;
    writer_init(&one, bytes, sizeof bytes);
    const int32_t latitude = report->latitude + REPORT_LATITUDE_MAX,
                  longitude = report->longitude + REPORT_LONGITUDE_MAX;
    writer_varint(&one, (uint64_t)latitude);
    writer_varint(&one, (uint64_t)longitude);
    fields_put(w, TAG_POINT, bytes, one.at);
}

static bool on_earth(const struct report *r) {
    return r->latitude >= -REPORT_LATITUDE_MAX && r->latitude <= REPORT_LATITUDE_MAX &&
           r->longitude >= -REPORT_LONGITUDE_MAX && r->longitude <= REPORT_LONGITUDE_MAX;
}

static void ref_put(struct record_ref refs[2], unsigned *count, uint8_t type, const uint8_t *id) {
    if (!id) return;
    refs[*count].type = type;
    memcpy(refs[(*count)++].id, id, HASH_SIZE);
}

/* Make a record and look whether it reads as what it is: one rule for both. */
static int made(struct author *a, const struct author_other *other, uint64_t created,
                const uint8_t salt[RECORD_SALT_SIZE], uint8_t room[RECORD_SIZE_MAX], struct record *out) {
    struct author before = *a;
    int size = author_other(a, other, created, salt, room, out);
    int err = size < 0 ? 0 : report_check(out);
    if (err) *a = before;
    return err ? err : size;
}

int report_make(struct author *a, const struct report *report, uint8_t urgency, uint64_t created,
                const uint8_t salt[RECORD_SALT_SIZE], uint8_t room[RECORD_SIZE_MAX], struct record *out) {
    uint8_t content[REPORT_TEXT_MAX + 1000];
    struct record_ref refs[2];
    unsigned ref_count = 0;
    struct writer w;
    if (report->size > REPORT_TEXT_MAX) return ERR_LIMIT;
    if (report->when > TIME_MAX || report->until > TIME_MAX) return ERR_TIME;
    if (report->has_point && !on_earth(report)) return ERR_POINT;
    ref_put(refs, &ref_count, REF_TARGET, report->message);
    ref_put(refs, &ref_count, REF_CORRECTS, report->corrects);
    writer_init(&w, content, sizeof content);
    byte_put(&w, TAG_TYPE, report->type);
    byte_put(&w, TAG_WHAT, report->what);
    fields_put_line(&w, TAG_WORD, report->word, sizeof report->word);
    if (report->size > 0) fields_put(&w, TAG_TEXT, (const uint8_t *)report->text, report->size);
    fields_put_line(&w, TAG_DISTRICT, report->district, sizeof report->district);
    fields_put_line(&w, TAG_PLACE, report->place, sizeof report->place);
    point_put(&w, report);
    fields_put_number(&w, TAG_WHEN, report->when);
    fields_put_number(&w, TAG_UNTIL, report->until);
    byte_put(&w, TAG_GROUND, report->ground);
    byte_put(&w, TAG_ORIGIN, report->guest);
    fields_put_line(&w, TAG_WHOM, report->whom, sizeof report->whom);
    if (w.err) return ERR_LIMIT;
    const struct author_other other = {.kind = KIND_REPORT,
                                       .refs = refs,
                                       .ref_count = ref_count,
                                       .urgency = urgency,
                                       .content = content,
                                       .content_size = w.at};
    return made(a, &other, created, salt, room, out);
}

/* ---- Words ---- */

static int word_field(struct report_word *out, const struct field *f) {
    switch (f->tag) {
    case TAG_SAY: return field_byte(f, REPORT_SAY_MAX, &out->say);
    case TAG_SAY_GROUND: return field_byte(f, REPORT_GROUND_MAX, &out->ground);
    case TAG_SAID: return field_lines(f, REPORT_SAID_MAX, &out->text, &out->size);
    case TAG_SAY_WHEN: return field_time(f, &out->when);
    case TAG_SAY_ORIGIN: return field_flag(f, &out->guest);
    default: return f->tag < FIELDS_OPTIONAL ? ERR_UNSUPPORTED : 0;
    }
}

static int word_refs(struct report_word *out, const struct record *r) {
    out->target = record_ref(r, REF_TARGET);
    out->about = record_ref(r, REF_OBJECT);
    return out->target && r->ref_count == (out->about ? 2 : 1) ? 0 : ERR_FIELD;
}

static int word_whole(const struct report_word *out) {
    bool about_it = out->say == REPORT_CONFIRM || out->say == REPORT_DENY;
    if (!out->say) return ERR_FIELD;
    return about_it ? (out->ground ? 0 : ERR_FIELD) : out->size > 0 ? 0 : ERR_FIELD;
}

int report_word_decode(struct report_word *out, const struct record *r) {
    struct reader in;
    struct field f = {0};
    size_t size;
    int got;
    const uint8_t *content = record_content(r, &size);
    memset(out, 0, sizeof *out);
    if (r->kind != KIND_REPORT_WORD || !content) return ERR_FIELD;
    int err = word_refs(out, r);
    if (err) return err;
    reader_init(&in, content, size);
    while ((got = fields_next(&in, f.tag, &f)) > 0) {
        err = word_field(out, &f);
        if (err) return err;
    }
    return got < 0 ? got : word_whole(out);
}

int report_word_make(struct author *a, const struct report_word *word, uint8_t urgency, uint64_t created,
                     const uint8_t salt[RECORD_SALT_SIZE], uint8_t room[RECORD_SIZE_MAX], struct record *out) {
    uint8_t content[REPORT_SAID_MAX + 100];
    struct record_ref refs[2];
    unsigned ref_count = 0;
    struct writer w;
    if (word->size > REPORT_SAID_MAX) return ERR_LIMIT;
    if (word->when > TIME_MAX) return ERR_TIME;
    ref_put(refs, &ref_count, REF_TARGET, word->target);
    ref_put(refs, &ref_count, REF_OBJECT, word->about);
    writer_init(&w, content, sizeof content);
    byte_put(&w, TAG_SAY, word->say);
    byte_put(&w, TAG_SAY_GROUND, word->ground);
    if (word->size > 0) fields_put(&w, TAG_SAID, (const uint8_t *)word->text, word->size);
    fields_put_number(&w, TAG_SAY_WHEN, word->when);
    byte_put(&w, TAG_SAY_ORIGIN, word->guest);
    if (w.err) return ERR_LIMIT;
    const struct author_other other = {.kind = KIND_REPORT_WORD,
                                       .refs = refs,
                                       .ref_count = ref_count,
                                       .urgency = urgency,
                                       .content = content,
                                       .content_size = w.at};
    return made(a, &other, created, salt, room, out);
}

bool report_is_kind(uint32_t kind) {
    return kind == KIND_REPORT || kind == KIND_REPORT_WORD;
}

int report_check(const struct record *r) {
    union {
        struct report report;
        struct report_word word;
    } read;
    if (r->body) return r->kind == KIND_REPORT ? report_decode(&read.report, r) : report_word_decode(&read.word, r);
    return r->kind == KIND_REPORT ? report_refs(&read.report, r) : word_refs(&read.word, r);
}
