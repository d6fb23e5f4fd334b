/*
 * Frames out of a stream of bytes. Shows that frames come out whole and in order however the stream is cut, against the
 * list that was written, and that sizes which can't be end it at once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "carrier/lan_frames.h"
#include "test/property_util.h"

#define FRAMES 6

static uint8_t stream[FRAMES * (LAN_PREFIX_SIZE + CHANNEL_FRAME_MAX)];
static size_t starts[FRAMES], sizes[FRAMES], stream_size;
static struct lan_frames frames;

static void stream_make(struct rng *g, const size_t *lengths) {
    stream_size = 0;
    for (unsigned i = 0; i < FRAMES; i++) {
        lan_frames_prefix(stream + stream_size, lengths[i]);
        starts[i] = stream_size + LAN_PREFIX_SIZE;
        sizes[i] = lengths[i];
        rng_bytes(g, stream + starts[i], lengths[i]);
        stream_size = starts[i] + lengths[i];
    }
}

/* Take a piece; every frame that ends in it is the next one. The piece is copied so that a read beyond it is found. */
static void piece_take(const uint8_t *bytes, size_t size, unsigned *next) {
    static uint8_t copy[sizeof stream];
    const uint8_t *data = copy + sizeof copy - size, *frame;
    size_t left = size, frame_size;
    int got;
    memcpy(copy + sizeof copy - size, bytes, size);
    while ((got = lan_frames_next(&frames, &data, &left, &frame, &frame_size)) > 0) {
        assert_true(*next < FRAMES);
        assert_int_equal(frame_size, sizes[*next]);
        assert_memory_equal(frame, stream + starts[*next], frame_size);
        ++*next;
    }
    assert_int_equal(got, 0);
    assert_int_equal(left, 0);
}

static void test_every_cut(void **state) {
    struct rng g;
    (void)state;
    rng_begin(&g, "lan frames, every cut");
    stream_make(&g, (const size_t[FRAMES]){1, 2, 255, 256, 1, 300});
    for (size_t first = 0; first <= stream_size; first++) {
        size_t second = first + (size_t)rng_below(&g, stream_size - first + 1);
        unsigned next = 0;
        memset(&frames, 0, sizeof frames);
        piece_take(stream, first, &next);
        piece_take(stream + first, second - first, &next);
        piece_take(stream + second, stream_size - second, &next);
        assert_int_equal(next, FRAMES);
    }
}

static void test_byte_by_byte_and_large(void **state) {
    struct rng g;
    unsigned next = 0;
    (void)state;
    rng_begin(&g, "lan frames, large");
    stream_make(&g, (const size_t[FRAMES]){CHANNEL_FRAME_MAX, 1, CHANNEL_FRAME_MAX - 1, 200, CHANNEL_FRAME_MAX, 7});
    memset(&frames, 0, sizeof frames);
    for (size_t i = 0; i < stream_size; i++) piece_take(stream + i, 1, &next);
    assert_int_equal(next, FRAMES);
    for (unsigned round = 0; round < 200; round++) {
        next = 0;
        for (size_t at = 0, size; at < stream_size; at += size) {
            size = 1 + (size_t)rng_below(&g, stream_size - at);
            piece_take(stream + at, size, &next);
        }
        assert_int_equal(next, FRAMES);
    }
}

static int bad_take(const uint8_t *bytes, size_t size, size_t cut) {
    const uint8_t *frame;
    size_t frame_size, left = cut;
    const uint8_t *data = bytes;
    memset(&frames, 0, sizeof frames);
    int got = lan_frames_next(&frames, &data, &left, &frame, &frame_size);
    if (got != 0) return got;
    left = size - cut;
    data = bytes + cut;
    return lan_frames_next(&frames, &data, &left, &frame, &frame_size);
}

static void test_sizes_that_cannot_be(void **state) {
    static const uint8_t none[] = {0, 0, 9}, large[] = {0x01, 0x40, 9}, largest[] = {0xff, 0xff, 9};
    (void)state;
    for (size_t cut = 0; cut <= 3; cut++) {
        assert_int_equal(bad_take(none, sizeof none, cut), ERR_FIELD);
        assert_int_equal(bad_take(large, sizeof large, cut), ERR_LIMIT);
        assert_int_equal(bad_take(largest, sizeof largest, cut), ERR_LIMIT);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_cut),
        cmocka_unit_test(test_byte_by_byte_and_large),
        cmocka_unit_test(test_sizes_that_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
