/*
 * strip_riff.c: what is made of RIFF chunks: WebP (RFC 9649) and WAV. Kept are the chunks that make picture or sound;
 * of WebP's EXIF how the picture is turned.
 */
#include <string.h>

#include "media/strip_internal.h"

#define HEAD_SIZE 12
#define CHUNK_HEAD 8
#define FRAME_HEAD 16 /* of ANMF, before the chunks in it */
#define VP8X_SIZE 10
#define EXIF_SIZE (CHUNK_HEAD + STRIP_TIFF_SIZE)

/* Flags of VP8X. */
#define WITH_ANIMATION 0x02
#define WITH_EXIF 0x08
#define WITH_ALPHA 0x10

/* Read the head of a chunk: its size with head and padding. The last one may lack its padding. */
static int chunk_read(const uint8_t *bytes, size_t at, size_t end, size_t *length, size_t *whole) {
    if (end - at < CHUNK_HEAD) return ERR_TRUNCATED;
    *length = strip_le32(bytes + at + 4);
    if (*length > end - at - CHUNK_HEAD) return ERR_TRUNCATED;
    *whole = CHUNK_HEAD + *length;
    if (*length % 2 != 0 && *whole < end - at) (*whole)++;
    return 0;
}

/* Move a chunk down; its padding is one zero. The room for it is there: the chunk was padded or is the last. */
static void chunk_keep(uint8_t *bytes, size_t *to, size_t at, size_t length, size_t whole) {
    size_t size = CHUNK_HEAD + length;
    strip_move(bytes, to, at, size);
    if (whole > size) bytes[(*to)++] = 0;
}

/* Move a frame of an animation down with the chunks in it that make its picture. */
static int frame_keep(uint8_t *bytes, size_t *to, size_t at, size_t length) {
    size_t begin = *to, end = at + CHUNK_HEAD + length;
    if (length < FRAME_HEAD) return ERR_FIELD;
    strip_move(bytes, to, at, CHUNK_HEAD + FRAME_HEAD);
    for (at += CHUNK_HEAD + FRAME_HEAD; at < end;) {
        size_t inner, whole;
        int err = chunk_read(bytes, at, end, &inner, &whole);
        if (err) return err;
        if (strip_in("VP8 VP8LALPH", bytes + at)) chunk_keep(bytes, to, at, inner, whole);
        at += whole;
    }
    strip_put_le32(bytes + begin + 4, (uint32_t)(*to - begin - CHUNK_HEAD));
    if ((*to - begin) % 2 != 0 && *to < end) bytes[(*to)++] = 0;
    return 0;
}

static unsigned exif_turned(const uint8_t *data, size_t size) {
    if (size >= 6 && memcmp(data, "Exif\0\0", 6) == 0) return strip_turned(data + 6, size - 6);
    return strip_turned(data, size);
}

int strip_webp(uint8_t *bytes, size_t *size) {
    if (memcmp(bytes, "RIFF", 4) != 0) return ERR_FIELD;
    size_t end = strip_le32(bytes + 4), to = HEAD_SIZE, flags_at = 0;
    bool picture = false;
    if (end < HEAD_SIZE - 8) return ERR_FIELD;
    if (end > *size - 8) return ERR_TRUNCATED;
    end += 8;
    for (size_t at = HEAD_SIZE, whole; at < end; at += whole) {
        size_t length;
        int err = chunk_read(bytes, at, end, &length, &whole);
        if (err) return err;
        const uint8_t *type = bytes + at;
        if (memcmp(type, "VP8X", 4) == 0) {
            if (at != HEAD_SIZE || length != VP8X_SIZE) return ERR_FIELD;
            strip_move(bytes, &to, at, whole);
            flags_at = HEAD_SIZE + CHUNK_HEAD;
            bytes[flags_at] &= WITH_ANIMATION | WITH_ALPHA;
            memset(bytes + flags_at + 1, 0, 3);
        } else if (memcmp(type, "ANMF", 4) == 0) {
            err = frame_keep(bytes, &to, at, length);
            if (err) return err;
            picture = true;
        } else if (strip_in("VP8 VP8LALPHANIM", type)) {
            picture |= memcmp(type, "VP8", 3) == 0;
            chunk_keep(bytes, &to, at, length, whole);
        } else if (memcmp(type, "EXIF", 4) == 0 && flags_at > 0 && whole >= EXIF_SIZE &&
                   !(bytes[flags_at] & WITH_EXIF)) {
            unsigned turned = exif_turned(bytes + at + CHUNK_HEAD, length);
            if (turned == 0) continue;
            memcpy(bytes + to, "EXIF", 4);
            strip_put_le32(bytes + to + 4, STRIP_TIFF_SIZE);
            strip_turned_write(bytes + to + CHUNK_HEAD, turned);
            to += EXIF_SIZE;
            bytes[flags_at] |= WITH_EXIF;
        }
    }
    if (!picture) return ERR_FIELD;
    strip_put_le32(bytes + 4, (uint32_t)(to - 8));
    *size = to;
    return 0;
}

int strip_wav(uint8_t *bytes, size_t *size) {
    if (memcmp(bytes, "RIFF", 4) != 0) return ERR_FIELD;
    size_t to = HEAD_SIZE;
    bool format = false, data = false;
    for (size_t at = HEAD_SIZE, whole; at < *size && !data; at += whole) {
        size_t length;
        int err = chunk_read(bytes, at, *size, &length, &whole);
        if (err) return err;
        if (!strip_in("fmt factdata", bytes + at)) continue;
        format |= memcmp(bytes + at, "fmt ", 4) == 0;
        data = memcmp(bytes + at, "data", 4) == 0;
        chunk_keep(bytes, &to, at, length, whole);
    }
    if (!format || !data) return ERR_FIELD;
    strip_put_le32(bytes + 4, (uint32_t)(to - 8));
    *size = to;
    return 0;
}
