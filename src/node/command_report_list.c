/*
 * command_report_list.c: show reports and warnings, who says so, who denies it.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "node/command.h"
#include "node/coordinators.h"
#include "node/lookup.h"
#include "node/render.h"
#include "node/report_words.h"
#include "node/standing.h"
#include "query/report.h"
#include "store/freezes.h"
#include "view/fold.h"

#define T(l, text) lang_text((l)->call->out->lang, text)
#define LIMIT 200
#define PLACE_MAX (REPORT_DISTRICT_MAX + REPORT_PLACE_MAX + 2)

struct listing {
    const struct command_call *call;
    const struct charter *charter;
    struct report_board board;
    struct standings *standings;
    struct coordinators *coordinators;
    struct row *rows;
    size_t count, left; /* left: not shown, there are too many */
    uint8_t *room, message[HASH_SIZE];
    uint8_t (*keys)[KEY_SIZE];
    bool all, warnings, words, by_place;
    uint64_t since;
    char place[PLACE_MAX]; /* folded; empty: anywhere */
    FILE *to;
};

/* What is listed, with what it is sorted by. */
struct row {
    const struct report_item *item;
    uint64_t time;
    char district[REPORT_DISTRICT_MAX + 1]; /* folded */
};

/* How people on one side stand to the reader. */
struct known {
    unsigned chains;
    bool own; /* the reader is one of them */
};

/* ---- What is shown ---- */

/* Read the record that counts: of a report itself or its correction; of a message what it says. */
static int said_read(struct listing *l, const struct report_item *item, struct report *report, struct text *text) {
    struct store *s = l->call->home->store;
    struct store_record found;
    static const uint8_t none[HASH_SIZE];
    bool corrected = memcmp(item->version, none, HASH_SIZE) != 0;
    int err = corrected ? store_get(s, item->version, l->room, &found) : store_get_num(s, item->num, l->room, &found);
    memset(report, 0, sizeof *report);
    if (err) return err;
    if (item->type != REPORT_MESSAGE) {
        err = report_decode(report, &found.record);
        if (err || !report->message) return err;
        memcpy(l->message, report->message, HASH_SIZE);
        report->message = l->message; /* found ends here; the text lies in l->room */
        return 0;
    }
    err = text_decode(text, &found.record);
    if (err) return err;
    report->text = text->text;
    report->size = text->size;
    report->ground = text->ground;
    memcpy(report->place, text->place, sizeof report->place);
    return 0;
}

static struct known known_of(struct listing *l, const struct report_item *item, enum report_say say) {
    struct known k = {.chains = report_chains(standings_trust(l->standings), item, l->board.lines, say, l->keys)};
    size_t count = report_keys(item, l->board.lines, say, l->keys);
    for (size_t i = 0; i < count && !k.own; i++) k.own = standings_is_own(l->standings, l->keys[i]);
    return k;
}

/* Who is behind it: enough to know whether anybody could have written it. */
static const char *behind_name(struct listing *l, const uint8_t key[KEY_SIZE], bool guest) {
    return coordinators_has(l->coordinators, key) ? "coordinator"
           : guest                                ? "guest"
           : charter_is_public(l->charter)        ? "anybody"
                                                  : "member";
}

static const char *behind_words(struct listing *l, const uint8_t key[KEY_SIZE], bool guest) {
    return coordinators_has(l->coordinators, key) ? LANG_LATER("a coordinator")
           : guest                                ? LANG_LATER("a guest of a point")
           : charter_is_public(l->charter)        ? LANG_LATER("somebody; anybody can write here")
                                                  : LANG_LATER("a member");
}

/* Tell whether a folded text holds another. */
static bool holds(const char *text, const char *part) {
    char folded[PLACE_MAX];
    size_t size = strlen(text);
    if (size >= sizeof folded) return false;
    folded[fold_text(folded, text, size)] = '\0';
    return strstr(folded, part) != NULL;
}

static int row_add(struct listing *l, const struct report_item *item) {
    struct report report;
    struct text text;
    const struct report_item *said = report_now(l->board.items, item);
    if (item->inside) return 0;
    if (!l->all && item->state >= REPORT_REVOKED) return 0;
    if (l->warnings && said->type != REPORT_WARNING) return 0;
    int err = said_read(l, item, &report, &text);
    if (err) return err == ERR_NOT_FOUND || err == ERR_FIELD ? 0 : err;
    uint64_t time = report.when ? report.when : item->created;
    if (time < l->since && item->created < l->since) return 0;
    if (l->place[0] && !holds(report.district, l->place) && !holds(report.place, l->place)) return 0;
    struct row *row = &l->rows[l->count++];
    row->item = item;
    row->time = time;
    row->district[fold_text(row->district, report.district, strlen(report.district))] = '\0';
    return 0;
}

/* The newest first; of a list by place districts by their names, those without one last. */
static int by_time(const void *a, const void *b) {
    const struct row *x = a, *y = b;
    return record_order(y->time, y->item->id, x->time, x->item->id);
}

static int by_place(const void *a, const void *b) {
    const struct row *x = a, *y = b;
    bool no_x = !x->district[0], no_y = !y->district[0];
    if (no_x != no_y) return no_x ? 1 : -1;
    int order = strcmp(x->district, y->district);
    return order ? order : by_time(a, b);
}

/* ---- For machines ---- */

static json_t *person_json(struct listing *l, const uint8_t key[KEY_SIZE], bool guest) {
    char handle[HANDLE_SIZE];
    struct standing s;
    json_t *o = json_object();
    person_handle(handle, key);
    standings_of(l->standings, key, &s);
    json_object_set_new(o, "author", command_hex_json(key));
    json_object_set_new(o, "handle", json_string(handle));
    if (s.own) json_object_set_new(o, "own", json_true());
    standing_json(o, &s);
    json_object_set_new(o, "behind", json_string(behind_name(l, key, guest)));
    return o;
}

static json_t *side_json(const struct report_side *side, struct known known) {
    json_t *o = json_pack("{s:i,s:i,s:i,s:i,s:i}", "people", (int)side->people, "saw", (int)side->saw, "told",
                          (int)side->told, "paper", (int)side->paper, "chains", (int)known.chains);
    if (o && known.own) json_object_set_new(o, "own", json_true());
    return o;
}

static void text_json(json_t *o, const char *name, const char *text) {
    if (text[0]) json_object_set_new(o, name, json_string(text));
}

static void time_json(json_t *o, const char *name, uint64_t time) {
    if (time) json_object_set_new(o, name, json_integer((json_int_t)time));
}

/* The words on a report. Reuses l->room. */
static json_t *words_json(struct listing *l, const struct report_item *item) {
    json_t *list = json_array();
    for (size_t i = 0; i < item->word_count; i++) {
        const struct report_line *line = &l->board.lines[item->first_word + i];
        struct store_record found;
        struct report_word word;
        if (store_get_num(l->call->home->store, line->num, l->room, &found) || report_word_decode(&word, &found.record))
            continue;
        json_t *o = person_json(l, line->author, line->guest);
        json_object_set_new(o, "record", command_hex_json(line->id));
        json_object_set_new(o, "created", json_integer((json_int_t)line->created));
        json_object_set_new(o, "says", json_string(report_say_name(line->say)));
        json_object_set_new(o, "place", json_string(report_place_name(line->place)));
        if (word.ground) json_object_set_new(o, "ground", json_string(report_ground_name(word.ground)));
        if (word.size) json_object_set_new(o, "text", json_stringn(word.text, word.size));
        time_json(o, "when", word.when);
        json_array_append_new(list, o);
    }
    return list;
}

static void item_json(struct listing *l, const struct report_item *item, const struct report *report) {
    const struct report_item *said = report_now(l->board.items, item);
    json_t *o = person_json(l, item->author, item->guest);
    json_object_set_new(o, "record", command_hex_json(item->id));
    json_object_set_new(o, "type", json_string(report_type_name(said->type)));
    if (said->what) json_object_set_new(o, "what", json_string(report_what_name(said->what)));
    json_object_set_new(o, "state", json_string(report_state_name(item->state)));
    json_object_set_new(o, "created", json_integer((json_int_t)item->created));
    json_object_set_new(o, "urgency", json_string(render_urgency(said->urgency)));
    json_object_set_new(o, "text", json_stringn(report->text ? report->text : "", report->size));
    if (report->ground) json_object_set_new(o, "ground", json_string(report_ground_name(report->ground)));
    text_json(o, "word", report->word);
    text_json(o, "district", report->district);
    text_json(o, "place", report->place);
    text_json(o, "asked", report->whom);
    time_json(o, "when", report->when);
    time_json(o, "until", report->until);
    if (report->has_point)
        json_object_set_new(o, "point", json_pack("[f,f]", report->latitude / 1000.0, report->longitude / 1000.0));
    if (report->message) json_object_set_new(o, "message", command_hex_json(report->message));
    if (item->correction != REPORT_NONE) json_object_set_new(o, "corrected", command_hex_json(item->version));
    json_object_set_new(o, "yes", side_json(&item->yes, known_of(l, item, REPORT_CONFIRM)));
    json_object_set_new(o, "no", side_json(&item->no, known_of(l, item, REPORT_DENY)));
    if (item->earlier) json_object_set_new(o, "earlier", json_integer(item->earlier));
    json_object_set_new(o, "words", words_json(l, item)); /* what report points into is gone now */
    char *line = json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(9));
    json_decref(o);
    if (line) fprintf(l->to, "%s\n", line);
    free(line);
}

/* ---- For people ---- */

static void text_put(struct listing *l, const char *text, size_t size) {
    static char copy[REPORT_TEXT_MAX + 1], safe[4 * REPORT_TEXT_MAX + 1];
    size = size > REPORT_TEXT_MAX ? REPORT_TEXT_MAX : size;
    memcpy(copy, text ? text : "", size);
    copy[size] = '\0';
    render_safe(safe, sizeof safe, copy);
    fputs(safe, l->to);
}

/* format is translated. */
static void __attribute__((format(printf, 2, 0))) line_put(struct listing *l, const char *format, const char *text) {
    char safe[4 * REPORT_WHOM_MAX + 1];
    render_safe(safe, sizeof safe, text);
    fprintf(l->to, "%*s", RENDER_INDENT, "");
    fprintf(l->to, format, safe);
    fputc('\n', l->to);
}

static void name_put(struct listing *l, const uint8_t key[KEY_SIZE], bool guest) {
    char handle[HANDLE_SIZE], name[4 * MEET_NAME_MAX + 1];
    struct standing s;
    standings_of(l->standings, key, &s);
    person_handle(handle, key);
    render_safe(name, sizeof name, s.name);
    fprintf(l->to, "%s%s%s", handle, name[0] ? " " : "", name);
    fprintf(l->to, " (%s)", s.own ? T(l, "you") : T(l, behind_words(l, key, guest)));
}

/* One side: how many people, whom the reader knows of them, on what ground. head is translated. */
static void side_put(struct listing *l, const struct report_item *item, enum report_say say, const char *head) {
    const struct report_side *side = say == REPORT_CONFIRM ? &item->yes : &item->no;
    if (side->people == 0) return;
    struct known known = known_of(l, item, say);
    fprintf(l->to, "%*s%s: ", RENDER_INDENT, "", head);
    if (side->people == 1 && known.own) {
        fputs(T(l, "you alone"), l->to);
    } else {
        if (side->people == 1)
            fputs(T(l, "one person"), l->to);
        else
            fprintf(l->to, T(l, "%u people"), side->people);
        if (known.own) fprintf(l->to, " (%s)", T(l, "you are one of them"));
        fputs(", ", l->to);
        if (known.chains == 0)
            fputs(T(l, "none you can trace"), l->to);
        else if (known.chains == 1)
            fputs(T(l, "one chain from people you met"), l->to);
        else
            fprintf(l->to, T(l, "%u separate chains from people you met"), known.chains);
    }
    if (side->saw) fputs("; ", l->to), fprintf(l->to, T(l, "saw it: %u"), side->saw);
    if (side->told) fputs("; ", l->to), fprintf(l->to, T(l, "were told: %u"), side->told);
    if (side->paper) fputs("; ", l->to), fprintf(l->to, T(l, "from an official paper: %u"), side->paper);
    fputc('\n', l->to);
}

/* Words that say more than a number, and with l->words all. Reuses l->room. */
static void words_put(struct listing *l, const struct report_item *item) {
    for (size_t i = 0; i < item->word_count; i++) {
        const struct report_line *line = &l->board.lines[item->first_word + i];
        struct store_record found;
        struct report_word word;
        char hex[HEX_SIZE];
        if (store_get_num(l->call->home->store, line->num, l->room, &found) || report_word_decode(&word, &found.record))
            continue;
        if (!l->words && (word.size == 0 || line->place == REPORT_REPLACED || line->place == REPORT_EARLIER)) continue;
        sodium_bin2hex(hex, sizeof hex, line->id, 4);
        fprintf(l->to, "%*s%s  ", RENDER_INDENT, "", hex);
        name_put(l, line->author, line->guest);
        fprintf(l->to, ": %s", T(l, report_say_words(line->say)));
        if (word.ground) fprintf(l->to, " (%s)", T(l, report_ground_words(word.ground)));
        if (line->place == REPORT_EARLIER) fprintf(l->to, " (%s)", T(l, "of what it said before"));
        if (line->place == REPORT_REPLACED) fprintf(l->to, " (%s)", T(l, "before, not any more"));
        if (word.size) fputs(": ", l->to);
        text_put(l, word.text, word.size);
        fputc('\n', l->to);
    }
}

static void time_put(struct listing *l, const char *head, uint64_t time) {
    char when[RENDER_TIME_SIZE];
    if (!time) return;
    render_time(when, time);
    line_put(l, head, when);
}

static void item_put(struct listing *l, const struct report_item *item, const struct report *report) {
    const struct report_item *said = report_now(l->board.items, item);
    char hex[HEX_SIZE], when[RENDER_TIME_SIZE], word[4 * REPORT_WORD_MAX + 1], point[40];
    sodium_bin2hex(hex, sizeof hex, item->id, 4);
    render_safe(word, sizeof word, report->word);
    fprintf(l->to, "%s  %s", hex, T(l, report_type_words(said->type)));
    if (said->what) fprintf(l->to, ": %s", T(l, report_what_words(said->what)));
    if (word[0]) fprintf(l->to, " (%s)", word);
    if (said->urgency == URGENCY_URGENT) fprintf(l->to, "  [%s]", T(l, "urgent"));
    if (item->state != REPORT_UP) fprintf(l->to, "  [%s]", T(l, report_state_words(item->state)));
    if (item->state == REPORT_REVOKED || item->state == REPORT_OVER)
        if (item->no.people > 0) fprintf(l->to, "  [%s]", T(l, report_state_words(REPORT_DISPUTED)));
    if (item->correction != REPORT_NONE) fprintf(l->to, "  [%s]", T(l, "corrected by its author"));
    fputc('\n', l->to);
    if (report->size) {
        fprintf(l->to, "%*s", RENDER_INDENT, "");
        text_put(l, report->text, report->size);
        fputc('\n', l->to);
    }
    if (report->whom[0]) line_put(l, T(l, "who was asked: %s"), report->whom);
    if (report->district[0]) line_put(l, T(l, "district: %s"), report->district);
    if (report->place[0]) line_put(l, T(l, "at: %s"), report->place);
    if (report->has_point) {
        snprintf(point, sizeof point, "%.3f, %.3f", report->latitude / 1000.0, report->longitude / 1000.0);
        line_put(l, T(l, "at: %s"), point);
    }
    time_put(l, T(l, "when it happened: %s"), report->when);
    time_put(l, T(l, "until %s"), report->until);
    if (report->message) {
        sodium_bin2hex(hex, sizeof hex, report->message, 4);
        line_put(l, T(l, "stands on the message %s"), hex);
    }
    render_time(when, item->created);
    fprintf(l->to, "%*s%s  ", RENDER_INDENT, "", when);
    name_put(l, item->author, item->guest);
    if (report->ground) fprintf(l->to, ": %s", T(l, report_ground_words(report->ground)));
    fputc('\n', l->to);
    side_put(l, item, REPORT_CONFIRM, T(l, "say so"));
    side_put(l, item, REPORT_DENY, T(l, "deny it"));
    if (item->earlier) {
        fprintf(l->to, "%*s", RENDER_INDENT, "");
        fprintf(l->to, T(l, "said something of what stood there before: %u"), item->earlier);
        fputc('\n', l->to);
    }
    words_put(l, item);
}

/* ---- The list ---- */

static int item_show(struct listing *l, const struct report_item *item) {
    struct report report;
    struct text text;
    int err = said_read(l, item, &report, &text);
    if (err) return err == ERR_NOT_FOUND ? 0 : err;
    if (l->call->out->json)
        item_json(l, item, &report);
    else
        item_put(l, item, &report);
    return 0;
}

static int board_show(struct listing *l) {
    const struct command_call *call = l->call;
    const uint8_t *community = l->charter->community;
    uint64_t limit = request_number(call->req, "limit", LIMIT);
    l->room = malloc(RECORD_SIZE_MAX);
    int err = l->room ? store_freezes_refresh(call->home->store) : ERR_MEMORY;
    if (!err) err = report_board_read(&l->board, call->home->store, community, call->now);
    if (!err) err = standings_load(&l->standings, call->home, community, call->now);
    if (!err) err = coordinators_read(&l->coordinators, call->home, l->charter);
    if (!err) {
        l->rows = malloc((l->board.item_count + 1) * sizeof *l->rows);
        l->keys = malloc((l->board.line_count + 1) * sizeof *l->keys);
        if (!l->rows || !l->keys) err = ERR_MEMORY;
    }
    for (size_t i = 0; !err && i < l->board.item_count; i++) err = row_add(l, &l->board.items[i]);
    if (!err && l->count > 0) qsort(l->rows, l->count, sizeof *l->rows, l->by_place ? by_place : by_time);
    for (size_t i = 0; !err && i < l->count && i < limit; i++) err = item_show(l, l->rows[i].item);
    if (!err && l->count > limit) l->left = l->count - limit;
    return err;
}

int command_reports(const struct command_call *call) {
    struct listing l = {.call = call,
                        .all = request_option(call->req, "all") != NULL,
                        .warnings = request_option(call->req, "warnings") != NULL,
                        .words = request_option(call->req, "words") != NULL,
                        .by_place = request_option(call->req, "by-place") != NULL,
                        .since = request_number(call->req, "since", 0)};
    const char *place = request_option(call->req, "place");
    char *text = NULL;
    size_t size = 0;
    if (place && strlen(place) < sizeof l.place) l.place[fold_text(l.place, place, strlen(place))] = '\0';
    struct store_community *c = malloc(sizeof *c);
    if (!c) return command_failed(call, ERR_MEMORY);
    if (lookup_community(call, command_argument(call, 0), c)) {
        free(c);
        return COMMAND_FAILED;
    }
    l.charter = &c->charter;
    l.to = open_memstream(&text, &size);
    int err = l.to ? 0 : ERR_MEMORY;
    if (!err) {
        home_enter(call->home);
        err = board_show(&l);
        home_leave(call->home);
        fclose(l.to);
    }
    if (!err) output_write(call->out, OUTPUT_RESULT, text, size);
    if (!err && l.count == 0 && !call->out->json) output_note(call->out, "Nothing is reported.");
    if (!err && l.left > 0) output_note(call->out, "There are %zu more: longear reports --limit N", l.left);
    report_board_free(&l.board);
    standings_free(l.standings);
    coordinators_free(l.coordinators);
    free(l.rows);
    free(l.keys);
    free(l.room);
    free(text);
    free(c);
    return err ? command_failed(call, err) : COMMAND_DONE;
}
