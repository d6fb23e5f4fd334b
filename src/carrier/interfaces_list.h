/*
 * interfaces_list.h: the interfaces and addresses as they are now, asked of the system once.
 */
#ifndef CARRIER_INTERFACES_LIST_H
#define CARRIER_INTERFACES_LIST_H

#include "carrier/interfaces.h"

/* Tell whether an interface is wanted, by its name and flags (IFF_UP and so on of net/if.h). */
typedef bool (*interfaces_wanted)(const void *context, const char *name, unsigned flags);

/*
 * Fill out with the interfaces that are wanted, at most room; *more tells whether there were others. Return their
 * number or ERR_NET.
 */
MUST_CHECK int interfaces_list(struct interface *out, size_t room, interfaces_wanted wanted, const void *context,
                               bool *more);

#endif
