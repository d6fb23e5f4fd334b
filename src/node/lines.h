/*
 * lines.h: the lines of a file of any size in bounded memory.
 */
#ifndef NODE_LINES_H
#define NODE_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

#define LINES_LINE_MAX (256 * 1024)

/* Asked while a line is waited for; true ends the waiting. */
typedef bool (*lines_stopped)(void *context);

struct lines {
    int fd;
    lines_stopped stopped;
    void *context;
    uint64_t number; /* of the line that lines_next gave, from 1 */
    uint64_t bytes;  /* read so far */
    size_t at, end;
    bool over, ended;
    char buffer[LINES_LINE_MAX + 1];
};

/* Begin to read an open descriptor, which stays the caller's: a file, or a pipe that may keep one waiting. stopped may
 * be NULL. */
void lines_init(struct lines *l, int fd, lines_stopped stopped, void *context);

/*
 * Give the next line without its end; *text is valid until the next call. Return 1, 0 at the end, ERR_LIMIT for a line
 * over LINES_LINE_MAX (it is passed over; go on), ERR_INTERRUPTED, or ERR_IO.
 */
MUST_CHECK int lines_next(struct lines *l, const char **text, size_t *size);

#endif
