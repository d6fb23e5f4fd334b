/*
 * demands.h: the demands of a community, read out of a store and folded (view/demands.h).
 */
#ifndef QUERY_DEMANDS_H
#define QUERY_DEMANDS_H

#include "query/coordinates.h"
#include "store/store.h"
#include "view/demands.h"

/* Who is asked: the last roll by a coordinator, by created, then id. */
struct demand_asked {
    size_t count;
    uint8_t (*keys)[KEY_SIZE]; /* ascending */
    char title[DEMAND_ROLL_TITLE_MAX + 1];
};

struct demand_board {
    size_t item_count, step_count;
    struct demand_item *items; /* by id; num is the record's number in the store */
    struct demand_step *steps; /* by (target, author, seq, id) */
    struct demand_asked roll;
};

/*
 * Read all that is visible at now, without what a freeze sets apart as of the last refresh. members: whom the roll has
 * if no coordinator made one, member_count keys, ascending. To be freed by demand_board_free, whatever comes back.
 * Errors: ERR_MEMORY, those of the store.
 */
MUST_CHECK int demand_board_read(struct demand_board *out, struct store *s, const uint8_t community[HASH_SIZE],
                                 uint64_t now, query_coordinates coordinates, void *context,
                                 const uint8_t (*members)[KEY_SIZE], size_t member_count);
void demand_board_free(struct demand_board *b);

/* Return a demand, or NULL. */
const struct demand_item *demand_board_item(const struct demand_board *b, const uint8_t id[HASH_SIZE]);

/* Tell whether a key is on the roll. */
bool demand_board_asks(const struct demand_board *b, const uint8_t key[KEY_SIZE]);

#endif
