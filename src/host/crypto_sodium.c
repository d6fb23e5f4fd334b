/*
 * crypto_sodium.c: the core's cryptography by libsodium. The program calls sodium_init() once before any of these.
 */
#include <assert.h>
#include <sodium.h>

#include "core/crypto.h"

_Static_assert(crypto_generichash_BYTES == HASH_SIZE, "BLAKE2b-256");
_Static_assert(crypto_sign_SECRETKEYBYTES == SECRET_SIZE, "Ed25519 secret");
_Static_assert(crypto_sign_BYTES == SIGNATURE_SIZE, "Ed25519 signature");
_Static_assert(crypto_generichash_BYTES_MAX == HASH_LONG_SIZE, "BLAKE2b-512");
_Static_assert(crypto_scalarmult_BYTES == KEY_SIZE && crypto_scalarmult_SCALARBYTES == KEY_SIZE, "X25519");
_Static_assert(crypto_aead_chacha20poly1305_ietf_KEYBYTES == KEY_SIZE, "ChaCha20-Poly1305 key");
_Static_assert(crypto_aead_chacha20poly1305_ietf_NPUBBYTES == NONCE_SIZE, "ChaCha20-Poly1305 nonce");
_Static_assert(crypto_aead_chacha20poly1305_ietf_ABYTES == SEAL_SIZE, "ChaCha20-Poly1305 tag");

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

void crypto_digest_long(uint8_t out[HASH_LONG_SIZE], const uint8_t *first, size_t first_size, const uint8_t *second,
                        size_t second_size) {
    crypto_generichash_state state;
    int err = crypto_generichash_init(&state, NULL, 0, HASH_LONG_SIZE);
    if (err == 0) err = crypto_generichash_update(&state, first, first_size);
    if (err == 0) err = crypto_generichash_update(&state, second, second_size);
    if (err == 0) err = crypto_generichash_final(&state, out, HASH_LONG_SIZE);
    sodium_memzero(&state, sizeof state);
    assert(err == 0);
    (void)err;
}

void crypto_x25519_base(uint8_t public_key[KEY_SIZE], const uint8_t secret[KEY_SIZE]) {
    int err = crypto_scalarmult_base(public_key, secret);
    assert(err == 0);
    (void)err;
}

int crypto_x25519(uint8_t shared[KEY_SIZE], const uint8_t secret[KEY_SIZE], const uint8_t public_key[KEY_SIZE]) {
    return crypto_scalarmult(shared, secret, public_key) == 0 ? 0 : ERR_FIELD;
}

void crypto_seal(uint8_t *out, const uint8_t *data, size_t size, const uint8_t *ad, size_t ad_size,
                 const uint8_t nonce[NONCE_SIZE], const uint8_t key[KEY_SIZE]) {
    int err = crypto_aead_chacha20poly1305_ietf_encrypt(out, NULL, data, size, ad, ad_size, NULL, nonce, key);
    assert(err == 0);
    (void)err;
}

/* libsodium's own decryption zeroes the output when the tag does not fit. Here the tag is checked first (no output is
 * libsodium's way to ask for that alone), then RFC 8439's stream from block 1 gives the plain text: the same work. */
int crypto_open(uint8_t *out, const uint8_t *sealed, size_t size, const uint8_t *ad, size_t ad_size,
                const uint8_t nonce[NONCE_SIZE], const uint8_t key[KEY_SIZE]) {
    if (size < SEAL_SIZE) return ERR_SEAL;
    const size_t plain_size = size - SEAL_SIZE;
    if (crypto_aead_chacha20poly1305_ietf_decrypt_detached(NULL, NULL, sealed, plain_size, sealed + plain_size, ad,
                                                           ad_size, nonce, key) != 0)
        return ERR_SEAL;
    if (plain_size > 0) {
        int err = crypto_stream_chacha20_ietf_xor_ic(out, sealed, plain_size, nonce, 1, key);
        assert(err == 0);
        (void)err;
    }
    return 0;
}

void crypto_wipe(void *memory, size_t size) {
    sodium_memzero(memory, size);
}
