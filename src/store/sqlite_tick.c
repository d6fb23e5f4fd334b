/*
 * sqlite_tick.c: what time asks for, in small steps.
 */
#include <string.h>

#include "store/sqlite_internal.h"

/* Collect up to budget numbers that a statement gives, then do something with each: changing a table under a running
 * statement is not defined. */
#define STEP 64

struct step {
    enum statement which;
    int64_t bound;
    int (*act)(struct sqlite_store *s, int64_t num);
};

static int ghost_forget(struct sqlite_store *s, int64_t hash) {
    sqlite3_stmt *drop = sqlite_statement(s, SQL_GHOST_DROP);
    sqlite3_bind_int64(drop, 1, hash);
    return sqlite_run(s, drop);
}

/* Return how many were done, at most budget. */
static int step_run(struct sqlite_store *s, const struct step *step, uint32_t budget) {
    uint32_t done = 0;
    while (done < budget) {
        int64_t nums[STEP];
        size_t count = 0;
        uint32_t most = budget - done < STEP ? budget - done : STEP;
        sqlite3_stmt *rows = sqlite_statement(s, step->which);
        sqlite3_bind_int64(rows, 1, step->bound);
        sqlite3_bind_int64(rows, 2, most);
        int row;
        while ((row = sqlite_row(s, rows)) > 0 && count < STEP) {
            nums[count++] = sqlite3_column_int64(rows, 0);
            if (step->which != SQL_GHOST_EXPIRED) continue;
            for (size_t i = 0; i < s->community_count; i++)
                s->communities[i].ghosts -= s->communities[i].num == sqlite3_column_int64(rows, 1);
        }
        sqlite3_reset(rows);
        if (row < 0) return row;
        for (size_t i = 0; i < count; i++) {
            int err = step->act(s, nums[i]);
            if (err) return err;
        }
        done += (uint32_t)count;
        if (count < most) break;
    }
    return (int)done;
}

static int expire(struct sqlite_store *s, uint32_t day, uint32_t budget) {
    /* when_is_expired: day > expiry + EXPIRY_GRACE_DAYS */
    int64_t bound = (int64_t)day - EXPIRY_GRACE_DAYS;
    const struct step records = {SQL_EXPIRED, bound, sqlite_record_drop},
                      ghosts = {SQL_GHOST_EXPIRED, bound, ghost_forget};
    int done = step_run(s, &records, budget);
    if (done < 0) return done;
    int more = step_run(s, &ghosts, budget - (uint32_t)done);
    if (more < 0) return more;
    sqlite3_stmt *partial = sqlite_statement(s, SQL_PARTIAL_DROP);
    sqlite3_bind_int64(partial, 1, bound);
    int err = sqlite_run(s, partial);
    return err ? err : done + more;
}

int sqlite_tick(struct store *front, struct when when, uint32_t budget) {
    struct sqlite_store *s = sqlite_self(front);
    uint64_t since = when.now < RETRACTED_BODY_SECONDS ? 0 : when.now - RETRACTED_BODY_SECONDS;
    const struct step blanks = {SQL_DUE, (int64_t)since, sqlite_record_blank};
    int done = when.confirmed ? expire(s, when_day(when.now), budget) : 0;
    s->wiped = s->wiped || done > 0;
    if (done < 0 || (uint32_t)done == budget) return done;
    int more = when.now < RETRACTED_BODY_SECONDS ? 0 : step_run(s, &blanks, budget - (uint32_t)done);
    if (more < 0) return more;
    done += more;
    more = (uint32_t)done < budget ? sqlite_blob_tick(s, when, budget - (uint32_t)done) : 0;
    if (more < 0) return more;
    done += more;
    s->wiped = s->wiped || done > 0;
    return done > 0 ? done : sqlite_text_purge(s, when.now);
}
