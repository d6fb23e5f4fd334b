/*
 * session.c: the handshake, frames in and out, deadlines, the end. See session_private.h for the other parts.
 */
#include <string.h>

#include "core/crypto.h"
#include "core/session_private.h"

#define DEAD_FACTOR 4
#define HANDSHAKE_WAIT_MAX_MS 60000
/* The content of a frame that says goodbye; parts of streams never begin with it. */
#define GOODBYE 0x00

static uint64_t earlier(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

size_t session_size(void) {
    return sizeof(struct session);
}

void session_init(struct session *s, const struct session_config *config, const struct session_node *node) {
    static const uint8_t pad[] = "longear pad 1";
    CHECK(config->frame_max >= CHANNEL_FRAME_MIN && config->frame_max <= CHANNEL_FRAME_MAX);
    CHECK(config->keepalive_ms > 0 && config->retry_ms > 0);
    memset(s, 0, sizeof *s);
    s->config = *config;
    s->node = *node;
    s->phase = PHASE_FIRST;
    s->now_ms = s->started_ms = s->heard_ms = s->said_ms = config->now_ms;
    s->running = -1;
    s->verify_wait_ms = VERIFY_FIRST_MS;
    s->verify_ms = s->now_ms + s->verify_wait_ms;
    streams_init(&s->streams, config->retry_ms);
    crypto_digest_keyed(s->pad_key, config->ephemeral_secret, KEY_SIZE, pad, sizeof pad);
    channel_handshake(&s->noise, config->initiator, config->ephemeral_secret);
    crypto_wipe(s->config.ephemeral_secret, KEY_SIZE);
    s->handshake_wait_ms = (config->retry_ms + 1) / 2; /* its frames are small */
    s->handshake_ms = UINT64_MAX;
    if (!config->initiator) return;
    int size = channel_handshake_write(&s->noise, s->handshake, sizeof s->handshake);
    CHECK(size > 0);
    s->handshake_size = (size_t)size;
    s->handshake_due = true;
}

/* ---- Frames in ---- */

/* The responder: the first frame, or a repetition of it. */
static void first_take(struct session *s, const uint8_t *frame, size_t size) {
    bool repeated = s->phase != PHASE_FIRST && !s->heard_data && size == CHANNEL_FIRST_SIZE;
    if (s->config.initiator || (s->phase != PHASE_FIRST && !repeated)) {
        s->dropped++;
        return;
    }
    if (!repeated) {
        int err = channel_handshake_read(&s->noise, frame, size);
        int wrote = err ? err : channel_handshake_write(&s->noise, s->handshake, sizeof s->handshake);
        if (wrote > 0) err = channel_begin(&s->channel, &s->noise, s->hash);
        if (wrote < 0 || err) {
            s->dropped++;
            return;
        }
        s->handshake_size = (size_t)wrote;
        s->phase = PHASE_HELLO;
        s->hello_due = true;
    }
    if (repeated) streams_unheard(&s->streams); /* what followed our frame could not be opened there */
    s->handshake_due = true;
}

static void second_take(struct session *s, const uint8_t *frame, size_t size) {
    if (!s->config.initiator || s->phase != PHASE_FIRST || channel_handshake_read(&s->noise, frame, size) != 0 ||
        channel_begin(&s->channel, &s->noise, s->hash) != 0) {
        s->dropped++;
        return;
    }
    s->handshake_ms = UINT64_MAX;
    s->handshake_due = false;
    s->phase = PHASE_HELLO;
}

static int data_take(struct session *s, const uint8_t *frame, size_t size) {
    uint8_t content[CHANNEL_FRAME_MAX];
    uint64_t counter;
    if (s->phase == PHASE_FIRST) {
        /* The peer has answered, and its answer was lost: ask for it again. */
        if (s->config.initiator && s->now_ms >= s->said_ms + s->config.retry_ms / 4) s->handshake_due = true;
        s->dropped++;
        return 0;
    }
    int opened = channel_open(&s->channel, frame, size, content, sizeof content, &counter);
    if (opened < 0) {
        s->dropped++;
        return 0;
    }
    s->heard_ms = s->now_ms;
    s->heard_data = true;
    if (opened > 0 && content[0] == GOODBYE) return ERR_END;
    int err = streams_recv(&s->streams, counter, content, (size_t)opened, s->now_ms);
    crypto_wipe(content, (size_t)opened);
    return err ? err : control_recv(s);
}

int session_recv(struct session *s, const uint8_t *frame, size_t size, uint64_t now_ms) {
    if (s->err) return s->err;
    records_release(s);
    s->now_ms = now_ms;
    s->bytes_in += size;
    if (s->config.bytes_in_max && s->bytes_in > s->config.bytes_in_max) return session_fail(s, ERR_LIMIT);
    int err = 0;
    if (s->phase == PHASE_GOODBYE) return 0;
    if (size == 0 || size > CHANNEL_FRAME_MAX)
        s->dropped++;
    else if (frame[0] == CHANNEL_FIRST)
        first_take(s, frame, size);
    else if (frame[0] == CHANNEL_SECOND)
        second_take(s, frame, size);
    else
        err = data_take(s, frame, size);
    return err ? session_fail(s, err) : 0;
}

/* ---- Frames out ---- */

static size_t handshake_send(struct session *s, uint8_t *out) {
    memcpy(out, s->handshake, s->handshake_size);
    s->handshake_due = false;
    if (s->config.initiator) {
        s->handshake_ms = s->now_ms + s->handshake_wait_ms;
        s->handshake_wait_ms =
            2 * s->handshake_wait_ms < HANDSHAKE_WAIT_MAX_MS ? 2 * s->handshake_wait_ms : HANDSHAKE_WAIT_MAX_MS;
    }
    return s->handshake_size;
}

static size_t goodbye_send(struct session *s, uint8_t *out) {
    static const uint8_t goodbye = GOODBYE;
    int size = channel_seal(&s->channel, s->padded, out, s->config.frame_max, &goodbye, 1);
    (void)session_fail(s, ERR_END);
    return size > 0 ? (size_t)size : 0;
}

/* Fill the streams with what there is to say. */
static int fill(struct session *s) {
    int err = control_recv(s); /* what had to wait */
    if (!err) err = control_send(s);
    if (!err) err = records_send(s);
    if (!err) err = control_send(s); /* what follows from having sent the last record */
    return err;
}

static size_t frame_send(struct session *s, uint8_t *out) {
    size_t room = channel_room(&s->channel, s->config.frame_max, s->padded);
    if (room < STREAM_CONTENT_MIN) {
        (void)session_fail(s, ERR_END); /* the channel has sent all the frames it may */
        return 0;
    }
    uint8_t *content = out + CHANNEL_HEAD_MAX;
    size_t size = streams_send(&s->streams, s->channel.send_counter, content, room, s->now_ms);
    if (size == 0) return 0;
    int sealed = channel_seal(&s->channel, s->padded, out, s->config.frame_max, content, size);
    CHECK(sealed > 0);
    return (size_t)sealed;
}

size_t session_send(struct session *s, uint8_t *out, size_t max, uint64_t now_ms) {
    size_t size = 0;
    CHECK(max >= s->config.frame_max);
    if (s->err) return 0;
    records_release(s);
    s->now_ms = now_ms;
    if (s->handshake_due) {
        size = handshake_send(s, out);
    } else if (s->phase == PHASE_GOODBYE) {
        size = goodbye_send(s, out);
    } else if (s->phase != PHASE_FIRST) {
        int err = fill(s);
        if (err) {
            (void)session_fail(s, err);
            return 0;
        }
        size = frame_send(s, out);
    }
    if (size > 0) s->said_ms = now_ms;
    s->bytes_out += size;
    return size;
}

/* ---- Time ---- */

static uint64_t dead_at(const struct session *s) {
    return s->heard_ms + (uint64_t)DEAD_FACTOR * s->config.keepalive_ms;
}

uint64_t session_deadline(const struct session *s) {
    if (s->err) return UINT64_MAX;
    if (s->phase == PHASE_FIRST) return earlier(s->handshake_ms, dead_at(s));
    uint64_t at = earlier(dead_at(s), s->said_ms + s->config.keepalive_ms);
    return earlier(at, earlier(streams_deadline(&s->streams), control_deadline(s)));
}

void session_expire(struct session *s, uint64_t now_ms) {
    if (s->err) return;
    records_release(s);
    s->now_ms = now_ms;
    if (now_ms >= dead_at(s)) {
        (void)session_fail(s, ERR_SILENT);
        return;
    }
    if (s->phase == PHASE_FIRST) {
        if (now_ms >= s->handshake_ms) s->handshake_due = true;
        return;
    }
    if (now_ms >= s->said_ms + s->config.keepalive_ms) {
        s->said_ms = now_ms;
        streams_ping(&s->streams);
    }
    if (now_ms >= streams_deadline(&s->streams)) streams_expire(&s->streams, now_ms);
}

void session_ping(struct session *s) {
    if (s->err || s->phase == PHASE_FIRST) return;
    records_release(s);
    streams_ping(&s->streams);
}

/* ---- The end ---- */

void session_close(struct session *s) {
    if (s->err || s->phase == PHASE_GOODBYE) return;
    if (s->phase == PHASE_FIRST) {
        (void)session_fail(s, ERR_END);
        return;
    }
    records_release(s);
    s->phase = PHASE_GOODBYE;
}

void session_refuse(struct session *s, int err) {
    (void)session_fail(s, err);
}

int session_error(const struct session *s) {
    return s->err;
}

/* The communities in common, without the pool, which all have. */
static uint32_t communities_count(const struct session *s) {
    uint32_t count = 0;
    for (unsigned i = 0; i < s->slot_count; i++) count += !slot_is_pool(&s->slots[i]);
    return count;
}

void session_status(const struct session *s, struct session_status *out) {
    *out = (struct session_status){.is_open = s->phase == PHASE_OPEN,
                                   .is_settled = s->idle_told && s->peer_idle,
                                   .is_padded = s->padded,
                                   .communities = communities_count(s),
                                   .sent = s->records_sent,
                                   .stored = s->peer_stored[STREAM_URGENT] + s->peer_stored[STREAM_BULK],
                                   .received = s->stored[STREAM_URGENT] + s->stored[STREAM_BULK],
                                   .chunks_sent = s->chunks_sent,
                                   .chunks_received = s->chunks_in,
                                   .bytes_out = s->bytes_out,
                                   .bytes_in = s->bytes_in,
                                   .dropped = s->dropped,
                                   .round_trips = s->streams.round_trips + (s->phase != PHASE_FIRST),
                                   .peer_clock = s->peer_clock,
                                   .peer_clock_ms = s->peer_clock_ms};
}

void session_wipe(struct session *s) {
    (void)session_fail(s, ERR_END);
    crypto_wipe(s, sizeof *s);
    s->err = ERR_END;
    s->phase = PHASE_OVER;
    s->running = -1;
}

bool session_is_equal(const struct session *s, uint32_t handle) {
    for (unsigned i = 0; i < s->slot_count; i++)
        if (s->slots[i].handle == handle) return s->slots[i].phase == SLOT_EQUAL && !s->slots[i].touched;
    return false;
}
