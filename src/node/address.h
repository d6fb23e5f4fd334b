/*
 * address.h: addresses of points as people give and read them.
 *
 *   HOST   HOST:PORT   [ADDR]   [ADDR]:PORT   ADDR (IPv6 without a port: it has two colons or more)
 *
 * A link-local IPv6 address has its interface behind it: fe80::1%eth0.
 */
#ifndef NODE_ADDRESS_H
#define NODE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "core/err.h"

#define ADDRESS_HOST_SIZE 256
#define ADDRESS_TEXT_SIZE 80
#define ADDRESS_OWN_MAX 8

struct address_parts {
    char host[ADDRESS_HOST_SIZE]; /* without brackets */
    char port[6];                 /* "" if none was given */
};

/* Split what a person gave, without looking it up. ERR_USAGE: it has none of the forms above, or a port over 65535. */
MUST_CHECK int address_split(struct address_parts *out, const char *text);

/* Read ADDR:PORT or [ADDR]:PORT with a numeric address, without looking it up. ERR_USAGE. */
MUST_CHECK int address_parse(struct sockaddr_storage *out, const char *text);

/* Tell whether two addresses are the same; host: whatever the port. */
bool address_is_same(const struct sockaddr *a, const struct sockaddr *b);
bool address_is_same_host(const struct sockaddr *a, const struct sockaddr *b);

/* Tell whether an address is one of these interfaces'. */
bool address_is_of(const struct sockaddr *own, const char *const *names, size_t count);

/* Return the bytes of an IPv4 or IPv6 address for system calls; 0 for another family. */
socklen_t address_size(const struct sockaddr *address);

/* Write it as ADDR:PORT or [ADDR]:PORT. */
void address_text(char out[ADDRESS_TEXT_SIZE], const struct sockaddr *address);

/*
 * List under which addresses others reach a port here that listens at this address (NULL: all): IPv4, and IPv6 without
 * link-local ones, of running interfaces; the loopback one if there is none. names: only these interfaces, if count is
 * not 0. At most max; returns how many.
 */
size_t address_own(char (*out)[ADDRESS_TEXT_SIZE], size_t max, const struct sockaddr *listen, uint16_t port,
                   const char *const *names, size_t count);

#endif
