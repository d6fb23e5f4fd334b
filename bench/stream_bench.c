/*
 * stream_bench.c: a gibibyte through two ends of streams in memory, in frames of 16 KiB and of 200 bytes.
 *
 * Nothing is encrypted and nothing lost: this is what the streams themselves cost. The bytes are written and read as a
 * session would, a message of 300 bytes or more at a time. The baseline is memcpy of as many bytes by the same pieces.
 */
#include <stdlib.h>
#include <string.h>

#include "bench/bench_util.h"
#include "core/stream.h"

#define MESSAGE 300

static uint8_t message[MESSAGE], taken[64 * 1024];

static uint64_t now_ms(void) {
    return 1 + (uint64_t)(bench_now() * 1000);
}

/* Write messages while there is room. */
static void fill(struct streams *s, uint64_t *left) {
    size_t room = streams_room(s, STREAM_BULK);
    while (*left > 0 && room >= MESSAGE) {
        const size_t size = *left < MESSAGE ? (size_t)*left : MESSAGE;
        memcpy(streams_place(s, STREAM_BULK), message, size);
        streams_wrote(s, STREAM_BULK, size);
        *left -= size;
        room -= size;
    }
}

/* Read whole messages. */
static void drain(struct streams *s, uint64_t *left) {
    for (;;) {
        size_t size;
        const uint8_t *bytes = streams_read(s, STREAM_BULK, &size);
        const size_t want = *left < MESSAGE ? (size_t)*left : MESSAGE;
        if (want == 0 || size < want) return;
        memcpy(taken, bytes, want);
        streams_consume(s, STREAM_BULK, want);
        *left -= want;
    }
}

/* Send what there is; return whether there was anything. */
static bool pass(struct streams *from, struct streams *to, uint64_t *counter, size_t max) {
    static uint8_t frame[16384];
    bool any = false;
    for (;; any = true) {
        const size_t size = streams_send(from, *counter, frame, max, now_ms());
        if (size == 0) return any;
        const int err = streams_recv(to, *counter, frame, size, now_ms());
        if (err) bench_die("frame", err);
        *counter += 1;
    }
}

static double transfer(uint64_t bytes, size_t max, uint64_t *frames, uint64_t *resent) {
    struct streams *ends[2] = {malloc(sizeof(struct streams)), malloc(sizeof(struct streams))};
    uint64_t counters[2] = {0, 0}, to_write = bytes, to_read = bytes;
    if (!ends[0] || !ends[1]) bench_die("memory", ERR_MEMORY);
    for (unsigned i = 0; i < 2; i++) streams_init(ends[i], 1000);
    const double begin = bench_now();
    while (to_read > 0) {
        fill(ends[0], &to_write);
        const bool there = pass(ends[0], ends[1], &counters[0], max);
        drain(ends[1], &to_read);
        const bool back = pass(ends[1], ends[0], &counters[1], max);
        if (there || back) continue;
        for (unsigned i = 0; i < 2; i++) streams_expire(ends[i], now_ms());
    }
    const double seconds = bench_now() - begin;
    *frames = counters[0] + counters[1];
    *resent = ends[0]->resent_bytes;
    for (unsigned i = 0; i < 2; i++) free(ends[i]);
    return seconds;
}

static double copy(uint64_t bytes) {
    static uint8_t a[48 * 1024], b[48 * 1024];
    const double begin = bench_now();
    for (uint64_t done = 0; done < bytes; done += MESSAGE) {
        memcpy(a + done % 40000, b + done % 40000, MESSAGE);
        __asm__ volatile("" ::: "memory");
    }
    return bench_now() - begin;
}

int main(void) {
    static const struct {
        const char *name;
        size_t max;
        double target;
    } runs[] = {{"streams, frames of 16 KiB", 16384, 500}, {"streams, frames of 200 bytes", 200, 100}};
    const uint64_t bytes = UINT64_C(1) << 30;
    int status = 0;
    const double baseline = (double)bytes / copy(bytes) / 1e6;
    for (unsigned i = 0; i < 2; i++) {
        uint64_t frames, resent;
        const double rate = (double)bytes / transfer(bytes, runs[i].max, &frames, &resent) / 1e6;
        const struct bench_result result = {.bench = runs[i].name,
                                            .n = frames,
                                            .value = rate,
                                            .unit = "MB/s",
                                            .baseline = baseline,
                                            .target = runs[i].target,
                                            .ok = rate >= runs[i].target && resent == 0};
        bench_report(&result);
        if (!result.ok) status = 1;
    }
    return status;
}
