/*
 * The register's records. Shows that making and reading are inverse, which error each fault gets, and the rules against
 * harm (THREATS.md, 1, 2, 4, 5) as far as a record by itself can keep them: what an open community refuses, what there
 * is no field for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/crypto.h"
#include "core/persons.h"
#include "test/core/sample_util.h"

#define CREATED 1641400000u /* January 2022 */
#define T(text) \
    { text, sizeof(text) - 1 }
static const uint8_t salt[RECORD_SALT_SIZE] = "saltsal", entry_id[HASH_SIZE] = {1}, other_id[HASH_SIZE] = {2};
static uint8_t room[RECORD_SIZE_MAX];
static struct charter charter;
static struct author author;
static struct record r;

static int setup(void **state) {
    (void)state;
    uint8_t seed[KEY_SIZE] = {7};
    memset(&author, 0, sizeof author);
    charter = (struct charter){.keep_days = 60, .access = CHARTER_CLOSED};
    memset(charter.community, 3, HASH_SIZE);
    author.charter = &charter;
    crypto_keypair(author.member.key, author.member.secret, seed);
    return 0;
}

static int entry_make(const struct person_entry *e) {
    return person_entry_make(&author, e, 1, CREATED, salt, room, &r);
}

static int note_make(const struct person_note *n) {
    return person_note_make(&author, n, 1, CREATED, salt, room, &r);
}

static char texts[PERSON_ENTRY_TEXTS][PERSON_TEXT_MAX];

/* Now and then a text, now and then as long as may be. */
static void text_fill(struct rng *g, struct person_text *t, unsigned i, size_t max, bool lines) {
    *t = (struct person_text){NULL, 0};
    if (rng_one_in(g, 3)) return;
    t->size = rng_one_in(g, 4) ? max : 1 + rng_below(g, max < 40 ? max : 40);
    t->at = texts[i];
    sample_text(g, texts[i], t->size, lines);
}

static void text_equal(const struct person_text *a, const struct person_text *b) {
    assert_int_equal(a->size, b->size);
    if (a->size > 0) assert_memory_equal(a->at, b->at, a->size);
}

static void again_check(int size) {
    struct record again;
    assert_true(size > 0);
    assert_int_equal(record_decode(&again, room, (size_t)size), 0);
    assert_int_equal(record_verify(&again), 0);
    assert_int_equal(charter_admit(&charter, &again), 0);
    again.body = NULL;
    assert_int_equal(charter_admit(&charter, &again), 0);
}

static void test_entries(void **state) {
    (void)state;
    struct rng g;
    bool lines;
    rng_begin(&g, "persons entries");
    for (unsigned n = 0; n < 2000; n++) {
        struct person_entry in = {.sex = (uint8_t)rng_below(&g, PERSON_SEX_MAX + 1),
                                  .minor = rng_one_in(&g, 2),
                                  .self = rng_one_in(&g, 3),
                                  .has_age = rng_one_in(&g, 2),
                                  .birth_year = rng_one_in(&g, 2) ? (uint16_t)(1900 + rng_below(&g, 120)) : 0,
                                  .until = rng_one_in(&g, 2) ? CREATED + rng_below(&g, 100000) : 0},
                            out;
        if (in.has_age)
            in.age_from = (uint8_t)rng_below(&g, 60), in.age_to = (uint8_t)(in.age_from + rng_below(&g, 30));
        for (unsigned i = 0; i < PERSON_ENTRY_TEXTS; i++) {
            size_t max = person_entry_text_max((enum person_entry_text)i, &lines);
            text_fill(&g, &in.text[i], i, max, lines);
        }
        if (in.text[PERSON_NAME].size == 0) in.text[PERSON_NAME] = (struct person_text)T("Нұрсұлтан");
        if (in.text[PERSON_COUNTRY].size > 0) in.text[PERSON_COUNTRY] = (struct person_text)T("KZ");
        if (!in.self && rng_one_in(&g, 2)) in.said_at = CREATED - 1000;
        if (in.self) in.text[PERSON_BY].size = in.text[PERSON_OUTSIDE].size = 0;
        int size = entry_make(&in);
        again_check(size);
        assert_int_equal(person_entry_decode(&out, &r), 0);
        for (unsigned i = 0; i < PERSON_ENTRY_TEXTS; i++) text_equal(&out.text[i], &in.text[i]);
        assert_int_equal(out.self, in.self);
        assert_int_equal(out.minor, in.minor);
        assert_int_equal(out.sex, in.sex);
        assert_int_equal(out.birth_year, in.birth_year);
        assert_int_equal(out.has_age, in.has_age);
        assert_int_equal(out.age_from, in.age_from);
        assert_int_equal(out.age_to, in.age_to);
        assert_true(out.said_at == in.said_at && out.until == in.until);
    }
}

static void test_notes(void **state) {
    (void)state;
    struct rng g;
    bool lines;
    rng_begin(&g, "persons notes");
    for (unsigned k = 0; k < 2000; k++) {
        struct person_note in = {.target = entry_id,
                                 .status = (uint8_t)(1 + rng_below(&g, PERSON_STATUS_MAX)),
                                 .ground = (uint8_t)(1 + rng_below(&g, PERSON_GROUND_MAX)),
                                 .reached = (uint8_t)rng_below(&g, 3),
                                 .renews = rng_one_in(&g, 3),
                                 .when = rng_one_in(&g, 2) ? CREATED - 5 : 0,
                                 .held_since = rng_one_in(&g, 2) ? CREATED - 500 : 0,
                                 .said_at = rng_one_in(&g, 2) ? CREATED - 50 : 0},
                           out;
        for (unsigned i = 0; i < PERSON_NOTE_TEXTS; i++) {
            size_t max = person_note_text_max((enum person_note_text)i, &lines);
            text_fill(&g, &in.text[i], i, max, lines);
        }
        again_check(note_make(&in));
        assert_int_equal(person_note_decode(&out, &r), 0);
        assert_memory_equal(out.target, entry_id, HASH_SIZE);
        for (unsigned i = 0; i < PERSON_NOTE_TEXTS; i++) text_equal(&out.text[i], &in.text[i]);
        assert_int_equal(out.status, in.status);
        assert_int_equal(out.ground, in.ground);
        assert_int_equal(out.reached, in.reached);
        assert_int_equal(out.self, in.self);
        assert_int_equal(out.renews, in.renews);
        assert_true(out.when == in.when && out.held_since == in.held_since && out.said_at == in.said_at);
    }
}

static void test_links(void **state) {
    (void)state;
    struct person_link in = {.one = entry_id, .other = other_id, .type = PERSON_LINK, .why = T("the same\nscar")}, out;
    for (unsigned type = PERSON_LINK; type <= PERSON_UNLINK; type++) {
        in.type = (uint8_t)type;
        again_check(person_link_make(&author, &in, CREATED, salt, room, &r));
        assert_int_equal(person_link_decode(&out, &r), 0);
        assert_int_equal(out.type, type);
        assert_memory_equal(out.one, entry_id, HASH_SIZE);
        assert_memory_equal(out.other, other_id, HASH_SIZE);
        text_equal(&out.why, &in.why);
    }
    uint64_t next = author.next;
    in.other = entry_id; /* with itself */
    assert_int_equal(person_link_make(&author, &in, CREATED, salt, room, &r), ERR_FIELD);
    in.other = other_id;
    in.type = 3;
    assert_int_equal(person_link_make(&author, &in, CREATED, salt, room, &r), ERR_FIELD);
    assert_true(author.next == next); /* the author stands where it stood */
}

#define NAME "\1\1\1\2\1A"
#define NOTE "\1\1\2\2\1\1"
static const struct {
    const char *why;
    int err;
    uint32_t kind;
    const char *bytes;
    size_t size;
} cases[] = {
    {"the least", 0, KIND_PERSON, NAME, 6},
    {"nothing", ERR_FIELD, KIND_PERSON, "", 0},
    {"no name", ERR_FIELD, KIND_PERSON, "\1\1\1", 3},
    {"not said whom it is about", ERR_FIELD, KIND_PERSON, "\2\1A", 3},
    {"about a third", ERR_FIELD, KIND_PERSON, "\1\1\3\2\1A", 6},
    {"an empty name", ERR_FIELD, KIND_PERSON, "\1\1\1\2\0", 5},
    {"a name of two lines", ERR_TEXT, KIND_PERSON, "\1\1\1\2\3a\nb", 8},
    {"a name that turns the writing", ERR_TEXT, KIND_PERSON, "\1\1\1\2\3\xe2\x80\xae", 8},
    {"half a character", ERR_TEXT, KIND_PERSON, "\1\1\1\2\1\xd0", 6},
    {"sex 4", ERR_FIELD, KIND_PERSON, NAME "\4\1\4", 9},
    {"born in 1879", ERR_FIELD, KIND_PERSON, NAME "\5\2\xd7\x0e", 10},
    {"born in 1880", 0, KIND_PERSON, NAME "\5\2\xd8\x0e", 10},
    {"born in a year of too many bytes", ERR_VARINT, KIND_PERSON, NAME "\5\2\xd7\0", 10},
    {"an age that goes down", ERR_FIELD, KIND_PERSON, NAME "\6\2\5\4", 10},
    {"older than anybody", ERR_FIELD, KIND_PERSON, NAME "\6\2\5\xff", 10},
    {"a country in small letters", ERR_FIELD, KIND_PERSON, NAME "\12\2kz", 10},
    {"a country of three letters", ERR_LIMIT, KIND_PERSON, NAME "\12\3KAZ", 11},
    {"until far away", ERR_TIME, KIND_PERSON, NAME "\20\6\x80\x80\x80\x80\x80\1", 14},
    {"of oneself, by somebody else", ERR_FIELD, KIND_PERSON, "\1\1\2\2\1A\16\1B", 9},
    {"of oneself, from outside", ERR_FIELD, KIND_PERSON, "\1\1\2\2\1A\21\1B", 9},
    {"an unknown field", ERR_UNSUPPORTED, KIND_PERSON, NAME "\22\1x", 9},
    {"an unknown field that may be passed over", 0, KIND_PERSON, NAME "\x80\1\1x", 10},
    {"two names", ERR_FIELD, KIND_PERSON, NAME "\2\1A", 9},
    {"the least note", 0, KIND_PERSON_NOTE, NOTE, 6},
    {"no ground", ERR_FIELD, KIND_PERSON_NOTE, "\1\1\2", 3},
    {"no status", ERR_FIELD, KIND_PERSON_NOTE, "\2\1\1", 3},
    {"status 8", ERR_FIELD, KIND_PERSON_NOTE, "\1\1\10\2\1\1", 6},
    {"ground 5", ERR_FIELD, KIND_PERSON_NOTE, "\1\1\2\2\1\5", 6},
    {"when 0", ERR_FIELD, KIND_PERSON_NOTE, NOTE "\3\1\0", 9},
    {"a place of two lines", ERR_TEXT, KIND_PERSON_NOTE, NOTE "\4\3a\nb", 11},
    {"by oneself", 0, KIND_PERSON_NOTE, NOTE "\10\1\1", 9},
    {"by oneself: dead", ERR_FIELD, KIND_PERSON_NOTE, "\1\1\5\2\1\1\10\1\1", 9},
    {"by oneself: from a list", ERR_FIELD, KIND_PERSON_NOTE, "\1\1\2\2\1\3\10\1\1", 9},
    {"by oneself: what somebody else says", ERR_FIELD, KIND_PERSON_NOTE, NOTE "\10\1\1\13\1B", 12},
    {"an unknown field of a note", ERR_UNSUPPORTED, KIND_PERSON_NOTE, NOTE "\16\1x", 9},
    {"the least link", 0, KIND_PERSON_LINK, "\1\1\1", 3},
    {"a link that says nothing", ERR_FIELD, KIND_PERSON_LINK, "\2\1x", 3},
    {"an unknown field of a link", ERR_UNSUPPORTED, KIND_PERSON_LINK, "\1\1\1\3\1x", 6},
};

static void test_cases(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t body[64] = {0};
        struct record one = {.form = RECORD_FORM_PLAIN, .kind = cases[i].kind, .body = body, .created = CREATED};
        memcpy(body + RECORD_SALT_SIZE, cases[i].bytes, cases[i].size);
        one.body_size = RECORD_SALT_SIZE + cases[i].size;
        unsigned refs = one.kind == KIND_PERSON ? 0 : one.kind == KIND_PERSON_NOTE ? 1 : 2;
        for (one.ref_count = 0; one.ref_count < 4; one.ref_count++) { /* and not with other references */
            int expected = one.ref_count == refs ? cases[i].err : ERR_FIELD, err = person_check(&one, false);
            if (err != expected) fail_msg("%s, %u references: %d", cases[i].why, one.ref_count, err);
            one.refs[one.ref_count].type = one.ref_count == 0 ? REF_TARGET : REF_OBJECT;
            one.refs[one.ref_count].id[0] = (uint8_t)one.ref_count;
        }
    }
}

/* ---- THREATS.md, rules against harm ---- */

static void open_expect(int size, int expected) {
    int err = size < 0 ? size : 0;
    assert_int_equal(err, expected);
}

/* What a closed community takes, an open one refuses on writing and on admission. */
static void refused_in_the_open(int size) {
    struct charter open = charter;
    assert_true(size > 0);
    assert_int_equal(charter_admit(&charter, &r), 0);
    open.access = CHARTER_OPEN;
    assert_int_equal(charter_admit(&open, &r), ERR_CHARTER);
}

static void test_rule_1_open_holds_no_place(void **state) {
    (void)state;
    struct person_note n = {.target = entry_id, .status = PERSON_HURT, .ground = PERSON_SAW, .self = true};
    n.text[PERSON_NOTE_SEEN] = (struct person_text)T("hospital 4, ward 7");
    refused_in_the_open(note_make(&n));
    n.text[PERSON_NOTE_HELD] = n.text[PERSON_NOTE_SEEN];
    n.text[PERSON_NOTE_SEEN].size = 0;
    refused_in_the_open(note_make(&n));
    charter.access = CHARTER_OPEN;
    open_expect(note_make(&n), ERR_CHARTER);
    n.text[PERSON_NOTE_HELD].size = 0;
    open_expect(note_make(&n), 0);
}

static void test_rule_2_open_only_of_oneself(void **state) {
    (void)state;
    struct person_entry e = {.text = {[PERSON_NAME] = T("A")}};
    struct person_note n = {.target = entry_id, .status = PERSON_SAFE, .ground = PERSON_SAW};
    const struct person_link l = {.one = entry_id, .other = other_id, .type = PERSON_LINK};
    refused_in_the_open(entry_make(&e));
    refused_in_the_open(note_make(&n));
    refused_in_the_open(person_link_make(&author, &l, CREATED, salt, room, &r));
    charter.access = CHARTER_OPEN;
    open_expect(entry_make(&e), ERR_CHARTER);
    open_expect(note_make(&n), ERR_CHARTER);
    open_expect(person_link_make(&author, &l, CREATED, salt, room, &r), ERR_CHARTER);
    assert_true(author.next == 3); /* of what was refused nothing remains */
    e.self = n.self = true;
    open_expect(entry_make(&e), 0);
    open_expect(note_make(&n), 0);
}

static void test_rule_4_minors_closed_only(void **state) {
    (void)state;
    struct person_entry e = {.text = {[PERSON_NAME] = T("A")}, .self = true};
    charter.access = CHARTER_OPEN;
    open_expect(entry_make(&e), 0);
    e.minor = true;
    open_expect(entry_make(&e), ERR_CHARTER);
    e.minor = false;
    e.has_age = true; /* not marked, but told */
    e.age_from = 17;
    e.age_to = 30;
    open_expect(entry_make(&e), ERR_CHARTER);
    e.age_from = 18;
    open_expect(entry_make(&e), 0);
    e.has_age = false;
    e.birth_year = 2004; /* may have had the birthday in this January, or not */
    open_expect(entry_make(&e), ERR_CHARTER);
    e.birth_year = 2003;
    open_expect(entry_make(&e), 0);
}

/* Every field that there is, by its tag: none for who did it, a telephone number, an address, a photo. */
static void test_rule_5_no_field_for_a_perpetrator(void **state) {
    (void)state;
    static const unsigned first[] = {18, 14, 3};
    for (unsigned k = 0; k < 3; k++) {
        for (unsigned tag = first[k]; tag < 128; tag++) {
            uint8_t body[RECORD_SALT_SIZE + 32] = {0};
            const char *head = k == 0 ? NAME : k == 1 ? NOTE : "\1\1\1";
            size_t size = strlen(head);
            struct record one = {.form = RECORD_FORM_PLAIN, .body = body, .ref_count = (uint8_t)k, .created = CREATED};
            one.kind = k == 0 ? KIND_PERSON : k == 1 ? KIND_PERSON_NOTE : KIND_PERSON_LINK;
            one.refs[0] = (struct record_ref){REF_TARGET, {1}};
            one.refs[1] = (struct record_ref){REF_OBJECT, {2}};
            memcpy(body + RECORD_SALT_SIZE, head, size);
            body[RECORD_SALT_SIZE + size] = (uint8_t)tag;
            body[RECORD_SALT_SIZE + size + 1] = 1;
            body[RECORD_SALT_SIZE + size + 2] = 'x';
            one.body_size = RECORD_SALT_SIZE + size + 3;
            assert_int_equal(person_check(&one, false), ERR_UNSUPPORTED);
        }
    }
    struct person_entry e = {.text = {[PERSON_NAME] = T("A")}};
    assert_true(entry_make(&e) > 0);
    r.refs[r.ref_count++] = (struct record_ref){REF_BLOB, {1}}; /* nor does a photo hang on it */
    assert_int_equal(person_check(&r, false), ERR_FIELD);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup(test_entries, setup),
                                       cmocka_unit_test_setup(test_notes, setup),
                                       cmocka_unit_test_setup(test_links, setup),
                                       cmocka_unit_test(test_cases),
                                       cmocka_unit_test_setup(test_rule_1_open_holds_no_place, setup),
                                       cmocka_unit_test_setup(test_rule_2_open_only_of_oneself, setup),
                                       cmocka_unit_test_setup(test_rule_4_minors_closed_only, setup),
                                       cmocka_unit_test_setup(test_rule_5_no_field_for_a_perpetrator, setup)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
