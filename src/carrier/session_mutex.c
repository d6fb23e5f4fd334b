/*
 * session_mutex.c: a mutex as the lock of a session_store.
 */
#include "carrier/session_mutex.h"

#include "core/check.h"

static void enter(void *context) {
    CHECK(pthread_mutex_lock(context) == 0);
}

static void leave(void *context) {
    CHECK(pthread_mutex_unlock(context) == 0);
}

struct session_lock session_mutex(pthread_mutex_t *mutex) {
    return (struct session_lock){.enter = enter, .leave = leave, .context = mutex};
}
