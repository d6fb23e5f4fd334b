/*
 * The register of people and PFIF. Shows that what has a place in the records comes back the same out of a PFIF
 * document that they were written into (through the format's own writer and reader); which of PFIF's fields go where;
 * and that street addresses, telephone numbers and e-mail addresses are set apart (THREATS.md, rule 7).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "node/persons_pfif.h"
#include "test/core/sample_util.h"

#define NOW 1790000000u
#define T(text) \
    { text, sizeof(text) - 1 }

static struct persons_pfif got;
static struct persons_pfif_out made;
static char document[64 * 1024];
static size_t document_size;
static unsigned seen;

static int to_memory(void *context, const char *bytes, size_t size) {
    (void)context;
    assert_true(document_size + size < sizeof document);
    memcpy(document + document_size, bytes, size);
    document_size += size;
    return 0;
}

static int person_seen(void *context, const struct pfif_person *person) {
    (void)context;
    seen++;
    assert_true(persons_pfif_entry(&got, person, NOW));
    return 0;
}

static int note_seen(void *context, const struct pfif_note *note) {
    (void)context;
    seen++;
    assert_true(persons_pfif_note(&got, note));
    return 0;
}

static void refused(void *context, const struct pfif_refusal *refusal) {
    (void)context;
    fail_msg("%s: %s", refusal->name, pfif_reason_text(refusal->reason));
}

/* Write what is in `made`, and read it into `got`. */
static void through(bool note) {
    const struct pfif_calls calls = {.person = person_seen, .note = note_seen, .refused = refused, .now = NOW};
    struct pfif_writer *w;
    struct pfif_reader *r;
    document_size = seen = 0;
    assert_int_equal(pfif_writer_open(&w, to_memory, NULL), 0);
    assert_int_equal(note ? pfif_write_note(w, &made.note) : pfif_write_person(w, &made.person), 0);
    assert_int_equal(pfif_writer_end(w), 0);
    pfif_writer_free(w);
    assert_int_equal(pfif_reader_open(&r, &calls), 0);
    assert_int_equal(pfif_reader_feed(r, (const uint8_t *)document, document_size), 0);
    assert_int_equal(pfif_reader_end(r), 0);
    pfif_reader_free(r);
    assert_int_equal(seen, 1);
}

static void text_equal(const struct person_text *a, const struct person_text *b) {
    if (a->size != b->size || (a->size > 0 && memcmp(a->at, b->at, a->size) != 0))
        fail_msg("'%.*s' is not '%.*s'", (int)a->size, a->at, (int)b->size, b->at);
}

static const struct person_text texts[] = {T("Нұрсұлтан"), T("a tall one, with <glasses> & a \"scar\""), T("Almaty 4"),
                                           T("x")};

static struct person_text some(struct rng *g) {
    return rng_one_in(g, 3) ? (struct person_text){NULL, 0} : texts[rng_below(g, sizeof texts / sizeof texts[0])];
}

static void test_entries_come_back(void **state) {
    (void)state;
    struct rng g;
    rng_begin(&g, "persons pfif entries");
    for (unsigned n = 0; n < 1000; n++) {
        struct person_entry e = {.sex = (uint8_t)rng_below(&g, PERSON_SEX_MAX + 1), .has_age = rng_one_in(&g, 2)};
        const struct record r = {.created = NOW - 5000, .id = {1, (uint8_t)n}};
        for (unsigned i = 0; i < PERSON_ENTRY_TEXTS; i++) e.text[i] = some(&g);
        e.text[PERSON_NAME] = texts[rng_below(&g, 4)];
        if (rng_one_in(&g, 2)) e.text[PERSON_OTHER_NAMES] = (struct person_text)T("Nursultan\nНурик");
        e.text[PERSON_COUNTRY] = rng_one_in(&g, 2) ? (struct person_text)T("KZ") : (struct person_text){NULL, 0};
        e.text[PERSON_OUTSIDE] = (struct person_text)T("example.org/p.1");
        if (e.text[PERSON_BY].size == 0) e.text[PERSON_BY] = texts[0];
        e.said_at = NOW - 10000;
        e.until = NOW + 1000;
        if (e.has_age) e.age_from = (uint8_t)rng_below(&g, 60), e.age_to = (uint8_t)(e.age_from + rng_below(&g, 10));
        if (rng_one_in(&g, 3)) e.birth_year = (uint16_t)(1900 + rng_below(&g, 80));
        e.minor = person_is_minor(&e, NOW) || rng_one_in(&g, 3);
        persons_pfif_person(&made, &e, &r, "nobody", e.until);
        through(false);
        for (unsigned i = 0; i < PERSON_ENTRY_TEXTS; i++) text_equal(&got.entry.text[i], &e.text[i]);
        assert_int_equal(got.entry.sex, e.sex);
        assert_int_equal(got.entry.minor, e.minor);
        assert_int_equal(got.entry.has_age, e.has_age);
        assert_int_equal(got.entry.age_from, e.age_from);
        assert_int_equal(got.entry.age_to, e.age_to);
        assert_int_equal(got.entry.birth_year, e.birth_year);
        assert_true(got.entry.said_at == e.said_at && got.entry.until == e.until);
        assert_int_equal(got.apart_size, 0);
    }
}

static void test_notes_come_back(void **state) {
    (void)state;
    struct rng g;
    rng_begin(&g, "persons pfif notes");
    for (unsigned i = 0; i < 1000; i++) {
        struct person_note n = {.status = (uint8_t)(1 + rng_below(&g, PERSON_STATUS_MAX)),
                                .ground = (uint8_t)(1 + rng_below(&g, PERSON_GROUND_MAX)),
                                .reached = (uint8_t)rng_below(&g, 3),
                                .when = rng_one_in(&g, 2) ? NOW - 700 : 0,
                                .held_since = rng_one_in(&g, 2) ? NOW - 7000 : 0,
                                .said_at = NOW - 500};
        const struct record r = {.created = NOW - 300, .id = {2, (uint8_t)i}};
        for (unsigned k = 0; k < PERSON_NOTE_TEXTS; k++) n.text[k] = some(&g);
        if (rng_one_in(&g, 3)) n.text[PERSON_NOTE_HELD] = (struct person_text)T("Kapshagai; block 7; held: x");
        n.text[PERSON_NOTE_OUTSIDE] = (struct person_text)T("example.org/n.1");
        if (n.text[PERSON_NOTE_BY].size == 0) n.text[PERSON_NOTE_BY] = texts[0];
        persons_pfif_put_note(&made, &n, &r, "nobody", "example.org/p.1");
        through(true);
        for (unsigned k = 0; k < PERSON_NOTE_TEXTS; k++) text_equal(&got.note.text[k], &n.text[k]);
        assert_int_equal(got.note.status, n.status);
        assert_int_equal(got.note.ground, n.ground);
        assert_int_equal(got.note.reached, n.reached);
        assert_true(got.note.when == n.when && got.note.held_since == n.held_since && got.note.said_at == n.said_at);
        assert_int_equal(got.apart_size, 0);
    }
}

/* What only looks like the line of our own stays text. */
static void test_other_lines(void **state) {
    (void)state;
    static const char *const lines[] = {"longear: ",
                                        "longear: happy; saw",
                                        "longear: safe",
                                        "longear: safe; saw; what",
                                        "longear: safe; saw; when yesterday",
                                        "Longear: safe; saw"};
    for (unsigned i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        const struct pfif_note note = {.text = {[PFIF_NOTE_RECORD_ID] = "a/b", [PFIF_TEXT] = lines[i]}};
        assert_true(persons_pfif_note(&got, &note));
        assert_int_equal(got.note.status, PERSON_INFORMATION);
        assert_int_equal(got.note.text[PERSON_NOTE_TEXT].size, strlen(lines[i]) - (i == 0));
    }
}

static bool keeps(const char *word) {
    return strstr(got.apart, word) != NULL;
}

static bool has(const struct person_text *texts_of, size_t count, const char *word) {
    for (size_t i = 0; i < count; i++)
        for (size_t at = 0; at + strlen(word) <= texts_of[i].size; at++)
            if (memcmp(texts_of[i].at + at, word, strlen(word)) == 0) return true;
    return false;
}

static void test_rule_7_addresses_are_set_apart(void **state) {
    (void)state;
    static const char *const secrets[] = {"12 Abai",     "050000",  "123 45 67", "a@b.kz", "http://photo",
                                          "http://page", "1996-05", "7654321",   "c@d.kz", "http://source"};
    const struct pfif_person person = {.text = {[PFIF_PERSON_RECORD_ID] = "example.org/p",
                                                [PFIF_FULL_NAME] = "A B",
                                                [PFIF_HOME_STREET] = "12 Abai",
                                                [PFIF_HOME_POSTAL_CODE] = "050000",
                                                [PFIF_AUTHOR_PHONE] = "+7 727 123 45 67",
                                                [PFIF_AUTHOR_EMAIL] = "a@b.kz",
                                                [PFIF_PHOTO_URL] = "http://photo",
                                                [PFIF_PROFILE_URLS] = "http://page",
                                                [PFIF_SOURCE_URL] = "http://source",
                                                [PFIF_DATE_OF_BIRTH] = "1996-05-04",
                                                [PFIF_DESCRIPTION] = "since 2022-01-05, ring 8-7654321 or c@d.kz!"}};
    assert_true(persons_pfif_entry(&got, &person, NOW));
    for (unsigned i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
        assert_true(keeps(secrets[i]));
        assert_false(has(got.entry.text, PERSON_ENTRY_TEXTS, secrets[i]));
    }
    const struct person_text *description = &got.entry.text[PERSON_DESCRIPTION],
                             expected = T("since 2022-01-05, ring … or …");
    text_equal(description, &expected);
    assert_int_equal(got.entry.birth_year, 1996);

    static const char *const more[] = {"12 Abai", "123 45 67", "a@b.kz", "e@f.kz", "76543210"};
    const struct pfif_note note = {.text = {[PFIF_NOTE_RECORD_ID] = "example.org/n",
                                            [PFIF_AUTHOR_NAME] = "Marat e@f.kz",
                                            [PFIF_LAST_KNOWN_LOCATION] = "12 Abai",
                                            [PFIF_PHONE_OF_FOUND_PERSON] = "123 45 67",
                                            [PFIF_EMAIL_OF_FOUND_PERSON] = "a@b.kz",
                                            [PFIF_TEXT] = "she said: 76543210"}};
    assert_true(persons_pfif_note(&got, &note));
    for (unsigned i = 0; i < sizeof more / sizeof more[0]; i++) {
        assert_true(keeps(more[i]));
        assert_false(has(got.note.text, PERSON_NOTE_TEXTS, more[i]));
    }
}

/* Nor does one hide behind marks of direction, or at the end of a number. */
static void test_rule_7_hidden_numbers(void **state) {
    (void)state;
    static const struct {
        const char *in, *out;
    } cases[] = {{"call 123\xe2\x80\x8e"
                  "4567 now",
                  "call … now"},
                 {"long9 7270202@3s1 x", "long9 … x"},
                 {"+7 (727) 123-45-67.", "+…."},
                 {"2022-01-05 and 1-2-3", "2022-01-05 and 1-2-3"},
                 {"room 123456", "room 123456"},
                 {"@ alone", "@ alone"}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct pfif_note note = {.text = {[PFIF_NOTE_RECORD_ID] = "a/b", [PFIF_TEXT] = cases[i].in}};
        const struct person_text expected = {cases[i].out, strlen(cases[i].out)};
        assert_true(persons_pfif_note(&got, &note));
        text_equal(&got.note.text[PERSON_NOTE_TEXT], &expected);
        assert_int_equal(got.apart_size > 0, strcmp(cases[i].in, cases[i].out) != 0);
    }
}

/* What is too long is cut at a whole character, and the whole set apart. */
static void test_too_long(void **state) {
    (void)state;
    char name[2 * PERSON_NAME_MAX + 1];
    for (unsigned i = 0; i < PERSON_NAME_MAX; i++) memcpy(name + 2 * i, "ұ", 2);
    name[2 * PERSON_NAME_MAX] = '\0';
    name[0] = name[1] = 'a';
    memmove(name + 1, name + 2, 2 * PERSON_NAME_MAX - 1);
    const struct pfif_person person = {.text = {[PFIF_PERSON_RECORD_ID] = "a/b", [PFIF_FULL_NAME] = name}};
    assert_true(persons_pfif_entry(&got, &person, NOW));
    assert_int_equal(got.entry.text[PERSON_NAME].size, PERSON_NAME_MAX - 1);
    assert_true(keeps(name));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entries_come_back),     cmocka_unit_test(test_notes_come_back),
        cmocka_unit_test(test_other_lines),           cmocka_unit_test(test_rule_7_addresses_are_set_apart),
        cmocka_unit_test(test_rule_7_hidden_numbers), cmocka_unit_test(test_too_long)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
