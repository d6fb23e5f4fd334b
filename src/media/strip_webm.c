/*
 * strip_webm.c: WebM and Matroska (RFC 8794, RFC 9559).
 *
 * One walk by a table of the elements that belong where; any other becomes a Void of the same size, with zeros in it.
 * Tracks that are no picture and no sound become one as well, and so do their blocks.
 */
#include <string.h>

#include "media/strip_internal.h"

#define DEPTH_MAX 6

enum {
    VOID = 0xec,
    EBML = 0x1a45dfa3,
    SEGMENT = 0x18538067,
    SEEK_HEAD = 0x114d9b74,
    SEEK = 0x4dbb,
    SEEK_ID = 0x53ab,
    INFO = 0x1549a966,
    TRACKS = 0x1654ae6b,
    TRACK = 0xae,
    TRACK_NUMBER = 0xd7,
    TRACK_UID = 0x73c5,
    TRACK_TYPE = 0x83,
    CODEC_ID = 0x86,
    CODEC_PRIVATE = 0x63a2,
    LANGUAGE = 0x22b59c,
    CLUSTER = 0x1f43b675,
    GROUP = 0xa0,
    BLOCK = 0xa1,
    SIMPLE = 0xa3,
    CUES = 0x1c53bb6b,
};

enum action { DROP = 0, KEEP, ENTER, BLANK, UNDETERMINED, NUMBERED, PRIVATE };

static const struct {
    uint32_t parent, id;
    enum action action;
} rules[] = {
    {0, EBML, ENTER},
    {0, SEGMENT, ENTER},
    {EBML, 0x4286, KEEP}, /* versions, limits, kind of document */
    {EBML, 0x42f7, KEEP},
    {EBML, 0x42f2, KEEP},
    {EBML, 0x42f3, KEEP},
    {EBML, 0x4282, KEEP},
    {EBML, 0x4287, KEEP},
    {EBML, 0x4285, KEEP},
    {SEGMENT, SEEK_HEAD, ENTER},
    {SEGMENT, INFO, ENTER},
    {SEGMENT, TRACKS, ENTER},
    {SEGMENT, CLUSTER, ENTER},
    {SEGMENT, CUES, KEEP},
    {SEEK_HEAD, SEEK, KEEP},
    {INFO, 0x2ad7b1, KEEP}, /* scale of times */
    {INFO, 0x4489, KEEP},   /* duration */
    {INFO, 0x4d80, BLANK},  /* the programs that made it, which have to be named */
    {INFO, 0x5741, BLANK},
    {TRACKS, TRACK, ENTER},
    {TRACK, TRACK_NUMBER, KEEP},
    {TRACK, TRACK_UID, NUMBERED},
    {TRACK, TRACK_TYPE, KEEP},
    {TRACK, 0xb9, KEEP}, /* flags */
    {TRACK, 0x88, KEEP},
    {TRACK, 0x55aa, KEEP},
    {TRACK, 0x9c, KEEP},
    {TRACK, 0x6de7, KEEP}, /* caches */
    {TRACK, 0x6df8, KEEP},
    {TRACK, 0x23e383, KEEP}, /* duration of a frame */
    {TRACK, 0x55ee, KEEP},   /* additions */
    {TRACK, CODEC_ID, KEEP},
    {TRACK, CODEC_PRIVATE, PRIVATE},
    {TRACK, 0x56aa, KEEP}, /* delay, roll */
    {TRACK, 0x56bb, KEEP},
    {TRACK, 0x6d80, KEEP}, /* how it is packed */
    {TRACK, LANGUAGE, UNDETERMINED},
    {TRACK, 0xe0, KEEP},   /* picture */
    {TRACK, 0xe1, KEEP},   /* sound */
    {CLUSTER, 0xe7, KEEP}, /* time */
    {CLUSTER, 0xa7, KEEP}, /* place, size of the one before */
    {CLUSTER, 0xab, KEEP},
    {CLUSTER, SIMPLE, KEEP},
    {CLUSTER, GROUP, ENTER},
    {GROUP, BLOCK, KEEP},
    {GROUP, 0x9b, KEEP}, /* duration */
    {GROUP, 0xfb, KEEP}, /* reference */
    {GROUP, 0x75a2, KEEP},
    {GROUP, 0x75a1, KEEP}, /* additions: transparency */
};

struct element {
    uint32_t id;
    size_t at, head, end; /* head: where its content begins */
    bool endless;         /* of a recorder that did not go back to write its size */
};

struct walk {
    uint8_t *bytes;
    size_t size;
    unsigned count; /* of the tracks that stay */
    uint64_t numbers[STRIP_TRACKS_MAX];
    bool segment;
};

/* Read a number whose first byte tells how many there are; keep the marking bit if it is an id. */
static int number_read(const uint8_t *bytes, size_t at, size_t end, size_t width_max, bool is_id, uint64_t *out,
                       size_t *width) {
    if (at >= end) return ERR_TRUNCATED;
    size_t n = 1;
    while (n <= 8 && !(bytes[at] & (0x100 >> n))) n++;
    if (n > width_max) return ERR_FIELD;
    if (n > end - at) return ERR_TRUNCATED;
    *out = is_id ? bytes[at] : bytes[at] & (0xffU >> n);
    for (size_t i = 1; i < n; i++) *out = *out << 8 | bytes[at + i];
    *width = n;
    return 0;
}

static int element_read(const uint8_t *bytes, size_t at, size_t end, struct element *out) {
    uint64_t id = 0, size = 0;
    size_t id_width = 0, size_width = 0;
    int err = number_read(bytes, at, end, 4, true, &id, &id_width);
    if (!err) err = number_read(bytes, at + id_width, end, 8, false, &size, &size_width);
    if (err) return err;
    *out = (struct element){.id = (uint32_t)id, .at = at, .head = at + id_width + size_width};
    out->endless = size == ((uint64_t)1 << 7 * size_width) - 1;
    if (out->endless && id != SEGMENT && id != CLUSTER) return ERR_UNSUPPORTED;
    if (!out->endless && size > end - out->head) return ERR_TRUNCATED;
    out->end = out->endless ? end : out->head + (size_t)size;
    return 0;
}

/* Write a Void over what stands between two places, of at least two bytes. */
static void void_write(uint8_t *bytes, size_t at, size_t end) {
    size_t size = end - at - 2;
    memset(bytes + at, 0, end - at);
    bytes[at] = VOID;
    if (size < 127) {
        bytes[at + 1] = (uint8_t)(0x80 | size);
        return;
    }
    size -= 7; /* its size takes 8 bytes */
    bytes[at + 1] = 0x01;
    strip_put_be32(bytes + at + 5, (uint32_t)(size & 0xffffffff));
    bytes[at + 4] = (uint8_t)((uint64_t)size >> 32 & 0xff);
}

static enum action action_of(uint32_t parent, uint32_t id) {
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (rules[i].parent == parent && rules[i].id == id) return rules[i].action;
    return DROP;
}

static bool child_find(const uint8_t *bytes, const struct element *parent, uint32_t id, struct element *out) {
    for (size_t at = parent->head; at < parent->end && element_read(bytes, at, parent->end, out) == 0; at = out->end)
        if (out->id == id) return true;
    return false;
}

static uint64_t child_number(const uint8_t *bytes, const struct element *parent, uint32_t id) {
    struct element e;
    uint64_t value = 0;
    if (!child_find(bytes, parent, id, &e) || e.end - e.head > 8) return 0;
    for (size_t i = e.head; i < e.end; i++) value = value << 8 | bytes[i];
    return value;
}

/* Tell whether a track stays, and note it. */
static int track_begin(struct walk *w, const struct element *e, bool *stays) {
    uint64_t type = child_number(w->bytes, e, TRACK_TYPE), number = child_number(w->bytes, e, TRACK_NUMBER);
    *stays = (type == 1 || type == 2) && number != 0;
    if (!*stays) return 0;
    if (w->count == STRIP_TRACKS_MAX) return ERR_LIMIT;
    w->numbers[w->count++] = number;
    return 0;
}

/* Tell whether a block belongs to a track that stays. */
static bool block_stays(const struct walk *w, const struct element *block) {
    uint64_t number = 0;
    size_t width;
    if (number_read(w->bytes, block->head, block->end, 8, false, &number, &width)) return false;
    for (unsigned i = 0; i < w->count; i++)
        if (w->numbers[i] == number) return true;
    return false;
}

static bool seek_stays(const struct walk *w, const struct element *e) {
    uint64_t id = child_number(w->bytes, e, SEEK_ID);
    return id == INFO || id == TRACKS || id == CLUSTER || id == CUES;
}

/* Vorbis has three packets here, the second of which is comments; how long they are stands before them. */
static int private_clean(uint8_t *bytes, const struct element *e) {
    static const uint8_t bare[16] = {3, 'v', 'o', 'r', 'b', 'i', 's', 0, 0, 0, 0, 0, 0, 0, 0, 1};
    size_t sizes[2] = {0, 0}, at = e->head + 1;
    for (int i = 0; i < 2; i++) {
        uint8_t part = 255;
        while (part == 255) {
            if (at >= e->end) return ERR_FIELD;
            part = bytes[at++];
            sizes[i] += part;
        }
    }
    if (sizes[0] > e->end - at || sizes[1] > e->end - at - sizes[0] || sizes[1] < sizeof bare) return ERR_FIELD;
    at += sizes[0];
    if (memcmp(bytes + at, bare, 7) != 0) return ERR_FIELD;
    memset(bytes + at, 0, sizes[1]);
    memcpy(bytes + at, bare, sizeof bare);
    return 0;
}

/* Do what a rule says of an element; *enter: go on inside of it. */
static int element_do(struct walk *w, uint32_t parent, const struct element *e, bool *enter) {
    enum action action = action_of(parent, e->id);
    bool stays = action != DROP;
    int err = 0;
    if (e->id == TRACK && stays) err = track_begin(w, e, &stays);
    if ((e->id == SIMPLE || e->id == BLOCK) && stays) stays = block_stays(w, e);
    if (e->id == SEEK && stays) stays = seek_stays(w, e);
    if (e->id == GROUP && stays) {
        struct element block;
        stays = child_find(w->bytes, e, BLOCK, &block) && block_stays(w, &block);
    }
    if (err) return err;
    *enter = stays && action == ENTER;
    w->segment |= e->id == SEGMENT && stays;
    if (!stays) {
        if (e->endless) return ERR_FIELD;
        void_write(w->bytes, e->at, e->end);
    } else if (action == BLANK) {
        memset(w->bytes + e->head, 0, e->end - e->head);
    } else if (action == UNDETERMINED) {
        memset(w->bytes + e->head, 0, e->end - e->head);
        if (e->end - e->head >= 3) memcpy(w->bytes + e->head, "und", 3);
    } else if (action == NUMBERED && e->end > e->head) {
        memset(w->bytes + e->head, 0, e->end - e->head);
        w->bytes[e->end - 1] = (uint8_t)w->count;
    }
    return 0;
}

/* Vorbis' headers, once it is known that it is Vorbis. */
static int track_private(uint8_t *bytes, const struct element *track) {
    struct element codec, head;
    if (!child_find(bytes, track, CODEC_ID, &codec) || !child_find(bytes, track, CODEC_PRIVATE, &head)) return 0;
    bool vorbis = codec.end - codec.head >= 8 && memcmp(bytes + codec.head, "A_VORBIS", 8) == 0;
    return vorbis ? private_clean(bytes, &head) : 0;
}

int strip_webm(uint8_t *bytes, size_t *size) {
    struct walk w = {.bytes = bytes, .size = *size};
    struct element open[DEPTH_MAX] = {{.end = *size}};
    unsigned depth = 0;
    for (size_t at = 0;;) {
        struct element e;
        bool enter;
        while (depth > 0 && at == open[depth].end) depth--;
        if (at == *size) break;
        int err = element_read(bytes, at, open[depth].end, &e);
        if (err && depth == 0 && w.segment) { /* what hangs behind the end goes */
            *size = at;
            break;
        }
        if (err) return err;
        /* An endless cluster ends where something begins that cannot be in it. */
        while (open[depth].endless && open[depth].id == CLUSTER && action_of(SEGMENT, e.id) != DROP) depth--;
        err = element_do(&w, open[depth].id, &e, &enter);
        if (!err && enter && e.id == TRACK) err = track_private(bytes, &e);
        if (err) return err;
        at = e.end;
        if (!enter) continue;
        if (++depth == DEPTH_MAX) return ERR_FIELD;
        open[depth] = e;
        at = e.head;
    }
    return w.count > 0 ? 0 : ERR_FIELD;
}
