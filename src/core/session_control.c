/*
 * session_control.c: the messages of the control stream after the hellos.
 *
 *   RECONCILE  slot varint ‖ pass (1) ‖ a message of reconcile.h
 *   VERIFY     slot varint                   asker: when you are through, what is your state?
 *   STATE      slot varint ‖ state (6)       solver
 *   STORED     urgent varint ‖ bulk varint   messages of your record streams that are durable here, since the beginning
 *   ASK        slot varint ‖ blob (32) ‖ first chunk varint ‖ missing u64
 *   ANNOUNCE   slot varint ‖ n × id (32)
 *   WANT       n × number varint             of the peer's announcements, counted from 0
 *   IDLE       nothing                       I have and want nothing more now
 *
 * The initiator is the asker of every slot: it starts passes one after the other, and when all is quiet compares
 * states.
 */
#include <string.h>

#include "core/check.h"
#include "core/session_private.h"

#define SLOT_VARINT_MAX 2
#define BUSY_RETRY_MS 50
#define VERIFY_WAIT_MAX_MS 3600000
#define STORED_STEP 64 /* tell at the latest after so many */
#define ASKS_AHEAD 2   /* asks under way at once: one is answered while the next travels */
#define ANNOUNCED_MAX (2 * SESSION_ANNOUNCE_MAX)

_Static_assert(RECONCILE_MESSAGE_MAX + MESSAGE_HEAD + 8 < STREAM_CONTROL_ROOM, "a message of reconciliation fits");
_Static_assert(MESSAGE_HEAD + SLOT_VARINT_MAX + SESSION_ANNOUNCE_MAX * HASH_SIZE < STREAM_CONTROL_ROOM,
               "announcements fit");

/* ---- Passes ---- */

static void pass_begin(struct session *s, unsigned index) {
    struct session_slot *slot = &s->slots[index];
    CHECK(s->running < 0);
    s->running_set = (struct session_set){.node = &s->node, .handle = slot->handle};
    struct reconcile_source source = set_source(&s->running_set);
    struct reconcile_config config = {.asker = s->config.initiator,
                                      .digest_size = slot->pass == 0 ? 1 : 8,
                                      .floor_day = s->config.floor_day,
                                      .work_max = s->config.work_max ? s->config.work_max - s->work : UINT64_MAX,
                                      .kernel = s->config.kernel};
    slot_key(s, slot->secret, "reconcile", slot->pass, config.salt);
    reconcile_init(&s->reconcile, &source, &config);
    s->running = (int)index;
    slot->phase = SLOT_RUNNING;
    slot->touched = false;
    s->drained = false;
    session_stir(s);
}

/* End this side's part of a pass once everything it found has been sent. */
static void pass_end(struct session *s) {
    if (s->running < 0 || !s->drained || !reconcile_is_done(&s->reconcile)) return;
    s->slots[s->running].phase = SLOT_MOVED;
    s->slots[s->running].left_out = reconcile_left_out(&s->reconcile);
    s->work += reconcile_work(&s->reconcile);
    s->running = -1;
    s->busy_until_ms = 0;
    (void)s->node.room(s->node.context, 0);
}

static bool any_slot(const struct session *s, enum slot_phase phase) {
    for (unsigned i = 0; i < s->slot_count; i++)
        if (s->slots[i].phase == phase) return true;
    return false;
}

/* Tell whether live records have changed a slot since it was compared. */
static bool is_to_be_verified(const struct session_slot *slot) {
    return slot->touched && (slot->phase == SLOT_EQUAL || slot->phase == SLOT_GIVEN_UP);
}

/* The pool is compared first in one half of the contacts and last in the other: neither it nor the rest starves where
 * contacts break early. */
static bool pool_waits(const struct session *s) {
    return s->slot_count > 0 && slot_is_pool(&s->slots[0]) && (s->hash[0] & 1);
}

/* The asker: start the next pass, or look again after live records. */
static void passes_next(struct session *s) {
    if (!s->config.initiator || s->phase != PHASE_OPEN || s->running >= 0) return;
    if (!records_first_sent(s)) return; /* on a slow link a warning does not wait for a comparison */
    unsigned from = pool_waits(s);
    for (unsigned n = 0; n < s->slot_count; n++) {
        unsigned i = (from + n) % s->slot_count;
        if (s->slots[i].phase != SLOT_TODO) continue;
        pass_begin(s, i);
        return;
    }
    if (s->now_ms < s->verify_ms) return;
    s->verify_ms = s->now_ms + s->verify_wait_ms;
    s->live = 0;
    for (unsigned i = 0; i < s->slot_count; i++) {
        struct session_slot *slot = &s->slots[i];
        if (!is_to_be_verified(slot)) continue;
        slot->phase = SLOT_MOVED;
        slot->touched = false;
        slot->tries = 0;
    }
}

void session_live(struct session *s, uint64_t count) {
    s->live += count;
    if (s->live >= LIVE_MANY && s->verify_ms > s->now_ms + VERIFY_SOON_MS) s->verify_ms = s->now_ms + VERIFY_SOON_MS;
}

/* Count work that the peer made us do, in multiplications; ERR_LIMIT when its budget is spent. */
static int work_spend(struct session *s, uint64_t work) {
    if (s->config.work_max == 0) return 0;
    if (work > s->config.work_max - s->work) return ERR_LIMIT;
    s->work += work;
    return 0;
}

/* ---- Out ---- */

static void slot_write(struct session *s, uint8_t type, unsigned slot, const uint8_t *more, size_t size) {
    uint8_t *place = message_place(s, STREAM_CONTROL, SLOT_VARINT_MAX + size);
    struct writer w;
    CHECK(place != NULL);
    writer_init(&w, place + MESSAGE_HEAD, SLOT_VARINT_MAX + size);
    writer_varint(&w, slot);
    writer_bytes(&w, more, size);
    message_wrote(s, STREAM_CONTROL, type, w.at);
}

static int reconcile_write(struct session *s) {
    uint8_t *place;
    while (s->running >= 0 && s->now_ms >= s->busy_until_ms &&
           (place = message_place(s, STREAM_CONTROL, SLOT_VARINT_MAX + 1 + RECONCILE_MESSAGE_MAX))) {
        struct session_slot *slot = &s->slots[s->running];
        struct writer w;
        writer_init(&w, place + MESSAGE_HEAD, SLOT_VARINT_MAX + 1);
        writer_varint(&w, (uint64_t)s->running);
        writer_u8(&w, slot->pass);
        int size = reconcile_send(&s->reconcile, place + MESSAGE_HEAD + w.at, RECONCILE_MESSAGE_MAX);
        if (size == ERR_BUSY) s->busy_until_ms = s->now_ms + BUSY_RETRY_MS;
        if (size == ERR_BUSY || size == 0) return 0;
        if (size < 0) return size;
        message_wrote(s, STREAM_CONTROL, CONTROL_RECONCILE, w.at + (size_t)size);
        session_stir(s);
    }
    return 0;
}

static void stored_write(struct session *s) {
    uint64_t due = 0;
    bool dry = true;
    for (unsigned i = STREAM_URGENT; i < STREAM_COUNT; i++) {
        due += s->stored[i] - s->stored_told[i];
        dry = dry && s->stored[i] == s->delivered[i];
    }
    if (due == 0 || (!dry && due < STORED_STEP)) return;
    uint8_t *place = message_place(s, STREAM_CONTROL, 2 * VARINT_SIZE_MAX);
    struct writer w;
    if (!place) return;
    writer_init(&w, place + MESSAGE_HEAD, 2 * VARINT_SIZE_MAX);
    for (unsigned i = STREAM_URGENT; i < STREAM_COUNT; i++) {
        writer_varint(&w, s->stored[i]);
        s->stored_told[i] = s->stored[i];
    }
    message_wrote(s, STREAM_CONTROL, CONTROL_STORED, w.at);
}

/* Compare states when nothing is under way any more. */
static int verify_write(struct session *s) {
    uint8_t state[SESSION_STATE_SIZE];
    if (s->running >= 0 || any_slot(s, SLOT_TODO) || !records_quiet(s)) return 0;
    for (unsigned i = 0; i < s->slot_count; i++) {
        struct session_slot *slot = &s->slots[i];
        if (!message_place(s, STREAM_CONTROL, SLOT_VARINT_MAX + sizeof state)) return 0;
        if (s->config.initiator && slot->phase == SLOT_MOVED) {
            slot_write(s, CONTROL_VERIFY, i, NULL, 0);
            slot->phase = SLOT_VERIFY;
        } else if (slot->state_due) {
            int err = work_spend(s, SESSION_STATE_WORK);
            if (!err) err = slot_state(s, slot, state);
            if (err) return err;
            slot_write(s, CONTROL_STATE, i, state, sizeof state);
            slot->state_due = false;
        }
    }
    return 0;
}

static void announcements_write(struct session *s) {
    while (s->announce_told < s->announce_end) {
        size_t room = SLOT_VARINT_MAX + SESSION_ANNOUNCE_MAX * HASH_SIZE, count = 0;
        uint8_t *place = message_place(s, STREAM_CONTROL, room);
        struct writer w;
        if (!place) return;
        uint16_t slot = s->announced[s->announce_told % ANNOUNCED_MAX].slot;
        writer_init(&w, place + MESSAGE_HEAD, room);
        writer_varint(&w, slot);
        while (s->announce_told < s->announce_end && count < SESSION_ANNOUNCE_MAX) {
            const struct session_announced *a = &s->announced[s->announce_told % ANNOUNCED_MAX];
            if (a->slot != slot) break;
            writer_bytes(&w, a->id, HASH_SIZE);
            s->announce_told++;
            count++;
        }
        CHECK(!w.err);
        message_wrote(s, STREAM_CONTROL, CONTROL_ANNOUNCE, w.at);
        session_stir(s);
    }
}

static void wants_write(struct session *s) {
    size_t room = SESSION_ANNOUNCE_MAX * VARINT_SIZE_MAX;
    uint8_t *place = s->wanted_count ? message_place(s, STREAM_CONTROL, room) : NULL;
    struct writer w;
    if (!place) return;
    writer_init(&w, place + MESSAGE_HEAD, room);
    for (unsigned i = 0; i < s->wanted_count; i++) writer_varint(&w, s->wanted[i]);
    s->wanted_count = 0;
    message_wrote(s, STREAM_CONTROL, CONTROL_WANT, w.at);
    session_stir(s);
}

/* Find the next chunks to ask for, over all slots. Chunks are asked for when records are through. */
static int asks_write(struct session *s) {
    bool ready = !s->config.no_blobs && s->running < 0 && records_quiet(s) && !any_slot(s, SLOT_TODO);
    if (!s->config.initiator && !s->peer_idle) ready = false; /* the asker's records and asks go first */
    if (ready && s->blobs_stale) {
        s->blobs_stale = s->blobs_done = false;
        s->blob_slot = 0;
        s->blob_cursor = 0;
    }
    while (ready && !s->blobs_done && s->ask_count < ASKS_AHEAD) {
        uint8_t more[HASH_SIZE + VARINT_SIZE_MAX + 8];
        struct writer w;
        struct session_asking *a = &s->asks[(s->ask_head + s->ask_count) % SESSION_ASKS_MAX];
        if (!message_place(s, STREAM_CONTROL, SLOT_VARINT_MAX + sizeof more)) return 0;
        if (s->blob_slot >= s->slot_count) {
            s->blobs_done = true;
            return 0;
        }
        int got = s->node.missing(s->node.context, s->slots[s->blob_slot].handle, &s->blob_cursor, &a->ask);
        if (got < 0) return got;
        if (got == 0) {
            s->blob_slot++;
            s->blob_cursor = 0;
            continue;
        }
        a->slot = s->blob_slot;
        s->ask_count++;
        writer_init(&w, more, sizeof more);
        writer_bytes(&w, a->ask.blob, HASH_SIZE);
        writer_varint(&w, a->ask.first);
        writer_u32(&w, (uint32_t)a->ask.missing);
        writer_u32(&w, (uint32_t)(a->ask.missing >> 32));
        slot_write(s, CONTROL_ASK, a->slot, more, w.at);
        session_stir(s);
    }
    return 0;
}

/* Tell whether this side has nothing to send and nothing to ask for. */
static bool is_idle(struct session *s) {
    if (s->phase != PHASE_OPEN || s->running >= 0 || !records_quiet(s)) return false;
    if (s->announce_told < s->announce_end || s->wanted_count > 0 || s->ask_count > 0 || s->asked_count > 0)
        return false;
    if ((!s->blobs_done || s->blobs_stale) && !s->config.no_blobs) return false;
    if (!s->config.initiator) {
        for (unsigned i = 0; i < s->slot_count; i++)
            if (s->slots[i].state_due) return false;
        return s->peer_idle; /* the asker says it first: only it knows which slots are through */
    }
    return !any_slot(s, SLOT_TODO) && !any_slot(s, SLOT_MOVED) && !any_slot(s, SLOT_VERIFY);
}

static void idle_write(struct session *s) {
    if (s->idle_told || !is_idle(s) || !message_place(s, STREAM_CONTROL, 0)) return;
    message_wrote(s, STREAM_CONTROL, CONTROL_IDLE, 0);
    s->idle_told = true;
}

int control_send(struct session *s) {
    if (s->hello_due) hello_write(s);
    if (s->answer_due) answer_write(s);
    if (s->err || s->phase != PHASE_OPEN) return s->err;
    stored_write(s);
    pass_end(s);
    passes_next(s);
    int err = reconcile_write(s);
    if (!err) err = verify_write(s);
    if (!err) err = asks_write(s);
    if (err) return err;
    announcements_write(s);
    wants_write(s);
    idle_write(s);
    return 0;
}

uint64_t control_deadline(const struct session *s) {
    uint64_t at = s->busy_until_ms > s->now_ms ? s->busy_until_ms : UINT64_MAX;
    if (!s->config.initiator || s->phase != PHASE_OPEN || s->running >= 0 || !records_first_sent(s)) return at;
    for (unsigned i = 0; i < s->slot_count; i++)
        if (is_to_be_verified(&s->slots[i]) && s->verify_ms < at) at = s->verify_ms;
    return at;
}

/* ---- In ---- */

static struct session_slot *slot_read(struct session *s, struct reader *in, unsigned *index) {
    uint64_t slot = reader_varint(in, SESSION_COMMUNITIES_MAX);
    if (!in->err && slot >= s->slot_count) reader_fail(in, ERR_FIELD);
    *index = in->err ? 0 : (unsigned)slot;
    return in->err ? NULL : &s->slots[slot];
}

/* Take a message of reconciliation. Return 1 if it has to wait: another pass is not over yet, or there is no room. */
static int reconcile_take(struct session *s, struct reader *in) {
    unsigned index;
    struct session_slot *slot = slot_read(s, in, &index);
    uint8_t pass = reader_u8(in);
    if (in->err) return in->err;
    bool running = s->running == (int)index && slot->pass == pass;
    if (!running && s->config.initiator) return ERR_FIELD;
    if (!running && s->running >= 0) return reconcile_is_done(&s->reconcile) ? 1 : ERR_FIELD;
    if (!running) {
        if (slot->phase != SLOT_EQUAL && pass <= slot->pass) return ERR_FIELD;
        slot->pass = pass;
        pass_begin(s, index);
    }
    if (s->now_ms < s->busy_until_ms) return 1;
    size_t size = reader_left(in);
    int err = reconcile_recv(&s->reconcile, reader_bytes(in, size), size);
    if (err == ERR_BUSY) {
        s->busy_until_ms = s->now_ms + BUSY_RETRY_MS;
        return 1;
    }
    s->drained = false;
    session_stir(s);
    return err;
}

static int verify_take(struct session *s, struct reader *in) {
    unsigned index;
    struct session_slot *slot = slot_read(s, in, &index);
    if (in->err) return in->err;
    if (s->config.initiator || slot->state_due) return ERR_FIELD;
    slot->state_due = true;
    return reader_end(in);
}

static int state_take(struct session *s, struct reader *in) {
    unsigned index;
    struct session_slot *slot = slot_read(s, in, &index);
    uint8_t state[SESSION_STATE_SIZE], own[SESSION_STATE_SIZE];
    reader_copy(in, state, sizeof state);
    int err = reader_end(in);
    if (err) return err;
    if (!s->config.initiator || slot->phase != SLOT_VERIFY) return ERR_FIELD;
    err = slot_state(s, slot, own);
    if (err) return err;
    slot->tries++;
    if (bytes_equal(state, own, sizeof own)) {
        slot->phase = SLOT_EQUAL;
    } else if (!slot->left_out && slot->tries < SESSION_PASSES_MAX && slot->pass < UINT8_MAX) {
        slot->pass++;
        slot->phase = SLOT_TODO;
    } else {
        slot->phase = SLOT_GIVEN_UP;
        s->verify_wait_ms = s->verify_wait_ms < VERIFY_WAIT_MAX_MS ? 2 * s->verify_wait_ms : VERIFY_WAIT_MAX_MS;
        s->verify_ms = s->now_ms + s->verify_wait_ms;
    }
    return 0;
}

static int stored_take(struct session *s, struct reader *in) {
    uint64_t counts[STREAM_COUNT] = {0};
    for (unsigned i = STREAM_URGENT; i < STREAM_COUNT; i++) counts[i] = reader_varint(in, VARINT_MAX);
    int err = reader_end(in);
    for (unsigned i = STREAM_URGENT; i < STREAM_COUNT && !err; i++) err = records_stored_told(s, i, counts[i]);
    return err;
}

static int ask_take(struct session *s, struct reader *in) {
    unsigned index;
    struct session_asking *a = &s->asked[(s->asked_head + s->asked_count) % SESSION_ASKS_MAX];
    (void)slot_read(s, in, &index);
    const uint8_t *blob = reader_bytes(in, HASH_SIZE);
    uint32_t first = (uint32_t)reader_varint(in, BLOB_CHUNKS_MAX);
    uint64_t missing = reader_u32(in);
    missing |= (uint64_t)reader_u32(in) << 32;
    int err = reader_end(in);
    if (!err && (s->asked_count == SESSION_ASKS_MAX || missing == 0)) err = ERR_FIELD;
    if (err) return err;
    *a = (struct session_asking){.slot = (uint16_t)index, .ask = {.first = first, .missing = missing}};
    memcpy(a->ask.blob, blob, HASH_SIZE);
    s->asked_count++;
    session_stir(s);
    return 0;
}

static int announce_take(struct session *s, struct reader *in) {
    unsigned index;
    const struct session_slot *slot = slot_read(s, in, &index);
    size_t size = reader_left(in);
    if (in->err) return in->err;
    if (size == 0 || size % HASH_SIZE != 0 || size / HASH_SIZE > SESSION_ANNOUNCE_MAX) return ERR_FIELD;
    const uint8_t *ids = reader_bytes(in, size);
    s->slots[index].touched = true;
    session_stir(s);
    session_live(s, size / HASH_SIZE);
    for (size_t at = 0; at < size; at += HASH_SIZE, s->peer_announced++) {
        int has = s->node.has(s->node.context, slot->handle, ids + at);
        if (has < 0) return has;
        session_known(s, ids + at);
        if (!has && s->wanted_count < SESSION_ANNOUNCE_MAX) s->wanted[s->wanted_count++] = s->peer_announced;
    }
    return 0;
}

static int want_take(struct session *s, struct reader *in) {
    session_stir(s);
    while (reader_left(in) > 0) {
        uint64_t number = reader_varint(in, VARINT_MAX);
        if (in->err) return in->err;
        if (number >= s->announce_told) return ERR_FIELD;
        if (s->announce_end - number > ANNOUNCED_MAX) continue; /* forgotten; the next comparison finds it */
        const struct session_announced *a = &s->announced[number % ANNOUNCED_MAX];
        if (!records_queue(s, a->slot, a->item, 0)) s->slots[a->slot].touched = true;
    }
    return reader_end(in);
}

static int idle_take(struct session *s, struct reader *in) {
    s->peer_idle = true;
    if (!s->config.initiator) s->idle_told = false; /* every word of the asker's is answered */
    return reader_end(in);
}

/* Return 0, 1 if the message has to wait, or an error. */
static int control_take(struct session *s, uint8_t type, struct reader *in) {
    bool hello = type == CONTROL_HELLO || type == CONTROL_ANSWER;
    if (hello != (s->phase == PHASE_HELLO)) return ERR_FIELD;
    if (hello && (type == CONTROL_HELLO) != s->config.initiator) return ERR_FIELD;
    if (hello && s->answer_due) return ERR_FIELD; /* said twice */
    switch (type) {
    case CONTROL_HELLO: return hello_read(s, in);
    case CONTROL_ANSWER: return answer_read(s, in);
    case CONTROL_RECONCILE: return reconcile_take(s, in);
    case CONTROL_VERIFY: return verify_take(s, in);
    case CONTROL_STATE: return state_take(s, in);
    case CONTROL_STORED: return stored_take(s, in);
    case CONTROL_ASK: return ask_take(s, in);
    case CONTROL_ANNOUNCE: return announce_take(s, in);
    case CONTROL_WANT: return want_take(s, in);
    case CONTROL_IDLE: return idle_take(s, in);
    default: return 0; /* of a later version */
    }
}

int control_recv(struct session *s) {
    uint8_t type;
    const uint8_t *body;
    size_t size;
    int got, wait = 0;
    while (!wait && !s->answer_due && (got = message_read(s, STREAM_CONTROL, &type, &body, &size)) != 0) {
        struct reader in;
        if (got < 0) return got;
        reader_init(&in, body, size);
        wait = control_take(s, type, &in);
        if (wait < 0) return wait;
        if (!wait) streams_consume(&s->streams, STREAM_CONTROL, MESSAGE_HEAD + size);
    }
    return 0;
}
