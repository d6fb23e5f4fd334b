/*
 * closed_register.c: the membership as this device knows it.
 */
#include <stdlib.h>
#include <string.h>

#include "closed/closed_internal.h"
#include "store/freezes.h"

#define ACTS_MAX (2 * MEMBERS_OPS_MAX)
#define ACTS_OF_OTHERS_MAX \
    64 /* of an author who coordinates nothing that is known: they may come before their term \
        */
#define THEIRS_MAX (4 * MEMBERS_MAX)

/* Tell whether a key coordinates the charter or any term that is here, accepted or not. */
static bool is_potential(const struct group *g, const uint8_t key[KEY_SIZE]) {
    if (charter_is_coordinator(&g->charter, key)) return true;
    for (size_t i = 0; i < g->act_count; i++) {
        const struct register_act *a = &g->acts[i]->act;
        for (unsigned k = 0; k < a->op.coordinator_count; k++)
            if (memcmp(a->coordinators[k], key, KEY_SIZE) == 0) return true;
    }
    return false;
}

static bool act_is_welcome(const struct group *g, const struct record *r) {
    size_t own = 0;
    if (g->act_count >= ACTS_MAX) return false;
    for (size_t i = 0; i < g->act_count; i++) own += memcmp(g->acts[i]->act.op.author, r->author, KEY_SIZE) == 0;
    return own < ACTS_OF_OTHERS_MAX || is_potential(g, r->author);
}

static int act_keep(struct group *g, const struct record *r, const uint8_t *bytes, size_t size) {
    if (g->act_count == g->act_room) {
        size_t room = g->act_room ? 2 * g->act_room : 32;
        void *more = realloc(g->acts, room * sizeof(struct kept_act *));
        if (!more) return ERR_MEMORY;
        g->acts = more;
        g->act_room = room;
    }
    struct kept_act *kept = malloc(sizeof *kept);
    uint8_t *copy = malloc(size);
    int err = kept && copy ? register_act_decode(&kept->act, r) : ERR_MEMORY;
    if (err) {
        free(kept);
        free(copy);
        return err;
    }
    memcpy(copy, bytes, size);
    kept->bytes = copy;
    kept->size = size;
    kept->kind = r->kind;
    kept->seq = r->seq;
    kept->created_day = (uint32_t)(r->created / DAY_SECONDS);
    g->acts[g->act_count++] = kept;
    for (size_t i = 0; i < kept->act.shelf_count && !err; i++)
        err = shelf_give(g, kept->act.shelves[i], kept->act.op.subject);
    if (err == ERR_MEMORY) return err;
    g->is_folded = false;
    g->judge = g->keys_changed = true;
    return 1;
}

int their_put(struct group *g, const struct their_prekey *t) {
    size_t at = 0;
    while (at < g->their_count && memcmp(g->theirs[at].key, t->key, KEY_SIZE) != 0) at++;
    if (at < g->their_count) {
        struct their_prekey *have = &g->theirs[at];
        if (have->seq > t->seq || (have->seq == t->seq && memcmp(have->id, t->id, HASH_SIZE) <= 0)) return 0;
        *have = *t;
        return 0;
    }
    if (g->their_count == THEIRS_MAX) return 0;
    if (g->their_count == g->their_room) {
        size_t room = g->their_room ? 2 * g->their_room : 16;
        void *more = realloc(g->theirs, room * sizeof *g->theirs);
        if (!more) return ERR_MEMORY;
        g->theirs = more;
        g->their_room = room;
    }
    g->theirs[g->their_count++] = *t;
    return 0;
}

bool register_has(const struct group *g, const struct record *r) {
    struct epoch e;
    for (size_t i = 0; register_is_lasting(r->kind) && i < g->act_count; i++)
        if (memcmp(g->acts[i]->act.op.id, r->id, HASH_SIZE) == 0) return true;
    for (size_t i = 0; r->kind == KIND_PREKEY && i < g->their_count; i++)
        if (memcmp(g->theirs[i].id, r->id, HASH_SIZE) == 0) return true;
    if (r->kind != KIND_EPOCH || epoch_decode(&e, r)) return false;
    for (unsigned i = 0; i < g->epoch_count; i++)
        if (memcmp(g->epochs[i].id, e.id, HASH_SIZE) == 0 && !g->epochs[i].reading) return true;
    return false;
}

int register_take(struct group *g, const struct record *r, const uint8_t *bytes, size_t size) {
    struct their_prekey t = {.seq = r->seq};
    if (r->kind == KIND_PREKEY) {
        int err = register_prekey_decode(t.prekey, r);
        memcpy(t.key, r->author, KEY_SIZE);
        memcpy(t.id, r->id, HASH_SIZE);
        if (!err) err = their_put(g, &t);
        return err;
    }
    if (!register_is_lasting(r->kind)) return 0;
    for (size_t i = 0; i < g->act_count; i++)
        if (memcmp(g->acts[i]->act.op.id, r->id, HASH_SIZE) == 0) return 0;
    return act_is_welcome(g, r) ? act_keep(g, r, bytes, size) : 0;
}

int register_link(struct group *g, const struct record *r, uint64_t now) {
    uint8_t stub[RECORD_HEADER_MAX + SIGNATURE_SIZE + HASH_SIZE];
    struct record outside = *r;
    int has = store_has(g->store, r->id);
    if (has != STORE_UNKNOWN) return has < 0 ? has : 0;
    outside.body = NULL;
    int size = record_encode(&outside, stub, sizeof stub);
    int put = size < 0 ? size : store_put(g->store, &outside, stub, (size_t)size, now);
    return put < 0 ? put : 0;
}

/* ---- The fold ---- */

struct marking {
    const struct group *g;
    struct members_op *ops;
};

/* One freeze: what it does not trust is void. */
static int freeze_mark(void *context, const struct freeze_act *a) {
    struct marking *m = context;
    for (size_t i = 0; a->state == FREEZE_STANDS && i < m->g->act_count; i++) {
        struct members_op *op = &m->ops[i];
        if (op->type != MEMBERS_TERM && op->type != MEMBERS_CONSENT) continue;
        if (memcmp(op->author, a->key, KEY_SIZE) != 0) continue;
        bool trusted = false;
        for (unsigned k = 0; k < a->count && !trusted; k++) trusted = memcmp(a->list[k], op->id, HASH_SIZE) == 0;
        op->frozen |= !trusted;
    }
    return 0;
}

static int fold(struct group *g, bool frozen) {
    void *memory = malloc(members_memory(g->act_count) + 1);
    struct members_op *ops = malloc((g->act_count + 1) * sizeof *ops);
    int err = memory && ops ? 0 : ERR_MEMORY;
    for (size_t i = 0; i < g->act_count && !err; i++) ops[i] = g->acts[i]->act.op;
    struct marking m = {g, ops};
    if (!err && frozen) err = store_freezes_each(g->store, g->charter.community, freeze_mark, &m);
    struct members_state *state = malloc(sizeof *state);
    if (!err && !state) err = ERR_MEMORY;
    if (!err) err = members_fold(&g->charter, ops, g->act_count, memory, state);
    if (!err) {
        free(g->memory);
        g->memory = memory;
        g->members = *state;
        memory = NULL;
    }
    free(state);
    free(memory);
    free(ops);
    return err;
}

/* Fold with what freezes set apart, if so many keys are eligible. */
static int fold_frozen(struct group *g, const uint8_t *eligible, size_t count) {
    int err = store_freezes_eligible(g->store, g->charter.community, eligible, count);
    if (!err) err = store_freezes_refresh(g->store);
    return err ? err : fold(g, true);
}

int group_fold(struct group *g) {
    uint8_t coordinators[CHARTER_COORDINATORS_MAX * KEY_SIZE];
    uint64_t version;
    int err = store_freezes_version(g->store, g->charter.community, &version);
    if (err || (g->is_folded && version == g->freezes)) return err;
    g->is_folded = false;
    if (version == 0) {
        err = fold(g, false);
    } else {
        /* Freezes by people depend on who coordinates, and that on freezes: by cards first, which depend on nobody. */
        err = fold_frozen(g, NULL, 0);
        size_t count = g->members.coordinator_count;
        if (!err) memcpy(coordinators, g->members.coordinators, count * KEY_SIZE);
        if (!err) err = fold_frozen(g, coordinators, count);
        if (!err) err = store_freezes_version(g->store, g->charter.community, &version);
        g->judge = g->keys_changed = true;
    }
    g->freezes = version;
    g->is_folded = !err;
    return err;
}

/* ---- What is trusted of somebody's terms ---- */

/* The records of one author that are here, by sequence number, descending. */
struct chain {
    const uint8_t *key;
    size_t count, room;
    struct chain_link {
        uint64_t seq;
        uint8_t id[HASH_SIZE], prev[PREV_SIZE];
    } * links;
};

static int chain_visit(void *context, const struct store_record *r) {
    struct chain *c = context;
    if (memcmp(r->record.author, c->key, KEY_SIZE) != 0 || r->record.kind == KIND_LETTER) return 0;
    if (c->count == c->room) {
        size_t room = c->room ? 2 * c->room : 64;
        void *more = realloc(c->links, room * sizeof *c->links);
        if (!more) return ERR_MEMORY;
        c->links = more;
        c->room = room;
    }
    struct chain_link *l = &c->links[c->count++];
    l->seq = r->record.seq;
    memcpy(l->id, r->record.id, HASH_SIZE);
    memcpy(l->prev, r->record.prev, PREV_SIZE);
    return 0;
}

static int chain_compare(const void *a, const void *b) {
    const struct chain_link *x = a, *y = b;
    return (x->seq < y->seq) - (x->seq > y->seq);
}

/* Tell whether a record is on the chain down from last, or below where it breaks off. */
static bool chain_has(const struct chain *c, const struct freeze_last *last, uint64_t seq, const uint8_t *id) {
    uint64_t at = last->seq;
    const uint8_t *want = last->id;
    size_t want_size = HASH_SIZE;
    for (size_t i = 0; i < c->count && at > seq; i++) {
        const struct chain_link *l = &c->links[i];
        if (l->seq > at || (l->seq == at && memcmp(l->id, want, want_size) != 0)) continue;
        if (l->seq < at) return true;
        want = l->prev;
        want_size = PREV_SIZE;
        at--;
    }
    return at > seq || (at == seq && memcmp(id, want, want_size) == 0);
}

static int id_compare(const void *a, const void *b) {
    return memcmp(a, b, HASH_SIZE);
}

int closed_trusted_terms(struct closed *c, const uint8_t community[HASH_SIZE], const uint8_t key[KEY_SIZE],
                         const struct freeze_last *last, uint8_t *ids, size_t *count) {
    struct chain chain = {.key = key};
    struct store_query all = {.community = community, .now = TIME_MAX, .retracted = true};
    *count = 0;
    int err = closed_refresh(c);
    struct group *g = err ? NULL : group_find(c, community);
    if (!g) return err;
    err = store_list(g->store, &all, chain_visit, &chain);
    if (chain.count > 0) qsort(chain.links, chain.count, sizeof *chain.links, chain_compare);
    for (size_t i = 0; i < g->act_count && !err; i++) {
        const struct kept_act *a = g->acts[i];
        if (a->act.op.type != MEMBERS_TERM && a->act.op.type != MEMBERS_CONSENT) continue;
        if (memcmp(a->act.op.author, key, KEY_SIZE) != 0 || !chain_has(&chain, last, a->seq, a->act.op.id)) continue;
        if (*count == RECORD_REFS_MAX)
            err = ERR_LIMIT;
        else
            memcpy(ids + HASH_SIZE * (*count)++, a->act.op.id, HASH_SIZE);
    }
    if (*count > 0) qsort(ids, *count, HASH_SIZE, id_compare);
    free(chain.links);
    return err;
}

const uint8_t *prekey_of(const struct group *g, const struct members_entry *e) {
    static const uint8_t none[KEY_SIZE];
    for (size_t i = 0; i < g->their_count; i++)
        if (memcmp(g->theirs[i].key, e->key, KEY_SIZE) == 0) return g->theirs[i].prekey;
    return memcmp(e->prekey, none, KEY_SIZE) == 0 ? NULL : e->prekey;
}

size_t recipients_of(const struct group *g, struct epoch_recipient *out) {
    size_t count = 0;
    for (size_t i = 0; i < g->members.entry_count && count < MEMBERS_MAX; i++) {
        const struct members_entry *e = &g->members.entries[i];
        const uint8_t *prekey = e->status == MEMBERS_MEMBER ? prekey_of(g, e) : NULL;
        if (!prekey) continue;
        if (count > 0 && memcmp(out[count - 1].key, e->key, EPOCH_PREFIX_SIZE) == 0) continue;
        memcpy(out[count].key, e->key, KEY_SIZE);
        memcpy(out[count++].prekey, prekey, KEY_SIZE);
    }
    return count;
}

bool group_is_member(const struct group *g, const uint8_t key[KEY_SIZE]) {
    const struct members_entry *e = g->is_folded ? members_find(&g->members, key) : NULL;
    return e && e->status == MEMBERS_MEMBER;
}

bool group_coordinates(const struct group *g, const uint8_t key[KEY_SIZE]) {
    const struct members_entry *e = g->is_folded ? members_find(&g->members, key) : NULL;
    return e && e->coordinates;
}
