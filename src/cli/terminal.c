/*
 * terminal.c: streams, bar, signals.
 */
#include "cli/terminal.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define BAR_CELLS 30

static volatile sig_atomic_t interrupted;

static void on_signal(int number) {
    interrupted = 1;
    signal(number, SIG_DFL); /* the second one means it */
}

void terminal_signals(void) {
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = on_signal}; /* no SA_RESTART: a wait ends */
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) sigaction(numbers[i], &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

bool terminal_interrupted(void) {
    return interrupted != 0;
}

uint16_t terminal_width(void) {
    struct winsize size;
    if (!isatty(STDOUT_FILENO)) return 0;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

static uint64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void bar_clear(struct terminal *t) {
    if (t->drawn) fputs("\r\033[K", stderr);
    t->drawn = false;
}

static void terminal_write(struct output *out, enum output_stream stream, const char *data, size_t size) {
    struct terminal *t = (struct terminal *)out;
    FILE *to = stream == OUTPUT_RESULT ? stdout : stderr;
    bar_clear(t);
    if (stream == OUTPUT_WORDS) fflush(stdout); /* both may go to one terminal: keep the order */
    if (fwrite(data, 1, size, to) != size && stream == OUTPUT_RESULT) t->broken = true;
}

static void terminal_flush(struct output *out) {
    struct terminal *t = (struct terminal *)out;
    if (fflush(stdout) != 0) t->broken = true;
}

static void bar_draw(struct terminal *t, uint64_t done, uint64_t total) {
    unsigned percent = total > 0 ? (unsigned)((double)(done < total ? done : total) * 100.0 / (double)total) : 0,
             cells = percent * BAR_CELLS / 100;
    fputs("\r\033[K", stderr);
    if (total > 0) {
        fputc('[', stderr);
        for (unsigned i = 0; i < BAR_CELLS; i++) fputc(i < cells ? '#' : ' ', stderr);
        fprintf(stderr, "] %u%%", percent);
    } else {
        fprintf(stderr, "… %llu", (unsigned long long)done);
    }
    fflush(stderr);
    t->drawn = true;
}

static void terminal_progress(struct output *out, uint64_t done, uint64_t total) {
    struct terminal *t = (struct terminal *)out;
    uint64_t now = now_ms();
    if (!t->bar || now - t->began_ms < TERMINAL_BAR_AFTER_MS || now - t->drawn_ms < TERMINAL_BAR_EVERY_MS) return;
    t->drawn_ms = now;
    bar_draw(t, done, total);
}

static bool terminal_stopped(struct output *out) {
    const struct terminal *t = (const struct terminal *)out;
    return interrupted || t->broken;
}

static const struct output_class terminal_class = {terminal_write, terminal_flush, terminal_progress, terminal_stopped};

void terminal_init(struct terminal *t, enum lang lang, bool json) {
    memset(t, 0, sizeof *t);
    t->output = (struct output){.class = &terminal_class, .lang = lang, .json = json};
    t->bar = isatty(STDERR_FILENO);
    t->began_ms = now_ms();
}

int terminal_end(struct terminal *t) {
    bar_clear(t);
    errno = 0;
    if (fflush(stdout) == 0 && !t->broken) return 0;
    if (errno != EPIPE) /* a reader that has seen enough is no news */
        output_say(&t->output, "standard output cannot be written: %s", strerror(errno ? errno : EIO));
    return ERR_IO;
}
