/*
 * aloud.c: a text as somebody reads it aloud.
 */
#include "view/aloud.h"

#include <stdbool.h>
#include <string.h>

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool begins(const char *text, size_t size, size_t at, const char *with) {
    size_t length = strlen(with);
    return size - at >= length && memcmp(text + at, with, length) == 0;
}

/* The length of a mark that ends a sentence, at this place, or 0. */
static size_t end_mark(const char *text, size_t size, size_t at) {
    if (text[at] == '.' || text[at] == '!' || text[at] == '?') return 1;
    return begins(text, size, at, "\xe2\x80\xa6") ? 3 : 0;
}

/* What may stand between the mark and the white space. */
static size_t closing(const char *text, size_t size, size_t at) {
    static const char *const marks[] = {")",           "]", "\"", "'", "\xc2\xbb", "\xe2\x80\x9d", "\xe2\x80\x9c",
                                        "\xe2\x80\x99"};
    if (at >= size) return 0;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (begins(text, size, at, marks[i])) return strlen(marks[i]);
    return 0;
}

static bool is_letter(unsigned char c) {
    return c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Tell whether the word before a full stop has one or two letters and nothing else. */
static bool is_short_word(const char *text, size_t from, size_t at) {
    unsigned letters = 0;
    while (at > from && !is_space(text[at - 1])) {
        unsigned char c = (unsigned char)text[--at];
        if (c != '.' && !is_letter(c)) return c == '(' && letters > 0 && letters <= 2;
        if ((c & 0xc0) != 0x80) letters += c != '.';
    }
    return letters > 0 && letters <= 2;
}

/* Where the sentence that begins at `from` ends. */
static size_t sentence_end(const char *text, size_t size, size_t from) {
    size_t at = from;
    while (at < size && text[at] != '\n') {
        size_t mark = end_mark(text, size, at);
        if (mark == 0) {
            at++;
            continue;
        }
        bool is_short = text[at] == '.' && is_short_word(text, from, at);
        for (at += mark; at < size && (mark = end_mark(text, size, at)) > 0;) at += mark;
        for (size_t more; (more = closing(text, size, at)) > 0;) at += more;
        if (at >= size || (is_space(text[at]) && !is_short)) return at;
    }
    return at;
}

size_t aloud_next(const char *text, size_t size, size_t *at, char out[ALOUD_MAX + 1]) {
    size_t length = 0, space = 0, after = 0;
    while (*at < size && is_space(text[*at])) (*at)++;
    size_t from = *at, end = from < size ? sentence_end(text, size, from) : size;
    for (; *at < end; (*at)++) {
        bool is_gap = is_space(text[*at]);
        if (is_gap && (length == 0 || out[length - 1] == ' ')) continue;
        if (length == ALOUD_MAX) { /* cut behind the last word that is whole, else before a character */
            while (!space && *at > from && ((unsigned char)text[*at] & 0xc0) == 0x80) (*at)--, length--;
            if (space) {
                length = space;
                *at = after;
            }
            break;
        }
        if (is_gap) {
            space = length;
            after = *at;
        }
        out[length] = text[*at];
        if (is_gap) out[length] = ' ';
        length++;
    }
    while (length > 0 && out[length - 1] == ' ') length--;
    out[length] = '\0';
    return length;
}
