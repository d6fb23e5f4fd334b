/*
 * command_check.c: verify everything the store holds: its own structure, then every record's signature and rules, on
 * all processors.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/command.h"
#include "node/render.h"

#define BLOCK_RECORDS 64
#define THREADS_MAX 16
#define COMMUNITIES_STEP 64
#define SHOWN_MAX 100
#define PROGRESS_NS 100000000

struct check {
    const struct command_call *call;
    int64_t *nums;
    size_t count, room;
    struct charter *charters;
    size_t charter_count, charter_room;
    atomic_size_t next, done;
    atomic_uint_fast64_t bad;
    atomic_int err;
    atomic_bool stop;
    pthread_mutex_t mutex; /* over what is below */
    struct {
        uint8_t id[HASH_SIZE];
        int err;
    } shown[SHOWN_MAX];
    size_t shown_count;
};

static int num_visit(void *context, const struct store_entry *e) {
    struct check *k = context;
    if (k->count == k->room) {
        size_t room = k->room ? 2 * k->room : 4096;
        int64_t *nums = realloc(k->nums, room * sizeof *nums);
        if (!nums) return ERR_MEMORY;
        k->nums = nums;
        k->room = room;
    }
    k->nums[k->count++] = e->num;
    return 0;
}

static int charter_visit(void *context, const struct store_community *c) {
    struct check *k = context;
    struct charter charter;
    struct record record;
    if (k->charter_count == k->charter_room) {
        struct charter *more = realloc(k->charters, (k->charter_room + COMMUNITIES_STEP) * sizeof *more);
        if (!more) return ERR_MEMORY;
        k->charters = more;
        k->charter_room += COMMUNITIES_STEP;
    }
    k->charters[k->charter_count++] = c->charter;
    if (charter_expand(&charter, &record, c->compact, c->compact_size) ||
        memcmp(charter.community, c->charter.community, HASH_SIZE) != 0)
        atomic_fetch_add(&k->bad, 1);
    return 0;
}

static const struct charter *charter_of(const struct check *k, const uint8_t community[HASH_SIZE]) {
    if (memcmp(community, record_pool, HASH_SIZE) == 0) return &charter_pool;
    for (size_t i = 0; i < k->charter_count; i++)
        if (memcmp(k->charters[i].community, community, HASH_SIZE) == 0) return &k->charters[i];
    return NULL;
}

static int record_check(const struct check *k, const struct store_record *stored) {
    struct record r;
    int err = stored->record.body ? record_decode(&r, stored->bytes, stored->size)
                                  : record_decode_stub(&r, stored->bytes, stored->size);
    if (!err) err = record_verify(&r);
    const struct charter *charter = err ? NULL : charter_of(k, r.community);
    if (!err) err = charter ? charter_admit(charter, &r) : ERR_COMMUNITY;
    return err;
}

static void bad_note(struct check *k, const uint8_t id[HASH_SIZE], int err) {
    atomic_fetch_add(&k->bad, 1);
    pthread_mutex_lock(&k->mutex);
    if (k->shown_count < SHOWN_MAX) {
        memcpy(k->shown[k->shown_count].id, id, HASH_SIZE);
        k->shown[k->shown_count++].err = err;
    }
    pthread_mutex_unlock(&k->mutex);
}

/* What one thread reads in one stretch and then checks outside of it. */
struct block {
    size_t count;
    struct store_record records[BLOCK_RECORDS];
    uint8_t rooms[BLOCK_RECORDS][RECORD_SIZE_MAX];
};

static int block_read(struct check *k, struct block *b, size_t from, size_t to) {
    int err = 0;
    b->count = 0;
    home_enter(k->call->home);
    for (size_t i = from; i < to && !err; i++) {
        err = store_get_num(k->call->home->store, k->nums[i], b->rooms[b->count], &b->records[b->count]);
        if (err == ERR_DAMAGED) atomic_fetch_add(&k->bad, 1); /* the rest is looked at all the same */
        if (err == ERR_DAMAGED || err == ERR_NOT_FOUND)       /* gone since the count: expired or taken back */
            err = 0;
        else if (!err)
            b->count++;
    }
    home_leave(k->call->home);
    return err;
}

static void *check_main(void *argument) {
    struct check *k = argument;
    struct block *b = malloc(sizeof *b);
    int err = b ? 0 : ERR_MEMORY;
    while (!err && !atomic_load(&k->stop)) {
        size_t from = atomic_fetch_add(&k->next, BLOCK_RECORDS);
        if (from >= k->count) break;
        size_t to = k->count - from < BLOCK_RECORDS ? k->count : from + BLOCK_RECORDS;
        err = block_read(k, b, from, to);
        for (size_t i = 0; i < b->count && !err; i++) {
            int bad = record_check(k, &b->records[i]);
            if (bad) bad_note(k, b->records[i].record.id, bad);
        }
        atomic_fetch_add(&k->done, to - from);
    }
    free(b);
    if (err) {
        atomic_store(&k->err, err);
        atomic_store(&k->stop, true);
    }
    return NULL;
}

static int threads_run(struct check *k) {
    pthread_t threads[THREADS_MAX];
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned count = 0, wanted = processors < 1 ? 1 : processors > THREADS_MAX ? THREADS_MAX : (unsigned)processors;
    while (count < wanted && pthread_create(&threads[count], NULL, check_main, k) == 0) count++;
    if (count == 0) return ERR_MEMORY;
    while (atomic_load(&k->done) < k->count && !atomic_load(&k->stop)) {
        struct timespec pause = {.tv_nsec = PROGRESS_NS / 20};
        for (int i = 0; i < 20 && atomic_load(&k->done) < k->count && !atomic_load(&k->stop); i++)
            nanosleep(&pause, NULL);
        if (output_progress(k->call->out, atomic_load(&k->done), k->count)) {
            atomic_store(&k->err, ERR_INTERRUPTED);
            atomic_store(&k->stop, true);
        }
    }
    for (unsigned i = 0; i < count; i++) pthread_join(threads[i], NULL);
    return atomic_load(&k->err);
}

static void faults_say(struct check *k, int faults, const char *why) {
    char hex[HEX_SIZE];
    if (faults > 0) output_say(k->call->out, "the store itself has %d faults; the first: %s", faults, why);
    for (size_t i = 0; i < k->shown_count; i++) {
        command_hex(hex, k->shown[i].id, HASH_SIZE);
        output_note(k->call->out, "%s: %s", hex, output_text(k->call->out, err_text(k->shown[i].err)));
    }
}

int command_check(const struct command_call *call) {
    char why[STORE_WHY_SIZE] = "";
    struct check *k = calloc(1, sizeof *k);
    if (!k) return command_failed(call, ERR_MEMORY);
    k->call = call;
    pthread_mutex_init(&k->mutex, NULL);
    home_enter(call->home);
    int faults = store_integrity(call->home->store);
    if (faults > 0) snprintf(why, sizeof why, "%s", store_why(call->home->store));
    int err = faults < 0 ? faults : store_scan(call->home->store, NULL, num_visit, k);
    if (!err) err = store_community_each(call->home->store, call->now, charter_visit, k);
    home_leave(call->home);
    if (!err) err = threads_run(k);
    uint64_t bad = atomic_load(&k->bad) + (uint64_t)(faults > 0 ? faults : 0);
    if (err) {
        (void)command_failed(call, err);
    } else {
        faults_say(k, faults, why);
        output_json(call->out, json_pack("{s:I,s:I}", "records", (json_int_t)k->count, "bad", (json_int_t)bad));
        output_print(call->out, "messages checked: %zu, bad: %llu\n", k->count, (unsigned long long)bad);
    }
    pthread_mutex_destroy(&k->mutex);
    free(k->charters);
    free(k->nums);
    free(k);
    return err || bad > 0 ? COMMAND_FAILED : COMMAND_DONE;
}
