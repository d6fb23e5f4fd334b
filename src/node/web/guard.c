/*
 * Plain comparisons; see the header for the reasons.
 */
#include "node/web/guard.h"

#include <arpa/inet.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/check.h"
#include "core/crypto.h"

static void address_set(struct guard_address *out, sa_family_t family, const void *bytes, size_t size) {
    *out = (struct guard_address){.family = family};
    memcpy(out->bytes, bytes, size);
}

void guard_address_of(struct guard_address *out, const struct sockaddr *address) {
    *out = (struct guard_address){.family = AF_UNSPEC};
    if (address == NULL) return;
    if (address->sa_family == AF_INET) {
        struct sockaddr_in four;
        memcpy(&four, address, sizeof four);
        address_set(out, AF_INET, &four.sin_addr, 4);
    } else if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 six;
        memcpy(&six, address, sizeof six);
        if (IN6_IS_ADDR_V4MAPPED(&six.sin6_addr)) {
            address_set(out, AF_INET, six.sin6_addr.s6_addr + 12, 4);
        } else {
            address_set(out, AF_INET6, &six.sin6_addr, 16);
        }
    }
}

bool guard_address_parse(struct guard_address *out, const char *text) {
    uint8_t bytes[16];
    if (inet_pton(AF_INET, text, bytes) == 1) {
        address_set(out, AF_INET, bytes, 4);
        return true;
    }
    if (inet_pton(AF_INET6, text, bytes) == 1) {
        address_set(out, AF_INET6, bytes, 16);
        return true;
    }
    return false;
}

bool guard_address_equal(const struct guard_address *a, const struct guard_address *b) {
    return a->family == b->family && memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

bool guard_address_is_loopback(const struct guard_address *address) {
    static const uint8_t six[16] = {[15] = 1};
    if (address->family == AF_INET) return address->bytes[0] == 127;
    return address->family == AF_INET6 && memcmp(address->bytes, six, sizeof six) == 0;
}

/* Copy the name of a Host header without its port and brackets. Return false if it is none. */
static bool host_name(char out[256], const char *host, bool *six) {
    size_t length = 0;
    const char *port;
    *six = host[0] == '[';
    if (*six) {
        const char *end = strchr(host, ']');
        if (end == NULL) return false;
        host++;
        length = (size_t)(end - host);
        port = end + 1;
    } else {
        length = strcspn(host, ":");
        port = host + length;
    }
    if (length == 0 || length > 255) return false;
    if (*port != '\0' && (*port != ':' || strspn(port + 1, "0123456789") != strlen(port + 1) || strlen(port + 1) > 5))
        return false;
    memcpy(out, host, length);
    out[length] = '\0';
    return true;
}

static bool name_ends(const char *name, const char *end) {
    size_t length = strlen(name);
    size_t tail = strlen(end);
    return length > tail && strcasecmp(name + length - tail, end) == 0;
}

enum guard_host guard_host_of(const char *host, const char *extra) {
    static const char *const near_by[] = {".local", ".lan", ".home.arpa", ".internal"};
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    char name[256];
    bool six = false;
    struct guard_address address;
    if (host == NULL || !host_name(name, host, &six)) return GUARD_HOST_BAD;
    if (guard_address_parse(&address, name)) {
        if (six != (address.family == AF_INET6)) return GUARD_HOST_BAD;
        return guard_address_is_loopback(&address) ? GUARD_HOST_LOOP : GUARD_HOST_NEAR;
    }
    if (six || strspn(name, plain) != strlen(name)) return GUARD_HOST_BAD;
    if (strcasecmp(name, "localhost") == 0) return GUARD_HOST_LOOP;
    if (extra != NULL && strcasecmp(name, extra) == 0) return GUARD_HOST_NEAR;
    if (strchr(name, '.') == NULL) return GUARD_HOST_NEAR;
    for (size_t i = 0; i < sizeof near_by / sizeof near_by[0]; i++) {
        if (name_ends(name, near_by[i])) return GUARD_HOST_NEAR;
    }
    return GUARD_HOST_FOREIGN;
}

bool guard_origin_is_own(const char *host, const char *origin, const char *site) {
    if (site != NULL && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0) return false;
    if (origin == NULL) return true;
    return host != NULL && strncmp(origin, "http://", 7) == 0 && strcasecmp(origin + 7, host) == 0;
}

void guard_token(char out[GUARD_TOKEN_SIZE], const uint8_t secret[HASH_SIZE], const struct guard_for *who,
                 const char *action, uint32_t hour) {
    uint8_t said[512] = "longear form   1";
    uint8_t mac[HASH_SIZE];
    size_t at = 16;
    size_t length = strlen(action);
    CHECK(length <= sizeof said - 64);
    said[at++] = who->operator_ ? 1 : 0;
    if (!who->operator_) {
        said[at++] = who->guest.family == AF_INET6 ? 6 : 4;
        memcpy(said + at, who->guest.bytes, sizeof who->guest.bytes);
        at += sizeof who->guest.bytes;
    }
    for (unsigned i = 0; i < 4; i++) said[at++] = (uint8_t)(hour >> (8 * i));
    memcpy(said + at, action, length);
    at += length;
    crypto_digest_keyed(mac, secret, HASH_SIZE, said, at);
    snprintf(out, GUARD_TOKEN_SIZE, "%08x", hour);
    sodium_bin2hex(out + 8, GUARD_TOKEN_SIZE - 8, mac, 16);
}

bool guard_token_is_good(const char *token, const uint8_t secret[HASH_SIZE], const struct guard_for *who,
                         const char *action, uint32_t hour) {
    char want[GUARD_TOKEN_SIZE];
    uint32_t made = 0;
    if (strlen(token) != GUARD_TOKEN_SIZE - 1) return false;
    for (size_t i = 0; i < 8; i++) {
        const char *digits = "0123456789abcdef";
        const char *digit = strchr(digits, token[i]);
        if (digit == NULL || *digit == '\0') return false;
        made = made << 4 | (uint32_t)(digit - digits);
    }
    if (made > hour || hour - made >= GUARD_TOKEN_HOURS) return false;
    guard_token(want, secret, who, action, made);
    return sodium_memcmp(want, token, GUARD_TOKEN_SIZE - 1) == 0;
}

static void bucket_leak(struct guard_bucket *bucket, uint64_t now_ms) {
    uint64_t passed = now_ms > bucket->at_ms ? now_ms - bucket->at_ms : 0;
    bucket->used_ms = passed < bucket->used_ms ? bucket->used_ms - passed : 0;
    bucket->at_ms = now_ms;
}

static bool bucket_has_room(const struct guard_bucket *bucket, uint64_t burst, uint64_t interval_ms) {
    return bucket->used_ms + interval_ms <= burst * interval_ms;
}

const struct guard_limit guard_write_limit = {.point_burst = 40, .point_ms = 3000, .one_burst = 6, .one_ms = 15000};
const struct guard_limit guard_work_limit = {.point_burst = 20, .point_ms = 1000, .one_burst = 8, .one_ms = 3000};

bool guard_rate_take(struct guard_rate *rate, const struct guard_limit *limit, const uint8_t secret[HASH_SIZE],
                     const struct guard_address *address, uint64_t now_ms) {
    uint8_t hash[HASH_SIZE];
    uint64_t tag;
    crypto_digest_keyed(hash, secret, HASH_SIZE, address->bytes, sizeof address->bytes);
    memcpy(&tag, hash, sizeof tag);
    tag |= 1;         /* never 0 */
    size_t place = 0; /* its own, else the one that has waited longest */
    for (size_t i = 0; i < GUARD_ADDRESSES_MAX; i++) {
        if (rate->addresses[i].tag == tag) {
            place = i;
            break;
        }
        if (rate->addresses[i].bucket.at_ms < rate->addresses[place].bucket.at_ms) place = i;
    }
    struct guard_bucket one = {.at_ms = now_ms};
    if (rate->addresses[place].tag == tag) one = rate->addresses[place].bucket;
    bucket_leak(&one, now_ms);
    bucket_leak(&rate->point, now_ms);
    if (!bucket_has_room(&one, limit->one_burst, limit->one_ms)) return false;
    if (!bucket_has_room(&rate->point, limit->point_burst, limit->point_ms)) return false;
    one.used_ms += limit->one_ms;
    rate->point.used_ms += limit->point_ms;
    rate->addresses[place].tag = tag;
    rate->addresses[place].bucket = one;
    return true;
}
