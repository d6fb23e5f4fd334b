/*
 * fold.c: folding of text for search: one code point at a time, by ranges and small tables.
 */
#include "view/fold.h"

#include <stdbool.h>
#include <string.h>

#include "core/check.h"
#include "core/utf8.h"

#define SEPARATOR 0
#define NOTHING 1 /* dropped without separating */

/* What Latin-1's letters from U+00C0 and Latin Extended-A's from U+0100 are without marks, in lower case; '.' is no
 * letter. */
static const char latin_1[] = "aaaaaaaceeeeiiiidnooooo.ouuuuytsaaaaaaaceeeeiiiidnooooo.ouuuuyty";
static const char latin_a[] =
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkkllllllllllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
_Static_assert(sizeof latin_1 == 0x40 + 1 && sizeof latin_a == 0x80 + 1, "a letter for each code point");

/* The second letter of the few that become two. */
static char second_letter(uint32_t c) {
    switch (c) {
    case 0xdf: return 's';
    case 0xc6:
    case 0xe6:
    case 0x152:
    case 0x153: return 'e';
    case 0x132:
    case 0x133: return 'j';
    case 0xde:
    case 0xfe: return 'h';
    default: return 0;
    }
}

static uint32_t cyrillic_lower(uint32_t c) {
    if (c < 0x410) return c + 0x50;
    if (c < 0x430) return c + 0x20;
    if (c == 0x4c0) return 0x4cf;
    if (c >= 0x4c1 && c <= 0x4ce) return c % 2 == 1 ? c + 1 : c;
    bool pairs = (c >= 0x460 && c <= 0x481) || (c >= 0x48a && c <= 0x52f);
    return pairs && c % 2 == 0 ? c + 1 : c;
}

static uint32_t cyrillic(uint32_t c) {
    c = cyrillic_lower(c);
    switch (c) {
    case 0x450:
    case 0x451: return 0x435; /* ѐ ё → е */
    case 0x439:
    case 0x45d:
    case 0x456:
    case 0x457: return 0x438; /* й ѝ і ї → и */
    case 0x4d9: return 0x430; /* ә → а */
    case 0x493:
    case 0x491: return 0x433; /* ғ ґ → г */
    case 0x49b: return 0x43a; /* қ → к */
    case 0x4a3: return 0x43d; /* ң → н */
    case 0x4e9: return 0x43e; /* ө → о */
    case 0x4b1:
    case 0x4af:
    case 0x45e: return 0x443; /* ұ ү ў → у */
    case 0x4bb: return 0x445; /* һ → х */
    case 0x482: return SEPARATOR;
    default: return c >= 0x483 && c <= 0x489 ? NOTHING : c;
    }
}

struct range {
    uint32_t first, last;
};

/* Beyond Cyrillic: punctuation, symbols, pictures, private use. */
static bool is_separator(uint32_t c) {
    static const struct range ranges[] = {
        {0x55a, 0x55f},   {0x589, 0x58f},   {0x5be, 0x5be},   {0x5c0, 0x5c0},     {0x5c3, 0x5c3},
        {0x5f3, 0x5f4},   {0x600, 0x60f},   {0x61b, 0x61f},   {0x66a, 0x66d},     {0x6d4, 0x6d4},
        {0x964, 0x965},   {0x10fb, 0x10fb}, {0x2000, 0x200a}, {0x200e, 0x2bff},   {0x2e00, 0x303f},
        {0xd800, 0xf8ff}, {0xfe10, 0xfe1f}, {0xfe30, 0xfe6f}, {0xff00, 0xff0f},   {0xff1a, 0xff20},
        {0xff3b, 0xff40}, {0xff5b, 0xff65}, {0xffe0, 0xffff}, {0x1f000, 0x1faff}, {0xe0000, 0x10ffff},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (c >= ranges[i].first && c <= ranges[i].last) return true;
    return false;
}

/* Fold one code point: the letter it becomes, SEPARATOR or NOTHING. */
static uint32_t fold_one(uint32_t c) {
    if (c < 0x80)
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c
               : c >= 'A' && c <= 'Z'                           ? c + ('a' - 'A')
                                                                : SEPARATOR;
    if (c < 0xc0) return c == 0xad ? NOTHING : SEPARATOR; /* a soft hyphen is inside a word */
    if (c < 0x100) return latin_1[c - 0xc0] == '.' ? SEPARATOR : (uint32_t)latin_1[c - 0xc0];
    if (c < 0x180) return (uint32_t)latin_a[c - 0x100];
    if (c >= 0x300 && c <= 0x36f) return NOTHING;
    if (c >= 0x391 && c <= 0x3a9) return c + 0x20;
    if (c >= 0x400 && c <= 0x52f) return cyrillic(c);
    if ((c >= 0x200b && c <= 0x200d) || c == 0x2060 || c == 0xfeff || (c >= 0xfe00 && c <= 0xfe0f))
        return NOTHING; /* joiners, variation selectors */
    return is_separator(c) ? SEPARATOR : c;
}

static size_t utf8_put(char *out, uint32_t c) {
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(uint8_t)(0xc0 | c >> 6);
        out[1] = (char)(uint8_t)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(uint8_t)(0xe0 | c >> 12);
        out[1] = (char)(uint8_t)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(uint8_t)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(uint8_t)(0xf0 | c >> 18);
    out[1] = (char)(uint8_t)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(uint8_t)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(uint8_t)(0x80 | (c & 0x3f));
    return 4;
}

size_t fold_text(char *out, const char *text, size_t size) {
    size_t used = 0;
    bool gap = false;
    for (size_t at = 0; at < size;) {
        uint32_t c = 0;
        size_t length = utf8_decode(&c, (const uint8_t *)text + at, size - at);
        at += length > 0 ? length : 1;
        uint32_t letter = length > 0 ? fold_one(c) : SEPARATOR;
        if (letter == NOTHING) continue;
        if (letter == SEPARATOR) {
            gap = used > 0;
            continue;
        }
        if (gap) out[used++] = ' ';
        gap = false;
        used += utf8_put(out + used, letter);
        if (length > 0 && second_letter(c)) out[used++] = second_letter(c);
        CHECK(used <= at);
    }
    return used;
}
