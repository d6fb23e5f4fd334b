/*
 * Two steps below one another, each its words and a QR code; a line for each language.
 */
#include "node/poster.h"

#include <string.h>

#include "lang/lang.h"
#include "node/web/html.h"
#include "node/web/qr.h"

static const enum lang order[] = {LANG_KK, LANG_RU, LANG_EN};
#define LANGUAGES (sizeof order / sizeof order[0])

static size_t escaped(char *out, const char *text) {
    size_t size = 0;
    for (; *text != '\0'; text++) {
        if (strchr("\\;,:\"", *text) != NULL) out[size++] = '\\';
        out[size++] = *text;
    }
    return size;
}

int poster_wifi(char out[POSTER_WIFI_SIZE], const char *name, const char *password) {
    bool open = password == NULL || password[0] == '\0';
    if (strlen(name) > 32 || (!open && strlen(password) > 63)) return ERR_LIMIT;
    size_t at = 0;
    const char *type = open ? "WIFI:T:nopass;S:" : "WIFI:T:WPA;S:";
    memcpy(out, type, strlen(type));
    at += strlen(type);
    at += escaped(out + at, name);
    if (!open) {
        memcpy(out + at, ";P:", 3);
        at += 3;
        at += escaped(out + at, password);
    }
    memcpy(out + at, ";;", 3);
    return 0;
}

/* A sentence in all languages. */
static void sentences(struct html *h, const char *element, const char *const texts[LANGUAGES]) {
    for (size_t i = 0; i < LANGUAGES; i++) {
        html_raw(h, element);
        html_add(h, "<span lang=\"%t\">%t</span></p>", lang_code(order[i]), texts[i]);
    }
}

/* The texts of a msgid, for `sentences`. */
#define IN_ALL(text) \
    ((const char *const[]){lang_text(LANG_KK, text), lang_text(LANG_RU, text), lang_text(LANG_EN, text)})

void poster_begin(struct html *h) {
    html_init(h);
    html_raw(h,
             "<!DOCTYPE html>\n<html lang=\"kk\"><head><meta charset=\"utf-8\"><title>Link · Связь · "
             "Байланыс</title><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><style>"
             "@page{size:A4 portrait;margin:11mm}"
             "*{box-sizing:border-box}"
             "body{margin:0 auto;padding:0;max-width:188mm;background:#fff;color:#000;"
             "font:14pt/1.3 \"Noto Sans\",\"DejaVu Sans\",\"Liberation Sans\",Arial,sans-serif}"
             "h1{font-size:31pt;line-height:1.1;text-align:center;margin:0;white-space:nowrap}"
             ".under{text-align:center;margin:1.5mm 0 0}"
             ".under p,.rule p,.rest p{margin:0}"
             ".step{display:flex;align-items:center;gap:4mm;border:1mm solid #000;border-radius:4mm;"
             "padding:1mm 1mm 1mm 6mm;margin:3mm 0;break-inside:avoid}"
             ".say{flex:1 1 0;min-width:0}"
             ".number{font-size:32pt;font-weight:700;line-height:1;margin:0 0 2mm}"
             ".step p{margin:0 0 1mm}"
             ".qr{display:block;flex:none;width:64mm;height:auto}"
             ".what{font-size:27pt;font-weight:700;line-height:1.15;overflow-wrap:anywhere;margin:3mm 0 2mm!important;"
             "white-space:pre-wrap}"
             ".long{font-size:17pt}.longer{font-size:13pt}"
             ".small{font-size:11pt}"
             ".pass{font:700 17pt/1.3 \"DejaVu Sans Mono\",\"Liberation Mono\",monospace;overflow-wrap:anywhere;"
             "white-space:pre-wrap}"
             ".card{font-size:7pt}"
             ".rule{border-top:.5mm solid #000;padding:2mm 0 0;margin:2.5mm 0 0}"
             ".rule.strong{font-weight:700}"
             ".tools{border:1px dashed #666;padding:3mm;margin:3mm 0;font-size:11pt}"
             ".tools label{display:block;margin:1mm 0}.tools input{width:100%;font:inherit;padding:1.5mm}"
             ".tools button{font:inherit;padding:2mm 5mm;margin-top:2mm}"
             "@media print{.tools{display:none}}"
             "@media screen{body{padding:4mm}}"
             "</style></head><body>");
}

/* Large, or smaller if it is long. */
static void what(struct html *h, const char *text) {
    size_t size = strlen(text);
    html_add(h, "<p class=\"what%t\" dir=\"auto\">", size > 60 ? " longer" : size > 18 ? " long" : "");
    html_add(h, "%t</p>", text);
}

static void step_wifi(struct html *h, const struct poster *p) {
    char wifi[POSTER_WIFI_SIZE];
    html_raw(h, "<section class=\"step\"><div class=\"say\"><p class=\"number\">1</p>");
    sentences(h, "<p>", IN_ALL("Join this Wi-Fi:"));
    what(h, p->name);
    if (p->password != NULL && p->password[0] != '\0') {
        const char *const *texts = IN_ALL("Password:");
        html_raw(h, "<p class=\"small\">");
        for (size_t i = 0; i < LANGUAGES; i++)
            html_add(h, "<span lang=\"%t\">%t</span> ", lang_code(order[i]), texts[i]);
        html_raw(h, "</p>");
        html_add(h, "<p class=\"pass\">%t</p>", p->password);
    }
    html_raw(h, "</div>");
    if (poster_wifi(wifi, p->name, p->password) == 0) (void)qr_write(h, wifi, "Wi-Fi");
    html_raw(h, "</section>");
}

static void step_address(struct html *h, const struct poster *p) {
    html_add(h, "<section class=\"step\"><div class=\"say\"><p class=\"number\">%t</p>", p->name != NULL ? "2" : "1");
    sentences(h, "<p>", IN_ALL("Open this address in your browser:"));
    what(h, p->address);
    html_raw(h, "</div>");
    (void)qr_write(h, p->address, p->address);
    html_raw(h, "</section>");
}

void poster_end(struct html *h, const struct poster *p) {
    html_raw(h, "<h1>Link · Связь · Байланыс</h1><div class=\"under\">");
    sentences(h, "<p>", IN_ALL("Messages to one another, without the internet"));
    html_raw(h, "</div>");
    if (p->name != NULL) step_wifi(h, p);
    step_address(h, p);
    html_raw(h, "<div class=\"rest\">");
    sentences(h, "<p class=\"small\">",
              IN_ALL("The phone says that there is no internet? That is right: stay in the Wi-Fi."));
    html_raw(h, "</div>");
    if (p->words != NULL) {
        html_raw(h, "<div class=\"rule\">");
        sentences(h, "<p class=\"small\">", IN_ALL("The page must show these words:"));
        what(h, p->words);
        html_raw(h, "</div>");
    }
    html_raw(h, "<div class=\"rule strong\">");
    sentences(h, "<p>", IN_ALL("Open groups: anyone can read, the police too."));
    html_raw(h, "</div></body></html>\n");
}

void poster_card(struct html *h, const char *line, const char *handle, bool answer) {
    html_raw(h, "<section class=\"step\"><div class=\"say\">");
    if (answer) {
        sentences(h, "<p class=\"small\">",
                  IN_ALL("Answer card. Keep it in a safe place, away from the phone. It says: I am there, nobody took "
                         "my phone."));
    } else {
        sentences(h, "<p class=\"small\">",
                  IN_ALL("For a friend. If I am taken or my phone is: freeze my key with this card, at my last message "
                         "that you are sure of."));
    }
    html_add(h, "<p class=\"what\">%t</p>", handle);
    html_add(h, "<p class=\"pass card\">longear %t %t</p></div>", answer ? "unfreeze" : "freeze", line);
    (void)qr_write(h, line, handle);
    html_raw(h, "</section>");
}
