/*
 * town_util.c: several devices in one closed community.
 */
#include "test/closed/town_util.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/crypto.h"
#include "core/letter.h"
#include "core/when.h"

struct town town;

struct when when(void) {
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
void device_restart(struct device *d) {
    closed_free(d->closed);
    device_open(d);
}

void key_of(unsigned device, uint8_t key[KEY_SIZE]) {
    struct member m;
    person_in(&m, town.devices[device].seed, &town.charter);
    memcpy(key, m.key, KEY_SIZE);
}

static void device_join(unsigned i) {
    assert_true(store_community_put(town.devices[i].store, &town.charter_record, true) >= 0);
    assert_int_equal(closed_refresh(town.devices[i].closed), 0);
}

void town_begin(const char *name, uint32_t keep_days, uint8_t history) {
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

void town_end(void) {
    for (unsigned i = 0; i < DEVICES; i++) {
        closed_free(town.devices[i].closed);
        store_close(town.devices[i].store);
    }
}

void open_all(unsigned i) {
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
void carry(unsigned from, unsigned to, bool all) {
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

void carry_everything(void) {
    for (unsigned round = 0; round < 3; round++)
        for (unsigned a = 0; a < DEVICES; a++)
            for (unsigned b = 0; b < DEVICES; b++)
                if (a != b) carry(a, b, true);
}

/* ---- What people do ---- */

enum closed_standing standing(unsigned i) {
    struct closed_view v;
    int err = closed_look(town.devices[i].closed, town.charter.community, &v);
    return err ? CLOSED_NOT : v.standing;
}

unsigned members_by(unsigned device, bool removed) {
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

uint8_t written[RECORD_SIZE_MAX];
struct record written_record;
size_t written_size;

/* Write a message, or a letter to the device `to`. */
static int write_any(unsigned device, const char *words, const unsigned *to) {
    struct device *d = &town.devices[device];
    struct author a = {.charter = &town.charter};
    struct text text = {.text = words, .size = strlen(words)};
    struct letter letter = {.text = words, .size = strlen(words)};
    uint8_t salt[RECORD_SALT_SIZE];
    int err = closed_ready(d->closed, town.charter.community, when());
    if (err) return err;
    person_in(&a.member, d->seed, &town.charter);
    assert_int_equal(store_own_get(d->store, a.member.key, &a.next, a.last), 0);
    rng_bytes(&town.g, salt, sizeof salt);
    if (to) key_of(*to, letter.to);
    int size = to ? letter_make(&a, &letter, town.now, salt, written, &written_record)
                  : author_text(&a, &text, URGENCY_NORMAL, NULL, town.now, salt, written, &written_record);
    assert_true(size > 0);
    written_size = (size_t)size;
    assert_int_equal(store_begin(d->store), 0);
    err = closed_put(d->closed, &written_record, written, written_size, when());
    if (err) {
        store_rollback(d->store);
        return err;
    }
    assert_int_equal(store_own_set(d->store, a.member.key, a.next, a.last), 0);
    assert_int_equal(store_commit(d->store), 0);
    if (town.text_count < TEXTS_MAX) {
        struct written *w = &town.texts[town.text_count++];
        w->by = device;
        w->knew_removed = members_by(device, true);
        w->members = members_by(device, false);
        w->letter = to != NULL;
        w->to = to ? *to : 0;
        memcpy(w->id, written_record.id, HASH_SIZE);
    }
    return 0;
}

int write_text(unsigned device, const char *words) {
    return write_any(device, words, NULL);
}

int write_letter(unsigned device, unsigned to, const char *words) {
    return write_any(device, words, &to);
}

bool reads(unsigned device, const struct written *w) {
    return store_has(town.devices[device].store, w->id) == STORE_HELD;
}

int admit(unsigned coordinator, unsigned who) {
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

int remove_member(unsigned coordinator, unsigned who) {
    uint8_t key[KEY_SIZE];
    key_of(who, key);
    return closed_remove(town.devices[coordinator].closed, town.charter.community, key, when());
}
