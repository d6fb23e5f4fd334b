/*
 * report.h: what others say of a report or a message (core/report.h), and how it stands.
 *
 * A function of (reports, words, now): any order, any doubles give the same on every device. No clock decides: what one
 * author says is ordered by the author's own sequence numbers.
 *   - A report that names an earlier one by the same author as what it takes the place of is a correction of it; of
 *     several the one with the highest number counts, of two with one number that with the lower id. It is shown inside
 *     the first, whose id goes on naming both. A correction of a correction counts for nothing.
 *   - Of each author the last word that confirms or denies counts, for one person, whatever they said before. If it was
 *     about what stood there before the correction that counts, it is counted apart: nobody gathers people behind one
 *     thing and then says another.
 *   - Who wrote a report says so, too. Their own denial, of what it says now, ends it.
 * There is no state that says that something is true: how many say the same is told, and on what ground, and, by the
 * reader's own view of who vouches for whom (view/trust.h), over how many separate chains those are known. A thousand
 * keys that one person made are a thousand people here, and one chain there.
 */
#ifndef VIEW_REPORT_H
#define VIEW_REPORT_H

#include "core/report.h"
#include "view/trust.h"

enum report_state {
    REPORT_UP,       /* nobody says otherwise */
    REPORT_DISPUTED, /* somebody denies it */
    REPORT_REVOKED,  /* its author denies it */
    REPORT_OVER      /* its time is past */
};

#define REPORT_MESSAGE 0 /* beside enum report_type: a text message of which something is said */
#define REPORT_NONE UINT32_MAX

/* People who say the same, and how many of them on which ground; of a message's author there may be none. */
struct report_side {
    uint32_t people, saw, told, paper;
};

struct report_item {
    uint8_t id[HASH_SIZE], author[KEY_SIZE];
    uint8_t corrects[HASH_SIZE]; /* zeros: nothing; so of messages */
    int64_t num;                 /* the caller's */
    uint64_t seq, created, until;
    uint8_t type, what, ground, urgency; /* enum report_type or REPORT_MESSAGE, … */
    bool guest;
    uint8_t version[HASH_SIZE]; /* the correction that counts, zeros: none; the caller's of a message, else written */
    /* written by report_fold: */
    uint8_t state;              /* enum report_state */
    bool inside;                /* it is a correction of one that is here */
    uint32_t correction;        /* where the one that counts is among the items, or REPORT_NONE */
    struct report_side yes, no; /* the author is one of yes, unless they deny it themselves */
    uint32_t earlier;           /* people who confirmed or denied what it said before */
    uint32_t added, answers;    /* words */
    size_t first_word, word_count;
};

/* What has become of a word. */
enum report_place {
    REPORT_COUNTS,   /* confirms or denies what is said now */
    REPORT_EARLIER,  /* what was said before */
    REPORT_REPLACED, /* its author said something else later */
    REPORT_SAID      /* adds or answers */
};

struct report_line {
    uint8_t id[HASH_SIZE], author[KEY_SIZE], target[HASH_SIZE], about[HASH_SIZE]; /* about: zeros if none */
    int64_t num;                                                                  /* the caller's */
    uint64_t seq, created;
    uint8_t say, ground; /* enum report_say, report_ground */
    bool guest;
    /* written by report_fold: */
    uint8_t place; /* enum report_place */
};

/* Compare items by id; lines by (target, author, seq, id). */
int report_item_order(const struct report_item *a, const struct report_item *b);
int report_line_order(const struct report_line *a, const struct report_line *b);

/* Fold items in the order of report_item_order and lines in that of report_line_order, each once. Lines whose target is
 * not among the items change nothing and count for nothing. now: seconds. */
void report_fold(struct report_item *items, size_t item_count, struct report_line *lines, size_t line_count,
                 uint64_t now);

/* Return the item itself, or the correction that counts instead. */
const struct report_item *report_now(const struct report_item *items, const struct report_item *item);

/* Write the keys of those who confirm (with the author) or deny what an item says now, at most word_count + 1. Return
 * how many. */
size_t report_keys(const struct report_item *item, const struct report_line *lines, enum report_say say,
                   uint8_t (*out)[KEY_SIZE]);

/* Return over how many separate chains a reader knows those people; keys is room for word_count + 1. */
unsigned report_chains(struct trust *t, const struct report_item *item, const struct report_line *lines,
                       enum report_say say, uint8_t (*keys)[KEY_SIZE]);

#endif
