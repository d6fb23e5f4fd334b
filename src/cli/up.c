/*
 * up.c: run the node, and say where its page is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/alone.h"
#include "node/commands.h"
#include "node/node.h"
#include "node/qr.h"
#include "node/render.h"
#include "node/web/web.h"

#define NEIGHBOUR_ADDRESSES_MAX 8

struct up {
    struct output *out;
    bool terminal;
    const char *path;
};

static json_t *addresses_json(char (*addresses)[WEB_URL_SIZE], size_t count) {
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) json_array_append_new(list, json_string(addresses[i]));
    return list;
}

/* The page can be reached: say where. The QR code is of the address that a neighbour's phone can open. */
static void on_ready(void *context, const struct web *web) {
    char addresses[NEIGHBOUR_ADDRESSES_MAX][WEB_URL_SIZE];
    const struct up *up = context;
    struct output *out = up->out;
    const char *own = web_address(web);
    size_t count = web_neighbour_addresses(web, addresses, NEIGHBOUR_ADDRESSES_MAX);
    output_json(
        out, json_pack("{s:s,s:o,s:s}", "page", own, "neighbours", addresses_json(addresses, count), "home", up->path));
    output_print(out, "The page:  %s\n", own);
    for (size_t i = 0; i < count; i++) output_print(out, "For neighbours:  %s\n", addresses[i]);
    if (!out->json) {
        (void)qr_draw(out, count > 0 ? addresses[0] : own, up->terminal); /* the address stands above it in letters */
        if (count == 0)
            output_note(
                out, "Open the page in a browser on this device. To let neighbours in:  longear up --web 0.0.0.0:8480");
        else
            output_note(out, "Whoever is on this network can read and write as a guest, in open groups only.");
        output_note(out, "To carry messages by hand:  longear pouch pack FILE   and on the other device:  longear "
                         "pouch open FILE\nCtrl-C ends the node.");
    }
    output_flush(out);
}

/* A fresh device has nobody on it: make a person, so that the page can be shown at once. */
static int home_ready(struct home **home, const char *path, struct output *out, char why[HOME_WHY_SIZE]) {
    int err = home_open(home, path, why);
    for (int i = 0; err == ERR_BUSY && i < ALONE_BUSY_WAITS && alone_wait(out); i++) /* a command that ends soon */
        err = home_open(home, path, why);
    if (err != ERR_NO_HOME) return err;
    const char *name = getenv("USER");
    err = home_init(path, name && *name ? name : "me", why);
    if (err) return err;
    output_say(
        out, "there was nobody on this device yet: a person was made in %s. The name stays here, no message carries it",
        path);
    return home_open(home, path, why);
}

int alone_up(const struct args *args, const char *path, struct output *out) {
    char why[HOME_WHY_SIZE] = "";
    struct home *home;
    struct up up = {.out = out, .terminal = isatty(STDOUT_FILENO), .path = path};
    const struct node_options options = {
        .listen = request_option(&args->request, "web"), .ready = on_ready, .context = &up};
    if (request_option(&args->request, "peer")) {
        output_say(out, "this version does not meet other nodes over a network; exchange parcels instead: longear "
                        "pouch pack FILE, longear pouch open FILE");
        return COMMAND_FAILED;
    }
    int err = home_ready(&home, path, out, why);
    if (err == ERR_BUSY) {
        output_say(out, "a node or another command is at work on this home already: %s", path);
        return COMMAND_FAILED;
    }
    if (!err) err = node_run(home, &options, why);
    if (err) {
        int status = alone_failed(out, err, path, why);
        return err == ERR_USAGE ? COMMAND_USAGE : status;
    }
    return COMMAND_DONE;
}
