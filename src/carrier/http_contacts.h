/*
 * http_contacts.h: contacts with pages over HTTP: frames in the bodies of requests and responses (doc/protocol.md,
 * "Over HTTP").
 *
 * It knows no socket and no web server: whoever has them hands in a request's body piece by piece and takes the
 * answer's body. A contact is lossy and sleeps: nothing is said until a request is there to take it, so between
 * requests the session stands still. What a page can cost is bounded as on TCP: HTTP_CONTACTS_MAX contacts of
 * HTTP_CONTACT_MEMORY bytes, HTTP_CONTACTS_OF_ONE from one address, smaller budgets, and the same memory of addresses.
 *
 * Everything runs on the thread of the set of contacts.
 */
#ifndef CARRIER_HTTP_CONTACTS_H
#define CARRIER_HTTP_CONTACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "carrier/contacts.h"
#include "carrier/lan_address.h"

struct http_contacts;
struct http_contact;
struct http_post; /* a request's body on its way in */

/* What a request is answered instead of frames. */
enum http_error {
    HTTP_OK,
    HTTP_ERROR_FRAMES,  /* the body is no frames */
    HTTP_ERROR_CONTACT, /* unknown contact and no handshake, or it has ended */
    HTTP_ERROR_RULES,   /* it has ended because rules were broken */
    HTTP_ERROR_SIZE,    /* the body is over HTTP_BODY_MAX */
    HTTP_ERROR_OFTEN,   /* too quick, too much that cannot be opened, or held off */
    HTTP_ERROR_FULL     /* no place for another contact */
};

struct http_contacts_config {
    /* It has something to say: if a request waits for it, http_contact_speak says it. Not called from within a call of
     * this module for the same contact, but http_contacts_run. */
    void (*ready)(void *context, struct http_contact *c);
    /* It has ended; not to be named again. */
    void (*over)(void *context, struct http_contact *c, enum http_error why);
    /* http_contacts_run is wanted, or wants to be called at another time. */
    void (*wake)(void *context);
    uint64_t (*now_ms)(void *context); /* NULL: contact_now_ms. Never behind that, nor backwards: for tests */
    void *context;
};

/* Make the carrier for a set of contacts, which outlives it. NULL: out of memory. */
struct http_contacts *http_contacts_new(struct contacts *set, const struct http_contacts_config *config);

/* End all its contacts and free it; over is called for each. NULL is fine. */
void http_contacts_free(struct http_contacts *h);

/* Return in how many milliseconds http_contacts_run wants to be called; -1: not at all. */
int http_contacts_wait_ms(const struct http_contacts *h);
void http_contacts_run(struct http_contacts *h);

/* Bytes of one contact, all in all. */
size_t http_contact_size(void);

/* ---- A request ---- */

/* A body begins to come from an address for the contact of this id. NULL: out of memory. */
struct http_post *http_post_begin(struct http_contacts *h, const uint8_t id[HTTP_ID_SIZE], const struct lan_key *key);

/* Take some of it. Whole frames go to the session at once, what is wrong is told by http_post_end. */
void http_post_take(struct http_post *post, const uint8_t *data, size_t size);

/* It is there: free it, and tell what came of it. HTTP_OK: *out is its contact. */
MUST_CHECK enum http_error http_post_end(struct http_post *post, struct http_contact **out);

/* It will never be whole. What was taken stays taken. NULL is fine. */
void http_post_free(struct http_post *post);

/* ---- A contact ---- */

/* Find the contact of an id that was begun from this address; NULL: there is none. */
struct http_contact *http_contact_find(const struct http_contacts *h, const uint8_t id[HTTP_ID_SIZE],
                                       const struct lan_key *key);

/* Say what there is to say: an answer's body of at most HTTP_ANSWER_MAX bytes, which the caller frees. Return its size;
 * 0: nothing (*out is NULL), and, with is_wanted, ready is called when there is something. */
size_t http_contact_speak(struct http_contact *c, bool is_wanted, uint8_t **out);

/* Nobody waits for an answer any more. */
void http_contact_unwant(struct http_contact *c);

/* Somebody listens (or not) for its having something to say, without a request that could take it. */
void http_contact_watch(struct http_contact *c, bool watched);

/* Return HTTP_OK, or why it has ended. */
enum http_error http_contact_over(const struct http_contact *c);

/* Return how many others are in contact with this node. */
unsigned http_contact_near(const struct http_contact *c);

/* Return after how many seconds to try again when this address was told HTTP_ERROR_OFTEN or HTTP_ERROR_FULL. */
unsigned http_retry_seconds(const struct http_contacts *h, const struct lan_key *key, enum http_error why);

#endif
