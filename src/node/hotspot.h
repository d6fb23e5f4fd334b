/*
 * hotspot.h: a Wi-Fi for the people around: made with NetworkManager and undone again, or as files and commands for
 * hostapd and dnsmasq.
 *
 * Everything that a start makes has a name of its own, so that stop finds it without having been there: profiles called
 * longear-hotspot, longear-hotspot-2 …, one file for the dnsmasq of NetworkManager's shared networks, one table of
 * nftables, one note for the other subcommands. Nothing else is touched. Interface number i gets 10.42.i.1/24; every
 * name and port 80 lead to the page. Why so: doc/decisions/hotspot.md.
 */
#ifndef NODE_HOTSPOT_H
#define NODE_HOTSPOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "node/exec.h"
#include "node/output.h"

#define HOTSPOT_INTERFACES_MAX 4
#define HOTSPOT_INTERFACE_SIZE 16
#define HOTSPOT_NAME_DEFAULT "Link"
#define HOTSPOT_NAME_SIZE 33     /* of a Wi-Fi: 1 to 32 bytes (IEEE 802.11) */
#define HOTSPOT_PASSWORD_SIZE 64 /* 8 to 63 characters (WPA passphrase) */
#define HOTSPOT_PORT_DEFAULT 8480
#define HOTSPOT_ADDRESS "10.42.0.1"
#define HOTSPOT_NAMES "192.0.2.1" /* what every name leads to: nobody's (RFC 5737), and led here by the rules */
#define HOTSPOT_URL_SIZE 48
#define HOTSPOT_PATH_SIZE 4096

struct hotspot {
    char name[HOTSPOT_NAME_SIZE];
    char password[HOTSPOT_PASSWORD_SIZE]; /* "": an open Wi-Fi */
    char interfaces[HOTSPOT_INTERFACES_MAX][HOTSPOT_INTERFACE_SIZE];
    size_t count; /* 0: any that can */
    uint16_t port;
};

/* Tell whether a name, a password, an interface can be used as such. */
bool hotspot_name_is_good(const char *name);
bool hotspot_password_is_good(const char *password);
bool hotspot_interface_is_good(const char *name);

/* Write the address of the page as people open it: without a port if port 80 leads to it. */
void hotspot_url(char out[HOTSPOT_URL_SIZE], bool port80, uint16_t port);

/* ---- The network cards (hotspot_card.c) ---- */

enum hotspot_can { HOTSPOT_CAN, HOTSPOT_CANNOT, HOTSPOT_UNKNOWN };

struct hotspot_card {
    bool wired;
    enum hotspot_can can; /* be an access point */
    unsigned phones_max;  /* as the driver tells; 0: it doesn't */
    const char *usual;    /* what is known of this driver, a msgid; NULL: nothing */
    char driver[32];      /* "" if unknown */
};

/* Look at an interface. e is room to work in. */
void hotspot_card_get(struct exec *e, const char *interface, struct hotspot_card *out);

/* Fill in an interface that can, if none is named: the first that NetworkManager knows. */
void hotspot_choose(struct exec *e, struct hotspot *h);

/* ---- With NetworkManager (hotspot_manager.c) ---- */

/* Tell whether NetworkManager is there and runs. */
bool hotspot_manager_runs(struct exec *e);

struct hotspot_state {
    bool profile, active, names, port80;
    char interfaces[HOTSPOT_INTERFACES_MAX][HOTSPOT_INTERFACE_SIZE]; /* of active profiles */
    size_t count;
    int phones; /* connected now; -1: unknown */
};

/*
 * Make the Wi-Fi on the interfaces named (count > 0), each of which can. What goes wrong is said on out; done tells
 * afterwards what there is. ERR_IO: it could not be made; what there was of it is removed again.
 */
MUST_CHECK int hotspot_start(struct exec *e, const struct hotspot *h, struct output *out, struct hotspot_state *done);

/*
 * Undo what a start has made, whole or in part. removed tells whether there was anything. ERR_IO: something could not
 * be undone; said on out.
 */
MUST_CHECK int hotspot_stop(struct exec *e, struct output *out, bool *removed);

void hotspot_state_get(struct exec *e, struct hotspot_state *out);

/* The note of a running hotspot, for other subcommands: its name, whether it is open, and the page's address. Its
 * password isn't in it. False if there is none. */
struct hotspot_note {
    char name[HOTSPOT_NAME_SIZE];
    char url[HOTSPOT_URL_SIZE];
    bool open;
};
bool hotspot_note_get(struct hotspot_note *out);

/* Get the password of the running profile, where the user may see it; "" otherwise. */
void hotspot_password_get(struct exec *e, char out[HOTSPOT_PASSWORD_SIZE]);

/* ---- By hand (hotspot_recipe.c) ---- */

#define HOTSPOT_FILES_MAX (HOTSPOT_INTERFACES_MAX + 2)
#define HOTSPOT_LINES_MAX 32

struct hotspot_recipe {
    struct hotspot_file {
        char name[48];
        char *text;
    } files[HOTSPOT_FILES_MAX];
    size_t file_count;
    char *commands[HOTSPOT_LINES_MAX], *undo[HOTSPOT_LINES_MAX];
    size_t command_count, undo_count;
};

/* Write the whole recipe; wired[i] leaves out hostapd for that interface. ERR_MEMORY. Freed in every case. */
MUST_CHECK int hotspot_recipe_make(struct hotspot_recipe *out, const struct hotspot *h, const bool *wired);
void hotspot_recipe_free(struct hotspot_recipe *recipe);

/* What is common to both ways, as text that the caller frees; NULL without memory. */
char *hotspot_rules(const struct hotspot *h); /* of nftables */

#endif
