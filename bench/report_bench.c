/*
 * report_bench.c: the reports of a community with 100,000 records, 40,000 reports (one in ten a correction) and 60,000
 * words by 2,000 people: read out of a store on a disk and folded, from cold, and again after that. And over how many
 * separate chains a reader knows those who say the same: 1,000 of 10,000 people, 60,000 vouches, 100 whom the reader
 * met; with as many keys that one of them made.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench_util.h"
#include "core/crypto.h"
#include "query/report.h"

#define RECORDS 100000
#define REPORTS 40000
#define PEOPLE 2000
#define NOW UINT64_C(1790000000)

#define TOWN 10000
#define VOUCHES 60000
#define MET 100
#define SAYING 1000
#define TODAY 20000

static struct author people[PEOPLE];
static uint8_t ids[RECORDS][HASH_SIZE];
static unsigned author_of[RECORDS];
static uint8_t room[RECORD_SIZE_MAX];

static void must(int result, const char *what) {
    if (result < 0) bench_die(what, result);
}

static void record_put(struct store *s, unsigned i, uint64_t *seed) {
    uint8_t salt[RECORD_SALT_SIZE];
    struct record r;
    char text[200];
    unsigned author = (unsigned)(bench_random(seed) % PEOPLE);
    int size;
    randombytes_buf(salt, sizeof salt);
    if (i < REPORTS) {
        struct report report = {.type = (uint8_t)(1 + i % 2),
                                .what = (uint8_t)(1 + i % REPORT_WHAT_MAX),
                                .ground = (uint8_t)(1 + i % REPORT_GROUND_MAX),
                                .until = NOW + i % 1000,
                                .text = text};
        report.size = bench_text(i, 120, text);
        if (i % 10 == 9) { /* of the one before */
            author = author_of[i - 1];
            report.corrects = ids[i - 1];
        }
        size = report_make(&people[author], &report, 1, NOW - RECORDS + i, salt, room, &r);
    } else {
        unsigned about = (unsigned)(bench_random(seed) % REPORTS);
        struct report_word word = {.say = (uint8_t)(1 + i % 3), .ground = REPORT_SAW, .target = ids[about]};
        word.text = text;
        word.size = bench_text(i, 40, text);
        size = report_word_make(&people[author], &word, 1, NOW - RECORDS + i, salt, room, &r);
    }
    must(size, "a record");
    author_of[i] = author;
    memcpy(ids[i], r.id, HASH_SIZE);
    must(store_put(s, &r, room, (size_t)size, NOW), "put");
}

static double board_seconds(struct store *s, const uint8_t community[HASH_SIZE]) {
    struct report_board board;
    double begun = bench_now();
    must(report_board_read(&board, s, community, NOW), "the board");
    double seconds = bench_now() - begun;
    if (board.item_count + board.line_count != RECORDS) bench_die("records are missing on the board", 0);
    report_board_free(&board);
    return seconds;
}

static void board_bench(void) {
    struct charter charter = {
        .access = CHARTER_OPEN, .write = CHARTER_WRITE_ANYONE, .keep_days = 30, .title = "bench", .lang = "en"};
    struct store *s;
    struct record record;
    char path[4200];
    uint8_t body[CHARTER_BODY_MAX], salt[RECORD_SALT_SIZE] = {0}, seed_bytes[SEED_SIZE];
    uint64_t seed = 5;
    double cold[5], more[5];
    snprintf(path, sizeof path, "%s/report.db", bench_directory());
    must(store_sqlite_open(&s, path, true, NULL, NULL), "a store");
    for (unsigned i = 0; i < PEOPLE; i++) {
        randombytes_buf(seed_bytes, sizeof seed_bytes);
        crypto_keypair(people[i].member.key, people[i].member.secret, seed_bytes);
        people[i].charter = &charter;
    }
    randombytes_buf(seed_bytes, sizeof seed_bytes);
    must(charter_found(&charter, &record, body, seed_bytes, salt, NOW - RECORDS), "a charter");
    must(store_community_put(s, &record, true), "a community");
    for (unsigned i = 0; i < RECORDS; i++) {
        if (i % 5000 == 0) must(store_begin(s), "begin");
        record_put(s, i, &seed);
        if (i % 5000 == 4999) must(store_commit(s), "commit");
    }
    for (unsigned i = 0; i < 5; i++) { /* opened anew, with nothing in the store's own memory */
        store_close(s);
        must(store_sqlite_open(&s, path, false, NULL, NULL), "the store again");
        cold[i] = board_seconds(s, charter.community);
    }
    for (unsigned i = 0; i < 5; i++) more[i] = board_seconds(s, charter.community);
    store_close(s);
    double value = bench_median(cold, 5);
    bench_report(&(struct bench_result){
        .bench = "report_board_cold", .n = RECORDS, .value = value, .unit = "s", .target = 1, .ok = value <= 1});
    bench_report(&(struct bench_result){
        .bench = "report_board_again", .n = RECORDS, .value = bench_median(more, 5), .unit = "s", .ok = true});
}

/* ---- Chains ---- */

static void key_of(uint8_t key[KEY_SIZE], uint32_t number) {
    for (unsigned i = 0; i < KEY_SIZE; i++) key[i] = (uint8_t)((number * 2654435761u >> i % 24) ^ i);
    memcpy(key + 8, &number, sizeof number);
}

/* fakes: so many of those who say so are keys that one person made; the others are people of the town. */
static double chains_seconds(const struct trust_vouch *vouches, unsigned fakes, unsigned *chains) {
    static uint8_t keys[SAYING + 1][KEY_SIZE], met[MET][KEY_SIZE], reader[KEY_SIZE];
    static struct report_line lines[SAYING];
    struct report_item item = {.type = REPORT_WARNING, .ground = REPORT_SAW};
    struct trust t;
    double taken[5];
    key_of(reader, 0);
    key_of(item.author, 1 + MET);
    for (uint32_t i = 0; i < MET; i++) key_of(met[i], 1 + i);
    memset(lines, 0, sizeof lines);
    for (uint32_t i = 0; i < SAYING; i++) {
        key_of(lines[i].author, i < fakes ? TOWN + i : 1 + MET + i * 7);
        lines[i].id[0] = (uint8_t)i;
        lines[i].say = REPORT_CONFIRM;
        lines[i].ground = REPORT_SAW;
    }
    report_fold(&item, 1, lines, SAYING, 1);
    void *memory = malloc(trust_memory(VOUCHES, MET));
    if (!memory) bench_die("memory", 0);
    must(trust_build(&t, reader, (const uint8_t(*)[KEY_SIZE])met, MET, vouches, VOUCHES, TODAY, memory), "trust");
    for (unsigned i = 0; i < 5; i++) {
        double begun = bench_now();
        *chains = report_chains(&t, &item, lines, REPORT_CONFIRM, keys);
        taken[i] = bench_now() - begun;
    }
    free(memory);
    return bench_median(taken, 5);
}

static void chains_bench(void) {
    struct trust_vouch *vouches = calloc(VOUCHES, sizeof *vouches);
    uint64_t seed = 7;
    unsigned chains, fake_chains;
    if (!vouches) bench_die("memory", 0);
    for (uint32_t i = 0; i < VOUCHES; i++) {
        uint32_t from = 1 + i % TOWN, to = 1 + (uint32_t)(bench_random(&seed) % TOWN);
        if (i >= VOUCHES - 5000) { /* what somebody who made a thousand keys does */
            from = i % 5 ? TOWN + i % SAYING : 1 + MET;
            to = TOWN + (i * 13) % SAYING;
        }
        vouches[i] = (struct trust_vouch){.seq = i, .day = TODAY, .expiry_day = TODAY + 90};
        key_of(vouches[i].id, i);
        key_of(vouches[i].author, from);
        key_of(vouches[i].target, to);
    }
    double value = chains_seconds(vouches, 0, &chains) * 1000,
           fakes = chains_seconds(vouches, SAYING, &fake_chains) * 1000;
    if (chains < 10 || fake_chains > 1) bench_die("the chains are not what they should be", (int)chains);
    bench_report(&(struct bench_result){
        .bench = "report_chains", .n = TOWN, .value = value, .unit = "ms", .target = 20, .ok = value <= 20});
    bench_report(&(struct bench_result){
        .bench = "report_chains_fakes", .n = TOWN, .value = fakes, .unit = "ms", .target = 20, .ok = fakes <= 20});
    free(vouches);
}

int main(void) {
    if (sodium_init() < 0) return 1;
    chains_bench();
    board_bench();
    return 0;
}
