/*
 * persons.h: the register of people: someone looked for, detained, hurt, safe, dead.
 *
 *   entry (kind 46) = no references; fields: 1 whom it is about (1 byte: 1 somebody else, 2 its author), 2 name, 3
 * other names (with lines), 4 sex (1 byte, enum person_sex), 5 year of birth (varint), 6 age (2 bytes: at least, at
 * most), 7 home district, 8 town, 9 region, 10 country (2 capitals), 11 description (with lines), 12 source, 13 a child
 *     (1 byte, 1), 14 who says it, 15 when they said it (varint, seconds), 16 until when (varint, seconds), 17 the id
 *     that it has outside
 *   note (kind 48)  = reference target: the entry; fields: 1 status (1 byte, enum person_status), 2 ground (1 byte,
 * enum person_ground), 3 when (varint, seconds), 4 where last seen, 5 where held, 6 held since (varint), 7 text (with
 *     lines), 8 by the person (1 byte, 1), 9 renews the entry (1 byte, 1), 10 the author reached the person (1 byte: 1
 *     yes, 2 no), 11 who says it, 12 when they said it (varint), 13 the id that it has outside
 *   link (kind 50)  = references target and object: two entries; fields: 1 which (1 byte: 1 link, 2 unlink), 2 why
 *     (with lines)
 *
 * 14 to 17 and 11 to 13 are of what somebody else's register says. There is no field for an address, a telephone
 * number, a photo, nor for who did it. In an open community only what people say about themselves is admitted, without
 * places and not of children; links are not.
 */
#ifndef CORE_PERSONS_H
#define CORE_PERSONS_H

#include "core/author.h"

enum person_sex { PERSON_FEMALE = 1, PERSON_MALE, PERSON_OTHER_SEX, PERSON_SEX_MAX = PERSON_OTHER_SEX };

enum person_status {
    PERSON_LOOKED_FOR = 1,
    PERSON_DETAINED,
    PERSON_HURT,
    PERSON_SAFE,
    PERSON_DEAD,
    PERSON_BELIEVED_ALIVE,
    PERSON_INFORMATION, /* no status, only what the note tells */
    PERSON_STATUS_MAX = PERSON_INFORMATION
};

enum person_ground {
    PERSON_SAW = 1, /* the author witnessed it */
    PERSON_TOLD,    /* heard it from others */
    PERSON_LIST,    /* it stands on a list */
    PERSON_PAPER,   /* an official paper says so */
    PERSON_GROUND_MAX = PERSON_PAPER
};

/* A text, borrowed from the record, not zero-terminated; of size 0 if there is none. */
struct person_text {
    const char *at;
    size_t size;
};

enum person_entry_text {
    PERSON_NAME, /* always there */
    PERSON_OTHER_NAMES,
    PERSON_DISTRICT,
    PERSON_TOWN,
    PERSON_REGION,
    PERSON_COUNTRY,
    PERSON_DESCRIPTION,
    PERSON_SOURCE,
    PERSON_BY,
    PERSON_OUTSIDE,
    PERSON_ENTRY_TEXTS
};

struct person_entry {
    bool self, minor, has_age;
    uint8_t sex; /* enum person_sex; 0: not said, as all numbers here */
    uint8_t age_from, age_to;
    uint16_t birth_year;
    uint64_t said_at, until;
    struct person_text text[PERSON_ENTRY_TEXTS];
};

enum person_note_text {
    PERSON_NOTE_SEEN,
    PERSON_NOTE_HELD,
    PERSON_NOTE_TEXT,
    PERSON_NOTE_BY,
    PERSON_NOTE_OUTSIDE,
    PERSON_NOTE_TEXTS
};

struct person_note {
    const uint8_t *target; /* HASH_SIZE bytes, borrowed */
    uint8_t status;        /* enum person_status */
    uint8_t ground;        /* enum person_ground */
    uint8_t reached;       /* 1 yes, 2 no, 0 not said */
    bool self, renews;
    uint64_t when, held_since, said_at; /* 0: not said */
    struct person_text text[PERSON_NOTE_TEXTS];
};

enum person_link_type { PERSON_LINK = 1, PERSON_UNLINK = 2 };

struct person_link {
    const uint8_t *one, *other; /* HASH_SIZE bytes each, borrowed, not the same */
    uint8_t type;               /* enum person_link_type */
    struct person_text why;
};

/* Read one. Errors: ERR_FIELD (a stub, another kind, references or fields that are missing, stand twice, are out of
 * range or do not go together), ERR_LIMIT, ERR_TEXT, ERR_TIME (beyond TIME_MAX), ERR_UNSUPPORTED (an unknown field
 * below FIELDS_OPTIONAL), as fields_next. */
MUST_CHECK int person_entry_decode(struct person_entry *out, const struct record *r);
MUST_CHECK int person_note_decode(struct person_note *out, const struct record *r);
MUST_CHECK int person_link_decode(struct person_link *out, const struct record *r);

/* Tell whether an entry that was written at created is, or may well be, about somebody under PERSON_ADULT_YEARS. */
bool person_is_minor(const struct person_entry *e, uint64_t created);

/* Tell whether a kind is one of the three. */
bool person_is_kind(uint32_t kind);

/* Check a record of one of the three kinds, for admission; of a stub what its header says. open: its community is open.
 * Errors as above; ERR_CHARTER (not in an open one). */
MUST_CHECK int person_check(const struct record *r, bool open);

/* Make one. Return as author_text; errors as decoding gives, and ERR_CHARTER as person_check. */
MUST_CHECK int person_entry_make(struct author *a, const struct person_entry *e, uint8_t urgency, uint64_t created,
                                 const uint8_t salt[RECORD_SALT_SIZE], uint8_t room[RECORD_SIZE_MAX],
                                 struct record *out);
MUST_CHECK int person_note_make(struct author *a, const struct person_note *n, uint8_t urgency, uint64_t created,
                                const uint8_t salt[RECORD_SALT_SIZE], uint8_t room[RECORD_SIZE_MAX],
                                struct record *out);
MUST_CHECK int person_link_make(struct author *a, const struct person_link *l, uint64_t created,
                                const uint8_t salt[RECORD_SALT_SIZE], uint8_t room[RECORD_SIZE_MAX],
                                struct record *out);

/* Return how many bytes a text of an entry or a note may have, and whether it may have lines. */
size_t person_entry_text_max(enum person_entry_text which, bool *lines);
size_t person_note_text_max(enum person_note_text which, bool *lines);

#endif
