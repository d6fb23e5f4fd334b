/*
 * Pins. Shows that what stands is what a naive twin finds, and that any order of the same acts, cut into parts and with
 * doubles, gives the same to the byte; and of the records which are refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/crypto.h"
#include "test/core/sample_util.h"
#include "view/pins.h"

#define HISTORIES 10000
#define ACTS 24

static int by_id(const void *a, const void *b) {
    return pin_act_order(a, b);
}

static size_t fold(struct pin_act *acts, size_t count) {
    size_t kept = 0;
    qsort(acts, count, sizeof *acts, by_id);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || memcmp(acts[kept - 1].id, acts[i].id, HASH_SIZE) != 0) acts[kept++] = acts[i];
    pins_fold(acts, kept);
    return kept;
}

static void id_fill(struct rng *g, uint8_t id[HASH_SIZE]) {
    for (unsigned i = 0; i < HASH_SIZE; i++) id[i] = (uint8_t)rng_below(g, 256);
}

static size_t history_make(struct rng *g, struct pin_act *acts) {
    size_t count = 1 + rng_below(g, ACTS);
    memset(acts, 0, count * sizeof *acts);
    for (size_t i = 0; i < count; i++) {
        struct pin_act *act = &acts[i];
        id_fill(g, act->id);
        act->created = rng_below(g, 5);
        act->type = i > 0 && rng_one_in(g, 3) ? PIN_END : PIN_SET;
        act->count = act->type == PIN_SET ? 1 : (uint8_t)(1 + rng_below(g, 3));
        for (unsigned k = 0; k < act->count; k++) {
            if (act->type == PIN_SET)
                memset(act->targets[k], (int)rng_below(g, 4), HASH_SIZE);
            else if (rng_one_in(g, 8))
                id_fill(g, act->targets[k]); /* a pin that has not come */
            else
                memcpy(act->targets[k], acts[rng_below(g, i)].id, HASH_SIZE);
        }
    }
    return count;
}

static bool naive(const struct pin_act *acts, size_t count, const struct pin_act *one) {
    if (one->type != PIN_SET) return false;
    for (size_t i = 0; i < count; i++)
        for (unsigned k = 0; acts[i].type == PIN_END && k < acts[i].count; k++)
            if (memcmp(acts[i].targets[k], one->id, HASH_SIZE) == 0) return false;
    return true;
}

static void test_twin_and_order(void **state) {
    (void)state;
    struct rng g;
    static struct pin_act whole[ACTS], first[ACTS], device[2 * ACTS];
    unsigned stand = 0, ended = 0;
    rng_begin(&g, "pins");
    for (unsigned n = 0; n < HISTORIES; n++) {
        size_t count = history_make(&g, whole);
        memcpy(first, whole, sizeof first);
        assert_int_equal(fold(first, count), count);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(first[i].stands, naive(whole, count, &first[i]));
            stand += first[i].stands;
            ended += first[i].type == PIN_SET && !first[i].stands;
        }
        size_t have = 0; /* in parts, with doubles, each part folded */
        while (have < count) {
            for (size_t i = 0; i < count && have < 2 * ACTS; i++)
                if (rng_one_in(&g, 2)) device[have++] = whole[count - 1 - i];
            have = fold(device, have);
        }
        assert_memory_equal(device, first, count * sizeof *first);
    }
    assert_true(stand > 10000 && ended > 10000);
}

static void test_records(void **state) {
    (void)state;
    static const uint8_t salt[RECORD_SALT_SIZE];
    static uint8_t room[RECORD_SIZE_MAX];
    uint8_t seed[SEED_SIZE] = {3}, targets[RECORD_REFS_MAX + 1][HASH_SIZE];
    struct charter charter = {.access = CHARTER_OPEN, .keep_days = 30, .coordinator_count = 1};
    struct author a = {.charter = &charter};
    struct record r;
    memset(targets, 7, sizeof targets);
    memset(charter.community, 9, HASH_SIZE);
    crypto_keypair(a.member.key, a.member.secret, seed);
    memcpy(charter.coordinators[0], a.member.key, KEY_SIZE);
    assert_true(pin_make(&a, PIN_SET, targets[0], 1, 1641400000, salt, room, &r) > 0);
    assert_int_equal(pin_decode(&r), PIN_SET);
    assert_int_equal(charter_admit(&charter, &r), 0);
    charter.coordinators[0][0] ^= 1; /* whoever does not coordinate an open group pins nothing there */
    assert_int_equal(charter_admit(&charter, &r), ERR_CHARTER);
    assert_true(pin_make(&a, PIN_END, targets[0], RECORD_REFS_MAX, 1641400000, salt, room, &r) > 0);
    assert_int_equal(pin_decode(&r), PIN_END);
    assert_int_equal(pin_make(&a, PIN_SET, targets[0], 2, 1641400000, salt, room, &r), ERR_FIELD);
    assert_int_equal(pin_make(&a, PIN_END, targets[0], RECORD_REFS_MAX + 1, 1641400000, salt, room, &r), ERR_FIELD);
    assert_int_equal(pin_make(&a, PIN_END, targets[0], 0, 1641400000, salt, room, &r), ERR_FIELD);
    static const struct {
        int err;
        unsigned refs;
        uint8_t type;
        const char *content;
        size_t size;
    } cases[] = {
        {PIN_SET, 1, REF_TARGET, "\1\1\1", 3},
        {ERR_FIELD, 1, REF_TARGET, "\1\1\3", 3},
        {ERR_FIELD, 1, REF_TARGET, "\1\1\0", 3},
        {ERR_FIELD, 1, REF_TARGET, "", 0},
        {ERR_FIELD, 0, REF_TARGET, "\1\1\1", 3},
        {ERR_FIELD, 2, REF_TARGET, "\1\1\1", 3},
        {PIN_END, 2, REF_TARGET, "\1\1\2", 3},
        {ERR_FIELD, 1, REF_REPLY, "\1\1\1", 3},
        {ERR_UNSUPPORTED, 1, REF_TARGET, "\1\1\1\2\0", 5},
        {PIN_SET, 1, REF_TARGET, "\1\1\1\x80\1\0", 6},
        {ERR_TRUNCATED, 1, REF_TARGET, "\1\2\1", 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t body[32] = {0};
        struct record one = {
            .form = RECORD_FORM_PLAIN, .kind = KIND_PIN, .body = body, .ref_count = (uint8_t)cases[i].refs};
        for (unsigned k = 0; k < cases[i].refs; k++) one.refs[k].type = cases[i].type;
        memcpy(body + RECORD_SALT_SIZE, cases[i].content, cases[i].size);
        one.body_size = RECORD_SALT_SIZE + cases[i].size;
        assert_int_equal(pin_decode(&one), cases[i].err);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_twin_and_order), cmocka_unit_test(test_records)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
