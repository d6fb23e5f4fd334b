/*
 * home_internal.h: what the files of a home's code share: names and paths, the writing of small files, the way from
 * home.key to the keys in memory.
 */
#ifndef NODE_HOME_INTERNAL_H
#define NODE_HOME_INTERNAL_H

#include "node/home.h"
#include "node/keyring.h"

#define HOME_KEY_FILE "home.key"
#define HOME_PERSON_FILE "person.key"
#define HOME_GUEST_FILE "guest.key"
#define HOME_BEGUN_FILE "home.begun" /* an init is at work: no key opens what is here yet */
#define HOME_NEW ".new"              /* a file that is being written */
#define HOME_OLD ".old"              /* one that is being given up */
#define HOME_SAVED ".saved"          /* a store that is being made of what a damaged one still has */
#define HOME_DAMAGED ".damaged"      /* the damaged one, afterwards */
extern const char *const home_store_files[KEYRING_SLOTS];
/* What stands behind the name of a store's files; the store itself, which has nothing there, comes last. */
#define HOME_STORE_PARTS 6
extern const char *const home_store_parts[HOME_STORE_PARTS];

void home_say(char why[HOME_WHY_SIZE], const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Make the path of a file of the folder; ERR_LIMIT if it is too long. */
MUST_CHECK int home_file(char out[PATH_MAX], const char *folder, const char *name);

bool home_file_exists(const char *folder, const char *name);

void home_folder_sync(const char *folder);

/* Take the lock of a home. Return its descriptor, or ERR_BUSY, ERR_READ_ONLY, ERR_IO. */
MUST_CHECK int home_lock_take(const char *folder, char why[HOME_WHY_SIZE]);

/*
 * Write a small file whole or not at all: beside its place, synced, then renamed. What was there is overwritten and
 * synced, too. Errors: as file_err.
 */
MUST_CHECK int home_file_put(const char *folder, const char *name, const uint8_t *bytes, size_t size,
                             char why[HOME_WHY_SIZE]);

/* Read a small file of at most `room` bytes; a larger one gives room. Return its size, or as file_err. */
MUST_CHECK int home_file_get(const char *folder, const char *name, uint8_t *bytes, size_t room,
                             char why[HOME_WHY_SIZE]);

/* Overwrite an open file to its end, sync it, and give its blocks back. ERR_IO. */
MUST_CHECK int home_file_overwrite(int fd);

/* Overwrite a file, and remove it. One that is not there is fine. ERR_IO. */
MUST_CHECK int home_file_wipe(const char *folder, const char *name);

/* Read home.key (making it for a home of an earlier version) and open it: fills key, slot, keyring, protection of the
 * home, whose lock is held. */
MUST_CHECK int home_keys_open(struct home *home, const struct home_access *access, char why[HOME_WHY_SIZE]);

/* Read person.key and guest.key with the key: fills name and seeds. Those of an earlier version are sealed. */
MUST_CHECK int home_person_open(struct home *home, char why[HOME_WHY_SIZE]);

/* Write them: the other slot's parts stay as they are, or become random. */
MUST_CHECK int home_person_put(const struct home *home, unsigned slot, const char *name, const uint8_t key[KEY_SIZE],
                               const uint8_t seed[SEED_SIZE], const uint8_t guest_seed[SEED_SIZE],
                               char why[HOME_WHY_SIZE]);

/* Make the store that nobody uses: an empty one like any other, under a key that is forgotten. */
MUST_CHECK int home_store_blank(const char *folder, unsigned slot, char why[HOME_WHY_SIZE]);

/* Overwrite and remove all files of a store: home_store_files, or what one is renamed to. ERR_IO. */
MUST_CHECK int home_store_wipe(const char *folder, const char *name);

/* Make a home without a folder, a lock or a store yet. NULL: out of memory. */
struct home *home_new(const char *path);

/* Open the store of a slot. */
MUST_CHECK int home_store_open(struct store **out, const char *folder, unsigned slot, const uint8_t key[KEY_SIZE],
                               bool create, char why[HOME_WHY_SIZE]);

#endif
