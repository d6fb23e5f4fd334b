/*
 * NetworkManager by its command nmcli: profiles of our own, shared networks, a file for their dnsmasq; nft for port 80.
 *
 * A start first removes what an earlier one has left, so it may be repeated after a crash. Without the right to write
 * the file or the table there is a Wi-Fi all the same: then no window opens by itself, and the address needs its port.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/file.h"
#include "node/hotspot.h"

#define ASK_MS 10000
#define ACT_MS 45000
#define PROFILE "longear-hotspot"
#define NAMES_FILE "/etc/NetworkManager/dnsmasq-shared.d/longear.conf"
#define NOTE_FILE "/run/longear-hotspot.json"
#define ARGUMENTS_MAX 48

static void profile_name(char out[32], size_t i) {
    if (i == 0)
        snprintf(out, 32, PROFILE);
    else
        snprintf(out, 32, PROFILE "-%zu", i + 1);
}

static void path_make(char out[HOTSPOT_PATH_SIZE], const char *path) {
    const char *root = getenv("LONGEAR_HOTSPOT_ROOT"); /* for tests */
    snprintf(out, HOTSPOT_PATH_SIZE, "%s%s", root != NULL ? root : "", path);
}

/* Run it. Return whether it ended well. */
static bool run(struct exec *e, const char *const *argv, int wait_ms) {
    int err = exec_run(e, argv, wait_ms);
    if (err != 0) snprintf(e->err, sizeof e->err, "%s: %s", argv[0], err_text(err));
    return err == 0 && e->status == 0;
}

/* The first line of what a program complained about. */
static const char *complaint(struct exec *e) {
    e->err[strcspn(e->err, "\n")] = '\0';
    return e->err[0] != '\0' ? e->err : "?";
}

bool hotspot_manager_runs(struct exec *e) {
    const char *argv[] = {"nmcli", "-t", "-f", "RUNNING", "general", NULL};
    return run(e, argv, ASK_MS) && strncmp(e->out, "running", 7) == 0;
}

static bool profile_is_there(struct exec *e, size_t i) {
    char name[32];
    profile_name(name, i);
    const char *argv[] = {"nmcli", "-g", "connection.id", "connection", "show", "id", name, NULL};
    return run(e, argv, ASK_MS);
}

/* ---- Files ---- */

static int file_make(const char *path, const char *text, mode_t mode) {
    char whole[HOTSPOT_PATH_SIZE];
    path_make(whole, path);
    int fd = open(whole, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0) return -1;
    int err = file_write(fd, (const uint8_t *)text, strlen(text));
    if (err == 0 && fchmod(fd, mode) != 0) err = ERR_IO;
    if (close(fd) != 0) err = ERR_IO;
    if (err != 0) (void)unlink(whole);
    return err != 0 ? -1 : 0;
}

/* Return 1 if it was there, 0 if not, -1 if it could not be removed. */
static int file_remove(const char *path) {
    char whole[HOTSPOT_PATH_SIZE];
    path_make(whole, path);
    if (unlink(whole) == 0) return 1;
    return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
}

static bool file_is_there(const char *path) {
    char whole[HOTSPOT_PATH_SIZE];
    path_make(whole, path);
    return access(whole, F_OK) == 0;
}

/* ---- The parts ---- */

static bool profile_add(struct exec *e, const struct hotspot *h, size_t i, bool wired) {
    static const char *const channels[] = {"1", "6", "11"};
    char name[32], address[32];
    const char *argv[ARGUMENTS_MAX] = {"nmcli", "connection", "add", "type", wired ? "ethernet" : "wifi"};
    size_t n = 5;
    profile_name(name, i);
    snprintf(address, sizeof address, "10.42.%zu.1/24", i);
    const char *const common[] = {"con-name",    name,       "ifname",      h->interfaces[i], "autoconnect",    "no",
                                  "save",        "yes",      "ipv4.method", "shared",         "ipv4.addresses", address,
                                  "ipv6.method", "disabled", NULL};
    for (size_t at = 0; common[at] != NULL; at++) argv[n++] = common[at];
    if (!wired) {
        const char *const wifi[] = {"ssid",
                                    h->name,
                                    "802-11-wireless.mode",
                                    "ap",
                                    "802-11-wireless.band",
                                    "bg",
                                    "802-11-wireless.cloned-mac-address",
                                    "random",
                                    NULL};
        for (size_t at = 0; wifi[at] != NULL; at++) argv[n++] = wifi[at];
        if (h->count > 1) {
            argv[n++] = "802-11-wireless.channel";
            argv[n++] = channels[i % 3];
        }
        if (h->password[0] != '\0') {
            const char *const lock[] = {"802-11-wireless-security.key-mgmt",
                                        "wpa-psk",
                                        "802-11-wireless-security.proto",
                                        "rsn",
                                        "802-11-wireless-security.pairwise",
                                        "ccmp",
                                        "802-11-wireless-security.group",
                                        "ccmp",
                                        "802-11-wireless-security.psk",
                                        h->password,
                                        NULL};
            for (size_t at = 0; lock[at] != NULL; at++) argv[n++] = lock[at];
        }
    }
    if (!run(e, argv, ACT_MS)) return false;
    if (wired) return true;
    /* Versions before 1.28 lack it; then phones can reach each other, which nobody promised away. */
    static struct exec aside;
    const char *isolate[] = {"nmcli", "connection", "modify", "id", name, "802-11-wireless.ap-isolation", "yes", NULL};
    (void)run(&aside, isolate, ACT_MS);
    return true;
}

static bool profile_up(struct exec *e, size_t i, bool wired) {
    char name[32];
    profile_name(name, i);
    const char *up[] = {"nmcli", "--wait", "30", "connection", "up", "id", name, NULL};
    if (run(e, up, ACT_MS)) return true;
    if (wired) return false;
    /* Some drivers refuse another address than the card's own. */
    static struct exec aside;
    const char *own[] = {"nmcli",     "connection", "modify", "id", name, "802-11-wireless.cloned-mac-address",
                         "permanent", NULL};
    return run(&aside, own, ACT_MS) && run(e, up, ACT_MS);
}

static bool rules_make(struct exec *e, const struct hotspot *h) {
    char *text = hotspot_rules(h);
    const char *argv[] = {"nft", text, NULL};
    bool done = text != NULL && run(e, argv, ASK_MS);
    free(text);
    return done;
}

static bool rules_are_there(struct exec *e) {
    static const char *const argv[] = {"nft", "list", "table", "ip", "longear_hotspot", NULL};
    return run(e, argv, ASK_MS);
}

static int names_make(void) {
    /* No file of who had which address, no line in a log; and no wait before a phone gets one. */
    return file_make(NAMES_FILE, "address=/#/" HOTSPOT_NAMES "\nno-ping\nleasefile-ro\nquiet-dhcp\n", 0644);
}

static void note_make(const struct hotspot *h, bool port80) {
    char url[HOTSPOT_URL_SIZE];
    hotspot_url(url, port80, h->port);
    json_t *note = json_pack("{s:s,s:s,s:b}", "name", h->name, "url", url, "open", h->password[0] == '\0');
    char *text = note != NULL ? json_dumps(note, JSON_COMPACT) : NULL;
    if (text != NULL) (void)file_make(NOTE_FILE, text, 0644); /* without it the others only know less */
    free(text);
    json_decref(note);
}

bool hotspot_note_get(struct hotspot_note *out) {
    char whole[HOTSPOT_PATH_SIZE];
    path_make(whole, NOTE_FILE);
    json_t *note = json_load_file(whole, 0, NULL);
    const char *name = json_string_value(json_object_get(note, "name"));
    const char *url = json_string_value(json_object_get(note, "url"));
    bool good = name != NULL && url != NULL && hotspot_name_is_good(name) && strlen(url) < sizeof out->url &&
                strncmp(url, "http://", 7) == 0;
    if (good) {
        snprintf(out->name, sizeof out->name, "%s", name);
        snprintf(out->url, sizeof out->url, "%s", url);
        out->open = json_is_true(json_object_get(note, "open"));
    }
    json_decref(note);
    return good;
}

void hotspot_password_get(struct exec *e, char out[HOTSPOT_PASSWORD_SIZE]) {
    static const char *const argv[] = {"nmcli",      "-s",   "-e", "no",    "-g", "802-11-wireless-security.psk",
                                       "connection", "show", "id", PROFILE, NULL};
    out[0] = '\0';
    if (!run(e, argv, ASK_MS)) return;
    e->out[strcspn(e->out, "\n")] = '\0';
    if (hotspot_password_is_good(e->out)) memcpy(out, e->out, strlen(e->out) + 1);
}

/* ---- Start and stop ---- */

int hotspot_start(struct exec *e, const struct hotspot *h, struct output *out, struct hotspot_state *done) {
    bool wired[HOTSPOT_INTERFACES_MAX] = {false};
    bool removed;
    struct hotspot_card card;
    *done = (struct hotspot_state){.phones = -1};
    for (size_t i = 0; i < h->count; i++) {
        hotspot_card_get(e, h->interfaces[i], &card);
        wired[i] = card.wired;
    }
    if (hotspot_stop(e, out, &removed) != 0) return ERR_IO;
    static struct exec rules; /* its complaint is told at the end */
    done->port80 = rules_make(&rules, h);
    /* Read when a profile comes up; without the rules names would lead nowhere. */
    done->names = done->port80 && names_make() == 0;
    for (size_t i = 0; i < h->count; i++) {
        if (!profile_add(e, h, i, wired[i])) {
            output_say(out, "NetworkManager does not take the Wi-Fi: %s", complaint(e));
            goto err0;
        }
        if (!profile_up(e, i, wired[i])) {
            output_say(out, "NetworkManager does not start the Wi-Fi on %s: %s", h->interfaces[i], complaint(e));
            goto err0;
        }
        memcpy(done->interfaces[done->count++], h->interfaces[i], HOTSPOT_INTERFACE_SIZE);
    }
    done->profile = done->active = true;
    if (!done->port80) output_note(out, "Port 80 is not led to the page: %s", complaint(&rules));
    if (done->port80 && !done->names)
        output_note(out, "Names are not led to this device: %s cannot be written.", NAMES_FILE);
    if (!done->port80 || !done->names)
        output_note(out, "So no window opens on the phones by itself. With the rights of the administrator it does:  "
                         "sudo longear hotspot start");
    note_make(h, done->port80);
    return 0;

err0:
    if (hotspot_stop(e, out, &removed) != 0) output_note(out, "Something of it is left: see above.");
    *done = (struct hotspot_state){.phones = -1};
    return ERR_IO;
}

int hotspot_stop(struct exec *e, struct output *out, bool *removed) {
    char name[32];
    int bad = 0;
    *removed = false;
    for (size_t i = 0; i < HOTSPOT_INTERFACES_MAX; i++) {
        profile_name(name, i);
        const char *argv[] = {"nmcli", "connection", "delete", "id", name, NULL};
        if (!profile_is_there(e, i)) continue;
        *removed = true;
        if (run(e, argv, ACT_MS)) continue;
        output_say(out, "the profile %s could not be removed: %s", name, complaint(e));
        bad = ERR_IO;
    }
    static const char *const files[] = {NAMES_FILE, NOTE_FILE};
    for (size_t i = 0; i < 2; i++) {
        int was = file_remove(files[i]);
        if (was > 0) *removed = true;
        if (was >= 0) continue;
        output_say(out, "%s could not be removed (%s). Do it with:  sudo longear hotspot stop", files[i],
                   strerror(errno));
        bad = ERR_IO;
    }
    if (!rules_are_there(e)) return bad;
    *removed = true;
    static const char *const argv[] = {"nft", "delete", "table", "ip", "longear_hotspot", NULL};
    if (run(e, argv, ASK_MS)) return bad;
    output_say(out, "the rules of port 80 could not be removed: %s", complaint(e));
    return ERR_IO;
}

/* ---- How it stands ---- */

/* Count the phones that an access point serves; -1 if nobody tells. */
static int phones_count(struct exec *e, const char *interface) {
    const char *argv[] = {"iw", "dev", interface, "station", "dump", NULL};
    int count = 0;
    if (!run(e, argv, ASK_MS)) return -1;
    for (const char *at = e->out; (at = strstr(at, "Station ")) != NULL; at++)
        if (at == e->out || at[-1] == '\n') count++;
    return count;
}

void hotspot_state_get(struct exec *e, struct hotspot_state *out) {
    char name[32];
    *out = (struct hotspot_state){.phones = -1};
    for (size_t i = 0; i < HOTSPOT_INTERFACES_MAX; i++) {
        profile_name(name, i);
        const char *argv[] = {"nmcli", "-g", "GENERAL.STATE,GENERAL.DEVICES", "connection", "show", "id", name, NULL};
        if (!profile_is_there(e, i)) continue;
        out->profile = true;
        if (!run(e, argv, ASK_MS) || strncmp(e->out, "activated\n", 10) != 0) continue;
        out->active = true;
        char *interface = e->out + 10;
        interface[strcspn(interface, "\n")] = '\0';
        if (hotspot_interface_is_good(interface))
            snprintf(out->interfaces[out->count++], HOTSPOT_INTERFACE_SIZE, "%s", interface);
    }
    for (size_t i = 0; i < out->count; i++) {
        int phones = phones_count(e, out->interfaces[i]);
        if (phones >= 0) out->phones = (out->phones > 0 ? out->phones : 0) + phones;
    }
    out->names = file_is_there(NAMES_FILE);
    out->port80 = rules_are_there(e);
}
