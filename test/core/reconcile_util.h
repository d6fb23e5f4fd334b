/*
 * reconcile_util.h: a set in memory as a source of reconciliation, and two passes that talk with each other. For the
 * tests and the measurements.
 */
#ifndef TEST_RECONCILE_UTIL_H
#define TEST_RECONCILE_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/reconcile.h"

struct mem_element {
    uint64_t place; /* expiry_day << 32 | hour */
    uint64_t item;
    uint8_t id[HASH_SIZE];
};

/* A set in memory. */
struct mem_set {
    struct mem_element *elements; /* sorted by mem_set_sort, by place and id */
    size_t count, room_count;
    struct reconcile_bucket *buckets;
    size_t bucket_count;
    uint32_t partial[256];
    unsigned partial_count;
    void *lent;
    size_t lent_max;  /* more is refused; 0: no limit */
    size_t lent_size; /* of the last room */
};

void mem_set_add(struct mem_set *s, uint32_t expiry_day, uint32_t hour, uint64_t item, const uint8_t id[HASH_SIZE]);
/* Sort, drop doubles and make the buckets. To be called after additions. */
void mem_set_sort(struct mem_set *s);
bool mem_set_has(const struct mem_set *s, const struct mem_element *e);
void mem_set_free(struct mem_set *s);
struct reconcile_source mem_set_source(struct mem_set *s);

/* What a pass cost. */
struct mem_cost {
    uint64_t bytes, messages, turns; /* turns: how often the direction changed */
    uint64_t out[2];                 /* bytes of the asker, of the solver */
    uint64_t type_bytes[8];          /* by type of message */
    double seconds[2];
    unsigned passes;
    size_t room_max;
};

/* What may be done to a message on its way: change it in place (room: RECONCILE_MESSAGE_MAX) and return its new size.
 */
struct mem_wire {
    size_t max; /* what a sender may use; 0: all */
    size_t (*tamper)(void *context, struct reconcile *to, uint8_t *message, size_t size);
    void *context;
    uint64_t messages_max; /* 0: no limit; else ERR_LIMIT after so many */
};

/* Run a pass until neither side has anything to say. Return 0 or the first error. */
int mem_pass(struct reconcile *asker, struct reconcile *solver, const struct mem_wire *wire, struct mem_cost *cost);

/*
 * Run passes between two sets, a's side asking, and move what was found, until their states are equal or `passes` are
 * over. Items of a are indices of elements of a. Return 0 or an error; ERR_NOT_FOUND if they are not equal in the end.
 */
int mem_reconcile(struct mem_set *a, struct mem_set *b, const struct sketch_kernel *kernel, uint64_t seed,
                  unsigned passes, const struct mem_wire *wire, struct mem_cost *cost);

#endif
