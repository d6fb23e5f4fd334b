/*
 * rice.c: bits over the byte reader and writer.
 */
#include "core/rice.h"

#include "core/check.h"

#define CHOICE_BITS 4
#define ONES_MAX 20 /* as many stand for a gap that is written out */
#define UNIVERSE_MAX (UINT64_C(1) << 62)

static unsigned highest_bit(uint64_t x) {
    return x ? 63 - (unsigned)__builtin_clzll(x) : 0;
}

/* k for a choice c. */
static unsigned parameter(uint64_t universe, size_t count, unsigned choice) {
    const unsigned top = highest_bit(universe / count) + 1;
    return top > choice ? top - choice : 0;
}

/* How many bits a gap has that is written out: those of universe - 1. */
static unsigned width(uint64_t universe) {
    return universe > 1 ? highest_bit(universe - 1) + 1 : 0;
}

/* ---- Writing ---- */

struct bits_out {
    struct writer *w;
    unsigned byte, used;
};

static void put(struct bits_out *out, uint64_t value, unsigned bits) {
    for (unsigned i = 0; i < bits; i++) {
        out->byte |= (unsigned)(value >> i & 1) << out->used;
        if (++out->used < 8) continue;
        writer_u8(out->w, (uint8_t)out->byte);
        out->byte = out->used = 0;
    }
}

/* The number that is coded for values[i]. */
static uint64_t gap(const uint64_t *values, size_t i) {
    if (i == 0) return values[0];
    CHECK(values[i] > values[i - 1]);
    return values[i] - values[i - 1] - 1;
}

/* Set *choice to the best one; return how many bits its codes have. */
static uint64_t choose(const uint64_t *values, size_t count, uint64_t universe, unsigned *choice) {
    uint64_t fewest = UINT64_MAX;
    for (unsigned c = 0; c < 1 << CHOICE_BITS; c++) {
        const unsigned k = parameter(universe, count, c);
        uint64_t bits = 0;
        for (size_t i = 0; i < count; i++) {
            const uint64_t ones = gap(values, i) >> k;
            bits += ones < ONES_MAX ? ones + 1 + k : ONES_MAX + width(universe);
        }
        if (bits < fewest) {
            fewest = bits;
            *choice = c;
        }
    }
    return fewest;
}

static void check_input(const uint64_t *values, size_t count, uint64_t universe) {
    CHECK(universe > 0 && universe <= UNIVERSE_MAX && count <= universe);
    CHECK(count == 0 || values[count - 1] < universe);
}

size_t rice_size(const uint64_t *values, size_t count, uint64_t universe) {
    unsigned choice;
    check_input(values, count, universe);
    if (count == 0) return varint_size(0);
    return varint_size(count) + (size_t)((choose(values, count, universe, &choice) + CHOICE_BITS + 7) / 8);
}

void rice_write_gaps(struct writer *w, const uint64_t *values, size_t count, uint64_t universe) {
    struct bits_out out = {.w = w};
    unsigned choice = 0;
    check_input(values, count, universe);
    writer_varint(w, count);
    if (count == 0) return;
    (void)choose(values, count, universe, &choice);
    const unsigned k = parameter(universe, count, choice);
    put(&out, choice, CHOICE_BITS);
    for (size_t i = 0; i < count && !w->err; i++) {
        const uint64_t g = gap(values, i);
        if (g >> k < ONES_MAX) {
            put(&out, (UINT64_C(1) << (g >> k)) - 1, (unsigned)(g >> k) + 1);
            put(&out, g, k);
        } else {
            put(&out, (1 << ONES_MAX) - 1, ONES_MAX);
            put(&out, g, width(universe));
        }
    }
    if (out.used > 0) writer_u8(w, (uint8_t)out.byte);
}

/* ---- Reading ---- */

struct bits_in {
    struct reader *r;
    unsigned byte, left; /* bits of the byte that are not read yet */
};

static uint64_t take(struct bits_in *in, unsigned bits) {
    uint64_t value = 0;
    for (unsigned i = 0; i < bits; i++) {
        if (in->left == 0) {
            in->byte = reader_u8(in->r);
            in->left = 8;
        }
        value |= (uint64_t)(in->byte & 1) << i;
        in->byte >>= 1;
        in->left--;
    }
    return value;
}

/* Read a gap. */
static uint64_t take_gap(struct bits_in *in, unsigned k, uint64_t universe) {
    uint64_t ones = 0;
    while (ones < ONES_MAX && take(in, 1) == 1) ones++;
    if (ones < ONES_MAX && ones > (universe - 1) >> k) { /* shifted it might be 0 again */
        reader_fail(in->r, ERR_LIMIT);
        return 0;
    }
    if (ones < ONES_MAX) return ones << k | take(in, k);
    const uint64_t g = take(in, width(universe));
    if (g >> k < ONES_MAX) reader_fail(in->r, ERR_FIELD); /* there is a shorter code */
    return g;
}

int rice_read_gaps(struct reader *r, uint64_t *values, size_t count_max, uint64_t universe) {
    struct bits_in in = {.r = r};
    uint64_t next = 0; /* the least that the next number can be */
    CHECK(universe > 0 && universe <= UNIVERSE_MAX && count_max <= INT32_MAX);
    const size_t count = (size_t)reader_varint(r, count_max);
    if (r->err || count == 0) return r->err;
    const unsigned k = parameter(universe, count, (unsigned)take(&in, CHOICE_BITS));
    for (size_t i = 0; i < count && !r->err; i++) {
        const uint64_t g = take_gap(&in, k, universe);
        if (!r->err && g >= universe - next) reader_fail(r, ERR_LIMIT);
        values[i] = next + g;
        next = values[i] + 1; /* at most universe, if there is no error */
    }
    if (!r->err && in.byte != 0) reader_fail(r, ERR_FIELD);
    return r->err ? r->err : (int)count;
}
