/*
 * files.c: open, read, put in place.
 */
#include "cli/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "carrier/pouch_html.h"
#include "carrier/pouch_split.h"
#include "cli/parts.h"
#include "node/render.h"
#include "node/web/app.h"

/* What is read from standard input in place of an argument; more than a message may have; beyond it bytes are only
 * counted. */
#define INPUT_MAX (128 * 1024)

static int file_failed(struct output *out, const char *path, int number) {
    char name[RENDER_TITLE_SIZE];
    render_safe(name, sizeof name, path);
    output_say(out, "%s: %s", name, strerror(number));
    return ERR_IO;
}

static int keep(struct files *f, struct request *req, int fd) {
    req->files[f->count++] = fd;
    req->file_count = f->count;
    return 0;
}

static int file_read_open(struct files *f, struct request *req, const char *path, bool regular, struct output *out) {
    struct stat info;
    int fd =
        strcmp(path, "-") == 0 && !regular ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return file_failed(out, path, errno);
    if (fstat(fd, &info) != 0 || S_ISDIR(info.st_mode) || (regular && !S_ISREG(info.st_mode))) {
        close(fd);
        return file_failed(out, path, S_ISDIR(info.st_mode) ? EISDIR : EINVAL);
    }
    return keep(f, req, fd);
}

/* Copy what comes through a pipe into a nameless file, since a parcel is read at any place of it. Return its
 * descriptor, or an error that was said. */
static int spool(int from, const char *path, struct output *out) {
    char name[PATH_MAX], bytes[64 * 1024];
    const char *folder = getenv("TMPDIR");
    uint64_t total = 0;
    ssize_t got;
    if ((size_t)snprintf(name, sizeof name, "%s/longear-XXXXXX", folder && *folder ? folder : "/tmp") >= sizeof name)
        return file_failed(out, "TMPDIR", ENAMETOOLONG);
    int fd = mkostemp(name, O_CLOEXEC);
    if (fd < 0) return file_failed(out, name, errno);
    (void)unlink(name);
    while ((got = read(from, bytes, sizeof bytes)) != 0) {
        if (got < 0 && errno == EINTR && !output_stopped(out)) continue;
        total += got > 0 ? (uint64_t)got : 0;
        if (got < 0 || total > POUCH_FILE_MAX || write(fd, bytes, (size_t)got) != got) {
            int number = got < 0 ? errno : total > POUCH_FILE_MAX ? EFBIG : ENOSPC;
            close(fd);
            return file_failed(out, path, number);
        }
    }
    return fd;
}

static int parcel_open(struct files *f, struct request *req, const char *path, struct output *out) {
    struct stat info;
    int err = file_read_open(f, req, path, false, out);
    if (err || (fstat(req->files[0], &info) == 0 && S_ISREG(info.st_mode))) return err;
    int fd = spool(req->files[0], path, out);
    if (fd < 0) return fd;
    close(req->files[0]);
    req->files[0] = fd;
    return 0;
}

/* Replace an argument of - by what standard input holds. */
static int argument_read(struct files *f, struct request *req, unsigned index, bool trim, struct output *out) {
    size_t size = 0;
    uint64_t total = 0;
    if (index >= req->argument_count || strcmp(req->arguments[index], "-") != 0) return 0;
    f->text = malloc(INPUT_MAX + 1);
    if (!f->text) return ERR_MEMORY;
    for (;;) {
        ssize_t got = read(STDIN_FILENO, f->text + size, INPUT_MAX - size);
        if (got < 0 && errno == EINTR && !output_stopped(out)) continue;
        if (got < 0) return file_failed(out, "-", errno);
        if (got == 0) break;
        total += (uint64_t)got;
        size = total < INPUT_MAX ? (size_t)total : 0; /* what is too long is only counted */
    }
    if (total >= INPUT_MAX) {
        output_say(out, "a message has at most %d bytes, its signature and the rest included; this text alone has %zu",
                   RECORD_SIZE_MAX, (size_t)total);
        return ERR_LIMIT;
    }
    if (memchr(f->text, '\0', size)) {
        output_say(out, "%s", output_text(out, err_text(ERR_TEXT)));
        return ERR_TEXT;
    }
    while (trim && size > 0 && f->text[size - 1] == '\n') size--;
    f->text[size] = '\0';
    req->arguments[index] = f->text;
    return 0;
}

static int attachments_open(struct files *f, struct request *req, struct output *out) {
    int err = 0;
    for (unsigned i = 0; i < req->option_count && !err; i++) {
        if (strcmp(req->options[i].name, "attach") != 0) continue;
        if (f->count == REQUEST_FILES_MAX) {
            output_say(out, "at most %d files go with a message", REQUEST_FILES_MAX);
            return ERR_LIMIT;
        }
        err = file_read_open(f, req, req->options[i].value, true, out);
    }
    return err;
}

/* Make the file that becomes the parcel, or a saved file, beside its place: only a rename puts it there, whole. mode:
 * of the file, but for the umask. */
static int target_open(struct files *f, struct request *req, const char *path, mode_t mode, struct output *out) {
    struct stat info;
    const char *slash = strrchr(path, '/');
    int folder_length = slash ? (int)(slash - path) + 1 : 0;
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode))
        return file_failed(out, path, S_ISDIR(info.st_mode) ? EISDIR : EINVAL);
    if ((size_t)snprintf(f->target, sizeof f->target, "%s", path) >= sizeof f->target ||
        (size_t)snprintf(f->beside, sizeof f->beside, "%.*s.parcel-XXXXXX", folder_length, path) >= sizeof f->beside) {
        f->beside[0] = '\0';
        return file_failed(out, path, ENAMETOOLONG);
    }
    int fd = mkostemp(f->beside, O_CLOEXEC);
    if (fd < 0) {
        int number = errno;
        f->beside[0] = '\0';
        return file_failed(out, path, number);
    }
    mode_t mask = umask(0);
    umask(mask);
    (void)fchmod(fd, mode & ~mask); /* a memory stick may know no modes */
    return keep(f, req, fd);
}

/* Open the app that goes into a parcel: the one that is named, else the one that came with the program. */
static int app_open(struct files *f, struct request *req, struct output *out) {
    char found[PATH_MAX + 40];
    const char *path = request_option(req, "app");
    if (!path && !pouch_html_is_name(req->arguments[0])) return 0;
    if (path && *path) return file_read_open(f, req, path, true, out);
    if (app_find(found, sizeof found)) return file_read_open(f, req, found, true, out);
    output_say(out, "there is no app with this program (make app); to name one: --app=FILE");
    return ERR_NOT_FOUND;
}

/* For a window there are several files, and what is cut into them is no page and has no app. */
static int window_check(struct request *req, struct output *out) {
    if (!request_option(req, "window")) return 0;
    if (request_option(req, "app") || pouch_html_is_name(req->arguments[0])) {
        output_say(out, "parts to mail are zips without the app: FILE.zip, and no --app");
        return ERR_USAGE;
    }
    if (request_number(req, "window", 0) >= POUCH_PART_MIN) return 0;
    output_say(out, "--window is too small: a part has at least %d bytes", POUCH_PART_MIN);
    return ERR_USAGE;
}

static int parcel_make(struct files *f, struct request *req, struct output *out) {
    if (window_check(req, out)) return ERR_USAGE;
    int err = target_open(f, req, req->arguments[0], 0666, out); /* it is for others */
    return err ? err : app_open(f, req, out);
}

static void folder_sync(const char *path) {
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    (void)fsync(fd); /* some file systems on memory sticks cannot */
    close(fd);
}

/* ---- A site ---- */

/* In the order of node/command_export.c. */
static const char *const site_files[] = {"index.html", "feed.xml", "reports.csv", "reports.geojson", "aid.csv"};
#define SITE_FILES (sizeof site_files / sizeof *site_files)

static bool site_path(char out[PATH_MAX], const struct files *f, unsigned file, const char *end) {
    return (size_t)snprintf(out, PATH_MAX, "%s/%s%s", f->folder, site_files[file], end) < PATH_MAX;
}

/* Make the folder, if it is not there, and its files beside their places. */
static int site_make(struct files *f, struct request *req, const char *folder, struct output *out) {
    char path[PATH_MAX];
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) return file_failed(out, folder, errno);
    if ((size_t)snprintf(f->folder, sizeof f->folder, "%s", folder) >= sizeof f->folder) {
        f->folder[0] = '\0';
        return file_failed(out, folder, ENAMETOOLONG);
    }
    for (unsigned i = 0; i < SITE_FILES; i++) {
        int fd = site_path(path, f, i, ".part")
                     ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666)
                     : (errno = ENAMETOOLONG, -1);
        if (fd < 0) return file_failed(out, path, errno);
        (void)keep(f, req, fd);
    }
    return 0;
}

/* Put the files in their places, or remove them. */
static int site_end(const struct files *f, const struct request *req, bool done, struct output *out) {
    char part[PATH_MAX], path[PATH_MAX];
    int err = 0;
    for (unsigned i = 0; i < SITE_FILES; i++) {
        if (!site_path(part, f, i, ".part") || !site_path(path, f, i, "")) continue;
        if (done && !err && (fsync(req->files[i]) != 0 || rename(part, path) != 0)) err = file_failed(out, path, errno);
        if (!done || err) (void)unlink(part);
    }
    if (done && !err && site_path(path, f, 0, "")) folder_sync(path);
    return err;
}

static int export_open(struct files *f, struct request *req, struct output *out) {
    const char *to = request_option(req, "to");
    if (!to || !*to) return 0;
    return strcmp(req->arguments[0], "site") == 0 ? site_make(f, req, to, out) : target_open(f, req, to, 0666, out);
}

int files_begin(struct files *f, struct request *req, struct output *out) {
    memset(f, 0, sizeof *f);
    if (strcmp(req->command, "post") == 0) {
        int err = argument_read(f, req, 1, true, out);
        return err ? err : attachments_open(f, req, out);
    }
    if (strcmp(req->command, "correct") == 0) return argument_read(f, req, 1, true, out);
    if (strcmp(req->command, "letter") == 0) return argument_read(f, req, 2, true, out);
    if (strcmp(req->command, "join") == 0) return argument_read(f, req, 0, true, out);
    if (strcmp(req->command, "import") == 0) return file_read_open(f, req, req->arguments[1], false, out);
    if (strcmp(req->command, "export") == 0) return export_open(f, req, out);
    if (strcmp(req->command, "person import") == 0) return file_read_open(f, req, req->arguments[1], false, out);
    if (strcmp(req->command, "person export") == 0) return target_open(f, req, req->arguments[1], 0600, out);
    if (strcmp(req->command, "pouch open") == 0) return parcel_open(f, req, req->arguments[0], out);
    if (strcmp(req->command, "pouch pack") == 0) return parcel_make(f, req, out);
    if (strcmp(req->command, "save") == 0) return target_open(f, req, req->arguments[1], 0666, out);
    if (strcmp(req->command, "card") == 0 && req->argument_count > 1)
        return target_open(f, req, req->arguments[1], 0600, out);
    if (strcmp(req->command, "freeze") == 0 || strcmp(req->command, "unfreeze") == 0)
        return argument_read(f, req, 0, true, out);
    return 0;
}

/* Cut what was packed into parts beside its place; what was packed goes. */
static int window_cut(struct files *f, struct request *req, uint64_t size, struct output *out) {
    int err = parts_cut(req->files[0], f->target, size, out);
    (void)unlink(f->beside);
    f->beside[0] = '\0';
    return err;
}

int files_end(struct files *f, struct request *req, bool done, struct output *out) {
    int err = 0;
    uint64_t window = request_number(req, "window", 0);
    if (*f->beside && done && window > 0) err = window_cut(f, req, window, out);
    if (*f->beside && done && (fsync(req->files[0]) != 0 || rename(f->beside, f->target) != 0))
        err = file_failed(out, f->target, errno);
    if (*f->beside && (!done || err))
        (void)unlink(f->beside);
    else if (*f->beside)
        folder_sync(f->target);
    if (*f->folder) {
        int site = site_end(f, req, done, out);
        err = err ? err : site;
    }
    for (unsigned i = 0; i < f->count; i++) close(req->files[i]);
    free(f->text);
    memset(f, 0, sizeof *f);
    return err;
}
