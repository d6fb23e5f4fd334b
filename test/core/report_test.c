/*
 * Reports, warnings, and words on them. Shows that making and reading are inverse, that damaged bodies break nothing,
 * which error each fault gets: points off the earth, dates beyond the limit, what does not go together; and that
 * there is no field for who did it (THREATS.md, rule 5).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/crypto.h"
#include "core/report.h"
#include "test/core/sample_util.h"

#define CREATED 1641400000u
static const uint8_t salt[RECORD_SALT_SIZE] = "saltsal", one_id[HASH_SIZE] = {1}, other_id[HASH_SIZE] = {2};
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

static void is_ref(const uint8_t *got, const uint8_t *want) {
    assert_int_equal(got != NULL, want != NULL);
    if (want) assert_memory_equal(got, want, HASH_SIZE);
}

static void test_reports(void **state) {
    (void)state;
    struct rng g;
    struct record r, again;
    rng_begin(&g, "report round trip");
    for (unsigned i = 0; i < 2000; i++) {
        struct report in, out;
        memset(&in, 0, sizeof in);
        in.type = (uint8_t)(1 + rng_below(&g, REPORT_TYPE_MAX));
        in.what = (uint8_t)(1 + rng_below(&g, REPORT_WHAT_MAX));
        in.ground = (uint8_t)(1 + rng_below(&g, REPORT_GROUND_MAX));
        in.guest = rng_one_in(&g, 2);
        in.when = rng_one_in(&g, 2) ? CREATED - rng_below(&g, 100000) : 0;
        in.until = in.type == REPORT_WARNING || rng_one_in(&g, 2) ? CREATED + rng_below(&g, 100000) : 0;
        if (rng_one_in(&g, 2)) in.text = "бекет\nhere", in.size = strlen(in.text);
        if (rng_one_in(&g, 2)) memcpy(in.word, "column", 6);
        if (rng_one_in(&g, 2)) memset(in.district, 'd', REPORT_DISTRICT_MAX);
        if (rng_one_in(&g, 2)) memset(in.place, 'p', REPORT_PLACE_MAX);
        if (in.type == REPORT_ASKED) memset(in.whom, 'w', REPORT_WHOM_MAX);
        if (rng_one_in(&g, 2)) in.message = one_id;
        if (rng_one_in(&g, 2)) in.corrects = other_id;
        if (rng_one_in(&g, 2)) {
            in.has_point = true;
            in.latitude = (int32_t)rng_below(&g, 2 * REPORT_LATITUDE_MAX + 1) - REPORT_LATITUDE_MAX;
            in.longitude = (int32_t)rng_below(&g, 2 * REPORT_LONGITUDE_MAX + 1) - REPORT_LONGITUDE_MAX;
        }
        int size = report_make(&author, &in, 2, CREATED, salt, room, &r);
        assert_true(size > 0);
        assert_int_equal(record_decode(&again, room, (size_t)size), 0);
        assert_int_equal(record_verify(&again), 0);
        assert_int_equal(charter_admit(&charter, &again), 0);
        assert_int_equal(report_decode(&out, &again), 0);
        is_ref(out.message, in.message);
        is_ref(out.corrects, in.corrects);
        assert_int_equal(out.size, in.size);
        if (in.size) assert_memory_equal(out.text, in.text, in.size);
        out.text = in.text;
        out.message = in.message;
        out.corrects = in.corrects;
        assert_memory_equal(&out, &in, sizeof in);
        again.body = NULL;
        assert_int_equal(charter_admit(&charter, &again), 0);
    }
}

static void test_words(void **state) {
    (void)state;
    struct record r;
    struct report_word out;
    const struct report_word words[] = {
        {.say = REPORT_CONFIRM, .ground = REPORT_SAW, .target = one_id},
        {.say = REPORT_CONFIRM, .ground = REPORT_TOLD, .target = one_id, .about = other_id, .when = CREATED},
        {.say = REPORT_DENY, .ground = REPORT_PAPER, .target = one_id, .text = "it moved\naway", .size = 13},
        {.say = REPORT_ADD, .target = one_id, .text = "two more", .size = 8, .guest = true},
        {.say = REPORT_ANSWER, .ground = REPORT_PAPER, .target = one_id, .text = "no list", .size = 7},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        assert_true(report_word_make(&author, &words[i], 1, CREATED, salt, room, &r) > 0);
        assert_int_equal(charter_admit(&charter, &r), 0);
        assert_int_equal(report_word_decode(&out, &r), 0);
        assert_int_equal(out.say, words[i].say);
        assert_int_equal(out.ground, words[i].ground);
        assert_int_equal(out.guest, words[i].guest);
        assert_true(out.when == words[i].when);
        is_ref(out.target, words[i].target);
        is_ref(out.about, words[i].about);
        assert_int_equal(out.size, words[i].size);
        if (out.size) assert_memory_equal(out.text, words[i].text, out.size);
        r.body = NULL;
        assert_int_equal(report_check(&r), 0);
        r.ref_count = 0;
        assert_int_equal(report_check(&r), ERR_FIELD);
    }
}

/* What cannot be made leaves the author where it stood. */
static void test_refused(void **state) {
    (void)state;
    struct record r;
    const struct report good = {.type = REPORT_PLAIN, .what = REPORT_FIRE, .ground = REPORT_SAW};
    const struct {
        int err;
        struct report report;
    } reports[] = {
        {ERR_FIELD, {.what = 1, .ground = 1}},
        {ERR_FIELD, {.type = 4, .what = 1, .ground = 1}},
        {ERR_FIELD, {.type = 1, .what = 10, .ground = 1}},
        {ERR_FIELD, {.type = 1, .what = 1}},
        {ERR_FIELD, {.type = 1, .what = 1, .ground = 4}},
        {ERR_FIELD, {.type = REPORT_WARNING, .what = 1, .ground = 1}},
        {ERR_FIELD, {.type = REPORT_ASKED, .what = 1, .ground = 1}},
        {ERR_FIELD, {.type = REPORT_PLAIN, .what = 1, .ground = 1, .whom = "the akim"}},
        {ERR_TIME, {.type = 1, .what = 1, .ground = 1, .when = CREATED, .until = CREATED - 1}},
        {ERR_TIME, {.type = 1, .what = 1, .ground = 1, .until = UINT64_C(253402300800)}}, /* the year 10000 */
        {ERR_TIME, {.type = 1, .what = 1, .ground = 1, .when = (uint64_t)TIME_MAX + 1}},
        {ERR_POINT, {.type = 1, .what = 1, .ground = 1, .has_point = true, .latitude = 90001}},
        {ERR_POINT, {.type = 1, .what = 1, .ground = 1, .has_point = true, .longitude = -180001}},
        {ERR_POINT, {.type = 1, .what = 1, .ground = 1, .has_point = true, .latitude = INT32_MIN}},
        {ERR_LIMIT, {.type = 1, .what = 1, .ground = 1, .text = "", .size = REPORT_TEXT_MAX + 1}},
        {ERR_TEXT, {.type = 1, .what = 1, .ground = 1, .place = "a\nb"}},
    };
    const struct report_word words[] = {
        {.target = one_id},
        {.say = REPORT_CONFIRM, .target = one_id},
        {.say = REPORT_DENY, .target = one_id, .text = "no", .size = 2},
        {.say = REPORT_ADD, .ground = 1, .target = one_id},
        {.say = REPORT_ANSWER, .target = one_id},
        {.say = REPORT_SAY_MAX + 1, .ground = 1, .target = one_id, .text = "no", .size = 2},
        {.say = REPORT_CONFIRM, .ground = 4, .target = one_id},
        {.say = REPORT_CONFIRM, .ground = 1},
    };
    assert_true(report_make(&author, &good, 1, CREATED, salt, room, &r) > 0);
    uint64_t next = author.next;
    for (size_t i = 0; i < sizeof reports / sizeof reports[0]; i++)
        assert_int_equal(report_make(&author, &reports[i].report, 1, CREATED, salt, room, &r), reports[i].err);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        assert_int_equal(report_word_make(&author, &words[i], 1, CREATED, salt, room, &r), ERR_FIELD);
    assert_true(author.next == next);
}

#define HEAD "\1\1\1\2\1\5"
#define TAIL "\12\1\1"
#define REPORT(bytes) HEAD bytes TAIL, sizeof(HEAD bytes TAIL) - 1
static const struct {
    const char *why;
    int err;
    const char *bytes;
    size_t size;
} cases[] = {
    {"the least", 0, REPORT("")},
    {"nothing", ERR_FIELD, "", 0},
    {"no ground", ERR_FIELD, HEAD, 6},
    {"type 4", ERR_FIELD, "\1\1\4\2\1\5" TAIL, 9},
    {"what 10", ERR_FIELD, "\1\1\1\2\1\12" TAIL, 9},
    {"two types", ERR_FIELD, "\1\1\1\1\1\1\2\1\5" TAIL, 12},
    {"ground 4", ERR_FIELD, HEAD "\12\1\4", 9},
    {"an empty word", ERR_FIELD, REPORT("\3\0")},
    {"a word of two lines", ERR_TEXT, REPORT("\3\3a\nb")},
    {"a word that turns the writing", ERR_TEXT, REPORT("\3\3\xe2\x80\xae")},
    {"half a character", ERR_TEXT, REPORT("\4\1\xd0")},
    {"the south pole", 0, REPORT("\7\2\0\0")},
    {"the north pole, farthest east", 0, REPORT("\7\6\xa0\xfe\x0a\xc0\xfc\x15")},
    {"north of the pole", ERR_POINT, REPORT("\7\6\xa1\xfe\x0a\xc0\xfc\x15")},
    {"east of the date line", ERR_POINT, REPORT("\7\6\xa0\xfe\x0a\xc1\xfc\x15")},
    {"half a point", ERR_TRUNCATED, REPORT("\7\1\0")},
    {"more behind a point", ERR_TRAILING, REPORT("\7\3\0\0\0")},
    {"when 0", ERR_FIELD, REPORT("\10\1\0")},
    {"when far away", ERR_TIME, REPORT("\10\6\x80\x80\x80\x80\x80\1")},
    {"until far away", ERR_TIME, REPORT("\11\6\x80\x80\x80\x80\x80\1")},
    {"a time in two bytes too many", ERR_VARINT, REPORT("\10\2\x81\0")},
    {"until before when", ERR_TIME, REPORT("\10\1\5\11\1\4")},
    {"until when", 0, REPORT("\10\1\5\11\1\5")},
    {"origin 2", ERR_FIELD, HEAD TAIL "\13\1\2", 12},
    {"who was asked in a report", ERR_FIELD, HEAD TAIL "\14\1x", 12},
    {"an unknown field", ERR_UNSUPPORTED, HEAD TAIL "\15\1x", 12},
    {"an unknown field that may be passed over", 0, HEAD TAIL "\x80\1\1x", 13},
};

static void test_cases(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t body[64] = {0};
        struct record r = {.form = RECORD_FORM_PLAIN, .kind = KIND_REPORT, .body = body};
        struct report out;
        memcpy(body + RECORD_SALT_SIZE, cases[i].bytes, cases[i].size);
        r.body_size = RECORD_SALT_SIZE + cases[i].size;
        int err = report_decode(&out, &r);
        if (err != cases[i].err) fail_msg("%s: %d", cases[i].why, err);
        if (cases[i].err) continue;
        r.refs[r.ref_count++] = (struct record_ref){REF_TARGET, {1}};
        assert_int_equal(report_decode(&out, &r), 0);
        r.refs[r.ref_count++] = (struct record_ref){REF_TARGET, {2}};
        assert_int_equal(report_decode(&out, &r), ERR_FIELD); /* it stands on two */
        r.refs[1].type = REF_CORRECTS;
        assert_int_equal(report_decode(&out, &r), 0);
        r.refs[1].type = REF_BLOB;
        assert_int_equal(report_decode(&out, &r), ERR_FIELD); /* a photo belongs to the message */
    }
}

/* Every tag that is none of a report's or a word's: no name, number, address or photo of anybody fits in. */
static void test_no_field_for_a_perpetrator(void **state) {
    (void)state;
    for (unsigned k = 0; k < 2; k++) {
        const char *head = k == 0 ? HEAD TAIL : "\1\1\1\2\1\1";
        for (unsigned tag = k == 0 ? 13 : 6; tag < 128; tag++) {
            uint8_t body[RECORD_SALT_SIZE + 32] = {0};
            size_t size = strlen(head);
            struct record r = {.form = RECORD_FORM_PLAIN, .body = body, .ref_count = (uint8_t)k};
            r.kind = k == 0 ? KIND_REPORT : KIND_REPORT_WORD;
            r.refs[0] = (struct record_ref){REF_TARGET, {1}};
            memcpy(body + RECORD_SALT_SIZE, head, size);
            r.body_size = RECORD_SALT_SIZE + size;
            assert_int_equal(report_check(&r), 0);
            body[RECORD_SALT_SIZE + size] = (uint8_t)tag;
            body[RECORD_SALT_SIZE + size + 1] = 1;
            body[RECORD_SALT_SIZE + size + 2] = 'x';
            r.body_size += 3;
            assert_int_equal(report_check(&r), ERR_UNSUPPORTED);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup(test_reports, setup),
                                       cmocka_unit_test_setup(test_words, setup),
                                       cmocka_unit_test_setup(test_refused, setup), cmocka_unit_test(test_cases),
                                       cmocka_unit_test(test_no_field_for_a_perpetrator)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
