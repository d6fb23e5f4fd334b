/*
 * pouch_scan.c: find frames by their magic, through a window that slides over the file.
 */
#include "carrier/pouch_scan.h"

#include <stdlib.h>
#include <string.h>

#include "carrier/pouch_readme.h"
#include "carrier/zip.h"
#include "core/check.h"

#define WINDOW_SIZE (4 * POUCH_FRAME_MAX)
#define SCAN_WORK 4
#define SCAN_WORK_FREE (16 * 1024 * 1024)
#define TAIL_SIZE 64

struct pouch_scan {
    struct pouch_source source;
    uint64_t size, at;  /* of the file */
    uint64_t start;     /* where the window begins in it */
    size_t fill;        /* how much of the window is filled */
    uint64_t hashed;    /* bytes that were hashed in vain */
    uint64_t frame_end; /* where the last good frame ended; before the first: where it should begin */
    bool expects_begin; /* frame_end tells where the first frame should begin */
    bool any, cut, whole_end, zip;
    uint64_t damaged;
    uint8_t window[WINDOW_SIZE];
};

static int source_read(const struct pouch_scan *s, uint8_t *out, size_t size, uint64_t at) {
    return s->source.read(s->source.context, out, size, at);
}

/* Have n bytes from place at of the file in the window, as far as the file goes. Return a pointer and how many there
 * are. */
static const uint8_t *window_get(struct pouch_scan *s, uint64_t at, size_t n, size_t *there, int *err) {
    CHECK(n <= WINDOW_SIZE && at >= s->start);
    if (at + n > s->start + s->fill && s->start + s->fill < s->size) {
        size_t keep = at < s->start + s->fill ? (size_t)(s->start + s->fill - at) : 0;
        memmove(s->window, s->window + (s->fill - keep), keep);
        s->start = at;
        s->fill = keep;
        while (s->fill < WINDOW_SIZE && s->start + s->fill < s->size) {
            int got = source_read(s, s->window + s->fill, WINDOW_SIZE - s->fill, s->start + s->fill);
            if (got < 0) {
                *err = got;
                return NULL;
            }
            if (got == 0) s->size = s->start + s->fill; /* it shrank meanwhile */
            s->fill += (size_t)got;
        }
    }
    size_t offset = (size_t)(at - s->start), left = offset < s->fill ? s->fill - offset : 0;
    *there = left < n ? left : n;
    return s->window + (left ? offset : 0);
}

static int ends_look(struct pouch_scan *s) {
    uint8_t tail[TAIL_SIZE];
    size_t there;
    uint64_t begin, length;
    int err = 0;
    const uint8_t *head = window_get(s, 0, 64 * 1024, &there, &err);
    if (err) return err;
    s->zip = there >= 4 && memcmp(head, "PK\3\4", 4) == 0;
    if (s->zip && zip_find(head, there, POUCH_MESSAGES_NAME, &begin, &length)) {
        s->frame_end = begin;
        s->expects_begin = true;
    } else if (there >= POUCH_MAGIC_SIZE && memcmp(head, pouch_magic, POUCH_MAGIC_SIZE) == 0) {
        s->expects_begin = true;
    }
    size_t tail_size = s->size < TAIL_SIZE ? (size_t)s->size : TAIL_SIZE;
    int got = source_read(s, tail, tail_size, s->size - tail_size);
    if (got < 0) return got;
    s->whole_end = zip_has_end(tail, (size_t)got);
    return 0;
}

struct pouch_scan *pouch_scan_new(const struct pouch_source *source, int *err) {
    struct pouch_scan *s = malloc(sizeof *s);
    if (!s) {
        *err = ERR_MEMORY;
        return NULL;
    }
    memset(s, 0, sizeof *s - sizeof s->window);
    s->source = *source;
    s->size = source->size;
    *err = ends_look(s);
    if (*err) {
        free(s);
        return NULL;
    }
    return s;
}

void pouch_scan_free(struct pouch_scan *s) {
    free(s);
}

/* Note that the bytes between the last frame and the place at held nothing. */
static void gap_note(struct pouch_scan *s, uint64_t at) {
    if ((s->any || s->expects_begin) && at > s->frame_end) s->damaged++;
}

/* Look at the magic at s->at. Return 1 with the frame, 0 to go on behind s->at (which was moved), or an error. */
static int frame_try(struct pouch_scan *s, struct pouch_frame *frame, const uint8_t **sections) {
    size_t there;
    int err = 0;
    const uint8_t *header = window_get(s, s->at, POUCH_FRAME_MAX, &there, &err);
    if (err) return err;
    if (there < POUCH_HEADER_SIZE) {
        s->cut = true;
        s->at++;
        return 0;
    }
    if (pouch_frame_decode(frame, header) != 0) {
        s->at++;
        return 0;
    }
    size_t size = POUCH_HEADER_SIZE + (size_t)frame->packed_size + frame->raw_size;
    if (there < size) {
        s->cut = true;
        s->at++;
        return 0;
    }
    if (pouch_frame_check(header, frame, header + POUCH_HEADER_SIZE) != 0) {
        s->hashed += size;
        s->at += s->hashed > SCAN_WORK * s->size + SCAN_WORK_FREE ? size : 1;
        return 0;
    }
    gap_note(s, s->at);
    s->any = true;
    s->cut = false; /* a frame behind it shows that the file goes on */
    s->at += size;
    s->frame_end = s->at;
    *sections = header + POUCH_HEADER_SIZE;
    return 1;
}

int pouch_scan_next(struct pouch_scan *s, struct pouch_frame *frame, const uint8_t **sections) {
    while (s->at < s->size) {
        size_t there;
        int err = 0;
        const uint8_t *bytes = window_get(s, s->at, POUCH_FRAME_MAX, &there, &err);
        if (err) return err;
        const uint8_t *found = memmem(bytes, there, pouch_magic, POUCH_MAGIC_SIZE);
        if (!found) {
            /* The last bytes may begin a magic. */
            s->at += there >= POUCH_MAGIC_SIZE && s->at + there < s->size ? there - POUCH_MAGIC_SIZE + 1 : there;
            continue;
        }
        s->at += (uint64_t)(found - bytes);
        int got = frame_try(s, frame, sections);
        if (got != 0) return got;
    }
    return 0;
}

uint64_t pouch_scan_at(const struct pouch_scan *s) {
    return s->at;
}

uint64_t pouch_scan_size(const struct pouch_scan *s) {
    return s->size;
}

/* Tell whether what follows the last frame is a zip's directory, or nothing. */
static bool end_is_clean(const struct pouch_scan *s) {
    uint8_t next[4];
    if (s->frame_end >= s->size) return true;
    return source_read(s, next, sizeof next, s->frame_end) == (int)sizeof next &&
           (memcmp(next, "PK\1\2", 4) == 0 || memcmp(next, "PK\3\4", 4) == 0);
}

uint64_t pouch_scan_damaged(const struct pouch_scan *s) {
    bool tail = (s->any || s->expects_begin) && !end_is_clean(s) && !pouch_scan_is_truncated(s);
    return s->damaged + tail;
}

bool pouch_scan_is_truncated(const struct pouch_scan *s) {
    return s->cut || (s->zip && !s->whole_end);
}

bool pouch_scan_is_zip(const struct pouch_scan *s) {
    return s->zip;
}
