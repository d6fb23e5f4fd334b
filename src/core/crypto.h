/*
 * crypto.h: the cryptography that the core takes from its host.
 *
 * The daemon and the tests link src/host/crypto_sodium.c (libsodium); the WebAssembly module imports these functions,
 * and nothing else, from its page. Nothing here allocates; what handles secrets says so.
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

/* Sign size bytes of data with Ed25519 (RFC 8032, pure, deterministic) by a secret of crypto_keypair. */
void crypto_sign_make(uint8_t signature[SIGNATURE_SIZE], const uint8_t *data, size_t size,
                      const uint8_t secret[SECRET_SIZE]);

/*
 * Check an Ed25519 signature as libsodium 1.0.18 does: S canonical, public key canonical and not of small order,
 * R not of small order, the equation without cofactor. Return 0 or ERR_SIGNATURE.
 */
MUST_CHECK int crypto_sign_check(const uint8_t signature[SIGNATURE_SIZE], const uint8_t *data, size_t size,
                                 const uint8_t public_key[KEY_SIZE]);

/*
 * BLAKE2b with 64 bytes of output and no key (RFC 7693) over first ‖ second; a part of no bytes may be NULL. Either may
 * be secret: no copy of it stays behind.
 */
void crypto_digest_long(uint8_t out[HASH_LONG_SIZE], const uint8_t *first, size_t first_size, const uint8_t *second,
                        size_t second_size);

/* Make the public key of an X25519 secret, any 32 bytes (RFC 7748; the secret is clamped here). */
void crypto_x25519_base(uint8_t public_key[KEY_SIZE], const uint8_t secret[KEY_SIZE]);

/*
 * Make the X25519 secret that two parties share (RFC 7748); the caller wipes it. Return 0, or ERR_FIELD if it is all
 * zeros, which a public key of small order leads to; shared then holds nothing of use.
 */
MUST_CHECK int crypto_x25519(uint8_t shared[KEY_SIZE], const uint8_t secret[KEY_SIZE],
                             const uint8_t public_key[KEY_SIZE]);

/*
 * Seal size bytes with ChaCha20-Poly1305 (RFC 8439): write size + SEAL_SIZE bytes, ciphertext ‖ tag. ad of ad_size
 * bytes is authenticated, not written. A nonce must never be used twice with one key. data may be out itself, but must
 * not overlap it otherwise; what has no bytes may be NULL.
 */
void crypto_seal(uint8_t *out, const uint8_t *data, size_t size, const uint8_t *ad, size_t ad_size,
                 const uint8_t nonce[NONCE_SIZE], const uint8_t key[KEY_SIZE]);

/*
 * Open what crypto_seal wrote: size bytes of ciphertext ‖ tag become size - SEAL_SIZE bytes. out may be sealed itself,
 * but must not overlap it otherwise. Return 0, or ERR_SEAL (also if size < SEAL_SIZE), and then nothing was written.
 */
MUST_CHECK int crypto_open(uint8_t *out, const uint8_t *sealed, size_t size, const uint8_t *ad, size_t ad_size,
                           const uint8_t nonce[NONCE_SIZE], const uint8_t key[KEY_SIZE]);

/* Overwrite secret memory in a way that the compiler keeps. */
void crypto_wipe(void *memory, size_t size);

#endif
