/*
 * lan_address.c: what is remembered of addresses.
 */
#include "carrier/lan_address.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"

/* Work that moves nothing, of one address: so much at once, then one part in so many of the time. */
#define WORK_BURST_US 3000000
#define WORK_SHARE 10

struct entry {
    struct lan_key key;
    bool used;
    unsigned offences;
    uint64_t last_ms;            /* when it was heard of last */
    uint64_t held_ms, blamed_ms; /* held off until; blamed last */
    uint64_t connects_milli;     /* connections it may make now, in thousandths */
    uint64_t connects_ms;
    int64_t work_us; /* what it may spend now; below zero: nothing */
    uint64_t work_ms;
};

struct lan_addresses {
    struct entry entries[LAN_ADDRESSES_MAX];
};

struct lan_addresses *lan_addresses_new(void) {
    return calloc(1, sizeof(struct lan_addresses));
}

void lan_addresses_free(struct lan_addresses *a) {
    free(a);
}

void lan_key_of(struct lan_key *out, const struct sockaddr *address) {
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    memset(out, 0, sizeof *out);
    if (address->sa_family == AF_INET) {
        memcpy(out->bytes, mapped, sizeof mapped);
        memcpy(out->bytes + sizeof mapped, &((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
        return;
    }
    if (address->sa_family != AF_INET6) return;
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)address;
    memcpy(out->bytes, &in6->sin6_addr, sizeof out->bytes);
    if (IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr))
        out->scope = in6->sin6_scope_id;
    else if (!IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr) && !IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr))
        memset(out->bytes + 8, 0, 8);
}

bool lan_key_is_near(const struct lan_key *key) {
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    const uint8_t *b = key->bytes, *v4 = b + sizeof mapped;
    if (memcmp(b, mapped, sizeof mapped) != 0) return (b[0] & 0xfe) == 0xfc || (b[0] == 0xfe && (b[1] & 0xc0) == 0x80);
    return v4[0] == 10 || (v4[0] == 172 && (v4[1] & 0xf0) == 16) || (v4[0] == 192 && v4[1] == 168) ||
           (v4[0] == 169 && v4[1] == 254);
}

static struct entry *entry_find(const struct lan_addresses *a, const struct lan_key *key) {
    for (size_t i = 0; i < LAN_ADDRESSES_MAX; i++)
        if (a->entries[i].used && lan_key_equal(&a->entries[i].key, key)) return (struct entry *)&a->entries[i];
    return NULL;
}

/* Find the entry of an address, or make one: in a free place, or instead of the one that was quiet for longest, those
 * that are held off last. */
static struct entry *entry_get(struct lan_addresses *a, const struct lan_key *key, uint64_t now_ms) {
    struct entry *e = entry_find(a, key), *oldest = &a->entries[0];
    for (size_t i = 0; !e && i < LAN_ADDRESSES_MAX; i++) {
        struct entry *other = &a->entries[i];
        if (!other->used) {
            oldest = other;
            break;
        }
        bool held = other->held_ms > now_ms, oldest_held = oldest->held_ms > now_ms;
        if (held < oldest_held || (held == oldest_held && other->last_ms < oldest->last_ms)) oldest = other;
    }
    if (!e) {
        e = oldest;
        *e = (struct entry){.key = *key,
                            .used = true,
                            .connects_milli = LAN_CONNECT_BURST * 1000,
                            .connects_ms = now_ms,
                            .work_us = WORK_BURST_US,
                            .work_ms = now_ms};
    }
    e->last_ms = now_ms;
    return e;
}

/* Bring what it may spend up to now. */
static void entry_refill(struct entry *e, uint64_t now_ms) {
    uint64_t passed_ms = now_ms - e->connects_ms, full = LAN_CONNECT_BURST * 1000;
    if (passed_ms > LAN_HOLD_OFF_MS_MAX) passed_ms = LAN_HOLD_OFF_MS_MAX;
    e->connects_milli += passed_ms * LAN_CONNECTS_A_SECOND;
    if (e->connects_milli > full) e->connects_milli = full;
    e->connects_ms = now_ms;
    passed_ms = now_ms - e->work_ms;
    if (passed_ms > LAN_HOLD_OFF_MS_MAX) passed_ms = LAN_HOLD_OFF_MS_MAX;
    e->work_us += (int64_t)(passed_ms * 1000 / WORK_SHARE);
    if (e->work_us > WORK_BURST_US) e->work_us = WORK_BURST_US;
    e->work_ms = now_ms;
}

bool lan_address_admit(struct lan_addresses *a, const struct lan_key *key, uint64_t now_ms) {
    struct entry *e = entry_get(a, key, now_ms);
    entry_refill(e, now_ms);
    if (e->held_ms > now_ms || e->work_us < 0 || e->connects_milli < 1000) return false;
    e->connects_milli -= 1000;
    return true;
}

bool lan_address_is_held(const struct lan_addresses *a, const struct lan_key *key, uint64_t now_ms) {
    const struct entry *e = entry_find(a, key);
    return e && e->held_ms > now_ms;
}

uint64_t lan_address_held_ms(const struct lan_addresses *a, const struct lan_key *key, uint64_t now_ms) {
    const struct entry *e = entry_find(a, key);
    return e && e->held_ms > now_ms ? e->held_ms - now_ms : 0;
}

void lan_address_blame(struct lan_addresses *a, const struct lan_key *key, uint64_t now_ms) {
    struct entry *e = entry_get(a, key, now_ms);
    uint64_t hold_ms = LAN_HOLD_OFF_MS;
    if (now_ms - e->blamed_ms > LAN_HOLD_OFF_MS_MAX) e->offences = 0;
    for (unsigned i = 0; i < e->offences && hold_ms < LAN_HOLD_OFF_MS_MAX; i++) hold_ms *= 2;
    if (hold_ms > LAN_HOLD_OFF_MS_MAX) hold_ms = LAN_HOLD_OFF_MS_MAX;
    e->offences++;
    e->blamed_ms = now_ms;
    e->held_ms = now_ms + hold_ms;
}

void lan_address_spend(struct lan_addresses *a, const struct lan_key *key, uint64_t microseconds, uint64_t now_ms) {
    struct entry *e = entry_get(a, key, now_ms);
    entry_refill(e, now_ms);
    e->work_us -= (int64_t)(microseconds < UINT32_MAX ? microseconds : UINT32_MAX);
}

unsigned lan_addresses_held(const struct lan_addresses *a, uint64_t now_ms) {
    unsigned count = 0;
    for (size_t i = 0; i < LAN_ADDRESSES_MAX; i++) count += a->entries[i].used && a->entries[i].held_ms > now_ms;
    return count;
}
