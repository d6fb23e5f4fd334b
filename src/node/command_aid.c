/*
 * command_aid.c: needs and offers (core/aid.h): writing them, taking them on, accepting, handing back, done.
 *
 * What an author seals lies in the settings of the store until the entry is closed, "aid-sealed:" ‖ the entry's id in
 * base32; the secret half of the key of an own take, "aid-key:" ‖ the take's id. Both stay on this device.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base32.h"
#include "core/crypto.h"
#include "core/seal.h"
#include "node/aid_words.h"
#include "node/command.h"
#include "node/command_aid.h"
#include "node/compose.h"
#include "node/lookup.h"
#include "node/render.h"

void aid_setting(char out[STORE_NAME_MAX + 1], enum aid_secret which, const uint8_t id[HASH_SIZE]) {
    const char *front = which == AID_SECRET_TEXT ? "aid-sealed:" : "aid-key:";
    size_t at = strlen(front);
    memcpy(out, front, at);
    base32_encode(out + at, id, HASH_SIZE);
    out[at + base32_length(HASH_SIZE)] = '\0';
}

/* What compose_made makes a record of. */
struct writing {
    const struct aid *aid; /* or */
    const struct aid_act *act;
    uint8_t urgency;
    uint64_t now;
};

static int writing_make(void *context, struct author *a, const uint8_t salt[RECORD_SALT_SIZE],
                        uint8_t room[RECORD_SIZE_MAX], struct record *out) {
    const struct writing *w = context;
    return w->aid ? aid_make(a, w->aid, w->urgency, w->now, salt, room, out)
                  : aid_act_make(a, w->act, w->urgency, w->now, salt, room, out);
}

static int aid_failed(const struct command_call *call, int err) {
    if (err == ERR_COMMUNITY)
        output_say(call->out, "this group came in a parcel and you have not joined it; to write in it: longear join %s",
                   command_argument(call, 0));
    else if (err == ERR_LIMIT)
        output_say(call->out,
                   "that is too long: the text has at most %d bytes, a place %d, a district %d, what is sealed %d",
                   AID_TEXT_MAX, AID_PLACE_MAX, AID_DISTRICT_MAX, AID_SEALED_MAX);
    else
        return command_failed(call, err);
    return COMMAND_FAILED;
}

static int done_say(const struct command_call *call, const struct record *r) {
    char hex[HEX_SIZE];
    command_hex(hex, r->id, HASH_SIZE);
    output_json(call->out, json_pack("{s:s}", "record", hex));
    output_print(call->out, "%s\n", hex);
    return COMMAND_DONE;
}

/* ---- Entries ---- */

static int line_option(const struct command_call *call, const char *name, char *out, size_t room) {
    const char *value = request_option(call->req, name);
    if (!value) return 0;
    size_t size = strlen(value);
    if (size >= room) return ERR_LIMIT;
    memcpy(out, value, size + 1);
    return 0;
}

static int entry_read(const struct command_call *call, struct aid *aid) {
    uint64_t hours = request_number(call->req, "hours", 0);
    aid->text = command_argument(call, 2);
    aid->size = strlen(aid->text);
    aid->amount = (uint32_t)request_number(call->req, "amount", 0);
    aid->helpers = (uint8_t)request_number(call->req, "helpers", 1);
    if (request_number(call->req, "amount", 0) > AID_AMOUNT_MAX ||
        request_number(call->req, "helpers", 1) > AID_HELPERS_MAX || aid->helpers == 0) {
        output_say(call->out, "an amount is at most %d, helpers are 1 to %d", AID_AMOUNT_MAX, AID_HELPERS_MAX);
        return ERR_USAGE;
    }
    if (hours > 0) aid->until = call->now + hours * 3600;
    int err = line_option(call, "word", aid->word, sizeof aid->word);
    if (!err) err = line_option(call, "unit", aid->unit, sizeof aid->unit);
    if (!err) err = line_option(call, "district", aid->district, sizeof aid->district);
    if (!err) err = line_option(call, "place", aid->place, sizeof aid->place);
    return err ? (aid_failed(call, err), err) : 0;
}

/* Tell people that what they are about to write in the open looks like what should go to one person only. */
static void open_warn(const struct command_call *call, const struct aid *aid) {
    unsigned digits = 0, most = 0;
    for (size_t i = 0; i < aid->size; i++) {
        bool digit = aid->text[i] >= '0' && aid->text[i] <= '9',
             between = aid->text[i] == ' ' || aid->text[i] == '-' || aid->text[i] == '(' || aid->text[i] == ')';
        digits = digit ? digits + 1 : between ? digits : 0;
        most = digits > most ? digits : most;
    }
    if (most >= 7)
        output_note(call->out, "There may be a telephone number in it, which everybody in the group reads; with "
                               "--sealed it goes to those alone whom you accept.");
}

static int entry_write(const struct command_call *call, uint8_t type) {
    struct aid aid = {.type = type, .what = (uint8_t)aid_what_parse(command_argument(call, 1))};
    const char *urgency = request_option(call->req, "urgency"), *sealed = request_option(call->req, "sealed");
    char name[STORE_NAME_MAX + 1];
    struct writing w = {
        .aid = &aid, .urgency = (uint8_t)(urgency ? render_urgency_parse(urgency) : URGENCY_NORMAL), .now = call->now};
    struct record record;
    if (!aid.what) {
        output_say(call->out,
                   "there is no kind \"%s\"; there are: food, water, medicine, blood, care, transport, "
                   "shelter, warmth, cash, charging, legal, call, search, other",
                   command_argument(call, 1));
        return COMMAND_USAGE;
    }
    if (entry_read(call, &aid)) return COMMAND_FAILED;
    if (sealed && (strlen(sealed) == 0 || strlen(sealed) > AID_SEALED_MAX)) return aid_failed(call, ERR_LIMIT);
    struct store_community *c = malloc(sizeof *c);
    if (!c) return command_failed(call, ERR_MEMORY);
    if (lookup_community(call, command_argument(call, 0), c)) {
        free(c);
        return COMMAND_FAILED;
    }
    home_enter(call->home);
    int err = compose_made(call->home, c->charter.community, false, writing_make, &w, &record);
    if (!err && sealed) {
        aid_setting(name, AID_SECRET_TEXT, record.id);
        err = store_meta_set(call->home->store, name, (const uint8_t *)sealed, strlen(sealed));
    }
    home_leave(call->home);
    free(c);
    if (err) return aid_failed(call, err);
    if (!call->out->json) open_warn(call, &aid);
    return done_say(call, &record);
}

int command_need(const struct command_call *call) {
    return entry_write(call, AID_NEED);
}

int command_offer(const struct command_call *call) {
    return entry_write(call, AID_OFFER);
}

/* ---- Acts ---- */

/* What an act is about: an entry, or a take of one. */
struct about {
    uint8_t community[HASH_SIZE], entry[HASH_SIZE], take[HASH_SIZE], take_key[KEY_SIZE], author[KEY_SIZE];
    bool is_take;
    struct aid_board board;
    const struct aid_item *item;
};

/* Read what a command names; the caller has entered the home. */
static int about_read(const struct command_call *call, const uint8_t id[HASH_SIZE], struct about *out) {
    struct store_record found;
    struct aid_act act;
    uint8_t *room = malloc(RECORD_SIZE_MAX);
    int err = room ? store_get(call->home->store, id, room, &found) : ERR_MEMORY;
    if (!err) {
        out->is_take = aid_act_decode(&act, &found.record) == 0 && act.type == AID_TAKE;
        if (!out->is_take && found.record.kind != KIND_AID) err = ERR_KIND;
        memcpy(out->community, found.record.community, HASH_SIZE);
        memcpy(out->entry, out->is_take ? act.target : id, HASH_SIZE);
        memcpy(out->take, id, HASH_SIZE);
        if (out->is_take) memcpy(out->take_key, act.key, KEY_SIZE);
    }
    free(room);
    if (!err) err = store_freezes_refresh(call->home->store);
    if (!err) err = aid_board_read(&out->board, call->home->store, out->community, call->now);
    if (err) return err;
    out->item = aid_board_item(&out->board, out->entry);
    if (!out->item) return ERR_NOT_FOUND;
    memcpy(out->author, out->item->author, KEY_SIZE);
    return 0;
}

static int about_failed(const struct command_call *call, int err) {
    if (err == ERR_KIND)
        output_say(call->out, "%s is no need, offer or take: longear aid shows them", command_argument(call, 0));
    else if (err == ERR_NOT_FOUND)
        output_say(call->out, "the need or offer is not here, or was taken back");
    else
        return aid_failed(call, err);
    return COMMAND_FAILED;
}

static int own_key(const struct command_call *call, const struct about *about, uint8_t key[KEY_SIZE]) {
    struct member member;
    struct store_community *c = malloc(sizeof *c);
    if (!c) return ERR_MEMORY;
    int err = store_community_get(call->home->store, about->community, call->now, c);
    if (!err) {
        home_member(call->home, &c->charter, false, &member);
        memcpy(key, member.key, KEY_SIZE);
        sodium_memzero(&member, sizeof member);
    }
    free(c);
    return err;
}

/* The own take of an entry that somebody has not handed back, or NULL; and how many of an author are open. */
static const struct aid_step *take_of(const struct about *about, const uint8_t key[KEY_SIZE]) {
    const struct aid_item *item = about->item;
    for (size_t i = 0; i < item->step_count; i++) {
        const struct aid_step *s = &about->board.steps[item->first_step + i];
        if (s->type == AID_TAKE && s->place != AID_GIVEN_BACK && memcmp(s->author, key, KEY_SIZE) == 0) return s;
    }
    return NULL;
}

/* Tell whether an act may be done, else say why not. */
static bool may_act(const struct command_call *call, const struct about *about, uint8_t type,
                    const uint8_t key[KEY_SIZE]) {
    bool own = memcmp(about->author, key, KEY_SIZE) == 0;
    const struct aid_step *mine = take_of(about, key);
    if (type == AID_TAKE && own)
        output_say(call->out, "this is your own; when it is done: longear done");
    else if (type == AID_TAKE && mine)
        output_say(call->out, "you have taken this on already");
    else if (type == AID_TAKE && about->item->state >= AID_CLOSED)
        output_say(call->out, "this is done, or its time is past");
    else if ((type == AID_ACCEPT || type == AID_REFUSE) && !own)
        output_say(call->out, "only whoever wrote it can accept or refuse");
    else if (type == AID_REOPEN && !own)
        output_say(call->out, "only whoever wrote it can open it again");
    else if ((type == AID_BACK || (type == AID_DONE && !own)) && !mine)
        output_say(call->out, "you have not taken this on");
    else
        return true;
    return false;
}

/* What is sealed to a taker: what the command says, else what was said with the entry. Return its size or an error. */
static int sealed_make(const struct command_call *call, const struct about *about, uint8_t box[AID_BOX_MAX]) {
    char name[STORE_NAME_MAX + 1];
    uint8_t text[AID_SEALED_MAX], ephemeral[KEY_SIZE], nonce[BOX_NONCE_SIZE];
    const char *said = request_option(call->req, "sealed");
    int size = said ? (int)strlen(said) : 0;
    if (said && (size == 0 || size > AID_SEALED_MAX)) return ERR_LIMIT;
    if (said) {
        memcpy(text, said, (size_t)size);
    } else {
        aid_setting(name, AID_SECRET_TEXT, about->entry);
        size = store_meta_get(call->home->store, name, text, sizeof text);
        if (size == ERR_NOT_FOUND) return 0;
        if (size < 0) return size;
    }
    randombytes_buf(ephemeral, sizeof ephemeral);
    randombytes_buf(nonce, sizeof nonce);
    int made = seal_to(box, text, (size_t)size, about->take_key, ephemeral, nonce);
    sodium_memzero(ephemeral, sizeof ephemeral);
    sodium_memzero(text, sizeof text);
    return made;
}

/* What lay here for an entry that is finished goes. */
static int secrets_drop(const struct command_call *call, const struct about *about, const uint8_t key[KEY_SIZE]) {
    char name[STORE_NAME_MAX + 1];
    const struct aid_step *mine = take_of(about, key);
    aid_setting(name, mine ? AID_SECRET_KEY : AID_SECRET_TEXT, mine ? mine->id : about->entry);
    return store_meta_set(call->home->store, name, NULL, 0);
}

static int act_write(const struct command_call *call, const struct about *about, uint8_t type, struct record *out) {
    uint8_t box[AID_BOX_MAX], secret[KEY_SIZE], key[KEY_SIZE];
    char name[STORE_NAME_MAX + 1];
    const char *note = request_option(call->req, "note");
    struct aid_act act = {.type = type, .target = about->entry, .note = note, .note_size = note ? strlen(note) : 0};
    struct writing w = {.act = &act, .urgency = about->item->urgency, .now = call->now};
    if (type == AID_TAKE) {
        randombytes_buf(secret, sizeof secret);
        crypto_x25519_base(key, secret);
        act.key = key;
    }
    if (type == AID_ACCEPT || type == AID_REFUSE) act.take = about->take;
    int size = type == AID_ACCEPT ? sealed_make(call, about, box) : 0;
    if (size < 0) return size;
    if (size > 0) {
        act.sealed = box;
        act.sealed_size = (size_t)size;
    }
    int err = compose_made(call->home, about->community, false, writing_make, &w, out);
    if (!err && type == AID_TAKE) {
        aid_setting(name, AID_SECRET_KEY, out->id);
        err = store_meta_set(call->home->store, name, secret, sizeof secret);
    }
    sodium_memzero(secret, sizeof secret);
    return err;
}

static int act(const struct command_call *call, uint8_t type) {
    uint8_t id[HASH_SIZE], key[KEY_SIZE];
    struct record record;
    struct about about = {.is_take = false};
    bool may = true, take_named = true;
    if (lookup_record(call, command_argument(call, 0), id)) return COMMAND_FAILED;
    home_enter(call->home);
    int err = about_read(call, id, &about);
    if (!err) err = own_key(call, &about, key);
    if (!err) take_named = (type != AID_ACCEPT && type != AID_REFUSE) || about.is_take;
    if (!err && take_named) may = may_act(call, &about, type, key);
    if (!err && take_named && may) err = act_write(call, &about, type, &record);
    if (!err && take_named && may && (type == AID_DONE || type == AID_BACK)) err = secrets_drop(call, &about, key);
    home_leave(call->home);
    aid_board_free(&about.board);
    if (err) return about_failed(call, err);
    if (!take_named)
        output_say(call->out,
                   "name the take, not the need: longear aid shows who has taken it on, with the beginning of its id");
    return take_named && may ? done_say(call, &record) : COMMAND_FAILED;
}

int command_take(const struct command_call *call) {
    return act(call, AID_TAKE);
}

int command_accept(const struct command_call *call) {
    return act(call, AID_ACCEPT);
}

int command_refuse(const struct command_call *call) {
    return act(call, AID_REFUSE);
}

int command_back(const struct command_call *call) {
    return act(call, AID_BACK);
}

int command_done(const struct command_call *call) {
    return act(call, AID_DONE);
}

int command_reopen(const struct command_call *call) {
    return act(call, AID_REOPEN);
}
