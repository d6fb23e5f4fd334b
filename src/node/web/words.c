/*
 * Tables of units; the largest that fits is used and rounded down, as people say "2 days ago" until the third day is
 * full.
 */
#include "node/web/words.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

const char *words_form(enum lang lang, words_forms forms, uint64_t number) {
    unsigned form = number == 1 ? 0 : 1;
    if (lang == LANG_RU) {
        unsigned ones = (unsigned)(number % 10);
        unsigned tens = (unsigned)(number / 10 % 10);
        if (tens == 1 || ones == 0 || ones >= 5) {
            form = 2;
        } else {
            form = ones == 1 ? 0 : 1;
        }
    }
    return lang_text(lang, forms[form]);
}

void words_number(char out[WORDS_SIZE], enum lang lang, uint64_t number) {
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    const char *gap = lang == LANG_EN ? "," : "\xc2\xa0";
    if (number < 10000) gap = "";
    size_t used = 0;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) {
            memcpy(out + used, gap, strlen(gap));
            used += strlen(gap);
        }
        out[used++] = digits[i];
    }
    out[used] = '\0';
}

void words_size(char out[WORDS_SIZE], enum lang lang, uint64_t bytes) {
    static const char *const units[] = {WORDS_LATER("KB"), WORDS_LATER("MB"), WORDS_LATER("GB")};
    if (bytes < 1000) {
        snprintf(out, WORDS_SIZE, "%llu\xc2\xa0%s", (unsigned long long)bytes, lang_text(lang, "bytes"));
        return;
    }
    uint64_t unit = 1000;
    size_t i = 0;
    while (i < 2 && bytes / unit >= 1000) {
        unit *= 1000;
        i++;
    }
    uint64_t whole = bytes / unit;
    uint64_t tenth = bytes % unit / (unit / 10);
    if (whole >= 10 || tenth == 0) {
        snprintf(out, WORDS_SIZE, "%llu\xc2\xa0%s", (unsigned long long)whole, lang_text(lang, units[i]));
    } else {
        snprintf(out, WORDS_SIZE, "%llu%c%llu\xc2\xa0%s", (unsigned long long)whole, lang == LANG_EN ? '.' : ',',
                 (unsigned long long)tenth, lang_text(lang, units[i]));
    }
}

void words_ago(char out[WORDS_SIZE], enum lang lang, uint64_t then, uint64_t now) {
    static const struct {
        uint64_t seconds;
        words_forms forms;
    } units[] = {
        {365 * 86400, {WORDS_LATER("%s year ago"), WORDS_LATER("%s years ago"), WORDS_LATER("%s years ago|5")}},
        {30 * 86400, {WORDS_LATER("%s month ago"), WORDS_LATER("%s months ago"), WORDS_LATER("%s months ago|5")}},
        {86400, {WORDS_LATER("%s day ago"), WORDS_LATER("%s days ago"), WORDS_LATER("%s days ago|5")}},
        {3600, {WORDS_LATER("%s hour ago"), WORDS_LATER("%s hours ago"), WORDS_LATER("%s hours ago|5")}},
        {60, {WORDS_LATER("%s minute ago"), WORDS_LATER("%s minutes ago"), WORDS_LATER("%s minutes ago|5")}},
    };
    uint64_t passed = then < now ? now - then : 0;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (passed < units[i].seconds) continue;
        uint64_t number = passed / units[i].seconds;
        char digits[WORDS_SIZE];
        words_number(digits, lang, number);
        const char *form = words_form(lang, units[i].forms, number);
        const char *place = strstr(form, "%s"); /* the catalogues' test holds that there is exactly one */
        if (place == NULL) break;
        snprintf(out, WORDS_SIZE, "%.*s%.20s%.40s", (int)(place - form), form, digits, place + 2);
        return;
    }
    snprintf(out, WORDS_SIZE, "%s", lang_text(lang, "just now"));
}

static struct tm parts_of(uint64_t seconds) {
    time_t time = (time_t)seconds;
    struct tm parts = {0};
    if (gmtime_r(&time, &parts) == NULL) parts = (struct tm){0};
    return parts;
}

void words_time(char out[WORDS_SIZE], uint64_t seconds) {
    struct tm at = parts_of(seconds);
    snprintf(out, WORDS_SIZE, "%04d-%02d-%02d %02d:%02d UTC", at.tm_year + 1900, at.tm_mon + 1, at.tm_mday, at.tm_hour,
             at.tm_min);
}

void words_time_machine(char out[WORDS_SIZE], uint64_t seconds) {
    struct tm at = parts_of(seconds);
    snprintf(out, WORDS_SIZE, "%04d-%02d-%02dT%02d:%02d:%02dZ", at.tm_year + 1900, at.tm_mon + 1, at.tm_mday,
             at.tm_hour, at.tm_min, at.tm_sec);
}

void words_day(char out[WORDS_SIZE], uint64_t seconds) {
    struct tm at = parts_of(seconds);
    snprintf(out, WORDS_SIZE, "%04d-%02d-%02d", at.tm_year + 1900, at.tm_mon + 1, at.tm_mday);
}
