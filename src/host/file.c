/*
 * file.c: whole writes and the meaning of errno.
 */
#include "host/file.h"

#include <errno.h>
#include <unistd.h>

int file_err(int number) {
    switch (number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return ERR_FULL;
    case EACCES:
    case EPERM:
    case EROFS: return ERR_READ_ONLY;
    case ENOENT: return ERR_NOT_FOUND;
    default: return ERR_IO;
    }
}

int file_write(int fd, const uint8_t *bytes, size_t size) {
    while (size > 0) {
        ssize_t put = write(fd, bytes, size);
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return put < 0 ? file_err(errno) : ERR_IO;
        bytes += put;
        size -= (size_t)put;
    }
    return 0;
}

int file_write_at(int fd, const uint8_t *bytes, size_t size, uint64_t at) {
    while (size > 0) {
        ssize_t put = pwrite(fd, bytes, size, (off_t)at);
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return put < 0 ? file_err(errno) : ERR_IO;
        bytes += put;
        size -= (size_t)put;
        at += (uint64_t)put;
    }
    return 0;
}
