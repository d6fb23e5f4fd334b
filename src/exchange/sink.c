/*
 * sink.c: escaping, for XML 1.0 (section 2.2 says which characters there are), JSON (RFC 8259), CSV (RFC 4180).
 */
#include "exchange/sink.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/utf8.h"

#define REPLACEMENT "\xef\xbf\xbd"

void sink_init(struct sink *o, sink_write write, void *context) {
    o->write = write;
    o->context = context;
    o->err = 0;
    o->fill = 0;
}

static void hand_over(struct sink *o) {
    if (!o->err && o->fill > 0) o->err = o->write(o->context, o->bytes, o->fill);
    o->fill = 0;
}

void sink_bytes(struct sink *o, const char *bytes, size_t size) {
    while (size > 0 && !o->err) {
        const size_t room = sizeof o->bytes - o->fill, now = size < room ? size : room;
        memcpy(o->bytes + o->fill, bytes, now);
        o->fill += now;
        bytes += now;
        size -= now;
        if (o->fill == sizeof o->bytes) hand_over(o);
    }
}

void sink_raw(struct sink *o, const char *text) {
    sink_bytes(o, text, strlen(text));
}

int sink_end(struct sink *o) {
    hand_over(o);
    return o->err;
}

/* Tell whether XML 1.0 has this character. */
static bool is_in_xml(uint32_t c) {
    return c >= 0x20 ? c != 0xfffe && c != 0xffff : c == '\t' || c == '\n' || c == '\r';
}

/* How a format writes one character: its own way, which may stand in room, or NULL if the character stands as it is. */
typedef const char *(*escape)(uint32_t c, char room[8]);

static const char *xml_escape(uint32_t c, char room[8]) {
    (void)room;
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\r': return "&#13;"; /* else read as a line feed */
    default: return is_in_xml(c) ? NULL : REPLACEMENT;
    }
}

static const char *json_escape(uint32_t c, char room[8]) {
    switch (c) {
    case '"': return "\\\"";
    case '\\': return "\\\\";
    case '\n': return "\\n";
    default:
        if (c >= 0x20 && c != 0x7f) return NULL;
        snprintf(room, 8, "\\u%04x", (unsigned)(c & 0xff));
        return room;
    }
}

static const char *csv_escape(uint32_t c, char room[8]) {
    (void)room;
    if (c == '"') return "\"\"";
    return is_in_xml(c) && c != 0x7f ? NULL : REPLACEMENT;
}

static void write_escaped(struct sink *o, const char *text, escape how) {
    const uint8_t *at = (const uint8_t *)text;
    size_t left = strlen(text), plain = 0;
    while (left > plain) {
        char room[8];
        uint32_t c;
        const size_t size = utf8_decode(&c, at + plain, left - plain);
        const char *escaped = size > 0 ? how(c, room) : REPLACEMENT;
        if (!escaped) {
            plain += size;
            continue;
        }
        sink_bytes(o, (const char *)at, plain);
        sink_raw(o, escaped);
        at += plain + (size ? size : 1);
        left -= plain + (size ? size : 1);
        plain = 0;
    }
    sink_bytes(o, (const char *)at, plain);
}

void sink_xml(struct sink *o, const char *text) {
    write_escaped(o, text, xml_escape);
}

void sink_json(struct sink *o, const char *text) {
    write_escaped(o, text, json_escape);
}

/* A number as people write it is none of a formula's business: "-12.5". */
static bool is_negative_number(const char *text) {
    static const char digits[] = "0123456789";
    if (*text++ != '-') return false;
    const size_t whole = strspn(text, digits), rest = text[whole] == '.' ? strspn(text + whole + 1, digits) : 0;
    return whole > 0 && !text[whole + (rest ? rest + 1 : 0)];
}

/* What begins a formula, in its usual and its wide form. */
static bool is_formula(uint32_t c) {
    return c == '=' || c == '+' || c == '-' || c == '@' || c == 0xff1d || c == 0xff0b || c == 0xff0d || c == 0xff20;
}

/* What a spreadsheet may end a cell at, whatever the quotes say: where decimals have commas, it does at semicolons. */
static bool is_separator(uint32_t c) {
    return c == ';' || c == '\t' || c == '\n' || c == '\r' || c == '|';
}

/* What a spreadsheet may skip where a cell begins. */
static bool is_skipped(uint32_t c) {
    return c == ' ' || c == '"' || c == 0xa0 || c == 0xfeff || c == 0x200b;
}

/* Write the text, with an apostrophe wherever it could begin a cell with a formula. */
static void cell_write(struct sink *o, const char *text) {
    const uint8_t *at = (const uint8_t *)text;
    size_t left = strlen(text);
    bool begins = true;
    while (left > 0) {
        char piece[5] = {0};
        uint32_t c;
        size_t size = utf8_decode(&c, at, left);
        if (size == 0) {
            c = 0xfffd;
            size = 1;
        }
        if (begins && is_formula(c)) sink_raw(o, "'");
        begins = is_separator(c) || (begins && is_skipped(c));
        memcpy(piece, at, size);
        write_escaped(o, piece, csv_escape);
        at += size;
        left -= size;
    }
}

void sink_csv(struct sink *o, const char *text) {
    sink_raw(o, "\"");
    if (is_negative_number(text))
        sink_raw(o, text);
    else
        cell_write(o, text);
    sink_raw(o, "\"");
}

void sink_element(struct sink *o, unsigned indent, const char *name, const char *text) {
    static const char spaces[] = "                ";
    if (!text) return;
    sink_bytes(o, spaces, indent < sizeof spaces - 1 ? indent : sizeof spaces - 1);
    sink_raw(o, "<");
    sink_raw(o, name);
    sink_raw(o, ">");
    sink_xml(o, text);
    sink_raw(o, "</");
    sink_raw(o, name);
    sink_raw(o, ">\n");
}
