/*
 * wire.h: a record as a session sends it: its canonical bytes without those that the other side has.
 *
 *   mode (1) ‖
 *     0: canonical bytes, whole (a record that does not follow the forms below)
 *     1: kind varint ‖ author (32) ‖ the rest, from the sequence number on
 *     2: kind varint ‖ place (1) ‖ the rest; the author stands at this place of the table
 *     3: shelf (32) ‖ the rest, from the expiry day on
 *     4: place (1) ‖ the rest; the shelf stands at this place of the table
 *
 * Modes 1 and 2 leave out the form (1, plain) and the community, which the message names, 3 and 4 the form (2, sealed).
 * Both sides of a stream keep a table of authors and shelves: after a record in another mode than 0 its key stands at
 * place key[0] mod WIRE_AUTHORS. The canonical bytes come back exactly.
 */
#ifndef CORE_WIRE_H
#define CORE_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/limits.h"

/* Authors that were seen last on one stream in one direction; zeros at the beginning. */
struct wire_table {
    uint8_t authors[WIRE_AUTHORS][KEY_SIZE];
};

/* The most that a record grows by on the wire: mode 0. */
#define WIRE_MORE 1

/* form, kind, community, author */
#define WIRE_HEAD_MAX (1 + VARINT_SIZE_MAX + HASH_SIZE + KEY_SIZE)

/* The canonical bytes of a record that came by wire, in two pieces: head, then tail, which is borrowed. */
struct wire_parts {
    uint8_t head[WIRE_HEAD_MAX];
    size_t head_size, tail_size;
    const uint8_t *tail;
};

/*
 * Write a record's canonical bytes (or a stub's) for a stream whose messages name this community. out has room for
 * size + WIRE_MORE bytes. Return how many were written.
 */
size_t wire_write(struct wire_table *t, const uint8_t community[HASH_SIZE], const uint8_t *bytes, size_t size,
                  uint8_t *out);

/*
 * Read what wire_write wrote; the parts borrow from bytes. The record itself is not decoded. Errors: ERR_TRUNCATED,
 * ERR_VARINT, ERR_LIMIT, ERR_FIELD (an unknown mode, an empty place of the table).
 */
MUST_CHECK int wire_read(struct wire_table *t, const uint8_t community[HASH_SIZE], const uint8_t *bytes, size_t size,
                         struct wire_parts *out);

#endif
