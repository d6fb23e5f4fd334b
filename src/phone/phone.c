/*
 * phone.c: the life of a peer: memory, time, the person, the output.
 */
#include "phone/phone_internal.h"

#include <stdlib.h>
#include <string.h>

#include "core/crypto.h"

#define TICK_MS 60000
#define TICK_STEPS 2000

struct phone *phone_new(void) {
    struct phone *p = calloc(1, sizeof *p);
    if (!p) return NULL;
    if (store_memory_open(&p->store) || session_store_new(&p->sessions, p->store, NULL)) {
        store_close(p->store);
        free(p);
        return NULL;
    }
    const struct store_budget budget = {.pool_bytes = PHONE_POOL, .settle_bytes = PHONE_POOL / BUDGET_SETTLE_PART};
    store_budget_set(p->store, &budget);
    return p;
}

void phone_free(struct phone *p) {
    if (!p) return;
    phone_contacts_free(p);
    phone_draft_free(p);
    phone_parcel_free(p);
    phone_closed_free(p);
    session_store_free(p->sessions);
    store_close(p->store);
    if (p->out.data) crypto_wipe(p->out.data, p->out.room);
    out_free(&p->out);
    crypto_wipe(p, sizeof *p);
    free(p);
}

void *phone_alloc(size_t size) {
    return malloc(size ? size : 1);
}

void phone_release(void *memory) {
    free(memory);
}

const uint8_t *phone_out(const struct phone *p) {
    return p->out.data;
}

size_t phone_out_size(const struct phone *p) {
    return p->out.size;
}

const char *phone_error_name(int err) {
    switch (err) {
#define NAME_CASE(name, value, text) \
    case ERR_##name: return "ERR_" #name;
        ERR_LIST(NAME_CASE)
#undef NAME_CASE
    default: return err == 0 ? "" : "ERR_UNKNOWN";
    }
}

/* A number of JavaScript's as a whole one; what is none is 0. */
static uint64_t whole(double number, uint64_t max) {
    if (!(number > 0)) return 0;
    return number >= (double)max ? max : (uint64_t)number;
}

void phone_clock(struct phone *p, double now, int confirmed, double now_ms) {
    uint64_t ms = whole(now_ms, UINT64_C(1) << 52);
    p->when = (struct when){.now = whole(now, TIME_MAX), .confirmed = confirmed != 0};
    if (ms > p->now_ms) p->now_ms = ms;
    session_store_time(p->sessions, p->now_ms, p->when.now);
    if (p->tick_ms && p->now_ms - p->tick_ms < TICK_MS) return;
    p->tick_ms = p->now_ms ? p->now_ms : 1;
    /* What could not be dropped now is dropped another time. */
    if (store_tick(p->store, p->when, TICK_STEPS) < 0) p->tick_ms = p->now_ms;
}

void phone_person(struct phone *p, const uint8_t seed[SEED_SIZE]) {
    memcpy(p->seed, seed, SEED_SIZE);
    p->has_person = true;
    phone_closed_free(p);
    for (unsigned i = 0; i < p->group_count; i++) {
        crypto_wipe(&p->groups[i].author, sizeof p->groups[i].author);
        p->groups[i].has_author = p->groups[i].in_order = false;
    }
}

int phone_fingerprint(struct phone *p) {
    static const char digits[] = "0123456789abcdef";
    uint8_t fingerprint[PERSON_FINGERPRINT_SIZE];
    struct out *o = phone_begin(p);
    if (!p->has_person) return ERR_KEY;
    person_fingerprint(fingerprint, p->seed);
    for (size_t i = 0; i < sizeof fingerprint; i++) {
        const char two[] = {digits[fingerprint[i] >> 4], digits[fingerprint[i] & 15]};
        out_bytes(o, two, sizeof two);
    }
    return out_end(o);
}

int phone_stats(struct phone *p) {
    struct store_stats stats;
    struct out *o = phone_begin(p);
    int err = store_stats(p->store, p->when.now, &stats);
    if (err) return err;
    json_open(o, '{');
    json_number_of(o, "records", stats.records);
    json_number_of(o, "communities", stats.communities);
    json_number_of(o, "blobs", stats.blobs);
    json_number_of(o, "bytes", stats.bytes);
    json_number_of(o, "waiting", stats.waiting);
    json_name(o, "refused");
    phone_read_refused(o, p->refused);
    json_close(o, '}');
    return out_end(o);
}

double phone_newest_num(struct phone *p) {
    return (double)store_newest_num(p->store);
}
