/*
 * command_demand_list.c: show demands: the words that stand, who stands behind them, what was decided and counted, and
 * what is outstanding.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/command.h"
#include "node/demand_words.h"
#include "node/demanded.h"
#include "node/lookup.h"
#include "node/render.h"
#include "node/standing.h"

struct listing {
    const struct command_call *call;
    enum lang lang;
    struct demand_board board;
    struct standings *standings;
    const struct demand_item **order;
    size_t count;
    uint8_t *room;
    bool all;
    FILE *to;
};

static const uint8_t none[HASH_SIZE];

static bool is_none(const uint8_t id[HASH_SIZE]) {
    return memcmp(id, none, HASH_SIZE) == 0;
}

static int by_rank(const void *a, const void *b) {
    return demand_rank_order(*(const struct demand_item *const *)a, *(const struct demand_item *const *)b);
}

/* The text of a wording; 0, or an error. *out borrows from l->room. */
static int text_read(struct listing *l, const uint8_t id[HASH_SIZE], struct demand *out) {
    struct store_record found;
    int err = store_get(l->call->home->store, id, l->room, &found);
    return err ? err : demand_decode(out, &found.record);
}

/* ---- For machines ---- */

static json_t *person_json(struct listing *l, const uint8_t key[KEY_SIZE]) {
    char handle[HANDLE_SIZE];
    struct standing s;
    json_t *o = json_object();
    person_handle(handle, key);
    standings_of(l->standings, key, &s);
    json_object_set_new(o, "author", command_hex_json(key));
    json_object_set_new(o, "handle", json_string(handle));
    if (s.own) json_object_set_new(o, "own", json_true());
    standing_json(o, &s);
    return o;
}

static json_t *tally_json(const struct demand_item *item, const struct demand_step *s) {
    json_t *o = json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I}", "way", s->way == DEMAND_PAPER ? "paper" : "hands",
                          "for", (json_int_t)s->in_favour, "against", (json_int_t)s->against, "abstained",
                          (json_int_t)s->abstained, "present", (json_int_t)s->present, "tellers",
                          (json_int_t)item->tellers, "tellers_else", (json_int_t)item->tellers_else);
    if (s->when) json_object_set_new(o, "when", json_integer((json_int_t)s->when));
    return o;
}

/* Every wording, and every answer, in the order in which they were written. */
static void steps_json(struct listing *l, const struct demand_item *item, json_t *o) {
    json_t *wordings = json_array(), *answers = json_array();
    struct store_record found;
    struct demand demand;
    struct demand_act act;
    for (size_t i = 0; i < item->step_count; i++) {
        const struct demand_step *s = &l->board.steps[item->first_step + i];
        bool answer = s->kind == KIND_DEMAND_ACT && s->type == DEMAND_ANSWERED && s->coordinates;
        if ((s->kind != KIND_DEMAND && !answer) || store_get_num(l->call->home->store, s->num, l->room, &found))
            continue;
        json_t *one = person_json(l, s->author);
        json_object_set_new(one, "record", command_hex_json(s->id));
        json_object_set_new(one, "created", json_integer((json_int_t)s->created));
        if (answer && demand_act_decode(&act, &found.record) == 0) {
            json_object_set_new(one, "text", json_stringn(act.note, act.note_size));
            json_array_append(answers, one);
        } else if (!answer && demand_decode(&demand, &found.record) == 0) {
            json_object_set_new(one, "text", json_stringn(demand.text, demand.size));
            if (s->coordinates) json_object_set_new(one, "coordinator", json_true());
            json_array_append(wordings, one);
        }
        json_decref(one);
    }
    json_object_set_new(o, "wordings", wordings);
    json_object_set_new(o, "answers", answers);
}

static void item_json(struct listing *l, const struct demand_item *item, const struct demand *demand) {
    json_t *o = person_json(l, item->author);
    json_object_set_new(o, "record", command_hex_json(item->id));
    json_object_set_new(o, "created", json_integer((json_int_t)item->created));
    if (item->number) json_object_set_new(o, "number", json_integer(item->number));
    json_object_set_new(o, "state", json_string(demand_state_name(item->state)));
    json_object_set_new(o, "text", json_stringn(demand->text, demand->size));
    json_object_set_new(o, "wording", command_hex_json(item->words));
    if (demand->guest) json_object_set_new(o, "guest", json_true());
    if (!is_none(item->decided)) json_object_set_new(o, "decided", command_hex_json(item->decided));
    if (!is_none(item->into)) json_object_set_new(o, "into", command_hex_json(item->into));
    json_object_set_new(o, "support", json_integer(item->support));
    json_object_set_new(o, "support_earlier", json_integer(item->support_earlier));
    if (l->board.roll.count > 0) {
        json_object_set_new(o, "support_roll", json_integer(item->support_roll));
        json_object_set_new(o, "roll", json_integer((json_int_t)l->board.roll.count));
    }
    if (item->tellers > 0) json_object_set_new(o, "tally", tally_json(item, &l->board.steps[item->tally]));
    json_object_set_new(o, "carried", json_boolean(demand_is_carried(item, l->board.steps)));
    steps_json(l, item, o);
    char *line = json_dumps(o, JSON_COMPACT);
    json_decref(o);
    if (line) fprintf(l->to, "%s\n", line);
    free(line);
}

/* ---- For people ---- */

static void text_put(struct listing *l, const char *text, size_t size) {
    static char copy[DEMAND_TEXT_MAX + 1], safe[4 * DEMAND_TEXT_MAX + 1];
    memcpy(copy, text, size);
    copy[size] = '\0';
    render_safe(safe, sizeof safe, copy);
    fprintf(l->to, "%*s%s\n", RENDER_INDENT, "", safe);
}

/* What the coordinators say about a count that nobody, or not everybody, stands behind. */
static void tally_put(struct listing *l, const struct demand_item *item) {
    char when[RENDER_TIME_SIZE];
    bool said = item->state == DEMAND_IS_RATIFIED || item->state == DEMAND_IS_REJECTED;
    if (item->tellers == 0 && said)
        fprintf(l->to, "%*s%s\n", RENDER_INDENT, "", lang_text(l->lang, "nobody has signed a count"));
    if (item->tellers == 0) return;
    const struct demand_step *s = &l->board.steps[item->tally];
    fprintf(l->to, "%*s", RENDER_INDENT, "");
    fprintf(l->to,
            s->way == DEMAND_PAPER
                ? lang_text(l->lang, "on paper: for %u, against %u, abstained %u; tellers: %u")
                : lang_text(l->lang, "by show of hands: for %u, against %u, abstained %u; tellers: %u"),
            s->in_favour, s->against, s->abstained, item->tellers);
    if (s->present) fprintf(l->to, lang_text(l->lang, "; present: %u"), s->present);
    if (s->when) {
        render_time(when, s->when);
        fprintf(l->to, "  %s", when);
    }
    fputc('\n', l->to);
    if (item->tellers_else > 0) {
        fprintf(l->to, "%*s", RENDER_INDENT, "");
        fprintf(l->to, lang_text(l->lang, "tellers who counted otherwise: %u. The counts contradict each other."),
                item->tellers_else);
        fputc('\n', l->to);
    }
}

static void support_put(struct listing *l, const struct demand_item *item) {
    fprintf(l->to, "%*s", RENDER_INDENT, "");
    fprintf(l->to, lang_text(l->lang, "signed for these words: %u"), item->support);
    if (l->board.roll.count > 0)
        fprintf(l->to, lang_text(l->lang, "; of the roll %u of %zu"), item->support_roll, l->board.roll.count);
    if (item->support_earlier > 0) fprintf(l->to, lang_text(l->lang, "; for earlier words: %u"), item->support_earlier);
    fputc('\n', l->to);
}

static void answers_put(struct listing *l, const struct demand_item *item) {
    struct store_record found;
    struct demand_act act;
    char when[RENDER_TIME_SIZE];
    for (size_t i = 0; i < item->step_count; i++) {
        const struct demand_step *s = &l->board.steps[item->first_step + i];
        if (s->kind != KIND_DEMAND_ACT || s->type != DEMAND_ANSWERED || !s->counts) continue;
        if (store_get_num(l->call->home->store, s->num, l->room, &found) || demand_act_decode(&act, &found.record))
            continue;
        render_time(when, s->created);
        fprintf(l->to, "%*s%s  %s\n", RENDER_INDENT, "", when, lang_text(l->lang, "answered, says a coordinator:"));
        text_put(l, act.note, act.note_size);
    }
}

static void item_put(struct listing *l, const struct demand_item *item, const struct demand *demand) {
    char when[RENDER_TIME_SIZE], hex[HEX_SIZE], handle[HANDLE_SIZE], name[4 * MEET_NAME_MAX + 1];
    struct standing s;
    sodium_bin2hex(hex, sizeof hex, item->id, 4);
    fprintf(l->to, "%s  ", hex);
    if (item->number) fprintf(l->to, "%u.  ", item->number);
    fprintf(l->to, "[%s]", lang_text(l->lang, demand_state_words(item->state)));
    if (item->wordings > 1) {
        fputs("  ", l->to);
        fprintf(l->to, lang_text(l->lang, "(wordings: %u)"), item->wordings);
    }
    fputc('\n', l->to);
    text_put(l, demand->text, demand->size);
    if (!is_none(item->into)) {
        sodium_bin2hex(hex, sizeof hex, item->into, 4);
        fprintf(l->to, "%*s", RENDER_INDENT, "");
        fprintf(l->to, lang_text(l->lang, "went into %s"), hex);
        fputc('\n', l->to);
    }
    if (!is_none(item->decided) && memcmp(item->decided, item->words, HASH_SIZE) != 0)
        fprintf(l->to, "%*s%s\n", RENDER_INDENT, "",
                lang_text(l->lang, "that was about other words, which stood before"));
    support_put(l, item);
    tally_put(l, item);
    answers_put(l, item);
    standings_of(l->standings, item->author, &s);
    person_handle(handle, item->author);
    render_safe(name, sizeof name, s.name);
    render_time(when, item->created);
    fprintf(l->to, "%*s%s  %s%s%s%s%s%s\n", RENDER_INDENT, "", when, handle, name[0] ? " " : "", name,
            s.own ? " (" : "", s.own ? lang_text(l->lang, "you") : "", s.own ? ")" : "");
}

/* ---- The list ---- */

static int board_show(struct listing *l, const struct charter *charter) {
    const struct command_call *call = l->call;
    l->room = malloc(RECORD_SIZE_MAX);
    int err = l->room ? demanded_read(&l->board, call->home, charter, call->now) : ERR_MEMORY;
    if (!err) err = standings_load(&l->standings, call->home, charter->community, call->now);
    l->order = err ? NULL : malloc((l->board.item_count + 1) * sizeof(const struct demand_item *));
    if (!err && !l->order) err = ERR_MEMORY;
    for (size_t i = 0; !err && i < l->board.item_count; i++)
        if (l->all || l->board.items[i].state != DEMAND_IS_MERGED) l->order[l->count++] = &l->board.items[i];
    if (!err && l->count > 0) qsort(l->order, l->count, sizeof(const struct demand_item *), by_rank);
    for (size_t i = 0; !err && i < l->count; i++) {
        struct demand demand;
        int read = text_read(l, l->order[i]->words, &demand);
        if (read == ERR_NOT_FOUND || read == ERR_FIELD) continue; /* taken back meanwhile */
        err = read;
        if (err) break;
        if (call->out->json)
            item_json(l, l->order[i], &demand);
        else
            item_put(l, l->order[i], &demand);
    }
    return err;
}

int command_demands(const struct command_call *call) {
    struct listing l = {.call = call, .lang = call->out->lang, .all = request_option(call->req, "all") != NULL};
    char *text = NULL;
    size_t size = 0;
    struct store_community *c = malloc(sizeof *c);
    if (!c) return command_failed(call, ERR_MEMORY);
    if (lookup_community(call, command_argument(call, 0), c)) {
        free(c);
        return COMMAND_FAILED;
    }
    l.to = open_memstream(&text, &size);
    int err = l.to ? 0 : ERR_MEMORY;
    if (!err) {
        home_enter(call->home);
        err = board_show(&l, &c->charter);
        home_leave(call->home);
        fclose(l.to);
    }
    if (!err) output_write(call->out, OUTPUT_RESULT, text, size);
    if (!err && l.count == 0 && !call->out->json) output_note(call->out, "Nothing is demanded yet.");
    demand_board_free(&l.board);
    standings_free(l.standings);
    free(l.order);
    free(l.room);
    free(text);
    free(c);
    return err ? command_failed(call, err) : COMMAND_DONE;
}
