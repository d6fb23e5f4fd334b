/*
 * command_aid_list.c: show needs and offers, and who does what.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/seal.h"
#include "node/aid_words.h"
#include "node/command.h"
#include "node/command_aid.h"
#include "node/lookup.h"
#include "node/render.h"
#include "node/standing.h"

struct listing {
    const struct command_call *call;
    struct aid_board board;
    struct standings *standings;
    const struct aid_item **order;
    size_t count;
    uint8_t *room;
    bool all, mine;
    unsigned type, what; /* 0: any */
    FILE *to;
};

/* ---- What is shown ---- */

static bool is_own(struct listing *l, const uint8_t key[KEY_SIZE]) {
    struct standing s;
    standings_of(l->standings, key, &s);
    return s.own;
}

/* The own take of an entry, or NULL. */
static const struct aid_step *own_take(struct listing *l, const struct aid_item *item) {
    for (size_t i = 0; i < item->step_count; i++) {
        const struct aid_step *s = &l->board.steps[item->first_step + i];
        if (s->type == AID_TAKE && s->place != AID_GIVEN_BACK && is_own(l, s->author)) return s;
    }
    return NULL;
}

static bool is_wanted(struct listing *l, const struct aid_item *item) {
    if (!l->all && item->state >= AID_CLOSED) return false;
    if (l->type && item->type != l->type) return false;
    if (l->what && item->what != l->what) return false;
    return !l->mine || is_own(l, item->author) || own_take(l, item);
}

/* The most urgent first, what waits before what is taken on, then the oldest. */
static int by_need(const void *a, const void *b) {
    const struct aid_item *x = *(const struct aid_item *const *)a, *y = *(const struct aid_item *const *)b;
    bool x_over = x->state >= AID_CLOSED, y_over = y->state >= AID_CLOSED;
    if (x_over != y_over) return x_over ? 1 : -1;
    if (x->urgency != y->urgency) return x->urgency > y->urgency ? -1 : 1;
    if (x->state != y->state) return x->state < y->state ? -1 : 1;
    return record_order(x->created, x->id, y->created, y->id);
}

/* What is sealed for this device's person: what was said with an own entry, or what came with being accepted. Return
 * its size, 0 for nothing, or an error. */
static int sealed_read(struct listing *l, const struct aid_item *item, uint8_t text[AID_BOX_MAX]) {
    struct store *store = l->call->home->store;
    char name[STORE_NAME_MAX + 1];
    uint8_t secret[KEY_SIZE];
    struct store_record found;
    struct aid_act act;
    if (is_own(l, item->author)) {
        aid_setting(name, AID_SECRET_TEXT, item->id);
        int size = store_meta_get(store, name, text, AID_BOX_MAX);
        return size == ERR_NOT_FOUND ? 0 : size;
    }
    const struct aid_step *mine = own_take(l, item);
    if (!mine) return 0;
    aid_setting(name, AID_SECRET_KEY, mine->id);
    int size = store_meta_get(store, name, secret, sizeof secret);
    if (size != KEY_SIZE) return size == ERR_NOT_FOUND || size >= 0 ? 0 : size;
    size = 0;
    for (size_t i = 0; i < item->step_count; i++) { /* the author's last word */
        const struct aid_step *s = &l->board.steps[item->first_step + i];
        if (s->type != AID_ACCEPT || memcmp(s->author, item->author, KEY_SIZE) != 0 ||
            memcmp(s->take, mine->id, HASH_SIZE) != 0)
            continue;
        if (store_get_num(store, s->num, l->room, &found) || aid_act_decode(&act, &found.record) || !act.sealed)
            continue;
        int opened = seal_open_to(text, act.sealed, act.sealed_size, secret);
        if (opened > 0) size = opened;
    }
    sodium_memzero(secret, sizeof secret);
    return size;
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

static json_t *takes_json(struct listing *l, const struct aid_item *item) {
    json_t *list = json_array();
    for (size_t i = 0; i < item->step_count; i++) {
        const struct aid_step *s = &l->board.steps[item->first_step + i];
        if (s->type != AID_TAKE) continue;
        json_t *o = person_json(l, s->author);
        json_object_set_new(o, "record", command_hex_json(s->id));
        json_object_set_new(o, "created", json_integer((json_int_t)s->created));
        json_object_set_new(o, "place", json_string(aid_take_name(s->place)));
        json_array_append_new(list, o);
    }
    return list;
}

static void text_json(json_t *o, const char *name, const char *text) {
    if (text[0]) json_object_set_new(o, name, json_string(text));
}

static void item_json(struct listing *l, const struct aid_item *item, const struct aid *aid, const char *sealed,
                      size_t sealed_size) {
    json_t *o = person_json(l, item->author);
    json_object_set_new(o, "record", command_hex_json(item->id));
    json_object_set_new(o, "type", json_string(item->type == AID_NEED ? "need" : "offer"));
    json_object_set_new(o, "what", json_string(aid_what_name(item->what)));
    json_object_set_new(o, "state", json_string(aid_state_name(item->state)));
    json_object_set_new(o, "created", json_integer((json_int_t)item->created));
    json_object_set_new(o, "urgency", json_string(render_urgency(item->urgency)));
    json_object_set_new(o, "helpers", json_integer(item->helpers));
    json_object_set_new(o, "text", json_stringn(aid->text ? aid->text : "", aid->size));
    text_json(o, "word", aid->word);
    if (aid->amount) json_object_set_new(o, "amount", json_integer(aid->amount));
    text_json(o, "unit", aid->unit);
    text_json(o, "district", aid->district);
    text_json(o, "place", aid->place);
    if (aid->until) json_object_set_new(o, "until", json_integer((json_int_t)aid->until));
    if (aid->guest) json_object_set_new(o, "guest", json_true());
    if (sealed_size > 0) json_object_set_new(o, "sealed", json_stringn(sealed, sealed_size));
    json_object_set_new(o, "takes", takes_json(l, item));
    char *line = json_dumps(o, JSON_COMPACT);
    json_decref(o);
    if (line) fprintf(l->to, "%s\n", line);
    free(line);
}

/* ---- For people ---- */

/* format is translated. */
static void __attribute__((format(printf, 2, 0))) line_put(struct listing *l, const char *format, const char *text) {
    char safe[AID_BOX_MAX * 4];
    render_safe(safe, sizeof safe, text);
    fprintf(l->to, "%*s", RENDER_INDENT, "");
    fprintf(l->to, format, safe);
    fputc('\n', l->to);
}

static void name_put(struct listing *l, const uint8_t key[KEY_SIZE]) {
    char handle[HANDLE_SIZE], name[4 * MEET_NAME_MAX + 1];
    struct standing s;
    standings_of(l->standings, key, &s);
    person_handle(handle, key);
    render_safe(name, sizeof name, s.name);
    fprintf(l->to, "%s%s%s", handle, name[0] ? " " : "", name);
    if (s.own) fprintf(l->to, " (%s)", lang_text(l->call->out->lang, "you"));
}

static void take_put(struct listing *l, const struct aid_step *s) {
    char hex[HEX_SIZE];
    sodium_bin2hex(hex, sizeof hex, s->id, 4);
    fprintf(l->to, "%*s%s  ", RENDER_INDENT, "", hex);
    name_put(l, s->author);
    fprintf(l->to, ": %s\n", lang_text(l->call->out->lang, aid_take_words(s->place)));
}

static void item_put(struct listing *l, const struct aid_item *item, const struct aid *aid, const char *sealed,
                     size_t sealed_size) {
    enum lang lang = l->call->out->lang;
    char when[RENDER_TIME_SIZE], hex[HEX_SIZE], word[4 * AID_WORD_MAX + 1], unit[4 * AID_UNIT_MAX + 1];
    static char text[4 * AID_TEXT_MAX + 1], copy[AID_TEXT_MAX + 1];
    sodium_bin2hex(hex, sizeof hex, item->id, 4);
    render_safe(word, sizeof word, aid->word);
    render_safe(unit, sizeof unit, aid->unit);
    fprintf(l->to, "%s  %s: %s", hex, item->type == AID_NEED ? lang_text(lang, "needed") : lang_text(lang, "offered"),
            lang_text(lang, aid_what_words(item->what)));
    if (word[0]) fprintf(l->to, " (%s)", word);
    if (aid->amount) fprintf(l->to, ", %u%s%s", aid->amount, unit[0] ? " " : "", unit);
    if (item->urgency == URGENCY_URGENT) fprintf(l->to, "  [%s]", lang_text(lang, "urgent"));
    if (item->urgency == URGENCY_IMPORTANT) fprintf(l->to, "  [%s]", lang_text(lang, "important"));
    fprintf(l->to, "  [%s]\n", lang_text(lang, aid_state_words(item->state)));
    memcpy(copy, aid->text ? aid->text : "", aid->size);
    copy[aid->size] = '\0';
    render_safe(text, sizeof text, copy);
    if (text[0]) fprintf(l->to, "%*s%s\n", RENDER_INDENT, "", text);
    if (aid->district[0]) line_put(l, lang_text(lang, "district: %s"), aid->district);
    if (aid->place[0]) line_put(l, lang_text(lang, "hand over at: %s"), aid->place);
    if (aid->until) {
        render_time(when, aid->until);
        line_put(l, lang_text(lang, "until %s"), when);
    }
    if (item->helpers > 1) {
        fprintf(l->to, "%*s", RENDER_INDENT, "");
        fprintf(l->to, lang_text(lang, "helpers: %u of %u"), item->in_charge + item->done, item->helpers);
        fputc('\n', l->to);
    }
    render_time(when, item->created);
    fprintf(l->to, "%*s%s  ", RENDER_INDENT, "", when);
    name_put(l, item->author);
    fputc('\n', l->to);
    if (sealed_size > 0) {
        memcpy(copy, sealed, sealed_size);
        copy[sealed_size] = '\0';
        line_put(l,
                 is_own(l, item->author) ? lang_text(lang, "for whom you accept: %s")
                                         : lang_text(lang, "for you alone: %s"),
                 copy);
    }
    for (size_t i = 0; i < item->step_count; i++) {
        const struct aid_step *s = &l->board.steps[item->first_step + i];
        if (s->type == AID_TAKE && (l->all || (s->place != AID_GIVEN_BACK && s->place != AID_NO_TAKE))) take_put(l, s);
    }
}

/* ---- The list ---- */

static int item_show(struct listing *l, const struct aid_item *item) {
    struct store_record found;
    struct aid aid;
    uint8_t sealed[AID_BOX_MAX];
    int size = sealed_read(l, item, sealed),
        err = size < 0 ? size : store_get_num(l->call->home->store, item->num, l->room, &found);
    if (!err) err = aid_decode(&aid, &found.record);
    if (err) return err == ERR_NOT_FOUND ? 0 : err;
    if (l->call->out->json)
        item_json(l, item, &aid, (const char *)sealed, (size_t)size);
    else
        item_put(l, item, &aid, (const char *)sealed, (size_t)size);
    sodium_memzero(sealed, sizeof sealed);
    return 0;
}

static int board_show(struct listing *l, const uint8_t community[HASH_SIZE]) {
    const struct command_call *call = l->call;
    l->room = malloc(RECORD_SIZE_MAX);
    int err = l->room ? store_freezes_refresh(call->home->store) : ERR_MEMORY;
    if (!err) err = aid_board_read(&l->board, call->home->store, community, call->now);
    if (!err) err = standings_load(&l->standings, call->home, community, call->now);
    l->order = err ? NULL : malloc((l->board.item_count + 1) * sizeof(const struct aid_item *));
    if (!err && !l->order) err = ERR_MEMORY;
    for (size_t i = 0; !err && i < l->board.item_count; i++)
        if (is_wanted(l, &l->board.items[i])) l->order[l->count++] = &l->board.items[i];
    if (!err && l->count > 0) qsort(l->order, l->count, sizeof(const struct aid_item *), by_need);
    for (size_t i = 0; !err && i < l->count; i++) err = item_show(l, l->order[i]);
    return err;
}

int command_aid(const struct command_call *call) {
    struct listing l = {.call = call,
                        .all = request_option(call->req, "all") != NULL,
                        .mine = request_option(call->req, "mine") != NULL,
                        .type = request_option(call->req, "needs")    ? AID_NEED
                                : request_option(call->req, "offers") ? AID_OFFER
                                                                      : 0};
    const char *kind = request_option(call->req, "kind");
    char *text = NULL;
    size_t size = 0;
    l.what = kind ? aid_what_parse(kind) : 0;
    if (kind && !l.what) {
        output_say(call->out,
                   "there is no kind \"%s\"; there are: food, water, medicine, blood, care, transport, "
                   "shelter, warmth, cash, charging, legal, call, search, other",
                   kind);
        return COMMAND_USAGE;
    }
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
        err = board_show(&l, c->charter.community);
        home_leave(call->home);
        fclose(l.to);
    }
    if (!err) output_write(call->out, OUTPUT_RESULT, text, size);
    if (!err && l.count == 0 && !call->out->json) output_note(call->out, "Nothing is needed or offered.");
    aid_board_free(&l.board);
    standings_free(l.standings);
    free(l.order);
    free(l.room);
    free(text);
    free(c);
    return err ? command_failed(call, err) : COMMAND_DONE;
}
