/*
 * command_report.c: reports and warnings (core/report.h): writing them, and saying something of them or of a message.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "node/command.h"
#include "node/compose.h"
#include "node/lookup.h"
#include "node/render.h"
#include "node/report_words.h"
#include "query/message.h"
#include "query/report.h"
#include "store/freezes.h"

#define WARNING_HOURS 12 /* a warning holds for so long, unless it is said */
#define HOURS_MAX (24 * KEEP_DAYS_MAX)

/* What compose_made makes a record of. */
struct writing {
    const struct report *report; /* or */
    const struct report_word *word;
    uint8_t urgency;
    uint64_t now;
};

static int writing_make(void *context, struct author *a, const uint8_t salt[RECORD_SALT_SIZE],
                        uint8_t room[RECORD_SIZE_MAX], struct record *out) {
    const struct writing *w = context;
    return w->report ? report_make(a, w->report, w->urgency, w->now, salt, room, out)
                     : report_word_make(a, w->word, w->urgency, w->now, salt, room, out);
}

static int report_failed(const struct command_call *call, int err) {
    if (err == ERR_COMMUNITY)
        output_say(call->out,
                   "this group came in a parcel and you have not joined it; to write in it: longear join GROUP");
    else if (err == ERR_LIMIT)
        output_say(call->out,
                   "that is too long: a report has at most %d bytes, a word on one %d, a place %d, a district %d",
                   REPORT_TEXT_MAX, REPORT_SAID_MAX, REPORT_PLACE_MAX, REPORT_DISTRICT_MAX);
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

/* ---- Options ---- */

static int line_option(const struct command_call *call, const char *name, char *out, size_t room) {
    const char *value = request_option(call->req, name);
    if (!value) return 0;
    size_t size = strlen(value);
    if (size >= room) return ERR_LIMIT;
    memcpy(out, value, size + 1);
    return 0;
}

/* The ground that is said; without one that which claims the least. Return 0 of one that does not exist, said. */
static uint8_t ground_option(const struct command_call *call) {
    const char *said = request_option(call->req, "ground");
    unsigned ground = said ? report_ground_parse(said) : REPORT_TOLD;
    if (!ground) output_say(call->out, "there is no ground \"%s\"; there are: saw, told, paper", said);
    return (uint8_t)ground;
}

static int point_option(const struct command_call *call, struct report *report) {
    const char *point = request_option(call->req, "point");
    if (!point) return 0;
    int err = report_point_parse(point, &report->latitude, &report->longitude);
    if (err == ERR_POINT)
        output_say(call->out, "%s: %s", point, output_text(call->out, err_text(err)));
    else if (err)
        output_say(call->out, "a point is written in degrees north and east: --point=43.238,76.945");
    report->has_point = true;
    return err;
}

static int report_read(const struct command_call *call, struct report *report) {
    const char *text = command_argument(call, 2);
    uint64_t hours = request_number(call->req, "hours", report->type == REPORT_WARNING ? WARNING_HOURS : 0);
    report->text = text;
    report->size = strlen(text);
    report->when = request_number(call->req, "when", 0);
    if (hours > HOURS_MAX || report->when > call->now + TIME_AHEAD_SLACK) {
        output_say(call->out, "it can't have happened yet, and holds for at most %d hours", HOURS_MAX);
        return ERR_USAGE;
    }
    if (hours > 0) report->until = call->now + hours * 3600;
    report->ground = ground_option(call);
    if (!report->ground || point_option(call, report)) return ERR_USAGE;
    int err = line_option(call, "word", report->word, sizeof report->word);
    if (!err) err = line_option(call, "district", report->district, sizeof report->district);
    if (!err) err = line_option(call, "place", report->place, sizeof report->place);
    if (!err) err = line_option(call, "asked", report->whom, sizeof report->whom);
    return err ? (report_failed(call, err), ERR_USAGE) : 0;
}

/* ---- Reports ---- */

/* The first report that a correction is to be of: what is named, or what that corrects. */
static int corrected_read(const struct command_call *call, const uint8_t community[HASH_SIZE], uint8_t id[HASH_SIZE],
                          uint8_t *urgency) {
    struct store_record found;
    struct report report;
    struct store_community *c = malloc(sizeof *c);
    struct member member;
    uint8_t *room = malloc(RECORD_SIZE_MAX);
    home_enter(call->home);
    int err = room && c ? store_get(call->home->store, id, room, &found) : ERR_MEMORY;
    if (!err) err = report_decode(&report, &found.record) ? ERR_KIND : 0;
    if (!err) err = store_community_get(call->home->store, community, call->now, c);
    if (!err) {
        home_member(call->home, &c->charter, false, &member);
        bool own = memcmp(member.key, found.record.author, KEY_SIZE) == 0;
        sodium_memzero(&member, sizeof member);
        if (!own || memcmp(found.record.community, community, HASH_SIZE) != 0) err = ERR_USAGE;
        if (report.corrects) memcpy(id, report.corrects, HASH_SIZE);
        *urgency = found.record.urgency < URGENCY_URGENT ? found.record.urgency + 1 : URGENCY_URGENT;
    }
    home_leave(call->home);
    free(room);
    free(c);
    if (err == ERR_KIND || err == ERR_USAGE) {
        output_say(call->out,
                   "only a report of your own in this group can be corrected; to contradict another: longear deny");
        return err;
    }
    return err ? (command_failed(call, err), err) : 0;
}

/* The message that a report stands on. */
static int message_read(const struct command_call *call, const uint8_t community[HASH_SIZE],
                        const uint8_t id[HASH_SIZE]) {
    struct store_record found;
    uint8_t *room = malloc(RECORD_SIZE_MAX);
    home_enter(call->home);
    int err = room ? store_get(call->home->store, id, room, &found) : ERR_MEMORY;
    if (!err && (found.record.kind != KIND_TEXT || memcmp(found.record.community, community, HASH_SIZE) != 0))
        err = ERR_KIND;
    home_leave(call->home);
    free(room);
    if (err == ERR_KIND) output_say(call->out, "a report can stand on a message of the same group only");
    return err && err != ERR_KIND ? (command_failed(call, err), err) : err;
}

static int report_write(const struct command_call *call, uint8_t type, uint8_t what,
                        const uint8_t community[HASH_SIZE]) {
    struct report report = {.type = type, .what = what};
    uint8_t first[HASH_SIZE], message[HASH_SIZE];
    const char *urgency = request_option(call->req, "urgency"), *on = request_option(call->req, "message"),
               *corrects = request_option(call->req, "corrects");
    struct record record;
    struct writing w = {.report = &report, .now = call->now};
    uint8_t usual = report.type == REPORT_WARNING ? URGENCY_IMPORTANT : URGENCY_NORMAL;
    if (report_read(call, &report)) return COMMAND_FAILED;
    if (on) {
        if (lookup_record(call, on, message) || message_read(call, community, message)) return COMMAND_FAILED;
        report.message = message;
    }
    if (corrects) {
        uint8_t ahead;
        if (lookup_record(call, corrects, first) || corrected_read(call, community, first, &ahead))
            return COMMAND_FAILED;
        report.corrects = first;
        usual = ahead > usual ? ahead : usual;
    }
    w.urgency = (uint8_t)(urgency ? render_urgency_parse(urgency) : usual);
    home_enter(call->home);
    int err = compose_made(call->home, community, false, writing_make, &w, &record);
    home_leave(call->home);
    return err ? report_failed(call, err) : done_say(call, &record);
}

int command_report(const struct command_call *call) {
    bool warning = request_option(call->req, "warning") != NULL, asked = request_option(call->req, "asked") != NULL;
    unsigned what = report_what_parse(command_argument(call, 1));
    uint8_t type = warning ? REPORT_WARNING : asked ? REPORT_ASKED : REPORT_PLAIN;
    if (!what) {
        output_say(call->out,
                   "there is no kind \"%s\"; there are: curfew, checkpoint, danger, road, shooting, fire, arrests, "
                   "outage, other",
                   command_argument(call, 1));
        return COMMAND_USAGE;
    }
    if (warning && asked) {
        output_say(call->out, "a question to the authorities is no warning");
        return COMMAND_USAGE;
    }
    struct store_community *c = malloc(sizeof *c);
    if (!c) return command_failed(call, ERR_MEMORY);
    int done = COMMAND_FAILED;
    if (!lookup_community(call, command_argument(call, 0), c))
        done = report_write(call, type, (uint8_t)what, c->charter.community);
    free(c);
    return done;
}

/* ---- Words ---- */

/* What a word is about. */
struct about {
    uint8_t community[HASH_SIZE], id[HASH_SIZE], version[HASH_SIZE];
    bool corrected, own;
    uint8_t type, urgency; /* enum report_type or REPORT_MESSAGE */
};

static int own_set(const struct command_call *call, const uint8_t author[KEY_SIZE], struct about *out) {
    struct store_community *c = malloc(sizeof *c);
    struct member member;
    int err = c ? store_community_get(call->home->store, out->community, call->now, c) : ERR_MEMORY;
    if (!err) {
        home_member(call->home, &c->charter, false, &member);
        out->own = memcmp(member.key, author, KEY_SIZE) == 0;
        sodium_memzero(&member, sizeof member);
    }
    free(c);
    return err;
}

/* Read what is named, a message or what corrects one: the first one into rooms and *found. */
static int message_about(const struct command_call *call, struct about *out, uint8_t *rooms,
                         struct store_record *found) {
    struct store *s = call->home->store;
    struct store_record correction;
    int inside = message_is_inside(s, &found->record, out->id);
    int err = inside < 0 ? inside : inside > 0 ? store_get(s, out->id, rooms, found) : 0;
    if (err) return err;
    int corrected = message_correction(s, &found->record, call->now, rooms + RECORD_SIZE_MAX, &correction);
    if (corrected > 0) memcpy(out->version, correction.record.id, HASH_SIZE);
    out->corrected = corrected > 0;
    out->type = REPORT_MESSAGE;
    return corrected < 0 ? corrected : 0;
}

/* The same of a report. */
static int report_about(const struct command_call *call, struct about *out, uint8_t *rooms,
                        struct store_record *found) {
    struct report_board board;
    int err = report_board_read(&board, call->home->store, found->record.community, call->now);
    const struct report_item *item = err ? NULL : report_board_item(&board, out->id);
    if (item && item->inside) {
        memcpy(out->id, item->corrects, HASH_SIZE);
        item = report_board_item(&board, out->id);
    }
    if (!err && !item) err = ERR_NOT_FOUND; /* taken back, ahead of now, or set apart */
    if (!err) {
        out->type = report_now(board.items, item)->type;
        out->corrected = item->correction != REPORT_NONE;
        memcpy(out->version, item->version, HASH_SIZE);
        err = store_get(call->home->store, out->id, rooms, found);
    }
    report_board_free(&board);
    return err;
}

/* Read what a command names: a report or a message, by itself or by what corrects it. Within home_enter. */
static int about_read(const struct command_call *call, const uint8_t id[HASH_SIZE], struct about *out) {
    struct store_record found;
    uint8_t *rooms = malloc((size_t)2 * RECORD_SIZE_MAX);
    memcpy(out->id, id, HASH_SIZE);
    int err = rooms ? store_get(call->home->store, id, rooms, &found) : ERR_MEMORY;
    if (!err) err = store_freezes_refresh(call->home->store);
    if (!err)
        err = found.record.kind == KIND_TEXT     ? message_about(call, out, rooms, &found)
              : found.record.kind == KIND_REPORT ? report_about(call, out, rooms, &found)
                                                 : ERR_KIND;
    if (!err && (found.retracted || !found.record.body)) err = ERR_NOT_FOUND;
    if (!err) {
        memcpy(out->community, found.record.community, HASH_SIZE);
        out->urgency = found.record.urgency;
        err = own_set(call, found.record.author, out);
    }
    free(rooms);
    return err;
}

/* Tell whether that may be said, else say why not. */
static bool may_say(const struct command_call *call, const struct about *about, uint8_t say) {
    if (say == REPORT_CONFIRM && about->own)
        output_say(call->out, "this is your own: it counts as said by you already");
    else if (say == REPORT_ANSWER && about->type != REPORT_ASKED)
        output_say(call->out, "nobody was asked there: what you know besides is said by longear report add");
    else
        return true;
    return false;
}

static int word_failed(const struct command_call *call, int err) {
    if (err == ERR_KIND)
        output_say(call->out, "%s is no report and no message: longear reports shows them", command_argument(call, 0));
    else if (err == ERR_NOT_FOUND)
        output_say(call->out, "the report or message is not here, or was taken back");
    else
        return report_failed(call, err);
    return COMMAND_FAILED;
}

static int word_write(const struct command_call *call, uint8_t say) {
    const char *text = command_argument(call, 1);
    struct report_word word = {.say = say, .text = text, .size = strlen(text)};
    struct writing w = {.word = &word, .now = call->now};
    struct about about = {.own = false};
    struct record record;
    uint8_t id[HASH_SIZE];
    bool may = true;
    word.ground = ground_option(call);
    word.when = request_number(call->req, "when", 0);
    if (!word.ground || lookup_record(call, command_argument(call, 0), id)) return COMMAND_FAILED;
    home_enter(call->home);
    int err = about_read(call, id, &about);
    if (!err) may = may_say(call, &about, say);
    if (!err && may) {
        word.target = about.id;
        word.about = about.corrected ? about.version : NULL;
        /* What contradicts a thing overtakes it. */
        w.urgency = (uint8_t)(about.urgency + (say == REPORT_DENY && about.urgency < URGENCY_URGENT));
        err = compose_made(call->home, about.community, false, writing_make, &w, &record);
    }
    home_leave(call->home);
    if (err) return word_failed(call, err);
    return may ? done_say(call, &record) : COMMAND_FAILED;
}

int command_confirm(const struct command_call *call) {
    return word_write(call, REPORT_CONFIRM);
}

int command_deny(const struct command_call *call) {
    return word_write(call, REPORT_DENY);
}

int command_report_add(const struct command_call *call) {
    return word_write(call, REPORT_ADD);
}

int command_report_answer(const struct command_call *call) {
    return word_write(call, REPORT_ANSWER);
}
