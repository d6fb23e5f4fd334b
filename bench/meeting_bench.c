/*
 * meeting_bench.c: how soon an urgent record is on the other side.
 *
 * Round trips: the program calls (longear sync), or is called (longear up); this process is the other side and lacks
 * one urgent record, through a relay that delays each direction by 150 ms, connection set-up included
 * (test/net/relay_tool.c). From the call until the record is durable. What the machine itself needs, measured the same
 * way with a relay that does not delay, is taken off, and told. Median of RUNS; 0.1 of a round trip is left for the
 * machine's unrest.
 *
 * Discovery: from a usable address to an urgent record stored on the other side, between two hosts in network
 * namespaces, as test/net/near_test.sh does it; left out where the kernel refuses them.
 */
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/bench_util.h"
#include "carrier/lan.h"

#define RUNS 5
#define ONE_WAY_MS "150"
#define ROUND_TRIP_MS 300.0
#define TARGET 3.0
#define UNREST 0.1 /* one message more would be 0.5 */
#define DISCOVERY_TARGET 1.0
#define WAIT_MS 10000

struct side {
    struct home *home;
    uv_loop_t loop;
    struct lan *lan;
    bool over;
    double stored_ms;
};

static char reader_path[300], writer_path[300], community[2 * HASH_SIZE + 1];

static double unix_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (double)t.tv_sec * 1000 + (double)t.tv_nsec / 1e6;
}

/* Run a command line of the program and give its first line of output. */
static void tell(const char *home, const char *arguments, char *line, int size) {
    char command[1000];
    snprintf(command, sizeof command, "'%s' --home '%s' %s 2>/dev/null", bench_program(), home, arguments);
    FILE *f = popen(command, "r");
    if (!f || !fgets(line, size, f)) bench_die(command, 0);
    if (pclose(f) != 0) bench_die(command, 0);
    line[strcspn(line, "\n")] = 0;
}

/* Start a program whose standard output comes through *out. */
static pid_t start(const char *const *arguments, FILE **out) {
    int ends[2];
    if (pipe(ends) != 0) bench_die("pipe", 0);
    pid_t pid = fork();
    if (pid < 0) bench_die("fork", 0);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        if (!freopen("/dev/null", "w", stderr)) _exit(127); /* that it is stopped in the end is no news */
        execv(arguments[0], (char *const *)arguments);
        _exit(127);
    }
    close(ends[1]);
    *out = fdopen(ends[0], "r");
    return pid;
}

static void stop(pid_t pid, FILE *out) {
    kill(pid, SIGTERM);
    waitpid(pid, NULL, 0);
    fclose(out);
}

/* ---- This process: the side that lacks a record ---- */

static struct when on_when(void *context) {
    return home_when(((struct side *)context)->home);
}

static void on_stored(void *context) {
    struct side *s = context;
    s->stored_ms = unix_ms();
    s->over = true;
}

static void on_late(uv_timer_t *timer) {
    (void)timer;
    bench_die("the record did not arrive", 0);
}

static void side_open(struct side *s, bool listens) {
    char why[HOME_WHY_SIZE];
    const struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    memset(s, 0, sizeof *s);
    int err = home_open(&s->home, reader_path, why);
    if (err) bench_die(why, err);
    uv_loop_init(&s->loop);
    const struct lan_config config = {.store = s->home->store,
                                      .mutex = &s->home->mutex,
                                      .when = on_when,
                                      .stored = on_stored,
                                      .context = s,
                                      .listen = (const struct sockaddr *)&here,
                                      .no_listen = !listens};
    err = lan_start(&s->lan, &s->loop, &config, why);
    if (err) bench_die(why, err);
}

static void side_run(struct side *s) {
    uv_timer_t late;
    uv_timer_init(&s->loop, &late);
    uv_timer_start(&late, on_late, WAIT_MS, 0);
    while (!s->over) uv_run(&s->loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&late, NULL);
    for (double end = bench_now() + 0.5; bench_now() < end;) { /* let the other side settle */
        uv_run(&s->loop, UV_RUN_NOWAIT);
        usleep(1000);
    }
}

static void side_close(struct side *s) {
    lan_stop(s->lan, NULL, NULL);
    uv_run(&s->loop, UV_RUN_DEFAULT);
    uv_loop_close(&s->loop);
    home_close(s->home);
}

/* ---- One meeting ---- */

static pid_t relay_start(unsigned port, const char *one_way_ms, unsigned *relay_port, FILE **out) {
    char path[300], text[16];
    const char *build = getenv("BUILD");
    snprintf(path, sizeof path, "%s/rel/test/net/relay_tool", build ? build : "build");
    snprintf(text, sizeof text, "%u", port);
    const char *arguments[] = {path, "0", "127.0.0.1", text, one_way_ms, NULL};
    pid_t pid = start(arguments, out);
    if (fscanf(*out, "listening %u", relay_port) != 1) bench_die(path, 0);
    return pid;
}

/* The program writes an urgent record and calls. Milliseconds from the call until it is stored here. */
static double written_by_caller(const char *one_way_ms) {
    struct side s;
    unsigned relay_port;
    long long called;
    char address[32], line[1000];
    FILE *relay_out, *out;
    snprintf(line, sizeof line, "post %s 'urgent news' --urgency urgent", community);
    tell(writer_path, line, line, sizeof line);
    side_open(&s, true);
    pid_t relay = relay_start(lan_port(s.lan), one_way_ms, &relay_port, &relay_out);
    snprintf(address, sizeof address, "127.0.0.1:%u", relay_port);
    const char *arguments[] = {bench_program(), "--home", writer_path, "sync", address, NULL};
    pid_t caller = start(arguments, &out);
    side_run(&s);
    if (fscanf(relay_out, " accepted %lld", &called) != 1) bench_die("the relay was not called", 0);
    stop(caller, out);
    stop(relay, relay_out);
    side_close(&s);
    return s.stored_ms - (double)called;
}

/* The program writes an urgent record and is called from here. */
static double written_by_called(const char *one_way_ms) {
    struct side s;
    unsigned relay_port, port;
    char line[1000];
    FILE *relay_out, *out;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    snprintf(line, sizeof line, "post %s 'urgent news' --urgency urgent", community);
    tell(writer_path, line, line, sizeof line);
    const char *arguments[] = {bench_program(),  "--home", writer_path,   "up",
                               "--no-discovery", "--web",  "127.0.0.1:0", "--listen",
                               "127.0.0.1:0",    "--json", NULL};
    pid_t called = start(arguments, &out);
    if (!fgets(line, sizeof line, out)) bench_die("longear up", 0);
    port = (unsigned)bench_field(line, "port");
    pid_t relay = relay_start(port, one_way_ms, &relay_port, &relay_out);
    side_open(&s, false);
    to.sin_port = htons((uint16_t)relay_port);
    double from = unix_ms();
    int err = lan_dial(s.lan, (struct sockaddr *)&to, true);
    if (err) bench_die("dial", err);
    side_run(&s);
    side_close(&s);
    stop(relay, relay_out);
    stop(called, out);
    return s.stored_ms - from;
}

static void measure(const char *name, double (*meet)(const char *)) {
    double far[RUNS], near[RUNS];
    for (unsigned i = 0; i < RUNS; i++) {
        near[i] = meet("0");
        far[i] = meet(ONE_WAY_MS);
    }
    double here = bench_median(near, RUNS), all = bench_median(far, RUNS);
    fprintf(stderr, "%s: %.0f ms in all, of which the machine needs %.0f ms\n", name, all, here);
    double trips = (all - here) / ROUND_TRIP_MS;
    bench_report(&(struct bench_result){.bench = name,
                                        .n = RUNS,
                                        .value = trips,
                                        .unit = "round trips",
                                        .baseline = 0,
                                        .target = TARGET,
                                        .ok = trips <= TARGET + UNREST});
}

static void discovery(void) {
    char path[300];
    double ms;
    snprintf(path, sizeof path, "%s/figure", bench_directory());
    setenv("FIGURE", path, 1);
    setenv("ONLY", "usable", 1);
    int status = system("bash test/net/near_test.sh >&2");
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
        fprintf(stderr, "meeting_discovery: skipped, as said above\n");
        return;
    }
    FILE *f = status == 0 ? fopen(path, "r") : NULL;
    if (!f || fscanf(f, "%lf", &ms) != 1) bench_die("test/net/near_test.sh", 0);
    fclose(f);
    bench_report(&(struct bench_result){.bench = "meeting_discovery",
                                        .n = 5,
                                        .value = ms / 1000,
                                        .unit = "s",
                                        .target = DISCOVERY_TARGET,
                                        .ok = ms <= 1000 * DISCOVERY_TARGET});
}

int main(void) {
    char invitation[1200], line[1300];
    uint8_t id[HASH_SIZE];
    snprintf(reader_path, sizeof reader_path, "%s/reader", bench_directory());
    snprintf(writer_path, sizeof writer_path, "%s/writer", bench_directory());
    bench_home(writer_path, "The square", id);
    for (unsigned i = 0; i < HASH_SIZE; i++) snprintf(community + 2 * i, 3, "%02x", id[i]);
    tell(writer_path, "invite 'The square'", invitation, sizeof invitation);
    tell(reader_path, "init --name Reader", line, sizeof line);
    snprintf(line, sizeof line, "join %s", invitation);
    tell(reader_path, line, line, sizeof line);
    measure("meeting_urgent_from_caller", written_by_caller);
    measure("meeting_urgent_from_called", written_by_called);
    discovery();
    return 0;
}
