/*
 * Discovery within one process, over loopback, so that no network and no rights are needed: two instances find each
 * other at once and exactly one is to connect, new tokens are told anew, what is no beacon is counted, wrong
 * configurations are refused. And which IPv4 addresses are neighbours.
 *
 * With arguments it is a program for discovery_net_test.sh, see discovery_node_util.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "carrier/discovery.h"
#include "carrier/interfaces.h"
#include "carrier/multicast.h"
#include "core/beacon.h"
#include "test/carrier/discovery_node_util.h"

#define WAIT_MS 5000

struct side {
    struct discovery *discovery;
    unsigned told;
    bool stops, rotates; /* what it does when told */
    uint16_t port;       /* of the last that was heard */
    bool we_connect;
    uint8_t token[BEACON_TOKEN_SIZE];
};

static uv_loop_t loop;
static uv_timer_t limit;
static bool late;
static unsigned stopped;

static void on_limit(uv_timer_t *timer) {
    (void)timer;
    late = true;
}

static void on_stopped(void *context) {
    (void)context;
    stopped++;
}

static void on_heard(void *context, const struct sockaddr *address, const uint8_t token[BEACON_TOKEN_SIZE],
                     bool we_connect) {
    struct side *side = context;
    const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)address;
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)address;
    assert_true(address->sa_family == AF_INET || address->sa_family == AF_INET6);
    side->told++;
    side->port = ntohs(address->sa_family == AF_INET ? four->sin_port : six->sin6_port);
    side->we_connect = we_connect;
    memcpy(side->token, token, sizeof side->token);
    if (side->rotates) discovery_rotate(side->discovery);
    if (side->stops) discovery_stop(side->discovery, on_stopped, NULL);
    side->rotates = side->stops = false;
}

static struct discovery_config config_of(struct side *side, uint16_t port) {
    static const char *const names[] = {"lo"};
    return (struct discovery_config){
        .interfaces = names, .interface_count = 1, .port = port, .heard = on_heard, .context = side};
}

static void run_until(const unsigned *number, unsigned wanted) {
    late = false;
    uv_timer_start(&limit, on_limit, WAIT_MS, 0);
    while (*number < wanted && !late) uv_run(&loop, UV_RUN_ONCE);
    uv_timer_stop(&limit);
    assert_true(*number >= wanted);
}

static void run_ms(uint64_t ms) {
    late = false;
    uv_timer_start(&limit, on_limit, ms, 0);
    while (!late) uv_run(&loop, UV_RUN_ONCE);
}

static void sides_start(struct side *a, struct side *b) {
    struct discovery_config first = config_of(a, 1001), second = config_of(b, 1002);
    assert_int_equal(uv_loop_init(&loop), 0);
    uv_timer_init(&loop, &limit);
    assert_int_equal(discovery_start(&a->discovery, &loop, &first), 0);
    run_ms(60); /* the second one comes later */
    assert_int_equal(discovery_start(&b->discovery, &loop, &second), 0);
    run_until(&a->told, 1);
    run_until(&b->told, 1);
}

static void sides_stop(struct side *a, struct side *b) {
    unsigned told = a->told + b->told;
    stopped = 0;
    discovery_stop(a->discovery, on_stopped, NULL);
    discovery_stop(b->discovery, on_stopped, NULL);
    discovery_stop(NULL, on_stopped, NULL);
    uv_close((uv_handle_t *)&limit, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(stopped, 2);
    assert_int_equal(a->told + b->told, told);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void test_two(void **state) {
    (void)state;
    struct side a = {0}, b = {0};
    struct discovery_counts counts;
    sides_start(&a, &b);
    assert_int_equal(a.port, 1002);
    assert_int_equal(b.port, 1001);
    assert_true(a.we_connect != b.we_connect);
    assert_true(a.we_connect == (memcmp(b.token, a.token, BEACON_TOKEN_SIZE) < 0)); /* b.token is a's own */
    run_ms(1000); /* the rest of the bursts tells nothing new */
    assert_int_equal(a.told, 1);
    assert_int_equal(b.told, 1);
    discovery_counts(a.discovery, &counts);
    assert_int_equal(counts.interfaces, 1);
    assert_int_equal(counts.peers, 1);
    assert_int_equal(counts.rotations, 1);
    assert_in_range(counts.sent, 5, 40); /* a burst and answers, over one family or two */
    assert_int_equal(counts.bad + counts.other_version + counts.off_link + counts.dropped + counts.send_failed, 0);
    assert_null(discovery_problem(a.discovery));
    sides_stop(&a, &b);
}

/* After new tokens on one side, both are told anew, and again exactly one is to connect. */
static void test_rotate(void **state) {
    (void)state;
    struct side a = {0}, b = {0};
    uint8_t before[BEACON_TOKEN_SIZE];
    sides_start(&a, &b);
    for (unsigned i = 2; i < 12; i++) {
        memcpy(before, b.token, sizeof before);
        discovery_rotate(a.discovery);
        run_until(&a.told, i);
        run_until(&b.told, i);
        assert_memory_not_equal(b.token, before, sizeof before);
        assert_true(a.we_connect != b.we_connect);
    }
    sides_stop(&a, &b);
}

/* New tokens, and the end, from within the call that tells of somebody. */
static void test_within_call(void **state) {
    (void)state;
    struct side a = {.rotates = true}, b = {.stops = true};
    struct discovery_config first = config_of(&a, 1001), second = config_of(&b, 1002);
    stopped = 0;
    assert_int_equal(uv_loop_init(&loop), 0);
    uv_timer_init(&loop, &limit);
    assert_int_equal(discovery_start(&a.discovery, &loop, &first), 0);
    assert_int_equal(discovery_start(&b.discovery, &loop, &second), 0);
    run_until(&stopped, 1);
    run_until(&a.told, 1);
    run_ms(200);
    assert_int_equal(b.told, 1);
    discovery_stop(a.discovery, on_stopped, NULL);
    uv_close((uv_handle_t *)&limit, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(stopped, 2);
    assert_int_equal(uv_loop_close(&loop), 0);
}

/* Datagrams that are no beacon, or a later version's. */
static void test_garbage(void **state) {
    (void)state;
    static const struct {
        uint8_t bytes[40];
        size_t size;
    } datagrams[] = {
        {{0}, 0},
        {{BEACON_VERSION}, 1},
        {{BEACON_VERSION, 1, 0, 0, 1}, BEACON_SIZE},
        {{BEACON_VERSION, 1, 3, 3}, BEACON_SIZE + 1},
        {{BEACON_VERSION, 1, 3, 3}, 40},
        {{BEACON_VERSION + 1, 1, 3, 3}, 40},
        {{0, 1, 3, 3}, BEACON_SIZE},
    };
    struct side a = {0}, b = {0};
    struct discovery_counts counts;
    sides_start(&a, &b);
    int fd = multicast_open(1, false, true);
    assert_true(fd >= 0);
    for (size_t i = 0; i < sizeof datagrams / sizeof datagrams[0]; i++)
        assert_int_equal(multicast_send(fd, 1, false, datagrams[i].bytes, datagrams[i].size), 0);
    run_ms(300);
    discovery_counts(a.discovery, &counts);
    assert_int_equal(counts.bad, 5);
    assert_int_equal(counts.other_version, 2);
    assert_int_equal(a.told, 1);
    close(fd);
    sides_stop(&a, &b);
}

static void test_usage(void **state) {
    (void)state;
    struct side a = {0};
    struct discovery_config config = config_of(&a, 0);
    static const char *const names[DISCOVERY_INTERFACES_MAX + 1] = {"a-name-that-is-too-long"};
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(discovery_start(&a.discovery, &loop, &config), ERR_USAGE);
    config = config_of(&a, 1);
    config.interfaces = names;
    assert_int_equal(discovery_start(&a.discovery, &loop, &config), ERR_USAGE);
    config.interface_count = DISCOVERY_INTERFACES_MAX + 1;
    assert_int_equal(discovery_start(&a.discovery, &loop, &config), ERR_USAGE);
    assert_null(a.discovery);
    assert_int_equal(uv_loop_close(&loop), 0);
}

/* An interface that isn't there: no error, a sentence. And an end before the loop has run at all. */
static void test_no_interface(void **state) {
    (void)state;
    struct side a = {0}, b = {0};
    struct discovery_config config = config_of(&a, 1), early = config_of(&b, 2);
    static const char *const names[] = {"none0"};
    config.interfaces = names;
    assert_int_equal(uv_loop_init(&loop), 0);
    uv_timer_init(&loop, &limit);
    assert_int_equal(discovery_start(&a.discovery, &loop, &config), 0);
    run_ms(50);
    assert_string_equal(discovery_problem(a.discovery), "the interface that was named is not there or not running");
    assert_int_equal(discovery_start(&b.discovery, &loop, &early), 0);
    sides_stop(&a, &b);
}

static void test_neighbours(void **state) {
    (void)state;
    struct interface i = {.address_count = 3,
                          .addresses = {{.bytes = {192, 168, 5, 7}, .prefix = 24},
                                        {.bytes = {10, 1, 2, 3}, .prefix = 30},
                                        {.bytes = {172, 16, 0, 9}, .prefix = 32}}};
    static const struct {
        uint8_t address[4];
        bool is;
    } cases[] = {
        {{192, 168, 5, 1}, true},  {{192, 168, 5, 7}, true}, {{192, 168, 6, 1}, false}, {{192, 168, 5, 255}, false},
        {{192, 168, 5, 0}, false}, {{10, 1, 2, 1}, true},    {{10, 1, 2, 4}, false},    {{172, 16, 0, 9}, true},
        {{172, 16, 0, 10}, false}, {{8, 8, 8, 8}, false},    {{0, 0, 0, 0}, false},     {{255, 255, 255, 255}, false},
    };
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++)
        assert_int_equal(interface_has_neighbour(&i, cases[c].address), cases[c].is);
    i.addresses[0].prefix = 0; /* a network of everybody is none */
    assert_false(interface_has_neighbour(&i, (const uint8_t[4]){8, 8, 8, 8}));
    assert_false(interface_usable(&i, true));
    i.addresses[0] = (struct interface_address){.ipv6 = true, .tentative = true};
    assert_false(interface_usable(&i, true));
    i.addresses[0].tentative = false;
    assert_true(interface_usable(&i, true));
}

/* Take a network of our own if the system grants one, because another run of this test may be at work on loopback. */
static void network_leave(void) {
    struct ifreq request = {.ifr_name = "lo"};
    if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return;
    if (ioctl(fd, SIOCGIFFLAGS, &request) == 0) {
        request.ifr_flags = (short)(request.ifr_flags | IFF_UP | IFF_RUNNING);
        if (ioctl(fd, SIOCSIFFLAGS, &request) != 0) perror("lo");
    }
    close(fd);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two),        cmocka_unit_test(test_rotate), cmocka_unit_test(test_within_call),
        cmocka_unit_test(test_garbage),    cmocka_unit_test(test_usage),  cmocka_unit_test(test_no_interface),
        cmocka_unit_test(test_neighbours),
    };
    if (argc > 1) return discovery_node_main(argc, argv);
    if (sodium_init() < 0) return 1;
    network_leave();
    return cmocka_run_group_tests_name("discovery", tests, NULL, NULL);
}
