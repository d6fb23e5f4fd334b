/*
 * store_ops.h: what a store implements, internal to src/store. store.c turns the public functions into these; it sees
 * to transactions of a single call, to the sentence of store_why and to the limits of arguments, so an implementation
 * may rely on them.
 */
#ifndef STORE_STORE_OPS_H
#define STORE_STORE_OPS_H

#include <string.h>

#include "store/store.h"

/* Buckets from lo up to but not including hi, as store_bucket_key orders them. */
struct store_span {
    uint64_t lo, hi;
};

/* Return a number that sorts as buckets do. */
static inline uint64_t store_bucket_key(uint32_t expiry_day, uint32_t hour) {
    return (uint64_t)expiry_day << 32 | hour;
}

/* Tell whether a community is the pool. */
static inline bool store_is_pool(const uint8_t community[HASH_SIZE]) {
    return memcmp(community, record_pool, HASH_SIZE) == 0;
}

/* The time under which a record stands among those of its community: created; of a sealed one, whose time is not known,
 * the beginning of its last day, so that what expires together lies together and what lives longest counts as newest.
 */
static inline uint64_t store_place(const struct record *r) {
    return r->form == RECORD_FORM_SEALED ? (uint64_t)r->expiry_day * DAY_SECONDS : r->created;
}

/* One that was seen, as it is charged. */
struct store_charged {
    int64_t num; /* 0 of a ghost */
    uint64_t created, queue, bytes;
    uint32_t expiry_day;
    bool urgent, pinned;
    uint8_t id[HASH_SIZE];
};

/* The way over all that was seen, as far as it was gone: communities in any fixed order, in each the latest day first,
 * in a day by created, then id. All zeros: at the beginning. */
struct store_way {
    bool begun;
    uint32_t community; /* number of the store's */
    uint8_t community_id[HASH_SIZE];
    uint64_t day, created; /* behind this one */
    uint8_t id[HASH_SIZE];
};

/* Bytes that hang on a record beside its own: chunks of its blobs. */
struct store_blob_cost {
    int64_t num;
    uint64_t bytes;
};

/* Writing operations run inside a transaction. After one has returned an error of the disk, store.c refuses to commit.
 */
struct store_ops {
    void (*close)(struct store *s);
    int (*begin)(struct store *s);
    int (*commit)(struct store *s); /* rolls back on an error */
    void (*rollback)(struct store *s);
    int (*community_put)(struct store *s, const struct record *charter_record, const uint8_t *compact,
                         size_t compact_size, bool joined);
    int (*community_get)(struct store *s, const uint8_t *id, uint64_t now, struct store_community *out);
    int (*community_each)(struct store *s, uint64_t now, store_visit_community visit, void *context);
    int (*put)(struct store *s, const struct record *r, const uint8_t *bytes, size_t size, uint64_t seen);
    int (*get)(struct store *s, const uint8_t *id, uint8_t *room, struct store_record *out);
    int (*get_num)(struct store *s, int64_t num, uint8_t *room, struct store_record *out);
    int (*find)(struct store *s, const uint8_t *prefix, unsigned nibbles, uint32_t limit, store_visit visit,
                void *context);
    int (*has)(struct store *s, const uint8_t *id);
    int (*list)(struct store *s, const struct store_query *query, store_visit visit, void *context);
    int (*linked)(struct store *s, const uint8_t *key, uint64_t now, uint32_t limit, store_visit visit, void *context);
    int (*scan)(struct store *s, const uint8_t *community, store_visit_entry visit, void *context);
    int (*own_get)(struct store *s, const uint8_t *author, uint64_t *next, uint8_t *last_id);
    int (*own_set)(struct store *s, const uint8_t *author, uint64_t next, const uint8_t *last_id);
    int (*meta_get)(struct store *s, const char *name, uint8_t *out, size_t size);
    int (*meta_set)(struct store *s, const char *name, const uint8_t *value, size_t size);
    int (*pin)(struct store *s, const uint8_t *id, bool pinned);
    /* Hide or show a record, if it is by this author in this community, as a retraction does or as if there were none.
     */
    int (*hide)(struct store *s, const uint8_t *id, const uint8_t *community, const uint8_t *author, bool hidden);
    int (*tick)(struct store *s, struct when when, uint32_t budget);
    int (*ghost)(struct store *s, const uint8_t *community, const uint8_t *id, uint32_t expiry_day, uint64_t created);
    int (*drop)(struct store *s, const uint8_t *id);
    int (*ghost_is_partial)(struct store *s, const uint8_t *community, uint32_t expiry_day);
    /* Compute the stale digests of buckets with expiry_day >= first_day: writes. NULL if they are not kept. */
    int (*bucket_refresh)(struct store *s, const uint8_t *community, uint32_t first_day);
    int (*bucket_each)(struct store *s, const uint8_t *community, uint32_t first_day, store_visit_bucket visit,
                       void *context);
    int (*seen_range)(struct store *s, const uint8_t *community, const struct store_span *span, store_visit_seen visit,
                      void *context);
    int (*urgent_newest)(struct store *s, const uint8_t *community, uint64_t now, uint32_t limit, store_visit visit,
                         void *context);
    int (*arrived_after)(struct store *s, int64_t num, uint32_t limit, store_visit_arrival visit, void *context);
    int (*sealed_after)(struct store *s, int64_t num, uint32_t limit, store_visit_arrival visit, void *context);
    int (*chunk_put)(struct store *s, const uint8_t *blob, uint64_t size_bytes, uint32_t index, const uint8_t *proof,
                     size_t proof_size, const uint8_t *data, size_t data_size, uint64_t seen);
    int (*chunk_get)(struct store *s, const uint8_t *blob, uint32_t index, struct store_chunk *out);
    int (*blob_get)(struct store *s, const uint8_t *blob, uint64_t *size_bytes, uint32_t *held);
    int (*blob_missing_each)(struct store *s, const uint8_t *community, store_visit_missing visit, void *context);
    int (*blob_missing)(struct store *s, const uint8_t *blob, uint32_t first, uint64_t *missing);
    int (*blob_is_of)(struct store *s, const uint8_t *community, const uint8_t *blob);
    int64_t (*newest_num)(struct store *s);
    /* words: folded, at least one letter */
    int (*search)(struct store *s, const uint8_t *community, const char *words, uint64_t now, uint32_t limit,
                  store_visit visit, void *context);
    int (*index)(struct store *s, uint32_t budget);
    int (*is_joined)(struct store *s, const uint8_t *community); /* 1, 0, or ERR_COMMUNITY */
    /* Read up to max of what was seen, all of one community, and go on the way. Return how many; 0 at
     * the end. */
    int (*budget_walk)(struct store *s, struct store_way *way, struct store_charged *out, unsigned max);
    /* List the chunks of blobs by the record that they are charged to: of those that refer to a blob the first by
     * created, then id. *out, ascending by num, belongs to the caller. */
    int (*budget_blobs)(struct store *s, struct store_blob_cost **out, size_t *count);
    uint64_t (*hash)(struct store *s, const uint8_t *bytes, size_t size); /* keyed, if the store has a key */
    int (*stats)(struct store *s, uint64_t now, struct store_stats *out);
    int (*integrity)(struct store *s);
};

/* What is charged in all. */
struct store_charges {
    uint64_t bytes;
    uint64_t dropped; /* records that had no room, ever */
};

struct store_pass;

/* The front of every store. */
/* SPARE_WITH_ROOM: as long as the pool is not exceeded. */
enum store_spare { SPARE_NONE, SPARE_WITH_ROOM, SPARE_FRESH };

struct store {
    const struct store_ops *ops;
    bool open;  /* a transaction is open */
    int failed; /* the error of the disk that has spoilt it */
    bool told;  /* why speaks of the current call */
    bool news;  /* the transaction holds what store_watch tells */
    void (*watch)(void *context);
    void *watch_context;
    uint32_t puts;         /* new ones in the open transaction */
    uint64_t charge_queue; /* of the record that is put, or of the ghost that is made */
    uint64_t charge_ghost; /* twice the bytes that the ghost is charged with, its record's cost aside; and 1 if that
                              was urgent */
    struct store_budget budget;
    struct store_charges charges; /* as they are; the implementation keeps them with the transaction */
    uint64_t arrived;             /* charged bytes since the last look began */
    struct store_pass *pass;      /* a look under way */
    enum store_spare spare;       /* whether looks leave what has just come */
    bool spared;                  /* the last one has: store_tick looks again */
    struct freezes *freezes;      /* freezes.c; NULL until there is one */
    uint64_t freeze_changes;      /* counted by freezes.c */
    char why[STORE_WHY_SIZE];
};

/* A charge comes or goes. */
void store_charge(struct store *s, int64_t bytes);
static inline int64_t store_record_charge(size_t size) {
    return (int64_t)size + BUDGET_RECORD_COST;
}

/* budget.c: take steps at bringing what is held within the budget. Return how many records were dropped. */
MUST_CHECK int store_budget_step(struct store *s, unsigned steps);
bool store_budget_is_pending(const struct store *s); /* there are steps to take */
void store_budget_end(struct store *s);

/* Set the sentence of store_why and return err. */
int store_say(struct store *s, int err, const char *sentence);

/* The same by a format. In a file of its own: printf wants a system, and a store in memory has none. */
int store_tell(struct store *s, int err, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Tell whether kind asks for a newer program: critical and unknown to this version. */
bool store_kind_is_newer(uint32_t kind);

/* Tell whether a record's author takes back target by it: a retraction with a REF_TARGET, which is returned; else NULL.
 */
const uint8_t *store_retraction_target(const struct record *r);

/* Under which keys a record is found that answers, corrects or acts upon another. */
#define STORE_LINKS_MAX 3
struct store_links {
    unsigned count;
    uint8_t keys[STORE_LINKS_MAX][HASH_SIZE];
};
void store_links_of(struct store_links *out, const struct record *r);
bool store_has_link(const struct record *r, const uint8_t key[HASH_SIZE]);

/* Tell whether r is a text with its body, so that search has to find it. */
bool store_is_text(const struct record *r);

/*
 * Write what search finds of a record, folded: its text and place, those of a message that it passes on, and the names
 * of its attachments. Return the size, 0 for none.
 * out has room for RECORD_SIZE_MAX bytes.
 */
size_t store_text(char *out, const struct record *r);

/* Return the chunks of a blob from number first on as bits of store_blob_missing, whether here or not; size 0: not
 * known.
 */
uint64_t store_chunk_window(uint64_t size_bytes, uint32_t first);

/* Decode a record as the store keeps it. Return 0, or ERR_DAMAGED. */
MUST_CHECK int store_decode(struct record *out, const uint8_t *bytes, size_t size, bool stub);

/* Compute all buckets of a community from first_day on out of what seen_range gives, and visit them: takes 80 bytes an
 * id. For the store that keeps no digests, and for checking those of the one that does. */
MUST_CHECK int store_buckets_compute(struct store *s, const uint8_t *community, uint32_t first_day,
                                     store_visit_bucket visit, void *context);

/* The last second that is not ahead of now. */
uint64_t store_horizon(uint64_t now);

/* Rebuild the charter of a community from its compact form without checking the signature again. ERR_DAMAGED. */
MUST_CHECK int store_charter(struct charter *out, const uint8_t id[HASH_SIZE], const uint8_t *compact, size_t size);

#endif
