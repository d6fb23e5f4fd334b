/*
 * sealed_journal.c: SQLite's WAL, sealed. Frame n is a box of its header and a page in the very box that it has in the
 * main file, so a checkpoint copies it as it is. SQLite's checksums cover the reserved bytes of a page, whatever they
 * are: they are kept in the box of the header, which also names the page's box.
 *
 * SQLite writes a frame in two pieces and some headers once more; a header waits for its page, and frames are gathered
 * and written together, at the latest with the one that commits.
 *
 * While SQLite recovers, it reads frames until one is none: those that do not open read as zeros, for that is what a
 * power cut leaves. But each frame tells the first one that was not yet durable when it was written: if a later frame
 * says that a lost one was, then that was damaged and the open fails, rather than drop what was acknowledged.
 *
 * The head tells the journal's own random name and the table's generation at which it began, so that an old journal is
 * not taken for this one. It lies twice in different sectors.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "core/check.h"
#include "store/sealed_internal.h"

#define HEAD_TEXT (WAL_HEAD + JOURNAL_ID + 8)
#define FRAME_AD (JOURNAL_ID + 4 + SEALED_BOX)

static struct sealed_journal *of(sqlite3_file *file) {
    return (struct sealed_journal *)(void *)file;
}

static uint64_t place(uint32_t frame) {
    return JOURNAL_HEAD + (uint64_t)(frame - 1) * FRAME;
}

static int write_all(struct sealed_journal *j, const void *data, size_t size, uint64_t offset) {
    return j->real->pMethods->xWrite(j->real, data, (int)size, (sqlite3_int64)offset);
}

/* ---- Frames ---- */

static void frame_ad(const struct sealed_journal *j, uint32_t frame, const uint8_t *sealed_page, uint8_t ad[FRAME_AD]) {
    memcpy(ad, j->id, JOURNAL_ID);
    sealed_number_write(ad + JOURNAL_ID, frame, 4);
    memcpy(ad + JOURNAL_ID + 4, sealed_page + SEALED_TEXT, SEALED_BOX);
}

static void frame_head_seal(struct sealed_journal *j, uint8_t *frame, uint32_t number, uint8_t text[FRAME_TEXT]) {
    uint8_t ad[FRAME_AD];
    if (number < j->unsynced) j->unsynced = number;
    sealed_number_write(text + FRAME_TEXT - 4, j->unsynced, 4);
    frame_ad(j, number, frame + FRAME_BOX, ad);
    sealed_seal(j->db, frame, frame + SEALED_BOX, text, FRAME_TEXT, ad, sizeof ad, j->db->keys->journal);
}

static bool frame_head_open(const struct sealed_journal *j, const uint8_t *frame, uint32_t number,
                            uint8_t text[FRAME_TEXT]) {
    uint8_t ad[FRAME_AD];
    frame_ad(j, number, frame + FRAME_BOX, ad);
    return sealed_unseal(frame, text, frame + SEALED_BOX, FRAME_TEXT, ad, sizeof ad, j->db->keys->journal);
}

static uint32_t page_of(const uint8_t *head) {
    return (uint32_t)head[0] << 24 | (uint32_t)head[1] << 16 | (uint32_t)head[2] << 8 | head[3];
}

static bool is_commit(const uint8_t *head) {
    return head[4] | head[5] | head[6] | head[7];
}

static int frame_note(struct sealed_journal *j, uint32_t number, uint32_t page, uint64_t stamp) {
    if (number > j->room) {
        uint32_t room = number < 1000 ? 1024 : number + number / 2;
        struct sealed_frame *more = realloc(j->frames, room * sizeof *more);
        if (!more) return SQLITE_IOERR_NOMEM;
        memset(more + j->room, 0, (room - j->room) * sizeof *more);
        j->frames = more;
        j->room = room;
    }
    j->frames[number - 1] = (struct sealed_frame){stamp, page};
    if (number > j->count) j->count = number;
    return SQLITE_OK;
}

static bool is_known(const struct sealed_journal *j, uint32_t number) {
    return number <= j->count && j->frames[number - 1].page != 0;
}

static int batch_flush(struct sealed_journal *j) {
    uint32_t count = j->batch_count;
    if (count == 0) return SQLITE_OK;
    j->batch_count = 0;
    return write_all(j, j->batch, (size_t)count * FRAME, place(j->batch_first));
}

static int frame_put(struct sealed_journal *j, uint32_t number, const uint8_t head[WAL_FRAME_HEAD],
                     const uint8_t *page) {
    uint8_t text[FRAME_TEXT];
    int code = SQLITE_OK;
    if (j->batch_count == FRAMES_TOGETHER || number != j->batch_first + j->batch_count) code = batch_flush(j);
    if (code != SQLITE_OK) return code;
    if (j->batch_count == 0) j->batch_first = number;
    uint8_t *frame = j->batch + (size_t)j->batch_count++ * FRAME;
    sealed_page_seal(j->db, frame + FRAME_BOX, page, page_of(head));
    memcpy(text, head, WAL_FRAME_HEAD);
    memcpy(text + WAL_FRAME_HEAD, page + SEALED_TEXT, SEALED_RESERVED);
    frame_head_seal(j, frame, number, text);
    j->last = number;
    code = frame_note(j, number, page_of(head), sealed_stamp(frame + FRAME_BOX));
    return code == SQLITE_OK && is_commit(head) ? batch_flush(j) : code;
}

static int frame_read(struct sealed_journal *j, uint32_t number, uint8_t frame[FRAME], uint8_t text[FRAME_TEXT],
                      bool *whole) {
    int code = sealed_read_all(j->real, frame, FRAME, place(number));
    *whole = code == SQLITE_OK && frame_head_open(j, frame, number, text);
    return code == SQLITE_IOERR_SHORT_READ ? SQLITE_OK : code;
}

/* A header that came without a page: it replaces the one of a frame that is there. */
static int pending_flush(struct sealed_journal *j) {
    uint8_t frame[FRAME], text[FRAME_TEXT];
    uint32_t number = j->pending;
    bool whole = false;
    if (number == 0) return SQLITE_OK;
    j->pending = 0;
    int code = batch_flush(j);
    if (code == SQLITE_OK) code = frame_read(j, number, frame, text, &whole);
    if (code != SQLITE_OK || !whole) return code;
    memcpy(text, j->pending_head, WAL_FRAME_HEAD);
    frame_head_seal(j, frame, number, text);
    j->last = number;
    return write_all(j, frame, FRAME_BOX, place(number));
}

static int settle(struct sealed_journal *j) {
    int code = pending_flush(j);
    return code == SQLITE_OK ? batch_flush(j) : code;
}

/* ---- The head ---- */

static int head_write(struct sealed_journal *j, const uint8_t *head) {
    uint8_t all[JOURNAL_HEAD] = {0}, text[HEAD_TEXT];
    int code = sealed_table_flush(j->db, false); /* it is clean, unless nothing is synced at all */
    if (code != SQLITE_OK) return code;
    randombytes_buf(j->id, JOURNAL_ID);
    memcpy(text, head, WAL_HEAD);
    memcpy(text + WAL_HEAD, j->id, JOURNAL_ID);
    sealed_number_write(text + WAL_HEAD + JOURNAL_ID, j->db->table.generation, 8);
    for (size_t at = 0; at <= JOURNAL_HEAD_SECOND; at += JOURNAL_HEAD_SECOND)
        sealed_seal(j->db, all + at, all + at + SEALED_BOX, text, HEAD_TEXT, NULL, 0, j->db->keys->journal);
    j->known = true;
    if (j->count > 0) memset(j->frames, 0, j->count * sizeof *j->frames);
    j->count = j->last = 0;
    j->unsynced = UINT32_MAX;
    return write_all(j, all, sizeof all, 0);
}

/* The journal must go with the table: begun at its generation, or the one that it was last filled from, and then not
 * shorter than it was. */
static int head_check(struct sealed_journal *j, uint64_t generation) {
    const struct sealed_table *t = &j->db->table;
    sqlite3_int64 size = 0;
    if (generation == t->generation) return SQLITE_OK;
    if (memcmp(j->id, t->journal, JOURNAL_ID) != 0) return sealed_fault_add(j->db, SEALED_JOURNAL, 0);
    int code = j->real->pMethods->xFileSize(j->real, &size);
    if (code != SQLITE_OK || (uint64_t)size >= place(t->journal_frames + 1)) return code;
    return sealed_fault_add(j->db, SEALED_JOURNAL, t->journal_frames);
}

static int head_read(struct sealed_journal *j, uint8_t *out, size_t at, size_t amount) {
    uint8_t all[JOURNAL_HEAD], text[HEAD_TEXT];
    memset(out, 0, amount);
    int code = sealed_read_all(j->real, all, sizeof all, 0);
    if (code == SQLITE_IOERR_SHORT_READ) return SQLITE_OK;
    if (code != SQLITE_OK) return code;
    const uint8_t *key = j->db->keys->journal, *second = all + JOURNAL_HEAD_SECOND;
    if (!sealed_unseal(all, text, all + SEALED_BOX, HEAD_TEXT, NULL, 0, key) &&
        !sealed_unseal(second, text, second + SEALED_BOX, HEAD_TEXT, NULL, 0, key))
        return SQLITE_OK;
    if (!j->known) {
        memcpy(j->id, text + WAL_HEAD, JOURNAL_ID);
        code = head_check(j, sealed_number_read(text + WAL_HEAD + JOURNAL_ID, 8));
        if (code == SQLITE_IOERR_DATA && j->db->salvage) return SQLITE_OK; /* as if it were empty */
        if (code != SQLITE_OK) return code;
        j->known = true;
    }
    memcpy(out, text + at, amount);
    return SQLITE_OK;
}

/* ---- Reading ---- */

/* A frame does not open while SQLite recovers. Return an error if it was durable once. */
static int frame_missing(struct sealed_journal *j, uint32_t number) {
    const struct sealed_table *t = &j->db->table;
    uint8_t frame[FRAME], text[FRAME_TEXT];
    bool whole = true;
    sqlite3_int64 size = 0;
    if (memcmp(j->id, t->journal, JOURNAL_ID) == 0 && number <= t->journal_frames)
        return sealed_fault_add(j->db, SEALED_JOURNAL, number);
    int code = j->real->pMethods->xFileSize(j->real, &size);
    for (uint32_t n = number + 1; code == SQLITE_OK && place(n + 1) <= (uint64_t)size; n++) {
        code = frame_read(j, n, frame, text, &whole);
        if (code == SQLITE_OK && whole && sealed_number_read(text + FRAME_TEXT - 4, 4) > number)
            return sealed_fault_add(j->db, SEALED_JOURNAL, number);
    }
    return code;
}

/* A frame with its header, as SQLite wrote it; zeros if it does not open and is not known. */
static int whole_read(struct sealed_journal *j, uint32_t number, uint8_t out[WAL_FRAME]) {
    uint8_t frame[FRAME], text[FRAME_TEXT];
    bool whole = false;
    memset(out, 0, WAL_FRAME);
    int code = j->known ? frame_read(j, number, frame, text, &whole) : SQLITE_OK;
    if (code != SQLITE_OK) return code;
    uint64_t stamp = whole ? sealed_stamp(frame + FRAME_BOX) : 0;
    whole = whole && sealed_page_unseal(j->db, frame + FRAME_BOX, page_of(text));
    if (!whole && is_known(j, number)) return sealed_fault_add(j->db, SEALED_JOURNAL, number);
    if (!whole) {
        code = j->known ? frame_missing(j, number) : SQLITE_OK;
        return code == SQLITE_IOERR_DATA && j->db->salvage ? SQLITE_OK : code;
    }
    memcpy(out, text, WAL_FRAME_HEAD);
    memcpy(out + WAL_FRAME_HEAD, frame + FRAME_BOX, SEALED_TEXT);
    memcpy(out + WAL_FRAME_HEAD + SEALED_TEXT, text + WAL_FRAME_HEAD, SEALED_RESERVED);
    return is_known(j, number) ? SQLITE_OK : frame_note(j, number, page_of(text), stamp);
}

/* The page of a frame that is known; sealed, while a checkpoint copies. */
static int page_read(struct sealed_journal *j, uint32_t number, uint8_t out[SEALED_PAGE]) {
    const struct sealed_frame *f = &j->frames[number - 1];
    struct sealed_db *db = j->db;
    int code = sealed_read_all(j->real, out, SEALED_PAGE, place(number) + FRAME_BOX);
    if (code == SQLITE_IOERR_SHORT_READ) return sealed_fault_add(db, SEALED_JOURNAL, number);
    if (code != SQLITE_OK) return code;
    if (db->copying) {
        if (memcmp(db->table.journal, j->id, JOURNAL_ID) != 0) db->table.journal_frames = 0;
        memcpy(db->table.journal, j->id, JOURNAL_ID);
        if (number > db->table.journal_frames) db->table.journal_frames = number;
        db->copied = true;
        return SQLITE_OK;
    }
    if (sealed_stamp(out) == f->stamp && sealed_page_unseal(db, out, f->page)) return SQLITE_OK;
    memset(out, 0, SEALED_PAGE);
    return sealed_fault_add(db, SEALED_JOURNAL, number);
}

int64_t sealed_journal_check(struct sealed_journal *j) {
    uint8_t page[SEALED_PAGE];
    int64_t bad = 0;
    if (settle(j) != SQLITE_OK) return ERR_IO;
    for (uint32_t i = 1; i <= j->count; i++) bad += is_known(j, i) && page_read(j, i, page) != SQLITE_OK;
    return bad;
}

static int journal_read(sqlite3_file *file, void *out, int amount, sqlite3_int64 offset) {
    struct sealed_journal *j = of(file);
    uint8_t whole[WAL_FRAME];
    size_t size = (size_t)amount, at = (size_t)offset;
    int code = settle(j);
    if (code != SQLITE_OK) return code;
    if (offset < WAL_HEAD) return at + size <= WAL_HEAD ? head_read(j, out, at, size) : SQLITE_IOERR_READ;
    uint32_t number = (uint32_t)((at - WAL_HEAD) / WAL_FRAME + 1);
    at = (at - WAL_HEAD) % WAL_FRAME;
    if (at + size > WAL_FRAME) return SQLITE_IOERR_READ;
    if (at < WAL_FRAME_HEAD || !is_known(j, number)) {
        code = whole_read(j, number, whole);
        if (code == SQLITE_OK) memcpy(out, whole + at, size);
        return code;
    }
    if (size == SEALED_PAGE) return page_read(j, number, out);
    code = page_read(j, number, whole);
    if (code == SQLITE_OK) memcpy(out, whole + at - WAL_FRAME_HEAD, size);
    return code;
}

/* ---- Writing, and the rest ---- */

static int journal_write(sqlite3_file *file, const void *data, int amount, sqlite3_int64 offset) {
    struct sealed_journal *j = of(file);
    uint8_t frame[FRAME], text[FRAME_TEXT];
    bool whole = true;
    int code = SQLITE_OK;
    if (offset == 0 && amount == WAL_HEAD) {
        j->pending = j->batch_count = 0;
        return head_write(j, data);
    }
    if (offset < WAL_HEAD || !j->known) return SQLITE_IOERR_WRITE;
    uint32_t number = (uint32_t)((uint64_t)(offset - WAL_HEAD) / WAL_FRAME + 1);
    uint64_t at = (uint64_t)(offset - WAL_HEAD) % WAL_FRAME;
    if (at == 0 && amount == WAL_FRAME_HEAD) {
        code = pending_flush(j);
        j->pending = number;
        memcpy(j->pending_head, data, WAL_FRAME_HEAD);
        return code;
    }
    if (at != WAL_FRAME_HEAD || amount != SEALED_PAGE) return SQLITE_IOERR_WRITE;
    if (j->pending == number) {
        j->pending = 0;
        return frame_put(j, number, j->pending_head, data);
    }
    code = settle(j);
    if (code == SQLITE_OK) code = frame_read(j, number, frame, text, &whole);
    if (code != SQLITE_OK || !whole) return code == SQLITE_OK ? SQLITE_IOERR_WRITE : code;
    return frame_put(j, number, text, data);
}

static int journal_truncate(sqlite3_file *file, sqlite3_int64 size) {
    struct sealed_journal *j = of(file);
    uint32_t frames = size <= WAL_HEAD ? 0 : (uint32_t)((uint64_t)(size - WAL_HEAD) / WAL_FRAME);
    int code = settle(j);
    if (code != SQLITE_OK) return code;
    for (uint32_t i = frames; i < j->count; i++) j->frames[i].page = 0;
    if (j->count > frames) j->count = frames;
    return j->real->pMethods->xTruncate(j->real, size == 0 ? 0 : (sqlite3_int64)place(frames + 1));
}

static int journal_sync(sqlite3_file *file, int flags) {
    struct sealed_journal *j = of(file);
    int code = settle(j);
    if (code == SQLITE_OK) code = j->real->pMethods->xSync(j->real, flags);
    if (code == SQLITE_OK && j->last > 0) j->unsynced = j->last + 1;
    return code;
}

static int journal_size(sqlite3_file *file, sqlite3_int64 *out) {
    struct sealed_journal *j = of(file);
    sqlite3_int64 size = 0;
    int code = settle(j);
    if (code == SQLITE_OK) code = j->real->pMethods->xFileSize(j->real, &size);
    *out = size < JOURNAL_HEAD ? 0 : WAL_HEAD + (size - JOURNAL_HEAD) / FRAME * WAL_FRAME;
    return code;
}

static int journal_lock(sqlite3_file *file, int level) {
    (void)file;
    (void)level;
    return SQLITE_OK;
}

static int journal_is_reserved(sqlite3_file *file, int *out) {
    (void)file;
    *out = 0;
    return SQLITE_OK;
}

static int journal_control(sqlite3_file *file, int op, void *argument) {
    (void)file;
    (void)op;
    (void)argument;
    return SQLITE_NOTFOUND;
}

static int journal_sector(sqlite3_file *file) {
    sqlite3_file *real = of(file)->real;
    return real->pMethods->xSectorSize(real);
}

static int journal_traits(sqlite3_file *file) {
    (void)file;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int journal_close(sqlite3_file *file) {
    struct sealed_journal *j = of(file);
    int code = settle(j);
    int closed = j->real->pMethods->xClose(j->real);
    j->db->journal = NULL;
    free(j->frames);
    free(j->batch);
    return code == SQLITE_OK ? closed : code;
}

const sqlite3_io_methods sealed_journal_methods = {
    .iVersion = 1,
    .xClose = journal_close,
    .xRead = journal_read,
    .xWrite = journal_write,
    .xTruncate = journal_truncate,
    .xSync = journal_sync,
    .xFileSize = journal_size,
    .xLock = journal_lock,
    .xUnlock = journal_lock,
    .xCheckReservedLock = journal_is_reserved,
    .xFileControl = journal_control,
    .xSectorSize = journal_sector,
    .xDeviceCharacteristics = journal_traits,
};
