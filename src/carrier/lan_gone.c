/*
 * lan_gone.c: contacts that are none any more: their own address has gone with a cable or a network, or the peer was
 * away and has come back. TCP would try for minutes, and who is in contact is not dialled anew.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "carrier/lan_internal.h"
#include "host/addresses.h"

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
    struct addresses here;
    bool any = false;
    for (unsigned i = 0; i < LAN_CONTACTS_MAX; i++)
        any = any || (lan->contacts[i] && lan->contacts[i]->contact.phase == CONTACT_RUNNING);
    if (!any || addresses_get(&here) != 0) return;
    for (unsigned i = 0; i < LAN_CONTACTS_MAX; i++) {
        struct lan_contact *c = lan->contacts[i];
        struct sockaddr_storage own;
        struct plain plain;
        int size = sizeof own;
        if (!c || c->contact.phase != CONTACT_RUNNING) continue;
        if (uv_tcp_getsockname(&c->tcp, (struct sockaddr *)&own, &size) != 0) continue;
        if (plain_of(&plain, (struct sockaddr *)&own) && !is_here(here.list, &plain))
            contact_end(&c->contact, ERR_LINK, false);
    }
    addresses_free(&here);
}

/* Tell whether what was sent last is not acknowledged and has been sent again. */
static bool is_stuck(const struct lan_contact *c) {
    struct tcp_info info;
    socklen_t size = sizeof info;
    uv_os_fd_t fd;
    if (uv_fileno((const uv_handle_t *)&c->tcp, &fd) != 0) return false;
    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 && info.tcpi_retransmits > 0;
}

void lan_probe(struct lan *lan, const struct sockaddr *address) {
    struct lan_key key;
    lan_key_of(&key, address);
    for (unsigned i = 0; i < LAN_CONTACTS_MAX; i++) {
        struct lan_contact *c = lan->contacts[i];
        if (!c || c->contact.phase != CONTACT_RUNNING || !lan_key_equal(&c->contact.key, &key)) continue;
        if (is_stuck(c)) {
            contact_end(&c->contact, ERR_LINK, false); /* TCP would wait for its next attempt, perhaps for long */
            continue;
        }
        session_ping(c->contact.session);
        c->contact.carrier->turn(&c->contact);
    }
}
