/*
 * multicast.c: sockets bound to the group's own address, so that nothing but datagrams to the group comes in.
 *
 * The IPv4 group is of the administratively scoped local block (RFC 2365), the IPv6 one a link-local group that is not
 * permanently assigned (RFC 4291, section 2.7), with an identifier for dynamic use (RFC 3307).
 */
#include "carrier/multicast.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "core/limits.h"

static const uint8_t group_ipv4[4] = {239, 255, 74, 27};
static const uint8_t group_ipv6[16] = {0xff, 0x12, [12] = 0x80, [14] = 0x74, [15] = 0x27};

union control { /* room for the ancillary data, aligned */
    struct cmsghdr header;
    uint8_t bytes[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(uint32_t)) + 64];
};

static socklen_t group_address(struct sockaddr_storage *out, unsigned interface, bool ipv6) {
    memset(out, 0, sizeof *out);
    if (ipv6) {
        struct sockaddr_in6 *a = (struct sockaddr_in6 *)out;
        a->sin6_family = AF_INET6;
        a->sin6_port = htons(DISCOVERY_PORT);
        a->sin6_scope_id = interface;
        memcpy(&a->sin6_addr, group_ipv6, sizeof group_ipv6);
        return sizeof *a;
    }
    struct sockaddr_in *a = (struct sockaddr_in *)out;
    a->sin_family = AF_INET;
    a->sin_port = htons(DISCOVERY_PORT);
    memcpy(&a->sin_addr, group_ipv4, sizeof group_ipv4);
    return sizeof *a;
}

static bool option(int fd, int level, int name, int value) {
    return setsockopt(fd, level, name, &value, sizeof value) == 0;
}

static bool join_ipv4(int fd, unsigned interface, bool loopback) {
    struct ip_mreqn request = {.imr_ifindex = (int)interface};
    /* The source, which would otherwise be an address of another interface. */
    if (loopback) request.imr_address.s_addr = htonl(INADDR_LOOPBACK);
    memcpy(&request.imr_multiaddr, group_ipv4, sizeof group_ipv4);
    /* Without IP_MULTICAST_ALL = 0 a socket hears what any other socket of the machine has joined. */
    return option(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0) && option(fd, IPPROTO_IP, IP_PKTINFO, 1) &&
           option(fd, IPPROTO_IP, IP_MULTICAST_TTL, 1) && option(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 1) &&
           setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &request, sizeof request) == 0 &&
           setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof request) == 0;
}

static bool join_ipv6(int fd, unsigned interface) {
    struct ipv6_mreq request = {.ipv6mr_interface = interface};
    memcpy(&request.ipv6mr_multiaddr, group_ipv6, sizeof group_ipv6);
    return option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) && option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) &&
           option(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 1) && option(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 1) &&
           option(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, (int)interface) &&
           setsockopt(fd, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &request, sizeof request) == 0;
}

int multicast_open(unsigned interface, bool ipv6, bool loopback) {
    struct sockaddr_storage group;
    socklen_t size = group_address(&group, interface, ipv6);
    int err = ERR_NET;
    if (ipv6 && loopback) return ERR_NET; /* there is no route for it */
    int fd = socket(ipv6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return errno == EAFNOSUPPORT || errno == EPROTONOSUPPORT ? ERR_UNSUPPORTED : ERR_NET;
    (void)option(fd, SOL_SOCKET, SO_RXQ_OVFL, 1);
    if (!option(fd, SOL_SOCKET, SO_REUSEADDR, 1)) goto err0;
    if (!(ipv6 ? join_ipv6(fd, interface) : join_ipv4(fd, interface, loopback))) goto err0;
    if (bind(fd, (const struct sockaddr *)&group, size) != 0) {
        err = errno == EADDRINUSE ? ERR_BUSY : ERR_NET;
        goto err0;
    }
    return fd;
err0:
    close(fd);
    return err;
}

int multicast_send(int fd, unsigned interface, bool ipv6, const uint8_t *data, size_t size) {
    struct sockaddr_storage group;
    socklen_t group_size = group_address(&group, interface, ipv6);
    ssize_t sent = sendto(fd, data, size, MSG_NOSIGNAL, (const struct sockaddr *)&group, group_size);
    return sent == (ssize_t)size ? 0 : ERR_NET;
}

static void control_read(struct msghdr *message, unsigned interface, struct multicast_datagram *out) {
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL) {
            memcpy(&out->lost, CMSG_DATA(c), sizeof out->lost);
        } else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo info;
            memcpy(&info, CMSG_DATA(c), sizeof info);
            out->on_interface = info.ipi_ifindex == (int)interface;
        } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
            struct in6_pktinfo info;
            memcpy(&info, CMSG_DATA(c), sizeof info);
            out->on_interface = info.ipi6_ifindex == interface;
        }
    }
}

int multicast_receive(int fd, unsigned interface, uint8_t *data, size_t room, struct multicast_datagram *out) {
    union control control;
    struct iovec part = {data, room};
    struct msghdr message = {.msg_name = &out->source,
                             .msg_namelen = sizeof out->source,
                             .msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    memset(out, 0, sizeof *out);
    ssize_t got = recvmsg(fd, &message, MSG_TRUNC);
    if (got < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? 0 : ERR_NET;
    out->size = (size_t)got;
    control_read(&message, interface, out);
    return 1;
}
