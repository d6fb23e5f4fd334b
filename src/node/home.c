/*
 * home.c: the folder of a person: made, opened, closed; its lock and its clock.
 */
#include "node/home.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "closed/closed.h"
#include "core/crypto.h"
#include "core/utf8.h"
#include "host/file.h"
#include "node/home_internal.h"

#define CLOCK_NOTE_SECONDS 3600

int home_default(char out[PATH_MAX]) {
    static const struct {
        const char *variable, *rest;
    } places[] = {{"LONGEAR_HOME", ""}, {"XDG_DATA_HOME", "/longear"}, {"HOME", "/.local/share/longear"}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const char *value = getenv(places[i].variable);
        if (!value || !*value) continue;
        int size = snprintf(out, PATH_MAX, "%s%s", value, places[i].rest);
        return size > 0 && size < PATH_MAX ? 0 : ERR_LIMIT;
    }
    return ERR_NOT_FOUND;
}

static int folder_make(const char *path, char why[HOME_WHY_SIZE]) {
    char part[PATH_MAX];
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof part) {
        home_say(why, "%s: not a usable path", path);
        return ERR_LIMIT;
    }
    memcpy(part, path, length + 1);
    for (size_t i = 1; i <= length; i++) {
        if (part[i] != '/' && part[i] != '\0') continue;
        char kept = part[i];
        part[i] = '\0';
        if (mkdir(part, 0700) != 0 && errno != EEXIST) {
            int number = errno;
            home_say(why, "%s: the folder cannot be made: %s", part, strerror(number));
            return file_err(number);
        }
        part[i] = kept;
    }
    return 0;
}

bool home_is_there(const char *folder) {
    return home_file_exists(folder, HOME_KEY_FILE) ||
           (home_file_exists(folder, HOME_PERSON_FILE) && !home_file_exists(folder, HOME_BEGUN_FILE));
}

/* Make an empty file that only the owner can read, for SQLite to fill: the files beside it inherit its mode. */
static int file_reserve(const char *path, char why[HOME_WHY_SIZE]) {
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        int err = file_err(errno);
        home_say(why, "%s: %s", path, err_text(err));
        return err;
    }
    close(fd);
    return 0;
}

/* Open the store of a slot with the key derived from the home's. */
int home_store_open(struct store **out, const char *folder, unsigned slot, const uint8_t key[KEY_SIZE], bool create,
                    char why[HOME_WHY_SIZE]) {
    char file[PATH_MAX];
    uint8_t *own = sodium_malloc(KEY_SIZE);
    if (!own) return ERR_MEMORY;
    keyring_derive(own, key, "store");
    int err = home_file(file, folder, home_store_files[slot]);
    if (!err && create) err = file_reserve(file, why);
    if (!err) err = store_sqlite_open(out, file, create, own, why);
    sodium_free(own);
    return err;
}

int home_store_blank(const char *folder, unsigned slot, char why[HOME_WHY_SIZE]) {
    struct store *store = NULL;
    uint8_t *key = sodium_malloc(KEY_SIZE);
    if (!key) return ERR_MEMORY;
    randombytes_buf(key, KEY_SIZE);
    int err = home_store_open(&store, folder, slot, key, true, why);
    store_close(store);
    sodium_free(key);
    return err;
}

/* Both stores of a sealed home bear the same times: the one that is used tells nothing by them. */
static void stores_touch(const struct home *home) {
    char path[PATH_MAX], name[64];
    if (home->keyring.mode != KEYRING_SEALED) return;
    for (unsigned i = 0; i < KEYRING_SLOTS * HOME_STORE_PARTS; i++) {
        (void)snprintf(name, sizeof name, "%s%s", home_store_files[i % KEYRING_SLOTS],
                       home_store_parts[i / KEYRING_SLOTS]);
        if (home_file(path, home->path, name) == 0) (void)utimensat(AT_FDCWD, path, NULL, 0);
    }
}

static int name_check(const char *name, char why[HOME_WHY_SIZE]) {
    size_t size = strlen(name);
    if (size > 0 && size <= HOME_NAME_MAX && utf8_is_text((const uint8_t *)name, size, false)) return 0;
    home_say(why, "a name is 1 to %d bytes of text in one line", HOME_NAME_MAX);
    return ERR_TEXT;
}

struct home *home_new(const char *path) {
    struct home *home = calloc(1, sizeof *home);
    if (!home) return NULL;
    pthread_mutex_init(&home->mutex, NULL);
    home->lock_fd = -1;
    home->seed = sodium_malloc(SEED_SIZE);
    home->guest_seed = sodium_malloc(SEED_SIZE);
    home->key = sodium_malloc(KEY_SIZE);
    if (!home->seed || !home->guest_seed || !home->key || strlen(path) >= sizeof home->path) {
        home_close(home);
        return NULL;
    }
    memcpy(home->path, path, strlen(path) + 1);
    return home;
}

/* Put a fresh home key into a slot, and a fresh person behind it: all but home.key is written. The caller wipes key. */
static int slot_fill(struct home *home, unsigned slot, const uint8_t wrapping[KEY_SIZE], const char *name,
                     uint8_t key[KEY_SIZE], uint8_t *fingerprint, char why[HOME_WHY_SIZE]) {
    uint8_t seeds[2][SEED_SIZE];
    struct store *store = NULL;
    randombytes_buf(key, KEY_SIZE);
    randombytes_buf(seeds, sizeof seeds);
    keyring_put(&home->keyring, slot, wrapping, key);
    int err = home_store_open(&store, home->path, slot, key, true, why);
    store_close(store);
    if (!err) err = home_person_put(home, slot, name, key, seeds[0], seeds[1], why);
    if (fingerprint) person_fingerprint(fingerprint, seeds[0]);
    crypto_wipe(seeds, sizeof seeds);
    return err;
}

static int keyring_store(const struct home *home, const char *name, char why[HOME_WHY_SIZE]) {
    uint8_t bytes[KEYRING_FILE_SIZE];
    keyring_encode(&home->keyring, bytes);
    int err = home_file_put(home->path, name, bytes, sizeof bytes, why);
    crypto_wipe(bytes, sizeof bytes);
    return err;
}

static int secret_wrap(const struct home *home, const struct keyring_secret *secret, uint8_t wrapping[KEY_SIZE],
                       char why[HOME_WHY_SIZE]) {
    int err = keyring_wrapping_key(&home->keyring, secret, wrapping);
    if (err)
        home_say(why, "there is not enough memory for the passphrase: it takes %u MiB",
                 (unsigned)(home->keyring.cost.memory_kib / 1024));
    return err;
}

/* home.key comes last: before it there is no home. What an init that was cut short left is begun anew. */
static int init_locked(struct home *home, const char *name, const struct keyring_secret *secret, uint8_t *fingerprint,
                       char why[HOME_WHY_SIZE]) {
    uint8_t wrapping[KEY_SIZE], key[KEY_SIZE], seal = secret ? 1 : 0;
    const bool again = home_file_exists(home->path, HOME_BEGUN_FILE);
    if (home_is_there(home->path)) {
        home_say(why, "%s: there is a person here already; nothing was changed", home->path);
        return ERR_EXISTS;
    }
    for (unsigned i = 0; i < KEYRING_SLOTS; i++) {
        if (!home_file_exists(home->path, home_store_files[i])) continue;
        if (!again) {
            home_say(why, "%s: there are messages here without their key; nothing was changed", home->path);
            return ERR_EXISTS;
        }
        int err = home_store_wipe(home->path, home_store_files[i]);
        if (err) return err;
    }
    int err = home_file_put(home->path, HOME_BEGUN_FILE, &seal, 1, why);
    if (err) return err;
    keyring_init(&home->keyring, secret ? KEYRING_SEALED : KEYRING_OPEN,
                 secret ? keyring_cost_choose() : (struct keyring_cost){0});
    const unsigned slot = secret ? randombytes_uniform(KEYRING_SLOTS) : 0;
    err = secret_wrap(home, secret, wrapping, why);
    if (!err) err = slot_fill(home, slot, wrapping, name, key, fingerprint, why);
    if (!err && secret) err = home_store_blank(home->path, !slot, why);
    if (!err) err = keyring_store(home, HOME_KEY_FILE, why);
    if (!err) err = home_file_wipe(home->path, HOME_BEGUN_FILE);
    crypto_wipe(wrapping, sizeof wrapping);
    crypto_wipe(key, sizeof key);
    return err;
}

int home_init_sealed(const char *path, const char *name, const struct keyring_secret *secret,
                     uint8_t fingerprint[PERSON_FINGERPRINT_SIZE], char why[HOME_WHY_SIZE]) {
    int err = name_check(name, why);
    if (!err) err = folder_make(path, why);
    if (err) return err;
    int lock = home_lock_take(path, why);
    if (lock < 0) return lock;
    struct home *home = home_new(path);
    if (home) home->lock_fd = lock;
    err = home ? init_locked(home, name, secret, fingerprint, why) : ERR_MEMORY;
    if (!home) close(lock);
    home_close(home);
    return err;
}

int home_init(const char *path, const char *name, char why[HOME_WHY_SIZE]) {
    return home_init_sealed(path, name, NULL, NULL, why);
}

static void boot_id(char out[64]) {
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, out, 63) : 0;
    if (fd >= 0) close(fd);
    out[got > 0 ? got : 0] = '\0';
}

static void clock_load(struct home *home) {
    char boot[64] = "", confirmed[64] = "";
    uint64_t last = 0;
    boot_id(boot);
    int got = store_meta_get(home->store, "clock_person", (uint8_t *)confirmed, sizeof confirmed - 1);
    home->clock_person = got > 0 && boot[0] && strcmp(boot, confirmed) == 0;
    if (store_meta_get(home->store, "clock_last", (uint8_t *)&last, sizeof last) == (int)sizeof last)
        home->clock_last = last;
}

int home_open_with(struct home **out, const char *path, const struct home_access *access, char why[HOME_WHY_SIZE]) {
    *out = NULL;
    if (!home_is_there(path)) {
        home_say(why, "%s: %s", path, err_text(ERR_NO_HOME));
        return ERR_NO_HOME;
    }
    int lock = home_lock_take(path, why);
    if (lock < 0) return lock;
    struct home *home = home_new(path);
    if (!home) {
        close(lock);
        return ERR_MEMORY;
    }
    home->lock_fd = lock;
    int err = home_file_exists(path, HOME_BEGUN_FILE) ? home_file_wipe(path, HOME_BEGUN_FILE) : 0;
    if (!err) err = home_keys_open(home, access, why);
    if (!err) err = home_person_open(home, why);
    if (!err) err = home_store_open(&home->store, path, home->slot, home->key, false, why);
    if (err) {
        home_close(home);
        return err;
    }
    clock_load(home);
    home_budget(home);
    *out = home;
    return 0;
}

int home_open(struct home **out, const char *path, char why[HOME_WHY_SIZE]) {
    return home_open_with(out, path, NULL, why);
}

int home_open_memory(struct home **out, const char *path, const char *name) {
    char why[HOME_WHY_SIZE];
    *out = NULL;
    struct home *home = home_new(path);
    int err = home ? name_check(name, why) : ERR_MEMORY;
    if (!err) err = store_memory_open(&home->store);
    if (err) {
        home_close(home);
        return err;
    }
    memcpy(home->name, name, strlen(name) + 1);
    home->protection = HOME_IN_MEMORY;
    home_budget(home);
    randombytes_buf(home->seed, SEED_SIZE);
    randombytes_buf(home->guest_seed, SEED_SIZE);
    randombytes_buf(home->key, KEY_SIZE);
    *out = home;
    return 0;
}

void home_close(struct home *home) {
    if (!home) return;
    const bool used = home->store && home->lock_fd >= 0;
    if (home->store) home_clock_note(home);
    closed_free(home->closed);
    free(home->people);
    store_close(home->store);
    if (used) stores_touch(home);
    sodium_free(home->seed);
    sodium_free(home->guest_seed);
    sodium_free(home->key);
    pthread_mutex_destroy(&home->mutex);
    if (home->lock_fd >= 0) close(home->lock_fd);
    free(home);
}

/* Tell whether a secret opens what it must not: the other slot, or, if own is true, this home. */
static bool is_taken(const struct home *home, const uint8_t wrapping[KEY_SIZE], bool own) {
    uint8_t *key = sodium_malloc(KEY_SIZE);
    int slot = key ? keyring_open(&home->keyring, wrapping, key) : ERR_MEMORY;
    sodium_free(key);
    return slot >= 0 && ((unsigned)slot == home->slot) == own;
}

int home_reseal(struct home *home, const struct keyring_secret *secret, char why[HOME_WHY_SIZE]) {
    const struct keyring before = home->keyring;
    uint8_t wrapping[KEY_SIZE];
    bool first = before.mode == KEYRING_OPEN;
    if (first) keyring_init(&home->keyring, KEYRING_SEALED, keyring_cost_choose());
    int err = secret_wrap(home, secret, wrapping, why);
    if (!err && !first && is_taken(home, wrapping, false)) err = ERR_EXISTS;
    if (!err && first) err = home_store_blank(home->path, !home->slot, why);
    if (!err) {
        keyring_put(&home->keyring, home->slot, wrapping, home->key);
        err = keyring_store(home, HOME_KEY_FILE, why);
    }
    crypto_wipe(wrapping, sizeof wrapping);
    if (err)
        home->keyring = before;
    else
        home->protection = home_protection_of(home->keyring.mode, secret);
    return err;
}

int home_second(struct home *home, const char *name, const struct keyring_secret *secret, char why[HOME_WHY_SIZE]) {
    const unsigned slot = !home->slot;
    uint8_t wrapping[KEY_SIZE], key[KEY_SIZE];
    int err = name_check(name, why);
    if (!err && home->keyring.mode != KEYRING_SEALED) {
        home_say(why, "this home has no passphrase yet: a second one comes after the first");
        err = ERR_FIELD;
    }
    if (!err) err = secret_wrap(home, secret, wrapping, why);
    if (err) return err;
    if (is_taken(home, wrapping, true)) err = ERR_EXISTS;
    /* First the old key of the slot goes, so that no key fits half of what is written. */
    randombytes_buf(home->keyring.slots[slot], sizeof home->keyring.slots[slot]);
    if (!err) err = keyring_store(home, HOME_KEY_FILE, why);
    if (!err) err = home_store_wipe(home->path, home_store_files[slot]);
    if (!err) err = slot_fill(home, slot, wrapping, name, key, NULL, why);
    if (!err) err = keyring_store(home, HOME_KEY_FILE, why);
    crypto_wipe(wrapping, sizeof wrapping);
    crypto_wipe(key, sizeof key);
    return err;
}

const char *home_protection_word(enum home_protection protection) {
    switch (protection) {
    case HOME_UNPROTECTED: return "none";
    case HOME_PASSPHRASE: return "passphrase";
    case HOME_KEY_FILE_ONLY: return "key file";
    case HOME_BOTH: return "passphrase and key file";
    case HOME_IN_MEMORY: return "memory";
    }
    return "none";
}

void home_enter(struct home *home) {
    int err = pthread_mutex_lock(&home->mutex);
    assert(err == 0);
    (void)err;
}

void home_leave(struct home *home) {
    int err = pthread_mutex_unlock(&home->mutex);
    assert(err == 0);
    (void)err;
}

static bool clock_is_kept(void) {
    char kept = '0';
    struct timex state = {0};
    if (getenv("LONGEAR_NOW")) return false;
    int fd = open("/sys/class/rtc/rtc0/hctosys", O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        if (read(fd, &kept, 1) != 1) kept = '0';
        close(fd);
    }
    return kept == '1' || (adjtimex(&state) >= 0 && !(state.status & STA_UNSYNC));
}

static uint64_t clock_read(void) {
    const char *fixed = getenv("LONGEAR_NOW");
    if (fixed && *fixed) return strtoull(fixed, NULL, 10);
    time_t now = time(NULL);
    return now > 0 ? (uint64_t)now : 0;
}

struct when home_when(const struct home *home) {
    struct when when = {.now = clock_read()};
    if (when.now >= HOME_CLOCK_FLOOR) {
        when.confirmed = home->clock_person || clock_is_kept();
        return when;
    }
    when.now = home->clock_last > HOME_CLOCK_FLOOR ? home->clock_last : HOME_CLOCK_FLOOR;
    return when;
}

int home_clock_confirm(struct home *home) {
    char boot[64];
    boot_id(boot);
    if (!boot[0] || clock_read() < HOME_CLOCK_FLOOR) return ERR_TIME;
    int err = store_meta_set(home->store, "clock_person", (const uint8_t *)boot, strlen(boot));
    home->clock_person = !err;
    return err;
}

void home_clock_note(struct home *home) {
    uint64_t now = clock_read();
    if (now < HOME_CLOCK_FLOOR || now < home->clock_last + CLOCK_NOTE_SECONDS || !home_when(home).confirmed) return;
    if (store_meta_set(home->store, "clock_last", (const uint8_t *)&now, sizeof now) == 0) home->clock_last = now;
}

void home_member(struct home *home, const struct charter *charter, bool guest, struct member *out) {
    person_in(out, guest ? home->guest_seed : home->seed, charter);
}
