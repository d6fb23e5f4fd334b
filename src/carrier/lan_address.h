/*
 * lan_address.h: what is remembered of the addresses that contacts come from: how quickly they come, what work they
 * have cost, and whether they are held off. Bounded: the one that was quiet for longest is forgotten.
 */
#ifndef CARRIER_LAN_ADDRESS_H
#define CARRIER_LAN_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/err.h"

/* What counts as one address: an IPv4 address, an IPv6 /64, or a whole link-local IPv6 address with its interface. */
struct lan_key {
    uint8_t bytes[16];
    uint32_t scope;
};

struct lan_addresses;
struct sockaddr; /* <sys/socket.h>, which not every system that has keys has */

void lan_key_of(struct lan_key *out, const struct sockaddr *address);

static inline bool lan_key_equal(const struct lan_key *a, const struct lan_key *b) {
    return a->scope == b->scope && memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

/* Tell whether it is an address of a local network (RFC 1918, link-local, unique local), but not this machine's. */
bool lan_key_is_near(const struct lan_key *key);

struct lan_addresses *lan_addresses_new(void); /* NULL: out of memory */
void lan_addresses_free(struct lan_addresses *a);

/* A connection has come from an address: tell whether to take it. If it comes too quickly, is held off, or has spent
 * its share of work, not. */
bool lan_address_admit(struct lan_addresses *a, const struct lan_key *key, uint64_t now_ms);

bool lan_address_is_held(const struct lan_addresses *a, const struct lan_key *key, uint64_t now_ms);

/* Return for how many more milliseconds it is held off; 0 if it isn't. */
uint64_t lan_address_held_ms(const struct lan_addresses *a, const struct lan_key *key, uint64_t now_ms);

/* It broke a rule: hold it off for LAN_HOLD_OFF_MS, twice as long with every further time within LAN_HOLD_OFF_MS_MAX.
 */
void lan_address_blame(struct lan_addresses *a, const struct lan_key *key, uint64_t now_ms);

/* So much work went into a contact with it that moved nothing. */
void lan_address_spend(struct lan_addresses *a, const struct lan_key *key, uint64_t microseconds, uint64_t now_ms);

unsigned lan_addresses_held(const struct lan_addresses *a, uint64_t now_ms);

#endif
