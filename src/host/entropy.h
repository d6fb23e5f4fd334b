/*
 * entropy.h: whether the system gives random numbers. Without them nothing here may start: a key that others can guess,
 * or that many devices have alike, looks like any other.
 */
#ifndef HOST_ENTROPY_H
#define HOST_ENTROPY_H

#include "core/err.h"

/*
 * Draw some, wait if the system has not gathered enough yet (while it boots), and look whether they are always the
 * same. Return 0 or ERR_ENTROPY. Call it before sodium_init, which ends the process where there are none.
 */
MUST_CHECK int entropy_check(void);

#endif
