/*
 * home_file.c: the small files of a home: written whole or not at all, and overwritten when they are given up.
 */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/file.h"
#include "node/home_internal.h"

#define OVERWRITE_PIECE (1024 * 1024)
#define OVERWRITE_RANDOM 4096 /* so much of a file with random bytes, more with zeros */

void home_say(char why[HOME_WHY_SIZE], const char *format, ...) {
    va_list args;
    if (!why) return;
    va_start(args, format);
    vsnprintf(why, HOME_WHY_SIZE, format, args);
    va_end(args);
}

int home_file(char out[PATH_MAX], const char *folder, const char *name) {
    int size = snprintf(out, PATH_MAX, "%s/%s", folder, name);
    return size > 0 && size < PATH_MAX ? 0 : ERR_LIMIT;
}

bool home_file_exists(const char *folder, const char *name) {
    char path[PATH_MAX];
    struct stat info;
    return home_file(path, folder, name) == 0 && lstat(path, &info) == 0;
}

void home_folder_sync(const char *folder) {
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    (void)fsync(fd);
    close(fd);
}

int home_lock_take(const char *folder, char why[HOME_WHY_SIZE]) {
    char path[PATH_MAX];
    int err = home_file(path, folder, "lock");
    if (err) return err;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        err = file_err(errno);
        home_say(why, "%s: %s: %s", path, err_text(err), strerror(errno));
        return err;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
    err = errno == EWOULDBLOCK ? ERR_BUSY : file_err(errno);
    home_say(why, "%s: %s", folder, err_text(err));
    close(fd);
    return err;
}

int home_file_overwrite(int fd) {
    static const uint8_t zeros[OVERWRITE_PIECE];
    uint8_t random[OVERWRITE_RANDOM];
    struct stat info;
    int err = fstat(fd, &info) == 0 && S_ISREG(info.st_mode) ? 0 : ERR_IO;
    off_t size = err ? 0 : info.st_size;
    randombytes_buf(random, sizeof random);
    for (off_t at = 0; at < size && !err;) {
        const bool first = at == 0;
        const size_t most = first ? sizeof random : sizeof zeros;
        const size_t part = (size_t)(size - at) < most ? (size_t)(size - at) : most;
        err = file_write_at(fd, first ? random : zeros, part, (uint64_t)at);
        at += (off_t)part;
    }
    if (fdatasync(fd) != 0) err = ERR_IO;
    /* Where the disk is told what is free (mount option discard), it is told now; elsewhere this does nothing. */
    if (!err && size > 0) (void)fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, size);
    return err ? ERR_IO : 0;
}

int home_file_wipe(const char *folder, const char *name) {
    char path[PATH_MAX];
    int err = home_file(path, folder, name);
    if (err) return err;
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd >= 0) {
        struct stat info;
        if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode)) err = home_file_overwrite(fd);
        close(fd);
    }
    if (unlink(path) != 0 && errno != ENOENT) err = ERR_IO;
    return err;
}

int home_store_wipe(const char *folder, const char *name) {
    char file[64];
    int err = 0;
    for (unsigned i = 0; i < HOME_STORE_PARTS; i++) {
        (void)snprintf(file, sizeof file, "%s%s", name, home_store_parts[i]);
        if (home_file_wipe(folder, file)) err = ERR_IO;
    }
    return err;
}

/* Take the place of a file, and overwrite what was there, once a power cut cannot bring it back. */
static int replace(const char *folder, const char *beside, const char *path) {
    int old = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    int err = rename(beside, path) == 0 ? 0 : file_err(errno);
    home_folder_sync(folder);
    if (old < 0) return err;
    int gone = err ? 0 : home_file_overwrite(old);
    close(old);
    return err ? err : gone;
}

int home_file_put(const char *folder, const char *name, const uint8_t *bytes, size_t size, char why[HOME_WHY_SIZE]) {
    char path[PATH_MAX], beside[PATH_MAX];
    int err = home_file(path, folder, name);
    if (!err) {
        int length = snprintf(beside, sizeof beside, "%s" HOME_NEW, path);
        err = length > 0 && (size_t)length < sizeof beside ? 0 : ERR_LIMIT;
    }
    int fd = err ? -1 : open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (!err && fd < 0) err = file_err(errno);
    if (!err) err = file_write(fd, bytes, size);
    if (!err && fsync(fd) != 0) err = file_err(errno);
    if (fd >= 0) close(fd);
    if (!err) err = replace(folder, beside, path);
    if (err && fd >= 0) unlink(beside);
    if (err) home_say(why, "%s: %s", path, err_text(err));
    return err;
}

int home_file_get(const char *folder, const char *name, uint8_t *bytes, size_t room, char why[HOME_WHY_SIZE]) {
    char path[PATH_MAX];
    size_t size = 0;
    ssize_t got = 1;
    int err = home_file(path, folder, name);
    if (err) return err;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        err = file_err(errno);
        home_say(why, "%s: %s", path, err_text(err));
        return err;
    }
    while (size < room && (got = read(fd, bytes + size, room - size)) > 0) size += (size_t)got;
    close(fd);
    if (got < 0) home_say(why, "%s: %s", path, err_text(ERR_IO));
    return got < 0 ? ERR_IO : (int)size;
}
