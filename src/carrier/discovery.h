/*
 * discovery.h: find the nodes on the same networks by multicast beacons, over IPv4 and IPv6 (doc/protocol.md,
 * "Discovery").
 *
 * Everything runs on the caller's loop and thread. Memory is fixed but for a few hundred bytes a socket; work a second
 * is bounded however many datagrams come. Interfaces and addresses are followed as they come and go; where there is no
 * IPv6, no multicast or no network at all, the rest works on and discovery_problem says what is missing.
 */
#ifndef CARRIER_DISCOVERY_H
#define CARRIER_DISCOVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <uv.h>

#include "core/err.h"
#include "core/limits.h"

struct discovery;

/*
 * A node was heard of. tcp_address (sockaddr_in or sockaddr_in6 with its scope) is where it listens; it lies on the
 * same link: the datagram came from it. It and token are borrowed for the call.
 *
 * Of two nodes that hear each other exactly one is told we_connect; nobody is to connect to the other otherwise. But
 * multicast can work in one direction only: to connect all the same when no contact has come from that address within
 * some seconds does no harm.
 *
 * A node is told once for as long as its token lives, over IPv6 or IPv4, whichever came first; and anew when its token
 * or ours has changed (every few minutes, and with every change of addresses). Whoever is in contact with that address
 * passes over it. Anybody on the link can send beacons, with any port: an address is a hint and proves nothing.
 */
typedef void (*discovery_heard)(void *context, const struct sockaddr *tcp_address,
                                const uint8_t token[BEACON_TOKEN_SIZE], bool we_connect);

struct discovery_config {
    const char *const *interfaces; /* names of the interfaces to use, or NULL and 0 for all that suit: running,
                                      able of multicast, neither loopback nor point to point (VPN, mobile network) */
    size_t interface_count;
    uint16_t port;                          /* TCP port on which this node listens; not 0 */
    void (*random)(void *out, size_t size); /* NULL: libsodium's; sodium_init must have been called */
    discovery_heard heard;
    void *context; /* of heard */
};

struct discovery_counts {
    unsigned interfaces;           /* in use now */
    unsigned ipv4, ipv6;           /* of those, with a usable address of the family */
    unsigned peers;                /* tokens alive */
    uint64_t sent, received, told; /* beacons sent and received (own ones aside), calls of heard */
    uint64_t send_failed;          /* the system refused to send */
    uint64_t bad, other_version;   /* datagrams that were no beacon; or one of another version */
    uint64_t off_link;             /* whose source is no address of the link */
    uint64_t dropped;              /* beacons passed over because there were too many */
    uint64_t rotations;            /* tokens made */
};

/*
 * Start. names in config are copied. loop stays borrowed until stopped has been called. What doesn't work (a kernel
 * without IPv6 or netlink, a port in use) is no error, see discovery_problem. Errors: ERR_MEMORY; ERR_USAGE (port 0,
 * more than DISCOVERY_INTERFACES_MAX names or a name too long); ERR_NET (neither IPv4 nor IPv6 gives a UDP socket, or
 * the interfaces cannot be listed at all).
 */
MUST_CHECK int discovery_start(struct discovery **out, uv_loop_t *loop, const struct discovery_config *config);

/* Take new tokens at once, on every interface, and announce them. Everybody in reach will be told anew. */
void discovery_rotate(struct discovery *d);

void discovery_counts(const struct discovery *d, struct discovery_counts *out);

/*
 * Return an English sentence (a key of the catalogues) about what does not work now, or NULL. The pointer is static.
 */
const char *discovery_problem(const struct discovery *d);

/*
 * Stop: no more calls of heard. The handles close within the next turns of the loop; then d is freed and stopped
 * (may be NULL) is called with context. d must not be used after this call. NULL is fine (stopped isn't called).
 */
void discovery_stop(struct discovery *d, void (*stopped)(void *context), void *context);

#endif
