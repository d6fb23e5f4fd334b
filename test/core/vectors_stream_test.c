/*
 * Frames of streams against the known answers of test/vectors/stream.json, which a second implementation made from
 * doc/protocol.md alone: which ack answers which frames, which frames carry what was written, what is taken and what is
 * refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/stream.h"
#include "test/core/vectors_util.h"

static struct streams *s;
static uint8_t frame[CHANNEL_FRAME_MAX];

static int setup(void **state) {
    (void)state;
    s = malloc(sizeof *s);
    return s ? 0 : -1;
}

static int teardown(void **state) {
    (void)state;
    free(s);
    return 0;
}

/* An end that has sent ten frames, counters 0 to 9. */
static void ten_sent(void) {
    streams_init(s, 1000);
    for (unsigned i = 0; i < 10; i++) {
        streams_ping(s);
        assert_int_equal(streams_send(s, i, frame, sizeof frame, 0), 1);
    }
}

static void test_acks(void **state) {
    (void)state;
    const json_t *list = vec_array(vec_load("stream"), "acks");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *v = json_array_get(list, i), *heard = vec_array(v, "heard");
        streams_init(s, 1000);
        for (size_t j = 0; j < json_array_size(heard); j++) {
            const uint64_t counter = (uint64_t)json_integer_value(json_array_get(heard, j));
            vec_expect_err(streams_recv(s, counter, (const uint8_t[]){0x02}, 1, 0), NULL, "ack", "ping");
        }
        const size_t size = streams_send(s, 0, frame, 1200, 1000);
        vec_expect_bytes(frame, size, vec_bytes(v, "ack"), "ack", "content");
    }
    vec_done(7 * 2);
}

static void test_frames(void **state) {
    (void)state;
    const json_t *list = vec_array(vec_load("stream"), "frames");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *v = json_array_get(list, i), *written = vec_array(v, "streams");
        const json_t *contents = vec_array(v, "contents");
        streams_init(s, 1000);
        for (unsigned j = 0; j < STREAM_COUNT; j++) {
            const struct vec bytes = vec_bytes_of(json_array_get(written, j));
            assert_true(bytes.size <= streams_room(s, j));
            if (bytes.size > 0) memcpy(streams_place(s, j), bytes.data, bytes.size);
            streams_wrote(s, j, bytes.size);
        }
        for (size_t j = 0; j < json_array_size(contents); j++) {
            const size_t size = streams_send(s, j, frame, (size_t)vec_int(v, "max"), 0);
            vec_expect_bytes(frame, size, vec_bytes_of(json_array_get(contents, j)), "frames", "content");
        }
        vec_expect_int(streams_send(s, 9999, frame, sizeof frame, 0) > 0, 0, "frames", "one more");
    }
    vec_done(7 * 2);
}

static void test_taken(void **state) {
    (void)state;
    const json_t *list = vec_array(vec_load("stream"), "taken");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *v = json_array_get(list, i), *contents = vec_array(v, "contents");
        const char *name = vec_text(v, "name");
        ten_sent();
        for (size_t j = 0; j < json_array_size(contents); j++) {
            const struct vec content = vec_bytes_of(json_array_get(contents, j));
            vec_expect_err(streams_recv(s, j, content.data, content.size, 5), NULL, name, "taken");
        }
        for (unsigned j = 0; j < STREAM_COUNT; j++) {
            size_t size;
            const uint8_t *bytes = streams_read(s, j, &size);
            vec_expect_bytes(bytes, size, vec_bytes_of(json_array_get(vec_array(v, "ready"), j)), name, "ready");
            vec_expect_int((int64_t)s->out[j].credit, json_integer_value(json_array_get(vec_array(v, "limits"), j)),
                           name, "limit");
        }
        /* What is acked is no longer on its way; three counters below the highest is lost. */
        const json_t *acked = vec_array(v, "acked");
        bool is_acked[10] = {false};
        int64_t highest = -1, out = 0;
        for (size_t j = 0; j < json_array_size(acked); j++) {
            const int64_t counter = json_integer_value(json_array_get(acked, j));
            is_acked[counter] = true;
            if (counter > highest) highest = counter;
        }
        for (int64_t j = 0; j < 10; j++) out += !is_acked[j] && j > highest - STREAM_REORDER;
        vec_expect_int(s->flight_out, out, name, "frames on their way");
    }
    vec_done(10 * 8);
}

static void test_refused(void **state) {
    (void)state;
    const json_t *list = vec_array(vec_load("stream"), "refused");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *v = json_array_get(list, i);
        const struct vec content = vec_bytes(v, "content");
        ten_sent();
        vec_expect_err(streams_recv(s, 0, content.data, content.size, 5), vec_text(v, "error"), vec_text(v, "name"),
                       "take");
    }
    vec_done(21);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_acks),
        cmocka_unit_test(test_frames),
        cmocka_unit_test(test_taken),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
