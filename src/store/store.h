/*
 * store.h: what a node has seen and holds, behind one interface: store_sqlite_open() on disk, store_memory_open() in
 * memory.
 *
 * A store knows records by their canonical bytes and trusts its caller that they were verified and admitted
 * (record_verify, charter_admit). It belongs to one thread at a time. Times are seconds of Unix time, as the caller's
 * clock tells them.
 *
 * Seen = held + stubs + ghosts. A held record has its body. A stub is what a retraction leaves (header, signature, body
 * hash), until the record's own expiry day. A ghost is the mere id of a record that was evicted, refused or dropped,
 * with its expiry day and the hour it was created in, so that it is not fetched again.
 *
 * Sealed records (form 2) lie in the pool, whatever their shelf: a community of every store, record_pool, that has no
 * charter. It has buckets, ids, arrivals and ghosts like any other, but is in no list, and search does not see it.
 *
 * What was seen lies in buckets, by the record's own expiry day and the hour it was created in (0 for a sealed record,
 * whose time is not known); two stores that have seen the same have the same digests (doc/protocol.md, "Buckets").
 *
 * Nothing is durable before store_commit has returned 0; then it survives a power cut.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/budget.h"
#include "core/charter.h"
#include "core/record.h"
#include "core/when.h"

/* Local limits (not of the protocol). */
#define STORE_GHOSTS_MAX 100000    /* a community; what goes beyond marks its expiry day as partial */
#define STORE_GHOSTS_CARRIED 4096  /* a community that the person has not joined */
#define STORE_ORPHAN_DAYS 7        /* how long a blob stays that no held record refers to */
#define STORE_ORPHAN_CHUNKS 1024   /* of such blobs; the one that came first goes first, never the one that is coming */
#define STORE_META_MAX (1 << 20)   /* bytes of one setting */
#define STORE_NAME_MAX 64          /* characters of its name */
#define STORE_QUERY_MAX 1024       /* bytes of a search */
#define STORE_SEARCH_MATCHES 20000 /* search looks among so many matches, those that arrived last, for the newest */
#define STORE_WHY_SIZE 256

struct store;

/* What a store says of a record's id. */
enum store_seen { STORE_UNKNOWN = 0, STORE_HELD = 1, STORE_STUB = 2, STORE_GHOST = 3 };

/* A record as the store gives it; everything is borrowed until the callback returns, or as long as the caller's room
 * lives. */
struct store_record {
    struct record record;
    const uint8_t *bytes; /* canonical; of a stub: header ‖ signature ‖ body hash */
    size_t size;
    int64_t num;    /* the store's own number, ascending by arrival */
    uint64_t seen;  /* when it was first seen here */
    bool retracted; /* its author took it back: hide it */
    bool pinned;
};

/* Where a record came from, for budgets (core/budget.h). */
struct store_source {
    enum budget_class class;
    unsigned link; /* BUDGET_LINK_PARCEL, store_link, … */
    bool guest;    /* of somebody who is physically at this point, or signed by its guest key */
};

/* What a store may hold. */
struct store_budget {
    uint64_t pool_bytes;   /* charged bytes: records, their costs and chunks; 0: no bound */
    uint64_t settle_bytes; /* once anything was dropped: look again after so many have come */
};

/* What store_scan tells of each record without its bytes. */
struct store_entry {
    int64_t num;
    uint64_t created, seen;
    uint32_t expiry_day; /* the record's own; a retraction may be kept longer */
    uint32_t kind;
    uint8_t urgency;
    bool retracted, stub, pinned;
    size_t size;
};

/* What was seen in a community under one expiry day and one hour. */
struct store_bucket {
    uint32_t expiry_day, hour; /* hour: store_bucket_hour of its records */
    uint64_t count;            /* at least 1 */
    uint8_t digest[HASH_SIZE]; /* BLAKE2b-256 of the ids, one behind the other, ascending as bytes */
};

/* One id that was seen, borrowed until the callback returns. */
struct store_seen_id {
    const uint8_t *id;   /* HASH_SIZE bytes */
    uint32_t expiry_day; /* the record's own */
    uint64_t created;    /* of a ghost, within the hour */
    int64_t num;         /* the record's number; 0 of a ghost */
    uint8_t urgency;     /* of a ghost URGENCY_BULK */
    bool stub, retracted;
};

/* What store_arrived_after tells; id, community and author are borrowed until the callback returns. */
struct store_arrival {
    int64_t num;
    const uint8_t *id, *community; /* HASH_SIZE bytes each */
    const uint8_t *author;         /* KEY_SIZE bytes; of a sealed record its shelf */
    bool sealed;                   /* of the pool: created and kind are 0 */
    uint64_t created;
    uint32_t kind, expiry_day;
    uint8_t urgency;
    bool stub, retracted;
    size_t size; /* of its canonical bytes as they are here */
};

/* A blob that is not whole; id and community are borrowed until the callback returns. */
struct store_missing {
    const uint8_t *blob, *community; /* HASH_SIZE bytes each; a blob that two communities want is told twice */
    uint64_t size_bytes;             /* 0 if not known: no chunk is here */
    uint32_t held;                   /* chunks */
};

struct store_community {
    struct charter charter;
    bool joined;      /* else it came in a pouch: held, readable and carried, but the person has not said "join" */
    bool newer_rules; /* holds a record by a coordinator of a critical kind that this version does not know: no writing
                       */
    uint64_t records; /* held and visible at the time asked: retracted and waiting ones are not counted */
    uint64_t newest;  /* created of the newest of them, 0 if none */
    size_t compact_size;
    uint8_t compact[CHARTER_COMPACT_MAX]; /* the charter, for invitations and pouches */
};

struct store_stats {
    uint64_t records; /* held or stub, charters and the pool aside */
    uint64_t sealed;  /* of the pool */
    uint64_t stubs, waiting, ghosts, communities, blobs, chunks;
    uint64_t bytes;     /* on disk, or in memory */
    uint64_t unindexed; /* texts that search can't find yet */
    uint64_t charged;   /* bytes that count against the budget */
    uint64_t pool;      /* its size; 0: no bound */
    uint64_t dropped;   /* records that had no room, ever */
};

struct store_query {
    const uint8_t *community; /* 32 bytes, or NULL for all joined and carried */
    uint64_t now;             /* records further ahead than TIME_AHEAD_SLACK are left out */
    uint64_t since;           /* created at or after; 0 for all */
    /* Begin after this place in the order of record_order, in the direction of the listing; NULL begins at its end. */
    const uint8_t *after_id;
    uint64_t after_created;
    bool newest_first;
    bool retracted; /* also those that were taken back, and stubs */
    uint32_t limit; /* 0 for no limit */
};

/* A callback gets one record; it returns 0 to go on, anything else stops and is returned. It must not write to the
 * store. */
typedef int (*store_visit)(void *context, const struct store_record *record);
typedef int (*store_visit_entry)(void *context, const struct store_entry *entry);
typedef int (*store_visit_community)(void *context, const struct store_community *community);
typedef int (*store_visit_bucket)(void *context, const struct store_bucket *bucket);
typedef int (*store_visit_seen)(void *context, const struct store_seen_id *seen);
typedef int (*store_visit_arrival)(void *context, const struct store_arrival *arrival);
typedef int (*store_visit_missing)(void *context, const struct store_missing *missing);

/*
 * Open the store in a file, making it if there is none and create is true. On an error, why (which may be NULL)
 * receives a sentence for people with the file's name. Errors: ERR_NOT_FOUND, ERR_BUSY (another process has it),
 * ERR_DAMAGED, ERR_NEWER (of a later version of the program), ERR_READ_ONLY, ERR_FULL, ERR_IO, ERR_MEMORY. Nothing is
 * changed in a file that is refused.
 *
 * key: KEY_SIZE secret bytes, borrowed during the call; with them everything in the file is ciphertext (a key of the
 * file's own is derived from them and lies in locked memory until the store closes), and a wrong one gives
 * ERR_WRONG_KEY. NULL is a plain file.
 */
MUST_CHECK int store_sqlite_open(struct store **out, const char *path, bool create, const uint8_t *key,
                                 char why[STORE_WHY_SIZE]);

#define STORE_PARTS_SIZE 100

/* What store_sqlite_salvage found. */
struct store_salvaged {
    uint64_t communities, records, ghosts, chunks, settings; /* that were saved */
    uint64_t gaps;                                           /* stretches that could not be read */
    uint64_t withheld;            /* records that were taken back, by a retraction that was lost: saved as ghosts */
    char parts[STORE_PARTS_SIZE]; /* what is damaged, as store_integrity names it: "messages, groups"; "" for nothing */
};

/*
 * Copy what can be read of a damaged store, sealed (key) or plain (NULL), into a new one at `to`, sealed by to_key or
 * plain; to must not exist. The old file is not changed. Every record is decoded and its id computed again; lists,
 * digests and the search index are made anew, the numbers of the records too. Errors: ERR_EXISTS (there is something at
 * `to`), ERR_WRONG_KEY, ERR_DAMAGED (nothing can be read: the file's head or its first page are gone), those of
 * store_sqlite_open; why as there.
 */
MUST_CHECK int store_sqlite_salvage(const char *path, const uint8_t *key, const char *to, const uint8_t *to_key,
                                    struct store_salvaged *out, char why[STORE_WHY_SIZE]);

/* Make an empty store in memory. ERR_MEMORY. */
MUST_CHECK int store_memory_open(struct store **out);

/* Close a store; an open transaction is rolled back. NULL is fine. */
void store_close(struct store *s);

/* Return a sentence about the last error of this store, for people ("the disk is full: …"); never NULL. */
const char *store_why(const struct store *s);

/*
 * Have told called after every commit that made something new durable that others may want: a record, a stub, a chunk,
 * a community. It is called on the thread that commits, from within the call, so it must not use the store nor wait for
 * who does. NULL: nobody listens any more.
 */
void store_watch(struct store *s, void (*told)(void *context), void *context);

/*
 * Writing goes in transactions: begin, any number of puts, commit. store_commit makes them durable (fsync) before it
 * returns 0; after an error nothing of the transaction has happened. Outside of one, each writing call is a transaction
 * of its own.
 */
MUST_CHECK int store_begin(struct store *s);
MUST_CHECK int store_commit(struct store *s);
void store_rollback(struct store *s);

/*
 * Add a community by its charter's record, or mark a known one as joined (joined never goes back to false by this).
 * Return 1 if it is new, 0 if it was known. Errors: as charter_decode.
 */
MUST_CHECK int store_community_put(struct store *s, const struct record *charter_record, bool joined);

/* Get a community; records and newest as of now. ERR_NOT_FOUND (the pool too). */
MUST_CHECK int store_community_get(struct store *s, const uint8_t id[HASH_SIZE], uint64_t now,
                                   struct store_community *out);

/* Visit all communities but the pool, joined ones first, then by title, then by id. */
MUST_CHECK int store_community_each(struct store *s, uint64_t now, store_visit_community visit, void *context);

/*
 * Put a verified record (or stub) of a known community, or a sealed one: its decoded form and its canonical bytes. seen
 * is the time of now. Return 1 if it was new, 0 if it had been seen. Errors: ERR_COMMUNITY (unknown), ERR_CHARTER (a
 * charter: use store_community_put), ERR_FIELD (a sealed stub, which is nothing), and those of the disk.
 *
 * A retraction whose author is its target's, in the same community, hides the target at once, whichever arrives first
 * and however far ahead its time lies; it lives as long as its target if that is longer. A retraction that is itself
 * taken back has done its work all the same. A held body that arrives for a stub of a target that was not retracted
 * completes it.
 */
MUST_CHECK int store_put(struct store *s, const struct record *r, const uint8_t *bytes, size_t size, uint64_t seen);

/*
 * The same for a record that came from elsewhere: it is charged to its author's queue, and may be dropped when there is
 * more than the budget allows. What store_put stores is the person's own, which never is. A record by an author of
 * store_own_set counts as their own here, too. The author of a sealed one is its shelf.
 */
MUST_CHECK int store_put_from(struct store *s, const struct record *r, const uint8_t *bytes, size_t size, uint64_t seen,
                              const struct store_source *from);

/* Return the number of the link of an address, or whatever else tells one way in from another. */
unsigned store_link(struct store *s, const uint8_t *address, size_t size);

/*
 * Bound what is held from now on. Who is beyond their share is dropped for a ghost, in slices at the end of
 * transactions that store something and in store_tick; between two of them the pool may be exceeded by a sixteenth.
 */
void store_budget_set(struct store *s, const struct store_budget *budget);

/* Return the bytes that what is held is charged with: everybody's, the person's own too. Cheap. */
uint64_t store_charged(const struct store *s);

/* Get a record by id into room (RECORD_SIZE_MAX bytes), or by its number. ERR_NOT_FOUND (ghosts too). */
MUST_CHECK int store_get(struct store *s, const uint8_t id[HASH_SIZE], uint8_t room[RECORD_SIZE_MAX],
                         struct store_record *out);
MUST_CHECK int store_get_num(struct store *s, int64_t num, uint8_t room[RECORD_SIZE_MAX], struct store_record *out);

/*
 * Find the records, not the sealed ones, whose id begins with the first `nibbles` half-bytes (1 to 64) of prefix; for
 * commands that take a short id. Visits at most limit (0: all), in no order.
 */
MUST_CHECK int store_find(struct store *s, const uint8_t prefix[HASH_SIZE], unsigned nibbles, uint32_t limit,
                          store_visit visit, void *context);

/* Return an enum store_seen, or an error. A charter is no record of the list: unknown. */
MUST_CHECK int store_has(struct store *s, const uint8_t id[HASH_SIZE]);

/* Visit records in the order of record_order. Charters and sealed records are not records of the list; nor are letters
 * to one person (core/letter.h), which store_replies and store_urgent_newest leave out, too: store_scan tells of them.
 */
MUST_CHECK int store_list(struct store *s, const struct store_query *query, store_visit visit, void *context);

/* Visit the direct replies to a record (its first REF_REPLY), oldest first, visible at now. limit 0: all. */
MUST_CHECK int store_replies(struct store *s, const uint8_t id[HASH_SIZE], uint64_t now, uint32_t limit,
                             store_visit visit, void *context);

/* Visit the records by an author that name a record with REF_CORRECTS, and those of kinds from KIND_ACTS on that name
 * one with REF_TARGET (the first of each counts); visible at now, oldest first. */
MUST_CHECK int store_corrections(struct store *s, const uint8_t id[HASH_SIZE], const uint8_t author[KEY_SIZE],
                                 uint64_t now, store_visit visit, void *context);
MUST_CHECK int store_acts(struct store *s, const uint8_t id[HASH_SIZE], uint64_t now, store_visit visit, void *context);

/* Visit what is known of every record of a community (NULL: of all, the pool's too), in no order, without reading the
 * records themselves. */
MUST_CHECK int store_scan(struct store *s, const uint8_t *community, store_visit_entry visit, void *context);

/*
 * Where an own author stands in a community: the sequence number of the next record and the id of the one before. *next
 * is 0 if there is none. The writer sets it in the same transaction as the record. *next is at most INT64_MAX.
 */
MUST_CHECK int store_own_get(struct store *s, const uint8_t author[KEY_SIZE], uint64_t *next,
                             uint8_t last_id[HASH_SIZE]);
MUST_CHECK int store_own_set(struct store *s, const uint8_t author[KEY_SIZE], uint64_t next,
                             const uint8_t last_id[HASH_SIZE]);

/* Small settings by name; names that begin with "store_" are the store's own. store_meta_get returns the size, or
 * ERR_NOT_FOUND, ERR_SPACE. A NULL value removes. */
MUST_CHECK int store_meta_get(struct store *s, const char *name, uint8_t *out, size_t size);
MUST_CHECK int store_meta_set(struct store *s, const char *name, const uint8_t *value, size_t size);

/* Pin a record (it is neither expired nor blanked), or let it go. ERR_NOT_FOUND. */
MUST_CHECK int store_pin(struct store *s, const uint8_t id[HASH_SIZE], bool pinned);

/*
 * Do what time asks for, at most budget steps a call: drop records and ghosts that have expired, blank the bodies of
 * what was retracted RETRACTED_BODY_SECONDS ago (a stub stays), drop the blobs whose last record is gone and those that
 * have waited STORE_ORPHAN_DAYS for one. While the clock is not confirmed nothing expires and no blob has waited; what
 * was taken back goes all the same. Pinned records stay. What is dropped or blanked is overwritten in the file, words
 * in the search index within a day of it. Return how many steps were done (a record, a ghost, a chunk …); call again
 * while it is not 0.
 */
MUST_CHECK int store_tick(struct store *s, struct when when, uint32_t budget);

/*
 * Remember that a record was refused or evicted; it is dropped if it was held or a stub (and its own community, expiry
 * day and time count, not the arguments). created need only lie in the right hour; if it or the day was wrong, the
 * record sets it right when it arrives again. Bounded by STORE_GHOSTS_MAX. ERR_COMMUNITY if the community is unknown.
 */
MUST_CHECK int store_ghost(struct store *s, const uint8_t community[HASH_SIZE], const uint8_t id[HASH_SIZE],
                           uint32_t expiry_day, uint64_t created);

/* Forget a record as if it had never been seen; it may be put again. ERR_NOT_FOUND (ghosts too). */
MUST_CHECK int store_drop(struct store *s, const uint8_t id[HASH_SIZE]);

/* Tell whether ghosts of this expiry day were left out because there were too many: 1 or 0, or an error. */
MUST_CHECK int store_ghost_is_partial(struct store *s, const uint8_t community[HASH_SIZE], uint32_t expiry_day);

/* Return the hour of a bucket for a record's time; 0 for 0, which a sealed record has. */
static inline uint32_t store_bucket_hour(uint64_t created) {
    return (uint32_t)((created > TIME_MAX ? TIME_MAX : created) / 3600);
}

/*
 * Visit the buckets of a community with expiry_day >= first_day, ascending by (expiry_day, hour), with digests as of
 * now. Digests that changes have made stale are computed first, which writes: outside of a transaction in one of its
 * own. Takes at most 64 MiB for that, whatever the bucket. Of an unknown community there are none.
 */
MUST_CHECK int store_bucket_each(struct store *s, const uint8_t community[HASH_SIZE], uint32_t first_day,
                                 store_visit_bucket visit, void *context);

/*
 * Visit every id that was seen in the buckets from (lo_day, lo_hour) up to but not including (hi_day, hi_hour),
 * compared by day, then by hour. Without reading the records themselves; the same store in the same state gives the
 * same order.
 */
MUST_CHECK int store_seen_range(struct store *s, const uint8_t community[HASH_SIZE], uint32_t lo_day, uint32_t lo_hour,
                                uint32_t hi_day, uint32_t hi_hour, store_visit_seen visit, void *context);

/* Visit the newest held visible records of URGENCY_URGENT that are not from ahead of now, newest first in the order of
 * record_order; of the pool those that expire last first, then by id, descending. limit 0: all. */
MUST_CHECK int store_urgent_newest(struct store *s, const uint8_t community[HASH_SIZE], uint64_t now, uint32_t limit,
                                   store_visit visit, void *context);

/* Visit the records and stubs of all communities that arrived after number num, ascending by number. limit 0: all. */
MUST_CHECK int store_arrived_after(struct store *s, int64_t num, uint32_t limit, store_visit_arrival visit,
                                   void *context);

/* The same of the pool alone, without reading what else has arrived. */
MUST_CHECK int store_sealed_after(struct store *s, int64_t num, uint32_t limit, store_visit_arrival visit,
                                  void *context);

/* Return the number of the latest record that ever arrived, 0 if none has: nothing has arrived after it. */
MUST_CHECK int64_t store_newest_num(struct store *s);

/*
 * Put a chunk of a blob whose hash tree fits (blob_check, by the caller). Return 1 if it was new, 0 if it was there.
 * Errors: ERR_LIMIT, ERR_FIELD (sizes that can't be), those of the disk.
 */
MUST_CHECK int store_chunk_put(struct store *s, const uint8_t blob[HASH_SIZE], uint64_t size_bytes, uint32_t index,
                               const uint8_t *proof, size_t proof_size, const uint8_t *data, size_t data_size,
                               uint64_t seen);

struct store_chunk {
    uint64_t size_bytes; /* of the blob */
    size_t proof_size, data_size;
    uint8_t proof[BLOB_PROOF_MAX];
    uint8_t data[BLOB_CHUNK_SIZE];
};

/* Get a chunk. ERR_NOT_FOUND. */
MUST_CHECK int store_chunk_get(struct store *s, const uint8_t blob[HASH_SIZE], uint32_t index, struct store_chunk *out);

/* Tell the size of a blob and how many chunks of it are here. ERR_NOT_FOUND if none ever was. */
MUST_CHECK int store_blob_get(struct store *s, const uint8_t blob[HASH_SIZE], uint64_t *size_bytes, uint32_t *held);

/*
 * Visit the blobs that held records of a community (NULL: of any), not retracted, refer to and of which chunks are
 * missing, in no order. Looks at incomplete blobs only.
 */
MUST_CHECK int store_blob_missing_each(struct store *s, const uint8_t *community, store_visit_missing visit,
                                       void *context);

/*
 * Tell which of the 64 chunks of a blob from number first on are missing: bit i stands for chunk first + i, and is 0
 * beyond the blob's end. Of a blob of which nothing is here, whose end is not known, all are missing below
 * BLOB_CHUNKS_MAX.
 */
MUST_CHECK int store_blob_missing(struct store *s, const uint8_t blob[HASH_SIZE], uint32_t first, uint64_t *missing);

/* Tell whether a held record of a community, not retracted, refers to a blob: 1 or 0, or an error. */
MUST_CHECK int store_blob_is_of(struct store *s, const uint8_t community[HASH_SIZE], const uint8_t blob[HASH_SIZE]);

/*
 * Search the texts of visible records, newest first. Every word of the query must occur, each as a beginning of a word;
 * case, ё/е and Kazakh letters typed as their Russian neighbours make no difference (view/fold.h). A query without a
 * letter finds nothing. community may be NULL, limit 0 is none. Finds what has been indexed; of words that occur more
 * often than STORE_SEARCH_MATCHES, among the latest arrivals. ERR_LIMIT: a query over STORE_QUERY_MAX.
 */
MUST_CHECK int store_search(struct store *s, const uint8_t *community, const char *query, uint64_t now, uint32_t limit,
                            store_visit visit, void *context);

/* Index the texts among the next budget records that search has not got to. Return how many texts remain. */
MUST_CHECK int store_index(struct store *s, uint32_t budget);

MUST_CHECK int store_stats(struct store *s, uint64_t now, struct store_stats *out);

/*
 * Check the store's own structure (not the signatures, which the caller checks record by record): the database's
 * integrity, every record under its own id, every chunk under its blob, every bucket's digest. Return how many faults
 * were found; the first is told by store_why.
 */
MUST_CHECK int store_integrity(struct store *s);

#endif
