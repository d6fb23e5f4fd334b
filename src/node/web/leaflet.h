/*
 * leaflet.h: what phones get that ask this point under other names: the leaflet in the window in which a system signs
 * in to a Wi-Fi, and the address for everything else.
 *
 * On the Wi-Fi of a point every name leads to the point, so the phones' checks for the internet (checks.h) arrive here,
 * on port 80. The first answers open the sign-in window with a leaflet: the address to open in the real browser, in
 * three languages, and nothing else. Once it has been read, or the phone has opened the page itself, its checks get the
 * answer they hope for, so that the phone stays on the Wi-Fi. Why so and when: doc/decisions/hotspot.md.
 */
#ifndef NODE_WEB_LEAFLET_H
#define NODE_WEB_LEAFLET_H

#include "node/web/checks.h"
#include "node/web/guard.h"

struct html;

/* Local limits. */
#define LEAFLET_PHONES_MAX 512                    /* remembered at once, the longest unseen one gives way */
#define LEAFLET_READ_MS (60 * 1000)               /* an Android window closes by itself when a check succeeds */
#define LEAFLET_GIVEN_MS (10 * 60 * 1000)         /* the same when no window was recognised */
#define LEAFLET_FORGET_MS (UINT64_C(4) * 3600000) /* after so long unseen a phone gets the leaflet anew */
#define LEAFLET_SIZE_MAX 4096

/* What is remembered of phones: keyed hashes of their addresses, in memory only. All zero to begin with. */
struct leaflet {
    struct leaflet_phone {
        uint64_t tag; /* 0: free */
        uint64_t seen_ms, given_ms, shown_ms;
        bool opened; /* the page itself, in a browser */
    } phones[LEAFLET_PHONES_MAX];
};

/* Decide whether a check gets the answer it hopes for, and remember that it was asked. now_ms is never 0. */
bool leaflet_is_done(struct leaflet *leaflet, const uint8_t secret[HASH_SIZE], const struct guard_address *phone,
                     const struct checks *check, bool background, uint64_t now_ms);

/* Remember that a phone has opened the page. */
void leaflet_opened(struct leaflet *leaflet, const uint8_t secret[HASH_SIZE], const struct guard_address *phone,
                    uint64_t now_ms);

/* Write the leaflet. h is begun by this; address is that of the page. */
void leaflet_write(struct html *h, const char *address);

/* ---- The server's side ---- */

struct request;

/*
 * Answer a request under a foreign name (r->foreign), if it comes from another device and to port 80. Return whether it
 * was answered. Of a request that will be served, under a name of this point, only the phone is noted.
 */
bool leaflet_take(struct request *r);

#endif
