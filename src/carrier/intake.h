/*
 * intake.h: records and chunks from contacts on their way into the store.
 *
 *   the loop copies → checkers, one thread a processor, verify → the writer, one thread, stores many in a transaction
 *   → the loop hears what has become durable
 *
 * Memory is bounded, and each contact's share of it. Links are checked by turns (fair queue, by records): who sends
 * much makes nobody else wait for long. Of one contact and
 * stream everything is stored and reported in the order in which it was handed in; urgent before bulk.
 *
 * One thread, the loop's, makes contacts and calls everything here that takes a struct intake_contact.
 */
#ifndef CARRIER_INTAKE_H
#define CARRIER_INTAKE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "carrier/admit.h"
#include "core/stream.h"
#include "core/when.h"
#include "store/store.h"

#define INTAKE_REFUSALS_MAX 64 /* refused[] is indexed by -err */

struct intake;
struct intake_contact;

struct intake_config {
    struct store *store;
    pthread_mutex_t *mutex; /* of the store; held while a group is stored, and for looking up what is known */
    unsigned threads;       /* checkers; 0 for as many as there are processors, at most INTAKE_THREADS_MAX */
    /* A report waits. Called on another thread, which must not call back. */
    void (*wake)(void *context);
    void *context;
    struct admit_classes classes; /* called by the thread that stores, which holds the store */
};

struct intake_counts {
    uint64_t records, known, refused, chunks; /* new ones stored; known; refused without blame; new chunks */
    uint64_t refusals[INTAKE_REFUSALS_MAX];   /* by reason, with those that were blamed */
    uint64_t groups;                          /* transactions */
};

/* What has happened with what a contact handed in since its last report. */
struct intake_report {
    void *owner;                 /* as given to intake_contact_new */
    uint32_t done[STREAM_COUNT]; /* so many of a stream are durable, known, or refused without blame */
    uint32_t records, chunks;    /* of those: new ones */
    /* 0; or why the contact has to end: it sent what breaks the rules (blamed), or the store failed. What came after is
     * dropped. */
    int err;
    bool blamed;
};

/* Start the threads. ERR_MEMORY. */
MUST_CHECK int intake_start(struct intake **out, const struct intake_config *config);

/* Wait until everything that was handed in is dealt with; what is reported then can be had from intake_next. */
void intake_drain(struct intake *in);

/* Store what was handed in, then stop; blocks meanwhile. All contacts must have been freed. NULL is fine. */
void intake_stop(struct intake *in);

/* Tell the time to go by. */
void intake_when(struct intake *in, struct when when);

/* Begin with a contact; owner comes back in its reports. NULL: out of memory. */
struct intake_contact *intake_contact_new(struct intake *in, void *owner);

/*
 * Say what way in it is (from->class is not looked at): links take turns, whatever number of contacts each has, and
 * what is stored is charged to its link. Without it, BUDGET_LINK_NONE.
 */
void intake_contact_from(struct intake_contact *c, const struct store_source *from);

/* End it: there are no more reports. What it handed in is stored still, unless drop. NULL is fine. */
void intake_contact_free(struct intake_contact *c, bool drop);

/* Return a number of this contact that no other has, for intake_origin. */
uint64_t intake_contact_number(const struct intake_contact *c);

/* Return how many records or chunks of any size a contact may hand in now. If none, a report will come. */
size_t intake_room(const struct intake_contact *c);

/* Tell whether anything that a contact handed in is not reported yet. */
bool intake_is_pending(const struct intake_contact *c);

/*
 * Hand in a record, or a stub, of a community: get a place for its canonical bytes, write size bytes there, then say
 * that they are there. The place holds until the next call. NULL: out of memory, or size is over RECORD_SIZE_MAX.
 * charter is borrowed until the intake stops.
 */
uint8_t *intake_place(struct intake_contact *c, unsigned stream, size_t size);
void intake_record(struct intake_contact *c, unsigned stream, const struct charter *charter, size_t size, bool stub);

/* Hand in a chunk of a blob; copied. ERR_MEMORY, ERR_LIMIT (sizes over the limits). */
MUST_CHECK int intake_chunk(struct intake_contact *c, unsigned stream, const uint8_t blob[HASH_SIZE],
                            uint64_t size_bytes, uint32_t index, const uint8_t *proof, size_t proof_size,
                            const uint8_t *data, size_t data_size);

/* Let the checkers have what was handed in. */
void intake_submit(struct intake_contact *c);

/* Get the next report; false if there is none now. */
bool intake_next(struct intake *in, struct intake_report *out);

/* The records from first to last by their number in the store were stored in one group; contact: the number of the
 * one that brought all of them, or 0. */
struct intake_range {
    int64_t first, last;
    uint64_t contact;
};

/* Get the group that stored record number num, if that was lately. */
bool intake_range(struct intake *in, int64_t num, struct intake_range *out);

struct intake_origin {
    uint64_t number; /* of the contact */
    unsigned link;
};

/* Tell what contact brought a record, and by what link, if that was lately; else zeros. */
struct intake_origin intake_origin(struct intake *in, const uint8_t id[HASH_SIZE]);

void intake_counts(struct intake *in, struct intake_counts *out);

#endif
