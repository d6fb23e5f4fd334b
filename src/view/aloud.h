/*
 * aloud.h: a text as somebody reads it aloud: one sentence a line.
 *
 * A sentence ends at a line's end, and at . ! ? … with white space behind it, closing quotes and brackets aside. A full
 * stop behind a word of one or two letters ends none: "ул. Абая", "т. д.". What is longer than ALOUD_MAX bytes is cut
 * at white space, or else between two characters.
 */
#ifndef VIEW_ALOUD_H
#define VIEW_ALOUD_H

#include <stddef.h>

#define ALOUD_MAX 400

/* Write the sentence that begins at *at, white space in it as single spaces, with a final zero, and move *at behind it.
 * text: size bytes of text (core/utf8.h). Return its length: 0, there is none any more. */
size_t aloud_next(const char *text, size_t size, size_t *at, char out[ALOUD_MAX + 1]);

#endif
