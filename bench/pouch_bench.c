/*
 * pouch_bench.c: a pouch of 100,000 records: its bytes, against the texts packed with the same dictionary and 64 bytes
 * of signature each; and the time to open it in an empty home as a process, against two threads that do nothing but
 * check signatures.
 *
 * Three pouches: 1,000 authors writing at random, texts of 300 bytes; the same with whole records of 300 bytes; one
 * author. The first is opened.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/bench_util.h"
#include "core/text.h"
#include "host/compress.h"

#define RECORDS 100000
#define SIZE 300
#define RUNS 5
#define CHECKS 30000
#define BYTES_TARGET 1.35
#define OPEN_TARGET 0.75
#define INDEX_TARGET 5.0

struct sums {
    struct packer *packer;
    uint64_t records, alone, batched;
    size_t fill;
    uint8_t batch[POUCH_FRAME_FILL + RECORD_SIZE_MAX], packed[2 * (POUCH_FRAME_FILL + RECORD_SIZE_MAX)];
};

static uint64_t pack(struct sums *s, const uint8_t *data, size_t size) {
    int packed = packer_pack(s->packer, s->packed, sizeof s->packed, data, size);
    if (packed < 0) bench_die("packing", packed);
    return (uint64_t)packed;
}

static int record_sum(void *context, const struct store_record *found) {
    struct sums *s = context;
    struct text text;
    int err = text_decode(&text, &found->record);
    if (err) return err;
    s->records++;
    s->alone += pack(s, (const uint8_t *)text.text, text.size);
    memcpy(s->batch + s->fill, text.text, text.size);
    s->fill += text.size;
    if (s->fill >= POUCH_FRAME_FILL) {
        s->batched += pack(s, s->batch, s->fill);
        s->fill = 0;
    }
    return 0;
}

/* Pack all texts of a home, newest first as a pouch has them, one by one and in batches as large as a frame's. */
static void texts_pack(const char *path, struct sums *s) {
    char why[HOME_WHY_SIZE];
    struct home *home;
    int err = home_open(&home, path, why);
    if (err) bench_die(why, err);
    memset(s, 0, sizeof *s);
    s->packer = packer_new(COMPRESS_LEVEL);
    home_enter(home);
    err =
        store_list(home->store, &(struct store_query){.now = home_when(home).now, .newest_first = true}, record_sum, s);
    home_leave(home);
    if (err || s->records != RECORDS) bench_die("listing", err);
    if (s->fill > 0) s->batched += pack(s, s->batch, s->fill);
    packer_free(s->packer);
    home_close(home);
}

/* Fill a home, pack it as a process, and report the bytes. */
static void bytes_measure(const char *name, const struct bench_fill *fill, char pouch[300], struct sums *sums) {
    char home[300], bench[100], line[1024];
    uint8_t id[HASH_SIZE];
    struct stat info;
    double told;
    snprintf(home, sizeof home, "%s/%s", bench_directory(), name);
    snprintf(pouch, 300, "%s/%s.zip", bench_directory(), name);
    bench_home(home, name, id);
    bench_home_fill(home, id, fill);
    const char *arguments[] = {"--home", home, "--json", "pouch", "pack", pouch, NULL};
    double seconds = bench_run(arguments, "\"records\"", &told, line, sizeof line, NULL);
    if (bench_field(line, "records") != RECORDS || stat(pouch, &info) != 0) bench_die("not every record was packed", 0);
    texts_pack(home, sums);
    double alone = (double)sums->alone / RECORDS + SIGNATURE_SIZE,
           batched = (double)sums->batched / RECORDS + SIGNATURE_SIZE;
    double bytes = (double)info.st_size / RECORDS;
    snprintf(bench, sizeof bench, "pouch_bytes_%s_alone", name);
    bench_report(&(struct bench_result){bench, RECORDS, bytes, "B/record", alone, bytes / alone, BYTES_TARGET,
                                        bytes <= BYTES_TARGET * alone});
    snprintf(bench, sizeof bench, "pouch_bytes_%s_batched", name);
    bench_report(&(struct bench_result){bench, RECORDS, bytes, "B/record", batched, bytes / batched, BYTES_TARGET,
                                        bytes <= BYTES_TARGET * batched});
    snprintf(bench, sizeof bench, "pouch_pack_%s", name);
    bench_report(&(struct bench_result){bench, RECORDS, RECORDS / seconds, "records/s", 0, 0, 0, true});
}

static void open_measure(const char *pouch) {
    double rates[RUNS], checks[RUNS], ratios[RUNS], indexed[RUNS];
    char home[300], line[1024];
    uint64_t peak = 0;
    for (unsigned run = 0; run < RUNS; run++) {
        uint8_t id[HASH_SIZE];
        double told, half = bench_check_rate(2, CHECKS);
        snprintf(home, sizeof home, "%s/open%u", bench_directory(), run);
        bench_home(home, "other", id);
        const char *arguments[] = {"--home", home, "--json", "pouch", "open", pouch, NULL};
        double all = bench_run(arguments, "\"accepted\"", &told, line, sizeof line, &peak);
        if (bench_field(line, "accepted") != RECORDS) bench_die("not every record was accepted", 0);
        checks[run] = (half + bench_check_rate(2, CHECKS)) / 2;
        rates[run] = RECORDS / told;
        ratios[run] = rates[run] / checks[run];
        indexed[run] = all - told;
    }
    double ratio = bench_median(ratios, RUNS), after = bench_median(indexed, RUNS);
    bench_report(&(struct bench_result){"pouch_open", RECORDS, bench_median(rates, RUNS), "records/s",
                                        bench_median(checks, RUNS), ratio, OPEN_TARGET, ratio >= OPEN_TARGET});
    bench_report(&(struct bench_result){"pouch_open_indexed_after", RECORDS, after, "s", 0, 0, INDEX_TARGET,
                                        after <= INDEX_TARGET});
    bench_report(&(struct bench_result){"pouch_open_memory", RECORDS, (double)peak / (1 << 20), "MiB", 0, 0, 64,
                                        peak < 64 << 20});
}

int main(void) {
    char many[300], other[300];
    struct sums *sums = malloc(sizeof *sums);
    if (!sums) return 1;
    bytes_measure("1000_authors",
                  &(struct bench_fill){.records = RECORDS, .authors = 1000, .text_size = SIZE, .seconds_apart = 5},
                  many, sums);
    bytes_measure("1_author",
                  &(struct bench_fill){.records = RECORDS, .authors = 1, .text_size = SIZE, .seconds_apart = 5}, other,
                  sums);
    bytes_measure("whole_record_300",
                  &(struct bench_fill){
                      .records = RECORDS, .authors = 1000, .text_size = SIZE, .record_size = SIZE, .seconds_apart = 5},
                  other, sums);
    free(sums);
    open_measure(many);
    return 0;
}
