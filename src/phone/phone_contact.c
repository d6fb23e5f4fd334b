/*
 * phone_contact.c: contacts over a carrier of whole bodies.
 *
 * A body is a row of frames. What is cut off at its end is a lost frame; what was lost, doubled or delayed the session
 * brings again or passes over. Between the session and the store's view stands one function of ours, which notes the
 * own messages that go out.
 */
#include <stdlib.h>
#include <string.h>

#include "carrier/admit.h"
#include "core/blob.h"
#include "core/crypto.h"
#include "phone/phone_internal.h"

#define RETRY_MS 1000
#define KEEPALIVE_MS 60000
#define DROPPED_MAX 512 /* frames of doubled bodies are normal */
#define BYTES_IN_MAX (UINT64_C(512) << 20)
#define RECORDS_IN_MAX 500000
#define WORK_MAX (UINT64_C(1) << 31)
#define RECORD_NUM_MASK ((UINT64_C(1) << 60) - 1)

static struct contact *contact_get(struct phone *p, int number) {
    return number >= 0 && number < PHONE_CONTACTS_MAX ? p->contacts[number] : NULL;
}

/* ---- What goes out ---- */

static int own_note(void *context, uint64_t item, struct record *out, const uint8_t **bytes, size_t *size) {
    struct contact *c = context;
    int64_t num = (int64_t)(item & RECORD_NUM_MASK);
    int err = c->node.record(c->node.context, item, out, bytes, size);
    if (err || c->sent_count == PHONE_SENT_MAX) return err;
    /* What is written in a closed group goes sealed. */
    if (out->kind != KIND_TEXT || !phone_group_is_own(c->phone, out)) num = phone_closed_inner(c->phone, num);
    if (num == 0) return 0;
    if (c->sent_count == 0 || c->sent[c->sent_count - 1] != num) c->sent[c->sent_count++] = num;
    return 0;
}

/* The rest of the view's functions, as the session calls them. */
static int communities(void *context, session_visit_community visit, void *visit_context) {
    const struct contact *c = context;
    return c->node.communities(c->node.context, visit, visit_context);
}

static int buckets(void *context, uint32_t handle, uint32_t first_day, reconcile_visit_bucket visit, void *to) {
    const struct contact *c = context;
    return c->node.buckets(c->node.context, handle, first_day, visit, to);
}

static int seen(void *context, uint32_t handle, uint64_t lo, uint64_t hi, reconcile_visit_seen visit, void *to) {
    const struct contact *c = context;
    return c->node.seen(c->node.context, handle, lo, hi, visit, to);
}

static int is_partial(void *context, uint32_t handle, uint32_t expiry_day) {
    const struct contact *c = context;
    return c->node.is_partial(c->node.context, handle, expiry_day);
}

static void *room(void *context, size_t size) {
    const struct contact *c = context;
    return c->node.room(c->node.context, size);
}

static int urgent(void *context, uint32_t handle, uint32_t limit, session_visit_urgent visit, void *to) {
    const struct contact *c = context;
    return c->node.urgent(c->node.context, handle, limit, visit, to);
}

static int has(void *context, uint32_t handle, const uint8_t id[HASH_SIZE]) {
    const struct contact *c = context;
    return c->node.has(c->node.context, handle, id);
}

static int missing(void *context, uint32_t handle, uint64_t *cursor, struct session_ask *out) {
    const struct contact *c = context;
    return c->node.missing(c->node.context, handle, cursor, out);
}

static void missing_over(void *context, const struct session_ask *ask) {
    const struct contact *c = context;
    c->node.missing_over(c->node.context, ask);
}

static int chunk(void *context, uint32_t handle, const uint8_t blob[HASH_SIZE], uint32_t index,
                 struct session_chunk *out) {
    const struct contact *c = context;
    return c->node.chunk(c->node.context, handle, blob, index, out);
}

/* ---- Life ---- */

static void contact_free(struct contact *c) {
    if (!c) return;
    if (c->session) session_wipe(c->session);
    free(c->session);
    session_view_free(c->view);
    free(c);
}

void phone_contacts_free(struct phone *p) {
    for (unsigned i = 0; i < PHONE_CONTACTS_MAX; i++) contact_free(p->contacts[i]);
}

static void session_begin(struct phone *p, struct contact *c, bool calls, const uint8_t ephemeral[KEY_SIZE]) {
    struct session_config config = {
        .initiator = calls,
        .now_ms = p->now_ms,
        .clock = p->when.now,
        .frame_max = CHANNEL_FRAME_MAX,
        .retry_ms = RETRY_MS,
        .keepalive_ms = KEEPALIVE_MS,
        .bytes_in_max = BYTES_IN_MAX,
        .records_in_max = RECORDS_IN_MAX,
        .work_max = WORK_MAX,
        .kernel = gf40_bitslice(),
    };
    const struct session_node node = {.context = c,
                                      .communities = communities,
                                      .buckets = buckets,
                                      .seen = seen,
                                      .is_partial = is_partial,
                                      .room = room,
                                      .urgent = urgent,
                                      .record = own_note,
                                      .has = has,
                                      .missing = missing,
                                      .missing_over = missing_over,
                                      .chunk = chunk};
    uint32_t today = when_day(p->when.now);
    if (p->when.confirmed && today > EXPIRY_GRACE_DAYS) config.floor_day = today - EXPIRY_GRACE_DAYS;
    memcpy(config.ephemeral_secret, ephemeral, KEY_SIZE);
    session_view_node(c->view, &c->node);
    session_init(c->session, &config, &node);
    crypto_wipe(config.ephemeral_secret, KEY_SIZE);
}

static int contact_begin(struct phone *p, bool calls, const uint8_t ephemeral[KEY_SIZE]) {
    int number = 0;
    phone_begin(p);
    while (number < PHONE_CONTACTS_MAX && p->contacts[number]) number++;
    if (number == PHONE_CONTACTS_MAX) return ERR_LIMIT;
    int err = phone_contacts_offer(p, 0);
    if (err) return err;
    struct contact *c = calloc(1, sizeof *c);
    if (!c) return ERR_MEMORY;
    c->phone = p;
    c->link = BUDGET_LINK_FIRST + (unsigned)number;
    c->session = calloc(1, session_size());
    c->view = session_view_new(p->sessions);
    if (!c->session || !c->view) {
        free(c->session);
        c->session = NULL;
        contact_free(c);
        return ERR_MEMORY;
    }
    session_begin(p, c, calls, ephemeral);
    p->contacts[number] = c;
    return number;
}

int phone_contact(struct phone *p, const uint8_t ephemeral[KEY_SIZE]) {
    return contact_begin(p, true, ephemeral);
}

int phone_contact_called(struct phone *p, const uint8_t ephemeral[KEY_SIZE]) {
    return contact_begin(p, false, ephemeral);
}

/* If both sides have what the other had: note what the peer has for certain. */
static void settled_note(struct phone *p, struct contact *c) {
    struct session_status status;
    int64_t newest = store_newest_num(p->store);
    session_status(c->session, &status);
    if (c->err || !status.is_settled || (c->settled && c->certain == c->sent_count && c->settled_num == newest)) return;
    c->settled = true;
    c->settled_num = newest;
    c->certain = c->sent_count;
    for (unsigned i = 0; i < p->group_count; i++)
        if (session_is_equal(c->session, i)) c->equal_num[i] = newest;
    if (session_is_equal(c->session, SESSION_STORE_POOL)) c->pool_equal_num = newest;
}

/* Return why a contact is over, or 0. */
static int contact_over(struct phone *p, struct contact *c) {
    struct session_status status;
    if (c->err) return c->err;
    settled_note(p, c);
    session_status(c->session, &status);
    if (!session_error(c->session) && status.dropped > DROPPED_MAX) session_refuse(c->session, ERR_SEAL);
    c->err = session_error(c->session);
    if (c->err && c->err != ERR_END && -c->err < POUCH_REFUSALS_MAX) p->refused[-c->err]++;
    return c->err;
}

/* ---- Bodies ---- */

int phone_contact_take(struct phone *p, int contact, const uint8_t *bytes, size_t size) {
    struct contact *c = contact_get(p, contact);
    const uint8_t *frame;
    size_t frame_size;
    int got;
    phone_begin(p);
    if (!c) return ERR_USAGE;
    if (c->err) return c->err;
    p->frames.fill = 0; /* a body holds whole frames */
    while ((got = lan_frames_next(&p->frames, &bytes, &size, &frame, &frame_size)) > 0) {
        got = session_recv(c->session, frame, frame_size, p->now_ms);
        if (got < 0) break;
    }
    if (got < 0 && !session_error(c->session)) session_refuse(c->session, got);
    return contact_over(p, c);
}

int phone_contact_give(struct phone *p, int contact, size_t max) {
    struct contact *c = contact_get(p, contact);
    struct out *o = phone_begin(p);
    uint8_t body[LAN_PREFIX_SIZE + CHANNEL_FRAME_MAX];
    size_t size;
    if (!c) return ERR_USAGE;
    if (c->err) return c->err;
    if (max < sizeof body) return ERR_SPACE;
    if (p->now_ms >= session_deadline(c->session)) session_expire(c->session, p->now_ms);
    while (o->size + sizeof body <= max &&
           (size = session_send(c->session, body + LAN_PREFIX_SIZE, CHANNEL_FRAME_MAX, p->now_ms)) > 0) {
        lan_frames_prefix(body, size);
        out_bytes(o, body, LAN_PREFIX_SIZE + size);
    }
    int err = contact_over(p, c);
    return err ? err : out_end(o);
}

double phone_contact_deadline(struct phone *p, int contact) {
    const struct contact *c = contact_get(p, contact);
    uint64_t at = c && !c->err ? session_deadline(c->session) : UINT64_MAX;
    return at == UINT64_MAX ? -1 : (double)at;
}

/* ---- What has come ---- */

/* Store a record. Return 0, an error of the store, or in *blame why the peer has broken the rules. */
static int record_take(struct phone *p, struct contact *c, const struct session_event *event, int *blame) {
    const struct charter *charter = session_store_charter(p->sessions, event->handle);
    struct record r;
    if (event->size > RECORD_SIZE_MAX) {
        *blame = ERR_LIMIT;
        return 0;
    }
    session_event_copy(event, p->room);
    int err = event->stub ? record_decode_stub(&r, p->room, event->size) : record_decode(&r, p->room, event->size);
    if (!err && memcmp(r.community, charter->community, HASH_SIZE) != 0)
        err = r.kind == KIND_CHARTER ? ERR_CHARTER : ERR_COMMUNITY;
    if (!err) {
        session_known(c->session, r.id);
        int seen_before = store_has(p->store, r.id);
        if (seen_before == STORE_HELD || seen_before == STORE_GHOST) return 0;
        err = admit_record(charter, &r, p->when);
    }
    if (err && admit_is_blame(err)) {
        *blame = err;
        return 0;
    }
    bool sealed = !err && r.form == RECORD_FORM_SEALED;
    bool known = sealed && phone_closed_has_shelf(p, r.author);
    if (sealed && !known && p->sealed + event->size > PHONE_SEALED_BYTES_MAX) /* not taken; nor brought again */
        return store_ghost(p->store, record_pool, r.id, r.expiry_day, 0);
    const struct store_source from = {.class = phone_group_class(p, charter, &r), .link = c->link};
    int put = err ? 0 : store_put_from(p->store, &r, p->room, event->size, p->when.now, &from);
    if (admit_is_refusal(put)) err = put;
    if (err) {
        if (-err < POUCH_REFUSALS_MAX) p->refused[-err]++;
        if (err == ERR_EXPIRED || err == ERR_VERSION) return 0;
        int ghost = store_ghost(p->store, charter->community, r.id, r.expiry_day, r.created);
        return admit_is_refusal(ghost) ? 0 : ghost;
    }
    c->received += put > 0;
    if (put > 0 && sealed && !known) p->sealed += event->size;
    return put < 0 ? put : 0;
}

static int chunk_take(struct phone *p, struct contact *c, const struct session_chunk *chunk_in, int *blame) {
    *blame = blob_check(chunk_in->blob, chunk_in->size_bytes, chunk_in->index, chunk_in->proof, chunk_in->proof_size,
                        chunk_in->data, chunk_in->data_size);
    if (*blame) return 0;
    int put = store_chunk_put(p->store, chunk_in->blob, chunk_in->size_bytes, chunk_in->index, chunk_in->proof,
                              chunk_in->proof_size, chunk_in->data, chunk_in->data_size, p->when.now);
    c->chunks_in += put > 0;
    return put < 0 && !admit_is_refusal(put) && put != ERR_FIELD ? put : 0;
}

struct work {
    uint32_t done;
    uint32_t stored[STREAM_COUNT];
};

/* Take events in one transaction. Return 0 or an error of the store; *blame: the peer's. */
static int events_take(struct phone *p, struct contact *c, uint32_t limit, struct work *w, int *blame) {
    struct session_event event;
    int err = 0;
    while (w->done < limit && !err && session_poll(c->session, &event)) {
        if (event.type == SESSION_SETTLED) continue; /* the status tells it */
        if (store_charged(p->store) > PHONE_BYTES_MAX)
            err = ERR_FULL;
        else
            err =
                event.type == SESSION_RECORD ? record_take(p, c, &event, blame) : chunk_take(p, c, &event.chunk, blame);
        if (err || *blame) break;
        w->stored[event.stream]++;
        w->done++;
    }
    return err;
}

int phone_contact_work(struct phone *p, int contact, uint32_t limit) {
    struct contact *c = contact_get(p, contact);
    struct work w = {.done = 0};
    int blame = 0;
    phone_begin(p);
    if (!c) return ERR_USAGE;
    if (c->err) return c->err;
    int err = store_begin(p->store);
    if (!err) {
        err = events_take(p, c, limit > INT32_MAX ? INT32_MAX : limit, &w, &blame);
        int ended = store_commit(p->store);
        if (!err) err = ended;
    }
    for (unsigned i = 0; i < STREAM_COUNT && !err; i++)
        if (w.stored[i]) session_stored(c->session, i, w.stored[i]);
    if (!err) err = phone_contacts_offer(p, 0);
    session_view_quiet(c->view);
    if (err || blame) session_refuse(c->session, err ? err : blame);
    err = contact_over(p, c);
    return err ? err : (int)w.done;
}

struct offering {
    struct phone *phone;
    int64_t own;
};

static int offer_visit(void *context, const struct store_arrival *a) {
    const struct offering *f = context;
    struct phone *p = f->phone;
    int group = phone_group_find(p, a->community), handle = a->sealed ? SESSION_STORE_POOL : group;
    p->arrived = a->num;
    if (handle < 0) return 0;
    if (!a->sealed) {
        p->groups[group].num = a->num;
        p->groups[group].in_order = false;
        if (phone_group_is_closed(p, group)) return 0; /* opened here: nobody else is told of it */
    }
    struct session_offered offered = {
        .handle = (uint32_t)handle, .item = session_store_item(a->urgency, a->num), .own = a->num == f->own};
    memcpy(offered.id, a->id, HASH_SIZE);
    for (unsigned i = 0; i < PHONE_CONTACTS_MAX; i++)
        if (p->contacts[i] && !p->contacts[i]->err) session_offer(p->contacts[i]->session, &offered);
    return 0;
}

int phone_contacts_offer(struct phone *p, int64_t own) {
    struct offering f = {.phone = p, .own = own};
    return store_arrived_after(p->store, p->arrived, 0, offer_visit, &f);
}

/* ---- Status ---- */

static int missing_visit(void *context, const struct store_missing *m) {
    uint64_t *count = context;
    uint32_t all = blob_chunk_count(m->size_bytes);
    *count += all > m->held ? all - m->held : 1; /* 1: its size is not known */
    return 0;
}

int phone_contact_status(struct phone *p, int contact) {
    const struct contact *c = contact_get(p, contact);
    struct out *o = phone_begin(p);
    struct session_status s;
    uint64_t count = 0;
    if (!c) return ERR_USAGE;
    session_status(c->session, &s);
    int err = store_blob_missing_each(p->store, NULL, missing_visit, &count);
    if (err) return err;
    json_open(o, '{');
    json_bool_of(o, "open", s.is_open && !c->err);
    json_bool_of(o, "settled", s.is_settled && !c->err);
    json_number_of(o, "communities", s.communities);
    json_number_of(o, "sent", s.sent);
    json_number_of(o, "stored", s.stored);
    json_number_of(o, "received", c->received);
    json_number_of(o, "chunksIn", c->chunks_in);
    json_number_of(o, "chunksOut", s.chunks_sent);
    json_number_of(o, "bytesIn", s.bytes_in);
    json_number_of(o, "bytesOut", s.bytes_out);
    json_number_of(o, "roundTrips", s.round_trips);
    json_number_of(o, "peerClock", s.peer_clock);
    json_number_of(o, "missing", count);
    json_name(o, "error");
    if (c->err) {
        const char *name = phone_error_name(c->err);
        json_text(o, name, strlen(name));
    } else {
        json_nothing(o);
    }
    json_close(o, '}');
    return out_end(o);
}

struct reaching {
    struct phone *phone;
    const struct contact *contact;
    int group;
};

static bool was_sent(const struct contact *c, int64_t num) {
    for (unsigned i = 0; i < c->certain; i++)
        if (c->sent[i] == num) return true;
    return false;
}

static int reached_visit(void *context, const struct store_record *r) {
    const struct reaching *f = context;
    struct out *o = &f->phone->out;
    if (r->record.kind != KIND_TEXT || !phone_group_is_own(f->phone, &r->record)) return 0;
    const struct contact *c = f->contact;
    bool closed = phone_group_is_closed(f->phone, f->group);
    bool sent = was_sent(c, r->num);
    int64_t equal = closed ? c->pool_equal_num : c->equal_num[f->group];
    if (!sent && r->num > equal) return 0;
    json_open(o, '{');
    json_hex_of(o, "id", r->record.id, HASH_SIZE);
    json_bool_of(o, "sent", sent);
    json_close(o, '}');
    return 0;
}

int phone_contact_reached(struct phone *p, int contact) {
    const struct contact *c = contact_get(p, contact);
    struct out *o = phone_begin(p);
    int err = 0;
    if (!c) return ERR_USAGE;
    json_open(o, '[');
    for (unsigned i = 0; i < p->group_count && !err && c->settled; i++) {
        struct reaching f = {.phone = p, .contact = c, .group = (int)i};
        const struct store_query query = {.community = session_store_charter(p->sessions, i)->community,
                                          .now = p->when.now};
        if (phone_group_key(p, (int)i)) err = store_list(p->store, &query, reached_visit, &f);
    }
    json_close(o, ']');
    if (err) out_begin(o);
    return err ? err : out_end(o);
}

void phone_contact_close(struct phone *p, int contact) {
    struct contact *c = contact_get(p, contact);
    struct out *o = phone_begin(p);
    uint8_t body[LAN_PREFIX_SIZE + CHANNEL_FRAME_MAX];
    if (!c) return;
    if (!c->err) {
        session_close(c->session);
        size_t size = session_send(c->session, body + LAN_PREFIX_SIZE, CHANNEL_FRAME_MAX, p->now_ms);
        if (size > 0) {
            lan_frames_prefix(body, size);
            out_bytes(o, body, LAN_PREFIX_SIZE + size);
        }
    }
    p->contacts[contact] = NULL;
    contact_free(c);
}
