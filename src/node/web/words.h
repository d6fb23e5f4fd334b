/*
 * words.h: numbers, sizes and times as people write them, in their language.
 */
#ifndef NODE_WEB_WORDS_H
#define NODE_WEB_WORDS_H

#include <stddef.h>
#include <stdint.h>

#include "lang/lang.h"

#define WORDS_SIZE 96

/* Mark a text that lang_text gets later, out of a table; the test of the catalogues looks for it. */
#define WORDS_LATER(text) text

/*
 * The forms of a text with a number, as the languages here need them: [0] for 1 (in Russian also 21, 31, …), [1] for
 * the others (in Russian 2 to 4, 22 to 24, …), [2] for Russian's 5 to 20, 25 to 30, … Its msgid is the English of [1]
 * with "|5" behind it.
 */
typedef const char *const words_forms[3];

/* Choose the form of a number and translate it. Unicode CLDR, plural rules for en, ru and kk. */
const char *words_form(enum lang lang, words_forms forms, uint64_t number);

/* Write a number with its thousands apart. */
void words_number(char out[WORDS_SIZE], enum lang lang, uint64_t number);

/* Write a size in bytes, KB, MB or GB (powers of 1000). */
void words_size(char out[WORDS_SIZE], enum lang lang, uint64_t bytes);

/* Write how long ago a time was: "just now", "5 minutes ago", … up to years. A time that lies ahead is "just now". */
void words_ago(char out[WORDS_SIZE], enum lang lang, uint64_t then, uint64_t now);

/* Write a time in UTC as "2026-11-22 15:04 UTC", and for machines as "2026-11-22T15:04:05Z". */
void words_time(char out[WORDS_SIZE], uint64_t seconds);
void words_time_machine(char out[WORDS_SIZE], uint64_t seconds);

/* Write a day in UTC as "2026-11-22". */
void words_day(char out[WORDS_SIZE], uint64_t seconds);

#endif
