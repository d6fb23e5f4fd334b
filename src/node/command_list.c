/*
 * command_list.c: list, show and search messages. What is found is formatted within the store's stretch, a page at a
 * time, and written out after it, so that a slow reader holds nobody up.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/demand.h"
#include "core/persons.h"
#include "core/register.h"
#include "node/command.h"
#include "node/lookup.h"
#include "node/pinned.h"
#include "node/render.h"
#include "node/standing.h"
#include "query/message.h"
#include "query/report.h"

#define PAGE_BYTES (128 * 1024)
#define PAGE_RECORDS 256
#define REPLIES_MAX 10000
#define SEARCH_LIMIT 1000
#define THREAD_MAX 5000 /* messages of a thread that are shown */
#define THREAD_STEPS 8  /* to the right; who answers deeper stands there, too */

/* A page under way. */
struct page {
    const struct command_call *call;
    struct standings **standings; /* of the community of the record before, or NULL; outlives the page */
    FILE *to;
    char *text;
    size_t size;
    uint64_t visited, count; /* count: of those that are shown */
    bool opened;             /* what is set apart is shown, too */
    bool versions;           /* corrections are shown by themselves, too */
    uint8_t *room;           /* RECORD_SIZE_MAX bytes for them */
    const struct pins *pins; /* of the group that is listed, or NULL */
    bool ends;               /* when it is full, else it goes on to its end */
    unsigned depth;          /* of the record in its thread, and one more; 0: it is shown in no thread */
    uint8_t last_id[HASH_SIZE];
    uint64_t last_created;
};

static int page_begin(struct page *p, const struct command_call *call, struct standings **standings, bool ends) {
    memset(p, 0, sizeof *p);
    p->call = call;
    p->standings = standings;
    p->ends = ends;
    p->room = malloc(RECORD_SIZE_MAX);
    p->to = p->room ? open_memstream(&p->text, &p->size) : NULL;
    if (p->to) return 0;
    free(p->room);
    return ERR_MEMORY;
}

static void page_end(struct page *p, bool write) {
    fclose(p->to);
    if (write) output_write(p->call->out, OUTPUT_RESULT, p->text, p->size);
    free(p->text);
    free(p->room);
}

/* What stands beside a record. */
static int beside_read(struct page *p, const struct record *r, struct render_beside *out) {
    struct standings **s = p->standings;
    if (!*s || memcmp(standings_community(*s), r->community, HASH_SIZE) != 0) {
        standings_free(*s);
        int err = standings_load(s, p->call->home, r->community, p->call->now);
        if (err) return err;
    }
    standings_of(*s, r->author, &out->author);
    (void)store_is_apart(p->call->home->store, r, &out->apart);
    out->opened = p->opened;
    out->to = NULL;
    out->pinned = p->pins && pins_have(p->pins, r->id);
    return 0;
}

/* Find what counts instead of a message's words: 1 if *out is that, 0, or an error. */
static int correction_read(struct page *p, const struct store_record *r, struct store_record *out) {
    struct store *store = p->call->home->store;
    return r->retracted || !r->record.body ? 0 : message_correction(store, &r->record, p->call->now, p->room, out);
}

/* In a thread an answer stands under what it answers, a step to the right. */
static void human_put(struct page *p, const struct store_record *r, const struct render_beside *beside) {
    unsigned indent = p->depth == 0 ? 0 : 4 * (p->depth - 1 < THREAD_STEPS ? p->depth - 1 : THREAD_STEPS);
    uint16_t width = p->call->req->width > indent + 20 ? (uint16_t)(p->call->req->width - indent) : 0;
    char *text = NULL;
    size_t size = 0;
    FILE *to = indent > 0 ? open_memstream(&text, &size) : NULL;
    if (!to) {
        render_human(p->to, r, beside, p->call->out->lang, p->call->req->width);
        return;
    }
    render_human(to, r, beside, p->call->out->lang, width);
    fclose(to);
    for (char *line = text, *end; line && *line; line = end) {
        end = strchr(line, '\n');
        end = end ? end + 1 : line + strlen(line);
        fprintf(p->to, "%*s%.*s", *line == '\n' ? 0 : (int)indent, "", (int)(end - line), line);
    }
    free(text);
}

static int page_visit(void *context, const struct store_record *r) {
    struct page *p = context;
    const struct output *out = p->call->out;
    struct render_beside beside;
    struct store_record correction;
    memcpy(p->last_id, r->record.id, HASH_SIZE);
    p->last_created = r->record.created;
    p->visited++;
    if (register_is_kind(r->record.kind)) return 0; /* the outside of what is about the membership */
    bool is_act = r->record.kind == KIND_AID_ACT || r->record.kind == KIND_PIN || person_is_kind(r->record.kind) ||
                  (demand_is_kind(r->record.kind) && (r->record.kind != KIND_DEMAND || r->record.ref_count > 0)) ||
                  r->record.kind == KIND_REPORT_WORD;
    if (is_act && !p->versions)
        return 0; /* longear aid, demands, person, reports, the mark of what is pinned tell what comes of it */
    if (r->record.kind == KIND_REPORT && r->record.body && !p->versions) {
        int holds = report_holds(p->call->home->store, &r->record, p->call->now);
        if (holds <= 0) return holds; /* longear reports --all shows what does not hold any more */
    }
    int inside = p->versions ? 0 : message_is_inside(p->call->home->store, &r->record, NULL);
    if (inside) return inside < 0 ? inside : 0;
    int err = beside_read(p, &r->record, &beside), corrected = err ? err : correction_read(p, r, &correction);
    if (corrected < 0) return corrected;
    beside.correction = corrected ? &correction : NULL;
    if (out->json) {
        json_t *o = render_json(r);
        if (o) render_beside_json(o, r, &beside);
        if (o && p->depth > 0) json_object_set_new(o, "depth", json_integer(p->depth - 1));
        char *line = o ? json_dumps(o, JSON_COMPACT) : NULL;
        json_decref(o);
        if (!line) return ERR_MEMORY;
        fputs(line, p->to);
        fputc('\n', p->to);
        free(line);
    } else {
        human_put(p, r, &beside);
    }
    p->count++;
    return p->ends && (p->count >= PAGE_RECORDS || ftell(p->to) > PAGE_BYTES) ? 1 : 0;
}

/* List one page; *again tells whether there may be more. */
static int list_page(const struct command_call *call, struct standings **standings, const struct pins *pins,
                     struct store_query *query, uint8_t after[HASH_SIZE], uint64_t *left, bool *again) {
    struct page p;
    int err = page_begin(&p, call, standings, true);
    if (err) return err;
    query->limit = *left < PAGE_RECORDS ? (uint32_t)*left : PAGE_RECORDS;
    p.opened = p.versions = query->retracted;
    p.pins = pins;
    home_enter(call->home);
    err = store_freezes_refresh(call->home->store);
    if (!err) err = store_list(call->home->store, query, page_visit, &p);
    home_leave(call->home);
    *again = err > 0 || p.visited == query->limit;
    if (err > 0) err = 0;
    page_end(&p, !err);
    *left -= p.count;
    memcpy(after, p.last_id, HASH_SIZE);
    query->after_id = after;
    query->after_created = p.last_created;
    return err;
}

/* What is pinned for all, the newest pin first. */
static int pinned_list(const struct command_call *call, struct standings **standings, const struct pins *pins,
                       uint64_t *left) {
    struct store_record found;
    struct page p;
    uint8_t *room = malloc(RECORD_SIZE_MAX);
    int err = room ? page_begin(&p, call, standings, false) : ERR_MEMORY;
    if (err) {
        free(room);
        return err;
    }
    p.pins = pins;
    home_enter(call->home);
    for (size_t i = 0; i<pins->count && * left> 0 && !err; i++) {
        bool again = false; /* by another coordinator, before */
        for (size_t k = 0; k < i; k++)
            again |= memcmp(pins->list[k].targets[0], pins->list[i].targets[0], HASH_SIZE) == 0;
        if (again || store_get(call->home->store, pins->list[i].targets[0], room, &found) != 0 || found.retracted)
            continue;
        err = page_visit(&p, &found);
        (*left)--;
    }
    home_leave(call->home);
    page_end(&p, !err);
    free(room);
    return err;
}

int command_list(const struct command_call *call) {
    uint8_t after[HASH_SIZE];
    uint64_t limit = request_number(call->req, "limit", UINT64_MAX), left = limit;
    bool again = true;
    int err = 0;
    struct store_community *c = malloc(sizeof *c);
    if (!c) return command_failed(call, ERR_MEMORY);
    if (lookup_community(call, command_argument(call, 0), c)) {
        free(c);
        return COMMAND_FAILED;
    }
    struct store_query query = {.community = c->charter.community,
                                .now = call->now,
                                .since = request_number(call->req, "since", 0),
                                .newest_first = request_option(call->req, "newest") != NULL,
                                .retracted = request_option(call->req, "all") != NULL};
    struct standings *standings = NULL;
    struct pins pins = {0};
    home_enter(call->home);
    err = store_freezes_refresh(call->home->store);
    if (!err) err = pinned_read(&pins, call->home, &c->charter, call->now);
    home_leave(call->home);
    if (!err && request_option(call->req, "pinned")) {
        err = pinned_list(call, &standings, &pins, &left);
        again = false;
    }
    while (!err && again && left > 0 && !output_stopped(call->out))
        err = list_page(call, &standings, &pins, &query, after, &left, &again);
    pins_free(&pins);
    if (!err && left == limit && limit > 0 && !call->out->json) output_note(call->out, "No messages.");
    standings_free(standings);
    free(c);
    return err ? command_failed(call, err) : COMMAND_DONE;
}

/* ---- Threads ---- */

/* A message that is still to be shown, and how deep it stands. */
struct thread_entry {
    uint8_t id[HASH_SIZE];
    unsigned depth;
};

/* The way through a thread: what is next lies on top. */
struct thread {
    struct thread_entry *list;
    size_t count, room, seen;
    unsigned depth; /* of what is pushed */
};

static int thread_push(struct thread *t, const uint8_t id[HASH_SIZE]) {
    if (t->seen == THREAD_MAX) return 0;
    if (t->count == t->room) {
        size_t room = t->room ? 2 * t->room : 64;
        struct thread_entry *more = realloc(t->list, room * sizeof *more);
        if (!more) return ERR_MEMORY;
        t->list = more;
        t->room = room;
    }
    t->seen++;
    memcpy(t->list[t->count].id, id, HASH_SIZE);
    t->list[t->count++].depth = t->depth;
    return 0;
}

static int thread_visit(void *context, const struct store_record *r) {
    return r->record.kind == KIND_TEXT ? thread_push(context, r->record.id) : 0;
}

/* Push the answers to a message, the oldest on top. */
static int thread_answers(struct thread *t, const struct command_call *call, const struct thread_entry *of) {
    size_t first = t->count;
    t->depth = of->depth + 1;
    int err = store_replies(call->home->store, of->id, call->now, 0, thread_visit, t);
    for (size_t i = first, last = t->count; !err && i + 1 < last; i++, last--) {
        struct thread_entry swapped = t->list[i];
        t->list[i] = t->list[last - 1];
        t->list[last - 1] = swapped;
    }
    return err;
}

/* Go up to where the thread begins, as far as it is here and was not taken back. A reply names what was there before it:
 * this ends. */
static int thread_begin(const struct command_call *call, uint8_t id[HASH_SIZE], uint8_t *room) {
    struct store_record found;
    const uint8_t *before;
    int err = store_get(call->home->store, id, room, &found);
    while (!err && (before = record_ref(&found.record, REF_REPLY))) {
        uint8_t up[HASH_SIZE];
        memcpy(up, before, HASH_SIZE);
        if (store_get(call->home->store, up, room, &found) || found.retracted) return 0;
        memcpy(id, up, HASH_SIZE);
    }
    return err;
}

static int thread_show(struct page *p, uint8_t id[HASH_SIZE], uint8_t *room) {
    struct thread t = {.list = NULL};
    struct store_record found;
    int err = store_freezes_refresh(p->call->home->store);
    if (!err) err = thread_begin(p->call, id, room);
    if (!err) err = thread_push(&t, id);
    while (!err && t.count > 0) {
        struct thread_entry one = t.list[--t.count];
        err = store_get(p->call->home->store, one.id, room, &found);
        p->depth = one.depth + 1;
        if (!err) err = page_visit(p, &found);
        if (err == ERR_NOT_FOUND) err = 0; /* it went meanwhile; the answers to it are there */
        if (!err) err = thread_answers(&t, p->call, &one);
    }
    free(t.list);
    return err;
}

int command_thread(const struct command_call *call) {
    struct page p;
    uint8_t id[HASH_SIZE];
    struct standings *standings = NULL;
    if (lookup_record(call, command_argument(call, 0), id)) return COMMAND_FAILED;
    uint8_t *room = malloc(RECORD_SIZE_MAX);
    int err = room ? page_begin(&p, call, &standings, false) : ERR_MEMORY;
    if (!err) {
        home_enter(call->home);
        err = thread_show(&p, id, room);
        home_leave(call->home);
        page_end(&p, !err);
    }
    standings_free(standings);
    free(room);
    return err < 0 ? command_failed(call, err) : COMMAND_DONE;
}

int command_show(const struct command_call *call) {
    struct page p;
    struct store_record record;
    uint8_t id[HASH_SIZE];
    if (lookup_record(call, command_argument(call, 0), id)) return COMMAND_FAILED;
    struct standings *standings = NULL;
    uint8_t *room = malloc(RECORD_SIZE_MAX);
    int err = room ? page_begin(&p, call, &standings, false) : ERR_MEMORY;
    if (err) {
        free(room);
        return command_failed(call, err);
    }
    home_enter(call->home);
    p.opened = p.versions = true;
    err = store_freezes_refresh(call->home->store);
    if (!err) err = store_get(call->home->store, id, room, &record);
    if (!err) err = page_visit(&p, &record);
    if (!err) err = store_replies(call->home->store, id, call->now, REPLIES_MAX, page_visit, &p);
    home_leave(call->home);
    page_end(&p, !err);
    standings_free(standings);
    free(room);
    return err < 0 ? command_failed(call, err) : COMMAND_DONE;
}

int command_search(const struct command_call *call) {
    struct page p;
    struct standings *standings = NULL;
    const char *name = request_option(call->req, "community");
    struct store_community *c = malloc(sizeof *c);
    if (!c) return command_failed(call, ERR_MEMORY);
    if (name && lookup_community(call, name, c)) {
        free(c);
        return COMMAND_FAILED;
    }
    int err = command_index(call);
    if (!err) err = page_begin(&p, call, &standings, false);
    if (err) goto err0;
    p.versions = true; /* they may be what has the words */
    home_enter(call->home);
    err = store_freezes_refresh(call->home->store);
    if (!err)
        err = store_search(call->home->store, name ? c->charter.community : NULL, command_argument(call, 0), call->now,
                           (uint32_t)request_number(call->req, "limit", SEARCH_LIMIT), page_visit, &p);
    home_leave(call->home);
    if (!err && p.count == 0 && !call->out->json) output_note(call->out, "Nothing found.");
    page_end(&p, err >= 0);
err0:
    standings_free(standings);
    free(c);
    return err < 0 ? command_failed(call, err) : COMMAND_DONE;
}
