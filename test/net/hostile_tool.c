/*
 * hostile_tool.c: peers that do what no honest one does, for tests of a node from outside.
 *
 *     hostile_tool random ADDRESS PORT WAY          connect and send random: bytes; frames; frames after an honest
 *                                                   handshake (after-handshake); contents of frames (sealed)
 *     hostile_tool replay ADDRESS PORT FILE         send what another has once sent
 *     hostile_tool stall ADDRESS PORT               several connections that stop: at once, within the handshake, after
 *                                                   it, in the middle of a frame; held until the node ends them
 *     hostile_tool many ADDRESS PORT COUNT          so many connections at once, held until the node ends them
 *     hostile_tool claim ADDRESS PORT COMMUNITY     speak well, join in a community, then claim 2^40 records and send
 *                                                   sketches that never decode
 *     hostile_tool claim-answer PORT COMMUNITY      wait for a node to call, and claim as much in the answer
 *
 * COMMUNITY is the id of an open one, in hex. Prints "ended MS WHAT" for each connection that the node has ended, at
 * last "done". Each waits at most the seconds in LIMIT (default 30) for the node. Exits 0 unless it could not do its
 * work: it judges nothing. FROM may name an own IPv4 address to connect from.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/reconcile_internal.h"
#include "core/session_private.h"
#include "host/cpu.h"

#define MANY_MAX 4096

static struct sockaddr_storage address;
static socklen_t address_size;
static struct sockaddr_in from_address = {.sin_family = AF_INET};
static bool from_set;
static int64_t limit_ms = 30000;

static int64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

_Noreturn static void die(const char *what) {
    fprintf(stderr, "hostile: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void ended(int64_t from, const char *what) {
    printf("ended %lld %s\n", (long long)(now_ms() - from), what);
    fflush(stdout);
}

/* Connect; -1 if it is refused. */
static int call(void) {
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) die("socket");
    if (from_set && bind(fd, (struct sockaddr *)&from_address, sizeof from_address) != 0) die("FROM");
    if (connect(fd, (struct sockaddr *)&address, address_size) == 0) return fd;
    close(fd);
    return -1;
}

/* Send all. Return false if the node has ended the connection. */
static bool give(int fd, const void *bytes, size_t size) {
    const uint8_t *at = bytes;
    while (size > 0) {
        ssize_t sent = send(fd, at, size, MSG_NOSIGNAL);
        if (sent <= 0) return false;
        at += sent;
        size -= (size_t)sent;
    }
    return true;
}

/* Read and forget until the node ends the connection, or the limit. Return whether it did. */
static bool wait_end(int fd, int64_t from) {
    uint8_t bytes[4096];
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int64_t left = from + limit_ms - now_ms();
        if (left <= 0 || poll(&p, 1, (int)left) == 0) return false;
        if (recv(fd, bytes, sizeof bytes, 0) <= 0) return true;
    }
}

static bool give_frame(int fd, const uint8_t *frame, size_t size) {
    uint8_t prefix[2] = {(uint8_t)size, (uint8_t)(size >> 8)};
    return give(fd, prefix, 2) && give(fd, frame, size);
}

/* Read a whole frame; 0 at the end or the limit. */
static size_t take_frame(int fd, uint8_t frame[CHANNEL_FRAME_MAX]) {
    uint8_t prefix[2];
    struct timeval wait = {.tv_sec = limit_ms / 1000};
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    if (recv(fd, prefix, 2, MSG_WAITALL) != 2) return 0;
    size_t size = (size_t)prefix[0] | (size_t)prefix[1] << 8;
    if (size == 0 || size > CHANNEL_FRAME_MAX) return 0;
    return recv(fd, frame, size, MSG_WAITALL) == (ssize_t)size ? size : 0;
}

/* An honest handshake as the caller. */
static bool shake(int fd, struct channel *channel) {
    uint8_t secret[KEY_SIZE], frame[CHANNEL_FRAME_MAX], hash[HASH_LONG_SIZE];
    struct noise noise;
    randombytes_buf(secret, sizeof secret);
    channel_handshake(&noise, true, secret);
    int size = channel_handshake_write(&noise, frame, sizeof frame);
    if (size < 0 || !give_frame(fd, frame, (size_t)size)) return false;
    size_t got = take_frame(fd, frame);
    return got > 0 && channel_handshake_read(&noise, frame, got) == 0 && channel_begin(channel, &noise, hash) == 0;
}

/* ---- random ---- */

static void random_bytes(int fd) {
    uint8_t bytes[1 << 16];
    for (unsigned i = 0; i < 16; i++) {
        randombytes_buf(bytes, sizeof bytes);
        if (!give(fd, bytes, sizeof bytes)) return;
    }
}

static void random_frames(int fd) {
    uint8_t frame[CHANNEL_FRAME_MAX];
    for (unsigned i = 0; i < 200; i++) {
        size_t size = 1 + randombytes_uniform(i % 4 == 0 ? CHANNEL_FRAME_MAX : 200);
        randombytes_buf(frame, size);
        if (i % 2 == 0) frame[0] = (uint8_t)(1 + randombytes_uniform(4));
        if (!give_frame(fd, frame, size)) return;
    }
}

static void random_after_handshake(int fd) {
    struct channel channel;
    if (shake(fd, &channel)) random_frames(fd);
}

static void random_sealed(int fd) {
    struct channel channel;
    uint8_t frame[CHANNEL_FRAME_MAX], content[1000];
    if (!shake(fd, &channel)) return;
    for (unsigned i = 0; i < 200; i++) {
        size_t size = 1 + randombytes_uniform(sizeof content);
        randombytes_buf(content, size);
        if (content[0] == 0) content[0] = 0xff; /* 0 would be a goodbye */
        int sealed = channel_seal(&channel, i % 3 == 0, frame, sizeof frame, content, size);
        if (sealed < 0 || !give_frame(fd, frame, (size_t)sealed)) return;
    }
}

static void do_random(const char *way) {
    static void (*const ways[])(int) = {random_bytes, random_frames, random_after_handshake, random_sealed};
    static const char *const names[] = {"bytes", "frames", "after-handshake", "sealed"};
    int64_t from = now_ms();
    int fd = call();
    unsigned i = 0;
    while (i < 4 && strcmp(names[i], way) != 0) i++;
    if (i == 4 || fd < 0) die(way);
    ways[i](fd);
    shutdown(fd, SHUT_WR);
    if (wait_end(fd, from)) ended(from, way);
    close(fd);
}

/* ---- replay ---- */

static void do_replay(const char *path) {
    uint8_t bytes[1 << 16];
    size_t got;
    int64_t from = now_ms();
    FILE *f = fopen(path, "rb");
    int fd = call();
    if (!f) die(path);
    while (fd >= 0 && (got = fread(bytes, 1, sizeof bytes, f)) > 0 && give(fd, bytes, got)) continue;
    if (fd < 0 || wait_end(fd, from)) ended(from, "replay");
    fclose(f);
}

/* ---- stall ---- */

static void hold(const int *fds, unsigned count, const char *const *names, int64_t from) {
    bool over[MANY_MAX] = {false};
    unsigned left = count;
    while (left > 0 && now_ms() < from + limit_ms) {
        struct pollfd p[MANY_MAX];
        uint8_t bytes[4096];
        for (unsigned i = 0; i < count; i++) p[i] = (struct pollfd){.fd = over[i] ? -1 : fds[i], .events = POLLIN};
        (void)poll(p, count, 1000);
        for (unsigned i = 0; i < count; i++) {
            if (over[i] || (fds[i] >= 0 && (!p[i].revents || recv(fds[i], bytes, sizeof bytes, 0) > 0))) continue;
            over[i] = true;
            left--;
            if (names) ended(from, names[i]);
        }
    }
    printf("held %u of %u after %lld ms\n", left, count, (long long)(now_ms() - from));
}

static void do_stall(void) {
    static const char *const names[] = {"silent", "in-the-prefix", "in-the-handshake", "after-the-handshake",
                                        "in-a-frame"};
    struct channel channel;
    uint8_t frame[CHANNEL_FRAME_MAX], first[2 + CHANNEL_FIRST_SIZE] = {CHANNEL_FIRST_SIZE, 0, CHANNEL_FIRST};
    int fds[5];
    int64_t from = now_ms();
    for (unsigned i = 0; i < 5; i++) fds[i] = call();
    randombytes_buf(first + 3, sizeof first - 3);
    (void)give(fds[1], first, 1);
    (void)give(fds[2], first, 20);
    (void)shake(fds[3], &channel);
    if (shake(fds[4], &channel)) {
        static const uint8_t content[1000] = {0x01};
        int size = channel_seal(&channel, false, frame, sizeof frame, content, sizeof content);
        const uint8_t prefix[2] = {(uint8_t)(size & 255), (uint8_t)(size >> 8)};
        (void)give(fds[4], prefix, 2);
        (void)give(fds[4], frame, 300);
    }
    hold(fds, 5, names, from);
}

static void do_many(unsigned count) {
    static int fds[MANY_MAX];
    int64_t from = now_ms();
    if (count > MANY_MAX) count = MANY_MAX;
    for (unsigned i = 0; i < count; i++) fds[i] = call();
    printf("opened %u in %lld ms\n", count, (long long)(now_ms() - from));
    fflush(stdout);
    hold(fds, count, NULL, now_ms());
}

/* ---- claim ---- */

static struct session_community joined;

static int node_communities(void *context, session_visit_community visit, void *visit_context) {
    (void)context;
    return visit(visit_context, &joined);
}
static int node_buckets(void *c, uint32_t handle, uint32_t day, reconcile_visit_bucket visit, void *visit_context) {
    (void)c, (void)handle, (void)day, (void)visit, (void)visit_context;
    return 0;
}
static int node_seen(void *c, uint32_t handle, uint64_t lo, uint64_t hi, reconcile_visit_seen visit, void *v) {
    (void)c, (void)handle, (void)lo, (void)hi, (void)visit, (void)v;
    return 0;
}
static int node_is_partial(void *c, uint32_t handle, uint32_t day) {
    (void)c, (void)handle, (void)day;
    return 0;
}
static void *node_room(void *c, size_t size) {
    (void)c, (void)size;
    return NULL;
}
static int node_urgent(void *c, uint32_t handle, uint32_t limit, session_visit_urgent visit, void *visit_context) {
    (void)c, (void)handle, (void)limit, (void)visit, (void)visit_context;
    return 0;
}
static int node_record(void *c, uint64_t item, struct record *out, const uint8_t **bytes, size_t *size) {
    (void)c, (void)item, (void)out, (void)bytes, (void)size;
    return ERR_NOT_FOUND;
}
static int node_has(void *c, uint32_t handle, const uint8_t id[HASH_SIZE]) {
    (void)c, (void)handle, (void)id;
    return 0;
}
static int node_missing(void *c, uint32_t handle, uint64_t *cursor, struct session_ask *out) {
    (void)c, (void)handle, (void)cursor, (void)out;
    return 0;
}
static void node_missing_over(void *c, const struct session_ask *ask) {
    (void)c, (void)ask;
}
static int node_chunk(void *c, uint32_t handle, const uint8_t blob[HASH_SIZE], uint32_t i, struct session_chunk *out) {
    (void)c, (void)handle, (void)blob, (void)i, (void)out;
    return ERR_NOT_FOUND;
}

struct liar {
    struct session *s;
    int fd;
    bool started;
    uint32_t sent, answered; /* parts of sketches, of the round */
    unsigned rounds;
    uint64_t bytes;
};

#define LIE_PARTS RECONCILE_PARTS_MAX
#define LIE_CAPACITY SKETCH_CAPACITY_MAX
#define LIE_CLAIM RECONCILE_COUNT_MAX
#define LIE_PARTS_AHEAD 64

static void body_begin(struct writer *w, uint8_t *body) {
    writer_init(w, body, RECONCILE_MESSAGE_MAX);
    writer_varint(w, 0); /* slot */
    writer_u8(w, 0);     /* pass */
}

static void liar_start(struct liar *l) {
    uint8_t *place = message_place(l->s, STREAM_CONTROL, RECONCILE_MESSAGE_MAX);
    struct writer w;
    if (!place) return;
    body_begin(&w, place + MESSAGE_HEAD);
    writer_u8(&w, TYPE_START);
    writer_varint(&w, 1); /* floor day */
    writer_varint(&w, LIE_CLAIM);
    writer_varint(&w, 0); /* no day is left out */
    writer_u8(&w, 1);     /* one range */
    writer_u8(&w, 1);     /* of one byte */
    writer_u8(&w, (uint8_t)randombytes_uniform(256));
    message_wrote(l->s, STREAM_CONTROL, CONTROL_RECONCILE, w.at);
    l->started = true;
}

/* Sketches of as many differences as fit; no polynomial of theirs splits into roots. */
static void liar_sketch(struct liar *l) {
    uint8_t *place;
    uint8_t syndromes[LIE_CAPACITY * SKETCH_SYNDROME_SIZE];
    while (l->sent < LIE_PARTS && l->sent - l->answered < LIE_PARTS_AHEAD &&
           (place = message_place(l->s, STREAM_CONTROL, RECONCILE_MESSAGE_MAX))) {
        struct writer w;
        body_begin(&w, place + MESSAGE_HEAD);
        writer_u8(&w, TYPE_SKETCH);
        if (l->sent == 0) {
            writer_varint(&w, LIE_PARTS);
            writer_varint(&w, LIE_CAPACITY);
        }
        while (l->sent < LIE_PARTS && w.size - w.at >= sizeof syndromes) {
            randombytes_buf(syndromes, sizeof syndromes);
            writer_bytes(&w, syndromes, sizeof syndromes);
            l->sent++;
        }
        message_wrote(l->s, STREAM_CONTROL, CONTROL_RECONCILE, w.at);
    }
}

static void liar_hear(struct liar *l, struct reader *in) {
    (void)reader_varint(in, 128);
    (void)reader_u8(in);
    uint8_t type = reader_u8(in);
    if (type == TYPE_DIFF) {
        l->rounds = 1;
    } else if (type == TYPE_FOUND) {
        l->answered += (uint32_t)reader_varint(in, LIE_PARTS);
        if (l->answered == LIE_PARTS) {
            l->answered = l->sent = 0;
            l->rounds++;
        }
    }
}

/* As answerer: everything differs, we have 2^40, and the estimate says as much. */
static void liar_answer(struct liar *l) {
    uint8_t *place = message_place(l->s, STREAM_CONTROL, RECONCILE_MESSAGE_MAX);
    struct writer w;
    if (!place) return;
    body_begin(&w, place + MESSAGE_HEAD);
    writer_u8(&w, TYPE_DIFF);
    writer_varint(&w, 0);
    writer_varint(&w, 0);
    writer_u8(&w, DIFF_ALL);
    writer_varint(&w, LIE_CLAIM);
    writer_u8(&w, ODD_LEVELS_MAX);
    for (unsigned i = 0; i < 2 * ODD_LEVELS_MAX; i++) writer_u32(&w, randombytes_random());
    message_wrote(l->s, STREAM_CONTROL, CONTROL_RECONCILE, w.at);
}

/* Open a frame and take the messages in it, past the session's own logic. False: the node said goodbye. */
static bool liar_recv(struct liar *l, const uint8_t *frame, size_t size) {
    uint8_t content[CHANNEL_FRAME_MAX];
    uint64_t counter;
    int opened = channel_open(&l->s->channel, frame, size, content, sizeof content, &counter);
    if (opened < 0) return true;
    if (opened > 0 && content[0] == 0) return false;
    if (streams_recv(&l->s->streams, counter, content, (size_t)opened, (uint64_t)now_ms()) != 0) die("streams");
    for (unsigned stream = 0; stream < STREAM_COUNT; stream++) {
        uint8_t type;
        const uint8_t *body;
        size_t body_size;
        while (message_read(l->s, stream, &type, &body, &body_size) == 1) {
            struct reader in;
            reader_init(&in, body, body_size);
            if (stream == STREAM_CONTROL && type == CONTROL_RECONCILE) {
                bool is_start = body_size > 2 && body[2] == TYPE_START;
                liar_hear(l, &in);
                if (is_start) liar_answer(l);
            }
            streams_consume(&l->s->streams, stream, MESSAGE_HEAD + body_size);
        }
    }
    return true;
}

static bool liar_send(struct liar *l) {
    uint8_t frame[CHANNEL_FRAME_MAX];
    size_t size;
    while ((size = session_send(l->s, frame, sizeof frame, (uint64_t)now_ms())) > 0) {
        l->bytes += size;
        if (!give_frame(l->fd, frame, size)) return false;
    }
    return session_error(l->s) == 0;
}

/* Speak as a session does until the communities are known; from then on lie. Return whether the node ended it. */
static bool liar_run(struct liar *l, int64_t from) {
    uint8_t frame[CHANNEL_FRAME_MAX];
    bool open = false;
    while (now_ms() < from + limit_ms) {
        if (l->s->phase == PHASE_OPEN && l->s->config.initiator) {
            if (!l->started) liar_start(l);
            if (l->rounds > 0) liar_sketch(l);
        }
        if (!liar_send(l)) return true;
        struct pollfd p = {.fd = l->fd, .events = POLLIN};
        if (poll(&p, 1, 20) == 0) {
            session_expire(l->s, (uint64_t)now_ms());
            continue;
        }
        size_t size = take_frame(l->fd, frame);
        if (size == 0) return true;
        if (open) {
            if (!liar_recv(l, frame, size)) return true;
            continue;
        }
        if (session_recv(l->s, frame, size, (uint64_t)now_ms()) != 0) return true;
        open = l->s->slot_count > 0;
        /* No pass of the session's own. */
        for (unsigned i = 0; i < l->s->slot_count; i++) l->s->slots[i].phase = SLOT_EQUAL;
    }
    return false;
}

static void do_claim(int fd, bool initiator, const char *what) {
    const struct session_node node = {
        NULL,        node_communities, node_buckets, node_seen,    node_is_partial,   node_room,
        node_urgent, node_record,      node_has,     node_missing, node_missing_over, node_chunk};
    struct session_config config = {.initiator = initiator,
                                    .now_ms = (uint64_t)now_ms(),
                                    .clock = (uint64_t)time(NULL),
                                    .frame_max = CHANNEL_FRAME_MAX,
                                    .retry_ms = 1000,
                                    .keepalive_ms = 15000,
                                    .no_blobs = true,
                                    .kernel = cpu_sketch_kernel()};
    struct liar l = {.s = malloc(session_size()), .fd = fd};
    int64_t from = now_ms();
    if (!l.s) die("memory");
    randombytes_buf(config.ephemeral_secret, sizeof config.ephemeral_secret);
    session_init(l.s, &config, &node);
    if (liar_run(&l, from)) ended(from, what);
    printf("claimed: %u common, started %d, %u rounds, %u parts, %llu bytes\n", l.s->slot_count, l.started, l.rounds,
           l.sent, (unsigned long long)l.bytes);
    free(l.s);
    close(fd);
}

static int wait_call(uint16_t port) {
    const struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    int yes = 1, listener = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0) die("socket");
    (void)setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (const struct sockaddr *)&any, sizeof any) != 0 || listen(listener, 4) != 0) die("listen");
    puts("listening");
    fflush(stdout);
    int fd = accept(listener, NULL, NULL);
    if (fd < 0) die("accept");
    close(listener);
    return fd;
}

static void resolve(const char *host, const char *port) {
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons((uint16_t)strtoul(port, NULL, 10))};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = in.sin_port};
    if (inet_pton(AF_INET, host, &in.sin_addr) == 1) {
        memcpy(&address, &in, sizeof in);
        address_size = sizeof in;
    } else if (inet_pton(AF_INET6, host, &in6.sin6_addr) == 1) {
        memcpy(&address, &in6, sizeof in6);
        address_size = sizeof in6;
    } else {
        die(host);
    }
}

static void community_read(const char *hex) {
    for (unsigned i = 0, byte; i < HASH_SIZE; i++) {
        if (sscanf(hex + 2 * i, "%2x", &byte) != 1) die("community");
        joined.secret[i] = (uint8_t)byte;
    }
}

int main(int argc, char **argv) {
    const char *limit = getenv("LIMIT"), *mode = argc > 1 ? argv[1] : "";
    if (sodium_init() < 0) die("libsodium");
    const char *from = getenv("FROM");
    if (from) from_set = inet_pton(AF_INET, from, &from_address.sin_addr) == 1;
    if (limit) limit_ms = strtoll(limit, NULL, 10) * 1000;
    if (argc == 4 && strcmp(mode, "claim-answer") == 0) {
        community_read(argv[3]);
        do_claim(wait_call((uint16_t)strtoul(argv[2], NULL, 10)), false, mode);
        puts("done");
        return 0;
    }
    if (argc < 4) {
        fprintf(stderr, "usage: see the file's head\n");
        return 2;
    }
    resolve(argv[2], argv[3]);
    if (strcmp(mode, "random") == 0 && argc == 5) {
        do_random(argv[4]);
    } else if (strcmp(mode, "stall") == 0) {
        do_stall();
    } else if (strcmp(mode, "replay") == 0 && argc == 5) {
        do_replay(argv[4]);
    } else if (strcmp(mode, "many") == 0 && argc == 5) {
        do_many((unsigned)strtoul(argv[4], NULL, 10));
    } else if (strcmp(mode, "claim") == 0 && argc == 5) {
        community_read(argv[4]);
        int fd = call();
        if (fd < 0)
            ended(now_ms(), "refused");
        else
            do_claim(fd, true, mode);
    } else {
        fprintf(stderr, "usage: see the file's head\n");
        return 2;
    }
    puts("done");
    return 0;
}
