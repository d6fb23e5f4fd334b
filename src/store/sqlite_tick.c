/*
 * sqlite_tick.c: what time asks for, in small steps.
 */
#include <string.h>

#include "store/sqlite_internal.h"

/* Collect up to budget numbers that a statement gives, then do something with each: changing a table under a running
 * statement is not defined. */
#define STEP 64

/* Blank what is due. Return how many were done, at most budget. */
static int blank_due(struct sqlite_store *s, uint64_t since, uint32_t budget) {
    uint32_t done = 0;
    while (done < budget) {
        int64_t nums[STEP];
        size_t count = 0;
        uint32_t most = budget - done < STEP ? budget - done : STEP;
        sqlite3_stmt *rows = sqlite_statement(s, SQL_DUE);
        sqlite3_bind_int64(rows, 1, (int64_t)since);
        sqlite3_bind_int64(rows, 2, most);
        int row;
        while ((row = sqlite_row(s, rows)) > 0 && count < STEP) nums[count++] = sqlite3_column_int64(rows, 0);
        sqlite3_reset(rows);
        if (row < 0) return row;
        for (size_t i = 0; i < count; i++) {
            int err = sqlite_record_blank(s, nums[i]);
            if (err) return err;
        }
        done += (uint32_t)count;
        if (count < most) break;
    }
    return (int)done;
}

struct over {
    int64_t num;
    uint64_t created;
    uint32_t expiry;
    uint8_t id[HASH_SIZE];
};

/* Read up to most ids whose last day is before bound. Return how many. */
static int over_read(struct sqlite_store *s, const struct sqlite_community *c, uint32_t bound, struct over *out,
                     uint32_t most) {
    sqlite3_stmt *rows = sqlite_statement(s, SQL_EXPIRED);
    sqlite3_bind_int64(rows, 1, c->num);
    sqlite3_bind_int64(rows, 2, bound);
    sqlite3_bind_int64(rows, 3, most);
    int row = 0;
    uint32_t count = 0;
    while (count < most && (row = sqlite_row(s, rows)) > 0) {
        struct over *o = &out[count++];
        o->num = sqlite3_column_int64(rows, 0);
        o->created = (uint64_t)sqlite3_column_int64(rows, 1);
        o->expiry = (uint32_t)sqlite3_column_int64(rows, 2);
        if (sqlite3_column_bytes(rows, 3) != HASH_SIZE) {
            sqlite3_reset(rows);
            return store_tell(&s->front, ERR_DAMAGED, "%s: %s (an id)", s->path, err_text(ERR_DAMAGED));
        }
        memcpy(o->id, sqlite3_column_blob(rows, 3), HASH_SIZE);
    }
    sqlite3_reset(rows);
    return row < 0 ? row : (int)count;
}

/* Drop what was seen in a community and is over. Return how many, at most budget. */
static int community_expire(struct sqlite_store *s, struct sqlite_community *c, uint32_t bound, uint32_t budget) {
    struct over over[STEP] = {{0}};
    uint32_t done = 0;
    while (done < budget) {
        uint32_t most = budget - done < STEP ? budget - done : STEP;
        int count = over_read(s, c, bound, over, most);
        for (int i = 0; i < count; i++) {
            const struct over *o = &over[i];
            int err =
                o->num > 0 ? sqlite_record_drop(s, o->num) : sqlite_ghost_drop(s, c, o->created, o->expiry, o->id);
            if (err) return err;
        }
        if (count < 0) return count;
        done += (uint32_t)count;
        if ((uint32_t)count < most) break;
    }
    return (int)done;
}

/*
 * Drop what is over, bucket by bucket. What is pinned, or a retraction that is kept for its target, stays in a bucket
 * that is over, where every search comes past it; so one that found nothing holds until something may have changed.
 */
static int expire(struct sqlite_store *s, uint32_t day, uint32_t budget) {
    /* when_is_expired: day > expiry + EXPIRY_GRACE_DAYS */
    uint32_t bound = day > EXPIRY_GRACE_DAYS ? day - EXPIRY_GRACE_DAYS : 0;
    uint32_t done = 0;
    if (bound <= s->swept) return 0;
    int err = sqlite_buckets_flush(s);
    if (err) return err;
    for (size_t i = 0; i < s->community_count && done < budget; i++) {
        int some = community_expire(s, &s->communities[i], bound, budget - done);
        if (some < 0) return some;
        done += (uint32_t)some;
    }
    sqlite3_stmt *partial = sqlite_statement(s, SQL_PARTIAL_DROP);
    sqlite3_bind_int64(partial, 1, bound);
    err = sqlite_run(s, partial);
    if (!err && done == 0 && budget > 0) s->swept = bound;
    return err ? err : (int)done;
}

int sqlite_tick(struct store *front, struct when when, uint32_t budget) {
    struct sqlite_store *s = sqlite_self(front);
    uint64_t since = when.now < RETRACTED_BODY_SECONDS ? 0 : when.now - RETRACTED_BODY_SECONDS;
    int done = when.confirmed ? expire(s, when_day(when.now), budget) : 0;
    s->wiped = s->wiped || done > 0;
    if (done < 0 || (uint32_t)done == budget) return done;
    int more = when.now < RETRACTED_BODY_SECONDS ? 0 : blank_due(s, since, budget - (uint32_t)done);
    if (more < 0) return more;
    done += more;
    more = (uint32_t)done < budget ? sqlite_blob_tick(s, when, budget - (uint32_t)done) : 0;
    if (more < 0) return more;
    done += more;
    s->wiped = s->wiped || done > 0;
    return done > 0 ? done : sqlite_text_purge(s, when.now);
}
