/*
 * pouch_store.h: put what came out of a pouch's frames into a store, and count it.
 */
#ifndef CARRIER_POUCH_STORE_H
#define CARRIER_POUCH_STORE_H

#include "carrier/admit.h"
#include "carrier/pouch_job.h"
#include "store/store.h"

#define POUCH_REFUSALS_MAX 64 /* > the number of errors: refused[] is indexed by -err */

struct pouch_opened {
    uint64_t accepted, known, rejected; /* records; known: seen before (held, retracted or ghosts) */
    uint64_t sealed;                    /* new sealed ones, not among the accepted */
    uint64_t waiting;                   /* of the accepted: those whose time lies ahead */
    uint64_t blobs, chunks;             /* new chunks, and blobs that they completed */
    uint64_t communities;               /* that were not known before; they are not joined */
    uint64_t frames, damaged;           /* damaged: stretches of the file that held no valid frame but should have */
    uint64_t bytes;
    unsigned places, carried; /* communities that it may bring unjoined, 0: not known yet; and has brought */
    bool truncated;           /* the file ends in the middle of a frame, or without a zip's end */
    uint64_t refused[POUCH_REFUSALS_MAX];
};

/* All that follows runs inside a transaction of the caller's, and counts in *sum what becomes of it. Errors: those of
 * the store. */

/* Store a job that was checked: its communities, its records, its chunk. classes may be NULL. */
MUST_CHECK int pouch_store_job(struct store *store, struct pouch_job *job, struct when when,
                               const struct admit_classes *classes, struct pouch_opened *sum);

/* The same in steps: the communities of a frame, as joined or carried … */
MUST_CHECK int pouch_store_communities(struct store *store, struct pouch_job *job, struct when when, bool joined,
                                       struct pouch_opened *sum);
/* … one of its records, judged before … */
MUST_CHECK int pouch_store_record(struct store *store, struct pouch_job *job, const struct pouch_checked *c,
                                  struct when when, const struct admit_classes *classes, struct pouch_opened *sum);
/* … its chunk, and why a frame ended early, if it did. */
MUST_CHECK int pouch_store_rest(struct store *store, struct pouch_job *job, struct when when, struct pouch_opened *sum);

/* Add what one transaction has made durable. */
void pouch_opened_add(struct pouch_opened *out, const struct pouch_opened *sum);

#endif
