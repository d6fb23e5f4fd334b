/*
 * keyring.c: home.key, Argon2id, boxes.
 */
#include "node/keyring.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <time.h>

#include "core/bytes.h"
#include "core/crypto.h"

#define MAGIC "longear home "
#define MAGIC_SIZE (sizeof MAGIC - 1)
#define VERSION "1\n"
#define HEAD_SIZE (MAGIC_SIZE + 2 + 1 + 4 + 4 + KEYRING_SALT_SIZE)
#define CHECK_SIZE 8
#define WRAP_NONCE_SIZE 16

_Static_assert(HEAD_SIZE + KEYRING_SLOTS * KEYRING_SLOT_SIZE + CHECK_SIZE == KEYRING_FILE_SIZE, "home.key");
_Static_assert(sizeof((struct keyring *)0)->slots[0] == KEYRING_SLOT_SIZE, "a slot is a box");
_Static_assert(KEYRING_SALT_SIZE == crypto_pwhash_argon2id_SALTBYTES, "Argon2id's salt");

static void box_key(uint8_t out[KEY_SIZE], const uint8_t key[KEY_SIZE], const uint8_t nonce[WRAP_NONCE_SIZE]) {
    uint8_t message[13 + WRAP_NONCE_SIZE] = "longear box 1";
    memcpy(message + 13, nonce, WRAP_NONCE_SIZE);
    crypto_digest_keyed(out, key, KEY_SIZE, message, sizeof message);
}

void keyring_box_seal(uint8_t *out, const uint8_t *data, size_t size, const void *ad, size_t ad_size,
                      const uint8_t key[KEY_SIZE]) {
    static const uint8_t zero[NONCE_SIZE];
    uint8_t once[KEY_SIZE];
    randombytes_buf(out, WRAP_NONCE_SIZE);
    box_key(once, key, out);
    crypto_seal(out + WRAP_NONCE_SIZE, data, size, ad, ad_size, zero, once);
    crypto_wipe(once, sizeof once);
}

int keyring_box_open(uint8_t *out, size_t size, const uint8_t *box, const void *ad, size_t ad_size,
                     const uint8_t key[KEY_SIZE]) {
    static const uint8_t zero[NONCE_SIZE];
    uint8_t once[KEY_SIZE];
    box_key(once, key, box);
    int err = crypto_open(out, box + WRAP_NONCE_SIZE, size + SEAL_SIZE, ad, ad_size, zero, once);
    crypto_wipe(once, sizeof once);
    return err;
}

void keyring_derive(uint8_t out[KEY_SIZE], const uint8_t key[KEY_SIZE], const char *use) {
    char message[8 + 32 + 2 + 1] = "longear ";
    size_t size = strlen(use);
    assert(size <= 32);
    memcpy(message + 8, use, size);
    memcpy(message + 8 + size, " 1", 2);
    crypto_digest_keyed(out, key, KEY_SIZE, (const uint8_t *)message, 8 + size + 2);
}

void keyring_init(struct keyring *out, enum keyring_mode mode, struct keyring_cost cost) {
    *out = (struct keyring){.mode = mode};
    if (mode == KEYRING_SEALED) out->cost = cost;
    randombytes_buf(out->salt, sizeof out->salt);
    randombytes_buf(out->slots, sizeof out->slots);
}

static void head_encode(const struct keyring *k, uint8_t out[HEAD_SIZE]) {
    struct writer w;
    writer_init(&w, out, HEAD_SIZE);
    writer_bytes(&w, (const uint8_t *)(MAGIC VERSION), MAGIC_SIZE + 2);
    writer_u8(&w, (uint8_t)k->mode);
    writer_u32(&w, k->cost.ops);
    writer_u32(&w, k->cost.memory_kib);
    writer_bytes(&w, k->salt, sizeof k->salt);
    assert(!w.err && w.at == HEAD_SIZE);
}

static void check_make(uint8_t out[CHECK_SIZE], const uint8_t bytes[KEYRING_FILE_SIZE]) {
    uint8_t digest[HASH_SIZE];
    crypto_digest(digest, bytes, KEYRING_FILE_SIZE - CHECK_SIZE);
    memcpy(out, digest, CHECK_SIZE);
}

void keyring_encode(const struct keyring *k, uint8_t out[KEYRING_FILE_SIZE]) {
    head_encode(k, out);
    memcpy(out + HEAD_SIZE, k->slots, sizeof k->slots);
    check_make(out + KEYRING_FILE_SIZE - CHECK_SIZE, out);
}

static bool cost_is_good(const struct keyring *k) {
    if (k->mode == KEYRING_OPEN) return k->cost.ops == 0 && k->cost.memory_kib == 0;
    return k->cost.ops >= 1 && k->cost.ops <= KEYRING_OPS_MAX && k->cost.memory_kib >= KEYRING_MEMORY_KIB_MIN &&
           k->cost.memory_kib <= KEYRING_MEMORY_KIB_MAX;
}

int keyring_decode(struct keyring *out, const uint8_t *bytes, size_t size) {
    uint8_t check[CHECK_SIZE];
    struct reader in;
    if (size < MAGIC_SIZE + 2 || memcmp(bytes, MAGIC, MAGIC_SIZE) != 0) return ERR_DAMAGED;
    if (size != KEYRING_FILE_SIZE) return bytes[MAGIC_SIZE] == VERSION[0] ? ERR_DAMAGED : ERR_VERSION;
    check_make(check, bytes);
    if (memcmp(check, bytes + KEYRING_FILE_SIZE - CHECK_SIZE, CHECK_SIZE) != 0) return ERR_DAMAGED;
    if (memcmp(bytes + MAGIC_SIZE, VERSION, 2) != 0) return ERR_VERSION;
    reader_init(&in, bytes + MAGIC_SIZE + 2, size - MAGIC_SIZE - 2);
    uint8_t mode = reader_u8(&in);
    if (mode > KEYRING_SEALED) return ERR_VERSION;
    out->mode = (enum keyring_mode)mode;
    out->cost.ops = reader_u32(&in);
    out->cost.memory_kib = reader_u32(&in);
    memcpy(out->salt, bytes + HEAD_SIZE - KEYRING_SALT_SIZE, sizeof out->salt);
    memcpy(out->slots, bytes + HEAD_SIZE, sizeof out->slots);
    return cost_is_good(out) ? 0 : ERR_LIMIT;
}

static int stretch(const struct keyring *k, const uint8_t input[HASH_LONG_SIZE], uint8_t out[KEY_SIZE]) {
    return crypto_pwhash_argon2id(out, KEY_SIZE, (const char *)input, HASH_LONG_SIZE, k->salt, k->cost.ops,
                                  (size_t)k->cost.memory_kib * 1024, crypto_pwhash_argon2id_ALG_ARGON2ID13) == 0
               ? 0
               : ERR_MEMORY;
}

int keyring_wrapping_key(const struct keyring *k, const struct keyring_secret *secret, uint8_t out[KEY_SIZE]) {
    static const uint8_t nothing[KEY_SIZE];
    uint8_t head[1 + HASH_SIZE] = {0}, input[HASH_LONG_SIZE];
    if (k->mode == KEYRING_OPEN) {
        crypto_digest_keyed(out, nothing, KEY_SIZE, k->salt, sizeof k->salt);
        return 0;
    }
    assert(secret->passphrase_size <= KEYRING_PASSPHRASE_MAX);
    if (secret->key_file) {
        head[0] = 1;
        memcpy(head + 1, secret->key_file, HASH_SIZE);
    }
    crypto_digest_long(input, head, sizeof head, secret->passphrase, secret->passphrase_size);
    int err = stretch(k, input, out);
    crypto_wipe(head, sizeof head);
    crypto_wipe(input, sizeof input);
    return err;
}

/* The head and the number of the slot: neither a slot nor a cost can be moved from elsewhere. */
static void slot_ad(uint8_t out[HEAD_SIZE + 1], const struct keyring *k, unsigned slot) {
    head_encode(k, out);
    out[HEAD_SIZE] = (uint8_t)slot;
}

void keyring_put(struct keyring *k, unsigned slot, const uint8_t wrapping[KEY_SIZE], const uint8_t key[KEY_SIZE]) {
    uint8_t ad[HEAD_SIZE + 1];
    assert(slot < KEYRING_SLOTS);
    slot_ad(ad, k, slot);
    keyring_box_seal(k->slots[slot], key, KEY_SIZE, ad, sizeof ad, wrapping);
}

int keyring_open(const struct keyring *k, const uint8_t wrapping[KEY_SIZE], uint8_t key[KEY_SIZE]) {
    uint8_t ad[HEAD_SIZE + 1];
    int found = ERR_PASSPHRASE;
    for (unsigned i = 0; i < KEYRING_SLOTS; i++) { /* all of them, whichever opens */
        slot_ad(ad, k, i);
        if (keyring_box_open(key, KEY_SIZE, k->slots[i], ad, sizeof ad, wrapping) == 0) found = (int)i;
    }
    return found;
}

static uint64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* How long one pass takes with so much memory; UINT64_MAX if there is not so much. */
static uint64_t pass_ms(uint32_t memory_kib) {
    struct keyring k = {.mode = KEYRING_SEALED, .cost = {1, memory_kib}};
    uint8_t input[HASH_LONG_SIZE] = {0}, out[KEY_SIZE];
    uint64_t began = now_ms();
    return stretch(&k, input, out) == 0 ? now_ms() - began : UINT64_MAX;
}

struct keyring_cost keyring_cost_choose(void) {
    struct keyring_cost cost = {KEYRING_COST_OPS, KEYRING_COST_KIB};
    struct sysinfo info;
    uint64_t have_kib = sysinfo(&info) == 0 ? (uint64_t)info.totalram * info.mem_unit / 1024 : UINT64_MAX, ms;
    while (cost.memory_kib > KEYRING_COST_KIB_LEAST && cost.memory_kib > have_kib / 4) cost.memory_kib /= 2;
    while ((ms = pass_ms(cost.memory_kib)) > KEYRING_UNLOCK_MS && cost.memory_kib > KEYRING_COST_KIB_LEAST)
        cost.memory_kib /= 2;
    while (cost.ops > 1 && ms * cost.ops > KEYRING_UNLOCK_MS) cost.ops--;
    return cost;
}
