/*
 * What closed communities write: boxes that commit to their key, shelves, epochs, requests, welcomes. Shows that what
 * is sealed comes back, that no changed byte and no other key opens it, that one box never opens under two keys, that
 * an epoch gives one key to all recipients and none to others, that sizes on the outside say nothing but a class, and
 * that damaged bytes are refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/crypto.h"
#include "core/epoch.h"
#include "core/join_request.h"
#include "core/seal.h"
#include "core/shelf.h"
#include "test/core/sample_util.h"

static uint8_t room[RECORD_SIZE_MAX], other[RECORD_SIZE_MAX], third[RECORD_SIZE_MAX];

static void test_box(void **state) {
    (void)state;
    struct rng g;
    uint8_t key[KEY_SIZE], wrong[KEY_SIZE], nonce[BOX_NONCE_SIZE], plain[300], ad[40];
    rng_begin(&g, "box");
    for (unsigned i = 0; i < 200; i++) {
        size_t size = rng_below(&g, sizeof plain + 1), ad_size = rng_below(&g, sizeof ad + 1);
        rng_bytes(&g, key, sizeof key);
        rng_bytes(&g, nonce, sizeof nonce);
        rng_bytes(&g, plain, sizeof plain);
        rng_bytes(&g, ad, sizeof ad);
        memcpy(wrong, key, sizeof key);
        wrong[rng_below(&g, KEY_SIZE)] ^= (uint8_t)(1 + rng_below(&g, 255));
        seal_make(room, plain, size, ad, ad_size, nonce, key);
        assert_int_equal(seal_open(other, room, size + BOX_OVERHEAD, ad, ad_size, key), size);
        assert_memory_equal(other, plain, size);
        assert_int_equal(seal_open(other, room, size + BOX_OVERHEAD, ad, ad_size, wrong), ERR_SEAL);
        assert_int_equal(seal_open(other, room, size + BOX_OVERHEAD - 1, ad, ad_size, key), ERR_SEAL);
        if (ad_size > 0) assert_int_equal(seal_open(other, room, size + BOX_OVERHEAD, ad, ad_size - 1, key), ERR_SEAL);
        size_t at = rng_below(&g, size + BOX_OVERHEAD);
        room[at] ^= (uint8_t)(1 << rng_below(&g, 8));
        assert_int_equal(seal_open(other, room, size + BOX_OVERHEAD, ad, ad_size, key), ERR_SEAL);
    }
    for (size_t size = 0; size < BOX_OVERHEAD; size++)
        assert_int_equal(seal_open(other, room, size, NULL, 0, key), ERR_SEAL);
}

/* ChaCha20-Poly1305 alone opens under more than one key if somebody builds it so; a box says which key it is for. */
static void test_box_commits_to_its_key(void **state) {
    (void)state;
    struct rng g;
    uint8_t key[KEY_SIZE], second[KEY_SIZE], nonce[BOX_NONCE_SIZE];
    rng_begin(&g, "commitment");
    rng_bytes(&g, key, sizeof key);
    rng_bytes(&g, second, sizeof second);
    rng_bytes(&g, nonce, sizeof nonce);
    seal_make(room, key, sizeof key, NULL, 0, nonce, key);
    seal_make(other, key, sizeof key, NULL, 0, nonce, second);
    /* The commitment of one key before the ciphertext of the other opens under neither. */
    memcpy(room + BOX_NONCE_SIZE, other + BOX_NONCE_SIZE, HASH_SIZE);
    assert_int_equal(seal_open(third, room, KEY_SIZE + BOX_OVERHEAD, NULL, 0, key), ERR_SEAL);
    assert_int_equal(seal_open(third, room, KEY_SIZE + BOX_OVERHEAD, NULL, 0, second), ERR_SEAL);
}

static void test_letter(void **state) {
    (void)state;
    struct rng g;
    uint8_t secret[KEY_SIZE], public_half[KEY_SIZE], ephemeral[KEY_SIZE], nonce[BOX_NONCE_SIZE], plain[100];
    const uint8_t zeros[KEY_SIZE] = {0};
    rng_begin(&g, "letter");
    rng_bytes(&g, secret, sizeof secret);
    rng_bytes(&g, ephemeral, sizeof ephemeral);
    rng_bytes(&g, nonce, sizeof nonce);
    rng_bytes(&g, plain, sizeof plain);
    crypto_x25519_base(public_half, secret);
    int size = seal_to(room, plain, sizeof plain, public_half, ephemeral, nonce);
    assert_int_equal(size, sizeof plain + KEY_SIZE + BOX_OVERHEAD);
    assert_int_equal(seal_open_to(other, room, (size_t)size, secret), sizeof plain);
    assert_memory_equal(other, plain, sizeof plain);
    for (int at = 0; at < size; at++) {
        room[at] ^= 1;
        assert_int_equal(seal_open_to(other, room, (size_t)size, secret), ERR_SEAL);
        room[at] ^= 1;
    }
    assert_int_equal(seal_open_to(other, room, (size_t)size, ephemeral), ERR_SEAL);
    assert_int_equal(seal_to(room, plain, sizeof plain, zeros, ephemeral, nonce), ERR_FIELD);
}

static void test_shelf(void **state) {
    (void)state;
    struct rng g;
    uint8_t secret[KEY_SIZE], key[KEY_SIZE], nonce[BOX_NONCE_SIZE], type;
    static uint8_t content[SHELF_CONTENT_MAX + 1];
    const uint8_t *got;
    struct member shelf, next;
    struct record r, again;
    rng_begin(&g, "shelf");
    rng_bytes(&g, secret, sizeof secret);
    rng_bytes(&g, key, sizeof key);
    rng_bytes(&g, content, sizeof content);
    shelf_derive(&shelf, secret, 2900);
    shelf_derive(&next, secret, 2901);
    assert_memory_not_equal(shelf.key, next.key, KEY_SIZE);
    for (unsigned i = 0; i < 200; i++) {
        size_t size = rng_one_in(&g, 4) ? rng_below(&g, SHELF_CONTENT_MAX + 1) : rng_below(&g, 2000);
        if (i == 0) size = SHELF_CONTENT_MAX;
        rng_bytes(&g, nonce, sizeof nonce);
        int bytes = shelf_seal(SHELF_RECORD, content, size, &shelf, key, nonce, 20600, URGENCY_NORMAL, room, &r);
        assert_true(bytes > 0);
        assert_int_equal(record_decode(&again, room, (size_t)bytes), 0);
        assert_int_equal(record_verify(&again), 0);
        assert_memory_equal(again.id, r.id, HASH_SIZE);
        assert_memory_equal(again.author, shelf.key, KEY_SIZE);
        assert_int_equal(shelf_open(&again, key, other, &type, &got), size);
        assert_int_equal(type, SHELF_RECORD);
        assert_memory_equal(got, content, size);
        assert_int_equal(shelf_open(&again, secret, other, &type, &got), ERR_SEAL);
        /* Another outside around the same box does not open: a courier can't give it longer to live. */
        again.expiry_day++;
        assert_int_equal(shelf_open(&again, key, other, &type, &got), ERR_SEAL);
    }
    assert_int_equal(shelf_seal(SHELF_RECORD, content, SHELF_CONTENT_MAX + 1, &shelf, key, nonce, 20600, 1, room, &r),
                     ERR_LIMIT);
    int bytes = shelf_seal(9, content, 5, &shelf, key, nonce, 20600, URGENCY_NORMAL, room, &r);
    assert_true(bytes > 0);
    assert_int_equal(shelf_open(&r, key, other, &type, &got), ERR_FIELD);
}

/* One word and a hundred look alike from outside. */
static void test_sizes_are_padded(void **state) {
    (void)state;
    uint8_t secret[KEY_SIZE] = {1}, nonce[BOX_NONCE_SIZE] = {2}, content[100] = {3};
    struct member shelf;
    struct record r;
    shelf_derive(&shelf, secret, 1);
    int first = shelf_seal(SHELF_RECORD, content, 1, &shelf, secret, nonce, 20600, 1, room, &r);
    for (size_t size = 1; size <= sizeof content; size++)
        assert_int_equal(shelf_seal(SHELF_RECORD, content, size, &shelf, secret, nonce, 20600, 1, room, &r), first);
}

static void test_packed_record(void **state) {
    (void)state;
    struct rng g;
    struct sample_community community;
    rng_begin(&g, "packed");
    sample_found(&g, &community);
    struct author author = {.charter = &community.charter};
    uint8_t seed[SEED_SIZE], salt[RECORD_SALT_SIZE] = {0};
    struct record r, again;
    rng_bytes(&g, seed, sizeof seed);
    person_in(&author.member, seed, &community.charter);
    for (unsigned i = 0; i < 50; i++) {
        struct text text = {.text = "a fire at the market", .size = 1 + i % 20};
        int size = author_text(&author, &text, URGENCY_URGENT, NULL, community.charter.created + i, salt, room, &r);
        assert_true(size > 0);
        int packed = shelf_pack(&r, room, (size_t)size, other);
        assert_int_equal(packed, size - HASH_SIZE);
        assert_int_equal(shelf_unpack(other, (size_t)packed, community.charter.community, third, &again), 0);
        assert_memory_equal(again.id, r.id, HASH_SIZE);
        assert_memory_equal(third, room, (size_t)size);
        /* In another community the author never signed it. */
        assert_int_equal(shelf_unpack(other, (size_t)packed, seed, third, &again), 0);
        assert_int_equal(record_verify(&again), ERR_SIGNATURE);
        size_t damaged = rng_mutate(&g, other, (size_t)packed, sizeof other);
        assert_true(shelf_unpack(other, damaged, community.charter.community, third, &again) <= 0);
        for (int cut = 0; cut < packed; cut += 7)
            assert_true(shelf_unpack(other, (size_t)cut, community.charter.community, third, &again) < 0);
    }
}

#define CROWD 20
#define SHELVES EPOCH_SHELVES_MAX

static void test_epoch(void **state) {
    (void)state;
    struct rng g;
    struct sample_community community;
    struct record r;
    struct epoch e, same;
    struct members_state members = {.head_count = 2};
    static struct epoch_recipient crowd[MEMBERS_MAX];
    static uint8_t secrets[CROWD][KEY_SIZE];
    uint8_t seed[SEED_SIZE], salt[RECORD_SALT_SIZE], key[KEY_SIZE], shelves[SHELVES * KEY_SIZE], ephemeral[KEY_SIZE],
        nonce[BOX_NONCE_SIZE], got[KEY_SIZE], came[EPOCH_SHELVES_MAX * KEY_SIZE];
    rng_begin(&g, "epoch");
    sample_found(&g, &community);
    struct author author = {.charter = &community.charter};
    rng_bytes(&g, seed, sizeof seed);
    rng_bytes(&g, salt, sizeof salt);
    rng_bytes(&g, key, sizeof key);
    rng_bytes(&g, shelves, sizeof shelves);
    rng_bytes(&g, ephemeral, sizeof ephemeral);
    rng_bytes(&g, nonce, sizeof nonce);
    memset(members.heads[1], 1, HASH_SIZE);
    person_in(&author.member, seed, &community.charter);
    for (unsigned i = 0; i < CROWD; i++) {
        crowd[i].key[0] = (uint8_t)i;
        rng_bytes(&g, secrets[i], KEY_SIZE);
        crypto_x25519_base(crowd[i].prekey, secrets[i]);
    }
    struct register_write w = {&author, community.charter.created, salt, room, &r};
    int size = epoch_make(&w, &members, crowd, CROWD, NULL, key, shelves, SHELVES, ephemeral, nonce);
    assert_true(size > 0);
    assert_int_equal(epoch_decode(&e, &r), 0);
    assert_int_equal(e.count, CROWD);
    assert_true(epoch_is_for(&e, crowd, CROWD));
    assert_false(epoch_is_for(&e, crowd, CROWD - 1));
    for (unsigned i = 0; i < CROWD; i++) {
        assert_int_equal(epoch_open(&e, crowd[i].key, secrets[i], got), 0);
        assert_memory_equal(got, key, KEY_SIZE);
        assert_int_equal(epoch_open(&e, crowd[i].key, secrets[(i + 1) % CROWD], got), ERR_SEAL);
        assert_int_equal(epoch_shelves(&e, key, came), SHELVES);
        assert_memory_equal(came, shelves, sizeof shelves);
    }
    uint8_t stranger[KEY_SIZE] = {0xff};
    assert_int_equal(epoch_open(&e, stranger, secrets[0], got), ERR_NOT_FOUND);
    assert_int_equal(epoch_shelves(&e, shelves, came), ERR_SEAL);
    /* Another key, minter, heads or recipients: another id. */
    same = e;
    key[0] ^= 1;
    assert_true(epoch_make(&w, &members, crowd, CROWD, NULL, key, shelves, SHELVES, ephemeral, nonce) > 0);
    assert_int_equal(epoch_decode(&e, &r), 0);
    assert_memory_not_equal(e.id, same.id, HASH_SIZE);
    key[0] ^= 1;
    assert_true(epoch_make(&w, &members, crowd, CROWD - 1, NULL, key, shelves, SHELVES, ephemeral, nonce) > 0);
    assert_int_equal(epoch_decode(&e, &r), 0);
    assert_memory_not_equal(e.id, same.id, HASH_SIZE);
    assert_true(epoch_make(&w, &members, crowd, CROWD, NULL, key, shelves, SHELVES, ephemeral, nonce) > 0);
    assert_int_equal(epoch_decode(&e, &r), 0);
    assert_memory_equal(e.id, same.id, HASH_SIZE); /* whatever record brings it */
    /* As many as may be fit one sealed record, and 500 into 30 kB with the removal that they follow. */
    for (unsigned i = CROWD; i < MEMBERS_MAX; i++) {
        crowd[i].key[0] = (uint8_t)(i >> 8);
        crowd[i].key[1] = (uint8_t)i;
        memcpy(crowd[i].prekey, crowd[0].prekey, KEY_SIZE);
    }
    for (unsigned i = 0; i < MEMBERS_MAX; i++) {
        crowd[i].key[0] = (uint8_t)(i >> 8);
        crowd[i].key[1] = (uint8_t)i;
    }
    members.head_count = 0;
    size = epoch_make(&w, &members, crowd, MEMBERS_MAX, NULL, key, shelves, SHELVES, ephemeral, nonce);
    assert_true(size > 0);
    assert_int_equal(shelf_pack(&r, room, (size_t)size, other), size - HASH_SIZE);
    assert_int_equal(epoch_make(&w, &members, crowd, MEMBERS_MAX + 1, NULL, key, shelves, SHELVES, ephemeral, nonce),
                     ERR_LIMIT);
    assert_int_equal(epoch_make(&w, &members, crowd, 0, NULL, key, shelves, SHELVES, ephemeral, nonce), ERR_FIELD);
    /* Damaged: refused, or opens to nothing. */
    for (unsigned i = 0; i < 500; i++) {
        assert_true(epoch_make(&w, &members, crowd, CROWD, NULL, key, shelves, SHELVES, ephemeral, nonce) > 0);
        memcpy(other, r.body, r.body_size);
        r.body_size = rng_mutate(&g, other, r.body_size, sizeof other);
        if (r.body_size < RECORD_SALT_SIZE) continue;
        r.body = other;
        if (epoch_decode(&e, &r)) continue;
        for (unsigned k = 0; k < CROWD; k++)
            if (epoch_open(&e, crowd[k].key, secrets[k], got) == 0) assert_true(epoch_key_fits(&e, got));
    }
}

static void test_request(void **state) {
    (void)state;
    struct rng g;
    struct member member;
    struct join_request r, again;
    char line[REQUEST_CHARS_MAX + 1], changed[REQUEST_CHARS_MAX + 2];
    uint8_t seed[SEED_SIZE];
    rng_begin(&g, "request");
    rng_bytes(&g, seed, sizeof seed);
    rng_bytes(&g, (uint8_t *)&r, sizeof r);
    person_member(&member, seed, r.community);
    memcpy(r.key, member.key, KEY_SIZE);
    int length = join_request_encode(&r, &member, line);
    assert_int_equal(length, strlen(line));
    assert_true(join_request_is(line, (size_t)length));
    assert_false(join_request_is("longear:abc", 11));
    assert_int_equal(join_request_decode(&again, line, (size_t)length), 0);
    assert_memory_equal(&again, &r, sizeof r);
    for (int at = 0; at < length; at++) {
        memcpy(changed, line, sizeof line);
        changed[at] = changed[at] == 'q' ? 'r' : 'q';
        assert_true(join_request_decode(&again, changed, (size_t)length) < 0);
        assert_true(join_request_decode(&again, line, (size_t)at) < 0);
    }
    /* Signed by another key than it names. */
    r.key[0] ^= 1;
    length = join_request_encode(&r, &member, line);
    assert_int_equal(join_request_decode(&again, line, (size_t)length), ERR_SIGNATURE);
}

static void test_welcome(void **state) {
    (void)state;
    struct rng g;
    struct sample_community community;
    struct record r;
    struct welcome out;
    static uint8_t keys[CLOSED_EPOCHS_MAX * (HASH_SIZE + KEY_SIZE)], shelves[CLOSED_SHELVES_MAX * KEY_SIZE];
    uint8_t seed[SEED_SIZE], salt[RECORD_SALT_SIZE] = {0}, admission[HASH_SIZE] = {9};
    rng_begin(&g, "welcome");
    sample_found(&g, &community);
    struct author author = {.charter = &community.charter};
    rng_bytes(&g, seed, sizeof seed);
    rng_bytes(&g, keys, sizeof keys);
    rng_bytes(&g, shelves, sizeof shelves);
    person_in(&author.member, seed, &community.charter);
    struct register_write w = {&author, community.charter.created, salt, room, &r};
    struct welcome in = {CLOSED_SHELVES_MAX, CLOSED_EPOCHS_MAX, shelves, keys};
    int size = welcome_make(&w, admission, &in);
    assert_true(size > 0);
    /* The largest one fits a letter. */
    assert_true((size_t)size - HASH_SIZE + KEY_SIZE + BOX_OVERHEAD <= SHELF_CONTENT_MAX);
    assert_int_equal(welcome_decode(&out, &r), 0);
    assert_int_equal(out.shelf_count, in.shelf_count);
    assert_memory_equal(out.keys, keys, sizeof keys);
    for (unsigned i = 0; i < 300; i++) {
        memcpy(other, r.body, r.body_size);
        struct record damaged = r;
        damaged.body_size = rng_mutate(&g, other, r.body_size, sizeof other);
        damaged.body = other;
        if (damaged.body_size >= RECORD_SALT_SIZE) assert_true(welcome_decode(&out, &damaged) <= 0);
    }
    in.key_count++;
    assert_int_equal(welcome_make(&w, admission, &in), ERR_LIMIT);
}

static void test_register(void **state) {
    (void)state;
    struct rng g;
    struct sample_community community;
    struct record r;
    struct register_act act;
    struct members_state members = {.head_count = 3};
    uint8_t seed[SEED_SIZE], salt[RECORD_SALT_SIZE] = {0}, key[KEY_SIZE] = {5}, prekey[KEY_SIZE] = {6};
    uint32_t last = 77;
    rng_begin(&g, "register");
    sample_found(&g, &community);
    struct author author = {.charter = &community.charter};
    rng_bytes(&g, seed, sizeof seed);
    person_in(&author.member, seed, &community.charter);
    for (unsigned i = 0; i < 3; i++) members.heads[i][0] = (uint8_t)(i + 1);
    struct register_write w = {&author, community.charter.created, salt, room, &r};
    assert_true(register_admit(&w, &members, key, prekey, (const uint8_t *)"shelf 1.shelf 2.", 2) > 0);
    assert_int_equal(register_act_decode(&act, &r), 0);
    assert_int_equal(act.op.type, MEMBERS_ADMIT);
    assert_memory_equal(act.op.subject, key, KEY_SIZE);
    assert_memory_equal(act.op.prekey, prekey, KEY_SIZE);
    assert_int_equal(act.op.head_count, 3);
    assert_int_equal(act.shelf_count, 2);
    assert_memory_equal(act.shelves[1], "shelf 2.", SHELF_ID_SIZE);
    assert_memory_equal(act.op.heads[2].id, members.heads[2], HASH_SIZE);
    assert_true(register_remove(&w, &members, key, &last) > 0);
    assert_int_equal(register_act_decode(&act, &r), 0);
    assert_true(act.op.has_last && act.op.last_seq == 77);
    assert_true(register_remove(&w, &members, key, NULL) > 0);
    assert_int_equal(register_act_decode(&act, &r), 0);
    assert_false(act.op.has_last);
    assert_true(register_term(&w, &members, key, 1) > 0);
    assert_int_equal(register_act_decode(&act, &r), 0);
    assert_int_equal(act.op.coordinator_count, 1);
    assert_memory_equal(act.op.coordinators, key, KEY_SIZE);
    /* It outlives messages. */
    assert_true(r.expiry_day > r.created / DAY_SECONDS + community.charter.keep_days ||
                community.charter.keep_days >= CHARTER_LIFE_DAYS);
    assert_true(register_consent(&w, r.id) > 0);
    assert_int_equal(register_act_decode(&act, &r), 0);
    assert_int_equal(act.op.type, MEMBERS_CONSENT);
    assert_true(register_prekey(&w, prekey) > 0);
    assert_int_equal(register_prekey_decode(key, &r), 0);
    assert_memory_equal(key, prekey, KEY_SIZE);
    assert_true(register_lack(&w, key, prekey) > 0);
    assert_int_equal(register_check(&r), 0);
    r.ref_count = 0;
    assert_int_equal(register_check(&r), ERR_FIELD);
    for (unsigned i = 0; i < 1000; i++) {
        assert_true(i % 2 ? register_admit(&w, &members, key, prekey, (const uint8_t *)"shelf 1.shelf 2.", 2) > 0
                          : register_term(&w, &members, key, 1) > 0);
        memcpy(other, r.body, r.body_size);
        r.body_size = rng_mutate(&g, other, r.body_size, sizeof other);
        r.body = other;
        if (r.body_size >= RECORD_SALT_SIZE) assert_true(register_check(&r) <= 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_box),
        cmocka_unit_test(test_box_commits_to_its_key),
        cmocka_unit_test(test_letter),
        cmocka_unit_test(test_shelf),
        cmocka_unit_test(test_sizes_are_padded),
        cmocka_unit_test(test_packed_record),
        cmocka_unit_test(test_epoch),
        cmocka_unit_test(test_request),
        cmocka_unit_test(test_welcome),
        cmocka_unit_test(test_register),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
