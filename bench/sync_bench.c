/*
 * sync_bench.c: two processes over loopback, both stores durable: 100,000 records of 300 bytes into an empty store,
 * against two threads that do nothing but check signatures; then nothing more; then 100 over what both have.
 *
 * The receiver is this process and dials; the giver is a child that listens. Bytes are those of the TCP streams, both
 * ways. The search index follows in the node's idle time; what it would cost in line is told beside.
 */
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/bench_util.h"
#include "carrier/lan.h"

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
#define EQUAL_TARGET 100.0
#define CONTACT_TARGET (256 * 1024)

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

static void giver_stop(struct giver *g) {
    int status;
    kill(g->pid, SIGTERM);
    waitpid(g->pid, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) bench_die("the giver failed", 0);
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

/* Make an empty home that has joined the community of another. */
static void home_follow(const char *path, const char *other, const uint8_t community[HASH_SIZE]) {
    static struct store_community known;
    char why[HOME_WHY_SIZE];
    struct charter charter;
    struct record record;
    struct home *from = home_get(other);
    int err = store_community_get(from->store, community, home_when(from).now, &known);
    if (!err) err = charter_expand(&charter, &record, known.compact, known.compact_size);
    if (!err) err = home_init(path, "receiver", why);
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

/* ---- Measurements ---- */

struct full {
    double checks, rate, ratio, indexed, wire;
};

static void full_run(const char *giver, const char *receiver, struct full *out) {
    struct giver g;
    struct lan_ended ended;
    double half = bench_check_rate(2, CHECKS);
    giver_start(&g, giver);
    struct home *home = home_get(receiver);
    meet(home, &g, &ended);
    giver_stop(&g);
    if (ended.received != RECORDS) bench_die("not every record came", 0);
    double after = index_all(home);
    out->checks = (half + bench_check_rate(2, CHECKS)) / 2;
    out->rate = RECORDS / ended.seconds;
    out->ratio = out->rate / out->checks;
    out->indexed = RECORDS / (ended.seconds + after) / out->checks;
    out->wire = (double)(ended.bytes_in + ended.bytes_out) / (double)encoded(home);
    home_close(home);
}

static void full_measure(const char *giver, const uint8_t id[HASH_SIZE], unsigned runs) {
    struct full full[RUNS];
    double checks[RUNS], rates[RUNS], ratios[RUNS], indexed[RUNS], wire[RUNS];
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
    }
    double check = bench_median(checks, runs), ratio = bench_median(ratios, runs),
           in_line = bench_median(indexed, runs), bytes = bench_median(wire, runs);
    bench_report(&(struct bench_result){"sync_full", RECORDS, bench_median(rates, runs), "records/s", check, ratio,
                                        RATE_TARGET, ratio >= RATE_TARGET});
    bench_report(&(struct bench_result){"sync_full_indexed", RECORDS, in_line * check, "records/s", check, in_line,
                                        INDEXED_TARGET, in_line >= INDEXED_TARGET});
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
        giver_stop(&g);
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
    bench_report(
        &(struct bench_result){"sync_equal_bytes", RECORDS, same, "B", 0, 0, EQUAL_TARGET, same <= EQUAL_TARGET});
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
    return 0;
}
