/*
 * page_network.c: the counts of network.h as sentences.
 */
#include "node/web/page_network.h"

#include <string.h>

#include "node/network.h"
#include "node/refusals.h"
#include "node/usb.h"

static bool network_get(struct request *r, struct network *out) {
    const struct home_node *node = &web_home(r->web)->node;
    memset(out, 0, sizeof *out);
    if (node->network == NULL) return false;
    node->network(node->context, out);
    return true;
}

static void count_say(struct request *r, struct html *h, words_forms forms, uint64_t count) {
    char number[WORDS_SIZE];
    words_number(number, r->lang, count);
    html_say(h, words_form(r->lang, forms, count), number);
}

static void nobody_write(struct request *r, struct html *h, const struct network *n) {
    static const words_forms heard = {WORDS_LATER("%s point heard, not reached yet"),
                                      WORDS_LATER("%s points heard, not reached yet"),
                                      WORDS_LATER("%s points heard, not reached yet|5")};
    if (!n->discovering)
        html_string(h, T("No other point is in contact"));
    else if (n->discovery.peers > 0)
        count_say(r, h, heard, n->discovery.peers);
    else
        html_string(h, T("Nobody near; looking"));
}

static void line_write(struct request *r, struct html *h, const struct network *n) {
    static const words_forms near = {WORDS_LATER("%s point near"), WORDS_LATER("%s points near"),
                                     WORDS_LATER("%s points near|5")};
    static const words_forms rate = {WORDS_LATER("exchanging: %s message a second"),
                                     WORDS_LATER("exchanging: %s messages a second"),
                                     WORDS_LATER("exchanging: %s messages a second|5")};
    enum network_state state = network_state(n);
    html_raw(h, "<p class=\"soft\">");
    if (state == NETWORK_NOBODY) {
        nobody_write(r, h, n);
    } else {
        count_say(r, h, near, network_near(n));
        html_raw(h, " · ");
        if (state == NETWORK_SETTLED)
            html_string(h, T("everything is exchanged"));
        else if (network_rate(n) > 0)
            count_say(r, h, rate, network_rate(n));
        else
            html_string(h, T("comparing who lacks what"));
    }
    html_raw(h, "</p>");
}

static void phones_write(struct request *r, struct html *h, const struct network *n) {
    static const words_forms phones = {WORDS_LATER("%s phone in contact"), WORDS_LATER("%s phones in contact"),
                                       WORDS_LATER("%s phones in contact|5")};
    if (n->lan.phones == 0) return;
    html_raw(h, "<p class=\"soft\">");
    count_say(r, h, phones, n->lan.phones);
    html_raw(h, "</p>");
}

void page_network_line(struct request *r, struct html *h) {
    struct network n;
    if (!network_get(r, &n)) return;
    line_write(r, h, &n);
    phones_write(r, h, &n);
}

static void moved_write(struct request *r, struct html *h, const struct network *n) {
    char text[WORDS_SIZE];
    html_raw(h, "<dl>");
    words_number(text, r->lang, n->lan.met);
    html_add(h, "<dt>%t</dt><dd>%t</dd>", T("Contacts since the start"), text);
    words_number(text, r->lang, n->lan.records_in);
    html_add(h, "<dt>%t</dt><dd>%t · ", T("New messages that came"), text);
    words_size(text, r->lang, n->lan.bytes_in);
    html_add(h, "%t</dd>", text);
    words_number(text, r->lang, n->lan.records_out);
    html_add(h, "<dt>%t</dt><dd>%t · ", T("Messages that went"), text);
    words_size(text, r->lang, n->lan.bytes_out);
    html_add(h, "%t</dd></dl>", text);
}

/* What doesn't work, or is not as it should be. */
static void troubles_write(struct request *r, struct html *h, const struct network *n) {
    int64_t ahead = network_clock_minutes(n);
    char number[WORDS_SIZE];
    if (n->problem != NULL) html_add(h, "<p class=\"warn\">%t</p>", lang_text(r->lang, n->problem));
    if (ahead != 0) {
        words_number(number, r->lang, (uint64_t)(ahead > 0 ? ahead : -ahead));
        html_raw(h, "<p class=\"warn\">");
        html_say(h,
                 ahead > 0 ? T("The neighbours' clocks are ahead of this one; check it. Minutes: %s")
                           : T("The neighbours' clocks are behind this one; check it. Minutes: %s"),
                 number);
        html_raw(h, "</p>");
    }
}

static void refusals_write(struct request *r, struct html *h, const struct network *n) {
    uint64_t counts[REFUSALS_COUNT];
    char number[WORDS_SIZE];
    bool any = n->lan.turned_away > 0 || n->lan.held_off > 0;
    refusals_get(web_home(r->web)->store, counts);
    for (size_t i = 1; i < REFUSALS_COUNT; i++) {
        counts[i] += n->refused[i];
        any |= counts[i] > 0;
    }
    if (!any) return;
    html_add(h, "<h3>%t</h3><dl>", T("What was refused"));
    for (int i = 1; i < REFUSALS_COUNT; i++) {
        if (counts[i] == 0) continue;
        words_number(number, r->lang, counts[i]);
        html_add(h, "<dt>%t</dt><dd>%t</dd>", lang_text(r->lang, err_text(-i)), number);
    }
    if (n->lan.turned_away > 0) {
        words_number(number, r->lang, n->lan.turned_away);
        html_add(h, "<dt>%t</dt><dd>%t</dd>", T("connections, too many or too quick"), number);
    }
    if (n->lan.held_off > 0) {
        words_number(number, r->lang, n->lan.held_off);
        html_add(h, "<dt>%t</dt><dd>%t</dd>", T("addresses not let in for a while, after what they sent"), number);
    }
    html_raw(h, "</dl>");
}

/* The sticks that are plugged in, and whether they may be taken out. */
static void sticks_write(struct request *r, struct html *h) {
    char digits[WORDS_SIZE];
    struct usb_status usb;
    uint64_t number;
    const char *text;
    usb_get(web_home(r->web)->node.usb, &usb);
    if (usb.count == 0) return;
    html_add(h, "<h2>%t</h2>", T("Memory sticks"));
    for (size_t i = 0; i < usb.count; i++) {
        html_add(h, "<h3>%t</h3>", usb.sticks[i].label);
        for (unsigned k = 0; (text = usb_sentence(&usb.sticks[i], k, &number)) != NULL; k++) {
            html_raw(h, "<p>");
            if (number == UINT64_MAX) {
                html_string(h, lang_text(r->lang, text));
            } else {
                words_number(digits, r->lang, number);
                html_say(h, lang_text(r->lang, text), digits);
            }
            html_raw(h, "</p>");
        }
    }
}

void page_network(struct request *r, struct html *h) {
    struct network n;
    bool runs = network_get(r, &n);
    if (!runs && !r->operator_) return;
    if (runs) {
        html_add(h, "<h2>%t</h2>", T("Points near"));
        line_write(r, h, &n);
        phones_write(r, h, &n);
    }
    if (!r->operator_) return;
    if (runs) {
        troubles_write(r, h, &n);
        moved_write(r, h, &n);
        sticks_write(r, h);
    }
    refusals_write(r, h, &n);
}
