/*
 * sqlite_known.c: from the hash of an id to the record's number.
 *
 * Ids are random, so every record that goes into the table `known` touches another page of it, and a commit writes each
 * of them whole. So the newest hashes wait in memory, and go into the table many at a time, in order. What waits is
 * nowhere else: it is computed again from the records when the store opens (numbers.known tells from which on).
 */
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "store/sqlite_internal.h"

#define CLOSE_MIN 1024 /* fewer are rather computed again than written */

static size_t slot_of(const struct known *k, int64_t hash) {
    return (size_t)hash & (k->slot_count - 1);
}

static void slot_fill(struct known *k, size_t place) {
    size_t slot = slot_of(k, k->entries[place].hash);
    while (k->slots[slot]) slot = (slot + 1) & (k->slot_count - 1);
    k->slots[slot] = (uint32_t)place + 1;
}

static void slots_fill(struct known *k) {
    if (k->slots) memset(k->slots, 0, k->slot_count * sizeof *k->slots);
    for (size_t i = 0; i < k->count; i++) slot_fill(k, i);
}

static struct known_entry *entry_find(struct known *k, int64_t hash) {
    if (k->count == 0) return NULL;
    for (size_t slot = slot_of(k, hash); k->slots[slot]; slot = (slot + 1) & (k->slot_count - 1)) {
        struct known_entry *e = &k->entries[k->slots[slot] - 1];
        if (e->hash == hash && e->num != 0) return e;
    }
    return NULL;
}

int sqlite_known_find(struct sqlite_store *s, int64_t hash, int64_t *num) {
    const struct known_entry *e = entry_find(&s->known, hash);
    if (e) *num = e->num;
    if (e) return 1;
    sqlite3_stmt *get = sqlite_statement(s, SQL_KNOWN_GET);
    sqlite3_bind_int64(get, 1, hash);
    int row = sqlite_row(s, get);
    if (row > 0) *num = sqlite3_column_int64(get, 0);
    sqlite3_reset(get);
    return row;
}

/* Twice as many slots as entries at least. */
static int grow(struct known *k) {
    size_t room = k->room ? 2 * k->room : 1024;
    struct known_entry *entries = realloc(k->entries, room * sizeof *entries);
    if (!entries) return ERR_MEMORY;
    k->entries = entries;
    uint32_t *slots = realloc(k->slots, 2 * room * sizeof *slots);
    if (!slots) return ERR_MEMORY;
    k->slots = slots;
    k->room = room;
    k->slot_count = 2 * room;
    slots_fill(k);
    return 0;
}

int sqlite_known_add(struct sqlite_store *s, int64_t hash, int64_t num) {
    struct known *k = &s->known;
    if (k->count == k->room) {
        int err = grow(k);
        if (err) return err;
    }
    k->entries[k->count++] = (struct known_entry){hash, num};
    slot_fill(k, k->count - 1);
    return 0;
}

int sqlite_known_drop(struct sqlite_store *s, int64_t hash, int64_t num) {
    struct known_entry *e = entry_find(&s->known, hash);
    if (e && e->num == num) {
        e->num = 0;
        s->known.load_again |= (size_t)(e - s->known.entries) < s->known.mark;
        return 0;
    }
    sqlite3_stmt *drop = sqlite_statement(s, SQL_KNOWN_DROP);
    sqlite3_bind_int64(drop, 1, hash);
    sqlite3_bind_int64(drop, 2, num);
    return sqlite_run(s, drop);
}

static int entry_order(const void *a, const void *b) {
    const struct known_entry *left = a, *right = b;
    return (left->hash > right->hash) - (left->hash < right->hash);
}

int sqlite_known_flush(struct sqlite_store *s) {
    struct known *k = &s->known;
    k->load_again = true; /* until the commit has come about */
    if (k->count > 1) qsort(k->entries, k->count, sizeof *k->entries, entry_order);
    for (size_t i = 0; i < k->count; i++) {
        if (k->entries[i].num == 0) continue;
        sqlite3_stmt *add = sqlite_statement(s, SQL_KNOWN_ADD);
        sqlite3_bind_int64(add, 1, k->entries[i].hash);
        sqlite3_bind_int64(add, 2, k->entries[i].num);
        int err = sqlite_run(s, add);
        if (err) return err;
    }
    k->count = 0;
    slots_fill(k);
    s->numbers.known = s->numbers.next - 1;
    return 0;
}

void sqlite_known_begin(struct sqlite_store *s) {
    s->known.mark = s->known.count;
    s->known.load_again = false;
}

void sqlite_known_rollback(struct sqlite_store *s) {
    struct known *k = &s->known;
    if (k->load_again || k->count == k->mark) return;
    CHECK(k->count > k->mark);
    k->count = k->mark;
    slots_fill(k);
}

int sqlite_known_load(struct sqlite_store *s) {
    struct known *k = &s->known;
    struct store_record found;
    if (k->entries && !k->load_again) return 0;
    k->count = 0;
    if (!k->entries && grow(k)) return ERR_MEMORY;
    slots_fill(k);
    sqlite3_stmt *rows = sqlite_statement(s, SQL_KNOWN_REST);
    sqlite3_bind_int64(rows, 1, s->numbers.known);
    int row;
    while ((row = sqlite_row(s, rows)) > 0) {
        if (sqlite_record_read(s, rows, NULL, &found)) continue; /* the check tells of it */
        int err = sqlite_known_add(s, sqlite_hash(s, found.record.id), found.num);
        if (err) {
            sqlite3_reset(rows);
            return err;
        }
    }
    k->load_again = row < 0;
    return row;
}

void sqlite_known_close(struct sqlite_store *s) {
    if (s->known.count < CLOSE_MIN || s->broken || !sqlite3_get_autocommit(s->db)) return;
    if (sqlite_run(s, sqlite_statement(s, SQL_BEGIN))) return;
    if (sqlite_known_flush(s) || sqlite_numbers_flush(s) || sqlite_run(s, sqlite_statement(s, SQL_COMMIT)))
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
}

void sqlite_known_free(struct sqlite_store *s) {
    free(s->known.entries);
    free(s->known.slots);
}
