/*
 * discovery_node_util.c: the program's two modes.
 */
#include "test/carrier/discovery_node_util.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "carrier/discovery.h"
#include "carrier/multicast.h"
#include "core/beacon.h"

#define SOURCES_MAX 256

static struct discovery *discovery;
static uv_signal_t signals[4];

static void line_begin(const char *what) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    printf("%lld %s", (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000, what);
}

static void on_heard(void *context, const struct sockaddr *address, const uint8_t token[BEACON_TOKEN_SIZE],
                     bool we_connect) {
    char text[INET6_ADDRSTRLEN], scope[IF_NAMESIZE + 1] = "%", hex[2 * BEACON_TOKEN_SIZE + 1];
    const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)address;
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)address;
    bool ipv6 = address->sa_family == AF_INET6;
    (void)context;
    int bad = ipv6 ? uv_ip6_name(six, text, sizeof text) : uv_ip4_name(four, text, sizeof text);
    if (!ipv6 || !if_indextoname(six->sin6_scope_id, scope + 1)) scope[0] = 0;
    line_begin("heard");
    printf(" %d %s%s %u %s %s\n", ipv6 ? 6 : 4, bad ? "?" : text, scope, ntohs(ipv6 ? six->sin6_port : four->sin_port),
           sodium_bin2hex(hex, sizeof hex, token, BEACON_TOKEN_SIZE), we_connect ? "connect" : "wait");
}

static unsigned long memory_kib(void) {
    char line[256];
    unsigned long kib = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, "VmRSS:", 6) == 0) kib = strtoul(line + 6, NULL, 10);
    if (file) fclose(file);
    return kib;
}

static void counts_print(void) {
    struct discovery_counts c;
    discovery_counts(discovery, &c);
    line_begin("counts");
    printf(" interfaces=%u ipv4=%u ipv6=%u peers=%u sent=%llu received=%llu told=%llu send_failed=%llu bad=%llu"
           " other_version=%llu off_link=%llu dropped=%llu rotations=%llu memory_kib=%lu\n",
           c.interfaces, c.ipv4, c.ipv6, c.peers, (unsigned long long)c.sent, (unsigned long long)c.received,
           (unsigned long long)c.told, (unsigned long long)c.send_failed, (unsigned long long)c.bad,
           (unsigned long long)c.other_version, (unsigned long long)c.off_link, (unsigned long long)c.dropped,
           (unsigned long long)c.rotations, memory_kib());
    if (discovery_problem(discovery)) {
        line_begin("problem");
        printf(" %s\n", discovery_problem(discovery));
    }
}

static void on_signal(uv_signal_t *handle, int number) {
    (void)handle;
    if (number == SIGUSR1) {
        discovery_rotate(discovery);
    } else if (number == SIGUSR2) {
        counts_print();
    } else {
        discovery_stop(discovery, NULL, NULL);
        for (size_t i = 0; i < 4; i++) uv_close((uv_handle_t *)&signals[i], NULL);
    }
}

static int node_main(int argc, char **argv) {
    static const int numbers[4] = {SIGUSR1, SIGUSR2, SIGTERM, SIGINT};
    const char *names[DISCOVERY_INTERFACES_MAX];
    struct discovery_config config = {.port = LAN_PORT, .heard = on_heard, .interfaces = names};
    uv_loop_t loop;
    for (int i = 0; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--port") == 0)
            config.port = (uint16_t)strtoul(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--interface") == 0 && config.interface_count < DISCOVERY_INTERFACES_MAX)
            names[config.interface_count++] = argv[i + 1];
    }
    uv_loop_init(&loop);
    int err = discovery_start(&discovery, &loop, &config);
    if (err) {
        fprintf(stderr, "discovery: %s\n", err_text(err));
        return 1;
    }
    for (size_t i = 0; i < 4; i++) {
        uv_signal_init(&loop, &signals[i]);
        uv_signal_start(&signals[i], on_signal, numbers[i]);
    }
    line_begin("started\n");
    uv_run(&loop, UV_RUN_DEFAULT);
    return uv_loop_close(&loop) == 0 ? 0 : 1; /* nothing may be left open */
}

/* Open a socket that sends from the address on the interface. */
static int source_open(const char *address, unsigned interface) {
    struct sockaddr_in source = {.sin_family = AF_INET};
    struct ip_mreqn out = {.imr_ifindex = (int)interface};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || inet_pton(AF_INET, address, &source.sin_addr) != 1 ||
        bind(fd, (const struct sockaddr *)&source, sizeof source) != 0 ||
        setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &out, sizeof out) != 0) {
        perror(address);
        exit(1);
    }
    return fd;
}

static int flood_main(int argc, char **argv) {
    int fds[SOURCES_MAX], count = 0;
    if (argc < 3) return 2;
    unsigned interface = if_nametoindex(argv[0]), sent = 0;
    unsigned long wanted = strtoul(argv[1], NULL, 10);
    for (int i = 2; i < argc && count < SOURCES_MAX; i++) fds[count++] = source_open(argv[i], interface);
    for (unsigned long i = 0; i < wanted; i++) {
        struct beacon beacon = {.port = 9, .ask = true};
        uint8_t bytes[BEACON_SIZE];
        randombytes_buf(beacon.token, sizeof beacon.token);
        beacon_encode(bytes, &beacon);
        sent += multicast_send(fds[i % (unsigned long)count], interface, false, bytes, sizeof bytes) == 0;
    }
    line_begin("flooded");
    printf(" %u\n", sent);
    return sent > wanted / 2 ? 0 : 1;
}

int discovery_node_main(int argc, char **argv) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (sodium_init() < 0) return 1;
    if (argc > 1 && strcmp(argv[1], "node") == 0) return node_main(argc - 2, argv + 2);
    if (argc > 1 && strcmp(argv[1], "flood") == 0) return flood_main(argc - 2, argv + 2);
    return 2;
}
