/*
 * bench_util.h: what the measurements share: clocks, medians, result lines, texts, records signed by threads, processes under measurement.
 *
 * A measurement is a program, not a test of errors: what fails beneath it ends it with a message (bench_die).
 */
#ifndef BENCH_UTIL_H
#define BENCH_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "node/home.h"

/* End the program with a message: what, and the text of err if it is an error of ours (negative). */
_Noreturn void bench_die(const char *what, int err);

/* Return seconds of a clock that only goes forward. */
double bench_now(void);

/* Return the median of count values (sorts them in place). */
double bench_median(double *values, size_t count);

/* A result. baseline and target may be 0 for none; ratio is value / baseline if ratio is 0 and baseline is not. */
struct bench_result {
    const char *bench;
    uint64_t n;
    double value;
    const char *unit;
    double baseline, ratio, target;
    bool ok;
};

/* Append a result to the file that BENCH_OUT names, and show it on standard error. */
void bench_report(const struct bench_result *result);

/* The same with d, how many of the n are different. */
void bench_report_difference(const struct bench_result *result, uint64_t d);

/* ---- Texts ---- */

struct bench_texts {
    char *lines[4096];
    size_t count;
};

/* Read bench/text/{kk,ru,en}.txt. Lives until the program ends. */
const struct bench_texts *bench_texts(void);

/*
 * Write text number i of at most `most` bytes into out (most + 1): lines joined from a place that i picks, cut at a character. The same i
 * gives the same text. Return its size, most or a few bytes less.
 */
size_t bench_text(uint64_t i, size_t most, char *out);

/* Return pseudo-random numbers (splitmix64); the same seed gives the same row. */
uint64_t bench_random(uint64_t *state);

/* ---- Homes ---- */

struct bench_fill {
    uint64_t records;
    unsigned authors;      /* each writes at random */
    size_t text_size;
    size_t record_size;    /* if not 0, the text is cut so that the canonical record has this size */
    unsigned seconds_apart;
};

/* Make a temporary directory; removed at exit. */
const char *bench_directory(void);

/* Make a home with one joined community at path; *id receives the community's. */
void bench_home(const char *path, const char *title, uint8_t id[HASH_SIZE]);

/*
 * Fill a home's community by the shortest way: records signed by two threads, stored in groups, then indexed. The times end at now.
 */
void bench_home_fill(const char *path, const uint8_t community[HASH_SIZE], const struct bench_fill *fill);

/* ---- Rates of libsodium ---- */

/* Return signatures per second of one core, over texts of this size. */
double bench_sign_rate(size_t text_size, unsigned count);

/* Return signature checks per second of `threads` threads at once, over as many bytes as a record's signature covers. */
double bench_check_rate(unsigned threads, unsigned count);

/* ---- Processes ---- */

struct bench_process {
    pid_t pid;
    FILE *out; /* its standard output */
    double started;
};

/* Return the program under measurement (LONGEAR, or build/rel/longear). */
const char *bench_program(void);

/* Start the program with arguments that end with NULL. Its standard error goes to bench_directory()/stderr. */
void bench_start(struct bench_process *p, const char *const *arguments);

/*
 * Wait for its end, after reading all of its output. *first_line (or NULL) receives the seconds from its start until the first line of JSON that
 * contains `word` was read. line (or NULL) receives that line. Return its wall seconds; dies if its status is not 0. *peak_bytes (or NULL):
 * the most memory it had resident.
 */
double bench_finish(struct bench_process *p, const char *word, double *first_line, char *line, size_t line_size, uint64_t *peak_bytes);

/* Start and finish. */
double bench_run(const char *const *arguments, const char *word, double *first_line, char *line, size_t line_size, uint64_t *peak_bytes);

/* Return the number behind "name": in a line of JSON; dies if it is not there. */
uint64_t bench_field(const char *line, const char *name);

/* Return a process's resident bytes. */
uint64_t bench_resident(pid_t pid);

/* ---- The page ---- */

/* Return a free port of loopback. */
unsigned bench_port(void);

/* Get a page. Return its status, or 0 if nobody listens. *size (or NULL) receives the size of the answer. */
unsigned bench_get(unsigned port, const char *path, size_t *size);

#endif
