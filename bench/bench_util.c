/*
 * bench_util.c: clocks, results, texts, processes.
 */
#include "bench/bench_util.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/err.h"

#define LINE_MAX_SIZE 65536

void bench_die(const char *what, int err) {
    fprintf(stderr, "bench: %s%s%s\n", what, err < 0 ? ": " : "", err < 0 ? err_text(err) : "");
    exit(1);
}

double bench_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int value_compare(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return a < b ? -1 : a > b;
}

double bench_median(double *values, size_t count) {
    qsort(values, count, sizeof *values, value_compare);
    return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

void bench_report(const struct bench_result *r) {
    bench_report_difference(r, 0);
}

void bench_report_difference(const struct bench_result *r, uint64_t d) {
    char line[512], different[32] = "", baseline[64] = "", ratio[64] = "", target[64] = "";
    const char *path = getenv("BENCH_OUT");
    double share = r->ratio > 0 ? r->ratio : r->baseline > 0 ? r->value / r->baseline : 0;
    if (d > 0) snprintf(different, sizeof different, ", \"d\": %llu", (unsigned long long)d);
    if (r->baseline > 0) snprintf(baseline, sizeof baseline, ", \"baseline\": %.6g", r->baseline);
    if (share > 0) snprintf(ratio, sizeof ratio, ", \"ratio\": %.3f", share);
    if (r->target > 0) snprintf(target, sizeof target, ", \"target\": %g", r->target);
    snprintf(line, sizeof line,
             "{\"bench\": \"%s\", \"n\": %llu%s, \"value\": %.6g, \"unit\": \"%s\"%s%s%s, \"ok\": %s}\n", r->bench,
             (unsigned long long)r->n, different, r->value, r->unit, baseline, ratio, target, r->ok ? "true" : "false");
    fputs(line, stderr);
    FILE *to = path ? fopen(path, "a") : NULL;
    if (to) {
        fputs(line, to);
        fclose(to);
    }
}

/* ---- Texts ---- */

uint64_t bench_random(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static void texts_read(struct bench_texts *t, const char *path) {
    char line[4096];
    FILE *file = fopen(path, "r");
    if (!file) bench_die(path, ERR_NOT_FOUND);
    while (fgets(line, sizeof line, file) && t->count < sizeof t->lines / sizeof *t->lines) {
        line[strcspn(line, "\n")] = 0;
        if (*line) t->lines[t->count++] = strdup(line);
    }
    fclose(file);
}

const struct bench_texts *bench_texts(void) {
    static struct bench_texts texts;
    if (texts.count == 0) {
        texts_read(&texts, "bench/text/kk.txt");
        texts_read(&texts, "bench/text/ru.txt");
        texts_read(&texts, "bench/text/en.txt");
    }
    return &texts;
}

size_t bench_text(uint64_t i, size_t most, char *out) {
    const struct bench_texts *t = bench_texts();
    uint64_t state = i + 1;
    size_t at = bench_random(&state) % t->count, size = 0;
    while (size < most) {
        size_t length = strlen(t->lines[at]), left = most - size;
        if (length > left) length = left;
        memcpy(out + size, t->lines[at], length);
        size += length;
        if (size < most) out[size++] = ' ';
        at = bench_random(&state) % t->count;
    }
    /* Do not leave half a character: step back over continuation bytes and their beginning if it is not whole. */
    size_t start = size - 1;
    while (start > 0 && ((unsigned char)out[start] & 0xc0) == 0x80) start--;
    unsigned char first = (unsigned char)out[start];
    size_t wanted = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (start + wanted > size) size = start;
    out[size] = 0;
    return size;
}

/* ---- A directory of this run ---- */

static char directory[256];

static int entry_remove(const char *path, const struct stat *info, int flag, struct FTW *where) {
    (void)info, (void)flag, (void)where;
    return remove(path);
}

static void directory_remove(void) {
    nftw(directory, entry_remove, 16, FTW_DEPTH | FTW_PHYS);
}

const char *bench_directory(void) {
    if (!*directory) {
        const char *base = getenv("TMPDIR");
        snprintf(directory, sizeof directory, "%s/longear-bench.XXXXXX", base && *base ? base : "/tmp");
        if (!mkdtemp(directory)) bench_die(directory, ERR_IO);
        atexit(directory_remove);
    }
    return directory;
}

/* ---- Processes ---- */

const char *bench_program(void) {
    const char *program = getenv("LONGEAR");
    return program && *program ? program : "build/rel/longear";
}

void bench_start(struct bench_process *p, const char *const *arguments) {
    int pipes[2];
    char errors[300];
    const char *argv[32] = {bench_program()};
    size_t count = 1;
    while (arguments[count - 1] && count < 31) {
        argv[count] = arguments[count - 1];
        count++;
    }
    snprintf(errors, sizeof errors, "%s/stderr", bench_directory());
    if (pipe2(pipes, O_CLOEXEC) != 0) bench_die("pipe", ERR_IO);
    p->started = bench_now();
    p->pid = fork();
    if (p->pid < 0) bench_die("fork", ERR_MEMORY);
    if (p->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* end with a measurement that dies */
        int fd = open(errors, O_WRONLY | O_CREAT | O_TRUNC, 0600), null = open("/dev/null", O_RDONLY);
        if (fd < 0 || null < 0 || dup2(null, 0) < 0 || dup2(pipes[1], 1) < 0 || dup2(fd, 2) < 0) _exit(126);
        execv(argv[0], (char *const *)argv);
        _exit(127);
    }
    close(pipes[1]);
    p->out = fdopen(pipes[0], "r");
    if (!p->out) bench_die("fdopen", ERR_MEMORY);
}

double bench_finish(struct bench_process *p, const char *word, double *first_line, char *line, size_t line_size,
                    uint64_t *peak_bytes) {
    static char read[LINE_MAX_SIZE];
    struct rusage usage;
    bool found = false;
    int status;
    while (fgets(read, sizeof read, p->out)) {
        if (found || !word || !strstr(read, word)) continue;
        found = true;
        if (first_line) *first_line = bench_now() - p->started;
        if (line) snprintf(line, line_size, "%s", read);
    }
    fclose(p->out);
    while (wait4(p->pid, &status, 0, &usage) < 0)
        if (errno != EINTR) bench_die("wait", ERR_IO);
    double seconds = bench_now() - p->started;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        char errors[300], said[1024];
        snprintf(errors, sizeof errors, "%s/stderr", bench_directory());
        FILE *file = fopen(errors, "r");
        while (file && fgets(said, sizeof said, file)) fputs(said, stderr);
        bench_die("the program failed", 0);
    }
    if (word && !found) bench_die("the program did not print what was expected", 0);
    if (peak_bytes) *peak_bytes = (uint64_t)usage.ru_maxrss * 1024;
    return seconds;
}

double bench_run(const char *const *arguments, const char *word, double *first_line, char *line, size_t line_size,
                 uint64_t *peak_bytes) {
    struct bench_process p;
    bench_start(&p, arguments);
    return bench_finish(&p, word, first_line, line, line_size, peak_bytes);
}

uint64_t bench_field(const char *line, const char *name) {
    char key[64];
    snprintf(key, sizeof key, "\"%s\":", name);
    const char *at = strstr(line, key);
    if (!at) bench_die(key, ERR_NOT_FOUND);
    return strtoull(at + strlen(key), NULL, 10);
}

uint64_t bench_resident(pid_t pid) {
    char path[64], line[256];
    unsigned long long kib = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "r");
    if (!file) bench_die(path, ERR_NOT_FOUND);
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "VmRSS: %llu kB", &kib) == 1) break;
    fclose(file);
    return kib * 1024;
}

/* ---- The page ---- */

static int loopback_socket(struct sockaddr_in *address, unsigned port) {
    *address = (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

unsigned bench_port(void) {
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    int fd = loopback_socket(&address, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        bench_die("no port on loopback", ERR_NET);
    close(fd);
    return ntohs(address.sin_port);
}

unsigned bench_get(unsigned port, const char *path, size_t *size) {
    struct sockaddr_in address;
    static char answer[1 << 20];
    unsigned status = 0;
    size_t at = 0;
    ssize_t got;
    int fd = loopback_socket(&address, port);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0) goto done;
    int sent = dprintf(fd, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nConnection: close\r\n\r\n", path, port);
    while (sent > 0 && at < sizeof answer - 1 && (got = recv(fd, answer + at, sizeof answer - 1 - at, 0)) > 0)
        at += (size_t)got;
    answer[at] = 0;
    if (sscanf(answer, "HTTP/1.%*u %u", &status) != 1) status = 0;
    if (size) *size = at;
done:
    if (fd >= 0) close(fd);
    return status;
}
