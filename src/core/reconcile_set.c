/*
 * reconcile_set.c: elements in the source's room: loading, sorting, parts, sketches.
 *
 * An element's hash is SipHash-2-4 of its id under the pass's key. Its low bits are the short id (sketch_element), the
 * high ones choose the part, other mixtures of them the bit in the odd sketch. A new round hashes the hash, so that
 * what fell together comes apart.
 */
#include <string.h>

#include "core/check.h"
#include "core/odd.h"
#include "core/reconcile_internal.h"

#define GATHER 1024
#define SHORT_SHIFT (64 - GF40_BITS)
#define INSERTION_MAX 24

/* ---- Room ---- */

static size_t aligned(size_t size) {
    return (size + 15) & ~(size_t)15;
}

int set_room(struct reconcile *r, uint64_t n, uint32_t parts_max) {
    CHECK(parts_max > 0 && parts_max <= RECONCILE_PARTS_MAX);
    if (n > RECONCILE_ELEMENTS_MAX) return ERR_LIMIT;
    const size_t count = (size_t)n;
    const size_t elements = aligned(count * sizeof *r->elements), heap = aligned(count * sizeof *r->heap);
    const size_t values = aligned(VALUES_MAX * sizeof *r->values);
    const size_t begin = aligned(((size_t)parts_max + 1) * 2 * sizeof *r->part_begin),
                 states = aligned((size_t)parts_max * 2);
    const size_t work = r->config.asker ? 0 : aligned(sizeof *r->sketch_work);
    const size_t syndromes = r->config.asker ? 0 : (size_t)parts_max * SKETCH_CAPACITY_MAX * sizeof(uint64_t);
    uint8_t *room = r->source.room(r->source.context, elements + heap + values + begin + states + work + syndromes);
    if (!room) return ERR_BUSY;
    r->elements = (void *)room;
    r->heap = (void *)(room += elements);
    r->values = (void *)(room += heap);
    r->part_begin = (void *)(room += values);
    r->part_universe = r->part_begin + parts_max + 1; /* free when the elements are grouped */
    r->part_state = room += begin;
    r->part_wants = r->part_state + parts_max;
    r->sketch_work = r->config.asker ? NULL : (void *)(room + states);
    r->part_syndromes = r->config.asker ? NULL : (void *)(room + states + work);
    r->n = 0;
    r->n_max = count;
    r->heap_count = 0;
    r->parts_max = parts_max;
    return 0;
}

/* ---- Loading ---- */

static int load_visit(void *context, const uint8_t id[HASH_SIZE], uint64_t item) {
    struct reconcile *r = context;
    /* What has come since the buckets were counted waits for another pass. */
    if (r->n < r->n_max) r->elements[r->n++] = (struct reconcile_element){siphash24_32(r->hash_key, id), item};
    return 0;
}

/* Load from lo to below hi, but for the days that are left out. */
static int load(struct reconcile *r, uint64_t lo, uint64_t hi) {
    const uint64_t floor = (uint64_t)r->floor_day << 32;
    if (lo < floor) lo = floor;
    for (unsigned i = 0; i < r->day_count && lo < hi; i++) {
        const uint64_t day = (uint64_t)r->days[i] << 32, next = day + (UINT64_C(1) << 32);
        if (next <= lo || day >= hi) continue;
        if (lo < day) {
            const int err = r->source.seen(r->source.context, lo, day, load_visit, r);
            if (err < 0) return err;
        }
        lo = next;
    }
    if (lo >= hi) return 0;
    const int err = r->source.seen(r->source.context, lo, hi, load_visit, r);
    return err < 0 ? err : 0;
}

int set_load(struct reconcile *r) {
    unsigned i = 0;
    while (i < r->range_count) {
        unsigned end = i;
        while (end < r->range_count && (r->range_differs >> end & 1)) end++;
        if (end > i) {
            const int err = load(r, r->range_begin[i], ranges_end(r, end - 1));
            if (err) return err;
        }
        i = end + 1;
    }
    return 0;
}

void set_odd(const struct reconcile *r, uint64_t *odd, unsigned levels) {
    memset(odd, 0, levels * sizeof *odd);
    for (size_t i = 0; i < r->n; i++) odd_toggle(odd, levels, r->elements[i].hash);
}

/* ---- Sorting: by a byte at a time in place, the highest first (McIlroy, Bostic, McIlroy: "Engineering radix sort",
 * 1993); short runs by insertion. The hashes are keyed, so nobody can choose them. ---- */

static void insertion_sort(struct reconcile_element *e, size_t n, unsigned shift) {
    for (size_t i = 1; i < n; i++) {
        const struct reconcile_element moved = e[i];
        size_t at = i;
        for (; at > 0 && e[at - 1].hash << shift > moved.hash << shift; at--) e[at] = e[at - 1];
        e[at] = moved;
    }
}

/* Sort by hash << shift, of which the highest `done` bits are equal. Depth: one for each byte. */
static void radix_sort(struct reconcile_element *e, size_t n, unsigned shift, unsigned done) {
    uint32_t end[256] = {0}, next[256];
    if (n <= INSERTION_MAX) {
        insertion_sort(e, n, shift);
        return;
    }
    if (done + shift >= 64) return;
#define DIGIT(element) ((element).hash << shift << done >> 56)
    for (size_t i = 0; i < n; i++) end[DIGIT(e[i])]++;
    uint32_t sum = 0;
    for (unsigned d = 0; d < 256; d++) {
        next[d] = sum;
        sum += end[d];
        end[d] = sum;
    }
    for (unsigned d = 0; d < 256; d++) {
        while (next[d] < end[d]) {
            struct reconcile_element moved = e[next[d]];
            uint64_t digit = DIGIT(moved);
            while (digit != d) {
                const struct reconcile_element there = e[next[digit]];
                e[next[digit]++] = moved;
                moved = there;
                digit = DIGIT(moved);
            }
            e[next[d]++] = moved;
        }
    }
#undef DIGIT
    uint32_t begin = 0;
    for (unsigned d = 0; d < 256; d++) {
        radix_sort(e + begin, end[d] - begin, shift, done + 8);
        begin = end[d];
    }
}

void set_sort_list(struct reconcile *r) {
    radix_sort(r->elements, r->n, 0, 0);
}

void set_sort_part(struct reconcile *r, uint32_t part) {
    CHECK(part < r->parts);
    radix_sort(r->elements + r->part_begin[part], r->part_begin[part + 1] - r->part_begin[part], SHORT_SHIFT, 0);
}

void set_group(struct reconcile *r, uint32_t parts) {
    uint32_t *begin = r->part_begin, *next = r->part_universe;
    struct reconcile_element *e = r->elements;
    CHECK(parts > 0 && parts <= r->parts_max);
    r->parts = parts;
    memset(begin, 0, ((size_t)parts + 1) * sizeof *begin);
    for (size_t i = 0; i < r->n; i++) begin[sketch_part(e[i].hash, parts) + 1]++;
    for (uint32_t p = 0; p < parts; p++) {
        begin[p + 1] += begin[p];
        next[p] = begin[p];
    }
    for (uint32_t p = 0; p < parts && parts > 1; p++) {
        while (next[p] < begin[p + 1]) {
            struct reconcile_element moved = e[next[p]];
            uint32_t part = sketch_part(moved.hash, parts);
            while (part != p) {
                const struct reconcile_element there = e[next[part]];
                e[next[part]++] = moved;
                moved = there;
                part = sketch_part(moved.hash, parts);
            }
            e[next[p]++] = moved;
        }
    }
    memset(r->part_state, PART_OPEN, parts);
}

/* ---- Sketches ---- */

int set_sketch(struct reconcile *r, uint32_t part, uint64_t *syndromes, uint32_t first, uint32_t count) {
    uint64_t gathered[GATHER];
    CHECK(part < r->parts && first + count <= SKETCH_CAPACITY_MAX);
    const size_t end = r->part_begin[part + 1];
    size_t at = r->part_begin[part];
    int err = reconcile_spend(r, (uint64_t)(end - at) * (count + 4));
    while (!err && at < end) {
        size_t n = 0;
        while (n < GATHER && at < end) gathered[n++] = sketch_element(r->elements[at++].hash);
        sketch_add(r->config.kernel, syndromes, first, count, gathered, n);
    }
    return err;
}

void set_split(struct reconcile *r) {
    uint8_t bytes[8], key[SIPHASH_KEY_SIZE];
    size_t kept = 0;
    memcpy(key, r->hash_key, sizeof key);
    key[0] = (uint8_t)(key[0] ^ r->round); /* the key is secret to nobody here, but no round's is another's */
    for (uint32_t p = 0; p < r->parts; p++) {
        if (r->part_state[p] == PART_DONE) continue;
        for (size_t i = r->part_begin[p]; i < r->part_begin[p + 1]; i++) {
            const uint64_t hash = r->elements[i].hash;
            for (unsigned b = 0; b < 8; b++) bytes[b] = (uint8_t)(hash >> (8 * b) & 0xff);
            r->elements[kept++] = (struct reconcile_element){siphash24(key, bytes, sizeof bytes), r->elements[i].item};
        }
    }
    r->n = kept;
}
