/*
 * pouch_source.c: a file as the source of a scan.
 */
#include <errno.h>
#include <unistd.h>

#include "carrier/pouch_scan.h"

static int file_read(void *context, uint8_t *out, size_t size, uint64_t at) {
    ssize_t got;
    do got = pread(*(const int *)context, out, size, (off_t)at);
    while (got < 0 && errno == EINTR);
    return got < 0 ? ERR_IO : (int)got;
}

int pouch_source_file(struct pouch_source *out, int *fd) {
    off_t size = lseek(*fd, 0, SEEK_END);
    if (size < 0) return ERR_IO;
    *out = (struct pouch_source){.read = file_read, .context = fd, .size = (uint64_t)size};
    return 0;
}
