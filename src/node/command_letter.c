/*
 * command_letter.c: write to one member of a closed group, and read such letters.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/letter.h"
#include "node/command.h"
#include "node/compose.h"
#include "node/letters.h"
#include "node/lookup.h"
#include "node/render.h"
#include "store/freezes.h"

/* ---- Writing ---- */

static int letter_failed(const struct command_call *call, const struct letter *letter, int err) {
    switch (err) {
    case ERR_LIMIT:
        output_say(call->out, "a letter has at most %d bytes; this one has %zu", LETTER_TEXT_MAX, letter->size);
        return COMMAND_FAILED;
    case ERR_FIELD: output_say(call->out, "the letter is empty"); return COMMAND_FAILED;
    case ERR_NOT_FOUND:
        output_say(call->out, "they are no member of this group, so a letter would not reach them");
        return COMMAND_FAILED;
    case ERR_CHARTER:
        output_say(call->out,
                   "you are no member of this group, or the news of it has not come yet: longear member list %s",
                   command_argument(call, 0));
        return COMMAND_FAILED;
    case ERR_COMMUNITY:
        output_say(call->out, "this group came in a parcel and you have not joined it; to write in it: longear join %s",
                   command_argument(call, 0));
        return COMMAND_FAILED;
    default: return command_failed(call, err);
    }
}

struct writing {
    const struct letter *letter;
    uint64_t now;
};

/* compose_make */
static int writing_make(void *context, struct author *a, const uint8_t salt[RECORD_SALT_SIZE],
                        uint8_t room[RECORD_SIZE_MAX], struct record *out) {
    const struct writing *w = context;
    return letter_make(a, w->letter, w->now, salt, room, out);
}

/* Have the record to reply to. Says what is wrong. */
static int reply_find(const struct command_call *call, const uint8_t community[HASH_SIZE], uint8_t id[HASH_SIZE]) {
    struct store_record found;
    int err = lookup_record(call, request_option(call->req, "reply"), id);
    if (err) return err;
    uint8_t *room = malloc(RECORD_SIZE_MAX);
    home_enter(call->home);
    err = room ? store_get(call->home->store, id, room, &found) : ERR_MEMORY;
    home_leave(call->home);
    bool elsewhere = !err && memcmp(found.record.community, community, HASH_SIZE) != 0;
    free(room);
    if (err) return (void)command_failed(call, err), err;
    if (elsewhere) output_say(call->out, "the message to reply to belongs to another group");
    return elsewhere ? ERR_NOT_FOUND : 0;
}

/* Find out to whom it goes. Says what is wrong. */
static int recipient_find(const struct command_call *call, const struct charter *charter, uint8_t to[KEY_SIZE]) {
    struct member member;
    if (charter_is_public(charter)) {
        output_say(call->out, "in an open group everybody could read it; letters to one person go in closed groups "
                              "only");
        return ERR_CHARTER;
    }
    int err = lookup_person(call, charter->community, command_argument(call, 1), to);
    if (err) return err;
    home_member(call->home, charter, false, &member);
    sodium_memzero(member.secret, sizeof member.secret);
    if (memcmp(member.key, to, KEY_SIZE) != 0) return 0;
    output_say(call->out, "this is your own key");
    return ERR_FIELD;
}

int command_letter(const struct command_call *call) {
    uint8_t reply[HASH_SIZE];
    char hex[HEX_SIZE];
    int status = COMMAND_FAILED;
    struct record record;
    struct letter letter = {.text = command_argument(call, 2)};
    struct writing w = {&letter, call->now};
    struct store_community *c = malloc(sizeof *c);
    if (!c) return command_failed(call, ERR_MEMORY);
    if (lookup_community(call, command_argument(call, 0), c) || recipient_find(call, &c->charter, letter.to)) goto err0;
    letter.size = strlen(letter.text);
    if (request_option(call->req, "reply")) {
        if (reply_find(call, c->charter.community, reply)) goto err0;
        letter.reply = reply;
    }
    home_enter(call->home);
    int err = compose_made(call->home, c->charter.community, false, writing_make, &w, &record);
    home_leave(call->home);
    if (err) {
        status = letter_failed(call, &letter, err);
        goto err0;
    }
    command_hex(hex, record.id, HASH_SIZE);
    output_json(call->out, json_pack("{s:s,s:o}", "record", hex, "to", command_hex_json(letter.to)));
    output_print(call->out, "%s\n", hex);
    status = COMMAND_DONE;
err0:
    free(c);
    return status;
}

/* ---- Reading ---- */

#define PAGE_BYTES (128 * 1024)

/* What is shown of one group. */
struct reading {
    const struct command_call *call;
    struct standings *standings;
    struct letters letters;
    size_t at;
    bool all; /* what is held back, too */
    uint8_t *room;
};

/* Write one letter. The caller has entered the home. */
static int letter_show(struct reading *r, const struct letter_entry *e, FILE *to) {
    const struct command_call *call = r->call;
    struct store_record found;
    struct standing other;
    struct render_beside beside = {.to = NULL};
    static const int gone = 0;
    int err = store_get_num(call->home->store, e->num, r->room, &found);
    if (err) return err == ERR_NOT_FOUND ? gone : err;
    standings_of(r->standings, e->other, &other);
    standings_of(r->standings, found.record.author, &beside.author);
    if (e->own) beside.to = &other;
    (void)store_is_apart(call->home->store, &found.record, &beside.apart);
    if (!call->out->json) {
        render_human(to, &found, &beside, call->out->lang, call->req->width);
        return 0;
    }
    json_t *o = render_json(&found);
    if (o) render_beside_json(o, &found, &beside);
    if (o && e->own) json_object_set_new(o, "own", json_true());
    if (o && !e->own && !other.met && !other.name[0]) json_object_set_new(o, "stranger", json_true());
    char *line = o ? json_dumps(o, JSON_COMPACT) : NULL;
    json_decref(o);
    if (!line) return ERR_MEMORY;
    fprintf(to, "%s\n", line);
    free(line);
    return 0;
}

/* Write as many as fit a page, so that a slow reader holds nobody up. */
static int page_show(struct reading *r) {
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    if (!to) return ERR_MEMORY;
    home_enter(r->call->home);
    int err = store_freezes_refresh(r->call->home->store);
    while (!err && r->at < r->letters.count && ftell(to) < PAGE_BYTES) {
        const struct letter_entry *e = &r->letters.list[r->at++];
        if (r->all || !e->held) err = letter_show(r, e, to);
    }
    home_leave(r->call->home);
    fclose(to);
    if (!err) output_write(r->call->out, OUTPUT_RESULT, text, size);
    free(text);
    return err;
}

static int group_show(const struct command_call *call, const uint8_t community[HASH_SIZE], uint64_t *shown,
                      uint64_t *held) {
    struct reading r = {.call = call, .all = request_option(call->req, "strangers") != NULL};
    r.room = malloc(RECORD_SIZE_MAX);
    home_enter(call->home);
    int err = r.room ? standings_load(&r.standings, call->home, community, call->now) : ERR_MEMORY;
    if (!err) err = letters_read(&r.letters, call->home, r.standings, call->now);
    home_leave(call->home);
    while (!err && r.at < r.letters.count && !output_stopped(call->out)) err = page_show(&r);
    uint64_t left_out = r.all ? 0 : r.letters.held;
    if (!err && left_out > 0)
        output_json(call->out,
                    json_pack("{s:o,s:I}", "community", command_hex_json(community), "held", (json_int_t)left_out));
    *shown += r.letters.count - left_out;
    *held += left_out;
    letters_free(&r.letters);
    standings_free(r.standings);
    free(r.room);
    return err;
}

/* The closed groups that the person joined. */
struct groups {
    uint8_t (*ids)[HASH_SIZE];
    size_t count;
};

static int group_visit(void *context, const struct store_community *c) {
    struct groups *g = context;
    if (!c->joined || charter_is_public(&c->charter)) return 0;
    void *more = realloc(g->ids, (g->count + 1) * HASH_SIZE);
    if (!more) return ERR_MEMORY;
    g->ids = more;
    memcpy(g->ids[g->count++], c->charter.community, HASH_SIZE);
    return 0;
}

static int groups_find(const struct command_call *call, struct groups *out) {
    if (call->req->argument_count == 0) {
        home_enter(call->home);
        int err = store_community_each(call->home->store, call->now, group_visit, out);
        home_leave(call->home);
        return err ? (void)command_failed(call, err), err : 0;
    }
    struct store_community *c = malloc(sizeof *c);
    int err = c ? lookup_community(call, command_argument(call, 0), c) : ERR_MEMORY;
    if (!err && group_visit(out, c)) err = ERR_MEMORY;
    free(c);
    if (!err && out->count == 0) {
        output_say(call->out, "letters go in closed groups only, and this is none that you joined");
        err = ERR_COMMUNITY;
    }
    return err;
}

/* The switch. */
static int strangers_set(const struct command_call *call, const struct groups *g, const char *word) {
    bool yes = strcmp(word, "yes") == 0;
    if (!yes && strcmp(word, "no") != 0) {
        output_say(call->out, "--from-strangers is yes or no");
        return COMMAND_USAGE;
    }
    if (call->req->argument_count == 0) {
        output_say(call->out, "say for which group: longear letters COMMUNITY --from-strangers yes|no");
        return COMMAND_USAGE;
    }
    home_enter(call->home);
    int err = letters_allow_strangers(call->home, g->ids[0], yes);
    home_leave(call->home);
    if (err) return command_failed(call, err);
    output_json(call->out,
                json_pack("{s:o,s:b}", "community", command_hex_json(g->ids[0]), "from_strangers", (int)yes));
    if (yes)
        output_print(call->out, "Letters of this group's members are shown, whoever they are.\n");
    else
        output_print(call->out, "Letters of people whom you have neither met nor named are held back in this group.\n");
    return COMMAND_DONE;
}

int command_letters(const struct command_call *call) {
    struct groups g = {.count = 0};
    const char *word = request_option(call->req, "from-strangers");
    int status = COMMAND_FAILED, err = groups_find(call, &g);
    uint64_t shown = 0, held = 0;
    if (err) goto err0;
    if (word) {
        status = strangers_set(call, &g, word);
        goto err0;
    }
    for (size_t i = 0; i < g.count && !err; i++) err = group_show(call, g.ids[i], &shown, &held);
    status = err ? command_failed(call, err) : COMMAND_DONE;
    if (err || call->out->json) goto err0;
    if (shown == 0) output_note(call->out, "No letters.");
    if (held > 0)
        output_note(call->out,
                    "Held back, from people whom you have neither met nor named: %llu. To see them: longear letters "
                    "--strangers",
                    (unsigned long long)held);
err0:
    free(g.ids);
    return status;
}
