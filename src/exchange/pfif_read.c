/*
 * pfif_read.c: PFIF out of XML, by expat, as it comes.
 *
 * What a stranger's XML could do is shut off here, each by name: no document type (so no entities but XML's own five,
 * nothing from outside, no network), four encodings, a bounded depth, tags and comments of a bounded length, and a
 * fixed sum of memory for the parser, which keeps every name that it meets.
 *
 * The fields of an entry may come in any order, notes among them. So notes wait until their entry ends or PFIF_HELD_MAX
 * bytes of them wait; then the entry is given, after it the notes, and every further note as it comes.
 *
 * How many notes there are on one person is counted by Misra and Gries ("Finding repeated elements", 1982): a fixed
 * number of counters, all lowered by one when somebody new finds none free. A count is never too high, and too low by
 * no more than one for each PFIF_COUNTED_MAX + 1 notes of the file.
 */
#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "core/siphash.h"
#include "exchange/dates.h"
#include "exchange/pfif.h"
#include "exchange/pfif_internal.h"

/* How much the parser gets at once. Not more, so that its buffer stays near PFIF_TOKEN_MAX; not less, since it begins
 * an unfinished tag anew each time. */
#define FEED_SIZE 16384
#define NAME_SIZE 128
#define VERSIONS 4
#define NONE PFIF_FIELD_COUNT
#define HELD_END 0xff

_Static_assert(RECORD_SIZE_MAX + 16 + PFIF_FIELD_COUNT < PFIF_HELD_MAX, "a note fits where notes wait");

/* An entry or a note that is being read. */
struct entry {
    const char *text[PFIF_FIELD_COUNT]; /* in room */
    uint64_t line;                      /* of its tag */
    struct pfif_refusal fault;          /* what costs the whole of it, if a reason is set */
    size_t used;
    char room[RECORD_SIZE_MAX]; /* all fields at their limits fit (pfif.c) */
};

struct counter {
    uint64_t who; /* hash of a person's id */
    uint32_t notes;
};

struct pfif_reader {
    XML_Parser parser;
    size_t parser_bytes;
    struct pfif_calls calls;
    struct pfif_counts counts;
    struct entry person, note; /* those that are open */

    uint64_t field_line;
    size_t value_size;
    char value[PFIF_TEXT_MAX + 2];

    uint64_t fed;
    const uint8_t *feeding; /* the piece that the parser has now, of feeding_size bytes, from feeding_at */
    size_t feeding_size;
    uint64_t feeding_at;

    struct counter counters[PFIF_COUNTED_MAX];
    size_t held_size;
    size_t waiting_size;

    int err;
    unsigned depth, skip_depth; /* skip_depth: of the unknown element that we are in, or 0 */
    unsigned version;           /* 1 to VERSIONS: PFIF 1.1 to 1.4 */
    unsigned field;             /* that is being read, or NONE */
    unsigned counted;
    bool parser_full, field_over, in_person, in_note;
    bool released; /* the open entry was given or refused; its notes no longer wait */
    char name[NAME_SIZE];
    uint8_t waiting[FEED_SIZE]; /* small pieces, until there is enough for the parser */
    uint8_t held[PFIF_HELD_MAX];
};

/* ---- The parser's memory ---- */

/* Which reader's parser is at work on this thread; expat tells its allocator nothing. */
static _Thread_local struct pfif_reader *at_work;

struct block {
    _Alignas(16) size_t size;
};

static bool take(size_t size) {
    if (size <= PFIF_PARSER_MEMORY_MAX && at_work->parser_bytes + size <= PFIF_PARSER_MEMORY_MAX) return true;
    at_work->parser_full = true;
    return false;
}

static void *parser_realloc(void *bytes, size_t size) {
    struct block *old = bytes ? (struct block *)bytes - 1 : NULL;
    const size_t old_size = old ? old->size : 0;
    if (size > old_size && !take(size - old_size)) return NULL;
    struct block *b = realloc(old, sizeof *b + size);
    if (!b) return NULL;
    at_work->parser_bytes += size;
    at_work->parser_bytes -= old_size;
    b->size = size;
    return b + 1;
}

static void *parser_malloc(size_t size) {
    return parser_realloc(NULL, size);
}

static void parser_free(void *bytes) {
    if (!bytes) return;
    struct block *b = (struct block *)bytes - 1;
    at_work->parser_bytes -= b->size;
    free(b);
}

/* ---- Refusing ---- */

static void refuse(struct pfif_reader *r, struct pfif_refusal refusal) {
    switch (refusal.what) {
    case PFIF_FIELD: r->counts.fields_refused++; break;
    case PFIF_PERSON: r->counts.persons_refused++; break;
    case PFIF_NOTE: r->counts.notes_refused++; break;
    case PFIF_DOCUMENT: break;
    }
    if (r->calls.refused) r->calls.refused(r->calls.context, &refusal);
}

static void stop(struct pfif_reader *r, int err) {
    if (!r->err) r->err = err;
    (void)XML_StopParser(r->parser, XML_FALSE);
}

/* Refuse the document; name may be longer than what is kept of it. */
static void refuse_document(struct pfif_reader *r, enum pfif_reason reason, const char *name) {
    if (r->err) return;
    refuse(r, (struct pfif_refusal){PFIF_DOCUMENT, reason, XML_GetCurrentLineNumber(r->parser), name});
    stop(r, ERR_FIELD);
}

/* ---- Giving ---- */

static void told(struct pfif_reader *r, int err) {
    if (err) stop(r, err);
}

/* Count one more note on a person; tell whether it is within the limit. *first: it is the first that is not. */
static bool count(struct pfif_reader *r, const char *person, bool *first) {
    static const uint8_t key[SIPHASH_KEY_SIZE];
    const uint64_t who = siphash24(key, (const uint8_t *)person, strlen(person));
    unsigned i = 0;
    *first = false;
    while (i < r->counted && r->counters[i].who != who) i++;
    if (i < r->counted) {
        if (r->counters[i].notes > PFIF_NOTES_MAX) return false;
        *first = r->counters[i].notes++ == PFIF_NOTES_MAX;
        return !*first;
    }
    if (r->counted < PFIF_COUNTED_MAX) {
        r->counters[r->counted++] = (struct counter){who, 1};
        return true;
    }
    unsigned kept = 0;
    for (i = 0; i < r->counted; i++) {
        struct counter c = r->counters[i];
        if (c.notes <= PFIF_NOTES_MAX) c.notes--;
        if (c.notes > 0) r->counters[kept++] = c;
    }
    r->counted = kept;
    return true;
}

/* Give a note whose own fields are in order: what is left to find is whether it is about the right person. */
static void note_give(struct pfif_reader *r, struct pfif_note *note, uint64_t line) {
    const char **id = &note->text[PFIF_PERSON_RECORD_ID];
    const char *outer = r->in_person ? r->person.text[PFIF_PERSON_RECORD_ID] : NULL;
    struct pfif_refusal refusal = {PFIF_NOTE, PFIF_REASON_OK, line, pfif_field_name(PFIF_PERSON_RECORD_ID)};
    bool tell = true;
    if (r->err) return;
    if (!*id) *id = outer;
    if (!*id)
        refusal.reason = PFIF_REASON_MISSING;
    else if (outer && strcmp(*id, outer) != 0)
        refusal.reason = PFIF_REASON_OTHER_PERSON;
    else if (!count(r, *id, &tell))
        refusal.reason = PFIF_REASON_NOTES;
    if (refusal.reason == PFIF_REASON_OK) {
        r->counts.notes++;
        told(r, r->calls.note(r->calls.context, note));
    } else if (tell)
        refuse(r, refusal);
    else
        r->counts.notes_refused++;
}

/* Until 1.2 a name came in two parts only. */
static void name_join(struct pfif_reader *r) {
    struct entry *e = &r->person;
    const char *given = e->text[PFIF_GIVEN_NAME], *family = e->text[PFIF_FAMILY_NAME];
    if (r->version > 2 || e->text[PFIF_FULL_NAME] || (!given && !family)) return;
    char *name = e->room + e->used;
    const size_t size = (given ? strlen(given) : 0) + (family ? strlen(family) : 0) + 2;
    _Static_assert(PFIF_NAMES_MAX >= 2 * PFIF_LINE_MAX + 1, "both parts fit");
    CHECK(size <= sizeof e->room - e->used);
    snprintf(name, size, "%s%s%s", given ? given : "", given && family ? " " : "", family ? family : "");
    e->text[PFIF_FULL_NAME] = name;
    e->used += size;
}

/* Give the open entry, or refuse it. */
static void person_give(struct pfif_reader *r) {
    struct pfif_person person = {0};
    struct pfif_refusal refusal = r->person.fault;
    enum pfif_field field = PFIF_PERSON_RECORD_ID;
    name_join(r);
    memcpy(person.text, r->person.text, sizeof person.text);
    person.placeholder = pfif_is_placeholder(&person);
    if (refusal.reason == PFIF_REASON_OK) {
        refusal.reason = pfif_person_missing(&person, &field);
        refusal.name = pfif_field_name(field);
        refusal.line = r->person.line;
    }
    refusal.what = PFIF_PERSON;
    if (refusal.reason != PFIF_REASON_OK) {
        refuse(r, refusal);
        return;
    }
    r->counts.persons++;
    r->counts.placeholders += person.placeholder;
    told(r, r->calls.person(r->calls.context, &person));
}

/* ---- Notes that wait ---- */

/* A note that waits: its line (8 bytes), for each field its number and the text with its zero, HELD_END. */
static bool hold(struct pfif_reader *r, const struct entry *note) {
    const size_t most = sizeof note->line + note->used + PFIF_FIELD_COUNT + 1;
    if (PFIF_HELD_MAX - r->held_size < most) return false;
    uint8_t *to = r->held + r->held_size;
    memcpy(to, &note->line, sizeof note->line);
    to += sizeof note->line;
    for (unsigned i = 0; i < PFIF_FIELD_COUNT; i++) {
        if (!note->text[i]) continue;
        const size_t size = strlen(note->text[i]) + 1;
        *to++ = (uint8_t)i;
        memcpy(to, note->text[i], size);
        to += size;
    }
    *to++ = HELD_END;
    r->held_size = (size_t)(to - r->held);
    return true;
}

/* Give the open entry, then the notes that wait for it. */
static void release(struct pfif_reader *r) {
    const uint8_t *at = r->held, *end = r->held + r->held_size;
    person_give(r);
    r->released = true;
    while (at < end && !r->err) {
        struct pfif_note note = {0};
        uint64_t line;
        memcpy(&line, at, sizeof line);
        at += sizeof line;
        while (*at != HELD_END) {
            const char *text = (const char *)at + 1;
            note.text[*at] = text;
            at += strlen(text) + 2;
        }
        at++;
        note_give(r, &note, line);
    }
    r->held_size = 0;
}

/* ---- Fields ---- */

static const struct {
    const char *name;
    enum pfif_field field;
    unsigned last; /* version that has it */
} old_names[] = {{"first_name", PFIF_GIVEN_NAME, 3},
                 {"last_name", PFIF_FAMILY_NAME, 3},
                 {"other", PFIF_DESCRIPTION, 3},
                 {"found", PFIF_AUTHOR_MADE_CONTACT, 3},
                 {"home_zip", PFIF_HOME_POSTAL_CODE, 1}};

static unsigned field_find(const struct pfif_reader *r, const char *name) {
    const unsigned where = r->in_note ? PFIF_IN_NOTE : PFIF_IN_PERSON;
    unsigned found = NONE;
    for (unsigned i = 0; i < PFIF_FIELD_COUNT && found == NONE; i++)
        if (strcmp(name, pfif_field_name((enum pfif_field)i)) == 0) found = i;
    for (unsigned i = 0; i < sizeof old_names / sizeof *old_names; i++)
        if (r->version <= old_names[i].last && strcmp(name, old_names[i].name) == 0) found = old_names[i].field;
    return found != NONE && pfif_field_where((enum pfif_field)found) & where ? found : NONE;
}

/* Tell whether an entry or a note is worth nothing without this field: who it is about, and when; and when it is to be
 * gone. */
static bool is_vital(const struct pfif_reader *r, unsigned field, enum pfif_reason reason) {
    switch (field) {
    case PFIF_NOTE_RECORD_ID:
    case PFIF_PERSON_RECORD_ID: return true;
    case PFIF_SOURCE_DATE:
    case PFIF_FULL_NAME: return reason != PFIF_REASON_TWICE;
    case PFIF_AUTHOR_NAME: return r->in_note && reason != PFIF_REASON_TWICE;
    case PFIF_EXPIRY_DATE: return reason != PFIF_REASON_TWICE && reason != PFIF_REASON_DATE_FAR;
    default: return false;
    }
}

static void field_refuse(struct pfif_reader *r, struct entry *e, enum pfif_reason reason) {
    const struct pfif_refusal refusal = {PFIF_FIELD, reason, r->field_line, pfif_field_name((enum pfif_field)r->field)};
    if (!is_vital(r, r->field, reason) || reason == PFIF_REASON_LATE)
        refuse(r, refusal);
    else if (e->fault.reason == PFIF_REASON_OK)
        e->fault = refusal;
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Take the layout out of a value: all around it, and if it is one line within it. Leave it empty if it is blank. */
static void value_trim(struct pfif_reader *r) {
    char *begin = r->value, *end = r->value + r->value_size;
    while (begin < end && is_blank(*begin)) begin++;
    while (end > begin && is_blank(end[-1])) end--;
    if (begin < end && !pfif_is_line((enum pfif_field)r->field)) return;
    for (char *at = begin; at < end; at++)
        if (is_blank(*at)) *at = ' ';
    r->value_size = (size_t)(end - begin);
    memmove(r->value, begin, r->value_size);
    r->value[r->value_size] = 0;
}

/* Of a time, cut off a fraction of a second, and tell whether it is one that can be. */
static enum pfif_reason time_finish(struct pfif_reader *r) {
    uint64_t seconds;
    const enum pfif_reason reason = pfif_value_check((enum pfif_field)r->field, r->value);
    if (reason != PFIF_REASON_OK) return reason;
    int err = dates_read(&seconds, r->value);
    CHECK(err == 0);
    if (r->calls.now && r->field != PFIF_EXPIRY_DATE && seconds > r->calls.now + TIME_AHEAD_SLACK)
        return PFIF_REASON_DATE_AHEAD;
    memcpy(r->value + 19, "Z", 2);
    r->value_size = 20;
    return PFIF_REASON_OK;
}

static void field_finish(struct pfif_reader *r) {
    const enum pfif_field field = (enum pfif_field)r->field;
    struct entry *e = r->in_note ? &r->note : &r->person;
    enum pfif_reason reason = PFIF_REASON_OK;
    r->value[r->value_size] = 0;
    value_trim(r);
    if (r->value_size == 0 && !r->field_over) return;
    if (!r->in_note && r->released)
        reason = PFIF_REASON_LATE;
    else if (e->text[field])
        reason = PFIF_REASON_TWICE;
    else if (r->field_over)
        reason = PFIF_REASON_TOO_LONG;
    else if (field == PFIF_ENTRY_DATE || field == PFIF_SOURCE_DATE || field == PFIF_EXPIRY_DATE)
        reason = time_finish(r);
    else
        reason = pfif_value_check(field, r->value);
    if (reason != PFIF_REASON_OK) {
        field_refuse(r, e, reason);
        return;
    }
    CHECK(r->value_size <= pfif_field_limit(field) && r->value_size < sizeof e->room - e->used);
    e->text[field] = memcpy(e->room + e->used, r->value, r->value_size + 1);
    e->used += r->value_size + 1;
}

static void note_finish(struct pfif_reader *r) {
    struct pfif_note note = {0};
    struct pfif_refusal refusal = r->note.fault;
    enum pfif_field field = PFIF_NOTE_RECORD_ID;
    r->in_note = false;
    memcpy(note.text, r->note.text, sizeof note.text);
    if (refusal.reason == PFIF_REASON_OK) {
        refusal.reason = pfif_note_missing(&note, &field);
        refusal.name = pfif_field_name(field);
        refusal.line = r->note.line;
    }
    refusal.what = PFIF_NOTE;
    if (refusal.reason != PFIF_REASON_OK) {
        refuse(r, refusal);
        return;
    }
    if (r->in_person && !r->released) {
        if (hold(r, &r->note)) return;
        release(r);
    }
    note_give(r, &note, r->note.line);
}

/* ---- What expat tells ---- */

static void entry_begin(struct pfif_reader *r, struct entry *e) {
    memset(e, 0, offsetof(struct entry, room));
    e->line = XML_GetCurrentLineNumber(r->parser);
}

/* Split "namespace\nname"; return the name if the namespace is this version's of PFIF (0: any known; *version receives
 * which), else NULL. */
static const char *name_in_pfif(const char *name, unsigned *version) {
    static const char prefix[] = "http://zesty.ca/pfif/1.";
    const size_t size = sizeof prefix - 1;
    if (strncmp(name, prefix, size) != 0 || name[size] < '1' || name[size] > '0' + VERSIONS || name[size + 1] != '\n')
        return NULL;
    const unsigned found = (unsigned)(name[size] - '0');
    if (*version && found != *version) return NULL;
    *version = found;
    return name + size + 2;
}

static void root(struct pfif_reader *r, const char *name) {
    const char *local = name_in_pfif(name, &r->version);
    if (local && strcmp(local, "pfif") == 0) return;
    size_t size = strnlen(name, NAME_SIZE - 1);
    memcpy(r->name, name, size);
    r->name[size] = 0;
    char *split = strchr(r->name, '\n');
    if (split) *split = ' ';
    refuse_document(r, PFIF_REASON_NOT_PFIF, r->name);
}

static void XMLCALL element_begin(void *context, const XML_Char *name, const XML_Char **attributes) {
    struct pfif_reader *r = context;
    (void)attributes;
    if (++r->depth > PFIF_DEPTH_MAX) {
        refuse_document(r, PFIF_REASON_DEPTH, NULL);
        return;
    }
    if (r->skip_depth) {
        r->counts.unknown++;
        return;
    }
    if (r->depth == 1) {
        root(r, name);
        return;
    }
    const char *local = name_in_pfif(name, &r->version);
    const bool between = local && r->field == NONE && !r->in_note;
    if (between && !r->in_person && strcmp(local, "person") == 0) {
        entry_begin(r, &r->person);
        r->in_person = true;
        r->released = false;
    } else if (between && strcmp(local, "note") == 0) {
        entry_begin(r, &r->note);
        r->in_note = true;
    } else if (local && r->field == NONE && (r->in_note || r->in_person) && field_find(r, local) != NONE) {
        r->field = field_find(r, local);
        r->field_line = XML_GetCurrentLineNumber(r->parser);
        r->field_over = false;
        r->value_size = 0;
    } else {
        r->counts.unknown++;
        r->skip_depth = r->depth;
    }
}

static void XMLCALL element_end(void *context, const XML_Char *name) {
    struct pfif_reader *r = context;
    (void)name;
    r->depth--;
    if (r->err) return;
    if (r->skip_depth) {
        if (r->depth < r->skip_depth) r->skip_depth = 0;
    } else if (r->field != NONE) {
        field_finish(r);
        r->field = NONE;
    } else if (r->in_note) {
        note_finish(r);
    } else if (r->in_person) {
        if (!r->released) release(r);
        r->in_person = false;
    }
}

static void XMLCALL characters(void *context, const XML_Char *text, int size) {
    struct pfif_reader *r = context;
    if (r->err || r->field == NONE || r->skip_depth) return;
    if ((size_t)size > sizeof r->value - 1 - r->value_size) {
        r->field_over = true;
        return;
    }
    if (r->field_over) return;
    memcpy(r->value + r->value_size, text, (size_t)size);
    r->value_size += (size_t)size;
}

/* Expat writes the whole namespace before every name: a long one would cost time for every short tag. */
static void XMLCALL namespace_begin(void *context, const XML_Char *prefix, const XML_Char *name) {
    (void)prefix;
    if (name && strlen(name) > PFIF_LINE_MAX) refuse_document(context, PFIF_REASON_TOKEN, NULL);
}

static void XMLCALL doctype(void *context, const XML_Char *name, const XML_Char *system, const XML_Char *public,
                            int internal) {
    (void)name, (void)system, (void)public, (void)internal;
    refuse_document(context, PFIF_REASON_DOCTYPE, NULL);
}

/* An encoding that expat does not have itself: keep its name for the refusal. */
static int XMLCALL encoding(void *context, const XML_Char *name, XML_Encoding *info) {
    struct pfif_reader *r = context;
    const size_t size = strnlen(name, NAME_SIZE - 1);
    (void)info;
    memcpy(r->name, name, size);
    r->name[size] = 0;
    return XML_STATUS_ERROR;
}

/* ---- Feeding ---- */

/* Tell whether the parser stopped at a byte that is not ASCII: the text is in another encoding than it says. */
static bool is_foreign_byte(const struct pfif_reader *r) {
    const XML_Index at = XML_GetErrorByteIndex(r->parser);
    if (at < 0 || (uint64_t)at < r->feeding_at || (uint64_t)at - r->feeding_at >= r->feeding_size) return false;
    return r->feeding[(uint64_t)at - r->feeding_at] >= 0x80;
}

static void parser_failed(struct pfif_reader *r) {
    const enum XML_Error error = XML_GetErrorCode(r->parser);
    switch (error) {
    case XML_ERROR_NO_MEMORY:
        if (r->parser_full)
            refuse_document(r, PFIF_REASON_NAMES, NULL);
        else if (!r->err)
            r->err = ERR_MEMORY;
        break;
    case XML_ERROR_UNKNOWN_ENCODING:
    case XML_ERROR_INCORRECT_ENCODING: refuse_document(r, PFIF_REASON_ENCODING, r->name[0] ? r->name : NULL); break;
    default:
        refuse_document(r, is_foreign_byte(r) ? PFIF_REASON_ENCODING : PFIF_REASON_XML, XML_ErrorString(error));
        break;
    }
    if (!r->err) r->err = ERR_FIELD;
}

static int parse(struct pfif_reader *r, const uint8_t *bytes, size_t size, bool last) {
    struct pfif_reader *before = at_work;
    if (r->err) return r->err;
    r->feeding = bytes;
    r->feeding_size = size;
    r->feeding_at = r->fed;
    r->fed += size;
    at_work = r;
    if (XML_Parse(r->parser, (const char *)bytes, (int)size, last) != XML_STATUS_OK)
        parser_failed(r);
    else if (!last && XML_GetCurrentByteIndex(r->parser) >= 0 &&
             r->fed - (uint64_t)XML_GetCurrentByteIndex(r->parser) > PFIF_TOKEN_MAX)
        refuse_document(r, PFIF_REASON_TOKEN, NULL);
    at_work = before;
    r->feeding = NULL;
    return r->err;
}

int pfif_reader_feed(struct pfif_reader *r, const uint8_t *bytes, size_t size) {
    int err = r->err;
    while (!err && size > 0) {
        const size_t room = FEED_SIZE - r->waiting_size, now = size < room ? size : room;
        memcpy(r->waiting + r->waiting_size, bytes, now);
        r->waiting_size += now;
        bytes += now;
        size -= now;
        if (r->waiting_size < FEED_SIZE) break;
        err = parse(r, r->waiting, FEED_SIZE, false);
        r->waiting_size = 0;
    }
    return err;
}

int pfif_reader_end(struct pfif_reader *r) {
    return parse(r, r->waiting, r->waiting_size, true);
}

const struct pfif_counts *pfif_reader_counts(const struct pfif_reader *r) {
    return &r->counts;
}

int pfif_reader_open(struct pfif_reader **out, const struct pfif_calls *calls) {
    static const XML_Memory_Handling_Suite memory = {parser_malloc, parser_realloc, parser_free};
    struct pfif_reader *r = calloc(1, sizeof *r), *before = at_work;
    *out = NULL;
    if (!r) return ERR_MEMORY;
    r->calls = *calls;
    r->field = NONE;
    at_work = r;
    r->parser = XML_ParserCreate_MM(NULL, &memory, "\n");
    at_work = before;
    if (!r->parser) {
        free(r);
        return ERR_MEMORY;
    }
    XML_SetUserData(r->parser, r);
    XML_SetElementHandler(r->parser, element_begin, element_end);
    XML_SetCharacterDataHandler(r->parser, characters);
    XML_SetStartNamespaceDeclHandler(r->parser, namespace_begin);
    XML_SetStartDoctypeDeclHandler(r->parser, doctype);
    XML_SetUnknownEncodingHandler(r->parser, encoding, r);
    *out = r;
    return 0;
}

void pfif_reader_free(struct pfif_reader *r) {
    struct pfif_reader *before = at_work;
    if (!r) return;
    at_work = r;
    XML_ParserFree(r->parser);
    at_work = before;
    CHECK(r->parser_bytes == 0);
    free(r);
}
