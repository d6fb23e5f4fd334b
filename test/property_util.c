/*
 * property_util.c: splitmix64 (Steele, Lea, Flood 2014), which is short and good enough to choose test input.
 */
#include "test/property_util.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void rng_begin(struct rng *g, const char *name) {
    const char *text = getenv("LONGEAR_TEST_SEED");
    uint64_t seed = text ? strtoull(text, NULL, 0) : 20220105;
    g->state = seed;
    for (const char *at = name; *at; at++) g->state = g->state * 31 + (unsigned char)*at;
    fprintf(stderr, "property %s: LONGEAR_TEST_SEED=%llu\n", name, (unsigned long long)seed);
}

uint64_t rng_u64(struct rng *g) {
    uint64_t z = g->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

uint64_t rng_below(struct rng *g, uint64_t n) {
    return rng_u64(g) % n;
}

uint64_t rng_wide(struct rng *g) {
    return rng_u64(g) >> (1 + rng_below(g, 63));
}

bool rng_one_in(struct rng *g, unsigned n) {
    return rng_below(g, n) == 0;
}

void rng_bytes(struct rng *g, uint8_t *out, size_t size) {
    for (size_t i = 0; i < size; i++) out[i] = (uint8_t)(rng_u64(g) & 0xff);
}

static size_t mutate_once(struct rng *g, uint8_t *bytes, size_t size, size_t room) {
    static const uint8_t edges[] = {0, 1, 0x7f, 0x80, 0xff};
    if (size == 0) return 0;
    size_t at = (size_t)rng_below(g, size), length = 1 + (size_t)rng_below(g, 8);
    if (rng_one_in(g, 4)) length = 1 + (size_t)rng_below(g, size);
    if (length > size - at) length = size - at;
    switch (rng_below(g, 7)) {
    case 0: return at;
    case 1: /* delete */ memmove(bytes + at, bytes + at + length, size - at - length); return size - length;
    case 2: /* insert noise, or double what stands there */
    case 3:
        if (length > room - size) return size;
        memmove(bytes + at + length, bytes + at, size - at);
        if (rng_one_in(g, 2)) rng_bytes(g, bytes + at, length);
        return size + length;
    case 4: bytes[at] = edges[rng_below(g, sizeof edges)]; return size;
    case 5: rng_bytes(g, bytes + at, 1); return size;
    default: bytes[at] ^= (uint8_t)(1u << rng_below(g, 8)); return size;
    }
}

size_t rng_mutate(struct rng *g, uint8_t *bytes, size_t size, size_t room) {
    for (uint64_t times = 1 + rng_below(g, 3); times > 0; times--) size = mutate_once(g, bytes, size, room);
    return size;
}
