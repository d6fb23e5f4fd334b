/*
 * reconcile_bench.c: bytes and time to find what differs, all messages of both sides, what is wanted named.
 *
 * n elements a side, d of them different, half on each, uniform over 72 hours; d is known to nobody. Baselines of the
 * bytes: partitioned PinSketch with an estimator, as measured elsewhere (n = 10,000 d = 100: 882 bytes ...). The
 * baseline of the time is BLAKE2b over the same ids in the same run.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/bench_util.h"
#include "core/crypto.h"
#include "host/cpu.h"
#include "test/core/reconcile_util.h"

#define SEEDS 5
#define HOURS 72
#define HOUR_FIRST 411000
#define PASSES_MAX 4
#define MANY 1000

struct sizes {
    uint64_t n, d;
    unsigned newest; /* differences lie in the last so many hours; 0: in all */
};

static void sets_make(const struct sizes *s, uint64_t seed, struct mem_set *a, struct mem_set *b) {
    uint64_t state = seed * UINT64_C(1000003) + s->n + s->d;
    uint8_t id[HASH_SIZE];
    memset(a, 0, sizeof *a);
    memset(b, 0, sizeof *b);
    for (uint64_t i = 0; i < s->n + s->d / 2; i++) {
        const bool differs = i < s->d;
        const uint64_t back = bench_random(&state) % (differs && s->newest ? s->newest : HOURS);
        const uint32_t hour = (uint32_t)(HOUR_FIRST + HOURS - 1 - back);
        for (unsigned at = 0; at < HASH_SIZE; at += 8) {
            const uint64_t word = bench_random(&state);
            memcpy(id + at, &word, 8);
        }
        if (!differs || i % 2 == 0) mem_set_add(a, hour / 24 + 30, hour, 0, id);
        if (!differs || i % 2 == 1) mem_set_add(b, hour / 24 + 30, hour, 0, id);
    }
    mem_set_sort(a);
    mem_set_sort(b);
}

/* Reconcile two sets made from a seed. Return whether all was found. */
static bool run(const struct sizes *s, const struct sketch_kernel *kernel, uint64_t seed, struct mem_cost *cost) {
    static const struct mem_wire wire = {0};
    struct mem_set a, b;
    sets_make(s, seed, &a, &b);
    const int err = mem_reconcile(&a, &b, kernel, seed, PASSES_MAX, &wire, cost);
    bool found = err == 0 && a.count == s->n + s->d / 2 && b.count == a.count;
    for (size_t i = 0; found && i < a.count; i++)
        found =
            a.elements[i].place == b.elements[i].place && memcmp(a.elements[i].id, b.elements[i].id, HASH_SIZE) == 0;
    mem_set_free(&a);
    mem_set_free(&b);
    return found;
}

static double bytes_mean(const struct sizes *s, unsigned seeds) {
    struct mem_cost cost = {0};
    for (uint64_t seed = 0; seed < seeds; seed++)
        if (!run(s, cpu_sketch_kernel(), seed, &cost)) bench_die("not all differences were found", 0);
    return (double)cost.bytes / seeds;
}

static void bytes_table(void) {
    static const struct {
        struct sizes sizes;
        double target, baseline;
    } rows[] = {
        {{10000, 10, 0}, 260, 272},          {{10000, 100, 0}, 850, 882},   {{10000, 1000, 0}, 6900, 7131},
        {{100000, 10, 0}, 0, 331},           {{100000, 100, 0}, 920, 945},  {{100000, 1000, 0}, 6700, 6862},
        {{1000000, 10, 0}, 350, 368},        {{1000000, 100, 0}, 940, 968}, {{1000000, 1000, 0}, 6900, 7084},
        {{1000000, 10000, 0}, 64000, 65781},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const double bytes = bytes_mean(&rows[i].sizes, SEEDS);
        bench_report_difference(&(struct bench_result){"reconcile_bytes", rows[i].sizes.n, bytes, "B", rows[i].baseline,
                                                       0, rows[i].target,
                                                       rows[i].target <= 0 || bytes <= rows[i].target},
                                rows[i].sizes.d);
    }
}

/* Differences of the last hour must cost less than the same number spread over three days. */
static void newest_hour(void) {
    const struct sizes spread = {100000, 1000, 0}, newest = {100000, 1000, 1};
    const double all = bytes_mean(&spread, SEEDS), last = bytes_mean(&newest, SEEDS);
    bench_report_difference(
        &(struct bench_result){"reconcile_bytes_last_hour", newest.n, last, "B", all, last / all, all, last < all},
        newest.d);
}

static void many_runs(void) {
    static const uint64_t n[] = {100, 1000, 10000, 30000}, d[] = {2, 10, 40, 100, 400, 1000, 4000};
    struct mem_cost cost = {0};
    unsigned found = 0;
    for (unsigned i = 0; i < MANY; i++) {
        const struct sizes s = {n[i % 4], d[i / 4 % 7], i % 3 == 0};
        found += run(&s, cpu_sketch_kernel(), 5000 + i, &cost);
    }
    bench_report(&(struct bench_result){"reconcile_all_found", MANY, found, "runs", 0, 0, MANY, found == MANY});
    bench_report(&(struct bench_result){"reconcile_passes", MANY, (double)cost.passes / MANY, "passes", 0, 0, 0, true});
}

static double cpu_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Seconds for BLAKE2b of 2 n ids, one at a time. */
static double digest_seconds(uint64_t n) {
    uint8_t id[HASH_SIZE] = {0};
    const double begin = cpu_now();
    for (uint64_t i = 0; i < 2 * n; i++) crypto_digest(id, id, sizeof id);
    return cpu_now() - begin;
}

static void cpu(const struct sketch_kernel *kernel, double target) {
    const struct sizes s = {1000000, 1000, 0};
    double seconds[3], digests[3];
    char name[64];
    size_t room = 0;
    for (unsigned i = 0; i < 3; i++) {
        struct mem_cost cost = {0};
        if (!run(&s, kernel, 100 + i, &cost)) bench_die("not all differences were found", 0);
        seconds[i] = cost.seconds[0] + cost.seconds[1];
        digests[i] = digest_seconds(s.n);
        if (cost.room_max > room) room = cost.room_max;
    }
    const double median = bench_median(seconds, 3);
    snprintf(name, sizeof name, "reconcile_cpu_%s", kernel->name);
    bench_report_difference(
        &(struct bench_result){name, s.n, median, "s", bench_median(digests, 3), 0, target, median <= target}, s.d);
    bench_report_difference(
        &(struct bench_result){"reconcile_room", s.n, (double)room / (1 << 20), "MiB", 0, 0, 0, true}, s.d);
}

int main(void) {
    bytes_table();
    newest_hour();
    many_runs();
    cpu(gf40_bitslice(), 1.2);
    if (cpu_sketch_kernel() != gf40_bitslice()) cpu(cpu_sketch_kernel(), 0.7);
    return 0;
}
