/*
 * sqlite_search.c: full-text search by FTS5 over folded text (view/fold.h).
 *
 * The index holds no text of its own (contentless) and is filled later, by sqlite_index, up to a number that is kept in the settings: a text is in it if its record's
 * number is not above that and its body is here. To take a text out, the same words must be given again; so the version of the folding is kept too,
 * and another version means a new index.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "store/sqlite_internal.h"
#include "view/fold.h"

#define META_INDEXED "indexed"
#define META_FOLD "fold_version"

static int number_get(struct sqlite_store *s, const char *name, int64_t *out)
{
    int64_t value = 0;
    int got = sqlite_meta_get(&s->front, name, (uint8_t *)&value, sizeof value);
    *out = got == (int)sizeof value ? value : 0;
    return got < 0 && got != ERR_NOT_FOUND && got != ERR_SPACE ? got : 0;
}

static int number_set(struct sqlite_store *s, const char *name, int64_t value)
{
    return sqlite_meta_set(&s->front, name, (const uint8_t *)&value, sizeof value);
}

int sqlite_search_load(struct sqlite_store *s)
{
    int64_t fold = 0;
    int err = number_get(s, META_FOLD, &fold);
    if (!err && fold != FOLD_VERSION) {
        if (sqlite3_exec(s->db, "INSERT INTO search(search) VALUES('delete-all')", NULL, NULL, NULL) != SQLITE_OK)
            return sqlite_fail(s);
        err = number_set(s, META_INDEXED, 0);
        if (!err)
            err = number_set(s, META_FOLD, FOLD_VERSION);
    }
    return err ? err : number_get(s, META_INDEXED, &s->indexed);
}

static int text_change(struct sqlite_store *s, enum statement which, int64_t num, const struct record *r)
{
    size_t size = store_text(s->text, r);
    if (size == 0)
        return 0;
    sqlite3_stmt *change = sqlite_statement(s, which);
    sqlite3_bind_int64(change, 1, num);
    sqlite3_bind_text(change, 2, s->text, (int)size, SQLITE_STATIC);
    return sqlite_run(s, change);
}

int sqlite_text_add(struct sqlite_store *s, int64_t num, const struct record *r)
{
    return text_change(s, SQL_TEXT_ADD, num, r);
}

int sqlite_text_drop(struct sqlite_store *s, int64_t num, const struct record *r)
{
    return text_change(s, SQL_TEXT_DROP, num, r);
}

int sqlite_index(struct store *front, uint32_t budget)
{
    struct sqlite_store *s = sqlite_self(front);
    sqlite3_stmt *rows = NULL;
    struct store_record found;
    int64_t last = s->indexed, top = s->next_num - 1;
    int row = 0, err = 0;
    if (last >= top)
        return 0;
    err = sqlite_prepare(s, "SELECT num, seen, flags, data FROM record WHERE num > ? ORDER BY num LIMIT ?", &rows);
    if (!err) {
        sqlite3_bind_int64(rows, 1, last);
        sqlite3_bind_int64(rows, 2, budget);
    }
    uint32_t done = 0;
    while (!err && (row = sqlite_row(s, rows)) > 0) {
        err = sqlite_record_read(s, rows, NULL, &found);
        if (!err)
            err = sqlite_text_add(s, found.num, &found.record);
        last = found.num;
        done++;
    }
    sqlite3_finalize(rows);
    if (!err && row == 0 && done < budget)
        last = top; /* nothing above: the numbers in between are gone */
    if (!err)
        err = row < 0 ? row : number_set(s, META_INDEXED, last);
    if (err)
        return err;
    s->indexed = last;
    return top - last > INT32_MAX ? INT32_MAX : (int)(top - last);
}

/* Write the folded words as a query: "a"* "b"* … (all must occur, each as a beginning). */
static char *query_make(const char *words)
{
    size_t length = strlen(words), at = 0;
    char *query = malloc(4 * length + 8);
    if (!query)
        return NULL;
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

int sqlite_search(struct store *front, const uint8_t *community, const char *words, uint64_t now, uint32_t limit, store_visit visit, void *context)
{
    struct sqlite_store *s = sqlite_self(front);
    const struct sqlite_community *one = community ? sqlite_community_find(s, community) : NULL;
    sqlite3_stmt *rows = NULL;
    uint8_t *room = malloc(RECORD_SIZE_MAX);
    char *query = query_make(words);
    struct store_record found;
    int row = 0, err = room && query ? (community && !one ? ERR_COMMUNITY : 0) : ERR_MEMORY;
    if (!err)
        err = sqlite_prepare(s,
                             "SELECT record.num, seen, flags, data FROM search CROSS JOIN record ON record.num = search.rowid "
                             "WHERE search MATCH ?1 AND (?2 IS NULL OR community = ?2) AND created <= ?3 AND flags & 3 = 0 "
                             "ORDER BY created DESC, order8 DESC LIMIT ?4",
                             &rows);
    if (!err) {
        sqlite3_bind_text(rows, 1, query, -1, SQLITE_STATIC);
        if (one)
            sqlite3_bind_int64(rows, 2, one->num);
        sqlite3_bind_int64(rows, 3, (int64_t)store_horizon(now));
        sqlite3_bind_int64(rows, 4, limit ? (int64_t)limit : -1);
    }
    while (!err && (row = sqlite_row(s, rows)) > 0) {
        err = sqlite_record_read(s, rows, room, &found);
        if (!err)
            err = visit(context, &found);
    }
    sqlite3_finalize(rows);
    free(query);
    free(room);
    return err ? err : row < 0 ? row : 0;
}
