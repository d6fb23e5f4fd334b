/*
 * usb_stick.h: what is done with one stick: take in the parcels on it, put a fresh one there.
 *
 * The stick is a folder that somebody handed over: every name on it may be a trap. Only regular files of its own file
 * system are opened, without following links and without waiting, at most USB_FILES_MAX of them, in the folder itself
 * and in its folder `Link`. What is written goes to `Link/link-DATE.zip`, whole or not at all, and only if no such file
 * there holds the same messages: so nothing has to be remembered about sticks, on either side.
 */
#ifndef NODE_USB_STICK_H
#define NODE_USB_STICK_H

#include "carrier/pouch_file.h"
#include "node/home.h"

#define USB_FOLDER "Link"
#define USB_FILES_MAX 256      /* parcels opened on one stick */
#define USB_NAMES_MAX 10000    /* names looked at in a folder */
#define USB_SPARE_BYTES 262144 /* left free on the stick, for its own directories */

/* What became of a stick. */
struct usb_result {
    int err;           /* 0, or why it ended early: ERR_INTERRUPTED; of reading from it, or writing to it */
    bool writing;      /* err is of writing: what was on the stick had been read */
    unsigned parcels;  /* that were opened */
    unsigned bad;      /* files that looked like parcels and were none, or could not be read whole */
    uint64_t accepted; /* new messages from it */
    uint64_t written;  /* messages in the parcel that was written; 0: none was needed */
    uint64_t left_out; /* of them had no room */
    bool missed;       /* it holds more parcels than USB_FILES_MAX */
    char name[32];     /* of the parcel that was written, "" for none */
};

/*
 * Do the work on a stick whose folder is open as fd (borrowed). progress and context as in struct pouch_access; the
 * home is entered for short stretches only. What is told in *out is durable: new messages here, the parcel there.
 */
void usb_stick_work(struct home *home, int fd, pouch_progress progress, void *context, struct usb_result *out);

#endif
