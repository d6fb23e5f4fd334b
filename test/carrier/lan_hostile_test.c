/*
 * Peers that mean harm, over TCP on loopback, each from an address of its own (127.0.0.x). Shows for random bytes,
 * sizes that can't be, a replayed session, a stall in the middle of a frame, a thousand connections and a record whose
 * signature does not fit that the node counts why, holds the address off, keeps its memory, stores nothing of it, and
 * serves another peer meanwhile.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/check.h"
#include "test/carrier/lan_util.h"

#define FLOOD 1000

struct siege {
    struct lan_world w;
    struct lan_node victim, friend;
};

static void siege_init(struct siege *s, uint64_t seed) {
    lan_world_init(&s->w, seed);
    lan_node_init(&s->w, &s->victim);
    lan_node_init(&s->w, &s->friend);
    lan_node_start(&s->w, &s->victim, NULL);
    lan_node_start(&s->w, &s->friend, NULL);
}

static bool friend_is_settled(void *context) {
    struct siege *s = context;
    struct contacts_counts counts;
    lan_counts(s->friend.lan, &counts);
    return counts.settled == 1;
}

/* An honest peer gets everything through, in spite of whatever else is going on, within seconds. */
static void friend_is_served(struct siege *s, unsigned records) {
    lan_node_write(&s->w, &s->friend, records, 200, URGENCY_NORMAL);
    assert_int_equal(lan_node_dial(&s->friend, &s->victim), 0);
    lan_world_run(&s->w, friend_is_settled, s, 20);
    assert_true(lan_nodes_equal(&s->w, &s->victim, &s->friend));
}

static void siege_close(struct siege *s) {
    lan_node_stop(&s->w, &s->friend);
    lan_node_stop(&s->w, &s->victim);
    lan_node_close(&s->friend);
    lan_node_close(&s->victim);
    lan_world_close(&s->w);
}

static struct contacts_counts counts_of(struct siege *s) {
    struct contacts_counts counts;
    lan_world_sleep(&s->w, 1100); /* they are as of a second ago */
    lan_counts(s->victim.lan, &counts);
    return counts;
}

/* Connect to a port of 127.0.0.1 from 127.0.0.host; the socket does not block. -1: refused. */
static int attack(uint16_t port, unsigned host) {
    struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000000 + host)},
                       to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(0x7f000001)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0);
    CHECK(bind(fd, (const struct sockaddr *)&from, sizeof from) == 0);
    if (connect(fd, (const struct sockaddr *)&to, sizeof to) == 0 || errno == EINPROGRESS) return fd;
    close(fd);
    return -1;
}

/* Tell whether the other side has closed. */
static bool is_closed(int fd) {
    uint8_t bytes[4096];
    ssize_t got;
    while ((got = recv(fd, bytes, sizeof bytes, 0)) > 0) continue;
    return got == 0 || (errno != EAGAIN && errno != EINTR);
}

struct waiting {
    int fd;
};

static bool closed(void *context) {
    return is_closed(((struct waiting *)context)->fd);
}

static void closed_expect(struct siege *s, int fd, unsigned seconds) {
    struct waiting w = {fd};
    lan_world_run(&s->w, closed, &w, seconds);
    close(fd);
}

/* Connect again from the same address: nobody takes it. */
static void held_off_expect(struct siege *s, unsigned host) {
    int fd = attack(lan_port(s->victim.lan), host);
    if (fd >= 0) closed_expect(s, fd, 2);
}

static void test_random_bytes(void **state) {
    static struct siege s;
    static uint8_t bytes[100000];
    (void)state;
    siege_init(&s, 1);
    for (unsigned host = 10; host < 40; host++) {
        int fd = attack(lan_port(s.victim.lan), host);
        assert_true(fd >= 0);
        lan_world_sleep(&s.w, 20);
        rng_bytes(&s.w.rng, bytes, sizeof bytes);
        if (host % 3 == 0) { /* well-formed frames of nonsense */
            for (size_t at = 0; at + 502 <= sizeof bytes; at += 502) bytes[at] = 0xf4, bytes[at + 1] = 1;
        }
        (void)!send(fd, bytes, sizeof bytes, MSG_NOSIGNAL);
        closed_expect(&s, fd, 5);
        held_off_expect(&s, host);
    }
    friend_is_served(&s, 300);
    struct contacts_counts counts = counts_of(&s);
    uint64_t refused = 0;
    for (unsigned i = 0; i < LAN_REFUSALS_MAX; i++) refused += counts.refused[i];
    assert_int_equal(refused, 30);
    assert_int_equal(counts.held_off, 30);
    assert_int_equal(counts.turned_away, 30);
    assert_int_equal(counts.contacts, 1);
    assert_true(counts.refused[-ERR_SEAL] >= 10);
    siege_close(&s);
}

static void test_sizes_that_cannot_be(void **state) {
    static struct siege s;
    (void)state;
    siege_init(&s, 2);
    int none = attack(lan_port(s.victim.lan), 10), large = attack(lan_port(s.victim.lan), 11);
    lan_world_sleep(&s.w, 20);
    assert_int_equal(send(none, "\0\0", 2, MSG_NOSIGNAL), 2);
    assert_int_equal(send(large, "\1\100", 2, MSG_NOSIGNAL), 2);
    closed_expect(&s, none, 2);
    closed_expect(&s, large, 2);
    struct contacts_counts counts = counts_of(&s);
    assert_int_equal(counts.refused[-ERR_FIELD], 1);
    assert_int_equal(counts.refused[-ERR_LIMIT], 1);
    siege_close(&s);
}

/* ---- Replay ---- */

#define TAPE_MAX (4 << 20)

struct relay {
    int listener;
    uint16_t port, to;
    pthread_t thread;
    uint8_t *tape; /* what the one who dialled said */
    size_t taped;
};

static void whole_send(int fd, const uint8_t *bytes, size_t size) {
    while (size > 0) {
        ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN) return;
        if (sent <= 0) {
            struct pollfd p = {.fd = fd, .events = POLLOUT};
            (void)poll(&p, 1, 100);
            continue;
        }
        bytes += sent;
        size -= (size_t)sent;
    }
}

static void *relay_main(void *context) {
    struct relay *r = context;
    static uint8_t bytes[65536];
    int ends[2] = {accept(r->listener, NULL, NULL), attack(r->to, 50)};
    for (bool open = true; open;) {
        struct pollfd p[2] = {{.fd = ends[0], .events = POLLIN}, {.fd = ends[1], .events = POLLIN}};
        (void)poll(p, 2, 1000);
        for (unsigned i = 0; i < 2 && open; i++) {
            if (!p[i].revents) continue;
            ssize_t got = recv(ends[i], bytes, sizeof bytes, 0);
            if (got < 0 && errno == EAGAIN) continue;
            if (got <= 0) {
                open = false;
                break;
            }
            if (i == 0 && r->taped + (size_t)got <= TAPE_MAX) {
                memcpy(r->tape + r->taped, bytes, (size_t)got);
                r->taped += (size_t)got;
            }
            whole_send(ends[1 - i], bytes, (size_t)got);
        }
    }
    close(ends[0]);
    close(ends[1]);
    return NULL;
}

static void relay_start(struct relay *r, uint16_t to) {
    static uint8_t tape[TAPE_MAX];
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof here;
    *r = (struct relay){.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), .to = to, .tape = tape};
    CHECK(bind(r->listener, (const struct sockaddr *)&here, size) == 0 && listen(r->listener, 1) == 0);
    CHECK(getsockname(r->listener, (struct sockaddr *)&here, &size) == 0);
    r->port = ntohs(here.sin_port);
    CHECK(pthread_create(&r->thread, NULL, relay_main, r) == 0);
}

/* What an honest peer said, said again: its handshake is taken, nothing behind it can be opened; nothing is stored. */
static void test_a_replayed_session(void **state) {
    static struct siege s;
    struct relay relay;
    (void)state;
    siege_init(&s, 3);
    lan_node_write(&s.w, &s.friend, 500, 200, URGENCY_NORMAL);
    relay_start(&relay, lan_port(s.victim.lan));
    assert_int_equal(lan_node_dial_port(&s.friend, relay.port), 0);
    lan_world_run(&s.w, friend_is_settled, &s, 10);
    lan_node_stop(&s.w, &s.friend);
    pthread_join(relay.thread, NULL);
    close(relay.listener);
    assert_true(relay.taped > 500 * 100);
    struct contacts_counts before = counts_of(&s);
    int fd = attack(lan_port(s.victim.lan), 60);
    assert_true(fd >= 0);
    lan_world_sleep(&s.w, 50);
    assert_int_equal(send(fd, relay.tape, relay.taped, MSG_NOSIGNAL), relay.taped);
    closed_expect(&s, fd, 5);
    held_off_expect(&s, 60);
    struct contacts_counts counts = counts_of(&s);
    assert_int_equal(counts.refused[-ERR_SEAL], 1);
    assert_int_equal(counts.records_in, before.records_in);
    assert_int_equal(counts.records_known, before.records_known);
    siege_close(&s);
}

/* ---- Stalls and floods ---- */

static long resident_kib(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

/*
 * A thousand connections at once from one address, of which those that are let in stall in the middle of a frame: no
 * more than LAN_CONTACTS_OF_ONE cost memory, the rest are closed at once; an honest peer is served meanwhile; and the
 * stalled ones end when their time for a handshake is over.
 */
static void test_a_thousand_connections(void **state) {
    static struct siege s;
    static int fds[FLOOD];
    (void)state;
    siege_init(&s, 4);
    struct rlimit files = {.rlim_cur = 4 * FLOOD, .rlim_max = 4 * FLOOD}, old;
    getrlimit(RLIMIT_NOFILE, &old);
    if (old.rlim_cur < files.rlim_cur) {
        files.rlim_max = old.rlim_max;
        if (files.rlim_cur > files.rlim_max) files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
    long before_kib = resident_kib();
    uint64_t began = uv_hrtime();
    for (unsigned i = 0; i < FLOOD; i++) {
        fds[i] = attack(lan_port(s.victim.lan), 70);
        if (i % 50 == 0) lan_world_sleep(&s.w, 1);
        if (fds[i] >= 0) (void)!send(fds[i], "\41\0\1half", 7, MSG_NOSIGNAL);
    }
    friend_is_served(&s, 1000);
    struct contacts_counts counts = counts_of(&s);
    assert_true(counts.turned_away >= FLOOD - LAN_CONNECT_BURST);
    assert_true(counts.contacts <= 1 + LAN_CONTACTS_OF_ONE && counts.contacts > 1);
    assert_true(counts.contact_bytes <= LAN_CONTACT_MEMORY);
    print_message("%u connections: %.2f s, %ld KiB more resident; a contact has %llu bytes\n", FLOOD,
                  (double)(uv_hrtime() - began) / 1e9, resident_kib() - before_kib,
                  (unsigned long long)counts.contact_bytes);
    lan_world_sleep(&s.w, LAN_HANDSHAKE_MS);
    counts = counts_of(&s);
    assert_int_equal(counts.contacts, 1);
    for (unsigned i = 0; i < FLOOD; i++)
        if (fds[i] >= 0) close(fds[i]);
    siege_close(&s);
}

/* ---- A peer that speaks well and lies ---- */

static bool friend_has_ended(void *context) {
    return ((struct siege *)context)->friend.ended_count > 0;
}

/* Put a record into a store as its owner might: with a signature that does not fit. */
static void forged_put(struct siege *s) {
    static struct sample_record sample;
    static uint8_t bytes[RECORD_SIZE_MAX];
    do sample_record(&s->w.rng, &sample, &s->w.community, &s->w.author, 100);
    while (sample.record.created > LAN_TEST_NOW || sample.record.kind == KIND_RETRACTION);
    sample.record.signature[7] ^= 1;
    int size = record_encode(&sample.record, bytes, sizeof bytes);
    CHECK(size > 0);
    struct record forged;
    CHECK(record_decode(&forged, bytes, (size_t)size) == 0);
    CHECK(store_put(s->friend.store, &forged, bytes, (size_t)size, LAN_TEST_NOW) == 1);
}

static void test_a_forged_record(void **state) {
    static struct siege s;
    (void)state;
    siege_init(&s, 5);
    lan_node_write(&s.w, &s.friend, 50, 100, URGENCY_NORMAL);
    forged_put(&s);
    lan_node_write(&s.w, &s.friend, 50, 100, URGENCY_NORMAL);
    assert_int_equal(lan_node_dial(&s.friend, &s.victim), 0);
    lan_world_run(&s.w, friend_has_ended, &s, 10);
    lan_world_sleep(&s.w, 100);
    assert_int_equal(s.victim.ended.err, ERR_SIGNATURE);
    assert_true(s.victim.ended.blamed);
    assert_false(s.friend.ended.blamed);
    assert_true(lan_node_records(&s.victim) < 101);
    struct contacts_counts counts = counts_of(&s);
    assert_int_equal(counts.refused[-ERR_SIGNATURE], 1);
    assert_int_equal(counts.held_off, 1);
    siege_close(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_bytes),           cmocka_unit_test(test_sizes_that_cannot_be),
        cmocka_unit_test(test_a_replayed_session),     cmocka_unit_test(test_a_forged_record),
        cmocka_unit_test(test_a_thousand_connections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
