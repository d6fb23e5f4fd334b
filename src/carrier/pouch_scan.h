/*
 * pouch_scan.h: find the frames of a pouch in a file or in memory, whole or damaged, in one pass and bounded work.
 */
#ifndef CARRIER_POUCH_SCAN_H
#define CARRIER_POUCH_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/pouch.h"

struct pouch_scan;

/* Where the bytes come from. */
struct pouch_source {
    /* Read up to size bytes from place at. Return how many, 0 at the end, or ERR_IO. */
    int (*read)(void *context, uint8_t *out, size_t size, uint64_t at);
    void *context;
    uint64_t size; /* at most so many are there */
};

/* A file that pread can read; *fd is borrowed. Its size is found by lseek. ERR_IO. */
MUST_CHECK int pouch_source_file(struct pouch_source *out, int *fd);

/* Begin to scan. source is copied, its context borrowed. NULL on ERR_MEMORY or ERR_IO, told in *err. */
struct pouch_scan *pouch_scan_new(const struct pouch_source *source, int *err);
void pouch_scan_free(struct pouch_scan *s);

/*
 * Find the next frame whose checksum fits. Return 1 and the frame, with *sections (packed ‖ raw) borrowed until the
 * next call; 0 at the end of the file; or ERR_IO.
 *
 * Where a header has its magic but the check does not fit, the search goes on one byte further, so that frames behind a
 * hole in the file are found; a file made to cost work by that is read past after SCAN_WORK times its size.
 */
MUST_CHECK int pouch_scan_next(struct pouch_scan *s, struct pouch_frame *frame, const uint8_t **sections);

/* How far the scan is, and how large the file. */
uint64_t pouch_scan_at(const struct pouch_scan *s);
uint64_t pouch_scan_size(const struct pouch_scan *s);

/*
 * After the end: how many stretches held no valid frame but should have, and whether the file ends too early: in the
 * middle of a frame, or, of a zip, without the end of its directory.
 */
uint64_t pouch_scan_damaged(const struct pouch_scan *s);
bool pouch_scan_is_truncated(const struct pouch_scan *s);

/* Tell whether the file begins like a zip; without a frame in it, it may have been packed anew with compression. */
bool pouch_scan_is_zip(const struct pouch_scan *s);

#endif
