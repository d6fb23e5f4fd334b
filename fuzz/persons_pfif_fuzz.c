/*
 * Fuzz what the register of people takes out of PFIF: lines, each the text of a field, the first byte says whether of
 * an entry or a note. What becomes of it is in order: it can be made a record, no short text holds what looks
 * like a telephone number, and written as PFIF and read again it says the same.
 */
#include <string.h>

#include "core/check.h"
#include "core/crypto.h"
#include "core/utf8.h"
#include "node/persons_pfif.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct persons_pfif got, again;
static struct persons_pfif_out out;
static char texts[PFIF_FIELD_COUNT][PFIF_TEXT_MAX + 1];
static uint8_t room[RECORD_SIZE_MAX];
static struct record r;

static bool same_text(const struct person_text *a, const struct person_text *b) {
    return a->size == b->size && (a->size == 0 || memcmp(a->at, b->at, a->size) == 0);
}

/* Of what was cut, a day at its end may look like a number. */
static void hides(const struct person_text *t) {
    if (t->size > PERSON_PLACE_MAX - 16) return;
    static char masked[PFIF_TEXT_MAX + 1];
    bool any;
    (void)persons_pfif_mask(masked, t->size > 0 ? t->at : "", t->size, &any);
    CHECK(!any);
}

static void entry_try(struct author *a, const struct pfif_person *in) {
    static const uint8_t salt[RECORD_SALT_SIZE];
    if (!persons_pfif_entry(&got, in, 1790000000)) return;
    hides(&got.entry.text[PERSON_DESCRIPTION]);
    hides(&got.entry.text[PERSON_SOURCE]);
    hides(&got.entry.text[PERSON_TOWN]);
    int size = person_entry_make(a, &got.entry, 1, 1790000000, salt, room, &r);
    CHECK(size > 0);
    persons_pfif_person(&out, &got.entry, &r, "nobody", 1790000000);
    CHECK(persons_pfif_entry(&again, &out.person, 1790000000));
    CHECK(same_text(&again.entry.text[PERSON_NAME], &got.entry.text[PERSON_NAME]));
    CHECK(again.entry.minor == got.entry.minor && again.entry.birth_year == got.entry.birth_year);
}

static void note_try(struct author *a, const struct pfif_note *in) {
    static const uint8_t salt[RECORD_SALT_SIZE], about[HASH_SIZE] = {1};
    CHECK(persons_pfif_note(&got, in));
    for (unsigned i = 0; i < PERSON_NOTE_OUTSIDE; i++) hides(&got.note.text[i]);
    got.note.target = about;
    int size = person_note_make(a, &got.note, 1, 1790000000, salt, room, &r);
    CHECK(size > 0);
    persons_pfif_put_note(&out, &got.note, &r, "nobody", "a/b");
    CHECK(persons_pfif_note(&again, &out.note));
    CHECK(again.note.status == got.note.status && again.note.ground == got.note.ground);
    CHECK(again.note.held_since == got.note.held_since && again.note.when == got.note.when);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const uint8_t seed[SEED_SIZE] = {1};
    const struct charter charter = {.access = CHARTER_CLOSED, .keep_days = 60, .community = {3}};
    struct author author = {.charter = &charter};
    struct pfif_person person = {0};
    struct pfif_note note = {0};
    if (size == 0) return 0;
    bool is_note = data[0] & 1;
    const unsigned where = is_note ? PFIF_IN_NOTE : PFIF_IN_PERSON;
    size_t at = 1;
    for (unsigned i = 0; i < PFIF_FIELD_COUNT && at < size; i++) {
        if (!(pfif_field_where((enum pfif_field)i) & where)) continue;
        const uint8_t *end = memchr(data + at, '\r', size - at); /* texts have line feeds */
        size_t length = end ? (size_t)(end - data) - at : size - at;
        if (length <= PFIF_TEXT_MAX) {
            memcpy(texts[i], data + at, length);
            texts[i][length] = '\0';
            bool fits = texts[i][0] && pfif_value_check((enum pfif_field)i, texts[i]) == PFIF_REASON_OK;
            if (fits) *(is_note ? &note.text[i] : &person.text[i]) = texts[i];
        }
        at += length + 1;
    }
    crypto_keypair(author.member.key, author.member.secret, seed);
    if (is_note)
        note_try(&author, &note);
    else
        entry_try(&author, &person);
    return 0;
}
