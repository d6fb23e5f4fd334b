/*
 * parts.c: cut a parcel into files small enough to mail.
 */
#include "cli/parts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "carrier/pouch_split.h"
#include "node/render.h"

struct parts {
    const char *target;
    unsigned count;
};

/* news.zip → news-1.zip, news-2.zip … */
static int part_name(char out[PATH_MAX], const char *target, unsigned number) {
    size_t size = strlen(target), end = size > 4 && strcmp(target + size - 4, ".zip") == 0 ? size - 4 : size;
    int length = snprintf(out, PATH_MAX, "%.*s-%u%s", (int)end, target, number, end < size ? ".zip" : "");
    return length < PATH_MAX ? 0 : ERR_LIMIT;
}

static int part_open(void *context, unsigned number) {
    struct parts *p = context;
    char name[PATH_MAX];
    if (part_name(name, p->target, number)) return ERR_LIMIT;
    p->count = number;
    int fd = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    return fd < 0 ? ERR_IO : fd;
}

static void parts_say(const struct parts *p, struct output *out) {
    char name[PATH_MAX], safe[RENDER_TITLE_SIZE], size[RENDER_SIZE_SIZE];
    struct stat info;
    for (unsigned i = 1; i <= p->count; i++) {
        if (part_name(name, p->target, i) || stat(name, &info) != 0) continue;
        render_size(size, (uint64_t)info.st_size);
        render_safe(safe, sizeof safe, name);
        output_json(out, json_pack("{s:s,s:I}", "part", name, "bytes", (json_int_t)info.st_size));
        output_print(out, "%s: %s\n", safe, size);
    }
}

static int failed(const char *target, int err, struct output *out) {
    char safe[RENDER_TITLE_SIZE];
    render_safe(safe, sizeof safe, target);
    output_say(out, "%s: %s", safe, output_text(out, err_text(err)));
    return ERR_IO;
}

int parts_cut(int fd, const char *target, uint64_t part_bytes, struct output *out) {
    struct parts parts = {.target = target};
    char name[PATH_MAX];
    int count = pouch_split(fd, part_bytes, (uint64_t)time(NULL), part_open, &parts);
    if (count > 0) {
        parts_say(&parts, out);
        return 0;
    }
    for (unsigned i = 1; i <= parts.count; i++)
        if (part_name(name, target, i) == 0) (void)unlink(name);
    return failed(target, count, out);
}
