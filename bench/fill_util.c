/*
 * fill_util.c: homes full of records, and what libsodium alone can do.
 *
 * Many authors write at random into one community. A block of records is shared out among the signing threads by
 * author, so that each author's records name the one before; then the block is stored in one transaction.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/bench_util.h"
#include "core/text.h"
#include "node/compose.h"

#define THREADS 2
#define BLOCK 4000
#define ROOM 1024
#define MESSAGE_SIZE 176 /* domain, a usual header, body hash */

struct writer_of {
    struct composer composer;
};

struct filling {
    const struct bench_fill *fill;
    struct writer_of *authors;
    uint64_t begin, now;
    size_t count; /* of this block */
    unsigned author_of[BLOCK];
    struct composed made[BLOCK];
    uint8_t rooms[BLOCK][ROOM];
};

struct part {
    struct filling *filling;
    unsigned index;
};

/* Write a record of the block. Its place in time is its number. */
static void record_make(struct filling *f, size_t k, uint8_t *scratch) {
    const struct bench_fill *fill = f->fill;
    uint64_t i = f->begin + k;
    char text[ROOM];
    struct compose_text in = {.text = text,
                              .size = bench_text(i, fill->text_size, text),
                              .urgency = URGENCY_NORMAL,
                              .created = f->now - (fill->records - i) * fill->seconds_apart};
    struct composer *c = &f->authors[f->author_of[k]].composer;
    struct composer before = *c;
    int size = compose_sign(c, &in, f->now, scratch, &f->made[k].record);
    if (size > 0 && fill->record_size > 0 && (size_t)size > fill->record_size) {
        /* Cut by what is over; the end may be half a character, so join the text again to the smaller size. */
        *c = before;
        in.size = bench_text(i, fill->text_size - ((size_t)size - fill->record_size), text);
        size = compose_sign(c, &in, f->now, scratch, &f->made[k].record);
    }
    if (size < 0 || size > ROOM) bench_die("signing", size);
    memcpy(f->rooms[k], scratch, (size_t)size);
    f->made[k].bytes = f->rooms[k];
    f->made[k].size = (size_t)size;
    f->made[k].record.body = f->rooms[k] + size - f->made[k].record.body_size;
}

static void *part_run(void *argument) {
    struct part *part = argument;
    struct filling *f = part->filling;
    uint8_t *scratch = malloc(RECORD_SIZE_MAX);
    if (!scratch) bench_die("memory", ERR_MEMORY);
    for (size_t k = 0; k < f->count; k++)
        if (f->author_of[k] % THREADS == part->index) record_make(f, k, scratch);
    free(scratch);
    return NULL;
}

static void block_store(struct home *home, struct filling *f) {
    int err = store_begin(home->store);
    for (size_t k = 0; k < f->count && !err; k++) {
        int put = store_put(home->store, &f->made[k].record, f->made[k].bytes, f->made[k].size, f->now);
        err = put < 0 ? put : 0;
    }
    if (!err) err = store_commit(home->store);
    if (err) bench_die(store_why(home->store), err);
}

static void block_sign(struct filling *f) {
    pthread_t threads[THREADS];
    struct part parts[THREADS];
    for (unsigned t = 0; t < THREADS; t++) {
        parts[t] = (struct part){.filling = f, .index = t};
        if (pthread_create(&threads[t], NULL, part_run, &parts[t]) != 0) bench_die("threads", ERR_MEMORY);
    }
    for (unsigned t = 0; t < THREADS; t++) pthread_join(threads[t], NULL);
}

static void authors_make(struct filling *f, const struct charter *charter) {
    f->authors = calloc(f->fill->authors, sizeof *f->authors);
    if (!f->authors) bench_die("memory", ERR_MEMORY);
    for (unsigned i = 0; i < f->fill->authors; i++) {
        uint8_t seed[SEED_SIZE];
        randombytes_buf(seed, sizeof seed);
        f->authors[i].composer.charter = *charter;
        person_in(&f->authors[i].composer.author.member, seed, charter);
    }
}

void bench_home(const char *path, const char *title, uint8_t id[HASH_SIZE]) {
    char why[HOME_WHY_SIZE] = "";
    struct home *home;
    struct compose_community what = {.title = title, .lang = "kk"};
    if (sodium_init() < 0) bench_die("sodium_init", ERR_ENTROPY);
    int err = home_init(path, "bench", why);
    if (!err) err = home_open(&home, path, why);
    if (err) bench_die(why, err);
    home_enter(home);
    err = compose_community(home, &what, id);
    home_leave(home);
    if (err) bench_die("community", err);
    home_close(home);
}

void bench_home_fill(const char *path, const uint8_t community[HASH_SIZE], const struct bench_fill *fill) {
    char why[HOME_WHY_SIZE] = "";
    struct home *home;
    static struct store_community known;
    uint64_t state = 1;
    (void)bench_texts();
    struct filling *f = calloc(1, sizeof *f);
    int err = home_open(&home, path, why);
    if (err || !f) bench_die(why, err);
    home_enter(home);
    f->now = home_when(home).now;
    err = store_community_get(home->store, community, f->now, &known);
    if (err) bench_die(store_why(home->store), err);
    f->fill = fill;
    authors_make(f, &known.charter);
    for (; f->begin < fill->records; f->begin += f->count) {
        f->count = fill->records - f->begin < BLOCK ? (size_t)(fill->records - f->begin) : BLOCK;
        for (size_t k = 0; k < f->count; k++) f->author_of[k] = (unsigned)(bench_random(&state) % fill->authors);
        block_sign(f);
        block_store(home, f);
    }
    while ((err = store_index(home->store, 5000)) > 0) continue;
    if (err < 0) bench_die(store_why(home->store), err);
    home_leave(home);
    home_close(home);
    free(f->authors);
    free(f);
}

/* ---- libsodium alone ---- */

double bench_sign_rate(size_t text_size, unsigned count) {
    uint8_t key[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES], signature[crypto_sign_BYTES];
    char(*texts)[ROOM] = calloc(count, sizeof *texts);
    if (!texts || sodium_init() < 0) bench_die("memory", ERR_MEMORY);
    crypto_sign_keypair(key, secret);
    for (unsigned i = 0; i < count; i++) (void)bench_text(i, text_size, texts[i]);
    double started = bench_now();
    for (unsigned i = 0; i < count; i++)
        crypto_sign_detached(signature, NULL, (const uint8_t *)texts[i], text_size, secret);
    double seconds = bench_now() - started;
    free(texts);
    return count / seconds;
}

struct checking {
    unsigned count;
    uint8_t key[crypto_sign_PUBLICKEYBYTES], message[MESSAGE_SIZE], signature[64][crypto_sign_BYTES];
    int bad;
};

static void *checking_run(void *argument) {
    struct checking *c = argument;
    for (unsigned i = 0; i < c->count; i++) {
        c->message[0] = (uint8_t)(i % 64);
        c->bad |= crypto_sign_verify_detached(c->signature[i % 64], c->message, sizeof c->message, c->key);
    }
    return NULL;
}

double bench_check_rate(unsigned threads, unsigned count) {
    pthread_t running[16];
    struct checking checks[16];
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
    if (threads > 16 || sodium_init() < 0) bench_die("threads", ERR_LIMIT);
    for (unsigned t = 0; t < threads; t++) {
        checks[t] = (struct checking){.count = count / threads};
        crypto_sign_keypair(checks[t].key, secret);
        randombytes_buf(checks[t].message, sizeof checks[t].message);
        for (unsigned i = 0; i < 64; i++) {
            checks[t].message[0] = (uint8_t)i;
            crypto_sign_detached(checks[t].signature[i], NULL, checks[t].message, sizeof checks[t].message, secret);
        }
    }
    double started = bench_now();
    for (unsigned t = 0; t < threads; t++)
        if (pthread_create(&running[t], NULL, checking_run, &checks[t]) != 0) bench_die("threads", ERR_MEMORY);
    int bad = 0;
    for (unsigned t = 0; t < threads; t++) {
        pthread_join(running[t], NULL);
        bad |= checks[t].bad;
    }
    if (bad) bench_die("a good signature was refused", 0);
    return count / threads * threads / (bench_now() - started);
}
