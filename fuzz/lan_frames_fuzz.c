/*
 * Fuzz: a stream of TCP bytes, cut as its first bytes say. However it is cut, the same frames come out as of the whole
 * in one piece, and the same error ends it.
 *
 *   n (1) ‖ n cuts, each u16: sizes of pieces, used in turn ‖ the stream
 */
#include <stdlib.h>
#include <string.h>

#include "carrier/lan_frames.h"
#include "core/bytes.h"
#include "core/check.h"

/* What came out: how often, and a digest of it that depends on order and sizes. */
struct outcome {
    uint64_t frames, digest;
    int err;
};

static void frame_note(struct outcome *o, const uint8_t *frame, size_t size) {
    CHECK(size > 0 && size <= CHANNEL_FRAME_MAX);
    o->frames++;
    o->digest = o->digest * 1099511628211U + size;
    for (size_t i = 0; i < size; i++) o->digest = (o->digest ^ frame[i]) * 1099511628211U;
}

/* Give the stream in pieces, each in a block of its own so that a read beyond it is found. */
static struct outcome take(const uint8_t *data, size_t size, const uint8_t *cuts, size_t cut_count) {
    struct lan_frames *f = calloc(1, sizeof *f);
    struct outcome o = {.frames = 0};
    CHECK(f != NULL);
    for (size_t at = 0, turn = 0; at < size && !o.err; turn++) {
        size_t piece = size - at, frame_size;
        if (cut_count > 0) {
            const uint8_t *cut = cuts + 2 * (turn % cut_count);
            size_t wanted = 1 + ((size_t)cut[0] | (size_t)cut[1] << 8);
            if (wanted < piece) piece = wanted;
        }
        uint8_t *block = malloc(piece);
        CHECK(block != NULL);
        memcpy(block, data + at, piece);
        const uint8_t *next = block, *frame;
        size_t left = piece;
        int got;
        while ((got = lan_frames_next(f, &next, &left, &frame, &frame_size)) > 0) frame_note(&o, frame, frame_size);
        CHECK(got < 0 || left == 0);
        o.err = got;
        free(block);
        at += piece;
    }
    free(f);
    return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct reader in;
    reader_init(&in, data, size);
    size_t cut_count = reader_u8(&in) % 16;
    const uint8_t *cuts = reader_bytes(&in, 2 * cut_count);
    if (!cuts) return 0;
    size_t stream_size = reader_left(&in);
    const uint8_t *stream = reader_bytes(&in, stream_size);
    if (!stream) return 0;
    struct outcome whole = take(stream, stream_size, NULL, 0), cut = take(stream, stream_size, cuts, cut_count);
    CHECK(whole.frames == cut.frames && whole.digest == cut.digest && whole.err == cut.err);
    return 0;
}
