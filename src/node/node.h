/*
 * node.h: the node: one libuv loop that serves the plain page, lets commands work through the home's socket, and keeps
 * the store in order.
 */
#ifndef NODE_NODE_H
#define NODE_NODE_H

#include "node/home.h"

struct web;

struct node_options {
    const char *listen; /* of the page: ADDR:PORT, or NULL for the default on loopback */
    /* Called once when the page can be reached, with the web to ask for its addresses; prints them. */
    void (*ready)(void *context, const struct web *web);
    void *context;
};

/*
 * Run a node on an open home until SIGINT, SIGTERM or a command ends it. Takes the home over: it is closed, or wiped,
 * at the end in every case. Return 0, or why it could not start (as web_start and control_start), with a sentence in
 * why.
 */
MUST_CHECK int node_run(struct home *home, const struct node_options *options, char why[HOME_WHY_SIZE]);

#endif
