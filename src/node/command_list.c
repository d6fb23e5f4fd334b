/*
 * command_list.c: list, show and search messages. What is found is formatted within the store's stretch, a page at a
 * time, and written out after it, so that a slow reader holds nobody up.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/persons.h"
#include "core/register.h"
#include "node/command.h"
#include "node/lookup.h"
#include "node/pinned.h"
#include "node/render.h"
#include "node/standing.h"
#include "query/message.h"

#define PAGE_BYTES (128 * 1024)
#define PAGE_RECORDS 256
#define REPLIES_MAX 10000
#define SEARCH_LIMIT 1000

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
                  r->record.kind == KIND_REPORT_WORD ||
                  (r->record.kind == KIND_REPORT && record_ref(&r->record, REF_CORRECTS));
    if (is_act && !p->versions)
        return 0; /* longear aid, person, reports, the mark of what is pinned tell what comes of it */
    int inside = p->versions ? 0 : message_is_inside(p->call->home->store, &r->record, NULL);
    if (inside) return inside < 0 ? inside : 0;
    int err = beside_read(p, &r->record, &beside), corrected = err ? err : correction_read(p, r, &correction);
    if (corrected < 0) return corrected;
    beside.correction = corrected ? &correction : NULL;
    if (out->json) {
        json_t *o = render_json(r);
        if (o) render_beside_json(o, r, &beside);
        char *line = o ? json_dumps(o, JSON_COMPACT) : NULL;
        json_decref(o);
        if (!line) return ERR_MEMORY;
        fputs(line, p->to);
        fputc('\n', p->to);
        free(line);
    } else {
        render_human(p->to, r, &beside, out->lang, p->call->req->width);
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
