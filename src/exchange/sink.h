/*
 * sink.h: what the writers of other people's formats write into: pieces of a few KiB to a callback, with each format's
 * own way of writing a text. The first error stays; everything after it is dropped, so it is asked for once at the end.
 */
#ifndef EXCHANGE_SINK_H
#define EXCHANGE_SINK_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

typedef int (*sink_write)(void *context, const char *bytes, size_t size);

struct sink {
    sink_write write; /* returns 0, or an error */
    void *context;
    int err;
    size_t fill;
    char bytes[8192];
};

/* Begin; write and context are kept. */
void sink_init(struct sink *o, sink_write write, void *context);

/* Write bytes, or a text, as they are. */
void sink_bytes(struct sink *o, const char *bytes, size_t size);
void sink_raw(struct sink *o, const char *text);

/*
 * Write a text as content of an XML element or attribute, as the inside of a JSON string, as one cell of CSV. What is
 * no well-formed UTF-8, or a character that the format can't carry, is written as U+FFFD. A cell that a spreadsheet
 * would run as a formula gets an apostrophe before what begins it (=, +, -, @), also where a separator of other
 * countries' CSV within the cell would begin another; a negative number is left as it is.
 */
void sink_xml(struct sink *o, const char *text);
void sink_json(struct sink *o, const char *text);
void sink_csv(struct sink *o, const char *text);

/* Write "<name>text</name>" and a line feed, indented by so many spaces; nothing at all if text is NULL. */
void sink_element(struct sink *o, unsigned indent, const char *name, const char *text);

/* Hand over what is left. Errors: what write returned, now or before. */
MUST_CHECK int sink_end(struct sink *o);

#endif
