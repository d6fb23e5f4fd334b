/*
 * import_bench.c: `longear import` of 100,000 lines as a process (read, create, sign, store durably), against libsodium
 * signing the same texts on one core. The rate counts until the last message is durable and told; the texts are
 * searchable when the process has ended.
 */
#include <stdlib.h>
#include <string.h>

#include "bench/bench_util.h"

#define RECORDS 100000
#define TEXT_SIZE 300
#define RUNS 5
#define TARGET 0.7

static void lines_write(const char *path) {
    char text[TEXT_SIZE + 1];
    FILE *file = fopen(path, "w");
    if (!file) bench_die(path, ERR_IO);
    for (uint64_t i = 0; i < RECORDS; i++) {
        (void)bench_text(i, TEXT_SIZE, text);
        fputs("{\"text\": \"", file);
        for (const char *at = text; *at; at++) {
            if (*at == '"' || *at == '\\') putc('\\', file);
            putc(*at, file);
        }
        fputs("\"}\n", file);
    }
    if (fclose(file) != 0) bench_die(path, ERR_IO);
}

int main(void) {
    char lines[300], home[300], line[1024];
    double rates[RUNS], signs[RUNS], ratios[RUNS], indexed[RUNS];
    snprintf(lines, sizeof lines, "%s/lines.jsonl", bench_directory());
    lines_write(lines);
    for (unsigned run = 0; run < RUNS; run++) {
        uint8_t id[HASH_SIZE];
        double told, half = bench_sign_rate(TEXT_SIZE, RECORDS / 10);
        snprintf(home, sizeof home, "%s/home%u", bench_directory(), run);
        bench_home(home, "import", id);
        const char *arguments[] = {"--home", home, "--json", "import", "import", lines, NULL};
        double all = bench_run(arguments, "\"imported\"", &told, line, sizeof line, NULL);
        if (bench_field(line, "imported") != RECORDS) bench_die("not every line was imported", 0);
        signs[run] = (half + bench_sign_rate(TEXT_SIZE, RECORDS / 10)) / 2;
        rates[run] = RECORDS / told;
        ratios[run] = rates[run] / signs[run];
        indexed[run] = all - told;
    }
    double ratio = bench_median(ratios, RUNS), after = bench_median(indexed, RUNS);
    bench_report(&(struct bench_result){"import", RECORDS, bench_median(rates, RUNS), "records/s",
                                        bench_median(signs, RUNS), ratio, TARGET, ratio >= TARGET});
    bench_report(&(struct bench_result){"import_indexed_after", RECORDS, after, "s", 0, 0, 5, after <= 5});
    return 0;
}
