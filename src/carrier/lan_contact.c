/*
 * lan_contact.c: one contact.
 *
 * Bytes that are read become frames, the session takes them; then comes a turn: events go to the intake as far as that
 * has room, and frames go out, at most TURN_FRAMES, so that nobody waits for long. A frame that the system does not
 * take whole is the only one that waits; until it is out, the session is asked for no other.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "carrier/lan_internal.h"
#include "core/check.h"
#include "host/cpu.h"

#define TURN_FRAMES 8
#define RETRY_MS 1000
#define KEEPALIVE_MS 15000
#define WRITING_MS_MAX 60000 /* so long may a peer not take a frame */
#define DROPPED_MAX 8        /* a stream of TCP loses and damages nothing; doubles of the handshake are normal */
#define BYTES_IN_MAX (UINT64_C(8) << 30)
#define RECORDS_IN_MAX 4000000
#define WORK_MAX (UINT64_C(1) << 32)

uint64_t lan_now_ms(void) {
    return uv_hrtime() / 1000000;
}

static uint64_t thread_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

size_t lan_contact_size(void) {
    return sizeof(struct lan_contact) + sizeof(struct lan_memory) + session_size();
}

/* ---- The end ---- */

/* Tell whether an error of a session speaks of the peer. */
static bool is_blame(int err) {
    return err <= ERR_TRUNCATED && err > ERR_SPACE && err != ERR_VERSION && err != ERR_UNSUPPORTED;
}

void lan_contact_settle_end(struct lan_contact *c) {
    if (c->phase != CONTACT_ENDING || c->handles > 0) return;
    if (c->intake && intake_is_pending(c->intake)) return;
    intake_contact_free(c->intake, false);
    c->intake = NULL;
    lan_contact_gone(c);
}

static void on_close(uv_handle_t *handle) {
    struct lan_contact *c = handle->data;
    c->handles--;
    lan_contact_settle_end(c);
}

void lan_contact_end(struct lan_contact *c, int err, bool blamed) {
    struct lan *lan = c->lan;
    if (c->phase == CONTACT_ENDING) return;
    CHECK(err < 0);
    c->phase = CONTACT_ENDING;
    c->err = err;
    c->blamed = blamed;
    c->more = false;
    if (c->session) {
        session_status(c->session, &c->status);
        session_wipe(c->session);
        free(c->session);
        c->session = NULL;
    }
    session_view_free(c->view);
    c->view = NULL;
    if (c->intake && blamed) {
        intake_contact_free(c->intake, true);
        c->intake = NULL;
    }
    if (blamed) {
        lan_address_blame(lan->addresses, &c->key, lan_now_ms());
        if (-err < LAN_REFUSALS_MAX && !c->told) lan->refused[-err]++;
    }
    uv_close((uv_handle_t *)&c->tcp, on_close);
    uv_close((uv_handle_t *)&c->timer, on_close);
}

void lan_contact_tell(const struct lan_contact *c, struct lan_ended *out) {
    *out = (struct lan_ended){.address = (const struct sockaddr *)&c->address,
                              .dialled = c->dialled,
                              .met = c->met,
                              .settled = c->settled,
                              .err = c->err,
                              .blamed = c->blamed,
                              .communities = c->status.communities,
                              .sent = c->status.sent,
                              .received = c->records_in,
                              .chunks_out = c->status.chunks_sent,
                              .chunks_in = c->chunks_in,
                              .bytes_out = c->bytes_out,
                              .bytes_in = c->bytes_in,
                              .round_trips = c->status.round_trips,
                              .seconds = (double)(lan_now_ms() - c->started_ms) / 1000};
}

/* ---- Frames out ---- */

static void on_written(uv_write_t *request, int status) {
    struct lan_contact *c = request->data;
    c->writing = false;
    if (status < 0)
        lan_contact_end(c, ERR_LINK, false);
    else
        lan_contact_turn(c);
}

/* Write what is left of the frame when the system takes it. */
static void rest_write(struct lan_contact *c, uint64_t now_ms) {
    uv_buf_t rest = uv_buf_init((char *)c->memory->out + c->out_at, (unsigned)(c->out_size - c->out_at));
    c->write.data = c;
    c->writing = true;
    c->writing_ms = now_ms;
    if (uv_write(&c->write, (uv_stream_t *)&c->tcp, &rest, 1, on_written) == 0) return;
    c->writing = false;
    lan_contact_end(c, ERR_LINK, false);
}

/* Send the next frame. Return whether one was sent whole. */
static bool frame_send(struct lan_contact *c, uint64_t now_ms) {
    size_t size = session_send(c->session, c->memory->out + LAN_PREFIX_SIZE, CHANNEL_FRAME_MAX, now_ms);
    if (size == 0) return false;
    lan_frames_prefix(c->memory->out, size);
    c->out_size = LAN_PREFIX_SIZE + size;
    c->bytes_out += c->out_size;
    uv_buf_t all = uv_buf_init((char *)c->memory->out, (unsigned)c->out_size);
    int sent = uv_try_write((uv_stream_t *)&c->tcp, &all, 1);
    if (sent < 0 && sent != UV_EAGAIN) {
        lan_contact_end(c, ERR_LINK, false);
        return false;
    }
    c->out_at = sent > 0 ? (size_t)sent : 0;
    if (c->out_at == c->out_size) return true;
    rest_write(c, now_ms);
    return false;
}

/* ---- Events ---- */

static int record_take(struct lan_contact *c, const struct session_event *event) {
    uint8_t *place = NULL;
    if (event->size > RECORD_SIZE_MAX) return ERR_LIMIT;
    place = intake_place(c->intake, event->stream, event->size);
    if (!place) return ERR_MEMORY;
    session_event_copy(event, place);
    intake_record(c->intake, event->stream, session_store_charter(c->lan->store, event->handle), event->size,
                  event->stub);
    return 0;
}

static int event_take(struct lan_contact *c, const struct session_event *event) {
    const struct session_chunk *chunk = &event->chunk;
    switch (event->type) {
    case SESSION_RECORD: return record_take(c, event);
    case SESSION_CHUNK:
        return intake_chunk(c->intake, event->stream, chunk->blob, chunk->size_bytes, chunk->index, chunk->proof,
                            chunk->proof_size, chunk->data, chunk->data_size);
    case SESSION_SETTLED: c->just_settled = true; return 0;
    }
    return 0;
}

/* Hand what has come to the intake, as far as that has room. Return how much came, or an error. */
static int events_take(struct lan_contact *c) {
    struct session_event event;
    int count = 0;
    size_t room;
    while ((room = intake_room(c->intake)) > 0) {
        for (; room > 0 && session_poll(c->session, &event); room--, count++) {
            int err = event_take(c, &event);
            if (err) return err;
        }
        if (room > 0) break;
    }
    intake_submit(c->intake);
    return count;
}

/* ---- Turns ---- */

/* When a contact that has nothing to do is ended by who dialled it, to begin anew with fresh keys and fresh budgets. */
static uint64_t renewal_at(const struct lan_contact *c) {
    uint64_t life_ms = c->lan->config.contact_ms_max ? c->lan->config.contact_ms_max : LAN_CONTACT_MS_MAX;
    return c->dialled && c->settled ? c->started_ms + life_ms : UINT64_MAX;
}

static void on_timer(uv_timer_t *timer) {
    struct lan_contact *c = timer->data;
    uint64_t now_ms = lan_now_ms();
    c->timer_ms = 0;
    if (c->phase == CONTACT_DIALLING) {
        lan_contact_end(c, ERR_NET, false);
    } else if (c->phase == CONTACT_RUNNING) {
        if ((!c->met && now_ms >= c->started_ms + LAN_HANDSHAKE_MS) ||
            (c->writing && now_ms >= c->writing_ms + WRITING_MS_MAX)) {
            lan_contact_end(c, ERR_SILENT, false);
            return;
        }
        if (now_ms >= renewal_at(c)) session_close(c->session);
        if (now_ms >= session_deadline(c->session)) session_expire(c->session, now_ms);
        lan_contact_turn(c);
    }
}

void lan_contact_dialling(struct lan_contact *c) {
    uv_timer_start(&c->timer, on_timer, LAN_HANDSHAKE_MS, 0);
}

static void timer_set(struct lan_contact *c, uint64_t now_ms) {
    uint64_t at = session_deadline(c->session);
    if (!c->met && c->started_ms + LAN_HANDSHAKE_MS < at) at = c->started_ms + LAN_HANDSHAKE_MS;
    if (c->writing && c->writing_ms + WRITING_MS_MAX < at) at = c->writing_ms + WRITING_MS_MAX;
    if (renewal_at(c) < at) at = renewal_at(c);
    if (at == c->timer_ms) return;
    c->timer_ms = at;
    uv_update_time(c->lan->loop);
    uv_timer_start(&c->timer, on_timer, at > now_ms ? at - now_ms : 0, 0);
}

/* What a turn left behind: an end, a deadline, frames that had to wait. */
static void turn_over(struct lan_contact *c, uint64_t now_ms) {
    struct lan *lan = c->lan;
    int err = session_error(c->session);
    session_status(c->session, &c->status);
    if (c->status.is_open && !c->met) {
        c->met = true;
        lan->over.met++;
    }
    if (c->status.dropped > DROPPED_MAX && !err) err = ERR_SEAL;
    if (err) {
        lan_contact_end(c, err, is_blame(err));
        return;
    }
    c->settled = c->status.is_settled;
    timer_set(c, now_ms);
    if (c->more) uv_idle_start(&lan->turns, lan_turns_run);
    if (c->just_settled && lan->settled) lan->settled(lan->settled_context, c);
    c->just_settled = false;
}

void lan_contact_turn(struct lan_contact *c) {
    struct lan *lan = c->lan;
    if (c->phase != CONTACT_RUNNING) return;
    uint64_t now_ms = lan_now_ms(), began_us = c->began_us ? c->began_us : thread_us();
    uint64_t sent = c->status.sent + c->status.chunks_sent;
    c->began_us = 0;
    session_store_time(lan->store, now_ms, lan->when.now);
    int came = events_take(c);
    c->more = false;
    if (came < 0) {
        session_refuse(c->session, came);
    } else {
        unsigned frames = 0;
        while (!c->writing && frames < TURN_FRAMES && c->phase == CONTACT_RUNNING && frame_send(c, now_ms)) frames++;
        c->more = frames == TURN_FRAMES;
    }
    session_store_leave(lan->store);
    if (c->phase != CONTACT_RUNNING) return;
    turn_over(c, now_ms);
    if (came > 0 || sent != c->status.sent + c->status.chunks_sent)
        c->moved_ms = now_ms;
    else
        lan_address_spend(lan->addresses, &c->key, thread_us() - began_us, now_ms);
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
        got = session_recv(c->session, frame, frame_size, now_ms);
        if (got < 0) return got;
    }
    return got;
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer) {
    struct lan_contact *c = stream->data;
    if (c->phase != CONTACT_RUNNING || size == 0) return;
    if (size < 0) {
        lan_contact_end(c, ERR_LINK, false);
        return;
    }
    uint64_t now_ms = lan_now_ms();
    c->began_us = thread_us();
    c->bytes_in += (uint64_t)size;
    c->heard_ms = now_ms;
    session_store_time(c->lan->store, now_ms, c->lan->when.now);
    int err = bytes_take(c, (const uint8_t *)buffer->base, (size_t)size, now_ms);
    if (err) session_refuse(c->session, err);
    lan_contact_turn(c);
}

/* ---- The beginning ---- */

static uint64_t budget(uint64_t given, uint64_t usual) {
    return given == UINT64_MAX ? 0 : given ? given : usual;
}

static void session_begin(struct lan_contact *c, uint64_t now_ms) {
    const struct lan *lan = c->lan;
    struct session_node node;
    struct session_config config = {
        .initiator = c->dialled,
        .now_ms = now_ms,
        .clock = lan->when.now,
        .frame_max = CHANNEL_FRAME_MAX,
        .retry_ms = RETRY_MS,
        .keepalive_ms = KEEPALIVE_MS,
        .no_blobs = lan->config.no_blobs,
        .bytes_in_max = budget(lan->config.bytes_in_max, BYTES_IN_MAX),
        .records_in_max = budget(lan->config.records_in_max, RECORDS_IN_MAX),
        .work_max = budget(lan->config.work_max, WORK_MAX),
        .kernel = cpu_sketch_kernel(),
    };
    /* The first day that is not over yet, as when_is_expired has it. */
    uint32_t today = when_day(lan->when.now);
    if (lan->when.confirmed && today > EXPIRY_GRACE_DAYS) config.floor_day = today - EXPIRY_GRACE_DAYS;
    randombytes_buf(config.ephemeral_secret, sizeof config.ephemeral_secret);
    session_view_node(c->view, &node);
    session_init(c->session, &config, &node);
    sodium_memzero(config.ephemeral_secret, sizeof config.ephemeral_secret);
}

void lan_contact_begin(struct lan_contact *c) {
    struct lan *lan = c->lan;
    c->phase = CONTACT_RUNNING;
    c->timer_ms = 0;
    c->session = malloc(session_size());
    c->memory = malloc(sizeof *c->memory);
    c->view = session_view_new(lan->store);
    c->intake = intake_contact_new(lan->intake, c);
    if (!c->session || !c->memory || !c->view || !c->intake) {
        free(c->session);
        c->session = NULL; /* nothing in it to wipe */
        lan_contact_end(c, ERR_MEMORY, false);
        return;
    }
    c->memory->frames.fill = 0;
    session_view_peer(c->view, &c->key);
    uint64_t now_ms = lan_now_ms();
    c->moved_ms = c->heard_ms = now_ms;
    session_begin(c, now_ms);
    uv_tcp_nodelay(&c->tcp, 1);
    if (uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read) != 0) {
        lan_contact_end(c, ERR_LINK, false);
        return;
    }
    lan_contact_turn(c);
}

void lan_contact_goodbye(struct lan_contact *c, int err) {
    if (c->phase == CONTACT_RUNNING) {
        uint64_t now_ms = lan_now_ms();
        session_close(c->session);
        if (!c->writing) (void)frame_send(c, now_ms);
        session_store_leave(c->lan->store);
    }
    lan_contact_end(c, err, false);
}

void lan_contact_report(struct lan_contact *c, const struct intake_report *report) {
    c->records_in += report->records;
    c->chunks_in += report->chunks;
    if (c->phase == CONTACT_RUNNING) {
        for (unsigned i = 0; i < STREAM_COUNT; i++)
            if (report->done[i] > 0) session_stored(c->session, i, report->done[i]);
        if (!intake_is_pending(c->intake)) session_view_quiet(c->view);
        c->told = report->err != 0;
        if (report->err)
            lan_contact_end(c, report->err, report->blamed);
        else
            lan_contact_turn(c);
    } else {
        lan_contact_settle_end(c);
    }
}
