/*
 * What a network card can: asked of NetworkManager, of iw, and of the kernel's own folder, each of which may be
 * missing.
 */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/hotspot.h"
#include "node/web/words.h"

#define ASK_MS 10000

/* How many phones a card bears by its driver, from drivers' sources and makers' notes; the air bears fewer: some 30 who
 * read at once. */
static const struct {
    const char *driver, *usual;
} usual[] = {
    {"brcmfmac", WORDS_LATER("7 to 20, by its firmware (Raspberry Pi)")},
    {"ath9k_htc", WORDS_LATER("7")},
    {"iwlwifi", WORDS_LATER("about 14")},
    {"ath9k", WORDS_LATER("over 100")},
    {"ath10k_pci", WORDS_LATER("over 100")},
    {"ath11k_pci", WORDS_LATER("over 100")},
    {"mt76x2u", WORDS_LATER("over 100")},
    {"mt7921e", WORDS_LATER("about 20")},
    {"mt7921u", WORDS_LATER("about 20")},
    {"rt2800usb", WORDS_LATER("about 30")},
    {"rtw88_8822bu", WORDS_LATER("about 30")},
};

static bool ask(struct exec *e, const char *const *argv) {
    return exec_run(e, argv, ASK_MS) == 0 && e->status == 0;
}

static void driver_get(const char *interface, char out[32]) {
    char path[PATH_MAX];
    char target[PATH_MAX];
    snprintf(path, sizeof path, "/sys/class/net/%s/device/driver", interface);
    ssize_t size = readlink(path, target, sizeof target - 1);
    out[0] = '\0';
    if (size <= 0) return;
    target[size] = '\0';
    const char *name = strrchr(target, '/');
    if (name != NULL) snprintf(out, 32, "%.31s", name + 1);
}

static bool is_wired(const char *interface) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "/sys/class/net/%s", interface);
    if (access(path, F_OK) != 0) return false;
    snprintf(path, sizeof path, "/sys/class/net/%s/phy80211", interface);
    if (access(path, F_OK) == 0) return false;
    snprintf(path, sizeof path, "/sys/class/net/%s/wireless", interface);
    return access(path, F_OK) != 0;
}

/* What iw says of the card behind the interface. */
static void card_by_iw(struct exec *e, const char *interface, struct hotspot_card *out) {
    char phy[32];
    unsigned number;
    const char *which[] = {"iw", "dev", interface, "info", NULL};
    const char *what[] = {"iw", "phy", phy, "info", NULL};
    if (!ask(e, which)) return;
    const char *at = strstr(e->out, "wiphy ");
    if (at == NULL || sscanf(at, "wiphy %u", &number) != 1) return;
    snprintf(phy, sizeof phy, "phy%u", number);
    if (!ask(e, what)) return;
    const char *modes = strstr(e->out, "Supported interface modes:");
    if (modes != NULL && out->can == HOTSPOT_UNKNOWN)
        out->can = strstr(modes, "\t\t * AP\n") != NULL ? HOTSPOT_CAN : HOTSPOT_CANNOT;
    at = strstr(e->out, "Maximum associated stations in AP mode: ");
    if (at != NULL) (void)sscanf(at, "Maximum associated stations in AP mode: %u", &out->phones_max);
}

static void card_by_manager(struct exec *e, const char *interface, struct hotspot_card *out) {
    const char *argv[] = {"nmcli", "-g", "GENERAL.TYPE,WIFI-PROPERTIES.AP", "device", "show", interface, NULL};
    if (!ask(e, argv)) return;
    if (strncmp(e->out, "ethernet\n", 9) == 0)
        out->wired = true;
    else if (strstr(e->out, "\nyes") != NULL)
        out->can = HOTSPOT_CAN;
    else if (strstr(e->out, "\nno") != NULL)
        out->can = HOTSPOT_CANNOT;
}

void hotspot_card_get(struct exec *e, const char *interface, struct hotspot_card *out) {
    *out = (struct hotspot_card){.can = HOTSPOT_UNKNOWN, .wired = is_wired(interface)};
    card_by_manager(e, interface, out);
    if (out->wired) {
        out->can = HOTSPOT_CAN; /* a router on the cable is the access point */
        return;
    }
    card_by_iw(e, interface, out);
    driver_get(interface, out->driver);
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
        if (strcmp(usual[i].driver, out->driver) == 0) out->usual = usual[i].usual;
}

/* The first interface that can in a list of lines "NAME:TYPE" or "\tInterface NAME". */
static bool choose_line(struct exec *e, const char *line, struct hotspot *h) {
    static struct exec again; /* the list stays in e meanwhile */
    char name[HOTSPOT_INTERFACE_SIZE];
    struct hotspot_card card;
    (void)e;
    if (sscanf(line, "%15[^:\n]:wifi", name) != 1 || strncmp(line + strlen(name), ":wifi\n", 6) != 0) {
        if (sscanf(line, "\tInterface %15s", name) != 1) return false;
    }
    if (!hotspot_interface_is_good(name)) return false;
    hotspot_card_get(&again, name, &card);
    if (card.can == HOTSPOT_CANNOT) return false;
    memcpy(h->interfaces[0], name, sizeof name);
    h->count = 1;
    return true;
}

void hotspot_choose(struct exec *e, struct hotspot *h) {
    const char *manager[] = {"nmcli", "-t", "-f", "DEVICE,TYPE", "device", "status", NULL};
    const char *iw[] = {"iw", "dev", NULL};
    if (h->count > 0) return;
    if (!ask(e, manager) && !ask(e, iw)) return;
    for (const char *line = e->out; *line != '\0';) {
        if (choose_line(e, line, h)) return;
        const char *end = strchr(line, '\n');
        if (end == NULL) return;
        line = end + 1;
    }
}
