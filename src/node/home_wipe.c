/*
 * home_wipe.c: the end of a home.
 *
 * The order is what matters: the slots of home.key first, overwritten in place and synced, which takes as long as one
 * write of a disk however large the home is, and makes everything else unreadable; then the keys in memory; then all
 * files are overwritten, synced, given back to the disk and removed, so that it can be cut short at any place and taken
 * up again.
 */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "closed/closed.h"
#include "host/file.h"
#include "node/home_internal.h"

/* Before the stores and after them; the lock last: with it a wipe that was cut short is known. */
static const char *const first_files[] = {HOME_KEY_FILE,   HOME_KEY_FILE HOME_NEW,  HOME_BEGUN_FILE HOME_NEW,
                                          HOME_BEGUN_FILE, HOME_PERSON_FILE,        HOME_PERSON_FILE HOME_NEW,
                                          HOME_GUEST_FILE, HOME_GUEST_FILE HOME_NEW};
static const char *const stores[] = {"store.db",
                                     "store2.db",
                                     "store.db" HOME_NEW,
                                     "store.db" HOME_OLD,
                                     "store.db" HOME_SAVED,
                                     "store2.db" HOME_SAVED,
                                     "store.db" HOME_DAMAGED,
                                     "store2.db" HOME_DAMAGED};
static const char *const last_files[] = {"socket", "lock"};

static int key_overwrite(const char *folder, const char *name, enum keyring_mode *mode) {
    uint8_t bytes[KEYRING_FILE_SIZE];
    struct keyring k;
    char path[PATH_MAX];
    struct stat info;
    int err = home_file(path, folder, name);
    if (err) return err;
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) return errno == ENOENT ? ERR_NO_HOME : file_err(errno);
    if (mode && read(fd, bytes, sizeof bytes) == (ssize_t)sizeof bytes && keyring_decode(&k, bytes, sizeof bytes) == 0)
        *mode = k.mode;
    size_t size = fstat(fd, &info) == 0 && info.st_size < (off_t)sizeof bytes ? (size_t)info.st_size : sizeof bytes;
    randombytes_buf(bytes, sizeof bytes);
    err = file_write_at(fd, bytes, size, 0);
    if (fdatasync(fd) != 0) err = ERR_IO;
    close(fd);
    return err;
}

int home_wipe_key(const char *path, enum keyring_mode *mode) {
    if (mode) *mode = KEYRING_OPEN;
    int beside = key_overwrite(path, HOME_KEY_FILE HOME_NEW, NULL);
    int err = key_overwrite(path, HOME_KEY_FILE, mode);
    /* The seed of a home of an earlier version lay open. */
    int person = home_file_exists(path, HOME_PERSON_FILE) && err ? key_overwrite(path, HOME_PERSON_FILE, NULL) : 0;
    if (err == ERR_NO_HOME && home_file_exists(path, HOME_PERSON_FILE)) err = person;
    return err ? err : beside == ERR_NO_HOME ? 0 : beside;
}

/* Overwrite and remove all files that a home has, and the folder if nothing else is in it. Return whether all went. */
static bool files_wipe(const char *folder) {
    bool done = true;
    for (size_t i = 0; i < sizeof first_files / sizeof *first_files; i++)
        done &= home_file_wipe(folder, first_files[i]) == 0;
    for (size_t i = 0; i < sizeof stores / sizeof *stores; i++) done &= home_store_wipe(folder, stores[i]) == 0;
    for (size_t i = 0; i < sizeof last_files / sizeof *last_files; i++)
        done &= home_file_wipe(folder, last_files[i]) == 0;
    home_folder_sync(folder);
    (void)rmdir(folder); /* stays if the person keeps something else in it */
    return done;
}

static void memory_wipe(struct home *home) {
    sodium_memzero(home->seed, SEED_SIZE);
    sodium_memzero(home->guest_seed, SEED_SIZE);
    sodium_memzero(home->key, KEY_SIZE);
    sodium_memzero(home->name, sizeof home->name);
    sodium_memzero(&home->keyring, sizeof home->keyring);
}

int home_wipe(struct home *home) {
    char folder[PATH_MAX];
    const bool in_memory = home->protection == HOME_IN_MEMORY;
    memcpy(folder, home->path, sizeof folder);
    int key = in_memory ? 0 : home_wipe_key(folder, NULL);
    memory_wipe(home);
    closed_free(home->closed);
    home->closed = NULL;
    store_close(home->store);
    home->store = NULL;
    bool done = in_memory || (files_wipe(folder) && (key == 0 || key == ERR_NO_HOME));
    home_close(home);
    return done ? 0 : ERR_IO;
}

static void *exit_main(void *argument) {
    struct home *home = argument;
    struct timespec grace = {.tv_nsec = HOME_WIPE_GRACE_MS * 1000000L}, until;
    (void)nanosleep(&grace, NULL);
    /* Whoever is at work with the store or a key ends soon; whoever does not is not waited for. */
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += HOME_WIPE_GRACE_MS * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_nsec -= 1000000000L;
        until.tv_sec++;
    }
    if (pthread_mutex_timedlock(&home->mutex, &until) != 0) until.tv_sec = 0;
    memory_wipe(home);
    const bool done = home->protection == HOME_IN_MEMORY || files_wipe(home->path);
    _exit(done ? 0 : 1);
}

void home_wipe_and_exit(struct home *home) {
    pthread_t thread;
    int key = home->protection == HOME_IN_MEMORY ? 0 : home_wipe_key(home->path, NULL);
    (void)key; /* the files go all the same */
    if (pthread_create(&thread, NULL, exit_main, home) != 0) (void)exit_main(home);
    (void)pthread_detach(thread);
}

/* Tell whether a wipe was cut short here: its keys go first, the lock last. */
static bool has_remains(const char *folder) {
    return (home_file_exists(folder, home_store_files[0]) || home_file_exists(folder, home_store_files[1])) &&
           home_file_exists(folder, "lock");
}

int home_wipe_closed(const char *path, char why[HOME_WHY_SIZE]) {
    bool here = has_remains(path) || home_file_exists(path, HOME_KEY_FILE) || home_file_exists(path, HOME_PERSON_FILE);
    int lock = here ? home_lock_take(path, why) : ERR_NO_HOME;
    if (lock < 0) return lock;
    int key = home_wipe_key(path, NULL);
    bool done = files_wipe(path) && (key == 0 || key == ERR_NO_HOME);
    close(lock);
    if (!done) home_say(why, "%s: not everything could be removed", path);
    return done ? 0 : ERR_IO;
}
