/*
 * persons_pfif.h: entries and notes of the register of people out of PFIF and into it (exchange/pfif.h).
 *
 * What a person's record has no place for, and what THREATS' rules keep out of it, is set apart: street, telephone
 * numbers, e-mail addresses, photos, pages, the day of birth, places that have a number in them; in longer texts a
 * telephone number or an e-mail address is replaced by "…", and the whole text set apart.
 *
 * What PFIF has no place for stands in the first line of a note's text, "longear: " and words between "; ": status,
 * ground, "when TIME", "held since TIME", "held: PLACE"; of an entry about a child, of its description, "longear:
 * child". A line that holds anything else is text.
 */
#ifndef NODE_PERSONS_PFIF_H
#define NODE_PERSONS_PFIF_H

#include "core/persons.h"
#include "exchange/dates.h"
#include "exchange/pfif.h"

/* What an id begins with that is a record's own, in hex. */
#define PERSONS_PFIF_OWN "longear.invalid/"

struct persons_pfif {
    struct person_entry entry; /* one of these; its texts lie in letters */
    struct person_note note;   /* target is the caller's */
    char letters[24 * 1024];
    size_t letter_count;
    char apart[32 * 1024]; /* lines "field: text", with a zero */
    size_t apart_size;
};

/* Read an entry, or a note. Return false if there is no name of which anything is left. */
bool persons_pfif_entry(struct persons_pfif *out, const struct pfif_person *in, uint64_t now);
bool persons_pfif_note(struct persons_pfif *out, const struct pfif_note *in);

/* What is written: texts lie in letters. */
struct persons_pfif_out {
    struct pfif_person person;
    struct pfif_note note;
    char letters[24 * 1024];
    size_t letter_count;
};

/* Make an entry or a note for pfif_write_person and pfif_write_note. author: what its author is called if it does not
 * say who says it. expiry: of the entry; person: the id of the entry of a note, as persons_pfif_id gives it. */
void persons_pfif_person(struct persons_pfif_out *out, const struct person_entry *e, const struct record *r,
                         const char *author, uint64_t expiry);
void persons_pfif_put_note(struct persons_pfif_out *out, const struct person_note *n, const struct record *r,
                           const char *author, const char *person);

/* The same of what remains of an expired one. */
void persons_pfif_placeholder(struct persons_pfif_out *out, const struct person_entry *e, const struct record *r,
                              uint64_t expiry);

/* The id under which others know a record: the one that it has outside, or PERSONS_PFIF_OWN and its own in hex. */
void persons_pfif_id(char out[PFIF_ID_MAX + 1], const struct person_text *outside, const uint8_t id[HASH_SIZE]);

/* Copy a text, with "…" for telephone numbers and e-mail addresses. out has room for size bytes. Return how many were
 * written; *masked tells whether anything was. */
size_t persons_pfif_mask(char *out, const char *text, size_t size, bool *masked);

#endif
