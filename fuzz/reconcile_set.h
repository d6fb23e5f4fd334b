/*
 * reconcile_set.h: fixed sets as sources of reconciliation, for the harness where bytes are the peer, and for whoever
 * makes its corpus.
 */
#ifndef FUZZ_RECONCILE_SET_H
#define FUZZ_RECONCILE_SET_H

#include <string.h>

#include "core/check.h"
#include "core/crypto.h"
#include "core/reconcile.h"

#define FIXED_SET_MAX 600
#define FIXED_DAY 20000
#define FIXED_ROOM (3 * 1024 * 1024)

struct fixed_set {
    unsigned from, count; /* elements from..from + count */
    uint64_t room[FIXED_ROOM / 8];
};

static inline uint64_t fixed_place(unsigned i) {
    return (uint64_t)(FIXED_DAY + i / 240) << 32 | (480000 + i / 10);
}

static inline void fixed_id(unsigned i, uint8_t id[HASH_SIZE]) {
    memset(id, 0, HASH_SIZE);
    id[0] = (uint8_t)(i & 0xff);
    id[1] = (uint8_t)(i >> 8);
}

static inline int fixed_buckets(void *context, uint32_t first_day, reconcile_visit_bucket visit, void *visit_context) {
    const struct fixed_set *s = context;
    for (unsigned i = s->from, end; i < s->from + s->count; i = end) {
        struct reconcile_bucket b = {(uint32_t)(fixed_place(i) >> 32), (uint32_t)(fixed_place(i) & UINT32_MAX), 0, {0}};
        for (end = i; end < s->from + s->count && fixed_place(end) == fixed_place(i); end++) b.count++;
        fixed_id(i, b.digest);
        b.digest[31] = (uint8_t)b.count;
        const int err = b.expiry_day >= first_day ? visit(visit_context, &b) : 0;
        if (err) return err;
    }
    return 0;
}

static inline int fixed_seen(void *context, uint64_t lo, uint64_t hi, reconcile_visit_seen visit, void *visit_context) {
    const struct fixed_set *s = context;
    uint8_t id[HASH_SIZE];
    for (unsigned i = s->from; i < s->from + s->count; i++) {
        if (fixed_place(i) < lo || fixed_place(i) >= hi) continue;
        fixed_id(i, id);
        const int err = visit(visit_context, id, i);
        if (err) return err;
    }
    return 0;
}

static inline int fixed_is_partial(void *context, uint32_t expiry_day) {
    (void)context;
    return expiry_day % 4 == 3;
}

static inline void *fixed_room(void *context, size_t size) {
    struct fixed_set *s = context;
    return size <= sizeof s->room ? s->room : NULL;
}

/* Begin a pass over fixed set number `which` as `choice` says: bit 0 the asker, bits 1 to 2 the size, bit 3 the floor.
 */
static inline void fixed_reconcile(struct reconcile *r, struct fixed_set *s, uint8_t choice, unsigned from) {
    static const unsigned sizes[4] = {0, 20, 150, FIXED_SET_MAX - 40};
    s->from = from;
    s->count = sizes[choice >> 1 & 3];
    const struct reconcile_source source = {s, fixed_buckets, fixed_seen, fixed_is_partial, fixed_room};
    struct reconcile_config config = {.asker = choice & 1,
                                      .digest_size = 1,
                                      .floor_day = FIXED_DAY - 1 + (choice >> 3 & 1),
                                      .work_max = UINT64_C(1) << 24,
                                      .kernel = gf40_bitslice()};
    reconcile_init(r, &source, &config);
}

#endif
