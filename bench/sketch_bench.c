/*
 * sketch_bench.c: what sketches cost in processor time: hashing ids, sketches of a million elements, decoding.
 */
#include <stdlib.h>
#include <string.h>

#include "bench/bench_util.h"
#include "core/odd.h"
#include "core/siphash.h"
#include "core/sketch.h"
#include "host/cpu.h"

#define N 1000000
#define PARTS 32
#define CAPACITY 44
#define ROUNDS 5

static uint64_t elements[N];
static uint8_t ids[N][32];
static volatile uint64_t sink;

static void report(const char *name, uint64_t n, double value, const char *unit) {
    bench_report(&(struct bench_result){name, n, value, unit, 0, 0, 0, true});
}

static void hashes(void) {
    static const uint8_t key[SIPHASH_KEY_SIZE] = {1};
    double sip[ROUNDS], odd[ROUNDS];
    for (unsigned round = 0; round < ROUNDS; round++) {
        uint64_t sum = 0, bitmaps[ODD_LEVELS_MAX] = {0};
        double from = bench_now();
        for (size_t i = 0; i < N; i++) sum ^= siphash24_32(key, ids[i]);
        sip[round] = (bench_now() - from) * 1e3;
        from = bench_now();
        for (size_t i = 0; i < N; i++) odd_toggle(bitmaps, odd_levels(N), elements[i] * UINT64_C(0x9e3779b97f4a7c15));
        odd[round] = (bench_now() - from) * 1e3;
        sink = sum ^ bitmaps[0];
    }
    report("siphash_ids", N, bench_median(sip, ROUNDS), "ms");
    report("odd_toggle", N, bench_median(odd, ROUNDS), "ms");
}

/* A million elements in parts, as a contact of two large nodes has them. */
static void syndromes(const struct sketch_kernel *kernel) {
    double times[ROUNDS];
    for (unsigned round = 0; round < ROUNDS; round++) {
        uint64_t sums[PARTS][CAPACITY] = {{0}};
        const double from = bench_now();
        for (size_t part = 0; part < PARTS; part++)
            sketch_add(kernel, sums[part], 0, CAPACITY, elements + part * (N / PARTS), N / PARTS);
        times[round] = (bench_now() - from) * 1e3;
        sink = sums[0][0];
    }
    char name[64];
    snprintf(name, sizeof name, "sketch_syndromes_%s", kernel->name);
    report(name, N, bench_median(times, ROUNDS), "ms");
}

static void decode(const struct sketch_kernel *kernel, size_t d) {
    static struct sketch_work work;
    double times[99];
    char name[64];
    for (size_t round = 0; round < 99; round++) {
        uint64_t sums[SKETCH_CAPACITY_MAX] = {0}, out[SKETCH_CAPACITY_MAX];
        sketch_add(kernel, sums, 0, SKETCH_CAPACITY_MAX, elements + round * d, d);
        const double from = bench_now();
        if (sketch_decode(kernel, sums, d, out, &work) != (int)d) bench_die("decoding", ERR_LIMIT);
        times[round] = (bench_now() - from) * 1e6;
    }
    snprintf(name, sizeof name, "sketch_decode_%zu_%s", d, kernel->name);
    report(name, d, bench_median(times, 99) / (double)d, "us/each");
}

int main(void) {
    static const size_t sizes[] = {8, 32, 48, SKETCH_CAPACITY_MAX};
    const struct sketch_kernel *kernels[2] = {gf40_bitslice(), cpu_sketch_kernel()};
    uint64_t state = 1;
    for (size_t i = 0; i < N; i++) {
        elements[i] = sketch_element(bench_random(&state));
        for (unsigned j = 0; j < 32; j += 8) {
            const uint64_t bytes = bench_random(&state);
            memcpy(ids[i] + j, &bytes, 8);
        }
    }
    hashes();
    for (unsigned k = 0; k < (kernels[0] == kernels[1] ? 1 : 2); k++) {
        syndromes(kernels[k]);
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) decode(kernels[k], sizes[i]);
    }
    return 0;
}
