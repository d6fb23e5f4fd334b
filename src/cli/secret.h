/*
 * secret.h: where a passphrase comes from: --passphrase-file, the variable LONGEAR_PASSPHRASE, or somebody at the
 * terminal, without echo.
 */
#ifndef CLI_SECRET_H
#define CLI_SECRET_H

#include "cli/args.h"
#include "node/home.h"
#include "node/output.h"

struct secret {
    const struct args *args;
    struct output *out;
    char *why; /* HOME_WHY_SIZE: receives a sentence when a file cannot be read */
};

/* Return what home_open_with asks; *s must live as long. */
struct home_access secret_access(struct secret *s);

/* Where a new passphrase comes from. */
struct secret_new {
    const char *file, *variable, *prompt; /* prompt: a msgid; NULL: nobody is asked */
};

/*
 * Get a new passphrase into out (KEYRING_PASSPHRASE_MAX, of sodium_malloc); somebody is asked twice. Return its size, 0
 * if that somebody wants none, ERR_NOT_FOUND if there is none and nobody to ask, ERR_FIELD (the two were not the same),
 * ERR_INTERRUPTED, or why a file cannot be read.
 */
MUST_CHECK int secret_new(struct secret *s, const struct secret_new *from, uint8_t *out);

/* Get the hash of a key file, making one of 32 random bytes if there is none. *made tells. */
MUST_CHECK int secret_key_file(const char *home, const char *file, uint8_t hash[HASH_SIZE], bool *made,
                               char why[HOME_WHY_SIZE]);

/* Make a home by what the command line says: asks for a passphrase if somebody is there, and says plainly if there is
 * none. */
MUST_CHECK int secret_init(struct secret *s, const char *path, const char *name,
                           uint8_t fingerprint[PERSON_FINGERPRINT_SIZE], enum home_protection *protection);

#endif
