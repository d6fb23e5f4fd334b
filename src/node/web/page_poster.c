/*
 * The poster for whoever runs the point: the sheet (node/poster.h) with a form above it that isn't printed.
 */
#include "node/hotspot.h"
#include "node/poster.h"
#include "node/web/answer.h"
#include "node/web/page.h"
#include "node/web/route.h"

#define ADDRESS_MAX 100

static void form(struct request *r, struct html *h, const struct poster *p) {
    html_add(h, "<form class=\"tools\" method=\"get\" action=\"/poster\"><p>%t</p>",
             T("Fill this in, then print the page from the browser. This box isn't printed."));
    if (!web_is_open(r->web)) {
        html_add(h, "<p><strong>%t</strong></p>",
                 T("Only this device can open the page. To open it to a hotspot, start it with --web 0.0.0.0:8480."));
    }
    html_add(h, "<label>%t <input type=\"text\" name=\"wifi\" maxlength=\"32\" value=\"%t\"></label>",
             T("The Wi-Fi's name"), p->name != NULL ? p->name : "");
    html_add(h, "<label>%t <input type=\"text\" name=\"password\" maxlength=\"63\" value=\"%t\"></label>",
             T("Its password, if it has one"), p->password);
    html_add(h, "<label>%t <input type=\"text\" name=\"address\" maxlength=\"100\" value=\"%t\"></label>",
             T("The page's address"), p->address);
    html_add(h, "<button>%t</button></form>", T("Show the poster"));
}

enum MHD_Result page_poster(struct request *r) {
    struct html h;
    struct hotspot_note note;
    char urls[1][WEB_URL_SIZE] = {""};
    struct poster p = {.name = request_query(r, "wifi", HOTSPOT_NAME_SIZE - 1),
                       .password = request_query(r, "password", HOTSPOT_PASSWORD_SIZE - 1),
                       .address = request_query(r, "address", ADDRESS_MAX),
                       .words = web_app_words(r->web)};
    bool noted = hotspot_note_get(&note);
    if (p.name[0] == '\0') p.name = noted ? note.name : NULL;
    if (p.address[0] == '\0' && noted) p.address = note.url;
    if (p.address[0] == '\0') p.address = web_neighbour_addresses(r->web, urls, 1) > 0 ? urls[0] : web_address(r->web);
    poster_begin(&h);
    form(r, &h, &p);
    poster_end(&h, &p);
    return answer_sheet(r, &h);
}
