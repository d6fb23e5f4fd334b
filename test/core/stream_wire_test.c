/*
 * Single frames of streams, written by hand: what is refused, what is kept, what is told in an ack. A receiver is held
 * against naive twins that remember every byte and every counter.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/stream.h"
#include "test/property_util.h"

static struct streams *s;
static uint8_t frame[4096];

static int setup(void **state) {
    (void)state;
    s = malloc(sizeof *s);
    if (!s) return -1;
    memset(s, 0xa5, sizeof *s); /* init leaves nothing to chance */
    streams_init(s, 1000);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    free(s);
    return 0;
}

/* Take a frame from a copy of exactly its size. */
static int take(uint64_t counter, const uint8_t *bytes, size_t size, uint64_t now_ms) {
    uint8_t *copy = malloc(size + (size == 0));
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    const int err = streams_recv(s, counter, copy, size, now_ms);
    free(copy);
    return err;
}
#define TAKE(counter, ...) take((counter), (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}), 10)

static int take_data(uint64_t counter, unsigned stream, uint64_t offset, const uint8_t *bytes, size_t size) {
    struct writer w;
    writer_init(&w, frame, sizeof frame);
    writer_u8(&w, (uint8_t)(0x10 + stream));
    writer_varint(&w, offset);
    writer_varint(&w, size);
    writer_bytes(&w, bytes, size);
    assert_int_equal(w.err, 0);
    return take(counter, frame, w.at, 10);
}

static void write_text(unsigned stream, const char *text) {
    memcpy(streams_place(s, stream), text, strlen(text));
    streams_wrote(s, stream, strlen(text));
}

/* ---- Refused ---- */

static void test_refused(void **state) {
    (void)state;
    static const uint8_t zeros[1001];
    assert_int_equal(TAKE(0, 0x00), ERR_FIELD);
    assert_int_equal(TAKE(0, 0x03), ERR_FIELD);
    assert_int_equal(TAKE(0, 0x13, 0, 1, 'a'), ERR_FIELD);
    assert_int_equal(TAKE(0, 0x23, 1), ERR_FIELD);
    assert_int_equal(TAKE(0, 0x10, 0, 0), ERR_FIELD);                                /* empty data */
    assert_int_equal(TAKE(0, 0x10, 0, 2, 'a'), ERR_TRUNCATED);                       /* fewer bytes than said */
    assert_int_equal(TAKE(0, 0x10, 0x80, 0, 1, 'a'), ERR_VARINT);                    /* a number too long */
    assert_int_equal(take_data(0, 0, STREAM_CONTROL_ROOM, zeros, 1), ERR_FIELD);     /* at the credit */
    assert_int_equal(take_data(0, 0, STREAM_CONTROL_ROOM - 1, zeros, 2), ERR_FIELD); /* over it by one */
    assert_int_equal(take_data(0, 2, STREAM_BULK_ROOM - 1000, zeros, 1001), ERR_FIELD);
    assert_int_equal(TAKE(0, 0x10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 1, 'a'), ERR_FIELD);
    assert_int_equal(TAKE(0, 0x20, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), ERR_VARINT);
    assert_int_equal(TAKE(0, 0x01, 0, 0, 0), ERR_FIELD); /* nothing was sent yet */
    size_t size = 0;
    streams_read(s, 0, &size);
    assert_int_equal(size, 0);
}

/* Two frames were sent, 5 and 9: acks of others and rows that do not fit are refused. */
static void test_refused_acks(void **state) {
    (void)state;
    uint8_t out[200];
    write_text(0, "one");
    assert_int_equal(streams_send(s, 5, out, sizeof out, 0), 6);
    write_text(0, "two");
    assert_int_equal(streams_send(s, 9, out, sizeof out, 0), 6);
    assert_int_equal(TAKE(0, 0x01, 10, 0, 0), ERR_FIELD);
    assert_int_equal(TAKE(0, 0x01, 9, 10, 0), ERR_FIELD);
    assert_int_equal(TAKE(0, 0x01, 9, 0, 64), ERR_LIMIT);
    assert_int_equal(TAKE(0, 0x01, 9, 0, 1), ERR_TRUNCATED);
    assert_int_equal(TAKE(0, 0x01, 9, 0, 1, 8, 0), ERR_FIELD);
    assert_int_equal(TAKE(0, 0x01, 9, 0, 1, 7, 1), ERR_FIELD);
    assert_int_equal(TAKE(0, 0x01, 9, 8, 1, 0, 0), ERR_FIELD);
    assert_int_equal(TAKE(0, 0x01, 9, 0, 0, 0x01, 9, 0, 0), ERR_FIELD); /* a second ack */
    assert_int_equal(TAKE(0, 0x01, 9, 0, 1, 2, 0), 0);
    assert_true(streams_settled(s));
}

/* Every cut of a frame with all kinds of parts: an error, or what stands before the cut; never a read beyond. */
static void test_every_cut(void **state) {
    (void)state;
    uint8_t out[200];
    const uint8_t whole[] = {0x01, 5, 0,   1,   1,   2,   0x20, 0x80, 0x70, 0x02, 0x12,
                             3,    4, 'b', 'u', 'l', 'k', 0x10, 0,    1,    'c'};
    write_text(0, "one");
    assert_int_equal(streams_send(s, 5, out, sizeof out, 0), 6);
    for (size_t size = 0; size < sizeof whole; size++) {
        const bool ends = size == 0 || size == 6 || size == 9 || size == 10 || size == 17;
        assert_int_equal(take(size, whole, size, 0), ends ? 0 : ERR_TRUNCATED);
    }
    assert_int_equal(take(100, whole, sizeof whole, 0), 0);
}

/* ---- Kept ---- */

/* Bytes that came first stay; a lower credit than before takes nothing back. */
static void test_first_bytes_win(void **state) {
    (void)state;
    size_t size;
    assert_int_equal(TAKE(0, 0x10, 2, 3, 'C', 'D', 'E'), 0);
    assert_int_equal(TAKE(1, 0x10, 0, 7, 'a', 'b', 'c', 'd', 'e', 'f', 'g'), 0);
    assert_memory_equal(streams_read(s, 0, &size), "abCDEfg", 7);
    assert_int_equal(size, 7);
    assert_int_equal(TAKE(2, 0x10, 5, 3, 'X', 'Y', 'H'), 0);
    assert_memory_equal(streams_read(s, 0, &size), "abCDEfgH", 8);
    assert_int_equal(size, 8);
    streams_consume(s, 0, 8);
    assert_int_equal(TAKE(3, 0x10, 0, 9, '0', '1', '2', '3', '4', '5', '6', '7', 'i'), 0);
    assert_memory_equal(streams_read(s, 0, &size), "i", 1);
    assert_int_equal(size, 1);
    assert_int_equal(TAKE(4, 0x20, 1), 0);
    write_text(0, "more than one byte");
    assert_int_equal(streams_send(s, 0, frame, 200, 10), 4 + 3 + 18);
}

/* Read the ack at the front of a frame: which counters it names. Return its size. */
static size_t ack_read(const uint8_t *bytes, size_t size, bool *named, size_t count) {
    struct reader r;
    memset(named, 0, count);
    reader_init(&r, bytes, size);
    assert_int_equal(reader_u8(&r), 0x01);
    uint64_t to = reader_varint(&r, VARINT_MAX), run = reader_varint(&r, VARINT_MAX);
    for (unsigned rows = reader_u8(&r);; rows--) {
        assert_true(to < count && run <= to);
        for (uint64_t i = 0; i <= run; i++) named[to - i] = true;
        if (rows == 0) break;
        to -= run + reader_varint(&r, VARINT_MAX) + 2;
        run = reader_varint(&r, VARINT_MAX);
    }
    assert_int_equal(r.err, 0);
    return r.at;
}

/* A sender of single bytes at every other offset: what is too much to remember is dropped and not acked, and the
 * missing bytes, sent in order, still complete the stream. */
static void test_too_many_gaps(void **state) {
    (void)state;
    bool named[1024];
    uint8_t byte = 'x';
    for (unsigned i = 0; i < 200; i++) assert_int_equal(take_data(2 * i, 1, 2 * i + 1, &byte, 1), 0);
    assert_int_equal(s->in[1].ahead_count, STREAM_RANGES_MAX);
    const size_t size = streams_send(s, 0, frame, sizeof frame, 10);
    assert_true(size > 0);
    ack_read(frame, size, named, 1024);
    for (unsigned i = STREAM_RANGES_MAX; i < 200; i++) assert_false(named[2 * i]);
    assert_true(named[2 * STREAM_RANGES_MAX - 2]);
    for (unsigned i = 0; i < 400; i++) assert_int_equal(take_data(400 + i, 1, i, &byte, 1), 0);
    size_t ready;
    streams_read(s, 1, &ready);
    assert_int_equal(ready, 400);
}

/* ---- Twins ---- */

/* Random pieces in any order, overlapping and with other bytes each time, some consumed in between: the receiver holds
 * what a twin holds that keeps every byte of the stream with a mark whether it came. */
static void test_receiver_and_its_twin(void **state) {
    (void)state;
    enum { ALL = 200000 };
    static uint8_t bytes[ALL], piece[2000];
    static bool came[ALL];
    struct rng g;
    rng_begin(&g, "stream twin");
    for (unsigned run = 0; run < 20; run++) {
        streams_init(s, 1000);
        memset(came, 0, sizeof came);
        uint64_t consumed = 0, ready = 0, counter = 0, sent = 0;
        while (ready < ALL) {
            const uint64_t credit = s->in[0].credit;
            const uint64_t last = credit < ALL ? credit : ALL;
            uint64_t from = rng_one_in(&g, 3) ? ready : consumed + rng_below(&g, last - consumed + 1);
            size_t size = 1 + (size_t)rng_below(&g, rng_one_in(&g, 2) ? 2000 : 30);
            if (rng_one_in(&g, 10)) from -= from < 500 ? from : rng_below(&g, 500);
            if (from + size > last) size = (size_t)(last - from);
            if (size > 0) {
                rng_bytes(&g, piece, size);
                const unsigned gaps = s->in[0].ahead_count;
                assert_int_equal(take_data(counter++, 0, from, piece, size), 0);
                /* Only a piece beyond the gap can be dropped, and only when all gaps are taken. */
                if (gaps < STREAM_RANGES_MAX || s->in[0].contiguous > ready)
                    for (size_t i = 0; i < size; i++) {
                        if (!came[from + i]) bytes[from + i] = piece[i];
                        came[from + i] = true;
                    }
                else
                    assert_true(s->in[0].ahead_count <= gaps);
            }
            while (ready < ALL && came[ready]) ready++;
            size_t have;
            const uint8_t *at = streams_read(s, 0, &have);
            if (s->in[0].ahead_count < STREAM_RANGES_MAX) assert_int_equal(have, ready - consumed);
            ready = consumed + have;
            assert_memory_equal(at, bytes + consumed, have);
            if (have > 0 && rng_one_in(&g, 4)) {
                const size_t eaten = (size_t)rng_below(&g, have + 1);
                streams_consume(s, 0, eaten);
                consumed += eaten;
            }
            if (rng_one_in(&g, 3) && streams_send(s, sent, frame, 300, 10) > 0) sent++;
        }
    }
}

/* Random counters come, in any order: an ack never names one that did not come, always the largest, and each that came
 * lately is named by the first ack after it. */
static void test_acks_and_their_twin(void **state) {
    (void)state;
    enum { ALL = 4000 };
    static bool came[ALL], named[ALL], lately[ALL];
    struct rng g;
    rng_begin(&g, "ack twin");
    for (unsigned run = 0; run < 30; run++) {
        streams_init(s, 1000);
        memset(came, 0, sizeof came);
        memset(lately, 0, sizeof lately);
        uint64_t next = 0, sent = 0, largest = 0;
        while (next + 40 < ALL) {
            uint64_t counter = next + rng_below(&g, 1 + run % 7);
            if (rng_one_in(&g, 4) && next > 20) counter = next - rng_below(&g, 20);
            if (came[counter]) continue;
            if (counter >= next) next = counter + 1;
            came[counter] = lately[counter] = true;
            if (counter > largest) largest = counter;
            assert_int_equal(TAKE(counter, 0x02), 0);
            if (!rng_one_in(&g, 6)) continue;
            const size_t size = streams_send(s, sent, frame, 1000, 10);
            if (size == 0) continue;
            sent++;
            assert_int_equal(ack_read(frame, size, named, ALL), size);
            assert_true(named[largest]);
            for (unsigned i = 0; i < ALL; i++) {
                assert_true(came[i] || !named[i]);
                assert_true(named[i] || !lately[i]);
            }
            memset(lately, 0, sizeof lately);
        }
        assert_true(sent > 100);
    }
}

/* ---- Acks and times ---- */

/* In order: an ack after eight frames, or when its time has come; out of order: at once. An ack of an ack: never. */
static void test_when_acks_go_out(void **state) {
    (void)state;
    for (unsigned i = 0; i < 7; i++) assert_int_equal(TAKE(i, 0x02), 0);
    assert_int_equal(streams_send(s, 0, frame, 200, 10), 0);
    assert_int_equal(TAKE(7, 0x02), 0);
    assert_int_equal(streams_send(s, 0, frame, 200, 10), 4);
    assert_memory_equal(frame, "\x01\x07\x07\x00", 4);
    assert_int_equal(TAKE(8, 0x02), 0);
    assert_int_equal(streams_send(s, 1, frame, 200, 10), 0);
    assert_int_equal(streams_deadline(s), 10 + STREAM_ACK_DELAY_MS);
    streams_expire(s, 10 + STREAM_ACK_DELAY_MS);
    assert_int_equal(streams_send(s, 1, frame, 200, 10 + STREAM_ACK_DELAY_MS), 4);
    assert_int_equal(TAKE(10, 0x02), 0);
    assert_int_equal(streams_send(s, 2, frame, 200, 10), 6);
    assert_memory_equal(frame, "\x01\x0a\x00\x01\x00\x08", 6);
    assert_int_equal(TAKE(11, 0x01, 2, 2, 0), 0);
    assert_int_equal(streams_send(s, 3, frame, 200, 1000000), 0);
    assert_true(streams_deadline(s) == UINT64_MAX);
}

/* Nothing is acked: the first wait is retry_ms, twice, then it doubles; each brings the oldest bytes again. */
static void test_probe_timeouts(void **state) {
    (void)state;
    static const uint64_t waits[] = {1000, 1000, 2000, 4000, 8000, 16000, 16000, 16000};
    uint64_t now_ms = 100, counter = 0;
    write_text(2, "lost");
    assert_int_equal(streams_send(s, counter++, frame, 200, now_ms), 7);
    for (unsigned i = 0; i < 8; i++) {
        assert_int_equal(streams_deadline(s), now_ms + waits[i]);
        streams_expire(s, now_ms + waits[i] - 1);
        assert_int_equal(streams_send(s, counter, frame, 200, now_ms + waits[i] - 1), 0);
        now_ms += waits[i];
        streams_expire(s, now_ms);
        assert_int_equal(streams_send(s, counter++, frame, 200, now_ms), 7);
        assert_memory_equal(frame, "\x12\x00\x04lost", 7);
        assert_int_equal(streams_send(s, counter, frame, 200, now_ms), 0);
    }
}

/* Three frames above it were acked: a frame is sent again at once; one that was only late is not sent a third time. */
static void test_fast_loss(void **state) {
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        write_text(2, "abcd");
        assert_int_equal(streams_send(s, i, frame, 200, 100), 7);
    }
    assert_int_equal(take(0, (const uint8_t[]){0x01, 2, 1, 0}, 4, 140), 0); /* 1 and 2: two above */
    assert_int_equal(streams_send(s, 4, frame, 200, 140), 0);
    assert_int_equal(take(1, (const uint8_t[]){0x01, 3, 2, 0}, 4, 141), 0);
    assert_int_equal(streams_send(s, 4, frame, 200, 141), 7);
    assert_memory_equal(frame,
                        "\x12\x00\x04"
                        "abcd",
                        7);
    assert_int_equal(take(2, (const uint8_t[]){0x01, 3, 3, 0}, 4, 142), 0);
    assert_true(streams_settled(s));
    assert_int_equal(s->reorder, 4);
}

/* Send a frame at now_ms and compare it. */
static void expect_send(uint64_t counter, size_t max, uint64_t now_ms, const char *bytes, size_t size) {
    assert_int_equal(streams_send(s, counter, frame, max, now_ms), size);
    assert_memory_equal(frame, bytes, size);
}

/* Acks that come late take their bytes off the list of what is sent again, and keep them off it. */
static void test_late_acks_save_bytes(void **state) {
    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        write_text(2, (const char *[]){"aa", "bb", "cc", "dd", "ee", "ff"}[i]);
        assert_int_equal(streams_send(s, i, frame, 200, 100), 5);
    }
    assert_int_equal(take(0, (const uint8_t[]){0x01, 5, 1, 0}, 4, 101), 0); /* 0, 1 and 2 are lost */
    assert_int_equal(take(1, (const uint8_t[]){0x01, 1, 0, 0}, 4, 101), 0); /* 1 was only late */
    expect_send(6, 200, 101,
                "\x12\x00\x02"
                "aa"
                "\x12\x04\x02"
                "cc",
                10);
    streams_expire(s, 300); /* 3 and what was sent again: */
    streams_expire(s, 5000);
    assert_int_equal(take(2, (const uint8_t[]){0x01, 2, 0, 0}, 4, 5000), 0); /* 2 was late too */
    expect_send(7, 200, 5000,
                "\x12\x00\x02"
                "aa"
                "\x12\x06\x02"
                "dd",
                10);
}

/* A ping that is overtaken is sent again. */
static void test_lost_ping(void **state) {
    (void)state;
    streams_ping(s);
    expect_send(0, 200, 100, "\x02", 1);
    for (unsigned i = 1; i < 4; i++) {
        write_text(0, "x");
        assert_int_equal(streams_send(s, i, frame, 200, 100), 4);
    }
    assert_int_equal(take(0, (const uint8_t[]){0x01, 3, 2, 0}, 4, 140), 0);
    expect_send(4, 200, 140, "\x02", 1);
}

/* What the peer is known to have heard in an ack is not named again; what came since is. */
static void test_acks_of_acks(void **state) {
    (void)state;
    for (unsigned i = 0; i < 3; i++) assert_int_equal(TAKE(2 * i, 0x02), 0);
    write_text(0, "x");
    expect_send(0, 200, 10, "\x01\x04\x00\x02\x00\x00\x00\x00\x10\x00\x01x", 12);
    assert_int_equal(TAKE(6, 0x02), 0);
    assert_int_equal(TAKE(8, 0x02), 0);
    assert_int_equal(TAKE(10, 0x02, 0x01, 0, 0, 0), 0); /* has the ack of 4, 2, 0 */
    expect_send(1, 200, 10, "\x01\x0a\x00\x03\x00\x00\x00\x00\x00\x00", 10);
}

/* A row is named by four acks, and where rows do not fit into half of a frame, by the next frames. */
static void test_rows_of_acks(void **state) {
    (void)state;
    bool named[200], all[200] = {false};
    assert_int_equal(TAKE(0, 0x02), 0);
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(TAKE(2 + i, 0x02), 0);
        assert_true(streams_send(s, i, frame, 200, 1000) > 0);
        assert_int_equal(frame[3], i < 4 ? 1 : 0);
    }
    for (unsigned i = 0; i < 30; i++) assert_int_equal(TAKE(10 + 2 * i, 0x02), 0);
    unsigned frames = 0;
    for (size_t size; (size = streams_send(s, 100 + frames, frame, STREAM_CONTENT_MIN, 1000)) > 0; frames++) {
        assert_true(size <= STREAM_CONTENT_MIN / 2);
        ack_read(frame, size, named, 200);
        for (unsigned i = 0; i < 200; i++) all[i] = all[i] || named[i];
    }
    assert_in_range(frames, 2, 4);
    for (unsigned i = 0; i < 30; i++) assert_true(all[10 + 2 * i] && !all[11 + 2 * i]);
}

/* A peer that has used up its credit is told a new one, however little it grew; before, only from a quarter on. */
static void test_credit_when_blocked(void **state) {
    (void)state;
    static const uint8_t bytes[STREAM_CONTROL_ROOM - 1000];
    assert_int_equal(take_data(0, 0, 0, bytes, 1000), 0);
    streams_consume(s, 0, 1000);
    assert_int_equal(streams_send(s, 0, frame, 200, 10), 0);
    for (size_t at = 1000; at < STREAM_CONTROL_ROOM; at += 1000) {
        const size_t left = STREAM_CONTROL_ROOM - at;
        assert_int_equal(take_data(at / 1000, 0, at, bytes, left < 1000 ? left : 1000), 0);
    }
    assert_int_equal(s->in[0].contiguous, STREAM_CONTROL_ROOM);
    const size_t size = streams_send(s, 0, frame, 200, 10);
    assert_int_equal(frame[size - 3], 0x20);
    assert_int_equal((frame[size - 2] & 127) + frame[size - 1] * 128, STREAM_CONTROL_ROOM + 1000);
}

/* After two timeouts new data wait for the next; two deadlines without a frame between them count once; an ack of
 * anything new ends it. */
static void test_silent_peer(void **state) {
    (void)state;
    uint64_t now_ms = 100, counter = 0;
    write_text(2, "a");
    assert_int_equal(streams_send(s, counter++, frame, 200, now_ms), 4);
    for (unsigned i = 0; i < 2; i++) {
        now_ms = streams_deadline(s);
        streams_expire(s, now_ms);
        assert_int_equal(streams_send(s, counter++, frame, 200, now_ms), 4);
    }
    write_text(0, "b");
    assert_int_equal(streams_send(s, counter, frame, 200, now_ms), 0);
    now_ms = streams_deadline(s);
    streams_expire(s, now_ms);
    assert_int_equal(s->backoff, 3);
    now_ms = streams_deadline(s);
    streams_expire(s, now_ms);
    assert_int_equal(s->backoff, 3);
    expect_send(counter++, 200, now_ms,
                "\x10\x00\x01"
                "b\x12\x00\x01"
                "a",
                8);
    for (unsigned i = 0; i < 8; i++) assert_int_equal(TAKE(i, 0x02), 0);
    write_text(0, "c");
    expect_send(counter++, 200, now_ms, "\x01\x07\x07\x00", 4); /* an ack may go */
    assert_int_equal(counter, 5);
    assert_int_equal(take(9, (const uint8_t[]){0x01, 4, 0, 0}, 4, now_ms), 0);
    assert_int_equal(s->backoff, 0);
    assert_true(streams_send(s, counter, frame, 200, now_ms) > 0);
}

/* An ack that came later than a frame's time lets the next ones have as long. */
static void test_patience(void **state) {
    (void)state;
    for (unsigned round = 0; round < 2; round++) {
        const uint64_t begin = 1000 * round;
        const uint8_t n = (uint8_t)(2 * round);
        for (unsigned i = 0; i < 2; i++) {
            write_text(2, "x");
            assert_int_equal(streams_send(s, n + i, frame, 200, begin), 4);
        }
        assert_int_equal(take(n, (const uint8_t[]){0x01, (uint8_t)(n + 1), 0, 0}, 4, begin + 100), 0);
        assert_int_equal(streams_deadline(s), begin + (round == 0 ? 113 : 150));
        streams_expire(s, begin + 113);
        if (round == 0) assert_int_equal(take(1, (const uint8_t[]){0x01, 1, 1, 0}, 4, 150), 0);
    }
}

/* A range is not split for less than 16 bytes at the end of a frame. */
static void test_no_crumbs(void **state) {
    (void)state;
    memset(streams_place(s, 0), 'x', 44);
    streams_wrote(s, 0, 44);
    memset(streams_place(s, 2), 'y', 30);
    streams_wrote(s, 2, 30);
    assert_int_equal(streams_send(s, 0, frame, 64, 0), 47);
    assert_int_equal(streams_send(s, 1, frame, 64, 0), 33);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_refused),
        TEST(test_refused_acks),
        TEST(test_every_cut),
        TEST(test_first_bytes_win),
        TEST(test_too_many_gaps),
        TEST(test_receiver_and_its_twin),
        TEST(test_acks_and_their_twin),
        TEST(test_when_acks_go_out),
        TEST(test_probe_timeouts),
        TEST(test_fast_loss),
        TEST(test_late_acks_save_bytes),
        TEST(test_lost_ping),
        TEST(test_acks_of_acks),
        TEST(test_rows_of_acks),
        TEST(test_credit_when_blocked),
        TEST(test_silent_peer),
        TEST(test_patience),
        TEST(test_no_crumbs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
