/*
 * session.h: the session endpoint: contacts with pages over HTTP (doc/protocol.md, "Over HTTP";
 * carrier/http_contacts.h).
 *
 * Its paths answer any page, whatever its origin and under whatever name this point was called, because nobody has any
 * standing here: no cookie, no token, no operator. Who speaks here gets what a peer on TCP gets. What else a page from
 * elsewhere could learn through the operator's own browser, the list of groups, is kept from it.
 */
#ifndef NODE_WEB_SESSION_H
#define NODE_WEB_SESSION_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>

struct contacts;
struct request;
struct session_request;
struct sessions; /* of one web */
struct web;

/* Begin to serve contacts of this set, which outlives it. NULL: out of memory. */
struct sessions *sessions_new(struct web *web, struct contacts *set, int wake_fd);

/* End all contacts and let every request that waits go on, to be answered. NULL is fine. */
void sessions_free(struct sessions *s);

/* As web_timeout_ms and web_run. NULL: nothing to wait for, nothing to do. */
int sessions_wait_ms(const struct sessions *s);
void sessions_run(struct sessions *s);

/* Tell whether a path is the session endpoint's. */
bool session_is_path(const char *path);

/* Judge a request by its headers: r->session and what of r the server needs. False: out of memory. */
bool session_judge(struct request *r, const char *method);

/* Take a piece of its body. */
void session_body(struct request *r, const char *data, size_t size);

/* Answer it, or let it wait; called again when it is to go on. */
enum MHD_Result session_handle(struct request *r);

/* The request is over. NULL is fine. */
void session_request_free(struct session_request *s);

#endif
