/*
 * interfaces.h: the network interfaces that are of use, and their addresses, as they come and go.
 *
 * An interface appears when it is up, running and can do multicast, with the addresses that it has then; it is gone
 * when one of that ends. Ports of a bridge or a bond do not count. Loopback and point-to-point interfaces (VPN, mobile
 * network) are left out unless asked for by name. Only IPv4 addresses and link-local IPv6 addresses count.
 */
#ifndef CARRIER_INTERFACES_H
#define CARRIER_INTERFACES_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "core/err.h"
#include "core/limits.h"

struct interface_address {
    uint8_t bytes[16]; /* in network order; IPv4 in the first four, the others zero */
    uint8_t prefix;    /* bits */
    bool ipv6;
    bool tentative; /* IPv6 still asks whether somebody else has it: it can't be used yet */
};

struct interface {
    unsigned index;
    char name[IF_NAMESIZE];
    bool loopback;
    size_t address_count;
    struct interface_address addresses[DISCOVERY_ADDRESSES_MAX];
};

/* Borrowed for the call. */
struct interfaces_events {
    void (*appeared)(void *context, const struct interface *interface);
    void (*changed)(void *context, const struct interface *interface); /* addresses, or whether one is tentative */
    void (*gone)(void *context, unsigned index);
    void *context;
};

struct interfaces;

/*
 * Start to watch; the first calls come from the loop, soon. names (IF_NAMESIZE each, with a final zero) choose the
 * interfaces, none of them all; they are copied. Errors: ERR_MEMORY, ERR_NET (the system tells nothing at all).
 */
MUST_CHECK int interfaces_start(struct interfaces **out, uv_loop_t *loop, const char (*names)[IF_NAMESIZE],
                                size_t name_count, const struct interfaces_events *events);

/* List everything anew, for instance after a sleep; the differences come as events. */
void interfaces_refresh(struct interfaces *w);

/* Tell whether the machine has slept (suspend) for some seconds since this was asked last. */
bool interfaces_slept(struct interfaces *w);

enum interfaces_trouble {
    INTERFACES_FINE,
    INTERFACES_MORE, /* there are more than DISCOVERY_INTERFACES_MAX: the first ones are used */
    INTERFACES_BLIND /* the system does not list them just now: the state is an old one */
};
enum interfaces_trouble interfaces_trouble(const struct interfaces *w);

/* Stop: no more events. w is freed and stopped is called once the handles are closed. NULL is not allowed. */
void interfaces_stop(struct interfaces *w, void (*stopped)(void *context), void *context);

/* Tell whether the interface has an address of the family that can be used now. */
bool interface_usable(const struct interface *i, bool ipv6);

/* Tell whether an IPv4 address (4 bytes) lies in one of the interface's networks, and is no broadcast address there. */
bool interface_has_neighbour(const struct interface *i, const uint8_t address[4]);

#endif
