/*
 * job.h: long work on threads of its own, while its request is suspended.
 */
#ifndef NODE_WEB_JOB_H
#define NODE_WEB_JOB_H

#include "node/web/request.h"

struct jobs;

/* Make room for WEB_JOBS_MAX jobs; wake_fd is an eventfd that is written when one is done. ERR_MEMORY. */
MUST_CHECK int jobs_new(struct jobs **out, int wake_fd);

/* End all jobs (they see jobs_are_stopping and end early), resume their requests, free. NULL is fine. */
void jobs_free(struct jobs *jobs);

/*
 * Suspend the request and run work on a thread; jobs_collect resumes it, and its handler is called again with r->job ==
 * JOB_DONE. Errors: ERR_BUSY if as many as may are running; then nothing is suspended.
 */
MUST_CHECK int job_start(struct jobs *jobs, struct request *r, void (*work)(struct request *r));

/* Resume the requests whose jobs are done; on the loop's thread. */
void jobs_collect(struct jobs *jobs);

/* For pouch_access: stops the work when the server stops. context is the jobs. */
int jobs_progress(void *context, uint64_t done_bytes, uint64_t total_bytes);

#endif
