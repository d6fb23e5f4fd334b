/*
 * sealed_main.c: the main file: page n lies SEALED_PAGES bytes further than SQLite thinks, sealed, its nonce and tag in
 * the bytes that SQLite leaves at the end of every page.
 *
 * A checkpoint copies pages from the journal, where they lie in the same boxes: while it lasts they are handed over
 * sealed as they are.
 */
#include <string.h>

#include "core/check.h"
#include "store/sealed_internal.h"

static struct sealed_db *of(sqlite3_file *file) {
    return ((struct sealed_main *)(void *)file)->db;
}

int sealed_fault_add(struct sealed_db *db, enum sealed_what what, uint64_t number) {
    struct sealed_faults *f = &db->faults;
    for (size_t i = 0; i < f->count && i < SEALED_FAULTS_MAX; i++)
        if (f->list[i].what == what && f->list[i].number == number) return SQLITE_IOERR_DATA;
    if (f->count < SEALED_FAULTS_MAX) f->list[f->count] = (struct sealed_fault){what, number};
    f->count++;
    return SQLITE_IOERR_DATA;
}

int sealed_read_all(sqlite3_file *file, void *out, size_t size, uint64_t offset) {
    return file->pMethods->xRead(file, out, (int)size, (sqlite3_int64)offset);
}

static uint64_t place(uint32_t page) {
    return SEALED_PAGES + (uint64_t)(page - 1) * SEALED_PAGE;
}

/* Page 1 from its copy, if that is the one that was written last. */
static bool copy_read(const struct sealed_db *db, uint8_t *out) {
    const struct sealed_table *t = &db->table;
    return sealed_read_all(db->real, out, SEALED_PAGE, SEALED_FIRST_COPY) == SQLITE_OK &&
           (t->count > 0 ? sealed_stamp(out) == t->stamps[0] : db->salvage) && sealed_page_unseal(db, out, 1);
}

static int whole_read(struct sealed_db *db, uint32_t number, uint8_t *out) {
    const struct sealed_table *t = &db->table;
    bool written = number <= t->count && t->stamps[number - 1] != 0;
    int code = sealed_read_all(db->real, out, SEALED_PAGE, place(number));
    if (code == SQLITE_IOERR_SHORT_READ) {
        memset(out, 0, SEALED_PAGE);
        return written ? sealed_fault_add(db, SEALED_PAGE_GONE, number) : code;
    }
    if (code != SQLITE_OK) return code;
    uint64_t stamp = sealed_stamp(out);
    if (!sealed_page_unseal(db, out, number)) {
        memset(out, 0, SEALED_PAGE);
        return sealed_fault_add(db, SEALED_PAGE_DAMAGED, number);
    }
    if (written && stamp == t->stamps[number - 1]) return SQLITE_OK;
    if (db->salvage && t->generation == 0) return SQLITE_OK;
    memset(out, 0, SEALED_PAGE);
    return sealed_fault_add(db, SEALED_PAGE_OLD, number);
}

int sealed_page_read(struct sealed_db *db, uint32_t number, uint8_t *out) {
    if (number != 1) return whole_read(db, number, out);
    struct sealed_faults before = db->faults;
    int code = whole_read(db, number, out);
    if (code != SQLITE_IOERR_DATA || !copy_read(db, out)) return code;
    db->faults = before;
    return SQLITE_OK;
}

/* A new file of which no page was ever durable begins anew. */
static bool is_unborn(const struct sealed_db *db, uint64_t size) {
    return db->create && db->table.loaded && db->table.generation == 0 && !db->table.dirty &&
           size <= SEALED_PAGES + 2 * SEALED_PAGE;
}

static int main_size(sqlite3_file *file, sqlite3_int64 *out) {
    struct sealed_db *db = of(file);
    sqlite3_int64 size = 0;
    int code = db->real->pMethods->xFileSize(db->real, &size);
    *out = size > SEALED_PAGES && !is_unborn(db, (uint64_t)size) ? size - SEALED_PAGES : 0;
    /* A database never becomes empty: SQLite would begin a new one. */
    if (code == SQLITE_OK && *out == 0 && db->table.count > 0) return sealed_fault_add(db, SEALED_PAGE_GONE, 1);
    return code;
}

/* What SQLite reads of the file's beginning before it looks at the journal: a torn page 1 must not stop it. */
static int header_read(sqlite3_file *file, uint8_t *out, size_t amount) {
    uint8_t header[100] = "SQLite format 3";
    sqlite3_int64 size;
    int code = main_size(file, &size);
    memset(out, 0, amount);
    if (code != SQLITE_OK || size == 0) return code == SQLITE_OK ? SQLITE_IOERR_SHORT_READ : code;
    header[16] = SEALED_PAGE >> 8;
    header[18] = header[19] = 2; /* a WAL */
    header[20] = SEALED_RESERVED;
    header[21] = 64;
    header[22] = header[23] = 32;
    memcpy(out, header, amount);
    return SQLITE_OK;
}

static int main_read(sqlite3_file *file, void *out, int amount, sqlite3_int64 offset) {
    struct sealed_db *db = of(file);
    uint8_t whole[SEALED_PAGE];
    uint32_t number = (uint32_t)(offset / SEALED_PAGE + 1);
    size_t at = (size_t)(offset % SEALED_PAGE), size = (size_t)amount;
    if (at + size > SEALED_PAGE) return SQLITE_IOERR_READ;
    if (offset == 0 && size <= 100) return header_read(file, out, size);
    sqlite3_int64 end;
    int code = main_size(file, &end);
    if (code == SQLITE_OK && end == 0 && db->table.count == 0) {
        memset(out, 0, size);
        return SQLITE_IOERR_SHORT_READ;
    }
    if (code != SQLITE_OK) return code;
    if (size == SEALED_PAGE) return sealed_page_read(db, number, out);
    code = sealed_page_read(db, number, whole);
    memcpy(out, whole + at, size);
    return code;
}

static int main_write(sqlite3_file *file, const void *data, int amount, sqlite3_int64 offset) {
    struct sealed_db *db = of(file);
    const uint8_t *sealed = data;
    uint32_t number = (uint32_t)(offset / SEALED_PAGE + 1);
    if (amount != SEALED_PAGE || offset % SEALED_PAGE != 0 || !db->table.loaded) return SQLITE_IOERR_WRITE;
    if (!(db->copying && db->copied)) {
        sealed_page_seal(db, db->room, data, number);
        sealed = db->room;
    }
    db->copied = false;
    int code = db->real->pMethods->xWrite(db->real, sealed, SEALED_PAGE, (sqlite3_int64)place(number));
    if (code == SQLITE_OK && number == 1)
        code = db->real->pMethods->xWrite(db->real, sealed, SEALED_PAGE, SEALED_FIRST_COPY);
    return code == SQLITE_OK ? sealed_table_set(db, number, sealed_stamp(sealed)) : code;
}

static int main_truncate(sqlite3_file *file, sqlite3_int64 size) {
    struct sealed_db *db = of(file);
    sealed_table_cut(db, (uint32_t)((size + SEALED_PAGE - 1) / SEALED_PAGE));
    return db->real->pMethods->xTruncate(db->real, size + SEALED_PAGES);
}

static int main_sync(sqlite3_file *file, int flags) {
    struct sealed_db *db = of(file);
    int code = db->real->pMethods->xSync(db->real, flags);
    return code == SQLITE_OK && db->table.loaded ? sealed_table_flush(db, true) : code;
}

/* Only the owner of the lock knows that nobody else changes the table. */
static int main_lock(sqlite3_file *file, int level) {
    struct sealed_db *db = of(file);
    int code = db->real->pMethods->xLock(db->real, level);
    return code == SQLITE_OK && !db->table.loaded ? sealed_table_load(db) : code;
}

static int main_unlock(sqlite3_file *file, int level) {
    struct sealed_db *db = of(file);
    int code = SQLITE_OK;
    if (level == SQLITE_LOCK_NONE && db->table.loaded) {
        code = sealed_table_flush(db, false);
        db->table.loaded = false;
    }
    int unlocked = db->real->pMethods->xUnlock(db->real, level);
    return code == SQLITE_OK ? unlocked : code;
}

static int main_is_reserved(sqlite3_file *file, int *out) {
    sqlite3_file *real = of(file)->real;
    return real->pMethods->xCheckReservedLock(real, out);
}

static int main_control(sqlite3_file *file, int op, void *argument) {
    struct sealed_db *db = of(file);
    switch (op) {
    case SEALED_FCNTL_DB: *(struct sealed_db **)argument = db; return SQLITE_OK;
    case SQLITE_FCNTL_CKPT_START:
    case SQLITE_FCNTL_CKPT_DONE:
        db->copying = op == SQLITE_FCNTL_CKPT_START;
        db->copied = false;
        return SQLITE_OK;
    case SQLITE_FCNTL_LOCKSTATE:
    case SQLITE_FCNTL_LAST_ERRNO:
    case SQLITE_FCNTL_HAS_MOVED:
    case SQLITE_FCNTL_PERSIST_WAL: return db->real->pMethods->xFileControl(db->real, op, argument);
    default: return SQLITE_NOTFOUND;
    }
}

static int main_sector(sqlite3_file *file) {
    sqlite3_file *real = of(file)->real;
    return real->pMethods->xSectorSize(real);
}

/* Nothing of atomic writes; a write harms no byte beside it. */
static int main_traits(sqlite3_file *file) {
    sqlite3_file *real = of(file)->real;
    return (real->pMethods->xDeviceCharacteristics(real) & SQLITE_IOCAP_UNDELETABLE_WHEN_OPEN) |
           SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int main_close(sqlite3_file *file) {
    struct sealed_main *m = (struct sealed_main *)(void *)file;
    int flushed = m->db->table.loaded ? sealed_table_flush(m->db, false) : SQLITE_OK;
    int code = m->real->pMethods->xClose(m->real);
    sealed_db_free(m->db);
    m->db = NULL;
    return flushed == SQLITE_OK ? code : flushed;
}

const sqlite3_io_methods sealed_main_methods = {
    .iVersion = 1, /* no memory mapping, no -shm */
    .xClose = main_close,
    .xRead = main_read,
    .xWrite = main_write,
    .xTruncate = main_truncate,
    .xSync = main_sync,
    .xFileSize = main_size,
    .xLock = main_lock,
    .xUnlock = main_unlock,
    .xCheckReservedLock = main_is_reserved,
    .xFileControl = main_control,
    .xSectorSize = main_sector,
    .xDeviceCharacteristics = main_traits,
};
