/*
 * session_mutex.h: a mutex as the lock of a session_store, for nodes with several threads.
 */
#ifndef CARRIER_SESSION_MUTEX_H
#define CARRIER_SESSION_MUTEX_H

#include <pthread.h>

#include "carrier/session_store.h"

/* Return the lock that a mutex is; mutex is borrowed for its life. */
struct session_lock session_mutex(pthread_mutex_t *mutex);

#endif
