/*
 * flood_bench.c: what a crowd of made-up authors costs everybody else.
 *
 * A node (longear up, with a small pool) is in contact with three others, each at an address of its own, so each a link
 * of its own: one who floods (127.0.0.2), one who writes (127.0.0.3) and one who reads (127.0.0.4). The writer writes
 * an urgent record every PAUSE_MS; measured is from before it is stored there until the reader has it durable, through
 * the node. First without a flood; then while the flooder brings RATE records a second, all of them urgent, each by an
 * author that nobody has seen. The pool is full long before the end, so letting go is part of what is measured.
 *
 * The flooder is a process that signs and stores at the given rate, and passes on as any node does; what it achieved is
 * told, and what of it came to the node. Beside the time: the node's peak memory, what its store is charged with
 * against its pool, and the file.
 */
#include <arpa/inet.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/bench_util.h"
#include "carrier/lan.h"
#include "core/author.h"
#include "core/crypto.h"
#include "node/compose.h"

#define RATE 1000
#define STEP_MS 20
#define PAUSE_MS 300
#define QUIET_RUNS 60
#define FLOOD_RUNS 150
#define POOL (16u << 20)
#define TARGET 2.0
#define WAIT_S 60.0
#define TEXT_SIZE 200

struct side {
    struct home *home;
    uv_loop_t loop;
    struct lan *lan;
    uint8_t wanted[HASH_SIZE];
    double stored;
};

static char paths[4][300]; /* the node, the flooder, the writer, the reader */
static uint8_t community[HASH_SIZE];

static struct when on_when(void *context) {
    return home_when(((struct side *)context)->home);
}

static void on_stored(void *context) {
    struct side *s = context;
    if (s->stored > 0) return;
    home_enter(s->home);
    bool here = store_has(s->home->store, s->wanted) == STORE_HELD;
    home_leave(s->home);
    if (here) s->stored = bench_now();
}

static void side_open(struct side *s, const char *path, const char *address) {
    char why[HOME_WHY_SIZE];
    struct sockaddr_in here = {.sin_family = AF_INET};
    memset(s, 0, sizeof *s);
    if (inet_pton(AF_INET, address, &here.sin_addr) != 1) bench_die(address, 0);
    int err = home_open(&s->home, path, why);
    if (err) bench_die(why, err);
    uv_loop_init(&s->loop);
    const struct lan_config config = {.store = s->home->store,
                                      .mutex = &s->home->mutex,
                                      .when = on_when,
                                      .stored = on_stored,
                                      .context = s,
                                      .listen = (const struct sockaddr *)&here,
                                      .threads = 1};
    err = lan_start(&s->lan, &s->loop, &config, why);
    if (err) bench_die(why, err);
}

static void side_close(struct side *s) {
    lan_stop(s->lan, NULL, NULL);
    uv_run(&s->loop, UV_RUN_DEFAULT);
    uv_loop_close(&s->loop);
    home_close(s->home);
}

/* ---- The flooder ---- */

static struct charter charter_of(struct home *home) {
    static struct store_community known;
    int err = store_community_get(home->store, community, home_when(home).now, &known);
    if (err) bench_die("the flooder's group", err);
    return known.charter;
}

/* Write one record by a new author. The caller holds the store. */
static void fake_put(struct side *s, const struct charter *charter, unsigned number) {
    static uint8_t room[RECORD_SIZE_MAX];
    char words[TEXT_SIZE + 1];
    uint8_t seed[SEED_SIZE], salt[RECORD_SALT_SIZE];
    struct author author = {.charter = charter};
    struct record r;
    randombytes_buf(seed, sizeof seed);
    randombytes_buf(salt, sizeof salt);
    crypto_keypair(author.member.key, author.member.secret, seed);
    const struct text text = {.text = words, .size = bench_text(number, TEXT_SIZE, words)};
    uint64_t now = on_when(s).now;
    int size = author_text(&author, &text, URGENCY_URGENT, NULL, now, salt, room, &r);
    if (size < 0) bench_die("a made-up record", size);
    int put = store_put(s->home->store, &r, room, (size_t)size, now);
    if (put < 0) bench_die(store_why(s->home->store), put);
}

_Noreturn static void flooder_main(int to, int from) {
    struct side s;
    unsigned made = 0;
    char go;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    side_open(&s, paths[1], "127.0.0.2");
    const struct charter charter = charter_of(s.home);
    unsigned port = lan_port(s.lan);
    if (write(to, &port, sizeof port) != sizeof port) _exit(1);
    while (uv_run(&s.loop, UV_RUN_NOWAIT), recv(from, &go, 1, MSG_DONTWAIT) != 1) usleep(1000);
    double begin = bench_now();
    for (;;) {
        unsigned due = (unsigned)((bench_now() - begin) * RATE);
        if (due > made) {
            home_enter(s.home);
            int err = store_begin(s.home->store);
            for (unsigned most = made + RATE / 10; made < due && made < most && !err; made++)
                fake_put(&s, &charter, made);
            if (!err) err = store_commit(s.home->store);
            home_leave(s.home);
            if (err) bench_die("the flooder's store", err);
            lan_offer_new(s.lan);
        }
        for (unsigned i = 0; i < STEP_MS; i++) {
            uv_run(&s.loop, UV_RUN_NOWAIT);
            usleep(1000);
        }
        if (recv(from, &go, 1, MSG_DONTWAIT) == 1) break;
    }
    double rate = made / (bench_now() - begin);
    if (write(to, &rate, sizeof rate) != sizeof rate) _exit(1);
    _exit(0);
}

/* ---- One record ---- */

static void turn(struct side *writer, struct side *reader) {
    uv_run(&writer->loop, UV_RUN_NOWAIT);
    uv_run(&reader->loop, UV_RUN_NOWAIT);
    usleep(200);
}

/* End with what the node says of itself. */
_Noreturn static void arrival_missing(struct side *writer, struct side *reader, unsigned number) {
    char hex[2 * HASH_SIZE + 1];
    for (unsigned i = 0; i < HASH_SIZE; i++) snprintf(hex + 2 * i, 3, "%02x", reader->wanted[i]);
    const char *status[] = {"--home", paths[0], "status", "--json", NULL};
    const char *show[] = {"--home", paths[0], "show", hex, "--json", NULL};
    char line[8000] = "";
    bench_run(status, "records", NULL, line, sizeof line, NULL);
    struct contacts_counts from, to;
    lan_counts(writer->lan, &from);
    lan_counts(reader->lan, &to);
    fprintf(stderr, "record %u; the writer has sent %llu, the reader has received %llu; the node: %s\n", number,
            (unsigned long long)from.records_out, (unsigned long long)to.records_in, line);
    bench_run(show, "record", NULL, line, sizeof line, NULL);
    fprintf(stderr, "the record there: %s\n", line);
    bench_die("the record did not arrive", 0);
}

/* Seconds until an urgent record of the writer's is at the reader's. */
static double pass(struct side *writer, struct side *reader) {
    char words[TEXT_SIZE + 1];
    static unsigned number;
    const struct compose_text in = {.text = words,
                                    .size = bench_text(++number, TEXT_SIZE, words),
                                    .urgency = URGENCY_URGENT,
                                    .community = community};
    struct composer c;
    struct composed one = {.bytes = NULL};
    static uint8_t room[RECORD_SIZE_MAX];
    reader->stored = 0;
    home_enter(writer->home);
    uint64_t now = on_when(writer).now;
    int err = compose_open(writer->home, community, false, &c);
    int size = err ? err : compose_sign(&c, &in, now, room, &one.record);
    if (size < 0) bench_die("writing", size);
    memcpy(reader->wanted, one.record.id, HASH_SIZE);
    one.bytes = room;
    one.size = (size_t)size;
    double begin = bench_now();
    err = compose_put(writer->home, &one, 1, now);
    compose_close(&c);
    home_leave(writer->home);
    if (err) bench_die("writing", err);
    lan_offer_new(writer->lan);
    while (reader->stored == 0) {
        turn(writer, reader);
        if (bench_now() > begin + WAIT_S) arrival_missing(writer, reader, number);
    }
    double seconds = reader->stored - begin;
    for (double end = bench_now() + PAUSE_MS / 1000.0; bench_now() < end;) turn(writer, reader);
    return seconds;
}

static double passes(struct side *writer, struct side *reader, unsigned count, double *worst) {
    static double all[QUIET_RUNS + FLOOD_RUNS];
    for (unsigned i = 0; i < count; i++) all[i] = pass(writer, reader);
    double median = bench_median(all, count); /* sorts */
    *worst = all[count * 95 / 100];
    return median;
}

/* ---- All of it ---- */

static uint64_t file_size(const char *name) {
    char path[400];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", paths[0], name);
    return stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
}

static uint64_t peak_of(pid_t pid) {
    char path[64], line[200];
    unsigned long long kib = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *f = fopen(path, "r");
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "VmHWM: %llu kB", &kib) == 1) break;
    if (f) fclose(f);
    return kib * 1024;
}

static void homes_make(void) {
    static const char *const names[] = {"node", "flooder", "writer", "reader"};
    char line[1400], invitation[1200];
    for (unsigned i = 0; i < 4; i++) snprintf(paths[i], sizeof paths[i], "%s/%s", bench_directory(), names[i]);
    bench_home(paths[0], "The square", community);
    const char *invite[] = {"--home", paths[0], "invite", "The square", "--json", NULL};
    bench_run(invite, "invitation", NULL, line, sizeof line, NULL);
    char *begin = strstr(line, "\"invitation\":\"");
    if (!begin) bench_die("invite", 0);
    snprintf(invitation, sizeof invitation, "%s", begin + strlen("\"invitation\":\""));
    invitation[strcspn(invitation, "\"")] = 0;
    for (unsigned i = 1; i < 4; i++) {
        const char *init[] = {"--home", paths[i], "init", "--name", names[i], NULL};
        const char *join[] = {"--home", paths[i], "join", invitation, NULL};
        bench_run(init, "", NULL, NULL, 0, NULL);
        bench_run(join, "", NULL, NULL, 0, NULL);
    }
}

int main(void) {
    int to[2];
    unsigned port;
    struct side writer, reader;
    struct bench_process node;
    char peers[3][64], pool[32], line[4000];
    if (sodium_init() < 0) bench_die("random numbers", 0);
    homes_make();
    (void)bench_texts();
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, to) != 0) bench_die("socketpair", 0);
    pid_t flooder = fork();
    if (flooder < 0) bench_die("fork", 0);
    if (flooder == 0) flooder_main(to[1], to[1]);
    if (read(to[0], &port, sizeof port) != sizeof port) bench_die("the flooder", 0);
    snprintf(peers[0], sizeof peers[0], "127.0.0.2:%u", port);
    side_open(&writer, paths[2], "127.0.0.3");
    side_open(&reader, paths[3], "127.0.0.4");
    snprintf(peers[1], sizeof peers[1], "127.0.0.3:%u", lan_port(writer.lan));
    snprintf(peers[2], sizeof peers[2], "127.0.0.4:%u", lan_port(reader.lan));
    snprintf(pool, sizeof pool, "%u", POOL);
    const char *up[] = {
        "--home", paths[0], "up",     "--no-discovery", "--web",  "127.0.0.1:0", "--listen", "127.0.0.1:0", "--peer",
        peers[0], "--peer", peers[1], "--peer",         peers[2], "--store-max", pool,       "--json",      NULL};
    bench_start(&node, up);
    if (!fgets(line, sizeof line, node.out)) bench_die("longear up", 0);
    double worst_quiet, worst_flood;
    (void)passes(&writer, &reader, 5, &worst_quiet); /* until contacts have begun */
    double quiet = passes(&writer, &reader, QUIET_RUNS, &worst_quiet);
    if (write(to[0], "g", 1) != 1) bench_die("the flooder", 0);
    double flood = passes(&writer, &reader, FLOOD_RUNS, &worst_flood);
    double rate = 0;
    if (write(to[0], "e", 1) != 1 || read(to[0], &rate, sizeof rate) != sizeof rate) bench_die("the flooder", 0);
    const char *status[] = {"--home", paths[0], "status", "--json", NULL};
    bench_run(status, "charged_bytes", NULL, line, sizeof line, NULL);
    uint64_t charged = bench_field(line, "charged_bytes"), dropped = bench_field(line, "no_room"),
             held = bench_field(line, "records"), peak = peak_of(node.pid);
    uint64_t file = file_size("store.db");
    kill(node.pid, SIGTERM);
    waitpid(node.pid, NULL, 0);
    waitpid(flooder, NULL, 0);
    side_close(&writer);
    side_close(&reader);
    fprintf(stderr,
            "quiet: %.1f ms (95 %%: %.1f); flood of %.0f a second: %.1f ms (95 %%: %.1f); the node holds %llu records, "
            "has let go of %llu, is charged %.1f MiB of %.1f, its store is %.1f MiB, its peak memory %.1f MiB\n",
            quiet * 1000, worst_quiet * 1000, rate, flood * 1000, worst_flood * 1000, (unsigned long long)held,
            (unsigned long long)dropped, (double)charged / 1048576, POOL / 1048576.0, (double)file / 1048576,
            (double)peak / 1048576);
    bench_report(&(struct bench_result){.bench = "flood_rate",
                                        .n = FLOOD_RUNS,
                                        .value = rate,
                                        .unit = "records/s",
                                        .target = RATE * 0.95,
                                        .ok = rate >= RATE * 0.95});
    bench_report(&(struct bench_result){.bench = "flood_urgent",
                                        .n = FLOOD_RUNS,
                                        .value = flood * 1000,
                                        .unit = "ms",
                                        .baseline = quiet * 1000,
                                        .target = TARGET,
                                        .ok = flood <= quiet * TARGET});
    bench_report(&(struct bench_result){.bench = "flood_store",
                                        .n = held,
                                        .value = (double)charged,
                                        .unit = "bytes",
                                        .baseline = POOL,
                                        .target = 1.0,
                                        .ok = charged <= POOL && dropped > 0});
    bench_report(&(struct bench_result){.bench = "flood_memory",
                                        .n = held,
                                        .value = (double)peak / 1048576,
                                        .unit = "MiB",
                                        .target = 64,
                                        .ok = peak <= 64u << 20});
    return 0;
}
