/*
 * page_view.h: a page that shows what a group's records come to: needs, reports, demands.
 */
#ifndef NODE_WEB_PAGE_VIEW_H
#define NODE_WEB_PAGE_VIEW_H

#include "node/web/page.h"

/* Write what is to be shown of the group r->ids[0]. Return 0 or an error. */
typedef int (*page_write)(struct request *r, struct html *h);

/* Answer with a page: its title and a sentence, both translated, the way back to the group, and what write writes. An
 * error of write becomes its page; so does a group that is not here, or not for who asks. */
enum MHD_Result page_of_group(struct request *r, const char *title, const char *under, page_write write);

#endif
