/*
 * keyring.h: the key of a home and what is derived from it, and the bytes of home.key: the one module that knows how a
 * passphrase becomes a key. It opens no file and knows no home, so that it could become a process of its own.
 *
 *   home.key   "longear home 1\n" ‖ mode u8 ‖ ops u32 ‖ memory u32 (KiB) ‖ salt (16) ‖ 2 slots ‖ check (8)
 *   slot       nonce (16) ‖ home key (32) sealed ‖ tag (16)
 *
 * Integers are little-endian; check is the beginning of BLAKE2b-256 over all before it. A slot that nobody uses is
 * random bytes, and nothing tells it from one in use but the key that opens it. Both slots hang on one salt and one
 * cost: one run of Argon2id tries both, so neither its time nor the file tells which one is meant, or that there are
 * two. What opens a slot is said nowhere; only whether anything is needed (the mode).
 *
 * Secrets are the caller's memory, of sodium_malloc. All of it needs sodium_init() once before.
 */
#ifndef NODE_KEYRING_H
#define NODE_KEYRING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/limits.h"

#define KEYRING_SLOTS 2
#define KEYRING_SALT_SIZE 16
#define KEYRING_SLOT_SIZE KEYRING_BOX_SIZE(KEY_SIZE)
#define KEYRING_FILE_SIZE 176

/* What may stand in a file: more would let a changed file take all memory or hours. */
#define KEYRING_OPS_MAX 16
#define KEYRING_MEMORY_KIB_MIN 8
#define KEYRING_MEMORY_KIB_MAX (1024 * 1024)
/* What keyring_cost_choose takes: as much as unlocks within KEYRING_UNLOCK_MS. */
#define KEYRING_COST_KIB (256 * 1024)
#define KEYRING_COST_KIB_LEAST (32 * 1024)
#define KEYRING_COST_OPS 3
#define KEYRING_UNLOCK_MS 700 /* when it is chosen; the machine may be busier later */

#define KEYRING_PASSPHRASE_MAX 1024

enum keyring_mode {
    KEYRING_OPEN = 0,   /* nothing is needed: the key lies in the file */
    KEYRING_SEALED = 1, /* a passphrase, a key file, or both */
};

/* The work of Argon2id. */
struct keyring_cost {
    uint32_t ops, memory_kib;
};

/* The content of home.key. */
struct keyring {
    enum keyring_mode mode;
    struct keyring_cost cost;
    uint8_t salt[KEYRING_SALT_SIZE];
    uint8_t slots[KEYRING_SLOTS][16 + KEY_SIZE + SEAL_SIZE];
};

/* What opens a slot: a passphrase, the BLAKE2b-256 of a key file, or both; NULL for what is not used. */
struct keyring_secret {
    const uint8_t *passphrase;
    size_t passphrase_size;
    const uint8_t *key_file; /* HASH_SIZE bytes */
};

/* Make an empty one: fresh salt, random slots. A cost is needed for KEYRING_SEALED only. */
void keyring_init(struct keyring *out, enum keyring_mode mode, struct keyring_cost cost);

/* Write and read the bytes of home.key. Errors of reading: ERR_DAMAGED (any byte was changed, or it is none),
 * ERR_VERSION (of a later version), ERR_LIMIT (a cost out of bounds). */
void keyring_encode(const struct keyring *k, uint8_t out[KEYRING_FILE_SIZE]);
MUST_CHECK int keyring_decode(struct keyring *out, const uint8_t *bytes, size_t size);

/*
 * Make the key that wraps the home key: Argon2id 1.3 over BLAKE2b-512(0 or 1 ‖ key file's hash or zeros ‖ passphrase);
 * of an open one from its salt alone, and secret is not looked at. ERR_MEMORY if Argon2id gets none.
 */
MUST_CHECK int keyring_wrapping_key(const struct keyring *k, const struct keyring_secret *secret,
                                    uint8_t out[KEY_SIZE]);

/* Put a home key into a slot; what was in it is gone. */
void keyring_put(struct keyring *k, unsigned slot, const uint8_t wrapping[KEY_SIZE], const uint8_t key[KEY_SIZE]);

/* Try a wrapping key on every slot. Return the one that it opens, its home key in key, or ERR_PASSPHRASE. */
MUST_CHECK int keyring_open(const struct keyring *k, const uint8_t wrapping[KEY_SIZE], uint8_t key[KEY_SIZE]);

/* Choose a cost by measuring this machine: KEYRING_COST_KIB, less where it has little memory or is slow. */
struct keyring_cost keyring_cost_choose(void);

/* Derive a key for one use from the home key: BLAKE2b-256(key = home key, "longear " ‖ use ‖ " 1"). use: at most 32
 * characters. */
void keyring_derive(uint8_t out[KEY_SIZE], const uint8_t key[KEY_SIZE], const char *use);

/*
 * Boxes: what is sealed under a key of long life, each with a key of its own: nonce (16, random) ‖ ciphertext ‖ tag,
 * ChaCha20-Poly1305 (zero nonce) under BLAKE2b-256(key = key, "longear box 1" ‖ nonce), ad authenticated. box_open
 * gives 0 or ERR_SEAL.
 */
#define KEYRING_BOX_SIZE(size) (16 + (size) + SEAL_SIZE)
void keyring_box_seal(uint8_t *out, const uint8_t *data, size_t size, const void *ad, size_t ad_size,
                      const uint8_t key[KEY_SIZE]);
MUST_CHECK int keyring_box_open(uint8_t *out, size_t size, const uint8_t *box, const void *ad, size_t ad_size,
                                const uint8_t key[KEY_SIZE]);

#endif
