/*
 * demands_bench.c: the demands of a community with 100,000 records, 2,000 demands, 3,000 other wordings, 5,000 acts of
 * the coordinator, 2,000 tallies and 88,000 signatures by 2,000 people: read out of a store on a disk and folded, from
 * cold and once more.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench_util.h"
#include "core/crypto.h"
#include "query/demands.h"

#define RECORDS 100000
#define DEMANDS 2000
#define PEOPLE 2000
#define NOW UINT64_C(1790000000)

static struct author people[PEOPLE];
static uint8_t ids[DEMANDS][HASH_SIZE];
static uint8_t room[RECORD_SIZE_MAX];

static void must(int result, const char *what) {
    if (result < 0) bench_die(what, result);
}

static void record_put(struct store *s, unsigned i, uint64_t *seed) {
    uint8_t salt[RECORD_SALT_SIZE];
    struct record r;
    char text[200];
    struct author *author = &people[1 + bench_random(seed) % (PEOPLE - 1)];
    uint64_t created = NOW - RECORDS + i;
    const uint8_t *about = ids[bench_random(seed) % DEMANDS];
    unsigned kind = (unsigned)(bench_random(seed) % 98);
    int size;
    randombytes_buf(salt, sizeof salt);
    if (i < DEMANDS || kind < 3) {
        struct demand demand = {.text = text, .size = (size_t)bench_text(i, 120, text)};
        if (i >= DEMANDS) demand.of = about;
        size = demand_make(i < DEMANDS ? author : &people[0], &demand, created, salt, room, &r);
    } else if (kind < 5) {
        struct demand_tally tally = {.way = DEMAND_HANDS, .target = about, .object = about, .in_favour = 1 + i % 3};
        size = demand_tally_make(author, &tally, created, salt, room, &r);
    } else {
        struct demand_act act = {.type = DEMAND_SUPPORT, .target = about, .object = about};
        if (kind < 10) act = (struct demand_act){.type = DEMAND_PUT, .target = about, .object = about};
        size = demand_act_make(kind < 10 ? &people[0] : author, &act, created, salt, room, &r);
    }
    must(size, "a record");
    if (i < DEMANDS) memcpy(ids[i], r.id, HASH_SIZE);
    must(store_put(s, &r, room, (size_t)size, NOW), "put");
}

static bool coordinates(void *context, const uint8_t key[KEY_SIZE]) {
    (void)context;
    return memcmp(key, people[0].member.key, KEY_SIZE) == 0;
}

static double board_seconds(struct store *s, const uint8_t community[HASH_SIZE], size_t *count) {
    struct demand_board board;
    double begun = bench_now();
    must(demand_board_read(&board, s, community, NOW, coordinates, NULL, NULL, 0), "the demands");
    double seconds = bench_now() - begun;
    *count = board.item_count + board.step_count;
    demand_board_free(&board);
    return seconds;
}

int main(void) {
    struct charter charter = {
        .access = CHARTER_OPEN, .write = CHARTER_WRITE_ANYONE, .keep_days = 30, .title = "bench", .lang = "en"};
    struct store *s;
    struct record record;
    char path[4200];
    uint8_t body[CHARTER_BODY_MAX], salt[RECORD_SALT_SIZE] = {0}, seed_bytes[SEED_SIZE];
    uint64_t seed = 5;
    size_t count;
    double cold[5], more[5];
    if (sodium_init() < 0) return 1;
    snprintf(path, sizeof path, "%s/demands.db", bench_directory());
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
        cold[i] = board_seconds(s, charter.community, &count);
        if (count != RECORDS) bench_die("records are missing", 0);
    }
    for (unsigned i = 0; i < 5; i++) more[i] = board_seconds(s, charter.community, &count);
    store_close(s);
    double value = bench_median(cold, 5);
    bench_report(&(struct bench_result){
        .bench = "demands_cold", .n = RECORDS, .value = value, .unit = "s", .target = 1, .ok = value <= 1});
    bench_report(&(struct bench_result){
        .bench = "demands_again", .n = RECORDS, .value = bench_median(more, 5), .unit = "s", .ok = true});
    return 0;
}
