/*
 * Texts for people in their language. English is the source: a message's identity is its English text, the
 * translations stand in po/LANGUAGE.po, and the Makefile turns those into tables (tools/po2c.awk) that are searched
 * here.
 */
#ifndef LANG_LANG_H
#define LANG_LANG_H

#include <stddef.h>

enum lang { LANG_EN, LANG_RU, LANG_KK };
#define LANG_COUNT 3

struct lang_entry {
    const char *msgid;
    const char *msgstr;
};

/* The generated tables, in strictly ascending strcmp order of msgid. */
extern const struct lang_entry lang_ru[];
extern const size_t lang_ru_count;
extern const struct lang_entry lang_kk[];
extern const size_t lang_kk_count;

/*
 * Return the translation of msgid, or msgid itself where there is none. The result lives as long as the program (or
 * as msgid, if it is that). A translation has the same printf conversions in the same order as its msgid; a test
 * holds that.
 */
const char *lang_text(enum lang lang, const char *msgid) __attribute__((format_arg(2)));

/* A msgid in a table, translated where it is used. */
#define LANG_LATER(text) text

/* Return the language's code as in HTML's lang attribute and in BCP 47: "en", "ru" or "kk". */
const char *lang_code(enum lang lang);

/*
 * Return the language of a value of LC_ALL, LC_MESSAGES or LANG, such as "kk_KZ.UTF-8" (POSIX, section 8.2). NULL,
 * "C" and languages without a catalogue are LANG_EN.
 */
enum lang lang_from_locale(const char *locale);

/*
 * Return the best language for the value of an Accept-Language header (RFC 9110, section 12.5.4): the supported one
 * of highest weight, the first of equals. An element that breaks the grammar counts as absent; NULL, "*" and no match
 * are LANG_EN.
 */
enum lang lang_from_accept(const char *accept_language);

#endif
