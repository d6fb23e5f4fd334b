/*
 * pouch_open.c: read a pouch.
 *
 * The calling thread scans the file for frames and writes to the store; checkers unpack frames and check signatures.
 * Jobs go round in a ring: filled in order, checked by whoever is free, stored in order, several in one transaction, so
 * that one fsync serves many records.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "carrier/pouch_file.h"
#include "carrier/pouch_html.h"
#include "carrier/pouch_job.h"
#include "carrier/pouch_scan.h"
#include "host/compress.h"

#define CHECKERS_MAX 8 /* more cores would not make it faster than one writer, and each wants memory for its jobs */
#define GROUP 8        /* jobs of one transaction */
#define JOBS_MAX \
    (2 * GROUP + 2 * CHECKERS_MAX) /* a group being stored, one being checked meanwhile, and what is taken or waits */
#define PROGRESS_NS 100000000

enum job_state { JOB_FREE, JOB_WAITING, JOB_CHECKED };

struct opening {
    struct pouch_access *access;
    const struct pouch_open *how;
    struct pouch_opened *out;
    struct pouch_scan *scan;
    bool check_known;
    pthread_mutex_t *store_mutex, own_mutex;
    /* the ring; guarded by mutex */
    pthread_mutex_t mutex;
    pthread_cond_t filled, checked;
    struct pouch_job *jobs[JOBS_MAX];
    enum job_state states[JOBS_MAX];
    int errs[JOBS_MAX];
    size_t job_count, head, tail, next; /* running numbers: stored up to head, filled up to tail, taken up to next */
    bool stop;
    pthread_t checkers[CHECKERS_MAX];
    unsigned checker_count;
    struct timespec told;
};

static int known_look(void *context, struct pouch_checked *list, size_t count) {
    struct opening *o = context;
    int err = 0;
    pthread_mutex_lock(o->store_mutex);
    for (size_t i = 0; i < count && !err; i++) {
        if (list[i].err) continue;
        int has = store_has(o->access->store, list[i].id);
        err = has < 0 ? has : 0;
        list[i].known = has == STORE_HELD || has == STORE_GHOST;
    }
    pthread_mutex_unlock(o->store_mutex);
    return err;
}

static int unpack(void *context, uint8_t *out, size_t plain_size, const uint8_t *packed, size_t packed_size) {
    return unpacker_unpack(context, out, plain_size, packed, packed_size);
}

static void *checker_run(void *context) {
    struct opening *o = context;
    struct unpacker *unpacker = unpacker_new();
    const struct pouch_unpacker how = {.unpack = unpack, .context = unpacker};
    pthread_mutex_lock(&o->mutex);
    for (;;) {
        while (!o->stop && o->next == o->tail) pthread_cond_wait(&o->filled, &o->mutex);
        if (o->stop) break;
        size_t slot = o->next++ % o->job_count;
        pthread_mutex_unlock(&o->mutex);
        int err = unpacker ? pouch_job_check(o->jobs[slot], &how, o->how->when, o->check_known ? known_look : NULL, o)
                           : ERR_MEMORY;
        pthread_mutex_lock(&o->mutex);
        o->errs[slot] = err;
        o->states[slot] = JOB_CHECKED;
        pthread_cond_signal(&o->checked);
    }
    pthread_mutex_unlock(&o->mutex);
    unpacker_free(unpacker);
    return NULL;
}

/* Store count checked jobs from the head on in one transaction. What they held counts only when it is durable. */
static int group_store(struct opening *o, size_t count) {
    struct pouch_opened sum = {.places = o->out->places, .carried = o->out->carried};
    pthread_mutex_lock(o->store_mutex);
    int err = store_begin(o->access->store);
    for (size_t i = 0; i < count && !err; i++) {
        size_t slot = (o->head + i) % o->job_count;
        err = o->errs[slot] ? o->errs[slot]
                            : pouch_store_job(o->access->store, o->jobs[slot], o->how->when, &o->how->classes, &sum);
    }
    if (!err) err = store_commit(o->access->store);
    if (err) store_rollback(o->access->store);
    pthread_mutex_unlock(o->store_mutex);
    if (!err) pouch_opened_add(o->out, &sum);
    return err;
}

/* Wait until the jobs from the head on are checked: as many as a group has, or all that were filled. Return how many.
 */
static size_t group_wait(struct opening *o) {
    size_t count = 0;
    pthread_mutex_lock(&o->mutex);
    size_t wanted = o->tail - o->head < GROUP ? o->tail - o->head : GROUP;
    while (count < wanted) {
        if (o->states[(o->head + count) % o->job_count] == JOB_CHECKED)
            count++;
        else
            pthread_cond_wait(&o->checked, &o->mutex);
    }
    pthread_mutex_unlock(&o->mutex);
    return count;
}

static void group_free(struct opening *o, size_t count) {
    pthread_mutex_lock(&o->mutex);
    for (size_t i = 0; i < count; i++) o->states[o->head++ % o->job_count] = JOB_FREE;
    pthread_mutex_unlock(&o->mutex);
}

/* Fill free jobs with frames. Return 1 while the file goes on, 0 at its end, or an error. */
static int jobs_fill(struct opening *o) {
    struct pouch_frame frame;
    const uint8_t *sections;
    while (o->tail - o->head < o->job_count) {
        int got = pouch_scan_next(o->scan, &frame, &sections);
        if (got <= 0) return got;
        size_t slot = o->tail % o->job_count;
        pouch_job_fill(o->jobs[slot], &frame, sections);
        o->out->frames++;
        pthread_mutex_lock(&o->mutex);
        o->states[slot] = JOB_WAITING;
        o->tail++;
        pthread_cond_signal(&o->filled);
        pthread_mutex_unlock(&o->mutex);
    }
    return 1;
}

static int progress_tell(struct opening *o) {
    struct timespec now;
    if (!o->access->progress) return 0;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if ((now.tv_sec - o->told.tv_sec) * INT64_C(1000000000) + (now.tv_nsec - o->told.tv_nsec) < PROGRESS_NS) return 0;
    o->told = now;
    return o->access->progress(o->access->context, pouch_scan_at(o->scan), pouch_scan_size(o->scan)) ? ERR_INTERRUPTED
                                                                                                     : 0;
}

static int pouch_read(struct opening *o) {
    int more = 1;
    while (more > 0 || o->head < o->tail) {
        if (more > 0) more = jobs_fill(o);
        if (more < 0) return more;
        if (o->out->frames == 0) return ERR_NOT_POUCH;
        size_t count = group_wait(o);
        int err = count > 0 ? group_store(o, count) : 0;
        group_free(o, count);
        if (!err) err = progress_tell(o);
        if (err) return err;
    }
    return 0;
}

static int checkers_start(struct opening *o) {
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned wanted = o->how->threads ? o->how->threads : processors > 0 ? (unsigned)processors : 1;
    if (wanted > CHECKERS_MAX) wanted = CHECKERS_MAX;
    o->job_count = 2 * GROUP + 2 * (size_t)wanted;
    for (size_t i = 0; i < o->job_count; i++) {
        o->jobs[i] = pouch_job_new();
        if (!o->jobs[i]) return ERR_MEMORY;
    }
    for (; o->checker_count < wanted; o->checker_count++)
        if (pthread_create(&o->checkers[o->checker_count], NULL, checker_run, o) != 0)
            return o->checker_count > 0 ? 0 : ERR_MEMORY;
    return 0;
}

static void checkers_stop(struct opening *o) {
    pthread_mutex_lock(&o->mutex);
    o->stop = true;
    pthread_cond_broadcast(&o->filled);
    pthread_mutex_unlock(&o->mutex);
    for (unsigned i = 0; i < o->checker_count; i++) pthread_join(o->checkers[i], NULL);
    for (size_t i = 0; i < o->job_count; i++) pouch_job_free(o->jobs[i]);
}

static int is_empty(struct opening *o, bool *empty) {
    struct store_stats stats;
    pthread_mutex_lock(o->store_mutex);
    int err = store_stats(o->access->store, o->how->when.now, &stats);
    pthread_mutex_unlock(o->store_mutex);
    *empty = !err && stats.records == 0 && stats.sealed == 0 && stats.ghosts == 0;
    return err;
}

int pouch_file_open(struct pouch_access *access, int fd, const struct pouch_open *how, struct pouch_opened *out) {
    bool empty = true;
    int err = 0;
    struct opening *o = calloc(1, sizeof *o);
    memset(out, 0, sizeof *out);
    if (!o) return ERR_MEMORY;
    o->access = access;
    o->how = how;
    o->out = out;
    pthread_mutex_init(&o->own_mutex, NULL);
    pthread_mutex_init(&o->mutex, NULL);
    pthread_cond_init(&o->filled, NULL);
    pthread_cond_init(&o->checked, NULL);
    o->store_mutex = access->mutex ? access->mutex : &o->own_mutex;
    struct pouch_source source, frames;
    struct pouch_html html;
    err = pouch_source_file(&source, &fd);
    int saved = err ? err : pouch_html_find(&html, &source, &frames);
    if (saved < 0) err = saved;
    if (!err) o->scan = pouch_scan_new(saved ? &frames : &source, &err);
    if (o->scan) err = is_empty(o, &empty);
    o->check_known = !empty;
    if (!err) err = checkers_start(o);
    if (!err) err = pouch_read(o);
    checkers_stop(o);
    if (o->scan) {
        if (!err || err == ERR_NOT_POUCH) { /* a file that was not read to its end says nothing of what is behind */
            out->damaged = pouch_scan_damaged(o->scan);
            out->truncated = pouch_scan_is_truncated(o->scan);
        }
        out->bytes = pouch_scan_size(o->scan);
    }
    pouch_scan_free(o->scan);
    pthread_cond_destroy(&o->checked);
    pthread_cond_destroy(&o->filled);
    pthread_mutex_destroy(&o->mutex);
    pthread_mutex_destroy(&o->own_mutex);
    free(o);
    return err;
}
