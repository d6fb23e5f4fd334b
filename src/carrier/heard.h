/*
 * heard.h: the tokens heard on one link: a bounded table, whose entries live for DISCOVERY_HEARD_MS after the last
 * beacon. Touches no clock and no network.
 *
 * A node that is heard over IPv4 and IPv6 is one entry. A token that comes from two addresses of one family is two
 * entries, so that nobody makes a node unheard by repeating its token. One address has at most
 * DISCOVERY_HEARD_OF_ONE_MAX tokens alive, so a single flooder fills no table.
 */
#ifndef CARRIER_HEARD_H
#define CARRIER_HEARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "carrier/bucket.h"
#include "core/limits.h"

struct heard_entry {
    uint64_t last_ms;
    bool used, has_ipv4, has_ipv6;
    uint8_t token[BEACON_TOKEN_SIZE];
    uint8_t ipv4[4], ipv6[16];
};

struct heard {
    struct bucket says; /* new entries a second */
    struct heard_entry entries[DISCOVERY_HEARD_MAX];
};

enum heard_result {
    HEARD_KNOWN,  /* its life is prolonged */
    HEARD_NEW,    /* entered; when the table was full, instead of the one that has been silent longest */
    HEARD_DROPPED /* too many: of this address, or of all new ones in this second */
};

/* Begin empty. */
void heard_init(struct heard *h, uint64_t now_ms);

/* Forget all entries; the count of new ones a second goes on. */
void heard_clear(struct heard *h);

/* Note a token heard from an address (4 or 16 bytes). */
enum heard_result heard_note(struct heard *h, const uint8_t token[BEACON_TOKEN_SIZE], bool ipv6, const uint8_t *address,
                             uint64_t now_ms);

/* Return how many are alive. */
unsigned heard_count(const struct heard *h, uint64_t now_ms);

#endif
