/*
 * The two stores do the same: one suite runs over both. twins_test.c takes random operations through both at once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/blob.h"
#include "test/store/fixture_util.h"

#define OPEN_DAYS 30

/* ---- Opening ---- */

static int begin_memory(void **state) {
    return fixture_begin(state, MEMORY, 3, 1);
}
static int begin_sqlite(void **state) {
    return fixture_begin(state, SQLITE, 3, 1);
}
static int begin_sealed(void **state) {
    return fixture_begin(state, SEALED, 3, 1);
}

/* ---- Shorthands ---- */

static struct make text_of(struct fixture *f, uint64_t created, const char *text) {
    return (struct make){.community = f->c[0].charter.community,
                         .author = 1,
                         .days = OPEN_DAYS,
                         .created = created,
                         .salt = ++f->salt,
                         .text = text};
}

static int put(struct fixture *f, const struct make *how, uint64_t seen) {
    make_record(&f->m, how);
    return store_put(f->s, &f->m.record, f->m.bytes, f->m.size, seen);
}

static struct make retraction_of(struct fixture *f, const struct made *target, uint32_t days) {
    struct make how = {.community = target->record.community,
                       .author = 1,
                       .kind = KIND_RETRACTION,
                       .days = days,
                       .created = MAKE_NOW,
                       .salt = ++f->salt,
                       .ref_count = 1};
    how.refs[0].type = REF_TARGET;
    memcpy(how.refs[0].id, target->record.id, HASH_SIZE);
    return how;
}

static struct collected got;

static size_t list(struct store *s, const struct store_query *q) {
    got.count = 0;
    assert_int_equal(store_list(s, q, stores_collect, &got), 0);
    return got.count;
}

static size_t search(struct store *s, const char *query) {
    got.count = 0;
    assert_int_equal(store_search(s, NULL, query, MAKE_NOW, 0, stores_collect, &got), 0);
    return got.count;
}

static void index_all(struct store *s) {
    int left;
    while ((left = store_index(s, 100)) > 0) {
    }
    assert_int_equal(left, 0);
}

static struct store_community community(struct fixture *f, unsigned n, uint64_t now) {
    struct store_community c;
    assert_int_equal(store_community_get(f->s, f->c[n].charter.community, now, &c), 0);
    return c;
}

static struct store_stats stats(struct fixture *f) {
    struct store_stats st;
    assert_int_equal(store_stats(f->s, MAKE_NOW, &st), 0);
    return st;
}

/* ---- The suite ---- */

/* A record put once is held, comes back byte for byte by id and by number, and is counted; put again it is known. */
static void test_put_and_get(void **state) {
    struct fixture *f = *state;
    uint8_t room[RECORD_SIZE_MAX];
    struct store_record r;
    struct make how = text_of(f, MAKE_NOW, "Нужна вода");
    assert_int_equal(put(f, &how, MAKE_NOW + 5), 1);
    assert_int_equal(store_put(f->s, &f->m.record, f->m.bytes, f->m.size, MAKE_NOW + 9), 0);
    assert_int_equal(store_has(f->s, f->m.record.id), STORE_HELD);
    assert_int_equal(store_get(f->s, f->m.record.id, room, &r), 0);
    assert_int_equal(r.size, f->m.size);
    assert_memory_equal(r.bytes, f->m.bytes, r.size);
    assert_memory_equal(r.record.body, f->m.record.body, r.record.body_size);
    assert_int_equal(r.seen, MAKE_NOW + 5);
    assert_int_equal(store_get_num(f->s, r.num, room, &r), 0);
    assert_memory_equal(r.record.id, f->m.record.id, HASH_SIZE);
    assert_int_equal(store_get_num(f->s, r.num + 1, room, &r), ERR_NOT_FOUND);
    assert_int_equal(community(f, 0, MAKE_NOW).records, 1);
    assert_int_equal(community(f, 0, MAKE_NOW).newest, MAKE_NOW);
    assert_int_equal(stats(f).records, 1);
}

/* What does not belong is refused, with the error that says why, and leaves nothing. */
static void test_refusals(void **state) {
    struct fixture *f = *state;
    struct made_community unknown;
    make_community(&unknown, 77);
    struct make how = text_of(f, MAKE_NOW, "a");
    how.community = unknown.charter.community;
    assert_int_equal(put(f, &how, MAKE_NOW), ERR_COMMUNITY);
    assert_string_equal(store_why(f->s), err_text(ERR_COMMUNITY));
    assert_int_equal(store_put(f->s, &unknown.record, f->m.bytes, f->m.size, MAKE_NOW), ERR_CHARTER);
    assert_int_equal(store_has(f->s, f->m.record.id), STORE_UNKNOWN);
    assert_int_equal(stats(f).records, 0);
    assert_int_equal(store_commit(f->s), ERR_USAGE);
    assert_int_equal(store_pin(f->s, f->m.record.id, true), ERR_NOT_FOUND);
}

/* After a rollback nothing of the transaction is there, numbers and counters included. */
static void test_rollback(void **state) {
    struct fixture *f = *state;
    uint8_t value[4], blob[HASH_SIZE] = {9}, chunk[1000] = {0};
    struct made_community other;
    make_community(&other, 50);
    struct make how = text_of(f, MAKE_NOW, "first");
    assert_int_equal(put(f, &how, MAKE_NOW), 1);
    struct made first = f->m;
    assert_int_equal(store_begin(f->s), 0);
    assert_int_equal(store_begin(f->s), ERR_USAGE);
    how = retraction_of(f, &first, OPEN_DAYS);
    assert_int_equal(put(f, &how, MAKE_NOW), 1);
    how = text_of(f, MAKE_NOW + 1, "second");
    assert_int_equal(put(f, &how, MAKE_NOW), 1);
    assert_int_equal(store_community_put(f->s, &other.record, true), 1);
    assert_int_equal(store_meta_set(f->s, "x", (const uint8_t *)"y", 1), 0);
    assert_int_equal(store_chunk_put(f->s, blob, 1000, 0, NULL, 0, chunk, 1000, MAKE_NOW), 1);
    assert_int_equal(community(f, 0, MAKE_NOW).records, 2);
    store_rollback(f->s);
    assert_int_equal(community(f, 0, MAKE_NOW).records, 1);
    assert_int_equal(store_has(f->s, f->m.record.id), STORE_UNKNOWN);
    assert_int_equal(store_meta_get(f->s, "x", value, sizeof value), ERR_NOT_FOUND);
    assert_int_equal(stats(f).communities, 3);
    assert_int_equal(stats(f).chunks, 0);
    assert_int_equal(put(f, &how, MAKE_NOW), 1);
}

/* Records come in the order (created, id) in both directions, from any place in it, over one community or all, in pages
 * of any size. */
static void test_order(void **state) {
    struct fixture *f = *state;
    uint64_t seed = 5;
    for (unsigned i = 0; i < 300; i++) {
        struct make how = text_of(f, MAKE_NOW - make_random(&seed) % 40, "x");
        how.community = f->c[make_random(&seed) % 3].charter.community;
        assert_int_equal(put(f, &how, MAKE_NOW), 1);
    }
    for (unsigned down = 0; down < 2; down++) {
        for (unsigned which = 0; which < 2; which++) {
            struct store_query q = {
                .now = MAKE_NOW, .newest_first = down, .community = which ? f->c[1].charter.community : NULL};
            static struct collected all;
            list(f->s, &q);
            all = got;
            if (!which) assert_int_equal(all.count, 300);
            for (size_t i = 1; i < all.count; i++) {
                int order = record_order(all.created[i - 1], all.ids[i - 1], all.created[i], all.ids[i]);
                assert_true(down ? order > 0 : order < 0);
            }
            q.limit = 7;
            for (size_t at = 0; at < all.count;) {
                size_t n = list(f->s, &q);
                assert_int_equal(n, all.count - at < 7 ? all.count - at : 7);
                assert_memory_equal(got.ids, all.ids + at, n * HASH_SIZE);
                at += n;
                q.after_id = all.ids[at - 1];
                q.after_created = all.created[at - 1];
            }
            assert_int_equal(list(f->s, &q), 0);
            struct store_query since = {
                .now = MAKE_NOW, .newest_first = down, .since = MAKE_NOW - 10, .community = q.community};
            size_t expected = 0, n = list(f->s, &since);
            for (size_t i = 0; i < all.count; i++) expected += all.created[i] >= MAKE_NOW - 10;
            assert_int_equal(n, expected);
        }
    }
}

/* A visitor that stops is not called again, and what it returns comes back. */
static int stop_at_once(void *context, const struct store_record *r) {
    (void)r;
    return ++*(int *)context == 2 ? 42 : 0;
}
static void test_visitor_stops(void **state) {
    struct fixture *f = *state;
    int calls = 0;
    for (unsigned i = 0; i < 5; i++) {
        struct make how = text_of(f, MAKE_NOW, "x");
        assert_int_equal(put(f, &how, MAKE_NOW), 1);
    }
    struct store_query q = {.now = MAKE_NOW};
    assert_int_equal(store_list(f->s, &q, stop_at_once, &calls), 42);
    assert_int_equal(calls, 2);
    index_all(f->s);
    calls = 0;
    assert_int_equal(store_search(f->s, NULL, "x", MAKE_NOW, 0, stop_at_once, &calls), 42);
    assert_int_equal(calls, 2);
}

/* A letter to one person is held, but stands in no list, and takes no place of a limit. */
static void test_letters_are_not_listed(void **state) {
    struct fixture *f = *state;
    struct make how = text_of(f, MAKE_NOW, "parent");
    assert_int_equal(put(f, &how, MAKE_NOW), 1);
    uint8_t parent[HASH_SIZE], letter[HASH_SIZE];
    memcpy(parent, f->m.record.id, HASH_SIZE);
    for (unsigned i = 0; i < 6; i++) {
        how = text_of(f, MAKE_NOW + 1 + i, "reply");
        if (i % 2 == 0) how.kind = KIND_LETTER;
        how.urgency = URGENCY_URGENT;
        how.ref_count = 1;
        how.refs[0].type = REF_REPLY;
        memcpy(how.refs[0].id, parent, HASH_SIZE);
        assert_int_equal(put(f, &how, MAKE_NOW), 1);
        if (i == 0) memcpy(letter, f->m.record.id, HASH_SIZE);
    }
    assert_int_equal(store_has(f->s, letter), STORE_HELD);
    struct store_query q = {.now = MAKE_NOW, .retracted = true};
    assert_int_equal(list(f->s, &q), 4);
    for (unsigned i = 0; i < 4; i++) assert_memory_not_equal(got.ids[i], letter, HASH_SIZE);
    for (q.limit = 1; q.limit <= 4; q.limit++) assert_int_equal(list(f->s, &q), q.limit);
    for (uint32_t limit = 0; limit < 5; limit++) {
        size_t expected = limit == 0 || limit > 3 ? 3 : limit;
        got.count = 0;
        assert_int_equal(store_replies(f->s, parent, MAKE_NOW, limit, stores_collect, &got), 0);
        assert_int_equal(got.count, expected);
        got.count = 0;
        assert_int_equal(store_urgent_newest(f->s, f->c[0].charter.community, MAKE_NOW, limit, stores_collect, &got),
                         0);
        assert_int_equal(got.count, expected);
    }
}

/* What is ahead of the clock waits: it is held but not listed, found or counted until its time. */
static void test_waiting(void **state) {
    struct fixture *f = *state;
    struct make how = text_of(f, MAKE_NOW + TIME_AHEAD_SLACK + 1, "tomorrow");
    assert_int_equal(put(f, &how, MAKE_NOW), 1);
    struct store_query q = {.now = MAKE_NOW, .retracted = true};
    index_all(f->s);
    assert_int_equal(list(f->s, &q), 0);
    assert_int_equal(search(f->s, "tomorrow"), 0);
    assert_int_equal(community(f, 0, MAKE_NOW).records, 0);
    assert_int_equal(community(f, 0, MAKE_NOW).newest, 0);
    assert_int_equal(stats(f).waiting, 1);
    assert_int_equal(store_has(f->s, f->m.record.id), STORE_HELD);
    q.now++;
    assert_int_equal(list(f->s, &q), 1);
    assert_int_equal(community(f, 0, MAKE_NOW + 1).records, 1);
}

/* A retraction by the author hides at once, whichever comes first; by another, or from another community, it does
 * nothing. */
static void test_retraction_hides(void **state) {
    struct fixture *f = *state;
    struct store_record r;
    uint8_t room[RECORD_SIZE_MAX];
    for (unsigned first = 0; first < 2; first++) {
        struct made target, back;
        struct make how = text_of(f, MAKE_NOW, "мой адрес");
        make_record(&target, &how);
        struct store_query q = {.now = MAKE_NOW, .community = how.community};
        size_t before = list(f->s, &q);
        how = retraction_of(f, &target, 3);
        make_record(&back, &how);
        how.author = 2;
        assert_int_equal(put(f, &how, MAKE_NOW), 1); /* somebody else's */
        how = retraction_of(f, &target, 3);
        how.community = f->c[1].charter.community;
        assert_int_equal(put(f, &how, MAKE_NOW), 1); /* from elsewhere */
        struct made *order[] = {first ? &back : &target, first ? &target : &back};
        assert_int_equal(store_put(f->s, &order[0]->record, order[0]->bytes, order[0]->size, MAKE_NOW), 1);
        index_all(f->s);
        if (!first) assert_int_equal(search(f->s, "адрес"), 1);
        assert_int_equal(store_put(f->s, &order[1]->record, order[1]->bytes, order[1]->size, MAKE_NOW + 10), 1);
        index_all(f->s);
        assert_int_equal(search(f->s, "адрес"), 0);
        assert_int_equal(list(f->s, &q), before + 2); /* the two retractions of this community */
        assert_int_equal(store_get(f->s, target.record.id, room, &r), 0);
        assert_true(r.retracted);
        assert_non_null(r.record.body);
        q.retracted = true;
        assert_true(list(f->s, &q) > before + 2);
    }
}

/* 72 hours after the retraction was first seen the body goes and the header stays, however unsure the clock; the body
 * can't come back. */
static void test_retraction_blanks(void **state) {
    struct fixture *f = *state;
    struct store_record r;
    uint8_t room[RECORD_SIZE_MAX];
    struct make how = text_of(f, MAKE_NOW, "құпия сөз");
    assert_int_equal(put(f, &how, MAKE_NOW), 1);
    struct made target = f->m;
    index_all(f->s);
    how = retraction_of(f, &target, 1);
    assert_int_equal(put(f, &how, MAKE_NOW + 100), 1);
    struct made back = f->m;
    how.salt = ++f->salt;
    assert_int_equal(put(f, &how, MAKE_NOW + 5000), 1); /* a second one does not put it off */
    stores_tick(f->s, MAKE_NOW + 99 + RETRACTED_BODY_SECONDS, false);
    assert_int_equal(store_has(f->s, target.record.id), STORE_HELD);
    stores_tick(f->s, MAKE_NOW + 100 + RETRACTED_BODY_SECONDS, false);
    assert_int_equal(store_has(f->s, target.record.id), STORE_STUB);
    assert_int_equal(store_get(f->s, target.record.id, room, &r), 0);
    assert_null(r.record.body);
    assert_memory_equal(r.record.id, target.record.id, HASH_SIZE);
    assert_int_equal(store_put(f->s, &target.record, target.bytes, target.size, MAKE_NOW), 0);
    assert_int_equal(store_has(f->s, target.record.id), STORE_STUB);
    /* The retraction's own day is over, its target's not: both stay. Then both go. */
    stores_tick(f->s, MAKE_NOW + 10 * DAY, true);
    assert_int_equal(store_has(f->s, target.record.id), STORE_STUB);
    assert_int_equal(store_has(f->s, back.record.id), STORE_HELD);
    stores_tick(f->s, MAKE_NOW + (OPEN_DAYS + 2) * DAY, true);
    assert_int_equal(store_has(f->s, target.record.id), STORE_UNKNOWN);
    assert_int_equal(store_has(f->s, back.record.id), STORE_UNKNOWN);
    assert_int_equal(stats(f).records, 0);
}

/* A pinned record is neither blanked nor expired; let go, it is. */
static void test_pin(void **state) {
    struct fixture *f = *state;
    struct make how = text_of(f, MAKE_NOW, "evidence");
    assert_int_equal(put(f, &how, MAKE_NOW), 1);
    struct made target = f->m;
    assert_int_equal(store_pin(f->s, target.record.id, true), 0);
    how = retraction_of(f, &target, OPEN_DAYS);
    assert_int_equal(put(f, &how, MAKE_NOW), 1);
    stores_tick(f->s, MAKE_NOW + 100 * DAY, true);
    assert_int_equal(store_has(f->s, target.record.id), STORE_HELD);
    assert_int_equal(store_pin(f->s, target.record.id, false), 0);
    stores_tick(f->s, MAKE_NOW + 4 * DAY, false);
    assert_int_equal(store_has(f->s, target.record.id), STORE_STUB);
    stores_tick(f->s, MAKE_NOW + 100 * DAY, true);
    assert_int_equal(store_has(f->s, target.record.id), STORE_UNKNOWN);
}

/* Nothing expires while the clock is not confirmed, nor before the grace is over. */
static void test_expiry(void **state) {
    struct fixture *f = *state;
    struct make how = text_of(f, MAKE_NOW, "x");
    assert_int_equal(put(f, &how, MAKE_NOW), 1);
    uint64_t last = (uint64_t)(f->m.record.expiry_day + EXPIRY_GRACE_DAYS) * DAY + DAY - 1;
    stores_tick(f->s, last + 1000 * DAY, false);
    stores_tick(f->s, last, true);
    assert_int_equal(store_has(f->s, f->m.record.id), STORE_HELD);
    stores_tick(f->s, last + 1, true);
    assert_int_equal(store_has(f->s, f->m.record.id), STORE_UNKNOWN);
    assert_int_equal(community(f, 0, MAKE_NOW).records, 0);
}

/* A stub is known but not listed; its body may follow, is then found by search, and comes in place. */
static void test_stub_completed(void **state) {
    struct fixture *f = *state;
    struct made whole, stub;
    struct make how = text_of(f, MAKE_NOW, "later");
    make_record(&whole, &how);
    make_stub(&stub, &whole);
    assert_int_equal(store_put(f->s, &stub.record, stub.bytes, stub.size, MAKE_NOW), 1);
    assert_int_equal(store_put(f->s, &stub.record, stub.bytes, stub.size, MAKE_NOW), 0);
    assert_int_equal(store_has(f->s, whole.record.id), STORE_STUB);
    assert_int_equal(community(f, 0, MAKE_NOW).records, 0);
    how = text_of(f, MAKE_NOW, "other");
    assert_int_equal(put(f, &how, MAKE_NOW), 1);
    index_all(f->s);
    assert_int_equal(store_put(f->s, &whole.record, whole.bytes, whole.size, MAKE_NOW), 1);
    assert_int_equal(store_has(f->s, whole.record.id), STORE_HELD);
    assert_int_equal(search(f->s, "LATER"), 1);
    assert_int_equal(community(f, 0, MAKE_NOW).records, 2);
    assert_int_equal(stats(f).stubs, 0);
}

/* A ghost is seen and not fetched again, until its day is over; a held record that becomes one is gone. */
static void test_ghosts(void **state) {
    struct fixture *f = *state;
    struct make how = text_of(f, MAKE_NOW, "evicted");
    assert_int_equal(put(f, &how, MAKE_NOW), 1);
    const uint8_t *c = how.community;
    struct made m = f->m;
    assert_int_equal(store_ghost(f->s, c, m.record.id, 1, 0), 0);
    assert_int_equal(store_has(f->s, m.record.id), STORE_GHOST);
    assert_int_equal(store_put(f->s, &m.record, m.bytes, m.size, MAKE_NOW), 0);
    assert_int_equal(stats(f).records, 0);
    assert_int_equal(stats(f).ghosts, 1);
    stores_tick(f->s, (uint64_t)(m.record.expiry_day + 1) * DAY, true);
    assert_int_equal(store_has(f->s, m.record.id), STORE_GHOST); /* its own day counted, not the argument */
    stores_tick(f->s, (uint64_t)(m.record.expiry_day + 2) * DAY, true);
    assert_int_equal(store_has(f->s, m.record.id), STORE_UNKNOWN);
    assert_int_equal(store_put(f->s, &m.record, m.bytes, m.size, MAKE_NOW), 1);
    assert_int_equal(store_ghost(f->s, m.record.author, m.record.id, 1, 0), ERR_COMMUNITY);
}

/* Ghosts are bounded: what goes beyond marks its day. */
static void test_ghosts_overflow(void **state) {
    struct fixture *f = *state;
    const uint8_t *c = f->c[0].charter.community;
    uint8_t id[HASH_SIZE] = {0};
    assert_int_equal(store_begin(f->s), 0);
    for (uint32_t i = 0; i < STORE_GHOSTS_MAX + 1; i++) {
        memcpy(id, &i, sizeof i);
        assert_int_equal(store_ghost(f->s, c, id, i < STORE_GHOSTS_MAX ? 20000 : 20001, 5), 0);
    }
    assert_int_equal(store_commit(f->s), 0);
    assert_int_equal(store_ghost_is_partial(f->s, c, 20000), 0);
    assert_int_equal(store_ghost_is_partial(f->s, c, 20001), 1);
    assert_int_equal(store_has(f->s, id), STORE_UNKNOWN);
    assert_int_equal(stats(f).ghosts, STORE_GHOSTS_MAX);
    assert_true(store_tick(f->s, (struct when){20004 * DAY, true}, UINT32_MAX) > 0);
    assert_int_equal(store_ghost_is_partial(f->s, c, 20001), 0);
    assert_int_equal(stats(f).ghosts, 0);
}

/* What was seen is told by its own expiry day, held, stub or ghost, and a retraction kept longer under its own too. */
static void test_seen(void **state) {
    struct fixture *f = *state;
    struct make how = text_of(f, MAKE_NOW, "a");
    assert_int_equal(put(f, &how, MAKE_NOW), 1);
    struct made a = f->m;
    how = retraction_of(f, &a, 2);
    assert_int_equal(put(f, &how, MAKE_NOW), 1);
    uint32_t today = when_day(MAKE_NOW);
    uint8_t id[HASH_SIZE] = {1, 2, 3};
    assert_int_equal(store_ghost(f->s, how.community, id, today + 2, MAKE_NOW), 0);
    got.count = 0;
    assert_int_equal(store_seen_range(f->s, how.community, today, 0, today + 6, 0, stores_collect_seen, &got), 0);
    assert_int_equal(got.count, 2);
    got.count = 0;
    assert_int_equal(
        store_seen_range(f->s, how.community, today + 3, 0, today + OPEN_DAYS + 1, 0, stores_collect_seen, &got), 0);
    assert_int_equal(got.count, 1);
    assert_memory_equal(got.ids[0], a.record.id, HASH_SIZE);
    got.count = 0;
    assert_int_equal(store_seen_range(f->s, f->c[1].charter.community, 0, 0, UINT32_MAX, 0, stores_collect_seen, &got),
                     0);
    assert_int_equal(got.count, 0);
}

/* Replies come oldest first, without hidden and waiting ones. */
static void test_replies(void **state) {
    struct fixture *f = *state;
    struct make how = text_of(f, MAKE_NOW, "question");
    assert_int_equal(put(f, &how, MAKE_NOW), 1);
    uint8_t parent[HASH_SIZE];
    memcpy(parent, f->m.record.id, HASH_SIZE);
    struct made first;
    for (unsigned i = 0; i < 20; i++) {
        how = text_of(f, MAKE_NOW + 20 - i, "answer");
        if (i == 19) how.created = MAKE_NOW + DAY;
        how.ref_count = 1;
        how.refs[0].type = REF_REPLY;
        memcpy(how.refs[0].id, parent, HASH_SIZE);
        assert_int_equal(put(f, &how, MAKE_NOW), 1);
        if (i == 0) first = f->m;
    }
    how = retraction_of(f, &first, OPEN_DAYS);
    assert_int_equal(put(f, &how, MAKE_NOW), 1);
    got.count = 0;
    assert_int_equal(store_replies(f->s, parent, MAKE_NOW + 30, 0, stores_collect, &got), 0);
    assert_int_equal(got.count, 18);
    for (size_t i = 1; i < got.count; i++) assert_true(got.created[i - 1] < got.created[i]);
    got.count = 0;
    assert_int_equal(store_replies(f->s, parent, MAKE_NOW + 30, 5, stores_collect, &got), 0);
    assert_int_equal(got.count, 5);
}

/* Corrections are found by what they correct and by their author; acts by what they act upon, of kinds for that alone.
 */
static void test_links(void **state) {
    struct fixture *f = *state;
    struct make how = text_of(f, MAKE_NOW, "first");
    assert_int_equal(put(f, &how, MAKE_NOW), 1);
    uint8_t first[HASH_SIZE], author[KEY_SIZE];
    memcpy(first, f->m.record.id, HASH_SIZE);
    memcpy(author, f->m.record.author, KEY_SIZE);
    struct made mine = {0};
    for (unsigned i = 0; i < 6; i++) { /* by two authors, answers to the same besides */
        how = text_of(f, MAKE_NOW + 1 + i, "other words");
        how.author = 1 + i % 2;
        how.ref_count = 2;
        how.refs[0].type = REF_REPLY;
        how.refs[1].type = REF_CORRECTS;
        memcpy(how.refs[0].id, first, HASH_SIZE);
        memcpy(how.refs[1].id, first, HASH_SIZE);
        assert_int_equal(put(f, &how, MAKE_NOW), 1);
        if (i == 2) mine = f->m;
    }
    for (unsigned i = 0; i < 4; i++) {
        how = text_of(f, MAKE_NOW + 10 + i, NULL);
        how.author = 3;
        how.kind = i < 2 ? KIND_ACTS + 2 * i : KIND_ACTS - 2;
        how.ref_count = 1;
        how.refs[0].type = REF_TARGET;
        memcpy(how.refs[0].id, first, HASH_SIZE);
        assert_int_equal(put(f, &how, MAKE_NOW), 1);
    }
    got.count = 0;
    assert_int_equal(store_corrections(f->s, first, author, MAKE_NOW + 30, stores_collect, &got), 0);
    assert_int_equal(got.count, 3);
    got.count = 0;
    assert_int_equal(store_corrections(f->s, first, author, MAKE_NOW - TIME_AHEAD_SLACK, stores_collect, &got), 0);
    assert_int_equal(got.count, 0);
    got.count = 0;
    assert_int_equal(store_replies(f->s, first, MAKE_NOW + 30, 0, stores_collect, &got), 0);
    assert_int_equal(got.count, 6);
    got.count = 0;
    assert_int_equal(store_acts(f->s, first, MAKE_NOW + 30, stores_collect, &got), 0);
    assert_int_equal(got.count, 2);
    how = retraction_of(f, &mine, OPEN_DAYS);
    assert_int_equal(put(f, &how, MAKE_NOW), 1);
    got.count = 0;
    assert_int_equal(store_corrections(f->s, first, author, MAKE_NOW + 30, stores_collect, &got), 0);
    assert_int_equal(got.count, 2);
    assert_int_equal(store_drop(f->s, got.ids[0]), 0);
    got.count = 0;
    assert_int_equal(store_corrections(f->s, first, author, MAKE_NOW + 30, stores_collect, &got), 0);
    assert_int_equal(got.count, 1);
}

/* Every prefix of an id finds exactly the ids that begin so. */
static void test_find(void **state) {
    struct fixture *f = *state;
    static uint8_t ids[200][HASH_SIZE];
    for (unsigned i = 0; i < 200; i++) {
        struct make how = text_of(f, MAKE_NOW - i, "x");
        assert_int_equal(put(f, &how, MAKE_NOW), 1);
        memcpy(ids[i], f->m.record.id, HASH_SIZE);
    }
    static const unsigned lengths[] = {1, 2, 3, 4, 15, 16, 17, 33, 63, 64};
    for (unsigned n = 0; n < sizeof lengths / sizeof lengths[0]; n++) {
        unsigned nibbles = lengths[n];
        size_t expected = 0;
        for (unsigned i = 0; i < 200; i++)
            expected += memcmp(ids[i], ids[0], nibbles / 2) == 0 &&
                        (nibbles % 2 == 0 || (ids[i][nibbles / 2] & 0xf0) == (ids[0][nibbles / 2] & 0xf0));
        got.count = 0;
        assert_int_equal(store_find(f->s, ids[0], nibbles, 0, stores_collect, &got), 0);
        assert_int_equal(got.count, expected);
    }
    got.count = 0;
    assert_int_equal(store_find(f->s, ids[0], 1, 2, stores_collect, &got), 0);
    assert_true(got.count <= 2);
    assert_int_equal(store_find(f->s, ids[0], 0, 2, stores_collect, &got), ERR_USAGE);
    uint8_t none[HASH_SIZE];
    memcpy(none, ids[0], HASH_SIZE);
    none[HASH_SIZE - 1] ^= 1;
    got.count = 0;
    assert_int_equal(store_find(f->s, none, 64, 2, stores_collect, &got), 0);
    assert_int_equal(got.count, 0);
}

/* Search: every word, as a beginning, whatever the case and the keyboard; never what is hidden; quoting can't be broken
 * out of. */
static void test_search(void **state) {
    struct fixture *f = *state;
    static const char *const texts[] = {"Нужна вода на Сатпаева, 12", "Сумен көмек керек! Қайда?",
                                        "Water: at the BLUE yurt", "Ёлка и йод"};
    for (unsigned i = 0; i < 4; i++) {
        struct make how = text_of(f, MAKE_NOW + i, texts[i]);
        assert_int_equal(put(f, &how, MAKE_NOW), 1);
    }
    assert_int_equal(stats(f).unindexed, 4);
    assert_int_equal(search(f->s, "вода"), 0); /* not indexed yet */
    assert_int_equal(store_index(f->s, 1), 3);
    assert_int_equal(search(f->s, "вода"), 1);
    index_all(f->s);
    assert_int_equal(stats(f).unindexed, 0);
    static const struct {
        const char *query;
        size_t count;
    } cases[] = {{"ВОД", 1},
                 {"ода", 0},
                 {"вода сатпаева 12", 1},
                 {"вода 13", 0},
                 {"комек кайда", 1},
                 {"КӨМЕК", 1},
                 {"елка", 1},
                 {"ёлка иод", 1},
                 {"wat blu", 1},
                 {"", 0},
                 {"!?", 0},
                 {"\"", 0},
                 {"вода OR 13", 0},
                 {"\"вода\" -нет", 0},
                 {"body:вода", 0},
                 {"вода*", 1},
                 {"(вода", 1},
                 {"на", 1},
                 {"и", 1},
                 {"NOT вода", 0}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (search(f->s, cases[i].query) != cases[i].count)
            fail_msg("\"%s\" found %zu, not %zu", cases[i].query, got.count, cases[i].count);
    char too_long[STORE_QUERY_MAX + 2];
    memset(too_long, 'q', sizeof too_long - 1);
    too_long[sizeof too_long - 1] = '\0';
    assert_int_equal(store_search(f->s, NULL, too_long, MAKE_NOW, 0, stores_collect, &got), ERR_LIMIT);
    for (size_t i = 0; i < sizeof too_long - 2; i += 2) too_long[i] = ' ';
    too_long[STORE_QUERY_MAX] = '\0';
    assert_int_equal(search(f->s, too_long), 0);
    got.count = 0;
    assert_int_equal(store_search(f->s, f->c[1].charter.community, "вода", MAKE_NOW, 0, stores_collect, &got), 0);
    assert_int_equal(got.count, 0);
}

/* A chunk comes back as it went in; sizes that can't be are refused. */
static void test_chunks(void **state) {
    struct fixture *f = *state;
    struct store_chunk chunk;
    uint8_t blob[HASH_SIZE] = {7}, proof[64], data[BLOB_CHUNK_SIZE];
    uint64_t size;
    uint32_t held;
    memset(proof, 3, sizeof proof);
    memset(data, 4, sizeof data);
    assert_int_equal(store_blob_get(f->s, blob, &size, &held), ERR_NOT_FOUND);
    assert_int_equal(
        store_chunk_put(f->s, blob, 3 * BLOB_CHUNK_SIZE - 1, 1, proof, 64, data, BLOB_CHUNK_SIZE, MAKE_NOW), 1);
    assert_int_equal(
        store_chunk_put(f->s, blob, 3 * BLOB_CHUNK_SIZE - 1, 1, proof, 64, data, BLOB_CHUNK_SIZE, MAKE_NOW), 0);
    assert_int_equal(
        store_chunk_put(f->s, blob, 3 * BLOB_CHUNK_SIZE - 1, 2, proof, 32, data, BLOB_CHUNK_SIZE, MAKE_NOW), ERR_FIELD);
    assert_int_equal(
        store_chunk_put(f->s, blob, 3 * BLOB_CHUNK_SIZE - 1, 3, proof, 32, data, BLOB_CHUNK_SIZE, MAKE_NOW), ERR_LIMIT);
    assert_int_equal(
        store_chunk_put(f->s, blob, 3 * BLOB_CHUNK_SIZE - 2, 0, proof, 32, data, BLOB_CHUNK_SIZE, MAKE_NOW), ERR_FIELD);
    assert_int_equal(store_chunk_get(f->s, blob, 0, &chunk), ERR_NOT_FOUND);
    assert_int_equal(store_chunk_get(f->s, blob, 1, &chunk), 0);
    assert_int_equal(chunk.size_bytes, 3 * BLOB_CHUNK_SIZE - 1);
    assert_int_equal(chunk.proof_size, 64);
    assert_memory_equal(chunk.proof, proof, 64);
    assert_memory_equal(chunk.data, data, BLOB_CHUNK_SIZE);
    assert_int_equal(store_blob_get(f->s, blob, &size, &held), 0);
    assert_int_equal(held, 1);
    stores_tick(f->s, MAKE_NOW + 8 * DAY, true); /* made up, so that the check at the end finds nothing wrong */
    assert_int_equal(stats(f).chunks, 0);
}

static void put_blob(struct fixture *f, uint8_t id[HASH_SIZE], uint8_t fill, uint64_t seen) {
    uint8_t data[1000], nodes[1][HASH_SIZE];
    memset(data, fill, sizeof data);
    blob_leaf(nodes[0], data, sizeof data);
    blob_tree(id, nodes, 1, sizeof data);
    assert_int_equal(store_chunk_put(f->s, id, sizeof data, 0, NULL, 0, data, sizeof data, seen), 1);
}

/* A blob stays while a held record refers to it, goes with the last, and waits seven days for one. */
static void test_blobs_go(void **state) {
    struct fixture *f = *state;
    uint8_t orphan[HASH_SIZE], shared[HASH_SIZE], waited[HASH_SIZE];
    uint64_t size;
    uint32_t held;
    put_blob(f, orphan, 1, MAKE_NOW);
    put_blob(f, shared, 2, MAKE_NOW);
    struct make how = text_of(f, MAKE_NOW, "photo");
    how.ref_count = 3;
    for (unsigned i = 0; i < 3; i++) how.refs[i].type = REF_BLOB;
    memcpy(how.refs[0].id, shared, HASH_SIZE);
    memcpy(how.refs[1].id, shared, HASH_SIZE);
    memset(how.refs[2].id, 0xee, HASH_SIZE);
    assert_int_equal(put(f, &how, MAKE_NOW), 1);
    struct made first = f->m;
    how.salt = ++f->salt;
    assert_int_equal(put(f, &how, MAKE_NOW), 1);
    struct made second = f->m;
    put_blob(f, waited, 3, MAKE_NOW);
    stores_tick(f->s, MAKE_NOW + 6 * DAY, true);
    stores_tick(f->s, MAKE_NOW + 60 * DAY, false);
    assert_int_equal(stats(f).blobs, 3);
    stores_tick(f->s, MAKE_NOW + 7 * DAY, true);
    assert_int_equal(store_blob_get(f->s, orphan, &size, &held), ERR_NOT_FOUND);
    assert_int_equal(store_blob_get(f->s, shared, &size, &held), 0);
    struct make back = retraction_of(f, &first, OPEN_DAYS);
    assert_int_equal(put(f, &back, MAKE_NOW), 1);
    stores_tick(f->s, MAKE_NOW + 8 * DAY, false);
    assert_int_equal(store_blob_get(f->s, shared, &size, &held), 0); /* the second still has it */
    assert_int_equal(store_ghost(f->s, how.community, second.record.id, 0, 0), 0);
    stores_tick(f->s, MAKE_NOW + 8 * DAY, false);
    assert_int_equal(store_blob_get(f->s, shared, &size, &held), ERR_NOT_FOUND);
    assert_int_equal(stats(f).chunks, 0);
}

static int note_title(void *context, const struct store_community *c) {
    strcat(context, c->charter.title);
    strcat(context, ";");
    return 0;
}

/* Communities: joined first, then by title; join once, never back; a newer critical kind is told as long as it is
 * there. */
static void test_communities(void **state) {
    struct fixture *f = *state;
    char titles[200] = "";
    assert_int_equal(store_community_put(f->s, &f->c[2].record, true), 0);
    assert_int_equal(store_community_put(f->s, &f->c[2].record, false), 0);
    assert_true(community(f, 2, MAKE_NOW).joined);
    assert_false(community(f, 1, MAKE_NOW).joined);
    assert_int_equal(store_community_each(f->s, MAKE_NOW, note_title, titles), 0);
    assert_string_equal(titles, "Көше 0;Көше 2;Көше 1;");
    struct make how = text_of(f, MAKE_NOW, NULL);
    how.kind = 7;
    assert_int_equal(put(f, &how, MAKE_NOW), 1); /* anybody's */
    assert_false(community(f, 0, MAKE_NOW).newer_rules);
    how.key = f->c[0].charter.coordinators[0];
    assert_int_equal(put(f, &how, MAKE_NOW), 1);
    assert_true(community(f, 0, MAKE_NOW).newer_rules);
    assert_int_equal(store_ghost(f->s, how.community, f->m.record.id, 0, 0), 0);
    assert_false(community(f, 0, MAKE_NOW).newer_rules);
    uint8_t unknown[HASH_SIZE] = {0};
    struct store_community c;
    assert_int_equal(store_community_get(f->s, unknown, MAKE_NOW, &c), ERR_NOT_FOUND);
}

/* Settings and own authors are kept as they were set. */
static void test_small_things(void **state) {
    struct fixture *f = *state;
    uint8_t value[8], author[KEY_SIZE] = {1}, last[HASH_SIZE], id[HASH_SIZE] = {5};
    uint64_t next = 9;
    assert_int_equal(store_meta_get(f->s, "a", value, sizeof value), ERR_NOT_FOUND);
    assert_int_equal(store_meta_set(f->s, "a", (const uint8_t *)"123456789", 9), 0);
    assert_int_equal(store_meta_get(f->s, "a", value, sizeof value), ERR_SPACE);
    assert_int_equal(store_meta_set(f->s, "a", (const uint8_t *)"", 0), 0);
    assert_int_equal(store_meta_get(f->s, "a", value, sizeof value), 0);
    assert_int_equal(store_meta_set(f->s, "a", NULL, 0), 0);
    assert_int_equal(store_meta_get(f->s, "a", value, sizeof value), ERR_NOT_FOUND);
    assert_int_equal(store_own_get(f->s, author, &next, last), 0);
    assert_int_equal(next, 0);
    assert_int_equal(store_own_set(f->s, author, 3, id), 0);
    assert_int_equal(store_own_set(f->s, author, 4, id), 0);
    assert_int_equal(store_own_get(f->s, author, &next, last), 0);
    assert_int_equal(next, 4);
    assert_memory_equal(last, id, HASH_SIZE);
}

/* ---- Run ---- */

#define SUITE(flavour) \
    TEST(test_put_and_get, flavour), TEST(test_refusals, flavour), TEST(test_rollback, flavour), \
        TEST(test_order, flavour), TEST(test_visitor_stops, flavour), TEST(test_letters_are_not_listed, flavour), \
        TEST(test_waiting, flavour), TEST(test_retraction_hides, flavour), TEST(test_retraction_blanks, flavour), \
        TEST(test_pin, flavour), TEST(test_expiry, flavour), TEST(test_stub_completed, flavour), \
        TEST(test_ghosts, flavour), TEST(test_ghosts_overflow, flavour), TEST(test_seen, flavour), \
        TEST(test_replies, flavour), TEST(test_links, flavour), TEST(test_find, flavour), TEST(test_search, flavour), \
        TEST(test_chunks, flavour), TEST(test_blobs_go, flavour), TEST(test_communities, flavour), \
        TEST(test_small_things, flavour)
#define TEST(function, flavour) \
    { #function " (" #flavour ")", function, begin_##flavour, fixture_end, NULL }

int main(void) {
    const struct CMUnitTest tests[] = {SUITE(memory), SUITE(sqlite), SUITE(sealed)};
    assert_true(sodium_init() >= 0);
    int failed = cmocka_run_group_tests_name("conformance", tests, NULL, NULL);
    make_end();
    return failed;
}
