/*
 * multicast.h: the UDP sockets of discovery: one for each interface and family, which hears and speaks on that
 * interface only and shares its port with other processes.
 */
#ifndef CARRIER_MULTICAST_H
#define CARRIER_MULTICAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "core/err.h"

/*
 * Open a socket that does not block, and join the group on the interface; loopback does IPv4 only. Return the
 * descriptor, which the caller closes; ERR_UNSUPPORTED (the system has no such family), ERR_BUSY (another program keeps
 * the port for itself) or ERR_NET (the interface takes no multicast of this family now).
 */
MUST_CHECK int multicast_open(unsigned interface, bool ipv6, bool loopback);

/* Send to the group; hop limit 1. Errors: ERR_NET. */
MUST_CHECK int multicast_send(int fd, unsigned interface, bool ipv6, const uint8_t *data, size_t size);

struct multicast_datagram {
    struct sockaddr_storage source;
    size_t size;       /* may be more than was stored */
    uint32_t lost;     /* datagrams that the kernel has dropped on this socket, since it was opened */
    bool on_interface; /* it came in on the socket's interface */
};

/* Receive one datagram; what is longer than room is cut. Return 1, 0 if none is there, or ERR_NET. */
MUST_CHECK int multicast_receive(int fd, unsigned interface, uint8_t *data, size_t room,
                                 struct multicast_datagram *out);

#endif
