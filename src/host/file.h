/*
 * file.h: write bytes to a file whole, and say what the system's error means: the one place that knows both.
 */
#ifndef HOST_FILE_H
#define HOST_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

/*
 * Return the error of the list for an errno: ERR_FULL (no room, no quota, or larger than this disk's files may be, as
 * on a FAT32 stick), ERR_READ_ONLY, ERR_NOT_FOUND, else ERR_IO.
 */
int file_err(int number);

/* Write all bytes at the file's position, however often the system takes only a part. Errors: as file_err. */
MUST_CHECK int file_write(int fd, const uint8_t *bytes, size_t size);

/* Write all bytes at a place of the file; its position stays. Errors: as file_err. */
MUST_CHECK int file_write_at(int fd, const uint8_t *bytes, size_t size, uint64_t at);

#endif
