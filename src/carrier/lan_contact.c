/*
 * lan_contact.c: one contact over TCP.
 *
 * Bytes that are read become frames, the session takes them; then comes a turn: events go to the intake as far as that
 * has room, and frames go out, at most TURN_FRAMES, so that nobody waits for long. A frame that the system does not
 * take whole is the only one that waits; until it is out, the session is asked for no other.
 */
#include <stdlib.h>

#include "carrier/lan_internal.h"
#include "core/check.h"

#define TURN_FRAMES 8
#define KEEPALIVE_MS 15000
#define WRITING_MS_MAX 60000 /* so long may a peer not take a frame */
#define DROPPED_MAX 8        /* a stream of TCP loses and damages nothing; doubles of the handshake are normal */
#define BYTES_IN_MAX (UINT64_C(8) << 30)
#define RECORDS_IN_MAX 4000000
#define WORK_MAX (UINT64_C(1) << 32)

static void turn(struct lan_contact *c);

size_t lan_contact_size(void) {
    return sizeof(struct lan_contact) + sizeof(struct lan_memory) + contact_size();
}

/* ---- The end ---- */

static void on_close(uv_handle_t *handle) {
    struct lan_contact *c = handle->data;
    c->contact.links--;
    contact_settle_end(&c->contact);
}

static void carrier_ended(struct contact *contact) {
    struct lan_contact *c = (struct lan_contact *)contact;
    uv_close((uv_handle_t *)&c->tcp, on_close);
    uv_close((uv_handle_t *)&c->timer, on_close);
}

void lan_contact_tell(const struct lan_contact *c, struct lan_ended *out) {
    const struct contact *of = &c->contact;
    *out = (struct lan_ended){.address = (const struct sockaddr *)&c->address,
                              .dialled = c->dialled,
                              .met = of->met,
                              .settled = of->settled,
                              .err = of->err,
                              .blamed = of->blamed,
                              .communities = of->status.communities,
                              .sent = of->status.sent,
                              .received = of->records_in,
                              .chunks_out = of->status.chunks_sent,
                              .chunks_in = of->chunks_in,
                              .bytes_out = of->bytes_out,
                              .bytes_in = of->bytes_in,
                              .round_trips = of->status.round_trips,
                              .seconds = (double)(contact_now_ms() - of->started_ms) / 1000};
}

/* ---- Frames out ---- */

static void on_written(uv_write_t *request, int status) {
    struct lan_contact *c = request->data;
    c->writing = false;
    if (status < 0)
        contact_end(&c->contact, ERR_LINK, false);
    else
        turn(c);
}

/* Write what is left of the frame when the system takes it. */
static void rest_write(struct lan_contact *c, uint64_t now_ms) {
    uv_buf_t rest = uv_buf_init((char *)c->memory->out + c->out_at, (unsigned)(c->out_size - c->out_at));
    c->write.data = c;
    c->writing = true;
    c->writing_ms = now_ms;
    if (uv_write(&c->write, (uv_stream_t *)&c->tcp, &rest, 1, on_written) == 0) return;
    c->writing = false;
    contact_end(&c->contact, ERR_LINK, false);
}

/* Send the next frame. Return whether one was sent whole. */
static bool frame_send(struct lan_contact *c, uint64_t now_ms) {
    size_t size = contact_send(&c->contact, c->memory->out + LAN_PREFIX_SIZE, now_ms);
    if (size == 0) return false;
    lan_frames_prefix(c->memory->out, size);
    c->out_size = LAN_PREFIX_SIZE + size;
    c->contact.bytes_out += c->out_size;
    uv_buf_t all = uv_buf_init((char *)c->memory->out, (unsigned)c->out_size);
    int sent = uv_try_write((uv_stream_t *)&c->tcp, &all, 1);
    if (sent < 0 && sent != UV_EAGAIN) {
        contact_end(&c->contact, ERR_LINK, false);
        return false;
    }
    c->out_at = sent > 0 ? (size_t)sent : 0;
    if (c->out_at == c->out_size) return true;
    rest_write(c, now_ms);
    return false;
}

static void carrier_goodbye(struct contact *contact) {
    struct lan_contact *c = (struct lan_contact *)contact;
    if (!c->writing) (void)frame_send(c, contact_now_ms());
}

/* ---- Turns ---- */

/* When a contact that has nothing to do is ended by who dialled it, to begin anew with fresh keys and fresh budgets. */
static uint64_t renewal_at(const struct lan_contact *c) {
    uint64_t life_ms = c->lan->config.contact_ms_max ? c->lan->config.contact_ms_max : LAN_CONTACT_MS_MAX;
    return c->dialled && c->contact.settled ? c->contact.started_ms + life_ms : UINT64_MAX;
}

static void on_timer(uv_timer_t *timer) {
    struct lan_contact *c = timer->data;
    uint64_t now_ms = contact_now_ms();
    c->timer_ms = 0;
    if (c->contact.phase == CONTACT_NEW) {
        contact_end(&c->contact, ERR_NET, false);
    } else if (c->contact.phase == CONTACT_RUNNING) {
        if ((!c->contact.met && now_ms >= c->contact.started_ms + LAN_HANDSHAKE_MS) ||
            (c->writing && now_ms >= c->writing_ms + WRITING_MS_MAX)) {
            contact_end(&c->contact, ERR_SILENT, false);
            return;
        }
        if (now_ms >= renewal_at(c)) session_close(c->contact.session);
        contact_expire(&c->contact, now_ms);
        turn(c);
    }
}

void lan_contact_dialling(struct lan_contact *c) {
    uv_timer_start(&c->timer, on_timer, LAN_HANDSHAKE_MS, 0);
}

static void timer_set(struct lan_contact *c, uint64_t now_ms) {
    uint64_t at = session_deadline(c->contact.session);
    if (!c->contact.met && c->contact.started_ms + LAN_HANDSHAKE_MS < at) at = c->contact.started_ms + LAN_HANDSHAKE_MS;
    if (c->writing && c->writing_ms + WRITING_MS_MAX < at) at = c->writing_ms + WRITING_MS_MAX;
    if (renewal_at(c) < at) at = renewal_at(c);
    if (at == c->timer_ms) return;
    c->timer_ms = at;
    uv_update_time(c->lan->loop);
    uv_timer_start(&c->timer, on_timer, at > now_ms ? at - now_ms : 0, 0);
}

/* A contact that settles in its turn may be ended by whoever is told. */
static void turn(struct lan_contact *c) {
    uint64_t now_ms = contact_now_ms();
    if (c->contact.phase != CONTACT_RUNNING) return;
    if (contact_turn_begin(&c->contact, now_ms)) {
        unsigned frames = 0;
        while (!c->writing && frames < TURN_FRAMES && frame_send(c, now_ms)) frames++;
        c->contact.more = frames == TURN_FRAMES;
    }
    contact_turn_end(&c->contact, now_ms);
    if (c->contact.phase == CONTACT_RUNNING) timer_set(c, now_ms);
}

static void carrier_turn(struct contact *contact) {
    turn((struct lan_contact *)contact);
}

/* ---- Bytes in ---- */

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out) {
    struct lan_contact *c = handle->data;
    (void)suggested;
    *out = uv_buf_init((char *)c->lan->read, sizeof c->lan->read);
}

static int bytes_take(struct lan_contact *c, const uint8_t *data, size_t size, uint64_t now_ms) {
    const uint8_t *frame;
    size_t frame_size;
    int got;
    while ((got = lan_frames_next(&c->memory->frames, &data, &size, &frame, &frame_size)) > 0) {
        got = contact_recv(&c->contact, frame, frame_size, now_ms);
        if (got < 0) return got;
    }
    return got;
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer) {
    struct lan_contact *c = stream->data;
    if (c->contact.phase != CONTACT_RUNNING || size == 0) return;
    if (size < 0) {
        contact_end(&c->contact, ERR_LINK, false);
        return;
    }
    uint64_t now_ms = contact_now_ms();
    c->contact.bytes_in += (uint64_t)size;
    c->heard_ms = now_ms;
    int err = bytes_take(c, (const uint8_t *)buffer->base, (size_t)size, now_ms);
    if (err) session_refuse(c->contact.session, err);
    turn(c);
}

/* ---- The beginning ---- */

static uint64_t budget(uint64_t given, uint64_t usual) {
    return given == UINT64_MAX ? 0 : given ? given : usual;
}

void lan_contact_begin(struct lan_contact *c) {
    const struct lan_config *config = &c->lan->config;
    const struct contact_limits limits = {.keepalive_ms = KEEPALIVE_MS,
                                          .no_blobs = config->no_blobs,
                                          .bytes_in_max = budget(config->bytes_in_max, BYTES_IN_MAX),
                                          .records_in_max = budget(config->records_in_max, RECORDS_IN_MAX),
                                          .work_max = budget(config->work_max, WORK_MAX),
                                          .dropped_max = DROPPED_MAX};
    const struct lan_key key = c->contact.key;
    c->timer_ms = 0;
    c->memory = malloc(sizeof *c->memory);
    if (!c->memory || contact_begin(&c->contact, &key, c->dialled, &limits, contact_now_ms())) {
        contact_end(&c->contact, ERR_MEMORY, false);
        return;
    }
    c->memory->frames.fill = 0;
    c->heard_ms = contact_now_ms();
    uv_tcp_nodelay(&c->tcp, 1);
    if (uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read) != 0) {
        contact_end(&c->contact, ERR_LINK, false);
        return;
    }
    turn(c);
}

const struct contact_carrier lan_carrier = {
    .turn = carrier_turn, .goodbye = carrier_goodbye, .ended = carrier_ended, .gone = lan_contact_gone};
