/*
 * addresses_test.c: the older way to list interfaces, which a phone is left with, tells of IPv4 what the usual one
 * tells: names, flags, addresses and masks, compared entry by entry on whatever this machine has.
 */
#include "host/addresses.h"

#include <net/if.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool is_ipv4(const struct ifaddrs *one) {
    return one->ifa_addr && one->ifa_addr->sa_family == AF_INET;
}

static uint32_t number_of(const struct sockaddr *address) {
    struct sockaddr_in full;
    memcpy(&full, address, sizeof full);
    return full.sin_addr.s_addr;
}

static const struct ifaddrs *twin_of(const struct ifaddrs *one, const struct ifaddrs *list) {
    for (; list; list = list->ifa_next)
        if (is_ipv4(list) && strcmp(list->ifa_name, one->ifa_name) == 0 &&
            number_of(list->ifa_addr) == number_of(one->ifa_addr))
            return list;
    return NULL;
}

static void test_same_as_usual(void **state) {
    const unsigned flags = IFF_UP | IFF_RUNNING | IFF_LOOPBACK | IFF_MULTICAST | IFF_POINTOPOINT;
    struct addresses usual, older;
    size_t usual_count = 0, older_count = 0;
    (void)state;
    assert_int_equal(addresses_get(&usual), 0);
    assert_false(usual.own);
    assert_int_equal(addresses_get_by_ioctl(&older), 0);
    for (const struct ifaddrs *one = usual.list; one; one = one->ifa_next) {
        if (!is_ipv4(one)) continue;
        const struct ifaddrs *twin = twin_of(one, older.list);
        assert_non_null(twin);
        assert_int_equal(twin->ifa_flags & flags, one->ifa_flags & flags);
        assert_non_null(twin->ifa_netmask);
        assert_int_equal(number_of(twin->ifa_netmask), number_of(one->ifa_netmask));
        usual_count++;
    }
    for (const struct ifaddrs *one = older.list; one; one = one->ifa_next) {
        assert_true(is_ipv4(one));
        older_count++;
    }
    assert_int_equal(older_count, usual_count);
    assert_true(older_count > 0); /* loopback at least */
    addresses_free(&usual);
    addresses_free(&older);
    addresses_free(&older); /* nothing is left to free */
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_same_as_usual)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
