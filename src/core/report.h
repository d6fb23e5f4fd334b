/*
 * report.h: what happens where, and what others say of it.
 *
 *   report (kind 52) = a reference target, if it stands on a text message; a reference corrects, if it takes the place
 * of an own report; no others. Fields: 1 type (1 byte, enum report_type), 2 what (1 byte, enum report_what), 3 another
 *     word for that (one line), 4 text (with lines), 5 district (one line), 6 landmark (one line), 7 point (latitude +
 *     90000 varint ‖ longitude + 180000 varint, in thousandths of a degree), 8 when it happened (varint, seconds), 9
 *     until when it holds (varint, seconds), 10 ground (1 byte, enum report_ground), 11 origin (1 byte, 1: written by a
 *     guest of a point), 12 of asked: who was asked (one line)
 *   word (kind 54)   = a reference target: a report, or a text message; a reference object, if it is about a correction
 *     of that one; no others. Fields: 1 which (1 byte, enum report_say), 2 ground (1 byte), 3 text (with lines), 4 when
 *     the author was there (varint, seconds), 5 origin (1 byte, 1)
 *
 * Type, what and ground are always there; of a warning until, of asked who was asked. A word that confirms or denies
 * has a ground, one that adds or answers a text. A photo or a voice belongs to the message that a report stands on.
 * Nothing finer than a hundred metres can be said, and there is no field for who did it.
 */
#ifndef CORE_REPORT_H
#define CORE_REPORT_H

#include "core/author.h"

enum report_type {
    REPORT_PLAIN = 1,
    REPORT_WARNING,
    REPORT_ASKED, /* the authorities were asked something; words answer */
    REPORT_TYPE_MAX = REPORT_ASKED
};

enum report_what {
    REPORT_CURFEW = 1,
    REPORT_CHECKPOINT,
    REPORT_DANGER, /* here */
    REPORT_ROAD,   /* closed */
    REPORT_SHOOTING,
    REPORT_FIRE,
    REPORT_ARRESTS,
    REPORT_OUTAGE, /* no light, water, heat, connection */
    REPORT_OTHER,
    REPORT_WHAT_MAX = REPORT_OTHER
};

enum report_ground {
    REPORT_SAW = 1,
    REPORT_TOLD,
    REPORT_PAPER /* an official one */,
    REPORT_GROUND_MAX = REPORT_PAPER
};

struct report {
    uint8_t type, what, ground; /* enum report_type, report_what, report_ground */
    bool guest, has_point;
    int32_t latitude, longitude; /* thousandths of a degree, north and east */
    uint64_t when, until;        /* 0: not said; until is not before when */
    const char *text;            /* borrowed from the record as all pointers, not zero-terminated; may be empty */
    size_t size;
    const uint8_t *message;  /* HASH_SIZE bytes: the text message that it stands on, or NULL */
    const uint8_t *corrects; /* the own report whose place it takes, or NULL */
    char word[REPORT_WORD_MAX + 1], district[REPORT_DISTRICT_MAX + 1], place[REPORT_PLACE_MAX + 1],
        whom[REPORT_WHOM_MAX + 1];
};

enum report_say {
    REPORT_CONFIRM = 1,
    REPORT_DENY,
    REPORT_ADD,
    REPORT_ANSWER, /* what the authorities said */
    REPORT_SAY_MAX = REPORT_ANSWER
};

struct report_word {
    uint8_t say, ground; /* enum report_say, report_ground; ground 0: not said */
    bool guest;
    uint64_t when;         /* 0: not said */
    const uint8_t *target; /* borrowed as all that follows */
    const uint8_t *about;  /* the correction of the target that was seen, or NULL: its first words */
    const char *text;      /* not zero-terminated */
    size_t size;
};

/* Read one. Errors: ERR_FIELD (a stub, another kind, references or fields that are missing, stand twice, do not go
 * together or are out of range), ERR_LIMIT, ERR_TEXT, ERR_TIME (beyond TIME_MAX, until before when), ERR_POINT (not on
 * the earth), ERR_UNSUPPORTED (an unknown field below FIELDS_OPTIONAL), as fields_next. */
MUST_CHECK int report_decode(struct report *out, const struct record *r);
MUST_CHECK int report_word_decode(struct report_word *out, const struct record *r);

bool report_is_kind(uint32_t kind);

/* Check a record of either kind, for admission; of a stub what its header says. Errors as above. */
MUST_CHECK int report_check(const struct record *r);

/* Make one. Return as author_text; errors as decoding gives. */
MUST_CHECK int report_make(struct author *a, const struct report *report, uint8_t urgency, uint64_t created,
                           const uint8_t salt[RECORD_SALT_SIZE], uint8_t room[RECORD_SIZE_MAX], struct record *out);
MUST_CHECK int report_word_make(struct author *a, const struct report_word *word, uint8_t urgency, uint64_t created,
                                const uint8_t salt[RECORD_SALT_SIZE], uint8_t room[RECORD_SIZE_MAX],
                                struct record *out);

#endif
