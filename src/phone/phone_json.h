/*
 * phone_json.h: what a call leaves for the page: bytes that grow, and a writer of JSON (RFC 8259) into them.
 *
 * The writer puts commas where they belong: it remembers whether something stands before the place. Memory that runs
 * out is remembered and told at the end (out_end).
 */
#ifndef PHONE_PHONE_JSON_H
#define PHONE_PHONE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

struct out {
    uint8_t *data;
    size_t size, room;
    int err; /* 0, or ERR_MEMORY */
    bool comma;
};

/* Begin anew, with nothing in it; memory is kept. */
void out_begin(struct out *o);
void out_free(struct out *o);

/* Return 0, or ERR_MEMORY and an empty output. */
MUST_CHECK int out_end(struct out *o);

void out_bytes(struct out *o, const void *bytes, size_t size);

/* Write bytes over a place of what is there, or behind it, up to place at + size. */
void out_write_at(struct out *o, const void *bytes, size_t size, size_t at);

/* Brackets: '{' '}' '[' ']'. */
void json_open(struct out *o, char bracket);
void json_close(struct out *o, char bracket);

/* The name of the member whose value comes next; letters only. */
void json_name(struct out *o, const char *name);

void json_text(struct out *o, const char *text, size_t size); /* size bytes of UTF-8 */
void json_hex(struct out *o, const uint8_t *bytes, size_t size);
void json_number(struct out *o, int64_t number);
void json_bool(struct out *o, bool value);
void json_nothing(struct out *o);

/* A member of an object. */
void json_text_of(struct out *o, const char *name, const char *text);                 /* zero-terminated */
void json_hex_of(struct out *o, const char *name, const uint8_t *bytes, size_t size); /* NULL: null */
void json_number_of(struct out *o, const char *name, uint64_t number);
void json_bool_of(struct out *o, const char *name, bool value);

#endif
