/*
 * pfif_sample_util.c: a value of each field by the specification's words on it, not by the code under test.
 */
#include "test/exchange/pfif_sample_util.h"

#include <stdio.h>
#include <string.h>

#include "core/check.h"
#include "test/core/sample_util.h"

/* Write a text of at most size bytes whose first and last characters are letters, and which holds what XML escapes. */
static void text_make(struct rng *g, char *out, size_t size, bool lines) {
    static const char *const marks[] = {"&", "<", ">", "\"", "'", "]]>", "&amp;", "<b>", "\xd3\x98", "=", "\n"};
    size_t fill = 0;
    const size_t most = 2 + (size_t)rng_below(g, rng_one_in(g, 20) ? size - 1 : 40 < size ? 40 : size - 1);
    out[fill++] = 'A';
    while (fill + 8 < most) {
        const unsigned mark = (unsigned)rng_below(g, 11);
        char piece[8] = {0};
        if (mark == 10 && !lines) continue;
        sample_text(g, piece, 7, false);
        if (strstr(piece, "\xef\xbf\xbe") || strstr(piece, "\xef\xbf\xbf")) continue; /* XML has no such characters */
        fill += (size_t)snprintf(out + fill, size - fill, "%s", rng_one_in(g, 3) ? marks[mark] : piece);
    }
    out[fill++] = 'Z';
    out[fill] = 0;
    CHECK(fill <= size);
}

static void time_make(struct rng *g, char out[21]) {
    const unsigned n = (unsigned)rng_below(g, 1000000000);
    snprintf(out, 21, "20%02u-%02u-%02uT%02u:%02u:%02uZ", n % 100, 1 + n % 12, 1 + n % 28, n % 24, n % 60, n / 60 % 60);
}

static void value_make(struct rng *g, enum pfif_field field, unsigned number, char *out, size_t size) {
    static const char *const sexes[] = {"female", "male", "other"}, *const truths[] = {"true", "false"};
    static const char *const ages[] = {"0", "7", "30-40", "100", "18-18"}, *const lands[] = {"KZ", "RU", "US"};
    static const char *const days[] = {"1960", "2000-02", "2000-02-29", "1999-12-31"};
    static const char *const states[] = {"information_sought", "is_note_author", "believed_alive", "believed_missing",
                                         "believed_dead"};
    char path[24];
    snprintf(path, sizeof path, "%llx", (unsigned long long)rng_u64(g));
    switch (field) {
    case PFIF_PERSON_RECORD_ID: snprintf(out, size, "longear.example/person.%u", number); break;
    case PFIF_LINKED_PERSON_RECORD_ID: snprintf(out, size, "other.example/~%s", path); break;
    case PFIF_NOTE_RECORD_ID: snprintf(out, size, "longear.example/note.%s", path); break;
    case PFIF_ENTRY_DATE:
    case PFIF_EXPIRY_DATE:
    case PFIF_SOURCE_DATE: time_make(g, out); break;
    case PFIF_AUTHOR_EMAIL:
    case PFIF_EMAIL_OF_FOUND_PERSON: snprintf(out, size, "%s@example.org", path); break;
    case PFIF_AUTHOR_PHONE:
    case PFIF_PHONE_OF_FOUND_PERSON: snprintf(out, size, "+7 (701) %u-55", number); break;
    case PFIF_SOURCE_URL:
    case PFIF_PHOTO_URL: snprintf(out, size, "https://example.org/?a=%s&b=<1>", path); break;
    case PFIF_PROFILE_URLS: snprintf(out, size, "http://example.org/%s\nhttps://example.com/x", path); break;
    case PFIF_SEX: strcpy(out, sexes[rng_below(g, 3)]); break;
    case PFIF_DATE_OF_BIRTH: strcpy(out, days[rng_below(g, 4)]); break;
    case PFIF_AGE: strcpy(out, ages[rng_below(g, 5)]); break;
    case PFIF_HOME_COUNTRY: strcpy(out, lands[rng_below(g, 3)]); break;
    case PFIF_AUTHOR_MADE_CONTACT: strcpy(out, truths[rng_below(g, 2)]); break;
    case PFIF_STATUS: strcpy(out, states[rng_below(g, 5)]); break;
    default:
        text_make(g, out, size - 1,
                  field == PFIF_TEXT || field == PFIF_DESCRIPTION || field == PFIF_FULL_NAME ||
                      field == PFIF_ALTERNATE_NAMES);
    }
}

static void fill(struct rng *g, struct pfif_sample *out, const char *text[PFIF_FIELD_COUNT], unsigned where,
                 unsigned number, const enum pfif_field *mandatory, unsigned count, bool more) {
    out->used = 0;
    for (unsigned i = 0; i < PFIF_FIELD_COUNT; i++) {
        const enum pfif_field field = (enum pfif_field)i;
        bool wanted = more && !rng_one_in(g, 3);
        for (unsigned m = 0; m < count; m++) wanted |= mandatory[m] == field;
        if (!(pfif_field_where(field) & where)) wanted = false;
        text[i] = NULL;
        if (!wanted) continue;
        char *room = out->room + out->used;
        const size_t size = pfif_field_limit(field) + 1;
        CHECK(size < sizeof out->room - out->used);
        value_make(g, field, number, room, size);
        text[i] = room;
        out->used += strlen(room) + 1;
    }
}

void pfif_sample_person(struct rng *g, struct pfif_sample *out, unsigned number) {
    static const enum pfif_field mandatory[] = {PFIF_PERSON_RECORD_ID, PFIF_SOURCE_DATE, PFIF_FULL_NAME};
    static const enum pfif_field left[] = {PFIF_PERSON_RECORD_ID, PFIF_SOURCE_DATE, PFIF_EXPIRY_DATE, PFIF_ENTRY_DATE};
    const bool placeholder = rng_one_in(g, 10);
    fill(g, out, out->person.text, PFIF_IN_PERSON, number, placeholder ? left : mandatory, placeholder ? 4 : 3,
         !placeholder);
    out->person.placeholder = placeholder;
}

void pfif_sample_note(struct rng *g, struct pfif_sample *out, unsigned number) {
    static const enum pfif_field mandatory[] = {PFIF_NOTE_RECORD_ID, PFIF_PERSON_RECORD_ID, PFIF_AUTHOR_NAME,
                                                PFIF_SOURCE_DATE};
    fill(g, out, out->note.text, PFIF_IN_NOTE, number, mandatory, 4, true);
}
