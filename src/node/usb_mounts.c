/*
 * usb_mounts.c: proc(5), /proc/PID/mountinfo:
 *   36 35 98:0 /root /mount/point options optional… - type source super-options
 * with space, tab, newline and backslash in octal.
 */
#include "node/usb_mounts.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static const char *const types[] = {"vfat", "msdos", "exfat", "ntfs", "ntfs3", "fuseblk", "ext2",    "ext3",
                                    "ext4", "f2fs",  "btrfs", "xfs",  "udf",   "hfsplus", "iso9660", "fuse.exfat"};

static bool is_octal(const char *at) {
    return at[0] >= '0' && at[0] <= '3' && at[1] >= '0' && at[1] <= '7' && at[2] >= '0' && at[2] <= '7';
}

/* Copy a field of size bytes with its escapes undone. False if it does not fit. */
static bool field_copy(char *out, size_t room, const char *field, size_t size) {
    size_t at = 0;
    for (size_t i = 0; i < size; i++) {
        char c = field[i];
        if (c == '\\' && size - i > 3 && is_octal(field + i + 1)) {
            c = (char)((field[i + 1] - '0') << 6 | (field[i + 2] - '0') << 3 | (field[i + 3] - '0'));
            i += 3;
        }
        if (c == '\0' || at + 1 >= room) return false;
        out[at++] = c;
    }
    out[at] = '\0';
    return at > 0;
}

/* Return the field behind *at and move *at behind it; NULL at the end of the line. */
static const char *field_next(const char **at, size_t *size) {
    const char *field = *at;
    *size = strcspn(field, " \n");
    if (*size == 0) return NULL;
    *at = field + *size + (field[*size] == ' ');
    return field;
}

static bool is_stick_type(const char *type, size_t size) {
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strlen(types[i]) == size && memcmp(types[i], type, size) == 0) return true;
    return false;
}

static bool is_at(const char *path, const char *folder) {
    size_t size = strlen(folder);
    if (strncmp(path, folder, size) != 0) return false;
    return path[size] == '\0' || (path[size] == '/' && !strchr(path + size + 1, '/'));
}

static bool line_parse(const char *line, const char *folder, struct usb_mount *out) {
    const char *fields[5], *field;
    size_t sizes[5], size;
    char device[32];
    unsigned major_number, minor_number;
    for (size_t i = 0; i < 5; i++)
        if (!(fields[i] = field_next(&line, &sizes[i]))) return false;
    while ((field = field_next(&line, &size)) && !(size == 1 && *field == '-')) {
    }
    if (!field) return false;
    if (!(field = field_next(&line, &size)) || !is_stick_type(field, size)) return false;
    if (!(field = field_next(&line, &size)) || size < 5 || memcmp(field, "/dev/", 5) != 0) return false;
    if (!field_copy(device, sizeof device, fields[2], sizes[2])) return false;
    if (sscanf(device, "%u:%u", &major_number, &minor_number) != 2) return false;
    out->device = makedev(major_number, minor_number);
    return field_copy(out->path, sizeof out->path, fields[4], sizes[4]) && is_at(out->path, folder);
}

size_t usb_mounts_parse(const char *list, const char *folder, const dev_t * not, size_t not_count,
                        struct usb_mount out[USB_STICKS_MAX]) {
    size_t count = 0;
    for (const char *line = list; *line && count < USB_STICKS_MAX; line += strcspn(line, "\n"), line += *line == '\n') {
        bool wanted = line_parse(line, folder, &out[count]);
        for (size_t i = 0; i < not_count; i++) wanted = wanted && out[count].device != not [i];
        /* One file system in two places is one stick. */
        for (size_t i = 0; i < count; i++) wanted = wanted && out[i].device != out[count].device;
        count += wanted;
    }
    return count;
}

int usb_mounts_read(char **out) {
    size_t size = 0;
    ssize_t got;
    *out = NULL;
    int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return ERR_IO;
    char *text = malloc(USB_MOUNTS_BYTES_MAX + 1);
    while (text && size < USB_MOUNTS_BYTES_MAX && (got = read(fd, text + size, USB_MOUNTS_BYTES_MAX - size)) > 0)
        size += (size_t)got;
    close(fd);
    if (!text) return ERR_MEMORY;
    text[size] = '\0';
    *out = text;
    return 0;
}
