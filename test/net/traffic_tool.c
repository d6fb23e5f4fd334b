/*
 * traffic_tool.c: look at what goes over a network.
 *
 *     traffic_tool tap INTERFACE FILE              write the payloads of TCP and UDP there to FILE until SIGTERM
 *     traffic_tool repeats FILE... [-n NEEDLE]... [-x HEX]...
 *
 * "tap" prints "tapping" when it has begun. It keeps each direction of a TCP connection as one row of bytes, what was
 * sent twice only once, and each UDP datagram that differs from all before it as a row of its own; a beacon is sent
 * several times while its token lives, and counts once (in another recording the token has to be another).
 *
 * "repeats" tells every string of 8 bytes that occurs twice, within a row, in two rows or in two files, or that is part
 * of a needle (a text, or bytes in hex; shorter ones are searched as a whole). Prints "bytes N repeats N needles N" and
 * exits 1 if there are any. Random bytes give one in 2^64 pairs: a megabyte has 2^39 pairs.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/beacon.h"

#define WINDOW 8
#define ROWS_MAX 4096
#define NEEDLES_MAX 64

struct row {
    uint8_t *bytes;
    size_t size, room;
    /* of a tap: whose it is */
    bool is_tcp;
    uint8_t key[36]; /* addresses and ports */
    uint32_t next;   /* TCP: sequence number of the next byte */
};

static struct row rows[ROWS_MAX];
static unsigned row_count;
static volatile sig_atomic_t stop;

_Noreturn static void die(const char *what) {
    fprintf(stderr, "traffic: %s: %s\n", what, strerror(errno));
    exit(2);
}

static struct row *row_new(void) {
    if (row_count == ROWS_MAX) {
        errno = ENOSPC;
        die("rows");
    }
    return &rows[row_count++];
}

static void row_add(struct row *r, const uint8_t *bytes, size_t size) {
    if (r->size + size > r->room) {
        r->room = 2 * (r->size + size);
        r->bytes = realloc(r->bytes, r->room);
        if (!r->bytes) die("memory");
    }
    memcpy(r->bytes + r->size, bytes, size);
    r->size += size;
}

/* ---- tap ---- */

static bool udp_is_again(const struct row *r, const uint8_t *data, size_t size) {
    struct beacon a, b;
    if (r->is_tcp || r->size != size) return false;
    if (memcmp(r->bytes, data, size) == 0) return true;
    return beacon_decode(&a, r->bytes, size) == 0 && beacon_decode(&b, data, size) == 0 &&
           memcmp(a.token, b.token, sizeof a.token) == 0;
}

static void udp_take(const uint8_t *data, size_t size) {
    for (unsigned i = 0; i < row_count; i++)
        if (udp_is_again(&rows[i], data, size)) return;
    row_add(row_new(), data, size);
}

static void tcp_take(const uint8_t key[36], const struct tcphdr *tcp, const uint8_t *data, size_t size) {
    struct row *r = NULL;
    uint32_t seq = ntohl(tcp->seq);
    for (unsigned i = 0; i < row_count && !tcp->syn && !r; i++)
        if (rows[i].is_tcp && memcmp(rows[i].key, key, 36) == 0) r = &rows[i];
    if (!r) {
        r = row_new();
        /* A connection that uses the ports of an earlier one: that one gets no more. */
        for (unsigned i = 0; i + 1 < row_count; i++)
            if (rows[i].is_tcp && memcmp(rows[i].key, key, 36) == 0) memset(rows[i].key, 0, 36);
        r->is_tcp = true;
        memcpy(r->key, key, 36);
        r->next = seq + tcp->syn;
    }
    /* Bytes before next came already. */
    uint32_t known = r->next - seq;
    if (known > UINT32_MAX / 2) known = 0; /* a gap: the tap lost something, or it comes in another order */
    if (known >= size) return;
    row_add(r, data + known, size - known);
    r->next = seq + (uint32_t)size;
}

static void packet_take(const uint8_t *p, size_t size) {
    uint8_t key[36] = {0};
    size_t at;
    unsigned protocol;
    if (size >= sizeof(struct iphdr) && p[0] >> 4 == 4) {
        size_t total = (size_t)p[2] << 8 | p[3];
        at = (size_t)(p[0] & 15) * 4;
        protocol = p[9];
        memcpy(key, p + 12, 8);
        if (total < size && total >= at) size = total;
    } else if (size >= sizeof(struct ip6_hdr) && p[0] >> 4 == 6) {
        size_t total = sizeof(struct ip6_hdr) + ((size_t)p[4] << 8 | p[5]);
        at = sizeof(struct ip6_hdr);
        protocol = p[6];
        memcpy(key, p + 8, 32);
        if (total < size) size = total;
    } else {
        return;
    }
    if (protocol == IPPROTO_TCP && size >= at + sizeof(struct tcphdr)) {
        struct tcphdr tcp;
        memcpy(&tcp, p + at, sizeof tcp);
        memcpy(key + 32, p + at, 4);
        at += (size_t)tcp.doff * 4;
        if (at <= size) tcp_take(key, &tcp, p + at, size - at);
    } else if (protocol == IPPROTO_UDP && size >= at + sizeof(struct udphdr)) {
        at += sizeof(struct udphdr);
        udp_take(p + at, size - at);
    }
}

static void on_signal(int number) {
    (void)number;
    stop = 1;
}

static int tap(const char *interface, const char *path) {
    static uint8_t packet[1 << 17];
    struct sockaddr_ll ll = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
    struct sigaction action = {.sa_handler = on_signal};
    struct timeval wait = {.tv_usec = 50000};
    int room = 32 << 20;
    int fd = socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ALL));
    ll.sll_ifindex = (int)if_nametoindex(interface);
    if (fd < 0 || ll.sll_ifindex == 0 || bind(fd, (struct sockaddr *)&ll, sizeof ll) != 0) die(interface);
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) != 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    sigaction(SIGTERM, &action, NULL);
    puts("tapping");
    fflush(stdout);
    for (;;) {
        ssize_t got = recv(fd, packet, sizeof packet, 0);
        if (got > 0) packet_take(packet, (size_t)got);
        if (got <= 0 && stop) break;
    }
    FILE *f = fopen(path, "wb");
    if (!f) die(path);
    for (unsigned i = 0; i < row_count; i++) {
        uint32_t size = (uint32_t)rows[i].size;
        if (size == 0) continue;
        if (fwrite(&size, sizeof size, 1, f) != 1 || fwrite(rows[i].bytes, size, 1, f) != 1) die(path);
    }
    if (fclose(f) != 0) die(path);
    return 0;
}

/* ---- repeats ---- */

struct window {
    uint64_t bytes;
    uint32_t row, at;
};

static int by_bytes(const void *a, const void *b) {
    const struct window *x = a, *y = b;
    if (x->bytes != y->bytes) return x->bytes < y->bytes ? -1 : 1;
    if (x->row != y->row) return x->row < y->row ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

static void rows_load(const char *path) {
    FILE *f = fopen(path, "rb");
    uint32_t size;
    if (!f) die(path);
    while (fread(&size, sizeof size, 1, f) == 1) {
        struct row *r = row_new();
        r->bytes = malloc(size);
        r->size = size;
        if (!r->bytes || fread(r->bytes, size, 1, f) != 1) die(path);
    }
    fclose(f);
}

static void needle_load(struct row *r, const char *text, bool is_hex) {
    if (!is_hex) {
        row_add(r, (const uint8_t *)text, strlen(text));
        return;
    }
    for (unsigned byte; sscanf(text, "%2x", &byte) == 1 && text[1]; text += 2) row_add(r, &(uint8_t){(uint8_t)byte}, 1);
}

static void show(const char *what, const uint8_t *bytes, size_t size) {
    printf("%s:", what);
    for (size_t i = 0; i < size; i++) printf(" %02x", bytes[i]);
    putchar('\n');
}

static int repeats(int argc, char **argv) {
    static struct row needles[NEEDLES_MAX];
    unsigned needle_count = 0;
    size_t total = 0, count = 0;
    uint64_t twice = 0, found = 0;
    for (int i = 2; i < argc; i++) {
        bool is_hex = strcmp(argv[i], "-x") == 0;
        if (!is_hex && strcmp(argv[i], "-n") != 0) {
            rows_load(argv[i]);
        } else {
            if (++i == argc || needle_count == NEEDLES_MAX) die("needles");
            needle_load(&needles[needle_count++], argv[i], is_hex);
        }
    }
    unsigned needles_from = row_count;
    for (unsigned i = 0; i < row_count; i++) total += rows[i].size;
    for (unsigned i = 0; i < needle_count; i++) {
        struct row *n = &needles[i];
        for (unsigned k = 0; k < needles_from && n->size < WINDOW; k++)
            if (memmem(rows[k].bytes, rows[k].size, n->bytes, n->size)) {
                show("needle", n->bytes, n->size);
                found++;
            }
        *row_new() = *n;
        total += n->size;
    }
    struct window *windows = malloc((total + 1) * sizeof *windows);
    if (!windows) die("memory");
    for (unsigned i = 0; i < row_count; i++)
        for (size_t at = 0; at + WINDOW <= rows[i].size; at++) {
            windows[count] = (struct window){.row = i, .at = (uint32_t)at};
            memcpy(&windows[count++].bytes, rows[i].bytes + at, WINDOW);
        }
    qsort(windows, count, sizeof *windows, by_bytes);
    for (size_t i = 0; i + 1 < count; i++) {
        /* Needles come last among equals; needles that are alike are no find. */
        if (windows[i].bytes != windows[i + 1].bytes || windows[i].row >= needles_from) continue;
        bool is_needle = windows[i + 1].row >= needles_from;
        if (twice + found < 20) show(is_needle ? "needle" : "repeat", (const uint8_t *)&windows[i].bytes, WINDOW);
        if (is_needle)
            found++;
        else
            twice++;
    }
    printf("bytes %zu repeats %llu needles %llu\n", total, (unsigned long long)twice, (unsigned long long)found);
    return twice + found > 0;
}

int main(int argc, char **argv) {
    if (argc == 4 && strcmp(argv[1], "tap") == 0) return tap(argv[2], argv[3]);
    if (argc >= 3 && strcmp(argv[1], "repeats") == 0) return repeats(argc, argv);
    fprintf(stderr, "usage: traffic_tool tap INTERFACE FILE | repeats FILE... [-n TEXT]... [-x HEX]...\n");
    return 2;
}
