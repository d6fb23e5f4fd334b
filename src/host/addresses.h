/*
 * addresses.h: the addresses of this machine's interfaces, also where the system refuses its usual list.
 *
 * Android tells ordinary programs nothing by netlink, of which getifaddrs is made; what it still answers is the older
 * question by ioctl, about IPv4 alone.
 */
#ifndef HOST_ADDRESSES_H
#define HOST_ADDRESSES_H

#include <ifaddrs.h>
#include <stdbool.h>

#include "core/err.h"

#define ADDRESSES_MAX 128 /* that the older way lists */

struct addresses {
    struct ifaddrs *list; /* name, flags, address and mask are filled in; NULL if there is none */
    bool own;             /* not of getifaddrs */
};

/* List them. Errors: ERR_NET (the system refuses both ways), ERR_MEMORY; then the list is NULL. */
MUST_CHECK int addresses_get(struct addresses *out);

/* The same by ioctl alone, for tests. */
MUST_CHECK int addresses_get_by_ioctl(struct addresses *out);

void addresses_free(struct addresses *a);

#endif
