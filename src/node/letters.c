/*
 * letters.c: the letters of one community that are here.
 */
#include "node/letters.h"

#include <stdlib.h>
#include <string.h>

#include "core/base32.h"
#include "core/letter.h"
#include "core/when.h"
#include "node/home_internal.h"

static void setting_name(char out[STORE_NAME_MAX + 1], const uint8_t community[HASH_SIZE]) {
    size_t at = sizeof "letters:" - 1;
    memcpy(out, "letters:", at);
    base32_encode(out + at, community, HASH_SIZE);
    out[at + base32_length(HASH_SIZE)] = '\0';
}

int letters_allow_strangers(struct home *home, const uint8_t community[HASH_SIZE], bool allow) {
    static const uint8_t on = 1;
    char name[STORE_NAME_MAX + 1];
    setting_name(name, community);
    return store_meta_set(home->store, name, allow ? &on : NULL, allow ? sizeof on : 0);
}

/* Return 1 if letters of strangers are switched on, 0, or an error. */
static int strangers_are_allowed(struct home *home, const uint8_t community[HASH_SIZE]) {
    char name[STORE_NAME_MAX + 1];
    uint8_t on;
    setting_name(name, community);
    int size = store_meta_get(home->store, name, &on, sizeof on);
    return size == ERR_NOT_FOUND ? 0 : size < 0 ? size : size > 0;
}

struct gathering {
    struct letters *letters;
    uint64_t now;
};

static int entry_visit(void *context, const struct store_entry *e) {
    struct gathering *g = context;
    struct letters *l = g->letters;
    if (e->kind != KIND_LETTER || e->stub || e->retracted || when_is_ahead(e->created, g->now)) return 0;
    if (l->count == l->room) {
        size_t room = l->room ? 2 * l->room : 64;
        void *more = realloc(l->list, room * sizeof *l->list);
        if (!more) return ERR_MEMORY;
        l->list = more;
        l->room = room;
    }
    struct letter_entry *one = &l->list[l->count++];
    memset(one, 0, sizeof *one);
    one->created = e->created;
    one->num = e->num;
    return 0;
}

static int entry_order(const void *a, const void *b) {
    const struct letter_entry *x = a, *y = b;
    if (x->created != y->created) return x->created < y->created ? -1 : 1;
    return (x->num > y->num) - (x->num < y->num);
}

/* Read whose each is; what can't be read is left out. */
static int entries_read(struct letters *l, struct home *home, struct standings *s) {
    struct store_record found;
    struct letter letter;
    struct standing author;
    uint8_t *room = malloc(RECORD_SIZE_MAX);
    size_t kept = 0;
    int err = room ? 0 : ERR_MEMORY;
    for (size_t i = 0; i < l->count && !err; i++) {
        struct letter_entry *one = &l->list[i];
        err = store_get_num(home->store, one->num, room, &found);
        if (err || letter_decode(&letter, &found.record)) continue;
        standings_of(s, found.record.author, &author);
        one->own = author.own;
        memcpy(one->other, author.own ? letter.to : found.record.author, KEY_SIZE);
        one->held = !author.own && !author.met && !author.name[0];
        l->list[kept++] = *one;
    }
    free(room);
    l->count = kept;
    return err;
}

static int key_order(const void *a, const void *b) {
    return memcmp(a, b, KEY_SIZE);
}

/* To whom the person has written is no stranger: their answer is awaited. */
static int written_to(struct letters *l) {
    size_t count = 0;
    uint8_t(*keys)[KEY_SIZE] = malloc((l->count + 1) * KEY_SIZE);
    if (!keys) return ERR_MEMORY;
    for (size_t i = 0; i < l->count; i++)
        if (l->list[i].own) memcpy(keys[count++], l->list[i].other, KEY_SIZE);
    qsort(keys, count, KEY_SIZE, key_order);
    for (size_t i = 0; i < l->count; i++)
        if (l->list[i].held && bsearch(l->list[i].other, keys, count, KEY_SIZE, key_order)) l->list[i].held = false;
    free(keys);
    return 0;
}

int letters_read(struct letters *out, struct home *home, struct standings *s, uint64_t now) {
    struct gathering g = {.letters = out, .now = now};
    const uint8_t *community = standings_community(s);
    memset(out, 0, sizeof *out);
    int allowed = strangers_are_allowed(home, community);
    int err = allowed < 0 ? allowed : store_scan(home->store, community, entry_visit, &g);
    if (!err) err = entries_read(out, home, s);
    if (!err) err = written_to(out);
    if (err) {
        letters_free(out);
        return err;
    }
    for (size_t i = 0; i < out->count; i++) {
        out->list[i].held = out->list[i].held && !allowed;
        out->held += out->list[i].held;
    }
    if (out->count > 1) qsort(out->list, out->count, sizeof *out->list, entry_order);
    return 0;
}

void letters_free(struct letters *l) {
    free(l->list);
    memset(l, 0, sizeof *l);
}
