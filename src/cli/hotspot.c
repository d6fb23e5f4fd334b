/*
 * hotspot.c: make a Wi-Fi for the people around, undo it, tell how it stands; or say how to make it by hand.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/alone.h"
#include "host/file.h"
#include "node/commands.h"
#include "node/hotspot.h"

static struct exec exec; /* too large for the stack */

static json_t *interfaces_json(char (*names)[HOTSPOT_INTERFACE_SIZE], size_t count) {
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) json_array_append_new(list, json_string(names[i]));
    return list;
}

/* ---- What was asked for ---- */

static bool plan_interfaces(const struct request *r, struct hotspot *h, struct output *out) {
    for (unsigned i = 0; i < r->option_count; i++) {
        const char *value = r->options[i].value;
        if (strcmp(r->options[i].name, "interface") != 0) continue;
        if (!hotspot_interface_is_good(value)) {
            output_say(out, "\"%s\" is no network interface; see:  ip link", value);
            return false;
        }
        if (h->count == HOTSPOT_INTERFACES_MAX) {
            output_say(out, "there are more than %d options", HOTSPOT_INTERFACES_MAX);
            return false;
        }
        for (size_t k = 0; k < h->count; k++) {
            if (strcmp(h->interfaces[k], value) != 0) continue;
            output_say(out, "the interface %s stands there twice", value);
            return false;
        }
        snprintf(h->interfaces[h->count++], HOTSPOT_INTERFACE_SIZE, "%s", value);
    }
    return true;
}

static bool plan_make(const struct request *r, struct hotspot *h, struct output *out) {
    const char *name = request_option(r, "name");
    const char *password = request_option(r, "password");
    uint64_t port = request_number(r, "port", HOTSPOT_PORT_DEFAULT);
    memset(h, 0, sizeof *h);
    if (name == NULL) name = HOTSPOT_NAME_DEFAULT;
    if (!hotspot_name_is_good(name)) {
        output_say(out, "the name of a Wi-Fi has 1 to 32 bytes, without line ends; a Cyrillic letter takes two");
        return false;
    }
    if (password != NULL && !hotspot_password_is_good(password)) {
        output_say(out, "a Wi-Fi password has 8 to 63 Latin letters, digits or signs");
        return false;
    }
    if (port == 0 || port > 65535) {
        output_say(out, "a port is a number from 1 to 65535");
        return false;
    }
    snprintf(h->name, sizeof h->name, "%s", name);
    if (password != NULL) snprintf(h->password, sizeof h->password, "%s", password);
    h->port = (uint16_t)port;
    return plan_interfaces(r, h, out);
}

/* ---- By hand ---- */

static json_t *lines_json(char *const *lines, size_t count) {
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) json_array_append_new(list, json_string(lines[i]));
    return list;
}

static void recipe_json(const struct hotspot_recipe *recipe, struct output *out) {
    json_t *files = json_object();
    for (size_t i = 0; i < recipe->file_count; i++)
        json_object_set_new(files, recipe->files[i].name, json_string(recipe->files[i].text));
    output_json(out, json_pack("{s:o,s:o,s:o}", "files", files, "commands",
                               lines_json(recipe->commands, recipe->command_count), "undo",
                               lines_json(recipe->undo, recipe->undo_count)));
}

static void recipe_print(const struct hotspot_recipe *recipe, const char *dir, uint16_t port, struct output *out) {
    static const char up[] = "longear up --web 0.0.0.0";
    for (size_t i = 0; i < recipe->file_count && dir == NULL; i++)
        output_print(out, "---- The file %s:\n%s\n", recipe->files[i].name, recipe->files[i].text);
    output_print(out, "---- As the administrator (root), in the folder of these files, with hostapd, dnsmasq and "
                      "nftables installed:\n");
    for (size_t i = 0; i < recipe->command_count; i++) output_print(out, "%s\n", recipe->commands[i]);
    output_print(out, "---- As yourself:\n");
    output_print(out, "%s:%u\n", up, port);
    output_print(out, "---- To undo it:\n");
    for (size_t i = 0; i < recipe->undo_count; i++) output_print(out, "%s\n", recipe->undo[i]);
}

static int recipe_save(const struct hotspot_recipe *recipe, const char *dir, struct output *out) {
    for (size_t i = 0; i < recipe->file_count; i++) {
        char path[HOTSPOT_PATH_SIZE];
        if ((size_t)snprintf(path, sizeof path, "%s/%s", dir, recipe->files[i].name) >= sizeof path) return ERR_LIMIT;
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600); /* a password may stand in it */
        int err =
            fd < 0 ? ERR_IO : file_write(fd, (const uint8_t *)recipe->files[i].text, strlen(recipe->files[i].text));
        int why = errno;
        if (fd >= 0 && close(fd) != 0 && err == 0) err = ERR_IO;
        if (err == 0) continue;
        output_say(out, "%s: %s", path, strerror(why));
        return ERR_IO;
    }
    return 0;
}

/* How many phones each takes. */
static void cards_say(const struct hotspot *h, struct output *out) {
    struct hotspot_card card;
    for (size_t i = 0; i < h->count; i++) {
        hotspot_card_get(&exec, h->interfaces[i], &card);
        if (card.wired)
            output_note(
                out,
                "%s is a cable: plug in a router as access point (its own DHCP off, the cable in a LAN socket); "
                "how many phones it takes stands in its papers, usually 30 and more.",
                h->interfaces[i]);
        else if (card.phones_max > 0)
            output_note(out, "%s takes %u phones, as its driver says.", h->interfaces[i], card.phones_max);
        else if (card.usual != NULL)
            output_note(out, "%s (%s) takes this many phones: %s.", h->interfaces[i], card.driver,
                        output_text(out, card.usual));
        else
            output_note(out, "How many phones %s takes is not told by its driver; 8 to 30 are usual.",
                        h->interfaces[i]);
    }
}

static int recipe_tell(const struct request *r, struct hotspot *h, struct output *out) {
    bool wired[HOTSPOT_INTERFACES_MAX] = {false};
    const char *dir = request_option(r, "dir");
    struct hotspot_recipe recipe;
    struct hotspot_card card;
    hotspot_choose(&exec, h);
    if (h->count == 0) snprintf(h->interfaces[h->count++], HOTSPOT_INTERFACE_SIZE, "wlan0");
    for (size_t i = 0; i < h->count; i++) {
        hotspot_card_get(&exec, h->interfaces[i], &card);
        wired[i] = card.wired;
    }
    int err = hotspot_recipe_make(&recipe, h, wired);
    if (err == 0 && dir != NULL) err = recipe_save(&recipe, dir, out);
    if (err == ERR_MEMORY || err == ERR_LIMIT) output_say(out, "%s", output_text(out, err_text(err)));
    if (err == 0) {
        recipe_json(&recipe, out);
        recipe_print(&recipe, dir, h->port, out);
        cards_say(h, out);
    }
    hotspot_recipe_free(&recipe);
    return err == 0 ? COMMAND_DONE : COMMAND_FAILED;
}

/* ---- The three ---- */

/* Tell whether all interfaces can; say of one that can't. */
static bool cards_can(const struct hotspot *h, struct output *out) {
    struct hotspot_card card;
    for (size_t i = 0; i < h->count; i++) {
        hotspot_card_get(&exec, h->interfaces[i], &card);
        if (card.can != HOTSPOT_CANNOT) continue;
        output_say(out,
                   "the card %s cannot be an access point. A USB stick that can, or a router on a cable (--interface "
                   "with the name of the socket) will do",
                   h->interfaces[i]);
        return false;
    }
    return true;
}

static void started_tell(const struct hotspot *h, struct hotspot_state *state, struct output *out) {
    char url[HOTSPOT_URL_SIZE];
    hotspot_url(url, state->port80, h->port);
    output_json(out, json_pack("{s:s,s:s,s:b,s:o,s:s,s:b,s:b}", "state", "up", "name", h->name, "open",
                               h->password[0] == '\0', "interfaces", interfaces_json(state->interfaces, state->count),
                               "address", url, "port80", state->port80, "names", state->names));
    output_print(out,
                 h->password[0] == '\0' ? "The Wi-Fi \"%s\" is there, open to everybody.\n"
                                        : "The Wi-Fi \"%s\" is there; its password is the one you gave.\n",
                 h->name);
    output_print(out, "The page will be at:  %s\n", url);
    if (out->json) return;
    cards_say(h, out);
    output_note(out,
                "Now run the node:  longear up --web 0.0.0.0:%u\nA poster to print:  longear poster FILE.html\n"
                "To undo the Wi-Fi:  longear hotspot stop",
                h->port);
}

static int start(const struct request *r, struct hotspot *h, struct output *out) {
    struct hotspot_state state;
    if (request_option(r, "print") != NULL || request_option(r, "dir") != NULL) return recipe_tell(r, h, out);
    if (!hotspot_manager_runs(&exec)) {
        output_say(out, "NetworkManager does not run here (nmcli), so the Wi-Fi is to be made by hand, like this:");
        (void)recipe_tell(r, h, out);
        return COMMAND_FAILED;
    }
    hotspot_choose(&exec, h);
    if (h->count == 0) {
        output_say(out, "no Wi-Fi card here can be an access point. With another card, or a router on a cable, it is "
                        "made like this:");
        (void)recipe_tell(r, h, out);
        return COMMAND_FAILED;
    }
    if (!cards_can(h, out)) {
        (void)recipe_tell(r, h, out);
        return COMMAND_FAILED;
    }
    if (hotspot_start(&exec, h, out, &state) != 0) {
        output_note(out, "By hand it is done like this:  longear hotspot --print");
        return COMMAND_FAILED;
    }
    started_tell(h, &state, out);
    return COMMAND_DONE;
}

static int stop(struct output *out) {
    bool removed = false;
    int err = hotspot_stop(&exec, out, &removed);
    if (err != 0) return COMMAND_FAILED;
    output_json(out, json_pack("{s:s,s:b}", "state", "off", "removed", removed));
    output_print(out, removed ? "The Wi-Fi is gone, and all that was made for it.\n" : "There was no Wi-Fi of ours.\n");
    return COMMAND_DONE;
}

static int status(struct output *out) {
    struct hotspot_state state;
    struct hotspot_note note = {.open = true};
    hotspot_state_get(&exec, &state);
    bool noted = hotspot_note_get(&note) && state.active;
    bool any = state.profile || state.names || state.port80;
    const char *word = state.active ? "up" : any ? "partly" : "off";
    json_t *told =
        json_pack("{s:s,s:o,s:b,s:b}", "state", word, "interfaces", interfaces_json(state.interfaces, state.count),
                  "port80", state.port80, "names", state.names);
    if (noted && told != NULL) {
        json_object_set_new(told, "name", json_string(note.name));
        json_object_set_new(told, "address", json_string(note.url));
        json_object_set_new(told, "open", json_boolean(note.open));
    }
    if (state.phones >= 0 && told != NULL) json_object_set_new(told, "phones", json_integer(state.phones));
    output_json(out, told);
    if (!any) output_print(out, "There is no Wi-Fi of ours.\n");
    if (any && !state.active)
        output_print(out, "The Wi-Fi does not run, but parts of it are left. Remove them:  longear hotspot stop\n");
    if (state.active && noted) output_print(out, "The Wi-Fi \"%s\" runs; the page is at:  %s\n", note.name, note.url);
    if (state.active && !noted) output_print(out, "The Wi-Fi runs.\n");
    if (state.phones >= 0) output_print(out, "phones: %d\n", state.phones);
    if (state.active && !(state.names && state.port80))
        output_print(out, "No window opens on the phones by itself: names or port 80 are not led here (or only the "
                          "administrator can tell).\n");
    return COMMAND_DONE;
}

int alone_hotspot(const struct args *args, const char *path, struct output *out) {
    const struct request *r = &args->request;
    const char *what = r->argument_count > 0 ? r->arguments[0] : "start";
    struct hotspot h;
    (void)path;
    if (strcmp(what, "stop") == 0) return stop(out);
    if (strcmp(what, "status") == 0) return status(out);
    if (strcmp(what, "start") != 0) {
        output_say(out, "expected start, stop or status; not \"%s\"", what);
        return COMMAND_USAGE;
    }
    return plan_make(r, &h, out) ? start(r, &h, out) : COMMAND_USAGE;
}
