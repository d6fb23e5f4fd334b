/*
 * network_watch_linux.c: rtnetlink's notifications. They only say that it is time to look, and what was lost in
 * between; a notification that was lost itself (ENOBUFS) is therefore nothing but another reason to look.
 *
 * Some systems (Android) refuse the socket to ordinary programs; then a timer looks.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "carrier/network_watch.h"

#define GAP_MS 20
#define POLL_MS 5000
#define SLEPT_NS INT64_C(3000000000)
#define READS_MAX 64 /* datagrams a turn of the loop */
#define BUFFER 32768

struct network_watch {
    struct network_watch_events events;
    uv_timer_t timer;
    uv_poll_t poll;
    int fd; /* -1: polling by the timer */
    unsigned handles;
    uint64_t looked_ms;
    int64_t asleep_ns; /* slept since the machine started */
    bool looked, pending, stopping;
    void (*stopped)(void *context);
    void *stopped_context;
};

static int64_t asleep_ns(void) {
    struct timespec with_sleep, without;
    if (clock_gettime(CLOCK_MONOTONIC, &without) != 0 || clock_gettime(CLOCK_BOOTTIME, &with_sleep) != 0) return 0;
    return (with_sleep.tv_sec - without.tv_sec) * INT64_C(1000000000) + (with_sleep.tv_nsec - without.tv_nsec);
}

bool network_watch_slept(struct network_watch *w) {
    int64_t now_ns = asleep_ns(), passed_ns = now_ns - w->asleep_ns;
    w->asleep_ns = now_ns;
    return passed_ns >= SLEPT_NS;
}

static void on_poll(uv_poll_t *poll, int status, int events);

static void on_timer(uv_timer_t *timer) {
    struct network_watch *w = timer->data;
    /* libuv stops to poll when a socket has an error, and lost notifications (ENOBUFS) are one. */
    if (w->fd >= 0) uv_poll_start(&w->poll, UV_READABLE, on_poll);
    w->pending = false;
    w->looked = true;
    w->looked_ms = uv_now(timer->loop);
    if (w->fd < 0) uv_timer_start(timer, on_timer, POLL_MS, 0);
    w->events.changed(w->events.context);
}

void network_watch_poke(struct network_watch *w) {
    uint64_t passed_ms = uv_now(w->timer.loop) - w->looked_ms;
    if (w->pending || w->stopping) return;
    w->pending = true;
    uv_timer_start(&w->timer, on_timer, !w->looked || passed_ms >= GAP_MS ? 0 : GAP_MS - passed_ms, 0);
}

bool network_watch_is_polling(const struct network_watch *w) {
    return w->fd < 0;
}

/* Of one notification: return the index of an interface that lost something, or 0. */
static unsigned lost_of(const struct nlmsghdr *header) {
    const void *content = NLMSG_DATA(header);
    size_t size = header->nlmsg_len - NLMSG_HDRLEN;
    struct ifinfomsg link;
    struct ifaddrmsg address;
    switch (header->nlmsg_type) {
    case RTM_NEWLINK:
    case RTM_DELLINK:
        if (size < sizeof link) return 0;
        memcpy(&link, content, sizeof link);
        if (link.ifi_family != AF_UNSPEC) return 0; /* a bridge speaking of its ports */
        if (header->nlmsg_type == RTM_NEWLINK && (link.ifi_flags & IFF_UP) && (link.ifi_flags & IFF_RUNNING)) return 0;
        return link.ifi_index > 0 ? (unsigned)link.ifi_index : 0;
    case RTM_DELADDR:
        if (size < sizeof address) return 0;
        memcpy(&address, content, sizeof address);
        if (address.ifa_family == AF_INET6 && address.ifa_scope != RT_SCOPE_LINK) return 0;
        return address.ifa_index;
    default: return 0;
    }
}

static void datagram_read(struct network_watch *w, const uint8_t *data, size_t size) {
    struct nlmsghdr header;
    while (size >= sizeof header) {
        const struct nlmsghdr *each = (const struct nlmsghdr *)(const void *)data;
        size_t step = NLMSG_ALIGN(each->nlmsg_len);
        if (each->nlmsg_len < sizeof header || each->nlmsg_len > size) return;
        unsigned lost = lost_of(each);
        if (lost) w->events.interrupted(w->events.context, lost);
        if (step >= size) return;
        data += step;
        size -= step;
    }
}

static void on_poll(uv_poll_t *poll, int status, int events) {
    struct network_watch *w = poll->data;
    _Alignas(struct nlmsghdr) uint8_t buffer[BUFFER];
    (void)status;
    (void)events;
    for (unsigned i = 0; i < READS_MAX; i++) {
        struct sockaddr_nl from = {0};
        socklen_t from_size = sizeof from;
        ssize_t got = recvfrom(w->fd, buffer, sizeof buffer, MSG_DONTWAIT, (struct sockaddr *)&from, &from_size);
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
        if (got < 0 && errno != ENOBUFS && errno != EINTR) break;
        if (got > 0 && from.nl_pid == 0) datagram_read(w, buffer, (size_t)got); /* nl_pid 0: the kernel */
    }
    network_watch_poke(w);
}

/* Find an attribute among those that fill size bytes; NULL if it isn't there. *found is the size of its content. */
static const uint8_t *attribute_find(const uint8_t *data, size_t size, unsigned type, size_t *found) {
    struct rtattr head;
    while (size >= sizeof head) {
        memcpy(&head, data, sizeof head);
        if (head.rta_len < sizeof head || head.rta_len > size) return NULL;
        if ((head.rta_type & NLA_TYPE_MASK) == type) {
            *found = head.rta_len - RTA_LENGTH(0);
            return data + RTA_LENGTH(0);
        }
        size_t step = RTA_ALIGN(head.rta_len);
        if (step >= size) return NULL;
        data += step;
        size -= step;
    }
    return NULL;
}

/* What kind of thing the interface is a part of stands in an attribute of an attribute of the answer. */
static bool answer_is_port(const uint8_t *answer, size_t size) {
    const size_t head_size = NLMSG_SPACE(sizeof(struct ifinfomsg));
    struct nlmsghdr head;
    if (size < head_size) return false;
    memcpy(&head, answer, sizeof head);
    if (head.nlmsg_type != RTM_NEWLINK || head.nlmsg_len < head_size || head.nlmsg_len > size) return false;
    const uint8_t *info = attribute_find(answer + head_size, head.nlmsg_len - head_size, IFLA_LINKINFO, &size);
    const uint8_t *kind = info ? attribute_find(info, size, IFLA_INFO_SLAVE_KIND, &size) : NULL;
    return kind && !(size >= 3 && memcmp(kind, "vrf", 3) == 0); /* a part of a VRF works as any other */
}

bool network_is_port(unsigned index) {
    struct {
        struct nlmsghdr head;
        struct ifinfomsg link;
    } request = {.head = {.nlmsg_len = sizeof request, .nlmsg_type = RTM_GETLINK, .nlmsg_flags = NLM_F_REQUEST},
                 .link = {.ifi_family = AF_UNSPEC, .ifi_index = (int)index}};
    uint8_t answer[BUFFER];
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0) return false;
    /* The kernel answers before send returns. */
    ssize_t got = send(fd, &request, sizeof request, 0) < 0 ? -1 : recv(fd, answer, sizeof answer, MSG_DONTWAIT);
    close(fd);
    return got > 0 && answer_is_port(answer, (size_t)got);
}

static int socket_open(void) {
    struct sockaddr_nl address = {.nl_family = AF_NETLINK,
                                  .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

int network_watch_start(struct network_watch **out, uv_loop_t *loop, const struct network_watch_events *events) {
    struct network_watch *w = calloc(1, sizeof *w);
    *out = NULL;
    if (!w) return ERR_MEMORY;
    w->events = *events;
    w->asleep_ns = asleep_ns();
    w->fd = socket_open();
    if (w->fd >= 0 && uv_poll_init(loop, &w->poll, w->fd) != 0) {
        close(w->fd);
        w->fd = -1;
    }
    if (w->fd >= 0) {
        w->handles++;
        w->poll.data = w;
        uv_poll_start(&w->poll, UV_READABLE, on_poll);
    }
    uv_timer_init(loop, &w->timer);
    w->timer.data = w;
    w->handles++;
    network_watch_poke(w);
    *out = w;
    return 0;
}

static void on_closed(uv_handle_t *handle) {
    struct network_watch *w = handle->data;
    if (--w->handles > 0) return;
    void (*stopped)(void *) = w->stopped;
    void *context = w->stopped_context;
    if (w->fd >= 0) close(w->fd);
    free(w);
    stopped(context);
}

void network_watch_stop(struct network_watch *w, void (*stopped)(void *context), void *context) {
    w->stopping = true;
    w->stopped = stopped;
    w->stopped_context = context;
    if (w->fd >= 0) uv_close((uv_handle_t *)&w->poll, on_closed);
    uv_close((uv_handle_t *)&w->timer, on_closed);
}
