/*
 * The buffer doubles up to its limit. Escaping walks the text code point by code point with the core's UTF-8 decoder.
 */
#include "node/web/html.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "core/utf8.h"

#define HTML_ROOM_FIRST 8192
#define HTML_SAY_MAX 1024

void html_init(struct html *h) {
    *h = (struct html){0};
}

void html_free(struct html *h) {
    free(h->data);
    *h = (struct html){0};
}

int html_take(struct html *h, char **data, size_t *size) {
    if (h->err != 0) return h->err;
    if (h->data == NULL) {
        h->data = calloc(1, 1);
        if (h->data == NULL) return ERR_MEMORY;
    }
    *data = h->data;
    *size = h->size;
    *h = (struct html){0};
    return 0;
}

static void put(struct html *h, const char *bytes, size_t size) {
    if (h->err != 0 || size == 0) return;
    if (size > HTML_SIZE_MAX - h->size) {
        h->err = ERR_LIMIT;
        return;
    }
    if (h->size + size > h->room) {
        size_t room = h->room == 0 ? HTML_ROOM_FIRST : h->room;
        while (room < h->size + size) room *= 2;
        char *data = realloc(h->data, room);
        if (data == NULL) {
            h->err = ERR_MEMORY;
            return;
        }
        h->data = data;
        h->room = room;
    }
    memcpy(h->data + h->size, bytes, size);
    h->size += size;
    CHECK(h->size <= h->room);
}

void html_raw(struct html *h, const char *markup) {
    put(h, markup, strlen(markup));
}

/* The reference for a character that may not stand for itself, or NULL. */
static const char *reference(uint32_t code_point) {
    switch (code_point) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: break;
    }
    bool control =
        (code_point < 0x20 && code_point != '\t' && code_point != '\n') || (code_point >= 0x7f && code_point < 0xa0);
    return control ? "\xef\xbf\xbd" : NULL;
}

void html_text(struct html *h, const char *text, size_t size) {
    size_t plain = 0; /* start of the stretch that needs no change */
    size_t at = 0;
    while (at < size && h->err == 0) {
        uint32_t code_point;
        size_t length = utf8_decode(&code_point, (const uint8_t *)text + at, size - at);
        const char *instead = length == 0 ? "\xef\xbf\xbd" : reference(code_point);
        if (length == 0) length = 1;
        if (instead != NULL) {
            put(h, text + plain, at - plain);
            put(h, instead, strlen(instead));
            plain = at + length;
        }
        at += length;
    }
    if (h->err == 0) put(h, text + plain, size - plain);
}

void html_string(struct html *h, const char *text) {
    html_text(h, text, strlen(text));
}

static void put_hex(struct html *h, const uint8_t id[HASH_SIZE]) {
    static const char digits[] = "0123456789abcdef";
    char hex[2 * HASH_SIZE];
    for (size_t i = 0; i < HASH_SIZE; i++) {
        hex[2 * i] = digits[id[i] >> 4];
        hex[2 * i + 1] = digits[id[i] & 15];
    }
    put(h, hex, sizeof hex);
}

void html_add(struct html *h, const char *markup, ...) {
    va_list arguments;
    va_start(arguments, markup);
    const char *at = markup;
    for (;;) {
        const char *sign = strchr(at, '%');
        if (sign == NULL) break;
        put(h, at, (size_t)(sign - at));
        switch (sign[1]) {
        case 't': html_string(h, va_arg(arguments, const char *)); break;
        case 'x': put_hex(h, va_arg(arguments, const uint8_t *)); break;
        case '%': put(h, "%", 1); break;
        default: CHECK(false);
        }
        at = sign + 2;
    }
    html_raw(h, at);
    va_end(arguments);
}

void html_say(struct html *h, const char *format, ...) {
    char text[HTML_SAY_MAX];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (size < 0) return;
    html_string(h, text);
}

void html_url(struct html *h, const char *text) {
    static const char digits[] = "0123456789ABCDEF";
    static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (const char *at = text; *at != '\0'; at++) {
        unsigned char byte = (unsigned char)*at;
        if (strchr(unreserved, *at) != NULL) {
            put(h, at, 1);
        } else {
            char code[3] = {'%', digits[byte >> 4], digits[byte & 15]};
            put(h, code, sizeof code);
        }
    }
}
