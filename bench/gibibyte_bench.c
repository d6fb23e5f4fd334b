/*
 * gibibyte_bench.c: open a pouch of 1 GiB, two videos and some thousand records, as a process, and measure the memory
 * it needs.
 *
 * The pouch is written here, frame by frame, so that no store of a gibibyte is needed first.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/bench_util.h"
#include "carrier/zip.h"
#include "carrier/zip_file.h"
#include "core/blob.h"
#include "core/pouch.h"

#define BLOBS 2
#define CHUNKS 16280 /* × 32 KiB × 2: with frames and proofs just over 1 GiB */
#define RECORDS 20000
#define MEMORY_TARGET (64 << 20)

/* Chunk k of blob b, the same whenever it is asked for; does not compress. */
static void chunk_make(unsigned b, uint32_t k, uint8_t *out) {
    uint64_t state = ((uint64_t)b << 32) + k + 1;
    for (size_t i = 0; i < BLOB_CHUNK_SIZE; i += sizeof state) {
        uint64_t word = bench_random(&state);
        memcpy(out + i, &word, sizeof word);
    }
}

static void chunk_write(struct zip_writer *zip, const struct pouch_chunk *chunk) {
    static uint8_t plain_room[POUCH_SECTION_MAX], out[POUCH_FRAME_MAX];
    struct writer plain, raw;
    uint8_t *sections = out + POUCH_HEADER_SIZE;
    writer_init(&plain, sections, POUCH_SECTION_MAX);
    writer_init(&raw, plain_room, POUCH_SECTION_MAX);
    int err = pouch_chunk_encode(chunk, &plain, &raw);
    if (err) bench_die("chunk", err);
    memcpy(sections + plain.at, raw.data, raw.at);
    struct pouch_frame frame = {.type = POUCH_CHUNK,
                                .codec = POUCH_STORED,
                                .packed_size = (uint32_t)plain.at,
                                .plain_size = (uint32_t)plain.at,
                                .raw_size = (uint32_t)raw.at};
    pouch_frame_encode(out, &frame, sections);
    err = zip_write(zip, out, POUCH_HEADER_SIZE + plain.at + raw.at);
    if (err) bench_die("writing", err);
}

static void blob_write(struct zip_writer *zip, unsigned b) {
    static uint8_t data[BLOB_CHUNK_SIZE], proof[BLOB_PROOF_MAX];
    uint64_t size_bytes = (uint64_t)CHUNKS * BLOB_CHUNK_SIZE;
    uint8_t id[HASH_SIZE], (*nodes)[HASH_SIZE] = calloc(blob_tree_size(CHUNKS), HASH_SIZE);
    if (!nodes) bench_die("memory", ERR_MEMORY);
    for (uint32_t k = 0; k < CHUNKS; k++) {
        chunk_make(b, k, data);
        blob_leaf(nodes[k], data, sizeof data);
    }
    blob_tree(id, nodes, CHUNKS, size_bytes);
    for (uint32_t k = 0; k < CHUNKS; k++) {
        chunk_make(b, k, data);
        struct pouch_chunk chunk = {.size_bytes = size_bytes,
                                    .index = k,
                                    .proof = proof,
                                    .proof_size = blob_proof(proof, nodes, CHUNKS, k) * (size_t)HASH_SIZE,
                                    .data = data,
                                    .data_size = sizeof data};
        memcpy(chunk.blob, id, HASH_SIZE);
        chunk_write(zip, &chunk);
    }
    free(nodes);
}

/* The frames of a pouch of records, made by the program itself. */
static void records_write(struct zip_writer *zip) {
    char home[300], pouch[300], line[1024];
    static uint8_t bytes[1 << 16];
    uint8_t id[HASH_SIZE];
    ssize_t got;
    snprintf(home, sizeof home, "%s/source", bench_directory());
    snprintf(pouch, sizeof pouch, "%s/source.zip", bench_directory());
    bench_home(home, "source", id);
    bench_home_fill(home, id,
                    &(struct bench_fill){.records = RECORDS, .authors = 100, .text_size = 300, .seconds_apart = 5});
    const char *arguments[] = {"--home", home, "--json", "pouch", "pack", pouch, NULL};
    (void)bench_run(arguments, "\"records\"", NULL, line, sizeof line, NULL);
    int fd = open(pouch, O_RDONLY);
    if (fd < 0) bench_die(pouch, ERR_IO);
    /* As a whole, zip and all: a reader looks for the frames within. */
    while ((got = read(fd, bytes, sizeof bytes)) > 0)
        if (zip_write(zip, bytes, (size_t)got) != 0) bench_die("writing", ERR_IO);
    close(fd);
}

int main(void) {
    static struct zip_writer zip;
    char pouch[300], home[300], line[1024];
    uint8_t id[HASH_SIZE];
    struct stat info;
    uint64_t peak;
    double told;
    snprintf(pouch, sizeof pouch, "%s/gibibyte.zip", bench_directory());
    snprintf(home, sizeof home, "%s/home", bench_directory());
    int fd = open(pouch, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (fd < 0) bench_die(pouch, ERR_IO);
    zip_init(&zip, zip_file_write, &fd, 0);
    int err = zip_member(&zip, "messages.longear");
    records_write(&zip);
    for (unsigned b = 0; b < BLOBS; b++) blob_write(&zip, b);
    if (err || zip_end(&zip) != 0 || fstat(fd, &info) != 0 || close(fd) != 0) bench_die(pouch, ERR_IO);
    bench_home(home, "other", id);
    const char *arguments[] = {"--home", home, "--json", "pouch", "open", pouch, NULL};
    double seconds = bench_run(arguments, "\"accepted\"", &told, line, sizeof line, &peak);
    if (bench_field(line, "accepted") != RECORDS || info.st_size < 1 << 30) bench_die("not everything arrived", 0);
    bench_report(&(struct bench_result){"gibibyte_open_memory", (uint64_t)info.st_size, (double)peak / (1 << 20), "MiB",
                                        0, 0, MEMORY_TARGET >> 20, peak < MEMORY_TARGET});
    bench_report(&(struct bench_result){"gibibyte_open_rate", (uint64_t)info.st_size,
                                        (double)info.st_size / (1 << 20) / seconds, "MiB/s", 0, 0, 0, true});
    return 0;
}
