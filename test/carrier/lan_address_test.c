/*
 * What is remembered of addresses. Shows what counts as one address, that hold-offs double up to an hour and are
 * forgiven after one, that connections and idle work are rationed and come back with time, and that the table stays
 * bounded under a flood while those that are held off stay in it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "carrier/lan_address.h"
#include "core/limits.h"

static struct lan_key key_of(const char *text, uint32_t scope) {
    struct sockaddr_in in4 = {.sin_family = AF_INET, .sin_port = htons(1)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_scope_id = scope};
    struct lan_key key;
    if (inet_pton(AF_INET, text, &in4.sin_addr) == 1) {
        lan_key_of(&key, (const struct sockaddr *)&in4);
    } else {
        assert_int_equal(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
        lan_key_of(&key, (const struct sockaddr *)&in6);
    }
    return key;
}

static bool same(const char *a, uint32_t scope_a, const char *b, uint32_t scope_b) {
    struct lan_key left = key_of(a, scope_a), right = key_of(b, scope_b);
    return lan_key_equal(&left, &right);
}

static void test_what_is_one_address(void **state) {
    (void)state;
    assert_true(same("10.0.0.1", 0, "::ffff:10.0.0.1", 0));
    assert_false(same("10.0.0.1", 0, "10.0.0.2", 0));
    assert_true(same("2001:db8:1:2::1", 0, "2001:db8:1:2:ffff::9", 0));
    assert_false(same("2001:db8:1:2::1", 0, "2001:db8:1:3::1", 0));
    assert_false(same("fe80::1", 2, "fe80::2", 2));
    assert_false(same("fe80::1", 2, "fe80::1", 3));
    assert_true(same("fe80::1", 2, "fe80::1", 2));
    assert_false(same("::1", 0, "::", 0));
}

static void test_hold_off_grows(void **state) {
    struct lan_addresses *a = lan_addresses_new();
    struct lan_key bad = key_of("10.0.0.1", 0), good = key_of("10.0.0.2", 0);
    uint64_t now_ms = 1000000, hold_ms = LAN_HOLD_OFF_MS;
    (void)state;
    for (unsigned i = 0; i < 12; i++) {
        lan_address_blame(a, &bad, now_ms);
        assert_true(lan_address_is_held(a, &bad, now_ms + hold_ms - 1));
        assert_false(lan_address_admit(a, &bad, now_ms + hold_ms - 1));
        assert_false(lan_address_is_held(a, &bad, now_ms + hold_ms));
        assert_true(lan_address_admit(a, &good, now_ms));
        assert_int_equal(lan_addresses_held(a, now_ms), 1);
        now_ms += hold_ms;
        hold_ms = 2 * hold_ms < LAN_HOLD_OFF_MS_MAX ? 2 * hold_ms : LAN_HOLD_OFF_MS_MAX;
    }
    assert_int_equal(hold_ms, LAN_HOLD_OFF_MS_MAX);
    now_ms += LAN_HOLD_OFF_MS_MAX + 1; /* an hour without offence after the last hold-off's beginning */
    lan_address_blame(a, &bad, now_ms);
    assert_false(lan_address_is_held(a, &bad, now_ms + LAN_HOLD_OFF_MS));
    lan_addresses_free(a);
}

static unsigned admitted(struct lan_addresses *a, const struct lan_key *key, unsigned tries, uint64_t now_ms) {
    unsigned count = 0;
    for (unsigned i = 0; i < tries; i++) count += lan_address_admit(a, key, now_ms);
    return count;
}

static void test_connections_are_rationed(void **state) {
    struct lan_addresses *a = lan_addresses_new();
    struct lan_key key = key_of("10.0.0.1", 0), other = key_of("10.0.0.2", 0);
    (void)state;
    assert_int_equal(admitted(a, &key, 1000, 5000), LAN_CONNECT_BURST);
    assert_int_equal(admitted(a, &other, 5, 5000), 5);
    assert_int_equal(admitted(a, &key, 1000, 6000), LAN_CONNECTS_A_SECOND);
    assert_int_equal(admitted(a, &key, 1000, 7500), 3 * LAN_CONNECTS_A_SECOND / 2);
    assert_int_equal(admitted(a, &key, 1000, 10000000), LAN_CONNECT_BURST);
    lan_addresses_free(a);
}

static void test_work_is_rationed(void **state) {
    struct lan_addresses *a = lan_addresses_new();
    struct lan_key key = key_of("10.0.0.1", 0), other = key_of("10.0.0.2", 0);
    (void)state;
    assert_true(lan_address_admit(a, &key, 1000));
    lan_address_spend(a, &key, 4000000, 1000); /* a second more than the burst */
    assert_false(lan_address_admit(a, &key, 1000));
    assert_true(lan_address_admit(a, &other, 1000));
    assert_false(lan_address_admit(a, &key, 10000));
    assert_true(lan_address_admit(a, &key, 12000));
    lan_addresses_free(a);
}

static void test_table_is_bounded(void **state) {
    struct lan_addresses *a = lan_addresses_new();
    struct lan_key bad = key_of("10.0.0.1", 0);
    char text[32];
    (void)state;
    lan_address_blame(a, &bad, 1000);
    for (unsigned i = 0; i < 5 * LAN_ADDRESSES_MAX; i++) {
        snprintf(text, sizeof text, "10.%u.%u.%u", 1 + i / 65536, i / 256 % 256, i % 256);
        struct lan_key key = key_of(text, 0);
        assert_true(lan_address_admit(a, &key, 2000 + i % 100));
    }
    assert_true(lan_address_is_held(a, &bad, 2000));
    lan_addresses_free(a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_one_address),      cmocka_unit_test(test_hold_off_grows),
        cmocka_unit_test(test_connections_are_rationed), cmocka_unit_test(test_work_is_rationed),
        cmocka_unit_test(test_table_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
