/*
 * pouch_store.c: put what came out of a pouch's frames into a store.
 */
#include "carrier/pouch_store.h"

#include <stdlib.h>

#include "carrier/admit.h"
#include "core/blob.h"

/* Communities that a store takes in by pouches without the person having joined them. */
#define CARRIED_MAX 256

static void refuse(struct pouch_opened *out, int err) {
    out->rejected++;
    if (-err > 0 && -err < POUCH_REFUSALS_MAX) out->refused[-err]++;
}

int pouch_store_communities(struct store *store, struct pouch_job *job, struct when when, bool joined,
                            struct pouch_opened *sum) {
    struct store_community *known = malloc(sizeof *known);
    struct store_stats stats;
    int err = known ? 0 : ERR_MEMORY;
    for (unsigned i = 0; i < job->records.community_count && !err; i++) {
        if (job->records.community_err[i] || !charter_is_public(&job->records.charters[i])) continue;
        err = store_community_get(store, job->records.charters[i].community, when.now, known);
        if (err != ERR_NOT_FOUND && (err || !joined || known->joined)) continue;
        err = store_stats(store, when.now, &stats);
        if (err || stats.communities >= CARRIED_MAX) continue; /* its records come out as ERR_COMMUNITY */
        /* A parcel takes no more than half of the places that it found free: who fills one with made-up groups leaves
         * room for the next. */
        if (sum->places == 0) sum->places = 1 + (unsigned)(CARRIED_MAX - stats.communities) / 2;
        if (!joined && sum->carried >= sum->places) continue;
        int put = store_community_put(store, &job->records.charter_records[i], joined);
        err = put < 0 ? put : 0;
        sum->communities += put > 0;
        sum->carried += put > 0 && !joined;
    }
    free(known);
    return err;
}

int pouch_store_record(struct store *store, struct pouch_job *job, const struct pouch_checked *c, struct when when,
                       const struct admit_classes *classes, struct pouch_opened *sum) {
    struct record r;
    if (c->known) {
        sum->known++;
        return 0;
    }
    int err = c->err;
    if (!err) err = pouch_job_record(job, c, &r);
    if (err) {
        refuse(sum, err);
        return 0;
    }
    const struct store_source from = {.class = admit_class_by(classes, pouch_job_charter(job, &r), &r),
                                      .link = BUDGET_LINK_PARCEL};
    int put = store_put_from(store, &r, job->arena + c->offset, c->size, when.now, &from);
    if (put < 0 && !admit_is_refusal(put)) return put;
    if (put < 0) {
        refuse(sum, put);
    } else if (put == 0) {
        sum->known++;
    } else if (c->sealed) {
        sum->sealed++;
    } else {
        sum->accepted++;
        sum->waiting += when_is_ahead(r.created, when.now);
    }
    return 0;
}

static int chunk_store(struct store *store, const struct pouch_chunk *chunk, struct when when,
                       struct pouch_opened *sum) {
    uint64_t size_bytes;
    uint32_t held;
    int put = store_chunk_put(store, chunk->blob, chunk->size_bytes, chunk->index, chunk->proof, chunk->proof_size,
                              chunk->data, chunk->data_size, when.now);
    if (put <= 0) return put;
    sum->chunks++;
    int err = store_blob_get(store, chunk->blob, &size_bytes, &held);
    if (!err && held == blob_chunk_count(size_bytes)) sum->blobs++;
    return err;
}

int pouch_store_rest(struct store *store, struct pouch_job *job, struct when when, struct pouch_opened *sum) {
    if (job->frame.type == POUCH_CHUNK && !job->err) return chunk_store(store, &job->chunk, when, sum);
    if (job->err) sum->refused[-job->err < POUCH_REFUSALS_MAX ? -job->err : 0]++;
    return 0;
}

int pouch_store_job(struct store *store, struct pouch_job *job, struct when when, const struct admit_classes *classes,
                    struct pouch_opened *sum) {
    int err = pouch_store_communities(store, job, when, false, sum);
    for (size_t i = 0; i < job->count && !err; i++)
        err = pouch_store_record(store, job, &job->list[i], when, classes, sum);
    return err ? err : pouch_store_rest(store, job, when, sum);
}

void pouch_opened_add(struct pouch_opened *out, const struct pouch_opened *sum) {
    out->accepted += sum->accepted;
    out->sealed += sum->sealed;
    out->known += sum->known;
    out->rejected += sum->rejected;
    out->waiting += sum->waiting;
    out->blobs += sum->blobs;
    out->chunks += sum->chunks;
    out->communities += sum->communities;
    out->places = sum->places;
    out->carried = sum->carried;
    for (size_t i = 0; i < POUCH_REFUSALS_MAX; i++) out->refused[i] += sum->refused[i];
}
