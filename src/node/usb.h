/*
 * usb.h: sticks that are plugged in while a node runs: each is read and written once, as soon as it is mounted, and it
 * is said when it can be taken out. Off unless folders are named.
 *
 * All calls are made on the loop's thread but usb_get. The work runs on a thread of libuv's, one stick at a time.
 */
#ifndef NODE_USB_H
#define NODE_USB_H

#include <jansson.h>
#include <uv.h>

#include "node/output.h"
#include "node/usb_mounts.h"
#include "node/usb_stick.h"

#define USB_FOLDERS_MAX 8
#define USB_LOOK_MS 2000 /* how often the system's list of mounts is read */

struct usb;

enum usb_state {
    USB_WAITS,   /* it is there; another one has its turn */
    USB_WORKING, /* it must stay */
    USB_DONE,    /* it can be taken out; result says whether all went well */
};

struct usb_status {
    size_t count;
    struct usb_one {
        char label[64]; /* the last part of the folder's name, printable */
        enum usb_state state;
        struct usb_result result; /* with USB_DONE */
    } sticks[USB_STICKS_MAX];
};

struct usb_config {
    struct home *home;
    const char *const *folders; /* where sticks get mounted, or a mount point */
    size_t folder_count;
    const char *const *plain; /* folders that are taken for sticks themselves, mounted or not: for tests */
    size_t plain_count;
    void (*changed)(void *context, const struct usb_one *one); /* its state; on the loop's thread; or NULL */
    void *context;
};

/* Start. Errors: ERR_USAGE (a folder that is none, or too many; why receives a sentence), ERR_MEMORY. *out is NULL
 * without a folder. The strings of config are copied. */
MUST_CHECK int usb_start(struct usb **out, uv_loop_t *loop, const struct usb_config *config, char why[HOME_WHY_SIZE]);

/* Stop: work under way ends at its next step, with nothing half on the stick. Freed within the next turns of the loop.
 * NULL is fine. */
void usb_stop(struct usb *usb);

/* Tell which sticks are there; from any thread. usb may be NULL. */
void usb_get(struct usb *usb, struct usb_status *out);

/*
 * The sentences about one stick, in order, messages of the catalogue: *number goes with the one that has a %s, for
 * others it is UINT64_MAX. NULL behind the last.
 */
const char *usb_sentence(const struct usb_one *one, unsigned index, uint64_t *number);

/* Print them, each a line behind the stick's name. */
void usb_print(struct output *out, const struct usb_one *one);

/* An object of what is known of a stick. NULL if memory is out. */
json_t *usb_json(const struct usb_one *one);

#endif
