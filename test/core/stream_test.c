/*
 * Streams over frames that are lost, doubled, swapped, late and slow. Two ends are joined by a simulated link
 * (stream_util.h), which checks every byte; single frames are written by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/stream.h"
#include "test/core/stream_util.h"

static uint64_t sum(const uint64_t v[STREAM_COUNT]) {
    return v[0] + v[1] + v[2];
}

/* ---- Everything arrives ---- */

/* Both directions, all streams, over a link; return bytes sent by both over bytes written, in 1/1,000. */
static uint64_t transfer(const char *name, uint64_t seed, struct sim_link link, uint64_t size, uint64_t limit_ms) {
    struct sim *m = sim_new(name, seed, link, 1000);
    for (unsigned i = 0; i < 2; i++)
        for (unsigned j = 0; j < STREAM_COUNT; j++) m->end[i].to_write[j] = size / (j + 1 + i);
    const uint64_t begin = m->now_ms;
    const bool done = sim_run(m, begin + limit_ms);
    const uint64_t wanted = sum(m->end[0].to_write) + sum(m->end[1].to_write);
    const uint64_t sent = m->end[0].bytes + m->end[1].bytes;
    printf("%s: loss %u, double %u, jitter %" PRIu64 ", max %zu, seed %" PRIu64 ": %" PRIu64 " ms, overhead %" PRIu64
           " ‰, resent %" PRIu64 ", srtt %" PRIu64 "\n",
           name, link.loss, link.doubling, link.jitter_ms, link.max, seed, m->now_ms - begin, sent * 1000 / wanted,
           m->end[0].s.resent_bytes + m->end[1].s.resent_bytes, m->end[0].s.srtt_ms);
    if (!done) fail_msg("not all arrived within %" PRIu64 " ms", limit_ms);
    free(m);
    return sent * 1000 / wanted;
}

/* Without loss: the overhead is heads and acks, nothing is sent twice. */
static void test_clean_link(void **state) {
    (void)state;
    static const size_t sizes[] = {64, 200, 1200, 16384};
    for (unsigned i = 0; i < 4; i++) {
        const struct sim_link link = {.latency_ms = 5, .max = sizes[i]};
        const uint64_t overhead = transfer("clean", i, link, 300000, 60000);
        assert_true(overhead <= (sizes[i] == 64 ? 1350 : sizes[i] == 200 ? 1080 : 1020));
    }
}

/* Every loss from 0 to 50 %, with doubling and reordering, in frames of all sizes. */
static void test_all_links(void **state) {
    (void)state;
    static const size_t sizes[] = {200, 1200, 16384};
    for (unsigned loss = 0; loss <= 500; loss += 100)
        for (unsigned i = 0; i < 3; i++)
            for (uint64_t seed = 0; seed < 6; seed++) {
                const struct sim_link link = {.loss = loss,
                                              .doubling = (unsigned)(seed % 3 * 100),
                                              .latency_ms = 20,
                                              .jitter_ms = seed / 3 * 30,
                                              .max = sizes[i]};
                transfer("all links", seed, link, 150000, 600000);
            }
}

/* A tenth of all frames of 200 bytes lost: at most 1.35 of the bytes, acks, heads and resending together. */
static void test_overhead_of_loss(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 8; seed++) {
        const struct sim_link link = {
            .loss = 100, .latency_ms = 20, .jitter_ms = seed % 2 * 5, .bits_s = seed < 4 ? 0 : 1000000, .max = 200};
        assert_true(transfer("overhead", seed, link, 200000, 60000) <= 1350);
    }
}

/* 1 kbit/s, frames of 200 bytes, a tenth lost: 4 kB one way within 1.5 times their air time and two round trips. */
static void test_slow_link(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 10; seed++) {
        const struct sim_link link = {.loss = 100, .latency_ms = 300, .bits_s = 1000, .max = 200};
        struct sim *m = sim_new("slow", seed, link, 8000);
        m->end[0].to_write[STREAM_BULK] = 4000;
        m->end[0].to_write[STREAM_URGENT] = 200;
        const uint64_t begin = m->now_ms, air_ms = 4200 * 8;
        assert_true(sim_run(m, begin + 600000));
        const uint64_t taken_ms = m->end[1].taken_ms[STREAM_BULK] - begin;
        printf("slow: seed %" PRIu64 ": %" PRIu64 " ms for %" PRIu64 " ms of air, all acked at %" PRIu64
               " ms, frames %" PRIu64 " and %" PRIu64 ", bytes back %" PRIu64 "\n",
               seed, taken_ms, air_ms, m->now_ms - begin, m->end[0].frames, m->end[1].frames, m->end[1].bytes);
        assert_true(taken_ms <= air_ms * 3 / 2 + 2 * (1600 + 600));
        assert_true(m->end[1].bytes <= 420); /* acks: a tenth of the bytes at most */
        free(m);
    }
}

/* ---- Precedence ---- */

/* Bulk is waiting; what is written to a higher stream arrives before any bulk byte that was not sent yet. */
static void test_precedence(void **state) {
    (void)state;
    for (unsigned stream = STREAM_CONTROL; stream < STREAM_BULK; stream++) {
        const struct sim_link link = {.latency_ms = 100, .bits_s = 8000, .max = 200};
        struct sim *m = sim_new("precedence", stream, link, 2000);
        m->end[0].to_write[STREAM_BULK] = 100000;
        sim_run(m, m->now_ms + 5000);
        const uint64_t sent = m->end[0].s.out[STREAM_BULK].sent;
        assert_true(sent < 10000 && m->end[0].written[STREAM_BULK] > 30000);
        m->end[0].to_write[stream] = 1000;
        const uint64_t begin = m->now_ms;
        while (m->end[1].taken[stream] < 1000) {
            assert_true(m->end[1].taken[STREAM_BULK] <= sent);
            assert_true(m->now_ms < begin + 10000);
            sim_step(m, UINT64_MAX);
        }
        assert_true(m->end[1].taken_ms[stream] - begin <= 1500 + 200); /* its air time, the latency, one frame */
        free(m);
    }
}

/* ---- Lost acks, lost credits, pauses ---- */

/* 20 frames in a row of the receiver are lost, acks and credits among them; all arrives, and little is sent twice. */
static void test_lost_acks_and_credits(void **state) {
    (void)state;
    for (uint64_t first = 2; first < 40; first += 4) {
        const struct sim_link link = {.latency_ms = 10, .bits_s = 10000000, .max = first % 8 ? 200 : 16384};
        struct sim *m = sim_new("acks", first, link, 1000);
        m->end[0].to_write[STREAM_BULK] = m->end[0].to_write[STREAM_URGENT] = 400000;
        m->end[1].lose_first = first;
        m->end[1].lose_end = first + 20;
        assert_true(sim_run(m, m->now_ms + 600000));
        assert_true(m->end[0].s.resent_bytes <= 150000);
        free(m);
    }
}

/* The consumer stops for ten minutes: what is sent is bounded by the room, and no frames go to and fro meanwhile; when
 * it goes on, all arrives. */
static void test_back_pressure(void **state) {
    (void)state;
    const struct sim_link link = {.latency_ms = 10, .loss = 50, .max = 1200};
    struct sim *m = sim_new("back-pressure", 0, link, 1000);
    m->end[0].to_write[STREAM_BULK] = 300000;
    m->end[1].stopped = true;
    sim_run(m, m->now_ms + 60000);
    assert_int_equal(m->end[0].s.out[STREAM_BULK].sent, STREAM_BULK_ROOM);
    const uint64_t frames = m->end[0].frames + m->end[1].frames;
    sim_run(m, m->now_ms + 600000);
    assert_true(m->end[0].frames + m->end[1].frames <= frames + 10);
    assert_int_equal(m->end[0].s.out[STREAM_BULK].sent, STREAM_BULK_ROOM);
    m->end[1].stopped = false;
    assert_true(sim_run(m, m->now_ms + 60000));
    free(m);
}

/* The peer dies: after the frames that were on their way anyhow, one goes out at each of ever longer waits. Then it is
 * back, and all arrives. */
static void test_dead_peer(void **state) {
    (void)state;
    static const size_t sizes[] = {200, 16384};
    for (unsigned i = 0; i < 2; i++) {
        const struct sim_link link = {.latency_ms = 10, .bits_s = 1000000, .max = sizes[i]};
        struct sim *m = sim_new("dead peer", i, link, 1000);
        m->end[0].to_write[STREAM_BULK] = 500000;
        sim_run(m, m->now_ms + 1000);
        m->link.loss = 1000;
        const uint64_t frames = m->end[0].frames, resent = m->end[0].s.resent_bytes;
        sim_run(m, m->now_ms + 100000);
        assert_true(m->end[0].frames - frames <= STREAM_FLYING_MAX + 64);
        assert_true(m->end[0].s.resent_bytes - resent <= 64 * sizes[i]);
        assert_true(m->end[0].s.backoff > STREAM_PROBE_AFTER);
        m->link.loss = 0;
        assert_true(sim_run(m, m->now_ms + 120000));
        free(m);
    }
}

/* A silence of three seconds in which nothing is lost: what was sent again for nothing does no harm. */
static void test_spurious_loss(void **state) {
    (void)state;
    const struct sim_link link = {.latency_ms = 10, .bits_s = 1000000, .max = 1200};
    struct sim *m = sim_new("spurious", 0, link, 1000);
    m->end[0].to_write[STREAM_BULK] = m->end[1].to_write[STREAM_URGENT] = 300000;
    sim_run(m, m->now_ms + 500);
    m->link.latency_ms = 3000;
    sim_run(m, m->now_ms + 2000);
    m->link.latency_ms = 10;
    assert_true(sim_run(m, m->now_ms + 60000));
    assert_true(m->end[0].s.resent_bytes > 0);
    assert_true(m->end[0].s.resent_bytes <= STREAM_BULK_ROOM);
    free(m);
}

/* ---- Small matters ---- */

/* Question and answer, ten times: as many round trips are counted; a ping makes one more frame and its ack. */
static void test_round_trips(void **state) {
    (void)state;
    const struct sim_link link = {.latency_ms = 50, .max = 1200};
    struct sim *m = sim_new("round trips", 0, link, 1000);
    for (unsigned i = 1; i <= 10; i++)
        for (unsigned side = 0; side < 2; side++) {
            m->end[side].to_write[STREAM_CONTROL] += 100;
            while (m->end[1 - side].taken[STREAM_CONTROL] < 100 * i) sim_step(m, UINT64_MAX);
        }
    assert_true(sim_run(m, m->now_ms + 1000));
    printf("round trips counted: %" PRIu64 " and %" PRIu64 "\n", m->end[0].s.round_trips, m->end[1].s.round_trips);
    assert_in_range(m->end[0].s.round_trips, 9, 11);
    sim_run(m, m->now_ms + 5000);
    const uint64_t frames[2] = {m->end[0].frames, m->end[1].frames};
    streams_ping(&m->end[0].s);
    for (unsigned i = 0; i < 20; i++) sim_step(m, m->now_ms + 100);
    assert_true(streams_deadline(&m->end[0].s) == UINT64_MAX);
    assert_int_equal(m->end[0].frames, frames[0] + 1);
    assert_int_equal(m->end[1].frames, frames[1] + 1);
    free(m);
}

/* Quiet ends have nothing to say and no deadline. */
static void test_quiet(void **state) {
    (void)state;
    struct streams *s = malloc(sizeof *s);
    uint8_t frame[200];
    assert_non_null(s);
    streams_init(s, 1000);
    assert_int_equal(streams_send(s, 0, frame, sizeof frame, 0), 0);
    assert_true(streams_deadline(s) == UINT64_MAX);
    assert_true(streams_settled(s));
    free(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clean_link),
        cmocka_unit_test(test_all_links),
        cmocka_unit_test(test_overhead_of_loss),
        cmocka_unit_test(test_slow_link),
        cmocka_unit_test(test_precedence),
        cmocka_unit_test(test_lost_acks_and_credits),
        cmocka_unit_test(test_back_pressure),
        cmocka_unit_test(test_dead_peer),
        cmocka_unit_test(test_spurious_loss),
        cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_quiet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
