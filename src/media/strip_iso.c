/*
 * strip_iso.c: what is made of boxes: MP4, M4A, 3GP (ISO/IEC 14496-12) and QuickTime's MOV.
 *
 * One walk over the boxes by a table of what belongs where; any other box becomes "free" with zeros in it, at its
 * place, as positions in the file are written down in others. Of tracks those with pictures or sound stay; places,
 * motion, texts and clocks that cameras write as tracks of their own go. Then all of the media data that the tracks
 * that stayed do not refer to is overwritten (strip_iso_data.c).
 */
#include "media/strip_iso.h"

#include <string.h>

#define DEPTH_MAX 8
#define BOX_HEAD 8
#define BOX_HEAD_LARGE 16
#define VISUAL_SIZE 78 /* of a sample entry behind its box head */
#define AUDIO_SIZE 28

enum action {
    DROP = 0,
    KEEP,
    ENTER,
    BRANDS,
    TRACK,
    HEADER_MOVIE,
    HEADER_TRACK,
    HEADER_MEDIA,
    HANDLER,
    REFERENCES,
    SAMPLES,
    TABLE,
};

#define ROOT "    "
static const struct {
    const char *parent, *types;
    enum action action;
} rules[] = {
    {ROOT, "ftypstyp", BRANDS},
    {ROOT, "moovmoof", ENTER},
    {ROOT, "mdatsidxssixmfra", KEEP},
    {"moov", "mvhd", HEADER_MOVIE},
    {"moov", "trak", TRACK},
    {"moov", "mvex", ENTER},
    {"mvex", "mehdtrex", KEEP},
    {"trak", "tkhd", HEADER_TRACK},
    {"trak", "mdiaedtstapt", ENTER},
    {"edts", "elst", KEEP},
    {"tapt", "clefprofenof", KEEP},
    {"mdia", "mdhd", HEADER_MEDIA},
    {"mdia", "hdlr", HANDLER},
    {"mdia", "minf", ENTER},
    {"minf", "vmhdsmhd", KEEP},
    {"minf", "hdlr", HANDLER},
    {"minf", "dinfstbl", ENTER},
    {"dinf", "dref", REFERENCES},
    {"stbl", "stsd", SAMPLES},
    {"stbl", "stscstszstz2stcoco64", TABLE},
    {"stbl", "sttscttscslgstssstpssdtpsbgpsgpd", KEEP},
    {"moof", "mfhd", KEEP},
    {"moof", "traf", ENTER},
    {"traf", "tfhdtfdttrunsbgpsgpdsdtp", KEEP},
};

/* In sample entries: how to decode. */
#define IN_VISUAL "avcChvcCav1CvpcCesdsd263colrpaspclapfielgamaglbldvcCdvvCclliMDCVmdcvcoll"
#define IN_AUDIO "esdsdamrdOpsdfLadac3dec3alacwavechansratmp4afrmaenda"

#define BRANDS_KNOWN \
    "qt  isomiso2iso3iso4iso5iso6iso7iso8iso9mp41mp42avc1M4A M4V M4B 3gp43gp53gp63gp73gg63ge63gs63g2adashmp71"

struct box {
    size_t at, head, end; /* head: where its content begins */
    const uint8_t *type;
};

struct walk {
    uint8_t *bytes;
    size_t size, media_from;
    struct iso_media media;
    bool movie, fragments, foreign; /* foreign: a track was dropped */
    uint8_t kind;                   /* of the track that the walk is in: 'v' or 's' */
    struct iso_track *track;
};

/* Read the head of the box at a place inside of its parent. */
static int box_read(const uint8_t *bytes, size_t at, size_t end, struct box *out) {
    if (end - at < BOX_HEAD) return ERR_TRUNCATED;
    uint64_t size = strip_be32(bytes + at);
    *out = (struct box){.at = at, .head = at + BOX_HEAD, .type = bytes + at + 4};
    if (size == 1) {
        if (end - at < BOX_HEAD_LARGE) return ERR_TRUNCATED;
        size = strip_be64(bytes + at + 8);
        out->head = at + BOX_HEAD_LARGE;
    } else if (size == 0) {
        size = end - at;
    }
    if (size < out->head - at) return ERR_FIELD;
    if (size > end - at) return ERR_TRUNCATED;
    out->end = at + (size_t)size;
    return 0;
}

static void box_drop(uint8_t *bytes, const struct box *b) {
    memcpy(bytes + b->at + 4, "free", 4);
    memset(bytes + b->head, 0, b->end - b->head);
}

static enum action action_of(const char *parent, const uint8_t type[4]) {
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (memcmp(rules[i].parent, parent, 4) == 0 && strip_in(rules[i].types, type)) return rules[i].action;
    return DROP;
}

/* Find the first box of a type among the children. */
static bool child_find(const uint8_t *bytes, size_t at, size_t end, const char *type, struct box *out) {
    while (at < end && box_read(bytes, at, end, out) == 0) {
        if (memcmp(out->type, type, 4) == 0) return true;
        at = out->end;
    }
    return false;
}

static void zero(uint8_t *bytes, const struct box *b, size_t from, size_t size) {
    size_t length = b->end - b->head;
    if (from >= length) return;
    memset(bytes + b->head + from, 0, length - from < size ? length - from : size);
}

static void brands(uint8_t *bytes, const struct box *b) {
    for (size_t at = b->head; at + 4 <= b->end; at += 4)
        if (at == b->head + 4)
            memset(bytes + at, 0, 4); /* the maker's own version */
        else if (!strip_in(BRANDS_KNOWN, bytes + at))
            memcpy(bytes + at, "isom", 4);
}

/* Begin a track: 'v' or 's' if it has pictures or sound, else it goes. */
static int track_begin(struct walk *w, const struct box *b) {
    struct box media, handler;
    w->kind = 0;
    if (child_find(w->bytes, b->head, b->end, "mdia", &media) &&
        child_find(w->bytes, media.head, media.end, "hdlr", &handler) && handler.end - handler.head >= 12) {
        const uint8_t *type = w->bytes + handler.head + 8;
        w->kind = memcmp(type, "vide", 4) == 0 ? 'v' : memcmp(type, "soun", 4) == 0 ? 's' : 0;
    }
    if (w->kind == 0) {
        w->foreign = true;
        return 0;
    }
    if (w->media.count == STRIP_TRACKS_MAX) return ERR_LIMIT;
    w->track = &w->media.tracks[w->media.count++];
    return 0;
}

/* Times of creation and change; how wide they are tells the version. */
static int header_clean(struct walk *w, const struct box *b, enum action action) {
    bool large = b->end > b->head && w->bytes[b->head] == 1;
    size_t length = b->end - b->head, times = large ? 16 : 8;
    size_t least = action == HEADER_MOVIE ? 100 : action == HEADER_TRACK ? 84 : 24;
    if (length < least + (large ? 12 : 0)) return ERR_FIELD;
    zero(w->bytes, b, 4, times);
    if (action == HEADER_MOVIE) zero(w->bytes, b, 72 + (large ? 12 : 0), 24); /* preview, poster, selection */
    if (action == HEADER_MEDIA) {                                             /* the language: not told */
        uint8_t *language = w->bytes + b->head + 20 + (large ? 12 : 0);
        language[0] = 0x55;
        language[1] = 0xc4;
    }
    w->movie |= action == HEADER_MOVIE;
    return 0;
}

/* Entries of 12 bytes that say "in this file"; others may name folders and are refused. */
static int references_clean(uint8_t *bytes, const struct box *b) {
    struct box entry;
    if (b->end - b->head < 8) return ERR_FIELD;
    for (size_t at = b->head + 8; at < b->end; at = entry.end) {
        int err = box_read(bytes, at, b->end, &entry);
        if (err) return err;
        if (entry.end - entry.head < 4 || !(bytes[entry.head + 3] & 1)) return ERR_UNSUPPORTED;
        zero(bytes, &entry, 4, entry.end - entry.head);
    }
    return 0;
}

/* What follows the fixed part of a sample entry: boxes, of which those stay that a decoder needs. */
static int entry_clean(uint8_t *bytes, size_t at, size_t end, const char *needed) {
    struct box b;
    /* QuickTime ends such a list with four zeros, or fewer bytes than a box has. */
    while (end - at >= BOX_HEAD && strip_be32(bytes + at) != 0) {
        int err = box_read(bytes, at, end, &b);
        if (err) return err;
        bool profile = memcmp(b.type, "colr", 4) == 0 && (b.end - b.head < 4 || !strip_in("nclxnclc", bytes + b.head));
        if (profile || !strip_in(needed, b.type))
            box_drop(bytes, &b);
        else if (strip_in("damrd263", b.type))
            zero(bytes, &b, 0, 4); /* the maker */
        at = b.end;
    }
    memset(bytes + at, 0, end - at);
    return 0;
}

static int samples_clean(struct walk *w, const struct box *b) {
    struct box entry;
    if (b->end - b->head < 8) return ERR_FIELD;
    for (size_t at = b->head + 8; at < b->end; at = entry.end) {
        int err = box_read(w->bytes, at, b->end, &entry);
        if (err) return err;
        size_t fixed = w->kind == 'v' ? VISUAL_SIZE : AUDIO_SIZE;
        if (entry.end - entry.head < fixed) return ERR_FIELD;
        uint8_t *content = w->bytes + entry.head;
        memset(content + 12, 0, 4); /* the maker */
        if (w->kind == 'v')
            memset(content + 42, 0, 32); /* the encoder's name */
        else
            fixed += content[9] == 1 ? 16 : content[9] == 2 ? 36 : 0; /* QuickTime's versions of it */
        if (entry.end - entry.head < fixed) return ERR_FIELD;
        err = entry_clean(w->bytes, entry.head + fixed, entry.end, w->kind == 'v' ? IN_VISUAL : IN_AUDIO);
        if (err) return err;
    }
    return 0;
}

static void table_note(struct iso_track *track, const struct box *b) {
    struct iso_table table = {.at = b->head, .end = b->end};
    if (memcmp(b->type, "stsc", 4) == 0)
        track->runs = table;
    else if (b->type[2] == 's' || b->type[2] == 'z') {
        track->sizes = table;
        track->compact = b->type[3] == '2';
    } else {
        track->chunks = table;
        track->large = b->type[1] == 'o';
    }
}

/* Do what a rule says of a box. */
static int box_do(struct walk *w, const struct box *b, enum action action) {
    uint8_t *bytes = w->bytes;
    switch (action) {
    case DROP: box_drop(bytes, b); return 0;
    case KEEP: return 0;
    case ENTER: w->fragments |= memcmp(b->type, "moof", 4) == 0; return 0;
    case BRANDS: brands(bytes, b); return 0;
    case TRACK: {
        int err = track_begin(w, b);
        if (!err && w->kind == 0) box_drop(bytes, b);
        return err;
    }
    case HEADER_MOVIE:
    case HEADER_TRACK:
    case HEADER_MEDIA: return header_clean(w, b, action);
    case HANDLER:
        zero(bytes, b, 12, b->end - b->head); /* maker and name */
        return 0;
    case REFERENCES: return references_clean(bytes, b);
    case SAMPLES: return samples_clean(w, b);
    case TABLE:
        if (!w->track) return ERR_FIELD; /* the rules name it within a track alone */
        table_note(w->track, b);
        return 0;
    }
    return ERR_FIELD;
}

static int walk(struct walk *w) {
    struct {
        size_t end;
        char type[4];
    } open[DEPTH_MAX] = {{w->size, {' ', ' ', ' ', ' '}}};
    unsigned depth = 0;
    for (size_t at = 0;;) {
        struct box b;
        while (at == open[depth].end && depth > 0) depth--;
        size_t left = open[depth].end - at;
        if (left == 0 || (depth == 0 && left < BOX_HEAD)) break;
        if (left == 4 && strip_be32(w->bytes + at) == 0) { /* QuickTime ends lists so */
            at += 4;
            continue;
        }
        int err = box_read(w->bytes, at, open[depth].end, &b);
        if (err) return err;
        enum action action = action_of(open[depth].type, b.type);
        err = box_do(w, &b, action);
        if (err) return err;
        bool enter = action == ENTER || (action == TRACK && w->kind != 0);
        if (!enter) {
            at = b.end;
            continue;
        }
        if (++depth == DEPTH_MAX) return ERR_FIELD;
        open[depth].end = b.end;
        memcpy(open[depth].type, b.type, 4);
        at = b.head;
    }
    return 0;
}

/* Take the free boxes at the end away. */
static size_t end_of(const uint8_t *bytes, size_t size) {
    size_t end = 0;
    struct box b;
    for (size_t at = 0; size - at >= BOX_HEAD && box_read(bytes, at, size, &b) == 0; at = b.end)
        if (memcmp(b.type, "free", 4) != 0) end = b.end;
    return end;
}

int strip_iso(uint8_t *bytes, size_t *size) {
    struct walk w = {.bytes = bytes, .size = *size};
    int err = walk(&w);
    if (err) return err;
    if (!w.movie || w.media.count == 0) return ERR_FIELD;
    if (w.fragments && w.foreign) return ERR_UNSUPPORTED; /* whose samples are whose is told in another way */
    *size = end_of(bytes, *size);
    return w.fragments ? 0 : iso_data_clean(bytes, *size, &w.media);
}
