/*
 * page_wall.c: a group's sheet for a wall: what its coordinators passed for everybody (node/passed.h), large, in black
 * on white, on A4, with the time at which it was so and, of an open group, the code by which one joins.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/invite.h"
#include "node/demand_words.h"
#include "node/passed.h"
#include "node/web/answer.h"
#include "node/web/page.h"
#include "node/web/qr.h"
#include "node/web/route.h"

static void sheet_begin(struct request *r, struct html *h, const struct charter *charter) {
    html_init(h);
    html_add(h, "<!DOCTYPE html>\n<html lang=\"%t\"><head><meta charset=\"utf-8\"><title>%t</title>",
             lang_code(r->lang), charter->title);
    html_raw(h,
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><style>"
             "@page{size:A4 portrait;margin:12mm}"
             "*{box-sizing:border-box}"
             "body{margin:0 auto;max-width:186mm;background:#fff;color:#000;"
             "font:15pt/1.35 \"Noto Sans\",\"DejaVu Sans\",\"Liberation Sans\",Arial,sans-serif;overflow-wrap:anywhere}"
             "header{display:flex;gap:6mm;align-items:flex-start;border-bottom:.8mm solid #000;padding-bottom:3mm}"
             "header div{flex:1 1 0;min-width:0}"
             "h1{font-size:30pt;line-height:1.1;margin:0}"
             "h2{font-size:19pt;margin:6mm 0 2mm}"
             "p{margin:0 0 2mm}"
             ".time{font-weight:700}"
             ".qr{flex:none;width:46mm;height:auto}"
             "article{border-bottom:.3mm solid #000;padding:3mm 0;break-inside:avoid}"
             ".text{white-space:pre-wrap;font-size:19pt;line-height:1.3}"
             ".urgent{border:1mm solid #000;padding:3mm;margin:3mm 0}"
             ".level{font-weight:700;text-transform:uppercase}"
             ".small{font-size:11pt}"
             "@media screen{body{padding:4mm}}"
             "@media print{.tools{display:none}}"
             "</style></head><body>");
}

static void head_write(struct request *r, struct html *h, const struct store_community *group) {
    char when[WORDS_SIZE], *line = malloc(INVITE_CHARS_MAX + 1);
    struct charter charter;
    struct record record;
    words_time(when, r->when.now);
    html_raw(h, "<header><div><h1>");
    page_bdi(h, group->charter.title, strlen(group->charter.title));
    html_add(h, "</h1><p class=\"time\">%t %t</p>", T("So it was at"), when);
    html_add(h, "<p class=\"small\">%t</p></div>",
             T("Passed by the group's coordinators. Later news may say otherwise: ask at the point."));
    bool made = line && charter_is_public(&group->charter) &&
                charter_expand(&charter, &record, group->compact, group->compact_size) == 0 &&
                invite_encode(&record, NULL, 0, line, INVITE_CHARS_MAX + 1) >= 0;
    if (made) (void)qr_write(h, line, T("Invitation as a QR code"));
    html_raw(h, "</header>");
    html_add(h, "<p class=\"tools small\">%t <a href=\"/g/%x\">%t</a></p>",
             T("Print the page from the browser. This line isn't printed."), group->charter.community,
             T("To the group"));
    free(line);
}

static void message_write(struct request *r, struct html *h, const struct passed_item *item) {
    char when[WORDS_SIZE];
    bool urgent = item->urgency == URGENCY_URGENT;
    words_time(when, item->created);
    html_raw(h, urgent ? "<article class=\"urgent\">" : "<article>");
    if (urgent) html_add(h, "<p class=\"level\">%t</p>", T("Urgent"));
    html_raw(h, "<p class=\"text\" dir=\"auto\">");
    html_string(h, item->text);
    html_raw(h, "</p><p class=\"small\">");
    if (item->place[0]) {
        page_bdi(h, item->place, strlen(item->place));
        html_raw(h, " · ");
    }
    html_add(h, "%t</p></article>", when);
}

static void demand_write(struct request *r, struct html *h, const struct passed_item *item) {
    char number[16];
    snprintf(number, sizeof number, "%u. ", item->number);
    html_add(h, "<article><p class=\"text\" dir=\"auto\"><strong>%t</strong>", number);
    html_string(h, item->text);
    html_add(h, "</p><p class=\"small\">%t</p></article>", lang_text(r->lang, demand_state_words(item->state)));
}

static void items_write(struct request *r, struct html *h, const struct passed *passed) {
    bool demands = false;
    for (size_t i = 0; i < passed->count; i++) {
        const struct passed_item *item = &passed->list[i];
        if (item->number && !demands) html_add(h, "<h2>%t</h2>", T("What is demanded"));
        demands |= item->number > 0;
        if (item->number)
            demand_write(r, h, item);
        else
            message_write(r, h, item);
    }
    if (passed->count == 0)
        html_add(h, "<p>%t</p>", T("Nothing was passed yet. A coordinator pins messages for all, or numbers demands."));
}

enum MHD_Result page_wall(struct request *r) {
    struct html h;
    struct passed passed = {0};
    struct store_community *group = malloc(sizeof *group);
    int err = group == NULL ? ERR_MEMORY : request_community(r, r->ids[0], group);
    if (err >= 0) err = passed_read(&passed, web_home(r->web), &group->charter, r->when.now);
    if (err >= 0) {
        r->lang = lang_from_accept(group->charter.lang); /* whoever stands before it has no say */
        sheet_begin(r, &h, &group->charter);
        head_write(r, &h, group);
        items_write(r, &h, &passed);
        html_raw(&h, "</body></html>\n");
    }
    passed_free(&passed);
    free(group);
    return err < 0 ? answer_error(r, err) : answer_sheet(r, &h);
}
