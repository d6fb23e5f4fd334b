/*
 * sealed_box.c: keys and boxes of sealed files: XChaCha20-Poly1305 with random nonces.
 *
 * A file's keys are made of the store's key and the file's salt, so no two files share a key stream, and nothing of one
 * file opens in another. What a box is (page 7, frame 12 of that journal) is its associated data.
 */
#include <sodium.h>
#include <string.h>

#include "core/crypto.h"
#include "store/sealed_internal.h"

#define HEAD_VERSION 1

/* A copy of the head: salt ‖ version ‖ page size ‖ zeros ‖ check of the key ‖ BLAKE2b-256 of all before. */
#define HEAD_VERSION_AT SEALED_SALT
#define HEAD_PAGE_AT (SEALED_SALT + 4)
#define HEAD_CHECK_AT 64
#define HEAD_SUM_AT 96

void sealed_number_write(uint8_t *out, uint64_t number, unsigned bytes) {
    for (unsigned i = 0; i < bytes; i++) out[i] = (uint8_t)(number >> 8 * i & 0xff);
}

uint64_t sealed_number_read(const uint8_t *in, unsigned bytes) {
    uint64_t number = 0;
    for (unsigned i = 0; i < bytes; i++) number |= (uint64_t)in[i] << 8 * i;
    return number;
}

void sealed_seal(struct sealed_db *db, uint8_t box[SEALED_BOX], uint8_t *out, const uint8_t *in, size_t size,
                 const uint8_t *ad, size_t ad_size, const uint8_t key[KEY_SIZE]) {
    if (db->nonces_left == 0) { /* many at once: each call asks the system */
        randombytes_buf(db->nonces, sizeof db->nonces);
        db->nonces_left = sizeof db->nonces / sizeof db->nonces[0];
    }
    memcpy(box, db->nonces[--db->nonces_left], SEALED_NONCE);
    crypto_aead_xchacha20poly1305_ietf_encrypt_detached(out, box + SEALED_NONCE, NULL, in, size, ad, ad_size, NULL, box,
                                                        key);
}

bool sealed_unseal(const uint8_t box[SEALED_BOX], uint8_t *out, const uint8_t *in, size_t size, const uint8_t *ad,
                   size_t ad_size, const uint8_t key[KEY_SIZE]) {
    return crypto_aead_xchacha20poly1305_ietf_decrypt_detached(out, NULL, in, size, box + SEALED_NONCE, ad, ad_size,
                                                               box, key) == 0;
}

void sealed_page_seal(struct sealed_db *db, uint8_t *out, const uint8_t *page, uint32_t number) {
    uint8_t ad[4];
    sealed_number_write(ad, number, sizeof ad);
    sealed_seal(db, out + SEALED_TEXT, out, page, SEALED_TEXT, ad, sizeof ad, db->keys->page);
}

bool sealed_page_unseal(const struct sealed_db *db, uint8_t *page, uint32_t number) {
    uint8_t ad[4];
    sealed_number_write(ad, number, sizeof ad);
    if (!sealed_unseal(page + SEALED_TEXT, page, page, SEALED_TEXT, ad, sizeof ad, db->keys->page)) return false;
    memset(page + SEALED_TEXT, 0, SEALED_RESERVED);
    return true;
}

uint64_t sealed_stamp(const uint8_t *sealed) {
    return sealed_number_read(sealed + SEALED_TEXT, 8) | 1;
}

static void keys_make(struct sealed_db *db, const uint8_t key[KEY_SIZE]) {
    static const char context[] = "longsea1";
    uint8_t file[KEY_SIZE];
    crypto_digest_keyed(file, key, KEY_SIZE, db->salt, SEALED_SALT);
    crypto_kdf_derive_from_key(db->keys->page, KEY_SIZE, 1, context, file);
    crypto_kdf_derive_from_key(db->keys->journal, KEY_SIZE, 2, context, file);
    crypto_kdf_derive_from_key(db->keys->table, KEY_SIZE, 3, context, file);
    crypto_kdf_derive_from_key(db->keys->check, KEY_SIZE, 4, context, file);
    crypto_wipe(file, sizeof file);
}

static bool copy_is_whole(const uint8_t *copy) {
    uint8_t sum[HASH_SIZE];
    crypto_digest(sum, copy, HEAD_SUM_AT);
    return memcmp(sum, copy + HEAD_SUM_AT, HASH_SIZE) == 0;
}

void sealed_head_make(struct sealed_db *db, const uint8_t key[KEY_SIZE], uint8_t out[SEALED_HEAD]) {
    randombytes_buf(out, SEALED_HEAD);
    memset(out, 0, HEAD_CHECK_AT);
    randombytes_buf(db->salt, SEALED_SALT);
    keys_make(db, key);
    memcpy(out, db->salt, SEALED_SALT);
    sealed_number_write(out + HEAD_VERSION_AT, HEAD_VERSION, 4);
    sealed_number_write(out + HEAD_PAGE_AT, SEALED_PAGE, 4);
    crypto_digest_keyed(out + HEAD_CHECK_AT, db->keys->check, KEY_SIZE, out, HEAD_CHECK_AT);
    crypto_digest(out + HEAD_SUM_AT, out, HEAD_SUM_AT);
    memcpy(out + SEALED_HEAD_SECOND, out, SEALED_HEAD_COPY);
}

bool sealed_head_is(const uint8_t in[SEALED_HEAD]) {
    return copy_is_whole(in) || copy_is_whole(in + SEALED_HEAD_SECOND);
}

int sealed_head_read(struct sealed_db *db, const uint8_t key[KEY_SIZE], const uint8_t in[SEALED_HEAD]) {
    const uint8_t *copy = copy_is_whole(in) ? in : in + SEALED_HEAD_SECOND;
    uint8_t check[HASH_SIZE];
    if (!sealed_head_is(in)) return ERR_DAMAGED;
    if (sealed_number_read(copy + HEAD_VERSION_AT, 4) != HEAD_VERSION) return ERR_NEWER;
    memcpy(db->salt, copy, SEALED_SALT);
    keys_make(db, key);
    crypto_digest_keyed(check, db->keys->check, KEY_SIZE, copy, HEAD_CHECK_AT);
    return sodium_memcmp(check, copy + HEAD_CHECK_AT, HASH_SIZE) == 0 ? 0 : ERR_WRONG_KEY;
}
