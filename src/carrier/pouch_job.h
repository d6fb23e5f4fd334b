/*
 * pouch_job.h: one frame of a pouch on its way: copied from the file, unpacked, its records rebuilt and checked. A job
 * belongs to one thread at a time and touches no store.
 */
#ifndef CARRIER_POUCH_JOB_H
#define CARRIER_POUCH_JOB_H

#include "core/pouch.h"
#include "core/when.h"

/* A record that came out of a frame: its canonical bytes in the job's arena, and why it is refused. */
struct pouch_checked {
    size_t offset, size;
    int err; /* 0, or why it can't be used */
    bool known, stub, sealed;
    uint8_t id[HASH_SIZE], body_hash[HASH_SIZE];
};

struct pouch_job {
    struct pouch_frame frame;
    int err; /* what ended the frame early, or 0; the records before it count */
    size_t count, list_room, arena_fill, arena_room;
    struct pouch_checked *list;
    uint8_t *arena;
    struct pouch_records records; /* for the charters */
    struct pouch_chunk chunk;
    uint8_t sections[2 * POUCH_SECTION_MAX]; /* packed ‖ raw */
    uint8_t plain[POUCH_SECTION_MAX];
};

/* Set known on those of count records that have been seen. Return 0 or an error. */
typedef int (*pouch_known)(void *context, struct pouch_checked *list, size_t count);

/* Unpack a zstd frame with the dictionary messages-1 of exactly plain_size bytes. Return 0 or an error. */
struct pouch_unpacker {
    int (*unpack)(void *context, uint8_t *out, size_t plain_size, const uint8_t *packed, size_t packed_size);
    void *context;
};

/* Decode a record of the list that has no error. */
MUST_CHECK int pouch_job_record(const struct pouch_job *job, const struct pouch_checked *c, struct record *out);

/* Return the charter in the frame of a record's community; NULL: there is none, as for sealed ones. */
const struct charter *pouch_job_charter(const struct pouch_job *job, const struct record *r);

/* Make an empty job; NULL when memory runs out. */
struct pouch_job *pouch_job_new(void);
void pouch_job_free(struct pouch_job *job);

/* Take a frame in. */
void pouch_job_fill(struct pouch_job *job, const struct pouch_frame *frame, const uint8_t *sections);

/*
 * Unpack and check the frame: every signature, the rules of its community, time. What is a closed community's own is
 * ERR_COMMUNITY, known or not. known may be NULL; what it says is
 * known is not checked again. Return 0, or an error of known or ERR_MEMORY; what is wrong with the frame itself stands
 * in job->err and the list.
 */
MUST_CHECK int pouch_job_check(struct pouch_job *job, const struct pouch_unpacker *unpacker, struct when when,
                               pouch_known known, void *context);

/* The same in two steps, for who checks a few records at a time: unpack the frame and rebuild what it holds … */
MUST_CHECK int pouch_job_begin(struct pouch_job *job, const struct pouch_unpacker *unpacker);

/* … and judge one record of its list, of which nothing but its form is known. What is trusted was checked before, and
 * is judged but for its signature. Sets c->err. */
void pouch_job_judge(const struct pouch_job *job, struct pouch_checked *c, struct when when, bool trusted);

#endif
