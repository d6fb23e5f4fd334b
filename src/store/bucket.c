/*
 * bucket.c: buckets computed from nothing but the ids that were seen: collect, sort, digest.
 */
#include <stdlib.h>
#include <string.h>

#include "core/crypto.h"
#include "store/store_ops.h"

struct seen {
    uint64_t key;
    uint8_t id[HASH_SIZE];
};

struct collection {
    struct seen *seen;
    size_t count, room;
};

static int collect(void *context, const struct store_seen_id *seen) {
    struct collection *c = context;
    if (c->count == c->room) {
        size_t room = c->room ? 2 * c->room : 1024;
        struct seen *more = realloc(c->seen, room * sizeof *more);
        if (!more) return ERR_MEMORY;
        c->seen = more;
        c->room = room;
    }
    c->seen[c->count].key = store_bucket_key(seen->expiry_day, store_bucket_hour(seen->created));
    memcpy(c->seen[c->count++].id, seen->id, HASH_SIZE);
    return 0;
}

static int seen_order(const void *a, const void *b) {
    const struct seen *left = a, *right = b;
    if (left->key != right->key) return left->key < right->key ? -1 : 1;
    return memcmp(left->id, right->id, HASH_SIZE);
}

/* Visit the buckets of sorted ids; ids has room for all of them. */
static int visit_all(const struct collection *c, uint8_t *ids, store_visit_bucket visit, void *context) {
    int stop = 0;
    for (size_t at = 0, end; at < c->count && !stop; at = end) {
        struct store_bucket bucket = {.expiry_day = (uint32_t)(c->seen[at].key >> 32),
                                      .hour = (uint32_t)(c->seen[at].key & UINT32_MAX)};
        for (end = at; end < c->count && c->seen[end].key == c->seen[at].key; end++)
            memcpy(ids + (end - at) * HASH_SIZE, c->seen[end].id, HASH_SIZE);
        bucket.count = end - at;
        crypto_digest(bucket.digest, ids, (end - at) * HASH_SIZE);
        stop = visit(context, &bucket);
    }
    return stop;
}

int store_buckets_compute(struct store *s, const uint8_t *community, uint32_t first_day, store_visit_bucket visit,
                          void *context) {
    const struct store_span span = {store_bucket_key(first_day, 0), UINT64_MAX};
    struct collection c = {0};
    int err = s->ops->seen_range(s, community, &span, collect, &c);
    uint8_t *ids = err ? NULL : malloc(c.count * HASH_SIZE + 1);
    if (!err && !ids) err = ERR_MEMORY;
    if (!err && c.count > 1) qsort(c.seen, c.count, sizeof *c.seen, seen_order);
    if (!err) err = visit_all(&c, ids, visit, context);
    free(ids);
    free(c.seen);
    return err;
}
