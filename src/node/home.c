/*
 * home.c: the folder of a person: keys, store, lock, clock.
 *
 * person.key and guest.key are small files: "longear key 1\n" ‖ seed (32) ‖ n (1) ‖ name (n) ‖ check (8), the check
 * being the beginning of BLAKE2b-256 over all before it. They are written beside their place, synced, and renamed.
 */
#include "node/home.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "core/crypto.h"
#include "core/utf8.h"
#include "host/file.h"

#define KEY_MAGIC "longear key 1\n"
#define KEY_MAGIC_SIZE (sizeof KEY_MAGIC - 1)
#define KEY_CHECK_SIZE 8
#define KEY_FILE_MAX (KEY_MAGIC_SIZE + SEED_SIZE + 1 + HOME_NAME_MAX + KEY_CHECK_SIZE)
#define CLOCK_NOTE_SECONDS 3600

static const char *const home_files[] = {"person.key",       "guest.key", "store.db-wal", "store.db-shm",
                                         "store.db-journal", "store.db",  "socket",       "lock"};
#define HOME_FILES (sizeof home_files / sizeof *home_files)
#define KEY_FILES 2 /* the first of them */

__attribute__((format(printf, 2, 3))) static void say(char why[HOME_WHY_SIZE], const char *format, ...) {
    va_list args;
    if (!why) return;
    va_start(args, format);
    vsnprintf(why, HOME_WHY_SIZE, format, args);
    va_end(args);
}

static int file_path(char out[PATH_MAX], const char *folder, const char *name) {
    int size = snprintf(out, PATH_MAX, "%s/%s", folder, name);
    return size > 0 && size < PATH_MAX ? 0 : ERR_LIMIT;
}

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
        say(why, "%s: not a usable path", path);
        return ERR_LIMIT;
    }
    memcpy(part, path, length + 1);
    for (size_t i = 1; i <= length; i++) {
        if (part[i] != '/' && part[i] != '\0') continue;
        char kept = part[i];
        part[i] = '\0';
        if (mkdir(part, 0700) != 0 && errno != EEXIST) {
            int number = errno;
            say(why, "%s: the folder cannot be made: %s", part, strerror(number));
            return file_err(number);
        }
        part[i] = kept;
    }
    return 0;
}

static void folder_sync(const char *folder) {
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    (void)fsync(fd);
    close(fd);
}

static int key_write(const char *folder, const char *file, const char *name, const uint8_t seed[SEED_SIZE],
                     char why[HOME_WHY_SIZE]) {
    uint8_t bytes[KEY_FILE_MAX], digest[HASH_SIZE];
    char path[PATH_MAX], beside[PATH_MAX];
    size_t name_size = strlen(name), at = 0;
    assert(name_size <= HOME_NAME_MAX);
    memcpy(bytes, KEY_MAGIC, KEY_MAGIC_SIZE);
    at += KEY_MAGIC_SIZE;
    memcpy(bytes + at, seed, SEED_SIZE);
    at += SEED_SIZE;
    bytes[at++] = (uint8_t)name_size;
    memcpy(bytes + at, name, name_size);
    at += name_size;
    crypto_digest(digest, bytes, at);
    memcpy(bytes + at, digest, KEY_CHECK_SIZE);
    at += KEY_CHECK_SIZE;
    int err = file_path(path, folder, file);
    if (!err) {
        int size = snprintf(beside, sizeof beside, "%s.new", path);
        err = size > 0 && (size_t)size < sizeof beside ? 0 : ERR_LIMIT;
    }
    int fd = err ? -1 : open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (!err && fd < 0) err = file_err(errno);
    if (!err) err = file_write(fd, bytes, at);
    if (!err && fsync(fd) != 0) err = file_err(errno);
    if (fd >= 0) close(fd);
    if (!err && rename(beside, path) != 0) err = file_err(errno);
    if (err && fd >= 0) unlink(beside);
    if (err) say(why, "%s: %s", path, err_text(err));
    folder_sync(folder);
    crypto_wipe(bytes, sizeof bytes);
    return err;
}

static int key_read(const char *folder, const char *file, char name[HOME_NAME_MAX + 1], uint8_t seed[SEED_SIZE],
                    char why[HOME_WHY_SIZE]) {
    uint8_t bytes[KEY_FILE_MAX + 1], digest[HASH_SIZE];
    char path[PATH_MAX];
    int err = file_path(path, folder, file);
    if (err) return err;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        err = file_err(errno);
        say(why, "%s: %s", path, err_text(err));
        return err;
    }
    ssize_t got = read(fd, bytes, sizeof bytes);
    close(fd);
    size_t size = got > 0 ? (size_t)got : 0, least = KEY_MAGIC_SIZE + SEED_SIZE + 1 + KEY_CHECK_SIZE;
    size_t name_size = size >= least ? bytes[KEY_MAGIC_SIZE + SEED_SIZE] : 0;
    bool fits = size >= least && name_size <= HOME_NAME_MAX && size == least + name_size &&
                memcmp(bytes, KEY_MAGIC, KEY_MAGIC_SIZE) == 0;
    if (fits) {
        crypto_digest(digest, bytes, size - KEY_CHECK_SIZE);
        fits = memcmp(digest, bytes + size - KEY_CHECK_SIZE, KEY_CHECK_SIZE) == 0;
    }
    if (fits) {
        memcpy(seed, bytes + KEY_MAGIC_SIZE, SEED_SIZE);
        memcpy(name, bytes + KEY_MAGIC_SIZE + SEED_SIZE + 1, name_size);
        name[name_size] = '\0';
    } else {
        say(why, "%s: the key file is damaged; restore it from a copy, nothing was changed", path);
    }
    crypto_wipe(bytes, sizeof bytes);
    return fits ? 0 : ERR_DAMAGED;
}

/* Take the lock of a home. Return its descriptor or an error. */
static int lock_take(const char *folder, char why[HOME_WHY_SIZE]) {
    char path[PATH_MAX];
    int err = file_path(path, folder, "lock");
    if (err) return err;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        err = file_err(errno);
        say(why, "%s: %s: %s", path, err_text(err), strerror(errno));
        return err;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
    err = errno == EWOULDBLOCK ? ERR_BUSY : file_err(errno);
    say(why, "%s: %s", folder, err_text(err));
    close(fd);
    return err;
}

static bool has_key(const char *folder) {
    char path[PATH_MAX];
    struct stat info;
    return file_path(path, folder, home_files[0]) == 0 && stat(path, &info) == 0;
}

/* Make an empty file that only the owner can read, for SQLite to fill: the files beside it inherit its mode. */
static int file_reserve(const char *path, char why[HOME_WHY_SIZE]) {
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        int err = file_err(errno);
        say(why, "%s: %s", path, err_text(err));
        return err;
    }
    close(fd);
    return 0;
}

static int init_locked(const char *path, const char *name, char why[HOME_WHY_SIZE]) {
    char file[PATH_MAX];
    struct store *store = NULL;
    uint8_t seeds[2][SEED_SIZE];
    if (has_key(path)) {
        say(why, "%s: there is a person here already; nothing was changed", path);
        return ERR_EXISTS;
    }
    int err = file_path(file, path, "store.db");
    if (!err) err = file_reserve(file, why);
    if (!err) err = store_sqlite_open(&store, file, true, NULL, why);
    store_close(store);
    if (err) return err;
    randombytes_buf(seeds, sizeof seeds);
    err = key_write(path, "guest.key", "", seeds[1], why);
    if (!err) err = key_write(path, "person.key", name, seeds[0], why);
    crypto_wipe(seeds, sizeof seeds);
    return err;
}

int home_init(const char *path, const char *name, char why[HOME_WHY_SIZE]) {
    size_t name_size = strlen(name);
    if (name_size == 0 || name_size > HOME_NAME_MAX || !utf8_is_text((const uint8_t *)name, name_size, false)) {
        say(why, "a name is 1 to %d bytes of text in one line", HOME_NAME_MAX);
        return ERR_TEXT;
    }
    int err = folder_make(path, why);
    if (err) return err;
    int lock = lock_take(path, why);
    if (lock < 0) return lock;
    err = init_locked(path, name, why);
    close(lock);
    return err;
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

int home_open(struct home **out, const char *path, char why[HOME_WHY_SIZE]) {
    char file[PATH_MAX], no_name[HOME_NAME_MAX + 1];
    *out = NULL;
    if (!has_key(path)) {
        say(why, "%s: %s", path, err_text(ERR_NO_HOME));
        return ERR_NO_HOME;
    }
    int lock = lock_take(path, why);
    if (lock < 0) return lock;
    struct home *home = calloc(1, sizeof *home);
    int err = home ? file_path(home->path, path, "") : ERR_MEMORY;
    if (err) {
        close(lock);
        free(home);
        return err;
    }
    home->path[strlen(home->path) - 1] = '\0';
    home->lock_fd = lock;
    pthread_mutex_init(&home->mutex, NULL);
    home->seed = sodium_malloc(SEED_SIZE);
    home->guest_seed = sodium_malloc(SEED_SIZE);
    err = home->seed && home->guest_seed ? file_path(file, path, "store.db") : ERR_MEMORY;
    if (!err) err = key_read(path, "person.key", home->name, home->seed, why);
    if (!err) err = key_read(path, "guest.key", no_name, home->guest_seed, why);
    if (!err) err = store_sqlite_open(&home->store, file, false, NULL, why);
    if (err) {
        home_close(home);
        return err;
    }
    clock_load(home);
    *out = home;
    return 0;
}

void home_close(struct home *home) {
    if (!home) return;
    if (home->store) home_clock_note(home);
    store_close(home->store);
    sodium_free(home->seed);
    sodium_free(home->guest_seed);
    pthread_mutex_destroy(&home->mutex);
    close(home->lock_fd);
    free(home);
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

/* Overwrite a file with zeros and sync it, then remove it. A file that is not there is fine. */
static int file_wipe(const char *path) {
    static const uint8_t zeros[64 * 1024];
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    int err = 0;
    if (fd >= 0) {
        off_t size = lseek(fd, 0, SEEK_END);
        (void)lseek(fd, 0, SEEK_SET);
        for (off_t at = 0; at < size && !err; at += (off_t)sizeof zeros)
            err = file_write(fd, zeros, size - at < (off_t)sizeof zeros ? (size_t)(size - at) : sizeof zeros);
        if (fsync(fd) != 0) err = ERR_IO;
        close(fd);
    }
    if (unlink(path) != 0 && errno != ENOENT) err = ERR_IO;
    return err;
}

/* Overwrite and remove some of the files that a home has. Return whether all went. */
static bool files_wipe(const char *folder, size_t from, size_t to) {
    char path[PATH_MAX];
    bool failed = false;
    for (size_t i = from; i < to; i++) failed |= file_path(path, folder, home_files[i]) || file_wipe(path);
    return !failed;
}

int home_wipe(struct home *home) {
    char folder[PATH_MAX];
    memcpy(folder, home->path, sizeof folder);
    bool done = files_wipe(folder, 0, KEY_FILES);
    sodium_memzero(home->seed, SEED_SIZE);
    sodium_memzero(home->guest_seed, SEED_SIZE);
    store_close(home->store);
    home->store = NULL;
    done &= files_wipe(folder, KEY_FILES, HOME_FILES);
    home_close(home);
    folder_sync(folder);
    (void)rmdir(folder); /* stays if the person keeps something else in it */
    return done ? 0 : ERR_IO;
}

/* Tell whether a wipe was cut short here: its keys go first, the lock last. */
static bool has_remains(const char *folder) {
    char store[PATH_MAX], lock[PATH_MAX];
    return file_path(store, folder, "store.db") == 0 && file_path(lock, folder, "lock") == 0 &&
           access(store, F_OK) == 0 && access(lock, F_OK) == 0;
}

int home_wipe_closed(const char *path, char why[HOME_WHY_SIZE]) {
    int lock = has_key(path) || has_remains(path) ? lock_take(path, why) : ERR_NO_HOME;
    if (lock < 0) return lock;
    bool done = files_wipe(path, 0, HOME_FILES);
    close(lock);
    folder_sync(path);
    (void)rmdir(path);
    if (!done) say(why, "%s: not everything could be removed", path);
    return done ? 0 : ERR_IO;
}
