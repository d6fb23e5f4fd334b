/*
 * reconcile_list.c: lists: ascending ids of some bits, in pieces; each piece is the ids of an interval whose width is a
 * power of two, so the receiver knows what its own elements there are that the piece lacks.
 */
#include <string.h>

#include "core/check.h"
#include "core/reconcile_internal.h"
#include "core/rice.h"

#define START_LIST_BITS 32
#define LIST_BITS_MIN 16
#define LIST_BITS_MAX 48
#define WANT_ROOM 16 /* bytes of a WANT besides its ranks */

static uint64_t list_id(const struct reconcile *r, size_t i) {
    return r->elements[i].hash >> (64 - r->list_bits);
}

static uint64_t list_end(const struct reconcile *r) {
    return UINT64_C(1) << r->list_bits;
}

void list_begin(struct reconcile *r, bool own) {
    set_sort_list(r);
    r->phase = own ? PHASE_LIST_SEND : PHASE_LIST_RECEIVE;
    r->list_from = 0;
    r->list_bits = 0; /* told by the first piece */
    r->list_at = r->list_answered = 0;
    r->list_pending = r->wants_pending = 0;
    r->last_answered = false;
}

/* ---- The list's owner ---- */

/* Gather the different ids from list_from up to below `to`, less list_from; stop at PIECE_MAX + 1. *end: the element
 * after them. */
static size_t gather(const struct reconcile *r, uint64_t to, size_t *end) {
    size_t count = 0, i = r->list_at;
    for (; i < r->n && list_id(r, i) < to && count <= RECONCILE_PIECE_MAX; i++) {
        const uint64_t value = list_id(r, i) - r->list_from;
        if (count == 0 || r->values[count - 1] != value) r->values[count++] = value;
    }
    *end = i;
    return count;
}

/* Write the next piece into what w has left. */
static void piece_write(struct reconcile *r, struct writer *w) {
    unsigned width = r->list_bits;
    size_t end = 0, count = 0;
    uint64_t span = 0;
    for (;; width--) {
        span = UINT64_C(1) << width;
        if (span > list_end(r) - r->list_from) span = list_end(r) - r->list_from;
        count = gather(r, r->list_from + span, &end);
        if (count <= RECONCILE_PIECE_MAX && rice_size(r->values, count, span) + 1 <= w->size - w->at) break;
        CHECK(width > 0);
    }
    writer_u8(w, (uint8_t)width);
    rice_write_gaps(w, r->values, count, span);
    r->list_from += span;
    r->list_at = end;
    r->list_pending += (uint32_t)count;
}

int list_send(struct reconcile *r, struct writer *w) {
    const bool first = r->list_bits == 0;
    if (!first && (r->list_from == list_end(r) || r->list_pending > RECONCILE_UNANSWERED_MAX - RECONCILE_PIECE_MAX))
        return 0;
    writer_u8(w, TYPE_LIST);
    if (first) {
        r->list_bits = (uint8_t)plan_list_bits(r->n, r->config.asker ? r->n_solver : r->n_asker);
        writer_u8(w, r->list_bits);
    }
    piece_write(r, w);
    return 0;
}

void list_write_all(struct reconcile *r, struct writer *w) {
    list_begin(r, true);
    r->list_bits = START_LIST_BITS;
    piece_write(r, w);
    CHECK(r->list_from == list_end(r));
}

/* Give the peer the elements that it wants out of the next `count` ids of the list. */
static void give(struct reconcile *r, uint32_t count, size_t wanted) {
    size_t i = r->list_answered, w = 0;
    for (uint32_t rank = 0; rank < count; rank++) {
        const uint64_t id = list_id(r, i);
        const bool want = w < wanted && r->values[w] == rank;
        if (want) w++;
        for (; i < r->list_at && list_id(r, i) == id; i++)
            if (want) reconcile_lack(r, r->elements[i].item, true);
    }
    r->list_answered = i;
}

int list_want_recv(struct reconcile *r, struct reader *in) {
    const uint64_t head = reader_varint(in, 2 * LIST_PENDING_MAX + 1);
    const uint32_t count = (uint32_t)(head >> 1);
    int wanted = 0;
    if (!in->err && count > r->list_pending) reader_fail(in, ERR_FIELD);
    if (in->err) return in->err;
    if (count > 0) wanted = rice_read_gaps(in, r->values, count, count);
    if (wanted < 0) return wanted;
    if (head & 1) r->wanted += reader_varint(in, RECONCILE_COUNT_MAX);
    const int err = reader_end(in);
    if (err) return err;
    const bool all = r->list_bits != 0 && r->list_from == list_end(r) && count == r->list_pending;
    if ((head & 1) && !all) return ERR_FIELD;
    give(r, count, (size_t)wanted);
    r->list_pending -= count;
    if (head & 1) r->phase = PHASE_DONE;
    return 0;
}

/* ---- Its receiver ---- */

/* Read a piece. The peer's ids and one's own are merged in ascending order. */
static int piece_read(struct reconcile *r, struct reader *in) {
    const unsigned width = reader_u8(in);
    if (!in->err && width > r->list_bits) reader_fail(in, ERR_LIMIT);
    if (in->err) return in->err;
    uint64_t span = UINT64_C(1) << width;
    if (span > list_end(r) - r->list_from) span = list_end(r) - r->list_from;
    uint64_t *ids = r->values + LIST_PENDING_MAX; /* below: ranks that wait */
    const int count = rice_read_gaps(in, ids, RECONCILE_PIECE_MAX, span);
    if (count < 0) return count;
    if (r->list_pending + (uint32_t)count > LIST_PENDING_MAX) return ERR_LIMIT;
    for (int i = 0; i < count; i++) {
        const uint64_t id = r->list_from + ids[i];
        while (r->list_at < r->n && list_id(r, r->list_at) < id)
            reconcile_lack(r, r->elements[r->list_at++].item, false);
        if (r->list_at < r->n && list_id(r, r->list_at) == id) {
            while (r->list_at < r->n && list_id(r, r->list_at) == id) r->list_at++;
        } else {
            r->values[r->wants_pending++] = r->list_pending + (uint32_t)i;
            r->wanted++;
        }
    }
    r->list_from += span;
    while (r->list_at < r->n && list_id(r, r->list_at) < r->list_from)
        reconcile_lack(r, r->elements[r->list_at++].item, false);
    r->list_pending += (uint32_t)count;
    return 0;
}

int list_recv(struct reconcile *r, struct reader *in) {
    if (r->list_bits == 0) {
        const unsigned bits = reader_u8(in);
        if (!in->err && (bits < LIST_BITS_MIN || bits > LIST_BITS_MAX)) reader_fail(in, ERR_LIMIT);
        if (in->err) return in->err;
        r->list_bits = (uint8_t)bits;
    } else if (r->list_from == list_end(r)) {
        return ERR_FIELD;
    }
    const int err = piece_read(r, in);
    return err ? err : reader_end(in);
}

int list_read_all(struct reconcile *r, struct reader *in) {
    list_begin(r, false);
    r->list_bits = START_LIST_BITS;
    const int err = piece_read(r, in);
    if (err) return err;
    return r->list_from == list_end(r) ? 0 : ERR_FIELD;
}

int list_want_send(struct reconcile *r, struct writer *w) {
    const bool all = r->list_bits != 0 && r->list_from == list_end(r);
    if (r->list_pending == 0 && !all) return 0;
    uint32_t count = r->list_pending, wants = r->wants_pending;
    while (count > 0 && rice_size(r->values, wants, count) > w->size - w->at - WANT_ROOM) {
        count /= 2;
        wants = 0;
        while (wants < r->wants_pending && r->values[wants] < count) wants++;
    }
    const bool last = all && count == r->list_pending;
    writer_u8(w, TYPE_WANT);
    writer_varint(w, (uint64_t)count << 1 | last);
    if (count > 0) rice_write_gaps(w, r->values, wants, count);
    if (last) {
        writer_varint(w, r->untold);
        r->untold = 0;
        r->phase = PHASE_DONE;
    }
    r->list_pending -= count;
    r->wants_pending -= wants;
    for (uint32_t i = 0; i < r->wants_pending; i++) r->values[i] = r->values[wants + i] - count;
    return 0;
}
