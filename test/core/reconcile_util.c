/*
 * reconcile_util.c: a set in memory, and two passes that talk.
 */
#include "test/core/reconcile_util.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/crypto.h"

/* ---- The set ---- */

void mem_set_add(struct mem_set *s, uint32_t expiry_day, uint32_t hour, uint64_t item, const uint8_t id[HASH_SIZE]) {
    if (s->count == s->room_count) {
        s->room_count = s->room_count ? 2 * s->room_count : 256;
        s->elements = realloc(s->elements, s->room_count * sizeof *s->elements);
        assert(s->elements);
    }
    struct mem_element *e = &s->elements[s->count++];
    e->place = (uint64_t)expiry_day << 32 | hour;
    e->item = item;
    memcpy(e->id, id, HASH_SIZE);
}

static int element_compare(const void *left, const void *right) {
    const struct mem_element *a = left, *b = right;
    if (a->place != b->place) return a->place < b->place ? -1 : 1;
    return memcmp(a->id, b->id, HASH_SIZE);
}

void mem_set_sort(struct mem_set *s) {
    uint8_t *ids = malloc(s->count * HASH_SIZE + 1);
    size_t kept = 0;
    assert(ids);
    if (s->count > 0) qsort(s->elements, s->count, sizeof *s->elements, element_compare);
    for (size_t i = 0; i < s->count; i++)
        if (kept == 0 || element_compare(&s->elements[kept - 1], &s->elements[i]) != 0)
            s->elements[kept++] = s->elements[i];
    s->count = kept;
    free(s->buckets);
    s->buckets = NULL;
    s->bucket_count = 0;
    for (size_t i = 0, end; i < s->count; i = end) {
        for (end = i; end < s->count && s->elements[end].place == s->elements[i].place; end++)
            memcpy(ids + (end - i) * HASH_SIZE, s->elements[end].id, HASH_SIZE);
        s->buckets = realloc(s->buckets, (s->bucket_count + 1) * sizeof *s->buckets);
        assert(s->buckets);
        struct reconcile_bucket *b = &s->buckets[s->bucket_count++];
        b->expiry_day = (uint32_t)(s->elements[i].place >> 32);
        b->hour = (uint32_t)(s->elements[i].place & UINT32_MAX);
        b->count = end - i;
        crypto_digest(b->digest, ids, (end - i) * HASH_SIZE);
    }
    free(ids);
}

bool mem_set_has(const struct mem_set *s, const struct mem_element *e) {
    return s->count > 0 && bsearch(e, s->elements, s->count, sizeof *e, element_compare) != NULL;
}

void mem_set_free(struct mem_set *s) {
    free(s->elements);
    free(s->buckets);
    free(s->lent);
    memset(s, 0, sizeof *s);
}

/* ---- As a source ---- */

static int source_buckets(void *context, uint32_t first_day, reconcile_visit_bucket visit, void *visit_context) {
    struct mem_set *s = context;
    for (size_t i = 0; i < s->bucket_count; i++) {
        if (s->buckets[i].expiry_day < first_day) continue;
        const int err = visit(visit_context, &s->buckets[i]);
        if (err) return err;
    }
    return 0;
}

static int source_seen(void *context, uint64_t lo, uint64_t hi, reconcile_visit_seen visit, void *visit_context) {
    struct mem_set *s = context;
    size_t low = 0, high = s->count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (s->elements[middle].place < lo)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < s->count && s->elements[low].place < hi; low++) {
        const int err = visit(visit_context, s->elements[low].id, s->elements[low].item);
        if (err) return err;
    }
    return 0;
}

static int source_is_partial(void *context, uint32_t expiry_day) {
    struct mem_set *s = context;
    for (unsigned i = 0; i < s->partial_count; i++)
        if (s->partial[i] == expiry_day) return 1;
    return 0;
}

static void *source_room(void *context, size_t size) {
    struct mem_set *s = context;
    free(s->lent);
    s->lent = NULL;
    s->lent_size = size;
    if (size == 0 || (s->lent_max && size > s->lent_max)) return NULL;
    s->lent = malloc(size);
    return s->lent;
}

struct reconcile_source mem_set_source(struct mem_set *s) {
    return (struct reconcile_source){s, source_buckets, source_seen, source_is_partial, source_room};
}

/* ---- Two sides ---- */

static double cpu_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Move all messages from one to the other. Return how many, or an error. */
static int turn(struct reconcile *from, struct reconcile *to, unsigned side, const struct mem_wire *wire,
                struct mem_cost *cost) {
    uint8_t message[RECONCILE_MESSAGE_MAX];
    int moved = 0;
    for (;;) {
        double before = cpu_seconds();
        int size = reconcile_send(from, message, wire->max ? wire->max : RECONCILE_MESSAGE_MAX);
        cost->seconds[side] += cpu_seconds() - before;
        if (size < 0) return size;
        if (size == 0) return moved;
        moved++;
        if (wire->messages_max && cost->messages >= wire->messages_max) return ERR_LIMIT;
        cost->messages++;
        cost->bytes += (uint64_t)size;
        cost->out[side] += (uint64_t)size;
        cost->type_bytes[message[0] & 7] += (uint64_t)size;
        if (wire->tamper) size = (int)wire->tamper(wire->context, to, message, (size_t)size);
        before = cpu_seconds();
        /* An exact copy, so that a sanitizer sees what is read beyond the end. */
        uint8_t *copy = malloc((size_t)size + !size);
        assert(copy);
        if (size > 0) memcpy(copy, message, (size_t)size);
        const int err = reconcile_recv(to, copy, (size_t)size);
        free(copy);
        cost->seconds[!side] += cpu_seconds() - before;
        if (err) return err;
    }
}

int mem_pass(struct reconcile *asker, struct reconcile *solver, const struct mem_wire *wire, struct mem_cost *cost) {
    for (unsigned idle = 0; idle < 2;) {
        const bool asks = cost->turns % 2 == 0;
        const int moved = asks ? turn(asker, solver, 0, wire, cost) : turn(solver, asker, 1, wire, cost);
        if (moved < 0) return moved;
        idle = moved ? 0 : idle + 1;
        cost->turns++;
    }
    return 0;
}

/* Move what `from` found its peer to lack. */
static void give(struct reconcile *r, struct mem_set *from, struct mem_set *to) {
    uint64_t item, last = UINT64_MAX;
    while (reconcile_next(r, &item) == 1) {
        assert(item <= last);
        last = item;
        assert(item < from->count);
        const struct mem_element *e = &from->elements[item];
        mem_set_add(to, (uint32_t)(e->place >> 32), (uint32_t)(e->place & UINT32_MAX), 0, e->id);
    }
}

static void number(struct mem_set *s) {
    for (size_t i = 0; i < s->count; i++) s->elements[i].item = i;
}

int mem_reconcile(struct mem_set *a, struct mem_set *b, const struct sketch_kernel *kernel, uint64_t seed,
                  unsigned passes, const struct mem_wire *wire, struct mem_cost *cost) {
    struct reconcile asker, solver;
    uint8_t states[2][HASH_SIZE];
    const struct reconcile_source source_a = mem_set_source(a), source_b = mem_set_source(b);
    for (unsigned pass = 0; pass < passes; pass++) {
        struct reconcile_config config = {
            .asker = true, .digest_size = pass == 0 ? 1 : 8, .work_max = UINT64_MAX, .kernel = kernel};
        for (unsigned i = 0; i < 8; i++) config.salt[i] = (uint8_t)(seed >> (8 * i) & 0xff);
        config.salt[8] = (uint8_t)pass;
        number(a);
        number(b);
        reconcile_init(&asker, &source_a, &config);
        config.asker = false;
        reconcile_init(&solver, &source_b, &config);
        cost->turns += cost->turns % 2;
        cost->passes++;
        int err = mem_pass(&asker, &solver, wire, cost);
        if (err) return err;
        if (!reconcile_is_done(&asker) || !reconcile_is_done(&solver)) return ERR_DAMAGED;
        if (a->lent_size > cost->room_max) cost->room_max = a->lent_size;
        if (b->lent_size > cost->room_max) cost->room_max = b->lent_size;
        give(&asker, a, b); /* appends: the indices of b's own elements stay */
        give(&solver, b, a);
        mem_set_sort(a);
        mem_set_sort(b);
        err = reconcile_state_compared(&asker, config.salt, states[0]);
        if (!err) err = reconcile_state_compared(&solver, config.salt, states[1]);
        if (err) return err;
        if (memcmp(states[0], states[1], HASH_SIZE) == 0) return 0;
    }
    return ERR_NOT_FOUND;
}
