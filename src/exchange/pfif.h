/*
 * pfif.h: entries about people and notes on them, as the People Finder Interchange Format has them (PFIF 1.4,
 * http://zesty.ca/pfif/1.4/). Reads versions 1.1 to 1.4, writes 1.4; both in one pass, whatever the size.
 */
#ifndef EXCHANGE_PFIF_H
#define EXCHANGE_PFIF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/limits.h"

#define PFIF_NAMESPACE_1_4 "http://zesty.ca/pfif/1.4"

/* What stands in which: an entry about a person, a note, or both. */
#define PFIF_IN_PERSON 1
#define PFIF_IN_NOTE 2

/*
 * X(name, element, form, where, limit in bytes): every field, in the order in which it is written. The mandatory ones
 * are, of a person, its id, source_date and full_name; of a note, its id, its person's id, author_name and source_date.
 */
#define PFIF_FIELDS(X) \
    X(NOTE_RECORD_ID, "note_record_id", ID, PFIF_IN_NOTE, PFIF_ID_MAX) \
    X(PERSON_RECORD_ID, "person_record_id", ID, PFIF_IN_PERSON | PFIF_IN_NOTE, PFIF_ID_MAX) \
    X(LINKED_PERSON_RECORD_ID, "linked_person_record_id", ID, PFIF_IN_NOTE, PFIF_ID_MAX) \
    X(ENTRY_DATE, "entry_date", TIME, PFIF_IN_PERSON | PFIF_IN_NOTE, 20) \
    X(EXPIRY_DATE, "expiry_date", TIME, PFIF_IN_PERSON, 20) \
    X(AUTHOR_NAME, "author_name", LINE, PFIF_IN_PERSON | PFIF_IN_NOTE, PFIF_LINE_MAX) \
    X(AUTHOR_EMAIL, "author_email", EMAIL, PFIF_IN_PERSON | PFIF_IN_NOTE, PFIF_LINE_MAX) \
    X(AUTHOR_PHONE, "author_phone", PHONE, PFIF_IN_PERSON | PFIF_IN_NOTE, PFIF_LINE_MAX) \
    X(SOURCE_NAME, "source_name", LINE, PFIF_IN_PERSON, PFIF_LINE_MAX) \
    X(SOURCE_DATE, "source_date", TIME, PFIF_IN_PERSON | PFIF_IN_NOTE, 20) \
    X(SOURCE_URL, "source_url", URL, PFIF_IN_PERSON, PFIF_URL_MAX) \
    X(FULL_NAME, "full_name", TEXT, PFIF_IN_PERSON, PFIF_NAMES_MAX) \
    X(GIVEN_NAME, "given_name", LINE, PFIF_IN_PERSON, PFIF_LINE_MAX) \
    X(FAMILY_NAME, "family_name", LINE, PFIF_IN_PERSON, PFIF_LINE_MAX) \
    X(ALTERNATE_NAMES, "alternate_names", TEXT, PFIF_IN_PERSON, PFIF_NAMES_MAX) \
    X(DESCRIPTION, "description", TEXT, PFIF_IN_PERSON, PFIF_TEXT_MAX) \
    X(SEX, "sex", SEX, PFIF_IN_PERSON, 6) \
    X(DATE_OF_BIRTH, "date_of_birth", DAY, PFIF_IN_PERSON, 10) \
    X(AGE, "age", AGE, PFIF_IN_PERSON, 7) \
    X(HOME_STREET, "home_street", LINE, PFIF_IN_PERSON, PFIF_LINE_MAX) \
    X(HOME_NEIGHBORHOOD, "home_neighborhood", LINE, PFIF_IN_PERSON, PFIF_LINE_MAX) \
    X(HOME_CITY, "home_city", LINE, PFIF_IN_PERSON, PFIF_LINE_MAX) \
    X(HOME_STATE, "home_state", LINE, PFIF_IN_PERSON, PFIF_LINE_MAX) \
    X(HOME_POSTAL_CODE, "home_postal_code", LINE, PFIF_IN_PERSON, PFIF_LINE_MAX) \
    X(HOME_COUNTRY, "home_country", COUNTRY, PFIF_IN_PERSON, 2) \
    X(AUTHOR_MADE_CONTACT, "author_made_contact", TRUTH, PFIF_IN_NOTE, 5) \
    X(STATUS, "status", STATUS, PFIF_IN_NOTE, 18) \
    X(EMAIL_OF_FOUND_PERSON, "email_of_found_person", EMAIL, PFIF_IN_NOTE, PFIF_LINE_MAX) \
    X(PHONE_OF_FOUND_PERSON, "phone_of_found_person", PHONE, PFIF_IN_NOTE, PFIF_LINE_MAX) \
    X(LAST_KNOWN_LOCATION, "last_known_location", TEXT, PFIF_IN_NOTE, PFIF_LINE_MAX) \
    X(TEXT, "text", TEXT, PFIF_IN_NOTE, PFIF_TEXT_MAX) \
    X(PHOTO_URL, "photo_url", URL, PFIF_IN_PERSON | PFIF_IN_NOTE, PFIF_URL_MAX) \
    X(PROFILE_URLS, "profile_urls", URLS, PFIF_IN_PERSON, PFIF_URL_MAX)

enum pfif_field {
#define X(name, element, form, where, limit) PFIF_##name,
    PFIF_FIELDS(X)
#undef X
        PFIF_FIELD_COUNT
};

/*
 * An entry about a person, or a note: texts in UTF-8, indexed by enum pfif_field, NULL where there is none, never
 * empty. Several full names, alternate names and profile addresses stand on a line each. A placeholder is what an
 * expired entry leaves: its id, its dates, and nothing else. Marks of writing direction may be in the texts.
 */
struct pfif_person {
    bool placeholder;
    const char *text[PFIF_FIELD_COUNT];
};
struct pfif_note {
    const char *text[PFIF_FIELD_COUNT];
};

/* X(name, sentence): why something is refused. */
#define PFIF_REASONS(X) \
    X(OK, "nothing is wrong") \
    /* of a field, or of a whole entry or note for the sake of a field */ \
    X(MISSING, "a mandatory field is missing") \
    X(TOO_LONG, "a field is over its limit") \
    X(TWICE, "a field stands there twice") \
    X(CHARACTERS, "a field holds control characters") \
    X(VALUE, "a field has a value that the format does not know") \
    X(DATE, "a date is not of the form YYYY-MM-DDThh:mm:ssZ, or does not exist") \
    X(DATE_FAR, "a date lies before 1980 or behind 2099") \
    X(DATE_AHEAD, "a date lies in the future") \
    X(LATE, "a field comes behind more notes than can wait for it") \
    X(OTHER_PERSON, "a note names another person than the one in which it stands") \
    X(NOTES, "there are more notes on one person than one file may bring") \
    /* of the document: what was read before stays, nothing behind it is read */ \
    X(NOT_PFIF, "this is no PFIF document of version 1.1 to 1.4") \
    X(ENCODING, "the encoding is none of UTF-8, UTF-16, ISO-8859-1 and US-ASCII, or the text is not in it") \
    X(DOCTYPE, "a document type is declared (entities could be): none is read") \
    X(XML, "this is not well-formed XML") \
    X(DEPTH, "elements stand too deep in each other") \
    X(TOKEN, "a tag or a comment is too long") \
    X(NAMES, "the XML takes more memory than is given to it")

enum pfif_reason {
#define X(name, sentence) PFIF_REASON_##name,
    PFIF_REASONS(X)
#undef X
};

enum pfif_what { PFIF_FIELD, PFIF_PERSON, PFIF_NOTE, PFIF_DOCUMENT }; /* what is lost; of PFIF_FIELD, only the field */

struct pfif_refusal {
    enum pfif_what what;
    enum pfif_reason reason;
    uint64_t line;    /* where the field, or else the entry or the note begins; counted from 1 */
    const char *name; /* the field; or the encoding, the root element with its namespace, what expat says; or NULL */
};

struct pfif_counts {
    uint64_t persons, placeholders; /* given; placeholders are among the persons */
    uint64_t notes;
    uint64_t persons_refused, notes_refused, fields_refused;
    uint64_t unknown; /* elements that no version knows: skipped with what is in them */
};

/*
 * Whom the reader tells. An entry comes before the notes that stand in it. What a callback gets lives until it
 * returns. person and note return 0, or an error, which ends the reading. refused may be NULL. Of the notes over
 * PFIF_NOTES_MAX on one person the first alone is told, all are counted.
 */
struct pfif_calls {
    int (*person)(void *context, const struct pfif_person *person);
    int (*note)(void *context, const struct pfif_note *note);
    void (*refused)(void *context, const struct pfif_refusal *refusal);
    void *context;
    uint64_t now; /* Unix time, or 0 if it is not known: then no date counts as being in the future */
};

struct pfif_reader;

/* Begin to read a document; *calls is copied. The reader takes at most about 7 MiB, whatever comes. Errors: ERR_MEMORY.
 * pfif_reader_free releases it. */
MUST_CHECK int pfif_reader_open(struct pfif_reader **out, const struct pfif_calls *calls);

/*
 * Read the next bytes of the document; what they bring may be told only with later ones. Errors: ERR_FIELD (the
 * document was refused, refused() was told why; so it is for every later call), ERR_MEMORY, and what a callback
 * returned.
 */
MUST_CHECK int pfif_reader_feed(struct pfif_reader *r, const uint8_t *bytes, size_t size);

/* The document is over. Errors: the same. */
MUST_CHECK int pfif_reader_end(struct pfif_reader *r);

/* What was read so far. */
const struct pfif_counts *pfif_reader_counts(const struct pfif_reader *r);

void pfif_reader_free(struct pfif_reader *r);

/* ---- Writing ---- */

struct pfif_writer;

/* Begin a document; write gets it piece by piece and returns 0 or an error. Errors: ERR_MEMORY. */
MUST_CHECK int pfif_writer_open(struct pfif_writer **out, int (*write)(void *context, const char *bytes, size_t size),
                                void *context);

/*
 * Write an entry, or if it is a placeholder what remains of it: its id, expiry_date, and source_date and entry_date,
 * which should be the time at which it became one. Characters that XML can't carry are written as U+FFFD; of phone
 * numbers what is no digit, space, bracket, plus or minus is written as a space, and one without digits left out.
 * Errors: ERR_FIELD (pfif_person_check finds something; nothing was written), what write returned.
 */
MUST_CHECK int pfif_write_person(struct pfif_writer *w, const struct pfif_person *person);

/* Write a note: within the entry written last if it is about that, else on its own. Errors: as above. */
MUST_CHECK int pfif_write_note(struct pfif_writer *w, const struct pfif_note *note);

/* End the document. Errors: what write returned. */
MUST_CHECK int pfif_writer_end(struct pfif_writer *w);

void pfif_writer_free(struct pfif_writer *w);

/* ---- Rules ---- */

/* Tell what is wrong with an entry or a note: PFIF_REASON_OK, or why, and in which field. */
enum pfif_reason pfif_person_check(const struct pfif_person *person, enum pfif_field *field);
enum pfif_reason pfif_note_check(const struct pfif_note *note, enum pfif_field *field);

/* Tell what is wrong with a value of a field, which is not empty. */
enum pfif_reason pfif_value_check(enum pfif_field field, const char *text);

/* Return a field's element, its limit in bytes, whether it stands in a person or a note (PFIF_IN_…), and the sentence
 * of a reason. */
const char *pfif_field_name(enum pfif_field field);
size_t pfif_field_limit(enum pfif_field field);
unsigned pfif_field_where(enum pfif_field field);
const char *pfif_reason_text(enum pfif_reason reason);

#endif
