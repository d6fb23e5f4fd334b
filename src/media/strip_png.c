/*
 * strip_png.c: PNG and APNG (RFC 2083 and its third edition). Kept are the chunks that make the picture; EXIF for how
 * it is turned.
 */
#include <string.h>

#include "media/strip_internal.h"

#define KEPT "IHDRPLTEtRNSIDATgAMAcHRMsRGBcICPacTLfcTLfdAT"
#define CHUNK_MIN 12 /* length, type, checksum */
#define EXIF_SIZE (CHUNK_MIN + STRIP_TIFF_SIZE)

/* The checksum of ISO 3309; by the bit, as it is made over a few bytes and no more. */
static uint32_t crc(const uint8_t *bytes, size_t size) {
    uint32_t sum = 0xffffffff;
    for (size_t i = 0; i < size; i++) {
        sum ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) sum = sum >> 1 ^ (sum & 1 ? 0xedb88320 : 0);
    }
    return ~sum;
}

int strip_png(uint8_t *bytes, size_t *size) {
    size_t at = 8, to = 8;
    bool header = false, data = false, turned_once = false;
    for (;;) {
        if (*size - at < CHUNK_MIN) return ERR_TRUNCATED;
        size_t length = strip_be32(bytes + at);
        const uint8_t *type = bytes + at + 4;
        if (length > 0x7fffffff) return ERR_FIELD;
        if (length > *size - at - CHUNK_MIN) return ERR_TRUNCATED;
        size_t whole = length + CHUNK_MIN;
        if (!header && memcmp(type, "IHDR", 4) != 0) return ERR_FIELD;
        header = true;
        data |= memcmp(type, "IDAT", 4) == 0;
        if (memcmp(type, "IEND", 4) == 0) break;
        if (strip_in(KEPT, type)) {
            strip_move(bytes, &to, at, whole);
        } else if (memcmp(type, "eXIf", 4) == 0 && !turned_once && whole >= EXIF_SIZE) {
            unsigned turned = strip_turned(bytes + at + 8, length);
            if (turned != 0) {
                uint8_t *out = bytes + to;
                strip_put_be32(out, STRIP_TIFF_SIZE);
                memcpy(out + 4, "eXIf", 4);
                strip_turned_write(out + 8, turned);
                strip_put_be32(out + 8 + STRIP_TIFF_SIZE, crc(out + 4, 4 + STRIP_TIFF_SIZE));
                to += EXIF_SIZE;
                turned_once = true;
            }
        }
        at += whole;
    }
    if (!data || strip_be32(bytes + at) != 0) return ERR_FIELD;
    strip_move(bytes, &to, at, CHUNK_MIN);
    *size = to;
    return 0;
}
