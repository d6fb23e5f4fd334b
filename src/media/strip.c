/*
 * strip.c: which format it is, and what the formats share.
 */
#include "media/strip.h"

#include <string.h>

#include "media/strip_internal.h"

uint32_t strip_be16(const uint8_t *p) {
    return (uint32_t)p[0] << 8 | p[1];
}

uint32_t strip_be32(const uint8_t *p) {
    return strip_be16(p) << 16 | strip_be16(p + 2);
}

uint64_t strip_be64(const uint8_t *p) {
    return (uint64_t)strip_be32(p) << 32 | strip_be32(p + 4);
}

uint32_t strip_le32(const uint8_t *p) {
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

void strip_put_be32(uint8_t *p, uint32_t value) {
    for (int i = 0; i < 4; i++) p[i] = (uint8_t)(value >> (24 - 8 * i) & 0xff);
}

void strip_put_le32(uint8_t *p, uint32_t value) {
    for (int i = 0; i < 4; i++) p[i] = (uint8_t)(value >> 8 * i & 0xff);
}

bool strip_in(const char *list, const uint8_t code[4]) {
    for (; *list; list += 4)
        if (memcmp(list, code, 4) == 0) return true;
    return false;
}

void strip_move(uint8_t *bytes, size_t *to, size_t from, size_t size) {
    memmove(bytes + *to, bytes + from, size);
    *to += size;
}

/* ---- Which way up ---- */

#define TAG_ORIENTATION 0x0112

struct tiff {
    const uint8_t *bytes;
    bool big;
};

static uint32_t tiff_16(const struct tiff *t, size_t at) {
    return t->big ? strip_be16(t->bytes + at) : (uint32_t)t->bytes[at + 1] << 8 | t->bytes[at];
}

unsigned strip_turned(const uint8_t *bytes, size_t size) {
    struct tiff t = {bytes, size > 0 && bytes[0] == 'M'};
    if (size < 14 || (memcmp(bytes, "II*\0", 4) != 0 && memcmp(bytes, "MM\0*", 4) != 0)) return 0;
    size_t at = t.big ? strip_be32(bytes + 4) : strip_le32(bytes + 4);
    if (at > size - 2) return 0;
    uint32_t count = tiff_16(&t, at);
    for (at += 2; count > 0 && at + 12 <= size; count--, at += 12) {
        if (tiff_16(&t, at) != TAG_ORIENTATION || tiff_16(&t, at + 2) != 3) continue;
        uint32_t turned = tiff_16(&t, at + 8);
        return turned >= 2 && turned <= 8 ? turned : 0;
    }
    return 0;
}

void strip_turned_write(uint8_t out[STRIP_TIFF_SIZE], unsigned turned) {
    static const uint8_t bare[STRIP_TIFF_SIZE] = {'M', 'M', 0, '*', 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1};
    memcpy(out, bare, sizeof bare);
    out[19] = (uint8_t)turned;
}

/* ---- Which format ---- */

/* In this order: the first that fits. */
static const struct {
    uint8_t at, size;
    uint8_t form; /* enum strip_form */
    const char *bytes;
} magics[] = {
    {0, 3, STRIP_JPEG, "\xff\xd8\xff"},
    {0, 8, STRIP_PNG, "\x89PNG\r\n\x1a\n"},
    {0, 6, STRIP_GIF, "GIF87a"},
    {0, 6, STRIP_GIF, "GIF89a"},
    {8, 4, STRIP_WEBP, "WEBP"},
    {8, 4, STRIP_WAV, "WAVE"},
    {0, 6, STRIP_AMR, "#!AMR\n"},
    {0, 4, STRIP_OGG, "OggS"},
    {0, 4, STRIP_WEBM, "\x1a\x45\xdf\xa3"},
    {4, 7, STRIP_HEIF, "ftyphei"},
    {4, 7, STRIP_HEIF, "ftyphev"},
    {4, 8, STRIP_HEIF, "ftypmif1"},
    {4, 8, STRIP_HEIF, "ftypmsf1"},
    {4, 7, STRIP_HEIF, "ftypavi"},
    {4, 7, STRIP_FOREIGN, "ftypcrx"}, /* Canon's raw photos */
    {4, 4, STRIP_ISO, "ftyp"},
    {4, 4, STRIP_ISO, "moov"}, /* QuickTime before there was ftyp */
    {4, 4, STRIP_ISO, "mdat"},
    {4, 4, STRIP_ISO, "wide"},
    {0, 4, STRIP_FOREIGN, "II*\0"}, /* TIFF, and most raw photos */
    {0, 4, STRIP_FOREIGN, "MM\0*"},
    {0, 4, STRIP_FOREIGN, "IIRO"}, /* Olympus, Panasonic */
    {0, 4, STRIP_FOREIGN, "IIU\0"},
    {0, 4, STRIP_FOREIGN, "FUJI"},
    {0, 4, STRIP_FOREIGN, "\0MRM"},
    {0, 4, STRIP_FOREIGN, "FOVb"},
    {0, 4, STRIP_FOREIGN, "8BPS"},
    {0, 4, STRIP_FOREIGN, "RIFF"}, /* AVI and others */
    {0, 4, STRIP_FOREIGN, "FORM"}, /* AIFF */
    {0, 4, STRIP_FOREIGN, "fLaC"},
    {0, 3, STRIP_FOREIGN, "ID3"}, /* MP3 */
    {0, 3, STRIP_FOREIGN, "FLV"},
    {0, 4, STRIP_FOREIGN, "\x30\x26\xb2\x75"}, /* WMV, WMA */
    {0, 4, STRIP_FOREIGN, "\0\0\1\xba"},       /* MPEG */
    {0, 4, STRIP_FOREIGN, "\0\0\1\xb3"},
    {0, 8, STRIP_FOREIGN, "\0\0\0\x0cJXL "},
    {0, 8, STRIP_FOREIGN, "\0\0\0\x0cjP  "},
};

enum strip_form strip_form_of(const uint8_t *head, size_t size) {
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++) {
        size_t end = (size_t)magics[i].at + magics[i].size;
        if (size >= end && memcmp(head + magics[i].at, magics[i].bytes, magics[i].size) == 0)
            return (enum strip_form)magics[i].form;
    }
    /* The first frame of an MP3 without a tag, or of AAC. */
    return size >= 2 && head[0] == 0xff && (head[1] & 0xe0) == 0xe0 ? STRIP_FOREIGN : STRIP_OTHER;
}

int strip_media(uint8_t *bytes, size_t *size) {
    switch (strip_form_of(bytes, *size)) {
    case STRIP_JPEG: return strip_jpeg(bytes, size);
    case STRIP_PNG: return strip_png(bytes, size);
    case STRIP_WEBP: return strip_webp(bytes, size);
    case STRIP_GIF: return strip_gif(bytes, size);
    case STRIP_WAV: return strip_wav(bytes, size);
    case STRIP_AMR: return strip_amr(bytes, size);
    case STRIP_ISO: return strip_iso(bytes, size);
    case STRIP_OGG: return strip_ogg(bytes, size);
    case STRIP_WEBM: return strip_webm(bytes, size);
    case STRIP_OTHER:
    case STRIP_FOREIGN:
    case STRIP_HEIF: break;
    }
    return ERR_UNSUPPORTED;
}
