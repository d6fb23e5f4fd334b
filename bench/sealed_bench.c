/*
 * sealed_bench.c: what it costs that everything on the disk is ciphertext: the same work on a sealed store and on a
 * plain one, by turns, in one run. Judged is the processor time of all processes, which moves least when something else
 * uses the machine; the ratio is sealed by plain.
 *
 *   sealed_sync     100,000 records of 300 bytes from one process into another, over loopback, both durable
 *   sealed_import   100,000 texts signed and stored, in transactions of 2,000
 *   sealed_newest   the newest 50, again and again; sealed_newest_cold: right after opening the store
 *   sealed_bytes    of the store on the disk
 */
#include <netinet/in.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/bench_util.h"
#include "carrier/lan.h"
#include "node/compose.h"

#define RECORDS 100000
#define SIZE 300
#define GROUP 2000
#define RUNS 5
#define READS 400
#define SYNC_TARGET 1.10
#define IMPORT_TARGET 1.35
#define NEWEST_TARGET 1.10

static const uint8_t store_key[KEY_SIZE] = {'b', 'e', 'n', 'c', 'h'};
static uint8_t community[HASH_SIZE];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static struct when bench_when(void *context) {
    (void)context;
    return (struct when){(uint64_t)time(NULL), true};
}

static double seconds_of(const struct rusage *usage) {
    return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) +
           (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1e6;
}

static double own_seconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return seconds_of(&usage);
}

static const char *path_of(const char *name, bool sealed) {
    static char path[300];
    snprintf(path, sizeof path, "%s/%s-%s.db", bench_directory(), name, sealed ? "sealed" : "plain");
    return path;
}

static struct store *store_of(const char *name, bool sealed, bool create) {
    char why[STORE_WHY_SIZE];
    struct store *s;
    int err = store_sqlite_open(&s, path_of(name, sealed), create, sealed ? store_key : NULL, why);
    if (err) bench_die(why, err);
    return s;
}

static void forget(const char *name, bool sealed) {
    static const char *const parts[] = {"", "-wal", "-pages0", "-pages1"};
    char path[400];
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        snprintf(path, sizeof path, "%s%s", path_of(name, sealed), parts[i]);
        (void)unlink(path);
    }
}

/* ---- The two givers ---- */

struct copying {
    struct store *to;
    unsigned count;
};

static int record_copy(void *context, const struct store_record *r) {
    struct copying *c = context;
    int err = c->count % GROUP == 0 ? store_begin(c->to) : 0;
    if (!err) err = store_put(c->to, &r->record, r->bytes, r->size, r->seen);
    if (err >= 0 && ++c->count % GROUP == 0) err = store_commit(c->to);
    return err < 0 ? err : 0;
}

static void community_copy(struct store *from, struct store *to) {
    static struct store_community known;
    struct charter charter;
    struct record record;
    int err = store_community_get(from, community, (uint64_t)time(NULL), &known);
    if (!err) err = charter_expand(&charter, &record, known.compact, known.compact_size);
    if (!err) err = store_community_put(to, &record, true);
    if (err < 0) bench_die("community", err);
}

static void givers_make(struct store *from) {
    for (int sealed = 0; sealed < 2; sealed++) {
        struct copying c = {.to = store_of("giver", sealed, true)};
        const struct store_query all = {.community = community, .now = (uint64_t)time(NULL)};
        community_copy(from, c.to);
        int err = store_list(from, &all, record_copy, &c);
        if (!err && c.count % GROUP != 0) err = store_commit(c.to);
        while (!err && (err = store_index(c.to, 5000)) > 0) err = 0;
        if (err || c.count < RECORDS) bench_die(store_why(c.to), err);
        store_close(c.to);
    }
}

/* ---- Sync ---- */

static void on_term(uv_signal_t *signal, int number) {
    (void)number;
    uv_stop(signal->loop);
}

static void giver_main(bool sealed, int to) {
    char why[STORE_WHY_SIZE];
    const struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct lan *lan;
    uv_loop_t loop;
    uv_signal_t term;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    struct store *s = store_of("giver", sealed, false);
    uv_loop_init(&loop);
    uv_signal_init(&loop, &term);
    uv_signal_start(&term, on_term, SIGTERM);
    const struct lan_config config = {
        .store = s, .mutex = &mutex, .when = bench_when, .listen = (const struct sockaddr *)&here};
    int err = lan_start(&lan, &loop, &config, why);
    if (err) bench_die(why, err);
    unsigned port = lan_port(lan);
    if (write(to, &port, sizeof port) != sizeof port) _exit(1);
    uv_run(&loop, UV_RUN_DEFAULT);
    lan_stop(lan, NULL, NULL);
    uv_close((uv_handle_t *)&term, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    store_close(s);
    _exit(0);
}

/* Return the processor seconds of both processes; *wall receives how long it took. */
static double sync_run(struct store *from, bool sealed, double *wall) {
    int ends[2], status;
    unsigned port = 0;
    char name[16], why[LAN_WHY_SIZE];
    struct rusage usage;
    struct lan_ended ended;
    if (pipe(ends) != 0) bench_die("pipe", ERR_IO);
    pid_t pid = fork();
    if (pid == 0) giver_main(sealed, ends[1]);
    close(ends[1]);
    if (pid < 0 || read(ends[0], &port, sizeof port) != sizeof port) bench_die("the giver does not listen", ERR_NET);
    close(ends[0]);
    forget("receiver", sealed);
    struct store *s = store_of("receiver", sealed, true);
    community_copy(from, s);
    snprintf(name, sizeof name, "%u", port);
    const struct lan_meeting meeting = {.host = "127.0.0.1", .port = name};
    const struct lan_config config = {.store = s, .mutex = &mutex, .when = bench_when};
    double began = own_seconds();
    int err = lan_meet(&meeting, &config, &ended, why);
    if (err || ended.received < RECORDS) bench_die(err ? why : "not every record came", err);
    store_close(s);
    double work = own_seconds() - began;
    kill(pid, SIGTERM);
    if (wait4(pid, &status, 0, &usage) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        bench_die("the giver failed", 0);
    *wall = ended.seconds;
    return work + seconds_of(&usage);
}

/* ---- Import ---- */

static double import_run(struct home *home, bool sealed) {
    static struct composer composer;
    static uint8_t rooms[GROUP][1024];
    static struct composed made[GROUP];
    uint64_t now = (uint64_t)time(NULL);
    forget("import", sealed);
    struct store *s = store_of("import", sealed, true), *own = home->store;
    community_copy(own, s);
    home->store = s;
    double began = own_seconds();
    int err = compose_open(home, community, false, &composer);
    for (uint64_t i = 0; i < RECORDS && !err; i += GROUP) {
        for (unsigned k = 0; k < GROUP && !err; k++) {
            char text[SIZE + 1];
            struct compose_text in = {
                .text = text, .size = bench_text(i + k, SIZE, text), .urgency = URGENCY_NORMAL, .created = now};
            int size = compose_sign(&composer, &in, now, rooms[k], &made[k].record);
            if (size < 0) err = size;
            made[k].bytes = rooms[k];
            made[k].size = (size_t)size;
        }
        if (!err) err = store_begin(s);
        for (unsigned k = 0; k < GROUP && !err; k++) {
            int put = store_put(s, &made[k].record, made[k].bytes, made[k].size, now);
            err = put < 0 ? put : 0;
        }
        if (!err) err = store_commit(s);
    }
    if (err) bench_die(store_why(s), err);
    compose_close(&composer);
    store_close(s);
    home->store = own;
    return own_seconds() - began;
}

/* ---- Reading ---- */

static int record_count(void *context, const struct store_record *r) {
    *(unsigned *)context += r->size > 0;
    return 0;
}

static void newest(struct store *s) {
    unsigned count = 0;
    const struct store_query q = {
        .community = community, .now = (uint64_t)time(NULL), .newest_first = true, .limit = 50};
    int err = store_list(s, &q, record_count, &count);
    if (err || count != 50) bench_die(store_why(s), err);
}

static double newest_run(bool sealed) {
    struct store *s = store_of("giver", sealed, false);
    newest(s);
    double began = own_seconds();
    for (unsigned i = 0; i < READS; i++) newest(s);
    double took = own_seconds() - began;
    store_close(s);
    return took / READS * 1e6;
}

static double cold_run(bool sealed) {
    double took = 0;
    for (unsigned i = 0; i < 10; i++) {
        struct store *s = store_of("giver", sealed, false);
        double began = own_seconds();
        newest(s);
        took += own_seconds() - began;
        store_close(s);
    }
    return took / 10 * 1e6;
}

/* ---- Reports ---- */

struct pair {
    double plain[RUNS], sealed[RUNS], ratio[RUNS];
};

static void pair_set(struct pair *p, unsigned run, bool sealed, double value) {
    (sealed ? p->sealed : p->plain)[run] = value;
    if (p->plain[run] > 0 && p->sealed[run] > 0) p->ratio[run] = p->sealed[run] / p->plain[run];
}

static void report(const char *name, struct pair *p, const char *unit, double factor, double target) {
    double ratio = bench_median(p->ratio, RUNS);
    bench_report(&(struct bench_result){name, RECORDS, bench_median(p->sealed, RUNS) * factor, unit,
                                        bench_median(p->plain, RUNS) * factor, ratio, target,
                                        target <= 0 || ratio <= target});
}

static void bytes_report(void) {
    static const char *const parts[] = {"", "-pages0", "-pages1"};
    double bytes[2] = {0};
    for (int sealed = 0; sealed < 2; sealed++)
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
            char path[400];
            struct stat info;
            snprintf(path, sizeof path, "%s%s", path_of("giver", sealed), parts[i]);
            if (stat(path, &info) == 0) bytes[sealed] += (double)info.st_size / RECORDS;
        }
    bench_report(
        &(struct bench_result){"sealed_bytes", RECORDS, bytes[1], "B/record", bytes[0], bytes[1] / bytes[0], 0, true});
}

int main(void) {
    static struct pair sync, wall, import, warm, cold;
    char path[300], why[HOME_WHY_SIZE];
    struct home *home;
    snprintf(path, sizeof path, "%s/home", bench_directory());
    bench_home(path, "sealed", community);
    bench_home_fill(
        path, community,
        &(struct bench_fill){
            .records = RECORDS, .authors = 1000, .text_size = SIZE, .record_size = SIZE, .seconds_apart = 5});
    int err = home_open(&home, path, why);
    if (err) bench_die(why, err);
    givers_make(home->store);
    for (unsigned run = 0; run < RUNS; run++)
        for (int sealed = 0; sealed < 2; sealed++) {
            double seconds;
            pair_set(&sync, run, sealed, sync_run(home->store, sealed, &seconds));
            pair_set(&wall, run, sealed, seconds);
            pair_set(&import, run, sealed, import_run(home, sealed));
            pair_set(&warm, run, sealed, newest_run(sealed));
            pair_set(&cold, run, sealed, cold_run(sealed));
        }
    report("sealed_sync", &sync, "us/record", 1e6 / RECORDS, SYNC_TARGET);
    report("sealed_sync_wall", &wall, "us/record", 1e6 / RECORDS, 0);
    report("sealed_import", &import, "us/record", 1e6 / RECORDS, IMPORT_TARGET);
    report("sealed_newest", &warm, "us", 1, NEWEST_TARGET);
    report("sealed_newest_cold", &cold, "us", 1, 0);
    bytes_report();
    home_close(home);
    return 0;
}
