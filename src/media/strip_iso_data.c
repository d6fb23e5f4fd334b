/*
 * strip_iso_data.c: chunk by chunk in the order of the file, a merge of the tracks' lists; what lies between two chunks
 * is nobody's.
 */
#include <string.h>

#include "media/strip_iso.h"

#define TABLE_HEAD 8 /* version, flags, count */
#define RUN_SIZE 12

struct cursor {
    const struct iso_track *track;
    uint32_t chunk_count, sample_count, run_count, fixed; /* fixed: the size that all samples have, or 0 */
    uint32_t chunk, sample, run;                          /* the next ones */
    uint64_t from, size;                                  /* of the chunk that is next, if it is there */
    bool there;
};

/* The media data, a box at a time. */
struct data {
    uint8_t *bytes;
    size_t size;
    size_t from, end, next; /* content of the box, and where the one behind it begins */
};

static uint32_t table_count(const uint8_t *bytes, const struct iso_table *t, size_t head) {
    return strip_be32(bytes + t->at + head - 4);
}

static int cursor_begin(struct cursor *c, const uint8_t *bytes, const struct iso_track *track) {
    size_t sizes_head = TABLE_HEAD + 4;
    *c = (struct cursor){.track = track};
    if (track->chunks.at == 0 || track->chunks.end - track->chunks.at < TABLE_HEAD || track->runs.at == 0 ||
        track->runs.end - track->runs.at < TABLE_HEAD || track->sizes.at == 0 ||
        track->sizes.end - track->sizes.at < sizes_head)
        return ERR_FIELD;
    c->chunk_count = table_count(bytes, &track->chunks, TABLE_HEAD);
    c->run_count = table_count(bytes, &track->runs, TABLE_HEAD);
    c->sample_count = table_count(bytes, &track->sizes, sizes_head);
    c->fixed = track->compact ? 0 : strip_be32(bytes + track->sizes.at + 4);
    unsigned field = track->compact ? bytes[track->sizes.at + 7] : 32;
    if (field != 4 && field != 8 && field != 16 && field != 32) return ERR_FIELD;
    if (c->chunk_count > (track->chunks.end - track->chunks.at - TABLE_HEAD) / (track->large ? 8 : 4) ||
        c->run_count > (track->runs.end - track->runs.at - TABLE_HEAD) / RUN_SIZE ||
        (c->fixed == 0 &&
         ((uint64_t)c->sample_count * field + 7) / 8 > track->sizes.end - track->sizes.at - sizes_head))
        return ERR_FIELD;
    if (c->chunk_count > 0 && (c->run_count == 0 || strip_be32(bytes + track->runs.at + TABLE_HEAD) != 1))
        return ERR_FIELD;
    return 0;
}

static uint64_t sample_size(const struct cursor *c, const uint8_t *bytes, uint32_t sample) {
    const uint8_t *table = bytes + c->track->sizes.at + TABLE_HEAD + 4;
    if (c->fixed != 0) return c->fixed;
    if (!c->track->compact) return strip_be32(table + 4 * (size_t)sample);
    switch (bytes[c->track->sizes.at + 7]) {
    case 4: return sample % 2 == 0 ? table[sample / 2] >> 4 : table[sample / 2] & 15;
    case 8: return table[sample];
    default: return strip_be16(table + 2 * (size_t)sample);
    }
}

/* Find the next chunk of a track. */
static int cursor_next(struct cursor *c, const uint8_t *bytes) {
    c->there = c->chunk < c->chunk_count;
    if (!c->there) return 0;
    const uint8_t *runs = bytes + c->track->runs.at + TABLE_HEAD, *chunks = bytes + c->track->chunks.at + TABLE_HEAD;
    while (c->run + 1 < c->run_count && strip_be32(runs + RUN_SIZE * (size_t)(c->run + 1)) <= c->chunk + 1) c->run++;
    uint32_t count = strip_be32(runs + RUN_SIZE * (size_t)c->run + 4);
    if (count > c->sample_count - c->sample) count = c->sample_count - c->sample; /* players stop there, too */
    c->from = c->track->large ? strip_be64(chunks + 8 * (size_t)c->chunk) : strip_be32(chunks + 4 * (size_t)c->chunk);
    c->size = 0;
    if (c->fixed != 0)
        c->size = (uint64_t)c->fixed * count;
    else
        for (uint32_t i = 0; i < count; i++) c->size += sample_size(c, bytes, c->sample + i);
    c->sample += count;
    c->chunk++;
    return 0;
}

/* Go to the next box of media data; false if there is none. */
static bool data_next(struct data *d) {
    while (d->size - d->next >= 8) {
        size_t at = d->next, head = at + 8;
        uint64_t size = strip_be32(d->bytes + at);
        if (size == 1) {
            size = strip_be64(d->bytes + at + 8);
            head += 8;
        }
        if (size == 0) size = d->size - at;
        d->next = at + (size_t)size;
        if (memcmp(d->bytes + at + 4, "mdat", 4) != 0) continue;
        d->from = head;
        d->end = d->next;
        return true;
    }
    return false;
}

/* Overwrite from where the last chunk ended up to this one. */
static int data_upto(struct data *d, uint64_t from, uint64_t size) {
    if (from > d->size || size > d->size - from) return ERR_FIELD;
    if (from < d->from) return ERR_UNSUPPORTED;
    while (from >= d->end && !(from == d->end && size == 0)) {
        memset(d->bytes + d->from, 0, d->end - d->from);
        if (!data_next(d)) return ERR_FIELD;
        if (from < d->from) return ERR_FIELD;
    }
    if (size > d->end - from) return ERR_FIELD;
    memset(d->bytes + d->from, 0, (size_t)from - d->from);
    d->from = (size_t)(from + size);
    return 0;
}

int iso_data_clean(uint8_t *bytes, size_t size, const struct iso_media *media) {
    struct cursor cursors[STRIP_TRACKS_MAX];
    struct data data = {.bytes = bytes, .size = size};
    int err = 0;
    if (!data_next(&data)) return ERR_FIELD;
    for (unsigned i = 0; i < media->count && !err; i++) {
        err = cursor_begin(&cursors[i], bytes, &media->tracks[i]);
        if (!err) err = cursor_next(&cursors[i], bytes);
    }
    while (!err) {
        struct cursor *least = NULL;
        for (unsigned i = 0; i < media->count; i++)
            if (cursors[i].there && (least == NULL || cursors[i].from < least->from)) least = &cursors[i];
        if (least == NULL) break;
        if (least->size > 0) err = data_upto(&data, least->from, least->size);
        if (!err) err = cursor_next(least, bytes);
    }
    if (err) return err;
    do memset(bytes + data.from, 0, data.end - data.from);
    while (data_next(&data));
    return 0;
}
