/*
 * lookup.c: find what a person named.
 */
#include "node/lookup.h"

#include <stdlib.h>
#include <string.h>

#include "closed/closed.h"
#include "core/utf8.h"
#include "node/people.h"
#include "node/render.h"
#include "view/fold.h"

#define FOLD_MAX 512

struct candidate {
    uint8_t id[HASH_SIZE];
    char title[CHARTER_TITLE_MAX + 1];
    uint64_t records;
    bool joined;
};

/* How well a community fits the name, best first. */
enum fit { FIT_ID, FIT_TITLE, FIT_TITLE_JOINED, FIT_FOLDED, FIT_FOLDED_JOINED, FIT_COUNT };

struct search {
    const char *name;
    uint8_t prefix[HASH_SIZE];
    unsigned nibbles;
    char folded[FOLD_MAX];
    size_t folded_size; /* 0 if the name has no letters, or is too long to be a title */
    unsigned fits[FIT_COUNT];
    uint8_t fit_id[FIT_COUNT][HASH_SIZE]; /* the last one that fits so */
    unsigned known;
    struct candidate candidates[LOOKUP_CANDIDATES_MAX]; /* those that fit in any way */
    unsigned candidate_count;
    struct candidate others[LOOKUP_CANDIDATES_MAX];
    unsigned other_count;
};

unsigned lookup_hex(const char *text, uint8_t out[HASH_SIZE]) {
    unsigned count = 0;
    memset(out, 0, HASH_SIZE);
    for (; text[count]; count++) {
        char c = text[count];
        int value = c >= '0' && c <= '9'                     ? c - '0'
                    : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
                                                             : -1;
        if (value < 0 || count >= 2 * HASH_SIZE) return 0;
        out[count / 2] |= (uint8_t)(count % 2 ? value : value << 4);
    }
    return count;
}

bool lookup_begins(const uint8_t id[HASH_SIZE], const uint8_t prefix[HASH_SIZE], unsigned nibbles) {
    if (memcmp(id, prefix, nibbles / 2) != 0) return false;
    return nibbles % 2 == 0 || (id[nibbles / 2] & 0xf0) == prefix[nibbles / 2];
}

/* Titles are compared as people type them: without regard to case, marks and what stands between the words. */
static bool folded_equal(const struct search *s, const char *title) {
    char folded[CHARTER_TITLE_MAX];
    size_t size = fold_text(folded, title, utf8_length(title, sizeof folded));
    return size > 0 && size == s->folded_size && memcmp(folded, s->folded, size) == 0;
}

static void fit_add(struct search *s, enum fit fit, const uint8_t id[HASH_SIZE]) {
    s->fits[fit]++;
    memcpy(s->fit_id[fit], id, HASH_SIZE);
}

static int community_visit(void *context, const struct store_community *c) {
    struct search *s = context;
    const uint8_t *id = c->charter.community;
    bool by_id = s->nibbles >= LOOKUP_PREFIX_MIN && lookup_begins(id, s->prefix, s->nibbles);
    bool exact = strcmp(s->name, c->charter.title) == 0, folded = exact || folded_equal(s, c->charter.title);
    s->known++;
    if (by_id) fit_add(s, FIT_ID, id);
    if (exact) fit_add(s, FIT_TITLE, id);
    if (exact && c->joined) fit_add(s, FIT_TITLE_JOINED, id);
    if (folded) fit_add(s, FIT_FOLDED, id);
    if (folded && c->joined) fit_add(s, FIT_FOLDED_JOINED, id);
    bool fits = by_id || folded;
    unsigned *count = fits ? &s->candidate_count : &s->other_count;
    struct candidate *list = fits ? s->candidates : s->others;
    if (*count < LOOKUP_CANDIDATES_MAX) {
        struct candidate *add = &list[(*count)++];
        memcpy(add->id, id, HASH_SIZE);
        memcpy(add->title, c->charter.title, sizeof add->title);
        add->records = c->records;
        add->joined = c->joined;
    }
    return 0;
}

/* Decide which community is meant; NULL if none or more than one. */
static const uint8_t *search_decide(const struct search *s) {
    if (s->fits[FIT_ID] > 0) {
        /* A title that looks like the beginning of another one's id is not guessed at; a whole id is always that id. */
        bool title_differs =
            s->fits[FIT_TITLE] > 0 &&
            (s->fits[FIT_TITLE] > 1 || memcmp(s->fit_id[FIT_ID], s->fit_id[FIT_TITLE], HASH_SIZE) != 0);
        return s->fits[FIT_ID] == 1 && (!title_differs || s->nibbles == 2 * HASH_SIZE) ? s->fit_id[FIT_ID] : NULL;
    }
    for (enum fit fit = FIT_TITLE; fit < FIT_COUNT; fit += 2) {
        if (s->fits[fit] == 1) return s->fit_id[fit];
        if (s->fits[fit + 1] == 1) return s->fit_id[fit + 1];
        if (s->fits[fit] > 0) return NULL;
    }
    return NULL;
}

static void candidates_say(const struct command_call *call, const struct candidate *list, unsigned count) {
    char hex[HEX_SIZE], title[RENDER_TITLE_SIZE];
    for (unsigned i = 0; i < count; i++) {
        command_hex(hex, list[i].id, 8);
        render_safe(title, sizeof title, list[i].title);
        output_note(call->out, "  %s  %s (messages: %llu)", hex, title, (unsigned long long)list[i].records);
    }
}

static void search_say(const struct command_call *call, const struct search *s) {
    char name[RENDER_TITLE_SIZE];
    render_safe(name, sizeof name, s->name);
    if (s->candidate_count > 0) {
        output_say(call->out, "more than one group fits \"%s\"; name it by more of its id:", name);
        candidates_say(call, s->candidates, s->candidate_count);
    } else if (s->known == 0) {
        output_say(call->out,
                   "no group is called \"%s\"; there is none here yet: found one with `longear community new`, or join "
                   "one with `longear join`",
                   name);
    } else {
        output_say(call->out, "no group is called \"%s\"; there are:", name);
        candidates_say(call, s->others, s->other_count);
        if (s->known > s->other_count)
            output_note(call->out, "  … and %u more: `longear community list`", s->known - s->other_count);
    }
}

int lookup_community(const struct command_call *call, const char *name, struct store_community *out) {
    struct search *s = calloc(1, sizeof *s);
    if (!s) return ERR_MEMORY;
    s->name = name;
    s->nibbles = lookup_hex(name, s->prefix);
    size_t name_size = strlen(name);
    s->folded_size = name_size <= sizeof s->folded ? fold_text(s->folded, name, name_size) : 0;
    home_enter(call->home);
    int err = store_community_each(call->home->store, call->now, community_visit, s);
    const uint8_t *id = err ? NULL : search_decide(s);
    if (id) err = store_community_get(call->home->store, id, call->now, out);
    home_leave(call->home);
    if (err) {
        (void)command_failed(call, err);
    } else if (!id) {
        search_say(call, s);
        err = s->candidate_count > 0 ? ERR_AMBIGUOUS : ERR_NOT_FOUND;
    }
    free(s);
    return err;
}

struct found {
    unsigned count;
    struct found_record {
        uint8_t id[HASH_SIZE];
        uint64_t created;
        char text[RENDER_EXCERPT_SIZE];
    } records[LOOKUP_CANDIDATES_MAX];
};

static int record_visit(void *context, const struct store_record *r) {
    struct found *f = context;
    struct found_record *add = &f->records[f->count++];
    memcpy(add->id, r->record.id, HASH_SIZE);
    add->created = r->record.created;
    render_excerpt(add->text, sizeof add->text, r);
    return f->count == LOOKUP_CANDIDATES_MAX ? 1 : 0;
}

int lookup_record(const struct command_call *call, const char *prefix, uint8_t id[HASH_SIZE]) {
    char hex[HEX_SIZE], when[RENDER_TIME_SIZE], safe[RENDER_TITLE_SIZE];
    unsigned nibbles = lookup_hex(prefix, id);
    render_safe(safe, sizeof safe, prefix);
    if (nibbles < LOOKUP_PREFIX_MIN) {
        output_say(call->out, "\"%s\" names no message: give its id, or at least the first %d hex digits of it", safe,
                   LOOKUP_PREFIX_MIN);
        return ERR_NOT_FOUND;
    }
    struct found *f = calloc(1, sizeof *f);
    if (!f) return ERR_MEMORY;
    home_enter(call->home);
    int err = store_find(call->home->store, id, nibbles, LOOKUP_CANDIDATES_MAX, record_visit, f);
    if (err >= 0 && f->count == 0 && nibbles == 2 * HASH_SIZE) {
        int seen = store_has(call->home->store, id); /* one that was taken back is found by its whole id only */
        if (seen == STORE_HELD || seen == STORE_STUB) {
            memcpy(f->records[0].id, id, HASH_SIZE);
            f->count = 1;
        }
    }
    home_leave(call->home);
    if (err < 0) {
        (void)command_failed(call, err);
    } else if (f->count == 1) {
        memcpy(id, f->records[0].id, HASH_SIZE);
        err = 0;
    } else if (f->count == 0) {
        output_say(call->out, "no message here has an id that begins with \"%s\"", safe);
        err = ERR_NOT_FOUND;
    } else {
        output_say(call->out, "more than one message fits \"%s\"; give more digits:", safe);
        for (unsigned i = 0; i < f->count; i++) {
            command_hex(hex, f->records[i].id, 8);
            render_time(when, f->records[i].created);
            output_note(call->out, "  %s  %s  %s", hex, when, f->records[i].text);
        }
        err = ERR_AMBIGUOUS;
    }
    free(f);
    return err;
}

/* ---- People ---- */

struct person_search {
    const uint8_t *community;
    const char *text;
    uint8_t prefix[HASH_SIZE];
    unsigned nibbles;
    uint8_t found[LOOKUP_CANDIDATES_MAX][KEY_SIZE];
    unsigned count;
};

/* Note a key if it fits, once. name: what it is called here, or "". */
static void person_try(struct person_search *s, const uint8_t key[KEY_SIZE], const char *name) {
    char handle[HANDLE_SIZE];
    person_handle(handle, key);
    bool fits = (s->nibbles >= LOOKUP_PREFIX_MIN && lookup_begins(key, s->prefix, s->nibbles)) ||
                strcmp(s->text + (s->text[0] == '~'), handle) == 0 || (name[0] && strcmp(s->text, name) == 0);
    for (unsigned i = 0; i < s->count && fits; i++) fits = memcmp(s->found[i], key, KEY_SIZE) != 0;
    if (fits && s->count < LOOKUP_CANDIDATES_MAX) memcpy(s->found[s->count++], key, KEY_SIZE);
}

static int author_visit(void *context, const struct store_arrival *a) {
    struct person_search *s = context;
    if (!a->sealed && memcmp(a->community, s->community, HASH_SIZE) == 0) person_try(s, a->author, "");
    return 0;
}

/* Of a closed community, its members, too: those of whom nothing has come yet. */
static int members_try(struct home *home, struct person_search *s) {
    struct closed *closed;
    int err = home_closed(home, &closed);
    if (err || !closed_has(closed, s->community)) return err;
    struct closed_view *v = malloc(sizeof *v);
    err = v ? closed_look(closed, s->community, v) : ERR_MEMORY;
    for (size_t i = 0; !err && v->members && i < v->members->entry_count; i++)
        if (v->members->entries[i].status == MEMBERS_MEMBER) person_try(s, v->members->entries[i].key, "");
    free(v);
    return err;
}

static int person_search(struct home *home, struct person_search *s) {
    struct store *store = home->store;
    struct people *p = malloc(sizeof *p);
    int err = p ? people_load(p, store, s->community) : ERR_MEMORY;
    if (!err) err = members_try(home, s);
    for (size_t i = 0; i < (err ? 0 : p->count); i++) person_try(s, p->list[i].key, p->list[i].name);
    free(p);
    return err ? err : store_arrived_after(store, 0, 0, author_visit, s);
}

int lookup_person(const struct command_call *call, const uint8_t community[HASH_SIZE], const char *text,
                  uint8_t key[KEY_SIZE]) {
    char hex[HEX_SIZE], handle[HANDLE_SIZE], safe[RENDER_TITLE_SIZE];
    struct person_search *s = calloc(1, sizeof *s);
    if (!s) return ERR_MEMORY;
    s->community = community;
    s->text = text;
    s->nibbles = lookup_hex(text, s->prefix);
    render_safe(safe, sizeof safe, text);
    home_enter(call->home);
    int err = person_search(call->home, s);
    home_leave(call->home);
    if (err < 0) {
        (void)command_failed(call, err);
    } else if (s->count == 1) {
        memcpy(key, s->found[0], KEY_SIZE);
        err = 0;
    } else if (s->count == 0) {
        output_say(call->out,
                   "nobody in this group is \"%s\": name somebody by your own name for them, by the syllables "
                   "beside their messages, or by the beginning of their key",
                   safe);
        err = ERR_NOT_FOUND;
    } else {
        output_say(call->out, "more than one person fits \"%s\"; give more of the key:", safe);
        for (unsigned i = 0; i < s->count; i++) {
            command_hex(hex, s->found[i], KEY_SIZE);
            person_handle(handle, s->found[i]);
            output_note(call->out, "  %s  %s", hex, handle);
        }
        err = ERR_AMBIGUOUS;
    }
    free(s);
    return err;
}
