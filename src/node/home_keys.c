/*
 * home_keys.c: from a passphrase to the keys of a home.
 *
 *   person.key   a part for each slot of home.key: seed (32) ‖ n (1) ‖ name (n), zeros up to 80, in a box
 *   guest.key    the same: seed (32) in a box
 *
 * The keys of the boxes are derived from the home key ("person", "guest"); a part of a slot that nobody uses is random.
 * Before, both files were "longear key 1\n" ‖ seed (32) ‖ n (1) ‖ name (n) ‖ check (8), readable to whoever had them;
 * such a home gets a home.key, and its files are sealed, when it is opened. Each file is replaced whole, so that a home
 * that is half through goes on at the next opening.
 *
 * The first four bytes of the lock file count the wrong passphrases since the last right one, from before each try: a
 * try that is killed counts.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/crypto.h"
#include "host/file.h"
#include "node/home_internal.h"

#define OLD_MAGIC "longear key 1\n"
#define OLD_MAGIC_SIZE (sizeof OLD_MAGIC - 1)
#define OLD_CHECK_SIZE 8
#define OLD_LEAST (OLD_MAGIC_SIZE + SEED_SIZE + 1 + OLD_CHECK_SIZE)

#define PERSON_SIZE (SEED_SIZE + 1 + HOME_NAME_MAX)
#define PERSON_PART KEYRING_BOX_SIZE(PERSON_SIZE)
#define GUEST_PART KEYRING_BOX_SIZE(SEED_SIZE)

#define KEY_FILE_MIN 16
#define KEY_FILE_MAX (1024 * 1024)

#define WAIT_MS 500
#define WAIT_MS_MAX 30000
#define WAIT_DOUBLINGS 6

const char *const home_store_files[KEYRING_SLOTS] = {"store.db", "store2.db"};
const char *const home_store_parts[HOME_STORE_PARTS] = {"-wal", "-shm", "-journal", "-pages0", "-pages1", ""};

/* Tell whether a file lies in the folder of the home, where it would protect nothing. */
static bool is_within(const char *folder, const char *file) {
    char *home = realpath(folder, NULL), *whole = realpath(file, NULL);
    size_t size = home ? strlen(home) : 0;
    bool within = home && whole && strncmp(home, whole, size) == 0 && whole[size] == '/';
    free(home);
    free(whole);
    return within;
}

int home_key_file_read(const char *folder, const char *file, uint8_t hash[HASH_SIZE], char why[HOME_WHY_SIZE]) {
    uint8_t bytes[4096];
    crypto_generichash_state state;
    uint64_t size = 0;
    ssize_t got = -1;
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        int number = errno;
        home_say(why, "%s: the key file cannot be read: %s", file, strerror(number));
        return file_err(number);
    }
    crypto_generichash_init(&state, NULL, 0, HASH_SIZE);
    while ((got = read(fd, bytes, sizeof bytes)) > 0 && size <= KEY_FILE_MAX) {
        size += (uint64_t)got;
        crypto_generichash_update(&state, bytes, (size_t)got);
    }
    close(fd);
    crypto_generichash_final(&state, hash, HASH_SIZE);
    crypto_wipe(&state, sizeof state);
    crypto_wipe(bytes, sizeof bytes);
    if (got < 0 || size < KEY_FILE_MIN || size > KEY_FILE_MAX || is_within(folder, file)) {
        home_say(why, "%s: a key file has 16 bytes to 1 MiB, and lies outside the home", file);
        return ERR_FIELD;
    }
    return 0;
}

/* ---- home.key ---- */

static int keyring_load(struct home *home, char why[HOME_WHY_SIZE]) {
    uint8_t bytes[KEYRING_FILE_SIZE + 1];
    int size = home_file_get(home->path, HOME_KEY_FILE, bytes, sizeof bytes, why);
    if (size < 0) return size;
    int err = keyring_decode(&home->keyring, bytes, (size_t)size);
    if (err == ERR_VERSION)
        home_say(why, "%s/" HOME_KEY_FILE ": %s", home->path, err_text(err));
    else if (err)
        home_say(why, "%s/" HOME_KEY_FILE ": the key file is damaged; restore it from a copy, nothing was changed",
                 home->path);
    return err == ERR_VERSION ? err : err ? ERR_DAMAGED : 0;
}

/* A home of an earlier version gets a key that lies open, as all of it did. */
static int keyring_first(const char *folder, char why[HOME_WHY_SIZE]) {
    struct keyring k;
    uint8_t bytes[KEYRING_FILE_SIZE], wrapping[KEY_SIZE], key[KEY_SIZE];
    keyring_init(&k, KEYRING_OPEN, (struct keyring_cost){0});
    randombytes_buf(key, sizeof key);
    int err = keyring_wrapping_key(&k, NULL, wrapping);
    assert(err == 0);
    keyring_put(&k, 0, wrapping, key);
    keyring_encode(&k, bytes);
    err = home_file_put(folder, HOME_KEY_FILE, bytes, sizeof bytes, why);
    crypto_wipe(key, sizeof key);
    crypto_wipe(bytes, sizeof bytes);
    return err;
}

static uint32_t wrong_get(const struct home *home) {
    uint32_t count = 0;
    return pread(home->lock_fd, &count, sizeof count, 0) == (ssize_t)sizeof count ? count : 0;
}

static void wrong_set(const struct home *home, uint32_t count) {
    if (file_write_at(home->lock_fd, (const uint8_t *)&count, sizeof count, 0) == 0) (void)fdatasync(home->lock_fd);
}

/* Wait the longer the more passphrases were wrong, and count this try as one that was. */
static int wrong_wait(const struct home *home) {
    uint32_t count = wrong_get(home);
    if (count > 0) {
        uint64_t ms = count > WAIT_DOUBLINGS ? WAIT_MS_MAX : (uint64_t)WAIT_MS << (count - 1);
        if (ms > WAIT_MS_MAX) ms = WAIT_MS_MAX;
        struct timespec wait = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};
        if (nanosleep(&wait, NULL) != 0) return ERR_INTERRUPTED;
    }
    wrong_set(home, count < UINT32_MAX ? count + 1 : count);
    return 0;
}

/* Try one secret. Return 0 or ERR_PASSPHRASE. */
static int secret_try(struct home *home, const struct keyring_secret *secret) {
    uint8_t wrapping[KEY_SIZE];
    int slot = keyring_wrapping_key(&home->keyring, secret, wrapping);
    if (slot == 0) slot = keyring_open(&home->keyring, wrapping, home->key);
    crypto_wipe(wrapping, sizeof wrapping);
    if (slot < 0) return slot;
    home->slot = (unsigned)slot;
    home->protection = home_protection_of(home->keyring.mode, secret);
    return 0;
}

enum home_protection home_protection_of(enum keyring_mode mode, const struct keyring_secret *secret) {
    if (mode == KEYRING_OPEN || !secret) return HOME_UNPROTECTED;
    if (!secret->key_file) return HOME_PASSPHRASE;
    return secret->passphrase_size > 0 ? HOME_BOTH : HOME_KEY_FILE_ONLY;
}

/* The passphrase that was given comes first, then the key file alone; only then somebody is asked. */
static int sealed_try(struct home *home, const struct home_access *access, struct keyring_secret *secret,
                      uint8_t *passphrase) {
    int size = access->passphrase ? access->passphrase(access->context, passphrase, false) : ERR_NOT_FOUND;
    if (size == ERR_NOT_FOUND && secret->key_file) {
        int err = wrong_wait(home);
        if (!err) err = secret_try(home, secret);
        if (err != ERR_PASSPHRASE || !access->passphrase) return err;
        size = access->passphrase(access->context, passphrase, true);
        if (size == ERR_NOT_FOUND) return ERR_PASSPHRASE;
    } else {
        if (size == ERR_NOT_FOUND && access->passphrase) size = access->passphrase(access->context, passphrase, true);
        if (size == ERR_NOT_FOUND) return ERR_SEALED;
        int err = size < 0 ? size : wrong_wait(home);
        if (err) return err;
    }
    if (size < 0) return size;
    secret->passphrase = passphrase;
    secret->passphrase_size = (size_t)size;
    return secret_try(home, secret);
}

static int sealed_open(struct home *home, const struct home_access *access, char why[HOME_WHY_SIZE]) {
    static const struct home_access none;
    uint8_t hash[HASH_SIZE];
    struct keyring_secret secret = {0};
    int err = 0;
    if (!access) access = &none;
    if (access->key_file) {
        err = home_key_file_read(home->path, access->key_file, hash, why);
        if (err) return err;
        secret.key_file = hash;
    }
    uint8_t *passphrase = sodium_malloc(KEYRING_PASSPHRASE_MAX);
    if (!passphrase) return ERR_MEMORY;
    err = sealed_try(home, access, &secret, passphrase);
    if (!err) wrong_set(home, 0);
    sodium_free(passphrase);
    crypto_wipe(hash, sizeof hash);
    return err;
}

int home_keys_open(struct home *home, const struct home_access *access, char why[HOME_WHY_SIZE]) {
    int err = home_file_exists(home->path, HOME_KEY_FILE) ? 0 : keyring_first(home->path, why);
    if (!err) err = keyring_load(home, why);
    if (err) return err;
    if (home->keyring.mode == KEYRING_SEALED) return sealed_open(home, access, why);
    err = secret_try(home, NULL);
    if (err == ERR_PASSPHRASE) {
        home_say(why, "%s/" HOME_KEY_FILE ": the key file is damaged; restore it from a copy, nothing was changed",
                 home->path);
        return ERR_DAMAGED;
    }
    return err;
}

/* ---- person.key, guest.key ---- */

static void part_put(uint8_t *file, size_t part_size, unsigned slot, const uint8_t *plain, size_t size,
                     const uint8_t key[KEY_SIZE], const char *use) {
    uint8_t own[KEY_SIZE];
    keyring_derive(own, key, use);
    keyring_box_seal(file + slot * part_size, plain, size, use, strlen(use), own);
    crypto_wipe(own, sizeof own);
}

static int part_get(const uint8_t *file, size_t part_size, unsigned slot, uint8_t *plain, size_t size,
                    const uint8_t key[KEY_SIZE], const char *use) {
    uint8_t own[KEY_SIZE];
    keyring_derive(own, key, use);
    int err = keyring_box_open(plain, size, file + slot * part_size, use, strlen(use), own);
    crypto_wipe(own, sizeof own);
    return err ? ERR_DAMAGED : 0;
}

/* Get the parts as they are in the file, so that the other slot's stays; random where there are none. */
static void parts_get(const char *folder, const char *file, uint8_t *bytes, size_t size) {
    if (!home_file_exists(folder, file) || home_file_get(folder, file, bytes, size, NULL) != (int)size)
        randombytes_buf(bytes, size);
}

int home_person_put(const struct home *home, unsigned slot, const char *name, const uint8_t key[KEY_SIZE],
                    const uint8_t seed[SEED_SIZE], const uint8_t guest_seed[SEED_SIZE], char why[HOME_WHY_SIZE]) {
    uint8_t person[PERSON_SIZE] = {0}, file[KEYRING_SLOTS * PERSON_PART];
    size_t name_size = strlen(name);
    assert(name_size <= HOME_NAME_MAX && slot < KEYRING_SLOTS);
    parts_get(home->path, HOME_GUEST_FILE, file, KEYRING_SLOTS * GUEST_PART);
    part_put(file, GUEST_PART, slot, guest_seed, SEED_SIZE, key, "guest");
    int err = home_file_put(home->path, HOME_GUEST_FILE, file, KEYRING_SLOTS * GUEST_PART, why);
    if (err) return err;
    memcpy(person, seed, SEED_SIZE);
    person[SEED_SIZE] = (uint8_t)name_size;
    memcpy(person + SEED_SIZE + 1, name, name_size);
    parts_get(home->path, HOME_PERSON_FILE, file, sizeof file);
    part_put(file, PERSON_PART, slot, person, sizeof person, key, "person");
    crypto_wipe(person, sizeof person);
    return home_file_put(home->path, HOME_PERSON_FILE, file, sizeof file, why);
}

static bool old_decode(const uint8_t *bytes, size_t size, char name[HOME_NAME_MAX + 1], uint8_t seed[SEED_SIZE]) {
    uint8_t digest[HASH_SIZE];
    size_t name_size = size >= OLD_LEAST ? bytes[OLD_MAGIC_SIZE + SEED_SIZE] : 0;
    if (size < OLD_LEAST || name_size > HOME_NAME_MAX || size != OLD_LEAST + name_size) return false;
    crypto_digest(digest, bytes, size - OLD_CHECK_SIZE);
    if (memcmp(digest, bytes + size - OLD_CHECK_SIZE, OLD_CHECK_SIZE) != 0) return false;
    memcpy(seed, bytes + OLD_MAGIC_SIZE, SEED_SIZE);
    memcpy(name, bytes + OLD_MAGIC_SIZE + SEED_SIZE + 1, name_size);
    name[name_size] = '\0';
    return true;
}

static bool person_decode(const uint8_t plain[PERSON_SIZE], char name[HOME_NAME_MAX + 1], uint8_t seed[SEED_SIZE]) {
    size_t name_size = plain[SEED_SIZE];
    if (name_size > HOME_NAME_MAX) return false;
    memcpy(seed, plain, SEED_SIZE);
    memcpy(name, plain + SEED_SIZE + 1, name_size);
    name[name_size] = '\0';
    return true;
}

/* Read one of the two files, of this version or of the one before. Return 0 and whether it was of the one before, or
 * ERR_DAMAGED. name is for person.key alone. */
static int part_read(struct home *home, const char *file, size_t part_size, const char *use, uint8_t seed[SEED_SIZE],
                     char name[HOME_NAME_MAX + 1], bool *old, char why[HOME_WHY_SIZE]) {
    uint8_t bytes[KEYRING_SLOTS * PERSON_PART + 1], plain[PERSON_SIZE];
    const size_t plain_size = part_size - KEYRING_BOX_SIZE(0);
    bool fits = false;
    int size = home_file_get(home->path, file, bytes, sizeof bytes, why);
    if (size < 0) return size;
    if ((size_t)size >= OLD_MAGIC_SIZE && memcmp(bytes, OLD_MAGIC, OLD_MAGIC_SIZE) == 0 &&
        (size_t)size != KEYRING_SLOTS * part_size) {
        fits = *old = old_decode(bytes, (size_t)size, name, seed);
    } else if ((size_t)size == KEYRING_SLOTS * part_size) {
        fits = part_get(bytes, part_size, home->slot, plain, plain_size, home->key, use) == 0;
        if (fits && part_size == PERSON_PART)
            fits = person_decode(plain, name, seed);
        else if (fits)
            memcpy(seed, plain, SEED_SIZE);
    }
    if (!fits)
        home_say(why, "%s/%s: the key file is damaged; restore it from a copy, nothing was changed", home->path, file);
    crypto_wipe(bytes, sizeof bytes);
    crypto_wipe(plain, sizeof plain);
    return fits ? 0 : ERR_DAMAGED;
}

int home_person_open(struct home *home, char why[HOME_WHY_SIZE]) {
    char no_name[HOME_NAME_MAX + 1];
    bool old = false;
    int err = part_read(home, HOME_PERSON_FILE, PERSON_PART, "person", home->seed, home->name, &old, why);
    if (!err) err = part_read(home, HOME_GUEST_FILE, GUEST_PART, "guest", home->guest_seed, no_name, &old, why);
    if (!err && old) err = home_person_put(home, home->slot, home->name, home->key, home->seed, home->guest_seed, why);
    return err;
}
