/*
 * person.h: the keys of a person. One random seed a device; every community sees another key derived from it, so that
 * who carries records of two communities cannot tell that one person writes in both.
 */
#ifndef CORE_PERSON_H
#define CORE_PERSON_H

#include <stdbool.h>
#include <stdint.h>

#include "core/limits.h"

struct charter;

/* A key pair. The owner wipes it with crypto_wipe when done. */
struct member {
    uint8_t key[KEY_SIZE];
    uint8_t secret[SECRET_SIZE];
};

/* Derive the key pair of the person within a community: seed of Ed25519 = BLAKE2b-256(key = seed, "longear member 1" ‖
 * community id). */
void person_member(struct member *out, const uint8_t seed[SEED_SIZE], const uint8_t community[HASH_SIZE]);

/*
 * Derive the key pair that founds a community, whose id does not exist yet: from "longear founder1" ‖ nonce. Use it
 * only for a charter whose author it is; person_in does.
 */
void person_founder(struct member *out, const uint8_t seed[SEED_SIZE], const uint8_t nonce[CHARTER_NONCE_SIZE]);

/*
 * Derive the key pair with which the person writes in the community of this charter: the founder's if the charter's
 * author is that key (nobody else can have signed it), else the member's.
 */
void person_in(struct member *out, const uint8_t seed[SEED_SIZE], const struct charter *charter);

/* Derive what names the person on this device alone: 16 bytes of BLAKE2b-256(key = seed, "longear person 1"). It enters
 * no record. */
#define PERSON_FINGERPRINT_SIZE 16
void person_fingerprint(uint8_t out[PERSON_FINGERPRINT_SIZE], const uint8_t seed[SEED_SIZE]);

/*
 * Write the handle of a key, for people to tell authors apart: its first 4 bytes as two proquints ("lusab-babad",
 * arXiv:0901.4016). 32 bits can be imitated by trying keys: a handle is for the eye, never for trust. out takes
 * HANDLE_SIZE bytes with the final zero.
 */
#define HANDLE_SIZE 12
void person_handle(char out[HANDLE_SIZE], const uint8_t key[KEY_SIZE]);

#endif
