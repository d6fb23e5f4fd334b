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

/* Larger parts waste less, as their counts scatter less, but cost more time. */
#define PART_MEAN 48
#define FEW_PARTS 8
/* What the asker estimated is worth as much as the count of so many elements: 1 / 0.25^2. */
#define PRIOR_ELEMENTS 16
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
    /* With many parts, those that are decoded at once tell enough to choose the extensions well. */
    uint64_t first = mean * (*parts < FEW_PARTS ? 14 : 12) / 16 + 1;
    if (first < 3) first = 3;
    *capacity = first > SKETCH_CAPACITY_MAX ? SKETCH_CAPACITY_MAX : (uint32_t)first;
}

#define ONE (1 << 10) /* fixed point of means */
#define FIRST_WEIGHT (1 << 20)
#define WEIGHT_MAX (UINT64_C(1) << 40)
#define TAIL_MAX 400
#define EM_STEPS 24

/*
 * For a Poisson variable X of a mean (in 1 / ONE), given that X > c: return its mean (in 1 / ONE), and set *k to the
 * least for which X <= c + k with a probability of share / 256.
 */
static uint64_t beyond(uint64_t mean, uint32_t c, unsigned share, uint32_t *k) {
    uint64_t total = 0, moment = 0, w = FIRST_WEIGHT; /* weights relative to X = c + 1 */
    *k = SKETCH_CAPACITY_MAX;
    for (uint32_t x = c + 1; x < c + TAIL_MAX && w > 0; x++) {
        total += w;
        moment += w * (x - c);
        w = w * mean / ((uint64_t)(x + 1) * ONE);
        if (w > WEIGHT_MAX) return mean; /* so far beyond c that the condition says nothing */
    }
    CHECK(total > 0);
    uint64_t sum = 0;
    w = FIRST_WEIGHT;
    for (uint32_t x = c + 1; x < c + TAIL_MAX; x++) {
        sum += w;
        if (sum * 256 >= total * share) {
            *k = x - c;
            break;
        }
        w = w * mean / ((uint64_t)(x + 1) * ONE);
    }
    return (uint64_t)c * ONE + moment * ONE / total;
}

uint32_t plan_extension(const struct plan_counts *c, unsigned level, uint64_t *left) {
    /* The share of the failed parts that is to be decoded by the next extension; the last one is to leave nothing. */
    static const uint8_t shares[RECONCILE_LEVELS_MAX - 1] = {130, 140, 200, 254};
    uint32_t k = 1;
    uint64_t mean = (uint64_t)c->first_capacity * ONE, each = 0;
    const uint64_t weight = PRIOR_ELEMENTS * ONE / c->first_capacity; /* of the prior, in parts (1 / ONE) */
    CHECK(c->failed > 0 && c->failed <= c->parts);
    /* Expectation and maximisation: what the failed parts hold by the present mean, and the mean by what they hold. */
    for (unsigned i = 0; i < EM_STEPS; i++) {
        each =
            beyond(mean, c->capacity, shares[level < RECONCILE_LEVELS_MAX - 1 ? level : RECONCILE_LEVELS_MAX - 2], &k);
        mean = (c->decoded_sum * ONE + c->failed * each + weight * c->first_capacity) * ONE / (c->parts * ONE + weight);
    }
    *left = c->failed * each / ONE + 1;
    return k < 2 ? 2 : k;
}
