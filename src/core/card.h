/*
 * card.h: a card that a person makes in advance, for the day on which their phone is in other hands.
 *
 *   line       = "longear-card:" ‖ base32(bytes ‖ check (5))     check = the first 5 bytes of H("longear card   1" ‖
 * bytes) bytes      = 0x01 ‖ purpose (1) ‖ community (32) ‖ key (32) ‖ seed (32) commitment = BLAKE2b-256("longear card
 * 2" ‖ purpose (1) ‖ community ‖ key ‖ card's key (32))
 *
 * The card's key is the Ed25519 key of its random seed. The phone that makes a card forgets the seed; what the person
 * publishes is the commitment, in a record of kind card: so it is known by the chain of the person's records that the
 * card is older than the last trusted one, and whoever holds the phone cannot make another that counts.
 *
 *   card record = no references; fields: 1 commitments (n × 32, 1 to CARD_COMMITMENTS_MAX)
 */
#ifndef CORE_CARD_H
#define CORE_CARD_H

#include "core/author.h"

#define CARD_FREEZE 1 /* left with friends: its holder may freeze the key */
#define CARD_ANSWER 2 /* kept in a safe place, not on the phone: says that the person is there */

struct card {
    uint8_t purpose;
    uint8_t community[HASH_SIZE], key[KEY_SIZE]; /* whose card it is, and where */
    uint8_t seed[SEED_SIZE];                     /* secret: the owner wipes it */
};

/* Write the line with its final zero. Return its length. */
MUST_CHECK int card_encode(const struct card *c, char out[CARD_CHARS_MAX + 1]);

/* Tell whether a text begins as a card does, white space and case aside. */
bool card_is(const char *text, size_t length);

/* Read a line; white space in it and capital letters are passed over. Errors: ERR_NOT_CARD (another beginning),
 * ERR_LIMIT, ERR_CHECKSUM, ERR_VERSION, ERR_TRUNCATED, ERR_TRAILING, ERR_FIELD (an unknown purpose), ERR_TEXT. After
 * one, *out holds nothing of use. */
MUST_CHECK int card_decode(struct card *out, const char *text, size_t length);

/* Compute the commitment to the card's public key. */
void card_commitment(uint8_t out[HASH_SIZE], uint8_t purpose, const uint8_t community[HASH_SIZE],
                     const uint8_t key[KEY_SIZE], const uint8_t card_key[KEY_SIZE]);

/* What a record of kind card commits to; borrowed from its body. */
struct card_commitments {
    size_t count;
    const uint8_t *list; /* count × HASH_SIZE */
};

/* Read a record of kind card. Errors: ERR_FIELD, ERR_LIMIT, ERR_UNSUPPORTED, as fields_next. */
MUST_CHECK int card_record_decode(struct card_commitments *out, const struct record *r);

/* Make one. Return as author_text; ERR_LIMIT if there are too many or none. */
MUST_CHECK int card_record_make(struct author *a, const struct card_commitments *commitments, uint64_t created,
                                const uint8_t salt[RECORD_SALT_SIZE], uint8_t room[RECORD_SIZE_MAX],
                                struct record *out);

#endif
