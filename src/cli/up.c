/*
 * up.c: run the node, and say where its page is.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/alone.h"
#include "cli/confine.h"
#include "cli/secret.h"
#include "node/commands.h"
#include "node/hotspot.h"
#include "node/node.h"
#include "node/qr.h"
#include "node/render.h"
#include "node/web/web.h"

#define NEIGHBOUR_ADDRESSES_MAX 8

struct up {
    struct output *out;
    bool terminal;
    const char *path;
    struct cage cage;
};

/* Make an array of texts that stand one after the other, each in size bytes. */
static json_t *texts_json(const char *texts, size_t size, size_t count) {
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) json_array_append_new(list, json_string(texts + i * size));
    return list;
}

static void hints(struct output *out, bool open, bool app) {
    if (open)
        output_note(out, "Whoever is on this network can read and write as a guest, in open groups only.");
    else
        output_note(out,
                    "Open the page in a browser on this device. To let neighbours in:  longear up --web 0.0.0.0:8480");
    if (!app) output_note(out, "There is no app for phones with this program (make app): they get the plain page.");
    output_note(out, "To carry messages by hand:  longear pouch pack FILE   and on the other device:  longear pouch "
                     "open FILE\nCtrl-C ends the node.");
}

/* Get the note of our hotspot, if it is there now: its address is one of this page's. */
static bool hotspot_is_here(struct hotspot_note *note, char (*pages)[WEB_URL_SIZE], size_t count) {
    static const char start[] = "http://" HOTSPOT_ADDRESS;
    for (size_t i = 0; i < count; i++) {
        char after = pages[i][sizeof start - 1];
        if (strncmp(pages[i], start, sizeof start - 1) == 0 && (after == ':' || after == '/'))
            return hotspot_note_get(note);
    }
    return false;
}

/* The page and the node can be reached: say where. The QR code is of the address that a neighbour's phone can open. */
static void on_ready(void *context, const struct web *web, const struct peers *peers) {
    char pages[NEIGHBOUR_ADDRESSES_MAX][WEB_URL_SIZE], points[ADDRESS_OWN_MAX][ADDRESS_TEXT_SIZE];
    const struct up *up = context;
    struct output *out = up->out;
    const char *own = web_address(web);
    size_t page_count = web_neighbour_addresses(web, pages, NEIGHBOUR_ADDRESSES_MAX);
    size_t point_count = peers_addresses(peers, points);
    const char *words = web_app_words(web);
    struct hotspot_note wifi;
    bool hotspot = hotspot_is_here(&wifi, pages, page_count);
    const char *drawn = hotspot ? wifi.url : page_count > 0 ? pages[0] : own;
    json_t *told = json_pack("{s:s,s:o,s:s,s:i,s:o,s:b,s:s?}", "page", own, "neighbours",
                             texts_json(pages[0], WEB_URL_SIZE, page_count), "home", up->path, "port",
                             (int)peers_port(peers), "sync", texts_json(points[0], ADDRESS_TEXT_SIZE, point_count),
                             "app", web_has_app(web), "app_words", words);
    if (hotspot && told != NULL)
        json_object_set_new(told, "hotspot", json_pack("{s:s,s:s}", "name", wifi.name, "address", wifi.url));
    output_json(out, told);
    output_print(out, "The page:  %s\n", own);
    for (size_t i = 0; i < page_count; i++) output_print(out, "For neighbours:  %s\n", pages[i]);
    if (hotspot) output_print(out, "In the Wi-Fi \"%s\":  %s\n", wifi.name, wifi.url);
    if (words) output_print(out, "Check words of the app:  %s\n", words);
    for (size_t i = 0; i < point_count; i++) output_print(out, "For other points:  longear sync %s\n", points[i]);
    if (!out->json) {
        (void)qr_draw(out, drawn, up->terminal); /* it stands above in letters */
        hints(out, page_count > 0, web_has_app(web));
    }
    output_flush(out);
}

/* Everything is open that will be needed. */
static void on_started(void *context) {
    struct up *up = context;
    confine_calls(&up->cage);
    confine_tell(&up->cage, up->out);
}

static void on_usb(void *context, const struct usb_one *one) {
    const struct up *up = context;
    output_json(up->out, json_pack("{s:o}", "usb", usb_json(one)));
    usb_print(up->out, one);
    output_flush(up->out);
}

static const char *user_name(void) {
    const char *name = getenv("USER");
    return name && *name && strlen(name) <= HOME_NAME_MAX ? name : "me";
}

/* A fresh device has nobody on it: make a person, so that the page can be shown at once. */
static int home_ready(struct home **home, const struct args *args, const char *path, struct output *out,
                      char why[HOME_WHY_SIZE]) {
    uint8_t fingerprint[PERSON_FINGERPRINT_SIZE];
    enum home_protection protection;
    struct secret secret = {args, out, why};
    const struct home_access access = secret_access(&secret);
    if (args->memory) return home_open_memory(home, path, user_name());
    int err = home_open_with(home, path, &access, why);
    for (int i = 0; err == ERR_BUSY && i < ALONE_BUSY_WAITS && alone_wait(out); i++) /* a command that ends soon */
        err = home_open_with(home, path, &access, why);
    if (err != ERR_NO_HOME) return err;
    /* The passphrase that a script gives is needed twice; whoever is asked is asked once more. */
    const char *given = getenv("LONGEAR_PASSPHRASE");
    char *kept = given && *given ? strdup(given) : NULL;
    err = secret_init(&secret, path, user_name(), fingerprint, &protection);
    if (kept && !err && setenv("LONGEAR_PASSPHRASE", kept, 1) != 0) err = ERR_MEMORY;
    if (kept) sodium_memzero(kept, strlen(kept));
    free(kept);
    if (err) return err;
    output_say(
        out, "there was nobody on this device yet: a person was made in %s. The name stays here, no message carries it",
        path);
    if (!out->json) alone_protection(out, protection);
    return home_open_with(home, path, &access, why);
}

/* Set what the store may hold, if that was asked for. Closes the home on an error. */
static int pool_choose(struct home *home, const char *wanted, char why[HOME_WHY_SIZE]) {
    if (!wanted) return 0;
    uint64_t bytes = strtoull(wanted, NULL, 10);
    int err = bytes > 0 && bytes < BUDGET_POOL_MIN ? ERR_LIMIT : home_pool_set(home, bytes);
    if (!err) return 0;
    snprintf(why, HOME_WHY_SIZE, "%s", err == ERR_LIMIT ? "--store-max is 16M at least" : store_why(home->store));
    home_close(home);
    return err;
}

/* Collect the values of an option that may be given several times. */
static size_t values_of(const struct request *r, const char *name, const char *out[REQUEST_OPTIONS_MAX]) {
    size_t count = 0;
    for (unsigned i = 0; i < r->option_count; i++)
        if (strcmp(r->options[i].name, name) == 0) out[count++] = r->options[i].value;
    return count;
}

int alone_up(const struct args *args, const char *home_path, struct output *out) {
    static char path[PATH_MAX];
    char why[HOME_WHY_SIZE] = "";
    struct home *home;
    const struct request *r = &args->request;
    const char *named[REQUEST_OPTIONS_MAX], *interfaces[REQUEST_OPTIONS_MAX];
    const char *sticks[REQUEST_OPTIONS_MAX], *plain[REQUEST_OPTIONS_MAX];
    struct up up = {.out = out, .terminal = isatty(STDOUT_FILENO), .path = path};
    const struct node_options options = {.web = request_option(r, "web"),
                                         .app = request_option(r, "app"),
                                         .peers = {.listen = request_option(r, "listen"),
                                                   .named = named,
                                                   .named_count = values_of(r, "peer", named),
                                                   .interfaces = interfaces,
                                                   .interface_count = values_of(r, "interface", interfaces),
                                                   .no_discovery = request_option(r, "no-discovery") != NULL},
                                         .usb = {.folders = sticks,
                                                 .folder_count = values_of(r, "usb", sticks),
                                                 .plain = plain,
                                                 .plain_count = values_of(r, "usb-plain", plain),
                                                 .changed = on_usb,
                                                 .context = &up},
                                         .ready = on_ready,
                                         .started = on_started,
                                         .context = &up};
    if (options.peers.named_count > PEERS_NAMED_MAX || options.peers.interface_count > DISCOVERY_INTERFACES_MAX ||
        options.usb.folder_count > USB_FOLDERS_MAX || options.usb.plain_count > USB_FOLDERS_MAX) {
        output_say(out, "there are more than %d options", PEERS_NAMED_MAX);
        return COMMAND_USAGE;
    }
    memcpy(path, home_path, strlen(home_path) + 1);
    if (confine_user(args, path, out)) return COMMAND_FAILED;
    int err = home_ready(&home, args, path, out, why);
    if (err == ERR_BUSY) {
        output_say(out, "a node or another command is at work on this home already: %s", path);
        return COMMAND_FAILED;
    }
    if (!err) err = pool_choose(home, request_option(r, "store-max"), why);
    if (!err) {
        confine_node(&options, home, &up.cage);
        err = node_run(home, &options, why);
    }
    if (err) {
        int status = alone_failed(out, err, path, why);
        return err == ERR_USAGE ? COMMAND_USAGE : status;
    }
    return COMMAND_DONE;
}
