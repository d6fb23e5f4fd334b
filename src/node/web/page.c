/*
 * The frame of every page.
 */
#include "node/web/page.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "node/web/style.h"

static void switch_keep(struct request *r, struct html *h, const char *name, size_t max) {
    const char *value = request_query(r, name, max);
    if (value[0] == '\0') return;
    html_add(h, "&amp;%t=", name);
    html_url(h, value);
}

static void languages(struct request *r, struct html *h) {
    static const struct {
        enum lang lang;
        const char *name, *whole;
    } all[] = {{LANG_KK, "Қаз", "Қазақша"}, {LANG_RU, "Рус", "Русский"}, {LANG_EN, "Eng", "English"}};
    html_add(h, "<nav class=\"langs\" aria-label=\"%t\">", T("Language"));
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        const char *code = lang_code(all[i].lang);
        if (all[i].lang == r->lang) {
            html_add(h, "<b lang=\"%t\" aria-current=\"true\" title=\"%t\">%t</b>", code, all[i].whole, all[i].name);
            continue;
        }
        /* What a post has answered can't be got again: then the switch leads to the start. */
        html_add(h, "<a lang=\"%t\" hreflang=\"%t\" title=\"%t\" href=\"%t?lang=%t", code, code, all[i].whole,
                 r->post || r->route == NULL ? request_home(r) : r->path, code);
        if (!r->post && r->route != NULL) {
            switch_keep(r, h, "q", REQUEST_QUERY_MAX);
            switch_keep(r, h, "g", 2 * HASH_SIZE);
            switch_keep(r, h, "before", 100);
            switch_keep(r, h, "after", 100);
        }
        html_add(h, "\">%t</a>", all[i].name);
    }
    html_raw(h, "</nav>");
}

static void tabs(struct request *r, struct html *h, enum page_tab current) {
    const struct {
        enum page_tab tab;
        const char *path, *name;
    } all[] = {{PAGE_GROUPS, request_home(r), T("Groups")},
               {PAGE_SEARCH, "/search", T("Search")},
               {PAGE_PARCEL, "/parcel", T("Parcel")},
               {PAGE_ABOUT, "/about", T("About")}};
    html_add(h, "<nav class=\"tabs\" aria-label=\"%t\">", T("Pages"));
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        html_add(h, "<a href=\"%t\"", all[i].path);
        if (all[i].tab == current) html_raw(h, " aria-current=\"page\"");
        html_add(h, ">%t</a>", all[i].name);
    }
    html_raw(h, "</nav>");
}

void page_begin(struct request *r, struct html *h, enum page_tab tab, const char *title) {
    html_init(h);
    html_add(h, "<!DOCTYPE html>\n<html lang=\"%t\"><head><meta charset=\"utf-8\"><title>", lang_code(r->lang));
    /* Isolated by U+2068 and U+2069: a title holds no elements. */
    if (title != NULL) html_add(h, "\xe2\x81\xa8%t\xe2\x81\xa9 · ", title);
    html_add(h,
             "%t</title><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
             "<meta name=\"color-scheme\" content=\"light dark\"><link rel=\"icon\" type=\"image/svg+xml\" "
             "href=\"/icon.svg\">"
             "<link rel=\"stylesheet\" href=\"/style.css?%t\"></head>\n<body><a class=\"skip\" "
             "href=\"#main\">%t</a>\n<header>"
             "<a class=\"brand\" href=\"%t\">",
             T("Link"), web_style_tag(r->web), T("Skip to the content"), request_home(r));
    html_raw(h, style_icon_inside);
    html_add(h, "%t</a>", T("Link"));
    languages(r, h);
    html_raw(h, "</header>\n");
    tabs(r, h, tab);
    if (!r->operator_) {
        html_add(h, "<div class=\"strip\"><p class=\"note soft\">%t</p></div>",
                 T("You are a guest of this point. What you write here is marked as a guest's; anyone can read it, the "
                   "police too."));
    }
    html_raw(h, "\n<main id=\"main\">\n");
}

void page_end(struct request *r, struct html *h) {
    html_add(h, "\n</main>\n<footer><p>%t</p></footer></body></html>\n",
             T("This page comes from a device nearby. It needs no internet."));
}

/* The heading for a status. */
static const char *status_name(const struct request *r, unsigned status) {
    switch (status) {
    case MHD_HTTP_OK: return T("Done");
    case MHD_HTTP_NOT_FOUND: return T("Not found");
    case MHD_HTTP_FORBIDDEN: return T("Not allowed");
    case MHD_HTTP_MISDIRECTED_REQUEST: return T("Another address");
    case MHD_HTTP_CONTENT_TOO_LARGE: return T("Too large");
    case MHD_HTTP_TOO_MANY_REQUESTS:
    case MHD_HTTP_SERVICE_UNAVAILABLE: return T("Not now");
    default: return T("That did not work");
    }
}

void page_sentence(struct request *r, struct html *h, unsigned status, const char *sentence) {
    const char *name = status_name(r, status);
    page_begin(r, h, PAGE_NONE, name);
    html_add(h, "<h1>%t</h1><p>%t</p><p class=\"acts\"><a href=\"%t\">%t</a></p>", name, lang_text(r->lang, sentence),
             request_home(r), T("To the groups"));
    page_end(r, h);
}

void page_form(struct request *r, struct html *h, const char *action, bool files) {
    char token[GUARD_TOKEN_SIZE];
    request_token(r, action, token);
    html_add(h, "<form method=\"post\" action=\"%t\" accept-charset=\"utf-8\"", action);
    if (files) html_raw(h, " enctype=\"multipart/form-data\"");
    html_add(h, "><input type=\"hidden\" name=\"t\" value=\"%t\">", token);
}

void page_time(struct request *r, struct html *h, uint64_t seconds) {
    char ago[WORDS_SIZE];
    char people[WORDS_SIZE];
    char machine[WORDS_SIZE];
    words_ago(ago, r->lang, seconds, r->when.now);
    words_time(people, seconds);
    words_time_machine(machine, seconds);
    html_add(h, "<span>%t</span> <time class=\"utc\" datetime=\"%t\">%t</time>", ago, machine, people);
}

void page_bdi(struct html *h, const char *text, size_t size) {
    html_raw(h, "<bdi>");
    html_text(h, text, size);
    html_raw(h, "</bdi>");
}

void page_author(struct html *h, const uint8_t key[KEY_SIZE]) {
    char handle[HANDLE_SIZE];
    char tail[5];
    person_handle(handle, key);
    sodium_bin2hex(tail, sizeof tail, key + KEY_SIZE - 2, 2);
    html_add(h, "<span class=\"who\" title=\"…%t\">%t</span>", tail, handle);
}

void page_path(char out[PAGE_PATH_SIZE], char letter, const uint8_t id[HASH_SIZE], const char *after) {
    char hex[2 * HASH_SIZE + 1];
    sodium_bin2hex(hex, sizeof hex, id, HASH_SIZE);
    snprintf(out, PAGE_PATH_SIZE, "/%c/%s%s", letter, hex, after);
}
