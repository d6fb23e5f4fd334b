/*
 * crash_vfs_util.c: the disk in memory.
 */
#include "test/store/crash_vfs_util.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/check.h"
#include "test/store/make_util.h"

#define FILES_MAX 8
#define SECTOR 512

/* A write, or a cut of the end at offset if data is NULL. */
struct change {
    struct change *next;
    uint64_t offset;
    size_t size;
    uint8_t *data;
};

struct content {
    uint8_t *bytes;
    uint64_t size, room;
};

struct node {
    char name[200];
    bool exists, exists_synced;
    struct content now, synced;
    struct change *first, **last;
};

static struct node nodes[FILES_MAX];
static crash_moment on_moment;
static void *moment_context;
static bool inside; /* the moment is looked at: nothing of it counts */
static sqlite3_vfs vfs;

static void moment(void) {
    if (!inside && on_moment) {
        inside = true;
        on_moment(moment_context);
        inside = false;
    }
}

/* ---- Contents ---- */

static void content_write(struct content *c, uint64_t offset, const uint8_t *data, size_t size) {
    uint64_t end = offset + size;
    if (end > c->room) {
        uint64_t room = 2 * end;
        c->bytes = realloc(c->bytes, room);
        CHECK(c->bytes != NULL);
        c->room = room;
    }
    if (offset > c->size) memset(c->bytes + c->size, 0, offset - c->size);
    if (size > 0) memcpy(c->bytes + offset, data, size);
    if (end > c->size) c->size = end;
}

static void content_copy(struct content *to, const struct content *from) {
    to->size = 0;
    if (from->size > 0) content_write(to, 0, from->bytes, from->size);
}

static void changes_forget(struct node *n) {
    for (struct change *c = n->first, *next; c; c = next) {
        next = c->next;
        free(c->data);
        free(c);
    }
    n->first = NULL;
    n->last = &n->first;
}

static void change_add(struct node *n, uint64_t offset, const uint8_t *data, size_t size) {
    struct change *c = calloc(1, sizeof *c);
    CHECK(c != NULL);
    *c = (struct change){.offset = offset, .size = size};
    if (data) {
        c->data = malloc(size + 1);
        CHECK(c->data != NULL);
        memcpy(c->data, data, size);
    }
    *n->last = c;
    n->last = &c->next;
}

static struct node *node_find(const char *name, bool make) {
    struct node *unused = NULL;
    for (size_t i = 0; i < FILES_MAX; i++) {
        if (strcmp(nodes[i].name, name) == 0) return &nodes[i];
        if (!unused && !nodes[i].name[0]) unused = &nodes[i];
    }
    if (!make) return NULL;
    CHECK(unused != NULL && strlen(name) < sizeof unused->name);
    memcpy(unused->name, name, strlen(name) + 1);
    unused->last = &unused->first;
    return unused;
}

/* ---- After the cut ---- */

static bool coin(uint64_t *seed) {
    return make_random(seed) & 1;
}

/* Of the writes to each sector take the first few. */
static void content_after(struct content *out, const struct node *n, enum crash_left left, uint64_t *seed) {
    uint64_t salt = make_random(seed);
    size_t count = 0, at = 0;
    content_copy(out, &n->synced);
    for (const struct change *c = n->first; c; c = c->next) count++;
    for (const struct change *c = n->first; c; c = c->next, at++) {
        if (left == CRASH_NOTHING) continue;
        if (!c->data) {
            if ((left == CRASH_EVERYTHING || coin(seed)) && c->offset < out->size) out->size = c->offset;
            continue;
        }
        for (size_t done = 0; done < c->size;) {
            uint64_t place = c->offset + done, sector = place / SECTOR, mixed = salt ^ sector;
            size_t part = (size_t)(SECTOR - place % SECTOR);
            part = part < c->size - done ? part : c->size - done;
            /* The number of changes that have reached this sector: often all or none. */
            uint64_t draw = make_random(&mixed), reached = draw % 4 == 0   ? 0
                                                           : draw % 4 == 1 ? count
                                                                           : draw / 4 % (count + 1);
            if (left == CRASH_EVERYTHING || at < reached) content_write(out, place, c->data + done, part);
            done += part;
        }
    }
}

void crash_vfs_cut(const char *folder, enum crash_left left, uint64_t *seed) {
    for (size_t i = 0; i < FILES_MAX; i++) {
        struct node *n = &nodes[i];
        struct content after = {0};
        char path[600];
        const char *base = strrchr(n->name, '/');
        if (!n->name[0]) continue;
        (void)snprintf(path, sizeof path, "%s/%.199s", folder, base ? base + 1 : n->name);
        (void)unlink(path);
        bool there = n->exists == n->exists_synced ? n->exists
                     : left == CRASH_SOME          ? coin(seed)
                                                   : (left == CRASH_EVERYTHING) == n->exists;
        if (!there) continue;
        content_after(&after, n, left, seed);
        FILE *file = fopen(path, "wb");
        CHECK(file != NULL);
        CHECK(after.size == 0 || fwrite(after.bytes, 1, after.size, file) == after.size);
        CHECK(fclose(file) == 0);
        free(after.bytes);
    }
}

/* ---- What SQLite calls ---- */

struct handle {
    sqlite3_file base;
    struct node *node;
    bool remove_on_close;
};

static struct node *of(sqlite3_file *file) {
    return ((struct handle *)(void *)file)->node;
}

static int file_close(sqlite3_file *file) {
    struct handle *h = (struct handle *)(void *)file;
    if (h->remove_on_close) h->node->exists = false;
    return SQLITE_OK;
}

static int file_read(sqlite3_file *file, void *out, int amount, sqlite3_int64 offset) {
    const struct content *c = &of(file)->now;
    uint64_t from = (uint64_t)offset, wanted = (uint64_t)amount;
    uint64_t got = from >= c->size ? 0 : c->size - from < wanted ? c->size - from : wanted;
    if (got > 0) memcpy(out, c->bytes + from, got);
    memset((uint8_t *)out + got, 0, wanted - got);
    return got < wanted ? SQLITE_IOERR_SHORT_READ : SQLITE_OK;
}

static int file_write(sqlite3_file *file, const void *data, int amount, sqlite3_int64 offset) {
    moment();
    change_add(of(file), (uint64_t)offset, data, (size_t)amount);
    content_write(&of(file)->now, (uint64_t)offset, data, (size_t)amount);
    return SQLITE_OK;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size) {
    moment();
    change_add(of(file), (uint64_t)size, NULL, 0);
    if ((uint64_t)size < of(file)->now.size) of(file)->now.size = (uint64_t)size;
    return SQLITE_OK;
}

static int file_sync(sqlite3_file *file, int flags) {
    (void)flags;
    moment();
    struct node *n = of(file);
    content_copy(&n->synced, &n->now);
    changes_forget(n);
    /* SQLite syncs the folder with a journal; all names of this disk are in one. */
    for (size_t i = 0; i < FILES_MAX; i++) nodes[i].exists_synced = nodes[i].exists;
    return SQLITE_OK;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *out) {
    *out = (sqlite3_int64)of(file)->now.size;
    return SQLITE_OK;
}

static int file_lock(sqlite3_file *file, int level) {
    (void)file;
    (void)level;
    return SQLITE_OK;
}

static int file_is_reserved(sqlite3_file *file, int *out) {
    (void)file;
    *out = 0;
    return SQLITE_OK;
}

static int file_control(sqlite3_file *file, int op, void *argument) {
    (void)file;
    (void)op;
    (void)argument;
    return SQLITE_NOTFOUND;
}

static int file_sector(sqlite3_file *file) {
    (void)file;
    return SECTOR;
}

static int file_traits(sqlite3_file *file) {
    (void)file;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static const sqlite3_io_methods methods = {
    .iVersion = 1,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_lock,
    .xCheckReservedLock = file_is_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_traits,
};

static int disk_open(sqlite3_vfs *self, const char *name, sqlite3_file *file, int flags, int *out_flags) {
    struct handle *h = (struct handle *)(void *)file;
    (void)self;
    memset(h, 0, sizeof *h);
    CHECK(name != NULL); /* a temporary file would be one that nobody counted on */
    struct node *n = node_find(name, flags & SQLITE_OPEN_CREATE);
    if (!n || (!n->exists && !(flags & SQLITE_OPEN_CREATE))) return SQLITE_CANTOPEN;
    if (!n->exists) {
        n->now.size = n->synced.size = 0;
        changes_forget(n);
    }
    n->exists = true;
    h->node = n;
    h->remove_on_close = flags & SQLITE_OPEN_DELETEONCLOSE;
    h->base.pMethods = &methods;
    if (out_flags) *out_flags = flags;
    return SQLITE_OK;
}

static int disk_delete(sqlite3_vfs *self, const char *name, int sync_folder) {
    (void)self;
    struct node *n = node_find(name, false);
    if (!n || !n->exists) return SQLITE_IOERR_DELETE_NOENT;
    moment();
    n->exists = false;
    if (sync_folder) n->exists_synced = false;
    return SQLITE_OK;
}

static int disk_access(sqlite3_vfs *self, const char *name, int flags, int *out) {
    (void)self;
    (void)flags;
    struct node *n = node_find(name, false);
    *out = n && n->exists;
    return SQLITE_OK;
}

static int disk_full_path(sqlite3_vfs *self, const char *name, int size, char *out) {
    (void)self;
    return snprintf(out, (size_t)size, "%s", name) < size ? SQLITE_OK : SQLITE_CANTOPEN;
}

void crash_vfs_begin(const char *name, crash_moment moment_call, void *context) {
    sqlite3_vfs *usual = sqlite3_vfs_find(NULL);
    on_moment = moment_call;
    moment_context = context;
    vfs = (sqlite3_vfs){.iVersion = 1,
                        .szOsFile = (int)sizeof(struct handle),
                        .mxPathname = 200,
                        .zName = name,
                        .xOpen = disk_open,
                        .xDelete = disk_delete,
                        .xAccess = disk_access,
                        .xFullPathname = disk_full_path,
                        .xRandomness = usual->xRandomness,
                        .xSleep = usual->xSleep,
                        .xCurrentTime = usual->xCurrentTime};
    CHECK(sqlite3_vfs_register(&vfs, 0) == SQLITE_OK);
}

void crash_vfs_end(void) {
    (void)sqlite3_vfs_unregister(&vfs);
    for (size_t i = 0; i < FILES_MAX; i++) {
        changes_forget(&nodes[i]);
        free(nodes[i].now.bytes);
        free(nodes[i].synced.bytes);
    }
    memset(nodes, 0, sizeof nodes);
}
