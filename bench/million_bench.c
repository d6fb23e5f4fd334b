/*
 * million_bench.c: a store of 1,000,000 records, made once in build/bench: listing its newest 50, and a node on it:
 * start, page, memory.
 */
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/bench_util.h"

#define RECORDS 1000000
#define LISTED 50
#define RUNS 9
#define LIST_TARGET_MS 5.0
#define START_TARGET 0.2
#define MEMORY_TARGET_MIB 32.0
#define START_LIMIT 30.0
#define SETTLE_SECONDS 3

static int record_count(void *context, const struct store_record *found) {
    unsigned *count = context;
    *count += found->record.body != NULL;
    return 0;
}

/* Make the home beside its final place and move it there, so that half a one is never taken for whole. */
static void home_make(const char *path) {
    char fresh[300];
    struct stat info;
    uint8_t id[HASH_SIZE];
    if (stat(path, &info) == 0) return;
    snprintf(fresh, sizeof fresh, "%s.%d", path, (int)getpid());
    fprintf(stderr, "making a store of %d records, once\n", RECORDS);
    bench_home(fresh, "million", id);
    bench_home_fill(fresh, id,
                    &(struct bench_fill){.records = RECORDS, .authors = 1000, .text_size = 300, .seconds_apart = 3});
    if (rename(fresh, path) != 0) bench_die(path, ERR_IO);
}

static int community_first(void *context, const struct store_community *c) {
    memcpy(context, c->charter.community, HASH_SIZE);
    return 1;
}

static void list_measure(const char *path, uint8_t community[HASH_SIZE]) {
    char why[HOME_WHY_SIZE];
    struct home *home;
    double ms[RUNS], all_ms[RUNS];
    double opened = bench_now();
    int err = home_open(&home, path, why);
    if (err) bench_die(why, err);
    home_enter(home);
    uint64_t now = home_when(home).now;
    err = store_community_each(home->store, now, community_first, community);
    if (err != 1) bench_die("no community", err);
    for (unsigned run = 0; run < 2 * RUNS; run++) {
        struct store_query query = {
            .community = run % 2 ? NULL : community, .now = now, .newest_first = true, .limit = LISTED};
        unsigned count = 0;
        double started = run ? bench_now() : opened;
        err = store_list(home->store, &query, record_count, &count);
        if (err || count != LISTED) bench_die("listing", err);
        double took = (bench_now() - started) * 1000;
        (run % 2 ? all_ms : ms)[run / 2] = took;
        if (run == 0)
            bench_report(&(struct bench_result){"list_newest_50_with_opening", RECORDS, took, "ms", 0, 0, 0, true});
    }
    home_leave(home);
    home_close(home);
    double one = bench_median(ms, RUNS), all = bench_median(all_ms, RUNS);
    bench_report(
        &(struct bench_result){"list_newest_50", RECORDS, one, "ms", 0, 0, LIST_TARGET_MS, one <= LIST_TARGET_MS});
    bench_report(&(struct bench_result){"list_newest_50_of_all", RECORDS, all, "ms", 0, 0, LIST_TARGET_MS,
                                        all <= LIST_TARGET_MS});
}

static double node_start(struct bench_process *p, const char *home, unsigned port) {
    char web[64];
    snprintf(web, sizeof web, "127.0.0.1:%u", port);
    const char *arguments[] = {"--home", home, "up", "--web", web, "--listen", "127.0.0.1:0", "--no-discovery", NULL};
    bench_start(p, arguments);
    while (bench_get(port, "/", NULL) != 200) {
        int status;
        if (waitpid(p->pid, &status, WNOHANG) != 0 || bench_now() - p->started > START_LIMIT)
            bench_die("the node serves no page", 0);
        usleep(1000);
    }
    return bench_now() - p->started;
}

static void node_end(struct bench_process *p) {
    kill(p->pid, SIGTERM);
    (void)bench_finish(p, NULL, NULL, NULL, 0, NULL);
}

static void start_measure(const char *home) {
    double starts[RUNS];
    for (unsigned run = 0; run < RUNS; run++) {
        struct bench_process p;
        starts[run] = node_start(&p, home, bench_port());
        node_end(&p);
    }
    double median = bench_median(starts, RUNS);
    bench_report(&(struct bench_result){"start_to_first_page", RECORDS, median, "s", 0, 0, START_TARGET,
                                        median <= START_TARGET});
}

static double page_median(unsigned port, const char *path) {
    double ms[RUNS];
    for (unsigned run = 0; run < RUNS; run++) {
        double started = bench_now();
        unsigned status = bench_get(port, path, NULL);
        if (status != 200) bench_die(path, ERR_NOT_FOUND);
        ms[run] = (bench_now() - started) * 1000;
    }
    return bench_median(ms, RUNS);
}

static void memory_report(const char *bench, pid_t pid) {
    double mib = (double)bench_resident(pid) / (1 << 20);
    bench_report(&(struct bench_result){bench, RECORDS, mib, "MiB", 0, 0, MEMORY_TARGET_MIB, mib <= MEMORY_TARGET_MIB});
}

static void node_measure(const char *home, const uint8_t community[HASH_SIZE]) {
    struct bench_process p;
    char page[100] = "/g/", search[128];
    unsigned port = bench_port();
    (void)node_start(&p, home, port);
    sleep(SETTLE_SECONDS);
    memory_report("node_memory_idle", p.pid);
    for (unsigned i = 0; i < HASH_SIZE; i++) snprintf(page + 3 + 2 * i, 3, "%02x", community[i]);
    snprintf(search, sizeof search, "/search?q=%%D0%%B2%%D0%%BE%%D0%%B4%%D0%%B0"); /* вода */
    double listed = page_median(port, page), front = page_median(port, "/"), found = page_median(port, search);
    bench_report(&(struct bench_result){"page_newest", RECORDS, listed, "ms", 0, 0, 0, true});
    bench_report(&(struct bench_result){"page_front", RECORDS, front, "ms", 0, 0, 0, true});
    bench_report(&(struct bench_result){"page_search", RECORDS, found, "ms", 0, 0, 0, true});
    sleep(SETTLE_SECONDS);
    memory_report("node_memory_after_pages", p.pid);
    node_end(&p);
}

int main(void) {
    char home[300];
    uint8_t community[HASH_SIZE] = {0};
    const char *build = getenv("BUILD");
    if (sodium_init() < 0) bench_die("sodium_init", ERR_ENTROPY);
    snprintf(home, sizeof home, "%s/bench", build && *build ? build : "build");
    if (mkdir(home, 0755) != 0 && access(home, W_OK) != 0) bench_die(home, ERR_IO);
    snprintf(home + strlen(home), sizeof home - strlen(home), "/million");
    home_make(home);
    list_measure(home, community);
    start_measure(home);
    node_measure(home, community);
    return 0;
}
