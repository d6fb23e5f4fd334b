/*
 * stream.c: streams over lossy frames.
 *
 * Sending: what was written stays in a linear buffer until it is acked. Of [base, written) the bytes below `sent` were
 * sent once; each of them is acked, or on its way in a flight, or in the list `lost`, from where it is sent again
 * before anything new. A frame is lost when a later one was acked (by distance or by time, RFC 9002, section 6.1), or
 * when nothing is heard for the probe timeout (6.2), then the oldest one is. Whatever is forgotten because a list is
 * full is sent once more: no list decides about correctness, only about waste.
 *
 * Receiving: bytes go to their place in a linear buffer; `contiguous` is the end of what has no gap, `ahead` lists what
 * came beyond one. The credit lets the peer send at most what the buffer can hold above what was consumed.
 */
#include "core/stream.h"

#include <string.h>

#include "core/bytes.h"
#include "core/check.h"

_Static_assert(STREAM_HEARD_MAX <= 64, "a bit for each row");

enum part { PART_ACK = 0x01, PART_PING = 0x02, PART_DATA = 0x10, PART_CREDIT = 0x20 };

static uint64_t min_u64(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

static uint64_t max_u64(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

/* ---- Lists of spans ---- */

/* Find the spans that [from, to) overlaps or touches: [*first, *end) of the list. */
static void spans_find(const struct stream_span *v, unsigned count, struct stream_span span, unsigned *first,
                       unsigned *end) {
    unsigned i = count, j;
    while (i > 0 && v[i - 1].to >= span.from) i--;
    for (j = i; j < count && v[j].from <= span.to;) j++;
    *first = i;
    *end = j;
}

/* Add a span; false, and nothing changed, if the list is full. */
static bool spans_add(struct stream_span *v, unsigned *count, struct stream_span span) {
    unsigned first, end;
    CHECK(span.from < span.to && *count <= STREAM_RANGES_MAX);
    spans_find(v, *count, span, &first, &end);
    if (first == end) {
        if (*count == STREAM_RANGES_MAX) return false;
        memmove(v + first + 1, v + first, (*count - first) * sizeof *v);
        v[first] = span;
        *count += 1;
        return true;
    }
    if (v[first].from > span.from) v[first].from = span.from;
    v[first].to = v[end - 1].to > span.to ? v[end - 1].to : span.to;
    memmove(v + first + 1, v + end, (*count - end) * sizeof *v);
    *count -= end - first - 1;
    return true;
}

/* Add a span; if the list is full, by making a neighbour cover it and what lies between. */
static void spans_cover(struct stream_span *v, unsigned *count, struct stream_span span) {
    unsigned first, end;
    if (spans_add(v, count, span)) return;
    spans_find(v, *count, span, &first, &end);
    if (first > 0)
        v[first - 1].to = span.to;
    else
        v[0].from = span.from;
}

/* Take a span out of a list; where that would split one and the list is full, less is taken out. */
static void spans_cut(struct stream_span *v, unsigned *count, struct stream_span span) {
    unsigned kept = 0;
    for (unsigned i = 0; i < *count; i++) {
        const struct stream_span old = v[i];
        if (old.to <= span.from || old.from >= span.to) {
            v[kept++] = old;
            continue;
        }
        if (old.from < span.from && old.to > span.to && *count < STREAM_RANGES_MAX) {
            memmove(v + i + 1, v + i, (*count - i) * sizeof *v);
            v[i].to = span.from;
            v[i + 1].from = span.to;
            *count += 1;
            return;
        }
        if (old.from < span.from && old.to > span.to)
            v[kept++] = old;
        else if (old.from < span.from)
            v[kept++] = (struct stream_span){old.from, span.from};
        else if (old.to > span.to)
            v[kept++] = (struct stream_span){span.to, old.to};
    }
    *count = kept;
}

/* Count from a base that is higher by delta; what lies below goes. */
static void spans_shift(struct stream_span *v, unsigned *count, uint32_t delta) {
    unsigned kept = 0;
    for (unsigned i = 0; i < *count; i++) {
        if (v[i].to <= delta) continue;
        v[kept++] = (struct stream_span){v[i].from > delta ? v[i].from - delta : 0, v[i].to - delta};
    }
    *count = kept;
}

/* ---- The session's side ---- */

void streams_init(struct streams *s, uint32_t retry_ms) {
    static const size_t rooms[STREAM_COUNT] = {STREAM_CONTROL_ROOM, STREAM_URGENT_ROOM, STREAM_BULK_ROOM};
    CHECK(retry_ms > 0);
    memset(s, 0, offsetof(struct streams, memory)); /* the memory is written before it is read */
    uint8_t *memory = s->memory;
    for (unsigned i = 0; i < STREAM_COUNT; i++) {
        s->out[i].buffer = (struct stream_buffer){.data = memory, .size = rooms[i]};
        s->out[i].credit = rooms[i];
        memory += rooms[i];
        s->in[i].buffer = (struct stream_buffer){.data = memory, .size = rooms[i]};
        s->in[i].credit = rooms[i];
        memory += rooms[i];
    }
    CHECK(memory == s->memory + sizeof s->memory);
    s->retry_ms = retry_ms;
    s->reorder = retry_ms >= STREAM_SLOW_MS ? 1 : STREAM_REORDER;
    s->loss_ms = UINT64_MAX;
}

size_t streams_room(const struct streams *s, unsigned stream) {
    CHECK(stream < STREAM_COUNT);
    const struct stream_out *o = &s->out[stream];
    return o->buffer.size - o->buffer.start - (size_t)(o->written - o->buffer.base);
}

uint8_t *streams_place(struct streams *s, unsigned stream) {
    CHECK(stream < STREAM_COUNT);
    const struct stream_out *o = &s->out[stream];
    return o->buffer.data + o->buffer.start + (size_t)(o->written - o->buffer.base);
}

void streams_wrote(struct streams *s, unsigned stream, size_t size) {
    CHECK(size <= streams_room(s, stream));
    s->out[stream].written += size;
}

const uint8_t *streams_read(struct streams *s, unsigned stream, size_t *size) {
    CHECK(stream < STREAM_COUNT);
    const struct stream_in *in = &s->in[stream];
    *size = (size_t)(in->contiguous - in->buffer.base);
    return in->buffer.data + in->buffer.start;
}

void streams_consume(struct streams *s, unsigned stream, size_t size) {
    CHECK(stream < STREAM_COUNT);
    struct stream_in *in = &s->in[stream];
    CHECK(size <= in->contiguous - in->buffer.base);
    in->buffer.base += size;
    in->buffer.start += size;
    spans_shift(in->ahead, &in->ahead_count, (uint32_t)size);
    if (in->contiguous == in->buffer.base && in->ahead_count == 0) in->buffer.start = 0;
}

void streams_ping(struct streams *s) {
    s->ping = true;
}

bool streams_settled(const struct streams *s) {
    for (unsigned i = 0; i < STREAM_COUNT; i++)
        if (s->out[i].buffer.base != s->out[i].written) return false;
    return true;
}

/* ---- What was sent: acked or lost ---- */

/* Cut a range of offsets at the base of its buffer; false if nothing of it lies above. */
static bool out_span(const struct stream_out *o, uint64_t from, size_t length, struct stream_span *span) {
    const uint64_t base = o->buffer.base, to = from + length;
    CHECK(to <= o->sent);
    if (to <= base) return false;
    *span = (struct stream_span){(uint32_t)(max_u64(from, base) - base), (uint32_t)(to - base)};
    return true;
}

/* Give up the first bytes of the buffer. The rest moves to its front when that makes a quarter of it free. */
static void out_advance(struct stream_out *o, uint32_t size) {
    struct stream_buffer *b = &o->buffer;
    b->base += size;
    b->start += size;
    CHECK(b->base <= o->sent && b->start <= b->size);
    spans_shift(o->acked, &o->acked_count, size);
    spans_shift(o->lost, &o->lost_count, size);
    const size_t left = (size_t)(o->written - b->base);
    if (left > 0 && b->start < b->size / 4) return;
    if (left > 0) memmove(b->data, b->data + b->start, left);
    b->start = 0;
}

static void out_acked(struct stream_out *o, uint64_t from, size_t length) {
    struct stream_span span;
    if (!out_span(o, from, length, &span)) return;
    if (span.from == 0 && o->acked_count == 0) {
        out_advance(o, span.to);
        return;
    }
    if (!spans_add(o->acked, &o->acked_count, span)) {
        spans_cover(o->lost, &o->lost_count, span); /* no room to remember it: it is sent again */
        return;
    }
    if (o->acked[0].from == 0)
        out_advance(o, o->acked[0].to);
    else
        spans_cut(o->lost, &o->lost_count, span);
}

static void out_lost(struct stream_out *o, uint64_t from, size_t length) {
    struct stream_span span;
    if (!out_span(o, from, length, &span)) return;
    spans_cover(o->lost, &o->lost_count, span);
    for (unsigned i = 0; i < o->acked_count; i++) spans_cut(o->lost, &o->lost_count, o->acked[i]);
}

/* Return the offset of a stream whose low 32 bits are given: the one nearest to what is sent now. */
static uint64_t out_offset(const struct stream_out *o, uint32_t low) {
    return o->sent - (uint32_t)((uint32_t)(o->sent & UINT32_MAX) - low);
}

/* ---- Flights ---- */

static struct stream_flight *flight_at(struct streams *s, unsigned i) {
    return &s->flights[(s->flight_first + i) % STREAM_FLIGHTS_MAX];
}

static bool flight_fits(const struct streams *s) {
    if (s->flight_out >= STREAM_FLYING_MAX) return false;
    return s->flight_count < STREAM_FLIGHTS_MAX || s->flights[s->flight_first].state != STREAM_FLIGHT_OUT;
}

static void flight_drop_first(struct streams *s) {
    s->flight_first = (s->flight_first + 1) % STREAM_FLIGHTS_MAX;
    s->flight_count--;
}

static void flight_push(struct streams *s, const struct stream_flight *flight) {
    CHECK(flight_fits(s));
    if (s->flight_count == STREAM_FLIGHTS_MAX) flight_drop_first(s);
    *flight_at(s, s->flight_count) = *flight;
    s->flight_count++;
    s->flight_out++;
}

static uint64_t flight_age(const struct stream_flight *f, uint64_t now_ms) {
    return (uint32_t)((uint32_t)(now_ms & UINT32_MAX) - f->sent_ms);
}

/* Forget flights that need no more be known: acked ones, and lost ones whose ack would be very late. */
static void flights_trim(struct streams *s) {
    while (s->flight_count > 0) {
        const struct stream_flight *f = flight_at(s, 0);
        if (f->state == STREAM_FLIGHT_OUT) return;
        if (f->state == STREAM_FLIGHT_LOST && s->acked_next <= f->counter + STREAM_REORDER_MAX) return;
        flight_drop_first(s);
    }
}

static uint64_t row_from(const struct stream_row *row) {
    return row->to - row->count;
}

/* The peer has this ack: what it named need not be told again, but for the largest. */
static void heard_told(struct streams *s, uint32_t low) {
    const uint64_t largest = s->heard[0].to - 1;
    const uint64_t told = largest - (uint32_t)((uint32_t)(largest & UINT32_MAX) - low);
    while (s->heard_count > 1 && s->heard[s->heard_count - 1].to <= told) s->heard_count--;
    struct stream_row *last = &s->heard[s->heard_count - 1];
    if (row_from(last) < told) last->count = (uint32_t)(last->to - min_u64(told, last->to - 1));
}

static void flight_acked(struct streams *s, struct stream_flight *f, uint64_t now_ms) {
    if (f->state == STREAM_FLIGHT_DONE) return;
    if (f->state == STREAM_FLIGHT_OUT) s->flight_out--;
    if (f->state == STREAM_FLIGHT_LOST && s->acked_next > f->counter) { /* it was only late */
        s->reorder = max_u64(s->reorder, min_u64(s->acked_next - f->counter, STREAM_REORDER_MAX));
        s->patience_ms = max_u64(s->patience_ms, flight_age(f, now_ms));
    }
    f->state = STREAM_FLIGHT_DONE;
    for (unsigned i = 0; i < STREAM_COUNT; i++) {
        struct stream_out *o = &s->out[f->stream[i]];
        if (f->length[i] > 0) out_acked(o, out_offset(o, f->from[i]), f->length[i]);
    }
    for (unsigned i = 0; i < STREAM_COUNT; i++)
        if ((f->carries & 1U << i) != 0 && s->in[i].credit_counter == f->counter) s->in[i].credit_lost = false;
    if (f->carries & STREAM_CARRIES_ACK) heard_told(s, f->heard);
    s->backoff = 0;
    s->probe = false;
    if (s->round_marked && f->counter >= s->round_mark) {
        s->round_trips++;
        s->round_marked = false;
    }
}

static void flight_lost(struct streams *s, struct stream_flight *f) {
    CHECK(f->state == STREAM_FLIGHT_OUT);
    f->state = STREAM_FLIGHT_LOST;
    s->flight_out--;
    for (unsigned i = 0; i < STREAM_COUNT; i++) {
        struct stream_out *o = &s->out[f->stream[i]];
        if (f->length[i] > 0) out_lost(o, out_offset(o, f->from[i]), f->length[i]);
    }
    for (unsigned i = 0; i < STREAM_COUNT; i++)
        if ((f->carries & 1U << i) != 0 && s->in[i].credit_counter == f->counter) s->in[i].credit_lost = true;
    if (f->carries & STREAM_CARRIES_PING) s->ping = true;
}

/* ---- Times ---- */

/* RFC 9002, section 5.3, in whole milliseconds; how long the peer waited is part of it. */
static void rtt_sample(struct streams *s, uint64_t rtt_ms) {
    s->latest_ms = max_u64(rtt_ms, 1);
    if (s->srtt_ms == 0) {
        s->srtt_ms = s->latest_ms;
        s->rttvar_ms = s->latest_ms / 2;
        return;
    }
    const uint64_t off = s->srtt_ms > s->latest_ms ? s->srtt_ms - s->latest_ms : s->latest_ms - s->srtt_ms;
    s->rttvar_ms = (3 * s->rttvar_ms + off + 2) / 4;
    s->srtt_ms = (7 * s->srtt_ms + s->latest_ms + 4) / 8;
}

/* How long an ack may wait for company: little where it holds up the sender, longer where frames are dear. */
static uint64_t ack_delay(const struct streams *s) {
    if (s->srtt_ms == 0) return STREAM_ACK_DELAY_MS;
    const uint64_t fast = min_u64(s->srtt_ms / 4, STREAM_ACK_DELAY_MS);
    return max_u64(1, max_u64(fast, min_u64(s->srtt_ms / 8, STREAM_ACK_DELAY_MS_MAX)));
}

static uint64_t probe_ms(const struct streams *s) {
    uint64_t wait = s->retry_ms;
    if (s->srtt_ms > 0)
        wait = s->srtt_ms + max_u64((s->retry_ms >= STREAM_SLOW_MS ? 2 : 4) * s->rttvar_ms, 1) + ack_delay(s);
    wait = min_u64(max_u64(wait, s->retry_ms / 8 + 1), STREAM_PROBE_MS_MAX);
    const unsigned doublings = s->backoff > 0 ? s->backoff - 1 : 0; /* the first two waits are equal */
    return min_u64(wait << min_u64(doublings, STREAM_BACKOFF_MAX), STREAM_PROBE_MS_MAX);
}

/* Take for lost what was overtaken by an acked frame, by distance or by time; remember when to look again. */
static void losses_find(struct streams *s, uint64_t now_ms) {
    const uint64_t patience = min_u64(s->patience_ms, 2 * s->srtt_ms);
    const uint64_t wait = max_u64((max_u64(s->srtt_ms, s->latest_ms) * 9 + 7) / 8, max_u64(patience, 1));
    s->loss_ms = UINT64_MAX;
    for (unsigned i = 0; i < s->flight_count; i++) {
        struct stream_flight *f = flight_at(s, i);
        if (f->counter >= s->acked_next) break;
        if (f->state != STREAM_FLIGHT_OUT) continue;
        const uint64_t age = flight_age(f, now_ms);
        if (s->acked_next - 1 - f->counter >= s->reorder || age >= wait)
            flight_lost(s, f);
        else
            s->loss_ms = min_u64(s->loss_ms, now_ms + wait - age);
    }
    flights_trim(s);
}

uint64_t streams_deadline(const struct streams *s) {
    uint64_t deadline = UINT64_MAX;
    if (s->flight_out > 0) deadline = min_u64(s->loss_ms, s->last_ask_ms + probe_ms(s));
    return s->heard_unacked > 0 ? min_u64(deadline, s->ack_deadline_ms) : deadline;
}

static bool asks_wanted(const struct streams *s);

/* Nothing was heard for long: send the oldest frame's content again, or ping. */
static void probe_begin(struct streams *s, uint64_t now_ms) {
    s->last_ask_ms = now_ms; /* begins the next wait, even if the carrier takes no frame */
    if (s->probe) return;
    s->probe = true;
    s->backoff++;
    for (unsigned i = 0; i < s->flight_count; i++)
        if (flight_at(s, i)->state == STREAM_FLIGHT_OUT) {
            flight_lost(s, flight_at(s, i));
            break;
        }
    if (!asks_wanted(s)) s->ping = true;
    flights_trim(s);
}

void streams_unheard(struct streams *s) {
    for (unsigned i = 0; i < s->flight_count; i++)
        if (flight_at(s, i)->state == STREAM_FLIGHT_OUT) flight_lost(s, flight_at(s, i));
    flights_trim(s);
}

void streams_expire(struct streams *s, uint64_t now_ms) {
    if (s->heard_unacked > 0 && now_ms >= s->ack_deadline_ms) s->ack_now = true;
    if (s->flight_out > 0 && now_ms >= s->loss_ms) losses_find(s, now_ms);
    if (s->flight_out > 0 && now_ms >= s->last_ask_ms + probe_ms(s)) probe_begin(s, now_ms);
}

/* ---- Receiving ---- */

/* Note that a frame came. The oldest row is forgotten when there are too many. */
static void heard_add(struct streams *s, uint64_t counter) {
    struct stream_row *v = s->heard;
    unsigned i = 0;
    while (i < s->heard_count && row_from(&v[i]) > counter + 1) i++; /* the first that it touches or is above */
    if (i == s->heard_count || v[i].to < counter) {
        if (i == STREAM_HEARD_MAX) return;
        if (s->heard_count == STREAM_HEARD_MAX) s->heard_count--;
        memmove(v + i + 1, v + i, (s->heard_count - i) * sizeof *v);
        v[i] = (struct stream_row){.to = counter + 1, .count = 1};
        s->heard_count++;
        return;
    }
    if (v[i].count == UINT32_MAX) v[i].count /= 2; /* so long ago that the peer knows it */
    v[i].told = 0;
    if (v[i].to == counter) {
        v[i].to++;
        v[i].count++;
    } else if (row_from(&v[i]) == counter + 1) {
        v[i].count++;
        if (i + 1 < s->heard_count && v[i + 1].to == counter) { /* filled a gap: two rows become one */
            v[i].count = (uint32_t)min_u64((uint64_t)v[i].count + v[i + 1].count, UINT32_MAX);
            memmove(v + i + 1, v + i + 2, (s->heard_count - i - 2) * sizeof *v);
            s->heard_count--;
        }
    }
}

/* All flights with counters of [from, to] arrived. */
static void row_acked(struct streams *s, uint64_t from, uint64_t to, uint64_t now_ms) {
    unsigned low = 0, high = s->flight_count;
    while (low < high) {
        const unsigned middle = (low + high) / 2;
        if (flight_at(s, middle)->counter < from)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < s->flight_count && flight_at(s, low)->counter <= to; low++) flight_acked(s, flight_at(s, low), now_ms);
}

/* A round trip is measured where the largest counter of an ack is that of a flight that was not acked before. */
static void ack_measure(struct streams *s, uint64_t largest, uint64_t now_ms) {
    for (unsigned i = s->flight_count; i > 0; i--) {
        const struct stream_flight *f = flight_at(s, i - 1);
        if (f->counter > largest) continue;
        if (f->counter == largest && f->state != STREAM_FLIGHT_DONE) rtt_sample(s, flight_age(f, now_ms));
        return;
    }
}

static void ack_recv(struct streams *s, struct reader *r, uint64_t now_ms) {
    uint64_t to = reader_varint(r, VARINT_MAX), run = reader_varint(r, VARINT_MAX);
    unsigned rows = reader_u8(r);
    if (r->err) return;
    if (rows > STREAM_ACK_ROWS_MAX) {
        reader_fail(r, ERR_LIMIT);
        return;
    }
    if (to >= s->counter_next || run > to) {
        reader_fail(r, ERR_FIELD);
        return;
    }
    ack_measure(s, to, now_ms);
    const uint64_t acked_next = to + 1;
    for (;;) {
        row_acked(s, to - run, to, now_ms);
        to -= run;
        if (rows-- == 0) break;
        const uint64_t gap = reader_varint(r, VARINT_MAX);
        run = reader_varint(r, VARINT_MAX);
        if (r->err) return;
        if (to < 2 || gap > to - 2 || run > to - 2 - gap) {
            reader_fail(r, ERR_FIELD);
            return;
        }
        to -= gap + 2;
    }
    if (acked_next > s->acked_next) {
        s->acked_next = acked_next;
        s->backoff = 0; /* the peer is there */
    }
    losses_find(s, now_ms);
}

/* Copy the bytes of [span) that are not there yet: those below were handed out, those of `ahead` came before. */
static void in_copy(struct stream_in *in, struct stream_span span, const uint8_t *bytes) {
    struct stream_buffer *b = &in->buffer;
    const uint32_t filled = (uint32_t)(in->contiguous - b->base);
    if (b->size - b->start < span.to) {
        memmove(b->data, b->data + b->start, in->ahead_count > 0 ? in->ahead[in->ahead_count - 1].to : filled);
        b->start = 0;
    }
    CHECK(span.to <= b->size - b->start);
    uint32_t at = span.from;
    for (unsigned i = 0; i < in->ahead_count && in->ahead[i].from < span.to; i++) {
        if (in->ahead[i].to <= at) continue;
        if (in->ahead[i].from > at) memcpy(b->data + b->start + at, bytes + (at - span.from), in->ahead[i].from - at);
        at = in->ahead[i].to;
    }
    if (at < span.to) memcpy(b->data + b->start + at, bytes + (at - span.from), span.to - at);
}

/* Take bytes of a stream; false if there are too many gaps to remember them. */
static bool in_take(struct stream_in *in, uint64_t offset, const uint8_t *bytes, size_t length) {
    const uint64_t base = in->buffer.base;
    if (offset + length <= in->contiguous) return true; /* known */
    const uint64_t from = max_u64(offset, in->contiguous);
    const struct stream_span span = {(uint32_t)(from - base), (uint32_t)(offset + length - base)};
    bytes += from - offset;
    if (from > in->contiguous && in->ahead_count == STREAM_RANGES_MAX) {
        unsigned first, end;
        spans_find(in->ahead, in->ahead_count, span, &first, &end);
        if (first == end) return false;
    }
    in_copy(in, span, bytes);
    if (from > in->contiguous) return spans_add(in->ahead, &in->ahead_count, span);
    in->contiguous = offset + length;
    while (in->ahead_count > 0 && in->ahead[0].from <= in->contiguous - base) {
        in->contiguous = max_u64(in->contiguous, base + in->ahead[0].to);
        in->ahead_count--;
        memmove(in->ahead, in->ahead + 1, in->ahead_count * sizeof in->ahead[0]);
    }
    return true;
}

static bool data_recv(struct streams *s, struct reader *r, unsigned stream) {
    const uint64_t offset = reader_varint(r, VARINT_MAX), length = reader_varint(r, VARINT_MAX);
    if (r->err) return false;
    if (length > reader_left(r)) {
        reader_fail(r, ERR_TRUNCATED);
        return false;
    }
    struct stream_in *in = &s->in[stream];
    if (length == 0 || offset > in->credit || length > in->credit - offset) {
        reader_fail(r, ERR_FIELD);
        return false;
    }
    return in_take(in, offset, reader_bytes(r, (size_t)length), (size_t)length);
}

int streams_recv(struct streams *s, uint64_t counter, const uint8_t *content, size_t size, uint64_t now_ms) {
    struct reader r;
    bool acks = false, asks = false, kept = true;
    CHECK(counter <= VARINT_MAX);
    reader_init(&r, content, size);
    while (reader_left(&r) > 0) {
        const unsigned type = reader_u8(&r);
        if (type == PART_ACK && !acks) {
            acks = true;
            ack_recv(s, &r, now_ms);
            continue;
        }
        asks = true;
        if (type >= PART_DATA && type < PART_DATA + STREAM_COUNT) {
            kept = data_recv(s, &r, type - PART_DATA) && kept;
        } else if (type >= PART_CREDIT && type < PART_CREDIT + STREAM_COUNT) {
            struct stream_out *o = &s->out[type - PART_CREDIT];
            o->credit = max_u64(o->credit, reader_varint(&r, VARINT_MAX));
        } else if (type != PART_PING) {
            reader_fail(&r, ERR_FIELD);
        }
    }
    if (r.err) return r.err;
    if (!kept) return 0;
    const bool in_order = s->heard_count == 0 || s->heard[0].to == counter;
    heard_add(s, counter);
    if (!asks) return 0;
    if (s->heard_unacked++ == 0) s->ack_deadline_ms = now_ms + ack_delay(s);
    s->heard_size += size;
    if (!in_order || s->heard_unacked >= STREAM_ACK_FRAMES || s->heard_size >= STREAM_ACK_BYTES) s->ack_now = true;
    return 0;
}

/* ---- Sending ---- */

/* Whether to tell a new credit: it has grown by a quarter of the room, or the peer is held up by it. */
static bool credit_due(const struct stream_in *in) {
    const uint64_t grown = in->buffer.base + in->buffer.size - in->credit;
    return in->credit_lost || grown >= in->buffer.size / 4 || (grown > 0 && in->contiguous == in->credit);
}

/* The end of what may be sent. */
static uint64_t out_limit(const struct stream_out *o) {
    return max_u64(o->sent, min_u64(o->written, o->credit));
}

static bool asks_wanted(const struct streams *s) {
    if (s->ping) return true;
    for (unsigned i = 0; i < STREAM_COUNT; i++)
        if (credit_due(&s->in[i]) || s->out[i].lost_count > 0 || out_limit(&s->out[i]) > s->out[i].sent) return true;
    return false;
}

/* Write the rows after the first that were told less than told_max times, as many as fit. Return a bit for each. */
static uint64_t rows_write(const struct stream_row *v, unsigned count, unsigned told_max, struct writer *w) {
    uint64_t named = 0;
    for (unsigned i = 1, last = 0; i < count; i++) {
        const uint64_t gap = row_from(&v[last]) - v[i].to - 1;
        if (v[i].told >= told_max || w->size - w->at < varint_size(gap) + varint_size(v[i].count - 1)) continue;
        writer_varint(w, gap);
        writer_varint(w, v[i].count - 1);
        named |= UINT64_C(1) << i;
        last = i;
    }
    return named;
}

/* Return a bit for each row after the first that was told less than told_max times. */
static uint64_t rows_left(const struct stream_row *v, unsigned count, unsigned told_max) {
    uint64_t left = 0;
    for (unsigned i = 1; i < count; i++)
        if (v[i].told < told_max) left |= UINT64_C(1) << i;
    return left;
}

/*
 * Write an ack: the latest row, and further ones that were not told often enough yet, as many as go into size_max
 * bytes; where they do not, those that were never told go first, and the next frame goes on with the rest of them.
 */
static void ack_write(struct streams *s, struct writer *w, size_t size_max, struct stream_flight *flight) {
    CHECK(s->heard_count > 0);
    struct stream_row *v = s->heard;
    uint8_t bytes[STREAM_HEARD_MAX * 2 * VARINT_SIZE_MAX];
    struct writer rows;
    const size_t head = 2 + varint_size(v[0].to - 1) + varint_size(v[0].count - 1);
    const size_t room = size_max - head < sizeof bytes ? size_max - head : sizeof bytes;
    writer_init(&rows, bytes, room);
    uint64_t named = rows_write(v, s->heard_count, STREAM_ROW_TOLD_MAX, &rows);
    if (rows_left(v, s->heard_count, 1) & ~named) {
        writer_init(&rows, bytes, room);
        named = rows_write(v, s->heard_count, 1, &rows);
    }
    if ((rows_left(v, s->heard_count, STREAM_ROW_TOLD_MAX) & ~named) == 0) {
        flight->carries |= STREAM_CARRIES_ACK;
        flight->heard = (uint32_t)((v[0].to - 1) & UINT32_MAX);
    }
    unsigned count = 0;
    for (unsigned i = 0; i < s->heard_count; i++) {
        if (i == 0 || (named >> i & 1) != 0) v[i].told++;
        count += named >> i & 1;
    }
    writer_u8(w, PART_ACK);
    writer_varint(w, v[0].to - 1);
    writer_varint(w, v[0].count - 1);
    writer_u8(w, (uint8_t)count);
    writer_bytes(w, bytes, rows.at);
    s->ack_now = rows_left(v, s->heard_count, 1) != 0;
    if (s->ack_now) return;
    s->heard_unacked = 0;
    s->heard_size = 0;
}

/* Write the credits that are due and fit. */
static void credits_write(struct streams *s, struct writer *w, struct stream_flight *flight) {
    for (unsigned i = 0; i < STREAM_COUNT; i++) {
        struct stream_in *in = &s->in[i];
        const uint64_t credit = in->buffer.base + in->buffer.size;
        if (!credit_due(in) || w->size - w->at < 1 + varint_size(credit)) continue;
        writer_u8(w, (uint8_t)(PART_CREDIT + i));
        writer_varint(w, credit);
        in->credit = credit;
        in->credit_counter = flight->counter;
        in->credit_lost = false;
        flight->carries |= (uint8_t)(1U << i);
    }
}

/* Return how many bytes of data from this offset on fit into room bytes with their part's head. */
static size_t data_fits(uint64_t offset, size_t room) {
    size_t best = 0;
    for (size_t head = 2 + varint_size(offset), step = 7; step <= 14 && head < room; head++, step += 7) {
        const size_t most = ((size_t)1 << step) - 1;
        best = room - head < most ? room - head : most;
        if (best < most) break;
    }
    return best;
}

/* Write one range of a stream, what was lost first. Return whether there was one and it was worth its head. */
static bool data_write(struct streams *s, struct writer *w, unsigned stream, struct stream_flight *flight,
                       unsigned part) {
    struct stream_out *o = &s->out[stream];
    const uint64_t base = o->buffer.base;
    uint64_t from = o->sent, to = out_limit(o);
    if (o->lost_count > 0) {
        from = base + o->lost[0].from;
        if (base + o->lost[0].to < o->sent) to = base + o->lost[0].to;
    }
    const size_t fits = data_fits(from, w->size - w->at), want = (size_t)(to - from);
    const size_t length = fits < want ? fits : want;
    if (length == 0 || (length < want && length < STREAM_PART_MIN && w->at > 0)) return false;
    writer_u8(w, (uint8_t)(PART_DATA + stream));
    writer_varint(w, from);
    writer_varint(w, length);
    writer_bytes(w, o->buffer.data + o->buffer.start + (size_t)(from - base), length);
    flight->stream[part] = (uint8_t)stream;
    flight->from[part] = (uint32_t)(from & UINT32_MAX);
    flight->length[part] = (uint16_t)length;
    if (o->lost_count > 0)
        spans_cut(o->lost, &o->lost_count,
                  (struct stream_span){(uint32_t)(from - base), (uint32_t)(from + length - base)});
    if (from < o->sent) s->resent_bytes += min_u64(length, o->sent - from);
    o->sent = max_u64(o->sent, from + length);
    return true;
}

/* Write what asks for an ack: credits, data by precedence; a ping only into a frame without them. */
static void asks_write(struct streams *s, struct writer *w, struct stream_flight *flight, uint64_t now_ms) {
    const unsigned order[STREAM_COUNT] = {s->urgent_turn ? STREAM_URGENT : STREAM_CONTROL,
                                          s->urgent_turn ? STREAM_CONTROL : STREAM_URGENT, STREAM_BULK};
    unsigned parts = 0;
    credits_write(s, w, flight);
    for (unsigned i = 0; i < STREAM_COUNT; i++)
        while (parts < STREAM_COUNT && data_write(s, w, order[i], flight, parts)) parts++;
    s->urgent_turn = parts > 0 && flight->stream[0] == STREAM_CONTROL;
    if (parts == 0 && (flight->carries & ((1U << STREAM_COUNT) - 1)) == 0) {
        CHECK(s->ping);
        writer_u8(w, PART_PING);
        flight->carries |= STREAM_CARRIES_PING;
    }
    s->ping = false;
    s->probe = false;
    s->last_ask_ms = now_ms;
    flight->state = STREAM_FLIGHT_OUT;
    flight_push(s, flight);
    if (!s->round_marked) {
        s->round_marked = true;
        s->round_mark = flight->counter;
    }
}

size_t streams_send(struct streams *s, uint64_t counter, uint8_t *out, size_t max, uint64_t now_ms) {
    CHECK(max >= STREAM_CONTENT_MIN && counter >= s->counter_next && counter <= VARINT_MAX);
    const bool open = s->backoff < STREAM_PROBE_AFTER || s->probe || s->flight_out == 0;
    const bool asks = open && flight_fits(s) && asks_wanted(s);
    const bool acks = s->heard_unacked > 0 && (s->ack_now || now_ms >= s->ack_deadline_ms);
    if (!asks && !acks) return 0;
    struct writer w;
    struct stream_flight flight = {.counter = counter, .sent_ms = (uint32_t)(now_ms & UINT32_MAX)};
    writer_init(&w, out, max);
    if (s->heard_unacked > 0) ack_write(s, &w, max / 2, &flight);
    if (asks) asks_write(s, &w, &flight, now_ms);
    CHECK(w.err == 0 && w.at > 0);
    s->counter_next = counter + 1;
    return w.at;
}
