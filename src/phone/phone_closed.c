/*
 * phone_closed.c: closed groups: asking to be let in, opening what has come, members, and what a page has to keep.
 *
 * The keys lie in settings of the store, which is in memory: the page saves them in its sealed part and gives them
 * back. Random bytes come with the call that may need some; a block is drawn of them as often as something asks.
 */
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/crypto.h"
#include "core/join_request.h"
#include "phone/phone_internal.h"

#define TICK_MS 3600000
#define KEPT_VERSION 1
#define OWN_NAME "own" /* where an author stands: key, the next number, the id before it */

/* ---- What it is given ---- */

static void member_of(void *context, const struct charter *charter, struct member *out) {
    const struct phone *p = context;
    person_in(out, p->seed, charter);
}

static void random_of(void *context, uint8_t *out, size_t size) {
    struct phone *p = context;
    uint8_t block[HASH_SIZE];
    for (size_t at = 0; at < size; at += sizeof block) {
        size_t n = size - at < sizeof block ? size - at : sizeof block;
        p->drawn++;
        crypto_digest_keyed(block, p->entropy, sizeof p->entropy, (const uint8_t *)&p->drawn, sizeof p->drawn);
        memcpy(out + at, block, n);
    }
    crypto_wipe(block, sizeof block);
}

void phone_closed_random(struct phone *p, const uint8_t random[PHONE_RANDOM_SIZE]) {
    memcpy(p->entropy, random, sizeof p->entropy);
    p->drawn = 0;
}

void phone_closed_over(struct phone *p) {
    crypto_wipe(p->entropy, sizeof p->entropy);
}

void phone_closed_salt(struct phone *p, uint8_t out[PHONE_RANDOM_SIZE]) {
    random_of(p, out, PHONE_RANDOM_SIZE);
}

int phone_closed(struct phone *p, struct closed **out) {
    const struct closed_host host = {p->store, p, member_of, random_of};
    *out = NULL;
    if (!p->has_person) return ERR_KEY;
    int err = p->closed ? closed_refresh(p->closed) : closed_new(&p->closed, &host);
    *out = p->closed;
    return err;
}

void phone_closed_free(struct phone *p) {
    closed_free(p->closed);
    free(p->sealed_own);
    p->closed = NULL;
    p->closed_tick_ms = 0;
    p->sealed_own = NULL;
    p->sealed_own_count = p->sealed_own_room = 0;
}

bool phone_closed_has_shelf(const struct phone *p, const uint8_t shelf[KEY_SIZE]) {
    return p->closed && closed_has_shelf(p->closed, shelf);
}

/* ---- Writing ---- */

int phone_closed_ready(struct phone *p, int group) {
    struct closed *closed;
    int err = phone_closed(p, &closed);
    return err ? err : closed_ready(closed, session_store_charter(p->sessions, (uint32_t)group)->community, p->when);
}

static int sealed_own_room(struct phone *p) {
    if (p->sealed_own_count < p->sealed_own_room) return 0;
    size_t room = p->sealed_own_room ? 2 * p->sealed_own_room : 64;
    struct sealed_own *larger = realloc(p->sealed_own, room * sizeof *larger);
    if (!larger) return ERR_MEMORY;
    p->sealed_own = larger;
    p->sealed_own_room = room;
    return 0;
}

/* closed_put stores the sealed record, then what is in it. */
static void sealed_own_note(struct phone *p, int64_t before) {
    int64_t inner = store_newest_num(p->store);
    if (inner == before + 2) p->sealed_own[p->sealed_own_count++] = (struct sealed_own){inner, before + 1};
}

int64_t phone_closed_inner(const struct phone *p, int64_t outer) {
    for (size_t i = p->sealed_own_count; i > 0; i--)
        if (p->sealed_own[i - 1].outer == outer) return p->sealed_own[i - 1].inner;
    return 0;
}

int phone_closed_put(struct phone *p, const struct author *author, const struct record *r, size_t size) {
    struct closed *closed;
    int64_t before = store_newest_num(p->store);
    int err = phone_closed(p, &closed);
    if (!err) err = sealed_own_room(p);
    if (!err) err = store_begin(p->store);
    if (err) return err;
    err = closed_put(closed, r, p->room, size, p->when);
    if (!err) err = store_own_set(p->store, author->member.key, r->seq + 1, r->id);
    if (!err) err = store_commit(p->store);
    if (err)
        store_rollback(p->store);
    else if (r->kind == KIND_TEXT)
        sealed_own_note(p, before);
    return err;
}

/* ---- Joining and membership ---- */

/* What a call has made is offered to the contacts. */
static int call_end(struct phone *p, int err) {
    phone_closed_over(p);
    int offered = phone_contacts_offer(p, 0);
    return err ? err : offered;
}

int phone_closed_found(struct phone *p, const uint8_t community[HASH_SIZE]) {
    struct closed *closed;
    int err = phone_closed(p, &closed);
    return call_end(p, err ? err : closed_found(closed, community, p->when));
}

int phone_closed_request(struct phone *p, const uint8_t community[HASH_SIZE], const uint8_t random[PHONE_RANDOM_SIZE]) {
    struct out *o = phone_begin(p);
    struct closed *closed;
    char *line = malloc(REQUEST_CHARS_MAX + 1);
    int err = line ? phone_closed(p, &closed) : ERR_MEMORY;
    phone_closed_random(p, random);
    if (!err) err = closed_request(closed, community, p->when, line);
    err = call_end(p, err < 0 ? err : 0);
    if (!err) out_bytes(o, line, strlen(line));
    free(line);
    return err ? err : out_end(o);
}

static void request_tell(struct phone *p, const struct join_request *request) {
    char handle[HANDLE_SIZE];
    struct out *o = &p->out;
    int group = phone_group_find(p, request->community);
    person_handle(handle, request->key);
    json_open(o, '{');
    json_hex_of(o, "community", request->community, HASH_SIZE);
    json_text_of(o, "title", session_store_charter(p->sessions, (uint32_t)group)->title);
    json_hex_of(o, "author", request->key, KEY_SIZE);
    json_text_of(o, "handle", handle);
    json_close(o, '}');
}

int phone_closed_request_read(struct phone *p, const char *line, size_t size) {
    struct join_request request;
    struct out *o = phone_begin(p);
    int err = join_request_decode(&request, line, size);
    if (err) return err;
    if (phone_group_find(p, request.community) < 0) return ERR_COMMUNITY;
    request_tell(p, &request);
    return out_end(o);
}

int phone_closed_admit(struct phone *p, const char *line, size_t size, const uint8_t random[PHONE_RANDOM_SIZE]) {
    struct join_request request;
    struct closed *closed;
    struct out *o = phone_begin(p);
    int err = join_request_decode(&request, line, size);
    if (!err && phone_group_find(p, request.community) < 0) err = ERR_COMMUNITY;
    if (!err) err = phone_closed(p, &closed);
    if (err) return err;
    phone_closed_random(p, random);
    err = call_end(p, closed_admit(closed, &request, p->when));
    if (err) return err;
    request_tell(p, &request);
    return out_end(o);
}

int phone_closed_remove(struct phone *p, const uint8_t community[HASH_SIZE], const uint8_t key[KEY_SIZE],
                        const uint8_t random[PHONE_RANDOM_SIZE]) {
    struct closed *closed;
    phone_begin(p);
    int err = phone_closed(p, &closed);
    if (err) return err;
    phone_closed_random(p, random);
    return call_end(p, closed_remove(closed, community, key, p->when));
}

int phone_closed_work(struct phone *p, uint32_t limit, int due, const uint8_t random[PHONE_RANDOM_SIZE]) {
    struct closed *closed;
    phone_begin(p);
    int err = phone_closed(p, &closed), seen = 0;
    if (err) return err == ERR_KEY ? 0 : err;
    phone_closed_random(p, random);
    bool ticks = due && (p->closed_tick_ms == 0 || p->now_ms - p->closed_tick_ms >= TICK_MS);
    seen = closed_open(closed, p->when, limit > INT32_MAX ? INT32_MAX : limit);
    if (seen == 0 && ticks) { /* all that is here is known: now time may ask for something */
        err = closed_tick(closed, p->when);
        if (!err) p->closed_tick_ms = p->now_ms ? p->now_ms : 1;
    }
    err = call_end(p, seen < 0 ? seen : err);
    return err ? err : seen;
}

/* ---- Looking ---- */

static const char *standing_name(enum closed_standing standing) {
    switch (standing) {
    case CLOSED_ASKED: return "asked";
    case CLOSED_MEMBER: return "member";
    case CLOSED_PENDING: return "pending";
    case CLOSED_REMOVED: return "removed";
    default: return "none";
    }
}

static const char *status_name(const struct members_entry *e) {
    switch (e->status) {
    case MEMBERS_MEMBER: return e->coordinates ? "coordinator" : "member";
    case MEMBERS_PENDING: return "pending";
    default: return "removed";
    }
}

int phone_closed_tell(struct phone *p, int group) {
    struct closed *closed;
    struct closed_view *v = NULL;
    bool is_closed = phone_group_is_closed(p, group);
    int err = 0;
    json_bool_of(&p->out, "closed", is_closed);
    if (is_closed && p->has_person) {
        v = calloc(1, sizeof *v);
        err = v ? phone_closed(p, &closed) : ERR_MEMORY;
        if (!err) err = closed_look(closed, session_store_charter(p->sessions, (uint32_t)group)->community, v);
        if (err == ERR_COMMUNITY) { /* it came along: nobody has joined it */
            v->standing = CLOSED_NOT;
            err = 0;
        }
    }
    json_text_of(&p->out, "standing", v && !err ? standing_name(v->standing) : "none");
    free(v);
    return err;
}

int phone_closed_look(struct phone *p, const uint8_t community[HASH_SIZE]) {
    struct out *o = phone_begin(p);
    struct closed *closed;
    char handle[HANDLE_SIZE];
    int group = phone_group_find(p, community);
    if (group < 0) return group;
    struct closed_view *v = malloc(sizeof *v);
    int err = v ? phone_closed(p, &closed) : ERR_MEMORY;
    if (!err) err = closed_look(closed, community, v);
    if (!err) {
        const uint8_t *own = phone_group_key(p, group);
        json_open(o, '{');
        json_text_of(o, "standing", standing_name(v->standing));
        json_bool_of(o, "coordinates", v->coordinates);
        json_number_of(o, "waiting", v->waiting);
        json_number_of(o, "rivals", v->members ? v->members->rival_count : 0);
        json_name(o, "members");
        json_open(o, '[');
        for (size_t i = 0; v->members && i < v->members->entry_count; i++) {
            const struct members_entry *e = &v->members->entries[i];
            if (e->status == MEMBERS_NEVER) continue;
            person_handle(handle, e->key);
            json_open(o, '{');
            json_hex_of(o, "author", e->key, KEY_SIZE);
            json_text_of(o, "handle", handle);
            json_text_of(o, "status", status_name(e));
            json_bool_of(o, "own", own && memcmp(own, e->key, KEY_SIZE) == 0);
            json_close(o, '}');
        }
        json_close(o, ']');
        json_close(o, '}');
    }
    free(v);
    return err ? err : out_end(o);
}

/* ---- What a page has to keep ---- */

static void kept_write(struct out *o, const char *name, const uint8_t *value, size_t size) {
    uint8_t head[4], name_size = (uint8_t)strlen(name);
    struct writer w;
    out_bytes(o, &name_size, 1);
    out_bytes(o, name, name_size);
    writer_init(&w, head, sizeof head);
    writer_u32(&w, (uint32_t)size);
    out_bytes(o, head, w.at);
    out_bytes(o, value, size);
}

static int kept_visit(void *context, const char *name, const uint8_t *value, size_t size) {
    struct phone *p = context;
    kept_write(&p->out, name, value, size);
    return p->out.err;
}

static int own_write(struct phone *p, int group) {
    uint8_t value[KEY_SIZE + 9 + HASH_SIZE], last[HASH_SIZE];
    struct writer w;
    uint64_t next = 0;
    const uint8_t *key = phone_group_key(p, group);
    int err = store_own_get(p->store, key, &next, last);
    if (err || next == 0) return err;
    writer_init(&w, value, sizeof value);
    writer_bytes(&w, key, KEY_SIZE);
    writer_varint(&w, next);
    writer_bytes(&w, last, HASH_SIZE);
    kept_write(&p->out, OWN_NAME, value, w.at);
    return w.err;
}

int phone_closed_kept(struct phone *p) {
    static const uint8_t version = KEPT_VERSION;
    struct out *o = phone_begin(p);
    struct closed *closed;
    int err = phone_closed(p, &closed);
    if (err) return err == ERR_KEY ? 0 : err;
    out_bytes(o, &version, 1);
    err = closed_kept_each(closed, kept_visit, p);
    for (unsigned i = 0; i < p->group_count && !err; i++)
        if (phone_group_is_closed(p, (int)i)) err = own_write(p, (int)i);
    if (!err && o->size == 1) o->size = 0; /* there is nothing to keep */
    if (err) out_begin(o);
    return err ? err : out_end(o);
}

static int own_read(struct phone *p, const uint8_t *value, size_t size) {
    uint8_t key[KEY_SIZE], last[HASH_SIZE], now_last[HASH_SIZE];
    struct reader in;
    uint64_t now = 0;
    reader_init(&in, value, size);
    reader_copy(&in, key, KEY_SIZE);
    uint64_t next = reader_varint(&in, RECORD_SEQ_MAX);
    reader_copy(&in, last, HASH_SIZE);
    if (reader_end(&in)) return ERR_DAMAGED;
    int err = store_own_get(p->store, key, &now, now_last);
    return err || next <= now ? err : store_own_set(p->store, key, next, last);
}

static int kept_read(struct phone *p, struct closed *closed, struct reader *in) {
    char name[STORE_NAME_MAX + 1];
    int err = reader_u8(in) == KEPT_VERSION ? 0 : ERR_VERSION;
    while (!err && reader_left(in) > 0) {
        uint8_t name_size = reader_u8(in);
        if (name_size > STORE_NAME_MAX) return ERR_DAMAGED;
        memset(name, 0, sizeof name);
        reader_copy(in, (uint8_t *)name, name_size);
        uint32_t size = reader_u32(in);
        const uint8_t *value = size > STORE_META_MAX ? NULL : reader_bytes(in, size);
        if (!value) return ERR_DAMAGED;
        err = strcmp(name, OWN_NAME) == 0 ? own_read(p, value, size) : closed_kept_put(closed, name, value, size);
    }
    return in->err ? ERR_DAMAGED : err;
}

int phone_closed_load(struct phone *p, const uint8_t *bytes, size_t size) {
    struct closed *closed;
    struct reader in;
    phone_begin(p);
    int err = phone_closed(p, &closed);
    if (!err) err = store_begin(p->store);
    if (err) return err;
    reader_init(&in, bytes, size);
    err = kept_read(p, closed, &in);
    if (!err) err = closed_kept_end(closed);
    if (!err) err = store_commit(p->store);
    if (!err) return 0;
    store_rollback(p->store);
    int again = closed_kept_end(closed); /* as it was before */
    return again == ERR_MEMORY ? again : err;
}
