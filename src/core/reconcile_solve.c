/*
 * reconcile_solve.c: the solver's messages: DIFF, FOUND; and what it does with START and SKETCH.
 */
#include <string.h>

#include "core/check.h"
#include "core/odd.h"
#include "core/reconcile_internal.h"
#include "core/rice.h"

#define FOUND_ROOM 224 /* bytes of a FOUND besides its ranks */
#define FOUND_PARTS_MAX 512
#define RANK_SIZE_MAX 5
/* A sketch this short must have a syndrome to spare to be believed. */
#define SPARE_BELOW 10

/* ---- START ---- */

static int load_all(struct reconcile *r, uint64_t n) {
    int err = set_room(r, n, plan_parts_max(r->n_asker, n));
    if (!err) err = set_load(r);
    if (!err) err = reconcile_spend(r, r->n);
    r->n_solver = n;
    return err;
}

/* The asker's list stands in START. It can be answered at once if both leave out the same. */
static int start_list(struct reconcile *r, struct reader *in, bool same) {
    uint64_t n;
    r->range_count = 1;
    r->range_begin[0] = (uint64_t)r->floor_day << 32;
    r->range_differs = 1;
    int err = ranges_count(r, &n);
    if (!err) err = load_all(r, n);
    if (err) return err;
    r->phase = PHASE_SOLVE_DIFF;
    if (!same) return 0;
    err = list_read_all(r, in);
    return err ? err : reader_end(in);
}

static int start_ranges(struct reconcile *r, struct reader *in, unsigned count) {
    uint64_t each[RECONCILE_RANGES_MAX], n = 0, total = 0;
    const uint8_t *digests = NULL;
    ranges_read(r, in, count);
    if (!in->err) digests = reader_bytes(in, (size_t)r->range_count * r->config.digest_size);
    int err = reader_end(in);
    if (err) return err;
    CHECK(digests);
    if (r->floor_day < r->config.floor_day) r->floor_day = r->config.floor_day;
    err = ranges_days_find(r);
    if (!err) err = ranges_digest(r);
    if (!err) err = ranges_count_each(r, each);
    if (err) return err;
    for (unsigned i = 0; i < r->range_count; i++) {
        total += each[i];
        if (memcmp(r->range_digest[i], digests + (size_t)i * r->config.digest_size, r->config.digest_size) == 0)
            continue;
        r->range_differs |= UINT64_C(1) << i;
        n += each[i];
    }
    if (r->range_differs != 0 && 2 * n > total) {
        /* Most of it differs: then the rest is likely to differ as well, digests of a byte or not. */
        r->range_differs = UINT64_MAX >> (64 - r->range_count);
        n = total;
    }
    r->phase = PHASE_SOLVE_DIFF;
    return r->range_differs ? load_all(r, n) : 0;
}

int solve_start(struct reconcile *r, struct reader *in) {
    uint32_t days[RECONCILE_DAYS_MAX];
    r->floor_day = (uint32_t)reader_varint(in, UINT32_MAX);
    r->n_asker = reader_varint(in, RECONCILE_COUNT_MAX);
    r->asker_floor_day = r->floor_day;
    const unsigned day_count = ranges_days_read(in, r->floor_day, days);
    const unsigned ranges = reader_u8(in);
    if (in->err) return in->err;
    for (unsigned i = 0; i < day_count; i++) (void)ranges_day_add(r, days[i]);
    if (ranges > 0) return start_ranges(r, in, ranges);
    if (r->floor_day < r->config.floor_day) r->floor_day = r->config.floor_day;
    const int err = ranges_days_find(r);
    return err ? err : start_list(r, in, r->floor_day == r->asker_floor_day && r->own_day_count == 0);
}

/* ---- DIFF ---- */

int solve_diff(struct reconcile *r, struct writer *w) {
    const uint64_t all = UINT64_MAX >> (64 - r->range_count);
    const unsigned mode = r->range_differs == 0 ? DIFF_NONE : r->range_differs == all ? DIFF_ALL : DIFF_SOME;
    uint64_t odd[ODD_LEVELS_MAX];
    writer_u8(w, TYPE_DIFF);
    writer_varint(w, r->floor_day - r->asker_floor_day);
    ranges_days_write(r, w);
    writer_u8(w, (uint8_t)mode);
    if (mode == DIFF_NONE) {
        r->phase = PHASE_DONE;
        return 0;
    }
    for (unsigned i = 0; mode == DIFF_SOME && i < (r->range_count + 7) / 8; i++)
        writer_u8(w, (uint8_t)(r->range_differs >> (8 * i) & 0xff));
    writer_varint(w, r->n_solver);
    if (r->n <= RECONCILE_SMALL) {
        writer_u8(w, 0);
        list_begin(r, true);
        return 0;
    }
    const unsigned levels = odd_levels(2 * r->n_solver);
    set_odd(r, odd, levels);
    writer_u8(w, (uint8_t)levels);
    for (unsigned i = 0; i < levels; i++) {
        writer_u32(w, (uint32_t)(odd[i] & UINT32_MAX));
        writer_u32(w, (uint32_t)(odd[i] >> 32));
    }
    r->phase = PHASE_SOLVE_CHOICE;
    return 0;
}

/* ---- SKETCH ---- */

/*
 * The roots of a decoded part, ascending: those that this side has are lacked by the asker; the others are wanted, and
 * named by their rank among the asker's short ids of the part. The asker has what this side has, less what only this
 * side has, and what is wanted; so the ranks are found without its list and without sorting one's own.
 */
static void part_settle(struct reconcile *r, uint32_t part, const uint64_t *roots, uint32_t count) {
    uint32_t below[SKETCH_CAPACITY_MAX + 1] = {0}; /* own elements from root i - 1 to below root i */
    uint8_t own[SKETCH_CAPACITY_MAX + 1] = {0};
    uint64_t *ranks = r->part_syndromes + (size_t)part * SKETCH_CAPACITY_MAX, rank = 0;
    uint8_t wants = 0;
    const uint32_t begin = r->part_begin[part], end = r->part_begin[part + 1];
    for (uint32_t i = begin; i < end; i++) {
        const uint64_t id = sketch_element(r->elements[i].hash);
        uint32_t low = 0, size = count;
        while (size > 0) { /* the first root that is not below id */
            const uint32_t half = size / 2;
            const bool right = roots[low + half] < id;
            low += right ? half + 1 : 0;
            size = right ? size - half - 1 : half;
        }
        const bool is_root = low < count && roots[low] == id;
        below[is_root ? low + 1 : low]++;
        if (!is_root) continue;
        own[low] ^= 1;
        if (own[low]) reconcile_lack(r, r->elements[i].item, false);
    }
    for (uint32_t i = 0; i < count; i++) {
        rank += below[i];
        if (own[i])
            rank--; /* it is counted in below[i + 1] */
        else
            ranks[wants++] = rank++;
    }
    r->part_universe[part] = (uint32_t)(rank + below[count]);
    r->part_wants[part] = wants;
    r->wanted += wants;
    r->decoded_sum += count;
    r->decoded_parts++;
    r->part_state[part] = PART_DECODED;
}

static int part_solve(struct reconcile *r, uint32_t part, struct reader *in) {
    uint64_t *syndromes = r->part_syndromes + (size_t)part * SKETCH_CAPACITY_MAX, roots[SKETCH_CAPACITY_MAX];
    const uint32_t count = r->capacity - r->first_syndrome;
    /* The polynomial, its powers x^(2^i), the parting of the roots. */
    int err = reconcile_spend(r, (uint64_t)r->capacity * r->capacity * (GF40_BITS + 24));
    if (!err) err = sketch_read(in, syndromes + r->first_syndrome, count);
    if (!err) err = set_sketch(r, part, syndromes + r->first_syndrome, r->first_syndrome, count);
    if (err) return err;
    const int found = sketch_decode(r->config.kernel, syndromes, r->capacity, roots, r->sketch_work);
    const uint32_t spare = r->capacity < SPARE_BELOW;
    if (found < 0 || (uint32_t)found + spare > r->capacity)
        r->part_state[part] = PART_FAILED;
    else
        part_settle(r, part, roots, (uint32_t)found);
    return 0;
}

/* The next part of this level from p on. */
static uint32_t level_next(const struct reconcile *r, uint32_t p) {
    while (p < r->parts && r->part_state[p] == PART_DONE) p++;
    return p;
}

static int round_begin(struct reconcile *r, struct reader *in) {
    const uint32_t parts = (uint32_t)reader_varint(in, r->parts_max);
    const uint32_t capacity = (uint32_t)reader_varint(in, SKETCH_CAPACITY_MAX);
    if (!in->err && (parts == 0 || capacity == 0 || r->round == RECONCILE_ROUNDS_MAX)) reader_fail(in, ERR_FIELD);
    if (in->err) return in->err;
    set_group(r, parts);
    r->capacity = r->first_capacity = capacity;
    r->first_syndrome = r->row_at = r->answer_at = 0;
    r->level = 0;
    r->decoded_sum = 0;
    r->decoded_parts = 0;
    r->phase = PHASE_SOLVE_SKETCH;
    return 0;
}

int solve_sketch(struct reconcile *r, struct reader *in) {
    if (r->phase == PHASE_SOLVE_CHOICE) {
        const int err = round_begin(r, in);
        if (err) return err;
    }
    const size_t part_size = (size_t)(r->capacity - r->first_syndrome) * SKETCH_SYNDROME_SIZE;
    const size_t left = reader_left(in);
    CHECK(part_size > 0);
    if (left == 0) return ERR_TRUNCATED;
    if (left % part_size != 0) return ERR_TRAILING;
    for (size_t i = 0; i < left / part_size; i++) {
        if (r->row_at == r->parts) return ERR_FIELD;
        const int err = part_solve(r, r->row_at, in);
        if (err) return err;
        r->row_at = level_next(r, r->row_at + 1);
    }
    return reader_end(in);
}

/* ---- FOUND ---- */

/* After a level: more syndromes, or a new round for what is left, or the end. */
static void decide(struct reconcile *r, struct writer *w) {
    struct plan_counts c = {
        .parts = r->parts, .capacity = r->capacity, .first_capacity = r->first_capacity, .decoded_sum = r->decoded_sum};
    uint64_t estimate;
    for (uint32_t p = 0; p < r->parts; p++) c.failed += r->part_state[p] == PART_FAILED;
    if (c.failed == 0) {
        writer_varint(w, r->untold);
        r->untold = 0;
        r->phase = PHASE_DONE;
        return;
    }
    uint32_t more = plan_extension(&c, r->level, &estimate);
    if (more > SKETCH_CAPACITY_MAX - r->capacity) more = SKETCH_CAPACITY_MAX - r->capacity;
    if (r->level + 1 == RECONCILE_LEVELS_MAX) more = 0;
    writer_u8(w, (uint8_t)more);
    if (more > 0) {
        r->level++;
        r->first_syndrome = r->capacity;
        r->capacity += more;
        r->answer_at = r->row_at = level_next(r, 0);
        return;
    }
    r->round++;
    set_split(r);
    writer_varint(w, estimate << (r->round < 4 ? r->round : 4));
    writer_varint(w, r->n);
    writer_varint(w, r->untold);
    r->untold = 0;
    r->phase = PHASE_SOLVE_CHOICE;
}

int solve_found(struct reconcile *r, struct writer *w) {
    uint8_t failed[FOUND_PARTS_MAX / 8] = {0};
    uint64_t universe = 0;
    size_t wants = 0;
    uint32_t count = 0, p = level_next(r, r->answer_at);
    size_t wants_max = (w->size - FOUND_ROOM) / RANK_SIZE_MAX;
    if (wants_max > RECONCILE_WANTS_MAX) wants_max = RECONCILE_WANTS_MAX;
    for (; p < r->row_at && count < FOUND_PARTS_MAX; count++) {
        if (r->part_state[p] == PART_FAILED) {
            failed[count / 8] |= (uint8_t)(1 << count % 8);
        } else {
            const uint64_t *ranks = r->part_syndromes + (size_t)p * SKETCH_CAPACITY_MAX;
            if (wants + r->part_wants[p] > wants_max) break;
            for (unsigned i = 0; i < r->part_wants[p]; i++) r->values[wants++] = universe + ranks[i];
            universe += r->part_universe[p];
            r->part_state[p] = PART_DONE;
        }
        p = level_next(r, p + 1);
    }
    if (count == 0) return 0;
    r->answer_at = p;
    writer_u8(w, TYPE_FOUND);
    writer_varint(w, count);
    writer_bytes(w, failed, (count + 7) / 8);
    if (p == r->parts) decide(r, w);
    writer_u8(w, (uint8_t)(universe & 0xff));
    if (universe > 0) rice_write_gaps(w, r->values, wants, universe);
    return 0;
}
