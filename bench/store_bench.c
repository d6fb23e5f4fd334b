/*
 * store_bench.c: the store alone, without signatures: storing in groups of 1,000, records by their number, the ids and
 * the buckets that reconciliation asks for. STORE_RECORDS sets how many (1,000,000). Targets are of a machine that does
 * nothing else; storing is judged by processor time, and what reads may take twice its target.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "bench/bench_util.h"
#include "core/text.h"
#include "store/store.h"

#define RECORDS 1000000
#define FIRST 100000 /* the records of a full sync */
#define GROUP 1000
#define READ 50000
#define TEXT_SIZE 130 /* makes a record of 300 bytes */
#define ROOM 1024
#define AUTHORS 1000
#define SECONDS_APART 3
#define KEEP_DAYS 180
#define NOW UINT64_C(1800000000)
#define PUT_TARGET_US 8.0
#define GET_TARGET_US 2.5
#define SEEN_TARGET_MS 250.0

struct group {
    struct record records[GROUP];
    uint8_t bytes[GROUP][ROOM];
    size_t sizes[GROUP];
};

static double cpu_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void community_make(struct store *s, uint8_t id[HASH_SIZE]) {
    static uint8_t body[CHARTER_BODY_MAX];
    const uint8_t seed[SEED_SIZE] = {1}, salt[RECORD_SALT_SIZE] = {0};
    struct charter charter = {.title = "store", .lang = "kk", .keep_days = KEEP_DAYS};
    struct record record;
    int err = charter_found(&charter, &record, body, seed, salt, NOW - 365 * DAY_SECONDS);
    if (!err) err = store_community_put(s, &record, true);
    if (err != 1) bench_die("community", err);
    memcpy(id, record.id, HASH_SIZE);
}

/* Make records from number first on, as the sender has them: ordered by time. Signatures are random. */
static void group_make(struct group *g, const uint8_t community[HASH_SIZE], uint64_t first, uint64_t total,
                       uint64_t *random) {
    char words[ROOM];
    for (size_t i = 0; i < GROUP; i++) {
        uint8_t body[ROOM], salt[RECORD_SALT_SIZE];
        struct record r = {.form = RECORD_FORM_PLAIN,
                           .kind = KIND_TEXT,
                           .urgency = bench_random(random) % 1000 ? URGENCY_NORMAL : URGENCY_URGENT,
                           .seq = (first + i) / AUTHORS,
                           .created = NOW - (total - first - i) * SECONDS_APART,
                           .body = body};
        struct text text = {.text = words, .size = bench_text(first + i, TEXT_SIZE, words)};
        r.expiry_day = when_day(r.created) + KEEP_DAYS;
        memcpy(r.community, community, HASH_SIZE);
        uint64_t author = bench_random(random) % AUTHORS;
        memcpy(r.author, &author, sizeof author);
        for (size_t k = 0; k < SIGNATURE_SIZE; k++) r.signature[k] = (uint8_t)bench_random(random);
        for (size_t k = 0; k < sizeof salt; k++) salt[k] = (uint8_t)bench_random(random);
        if (r.seq > 0) memcpy(r.prev, r.signature, PREV_SIZE);
        int size = text_body(&text, salt, body, sizeof body);
        if (size < 0) bench_die("text", size);
        r.body_size = (size_t)size;
        size = record_encode(&r, g->bytes[i], ROOM);
        if (size < 0 || record_decode(&g->records[i], g->bytes[i], (size_t)size)) bench_die("record", size);
        g->sizes[i] = (size_t)size;
    }
}

static void group_put(struct store *s, const struct group *g) {
    int err = store_begin(s);
    for (size_t i = 0; i < GROUP && !err; i++) {
        int put = store_put(s, &g->records[i], g->bytes[i], g->sizes[i], NOW);
        if (put != 1) err = put ? put : ERR_DAMAGED;
    }
    if (!err) err = store_commit(s);
    if (err) bench_die(store_why(s), err);
}

/* Put records up to a count; report the mean. */
static void put_measure(struct store *s, const uint8_t community[HASH_SIZE], struct group *g, uint64_t from,
                        uint64_t to, uint64_t total) {
    double wall = 0, cpu = 0;
    uint64_t random = from + 1;
    for (uint64_t at = from; at < to; at += GROUP) {
        group_make(g, community, at, total, &random);
        double wall_before = bench_now(), cpu_before = cpu_now();
        group_put(s, g);
        wall += bench_now() - wall_before;
        cpu += cpu_now() - cpu_before;
    }
    double us = cpu * 1e6 / (double)(to - from);
    bench_report(&(struct bench_result){"store_put", to, wall * 1e6 / (double)(to - from), "us", 0, 0, 0, true});
    bench_report(&(struct bench_result){"store_put_cpu", to, us, "us", 0, 0, PUT_TARGET_US, us <= PUT_TARGET_US});
}

static void get_measure(struct store *s, uint64_t total, bool descending) {
    static uint8_t room[RECORD_SIZE_MAX];
    struct store_record found;
    double started = bench_now();
    for (int64_t i = 0; i < READ; i++) {
        int err = store_get_num(s, descending ? (int64_t)total - i : (int64_t)total / 2 + i, room, &found);
        if (err) bench_die(store_why(s), err);
    }
    double us = (bench_now() - started) * 1e6 / READ;
    bench_report(&(struct bench_result){descending ? "store_get_num_descending" : "store_get_num_ascending", total, us,
                                        "us", 0, 0, GET_TARGET_US, us <= 2 * GET_TARGET_US});
}

static int seen_count(void *context, const struct store_seen_id *seen) {
    uint64_t *count = context;
    *count += seen->id[0] | 1u;
    return 0;
}

static int bucket_count(void *context, const struct store_bucket *bucket) {
    uint64_t *count = context;
    *count += bucket->count;
    return 0;
}

static int record_count(void *context, const struct store_record *found) {
    unsigned *count = context;
    *count += found->record.urgency == URGENCY_URGENT;
    return 0;
}

static void report_ms(const char *what, uint64_t total, double started, double target) {
    double ms = (bench_now() - started) * 1000;
    bench_report(&(struct bench_result){what, total, ms, "ms", 0, 0, target, target <= 0 || ms <= target});
}

static void seen_measure(struct store *s, const uint8_t community[HASH_SIZE], uint64_t total) {
    uint64_t buckets = 0;
    unsigned urgent = 0;
    double started = bench_now();
    if (store_bucket_each(s, community, 0, bucket_count, &buckets) || buckets != total)
        bench_die(store_why(s), ERR_DAMAGED);
    report_ms("store_buckets_first", total, started, 0);
    started = bench_now();
    if (store_bucket_each(s, community, 0, bucket_count, &buckets)) bench_die(store_why(s), ERR_DAMAGED);
    report_ms("store_buckets_again", total, started, 0);
    double ms[5];
    for (unsigned i = 0; i < 5; i++) {
        uint64_t sum = 0;
        started = bench_now();
        if (store_seen_range(s, community, 0, 0, UINT32_MAX, 0, seen_count, &sum)) bench_die(store_why(s), ERR_DAMAGED);
        ms[i] = (bench_now() - started) * 1000;
    }
    double median = bench_median(ms, 5);
    bench_report(&(struct bench_result){"store_seen_range", total, median, "ms", 0, 0, SEEN_TARGET_MS,
                                        median <= 2 * SEEN_TARGET_MS});
    started = bench_now();
    if (store_urgent_newest(s, community, NOW, 50, record_count, &urgent) || urgent != 50)
        bench_die("urgent", ERR_DAMAGED);
    report_ms("store_urgent_newest_50", total, started, 0);
}

int main(void) {
    char path[300], why[STORE_WHY_SIZE];
    const char *wanted = getenv("STORE_RECORDS");
    uint64_t total = wanted ? strtoull(wanted, NULL, 10) : RECORDS;
    uint8_t community[HASH_SIZE];
    struct stat info;
    struct store *s;
    struct group *g = malloc(sizeof *g);
    (void)bench_texts();
    if (!g || total < FIRST || sodium_init() < 0) bench_die("memory", ERR_MEMORY);
    snprintf(path, sizeof path, "%s/store.db", bench_directory());
    int err = store_sqlite_open(&s, path, true, NULL, why);
    if (err) bench_die(why, err);
    community_make(s, community);
    put_measure(s, community, g, 0, FIRST, total);
    for (uint64_t at = FIRST; at < total; at += 300000)
        put_measure(s, community, g, at, at + 300000 < total ? at + 300000 : total, total);
    seen_measure(s, community, total);
    get_measure(s, total, false);
    get_measure(s, total, true);
    store_close(s);
    if (stat(path, &info) != 0) bench_die(path, ERR_IO);
    bench_report(&(struct bench_result){"store_bytes_a_record", total, (double)info.st_size / (double)total, "B", 0, 0,
                                        0, true});
    free(g);
    return 0;
}
