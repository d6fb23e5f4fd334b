/*
 * session_store.c: a store as the sessions of one node see it.
 */
#include "carrier/session_store.h"

#include <stdlib.h>
#include <string.h>

#include "core/blob.h"
#include "core/check.h"

#define COMMUNITIES_STEP 16
#define COMMUNITIES_MAX 4096
#define ROOM_MAX (UINT64_C(64) << 20) /* lent to all contacts together */
#define ROOM_SMALL (256 * 1024)       /* so much is never refused for the number of others */
#define ROOM_LARGE_MAX 3              /* contacts with more than that at once */
#define ROOM_LARGE_OF_ONE 2           /* of them with one address, so that no peer keeps all from the others */
#define ROOM_MS_MAX 60000             /* how long one may keep others waiting */
#define CLAIMS_MAX (4 * SESSION_ASKS_MAX)
#define MISSING_MAX 1024     /* blobs looked at in one stretch */
#define MISSING_FRESH_MS 500 /* how long the list of them is good */
#define ASK_CHUNKS 64
#define BLOB_STEPS (BLOB_CHUNKS_MAX / ASK_CHUNKS)
#define RECORD_NUM_MASK ((UINT64_C(1) << 60) - 1)

struct claim {
    struct session_ask ask;
    bool any, over; /* over: it came, or didn't, but may not be stored yet */
};

struct session_view {
    struct session_store *store;
    struct session_view *next, **link;
    struct lan_key peer;
    bool has_peer;
    uint8_t *room;
    size_t room_size;
    uint64_t room_ms; /* since when */
    struct claim claims[CLAIMS_MAX];
};

struct missing_blob {
    uint8_t id[HASH_SIZE];
    uint32_t steps; /* stretches of ASK_CHUNKS that it has; 0: its size was not known */
};

struct session_store {
    struct store *store;
    struct session_lock lock; /* functions NULL: none */
    bool entered;
    uint64_t now_ms, now;
    struct charter **charters; /* by handle; each stays where it is */
    size_t count, places;
    size_t ordered;
    uint32_t order[COMMUNITIES_MAX]; /* handles, in the order of the store */
    struct session_view *views;
    uint64_t lent;
    unsigned large;
    uint64_t refused_ms; /* when room was refused last; 0: never */
    /* the incomplete blobs of one community, for asking */
    int missing_handle;
    uint64_t missing_ms;
    size_t missing_count;
    struct missing_blob missing[MISSING_MAX];
    struct store_community community;
    struct store_chunk chunk;
    struct store_record found;
    uint8_t record[RECORD_SIZE_MAX], stub[RECORD_HEADER_MAX + SIGNATURE_SIZE + HASH_SIZE];
};

_Static_assert(COMMUNITIES_MAX < SESSION_STORE_POOL, "the pool's handle is no other's");
_Static_assert(BLOB_CHUNKS_MAX % ASK_CHUNKS == 0, "asks do not reach beyond the last chunk");

int session_store_new(struct session_store **out, struct store *store, const struct session_lock *lock) {
    struct session_store *s = calloc(1, sizeof *s);
    *out = s;
    if (!s) return ERR_MEMORY;
    s->store = store;
    if (lock) s->lock = *lock;
    s->missing_handle = -1;
    return 0;
}

void session_store_free(struct session_store *s) {
    if (!s) return;
    CHECK(!s->views);
    session_store_leave(s);
    for (size_t i = 0; i < s->count; i++) free(s->charters[i]);
    free(s->charters);
    free(s);
}

void session_store_time(struct session_store *s, uint64_t now_ms, uint64_t now) {
    s->now_ms = now_ms;
    s->now = now;
}

struct store *session_store_enter(struct session_store *s) {
    if (!s->entered && s->lock.enter) s->lock.enter(s->lock.context);
    s->entered = true;
    return s->store;
}

void session_store_leave(struct session_store *s) {
    if (s->entered && s->lock.leave) s->lock.leave(s->lock.context);
    s->entered = false;
}

uint64_t session_store_lent(const struct session_store *s) {
    return s->lent;
}

/* ---- Communities ---- */

static int community_add(void *context, const struct store_community *c) {
    struct session_store *s = context;
    int handle = session_store_handle(s, c->charter.community);
    bool told = charter_is_public(&c->charter) && s->ordered < COMMUNITIES_MAX;
    if (handle >= 0 && told) s->order[s->ordered++] = (uint32_t)handle;
    if (handle >= 0 || s->count == COMMUNITIES_MAX) return 0;
    if (s->count == s->places) {
        struct charter **more = realloc(s->charters, (s->places + COMMUNITIES_STEP) * sizeof(struct charter *));
        if (!more) return ERR_MEMORY;
        s->charters = more;
        s->places += COMMUNITIES_STEP;
    }
    struct charter *charter = malloc(sizeof *charter);
    if (!charter) return ERR_MEMORY;
    *charter = c->charter;
    if (told) s->order[s->ordered++] = (uint32_t)s->count;
    s->charters[s->count++] = charter;
    return 0;
}

int session_store_refresh(struct session_store *s) {
    s->ordered = 0;
    int err = store_community_each(session_store_enter(s), s->now, community_add, s);
    return err ? err : (int)s->count;
}

unsigned session_store_told(const struct session_store *s) {
    return (unsigned)s->ordered;
}

const struct charter *session_store_charter(const struct session_store *s, uint32_t handle) {
    if (handle == SESSION_STORE_POOL) return &charter_pool;
    CHECK(handle < s->count);
    return s->charters[handle];
}

int session_store_handle(const struct session_store *s, const uint8_t community[HASH_SIZE]) {
    for (size_t i = 0; i < s->count; i++)
        if (memcmp(s->charters[i]->community, community, HASH_SIZE) == 0) return (int)i;
    return memcmp(record_pool, community, HASH_SIZE) == 0 ? SESSION_STORE_POOL : ERR_NOT_FOUND;
}

static int any_bucket(void *context, const struct store_bucket *b) {
    (void)context;
    (void)b;
    return 1;
}

/* The pool, which is padded as soon as there is anything in it; then those that the person has joined, in the order of
 * the store. They are visited when the store is through with its list: the session then asks for more. */
static int view_communities(void *context, session_visit_community visit, void *visit_context) {
    struct session_store *s = ((struct session_view *)context)->store;
    struct session_community pool = {.handle = SESSION_STORE_POOL};
    int err = session_store_refresh(s);
    if (err < 0) return err;
    int any = store_bucket_each(session_store_enter(s), record_pool, 0, any_bucket, NULL);
    if (any < 0) return any;
    pool.closed = any > 0;
    memcpy(pool.secret, record_pool, HASH_SIZE);
    err = visit(visit_context, &pool);
    for (size_t i = 0; i < s->ordered && !err; i++) {
        const struct charter *charter = s->charters[s->order[i]];
        struct session_community one = {.handle = s->order[i]};
        memcpy(one.secret, charter->community, HASH_SIZE);
        err = visit(visit_context, &one);
    }
    return err;
}

/* ---- The set ---- */

static const uint8_t *community_of(const struct session_store *s, uint32_t handle) {
    return session_store_charter(s, handle)->community;
}

struct buckets {
    reconcile_visit_bucket visit;
    void *context;
};

static int bucket_visit(void *context, const struct store_bucket *b) {
    const struct buckets *all = context;
    struct reconcile_bucket one = {.expiry_day = b->expiry_day, .hour = b->hour, .count = b->count};
    memcpy(one.digest, b->digest, HASH_SIZE);
    return all->visit(all->context, &one);
}

static int view_buckets(void *context, uint32_t handle, uint32_t first_day, reconcile_visit_bucket visit,
                        void *visit_context) {
    struct session_store *s = ((struct session_view *)context)->store;
    struct buckets all = {.visit = visit, .context = visit_context};
    return store_bucket_each(session_store_enter(s), community_of(s, handle), first_day, bucket_visit, &all);
}

struct seen {
    reconcile_visit_seen visit;
    void *context;
};

static int seen_visit(void *context, const struct store_seen_id *seen) {
    const struct seen *all = context;
    return all->visit(all->context, seen->id, session_store_item(seen->urgency, seen->num));
}

static int view_seen(void *context, uint32_t handle, uint64_t lo, uint64_t hi, reconcile_visit_seen visit,
                     void *visit_context) {
    struct session_store *s = ((struct session_view *)context)->store;
    struct seen all = {.visit = visit, .context = visit_context};
    return store_seen_range(session_store_enter(s), community_of(s, handle), (uint32_t)(lo >> 32), (uint32_t)lo,
                            (uint32_t)(hi >> 32), (uint32_t)hi, seen_visit, &all);
}

static int view_is_partial(void *context, uint32_t handle, uint32_t expiry_day) {
    struct session_store *s = ((struct session_view *)context)->store;
    return store_ghost_is_partial(session_store_enter(s), community_of(s, handle), expiry_day);
}

/* ---- Memory for reconciliation ---- */

static void room_give_back(struct session_view *v) {
    if (!v->room) return;
    v->store->lent -= v->room_size;
    v->store->large -= v->room_size > ROOM_SMALL;
    free(v->room);
    v->room = NULL;
    v->room_size = 0;
}

/* Tell whether another contact may have a large room now. */
static bool large_fits(const struct session_view *v) {
    unsigned of_one = 0;
    for (const struct session_view *other = v->store->views; other && v->has_peer; other = other->next)
        of_one += other->room_size > ROOM_SMALL && other->has_peer && lan_key_equal(&other->peer, &v->peer);
    return v->store->large < ROOM_LARGE_MAX && of_one < ROOM_LARGE_OF_ONE;
}

static void *view_room(void *context, size_t size) {
    struct session_view *v = context;
    struct session_store *s = v->store;
    uint64_t since_ms = v->room && v->room_size > ROOM_SMALL ? v->room_ms : s->now_ms;
    room_give_back(v);
    if (size == 0) return NULL;
    bool is_large = size > ROOM_SMALL;
    bool fits = size <= ROOM_MAX - s->lent && (!is_large || large_fits(v));
    v->room = fits ? malloc(size) : NULL;
    if (!v->room) {
        s->refused_ms = s->now_ms;
        return NULL;
    }
    v->room_size = size;
    v->room_ms = since_ms;
    s->lent += size;
    s->large += is_large;
    return v->room;
}

bool session_view_is_overdue(const struct session_view *v) {
    const struct session_store *s = v->store;
    bool wanted = s->refused_ms > 0 && s->now_ms - s->refused_ms < ROOM_MS_MAX;
    return wanted && v->room_size > ROOM_SMALL && s->now_ms - v->room_ms > ROOM_MS_MAX;
}

/* ---- Records ---- */

struct urgent {
    session_visit_urgent visit;
    void *context;
};

static int urgent_visit(void *context, const struct store_record *r) {
    const struct urgent *all = context;
    return all->visit(all->context, r->record.id, session_store_item(r->record.urgency, r->num));
}

static int view_urgent(void *context, uint32_t handle, uint32_t limit, session_visit_urgent visit,
                       void *visit_context) {
    struct session_store *s = ((struct session_view *)context)->store;
    struct urgent all = {.visit = visit, .context = visit_context};
    return store_urgent_newest(session_store_enter(s), community_of(s, handle), s->now, limit, urgent_visit, &all);
}

/* What was taken back goes as a stub, as in a pouch. */
static int view_record(void *context, uint64_t item, struct record *out, const uint8_t **bytes, size_t *size) {
    struct session_store *s = ((struct session_view *)context)->store;
    int err = store_get_num(session_store_enter(s), (int64_t)(item & RECORD_NUM_MASK), s->record, &s->found);
    if (err) return err;
    *out = s->found.record;
    *bytes = s->found.bytes;
    *size = s->found.size;
    if (!s->found.retracted || !out->body) return 0;
    out->body = NULL;
    int stub = record_encode(out, s->stub, sizeof s->stub);
    *bytes = s->stub;
    *size = stub < 0 ? 0 : (size_t)stub;
    return stub < 0 ? stub : 0;
}

/* A record of another community does not count: who knows an id in a closed one shall not learn whether it is here. */
static int view_has(void *context, uint32_t handle, const uint8_t id[HASH_SIZE]) {
    struct session_store *s = ((struct session_view *)context)->store;
    int seen = store_has(session_store_enter(s), id);
    if (seen < 0 || seen == STORE_UNKNOWN || seen == STORE_GHOST) return seen < 0 ? seen : seen == STORE_GHOST;
    int err = store_get(s->store, id, s->record, &s->found);
    if (err) return err == ERR_NOT_FOUND ? 0 : err;
    return memcmp(s->found.record.community, community_of(s, handle), HASH_SIZE) == 0;
}

/* ---- Chunks ---- */

static uint32_t steps_of(uint64_t size_bytes) {
    return (blob_chunk_count(size_bytes) + ASK_CHUNKS - 1) / ASK_CHUNKS;
}

/* Return how many stretches of a blob to ask for: one as long as its size is not known, which any chunk tells. */
static int steps_get(struct session_store *s, struct missing_blob *blob) {
    uint64_t size_bytes;
    uint32_t held;
    if (blob->steps == 0) {
        int err = store_blob_get(session_store_enter(s), blob->id, &size_bytes, &held);
        if (err && err != ERR_NOT_FOUND) return err;
        if (!err) blob->steps = steps_of(size_bytes);
    }
    return blob->steps ? (int)blob->steps : 1;
}

static int missing_visit(void *context, const struct store_missing *m) {
    struct session_store *s = context;
    if (s->missing_count == MISSING_MAX) return 0;
    struct missing_blob *blob = &s->missing[s->missing_count++];
    memcpy(blob->id, m->blob, HASH_SIZE);
    blob->steps = steps_of(m->size_bytes);
    return 0;
}

static int missing_load(struct session_store *s, uint32_t handle, bool anew) {
    bool good = s->missing_handle == (int)handle && !(anew && s->now_ms - s->missing_ms >= MISSING_FRESH_MS);
    if (good) return 0;
    s->missing_handle = (int)handle;
    s->missing_ms = s->now_ms;
    s->missing_count = 0;
    int err = store_blob_missing_each(session_store_enter(s), community_of(s, handle), missing_visit, s);
    if (err) s->missing_handle = -1;
    return err;
}

/* The chunks of a stretch that some contact was asked for. */
static uint64_t claimed(const struct session_store *s, const uint8_t blob[HASH_SIZE], uint32_t first) {
    uint64_t mask = 0;
    for (const struct session_view *v = s->views; v; v = v->next)
        for (unsigned i = 0; i < CLAIMS_MAX; i++) {
            const struct claim *c = &v->claims[i];
            if (c->any && c->ask.first == first && memcmp(c->ask.blob, blob, HASH_SIZE) == 0) mask |= c->ask.missing;
        }
    return mask;
}

static struct claim *claim_place(struct session_view *v) {
    struct claim *over = NULL;
    for (unsigned i = 0; i < CLAIMS_MAX; i++) {
        if (!v->claims[i].any) return &v->claims[i];
        if (v->claims[i].over) over = &v->claims[i];
    }
    return over;
}

/* The cursor counts stretches, BLOB_STEPS of each blob. */
static int view_missing(void *context, uint32_t handle, uint64_t *cursor, struct session_ask *out) {
    struct session_view *v = context;
    struct session_store *s = v->store;
    struct claim *claim = claim_place(v);
    int err = missing_load(s, handle, *cursor == 0);
    if (err || !claim) return err;
    while (*cursor / BLOB_STEPS < s->missing_count) {
        struct missing_blob *blob = &s->missing[*cursor / BLOB_STEPS];
        uint32_t step = (uint32_t)(*cursor % BLOB_STEPS), first = step * ASK_CHUNKS;
        uint64_t mask = 0;
        int steps = steps_get(s, blob);
        if (steps < 0) return steps;
        if (step >= (uint32_t)steps) {
            *cursor += BLOB_STEPS - step;
            continue;
        }
        err = store_blob_missing(session_store_enter(s), blob->id, first, &mask);
        if (err) return err;
        ++*cursor;
        mask &= ~claimed(s, blob->id, first);
        if (mask == 0) continue;
        *out = (struct session_ask){.first = first, .missing = mask};
        memcpy(out->blob, blob->id, HASH_SIZE);
        *claim = (struct claim){.ask = *out, .any = true};
        return 1;
    }
    return 0;
}

static void view_missing_over(void *context, const struct session_ask *ask) {
    struct session_view *v = context;
    for (unsigned i = 0; i < CLAIMS_MAX; i++) {
        struct claim *c = &v->claims[i];
        if (c->any && !c->over && c->ask.first == ask->first && memcmp(c->ask.blob, ask->blob, HASH_SIZE) == 0)
            c->over = true;
    }
}

void session_view_quiet(struct session_view *v) {
    for (unsigned i = 0; i < CLAIMS_MAX; i++)
        if (v->claims[i].over) v->claims[i].any = false;
}

static int view_chunk(void *context, uint32_t handle, const uint8_t blob[HASH_SIZE], uint32_t index,
                      struct session_chunk *out) {
    struct session_store *s = ((struct session_view *)context)->store;
    int is_of = store_blob_is_of(session_store_enter(s), community_of(s, handle), blob);
    if (is_of <= 0) return is_of < 0 ? is_of : ERR_NOT_FOUND;
    int err = store_chunk_get(s->store, blob, index, &s->chunk);
    if (err) return err;
    *out = (struct session_chunk){.size_bytes = s->chunk.size_bytes,
                                  .index = index,
                                  .proof = s->chunk.proof,
                                  .data = s->chunk.data,
                                  .proof_size = s->chunk.proof_size,
                                  .data_size = s->chunk.data_size};
    memcpy(out->blob, blob, HASH_SIZE);
    return 0;
}

/* ---- Views ---- */

struct session_view *session_view_new(struct session_store *s) {
    struct session_view *v = calloc(1, sizeof *v);
    if (!v) return NULL;
    v->store = s;
    v->next = s->views;
    v->link = &s->views;
    if (v->next) v->next->link = &v->next;
    s->views = v;
    return v;
}

void session_view_peer(struct session_view *v, const struct lan_key *peer) {
    v->peer = *peer;
    v->has_peer = true;
}

void session_view_free(struct session_view *v) {
    if (!v) return;
    room_give_back(v);
    *v->link = v->next;
    if (v->next) v->next->link = v->link;
    free(v);
}

void session_view_node(struct session_view *v, struct session_node *out) {
    *out = (struct session_node){.context = v,
                                 .communities = view_communities,
                                 .buckets = view_buckets,
                                 .seen = view_seen,
                                 .is_partial = view_is_partial,
                                 .room = view_room,
                                 .urgent = view_urgent,
                                 .record = view_record,
                                 .has = view_has,
                                 .missing = view_missing,
                                 .missing_over = view_missing_over,
                                 .chunk = view_chunk};
}
