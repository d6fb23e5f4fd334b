/*
 * persons_pfif.c: the register of people out of PFIF and into it.
 */
#include "node/persons_pfif.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/utf8.h"
#include "node/persons_words.h"

#define MARK "longear: "
#define CHILD "child"

/* ---- Telephone numbers and e-mail addresses ---- */

#define NUMBER_DIGITS 7
#define DOTS "…"

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* "2022-01-05" is a day. */
static bool is_day(const char *text, size_t size) {
    static const char form[] = "0000-00-00";
    if (size != sizeof form - 1) return false;
    for (size_t i = 0; i < size; i++)
        if (form[i] == '0' ? !is_digit(text[i]) : text[i] != form[i]) return false;
    return true;
}

/* How many bytes a telephone number takes that begins here, or 0. */
static size_t number_size(const char *text, size_t size) {
    size_t end = 0, digits = 0;
    for (size_t i = 0; i < size && (is_digit(text[i]) || (text[i] && strchr(" -()+", text[i]))); i++) {
        if (!is_digit(text[i])) continue;
        digits++;
        end = i + 1;
    }
    return digits >= NUMBER_DIGITS && !is_day(text, end) ? end : 0;
}

/* How many bytes a word with an @ takes that begins here, or 0. */
static size_t address_size(const char *text, size_t size) {
    size_t word = 0;
    while (word < size && (unsigned char)text[word] > ' ') word++;
    return word >= sizeof DOTS - 1 && memchr(text, '@', word) ? word : 0;
}

static size_t addresses_mask(char *out, const char *text, size_t size, bool *masked) {
    size_t count = 0;
    for (size_t at = 0; at < size;) {
        bool begins = at == 0 || (unsigned char)text[at - 1] <= ' ';
        size_t gone = begins ? address_size(text + at, size - at) : 0;
        if (gone > 0) {
            memcpy(out + count, DOTS, sizeof DOTS - 1);
            count += sizeof DOTS - 1;
            at += gone;
            *masked = true;
        } else {
            out[count++] = text[at++];
        }
    }
    return count;
}

size_t persons_pfif_mask(char *out, const char *text, size_t size, bool *masked) {
    size_t count = 0;
    *masked = false;
    size = addresses_mask(out, text, size, masked);
    for (size_t at = 0; at < size;) { /* in place: what is written is never longer than what was read */
        bool begins = is_digit(out[at]) && (at == 0 || !is_digit(out[at - 1]));
        size_t gone = begins ? number_size(out + at, size - at) : 0;
        if (gone > 0) {
            at += gone;
            memcpy(out + count, DOTS, sizeof DOTS - 1);
            count += sizeof DOTS - 1;
            *masked = true;
        } else {
            out[count++] = out[at++];
        }
    }
    return count;
}

/* ---- Reading ---- */

static void apart_put(struct persons_pfif *out, enum pfif_field field, const char *text) {
    if (!text) return;
    int size = snprintf(out->apart + out->apart_size, sizeof out->apart - out->apart_size, "%s: %s\n",
                        pfif_field_name(field), text);
    if (size > 0 && (size_t)size < sizeof out->apart - out->apart_size)
        out->apart_size += (size_t)size;
    else
        out->apart[out->apart_size] = '\0';
}

static bool turns(uint32_t code) {
    return code == 0x61c || code == 0x200e || code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2066 && code <= 0x2069);
}

/* Copy whole characters, without marks of direction, and in one line if it is to be one; at most max bytes. Return how
 * many were written; *cut tells whether there were more. */
static size_t clean(char *out, size_t max, const char *text, size_t size, bool lines, bool *cut) {
    size_t count = 0;
    *cut = false;
    for (size_t at = 0, step; at < size; at += step) {
        uint32_t code;
        step = utf8_decode(&code, (const uint8_t *)text + at, size - at);
        if (step == 0) {
            step = 1;
            continue;
        }
        if (turns(code)) continue;
        *cut = count + step > max;
        if (*cut) break;
        if (!lines && (text[at] == '\n' || text[at] == '\t'))
            out[count++] = ' ';
        else
            memcpy(out + count, text + at, step), count += step;
    }
    while (count > 0 && (out[count - 1] == ' ' || out[count - 1] == '\n')) count--;
    return count;
}

/* Take a text as one of the record's. What of it has no place there is set apart. */
static struct person_text take(struct persons_pfif *out, enum pfif_field field, const char *text, size_t size,
                               size_t max, bool lines, bool as_it_is) {
    char *to = out->letters + out->letter_count, whole[PFIF_TEXT_MAX + 1], masked[PFIF_TEXT_MAX + 1];
    bool cut = false, hidden = false, none;
    if (!text || size > PFIF_TEXT_MAX || sizeof out->letters - out->letter_count < max) return (struct person_text){0};
    const char *from = text;
    if (!as_it_is) { /* first without marks of direction, behind which a number could hide */
        size = clean(whole, PFIF_TEXT_MAX, text, size, lines, &none);
        size = persons_pfif_mask(masked, whole, size, &hidden);
        from = masked;
    }
    size = clean(to, max, from, size, lines, &cut);
    if (cut || hidden) apart_put(out, field, text);
    out->letter_count += size;
    return (struct person_text){size > 0 ? to : NULL, size};
}

static struct person_text entry_take(struct persons_pfif *out, const struct pfif_person *in, enum pfif_field field,
                                     enum person_entry_text which) {
    bool lines;
    size_t max = person_entry_text_max(which, &lines);
    const char *text = in->text[field];
    return take(out, field, text, text ? strlen(text) : 0, max, lines, which == PERSON_OUTSIDE);
}

/* The first line of the full names is the name; the others, and what else the person is called, are other names. */
static void names_take(struct persons_pfif *out, const struct pfif_person *in) {
    char others[2 * PFIF_NAMES_MAX + 2 * PFIF_LINE_MAX + 8] = "";
    const char *full = in->text[PFIF_FULL_NAME] ? in->text[PFIF_FULL_NAME] : "", *given = in->text[PFIF_GIVEN_NAME],
               *family = in->text[PFIF_FAMILY_NAME], *more = in->text[PFIF_ALTERNATE_NAMES];
    size_t first = strcspn(full, "\n");
    bool parts = (given && !strstr(full, given)) || (family && !strstr(full, family));
    snprintf(others, sizeof others, "%s%s%s%s%s%s%s", full[first] ? full + first + 1 : "",
             full[first] && (more || parts) ? "\n" : "", more ? more : "", more && parts ? "\n" : "",
             parts && given ? given : "", parts && given && family ? " " : "", parts && family ? family : "");
    out->entry.text[PERSON_NAME] = take(out, PFIF_FULL_NAME, full, first, PERSON_NAME_MAX, false, true);
    out->entry.text[PERSON_OTHER_NAMES] =
        take(out, PFIF_ALTERNATE_NAMES, others, strlen(others), PERSON_NAMES_MAX, true, true);
}

/* Copy a text with lines as it can stand in a record, so that what is looked for in its first line is looked for in
 * what will be there. Return NULL if nothing is left. */
static const char *lines_clean(char out[PFIF_TEXT_MAX + 1], const char *text) {
    bool cut;
    size_t size = text ? clean(out, PFIF_TEXT_MAX, text, strlen(text), true, &cut) : 0;
    out[size] = '\0';
    return size > 0 ? out : NULL;
}

static uint64_t time_take(const char *text) {
    uint64_t seconds;
    return text && dates_read(&seconds, text) == 0 ? seconds : 0;
}

static void age_take(struct person_entry *e, const char *text) {
    char *end;
    if (!text) return;
    unsigned long from = strtoul(text, &end, 10), to = *end == '-' ? strtoul(end + 1, &end, 10) : from;
    if (from > to || to > PERSON_AGE_MAX) return;
    e->has_age = true;
    e->age_from = (uint8_t)from;
    e->age_to = (uint8_t)to;
}

/* Take away "longear: child". */
static const char *child_take(struct person_entry *e, const char *text) {
    static const char line[] = MARK CHILD;
    if (!text || strncmp(text, line, sizeof line - 1) != 0) return text;
    if (text[sizeof line - 1] && text[sizeof line - 1] != '\n') return text;
    e->minor = true;
    return text[sizeof line - 1] ? text + sizeof line : NULL;
}

static void begin(struct persons_pfif *out) {
    memset(&out->entry, 0, sizeof out->entry);
    memset(&out->note, 0, sizeof out->note);
    out->letter_count = out->apart_size = 0;
    out->apart[0] = '\0';
}

bool persons_pfif_entry(struct persons_pfif *out, const struct pfif_person *in, uint64_t now) {
    static const enum pfif_field apart[] = {PFIF_AUTHOR_EMAIL, PFIF_AUTHOR_PHONE, PFIF_SOURCE_URL,
                                            PFIF_HOME_STREET,  PFIF_PHOTO_URL,    PFIF_HOME_POSTAL_CODE,
                                            PFIF_PROFILE_URLS};
    static const struct {
        enum pfif_field field;
        enum person_entry_text which;
    } plain[] = {{PFIF_HOME_NEIGHBORHOOD, PERSON_DISTRICT}, {PFIF_HOME_CITY, PERSON_TOWN},
                 {PFIF_HOME_STATE, PERSON_REGION},          {PFIF_HOME_COUNTRY, PERSON_COUNTRY},
                 {PFIF_SOURCE_NAME, PERSON_SOURCE},         {PFIF_AUTHOR_NAME, PERSON_BY},
                 {PFIF_PERSON_RECORD_ID, PERSON_OUTSIDE}};
    struct person_entry *e = &out->entry;
    char lines[PFIF_TEXT_MAX + 1];
    const char *born = in->text[PFIF_DATE_OF_BIRTH], *description;
    begin(out);
    names_take(out, in);
    description = child_take(e, lines_clean(lines, in->text[PFIF_DESCRIPTION]));
    e->text[PERSON_DESCRIPTION] =
        take(out, PFIF_DESCRIPTION, description, description ? strlen(description) : 0, PERSON_TEXT_MAX, true, false);
    for (unsigned i = 0; i < sizeof plain / sizeof plain[0]; i++)
        e->text[plain[i].which] = entry_take(out, in, plain[i].field, plain[i].which);
    for (unsigned i = 0; i < sizeof apart / sizeof apart[0]; i++) apart_put(out, apart[i], in->text[apart[i]]);
    e->sex = (uint8_t)(in->text[PFIF_SEX] ? person_sex_parse(in->text[PFIF_SEX]) : 0);
    age_take(e, in->text[PFIF_AGE]);
    unsigned long year = born ? strtoul(born, NULL, 10) : 0;
    if (year >= PERSON_YEAR_MIN && year <= PERSON_YEAR_MAX) e->birth_year = (uint16_t)year;
    if (born && (strlen(born) > 4 || !e->birth_year)) apart_put(out, PFIF_DATE_OF_BIRTH, born);
    e->said_at = time_take(in->text[PFIF_SOURCE_DATE]);
    e->until = time_take(in->text[PFIF_EXPIRY_DATE]);
    e->minor = e->minor || person_is_minor(e, now);
    return e->text[PERSON_NAME].size > 0;
}

static const struct {
    const char *word;
    uint8_t status;
} statuses[] = {{"information_sought", PERSON_LOOKED_FOR},
                {"believed_missing", PERSON_LOOKED_FOR},
                {"is_note_author", PERSON_BELIEVED_ALIVE},
                {"believed_alive", PERSON_BELIEVED_ALIVE},
                {"believed_dead", PERSON_DEAD}};

static uint8_t status_take(const char *word) {
    for (unsigned i = 0; word && i < sizeof statuses / sizeof statuses[0]; i++)
        if (strcmp(statuses[i].word, word) == 0) return statuses[i].status;
    return PERSON_INFORMATION;
}

/* Read one word of the line into *n: false if it is none. held: the rest of the line. */
static bool word_read(struct person_note *n, unsigned index, const char *word, size_t size, const char **held) {
    char copy[64];
    if (size >= 6 && memcmp(word, "held: ", 6) == 0) return *held = word + 6, true;
    if (size >= sizeof copy) return false;
    memcpy(copy, word, size);
    copy[size] = '\0';
    if (index == 0) return (n->status = (uint8_t)person_status_parse(copy)) != 0;
    if (index == 1) return (n->ground = (uint8_t)person_ground_parse(copy)) != 0;
    if (strncmp(copy, "when ", 5) == 0) return (n->when = time_take(copy + 5)) != 0;
    return strncmp(copy, "held since ", 11) == 0 && (n->held_since = time_take(copy + 11)) != 0;
}

/* Take the line "longear: …" from the front of a note's text. Return the rest, or the text if that is no such line. */
static const char *line_take(struct persons_pfif *out, const char *text, bool *ours) {
    struct person_note n = out->note;
    const char *held = NULL;
    *ours = false;
    if (!text || strncmp(text, MARK, sizeof MARK - 1) != 0) return text;
    size_t end = strcspn(text, "\n"), at = sizeof MARK - 1;
    unsigned index = 0;
    for (; at < end && !held; index++) {
        const char *next = strstr(text + at, "; ");
        size_t size = next && next < text + end ? (size_t)(next - text) - at : end - at;
        if (!word_read(&n, index, text + at, size, &held)) return text;
        at += size + 2;
    }
    if (index < 2) return text;
    if (held)
        n.text[PERSON_NOTE_HELD] =
            take(out, PFIF_TEXT, held, (size_t)(text + end - held), PERSON_PLACE_MAX, false, false);
    out->note = n;
    *ours = true;
    return text[end] ? text + end + 1 : NULL;
}

bool persons_pfif_note(struct persons_pfif *out, const struct pfif_note *in) {
    static const enum pfif_field apart[] = {PFIF_AUTHOR_EMAIL, PFIF_AUTHOR_PHONE, PFIF_EMAIL_OF_FOUND_PERSON,
                                            PFIF_PHONE_OF_FOUND_PERSON, PFIF_PHOTO_URL};
    struct person_note *n = &out->note;
    char lines[PFIF_TEXT_MAX + 1];
    const char *text, *reached = in->text[PFIF_AUTHOR_MADE_CONTACT], *place = in->text[PFIF_LAST_KNOWN_LOCATION],
                      *by = in->text[PFIF_AUTHOR_NAME], *id = in->text[PFIF_NOTE_RECORD_ID];
    bool ours;
    begin(out);
    n->reached = !reached ? 0 : strcmp(reached, "true") == 0 ? 1 : 2;
    n->status = status_take(in->text[PFIF_STATUS]);
    n->ground = n->reached == 1 ? PERSON_SAW : PERSON_TOLD;
    n->said_at = time_take(in->text[PFIF_SOURCE_DATE]);
    text = line_take(out, lines_clean(lines, in->text[PFIF_TEXT]), &ours);
    n->text[PERSON_NOTE_TEXT] = take(out, PFIF_TEXT, text, text ? strlen(text) : 0, PERSON_TEXT_MAX, true, false);
    n->text[PERSON_NOTE_BY] = take(out, PFIF_AUTHOR_NAME, by, by ? strlen(by) : 0, PERSON_SOURCE_MAX, false, false);
    n->text[PERSON_NOTE_OUTSIDE] =
        take(out, PFIF_NOTE_RECORD_ID, id, id ? strlen(id) : 0, PERSON_OUTSIDE_MAX, false, true);
    if (place && !ours && strpbrk(place, "0123456789")) /* may be a street's */
        apart_put(out, PFIF_LAST_KNOWN_LOCATION, place);
    else
        n->text[PERSON_NOTE_SEEN] =
            take(out, PFIF_LAST_KNOWN_LOCATION, place, place ? strlen(place) : 0, PERSON_PLACE_MAX, false, false);
    for (unsigned i = 0; i < sizeof apart / sizeof apart[0]; i++) apart_put(out, apart[i], in->text[apart[i]]);
    return true;
}

/* ---- Writing ---- */

void persons_pfif_id(char out[PFIF_ID_MAX + 1], const struct person_text *outside, const uint8_t id[HASH_SIZE]) {
    static const char own[] = PERSONS_PFIF_OWN;
    if (outside->size > 0 && outside->size <= PFIF_ID_MAX) {
        memcpy(out, outside->at, outside->size);
        out[outside->size] = '\0';
        if (pfif_value_check(PFIF_PERSON_RECORD_ID, out) == PFIF_REASON_OK) return;
    }
    memcpy(out, own, sizeof own - 1);
    sodium_bin2hex(out + sizeof own - 1, PFIF_ID_MAX + 1 - (sizeof own - 1), id, HASH_SIZE);
}

/* Put pieces together as one text, or give NULL for none. */
static const char *give(struct persons_pfif_out *out, const char *first, const char *text, size_t size) {
    char *to = out->letters + out->letter_count;
    size_t front = strlen(first);
    if (front + size == 0 || sizeof out->letters - out->letter_count < front + size + 1) return NULL;
    memcpy(to, first, front);
    if (size > 0) memcpy(to + front, text, size);
    to[front + size] = '\0';
    out->letter_count += front + size + 1;
    return to;
}

static const char *give_text(struct persons_pfif_out *out, const struct person_text *text) {
    return give(out, "", text->at, text->size);
}

static const char *give_time(struct persons_pfif_out *out, uint64_t seconds) {
    char text[DATES_TEXT_SIZE];
    dates_write(text, seconds < DATES_FIRST ? DATES_FIRST : seconds);
    return give(out, text, NULL, 0);
}

static const char *give_id(struct persons_pfif_out *out, const struct person_text *outside,
                           const uint8_t id[HASH_SIZE]) {
    char text[PFIF_ID_MAX + 1];
    persons_pfif_id(text, outside, id);
    return give(out, text, NULL, 0);
}

void persons_pfif_placeholder(struct persons_pfif_out *out, const struct person_entry *e, const struct record *r,
                              uint64_t expiry) {
    const char **to = out->person.text;
    memset(&out->person, 0, sizeof out->person);
    out->letter_count = 0;
    out->person.placeholder = true;
    to[PFIF_PERSON_RECORD_ID] = give_id(out, &e->text[PERSON_OUTSIDE], r->id);
    to[PFIF_EXPIRY_DATE] = to[PFIF_SOURCE_DATE] = to[PFIF_ENTRY_DATE] = give_time(out, expiry);
}

void persons_pfif_person(struct persons_pfif_out *out, const struct person_entry *e, const struct record *r,
                         const char *author, uint64_t expiry) {
    char age[16], year[16];
    const char **to = out->person.text;
    memset(&out->person, 0, sizeof out->person);
    out->letter_count = 0;
    to[PFIF_PERSON_RECORD_ID] = give_id(out, &e->text[PERSON_OUTSIDE], r->id);
    to[PFIF_ENTRY_DATE] = give_time(out, r->created);
    to[PFIF_EXPIRY_DATE] = give_time(out, expiry);
    to[PFIF_SOURCE_DATE] = give_time(out, e->said_at ? e->said_at : r->created);
    to[PFIF_AUTHOR_NAME] =
        e->text[PERSON_BY].size > 0 ? give_text(out, &e->text[PERSON_BY]) : give(out, author, NULL, 0);
    to[PFIF_SOURCE_NAME] = give_text(out, &e->text[PERSON_SOURCE]);
    to[PFIF_FULL_NAME] = give_text(out, &e->text[PERSON_NAME]);
    to[PFIF_ALTERNATE_NAMES] = give_text(out, &e->text[PERSON_OTHER_NAMES]);
    const struct person_text *description = &e->text[PERSON_DESCRIPTION];
    bool told = !e->minor || (e->has_age && e->age_from < PERSON_ADULT_YEARS); /* the age tells it */
    to[PFIF_DESCRIPTION] = give(out,
                                told                    ? ""
                                : description->size > 0 ? MARK CHILD "\n"
                                                        : MARK CHILD,
                                description->at, description->size);
    to[PFIF_SEX] = e->sex ? person_sex_name(e->sex) : NULL;
    snprintf(age, sizeof age, e->age_to != e->age_from ? "%u-%u" : "%u", e->age_from, e->age_to);
    snprintf(year, sizeof year, "%u", e->birth_year);
    to[PFIF_AGE] = e->has_age ? give(out, age, NULL, 0) : NULL;
    to[PFIF_DATE_OF_BIRTH] = e->birth_year ? give(out, year, NULL, 0) : NULL;
    to[PFIF_HOME_NEIGHBORHOOD] = give_text(out, &e->text[PERSON_DISTRICT]);
    to[PFIF_HOME_CITY] = give_text(out, &e->text[PERSON_TOWN]);
    to[PFIF_HOME_STATE] = give_text(out, &e->text[PERSON_REGION]);
    to[PFIF_HOME_COUNTRY] = give_text(out, &e->text[PERSON_COUNTRY]);
}

/* What PFIF says of a status: its word, NULL for none. */
static const char *status_word(const struct person_note *n) {
    static const char *const words[] = {[PERSON_LOOKED_FOR] = "information_sought",
                                        [PERSON_DETAINED] = "believed_alive",
                                        [PERSON_HURT] = "believed_alive",
                                        [PERSON_SAFE] = "believed_alive",
                                        [PERSON_DEAD] = "believed_dead",
                                        [PERSON_BELIEVED_ALIVE] = "believed_alive",
                                        [PERSON_INFORMATION] = NULL};
    return n->self ? "is_note_author" : words[n->status];
}

/* The line for what PFIF has no place for; empty if it has one for all. */
static void line_make(const struct person_note *n, char *out, size_t size) {
    char when[DATES_TEXT_SIZE] = "", since[DATES_TEXT_SIZE] = "";
    const struct person_text *held = &n->text[PERSON_NOTE_HELD];
    uint8_t ground = n->reached == 1 ? PERSON_SAW : PERSON_TOLD;
    bool place = n->text[PERSON_NOTE_SEEN].size > 0; /* else one with a number would not come back */
    out[0] = '\0';
    if (status_take(status_word(n)) == n->status && n->ground == ground && !n->when && !n->held_since && !held->size &&
        !place)
        return;
    if (n->when) dates_write(when, n->when);
    if (n->held_since) dates_write(since, n->held_since);
    snprintf(out, size, MARK "%s; %s%s%s%s%s%s%.*s", person_state_name(n->status), person_ground_name(n->ground),
             when[0] ? "; when " : "", when, since[0] ? "; held since " : "", since, held->size > 0 ? "; held: " : "",
             (int)held->size, held->size > 0 ? held->at : "");
}

void persons_pfif_put_note(struct persons_pfif_out *out, const struct person_note *n, const struct record *r,
                           const char *author, const char *person) {
    char line[PERSON_PLACE_MAX + 200];
    const struct person_text *text = &n->text[PERSON_NOTE_TEXT];
    const char **to = out->note.text;
    memset(&out->note, 0, sizeof out->note);
    out->letter_count = 0;
    to[PFIF_NOTE_RECORD_ID] = give_id(out, &n->text[PERSON_NOTE_OUTSIDE], r->id);
    to[PFIF_PERSON_RECORD_ID] = person;
    to[PFIF_ENTRY_DATE] = give_time(out, r->created);
    to[PFIF_SOURCE_DATE] = give_time(out, n->said_at ? n->said_at : r->created);
    to[PFIF_AUTHOR_NAME] =
        n->text[PERSON_NOTE_BY].size > 0 ? give_text(out, &n->text[PERSON_NOTE_BY]) : give(out, author, NULL, 0);
    to[PFIF_AUTHOR_MADE_CONTACT] = n->reached ? (n->reached == 1 ? "true" : "false") : NULL;
    to[PFIF_STATUS] = status_word(n);
    to[PFIF_LAST_KNOWN_LOCATION] = give_text(out, &n->text[PERSON_NOTE_SEEN]);
    line_make(n, line, sizeof line - 1);
    size_t end = strlen(line); /* there is room for one more */
    if (end > 0 && text->size > 0) memcpy(line + end, "\n", 2);
    to[PFIF_TEXT] = give(out, line, text->at, text->size);
}
