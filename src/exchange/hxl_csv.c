/*
 * hxl_csv.c: every cell is quoted, so that no reader has to guess; lines end with CR LF.
 */
#include "exchange/hxl_csv.h"

#include <stdbool.h>
#include <string.h>

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A sign, a letter, then letters, digits and underscores; return what is behind, or NULL if it is not that. */
static const char *word_skip(const char *text, char sign) {
    if (*text++ != sign || !is_letter(*text)) return NULL;
    while (is_letter(*text) || (*text >= '0' && *text <= '9') || *text == '_') text++;
    return text;
}

/* "#tag", then attributes "+name". */
static bool is_tag(const char *text) {
    text = word_skip(text, '#');
    while (text && *text) text = word_skip(text, '+');
    return text;
}

static void cells_write(struct sink *o, const char *text, bool first) {
    if (!first) sink_raw(o, ",");
    sink_csv(o, text ? text : "");
}

int hxl_csv_begin(struct hxl_csv *t, struct sink *o, const struct hxl_column *columns, size_t count) {
    size_t tags = 0;
    if (count == 0 || count > HXL_COLUMNS_MAX) return ERR_LIMIT;
    for (size_t i = 0; i < count; i++) {
        if (columns[i].header[0] == '#' || (columns[i].tag[0] && !is_tag(columns[i].tag))) return ERR_FIELD;
        if (columns[i].tag[0]) tags++;
    }
    if (2 * tags < count) return ERR_FIELD; /* readers find the row by this */
    t->sink = o;
    t->columns = count;
    for (size_t i = 0; i < count; i++) cells_write(o, columns[i].header, i == 0);
    sink_raw(o, "\r\n");
    for (size_t i = 0; i < count; i++) cells_write(o, columns[i].tag, i == 0);
    sink_raw(o, "\r\n");
    return o->err;
}

int hxl_csv_row(struct hxl_csv *t, const char *const *cells) {
    for (size_t i = 0; i < t->columns; i++) cells_write(t->sink, cells[i], i == 0);
    sink_raw(t->sink, "\r\n");
    return t->sink->err;
}
