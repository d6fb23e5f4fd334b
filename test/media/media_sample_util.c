/*
 * media_sample_util.c: written from the formats' specifications, with no code of src/media.
 */
#include "test/media/media_sample_util.h"

#include <string.h>

#include "core/check.h"

#define SECRET SAMPLE_SECRET
#define MEDIA SAMPLE_MEDIA

struct out {
    uint8_t *bytes;
    size_t size;
};

static void put(struct out *o, const void *bytes, size_t size) {
    CHECK(size <= SAMPLE_SIZE_MAX - o->size);
    memcpy(o->bytes + o->size, bytes, size);
    o->size += size;
}

static void text(struct out *o, const char *s) {
    put(o, s, strlen(s));
}

static void zeros(struct out *o, size_t count) {
    CHECK(count <= SAMPLE_SIZE_MAX - o->size);
    memset(o->bytes + o->size, 0, count);
    o->size += count;
}

static void be(struct out *o, uint64_t value, unsigned width) {
    while (width-- > 0) {
        uint8_t byte = (uint8_t)(value >> 8 * width & 0xff);
        put(o, &byte, 1);
    }
}

static void le(struct out *o, uint64_t value, unsigned width) {
    for (unsigned i = 0; i < width; i++) {
        uint8_t byte = (uint8_t)(value >> 8 * i & 0xff);
        put(o, &byte, 1);
    }
}

static void be_at(struct out *o, size_t at, uint64_t value, unsigned width) {
    for (unsigned i = 0; i < width; i++) o->bytes[at + i] = (uint8_t)(value >> 8 * (width - 1 - i) & 0xff);
}

/* EXIF, big-endian: a maker, turned by 90 degrees, a place. */
static void tiff(struct out *o) {
    put(o, "MM\0*\0\0\0\x08\0\3", 10);
    put(o, "\x01\x0f\0\2\0\0\0\x10\0\0\0\x32", 12);
    put(o, "\x01\x12\0\3\0\0\0\1\0\6\0\0", 12);
    put(o, "\x88\x25\0\4\0\0\0\1\0\0\0\0", 12);
    zeros(o, 4);
    text(o, SECRET);
}

/* ---- Pictures ---- */

static void segment(struct out *o, uint8_t marker, const void *data, size_t size) {
    be(o, 0xff00U | marker, 2);
    be(o, size + 2, 2);
    put(o, data, size);
}

static size_t jpeg(uint8_t *bytes) {
    uint8_t room[256];
    struct out o = {bytes, 0}, in = {room, 0};
    put(&o, "\xff\xd8", 2);
    segment(&o, 0xe0, "JFIF\0\1\2\1\0\x48\0\x48\1\1SEC", 17);
    put(&in, "Exif\0\0", 6);
    tiff(&in);
    segment(&o, 0xe1, room, in.size);
    segment(&o, 0xe1, "http://ns.adobe.com/xap/1.0/\0" SECRET, 29 + sizeof SECRET);
    segment(&o, 0xe2, "ICC_PROFILE\0\1\1" SECRET, 14 + sizeof SECRET);
    segment(&o, 0xed, "Photoshop 3.0\0" SECRET, 14 + sizeof SECRET);
    segment(&o, 0xfe, SECRET, sizeof SECRET);
    memset(room, 1, 65);
    room[0] = 0;
    put(&o, "\xff", 1); /* fill */
    segment(&o, 0xdb, room, 65);
    segment(&o, 0xc0, "\x08\0\x08\0\x08\1\1\x11\0", 9);
    segment(&o, 0xc4, "\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 18);
    segment(&o, 0xda, "\1\1\0\0\x3f\0", 6);
    put(&o, MEDIA "\xff\0\xff\xd0", sizeof MEDIA - 1 + 4);
    put(&o, "\xff\xd9", 2);
    text(&o, "\xff\xd8" SECRET);
    return o.size;
}

static void png_chunk(struct out *o, const char *type, const void *data, size_t size) {
    be(o, size, 4);
    size_t at = o->size;
    text(o, type);
    put(o, data, size);
    uint32_t sum = 0xffffffff;
    for (; at < o->size; at++) {
        sum ^= o->bytes[at];
        for (int bit = 0; bit < 8; bit++) sum = sum & 1 ? sum >> 1 ^ 0xedb88320 : sum >> 1;
    }
    be(o, ~sum, 4);
}

static size_t png(uint8_t *bytes) {
    uint8_t room[256];
    struct out o = {bytes, 0}, in = {room, 0};
    put(&o, "\x89PNG\r\n\x1a\n", 8);
    png_chunk(&o, "IHDR", "\0\0\0\1\0\0\0\1\x08\0\0\0", 13);
    png_chunk(&o, "tEXt", "Comment\0" SECRET, 8 + sizeof SECRET);
    png_chunk(&o, "iCCP", SECRET, sizeof SECRET);
    tiff(&in);
    png_chunk(&o, "eXIf", room, in.size);
    png_chunk(&o, "IDAT", MEDIA, sizeof MEDIA);
    png_chunk(&o, "tIME", "\x07\xe6\1\5\x0e\x20\x0a", 7);
    png_chunk(&o, "IEND", "", 0);
    text(&o, SECRET);
    return o.size;
}

static void riff_chunk(struct out *o, const char *type, const void *data, size_t size) {
    text(o, type);
    le(o, size, 4);
    put(o, data, size);
    zeros(o, size % 2);
}

static size_t riff_end(struct out *o, const char *trailer) {
    size_t size = o->size - 8;
    for (unsigned i = 0; i < 4; i++) o->bytes[4 + i] = (uint8_t)(size >> 8 * i & 0xff);
    text(o, trailer);
    return o->size;
}

static size_t webp(uint8_t *bytes) {
    uint8_t room[256];
    struct out o = {bytes, 0}, in = {room, 0};
    text(&o, "RIFF....WEBP");
    riff_chunk(&o, "VP8X", "\x3e\0\0\0\0\0\0\0\0\0", 10);
    riff_chunk(&o, "ICCP", SECRET, sizeof SECRET);
    riff_chunk(&o, "ANIM", "\0\0\0\0\0", 6);
    zeros(&in, 16);
    riff_chunk(&in, "ALPH", "\0\1", 2);
    riff_chunk(&in, "NOTE", SECRET, sizeof SECRET);
    riff_chunk(&in, "VP8L", MEDIA, sizeof MEDIA);
    riff_chunk(&o, "ANMF", room, in.size);
    in.size = 0;
    text(&in, "Exif");
    zeros(&in, 2);
    tiff(&in);
    riff_chunk(&o, "EXIF", room, in.size);
    riff_chunk(&o, "XMP ", SECRET, sizeof SECRET);
    return riff_end(&o, SECRET);
}

static size_t wav(uint8_t *bytes) {
    struct out o = {bytes, 0};
    text(&o, "RIFF....WAVE");
    riff_chunk(&o, "bext", SECRET, sizeof SECRET);
    riff_chunk(&o, "fmt ", "\7\0\1\0\x40\x1f\0\0\x40\x1f\0\0\1\0\x08", 16);
    riff_chunk(&o, "LIST", "INFO" SECRET, 4 + sizeof SECRET);
    riff_chunk(&o, "data", MEDIA, sizeof MEDIA);
    riff_chunk(&o, "id3 ", SECRET, sizeof SECRET);
    return riff_end(&o, "");
}

static size_t gif(uint8_t *bytes) {
    struct out o = {bytes, 0};
    put(&o, "GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff", 19);
    put(&o, "\x21\xfe\x10" SECRET "\0", 3 + sizeof SECRET);
    put(&o, "\x21\xff\x0bNETSCAPE2.0\3\1\0\0\0", 19);
    put(&o, "\x21\xff\x0bXMP DataXMP\x10" SECRET "\0", 15 + sizeof SECRET);
    put(&o, "\x21\xf9\4\0\0\0\0\0", 8);
    put(&o, "\x2c\0\0\0\0\1\0\1\0\0\2", 11);
    be(&o, sizeof MEDIA - 1, 1);
    put(&o, MEDIA "\0", sizeof MEDIA);
    text(&o, ";" SECRET);
    return o.size;
}

static size_t amr(uint8_t *bytes) {
    struct out o = {bytes, 0};
    put(&o, "#!AMR\n\x04", 7);
    put(&o, MEDIA, 12); /* the first letters: 12 bytes of a frame of 13 */
    text(&o, "\x44");
    zeros(&o, 5);
    text(&o, SECRET);
    return o.size;
}

/* ---- MP4: a film with a track of places between its pictures ---- */

static size_t box_begin(struct out *o, const char *type) {
    size_t at = o->size;
    zeros(o, 4);
    text(o, type);
    return at;
}

static void box_end(struct out *o, size_t at) {
    be_at(o, at, o->size - at, 4);
}

static void box(struct out *o, const char *type, const void *data, size_t size) {
    size_t at = box_begin(o, type);
    put(o, data, size);
    box_end(o, at);
}

static void sample_table(struct out *o, const char *entry, const uint32_t chunk[2], uint32_t size) {
    size_t table = box_begin(o, "stbl"), at = box_begin(o, "stsd");
    be(o, 1, 8);
    size_t inner = box_begin(o, entry);
    zeros(o, 12);
    text(o, "SECR"); /* the maker */
    zeros(o, 26);
    put(o, "\x10" SECRET, 17); /* the encoder */
    zeros(o, 15);
    zeros(o, 8);
    box(o, "avcC", "\1\2\3", 3);
    box(o, "note", SECRET, sizeof SECRET);
    box(o, "colr", "prof" SECRET, 4 + sizeof SECRET);
    box_end(o, inner);
    box_end(o, at);
    box(o, "stts", "\0\0\0\0\0\0\0\1\0\0\0\2\0\0\0\1", 16);
    box(o, "stsc", "\0\0\0\0\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1", 20);
    at = box_begin(o, "stsz");
    be(o, size, 8);
    be(o, 2, 4);
    box_end(o, at);
    at = box_begin(o, "stco");
    be(o, 2, 8);
    be(o, chunk[0], 4);
    be(o, chunk[1], 4);
    box_end(o, at);
    box_end(o, table);
}

static void track(struct out *o, const char *handler, const char *entry, const uint32_t chunk[2], uint32_t size) {
    size_t trak = box_begin(o, "trak"), at = box_begin(o, "tkhd");
    be(o, 7, 4);
    text(o, SECRET);
    zeros(o, 84 - 4 - (sizeof SECRET - 1));
    memset(o->bytes + at + 8 + 12, 0, 8); /* id, reserved */
    box_end(o, at);
    size_t media = box_begin(o, "mdia");
    at = box_begin(o, "mdhd");
    zeros(o, 4);
    text(o, "SECRET43");
    be(o, 1000, 4);
    be(o, 2, 4);
    be(o, 0x15c7, 4);
    box_end(o, at);
    at = box_begin(o, "hdlr");
    zeros(o, 8);
    text(o, handler);
    text(o, "SECRET43.2N7");
    put(o, SECRET, sizeof SECRET);
    box_end(o, at);
    size_t info = box_begin(o, "minf");
    box(o, "vmhd", "\0\0\0\1\0\0\0\0\0\0\0", 12);
    at = box_begin(o, "dinf");
    box(o, "dref", "\0\0\0\0\0\0\0\1\0\0\0\x0curl \0\0\0\1", 20);
    box_end(o, at);
    sample_table(o, entry, chunk, size);
    box_end(o, info);
    box_end(o, media);
    box(o, "udta", SECRET, sizeof SECRET);
    box_end(o, trak);
}

static size_t mp4(uint8_t *bytes) {
    struct out o = {bytes, 0};
    box(&o, "ftyp", "mp42SECRisomSECR", 16);
    box(&o, "uuid", SECRET SECRET, 2 * sizeof SECRET - 2);
    size_t data = box_begin(&o, "mdat");
    uint32_t pictures[2], places[2];
    for (int i = 0; i < 2; i++) {
        pictures[i] = (uint32_t)o.size;
        text(&o, MEDIA);
        places[i] = (uint32_t)o.size;
        text(&o, SECRET);
    }
    text(&o, SECRET); /* nobody's */
    box_end(&o, data);
    size_t movie = box_begin(&o, "moov"), at = box_begin(&o, "mvhd");
    zeros(&o, 4);
    text(&o, "SECRET43");
    be(&o, 1000, 4);
    be(&o, 2, 4);
    zeros(&o, 80);
    box_end(&o, at);
    track(&o, "vide", "avc1", pictures, sizeof MEDIA - 1);
    track(&o, "meta", "gpmd", places, sizeof SECRET - 1);
    at = box_begin(&o, "udta");
    box(&o, "\xa9xyz", SECRET, sizeof SECRET);
    box_end(&o, at);
    box(&o, "meta", SECRET, sizeof SECRET);
    box_end(&o, movie);
    box(&o, "free", SECRET, sizeof SECRET);
    return o.size;
}

/* ---- Ogg ---- */

static void page(struct out *o, uint8_t flags, uint32_t number, const void *data, size_t size) {
    size_t at = o->size, segments = size / 255 + 1;
    put(o, "OggS\0", 5);
    be(o, flags, 1);
    le(o, 0, 8);
    text(o, "SECR"); /* the stream's number */
    le(o, number, 4);
    le(o, 0, 4);
    be(o, segments, 1);
    for (size_t i = 0; i < segments; i++) be(o, i + 1 < segments ? 255 : size % 255, 1);
    put(o, data, size);
    uint32_t sum = 0;
    for (size_t i = at; i < o->size; i++) {
        sum ^= (uint32_t)o->bytes[i] << 24;
        for (int bit = 0; bit < 8; bit++)
            sum = sum & 0x80000000 ? (sum & 0x7fffffff) << 1 ^ 0x04c11db7 : (sum & 0x7fffffff) << 1;
    }
    for (unsigned i = 0; i < 4; i++) o->bytes[at + 22 + i] = (uint8_t)(sum >> 8 * i & 0xff);
}

static size_t opus(uint8_t *bytes) {
    struct out o = {bytes, 0};
    page(&o, 2, 0, "OpusHead\1\1\0\0\x80\xbb\0\0\0\0", 19);
    page(&o, 0, 1, "OpusTags\x10\0\0\0" SECRET "\1\0\0\0\x10\0\0\0" SECRET, 52);
    page(&o, 4, 2, MEDIA, sizeof MEDIA);
    text(&o, SECRET);
    return o.size;
}

static size_t vorbis(uint8_t *bytes) {
    struct out o = {bytes, 0};
    page(&o, 2, 0, "\1vorbis\0\0\0\0\1\x44\xac\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xb8\1", 30);
    page(&o, 0, 1, "\3vorbis\x10\0\0\0" SECRET "\1\0\0\0\x10\0\0\0" SECRET "\1", 52);
    page(&o, 0, 2, "\5vorbis", 7);
    page(&o, 4, 3, MEDIA, sizeof MEDIA);
    return o.size;
}

/* ---- WebM ---- */

static size_t element_begin(struct out *o, uint32_t id) {
    be(o, id, id > 0xffffff ? 4 : id > 0xffff ? 3 : id > 0xff ? 2 : 1);
    zeros(o, 4);
    return o->size;
}

static void element_end(struct out *o, size_t at) {
    be_at(o, at - 4, 0x10000000 | (o->size - at), 4);
}

static void element(struct out *o, uint32_t id, const void *data, size_t size) {
    size_t at = element_begin(o, id);
    put(o, data, size);
    element_end(o, at);
}

static size_t webm_of(uint8_t *bytes, int endless) {
    struct out o = {bytes, 0};
    size_t at = element_begin(&o, 0x1a45dfa3);
    element(&o, 0x4282, "webm", 4);
    element(&o, 0xec, SECRET, sizeof SECRET);
    element_end(&o, at);
    size_t whole = element_begin(&o, 0x18538067);
    at = element_begin(&o, 0x1549a966);
    element(&o, 0x2ad7b1, "\x0f\x42\x40", 3);
    element(&o, 0x4d80, SECRET, sizeof SECRET);
    element(&o, 0x5741, SECRET, sizeof SECRET);
    element(&o, 0x7ba9, SECRET, sizeof SECRET);
    element(&o, 0x73a4, SECRET, 16);
    element(&o, 0x4461, "SECRET43", 8);
    element_end(&o, at);
    at = element_begin(&o, 0x1654ae6b);
    for (unsigned i = 1; i <= 2; i++) {
        size_t track = element_begin(&o, 0xae);
        be(&o, 0xd78100 | i, 3);
        element(&o, 0x73c5, "SECRET43", 8);
        be(&o, 0x838100 | (i == 1 ? 2 : 0x11), 3);
        element(&o, 0x86, "A_VORBIS", 8);
        size_t head = element_begin(&o, 0x63a2);
        put(&o, "\2\1\x34\1\3vorbis\x10\0\0\0" SECRET "\1\0\0\0\x10\0\0\0" SECRET "\1", 56);
        put(&o, "\5", 1);
        element_end(&o, head);
        element(&o, 0x536e, SECRET, sizeof SECRET);
        element(&o, 0x22b59c, "kaz", 3);
        element_end(&o, track);
    }
    element_end(&o, at);
    for (unsigned i = 0; i < 2; i++) {
        at = element_begin(&o, 0x1f43b675);
        put(&o, "\xe7\x81\0", 3);
        element(&o, 0xa3, "\x81\0\0\x80" MEDIA, 4 + sizeof MEDIA);
        element(&o, 0xa3, "\x82\0\0\x80" SECRET, 4 + sizeof SECRET);
        size_t group = element_begin(&o, 0xa0);
        element(&o, 0xa1, "\x82\0\0\x80" SECRET, 4 + sizeof SECRET);
        element_end(&o, group);
        if (endless)
            be_at(&o, at - 4, 0x1fffffff, 4);
        else
            element_end(&o, at);
    }
    element(&o, 0x1254c367, SECRET, sizeof SECRET); /* tags */
    for (int i = 0; i < 20; i++) zeros(&o, 0);
    size_t files = element_begin(&o, 0x1941a469);
    for (int i = 0; i < 10; i++) text(&o, SECRET);
    element_end(&o, files);
    if (endless)
        be_at(&o, whole - 4, 0x1fffffff, 4);
    else
        element_end(&o, whole);
    return o.size;
}

static size_t webm(uint8_t *bytes) {
    return webm_of(bytes, 0);
}

static size_t webm_live(uint8_t *bytes) {
    return webm_of(bytes, 1);
}

const struct media_sample media_samples[] = {
    {"jpeg", jpeg},
    {"png", png},
    {"webp", webp},
    {"wav", wav},
    {"gif", gif},
    {"amr", amr},
    {"mp4", mp4},
    {"opus", opus},
    {"vorbis", vorbis},
    {"webm", webm},
    {"webm_live", webm_live},
    {NULL, NULL},
};
