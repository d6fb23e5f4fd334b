/*
 * memory_budget.c: what budgets ask of the store in memory. The way over all that was seen is laid out and sorted when
 * it begins.
 */
#include "core/siphash.h"
#include "store/memory_internal.h"

/* One that was seen, in the order of rank. */
struct memory_rank {
    uint8_t community[HASH_SIZE], id[HASH_SIZE];
    uint64_t created;
};

int memory_is_joined(struct store *s, const uint8_t *community) {
    struct key k;
    struct community c;
    const struct memory_item *item = get(of(s), key_id(&k, 'C', community));
    if (!item) return ERR_COMMUNITY;
    VALUE(item, &c);
    return c.joined;
}

/* Its memory is its own: there is no key that outlives it. */
uint64_t memory_budget_hash(struct store *s, const uint8_t *bytes, size_t size) {
    static const uint8_t key[SIPHASH_KEY_SIZE] = {0};
    (void)s;
    return siphash24(key, bytes, size);
}

/* ---- The way ---- */

static int rank_order(const void *a, const void *b) {
    const struct memory_rank *left = a, *right = b;
    int order = memcmp(left->community, right->community, HASH_SIZE);
    if (order) return order;
    uint64_t left_day = left->created / DAY_SECONDS, right_day = right->created / DAY_SECONDS;
    if (left_day != right_day) return left_day > right_day ? -1 : 1;
    if (left->created != right->created) return left->created < right->created ? -1 : 1;
    return memcmp(left->id, right->id, HASH_SIZE);
}

static int ranks_make(struct memory_store *m) {
    struct key k;
    struct found f;
    struct ghost ghost;
    size_t count = 0;
    for (const struct memory_item *item = first(m, key_begin(&k, 'R')); item; item = next(item, &k)) count++;
    for (const struct memory_item *item = first(m, key_begin(&k, 'G')); item; item = next(item, &k)) count++;
    free(m->ranks);
    m->rank_count = 0;
    m->ranks = calloc(count + 1, sizeof *m->ranks);
    if (!m->ranks) return ERR_MEMORY;
    for (const struct memory_item *item = first(m, key_begin(&k, 'R')); item; item = next(item, &k)) {
        struct memory_rank *rank = &m->ranks[m->rank_count++];
        int err = found_read(item, &f);
        if (err) return err;
        memcpy(rank->community, f.record.community, HASH_SIZE);
        memcpy(rank->id, item->key + 1, HASH_SIZE);
        rank->created = store_place(&f.record);
    }
    for (const struct memory_item *item = first(m, key_begin(&k, 'G')); item; item = next(item, &k)) {
        struct memory_rank *rank = &m->ranks[m->rank_count++];
        VALUE(item, &ghost);
        memcpy(rank->community, ghost.community, HASH_SIZE);
        memcpy(rank->id, item->key + 1, HASH_SIZE);
        rank->created = store_is_pool(ghost.community) ? (uint64_t)ghost.expiry * DAY_SECONDS : ghost.created;
    }
    qsort(m->ranks, m->rank_count, sizeof *m->ranks, rank_order);
    return 0;
}

/* Tell what stands at a place of the way; false if it has gone. */
static bool rank_read(struct memory_store *m, const struct memory_rank *rank, struct store_charged *out) {
    struct key k;
    struct kept kept;
    struct ghost ghost;
    *out = (struct store_charged){.created = rank->created};
    memcpy(out->id, rank->id, HASH_SIZE);
    const struct memory_item *item = get(m, key_id(&k, 'R', rank->id));
    if (item) {
        VALUE(item, &kept);
        out->num = kept.num;
        out->queue = kept.queue;
        out->bytes = item->value_size - sizeof kept;
        out->expiry_day = kept.expiry;
        out->urgent = kept.urgency == URGENCY_URGENT;
        out->pinned = kept.pinned;
        return true;
    }
    item = get(m, key_id(&k, 'G', rank->id));
    if (!item) return false;
    VALUE(item, &ghost);
    out->queue = ghost.queue;
    out->bytes = ghost.charge >> 1;
    out->urgent = ghost.charge & 1;
    out->expiry_day = ghost.expiry;
    return true;
}

int memory_budget_walk(struct store *s, struct store_way *way, struct store_charged *out, unsigned max) {
    struct memory_store *m = of(s);
    int err = way->begun ? 0 : ranks_make(m);
    if (err) return err;
    way->begun = true;
    unsigned count = 0;
    size_t at = (size_t)way->created; /* here: a place in the list */
    for (; at < m->rank_count && count < max; at++) {
        const struct memory_rank *rank = &m->ranks[at];
        if (count > 0 && memcmp(rank->community, way->community_id, HASH_SIZE) != 0) break;
        memcpy(way->community_id, rank->community, HASH_SIZE);
        count += rank_read(m, rank, &out[count]);
    }
    way->created = at;
    if (count > 0) return (int)count;
    free(m->ranks);
    m->ranks = NULL;
    m->rank_count = 0;
    return 0;
}

/* ---- Blobs ---- */

static int cost_order(const void *a, const void *b) {
    const struct store_blob_cost *left = a, *right = b;
    return (left->num > right->num) - (left->num < right->num);
}

/* Find the record that bears a blob: of those that refer to it the first by created, then id. Return its number, 0 if
 * there is none. */
static int64_t bearer_of(struct memory_store *m, const uint8_t *blob) {
    struct key k, at;
    struct kept kept, best = {.num = 0};
    const uint8_t *best_id = NULL;
    key_id(&k, 'B', blob);
    for (const struct memory_item *item = first(m, &k); item; item = next(item, &k)) {
        const uint8_t *id = item->key + 1 + HASH_SIZE;
        VALUE(get(m, key_id(&at, 'R', id)), &kept);
        if (best_id && record_order(kept.created, id, best.created, best_id) >= 0) continue;
        best = kept;
        best_id = id;
    }
    return best.num;
}

int memory_budget_blobs(struct store *s, struct store_blob_cost **out, size_t *count) {
    struct memory_store *m = of(s);
    struct key k;
    struct blob blob;
    size_t room = 1;
    *count = 0;
    for (const struct memory_item *item = first(m, key_begin(&k, 'b')); item; item = next(item, &k)) room++;
    *out = calloc(room, sizeof **out);
    if (!*out) return ERR_MEMORY;
    for (const struct memory_item *item = first(m, key_begin(&k, 'b')); item; item = next(item, &k)) {
        int64_t num = bearer_of(m, item->key + 1);
        VALUE(item, &blob);
        if (num > 0)
            (*out)[(*count)++] = (struct store_blob_cost){.num = num, .bytes = (uint64_t)blob.held * BUDGET_CHUNK_COST};
    }
    if (*count > 1) qsort(*out, *count, sizeof **out, cost_order);
    return 0;
}

int memory_orphans_trim(struct memory_store *m, const uint8_t *own) {
    struct key k;
    struct blob blob;
    for (;;) {
        uint8_t id[HASH_SIZE];
        uint64_t chunks = 0, since = 0;
        bool any = false;
        for (const struct memory_item *item = first(m, key_begin(&k, 'b')); item; item = next(item, &k)) {
            VALUE(item, &blob);
            if (blob.state == BLOB_REFERRED) continue;
            chunks += blob.held;
            if (memcmp(item->key + 1, own, HASH_SIZE) == 0 || (any && blob.since >= since)) continue;
            any = true;
            since = blob.since;
            memcpy(id, item->key + 1, HASH_SIZE);
        }
        if (!any || chunks < STORE_ORPHAN_CHUNKS) return 0;
        int dropped = memory_blob_drop(m, id, BLOB_CHUNKS_MAX + 1);
        if (dropped < 0) return dropped;
    }
}
