/*
 * addresses.c: getifaddrs, else SIOCGIFCONF and one question for flags and one for the mask of each entry.
 */
#include "host/addresses.h"

#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* The list is one block, so that it is freed in one. */
struct entry {
    struct ifaddrs head;
    struct sockaddr_in address, mask;
    char name[IFNAMSIZ];
};

static bool entry_fill(struct entry *e, int fd, const struct ifreq *from) {
    struct ifreq ask = *from;
    if (from->ifr_addr.sa_family != AF_INET) return false;
    memcpy(e->name, from->ifr_name, IFNAMSIZ - 1);
    memcpy(&e->address, &from->ifr_addr, sizeof e->address);
    if (ioctl(fd, SIOCGIFFLAGS, &ask) != 0) return false; /* it went away meanwhile */
    e->head.ifa_flags = (unsigned short)ask.ifr_flags;
    ask.ifr_addr = from->ifr_addr; /* which of several addresses of the interface */
    if (ioctl(fd, SIOCGIFNETMASK, &ask) == 0) {
        memcpy(&e->mask, &ask.ifr_netmask, sizeof e->mask);
        e->mask.sin_family = AF_INET;
        e->head.ifa_netmask = (struct sockaddr *)&e->mask;
    }
    e->head.ifa_name = e->name;
    e->head.ifa_addr = (struct sockaddr *)&e->address;
    return true;
}

int addresses_get_by_ioctl(struct addresses *out) {
    struct ifreq found[ADDRESSES_MAX] = {0};
    struct ifconf list = {.ifc_len = sizeof found, .ifc_req = found};
    struct entry *entries = NULL;
    size_t count = 0;
    *out = (struct addresses){.own = true};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return ERR_NET;
    int err = ioctl(fd, SIOCGIFCONF, &list) == 0 && list.ifc_len >= 0 ? 0 : ERR_NET;
    size_t found_count = err ? 0 : (size_t)list.ifc_len / sizeof found[0];
    if (found_count > 0) {
        entries = calloc(found_count, sizeof *entries);
        if (!entries) err = ERR_MEMORY;
    }
    for (size_t i = 0; i < found_count && !err; i++) {
        struct entry *e = &entries[count];
        if (!entry_fill(e, fd, &found[i])) {
            memset(e, 0, sizeof *e);
            continue;
        }
        if (count > 0) entries[count - 1].head.ifa_next = &e->head;
        count++;
    }
    close(fd);
    if (count > 0)
        out->list = &entries[0].head;
    else
        free(entries);
    return err;
}

int addresses_get(struct addresses *out) {
    *out = (struct addresses){0};
    if (getifaddrs(&out->list) == 0) return 0;
    return addresses_get_by_ioctl(out);
}

void addresses_free(struct addresses *a) {
    if (a->own)
        free(a->list); /* the head is the first member of the first entry */
    else if (a->list)
        freeifaddrs(a->list);
    *a = (struct addresses){0};
}
