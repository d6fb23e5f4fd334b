/*
 * command_people.c: show one's key, remember whom one met, and what one calls people.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/crypto.h"
#include "core/key_line.h"
#include "core/meet.h"
#include "core/utf8.h"
#include "node/command.h"
#include "node/command_people.h"
#include "node/lookup.h"
#include "node/qr.h"
#include "node/render.h"

/* A meeting whose words nobody has compared yet: community (32) ‖ key (32) ‖ time u32 ‖ name. */
#define PENDING_NAME "meet_pending"
#define PENDING_SECONDS 600

static const char *name_option(const struct command_call *call) {
    const char *name = request_option(call->req, "name");
    return name ? name : "";
}

int command_key(const struct command_call *call) {
    char line[KEY_LINE_CHARS_MAX + 1], upper[KEY_LINE_CHARS_MAX + 1];
    struct member member;
    struct store_community *c = malloc(sizeof *c);
    if (!c) return command_failed(call, ERR_MEMORY);
    int status = COMMAND_FAILED;
    if (lookup_community(call, command_argument(call, 0), c)) goto err0;
    home_member(call->home, &c->charter, false, &member);
    int length = key_line_encode(c->charter.community, &member, name_option(call), line);
    crypto_wipe(member.secret, sizeof member.secret);
    if (length < 0) {
        status = command_failed(call, length);
        goto err0;
    }
    status = COMMAND_DONE;
    if (request_option(call->req, "qr") && !call->out->json) {
        for (int i = 0; i <= length; i++)
            upper[i] = (char)(line[i] >= 'a' && line[i] <= 'z' ? line[i] - 'a' + 'A' : line[i]);
        int err = qr_draw(call->out, upper, call->req->out_terminal);
        if (err) status = command_failed(call, err);
    }
    output_json(call->out, json_pack("{s:s,s:o,s:o}", "line", line, "community", command_hex_json(c->charter.community),
                                     "key", command_hex_json(member.key)));
    output_print(call->out, "%s\n", line);
err0:
    free(c);
    return status;
}

static const char *way_name(unsigned way) {
    return way == PEOPLE_CODE ? "code" : way == PEOPLE_WORDS ? "words" : "";
}

json_t *people_json(const struct people *p, const struct person_known *one) {
    char handle[HANDLE_SIZE];
    person_handle(handle, one->key);
    json_t *o = json_pack("{s:o,s:s,s:s}", "key", command_hex_json(one->key), "handle", handle, "name", one->name);
    if (o && one->met_day) {
        json_object_set_new(o, "met", json_integer((json_int_t)one->met_day * DAY_SECONDS));
        json_object_set_new(o, "way", json_string(way_name(one->way)));
    }
    if (o && people_is_same_name(p, one)) json_object_set_new(o, "same_name", json_true());
    return o;
}

static void person_print(const struct command_call *call, const struct people *p, const struct person_known *one) {
    char handle[HANDLE_SIZE], name[4 * MEET_NAME_MAX], when[RENDER_TIME_SIZE];
    person_handle(handle, one->key);
    render_safe(name, sizeof name, one->name);
    render_time(when, (uint64_t)one->met_day * DAY_SECONDS + DAY_SECONDS / 2);
    when[10] = '\0'; /* the day alone */
    output_json(call->out, people_json(p, one));
    if (one->met_day)
        output_print(call->out, "%s  %s  met on %s\n", handle, name, when);
    else
        output_print(call->out, "%s  %s\n", handle, name);
    if (people_is_same_name(p, one))
        output_print(call->out, "    another key has this name, too: tell them apart by the syllables in front\n");
}

/* What is to be written down about one key; empty strings and zeros leave what is there. */
struct change {
    const uint8_t *community, *key;
    uint8_t way;
    const char *name;
};

static int change_do(const struct command_call *call, const struct change *change) {
    struct people *p = malloc(sizeof *p);
    if (!p) return command_failed(call, ERR_MEMORY);
    struct person_known *one = NULL;
    home_enter(call->home);
    int err = people_load(p, call->home->store, change->community);
    if (!err) {
        one = people_put(p, change->key);
        if (!one) err = ERR_LIMIT;
    }
    if (!err) {
        if (change->way) {
            one->met_day = (uint32_t)(call->now / DAY_SECONDS);
            one->way = change->way;
        }
        if (change->name[0]) snprintf(one->name, sizeof one->name, "%s", change->name);
        err = people_save(p, call->home->store, change->community);
    }
    home_leave(call->home);
    if (!err) person_print(call, p, one);
    free(p);
    return err ? command_failed(call, err) : COMMAND_DONE;
}

static bool name_is_good(const struct command_call *call, const char *name) {
    size_t size = strlen(name);
    int err = size > MEET_NAME_MAX ? ERR_LIMIT : utf8_is_text((const uint8_t *)name, size, false) ? 0 : ERR_TEXT;
    if (err) (void)command_failed(call, err);
    return !err;
}

int people_pending_set(const struct command_call *call, const uint8_t community[HASH_SIZE],
                       const uint8_t key[KEY_SIZE]) {
    uint8_t bytes[HASH_SIZE + KEY_SIZE + 4];
    struct writer w;
    writer_init(&w, bytes, sizeof bytes);
    writer_bytes(&w, community, HASH_SIZE);
    writer_bytes(&w, key, KEY_SIZE);
    writer_u32(&w, (uint32_t)call->now);
    home_enter(call->home);
    int err = store_meta_set(call->home->store, PENDING_NAME, bytes, w.at);
    home_leave(call->home);
    return err;
}

/* The person said that the words are the same. */
static int met_same(const struct command_call *call) {
    uint8_t bytes[HASH_SIZE + KEY_SIZE + 4];
    struct reader r;
    home_enter(call->home);
    int size = store_meta_get(call->home->store, PENDING_NAME, bytes, sizeof bytes);
    int err = store_meta_set(call->home->store, PENDING_NAME, NULL, 0);
    home_leave(call->home);
    if (err) return command_failed(call, err);
    reader_init(&r, bytes, size < 0 ? 0 : (size_t)size);
    const uint8_t *community = reader_bytes(&r, HASH_SIZE), *key = reader_bytes(&r, KEY_SIZE);
    uint32_t when = reader_u32(&r);
    if (reader_end(&r) || call->now < when || call->now - when > PENDING_SECONDS) {
        output_say(call->out, "there is no meeting whose words were shown within the last 10 minutes");
        return COMMAND_FAILED;
    }
    return change_do(call, &(struct change){community, key, PEOPLE_WORDS, name_option(call)});
}

int command_met(const struct command_call *call) {
    const char *text = command_argument(call, 0);
    struct key_line line;
    struct member member;
    if (!name_is_good(call, name_option(call))) return COMMAND_FAILED;
    if (request_option(call->req, "same")) return met_same(call);
    int err = key_line_decode(&line, text, strlen(text));
    if (err) return command_failed(call, err);
    struct store_community *c = malloc(sizeof *c);
    if (!c) return command_failed(call, ERR_MEMORY);
    home_enter(call->home);
    err = store_community_get(call->home->store, line.community, call->now, c);
    home_leave(call->home);
    if (err == ERR_NOT_FOUND) {
        output_say(call->out, "this key is for a group that is not here; join the group first");
    } else if (err) {
        (void)command_failed(call, err);
    } else {
        home_member(call->home, &c->charter, false, &member);
        crypto_wipe(member.secret, sizeof member.secret);
        err = memcmp(member.key, line.key, KEY_SIZE) == 0 ? ERR_EXISTS : 0;
        if (err) output_say(call->out, "this is your own key");
    }
    free(c);
    if (err) return COMMAND_FAILED;
    const char *name = name_option(call);
    char safe[4 * MEET_NAME_MAX];
    render_safe(safe, sizeof safe, line.name);
    if (line.name[0] && !call->out->json) output_note(call->out, "They call themselves: %s", safe);
    return change_do(call, &(struct change){line.community, line.key, PEOPLE_CODE, name});
}

int command_name(const struct command_call *call) {
    uint8_t key[HASH_SIZE];
    const char *name = command_argument(call, 2);
    int status = COMMAND_FAILED;
    struct store_community *c = malloc(sizeof *c);
    if (!c) return command_failed(call, ERR_MEMORY);
    if (lookup_community(call, command_argument(call, 0), c)) goto err0;
    if (lookup_hex(command_argument(call, 1), key) != 2 * KEY_SIZE) {
        output_say(call->out, "a key has 64 hex digits; the command people and list --json show them");
        goto err0;
    }
    if (!name[0] || !name_is_good(call, name)) goto err0;
    status = change_do(call, &(struct change){c->charter.community, key, PEOPLE_NOT_MET, name});
err0:
    free(c);
    return status;
}

int command_people(const struct command_call *call) {
    int status = COMMAND_FAILED;
    struct store_community *c = malloc(sizeof *c);
    struct people *p = malloc(sizeof *p);
    if (!c || !p) {
        status = command_failed(call, ERR_MEMORY);
        goto err0;
    }
    if (lookup_community(call, command_argument(call, 0), c)) goto err0;
    home_enter(call->home);
    int err = people_load(p, call->home->store, c->charter.community);
    home_leave(call->home);
    if (err) {
        status = command_failed(call, err);
        goto err0;
    }
    for (size_t i = 0; i < p->count; i++) person_print(call, p, &p->list[i]);
    status = COMMAND_DONE;
err0:
    free(p);
    free(c);
    return status;
}
