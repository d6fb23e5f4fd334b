/*
 * beacon.h: the datagram by which nodes on one network find each other (doc/protocol.md, "Discovery").
 *
 * It holds nothing that lasts: the token is random, other on every interface and changed often.
 */
#ifndef CORE_BEACON_H
#define CORE_BEACON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/limits.h"

#define BEACON_VERSION 1

struct beacon {
    uint8_t token[BEACON_TOKEN_SIZE];
    uint16_t port; /* TCP, not 0 */
    bool ask;      /* whoever hears it is asked to send a beacon of its own soon */
};

/* Write a beacon. port must not be 0. */
void beacon_encode(uint8_t out[BEACON_SIZE], const struct beacon *beacon);

/*
 * Read a datagram. Errors: ERR_VERSION (another version: to be passed over in silence), ERR_TRUNCATED, ERR_TRAILING,
 * ERR_FIELD (port 0). After an error *out is undefined.
 */
MUST_CHECK int beacon_decode(struct beacon *out, const uint8_t *data, size_t size);

#endif
