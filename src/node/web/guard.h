/*
 * guard.h: who asks, and whether they may: addresses, the Host and Origin headers, form tokens, the guests' writing
 * rate.
 *
 * The operator is whoever asks from a loopback address under a loopback name. The name matters because of DNS
 * rebinding: a page from elsewhere whose name is made to point at 127.0.0.1 reaches the node through the operator's own
 * browser, but under that page's name.
 */
#ifndef NODE_WEB_GUARD_H
#define NODE_WEB_GUARD_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "core/err.h"
#include "core/limits.h"

/* A peer's address; IPv4 in IPv6 is taken out of it. */
struct guard_address {
    sa_family_t family; /* AF_INET, AF_INET6, or AF_UNSPEC */
    uint8_t bytes[16];  /* 4 or 16 of them, the rest zero */
};

void guard_address_of(struct guard_address *out, const struct sockaddr *address);
bool guard_address_parse(struct guard_address *out, const char *text);
bool guard_address_equal(const struct guard_address *a, const struct guard_address *b);
bool guard_address_is_loopback(const struct guard_address *address);

/* What a Host header names. */
enum guard_host {
    GUARD_HOST_BAD,     /* missing or no host at all */
    GUARD_HOST_LOOP,    /* 127.0.0.1, localhost, [::1] */
    GUARD_HOST_NEAR,    /* another numeric address, or a name that no public DNS gives: without a dot, .local, .lan,
                           .home.arpa, .internal */
    GUARD_HOST_FOREIGN, /* any other name */
};

/* Judge a Host header (any port); extra is one more name that counts as near, or NULL. */
enum guard_host guard_host_of(const char *host, const char *extra);

/*
 * Tell whether a post may come from the page that it says it comes from: origin (the Origin header) is "http://" and
 * exactly the Host header, site (Sec-Fetch-Site) is "same-origin" or "none". NULL stands for a header that the browser
 * did not send. "null" is refused.
 */
bool guard_origin_is_own(const char *host, const char *origin, const char *site);

/*
 * A form's token: hour (8 hex) ‖ 16 bytes (hex) of BLAKE2b keyed with a secret of this process over who it was made
 * for, the form's action and the hour. It is good for GUARD_TOKEN_HOURS. hour counts on a clock that nobody sets. A
 * token made for the operator is no guest's, nor one guest's another's: else a guest could put theirs into a page from
 * elsewhere that the operator opens.
 */
#define GUARD_TOKEN_SIZE (8 + 32 + 1)
#define GUARD_TOKEN_HOURS 24
struct guard_for {
    bool operator_;
    struct guard_address guest; /* when it is not the operator */
};
void guard_token(char out[GUARD_TOKEN_SIZE], const uint8_t secret[HASH_SIZE], const struct guard_for *who,
                 const char *action, uint32_t hour);
bool guard_token_is_good(const char *token, const uint8_t secret[HASH_SIZE], const struct guard_for *who,
                         const char *action, uint32_t hour);

/*
 * How often guests may write, and search or have parcels packed (local limits): a bucket for the whole point, so that a
 * crowd can't fill or block it faster than its owner can notice, and a smaller one for each address, so that one can't
 * use up everybody's. What is remembered of an address is a keyed hash, in memory, while it is among the newest
 * GUARD_ADDRESSES_MAX.
 */
struct guard_limit {
    unsigned point_burst, point_ms; /* so many at once, and one more every … */
    unsigned one_burst, one_ms;     /* the same for one address */
};
extern const struct guard_limit guard_write_limit;
extern const struct guard_limit guard_work_limit;
#define GUARD_ADDRESSES_MAX 64

struct guard_bucket {
    uint64_t at_ms;   /* when `used` was last brought up to date */
    uint64_t used_ms; /* how much of burst × interval is used up */
};

struct guard_rate {
    struct guard_bucket point;
    struct {
        uint64_t tag; /* 0: free */
        struct guard_bucket bucket;
    } addresses[GUARD_ADDRESSES_MAX];
};

/* Take a place for one act. Return false if there is none now. */
bool guard_rate_take(struct guard_rate *rate, const struct guard_limit *limit, const uint8_t secret[HASH_SIZE],
                     const struct guard_address *address, uint64_t now_ms);

#endif
