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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clean_link),
        cmocka_unit_test(test_all_links),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
