/*
 * lines.c: one buffer as large as the longest line.
 */
#include "node/lines.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define WAIT_MS 200

void lines_init(struct lines *l, int fd, lines_stopped stopped, void *context) {
    l->fd = fd;
    l->stopped = stopped;
    l->context = context;
    l->number = l->bytes = 0;
    l->at = l->end = 0;
    l->over = l->ended = false;
}

/* Wait until there is something to read. Return 0 or ERR_INTERRUPTED. */
static int wait_readable(struct lines *l) {
    struct pollfd p = {.fd = l->fd, .events = POLLIN};
    while (poll(&p, 1, WAIT_MS) <= 0)
        if (l->stopped && l->stopped(l->context)) return ERR_INTERRUPTED;
    return 0;
}

/* Read more behind what is held. Return 1, 0 at the end of the file, ERR_INTERRUPTED, ERR_IO. */
static int fill(struct lines *l) {
    memmove(l->buffer, l->buffer + l->at, l->end - l->at);
    l->end -= l->at;
    l->at = 0;
    for (;;) {
        int err = wait_readable(l);
        if (err) return err;
        ssize_t got = read(l->fd, l->buffer + l->end, sizeof l->buffer - l->end);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return ERR_IO;
        l->end += (size_t)got;
        l->bytes += (uint64_t)got;
        return got > 0;
    }
}

int lines_next(struct lines *l, const char **text, size_t *size) {
    size_t looked = 0;
    if (l->ended) return 0;
    for (;;) {
        char *line_end = memchr(l->buffer + l->at + looked, '\n', l->end - l->at - looked);
        if (line_end) {
            *text = l->buffer + l->at;
            *size = (size_t)(line_end - *text);
            l->at = (size_t)(line_end + 1 - l->buffer);
            bool was_over = l->over;
            l->over = false;
            looked = 0;
            if (was_over) /* that was the end of a line which is too long */
                continue;
            l->number++;
            return 1;
        }
        looked = l->end - l->at;
        if (looked == sizeof l->buffer) { /* too long: forget it up to its end, having said so once */
            bool first = !l->over;
            l->at = l->end;
            l->over = true;
            l->number += first;
            if (first) return ERR_LIMIT;
            looked = 0;
        }
        int got = fill(l);
        if (got < 0) return got;
        if (got == 0) {
            l->ended = true;
            *text = l->buffer + l->at;
            *size = l->end - l->at;
            if (l->over || *size == 0) return 0;
            l->number++;
            return 1;
        }
    }
}
