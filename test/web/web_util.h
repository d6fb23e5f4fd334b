/*
 * web_util.h: a plain page to test: a home on a store in memory, served on a free loopback port by a thread, and a
 * client that sends bytes.
 */
#ifndef TEST_WEB_UTIL_H
#define TEST_WEB_UTIL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "carrier/lan.h"
#include "node/home.h"
#include "node/web/web.h"

#define SITE_OPERATOR "127.0.0.1"
#define SITE_GUEST "127.0.0.2" /* loopback too, made a guest by web_options.operator_only_from */

struct site {
    struct home *home;
    struct web *web;
    pthread_t thread;
    int stop_fd;
    uv_loop_t loop; /* of the contacts, with site_open_with */
    struct lan *lan;
    unsigned port;
    char host[32]; /* "127.0.0.1:PORT" */
    atomic_uint changes;
};

/* Begin and end a site; a failure fails the test. patience_seconds as in web_options, 0 for the default. */
void site_open(struct site *site, unsigned patience_seconds);
void site_close(struct site *site);

/* The same with an app (a file, or NULL), and contacts with pages. */
void site_open_with(struct site *site, unsigned patience_seconds, const char *app, bool phones);

/* Found a group, write in it; times are created. */
void site_group(struct site *site, const char *title, uint8_t id[HASH_SIZE]);
void site_write(struct site *site, const uint8_t group[HASH_SIZE], const char *text, enum urgency urgency,
                const uint8_t *reply, uint64_t created, uint8_t id[HASH_SIZE]);

struct answer {
    unsigned status;   /* 0: the connection was closed without an answer */
    char *head, *body; /* zero-terminated; freed by answer_free */
    size_t body_size;
};
void answer_free(struct answer *a);

/* Connect from a loopback address. Return a socket with a time limit of 10 s. */
int site_connect(struct site *site, const char *from);

/* Send bytes on a connection of its own and read until the other side closes. */
void site_send(struct site *site, const char *from, const char *bytes, size_t size, struct answer *out);

/* Read an answer until the other side closes; closes fd. */
void site_receive(int fd, struct answer *out);

/* GET; more holds further header lines, each with its CR LF, or is NULL. */
void site_get(struct site *site, const char *from, const char *path, const char *more, struct answer *out);

/* POST of a form with the page's own Origin; more as above, with its own Origin line in its place if it has one. type
 * NULL: url-encoded. */
void site_post(struct site *site, const char *from, const char *path, const char *type, const char *body, size_t size,
               const char *more, struct answer *out);

/* Find the token of the form with this action in a page; out is "" if there is none. */
void site_token(const char *page, const char *action, char out[64]);

/* GET a page and take the token of a form out of it. */
void site_form(struct site *site, const char *from, const char *page, const char *action, char out[64]);

/* Tell whether an answer has a header line of exactly this name and value. */
int answer_has(const struct answer *a, const char *name, const char *value);

void hex_of(char out[65], const uint8_t id[HASH_SIZE]);

#endif
