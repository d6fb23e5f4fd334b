/*
 * output.h: where a command writes: result lines for standard output, words for people on standard error, and how far
 * it is.
 *
 * One interface, two ways out: the program's own streams (cli/terminal.h), or frames over the socket of a node
 * (control.h), so that a command says the same wherever it runs. It belongs to one thread at a time, but for
 * output_stopped, which any may call.
 */
#ifndef NODE_OUTPUT_H
#define NODE_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lang/lang.h"

enum output_stream { OUTPUT_RESULT = 1, OUTPUT_WORDS = 2 };

struct output;

struct output_class {
    void (*write)(struct output *out, enum output_stream stream, const char *data, size_t size);
    void (*flush)(struct output *out);
    void (*progress)(struct output *out, uint64_t done, uint64_t total);
    bool (*stopped)(struct output *out);
};

struct output {
    const struct output_class *class;
    enum lang lang;
    bool json;
};

/* Write bytes as they are. */
void output_write(struct output *out, enum output_stream stream, const char *data, size_t size);

/* Write a result for people: format is a message of the catalogue. Does nothing in JSON. */
void output_print(struct output *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Say something to people on standard error, as one line beginning with "longear: ". format is a message of the
 * catalogue. */
void output_say(struct output *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same without the beginning, for lists and hints. */
void output_note(struct output *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Write an object as one line of JSON and let it go. NULL (out of memory) is said on standard error. Does nothing
 * without JSON. */
void output_json(struct output *out, json_t *object);

/* Have what was written go out now. */
void output_flush(struct output *out);

/* Tell how far a long work is; total may be 0. Return whether it must stop. */
bool output_progress(struct output *out, uint64_t done, uint64_t total);

/* Tell whether nobody waits for the result any more: the person pressed Ctrl-C, or the client or the node goes away. */
bool output_stopped(struct output *out);

/* Return a message of the catalogue in the language of the output. */
const char *output_text(const struct output *out, const char *msgid) __attribute__((format_arg(2)));

#endif
