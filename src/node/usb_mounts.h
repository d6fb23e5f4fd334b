/*
 * usb_mounts.h: which sticks are there: mounted file systems at a folder, or one below it.
 */
#ifndef NODE_USB_MOUNTS_H
#define NODE_USB_MOUNTS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/err.h"

#define USB_STICKS_MAX 8
#define USB_MOUNTS_BYTES_MAX (1024 * 1024) /* of the system's list that are read */

struct usb_mount {
    char path[PATH_MAX];
    dev_t device;
};

/*
 * List the mounts at folder, which is an absolute path without a slash at its end, or directly in it, at most
 * USB_STICKS_MAX. Only file systems that sticks have, on a block device, and on none of the devices in not[] (of the
 * home, of the system). list is the text of /proc/self/mountinfo. Return how many.
 */
size_t usb_mounts_parse(const char *list, const char *folder, const dev_t * not, size_t not_count,
                        struct usb_mount out[USB_STICKS_MAX]);

/* Read the system's list as a text that the caller frees. ERR_IO, ERR_MEMORY. */
MUST_CHECK int usb_mounts_read(char **out);

#endif
