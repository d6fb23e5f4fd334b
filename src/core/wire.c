/*
 * wire.c: cut a record's canonical bytes for a session and put them together again.
 *
 * A plain record begins form ‖ kind ‖ community ‖ author, a sealed one form ‖ shelf, so what is left out lies in one
 * stretch at the front and nothing has to be decoded.
 */
#include "core/wire.h"

#include <string.h>

#include "core/bytes.h"
#include "core/check.h"
#include "core/record.h"

enum mode { MODE_WHOLE = 0, MODE_AUTHOR = 1, MODE_PLACE = 2, MODE_SHELF = 3, MODE_SHELF_PLACE = 4 };

static uint8_t *place_of(struct wire_table *t, const uint8_t author[KEY_SIZE]) {
    return t->authors[author[0] % WIRE_AUTHORS];
}

/* Tell whether the bytes are a plain record of this community, and where its kind ends. */
static bool plain_split(const uint8_t community[HASH_SIZE], const uint8_t *bytes, size_t size, size_t *kind_end) {
    struct reader in;
    reader_init(&in, bytes, size);
    if (reader_u8(&in) != RECORD_FORM_PLAIN) return false;
    (void)reader_varint(&in, RECORD_KIND_MAX);
    *kind_end = in.at;
    const uint8_t *own = reader_bytes(&in, HASH_SIZE);
    const uint8_t *author = reader_bytes(&in, KEY_SIZE);
    return own && author && memcmp(own, community, HASH_SIZE) == 0;
}

size_t wire_write(struct wire_table *t, const uint8_t community[HASH_SIZE], const uint8_t *bytes, size_t size,
                  uint8_t *out) {
    size_t kind_end = 1, rest;
    struct writer w;
    writer_init(&w, out, size + WIRE_MORE);
    bool sealed = size > 1 + KEY_SIZE && bytes[0] == RECORD_FORM_SEALED;
    if (!sealed && !plain_split(community, bytes, size, &kind_end)) {
        writer_u8(&w, MODE_WHOLE);
        writer_bytes(&w, bytes, size);
        CHECK(!w.err);
        return w.at;
    }
    const uint8_t *author = bytes + kind_end + (sealed ? 0 : HASH_SIZE);
    uint8_t *place = place_of(t, author);
    bool known = memcmp(place, author, KEY_SIZE) == 0;
    rest = (size_t)(author - bytes) + KEY_SIZE;
    if (sealed)
        writer_u8(&w, known ? MODE_SHELF_PLACE : MODE_SHELF);
    else
        writer_u8(&w, known ? MODE_PLACE : MODE_AUTHOR);
    writer_bytes(&w, bytes + 1, kind_end - 1);
    if (known)
        writer_u8(&w, (uint8_t)(author[0] % WIRE_AUTHORS));
    else
        writer_bytes(&w, author, KEY_SIZE);
    writer_bytes(&w, bytes + rest, size - rest);
    CHECK(!w.err);
    memcpy(place, author, KEY_SIZE);
    return w.at;
}

int wire_read(struct wire_table *t, const uint8_t community[HASH_SIZE], const uint8_t *bytes, size_t size,
              struct wire_parts *out) {
    static const uint8_t empty[KEY_SIZE];
    struct reader in;
    struct writer head;
    reader_init(&in, bytes, size);
    writer_init(&head, out->head, sizeof out->head);
    uint8_t mode = reader_u8(&in);
    if (!in.err && mode > MODE_SHELF_PLACE) return ERR_FIELD;
    if (!in.err && mode != MODE_WHOLE) {
        bool sealed = mode >= MODE_SHELF, by_place = mode == MODE_PLACE || mode == MODE_SHELF_PLACE;
        writer_u8(&head, sealed ? RECORD_FORM_SEALED : RECORD_FORM_PLAIN);
        if (!sealed) writer_varint(&head, reader_varint(&in, RECORD_KIND_MAX));
        if (!sealed) writer_bytes(&head, community, HASH_SIZE);
        uint8_t place = by_place ? reader_u8(&in) : 0;
        const uint8_t *author = by_place ? t->authors[place % WIRE_AUTHORS] : reader_bytes(&in, KEY_SIZE);
        if (in.err) return in.err;
        if (place >= WIRE_AUTHORS || (by_place && memcmp(author, empty, KEY_SIZE) == 0)) return ERR_FIELD;
        writer_bytes(&head, author, KEY_SIZE);
        if (!by_place) memcpy(place_of(t, author), author, KEY_SIZE);
    }
    if (in.err) return in.err;
    CHECK(!head.err);
    out->head_size = head.at;
    out->tail_size = reader_left(&in);
    out->tail = reader_bytes(&in, out->tail_size);
    return out->head_size + out->tail_size > RECORD_SIZE_MAX ? ERR_LIMIT : 0;
}
