/*
 * reconcile_plan.c: choices that cost bytes. None of them is part of the protocol: another program may choose
 * otherwise.
 *
 * The number of differences in a part is Poisson distributed. A sketch that is too long wastes its end, one that is too
 * short only costs an extension, so the first sketches are on the short side; how much to add is reckoned from what the
 * decoded parts held.
 */
#include "core/check.h"
#include "core/reconcile_internal.h"

#define PART_MEAN 44
#define SYNDROME_BITS (8 * SKETCH_SYNDROME_SIZE)

static unsigned log2_up(uint64_t x) {
    return x > 1 ? 64 - (unsigned)__builtin_clzll(x - 1) : 0;
}

uint32_t plan_parts_max(uint64_t n_a, uint64_t n_b) {
    const uint64_t parts = 8 + (n_a + n_b) / 32;
    return parts < RECONCILE_PARTS_MAX ? (uint32_t)parts : RECONCILE_PARTS_MAX;
}

unsigned plan_ranges(uint64_t n) {
    unsigned ranges = 8;
    for (uint64_t reach = 4096; reach < n && ranges < 24; reach *= 4) ranges += 3;
    return ranges;
}

unsigned plan_list_bits(uint64_t n_own, uint64_t n_peer) {
    /* One pair in 256 lists falls together by chance. */
    const unsigned bits = 8 + log2_up(n_own + 1) + log2_up(n_peer + 1);
    return bits < 16 ? 16 : bits > 48 ? 48 : bits;
}

enum plan_way plan_way(uint64_t estimate, uint64_t n_own, uint64_t n_peer, uint32_t parts_max) {
    const unsigned bits = plan_list_bits(n_own, n_peer);
    const uint64_t own = n_own * (bits + 2 - log2_up(n_own + 1)) + 64;
    const uint64_t peer = n_peer * (bits + 2 - log2_up(n_peer + 1)) + 80;
    const uint64_t sketch = estimate * (SYNDROME_BITS + SYNDROME_BITS / 8) + 64;
    const uint64_t list = own < peer ? own : peer;
    if (list < sketch || estimate > (uint64_t)parts_max * 2 * PART_MEAN)
        return own < peer ? PLAN_LIST_OWN : PLAN_LIST_PEER;
    return PLAN_SKETCH;
}

void plan_parts(uint64_t estimate, uint32_t parts_max, uint32_t *parts, uint32_t *capacity) {
    const uint64_t wanted = (estimate + PART_MEAN / 2) / PART_MEAN;
    *parts = wanted < 1 ? 1 : wanted > parts_max ? parts_max : (uint32_t)wanted;
    const uint64_t mean = (estimate + *parts - 1) / *parts;
    uint64_t first = mean - mean / 16 + 1;
    if (first < 3) first = 3;
    *capacity = first > SKETCH_CAPACITY_MAX ? SKETCH_CAPACITY_MAX : (uint32_t)first;
}

#define ONE (1 << 10) /* fixed point of weights' ratios and of means */

/* For a Poisson variable X of a mean (in 1/ONE), given X > c: its mean in 1/ONE, and *q: the least k with P(X <= c + k)
 * >= share / 16 given the same. */
static uint64_t beyond(uint64_t mean, uint32_t c, unsigned share, uint32_t *k) {
    uint64_t weight = 1 << 20, total = 0, moment = 0;
    /* Weights relative to X = c + 1; scaled down together when they grow. */
    for (unsigned pass = 0; pass < 2; pass++) {
        uint64_t w = weight, sum = 0;
        for (uint32_t x = c + 1; x < c + 400 && w > 0; x++) {
            sum += w;
            if (pass == 0) {
                total += w;
                moment += w * (x - c);
            } else if (sum * 16 >= total * share) {
                *k = x - c;
                break;
            }
            w = w * mean / ((uint64_t)(x + 1) * ONE);
            if (w > UINT64_C(1) << 34) return (uint64_t)(c + 400) * ONE; /* far away */
        }
    }
    return (uint64_t)c * ONE + moment * ONE / total;
}

uint32_t plan_extension(const struct plan_counts *c, uint64_t *left) {
    uint32_t k = 1;
    const uint64_t prior = (uint64_t)c->first_capacity * ONE;
    uint64_t mean = prior, each = 0;
    CHECK(c->failed > 0 && c->failed <= c->parts);
    /* Expectation and maximisation: what the failed parts hold by the present mean, and the mean by what they hold.
     * What the asker estimated counts as much as some twenty elements. */
    for (unsigned i = 0; i < 24; i++) {
        each = beyond(mean, c->capacity, 12, &k);
        const uint64_t weight = 16 * ONE / c->first_capacity; /* of the prior, in parts / ONE */
        mean = (c->decoded_sum * ONE + c->failed * each + weight * c->first_capacity) * ONE / (c->parts * ONE + weight);
    }
    *left = c->failed * each / ONE + 1;
    if (k < 2) k = 2;
    return k;
}

bool plan_is_hopeless(const struct plan_counts *c, unsigned level) {
    return c->decoded_sum == 0 && level > 0 && c->failed == c->parts && (c->parts > 3 || level > 1);
}
