/*
 * memory_bucket.c: what was seen, by bucket, in the store in memory.
 *
 * The ids of a bucket lie together and in order, so a digest is one walk; it is kept until an id comes or goes. A
 * digest that is kept saves time and nothing else: a rollback may lose it.
 */
#include "core/check.h"
#include "core/crypto.h"
#include "store/memory_internal.h"

/* What stands under 'E': what is told of an id that has no record. */
struct seen_entry {
    uint64_t created;
};

/* What stands under 'H'. */
struct digest {
    uint64_t count;
    uint8_t digest[HASH_SIZE];
};

static struct key *bucket_key(struct key *k, char what, const uint8_t *community, uint64_t bucket) {
    return key_number(key_id(k, what, community), bucket);
}

int memory_seen_set(struct memory_store *m, const uint8_t *community, uint32_t expiry_day, uint64_t created,
                    const uint8_t *id, bool present) {
    struct key k;
    const struct seen_entry entry = {.created = created};
    uint64_t bucket = store_bucket_key(expiry_day, store_bucket_hour(created));
    int err = unset(m, bucket_key(&k, 'H', community, bucket));
    if (err) return err;
    key_bytes(bucket_key(&k, 'E', community, bucket), id, HASH_SIZE);
    return present ? set(m, &k, &entry, sizeof entry) : unset(m, &k);
}

static uint64_t number_at(const uint8_t *bytes) {
    uint64_t number = 0;
    for (unsigned i = 0; i < 8; i++) number = number << 8 | bytes[i];
    return number;
}

static uint64_t bucket_of(const struct memory_item *item) {
    return number_at(item->key + 1 + HASH_SIZE);
}

static const uint8_t *id_of(const struct memory_item *item) {
    return item->key + 1 + HASH_SIZE + 8;
}

/* The first id of a community in the bucket or behind it; NULL if there is none. */
static const struct memory_item *seen_from(struct memory_store *m, const uint8_t *community, uint64_t bucket) {
    struct key k;
    bucket_key(&k, 'E', community, bucket);
    const struct memory_item *item = memory_map_seek(m->map, k.bytes, k.size);
    return item && item->key[0] == 'E' && memcmp(item->key + 1, community, HASH_SIZE) == 0 ? item : NULL;
}

static const struct memory_item *seen_next(const struct memory_item *item) {
    const struct memory_item *after = memory_map_next(item);
    return after && after->key[0] == 'E' && memcmp(after->key + 1, item->key + 1, HASH_SIZE) == 0 ? after : NULL;
}

int memory_seen_range(struct store *s, const uint8_t *community, const struct store_span *span, store_visit_seen visit,
                      void *context) {
    struct memory_store *m = of(s);
    struct key k;
    struct kept kept;
    struct seen_entry entry;
    for (const struct memory_item *item = seen_from(m, community, span->lo); item && bucket_of(item) < span->hi;
         item = seen_next(item)) {
        const struct memory_item *found = get(m, key_id(&k, 'R', id_of(item)));
        struct store_seen_id seen = {.id = id_of(item), .expiry_day = (uint32_t)(bucket_of(item) >> 32)};
        VALUE(item, &entry);
        seen.created = entry.created;
        if (found) {
            VALUE(found, &kept);
            seen.num = kept.num;
            seen.urgency = kept.urgency;
            seen.stub = kept.stub;
            seen.retracted = kept.retracted;
        }
        int stop = visit(context, &seen);
        if (stop) return stop;
    }
    return 0;
}

/* Compute the digest of the bucket that begins at item. */
static int digest_make(const struct memory_item *item, struct digest *out) {
    uint64_t bucket = bucket_of(item), count = 0;
    for (const struct memory_item *at = item; at && bucket_of(at) == bucket; at = seen_next(at)) count++;
    CHECK(count > 0); /* item itself */
    uint8_t *ids = malloc((size_t)count * HASH_SIZE), *to = ids;
    if (!ids) return ERR_MEMORY;
    for (const struct memory_item *at = item; at && bucket_of(at) == bucket; at = seen_next(at), to += HASH_SIZE)
        memcpy(to, id_of(at), HASH_SIZE);
    out->count = count;
    crypto_digest(out->digest, ids, (size_t)count * HASH_SIZE);
    free(ids);
    return 0;
}

int memory_bucket_each(struct store *s, const uint8_t *community, uint32_t first_day, store_visit_bucket visit,
                       void *context) {
    struct memory_store *m = of(s);
    struct key k;
    struct digest digest;
    const struct memory_item *item = seen_from(m, community, store_bucket_key(first_day, 0));
    while (item) {
        uint64_t bucket = bucket_of(item);
        const struct memory_item *kept = get(m, bucket_key(&k, 'H', community, bucket));
        if (kept) {
            VALUE(kept, &digest);
        } else {
            int err = digest_make(item, &digest);
            if (!err) err = set(m, &k, &digest, sizeof digest);
            if (err) return err;
        }
        struct store_bucket told = {
            .expiry_day = (uint32_t)(bucket >> 32), .hour = (uint32_t)bucket, .count = digest.count};
        memcpy(told.digest, digest.digest, HASH_SIZE);
        int stop = visit(context, &told);
        if (stop) return stop;
        item = seen_from(m, community, bucket + 1);
    }
    return 0;
}
