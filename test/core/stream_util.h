/*
 * stream_util.h: two ends of streams joined by a simulated link, for tests: frames may be lost, doubled, late or slow.
 *
 * All choices come from one seed. Time is virtual: sim_step goes on to the next moment at which something can happen,
 * and does all that is due then. Every byte of a stream is a function of its sender, stream and offset, and a
 * reader that meets another fails the test at once.
 */
#ifndef TEST_CORE_STREAM_UTIL_H
#define TEST_CORE_STREAM_UTIL_H

#include "core/stream.h"
#include "test/property_util.h"

#define SIM_FRAME_MAX 16384
#define SIM_PIPE 2048

struct sim_frame {
    bool used;
    unsigned to;
    uint64_t at_ms, counter;
    size_t size;
    uint8_t bytes[SIM_FRAME_MAX];
};

struct sim_link {
    unsigned loss, doubling; /* in 1,000 */
    uint64_t latency_ms, jitter_ms;
    uint64_t bits_s; /* of each direction; 0: without bound */
    size_t max;      /* content of a frame */
};

struct sim_end {
    struct streams s;
    uint64_t counter;
    uint64_t to_write[STREAM_COUNT]; /* total, wanted */
    uint64_t written[STREAM_COUNT], taken[STREAM_COUNT];
    uint64_t taken_ms[STREAM_COUNT]; /* when the last bytes were taken */
    bool stopped;                    /* consumes nothing */
    uint64_t free_ms;                /* the air is free for the next frame */
    uint64_t frames, bytes;          /* sent */
    uint64_t lose_first, lose_end;   /* frames of these counters are lost, whatever the link */
};

struct sim {
    struct sim_link link;
    struct rng rng;
    uint64_t now_ms, next_ms;
    struct sim_end end[2];
    struct sim_frame pipe[SIM_PIPE];
};

/* Return a new simulation; the caller frees it. */
struct sim *sim_new(const char *name, uint64_t seed, struct sim_link link, uint32_t retry_ms);

/* Byte of a stream. */
uint8_t sim_byte(unsigned from, unsigned stream, uint64_t offset);

/* Move the clock to the next event, at most to until_ms, and do what can be done. */
void sim_step(struct sim *m, uint64_t until_ms);

/* Run until all is written, taken and acked, or until_ms. Return whether it is. */
bool sim_run(struct sim *m, uint64_t until_ms);
bool sim_done(const struct sim *m);

#endif
