/*
 * persons.h: the register of people of a community, read out of a store and folded (view/persons.h).
 */
#ifndef QUERY_PERSONS_H
#define QUERY_PERSONS_H

#include "store/store.h"
#include "view/persons.h"

/* A name of somebody: an entry has one and maybe others. */
struct person_name {
    uint8_t id[HASH_SIZE]; /* the entry */
    size_t at, size;       /* in letters of the board */
};

struct person_board {
    size_t item_count, step_count, tie_count, name_count;
    struct person_item *items; /* by id; num is the record's number in the store */
    struct person_step *steps; /* by (target, author, voice, said_at, seq, id) */
    struct person_tie *ties;   /* by (one, other, author, seq, id) */
    struct person_name *names; /* if they were asked for; of placeholders, too */
    char *letters;
    size_t item_room, step_room, tie_room, name_room, letter_count, letter_room;
};

/*
 * Read all entries, notes and links that are visible at now, without what a freeze sets apart as of the last refresh.
 * To be freed by person_board_free, whatever comes back. Errors: ERR_MEMORY, those of the store.
 */
MUST_CHECK int person_board_read(struct person_board *out, struct store *s, const uint8_t community[HASH_SIZE],
                                 uint64_t now, bool with_names);
void person_board_free(struct person_board *b);

/* Return an entry, or NULL. */
const struct person_item *person_board_item(const struct person_board *b, const uint8_t id[HASH_SIZE]);

/* Find the `most` names nearest to a query (view/names.h), each entry once, placeholders left out: their places in
 * items. Return how many, or ERR_MEMORY, ERR_LIMIT (more than NAMES_MAX names). */
MUST_CHECK int person_board_find(const struct person_board *b, const char *query, size_t *places, uint8_t *percents,
                                 size_t most);

#endif
