/*
 * sqlite_bucket.c: buckets of what was seen, and the ids in them.
 *
 * A bucket's row has its count and its digest, NULL when it is stale. Puts and drops move the counts in memory and mark
 * what they touched; the rows are written once a transaction. Digests are computed when they are asked for, an hour at
 * a time: the table `seen` lies in the order of time, so the ids of one hour lie together, whatever their days.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "store/sqlite_internal.h"

#define STALE_STEP 4096
#define HOURS_MAX 8192
#define HOUR_SECONDS 3600

/* ---- Changes ---- */

static size_t slot_of(int64_t community, uint32_t expiry, uint32_t hour) {
    uint64_t mixed = ((uint64_t)community * 0x9e3779b97f4a7c15u + expiry) * 0x9e3779b97f4a7c15u + hour;
    return (size_t)((mixed * 0x9e3779b97f4a7c15u) >> 32) % (2 * TOUCHED_MAX);
}

int sqlite_bucket_touch(struct sqlite_store *s, int64_t community, uint32_t expiry, uint64_t created, int64_t grows) {
    uint32_t hour = store_bucket_hour(created);
    if (s->touched_count == TOUCHED_MAX) {
        int err = sqlite_buckets_flush(s);
        if (err) return err;
    }
    size_t slot = slot_of(community, expiry, hour);
    struct touched *t = &s->touched[slot];
    while (t->used && (t->community != community || t->expiry != expiry || t->hour != hour)) {
        slot = (slot + 1) % (2 * TOUCHED_MAX);
        t = &s->touched[slot];
    }
    if (!t->used) {
        *t = (struct touched){.community = community, .expiry = expiry, .hour = hour, .used = true};
        s->touched_count++;
    }
    t->grows += grows;
    return 0;
}

static int touched_write(struct sqlite_store *s, const struct touched *t) {
    sqlite3_stmt *add = sqlite_statement(s, SQL_BUCKET_ADD);
    sqlite3_bind_int64(add, 1, t->community);
    sqlite3_bind_int64(add, 2, t->expiry);
    sqlite3_bind_int64(add, 3, t->hour);
    sqlite3_bind_int64(add, 4, t->grows);
    int err = sqlite_run(s, add);
    if (err || t->grows > 0) return err;
    sqlite3_stmt *empty = sqlite_statement(s, SQL_BUCKET_EMPTY);
    sqlite3_bind_int64(empty, 1, t->community);
    sqlite3_bind_int64(empty, 2, t->expiry);
    sqlite3_bind_int64(empty, 3, t->hour);
    return sqlite_run(s, empty);
}

int sqlite_buckets_flush(struct sqlite_store *s) {
    if (s->touched_count == 0) return 0;
    for (size_t i = 0; i < 2 * TOUCHED_MAX; i++) {
        int err = s->touched[i].used ? touched_write(s, &s->touched[i]) : 0;
        if (err) return err;
    }
    sqlite_buckets_forget(s);
    return 0;
}

void sqlite_buckets_forget(struct sqlite_store *s) {
    if (s->touched_count > 0) memset(s->touched, 0, sizeof s->touched);
    s->touched_count = 0;
}

/* ---- Digests ---- */

/* Sorts as its bytes: the expiry day, big-endian, and the id. */
struct digest_key {
    uint8_t day[4], id[HASH_SIZE];
};
_Static_assert(sizeof(struct digest_key) == 36, "keys are compared whole");

struct stale {
    uint32_t hour, expiry;
};

struct digesting {
    crypto_generichash_state state; /* of stale[at] */
    struct sqlite_store *s;
    int64_t community;
    const struct stale *stale; /* buckets of one hour, ascending by day */
    size_t stale_count;
    struct digest_key *keys; /* collected */
    size_t count, room;
    struct digest_key last, bound; /* only keys above last, and below bound */
    bool has_last, has_bound;
    size_t at;
};

static int key_order(const void *a, const void *b) {
    return memcmp(a, b, sizeof(struct digest_key));
}

/* Make room for a key: more memory, or, at its limit, let go of the higher half, which a later pass finds again. */
static int keys_room(struct digesting *d) {
    if (d->count < d->room) return 0;
    if (d->room < d->s->digest_keys_max) {
        size_t room = d->room ? 2 * d->room : 1024;
        if (room > d->s->digest_keys_max) room = d->s->digest_keys_max;
        struct digest_key *more = realloc(d->keys, room * sizeof *more);
        if (!more) return ERR_MEMORY;
        d->keys = more;
        d->room = room;
        return 0;
    }
    qsort(d->keys, d->count, sizeof *d->keys, key_order);
    d->count = (d->count + 1) / 2;
    d->bound = d->keys[--d->count];
    d->has_bound = true;
    return 0;
}

static int key_take(struct digesting *d, uint32_t expiry, const uint8_t *id) {
    struct digest_key key;
    size_t low = 0, high = d->stale_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (d->stale[middle].expiry < expiry)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == d->stale_count || d->stale[low].expiry != expiry) return 0;
    for (unsigned i = 0; i < 4; i++) key.day[i] = (uint8_t)(expiry >> (24 - 8 * i));
    memcpy(key.id, id, HASH_SIZE);
    if ((d->has_last && key_order(&key, &d->last) <= 0) || (d->has_bound && key_order(&key, &d->bound) >= 0)) return 0;
    int err = keys_room(d);
    if (!err && !(d->has_bound && key_order(&key, &d->bound) >= 0)) d->keys[d->count++] = key;
    return err;
}

/* Read the hour's keys that the next pass is about. */
static int keys_collect(struct digesting *d) {
    int64_t first = (int64_t)d->stale[0].hour * HOUR_SECONDS;
    sqlite3_stmt *rows = sqlite_statement(d->s, SQL_SEEN_BETWEEN);
    sqlite3_bind_int64(rows, 1, d->community);
    sqlite3_bind_int64(rows, 2, first);
    sqlite3_bind_int64(rows, 3, first + HOUR_SECONDS - 1);
    d->count = 0;
    d->has_bound = false;
    int row, err = 0;
    while (!err && (row = sqlite_row(d->s, rows)) > 0) {
        if (sqlite3_column_bytes(rows, 1) != HASH_SIZE)
            err = store_tell(&d->s->front, ERR_DAMAGED, "%s: %s (an id)", d->s->path, err_text(ERR_DAMAGED));
        else
            err = key_take(d, (uint32_t)sqlite3_column_int64(rows, 0), sqlite3_column_blob(rows, 1));
    }
    sqlite3_reset(rows);
    return err ? err : row;
}

/* Write the digest of the bucket under way and begin the next one. */
static int digest_end(struct digesting *d) {
    uint8_t digest[HASH_SIZE];
    crypto_generichash_final(&d->state, digest, sizeof digest);
    sqlite3_stmt *set = sqlite_statement(d->s, SQL_BUCKET_DIGEST);
    sqlite3_bind_int64(set, 1, d->community);
    sqlite3_bind_int64(set, 2, d->stale[d->at].expiry);
    sqlite3_bind_int64(set, 3, d->stale[d->at].hour);
    sqlite3_bind_blob(set, 4, digest, sizeof digest, SQLITE_STATIC);
    d->at++;
    crypto_generichash_init(&d->state, NULL, 0, HASH_SIZE);
    return sqlite_run(d->s, set);
}

/* Feed sorted keys to the digests of their buckets. */
static int keys_digest(struct digesting *d) {
    for (size_t i = 0; i < d->count; i++) {
        uint32_t expiry = 0;
        for (unsigned k = 0; k < 4; k++) expiry = expiry << 8 | d->keys[i].day[k];
        while (d->stale[d->at].expiry != expiry) {
            int err = digest_end(d);
            if (err) return err;
            CHECK(d->at < d->stale_count); /* keys are of these buckets and ascend */
        }
        crypto_generichash_update(&d->state, d->keys[i].id, HASH_SIZE);
    }
    return 0;
}

/* Compute the digests of one hour's stale buckets; in several passes if they are more than fit. */
static int hour_digest(struct digesting *d) {
    int err = 0;
    d->has_last = false;
    d->at = 0;
    crypto_generichash_init(&d->state, NULL, 0, HASH_SIZE);
    do {
        err = keys_collect(d);
        if (err) return err;
        if (d->count > 1) qsort(d->keys, d->count, sizeof *d->keys, key_order);
        err = keys_digest(d);
        if (err) return err;
        if (d->count > 0) d->last = d->keys[d->count - 1];
        d->has_last = d->has_last || d->count > 0;
    } while (d->has_bound);
    while (d->at < d->stale_count && !err) err = digest_end(d);
    return err;
}

/* Return how many stale buckets there are, at most STALE_STEP, by hour and day. */
static int stale_read(struct sqlite_store *s, int64_t community, uint32_t first_day, struct stale *out) {
    int count = 0, row;
    sqlite3_stmt *rows = sqlite_statement(s, SQL_BUCKET_STALE);
    sqlite3_bind_int64(rows, 1, community);
    sqlite3_bind_int64(rows, 2, first_day);
    sqlite3_bind_int64(rows, 3, STALE_STEP);
    while ((row = sqlite_row(s, rows)) > 0 && count < STALE_STEP)
        out[count++] = (struct stale){(uint32_t)sqlite3_column_int64(rows, 0), (uint32_t)sqlite3_column_int64(rows, 1)};
    sqlite3_reset(rows);
    return row < 0 ? row : count;
}

int sqlite_bucket_refresh(struct store *front, const uint8_t *community, uint32_t first_day) {
    struct sqlite_store *s = sqlite_self(front);
    const struct sqlite_community *c = sqlite_community_find(s, community);
    struct digesting d = {.s = s};
    int err = sqlite_buckets_flush(s), count = 0;
    if (err || !c) return err;
    d.community = c->num;
    struct stale *stale = malloc(STALE_STEP * sizeof *stale);
    if (!stale) return ERR_MEMORY;
    do {
        count = stale_read(s, c->num, first_day, stale);
        for (int at = 0; at < count && !err; at += (int)d.stale_count) {
            d.stale = &stale[at];
            for (d.stale_count = 1; at + (int)d.stale_count < count; d.stale_count++)
                if (stale[at + (int)d.stale_count].hour != stale[at].hour) break;
            err = hour_digest(&d);
        }
    } while (!err && count == STALE_STEP);
    free(d.keys);
    free(stale);
    return count < 0 ? count : err;
}

int sqlite_bucket_each(struct store *front, const uint8_t *community, uint32_t first_day, store_visit_bucket visit,
                       void *context) {
    struct sqlite_store *s = sqlite_self(front);
    const struct sqlite_community *c = sqlite_community_find(s, community);
    sqlite3_stmt *rows = NULL;
    if (!c) return 0;
    int row = 0,
        err = sqlite_prepare(s,
                             "SELECT expiry, hour, count, digest FROM bucket WHERE community = ? AND expiry >= ? "
                             "ORDER BY expiry, hour",
                             &rows);
    if (!err) sqlite3_bind_int64(rows, 1, c->num);
    if (!err) sqlite3_bind_int64(rows, 2, first_day);
    while (!err && (row = sqlite_row(s, rows)) > 0) {
        struct store_bucket bucket = {.expiry_day = (uint32_t)sqlite3_column_int64(rows, 0),
                                      .hour = c->num == POOL_NUM ? 0 : (uint32_t)sqlite3_column_int64(rows, 1),
                                      .count = (uint64_t)sqlite3_column_int64(rows, 2)};
        if (sqlite3_column_bytes(rows, 3) != HASH_SIZE || bucket.count == 0) {
            err = store_tell(front, ERR_DAMAGED, "%s: %s (a bucket)", s->path, err_text(ERR_DAMAGED));
            break;
        }
        memcpy(bucket.digest, sqlite3_column_blob(rows, 3), HASH_SIZE);
        err = visit(context, &bucket);
    }
    sqlite3_finalize(rows);
    return err ? err : row < 0 ? row : 0;
}

/* ---- What was seen ---- */

/* Hours one behind the other. */
struct run {
    uint32_t first, last;
};

static int run_order(const void *a, const void *b) {
    const struct run *left = a, *right = b;
    return (left->first > right->first) - (left->first < right->first);
}

/* Sort single hours and join neighbours. Return how many runs there are. */
static int runs_join(struct run *runs, int count) {
    int used = 0;
    qsort(runs, (size_t)count, sizeof *runs, run_order);
    for (int i = 1; i < count; i++) {
        if (runs[i].first <= runs[used].last + 1)
            runs[used].last = runs[i].last;
        else
            runs[++used] = runs[i];
    }
    return count > 0 ? used + 1 : 0;
}

/* Find the hours of the buckets in a span; more than HOURS_MAX are taken for one run. Return how many runs. */
static int runs_read(struct sqlite_store *s, int64_t community, const struct store_span *span, struct run *runs) {
    sqlite3_stmt *rows = NULL;
    struct run whole = {.first = UINT32_MAX};
    int count = 0, row = 0;
    int err = sqlite_prepare(
        s, "SELECT hour FROM bucket WHERE community = ? AND (expiry, hour) >= (?, ?) AND (expiry, hour) < (?, ?)",
        &rows);
    if (err) return err;
    sqlite3_bind_int64(rows, 1, community);
    sqlite3_bind_int64(rows, 2, (int64_t)(span->lo >> 32));
    sqlite3_bind_int64(rows, 3, (int64_t)(span->lo & UINT32_MAX));
    sqlite3_bind_int64(rows, 4, (int64_t)(span->hi >> 32));
    sqlite3_bind_int64(rows, 5, (int64_t)(span->hi & UINT32_MAX));
    while ((row = sqlite_row(s, rows)) > 0) {
        uint32_t hour = (uint32_t)sqlite3_column_int64(rows, 0);
        if (count < HOURS_MAX) runs[count] = (struct run){hour, hour};
        count += count <= HOURS_MAX;
        whole.first = hour < whole.first ? hour : whole.first;
        whole.last = hour > whole.last ? hour : whole.last;
    }
    sqlite3_finalize(rows);
    if (row < 0) return row;
    if (count <= HOURS_MAX) return runs_join(runs, count);
    runs[0] = whole;
    return 1;
}

/* A walk over ids under way. */
struct sqlite_walk {
    bool pool;
    const struct store_span *span;
    store_visit_seen visit;
    void *context;
    int stop;
};

/*
 * Visit one row (created, id, num, expiry, flags). A function of SQL that sums up all rows, because the calls around
 * each row of a result take as long as the walk itself; an error is the way to end it.
 */
static void walk_step(sqlite3_context *context, int count, sqlite3_value **row) {
    struct sqlite_store *s = sqlite3_user_data(context);
    struct sqlite_walk *w = s->walk;
    (void)count;
    const int flags = sqlite3_value_int(row[4]);
    const struct store_seen_id seen = {.created = w->pool ? 0 : (uint64_t)sqlite3_value_int64(row[0]),
                                       .id = sqlite3_value_blob(row[1]),
                                       .num = sqlite3_value_int64(row[2]),
                                       .expiry_day = (uint32_t)sqlite3_value_int64(row[3]),
                                       .urgency = (uint8_t)(flags >> URGENCY_SHIFT),
                                       .stub = flags & FLAG_STUB,
                                       .retracted = flags & FLAG_RETRACTED};
    uint64_t key = store_bucket_key(seen.expiry_day, store_bucket_hour(seen.created));
    if (key < w->span->lo || key >= w->span->hi) return;
    if (sqlite3_value_bytes(row[1]) != HASH_SIZE)
        w->stop = store_tell(&s->front, ERR_DAMAGED, "%s: %s (an id)", s->path, err_text(ERR_DAMAGED));
    else
        w->stop = w->visit(w->context, &seen);
    if (w->stop) sqlite3_result_error(context, "stopped", -1);
}

static void walk_end(sqlite3_context *context) {
    sqlite3_result_null(context);
}

int sqlite_bucket_open(struct sqlite_store *s) {
    return sqlite3_create_function(s->db, "seen_walk", 5, SQLITE_UTF8 | SQLITE_DIRECTONLY, s, NULL, walk_step,
                                   walk_end) == SQLITE_OK
               ? 0
               : sqlite_fail(s);
}

/* Walk over the rows of one run. A visit may walk again. */
static int run_walk(struct sqlite_store *s, sqlite3_stmt *rows, int64_t community, struct run run,
                    struct sqlite_walk *walk) {
    struct sqlite_walk *outer = s->walk;
    sqlite3_reset(rows);
    sqlite3_bind_int64(rows, 1, community);
    sqlite3_bind_int64(rows, 2, (int64_t)run.first * HOUR_SECONDS);
    sqlite3_bind_int64(rows, 3, (int64_t)run.last * HOUR_SECONDS + HOUR_SECONDS - 1);
    s->walk = walk;
    int code = sqlite3_step(rows);
    s->walk = outer;
    if (walk->stop) return walk->stop;
    return code == SQLITE_ROW ? 0 : sqlite_fail(s);
}

/* The days whose hour 0 lies in a span, whole: the pool's buckets stand under other hours than they are told by. */
static struct store_span days_whole(const struct store_span *span) {
    const uint64_t hours = UINT32_MAX, day = hours + 1;
    return (struct store_span){span->lo > UINT64_MAX - hours ? UINT64_MAX : (span->lo + hours) / day * day,
                               span->hi > UINT64_MAX - hours ? UINT64_MAX : (span->hi + hours) / day * day};
}

int sqlite_seen_range(struct store *front, const uint8_t *community, const struct store_span *asked,
                      store_visit_seen visit, void *context) {
    struct sqlite_store *s = sqlite_self(front);
    const struct sqlite_community *c = sqlite_community_find(s, community);
    const struct store_span whole = days_whole(asked), *span = c && c->num == POOL_NUM ? &whole : asked;
    struct sqlite_walk walk = {.pool = c && c->num == POOL_NUM, .span = asked, .visit = visit, .context = context};
    sqlite3_stmt *rows = NULL;
    int err = sqlite_buckets_flush(s); /* only a transaction leaves any */
    if (err || !c) return err;
    int64_t num = c->num;
    struct run *runs = calloc(HOURS_MAX, sizeof *runs);
    if (!runs) return ERR_MEMORY;
    int count = runs_read(s, num, span, runs);
    if (count > 0)
        err = sqlite_prepare(
            s,
            "SELECT seen_walk(created, id, num, expiry, flags) FROM seen WHERE community = ? AND created BETWEEN ? AND ?",
            &rows);
    for (int i = 0; i < count && !err; i++) err = run_walk(s, rows, num, runs[i], &walk);
    sqlite3_finalize(rows);
    free(runs);
    return count < 0 ? count : err;
}
