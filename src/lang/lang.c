/*
 * Look a message up in its language's sorted table by bisection, and read the language out of the two forms that name
 * one: the environment's locale and a browser's Accept-Language. Both compare the primary subtag only: "ru-KZ" is
 * Russian.
 */
#include "lang/lang.h"

#include <stdbool.h>
#include <string.h>

static const char *const codes[LANG_COUNT] = {[LANG_EN] = "en", [LANG_RU] = "ru", [LANG_KK] = "kk"};

const char *lang_code(enum lang lang) {
    return (unsigned)lang < LANG_COUNT ? codes[lang] : codes[LANG_EN];
}

static const char *table_find(const struct lang_entry *table, size_t count, const char *msgid) {
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(msgid, table[middle].msgid);
        if (order == 0) return table[middle].msgstr;
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return msgid;
}

const char *lang_text(enum lang lang, const char *msgid) {
    switch (lang) {
    case LANG_RU: return table_find(lang_ru, lang_ru_count, msgid);
    case LANG_KK: return table_find(lang_kk, lang_kk_count, msgid);
    case LANG_EN: break;
    }
    return msgid;
}

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Find the language whose code is the length bytes at tag, in either case. */
static bool code_find(const char *tag, size_t length, enum lang *lang) {
    if (length != 2) return false;
    for (int i = 0; i < LANG_COUNT; i++) {
        if ((tag[0] | 0x20) == codes[i][0] && (tag[1] | 0x20) == codes[i][1]) {
            *lang = (enum lang)i;
            return true;
        }
    }
    return false;
}

enum lang lang_from_locale(const char *locale) {
    enum lang lang = LANG_EN;
    if (locale == NULL) return LANG_EN;
    size_t length = 0;
    while (is_letter(locale[length])) length++;
    if (locale[length] != '\0' && strchr("_.@", locale[length]) == NULL) return LANG_EN;
    return code_find(locale, length, &lang) ? lang : LANG_EN;
}

static const char *skip_blank(const char *at) {
    while (*at == ' ' || *at == '\t') at++;
    return at;
}

/*
 * Read a weight, "0" to "1" with at most three decimals, as thousandths. Return the first byte after it, or NULL if
 * it is none.
 */
static const char *weight_read(const char *at, int *thousandths) {
    if (*at != '0' && *at != '1') return NULL;
    int value = (*at++ - '0') * 1000;
    if (*at == '.') {
        at++;
        for (int unit = 100; unit > 0 && *at >= '0' && *at <= '9'; unit /= 10) value += (*at++ - '0') * unit;
    }
    if (value > 1000) return NULL;
    *thousandths = value;
    return at;
}

enum lang lang_from_accept(const char *accept_language) {
    enum lang best = LANG_EN;
    int best_weight = 0;
    const char *at = accept_language;
    while (at != NULL && *at != '\0') {
        at = skip_blank(at);
        const char *tag = at;
        while (is_letter(*at)) at++;
        size_t length = (size_t)(at - tag);
        while (is_letter(*at) || *at == '-' || *at == '*' || (*at >= '0' && *at <= '9')) at++;
        int weight = 1000;
        const char *end = skip_blank(at);
        if (*end == ';') {
            end = skip_blank(end + 1);
            end = (*end == 'q' || *end == 'Q') && end[1] == '=' ? weight_read(end + 2, &weight) : NULL;
            if (end != NULL) end = skip_blank(end);
        }
        bool valid = end != NULL && (*end == ',' || *end == '\0');
        bool whole = tag[length] == '-' || tag + length == at;
        enum lang lang;
        if (valid && whole && weight > best_weight && code_find(tag, length, &lang)) {
            best = lang;
            best_weight = weight;
        }
        at = strchr(at, ',');
        if (at != NULL) at++;
    }
    return best;
}
