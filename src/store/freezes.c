/*
 * freezes.c: the freezes of each community in memory, and their effect on retractions.
 *
 * Read anew, the records of a community are gone through twice: once for cards, freezes and lifts, once for all records
 * of the keys that somebody asks to freeze.
 */
#include "store/freezes.h"

#include <stdlib.h>
#include <string.h>

#include "store/store_ops.h"

#define META "store_frozen" /* the ids of communities with freezes, one behind the other */
#define COMMUNITIES_MAX 1024

struct taken_back {
    uint8_t author[KEY_SIZE], id[HASH_SIZE], target[HASH_SIZE];
    uint64_t seq;
};

struct frozen {
    uint8_t community[HASH_SIZE];
    bool known, folded;
    uint64_t version;
    bool told;         /* who is eligible: of closed communities */
    uint8_t *eligible; /* eligible_count keys */
    size_t eligible_count;
    struct charter charter;
    size_t act_count, act_room, link_count, link_room, back_count, back_room;
    struct freeze_act *acts;
    struct freeze_link *links;
    struct taken_back *backs;
};

struct freezes {
    bool loaded;
    size_t count;
    struct frozen list[COMMUNITIES_MAX];
};

static int room_for_one(void **list, size_t count, size_t *room, size_t size) {
    if (count < *room) return 0;
    size_t more = *room ? 2 * *room : 64;
    void *grown = realloc(*list, more * size);
    if (!grown) return ERR_MEMORY;
    *list = grown;
    *room = more;
    return 0;
}

static void frozen_clear(struct frozen *f) {
    free(f->acts);
    free(f->links);
    free(f->backs);
    f->acts = NULL;
    f->links = NULL;
    f->backs = NULL;
    f->act_count = f->act_room = f->link_count = f->link_room = f->back_count = f->back_room = 0;
    f->known = f->folded = false;
}

static void changed(struct store *s, struct frozen *f) {
    f->folded = false;
    f->version = ++s->freeze_changes;
}

void freezes_end(struct store *s) {
    if (!s->freezes) return;
    for (size_t i = 0; i < s->freezes->count; i++) {
        frozen_clear(&s->freezes->list[i]);
        free(s->freezes->list[i].eligible);
    }
    free(s->freezes);
    s->freezes = NULL;
}

static struct frozen *frozen_find(const struct freezes *z, const uint8_t community[HASH_SIZE]) {
    for (size_t i = 0; z && i < z->count; i++)
        if (memcmp(z->list[i].community, community, HASH_SIZE) == 0) return (struct frozen *)&z->list[i];
    return NULL;
}

/* Have the list of communities. */
static int load(struct store *s) {
    if (s->freezes && s->freezes->loaded) return 0;
    if (!s->freezes) s->freezes = calloc(1, sizeof *s->freezes);
    uint8_t *ids = malloc((size_t)COMMUNITIES_MAX * HASH_SIZE);
    int got = s->freezes && ids ? s->ops->meta_get(s, META, ids, (size_t)COMMUNITIES_MAX * HASH_SIZE) : ERR_MEMORY;
    for (int i = 0; i + HASH_SIZE <= got; i += HASH_SIZE) {
        struct frozen *f = &s->freezes->list[s->freezes->count++];
        memcpy(f->community, ids + i, HASH_SIZE);
        changed(s, f);
    }
    if (got >= 0 || got == ERR_NOT_FOUND) s->freezes->loaded = true;
    free(ids);
    return got < 0 && got != ERR_NOT_FOUND ? got : 0;
}

int freezes_mark(struct store *s, const struct record *r) {
    int err = load(s);
    if (err || frozen_find(s->freezes, r->community) || s->freezes->count == COMMUNITIES_MAX) return err;
    uint8_t *ids = malloc((s->freezes->count + 1) * HASH_SIZE);
    if (!ids) return ERR_MEMORY;
    for (size_t i = 0; i < s->freezes->count; i++)
        memcpy(ids + i * HASH_SIZE, s->freezes->list[i].community, HASH_SIZE);
    memcpy(ids + s->freezes->count * HASH_SIZE, r->community, HASH_SIZE);
    err = s->ops->meta_set(s, META, ids, (s->freezes->count + 1) * HASH_SIZE);
    free(ids);
    if (!err) {
        struct frozen *f = &s->freezes->list[s->freezes->count++];
        memcpy(f->community, r->community, HASH_SIZE);
        changed(s, f);
    }
    return err;
}

/* Tell whether somebody asks to freeze a key. The acts are in order. */
static bool is_asked(const struct frozen *f, const uint8_t key[KEY_SIZE]) {
    size_t low = 0, high = f->act_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(f->acts[middle].key, key, KEY_SIZE) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < f->act_count && memcmp(f->acts[low].key, key, KEY_SIZE) == 0; low++)
        if (f->acts[low].type == FREEZE_ASK) return true;
    return false;
}

/* Keep the place of a record of a key that is asked for, and what it takes back. Letters have no place. */
static int link_add(struct frozen *f, const struct record *r) {
    if (r->kind == KIND_LETTER) return 0;
    int err = room_for_one((void **)&f->links, f->link_count, &f->link_room, sizeof *f->links);
    if (err) return err;
    struct freeze_link *l = &f->links[f->link_count++];
    *l = (struct freeze_link){.seq = r->seq};
    memcpy(l->author, r->author, KEY_SIZE);
    memcpy(l->id, r->id, HASH_SIZE);
    memcpy(l->prev, r->prev, PREV_SIZE);
    const uint8_t *target = store_retraction_target(r);
    if (!target) return 0;
    err = room_for_one((void **)&f->backs, f->back_count, &f->back_room, sizeof *f->backs);
    if (err) return err;
    struct taken_back *b = &f->backs[f->back_count++];
    b->seq = r->seq;
    memcpy(b->author, r->author, KEY_SIZE);
    memcpy(b->id, r->id, HASH_SIZE);
    memcpy(b->target, target, HASH_SIZE);
    return 0;
}

void freezes_note(struct store *s, const struct record *r) {
    struct frozen *f = frozen_find(s->freezes, r->community);
    if (!f || !f->known) return;
    if (freeze_is_kind(r->kind)) {
        frozen_clear(f); /* whom it is about may be new */
        changed(s, f);
    } else if (is_asked(f, r->author)) {
        if (link_add(f, r)) frozen_clear(f);
        changed(s, f);
    }
}

/* ---- Reading a community ---- */

struct reading {
    struct store *s;
    struct frozen *f;
    int64_t *nums;
    size_t count, room;
    int err;
};

static int act_num(void *context, const struct store_entry *e) {
    struct reading *r = context;
    if (!freeze_is_kind(e->kind) || e->stub) return 0;
    r->err = room_for_one((void **)&r->nums, r->count, &r->room, sizeof *r->nums);
    if (!r->err) r->nums[r->count++] = e->num;
    return r->err;
}

static int link_visit(void *context, const struct store_record *r) {
    struct reading *reading = context;
    return is_asked(reading->f, r->record.author) ? link_add(reading->f, &r->record) : 0;
}

static int by_act(const void *a, const void *b) {
    return freeze_act_order(a, b);
}

static int by_link(const void *a, const void *b) {
    return freeze_link_order(a, b);
}

static bool is_eligible(const struct frozen *f, const uint8_t key[KEY_SIZE]) {
    if (charter_is_public(&f->charter)) return charter_is_coordinator(&f->charter, key);
    for (size_t i = 0; i < f->eligible_count; i++)
        if (memcmp(f->eligible + i * KEY_SIZE, key, KEY_SIZE) == 0) return true;
    return false;
}

/* A freeze or a lift that nobody has to look at stays out. */
static int act_add(struct frozen *f, const struct record *r) {
    int err = room_for_one((void **)&f->acts, f->act_count, &f->act_room, sizeof *f->acts);
    if (err) return err;
    struct freeze_act *a = &f->acts[f->act_count];
    if (freeze_act_decode(a, r)) return 0;
    a->eligible = is_eligible(f, r->author);
    f->act_count += a->type != FREEZE_ASK || a->eligible || a->has_card;
    return 0;
}

static int acts_read(struct reading *r, uint8_t *room) {
    struct store_record record;
    int err = r->s->ops->scan(r->s, r->f->community, act_num, r);
    for (size_t i = 0; i < r->count && err >= 0; i++) {
        err = r->s->ops->get_num(r->s, r->nums[i], room, &record);
        if (!err) err = act_add(r->f, &record.record);
        if (err == ERR_NOT_FOUND) err = 0;
    }
    return r->err ? r->err : err < 0 ? err : 0;
}

static int frozen_read(struct store *s, struct frozen *f) {
    struct reading r = {.s = s, .f = f};
    struct store_query all = {.community = f->community, .now = TIME_MAX, .retracted = true};
    uint8_t *room = malloc(RECORD_SIZE_MAX);
    struct store_community *c = malloc(sizeof *c);
    int err = room && c ? s->ops->community_get(s, f->community, 0, c) : ERR_MEMORY;
    if (!err) {
        f->charter = c->charter;
        err = acts_read(&r, room);
    }
    if (f->act_count > 0) qsort(f->acts, f->act_count, sizeof *f->acts, by_act);
    bool any = false;
    for (size_t i = 0; i < f->act_count; i++) any |= f->acts[i].type == FREEZE_ASK;
    if (!err && any) err = s->ops->list(s, &all, link_visit, &r);
    f->known = !err;
    if (err) frozen_clear(f);
    free(r.nums);
    free(c);
    free(room);
    return err;
}

/* ---- The effect ---- */

static const struct freeze_link *link_of(const struct frozen *f, const uint8_t author[KEY_SIZE], uint64_t seq,
                                         const uint8_t id[HASH_SIZE]) {
    struct freeze_link want = {.seq = seq};
    if (!f || !f->folded || f->link_count == 0) return NULL;
    memcpy(want.author, author, KEY_SIZE);
    memcpy(want.id, id, HASH_SIZE);
    return bsearch(&want, f->links, f->link_count, sizeof *f->links, by_link);
}

static bool takes_back(const struct frozen *f, const struct taken_back *b) {
    const struct freeze_link *l = link_of(f, b->author, b->seq, b->id);
    return !l || l->place == FREEZE_TRUSTED;
}

static int by_target(const void *a, const void *b) {
    const struct taken_back *one = a, *other = b;
    int order = memcmp(one->author, other->author, KEY_SIZE);
    return order ? order : memcmp(one->target, other->target, HASH_SIZE);
}

static int effect(struct store *s, const struct frozen *f) {
    size_t end;
    if (f->back_count > 0) qsort(f->backs, f->back_count, sizeof *f->backs, by_target);
    for (size_t i = 0; i < f->back_count; i = end) {
        bool hidden = false;
        for (end = i; end < f->back_count && by_target(&f->backs[i], &f->backs[end]) == 0; end++)
            hidden |= takes_back(f, &f->backs[end]);
        int err = s->ops->hide(s, f->backs[i].target, f->community, f->backs[i].author, hidden);
        if (err && err != ERR_NOT_FOUND) return err;
    }
    return 0;
}

static int refresh_one(struct store *s, struct frozen *f) {
    int err = f->known ? 0 : frozen_read(s, f);
    if (err || f->folded || (!charter_is_public(&f->charter) && !f->told)) return err;
    if (f->link_count > 0) qsort(f->links, f->link_count, sizeof *f->links, by_link);
    freeze_fold(f->community, f->charter.freeze_need, f->acts, f->act_count, f->links, f->link_count);
    f->folded = true;
    return effect(s, f);
}

int store_freezes_refresh(struct store *s) {
    int err = load(s);
    for (size_t i = 0; i < (s->freezes ? s->freezes->count : 0) && !err; i++) {
        struct frozen *f = &s->freezes->list[i];
        if (f->known && f->folded) continue;
        bool own = !s->open;
        if (own) err = store_begin(s);
        if (!err) err = refresh_one(s, f);
        if (err) f->folded = false;
        if (own && err) store_rollback(s);
        if (own && !err) err = store_commit(s);
        if (err == ERR_COMMUNITY || err == ERR_NOT_FOUND) err = 0; /* it is gone */
    }
    return err;
}

int store_freezes_version(struct store *s, const uint8_t community[HASH_SIZE], uint64_t *out) {
    int err = load(s);
    const struct frozen *f = err ? NULL : frozen_find(s->freezes, community);
    *out = f ? f->version : 0;
    return err;
}

int store_freezes_eligible(struct store *s, const uint8_t community[HASH_SIZE], const uint8_t *keys, size_t count) {
    int err = load(s);
    struct frozen *f = err ? NULL : frozen_find(s->freezes, community);
    if (!f) return err;
    uint8_t *copy = malloc(count * KEY_SIZE + 1);
    if (!copy) return ERR_MEMORY;
    if (count > 0) memcpy(copy, keys, count * KEY_SIZE);
    bool same =
        f->told && f->eligible_count == count && (count == 0 || memcmp(copy, f->eligible, count * KEY_SIZE) == 0);
    free(f->eligible);
    f->eligible = copy;
    f->eligible_count = count;
    f->told = true;
    if (!same) {
        frozen_clear(f); /* other acts are looked at */
        changed(s, f);
    }
    return 0;
}

bool store_is_apart(const struct store *s, const struct record *r, struct store_apart *out) {
    const struct frozen *f = frozen_find(s->freezes, r->community);
    const struct freeze_link *l = r->form == RECORD_FORM_PLAIN ? link_of(f, r->author, r->seq, r->id) : NULL;
    *out = (struct store_apart){0};
    /* A letter stands in no chain: nothing tells on which side of the last trusted record it was written. */
    out->place = l ? l->place : r->kind == KIND_LETTER ? FREEZE_UNPLACED : FREEZE_TRUSTED;
    for (size_t i = 0; f && f->folded && out->place != FREEZE_TRUSTED && i < f->act_count; i++) {
        const struct freeze_act *a = &f->acts[i];
        if (a->type != FREEZE_ASK || a->state != FREEZE_STANDS || memcmp(a->key, r->author, KEY_SIZE) != 0) continue;
        out->answered |= a->answered;
        bool again = out->asker_count == STORE_ASKERS_MAX;
        for (unsigned n = 0; n < out->asker_count; n++) again |= memcmp(out->askers[n], a->author, KEY_SIZE) == 0;
        if (!again) memcpy(out->askers[out->asker_count++], a->author, KEY_SIZE);
    }
    if (!l && out->asker_count == 0) out->place = FREEZE_TRUSTED;
    return out->place != FREEZE_TRUSTED;
}

int store_freezes_each(const struct store *s, const uint8_t community[HASH_SIZE],
                       int (*visit)(void *context, const struct freeze_act *act), void *context) {
    const struct frozen *f = frozen_find(s->freezes, community);
    int stop = 0;
    for (size_t i = 0; f && f->folded && i < f->act_count && stop == 0; i++)
        if (f->acts[i].type == FREEZE_ASK && f->acts[i].state != FREEZE_VOID) stop = visit(context, &f->acts[i]);
    return stop;
}
