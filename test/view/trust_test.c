/*
 * Trust. Shows that classes and numbers of separate chains are those of a naive twin, which tries all sets of chains,
 * on small random graphs; that order and doubles of the vouches change nothing; that vouches expire, and those beyond
 * an author's budget count for nobody; that a thousand keys behind one person count once; and that the largest input
 * is taken and one more refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/vouch.h"
#include "test/core/sample_util.h"
#include "view/trust.h"

#define DAY 20000u

static void key_of(uint8_t out[KEY_SIZE], unsigned n) {
    memset(out, 0, KEY_SIZE);
    out[0] = (uint8_t)(n * 167); /* not in the order of n */
    out[1] = (uint8_t)n;
    out[2] = (uint8_t)(n >> 8);
}

static struct trust_vouch vouch(unsigned author, unsigned target, uint64_t seq, uint32_t day) {
    struct trust_vouch v = {.seq = seq, .day = day, .expiry_day = day + VOUCH_DAYS};
    key_of(v.author, author);
    key_of(v.target, target);
    memcpy(v.id, v.author, 8);
    memcpy(v.id + 8, v.target, 8);
    memcpy(v.id + 16, &seq, 8);
    memcpy(v.id + 24, &day, 4);
    return v;
}

static struct trust *build(const struct trust_vouch *v, size_t count, unsigned met, uint32_t today) {
    static struct trust t;
    static void *memory;
    uint8_t reader[KEY_SIZE], met_key[1][KEY_SIZE];
    key_of(reader, 0);
    key_of(met_key[0], met);
    free(memory);
    memory = malloc(trust_memory(count, met ? 1 : 0));
    assert_non_null(memory);
    assert_int_equal(trust_build(&t, reader, (const uint8_t(*)[KEY_SIZE])met_key, met ? 1 : 0, v, count, today, memory),
                     0);
    return &t;
}

static enum budget_class class_of(const struct trust *t, unsigned n) {
    uint8_t key[KEY_SIZE];
    key_of(key, n);
    return trust_class(t, key);
}

static unsigned chains_to(struct trust *t, unsigned n) {
    uint8_t key[KEY_SIZE];
    key_of(key, n);
    return trust_chains_to(t, key);
}

/* ---- The naive twin: all chains as lists of people, and the most of them that share nobody ---- */

#define PEOPLE 8
#define CHAINS_MAX 512
static bool edge[PEOPLE][PEOPLE];
static unsigned chain_masks[CHAINS_MAX], chain_total;

static void chains_list(unsigned at, unsigned mask, unsigned steps, unsigned ends, unsigned shared) {
    if (at != 0 && ends >> at & 1) {
        assert_true(chain_total < CHAINS_MAX);
        chain_masks[chain_total++] = mask & ~shared;
    }
    if (steps == 3) return;
    for (unsigned to = 1; to < PEOPLE; to++)
        if (edge[at][to] && !(mask >> to & 1)) chains_list(to, mask | 1u << to, steps + 1, ends, shared);
}

static unsigned best(unsigned i, unsigned taken) {
    unsigned most = 0;
    for (; i < chain_total; i++) {
        if (chain_masks[i] & taken) continue;
        unsigned here = 1 + best(i + 1, taken | chain_masks[i]);
        if (here > most) most = here;
    }
    return most;
}

static void chain_once(void) { /* those that are part of another one never help less: drop doubles and larger ones */
    unsigned kept = 0;
    for (unsigned i = 0; i < chain_total; i++) {
        bool needed = true;
        for (unsigned j = 0; j < chain_total && needed; j++)
            if (j != i && (chain_masks[j] & chain_masks[i]) == chain_masks[j] &&
                (chain_masks[j] != chain_masks[i] || j < i))
                needed = false;
        if (needed) chain_masks[kept++ + CHAINS_MAX / 2] = chain_masks[i];
    }
    memmove(chain_masks, chain_masks + CHAINS_MAX / 2, kept * sizeof *chain_masks);
    chain_total = kept;
}

static unsigned naive(unsigned ends, unsigned shared) {
    chain_total = 0;
    chains_list(0, 0, 0, ends, shared);
    assert_true(chain_total <= CHAINS_MAX / 2);
    chain_once();
    return best(0, 0);
}

static unsigned naive_steps(unsigned to) {
    bool reached[PEOPLE] = {true}, next[PEOPLE];
    for (unsigned steps = 0; steps <= 3; steps++) {
        if (reached[to]) return steps;
        memcpy(next, reached, sizeof next);
        for (unsigned i = 0; i < PEOPLE; i++)
            for (unsigned j = 0; j < PEOPLE; j++) next[j] = next[j] || (reached[i] && edge[i][j]);
        memcpy(reached, next, sizeof next);
    }
    return 4;
}

static void test_twin(void **state) {
    (void)state;
    struct rng g;
    unsigned more_than_one = 0, far = 0;
    rng_begin(&g, "trust twin");
    for (unsigned run = 0; run < 1500; run++) {
        struct trust_vouch v[3 * PEOPLE * PEOPLE];
        size_t count = 0;
        unsigned density = 3 + (unsigned)rng_below(&g, 4);
        memset(edge, 0, sizeof edge);
        for (unsigned i = 0; i < PEOPLE; i++)
            for (unsigned j = 0; j < PEOPLE; j++)
                if (i != j && rng_one_in(&g, density)) {
                    edge[i][j] = true;
                    v[count++] = vouch(i, j, j, DAY);
                    if (rng_one_in(&g, 4)) v[count] = v[count - 1], count++;
                }
        for (size_t i = count; i > 1; i--) {
            size_t other = rng_below(&g, i);
            struct trust_vouch swap = v[i - 1];
            v[i - 1] = v[other];
            v[other] = swap;
        }
        struct trust *t = build(v, count, 0, DAY + 3);
        assert_int_equal(class_of(t, 0), BUDGET_OWN);
        for (unsigned n = 1; n < PEOPLE; n++) {
            unsigned steps = naive_steps(n);
            assert_int_equal(class_of(t, n), steps == 1 ? BUDGET_NEAR : steps <= 3 ? BUDGET_FAR : BUDGET_STRANGER);
            unsigned chains = chains_to(t, n), wanted = naive(1u << n, 1u << n);
            /* Chains of nobody but the one who is asked about share nobody: the twin counts all or none of them. */
            if (edge[0][n]) {
                bool was = edge[0][n];
                edge[0][n] = false;
                wanted = 1 + naive(1u << n, 1u << n);
                edge[0][n] = was;
            }
            assert_int_equal(chains, wanted);
            more_than_one += chains > 1;
            far += steps == 3;
        }
        for (unsigned i = 0; i < 4; i++) {
            uint8_t keys[PEOPLE + 1][KEY_SIZE];
            unsigned ends = (unsigned)rng_below(&g, 1u << PEOPLE), end_count = 0;
            for (unsigned n = 0; n < PEOPLE; n++)
                if (ends >> n & 1) key_of(keys[end_count++], n);
            key_of(keys[end_count++], 77); /* one whom nobody knows */
            assert_int_equal(trust_chains(t, (const uint8_t(*)[KEY_SIZE])keys, end_count), naive(ends, 0));
        }
    }
    assert_true(more_than_one > 500 && far > 100); /* the graphs are worth it */
}

/* One person makes a thousand keys that vouch for each other and for a thousand witnesses. */
static void test_fakes_count_once(void **state) {
    (void)state;
    enum { FAKES = 1000 };
    static struct trust_vouch v[30 * FAKES];
    static uint8_t witnesses[FAKES][KEY_SIZE];
    size_t count = 0;
    struct rng g;
    rng_begin(&g, "fakes");
    v[count++] = vouch(0, 1, 0, DAY);
    v[count++] = vouch(0, 2, 1, DAY);
    v[count++] = vouch(2, 3, 0, DAY);
    for (unsigned i = 0; i < FAKES; i++) {
        key_of(witnesses[i], 10 + i);
        v[count++] = vouch(1, 10 + i, i, DAY);
        for (unsigned n = 0; n < 20; n++) v[count++] = vouch(10 + i, 10 + (unsigned)rng_below(&g, FAKES), n, DAY);
    }
    struct trust *t = build(v, count, 0, DAY);
    assert_int_equal(trust_chains(t, (const uint8_t(*)[KEY_SIZE])witnesses, FAKES), 1);
    /* An honest witness beside them is one more, and only one. */
    key_of(witnesses[500], 3);
    assert_int_equal(trust_chains(t, (const uint8_t(*)[KEY_SIZE])witnesses, FAKES), 2);
    for (unsigned i = 0; i < 50; i++) assert_true(chains_to(t, 10 + i) <= 1);
    /* And without a chain: "1,000 people, none you can trace". */
    t = build(v + 1, count - 1, 0, DAY);
    key_of(witnesses[500], 10);
    assert_int_equal(trust_chains(t, (const uint8_t(*)[KEY_SIZE])witnesses, FAKES), 0);
    assert_int_equal(class_of(t, 11), BUDGET_STRANGER);
}

static void test_expiry(void **state) {
    (void)state;
    struct trust_vouch v[] = {vouch(0, 1, 0, DAY), vouch(1, 2, 0, DAY + 10)};
    assert_int_equal(class_of(build(v, 2, 0, DAY), 1), BUDGET_NEAR);
    assert_int_equal(class_of(build(v, 2, 0, DAY + 8), 2), BUDGET_STRANGER); /* dated two days ahead: not yet */
    assert_int_equal(class_of(build(v, 2, 0, DAY + 9), 2), BUDGET_FAR);
    assert_int_equal(class_of(build(v, 2, 0, DAY + VOUCH_DAYS), 2), BUDGET_FAR);
    assert_int_equal(class_of(build(v, 2, 0, DAY + VOUCH_DAYS + 1), 1), BUDGET_STRANGER);
    assert_int_equal(class_of(build(v, 2, 0, DAY + VOUCH_DAYS + 1), 2), BUDGET_STRANGER);
    /* One whom the reader met stays near on this device. */
    struct trust *t = build(v, 2, 1, DAY + VOUCH_DAYS + 5);
    assert_int_equal(class_of(t, 1), BUDGET_NEAR);
    assert_int_equal(class_of(t, 2), BUDGET_FAR);
    assert_int_equal(chains_to(t, 1), 1);
}

static void test_budget(void **state) {
    (void)state;
    struct trust_vouch v[2 * VOUCH_PERIOD_MAX + 2];
    uint32_t day = DAY - DAY % VOUCH_PERIOD_DAYS;
    size_t count = 0;
    v[count++] = vouch(0, 1, 0, day);
    for (unsigned i = 0; i < 2 * VOUCH_PERIOD_MAX; i++) /* the last written stand first */
        v[count++] = vouch(1, 10 + i, 2 * VOUCH_PERIOD_MAX - i, day + i % VOUCH_PERIOD_DAYS);
    struct trust *t = build(v, count, 0, day + VOUCH_PERIOD_DAYS);
    for (unsigned i = 0; i < 2 * VOUCH_PERIOD_MAX; i++)
        assert_int_equal(class_of(t, 10 + i), i >= VOUCH_PERIOD_MAX ? BUDGET_FAR : BUDGET_STRANGER);
    /* The next period has a budget of its own. */
    v[count++] = vouch(1, 5, 100, day + VOUCH_PERIOD_DAYS);
    assert_int_equal(class_of(build(v, count, 0, day + VOUCH_PERIOD_DAYS), 5), BUDGET_FAR);
}

static void test_limits(void **state) {
    (void)state;
    static struct trust_vouch v[TRUST_VOUCHES_MAX];
    struct rng g;
    struct trust t;
    uint8_t reader[KEY_SIZE];
    rng_begin(&g, "trust limits");
    key_of(reader, 0);
    for (size_t i = 0; i < TRUST_VOUCHES_MAX; i++) {
        v[i] = vouch((unsigned)i % 700, (unsigned)rng_below(&g, 700), i, DAY);
        v[i].day += (uint32_t)rng_below(&g, 5);
    }
    void *memory = malloc(trust_memory(TRUST_VOUCHES_MAX, 0));
    assert_non_null(memory);
    assert_int_equal(trust_build(&t, reader, NULL, 0, v, TRUST_VOUCHES_MAX + 1, DAY, memory), ERR_LIMIT);
    assert_int_equal(trust_build(&t, reader, NULL, TRUST_MET_MAX + 1, v, 0, DAY, memory), ERR_LIMIT);
    assert_int_equal(trust_build(&t, reader, NULL, 0, v, TRUST_VOUCHES_MAX, DAY + 5, memory), 0);
    assert_true(chains_to(&t, 5) <= 2 * VOUCH_PERIOD_MAX);
    assert_int_equal(trust_build(&t, reader, NULL, 0, v, 0, DAY, memory), 0);
    assert_int_equal(chains_to(&t, 0), 0);
    assert_int_equal(class_of(&t, 0), BUDGET_OWN);
    free(memory);
}

/* ---- The record ---- */

static void test_record(void **state) {
    (void)state;
    static struct sample_community in;
    static uint8_t room[RECORD_SIZE_MAX];
    struct rng g;
    struct record r;
    struct author a = {.charter = &in.charter};
    uint8_t salt[RECORD_SALT_SIZE] = {1}, key[KEY_SIZE], got[KEY_SIZE];
    rng_begin(&g, "vouch record");
    for (unsigned i = 0; i < 20; i++) {
        sample_found(&g, &in);
        uint32_t today = (uint32_t)(in.charter.created / DAY_SECONDS) + 1, life = in.charter.keep_days;
        if (life > VOUCH_DAYS) life = VOUCH_DAYS;
        person_in(&a.member, in.seed, &in.charter);
        a.next = i;
        rng_bytes(&g, key, sizeof key);
        in.charter.access = CHARTER_OPEN;
        assert_int_equal(vouch_make(&a, key, today, salt, room, &r), ERR_CHARTER);
        in.charter.access = CHARTER_CLOSED;
        assert_int_equal(vouch_make(&a, a.member.key, today, salt, room, &r), ERR_FIELD);
        int size = vouch_make(&a, key, today, salt, room, &r);
        assert_true(size > 0);
        assert_int_equal(record_decode(&r, room, (size_t)size), 0);
        assert_int_equal(record_verify(&r), 0);
        assert_int_equal(r.created, (uint64_t)today * DAY_SECONDS);
        assert_int_equal(r.expiry_day, today + life);
        assert_int_equal(vouch_decode(got, &r), 0);
        assert_memory_equal(got, key, KEY_SIZE);
        assert_int_equal(charter_admit(&in.charter, &r), 0);
        /* Whoever writes one into an open group gets it no further. */
        in.charter.access = CHARTER_OPEN;
        assert_int_equal(charter_admit(&in.charter, &r), ERR_CHARTER);
        in.charter.access = CHARTER_CLOSED;
        struct record bad = r;
        bad.created++;
        assert_int_equal(charter_admit(&in.charter, &bad), ERR_TIME);
        bad = r;
        bad.expiry_day--;
        assert_int_equal(charter_admit(&in.charter, &bad), ERR_TIME);
        bad = r;
        memcpy(bad.author, key, KEY_SIZE);
        assert_int_equal(charter_admit(&in.charter, &bad), ERR_FIELD);
        bad = r;
        bad.body = NULL;
        assert_int_equal(charter_admit(&in.charter, &bad), 0);
        assert_int_equal(vouch_decode(got, &bad), ERR_FIELD);
        uint8_t body[RECORD_SALT_SIZE + 2 + KEY_SIZE];
        memcpy(body, r.body, sizeof body);
        bad = r;
        bad.body = body;
        body[RECORD_SALT_SIZE] = 2; /* an unknown field that must be known */
        assert_int_equal(charter_admit(&in.charter, &bad), ERR_UNSUPPORTED);
        body[RECORD_SALT_SIZE] = 1;
        body[RECORD_SALT_SIZE + 1] = KEY_SIZE - 1;
        assert_true(charter_admit(&in.charter, &bad) < 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_twin),   cmocka_unit_test(test_fakes_count_once), cmocka_unit_test(test_expiry),
        cmocka_unit_test(test_budget), cmocka_unit_test(test_limits),           cmocka_unit_test(test_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
