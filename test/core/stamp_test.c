/*
 * Stamps: known answers of another program (Python's hashlib), and what raising one does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/crypto.h"
#include "core/stamp.h"
#include "test/core/sample_util.h"

/* A record of kind 2 without references whose salt is a number, little-endian, and whose content is "hi". */
static void fixed_record(struct record *r, uint8_t body[10], uint32_t salt) {
    *r = (struct record){.form = RECORD_FORM_PLAIN,
                         .kind = KIND_TEXT,
                         .urgency = URGENCY_NORMAL,
                         .created = SAMPLE_TIME,
                         .expiry_day = (uint32_t)(SAMPLE_TIME / DAY_SECONDS) + 30,
                         .body_size = 10,
                         .body = body};
    memset(r->community, 0x11, sizeof r->community);
    memset(r->author, 0x22, sizeof r->author);
    memset(body, 0, 10);
    for (unsigned i = 0; i < 4; i++) body[i] = (uint8_t)(salt >> 8 * i);
    memcpy(body + RECORD_SALT_SIZE, "hi", 2);
    crypto_digest(r->body_hash, body, 10);
}

static void test_known_answers(void **state) {
    static const struct {
        uint32_t salt;
        unsigned bits;
    } answers[] = {{0, 0}, {2, 2}, {54, 7}, {9161, 12}, {16617, 17}, {106217, 19}};
    struct record r;
    uint8_t body[10];
    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        fixed_record(&r, body, answers[i].salt);
        assert_int_equal(stamp_bits(&r), answers[i].bits);
    }
}

/* The salt is counted up from where it stands: the first that fits is the one that the other program found. */
static void test_made(void **state) {
    struct record r;
    uint8_t body[10], want[10], hash[HASH_SIZE];
    (void)state;
    fixed_record(&r, want, 9161);
    fixed_record(&r, body, 0);
    assert_true(stamp_make(&r, body, 12, 1 << 20));
    assert_memory_equal(body, want, sizeof body);
    assert_int_equal(stamp_bits(&r), 12);
    fixed_record(&r, body, 0);
    assert_false(stamp_make(&r, body, 12, 9160)); /* too few tries: no stamp, but a record */
    crypto_digest(hash, body, sizeof body);
    assert_memory_equal(hash, r.body_hash, HASH_SIZE);
}

/* A stamped record verifies; its stub has the same stamp; the work is worth nothing under another author's key. */
static void test_stamp_belongs_to_its_record(void **state) {
    static struct sample_community community;
    static struct sample_record sample;
    static uint8_t bytes[RECORD_SIZE_MAX];
    struct member author;
    struct rng g;
    (void)state;
    rng_begin(&g, "stamp");
    sample_found(&g, &community);
    sample_member(&g, &author);
    for (unsigned round = 0; round < 5; round++) {
        sample_record(&g, &sample, &community, &author, 300);
        struct record *r = &sample.record, again, stub;
        if (!stamp_make(r, sample.body, 8, 100000)) fail_msg("no stamp in 100,000 tries");
        assert_int_equal(record_sign(r, author.secret), 0);
        int size = record_encode(r, bytes, sizeof bytes);
        assert_true(size > 0);
        assert_int_equal(record_decode(&again, bytes, (size_t)size), 0);
        assert_int_equal(record_verify(&again), 0);
        assert_true(stamp_bits(&again) >= 8);
        stub = again;
        stub.body = NULL;
        size = record_encode(&stub, bytes, sizeof bytes);
        assert_int_equal(record_decode_stub(&again, bytes, (size_t)size), 0);
        assert_int_equal(stamp_bits(&again), stamp_bits(r));
        again.author[0] ^= 1;
        assert_true(stamp_bits(&again) < 30);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_made),
        cmocka_unit_test(test_stamp_belongs_to_its_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
