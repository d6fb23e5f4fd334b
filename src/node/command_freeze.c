/*
 * command_freeze.c: cards for the day on which a phone is in other hands; freezing a key, ending that, and what is
 * frozen (core/freeze.h).
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "closed/closed.h"
#include "core/crypto.h"
#include "core/freeze.h"
#include "host/file.h"
#include "node/command.h"
#include "node/compose.h"
#include "node/lookup.h"
#include "node/poster.h"
#include "node/qr.h"
#include "node/render.h"
#include "node/standing.h"
#include "node/web/html.h"
#include "store/freezes.h"

#define FRIENDS_DEFAULT 2
#define LATEST 8 /* messages to choose the last trusted one from */

_Static_assert(CARD_COMMITMENTS_MAX == 16, "a sentence says 15 friends, and there is an answer card");

/* ---- Cards ---- */

struct cards {
    size_t count; /* the last one is the answer */
    struct card list[CARD_COMMITMENTS_MAX];
    char lines[CARD_COMMITMENTS_MAX][CARD_CHARS_MAX + 1];
    uint8_t commitments[CARD_COMMITMENTS_MAX][HASH_SIZE];
    uint64_t now;
};

static int by_bytes(const void *a, const void *b) {
    return memcmp(a, b, HASH_SIZE);
}

/* compose_make: draw the cards of this author. Which of them is the answer is not to be read from their order. */
static int cards_make(void *context, struct author *a, const uint8_t salt[RECORD_SALT_SIZE],
                      uint8_t room[RECORD_SIZE_MAX], struct record *out) {
    struct cards *c = context;
    uint8_t card_key[KEY_SIZE], secret[SECRET_SIZE];
    for (size_t i = 0; i < c->count; i++) {
        struct card *one = &c->list[i];
        one->purpose = i + 1 < c->count ? CARD_FREEZE : CARD_ANSWER;
        memcpy(one->community, a->charter->community, HASH_SIZE);
        memcpy(one->key, a->member.key, KEY_SIZE);
        randombytes_buf(one->seed, sizeof one->seed);
        crypto_keypair(card_key, secret, one->seed);
        card_commitment(c->commitments[i], one->purpose, one->community, one->key, card_key);
        int length = card_encode(one, c->lines[i]);
        if (length < 0) return length;
    }
    crypto_wipe(secret, sizeof secret);
    qsort(c->commitments, c->count, HASH_SIZE, by_bytes);
    struct card_commitments published = {.count = c->count, .list = c->commitments[0]};
    return card_record_make(a, &published, c->now, salt, room, out);
}

/* The sheet to print and cut, written to the file that the command was given. */
static int sheet_write(const struct command_call *call, const struct cards *c) {
    struct html h;
    char *page = NULL;
    size_t size = 0;
    poster_begin(&h);
    for (size_t i = 0; i < c->count; i++) {
        char handle[HANDLE_SIZE];
        person_handle(handle, c->list[i].key);
        poster_card(&h, c->lines[i], handle, c->list[i].purpose == CARD_ANSWER);
    }
    html_raw(&h, "</body></html>\n");
    int err = html_take(&h, &page, &size);
    html_free(&h);
    if (!err) err = file_write(call->req->files[0], (const uint8_t *)page, size);
    if (page) sodium_memzero(page, size);
    free(page);
    return err;
}

static int cards_tell(const struct command_call *call, const struct cards *c) {
    char upper[CARD_CHARS_MAX + 1], file[RENDER_TITLE_SIZE];
    bool draw = request_option(call->req, "qr") && !call->out->json;
    if (call->req->file_count > 0) {
        int err = sheet_write(call, c);
        if (err) return err;
        render_safe(file, sizeof file, command_argument(call, 1));
        output_json(call->out, json_pack("{s:i,s:i}", "freeze_cards", (int)c->count - 1, "answer_cards", 1));
        output_print(call->out, "%s: print it, cut it, and delete the file.\n", file);
        return 0;
    }
    for (size_t i = 0; i < c->count; i++) {
        bool answer = c->list[i].purpose == CARD_ANSWER;
        for (size_t k = 0; k <= CARD_CHARS_MAX && (k == 0 || upper[k - 1]); k++)
            upper[k] =
                (char)(c->lines[i][k] >= 'a' && c->lines[i][k] <= 'z' ? c->lines[i][k] - 'a' + 'A' : c->lines[i][k]);
        output_json(call->out, json_pack("{s:s,s:s}", "purpose", answer ? "answer" : "freeze", "card", c->lines[i]));
        if (answer)
            output_print(call->out, "The answer card, for a safe place away from the phone:\n");
        else
            output_print(call->out, "For a friend:\n");
        int err = draw ? qr_draw(call->out, upper, call->req->out_terminal) : 0;
        if (err) return err;
        output_print(call->out, "%s\n", c->lines[i]);
    }
    sodium_memzero(upper, sizeof upper);
    return 0;
}

int command_card(const struct command_call *call) {
    int status = COMMAND_FAILED;
    struct record record;
    uint64_t friends = request_number(call->req, "friends", FRIENDS_DEFAULT);
    struct store_community *c = malloc(sizeof *c);
    struct cards *cards = calloc(1, sizeof *cards);
    if (!c || !cards) {
        status = command_failed(call, ERR_MEMORY);
        goto err0;
    }
    if (friends >= CARD_COMMITMENTS_MAX) {
        output_say(call->out, "at most 15 friends get a card at once");
        goto err0;
    }
    if (lookup_community(call, command_argument(call, 0), c)) goto err0;
    cards->count = (size_t)friends + 1;
    cards->now = call->now;
    home_enter(call->home);
    int err = compose_made(call->home, c->charter.community, false, cards_make, cards, &record);
    home_leave(call->home);
    if (!err) err = cards_tell(call, cards);
    status = err ? command_failed(call, err) : COMMAND_DONE;
err0:
    if (cards) sodium_memzero(cards, sizeof *cards);
    free(cards);
    free(c);
    return status;
}

/* ---- Whom it is about ---- */

struct whom {
    struct store_community group;
    uint8_t key[KEY_SIZE];
    bool has_card;
    struct card card;
};

/* Read GROUP PERSON or CARD. Says what is wrong. */
static int whom_read(const struct command_call *call, uint8_t purpose, struct whom *w) {
    const char *text = command_argument(call, 0);
    if (call->req->argument_count > 1) {
        int err = lookup_community(call, text, &w->group);
        return err ? err : lookup_person(call, w->group.charter.community, command_argument(call, 1), w->key);
    }
    int err = card_decode(&w->card, text, strlen(text));
    if (err) {
        (void)command_failed(call, err);
        return err;
    }
    w->has_card = true;
    memcpy(w->key, w->card.key, KEY_SIZE);
    if (w->card.purpose != purpose) {
        if (purpose == CARD_FREEZE)
            output_say(call->out, "this is an answer card: it goes with  longear unfreeze");
        else
            output_say(call->out, "this is a card that freezes: it goes with  longear freeze");
        return ERR_FIELD;
    }
    home_enter(call->home);
    err = store_community_get(call->home->store, w->card.community, call->now, &w->group);
    home_leave(call->home);
    if (err == ERR_NOT_FOUND || err == ERR_COMMUNITY)
        output_say(call->out, "this card is for a group that is not here; join the group first");
    else if (err)
        (void)command_failed(call, err);
    return err;
}

static void whom_free(struct whom *w) {
    if (w) sodium_memzero(w, sizeof *w);
    free(w);
}

/* ---- Freezing ---- */

struct latest {
    const uint8_t *author;
    unsigned count;
    struct {
        uint8_t id[HASH_SIZE];
        uint64_t created;
        char text[RENDER_EXCERPT_SIZE];
    } list[LATEST];
};

static int latest_visit(void *context, const struct store_record *r) {
    struct latest *l = context;
    if (memcmp(r->record.author, l->author, KEY_SIZE) != 0) return 0;
    memcpy(l->list[l->count].id, r->record.id, HASH_SIZE);
    l->list[l->count].created = r->record.created;
    render_excerpt(l->list[l->count].text, sizeof l->list[l->count].text, r);
    return ++l->count == LATEST;
}

/* Ask for the last message that is surely theirs. */
static void last_ask(const struct command_call *call, const struct whom *w) {
    char hex[HEX_SIZE], when[RENDER_TIME_SIZE];
    struct latest *l = calloc(1, sizeof *l);
    struct store_query query = {.community = w->group.charter.community, .now = call->now, .newest_first = true};
    if (!l) return;
    l->author = w->key;
    home_enter(call->home);
    int err = store_list(call->home->store, &query, latest_visit, l);
    home_leave(call->home);
    output_say(call->out, "which message is the last that they surely wrote themselves? Give it with --last; or "
                          "--nothing, if none is to be trusted. Their latest ones:");
    for (unsigned i = 0; err >= 0 && i < l->count; i++) {
        command_hex(hex, l->list[i].id, 4);
        render_time(when, l->list[i].created);
        output_note(call->out, "  %s  %s  %s", hex, when, l->list[i].text);
    }
    free(l);
}

/* Read --last or --nothing. Says what is wrong. */
static int last_read(const struct command_call *call, const struct whom *w, struct freeze_last *last) {
    struct store_record found;
    const char *prefix = request_option(call->req, "last");
    if (!prefix) {
        last_ask(call, w);
        return ERR_USAGE;
    }
    int err = lookup_record(call, prefix, last->id);
    if (err) return err;
    uint8_t *room = malloc(RECORD_SIZE_MAX);
    home_enter(call->home);
    err = room ? store_get(call->home->store, last->id, room, &found) : ERR_MEMORY;
    home_leave(call->home);
    if (err) {
        (void)command_failed(call, err);
    } else if (memcmp(found.record.author, w->key, KEY_SIZE) != 0 ||
               memcmp(found.record.community, w->group.charter.community, HASH_SIZE) != 0) {
        output_say(call->out, "that message is somebody else's");
        err = ERR_FIELD;
    } else {
        last->seq = found.record.seq;
    }
    free(room);
    return err;
}

struct acting {
    struct freeze_write write;
    const struct freeze_last *last;
    const uint8_t *targets;
    size_t target_count;
};

/* compose_make */
static int acting_make(void *context, struct author *a, const uint8_t salt[RECORD_SALT_SIZE],
                       uint8_t room[RECORD_SIZE_MAX], struct record *out) {
    struct acting *acting = context;
    acting->write.author = a;
    acting->write.salt = salt;
    acting->write.room = room;
    acting->write.out = out;
    return acting->targets ? freeze_lift(&acting->write, acting->targets, acting->target_count)
                           : freeze_make(&acting->write, acting->last);
}

/* What the freezes of one key come to. */
struct outcome {
    const uint8_t *id;  /* of the freeze that is asked about; NULL: any */
    const uint8_t *key; /* whose freezes */
    unsigned state;     /* of that freeze */
    unsigned stand;     /* how many are in effect */
    unsigned asked;     /* different people who ask without a card */
    uint8_t last_asker[KEY_SIZE];
    size_t target_count; /* that could be lifted */
    uint8_t targets[RECORD_REFS_MAX][HASH_SIZE];
};

static int outcome_visit(void *context, const struct freeze_act *a) {
    struct outcome *o = context;
    if (memcmp(a->key, o->key, KEY_SIZE) != 0) return 0;
    if (o->id && memcmp(a->id, o->id, HASH_SIZE) == 0) o->state = a->state;
    o->stand += a->state == FREEZE_STANDS;
    o->asked += a->state == FREEZE_WAITS && memcmp(a->author, o->last_asker, KEY_SIZE) != 0;
    memcpy(o->last_asker, a->author, KEY_SIZE);
    if ((a->state == FREEZE_STANDS || a->state == FREEZE_WAITS) && o->target_count < RECORD_REFS_MAX)
        memcpy(o->targets[o->target_count++], a->id, HASH_SIZE);
    return 0;
}

/* The caller has entered the home. */
static int outcome_read(const struct command_call *call, const uint8_t community[HASH_SIZE], struct outcome *o) {
    int err = store_freezes_refresh(call->home->store);
    if (!err) err = store_freezes_each(call->home->store, community, outcome_visit, o);
    qsort(o->targets, o->target_count, HASH_SIZE, by_bytes);
    return err;
}

static const char *state_name(unsigned state) {
    static const char *const names[] = {"void", "waits", "stands", "lifted"};
    return names[state];
}

static void frozen_tell(const struct command_call *call, const struct record *r, const struct outcome *o) {
    char handle[HANDLE_SIZE];
    person_handle(handle, o->key);
    output_json(call->out, json_pack("{s:o,s:o,s:s}", "freeze", command_hex_json(r->id), "key",
                                     command_hex_json(o->key), "state", state_name(o->state)));
    switch (o->state) {
    case FREEZE_STANDS:
        output_print(
            call->out,
            "What %s wrote after that is set apart, here and wherever this arrives. Your name stands beside it.\n",
            handle);
        break;
    case FREEZE_WAITS:
        output_print(call->out, "Signed. It takes more people who ask for it; so far: %u\n", o->asked);
        break;
    default:
        output_print(call->out,
                     "Signed, but it has no effect as things stand here: without a card of theirs only coordinators "
                     "freeze, and a card counts if it was made before that message.\n");
    }
}

int command_freeze(const struct command_call *call) {
    int status = COMMAND_FAILED;
    struct freeze_last last;
    struct record record;
    uint8_t terms[RECORD_REFS_MAX * HASH_SIZE];
    struct whom *w = calloc(1, sizeof *w);
    struct outcome *o = calloc(1, sizeof *o);
    if (!w || !o) {
        status = command_failed(call, ERR_MEMORY);
        goto err0;
    }
    bool nothing = request_option(call->req, "nothing") != NULL;
    if (whom_read(call, CARD_FREEZE, w)) goto err0;
    if (nothing && w->has_card) {
        output_say(call->out, "a card freezes at a message that is trusted: the card itself was made before it");
        goto err0;
    }
    if (!nothing && last_read(call, w, &last)) goto err0;
    struct acting acting = {
        .write = {.created = call->now, .key = w->key, .card = w->has_card ? &w->card : NULL, .terms = terms},
        .last = nothing ? NULL : &last};
    struct closed *closed;
    home_enter(call->home);
    int err = nothing ? 0 : home_closed(call->home, &closed);
    if (!err && !nothing)
        err = closed_trusted_terms(closed, w->group.charter.community, w->key, &last, terms, &acting.write.term_count);
    if (!err) err = compose_made(call->home, w->group.charter.community, false, acting_make, &acting, &record);
    o->id = record.id;
    o->key = w->key;
    bool own = err == ERR_FIELD; /* all else was looked at before */
    if (!err) err = outcome_read(call, w->group.charter.community, o);
    home_leave(call->home);
    if (own)
        output_say(call->out, "this is your own key");
    else if (err)
        status = command_failed(call, err);
    else
        frozen_tell(call, &record, o);
    if (!err) status = COMMAND_DONE;
err0:
    free(o);
    whom_free(w);
    return status;
}

int command_unfreeze(const struct command_call *call) {
    int status = COMMAND_FAILED;
    struct record record;
    char handle[HANDLE_SIZE];
    struct whom *w = calloc(1, sizeof *w);
    struct outcome *before = calloc(1, sizeof *before), *after = calloc(1, sizeof *after);
    if (!w || !before || !after) {
        status = command_failed(call, ERR_MEMORY);
        goto err0;
    }
    if (whom_read(call, CARD_ANSWER, w)) goto err0;
    const uint8_t *community = w->group.charter.community;
    before->key = after->key = w->key;
    struct acting acting = {.write = {.created = call->now, .key = w->key, .card = w->has_card ? &w->card : NULL}};
    home_enter(call->home);
    int err = outcome_read(call, community, before);
    if (!err && before->target_count > 0) {
        acting.targets = before->targets[0];
        acting.target_count = before->target_count;
        err = compose_made(call->home, community, false, acting_make, &acting, &record);
        if (!err) err = outcome_read(call, community, after);
    }
    home_leave(call->home);
    if (err) {
        status = command_failed(call, err);
        goto err0;
    }
    if (before->target_count == 0) {
        output_say(call->out, "nothing asks to freeze that key here; see:  longear freezes");
        goto err0;
    }
    person_handle(handle, w->key);
    output_json(call->out, json_pack("{s:o,s:o,s:i}", "lift", command_hex_json(record.id), "key",
                                     command_hex_json(w->key), "stand", (int)after->stand));
    if (after->stand > 0)
        output_print(call->out,
                     "Signed. %s stays frozen until one more who may say so does the same: a coordinator, or whoever "
                     "froze with a card.\n",
                     handle);
    else
        output_print(call->out, "%s is not frozen.\n", handle);
    status = COMMAND_DONE;
err0:
    free(after);
    free(before);
    whom_free(w);
    return status;
}

/* ---- What is frozen ---- */

static int act_print(void *context, const struct freeze_act *a) {
    const struct command_call *call = context;
    char handle[HANDLE_SIZE], by[HANDLE_SIZE], last[HEX_SIZE];
    person_handle(handle, a->key);
    person_handle(by, a->author);
    command_hex(last, a->last.id, 4);
    json_t *o =
        json_pack("{s:o,s:o,s:s,s:o,s:s,s:s}", "freeze", command_hex_json(a->id), "key", command_hex_json(a->key),
                  "handle", handle, "by", command_hex_json(a->author), "by_handle", by, "state", state_name(a->state));
    if (o && a->has_last) json_object_set_new(o, "last", command_hex_json(a->last.id));
    if (o && a->by_card) json_object_set_new(o, "card", json_true());
    if (o && a->answered) json_object_set_new(o, "answered", json_true());
    output_json(call->out, o);
    const char *word = a->state == FREEZE_WAITS    ? output_text(call->out, "waits for more people")
                       : a->state == FREEZE_STANDS ? output_text(call->out, "in effect")
                                                   : output_text(call->out, "ended");
    if (a->has_last)
        output_print(call->out, "%s  after %s: the phone may be in other hands, says %s (%s)\n", handle, last, by,
                     word);
    else
        output_print(call->out, "%s  wholly: the phone may be in other hands, says %s (%s)\n", handle, by, word);
    if (a->answered) output_print(call->out, "    answered with a card: somebody says that all is well\n");
    return 0;
}

int command_freezes(const struct command_call *call) {
    struct store_community *c = malloc(sizeof *c);
    if (!c) return command_failed(call, ERR_MEMORY);
    int err = lookup_community(call, command_argument(call, 0), c);
    if (err) {
        free(c);
        return COMMAND_FAILED;
    }
    home_enter(call->home);
    err = store_freezes_refresh(call->home->store);
    if (!err) err = store_freezes_each(call->home->store, c->charter.community, act_print, (void *)call);
    home_leave(call->home);
    free(c);
    return err ? command_failed(call, err) : COMMAND_DONE;
}
