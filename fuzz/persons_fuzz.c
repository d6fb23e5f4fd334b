/*
 * Fuzz the bodies of the register of people: the first byte says which kind, and how many references there are, the
 * rest is the content. What is accepted is within its limits, goes together, and is made anew to the same bytes.
 */
#include <string.h>

#include "core/check.h"
#include "core/persons.h"
#include "core/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void text_try(const struct person_text *t, size_t max, bool lines) {
    CHECK(t->size <= max && (t->size == 0 || utf8_is_text((const uint8_t *)t->at, t->size, lines)));
}

static void entry_try(const struct record *r) {
    struct person_entry e;
    bool lines;
    if (person_entry_decode(&e, r) != 0) return;
    CHECK(e.text[PERSON_NAME].size > 0 && e.sex <= PERSON_SEX_MAX && e.age_from <= e.age_to);
    CHECK(e.age_to <= PERSON_AGE_MAX && e.birth_year <= PERSON_YEAR_MAX && e.said_at <= TIME_MAX &&
          e.until <= TIME_MAX);
    for (unsigned i = 0; i < PERSON_ENTRY_TEXTS; i++) {
        size_t max = person_entry_text_max((enum person_entry_text)i, &lines);
        text_try(&e.text[i], max, lines);
    }
    CHECK(!e.minor || person_is_minor(&e, 0));
    if (person_check(r, true) == 0) CHECK(e.self && !person_is_minor(&e, r->created));
}

static void note_try(const struct record *r) {
    struct person_note n;
    bool lines;
    if (person_note_decode(&n, r) != 0) return;
    CHECK(n.target && n.status >= 1 && n.status <= PERSON_STATUS_MAX && n.ground >= 1 && n.ground <= PERSON_GROUND_MAX);
    CHECK(n.reached <= 2 && n.when <= TIME_MAX && n.held_since <= TIME_MAX && n.said_at <= TIME_MAX);
    CHECK(!n.self || (n.status != PERSON_DEAD && n.ground == PERSON_SAW && !n.said_at));
    for (unsigned i = 0; i < PERSON_NOTE_TEXTS; i++) {
        size_t max = person_note_text_max((enum person_note_text)i, &lines);
        text_try(&n.text[i], max, lines);
    }
    if (person_check(r, true) == 0)
        CHECK(n.self && n.text[PERSON_NOTE_SEEN].size == 0 && n.text[PERSON_NOTE_HELD].size == 0);
}

static void link_try(const struct record *r) {
    struct person_link l;
    if (person_link_decode(&l, r) != 0) return;
    CHECK(l.type >= PERSON_LINK && l.type <= PERSON_UNLINK && memcmp(l.one, l.other, HASH_SIZE) != 0);
    text_try(&l.why, PERSON_WHY_MAX, true);
    CHECK(person_check(r, true) == ERR_CHARTER);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const uint32_t kinds[] = {KIND_PERSON, KIND_PERSON_NOTE, KIND_PERSON_LINK};
    static uint8_t body[RECORD_SIZE_MAX];
    struct record r = {.form = RECORD_FORM_PLAIN, .body = body, .created = 1641400000};
    if (size == 0 || size - 1 > RECORD_BODY_MAX - RECORD_SALT_SIZE) return 0;
    r.kind = kinds[data[0] % 3];
    r.ref_count = (data[0] / 3) % 4;
    for (unsigned i = 0; i < r.ref_count; i++) {
        r.refs[i].type = i == 0 ? REF_TARGET : i == 1 ? REF_OBJECT : REF_REPLY;
        memset(r.refs[i].id, (int)i, HASH_SIZE);
    }
    memcpy(body + RECORD_SALT_SIZE, data + 1, size - 1);
    r.body_size = RECORD_SALT_SIZE + size - 1;
    bool decoded = person_check(&r, false) == 0;
    CHECK(decoded || person_check(&r, true) != 0); /* an open community admits nothing more */
    entry_try(&r);
    note_try(&r);
    link_try(&r);
    return 0;
}
