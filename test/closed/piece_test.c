/*
 * Files in closed communities, on several devices. Shows that a file comes together byte for byte at every member,
 * whatever comes first and however often a device begins anew, and at nobody else; that a later member gets it if the
 * charter hands on history; that false pieces, those of strangers, of files that no message names, too many and the
 * same again give no file, hold up no other and take bounded room; that what was taken back goes from the pool, and
 * that nobody can take back another's file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/blob.h"
#include "core/when.h"
#include "test/closed/town_util.h"

#define FILE_SIZE 100000
#define FILE_PIECES 4

struct file {
    uint8_t bytes[FILE_SIZE], id[HASH_SIZE];
    uint32_t size;
};

static void id_of(const uint8_t *bytes, uint32_t size, uint8_t id[HASH_SIZE]) {
    static uint8_t nodes[64][HASH_SIZE];
    uint32_t count = blob_chunk_count(size);
    assert_true(blob_tree_size(count) <= 64);
    for (uint32_t i = 0; i < count; i++)
        blob_leaf(nodes[i], bytes + (size_t)i * BLOB_CHUNK_SIZE, blob_chunk_size(size, i));
    blob_tree(id, nodes, count, size);
}

static struct file *file_make(uint32_t size) {
    static struct file files[2];
    static unsigned turn;
    struct file *f = &files[turn++ % 2];
    f->size = size;
    rng_bytes(&town.g, f->bytes, size);
    id_of(f->bytes, size, f->id);
    return f;
}

static struct group *group_of(unsigned device) {
    return group_find(town.devices[device].closed, town.charter.community);
}

/* ---- Writing ---- */

static struct author author_of(unsigned device) {
    struct author a = {.charter = &town.charter};
    struct device *d = &town.devices[device];
    person_in(&a.member, d->seed, &town.charter);
    assert_int_equal(store_own_get(d->store, a.member.key, &a.next, a.last), 0);
    return a;
}

/* What stands in `written` goes out. */
static void put(unsigned device, const struct author *a, int size) {
    struct device *d = &town.devices[device];
    assert_true(size > 0);
    written_size = (size_t)size;
    assert_int_equal(store_begin(d->store), 0);
    assert_int_equal(closed_put(d->closed, &written_record, written, written_size, when()), 0);
    assert_int_equal(store_own_set(d->store, a->member.key, a->next, a->last), 0);
    assert_int_equal(store_commit(d->store), 0);
}

static int piece_write(struct author *a, const uint8_t *id, uint32_t size, uint32_t index, const uint8_t *bytes) {
    const struct piece p = {.blob = id, .size_bytes = size, .index = index, .bytes = bytes};
    uint8_t salt[RECORD_SALT_SIZE];
    rng_bytes(&town.g, salt, sizeof salt);
    return piece_make(a, &p, town.now, salt, written, &written_record);
}

static void send_piece(unsigned device, const uint8_t *id, uint32_t size, uint32_t index, const uint8_t *bytes) {
    assert_int_equal(closed_ready(town.devices[device].closed, town.charter.community, when()), 0);
    struct author a = author_of(device);
    put(device, &a, piece_write(&a, id, size, index, bytes));
}

static void send_pieces(unsigned device, const struct file *f) {
    for (uint32_t i = 0; i < piece_count(f->size); i++)
        send_piece(device, f->id, f->size, i, f->bytes + (size_t)i * PIECE_SIZE);
}

static void send_text(unsigned device, const struct file *f, uint8_t id[HASH_SIZE]) {
    struct text text = {.text = "look", .size = 4, .attachment_count = 1};
    uint8_t salt[RECORD_SALT_SIZE];
    text.attachments[0].size_bytes = f->size;
    memcpy(text.attachments[0].blob, f->id, HASH_SIZE);
    rng_bytes(&town.g, salt, sizeof salt);
    assert_int_equal(closed_ready(town.devices[device].closed, town.charter.community, when()), 0);
    struct author a = author_of(device);
    put(device, &a, author_text(&a, &text, URGENCY_NORMAL, NULL, town.now, salt, written, &written_record));
    if (id) memcpy(id, written_record.id, HASH_SIZE);
}

/* The author has the file. */
static void keep_own(unsigned device, const struct file *f) {
    static uint8_t nodes[64][HASH_SIZE];
    uint8_t id[HASH_SIZE], proof[BLOB_PROOF_MAX];
    uint32_t count = blob_chunk_count(f->size);
    for (uint32_t i = 0; i < count; i++)
        blob_leaf(nodes[i], f->bytes + (size_t)i * BLOB_CHUNK_SIZE, blob_chunk_size(f->size, i));
    blob_tree(id, nodes, count, f->size);
    for (uint32_t i = 0; i < count; i++) {
        unsigned n = blob_proof(proof, nodes, count, i);
        assert_int_equal(store_chunk_put(town.devices[device].store, f->id, f->size, i, proof, n * (size_t)HASH_SIZE,
                                         f->bytes + (size_t)i * BLOB_CHUNK_SIZE, blob_chunk_size(f->size, i), town.now),
                         1);
    }
}

static void take_back(unsigned device, const uint8_t target[HASH_SIZE], unsigned author) {
    static uint8_t room[RECORD_SIZE_MAX];
    struct store_record found;
    uint8_t salt[RECORD_SALT_SIZE];
    rng_bytes(&town.g, salt, sizeof salt);
    assert_int_equal(closed_ready(town.devices[device].closed, town.charter.community, when()), 0);
    assert_int_equal(store_get(town.devices[author].store, target, room, &found), 0);
    struct author a = author_of(device);
    put(device, &a, author_retraction(&a, &found.record, town.now, salt, written, &written_record));
}

/* Give a device a record of its own kind, `written`, sealed by the keys of another. */
static void slip(unsigned keys_of, bool by_register, unsigned to) {
    static uint8_t packed[RECORD_SIZE_MAX], room[RECORD_SIZE_MAX];
    uint8_t nonce[BOX_NONCE_SIZE], key[KEY_SIZE];
    const struct group *g = group_of(keys_of);
    const struct held_epoch *e = &g->epochs[g->epoch_count - 1];
    struct member shelf;
    struct record outer;
    int size = shelf_pack(&written_record, written, written_size, packed);
    assert_true(size > 0);
    rng_bytes(&town.g, nonce, sizeof nonce);
    memcpy(key, e->key, KEY_SIZE);
    if (by_register) shelf_register_key(key, g->shelves[e->shelf].secret);
    shelf_derive(&shelf, g->shelves[e->shelf].secret, shelf_week(when_day(town.now)));
    size = shelf_seal(SHELF_RECORD, packed, (size_t)size, &shelf, key, nonce, written_record.expiry_day, URGENCY_BULK,
                      room, &outer);
    assert_true(size > 0);
    assert_true(store_put(town.devices[to].store, &outer, room, (size_t)size, town.now) > 0);
    open_all(to);
}

/* ---- Looking ---- */

static bool has_file(unsigned device, const struct file *f) {
    static struct store_chunk chunk;
    uint64_t size;
    uint32_t held;
    int err = store_blob_get(town.devices[device].store, f->id, &size, &held);
    if (err == ERR_NOT_FOUND) return false;
    assert_int_equal(err, 0);
    assert_int_equal(size, f->size);
    assert_int_equal(held, blob_chunk_count(size)); /* whole or not at all */
    for (uint32_t i = 0; i < held; i++) {
        assert_int_equal(store_chunk_get(town.devices[device].store, f->id, i, &chunk), 0);
        assert_int_equal(chunk.data_size, blob_chunk_size(size, i));
        assert_memory_equal(chunk.data, f->bytes + (size_t)i * BLOB_CHUNK_SIZE, chunk.data_size);
        assert_int_equal(blob_check(f->id, size, i, chunk.proof, chunk.proof_size, chunk.data, chunk.data_size), 0);
    }
    return true;
}

static unsigned baskets(unsigned device) {
    return group_of(device)->basket_count;
}

static int sealed_visit(void *context, const struct store_arrival *a) {
    if (a->sealed && !a->stub) ++*(unsigned *)context;
    return 0;
}

static unsigned sealed(unsigned device) {
    unsigned count = 0;
    assert_int_equal(store_arrived_after(town.devices[device].store, 0, 0, sealed_visit, &count), 0);
    return count;
}

static void piece_town(const char *name, uint8_t history) {
    town_begin(name, 30, history);
    for (unsigned i = 1; i < 4; i++) assert_int_equal(admit(0, i), 0);
    carry_everything();
    assert_int_equal(write_text(1, "to all"), 0);
    carry_everything();
}

/* ---- Tests ---- */

static void test_members_get_it(void **state) {
    (void)state;
    static const uint32_t sizes[] = {1, PIECE_SIZE, PIECE_SIZE + 1, BLOB_CHUNK_SIZE, FILE_SIZE};
    piece_town("a file", CHARTER_HISTORY_KEPT);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct file *f = file_make(sizes[i]);
        keep_own(1, f);
        send_pieces(1, f);
        send_text(1, f, NULL);
        carry_everything();
        for (unsigned d = 0; d < DEVICES; d++) assert_int_equal(has_file(d, f), d < 4);
        for (unsigned d = 0; d < 4; d++) assert_int_equal(baskets(d), 0);
    }
    /* Who joins later gets them, too. */
    struct file *f = file_make(FILE_SIZE);
    send_pieces(2, f);
    send_text(2, f, NULL);
    assert_int_equal(admit(0, 4), 0);
    carry_everything();
    assert_int_equal(standing(4), CLOSED_MEMBER);
    assert_true(has_file(4, f));
    assert_false(has_file(5, f));
    town_end();
}

static void test_later_members_get_none_without_history(void **state) {
    (void)state;
    piece_town("no history", CHARTER_HISTORY_NONE);
    struct file *f = file_make(FILE_SIZE);
    send_pieces(1, f);
    send_text(1, f, NULL);
    carry_everything();
    assert_true(has_file(0, f) && has_file(3, f));
    assert_int_equal(admit(0, 4), 0);
    carry_everything();
    assert_int_equal(standing(4), CLOSED_MEMBER);
    assert_false(has_file(4, f));
    town_end();
}

/* In any order, a few at a time, with devices that begin anew in between. */
static void test_any_order(void **state) {
    (void)state;
    for (unsigned round = 0; round < 12; round++) {
        char name[] = "any order a";
        name[10] = (char)('a' + round);
        piece_town(name, CHARTER_HISTORY_KEPT);
        struct file *f = file_make(FILE_SIZE);
        bool first = rng_one_in(&town.g, 2);
        if (first) send_text(1, f, NULL);
        send_pieces(1, f);
        if (!first) send_text(1, f, NULL);
        for (unsigned step = 0; step < 8; step++) {
            unsigned from = (unsigned)rng_below(&town.g, 4), to = (unsigned)rng_below(&town.g, 4);
            if (from != to) carry(from, to, false);
            if (rng_one_in(&town.g, 2)) device_restart(&town.devices[to]);
        }
        carry_everything();
        for (unsigned d = 0; d < DEVICES; d++) assert_int_equal(has_file(d, f), d < 4);
        for (unsigned d = 0; d < 4; d++) {
            device_restart(&town.devices[d]);
            assert_int_equal(baskets(d), 0);
        }
        town_end();
    }
}

static void test_a_file_waits_for_its_message(void **state) {
    (void)state;
    piece_town("no message", CHARTER_HISTORY_KEPT);
    struct file *f = file_make(FILE_SIZE);
    send_pieces(1, f);
    carry_everything();
    for (unsigned d = 0; d < 4; d++) {
        assert_false(has_file(d, f));
        assert_int_equal(baskets(d), 1);
        device_restart(&town.devices[d]);
        assert_int_equal(baskets(d), 1);
    }
    send_text(2, f, NULL); /* whoever it is that refers to it */
    carry_everything();
    for (unsigned d = 0; d < 4; d++) assert_true(has_file(d, f) && baskets(d) == 0);
    /* What no message ever refers to is forgotten in its time. */
    f = file_make(FILE_SIZE);
    send_pieces(1, f);
    carry_everything();
    assert_int_equal(baskets(0), 1);
    town.now += 32 * DAY_SECONDS;
    assert_int_equal(closed_tick(town.devices[0].closed, when()), 0);
    assert_int_equal(baskets(0), 0);
    device_restart(&town.devices[0]);
    assert_int_equal(baskets(0), 0);
    town_end();
}

static void test_false_pieces(void **state) {
    (void)state;
    piece_town("false pieces", CHARTER_HISTORY_KEPT);
    /* Of another member: they come first, and are whole. */
    struct file *f = file_make(FILE_SIZE), *other = file_make(FILE_SIZE);
    for (uint32_t i = 0; i < FILE_PIECES; i++) send_piece(2, f->id, f->size, i, other->bytes + (size_t)i * PIECE_SIZE);
    carry_everything();
    send_text(1, f, NULL);
    carry_everything();
    for (unsigned d = 0; d < 4; d++) assert_false(has_file(d, f));
    send_pieces(1, f);
    carry_everything();
    for (unsigned d = 0; d < 4; d++) assert_true(has_file(d, f));
    /* Of a file of another size by the same name. */
    f = file_make(FILE_SIZE);
    send_piece(2, f->id, 5, 0, (const uint8_t *)"hello");
    for (uint32_t i = 0; i < FILE_PIECES; i++) send_piece(2, f->id, f->size - 1, i, f->bytes + (size_t)i * PIECE_SIZE);
    send_text(1, f, NULL);
    carry_everything();
    for (unsigned d = 0; d < 4; d++) assert_false(has_file(d, f));
    send_pieces(1, f);
    carry_everything();
    for (unsigned d = 0; d < 4; d++) assert_true(has_file(d, f));
    /* One false piece of the author's own: no file. */
    f = file_make(FILE_SIZE);
    f->bytes[50000] ^= 1;
    send_pieces(1, f);
    send_text(1, f, NULL);
    carry_everything();
    for (unsigned d = 0; d < 4; d++) {
        uint64_t size;
        uint32_t held;
        assert_int_equal(store_blob_get(town.devices[d].store, f->id, &size, &held), ERR_NOT_FOUND);
        assert_int_equal(baskets(d), 0);
    }
    /* And it is not too late: sent again as it should be, it comes. */
    f->bytes[50000] ^= 1;
    send_pieces(1, f);
    carry_everything();
    for (unsigned d = 0; d < 4; d++) assert_true(has_file(d, f));
    town_end();
}

static void test_the_same_again(void **state) {
    (void)state;
    piece_town("again", CHARTER_HISTORY_KEPT);
    struct file *f = file_make(FILE_SIZE);
    for (unsigned i = 0; i < 20; i++) send_piece(1, f->id, f->size, 2, f->bytes + 2 * (size_t)PIECE_SIZE);
    send_text(1, f, NULL);
    carry_everything();
    for (unsigned d = 0; d < 4; d++) {
        assert_false(has_file(d, f));
        assert_int_equal(group_of(d)->baskets[0].held, 1);
    }
    send_pieces(1, f);
    carry_everything();
    for (unsigned d = 0; d < 4; d++) assert_true(has_file(d, f));
    /* What has come is not gathered again. */
    send_pieces(2, f);
    carry_everything();
    for (unsigned d = 0; d < 4; d++) assert_int_equal(baskets(d), 0);
    town_end();
}

static void test_pieces_that_have_gone(void **state) {
    (void)state;
    piece_town("gone", CHARTER_HISTORY_KEPT);
    struct file *f = file_make(FILE_SIZE);
    send_pieces(1, f);
    carry_everything();
    /* The pool of device 0 had no room for one of them. */
    uint8_t id[HASH_SIZE];
    memcpy(id, group_of(0)->baskets[0].ids[1], HASH_SIZE);
    assert_int_equal(store_drop(town.devices[0].store, id), 0);
    send_text(1, f, NULL);
    carry(1, 0, false);
    assert_false(has_file(0, f) && store_has(town.devices[0].store, id) != STORE_HELD);
    /* It comes by again. */
    carry_everything();
    assert_true(has_file(0, f));
    town_end();
}

static void test_strangers(void **state) {
    (void)state;
    piece_town("strangers", CHARTER_HISTORY_KEPT);
    struct file *f = file_make(10);
    send_text(1, f, NULL);
    carry_everything();
    /* A stranger's, under the keys of a member who helps. */
    struct author a = author_of(5);
    int size = piece_write(&a, f->id, f->size, 0, f->bytes);
    assert_true(size > 0);
    written_size = (size_t)size;
    slip(1, false, 0);
    assert_false(has_file(0, f));
    assert_int_equal(baskets(0), 0);
    /* A member's whose signature does not fit. */
    a = author_of(1);
    size = piece_write(&a, f->id, f->size, 0, f->bytes);
    assert_true(size > 0);
    written_size = (size_t)size;
    struct record good = written_record;
    const uint8_t *content = record_content(&written_record, &(size_t){0});
    written[(size_t)(content - written) + 12] ^= 1;
    assert_int_equal(record_decode(&written_record, written, written_size), 0);
    slip(1, false, 0);
    assert_int_equal(baskets(0), 0);
    written[(size_t)(content - written) + 12] ^= 1;
    assert_int_equal(record_decode(&written_record, written, written_size), 0);
    assert_memory_equal(written_record.id, good.id, HASH_SIZE);
    /* Under the register key, which never goes. */
    slip(1, true, 0);
    assert_false(has_file(0, f));
    assert_int_equal(baskets(0), 0);
    /* And as it should be. */
    slip(1, false, 0);
    assert_true(has_file(0, f));
    /* Of who was removed, what came after. */
    f = file_make(10);
    send_text(2, f, NULL);
    carry_everything();
    assert_int_equal(remove_member(0, 1), 0);
    carry(0, 2, true);
    a = author_of(1);
    a.next += 1;
    size = piece_write(&a, f->id, f->size, 0, f->bytes);
    assert_true(size > 0);
    written_size = (size_t)size;
    slip(2, false, 0);
    assert_false(has_file(0, f));
    town_end();
}

static void test_too_many(void **state) {
    (void)state;
    piece_town("too many", CHARTER_HISTORY_KEPT);
    struct file *f = file_make(FILE_SIZE);
    send_piece(1, f->id, f->size, 0, f->bytes);
    carry(1, 0, true);
    uint8_t id[HASH_SIZE];
    static const uint8_t bytes[PIECE_SIZE];
    for (unsigned i = 0; i < CLOSED_BASKETS_MAX + 20; i++) {
        rng_bytes(&town.g, id, sizeof id);
        struct author a = author_of(2);
        a.next += i;
        int size = piece_write(&a, id, PIECE_SIZE + 1, 1, bytes);
        assert_true(size > 0);
        written_size = (size_t)size;
        slip(2, false, 0);
    }
    assert_int_equal(baskets(0), CLOSED_BASKETS_MAX);
    device_restart(&town.devices[0]);
    assert_int_equal(baskets(0), CLOSED_BASKETS_MAX);
    /* Whoever sends many pushes out their own. */
    for (uint32_t i = 1; i < FILE_PIECES; i++) send_piece(1, f->id, f->size, i, f->bytes + (size_t)i * PIECE_SIZE);
    send_text(1, f, NULL);
    carry(1, 0, true);
    assert_true(has_file(0, f));
    town_end();
}

static void test_taken_back(void **state) {
    (void)state;
    uint8_t id[HASH_SIZE], second[HASH_SIZE];
    piece_town("taken back", CHARTER_HISTORY_KEPT);
    unsigned before[4];
    for (unsigned d = 0; d < 4; d++) before[d] = sealed(d);
    struct file *f = file_make(FILE_SIZE);
    keep_own(1, f);
    send_pieces(1, f);
    send_text(1, f, id);
    carry_everything();
    for (unsigned d = 0; d < 4; d++) assert_int_equal(sealed(d), before[d] + FILE_PIECES + 1);
    /* Nobody takes back another's. */
    take_back(2, id, 1);
    carry_everything();
    for (unsigned d = 0; d < 4; d++) assert_int_equal(sealed(d), before[d] + FILE_PIECES + 2);
    /* What another message needs stays. */
    send_text(2, f, second);
    carry_everything();
    take_back(1, id, 1);
    for (unsigned d = 0; d < 4; d++) open_all(d);
    carry_everything();
    for (unsigned d = 0; d < 4; d++) {
        assert_int_equal(sealed(d), before[d] + FILE_PIECES + 3);
        assert_true(has_file(d, f));
    }
    take_back(2, second, 2);
    for (unsigned d = 0; d < 4; d++) open_all(d);
    carry_everything();
    for (unsigned d = 0; d < 4; d++) assert_int_equal(sealed(d), before[d] + 3); /* the retractions */
    /* Pieces that come after it are not gathered, nor kept. */
    struct file *late = file_make(FILE_SIZE);
    send_text(1, late, id);
    carry_everything();
    take_back(1, id, 1);
    carry_everything();
    send_pieces(1, late);
    carry_everything();
    for (unsigned d = 0; d < 4; d++) {
        assert_int_equal(sealed(d), before[d] + 4);
        assert_int_equal(baskets(d), 0);
        assert_false(has_file(d, late));
    }
    town_end();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members_get_it),
        cmocka_unit_test(test_later_members_get_none_without_history),
        cmocka_unit_test(test_any_order),
        cmocka_unit_test(test_a_file_waits_for_its_message),
        cmocka_unit_test(test_false_pieces),
        cmocka_unit_test(test_the_same_again),
        cmocka_unit_test(test_pieces_that_have_gone),
        cmocka_unit_test(test_strangers),
        cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_taken_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
