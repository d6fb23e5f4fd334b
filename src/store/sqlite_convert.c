/*
 * sqlite_convert.c: a plain database of an earlier version becomes a sealed one.
 *
 * Its tables are copied into PATH.new under the key; then PATH gets a second name, PATH.old, and the new file takes the
 * first (rename, so at every moment there is one whole database under it); then what was plain is overwritten and goes.
 * A power cut before the rename leaves the plain file, and all begins anew; one after it leaves PATH.old, which the
 * next open overwrites.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/crypto.h"
#include "store/sealed_vfs.h"
#include "store/sqlite_internal.h"

#define NAME_MAX_SIZE (SQLITE_PATH_MAX + 16)
#define URI_MAX (3 * SQLITE_PATH_MAX + 64)

void (*sqlite_convert_step)(int step); /* for tests that stop here */

static void step(int number) {
    if (sqlite_convert_step) sqlite_convert_step(number);
}

static int system_err(void) {
    return sqlite_err_of(SQLITE_IOERR, errno);
}

static const char *name_of(const char *path, const char *end) {
    static _Thread_local char name[NAME_MAX_SIZE];
    (void)snprintf(name, sizeof name, "%s%s", path, end);
    return name;
}

static int said(const char *path, int err, char why[STORE_WHY_SIZE]) {
    if (err && why) snprintf(why, STORE_WHY_SIZE, "%.150s: %s", path, err_text(err));
    return err;
}

/* Overwrite all bytes of an open file and have that on the disk. */
static int overwrite(int fd) {
    static const uint8_t zeros[65536];
    struct stat info;
    int err = fstat(fd, &info) == 0 ? 0 : system_err();
    for (off_t at = 0; !err && at < info.st_size;) {
        off_t left = info.st_size - at;
        ssize_t wrote = pwrite(fd, zeros, left < (off_t)sizeof zeros ? (size_t)left : sizeof zeros, at);
        if (wrote > 0)
            at += wrote;
        else if (wrote == 0 || errno != EINTR)
            err = wrote == 0 ? ERR_IO : system_err();
    }
    return err ? err : fsync(fd) == 0 ? 0 : system_err();
}

static int folder_sync(const char *path) {
    char folder[NAME_MAX_SIZE];
    const char *slash = strrchr(path, '/');
    (void)snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int err = fd >= 0 && fsync(fd) == 0 ? 0 : system_err();
    if (fd >= 0) close(fd);
    return err;
}

/* Remove what is left of the old file. It may still be the file itself, if the power went before the rename. */
static int old_remove(const char *path) {
    struct stat old, now;
    const char *name = name_of(path, ".old");
    if (lstat(name, &old) != 0) return errno == ENOENT ? 0 : system_err();
    int err = 0;
    if (lstat(path, &now) == 0 && (now.st_ino != old.st_ino || now.st_dev != old.st_dev)) {
        int fd = open(name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
        err = fd >= 0 ? overwrite(fd) : system_err();
        if (fd >= 0) close(fd);
    }
    if (!err && unlink(name) != 0) err = system_err();
    return err ? err : folder_sync(path);
}

static bool is_plain(const char *path) {
    char magic[16] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool plain = fd >= 0 && read(fd, magic, sizeof magic) == (ssize_t)sizeof magic &&
                 memcmp(magic, "SQLite format 3", sizeof magic) == 0;
    if (fd >= 0) close(fd);
    return plain;
}

/* Have an older one brought to the present version, and its journal copied into it and overwritten. */
static int plain_finish(const char *path, char why[STORE_WHY_SIZE]) {
    struct store *s = NULL;
    int err = store_sqlite_open(&s, path, false, NULL, why);
    if (err) return err;
    int wal = open(name_of(path, "-wal"), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    store_close(s);
    if (wal < 0) return 0;
    err = overwrite(wal);
    close(wal);
    return said(path, err, why);
}

/* Write the file's name as a URI of the default VFS. */
static void uri_write(char out[URI_MAX], const char *path) {
    static const char digits[] = "0123456789abcdef";
    size_t at = (size_t)snprintf(out, URI_MAX, "file:%s", path[0] == '/' ? "" : "./");
    for (; *path; path++) {
        unsigned char c = (unsigned char)*path;
        if (c == '%' || c == '?' || c == '#') {
            out[at++] = '%';
            out[at++] = digits[c >> 4];
            out[at++] = digits[c & 15];
        } else {
            out[at++] = (char)c;
        }
    }
    (void)snprintf(out + at, URI_MAX - at, "?vfs=%s", sqlite3_vfs_find(NULL)->zName);
}

/* Copy the rows of every table but the search index's, which begins anew. */
static int tables_copy(sqlite3 *db) {
    sqlite3_stmt *names = NULL;
    int code = sqlite3_prepare_v2(db,
                                  "SELECT name FROM main.sqlite_schema WHERE type = 'table' "
                                  "AND name NOT LIKE 'search%' AND name NOT LIKE 'sqlite%'",
                                  -1, &names, NULL);
    while (code == SQLITE_OK && (code = sqlite3_step(names)) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(names, 0);
        char *sql = sqlite3_mprintf("DELETE FROM main.\"%w\"; INSERT INTO main.\"%w\" SELECT * FROM plain.\"%w\"", name,
                                    name, name);
        code = sql ? sqlite3_exec(db, sql, NULL, NULL, NULL) : SQLITE_NOMEM;
        sqlite3_free(sql);
    }
    sqlite3_finalize(names);
    if (code != SQLITE_DONE) return code;
    return sqlite3_exec(db, "DELETE FROM main.meta WHERE name = 'store_fold'", NULL, NULL, NULL);
}

static int copy(const char *path, const char *target, const uint8_t *key, char why[STORE_WHY_SIZE]) {
    struct sealed_opening opening = {.key = key};
    char uri[URI_MAX];
    struct store *fresh = NULL;
    sqlite3 *db = NULL;
    int err = store_sqlite_open_vfs(&fresh, target, true, key, NULL, why);
    if (err) return err;
    store_close(fresh);
    sealed_vfs_key(&opening);
    int code = sqlite3_open_v2(target, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_URI, sealed_vfs_name(NULL));
    sealed_vfs_key(NULL);
    uri_write(uri, path);
    char *sql =
        sqlite3_mprintf("PRAGMA locking_mode = EXCLUSIVE; PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = OFF;"
                        "PRAGMA synchronous = FULL; ATTACH %Q AS plain; BEGIN IMMEDIATE",
                        uri);
    if (code == SQLITE_OK) code = sql ? sqlite3_exec(db, sql, NULL, NULL, NULL) : SQLITE_NOMEM;
    if (code == SQLITE_OK) code = tables_copy(db);
    if (code == SQLITE_OK) code = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    sqlite3_free(sql);
    if (code != SQLITE_OK) {
        err = sqlite_err_of(code, db ? sqlite3_system_errno(db) : 0);
        if (why) snprintf(why, STORE_WHY_SIZE, "%.120s: %s (%.60s)", path, err_text(err), sqlite3_errmsg(db));
    }
    sqlite3_close(db);
    return err;
}

/* Look at the copy as it will be used. */
static int copy_check(const char *target, const uint8_t *key, char why[STORE_WHY_SIZE]) {
    struct store *s = NULL;
    int err = store_sqlite_open_vfs(&s, target, false, key, NULL, why);
    if (err) return err;
    err = store_integrity(s);
    if (err && why) snprintf(why, STORE_WHY_SIZE, "%s", store_why(s));
    store_close(s);
    return err > 0 ? ERR_DAMAGED : err;
}

static const char *const beside[] = {"-wal", "-pages0", "-pages1"};
#define BESIDE (sizeof beside / sizeof *beside)

static int new_forget(const char *target) {
    int err = unlink(target) == 0 || errno == ENOENT ? 0 : system_err();
    for (size_t i = 0; i < BESIDE && !err; i++)
        err = unlink(name_of(target, beside[i])) == 0 || errno == ENOENT ? 0 : system_err();
    return err;
}

/* What lies beside the new file goes first: it does not concern a plain one. */
static int take_place(const char *path, const char *target) {
    char from[NAME_MAX_SIZE];
    int err = 0;
    for (size_t i = 0; i < BESIDE && !err; i++) {
        const char *to = name_of(path, beside[i]);
        if (unlink(to) != 0 && errno != ENOENT) err = system_err();
        (void)snprintf(from, sizeof from, "%s%s", target, beside[i]);
        if (!err && rename(from, name_of(path, beside[i])) != 0 && errno != ENOENT) err = system_err();
    }
    step(3);
    if (!err && link(path, name_of(path, ".old")) != 0) err = system_err();
    if (!err) err = folder_sync(path);
    step(4);
    if (!err && rename(target, path) != 0) err = system_err();
    if (!err) err = folder_sync(path);
    step(5);
    return err;
}

int sqlite_convert(const char *path, const uint8_t *key, char why[STORE_WHY_SIZE]) {
    char target[NAME_MAX_SIZE];
    struct stat info;
    int err = said(path, old_remove(path), why);
    if (err || !is_plain(path)) return err;
    if (lstat(path, &info) != 0 || !S_ISREG(info.st_mode)) return 0; /* opening it tells why */
    (void)snprintf(target, sizeof target, "%s.new", path);
    err = said(path, new_forget(target), why);
    if (!err) err = plain_finish(path, why);
    step(1);
    if (!err) {
        int fd = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, info.st_mode & 0777);
        err = said(target, fd >= 0 ? 0 : system_err(), why);
        if (fd >= 0) close(fd);
    }
    if (!err) err = copy(path, target, key, why);
    if (!err) err = copy_check(target, key, why);
    step(2);
    if (!err) {
        err = said(path, take_place(path, target), why);
    } else {
        (void)new_forget(target);
    }
    return err ? err : said(path, old_remove(path), why);
}
