/*
 * command_message.c: post a message, take one back, pin one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/attach.h"
#include "node/command.h"
#include "node/compose.h"
#include "node/lookup.h"
#include "node/pinned.h"
#include "node/render.h"

/* Say why a file does not go. */
static void attachment_refused(const struct command_call *call, const char *name, int err, bool heif,
                               uint64_t size_max) {
    char size[RENDER_SIZE_SIZE];
    if (err == ERR_LIMIT) {
        render_size(size, size_max);
        if (size_max < BLOB_SIZE_MAX)
            output_say(call->out, "%s: in a closed group an attached file has 1 byte to %s", name, size);
        else
            output_say(call->out, "%s: an attached file has 1 byte to %s", name, size);
    } else if (err == ERR_UNSUPPORTED && heif) {
        output_say(call->out,
                   "%s: place, device and time cannot be taken out of HEIC and AVIF photos here. Save it as JPEG, or "
                   "send it with all that it tells: --as-it-is",
                   name);
    } else if (err == ERR_UNSUPPORTED) {
        output_say(call->out,
                   "%s: place, device and time cannot be taken out of this kind of photo, film or sound here. Save it "
                   "as JPEG, PNG, MP4, WebM, Ogg or WAV, or send it with all that it tells: --as-it-is",
                   name);
    } else if (err == ERR_DAMAGED) {
        output_say(call->out,
                   "%s: this photo, film or sound is damaged or cut off, so what it tells of place, device and time "
                   "cannot be taken out. To send it all the same: --as-it-is",
                   name);
    } else {
        output_say(call->out, "%s: %s", name, output_text(call->out, err_text(err)));
    }
}

static int attachment_read(const struct command_call *call, unsigned index, const char *path, uint64_t size_max,
                           struct attachment *out) {
    char name[RENDER_TITLE_SIZE], sent[RENDER_TITLE_SIZE];
    struct attach_in in = {.fd = call->req->files[index],
                           .name = path,
                           .number = index + 1,
                           .as_it_is = request_option(call->req, "as-it-is") != NULL,
                           .keep_original = request_option(call->req, "no-original") == NULL,
                           .size_max = size_max};
    enum attach_way way;
    bool heif = false;
    int err = attach_file(call->home, &in, out, &way, &heif);
    render_safe(name, sizeof name, path);
    if (err) {
        attachment_refused(call, name, err, heif, size_max);
        return err;
    }
    render_safe(sent, sizeof sent, out->name);
    if (way == ATTACH_AS_IT_IS)
        output_say(call->out,
                   "%s goes as it is: a photo or a document can hold where and when it was made, and on which device",
                   name);
    else if (way == ATTACH_STRIPPED)
        output_say(call->out, "%s goes as %s, without place, device, names and time", name, sent);
    return 0;
}

static int attachments_read(const struct command_call *call, const uint8_t community[HASH_SIZE],
                            struct attachment attachments[TEXT_ATTACHMENTS_MAX], unsigned *count) {
    uint64_t size_max;
    *count = 0;
    home_enter(call->home);
    int limited = compose_file_max(call->home, community, &size_max);
    home_leave(call->home);
    if (limited) return command_failed(call, limited), limited;
    for (unsigned i = 0; i < call->req->option_count; i++) {
        if (strcmp(call->req->options[i].name, "attach") != 0) continue;
        if (*count >= call->req->file_count || *count >= TEXT_ATTACHMENTS_MAX) {
            output_say(call->out, "at most %d files go with a message", TEXT_ATTACHMENTS_MAX);
            return ERR_LIMIT;
        }
        int err = attachment_read(call, *count, call->req->options[i].value, size_max, &attachments[*count]);
        if (err) return err;
        (*count)++;
    }
    return 0;
}

static int post_failed(const struct command_call *call, const struct compose_text *in, int err) {
    switch (err) {
    case ERR_LIMIT:
        output_say(call->out,
                   "a message has at most %d bytes, its signature and the rest included; this text alone has %zu",
                   RECORD_SIZE_MAX, in->size);
        return COMMAND_FAILED;
    case ERR_FIELD: output_say(call->out, "the message is empty"); return COMMAND_FAILED;
    case ERR_CHARTER:
        output_say(call->out,
                   "you are no member of this group, or the news of it has not come yet: longear member list %s",
                   command_argument(call, 0));
        return COMMAND_FAILED;
    case ERR_UNSUPPORTED:
        output_say(call->out, "messages are not passed on into closed groups, nor out of them; nothing was written");
        return COMMAND_FAILED;
    case ERR_COMMUNITY:
        output_say(call->out, "this group came in a parcel and you have not joined it; to write in it: longear join %s",
                   command_argument(call, 0));
        return COMMAND_FAILED;
    case ERR_NOT_FOUND:
        output_say(call->out, "the message to reply to belongs to another group");
        return COMMAND_FAILED;
    case ERR_USAGE:
        output_say(call->out, "that is a letter to one person; answer it with a letter: longear letter");
        return COMMAND_FAILED;
    default: return command_failed(call, err);
    }
}

static int posted_say(const struct command_call *call, const uint8_t id[HASH_SIZE]) {
    char hex[HEX_SIZE];
    command_hex(hex, id, HASH_SIZE);
    output_json(call->out, json_pack("{s:s}", "record", hex));
    output_print(call->out, "%s\n", hex);
    return COMMAND_DONE;
}

/* Have the message that is passed on: its bytes, in memory that the caller frees, and its attachments among ours. */
static int forward_read(const struct command_call *call, const char *name, struct attachment *attachments,
                        unsigned *count, uint8_t **bytes, size_t *size) {
    struct store_record found;
    struct record record;
    struct text text;
    uint8_t id[HASH_SIZE];
    if (lookup_record(call, name, id)) return ERR_NOT_FOUND;
    uint8_t *room = malloc(RECORD_SIZE_MAX);
    if (!room) return command_failed(call, ERR_MEMORY), ERR_MEMORY;
    home_enter(call->home);
    int err = store_get(call->home->store, id, room, &found);
    home_leave(call->home);
    if (!err && (found.retracted || text_decode(&text, &found.record))) err = ERR_NOT_FOUND;
    if (err) {
        output_say(call->out, "%s: only a message that is here with its text can be passed on", name);
        free(room);
        return err;
    }
    *size = found.size;
    if (text.forwarded) { /* of one that passes on another, the innermost */
        *size = text.forwarded_size;
        memmove(room, text.forwarded, *size);
        if (record_decode(&record, room, *size) || text_decode(&text, &record)) *size = 0;
    }
    *bytes = room;
    for (unsigned i = 0; i < text.attachment_count; i++) {
        if (*count == TEXT_ATTACHMENTS_MAX) {
            output_say(call->out, "at most %d files go with a message", TEXT_ATTACHMENTS_MAX);
            return ERR_LIMIT;
        }
        attachments[(*count)++] = text.attachments[i];
    }
    return 0;
}

static int ground_parse(const struct command_call *call, uint8_t *out) {
    const char *name = request_option(call->req, "ground");
    *out = !name ? TEXT_GROUND_NONE : strcmp(name, "saw") == 0 ? TEXT_GROUND_SAW : TEXT_GROUND_TOLD;
    if (*out != TEXT_GROUND_TOLD || strcmp(name, "told") == 0) return 0;
    output_say(call->out, "--ground says how you know: saw or told");
    return ERR_USAGE;
}

int command_post(const struct command_call *call) {
    struct attachment attachments[TEXT_ATTACHMENTS_MAX];
    unsigned attachment_count;
    uint8_t id[HASH_SIZE], reply[HASH_SIZE];
    const char *text = command_argument(call, 1), *urgency_name = request_option(call->req, "urgency"),
               *reply_name = request_option(call->req, "reply"), *forward_name = request_option(call->req, "forward");
    uint8_t *forwarded = NULL;
    int status = COMMAND_FAILED, urgency = urgency_name ? render_urgency_parse(urgency_name) : URGENCY_NORMAL;
    struct store_community *c = malloc(sizeof *c);
    if (!c) return command_failed(call, ERR_MEMORY);
    if (lookup_community(call, command_argument(call, 0), c) || (reply_name && lookup_record(call, reply_name, reply)))
        goto err0;
    struct compose_text in = {.community = c->charter.community,
                              .text = text,
                              .size = strlen(text),
                              .urgency = urgency < 0 ? URGENCY_NORMAL : (enum urgency)urgency,
                              .reply = reply_name ? reply : NULL,
                              .attachments = attachments,
                              .place = request_option(call->req, "place")};
    if (ground_parse(call, &in.ground)) goto err0;
    if (in.place && strlen(in.place) > TEXT_PLACE_MAX) {
        output_say(call->out, "a place has at most %d bytes", TEXT_PLACE_MAX);
        goto err0;
    }
    if (in.size > RECORD_BODY_MAX) { /* before any file is read in */
        status = post_failed(call, &in, ERR_LIMIT);
        goto err0;
    }
    if (!c->joined) {
        status = post_failed(call, &in, ERR_COMMUNITY);
        goto err0;
    }
    if (attachments_read(call, c->charter.community, attachments, &attachment_count)) goto err0;
    if (forward_name &&
        forward_read(call, forward_name, attachments, &attachment_count, &forwarded, &in.forwarded_size))
        goto err0;
    in.forwarded = forwarded;
    in.attachment_count = (uint8_t)attachment_count;
    home_enter(call->home);
    int err = compose_text(call->home, &in, id);
    home_leave(call->home);
    status = err ? post_failed(call, &in, err) : posted_say(call, id);
err0:
    free(forwarded);
    free(c);
    return status;
}

int command_retract(const struct command_call *call) {
    uint8_t target[HASH_SIZE], id[HASH_SIZE];
    if (lookup_record(call, command_argument(call, 0), target)) return COMMAND_FAILED;
    home_enter(call->home);
    int err = compose_retraction(call->home, target, id);
    home_leave(call->home);
    if (err == ERR_USAGE) {
        output_say(call->out, "only its author can take a message back, and a message of yours this is not");
        return COMMAND_FAILED;
    }
    if (err == ERR_UNSUPPORTED) {
        output_say(call->out, "a letter can't be taken back: all members would see that there was one");
        return COMMAND_FAILED;
    }
    if (err) return command_failed(call, err);
    if (!call->out->json)
        output_note(call->out, "Hidden here at once, and wherever this arrives; its text is dropped there after 72 "
                               "hours. Who has read it, has read it.");
    return posted_say(call, id);
}

int command_correct(const struct command_call *call) {
    uint8_t target[HASH_SIZE], id[HASH_SIZE];
    const char *text = command_argument(call, 1);
    struct compose_text in = {.text = text, .size = strlen(text), .place = request_option(call->req, "place")};
    if (lookup_record(call, command_argument(call, 0), target) || ground_parse(call, &in.ground)) return COMMAND_FAILED;
    home_enter(call->home);
    int err = compose_correction(call->home, target, &in, id);
    home_leave(call->home);
    if (err == ERR_USAGE) {
        output_say(call->out, "only its author can correct a message, and a message of yours this is not");
        return COMMAND_FAILED;
    }
    if (err == ERR_NOT_FOUND) {
        output_say(call->out, "only a message that is here with its text can be corrected");
        return COMMAND_FAILED;
    }
    if (err) return post_failed(call, &in, err);
    if (!call->out->json)
        output_note(call->out,
                    "Shown here instead, and wherever both arrive; whoever wants can see what it said before.");
    return posted_say(call, id);
}

/* For all: a record that goes out. */
static int pin_for_all(const struct command_call *call, const uint8_t message[HASH_SIZE], bool pinned) {
    uint8_t id[HASH_SIZE];
    home_enter(call->home);
    int err = pinned_set(call->home, message, pinned, call->now, id);
    home_leave(call->home);
    if (err == ERR_CHARTER)
        output_say(call->out, "only coordinators of the group pin for all; without --for-all it is for you");
    else if (err == ERR_NOT_FOUND)
        output_say(call->out, pinned ? "only a message that is here can be pinned" : "no coordinator has pinned it");
    else if (err)
        return command_failed(call, err);
    return err ? COMMAND_FAILED : posted_say(call, id);
}

static int pin_set(const struct command_call *call, bool pinned) {
    uint8_t id[HASH_SIZE];
    char hex[HEX_SIZE];
    if (lookup_record(call, command_argument(call, 0), id)) return COMMAND_FAILED;
    if (request_option(call->req, "for-all")) return pin_for_all(call, id, pinned);
    home_enter(call->home);
    int err = store_pin(call->home->store, id, pinned);
    home_leave(call->home);
    if (err < 0) return command_failed(call, err);
    command_hex(hex, id, HASH_SIZE);
    output_json(call->out, json_pack("{s:s,s:b}", "record", hex, "pinned", (int)pinned));
    output_print(call->out, "%s\n", hex);
    return COMMAND_DONE;
}

int command_pin(const struct command_call *call) {
    return pin_set(call, true);
}

int command_unpin(const struct command_call *call) {
    return pin_set(call, false);
}
