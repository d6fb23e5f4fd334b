/*
 * discovery.c: what joins the parts: interfaces come and go (interfaces.h), each in use is a link with two sockets
 * (multicast.h), a plan of when to send (pace.h) and a table of who was heard (heard.h). One timer serves all links.
 */
#include "carrier/discovery.h"

#include <assert.h>
#include <netinet/in.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "carrier/heard.h"
#include "carrier/interfaces.h"
#include "carrier/multicast.h"
#include "carrier/pace.h"
#include "core/beacon.h"

#define RECEIVE_ROOM (BEACON_SIZE + 1) /* enough to see that something is too long */
#define READS_A_TURN 256               /* datagrams of one socket, before others of the loop have their turn */
#define PAUSE_MS 20                    /* of a socket that has used up what it may read */
#define CALM_MS 2000        /* after the last dropped beacon we ask anew: a peer's may have been among them */
#define CALM_AGAIN_MS 30000 /* but so rarely */
#define RETRY_MS 10000      /* of a socket that could not be opened: the port may be free again */
#define WAKE_MS 10000       /* how late a sleep of the machine is noticed at most */

enum family { IPV4, IPV6, FAMILIES };

struct port { /* a socket */
    uv_poll_t poll;
    struct discovery *discovery;
    struct link *link;
    int fd;
    bool ipv6;
    uint32_t lost;
    uint64_t resume_ms; /* 0: it is read */
    struct bucket reads;
};

struct link {
    struct interface interface;
    uint8_t token[BEACON_TOKEN_SIZE], token_before[BEACON_TOKEN_SIZE];
    struct port *ports[FAMILIES];   /* or NULL */
    int failed[FAMILIES];           /* why the socket could not be opened, or 0 */
    uint64_t retry_ms;              /* not before; of sockets that failed */
    uint64_t calm_ms, calm_next_ms; /* when to ask anew, PACE_NEVER: not planned; and not before */
    struct pace pace;
    struct heard heard;
};

struct discovery {
    uv_loop_t *loop;
    uv_timer_t timer;
    struct interfaces *interfaces;
    struct discovery_config config;
    bool named, stopping;
    bool missing[FAMILIES]; /* the system has no such sockets */
    unsigned handles;
    struct link *links[DISCOVERY_INTERFACES_MAX];
    struct discovery_counts counts;
    void (*stopped)(void *context);
    void *stopped_context;
};

static void on_timer(uv_timer_t *timer);

static uint32_t random_number(struct discovery *d) {
    uint32_t number;
    d->config.random(&number, sizeof number);
    return number;
}

static uint64_t min_of(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

/* Set the timer to the next thing to do. */
static void schedule(struct discovery *d) {
    uint64_t now_ms = uv_now(d->loop), due_ms = now_ms + WAKE_MS;
    if (d->stopping) return;
    for (size_t i = 0; i < DISCOVERY_INTERFACES_MAX; i++) {
        const struct link *link = d->links[i];
        if (!link) continue;
        due_ms = min_of(due_ms, min_of(pace_due(&link->pace), link->calm_ms));
        for (size_t f = 0; f < FAMILIES; f++)
            if (link->ports[f] && link->ports[f]->resume_ms > 0) due_ms = min_of(due_ms, link->ports[f]->resume_ms);
    }
    uv_timer_start(&d->timer, on_timer, due_ms > now_ms ? due_ms - now_ms : 0, 0);
}

/* ---- Sending ---- */

static void link_send(struct discovery *d, struct link *link, bool ask) {
    struct beacon beacon = {.port = d->config.port, .ask = ask};
    uint8_t bytes[BEACON_SIZE];
    memcpy(beacon.token, link->token, sizeof beacon.token);
    beacon_encode(bytes, &beacon);
    for (int f = 0; f < FAMILIES; f++) {
        const struct port *port = link->ports[f];
        if (!port || !interface_usable(&link->interface, port->ipv6)) continue;
        if (multicast_send(port->fd, link->interface.index, port->ipv6, bytes, sizeof bytes) == 0)
            d->counts.sent++;
        else
            d->counts.send_failed++;
    }
}

/* Take a new token. Who was heard is forgotten: which side connects is decided by both tokens, so all are to be told
 * anew. */
static void link_rotate(struct discovery *d, struct link *link) {
    memcpy(link->token_before, link->token, sizeof link->token);
    d->config.random(link->token, sizeof link->token);
    heard_clear(&link->heard);
    pace_rotated(&link->pace, uv_now(d->loop), random_number(d));
    d->counts.rotations++;
}

static void link_announce(struct discovery *d, struct link *link) {
    bool usable = (link->ports[IPV4] && interface_usable(&link->interface, false)) ||
                  (link->ports[IPV6] && interface_usable(&link->interface, true));
    if (usable)
        pace_burst(&link->pace, uv_now(d->loop));
    else
        pace_silence(&link->pace);
}

/* ---- Receiving ---- */

static bool token_is_own(const struct discovery *d, const uint8_t token[BEACON_TOKEN_SIZE]) {
    for (size_t i = 0; i < DISCOVERY_INTERFACES_MAX; i++) {
        const struct link *link = d->links[i];
        if (link && (memcmp(token, link->token, BEACON_TOKEN_SIZE) == 0 ||
                     memcmp(token, link->token_before, BEACON_TOKEN_SIZE) == 0))
            return true;
    }
    return false;
}

/* Find the address in a datagram's source; NULL if it does not lie on the link. */
static const uint8_t *source_on_link(const struct link *link, const struct sockaddr_storage *source, bool ipv6) {
    if (ipv6) {
        const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)source;
        bool near = IN6_IS_ADDR_LINKLOCAL(&six->sin6_addr);
        return source->ss_family == AF_INET6 && near ? (const uint8_t *)&six->sin6_addr : NULL;
    }
    const struct sockaddr_in *four = (const struct sockaddr_in *)source;
    const uint8_t *bytes = (const uint8_t *)&four->sin_addr;
    return source->ss_family == AF_INET && interface_has_neighbour(&link->interface, bytes) ? bytes : NULL;
}

static void too_many(struct discovery *d, struct link *link, uint32_t count) {
    uint64_t calm_ms = uv_now(d->loop) + CALM_MS;
    d->counts.dropped += count;
    link->calm_ms = calm_ms > link->calm_next_ms ? calm_ms : link->calm_next_ms;
}

static void tell(struct discovery *d, const struct link *link, struct sockaddr_storage *source,
                 const struct beacon *beacon) {
    bool we_connect = memcmp(link->token, beacon->token, BEACON_TOKEN_SIZE) < 0;
    if (source->ss_family == AF_INET6)
        ((struct sockaddr_in6 *)source)->sin6_port = htons(beacon->port);
    else
        ((struct sockaddr_in *)source)->sin_port = htons(beacon->port);
    d->counts.told++;
    d->config.heard(d->config.context, (const struct sockaddr *)source, beacon->token, we_connect);
}

static void datagram_take(struct port *port, struct multicast_datagram *datagram, const uint8_t *bytes) {
    struct discovery *d = port->discovery;
    struct link *link = port->link;
    struct beacon beacon;
    uint64_t now_ms = uv_now(d->loop);
    int err = beacon_decode(&beacon, bytes, datagram->size < RECEIVE_ROOM ? datagram->size : RECEIVE_ROOM);
    const uint8_t *address = datagram->on_interface ? source_on_link(link, &datagram->source, port->ipv6) : NULL;
    if (!err && token_is_own(d, beacon.token)) return;
    d->counts.received++;
    if (err == ERR_VERSION)
        d->counts.other_version++;
    else if (err)
        d->counts.bad++;
    else if (!address)
        d->counts.off_link++;
    if (err || !address) return;
    enum heard_result result = heard_note(&link->heard, beacon.token, port->ipv6, address, now_ms);
    if (result == HEARD_DROPPED) too_many(d, link, 1);
    pace_heard(&link->pace, result == HEARD_NEW, beacon.ask, now_ms, random_number(d));
    if (result == HEARD_NEW) tell(d, link, &datagram->source, &beacon);
}

/* Stop to read for a moment. */
static void port_pause(struct port *port) {
    uv_poll_stop(&port->poll);
    port->resume_ms = uv_now(port->discovery->loop) + PAUSE_MS;
}

static void port_on_poll(uv_poll_t *poll, int status, int events) {
    struct port *port = poll->data;
    struct discovery *d = port->discovery;
    uint64_t now_ms = uv_now(d->loop);
    uint8_t bytes[RECEIVE_ROOM];
    struct multicast_datagram datagram;
    (void)events;
    if (status < 0) port_pause(port); /* libuv has stopped to poll: the socket has an error, which reading takes off */
    for (unsigned i = 0; i < READS_A_TURN && !d->stopping; i++) {
        if (!bucket_take(&port->reads, now_ms)) {
            port_pause(port);
            break;
        }
        if (multicast_receive(port->fd, port->link->interface.index, bytes, sizeof bytes, &datagram) <= 0) break;
        if (datagram.lost != port->lost) too_many(d, port->link, datagram.lost - port->lost);
        port->lost = datagram.lost;
        datagram_take(port, &datagram, bytes);
    }
    schedule(d);
}

/* ---- Sockets and links ---- */

static void handle_closed(struct discovery *d) {
    assert(d->handles > 0);
    if (--d->handles > 0 || !d->stopping) return;
    void (*stopped)(void *) = d->stopped;
    void *context = d->stopped_context;
    for (size_t i = 0; i < DISCOVERY_INTERFACES_MAX; i++) free(d->links[i]);
    free(d);
    if (stopped) stopped(context);
}

static void port_on_closed(uv_handle_t *handle) {
    struct port *port = handle->data;
    struct discovery *d = port->discovery;
    free(port);
    handle_closed(d);
}

static void port_close(struct port *port) {
    if (!port) return;
    uv_close((uv_handle_t *)&port->poll, port_on_closed);
    close(port->fd);
}

/* Open the socket of a family. Return whether that gave one more. */
static bool port_open(struct discovery *d, struct link *link, enum family family) {
    if (link->ports[family] || d->missing[family]) return false;
    struct port *port = calloc(1, sizeof *port);
    int fd = port ? multicast_open(link->interface.index, family == IPV6, link->interface.loopback) : ERR_MEMORY;
    link->failed[family] = fd < 0 ? fd : 0;
    link->retry_ms = uv_now(d->loop) + RETRY_MS;
    if (fd < 0) goto err0;
    if (uv_poll_init(d->loop, &port->poll, fd) != 0) goto err1;
    d->handles++;
    port->poll.data = port;
    port->discovery = d;
    port->link = link;
    port->fd = fd;
    port->ipv6 = family == IPV6;
    bucket_init(&port->reads, DISCOVERY_READ_BURST, DISCOVERY_READS_A_SECOND, uv_now(d->loop));
    link->ports[family] = port;
    uv_poll_start(&port->poll, UV_READABLE, port_on_poll);
    return true;
err1:
    link->failed[family] = ERR_MEMORY;
    close(fd);
err0:
    free(port);
    return false;
}

static bool ports_open(struct discovery *d, struct link *link) {
    bool more = false;
    for (enum family f = 0; f < FAMILIES; f++) more |= port_open(d, link, f);
    return more;
}

static struct link **place_of(struct discovery *d, unsigned index) {
    for (size_t i = 0; i < DISCOVERY_INTERFACES_MAX; i++)
        if (d->links[i] && d->links[i]->interface.index == index) return &d->links[i];
    return NULL;
}

static void on_appeared(void *context, const struct interface *interface) {
    struct discovery *d = context;
    size_t i = 0;
    while (i < DISCOVERY_INTERFACES_MAX && d->links[i]) i++;
    assert(i < DISCOVERY_INTERFACES_MAX); /* interfaces.h tells no more at a time */
    struct link *link = calloc(1, sizeof *link);
    if (!link) return;
    uint64_t now_ms = uv_now(d->loop);
    d->links[i] = link;
    link->interface = *interface;
    link->calm_ms = PACE_NEVER;
    pace_init(&link->pace, now_ms);
    heard_init(&link->heard, now_ms);
    link_rotate(d, link);
    memcpy(link->token_before, link->token, sizeof link->token);
    (void)ports_open(d, link);
    link_announce(d, link);
    schedule(d);
}

/* Tell whether there are other addresses than before; whether they can be used already doesn't matter. */
static bool are_others(const struct interface *a, const struct interface *b) {
    if (a->address_count != b->address_count) return true;
    for (size_t i = 0; i < a->address_count; i++)
        if (a->addresses[i].ipv6 != b->addresses[i].ipv6 ||
            memcmp(a->addresses[i].bytes, b->addresses[i].bytes, sizeof a->addresses[i].bytes) != 0)
            return true;
    return false;
}

static void on_changed(void *context, const struct interface *interface) {
    struct discovery *d = context;
    struct link **place = place_of(d, interface->index);
    if (!place) {
        on_appeared(d, interface); /* there was no memory when it appeared */
        return;
    }
    struct link *link = *place;
    if (are_others(&link->interface, interface)) link_rotate(d, link);
    link->interface = *interface;
    (void)ports_open(d, link);
    link_announce(d, link);
    schedule(d);
}

static void on_gone(void *context, unsigned index) {
    struct discovery *d = context;
    struct link **place = place_of(d, index);
    if (!place) return;
    for (size_t f = 0; f < FAMILIES; f++) port_close((*place)->ports[f]);
    free(*place);
    *place = NULL;
}

/* ---- The timer ---- */

static void link_tick(struct discovery *d, struct link *link, uint64_t now_ms) {
    for (size_t f = 0; f < FAMILIES; f++) {
        struct port *port = link->ports[f];
        if (!port || port->resume_ms == 0 || port->resume_ms > now_ms) continue;
        port->resume_ms = 0;
        uv_poll_start(&port->poll, UV_READABLE, port_on_poll);
    }
    if ((link->failed[IPV4] || link->failed[IPV6]) && link->retry_ms <= now_ms && ports_open(d, link))
        link_announce(d, link);
    if (link->pace.rotate_ms <= now_ms) {
        link_rotate(d, link);
        link_announce(d, link);
    }
    if (link->calm_ms <= now_ms) {
        link->calm_ms = PACE_NEVER;
        link->calm_next_ms = now_ms + CALM_AGAIN_MS;
        link_announce(d, link);
    }
    enum pace_send what = pace_take(&link->pace, now_ms, random_number(d));
    if (what != PACE_NOTHING) link_send(d, link, what == PACE_ASK);
}

static void on_timer(uv_timer_t *timer) {
    struct discovery *d = timer->data;
    if (interfaces_slept(d->interfaces)) {
        interfaces_refresh(d->interfaces);
        discovery_rotate(d);
    }
    for (size_t i = 0; i < DISCOVERY_INTERFACES_MAX; i++)
        if (d->links[i]) link_tick(d, d->links[i], uv_now(d->loop));
    schedule(d);
}

/* ---- The public side ---- */

static void random_default(void *out, size_t size) {
    randombytes_buf(out, size);
}

static int names_take(char names[DISCOVERY_INTERFACES_MAX][IF_NAMESIZE], const struct discovery_config *config) {
    if (config->interface_count > DISCOVERY_INTERFACES_MAX) return ERR_USAGE;
    for (size_t i = 0; i < config->interface_count; i++) {
        size_t size = strlen(config->interfaces[i]);
        if (size == 0 || size >= IF_NAMESIZE) return ERR_USAGE;
        memcpy(names[i], config->interfaces[i], size);
    }
    return 0;
}

static bool has_family(int family) {
    int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0) close(fd);
    return fd >= 0;
}

int discovery_start(struct discovery **out, uv_loop_t *loop, const struct discovery_config *config) {
    char names[DISCOVERY_INTERFACES_MAX][IF_NAMESIZE] = {{0}};
    int err = config->port == 0 ? ERR_USAGE : names_take(names, config);
    *out = NULL;
    if (err) return err;
    struct discovery *d = calloc(1, sizeof *d);
    if (!d) return ERR_MEMORY;
    d->loop = loop;
    d->config = *config;
    d->config.interfaces = NULL; /* borrowed for this call only */
    d->named = config->interface_count > 0;
    if (!d->config.random) d->config.random = random_default;
    d->missing[IPV4] = !has_family(AF_INET);
    d->missing[IPV6] = !has_family(AF_INET6);
    err = ERR_NET;
    if (d->missing[IPV4] && d->missing[IPV6]) goto err0;
    const struct interfaces_events events = {on_appeared, on_changed, on_gone, d};
    err = interfaces_start(&d->interfaces, loop, (const char(*)[IF_NAMESIZE])names, config->interface_count, &events);
    if (err) goto err0;
    uv_timer_init(loop, &d->timer);
    d->timer.data = d;
    d->handles = 2; /* the timer, and the interfaces */
    schedule(d);
    *out = d;
    return 0;
err0:
    free(d);
    return err;
}

void discovery_rotate(struct discovery *d) {
    for (size_t i = 0; i < DISCOVERY_INTERFACES_MAX; i++) {
        if (!d->links[i]) continue;
        link_rotate(d, d->links[i]);
        link_announce(d, d->links[i]);
    }
    schedule(d);
}

void discovery_counts(const struct discovery *d, struct discovery_counts *out) {
    *out = d->counts;
    for (size_t i = 0; i < DISCOVERY_INTERFACES_MAX; i++) {
        const struct link *link = d->links[i];
        if (!link) continue;
        out->interfaces++;
        out->ipv4 += link->ports[IPV4] && interface_usable(&link->interface, false);
        out->ipv6 += link->ports[IPV6] && interface_usable(&link->interface, true);
        out->peers += heard_count(&link->heard, uv_now(d->loop));
    }
}

const char *discovery_problem(const struct discovery *d) {
    enum interfaces_trouble trouble = interfaces_trouble(d->interfaces);
    bool taken = false, failed = false, any = false;
    for (size_t i = 0; i < DISCOVERY_INTERFACES_MAX; i++) {
        const struct link *link = d->links[i];
        if (!link) continue;
        any = true;
        for (size_t f = 0; f < FAMILIES; f++) {
            if (link->failed[f] == 0 || !interface_usable(&link->interface, f == IPV6)) continue;
            failed = true;
            taken |= link->failed[f] == ERR_BUSY;
        }
    }
    if (taken) return "another program keeps UDP port 7427 for itself: neighbours cannot be found";
    if (trouble == INTERFACES_BLIND)
        return "the system does not list the network interfaces: neighbours cannot be found";
    if (d->named && !any) return "the interface that was named is not there or not running";
    if (failed) return "a network does not take multicast: neighbours cannot be found on it";
    if (d->missing[IPV6]) return "this system has no IPv6: neighbours are looked for by IPv4 only";
    if (d->missing[IPV4]) return "this system has no IPv4: neighbours are looked for by IPv6 only";
    if (trouble == INTERFACES_MORE) return "there are more than 16 network interfaces: name those to use";
    return NULL;
}

static void timer_on_closed(uv_handle_t *handle) {
    handle_closed(handle->data);
}

static void interfaces_on_stopped(void *context) {
    handle_closed(context);
}

void discovery_stop(struct discovery *d, void (*stopped)(void *context), void *context) {
    if (!d) return;
    assert(!d->stopping);
    d->stopping = true;
    d->stopped = stopped;
    d->stopped_context = context;
    for (size_t i = 0; i < DISCOVERY_INTERFACES_MAX; i++)
        for (size_t f = 0; d->links[i] && f < FAMILIES; f++) port_close(d->links[i]->ports[f]);
    interfaces_stop(d->interfaces, interfaces_on_stopped, d);
    uv_close((uv_handle_t *)&d->timer, timer_on_closed);
}
