/*
 * bucket.h: a token bucket: so many at once, then so many a second.
 */
#ifndef CARRIER_BUCKET_H
#define CARRIER_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

struct bucket {
    uint32_t size, per_second;
    uint64_t level; /* in thousandths */
    uint64_t at_ms;
};

/* Begin full. Both at most 1,000,000. */
static inline void bucket_init(struct bucket *b, uint32_t size, uint32_t per_second, uint64_t now_ms) {
    *b = (struct bucket){size, per_second, (uint64_t)size * 1000, now_ms};
}

/* Take one; return false if there is none. A clock that goes back gives nothing. */
static inline bool bucket_take(struct bucket *b, uint64_t now_ms) {
    uint64_t full = (uint64_t)b->size * 1000, passed = now_ms > b->at_ms ? now_ms - b->at_ms : 0;
    uint64_t gain = passed > 1000000 ? full : passed * b->per_second;
    b->level = b->level + gain < full ? b->level + gain : full;
    b->at_ms = now_ms;
    if (b->level < 1000) return false;
    b->level -= 1000;
    return true;
}

#endif
