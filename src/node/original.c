/*
 * original.c: a row "original NAME" with the size, written last, and rows "original NAME NUMBER" with the parts.
 */
#include "node/original.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/crypto.h"
#include "host/file.h"

#define PART_SIZE 32768
#define PARTS_BATCH 64 /* in one transaction */
#define NAME_BYTES 16
#define NAME_SIZE 64
#define HEAD_NAME_SIZE 48

_Static_assert(PART_SIZE + SEAL_SIZE <= STORE_META_MAX, "a sealed part is a setting");

struct original {
    uint8_t key[KEY_SIZE];
    char name[HEAD_NAME_SIZE]; /* of the first row */
};

/* The key of one original, and its name. Parts differ in their nonces; a key has never more than one text. */
static void original_of(const struct home *home, const uint8_t hash[HASH_SIZE], struct original *out) {
    static const char label[] = "longear original v1";
    uint8_t from[sizeof label + HASH_SIZE], id[HASH_SIZE];
    memcpy(from, label, sizeof label);
    memcpy(from + sizeof label, hash, HASH_SIZE);
    crypto_digest_keyed(out->key, home->seed, SEED_SIZE, from, sizeof from);
    crypto_digest_keyed(id, out->key, sizeof out->key, (const uint8_t *)"name", 4);
    int at = snprintf(out->name, sizeof out->name, "original ");
    for (int i = 0; i < NAME_BYTES; i++) at += snprintf(out->name + at, sizeof out->name - (size_t)at, "%02x", id[i]);
}

static void part_of(const struct original *o, uint32_t number, char name[NAME_SIZE], uint8_t nonce[NONCE_SIZE]) {
    snprintf(name, NAME_SIZE, "%s %u", o->name, number);
    memset(nonce, 0, NONCE_SIZE);
    for (int i = 0; i < 4; i++) nonce[i] = (uint8_t)(number >> 8 * i & 0xff);
}

static int parts_put(struct home *home, const struct original *o, const uint8_t *bytes, size_t size, uint32_t first,
                     uint8_t *room) {
    char name[NAME_SIZE];
    uint8_t nonce[NONCE_SIZE];
    int err = store_begin(home->store);
    for (uint32_t i = first; i < first + PARTS_BATCH && !err; i++) {
        size_t at = (size_t)i * PART_SIZE;
        if (at >= size) break;
        size_t part = size - at < PART_SIZE ? size - at : PART_SIZE;
        part_of(o, i, name, nonce);
        crypto_seal(room, bytes + at, part, NULL, 0, nonce, o->key);
        err = store_meta_set(home->store, name, room, part + SEAL_SIZE);
    }
    if (!err) err = store_commit(home->store);
    if (err) store_rollback(home->store);
    return err;
}

int original_keep(struct home *home, const uint8_t *bytes, size_t size, uint8_t hash[HASH_SIZE]) {
    struct original o;
    uint8_t head[8], *room = malloc(PART_SIZE + SEAL_SIZE);
    if (!room) return ERR_MEMORY;
    crypto_digest(hash, bytes, size);
    original_of(home, hash, &o);
    home_enter(home);
    int err = store_meta_get(home->store, o.name, head, sizeof head);
    home_leave(home);
    if (err == ERR_NOT_FOUND) {
        err = 0;
        for (uint32_t i = 0; (size_t)i * PART_SIZE < size && !err; i += PARTS_BATCH) {
            home_enter(home);
            err = parts_put(home, &o, bytes, size, i, room);
            home_leave(home);
        }
        for (int i = 0; i < 8; i++) head[i] = (uint8_t)((uint64_t)size >> 8 * i & 0xff);
        if (!err) {
            home_enter(home);
            err = store_meta_set(home->store, o.name, head, sizeof head);
            home_leave(home);
        }
    }
    crypto_wipe(&o, sizeof o);
    free(room);
    return err < 0 ? err : 0;
}

static int part_write(struct home *home, const struct original *o, uint32_t number, size_t size, uint8_t *room,
                      int fd) {
    char name[NAME_SIZE];
    uint8_t nonce[NONCE_SIZE];
    part_of(o, number, name, nonce);
    home_enter(home);
    int got = store_meta_get(home->store, name, room, PART_SIZE + SEAL_SIZE);
    home_leave(home);
    if (got < 0) return got;
    if ((size_t)got != size + SEAL_SIZE) return ERR_SEAL;
    int err = crypto_open(room, room, (size_t)got, NULL, 0, nonce, o->key);
    return err ? err : file_write(fd, room, size);
}

int original_write(struct home *home, const uint8_t hash[HASH_SIZE], int fd, uint64_t *size) {
    struct original o;
    uint8_t head[8], *room = malloc(PART_SIZE + SEAL_SIZE);
    if (!room) return ERR_MEMORY;
    original_of(home, hash, &o);
    home_enter(home);
    int err = store_meta_get(home->store, o.name, head, sizeof head);
    home_leave(home);
    if (err >= 0) err = err == sizeof head ? 0 : ERR_SEAL;
    *size = 0;
    for (int i = 7; i >= 0 && !err; i--) *size = *size << 8 | head[i];
    for (uint64_t at = 0; at < *size && !err; at += PART_SIZE)
        err = part_write(home, &o, (uint32_t)(at / PART_SIZE),
                         *size - at < PART_SIZE ? (size_t)(*size - at) : PART_SIZE, room, fd);
    crypto_wipe(&o, sizeof o);
    free(room);
    return err;
}
