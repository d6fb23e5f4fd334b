/*
 * usb_stick.c: read all, then pack into a nameless file in the home, compare, copy.
 *
 * Packing beside the stick and not on it makes two things simple: whether the stick needs the parcel is known before it
 * is written to, and a stick that is slow or pulled out holds no one up and leaves one partial file behind, which is
 * replaced the next time.
 */
#include "node/usb_stick.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "carrier/pouch_readme.h"
#include "carrier/zip.h"
#include "host/file.h"
#include "node/refusals.h"
#include "node/standing.h"
#include "node/web/body.h"

#define PART_NAME "link.part"
#define HEAD_SIZE 65536
#define COPY_SIZE 65536
#define NAMES_TRIED 100

struct stick {
    struct home *home;
    struct pouch_access access;
    struct usb_result *out;
    int root, folder; /* folder: Link, or -1 */
    dev_t device;
};

static bool ends_with(const char *name, const char *end) {
    size_t size = strlen(name), end_size = strlen(end);
    return size > end_size && strcasecmp(name + size - end_size, end) == 0;
}

static bool is_parcel_name(const char *name) {
    return name[0] != '.' && (ends_with(name, ".zip") || ends_with(name, ".longear") || ends_with(name, ".html"));
}

/* Open a file of the stick for reading: ERR_NOT_FOUND for whatever is no regular file of it. */
static int file_open(const struct stick *s, int folder, const char *name) {
    struct stat info;
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) return errno == ELOOP || errno == ENXIO || errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_dev == s->device) return fd;
    close(fd);
    return ERR_NOT_FOUND;
}

/* ---- Reading ---- */

/* Open one parcel. Return 0 also if it is none or damaged; an error ends the work on the stick. */
static int parcel_open(struct stick *s, int folder, const char *name) {
    struct pouch_opened opened;
    struct pouch_open how = {.when = home_when(s->home), .threads = 1, .classes = {standing_class, s->home}};
    int fd = file_open(s, folder, name), noted = 0;
    if (fd == ERR_NOT_FOUND) return 0;
    if (fd < 0) {
        s->out->bad++;
        return 0;
    }
    int err = pouch_file_open(&s->access, fd, &how, &opened);
    close(fd);
    s->out->accepted += opened.accepted;
    s->out->parcels += opened.frames > 0;
    s->out->bad += err == ERR_NOT_POUCH || err == ERR_IO || opened.damaged > 0 || opened.truncated;
    home_enter(s->home);
    noted = refusals_add(s->home->store, opened.refused);
    home_leave(s->home);
    /* A file that can't be read is no reason to leave the others; what this node can't store is. */
    if (err == ERR_NOT_POUCH || err == ERR_IO) err = 0;
    return err ? err : noted;
}

/* Open the parcels of a folder. The folder's descriptor stays the caller's. */
static int folder_read(struct stick *s, int folder, unsigned *left) {
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), err = 0;
    DIR *list = fd >= 0 ? fdopendir(fd) : NULL;
    if (!list) {
        if (fd >= 0) close(fd);
        return ERR_IO;
    }
    for (unsigned i = 0; i < USB_NAMES_MAX && !err; i++) {
        errno = 0;
        const struct dirent *entry = readdir(list);
        if (!entry) {
            if (errno != 0) err = ERR_IO;
            break;
        }
        if (!is_parcel_name(entry->d_name)) continue;
        if (*left == 0) {
            s->out->missed = true;
            break;
        }
        --*left;
        err = parcel_open(s, folder, entry->d_name);
    }
    closedir(list);
    return err;
}

/* ---- Is the parcel there already? ---- */

/* Find where the messages of a zip lie. Return false if it has none. */
static bool messages_find(int fd, uint64_t *begin, uint64_t *length) {
    uint8_t head[HEAD_SIZE];
    ssize_t got = pread(fd, head, sizeof head, 0);
    return got > 0 && zip_find(head, (size_t)got, POUCH_MESSAGES_NAME, begin, length) && *length > 0;
}

static bool is_same_content(int left, uint64_t left_at, int right, uint64_t right_at, uint64_t length) {
    uint8_t a[COPY_SIZE], b[COPY_SIZE];
    while (length > 0) {
        size_t part = length < COPY_SIZE ? (size_t)length : COPY_SIZE;
        ssize_t got = pread(left, a, part, (off_t)left_at), other = pread(right, b, part, (off_t)right_at);
        if (got <= 0 || got != other || memcmp(a, b, (size_t)got) != 0) return false;
        left_at += (uint64_t)got;
        right_at += (uint64_t)got;
        length -= (uint64_t)got;
    }
    return true;
}

static bool is_there(const struct stick *s, int packed) {
    uint64_t begin, length;
    bool found = false;
    int fd = s->folder >= 0 ? openat(s->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    DIR *list = fd >= 0 && messages_find(packed, &begin, &length) ? fdopendir(fd) : NULL;
    if (!list) {
        if (fd >= 0) close(fd);
        return false;
    }
    const struct dirent *entry;
    for (unsigned i = 0; i < USB_NAMES_MAX && !found && (entry = readdir(list)) != NULL; i++) {
        uint64_t its_begin, its_length;
        if (strncasecmp(entry->d_name, "link-", 5) != 0 || !ends_with(entry->d_name, ".zip")) continue;
        int its = file_open(s, s->folder, entry->d_name);
        if (its < 0) continue;
        found = messages_find(its, &its_begin, &its_length) && its_length == length &&
                is_same_content(packed, begin, its, its_begin, length);
        close(its);
    }
    closedir(list);
    return found;
}

/* ---- Writing ---- */

/* Open the folder of parcels, made if need be; it is no link and lies on the stick itself. */
static int folder_open(struct stick *s, bool make) {
    struct stat info;
    if (make && mkdirat(s->root, USB_FOLDER, 0777) != 0 && errno != EEXIST) return file_err(errno);
    int fd = openat(s->root, USB_FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return make ? file_err(errno) : 0;
    if (fstat(fd, &info) != 0 || info.st_dev != s->device) {
        close(fd);
        return make ? ERR_READ_ONLY : 0;
    }
    s->folder = fd;
    return 0;
}

static int copy(struct stick *s, int from, int to, uint64_t size) {
    uint8_t bytes[COPY_SIZE];
    uint64_t at = 0;
    while (at < size) {
        size_t part = size - at < COPY_SIZE ? (size_t)(size - at) : COPY_SIZE;
        ssize_t got = pread(from, bytes, part, (off_t)at);
        if (got <= 0) return ERR_IO;
        int err = file_write(to, bytes, (size_t)got);
        if (err) return err;
        at += (uint64_t)got;
        if (s->access.progress(s->access.context, at, size)) return ERR_INTERRUPTED;
    }
    return fsync(to) == 0 ? 0 : file_err(errno);
}

/* Give the partial file its name, of the day and a number where there is one of the day already. */
static int name_give(struct stick *s, uint64_t now) {
    char name[sizeof s->out->name];
    struct stat info;
    struct tm day;
    time_t seconds = (time_t)now;
    if (!gmtime_r(&seconds, &day)) return ERR_IO;
    for (unsigned i = 1; i <= NAMES_TRIED; i++) {
        char date[11] = "", number[12] = "";
        (void)strftime(date, sizeof date, "%Y-%m-%d", &day);
        if (i > 1) snprintf(number, sizeof number, "-%u", i);
        snprintf(name, sizeof name, "link-%s%s.zip", date, number);
        if (fstatat(s->folder, name, &info, AT_SYMLINK_NOFOLLOW) == 0) continue;
        if (renameat(s->folder, PART_NAME, s->folder, name) != 0) return file_err(errno);
        memcpy(s->out->name, name, sizeof name);
        return fsync(s->folder) == 0 || errno == EINVAL ? 0 : file_err(errno); /* EINVAL: not every system can */
    }
    return ERR_FULL;
}

static int parcel_write(struct stick *s, int packed, uint64_t size, uint64_t now) {
    int err = s->folder >= 0 ? 0 : folder_open(s, true);
    if (err) return err;
    (void)unlinkat(s->folder, PART_NAME, 0);
    int fd = openat(s->folder, PART_NAME, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0) return file_err(errno);
    err = copy(s, packed, fd, size);
    if (close(fd) != 0 && !err) err = file_err(errno);
    if (!err) err = name_give(s, now);
    if (err) (void)unlinkat(s->folder, PART_NAME, 0);
    return err;
}

/* How large a parcel the stick has room for: 0 if for none. */
static uint64_t room_of(int fd) {
    struct statvfs info;
    if (fstatvfs(fd, &info) != 0) return 0;
    uint64_t bytes = (uint64_t)info.f_bavail * info.f_frsize;
    return bytes > USB_SPARE_BYTES ? bytes - USB_SPARE_BYTES : 0;
}

static int stick_write(struct stick *s) {
    const struct pouch_pack whole = {.now = home_when(s->home).now};
    struct pouch_pack what = whole;
    struct pouch_packed packed = {0};
    int fd = body_file(s->home, false);
    if (fd < 0) return fd;
    /* What the stick holds is compared with all there is, not with what it still has room for. */
    int err = pouch_file_pack(&s->access, fd, &what, &packed);
    bool needed = !err && packed.records > 0 && !is_there(s, fd);
    if (needed && packed.bytes > room_of(s->root)) {
        what.max_bytes = room_of(s->root);
        err = what.max_bytes == 0 ? ERR_FULL : ftruncate(fd, 0) == 0 ? 0 : ERR_IO;
        if (!err) err = pouch_file_pack(&s->access, fd, &what, &packed);
        if (err == ERR_SPACE || (!err && packed.records == 0)) err = ERR_FULL;
        needed = !err && !is_there(s, fd);
    }
    if (needed) err = parcel_write(s, fd, packed.bytes, what.now);
    if (needed && !err) {
        s->out->written = packed.records;
        s->out->left_out = packed.left_out;
    }
    close(fd);
    return err;
}

static int never_stop(void *context, uint64_t done, uint64_t total) {
    (void)context;
    (void)done;
    (void)total;
    return 0;
}

void usb_stick_work(struct home *home, int fd, pouch_progress progress, void *context, struct usb_result *out) {
    struct stat info;
    struct stick s = {.home = home, .out = out, .root = fd, .folder = -1};
    unsigned left = USB_FILES_MAX;
    memset(out, 0, sizeof *out);
    s.access = (struct pouch_access){
        .store = home->store, .mutex = &home->mutex, .progress = progress ? progress : never_stop, .context = context};
    out->err = fstat(fd, &info) == 0 ? 0 : ERR_IO;
    if (out->err) return;
    s.device = info.st_dev;
    out->err = folder_open(&s, false);
    if (!out->err) out->err = folder_read(&s, s.root, &left);
    if (!out->err && s.folder >= 0) out->err = folder_read(&s, s.folder, &left);
    if (!out->err) {
        out->err = stick_write(&s);
        out->writing = out->err != 0;
    }
    if (s.folder >= 0) close(s.folder);
    assert(out->err <= 0);
}
