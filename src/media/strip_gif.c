/*
 * strip_gif.c: GIF (GIF89a), and AMR, which has frames and nothing else (RFC 4867). Of GIF's extensions two are kept:
 * how long a frame stands, and how often an animation runs.
 */
#include <string.h>

#include "media/strip_internal.h"

#define IMAGE 0x2c
#define EXTENSION 0x21
#define TRAILER 0x3b
#define CONTROL 0xf9
#define APPLICATION 0xff

static size_t table_size(uint8_t flags) {
    return flags & 0x80 ? (size_t)3 << ((flags & 7) + 1) : 0;
}

/* Return where the sub-blocks that begin at a place end, 0 if the file ends before. */
static size_t blocks_end(const uint8_t *bytes, size_t at, size_t size) {
    while (at < size) {
        size_t length = bytes[at];
        if (length == 0) return at + 1;
        at += 1 + length;
    }
    return 0;
}

static bool extension_is_needed(const uint8_t *in, size_t size) {
    if (in[1] == CONTROL) return size == 8;
    return in[1] == APPLICATION && size == 19 && in[2] == 11 &&
           (memcmp(in + 3, "NETSCAPE2.0", 11) == 0 || memcmp(in + 3, "ANIMEXTS1.0", 11) == 0);
}

int strip_gif(uint8_t *bytes, size_t *size) {
    if (*size < 13) return ERR_TRUNCATED;
    size_t at = 13 + table_size(bytes[10]), to = at;
    bool image = false;
    for (;;) {
        size_t end;
        if (at >= *size) return ERR_TRUNCATED;
        if (bytes[at] == TRAILER) break;
        if (bytes[at] == IMAGE) {
            if (*size - at < 10) return ERR_TRUNCATED;
            end = blocks_end(bytes, at + 11 + table_size(bytes[at + 9]), *size);
            image = true;
        } else if (bytes[at] == EXTENSION) {
            end = blocks_end(bytes, at + 2, *size);
        } else {
            return ERR_FIELD;
        }
        if (end == 0) return ERR_TRUNCATED;
        if (bytes[at] == IMAGE || extension_is_needed(bytes + at, end - at)) strip_move(bytes, &to, at, end - at);
        at = end;
    }
    if (!image) return ERR_FIELD;
    bytes[to++] = TRAILER;
    *size = to;
    return 0;
}

int strip_amr(uint8_t *bytes, size_t *size) {
    static const uint8_t sizes[16] = {13, 14, 16, 18, 20, 21, 27, 32, 6, 0, 0, 0, 0, 0, 0, 1};
    size_t at = 6;
    while (at < *size) {
        size_t frame = (bytes[at] & 0x83) == 0 ? sizes[bytes[at] >> 3 & 15] : 0;
        if (frame == 0 || frame > *size - at) break; /* nothing but frames goes on */
        at += frame;
    }
    if (at == 6) return ERR_FIELD;
    *size = at;
    return 0;
}
