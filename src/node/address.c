/*
 * address.c: split, read, compare and write addresses.
 */
#include "node/address.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/addresses.h"

/* ---- Reading ---- */

static int part_copy(char *out, size_t size, const char *text, size_t length) {
    if (length == 0 || length >= size || memchr(text, ' ', length) || memchr(text, '/', length)) return ERR_USAGE;
    memcpy(out, text, length);
    out[length] = '\0';
    return 0;
}

static int port_copy(struct address_parts *out, const char *text) {
    size_t length = strlen(text);
    if (length == 0 || length >= sizeof out->port || strspn(text, "0123456789") != length) return ERR_USAGE;
    if (strtoul(text, NULL, 10) > UINT16_MAX) return ERR_USAGE;
    memcpy(out->port, text, length + 1);
    return 0;
}

int address_split(struct address_parts *out, const char *text) {
    const char *first = strchr(text, ':'), *last = strrchr(text, ':');
    memset(out, 0, sizeof *out);
    if (*text == '[') {
        const char *end = strchr(text, ']');
        if (!end || (end[1] != '\0' && end[1] != ':') || !memchr(text, ':', (size_t)(end - text))) return ERR_USAGE;
        int err = part_copy(out->host, sizeof out->host, text + 1, (size_t)(end - text - 1));
        return err || end[1] == '\0' ? err : port_copy(out, end + 2);
    }
    if (strpbrk(text, "[]")) return ERR_USAGE;
    if (!first || first != last) return part_copy(out->host, sizeof out->host, text, strlen(text));
    int err = part_copy(out->host, sizeof out->host, text, (size_t)(first - text));
    return err ? err : port_copy(out, first + 1);
}

int address_parse(struct sockaddr_storage *out, const char *text) {
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
    struct address_parts parts;
    struct addrinfo *found = NULL;
    if (address_split(&parts, text) || parts.port[0] == '\0') return ERR_USAGE;
    const char *host = strcmp(parts.host, "localhost") == 0 ? "127.0.0.1" : parts.host;
    if (getaddrinfo(host, parts.port, &hints, &found) != 0) return ERR_USAGE;
    memset(out, 0, sizeof *out);
    memcpy(out, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return 0;
}

/* ---- Comparing ---- */

struct host {
    uint8_t bytes[16];
    uint32_t scope;
    uint16_t port;
};

/* Take an address apart; IPv4 as it is mapped into IPv6. False for another family. */
static bool host_of(struct host *out, const struct sockaddr *address) {
    memset(out, 0, sizeof *out);
    if (address->sa_family == AF_INET) {
        struct sockaddr_in four;
        memcpy(&four, address, sizeof four);
        out->bytes[10] = out->bytes[11] = 0xff;
        memcpy(out->bytes + 12, &four.sin_addr, 4);
        out->port = four.sin_port;
        return true;
    }
    if (address->sa_family != AF_INET6) return false;
    struct sockaddr_in6 six;
    memcpy(&six, address, sizeof six);
    memcpy(out->bytes, &six.sin6_addr, 16);
    out->port = six.sin6_port;
    if (IN6_IS_ADDR_LINKLOCAL(&six.sin6_addr)) out->scope = six.sin6_scope_id;
    return true;
}

bool address_is_same_host(const struct sockaddr *a, const struct sockaddr *b) {
    struct host one, other;
    return host_of(&one, a) && host_of(&other, b) && memcmp(one.bytes, other.bytes, 16) == 0 &&
           one.scope == other.scope;
}

bool address_is_same(const struct sockaddr *a, const struct sockaddr *b) {
    struct host one, other;
    return host_of(&one, a) && host_of(&other, b) && one.port == other.port && address_is_same_host(a, b);
}

socklen_t address_size(const struct sockaddr *address) {
    if (address->sa_family == AF_INET) return sizeof(struct sockaddr_in);
    return address->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : 0;
}

/* ---- Writing ---- */

void address_text(char out[ADDRESS_TEXT_SIZE], const struct sockaddr *address) {
    char host[NI_MAXHOST], port[NI_MAXSERV];
    out[0] = '\0';
    if (getnameinfo(address, address_size(address), host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV))
        return;
    snprintf(out, ADDRESS_TEXT_SIZE, strchr(host, ':') ? "[%.60s]:%.6s" : "%.60s:%.6s", host, port);
}

static bool is_wildcard(const struct sockaddr *address) {
    static const uint8_t zeros[16], mapped[16] = {[10] = 0xff, [11] = 0xff};
    struct host host;
    return !address || !host_of(&host, address) || memcmp(host.bytes, zeros, 16) == 0 ||
           memcmp(host.bytes, mapped, 16) == 0;
}

static void port_set(struct sockaddr_storage *address, uint16_t port) {
    if (address->ss_family == AF_INET)
        ((struct sockaddr_in *)address)->sin_port = htons(port);
    else
        ((struct sockaddr_in6 *)address)->sin6_port = htons(port);
}

static void put(char out[ADDRESS_TEXT_SIZE], const struct sockaddr *address, uint16_t port) {
    struct sockaddr_storage with_port = {0};
    memcpy(&with_port, address, address_size(address));
    port_set(&with_port, port);
    address_text(out, (const struct sockaddr *)&with_port);
}

static bool is_wanted(const struct ifaddrs *at, int family, const char *const *names, size_t count) {
    bool named = count == 0;
    if (!at->ifa_addr || (at->ifa_addr->sa_family != AF_INET && at->ifa_addr->sa_family != AF_INET6)) return false;
    if (family != AF_UNSPEC && at->ifa_addr->sa_family != family) return false;
    for (size_t i = 0; i < count; i++) named |= strcmp(names[i], at->ifa_name) == 0;
    if (!named || !(at->ifa_flags & IFF_UP) || !(at->ifa_flags & IFF_RUNNING)) return false;
    if ((at->ifa_flags & IFF_LOOPBACK) && count == 0) return false;
    struct host host;
    (void)host_of(&host, at->ifa_addr);
    return !(at->ifa_addr->sa_family == AF_INET6 && host.bytes[0] == 0xfe && (host.bytes[1] & 0xc0) == 0x80);
}

bool address_is_of(const struct sockaddr *own, const char *const *names, size_t count) {
    struct addresses here;
    bool found = false;
    if (addresses_get(&here) != 0) return false;
    for (const struct ifaddrs *at = here.list; at && !found; at = at->ifa_next) {
        if (!at->ifa_addr || !address_is_same_host(at->ifa_addr, own)) continue;
        for (size_t i = 0; i < count; i++) found |= strcmp(names[i], at->ifa_name) == 0;
    }
    addresses_free(&here);
    return found;
}

size_t address_own(char (*out)[ADDRESS_TEXT_SIZE], size_t max, const struct sockaddr *listen, uint16_t port,
                   const char *const *names, size_t count) {
    struct sockaddr_in loop = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct addresses here;
    size_t found = 0;
    if (max == 0) return 0;
    if (!is_wildcard(listen)) {
        put(out[0], listen, port);
        return 1;
    }
    bool listed = addresses_get(&here) == 0;
    int family = listen && listen->sa_family == AF_INET ? AF_INET : AF_UNSPEC;
    for (const struct ifaddrs *at = here.list; listed && at && found < max; at = at->ifa_next)
        if (is_wanted(at, family, names, count)) put(out[found++], at->ifa_addr, port);
    addresses_free(&here);
    if (found == 0) put(out[found++], (const struct sockaddr *)&loop, port);
    return found;
}
