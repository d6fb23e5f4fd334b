/*
 * heard.c: the table of tokens, searched from end to end: it is small, and a search costs less than the system call
 * that received the datagram.
 */
#include "carrier/heard.h"

#include <string.h>

static bool is_alive(const struct heard_entry *e, uint64_t now_ms) {
    return e->used && now_ms - e->last_ms < DISCOVERY_HEARD_MS;
}

void heard_init(struct heard *h, uint64_t now_ms) {
    heard_clear(h);
    bucket_init(&h->says, DISCOVERY_SAY_BURST, DISCOVERY_SAYS_A_SECOND, now_ms);
}

void heard_clear(struct heard *h) {
    memset(h->entries, 0, sizeof h->entries);
}

static bool has_address(const struct heard_entry *e, bool ipv6, const uint8_t *address) {
    if (ipv6) return e->has_ipv6 && memcmp(e->ipv6, address, sizeof e->ipv6) == 0;
    return e->has_ipv4 && memcmp(e->ipv4, address, sizeof e->ipv4) == 0;
}

static void address_set(struct heard_entry *e, bool ipv6, const uint8_t *address) {
    if (ipv6) {
        e->has_ipv6 = true;
        memcpy(e->ipv6, address, sizeof e->ipv6);
    } else {
        e->has_ipv4 = true;
        memcpy(e->ipv4, address, sizeof e->ipv4);
    }
}

enum heard_result heard_note(struct heard *h, const uint8_t token[BEACON_TOKEN_SIZE], bool ipv6, const uint8_t *address,
                             uint64_t now_ms) {
    struct heard_entry *place = &h->entries[0], *other_family = NULL;
    unsigned of_one = 0;
    for (size_t i = 0; i < DISCOVERY_HEARD_MAX; i++) {
        struct heard_entry *e = &h->entries[i];
        if (!is_alive(e, now_ms)) {
            e->used = false;
            if (place->used) place = e;
            continue;
        }
        bool same_token = memcmp(e->token, token, BEACON_TOKEN_SIZE) == 0;
        if (has_address(e, ipv6, address)) {
            if (same_token) {
                e->last_ms = now_ms;
                return HEARD_KNOWN;
            }
            of_one++;
        } else if (same_token && !(ipv6 ? e->has_ipv6 : e->has_ipv4)) {
            other_family = e;
        }
        if (place->used && e->last_ms < place->last_ms) place = e;
    }
    if (of_one >= DISCOVERY_HEARD_OF_ONE_MAX) return HEARD_DROPPED;
    if (other_family) {
        address_set(other_family, ipv6, address);
        other_family->last_ms = now_ms;
        return HEARD_KNOWN;
    }
    if (!bucket_take(&h->says, now_ms)) return HEARD_DROPPED;
    *place = (struct heard_entry){.last_ms = now_ms, .used = true};
    memcpy(place->token, token, BEACON_TOKEN_SIZE);
    address_set(place, ipv6, address);
    return HEARD_NEW;
}

unsigned heard_count(const struct heard *h, uint64_t now_ms) {
    unsigned count = 0;
    for (size_t i = 0; i < DISCOVERY_HEARD_MAX; i++) count += is_alive(&h->entries[i], now_ms);
    return count;
}
