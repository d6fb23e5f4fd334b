/*
 * relay_tool.c: a TCP relay that delays, for tests and measurements on links with a long round trip.
 *
 *     relay_tool LISTEN_PORT TARGET_ADDRESS TARGET_PORT ONE_WAY_MS [FILE]
 *
 * Listens on 127.0.0.1 (port 0: any) and prints "listening PORT"; for each connection "accepted MS", the Unix time in
 * milliseconds. Every byte comes out ONE_WAY_MS after it went in. The set-up costs what it costs on such a link: the
 * connection's first bytes are held back for one more round trip, as the caller could not have sent them before the
 * answer to its SYN, and the target is called ONE_WAY_MS after the caller called. FILE receives what callers sent.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LINKS_MAX 16
#define CHUNK 16384
#define HELD_MAX 512 /* chunks of one direction: back-pressure beyond */

struct chunk {
    struct chunk *next;
    int64_t due_us;
    size_t size, sent;
    uint8_t bytes[CHUNK];
};

/* Bytes on their way from one socket to the other. */
struct way {
    int from, to;
    struct chunk *first, *last;
    unsigned held;
    bool read_end, write_end;
    int64_t end_due_us;
};

struct link {
    bool used, connected;
    int caller, target;
    int64_t call_us, open_us; /* when to call the target; before when nothing has been sent by the caller */
    struct way out, back;
};

static struct link links[LINKS_MAX];
static int64_t delay_us;
static struct sockaddr_in target;
static FILE *record;

static int64_t now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

_Noreturn static void die(const char *what) {
    fprintf(stderr, "relay: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void way_clear(struct way *w) {
    while (w->first) {
        struct chunk *next = w->first->next;
        free(w->first);
        w->first = next;
    }
    w->last = NULL;
}

static void link_close(struct link *l) {
    way_clear(&l->out);
    way_clear(&l->back);
    close(l->caller);
    if (l->target >= 0) close(l->target);
    l->used = false;
}

static void link_accept(int listener) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    struct timespec t;
    unsigned i = 0;
    if (fd < 0) return;
    while (i < LINKS_MAX && links[i].used) i++;
    if (i == LINKS_MAX) {
        close(fd);
        return;
    }
    clock_gettime(CLOCK_REALTIME, &t);
    printf("accepted %lld\n", (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000);
    fflush(stdout);
    int yes = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    int64_t now = now_us();
    links[i] = (struct link){.used = true,
                             .caller = fd,
                             .target = -1,
                             .call_us = now + delay_us,
                             .open_us = now + 2 * delay_us,
                             .out = {.from = fd, .to = -1},
                             .back = {.from = -1, .to = fd}};
}

static bool link_call(struct link *l) {
    int yes = 1;
    l->target = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (l->target < 0 || connect(l->target, (struct sockaddr *)&target, sizeof target) != 0) return false;
    (void)fcntl(l->target, F_SETFL, O_NONBLOCK);
    (void)setsockopt(l->target, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    l->out.to = l->back.from = l->target;
    l->connected = true;
    return true;
}

/* Take what has come. now: when it counts as sent. */
static void way_read(struct way *w, int64_t now, bool is_out) {
    struct chunk *c = malloc(sizeof *c);
    if (!c) die("memory");
    ssize_t got = read(w->from, c->bytes, sizeof c->bytes);
    if (got <= 0) {
        free(c);
        if (got < 0 && errno == EAGAIN) return;
        w->read_end = true;
        w->end_due_us = now + delay_us;
        return;
    }
    if (is_out && record) {
        if (fwrite(c->bytes, 1, (size_t)got, record) != (size_t)got) die("record");
        fflush(record);
    }
    c->next = NULL;
    c->size = (size_t)got;
    c->sent = 0;
    c->due_us = now + delay_us;
    if (w->last)
        w->last->next = c;
    else
        w->first = c;
    w->last = c;
    w->held++;
}

/* Give what is due. Return false if the receiver is gone. */
static bool way_write(struct way *w, int64_t now) {
    while (w->first && w->first->due_us <= now && w->to >= 0) {
        struct chunk *c = w->first;
        ssize_t sent = send(w->to, c->bytes + c->sent, c->size - c->sent, MSG_NOSIGNAL);
        if (sent < 0) return errno == EAGAIN;
        c->sent += (size_t)sent;
        if (c->sent < c->size) return true;
        w->first = c->next;
        if (!w->first) w->last = NULL;
        w->held--;
        free(c);
    }
    if (w->read_end && !w->write_end && !w->first && w->end_due_us <= now && w->to >= 0) {
        shutdown(w->to, SHUT_WR);
        w->write_end = true;
    }
    return true;
}

static int64_t way_due(const struct way *w) {
    if (w->first) return w->first->due_us;
    return w->read_end && !w->write_end ? w->end_due_us : INT64_MAX;
}

static void link_step(struct link *l) {
    int64_t now = now_us();
    if (!l->connected && now >= l->call_us && !link_call(l)) {
        link_close(l);
        return;
    }
    bool fine = way_write(&l->out, now) && way_write(&l->back, now);
    if (!fine || (l->out.write_end && l->back.write_end)) link_close(l);
}

static bool way_wants(const struct way *w) {
    return w->from >= 0 && !w->read_end && w->held < HELD_MAX;
}

static void run(int listener) {
    for (;;) {
        struct pollfd fds[1 + 2 * LINKS_MAX];
        int64_t due = INT64_MAX;
        nfds_t count = 1;
        fds[0] = (struct pollfd){.fd = listener, .events = POLLIN};
        for (unsigned i = 0; i < LINKS_MAX; i++) {
            struct link *l = &links[i];
            if (!l->used) continue;
            if (!l->connected && l->call_us < due) due = l->call_us;
            if (way_due(&l->out) < due && l->connected) due = way_due(&l->out);
            if (way_due(&l->back) < due) due = way_due(&l->back);
            fds[count++] = (struct pollfd){.fd = way_wants(&l->out) ? l->out.from : -1, .events = POLLIN};
            fds[count++] = (struct pollfd){.fd = way_wants(&l->back) ? l->back.from : -1, .events = POLLIN};
        }
        int64_t wait = due == INT64_MAX ? 1000000 : due - now_us();
        if (wait < 0) wait = wait < -1000 ? 1000 : 0; /* a receiver that takes nothing: look again in a millisecond */
        struct timespec t = {.tv_sec = wait / 1000000, .tv_nsec = wait % 1000000 * 1000};
        if (ppoll(fds, count, &t, NULL) < 0 && errno != EINTR) die("poll");
        nfds_t at = 1;
        for (unsigned i = 0; i < LINKS_MAX; i++) {
            struct link *l = &links[i];
            if (!l->used) continue;
            int64_t now = now_us();
            if (fds[at].revents && fds[at].fd >= 0) way_read(&l->out, now > l->open_us ? now : l->open_us, true);
            if (fds[at + 1].revents && fds[at + 1].fd >= 0) way_read(&l->back, now, false);
            at += 2;
            link_step(l);
        }
        if (fds[0].revents) link_accept(listener);
    }
}

int main(int argc, char **argv) {
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof own;
    int yes = 1;
    target.sin_family = AF_INET;
    if (argc < 5 || inet_pton(AF_INET, argv[2], &target.sin_addr) != 1) {
        fprintf(stderr, "usage: relay_tool LISTEN_PORT TARGET_ADDRESS TARGET_PORT ONE_WAY_MS [FILE]\n");
        return 2;
    }
    own.sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10));
    target.sin_port = htons((uint16_t)strtoul(argv[3], NULL, 10));
    delay_us = strtoll(argv[4], NULL, 10) * 1000;
    if (argc > 5 && !(record = fopen(argv[5], "wb"))) die(argv[5]);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener < 0) die("socket");
    (void)setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&own, sizeof own) != 0 || listen(listener, 16) != 0) die("listen");
    if (getsockname(listener, (struct sockaddr *)&own, &size) != 0) die("port");
    printf("listening %u\n", (unsigned)ntohs(own.sin_port));
    fflush(stdout);
    run(listener);
}
