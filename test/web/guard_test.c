/*
 * Who asks and whether they may. Shows which names count as the operator's own, which origins are refused, that a token
 * fits one form, one reader and a day only, and how fast guests may write or search.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <string.h>

#include "node/web/guard.h"

static void test_hosts(void **state) {
    (void)state;
    static const struct {
        const char *host;
        enum guard_host want;
    } cases[] = {
        {NULL, GUARD_HOST_BAD},
        {"", GUARD_HOST_BAD},
        {":8480", GUARD_HOST_BAD},
        {"127.0.0.1", GUARD_HOST_LOOP},
        {"127.0.0.1:8480", GUARD_HOST_LOOP},
        {"127.9.9.9", GUARD_HOST_LOOP},
        {"localhost:1", GUARD_HOST_LOOP},
        {"LocalHost", GUARD_HOST_LOOP},
        {"[::1]:8480", GUARD_HOST_LOOP},
        {"[::1]", GUARD_HOST_LOOP},
        {"::1", GUARD_HOST_BAD},
        {"[127.0.0.1]", GUARD_HOST_BAD},
        {"127.0.0.1:8480:1", GUARD_HOST_BAD},
        {"127.0.0.1:port", GUARD_HOST_BAD},
        {"127.0.0.1:8480/x", GUARD_HOST_BAD},
        {"127.0.0.1.example.org", GUARD_HOST_FOREIGN},
        {"localhost.example.org:8480", GUARD_HOST_FOREIGN},
        {"example.org", GUARD_HOST_FOREIGN},
        {"example.org@127.0.0.1", GUARD_HOST_BAD},
        {"127.1", GUARD_HOST_FOREIGN},
        {"192.168.4.1:8480", GUARD_HOST_NEAR},
        {"[fe80::1]", GUARD_HOST_NEAR},
        {"point", GUARD_HOST_NEAR},
        {"link.local", GUARD_HOST_NEAR},
        {"link.lan:80", GUARD_HOST_NEAR},
        {".lan", GUARD_HOST_FOREIGN},
        {"link.home.arpa", GUARD_HOST_NEAR},
        {"xlocal", GUARD_HOST_NEAR},
        {"x.notlocal", GUARD_HOST_FOREIGN},
        {"my.point.kz", GUARD_HOST_NEAR}, /* by its operator's word */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (guard_host_of(cases[i].host, "my.point.kz") != cases[i].want) fail_msg("wrong for: %s", cases[i].host);
    }
}

static void test_origins(void **state) {
    (void)state;
    static const char host[] = "127.0.0.1:8480";
    assert_true(guard_origin_is_own(host, NULL, NULL));
    assert_true(guard_origin_is_own(host, "http://127.0.0.1:8480", "same-origin"));
    assert_true(guard_origin_is_own(host, "http://127.0.0.1:8480", NULL));
    assert_true(guard_origin_is_own(host, NULL, "none"));
    assert_false(guard_origin_is_own(host, "null", NULL));
    assert_false(guard_origin_is_own(host, "", NULL));
    assert_false(guard_origin_is_own(host, "http://127.0.0.1:8481", NULL));
    assert_false(guard_origin_is_own(host, "http://127.0.0.1", NULL));
    assert_false(guard_origin_is_own(host, "https://127.0.0.1:8480", NULL));
    assert_false(guard_origin_is_own(host, "http://127.0.0.1:8480.example.org", NULL));
    assert_false(guard_origin_is_own(host, "http://example.org", NULL));
    assert_false(guard_origin_is_own(host, "http://127.0.0.1:8480", "cross-site"));
    assert_false(guard_origin_is_own(host, "http://127.0.0.1:8480", "same-site"));
    assert_false(guard_origin_is_own(NULL, "http://", NULL));
}

static struct guard_for guest(const char *address) {
    struct guard_for who = {.operator_ = false};
    assert_true(guard_address_parse(&who.guest, address));
    return who;
}

static void test_tokens(void **state) {
    (void)state;
    uint8_t secret[HASH_SIZE] = {7};
    uint8_t other[HASH_SIZE] = {8};
    char token[GUARD_TOKEN_SIZE];
    const struct guard_for operator_ = {.operator_ = true};
    const struct guard_for one = guest("192.168.4.2");
    const struct guard_for two = guest("192.168.4.3");
    const struct guard_for six = guest("fe80::1");
    guard_token(token, secret, &operator_, "/new", 100);
    assert_true(guard_token_is_good(token, secret, &operator_, "/new", 100));
    assert_true(guard_token_is_good(token, secret, &operator_, "/new", 123));
    assert_false(guard_token_is_good(token, secret, &operator_, "/new", 124));
    assert_false(guard_token_is_good(token, secret, &operator_, "/new", 99));
    assert_false(guard_token_is_good(token, secret, &operator_, "/join", 100));
    assert_false(guard_token_is_good(token, other, &operator_, "/new", 100));
    assert_false(guard_token_is_good(token, secret, &one, "/new", 100));
    guard_token(token, secret, &one, "/new", 100);
    assert_true(guard_token_is_good(token, secret, &one, "/new", 100));
    assert_false(guard_token_is_good(token, secret, &two, "/new", 100));
    assert_false(guard_token_is_good(token, secret, &six, "/new", 100));
    assert_false(guard_token_is_good(token, secret, &operator_, "/new", 100));
    /* Every changed character, and other lengths. */
    for (size_t i = 0; i < GUARD_TOKEN_SIZE - 1; i++) {
        char changed[GUARD_TOKEN_SIZE];
        memcpy(changed, token, sizeof changed);
        changed[i] = changed[i] == '1' ? '2' : '1';
        assert_false(guard_token_is_good(changed, secret, &one, "/new", 100));
    }
    assert_false(guard_token_is_good("", secret, &one, "/new", 100));
    token[GUARD_TOKEN_SIZE - 2] = '\0';
    assert_false(guard_token_is_good(token, secret, &one, "/new", 100));
}

static void test_addresses(void **state) {
    (void)state;
    struct guard_address address;
    struct sockaddr_in6 mapped = {.sin6_family = AF_INET6};
    assert_int_equal(inet_pton(AF_INET6, "::ffff:127.0.0.1", &mapped.sin6_addr), 1);
    guard_address_of(&address, (const struct sockaddr *)&mapped);
    assert_int_equal(address.family, AF_INET);
    assert_true(guard_address_is_loopback(&address));
    assert_int_equal(inet_pton(AF_INET6, "::ffff:10.0.0.1", &mapped.sin6_addr), 1);
    guard_address_of(&address, (const struct sockaddr *)&mapped);
    assert_false(guard_address_is_loopback(&address));
    guard_address_of(&address, NULL);
    assert_false(guard_address_is_loopback(&address));
    static const struct {
        const char *text;
        bool loopback;
    } cases[] = {{"127.0.0.1", true}, {"127.255.0.9", true}, {"128.0.0.1", false}, {"::1", true},
                 {"::", false},       {"0.0.0.0", false},    {"fe80::1", false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(guard_address_parse(&address, cases[i].text));
        assert_int_equal(guard_address_is_loopback(&address), cases[i].loopback);
    }
}

/* One writer gets a burst and then one place every interval; many writers together no more than the point's burst. */
static void rate_holds(const struct guard_limit *limit) {
    uint8_t secret[HASH_SIZE] = {7};
    static struct guard_rate rate;
    memset(&rate, 0, sizeof rate);
    struct guard_for one = guest("192.168.4.2");
    uint64_t now = 5000000;
    unsigned taken = 0;
    for (unsigned i = 0; i < 100; i++) taken += guard_rate_take(&rate, limit, secret, &one.guest, now);
    assert_int_equal(taken, limit->one_burst);
    now += limit->one_ms;
    assert_true(guard_rate_take(&rate, limit, secret, &one.guest, now));
    assert_false(guard_rate_take(&rate, limit, secret, &one.guest, now));
    memset(&rate, 0, sizeof rate);
    taken = 0;
    for (unsigned i = 0; i < 1000; i++) {
        one.guest.bytes[2] = (uint8_t)(i >> 8);
        one.guest.bytes[3] = (uint8_t)i;
        taken += guard_rate_take(&rate, limit, secret, &one.guest, now);
    }
    assert_int_equal(taken, limit->point_burst);
    /* An hour of a flood from ever new addresses. */
    taken = 0;
    for (unsigned i = 0; i < 36000; i++) {
        one.guest.bytes[1] = (uint8_t)(i >> 8);
        one.guest.bytes[3] = (uint8_t)i;
        now += 100;
        taken += guard_rate_take(&rate, limit, secret, &one.guest, now);
    }
    assert_in_range(taken, 3600000 / limit->point_ms - 1, 3600000 / limit->point_ms + 1);
}

static void test_rate(void **state) {
    (void)state;
    rate_holds(&guard_write_limit);
    rate_holds(&guard_work_limit);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hosts),     cmocka_unit_test(test_origins), cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_addresses), cmocka_unit_test(test_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
