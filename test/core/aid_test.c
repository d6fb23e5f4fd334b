/*
 * Needs, offers and acts. Shows that making and reading are inverse, which error each fault gets, that damaged bodies
 * break nothing, and that what is sealed to a helper opens for that helper's key alone. THREATS.md, rule 6.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/aid.h"
#include "core/crypto.h"
#include "core/seal.h"
#include "test/core/sample_util.h"

#define CREATED 1641400000u
static const uint8_t salt[RECORD_SALT_SIZE] = "saltsal";
static uint8_t room[RECORD_SIZE_MAX];
static struct charter charter;
static struct author author;

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

static void test_round_trip(void **state) {
    (void)state;
    struct rng g;
    struct record r, again;
    rng_begin(&g, "aid round trip");
    for (unsigned i = 0; i < 2000; i++) {
        struct aid in = {.type = (uint8_t)(1 + rng_below(&g, 2)),
                         .what = (uint8_t)(1 + rng_below(&g, AID_WHAT_MAX)),
                         .helpers = (uint8_t)(1 + rng_below(&g, AID_HELPERS_MAX)),
                         .guest = rng_one_in(&g, 2),
                         .amount = (uint32_t)rng_below(&g, AID_AMOUNT_MAX + 1),
                         .until = rng_one_in(&g, 2) ? CREATED + rng_below(&g, 100000) : 0},
                   out;
        if (rng_one_in(&g, 2)) in.text = "нан керек\nеки", in.size = strlen(in.text);
        if (rng_one_in(&g, 2)) memcpy(in.word, "soup", 4);
        if (rng_one_in(&g, 2)) memcpy(in.unit, "kg", 2);
        if (rng_one_in(&g, 2)) memset(in.district, 'd', AID_DISTRICT_MAX);
        if (rng_one_in(&g, 2)) memset(in.place, 'p', AID_PLACE_MAX);
        int size = aid_make(&author, &in, 2, CREATED, salt, room, &r);
        assert_true(size > 0);
        assert_int_equal(record_decode(&again, room, (size_t)size), 0);
        assert_int_equal(record_verify(&again), 0);
        assert_int_equal(aid_check(&again), 0);
        assert_int_equal(aid_decode(&out, &again), 0);
        assert_int_equal(out.size, in.size);
        if (in.size) assert_memory_equal(out.text, in.text, in.size);
        out.text = in.text;
        assert_memory_equal(&out, &in, sizeof in);
        again.body = NULL;
        assert_int_equal(aid_check(&again), 0);
    }
}

static void test_acts(void **state) {
    (void)state;
    uint8_t entry[HASH_SIZE], take[HASH_SIZE], secret[KEY_SIZE] = {9}, key[KEY_SIZE], ephemeral[KEY_SIZE] = {5},
                                               nonce[BOX_NONCE_SIZE] = {1}, box[AID_BOX_MAX], plain[AID_BOX_MAX];
    static const char place[] = "12 Abai street, the blue gate";
    struct record r;
    struct aid_act out;
    memset(entry, 1, HASH_SIZE);
    memset(take, 2, HASH_SIZE);
    crypto_x25519_base(key, secret);
    assert_int_equal(seal_to(box, (const uint8_t *)place, sizeof place, key, ephemeral, nonce),
                     (int)(sizeof place + KEY_SIZE + BOX_OVERHEAD));
    const struct aid_act acts[] = {
        {.type = AID_TAKE, .target = entry, .key = key, .note = "in an hour", .note_size = 10},
        {.type = AID_BACK, .target = entry},
        {.type = AID_ACCEPT,
         .target = entry,
         .take = take,
         .sealed = box,
         .sealed_size = sizeof place + KEY_SIZE + BOX_OVERHEAD},
        {.type = AID_REFUSE, .target = entry, .take = take},
        {.type = AID_DONE, .target = entry},
        {.type = AID_REOPEN, .target = entry},
    };
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
        assert_true(aid_act_make(&author, &acts[i], 1, CREATED, salt, room, &r) > 0);
        assert_int_equal(aid_act_decode(&out, &r), 0);
        assert_int_equal(out.type, acts[i].type);
        assert_memory_equal(out.target, entry, HASH_SIZE);
        assert_int_equal(out.take != NULL, acts[i].take != NULL);
        assert_int_equal(out.note_size, acts[i].note_size);
        assert_int_equal(out.sealed_size, acts[i].sealed_size);
        if (out.type != AID_ACCEPT) continue;
        uint8_t other[KEY_SIZE] = {32};
        assert_int_equal(seal_open_to(plain, out.sealed, out.sealed_size, secret), sizeof place);
        assert_memory_equal(plain, place, sizeof place);
        assert_int_equal(seal_open_to(plain, out.sealed, out.sealed_size, other), ERR_SEAL);
    }
    /* What does not go together. */
    const struct aid_act bad[] = {
        {.type = AID_TAKE, .target = entry},
        {.type = AID_TAKE, .target = entry, .key = key, .take = take},
        {.type = AID_DONE, .target = entry, .key = key},
        {.type = AID_ACCEPT, .target = entry},
        {.type = AID_REFUSE, .target = entry, .take = take, .sealed = box, .sealed_size = 100},
        {.type = 0, .target = entry},
        {.type = AID_ACT_MAX + 1, .target = entry},
    };
    uint64_t next = author.next;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(aid_act_make(&author, &bad[i], 1, CREATED, salt, room, &r), ERR_FIELD);
    assert_true(author.next == next); /* the author stands where it stood */
}

#define HEAD "\1\1\1\2\1\5"
static const struct {
    const char *why;
    int err;
    const char *bytes;
    size_t size;
} cases[] = {
    {"the least", 0, HEAD, 6},
    {"nothing", ERR_FIELD, "", 0},
    {"no type", ERR_FIELD, "\2\1\5", 3},
    {"nothing that it is about", ERR_FIELD, "\1\1\1", 3},
    {"type 3", ERR_FIELD, "\1\1\3\2\1\5", 6},
    {"about 0", ERR_FIELD, "\1\1\1\2\1\0", 6},
    {"about 15", ERR_FIELD, "\1\1\1\2\1\17", 6},
    {"an empty word", ERR_FIELD, HEAD "\3\0", 8},
    {"a word of two lines", ERR_TEXT, HEAD "\3\3a\nb", 11},
    {"a word that turns the writing", ERR_TEXT, HEAD "\3\3\xe2\x80\xae", 11},
    {"half a character", ERR_TEXT, HEAD "\4\1\xd0", 9},
    {"amount 0", ERR_FIELD, HEAD "\5\1\0", 9},
    {"amount in two bytes too many", ERR_VARINT, HEAD "\5\2\x81\0", 10},
    {"more behind the amount", ERR_TRAILING, HEAD "\5\2\1\1", 10},
    {"amount 1,000,001", ERR_LIMIT, HEAD "\5\3\xc1\x84\x3d", 11},
    {"51 helpers", ERR_LIMIT, HEAD "\12\1\63", 9},
    {"no helper", ERR_FIELD, HEAD "\12\1\0", 9},
    {"until far away", ERR_TIME, HEAD "\11\6\x80\x80\x80\x80\x80\1", 14},
    {"an unknown field", ERR_UNSUPPORTED, HEAD "\14\1x", 9},
    {"an unknown field that may be passed over", 0, HEAD "\x80\1\1x", 10},
    {"two types", ERR_FIELD, "\1\1\1\1\1\1\2\1\5", 9},
};

static void test_cases(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t body[64] = {0};
        struct record r = {.form = RECORD_FORM_PLAIN, .kind = KIND_AID, .body = body};
        struct aid out;
        memcpy(body + RECORD_SALT_SIZE, cases[i].bytes, cases[i].size);
        r.body_size = RECORD_SALT_SIZE + cases[i].size;
        int err = aid_decode(&out, &r);
        if (err != cases[i].err) fail_msg("%s: %d", cases[i].why, err);
        if (cases[i].err) continue;
        r.ref_count = 1;
        r.refs[0].type = REF_TARGET;
        assert_int_equal(aid_decode(&out, &r), ERR_FIELD);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup(test_round_trip, setup),
                                       cmocka_unit_test_setup(test_acts, setup), cmocka_unit_test(test_cases)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
