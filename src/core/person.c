/*
 * person.c: derive a person's keys from one seed, by keyed BLAKE2b with a domain string each.
 */
#include "core/person.h"

#include <string.h>

#include "core/charter.h"
#include "core/check.h"
#include "core/crypto.h"

#define DOMAIN_SIZE 16
static const uint8_t domain_member[DOMAIN_SIZE] = "longear member 1";
static const uint8_t domain_founder[DOMAIN_SIZE] = "longear founder1";
static const uint8_t domain_person[DOMAIN_SIZE] = "longear person 1";

static void derive(struct member *out, const uint8_t seed[SEED_SIZE], const uint8_t domain[DOMAIN_SIZE],
                   const uint8_t *context, size_t context_size) {
    uint8_t message[DOMAIN_SIZE + HASH_SIZE], key_seed[HASH_SIZE];
    CHECK(context_size <= HASH_SIZE);
    memcpy(message, domain, DOMAIN_SIZE);
    memcpy(message + DOMAIN_SIZE, context, context_size);
    crypto_digest_keyed(key_seed, seed, SEED_SIZE, message, DOMAIN_SIZE + context_size);
    crypto_keypair(out->key, out->secret, key_seed);
    crypto_wipe(key_seed, sizeof key_seed);
}

void person_member(struct member *out, const uint8_t seed[SEED_SIZE], const uint8_t community[HASH_SIZE]) {
    derive(out, seed, domain_member, community, HASH_SIZE);
}

void person_founder(struct member *out, const uint8_t seed[SEED_SIZE], const uint8_t nonce[CHARTER_NONCE_SIZE]) {
    derive(out, seed, domain_founder, nonce, CHARTER_NONCE_SIZE);
}

void person_in(struct member *out, const uint8_t seed[SEED_SIZE], const struct charter *charter) {
    person_founder(out, seed, charter->nonce);
    if (memcmp(out->key, charter->author, KEY_SIZE) != 0) person_member(out, seed, charter->community);
}

void person_fingerprint(uint8_t out[PERSON_FINGERPRINT_SIZE], const uint8_t seed[SEED_SIZE]) {
    uint8_t digest[HASH_SIZE];
    crypto_digest_keyed(digest, seed, SEED_SIZE, domain_person, DOMAIN_SIZE);
    memcpy(out, digest, PERSON_FINGERPRINT_SIZE);
    crypto_wipe(digest, sizeof digest);
}

void person_handle(char out[HANDLE_SIZE], const uint8_t key[KEY_SIZE]) {
    static const char consonants[] = "bdfghjklmnprstvz", vowels[] = "aiou";
    for (size_t word = 0; word < 2; word++) {
        unsigned bits = (unsigned)key[2 * word] << 8 | key[2 * word + 1];
        char *at = out + 6 * word;
        at[0] = consonants[bits >> 12 & 15];
        at[1] = vowels[bits >> 10 & 3];
        at[2] = consonants[bits >> 6 & 15];
        at[3] = vowels[bits >> 4 & 3];
        at[4] = consonants[bits & 15];
        at[5] = word == 0 ? '-' : '\0';
    }
}
