/*
 * pfif_write.c: PFIF 1.4 as XML. What is written passes the same checks as what is read.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "exchange/pfif.h"
#include "exchange/pfif_internal.h"
#include "exchange/sink.h"

struct pfif_writer {
    struct sink sink;
    bool open; /* an entry is: its notes may follow */
    char id[PFIF_ID_MAX + 1];
};

static void begin_or_end(struct pfif_writer *w, unsigned indent, const char *tag) {
    sink_bytes(&w->sink, "    ", indent);
    sink_raw(&w->sink, tag);
}

static void close_person(struct pfif_writer *w) {
    if (w->open) begin_or_end(w, 2, "</pfif:person>\n");
    w->open = false;
}

static bool is_phone(enum pfif_field field) {
    return field == PFIF_AUTHOR_PHONE || field == PFIF_PHONE_OF_FOUND_PERSON;
}

/* The schema's telephone numbers: [\-+()\d ]+ */
static const char *phone(char out[PFIF_LINE_MAX + 1], const char *text) {
    size_t size = strlen(text);
    CHECK(size <= PFIF_LINE_MAX);
    for (size_t i = 0; i <= size; i++) out[i] = (char)(!text[i] || strchr("0123456789+-() ", text[i]) ? text[i] : ' ');
    return strpbrk(out, "0123456789") ? out : NULL;
}

static void fields_write(struct pfif_writer *w, unsigned indent, const char *const text[PFIF_FIELD_COUNT]) {
    char name[40], number[PFIF_LINE_MAX + 1];
    for (unsigned i = 0; i < PFIF_FIELD_COUNT; i++) {
        const enum pfif_field field = (enum pfif_field)i;
        if (!text[i]) continue;
        snprintf(name, sizeof name, "pfif:%s", pfif_field_name(field));
        sink_element(&w->sink, indent, name, is_phone(field) ? phone(number, text[i]) : text[i]);
    }
}

int pfif_write_person(struct pfif_writer *w, const struct pfif_person *person) {
    struct pfif_person p;
    enum pfif_field field;
    if (pfif_person_check(person, &field) != PFIF_REASON_OK) return ERR_FIELD;
    p = *person;
    for (unsigned i = 0; person->placeholder && i < PFIF_FIELD_COUNT; i++)
        if (i != PFIF_PERSON_RECORD_ID && i != PFIF_ENTRY_DATE && i != PFIF_EXPIRY_DATE && i != PFIF_SOURCE_DATE)
            p.text[i] = i == PFIF_FULL_NAME ? "" : NULL; /* mandatory in XML, and empty */
    close_person(w);
    begin_or_end(w, 2, "<pfif:person>\n");
    fields_write(w, 4, p.text);
    w->open = true;
    snprintf(w->id, sizeof w->id, "%s", p.text[PFIF_PERSON_RECORD_ID]);
    return w->sink.err;
}

int pfif_write_note(struct pfif_writer *w, const struct pfif_note *note) {
    struct pfif_note n;
    enum pfif_field field;
    if (pfif_note_check(note, &field) != PFIF_REASON_OK) return ERR_FIELD;
    n = *note;
    if (!n.text[PFIF_TEXT]) n.text[PFIF_TEXT] = ""; /* mandatory in the schema */
    if (w->open && strcmp(w->id, n.text[PFIF_PERSON_RECORD_ID]) != 0) close_person(w);
    const unsigned indent = w->open ? 4 : 2;
    begin_or_end(w, indent, "<pfif:note>\n");
    fields_write(w, indent + 2, n.text);
    begin_or_end(w, indent, "</pfif:note>\n");
    return w->sink.err;
}

int pfif_writer_end(struct pfif_writer *w) {
    close_person(w);
    sink_raw(&w->sink, "</pfif:pfif>\n");
    return sink_end(&w->sink);
}

int pfif_writer_open(struct pfif_writer **out, int (*write)(void *context, const char *bytes, size_t size),
                     void *context) {
    struct pfif_writer *w = calloc(1, sizeof *w);
    *out = w;
    if (!w) return ERR_MEMORY;
    sink_init(&w->sink, write, context);
    sink_raw(&w->sink,
             "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<pfif:pfif xmlns:pfif=\"" PFIF_NAMESPACE_1_4 "\">\n");
    return 0;
}

void pfif_writer_free(struct pfif_writer *w) {
    free(w);
}
