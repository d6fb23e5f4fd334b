/*
 * A thread for each job, in a fixed number of places. Only the loop's thread starts, joins and resumes, so a place
 * needs no lock: the thread's last act is to set `done`.
 */
#include "node/web/job.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

struct place {
    struct jobs *jobs;
    struct request *request; /* NULL: free */
    void (*work)(struct request *r);
    pthread_t thread;
    atomic_bool done;
};

struct jobs {
    int wake_fd;
    atomic_bool stopping;
    struct place places[WEB_JOBS_MAX];
};

int jobs_new(struct jobs **out, int wake_fd) {
    struct jobs *jobs = calloc(1, sizeof *jobs);
    if (jobs == NULL) return ERR_MEMORY;
    jobs->wake_fd = wake_fd;
    for (size_t i = 0; i < WEB_JOBS_MAX; i++) jobs->places[i].jobs = jobs;
    *out = jobs;
    return 0;
}

static void finish(struct place *place) {
    struct request *r = place->request;
    pthread_join(place->thread, NULL);
    place->request = NULL;
    r->job = JOB_DONE;
    MHD_resume_connection(r->connection);
}

void jobs_free(struct jobs *jobs) {
    if (jobs == NULL) return;
    atomic_store(&jobs->stopping, true);
    for (size_t i = 0; i < WEB_JOBS_MAX; i++) {
        if (jobs->places[i].request != NULL) finish(&jobs->places[i]);
    }
    free(jobs);
}

static void *run(void *context) {
    struct place *place = context;
    static const uint64_t one = 1;
    place->work(place->request);
    atomic_store(&place->done, true);
    if (write(place->jobs->wake_fd, &one, sizeof one) < 0) return NULL; /* full: the loop is awake anyway */
    return NULL;
}

int job_start(struct jobs *jobs, struct request *r, void (*work)(struct request *r)) {
    size_t guests = 0;
    struct place *place = NULL;
    for (size_t i = 0; i < WEB_JOBS_MAX; i++) {
        if (jobs->places[i].request == NULL) {
            place = &jobs->places[i];
        } else if (!jobs->places[i].request->operator_) {
            guests++;
        }
    }
    if (place == NULL || (!r->operator_ && guests >= WEB_JOBS_GUEST_MAX)) return ERR_BUSY;
    place->request = r;
    place->work = work;
    atomic_store(&place->done, false);
    if (pthread_create(&place->thread, NULL, run, place) != 0) {
        place->request = NULL;
        return ERR_BUSY;
    }
    r->job = JOB_RUNNING;
    web_link_wait(r->link);
    MHD_suspend_connection(r->connection);
    return 0;
}

void jobs_collect(struct jobs *jobs) {
    for (size_t i = 0; i < WEB_JOBS_MAX; i++) {
        if (jobs->places[i].request != NULL && atomic_load(&jobs->places[i].done)) finish(&jobs->places[i]);
    }
}

int jobs_progress(void *context, uint64_t done_bytes, uint64_t total_bytes) {
    struct jobs *jobs = context;
    (void)done_bytes;
    (void)total_bytes;
    return atomic_load(&jobs->stopping) ? 1 : 0;
}
