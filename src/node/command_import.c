/*
 * command_import.c: many messages at once. A thread of its own signs, in order, since each record names the one before
 * it; this one reads lines and stores, a batch a transaction. Signing takes longest, so it never waits: batches go
 * round from reading to signing to storing. When the disk is slower than the signing, several share a transaction.
 *
 * Another writer of this home may come in between (a node serves several). Then compose_put stores nothing and says
 * ERR_BUSY; the batch is signed again from where the author's sequence stands now, under home_enter, and the signing
 * thread goes on from there.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "node/command.h"
#include "node/import_batch.h"
#include "node/lines.h"
#include "node/lookup.h"
#include "node/render.h"

#define BATCHES 8
#define AHEAD 3     /* batches that lie ready for the signing thread */
#define GROUP_MAX 4 /* batches of one transaction, when the disk is slower than the signing */
#define ERRORS_SHOWN_MAX 1000

struct import {
    const struct command_call *call;
    const char *file;
    uint8_t community[HASH_SIZE];
    struct lines *lines;
    struct composer composer; /* the signing thread's, while it runs */
    uint64_t total_bytes;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct import_batch *batches[BATCHES];
    /* How many batches were read, signed, and stored so far; only the second is the other thread's to count. */
    unsigned parsed, signed_, stored;
    bool last; /* no line is left */
    bool stop;
    bool moved; /* the author's sequence went on without us: moved_to is where it stands */
    struct composer moved_to;
    uint64_t imported, waiting, rejected, errors_shown;
};

/* Fill a batch with lines. */
static void batch_read(struct import *im, struct import_batch *b) {
    const char *text;
    size_t size;
    import_batch_clear(b);
    while (!import_batch_is_full(b)) {
        int got = lines_next(im->lines, &text, &size);
        if (got == ERR_LIMIT) {
            import_batch_refuse(b, im->lines->number, ERR_LIMIT, "the line is longer than 256 KiB");
            continue;
        }
        if (got <= 0) {
            b->err = got;
            b->last = true;
            break;
        }
        size_t blank = 0;
        while (blank < size && (text[blank] == ' ' || text[blank] == '\t' || text[blank] == '\r')) blank++;
        if (blank < size) import_batch_add(b, im->lines->number, text, size);
    }
    b->bytes = im->lines->bytes;
}

static void *sign_main(void *argument) {
    struct import *im = argument;
    pthread_mutex_lock(&im->mutex);
    while (!im->stop) {
        if (im->parsed == im->signed_ || (im->moved && im->signed_ != im->stored)) {
            pthread_cond_wait(&im->changed, &im->mutex);
            continue;
        }
        if (im->moved) {
            im->composer = im->moved_to;
            im->moved = false;
        }
        struct import_batch *b = im->batches[im->signed_ % BATCHES];
        pthread_mutex_unlock(&im->mutex);
        import_batch_sign(b, &im->composer, im->call->now);
        pthread_mutex_lock(&im->mutex);
        im->signed_++;
        pthread_cond_broadcast(&im->changed);
    }
    pthread_mutex_unlock(&im->mutex);
    return NULL;
}

/* Take out the items that reply to a message which is not here, as errors. The caller holds home_enter. */
static int replies_check(struct import *im, struct import_batch *b) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < b->count; i++) {
        int seen = b->items[i].has_reply ? store_has(im->call->home->store, b->items[i].reply) : STORE_HELD;
        if (seen < 0) return seen;
        if (seen == STORE_UNKNOWN && b->error_count < IMPORT_BATCH_ERRORS)
            import_batch_refuse(b, b->items[i].line, ERR_NOT_FOUND, "the message that it replies to is not here");
        else
            b->items[kept++] = b->items[i];
    }
    b->stale = b->stale || kept < b->count;
    b->count = kept;
    return 0;
}

/* Sign the batch again, from where the author's sequence stands, and store it. The caller holds home_enter. */
static int batch_again(struct import *im, struct import_batch *b) {
    struct composer c;
    int err = compose_open(im->call->home, im->community, false, &c);
    if (err) return err;
    import_batch_sign(b, &c, im->call->now);
    err = compose_put(im->call->home, b->composed, b->signed_count, im->call->now);
    if (!err) {
        pthread_mutex_lock(&im->mutex);
        im->moved = true;
        im->moved_to = c;
        pthread_mutex_unlock(&im->mutex);
    }
    compose_close(&c);
    return err;
}

/* Store what was signed of the next count batches in one transaction. ERR_BUSY if one of them must be signed again. */
static int group_store(struct import *im, unsigned count) {
    struct home *home = im->call->home;
    home_enter(home);
    int err = store_begin(home->store);
    bool open = !err;
    for (unsigned i = 0; i < count && !err; i++) {
        struct import_batch *b = im->batches[(im->stored + i) % BATCHES];
        err = replies_check(im, b);
        if (!err) err = b->stale ? ERR_BUSY : compose_put_within(home, b->composed, b->signed_count, im->call->now);
    }
    if (!err) err = store_commit(home->store);
    if (err && open) store_rollback(home->store);
    home_leave(home);
    return err;
}

static int error_order(const void *a, const void *b) {
    const struct import_error *x = a, *y = b;
    return x->line < y->line ? -1 : x->line > y->line;
}

static void errors_say(struct import *im, struct import_batch *b) {
    const struct output *out = im->call->out;
    qsort(b->errors, b->error_count, sizeof *b->errors, error_order);
    for (uint32_t i = 0; i < b->error_count; i++) {
        const struct import_error *e = &b->errors[i];
        im->rejected++;
        if (++im->errors_shown <= ERRORS_SHOWN_MAX)
            output_note(im->call->out, "%s:%llu: %s", im->file, (unsigned long long)e->line,
                        output_text(out, e->words ? e->words : err_text(e->err)));
        else if (im->errors_shown == ERRORS_SHOWN_MAX + 1)
            output_note(im->call->out, "… and more, which are only counted");
    }
}

static void count_up(struct import *im, unsigned *count) {
    pthread_mutex_lock(&im->mutex);
    (*count)++;
    pthread_cond_broadcast(&im->changed);
    pthread_mutex_unlock(&im->mutex);
}

/* Tell of the next batch, which is stored, and let it go. Return 0 to go on, or what ends the work. */
static int batch_finish(struct import *im) {
    struct output *out = im->call->out;
    struct import_batch *b = im->batches[im->stored % BATCHES];
    im->imported += b->signed_count;
    im->waiting += b->waiting;
    errors_say(im, b);
    if (out->json && b->signed_count > 0 && request_option(im->call->req, "progress")) {
        output_json(out, json_pack("{s:I}", "committed", (json_int_t)im->imported));
        output_flush(out);
    }
    bool stopped = output_progress(out, b->bytes, im->total_bytes);
    int err = b->err ? b->err : stopped && !b->last ? ERR_INTERRUPTED : 0;
    count_up(im, &im->stored);
    return err;
}

/* Store the next batches, together if nothing is wrong with them, else one by one. Return 0 or what ends the work. */
static int batches_store(struct import *im, unsigned count) {
    int ended = 0, err = group_store(im, count);
    bool together = err == 0;
    if (err && err != ERR_BUSY) return err;
    for (unsigned i = 0; i < count && (together || !ended); i++) {
        err = together ? 0 : group_store(im, 1);
        if (err == ERR_BUSY) {
            home_enter(im->call->home);
            err = batch_again(im, im->batches[im->stored % BATCHES]);
            home_leave(im->call->home);
        }
        if (err) return err;
        int finished = batch_finish(im);
        if (finished) ended = finished; /* what is stored is told to its end */
    }
    return ended;
}

enum step { STEP_READ, STEP_STORE, STEP_END };

/* Wait until there is something to do here, and tell what: read while the signing thread would soon have nothing to do,
 * else store. */
static enum step step_wait(struct import *im, unsigned *ready) {
    enum step step;
    pthread_mutex_lock(&im->mutex);
    for (;;) {
        bool may_read = !im->last && im->parsed - im->stored < BATCHES, may_store = im->signed_ != im->stored;
        *ready = im->signed_ - im->stored;
        step = may_read && (!may_store || im->parsed - im->signed_ < AHEAD) ? STEP_READ
               : may_store                                                  ? STEP_STORE
                                                                            : STEP_END;
        if (step != STEP_END || (im->last && im->parsed == im->stored)) break;
        pthread_cond_wait(&im->changed, &im->mutex);
    }
    pthread_mutex_unlock(&im->mutex);
    return step;
}

/* Read and store until everything is stored. Return 0 or what ended it. */
static int read_and_store(struct import *im) {
    for (;;) {
        int err;
        unsigned ready;
        switch (step_wait(im, &ready)) {
        case STEP_READ:
            batch_read(im, im->batches[im->parsed % BATCHES]);
            im->last = im->batches[im->parsed % BATCHES]->last;
            count_up(im, &im->parsed);
            break;
        case STEP_STORE:
            err = batches_store(im, ready < GROUP_MAX ? ready : GROUP_MAX);
            if (err) return err;
            break;
        case STEP_END: return 0;
        }
    }
}

static int import_run(struct import *im) {
    pthread_t thread;
    pthread_mutex_init(&im->mutex, NULL);
    pthread_cond_init(&im->changed, NULL);
    int err = pthread_create(&thread, NULL, sign_main, im) == 0 ? 0 : ERR_MEMORY;
    if (!err) {
        err = read_and_store(im);
        pthread_mutex_lock(&im->mutex);
        im->stop = true;
        pthread_cond_broadcast(&im->changed);
        pthread_mutex_unlock(&im->mutex);
        pthread_join(thread, NULL);
    }
    pthread_cond_destroy(&im->changed);
    pthread_mutex_destroy(&im->mutex);
    return err;
}

static int import_say(const struct import *im, int err) {
    struct output *out = im->call->out;
    if (err == ERR_INTERRUPTED)
        output_say(out, "interrupted; what is told below is stored");
    else if (err)
        (void)command_failed(im->call, err);
    output_json(out, json_pack("{s:I,s:I,s:I}", "imported", (json_int_t)im->imported, "waiting",
                               (json_int_t)im->waiting, "rejected", (json_int_t)im->rejected));
    output_print(out, "messages imported: %llu, lines rejected: %llu\n", (unsigned long long)im->imported,
                 (unsigned long long)im->rejected);
    if (im->waiting > 0)
        output_say(out,
                   "imported messages that wait: %llu; their time lies more than 10 minutes ahead of this clock. They "
                   "show when it gets there",
                   (unsigned long long)im->waiting);
    return err || im->rejected > 0 ? COMMAND_FAILED : COMMAND_DONE;
}

static int import_allot(struct import *im) {
    im->lines = malloc(sizeof *im->lines);
    bool all = im->lines != NULL;
    for (unsigned i = 0; i < BATCHES; i++) {
        im->batches[i] = malloc(sizeof *im->batches[i]);
        all = all && im->batches[i];
    }
    return all ? 0 : ERR_MEMORY;
}

static bool nobody_waits(void *context) {
    return output_stopped(context);
}

int command_import(const struct command_call *call) {
    struct stat info;
    int status = COMMAND_FAILED;
    char file[RENDER_TITLE_SIZE];
    struct store_community *c = malloc(sizeof *c);
    struct import *im = calloc(1, sizeof *im);
    int err = c && im ? import_allot(im) : ERR_MEMORY;
    if (err) {
        (void)command_failed(call, err);
        goto err0;
    }
    if (call->req->file_count != 1) {
        output_say(call->out, "a file of lines is missing");
        status = COMMAND_USAGE;
        goto err0;
    }
    if (lookup_community(call, command_argument(call, 0), c)) goto err0;
    home_enter(call->home);
    err = compose_open(call->home, c->charter.community, false, &im->composer);
    home_leave(call->home);
    if (err == ERR_COMMUNITY)
        output_say(call->out, "this group came in a parcel and you have not joined it; to write in it: longear join %s",
                   command_argument(call, 0));
    else if (err)
        (void)command_failed(call, err);
    if (err) goto err0;
    render_safe(file, sizeof file, command_argument(call, 1));
    im->call = call;
    memcpy(im->community, c->charter.community, HASH_SIZE);
    im->file = file;
    im->total_bytes = fstat(call->req->files[0], &info) == 0 && S_ISREG(info.st_mode) ? (uint64_t)info.st_size : 0;
    lines_init(im->lines, call->req->files[0], nobody_waits, call->out);
    status = import_say(im, import_run(im));
    compose_close(&im->composer);
    compose_close(&im->moved_to);
    command_finish(call);
err0:
    for (unsigned i = 0; im && i < BATCHES; i++) free(im->batches[i]);
    if (im) free(im->lines);
    free(im);
    free(c);
    return status;
}
