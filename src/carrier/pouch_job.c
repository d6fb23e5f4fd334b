/*
 * pouch_job.c: unpack and check one frame.
 */
#include "carrier/pouch_job.h"

#include <stdlib.h>
#include <string.h>

#include "carrier/admit.h"
#include "core/check.h"

/* What a record grows by when it is rebuilt, references aside: the parts of its header that the frame leaves out. */
#define REBUILT_MAX (RECORD_HEADER_MAX - RECORD_REFS_MAX * RECORD_REF_SIZE)

struct pouch_job *pouch_job_new(void) {
    struct pouch_job *job = malloc(sizeof *job);
    if (job) memset(job, 0, offsetof(struct pouch_job, sections));
    return job;
}

void pouch_job_free(struct pouch_job *job) {
    if (!job) return;
    free(job->list);
    free(job->arena);
    free(job);
}

void pouch_job_fill(struct pouch_job *job, const struct pouch_frame *frame, const uint8_t *sections) {
    job->frame = *frame;
    job->err = 0;
    job->count = 0;
    job->arena_fill = 0;
    memcpy(job->sections, sections, (size_t)frame->packed_size + frame->raw_size);
}

static int unpack(struct pouch_job *job, const struct pouch_unpacker *unpacker) {
    if (job->frame.codec == POUCH_STORED) {
        memcpy(job->plain, job->sections, job->frame.plain_size);
        return 0;
    }
    if (job->frame.codec != POUCH_ZSTD) return ERR_UNSUPPORTED;
    return unpacker->unpack(unpacker->context, job->plain, job->frame.plain_size, job->sections,
                            job->frame.packed_size);
}

/* Have room for the list and the arena of a frame whose number of records is known. */
static int room_make(struct pouch_job *job, size_t count) {
    size_t arena = (size_t)job->frame.plain_size + job->frame.raw_size + count * REBUILT_MAX + POUCH_ROOM;
    if (count > job->list_room) {
        struct pouch_checked *list = realloc(job->list, count * sizeof *list);
        if (!list) return ERR_MEMORY;
        job->list = list;
        job->list_room = count;
    }
    if (arena > job->arena_room) {
        free(job->arena);
        job->arena = malloc(arena);
        job->arena_room = job->arena ? arena : 0;
        if (!job->arena) return ERR_MEMORY;
    }
    return 0;
}

const struct charter *pouch_job_charter(const struct pouch_job *job, const struct record *r) {
    if (r->form == RECORD_FORM_SEALED) return &charter_pool;
    for (unsigned i = 0; i < job->records.community_count; i++)
        if (!job->records.community_err[i] && memcmp(job->records.charters[i].community, r->community, HASH_SIZE) == 0)
            return &job->records.charters[i];
    return NULL;
}

/* Rebuild all records. Return what ended the frame early, or 0. */
static int rebuild(struct pouch_job *job) {
    struct record r;
    for (;;) {
        int refused;
        CHECK(job->arena_room - job->arena_fill >= POUCH_ROOM);
        int size = pouch_records_next(&job->records, job->arena + job->arena_fill, &r, &refused);
        if (size <= 0) return size;
        struct pouch_checked *c = &job->list[job->count++];
        *c = (struct pouch_checked){
            .offset = job->arena_fill, .size = refused ? 0 : (size_t)size, .err = refused, .stub = !r.body};
        if (refused) continue;
        /* Said before it is looked up: who brings it learns nothing of whether it is here. */
        if (!charter_is_public(&job->records.charters[job->records.community])) c->err = ERR_COMMUNITY;
        memcpy(c->id, r.id, HASH_SIZE);
        memcpy(c->body_hash, r.body_hash, HASH_SIZE);
        job->arena_fill += c->size;
    }
}

int pouch_job_record(const struct pouch_job *job, const struct pouch_checked *c, struct record *out) {
    return record_decode_again(out, job->arena + c->offset, c->size, c->stub, c->id, c->body_hash);
}

static int records_begin(struct pouch_job *job) {
    int err = pouch_records_begin(&job->records, job->plain, job->frame.plain_size,
                                  job->sections + job->frame.packed_size, job->frame.raw_size);
    if (err) {
        job->err = err;
        job->records.community_count = 0;
        return 0;
    }
    err = room_make(job, job->records.left);
    if (err || job->records.left == 0) return err;
    job->err = rebuild(job);
    return 0;
}

static int sealed_begin(struct pouch_job *job) {
    struct pouch_sealed it;
    struct record r;
    int size, err = pouch_sealed_begin(&it, job->plain, job->frame.plain_size, job->sections + job->frame.packed_size,
                                       job->frame.raw_size);
    if (err) {
        job->err = err;
        return 0;
    }
    err = room_make(job, it.left);
    if (err) return err;
    CHECK(job->arena_room - job->arena_fill >= POUCH_ROOM);
    while ((size = pouch_sealed_next(&it, job->arena + job->arena_fill, &r)) > 0) {
        struct pouch_checked *c = &job->list[job->count++];
        *c = (struct pouch_checked){.offset = job->arena_fill, .size = (size_t)size, .sealed = true};
        memcpy(c->id, r.id, HASH_SIZE);
        memcpy(c->body_hash, r.body_hash, HASH_SIZE);
        job->arena_fill += c->size;
        CHECK(job->arena_room - job->arena_fill >= POUCH_ROOM);
    }
    job->err = size;
    return 0;
}

void pouch_job_judge(const struct pouch_job *job, struct pouch_checked *c, struct when when, bool trusted) {
    struct record r;
    c->err = pouch_job_record(job, c, &r);
    if (!c->err)
        c->err = trusted ? admit_trusted(pouch_job_charter(job, &r), &r, when)
                         : admit_record(pouch_job_charter(job, &r), &r, when);
}

int pouch_job_begin(struct pouch_job *job, const struct pouch_unpacker *unpacker) {
    job->records.community_count = 0;
    bool known = job->frame.type >= POUCH_RECORDS && job->frame.type <= POUCH_SEALED;
    job->err = known ? unpack(job, unpacker) : ERR_UNSUPPORTED;
    if (job->err) return 0;
    if (job->frame.type == POUCH_SEALED) return sealed_begin(job);
    if (job->frame.type == POUCH_RECORDS) return records_begin(job);
    job->err = pouch_chunk_decode(&job->chunk, job->plain, job->frame.plain_size,
                                  job->sections + job->frame.packed_size, job->frame.raw_size);
    return 0;
}

int pouch_job_check(struct pouch_job *job, const struct pouch_unpacker *unpacker, struct when when, pouch_known known,
                    void *context) {
    int err = pouch_job_begin(job, unpacker);
    if (!err && known) err = known(context, job->list, job->count);
    for (size_t i = 0; i < job->count && !err; i++)
        if (!job->list[i].err && !job->list[i].known) pouch_job_judge(job, &job->list[i], when, false);
    return err;
}
