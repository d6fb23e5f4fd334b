/*
 * memory_internal.h: keys, values and look-ups of the store in memory; see memory.c for what stands under which key.
 */
#ifndef STORE_MEMORY_INTERNAL_H
#define STORE_MEMORY_INTERNAL_H

#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "store/memory_map.h"
#include "store/store_ops.h"

#define KEY_MAX (1 + 3 * HASH_SIZE + STORE_NAME_MAX)

struct memory_store {
    struct store front; /* first */
    struct memory_map *map;
    uint8_t item[sizeof(struct store_chunk) + RECORD_SIZE_MAX]; /* where a value is put together */
    char text[RECORD_SIZE_MAX];
    struct store_charges charges; /* as they were when the transaction began */
    struct memory_rank *ranks;    /* the way that is being gone */
    size_t rank_count;
};

struct state {
    int64_t next, indexed; /* the number of the next record; up to this one search has got */
};

struct community {
    bool joined;
    uint32_t ghosts;
    struct charter charter; /* as decoded and verified when it came */
};

/* What is counted of a community as its records come and go. */
struct counts {
    uint64_t visible; /* held and not taken back, those from ahead included */
    uint64_t newer;   /* that ask for a newer program */
};

struct kept {
    int64_t num;
    uint64_t created, seen, retracted_at;
    uint32_t expiry,
        until; /* the record's own expiry day, and how long it is kept: a retraction as long as its target */
    bool retracted, stub, pinned;
    uint8_t urgency;
    uint64_t queue;               /* to whom it is charged */
    uint8_t body_hash[HASH_SIZE]; /* so that reading it again hashes nothing */
};

struct ghost {
    uint8_t community[HASH_SIZE];
    uint32_t expiry;
    uint64_t created;
    uint64_t queue, charge; /* of what was dropped for want of room */
};

enum blob_state { BLOB_REFERRED, BLOB_ORPHAN, BLOB_LEFT };
struct blob {
    uint64_t size_bytes, since; /* since: when an orphan came */
    uint32_t held;
    enum blob_state state;
};

struct chunk {
    size_t proof_size, data_size;
};

struct own {
    uint64_t next;
    uint8_t last_id[HASH_SIZE];
};

/* ---- Keys and values ---- */

struct key {
    uint8_t bytes[KEY_MAX];
    size_t size;
};

static inline struct key *key_begin(struct key *k, char what) {
    k->bytes[0] = (uint8_t)what;
    k->size = 1;
    return k;
}

static inline struct key *key_bytes(struct key *k, const void *bytes, size_t size) {
    CHECK(k->size + size <= sizeof k->bytes);
    memcpy(k->bytes + k->size, bytes, size);
    k->size += size;
    return k;
}

static inline struct key *key_number(struct key *k, uint64_t number) {
    uint8_t big_endian[8];
    for (unsigned i = 0; i < 8; i++) big_endian[i] = (uint8_t)(number >> (56 - 8 * i));
    return key_bytes(k, big_endian, sizeof big_endian);
}

static inline struct key *key_id(struct key *k, char what, const uint8_t id[HASH_SIZE]) {
    return key_bytes(key_begin(k, what), id, HASH_SIZE);
}

static inline struct memory_store *of(struct store *s) {
    return (struct memory_store *)(void *)s;
}

static inline const struct memory_item *get(struct memory_store *m, const struct key *k) {
    return memory_map_get(m->map, k->bytes, k->size);
}

/* The first item whose key begins with k, or NULL. */
static inline const struct memory_item *first(struct memory_store *m, const struct key *k) {
    const struct memory_item *item = memory_map_seek(m->map, k->bytes, k->size);
    return item && item->key_size >= k->size && memcmp(item->key, k->bytes, k->size) == 0 ? item : NULL;
}

static inline const struct memory_item *next(const struct memory_item *item, const struct key *k) {
    item = memory_map_next(item);
    return item && item->key_size >= k->size && memcmp(item->key, k->bytes, k->size) == 0 ? item : NULL;
}

static inline int set(struct memory_store *m, const struct key *k, const void *value, size_t size) {
    return memory_map_set(m->map, k->bytes, k->size, value, size);
}

static inline int mark(struct memory_store *m, const struct key *k) {
    return set(m, k, "", 0);
}

static inline int unset(struct memory_store *m, const struct key *k) {
    return set(m, k, NULL, 0);
}

/* Read the struct that a value begins with. */
#define VALUE(item, out) \
    do { \
        CHECK((item)->value_size >= sizeof *(out)); \
        memcpy((out), (item)->value, sizeof *(out)); \
    } while (0)

/* Set a value of a struct and bytes behind it, which may lie in the map. */
static inline int set_joined(struct memory_store *m, const struct key *k, const void *front, size_t front_size,
                             const void *rest, size_t size) {
    CHECK(front_size + size <= sizeof m->item);
    memcpy(m->item, front, front_size);
    memcpy(m->item + front_size, rest, size);
    return set(m, k, m->item, front_size + size);
}

static inline struct state state_get(struct memory_store *m) {
    struct key k;
    struct state state = {.next = 1};
    const struct memory_item *item = get(m, key_begin(&k, 'S'));
    if (item) VALUE(item, &state);
    return state;
}

static inline int state_set(struct memory_store *m, struct state state) {
    struct key k;
    return set(m, key_begin(&k, 'S'), &state, sizeof state);
}

/* ---- Records ---- */

/* A record in the map: what is kept of it, its bytes (in the map), and decoded. */
struct found {
    struct kept kept;
    const uint8_t *bytes;
    size_t size;
    struct record record;
};

static inline int found_read(const struct memory_item *item, struct found *out) {
    VALUE(item, &out->kept);
    out->bytes = item->value + sizeof out->kept;
    out->size = item->value_size - sizeof out->kept;
    return record_decode_again(&out->record, out->bytes, out->size, out->kept.stub, item->key + 1, out->kept.body_hash)
               ? ERR_DAMAGED
               : 0;
}

static inline int found_get(struct memory_store *m, const uint8_t *id, struct found *out) {
    struct key k;
    const struct memory_item *item = get(m, key_id(&k, 'R', id));
    return item ? found_read(item, out) : ERR_NOT_FOUND;
}

static inline int kept_set(struct memory_store *m, const uint8_t *id, const struct kept *kept, const uint8_t *bytes,
                           size_t size) {
    struct key k;
    return set_joined(m, key_id(&k, 'R', id), kept, sizeof *kept, bytes, size);
}

static inline bool is_visible(const struct kept *k) {
    return !k->retracted && !k->stub;
}

static inline bool has_any(struct memory_store *m, const struct key *k) {
    return first(m, k) != NULL;
}

/* The index of what was seen, by bucket (memory_bucket.c): an id comes, or goes. */
int memory_seen_set(struct memory_store *m, const uint8_t *community, uint32_t expiry_day, uint64_t created,
                    const uint8_t *id, bool present);
int memory_bucket_each(struct store *s, const uint8_t *community, uint32_t first_day, store_visit_bucket visit,
                       void *context);

/* Note that a community has so many visible records more or less, and such of newer rules. */
int memory_count(struct memory_store *m, const uint8_t *community, int visible, int newer);

/* Tell whether a record says that its community's rules are newer than this program. */
bool memory_is_newer(struct memory_store *m, const struct record *r);

/* memory_budget.c */
int memory_is_joined(struct store *s, const uint8_t *community);
int memory_budget_walk(struct store *s, struct store_way *way, struct store_charged *out, unsigned max);
int memory_budget_blobs(struct store *s, struct store_blob_cost **out, size_t *count);
uint64_t memory_budget_hash(struct store *s, const uint8_t *bytes, size_t size);
/* A chunk comes: if it may be one of too many that no record refers to, drop blobs of such, its own last. */
int memory_orphans_trim(struct memory_store *m, const uint8_t *blob);
int memory_blob_drop(struct memory_store *m, const uint8_t *id, uint32_t budget);

/* The operations of memory_time.c, and what it needs of memory.c. */
int memory_drop(struct memory_store *m, const struct found *f);
int memory_blobs_unlink(struct memory_store *m, const struct record *r);
int memory_unindexed(struct memory_store *m, uint64_t *out);
int memory_tick(struct store *s, struct when when, uint32_t budget);
int memory_ghost(struct store *s, const uint8_t *community, const uint8_t *id, uint32_t expiry_day, uint64_t created);
int memory_drop_id(struct store *s, const uint8_t *id);
int memory_ghost_is_partial(struct store *s, const uint8_t *community, uint32_t expiry_day);
/* A record arrives of which there is a ghost: the record tells the ghost's day and hour. */
int memory_ghost_correct(struct memory_store *m, const struct record *r);
int memory_seen_range(struct store *s, const uint8_t *community, const struct store_span *span, store_visit_seen visit,
                      void *context);
int memory_stats(struct store *s, uint64_t now, struct store_stats *out);
int memory_integrity(struct store *s);

#endif
