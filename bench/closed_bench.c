/*
 * closed_bench.c: a change of the membership in a closed community of 500: what it puts on the air, and how long it
 * takes who makes it and every member who hears of it. Stores on a disk.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench_util.h"
#include "closed/closed.h"
#include "core/crypto.h"

#define MEMBERS 500
#define ROUNDS 5
#define NOW UINT64_C(1790000000)

static const struct when when = {.now = NOW, .confirmed = true};
static struct charter charter;

struct device {
    uint8_t seed[SEED_SIZE];
    struct store *store;
    struct closed *closed;
};

static void member_of(void *context, const struct charter *c, struct member *out) {
    person_in(out, ((struct device *)context)->seed, c);
}

static void random_of(void *context, uint8_t *out, size_t size) {
    (void)context;
    randombytes_buf(out, size);
}

static void must(int result, const char *what) {
    if (result < 0) bench_die(what, result);
}

static void device_begin(struct device *d, const char *name) {
    char path[4200];
    const struct closed_host host = {NULL, d, member_of, random_of};
    struct closed_host with = host;
    snprintf(path, sizeof path, "%s/%s.db", bench_directory(), name);
    randombytes_buf(d->seed, sizeof d->seed);
    must(store_sqlite_open(&d->store, path, true, NULL, NULL), "a store");
    with.store = d->store;
    must(closed_new(&d->closed, &with), "closed");
}

struct sealed_sum {
    uint64_t bytes;
    struct store *from, *to;
    int64_t nums[4096];
    size_t count;
};

static int sum_visit(void *context, const struct store_arrival *a) {
    struct sealed_sum *s = context;
    if (!a->sealed || s->count == 4096) return 0;
    s->bytes += a->size;
    s->nums[s->count++] = a->num;
    return 0;
}

/* Carry what arrived after a number. Return its bytes. */
static uint64_t carry(const struct device *from, const struct device *to, int64_t after) {
    static struct sealed_sum s;
    static uint8_t room[RECORD_SIZE_MAX];
    s = (struct sealed_sum){.from = from->store, .to = to->store};
    must(store_arrived_after(s.from, after, 0, sum_visit, &s), "arrivals");
    must(store_begin(s.to), "begin");
    for (size_t i = 0; i < s.count; i++) {
        struct store_record r;
        must(store_get_num(s.from, s.nums[i], room, &r), "get");
        must(store_put(s.to, &r.record, r.bytes, r.size, NOW), "put");
    }
    must(store_commit(s.to), "commit");
    return s.bytes;
}

static void open_all(const struct device *d) {
    for (int left = 1; left > 0;) {
        left = closed_open(d->closed, when, 256);
        must(left, "open");
    }
}

/* Admit a person of whom there is nothing but a request. */
static void admit_nobody(const struct device *coordinator, uint8_t key[KEY_SIZE]) {
    struct join_request r = {0};
    uint8_t secret[KEY_SIZE];
    randombytes_buf(secret, sizeof secret);
    randombytes_buf(r.key, KEY_SIZE);
    randombytes_buf(r.drop, KEY_SIZE);
    crypto_x25519_base(r.prekey, secret);
    memcpy(r.community, charter.community, HASH_SIZE);
    memcpy(key, r.key, KEY_SIZE);
    must(closed_admit(coordinator->closed, &r, when), "admit");
}

int main(void) {
    static struct device founder, member;
    static uint8_t keys[MEMBERS + ROUNDS][KEY_SIZE];
    struct record record;
    uint8_t body[CHARTER_BODY_MAX], salt[RECORD_SALT_SIZE] = {0};
    char line[REQUEST_CHARS_MAX + 1];
    struct join_request request;
    double making[ROUNDS], hearing[ROUNDS], bytes[ROUNDS];
    if (sodium_init() < 0) bench_die("sodium", 0);
    device_begin(&founder, "founder");
    device_begin(&member, "member");
    memcpy(charter.title, "Five hundred", 12);
    memcpy(charter.lang, "kk", 2);
    charter.access = CHARTER_CLOSED;
    charter.keep_days = 30;
    must(charter_found(&charter, &record, body, founder.seed, salt, NOW), "charter");
    must(store_community_put(founder.store, &record, true), "community");
    must(store_community_put(member.store, &record, true), "community");
    must(closed_found(founder.closed, charter.community, when), "found");
    must(closed_request(member.closed, charter.community, when, line), "request");
    must(join_request_decode(&request, line, strlen(line)), "request");
    must(closed_admit(founder.closed, &request, when), "admit");
    for (unsigned i = 2; i < MEMBERS + ROUNDS; i++) admit_nobody(&founder, keys[i]);
    carry(&founder, &member, 0);
    open_all(&founder);
    open_all(&member);
    for (unsigned i = 0; i < ROUNDS; i++) {
        int64_t before = store_newest_num(founder.store);
        double start = bench_now();
        must(closed_remove(founder.closed, charter.community, keys[i + 2], when), "remove");
        making[i] = (bench_now() - start) * 1000;
        bytes[i] = (double)carry(&founder, &member, before);
        start = bench_now();
        open_all(&member);
        hearing[i] = (bench_now() - start) * 1000;
        open_all(&founder);
    }
    struct closed_view view;
    must(closed_look(member.closed, charter.community, &view), "look");
    if (!view.members || view.members->member_count != MEMBERS) bench_die("the member has not heard of it all", 0);
    double sent = bench_median(bytes, ROUNDS), heard = bench_median(hearing, ROUNDS),
           made = bench_median(making, ROUNDS);
    bench_report(&(struct bench_result){.bench = "closed_change_bytes",
                                        .n = MEMBERS,
                                        .value = sent,
                                        .unit = "bytes",
                                        .target = 30000,
                                        .ok = sent <= 30000});
    bench_report(&(struct bench_result){
        .bench = "closed_change_heard", .n = MEMBERS, .value = heard, .unit = "ms", .target = 50, .ok = heard <= 50});
    bench_report(
        &(struct bench_result){.bench = "closed_change_made", .n = MEMBERS, .value = made, .unit = "ms", .ok = true});
    closed_free(founder.closed);
    closed_free(member.closed);
    store_close(founder.store);
    store_close(member.store);
    return sent <= 30000 && heard <= 50 ? 0 : 1;
}
