/*
 * lan_listen.c: the listener, and who is turned away.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "carrier/lan_internal.h"

#define BACKLOG 128
#define IDLE_MS \
    30000 /* a contact that was settled and still for so long makes room for a new one when all is taken \
           */

/* Make room for a new contact: end the one that has been through for longest. */
static bool room_make(struct lan *lan) {
    struct lan_contact *idle = NULL;
    uint64_t now_ms = contact_now_ms();
    for (unsigned i = 0; i < LAN_CONTACTS_MAX; i++) {
        struct lan_contact *c = lan->contacts[i];
        if (!c) return true;
        if (c->contact.phase != CONTACT_RUNNING || !c->contact.settled || now_ms - c->contact.moved_ms < IDLE_MS)
            continue;
        if (!idle || c->contact.moved_ms < idle->contact.moved_ms) idle = c;
    }
    if (idle) contact_goodbye(&idle->contact, ERR_END);
    return false; /* its place is free when its handles have closed: whoever came tries again */
}

/* A connection that is closed again at once; it has no memory but its handle. */
static void turn_away(struct lan *lan, uv_stream_t *listener) {
    static const struct linger at_once = {.l_onoff = 1};
    uv_os_fd_t fd;
    uv_tcp_t *tcp = malloc(sizeof *tcp);
    contacts_turn_away(lan->set);
    if (!tcp) return;
    if (uv_tcp_init(lan->loop, tcp) != 0) {
        free(tcp);
        return;
    }
    if (uv_accept(listener, (uv_stream_t *)tcp) == 0 && uv_fileno((uv_handle_t *)tcp, &fd) == 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once); /* no TIME_WAIT for it */
    uv_close((uv_handle_t *)tcp, (uv_close_cb)free);
}

static bool is_accepted(const struct lan_contact *c) {
    const struct lan_config *config = &c->lan->config;
    struct sockaddr_storage own;
    int size = sizeof own;
    if (!config->accepts) return true;
    return uv_tcp_getsockname(&c->tcp, (struct sockaddr *)&own, &size) == 0 &&
           config->accepts(config->context, (const struct sockaddr *)&own);
}

static void on_connection(uv_stream_t *listener, int status) {
    struct lan *lan = listener->data;
    if (status < 0 || lan->stopping) return;
    struct lan_contact *c = room_make(lan) ? lan_contact_new(lan) : NULL;
    if (!c) {
        turn_away(lan, listener);
        return;
    }
    int size = sizeof c->address;
    if (uv_accept(listener, (uv_stream_t *)&c->tcp) != 0 ||
        uv_tcp_getpeername(&c->tcp, (struct sockaddr *)&c->address, &size) != 0) {
        c->quiet = true;
        contact_end(&c->contact, ERR_LINK, false);
        return;
    }
    struct lan_key key;
    lan_key_of(&key, (const struct sockaddr *)&c->address);
    bool crowded = lan_contacts_of(lan, &key) >= LAN_CONTACTS_OF_ONE;
    c->contact.key = key;
    if (crowded || !is_accepted(c) || !lan_address_admit(contacts_addresses(lan->set), &key, contact_now_ms())) {
        contacts_turn_away(lan->set);
        c->quiet = true;
        contact_end(&c->contact, ERR_LIMIT, false);
        return;
    }
    lan_contact_begin(c);
}

/* Make a listening socket, or return -errno. */
static int socket_listen(const struct sockaddr *address, socklen_t size) {
    static const int yes = 1, no = 0;
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -errno;
    int bad = setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (address->sa_family == AF_INET6) bad |= setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
    if (!bad && bind(fd, address, size) == 0 && listen(fd, BACKLOG) == 0) return fd;
    int err = -errno;
    close(fd);
    return err;
}

/* All addresses: of IPv6, which takes IPv4 too, or of IPv4 where there is no IPv6. */
static int socket_listen_all(uint16_t port) {
    const struct sockaddr_in6 any6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    const struct sockaddr_in any4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket_listen((const struct sockaddr *)&any6, sizeof any6);
    if (fd >= 0 || fd == -EADDRINUSE) return fd;
    return socket_listen((const struct sockaddr *)&any4, sizeof any4);
}

static uint16_t port_of(int fd) {
    union {
        struct sockaddr_in6 in6; /* the larger one */
        struct sockaddr_in in4;
        struct sockaddr any;
    } own = {.in6 = {0}};
    socklen_t size = sizeof own;
    if (getsockname(fd, &own.any, &size) != 0) return 0;
    return ntohs(own.any.sa_family == AF_INET6 ? own.in6.sin6_port : own.in4.sin_port);
}

int lan_listen(struct lan *lan, char why[LAN_WHY_SIZE]) {
    const struct sockaddr *address = lan->config.listen;
    int fd = address ? socket_listen(address, address->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
                                                                             : sizeof(struct sockaddr_in))
                     : socket_listen_all(LAN_PORT);
    if (!address && fd == -EADDRINUSE) fd = socket_listen_all(0);
    int uv = fd < 0 ? fd : uv_tcp_init(lan->loop, &lan->listener);
    if (uv == 0 || fd >= 0) {
        lan->listener.data = lan;
        lan->listening = uv == 0;
        lan->handles += uv == 0;
        if (uv == 0) uv = uv_tcp_open(&lan->listener, fd);
        if (uv != 0) close(fd);
        if (uv == 0) uv = uv_listen((uv_stream_t *)&lan->listener, BACKLOG, on_connection);
    }
    if (uv != 0) {
        if (why) snprintf(why, LAN_WHY_SIZE, "cannot listen for other nodes: %s", uv_strerror(uv));
        return ERR_NET;
    }
    lan->port = port_of(fd);
    return 0;
}
