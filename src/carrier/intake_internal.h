/*
 * intake_internal.h: what the loop's side of the intake (intake.c) and its threads (intake_work.c) share.
 *
 * What is handed in goes in batches. A batch belongs to its contact while it is filled, then it stands in the queue of
 * its lane, is taken by one checker and later by the writer, who frees it. Batches leave a lane in the order in which
 * they came.
 */
#ifndef CARRIER_INTAKE_INTERNAL_H
#define CARRIER_INTAKE_INTERNAL_H

#include <stdatomic.h>

#include "carrier/intake.h"

#define BATCH_ITEMS 32
#define BATCH_ROOM (16 * 1024)
#define RANGES 64 /* groups that are remembered */
#define LANES 2   /* urgent, all else */

_Static_assert((INTAKE_RECENT & (INTAKE_RECENT - 1)) == 0, "an index is cut out of an id");

enum item_type { ITEM_RECORD, ITEM_STUB, ITEM_CHUNK };

struct intake_item {
    enum item_type type;
    int err;                       /* why it can't be stored */
    bool known;                    /* was seen before */
    bool decoded;                  /* id and body_hash are there */
    bool verified;                 /* nothing else is ever stored */
    uint32_t offset, size;         /* in the arena; of a chunk: proof ‖ data */
    const struct charter *charter; /* of a record */
    uint64_t size_bytes;           /* of a chunk's blob */
    uint32_t index, proof_size;    /* of a chunk */
    uint8_t id[HASH_SIZE];         /* of the record, or of the blob */
    uint8_t body_hash[HASH_SIZE];
};

struct intake_batch {
    struct intake_batch *next;
    struct intake_contact *contact;
    uint8_t stream;
    bool checked;
    bool look;         /* ask the store what is known */
    uint64_t since_ms; /* when it was checked */
    uint64_t turn;     /* when it is its link's turn */
    struct when when;
    unsigned count;
    unsigned done; /* of them: stored, known or refused without blame */
    int blame;     /* why the one behind them ends the contact, or 0 */
    size_t fill, room;
    struct intake_item items[BATCH_ITEMS];
    uint8_t arena[];
};

struct intake_lane {
    struct intake_batch *head, **tail; /* handed in: first those that checkers have taken, then by turn */
    struct intake_batch **unchecked;   /* where the first stands that no checker has taken */
    uint64_t clock;                    /* the turn that was taken last */
    uint64_t turns[BUDGET_LINKS];      /* each link's next */
    size_t checked;                    /* records that are checked and not taken by the writer */
    size_t working;                    /* batches that are not checked */
};

struct intake_contact {
    struct intake *in;
    void *owner;
    uint64_t number;
    struct store_source from;
    struct intake_batch *open[STREAM_COUNT]; /* being filled; the loop's */
    atomic_bool broken;                      /* what it handed in is dropped */
    /* under the mutex */
    size_t records, bytes, batches; /* handed in and not reported; batches that are not freed */
    unsigned fresh;                 /* records in a row that were new here */
    bool closed, reported;
    int err;
    bool blamed;
    struct intake_report report;
    struct intake_contact *next; /* in the list of reports */
};

struct intake_recent {
    uint8_t id[HASH_SIZE];
    struct intake_origin origin; /* number 0: empty */
};

struct intake {
    struct intake_config config;
    pthread_mutex_t mutex;
    pthread_cond_t work, done, drained;
    struct intake_lane lanes[LANES];
    struct intake_contact *reports, **reports_tail;
    struct when when;
    struct intake_counts counts;
    struct intake_recent *recent;
    struct intake_range ranges[RANGES];
    unsigned range_at;
    size_t contacts_busy; /* with something that is not reported */
    uint64_t last_number;
    bool stop;
    unsigned checker_count;
    bool writer_runs;
    pthread_t checkers[INTAKE_THREADS_MAX], writer;
};

/* Bytes that a batch counts with. */
size_t intake_batch_bytes(const struct intake_batch *b);

/* The place of an id among the recent ones. The caller holds the mutex. */
struct intake_recent *intake_recent_of(struct intake *in, const uint8_t id[HASH_SIZE]);

void *intake_check_main(void *intake);
void *intake_write_main(void *intake);

#endif
