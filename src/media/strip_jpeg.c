/*
 * strip_jpeg.c: JPEG (ITU-T T.81). Kept are frame, tables and scans up to the first EOI; JFIF without its thumbnail,
 * Adobe's segment for its transform, EXIF for how the picture is turned. What stands behind EOI (more pictures, films,
 * makers' trailers) is gone, and so are colour profiles: most say sRGB, and they name makers.
 */
#include <string.h>

#include "media/strip_internal.h"

#define SOI 0xd8
#define EOI 0xd9
#define SOS 0xda
#define DQT 0xdb
#define DNL 0xdc
#define DRI 0xdd
#define SOF_FIRST 0xc0
#define SOF_LAST 0xcf
#define DHT 0xc4
#define JPG 0xc8
#define DAC 0xcc
#define APP0 0xe0
#define APP1 0xe1
#define APP14 0xee

#define JFIF_SIZE 18 /* with its marker */
#define ADOBE_SIZE 16
#define EXIF_SIZE (4 + 6 + STRIP_TIFF_SIZE)

struct jpeg {
    uint8_t *bytes;
    size_t to; /* end of what is kept */
    bool frame, scan, turned;
};

static bool is_frame(uint8_t marker) {
    return marker >= SOF_FIRST && marker <= SOF_LAST && marker != DHT && marker != JPG && marker != DAC;
}

/* Write what is left of JFIF: the shape of a pixel, no density. */
static void jfif(struct jpeg *j, size_t from) {
    uint8_t out[JFIF_SIZE] = {0xff, APP0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1};
    const uint8_t *in = j->bytes + from;
    if (in[11] == 0 && strip_be16(in + 12) != 0 && strip_be16(in + 14) != 0) memcpy(out + 12, in + 12, 4);
    memcpy(j->bytes + j->to, out, sizeof out);
    j->to += sizeof out;
}

static void adobe(struct jpeg *j, size_t from) {
    uint8_t out[ADOBE_SIZE] = {0xff, APP14, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100};
    out[15] = j->bytes[from + 15];
    memcpy(j->bytes + j->to, out, sizeof out);
    j->to += sizeof out;
}

static void exif(struct jpeg *j, size_t from, size_t size) {
    static const uint8_t head[10] = {0xff, APP1, 0, EXIF_SIZE - 2, 'E', 'x', 'i', 'f'};
    unsigned turned = strip_turned(j->bytes + from + 10, size - 10);
    if (turned == 0 || j->turned || size < EXIF_SIZE) return;
    memcpy(j->bytes + j->to, head, sizeof head);
    strip_turned_write(j->bytes + j->to + sizeof head, turned);
    j->to += EXIF_SIZE;
    j->turned = true;
}

/* Keep what is needed of a segment, marker and length included. */
static void segment(struct jpeg *j, size_t from, size_t size) {
    const uint8_t *in = j->bytes + from;
    uint8_t marker = in[1];
    if (marker == APP0 && size >= JFIF_SIZE && memcmp(in + 4, "JFIF", 5) == 0)
        jfif(j, from);
    else if (marker == APP14 && size >= ADOBE_SIZE && memcmp(in + 4, "Adobe", 5) == 0)
        adobe(j, from);
    else if (marker == APP1 && size >= 10 && memcmp(in + 4, "Exif\0\0", 6) == 0)
        exif(j, from, size);
    else if ((marker >= SOF_FIRST && marker <= SOF_LAST && marker != JPG) || (marker >= SOS && marker <= DRI)) {
        j->frame |= is_frame(marker);
        j->scan |= marker == SOS;
        strip_move(j->bytes, &j->to, from, size);
    }
}

/* Return where the coded bytes of a scan end: at the next marker that is not part of them. */
static size_t scan_end(const uint8_t *bytes, size_t at, size_t size) {
    while (at + 1 < size) {
        const uint8_t *found = memchr(bytes + at, 0xff, size - 1 - at);
        if (found == NULL) break;
        at = (size_t)(found - bytes);
        uint8_t next = bytes[at + 1];
        if (next == 0xff)
            at++;
        else if (next != 0 && (next & 0xf8) != 0xd0)
            return at;
        else
            at += 2;
    }
    return size;
}

int strip_jpeg(uint8_t *bytes, size_t *size) {
    struct jpeg j = {.bytes = bytes, .to = 2};
    size_t at = 2;
    for (;;) {
        if (at + 2 > *size) return ERR_TRUNCATED;
        if (bytes[at] != 0xff) return ERR_FIELD;
        uint8_t marker = bytes[at + 1];
        if (marker == 0xff) { /* fill */
            at++;
            continue;
        }
        if (marker == EOI) break;
        if (marker < SOF_FIRST || (marker & 0xf8) == 0xd0 || marker == SOI) return ERR_FIELD;
        if (at + 4 > *size) return ERR_TRUNCATED;
        size_t length = 2 + strip_be16(bytes + at + 2);
        if (length < 4) return ERR_FIELD;
        if (length > *size - at) return ERR_TRUNCATED;
        segment(&j, at, length);
        at += length;
        if (marker != SOS) continue;
        size_t end = scan_end(bytes, at, *size);
        strip_move(bytes, &j.to, at, end - at);
        at = end;
    }
    if (!j.frame || !j.scan) return ERR_FIELD;
    strip_move(bytes, &j.to, at, 2);
    *size = j.to;
    return 0;
}
