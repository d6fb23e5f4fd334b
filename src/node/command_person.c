/*
 * command_person.c: who I am here, how things stand, what time it is.
 */
#include <stdio.h>
#include <string.h>

#include "node/command.h"
#include "node/refusals.h"
#include "node/render.h"

int command_id(const struct command_call *call) {
    uint8_t fingerprint[PERSON_FINGERPRINT_SIZE];
    char hex[HEX_SIZE], name[RENDER_TITLE_SIZE];
    person_fingerprint(fingerprint, call->home->seed);
    command_hex(hex, fingerprint, sizeof fingerprint);
    render_safe(name, sizeof name, call->home->name);
    output_json(call->out, json_pack("{s:s,s:s}", "name", call->home->name, "fingerprint", hex));
    output_print(call->out, "%s\n%s\n", name, hex);
    return COMMAND_DONE;
}

static void clock_print(const struct command_call *call, struct when when) {
    char text[RENDER_TIME_SIZE];
    render_time(text, when.now);
    if (when.confirmed)
        output_print(call->out, "The clock shows %s and is trusted.\n", text);
    else
        output_print(call->out,
                     "The clock shows %s. Nothing vouches for it, so no message expires; if it is right, say so: "
                     "longear clock confirm\n",
                     text);
}

static json_t *clock_json(struct when when) {
    return json_pack("{s:I,s:b}", "now", (json_int_t)when.now, "confirmed", (int)when.confirmed);
}

int command_clock(const struct command_call *call) {
    struct when when = home_when(call->home);
    output_json(call->out, clock_json(when));
    clock_print(call, when);
    return COMMAND_DONE;
}

int command_clock_confirm(const struct command_call *call) {
    home_enter(call->home);
    int err = home_clock_confirm(call->home);
    home_leave(call->home);
    if (err == ERR_TIME) {
        output_say(call->out, "this clock lies before the making of this program; set it first");
        return COMMAND_FAILED;
    }
    return err ? command_failed(call, err) : command_clock(call);
}

/* What the person should know, in the language of the output for people and in English for machines. */
static const char *const notes[] = {
    "This home has no passphrase: its key lies beside the store, and whoever takes the device can read everything and "
    "write in your name.",
    "A wipe can promise only that the files are overwritten and removed: flash memory may keep old blocks.",
};

static json_t *notes_json(void) {
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++) json_array_append_new(list, json_string(notes[i]));
    return list;
}

static json_t *status_json(const struct command_call *call, const struct store_stats *s, json_t *refused,
                           struct when when) {
    json_t *o = json_object();
    json_object_set_new(o, "records", json_integer((json_int_t)s->records));
    json_object_set_new(o, "communities", json_integer((json_int_t)s->communities));
    json_object_set_new(o, "peers", json_array());
    json_object_set_new(o, "store_bytes", json_integer((json_int_t)s->bytes));
    json_object_set(o, "refused", refused);
    json_object_set_new(o, "waiting", json_integer((json_int_t)s->waiting));
    json_object_set_new(o, "stubs", json_integer((json_int_t)s->stubs));
    json_object_set_new(o, "ghosts", json_integer((json_int_t)s->ghosts));
    json_object_set_new(o, "blobs", json_integer((json_int_t)s->blobs));
    json_object_set_new(o, "unindexed", json_integer((json_int_t)s->unindexed));
    json_object_set_new(o, "encrypted", json_false());
    json_object_set_new(o, "clock", clock_json(when));
    json_object_set_new(o, "node", json_boolean(call->req->served));
    json_object_set_new(o, "home", json_string(call->home->path));
    json_object_set_new(o, "notes", notes_json());
    return o;
}

static void status_print(const struct command_call *call, const struct store_stats *s, json_t *refused,
                         struct when when) {
    char size[RENDER_SIZE_SIZE], path[RENDER_TITLE_SIZE];
    const char *reason;
    json_t *count;
    struct output *out = call->out;
    render_size(size, s->bytes);
    render_safe(path, sizeof path, call->home->path);
    output_print(out, "messages: %llu, groups: %llu, files: %llu, on the disk: %s\n", (unsigned long long)s->records,
                 (unsigned long long)s->communities, (unsigned long long)s->blobs, size);
    if (s->waiting > 0)
        output_print(out, "waiting, because their time lies ahead of this clock: %llu\n",
                     (unsigned long long)s->waiting);
    if (s->unindexed > 0)
        output_print(out, "texts that search does not find yet: %llu\n", (unsigned long long)s->unindexed);
    json_object_foreach(refused, reason, count)
        output_print(out, "refused so far: %llu (%s)\n", (unsigned long long)json_integer_value(count),
                     output_text(out, refusals_text(reason)));
    clock_print(call, when);
    output_print(out,
                 call->req->served ? "A node is running on this home: %s\n" : "No node is running on this home: %s\n",
                 path);
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++) output_print(out, "%s\n", output_text(out, notes[i]));
}

int command_status(const struct command_call *call) {
    struct store_stats stats;
    home_enter(call->home);
    int err = store_stats(call->home->store, call->now, &stats);
    json_t *refused = err ? NULL : refusals_json(call->home->store);
    home_leave(call->home);
    if (err) return command_failed(call, err);
    struct when when = home_when(call->home);
    output_json(call->out, call->out->json ? status_json(call, &stats, refused, when) : NULL);
    status_print(call, &stats, refused, when);
    json_decref(refused);
    return COMMAND_DONE;
}
