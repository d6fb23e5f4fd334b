/*
 * confine.c: what a node needs to open follows from its command line; all of it is known before it meets anybody.
 */
#include "cli/confine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/cage_note.h"
#include "node/commands.h"
#include "node/web/app.h"

#define PLACES_MAX (8 + 2 * USB_FOLDERS_MAX)
#define LOW_PORT 1024
#define HOTSPOT_NOTE "/run/longear-hotspot.json"

int confine_user(const struct args *args, char path[PATH_MAX], struct output *out) {
    const char *name = request_option(&args->request, "user");
    bool allowed = request_option(&args->request, "allow-root") || getenv("LONGEAR_ALLOW_ROOT");
    const bool was_root = geteuid() == 0;
    int err = cage_user(name, args->memory ? "/" : path);
    if (err == ERR_NOT_FOUND) output_say(out, "there is no user \"%s\" here", name);
    if (err == ERR_READ_ONLY) output_say(out, "the node cannot become the user \"%s\"", name ? name : path);
    if (err == 0 && name && was_root && !args->home && !args->memory) err = home_default(path);
    if (err || geteuid() != 0 || allowed || cage_is_whole_here()) return err;
    output_say(out, "the node does not run as root on this system, which cannot confine it: start it as a user of its "
                    "own, or name one with --user NAME; in a container, --allow-root");
    return ERR_READ_ONLY;
}

static bool is_low(const char *address) {
    const char *colon = address ? strrchr(address, ':') : NULL;
    long port = colon ? strtol(colon + 1, NULL, 10) : 0;
    return port > 0 && port < LOW_PORT;
}

/* The nearest folder that exists, as a folder of mounts may come later; none if that is the root of all. */
static bool nearest(char out[PATH_MAX], const char *path) {
    struct stat info;
    if ((size_t)snprintf(out, PATH_MAX, "%s", path) >= PATH_MAX) return false;
    while (stat(out, &info) != 0) {
        char *slash = strrchr(out, '/');
        if (!slash || slash == out) return false;
        *slash = '\0';
    }
    return true;
}

void confine_node(const struct node_options *options, struct home *home, struct cage *cage) {
    static char app[PATH_MAX], words[PATH_MAX], above[PATH_MAX], note[PATH_MAX], sticks[2 * USB_FOLDERS_MAX][PATH_MAX];
    struct cage_place places[PLACES_MAX];
    const char *hotspot = getenv("LONGEAR_HOTSPOT_ROOT"); /* for tests */
    const bool in_memory = home->protection == HOME_IN_MEMORY;
    size_t count = 0, stick_count = 0;
    memset(cage, 0, sizeof *cage);
    cage->root = geteuid() == 0;
    cage_limits(in_memory ? 2 * CAGE_DATA_BYTES : CAGE_DATA_BYTES);
    (void)cage_powers(is_low(options->web) || is_low(options->peers.listen));
    if (!in_memory) {
        places[count++] = (struct cage_place){home->path, CAGE_WRITE};
        snprintf(above, sizeof above, "%s", home->path);
        char *slash = strrchr(above, '/');
        if (slash) slash[slash == above] = '\0';
        if (slash) places[count++] = (struct cage_place){above, CAGE_REMOVE_FOLDER}; /* a wipe's last step */
    }
    if (options->app ? (size_t)snprintf(app, sizeof app, "%s", options->app) < sizeof app : app_find(app, sizeof app)) {
        places[count++] = (struct cage_place){app, CAGE_READ};
        size_t size = strlen(app);
        if (size > 3 && size + 3 < sizeof words) { /* NAME.gz has NAME.words beside it */
            snprintf(words, sizeof words, "%.*s.words", (int)(size - 3), app);
            places[count++] = (struct cage_place){words, CAGE_READ};
        }
    }
    if ((size_t)snprintf(note, sizeof note, "%s" HOTSPOT_NOTE, hotspot ? hotspot : "") < sizeof note)
        places[count++] = (struct cage_place){note, CAGE_READ};
    for (size_t i = 0; i < options->usb.folder_count; i++)
        if (nearest(sticks[stick_count], options->usb.folders[i]))
            places[count++] = (struct cage_place){sticks[stick_count++], CAGE_WRITE};
    for (size_t i = 0; i < options->usb.plain_count; i++)
        if (nearest(sticks[stick_count], options->usb.plain[i]))
            places[count++] = (struct cage_place){sticks[stick_count++], CAGE_WRITE};
    cage->landlock = cage_files(places, count);
    home->node.cage = cage;
}

void confine_calls(struct cage *cage) {
    cage->seccomp = cage_calls();
}

void confine_tell(const struct cage *cage, struct output *out) {
    const char *notes[CAGE_NOTES_MAX];
    size_t count = cage_notes(cage, notes);
    if (cage->root)
        output_note(out, "It runs as root, without root's powers. Better is a user of its own: --user NAME");
    for (size_t i = 0; i < count; i++) output_say(out, "%s", output_text(out, notes[i]));
}
