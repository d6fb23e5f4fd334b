/*
 * command_people.c: show one's key, remember whom one met, and what one calls people; vouch.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "closed/closed.h"
#include "core/bytes.h"
#include "core/crypto.h"
#include "core/key_line.h"
#include "core/meet.h"
#include "core/utf8.h"
#include "core/vouch.h"
#include "node/command.h"
#include "node/command_people.h"
#include "node/compose.h"
#include "node/lookup.h"
#include "node/qr.h"
#include "node/render.h"
#include "node/standing.h"

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

/* standings may be NULL. */
static void person_print(const struct command_call *call, const struct people *p, const struct person_known *one,
                         struct standings *standings) {
    struct standing how = {.chains = 0};
    char handle[HANDLE_SIZE], name[4 * MEET_NAME_MAX], when[RENDER_TIME_SIZE];
    person_handle(handle, one->key);
    render_safe(name, sizeof name, one->name);
    render_time(when, (uint64_t)one->met_day * DAY_SECONDS + DAY_SECONDS / 2);
    when[10] = '\0'; /* the day alone */
    if (standings) standings_of(standings, one->key, &how);
    json_t *o = people_json(p, one);
    if (o && how.chains > 0) json_object_set_new(o, "chains", json_integer(how.chains));
    output_json(call->out, o);
    if (one->met_day)
        output_print(call->out, "%s  %s  met on %s\n", handle, name, when);
    else
        output_print(call->out, "%s  %s\n", handle, name);
    if (!one->met_day && how.chains > 0)
        output_print(call->out, "    known in person to people you met: %u\n", how.chains);
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
    call->home->people_changed = true;
    home_leave(call->home);
    if (!err) person_print(call, p, one, NULL);
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

/* Of a closed group: those who are neither met nor named. */
static void others_print(const struct command_call *call, struct people *p, struct standings *standings,
                         const struct members_state *members) {
    char handle[HANDLE_SIZE];
    struct standing how;
    for (size_t i = 0; members && i < members->entry_count; i++) {
        const struct members_entry *m = &members->entries[i];
        standings_of(standings, m->key, &how);
        if (m->status != MEMBERS_MEMBER || how.own || people_find(p, m->key)) continue;
        person_handle(handle, m->key);
        output_json(call->out, json_pack("{s:o,s:s,s:s,s:i}", "key", command_hex_json(m->key), "handle", handle, "name",
                                         "", "chains", (int)how.chains));
        output_print(call->out, "%s\n", handle);
        if (how.chains > 0)
            output_print(call->out, "    known in person to people you met: %u\n", how.chains);
        else
            output_print(call->out, "    nobody you met has vouched for them\n");
    }
}

static int people_read(const struct command_call *call, const uint8_t community[HASH_SIZE], struct people *p,
                       struct standings **standings, struct closed_view *v) {
    struct closed *closed;
    int err = people_load(p, call->home->store, community);
    if (!err) err = standings_load(standings, call->home, community, call->now);
    if (!err) err = home_closed(call->home, &closed);
    v->members = NULL;
    if (!err && closed_has(closed, community)) err = closed_look(closed, community, v);
    return err;
}

int command_people(const struct command_call *call) {
    int status = COMMAND_FAILED;
    struct standings *standings = NULL;
    struct store_community *c = malloc(sizeof *c);
    struct people *p = malloc(sizeof *p);
    struct closed_view *v = malloc(sizeof *v);
    if (!c || !p || !v) {
        status = command_failed(call, ERR_MEMORY);
        goto err0;
    }
    if (lookup_community(call, command_argument(call, 0), c)) goto err0;
    home_enter(call->home);
    int err = people_read(call, c->charter.community, p, &standings, v);
    if (!err) {
        for (size_t i = 0; i < p->count; i++) person_print(call, p, &p->list[i], standings);
        others_print(call, p, standings, v->members);
    }
    home_leave(call->home);
    status = err ? command_failed(call, err) : COMMAND_DONE;
err0:
    standings_free(standings);
    free(v);
    free(p);
    free(c);
    return status;
}

/* ---- Vouching ---- */

_Static_assert(VOUCH_PERIOD_MAX == 20, "a sentence says so");

/* Find whom the person met: by the beginning of the key, by the syllables, by the person's own name for them. Returns
 * NULL after saying why. */
static const struct person_known *met_find(const struct command_call *call, const struct people *p, const char *text) {
    uint8_t prefix[HASH_SIZE];
    const struct person_known *found = NULL;
    unsigned nibbles = lookup_hex(text, prefix), count = 0;
    for (size_t i = 0; i < p->count; i++) {
        const struct person_known *one = &p->list[i];
        char handle[HANDLE_SIZE];
        person_handle(handle, one->key);
        bool by_key = nibbles >= LOOKUP_PREFIX_MIN && lookup_begins(one->key, prefix, nibbles);
        bool by_name = strcmp(text + (text[0] == '~'), handle) == 0 || (one->name[0] && strcmp(text, one->name) == 0);
        if (!one->met_day || (!by_key && !by_name)) continue;
        found = one;
        count++;
    }
    if (count == 1) return found;
    if (count == 0)
        output_say(call->out, "you have met nobody like that in this group; see:  longear people, longear met");
    else
        output_say(call->out, "several people are meant by that; give more of the key, as  longear people --json  "
                              "shows it");
    return NULL;
}

struct vouching {
    const uint8_t *key;
    uint32_t today;
};

/* compose_make */
static int vouching_make(void *context, struct author *a, const uint8_t salt[RECORD_SALT_SIZE],
                         uint8_t room[RECORD_SIZE_MAX], struct record *out) {
    const struct vouching *v = context;
    return vouch_make(a, v->key, v->today, salt, room, out);
}

int command_vouch(const struct command_call *call) {
    int status = COMMAND_FAILED;
    char handle[HANDLE_SIZE], day[RENDER_TIME_SIZE];
    struct record record;
    uint32_t last_day = 0;
    unsigned count;
    struct store_community *c = malloc(sizeof *c);
    struct people *p = malloc(sizeof *p);
    if (!c || !p) {
        status = command_failed(call, ERR_MEMORY);
        goto err0;
    }
    if (lookup_community(call, command_argument(call, 0), c)) goto err0;
    if (charter_is_public(&c->charter)) {
        output_say(call->out, "in an open group that would tell everybody, the police too, who knows whom; it goes in "
                              "closed groups only");
        goto err0;
    }
    home_enter(call->home);
    int err = people_load(p, call->home->store, c->charter.community);
    home_leave(call->home);
    if (err) {
        status = command_failed(call, err);
        goto err0;
    }
    const struct person_known *one = met_find(call, p, command_argument(call, 1));
    if (!one) goto err0;
    home_enter(call->home);
    err = standing_vouched(call->home, &c->charter, one->key, call->now, &count, &last_day);
    bool again = last_day != 0;
    if (!err && !again && count < VOUCH_PERIOD_MAX) {
        struct vouching v = {one->key, (uint32_t)(call->now / DAY_SECONDS)};
        err = compose_made(call->home, c->charter.community, false, vouching_make, &v, &record);
        last_day = record.expiry_day;
    }
    home_leave(call->home);
    if (err) {
        status = command_failed(call, err);
        goto err0;
    }
    if (last_day == 0) {
        output_say(call->out, "you have vouched for 20 people within a month, and more would not count; wait for the "
                              "next one");
        goto err0;
    }
    person_handle(handle, one->key);
    render_time(day, (uint64_t)last_day * DAY_SECONDS + DAY_SECONDS / 2);
    day[10] = '\0';
    output_json(call->out, json_pack("{s:o,s:i}", "vouched", command_hex_json(one->key), "last_day", (int)last_day));
    output_print(call->out, "The members of the group are told that you know %s in person. It counts until %s.\n",
                 handle, day);
    status = COMMAND_DONE;
err0:
    free(p);
    free(c);
    return status;
}
