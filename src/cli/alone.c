/*
 * alone.c: init, wipe. The node (up) stands in up.c.
 */
#include "cli/alone.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/secret.h"
#include "node/commands.h"
#include "node/control.h"
#include "node/home.h"

#define WIPE_WAITS (30000 / ALONE_WAIT_MS)

bool alone_wait(struct output *out) {
    struct timespec pause = {.tv_nsec = ALONE_WAIT_MS * 1000000L};
    (void)nanosleep(&pause, NULL);
    return !output_stopped(out);
}

int alone_failed(struct output *out, int err, const char *path, const char *why) {
    if (!*why || err == ERR_NO_HOME)
        output_say(out, "%s: %s", path, output_text(out, err_text(err)));
    else if (out->lang == LANG_EN) /* the sentences of home and store are English and say more */
        output_say(out, "%s", why);
    else
        output_say(out, "%s (%s)", output_text(out, err_text(err)), why);
    return COMMAND_FAILED;
}

int alone_init(const struct args *args, const char *path, struct output *out) {
    char why[HOME_WHY_SIZE] = "", hex[2 * PERSON_FINGERPRINT_SIZE + 1];
    uint8_t fingerprint[PERSON_FINGERPRINT_SIZE];
    struct secret secret = {args, out, why};
    struct home *home;
    enum home_protection protection;
    const char *name = request_option(&args->request, "name");
    if (!name) {
        output_say(out, "the person needs a name: longear init --name NAME");
        return COMMAND_USAGE;
    }
    if (args->memory || (args->passphrase_file && request_option(&args->request, "no-passphrase"))) {
        output_say(out, "these options do not go together");
        return COMMAND_USAGE;
    }
    int err = home_is_there(path) ? ERR_EXISTS : secret_init(&secret, path, name, fingerprint, &protection);
    if (err == ERR_BUSY && home_open(&home, path, why) == ERR_BUSY) /* not only locked, but somebody's */
        err = ERR_EXISTS;
    if (err == ERR_EXISTS && !*why) {
        output_say(out, "there is a person here already; nothing was changed: %s", path);
        return COMMAND_FAILED;
    }
    if (err) return alone_failed(out, err, path, why);
    for (size_t i = 0; i < sizeof fingerprint; i++) snprintf(hex + 2 * i, 3, "%02x", fingerprint[i]);
    output_json(out, json_pack("{s:s}", "person", hex));
    output_print(out, "%s\n", hex);
    if (out->json) return COMMAND_DONE;
    output_note(out, "You are on this device now, in %s.", path);
    alone_protection(out, protection);
    output_note(out, "Next:  longear community new --title TITLE   or   longear join INVITATION");
    return COMMAND_DONE;
}

void alone_protection(struct output *out, enum home_protection protection) {
    switch (protection) {
    case HOME_UNPROTECTED:
        output_note(out, "It has no passphrase: its key lies beside the messages, and whoever takes the device can "
                         "read them.  longear passphrase  sets one.");
        break;
    case HOME_PASSPHRASE: output_note(out, "Your passphrase alone opens it. If you forget it, nobody can help."); break;
    case HOME_KEY_FILE_ONLY: output_note(out, "The key file alone opens it. Keep it elsewhere, as on a stick."); break;
    case HOME_BOTH:
        output_note(out, "Your passphrase and the key file together open it. If either is lost, nobody can help.");
        break;
    case HOME_IN_MEMORY: break;
    }
}

/* Ask on the terminal. Return whether to go on. */
static bool wipe_asked(const char *path, struct output *out) {
    char answer[16] = "";
    output_note(out, "This destroys the person, the keys and all messages in %s. It cannot be undone.", path);
    output_write(out, OUTPUT_WORDS, output_text(out, "Type WIPE to go on: "),
                 strlen(output_text(out, "Type WIPE to go on: ")));
    if (!fgets(answer, sizeof answer, stdin) || strcmp(answer, "WIPE\n") != 0) {
        output_say(out, "nothing was wiped");
        return false;
    }
    return true;
}

/* Wait for the one that has the home to end. Return 0 when all is gone, wiped here if the node ended without having
 * done so. */
static int wipe_wait(const char *path, struct output *out, char why[HOME_WHY_SIZE]) {
    int err = ERR_BUSY;
    for (int i = 0; err == ERR_BUSY && i < WIPE_WAITS; i++) {
        if (!alone_wait(out)) return ERR_INTERRUPTED;
        err = home_wipe_closed(path, why);
    }
    return err == ERR_NO_HOME ? 0 : err;
}

/* The key goes first, whoever has the home; then its owner is ended, or the rest is wiped here. */
static int wipe_do(const struct args *args, const char *path, struct output *out, enum keyring_mode *mode,
                   char why[HOME_WHY_SIZE]) {
    struct request req = args->request;
    int err = home_wipe_key(path, mode);
    if (err && err != ERR_NO_HOME) return err;
    err = home_wipe_closed(path, why);
    if (err != ERR_BUSY) return err;
    int status = control_call(path, &req, out);
    if (status > 0) return ERR_IO;
    /* Without a node it is another command, which has the home for a while. */
    err = wipe_wait(path, out, why);
    if (!err) (void)rmdir(path); /* a node in its cage cannot remove its own folder */
    return err;
}

/* What is promised depends on where the key lay. */
static void wipe_promise(struct output *out, enum keyring_mode mode, bool in_memory) {
    if (in_memory)
        output_note(out, "It was in memory alone: nothing of it was ever on a disk.");
    else if (mode == KEYRING_SEALED)
        output_note(out,
                    "The key was overwritten first. It was sealed: should flash memory keep an old block of it, that "
                    "opens with your passphrase or key file only. Say the passphrase to nobody, and destroy the key "
                    "file, if you have one, and copies of the home.");
    else
        output_note(out, "The keys and the messages were overwritten and removed. The key lay beside them without a "
                         "passphrase, so this is the whole promise:\nflash memory may keep old blocks, and what was "
                         "passed on stays with those who have it.");
}

static int wipe_memory(const struct args *args, const char *path, struct output *out) {
    int status = control_call(path, &args->request, out);
    if (status >= 0) return status;
    output_say(out, "no node keeps a home in memory here: longear up --memory");
    return COMMAND_FAILED;
}

int alone_wipe(const struct args *args, const char *path, struct output *out) {
    char why[HOME_WHY_SIZE] = "";
    enum keyring_mode mode = KEYRING_OPEN;
    if (!request_option(&args->request, "yes")) {
        if (!isatty(STDIN_FILENO)) {
            output_say(out, "to wipe without being asked, say so: longear wipe --yes");
            return COMMAND_USAGE;
        }
        if (!wipe_asked(path, out)) return COMMAND_FAILED;
    }
    int status = args->memory ? wipe_memory(args, path, out) : 0;
    if (status) return status;
    int err = args->memory ? 0 : wipe_do(args, path, out, &mode, why);
    if (err) return alone_failed(out, err, path, why);
    output_json(out, json_pack("{s:b,s:s,s:b}", "wiped", 1, "home", path, "sealed", mode == KEYRING_SEALED));
    output_print(out, "Wiped: %s\n", path);
    if (!out->json) wipe_promise(out, mode, args->memory);
    return COMMAND_DONE;
}
