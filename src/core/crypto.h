/*
 * crypto.h: the cryptography that the core takes from its host.
 *
 * The daemon and the tests link src/host/crypto_sodium.c (libsodium); the WebAssembly module imports these functions,
 * and nothing else, from its page. Nothing here allocates, and only crypto_keypair and crypto_sign_make handle secrets.
 */
#ifndef CORE_CRYPTO_H
#define CORE_CRYPTO_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/limits.h"

/* BLAKE2b with 32 bytes of output and no key (RFC 7693). */
void crypto_digest(uint8_t out[HASH_SIZE], const uint8_t *data, size_t size);

/* BLAKE2b with 32 bytes of output, keyed (RFC 7693, section 2.9); key_size is 16 to 64 bytes. */
void crypto_digest_keyed(uint8_t out[HASH_SIZE], const uint8_t *key, size_t key_size, const uint8_t *data, size_t size);

/* Make the Ed25519 key pair of a seed (RFC 8032). secret is libsodium's form: seed followed by public key; the caller
 * wipes it. */
void crypto_keypair(uint8_t public_key[KEY_SIZE], uint8_t secret[SECRET_SIZE], const uint8_t seed[SEED_SIZE]);

/* Sign size bytes of data with Ed25519 (RFC 8032, pure, deterministic). */
void crypto_sign_make(uint8_t signature[SIGNATURE_SIZE], const uint8_t *data, size_t size,
                      const uint8_t secret[SECRET_SIZE]);

/*
 * Check an Ed25519 signature as libsodium 1.0.18 does: S canonical, public key canonical and not of small order,
 * R not of small order, the equation without cofactor. Return 0 or ERR_SIGNATURE.
 */
MUST_CHECK int crypto_sign_check(const uint8_t signature[SIGNATURE_SIZE], const uint8_t *data, size_t size,
                                 const uint8_t public_key[KEY_SIZE]);

/* Overwrite secret memory in a way that the compiler keeps. */
void crypto_wipe(void *memory, size_t size);

#endif
