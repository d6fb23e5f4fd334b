/*
 * export_site.c: one page for a web server or a memory stick: warnings that hold, what coordinators pinned, what
 * happened. No script, nothing from elsewhere; well-formed as XML, too.
 */
#include <stdio.h>
#include <string.h>

#include "exchange/dates.h"
#include "node/export.h"
#include "node/report_words.h"
#include "query/message.h"
#include "store/freezes.h"

static const char style[] =
    "body{font:1.1rem/1.5 sans-serif;max-width:42rem;margin:1rem auto;padding:0 1rem;color:#111;background:#fff}"
    "article{border-top:1px solid #888;padding:.5rem 0}.warning h3{border-left:.5rem solid #b00;padding-left:.5rem}"
    "h3{margin:.2rem 0}p{margin:.2rem 0;white-space:pre-wrap;overflow-wrap:anywhere}.meta{color:#444;font-size:.9rem}";

static void element(struct sink *o, const char *open, const char *text, const char *close) {
    sink_raw(o, open);
    sink_xml(o, text);
    sink_raw(o, close);
}

static void time_put(struct sink *o, const char *format, uint64_t seconds) {
    char when[DATES_TEXT_SIZE], line[200];
    if (!seconds) return;
    dates_write_offset(when, seconds, export_offset(seconds));
    when[10] = ' ';
    when[16] = '\0'; /* date and clock, as they are here */
    snprintf(line, sizeof line, format, when);
    element(o, "<p class=\"meta\">", line, "</p>\n");
}

static void report_put(struct exporting *e, struct sink *o, const struct report_item *item) {
    char title[EXPORT_TITLE_SIZE], hex[HEX_SIZE];
    const struct report *r = &e->report;
    command_hex(hex, item->id, 8);
    export_title(e, item, title);
    sink_raw(o, r->type == REPORT_WARNING ? "<article class=\"warning\" id=\"r" : "<article id=\"r");
    sink_raw(o, hex);
    element(o, "\">\n<h3>", title, "</h3>\n");
    if (e->text[0]) element(o, "<p>", e->text, "</p>\n");
    time_put(o, T(e, "when it happened: %s"), r->when);
    time_put(o, T(e, "until %s"), r->until);
    time_put(o, T(e, "written %s"), e->written);
    element(o, "<p class=\"meta\">", T(e, report_ground_words(r->ground)), "</p>\n</article>\n");
}

/* Those of the reports that hold and are warnings, or are none. */
static int reports_put(struct exporting *e, struct sink *o, bool warnings, const char *head) {
    bool any = false;
    for (size_t i = 0; i < e->passed_count; i++) {
        const struct report_item *item = e->passed[i].item;
        if (item->state >= REPORT_REVOKED) continue;
        if ((report_now(e->reports.items, item)->type == REPORT_WARNING) != warnings) continue;
        int got = export_read(e, item);
        if (got < 0) return got;
        if (got == 0) continue;
        if (!any) element(o, "<h2>", head, "</h2>\n");
        any = true;
        report_put(e, o, item);
    }
    return 0;
}

/* A message that is pinned for all, in the words that count. */
static int message_put(struct exporting *e, struct sink *o, const uint8_t id[HASH_SIZE], bool first) {
    static uint8_t more[RECORD_SIZE_MAX];
    static char copy[RECORD_SIZE_MAX];
    struct store *s = e->call->home->store;
    struct store_record found, correction;
    struct store_apart apart;
    struct text text;
    int err = store_get(s, id, e->room, &found);
    if (err) return err == ERR_NOT_FOUND ? 0 : err;
    if (found.retracted || !found.record.body || found.record.kind != KIND_TEXT) return 0;
    if (store_is_apart(s, &found.record, &apart)) return 0;
    int corrected = message_correction(s, &found.record, e->call->now, more, &correction);
    if (corrected < 0) return corrected;
    if (text_decode(&text, corrected ? &correction.record : &found.record) || text.size == 0) return 0;
    memcpy(copy, text.text, text.size);
    copy[text.size] = '\0';
    if (first) element(o, "<h2>", T(e, "From the coordinators"), "</h2>\n");
    element(o, "<article>\n<p>", copy, "</p>\n");
    time_put(o, T(e, "written %s"), found.record.created);
    sink_raw(o, "</article>\n");
    return 1;
}

static int pinned_put(struct exporting *e, struct sink *o) {
    bool any = false;
    for (size_t i = 0; i < e->pins.count; i++) {
        const uint8_t *id = e->pins.list[i].targets[0];
        bool again = false; /* by another coordinator, before */
        for (size_t k = 0; k < i; k++) again |= memcmp(e->pins.list[k].targets[0], id, HASH_SIZE) == 0;
        int got = again ? 0 : message_put(e, o, id, !any);
        if (got < 0) return got;
        any |= got > 0;
    }
    return 0;
}

int export_site(struct exporting *e, struct sink *o) {
    const char *lang = lang_code(e->call->out->lang);
    sink_raw(o, "<!DOCTYPE html>\n<html lang=\"");
    sink_raw(o, lang);
    sink_raw(o, "\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n<meta charset=\"utf-8\"/>\n"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
                "<meta name=\"referrer\" content=\"no-referrer\"/>\n");
    element(o, "<title>", e->charter->title, "</title>\n");
    sink_raw(o, "<link rel=\"alternate\" type=\"application/atom+xml\" href=\"feed.xml\"/>\n<style>");
    sink_raw(o, style);
    sink_raw(o, "</style>\n</head>\n<body>\n");
    element(o, "<h1>", e->charter->title, "</h1>\n");
    time_put(o, T(e, "as of %s"), e->call->now);
    element(o, "<p class=\"meta\">", T(e, "What coordinators of this group wrote, pinned or confirmed."), "</p>\n");
    int err = reports_put(e, o, true, T(e, "Warnings"));
    if (!err) err = pinned_put(e, o);
    if (!err) err = reports_put(e, o, false, T(e, "What happened"));
    sink_raw(o, "<p class=\"meta\"><a href=\"feed.xml\">Atom</a> <a href=\"reports.csv\">CSV</a> "
                "<a href=\"reports.geojson\">GeoJSON</a> <a href=\"aid.csv\">");
    sink_xml(o, T(e, "needs and offers"));
    sink_raw(o, " (CSV)</a></p>\n</body>\n</html>\n");
    return err;
}
