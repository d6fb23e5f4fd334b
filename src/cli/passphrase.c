/*
 * passphrase.c: set or change what opens a home; a second passphrase for an innocent one.
 */
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/alone.h"
#include "cli/secret.h"
#include "node/commands.h"

#define NEW_VARIABLE "LONGEAR_NEW_PASSPHRASE"

/* Get what is to open the home from now on. A key file that is needed now stays needed, unless something else is said.
 */
static int next_secret(struct secret *s, const struct home *home, struct keyring_secret *next, uint8_t *passphrase,
                       uint8_t hash[HASH_SIZE], bool *made) {
    const struct request *r = &s->args->request;
    const char *file = request_option(r, "new-key-file");
    const struct secret_new from = {.file = request_option(r, "new-passphrase-file"),
                                    .variable = NEW_VARIABLE,
                                    .prompt = "The new passphrase, five words or more: "};
    const bool kept = !file && !request_option(r, "no-key-file") && !request_option(r, "second") &&
                      (home->protection == HOME_KEY_FILE_ONLY || home->protection == HOME_BOTH);
    if (!file && kept) file = s->args->key_file;
    int size = request_option(r, "no-passphrase") ? 0 : secret_new(s, &from, passphrase);
    if (size < 0 && size != ERR_NOT_FOUND) return size;
    if (file) {
        int err = secret_key_file(home->path, file, hash, made, s->why);
        if (err) return err;
        next->key_file = hash;
    }
    next->passphrase = size > 0 ? passphrase : NULL;
    next->passphrase_size = size > 0 ? (size_t)size : 0;
    if (size > 0 || (file && size == 0)) return 0;
    snprintf(s->why, HOME_WHY_SIZE, "a new passphrase or a key file is missing; nothing was changed");
    return ERR_USAGE;
}

/* Ask before what may be there is lost. */
static bool second_asked(const struct args *args, struct output *out) {
    char answer[16] = "";
    if (request_option(&args->request, "yes")) return true;
    if (!isatty(STDIN_FILENO)) {
        output_say(out, "to do it without being asked, say so: --yes");
        return false;
    }
    const char *text = output_text(out, "If there is a second home already, it is lost. Type SECOND to go on: ");
    output_write(out, OUTPUT_WORDS, text, strlen(text));
    if (fgets(answer, sizeof answer, stdin) && strcmp(answer, "SECOND\n") == 0) return true;
    output_say(out, "nothing was changed");
    return false;
}

static int change(struct secret *s, struct home *home) {
    const struct request *r = &s->args->request;
    const char *name = request_option(r, "name");
    struct keyring_secret next = {0};
    uint8_t hash[HASH_SIZE];
    bool made = false;
    uint8_t *passphrase = sodium_malloc(KEYRING_PASSPHRASE_MAX);
    int err = passphrase ? next_secret(s, home, &next, passphrase, hash, &made) : ERR_MEMORY;
    if (!err && request_option(r, "second"))
        err = home_second(home, name ? name : home->name, &next, s->why);
    else if (!err)
        err = home_reseal(home, &next, s->why);
    if (err && made) unlink(request_option(r, "new-key-file"));
    if (err == ERR_EXISTS) snprintf(s->why, HOME_WHY_SIZE, "take another passphrase; nothing was changed");
    sodium_free(passphrase);
    sodium_memzero(hash, sizeof hash);
    return err;
}

static void told(struct output *out, const struct home *home, bool second, bool lay_open) {
    output_json(out, json_pack("{s:s,s:b}", "protection", home_protection_word(home->protection), "second", second));
    if (out->json) return;
    if (second) {
        output_note(out, "The new passphrase opens a home of its own now. It holds against a glance, not against a "
                         "laboratory: write something into it, and use it now and then.");
        return;
    }
    output_note(out, "The new passphrase holds. An old copy of the key file still opens with the old one.");
    if (lay_open)
        output_note(out, "Until now the key lay open: flash memory may keep old blocks of it. A home that was sealed "
                         "from the beginning has none.");
}

int alone_passphrase(const struct args *args, const char *path, struct output *out) {
    char why[HOME_WHY_SIZE] = "";
    struct secret secret = {args, out, why};
    const struct home_access access = secret_access(&secret);
    struct home *home;
    const bool second = request_option(&args->request, "second") != NULL;
    if (second && !second_asked(args, out)) return COMMAND_USAGE;
    int err = home_open_with(&home, path, &access, why);
    if (err == ERR_BUSY) {
        output_say(out, "a node or another command is at work on this home already: %s", path);
        return COMMAND_FAILED;
    }
    if (err) return alone_failed(out, err, path, why);
    const bool lay_open = home->protection == HOME_UNPROTECTED;
    err = change(&secret, home);
    if (!err) told(out, home, second, lay_open);
    home_close(home);
    return err ? alone_failed(out, err, path, why) : COMMAND_DONE;
}
