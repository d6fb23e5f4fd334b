/*
 * lan_frames.c: frames out of a stream of bytes. A frame that lies whole in the data is not copied.
 */
#include "carrier/lan_frames.h"

#include <string.h>

#include "core/check.h"

_Static_assert(CHANNEL_FRAME_MAX <= UINT16_MAX, "a size fits its prefix");

static int size_read(const uint8_t *prefix, size_t *size) {
    *size = (size_t)prefix[0] | (size_t)prefix[1] << 8;
    if (*size == 0) return ERR_FIELD;
    return *size > CHANNEL_FRAME_MAX ? ERR_LIMIT : 0;
}

/* Move bytes into the partial frame until it has goal bytes; false if they do not suffice. */
static int partial_fill(struct lan_frames *f, size_t goal, const uint8_t **data, size_t *size) {
    size_t part = f->fill < goal ? goal - f->fill : 0;
    if (part > *size) part = *size;
    if (part > 0) memcpy(f->partial + f->fill, *data, part);
    f->fill += part;
    *data += part;
    *size -= part;
    return f->fill >= goal;
}

int lan_frames_next(struct lan_frames *f, const uint8_t **data, size_t *size, const uint8_t **frame,
                    size_t *frame_size) {
    size_t want;
    int err;
    if (f->fill == 0 && *size >= LAN_PREFIX_SIZE) {
        err = size_read(*data, &want);
        if (err) return err;
        if (*size - LAN_PREFIX_SIZE >= want) {
            *frame = *data + LAN_PREFIX_SIZE;
            *frame_size = want;
            *data += LAN_PREFIX_SIZE + want;
            *size -= LAN_PREFIX_SIZE + want;
            return 1;
        }
    }
    if (!partial_fill(f, LAN_PREFIX_SIZE, data, size)) return 0;
    err = size_read(f->partial, &want);
    if (err) return err;
    if (!partial_fill(f, LAN_PREFIX_SIZE + want, data, size)) return 0;
    *frame = f->partial + LAN_PREFIX_SIZE;
    *frame_size = want;
    f->fill = 0;
    return 1;
}

void lan_frames_prefix(uint8_t out[LAN_PREFIX_SIZE], size_t size) {
    CHECK(size > 0 && size <= CHANNEL_FRAME_MAX);
    out[0] = (uint8_t)size;
    out[1] = (uint8_t)(size >> 8);
}
