/*
 * fold.h: folding of text for search, the same for what is searched and for the query.
 *
 * Folded text is lower-case letters and digits with single spaces between words, none at either end:
 *   - Latin, Greek and Cyrillic letters become lower case; Latin letters lose their marks (ä → a, ğ → g, ı → i; ß → ss,
 * æ → ae);
 *   - Kazakh and other Cyrillic letters become their Russian neighbours, as people type them on a Russian keyboard:
 *     ә → а, ғ → г, қ → к, ң → н, ө → о, ұ → у, ү → у, һ → х, і → и;
 *   - ё → е, and й → и: an "й" may come as "и" with a combining breve, and combining marks are dropped;
 *   - letters of other scripts stay as they are; all else, ill-formed UTF-8 too, separates words.
 */
#ifndef VIEW_FOLD_H
#define VIEW_FOLD_H

#include <stddef.h>
#include <stdint.h>

/*
 * Goes up with every change of what fold_text gives for any text, or of which texts of a record are searched: an index
 * made with another version is made anew, because taking a text out of it needs exactly what was put in.
 */
#define FOLD_VERSION 3

/* Fold size bytes of text into out, which has room for size bytes: folded text is never longer. Return its size. */
size_t fold_text(char *out, const char *text, size_t size);

#endif
