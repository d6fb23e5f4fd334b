/*
 * node.h: the node: one libuv loop that serves the plain page, meets other nodes, lets commands work through the home's
 * socket, and keeps the store in order.
 */
#ifndef NODE_NODE_H
#define NODE_NODE_H

#include "node/home.h"
#include "node/peers.h"
#include "node/usb.h"

struct web;

struct node_options {
    const char *web;           /* where the page is: ADDR:PORT, or NULL for the default on loopback */
    const char *app;           /* the file of the page for phones; NULL: the one that belongs to the program, if any */
    struct peers_config peers; /* home is filled in */
    struct usb_config usb;     /* home is filled in */
    /* Called once when page and node can be reached, with both to ask for their addresses; prints them. */
    void (*ready)(void *context, const struct web *web, const struct peers *peers);
    /* Called once before ready, when every descriptor and thread is there that the node begins with, and nobody was
     * heard yet. NULL: nothing. */
    void (*started)(void *context);
    void *context;
};

/*
 * Run a node on an open home until SIGINT, SIGTERM or a command ends it. Takes the home over: it is closed at the
 * end in every case. A wipe ends the process (home_wipe_and_exit). Return 0, or why it could not start (as web_start,
 * peers_start and control_start), with a sentence in why.
 */
MUST_CHECK int node_run(struct home *home, const struct node_options *options, char why[HOME_WHY_SIZE]);

#endif
