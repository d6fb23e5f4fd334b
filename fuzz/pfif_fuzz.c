/*
 * Fuzz the reader of PFIF: the first two bytes say in which pieces the rest comes. What is given passes the checks; a
 * refusal has a line and a sentence; written and read again it is the same, in number and in every field.
 */
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "core/siphash.h"
#include "exchange/pfif.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t key[SIPHASH_KEY_SIZE] = "what was given";

/* What a reader gave: how much, and a sum over all of it. */
struct given {
    uint64_t persons, notes, sum;
    struct pfif_writer *writer; /* or NULL */
    bool is_refused;
};

static void add(struct given *g, const char *const text[PFIF_FIELD_COUNT]) {
    for (unsigned i = 0; i < PFIF_FIELD_COUNT; i++) {
        /* Of telephone numbers the writer leaves out what the schema does not have. */
        if (!text[i] || i == PFIF_AUTHOR_PHONE || i == PFIF_PHONE_OF_FOUND_PERSON) continue;
        g->sum = g->sum * 31 + i + siphash24(key, (const uint8_t *)text[i], strlen(text[i]));
    }
}

static int on_person(void *context, const struct pfif_person *person) {
    struct given *g = context;
    enum pfif_field field;
    CHECK(pfif_person_check(person, &field) == PFIF_REASON_OK);
    g->persons++;
    add(g, person->text);
    return g->writer ? pfif_write_person(g->writer, person) : 0;
}

static int on_note(void *context, const struct pfif_note *note) {
    struct given *g = context;
    enum pfif_field field;
    CHECK(pfif_note_check(note, &field) == PFIF_REASON_OK);
    g->notes++;
    add(g, note->text);
    return g->writer ? pfif_write_note(g->writer, note) : 0;
}

static void on_refused(void *context, const struct pfif_refusal *refusal) {
    struct given *g = context;
    CHECK(refusal->line > 0 && pfif_reason_text(refusal->reason)[0]);
    CHECK(refusal->reason != PFIF_REASON_OK);
    g->is_refused = true;
}

static int read_pieces(struct given *g, const uint8_t *bytes, size_t size, size_t first, size_t step) {
    const struct pfif_calls calls = {on_person, on_note, on_refused, g, 0};
    struct pfif_reader *r;
    int err = pfif_reader_open(&r, &calls);
    CHECK(err == 0);
    for (size_t at = 0, now = first; at < size && !err; at += now, now = step) {
        if (now > size - at) now = size - at;
        err = pfif_reader_feed(r, bytes + at, now);
    }
    if (!err) err = pfif_reader_end(r);
    CHECK(err == 0 || (err == ERR_FIELD && g->is_refused));
    CHECK(pfif_reader_counts(r)->persons == g->persons && pfif_reader_counts(r)->notes == g->notes);
    pfif_reader_free(r);
    return err;
}

struct copy {
    uint8_t *bytes;
    size_t size, room;
};

static int on_write(void *context, const char *bytes, size_t size) {
    struct copy *c = context;
    if (c->room - c->size < size) {
        c->room = 2 * c->room + size;
        c->bytes = realloc(c->bytes, c->room);
        CHECK(c->bytes);
    }
    memcpy(c->bytes + c->size, bytes, size);
    c->size += size;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct given once = {0}, again = {0};
    struct copy copy = {0};
    if (size < 2) return 0;
    int err = pfif_writer_open(&once.writer, on_write, &copy);
    CHECK(err == 0);
    (void)read_pieces(&once, data + 2, size - 2, data[0], 1u + data[1]);
    err = pfif_writer_end(once.writer);
    CHECK(err == 0);
    pfif_writer_free(once.writer);
    err = read_pieces(&again, copy.bytes, copy.size, copy.size, 1);
    CHECK(err == 0 && !again.is_refused);
    CHECK(once.persons == again.persons && once.notes == again.notes && once.sum == again.sum);
    free(copy.bytes);
    return 0;
}
