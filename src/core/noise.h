/*
 * noise.h: the handshake Noise_NN_25519_ChaChaPoly_BLAKE2b of the Noise Protocol Framework, revision 34.
 *
 * Two messages, both sides with a fresh key each and nothing lasting:
 *
 *     -> e             the initiator's: 32 bytes ‖ payload in clear
 *     <- e, ee         the responder's: 32 bytes ‖ sealed payload (16 bytes more than the payload)
 *
 * It keeps out whoever only listens, and proves nothing about who the other side is (doc/decisions/channel.md). After
 * both messages noise_split gives the keys of the two directions and the handshake hash.
 *
 * A call that fails changes nothing: the same step may be tried again with other bytes. Whoever drops a handshake calls
 * noise_wipe; noise_split wipes by itself.
 */
#ifndef CORE_NOISE_H
#define CORE_NOISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/limits.h"

enum noise_step {
    NOISE_OVER, /* split or wiped; what memory of zeros means too */
    NOISE_FIRST,
    NOISE_SECOND,
    NOISE_DONE, /* ready to be split */
};

/* The caller's memory, to be treated as opaque but for step, which may be read. Holds secrets. */
struct noise {
    enum noise_step step;
    bool initiator;
    uint8_t hash[HASH_LONG_SIZE];     /* h */
    uint8_t chaining[HASH_LONG_SIZE]; /* ck */
    uint8_t secret[KEY_SIZE];         /* e: the own fresh secret */
    uint8_t remote[KEY_SIZE];         /* re: the other side's fresh public key */
};

/*
 * Begin a handshake. prologue is what both sides must agree on beforehand; with another one the second message is
 * refused. secret is 32 random bytes for this handshake alone; it is copied, and the caller wipes its own.
 */
void noise_init(struct noise *n, bool initiator, const uint8_t *prologue, size_t prologue_size,
                const uint8_t secret[KEY_SIZE]);

/*
 * Write the next message with size bytes of payload (NULL if none) to out, which must not overlap the payload. Return
 * the message's size: KEY_SIZE + size for the first, SEAL_SIZE more for the second; or ERR_USAGE if it is not this
 * side's turn, ERR_LIMIT if the message would have more than NOISE_MESSAGE_MAX bytes, ERR_SPACE, ERR_FIELD if the other
 * side's key is of small order. With an error nothing was written.
 */
MUST_CHECK int noise_write(struct noise *n, const uint8_t *payload, size_t size, uint8_t *out, size_t out_max);

/*
 * Read the other side's next message and write its payload to out (NULL if out_max is 0), which must not overlap the
 * message. Return the payload's size, or ERR_USAGE if it is not the other side's turn, ERR_TRUNCATED, ERR_LIMIT,
 * ERR_SPACE, ERR_FIELD if the key in it is of small order, ERR_SEAL if it was changed or belongs to another handshake.
 * With an error nothing was written. A first message proves nothing and is refused for its size alone.
 */
MUST_CHECK int noise_read(struct noise *n, const uint8_t *message, size_t size, uint8_t *out, size_t out_max);

/*
 * End a handshake: give the key to seal with, the key to open with (the caller wipes both) and the handshake hash,
 * which both sides and nobody between them have the same, and wipe n. Return 0, or ERR_USAGE if it is not done.
 */
MUST_CHECK int noise_split(struct noise *n, uint8_t send_key[KEY_SIZE], uint8_t receive_key[KEY_SIZE],
                           uint8_t handshake_hash[HASH_LONG_SIZE]);

/* Overwrite everything. */
void noise_wipe(struct noise *n);

/* Write a counter as Noise's ChaChaPoly does (section 12.3): 4 zero bytes ‖ u64, little-endian. */
void noise_nonce(uint8_t nonce[NONCE_SIZE], uint64_t counter);

/* Replace a key by REKEY of it (section 4.2); from the new one nobody finds the old. */
void noise_rekey(uint8_t key[KEY_SIZE]);

#endif
