/*
 * pfif.c: the fields of PFIF and what may stand in them, for the reader and the writer alike, so that what is written
 * can be read.
 *
 * The forms are those of the specification's schema (section 5), but for telephone numbers, where people write more
 * than it knows: any line is read, and pfif_write.c writes what of it the schema allows.
 */
#include "exchange/pfif.h"

#include <string.h>

#include "core/check.h"
#include "core/utf8.h"
#include "exchange/dates.h"
#include "exchange/pfif_internal.h"

enum form {
    FORM_ID,
    FORM_TIME,
    FORM_LINE,
    FORM_EMAIL,
    FORM_PHONE,
    FORM_URL,
    FORM_URLS,
    FORM_TEXT,
    FORM_SEX,
    FORM_DAY,
    FORM_AGE,
    FORM_COUNTRY,
    FORM_TRUTH,
    FORM_STATUS
};

static const struct {
    const char *name;
    enum form form;
    uint8_t where;
    uint16_t limit;
} fields[PFIF_FIELD_COUNT] = {
#define X(name, element, form, where, limit) {element, FORM_##form, where, limit},
    PFIF_FIELDS(X)
#undef X
};

/* Everything that may stand in an entry or a note, at its limit, and a zero behind each. */
#define SUM(in, where, limit) ((where) & (in) ? (limit) + 1 : 0)
#define X(name, element, form, where, limit) SUM(PFIF_IN_PERSON, where, limit) +
_Static_assert(PFIF_FIELDS(X) 0 < RECORD_BODY_MAX, "an entry at all its limits fits a record");
#undef X
#define X(name, element, form, where, limit) SUM(PFIF_IN_NOTE, where, limit) +
_Static_assert(PFIF_FIELDS(X) 0 < RECORD_BODY_MAX, "so does a note");
#undef X

const char *pfif_field_name(enum pfif_field field) {
    return fields[field].name;
}

size_t pfif_field_limit(enum pfif_field field) {
    return fields[field].limit;
}

unsigned pfif_field_where(enum pfif_field field) {
    return fields[field].where;
}

const char *pfif_reason_text(enum pfif_reason reason) {
#define X(name, sentence) sentence,
    static const char *const texts[] = {PFIF_REASONS(X)};
#undef X
    return texts[reason];
}

bool pfif_is_line(enum pfif_field field) {
    return fields[field].form != FORM_TEXT && fields[field].form != FORM_URLS;
}

static bool is_one_of(const char *text, const char *const *words) {
    for (; *words; words++)
        if (strcmp(text, *words) == 0) return true;
    return false;
}

static bool is_sex(const char *text) {
    return is_one_of(text, (const char *const[]){"female", "male", "other", NULL});
}

static bool is_truth(const char *text) {
    return is_one_of(text, (const char *const[]){"true", "false", NULL});
}

static bool is_status(const char *text) {
    return is_one_of(text, (const char *const[]){"information_sought", "is_note_author", "believed_alive",
                                                 "believed_missing", "believed_dead", NULL});
}

/* A domain, a slash, and what its repository puts behind it. */
static bool is_id(const char *text) {
    const char *slash = strchr(text, '/');
    for (const char *at = text; *at; at++)
        if (*at < ' ' || *at > '~') return false;
    return slash && slash != text && slash[1];
}

static bool is_email(const char *text) {
    const char *at = strchr(text + 1, '@');
    return at && at[1];
}

/* No other scheme is taken: a page makes links of these. */
static bool is_url(const char *text, size_t size) {
    static const char *const schemes[] = {"http://", "https://"};
    for (unsigned i = 0; i < 2; i++) {
        const size_t length = strlen(schemes[i]);
        if (size > length && strncmp(text, schemes[i], length) == 0) return !memchr(text, ' ', size);
    }
    return false;
}

static bool is_urls(const char *text) {
    for (;;) {
        const size_t size = strcspn(text, "\n");
        if (!is_url(text, size)) return false;
        if (!text[size]) return true;
        text += size + 1;
    }
}

/* A number of years of at most three digits, or two with a hyphen between, the lower first. */
static bool is_age(const char *text) {
    unsigned years[2] = {0, 0};
    for (unsigned i = 0; i < 2; i++) {
        const size_t digits = strspn(text, "0123456789");
        if (digits == 0 || digits > 3) return false;
        for (size_t d = 0; d < digits; d++) years[i] = years[i] * 10 + (unsigned)(text[d] - '0');
        text += digits;
        if (i == 0 && !*text) return true;
        if (i == 0 && *text++ != '-') return false;
    }
    return !*text && years[0] <= years[1];
}

static bool is_country(const char *text) {
    return text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' && text[1] <= 'Z' && !text[2];
}

static enum pfif_reason time_check(const char *text) {
    uint64_t seconds;
    int err = dates_read(&seconds, text);
    if (err == ERR_TIME) return PFIF_REASON_DATE_FAR;
    return err ? PFIF_REASON_DATE : PFIF_REASON_OK;
}

static bool is_value(enum form form, const char *text) {
    switch (form) {
    case FORM_ID: return is_id(text);
    case FORM_EMAIL: return is_email(text);
    case FORM_URL: return is_url(text, strlen(text));
    case FORM_URLS: return is_urls(text);
    case FORM_SEX: return is_sex(text);
    case FORM_AGE: return is_age(text);
    case FORM_COUNTRY: return is_country(text);
    case FORM_TRUTH: return is_truth(text);
    case FORM_STATUS: return is_status(text);
    default: return true;
    }
}

enum pfif_reason pfif_value_check(enum pfif_field field, const char *text) {
    const enum form form = fields[field].form;
    const size_t size = strlen(text);
    CHECK(size > 0);
    if (form == FORM_TIME) return time_check(text);
    if (size > fields[field].limit) return PFIF_REASON_TOO_LONG;
    if (!utf8_is_text((const uint8_t *)text, size, true)) return PFIF_REASON_CHARACTERS;
    if (pfif_is_line(field) && strpbrk(text, "\t\n")) return PFIF_REASON_CHARACTERS;
    if (form == FORM_DAY) return dates_is_day(text) ? PFIF_REASON_OK : PFIF_REASON_DATE;
    return is_value(form, text) ? PFIF_REASON_OK : PFIF_REASON_VALUE;
}

/* Tell what is wrong with the texts that are there, all of which must belong there. */
static enum pfif_reason texts_check(const char *const text[PFIF_FIELD_COUNT], unsigned where, enum pfif_field *field) {
    for (unsigned i = 0; i < PFIF_FIELD_COUNT; i++) {
        *field = (enum pfif_field)i;
        if (!text[i]) continue;
        if (!(fields[i].where & where) || !text[i][0]) return PFIF_REASON_VALUE;
        const enum pfif_reason reason = pfif_value_check(*field, text[i]);
        if (reason != PFIF_REASON_OK) return reason;
    }
    return PFIF_REASON_OK;
}

static enum pfif_reason missing_check(const char *const text[PFIF_FIELD_COUNT], const enum pfif_field *mandatory,
                                      unsigned count, enum pfif_field *field) {
    for (unsigned i = 0; i < count; i++) {
        *field = mandatory[i];
        if (!text[mandatory[i]]) return PFIF_REASON_MISSING;
    }
    return PFIF_REASON_OK;
}

enum pfif_reason pfif_person_missing(const struct pfif_person *person, enum pfif_field *field) {
    static const enum pfif_field mandatory[] = {PFIF_PERSON_RECORD_ID, PFIF_SOURCE_DATE, PFIF_FULL_NAME};
    static const enum pfif_field left[] = {PFIF_PERSON_RECORD_ID, PFIF_SOURCE_DATE, PFIF_EXPIRY_DATE};
    return missing_check(person->text, person->placeholder ? left : mandatory, 3, field);
}

enum pfif_reason pfif_note_missing(const struct pfif_note *note, enum pfif_field *field) {
    static const enum pfif_field mandatory[] = {PFIF_NOTE_RECORD_ID, PFIF_AUTHOR_NAME, PFIF_SOURCE_DATE};
    return missing_check(note->text, mandatory, 3, field);
}

enum pfif_reason pfif_person_check(const struct pfif_person *person, enum pfif_field *field) {
    const enum pfif_reason reason = pfif_person_missing(person, field);
    return reason != PFIF_REASON_OK ? reason : texts_check(person->text, PFIF_IN_PERSON, field);
}

enum pfif_reason pfif_note_check(const struct pfif_note *note, enum pfif_field *field) {
    const enum pfif_reason reason = pfif_note_missing(note, field);
    if (reason != PFIF_REASON_OK) return reason;
    *field = PFIF_PERSON_RECORD_ID;
    return note->text[PFIF_PERSON_RECORD_ID] ? texts_check(note->text, PFIF_IN_NOTE, field) : PFIF_REASON_MISSING;
}

bool pfif_is_placeholder(const struct pfif_person *person) {
    for (unsigned i = 0; i < PFIF_FIELD_COUNT; i++) {
        const bool left =
            i == PFIF_PERSON_RECORD_ID || i == PFIF_SOURCE_DATE || i == PFIF_ENTRY_DATE || i == PFIF_EXPIRY_DATE;
        if (person->text[i] && !left) return false;
    }
    return person->text[PFIF_EXPIRY_DATE];
}
