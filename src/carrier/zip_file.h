/*
 * zip_file.h: a file as the place where a zip goes.
 */
#ifndef CARRIER_ZIP_FILE_H
#define CARRIER_ZIP_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

/* A zip_write_at; context points to the descriptor of a file that can seek. Errors: ERR_FULL, ERR_IO. */
MUST_CHECK int zip_file_write(void *context, const uint8_t *data, size_t size, uint64_t at);

#endif
