/*
 * phone_bench.c: the page's peer with 10,000 and 50,000 records in memory: storing, the newest 50, what is unread, the
 * list of groups, search; memory a record; records checked and stored out of a parcel, as new ones and as the page's
 * own.
 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench_util.h"
#include "core/author.h"
#include "phone/phone.h"

#define TEXT_SIZE 150 /* a record of about 300 bytes */
#define NOW 1800000000
#define ROUNDS 9
#define GROUP 500

static double clock_ms = 1000;

static struct phone *phone_make(uint8_t number) {
    uint8_t seed[SEED_SIZE] = {number};
    struct phone *p = phone_new();
    if (!p) bench_die("a peer", ERR_MEMORY);
    phone_person(p, seed);
    phone_clock(p, NOW, 1, clock_ms);
    return p;
}

static void community_found(struct phone *p, uint8_t community[HASH_SIZE]) {
    const uint8_t random[PHONE_RANDOM_SIZE] = {1};
    int err = phone_found(p, "bench", 5, "kk", 2, 365, random);
    if (err) bench_die("a group", err);
    const char *at = strstr((const char *)phone_out(p), "community\":\"") + strlen("community\":\"");
    for (unsigned i = 0; i < HASH_SIZE; i++) {
        const char two[] = {at[2 * i], at[2 * i + 1], 0};
        community[i] = (uint8_t)strtoul(two, NULL, 16);
    }
}

static void fill(struct phone *p, const uint8_t community[HASH_SIZE], uint64_t count) {
    char text[TEXT_SIZE + 1];
    uint8_t random[PHONE_RANDOM_SIZE] = {0};
    for (uint64_t i = 0; i < count; i++) {
        size_t size = bench_text(i, TEXT_SIZE, text);
        memcpy(random, &i, sizeof i);
        phone_clock(p, NOW + (double)i, 1, clock_ms);
        int err = phone_draft(p, community, i % 200 == 0 ? 3 : 1);
        if (!err) err = phone_draft_text(p, text, size);
        if (!err) err = phone_draft_sign(p, random);
        if (err) bench_die("writing", err);
    }
}

/* Read the parcel in the output of one peer with another; return the seconds. */
static double parcel_read(struct phone *from, struct phone *to, int trusted) {
    size_t size = phone_out_size(from);
    uint8_t *bytes = phone_alloc(size);
    if (!bytes) bench_die("a parcel", ERR_MEMORY);
    memcpy(bytes, phone_out(from), size);
    double started = bench_now();
    int got = phone_parcel_open(to, bytes, size, trusted);
    while (got >= 0 && (got = phone_parcel_next(to, GROUP)) > 0) continue;
    if (got < 0) bench_die("reading a parcel", got);
    return bench_now() - started;
}

enum what { LIST, UNREAD, GROUPS, SEARCH, SEARCH_RARE, WHAT_COUNT };

static int call(struct phone *p, const uint8_t community[HASH_SIZE], enum what what) {
    switch (what) {
    case LIST: return phone_list(p, community, NULL, 50);
    case UNREAD: return phone_unread(p, community, 0);
    case GROUPS: return phone_communities(p);
    case SEARCH: return phone_search(p, NULL, "су", strlen("су"), 50);
    default: return phone_search(p, NULL, "neverthere", strlen("neverthere"), 50);
    }
}

static void measure(uint64_t n) {
    static const struct {
        const char *name;
        double target_ms;
    } asked[WHAT_COUNT] = {{"phone_list_50", 1},
                           {"phone_unread", 5},
                           {"phone_groups", 1},
                           {"phone_search", 50},
                           {"phone_search_none", 50}};
    uint8_t community[HASH_SIZE];
    struct phone *writer = phone_make(1);
    community_found(writer, community);
    fill(writer, community, n);
    int err = phone_parcel_make(writer, NULL, 0, 0, 0);
    if (err) bench_die("a parcel", err);
    size_t before = mallinfo2().uordblks;
    struct phone *p = phone_make(2);
    phone_clock(p, NOW + (double)n, 1, clock_ms);
    double trusted_us = parcel_read(writer, p, 1) * 1e6 / (double)n;
    double bytes = (double)(mallinfo2().uordblks - before) / (double)n;
    bench_report(&(struct bench_result){"phone_store_record", n, trusted_us, "us", 0, 0, 20, trusted_us <= 20});
    bench_report(&(struct bench_result){"phone_memory_record", n, bytes, "B", 0, 0, 2000, bytes <= 2000});
    for (unsigned what = 0; what < WHAT_COUNT; what++) {
        double ms[ROUNDS];
        for (unsigned i = 0; i < ROUNDS; i++) {
            double started = bench_now();
            err = call(p, community, what);
            ms[i] = (bench_now() - started) * 1e3;
            if (err < 0) bench_die(asked[what].name, err);
        }
        double median = bench_median(ms, ROUNDS), target = asked[what].target_ms * (n > 10000 ? 5 : 1);
        bench_report(&(struct bench_result){asked[what].name, n, median, "ms", 0, 0, target, median <= target});
    }
    phone_free(p);
    if (n <= 10000) {
        p = phone_make(3);
        phone_clock(p, NOW + (double)n, 1, clock_ms);
        double us = parcel_read(writer, p, 0) * 1e6 / (double)n;
        bench_report(&(struct bench_result){"phone_check_record", n, us, "us", 0, 0, 0, true});
        phone_free(p);
    }
    phone_free(writer);
}

int main(void) {
    measure(10000);
    measure(50000);
    return 0;
}
