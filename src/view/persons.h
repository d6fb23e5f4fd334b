/*
 * persons.h: the register of people (core/persons.h): what is said of each, by how many, and what is shown of it.
 *
 * A function of (entries, notes, links, now): any order, any doubles give the same on every device. Nothing is ever
 * merged, and no clock decides between two people; what one author says is ordered by the author's own sequence
 * numbers.
 *   - A voice is an author by themselves, or somebody whose words an author brought from another register; of those the
 *     time at which they were said counts before the number, so that an older file changes nothing that is newer. Of
 *     each voice the last note with a status counts. "Information only" is no status.
 *   - However many voices an author brings, of each status an author is one ground.
 *   - Of an entry that its author wrote about themselves, notes "I am this person" by others count for nothing.
 *   - *Dead* is shown on two grounds, of which one is seen or an official paper, if nobody says safe or believed alive;
 *     else the reports contradict each other, and who asks is to ask a volunteer.
 *   - An entry is shown until the time that it says, or PERSON_DAYS after it was written; each note of its author, not
 *     of others whom that author brings, and each note that renews it, by anybody, keeps it for PERSON_DAYS from then.
 *     What remains is a placeholder.
 *   - Two entries are linked if more authors say link than say unlink, each by the last word on these two. What is
 *     linked over others is one set.
 */
#ifndef VIEW_PERSONS_H
#define VIEW_PERSONS_H

#include "core/persons.h"

/* What is shown of an entry as a whole: an enum person_status below PERSON_INFORMATION, or: */
enum person_state {
    PERSON_DIFFERENT = PERSON_STATUS_MAX + 1, /* different things are said */
    PERSON_ASK,                               /* the reports contradict each other: ask a volunteer */
    PERSON_EXPIRED                            /* a placeholder */
};

enum person_place {
    PERSON_COUNTS,  /* the last word of its voice */
    PERSON_EARLIER, /* its voice has said something else since */
    PERSON_TELLS,   /* information only */
    PERSON_NOT_SELF /* somebody else's entry about themselves */
};

#define PERSON_VOICE_SIZE 16

struct person_item {
    uint8_t id[HASH_SIZE], author[KEY_SIZE];
    int64_t num; /* the caller's */
    uint64_t created, until;
    bool self, minor;
    /* written by person_fold: */
    uint8_t state;                        /* enum person_status or person_state */
    bool strong;                          /* one of those who say dead saw it, or has a paper */
    uint32_t said[PERSON_STATUS_MAX + 1]; /* by how many authors, of each status */
    uint32_t set, set_size;               /* the place of the first of its set among the items, and how many they are */
    uint64_t expiry;                      /* the first second at which it is a placeholder */
    size_t first_step, step_count;        /* its notes */
};

struct person_step {
    uint8_t id[HASH_SIZE], author[KEY_SIZE], target[HASH_SIZE];
    uint8_t voice[PERSON_VOICE_SIZE]; /* zeros: the author's own; else a digest of who says it */
    int64_t num;                      /* the caller's */
    uint64_t seq, created;
    uint64_t said_at; /* 0 of an own voice; of another when it was said, or else created */
    uint8_t status, ground;
    bool self, renews;
    /* written by person_fold: */
    uint8_t place; /* enum person_place */
};

struct person_tie {
    uint8_t id[HASH_SIZE], author[KEY_SIZE];
    uint8_t one[HASH_SIZE], other[HASH_SIZE]; /* the lower id first */
    int64_t num;                              /* the caller's */
    uint64_t seq;
    uint8_t type; /* enum person_link_type */
    /* written by person_fold: */
    bool counts; /* its author's last word on these two */
    bool linked; /* what comes of all words on them */
};

/* Compare items by id; steps by (target, author, voice, said_at, seq, id); ties by (one, other, author, seq, id). */
int person_item_order(const struct person_item *a, const struct person_item *b);
int person_step_order(const struct person_step *a, const struct person_step *b);
int person_tie_order(const struct person_tie *a, const struct person_tie *b);

/* Fold items, steps and ties, each in its order and each once. Notes and links whose entries are not among the items
 * change nothing. now: seconds. */
void person_fold(struct person_item *items, size_t item_count, struct person_step *steps, size_t step_count,
                 struct person_tie *ties, size_t tie_count, uint64_t now);

#endif
