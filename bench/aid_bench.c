/*
 * aid_bench.c: the board of needs and offers of a community with 100,000 records, 60,000 entries and 40,000 acts by
 * 2,000 people: read out of a store on a disk and folded, from cold; the folding alone; and once more after one more
 * record, which is done anew as a whole.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench_util.h"
#include "core/crypto.h"
#include "query/aid.h"

#define RECORDS 100000
#define ENTRIES 60000
#define PEOPLE 2000
#define NOW UINT64_C(1790000000)

static struct author people[PEOPLE];
static uint8_t ids[RECORDS][HASH_SIZE];
static unsigned author_of[RECORDS];
static uint8_t room[RECORD_SIZE_MAX];

static void must(int result, const char *what) {
    if (result < 0) bench_die(what, result);
}

static void record_put(struct store *s, unsigned i, uint64_t *seed) {
    static const uint8_t key[KEY_SIZE] = {9};
    uint8_t salt[RECORD_SALT_SIZE];
    struct record r;
    char text[200];
    unsigned author = (unsigned)(bench_random(seed) % PEOPLE);
    int size;
    randombytes_buf(salt, sizeof salt);
    if (i < ENTRIES) {
        struct aid aid = {
            .type = 1 + i % 2, .what = (uint8_t)(1 + i % AID_WHAT_MAX), .helpers = (uint8_t)(1 + i % 3), .text = text};
        aid.size = bench_text(i, 120, text);
        size = aid_make(&people[author], &aid, 1, NOW - RECORDS + i, salt, room, &r);
    } else { /* most are takes of others' entries, some say that they are done, some are their author's answers */
        unsigned about = (unsigned)(bench_random(seed) % ENTRIES), kind = (unsigned)(bench_random(seed) % 10);
        struct aid_act act = {.type = AID_TAKE, .target = ids[about], .key = key};
        if (kind >= 7) act = (struct aid_act){.type = kind == 7 ? AID_BACK : AID_DONE, .target = ids[about]};
        if (kind == 9) author = author_of[about];
        size = aid_act_make(&people[author], &act, 1, NOW - RECORDS + i, salt, room, &r);
    }
    must(size, "a record");
    author_of[i] = author;
    memcpy(ids[i], r.id, HASH_SIZE);
    must(store_put(s, &r, room, (size_t)size, NOW), "put");
}

static double board_seconds(struct store *s, const uint8_t community[HASH_SIZE], size_t *count) {
    struct aid_board board;
    double begun = bench_now();
    must(aid_board_read(&board, s, community, NOW), "the board");
    double seconds = bench_now() - begun;
    *count = board.item_count + board.step_count;
    aid_board_free(&board);
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
    snprintf(path, sizeof path, "%s/aid.db", bench_directory());
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
        if (count != RECORDS) bench_die("records are missing on the board", 0);
    }
    for (unsigned i = 0; i < 5; i++) more[i] = board_seconds(s, charter.community, &count);
    store_close(s);
    double value = bench_median(cold, 5);
    bench_report(&(struct bench_result){
        .bench = "aid_board_cold", .n = RECORDS, .value = value, .unit = "s", .target = 1, .ok = value <= 1});
    bench_report(&(struct bench_result){
        .bench = "aid_board_again", .n = RECORDS, .value = bench_median(more, 5), .unit = "s", .ok = true});
    return 0;
}
