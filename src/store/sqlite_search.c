/*
 * sqlite_search.c: full-text search by FTS5 over folded text (view/fold.h).
 *
 * The index holds no text of its own (contentless) and is filled later, by sqlite_index, up to a number that is kept in
 * the settings: a text is in it if its record's number is not above that and its body is here. To take a text out, the
 * same words must be given again; so the version of the folding is kept too, and another version means a new index.
 * Folded words are letters and digits only, and the tokenizer takes every byte beyond ASCII for a letter, so that a
 * word of ours is one word of the index whatever Unicode it was made from.
 */
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "store/sqlite_internal.h"
#include "view/fold.h"

#define META_NUMBERS "store_numbers"
#define META_FOLD "store_fold"
#define PURGE_PAGES 256 /* merged in a step */

/* ---- The numbers ---- */

/* Return their size, or what store_meta_get does. */
static int numbers_read(struct sqlite_store *s, struct sqlite_numbers *n) {
    int got = sqlite_meta_get(&s->front, META_NUMBERS, (uint8_t *)n, sizeof *n);
    if (got != (int)offsetof(struct sqlite_numbers, known)) return got;
    n->known = n->next - 1; /* before version 3 all were */
    return (int)sizeof *n;
}

int sqlite_numbers_load(struct sqlite_store *s) {
    struct sqlite_numbers n = {0};
    int got = numbers_read(s, &n);
    if (got < 0 && got != ERR_NOT_FOUND && got != ERR_SPACE) return got;
    if (got != (int)sizeof n || n.next < 1 || n.indexed < 0 || n.indexed >= n.next || n.unindexed < 0 || n.known < 0 ||
        n.known >= n.next)
        return store_tell(&s->front, ERR_DAMAGED, "%s: %s (its numbers)", s->path, err_text(ERR_DAMAGED));
    s->numbers = s->written = n;
    return 0;
}

int sqlite_numbers_flush(struct sqlite_store *s) {
    if (memcmp(&s->numbers, &s->written, sizeof s->numbers) == 0) return 0;
    int err = sqlite_meta_set(&s->front, META_NUMBERS, (const uint8_t *)&s->numbers, sizeof s->numbers);
    if (!err) s->written = s->numbers;
    return err;
}

static int number_read(struct sqlite_store *s, const char *sql, int64_t *out) {
    sqlite3_stmt *get = NULL;
    int err = sqlite_prepare(s, sql, &get);
    int row = err ? err : sqlite_row(s, get);
    if (row > 0) *out = sqlite3_column_int64(get, 0);
    sqlite3_finalize(get);
    return row < 0 ? row : 0;
}

int sqlite_search_open(struct sqlite_store *s) {
    const uint8_t version = FOLD_VERSION;
    uint8_t found = 0;
    struct sqlite_numbers n = {0};
    int got = sqlite_meta_get(&s->front, META_FOLD, &found, sizeof found), err = 0;
    if (got == 1 && found == version) return 0;
    if (got < 0 && got != ERR_NOT_FOUND && got != ERR_SPACE) return got;
    if (numbers_read(s, &n) != (int)sizeof n) {
        err = number_read(s, "SELECT coalesce(max(num), 0) + 1 FROM record", &n.next);
        n.known = n.next - 1;
    }
    n.indexed = n.purge = 0;
    if (!err) err = number_read(s, "SELECT count(*) FROM seen WHERE kind = 2 AND flags & 2 = 0", &n.unindexed);
    if (!err && sqlite3_exec(s->db, "INSERT INTO search(search) VALUES('delete-all')", NULL, NULL, NULL) != SQLITE_OK)
        err = sqlite_fail(s);
    if (!err) err = sqlite_meta_set(&s->front, META_NUMBERS, (const uint8_t *)&n, sizeof n);
    return err ? err : sqlite_meta_set(&s->front, META_FOLD, &version, sizeof version);
}

/* ---- Texts come and go ---- */

static int text_change(struct sqlite_store *s, enum statement which, int64_t num, const struct record *r) {
    size_t size = store_text(s->text, r);
    if (size == 0) return 0;
    sqlite3_stmt *change = sqlite_statement(s, which);
    sqlite3_bind_int64(change, 1, num);
    sqlite3_bind_text(change, 2, s->text, (int)size, SQLITE_STATIC);
    return sqlite_run(s, change);
}

int sqlite_text_come(struct sqlite_store *s, int64_t num, const struct record *r) {
    if (!store_is_text(r)) return 0;
    if (num <= s->numbers.indexed) return text_change(s, SQL_TEXT_ADD, num, r);
    s->numbers.unindexed++;
    return 0;
}

int sqlite_text_go(struct sqlite_store *s, int64_t num, const struct record *r) {
    if (!store_is_text(r)) return 0;
    if (num > s->numbers.indexed) {
        s->numbers.unindexed--;
        return 0;
    }
    s->numbers.purge = PURGE_WANTED;
    return text_change(s, SQL_TEXT_DROP, num, r);
}

/*
 * FTS5 notes what was taken out beside what still stands in its older parts; both vanish when the parts are merged.
 * That rewrites the whole index, so it begins at most once a day.
 */
int sqlite_text_purge(struct sqlite_store *s, uint64_t now) {
    struct sqlite_numbers *n = &s->numbers;
    uint64_t last = (uint64_t)n->purged;
    if (n->purge == PURGE_NONE || (n->purge == PURGE_WANTED && last > 0 && now >= last && now - last < DAY_SECONDS))
        return 0;
    sqlite3_stmt *merge = sqlite_statement(s, SQL_TEXT_MERGE);
    sqlite3_bind_int64(merge, 1,
                       n->purge == PURGE_WANTED ? -PURGE_PAGES : PURGE_PAGES); /* negative: begin to merge everything */
    int before = sqlite3_total_changes(s->db);
    int err = sqlite_run(s, merge);
    if (err) return err;
    n->purge = PURGE_GOES_ON;
    if (sqlite3_total_changes(s->db) - before < 2) { /* so FTS5 says that nothing is left to merge */
        n->purge = PURGE_NONE;
        n->purged = now > 0 ? (int64_t)now : 1;
        s->wiped = true;
    }
    return 1;
}

int sqlite_index(struct store *front, uint32_t budget) {
    struct sqlite_store *s = sqlite_self(front);
    struct sqlite_numbers *n = &s->numbers;
    struct store_record found;
    int row = 0, err = 0;
    sqlite3_stmt *rows = n->unindexed > 0 ? sqlite_statement(s, SQL_TEXT_NEXT) : NULL;
    if (n->unindexed > 0) {
        sqlite3_bind_int64(rows, 1, n->indexed);
        sqlite3_bind_int64(rows, 2, budget);
        while (!err && (row = sqlite_row(s, rows)) > 0) {
            err = sqlite_record_read(s, rows, NULL, &found);
            if (err) break;
            if (store_is_text(&found.record)) {
                err = text_change(s, SQL_TEXT_ADD, found.num, &found.record);
                n->unindexed--;
            }
            n->indexed = found.num;
        }
        sqlite3_reset(rows);
    }
    if (err || row < 0) return err ? err : row;
    if (n->unindexed < 0)
        return store_tell(front, ERR_DAMAGED, "%s: %s (its count of texts)", s->path, err_text(ERR_DAMAGED));
    return n->unindexed > INT32_MAX ? INT32_MAX : (int)n->unindexed;
}

/* ---- Searching ---- */

/* Write the folded words as a query: "a"* "b"* … (all must occur, each as a beginning). */
static char *query_make(const char *words) {
    size_t length = strlen(words), at = 0;
    char *query = malloc(4 * length + 8);
    if (!query) return NULL;
    for (size_t i = 0; i < length;) {
        size_t word = strcspn(words + i, " ");
        if (word > 0) {
            query[at++] = '"';
            memcpy(query + at, words + i, word);
            at += word;
            memcpy(query + at, "\"* ", 3);
            at += 3;
        }
        i += word + strspn(words + i + word, " ");
    }
    CHECK(at <= 4 * length + 4);
    query[at] = '\0';
    return query;
}

int sqlite_search(struct store *front, const uint8_t *community, const char *words, uint64_t now, uint32_t limit,
                  store_visit visit, void *context) {
    struct sqlite_store *s = sqlite_self(front);
    const struct sqlite_community *one = community ? sqlite_community_find(s, community) : NULL;
    sqlite3_stmt *rows = NULL;
    struct sqlite_place *places = NULL;
    size_t count = 0;
    if (community && !one) return 0;
    char *query = query_make(words);
    int err = query ? 0 : ERR_MEMORY;
    if (!err)
        err =
            sqlite_prepare(s,
                           "SELECT record.num, flags, data FROM (SELECT rowid AS num FROM search WHERE search MATCH ?1 "
                           "ORDER BY rowid DESC LIMIT ?2) AS hit CROSS JOIN record ON record.num = hit.num "
                           "WHERE (?3 IS NULL OR community = ?3) AND flags & 3 = 0",
                           &rows);
    if (!err) {
        sqlite3_bind_text(rows, 1, query, -1, SQLITE_STATIC);
        sqlite3_bind_int64(rows, 2, STORE_SEARCH_MATCHES);
        if (one) sqlite3_bind_int64(rows, 3, one->num);
        err = sqlite_places_read(s, rows, store_horizon(now), &places, &count);
    }
    sqlite3_finalize(rows);
    if (!err) err = sqlite_places_visit(s, places, count, true, limit, NULL, NULL, visit, context);
    free(places);
    free(query);
    return err;
}
