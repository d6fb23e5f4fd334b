/*
 * seal.h: sealing with a commitment to the key: a box opens under one key and under no other, whoever made it, so that
 * nobody can make one that two people read differently (Albertini et al., "How to Abuse and Fix Authenticated
 * Encryption Without Key Commitment", 2022).
 *
 *   box             = nonce (24) ‖ commitment (32) ‖ ChaCha20-Poly1305(plain) with its tag (16)
 *   commitment ‖ k  = BLAKE2b-512(key (32) ‖ "longear seal   1" ‖ nonce)
 *
 * k seals once (RFC 8439, nonce zero). Who holds many keys finds the right one by its commitment, at the cost of one
 * hash a key.
 */
#ifndef CORE_SEAL_H
#define CORE_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/limits.h"

/*
 * Seal size bytes under key into out, which has room for size + BOX_OVERHEAD bytes and overlaps nothing. ad is
 * authenticated with it and not written. The nonce is random, or never used twice with one key and other content.
 */
void seal_make(uint8_t *out, const uint8_t *plain, size_t size, const uint8_t *ad, size_t ad_size,
               const uint8_t nonce[BOX_NONCE_SIZE], const uint8_t key[KEY_SIZE]);

/*
 * Open a box of size bytes into out, which has room for size - BOX_OVERHEAD bytes. Return how many came out, or
 * ERR_SEAL: another key, or changed bytes; out then holds nothing of use. Nothing tells which.
 */
MUST_CHECK int seal_open(uint8_t *out, const uint8_t *box, size_t size, const uint8_t *ad, size_t ad_size,
                         const uint8_t key[KEY_SIZE]);

/*
 * Wrap plain for one X25519 key, or open what was wrapped: the box's key is H(shared secret; "longear letter 1" ‖
 * ephemeral ‖ recipient), and the ephemeral key stands before the box. ephemeral is the secret half, random and used
 * once. seal_to writes size + KEY_SIZE + BOX_OVERHEAD bytes. Errors: ERR_FIELD (a key of small order), ERR_SEAL.
 */
MUST_CHECK int seal_to(uint8_t *out, const uint8_t *plain, size_t size, const uint8_t recipient[KEY_SIZE],
                       const uint8_t ephemeral[KEY_SIZE], const uint8_t nonce[BOX_NONCE_SIZE]);
MUST_CHECK int seal_open_to(uint8_t *out, const uint8_t *bytes, size_t size, const uint8_t secret[KEY_SIZE]);

#endif
