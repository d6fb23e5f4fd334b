/*
 * phone_json.c: a growing output, and JSON into it.
 */
#include "phone/phone_json.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 4096

void out_begin(struct out *o) {
    o->size = 0;
    o->err = 0;
    o->comma = false;
}

void out_free(struct out *o) {
    free(o->data);
    memset(o, 0, sizeof *o);
}

int out_end(struct out *o) {
    if (o->err) o->size = 0;
    return o->err;
}

/* Have room for so many bytes in all. */
static bool reserve(struct out *o, size_t size) {
    if (o->err) return false;
    if (size <= o->room) return true;
    size_t room = o->room ? o->room : ROOM_FIRST;
    while (room < size && room <= SIZE_MAX / 2) room *= 2;
    uint8_t *more = room < size ? NULL : realloc(o->data, room);
    if (!more) {
        o->err = ERR_MEMORY;
        return false;
    }
    o->data = more;
    o->room = room;
    return true;
}

void out_bytes(struct out *o, const void *bytes, size_t size) {
    if (size == 0 || size > SIZE_MAX - o->size || !reserve(o, o->size + size)) return;
    memcpy(o->data + o->size, bytes, size);
    o->size += size;
}

void out_write_at(struct out *o, const void *bytes, size_t size, size_t at) {
    if (size == 0 || !reserve(o, at + size)) return;
    memcpy(o->data + at, bytes, size);
    if (at + size > o->size) o->size = at + size;
}

/* ---- JSON ---- */

static void put(struct out *o, char c) {
    out_bytes(o, &c, 1);
}

/* A value begins. */
static void value(struct out *o) {
    if (o->comma) put(o, ',');
    o->comma = true;
}

void json_open(struct out *o, char bracket) {
    value(o);
    put(o, bracket);
    o->comma = false;
}

void json_close(struct out *o, char bracket) {
    put(o, bracket);
    o->comma = true;
}

void json_name(struct out *o, const char *name) {
    value(o);
    put(o, '"');
    out_bytes(o, name, strlen(name));
    out_bytes(o, "\":", 2);
    o->comma = false;
}

void json_text(struct out *o, const char *text, size_t size) {
    static const char digits[] = "0123456789abcdef";
    value(o);
    put(o, '"');
    size_t from = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= ' ' && c != '"' && c != '\\') continue;
        out_bytes(o, text + from, i - from);
        from = i + 1;
        if (c < ' ') {
            const char escape[] = {'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]};
            out_bytes(o, escape, sizeof escape);
        } else {
            put(o, '\\');
            put(o, (char)c);
        }
    }
    if (from < size) out_bytes(o, text + from, size - from);
    put(o, '"');
}

void json_hex(struct out *o, const uint8_t *bytes, size_t size) {
    static const char digits[] = "0123456789abcdef";
    value(o);
    put(o, '"');
    for (size_t i = 0; i < size; i++) {
        put(o, digits[bytes[i] >> 4]);
        put(o, digits[bytes[i] & 15]);
    }
    put(o, '"');
}

void json_number(struct out *o, int64_t number) {
    char text[20];
    size_t at = sizeof text;
    uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do text[--at] = (char)('0' + left % 10);
    while ((left /= 10) > 0);
    if (number < 0) text[--at] = '-';
    value(o);
    out_bytes(o, text + at, sizeof text - at);
}

void json_bool(struct out *o, bool yes) {
    value(o);
    out_bytes(o, yes ? "true" : "false", yes ? 4 : 5);
}

void json_nothing(struct out *o) {
    value(o);
    out_bytes(o, "null", 4);
}

void json_text_of(struct out *o, const char *name, const char *text) {
    json_name(o, name);
    json_text(o, text, strlen(text));
}

void json_hex_of(struct out *o, const char *name, const uint8_t *bytes, size_t size) {
    json_name(o, name);
    if (bytes)
        json_hex(o, bytes, size);
    else
        json_nothing(o);
}

void json_number_of(struct out *o, const char *name, uint64_t number) {
    json_name(o, name);
    json_number(o, number > INT64_MAX ? INT64_MAX : (int64_t)number);
}

void json_bool_of(struct out *o, const char *name, bool yes) {
    json_name(o, name);
    json_bool(o, yes);
}
