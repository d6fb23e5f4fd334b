/*
 * web.h: the plain page: HTML for any browser, without JavaScript, served from the node's own loop.
 *
 * Nothing runs by itself: the caller waits for web_epoll_fd to become readable or for web_timeout_ms to pass, whichever
 * is first, and calls web_run. Opening and packing parcels happens on threads that end before web_stop returns; all
 * else happens within web_run, on the caller's thread, with the home taken (home_enter) for one page at a time.
 *
 * Who asks from a loopback address under a loopback name is the operator; everybody else is the point's guest: open
 * groups only, and what they write is signed by the guest key. Nothing about who connected is written down.
 */
#ifndef NODE_WEB_WEB_H
#define NODE_WEB_WEB_H

#include "node/home.h"

#define WEB_LISTEN_DEFAULT "127.0.0.1:8480"
#define WEB_URL_SIZE 80

/* Local limits. */
#define WEB_CONNECTIONS_MAX 384                 /* each of HTTP_CONTACTS_MAX phones may hold two */
#define WEB_CONNECTIONS_GUEST_MAX 16            /* of one address; the operator's is exempt */
#define WEB_CONNECTIONS_OPERATOR 16             /* that others leave to the operator */
#define WEB_CONNECTION_MEMORY (32 * 1024)       /* a request's line and headers */
#define WEB_IDLE_SECONDS 30                     /* silence, or a request whose headers are not there by then */
#define WEB_BYTES_SECOND_MIN 32768              /* slower uploads and downloads are cut off, after WEB_IDLE_SECONDS */
#define WEB_FORM_MAX (256 * 1024)               /* a form without files, as it is sent */
#define WEB_ATTACHED_MAX (64 * 1024 * 1024)     /* all files of one message */
#define WEB_PARCEL_GUEST_MAX (64 * 1024 * 1024) /* uploaded by a guest */
#define WEB_PARCEL_GUESTS_MAX 2                 /* at once */
#define WEB_PARCEL_MAX UINT64_C(4294967295)     /* uploaded by the operator */
#define WEB_PACK_GUEST_MAX (256 * 1024 * 1024)  /* packed for a guest */
#define WEB_REPEAT_SECONDS 20                   /* the same message sent again so soon is one message */
#define WEB_REPEATS_MAX 64                      /* of which so many are remembered, as keyed hashes */
#define WEB_JOBS_MAX 4                          /* threads at once … */
#define WEB_JOBS_GUEST_MAX 2                    /* … of which guests get */

struct contacts;
struct web;

struct web_options {
    const char *listen;             /* ADDR:PORT, [ADDR]:PORT; NULL for WEB_LISTEN_DEFAULT; port 0 for any free one */
    const char *host;               /* one more name that browsers may ask for (a DNS name of this point), or NULL */
    const char *operator_only_from; /* NULL, or the one loopback address that is the operator's; another is a guest's.
                                       It only narrows: for tests */
    const char *app;                /* the file of the page for phones (link.html.gz), or NULL: there is none */
    unsigned patience_seconds;      /* how long silence or slowness is borne, for tests; 0 for WEB_IDLE_SECONDS */
    void (*changed)(void *context); /* called within web_run after something new was stored; or NULL */
    void *context;
};

/*
 * Listen and be ready to serve. home and what options point at stay the caller's and outlive the web. SIGPIPE is set to
 * be ignored if it was at its default. Errors: ERR_USAGE (no ADDR:PORT), ERR_NET (in use, not an address of this
 * machine, not permitted), those of app_read, ERR_MEMORY, ERR_IO; why receives a sentence.
 */
MUST_CHECK int web_start(struct web **out, struct home *home, const struct web_options *options,
                         char why[HOME_WHY_SIZE]);

/*
 * Serve contacts with pages too (the session endpoint), in this set, which outlives the web and is on the same thread.
 * ERR_MEMORY. Without it the endpoint tells the groups only.
 */
MUST_CHECK int web_contacts(struct web *web, struct contacts *set);

/* Stop: ends the threads at their next step, closes every connection, frees. The caller doesn't hold the home. NULL is
 * fine. */
void web_stop(struct web *web);

/* The descriptor to wait on, for reading. */
int web_epoll_fd(const struct web *web);

/* Return for how long to wait at most, in milliseconds; -1 for as long as it takes. */
int web_timeout_ms(struct web *web);

/* Do what there is to do, without waiting. */
void web_run(struct web *web);

/* The page's address for the operator, like "http://127.0.0.1:8480/" (a wildcard is shown as loopback). Lives as long
 * as web. */
const char *web_address(const struct web *web);

/* Tell whether it serves the page for phones, and return that page's check words, or NULL. */
bool web_has_app(const struct web *web);
const char *web_app_words(const struct web *web);

/* Tell whether others than this machine can reach it. */
bool web_is_open(const struct web *web);

/*
 * Write the addresses under which neighbours reach it, at most max: the bound one, or every address of a running
 * interface that is not loopback if it is bound to all. Return how many; 0 if it is bound to loopback.
 */
size_t web_neighbour_addresses(const struct web *web, char (*out)[WEB_URL_SIZE], size_t max);

#endif
