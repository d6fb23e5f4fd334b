/*
 * meet.h: where two devices at one point leave each other the four messages of a meeting (doc/protocol.md, "The
 * meeting point"; core/meet.h): in memory, under a number that people say aloud, for five minutes.
 *
 * As the session endpoint it answers any page, because nobody has any standing here. The point reads nothing of it and
 * is trusted with nothing: what it changes shows in the words.
 */
#ifndef NODE_WEB_MEET_H
#define NODE_WEB_MEET_H

#include <microhttpd.h>

#include "carrier/lan_address.h"
#include "core/limits.h"
#include "node/web/guard.h"

#define MEET_POST_MAX 512
#define MEET_MESSAGES 4
#define MEET_PLACES_MAX 64
#define MEET_PLACES_OF_ONE 4 /* begun from one address and not done */
#define MEET_PLACE_MS (5 * 60 * 1000)
#define MEET_OVER_MS 10000 /* after the last message was taken */

struct request;

struct meet_place {
    uint64_t until_ms; /* on the server's clock; 0: free */
    uint32_t number;
    unsigned digits;
    struct lan_key from;
    size_t sizes[MEET_MESSAGES]; /* 0: not there yet */
    uint8_t messages[MEET_MESSAGES][MEET_POST_MAX];
};

struct meetings {
    struct guard_rate rate;
    struct meet_place places[MEET_PLACES_MAX];
};

struct meet_request;

/* Tell whether a path is this endpoint's. */
bool meet_is_path(const char *path);

/* Judge a request by its headers: r->meet and what of r the server needs. False: out of memory. */
bool meet_judge(struct request *r, const char *method);

/* Take a piece of its body; answer it; it is over (NULL is fine). */
void meet_body(struct request *r, const char *data, size_t size);
enum MHD_Result meet_handle(struct request *r);
void meet_request_free(struct meet_request *m);

#endif
