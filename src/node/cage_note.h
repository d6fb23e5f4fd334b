/*
 * cage_note.h: what a person should know of how the node is confined (host/cage.h).
 */
#ifndef NODE_CAGE_NOTE_H
#define NODE_CAGE_NOTE_H

#include <jansson.h>
#include <stddef.h>

#include "host/cage.h"

#define CAGE_NOTES_MAX 2

/* Write the sentences, messages of the catalogue, for what this system could not give. Return their number, 0 if the
 * cage is whole. */
size_t cage_notes(const struct cage *cage, const char *out[CAGE_NOTES_MAX]);

/* {"landlock":VERSION,"seccomp":bool,"root":bool} */
json_t *cage_json(const struct cage *cage);

#endif
