/*
 * pouch_html.c: the place of a byte in base64 follows from its number, so the page is read at any place without being
 * held.
 */
#include "carrier/pouch_html.h"

#include <sodium.h>
#include <string.h>
#include <strings.h>

#include "core/check.h"

#define STEP 4096
#define MARK_SIZE (sizeof POUCH_HTML_MARK - 1)

/* Read up to size bytes, as far as the page goes. Return how many, or an error. */
static int page_read(const struct pouch_source *page, uint8_t *out, size_t size, uint64_t at) {
    size_t fill = 0;
    while (fill < size) {
        int got = page->read(page->context, out + fill, size - fill, at + fill);
        if (got < 0) return got;
        if (got == 0) break;
        fill += (size_t)got;
    }
    return (int)fill;
}

/* Find the last mark. Return 1 with the place behind it, 0, or an error. */
static int mark_find(const struct pouch_source *page, uint64_t *behind) {
    uint8_t bytes[STEP + MARK_SIZE - 1]; /* a mark that lies over the end of a step is found in the one it begins in */
    int found = 0;
    for (uint64_t at = 0; at < page->size; at += STEP) {
        int got = page_read(page, bytes, sizeof bytes, at);
        if (got < 0) return got;
        for (size_t i = 0; i + MARK_SIZE <= (size_t)got && i < STEP; i++) {
            const uint8_t *next = memchr(bytes + i, '<', (size_t)got - i);
            if (!next) break;
            i = (size_t)(next - bytes);
            if (i >= STEP || i + MARK_SIZE > (size_t)got || memcmp(next, POUCH_HTML_MARK, MARK_SIZE) != 0) continue;
            *behind = at + i + MARK_SIZE;
            found = 1;
        }
        if ((size_t)got < sizeof bytes) break;
    }
    return found;
}

/* How much base64 there is: up to the next element or the end of the page, its padding left out. */
static int chars_count(const struct pouch_source *page, uint64_t begin, uint64_t *chars) {
    uint8_t bytes[STEP];
    *chars = 0;
    for (;;) {
        int got = page_read(page, bytes, sizeof bytes, begin + *chars);
        if (got <= 0) return got;
        const uint8_t *end = memchr(bytes, '<', (size_t)got);
        *chars += end ? (size_t)(end - bytes) : (size_t)got;
        if (!end) continue;
        for (; end > bytes && end[-1] == '='; end--) --*chars;
        return 0;
    }
}

static uint32_t value_of(uint8_t c) {
    if (c >= 'A' && c <= 'Z') return c - (uint32_t)'A';
    if (c >= 'a' && c <= 'z') return c - (uint32_t)'a' + 26;
    if (c >= '0' && c <= '9') return c - (uint32_t)'0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : 0;
}

static int frames_read(void *context, uint8_t *out, size_t size, uint64_t at) {
    const struct pouch_html *h = context;
    uint8_t text[STEP];
    uint64_t group = at / 3, from = group * 4;
    size_t skip = (size_t)(at % 3), given = 0;
    if (from >= h->chars) return 0;
    size_t wanted = h->chars - from < STEP ? (size_t)(h->chars - from) : STEP;
    int got = page_read(&h->page, text, wanted, h->begin + from);
    if (got < 0) return got;
    for (size_t i = 0; i < (size_t)got && given < size; i += 4) {
        size_t left = (size_t)got - i < 4 ? (size_t)got - i : 4;
        uint32_t bits = 0;
        for (size_t k = 0; k < left; k++) bits |= value_of(text[i + k]) << (18 - 6 * k);
        for (size_t k = skip; k + 1 < left && given < size; k++) out[given++] = (uint8_t)(bits >> (16 - 8 * k));
        skip = 0;
    }
    return (int)given;
}

int pouch_html_find(struct pouch_html *h, const struct pouch_source *page, struct pouch_source *frames) {
    uint8_t first;
    int got = page_read(page, &first, 1, 0);
    if (got <= 0) return got;
    if (first != '<' && first != 0xef) return 0; /* an element, or a byte order mark before it */
    h->page = *page;
    got = mark_find(page, &h->begin);
    if (got <= 0) return got;
    int err = chars_count(page, h->begin, &h->chars);
    if (err) return err;
    CHECK(h->chars <= page->size);
    uint64_t tail = h->chars % 4;
    *frames =
        (struct pouch_source){.read = frames_read, .context = h, .size = h->chars / 4 * 3 + (tail > 1 ? tail - 1 : 0)};
    return 1;
}

/* ---- Writing ---- */

_Static_assert(POUCH_HTML_STEP % 3 == 0, "only the last piece is padded");

bool pouch_html_is_name(const char *path) {
    const char *dot = strrchr(path, '.');
    return dot && (strcasecmp(dot, ".html") == 0 || strcasecmp(dot, ".htm") == 0);
}

bool pouch_html_is_app(const uint8_t *app, size_t size) {
    const size_t end = sizeof POUCH_HTML_APP_END - 1;
    return size >= end && app[0] == '<' && memmem(app, size, POUCH_HTML_APP_END, end) == app + (size - end);
}

uint64_t pouch_html_room(uint64_t max_bytes, size_t app_size) {
    uint64_t rest = app_size + sizeof POUCH_HTML_MARK - 1 + sizeof POUCH_HTML_CLOSE - 1;
    if (max_bytes > POUCH_HTML_MAX) max_bytes = POUCH_HTML_MAX;
    return max_bytes > rest ? (max_bytes - rest) / 4 * 3 : 0;
}

static int put(struct pouch_html_writer *w, const void *bytes, size_t size) {
    int err = w->write_at(w->context, bytes, size, w->at);
    if (!err) w->at += size;
    return err;
}

static int flush(struct pouch_html_writer *w) {
    char text[sodium_base64_ENCODED_LEN(POUCH_HTML_STEP, sodium_base64_VARIANT_ORIGINAL)];
    if (w->fill == 0) return 0;
    CHECK(sodium_bin2base64(text, sizeof text, w->buffer, w->fill, sodium_base64_VARIANT_ORIGINAL));
    w->fill = 0;
    return put(w, text, strlen(text));
}

int pouch_html_begin(struct pouch_html_writer *w, zip_write_at write_at, void *context, const uint8_t *app,
                     size_t app_size) {
    memset(w, 0, sizeof *w - sizeof w->buffer);
    w->write_at = write_at;
    w->context = context;
    int err = put(w, app, app_size);
    return err ? err : put(w, POUCH_HTML_MARK, sizeof POUCH_HTML_MARK - 1);
}

int pouch_html_write(struct pouch_html_writer *w, const uint8_t *frames, size_t size) {
    int err = 0;
    while (size > 0 && !err) {
        size_t part = POUCH_HTML_STEP - w->fill < size ? POUCH_HTML_STEP - w->fill : size;
        memcpy(w->buffer + w->fill, frames, part);
        w->fill += part;
        w->frames += part;
        frames += part;
        size -= part;
        if (w->fill == POUCH_HTML_STEP) err = flush(w);
    }
    return err;
}

int pouch_html_end(struct pouch_html_writer *w) {
    int err = flush(w);
    return err ? err : put(w, POUCH_HTML_CLOSE, sizeof POUCH_HTML_CLOSE - 1);
}
