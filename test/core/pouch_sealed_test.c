/*
 * Frames of sealed records. Shows that a frame gives back exactly what was put in; that one cut short gives the records
 * before the cut; that no damage yields a record that is not canonical; and which error each fault gets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/pouch.h"
#include "test/core/sample_util.h"

#define RECORDS 12

static struct sample_record made[RECORDS];
static struct record records[RECORDS];
static uint8_t plain[POUCH_SECTION_MAX], raw[POUCH_SECTION_MAX], room[POUCH_ROOM], bytes[RECORD_SIZE_MAX];
static size_t plain_size, raw_size;
static struct pouch_sealed it;
static struct record r;

/* Make a frame of count records on few shelves, a shelf's together. */
static void frame_make(struct rng *g, size_t count, unsigned class_max) {
    struct writer plain_out, raw_out;
    struct member shelf;
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || rng_one_in(g, 3)) sample_member(g, &shelf);
        do sample_sealed(g, &made[i], &shelf);
        while (made[i].record.size_class > class_max);
        records[i] = made[i].record;
    }
    writer_init(&plain_out, plain, sizeof plain);
    writer_init(&raw_out, raw, sizeof raw);
    assert_int_equal(pouch_sealed_encode(records, count, &plain_out, &raw_out), 0);
    plain_size = plain_out.at;
    raw_size = raw_out.at;
}

/* Read a frame up to its end or an error; whatever comes must be canonical. Return how many records came. */
static size_t frame_read(size_t plain_to, size_t raw_to, int *err) {
    size_t count = 0;
    int size = pouch_sealed_begin(&it, plain, plain_to, raw, raw_to);
    while (!size && (size = pouch_sealed_next(&it, room, &r)) > 0) {
        struct record again;
        assert_int_equal(record_decode(&again, room, (size_t)size), 0);
        assert_int_equal(record_encode(&again, bytes, sizeof bytes), size);
        assert_memory_equal(bytes, room, (size_t)size);
        count++;
        size = 0;
    }
    *err = size;
    return count;
}

static void test_comes_back(void **state) {
    (void)state;
    struct rng g;
    rng_begin(&g, "pouch sealed");
    for (unsigned round = 0; round < 60; round++) {
        size_t count = 1 + (size_t)rng_below(&g, RECORDS);
        frame_make(&g, count, round % 2 ? 4 : 10);
        assert_int_equal(pouch_sealed_begin(&it, plain, plain_size, raw, raw_size), 0);
        for (size_t i = 0; i < count; i++) {
            int size = pouch_sealed_next(&it, room, &r);
            assert_true(size > 0);
            assert_int_equal(record_encode(&records[i], bytes, sizeof bytes), size);
            assert_memory_equal(bytes, room, (size_t)size);
            assert_memory_equal(r.id, records[i].id, HASH_SIZE);
            assert_int_equal(record_verify(&r), 0);
        }
        assert_int_equal(pouch_sealed_next(&it, room, &r), 0);
    }
}

static void test_cut_and_damaged(void **state) {
    (void)state;
    struct rng g;
    int err;
    rng_begin(&g, "pouch sealed damage");
    frame_make(&g, RECORDS, 3);
    assert_int_equal(frame_read(plain_size, raw_size, &err), RECORDS);
    assert_int_equal(err, 0);
    for (size_t cut = 0; cut < plain_size; cut++) {
        assert_true(frame_read(cut, raw_size, &err) <= RECORDS);
        assert_int_equal(err, ERR_TRUNCATED);
    }
    for (size_t cut = 0; cut < raw_size; cut += 37) {
        assert_true(frame_read(plain_size, cut, &err) < RECORDS);
        assert_int_equal(err, ERR_TRUNCATED);
    }
    plain[plain_size] = raw[raw_size] = 0;
    assert_int_equal(frame_read(plain_size + 1, raw_size, &err), RECORDS);
    assert_int_equal(err, ERR_TRAILING);
    assert_int_equal(frame_read(plain_size, raw_size + 1, &err), RECORDS);
    assert_int_equal(err, ERR_TRAILING);
    for (unsigned i = 0; i < 3000; i++) {
        uint8_t *at = &plain[rng_below(&g, plain_size)], was = *at;
        *at ^= (uint8_t)(1u << rng_below(&g, 8));
        (void)frame_read(plain_size, raw_size, &err);
        assert_true(err <= 0);
        *at = was;
    }
}

static void test_faults(void **state) {
    (void)state;
    static const struct {
        int err;
        uint8_t bytes[6];
        size_t size;
    } faults[] = {
        {ERR_FIELD, {0}, 1},                            /* no record */
        {ERR_LIMIT, {0x81, 0x20}, 2},                   /* 4097 of them */
        {ERR_FIELD, {1, 1, 0, 0}, 4},                   /* the first has no shelf */
        {ERR_VERSION, {1, 0x20, 0, 0}, 4},              /* flags of a later version */
        {ERR_FIELD, {1, 0, RECORD_SIZE_CLASSES, 0}, 4}, /* class */
        {ERR_LIMIT, {1, 0, 0, 1}, 4},                   /* a day before the first */
        {ERR_TIME, {1, 0, 0, 0x80, 0x80, 0x7f}, 6},     /* beyond the last */
        {ERR_VARINT, {1, 0, 0, 0x80, 0}, 5},
    };
    int err;
    memset(raw, 1, sizeof raw);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        memcpy(plain, faults[i].bytes, faults[i].size);
        assert_int_equal(frame_read(faults[i].size, KEY_SIZE + SIGNATURE_SIZE + 256, &err), 0);
        if (err != faults[i].err) fail_msg("fault %zu: %s", i, err_name(err));
    }
}

/* What does not fit one frame is said, and nothing is written beyond it. */
static void test_writer_limits(void **state) {
    (void)state;
    struct rng g;
    struct writer plain_out, raw_out;
    struct member shelf;
    rng_begin(&g, "pouch sealed limits");
    sample_member(&g, &shelf);
    for (size_t i = 0; i < RECORDS; i++) {
        do sample_sealed(&g, &made[i], &shelf);
        while (made[i].record.size_class != RECORD_SIZE_CLASSES - 1);
        records[i] = made[i].record;
    }
    writer_init(&plain_out, plain, sizeof plain);
    writer_init(&raw_out, raw, sizeof raw);
    assert_int_equal(pouch_sealed_encode(records, RECORDS, &plain_out, &raw_out), ERR_SPACE);
    assert_int_equal(pouch_sealed_encode(records, 0, &plain_out, &raw_out), ERR_LIMIT);
    writer_init(&plain_out, plain, sizeof plain);
    writer_init(&raw_out, raw, sizeof raw);
    assert_int_equal(pouch_sealed_encode(records, 8, &plain_out, &raw_out), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comes_back),
        cmocka_unit_test(test_cut_and_damaged),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_writer_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
