/*
 * siphash.c: two rounds for each 8 bytes, four at the end; the last word carries the size in its high byte.
 */
#include "core/siphash.h"

struct state {
    uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotate(uint64_t x, unsigned by) {
    return x << by | x >> (64 - by);
}

static inline uint64_t load(const uint8_t *p) {
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 | (uint64_t)p[4] << 32 |
           (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;
}

static inline void begin(struct state *s, const uint8_t *key) {
    const uint64_t k0 = load(key), k1 = load(key + 8);
    s->v0 = k0 ^ UINT64_C(0x736f6d6570736575);
    s->v1 = k1 ^ UINT64_C(0x646f72616e646f6d);
    s->v2 = k0 ^ UINT64_C(0x6c7967656e657261);
    s->v3 = k1 ^ UINT64_C(0x7465646279746573);
}

static inline void turn(struct state *s) {
    s->v0 += s->v1, s->v1 = rotate(s->v1, 13) ^ s->v0, s->v0 = rotate(s->v0, 32);
    s->v2 += s->v3, s->v3 = rotate(s->v3, 16) ^ s->v2;
    s->v0 += s->v3, s->v3 = rotate(s->v3, 21) ^ s->v0;
    s->v2 += s->v1, s->v1 = rotate(s->v1, 17) ^ s->v2, s->v2 = rotate(s->v2, 32);
}

static inline void absorb(struct state *s, uint64_t word) {
    s->v3 ^= word;
    turn(s);
    turn(s);
    s->v0 ^= word;
}

static inline uint64_t end(struct state *s) {
    s->v2 ^= 0xff;
    turn(s);
    turn(s);
    turn(s);
    turn(s);
    return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

uint64_t siphash24(const uint8_t key[SIPHASH_KEY_SIZE], const uint8_t *data, size_t size) {
    struct state s;
    size_t at = 0;
    begin(&s, key);
    for (; size - at >= 8; at += 8) absorb(&s, load(data + at));
    uint64_t last = (uint64_t)(size & 0xff) << 56;
    for (unsigned i = 0; at + i < size; i++) last |= (uint64_t)data[at + i] << (8 * i);
    absorb(&s, last);
    return end(&s);
}

uint64_t siphash24_32(const uint8_t key[SIPHASH_KEY_SIZE], const uint8_t data[32]) {
    struct state s;
    begin(&s, key);
    absorb(&s, load(data));
    absorb(&s, load(data + 8));
    absorb(&s, load(data + 16));
    absorb(&s, load(data + 24));
    absorb(&s, UINT64_C(32) << 56);
    return end(&s);
}
