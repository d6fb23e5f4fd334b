/*
 * session_hello.c: find the communities that both sides carry, and tell nobody of the others.
 *
 * The responder speaks first, right behind its handshake frame: for each community a tag and two digests, all under a
 * key that only who knows the community's secret can derive, fresh by the handshake hash. The initiator answers with
 * the ones it knows. The order of the answer is that of the slots on both sides.
 *
 *   HELLO   version varint ‖ clock varint ‖ floor day varint ‖ n varint ‖ n × (tag (6) ‖ state (6) ‖ urgent (2))
 *   ANSWER  version varint ‖ clock varint ‖ floor day varint ‖ m varint ‖ m × (tag (6) ‖ urgent (2))
 */
#include <string.h>

#include "core/check.h"
#include "core/crypto.h"
#include "core/session_private.h"

#define HELLO_ENTRY (SESSION_TAG_SIZE + SESSION_STATE_SIZE + SESSION_URGENT_SIZE)
#define ANSWER_ENTRY (SESSION_TAG_SIZE + SESSION_URGENT_SIZE)
#define HELLO_HEAD_MAX (4 * VARINT_SIZE_MAX)

_Static_assert(MESSAGE_HEAD + HELLO_HEAD_MAX + SESSION_COMMUNITIES_MAX * HELLO_ENTRY < STREAM_CONTROL_ROOM,
               "a hello fits");

/* The ids of a community's newest urgent records, newest first. */
struct urgent_ids {
    uint8_t list[2 * SESSION_FIRST_MAX][HASH_SIZE];
    uint32_t count;
};

static int urgent_visit(void *context, const uint8_t id[HASH_SIZE], uint64_t item) {
    struct urgent_ids *u = context;
    (void)item;
    if (u->count < 2 * SESSION_FIRST_MAX) memcpy(u->list[u->count++], id, HASH_SIZE);
    return 0;
}

/* A digest of the newest SESSION_FIRST_MAX of them, the `from` newest aside. */
static void urgent_digest(const struct session *s, const uint8_t secret[HASH_SIZE], const struct urgent_ids *u,
                          uint32_t from, uint8_t out[SESSION_URGENT_SIZE]) {
    uint8_t key[HASH_SIZE], digest[HASH_SIZE];
    uint32_t count = u->count > from ? u->count - from : 0;
    if (count > SESSION_FIRST_MAX) count = SESSION_FIRST_MAX;
    slot_key(s, secret, "urgent", 0, key);
    crypto_digest_keyed(digest, key, sizeof key, u->list[count > 0 ? from : 0], (size_t)count * HASH_SIZE);
    memcpy(out, digest, SESSION_URGENT_SIZE);
}

static int slot_urgent(struct session *s, const uint8_t secret[HASH_SIZE], uint32_t handle,
                       uint8_t out[SESSION_URGENT_SIZE]) {
    struct urgent_ids u = {.count = 0};
    int err = s->node.urgent(s->node.context, handle, SESSION_FIRST_MAX, urgent_visit, &u);
    urgent_digest(s, secret, &u, 0, out);
    return err;
}

/*
 * How many of our newest urgent records the peer seems to lack: as many as have to be taken away until its digest fits
 * what is left; the most that go first if it never does.
 */
static int urgent_lacked(struct session *s, const uint8_t secret[HASH_SIZE], uint32_t handle,
                         const uint8_t peer[SESSION_URGENT_SIZE], uint8_t *lacked) {
    struct urgent_ids u = {.count = 0};
    uint8_t own[SESSION_URGENT_SIZE];
    int err = s->node.urgent(s->node.context, handle, 2 * SESSION_FIRST_MAX, urgent_visit, &u);
    for (*lacked = 0; *lacked < SESSION_FIRST_MAX; ++*lacked) {
        urgent_digest(s, secret, &u, *lacked, own);
        if (bytes_equal(own, peer, sizeof own)) break;
    }
    return err;
}

static void slot_tag(const struct session *s, const uint8_t secret[HASH_SIZE], bool initiator,
                     uint8_t out[SESSION_TAG_SIZE]) {
    uint8_t key[HASH_SIZE];
    slot_key(s, secret, "tag", initiator, key);
    memcpy(out, key, SESSION_TAG_SIZE);
}

/* ---- The responder's hello ---- */

struct hello {
    struct session *s;
    struct writer *w;
    uint32_t count;
};

static int hello_visit(void *context, const struct session_community *c) {
    struct hello *h = context;
    uint8_t entry[HELLO_ENTRY];
    struct session_slot slot = {.handle = c->handle};
    if (h->count == SESSION_COMMUNITIES_MAX) return 0;
    memcpy(slot.secret, c->secret, HASH_SIZE);
    slot_tag(h->s, c->secret, false, entry);
    int err = slot_state(h->s, &slot, entry + SESSION_TAG_SIZE);
    if (!err) err = slot_urgent(h->s, c->secret, c->handle, entry + SESSION_TAG_SIZE + SESSION_STATE_SIZE);
    if (err) return err;
    writer_bytes(h->w, entry, sizeof entry);
    h->count++;
    return 0;
}

/* Fill the hello up with entries that mean nothing. */
static void hello_pad(struct hello *h) {
    uint8_t entry[HASH_SIZE];
    while (h->count % SESSION_HELLO_STEP != 0 || h->count == 0) {
        const uint8_t number[4] = {(uint8_t)h->count, (uint8_t)(h->count >> 8), 0, 0};
        crypto_digest_keyed(entry, h->s->pad_key, sizeof h->s->pad_key, number, sizeof number);
        writer_bytes(h->w, entry, HELLO_ENTRY);
        h->count++;
    }
}

static void head_write(struct session *s, struct writer *w) {
    writer_varint(w, SESSION_VERSION);
    writer_varint(w, s->config.clock + (s->now_ms - s->started_ms) / 1000);
    writer_varint(w, s->config.floor_day);
}

void hello_write(struct session *s) {
    /* The count comes before the entries: they are written behind the largest head, and the head is moved up to them.
     */
    size_t room = HELLO_HEAD_MAX + SESSION_COMMUNITIES_MAX * HELLO_ENTRY;
    uint8_t *place = message_place(s, STREAM_CONTROL, room);
    struct writer head, entries;
    CHECK(place != NULL);
    uint8_t *body = place + MESSAGE_HEAD;
    writer_init(&entries, body + HELLO_HEAD_MAX, room - HELLO_HEAD_MAX);
    struct hello h = {.s = s, .w = &entries};
    int err = s->node.communities(s->node.context, hello_visit, &h);
    if (err) {
        (void)session_fail(s, err);
        return;
    }
    hello_pad(&h);
    CHECK(!entries.err);
    writer_init(&head, body, HELLO_HEAD_MAX);
    head_write(s, &head);
    writer_varint(&head, h.count);
    memmove(body + head.at, body + HELLO_HEAD_MAX, entries.at);
    message_wrote(s, STREAM_CONTROL, CONTROL_HELLO, head.at + entries.at);
    s->hello_due = false;
}

static void head_read(struct session *s, struct reader *in) {
    if (reader_varint(in, VARINT_MAX) < SESSION_VERSION) reader_fail(in, ERR_VERSION);
    s->peer_clock = reader_varint(in, TIME_MAX);
    s->peer_floor_day = (uint32_t)reader_varint(in, TIME_MAX / DAY_SECONDS);
    s->peer_clock_ms = s->now_ms;
}

/* ---- The initiator's side ---- */

struct matching {
    struct session *s;
    const uint8_t *entries;
    uint32_t count;
};

static int match_visit(void *context, const struct session_community *c) {
    struct matching *m = context;
    struct session *s = m->s;
    uint8_t tag[SESSION_TAG_SIZE], state[SESSION_STATE_SIZE];
    const uint8_t *entry = m->entries, *end = m->entries + (size_t)m->count * HELLO_ENTRY;
    if (s->slot_count == SESSION_COMMUNITIES_MAX) return 0;
    slot_tag(s, c->secret, false, tag);
    while (entry < end && !bytes_equal(entry, tag, sizeof tag)) entry += HELLO_ENTRY;
    if (entry == end) return 0;
    struct session_slot *slot = &s->slots[s->slot_count];
    *slot = (struct session_slot){.handle = c->handle};
    memcpy(slot->secret, c->secret, HASH_SIZE);
    int err = slot_state(s, slot, state);
    if (err) return err;
    slot->phase = bytes_equal(state, entry + SESSION_TAG_SIZE, sizeof state) ? SLOT_EQUAL : SLOT_TODO;
    if (slot->phase == SLOT_TODO)
        err = urgent_lacked(s, c->secret, c->handle, entry + SESSION_TAG_SIZE + SESSION_STATE_SIZE, &slot->first);
    s->slot_count++;
    s->padded = s->padded || c->closed;
    return err;
}

int hello_read(struct session *s, struct reader *in) {
    struct matching m = {.s = s};
    head_read(s, in);
    m.count = (uint32_t)reader_varint(in, SESSION_COMMUNITIES_MAX);
    m.entries = reader_bytes(in, (size_t)m.count * HELLO_ENTRY);
    if (in->err) return in->err; /* what follows is for later versions */
    int err = s->node.communities(s->node.context, match_visit, &m);
    s->answer_due = true;
    return err;
}

void answer_write(struct session *s) {
    size_t room = HELLO_HEAD_MAX + s->slot_count * ANSWER_ENTRY;
    uint8_t *place = message_place(s, STREAM_CONTROL, room);
    uint8_t tag[SESSION_TAG_SIZE], urgent[SESSION_URGENT_SIZE];
    struct writer w;
    int err = 0;
    if (!place) return;
    writer_init(&w, place + MESSAGE_HEAD, room);
    head_write(s, &w);
    writer_varint(&w, s->slot_count);
    for (unsigned i = 0; i < s->slot_count && !err; i++) {
        slot_tag(s, s->slots[i].secret, true, tag);
        writer_bytes(&w, tag, sizeof tag);
        err = slot_urgent(s, s->slots[i].secret, s->slots[i].handle, urgent);
        writer_bytes(&w, urgent, sizeof urgent);
    }
    if (err) {
        (void)session_fail(s, err);
        return;
    }
    CHECK(!w.err);
    message_wrote(s, STREAM_CONTROL, CONTROL_ANSWER, w.at);
    s->answer_due = false;
    s->phase = PHASE_OPEN;
}

/* ---- The responder reads the answer ---- */

struct answering {
    struct session *s;
    const uint8_t *entries;
    uint32_t count;
    bool found[SESSION_COMMUNITIES_MAX];
};

static int answer_visit(void *context, const struct session_community *c) {
    struct answering *a = context;
    struct session *s = a->s;
    uint8_t tag[SESSION_TAG_SIZE];
    slot_tag(s, c->secret, true, tag);
    for (uint32_t i = 0; i < a->count; i++) {
        const uint8_t *entry = a->entries + (size_t)i * ANSWER_ENTRY;
        if (a->found[i] || !bytes_equal(entry, tag, sizeof tag)) continue;
        a->found[i] = true;
        s->slots[i] = (struct session_slot){.handle = c->handle};
        memcpy(s->slots[i].secret, c->secret, HASH_SIZE);
        int err = urgent_lacked(s, c->secret, c->handle, entry + SESSION_TAG_SIZE, &s->slots[i].first);
        s->padded = s->padded || c->closed;
        return err;
    }
    return 0;
}

int answer_read(struct session *s, struct reader *in) {
    struct answering a = {.s = s};
    head_read(s, in);
    a.count = (uint32_t)reader_varint(in, SESSION_COMMUNITIES_MAX);
    a.entries = reader_bytes(in, (size_t)a.count * ANSWER_ENTRY);
    if (in->err) return in->err; /* what follows is for later versions */
    int err = s->node.communities(s->node.context, answer_visit, &a);
    if (err) return err;
    for (uint32_t i = 0; i < a.count; i++)
        if (!a.found[i]) return ERR_FIELD; /* it answered what was not said */
    s->slot_count = a.count;
    s->phase = PHASE_OPEN;
    return 0;
}
