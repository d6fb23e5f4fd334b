/*
 * report.h: the reports of a community and what is said of them and of its messages, read out of a store and folded
 * (view/report.h).
 */
#ifndef QUERY_REPORT_H
#define QUERY_REPORT_H

#include "store/store.h"
#include "view/report.h"

struct report_board {
    size_t item_count, line_count;
    struct report_item *items; /* by id; num is the record's number in the store */
    struct report_line *lines; /* by (target, author, seq, id) */
};

/*
 * Read all reports and words that are visible at now, and the messages of which something is said, without what a
 * freeze sets apart as of the last refresh. To be freed by report_board_free, whatever comes back. Errors: ERR_MEMORY,
 * those of the store.
 */
MUST_CHECK int report_board_read(struct report_board *out, struct store *s, const uint8_t community[HASH_SIZE],
                                 uint64_t now);
void report_board_free(struct report_board *b);

/* Return a report, or a message of which something is said, or NULL. */
const struct report_item *report_board_item(const struct report_board *b, const uint8_t id[HASH_SIZE]);

/*
 * Tell whether a report is to be shown among other records: it is what counts (neither corrected, nor a correction that
 * another one outdid) and holds (its author does not deny it, its time is not past). Looks at what is said of this one
 * alone. Also from within a callback of the store. Return 1, 0, or an error as report_board_read.
 */
MUST_CHECK int report_holds(struct store *s, const struct record *r, uint64_t now);

#endif
