/*
 * PFIF in and out. Shows: what was written is read the same, field by field and note by note, however the bytes are cut
 * on the way; and what a stranger's file can do is refused, each by its name and its line, while the rest is read:
 * document types, encodings, missing fields, dates, values, limits, depth, length, names without end, a million notes
 * on one person. The memory taken stays the same for all of it.
 */
#include "exchange/pfif.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "test/exchange/document_util.h"
#include "test/exchange/pfif_sample_util.h"

/* ---- What a reader told ---- */

#define TOLD 64

struct seen {
    char *log; /* every entry and note, as lines */
    size_t size, room;
    struct pfif_refusal refused[TOLD];
    char names[TOLD][64];
    unsigned refusals;
    int answer; /* what the callbacks return */
};

static void put(struct seen *s, const char *text) {
    const size_t size = strlen(text);
    while (s->room - s->size <= size) {
        s->room = s->room ? 2 * s->room : 4096;
        s->log = realloc(s->log, s->room);
        assert_non_null(s->log);
    }
    memcpy(s->log + s->size, text, size + 1);
    s->size += size;
}

static void put_texts(struct seen *s, const char *what, const char *const text[PFIF_FIELD_COUNT]) {
    put(s, what);
    for (unsigned i = 0; i < PFIF_FIELD_COUNT; i++) {
        if (!text[i]) continue;
        put(s, " ");
        put(s, pfif_field_name((enum pfif_field)i));
        put(s, "=");
        put(s, text[i]);
    }
    put(s, "\n");
}

static int on_person(void *context, const struct pfif_person *person) {
    struct seen *s = context;
    enum pfif_field field;
    assert_int_equal(pfif_person_check(person, &field), PFIF_REASON_OK);
    put_texts(s, person->placeholder ? "placeholder" : "person", person->text);
    return s->answer;
}

static int on_note(void *context, const struct pfif_note *note) {
    struct seen *s = context;
    enum pfif_field field;
    assert_int_equal(pfif_note_check(note, &field), PFIF_REASON_OK);
    put_texts(s, "note", note->text);
    return s->answer;
}

static void on_refused(void *context, const struct pfif_refusal *refusal) {
    struct seen *s = context;
    assert_true(refusal->line > 0);
    assert_true(pfif_reason_text(refusal->reason)[0] != 0);
    if (s->refusals < TOLD) {
        s->refused[s->refusals] = *refusal;
        snprintf(s->names[s->refusals], sizeof s->names[0], "%s", refusal->name ? refusal->name : "");
    }
    s->refusals++;
}

static void seen_free(struct seen *s) {
    free(s->log);
    memset(s, 0, sizeof *s);
}

#define NOW 1641384000u /* 2022-01-05 12:00 */

/* Read a document in pieces of step bytes. */
static int read_bytes(struct seen *s, const void *bytes, size_t size, size_t step, struct pfif_counts *counts) {
    const struct pfif_calls calls = {on_person, on_note, on_refused, s, NOW};
    struct pfif_reader *r;
    assert_int_equal(pfif_reader_open(&r, &calls), 0);
    int err = 0;
    for (size_t at = 0; at < size && !err; at += step) {
        const size_t left = size - at, now = left < step ? left : step;
        uint8_t *copy = malloc(now); /* so that reading behind it is seen */
        assert_non_null(copy);
        memcpy(copy, (const uint8_t *)bytes + at, now);
        err = pfif_reader_feed(r, copy, now);
        free(copy);
    }
    if (!err) err = pfif_reader_end(r);
    if (err) assert_int_equal(pfif_reader_feed(r, (const uint8_t *)" ", 1), err);
    if (counts) *counts = *pfif_reader_counts(r);
    pfif_reader_free(r);
    return err;
}

#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<pfif:pfif xmlns:pfif=\"http://zesty.ca/pfif/1.4\">\n"
#define TAIL "</pfif:pfif>\n"
#define F(name, value) "<pfif:" name ">" value "</pfif:" name ">"
#define ID(n) F("person_record_id", "a.example/" n)
#define DATE F("source_date", "2021-06-01T00:00:00Z")
#define NAME(n) F("full_name", n)
#define PERSON(n) "<pfif:person>" ID(n) DATE NAME("P" n) "</pfif:person>\n"
#define NOTE_BEGIN(n) "<pfif:note>" F("note_record_id", "a.example/n" n) F("author_name", "W")
#define NOTE(n) NOTE_BEGIN(n) DATE F("text", "T" n) "</pfif:note>\n"

#define SAW(n) "person person_record_id=a.example/" n " source_date=2021-06-01T00:00:00Z full_name=P" n "\n"

/* Read a document; expect the result, the log, and refusals as "what reason line name". */
static void expect(const char *document, int err, const char *log, const char *refusals) {
    const size_t size = strlen(document);
    const size_t steps[] = {size, 1, 7};
    for (unsigned i = 0; i < 3; i++) {
        struct seen s = {0};
        char told[4096] = "";
        const int got = read_bytes(&s, document, size, steps[i], NULL);
        for (unsigned r = 0; r < s.refusals; r++) {
            static const char *const whats[] = {"field", "person", "note", "document"};
            char line[200];
            snprintf(line, sizeof line, "%s %u %llu %s\n", whats[s.refused[r].what], (unsigned)s.refused[r].reason,
                     (unsigned long long)s.refused[r].line, s.names[r]);
            strcat(told, line);
        }
        assert_string_equal(s.log ? s.log : "", log);
        assert_string_equal(told, refusals);
        assert_int_equal(got, err);
        seen_free(&s);
    }
}

/* Compose "what reason line name" from the reason's name. */
static const char *told(const char *what, enum pfif_reason reason, unsigned line, const char *name) {
    static char texts[4][200];
    static unsigned next;
    char *out = texts[next++ % 4];
    snprintf(out, sizeof texts[0], "%s %u %u %s\n", what, (unsigned)reason, line, name);
    return out;
}

#define REASON(name) PFIF_REASON_##name

/* ---- Good input ---- */

static void test_plain(void **state) {
    (void)state;
    expect(HEAD TAIL, 0, "", "");
    expect(HEAD PERSON("1") PERSON("2") TAIL, 0, SAW("1") SAW("2"), "");
    /* Children in any order, notes before what they belong to; layout around one-line values; CDATA; no prefix. */
    expect(
        "<pfif xmlns='http://zesty.ca/pfif/1.4'>\n<person><note><author_name>W</author_name><note_record_id>a.example/n"
        "</note_record_id><source_date>2021-06-01T00:00:00.250Z</source_date></note><full_name><![CDATA[A & B]]>\nC"
        "</full_name>\n<source_date>\n  2021-06-01T00:00:00Z </source_date><home_city>\n Al\n maty </home_city>"
        "<person_record_id>a.example/1</person_record_id><sex></sex><age> </age></person></pfif>",
        0,
        "person person_record_id=a.example/1 source_date=2021-06-01T00:00:00Z full_name=A & B\nC home_city=Al  maty\n"
        "note note_record_id=a.example/n person_record_id=a.example/1 author_name=W "
        "source_date=2021-06-01T00:00:00Z\n",
        "");
    /* A note on its own; a placeholder. */
    expect(HEAD NOTE_BEGIN("1") DATE ID("1") "</pfif:note>"
                                             "<pfif:person>" ID("2") DATE F("expiry_date", "2021-06-01T00:00:00Z")
                                                 NAME("") "</pfif:person>" TAIL,
           0,
           "note note_record_id=a.example/n1 person_record_id=a.example/1 author_name=W "
           "source_date=2021-06-01T00:00:00Z\n"
           "placeholder person_record_id=a.example/2 expiry_date=2021-06-01T00:00:00Z "
           "source_date=2021-06-01T00:00:00Z\n",
           "");
}

static void test_versions(void **state) {
    (void)state;
    expect(
        "<p:pfif xmlns:p='http://zesty.ca/pfif/1.1'><p:person><p:person_record_id>a.example/1</p:person_record_id>"
        "<p:source_date>2005-09-03T09:21:12Z</p:source_date><p:first_name>KATHERINE</p:first_name>"
        "<p:last_name>DOE</p:last_name><p:home_zip>94305</p:home_zip><p:other>blue eyes</p:other><p:note>"
        "<p:note_record_id>a.example/n</p:note_record_id><p:author_name>J</p:author_name>"
        "<p:source_date>2005-09-03T20:52:25Z</p:source_date><p:found>true</p:found><p:text>T</p:text></p:note>"
        "</p:person></p:pfif>",
        0,
        "person person_record_id=a.example/1 source_date=2005-09-03T09:21:12Z full_name=KATHERINE DOE "
        "given_name=KATHERINE family_name=DOE description=blue eyes home_postal_code=94305\n"
        "note note_record_id=a.example/n person_record_id=a.example/1 author_name=J source_date=2005-09-03T20:52:25Z "
        "author_made_contact=true text=T\n",
        "");
    /* From 1.3 a full name is mandatory; 1.4 does not know the older names. */
    expect("<p:pfif xmlns:p='http://zesty.ca/pfif/1.3'><p:person><p:person_record_id>a.example/1</p:person_record_id>"
           "<p:source_date>2005-09-03T09:21:12Z</p:source_date><p:first_name>K</p:first_name></p:person></p:pfif>",
           0, "", told("person", REASON(MISSING), 1, "full_name"));
    struct seen s = {0};
    struct pfif_counts counts;
    static const char old[] = HEAD "<pfif:person>" ID("1") DATE NAME("P1") F("first_name", "K") "</pfif:person>" TAIL;
    assert_int_equal(read_bytes(&s, old, sizeof old - 1, 100, &counts), 0);
    assert_string_equal(s.log, SAW("1"));
    assert_int_equal(counts.unknown, 1);
    seen_free(&s);
    expect("<p:pfif xmlns:p='http://zesty.ca/pfif/1.0'/>", ERR_FIELD, "",
           told("document", REASON(NOT_PFIF), 1, "http://zesty.ca/pfif/1.0 pfif"));
    expect("<p:pfif xmlns:p='http://zesty.ca/pfif/1.5'/>", ERR_FIELD, "",
           told("document", REASON(NOT_PFIF), 1, "http://zesty.ca/pfif/1.5 pfif"));
    expect("<pfif/>", ERR_FIELD, "", told("document", REASON(NOT_PFIF), 1, "pfif"));
    expect("\n<html xmlns='http://www.w3.org/1999/xhtml'/>", ERR_FIELD, "",
           told("document", REASON(NOT_PFIF), 2, "http://www.w3.org/1999/xhtml html"));
}

static void test_unknown_is_skipped(void **state) {
    struct seen s = {0};
    struct pfif_counts counts;
    static const char document[] = HEAD "<x:a xmlns:x='urn:x'><pfif:person>" ID(
        "9") "</pfif:person></x:a>\n" /* 3 */
             "<pfif:person>" ID("1") DATE NAME(
                 "P<b>not this</b>1") "<pfif:shoe_size>44</pfif:shoe_size>" /* 2 */
                                      "<pfif:person/>" F("text", "of a note") "loose text</pfif:person>" /* 2 */ TAIL;
    (void)state;
    assert_int_equal(read_bytes(&s, document, sizeof document - 1, 5, &counts), 0);
    assert_string_equal(s.log, SAW("1"));
    assert_int_equal(counts.unknown, 7);
    assert_int_equal(counts.persons, 1);
    assert_int_equal(s.refusals, 0);
    seen_free(&s);
}

static void test_encodings(void **state) {
    static const char latin[] = "<?xml version='1.0' encoding='ISO-8859-1'?><p:pfif xmlns:p='http://zesty.ca/pfif/1.4'>"
                                "<p:person><p:person_record_id>a.example/1</p:person_record_id><p:source_date>"
                                "2021-06-01T00:00:00Z</p:source_date><p:full_name>J\xf6rg</p:full_name></p:person>"
                                "</p:pfif>";
    static const char log[] =
        "person person_record_id=a.example/1 source_date=2021-06-01T00:00:00Z full_name=J\xc3\xb6rg\n";
    uint8_t wide[2 * sizeof latin];
    char lied[sizeof latin];
    struct seen s = {0};
    (void)state;
    expect(latin, 0, log, "");
    size_t size = 0;
    wide[size++] = 0xff;
    wide[size++] = 0xfe;
    for (const char *at = strstr(latin, "<p:pfif"); *at; at++) {
        wide[size++] = (uint8_t)*at;
        wide[size++] = 0;
    }
    assert_int_equal(read_bytes(&s, wide, size, 3, NULL), 0);
    assert_string_equal(s.log, log);
    seen_free(&s);
    /* The same bytes said to be UTF-8, to be ASCII, to be what is not read. */
    strcpy(lied, latin);
    memcpy(strstr(lied, "ISO-8859-1"), "UTF-8'    ", 10);
    *(strstr(lied, "UTF-8'") + 10) = ' ';
    struct pfif_counts counts;
    assert_int_equal(read_bytes(&s, lied, strlen(lied), 1000, &counts), ERR_FIELD);
    assert_int_equal(s.refused[0].reason, PFIF_REASON_ENCODING);
    assert_int_equal(s.refused[0].what, PFIF_DOCUMENT);
    assert_int_equal(counts.persons, 0);
    seen_free(&s);
    expect("<?xml version='1.0' encoding='windows-1251'?>\n" PERSON("1"), ERR_FIELD, "",
           told("document", REASON(ENCODING), 1, "windows-1251"));
    expect("<?xml version='1.0' encoding='UTF-7'?><a/>", ERR_FIELD, "", told("document", REASON(ENCODING), 1, "UTF-7"));
    expect("<?xml version='1.0' encoding='UTF-16'?><a/>", ERR_FIELD, "", told("document", REASON(ENCODING), 1, ""));
}

/* ---- Bad input ---- */

static void test_entity_bomb(void **state) {
    (void)state;
    expect(
        "<?xml version=\"1.0\"?>\n<!DOCTYPE pfif [\n<!ENTITY a \"aaaaaaaaaa\">\n<!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;\">\n"
        "<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;\">]>\n<pfif>&c;</pfif>",
        ERR_FIELD, "", told("document", REASON(DOCTYPE), 2, ""));
    expect("<!DOCTYPE pfif [<!ENTITY % p SYSTEM \"http://127.0.0.1/x.dtd\"> %p;]><pfif/>", ERR_FIELD, "",
           told("document", REASON(DOCTYPE), 1, ""));
}

static void test_external_entity(void **state) {
    (void)state;
    expect("<!DOCTYPE pfif [<!ENTITY f SYSTEM \"file:///etc/passwd\">]>\n" HEAD, ERR_FIELD, "",
           told("document", REASON(DOCTYPE), 1, ""));
    expect("<!DOCTYPE pfif SYSTEM \"http://127.0.0.1/pfif.dtd\">\n<pfif/>", ERR_FIELD, "",
           told("document", REASON(DOCTYPE), 1, ""));
    expect(HEAD PERSON("1") "<pfif:person>" NAME("&f;") TAIL, ERR_FIELD, SAW("1"),
           told("document", REASON(XML), 4, "undefined entity"));
}

static void test_missing(void **state) {
    (void)state;
    expect(HEAD PERSON("1") "<pfif:person>" ID("2") DATE "</pfif:person>\n<pfif:person>" ID("3")
               NAME("P") "</pfif:person>\n"
                         "<pfif:person>" DATE NAME("P") "</pfif:person>\n" PERSON("4") TAIL,
           0, SAW("1") SAW("4"), "person 1 4 full_name\nperson 1 5 source_date\nperson 1 6 person_record_id\n");
    expect(HEAD "<pfif:note>" ID("1") F("author_name", "W") DATE "</pfif:note>\n" NOTE_BEGIN("2")
               ID("1") "</pfif:note>\n"
                       "<pfif:note>" ID("1") F("note_record_id", "a.example/3") DATE "</pfif:note>\n" NOTE("4") TAIL,
           0, "", "note 1 3 note_record_id\nnote 1 4 source_date\nnote 1 5 author_name\nnote 1 6 person_record_id\n");
    assert_int_equal(PFIF_REASON_MISSING, 1);
}

static void test_dates(void **state) {
    static const char *const bad[] = {"2021-06-01",
                                      "2021-06-01T00:00:00",
                                      "2021-06-01T00:00:00+05:00",
                                      "2021-06-01 00:00:00Z",
                                      "2021-02-29T00:00:00Z",
                                      "2021-13-01T00:00:00Z",
                                      "2021-06-01T24:00:00Z",
                                      "2021-06-01T00:00:60Z",
                                      "0000-01-01T00:00:00Z",
                                      "2021-06-01T00:00:00z",
                                      "20210-06-01T00:00:00Z",
                                      "2021-06-01T00:00:00.Z",
                                      "yesterday",
                                      "2021-06-01T00:00:00Z 1",
                                      "-021-06-01T00:00:00Z"};
    char document[2000];
    (void)state;
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(document, sizeof document,
                 HEAD "<pfif:person>\n" ID("1") NAME("P") "<pfif:source_date>%s</pfif:source_date>"
                                                          "</pfif:person>" PERSON("2") TAIL,
                 bad[i]);
        expect(document, 0, SAW("2"), told("person", REASON(DATE), 4, "source_date"));
        snprintf(document, sizeof document,
                 HEAD "<pfif:person>" ID("2") DATE NAME("P2") "\n<pfif:entry_date>%s</pfif:entry_date>"
                                                              "</pfif:person>" TAIL,
                 bad[i]);
        expect(document, 0, SAW("2"), told("field", REASON(DATE), 4, "entry_date"));
    }
    /* When an entry is to be gone must be understood; but "never" only means that whoever imports it says when. */
    expect(HEAD "<pfif:person>" ID("1") DATE NAME("P1") F("expiry_date", "soon") "</pfif:person>" TAIL, 0, "",
           told("person", REASON(DATE), 3, "expiry_date"));
    expect(HEAD "<pfif:person>" ID("1") DATE NAME("P1") F("expiry_date", "9999-12-31T23:59:59Z") "</pfif:person>" TAIL,
           0, SAW("1"), told("field", REASON(DATE_FAR), 3, "expiry_date"));
}

static void test_year_9999(void **state) {
    (void)state;
    expect(HEAD "<pfif:person>" ID("1") NAME("P")
               F("source_date", "9999-01-01T00:00:00Z") "</pfif:person>\n" PERSON("2") TAIL,
           0, SAW("2"), told("person", REASON(DATE_FAR), 3, "source_date"));
    expect(HEAD "<pfif:person>" ID("1") NAME("P")
               F("source_date", "1979-12-31T23:59:59Z") "</pfif:person>\n" PERSON("2") TAIL,
           0, SAW("2"), told("person", REASON(DATE_FAR), 3, "source_date"));
    /* What comes from the future would be newer than everything that follows. */
    expect(HEAD PERSON("2") NOTE_BEGIN("1") ID("2") F("source_date", "2022-01-05T12:10:01Z") "</pfif:note>" TAIL, 0,
           SAW("2"), told("note", REASON(DATE_AHEAD), 4, "source_date"));
}

static void test_values(void **state) {
    static const struct {
        const char *name, *value;
        enum pfif_reason reason;
    } bad[] = {{"sex", "F", REASON(VALUE)},
               {"age", "31-30", REASON(VALUE)},
               {"age", "1000", REASON(VALUE)},
               {"age", "-5", REASON(VALUE)},
               {"date_of_birth", "2000-02-30", REASON(DATE)},
               {"date_of_birth", "01.02.2000", REASON(DATE)},
               {"home_country", "kz", REASON(VALUE)},
               {"home_country", "KAZ", REASON(TOO_LONG)},
               {"author_email", "nobody", REASON(VALUE)},
               {"photo_url", "javascript:alert(1)", REASON(VALUE)},
               {"photo_url", "file:///etc/passwd", REASON(VALUE)},
               {"profile_urls", "https://example.org/\nftp://example.org/", REASON(VALUE)},
               {"description", "a&#x9b;2J", REASON(CHARACTERS)},
               {"description", "a&#13;b", REASON(CHARACTERS)},
               {"full_name", "again", REASON(TWICE)}};
    char document[2000];
    (void)state;
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(document, sizeof document,
                 HEAD "<pfif:person>" ID("1") DATE NAME("P1") "\n<pfif:%s>%s</pfif:%s></pfif:person>" TAIL, bad[i].name,
                 bad[i].value, bad[i].name);
        expect(document, 0, SAW("1"), told("field", bad[i].reason, 4, bad[i].name));
    }
    expect(HEAD "<pfif:person>" F("person_record_id", "no-domain") DATE NAME("P") "</pfif:person>" TAIL, 0, "",
           told("person", REASON(VALUE), 3, "person_record_id"));
    expect(HEAD "<pfif:person>" ID("1") DATE NAME("P") ID("2") "</pfif:person>" TAIL, 0, "",
           told("person", REASON(TWICE), 3, "person_record_id"));
    expect(HEAD NOTE_BEGIN("1") DATE ID("1") F("status", "dead") "</pfif:note>" TAIL, 0,
           "note note_record_id=a.example/n1 person_record_id=a.example/1 author_name=W "
           "source_date=2021-06-01T00:00:00Z\n",
           told("field", REASON(VALUE), 3, "status"));
    expect(HEAD "<pfif:person>" ID("1") DATE NAME("P1") "\n" NOTE_BEGIN("1")
               DATE ID("2") "</pfif:note></pfif:person>" TAIL,
           0, SAW("1"), told("note", REASON(OTHER_PERSON), 4, "person_record_id"));
}

static void test_too_long(void **state) {
    static const unsigned sizes[] = {PFIF_TEXT_MAX, PFIF_TEXT_MAX + 1, PFIF_TEXT_MAX + 2, 10 * PFIF_TEXT_MAX};
    char *document = malloc(20 * PFIF_TEXT_MAX);
    (void)state;
    assert_non_null(document);
    for (unsigned i = 0; i < 4; i++) {
        char *at =
            document + sprintf(document, "%s", HEAD "<pfif:person>" ID("1") DATE NAME("P1") "<pfif:description>");
        memset(at, 'x', sizes[i]);
        strcpy(at + sizes[i], "</pfif:description></pfif:person>\n" PERSON("2") TAIL);
        struct seen s = {0};
        struct pfif_counts counts;
        assert_int_equal(read_bytes(&s, document, strlen(document), 999, &counts), 0);
        assert_int_equal(counts.persons, 2);
        assert_int_equal(counts.fields_refused, i > 0);
        assert_int_equal(s.refusals, i > 0);
        if (i > 0) {
            assert_string_equal(s.log, SAW("1") SAW("2"));
            assert_int_equal(s.refused[0].reason, PFIF_REASON_TOO_LONG);
            assert_string_equal(s.names[0], "description");
            assert_int_equal(s.refused[0].line, 3);
        }
        seen_free(&s);
    }
    free(document);
}

static void test_broken_xml(void **state) {
    (void)state;
    expect("", ERR_FIELD, "", told("document", REASON(XML), 1, "no element found"));
    expect(HEAD PERSON("1") "<pfif:person></pfif:note>", ERR_FIELD, SAW("1"),
           told("document", REASON(XML), 4, "mismatched tag"));
    expect(HEAD PERSON("1") "<pfif:person>" ID("2") DATE NAME("P2"), ERR_FIELD, SAW("1"),
           told("document", REASON(XML), 4, "no element found"));
    expect(HEAD PERSON("1") TAIL "<more/>", ERR_FIELD, SAW("1"),
           told("document", REASON(XML), 5, "junk after document element"));
    expect(HEAD PERSON("1") "<pfif:person>" NAME("&#0;"), ERR_FIELD, SAW("1"),
           told("document", REASON(XML), 4, "reference to invalid character number"));
}

/* ---- Much of it ---- */

/* A document that is made while it is read: head, then count times piece (a %u in it is its number), then tail. */
static int read_made(struct seen *s, const char *head, const char *piece, unsigned count, const char *tail,
                     struct pfif_counts *counts) {
    const struct pfif_calls calls = {on_person, on_note, on_refused, s, 0};
    struct pfif_reader *r;
    char text[1000];
    int err;
    assert_int_equal(pfif_reader_open(&r, &calls), 0);
    err = pfif_reader_feed(r, (const uint8_t *)head, strlen(head));
    for (unsigned i = 0; i < count && !err; i++) {
        const int size = snprintf(text, sizeof text, piece, i);
        err = pfif_reader_feed(r, (const uint8_t *)text, (size_t)size);
        s->size = 0; /* what came is counted by the reader */
    }
    if (!err) err = pfif_reader_feed(r, (const uint8_t *)tail, strlen(tail));
    if (!err) err = pfif_reader_end(r);
    *counts = *pfif_reader_counts(r);
    pfif_reader_free(r);
    return err;
}

static void test_too_deep(void **state) {
    struct seen s = {0};
    struct pfif_counts counts;
    (void)state;
    assert_int_equal(read_made(&s, HEAD PERSON("1"), "<a%u>", 1000000, "", &counts), ERR_FIELD);
    assert_int_equal(s.refusals, 1);
    assert_int_equal(s.refused[0].reason, PFIF_REASON_DEPTH);
    assert_int_equal(s.refused[0].line, 4);
    assert_int_equal(counts.persons, 1);
    seen_free(&s);
}

static void test_endless_tag(void **state) {
    static const char *const begins[] = {"<a b='", "<!-- ", "<a ", "<"};
    struct pfif_counts counts;
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct seen s = {0};
        char head[1000];
        snprintf(head, sizeof head, HEAD PERSON("1") "%s", begins[i]);
        assert_int_equal(read_made(&s, head, "x%uxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
                                   100000, "", &counts),
                         ERR_FIELD);
        assert_int_equal(s.refusals, 1);
        assert_int_equal(s.refused[0].reason, PFIF_REASON_TOKEN);
        assert_int_equal(s.refused[0].line, 4);
        assert_int_equal(counts.persons, 1);
        seen_free(&s);
    }
}

/* A namespace is written before every name by the parser: a long one would make short tags dear. */
static void test_long_namespace(void **state) {
    char document[3000], name[PFIF_LINE_MAX + 2];
    (void)state;
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = 0;
    snprintf(document, sizeof document, HEAD PERSON("1") "<a:b xmlns:a='%s'/>" PERSON("2") TAIL, name);
    expect(document, ERR_FIELD, SAW("1"), told("document", REASON(TOKEN), 4, ""));
    name[sizeof name - 2] = 0;
    snprintf(document, sizeof document, HEAD PERSON("1") "<a:b xmlns:a='%s'/>" PERSON("2") TAIL, name);
    expect(document, 0, SAW("1") SAW("2"), "");
}

static void test_endless_names(void **state) {
    struct seen s = {0};
    struct pfif_counts counts;
    (void)state;
    assert_int_equal(read_made(&s, HEAD PERSON("1"), "<a%u/>\n", 10000000, TAIL, &counts), ERR_FIELD);
    assert_int_equal(s.refusals, 1);
    assert_int_equal(s.refused[0].reason, PFIF_REASON_NAMES);
    assert_int_equal(counts.persons, 1);
    assert_true(counts.unknown > 10000 && counts.unknown < 1000000);
    seen_free(&s);
    /* The same name again and again is nothing to keep. */
    assert_int_equal(read_made(&s, HEAD PERSON("1"), "<a>%u</a>", 300000, PERSON("2") TAIL, &counts), 0);
    assert_int_equal(counts.persons, 2);
    assert_int_equal(counts.unknown, 300000);
    seen_free(&s);
}

#define MILLION 1000000u

static long peak_kib(void) {
    struct rusage usage;
    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_maxrss;
}

/* However they come: within the entry, each on its own, with others between. */
static void test_million_notes_on_one_person(void **state) {
    static const char note[] = NOTE_BEGIN("%u") DATE F("text", "T") "</pfif:note>\n";
    static const char alone[] = NOTE_BEGIN("%u") ID("1") DATE F("text", "T") "</pfif:note>\n";
    static const char mixed[] =
        NOTE_BEGIN("a%1$u") ID("1") DATE "</pfif:note>\n" NOTE_BEGIN("b%1$u") ID("x%1$u") DATE "</pfif:note>\n";
    struct pfif_counts counts;
    struct seen s = {0};
    (void)state;
    const long before = peak_kib();
    assert_int_equal(read_made(&s, HEAD "<pfif:person>" ID("1") DATE NAME("P"), note, MILLION,
                               "</pfif:person>\n" PERSON("2") TAIL, &counts),
                     0);
    assert_int_equal(counts.persons, 2);
    assert_int_equal(counts.notes, PFIF_NOTES_MAX);
    assert_int_equal(counts.notes_refused, MILLION - PFIF_NOTES_MAX);
    assert_int_equal(s.refusals, 1); /* a million lines would help nobody */
    assert_int_equal(s.refused[0].reason, PFIF_REASON_NOTES);
    assert_int_equal(s.refused[0].what, PFIF_NOTE);
    assert_int_equal(s.refused[0].line, 3 + PFIF_NOTES_MAX);
    s.refusals = 0;
    assert_int_equal(read_made(&s, HEAD, alone, MILLION / 4, PERSON("2") TAIL, &counts), 0);
    assert_int_equal(counts.notes, PFIF_NOTES_MAX);
    assert_int_equal(s.refusals, 1);
    s.refusals = 0;
    /* Every other note is on somebody else: those all come, and of the many no more than is missed by counting. */
    assert_int_equal(read_made(&s, HEAD, mixed, MILLION / 10, TAIL, &counts), 0);
    assert_true(counts.notes >= MILLION / 10 + PFIF_NOTES_MAX);
    assert_true(counts.notes <= MILLION / 10 + PFIF_NOTES_MAX + MILLION / 5 / PFIF_COUNTED_MAX);
    assert_int_equal(counts.notes + counts.notes_refused, MILLION / 5);
    seen_free(&s);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__clang__) /* the sanitizer keeps what is freed */
    assert_true(peak_kib() - before < 8 * 1024);
#else
    (void)before;
#endif
}

/* More notes than can wait: the entry is given as it is by then, and what it still brings is late. */
static void test_late_field(void **state) {
    struct seen s = {0};
    struct pfif_counts counts;
    (void)state;
    assert_int_equal(read_made(&s, HEAD "<pfif:person>" ID("1") DATE NAME("P"),
                               NOTE_BEGIN("%u") DATE F("text", "T") "</pfif:note>\n", 9999,
                               F("home_city", "Almaty") "</pfif:person>\n" TAIL, &counts),
                     0);
    assert_int_equal(counts.persons, 1);
    assert_int_equal(counts.notes, 9999);
    assert_int_equal(s.refusals, 0); /* they all waited */
    char filler[900];
    memset(filler, 'x', sizeof filler - 1);
    filler[sizeof filler - 1] = 0;
    struct seen big = {0};
    const struct pfif_calls calls = {on_person, on_note, on_refused, &big, 0};
    struct pfif_reader *r;
    assert_int_equal(pfif_reader_open(&r, &calls), 0);
    static const char head[] = HEAD "<pfif:person>" ID("1") DATE NAME("P1");
    assert_int_equal(pfif_reader_feed(r, (const uint8_t *)head, sizeof head - 1), 0);
    for (unsigned i = 0; i < 3000; i++) {
        char note[2000];
        const int size =
            snprintf(note, sizeof note, NOTE_BEGIN("%u") DATE "<pfif:text>%s</pfif:text></pfif:note>\n", i, filler);
        assert_int_equal(pfif_reader_feed(r, (const uint8_t *)note, (size_t)size), 0);
    }
    static const char tail[] = F("home_city", "Almaty") "</pfif:person>\n" PERSON("2") TAIL;
    assert_int_equal(pfif_reader_feed(r, (const uint8_t *)tail, sizeof tail - 1), 0);
    assert_int_equal(pfif_reader_end(r), 0);
    assert_memory_equal(big.log, SAW("1") "note", strlen(SAW("1") "note"));
    assert_int_equal(pfif_reader_counts(r)->notes, 3000);
    assert_int_equal(big.refusals, 1);
    assert_int_equal(big.refused[0].reason, PFIF_REASON_LATE);
    assert_string_equal(big.names[0], "home_city");
    assert_int_equal(big.refused[0].line, 3003);
    pfif_reader_free(r);
    seen_free(&big);
    seen_free(&s);
}

static void test_callback_ends_it(void **state) {
    struct seen s = {.answer = ERR_FULL};
    struct pfif_counts counts;
    static const char document[] = HEAD PERSON("1") PERSON("2") TAIL;
    (void)state;
    assert_int_equal(read_bytes(&s, document, sizeof document - 1, 9999, &counts), ERR_FULL);
    assert_string_equal(s.log, SAW("1"));
    assert_int_equal(s.refusals, 0);
    seen_free(&s);
}

/* ---- Round trip ---- */

#define SCHEMA "test/exchange/pfif-1.4.rng"

static void test_round_trip(void **state) {
    struct rng g;
    static struct pfif_sample sample;
    struct seen wrote = {0}, read = {0};
    struct document d = {0};
    struct pfif_writer *w;
    struct pfif_counts counts;
    unsigned persons = 0, notes = 0;
    (void)state;
    rng_begin(&g, "pfif");
    assert_int_equal(pfif_writer_open(&w, document_write, &d), 0);
    for (unsigned i = 0; i < 1500; i++) {
        if (!rng_one_in(&g, 5)) {
            pfif_sample_person(&g, &sample, i);
            on_person(&wrote, &sample.person);
            assert_int_equal(pfif_write_person(w, &sample.person), 0);
            persons++;
        }
        for (uint64_t n = rng_below(&g, 4); n > 0; n--, notes++) {
            pfif_sample_note(&g, &sample, rng_one_in(&g, 4) ? i + 1 : i);
            on_note(&wrote, &sample.note);
            assert_int_equal(pfif_write_note(w, &sample.note), 0);
        }
    }
    assert_int_equal(pfif_writer_end(w), 0);
    pfif_writer_free(w);
    assert_int_equal(xmllint_valid("--relaxng", SCHEMA, &d, 1), 1);
    const struct pfif_calls calls = {on_person, on_note, on_refused, &read, 0};
    struct pfif_reader *r;
    assert_int_equal(pfif_reader_open(&r, &calls), 0);
    for (size_t at = 0; at < d.size;) {
        size_t now = 1 + (size_t)rng_below(&g, 5000);
        if (now > d.size - at) now = d.size - at;
        assert_int_equal(pfif_reader_feed(r, (const uint8_t *)d.bytes + at, now), 0);
        at += now;
    }
    assert_int_equal(pfif_reader_end(r), 0);
    counts = *pfif_reader_counts(r);
    pfif_reader_free(r);
    assert_int_equal(read.refusals, 0);
    assert_int_equal(counts.persons, persons);
    assert_int_equal(counts.notes, notes);
    assert_int_equal(counts.unknown, 0);
    assert_true(counts.placeholders > 50);
    assert_string_equal(read.log, wrote.log);
    document_free(&d);
    seen_free(&wrote);
    seen_free(&read);
}

static void test_damage(void **state) {
    struct rng g;
    static struct pfif_sample sample;
    struct document d = {0};
    struct pfif_writer *w;
    (void)state;
    rng_begin(&g, "pfif damage");
    assert_int_equal(pfif_writer_open(&w, document_write, &d), 0);
    for (unsigned i = 0; i < 3; i++) {
        pfif_sample_person(&g, &sample, i);
        assert_int_equal(pfif_write_person(w, &sample.person), 0);
        pfif_sample_note(&g, &sample, i);
        assert_int_equal(pfif_write_note(w, &sample.note), 0);
    }
    assert_int_equal(pfif_writer_end(w), 0);
    pfif_writer_free(w);
    uint8_t *copy = malloc(2 * d.size);
    assert_non_null(copy);
    for (unsigned i = 0; i < 2000; i++) {
        struct seen s = {0};
        memcpy(copy, d.bytes, d.size);
        const size_t size = rng_mutate(&g, copy, d.size, 2 * d.size);
        const int err = read_bytes(&s, copy, size, 1 + (size_t)rng_below(&g, 3000), NULL);
        assert_true(err == 0 || err == ERR_FIELD);
        if (err) assert_int_equal(s.refused[s.refusals - 1].what, PFIF_DOCUMENT);
        seen_free(&s);
    }
    free(copy);
    document_free(&d);
}

/* What the writer makes of texts that XML or the schema can't carry, and what it does not take at all. */
static void test_writer(void **state) {
    struct document d = {0};
    struct pfif_writer *w;
    struct pfif_person p = {.text = {[PFIF_PERSON_RECORD_ID] = "a.example/1",
                                     [PFIF_SOURCE_DATE] = "2021-06-01T00:00:00Z",
                                     [PFIF_EXPIRY_DATE] = "2021-07-01T00:00:00Z",
                                     [PFIF_FULL_NAME] = "A<B>&\"\xef\xbf\xbf\xef\xbf\xbe",
                                     [PFIF_AUTHOR_PHONE] = "8.701 ext 5"}};
    (void)state;
    assert_int_equal(pfif_writer_open(&w, document_write, &d), 0);
    assert_int_equal(pfif_write_person(w, &p), 0);
    p.placeholder = true;
    assert_int_equal(pfif_write_person(w, &p), 0);
    p.placeholder = false;
    p.text[PFIF_AUTHOR_PHONE] = "none";
    p.text[PFIF_FULL_NAME] = "B";
    assert_int_equal(pfif_write_person(w, &p), 0);
    p.text[PFIF_SEX] = "F";
    assert_int_equal(pfif_write_person(w, &p), ERR_FIELD);
    p.text[PFIF_SEX] = "";
    assert_int_equal(pfif_write_person(w, &p), ERR_FIELD);
    p.text[PFIF_SEX] = NULL;
    p.text[PFIF_STATUS] = "is_note_author";
    assert_int_equal(pfif_write_person(w, &p), ERR_FIELD);
    p.text[PFIF_STATUS] = NULL;
    p.text[PFIF_FULL_NAME] = "broken \xff";
    assert_int_equal(pfif_write_person(w, &p), ERR_FIELD);
    p.text[PFIF_FULL_NAME] = NULL;
    assert_int_equal(pfif_write_person(w, &p), ERR_FIELD);
    const struct pfif_note n = {.text = {[PFIF_NOTE_RECORD_ID] = "a.example/n",
                                         [PFIF_PERSON_RECORD_ID] = "a.example/2",
                                         [PFIF_AUTHOR_NAME] = "W",
                                         [PFIF_SOURCE_DATE] = "2021-06-01T00:00:00Z"}};
    assert_int_equal(pfif_write_note(w, &n), 0);
    assert_int_equal(pfif_writer_end(w), 0);
    pfif_writer_free(w);
    assert_string_equal(
        d.bytes, HEAD
        "  <pfif:person>\n    " ID("1") "\n    " F("expiry_date", "2021-07-01T00:00:00Z") "\n    " F("author_phone", "8 701     5") "\n    " DATE "\n    " NAME(
            "A&lt;B&gt;&amp;&quot;\xef\xbf\xbd\xef\xbf\xbd") "\n  </pfif:person>\n"
                                                             "  <pfif:person>\n    " ID("1") "\n    " F("expiry_date", "2021-07-01T00:00:00Z") "\n    " DATE "\n    " NAME(
                                                                 "") "\n  </pfif:person>\n"
                                                                     "  <pfif:person>\n    " ID("1") "\n    " F("expiry_date", "2021-07-01T00:00:00Z") "\n    " DATE "\n    " NAME(
                                                                         "B") "\n  </pfif:person>\n"
                                                                              "  <pfif:note>\n    " F("note_record_id", "a.example/n") "\n    " ID(
                                                                                  "2") "\n    " F("author_name",
                                                                                                  "W") "\n    " DATE
                                                                                                       "\n    " F(
                                                                                                           "text",
                                                                                                           "") "\n  </pfif:note>\n" TAIL);
    assert_int_equal(xmllint_valid("--relaxng", SCHEMA, &d, 1), 1);
    document_free(&d);
}

/* The schema sees what breaks the rules. */
static void test_schema_can_fail(void **state) {
    static const char *const bad[] = {
        HEAD "<pfif:person>" ID("1") DATE "</pfif:person>" TAIL,
        HEAD "<pfif:person>" ID("1") F("source_date", "2021-06-01T00:00:00+00:00") NAME("P") "</pfif:person>" TAIL,
        HEAD "<pfif:person>" ID("1") F("author_phone", "8.701") DATE NAME("P") "</pfif:person>" TAIL,
        HEAD "<pfif:person>" ID("1") DATE NAME("P") F("sex", "F") "</pfif:person>" TAIL,
        HEAD "<pfif:note>" F("note_record_id", "a/1") DATE F("text", "T") "</pfif:note>" TAIL,
        "<pfif xmlns='http://zesty.ca/pfif/1.3'/>"};
    (void)state;
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct document d = {0};
        document_write(&d, bad[i], strlen(bad[i]));
        assert_int_equal(xmllint_valid("--relaxng", SCHEMA, &d, 1), 0);
        document_free(&d);
    }
    struct document good = {0};
    static const char plain[] = HEAD PERSON("1") TAIL;
    document_write(&good, plain, sizeof plain - 1);
    assert_int_equal(xmllint_valid("--relaxng", SCHEMA, &good, 1), 1);
    document_free(&good);
}

static int on_write_fails(void *context, const char *bytes, size_t size) {
    (void)bytes, (void)size;
    return ++*(int *)context > 2 ? ERR_FULL : 0;
}

static void test_writer_passes_errors(void **state) {
    struct rng g;
    static struct pfif_sample sample;
    struct pfif_writer *w;
    int calls = 0, err = 0;
    (void)state;
    rng_begin(&g, "pfif full");
    assert_int_equal(pfif_writer_open(&w, on_write_fails, &calls), 0);
    for (unsigned i = 0; i < 1000 && !err; i++) {
        pfif_sample_person(&g, &sample, i);
        err = pfif_write_person(w, &sample.person);
    }
    assert_int_equal(err, ERR_FULL);
    assert_int_equal(pfif_writer_end(w), ERR_FULL);
    assert_int_equal(calls, 3);
    pfif_writer_free(w);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_plain),
                                       cmocka_unit_test(test_versions),
                                       cmocka_unit_test(test_unknown_is_skipped),
                                       cmocka_unit_test(test_encodings),
                                       cmocka_unit_test(test_entity_bomb),
                                       cmocka_unit_test(test_external_entity),
                                       cmocka_unit_test(test_missing),
                                       cmocka_unit_test(test_dates),
                                       cmocka_unit_test(test_year_9999),
                                       cmocka_unit_test(test_values),
                                       cmocka_unit_test(test_too_long),
                                       cmocka_unit_test(test_broken_xml),
                                       cmocka_unit_test(test_too_deep),
                                       cmocka_unit_test(test_endless_tag),
                                       cmocka_unit_test(test_long_namespace),
                                       cmocka_unit_test(test_endless_names),
                                       cmocka_unit_test(test_million_notes_on_one_person),
                                       cmocka_unit_test(test_late_field),
                                       cmocka_unit_test(test_callback_ends_it),
                                       cmocka_unit_test(test_round_trip),
                                       cmocka_unit_test(test_damage),
                                       cmocka_unit_test(test_writer),
                                       cmocka_unit_test(test_schema_can_fail),
                                       cmocka_unit_test(test_writer_passes_errors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
