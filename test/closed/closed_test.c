/*
 * Closed communities on several devices, each with a store of its own, whose sealed records are carried from one to
 * another in any order. Shows that who is admitted reads and who is removed does not read what is written by who has
 * heard of it; that all who hold the same agree; that two who write apart use two keys; that partitions heal; that
 * nothing of it is readable for a courier; that keys go with what they open, and that a device that is cut off gets its
 * key handed on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "closed/closed_internal.h"
#include "core/crypto.h"
#include "core/when.h"
#include "test/property_util.h"

#define DEVICES 6
#define START UINT64_C(1790000000)
#define TEXTS_MAX 400

struct device {
    struct store *store;
    struct closed *closed;
    struct rng *g;
    uint8_t seed[SEED_SIZE];
    bool admitted;
};

/* A message, who wrote it, and which removals the writer knew. */
struct written {
    unsigned by;
    unsigned knew_removed; /* bits: devices that were no members for the writer */
    unsigned members;      /* bits: devices that were */
    uint8_t id[HASH_SIZE];
};

struct town {
    struct rng g;
    struct device devices[DEVICES];
    struct charter charter;
    struct record charter_record;
    uint8_t body[CHARTER_BODY_MAX];
    struct written texts[TEXTS_MAX];
    unsigned text_count;
    unsigned admissions[DEVICES]; /* how often each was let in */
    uint64_t now;
};

static struct town town;

static struct when when(void) {
    return (struct when){.now = town.now, .confirmed = true};
}

static void member_of(void *context, const struct charter *charter, struct member *out) {
    person_in(out, ((struct device *)context)->seed, charter);
}

static void random_of(void *context, uint8_t *out, size_t size) {
    rng_bytes(((struct device *)context)->g, out, size);
}

static void device_open(struct device *d) {
    struct closed_host host = {d->store, d, member_of, random_of};
    assert_int_equal(closed_new(&d->closed, &host), 0);
}

/* Everything that is kept is kept: forget what is in memory. */
static void device_restart(struct device *d) {
    closed_free(d->closed);
    device_open(d);
}

static void key_of(unsigned device, uint8_t key[KEY_SIZE]) {
    struct member m;
    person_in(&m, town.devices[device].seed, &town.charter);
    memcpy(key, m.key, KEY_SIZE);
}

static void device_join(unsigned i) {
    assert_true(store_community_put(town.devices[i].store, &town.charter_record, true) >= 0);
    assert_int_equal(closed_refresh(town.devices[i].closed), 0);
}

static void town_begin(const char *name, uint32_t keep_days, uint8_t history) {
    uint8_t salt[RECORD_SALT_SIZE];
    memset(&town, 0, sizeof town);
    rng_begin(&town.g, name);
    town.now = START;
    for (unsigned i = 0; i < DEVICES; i++) {
        struct device *d = &town.devices[i];
        d->g = &town.g;
        rng_bytes(&town.g, d->seed, sizeof d->seed);
        assert_int_equal(store_memory_open(&d->store), 0);
        device_open(d);
    }
    memcpy(town.charter.title, "Kitchen", 8);
    memcpy(town.charter.lang, "kk", 3);
    town.charter.access = CHARTER_CLOSED;
    town.charter.history = history;
    town.charter.keep_days = keep_days;
    rng_bytes(&town.g, town.charter.nonce, sizeof town.charter.nonce);
    rng_bytes(&town.g, salt, sizeof salt);
    assert_int_equal(charter_found(&town.charter, &town.charter_record, town.body, town.devices[0].seed, salt, START),
                     0);
    device_join(0);
    assert_int_equal(closed_found(town.devices[0].closed, town.charter.community, when()), 0);
    assert_int_equal(closed_found(town.devices[0].closed, town.charter.community, when()), ERR_EXISTS);
}

static void town_end(void) {
    for (unsigned i = 0; i < DEVICES; i++) {
        closed_free(town.devices[i].closed);
        store_close(town.devices[i].store);
    }
}

static void open_all(unsigned i) {
    struct device *d = &town.devices[i];
    for (int left = 1; left > 0;) {
        left = closed_open(d->closed, when(), 1 + (unsigned)rng_below(&town.g, 50));
        assert_true(left >= 0);
    }
}

/* ---- Carrying ---- */

struct carrying {
    struct store *from, *to;
    int64_t nums[4096];
    size_t count;
};

static int carry_visit(void *context, const struct store_arrival *a) {
    struct carrying *c = context;
    if (a->sealed && c->count < 4096) c->nums[c->count++] = a->num;
    return 0;
}

/* Carry sealed records from one to another, in any order; some, if not all. */
static void carry(unsigned from, unsigned to, bool all) {
    static struct carrying c;
    static uint8_t room[RECORD_SIZE_MAX];
    c.from = town.devices[from].store;
    c.to = town.devices[to].store;
    c.count = 0;
    assert_int_equal(store_arrived_after(c.from, 0, 0, carry_visit, &c), 0);
    for (size_t i = c.count; i > 1; i--) {
        size_t k = rng_below(&town.g, i);
        int64_t t = c.nums[i - 1];
        c.nums[i - 1] = c.nums[k];
        c.nums[k] = t;
    }
    for (size_t i = 0; i < c.count; i++) {
        struct store_record r;
        if (!all && rng_one_in(&town.g, 4)) continue;
        if (store_get_num(c.from, c.nums[i], room, &r)) continue;
        assert_true(store_put(c.to, &r.record, r.bytes, r.size, town.now) >= 0);
    }
    open_all(to);
}

static void carry_everything(void) {
    for (unsigned round = 0; round < 3; round++)
        for (unsigned a = 0; a < DEVICES; a++)
            for (unsigned b = 0; b < DEVICES; b++)
                if (a != b) carry(a, b, true);
}

/* ---- What people do ---- */

static enum closed_standing standing(unsigned i) {
    struct closed_view v;
    int err = closed_look(town.devices[i].closed, town.charter.community, &v);
    return err ? CLOSED_NOT : v.standing;
}

static unsigned members_by(unsigned device, bool removed) {
    struct closed_view v;
    unsigned bits = 0;
    assert_int_equal(closed_look(town.devices[device].closed, town.charter.community, &v), 0);
    for (unsigned i = 0; i < DEVICES && v.members; i++) {
        uint8_t key[KEY_SIZE];
        key_of(i, key);
        const struct members_entry *e = members_find(v.members, key);
        if (e && e->status == (removed ? MEMBERS_REMOVED : MEMBERS_MEMBER)) bits |= 1u << i;
    }
    return bits;
}

static int write_text(unsigned device, const char *words) {
    static uint8_t room[RECORD_SIZE_MAX];
    struct device *d = &town.devices[device];
    struct author a = {.charter = &town.charter};
    struct text text = {.text = words, .size = strlen(words)};
    uint8_t salt[RECORD_SALT_SIZE];
    struct record r;
    int err = closed_ready(d->closed, town.charter.community, when());
    if (err) return err;
    person_in(&a.member, d->seed, &town.charter);
    assert_int_equal(store_own_get(d->store, a.member.key, &a.next, a.last), 0);
    rng_bytes(&town.g, salt, sizeof salt);
    int size = author_text(&a, &text, URGENCY_NORMAL, NULL, town.now, salt, room, &r);
    assert_true(size > 0);
    assert_int_equal(store_begin(d->store), 0);
    assert_int_equal(closed_put(d->closed, &r, room, (size_t)size, when()), 0);
    assert_int_equal(store_own_set(d->store, a.member.key, a.next, a.last), 0);
    assert_int_equal(store_commit(d->store), 0);
    if (town.text_count < TEXTS_MAX) {
        struct written *w = &town.texts[town.text_count++];
        w->by = device;
        w->knew_removed = members_by(device, true);
        w->members = members_by(device, false);
        memcpy(w->id, r.id, HASH_SIZE);
    }
    return 0;
}

static bool reads(unsigned device, const struct written *w) {
    return store_has(town.devices[device].store, w->id) == STORE_HELD;
}

static int admit(unsigned coordinator, unsigned who) {
    char line[REQUEST_CHARS_MAX + 1];
    struct join_request r;
    if (store_has(town.devices[who].store, town.charter.community) < 0) return ERR_IO;
    device_join(who);
    int err = closed_request(town.devices[who].closed, town.charter.community, when(), line);
    if (err) return err;
    assert_int_equal(join_request_decode(&r, line, strlen(line)), 0);
    err = closed_admit(town.devices[coordinator].closed, &r, when());
    if (!err) town.admissions[who]++;
    return err;
}

static int remove_member(unsigned coordinator, unsigned who) {
    uint8_t key[KEY_SIZE];
    key_of(who, key);
    return closed_remove(town.devices[coordinator].closed, town.charter.community, key, when());
}

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
    switch (rng_below(&town.g, 12)) {
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
    default:
        if (a != b) carry(a, b, rng_one_in(&town.g, 2));
    }
    /* Nobody is refused for another reason than the rules. */
    assert_true(err == 0 || err == ERR_CHARTER || err == ERR_COMMUNITY || err == ERR_EXISTS || err == ERR_NOT_FOUND);
}

static void test_random_towns(void **state) {
    (void)state;
    unsigned read = 0, kept_out = 0, lost = 0;
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
    printf("%u read, %u kept out, %u not read\n", read, kept_out, lost);
    assert_true(read > 500 && kept_out > 50);
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
