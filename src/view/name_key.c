/*
 * name_key.c: marks that change a sound are spelt out, the text is folded, each letter goes onto the end of its word,
 * and there two letters that are one sound become one.
 */
#include "view/name_key.h"

#include <string.h>

#include "core/check.h"
#include "core/utf8.h"
#include "view/fold.h"

/* ---- Marks ---- */

/* What a letter with a mark is spelt, where folding would take the mark off and the sound with it; "" is nothing, NULL
 * is any other letter. */
static const char *spelt(uint32_t c) {
    switch (c) {
    case '\'':
    case '`':
    case 0xb4:
    case 0x2b9:
    case 0x2bb:
    case 0x2bc:
    case 0x2018:
    case 0x2019:
    case 0x201b:
    case 0x2032: return "";
    case 0x15a:
    case 0x15b:
    case 0x15e:
    case 0x15f:
    case 0x160:
    case 0x161:
    case 0x218:
    case 0x219: return "sh"; /* ś ş š ș */
    case 0xc7:
    case 0xe7:
    case 0x106:
    case 0x107:
    case 0x10c:
    case 0x10d: return "ch"; /* ç ć č */
    case 0x17b:
    case 0x17c:
    case 0x17d:
    case 0x17e: return "zh"; /* ż ž */
    case 0xdd:
    case 0xfd: return "u"; /* ý */
    case 0x1f4:
    case 0x1f5: return "g"; /* ǵ */
    case 0x18f:
    case 0x259: return "a"; /* ə */
    default: return NULL;
    }
}

/* The same for a mark that comes on its own, after an ASCII letter. */
static void mark_spell(char *out, size_t *used, uint32_t mark) {
    if (*used == 0) return;
    char letter = (char)(out[*used - 1] | 0x20);
    bool hissing = mark == 0x327 || mark == 0x326 || mark == 0x30c || mark == 0x301;
    if (hissing && (letter == 's' || letter == 'c' || (letter == 'z' && mark == 0x30c))) out[(*used)++] = 'h';
    if (letter == 'y' && mark == 0x301) out[*used - 1] = 'u';
}

static size_t marks_spell(char *out, const char *text, size_t size) {
    size_t used = 0;
    for (size_t at = 0; at < size;) {
        uint32_t c = 0;
        size_t length = utf8_decode(&c, (const uint8_t *)text + at, size - at);
        const char *letters = length > 0 ? spelt(c) : NULL;
        if (letters) {
            while (*letters) out[used++] = *letters++;
        } else if (length > 0 && c >= 0x300 && c <= 0x36f) {
            mark_spell(out, &used, c);
        } else {
            for (size_t i = 0; i < (length > 0 ? length : 1); i++) out[used++] = text[at + i];
        }
        at += length > 0 ? length : 1;
        CHECK(used <= at);
    }
    return used;
}

/* ---- Sounds ---- */

static bool is_vowel(uint32_t c) {
    switch (c) {
    case 'a':
    case 'e':
    case 'i':
    case 'o':
    case 'u':
    case 'y':
    case 'w':
    case 0x430:
    case 0x435:
    case 0x438:
    case 0x43e:
    case 0x443:
    case 0x44b:
    case 0x44d:
    case 0x44e:
    case 0x44f: return true;
    default: return false;
    }
}

#define NOTHING 1 /* the new letter adds nothing to the last */

/* What the last sound and a new one are together; 0: two sounds. */
static uint8_t together(uint8_t last, uint8_t next) {
    if (last == next) return NOTHING;
    switch (next) {
    case 'h':
        return last == 's'                  ? 'x'
               : last == 'z'                ? 'j'
               : last == 'k'                ? 'h'
               : last == 'p'                ? 'f'
               : last == 'g' || last == 'x' ? NOTHING
                                            : 0;
    case 's': return last == 'k' ? 'q' : 0;
    case 'c': return last == 's' ? 'x' : last == 't' ? 'c' : last == 'x' ? NOTHING : 0;
    case 'x': return last == 't' ? 'c' : 0;
    case 'j': return last == 'd' ? 'j' : 0;
    case 'e':
    case 'o': return last == 'i' ? 'e' : 0;
    case 'u': return last == 'o' ? 'u' : 0;
    default: return 0;
    }
}

static void sound_put(struct name_word *w, uint8_t next) {
    while (w->size > 0) {
        uint8_t last = w->letters[w->size - 1], both = together(last, next);
        if (both == NOTHING) return;
        if (last == 'q' && next == 'h') { /* к, ш */
            w->letters[w->size - 1] = 'k';
            next = 'x';
            continue;
        }
        if (both == 0) break;
        w->size--;
        next = both;
    }
    if (w->size < NAME_LETTERS_MAX) w->letters[w->size++] = next;
}

/* The sounds of а … я as Latin letters. */
static const char cyrillic[32][3] = {"a",  "b",  "v",  "g",  "d", "e", "zh", "z", "i",  "i", "k",
                                     "l",  "m",  "n",  "o",  "p", "r", "s",  "t", "u",  "f", "h",
                                     "ts", "ch", "sh", "sh", "",  "i", "",   "e", "iu", "ia"};

/* A Latin letter of a word without Cyrillic ones; true if the letter after it went with it. */
static bool latin_put(struct name_word *w, uint8_t c, uint32_t next) {
    switch (c) {
    case 'c':
        sound_put(w, next == 'h' ? 'c' : next == 'e' || next == 'i' || next == 'y' ? 's' : 'k');
        return next == 'h';
    case 'j':
        sound_put(w, w->size > 0 && is_vowel(w->letters[w->size - 1]) && !is_vowel(next) ? 'i' : 'j');
        return false;
    case 'q': sound_put(w, 'k'); return false;
    case 'w': /* Wiktor, Iwanow, but Dawlet, Wali */
        sound_put(w, w->size == 0                     ? (next == 'a' || next == 'u' ? 'u' : 'v')
                     : w->letters[w->size - 1] == 'o' ? 'v'
                                                      : 'u');
        return false;
    case 'x': sound_put(w, w->size == 0 && (next == 'a' || next == 'o' || next == 'u') ? 'h' : 'q'); return false;
    case 'y': sound_put(w, 'i'); return false;
    default: sound_put(w, c); return false;
    }
}

/* In a word of Cyrillic letters a Latin one is what it looks like. */
static uint8_t alike(uint8_t c) {
    return c == 'c' ? 's' : c == 'p' ? 'r' : c == 'x' ? 'h' : c == 'y' ? 'u' : c;
}

static bool is_cyrillic(uint32_t c) {
    return c >= 0x430 && c <= 0x44f;
}

/* Read one word of folded text into *w; return where it ends. */
static size_t word_read(struct name_word *w, const char *folded, size_t size) {
    uint32_t c = 0, next = 0;
    size_t end = 0;
    bool mixed = false;
    w->size = 0;
    while (end < size && folded[end] != ' ') {
        size_t length = utf8_decode(&c, (const uint8_t *)folded + end, size - end);
        CHECK(length > 0);
        mixed |= is_cyrillic(c);
        end += length;
    }
    for (size_t at = 0; at < end;) {
        at += utf8_decode(&c, (const uint8_t *)folded + at, end - at);
        size_t after = at < end ? utf8_decode(&next, (const uint8_t *)folded + at, end - at) : 0;
        if (after == 0) next = 0;
        if (is_cyrillic(c)) {
            if (cyrillic[c - 0x430][0] == 'c')
                sound_put(w, 'c');
            else
                for (const char *s = cyrillic[c - 0x430]; *s; s++) sound_put(w, (uint8_t)*s);
        } else if (c >= 'a' && c <= 'z') {
            if (latin_put(w, mixed ? alike((uint8_t)c) : (uint8_t)c, next)) at += after;
        } else {
            sound_put(w, c < 0x80 ? (uint8_t)c : (uint8_t)(0x80 | ((c ^ c >> 7 ^ c >> 14) & 0x7f)));
        }
    }
    return end;
}

static bool word_is(const struct name_word *w, const char *letters) {
    return w->size == strlen(letters) && memcmp(w->letters, letters, w->size) == 0;
}

void name_word_join(struct name_word *to, const struct name_word *more) {
    for (unsigned i = 0; i < more->size; i++) sound_put(to, more->letters[i]);
}

bool name_word_is_initial(const uint8_t *letters, size_t size) {
    if (size == 1) return true;
    return size == 2 &&
           (memcmp(letters, "ia", 2) == 0 || memcmp(letters, "iu", 2) == 0 || memcmp(letters, "ts", 2) == 0);
}

void name_key(struct name_key *out, const char *text, size_t size) {
    char marked[NAME_BYTES_MAX], folded[NAME_BYTES_MAX];
    if (size > NAME_BYTES_MAX) size = NAME_BYTES_MAX;
    size = fold_text(folded, marked, marks_spell(marked, text, size));
    out->count = 0;
    for (size_t at = 0; at < size; at++) {
        struct name_word w;
        at += word_read(&w, folded + at, size - at);
        if (w.size == 0) continue;
        if (out->count > 0 && (word_is(&w, "uli") || word_is(&w, "kizi") || word_is(&w, "ogli") || word_is(&w, "gizi")))
            name_word_join(&out->words[out->count - 1], &w);
        else if (out->count < NAME_WORDS_MAX)
            out->words[out->count++] = w;
    }
}
