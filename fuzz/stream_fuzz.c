/*
 * Fuzz streams. The first byte chooses.
 *
 * Even: the rest is frames of a hostile peer, each counter's step (1) ‖ size (1, times its high bit 16) ‖ content,
 * taken by an end that writes, reads and sends meanwhile. Whatever comes, the end stays within its rooms, sends no byte
 * beyond the credit it was given, and what it sends is a valid frame for a fresh honest end.
 *
 * Odd: each byte is a step of two honest ends: one writes, a frame is sent and lost, doubled or held back, one that was
 * held back is delivered, time goes by. Then the link is clean, and everything must arrive intact and be acked.
 */
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "core/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FRAME 1200
#define HELD 32

static uint8_t byte_of(unsigned side, unsigned stream, uint64_t offset) {
    return (uint8_t)(((offset + 1) * UINT64_C(0x9e3779b97f4a7c15) + side * 3 + stream) >> 56);
}

static void write_some(struct streams *s, unsigned side, unsigned stream, size_t most) {
    const size_t room = streams_room(s, stream), size = room < most ? room : most;
    uint8_t *place = streams_place(s, stream);
    for (size_t i = 0; i < size; i++) place[i] = byte_of(side, stream, s->out[stream].written + i);
    streams_wrote(s, stream, size);
}

/* ---- A hostile peer ---- */

static void check_end(const struct streams *s) {
    for (unsigned i = 0; i < STREAM_COUNT; i++) {
        const struct stream_out *o = &s->out[i];
        const struct stream_in *in = &s->in[i];
        CHECK(o->buffer.base <= o->sent && o->sent <= o->written && o->sent <= o->credit);
        CHECK(o->written - o->buffer.base + o->buffer.start <= o->buffer.size);
        CHECK(in->buffer.base <= in->contiguous && in->contiguous <= in->credit);
        CHECK(in->credit <= in->buffer.base + in->buffer.size);
        for (unsigned j = 0; j < in->ahead_count; j++) {
            CHECK(in->ahead[j].from < in->ahead[j].to && in->ahead[j].to <= in->credit - in->buffer.base);
            CHECK(in->ahead[j].from > (j > 0 ? in->ahead[j - 1].to : in->contiguous - in->buffer.base));
        }
        for (unsigned j = 0; j < o->acked_count; j++)
            CHECK(o->acked[j].from < o->acked[j].to && o->acked[j].from > (j > 0 ? o->acked[j - 1].to : 0));
        for (unsigned j = 0; j < o->lost_count; j++)
            CHECK(o->lost[j].from < o->lost[j].to && (j == 0 || o->lost[j].from > o->lost[j - 1].to) &&
                  o->lost[j].to <= o->sent - o->buffer.base);
    }
    for (unsigned i = 0; i < s->heard_count; i++) {
        CHECK(s->heard[i].count > 0 && s->heard[i].count <= s->heard[i].to);
        CHECK(i == 0 || s->heard[i].to < s->heard[i - 1].to - s->heard[i - 1].count);
    }
}

/* Acks are of frames that the honest end never sent, so they are left out of what it is asked to take. */
static void check_frame(const uint8_t *frame, size_t size, uint64_t counter, struct streams *honest) {
    if (size == 0 || frame[0] == 0x01) return;
    for (unsigned i = 0; i < STREAM_COUNT; i++) {
        size_t ready;
        streams_read(honest, i, &ready);
        streams_consume(honest, i, ready);
        honest->in[i].credit = honest->in[i].buffer.base + honest->in[i].buffer.size;
    }
    const int err = streams_recv(honest, counter, frame, size, 0);
    CHECK(err == 0 || err == ERR_FIELD); /* beyond its credit: the hostile peer granted more */
}

static void hostile(const uint8_t *data, size_t size) {
    struct streams *s = malloc(sizeof *s), *honest = malloc(sizeof *honest);
    uint8_t *out = malloc(FRAME);
    uint64_t received = 0, counter = 0, now_ms = 0;
    CHECK(s && honest && out);
    streams_init(s, 100);
    streams_init(honest, 100);
    for (size_t at = 0; at + 2 <= size;) {
        const unsigned step = data[at];
        size_t length = data[at + 1] < 128 ? data[at + 1] : (size_t)(data[at + 1] - 128) * 16;
        at += 2;
        if (length > size - at) length = size - at;
        uint8_t *copy = malloc(length + 1);
        CHECK(copy);
        memcpy(copy, data + at, length);
        received = step < 200 ? received + step % 8 : received - (received < step % 40 ? received : step % 40);
        const int err = streams_recv(s, received, copy, length, now_ms);
        free(copy);
        at += length;
        check_end(s);
        if (err) break;
        for (unsigned i = 0; i < STREAM_COUNT; i++) {
            size_t ready;
            const uint8_t *bytes = streams_read(s, i, &ready);
            CHECK(ready == 0 || bytes[ready - 1] + 1 > 0); /* the sanitizer sees whether all of it is there */
            streams_consume(s, i, step % 3 == 0 ? ready : ready / 2);
            write_some(s, 0, i, step * 20);
        }
        now_ms += step;
        if (streams_deadline(s) <= now_ms) streams_expire(s, now_ms);
        for (unsigned i = 0; i < 1 + step % 5; i++) {
            const size_t max = step % 2 ? FRAME : STREAM_CONTENT_MIN, sent = streams_send(s, counter, out, max, now_ms);
            CHECK(sent <= max);
            check_end(s);
            check_frame(out, sent, counter, honest);
            if (sent > 0) counter++;
        }
    }
    free(out);
    free(honest);
    free(s);
}

/* ---- A hostile link ---- */

struct held {
    size_t size;
    uint64_t counter;
    unsigned to;
    uint8_t bytes[FRAME];
};

struct pair {
    struct streams ends[2];
    uint64_t counter[2], now_ms;
    struct held held[HELD];
};

static void take(struct pair *p, unsigned to, uint64_t counter, const uint8_t *bytes, size_t size) {
    struct streams *s = &p->ends[to];
    CHECK(streams_recv(s, counter, bytes, size, p->now_ms) == 0);
    check_end(s);
    for (unsigned i = 0; i < STREAM_COUNT; i++) {
        size_t ready;
        const uint64_t base = s->in[i].buffer.base;
        const uint8_t *at = streams_read(s, i, &ready);
        for (size_t j = 0; j < ready; j++) CHECK(at[j] == byte_of(1 - to, i, base + j));
        if (counter % 4 != 0) streams_consume(s, i, counter % 2 ? ready : ready / 3);
    }
}

/* Send a frame; fate: 0 arrives, 1 lost, 2 doubled, 3 held back. */
static bool send_one(struct pair *p, unsigned from, size_t max, unsigned fate, unsigned place) {
    uint8_t frame[FRAME];
    const uint64_t counter = p->counter[from];
    if (streams_deadline(&p->ends[from]) <= p->now_ms) streams_expire(&p->ends[from], p->now_ms);
    const size_t size = streams_send(&p->ends[from], counter, frame, max, p->now_ms);
    if (size == 0) return false;
    p->counter[from]++;
    if (fate == 0 || fate == 2) take(p, 1 - from, counter, frame, size);
    if (fate == 2) take(p, 1 - from, counter, frame, size);
    if (fate == 3) {
        struct held *h = &p->held[place % HELD]; /* what it held is lost */
        *h = (struct held){.size = size, .counter = counter, .to = 1 - from};
        memcpy(h->bytes, frame, size);
    }
    return true;
}

static void step(struct pair *p, uint8_t op, uint8_t arg) {
    const unsigned side = op & 1;
    switch (op >> 1 & 7) {
    case 0: write_some(&p->ends[side], side, arg % STREAM_COUNT, (size_t)arg * 40); break;
    case 1: p->now_ms += arg; break;
    case 2: p->now_ms += arg * 100U; break;
    case 3: {
        struct held *h = &p->held[arg % HELD];
        if (h->size > 0) take(p, h->to, h->counter, h->bytes, h->size);
        h->size = 0;
        break;
    }
    default:
        for (unsigned i = 0; i < 1U + (op >> 6); i++)
            (void)send_one(p, side, arg & 64 ? FRAME : arg & 128 ? 200 : STREAM_CONTENT_MIN, op >> 4 & 3, arg + i);
    }
}

static void link_clean(struct pair *p) {
    for (unsigned rounds = 0;; rounds++) {
        bool settled = true;
        CHECK(rounds < 100000);
        for (unsigned side = 0; side < 2; side++) {
            for (unsigned i = 0; i < STREAM_COUNT; i++) {
                size_t ready;
                streams_read(&p->ends[side], i, &ready);
                streams_consume(&p->ends[side], i, ready);
            }
            while (send_one(p, side, FRAME, 0, 0)) continue;
            settled = settled && streams_settled(&p->ends[side]);
        }
        if (settled) break;
        p->now_ms += 10;
    }
    for (unsigned side = 0; side < 2; side++)
        for (unsigned i = 0; i < STREAM_COUNT; i++)
            CHECK(p->ends[side].out[i].written == p->ends[1 - side].in[i].contiguous);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1) return 0;
    if (data[0] % 2 == 0) {
        hostile(data + 1, size - 1);
        return 0;
    }
    struct pair *p = calloc(1, sizeof *p);
    CHECK(p);
    for (unsigned i = 0; i < 2; i++) streams_init(&p->ends[i], 100);
    for (size_t at = 1; at + 2 <= size; at += 2) step(p, data[at], data[at + 1]);
    link_clean(p);
    free(p);
    return 0;
}
