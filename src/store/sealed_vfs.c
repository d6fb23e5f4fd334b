/*
 * sealed_vfs.c: opening sealed files, and the VFS itself, which hands all else to the one under it.
 */
#include "store/sealed_vfs.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/sealed_internal.h"

#define VFS_MAX 4

union sealed_file {
    struct sealed_main main;
    struct sealed_journal journal;
};

struct sealed_vfs {
    sqlite3_vfs base;
    char name[64];
};

static struct sealed_vfs vfs_list[VFS_MAX];
static _Thread_local struct sealed_opening *opening_now;

static sqlite3_vfs *under(sqlite3_vfs *vfs) {
    return vfs->pAppData;
}

void sealed_db_free(struct sealed_db *db) {
    if (!db) return;
    sealed_table_end(db);
    sodium_free(db->keys);
    sodium_memzero(db, sizeof *db);
    free(db);
}

/* ---- Opening ---- */

static int refuse(int err) {
    opening_now->err = err;
    return SQLITE_CANTOPEN;
}

static int head_load(struct sealed_db *db, bool create) {
    uint8_t head[SEALED_HEAD];
    sqlite3_int64 size = 0;
    memset(head, 0, sizeof head);
    int code = db->real->pMethods->xFileSize(db->real, &size);
    if (code == SQLITE_OK && size > 0) code = sealed_read_all(db->real, head, sizeof head, 0);
    if (code != SQLITE_OK && code != SQLITE_IOERR_SHORT_READ) return code;
    if (sealed_head_is(head) || !create || size > SEALED_HEAD) { /* a power cut while it was made leaves less */
        int err = sealed_head_read(db, opening_now->key, head);
        return err ? refuse(err) : SQLITE_OK;
    }
    if (size > 0 && memcmp(head, "SQLite format 3", 16) == 0) return refuse(ERR_DAMAGED);
    sealed_head_make(db, opening_now->key, head);
    code = db->real->pMethods->xWrite(db->real, head, sizeof head, 0);
    return code == SQLITE_OK ? db->real->pMethods->xSync(db->real, SQLITE_SYNC_NORMAL) : code;
}

static int main_open(sqlite3_vfs *vfs, const char *name, struct sealed_main *m, int flags, int *out_flags) {
    struct sealed_db *db = opening_now && name ? calloc(1, sizeof *db) : NULL;
    m->real = (sqlite3_file *)(void *)((uint8_t *)m + sizeof(union sealed_file));
    if (!db) return SQLITE_CANTOPEN;
    db->under = under(vfs);
    db->real = m->real;
    db->create = flags & SQLITE_OPEN_CREATE;
    db->salvage = opening_now->salvage;
    db->keys = sodium_malloc(sizeof *db->keys);
    sealed_table_begin(db, name);
    int code = db->keys ? SQLITE_OK : refuse(ERR_MEMORY);
    if (code == SQLITE_OK) code = db->under->xOpen(db->under, name, m->real, flags, out_flags);
    if (code == SQLITE_OK) {
        code = head_load(db, db->create);
        if (code != SQLITE_OK) (void)m->real->pMethods->xClose(m->real);
    }
    if (code != SQLITE_OK) {
        sealed_db_free(db);
        return code;
    }
    m->db = db;
    m->base.pMethods = &sealed_main_methods;
    return SQLITE_OK;
}

static int journal_open(sqlite3_vfs *vfs, const char *name, struct sealed_journal *j, int flags, int *out_flags) {
    sqlite3_file *file = sqlite3_database_file_object(name);
    if (!file || file->pMethods != &sealed_main_methods) return SQLITE_CANTOPEN;
    j->real = (sqlite3_file *)(void *)((uint8_t *)j + sizeof(union sealed_file));
    j->db = ((struct sealed_main *)(void *)file)->db;
    j->batch = malloc((size_t)FRAMES_TOGETHER * FRAME);
    j->unsynced = UINT32_MAX;
    if (!j->batch) return SQLITE_NOMEM;
    int code = under(vfs)->xOpen(under(vfs), name, j->real, flags, out_flags);
    if (code != SQLITE_OK) {
        free(j->batch);
        return code;
    }
    j->db->journal = j;
    j->base.pMethods = &sealed_journal_methods;
    return SQLITE_OK;
}

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags) {
    memset(file, 0, (size_t)vfs->szOsFile);
    if (flags & SQLITE_OPEN_MAIN_DB) return main_open(vfs, name, (struct sealed_main *)(void *)file, flags, out_flags);
    if (flags & SQLITE_OPEN_WAL)
        return journal_open(vfs, name, (struct sealed_journal *)(void *)file, flags, out_flags);
    return SQLITE_CANTOPEN;
}

/* ---- What the VFS under it does ---- */

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync_folder) {
    return under(vfs)->xDelete(under(vfs), name, sync_folder);
}

static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *out) {
    return under(vfs)->xAccess(under(vfs), name, flags, out);
}

static int vfs_full_path(sqlite3_vfs *vfs, const char *name, int size, char *out) {
    return under(vfs)->xFullPathname(under(vfs), name, size, out);
}

static int vfs_random(sqlite3_vfs *vfs, int size, char *out) {
    return under(vfs)->xRandomness(under(vfs), size, out);
}

static int vfs_sleep(sqlite3_vfs *vfs, int microseconds) {
    return under(vfs)->xSleep(under(vfs), microseconds);
}

static int vfs_time(sqlite3_vfs *vfs, double *out) {
    return under(vfs)->xCurrentTime(under(vfs), out);
}

static int vfs_last_error(sqlite3_vfs *vfs, int size, char *out) {
    return under(vfs)->xGetLastError ? under(vfs)->xGetLastError(under(vfs), size, out) : 0;
}

const char *sealed_vfs_name(const char *name) {
    sqlite3_vfs *below = sqlite3_vfs_find(name);
    char full[64];
    if (!below || snprintf(full, sizeof full, "sealed-%s", below->zName) >= (int)sizeof full) return NULL;
    sqlite3_mutex *mutex = sqlite3_mutex_alloc(SQLITE_MUTEX_STATIC_APP1);
    struct sealed_vfs *v = NULL;
    sqlite3_mutex_enter(mutex);
    for (unsigned i = 0; i < VFS_MAX && !v; i++)
        if (!vfs_list[i].name[0] || strcmp(vfs_list[i].name, full) == 0) v = &vfs_list[i];
    if (v && !v->name[0]) {
        memcpy(v->name, full, sizeof v->name);
        v->base = (sqlite3_vfs){.iVersion = 1,
                                .zName = v->name,
                                .mxPathname = below->mxPathname,
                                .szOsFile = (int)sizeof(union sealed_file) + below->szOsFile,
                                .xOpen = vfs_open,
                                .xDelete = vfs_delete,
                                .xAccess = vfs_access,
                                .xFullPathname = vfs_full_path,
                                .xRandomness = vfs_random,
                                .xSleep = vfs_sleep,
                                .xCurrentTime = vfs_time,
                                .xGetLastError = vfs_last_error};
        if (sqlite3_vfs_register(&v->base, 0) != SQLITE_OK) v->name[0] = '\0';
    }
    if (v) v->base.pAppData = below;
    sqlite3_mutex_leave(mutex);
    return v && v->name[0] ? v->name : NULL;
}

void sealed_vfs_key(struct sealed_opening *opening) {
    opening_now = opening;
}

/* ---- What is amiss ---- */

static struct sealed_db *db_of(sqlite3 *db) {
    struct sealed_db *out = NULL;
    sqlite3_file *file = NULL;
    if (!db || sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK || !file) return NULL;
    if (file->pMethods != &sealed_main_methods) return NULL;
    return file->pMethods->xFileControl(file, SEALED_FCNTL_DB, &out) == SQLITE_OK ? out : NULL;
}

struct sealed_faults *sealed_vfs_faults(sqlite3 *db) {
    struct sealed_db *d = db_of(db);
    return d ? &d->faults : NULL;
}

void sealed_fault_text(const struct sealed_fault *fault, char *out, size_t size) {
    unsigned long long number = fault->number;
    switch (fault->what) {
    case SEALED_PAGE_DAMAGED: (void)snprintf(out, size, "page %llu is damaged", number); return;
    case SEALED_PAGE_OLD: (void)snprintf(out, size, "page %llu was replaced by another copy", number); return;
    case SEALED_PAGE_GONE: (void)snprintf(out, size, "page %llu is missing", number); return;
    case SEALED_JOURNAL: (void)snprintf(out, size, "part %llu of the journal is damaged or of another time", number);
    }
}

int64_t sealed_vfs_check(sqlite3 *db) {
    struct sealed_db *d = db_of(db);
    uint8_t page[SEALED_PAGE];
    if (!d || !d->table.loaded) return 0;
    int64_t bad = d->journal ? sealed_journal_check(d->journal) : 0;
    for (uint32_t i = 1; i <= d->table.count && bad >= 0; i++)
        if (d->table.stamps[i - 1] != 0 && sealed_page_read(d, i, page) != SQLITE_OK) bad++;
    return bad;
}

int sealed_vfs_is_sealed(const char *path) {
    uint8_t head[SEALED_HEAD] = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
    ssize_t got = read(fd, head, sizeof head);
    close(fd);
    return got < 0 ? ERR_IO : sealed_head_is(head);
}
