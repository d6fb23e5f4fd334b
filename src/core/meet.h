/*
 * meet.h: two people who stand together make sure of each other's key over a way that anybody may sit on: each device
 * shows the same three words, or somebody is in between.
 *
 * Fresh X25519 keys are agreed with a commitment before them, as ZRTP does (RFC 6189, section 4.4.1.1; the proof:
 * Vaudenay, "Secure Communications over Insecure Channels Based on Short Authenticated Strings", 2005); what each is in
 * the community then goes sealed under them, so that who carries the messages without changing them learns no key.
 *
 *   1  first to second   0x01 ‖ C (32)                     C = H("longear meet   1" ‖ community ‖ a)
 *   2  second to first   0x02 ‖ b (32)
 *   3  first to second   0x03 ‖ a (32) ‖ sealed card (176)
 *   4  second to first   0x04 ‖ sealed card (176)
 *
 *   T      = H("longear meet   2" ‖ community ‖ C ‖ b ‖ a)
 *   words  = the first 6 bytes of H("longear meet   3" ‖ T): three words of 16 bits (person_handle's)
 *   key(r) = H(X25519(a, b); "longear meet   4" ‖ T ‖ r)                 r = 1: of the first one's card, 2: the
 * second's card   = key (32) ‖ signature (64) ‖ n (1) ‖ name (n) ‖ zeros (63 - n), sealed under key(r) with nonce zero
 *   signature = Ed25519 by key over "longear meet   5" ‖ T ‖ r ‖ n ‖ name
 *
 * Who sits in between has to fix what decides over one side's words before seeing what decides over the other's: they
 * are the same with a chance of 2^-48, once a meeting that people begin by hand. (Cards are not in the words: they are
 * chosen last, and could be tried until the words fit.)
 */
#ifndef CORE_MEET_H
#define CORE_MEET_H

#include <stdbool.h>

#include "core/person.h"
#include "core/record.h"

enum meet_role { MEET_FIRST = 1, MEET_SECOND = 2 };

enum meet_state {
    MEET_SEND_COMMIT, /* the first one: 1 is to be sent … */
    MEET_WAIT_ANSWER,
    MEET_SEND_REVEAL,
    MEET_WAIT_CARD,
    MEET_WAIT_COMMIT, /* the second one */
    MEET_SEND_ANSWER,
    MEET_WAIT_REVEAL,
    MEET_SEND_CARD,
    MEET_DONE,
    MEET_FAILED /* for good: a meeting is tried once */
};

/* One side. Holds secrets: the owner wipes it by meet_end. */
struct meet {
    uint8_t state, role; /* enum meet_state, enum meet_role */
    uint8_t community[HASH_SIZE];
    struct member member;
    char name[MEET_NAME_MAX + 1];
    uint8_t secret[KEY_SIZE], own[KEY_SIZE], other[KEY_SIZE]; /* the fresh keys */
    uint8_t commitment[HASH_SIZE], transcript[HASH_SIZE], shared[KEY_SIZE];
    uint8_t other_key[KEY_SIZE]; /* once MEET_DONE: who the other one is */
    char other_name[MEET_NAME_MAX + 1];
};

/*
 * Begin. member: the key pair in this community; name: what one calls oneself, or ""; secret: 32 random bytes, used for
 * nothing else. Errors: ERR_LIMIT, ERR_TEXT (the name).
 */
MUST_CHECK int meet_begin(struct meet *m, enum meet_role role, const uint8_t community[HASH_SIZE],
                          const struct member *member, const char *name, const uint8_t secret[KEY_SIZE]);

/* Write the next message. Return its size, or 0 if it is not this side's turn. */
size_t meet_send(struct meet *m, uint8_t out[MEET_MESSAGE_MAX]);

/*
 * Take a message. Errors, after each of which the meeting has failed for good: ERR_USAGE (not this side's turn to
 * listen), ERR_FIELD (another message, a key of small order, one's own key), ERR_TRUNCATED, ERR_TRAILING, ERR_HASH
 * (does not fit the commitment: changed on the way, or made for another community), ERR_SEAL, ERR_LIMIT, ERR_TEXT,
 * ERR_SIGNATURE.
 */
MUST_CHECK int meet_recv(struct meet *m, const uint8_t *data, size_t size);

/* Return the number of the message that is to be sent or waited for, 1 to 4; 0 when it is over. *sends: which of both.
 */
unsigned meet_turn(const struct meet *m, bool *sends);

/* The words' bytes; only once MEET_DONE. */
#define MEET_WORDS_SIZE (2 * MEET_WORDS)
void meet_words(const struct meet *m, uint8_t out[MEET_WORDS_SIZE]);

/* Write the words: "lusab babad gutih", with a final zero; in Cyrillic letters of the same sounds if cyrillic. */
#define MEET_WORDS_TEXT (MEET_WORDS * 11 + 1)
void meet_words_text(char out[MEET_WORDS_TEXT], const uint8_t words[MEET_WORDS_SIZE], bool cyrillic);

void meet_end(struct meet *m);

#endif
