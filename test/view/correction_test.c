/*
 * Corrections. Shows that of any set of corrections, in any order and with doubles, the same one counts everywhere:
 * that with the author's highest number; and that nobody but the author, in the same community, of a first message,
 * puts words in its place.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "test/core/sample_util.h"
#include "view/correction.h"

#define HISTORIES 10000
#define MOST 12

static struct record record_make(struct rng *g, unsigned author, unsigned community, uint64_t seq,
                                 const struct record *corrects) {
    struct record r = {.form = RECORD_FORM_PLAIN, .kind = KIND_TEXT, .seq = seq};
    memset(r.author, (int)author, KEY_SIZE);
    memset(r.community, (int)community, HASH_SIZE);
    for (unsigned i = 0; i < HASH_SIZE; i++) r.id[i] = (uint8_t)rng_below(g, 256);
    if (!corrects) return r;
    r.ref_count = 2;
    r.refs[0].type = REF_REPLY;
    r.refs[1].type = REF_CORRECTS;
    for (unsigned i = 0; i < 2; i++) memcpy(r.refs[i].id, corrects->id, HASH_SIZE);
    return r;
}

/* Which of some counts, looked at in an order with doubles; -1: none. */
static int best_of(struct rng *g, const struct record *first, const struct record *all, unsigned count) {
    int best = -1;
    unsigned left = count;
    bool seen[MOST] = {false};
    while (left > 0) {
        unsigned i = (unsigned)rng_below(g, count); /* again and again */
        left -= !seen[i];
        seen[i] = true;
        if (correction_counts(first, &all[i]) && (best < 0 || correction_is_before(&all[best], &all[i]))) best = (int)i;
    }
    return best;
}

static void test_the_same_everywhere(void **state) {
    (void)state;
    struct rng g;
    unsigned counted = 0;
    rng_begin(&g, "corrections");
    for (unsigned n = 0; n < HISTORIES; n++) {
        struct record all[MOST], first = record_make(&g, 1, 1, 5, NULL);
        unsigned count = 1 + (unsigned)rng_below(&g, MOST);
        int expected = -1;
        for (unsigned i = 0; i < count; i++) {
            struct record other = record_make(&g, 1, 1, 6, NULL);
            unsigned kind = (unsigned)rng_below(&g, 8);
            all[i] = record_make(&g, kind == 0 ? 2 : 1, kind == 1 ? 2 : 1, 6 + rng_below(&g, 4),
                                 kind == 2 ? &other : &first);
            if (kind == 3) all[i].kind = KIND_RETRACTION;
            if (kind == 4) all[i].refs[1].type = REF_REPLY;
            bool counts = kind > 4;
            assert_int_equal(correction_counts(&first, &all[i]), counts);
            /* The naive rule: the highest number, then the lowest id. */
            if (counts && (expected < 0 || all[i].seq > all[expected].seq ||
                           (all[i].seq == all[expected].seq && memcmp(all[i].id, all[expected].id, HASH_SIZE) < 0)))
                expected = (int)i;
        }
        counted += expected >= 0;
        for (unsigned device = 0; device < 3; device++) assert_int_equal(best_of(&g, &first, all, count), expected);
        struct record chain = record_make(&g, 1, 1, 20, &all[0]);
        if (expected == 0) assert_false(correction_counts(&all[0], &chain));
    }
    assert_true(counted > HISTORIES / 2);
}

static void test_apply(void **state) {
    (void)state;
    static struct text first, correction;
    first = (struct text){.text = "at nine", .size = 7, .place = "the well", .ground = TEXT_GROUND_SAW};
    correction = (struct text){.text = "at ten", .size = 6};
    first.attachment_count = TEXT_ATTACHMENTS_MAX - 1;
    for (unsigned i = 0; i < first.attachment_count; i++) memset(first.attachments[i].blob, (int)i, HASH_SIZE);
    correction.attachment_count = 3;
    for (unsigned i = 0; i < 3; i++) memset(correction.attachments[i].blob, (int)(i == 0 ? 2 : 100 + i), HASH_SIZE);
    correction_apply(&first, &correction);
    assert_memory_equal(first.text, "at ten", first.size);
    assert_string_equal(first.place, "");
    assert_int_equal(first.ground, TEXT_GROUND_NONE);
    assert_int_equal(first.attachment_count, TEXT_ATTACHMENTS_MAX); /* one was there, one had no room */
    assert_int_equal(first.attachments[TEXT_ATTACHMENTS_MAX - 1].blob[0], 101);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_the_same_everywhere), cmocka_unit_test(test_apply)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
