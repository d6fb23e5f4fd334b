/*
 * What a freeze does to a store, in memory, on disk and sealed. Shows that what a seized phone took back stands again
 * and keeps its body beyond the three days after which it would go; that what it wrote is set apart and who asked is
 * told; that this is so in whatever order the records come and after the store was opened anew; and that a lift undoes
 * it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "core/crypto.h"
#include "store/freezes.h"
#include "test/property_util.h"
#include "test/store/stores_util.h"

enum { CARDS, FIRST, LAST, TAKEN_BACK, BACKDATED, FREEZE, ANSWER, SUPPORT, RECORDS };

struct story {
    struct made_community c;
    struct author person, friend;
    struct card cards[2];
    struct record records[RECORDS];
    uint8_t bytes[RECORDS][RECORD_SIZE_MAX];
    size_t sizes[RECORDS];
};

static void say(struct story *t, unsigned at, struct author *who, const char *words, uint64_t created) {
    static const uint8_t salt[RECORD_SALT_SIZE] = {7};
    struct text text = {.text = words, .size = strlen(words)};
    int size = author_text(who, &text, URGENCY_NORMAL, NULL, created, salt, t->bytes[at], &t->records[at]);
    assert_true(size > 0);
    t->sizes[at] = (size_t)size;
}

static void made(struct story *t, unsigned at, int size) {
    assert_true(size > 0);
    t->sizes[at] = (size_t)size;
}

static void story_make(struct story *t) {
    static const uint8_t salt[RECORD_SALT_SIZE] = {9};
    uint8_t seed[SEED_SIZE] = {1}, commitments[2][HASH_SIZE], key[KEY_SIZE], secret[SECRET_SIZE];
    memset(t, 0, sizeof *t);
    make_community(&t->c, 1);
    t->person.charter = t->friend.charter = &t->c.charter;
    person_member(&t->person.member, seed, t->c.charter.community);
    seed[0] = 2;
    person_member(&t->friend.member, seed, t->c.charter.community);
    for (unsigned i = 0; i < 2; i++) {
        struct card *c = &t->cards[i];
        c->purpose = (uint8_t)(CARD_FREEZE + i);
        memcpy(c->community, t->c.charter.community, HASH_SIZE);
        memcpy(c->key, t->person.member.key, KEY_SIZE);
        memset(c->seed, 50 + (int)i, SEED_SIZE);
        crypto_keypair(key, secret, c->seed);
        card_commitment(commitments[i], c->purpose, c->community, c->key, key);
    }
    struct card_commitments list = {2, commitments[0]};
    made(t, CARDS, card_record_make(&t->person, &list, MAKE_NOW, salt, t->bytes[CARDS], &t->records[CARDS]));
    say(t, FIRST, &t->person, "they beat people at the gate", MAKE_NOW);
    say(t, LAST, &t->person, "we go on at ten", MAKE_NOW);
    made(t, TAKEN_BACK,
         author_retraction(&t->person, &t->records[FIRST], MAKE_NOW, salt, t->bytes[TAKEN_BACK],
                           &t->records[TAKEN_BACK]));
    say(t, BACKDATED, &t->person, "nobody was beaten", MAKE_NOW - 3600);
    struct freeze_last last = {.seq = t->records[LAST].seq};
    memcpy(last.id, t->records[LAST].id, HASH_SIZE);
    struct freeze_write w = {.author = &t->friend,
                             .created = MAKE_NOW,
                             .salt = salt,
                             .key = t->person.member.key,
                             .card = &t->cards[0],
                             .room = t->bytes[FREEZE],
                             .out = &t->records[FREEZE]};
    made(t, FREEZE, freeze_make(&w, &last));
    w.card = NULL;
    w.room = t->bytes[SUPPORT];
    w.out = &t->records[SUPPORT];
    made(t, SUPPORT, freeze_lift(&w, t->records[FREEZE].id, 1));
    w.author = &t->person;
    w.card = &t->cards[1];
    w.room = t->bytes[ANSWER];
    w.out = &t->records[ANSWER];
    made(t, ANSWER, freeze_lift(&w, t->records[FREEZE].id, 1));
}

static void put(struct store *s, const struct story *t, unsigned at) {
    struct record r;
    assert_int_equal(record_decode(&r, t->bytes[at], t->sizes[at]), 0);
    assert_int_equal(charter_admit(&t->c.charter, &r), 0);
    assert_int_equal(store_put(s, &r, t->bytes[at], t->sizes[at], MAKE_NOW), 1);
}

static void check_shown(struct store *s, const struct story *t, unsigned at, bool shown, bool apart) {
    static uint8_t room[RECORD_SIZE_MAX];
    struct store_record r;
    struct store_apart why;
    assert_int_equal(store_get(s, t->records[at].id, room, &r), 0);
    assert_int_equal(r.retracted, !shown);
    assert_non_null(r.record.body);
    assert_int_equal(store_is_apart(s, &r.record, &why), apart);
    if (!apart) return;
    assert_int_equal(why.place, FREEZE_APART);
    assert_int_equal(why.asker_count, 1);
    assert_memory_equal(why.askers[0], t->friend.member.key, KEY_SIZE);
}

static void check_frozen(struct store *s, const struct story *t) {
    check_shown(s, t, FIRST, true, false);
    check_shown(s, t, LAST, true, false);
    check_shown(s, t, TAKEN_BACK, true, true);
    check_shown(s, t, BACKDATED, true, true);
}

static uint64_t visible(struct store *s, const struct story *t) {
    static struct store_community c;
    assert_int_equal(store_community_get(s, t->c.charter.community, MAKE_NOW, &c), 0);
    return c.records;
}

static void tell_story(enum flavour flavour) {
    static struct story t;
    static struct store_stats stats;
    struct store *s = stores_open(flavour, true);
    story_make(&t);
    assert_int_equal(store_community_put(s, &t.c.record, true), 1);
    for (unsigned i = CARDS; i <= BACKDATED; i++) put(s, &t, i);
    assert_int_equal(store_freezes_refresh(s), 0);
    check_shown(s, &t, FIRST, false, false);
    assert_int_equal(visible(s, &t), 4);
    put(s, &t, FREEZE);
    assert_int_equal(store_freezes_refresh(s), 0);
    check_frozen(s, &t);
    assert_int_equal(visible(s, &t), 6);
    stores_tick(s, MAKE_NOW + 5 * DAY, true);
    check_frozen(s, &t);
    if (flavour != MEMORY) {
        store_close(s);
        s = stores_open(flavour, false);
        stores_tick(s, MAKE_NOW + 6 * DAY, true);
        check_frozen(s, &t);
    }
    /* The answer alone does not do. */
    put(s, &t, ANSWER);
    assert_int_equal(store_freezes_refresh(s), 0);
    check_frozen(s, &t);
    put(s, &t, SUPPORT);
    assert_int_equal(store_freezes_refresh(s), 0);
    check_shown(s, &t, FIRST, false, false);
    check_shown(s, &t, BACKDATED, true, false);
    stores_tick(s, MAKE_NOW + 10 * DAY, true);
    assert_int_equal(store_stats(s, MAKE_NOW, &stats), 0);
    assert_int_equal(stats.stubs, 1);
    store_close(s);
    make_end();
}

static void test_memory(void **state) {
    (void)state;
    tell_story(MEMORY);
}

static void test_sqlite(void **state) {
    (void)state;
    tell_story(SQLITE);
}

static void test_sealed(void **state) {
    (void)state;
    tell_story(SEALED);
}

/* In any order, looked at in between or not, rolled back and put again now and then. */
static void test_any_order(void **state) {
    (void)state;
    static struct story t;
    struct rng g;
    rng_begin(&g, "freezes in any order");
    story_make(&t);
    for (unsigned round = 0; round < 60; round++) {
        unsigned order[FREEZE + 1];
        struct store *s = stores_open(round % 2 ? SQLITE : MEMORY, true);
        assert_int_equal(store_community_put(s, &t.c.record, true), 1);
        for (unsigned i = 0; i <= FREEZE; i++) order[i] = i;
        for (unsigned i = FREEZE; i > 0; i--) {
            unsigned k = (unsigned)rng_below(&g, i + 1), swapped = order[i];
            order[i] = order[k];
            order[k] = swapped;
        }
        for (unsigned i = 0; i <= FREEZE; i++) {
            if (rng_one_in(&g, 4)) {
                assert_int_equal(store_begin(s), 0);
                put(s, &t, order[i]);
                if (rng_one_in(&g, 2)) assert_int_equal(store_freezes_refresh(s), 0);
                store_rollback(s);
            }
            put(s, &t, order[i]);
            if (rng_one_in(&g, 3)) assert_int_equal(store_freezes_refresh(s), 0);
        }
        assert_int_equal(store_freezes_refresh(s), 0);
        check_frozen(s, &t);
        assert_int_equal(visible(s, &t), 6);
        store_close(s);
        make_end();
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_sqlite),
        cmocka_unit_test(test_sealed),
        cmocka_unit_test(test_any_order),
    };
    if (sodium_init() < 0) return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
