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
    struct home *home;
    const char *name = request_option(&args->request, "name"), *passphrase = getenv("LONGEAR_PASSPHRASE");
    if (!name) {
        output_say(out, "the person needs a name: longear init --name NAME");
        return COMMAND_USAGE;
    }
    if (args->passphrase_file || (passphrase && *passphrase)) {
        output_say(out, "this version cannot seal a home with a passphrase yet; nothing was made. Without one, the key "
                        "lies beside the messages, readable to whoever takes the device");
        return COMMAND_FAILED;
    }
    int err = home_init(path, name, why);
    if (err == ERR_BUSY && home_open(&home, path, why) == ERR_BUSY) /* not only locked, but somebody's */
        err = ERR_EXISTS;
    if (err == ERR_EXISTS) {
        output_say(out, "there is a person here already; nothing was changed: %s", path);
        return COMMAND_FAILED;
    }
    if (!err) err = home_open(&home, path, why);
    if (err) return alone_failed(out, err, path, why);
    person_fingerprint(fingerprint, home->seed);
    home_close(home);
    for (size_t i = 0; i < sizeof fingerprint; i++) snprintf(hex + 2 * i, 3, "%02x", fingerprint[i]);
    output_json(out, json_pack("{s:s}", "person", hex));
    output_print(out, "%s\n", hex);
    if (!out->json)
        output_note(out,
                    "You are on this device now, in %s.\nIt has no passphrase: its key lies beside the messages, and "
                    "whoever takes the device can read them.\nNext:  longear community new --title TITLE   or   "
                    "longear join INVITATION",
                    path);
    return COMMAND_DONE;
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

/* Wait for the node that was told to wipe. Return 0 when the home is gone, wiping it here if the node ended without
 * having done so. */
static int wipe_wait(const char *path, struct output *out, char why[HOME_WHY_SIZE]) {
    int err = ERR_BUSY;
    for (int i = 0; err == ERR_BUSY && i < WIPE_WAITS; i++) {
        struct home *home;
        err = home_open(&home, path, why);
        if (!err) return home_wipe(home);
        if (err == ERR_BUSY && !alone_wait(out)) return ERR_INTERRUPTED;
    }
    return err == ERR_NO_HOME ? 0 : err;
}

static int wipe_do(const struct args *args, const char *path, struct output *out, char why[HOME_WHY_SIZE]) {
    struct home *home;
    struct request req = args->request;
    int err = home_open(&home, path, why);
    if (!err) return home_wipe(home);
    if (err != ERR_BUSY)
        return home_wipe_closed(path,
                                why); /* what is damaged, or left by a wipe that was cut short, is wiped all the same */
    int status = control_call(path, &req, out);
    if (status > 0) return ERR_IO;
    /* Without a node it is another command, which has the home for a while. */
    return wipe_wait(path, out, why);
}

int alone_wipe(const struct args *args, const char *path, struct output *out) {
    char why[HOME_WHY_SIZE] = "";
    if (!request_option(&args->request, "yes")) {
        if (!isatty(STDIN_FILENO)) {
            output_say(out, "to wipe without being asked, say so: longear wipe --yes");
            return COMMAND_USAGE;
        }
        if (!wipe_asked(path, out)) return COMMAND_FAILED;
    }
    int err = wipe_do(args, path, out, why);
    if (err) return alone_failed(out, err, path, why);
    output_json(out, json_pack("{s:b,s:s}", "wiped", 1, "home", path));
    output_print(out, "Wiped: %s\n", path);
    if (!out->json)
        output_note(out, "The keys and the messages were overwritten and removed. The key lay beside them without a "
                         "passphrase, so this is the whole promise:\nflash memory may keep old blocks, and what was "
                         "passed on stays with those who have it.");
    return COMMAND_DONE;
}
