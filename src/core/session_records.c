/*
 * session_records.c: the messages of the record streams, out and in.
 *
 *   RECORD  slot varint ‖ a record as wire.h writes it
 *   STUB    the same of a stub
 *   CHUNK   blob (32) ‖ blob's size varint ‖ index varint ‖ n (1) ‖ n × proof hash (32) ‖ data
 *   ASKED   nothing; all that is here of your oldest ask has been sent
 *
 * Urgent and important records go by the urgent stream, all else by the bulk stream. What is sent is chosen as late as
 * possible: a stream's room is filled just before frames are made, the queue (urgent ones at the start, live ones)
 * ahead of what reconciliation has found, chunks last.
 */
#include <string.h>

#include "core/session_private.h"

#define SLOT_VARINT_MAX 2
#define CHUNK_HEAD_MAX (HASH_SIZE + 2 * VARINT_SIZE_MAX + 1)

static unsigned stream_of(uint64_t item) {
    return item >> 60 >= URGENCY_IMPORTANT ? STREAM_URGENT : STREAM_BULK;
}

/*
 * Ways take turns (start-time fair queueing), each record a turn: who brings much waits behind it, and goes first where
 * there is no room for all.
 */
bool records_queue(struct session *s, unsigned slot, uint64_t item, unsigned way) {
    struct session_queue *q = &s->queues[stream_of(item) - 1];
    way %= SESSION_WAYS;
    uint64_t turn = q->turns[way] > q->clock ? q->turns[way] : q->clock;
    if (q->count == SESSION_QUEUE_MAX) {
        const struct session_queued *last = &q->list[SESSION_QUEUE_MAX - 1];
        if (last->turn <= turn) return false;
        q->turns[last->way] = last->turn;
        q->count--;
    }
    unsigned at = q->count++;
    for (; at > 0 && q->list[at - 1].turn > turn; at--) q->list[at] = q->list[at - 1];
    q->list[at] = (struct session_queued){.item = item, .turn = turn, .slot = (uint16_t)slot, .way = (uint8_t)way};
    q->turns[way] = turn + 1;
    return true;
}

struct first {
    struct session *s;
    unsigned slot;
};

static int first_visit(void *context, const uint8_t id[HASH_SIZE], uint64_t item) {
    struct first *f = context;
    struct session *s = f->s;
    (void)id;
    if (s->first_count == SESSION_ITEMS_MAX) return 0;
    if (records_queue(s, f->slot, item, 0)) s->first[s->first_count++] = item;
    return 0;
}

int records_queue_first(struct session *s) {
    for (; s->first_slot < s->slot_count; s->first_slot++) {
        struct first f = {.s = s, .slot = s->first_slot};
        const struct session_slot *slot = &s->slots[s->first_slot];
        if (slot->first == 0) continue;
        int err = s->node.urgent(s->node.context, slot->handle, slot->first, first_visit, &f);
        if (err) return err;
    }
    return 0;
}

bool records_first_sent(const struct session *s) {
    const struct stream_out *urgent = &s->streams.out[STREAM_URGENT];
    /* Where frames are dear the peer's warnings are let through as well: it has had its say when it acks the answer. */
    if (s->config.retry_ms >= STREAM_SLOW_MS && s->streams.acked_next == 0) return false;
    return s->first_slot == s->slot_count && s->queues[STREAM_URGENT - 1].count == 0 &&
           !s->pending[STREAM_URGENT].any && urgent->sent == urgent->written;
}

static bool was_first(const struct session *s, unsigned slot, uint64_t item) {
    if (s->slots[slot].first == 0 || s->slots[slot].pass > 0) return false;
    for (unsigned i = 0; i < s->first_count; i++)
        if (s->first[i] == item) return true;
    return false;
}

/* ---- Out ---- */

/* Choose what a stream sends next, if anything waits for it. */
static void pending_fill(struct session *s, unsigned stream) {
    struct session_queue *q = &s->queues[stream - 1];
    struct session_pending *p = &s->pending[stream];
    uint64_t item;
    if (p->any) return;
    if (q->count > 0) {
        *p = (struct session_pending){.any = true, .slot = q->list[0].slot, .item = q->list[0].item};
        q->clock = q->list[0].turn;
        q->count--;
        memmove(&q->list[0], &q->list[1], q->count * sizeof q->list[0]);
        return;
    }
    while (s->running >= 0 && !p->any) {
        if (!reconcile_peek(&s->reconcile, &item)) {
            s->drained = true;
            return;
        }
        if (stream_of(item) != stream) return;
        (void)reconcile_next(&s->reconcile, &item);
        if (item == 0 || was_first(s, (unsigned)s->running, item)) continue;
        *p = (struct session_pending){.any = true, .slot = (uint16_t)s->running, .item = item};
    }
}

/* Write the record that a stream has chosen. Return 1, 0 if there is no room yet, or an error. */
static int pending_send(struct session *s, unsigned stream) {
    struct session_pending *p = &s->pending[stream];
    struct record r;
    const uint8_t *bytes;
    size_t size;
    struct writer w;
    if (p->needs > 0 && !message_place(s, stream, p->needs)) return 0;
    int err = s->node.record(s->node.context, p->item, &r, &bytes, &size);
    if (err == ERR_NOT_FOUND) {
        p->any = false; /* it has expired, or was taken back, since it was chosen */
        return 1;
    }
    if (err) return err;
    if (r.form == RECORD_FORM_SEALED) s->padded = true;
    p->needs = SLOT_VARINT_MAX + WIRE_MORE + size;
    uint8_t *place = message_place(s, stream, p->needs);
    if (!place) return 0;
    writer_init(&w, place + MESSAGE_HEAD, SLOT_VARINT_MAX);
    writer_varint(&w, p->slot);
    size_t wire =
        wire_write(&s->wire_out[stream - 1], s->slots[p->slot].secret, bytes, size, place + MESSAGE_HEAD + w.at);
    message_wrote(s, stream, r.body ? MESSAGE_RECORD : MESSAGE_STUB, w.at + wire);
    s->sent[stream]++;
    s->records_sent++;
    p->any = false;
    session_stir(s);
    return 1;
}

/* Send the next chunk that the peer asked for. Return 1, 0 if there is nothing to send or no room, or an error. */
static int chunk_send(struct session *s) {
    struct session_asking *a = &s->asked[s->asked_head];
    struct session_chunk c;
    struct writer w;
    if (s->asked_count == 0) return 0;
    uint8_t *place = message_place(s, STREAM_BULK, CHUNK_HEAD_MAX + BLOB_PROOF_MAX + BLOB_CHUNK_SIZE);
    if (!place) return 0;
    if (a->ask.missing == 0) {
        message_wrote(s, STREAM_BULK, MESSAGE_ASKED, 0);
        s->asked_head = (s->asked_head + 1) % SESSION_ASKS_MAX;
        s->asked_count--;
        return 1;
    }
    unsigned bit = (unsigned)__builtin_ctzll(a->ask.missing);
    a->ask.missing &= a->ask.missing - 1;
    int err = s->node.chunk(s->node.context, s->slots[a->slot].handle, a->ask.blob, a->ask.first + bit, &c);
    if (err == ERR_NOT_FOUND) return 1;
    if (err) return err;
    writer_init(&w, place + MESSAGE_HEAD, CHUNK_HEAD_MAX + BLOB_PROOF_MAX + BLOB_CHUNK_SIZE);
    writer_bytes(&w, c.blob, HASH_SIZE);
    writer_varint(&w, c.size_bytes);
    writer_varint(&w, c.index);
    writer_u8(&w, (uint8_t)(c.proof_size / HASH_SIZE));
    writer_bytes(&w, c.proof, c.proof_size);
    writer_bytes(&w, c.data, c.data_size);
    CHECK(!w.err);
    message_wrote(s, STREAM_BULK, MESSAGE_CHUNK, w.at);
    s->sent[STREAM_BULK]++;
    s->chunks_sent++;
    session_stir(s);
    return 1;
}

int records_send(struct session *s) {
    int done = s->phase == PHASE_OPEN ? records_queue_first(s) : 0;
    if (done || s->phase != PHASE_OPEN) return done;
    for (unsigned stream = STREAM_URGENT; stream < STREAM_COUNT; stream++) {
        do {
            pending_fill(s, stream);
            done = s->pending[stream].any ? pending_send(s, stream) : 0;
            if (done < 0) return done;
        } while (done);
    }
    while (!s->pending[STREAM_BULK].any && (done = chunk_send(s)) != 0)
        if (done < 0) return done;
    return 0;
}

int records_stored_told(struct session *s, unsigned stream, uint64_t count) {
    if (count < s->peer_stored[stream] || count > s->sent[stream]) return ERR_FIELD;
    s->peer_stored[stream] = count;
    return 0;
}

bool records_quiet(struct session *s) {
    size_t unread;
    for (unsigned i = STREAM_URGENT; i < STREAM_COUNT; i++) {
        (void)streams_read(&s->streams, i, &unread);
        if (unread > 0 || s->pending[i].any || s->queues[i - 1].count > 0) return false;
        if (s->sent[i] != s->peer_stored[i] || s->delivered[i] != s->stored[i]) return false;
    }
    return s->first_slot == s->slot_count;
}

/* ---- In ---- */

void records_release(struct session *s) {
    if (s->polled_size > 0) streams_consume(&s->streams, s->polled_stream, s->polled_size);
    s->polled_size = 0;
}

static int record_take(struct session *s, unsigned stream, struct reader *in, bool stub, struct session_event *event) {
    uint64_t slot = reader_varint(in, SESSION_COMMUNITIES_MAX);
    if (in->err) return in->err;
    if (slot >= s->slot_count) return ERR_FIELD;
    size_t size = reader_left(in);
    int err = wire_read(&s->wire_in[stream - 1], s->slots[slot].secret, reader_bytes(in, size), size, &event->parts);
    if (err) return err;
    event->type = SESSION_RECORD;
    event->handle = s->slots[slot].handle;
    if (slot_is_pool(&s->slots[slot])) s->padded = true;
    event->stub = stub;
    event->size = event->parts.head_size + event->parts.tail_size;
    if (s->slots[slot].phase == SLOT_EQUAL || s->slots[slot].phase == SLOT_GIVEN_UP) {
        s->slots[slot].touched = true;
        session_live(s, 1);
    }
    s->records_in++;
    s->blobs_stale = true; /* it may refer to a new one */
    if (s->config.records_in_max && s->records_in > s->config.records_in_max) return ERR_LIMIT;
    return 0;
}

/* Take a chunk that was asked for. */
static int chunk_take(struct session *s, struct reader *in, struct session_event *event) {
    struct session_chunk *c = &event->chunk;
    reader_copy(in, c->blob, HASH_SIZE);
    c->size_bytes = reader_varint(in, BLOB_SIZE_MAX);
    c->index = (uint32_t)reader_varint(in, BLOB_CHUNKS_MAX);
    c->proof_size = (size_t)reader_u8(in) * HASH_SIZE;
    c->proof = reader_bytes(in, c->proof_size);
    c->data_size = reader_left(in);
    c->data = reader_bytes(in, c->data_size);
    if (in->err) return in->err;
    if (c->proof_size > BLOB_PROOF_MAX || c->data_size > BLOB_CHUNK_SIZE) return ERR_LIMIT;
    for (unsigned i = 0; i < s->ask_count; i++) {
        struct session_asking *a = &s->asks[(s->ask_head + i) % SESSION_ASKS_MAX];
        uint32_t bit = c->index - a->ask.first;
        if (c->index < a->ask.first || bit >= 64 || !(a->ask.missing >> bit & 1)) continue;
        if (memcmp(a->ask.blob, c->blob, HASH_SIZE) != 0) continue;
        a->ask.missing &= ~(UINT64_C(1) << bit);
        event->type = SESSION_CHUNK;
        event->handle = s->slots[a->slot].handle;
        s->chunks_in++;
        return 0;
    }
    return ERR_FIELD;
}

static int asked_take(struct session *s) {
    if (s->ask_count == 0) return ERR_FIELD;
    s->node.missing_over(s->node.context, &s->asks[s->ask_head].ask);
    s->ask_head = (s->ask_head + 1) % SESSION_ASKS_MAX;
    s->ask_count--;
    return 0;
}

/* Take a message. Return 1 if it is an event, 0 if not, or an error. */
static int message_take(struct session *s, unsigned stream, uint8_t type, struct reader *in,
                        struct session_event *event) {
    int err;
    switch (type) {
    case MESSAGE_RECORD:
    case MESSAGE_STUB: err = record_take(s, stream, in, type == MESSAGE_STUB, event); break;
    case MESSAGE_CHUNK: err = stream == STREAM_BULK ? chunk_take(s, in, event) : ERR_FIELD; break;
    case MESSAGE_ASKED: err = asked_take(s); return err;
    default: return 0; /* of a later version */
    }
    return err ? err : 1;
}

/* Take the next event of the record streams: 1, 0, or an error. */
static int records_poll(struct session *s, struct session_event *event) {
    for (unsigned stream = STREAM_URGENT; stream < STREAM_COUNT; stream++) {
        uint8_t type;
        const uint8_t *body;
        size_t size;
        int got;
        while ((got = message_read(s, stream, &type, &body, &size)) != 0) {
            struct reader in;
            if (got < 0) return got;
            reader_init(&in, body, size);
            event->stream = (uint8_t)stream;
            got = message_take(s, stream, type, &in, event);
            if (got < 0) return got;
            s->polled_stream = stream;
            s->polled_size = MESSAGE_HEAD + size;
            if (got) {
                session_stir(s); /* not for MESSAGE_ASKED: the peer's word that it is idle may have overtaken it */
                s->delivered[stream]++;
                return 1;
            }
            records_release(s);
        }
    }
    return 0;
}

int session_poll(struct session *s, struct session_event *event) {
    records_release(s);
    *event = (struct session_event){0};
    if (s->err || s->phase != PHASE_OPEN) return 0;
    int got = records_poll(s, event);
    if (got < 0) (void)session_fail(s, got);
    if (got != 0) return got > 0;
    if (s->settled_told || !s->idle_told || !s->peer_idle) return 0;
    s->settled_told = true;
    event->type = SESSION_SETTLED;
    return 1;
}

void session_event_copy(const struct session_event *event, uint8_t *out) {
    CHECK(event->type == SESSION_RECORD);
    memcpy(out, event->parts.head, event->parts.head_size);
    memcpy(out + event->parts.head_size, event->parts.tail, event->parts.tail_size);
}

void session_stored(struct session *s, unsigned stream, uint32_t count) {
    CHECK(stream == STREAM_URGENT || stream == STREAM_BULK);
    CHECK(s->stored[stream] + count <= s->delivered[stream]);
    s->stored[stream] += count;
}

/* ---- Live ---- */

static uint64_t known_tag(const uint8_t id[HASH_SIZE]) {
    uint64_t tag;
    memcpy(&tag, id, sizeof tag);
    return tag;
}

void session_known(struct session *s, const uint8_t id[HASH_SIZE]) {
    s->known[s->known_at] = known_tag(id);
    s->known_at = (s->known_at + 1) % SESSION_KNOWN_MAX;
}

static bool is_known(const struct session *s, const uint8_t id[HASH_SIZE]) {
    uint64_t tag = known_tag(id);
    for (unsigned i = 0; i < SESSION_KNOWN_MAX; i++)
        if (s->known[i] == tag) return true;
    return false;
}

void session_offer(struct session *s, const struct session_offered *offered) {
    const uint8_t *id = offered->id;
    uint64_t item = offered->item;
    unsigned slot = 0;
    while (slot < s->slot_count && s->slots[slot].handle != offered->handle) slot++;
    if (s->err || s->phase != PHASE_OPEN || slot == s->slot_count || item == 0 || is_known(s, id)) return;
    s->slots[slot].touched = true;
    session_known(s, id);
    session_stir(s);
    session_live(s, 1);
    if (offered->own || stream_of(item) == STREAM_URGENT) {
        (void)records_queue(s, slot, item, offered->way); /* if the queue is full, the next comparison finds it */
        return;
    }
    struct session_announced *a = &s->announced[s->announce_end % (2 * SESSION_ANNOUNCE_MAX)];
    if (s->announce_end - s->announce_told == 2 * SESSION_ANNOUNCE_MAX) return;
    *a = (struct session_announced){.item = item, .slot = (uint16_t)slot};
    memcpy(a->id, id, HASH_SIZE);
    s->announce_end++;
}
