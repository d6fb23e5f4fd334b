/*
 * reconcile_ask.c: the asker's messages: START, SKETCH; and what it does with DIFF and FOUND.
 */
#include <string.h>

#include "core/check.h"
#include "core/odd.h"
#include "core/reconcile_internal.h"
#include "core/rice.h"

/* One range that is the whole line and differs. */
static void compare_all(struct reconcile *r) {
    r->range_count = 1;
    r->range_begin[0] = (uint64_t)r->floor_day << 32;
    r->range_differs = 1;
}

int ask_start(struct reconcile *r, struct writer *w) {
    int err = ranges_days_find(r);
    if (!err) err = ranges_count(r, &r->n_asker);
    if (err) return err;
    const uint64_t count = r->n_asker < RECONCILE_COUNT_MAX ? r->n_asker : RECONCILE_COUNT_MAX;
    writer_u8(w, TYPE_START);
    writer_varint(w, r->floor_day);
    writer_varint(w, count);
    ranges_days_write(r, w);
    if (count > RECONCILE_SMALL) {
        err = ranges_choose(r, count);
        if (err) return err;
        writer_u8(w, (uint8_t)r->range_count);
        ranges_write(r, w);
    } else {
        compare_all(r);
        err = set_room(r, count, 1);
        if (!err) err = set_load(r);
        if (err) return err;
        writer_u8(w, 0);
        list_write_all(r, w);
        r->range_count = 0;
    }
    r->phase = PHASE_ASK_DIFF;
    return 0;
}

/* Go on with what is compared: begin a round of sketches, or lists. */
static void choose(struct reconcile *r, uint64_t estimate) {
    const uint64_t n = r->n, most = n + r->n_solver;
    if (estimate > most) estimate = most;
    if (estimate < 1) estimate = 1;
    enum plan_way way = plan_way(estimate, n, r->n_solver, r->parts_max);
    if (r->round == RECONCILE_ROUNDS_MAX && way == PLAN_SKETCH) way = n < r->n_solver ? PLAN_LIST_OWN : PLAN_LIST_PEER;
    if (way == PLAN_LIST_OWN) {
        list_begin(r, true);
    } else if (way == PLAN_LIST_PEER) {
        r->phase = PHASE_ASK_LIST;
    } else {
        uint32_t parts;
        plan_parts(estimate, r->parts_max, &parts, &r->capacity);
        set_group(r, parts);
        r->level = 0;
        r->first_syndrome = r->row_at = r->answer_at = 0;
        r->phase = PHASE_ASK_SKETCH;
    }
}

static void differs_read(struct reconcile *r, struct reader *in, unsigned mode) {
    const unsigned bytes = (r->range_count + 7) / 8;
    r->range_differs = UINT64_MAX >> (64 - r->range_count);
    if (mode != DIFF_SOME) return;
    uint64_t bits = 0;
    for (unsigned i = 0; i < bytes; i++) bits |= (uint64_t)reader_u8(in) << (8 * i);
    if (!in->err && (bits == 0 || (bits & ~r->range_differs) != 0)) reader_fail(in, ERR_FIELD);
    r->range_differs = bits;
}

/* Load what differs; *n_solver, levels and the solver's odd sketch were read. */
static int diff_load(struct reconcile *r, const uint64_t *theirs, unsigned levels) {
    uint64_t each[RECONCILE_RANGES_MAX], odd[ODD_LEVELS_MAX], n = 0;
    int err = ranges_count_each(r, each);
    for (unsigned i = 0; i < r->range_count; i++)
        if (r->range_differs >> i & 1) n += each[i];
    if (!err) err = set_room(r, n, plan_parts_max(r->n_asker, r->n_solver));
    if (!err) err = set_load(r);
    if (!err) err = reconcile_spend(r, r->n);
    if (err) return err;
    if (levels == 0) {
        list_begin(r, false);
        return 0;
    }
    set_odd(r, odd, levels);
    uint64_t estimate = odd_estimate(odd, theirs, levels);
    const uint64_t least = r->n > r->n_solver ? r->n - r->n_solver : r->n_solver - r->n;
    choose(r, estimate > least ? estimate : least);
    return 0;
}

int ask_diff(struct reconcile *r, struct reader *in) {
    uint32_t days[RECONCILE_DAYS_MAX];
    uint64_t odd[ODD_LEVELS_MAX];
    unsigned levels = 0;
    r->floor_day += (uint32_t)reader_varint(in, UINT32_MAX - r->floor_day);
    const unsigned day_count = ranges_days_read(in, r->floor_day, days);
    const unsigned mode = reader_u8(in);
    if (!in->err && (mode > DIFF_SOME || (r->range_count == 0 && mode != DIFF_ALL))) reader_fail(in, ERR_FIELD);
    if (in->err) return in->err;
    if (mode != DIFF_NONE) {
        if (r->range_count == 0) compare_all(r);
        differs_read(r, in, mode);
        r->n_solver = reader_varint(in, RECONCILE_COUNT_MAX);
        levels = reader_u8(in);
        if (!in->err && levels > ODD_LEVELS_MAX) reader_fail(in, ERR_LIMIT);
        if (in->err) return in->err;
        for (unsigned i = 0; i < levels; i++) {
            odd[i] = reader_u32(in);
            odd[i] |= (uint64_t)reader_u32(in) << 32;
        }
    }
    const int err = reader_end(in);
    if (err) return err;
    for (unsigned i = 0; i < day_count; i++) (void)ranges_day_add(r, days[i]);
    if (mode == DIFF_NONE) {
        r->phase = PHASE_DONE;
        return 0;
    }
    return diff_load(r, odd, levels);
}

int ask_sketch(struct reconcile *r, struct writer *w) {
    const uint32_t count = r->capacity - r->first_syndrome;
    const uint64_t before = r->work;
    uint64_t syndromes[SKETCH_CAPACITY_MAX];
    writer_u8(w, TYPE_SKETCH);
    if (r->level == 0 && r->row_at == 0) {
        writer_varint(w, r->parts);
        writer_varint(w, r->capacity);
    }
    while (r->row_at < r->parts && w->size - w->at >= count * SKETCH_SYNDROME_SIZE &&
           r->work - before < RECONCILE_STEP) {
        memset(syndromes, 0, sizeof syndromes);
        const int err = set_sketch(r, r->row_at++, syndromes, r->first_syndrome, count);
        if (err) return err;
        sketch_write(w, syndromes, count);
        while (r->row_at < r->parts && r->part_state[r->row_at] == PART_DONE) r->row_at++;
    }
    if (r->row_at == r->parts) r->phase = PHASE_ASK_FOUND;
    return 0;
}

/* The next part of this level from p on; parts if there is none. */
static uint32_t level_next(const struct reconcile *r, uint32_t p) {
    while (p < r->parts && r->part_state[p] == PART_DONE) p++;
    return p;
}

/* Give the solver the elements of `count` ranks among the parts from answer_at on that the bitmap says are decoded. */
static void ranks_give(struct reconcile *r, const uint8_t *failed, uint32_t parts, const uint64_t *ranks,
                       size_t count) {
    uint64_t base = 0;
    size_t at = 0;
    uint32_t p = level_next(r, r->answer_at);
    for (uint32_t i = 0; i < parts; i++, p = level_next(r, p + 1)) {
        if (failed[i / 8] >> (i % 8) & 1) continue;
        const struct reconcile_element *e = r->elements + r->part_begin[p];
        const uint64_t n = r->part_begin[p + 1] - r->part_begin[p];
        if (at < count && ranks[at] < base + n) set_sort_part(r, p);
        for (; at < count && ranks[at] < base + n; at++) {
            /* All that have this short id; in almost every case one. */
            uint64_t rank = ranks[at] - base;
            const uint64_t id = sketch_element(e[rank].hash);
            while (rank > 0 && sketch_element(e[rank - 1].hash) == id) rank--;
            for (; rank < n && sketch_element(e[rank].hash) == id; rank++) reconcile_lack(r, e[rank].item, true);
        }
        base += n;
    }
}

/* Where the parts of a FOUND end, what they hold if decoded, and how many failed. */
struct found {
    uint32_t parts, end, failed;
    uint64_t universe;
};

static int found_measure(const struct reconcile *r, struct found *f, const uint8_t *failed) {
    f->end = level_next(r, r->answer_at);
    for (uint32_t i = 0; i < f->parts; i++) {
        if (f->end >= r->row_at) return ERR_FIELD; /* answered before it was sent */
        if (failed[i / 8] >> (i % 8) & 1)
            f->failed++;
        else
            f->universe += r->part_begin[f->end + 1] - r->part_begin[f->end];
        f->end = level_next(r, f->end + 1);
    }
    if (f->parts % 8 && failed[f->parts / 8] >> (f->parts % 8)) return ERR_FIELD;
    return 0;
}

static void found_mark(struct reconcile *r, const struct found *f, const uint8_t *failed) {
    uint32_t p = level_next(r, r->answer_at);
    for (uint32_t i = 0; i < f->parts; i++) {
        const uint32_t next = level_next(r, p + 1);
        r->part_state[p] = failed[i / 8] >> (i % 8) & 1 ? PART_FAILED : PART_DONE;
        p = next;
    }
    r->answer_at = f->end;
}

static bool any_failed(const struct reconcile *r) {
    for (uint32_t p = 0; p < r->parts; p++)
        if (r->part_state[p] == PART_FAILED) return true;
    return false;
}

/* What comes after the last FOUND of a level. */
struct decision {
    unsigned more; /* syndromes; 0: split */
    uint64_t estimate, left;
};

static void decision_read(struct reconcile *r, struct reader *in, bool failed, struct decision *d) {
    if (failed) {
        d->more = reader_u8(in);
        if (d->more > SKETCH_CAPACITY_MAX - r->capacity || (d->more && r->level + 1 == RECONCILE_LEVELS_MAX))
            reader_fail(in, ERR_LIMIT);
        if (d->more) return;
        d->estimate = reader_varint(in, RECONCILE_COUNT_MAX);
        d->left = reader_varint(in, RECONCILE_COUNT_MAX);
    }
    r->wanted += reader_varint(in, RECONCILE_COUNT_MAX);
}

static int level_end(struct reconcile *r, bool failed, const struct decision *d) {
    if (!failed) {
        r->phase = PHASE_DONE;
        return 0;
    }
    if (d->more) {
        r->level++;
        r->first_syndrome = r->capacity;
        r->capacity += d->more;
        r->answer_at = 0;
        r->row_at = level_next(r, 0);
        r->phase = PHASE_ASK_SKETCH;
        return 0;
    }
    if (r->round == RECONCILE_ROUNDS_MAX) return ERR_FIELD;
    r->round++;
    set_split(r);
    r->n_solver = d->left;
    choose(r, d->estimate);
    return reconcile_spend(r, r->n);
}

int ask_found(struct reconcile *r, struct reader *in) {
    struct found f = {0};
    struct decision d = {0};
    int count = 0;
    f.parts = (uint32_t)reader_varint(in, r->parts);
    if (!in->err && f.parts == 0) reader_fail(in, ERR_FIELD);
    const uint8_t *failed = reader_bytes(in, (f.parts + 7) / 8);
    if (!failed) return in->err;
    int err = found_measure(r, &f, failed);
    if (err) return err;
    const bool last = f.end == r->parts && r->row_at == r->parts;
    bool any = f.failed > 0;
    if (last) {
        for (uint32_t p = 0; p < r->answer_at && !any; p++) any = r->part_state[p] == PART_FAILED;
        decision_read(r, in, any, &d);
    }
    const uint8_t check = reader_u8(in);
    if (in->err) return in->err;
    /* If the counts do not agree, different elements have the same short id somewhere: the ranks are of no use, and
     * another pass, under another salt, finds what they meant. */
    if (f.universe > 0 && check == (uint8_t)(f.universe & 0xff)) {
        const size_t room = f.universe < VALUES_MAX ? (size_t)f.universe : VALUES_MAX;
        count = rice_read_gaps(in, r->values, room, f.universe);
        if (count < 0) return count;
        err = reader_end(in);
        if (err) return err;
    }
    ranks_give(r, failed, f.parts, r->values, (size_t)count);
    found_mark(r, &f, failed);
    CHECK(!last || any == any_failed(r));
    return last ? level_end(r, any, &d) : 0;
}
