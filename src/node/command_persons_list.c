/*
 * command_persons_list.c: show the register of people: who is in it, what is said of each, and by whom.
 *
 * That somebody is dead is told only where view/persons.h shows it. Elsewhere such a note has the status "ask", without
 * its words, unless --all asks for everything: that is for the volunteers who are asked.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/command_persons.h"
#include "node/lookup.h"
#include "node/persons_words.h"
#include "node/render.h"
#include "node/standing.h"

#define SLIP_DIGITS 8
#define FIND_DEFAULT 10
#define FIND_MAX 100

struct showing {
    const struct command_call *call;
    struct person_board board;
    struct standings *standings;
    uint8_t *room;
    bool all, whole; /* everything; with each note */
    size_t count;
    FILE *to;
};

/* ---- What is shown ---- */

static bool is_own(struct showing *l, const uint8_t key[KEY_SIZE]) {
    struct standing s;
    standings_of(l->standings, key, &s);
    return s.own;
}

static bool is_hidden(const struct showing *l, const struct person_item *item, unsigned status) {
    return status == PERSON_DEAD && item->state != PERSON_DEAD && !l->all;
}

static const struct person_step *step_of(const struct showing *l, const struct person_item *item, size_t i) {
    return &l->board.steps[item->first_step + i];
}

/* How many separate chains lead to those who say a status. */
static unsigned chains_of(struct showing *l, const struct person_item *item, unsigned status) {
    uint8_t(*keys)[KEY_SIZE] = malloc((item->step_count + 1) * sizeof *keys);
    size_t count = 0;
    for (size_t i = 0; keys && i < item->step_count; i++) {
        const struct person_step *s = step_of(l, item, i);
        if (s->place == PERSON_COUNTS && s->status == status) memcpy(keys[count++], s->author, KEY_SIZE);
    }
    unsigned chains = keys ? standings_chains(l->standings, (const uint8_t(*)[KEY_SIZE])keys, count) : 0;
    free(keys);
    return chains;
}

/* The newest note that counts and says where somebody is held, read into *out; false if there is none. */
static bool held_read(struct showing *l, const struct person_item *item, struct person_note *out) {
    struct store_record found;
    struct person_note note;
    const struct person_step *best = NULL;
    for (size_t i = 0; i < item->step_count; i++) {
        const struct person_step *s = step_of(l, item, i);
        if (s->status != PERSON_DETAINED || s->place != PERSON_COUNTS) continue;
        if (best && record_order(s->created, s->id, best->created, best->id) < 0) continue;
        if (store_get_num(l->call->home->store, s->num, l->room, &found) || person_note_decode(&note, &found.record) ||
            note.text[PERSON_NOTE_HELD].size == 0)
            continue;
        best = s;
    }
    return best && !store_get_num(l->call->home->store, best->num, l->room, &found) &&
           !person_note_decode(out, &found.record);
}

/* ---- For machines ---- */

static void author_json(struct showing *l, json_t *o, const uint8_t key[KEY_SIZE]) {
    char handle[HANDLE_SIZE];
    struct standing s;
    person_handle(handle, key);
    standings_of(l->standings, key, &s);
    json_object_set_new(o, "author", command_hex_json(key));
    json_object_set_new(o, "handle", json_string(handle));
    if (s.own) json_object_set_new(o, "own", json_true());
    if (s.name[0]) json_object_set_new(o, "author_name", json_string(s.name));
    if (s.met) json_object_set_new(o, "known_in_person", json_true());
    if (s.chains > 0) json_object_set_new(o, "chains", json_integer(s.chains));
}

static void text_json(json_t *o, const char *name, const struct person_text *text) {
    if (text->size > 0) json_object_set_new(o, name, json_stringn(text->at, text->size));
}

static void number_json(json_t *o, const char *name, uint64_t number) {
    if (number > 0) json_object_set_new(o, name, json_integer((json_int_t)number));
}

static void entry_json(json_t *o, const struct person_item *item, const struct person_entry *e) {
    static const char *const names[PERSON_ENTRY_TEXTS] = {
        [PERSON_NAME] = "name",       [PERSON_OTHER_NAMES] = "other_names", [PERSON_DISTRICT] = "district",
        [PERSON_TOWN] = "town",       [PERSON_REGION] = "region",           [PERSON_COUNTRY] = "country",
        [PERSON_SOURCE] = "source",   [PERSON_DESCRIPTION] = "description", [PERSON_BY] = "by",
        [PERSON_OUTSIDE] = "outside",
    };
    for (unsigned i = 0; i < PERSON_ENTRY_TEXTS; i++) text_json(o, names[i], &e->text[i]);
    if (e->self) json_object_set_new(o, "self", json_true());
    if (e->sex) json_object_set_new(o, "sex", json_string(person_sex_name(e->sex)));
    number_json(o, "born", e->birth_year);
    if (e->has_age) json_object_set_new(o, "age", json_pack("[i,i]", e->age_from, e->age_to));
    if (item->minor) json_object_set_new(o, "child", json_true());
    number_json(o, "said_at", e->said_at);
}

static json_t *said_json(struct showing *l, const struct person_item *item) {
    json_t *said = json_object();
    for (unsigned status = 1; status < PERSON_INFORMATION; status++) {
        if (item->said[status] == 0 || is_hidden(l, item, status)) continue;
        json_t *one = json_pack("{s:i}", "authors", (int)item->said[status]);
        if (l->whole) json_object_set_new(one, "chains", json_integer(chains_of(l, item, status)));
        json_object_set_new(said, person_state_name(status), one);
    }
    return said;
}

static json_t *note_json(struct showing *l, const struct person_item *item, const struct person_step *s,
                         const struct person_note *n) {
    static const char *const names[PERSON_NOTE_TEXTS] = {[PERSON_NOTE_SEEN] = "seen",
                                                         [PERSON_NOTE_HELD] = "held",
                                                         [PERSON_NOTE_TEXT] = "text",
                                                         [PERSON_NOTE_BY] = "by",
                                                         [PERSON_NOTE_OUTSIDE] = "outside"};
    static const char *const places[] = {"counts", "earlier", "tells", "not_self"};
    bool hidden = is_hidden(l, item, s->status);
    json_t *o = json_object();
    json_object_set_new(o, "record", command_hex_json(s->id));
    author_json(l, o, s->author);
    json_object_set_new(o, "created", json_integer((json_int_t)s->created));
    json_object_set_new(o, "status", json_string(person_state_name(hidden ? PERSON_ASK : s->status)));
    json_object_set_new(o, "ground", json_string(person_ground_name(s->ground)));
    json_object_set_new(o, "place", json_string(places[s->place]));
    if (s->self) json_object_set_new(o, "self", json_true());
    if (s->renews) json_object_set_new(o, "renews", json_true());
    number_json(o, "when", n->when);
    number_json(o, "said_at", n->said_at);
    if (n->reached) json_object_set_new(o, "reached", json_boolean(n->reached == 1));
    if (hidden) return o;
    number_json(o, "since", n->held_since);
    for (unsigned i = 0; i < PERSON_NOTE_TEXTS; i++) text_json(o, names[i], &n->text[i]);
    return o;
}

/* ---- For people ---- */

static void text_put(struct showing *l, const struct person_text *text) {
    static char copy[PERSON_TEXT_MAX + 1], safe[4 * PERSON_TEXT_MAX + 1];
    memcpy(copy, text->size > 0 ? text->at : "", text->size);
    copy[text->size] = '\0';
    render_safe(safe, sizeof safe, copy);
    fputs(safe, l->to);
}

/* A line "    word: text"; format is translated. */
static void __attribute__((format(printf, 2, 0)))
line_put(struct showing *l, const char *format, const struct person_text *text) {
    static char copy[PERSON_TEXT_MAX + 1], safe[4 * PERSON_TEXT_MAX + 1];
    if (text->size == 0) return;
    memcpy(copy, text->at, text->size);
    copy[text->size] = '\0';
    render_safe(safe, sizeof safe, copy);
    fprintf(l->to, "%*s", RENDER_INDENT, "");
    fprintf(l->to, format, safe);
    fputc('\n', l->to);
}

static void author_put(struct showing *l, const uint8_t key[KEY_SIZE]) {
    char handle[HANDLE_SIZE], name[4 * MEET_NAME_MAX + 1];
    struct standing s;
    standings_of(l->standings, key, &s);
    person_handle(handle, key);
    render_safe(name, sizeof name, s.name);
    fprintf(l->to, "%s%s%s", handle, name[0] ? " " : "", name);
    if (s.own) fprintf(l->to, " (%s)", lang_text(l->call->out->lang, "you"));
}

/* Sex, age, where from: in one line. */
static void traits_put(struct showing *l, const struct person_item *item, const struct person_entry *e) {
    enum lang lang = l->call->out->lang;
    const char *between = "";
    bool any = e->sex || e->has_age || e->birth_year || item->minor;
    for (unsigned i = PERSON_DISTRICT; i <= PERSON_COUNTRY; i++) any = any || e->text[i].size > 0;
    if (!any) return;
    fprintf(l->to, "%*s", RENDER_INDENT, "");
    if (item->minor) fprintf(l->to, "%s", lang_text(lang, "a child")), between = ", ";
    if (e->sex) fprintf(l->to, "%s%s", between, lang_text(lang, person_sex_words(e->sex))), between = ", ";
    if (e->has_age) {
        fputs(between, l->to);
        fprintf(l->to, lang_text(lang, "age %u"), e->age_from);
        if (e->age_to != e->age_from) fprintf(l->to, "–%u", e->age_to);
        between = ", ";
    }
    if (e->birth_year) {
        fputs(between, l->to);
        fprintf(l->to, lang_text(lang, "born in %u"), e->birth_year);
        between = ", ";
    }
    for (unsigned i = PERSON_DISTRICT; i <= PERSON_COUNTRY; i++) {
        if (e->text[i].size == 0) continue;
        fputs(between, l->to);
        text_put(l, &e->text[i]);
        between = ", ";
    }
    fputc('\n', l->to);
}

static void said_put(struct showing *l, const struct person_item *item) {
    enum lang lang = l->call->out->lang;
    for (unsigned status = 1; status < PERSON_INFORMATION; status++) {
        if (item->said[status] == 0 || is_hidden(l, item, status)) continue;
        fprintf(l->to, "%*s%s: ", RENDER_INDENT, "", lang_text(lang, person_state_words(status)));
        fprintf(l->to, lang_text(lang, "said by %u, separate chains from people you met: %u"), item->said[status],
                chains_of(l, item, status));
        fputc('\n', l->to);
    }
}

static void head_put(struct showing *l, const struct person_item *item, const struct person_entry *e) {
    enum lang lang = l->call->out->lang;
    char hex[HEX_SIZE], when[RENDER_TIME_SIZE];
    sodium_bin2hex(hex, sizeof hex, item->id, SLIP_DIGITS / 2);
    fprintf(l->to, "%s  ", hex);
    if (e) text_put(l, &e->text[PERSON_NAME]);
    fprintf(l->to, "%s[%s]\n", e ? "  " : "", lang_text(lang, person_state_words(item->state)));
    if (!e) return;
    traits_put(l, item, e);
    line_put(l, lang_text(lang, "also called: %s"), &e->text[PERSON_OTHER_NAMES]);
    line_put(l, "%s", &e->text[PERSON_DESCRIPTION]);
    line_put(l, lang_text(lang, "source: %s"), &e->text[PERSON_SOURCE]);
    line_put(l, lang_text(lang, "asked for, or said, by: %s"), &e->text[PERSON_BY]);
    render_time(when, item->created);
    fprintf(l->to, "%*s%s  ", RENDER_INDENT, "", when);
    author_put(l, item->author);
    if (e->self) fprintf(l->to, " (%s)", lang_text(lang, "about themselves"));
    fputs("; ", l->to);
    render_time(when, item->expiry);
    fprintf(l->to, lang_text(lang, "shown until %s"), when);
    fputc('\n', l->to);
}

static void note_put(struct showing *l, const struct person_item *item, const struct person_step *s,
                     const struct person_note *n) {
    enum lang lang = l->call->out->lang;
    char when[RENDER_TIME_SIZE];
    bool hidden = is_hidden(l, item, s->status);
    render_time(when, s->created);
    fprintf(l->to, "%*s%s  ", RENDER_INDENT, "", when);
    author_put(l, s->author);
    if (n->text[PERSON_NOTE_BY].size > 0 && !hidden) {
        fputs(" ← ", l->to);
        text_put(l, &n->text[PERSON_NOTE_BY]);
    }
    fprintf(l->to, ": %s, %s", lang_text(lang, person_state_words(hidden ? PERSON_ASK : s->status)),
            lang_text(lang, person_ground_words(s->ground)));
    if (n->when) {
        render_time(when, n->when);
        fprintf(l->to, ", %s", when);
    }
    if (s->place == PERSON_EARLIER) fprintf(l->to, " (%s)", lang_text(lang, "has said something else since"));
    if (s->place == PERSON_NOT_SELF) fprintf(l->to, " (%s)", lang_text(lang, "is not who wrote the entry"));
    if (s->self && s->place != PERSON_NOT_SELF) fprintf(l->to, " (%s)", lang_text(lang, "says: I am this person"));
    fputc('\n', l->to);
    if (hidden) return;
    line_put(l, lang_text(lang, "  last seen: %s"), &n->text[PERSON_NOTE_SEEN]);
    line_put(l, lang_text(lang, "  held: %s"), &n->text[PERSON_NOTE_HELD]);
    if (n->held_since) {
        const struct person_text since = {when, strlen((render_time(when, n->held_since), when))};
        line_put(l, lang_text(lang, "  held since: %s"), &since);
    }
    line_put(l, "  %s", &n->text[PERSON_NOTE_TEXT]);
}

/* ---- One entry ---- */

/* Each note, the newest last. */
static int notes_show(struct showing *l, const struct person_item *item, json_t *list) {
    struct store_record found;
    struct person_note n;
    for (size_t i = 0; i < item->step_count; i++) {
        const struct person_step *s = step_of(l, item, i);
        if (!l->all && s->place == PERSON_EARLIER) continue;
        int err = store_get_num(l->call->home->store, s->num, l->room, &found);
        if (!err) err = person_note_decode(&n, &found.record);
        if (err == ERR_NOT_FOUND) continue;
        if (err) return err;
        if (list)
            json_array_append_new(list, note_json(l, item, s, &n));
        else
            note_put(l, item, s, &n);
    }
    return 0;
}

static int name_read(struct showing *l, const struct person_item *item, struct person_entry *e) {
    struct store_record found;
    int err = store_get_num(l->call->home->store, item->num, l->room, &found);
    return err ? err : person_entry_decode(e, &found.record);
}

/* The other entries of its set. */
static int linked_show(struct showing *l, const struct person_item *item, json_t *list) {
    char hex[HEX_SIZE];
    struct person_entry e;
    for (size_t i = 0; item->set_size > 1 && i < l->board.item_count; i++) {
        const struct person_item *other = &l->board.items[i];
        if (other->set != item->set || other == item) continue;
        if (list) {
            json_array_append_new(list, command_hex_json(other->id));
            continue;
        }
        int err = name_read(l, other, &e);
        if (err && err != ERR_NOT_FOUND) return err;
        sodium_bin2hex(hex, sizeof hex, other->id, SLIP_DIGITS / 2);
        fprintf(l->to, "%*s%s: %s  ", RENDER_INDENT, "", lang_text(l->call->out->lang, "may be the same person"), hex);
        if (!err && other->state != PERSON_EXPIRED) text_put(l, &e.text[PERSON_NAME]);
        fputc('\n', l->to);
    }
    return 0;
}

static int item_json(struct showing *l, const struct person_item *item, const struct person_entry *e, int percent) {
    struct person_note n;
    json_t *o = json_object(), *linked = json_array(), *notes = l->whole ? json_array() : NULL;
    json_object_set_new(o, "record", command_hex_json(item->id));
    json_object_set_new(o, "state", json_string(person_state_name(item->state)));
    json_object_set_new(o, "expiry", json_integer((json_int_t)item->expiry));
    if (percent >= 0) json_object_set_new(o, "percent", json_integer(percent));
    int err = linked_show(l, item, linked);
    json_object_set_new(o, "linked", linked);
    if (e) {
        author_json(l, o, item->author);
        json_object_set_new(o, "created", json_integer((json_int_t)item->created));
        entry_json(o, item, e);
        json_object_set_new(o, "said", said_json(l, item));
        if (!err && notes) err = notes_show(l, item, notes);
        if (notes) json_object_set(o, "notes", notes);
        if (held_read(l, item, &n)) {
            text_json(o, "held", &n.text[PERSON_NOTE_HELD]);
            number_json(o, "since", n.held_since);
        }
    }
    json_decref(notes);
    char *line = json_dumps(o, JSON_COMPACT);
    json_decref(o);
    if (line) fprintf(l->to, "%s\n", line);
    free(line);
    return err;
}

/* percent: how well a name fits, or -1. Of a placeholder only its id and its time are told. */
static int item_show(struct showing *l, const struct person_item *item, int percent) {
    struct person_entry e;
    static uint8_t own[RECORD_SIZE_MAX]; /* the notes are read into l->room meanwhile */
    struct store_record found;
    bool shown = item->state != PERSON_EXPIRED;
    int err = shown ? store_get_num(l->call->home->store, item->num, own, &found) : 0;
    if (!err && shown) err = person_entry_decode(&e, &found.record);
    if (err) return err == ERR_NOT_FOUND ? 0 : err;
    l->count++;
    if (l->call->out->json) return item_json(l, item, shown ? &e : NULL, percent);
    head_put(l, item, shown ? &e : NULL);
    if (shown && l->whole) {
        said_put(l, item);
        err = notes_show(l, item, NULL);
    }
    return err ? err : linked_show(l, item, NULL);
}

/* ---- Commands ---- */

typedef int (*showing_run)(struct showing *l, void *context);

/* Read a community's register, have run write what is wanted, and let it go out. */
static int register_show(const struct command_call *call, const uint8_t community[HASH_SIZE], bool with_names,
                         showing_run run, void *context, size_t *count) {
    struct showing l = {.call = call, .all = request_option(call->req, "all") != NULL};
    char *text = NULL;
    size_t size = 0;
    l.to = open_memstream(&text, &size);
    l.room = malloc(RECORD_SIZE_MAX);
    int err = l.to && l.room ? 0 : ERR_MEMORY;
    home_enter(call->home);
    if (!err) err = store_freezes_refresh(call->home->store);
    if (!err) err = person_board_read(&l.board, call->home->store, community, call->now, with_names);
    if (!err) err = standings_load(&l.standings, call->home, community, call->now);
    if (!err) err = run(&l, context);
    home_leave(call->home);
    if (l.to) fclose(l.to);
    if (!err) output_write(call->out, OUTPUT_RESULT, text, size);
    *count = l.count;
    person_board_free(&l.board);
    standings_free(l.standings);
    free(l.room);
    free(text);
    return err ? person_failed(call, err) : COMMAND_DONE;
}

static int community_show(const struct command_call *call, bool with_names, showing_run run, void *context,
                          size_t *count) {
    struct store_community *c = malloc(sizeof *c);
    if (!c) return command_failed(call, ERR_MEMORY);
    int status = COMMAND_FAILED;
    if (!lookup_community(call, command_argument(call, 0), c))
        status = register_show(call, c->charter.community, with_names, run, context, count);
    free(c);
    return status;
}

/* ---- The list ---- */

struct line {
    const struct person_item *item;
    char held[PERSON_PLACE_MAX + 1];
};

static int by_age(const void *a, const void *b) {
    const struct person_item *x = ((const struct line *)a)->item, *y = ((const struct line *)b)->item;
    return record_order(x->created, x->id, y->created, y->id);
}

static int by_place(const void *a, const void *b) {
    int order = strcmp(((const struct line *)a)->held, ((const struct line *)b)->held);
    return order ? order : by_age(a, b);
}

/* Whether an entry is wanted; where its person is held goes to *line. */
static bool is_wanted(struct showing *l, struct line *line, unsigned status) {
    const struct request *req = l->call->req;
    struct person_note n;
    line->held[0] = '\0';
    if (line->item->state == PERSON_EXPIRED && !l->all) return false;
    if (status && line->item->state != status) return false;
    if (request_option(req, "mine") && !is_own(l, line->item->author)) return false;
    if (!request_option(req, "held")) return true;
    if (line->item->state == PERSON_EXPIRED || line->item->said[PERSON_DETAINED] == 0) return false;
    if (!held_read(l, line->item, &n)) return true; /* first of all, those of whom nobody knows where */
    memcpy(line->held, n.text[PERSON_NOTE_HELD].at, n.text[PERSON_NOTE_HELD].size);
    line->held[n.text[PERSON_NOTE_HELD].size] = '\0';
    return true;
}

static int list_run(struct showing *l, void *context) {
    unsigned status = *(const unsigned *)context;
    bool places = request_option(l->call->req, "held") != NULL;
    char safe[4 * PERSON_PLACE_MAX + 1];
    size_t count = 0;
    int err = 0;
    struct line *lines = malloc((l->board.item_count + 1) * sizeof *lines);
    if (!lines) return ERR_MEMORY;
    for (size_t i = 0; i < l->board.item_count; i++) {
        lines[count].item = &l->board.items[i];
        count += is_wanted(l, &lines[count], status);
    }
    if (count > 0) qsort(lines, count, sizeof *lines, places ? by_place : by_age);
    for (size_t i = 0; i < count && !err; i++) {
        bool begins = places && (i == 0 || strcmp(lines[i].held, lines[i - 1].held) != 0);
        if (begins && !l->call->out->json) {
            render_safe(safe, sizeof safe, lines[i].held);
            fprintf(l->to, "%s== %s ==\n", i > 0 ? "\n" : "",
                    safe[0] ? safe : lang_text(l->call->out->lang, "where is not known"));
        }
        err = item_show(l, lines[i].item, -1);
    }
    free(lines);
    return err;
}

int command_person_list(const struct command_call *call) {
    const char *name = request_option(call->req, "status");
    unsigned status = name ? person_status_parse(name) : 0;
    size_t count = 0;
    if (name && (!status || status == PERSON_INFORMATION)) {
        output_say(call->out, "there is no status \"%s\" to choose by", name);
        return COMMAND_USAGE;
    }
    int done = community_show(call, false, list_run, &status, &count);
    if (done == COMMAND_DONE && count == 0 && !call->out->json) output_note(call->out, "Nobody is in the list.");
    return done;
}

/* ---- One ---- */

static int show_run(struct showing *l, void *context) {
    const struct person_item *item = person_board_item(&l->board, context);
    l->whole = true;
    return item ? item_show(l, item, -1) : ERR_NOT_FOUND;
}

int command_person_show(const struct command_call *call) {
    uint8_t id[HASH_SIZE], community[HASH_SIZE];
    size_t count;
    if (person_lookup(call, 0, id, community)) return COMMAND_FAILED;
    return register_show(call, community, false, show_run, id, &count);
}

/* ---- Search ---- */

static int find_run(struct showing *l, void *context) {
    const size_t most = *(const size_t *)context;
    size_t places[FIND_MAX];
    uint8_t percents[FIND_MAX];
    int found = person_board_find(&l->board, command_argument(l->call, 1), places, percents, most), err = 0;
    for (int i = 0; i < found && !err; i++) err = item_show(l, &l->board.items[places[i]], percents[i]);
    return found < 0 ? found : err;
}

int command_person_find(const struct command_call *call) {
    uint64_t limit = request_number(call->req, "limit", FIND_DEFAULT);
    size_t most = limit < FIND_MAX ? (size_t)limit : FIND_MAX, count = 0;
    int done = community_show(call, true, find_run, &most, &count);
    if (done == COMMAND_DONE && count == 0 && !call->out->json)
        output_note(call->out, "Nobody with such a name is in the register here. That is no answer: others may know "
                               "more, and it may come later.");
    return done;
}

/* ---- The slip ---- */

/* As many digits of an id as make it the only one, at least SLIP_DIGITS. */
static void case_number(const struct showing *l, const struct person_item *item, char out[HEX_SIZE]) {
    size_t bytes = SLIP_DIGITS / 2;
    for (size_t i = 0; i < l->board.item_count; i++) {
        const uint8_t *other = l->board.items[i].id;
        while (&l->board.items[i] != item && bytes < HASH_SIZE && memcmp(other, item->id, bytes) == 0) bytes++;
    }
    sodium_bin2hex(out, HEX_SIZE, item->id, bytes);
}

static int slip_run(struct showing *l, void *context) {
    const struct command_call *call = l->call;
    const char *where = request_option(call->req, "where");
    char number[HEX_SIZE], when[RENDER_TIME_SIZE];
    struct person_entry e;
    const struct person_item *item = person_board_item(&l->board, context);
    if (!item) return ERR_NOT_FOUND;
    case_number(l, item, number);
    int err = name_read(l, item, &e);
    if (err) return err;
    bool shown = item->state != PERSON_EXPIRED;
    const struct person_text answer = {where ? where : "", where ? strlen(where) : 0};
    if (call->out->json) {
        json_t *o = json_pack("{s:o,s:s}", "record", command_hex_json(item->id), "case", number);
        if (shown) text_json(o, "name", &e.text[PERSON_NAME]);
        text_json(o, "where", &answer);
        char *line = json_dumps(o, JSON_COMPACT);
        json_decref(o);
        if (line) fprintf(l->to, "%s\n", line);
        free(line);
        return 0;
    }
    render_time(when, item->created);
    const struct person_text number_text = {number, strlen(number)}, written = {when, strlen(when)},
                             none = {"________________________", 24};
    fputs("- - - - - - - - - - - - - - - - - - - - - - - - - - - -\n", l->to);
    line_put(l, output_text(call->out, "Case number: %s"), &number_text);
    if (shown) line_put(l, output_text(call->out, "About: %s"), &e.text[PERSON_NAME]);
    line_put(l, output_text(call->out, "Written down: %s"), &written);
    line_put(l, output_text(call->out, "The answer will be: %s"), answer.size > 0 ? &answer : &none);
    fprintf(l->to, "%*s%s\n", RENDER_INDENT, "",
            output_text(call->out, "Keep this slip. Who shows it is told what is known."));
    fputs("- - - - - - - - - - - - - - - - - - - - - - - - - - - -\n", l->to);
    return 0;
}

int command_person_slip(const struct command_call *call) {
    uint8_t id[HASH_SIZE], community[HASH_SIZE];
    size_t count;
    const char *where = request_option(call->req, "where");
    if (where && strlen(where) > PERSON_TEXT_MAX) return person_failed(call, ERR_LIMIT);
    if (person_lookup(call, 0, id, community)) return COMMAND_FAILED;
    return register_show(call, community, false, slip_run, id, &count);
}
