/*
 * lan_gone.c: contacts whose own address has gone with a cable or a network. TCP would try for minutes to send from it,
 * and who is in contact is not dialled anew.
 */
#include <ifaddrs.h>
#include <netinet/in.h>
#include <string.h>

#include "carrier/lan_internal.h"

/* An address without its port; IPv4 within IPv6 as IPv4. */
struct plain {
    sa_family_t family;
    uint32_t scope;
    uint8_t bytes[16];
};

static bool plain_of(struct plain *out, const struct sockaddr *address) {
    memset(out, 0, sizeof *out);
    out->family = address->sa_family;
    if (address->sa_family == AF_INET) {
        memcpy(out->bytes, &((const struct sockaddr_in *)address)->sin_addr, 4);
        return true;
    }
    if (address->sa_family != AF_INET6) return false;
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;
    if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
        out->family = AF_INET;
        memcpy(out->bytes, in6->sin6_addr.s6_addr + 12, 4);
    } else {
        out->scope = IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr) ? in6->sin6_scope_id : 0;
        memcpy(out->bytes, &in6->sin6_addr, 16);
    }
    return true;
}

static bool is_here(const struct ifaddrs *list, const struct plain *own) {
    /* The whole of 127.0.0.0/8 is here, and not listed. */
    if (own->family == AF_INET && own->bytes[0] == 127) return true;
    for (; list; list = list->ifa_next) {
        struct plain one;
        if (!list->ifa_addr || !plain_of(&one, list->ifa_addr)) continue;
        if (one.family == own->family && one.scope == own->scope && memcmp(one.bytes, own->bytes, 16) == 0) return true;
    }
    return false;
}

void lan_network_changed(struct lan *lan) {
    struct ifaddrs *list;
    bool any = false;
    for (unsigned i = 0; i < LAN_CONTACTS_MAX; i++)
        any = any || (lan->contacts[i] && lan->contacts[i]->phase == CONTACT_RUNNING);
    if (!any || getifaddrs(&list) != 0) return;
    for (unsigned i = 0; i < LAN_CONTACTS_MAX; i++) {
        struct lan_contact *c = lan->contacts[i];
        struct sockaddr_storage own;
        struct plain plain;
        int size = sizeof own;
        if (!c || c->phase != CONTACT_RUNNING) continue;
        if (uv_tcp_getsockname(&c->tcp, (struct sockaddr *)&own, &size) != 0) continue;
        if (plain_of(&plain, (struct sockaddr *)&own) && !is_here(list, &plain)) lan_contact_end(c, ERR_LINK, false);
    }
    freeifaddrs(list);
}
