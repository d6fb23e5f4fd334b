/*
 * crypto_sodium.c: the core's cryptography by libsodium. The program calls sodium_init() once before any of these.
 */
#include <assert.h>
#include <sodium.h>

#include "core/crypto.h"

_Static_assert(crypto_generichash_BYTES == HASH_SIZE, "BLAKE2b-256");
_Static_assert(crypto_sign_SECRETKEYBYTES == SECRET_SIZE, "Ed25519 secret");
_Static_assert(crypto_sign_BYTES == SIGNATURE_SIZE, "Ed25519 signature");

void crypto_digest(uint8_t out[HASH_SIZE], const uint8_t *data, size_t size) {
    int err = crypto_generichash(out, HASH_SIZE, data, size, NULL, 0);
    assert(err == 0);
    (void)err;
}

void crypto_digest_keyed(uint8_t out[HASH_SIZE], const uint8_t *key, size_t key_size, const uint8_t *data,
                         size_t size) {
    assert(key_size >= crypto_generichash_KEYBYTES_MIN && key_size <= crypto_generichash_KEYBYTES_MAX);
    int err = crypto_generichash(out, HASH_SIZE, data, size, key, key_size);
    assert(err == 0);
    (void)err;
}

void crypto_keypair(uint8_t public_key[KEY_SIZE], uint8_t secret[SECRET_SIZE], const uint8_t seed[SEED_SIZE]) {
    int err = crypto_sign_seed_keypair(public_key, secret, seed);
    assert(err == 0);
    (void)err;
}

void crypto_sign_make(uint8_t signature[SIGNATURE_SIZE], const uint8_t *data, size_t size,
                      const uint8_t secret[SECRET_SIZE]) {
    int err = crypto_sign_detached(signature, NULL, data, size, secret);
    assert(err == 0);
    (void)err;
}

int crypto_sign_check(const uint8_t signature[SIGNATURE_SIZE], const uint8_t *data, size_t size,
                      const uint8_t public_key[KEY_SIZE]) {
    return crypto_sign_verify_detached(signature, data, size, public_key) == 0 ? 0 : ERR_SIGNATURE;
}

void crypto_wipe(void *memory, size_t size) {
    sodium_memzero(memory, size);
}
