/*
 * sealed_table.c: which box of each page was written last. Without it an old copy of a single page would be taken for
 * the present one.
 *
 * On disk it is a row of parts, each sealed and chained to the one before by its tag: a base with all pages, then what
 * each checkpoint changed. It lies in PATH-pages0 or PATH-pages1: when the changes outgrow the base, a new base goes
 * into the other file, and the older one is cut once that is on the disk. The file whose last part is of the higher
 * generation is the true one; a torn part at its end is what a power cut leaves, and then the pages that it told of
 * still stand in the journal.
 *
 * A part: count of entries (4) ‖ box (40) ‖ ciphertext of: generation (8), pages in all (4), journal (16), its frames
 * (4), entries of page (4) and stamp (8). Associated data: count ‖ tag of the part before (zeros: a base) ‖ offset (8).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/sealed_internal.h"

#define PART_HEAD (4 + SEALED_BOX)
#define PART_FIXED (8 + 4 + JOURNAL_ID + 4)
#define ENTRY (4 + 8)
#define AD_SIZE (4 + SEALED_TAG + 8)
#define GROWTH (64u << 10) /* a file may be so much larger than three bases */
#define FILE_FLAGS (SQLITE_OPEN_WAL | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)

static uint64_t part_size(uint64_t count) {
    return PART_HEAD + PART_FIXED + count * ENTRY;
}

void sealed_table_begin(struct sealed_db *db, const char *path) {
    for (unsigned i = 0; i < 2; i++) (void)snprintf(db->table.path[i], sizeof db->table.path[i], "%s-pages%u", path, i);
}

static void file_close(sqlite3_file *file) {
    if (file && file->pMethods) (void)file->pMethods->xClose(file);
    free(file);
}

static int file_open(struct sealed_db *db, unsigned which, bool make, sqlite3_file **out) {
    int there = 0, flags = 0;
    *out = NULL;
    int code = db->under->xAccess(db->under, db->table.path[which], SQLITE_ACCESS_EXISTS, &there);
    if (code != SQLITE_OK || (!there && !make)) return code;
    sqlite3_file *file = calloc(1, (size_t)db->under->szOsFile);
    if (!file) return SQLITE_IOERR_NOMEM;
    code = db->under->xOpen(db->under, db->table.path[which], file, FILE_FLAGS, &flags);
    if (code != SQLITE_OK) {
        file_close(file);
        return code;
    }
    *out = file;
    return SQLITE_OK;
}

static int room_for(struct sealed_table *t, uint32_t count) {
    if (count <= t->room) return SQLITE_OK;
    uint32_t room = count < 1000 ? 1024 : count + count / 2;
    uint64_t *more = realloc(t->stamps, room * sizeof *more);
    if (!more) return SQLITE_IOERR_NOMEM;
    memset(more + t->room, 0, (room - t->room) * sizeof *more);
    t->stamps = more;
    t->room = room;
    return SQLITE_OK;
}

void sealed_table_cut(struct sealed_db *db, uint32_t count) {
    struct sealed_table *t = &db->table;
    if (count >= t->count) return;
    memset(t->stamps + count, 0, (t->count - count) * sizeof *t->stamps);
    t->count = count;
    t->dirty = true;
}

static int stamp_set(struct sealed_table *t, uint32_t page, uint64_t stamp) {
    int code = room_for(t, page);
    if (code != SQLITE_OK) return code;
    t->stamps[page - 1] = stamp;
    if (page > t->count) t->count = page;
    return SQLITE_OK;
}

int sealed_table_set(struct sealed_db *db, uint32_t page, uint64_t stamp) {
    struct sealed_table *t = &db->table;
    if (t->changed_count == t->changed_room) {
        size_t room = t->changed_room ? 2 * t->changed_room : 1024;
        uint32_t *more = realloc(t->changed, room * sizeof *more);
        if (!more) return SQLITE_IOERR_NOMEM;
        t->changed = more;
        t->changed_room = room;
    }
    int code = stamp_set(t, page, stamp);
    if (code != SQLITE_OK) return code;
    t->changed[t->changed_count++] = page;
    t->dirty = true;
    return SQLITE_OK;
}

/* ---- Reading ---- */

static void ad_write(uint8_t ad[AD_SIZE], const uint8_t count[4], const uint8_t tag[SEALED_TAG], uint64_t offset) {
    memcpy(ad, count, 4);
    memcpy(ad + 4, tag, SEALED_TAG);
    sealed_number_write(ad + 4 + SEALED_TAG, offset, 8);
}

static int part_take(struct sealed_table *t, const uint8_t *text, uint32_t count) {
    uint32_t pages = (uint32_t)sealed_number_read(text + 8, 4);
    int code = room_for(t, pages);
    t->generation = sealed_number_read(text, 8);
    memcpy(t->journal, text + 12, JOURNAL_ID);
    t->journal_frames = (uint32_t)sealed_number_read(text + 12 + JOURNAL_ID, 4);
    for (uint32_t i = 0; i < count && code == SQLITE_OK; i++) {
        const uint8_t *entry = text + PART_FIXED + (size_t)i * ENTRY;
        uint32_t page = (uint32_t)sealed_number_read(entry, 4);
        if (page >= 1 && page <= pages) code = stamp_set(t, page, sealed_number_read(entry + 4, 8));
    }
    if (code == SQLITE_OK && pages < t->count) memset(t->stamps + pages, 0, (t->count - pages) * sizeof *t->stamps);
    t->count = pages;
    return code;
}

/* Take the part at t->end. Return SQLITE_NOTFOUND at the end. */
static int part_read(struct sealed_db *db, struct sealed_table *t, sqlite3_file *file, uint64_t size) {
    uint8_t head[PART_HEAD], ad[AD_SIZE];
    if (size - t->end < part_size(0)) return SQLITE_NOTFOUND;
    int code = sealed_read_all(file, head, sizeof head, t->end);
    if (code != SQLITE_OK) return code;
    uint64_t count = sealed_number_read(head, 4);
    if (count > (size - t->end - part_size(0)) / ENTRY || part_size(count) > INT32_MAX) return SQLITE_NOTFOUND;
    size_t text_size = PART_FIXED + (size_t)count * ENTRY;
    uint8_t *text = malloc(text_size);
    if (!text) return SQLITE_IOERR_NOMEM;
    code = sealed_read_all(file, text, text_size, t->end + PART_HEAD);
    ad_write(ad, head, t->last_tag, t->end);
    if (code == SQLITE_OK && !sealed_unseal(head + 4, text, text, text_size, ad, sizeof ad, db->keys->table))
        code = SQLITE_NOTFOUND;
    if (code == SQLITE_OK) code = part_take(t, text, (uint32_t)count);
    free(text);
    if (code != SQLITE_OK) return code;
    memcpy(t->last_tag, head + 4 + SEALED_NONCE, SEALED_TAG);
    t->end += part_size(count);
    if (t->base == 0) t->base = t->end;
    return SQLITE_OK;
}

/* Read one of the files into t as far as it is whole; t->end is 0 if nothing is. */
static int file_load(struct sealed_db *db, struct sealed_table *t, unsigned which) {
    sqlite3_int64 size = 0;
    int code = file_open(db, which, false, &t->file);
    if (code != SQLITE_OK || !t->file) return code;
    t->which = which;
    code = t->file->pMethods->xFileSize(t->file, &size);
    while (code == SQLITE_OK) code = part_read(db, t, t->file, (uint64_t)size);
    return code == SQLITE_NOTFOUND ? SQLITE_OK : code;
}

static void table_clear(struct sealed_table *t) {
    file_close(t->file);
    free(t->stamps);
    free(t->changed);
    struct sealed_table empty = {0};
    memcpy(empty.path, t->path, sizeof empty.path);
    *t = empty;
}

int sealed_table_load(struct sealed_db *db) {
    struct sealed_table *other = calloc(1, sizeof *other);
    if (!other) return SQLITE_IOERR_NOMEM;
    table_clear(&db->table);
    int code = file_load(db, &db->table, 0);
    if (code == SQLITE_OK) code = file_load(db, other, 1);
    bool second = other->end > 0 && other->generation > db->table.generation;
    if (code == SQLITE_OK && second) {
        memcpy(other->path, db->table.path, sizeof other->path);
        table_clear(&db->table);
        db->table = *other;
    } else {
        table_clear(other);
    }
    free(other);
    if (db->table.end == 0) {
        file_close(db->table.file);
        db->table.file = NULL;
    }
    db->table.loaded = code == SQLITE_OK;
    return code;
}

void sealed_table_end(struct sealed_db *db) {
    table_clear(&db->table);
}

/* ---- Writing ---- */

static uint8_t *part_make(struct sealed_db *db, bool base, uint64_t offset, const uint8_t tag[SEALED_TAG],
                          uint64_t *size) {
    const struct sealed_table *t = &db->table;
    uint64_t count = base ? t->count : t->changed_count;
    uint8_t ad[AD_SIZE], *part = part_size(count) > INT32_MAX ? NULL : malloc((size_t)part_size(count));
    if (!part) return NULL;
    uint8_t *text = part + PART_HEAD, *entry = text + PART_FIXED;
    sealed_number_write(part, count, 4);
    sealed_number_write(text, t->generation + 1, 8);
    sealed_number_write(text + 8, t->count, 4);
    memcpy(text + 12, t->journal, JOURNAL_ID);
    sealed_number_write(text + 12 + JOURNAL_ID, t->journal_frames, 4);
    for (size_t i = 0; i < count; i++, entry += ENTRY) {
        uint32_t page = base ? (uint32_t)i + 1 : t->changed[i];
        sealed_number_write(entry, page, 4);
        sealed_number_write(entry + 4, page <= t->count ? t->stamps[page - 1] : 0, 8);
    }
    ad_write(ad, part, tag, offset);
    sealed_seal(db, part + 4, text, text, (size_t)(entry - text), ad, sizeof ad, db->keys->table);
    *size = part_size(count);
    return part;
}

/* Put a base into the other file. */
static int base_begin(struct sealed_db *db, sqlite3_file **file, unsigned *which) {
    *which = db->table.file ? db->table.which ^ 1 : 0;
    return file_open(db, *which, true, file);
}

int sealed_table_flush(struct sealed_db *db, bool sync) {
    static const uint8_t none[SEALED_TAG];
    struct sealed_table *t = &db->table;
    if (!t->dirty) return SQLITE_OK;
    bool base = !t->file || t->end + part_size(t->changed_count) > 3 * part_size(t->count) + GROWTH;
    sqlite3_file *file = t->file;
    unsigned which = t->which;
    uint64_t offset = base ? 0 : t->end, size = 0;
    int code = base ? base_begin(db, &file, &which) : SQLITE_OK;
    if (code != SQLITE_OK) return code;
    uint8_t *part = part_make(db, base, offset, base ? none : t->last_tag, &size);
    code = part ? file->pMethods->xWrite(file, part, (int)size, (sqlite3_int64)offset) : SQLITE_IOERR_NOMEM;
    if (code == SQLITE_OK && sync) code = file->pMethods->xSync(file, SQLITE_SYNC_NORMAL);
    if (code == SQLITE_OK) {
        memcpy(t->last_tag, part + 4 + SEALED_NONCE, SEALED_TAG);
        t->generation++;
        t->end = offset + size;
        t->changed_count = 0;
        t->dirty = false;
        if (base) {
            if (t->file) (void)t->file->pMethods->xTruncate(t->file, 0);
            file_close(t->file);
            t->file = file;
            t->which = which;
            t->base = size;
        }
    } else if (base) {
        file_close(file);
    }
    free(part);
    return code;
}
