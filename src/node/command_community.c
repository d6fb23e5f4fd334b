/*
 * command_community.c: found, list, invite to and join communities.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "carrier/join.h"
#include "closed/closed.h"
#include "core/crypto.h"
#include "node/command.h"
#include "node/compose.h"
#include "node/lookup.h"
#include "node/qr.h"
#include "node/render.h"

int command_community_new(const struct command_call *call) {
    char hex[HEX_SIZE], title[RENDER_TITLE_SIZE];
    uint8_t id[HASH_SIZE];
    const char *lang = request_option(call->req, "lang");
    struct compose_community in = {.title = request_option(call->req, "title"),
                                   .lang = lang ? lang : lang_code(call->req->lang),
                                   .keep_days = (uint32_t)request_number(call->req, "keep", 0),
                                   .closed = request_option(call->req, "closed") != NULL,
                                   .history = request_option(call->req, "history") != NULL};
    if (in.closed ? request_option(call->req, "open") != NULL : in.history) {
        output_say(call->out, "a group is open or closed, and --history goes with --closed");
        return COMMAND_USAGE;
    }
    if (!in.title) {
        output_say(call->out, "a group needs a title: --title TITLE");
        return COMMAND_USAGE;
    }
    home_enter(call->home);
    int err = compose_community(call->home, &in, id);
    home_leave(call->home);
    if (err == ERR_LIMIT || err == ERR_TEXT) {
        output_say(call->out, "a title is 1 to %d bytes of text in one line; this one has %zu", CHARTER_TITLE_MAX,
                   strlen(in.title));
        return COMMAND_FAILED;
    }
    if (err == ERR_FIELD) {
        output_say(call->out,
                   "a group's language is a tag like \"kk\" or \"ru\", its title is not empty, and it keeps messages "
                   "for 1 to %d days",
                   CHARTER_KEEP_DAYS_MAX);
        return COMMAND_FAILED;
    }
    if (err) return command_failed(call, err);
    command_hex(hex, id, HASH_SIZE);
    render_safe(title, sizeof title, in.title);
    output_json(call->out, json_pack("{s:s}", "community", hex));
    output_print(call->out, "The group \"%s\" is founded. Its id:\n%s\n", title, hex);
    if (!call->out->json && in.closed)
        output_note(
            call->out,
            "Only members can read it, and who takes a member's unlocked device. Bring others in with:  longear "
            "invite %.8s   and, when they give you their request:  longear member admit REQUEST",
            hex);
    else if (!call->out->json)
        output_note(call->out, "Anyone can read it, the police too. Bring others in with:  longear invite %.8s", hex);
    return COMMAND_DONE;
}

struct listing {
    const struct command_call *call;
    FILE *to;
    unsigned count;
    bool failed;
};

static void own_key(struct home *home, const struct charter *charter, uint8_t key[KEY_SIZE]) {
    struct member member;
    home_member(home, charter, false, &member);
    memcpy(key, member.key, KEY_SIZE);
    crypto_wipe(&member, sizeof member);
}

static void community_json(struct listing *l, const struct store_community *c, const uint8_t own[KEY_SIZE]) {
    json_t *o = json_object();
    json_object_set_new(o, "community", command_hex_json(c->charter.community));
    json_object_set_new(o, "title", json_string(c->charter.title));
    json_object_set_new(o, "access", json_string(c->charter.access == CHARTER_OPEN ? "open" : "closed"));
    json_object_set_new(o, "records", json_integer((json_int_t)c->records));
    json_object_set_new(o, "author", command_hex_json(own));
    json_object_set_new(o, "joined", json_boolean(c->joined));
    json_object_set_new(o, "lang", json_string(c->charter.lang));
    json_object_set_new(o, "keep_days", json_integer(c->charter.keep_days));
    char *line = o ? json_dumps(o, JSON_COMPACT) : NULL;
    if (line)
        fprintf(l->to, "%s\n", line);
    else
        l->failed = true;
    free(line);
    json_decref(o);
}

static void community_human(struct listing *l, const struct store_community *c) {
    const struct output *out = l->call->out;
    char hex[HEX_SIZE], title[RENDER_TITLE_SIZE], when[RENDER_TIME_SIZE];
    command_hex(hex, c->charter.community, 4);
    render_safe(title, sizeof title, c->charter.title);
    fprintf(l->to, "%s  %s\n          ", hex, title);
    fprintf(l->to, output_text(out, "messages: %llu"), (unsigned long long)c->records);
    if (c->records > 0) {
        render_time(when, c->newest);
        fputs(", ", l->to);
        fprintf(l->to, output_text(out, "the newest of %s"), when);
    }
    if (c->charter.access != CHARTER_OPEN) fprintf(l->to, "; %s", output_text(out, "closed"));
    if (!c->joined) {
        fputs("; ", l->to);
        fprintf(l->to, output_text(out, "came in a parcel; to write in it: longear join %s"), hex);
    }
    if (c->newer_rules) fprintf(l->to, "; %s", output_text(out, err_text(ERR_KIND)));
    fputc('\n', l->to);
}

static int community_visit(void *context, const struct store_community *c) {
    struct listing *l = context;
    uint8_t own[KEY_SIZE];
    l->count++;
    if (l->call->out->json) {
        own_key(l->call->home, &c->charter, own);
        community_json(l, c, own);
    } else {
        community_human(l, c);
    }
    return l->failed ? ERR_MEMORY : 0;
}

int command_community_list(const struct command_call *call) {
    char *text = NULL;
    size_t size = 0;
    struct listing l = {.call = call, .to = open_memstream(&text, &size)};
    if (!l.to) return command_failed(call, ERR_MEMORY);
    home_enter(call->home);
    int err = store_community_each(call->home->store, call->now, community_visit, &l);
    home_leave(call->home);
    fclose(l.to);
    if (!err) output_write(call->out, OUTPUT_RESULT, text, size);
    free(text);
    if (err) return command_failed(call, err);
    if (l.count == 0 && !call->out->json)
        output_note(call->out, "There is no group here yet. Found one:  longear community new --title TITLE\nor join "
                               "one:  longear join INVITATION");
    return COMMAND_DONE;
}

/* Find the message that goes along with an invitation. Return 0 with *size 0 if none was asked for. */
static int message_find(const struct command_call *call, const struct charter *charter, uint8_t room[RECORD_SIZE_MAX],
                        size_t *size) {
    const char *name = request_option(call->req, "message");
    struct store_record found;
    uint8_t id[HASH_SIZE];
    *size = 0;
    if (!name) return 0;
    if (!charter_is_public(charter)) {
        output_say(call->out, "no message of a closed group goes with an invitation: whoever sees the line could read "
                              "it");
        return ERR_COMMUNITY;
    }
    if (lookup_record(call, name, id)) return ERR_NOT_FOUND;
    home_enter(call->home);
    int err = store_get(call->home->store, id, room, &found);
    home_leave(call->home);
    if (!err &&
        (memcmp(found.record.community, charter->community, HASH_SIZE) != 0 || found.retracted || !found.record.body))
        err = ERR_NOT_FOUND;
    if (err) {
        output_say(call->out, "%s is no message of this group", name);
        return err;
    }
    *size = found.size;
    return 0;
}

int command_invite(const struct command_call *call) {
    struct charter charter;
    struct record record;
    char line[INVITE_CHARS_MAX + 1] = "", upper[INVITE_CHARS_MAX + 1] = "";
    struct store_community *c = malloc(sizeof *c);
    int status = COMMAND_FAILED;
    size_t message_size;
    uint8_t *message = malloc(RECORD_SIZE_MAX);
    if (!c || !message) {
        status = command_failed(call, ERR_MEMORY);
        goto err0;
    }
    if (lookup_community(call, command_argument(call, 0), c)) goto err0;
    if (message_find(call, &c->charter, message, &message_size)) goto err0;
    int err = charter_expand(&charter, &record, c->compact, c->compact_size);
    int length = err ? err : invite_encode(&record, message_size ? message : NULL, message_size, line, sizeof line);
    if (length == ERR_SPACE) {
        output_say(call->out,
                   "this message is too long for an invitation: group and message together have at most %d bytes",
                   INVITE_BYTES_MAX);
        goto err0;
    }
    if (length < 0) {
        status = command_failed(call, length);
        goto err0;
    }
    if (request_option(call->req, "qr") && !call->out->json) {
        for (int i = 0; i <= length; i++) /* upper case alone makes the code smaller */
            upper[i] = (char)(line[i] >= 'a' && line[i] <= 'z' ? line[i] - 'a' + 'A' : line[i]);
        err = qr_draw(call->out, upper, call->req->out_terminal);
        if (err) (void)command_failed(call, err);
    }
    output_json(call->out,
                json_pack("{s:s,s:o}", "invitation", line, "community", command_hex_json(charter.community)));
    if (!call->out->json) {
        output_write(call->out, OUTPUT_RESULT, line, (size_t)length);
        output_write(call->out, OUTPUT_RESULT, "\n", 1);
    }
    status = err ? COMMAND_FAILED : COMMAND_DONE;
err0:
    free(message);
    free(c);
    return status;
}

static bool begins_like_invitation(const char *text) {
    while (*text == ' ' || (*text >= '\t' && *text <= '\r')) text++;
    return strncasecmp(text, "longear", 7) == 0 || strchr(text, ':') != NULL;
}

static int joined_say(const struct command_call *call, const struct charter *charter) {
    char hex[HEX_SIZE], title[RENDER_TITLE_SIZE];
    command_hex(hex, charter->community, HASH_SIZE);
    render_safe(title, sizeof title, charter->title);
    output_json(call->out, json_pack("{s:s}", "community", hex));
    output_print(call->out, "You are in the group \"%s\":\n%s\n", title, hex);
    return COMMAND_DONE;
}

/* Who has joined a closed group is not in it yet: a coordinator has to admit them. */
static int request_say(const struct command_call *call, const struct charter *charter) {
    struct closed *closed;
    char line[REQUEST_CHARS_MAX + 1], title[RENDER_TITLE_SIZE];
    home_enter(call->home);
    int err = home_closed(call->home, &closed);
    if (!err) err = closed_request(closed, charter->community, home_when(call->home), line);
    home_leave(call->home);
    if (err == ERR_EXISTS) return joined_say(call, charter);
    if (err) return command_failed(call, err);
    render_safe(title, sizeof title, charter->title);
    output_json(call->out, json_pack("{s:o,s:s}", "community", command_hex_json(charter->community), "request", line));
    if (!call->out->json) {
        output_note(call->out,
                    "The group \"%s\" is closed. Give this line to one of its coordinators, from hand to hand: whoever "
                    "has it could send you something in their name.",
                    title);
        output_write(call->out, OUTPUT_RESULT, line, strlen(line));
        output_write(call->out, OUTPUT_RESULT, "\n", 1);
    }
    return COMMAND_DONE;
}

static int join_record(const struct command_call *call, const struct charter *charter, const struct record *record,
                       const struct invite_message *message) {
    home_enter(call->home);
    int put = join_store(call->home->store, charter, record, message, home_when(call->home));
    home_leave(call->home);
    if (put < 0) return command_failed(call, put);
    return charter->access == CHARTER_OPEN ? joined_say(call, charter) : request_say(call, charter);
}

/* An invitation that a messenger broke into several words is put together again. */
static char *arguments_joined(const struct request *req) {
    size_t size = 1;
    for (unsigned i = 0; i < req->argument_count; i++) size += strlen(req->arguments[i]) + 1;
    char *text = malloc(size), *at = text;
    for (unsigned i = 0; text && i < req->argument_count; i++)
        at += sprintf(at, "%s%s", i > 0 ? " " : "", req->arguments[i]);
    if (text) *at = '\0';
    return text;
}

static int join_carried(const struct command_call *call, const char *name) {
    struct charter charter;
    struct record record;
    struct store_community *c = malloc(sizeof *c);
    if (!c) return command_failed(call, ERR_MEMORY);
    int status = COMMAND_FAILED;
    if (lookup_community(call, name, c) == 0) {
        int err = charter_expand(&charter, &record, c->compact, c->compact_size);
        status = err ? command_failed(call, err) : join_record(call, &charter, &record, &(struct invite_message){0});
    }
    free(c);
    return status;
}

int command_join(const struct command_call *call) {
    struct charter charter;
    struct record record;
    struct invite_message message;
    uint8_t room[INVITE_BYTES_MAX];
    char *text = arguments_joined(call->req);
    int status;
    if (!text) return command_failed(call, ERR_MEMORY);
    if (begins_like_invitation(text)) {
        int err = invite_decode(&charter, &record, &message, room, text, strlen(text));
        if (err == ERR_CHECKSUM) {
            output_say(call->out, "this invitation was changed on its way: %s. Ask for it again; nothing was joined",
                       output_text(call->out, err_text(err)));
            status = COMMAND_FAILED;
        } else {
            status = err ? command_failed(call, err) : join_record(call, &charter, &record, &message);
        }
    } else {
        status = join_carried(call, text);
    }
    free(text);
    return status;
}
