/*
 * persons_bench.c: the register of people of a community with 100,000 records, 40,000 entries, 55,000 notes and 5,000
 * links by 700 people: read out of a store on a disk and folded, from cold; once more after that, which is what one
 * more record costs; the folding alone; a name looked for, reading included.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench_util.h"
#include "core/crypto.h"
#include "query/persons.h"
#include "test/view/names_sample_util.h"

#define RECORDS 100000
#define ENTRIES 40000
#define LINKS 5000
#define PEOPLE 700
#define NOW UINT64_C(1790000000)

static struct author people[PEOPLE];
static uint8_t ids[RECORDS][HASH_SIZE];
static uint8_t room[RECORD_SIZE_MAX];

static void must(int result, const char *what) {
    if (result < 0) bench_die(what, result);
}

static void record_put(struct store *s, unsigned i, struct rng *g, uint64_t *seed) {
    uint8_t salt[RECORD_SALT_SIZE];
    struct record r;
    struct sample_person who;
    char text[200], name[SAMPLE_NAME_MAX];
    struct author *author = &people[bench_random(seed) % PEOPLE];
    const uint8_t *about = ids[bench_random(seed) % ENTRIES], *other = ids[bench_random(seed) % ENTRIES];
    const struct person_text words = {text, bench_text(i, 120, text)};
    int size;
    randombytes_buf(salt, sizeof salt);
    if (i < ENTRIES) {
        struct person_entry e = {.sex = 1, .text = {[PERSON_DESCRIPTION] = words}};
        sample_person(g, &who);
        e.text[PERSON_NAME] = (struct person_text){name, sample_entry(g, &who, name)};
        size = person_entry_make(author, &e, 1, NOW - RECORDS + i, salt, room, &r);
    } else if (i < RECORDS - LINKS) {
        struct person_note n = {.target = about, .text = {[PERSON_NOTE_TEXT] = words}};
        n.status = (uint8_t)(1 + i % PERSON_STATUS_MAX);
        n.ground = (uint8_t)(1 + i % PERSON_GROUND_MAX);
        size = person_note_make(author, &n, 1, NOW - RECORDS + i, salt, room, &r);
    } else {
        const struct person_link l = {.one = about, .other = other == about ? ids[0] : other, .type = PERSON_LINK};
        size = person_link_make(author, &l, NOW - RECORDS + i, salt, room, &r);
    }
    must(size, "a record");
    memcpy(ids[i], r.id, HASH_SIZE);
    must(store_put(s, &r, room, (size_t)size, NOW), "put");
}

static double board_seconds(struct store *s, const uint8_t community[HASH_SIZE], size_t *count, double *fold) {
    struct person_board b;
    double begun = bench_now();
    must(person_board_read(&b, s, community, NOW, false), "the register");
    double seconds = bench_now() - begun;
    *count = b.item_count + b.step_count + b.tie_count;
    begun = bench_now();
    person_fold(b.items, b.item_count, b.steps, b.step_count, b.ties, b.tie_count, NOW);
    *fold = bench_now() - begun;
    person_board_free(&b);
    return seconds;
}

/* A name out of the register that was read with names; the index is built anew. */
static double find_seconds(struct store *s, const uint8_t community[HASH_SIZE]) {
    struct person_board b;
    size_t places[10];
    uint8_t percents[10];
    double begun = bench_now();
    must(person_board_read(&b, s, community, NOW, true), "the register");
    must(person_board_find(&b, "Nursultan Abdirov", places, percents, 10), "find");
    double seconds = bench_now() - begun;
    person_board_free(&b);
    return seconds;
}

int main(void) {
    struct charter charter = {
        .access = CHARTER_CLOSED, .write = CHARTER_WRITE_ANYONE, .keep_days = 90, .title = "bench", .lang = "en"};
    struct store *s;
    struct record record;
    struct rng g;
    char path[4200];
    uint8_t body[CHARTER_BODY_MAX], salt[RECORD_SALT_SIZE] = {0}, seed_bytes[SEED_SIZE];
    uint64_t seed = 5;
    size_t count;
    double cold[5], more[5], fold[5], find[5];
    if (sodium_init() < 0) return 1;
    rng_begin(&g, "persons bench");
    snprintf(path, sizeof path, "%s/persons.db", bench_directory());
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
        record_put(s, i, &g, &seed);
        if (i % 5000 == 4999) must(store_commit(s), "commit");
    }
    for (unsigned i = 0; i < 5; i++) { /* opened anew, with nothing in the store's own memory */
        store_close(s);
        must(store_sqlite_open(&s, path, false, NULL, NULL), "the store again");
        cold[i] = board_seconds(s, charter.community, &count, &fold[i]);
        if (count != RECORDS) bench_die("records are missing in the register", 0);
    }
    for (unsigned i = 0; i < 5; i++) more[i] = board_seconds(s, charter.community, &count, &fold[i]);
    for (unsigned i = 0; i < 5; i++) find[i] = find_seconds(s, charter.community);
    store_close(s);
    double value = bench_median(cold, 5);
    bench_report(&(struct bench_result){
        .bench = "persons_cold", .n = RECORDS, .value = value, .unit = "s", .target = 1, .ok = value <= 1});
    bench_report(&(struct bench_result){
        .bench = "persons_again", .n = RECORDS, .value = bench_median(more, 5), .unit = "s", .ok = true});
    bench_report(&(struct bench_result){
        .bench = "persons_fold", .n = RECORDS, .value = bench_median(fold, 5), .unit = "s", .ok = true});
    bench_report(&(struct bench_result){
        .bench = "persons_find_cold", .n = ENTRIES, .value = bench_median(find, 5), .unit = "s", .ok = true});
    return 0;
}
