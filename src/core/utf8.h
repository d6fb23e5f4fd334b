/*
 * utf8.h: what counts as text in a record.
 */
#ifndef CORE_UTF8_H
#define CORE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Decode one code point of well-formed UTF-8 (Unicode 15, table 3-7: no surrogates, no overlong forms). Return how many
 * bytes it takes, 1 to 4, or 0 if the bytes at *data are none.
 */
size_t utf8_decode(uint32_t *code_point, const uint8_t *data, size_t size);

/*
 * Tell whether a text may stand in a record: well-formed UTF-8 without control characters (U+0000 to U+001F, U+007F to
 * U+009F); tab and line feed are allowed where lines is true. So a text can't move the cursor of the terminal that
 * shows it. A text of one line (a title, a file's name) is also without line separators and marks of writing direction
 * (U+061C, U+200E, U+200F, U+2028 to U+202E, U+2066 to U+2069), which would let "gpj.exe" be shown as something else.
 */
bool utf8_is_text(const uint8_t *data, size_t size, bool lines);

/* Return the length of a zero-terminated text in an array of size bytes; size if the zero is missing (strnlen, which
 * C17 lacks). */
size_t utf8_length(const char *text, size_t size);

#endif
