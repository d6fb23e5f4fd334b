/*
 * output.c: format, translate, and hand over to the way out.
 */
#include "node/output.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void output_write(struct output *out, enum output_stream stream, const char *data, size_t size) {
    if (size > 0) out->class->write(out, stream, data, size);
}

const char *output_text(const struct output *out, const char *msgid) {
    return lang_text(out->lang, msgid);
}

static void write_formatted(struct output *out, enum output_stream stream, const char *before, const char *format,
                            va_list args, const char *after) {
    char *text = NULL;
    output_write(out, stream, before, strlen(before));
    int size = vasprintf(&text, lang_text(out->lang, format), args);
    if (size > 0) output_write(out, stream, text, (size_t)size);
    if (size >= 0) free(text);
    output_write(out, stream, after, strlen(after));
}

void output_print(struct output *out, const char *format, ...) {
    va_list args;
    if (out->json) return;
    va_start(args, format);
    write_formatted(out, OUTPUT_RESULT, "", format, args, "");
    va_end(args);
}

void output_say(struct output *out, const char *format, ...) {
    va_list args;
    va_start(args, format);
    write_formatted(out, OUTPUT_WORDS, "longear: ", format, args, "\n");
    va_end(args);
}

void output_note(struct output *out, const char *format, ...) {
    va_list args;
    va_start(args, format);
    write_formatted(out, OUTPUT_WORDS, "", format, args, "\n");
    va_end(args);
}

void output_json(struct output *out, json_t *object) {
    if (out->json) {
        char *line = object ? json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(6)) : NULL;
        if (line) {
            output_write(out, OUTPUT_RESULT, line, strlen(line));
            output_write(out, OUTPUT_RESULT, "\n", 1);
        } else {
            output_say(out, "out of memory");
        }
        free(line);
    }
    json_decref(object);
}

void output_flush(struct output *out) {
    out->class->flush(out);
}

bool output_progress(struct output *out, uint64_t done, uint64_t total) {
    out->class->progress(out, done, total);
    return out->class->stopped(out);
}

bool output_stopped(struct output *out) {
    return out->class->stopped(out);
}
