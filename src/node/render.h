/*
 * render.h: a record as a command shows it: a JSON object, or lines for people.
 *
 * Nothing of a record can move a terminal's cursor or turn its text around: control characters and those that change
 * the direction of writing are left out of what people see. JSON has everything.
 */
#ifndef NODE_RENDER_H
#define NODE_RENDER_H

#include <jansson.h>
#include <stdio.h>

#include "lang/lang.h"
#include "node/standing.h"
#include "store/freezes.h"

#define RENDER_TIME_SIZE 20
#define RENDER_SIZE_SIZE 24
#define RENDER_TITLE_SIZE 512
#define RENDER_EXCERPT_SIZE 160
#define RENDER_INDENT 4

/* Make the JSON object of a record (doc/cli.md has its fields). NULL if memory is out. */
json_t *render_json(const struct store_record *r);

/* What stands beside a record. */
struct render_beside {
    struct standing author;                /* how its author stands to the reader */
    struct store_apart apart;              /* place is FREEZE_TRUSTED unless a freeze sets it apart */
    bool opened;                           /* show its text even so */
    const struct standing *to;             /* of an own letter: how the one it is for stands; may be NULL */
    bool pinned;                           /* by a coordinator, for all */
    const struct store_record *correction; /* what its author says instead (query/message.h), or NULL */
};

/* Add what stands beside a record to its object. */
void render_beside_json(json_t *o, const struct store_record *r, const struct render_beside *beside);

/* Write a record for people. width is the terminal's in columns, 0 for unbroken lines. */
void render_human(FILE *to, const struct store_record *r, const struct render_beside *beside, enum lang lang,
                  unsigned width);

/* Return the name of an urgency in JSON and on the command line ("normal"), and the urgency of a name, or -1. */
const char *render_urgency(unsigned urgency);
int render_urgency_parse(const char *name);

/* Copy a text in one line without what could harm a terminal, cut at a whole character with "…" if it is too long. */
void render_safe(char *out, size_t size, const char *text);

/* The beginning of a record's text in one line. */
void render_excerpt(char *out, size_t size, const struct store_record *r);

/* A time as local date and clock; a number of bytes with a unit. */
void render_time(char out[RENDER_TIME_SIZE], uint64_t seconds);
void render_size(char out[RENDER_SIZE_SIZE], uint64_t bytes);

#endif
