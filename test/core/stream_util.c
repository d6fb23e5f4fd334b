/*
 * stream_util.c: the simulated link.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "test/core/stream_util.h"

struct sim *sim_new(const char *name, uint64_t seed, struct sim_link link, uint32_t retry_ms) {
    struct sim *m = calloc(1, sizeof *m);
    assert_non_null(m);
    static struct rng begun;
    static const char *begun_name;
    if (begun_name == NULL || strcmp(begun_name, name) != 0) rng_begin(&begun, name);
    begun_name = name;
    m->rng = begun;
    m->rng.state += seed * UINT64_C(0x9e3779b97f4a7c15);
    m->link = link;
    m->now_ms = 5000;
    for (unsigned i = 0; i < 2; i++) {
        streams_init(&m->end[i].s, retry_ms);
        m->end[i].counter = 1 + i;
    }
    return m;
}

uint8_t sim_byte(unsigned from, unsigned stream, uint64_t offset) {
    return (
        uint8_t)(((offset + 1) * UINT64_C(0x9e3779b97f4a7c15) + (from * 3 + stream) * UINT64_C(0xd1b54a32d192ed03)) >>
                 56);
}

static void end_read(struct sim *m, unsigned side) {
    struct sim_end *e = &m->end[side];
    if (e->stopped) return;
    for (unsigned i = 0; i < STREAM_COUNT; i++) {
        size_t size = 0;
        const uint8_t *bytes = streams_read(&e->s, i, &size);
        for (size_t j = 0; j < size; j++)
            if (bytes[j] != sim_byte(1 - side, i, e->taken[i] + j))
                fail_msg("stream %u: a wrong byte at %llu", i, (unsigned long long)(e->taken[i] + j));
        if (size == 0) continue;
        streams_consume(&e->s, i, size);
        e->taken[i] += size;
        e->taken_ms[i] = m->now_ms;
    }
}

static void end_write(struct sim *m, unsigned side) {
    struct sim_end *e = &m->end[side];
    for (unsigned i = 0; i < STREAM_COUNT; i++) {
        const uint64_t left = e->to_write[i] - e->written[i];
        size_t size = streams_room(&e->s, i);
        if (left < size) size = (size_t)left;
        uint8_t *place = streams_place(&e->s, i);
        for (size_t j = 0; j < size; j++) place[j] = sim_byte(side, i, e->written[i] + j);
        streams_wrote(&e->s, i, size);
        e->written[i] += size;
    }
}

static void link_put(struct sim *m, unsigned to, uint64_t counter, const uint8_t *bytes, size_t size, uint64_t at_ms) {
    for (unsigned i = 0; i < SIM_PIPE; i++) {
        struct sim_frame *f = &m->pipe[i];
        if (f->used) continue;
        f->used = true;
        f->to = to;
        f->counter = counter;
        f->size = size;
        f->at_ms = at_ms + m->link.latency_ms + (m->link.jitter_ms ? rng_below(&m->rng, m->link.jitter_ms + 1) : 0);
        memcpy(f->bytes, bytes, size);
        return;
    }
    fail_msg("the pipe is full");
}

static void end_send(struct sim *m, unsigned side) {
    struct sim_end *e = &m->end[side];
    static uint8_t frame[SIM_FRAME_MAX];
    while (e->free_ms <= m->now_ms) {
        const uint64_t counter = e->counter;
        const size_t size = streams_send(&e->s, counter, frame, m->link.max, m->now_ms);
        assert_true(size <= m->link.max);
        if (size == 0) return;
        e->counter++;
        e->frames++;
        e->bytes += size;
        uint64_t air_ms = m->link.bits_s ? (size * 8000 + m->link.bits_s - 1) / m->link.bits_s : 0;
        e->free_ms = m->now_ms + air_ms;
        if (rng_below(&m->rng, 1000) < m->link.loss) continue;
        if (counter >= e->lose_first && counter < e->lose_end) continue;
        link_put(m, 1 - side, counter, frame, size, e->free_ms);
        if (rng_below(&m->rng, 1000) < m->link.doubling) link_put(m, 1 - side, counter, frame, size, e->free_ms);
    }
}

/* Deliver what is due, the earliest first. Return when the next is due. */
static uint64_t link_deliver(struct sim *m) {
    for (;;) {
        struct sim_frame *first = NULL;
        for (unsigned i = 0; i < SIM_PIPE; i++)
            if (m->pipe[i].used && (!first || m->pipe[i].at_ms < first->at_ms)) first = &m->pipe[i];
        if (!first) return UINT64_MAX;
        if (first->at_ms > m->now_ms) return first->at_ms;
        /* exactly as many bytes as there are, so that a sanitizer sees every read beyond them */
        uint8_t *copy = malloc(first->size);
        assert_non_null(copy);
        memcpy(copy, first->bytes, first->size);
        struct streams *s = &m->end[first->to].s;
        assert_int_equal(streams_recv(s, first->counter, copy, first->size, m->now_ms), 0);
        free(copy);
        first->used = false;
        end_read(m, first->to);
    }
}

void sim_step(struct sim *m, uint64_t until_ms) {
    const uint64_t to_ms = m->next_ms < until_ms ? m->next_ms : until_ms;
    if (to_ms > m->now_ms) m->now_ms = to_ms;
    link_deliver(m);
    uint64_t next = UINT64_MAX;
    for (unsigned i = 0; i < 2; i++) {
        struct sim_end *e = &m->end[i];
        end_read(m, i);
        end_write(m, i);
        if (streams_deadline(&e->s) <= m->now_ms) {
            streams_expire(&e->s, m->now_ms);
            assert_true(streams_deadline(&e->s) > m->now_ms || e->s.ack_now);
        }
        end_send(m, i);
        if (e->free_ms > m->now_ms && e->free_ms < next) next = e->free_ms;
    }
    const uint64_t arrival = link_deliver(m);
    if (arrival < next) next = arrival;
    for (unsigned i = 0; i < 2; i++) {
        const uint64_t deadline = streams_deadline(&m->end[i].s);
        if (deadline < next) next = deadline;
    }
    m->next_ms = next > m->now_ms ? next : m->now_ms + 1;
}

bool sim_done(const struct sim *m) {
    for (unsigned i = 0; i < 2; i++) {
        const struct sim_end *e = &m->end[i];
        for (unsigned j = 0; j < STREAM_COUNT; j++)
            if (e->written[j] != e->to_write[j] || m->end[1 - i].taken[j] != e->to_write[j]) return false;
        if (!streams_settled(&e->s)) return false;
    }
    return true;
}

bool sim_run(struct sim *m, uint64_t until_ms) {
    m->next_ms = m->now_ms; /* the caller may have changed something */
    while (m->now_ms < until_ms && !sim_done(m)) sim_step(m, until_ms);
    return sim_done(m);
}
