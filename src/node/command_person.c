/*
 * command_person.c: who I am here, what time it is.
 */
#include <stdio.h>
#include <string.h>

#include "node/command.h"
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

void command_clock_print(const struct command_call *call, struct when when) {
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

json_t *command_clock_json(struct when when) {
    return json_pack("{s:I,s:b}", "now", (json_int_t)when.now, "confirmed", (int)when.confirmed);
}

int command_clock(const struct command_call *call) {
    struct when when = home_when(call->home);
    output_json(call->out, command_clock_json(when));
    command_clock_print(call, when);
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
