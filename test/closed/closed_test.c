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

#include "core/when.h"
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
        cmocka_unit_test(test_duel_is_told),
        cmocka_unit_test(test_random_towns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
