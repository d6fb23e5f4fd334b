/*
 * value.c: numbers, sizes, times.
 */
#include "cli/value.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

/* Read digits up to the first character that is none. Return it, or NULL if there is no digit or the number is over
 * max. */
static const char *digits_read(const char *text, uint64_t max, uint64_t *out) {
    const char *at = text;
    uint64_t value = 0;
    for (; *at >= '0' && *at <= '9'; at++) {
        value = value * 10 + (uint64_t)(*at - '0');
        if (value > max || max > UINT64_MAX / 20) return NULL;
    }
    *out = value;
    return at > text ? at : NULL;
}

int value_number(const char *text, uint64_t max, uint64_t *out) {
    const char *end = digits_read(text, max, out);
    return end && *end == '\0' ? 0 : ERR_USAGE;
}

int value_size(const char *text, uint64_t *out) {
    uint64_t unit = 1;
    const char *end = digits_read(text, VALUE_NUMBER_MAX, out);
    if (!end) return ERR_USAGE;
    switch (*end | 0x20) {
    case 'k': unit = 1000; break;
    case 'm': unit = 1000000; break;
    case 'g': unit = 1000000000; break;
    default: break;
    }
    if (unit > 1) end++;
    if ((*end | 0x20) == 'b') end++;
    if (*end || *out > VALUE_NUMBER_MAX / unit) return ERR_USAGE;
    *out *= unit;
    return 0;
}

static int age_read(const char *text, uint64_t now, uint64_t *out) {
    static const struct {
        char letter;
        uint32_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
    uint64_t count;
    const char *end = digits_read(text, 1000000000, &count);
    for (size_t i = 0; end && i < sizeof units / sizeof *units; i++) {
        if (end[0] == units[i].letter && end[1] == '\0') {
            uint64_t age = count * units[i].seconds;
            *out = age < now ? now - age : 0;
            return 0;
        }
    }
    return ERR_USAGE;
}

static int date_read(const char *text, uint64_t *out) {
    static const char *const forms[] = {"%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"};
    if (strlen(text) < 10 || text[4] != '-' || text[7] != '-') return ERR_USAGE;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct tm tm = {.tm_isdst = -1};
        const char *end = strptime(text, forms[i], &tm);
        if (!end || (*end && strcmp(end, "Z") != 0)) continue;
        int day = tm.tm_mday;
        time_t t = *end ? timegm(&tm) : mktime(&tm);
        if (t < 0 || tm.tm_mday != day) /* 31 February moves to another day */
            return ERR_USAGE;
        *out = (uint64_t)t;
        return 0;
    }
    return ERR_USAGE;
}

int value_time(const char *text, uint64_t now, uint64_t *out) {
    if (value_number(text, VALUE_NUMBER_MAX, out) == 0 || age_read(text, now, out) == 0) return 0;
    return date_read(text, out);
}

int value_address(const char *text) {
    uint64_t port;
    const char *colon = strrchr(text, ':');
    if (!colon || colon == text || value_number(colon + 1, UINT16_MAX, &port)) return ERR_USAGE;
    bool bracketed = *text == '[' && colon[-1] == ']';
    bool plain = memchr(text, ':', (size_t)(colon - text)) == NULL && *text != '[';
    return bracketed || plain ? 0 : ERR_USAGE;
}
