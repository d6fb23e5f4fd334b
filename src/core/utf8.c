/*
 * utf8.c: validation of text.
 */
#include "core/utf8.h"

#include <string.h>

size_t utf8_decode(uint32_t *code_point, const uint8_t *data, size_t size) {
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    if (size == 0) return 0;
    uint8_t first = data[0];
    size_t length = first < 0x80 ? 1 : first >> 5 == 6 ? 2 : first >> 4 == 14 ? 3 : first >> 3 == 30 ? 4 : 0;
    if (length == 0 || length > size) return 0;
    uint32_t value = length == 1 ? first : first & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((data[i] & 0xc0) != 0x80) return 0;
        value = value << 6 | (data[i] & 0x3f);
    }
    if (value < least[length] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return 0;
    *code_point = value;
    return length;
}

/* Line separators and marks that turn the direction of writing. */
static bool is_turning(uint32_t c) {
    return c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

bool utf8_is_text(const uint8_t *data, size_t size, bool lines) {
    for (size_t at = 0; at < size;) {
        uint32_t code_point = 0;
        size_t length = utf8_decode(&code_point, data + at, size - at);
        if (length == 0) return false;
        bool control = code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0);
        if (control && !(lines && (code_point == '\n' || code_point == '\t'))) return false;
        if (!lines && is_turning(code_point)) return false;
        at += length;
    }
    return true;
}

size_t utf8_length(const char *text, size_t size) {
    const char *end = memchr(text, '\0', size);
    return end ? (size_t)(end - text) : size;
}
