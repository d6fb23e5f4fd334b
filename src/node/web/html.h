/*
 * html.h: a page under construction: a growable buffer with a limit, and the one place where text is escaped.
 *
 * Markup comes from literals in the sources only (html_raw, the template of html_add); everything else goes through
 * html_text, whoever it is from. The buffer is sticky: after the first error further calls do nothing, and html_take
 * tells.
 */
#ifndef NODE_WEB_HTML_H
#define NODE_WEB_HTML_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/limits.h"

#define HTML_SIZE_MAX (1024 * 1024)

struct html {
    char *data;
    size_t size, room;
    int err; /* 0, ERR_MEMORY, or ERR_LIMIT beyond HTML_SIZE_MAX */
};

/* Begin an empty page. */
void html_init(struct html *h);

/* Free what html_take has not moved. */
void html_free(struct html *h);

/* Move the finished page to the caller, who frees it with free(). Returns 0 or the first error; then nothing is moved.
 */
MUST_CHECK int html_take(struct html *h, char **data, size_t *size);

/* Append markup, a literal of the program. */
void html_raw(struct html *h, const char *markup);

/*
 * Append text, escaped so that it is safe between tags and in quoted attributes: & < > " ' become references; bytes
 * that are no UTF-8 and control characters other than tab and line feed become U+FFFD.
 */
void html_text(struct html *h, const char *text, size_t size);
void html_string(struct html *h, const char *text);

/*
 * Append a template, a literal of the program, in which %t stands for a zero-terminated text (escaped as html_text
 * does), %x for 32 bytes as lower-case hex, and %% for a per cent sign. The arguments are pointers in that order.
 */
void html_add(struct html *h, const char *markup, ...);

/* Append a printf format's result as text, escaped. A result beyond 1023 bytes is cut. */
void html_say(struct html *h, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Append text percent-encoded (RFC 3986: all but unreserved characters), for a query or a header. */
void html_url(struct html *h, const char *text);

#endif
