/*
 * interfaces_list.c: the list that every system of today has (host/addresses.h). It doesn't tell whether an IPv6
 * address is tentative; that the address can be bound does.
 */
#include "carrier/interfaces_list.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "carrier/network_watch.h"
#include "host/addresses.h"

static bool can_bind(const struct interface *i, const uint8_t bytes[16]) {
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_scope_id = i->index};
    memcpy(&address.sin6_addr, bytes, 16);
    int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return false;
    bool bound = bind(fd, (const struct sockaddr *)&address, sizeof address) == 0;
    close(fd);
    return bound;
}

static uint8_t prefix_of(const uint8_t *mask, size_t size) {
    uint8_t bits = 0;
    while (bits < size * 8 && (mask[bits / 8] >> (7 - bits % 8) & 1)) bits++;
    return bits;
}

static void address_add(struct interface *i, const struct sockaddr *address, const struct sockaddr *mask) {
    struct interface_address a = {0};
    if (i->address_count == DISCOVERY_ADDRESSES_MAX) return;
    if (address->sa_family == AF_INET) {
        struct sockaddr_in full, ones = {0};
        memcpy(&full, address, sizeof full);
        if (mask) memcpy(&ones, mask, sizeof ones);
        memcpy(a.bytes, &full.sin_addr, 4);
        a.prefix = prefix_of((const uint8_t *)&ones.sin_addr, 4);
    } else {
        struct sockaddr_in6 full;
        memcpy(&full, address, sizeof full);
        if (!IN6_IS_ADDR_LINKLOCAL(&full.sin6_addr)) return;
        a.ipv6 = true;
        memcpy(a.bytes, &full.sin6_addr, sizeof a.bytes);
        a.prefix = 64;
        a.tentative = !can_bind(i, a.bytes);
    }
    i->addresses[i->address_count++] = a;
}

/* Return the entry of the interface, made if it is new; NULL if it is of no use or there is no room. */
static struct interface *entry_of(struct interface *list, size_t *count, size_t room, const char *name, unsigned flags,
                                  bool *more) {
    unsigned index = if_nametoindex(name);
    if (index == 0) return NULL; /* it went away meanwhile */
    for (size_t i = 0; i < *count; i++)
        if (list[i].index == index) return &list[i];
    if (network_is_port(index)) return NULL;
    if (*count == room) {
        *more = true;
        return NULL;
    }
    struct interface *new = &list[(*count)++];
    memset(new, 0, sizeof *new);
    new->index = index;
    new->loopback = flags &IFF_LOOPBACK;
    memcpy(new->name, name, strlen(name));
    return new;
}

int interfaces_list(struct interface *out, size_t room, interfaces_wanted wanted, const void *context, bool *more) {
    struct addresses all;
    size_t count = 0;
    *more = false;
    int err = addresses_get(&all);
    if (err) return err;
    for (const struct ifaddrs *each = all.list; each; each = each->ifa_next) {
        char name[IF_NAMESIZE] = {0};
        size_t size = strcspn(each->ifa_name, ":"); /* a second IPv4 address may have a label: eth0:1 */
        if (size >= sizeof name) continue;
        memcpy(name, each->ifa_name, size);
        if (!wanted(context, name, each->ifa_flags)) continue;
        struct interface *i = entry_of(out, &count, room, name, each->ifa_flags, more);
        const struct sockaddr *address = each->ifa_addr;
        if (i && address && (address->sa_family == AF_INET || address->sa_family == AF_INET6))
            address_add(i, address, each->ifa_netmask);
    }
    addresses_free(&all);
    return (int)count;
}
