/*
 * session_util.c: nodes in memory and simulated links.
 */
#include "test/core/session_util.h"

#include <stdlib.h>
#include <string.h>

#include "core/blob.h"
#include "core/check.h"
#include "core/crypto.h"
#include "host/cpu.h"

/* ---- Nodes ---- */

void mesh_node_init(struct mesh_node *n) {
    memset(n, 0, sizeof *n);
    n->checks = true;
}

void mesh_node_free(struct mesh_node *n) {
    for (size_t i = 0; i < n->count; i++) free(n->records[i].bytes);
    for (uint32_t i = 0; i < n->blob_count; i++) {
        free(n->blobs[i].data);
        free(n->blobs[i].tree);
        free(n->blobs[i].held);
        free(n->blobs[i].claimed);
    }
    free(n->records);
    free(n->lent);
    memset(n, 0, sizeof *n);
}

uint32_t mesh_join(struct mesh_node *n, const uint8_t community[HASH_SIZE]) {
    CHECK(n->community_count < MESH_COMMUNITIES_MAX);
    memcpy(n->communities[n->community_count], community, HASH_SIZE);
    return n->community_count++;
}

void mesh_text(struct mesh_record *out, const struct member *author, const uint8_t community[HASH_SIZE], uint64_t seq,
               uint64_t created, uint8_t urgency, size_t content_size, struct rng *g) {
    static uint8_t body[RECORD_SIZE_MAX];
    uint8_t bytes[RECORD_SIZE_MAX];
    struct record r = {
        .form = RECORD_FORM_PLAIN, .kind = KIND_TEXT, .urgency = urgency, .seq = seq, .created = created};
    CHECK(RECORD_SALT_SIZE + content_size <= RECORD_BODY_MAX);
    rng_bytes(g, body, RECORD_SALT_SIZE + content_size);
    r.expiry_day = (uint32_t)(created / DAY_SECONDS) + 30;
    memcpy(r.community, community, HASH_SIZE);
    memcpy(r.author, author->key, KEY_SIZE);
    if (seq > 0) rng_bytes(g, r.prev, PREV_SIZE);
    r.body = body;
    r.body_size = RECORD_SALT_SIZE + content_size;
    CHECK(record_sign(&r, author->secret) == 0);
    int size = record_encode(&r, bytes, sizeof bytes);
    CHECK(size > 0);
    *out = (struct mesh_record){.bytes = malloc((size_t)size), .size = (size_t)size};
    CHECK(out->bytes != NULL);
    memcpy(out->bytes, bytes, (size_t)size);
    CHECK(record_decode(&out->record, out->bytes, out->size) == 0);
}

bool mesh_has(const struct mesh_node *n, const uint8_t id[HASH_SIZE]) {
    for (size_t i = 0; i < n->count; i++)
        if (memcmp(n->records[i].record.id, id, HASH_SIZE) == 0) return true;
    return false;
}

bool mesh_put(struct mesh_node *n, const struct mesh_record *r) {
    uint32_t community = 0;
    if (mesh_has(n, r->record.id)) return false;
    while (community < n->community_count && memcmp(n->communities[community], r->record.community, HASH_SIZE) != 0)
        community++;
    CHECK(community < n->community_count);
    if (n->count == n->room) {
        n->room = n->room ? 2 * n->room : 64;
        n->records = realloc(n->records, n->room * sizeof *n->records);
        CHECK(n->records != NULL);
    }
    struct mesh_record *copy = &n->records[n->count++];
    *copy = *r;
    copy->community = community;
    copy->bytes = malloc(r->size);
    CHECK(copy->bytes != NULL);
    memcpy(copy->bytes, r->bytes, r->size);
    int err = copy->stub ? record_decode_stub(&copy->record, copy->bytes, copy->size)
                         : record_decode(&copy->record, copy->bytes, copy->size);
    CHECK(err == 0);
    return true;
}

bool mesh_equal(const struct mesh_node *a, const struct mesh_node *b, const uint8_t community[HASH_SIZE]) {
    size_t counts[2] = {0, 0};
    for (size_t i = 0; i < b->count; i++)
        counts[1] += memcmp(b->records[i].record.community, community, HASH_SIZE) == 0;
    for (size_t i = 0; i < a->count; i++) {
        if (memcmp(a->records[i].record.community, community, HASH_SIZE) != 0) continue;
        if (!mesh_has(b, a->records[i].record.id)) return false;
        counts[0]++;
    }
    return counts[0] == counts[1];
}

void mesh_blob(struct mesh_node *n, uint32_t community, const uint8_t *data, uint64_t size_bytes, bool holds) {
    struct mesh_blob *b = &n->blobs[n->blob_count++];
    CHECK(n->blob_count <= MESH_BLOBS_MAX);
    *b = (struct mesh_blob){.community = community, .size_bytes = size_bytes, .chunks = blob_chunk_count(size_bytes)};
    b->data = malloc(size_bytes);
    b->tree = malloc(blob_tree_size(b->chunks) * HASH_SIZE);
    b->held = calloc(b->chunks, sizeof *b->held);
    b->claimed = calloc(b->chunks, sizeof *b->claimed);
    CHECK(b->data && b->tree && b->held && b->claimed);
    for (uint32_t i = 0; i < b->chunks; i++) {
        blob_leaf(b->tree[i], data + (size_t)i * BLOB_CHUNK_SIZE, blob_chunk_size(size_bytes, i));
        b->held[i] = holds;
    }
    blob_tree(b->id, b->tree, b->chunks, size_bytes);
    if (holds)
        memcpy(b->data, data, size_bytes);
    else
        memset(b->data, 0, size_bytes);
}

/* ---- The session's view of a node ---- */

static int node_communities(void *context, session_visit_community visit, void *visit_context) {
    struct mesh_node *n = context;
    for (uint32_t i = 0; i < n->community_count && !n->fail; i++) {
        struct session_community c = {.handle = i, .closed = n->closed[i]};
        memcpy(c.secret, n->communities[i], HASH_SIZE);
        int err = visit(visit_context, &c);
        if (err) return err;
    }
    return n->fail;
}

static uint64_t bucket_key(const struct record *r) {
    return (uint64_t)r->expiry_day << 32 | (uint32_t)(r->created / 3600);
}

struct keyed {
    uint64_t key;
    const uint8_t *id;
};

static int keyed_order(const void *a, const void *b) {
    const struct keyed *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return memcmp(x->id, y->id, HASH_SIZE);
}

static int node_buckets(void *context, uint32_t handle, uint32_t first_day, reconcile_visit_bucket visit,
                        void *visit_context) {
    struct mesh_node *n = context;
    struct keyed *all = malloc((n->count + 1) * sizeof *all);
    uint8_t *ids = malloc((n->count + 1) * HASH_SIZE);
    size_t count = 0;
    int err = n->fail;
    CHECK(all && ids);
    for (size_t i = 0; i < n->count; i++)
        if (n->records[i].community == handle && n->records[i].record.expiry_day >= first_day)
            all[count++] = (struct keyed){bucket_key(&n->records[i].record), n->records[i].record.id};
    qsort(all, count, sizeof *all, keyed_order);
    for (size_t i = 0, end; i < count && !err; i = end) {
        for (end = i; end < count && all[end].key == all[i].key; end++)
            memcpy(ids + (end - i) * HASH_SIZE, all[end].id, HASH_SIZE);
        struct reconcile_bucket b = {
            .expiry_day = (uint32_t)(all[i].key >> 32), .hour = (uint32_t)all[i].key, .count = end - i};
        crypto_digest(b.digest, ids, (end - i) * HASH_SIZE);
        err = visit(visit_context, &b);
    }
    free(all);
    free(ids);
    return err;
}

static uint64_t item_of(const struct mesh_node *n, size_t i) {
    return (uint64_t)n->records[i].record.urgency << 60 | (i + 1);
}

static int node_seen(void *context, uint32_t handle, uint64_t lo, uint64_t hi, reconcile_visit_seen visit,
                     void *visit_context) {
    struct mesh_node *n = context;
    int err = n->fail;
    for (size_t i = 0; i < n->count && !err; i++) {
        uint64_t key = bucket_key(&n->records[i].record);
        if (n->records[i].community == handle && key >= lo && key < hi)
            err = visit(visit_context, n->records[i].record.id, item_of(n, i));
    }
    return err;
}

static int node_is_partial(void *context, uint32_t handle, uint32_t expiry_day) {
    const struct mesh_node *n = context;
    (void)handle;
    return n->fail ? n->fail : n->partial_day != 0 && n->partial_day == expiry_day;
}

static void *node_room(void *context, size_t size_bytes) {
    struct mesh_node *n = context;
    free(n->lent);
    n->lent = size_bytes && !n->no_room ? malloc(size_bytes) : NULL;
    return n->lent;
}

/* The newest urgent ones: few records are urgent in tests, so a search for the next newest does. */
static int node_urgent(void *context, uint32_t handle, uint32_t limit, session_visit_urgent visit,
                       void *visit_context) {
    struct mesh_node *n = context;
    const struct record *last = NULL;
    for (uint32_t given = 0; given < limit && !n->fail; given++) {
        size_t best = SIZE_MAX;
        for (size_t i = 0; i < n->count; i++) {
            const struct record *r = &n->records[i].record, *b = best == SIZE_MAX ? NULL : &n->records[best].record;
            if (n->records[i].community != handle || r->urgency != URGENCY_URGENT) continue;
            if (last && record_order(r->created, r->id, last->created, last->id) >= 0) continue;
            if (!b || record_order(r->created, r->id, b->created, b->id) > 0) best = i;
        }
        if (best == SIZE_MAX) break;
        last = &n->records[best].record;
        int err = visit(visit_context, last->id, item_of(n, best));
        if (err) return err;
    }
    return n->fail;
}

static int node_record(void *context, uint64_t item, struct record *out, const uint8_t **bytes, size_t *size) {
    struct mesh_node *n = context;
    size_t i = (size_t)(item & ((UINT64_C(1) << 60) - 1));
    if (n->fail) return n->fail;
    if (i == 0 || i > n->count) return ERR_NOT_FOUND;
    *out = n->records[i - 1].record;
    *bytes = n->records[i - 1].bytes;
    *size = n->records[i - 1].size;
    return 0;
}

static int node_has(void *context, uint32_t handle, const uint8_t id[HASH_SIZE]) {
    const struct mesh_node *n = context;
    (void)handle;
    return n->fail ? n->fail : mesh_has(n, id);
}

static int node_missing(void *context, uint32_t handle, uint64_t *cursor, struct session_ask *out) {
    struct mesh_node *n = context;
    for (; *cursor < n->blob_count && !n->fail; ++*cursor) {
        struct mesh_blob *b = &n->blobs[*cursor];
        uint32_t first = 0;
        while (first < b->chunks && (b->held[first] || b->claimed[first])) first++;
        if (b->community != handle || first == b->chunks) continue;
        *out = (struct session_ask){.first = first};
        memcpy(out->blob, b->id, HASH_SIZE);
        for (uint32_t i = 0; i < 64 && first + i < b->chunks; i++) {
            if (b->held[first + i] || b->claimed[first + i]) continue;
            out->missing |= UINT64_C(1) << i;
            b->claimed[first + i] = true;
        }
        return 1;
    }
    return n->fail;
}

static struct mesh_blob *blob_find(struct mesh_node *n, const uint8_t id[HASH_SIZE]) {
    for (uint32_t i = 0; i < n->blob_count; i++)
        if (memcmp(n->blobs[i].id, id, HASH_SIZE) == 0) return &n->blobs[i];
    return NULL;
}

/* What the peer did not send stays claimed, so that this contact does not ask for it again. */
static void node_missing_over(void *context, const struct session_ask *ask) {
    (void)context;
    (void)ask;
}

static int node_chunk(void *context, uint32_t handle, const uint8_t blob[HASH_SIZE], uint32_t index,
                      struct session_chunk *out) {
    static uint8_t proof[BLOB_PROOF_MAX];
    struct mesh_node *n = context;
    struct mesh_blob *b = blob_find(n, blob);
    if (!b || b->community != handle || index >= b->chunks || !b->held[index]) return ERR_NOT_FOUND;
    *out = (struct session_chunk){.size_bytes = b->size_bytes, .index = index, .proof = proof};
    memcpy(out->blob, blob, HASH_SIZE);
    out->proof_size = blob_proof(proof, b->tree, b->chunks, index) * HASH_SIZE;
    out->data = b->data + (size_t)index * BLOB_CHUNK_SIZE;
    out->data_size = blob_chunk_size(b->size_bytes, index);
    return 0;
}

struct session_node mesh_session_node(struct mesh_node *n) {
    return (struct session_node){.context = n,
                                 .communities = node_communities,
                                 .buckets = node_buckets,
                                 .seen = node_seen,
                                 .is_partial = node_is_partial,
                                 .room = node_room,
                                 .urgent = node_urgent,
                                 .record = node_record,
                                 .has = node_has,
                                 .missing = node_missing,
                                 .missing_over = node_missing_over,
                                 .chunk = node_chunk};
}

/* ---- Contacts ---- */

struct mesh_contact *mesh_contact_new(struct mesh_node *a, struct mesh_node *b, struct mesh_link link, uint64_t seed) {
    struct mesh_contact *c = calloc(1, sizeof *c);
    CHECK(c != NULL);
    c->link = link;
    c->rng.state = seed;
    c->now_ms = 1000;
    c->nodes[0] = a;
    c->nodes[1] = b;
    for (unsigned i = 0; i < 2; i++) {
        struct session_config config = {.initiator = i == 0,
                                        .now_ms = c->now_ms,
                                        .clock = 1641384000,
                                        .frame_max = link.frame_max,
                                        .retry_ms = link.retry_ms ? link.retry_ms : 1000,
                                        .keepalive_ms = link.keepalive_ms ? link.keepalive_ms : 15000,
                                        .kernel = cpu_sketch_kernel()};
        struct session_node node = mesh_session_node(c->nodes[i]);
        rng_bytes(&c->rng, config.ephemeral_secret, KEY_SIZE);
        c->sessions[i] = malloc(session_size());
        CHECK(c->sessions[i] != NULL);
        session_init(c->sessions[i], &config, &node);
    }
    return c;
}

void mesh_contact_free(struct mesh_contact *c) {
    for (unsigned i = 0; i < 2; i++) {
        session_wipe(c->sessions[i]);
        free(c->sessions[i]);
    }
    free(c);
}

/* Store what an event brings. Return 0, or why the session must end. */
static int event_store(struct mesh_contact *c, unsigned side, const struct session_event *event) {
    static uint8_t bytes[RECORD_SIZE_MAX];
    struct mesh_node *n = c->nodes[side];
    if (event->type == SESSION_CHUNK) {
        struct mesh_blob *b = blob_find(n, event->chunk.blob);
        const struct session_chunk *k = &event->chunk;
        int err = blob_check(k->blob, k->size_bytes, k->index, k->proof, k->proof_size, k->data, k->data_size);
        if (err) return err;
        CHECK(b != NULL);
        memcpy(b->data + (size_t)k->index * BLOB_CHUNK_SIZE, k->data, k->data_size);
        b->held[k->index] = true;
        return 0;
    }
    struct mesh_record r = {.bytes = bytes, .size = event->size, .stub = event->stub};
    session_event_copy(event, bytes);
    int err = r.stub ? record_decode_stub(&r.record, bytes, r.size) : record_decode(&r.record, bytes, r.size);
    if (!err && n->checks) err = record_verify(&r.record);
    if (!err && memcmp(r.record.community, n->communities[event->handle], HASH_SIZE) != 0) err = ERR_COMMUNITY;
    if (err) {
        n->refused++;
        return err;
    }
    session_known(c->sessions[side], r.record.id);
    if (!mesh_put(n, &r))
        n->doubles++;
    else if (c->on_put)
        c->on_put(c, side, &r);
    return 0;
}

static void events_take(struct mesh_contact *c, unsigned side) {
    struct session_event event;
    while (c->commit_tail[side] - c->commit_head[side] < 4096 && session_poll(c->sessions[side], &event)) {
        if (event.type == SESSION_SETTLED) {
            c->settled[side] = true;
            continue;
        }
        int err = event_store(c, side, &event);
        if (err) {
            session_refuse(c->sessions[side], err);
            return;
        }
        size_t at = c->commit_tail[side]++ % 4096;
        c->commits[side][at].at_ms = c->now_ms + c->commit_ms;
        c->commits[side][at].stream = event.stream;
    }
}

static void commits_tell(struct mesh_contact *c, unsigned side) {
    while (c->commit_head[side] < c->commit_tail[side]) {
        size_t at = c->commit_head[side] % 4096;
        if (c->commits[side][at].at_ms > c->now_ms) return;
        session_stored(c->sessions[side], c->commits[side][at].stream, 1);
        c->commit_head[side]++;
    }
}

void mesh_deliver(struct mesh_contact *c, unsigned to, const uint8_t *frame, size_t size) {
    if (session_error(c->sessions[to])) return;
    if (session_recv(c->sessions[to], frame, size, c->now_ms)) return; /* session_error tells why */
    events_take(c, to);
    commits_tell(c, to);
}

static void frame_put(struct mesh_contact *c, unsigned to, const uint8_t *bytes, size_t size, uint64_t at_ms) {
    for (size_t i = 0; i < MESH_PIPE; i++) {
        struct mesh_frame *f = &c->pipe[i];
        if (f->used) continue;
        *f = (struct mesh_frame){.used = true, .to = to, .at_ms = at_ms, .size = size};
        memcpy(f->bytes, bytes, size);
        return;
    }
}

static void side_send(struct mesh_contact *c, unsigned side) {
    uint8_t frame[CHANNEL_FRAME_MAX];
    size_t size;
    unsigned air = c->link.half_duplex ? 0 : side;
    commits_tell(c, side);
    while (c->free_ms[air] <= c->now_ms &&
           (size = session_send(c->sessions[side], frame, sizeof frame, c->now_ms)) > 0) {
        uint64_t air_ms = c->link.bits_s ? size * 8 * 1000 / c->link.bits_s : 0;
        uint64_t at = c->now_ms + air_ms + c->link.latency_ms;
        CHECK(size <= c->link.frame_max);
        c->bytes[side] += size;
        c->frames[side]++;
        c->free_ms[air] = c->now_ms + air_ms;
        for (int copies = 1 + (rng_below(&c->rng, 1000) < c->link.doubling); copies > 0; copies--) {
            uint64_t late = c->link.jitter_ms ? rng_below(&c->rng, c->link.jitter_ms) : 0;
            if (rng_below(&c->rng, 1000) >= c->link.loss) frame_put(c, !side, frame, size, at + late);
        }
    }
}

static uint64_t next_at(const struct mesh_contact *c, uint64_t until_ms) {
    uint64_t at = until_ms;
    for (size_t i = 0; i < MESH_PIPE; i++)
        if (c->pipe[i].used && c->pipe[i].at_ms < at) at = c->pipe[i].at_ms;
    for (unsigned i = 0; i < 2; i++) {
        uint64_t deadline = session_deadline(c->sessions[i]);
        if (deadline < at) at = deadline;
        if (c->free_ms[i] > c->now_ms && c->free_ms[i] < at) at = c->free_ms[i];
        if (c->commit_head[i] < c->commit_tail[i] && c->commits[i][c->commit_head[i] % 4096].at_ms < at)
            at = c->commits[i][c->commit_head[i] % 4096].at_ms;
    }
    return at > c->now_ms ? at : c->now_ms + 1;
}

void mesh_step(struct mesh_contact *c, uint64_t until_ms) {
    for (;;) { /* frames that are due, the earliest first */
        struct mesh_frame *first = NULL;
        for (size_t i = 0; i < MESH_PIPE; i++) {
            struct mesh_frame *f = &c->pipe[i];
            if (f->used && f->at_ms <= c->now_ms && (!first || f->at_ms < first->at_ms)) first = f;
        }
        if (!first) break;
        first->used = false;
        mesh_deliver(c, first->to, first->bytes, first->size);
    }
    for (unsigned i = 0; i < 2; i++) {
        commits_tell(c, i);
        if (session_deadline(c->sessions[i]) <= c->now_ms) session_expire(c->sessions[i], c->now_ms);
    }
    unsigned first = (unsigned)rng_below(&c->rng, 2);
    side_send(c, first);
    side_send(c, !first);
    for (unsigned i = 0; i < 2; i++) /* a deadline that has passed and does nothing would make a carrier spin */
        CHECK(session_error(c->sessions[i]) || c->free_ms[c->link.half_duplex ? 0 : i] > c->now_ms ||
              session_deadline(c->sessions[i]) > c->now_ms);
    events_take(c, 0);
    events_take(c, 1);
    uint64_t at = next_at(c, until_ms);
    c->now_ms = at < until_ms ? at : until_ms;
}

bool mesh_run(struct mesh_contact *c, uint64_t until_ms) {
    while (c->now_ms < until_ms && !session_error(c->sessions[0]) && !session_error(c->sessions[1])) {
        struct session_status a, b;
        session_status(c->sessions[0], &a);
        session_status(c->sessions[1], &b);
        if (a.is_settled && b.is_settled) return true;
        mesh_step(c, until_ms);
    }
    return false;
}
