/*
 * channel.h: frames between two peers, from the handshake to the last. doc/protocol.md, "The channel".
 *
 * A frame stands alone: it may be lost, doubled, delayed or reordered (radio), and what arrives is opened or refused by
 * itself. There is no message but frames: keys change by counter, not by agreement. The channel knows no clock and no
 * link; the streams above it see to loss and order.
 *
 *     type 1, 2    a handshake message (noise.h)
 *     type 3       counter varint ‖ sealed content
 *     type 4       counter varint ‖ sealed (content ‖ 0x80 ‖ zeros), as many zeros as bring the frame to a size class
 *
 * The caller limits what a frame costs: opening one that is not genuine costs a pass of Poly1305 over it.
 */
#ifndef CORE_CHANNEL_H
#define CORE_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/limits.h"
#include "core/noise.h"

enum channel_type {
    CHANNEL_FIRST = 1,  /* CHANNEL_FIRST_SIZE bytes, initiator to responder */
    CHANNEL_SECOND = 2, /* CHANNEL_SECOND_SIZE bytes, back */
    CHANNEL_DATA = 3,
    CHANNEL_PADDED = 4,
};

#define CHANNEL_WINDOW_WORDS (CHANNEL_WINDOW / 64 + 1)

/* The caller's memory, to be treated as opaque. Holds secrets. */
struct channel {
    bool ready; /* false: wiped; what memory of zeros means too */
    bool has_previous;
    uint8_t send_key[KEY_SIZE];     /* of the epoch of send_counter */
    uint8_t receive_key[KEY_SIZE];  /* of receive_epoch */
    uint8_t previous_key[KEY_SIZE]; /* of the epoch before, for as long as the window reaches into it */
    uint64_t send_counter;          /* of the next frame */
    uint64_t receive_epoch;
    uint64_t receive_end;                  /* the newest genuine counter + 1 */
    uint64_t window[CHANNEL_WINDOW_WORDS]; /* a bit for each counter seen, as RFC 6479 keeps them */
};

/* ---- The handshake, as frames ---- */

/* The prologue of every handshake that a channel comes from. */
#define CHANNEL_PROLOGUE "longear session 1"

/* Begin a handshake. secret is 32 random bytes for it alone; it is copied, and the caller wipes its own. */
void channel_handshake(struct noise *n, bool initiator, const uint8_t secret[KEY_SIZE]);

/* Write this side's handshake frame. Return its size; or ERR_USAGE if it is not this side's turn, ERR_SPACE, ERR_FIELD
 * as noise_write says. */
MUST_CHECK int channel_handshake_write(struct noise *n, uint8_t *frame, size_t frame_max);

/* Read the other side's handshake frame. Return 0; or ERR_USAGE if it is not its turn, ERR_FIELD, ERR_TRUNCATED,
 * ERR_TRAILING or ERR_SEAL. After an error the handshake may wait for another frame. */
MUST_CHECK int channel_handshake_read(struct noise *n, const uint8_t *frame, size_t size);

/* Make the channel of a handshake in which both frames went (n->step == NOISE_DONE), give the handshake hash and wipe
 * n. Return 0 or ERR_USAGE. */
MUST_CHECK int channel_begin(struct channel *c, struct noise *n, uint8_t handshake_hash[HASH_LONG_SIZE]);

/* ---- Frames ---- */

/* Make a channel of two keys of noise_split; they are copied, and the caller wipes its own. */
void channel_init(struct channel *c, const uint8_t send_key[KEY_SIZE], const uint8_t receive_key[KEY_SIZE]);

/*
 * Return how many bytes of content the next frame takes on a link of frames up to frame_max, of which more than
 * CHANNEL_FRAME_MAX is never used; 0 if it takes none, or if the channel has sent all the frames it may or was wiped.
 */
size_t channel_room(const struct channel *c, size_t frame_max, bool padded);

/*
 * Seal size bytes of content (0 and NULL are allowed) into the next frame. frame_max is the largest frame the link
 * takes; a padded one grows to the smallest size class that holds it: 64, 128, 200, 512, 1200, 4096, 16384 bytes, or
 * frame_max where the class would be over it. frame has room for frame_max bytes. plain may lie in the frame, anywhere:
 * whoever builds it at frame + CHANNEL_HEAD_MAX needs no other buffer. Return the frame's size, or ERR_SPACE if the
 * content is over channel_room, ERR_LIMIT if the channel has sent as many frames as it may, ERR_USAGE if it was wiped;
 * with an error no counter was spent and nothing written.
 */
MUST_CHECK int channel_seal(struct channel *c, bool padded, uint8_t *frame, size_t frame_max, const uint8_t *plain,
                            size_t size);

/*
 * Open a frame of type 3 or 4 and write its content to plain, which has room for plain_max bytes and does not overlap
 * the frame; size - CHANNEL_OPEN_LESS bytes are always enough. Give its counter. Return the content's size, or
 *
 *     ERR_EXISTS   genuine, but a double, or too old to tell
 *     ERR_SPACE    plain_max is too small; nothing is known about the frame
 *     ERR_SEAL     everything else: other bytes, another channel, keys that are gone or too far ahead, a bad pad
 *
 * With an error plain holds nothing of the frame, *counter is not changed, and the channel is as it was, but that a
 * genuine frame with a bad pad counts as seen. Only a genuine frame moves the window or the keys. A frame that is not
 * genuine costs the same whatever is wrong with it, as far as it has the size of a frame.
 */
MUST_CHECK int channel_open(struct channel *c, const uint8_t *frame, size_t size, uint8_t *plain, size_t plain_max,
                            uint64_t *counter);

/* A frame has at least this much beside its content: type, a counter of one byte, tag. */
#define CHANNEL_OPEN_LESS (2 + SEAL_SIZE)

/* Overwrite everything with zeros; such a channel seals and opens nothing. */
void channel_wipe(struct channel *c);

#endif
