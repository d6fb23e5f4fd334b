/*
 * Demands. Shows that making and reading are inverse, which error each fault gets, that damaged bodies break nothing,
 * and that what is cut short of a field is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/crypto.h"
#include "core/demand.h"
#include "test/core/sample_util.h"

#define CREATED 1641400000u
static const uint8_t salt[RECORD_SALT_SIZE] = "saltsal";
static uint8_t room[RECORD_SIZE_MAX];
static struct charter charter;
static struct author author;
static const uint8_t demand_id[HASH_SIZE] = {1}, wording_id[HASH_SIZE] = {2}, photo[HASH_SIZE] = {3};

static int setup(void **state) {
    (void)state;
    uint8_t seed[KEY_SIZE] = {7};
    memset(&author, 0, sizeof author);
    charter = (struct charter){.keep_days = 30};
    memset(charter.community, 3, HASH_SIZE);
    author.charter = &charter;
    crypto_keypair(author.member.key, author.member.secret, seed);
    return 0;
}

/* What was made, read anew from its bytes; a stub of it is fine, too. */
static void again(struct record *out, int size) {
    assert_true(size > 0);
    assert_int_equal(record_decode(out, room, (size_t)size), 0);
    assert_int_equal(record_verify(out), 0);
    assert_int_equal(demand_check(out), 0);
    struct record stub = *out;
    stub.body = NULL;
    assert_int_equal(demand_check(&stub), 0);
}

static void test_wordings(void **state) {
    (void)state;
    struct record r, got;
    struct demand out;
    const struct demand in[] = {{.text = "Босатыңдар!\nЕкі", .size = strlen("Босатыңдар!\nЕкі")},
                                {.text = "x", .size = 1, .of = demand_id, .guest = true}};
    for (unsigned i = 0; i < 2; i++) {
        again(&got, demand_make(&author, &in[i], CREATED, salt, room, &r));
        assert_int_equal(demand_decode(&out, &got), 0);
        assert_int_equal(out.size, in[i].size);
        assert_memory_equal(out.text, in[i].text, out.size);
        assert_int_equal(out.guest, in[i].guest);
        assert_int_equal(out.of != NULL, in[i].of != NULL);
        if (out.of) assert_memory_equal(out.of, demand_id, HASH_SIZE);
    }
    const struct demand bad[] = {{.text = "", .size = 0},
                                 {.text = (const char *)room, .size = DEMAND_TEXT_MAX + 1},
                                 {.text = "a\x01", .size = 2}};
    const int errs[] = {ERR_FIELD, ERR_LIMIT, ERR_TEXT};
    uint64_t next = author.next;
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(demand_make(&author, &bad[i], CREATED, salt, room, &r), errs[i]);
        assert_int_equal(author.next, next); /* nothing was written under a number */
    }
}

static void test_acts(void **state) {
    (void)state;
    struct record r, got;
    struct demand_act out;
    for (uint8_t type = 1; type <= DEMAND_ACT_MAX; type++) {
        struct demand_act in = {.type = type,
                                .target = demand_id,
                                .object = demand_act_names(type) ? wording_id : NULL,
                                .number = type == DEMAND_NUMBER ? 17 : 0,
                                .note = type == DEMAND_ANSWERED ? "later" : NULL,
                                .note_size = type == DEMAND_ANSWERED ? 5 : 0};
        again(&got, demand_act_make(&author, &in, CREATED, salt, room, &r));
        assert_int_equal(demand_act_decode(&out, &got), 0);
        assert_int_equal(out.type, type);
        assert_int_equal(out.number, in.number);
        assert_memory_equal(out.target, demand_id, HASH_SIZE);
        if (in.object) assert_memory_equal(out.object, wording_id, HASH_SIZE);
        struct demand_act bad = in;
        bad.object = in.object ? NULL : wording_id;
        assert_int_equal(demand_act_make(&author, &bad, CREATED, salt, room, &r), ERR_FIELD);
        bad = in;
        bad.number = in.number ? 0 : 3;
        assert_int_equal(demand_act_make(&author, &bad, CREATED, salt, room, &r), ERR_FIELD);
    }
    struct demand_act bad = {.type = DEMAND_ANSWERED, .target = demand_id};
    assert_int_equal(demand_act_make(&author, &bad, CREATED, salt, room, &r), ERR_FIELD);
    bad = (struct demand_act){.type = DEMAND_ACT_MAX + 1, .target = demand_id};
    assert_int_equal(demand_act_make(&author, &bad, CREATED, salt, room, &r), ERR_FIELD);
    bad = (struct demand_act){.type = DEMAND_NUMBER, .target = demand_id, .number = DEMAND_NUMBER_MAX + 1};
    assert_true(demand_act_make(&author, &bad, CREATED, salt, room, &r) < 0);
}

static void test_tallies(void **state) {
    (void)state;
    struct record r, got;
    struct demand_tally out, in = {.way = DEMAND_PAPER,
                                   .target = demand_id,
                                   .object = wording_id,
                                   .in_favour = 312,
                                   .against = 4,
                                   .present = 330,
                                   .when = CREATED,
                                   .place = "Республика алаңы",
                                   .photo = photo,
                                   .note = "three counted",
                                   .note_size = 13};
    again(&got, demand_tally_make(&author, &in, CREATED, salt, room, &r));
    assert_int_equal(demand_tally_decode(&out, &got), 0);
    assert_memory_equal(out.photo, photo, HASH_SIZE);
    assert_memory_equal(out.note, in.note, in.note_size);
    assert_memory_equal(out.object, wording_id, HASH_SIZE);
    out.photo = in.photo;
    out.note = in.note;
    out.target = in.target;
    out.object = in.object;
    assert_memory_equal(&out, &in, sizeof in);
    struct demand_tally bad = in;
    bad.in_favour = bad.against = 0; /* nobody was counted */
    assert_int_equal(demand_tally_make(&author, &bad, CREATED, salt, room, &r), ERR_FIELD);
    bad = in;
    bad.object = NULL;
    assert_int_equal(demand_tally_make(&author, &bad, CREATED, salt, room, &r), ERR_FIELD);
    bad = in;
    bad.way = 3;
    assert_int_equal(demand_tally_make(&author, &bad, CREATED, salt, room, &r), ERR_FIELD);
    bad = in;
    bad.when = TIME_MAX + 1;
    assert_int_equal(demand_tally_make(&author, &bad, CREATED, salt, room, &r), ERR_TIME);
}

static void test_rolls(void **state) {
    (void)state;
    static uint8_t keys[DEMAND_ROLL_MAX + 1][KEY_SIZE];
    struct record r, got;
    struct demand_roll out, in = {.title = "the assembly of 5 January", .count = DEMAND_ROLL_MAX, .keys = keys[0]};
    for (unsigned i = 0; i <= DEMAND_ROLL_MAX; i++) {
        keys[i][0] = (uint8_t)(i >> 8);
        keys[i][1] = (uint8_t)i;
    }
    again(&got, demand_roll_make(&author, &in, CREATED, salt, room, &r));
    assert_int_equal(demand_roll_decode(&out, &got), 0);
    assert_int_equal(out.count, in.count);
    assert_memory_equal(out.keys, keys, sizeof keys - KEY_SIZE);
    assert_string_equal(out.title, in.title);
    in.count++;
    assert_int_equal(demand_roll_make(&author, &in, CREATED, salt, room, &r), ERR_LIMIT);
    in.count = 0;
    assert_int_equal(demand_roll_make(&author, &in, CREATED, salt, room, &r), ERR_FIELD);
    in.count = 3;
    keys[2][1] = 1; /* twice: one person would count as two */
    assert_int_equal(demand_roll_make(&author, &in, CREATED, salt, room, &r), ERR_FIELD);
    keys[2][1] = 0;
    assert_int_equal(demand_roll_make(&author, &in, CREATED, salt, room, &r), ERR_FIELD);
}

/* An unknown field below 128 may change what it means; one above is passed over. */
static void test_unknown_fields(void **state) {
    (void)state;
    struct record r;
    struct demand out;
    uint8_t body[64] = "saltsalt";
    const uint8_t known[] = {1, 1, 'x'}, unknown[] = {3, 1, 1}, optional[] = {0x80, 1, 1, 1};
    const struct demand in = {.text = "x", .size = 1};
    assert_true(demand_make(&author, &in, CREATED, salt, room, &r) > 0);
    r.body = body;
    memcpy(body + RECORD_SALT_SIZE, known, sizeof known);
    memcpy(body + RECORD_SALT_SIZE + 3, unknown, sizeof unknown);
    r.body_size = RECORD_SALT_SIZE + 6;
    assert_int_equal(demand_decode(&out, &r), ERR_UNSUPPORTED);
    memcpy(body + RECORD_SALT_SIZE + 3, optional, sizeof optional);
    r.body_size = RECORD_SALT_SIZE + 7;
    assert_int_equal(demand_decode(&out, &r), 0);
    r.body_size--;
    assert_true(demand_decode(&out, &r) < 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_wordings, setup),       cmocka_unit_test_setup(test_acts, setup),
        cmocka_unit_test_setup(test_tallies, setup),        cmocka_unit_test_setup(test_rolls, setup),
        cmocka_unit_test_setup(test_unknown_fields, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
