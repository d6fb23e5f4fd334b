/*
 * command_sync.c: meet another node once.
 */
#include <string.h>

#include "node/address.h"
#include "node/command.h"
#include "node/network.h"
#include "node/refusals.h"
#include "node/render.h"
#include "node/standing.h"

typedef unsigned long long number;

static struct when on_when(void *context) {
    const struct command_call *call = context;
    return home_when(call->home);
}

/* Asked again and again while the contact lasts: tell how far it is, and whether nobody waits for it any more. */
static bool on_asked(void *context, const struct lan_ended *so_far) {
    const struct command_call *call = context;
    return output_progress(call->out, so_far->sent + so_far->received + so_far->chunks_in + so_far->chunks_out, 0);
}

static void result_tell(const struct command_call *call, const struct lan_ended *e) {
    char back[RENDER_SIZE_SIZE], in[RENDER_SIZE_SIZE];
    output_json(call->out, json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:f}", "communities", (json_int_t)e->communities, "sent",
                                     (json_int_t)e->sent, "received", (json_int_t)e->received, "bytes_out",
                                     (json_int_t)e->bytes_out, "bytes_in", (json_int_t)e->bytes_in, "round_trips",
                                     (json_int_t)e->round_trips, "seconds", e->seconds));
    render_size(back, e->bytes_out);
    render_size(in, e->bytes_in);
    output_print(call->out, "groups in common: %u, messages received: %llu, sent: %llu\n", e->communities,
                 (number)e->received, (number)e->sent);
    output_print(call->out, "in: %s, out: %s, round trips: %llu, %.1f s\n", in, back, (number)e->round_trips,
                 e->seconds);
}

/* Say what went wrong, and what to do. why is the carrier's own sentence, in English. */
static void failure_say(const struct command_call *call, int err, const char *host, const char *why) {
    struct output *out = call->out;
    switch (err) {
    case ERR_NET:
        output_say(out, "nobody is reached at %s: does a node run there (longear up), on a network that both share?",
                   host);
        break;
    case ERR_SILENT: output_say(out, "%s does not answer; go nearer, or try again later", host); break;
    case ERR_LINK: output_say(out, "the connection with %s broke; do it again to go on from here", host); break;
    case ERR_END: output_say(out, "%s ended the contact before all was exchanged; do it again to go on", host); break;
    case ERR_NOT_FOUND:
        output_say(out, "you and %s have no group in common; join one of its groups first: longear join INVITATION",
                   host);
        return;
    case ERR_INTERRUPTED: output_say(out, "interrupted; what has arrived is kept"); return;
    default: output_say(out, "%s: %s", host, output_text(out, err_text(err))); break;
    }
    if (*why) output_note(out, "(%s)", why);
}

/* A peer that broke the rules is counted like one that dials in. */
static void blame_note(const struct command_call *call, int err) {
    uint64_t counts[REFUSALS_COUNT] = {0};
    if (err <= -REFUSALS_COUNT) return;
    counts[-err] = 1;
    home_enter(call->home);
    (void)!refusals_add(call->home->store, counts); /* its error is met again by what follows */
    home_leave(call->home);
}

int command_sync(const struct command_call *call) {
    struct address_parts parts;
    struct lan_ended ended = {0};
    char why[LAN_WHY_SIZE] = "", host[RENDER_TITLE_SIZE];
    const char *text = command_argument(call, 0);
    if (address_split(&parts, text)) {
        output_say(call->out, "expected HOST:PORT, like 192.168.1.5:7427 or [fe80::1%%eth0]:7427; not \"%s\"", text);
        return COMMAND_USAGE;
    }
    render_safe(host, sizeof host, text);
    const struct lan_meeting meeting = {
        .host = parts.host, .port = parts.port[0] ? parts.port : NULL, .cancelled = on_asked, .context = (void *)call};
    const struct lan_config config = {.store = call->home->store,
                                      .mutex = &call->home->mutex,
                                      .when = on_when,
                                      .classes = {standing_class, call->home},
                                      .context = (void *)call,
                                      .no_listen = true};
    int err = lan_meet(&meeting, &config, &ended, why);
    if (err && ended.blamed) blame_note(call, err);
    if (!err || (ended.met && ended.communities > 0)) result_tell(call, &ended);
    if (err) failure_say(call, err, host, why);
    command_finish(call);
    return err ? COMMAND_FAILED : COMMAND_DONE;
}
