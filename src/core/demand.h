/*
 * demand.h: what people demand together: wordings, signed support, what coordinators and assemblies say, counts of
 * hands or of papers, and the roll of those who are asked.
 *
 *   wording (kind 56) = no reference: a new demand, or one reference target: other words for that demand; fields: 1
 * text, 2 the byte 1 if a guest of a point wrote it act     (kind 58) = one reference target: the demand; one reference
 * object, of support, put, ratified and rejected: the wording that is meant, of merge: the demand that it goes into;
 * fields: 1 which, 2 note, 3 of number alone: the number tally   (kind 60) = one reference target: the demand, one
 * reference object: the wording; fields: 1 way, 2 in favour, 3 against, 4 abstained, 5 present, 6 when, 7 where, 8 the
 * hash of a photo of the board or paper, 9 note. What is missing is 0 or not known; one of 2, 3 and 4 is there roll
 * (kind 62) = no reference; fields: 1 what it is called, 2 n × key (32), ascending, each once
 *
 * The first wording of a demand is the demand itself: its id stands for both. Support names a wording, so nobody is
 * counted for words that came later.
 */
#ifndef CORE_DEMAND_H
#define CORE_DEMAND_H

#include "core/author.h"

struct demand {
    const uint8_t *of; /* borrowed, or NULL of a new one */
    const char *text;  /* borrowed, not ended by a zero */
    size_t size;
    bool guest;
};

enum demand_act_type {
    DEMAND_SUPPORT = 1,
    DEMAND_WITHDRAW, /* one's support */
    DEMAND_NUMBER,   /* by coordinators alone from here on: what it is called when it is read out */
    DEMAND_MERGE,    /* it goes into another */
    DEMAND_SPLIT,    /* after all not */
    DEMAND_PUT,      /* to the assembly */
    DEMAND_RATIFIED,
    DEMAND_REJECTED,
    DEMAND_ANSWERED /* by those of whom it is demanded; the note says what */
};
#define DEMAND_ACT_MAX DEMAND_ANSWERED

struct demand_act {
    uint8_t type;          /* enum demand_act_type */
    const uint8_t *target; /* HASH_SIZE, borrowed */
    const uint8_t *object; /* HASH_SIZE, borrowed, or NULL */
    uint32_t number;
    const char *note; /* borrowed */
    size_t note_size;
};

enum demand_way { DEMAND_HANDS = 1, DEMAND_PAPER = 2 };

struct demand_tally {
    const uint8_t *target, *object; /* borrowed */
    uint8_t way;                    /* enum demand_way */
    uint32_t in_favour, against, abstained, present;
    uint64_t when; /* seconds, 0 if it is not said */
    char place[DEMAND_PLACE_MAX + 1];
    const uint8_t *photo; /* HASH_SIZE, borrowed, or NULL */
    const char *note;     /* borrowed */
    size_t note_size;
};

struct demand_roll {
    char title[DEMAND_ROLL_TITLE_MAX + 1];
    size_t count;
    const uint8_t *keys; /* count × KEY_SIZE, borrowed */
};

/* Tell whether an act of this type has an object. */
bool demand_act_names(uint8_t type);

/* Read the body of a record of one of the kinds. Errors: ERR_FIELD (another kind, a stub, references or a field out of
 * place), ERR_UNSUPPORTED (an unknown field below FIELDS_OPTIONAL), ERR_LIMIT, ERR_TEXT, ERR_TIME, as fields_next. */
MUST_CHECK int demand_decode(struct demand *out, const struct record *r);
MUST_CHECK int demand_act_decode(struct demand_act *out, const struct record *r);
MUST_CHECK int demand_tally_decode(struct demand_tally *out, const struct record *r);
MUST_CHECK int demand_roll_decode(struct demand_roll *out, const struct record *r);

/* Check a record of one of the kinds, for admission; of a stub what its header says. */
MUST_CHECK int demand_check(const struct record *r);

/* Tell whether a kind is one of them. */
static inline bool demand_is_kind(uint32_t kind) {
    return kind == KIND_DEMAND || kind == KIND_DEMAND_ACT || kind == KIND_TALLY || kind == KIND_ROLL;
}

/* Make one. Return as author_text; errors also as decoding. */
MUST_CHECK int demand_make(struct author *a, const struct demand *demand, uint64_t created,
                           const uint8_t salt[RECORD_SALT_SIZE], uint8_t room[RECORD_SIZE_MAX], struct record *out);
MUST_CHECK int demand_act_make(struct author *a, const struct demand_act *act, uint64_t created,
                               const uint8_t salt[RECORD_SALT_SIZE], uint8_t room[RECORD_SIZE_MAX], struct record *out);
MUST_CHECK int demand_tally_make(struct author *a, const struct demand_tally *tally, uint64_t created,
                                 const uint8_t salt[RECORD_SALT_SIZE], uint8_t room[RECORD_SIZE_MAX],
                                 struct record *out);
MUST_CHECK int demand_roll_make(struct author *a, const struct demand_roll *roll, uint64_t created,
                                const uint8_t salt[RECORD_SALT_SIZE], uint8_t room[RECORD_SIZE_MAX],
                                struct record *out);

#endif
