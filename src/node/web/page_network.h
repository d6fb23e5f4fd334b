/*
 * page_network.h: how it stands with the points around, in words: counts, no names and no addresses.
 */
#ifndef NODE_WEB_PAGE_NETWORK_H
#define NODE_WEB_PAGE_NETWORK_H

#include "node/web/page.h"

/* A line: who is near and what is moving. Nothing if no node runs behind the page. */
void page_network_line(struct request *r, struct html *h);

/* The section of the page "About": the line, and for the operator what moved, what was refused and why, what does not
 * work. The caller holds home_enter. */
void page_network(struct request *r, struct html *h);

#endif
