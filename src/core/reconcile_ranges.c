/*
 * reconcile_ranges.c: buckets: ranges and their digests, days left out, states.
 *
 * A range's digest is a chain of keyed BLAKE2b over its buckets, so neither side holds more than one bucket at a time.
 * Ranges are chosen by what is likely to differ: the buckets of the last hours stand alone, the older ones are merged
 * to ranges of about equal counts.
 */
#include <string.h>

#include "core/check.h"
#include "core/crypto.h"
#include "core/reconcile_internal.h"

#define RECENT_HOURS 4
#define CHAIN_SIZE (HASH_SIZE + 8 + HASH_SIZE)

static uint64_t place(const struct reconcile_bucket *b) {
    return (uint64_t)b->expiry_day << 32 | b->hour;
}

uint64_t ranges_end(const struct reconcile *r, unsigned i) {
    CHECK(i < r->range_count);
    return i + 1 < r->range_count ? r->range_begin[i + 1] : UINT64_MAX;
}

/* ---- Days left out ---- */

bool ranges_day_is_out(const struct reconcile *r, uint32_t day) {
    unsigned low = 0, high = r->day_count;
    while (low < high) {
        const unsigned middle = (low + high) / 2;
        if (r->days[middle] < day)
            low = middle + 1;
        else
            high = middle;
    }
    return low < r->day_count && r->days[low] == day;
}

bool ranges_day_add(struct reconcile *r, uint32_t day) {
    if (ranges_day_is_out(r, day)) return false;
    CHECK(r->day_count < 2 * RECONCILE_DAYS_MAX);
    unsigned at = r->day_count++;
    for (; at > 0 && r->days[at - 1] > day; at--) r->days[at] = r->days[at - 1];
    r->days[at] = day;
    return true;
}

struct days_visit {
    uint32_t days[RECONCILE_DAYS_MAX]; /* different ones from `from` on */
    unsigned count;
    uint32_t from;
    bool more;
};

static int days_visit(void *context, const struct reconcile_bucket *b) {
    struct days_visit *v = context;
    if (b->expiry_day < v->from || (v->count > 0 && v->days[v->count - 1] == b->expiry_day)) return 0;
    if (v->count == RECONCILE_DAYS_MAX)
        v->more = true;
    else
        v->days[v->count++] = b->expiry_day;
    return 0;
}

int ranges_days_find(struct reconcile *r) {
    struct days_visit v = {.from = r->floor_day, .more = true};
    while (v.more) {
        v.more = false;
        v.count = 0;
        int err = r->source.buckets(r->source.context, v.from, days_visit, &v);
        if (err < 0) return err;
        for (unsigned i = 0; i < v.count && r->own_day_count < RECONCILE_DAYS_MAX; i++) {
            const int partial = r->source.is_partial(r->source.context, v.days[i]);
            if (partial < 0) return partial;
            if (partial > 0 && ranges_day_add(r, v.days[i])) r->own_days[r->own_day_count++] = v.days[i];
        }
        if (v.more) v.from = v.days[v.count - 1] + 1;
    }
    return 0;
}

void ranges_days_write(const struct reconcile *r, struct writer *w) {
    uint32_t next = r->floor_day;
    writer_varint(w, r->own_day_count);
    for (unsigned i = 0; i < r->own_day_count; i++) {
        CHECK(r->own_days[i] >= next);
        writer_varint(w, r->own_days[i] - next);
        next = r->own_days[i] + 1;
    }
}

unsigned ranges_days_read(struct reader *in, uint32_t floor_day, uint32_t days[RECONCILE_DAYS_MAX]) {
    const unsigned count = (unsigned)reader_varint(in, RECONCILE_DAYS_MAX);
    uint64_t next = floor_day;
    for (unsigned i = 0; i < count && !in->err; i++) {
        if (next > UINT32_MAX - 1) {
            reader_fail(in, ERR_LIMIT);
            return 0;
        }
        next += reader_varint(in, UINT32_MAX - 1 - next);
        days[i] = (uint32_t)next++;
    }
    return in->err ? 0 : count;
}

/* ---- Visiting what is compared ---- */

struct walk {
    const struct reconcile *r;
    uint64_t total;
    uint64_t *each; /* counts of the ranges, or NULL */
    unsigned range; /* the one that the last bucket lay in */
    uint8_t chain[HASH_SIZE];
    uint8_t (*digest)[RECONCILE_DIGEST_MAX]; /* or NULL */
};

static void chain_add(uint8_t chain[HASH_SIZE], const uint8_t key[32], const struct reconcile_bucket *b) {
    uint8_t bytes[CHAIN_SIZE];
    struct writer w;
    writer_init(&w, bytes, sizeof bytes);
    writer_bytes(&w, chain, HASH_SIZE);
    writer_u32(&w, b->expiry_day);
    writer_u32(&w, b->hour);
    writer_bytes(&w, b->digest, HASH_SIZE);
    crypto_digest_keyed(chain, key, 32, bytes, sizeof bytes);
}

static int walk_visit(void *context, const struct reconcile_bucket *b) {
    struct walk *v = context;
    const struct reconcile *r = v->r;
    if (b->expiry_day < r->floor_day || b->count == 0 || ranges_day_is_out(r, b->expiry_day)) return 0;
    v->total += b->count;
    if (!v->each && !v->digest) return 0;
    while (v->range + 1 < r->range_count && place(b) >= r->range_begin[v->range + 1]) {
        v->range++;
        memset(v->chain, 0, HASH_SIZE);
    }
    if (v->each) v->each[v->range] += b->count;
    if (v->digest) {
        chain_add(v->chain, r->digest_key, b);
        memcpy(v->digest[v->range], v->chain, RECONCILE_DIGEST_MAX);
    }
    return 0;
}

static int walk(const struct reconcile *r, struct walk *v) {
    v->r = r;
    const int err = r->source.buckets(r->source.context, r->floor_day, walk_visit, v);
    return err < 0 ? err : 0;
}

int ranges_count(struct reconcile *r, uint64_t *count) {
    struct walk v = {0};
    const int err = walk(r, &v);
    *count = v.total;
    return err;
}

int ranges_count_each(struct reconcile *r, uint64_t count[RECONCILE_RANGES_MAX]) {
    struct walk v = {.each = count};
    memset(count, 0, RECONCILE_RANGES_MAX * sizeof *count);
    return walk(r, &v);
}

int ranges_digest(struct reconcile *r) {
    struct walk v = {.digest = r->range_digest};
    memset(r->range_digest, 0, sizeof r->range_digest);
    return walk(r, &v);
}

/* ---- The asker's choice ---- */

struct choice {
    struct reconcile *r;
    uint32_t hour_max;
    unsigned recent[RECENT_HOURS]; /* buckets of the last hour, the one before ... */
    uint64_t recent_sum[RECENT_HOURS];
    unsigned alone;  /* hours of which buckets stand alone */
    uint64_t target; /* elements of a merged range */
    uint64_t filled; /* of the present one */
    bool closed;     /* it takes no more */
};

static bool choice_skips(const struct choice *c, const struct reconcile_bucket *b) {
    return b->count == 0 || b->expiry_day < c->r->floor_day || ranges_day_is_out(c->r, b->expiry_day);
}

static int hour_visit(void *context, const struct reconcile_bucket *b) {
    struct choice *c = context;
    if (!choice_skips(c, b) && b->hour > c->hour_max) c->hour_max = b->hour;
    return 0;
}

static int recent_visit(void *context, const struct reconcile_bucket *b) {
    struct choice *c = context;
    if (choice_skips(c, b) || c->hour_max - b->hour >= RECENT_HOURS) return 0;
    c->recent[c->hour_max - b->hour]++;
    c->recent_sum[c->hour_max - b->hour] += b->count;
    return 0;
}

static int cut_visit(void *context, const struct reconcile_bucket *b) {
    struct choice *c = context;
    struct reconcile *r = c->r;
    if (choice_skips(c, b)) return 0;
    const bool alone = c->hour_max - b->hour < c->alone;
    if ((c->closed || (alone && c->filled > 0)) && r->range_count < RECONCILE_RANGES_MAX) {
        r->range_begin[r->range_count++] = place(b);
        c->filled = 0;
    }
    c->filled += b->count;
    c->closed = alone || c->filled >= c->target;
    return 0;
}

int ranges_choose(struct reconcile *r, uint64_t n) {
    struct choice c = {.r = r};
    const unsigned most = plan_ranges(n);
    unsigned buckets = 0;
    uint64_t sum = 0;
    int err = r->source.buckets(r->source.context, r->floor_day, hour_visit, &c);
    if (err >= 0) err = r->source.buckets(r->source.context, r->floor_day, recent_visit, &c);
    if (err < 0) return err;
    while (c.alone < RECENT_HOURS && buckets + c.recent[c.alone] <= most / 2) {
        buckets += c.recent[c.alone];
        sum += c.recent_sum[c.alone++];
    }
    c.target = (n - sum) / (most - buckets) + 1;
    r->range_count = 1;
    r->range_begin[0] = (uint64_t)r->floor_day << 32;
    err = r->source.buckets(r->source.context, r->floor_day, cut_visit, &c);
    return err < 0 ? err : ranges_digest(r);
}

/* ---- On the wire ---- */

/*
 * A bound is told as the difference to the one before of its hour and of its *life*, the expiry day less the hour's
 * day: records that are kept equally long have the same life, so in the usual case a bound is one byte.
 */
static int64_t life_of(uint64_t bound) {
    return (int64_t)(bound >> 32) - (int64_t)((bound & UINT32_MAX) / 24);
}

void ranges_write(const struct reconcile *r, struct writer *w) {
    int64_t life = 0, hour = (int64_t)r->floor_day * 24;
    CHECK(r->range_count > 0);
    writer_u8(w, r->config.digest_size);
    for (unsigned i = 1; i < r->range_count; i++) {
        const int64_t l = life_of(r->range_begin[i]), h = (int64_t)(r->range_begin[i] & UINT32_MAX);
        if (l == life && h > hour) {
            writer_varint(w, (uint64_t)(h - hour) << 1);
        } else {
            const int64_t d = l - life;
            const uint64_t zigzag = d < 0 ? ((uint64_t)(-(d + 1)) << 1 | 1) : (uint64_t)d << 1;
            writer_varint(w, zigzag << 1 | 1);
            writer_zigzag(w, h - hour);
        }
        life = l;
        hour = h;
    }
    for (unsigned i = 0; i < r->range_count; i++) writer_bytes(w, r->range_digest[i], r->config.digest_size);
}

static uint64_t bound_read(struct reader *in, int64_t *life, int64_t *hour) {
    const uint64_t code = reader_varint(in, UINT64_C(1) << 36);
    if (code & 1) {
        const int64_t half = (int64_t)(code >> 2);
        *life += code & 2 ? -half - 1 : half;
        const int64_t step = reader_zigzag(in);
        if (step > UINT32_MAX || step < -(int64_t)UINT32_MAX)
            reader_fail(in, ERR_LIMIT);
        else
            *hour += step;
    } else {
        *hour += (int64_t)(code >> 1);
    }
    if (in->err) return 0;
    const int64_t day = *life + *hour / 24;
    if (*hour < 0 || *hour > UINT32_MAX || day < 0 || day > UINT32_MAX) {
        reader_fail(in, ERR_LIMIT);
        return 0;
    }
    return (uint64_t)day << 32 | (uint64_t)*hour;
}

void ranges_read(struct reconcile *r, struct reader *in, unsigned count) {
    const unsigned size = reader_u8(in);
    int64_t life = 0, hour = (int64_t)r->floor_day * 24;
    if (!in->err && (count == 0 || count > RECONCILE_RANGES_MAX || size == 0 || size > RECONCILE_DIGEST_MAX))
        reader_fail(in, ERR_LIMIT);
    if (in->err) return;
    r->range_count = count;
    r->config.digest_size = (uint8_t)size;
    r->range_begin[0] = (uint64_t)r->floor_day << 32;
    for (unsigned i = 1; i < count && !in->err; i++) {
        r->range_begin[i] = bound_read(in, &life, &hour);
        if (!in->err && r->range_begin[i] <= r->range_begin[i - 1]) reader_fail(in, ERR_FIELD);
    }
}

/* ---- States ---- */

static int state_visit(void *context, const struct reconcile_bucket *b) {
    struct walk *v = context;
    const struct reconcile *r = v->r;
    if (b->expiry_day < r->floor_day || b->count == 0 || ranges_day_is_out(r, b->expiry_day)) return 0;
    chain_add(v->chain, r->digest_key, b);
    return 0;
}

static int state(const struct reconcile *r, uint8_t out[HASH_SIZE]) {
    struct walk v = {.r = r};
    const int err = r->source.buckets(r->source.context, r->floor_day, state_visit, &v);
    memcpy(out, v.chain, HASH_SIZE);
    return err < 0 ? err : 0;
}

int reconcile_state(const struct reconcile_source *source, uint32_t floor_day, const uint8_t key[32],
                    uint8_t out[HASH_SIZE]) {
    struct reconcile all = {.source = *source, .floor_day = floor_day};
    memcpy(all.digest_key, key, 32);
    return state(&all, out);
}

int reconcile_state_compared(const struct reconcile *r, const uint8_t key[32], uint8_t out[HASH_SIZE]) {
    struct reconcile all = {.source = r->source, .floor_day = r->floor_day, .day_count = r->day_count};
    memcpy(all.digest_key, key, 32);
    memcpy(all.days, r->days, sizeof all.days);
    return state(&all, out);
}
