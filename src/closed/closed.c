/*
 * closed.c: which closed communities there are, how they stand, and what time asks of them.
 */
#include "closed/closed.h"

#include <stdlib.h>
#include <string.h>

#include "closed/closed_internal.h"
#include "core/crypto.h"
#include "core/when.h"

#define GROUPS_MAX 256

struct group *group_find(const struct closed *c, const uint8_t community[HASH_SIZE]) {
    for (size_t i = 0; i < c->group_count; i++)
        if (memcmp(c->groups[i]->charter.community, community, HASH_SIZE) == 0) return c->groups[i];
    return NULL;
}

bool closed_has(const struct closed *c, const uint8_t community[HASH_SIZE]) {
    return group_find(c, community) != NULL;
}

static int group_add(struct closed *c, const struct charter *charter) {
    struct group **more = realloc(c->groups, (c->group_count + 1) * sizeof *more);
    if (!more) return ERR_MEMORY;
    c->groups = more;
    struct group *g = calloc(1, sizeof *g);
    if (!g) return ERR_MEMORY;
    g->epochs = calloc(CLOSED_EPOCHS_MAX, sizeof *g->epochs);
    g->givens = calloc(GIVENS_MAX, sizeof *g->givens);
    if (!g->epochs || !g->givens) {
        free(g->epochs);
        free(g->givens);
        free(g);
        return ERR_MEMORY;
    }
    g->store = c->host.store;
    g->charter = *charter;
    c->host.member(c->host.context, charter, &g->me);
    int err = state_load(c, g);
    if (!err) err = group_fold(g) == ERR_MEMORY ? ERR_MEMORY : 0;
    if (err) {
        group_free(g);
        return err;
    }
    g->judge = g->judge_kept; /* not because the acts were read again */
    c->groups[c->group_count++] = g;
    c->labels_stale = true;
    return 0;
}

struct gathering {
    struct closed *c;
    struct charter *found;
    size_t count;
};

static int community_visit(void *context, const struct store_community *community) {
    struct gathering *g = context;
    const struct charter *charter = &community->charter;
    if (charter->access != CHARTER_CLOSED || !community->joined || group_find(g->c, charter->community)) return 0;
    if (g->c->group_count + g->count == GROUPS_MAX) return 0;
    struct charter *more = realloc(g->found, (g->count + 1) * sizeof *more);
    if (!more) return ERR_MEMORY;
    g->found = more;
    g->found[g->count++] = *charter;
    return 0;
}

int closed_refresh(struct closed *c) {
    struct gathering g = {.c = c};
    int err = store_community_each(c->host.store, 0, community_visit, &g);
    for (size_t i = 0; i < g.count && !err; i++) err = group_add(c, &g.found[i]);
    free(g.found);
    /* Freezes count by who coordinates. */
    for (size_t i = 0; i < c->group_count && !err; i++) err = group_fold(c->groups[i]) == ERR_MEMORY ? ERR_MEMORY : 0;
    return err;
}

int closed_new(struct closed **out, const struct closed_host *host) {
    *out = NULL;
    struct closed *c = calloc(1, sizeof *c);
    if (!c) return ERR_MEMORY;
    c->host = *host;
    int err = closed_refresh(c);
    if (err)
        closed_free(c);
    else
        *out = c;
    return err;
}

void closed_free(struct closed *c) {
    if (!c) return;
    for (size_t i = 0; i < c->group_count; i++) group_free(c->groups[i]);
    free(c->groups);
    free(c->labels);
    free(c->arrivals);
    crypto_wipe(c, sizeof *c);
    free(c);
}

/* ---- Transactions ---- */

int closed_begin(struct closed *c) {
    return store_begin(c->host.store);
}

/* After an error what is in memory is ahead of what is kept: it is read again. */
static int reload(struct closed *c) {
    for (size_t i = 0; i < c->group_count; i++) group_free(c->groups[i]);
    c->group_count = 0;
    return closed_refresh(c);
}

int closed_kept_end(struct closed *c) {
    return reload(c);
}

int closed_end(struct closed *c, struct group *g, int err) {
    for (size_t i = 0; i < c->group_count && !err; i++)
        if (!g || g == c->groups[i]) err = state_save(c, c->groups[i]);
    if (!err) err = store_commit(c->host.store);
    if (!err) {
        for (size_t i = 0; i < c->group_count; i++)
            if (!g || g == c->groups[i]) state_saved(c->groups[i]);
        return 0;
    }
    store_rollback(c->host.store);
    int again = reload(c);
    return again == ERR_MEMORY ? again : err;
}

/* ---- Looking ---- */

static unsigned consents_of(const struct group *g, const struct members_op *term, const struct members_state *s,
                            bool *mine) {
    unsigned count = 0;
    for (unsigned k = 0; k < s->coordinator_count; k++) {
        bool yes = memcmp(term->author, s->coordinators[k], KEY_SIZE) == 0;
        for (size_t i = 0; i < g->act_count && !yes; i++) {
            const struct members_op *op = &g->acts[i]->act.op;
            yes = op->type == MEMBERS_CONSENT && memcmp(op->subject, term->id, HASH_SIZE) == 0 &&
                  memcmp(op->author, s->coordinators[k], KEY_SIZE) == 0;
        }
        count += yes;
        if (yes && memcmp(g->me.key, s->coordinators[k], KEY_SIZE) == 0) *mine = true;
    }
    return count;
}

/* Proposals on the last link that are not accepted: fewer than half consented. */
static void proposals_look(const struct group *g, struct closed_view *out) {
    const struct members_state *s = &g->members;
    for (size_t i = 0; i < g->act_count && out->proposal_count < CLOSED_PROPOSALS_MAX; i++) {
        const struct members_op *op = &g->acts[i]->act.op;
        struct closed_proposal p = {.coordinator_count = op->coordinator_count, .coordinators = op->coordinators};
        if (op->type != MEMBERS_TERM || memcmp(op->subject, s->term_id, HASH_SIZE) != 0) continue;
        p.consents = (uint8_t)consents_of(g, op, s, &p.consented);
        if (2 * p.consents > s->coordinator_count) continue; /* a rival, in a duel */
        memcpy(p.id, op->id, HASH_SIZE);
        memcpy(p.author, op->author, KEY_SIZE);
        out->proposals[out->proposal_count++] = p;
    }
}

int closed_look(struct closed *c, const uint8_t community[HASH_SIZE], struct closed_view *out) {
    struct group *g = group_find(c, community);
    memset(out, 0, sizeof *out);
    if (!g) return ERR_COMMUNITY;
    if (group_fold(g) == ERR_MEMORY) return ERR_MEMORY;
    out->waiting = g->waiting;
    out->shelf_count = g->shelf_count;
    out->epoch_count = g->epoch_count;
    out->prekey_count = g->prekey_count;
    if (g->shelf_count == 0) {
        out->standing = g->has_drop ? CLOSED_ASKED : CLOSED_NOT;
        return 0;
    }
    if (!g->is_folded) return 0;
    out->members = &g->members;
    const struct members_entry *me = members_find(&g->members, g->me.key);
    out->coordinates = me && me->coordinates;
    switch (me ? me->status : MEMBERS_NEVER) {
    case MEMBERS_MEMBER: out->standing = CLOSED_MEMBER; break;
    case MEMBERS_REMOVED: out->standing = CLOSED_REMOVED; break;
    case MEMBERS_PENDING: out->standing = CLOSED_PENDING; break;
    default: out->standing = CLOSED_ASKED; break;
    }
    proposals_look(g, out);
    return 0;
}

/* ---- Time ---- */

/* Erase the keys whose messages are gone: `keep` has passed since they were last needed. */
static void keys_erase(struct closed *c, struct group *g, struct when when) {
    uint32_t today = when_day(when.now), keep = g->charter.keep_days + EXPIRY_GRACE_DAYS + 1;
    if (!when.confirmed) return;
    if (g->has_drop && g->drop_day + keep <= today && group_is_member(g, g->me.key)) {
        crypto_wipe(g->drop, KEY_SIZE);
        g->has_drop = false;
        g->keys_changed = c->labels_stale = true;
    }
    for (unsigned i = g->prekey_count; i-- > 0;) {
        if (g->prekeys[i].superseded == 0 || g->prekeys[i].superseded + keep > today) continue;
        g->prekey_count--;
        memmove(&g->prekeys[i], &g->prekeys[i + 1], (g->prekey_count - i) * sizeof *g->prekeys);
        crypto_wipe(&g->prekeys[g->prekey_count], sizeof *g->prekeys);
        g->keys_changed = true;
    }
    for (unsigned i = g->epoch_count; i-- > 0;) {
        if (g->epochs[i].used + keep > today) continue;
        if (recipients_drop(c, g, g->epochs[i].id)) continue; /* next time */
        g->epoch_count--;
        memmove(&g->epochs[i], &g->epochs[i + 1], (g->epoch_count - i) * sizeof *g->epochs);
        crypto_wipe(&g->epochs[g->epoch_count], sizeof *g->epochs);
        g->keys_changed = true;
    }
}

int closed_tick(struct closed *c, struct when when) {
    int err = closed_refresh(c);
    if (err || c->group_count == 0) return err;
    err = closed_begin(c);
    if (err) return err;
    for (size_t i = 0; i < c->group_count && !err; i++) {
        struct group *g = c->groups[i];
        keys_erase(c, g, when);
        baskets_expire(g, when);
        err = group_fold(g) == ERR_MEMORY ? ERR_MEMORY : 0;
        if (err || !group_is_member(g, g->me.key) || g->prekey_count == 0) continue;
        if (g->prekeys[g->prekey_count - 1].day + PREKEY_DAYS <= when_day(when.now)) err = prekey_renew(c, g, when);
        int renewed = err ? err : register_renew(c, g, when);
        if (renewed < 0) err = renewed;
    }
    return closed_end(c, NULL, err);
}
