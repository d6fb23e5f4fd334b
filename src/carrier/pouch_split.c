/*
 * pouch_split.c: cut a pouch into parts.
 */
#include "carrier/pouch_split.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "carrier/pouch_readme.h"
#include "carrier/pouch_scan.h"
#include "carrier/zip.h"
#include "carrier/zip_file.h"

struct splitting {
    uint64_t part_bytes, now, tail; /* tail: what ends a zip */
    pouch_part_open open;
    void *context;
    struct zip_writer zip;
    int fd; /* of the part that is written, or -1 */
    unsigned count;
    uint8_t header[POUCH_HEADER_SIZE];
};

static int part_begin(struct splitting *s) {
    if (s->count == POUCH_PARTS_MAX) return ERR_LIMIT;
    s->fd = s->open(s->context, s->count + 1);
    if (s->fd < 0) return s->fd;
    s->count++;
    zip_init(&s->zip, zip_file_write, &s->fd, s->now);
    int err = zip_member(&s->zip, POUCH_README_NAME);
    if (!err) err = zip_write(&s->zip, (const uint8_t *)pouch_readme, sizeof pouch_readme - 1);
    return err ? err : zip_member(&s->zip, POUCH_MESSAGES_NAME);
}

static int part_end(struct splitting *s) {
    int err = zip_end(&s->zip);
    if (!err && fsync(s->fd) != 0) err = ERR_IO;
    if (close(s->fd) != 0 && !err) err = ERR_IO;
    s->fd = -1;
    return err;
}

static int frame_put(struct splitting *s, const struct pouch_frame *frame, const uint8_t *sections) {
    size_t size = frame->packed_size + frame->raw_size;
    int err = 0;
    if (s->zip.at + POUCH_HEADER_SIZE + size + s->tail > s->part_bytes) err = part_end(s);
    if (!err && s->fd < 0) err = part_begin(s);
    pouch_frame_encode(s->header, frame, sections);
    if (!err) err = zip_write(&s->zip, s->header, sizeof s->header);
    return err ? err : zip_write(&s->zip, sections, size);
}

int pouch_split(int fd, uint64_t part_bytes, uint64_t now, pouch_part_open open, void *context) {
    static const char *const names[] = {POUCH_README_NAME, POUCH_MESSAGES_NAME};
    struct pouch_source source;
    struct pouch_frame frame;
    const uint8_t *sections;
    int err = 0, got = 0;
    if (part_bytes < POUCH_PART_MIN) return ERR_SPACE;
    struct splitting *s = malloc(sizeof *s);
    if (!s) return ERR_MEMORY;
    *s = (struct splitting){.part_bytes = part_bytes, .now = now, .open = open, .context = context, .fd = -1};
    s->tail = zip_overhead(names, 2);
    err = pouch_source_file(&source, &fd);
    struct pouch_scan *scan = err ? NULL : pouch_scan_new(&source, &err);
    if (scan) err = part_begin(s);
    while (scan && !err && (got = pouch_scan_next(scan, &frame, &sections)) > 0) err = frame_put(s, &frame, sections);
    if (!err) err = got;
    if (!err && s->fd >= 0) err = part_end(s);
    if (s->fd >= 0) close(s->fd);
    pouch_scan_free(scan);
    int count = (int)s->count;
    free(s);
    return err ? err : count;
}
