/*
 * exec.h: run another program and read what it says, without a shell in between.
 */
#ifndef NODE_EXEC_H
#define NODE_EXEC_H

#include <stddef.h>

#include "core/err.h"

#define EXEC_OUT_MAX 65536
#define EXEC_ERR_MAX 1024
#define EXEC_WAIT_MS_MAX 60000

struct exec {
    int status;             /* its exit status, or 128 and the signal that ended it */
    char out[EXEC_OUT_MAX]; /* what it wrote, zero-terminated; what is beyond is read and dropped */
    char err[EXEC_ERR_MAX];
};

/*
 * Run argv[0], found on PATH, with argv (ends with NULL), standard input empty and messages in English, and wait for
 * it, at most wait_ms; then it is killed. Return 0 once it has ended, whatever its status. Errors: ERR_NOT_FOUND (no
 * such program), ERR_INTERRUPTED (it took too long), ERR_IO.
 */
MUST_CHECK int exec_run(struct exec *e, const char *const *argv, int wait_ms);

#endif
