/*
 * names_bench.c: a search by name among 100,000 people: the index from cold, a query as people write them, the slowest
 * of 500, lists whose words are all different or made to be slow, and how many are found among the first ten. The
 * baseline of a query is a plain edit distance from it to every name, without index, as whole lines of bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "bench/bench_util.h"
#include "test/view/names_sample_util.h"
#include "view/names.h"

#define PEOPLE 100000
#define QUERIES 500
#define ROUNDS 5
#define TARGET_QUERY_MS 50
#define TARGET_RECALL 95

static char entries[PEOPLE][SAMPLE_NAME_MAX];
static struct names_text texts[PEOPLE];
static struct sample_person people[PEOPLE];
static volatile size_t sink;

static void report(const char *name, uint64_t n, double value, const char *unit, double baseline, double target,
                   bool ok) {
    bench_report(&(struct bench_result){name, n, value, unit, baseline, 0, target, ok});
}

static unsigned plain_distance(const char *a, size_t a_size, const char *b, size_t b_size) {
    static unsigned row[SAMPLE_NAME_MAX + 1];
    for (size_t j = 0; j <= b_size; j++) row[j] = (unsigned)j;
    for (size_t i = 0; i < a_size; i++) {
        unsigned corner = row[0];
        row[0] = (unsigned)i + 1;
        for (size_t j = 0; j < b_size; j++) {
            unsigned best = corner + (a[i] != b[j]), up = row[j + 1] + 1, left = row[j] + 1;
            corner = row[j + 1];
            if (up < best) best = up;
            row[j + 1] = left < best ? left : best;
        }
    }
    return row[b_size];
}

static double plain_ms(const char *query, size_t size) {
    double from = bench_now();
    unsigned least = UINT32_MAX;
    for (size_t i = 0; i < PEOPLE; i++) {
        unsigned d = plain_distance(query, size, texts[i].text, texts[i].size);
        if (d < least) least = d;
    }
    sink = least;
    return (bench_now() - from) * 1e3;
}

static void *build(struct names *n, double *ms, double *bytes) {
    double from = bench_now(), times[ROUNDS];
    void *memory = NULL;
    for (unsigned round = 0; round < ROUNDS; round++) {
        free(memory);
        from = bench_now();
        const size_t size = names_memory(n, texts, PEOPLE);
        memory = malloc(size);
        *bytes = (double)size;
        if (!memory || names_build(n, texts, memory) != 0) bench_die("names_build", ERR_LIMIT);
        times[round] = (bench_now() - from) * 1e3;
    }
    *ms = bench_median(times, ROUNDS);
    return memory;
}

/* As a register is. */
static void common_names(void) {
    static double times[QUERIES];
    double build_ms, memory_bytes, plain[3], slowest = 0;
    struct rng g = {1};
    struct names n;
    size_t found = 0, first = 0;
    for (size_t i = 0; i < PEOPLE; i++) {
        sample_person(&g, &people[i]);
        texts[i] = (struct names_text){entries[i], sample_entry(&g, &people[i], entries[i])};
    }
    void *memory = build(&n, &build_ms, &memory_bytes);
    for (unsigned i = 0; i < QUERIES; i++) {
        char query[SAMPLE_NAME_MAX];
        struct names_hit hits[10];
        uint32_t id = i * (PEOPLE / QUERIES);
        size_t size = sample_query(&g, &people[id], (enum sample_kind)(i % SAMPLE_KINDS), query);
        if (i < 3) plain[i] = plain_ms(query, size);
        double from = bench_now();
        size_t count = names_search(&n, query, size, hits, 10);
        times[i] = (bench_now() - from) * 1e3;
        if (times[i] > slowest) slowest = times[i];
        for (size_t k = 0; k < count; k++) found += hits[k].id == id;
        first += count > 0 && hits[0].id == id;
    }
    double query_ms = bench_median(times, QUERIES), recall = 100.0 * (double)found / QUERIES;
    report("names_build", PEOPLE, build_ms, "ms", 0, 0, true);
    report("names_memory", PEOPLE, memory_bytes / (1 << 20), "MiB", 0, 0, true);
    report("names_words", PEOPLE, (double)n.word_count, "words", 0, 0, true);
    report("names_query", PEOPLE, query_ms, "ms", bench_median(plain, 3), TARGET_QUERY_MS, query_ms <= TARGET_QUERY_MS);
    report("names_query_slowest", PEOPLE, slowest, "ms", 0, TARGET_QUERY_MS, slowest <= TARGET_QUERY_MS);
    report("names_recall_10", PEOPLE, recall, "percent", 0, TARGET_RECALL, recall >= TARGET_RECALL);
    report("names_recall_1", PEOPLE, 100.0 * (double)first / QUERIES, "percent", 0, 0, true);
    free(memory);
}

/* Three words each that nobody else has. */
static void different_words(void) {
    static const char *const syllables[] = {"ба",  "ер", "жан", "қы",  "лес", "мұ",
                                            "нор", "са", "ту",  "шек", "ған", "ди"};
    double build_ms, memory_bytes, times[ROUNDS * 3];
    struct rng g = {2};
    struct names n;
    for (size_t i = 0; i < PEOPLE; i++) {
        size_t used = 0;
        for (unsigned word = 0; word < 3; word++) {
            if (word > 0) entries[i][used++] = ' ';
            for (unsigned k = 0; k < 5; k++) {
                const char *s = syllables[rng_below(&g, sizeof syllables / sizeof syllables[0])];
                memcpy(entries[i] + used, s, strlen(s));
                used += strlen(s);
            }
        }
        texts[i] = (struct names_text){entries[i], used};
    }
    void *memory = build(&n, &build_ms, &memory_bytes);
    for (unsigned i = 0; i < ROUNDS * 3; i++) {
        struct names_hit hits[10];
        double from = bench_now();
        sink = names_search(&n, texts[i * 999].text, texts[i * 999].size, hits, 10);
        times[i] = (bench_now() - from) * 1e3;
    }
    report("names_build_different", PEOPLE, build_ms, "ms", 0, 0, true);
    report("names_words_different", PEOPLE, (double)n.word_count, "words", 0, 0, true);
    report("names_query_different", PEOPLE, bench_median(times, ROUNDS * 3), "ms", 0, 0, true);
    free(memory);
}

/* As somebody would make a list that is slow to search: one word is near every word of the query, so that a name always
 * looks better than it is; two words as one are near, too; and no two names are the same. */
static void hostile_names(void) {
    static const char query[] = "ал ала алб ал алалб";
    double build_ms, memory_bytes, times[ROUNDS];
    struct rng g = {3};
    struct names n;
    for (size_t i = 0; i < PEOPLE; i++) {
        int size = snprintf(entries[i], SAMPLE_NAME_MAX, "ал алал б%u з%u м%u", (unsigned)rng_below(&g, 100),
                            (unsigned)rng_below(&g, 100), (unsigned)rng_below(&g, 100));
        texts[i] = (struct names_text){entries[i], (size_t)size};
    }
    void *memory = build(&n, &build_ms, &memory_bytes);
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct names_hit hits[10];
        double from = bench_now();
        sink = names_search(&n, query, sizeof query - 1, hits, 10);
        times[i] = (bench_now() - from) * 1e3;
    }
    report("names_query_hostile", PEOPLE, bench_median(times, ROUNDS), "ms", 0, 0, true);
    free(memory);
}

int main(void) {
    common_names();
    hostile_names();
    different_words();
    return 0;
}
