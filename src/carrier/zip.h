/*
 * zip.h: as much of the zip format (PKWARE APPNOTE 6.3, without zip64) as a pouch wears outside: members that are
 * stored, or that somebody else has deflated, written to a file that can seek (carrier/zip_file.h) or to memory.
 */
#ifndef CARRIER_ZIP_H
#define CARRIER_ZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

#define ZIP_MEMBERS_MAX 4
#define ZIP_NAME_MAX 32
#define ZIP_BUFFER 65536

struct zip_member {
    char name[ZIP_NAME_MAX];
    bool deflated;
    uint32_t crc, size, plain_size, offset; /* size: as it lies in the file */
};

/* Where the bytes go: at a place at or before the end of what was written. Return 0 or an error. */
typedef int (*zip_write_at)(void *context, const uint8_t *data, size_t size, uint64_t at);

struct zip_writer {
    zip_write_at write_at;
    void *context;
    uint64_t at; /* bytes written so far, those in the buffer included */
    uint16_t dos_time, dos_date;
    unsigned count;
    struct zip_member members[ZIP_MEMBERS_MAX];
    uint32_t crc_table[256];
    size_t fill;
    uint8_t buffer[ZIP_BUFFER];
};

/* Begin a zip. seconds of Unix time (UTC) date its members. */
void zip_init(struct zip_writer *z, zip_write_at write_at, void *context, uint64_t seconds);

/* Begin a member; what follows is its content. name must be shorter than ZIP_NAME_MAX. Errors: those of write_at. */
MUST_CHECK int zip_member(struct zip_writer *z, const char *name);
MUST_CHECK int zip_write(struct zip_writer *z, const uint8_t *data, size_t size);

/* Write a whole member that is deflated already: its content as it lies in a gzip file, its size and CRC-32 unpacked.
 */
MUST_CHECK int zip_deflated(struct zip_writer *z, const char *name, const uint8_t *data, size_t size,
                            uint32_t plain_size, uint32_t crc);

/* End the last member, go back to write its size and checksum in front of it, and write the directory. */
MUST_CHECK int zip_end(struct zip_writer *z);

/* Return how many bytes a zip has beside the contents of these members. */
size_t zip_overhead(const char *const *names, size_t count);

/*
 * Find where the content of a stored member begins and how long it says to be, in the first bytes of a file. Return
 * true if its local header is there.
 */
bool zip_find(const uint8_t *head, size_t size, const char *name, uint64_t *begin, uint64_t *length);

/* Tell whether the last bytes of a file hold the end of a zip's directory. */
bool zip_has_end(const uint8_t *tail, size_t size);

#endif
