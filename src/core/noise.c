/*
 * noise.c: Noise_NN_25519_ChaChaPoly_BLAKE2b, revision 34 of the Noise Protocol Framework. The names in the comments
 * are those of its section 5.
 *
 * A step works on a copy of the state, which replaces the state when nothing can fail any more. NN uses the key of
 * MixKey for a single payload, so that no cipher state outlives a call.
 */
#include <string.h>

#include "core/check.h"
#include "core/crypto.h"
#include "core/noise.h"

#define NAME "Noise_NN_25519_ChaChaPoly_BLAKE2b"
#define BLOCK_SIZE 128 /* BLAKE2b's BLOCKLEN */

_Static_assert(sizeof NAME - 1 <= HASH_LONG_SIZE, "the name is padded, not hashed");

/* HMAC-BLAKE2b (RFC 2104) with a key of HASHLEN. out may be key or data. */
static void hmac(uint8_t out[HASH_LONG_SIZE], const uint8_t key[HASH_LONG_SIZE], const uint8_t *data, size_t size) {
    uint8_t block[BLOCK_SIZE], inner[HASH_LONG_SIZE];
    memset(block, 0x36, sizeof block);
    for (size_t i = 0; i < HASH_LONG_SIZE; i++) block[i] ^= key[i];
    crypto_digest_long(inner, block, sizeof block, data, size);
    for (size_t i = 0; i < BLOCK_SIZE; i++) block[i] ^= 0x36 ^ 0x5c;
    crypto_digest_long(out, block, sizeof block, inner, sizeof inner);
    crypto_wipe(block, sizeof block);
    crypto_wipe(inner, sizeof inner);
}

/* HKDF with two outputs. first may be chaining. */
static void hkdf(uint8_t first[HASH_LONG_SIZE], uint8_t second[HASH_LONG_SIZE], const uint8_t chaining[HASH_LONG_SIZE],
                 const uint8_t *input, size_t size) {
    uint8_t temp[HASH_LONG_SIZE], next[HASH_LONG_SIZE + 1];
    hmac(temp, chaining, input, size);
    hmac(first, temp, (const uint8_t[]){1}, 1);
    memcpy(next, first, HASH_LONG_SIZE);
    next[HASH_LONG_SIZE] = 2;
    hmac(second, temp, next, sizeof next);
    crypto_wipe(temp, sizeof temp);
    crypto_wipe(next, sizeof next);
}

/* MixHash */
static void mix_hash(struct noise *n, const uint8_t *data, size_t size) {
    crypto_digest_long(n->hash, n->hash, sizeof n->hash, data, size);
}

/* MixKey(DH(e, re)), giving the key of the payload. */
MUST_CHECK static int mix_key(struct noise *n, uint8_t key[KEY_SIZE]) {
    uint8_t shared[KEY_SIZE], second[HASH_LONG_SIZE];
    int err = crypto_x25519(shared, n->secret, n->remote);
    if (err == 0) {
        hkdf(n->chaining, second, n->chaining, shared, sizeof shared);
        memcpy(key, second, KEY_SIZE);
        crypto_wipe(second, sizeof second);
    }
    crypto_wipe(shared, sizeof shared);
    return err;
}

/* Whether the next message is this side's to write (writes) or to read. */
static bool is_turn(const struct noise *n, bool writes) {
    if (n->step == NOISE_FIRST) return n->initiator == writes;
    return n->step == NOISE_SECOND && n->initiator != writes;
}

/* Take the state that a step led to. */
static void commit(struct noise *n, struct noise *next) {
    CHECK(n->step == NOISE_FIRST || n->step == NOISE_SECOND);
    next->step = n->step == NOISE_FIRST ? NOISE_SECOND : NOISE_DONE;
    if (next->step == NOISE_DONE) crypto_wipe(next->secret, sizeof next->secret);
    *n = *next;
}

void noise_init(struct noise *n, bool initiator, const uint8_t *prologue, size_t prologue_size,
                const uint8_t secret[KEY_SIZE]) {
    memset(n, 0, sizeof *n);
    n->step = NOISE_FIRST;
    n->initiator = initiator;
    memcpy(n->hash, NAME, sizeof NAME - 1);
    memcpy(n->chaining, n->hash, sizeof n->chaining);
    memcpy(n->secret, secret, KEY_SIZE);
    mix_hash(n, prologue, prologue_size);
}

int noise_write(struct noise *n, const uint8_t *payload, size_t size, uint8_t *out, size_t out_max) {
    uint8_t public_key[KEY_SIZE], key[KEY_SIZE];
    if (!is_turn(n, true)) return ERR_USAGE;
    const bool sealed = n->step == NOISE_SECOND;
    const size_t more = KEY_SIZE + (sealed ? SEAL_SIZE : 0);
    if (size > NOISE_MESSAGE_MAX - more) return ERR_LIMIT;
    if (size + more > out_max) return ERR_SPACE;

    struct noise next = *n;
    crypto_x25519_base(public_key, next.secret);
    mix_hash(&next, public_key, KEY_SIZE);
    int err = sealed ? mix_key(&next, key) : 0;
    if (err) goto err0;
    memcpy(out, public_key, KEY_SIZE);
    if (sealed) {
        uint8_t nonce[NONCE_SIZE];
        noise_nonce(nonce, 0);
        crypto_seal(out + KEY_SIZE, payload, size, next.hash, sizeof next.hash, nonce, key);
    } else if (size > 0) {
        memcpy(out + KEY_SIZE, payload, size);
    }
    mix_hash(&next, out + KEY_SIZE, size + more - KEY_SIZE);
    commit(n, &next);
    err = (int)(size + more);
err0:
    crypto_wipe(&next, sizeof next);
    crypto_wipe(key, sizeof key);
    return err;
}

int noise_read(struct noise *n, const uint8_t *message, size_t size, uint8_t *out, size_t out_max) {
    uint8_t key[KEY_SIZE];
    if (!is_turn(n, false)) return ERR_USAGE;
    const bool sealed = n->step == NOISE_SECOND;
    const size_t more = KEY_SIZE + (sealed ? SEAL_SIZE : 0);
    if (size < more) return ERR_TRUNCATED;
    if (size > NOISE_MESSAGE_MAX) return ERR_LIMIT;
    if (size - more > out_max) return ERR_SPACE;

    struct noise next = *n;
    memcpy(next.remote, message, KEY_SIZE);
    mix_hash(&next, message, KEY_SIZE);
    int err = sealed ? mix_key(&next, key) : 0;
    if (err) goto err0;
    if (sealed) {
        uint8_t nonce[NONCE_SIZE];
        noise_nonce(nonce, 0);
        err = crypto_open(out, message + KEY_SIZE, size - KEY_SIZE, next.hash, sizeof next.hash, nonce, key);
        if (err) goto err0;
    } else if (size > more) {
        memcpy(out, message + KEY_SIZE, size - more);
    }
    mix_hash(&next, message + KEY_SIZE, size - KEY_SIZE);
    commit(n, &next);
    err = (int)(size - more);
err0:
    crypto_wipe(&next, sizeof next);
    crypto_wipe(key, sizeof key);
    return err;
}

int noise_split(struct noise *n, uint8_t send_key[KEY_SIZE], uint8_t receive_key[KEY_SIZE],
                uint8_t handshake_hash[HASH_LONG_SIZE]) {
    uint8_t first[HASH_LONG_SIZE], second[HASH_LONG_SIZE];
    if (n->step != NOISE_DONE) return ERR_USAGE;
    hkdf(first, second, n->chaining, NULL, 0);
    /* The first key is the initiator's to send with. */
    memcpy(send_key, n->initiator ? first : second, KEY_SIZE);
    memcpy(receive_key, n->initiator ? second : first, KEY_SIZE);
    memcpy(handshake_hash, n->hash, HASH_LONG_SIZE);
    crypto_wipe(first, sizeof first);
    crypto_wipe(second, sizeof second);
    noise_wipe(n);
    return 0;
}

void noise_wipe(struct noise *n) {
    crypto_wipe(n, sizeof *n);
}

void noise_nonce(uint8_t nonce[NONCE_SIZE], uint64_t counter) {
    memset(nonce, 0, NONCE_SIZE);
    for (unsigned i = 0; i < 8; i++) nonce[NONCE_SIZE - 8 + i] = (uint8_t)(counter >> (8 * i) & 0xff);
}

void noise_rekey(uint8_t key[KEY_SIZE]) {
    static const uint8_t zeros[KEY_SIZE];
    uint8_t nonce[NONCE_SIZE], sealed[KEY_SIZE + SEAL_SIZE];
    noise_nonce(nonce, UINT64_MAX);
    crypto_seal(sealed, zeros, sizeof zeros, NULL, 0, nonce, key);
    memcpy(key, sealed, KEY_SIZE);
    crypto_wipe(sealed, sizeof sealed);
}
