/*
 * atom.c: plain text throughout: a reader of feeds must not take what people wrote for HTML.
 */
#include "exchange/atom.h"

#include <stdbool.h>
#include <string.h>

#include "core/utf8.h"
#include "exchange/dates.h"

static int optional_check(const char *text) {
    return !text || utf8_is_text((const uint8_t *)text, strlen(text), true) ? 0 : ERR_TEXT;
}

static int mandatory_check(const char *text) {
    return text && text[0] ? optional_check(text) : ERR_FIELD;
}

/* A scheme, a colon and something behind, of ASCII without what has to be escaped in an IRI. */
static int iri_check(const char *text) {
    if (!text || !((text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z'))) return ERR_FIELD;
    const char *colon = strchr(text, ':');
    if (!colon || !colon[1]) return ERR_FIELD;
    for (const char *at = text; *at; at++)
        if (*at <= ' ' || *at > '~' || strchr("<>\"{}|\\^`", *at)) return ERR_FIELD;
    return 0;
}

static int link_check(const char *text) {
    if (!text) return 0;
    const bool web = strncmp(text, "http://", 7) == 0 || strncmp(text, "https://", 8) == 0;
    return web ? iri_check(text) : ERR_FIELD;
}

static int time_check(uint64_t seconds) {
    return seconds >= DATES_FIRST && seconds <= DATES_LAST ? 0 : ERR_TIME;
}

static int language_check(const char *text) {
    if (!text) return 0;
    const size_t letters = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-");
    return letters > 1 && !text[letters] && text[0] != '-' && text[letters - 1] != '-' ? 0 : ERR_FIELD;
}

static void time_write(struct sink *o, unsigned indent, const char *name, uint64_t seconds) {
    char text[DATES_TEXT_SIZE];
    if (seconds == 0) return;
    dates_write(text, seconds);
    sink_element(o, indent, name, text);
}

/* An element with one attribute. */
static void attribute_write(struct sink *o, const char *begin, const char *value) {
    if (!value) return;
    sink_raw(o, begin);
    sink_xml(o, value);
    sink_raw(o, "\"/>\n");
}

static void author_write(struct sink *o, unsigned indent, const char *name) {
    if (!name) return;
    sink_bytes(o, "    ", indent);
    sink_raw(o, "<author>\n");
    sink_element(o, indent + 2, "name", name);
    sink_bytes(o, "    ", indent);
    sink_raw(o, "</author>\n");
}

int atom_begin(struct sink *o, const struct atom_feed *f) {
    int err = iri_check(f->id);
    if (!err) err = mandatory_check(f->title);
    if (!err) err = mandatory_check(f->author);
    if (!err) err = optional_check(f->subtitle);
    if (!err) err = link_check(f->self);
    if (!err) err = language_check(f->language);
    if (!err) err = time_check(f->updated);
    if (err) return err;
    sink_raw(o, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\"");
    if (f->language) {
        sink_raw(o, " xml:lang=\"");
        sink_xml(o, f->language);
        sink_raw(o, "\"");
    }
    sink_raw(o, ">\n");
    sink_element(o, 2, "id", f->id);
    sink_element(o, 2, "title", f->title);
    sink_element(o, 2, "subtitle", f->subtitle);
    time_write(o, 2, "updated", f->updated);
    author_write(o, 2, f->author);
    attribute_write(o, "  <link rel=\"self\" href=\"", f->self);
    return o->err;
}

int atom_write(struct sink *o, const struct atom_entry *e) {
    int err = iri_check(e->id);
    if (!err) err = mandatory_check(e->title);
    if (!err) err = time_check(e->updated);
    if (!err && e->published) err = time_check(e->published);
    if (!err && e->author) err = mandatory_check(e->author);
    if (!err) err = optional_check(e->content);
    if (!err) err = optional_check(e->category);
    if (!err) err = link_check(e->link);
    if (err) return err;
    sink_raw(o, "  <entry>\n");
    sink_element(o, 4, "id", e->id);
    sink_element(o, 4, "title", e->title);
    time_write(o, 4, "updated", e->updated);
    time_write(o, 4, "published", e->published);
    author_write(o, 4, e->author);
    attribute_write(o, "    <link rel=\"alternate\" href=\"", e->link);
    attribute_write(o, "    <category term=\"", e->category);
    if (e->content) {
        sink_raw(o, "    <content type=\"text\">");
        sink_xml(o, e->content);
        sink_raw(o, "</content>\n");
    } else if (!e->link) {
        sink_raw(o, "    <content type=\"text\"></content>\n"); /* one of both must be there */
    }
    sink_raw(o, "  </entry>\n");
    return o->err;
}

void atom_end(struct sink *o) {
    sink_raw(o, "</feed>\n");
}
