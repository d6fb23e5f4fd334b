/*
 * Addresses of points. Shows every form that people give, taken apart; what is none is refused before anything looks it
 * up; what is read and written again stays the same; and which addresses count as one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <string.h>

#include "node/address.h"

static void test_split(void **state) {
    (void)state;
    static const struct {
        const char *text, *host, *port; /* host NULL: refused */
    } cases[] = {
        {"192.168.1.5:7427", "192.168.1.5", "7427"},
        {"192.168.1.5", "192.168.1.5", ""},
        {"router.lan:1", "router.lan", "1"},
        {"router", "router", ""},
        {"[::1]:7427", "::1", "7427"},
        {"[::1]", "::1", ""},
        {"::1", "::1", ""},
        {"fe80::1%eth0", "fe80::1%eth0", ""},
        {"[fe80::1%wlan0]:65535", "fe80::1%wlan0", "65535"},
        {"fe80::1%eth0:7427", "fe80::1%eth0:7427", ""}, /* an address of its own, as far as can be seen here */
        {"", NULL, NULL},
        {":7427", NULL, NULL},
        {"host:", NULL, NULL},
        {"host:port", NULL, NULL},
        {"host:65536", NULL, NULL},
        {"host:123456", NULL, NULL},
        {"host:-1", NULL, NULL},
        {"[::1", NULL, NULL},
        {"[::1]7427", NULL, NULL},
        {"[::1]:", NULL, NULL},
        {"[host]:1", NULL, NULL},
        {"[]:1", NULL, NULL},
        {"::1]:1", NULL, NULL},
        {"two words:1", NULL, NULL},
        {"http://host/", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct address_parts parts;
        int err = address_split(&parts, cases[i].text);
        if (err != (cases[i].host ? 0 : ERR_USAGE)) fail_msg("\"%s\": %d", cases[i].text, err);
        if (err) continue;
        assert_string_equal(parts.host, cases[i].host);
        assert_string_equal(parts.port, cases[i].port);
    }
    char long_name[400];
    struct address_parts parts;
    memset(long_name, 'x', sizeof long_name);
    long_name[sizeof long_name - 1] = '\0';
    assert_int_equal(address_split(&parts, long_name), ERR_USAGE);
}

static void test_parse_and_text(void **state) {
    (void)state;
    static const char *const good[] = {"127.0.0.1:7427", "[::1]:80", "0.0.0.0:0", "[::]:7427", "[fe80::1%lo]:5"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct sockaddr_storage address;
        char text[ADDRESS_TEXT_SIZE];
        assert_int_equal(address_parse(&address, good[i]), 0);
        address_text(text, (struct sockaddr *)&address);
        assert_string_equal(text, good[i]);
    }
    static const char *const bad[] = {"127.0.0.1", "host.invalid:80", "[::1]", "1.2.3.4.5:6", "[fe80::1%no-such]:5"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct sockaddr_storage address;
        assert_int_equal(address_parse(&address, bad[i]), ERR_USAGE);
    }
}

static bool same(const char *a, const char *b, bool host) {
    struct sockaddr_storage one, other;
    assert_int_equal(address_parse(&one, a), 0);
    assert_int_equal(address_parse(&other, b), 0);
    return host ? address_is_same_host((struct sockaddr *)&one, (struct sockaddr *)&other)
                : address_is_same((struct sockaddr *)&one, (struct sockaddr *)&other);
}

static void test_same(void **state) {
    (void)state;
    assert_true(same("10.0.0.1:5", "10.0.0.1:5", false));
    assert_false(same("10.0.0.1:5", "10.0.0.1:6", false));
    assert_true(same("10.0.0.1:5", "10.0.0.1:6", true));
    assert_false(same("10.0.0.1:5", "10.0.0.2:5", true));
    assert_true(same("10.0.0.1:5", "[::ffff:10.0.0.1]:5", false)); /* as a listener on both families sees it */
    assert_false(same("[::1]:5", "127.0.0.1:5", true));
    struct sockaddr_in6 one = {.sin6_family = AF_INET6, .sin6_scope_id = 1}, other;
    assert_int_equal(inet_pton(AF_INET6, "fe80::1", &one.sin6_addr), 1);
    other = one;
    other.sin6_scope_id = 2;
    assert_false(address_is_same_host((struct sockaddr *)&one, (struct sockaddr *)&other)); /* on another link */
    struct sockaddr nothing = {.sa_family = AF_UNIX};
    assert_false(address_is_same(&nothing, &nothing));
    assert_int_equal(address_size(&nothing), 0);
}

static void test_own(void **state) {
    (void)state;
    struct sockaddr_storage listen;
    char texts[ADDRESS_OWN_MAX][ADDRESS_TEXT_SIZE];
    static const char *const lo[] = {"lo"};
    assert_int_equal(address_parse(&listen, "127.0.0.5:0"), 0);
    assert_int_equal(address_own(texts, ADDRESS_OWN_MAX, (struct sockaddr *)&listen, 99, NULL, 0), 1);
    assert_string_equal(texts[0], "127.0.0.5:99");
    assert_true(address_own(texts, ADDRESS_OWN_MAX, NULL, 99, NULL, 0) >= 1);
    assert_int_equal(address_own(texts, 1, NULL, 99, lo, 1), 1);
    assert_string_equal(texts[0], "127.0.0.1:99");
    assert_int_equal(address_own(texts, 0, NULL, 99, NULL, 0), 0);
    assert_int_equal(address_parse(&listen, "127.0.0.1:1"), 0);
    assert_true(address_is_of((struct sockaddr *)&listen, lo, 1));
    assert_int_equal(address_parse(&listen, "[::ffff:127.0.0.1]:1"), 0);
    assert_true(address_is_of((struct sockaddr *)&listen, lo, 1));
    static const char *const others[] = {"no-such", "l"};
    assert_false(address_is_of((struct sockaddr *)&listen, others, 2));
    assert_int_equal(address_parse(&listen, "192.0.2.1:1"), 0);
    assert_false(address_is_of((struct sockaddr *)&listen, lo, 1));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_split),
        cmocka_unit_test(test_parse_and_text),
        cmocka_unit_test(test_same),
        cmocka_unit_test(test_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
