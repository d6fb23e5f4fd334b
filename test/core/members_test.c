/*
 * The membership of a closed community. Shows on random histories (several devices that act on what they have heard,
 * partitions, duels, stolen keys, keys that are frozen) that the fold gives what a naive model gives that follows the
 * six rules of core/members.h to the letter; that the order of the records makes no difference; and by built cases what
 * a removal, a change of coordinators, a duel and its end do.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/crypto.h"
#include "core/members.h"
#include "test/property_util.h"

#define PEOPLE 8
#define OPS_MAX 48

/* What was written, and what of it each device has heard. */
struct world {
    struct charter charter;
    size_t count;
    struct members_op ops[OPS_MAX];
    struct record_ref heads[OPS_MAX][RECORD_REFS_MAX];
    uint8_t coordinators[OPS_MAX][CHARTER_COORDINATORS_MAX][KEY_SIZE];
};

static void key_of(uint8_t out[KEY_SIZE], unsigned person) {
    memset(out, 0, KEY_SIZE);
    out[0] = (uint8_t)(17 * person + 3);
    out[31] = (uint8_t)person;
}

static void world_begin(struct world *w, unsigned coordinators) {
    memset(w, 0, sizeof *w);
    memset(w->charter.community, 0xcc, HASH_SIZE);
    w->charter.coordinator_count = (uint8_t)coordinators;
    for (unsigned i = 0; i < coordinators; i++) key_of(w->charter.coordinators[i], i);
}

/* ---- The fold, called with some of the records in some order ---- */

struct folded {
    struct members_state state;
    void *memory;
};

static void fold_some(const struct world *w, const bool known[OPS_MAX], struct rng *g, struct folded *out) {
    struct members_op ops[OPS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < w->count; i++)
        if (!known || known[i]) ops[count++] = w->ops[i];
    for (size_t i = count; g && i > 1; i--) {
        size_t k = rng_below(g, i);
        struct members_op t = ops[i - 1];
        ops[i - 1] = ops[k];
        ops[k] = t;
    }
    out->memory = malloc(members_memory(count) + 1);
    assert_non_null(out->memory);
    assert_int_equal(members_fold(&w->charter, ops, count, out->memory, &out->state), 0);
}

/* ---- Writing ---- */

static struct members_op *op_new(struct world *w, uint8_t type, unsigned author, const struct members_state *known) {
    assert_true(w->count < OPS_MAX);
    size_t at = w->count++;
    struct members_op *op = &w->ops[at];
    uint8_t number[2] = {(uint8_t)at, 0x5a};
    memset(op, 0, sizeof *op);
    crypto_digest(op->id, number, sizeof number);
    key_of(op->author, author);
    op->type = type;
    op->heads = w->heads[at];
    op->coordinators = w->coordinators[at][0];
    if (known && type != MEMBERS_CONSENT) {
        op->head_count = known->head_count;
        for (unsigned h = 0; h < known->head_count; h++) {
            w->heads[at][h].type = REF_HEAD;
            memcpy(w->heads[at][h].id, known->heads[h], HASH_SIZE);
        }
    }
    return op;
}

static struct members_op *write_about(struct world *w, uint8_t type, unsigned author, unsigned subject,
                                      const struct members_state *known) {
    struct members_op *op = op_new(w, type, author, known);
    key_of(op->subject, subject);
    if (type == MEMBERS_ADMIT) memset(op->prekey, (int)(w->count + 1), KEY_SIZE);
    return op;
}

static struct members_op *write_term(struct world *w, unsigned author, const unsigned *people, unsigned count,
                                     const struct members_state *known) {
    struct members_op *op = op_new(w, MEMBERS_TERM, author, known);
    memcpy(op->subject, known->term_id, HASH_SIZE);
    op->coordinator_count = (uint8_t)count;
    for (unsigned i = 0; i < count; i++) key_of(w->coordinators[op - w->ops][i], people[i]);
    return op;
}

static void write_consent(struct world *w, unsigned author, const struct members_op *term) {
    struct members_op *op = op_new(w, MEMBERS_CONSENT, author, NULL);
    memcpy(op->subject, term->id, HASH_SIZE);
}

/* ---- The naive model ---- */

struct naive {
    const struct world *w;
    const bool *known;
    bool past[OPS_MAX][OPS_MAX]; /* [a][b]: b is in the past of a */
    bool act[OPS_MAX], complete[OPS_MAX], accepted[OPS_MAX];
    int chain[OPS_MAX]; /* -1: the charter */
    int links;          /* the last index */
    bool rival[OPS_MAX];
    bool duel;
};

static bool same(const uint8_t *a, const uint8_t *b) {
    return memcmp(a, b, HASH_SIZE) == 0;
}

static int naive_find(const struct naive *n, const uint8_t *id) {
    for (size_t i = 0; i < n->w->count; i++)
        if (n->known[i] && same(n->w->ops[i].id, id)) return (int)i;
    return -1;
}

/* Does this person coordinate a term (-1: the charter)? */
static bool coordinates(const struct naive *n, int term, const uint8_t *key) {
    if (term < 0) return charter_is_coordinator(&n->w->charter, key);
    for (unsigned i = 0; i < n->w->ops[term].coordinator_count; i++)
        if (same(n->w->coordinators[term][i], key)) return true;
    return false;
}

static void naive_graph(struct naive *n) {
    const struct world *w = n->w;
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < w->count; i++) {
            if (!n->known[i] || n->act[i] || w->ops[i].type == MEMBERS_CONSENT) continue;
            bool may = coordinates(n, -1, w->ops[i].author);
            for (size_t t = 0; t < w->count; t++)
                may = may || (n->act[t] && w->ops[t].type == MEMBERS_TERM && coordinates(n, (int)t, w->ops[i].author));
            if (may) n->act[i] = more = true;
        }
    }
    for (size_t round = 0; round < w->count; round++)
        for (size_t i = 0; i < w->count; i++) {
            if (!n->act[i]) continue;
            n->complete[i] = true;
            for (unsigned h = 0; h < w->ops[i].head_count; h++) {
                int head = naive_find(n, w->heads[i][h].id);
                if (head < 0 || !n->act[head]) {
                    n->complete[i] = false;
                    continue;
                }
                n->complete[i] = n->complete[i] && n->complete[head];
                n->past[i][head] = true;
                for (size_t k = 0; k < w->count; k++) n->past[i][k] = n->past[i][k] || n->past[head][k];
            }
        }
}

static bool naive_accepted(const struct naive *n, size_t i) {
    const struct members_op *op = &n->w->ops[i];
    int base = naive_find(n, op->subject);
    bool charter = same(op->subject, n->w->charter.community);
    if (!n->act[i] || op->type != MEMBERS_TERM || !n->complete[i] || op->frozen) return false;
    if (!charter && (base < 0 || !n->accepted[base] || !n->past[i][base])) return false;
    if (charter) base = -1;
    unsigned voices = 0, yes = 0;
    for (unsigned p = 0; p < PEOPLE; p++) {
        uint8_t key[KEY_SIZE];
        key_of(key, p);
        if (!coordinates(n, base, key)) continue;
        voices++;
        bool agrees = same(op->author, key);
        for (size_t k = 0; k < n->w->count; k++)
            agrees = agrees || (n->known[k] && n->w->ops[k].type == MEMBERS_CONSENT && !n->w->ops[k].frozen &&
                                same(n->w->ops[k].subject, op->id) && same(n->w->ops[k].author, key));
        yes += agrees;
    }
    return coordinates(n, base, op->author) && 2 * yes > voices;
}

static void naive_chain(struct naive *n) {
    for (size_t round = 0; round < n->w->count; round++)
        for (size_t i = 0; i < n->w->count; i++) n->accepted[i] = naive_accepted(n, i);
    n->chain[0] = -1;
    for (;;) {
        const uint8_t *base = n->links == 0 ? n->w->charter.community : n->w->ops[n->chain[n->links]].id;
        unsigned all = 0;
        int top = -1;
        memset(n->rival, 0, sizeof n->rival);
        for (size_t i = 0; i < n->w->count; i++) {
            if (!n->accepted[i] || !same(n->w->ops[i].subject, base)) continue;
            all++;
            bool has_all = true, led_to = false;
            for (size_t k = 0; k < n->w->count; k++) {
                if (k == i || !n->accepted[k] || !same(n->w->ops[k].subject, base)) continue;
                has_all = has_all && n->past[i][k];
                led_to = led_to || n->past[k][i];
            }
            n->rival[i] = !led_to;
            if (has_all) top = (int)i;
        }
        if (all == 0) return;
        if (top < 0) {
            n->duel = true;
            return;
        }
        memset(n->rival, 0, sizeof n->rival);
        n->chain[++n->links] = top;
    }
}

static bool naive_valid(const struct naive *n, size_t i) {
    const struct members_op *op = &n->w->ops[i];
    if (!n->complete[i] || op->frozen || (op->type != MEMBERS_ADMIT && op->type != MEMBERS_REMOVE)) return false;
    int level = 0;
    for (int l = 1; l <= n->links; l++)
        if (n->past[i][n->chain[l]]) level = l;
    if (!coordinates(n, n->chain[level], op->author)) return false;
    for (int l = level + 1; l <= n->links; l++) {
        if (coordinates(n, n->chain[l], op->author)) continue;
        bool seen = false;
        for (int k = level + 1; k <= l; k++) seen = seen || n->past[n->chain[k]][i];
        if (!seen) return false;
        break;
    }
    if (!n->duel) return true;
    for (size_t r = 0; r < n->w->count; r++)
        if (n->rival[r] && n->past[r][i]) return true;
    return false;
}

static uint8_t naive_status(const struct naive *n, const uint8_t *key) {
    bool admitted = false, tried = false, once = false;
    if (coordinates(n, n->chain[n->links], key)) return MEMBERS_MEMBER;
    for (int l = 0; l < n->links; l++) {
        if (!coordinates(n, n->chain[l], key)) continue;
        once = true;
        bool stays = true;
        for (size_t r = 0; r < n->w->count; r++)
            if (n->known[r] && n->w->ops[r].type == MEMBERS_REMOVE && same(n->w->ops[r].subject, key) &&
                naive_valid(n, r))
                stays = stays && l > 0 && n->past[n->chain[l]][r];
        if (stays) return MEMBERS_MEMBER;
    }
    for (size_t a = 0; a < n->w->count; a++) {
        if (!n->known[a] || n->w->ops[a].type != MEMBERS_ADMIT || !same(n->w->ops[a].subject, key)) continue;
        tried = tried || n->complete[a];
        if (!naive_valid(n, a)) continue;
        admitted = true;
        bool stands = true;
        for (size_t r = 0; r < n->w->count; r++)
            if (n->known[r] && n->w->ops[r].type == MEMBERS_REMOVE && same(n->w->ops[r].subject, key) &&
                naive_valid(n, r))
                stands = stands && n->past[a][r];
        if (stands) return MEMBERS_MEMBER;
    }
    if (admitted || once) return MEMBERS_REMOVED;
    return tried ? MEMBERS_PENDING : MEMBERS_NEVER;
}

static void compare_with_naive(const struct world *w, const bool known[OPS_MAX], struct rng *g) {
    struct folded f, again;
    struct naive *n = calloc(1, sizeof *n);
    assert_non_null(n);
    n->w = w;
    n->known = known;
    naive_graph(n);
    naive_chain(n);
    fold_some(w, known, NULL, &f);
    fold_some(w, known, g, &again);
    assert_int_equal(f.state.term, n->links);
    assert_int_equal(f.state.rival_count > 0, n->duel);
    for (unsigned p = 0; p < PEOPLE; p++) {
        uint8_t key[KEY_SIZE];
        key_of(key, p);
        const struct members_entry *e = members_find(&f.state, key);
        assert_int_equal(e ? e->status : MEMBERS_NEVER, naive_status(n, key));
        assert_int_equal(e && e->coordinates, coordinates(n, n->chain[n->links], key));
    }
    /* The same whatever the order. */
    assert_int_equal(f.state.entry_count, again.state.entry_count);
    assert_memory_equal(f.state.entries, again.state.entries, f.state.entry_count * sizeof *f.state.entries);
    f.state.entries = again.state.entries = NULL;
    assert_memory_equal(&f.state, &again.state, sizeof f.state);
    free(f.memory);
    free(again.memory);
    free(n);
}

/* ---- Random histories ---- */

/* Some people act, each on what reached them; now and then a stolen key acts on little or nothing. */
static void history(struct rng *g, struct world *w, bool heard[PEOPLE][OPS_MAX]) {
    world_begin(w, 1 + (unsigned)rng_below(g, 3));
    memset(heard, 0, sizeof(bool[PEOPLE][OPS_MAX]));
    unsigned target = 4 + (unsigned)rng_below(g, OPS_MAX - 4);
    while (w->count < target) {
        struct folded f;
        unsigned who = (unsigned)rng_below(g, PEOPLE), about = (unsigned)rng_below(g, PEOPLE);
        fold_some(w, heard[who], NULL, &f);
        const struct members_state *known = &f.state;
        uint8_t key[KEY_SIZE];
        key_of(key, who);
        const struct members_entry *me = members_find(known, key);
        if ((me && me->coordinates) || rng_one_in(g, 12)) {
            unsigned people[3] = {who, about, (unsigned)rng_below(g, PEOPLE)};
            uint64_t what = rng_below(g, 10);
            if (what < 4) {
                write_about(w, MEMBERS_ADMIT, who, about, known);
            } else if (what < 6) {
                struct members_op *op = write_about(w, MEMBERS_REMOVE, who, about, known);
                op->has_last = rng_one_in(g, 2);
                op->last_seq = op->has_last ? (uint32_t)rng_below(g, 9) : 0;
            } else if (what < 8) {
                write_term(w, who, people + rng_below(g, 2), 1 + (unsigned)rng_below(g, 2), known);
            } else {
                size_t at = rng_below(g, w->count + 1);
                if (at < w->count && w->ops[at].type == MEMBERS_TERM) write_consent(w, who, &w->ops[at]);
            }
            if (w->count > 0) heard[who][w->count - 1] = true;
        }
        free(f.memory);
        /* Somebody meets somebody; in one history in two, parts of the town do not meet for a while. */
        unsigned a = (unsigned)rng_below(g, PEOPLE), b = (unsigned)rng_below(g, PEOPLE);
        bool apart = w->count < target / 2 && (a & 1) != (b & 1);
        for (size_t i = 0; i < w->count && !apart; i++) {
            if (heard[b][i] && !rng_one_in(g, 8)) heard[a][i] = true;
            if (rng_one_in(g, 3) && same(w->ops[i].author, key)) heard[who][i] = true;
        }
    }
    for (size_t i = 0; i < w->count; i++) w->ops[i].frozen = rng_one_in(g, 25);
}

static void test_histories(void **state) {
    (void)state;
    struct rng g;
    unsigned duels = 0, terms = 0, removed = 0, pending = 0;
    rng_begin(&g, "membership histories");
    static struct world w;
    static bool heard[PEOPLE][OPS_MAX];
    for (unsigned i = 0; i < 3000; i++) {
        struct folded f;
        bool all[OPS_MAX];
        history(&g, &w, heard);
        memset(all, 1, sizeof all);
        compare_with_naive(&w, all, &g);
        compare_with_naive(&w, heard[rng_below(&g, PEOPLE)], &g);
        fold_some(&w, all, NULL, &f);
        duels += f.state.rival_count > 0;
        terms += f.state.term > 0;
        for (size_t k = 0; k < f.state.entry_count; k++) {
            removed += f.state.entries[k].status == MEMBERS_REMOVED;
            pending += f.state.entries[k].status == MEMBERS_PENDING;
        }
        free(f.memory);
    }
    /* Otherwise nothing was shown. */
    assert_true(duels > 50 && terms > 300 && removed > 300 && pending > 50);
}

/* ---- Built cases ---- */

static uint8_t status_of(const struct world *w, unsigned person) {
    struct folded f;
    uint8_t key[KEY_SIZE];
    key_of(key, person);
    fold_some(w, NULL, NULL, &f);
    const struct members_entry *e = members_find(&f.state, key);
    uint8_t status = e ? e->status : MEMBERS_NEVER;
    free(f.memory);
    return status;
}

/* The state as of now; to be freed by the caller. */
static struct folded now(const struct world *w) {
    struct folded f;
    fold_some(w, NULL, NULL, &f);
    return f;
}

static void test_removal(void **state) {
    (void)state;
    struct world w;
    world_begin(&w, 1);
    struct folded f = now(&w);
    write_about(&w, MEMBERS_ADMIT, 0, 3, &f.state);
    assert_int_equal(status_of(&w, 3), MEMBERS_MEMBER);
    struct folded g = now(&w);
    struct members_op *removal = write_about(&w, MEMBERS_REMOVE, 0, 3, &g.state);
    removal->has_last = true;
    removal->last_seq = 7;
    assert_int_equal(status_of(&w, 3), MEMBERS_REMOVED);
    struct folded h = now(&w);
    uint8_t key[KEY_SIZE];
    key_of(key, 3);
    assert_true(members_may_speak(&h.state, key, 7));
    assert_false(members_may_speak(&h.state, key, 8));
    key_of(key, 5);
    assert_false(members_may_speak(&h.state, key, 0));
    /* To admit again on what was known before the removal changes nothing; on what is known now, it does. */
    write_about(&w, MEMBERS_ADMIT, 0, 3, &g.state);
    assert_int_equal(status_of(&w, 3), MEMBERS_REMOVED);
    write_about(&w, MEMBERS_ADMIT, 0, 3, &h.state);
    assert_int_equal(status_of(&w, 3), MEMBERS_MEMBER);
    /* Members are not heard about members, nor about themselves. */
    write_about(&w, MEMBERS_ADMIT, 3, 4, &h.state);
    assert_int_equal(status_of(&w, 4), MEMBERS_NEVER);
    /* One coordinator doesn't remove a coordinator. */
    write_about(&w, MEMBERS_REMOVE, 0, 0, &h.state);
    assert_int_equal(status_of(&w, 0), MEMBERS_MEMBER);
    free(f.memory);
    free(g.memory);
    free(h.memory);
}

static void test_term_needs_a_majority(void **state) {
    (void)state;
    struct world w;
    world_begin(&w, 3);
    struct folded f = now(&w);
    unsigned people[] = {0, 1};
    struct members_op *term = write_term(&w, 0, people, 2, &f.state);
    write_consent(&w, 0, term); /* the proposer has one voice */
    write_consent(&w, 5, term); /* and who does not coordinate has none */
    struct folded g = now(&w);
    assert_int_equal(g.state.term, 0);
    write_consent(&w, 1, term);
    struct folded h = now(&w);
    assert_int_equal(h.state.term, 1);
    assert_int_equal(status_of(&w, 2), MEMBERS_MEMBER); /* who hands over stays a member */
    /* What the dropped coordinator did unseen is void, whom they admitted is pending. */
    write_about(&w, MEMBERS_ADMIT, 2, 6, &f.state);
    assert_int_equal(status_of(&w, 6), MEMBERS_PENDING);
    struct folded i = now(&w);
    write_about(&w, MEMBERS_ADMIT, 1, 6, &i.state);
    assert_int_equal(status_of(&w, 6), MEMBERS_MEMBER);
    free(f.memory);
    free(g.memory);
    free(h.memory);
    free(i.memory);
}

static void test_duel(void **state) {
    (void)state;
    struct world w;
    world_begin(&w, 3);
    struct folded f = now(&w);
    write_about(&w, MEMBERS_ADMIT, 0, 4, &f.state);
    struct folded g = now(&w);
    unsigned one[] = {0, 1}, two[] = {1, 2}, both[] = {0, 1, 2};
    struct members_op *a = write_term(&w, 0, one, 2, &g.state), *b = write_term(&w, 2, two, 2, &g.state);
    write_consent(&w, 1, a); /* the one in the middle signs both */
    write_consent(&w, 1, b);
    struct folded h = now(&w);
    assert_int_equal(h.state.rival_count, 2);
    assert_int_equal(h.state.term, 0);
    assert_int_equal(status_of(&w, 4), MEMBERS_MEMBER); /* both rivals knew it */
    write_about(&w, MEMBERS_ADMIT, 0, 5, &h.state);     /* nothing can be changed now */
    assert_int_equal(status_of(&w, 5), MEMBERS_PENDING);
    write_about(&w, MEMBERS_REMOVE, 2, 4, &h.state);
    assert_int_equal(status_of(&w, 4), MEMBERS_MEMBER);
    /* A majority of those before signs over both. */
    struct members_op *end = write_term(&w, 0, both, 3, &h.state);
    struct folded i = now(&w);
    assert_int_equal(i.state.rival_count, 2);
    write_consent(&w, 2, end);
    struct folded k = now(&w);
    assert_int_equal(k.state.rival_count, 0);
    assert_int_equal(k.state.term, 1);
    assert_memory_equal(k.state.term_id, end->id, HASH_SIZE);
    free(f.memory);
    free(g.memory);
    free(h.memory);
    free(i.memory);
    free(k.memory);
}

/* A founder handed over; later their key is seized and signs a rival. Frozen at its last trusted record, it is nothing.
 */
static void test_seized_founder(void **state) {
    (void)state;
    struct world w;
    world_begin(&w, 1);
    struct folded f = now(&w);
    unsigned heirs[] = {1, 2, 3}, thief[] = {7};
    write_term(&w, 0, heirs, 3, &f.state);
    struct folded g = now(&w);
    assert_int_equal(g.state.term, 1);
    write_about(&w, MEMBERS_ADMIT, 2, 5, &g.state);
    struct members_op *seized = write_term(&w, 0, thief, 1, &f.state);
    struct folded h = now(&w);
    assert_int_equal(h.state.rival_count, 2);
    assert_int_equal(status_of(&w, 7), MEMBERS_NEVER);
    seized->frozen = true;
    struct folded i = now(&w);
    assert_int_equal(i.state.rival_count, 0);
    assert_int_equal(i.state.term, 1);
    assert_int_equal(status_of(&w, 5), MEMBERS_MEMBER);
    free(f.memory);
    free(g.memory);
    free(h.memory);
    free(i.memory);
}

static void test_limits(void **state) {
    (void)state;
    struct charter charter = {.coordinator_count = 1};
    struct members_state out;
    size_t count = MEMBERS_OPS_MAX + 1;
    struct members_op *ops = calloc(count, sizeof *ops);
    void *memory = malloc(members_memory(count));
    assert_true(ops && memory);
    for (size_t i = 0; i < count; i++) {
        memcpy(ops[i].id, &i, sizeof i);
        memcpy(ops[i].subject, &i, sizeof i);
        ops[i].type = MEMBERS_ADMIT;
    }
    assert_int_equal(members_fold(&charter, ops, count, memory, &out), ERR_LIMIT);
    assert_int_equal(members_fold(&charter, ops, count - 1, memory, &out), 0);
    assert_int_equal(out.head_count, MEMBERS_HEADS_MAX);
    assert_int_equal(out.member_count, MEMBERS_OPS_MAX); /* the coordinator's key is zeros, and so is the first's */
    assert_int_equal(members_fold(&charter, ops, 0, memory, &out), 0);
    assert_int_equal(out.member_count, 1);
    free(memory);
    free(ops);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_histories),
        cmocka_unit_test(test_removal),
        cmocka_unit_test(test_term_needs_a_majority),
        cmocka_unit_test(test_duel),
        cmocka_unit_test(test_seized_founder),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
