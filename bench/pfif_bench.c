/*
 * pfif_bench.c: 10,000 entries about people with a note each, as PFIF: out to memory and in again.
 *
 * The baseline of the time is expat alone over the same bytes, that of the memory the document. The memory is the most
 * that a process of its own had resident, which reads the document out of a file piece by piece and writes what it
 * reads.
 */
#include <expat.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/bench_util.h"
#include "exchange/pfif.h"
#include "test/exchange/pfif_sample_util.h"

#define ENTRIES 10000
#define RUNS 5
#define SECONDS_TARGET 5
#define MEMORY_TARGET (64 << 20)

static char *document;
static size_t document_size, document_room;

static int to_memory(void *context, const char *bytes, size_t size) {
    (void)context;
    if (document_room - document_size < size) {
        document_room = 2 * document_room + size;
        document = realloc(document, document_room);
        if (!document) bench_die("memory", ERR_MEMORY);
    }
    memcpy(document + document_size, bytes, size);
    document_size += size;
    return 0;
}

static void document_make(void) {
    static struct pfif_sample sample;
    struct pfif_writer *w;
    struct rng g;
    rng_begin(&g, "pfif bench");
    int err = pfif_writer_open(&w, to_memory, NULL);
    for (unsigned i = 0; i < ENTRIES && !err; i++) {
        pfif_sample_person(&g, &sample, i);
        err = pfif_write_person(w, &sample.person);
        pfif_sample_note(&g, &sample, i);
        if (!err) err = pfif_write_note(w, &sample.note);
    }
    if (!err) err = pfif_writer_end(w);
    if (err) bench_die("writing", err);
    pfif_writer_free(w);
}

static uint64_t written;

static int count_bytes(void *context, const char *bytes, size_t size) {
    (void)context, (void)bytes;
    written += size;
    return 0;
}

static int on_person(void *context, const struct pfif_person *person) {
    return pfif_write_person(context, person);
}

static int on_note(void *context, const struct pfif_note *note) {
    return pfif_write_note(context, note);
}

static void begin(struct pfif_reader **r, struct pfif_writer **w) {
    int err = pfif_writer_open(w, count_bytes, NULL);
    const struct pfif_calls calls = {on_person, on_note, NULL, *w, 0};
    if (!err) err = pfif_reader_open(r, &calls);
    if (err) bench_die("opening", err);
}

static void end(struct pfif_reader *r, struct pfif_writer *w) {
    int err = pfif_reader_end(r);
    if (!err) err = pfif_writer_end(w);
    const struct pfif_counts *counts = pfif_reader_counts(r);
    if (err || counts->persons != ENTRIES || counts->notes != ENTRIES || counts->fields_refused || counts->unknown)
        bench_die("reading", err);
    pfif_reader_free(r);
    pfif_writer_free(w);
}

static double in_and_out(void) {
    struct pfif_reader *r;
    struct pfif_writer *w;
    const double began = bench_now();
    written = 0;
    begin(&r, &w);
    int err = pfif_reader_feed(r, (const uint8_t *)document, document_size);
    if (err) bench_die("reading", err);
    end(r, w);
    if (written != document_size) bench_die("what was written again is not what was read", 0);
    return bench_now() - began;
}

static double expat_alone(void) {
    XML_Parser parser = XML_ParserCreateNS(NULL, '\n');
    const double began = bench_now();
    if (!parser || XML_Parse(parser, document, (int)document_size, 1) != XML_STATUS_OK) bench_die("expat", 0);
    const double seconds = bench_now() - began;
    XML_ParserFree(parser);
    return seconds;
}

/* The child: read the document out of a file and write it again; exec'd, so that nothing of this process counts. */
static int child(const char *path) {
    static uint8_t piece[65536];
    struct pfif_reader *r;
    struct pfif_writer *w;
    ssize_t got;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    begin(&r, &w);
    while ((got = read(fd, piece, sizeof piece)) > 0) {
        int err = pfif_reader_feed(r, piece, (size_t)got);
        if (err) bench_die("reading", err);
    }
    end(r, w);
    struct rusage usage;
    if (fd < 0 || got < 0 || getrusage(RUSAGE_SELF, &usage) != 0) bench_die("reading", ERR_IO);
    printf("%ld\n", usage.ru_maxrss);
    return 0;
}

static double memory(const char *self) {
    char path[300], command[700];
    long kib = 0;
    snprintf(path, sizeof path, "%s/people.xml", bench_directory());
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(document, 1, document_size, f) != document_size || fclose(f) != 0) bench_die(path, ERR_IO);
    snprintf(command, sizeof command, "'%s' '%s'", self, path);
    FILE *told = popen(command, "r");
    if (!told || fscanf(told, "%ld", &kib) != 1 || pclose(told) != 0 || kib <= 0) bench_die(command, ERR_IO);
    return (double)kib * 1024;
}

int main(int argc, char **argv) {
    double ours[RUNS], bare[RUNS];
    if (argc == 2) return child(argv[1]);
    document_make();
    for (unsigned i = 0; i < RUNS; i++) {
        ours[i] = in_and_out();
        bare[i] = expat_alone();
    }
    const double seconds = bench_median(ours, RUNS), peak = memory(argv[0]);
    fprintf(stderr, "%u entries and as many notes: %.1f MB of XML\n", ENTRIES, (double)document_size / 1e6);
    bench_report(&(struct bench_result){"pfif_in_and_out", ENTRIES, seconds, "s", bench_median(bare, RUNS), 0,
                                        SECONDS_TARGET, seconds <= SECONDS_TARGET});
    bench_report(&(struct bench_result){"pfif_memory", ENTRIES, peak, "B", (double)document_size, 0, MEMORY_TARGET,
                                        peak <= MEMORY_TARGET});
    free(document);
    return 0;
}
