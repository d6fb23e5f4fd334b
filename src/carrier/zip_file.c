/*
 * zip_file.c: a file as the place where a zip goes.
 */
#include "carrier/zip_file.h"

#include "host/file.h"

int zip_file_write(void *context, const uint8_t *data, size_t size, uint64_t at) {
    return file_write_at(*(const int *)context, data, size, at);
}
