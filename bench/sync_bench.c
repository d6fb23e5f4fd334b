/*
 * sync_bench.c: two processes over loopback, both stores durable: 100,000 records of 300 bytes into an empty store,
 * against two threads that do nothing but check signatures; then nothing more; then 100 over what both have.
 *
 * The receiver is this process and dials; the giver is a child that listens. Bytes are those of the TCP streams, both
 * ways. The search index follows in the node's idle time; what it would cost in line is told beside. sync_full_work is
 * which part of all processor time of both processes a bare check of the signatures takes: it hardly moves when
 * something else uses the machine, as the rates do.
 */
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/bench_util.h"
#include "carrier/lan.h"
#include "node/compose.h"

#define RECORDS 100000
#define SIZE 300
#define MORE 100
#define RUNS 5
#define CHECKS 30000
#define RATE_TARGET 0.8
#define INDEXED_TARGET 0.7
#define WIRE_TARGET 1.05
#define MORE_BYTES_TARGET 40.0
#define MORE_SECONDS_TARGET 0.2
#define EQUAL_COMMUNITIES 8
#define EQUAL_TARGET 100.0

static struct when bench_when(void *context) {
    return home_when(context);
}

/* ---- The giver ---- */

struct giver {
    pid_t pid;
    unsigned port;
};

static void on_term(uv_signal_t *signal, int number) {
    (void)number;
    uv_stop(signal->loop);
}

static void giver_main(const char *path, int to) {
    char why[HOME_WHY_SIZE];
    const struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct home *home;
    struct lan *lan;
    uv_loop_t loop;
    uv_signal_t term;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NAME, "giver");
    int err = home_open(&home, path, why);
    if (err) bench_die(why, err);
    uv_loop_init(&loop);
    uv_signal_init(&loop, &term);
    uv_signal_start(&term, on_term, SIGTERM);
    const struct lan_config config = {.store = home->store,
                                      .mutex = &home->mutex,
                                      .when = bench_when,
                                      .context = home,
                                      .listen = (const struct sockaddr *)&here};
    err = lan_start(&lan, &loop, &config, why);
    if (err) bench_die(why, err);
    unsigned port = lan_port(lan);
    if (write(to, &port, sizeof port) != sizeof port) _exit(1);
    uv_run(&loop, UV_RUN_DEFAULT);
    lan_stop(lan, NULL, NULL);
    uv_close((uv_handle_t *)&term, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    home_close(home);
    _exit(0);
}

static void giver_start(struct giver *g, const char *path) {
    int ends[2];
    if (pipe(ends) != 0) bench_die("pipe", ERR_IO);
    g->pid = fork();
    if (g->pid < 0) bench_die("fork", ERR_MEMORY);
    if (g->pid == 0) giver_main(path, ends[1]);
    close(ends[1]);
    if (read(ends[0], &g->port, sizeof g->port) != sizeof g->port) bench_die("the giver does not listen", ERR_NET);
    close(ends[0]);
}

static double seconds_of(const struct rusage *usage) {
    return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) +
           (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1e6;
}

/* Return the processor time that it took. */
static double giver_stop(struct giver *g) {
    struct rusage usage;
    int status;
    kill(g->pid, SIGTERM);
    if (wait4(g->pid, &status, 0, &usage) != g->pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        bench_die("the giver failed", 0);
    return seconds_of(&usage);
}

static double own_seconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return seconds_of(&usage);
}

/* ---- The receiver ---- */

static void meet(struct home *home, const struct giver *g, struct lan_ended *out) {
    char port[16], why[LAN_WHY_SIZE];
    const struct lan_meeting meeting = {.host = "127.0.0.1", .port = port};
    const struct lan_config config = {.store = home->store, .mutex = &home->mutex, .when = bench_when, .context = home};
    snprintf(port, sizeof port, "%u", g->port);
    int err = lan_meet(&meeting, &config, out, why);
    if (err) bench_die(why, err);
}

static struct home *home_get(const char *path) {
    char why[HOME_WHY_SIZE];
    struct home *home;
    int err = home_open(&home, path, why);
    if (err) bench_die(why, err);
    return home;
}

/* Join the community of another home. */
static void community_follow(const char *path, const char *other, const uint8_t community[HASH_SIZE]) {
    static struct store_community known;
    struct charter charter;
    struct record record;
    struct home *from = home_get(other);
    int err = store_community_get(from->store, community, home_when(from).now, &known);
    if (!err) err = charter_expand(&charter, &record, known.compact, known.compact_size);
    if (err) bench_die("the second home", err);
    struct home *home = home_get(path);
    err = store_community_put(home->store, &record, true);
    if (err < 0) bench_die("the second home", err);
    home_close(home);
    home_close(from);
}

static int size_visit(void *context, const struct store_entry *e) {
    *(uint64_t *)context += e->size;
    return 0;
}

static uint64_t encoded(struct home *home) {
    uint64_t sum = 0;
    if (store_scan(home->store, NULL, size_visit, &sum)) bench_die(store_why(home->store), 0);
    return sum;
}

static double index_all(struct home *home) {
    double began = bench_now();
    int left;
    while ((left = store_index(home->store, 5000)) > 0) continue;
    if (left < 0) bench_die(store_why(home->store), left);
    return bench_now() - began;
}

/* Make an empty home that has joined the community of another. */
static void home_follow(const char *path, const char *other, const uint8_t community[HASH_SIZE]) {
    char why[HOME_WHY_SIZE];
    int err = home_init(path, "receiver", why);
    if (err) bench_die(why, err);
    community_follow(path, other, community);
}

/* ---- Measurements ---- */

struct full {
    double checks, rate, ratio, indexed, wire, work;
};

static void full_run(const char *giver, const char *receiver, struct full *out) {
    struct giver g;
    struct lan_ended ended;
    double began = own_seconds(), half = bench_check_rate(2, CHECKS), check = (own_seconds() - began) / CHECKS;
    giver_start(&g, giver);
    struct home *home = home_get(receiver);
    began = own_seconds();
    meet(home, &g, &ended);
    double work = own_seconds() - began;
    work += giver_stop(&g);
    if (ended.received != RECORDS) bench_die("not every record came", 0);
    double after = index_all(home);
    out->checks = (half + bench_check_rate(2, CHECKS)) / 2;
    out->work = check * RECORDS / work;
    out->rate = RECORDS / ended.seconds;
    out->ratio = out->rate / out->checks;
    out->indexed = RECORDS / (ended.seconds + after) / out->checks;
    out->wire = (double)(ended.bytes_in + ended.bytes_out) / (double)encoded(home);
    home_close(home);
}

static void full_measure(const char *giver, const uint8_t id[HASH_SIZE], unsigned runs) {
    struct full full[RUNS];
    double checks[RUNS], rates[RUNS], ratios[RUNS], indexed[RUNS], wire[RUNS], work[RUNS];
    for (unsigned i = 0; i < runs; i++) {
        char receiver[300];
        snprintf(receiver, sizeof receiver, "%s/receiver%u", bench_directory(), i);
        home_follow(receiver, giver, id);
        full_run(giver, receiver, &full[i]);
        checks[i] = full[i].checks;
        rates[i] = full[i].rate;
        ratios[i] = full[i].ratio;
        indexed[i] = full[i].indexed;
        wire[i] = full[i].wire;
        work[i] = full[i].work;
    }
    double check = bench_median(checks, runs), ratio = bench_median(ratios, runs),
           in_line = bench_median(indexed, runs), bytes = bench_median(wire, runs);
    bench_report(&(struct bench_result){"sync_full", RECORDS, bench_median(rates, runs), "records/s", check, ratio,
                                        RATE_TARGET, ratio >= RATE_TARGET});
    bench_report(&(struct bench_result){"sync_full_indexed", RECORDS, in_line * check, "records/s", check, in_line,
                                        INDEXED_TARGET, in_line >= INDEXED_TARGET});
    bench_report(
        &(struct bench_result){"sync_full_work", RECORDS, bench_median(work, runs), "of the work", 0, 0, 0, true});
    bench_report(&(struct bench_result){"sync_full_wire", RECORDS, bytes, "of the records", 0, 0, WIRE_TARGET,
                                        bytes <= WIRE_TARGET});
}

/* Both have the same: what does a contact cost? Then the giver has MORE records more. */
static void more_measure(const char *giver, const char *receiver, const uint8_t id[HASH_SIZE]) {
    const struct bench_fill fill = {
        .records = MORE, .authors = 10, .text_size = SIZE, .record_size = SIZE, .seconds_apart = 5};
    double bytes[RUNS], seconds[RUNS], equal[RUNS];
    for (unsigned i = 0; i < RUNS; i++) {
        struct giver g;
        struct lan_ended ended, still;
        bench_home_fill(giver, id, &fill);
        giver_start(&g, giver);
        struct home *home = home_get(receiver);
        uint64_t before = encoded(home);
        meet(home, &g, &ended);
        meet(home, &g, &still);
        (void)giver_stop(&g);
        if (ended.received != MORE || still.received != 0) bench_die("not what was missing came", 0);
        bytes[i] = ((double)(ended.bytes_in + ended.bytes_out) - (double)(encoded(home) - before)) / MORE;
        seconds[i] = ended.seconds;
        equal[i] = (double)(still.bytes_in + still.bytes_out);
        home_close(home);
    }
    double more = bench_median(bytes, RUNS), time = bench_median(seconds, RUNS), same = bench_median(equal, RUNS);
    bench_report(&(struct bench_result){"sync_more_bytes", RECORDS, more, "B/record", 0, 0, MORE_BYTES_TARGET,
                                        more <= MORE_BYTES_TARGET});
    bench_report(&(struct bench_result){"sync_more_seconds", RECORDS, time, "s", 0, 0, MORE_SECONDS_TARGET,
                                        time <= MORE_SECONDS_TARGET});
    bench_report(&(struct bench_result){"sync_equal_contact", RECORDS, same, "B", 0, 0, 0, true});
}

/* A contact of two that are in EQUAL_COMMUNITIES communities and have the same in all of them. */
static void equal_measure(const char *giver, const char *receiver) {
    struct giver g;
    struct lan_ended ended;
    for (unsigned i = 1; i < EQUAL_COMMUNITIES; i++) {
        const struct compose_community what = {.title = "one more", .lang = "kk"};
        uint8_t id[HASH_SIZE];
        struct home *home = home_get(giver);
        int err = compose_community(home, &what, id);
        home_close(home);
        if (err) bench_die("community", err);
        community_follow(receiver, giver, id);
    }
    giver_start(&g, giver);
    struct home *home = home_get(receiver);
    meet(home, &g, &ended);
    home_close(home);
    (void)giver_stop(&g);
    if (ended.communities != EQUAL_COMMUNITIES || ended.received + ended.sent > 0) bench_die("they are not equal", 0);
    double each = (double)(ended.bytes_in + ended.bytes_out) / EQUAL_COMMUNITIES;
    bench_report(&(struct bench_result){"sync_equal_bytes", EQUAL_COMMUNITIES, each, "B/community", 0, 0, EQUAL_TARGET,
                                        each <= EQUAL_TARGET});
}

int main(int argc, char **argv) {
    char giver[300], receiver[300];
    uint8_t id[HASH_SIZE];
    unsigned runs = argc > 1 ? (unsigned)atoi(argv[1]) : RUNS;
    if (runs < 1 || runs > RUNS) runs = RUNS;
    snprintf(giver, sizeof giver, "%s/giver", bench_directory());
    snprintf(receiver, sizeof receiver, "%s/receiver0", bench_directory());
    bench_home(giver, "sync", id);
    bench_home_fill(
        giver, id,
        &(struct bench_fill){
            .records = RECORDS, .authors = 1000, .text_size = SIZE, .record_size = SIZE, .seconds_apart = 5});
    full_measure(giver, id, runs);
    more_measure(giver, receiver, id);
    equal_measure(giver, receiver);
    return 0;
}
