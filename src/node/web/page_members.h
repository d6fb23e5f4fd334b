/*
 * page_members.h: what the page of a closed group says about its members.
 */
#ifndef NODE_WEB_PAGE_MEMBERS_H
#define NODE_WEB_PAGE_MEMBERS_H

#include "node/web/html.h"
#include "node/web/request.h"

/* Write how the operator stands in a closed group, with the line to ask for admission, and for who coordinates the
 * members and a form to admit. Return whether messages can be written. The caller holds home_enter. */
bool page_members(struct request *r, struct html *h, const struct charter *charter);

#endif
