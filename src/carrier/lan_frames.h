/*
 * lan_frames.h: frames out of a stream of bytes: size u16, little-endian ‖ frame (1 to CHANNEL_FRAME_MAX bytes).
 */
#ifndef CARRIER_LAN_FRAMES_H
#define CARRIER_LAN_FRAMES_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/limits.h"

/* Zeros: nothing was read. */
struct lan_frames {
    size_t fill;
    uint8_t partial[LAN_PREFIX_SIZE + CHANNEL_FRAME_MAX]; /* of a frame that is not whole */
};

/*
 * Take bytes from *data, which is moved on and *size counted down, up to the end of a frame. Return 1 and the frame,
 * borrowed from the data or from *f until the next call; 0 if all was taken and no frame is whole; or ERR_FIELD or
 * ERR_LIMIT: a size of 0, or over CHANNEL_FRAME_MAX, after which nothing in this stream can be understood.
 */
MUST_CHECK int lan_frames_next(struct lan_frames *f, const uint8_t **data, size_t *size, const uint8_t **frame,
                               size_t *frame_size);

/* Write the prefix of a frame of size bytes, 1 to CHANNEL_FRAME_MAX. */
void lan_frames_prefix(uint8_t out[LAN_PREFIX_SIZE], size_t size);

#endif
