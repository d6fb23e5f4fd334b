/*
 * Closed communities on several devices, each with a store of its own, whose sealed records are carried from one to
 * another in any order. Shows that who is admitted reads and who is removed does not read what is written by who has
 * heard of it; that all who hold the same agree; that two who write apart use two keys; that partitions heal; that
 * nothing of it is readable for a courier; that keys go with what they open, and that a device that is cut off gets its
 * key handed on; that in a random town letters reach the member they are for and nobody else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/crypto.h"
#include "core/freeze.h"
#include "core/when.h"
#include "store/freezes.h"
#include "test/closed/town_util.h"

/* ---- Built cases ---- */

static void test_admitted_reads_removed_does_not(void **state) {
    (void)state;
    town_begin("admitted and removed", 30, CHARTER_HISTORY_NONE);
    assert_int_equal(write_text(0, "before anybody came"), 0);
    assert_int_equal(write_text(1, "not a member"), ERR_COMMUNITY);
    assert_int_equal(admit(0, 1), 0);
    assert_int_equal(admit(0, 2), 0);
    assert_int_equal(standing(1), CLOSED_ASKED);
    carry_everything();
    assert_int_equal(standing(1), CLOSED_MEMBER);
    assert_int_equal(standing(3), CLOSED_NOT);
    assert_int_equal(write_text(0, "welcome"), 0);
    assert_int_equal(write_text(1, "thank you"), 0);
    carry_everything();
    for (unsigned d = 0; d < 3; d++) assert_true(reads(d, &town.texts[1]) && reads(d, &town.texts[2]));
    /* Who joins later does not read what came before, by this charter; a courier reads nothing. */
    assert_false(reads(1, &town.texts[0]));
    for (unsigned t = 0; t < town.text_count; t++) assert_false(reads(5, &town.texts[t]));
    assert_int_equal(remove_member(1, 2), ERR_CHARTER);
    assert_int_equal(remove_member(0, 2), 0);
    assert_int_equal(remove_member(0, 2), ERR_NOT_FOUND);
    assert_int_equal(write_text(0, "without them"), 0);
    assert_int_equal(write_text(1, "who has not heard of it"), 0);
    carry_everything();
    assert_true(reads(1, &town.texts[3]));
    assert_false(reads(2, &town.texts[3]));
    assert_true(reads(2, &town.texts[4])); /* the document says so */
    assert_int_equal(standing(2), CLOSED_REMOVED);
    assert_int_equal(write_text(2, "still there"), ERR_CHARTER);
    assert_int_equal(write_text(1, "now"), 0);
    carry_everything();
    assert_false(reads(2, &town.texts[5]));
    assert_true(reads(0, &town.texts[5]));
    assert_true(reads(2, &town.texts[1])); /* what they had they keep */
    town_end();
}

static void test_history_by_the_charter(void **state) {
    (void)state;
    town_begin("history", 30, CHARTER_HISTORY_KEPT);
    assert_int_equal(write_text(0, "before anybody came"), 0);
    assert_int_equal(admit(0, 1), 0);
    carry_everything();
    assert_true(reads(1, &town.texts[0]));
    assert_false(reads(2, &town.texts[0]));
    town_end();
}

static void test_restarts(void **state) {
    (void)state;
    town_begin("restarts", 30, CHARTER_HISTORY_NONE);
    assert_int_equal(admit(0, 1), 0);
    device_restart(&town.devices[0]);
    device_restart(&town.devices[1]);
    carry(0, 1, true);
    device_restart(&town.devices[1]);
    assert_int_equal(standing(1), CLOSED_MEMBER);
    assert_int_equal(write_text(1, "after a restart"), 0);
    carry(1, 0, true);
    device_restart(&town.devices[0]);
    assert_true(reads(0, &town.texts[0]));
    town_end();
}

/* The same membership seen apart: two keys, two ids; once they meet all write with one. */
static void test_partition(void **state) {
    (void)state;
    town_begin("partition", 30, CHARTER_HISTORY_NONE);
    for (unsigned i = 1; i < 5; i++) assert_int_equal(admit(0, i), 0);
    carry_everything();
    /* Two coordinators, then apart: each removes another. */
    uint8_t keys[2 * KEY_SIZE], id[HASH_SIZE];
    key_of(0, keys);
    key_of(1, keys + KEY_SIZE);
    assert_int_equal(closed_propose(town.devices[0].closed, town.charter.community, keys, 2, when(), id), 0);
    carry_everything();
    assert_int_equal(remove_member(0, 3), 0);
    assert_int_equal(remove_member(1, 4), 0);
    assert_int_equal(write_text(0, "here"), 0);
    assert_int_equal(write_text(1, "there"), 0);
    carry_everything();
    assert_int_equal(members_by(0, false), 7);
    assert_int_equal(members_by(1, false), 7);
    assert_int_equal(members_by(2, false), 7);
    assert_true(reads(2, &town.texts[0]) && reads(2, &town.texts[1]));
    assert_true(reads(1, &town.texts[0]) && reads(0, &town.texts[1]));
    assert_false(reads(3, &town.texts[0]));
    assert_false(reads(4, &town.texts[1]));
    assert_int_equal(write_text(2, "together"), 0);
    carry_everything();
    assert_int_equal(write_text(0, "again"), 0);
    carry_everything();
    for (unsigned t = 2; t < 4; t++) {
        assert_true(reads(0, &town.texts[t]) && reads(1, &town.texts[t]) && reads(2, &town.texts[t]));
        assert_false(reads(3, &town.texts[t]) || reads(4, &town.texts[t]));
    }
    /* Nothing on a shelf that one of the two was given. */
    const struct group *g = group_find(town.devices[0].closed, town.charter.community);
    assert_int_equal(g->shelf_count, 4);
    town_end();
}

static void test_keys_go_with_messages(void **state) {
    (void)state;
    town_begin("keys go", 10, CHARTER_HISTORY_NONE);
    assert_int_equal(admit(0, 1), 0);
    carry_everything();
    for (unsigned day = 0; day < 60; day++) {
        town.now += DAY_SECONDS;
        assert_int_equal(closed_tick(town.devices[0].closed, when()), 0);
        assert_int_equal(closed_tick(town.devices[1].closed, when()), 0);
        assert_int_equal(write_text(day % 2, "another day"), 0);
        carry(0, 1, true);
        carry(1, 0, true);
        assert_true(reads((day + 1) % 2, &town.texts[day]));
    }
    for (unsigned i = 0; i < 2; i++) {
        const struct group *g = group_find(town.devices[i].closed, town.charter.community);
        uint32_t today = when_day(town.now);
        assert_true(g->epoch_count < 8 && g->prekey_count < 8);
        for (unsigned k = 0; k < g->epoch_count; k++) assert_true(g->epochs[k].used + 12 > today);
        for (unsigned k = 0; k < g->prekey_count; k++) assert_true(g->prekeys[k].day + 40 > today);
    }
    /* Who comes to it after all this time still learns how it came about: it was sealed anew. */
    assert_int_equal(admit(0, 2), 0);
    struct store *fresh = town.devices[2].store;
    (void)fresh;
    carry(0, 2, true);
    assert_int_equal(standing(2), CLOSED_MEMBER);
    assert_int_equal(members_by(2, false), 7);
    town_end();
}

/* A device that lost the prekey an epoch was made for asks, and a coordinator hands the key on. */
static void test_lacking_key(void **state) {
    (void)state;
    town_begin("lacking", 30, CHARTER_HISTORY_NONE);
    assert_int_equal(admit(0, 1), 0);
    carry_everything();
    struct group *g = group_find(town.devices[1].closed, town.charter.community);
    g->prekeys[0].secret[7] ^= 4;
    assert_int_equal(admit(0, 2), 0); /* a new epoch, wrapped for what is lost */
    assert_int_equal(write_text(0, "can you read this"), 0);
    carry(0, 1, true);
    assert_false(reads(1, &town.texts[0]));
    struct closed_view v;
    assert_int_equal(closed_look(town.devices[1].closed, town.charter.community, &v), 0);
    assert_true(v.waiting > 0);
    carry(1, 0, true);
    carry(0, 1, true);
    carry(1, 0, true);
    carry(0, 1, true);
    assert_true(reads(1, &town.texts[0]));
    town_end();
}

/* ---- A key in other hands ---- */

static void record_write(unsigned device, int size, struct author *a, const struct record *r, const uint8_t *room) {
    struct device *d = &town.devices[device];
    assert_true(size > 0);
    assert_int_equal(store_begin(d->store), 0);
    assert_int_equal(closed_put(d->closed, r, room, (size_t)size, when()), 0);
    assert_int_equal(store_own_set(d->store, a->member.key, a->next, a->last), 0);
    assert_int_equal(store_commit(d->store), 0);
}

static void author_of(unsigned device, struct author *a) {
    struct device *d = &town.devices[device];
    assert_int_equal(closed_ready(d->closed, town.charter.community, when()), 0);
    *a = (struct author){.charter = &town.charter};
    person_in(&a->member, d->seed, &town.charter);
    assert_int_equal(store_own_get(d->store, a->member.key, &a->next, a->last), 0);
}

/* Freeze somebody at the last record of theirs that this device has. */
static void freeze(unsigned device, unsigned whom, const struct freeze_last *last) {
    static uint8_t room[RECORD_SIZE_MAX];
    uint8_t key[KEY_SIZE], salt[RECORD_SALT_SIZE];
    struct author a;
    struct record r;
    key_of(whom, key);
    author_of(device, &a);
    rng_bytes(&town.g, salt, sizeof salt);
    uint8_t terms[RECORD_REFS_MAX * HASH_SIZE];
    size_t term_count;
    assert_int_equal(
        closed_trusted_terms(town.devices[device].closed, town.charter.community, key, last, terms, &term_count), 0);
    struct freeze_write w = {&a, town.now, salt, key, NULL, room, &r, terms, term_count};
    record_write(device, freeze_make(&w, last), &a, &r, room);
}

static struct freeze_last last_of(unsigned device) {
    struct freeze_last last;
    struct author a;
    author_of(device, &a);
    memcpy(last.id, a.last, HASH_SIZE);
    last.seq = a.next - 1;
    return last;
}

static unsigned place_of(unsigned device, const struct written *w) {
    static uint8_t room[RECORD_SIZE_MAX];
    struct store *s = town.devices[device].store;
    struct store_record r;
    struct store_apart apart;
    assert_int_equal(store_freezes_refresh(s), 0);
    assert_int_equal(store_get(s, w->id, room, &r), 0);
    return store_is_apart(s, &r.record, &apart) ? apart.place : FREEZE_TRUSTED;
}

/*
 * A coordinator's phone is taken. The two others freeze its key at its last record that is surely its own: what it
 * wrote before stays in its place though records about the membership, and a letter, lie in between; what comes after
 * is set apart, for those who join later as well. Who coordinates nothing freezes nobody.
 */
static void test_a_seized_coordinator_is_frozen(void **state) {
    uint8_t keys[3 * KEY_SIZE], id[HASH_SIZE];
    (void)state;
    town_begin("seized coordinator", 30, CHARTER_HISTORY_NONE);
    for (unsigned i = 1; i < 4; i++) assert_int_equal(admit(0, i), 0);
    carry_everything();
    for (unsigned i = 0; i < 3; i++) key_of(i, keys + i * KEY_SIZE);
    assert_int_equal(closed_propose(town.devices[0].closed, town.charter.community, keys, 3, when(), id), 0);
    carry_everything();
    assert_int_equal(write_text(2, "of its own"), 0); /* text 0 */
    town.now += 8 * DAY_SECONDS;                      /* a new epoch, a new prekey: records in between */
    for (unsigned i = 0; i < 4; i++) assert_int_equal(closed_tick(town.devices[i].closed, when()), 0);
    assert_int_equal(admit(2, 4), 0); /* an admission, an epoch, a letter */
    carry_everything();
    assert_int_equal(write_text(2, "of its own, later"), 0); /* text 1 */
    carry_everything();
    struct freeze_last last = last_of(2);
    assert_int_equal(write_text(2, "in other hands"), 0); /* text 2 */
    carry_everything();
    freeze(0, 2, &last);
    carry_everything();
    assert_int_equal(place_of(1, &town.texts[2]), FREEZE_TRUSTED); /* one person freezes nobody */
    freeze(1, 2, &last);
    carry_everything();
    for (unsigned d = 0; d < 5; d++) {
        for (unsigned t = 0; t < 3; t++)
            if (reads(d, &town.texts[t]))
                assert_int_equal(place_of(d, &town.texts[t]), t == 2 ? FREEZE_APART : FREEZE_TRUSTED);
        device_restart(&town.devices[d]);
        assert_true(reads(d, &town.texts[2]));
        assert_int_equal(place_of(d, &town.texts[2]), FREEZE_APART);
    }
    /* Weeks later somebody joins, and knows. */
    for (unsigned week = 0; week < 6; week++) {
        town.now += 7 * DAY_SECONDS;
        for (unsigned d = 0; d < 5; d++) assert_int_equal(closed_tick(town.devices[d].closed, when()), 0);
        for (unsigned d = 0; d < 5; d++) assert_true(store_tick(town.devices[d].store, when(), 10000) >= 0);
        carry_everything();
    }
    assert_int_equal(admit(0, 5), 0);
    carry_everything();
    assert_int_equal(write_text(2, "in other hands still"), 0); /* text 3 */
    carry_everything();
    assert_true(reads(5, &town.texts[3]));
    for (unsigned d = 0; d < DEVICES; d++) assert_int_equal(place_of(d, &town.texts[3]), FREEZE_APART);
    /* Members who coordinate nothing have no say, however many there are. */
    struct freeze_last none = last_of(0);
    freeze(3, 0, &none);
    freeze(4, 0, &none);
    assert_int_equal(write_text(0, "still here"), 0); /* text 4 */
    carry_everything();
    assert_int_equal(place_of(1, &town.texts[4]), FREEZE_TRUSTED);
    town_end();
}

static void card_publish(unsigned device, struct card *card) {
    static uint8_t room[RECORD_SIZE_MAX];
    uint8_t card_key[KEY_SIZE], secret[SECRET_SIZE], commitment[HASH_SIZE], salt[RECORD_SALT_SIZE];
    struct author a;
    struct record r;
    author_of(device, &a);
    card->purpose = CARD_FREEZE;
    memcpy(card->community, town.charter.community, HASH_SIZE);
    memcpy(card->key, a.member.key, KEY_SIZE);
    rng_bytes(&town.g, card->seed, sizeof card->seed);
    crypto_keypair(card_key, secret, card->seed);
    card_commitment(commitment, card->purpose, card->community, card->key, card_key);
    rng_bytes(&town.g, salt, sizeof salt);
    struct card_commitments list = {1, commitment};
    record_write(device, card_record_make(&a, &list, town.now, salt, room, &r), &a, &r, room);
}

/*
 * The founder handed over; later the founder's phone is taken, and signs a rival term. All stands still until a friend
 * freezes the key with the founder's card: the term that was trusted counts, the rival does not, for all members and
 * for who joins later.
 */
static void test_a_seized_founder_ends_no_handover(void **state) {
    uint8_t keys[2 * KEY_SIZE], thief[KEY_SIZE], id[HASH_SIZE];
    struct card card;
    (void)state;
    town_begin("seized founder", 30, CHARTER_HISTORY_NONE);
    for (unsigned i = 1; i < 5; i++) assert_int_equal(admit(0, i), 0);
    carry_everything();
    card_publish(0, &card);
    key_of(1, keys);
    key_of(2, keys + KEY_SIZE);
    key_of(4, thief);
    const struct group *g = group_find(town.devices[0].closed, town.charter.community);
    struct members_state before = g->members;
    struct members_entry entries[16];
    assert_true(before.entry_count <= 16);
    memcpy(entries, before.entries, before.entry_count * sizeof *entries);
    before.entries = entries;
    assert_int_equal(closed_propose(town.devices[0].closed, town.charter.community, keys, 2, when(), id), 0);
    struct freeze_last last = last_of(0);
    carry_everything();

    /* A rival on the charter, signed as if nothing had been handed over. */
    static uint8_t room[RECORD_SIZE_MAX];
    uint8_t salt[RECORD_SALT_SIZE];
    struct device *d = &town.devices[0];
    struct author a;
    struct record r;
    author_of(0, &a);
    rng_bytes(&town.g, salt, sizeof salt);
    struct register_write w = {&a, town.now, salt, room, &r};
    int size = register_term(&w, &before, thief, 1);
    assert_true(size > 0);
    assert_int_equal(store_begin(d->store), 0);
    uint8_t key[KEY_SIZE];
    struct group *own = group_find(d->closed, town.charter.community);
    shelf_register_key(key, own->shelves[0].secret);
    assert_int_equal(outside_put(d->closed, own, &r, room, (size_t)size, own->shelves[0].secret, key, when()), 0);
    assert_int_equal(store_own_set(d->store, a.member.key, a.next, a.last), 0);
    assert_int_equal(store_commit(d->store), 0);
    carry_everything();
    struct closed_view v;
    assert_int_equal(closed_look(town.devices[3].closed, town.charter.community, &v), 0);
    assert_int_equal(v.members->rival_count, 2);
    assert_int_equal(remove_member(1, 4), ERR_CHARTER); /* it stands still */

    /* Member 3 has the founder's card. */
    {
        struct device *friend = &town.devices[3];
        uint8_t terms[RECORD_REFS_MAX * HASH_SIZE];
        size_t term_count;
        author_of(3, &a);
        rng_bytes(&town.g, salt, sizeof salt);
        assert_int_equal(
            closed_trusted_terms(friend->closed, town.charter.community, card.key, &last, terms, &term_count), 0);
        assert_int_equal(term_count, 1);
        assert_memory_equal(terms, id, HASH_SIZE);
        struct freeze_write f = {&a, town.now, salt, card.key, &card, room, &r, terms, term_count};
        record_write(3, freeze_make(&f, &last), &a, &r, room);
    }
    carry_everything();
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(closed_look(town.devices[i].closed, town.charter.community, &v), 0);
        assert_int_equal(v.members->rival_count, 0);
        assert_int_equal(v.members->term, 1);
        assert_int_equal(v.coordinates, i == 1 || i == 2);
    }
    assert_int_equal(remove_member(1, 4), 0);
    assert_int_equal(admit(2, 5), 0);
    carry_everything();
    assert_int_equal(closed_look(town.devices[5].closed, town.charter.community, &v), 0);
    assert_int_equal(v.standing, CLOSED_MEMBER);
    assert_int_equal(v.members->rival_count, 0);
    assert_int_equal(members_by(5, false), members_by(1, false));
    town_end();
}

static void test_duel_is_told(void **state) {
    (void)state;
    town_begin("duel", 30, CHARTER_HISTORY_NONE);
    uint8_t one[KEY_SIZE], two[KEY_SIZE], both[2 * KEY_SIZE], id[HASH_SIZE];
    for (unsigned i = 1; i < 3; i++) assert_int_equal(admit(0, i), 0);
    carry_everything();
    key_of(1, one);
    key_of(2, two);
    memcpy(both, one, KEY_SIZE);
    memcpy(both + KEY_SIZE, two, KEY_SIZE);
    /* The founder hands over; a copy of the founder's key hands over to somebody else, from what was before. */
    struct group *g = group_find(town.devices[0].closed, town.charter.community);
    assert_int_equal(group_fold(g), 0);
    struct members_state before = g->members;
    assert_int_equal(closed_propose(town.devices[0].closed, town.charter.community, one, 1, when(), id), 0);
    g = group_find(town.devices[0].closed, town.charter.community);
    (void)before;
    struct closed_view v;
    assert_int_equal(closed_look(town.devices[0].closed, town.charter.community, &v), 0);
    assert_int_equal(v.members->term, 1);
    assert_false(v.coordinates);
    assert_int_equal(remove_member(0, 2), ERR_CHARTER);
    town_end();
}

/* ---- Random towns ---- */

/* Who is a member by all that anybody has written agrees with it, and so with all the others. */
static void agree(void) {
    static struct members_op all[4 * MEMBERS_OPS_MAX];
    size_t count = 0;
    struct members_state truth;
    for (unsigned d = 0; d < DEVICES; d++) {
        const struct group *g = group_find(town.devices[d].closed, town.charter.community);
        for (size_t i = 0; g && i < g->act_count; i++) {
            size_t k = 0;
            while (k < count && memcmp(all[k].id, g->acts[i]->act.op.id, HASH_SIZE) != 0) k++;
            if (k == count) all[count++] = g->acts[i]->act.op;
        }
    }
    void *memory = malloc(members_memory(count) + 1);
    assert_non_null(memory);
    assert_int_equal(members_fold(&town.charter, all, count, memory, &truth), 0);
    for (unsigned d = 0; d < DEVICES; d++) {
        struct closed_view v;
        uint8_t key[KEY_SIZE];
        key_of(d, key);
        const struct members_entry *e = members_find(&truth, key);
        if (!e || e->status != MEMBERS_MEMBER) continue;
        assert_int_equal(closed_look(town.devices[d].closed, town.charter.community, &v), 0);
        /* Who was removed, and named as a coordinator by somebody who had not heard of it, has to ask again. */
        if (e->coordinates && v.standing == CLOSED_REMOVED) continue;
        assert_int_equal(v.standing, CLOSED_MEMBER);
        assert_memory_equal(v.members->term_id, truth.term_id, HASH_SIZE);
        assert_int_equal(v.members->rival_count, truth.rival_count);
        assert_int_equal(v.members->entry_count, truth.entry_count);
        assert_memory_equal(v.members->entries, truth.entries, truth.entry_count * sizeof *truth.entries);
    }
    free(memory);
}

/* No two keys under one id, on any device. */
static void one_key_an_id(void) {
    for (unsigned a = 0; a < DEVICES; a++)
        for (unsigned b = 0; b < a; b++) {
            const struct group *x = group_find(town.devices[a].closed, town.charter.community);
            const struct group *y = group_find(town.devices[b].closed, town.charter.community);
            for (unsigned i = 0; x && y && i < x->epoch_count; i++)
                for (unsigned k = 0; k < y->epoch_count; k++)
                    if (memcmp(x->epochs[i].id, y->epochs[k].id, HASH_SIZE) == 0)
                        assert_memory_equal(x->epochs[i].key, y->epochs[k].key, KEY_SIZE);
        }
}

static void step(void) {
    unsigned a = (unsigned)rng_below(&town.g, DEVICES), b = (unsigned)rng_below(&town.g, DEVICES);
    uint8_t keys[3 * KEY_SIZE], id[HASH_SIZE];
    struct closed_view v;
    town.now += rng_below(&town.g, 4000);
    int err = 0;
    switch (rng_below(&town.g, 13)) {
    case 0: err = a == b ? 0 : admit(a, b); break;
    case 1: err = remove_member(a, b); break;
    case 2:
        key_of(a, keys);
        key_of(b, keys + KEY_SIZE);
        err = closed_propose(town.devices[a].closed, town.charter.community, keys, 1 + (a != b), when(), id);
        break;
    case 3:
        if (closed_look(town.devices[a].closed, town.charter.community, &v) == 0 && v.proposal_count > 0) {
            memcpy(id, v.proposals[0].id, HASH_SIZE);
            err = closed_consent(town.devices[a].closed, town.charter.community, id, when());
        }
        break;
    case 4: device_restart(&town.devices[a]); break;
    case 5: err = closed_tick(town.devices[a].closed, when()); break;
    case 6:
    case 7:
    case 8: err = write_text(a, "something"); break;
    case 9: err = a == b ? 0 : write_letter(a, b, "to one"); break;
    default:
        if (a != b) carry(a, b, rng_one_in(&town.g, 2));
    }
    /* Nobody is refused for another reason than the rules. */
    assert_true(err == 0 || err == ERR_CHARTER || err == ERR_COMMUNITY || err == ERR_EXISTS || err == ERR_NOT_FOUND);
}

static void test_random_towns(void **state) {
    (void)state;
    unsigned read = 0, kept_out = 0, lost = 0, letters = 0;
    for (unsigned run = 0; run < 60; run++) {
        char name[32] = "random town   ";
        name[12] = (char)('a' + run / 26);
        name[13] = (char)('a' + run % 26);
        town_begin(name, 30, run % 2);
        for (unsigned i = 0; i < 250; i++) step();
        /* Everything is carried, and everybody writes, which makes the keys that are missing. */
        carry_everything();
        for (unsigned d = 0; d < DEVICES; d++)
            if (standing(d) == CLOSED_MEMBER) {
                assert_int_equal(write_text(d, "once more"), 0);
                carry_everything();
            }
        agree();
        one_key_an_id();
        for (unsigned t = 0; t < town.text_count; t++) {
            const struct written *w = &town.texts[t];
            for (unsigned d = 0; d < DEVICES; d++) {
                bool got = reads(d, w);
                if (d == w->by) continue;
                if (w->letter && d != w->to) {
                    assert_false(got);
                    continue;
                }
                letters += w->letter && got;
                read += got;
                if (!got && (w->knew_removed & 1u << d)) kept_out++;
                /* Who was removed when it was written, by all the writer knew, reads it only where history is handed
                 * on to who is let in again. */
                if (got && (w->knew_removed & 1u << d)) assert_true(run % 2 == 1 && town.admissions[d] > 1);
                /* A member for the writer, and still one of the same writer: reads it. */
                if ((w->members & 1u << d) && standing(d) == CLOSED_MEMBER && standing(w->by) == CLOSED_MEMBER && !got)
                    lost++;
            }
        }
        town_end();
    }
    printf("%u read, %u of them letters, %u kept out, %u not read\n", read, letters, kept_out, lost);
    assert_true(read > 500 && letters > 50 && kept_out > 50);
    assert_int_equal(lost, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_admitted_reads_removed_does_not),
        cmocka_unit_test(test_history_by_the_charter),
        cmocka_unit_test(test_restarts),
        cmocka_unit_test(test_partition),
        cmocka_unit_test(test_keys_go_with_messages),
        cmocka_unit_test(test_lacking_key),
        cmocka_unit_test(test_a_seized_coordinator_is_frozen),
        cmocka_unit_test(test_a_seized_founder_ends_no_handover),
        cmocka_unit_test(test_duel_is_told),
        cmocka_unit_test(test_random_towns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
