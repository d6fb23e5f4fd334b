/*
 * What this is, what it promises and what not, how it stands with the clock; the style sheet and the icon.
 */
#include <stdlib.h>
#include <string.h>

#include "node/web/answer.h"
#include "node/web/body.h"
#include "node/web/page.h"
#include "node/web/page_network.h"
#include "node/web/qr.h"
#include "node/web/route.h"
#include "node/web/style.h"

#define ABOUT_ADDRESSES_MAX 4

static void promises(struct request *r, struct html *h) {
    html_add(h, "<h1>%t</h1><p>%t</p>", T("About"),
             T("Messages go from device to device, over a hotspot or as a file in somebody's pocket. It works without "
               "the internet, without a server and without an account."));
    html_add(h, "<h2>%t</h2><ul><li>%t</li><li>%t</li><li>%t</li></ul>", T("What you can rely on"),
             T("Every message is signed: who passes it on can't change it."),
             T("Who connects here is not written down."),
             T("This page loads nothing from elsewhere and keeps nothing on your phone but the language you choose."));
    html_add(h, "<h2>%t</h2><ul><li>%t</li><li>%t</li><li>%t</li><li>%t</li><li>%t</li></ul>",
             T("What you can't rely on"), T("Groups here are open: anyone can read them, the police too."),
             T("A signature shows that the same key wrote two messages, not that they are true."),
             T("That you use this Wi-Fi can be seen by those around you."),
             T("Your browser's history remembers that you were here."),
             T("Whoever runs a point could show you a changed page or leave messages out. Compare at another point."));
}

static void person(struct request *r, struct html *h) {
    html_add(h, "<h2>%t</h2>", T("Who runs this point"));
    if (!r->operator_) {
        html_add(h, "<p>%t</p>",
                 T("Somebody near you, on a device of their own. This page doesn't name them. You are their guest: "
                   "what you write is signed by the point, not by you."));
        return;
    }
    html_add(h, "<p>%t: ", T("You do, as"));
    page_bdi(h, web_home(r->web)->name, strlen(web_home(r->web)->name));
    html_add(h, ". %t</p>", T("Only you see this name, on this device. In every group you write under another key."));
    html_add(h, "<p class=\"acts\"><a href=\"/wipe\">%t</a></p>", T("Destroy everything on this device"));
}

static void neighbours(struct request *r, struct html *h) {
    char urls[ABOUT_ADDRESSES_MAX][WEB_URL_SIZE];
    if (!r->operator_) return;
    size_t count = web_neighbour_addresses(r->web, urls, ABOUT_ADDRESSES_MAX);
    html_add(h, "<h2>%t</h2>", T("For the neighbours"));
    if (count == 0) {
        html_add(h, "<p>%t</p>",
                 T("Only this device can open the page. To open it to a hotspot, start it with --web 0.0.0.0:8480."));
        return;
    }
    html_add(h, "<p>%t</p>", T("Whoever is in the same Wi-Fi opens this address in the browser:"));
    for (size_t i = 0; i < count; i++) {
        html_add(h, "<p><strong dir=\"ltr\">%t</strong></p>", urls[i]);
        (void)qr_write(h, urls[i], T("The address as a QR code"));
    }
    html_add(h, "<p class=\"acts\"><a href=\"/poster\">%t</a></p>", T("A poster to print"));
}

static void clock_write(struct request *r, struct html *h, const struct store_stats *stats) {
    char time[WORDS_SIZE];
    char number[WORDS_SIZE];
    words_time(time, r->when.now);
    html_add(h, "<h2>%t</h2><p>%t: %t. %t</p>", T("Clock"), T("The clock of this point says"), time,
             r->when.confirmed ? T("It is confirmed.") : T("Nobody has confirmed it, so nothing expires."));
    if (stats->waiting > 0) {
        words_number(number, r->lang, stats->waiting);
        html_raw(h, "<p>");
        html_say(h, T("Messages that wait because their time lies ahead: %s"), number);
        html_raw(h, "</p>");
    }
    if (r->when.confirmed || !r->operator_) return;
    page_form(r, h, "/about/clock", false);
    html_add(h, "<button class=\"plain\">%t</button></form>", T("The clock is right"));
}

static void numbers(struct request *r, struct html *h, const struct store_stats *stats) {
    char text[WORDS_SIZE];
    html_add(h, "<h2>%t</h2><dl>", T("What is here"));
    words_number(text, r->lang, stats->records);
    html_add(h, "<dt>%t</dt><dd>%t</dd>", T("Messages"), text);
    words_number(text, r->lang, stats->communities);
    html_add(h, "<dt>%t</dt><dd>%t</dd>", T("Groups"), text);
    words_size(text, r->lang, stats->bytes);
    html_add(h, "<dt>%t</dt><dd>%t</dd></dl>", T("Space used"), text);
}

enum MHD_Result page_about(struct request *r) {
    struct html h;
    struct store_stats stats = {0};
    int err = store_stats(web_home(r->web)->store, r->when.now, &stats);
    if (err < 0) return answer_error(r, err);
    page_begin(r, &h, PAGE_ABOUT, T("About"));
    promises(r, &h);
    person(r, &h);
    neighbours(r, &h);
    page_network(r, &h);
    clock_write(r, &h, &stats);
    numbers(r, &h, &stats);
    page_end(r, &h);
    return answer_page(r, MHD_HTTP_OK, &h);
}

enum MHD_Result page_clock(struct request *r) {
    if (r->err != 0 || !body_token_is_good(r)) return answer_sentence(r, MHD_HTTP_FORBIDDEN, form_foreign);
    int err = home_clock_confirm(web_home(r->web));
    return err < 0 ? answer_error(r, err) : answer_see(r, "/about");
}

enum MHD_Result page_style(struct request *r) {
    return answer_own(r, "text/css; charset=utf-8", web_style(r->web));
}

enum MHD_Result page_icon(struct request *r) {
    return answer_own(r, "image/svg+xml", style_icon);
}
