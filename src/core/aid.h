/*
 * aid.h: needs and offers, and what is done about them.
 *
 *   entry (kind 40) = no references; fields: 1 type (1 byte: 1 need, 2 offer), 2 what it is about (1 byte, enum
 *     aid_what), 3 another word for that (one line), 4 text (with lines), 5 amount (varint), 6 its unit (one line),
 *     7 district (one line), 8 public place to hand over (one line), 9 until when (varint, seconds), 10 how many
 *     helpers (varint, 1 if it is missing), 11 origin (1 byte, 1: written by a guest of a point)
 *   act (kind 42)   = reference target: the entry; of accept and refuse a reference object: the take; fields: 1 which
 *     (1 byte, enum aid_act_type), 2 note (with lines), of take 3 an X25519 key (32), of accept 4 what is sealed to the
 *     key of that take (seal_to)
 *
 * Type, what and which are always there; what else is missing was not said. A district and a public place stand in the
 * open; the exact place, or a telephone number, goes with accept to the one helper who was accepted, under a key that
 * was made for this take.
 */
#ifndef CORE_AID_H
#define CORE_AID_H

#include "core/author.h"

enum aid_type { AID_NEED = 1, AID_OFFER = 2 };

enum aid_what {
    AID_FOOD = 1,
    AID_WATER,
    AID_MEDICINE,
    AID_BLOOD,
    AID_CARE, /* for the wounded */
    AID_TRANSPORT,
    AID_SHELTER,
    AID_WARMTH,
    AID_CASH,
    AID_CHARGING, /* a phone */
    AID_LEGAL,
    AID_CALL, /* a telephone call to make, where a line still works */
    AID_SEARCH,
    AID_OTHER,
    AID_WHAT_MAX = AID_OTHER
};

struct aid {
    uint8_t type, what; /* enum aid_type, aid_what */
    bool guest;
    uint8_t helpers;  /* at least 1 */
    uint32_t amount;  /* 0: not said */
    uint64_t until;   /* 0: not said */
    const char *text; /* borrowed from the record, not zero-terminated; may be empty */
    size_t size;
    char word[AID_WORD_MAX + 1], unit[AID_UNIT_MAX + 1], district[AID_DISTRICT_MAX + 1], place[AID_PLACE_MAX + 1];
};

enum aid_act_type {
    AID_TAKE = 1, /* I do it */
    AID_BACK,     /* the taker: not any more */
    AID_ACCEPT,   /* the entry's author: yes, you */
    AID_REFUSE,   /* the entry's author: not you */
    AID_DONE,     /* its author, or a taker */
    AID_REOPEN,   /* its author: not done after all */
    AID_ACT_MAX = AID_REOPEN
};

#define AID_BOX_MAX (AID_SEALED_MAX + KEY_SIZE + BOX_OVERHEAD)

struct aid_act {
    uint8_t type;          /* enum aid_act_type */
    const uint8_t *target; /* HASH_SIZE bytes, borrowed as all that follows */
    const uint8_t *take;   /* of accept and refuse, else NULL */
    const uint8_t *key;    /* of take: KEY_SIZE bytes */
    const uint8_t *sealed; /* of accept; NULL: nothing */
    size_t sealed_size;    /* at most AID_BOX_MAX */
    const char *note;      /* not zero-terminated */
    size_t note_size;
};

/* Read one. Errors: ERR_FIELD (a stub, another kind, references or fields that are missing, stand twice or are out of
 * range), ERR_LIMIT, ERR_TEXT, ERR_TIME (until beyond TIME_MAX), ERR_UNSUPPORTED (an unknown field below
 * FIELDS_OPTIONAL), as fields_next. */
MUST_CHECK int aid_decode(struct aid *out, const struct record *r);
MUST_CHECK int aid_act_decode(struct aid_act *out, const struct record *r);

/* Check a record of either kind, for admission; of a stub what its header says. Errors as above. */
MUST_CHECK int aid_check(const struct record *r);

/* Make one. Return as author_text; errors as decoding gives. */
MUST_CHECK int aid_make(struct author *a, const struct aid *aid, uint8_t urgency, uint64_t created,
                        const uint8_t salt[RECORD_SALT_SIZE], uint8_t room[RECORD_SIZE_MAX], struct record *out);
MUST_CHECK int aid_act_make(struct author *a, const struct aid_act *act, uint8_t urgency, uint64_t created,
                            const uint8_t salt[RECORD_SALT_SIZE], uint8_t room[RECORD_SIZE_MAX], struct record *out);

#endif
