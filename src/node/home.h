/*
 * home.h: a home: the folder that holds a person's secret and their store, and its one owner.
 *
 *   home.key     the home's key, sealed by a passphrase, a key file, or neither (keyring.h)
 *   person.key   the person's name and seed, sealed         guest.key   the seed of the point's guests, sealed
 *   store.db     the records, sealed (store2.db: those of a second passphrase, or of nobody)
 *   lock         held by whoever has the home open          socket      of a running node (see control.h)
 *
 * A home can also be in memory alone: no folder, nothing of it outlives the process.
 */
#ifndef NODE_HOME_H
#define NODE_HOME_H

#include <limits.h>
#include <pthread.h>
#include <stdbool.h>

#include "core/person.h"
#include "node/keyring.h"
#include "store/store.h"

#define HOME_NAME_MAX 80
#define HOME_WHY_SIZE 512
#define HOME_MEMORY "memory:" /* what the path of a home in memory begins with */
/* A clock before this is not set (a Raspberry Pi wakes in the past): 2026-11-01. */
#define HOME_CLOCK_FLOOR UINT64_C(1793491200)

struct cage;    /* host/cage.h */
struct closed;  /* closed/closed.h */
struct network; /* network.h */
struct usb;     /* usb.h */

/* What a node that runs on a home tells; all NULL without one. */
struct home_node {
    void (*network)(void *context, struct network *out); /* from any thread */
    void *context;
    const char *app_words; /* check words of the app that it serves */
    struct usb *usb;       /* for usb_get */
    const struct cage *cage;
};

/* What opens a home. */
enum home_protection {
    HOME_UNPROTECTED, /* the key lies beside the store */
    HOME_PASSPHRASE,
    HOME_KEY_FILE_ONLY,
    HOME_BOTH,
    HOME_IN_MEMORY, /* there is nothing to open */
};

/* Where the passphrase and the key file come from. */
struct home_access {
    const char *key_file; /* its path, or NULL */
    /*
     * Write the passphrase to out (KEYRING_PASSPHRASE_MAX bytes, of sodium_malloc) and return its size: the one that
     * was given beforehand, or, if ask is true, one that somebody is asked for now. ERR_NOT_FOUND: there is none, or
     * nobody to ask. Another error ends the opening. NULL: there is none.
     */
    int (*passphrase)(void *context, uint8_t *out, bool ask);
    void *context;
};

struct home {
    char path[PATH_MAX]; /* of a home in memory: what it is called */
    char name[HOME_NAME_MAX + 1];
    uint8_t *seed, *guest_seed; /* sodium_malloc, SEED_SIZE each; locked in memory, wiped by home_close */
    uint8_t *key;               /* the home's key, likewise, KEY_SIZE */
    struct keyring keyring;     /* home.key as it is on the disk */
    unsigned slot;              /* of it that was opened */
    enum home_protection protection;
    struct store *store;
    struct closed *closed; /* of home_closed; NULL until then */
    struct people *people; /* of the community people_of, for standing_class (node/standing.h); or NULL */
    uint8_t people_of[HASH_SIZE];
    bool people_changed;   /* they are to be read anew */
    pthread_mutex_t mutex; /* home_enter, home_leave: one user of the store at a time */
    int lock_fd;           /* -1 in memory */
    uint64_t clock_last;   /* the latest time that a set clock showed here */
    bool clock_person;     /* the person confirmed the clock since the device started */
    struct home_node node; /* set while no other thread uses the home */
};

/*
 * Make a home: the folder (0700, with its parents), a person of this name, a store, sealed by a secret, or, if it is
 * NULL, with the key beside the store. path must not hold a home yet (ERR_EXISTS). Errors: ERR_TEXT (the name),
 * ERR_ENTROPY, ERR_MEMORY (for Argon2id), those of store_sqlite_open. fingerprint, unless NULL, receives the person's
 * (person.h), why a sentence for people.
 */
MUST_CHECK int home_init(const char *path, const char *name, char why[HOME_WHY_SIZE]);
MUST_CHECK int home_init_sealed(const char *path, const char *name, const struct keyring_secret *secret,
                                uint8_t fingerprint[PERSON_FINGERPRINT_SIZE], char why[HOME_WHY_SIZE]);

/*
 * Open a home and become its owner. Errors: ERR_NO_HOME, ERR_BUSY (a node or another command has it: talk to it by
 * control.h), ERR_DAMAGED (a key file that is none), ERR_SEALED (a passphrase or a key file is needed),
 * ERR_PASSPHRASE (not the right one; every further try waits longer), those of store_sqlite_open and of access.
 * home_open has no access.
 */
MUST_CHECK int home_open(struct home **out, const char *path, char why[HOME_WHY_SIZE]);
MUST_CHECK int home_open_with(struct home **out, const char *path, const struct home_access *access,
                              char why[HOME_WHY_SIZE]);

/* Tell whether there is a home at path. */
bool home_is_there(const char *path);

/* Make a home in memory, with a person of this name; it is called `name` in messages, and nothing is written anywhere.
 * ERR_MEMORY. */
MUST_CHECK int home_open_memory(struct home **out, const char *path, const char *name);

/*
 * Seal an open home by another secret, or for the first time. The old key file is overwritten. Errors: ERR_EXISTS (the
 * secret opens something else already), ERR_MEMORY, as file_err.
 */
MUST_CHECK int home_reseal(struct home *home, const struct keyring_secret *secret, char why[HOME_WHY_SIZE]);

/*
 * Make an innocent home behind the other slot: a person of their own, an empty store. What was behind it is lost:
 * nobody can tell whether there was anything. Errors: ERR_FIELD (this home is not sealed), ERR_EXISTS (the secret opens
 * this home), those of home_init.
 */
MUST_CHECK int home_second(struct home *home, const char *name, const struct keyring_secret *secret,
                           char why[HOME_WHY_SIZE]);

/* Make the BLAKE2b-256 of a key file, for a keyring_secret. ERR_FIELD (under 16 bytes, over 1 MiB, or in the folder of
 * the home), as file_err. */
MUST_CHECK int home_key_file_read(const char *folder, const char *file, uint8_t hash[HASH_SIZE],
                                  char why[HOME_WHY_SIZE]);

/* What seals a home of this mode with this secret. */
enum home_protection home_protection_of(enum keyring_mode mode, const struct keyring_secret *secret);

/* A word for machines: "none", "passphrase", "key file", "passphrase and key file", "memory". */
const char *home_protection_word(enum home_protection protection);

/* Close it: wipes the keys, closes the store, lets the lock go. NULL is fine. */
void home_close(struct home *home);

/* Return the default home in out: $LONGEAR_HOME, $XDG_DATA_HOME/longear, or ~/.local/share/longear. ERR_NOT_FOUND
 * without any of them. */
MUST_CHECK int home_default(char out[PATH_MAX]);

/*
 * What the store may hold (store_budget_set): what the person has chosen, else half of what it has and of what is free
 * on its disk, so that the default follows the disk. home_open sets it. home_pool_set chooses, for this and later
 * times; 0: the default again. Errors: those of the store.
 */
void home_budget(struct home *home);
MUST_CHECK int home_pool_set(struct home *home, uint64_t bytes);

/* What home_salvage found and did. */
struct home_salvaged {
    struct store_salvaged of; /* of.parts is "" if nothing is damaged: then nothing was changed */
    char aside[PATH_MAX];     /* where the damaged store lies now */
};

/*
 * Make a store of what can be read of a damaged one, and put it in its place; the damaged one is set aside. A power cut
 * leaves the damaged one, or the new one, or a home that home_salvage puts in order when it is called again. Errors:
 * ERR_EXISTS (one was set aside before: home_salvage_drop), ERR_DAMAGED (nothing can be read), those of home_open_with
 * and store_sqlite_salvage.
 */
MUST_CHECK int home_salvage(const char *path, const struct home_access *access, struct home_salvaged *out,
                            char why[HOME_WHY_SIZE]);

/* Overwrite and remove what was set aside. ERR_NOT_FOUND: nothing was; errors as home_salvage. */
MUST_CHECK int home_salvage_drop(const char *path, const struct home_access *access, char why[HOME_WHY_SIZE]);

/* Take and give back the store. Every thread holds it for short stretches only (a batch, a page). */
void home_enter(struct home *home);
void home_leave(struct home *home);

/*
 * Have the closed communities of the person. home_closed_open opens what has come for them, looking at no more than
 * budget sealed records, and returns how many it looked at, 0 when there is nothing left; home_closed_tick does what
 * time asks for (closed_tick, persons_apart_tick). The caller holds home_enter. Errors as closed_new, closed_open.
 */
MUST_CHECK int home_closed(struct home *home, struct closed **out);
MUST_CHECK int home_closed_open(struct home *home, unsigned budget);
MUST_CHECK int home_closed_tick(struct home *home);

/*
 * Tell the time and whether it is confirmed: by a battery-backed clock (/sys/class/rtc), by a synchronised one
 * (adjtimex), or by the person (home_clock_confirm, valid until the next boot). The variable LONGEAR_NOW (seconds)
 * stands in for the clock in tests, unconfirmed.
 */
struct when home_when(const struct home *home);
MUST_CHECK int home_clock_confirm(struct home *home); /* the caller holds home_enter */

/* Note the time, so that a clock which is not set after the next start does not fall behind it. The caller holds
 * home_enter. */
void home_clock_note(struct home *home);

/* The key pair with which the person (or, if guest, this point's guests) writes in a community. The caller wipes it. */
void home_member(struct home *home, const struct charter *charter, bool guest, struct member *out);

/*
 * Destroy the key of the home at path: the slots of home.key are overwritten and synced. Takes no lock and asks nobody,
 * so that nothing holds it up; an owner of the home goes on with the keys in its memory, and is to be ended. Return 0,
 * ERR_NO_HOME or ERR_IO. *mode, unless NULL, is what the home was.
 */
MUST_CHECK int home_wipe_key(const char *path, enum keyring_mode *mode);

/*
 * Wipe the home: destroy the key, then overwrite and remove the store and everything else that this program made in the
 * folder. The home is closed and freed. Return 0 or ERR_IO if something could not be removed.
 */
MUST_CHECK int home_wipe(struct home *home);

/*
 * The same from any thread, whatever the others do, and then end the process (exit status 0, or 1 if something was
 * left). The key on the disk is gone on return; HOME_WIPE_GRACE_MS later, in which the caller may still answer
 * somebody, the keys in memory are, and then the files.
 */
#define HOME_WIPE_GRACE_MS 150
void home_wipe_and_exit(struct home *home);

/* The same for a home that nobody opens, because it is sealed or damaged, or a wipe was cut short. ERR_NO_HOME,
 * ERR_BUSY, ERR_IO, ERR_READ_ONLY. */
MUST_CHECK int home_wipe_closed(const char *path, char why[HOME_WHY_SIZE]);

#endif
