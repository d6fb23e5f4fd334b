/*
 * command_status.c: how things stand: the store, the network, the clock, and what the person should know.
 */
#include <stdlib.h>
#include <string.h>

#include "node/cage_note.h"
#include "node/command.h"
#include "node/network.h"
#include "node/refusals.h"
#include "node/render.h"
#include "node/usb.h"

#define NOTES_MAX 2

/* What the person should know, in the language of the output for people and in English for machines. */
static const char *const notes[][NOTES_MAX] = {
    [HOME_UNPROTECTED] =
        {"This home has no passphrase: its key lies beside the store, and whoever takes the device can read everything "
         "and write in your name.",
         "A wipe can promise only that the files are overwritten and removed: flash memory may keep old blocks."},
    [HOME_PASSPHRASE] = {"A passphrase opens this home. While a node runs, its key is in memory."},
    [HOME_KEY_FILE_ONLY] =
        {"A key file opens this home: whoever has both has everything. While a node runs, its key is in memory."},
    [HOME_BOTH] = {"A passphrase and a key file together open this home. While a node runs, its key is in memory."},
    [HOME_IN_MEMORY] = {"This home is in memory alone: when the node ends, the person and the messages are gone."},
};

static json_t *notes_json(const struct home *home) {
    json_t *list = json_array();
    for (size_t i = 0; i < NOTES_MAX && notes[home->protection][i]; i++)
        json_array_append_new(list, json_string(notes[home->protection][i]));
    return list;
}

struct status {
    struct store_stats store;
    struct network network;
    struct usb_status usb;
    bool has_network; /* a node runs on this home */
    const char *app_words;
    const struct cage *cage; /* NULL: no node runs */
    json_t *refused;
    struct when when;
};

static json_t *usb_list_json(const struct usb_status *usb) {
    json_t *list = json_array();
    for (size_t i = 0; i < usb->count; i++) json_array_append_new(list, usb_json(&usb->sticks[i]));
    return list;
}

static json_t *status_json(const struct command_call *call, const struct status *s) {
    json_t *o = json_object();
    json_object_set_new(o, "records", json_integer((json_int_t)s->store.records));
    json_object_set_new(o, "sealed", json_integer((json_int_t)s->store.sealed));
    json_object_set_new(o, "communities", json_integer((json_int_t)s->store.communities));
    json_object_set_new(o, "peers", s->has_network ? network_peers_json(&s->network) : json_array());
    json_object_set_new(o, "store_bytes", json_integer((json_int_t)s->store.bytes));
    json_object_set(o, "refused", s->refused);
    json_object_set_new(o, "waiting", json_integer((json_int_t)s->store.waiting));
    json_object_set_new(o, "stubs", json_integer((json_int_t)s->store.stubs));
    json_object_set_new(o, "ghosts", json_integer((json_int_t)s->store.ghosts));
    json_object_set_new(o, "blobs", json_integer((json_int_t)s->store.blobs));
    json_object_set_new(o, "charged_bytes", json_integer((json_int_t)s->store.charged));
    json_object_set_new(o, "pool_bytes", json_integer((json_int_t)s->store.pool));
    json_object_set_new(o, "no_room", json_integer((json_int_t)s->store.dropped));
    json_object_set_new(o, "unindexed", json_integer((json_int_t)s->store.unindexed));
    json_object_set_new(
        o, "encrypted",
        json_boolean(call->home->protection != HOME_UNPROTECTED && call->home->protection != HOME_IN_MEMORY));
    json_object_set_new(o, "protection", json_string(home_protection_word(call->home->protection)));
    json_object_set_new(o, "clock", command_clock_json(s->when));
    json_object_set_new(o, "network", s->has_network ? network_json(&s->network) : json_null());
    json_object_set_new(o, "app_words", s->app_words ? json_string(s->app_words) : json_null());
    json_object_set_new(o, "usb", usb_list_json(&s->usb));
    json_object_set_new(o, "cage", s->cage ? cage_json(s->cage) : json_null());
    json_object_set_new(o, "node", json_boolean(call->req->served));
    json_object_set_new(o, "home", json_string(call->home->path));
    json_object_set_new(o, "notes", notes_json(call->home));
    return o;
}

typedef unsigned long long number;

static void room_print(struct output *out, const struct store_stats *stats) {
    char taken[RENDER_SIZE_SIZE], pool[RENDER_SIZE_SIZE];
    if (stats->pool == 0) return;
    render_size(taken, stats->charged);
    render_size(pool, stats->pool);
    output_print(out, "room for messages and files: %s of %s taken\n", taken, pool);
    if (stats->dropped > 0) output_print(out, "let go of because there was no room: %llu\n", (number)stats->dropped);
}

static void store_print(struct output *out, const struct status *s) {
    char size[RENDER_SIZE_SIZE];
    const char *reason;
    json_t *count;
    render_size(size, s->store.bytes);
    output_print(out, "messages: %llu, groups: %llu, files: %llu, on the disk: %s\n",
                 (number)(s->store.records - s->store.stubs), (number)s->store.communities, (number)s->store.blobs,
                 size);
    if (s->store.sealed > 0)
        output_print(out, "sealed messages of closed groups, carried along: %llu\n", (number)s->store.sealed);
    room_print(out, &s->store);
    if (s->store.waiting > 0)
        output_print(out, "waiting, because their time lies ahead of this clock: %llu\n", (number)s->store.waiting);
    if (s->store.unindexed > 0)
        output_print(out, "texts that search does not find yet: %llu\n", (number)s->store.unindexed);
    json_object_foreach(s->refused, reason, count) output_print(
        out, "refused so far: %llu (%s)\n", (number)json_integer_value(count), output_text(out, refusals_text(reason)));
}

static void contacts_print(struct output *out, const struct network *n) {
    char in[RENDER_SIZE_SIZE], back[RENDER_SIZE_SIZE];
    const struct contacts_counts *l = &n->lan;
    if (network_state(n) == NETWORK_NOBODY)
        output_print(out, "No other point is in contact.\n");
    else if (network_state(n) == NETWORK_SETTLED)
        output_print(out, "Points in contact: %u, everything is exchanged.\n", network_near(n));
    else
        output_print(out, "Points in contact: %u, exchanging: %llu messages a second.\n", network_near(n),
                     (number)network_rate(n));
    if (n->lan.phones > 0)
        output_print(out, "Phones in contact: %u, of which have everything: %u\n", n->lan.phones,
                     n->lan.phones_settled);
    if (n->discovering) output_print(out, "Points heard on the networks around: %u\n", n->discovery.peers);
    if (l->met == 0) return;
    render_size(in, l->bytes_in);
    render_size(back, l->bytes_out);
    output_print(out, "Since the start: contacts %llu, messages that came %llu (%s), that went %llu (%s)\n",
                 (number)l->met, (number)l->records_in, in, (number)l->records_out, back);
}

static void network_print(struct output *out, const struct network *n) {
    int64_t ahead = network_clock_minutes(n);
    contacts_print(out, n);
    if (n->lan.port > 0) output_print(out, "Other points reach this one at port %u.\n", n->lan.port);
    if (n->problem) output_print(out, "%s\n", output_text(out, n->problem));
    if (n->lan.turned_away > 0)
        output_print(out, "Connections turned away, too many or too quick: %llu\n", (number)n->lan.turned_away);
    if (n->lan.held_off > 0)
        output_print(out, "Addresses that are not let in for a while, after what they sent: %u\n", n->lan.held_off);
    if (ahead > 0)
        output_print(out, "The neighbours' clocks are %llu minutes ahead of this one: check it.\n", (number)ahead);
    else if (ahead < 0)
        output_print(out, "The neighbours' clocks are %llu minutes behind this one: check it.\n", (number)-ahead);
}

static void sticks_print(struct output *out, const struct usb_status *usb) {
    for (size_t i = 0; i < usb->count; i++) usb_print(out, &usb->sticks[i]);
}

static void cage_print(struct output *out, const struct cage *cage) {
    const char *said[CAGE_NOTES_MAX];
    size_t count = cage_notes(cage, said);
    for (size_t i = 0; i < count; i++) output_print(out, "%s\n", output_text(out, said[i]));
}

static void status_print(const struct command_call *call, const struct status *s) {
    char path[RENDER_TITLE_SIZE];
    struct output *out = call->out;
    store_print(out, s);
    command_clock_print(call, s->when);
    render_safe(path, sizeof path, call->home->path);
    output_print(out,
                 call->req->served ? "A node is running on this home: %s\n" : "No node is running on this home: %s\n",
                 path);
    if (s->has_network) network_print(out, &s->network);
    if (s->app_words) output_print(out, "Check words of the app that phones get here: %s\n", s->app_words);
    sticks_print(out, &s->usb);
    if (s->cage) cage_print(out, s->cage);
    for (size_t i = 0; i < NOTES_MAX && notes[call->home->protection][i]; i++)
        output_print(out, "%s\n", output_text(out, notes[call->home->protection][i]));
}

/* What was refused so far: the store's count, and what the node will add to it. */
static json_t *refused_json(struct store *store, const struct network *n) {
    uint64_t counts[REFUSALS_COUNT];
    refusals_get(store, counts);
    for (size_t i = 0; i < REFUSALS_COUNT; i++) counts[i] += n->refused[i];
    return refusals_counts_json(counts);
}

int command_status(const struct command_call *call) {
    const struct home_node *node = &call->home->node;
    struct status *s = calloc(1, sizeof *s);
    if (!s) return command_failed(call, ERR_MEMORY);
    s->has_network = call->req->served && node->network;
    if (s->has_network) {
        node->network(node->context, &s->network);
        usb_get(node->usb, &s->usb);
        s->app_words = node->app_words;
        s->cage = node->cage;
    }
    home_enter(call->home);
    int err = store_stats(call->home->store, call->now, &s->store);
    s->refused = err ? NULL : refused_json(call->home->store, &s->network);
    home_leave(call->home);
    s->when = home_when(call->home);
    if (!err) {
        output_json(call->out, call->out->json ? status_json(call, s) : NULL);
        status_print(call, s);
    }
    json_decref(s->refused);
    free(s);
    return err ? command_failed(call, err) : COMMAND_DONE;
}
