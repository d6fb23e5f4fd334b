/*
 * command_demand.c: demands (core/demand.h): proposing, wording, supporting, deciding, counting, the roll.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "node/command.h"
#include "node/compose.h"
#include "node/coordinators.h"
#include "node/demand_words.h"
#include "node/demanded.h"
#include "node/lookup.h"
#include "node/render.h"

/* What compose_made makes a record of: one of these. */
struct writing {
    const struct demand *wording;
    const struct demand_act *act;
    const struct demand_tally *tally;
    const struct demand_roll *roll;
    uint64_t now;
};

static int writing_make(void *context, struct author *a, const uint8_t salt[RECORD_SALT_SIZE],
                        uint8_t room[RECORD_SIZE_MAX], struct record *out) {
    const struct writing *w = context;
    return w->wording ? demand_make(a, w->wording, w->now, salt, room, out)
           : w->act   ? demand_act_make(a, w->act, w->now, salt, room, out)
           : w->tally ? demand_tally_make(a, w->tally, w->now, salt, room, out)
                      : demand_roll_make(a, w->roll, w->now, salt, room, out);
}

static int demand_failed(const struct command_call *call, int err) {
    if (err == ERR_COMMUNITY)
        output_say(call->out, "this group came in a parcel and you have not joined it; to write in it: longear join %s",
                   command_argument(call, 0));
    else if (err == ERR_LIMIT)
        output_say(call->out,
                   "that is too long: a demand has at most %d bytes, a note %d, a place %d, a roll %d people",
                   DEMAND_TEXT_MAX, DEMAND_NOTE_MAX, DEMAND_PLACE_MAX, DEMAND_ROLL_MAX);
    else if (err == ERR_KIND)
        output_say(call->out, "%s is no demand: longear demands shows them", command_argument(call, 0));
    else if (err == ERR_NOT_FOUND)
        output_say(call->out, "the demand is not here, or was taken back");
    else if (err == ERR_CHARTER)
        output_say(call->out, "only a coordinator can say that");
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

/* ---- What a command is about ---- */

struct about {
    struct store_community community;
    struct demand_board board;
    const struct demand_item *item;
    uint8_t key[KEY_SIZE]; /* the person's own here */
    bool coordinates;
};

/* Find the demand of a record: itself, or the one whose wording it is. */
static int demand_of(const struct command_call *call, const uint8_t id[HASH_SIZE], struct store_record *found,
                     uint8_t demand[HASH_SIZE], uint8_t room[RECORD_SIZE_MAX]) {
    struct demand wording;
    int err = store_get(call->home->store, id, room, found);
    if (err) return err;
    if (found->record.kind != KIND_DEMAND || demand_decode(&wording, &found->record)) return ERR_KIND;
    memcpy(demand, wording.of ? wording.of : id, HASH_SIZE);
    return 0;
}

/* Read what a command names; the caller has entered the home. */
static int about_read(const struct command_call *call, const uint8_t id[HASH_SIZE], struct about *out) {
    struct store_record found;
    struct member member;
    uint8_t demand[HASH_SIZE], *room = malloc(RECORD_SIZE_MAX);
    int err = room ? demand_of(call, id, &found, demand, room) : ERR_MEMORY;
    if (!err) err = store_community_get(call->home->store, found.record.community, call->now, &out->community);
    free(room);
    if (!err) err = demanded_read(&out->board, call->home, &out->community.charter, call->now);
    if (err) return err;
    out->item = demand_board_item(&out->board, demand);
    if (!out->item) return ERR_NOT_FOUND;
    home_member(call->home, &out->community.charter, false, &member);
    memcpy(out->key, member.key, KEY_SIZE);
    sodium_memzero(&member, sizeof member);
    out->coordinates = coordinators_has_person(call->home, &out->community.charter);
    return 0;
}

typedef int (*about_write)(const struct command_call *call, const struct about *about, void *context,
                           struct record *out);

/* Write something about the demand that the first argument names. */
static int about_do(const struct command_call *call, about_write write, void *context) {
    uint8_t id[HASH_SIZE];
    struct record record;
    struct about *about = calloc(1, sizeof *about);
    if (!about) return command_failed(call, ERR_MEMORY);
    if (lookup_record(call, command_argument(call, 0), id)) {
        free(about);
        return COMMAND_FAILED;
    }
    home_enter(call->home);
    int err = about_read(call, id, about);
    if (!err) err = write(call, about, context, &record);
    home_leave(call->home);
    demand_board_free(&about->board);
    free(about);
    return err ? demand_failed(call, err) : done_say(call, &record);
}

static int about_compose(const struct command_call *call, const struct about *about, struct writing *w,
                         struct record *out) {
    w->now = call->now;
    return compose_made(call->home, about->community.charter.community, false, writing_make, w, out);
}

/* ---- Words ---- */

int command_demand(const struct command_call *call) {
    const char *text = command_argument(call, 1);
    struct demand demand = {.text = text, .size = strlen(text)};
    struct writing w = {.wording = &demand, .now = call->now};
    struct record record;
    struct store_community *c = malloc(sizeof *c);
    if (!c) return command_failed(call, ERR_MEMORY);
    if (lookup_community(call, command_argument(call, 0), c)) {
        free(c);
        return COMMAND_FAILED;
    }
    home_enter(call->home);
    int err = compose_made(call->home, c->charter.community, false, writing_make, &w, &record);
    home_leave(call->home);
    free(c);
    return err ? demand_failed(call, err) : done_say(call, &record);
}

static int reword(const struct command_call *call, const struct about *about, void *context, struct record *out) {
    (void)context;
    const char *text = command_argument(call, 1);
    struct demand demand = {.of = about->item->id, .text = text, .size = strlen(text)};
    struct writing w = {.wording = &demand};
    bool own = memcmp(about->item->author, about->key, KEY_SIZE) == 0;
    return own || about->coordinates ? about_compose(call, about, &w, out) : ERR_CHARTER;
}

int command_reword(const struct command_call *call) {
    return about_do(call, reword, NULL);
}

/* ---- Acts ---- */

static void note_read(const struct command_call *call, struct demand_act *act) {
    act->note = request_option(call->req, "note");
    act->note_size = act->note ? strlen(act->note) : 0;
}

static int support(const struct command_call *call, const struct about *about, void *context, struct record *out) {
    (void)context;
    struct demand_act act = {.type = DEMAND_SUPPORT, .target = about->item->id, .object = about->item->words};
    struct writing w = {.act = &act};
    if (request_option(call->req, "withdraw")) {
        act.type = DEMAND_WITHDRAW;
        act.object = NULL;
    }
    note_read(call, &act);
    return about_compose(call, about, &w, out);
}

int command_support(const struct command_call *call) {
    return about_do(call, support, NULL);
}

/* The second word of a decision: a number, another demand, an answer. */
struct decision {
    struct demand_act act;
    uint8_t other[HASH_SIZE];
};

static int decide(const struct command_call *call, const struct about *about, void *context, struct record *out) {
    struct decision *d = context;
    struct writing w = {.act = &d->act};
    if (!about->coordinates) return ERR_CHARTER;
    d->act.target = about->item->id;
    if (d->act.type == DEMAND_MERGE) {
        if (!demand_board_item(&about->board, d->other)) return ERR_NOT_FOUND;
        d->act.object = d->other;
    } else if (demand_act_names(d->act.type)) {
        d->act.object = about->item->words;
    }
    return about_compose(call, about, &w, out);
}

static int decision_read(const struct command_call *call, struct decision *d) {
    const char *word = command_argument(call, 2);
    char *end;
    d->act = (struct demand_act){.type = (uint8_t)demand_decision_parse(command_argument(call, 1))};
    note_read(call, &d->act);
    switch (d->act.type) {
    case 0:
        output_say(call->out,
                   "there is no decision \"%s\"; there are: number N, merge DEMAND, split, put, ratified, "
                   "rejected, answered TEXT",
                   command_argument(call, 1));
        return COMMAND_USAGE;
    case DEMAND_NUMBER:
        d->act.number = (uint32_t)strtoul(word, &end, 10);
        if (*word >= '0' && *word <= '9' && *end == '\0' && d->act.number >= 1 && d->act.number <= DEMAND_NUMBER_MAX)
            return COMMAND_DONE;
        output_say(call->out, "a number is 1 to %d", DEMAND_NUMBER_MAX);
        return COMMAND_USAGE;
    case DEMAND_MERGE: return lookup_record(call, word, d->other) ? COMMAND_FAILED : COMMAND_DONE;
    case DEMAND_ANSWERED:
        d->act.note = word;
        d->act.note_size = strlen(word);
        if (*word) return COMMAND_DONE;
        output_say(call->out, "say what was answered");
        return COMMAND_USAGE;
    default:
        if (!*word) return COMMAND_DONE;
        output_say(call->out, "\"%s\" says nothing here; a word with it: --note", word);
        return COMMAND_USAGE;
    }
}

int command_decide(const struct command_call *call) {
    struct decision d;
    int status = decision_read(call, &d);
    return status == COMMAND_DONE ? about_do(call, decide, &d) : status;
}

/* ---- Counts ---- */

static int count_read(const struct command_call *call, const char *name, uint32_t *out) {
    uint64_t number = request_number(call->req, name, 0);
    if (number > DEMAND_COUNT_MAX) return ERR_LIMIT;
    *out = (uint32_t)number;
    return 0;
}

static int tally(const struct command_call *call, const struct about *about, void *context, struct record *out) {
    (void)context;
    const char *place = request_option(call->req, "place"), *photo = request_option(call->req, "photo"),
               *note = request_option(call->req, "note");
    uint8_t hash[HASH_SIZE];
    static const uint8_t undecided[HASH_SIZE];
    bool decided = memcmp(about->item->decided, undecided, HASH_SIZE) != 0;
    struct demand_tally t = {.way = request_option(call->req, "paper") ? DEMAND_PAPER : DEMAND_HANDS,
                             .target = about->item->id,
                             .object = decided ? about->item->decided : about->item->words,
                             .when = request_number(call->req, "when", 0),
                             .note = note,
                             .note_size = note ? strlen(note) : 0};
    struct writing w = {.tally = &t};
    int err = count_read(call, "for", &t.in_favour);
    if (!err) err = count_read(call, "against", &t.against);
    if (!err) err = count_read(call, "abstained", &t.abstained);
    if (!err) err = count_read(call, "present", &t.present);
    if (!err && place && strlen(place) > DEMAND_PLACE_MAX) err = ERR_LIMIT;
    if (err) return err;
    if (place) memcpy(t.place, place, strlen(place));
    if (photo) (void)lookup_hex(photo, hash);
    if (photo) t.photo = hash;
    return about_compose(call, about, &w, out);
}

int command_tally(const struct command_call *call) {
    const char *photo = request_option(call->req, "photo");
    uint8_t hash[HASH_SIZE];
    if (!request_number(call->req, "for", 0) && !request_number(call->req, "against", 0) &&
        !request_number(call->req, "abstained", 0)) {
        output_say(call->out, "say how many were counted: --for, --against, --abstained");
        return COMMAND_USAGE;
    }
    if (photo && lookup_hex(photo, hash) != 2 * HASH_SIZE) {
        output_say(call->out, "a photo is named by its hash, 64 hex digits: longear list --json shows it as \"blob\"");
        return COMMAND_USAGE;
    }
    return about_do(call, tally, NULL);
}

/* ---- The roll ---- */

static int by_key(const void *a, const void *b) {
    return memcmp(a, b, KEY_SIZE);
}

/* Sort and drop doubles. */
static size_t keys_order(uint8_t (*keys)[KEY_SIZE], size_t count) {
    size_t kept = 0;
    if (count > 1) qsort(keys, count, sizeof *keys, by_key);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || memcmp(keys[kept - 1], keys[i], KEY_SIZE) != 0) memmove(keys[kept++], keys[i], KEY_SIZE);
    return kept;
}

static int roll_write(const struct command_call *call, const struct store_community *c, uint8_t (*keys)[KEY_SIZE],
                      size_t count) {
    const char *title = request_option(call->req, "title");
    struct demand_roll roll = {.count = keys_order(keys, count), .keys = keys[0]};
    struct writing w = {.roll = &roll, .now = call->now};
    struct record record;
    if (title && strlen(title) > DEMAND_ROLL_TITLE_MAX) return demand_failed(call, ERR_LIMIT);
    if (title) memcpy(roll.title, title, strlen(title));
    home_enter(call->home);
    int err = coordinators_has_person(call->home, &c->charter) ? 0 : ERR_CHARTER;
    if (!err) err = compose_made(call->home, c->charter.community, false, writing_make, &w, &record);
    home_leave(call->home);
    return err ? demand_failed(call, err) : done_say(call, &record);
}

static int roll_show(const struct command_call *call, const struct store_community *c) {
    struct demand_board board;
    char handle[HANDLE_SIZE], title[4 * DEMAND_ROLL_TITLE_MAX + 1];
    home_enter(call->home);
    int err = demanded_read(&board, call->home, &c->charter, call->now);
    home_leave(call->home);
    json_t *list = json_array();
    render_safe(title, sizeof title, board.roll.title);
    if (!err && title[0]) output_print(call->out, "%s\n", title);
    for (size_t i = 0; !err && i < board.roll.count; i++) {
        person_handle(handle, board.roll.keys[i]);
        json_array_append_new(
            list, json_pack("{s:o, s:s}", "author", command_hex_json(board.roll.keys[i]), "handle", handle));
        output_print(call->out, "%s\n", handle);
    }
    if (!err) output_json(call->out, json_pack("{s:s, s:O}", "title", board.roll.title, "roll", list));
    if (!err && board.roll.count == 0 && !call->out->json)
        output_note(call->out, "There is no roll: support is counted, and not set against a number of people.");
    json_decref(list);
    demand_board_free(&board);
    return err ? demand_failed(call, err) : COMMAND_DONE;
}

int command_roll(const struct command_call *call) {
    uint8_t keys[REQUEST_ARGUMENTS_MAX][KEY_SIZE];
    size_t count = 0;
    struct store_community *c = malloc(sizeof *c);
    if (!c) return command_failed(call, ERR_MEMORY);
    int status = lookup_community(call, command_argument(call, 0), c) ? COMMAND_FAILED : COMMAND_DONE;
    for (unsigned i = 1; status == COMMAND_DONE && i < call->req->argument_count; i++)
        if (lookup_person(call, c->charter.community, command_argument(call, i), keys[count++]))
            status = COMMAND_FAILED;
    if (status == COMMAND_DONE) status = count > 0 ? roll_write(call, c, keys, count) : roll_show(call, c);
    free(c);
    return status;
}
