/*
 * page_view.c: a page that shows what a group's records come to.
 */
#include "node/web/page_view.h"

#include <stdlib.h>
#include <string.h>

#include "node/web/answer.h"

enum MHD_Result page_of_group(struct request *r, const char *title, const char *under, page_write write) {
    struct html h;
    if (!web_may_work(r->web, r))
        return answer_sentence(r, MHD_HTTP_TOO_MANY_REQUESTS,
                               WORDS_LATER("This point is busy. Please try again in a minute."));
    struct store_community *group = malloc(sizeof *group);
    int err = group == NULL ? ERR_MEMORY : request_community(r, r->ids[0], group);
    if (err >= 0) {
        page_begin(r, &h, PAGE_GROUPS, title);
        html_add(&h, "<h1>%t</h1><p class=\"acts\"><a href=\"/g/%x\">", title, r->ids[0]);
        page_bdi(&h, group->charter.title, strlen(group->charter.title));
        html_add(&h, "</a></p><p class=\"soft\">%t</p>", under);
        err = write(r, &h);
        if (err >= 0)
            page_end(r, &h);
        else
            html_free(&h);
    }
    free(group);
    return err < 0 ? answer_error(r, err) : answer_page(r, MHD_HTTP_OK, &h);
}
