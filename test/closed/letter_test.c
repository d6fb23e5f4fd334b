/*
 * Letters to one member of a closed community, on several devices. Shows that a letter is read by the member it is for
 * and by nobody else, whoever hands it on, wraps it anew or lays it open; that letters of those who are no members are
 * not taken, nor changed ones; that from outside one looks like a message; that it can't be opened any more once its
 * prekey is gone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/letter.h"
#include "core/seal.h"
#include "core/when.h"
#include "test/closed/town_util.h"

/* The newest sealed record of a device: its canonical bytes. */
struct sealed_last {
    struct device *d;
    int64_t num;
    uint8_t bytes[RECORD_SIZE_MAX];
    size_t size;
    struct record record;
};

static int last_visit(void *context, const struct store_arrival *a) {
    struct sealed_last *l = context;
    if (a->sealed) l->num = a->num;
    return 0;
}

static struct sealed_last *sealed_last(unsigned device) {
    static struct sealed_last two[2];
    static uint8_t room[RECORD_SIZE_MAX];
    static unsigned turn;
    struct sealed_last *l = &two[turn++ % 2];
    struct store_record r;
    l->d = &town.devices[device];
    assert_int_equal(store_arrived_after(l->d->store, 0, 0, last_visit, l), 0);
    assert_int_equal(store_get_num(l->d->store, l->num, room, &r), 0);
    memcpy(l->bytes, r.bytes, r.size);
    l->size = r.size;
    assert_int_equal(record_decode(&l->record, l->bytes, l->size), 0);
    return l;
}

static bool holds(unsigned device, const uint8_t id[HASH_SIZE]) {
    return store_has(town.devices[device].store, id) == STORE_HELD;
}

static struct group *group_of(unsigned device) {
    return group_find(town.devices[device].closed, town.charter.community);
}

static const uint8_t *prekey_by(unsigned device, unsigned of) {
    uint8_t key[KEY_SIZE];
    key_of(of, key);
    const struct members_entry *e = members_find(&group_of(device)->members, key);
    assert_non_null(e);
    return prekey_of(group_of(device), e);
}

/* Seal what stands in `written` with the keys of a device: wrapped for the prekey of another, if there is one, under
 * the register key or the newest epoch's, and give it to a device that opens it. */
static void slip(unsigned keys_of, const uint8_t *prekey, bool by_register, unsigned to) {
    static uint8_t packed[RECORD_SIZE_MAX], wrapped[RECORD_SIZE_MAX], room[RECORD_SIZE_MAX];
    uint8_t ephemeral[KEY_SIZE], nonce[BOX_NONCE_SIZE], key[KEY_SIZE];
    const struct group *g = group_of(keys_of);
    const struct held_epoch *e = &g->epochs[g->epoch_count - 1];
    struct member shelf;
    struct record outer;
    int size = shelf_pack(&written_record, written, written_size, packed);
    assert_true(size > 0);
    rng_bytes(&town.g, ephemeral, sizeof ephemeral);
    rng_bytes(&town.g, nonce, sizeof nonce);
    if (prekey) size = seal_to(wrapped, packed, (size_t)size, prekey, ephemeral, nonce);
    memcpy(key, e->key, KEY_SIZE);
    if (by_register) shelf_register_key(key, g->shelves[e->shelf].secret);
    shelf_derive(&shelf, g->shelves[e->shelf].secret, shelf_week(when_day(town.now)));
    size = shelf_seal(prekey ? SHELF_LETTER : SHELF_RECORD, prekey ? wrapped : packed, (size_t)size, &shelf, key, nonce,
                      written_record.expiry_day, URGENCY_NORMAL, room, &outer);
    assert_true(size > 0);
    assert_true(store_put(town.devices[to].store, &outer, room, (size_t)size, town.now) > 0);
    open_all(to);
}

static int count_visit(void *context, const struct store_record *r) {
    assert_true(r->record.kind != KIND_LETTER);
    *(unsigned *)context += r->record.body != NULL; /* the outside of what is about the membership is there, too */
    return 0;
}

static unsigned listed(unsigned device) {
    const struct store_query query = {.community = town.charter.community, .now = town.now, .retracted = true};
    unsigned count = 0;
    assert_int_equal(store_list(town.devices[device].store, &query, count_visit, &count), 0);
    return count;
}

/* Tell whether anything that a device's store holds, all of it unlocked, has these words in it: records of every kind,
 * and what the keys here open of the sealed ones. */
struct looking {
    unsigned device;
    const char *words;
    unsigned found;
};

static bool has_words(const uint8_t *bytes, size_t size, const char *words) {
    size_t length = strlen(words);
    for (size_t i = 0; i + length <= size; i++)
        if (memcmp(bytes + i, words, length) == 0) return true;
    return false;
}

static void look_inside(struct looking *l, const struct record *outer) {
    static uint8_t room[RECORD_SIZE_MAX], out[RECORD_SIZE_MAX];
    const struct group *g = group_of(l->device);
    const uint8_t *content;
    uint8_t type, key[KEY_SIZE];
    for (unsigned i = 0; g && i < g->epoch_count + g->shelf_count; i++) {
        if (i < g->epoch_count)
            memcpy(key, g->epochs[i].key, KEY_SIZE);
        else
            shelf_register_key(key, g->shelves[i - g->epoch_count].secret);
        int size = shelf_open(outer, key, room, &type, &content);
        if (size <= 0) continue;
        l->found += has_words(content, (size_t)size, l->words);
        for (unsigned k = 0; k < g->prekey_count; k++) {
            int opened = seal_open_to(out, content, (size_t)size, g->prekeys[k].secret);
            if (opened > 0) l->found += has_words(out, (size_t)opened, l->words);
        }
    }
}

static int look_visit(void *context, const struct store_arrival *a) {
    static uint8_t room[RECORD_SIZE_MAX];
    struct looking *l = context;
    struct store_record r;
    assert_int_equal(store_get_num(town.devices[l->device].store, a->num, room, &r), 0);
    l->found += has_words(r.bytes, r.size, l->words);
    if (a->sealed) look_inside(l, &r.record);
    return 0;
}

static unsigned finds(unsigned device, const char *words) {
    struct looking l = {.device = device, .words = words};
    assert_int_equal(store_arrived_after(town.devices[device].store, 0, 0, look_visit, &l), 0);
    return l.found;
}

static void letter_town(const char *name, uint32_t keep_days) {
    town_begin(name, keep_days, CHARTER_HISTORY_KEPT);
    for (unsigned i = 1; i < 4; i++) assert_int_equal(admit(0, i), 0);
    carry_everything();
    assert_int_equal(write_text(1, "to all"), 0);
    carry_everything();
}

static void test_letter_is_for_one(void **state) {
    (void)state;
    letter_town("a letter", 30);
    assert_int_equal(write_letter(1, 2, "for you alone"), 0);
    const struct written *w = &town.texts[town.text_count - 1];
    carry_everything();
    device_restart(&town.devices[2]);
    for (unsigned d = 0; d < DEVICES; d++) assert_int_equal(holds(d, w->id), d == 1 || d == 2);
    for (unsigned d = 0; d < 4; d++) assert_int_equal(listed(d), 1); /* the message */
    assert_int_equal(finds(1, "for you alone"), 1);                  /* the author's copy; what was sent is shut */
    assert_int_equal(finds(2, "for you alone"), 2);                  /* the copy, and what it came in */
    for (unsigned d = 0; d < DEVICES; d++) {
        if (d != 1 && d != 2) assert_int_equal(finds(d, "for you alone"), 0);
        if (d < 4) assert_true(finds(d, "to all") >= 2);
    }
    /* It comes back as it was written. */
    static uint8_t room[RECORD_SIZE_MAX];
    struct store_record got;
    struct letter letter;
    uint8_t key[KEY_SIZE];
    assert_int_equal(store_get(town.devices[2].store, w->id, room, &got), 0);
    assert_int_equal(letter_decode(&letter, &got.record), 0);
    assert_int_equal(letter.size, 13);
    assert_memory_equal(letter.text, "for you alone", 13);
    key_of(1, key);
    assert_memory_equal(got.record.author, key, KEY_SIZE);
    /* Who is let in later does not read it, though the charter hands on history. */
    assert_int_equal(admit(0, 4), 0);
    carry_everything();
    assert_int_equal(standing(4), CLOSED_MEMBER);
    assert_false(holds(4, w->id));
    /* Nobody writes to who is no member. */
    assert_int_equal(write_letter(1, 5, "to a stranger"), ERR_NOT_FOUND);
    assert_int_equal(remove_member(0, 3), 0);
    assert_int_equal(write_letter(0, 3, "to who was removed"), ERR_NOT_FOUND);
    assert_int_equal(listed(0), 1);
    town_end();
}

static void test_letter_is_not_handed_on(void **state) {
    (void)state;
    letter_town("handed on", 30);
    assert_int_equal(write_letter(1, 2, "between us"), 0);
    uint8_t id[HASH_SIZE];
    memcpy(id, written_record.id, HASH_SIZE);
    carry_everything();
    /* The one it was for wraps it for another member, or lays it open, under either key. */
    for (unsigned by_register = 0; by_register < 2; by_register++) {
        slip(2, prekey_by(2, 3), by_register, 3);
        slip(2, NULL, by_register, 3);
        slip(2, NULL, by_register, 0);
        assert_false(holds(3, id) || holds(0, id));
    }
    /* Sealed again for the right one it is the same letter: nothing comes of it, not even once it is gone. */
    slip(1, prekey_by(1, 2), false, 2);
    assert_true(holds(2, id));
    assert_int_equal(store_drop(town.devices[2].store, id), 0);
    slip(1, prekey_by(1, 2), true, 2); /* nor under the key that never goes */
    assert_false(holds(2, id));
    slip(1, prekey_by(1, 2), false, 2); /* what shows that the others were tried */
    assert_true(holds(2, id));
    town_end();
}

static void test_letter_is_by_a_member(void **state) {
    (void)state;
    letter_town("by a member", 30);
    uint8_t salt[RECORD_SALT_SIZE] = {1};
    struct letter letter = {.text = "hello", .size = 5};
    struct author a = {.charter = &town.charter};
    /* By a key that nobody let in, with everybody's keys. */
    key_of(2, letter.to);
    person_in(&a.member, town.devices[5].seed, &town.charter);
    int size = letter_make(&a, &letter, town.now, salt, written, &written_record);
    assert_true(size > 0);
    written_size = (size_t)size;
    slip(1, prekey_by(1, 2), false, 2);
    assert_false(holds(2, written_record.id));
    /* By a member, changed. */
    assert_int_equal(write_letter(1, 2, "genuine"), 0);
    written[written_size - 1] ^= 1;
    assert_int_equal(record_decode(&written_record, written, written_size), 0);
    slip(1, prekey_by(1, 2), false, 2);
    assert_false(holds(2, written_record.id));
    /* By a member who was removed, and does not know it; but not what they wrote before. */
    assert_int_equal(write_letter(3, 2, "before"), 0);
    uint8_t before[HASH_SIZE];
    memcpy(before, written_record.id, HASH_SIZE);
    carry(3, 2, true);
    assert_true(holds(2, before));
    assert_int_equal(remove_member(0, 3), 0);
    carry(0, 2, true);
    assert_int_equal(write_letter(3, 2, "after"), 0);
    carry(3, 2, true);
    assert_false(holds(2, written_record.id));
    assert_true(holds(2, before)); /* what was read stays */
    town_end();
}

/* All that a carrier sees of a letter and of a message that is as long together with what wraps it. */
static void test_letter_looks_like_a_message(void **state) {
    (void)state;
    letter_town("looks", 30);
    static char words[20000];
    static const size_t sizes[] = {1, 40, 200, 1000, 5000, 15000};
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        memset(words, 'x', sizeof words);
        words[sizes[i]] = '\0';
        assert_int_equal(write_letter(1, 2, words), 0);
        const struct sealed_last *letter = sealed_last(1);
        memset(words, 'x', sizeof words);
        words[sizes[i] + 2 + KEY_SIZE + KEY_SIZE + BOX_OVERHEAD] = '\0';
        assert_int_equal(write_text(1, words), 0);
        const struct sealed_last *message = sealed_last(1);
        assert_true(letter->num != message->num);
        assert_int_equal(letter->record.form, RECORD_FORM_SEALED);
        assert_int_equal(letter->record.size_class, message->record.size_class);
        assert_int_equal(letter->record.urgency, message->record.urgency);
        assert_int_equal(letter->record.expiry_day, message->record.expiry_day);
        assert_memory_equal(letter->record.author, message->record.author, KEY_SIZE); /* the shelf */
        assert_int_equal(letter->size, message->size);
        /* The header is the same to the byte; behind it stand a signature and a box. */
        assert_memory_equal(letter->bytes, message->bytes, letter->size - letter->record.body_size - SIGNATURE_SIZE);
    }
    town_end();
}

/* Whoever has captured a letter, and has an epoch's key besides, takes the recipient's phone. */
static bool captured_opens(const struct sealed_last *captured, const uint8_t epoch_key[KEY_SIZE], unsigned device) {
    static uint8_t room[RECORD_SIZE_MAX], out[RECORD_SIZE_MAX];
    const struct group *g = group_of(device);
    const uint8_t *content;
    uint8_t type;
    int size = shelf_open(&captured->record, epoch_key, room, &type, &content);
    assert_true(size > 0 && type == SHELF_LETTER);
    for (unsigned i = 0; i < g->prekey_count; i++)
        if (seal_open_to(out, content, (size_t)size, g->prekeys[i].secret) > 0) return true;
    return false;
}

static void test_letter_goes_with_its_prekey(void **state) {
    (void)state;
    letter_town("letters go", 10);
    uint8_t epoch_key[KEY_SIZE];
    assert_int_equal(write_letter(0, 1, "burn after reading"), 0);
    const struct group *g = group_of(0);
    struct sealed_last captured = *sealed_last(0);
    captured.record.body = captured.bytes + captured.size - captured.record.body_size;
    const uint8_t *content;
    static uint8_t room[RECORD_SIZE_MAX];
    uint8_t type;
    bool found = false;
    for (unsigned i = 0; i < g->epoch_count && !found; i++) {
        memcpy(epoch_key, g->epochs[i].key, KEY_SIZE);
        found = shelf_open(&captured.record, epoch_key, room, &type, &content) > 0;
    }
    assert_true(found);
    uint8_t id[HASH_SIZE];
    memcpy(id, written_record.id, HASH_SIZE);
    carry(0, 1, true);
    assert_true(holds(0, id) && holds(1, id));
    assert_true(captured_opens(&captured, epoch_key, 1));
    assert_false(captured_opens(&captured, epoch_key, 0)); /* whoever wrote it can't either */
    for (unsigned day = 0; day < 45; day++) {
        town.now += DAY_SECONDS;
        for (unsigned i = 0; i < 2; i++) {
            assert_int_equal(closed_tick(town.devices[i].closed, when()), 0);
            assert_int_equal(write_text(i, "another day"), 0);
            while (store_tick(town.devices[i].store, when(), 1000) > 0) {
            }
        }
        carry(0, 1, true);
        carry(1, 0, true);
        if (day < 9) assert_true(holds(0, id) && holds(1, id) && captured_opens(&captured, epoch_key, 1));
    }
    assert_false(holds(0, id) || holds(1, id));
    assert_false(captured_opens(&captured, epoch_key, 1));
    town_end();
}

/* A letter to a new prekey shows that the one before has done its work, where no epoch has yet. */
static void test_letter_uses_a_prekey(void **state) {
    (void)state;
    letter_town("uses", 30);
    town.now += 3 * DAY_SECONDS;
    assert_int_equal(admit(0, 4), 0); /* an epoch, good for a week */
    carry_everything();
    town.now += 5 * DAY_SECONDS;
    assert_int_equal(closed_tick(town.devices[1].closed, when()), 0);
    carry(1, 0, true);
    const struct group *g = group_of(1);
    assert_int_equal(g->prekey_count, 2);
    assert_int_equal(write_text(0, "a message does not"), 0);
    carry(0, 1, true);
    assert_int_equal(g->prekeys[0].superseded, 0);
    assert_int_equal(write_letter(0, 1, "a letter does"), 0);
    carry(0, 1, true);
    assert_true(holds(1, written_record.id));
    assert_int_equal(g->prekeys[0].superseded, when_day(town.now));
    assert_int_equal(g->prekeys[1].superseded, 0);
    device_restart(&town.devices[1]);
    assert_int_equal(group_of(1)->prekeys[0].superseded, when_day(town.now));
    town_end();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_letter_is_for_one),           cmocka_unit_test(test_letter_is_not_handed_on),
        cmocka_unit_test(test_letter_is_by_a_member),       cmocka_unit_test(test_letter_looks_like_a_message),
        cmocka_unit_test(test_letter_goes_with_its_prekey), cmocka_unit_test(test_letter_uses_a_prekey),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
