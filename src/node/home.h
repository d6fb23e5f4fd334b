/*
 * home.h: a home: the folder that holds a person's secret and their store, and its one owner.
 *
 *   person.key   the person's name and seed (0600)          guest.key   the seed of the point's guests (0600)
 *   store.db     the records (SQLite)                       lock        held by whoever has the home open
 *   socket       of a running node (see control.h)
 */
#ifndef NODE_HOME_H
#define NODE_HOME_H

#include <limits.h>
#include <pthread.h>
#include <stdbool.h>

#include "core/person.h"
#include "store/store.h"

#define HOME_NAME_MAX 80
#define HOME_WHY_SIZE 512
/* A clock before this is not set (a Raspberry Pi wakes in the past): 2026-11-01. */
#define HOME_CLOCK_FLOOR UINT64_C(1793491200)

struct network; /* network.h */
struct usb;     /* usb.h */

/* What a node that runs on a home tells; all NULL without one. */
struct home_node {
    void (*network)(void *context, struct network *out); /* from any thread */
    void *context;
    const char *app_words; /* check words of the app that it serves */
    struct usb *usb; /* for usb_get */
};

struct home {
    char path[PATH_MAX];
    char name[HOME_NAME_MAX + 1];
    uint8_t *seed, *guest_seed; /* sodium_malloc, SEED_SIZE each; locked in memory, wiped by home_close */
    struct store *store;
    pthread_mutex_t mutex; /* home_enter, home_leave: one user of the store at a time */
    int lock_fd;
    uint64_t clock_last;   /* the latest time that a set clock showed here */
    bool clock_person;     /* the person confirmed the clock since the device started */
    struct home_node node; /* set while no other thread uses the home */
};

/*
 * Make a home: the folder (0700, with its parents), a person of this name, a store. path must not hold a home yet
 * (ERR_EXISTS). Errors: ERR_TEXT (the name), ERR_ENTROPY, those of store_sqlite_open. why receives a sentence for
 * people.
 */
MUST_CHECK int home_init(const char *path, const char *name, char why[HOME_WHY_SIZE]);

/*
 * Open a home and become its owner. Errors: ERR_NO_HOME, ERR_BUSY (a node or another command has it: talk to it by
 * control.h), ERR_DAMAGED (a key file that is none), those of store_sqlite_open.
 */
MUST_CHECK int home_open(struct home **out, const char *path, char why[HOME_WHY_SIZE]);

/* Close it: wipes the keys, closes the store, lets the lock go. NULL is fine. */
void home_close(struct home *home);

/* Return the default home in out: $LONGEAR_HOME, $XDG_DATA_HOME/longear, or ~/.local/share/longear. ERR_NOT_FOUND
 * without any of them. */
MUST_CHECK int home_default(char out[PATH_MAX]);

/* Take and give back the store. Every thread holds it for short stretches only (a batch, a page). */
void home_enter(struct home *home);
void home_leave(struct home *home);

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
 * Wipe the home: overwrite and remove the keys first, then the store and everything else that this program made in the
 * folder. The home is closed and freed. Return 0 or ERR_IO if something could not be removed.
 */
MUST_CHECK int home_wipe(struct home *home);

/* The same for a home that cannot be opened, because its store or a key is damaged, or a wipe was cut short.
 * ERR_NO_HOME, ERR_BUSY, ERR_IO, ERR_READ_ONLY. */
MUST_CHECK int home_wipe_closed(const char *path, char why[HOME_WHY_SIZE]);

#endif
