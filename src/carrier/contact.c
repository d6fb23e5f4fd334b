/*
 * contact.c: the life of one contact. Events go to the intake as far as that has room; what the intake reports goes to
 * the session. Work that moves nothing is charged to the peer's address.
 */
#include "carrier/contact.h"

#include <sodium.h>
#include <stdlib.h>
#include <time.h>
#include <uv.h>

#include "carrier/contacts_internal.h"
#include "core/check.h"
#include "host/cpu.h"

#define RETRY_MS 1000

uint64_t contact_now_ms(void) {
    return uv_hrtime() / 1000000;
}

static uint64_t thread_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

size_t contact_size(void) {
    return session_size();
}

/* ---- The beginning ---- */

void contact_init(struct contact *c, struct contacts *set, const struct contact_carrier *carrier) {
    c->set = set;
    c->carrier = carrier;
    c->started_ms = contact_now_ms();
    c->next = set->list;
    c->link = &set->list;
    if (c->next) c->next->link = &c->next;
    set->list = c;
}

static void session_begin(struct contact *c, const struct contact_limits *limits, uint64_t now_ms) {
    const struct when when = c->set->when;
    struct session_node node;
    struct session_config config = {
        .initiator = c->initiator,
        .now_ms = now_ms,
        .clock = when.now,
        .frame_max = CHANNEL_FRAME_MAX,
        .retry_ms = RETRY_MS,
        .keepalive_ms = limits->keepalive_ms,
        .no_blobs = limits->no_blobs,
        .bytes_in_max = limits->bytes_in_max,
        .records_in_max = limits->records_in_max,
        .work_max = limits->work_max,
        .kernel = cpu_sketch_kernel(),
    };
    /* The first day that is not over yet, as when_is_expired has it. */
    uint32_t today = when_day(when.now);
    if (when.confirmed && today > EXPIRY_GRACE_DAYS) config.floor_day = today - EXPIRY_GRACE_DAYS;
    randombytes_buf(config.ephemeral_secret, sizeof config.ephemeral_secret);
    session_view_node(c->view, &node);
    session_init(c->session, &config, &node);
    sodium_memzero(config.ephemeral_secret, sizeof config.ephemeral_secret);
}

int contact_begin(struct contact *c, const struct lan_key *key, bool initiator, const struct contact_limits *limits,
                  uint64_t now_ms) {
    CHECK(c->phase == CONTACT_NEW);
    c->key = *key;
    c->initiator = initiator;
    c->dropped_max = limits->dropped_max;
    c->session = malloc(session_size());
    c->view = session_view_new(c->set->store);
    c->intake = intake_contact_new(c->set->intake, c);
    if (!c->session || !c->view || !c->intake) {
        free(c->session);
        c->session = NULL; /* nothing in it to wipe */
        return ERR_MEMORY;
    }
    const struct store_source from = {.link = store_link(c->set->config.store, key->bytes, sizeof key->bytes),
                                      .guest = c->carrier->http && lan_key_is_near(key)};
    intake_contact_from(c->intake, &from);
    session_view_peer(c->view, key);
    c->phase = CONTACT_RUNNING;
    c->moved_ms = now_ms;
    session_begin(c, limits, now_ms);
    return 0;
}

/* ---- The end ---- */

/* Tell whether an error of a session speaks of the peer. */
static bool is_blame(int err) {
    return err <= ERR_TRUNCATED && err > ERR_SPACE && err != ERR_VERSION && err != ERR_UNSUPPORTED;
}

void contact_settle_end(struct contact *c) {
    struct contacts *set = c->set;
    if (c->phase != CONTACT_ENDING || c->links > 0) return;
    if (c->intake && intake_is_pending(c->intake)) return;
    intake_contact_free(c->intake, false);
    c->intake = NULL;
    *c->link = c->next;
    if (c->next) c->next->link = c->link;
    set->over.records_out += c->status.sent;
    set->over.chunks_out += c->status.chunks_sent;
    set->over.bytes_out += c->bytes_out;
    set->over.bytes_in += c->bytes_in;
    c->carrier->gone(c);
}

void contact_end(struct contact *c, int err, bool blamed) {
    struct contacts *set = c->set;
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
        lan_address_blame(set->addresses, &c->key, contact_now_ms());
        if (-err < LAN_REFUSALS_MAX && !c->told) set->refused[-err]++;
    }
    c->carrier->ended(c);
}

void contact_goodbye(struct contact *c, int err) {
    if (c->phase == CONTACT_RUNNING) {
        session_close(c->session);
        c->carrier->goodbye(c);
        session_store_leave(c->set->store);
    }
    contact_end(c, err, false);
}

/* ---- Events ---- */

static int record_take(struct contact *c, const struct session_event *event) {
    uint8_t *place = NULL;
    if (event->size > RECORD_SIZE_MAX) return ERR_LIMIT;
    place = intake_place(c->intake, event->stream, event->size);
    if (!place) return ERR_MEMORY;
    session_event_copy(event, place);
    intake_record(c->intake, event->stream, session_store_charter(c->set->store, event->handle), event->size,
                  event->stub);
    return 0;
}

static int event_take(struct contact *c, const struct session_event *event) {
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
static int events_take(struct contact *c) {
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

/* The turn begins with whatever is done first for the contact. */
static void turn_note(struct contact *c, uint64_t now_ms) {
    if (c->began_us == 0) c->began_us = thread_us();
    session_store_time(c->set->store, now_ms, c->set->when.now);
}

int contact_recv(struct contact *c, const uint8_t *frame, size_t size, uint64_t now_ms) {
    if (c->phase != CONTACT_RUNNING) return c->err;
    turn_note(c, now_ms);
    return session_recv(c->session, frame, size, now_ms);
}

void contact_expire(struct contact *c, uint64_t now_ms) {
    if (c->phase == CONTACT_RUNNING && now_ms >= session_deadline(c->session)) session_expire(c->session, now_ms);
}

bool contact_turn_begin(struct contact *c, uint64_t now_ms) {
    if (c->phase != CONTACT_RUNNING) return false;
    turn_note(c, now_ms);
    c->sent = c->status.sent + c->status.chunks_sent;
    c->more = false;
    c->came = events_take(c);
    if (c->came < 0) session_refuse(c->session, c->came);
    return c->came >= 0;
}

size_t contact_send(struct contact *c, uint8_t *out, uint64_t now_ms) {
    return c->phase == CONTACT_RUNNING ? session_send(c->session, out, CHANNEL_FRAME_MAX, now_ms) : 0;
}

/* What a turn left behind: an end, or that both are through. */
static void turn_over(struct contact *c) {
    struct contacts *set = c->set;
    int err = session_error(c->session);
    session_status(c->session, &c->status);
    if (c->status.is_open && !c->met) {
        c->met = true;
        set->over.met++;
    }
    if (c->dropped_max > 0 && c->status.dropped > c->dropped_max && !err) err = ERR_SEAL;
    if (err) {
        contact_end(c, err, is_blame(err));
        return;
    }
    c->settled = c->status.is_settled;
    if (c->more) contacts_busy(set);
    bool settled = c->just_settled;
    c->just_settled = false;
    if (settled && set->config.settled) set->config.settled(set->config.context, c);
}

void contact_turn_end(struct contact *c, uint64_t now_ms) {
    struct contacts *set = c->set;
    session_store_leave(set->store);
    if (c->phase != CONTACT_RUNNING) return;
    turn_over(c);
    if (c->came > 0 || c->sent != c->status.sent + c->status.chunks_sent)
        c->moved_ms = now_ms;
    else
        lan_address_spend(set->addresses, &c->key, thread_us() - c->began_us, now_ms);
    c->began_us = 0;
}

void contact_report(struct contact *c, const struct intake_report *report) {
    c->records_in += report->records;
    c->chunks_in += report->chunks;
    if (c->phase != CONTACT_RUNNING) {
        contact_settle_end(c);
        return;
    }
    for (unsigned i = 0; i < STREAM_COUNT; i++)
        if (report->done[i] > 0) session_stored(c->session, i, report->done[i]);
    if (!intake_is_pending(c->intake)) session_view_quiet(c->view);
    c->told = report->err != 0;
    if (report->err)
        contact_end(c, report->err, report->blamed);
    else
        c->carrier->turn(c);
}
