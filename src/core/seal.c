/*
 * seal.c: boxes that commit to their key.
 */
#include "core/seal.h"

#include <string.h>

#include "core/bytes.h"
#include "core/crypto.h"

#define DOMAIN_SIZE 16
static const uint8_t domain_box[DOMAIN_SIZE] = "longear seal   1";
static const uint8_t domain_letter[DOMAIN_SIZE] = "longear letter 1";
static const uint8_t nonce_zero[NONCE_SIZE];

/* commitment ‖ key of this box alone */
static void derive(uint8_t out[HASH_LONG_SIZE], const uint8_t nonce[BOX_NONCE_SIZE], const uint8_t key[KEY_SIZE]) {
    uint8_t label[DOMAIN_SIZE + BOX_NONCE_SIZE];
    memcpy(label, domain_box, DOMAIN_SIZE);
    memcpy(label + DOMAIN_SIZE, nonce, BOX_NONCE_SIZE);
    crypto_digest_long(out, key, KEY_SIZE, label, sizeof label);
}

void seal_make(uint8_t *out, const uint8_t *plain, size_t size, const uint8_t *ad, size_t ad_size,
               const uint8_t nonce[BOX_NONCE_SIZE], const uint8_t key[KEY_SIZE]) {
    uint8_t derived[HASH_LONG_SIZE];
    derive(derived, nonce, key);
    memcpy(out, nonce, BOX_NONCE_SIZE);
    memcpy(out + BOX_NONCE_SIZE, derived, HASH_SIZE);
    crypto_seal(out + BOX_NONCE_SIZE + HASH_SIZE, plain, size, ad, ad_size, nonce_zero, derived + HASH_SIZE);
    crypto_wipe(derived, sizeof derived);
}

int seal_open(uint8_t *out, const uint8_t *box, size_t size, const uint8_t *ad, size_t ad_size,
              const uint8_t key[KEY_SIZE]) {
    uint8_t derived[HASH_LONG_SIZE];
    if (size < BOX_OVERHEAD) return ERR_SEAL;
    derive(derived, box, key);
    int err = bytes_equal(derived, box + BOX_NONCE_SIZE, HASH_SIZE) ? 0 : ERR_SEAL;
    if (!err)
        err = crypto_open(out, box + BOX_NONCE_SIZE + HASH_SIZE, size - BOX_NONCE_SIZE - HASH_SIZE, ad, ad_size,
                          nonce_zero, derived + HASH_SIZE);
    crypto_wipe(derived, sizeof derived);
    return err ? err : (int)(size - BOX_OVERHEAD);
}

static void letter_key(uint8_t key[KEY_SIZE], const uint8_t shared[KEY_SIZE], const uint8_t ephemeral[KEY_SIZE],
                       const uint8_t recipient[KEY_SIZE]) {
    uint8_t label[DOMAIN_SIZE + 2 * KEY_SIZE];
    memcpy(label, domain_letter, DOMAIN_SIZE);
    memcpy(label + DOMAIN_SIZE, ephemeral, KEY_SIZE);
    memcpy(label + DOMAIN_SIZE + KEY_SIZE, recipient, KEY_SIZE);
    crypto_digest_keyed(key, shared, KEY_SIZE, label, sizeof label);
}

int seal_to(uint8_t *out, const uint8_t *plain, size_t size, const uint8_t recipient[KEY_SIZE],
            const uint8_t ephemeral[KEY_SIZE], const uint8_t nonce[BOX_NONCE_SIZE]) {
    uint8_t shared[KEY_SIZE], key[KEY_SIZE];
    crypto_x25519_base(out, ephemeral);
    int err = crypto_x25519(shared, ephemeral, recipient);
    if (!err) {
        letter_key(key, shared, out, recipient);
        seal_make(out + KEY_SIZE, plain, size, out, KEY_SIZE, nonce, key);
    }
    crypto_wipe(shared, sizeof shared);
    crypto_wipe(key, sizeof key);
    return err ? err : (int)(size + KEY_SIZE + BOX_OVERHEAD);
}

int seal_open_to(uint8_t *out, const uint8_t *bytes, size_t size, const uint8_t secret[KEY_SIZE]) {
    uint8_t shared[KEY_SIZE], key[KEY_SIZE], recipient[KEY_SIZE];
    if (size < KEY_SIZE + BOX_OVERHEAD) return ERR_SEAL;
    int result = crypto_x25519(shared, secret, bytes) ? ERR_SEAL : 0;
    if (!result) {
        crypto_x25519_base(recipient, secret);
        letter_key(key, shared, bytes, recipient);
        result = seal_open(out, bytes + KEY_SIZE, size - KEY_SIZE, bytes, KEY_SIZE, key);
    }
    crypto_wipe(shared, sizeof shared);
    crypto_wipe(key, sizeof key);
    return result;
}
