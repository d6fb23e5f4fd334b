/*
 * sealed_vfs.h: SQLite files of which everything on the disk is ciphertext: an sqlite3_vfs over another one. What lies
 * where, and what is noticed, is told in doc/decisions/at-rest.md and doc/protocol.md ("On disk").
 *
 * The key is given by sealed_vfs_key around sqlite3_open_v2, never in a name. The connection must use
 * locking_mode = EXCLUSIVE and temp_store = MEMORY, and journal_mode = MEMORY until it is WAL: other files are refused.
 * Belongs to the thread of its connection.
 */
#ifndef STORE_SEALED_VFS_H
#define STORE_SEALED_VFS_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/limits.h"

#define SEALED_RESERVED 40   /* bytes at the end of every page: SQLITE_FCNTL_RESERVE_BYTES of a new database */
#define SEALED_FAULTS_MAX 64 /* faults that are remembered */

/* How the next file of this thread is opened. */
struct sealed_opening {
    const uint8_t *key; /* KEY_SIZE bytes, borrowed */
    bool salvage;       /* take the journal up to where it is damaged, and pages as they are if the table is gone */
    int err;            /* out: why the open was refused: ERR_WRONG_KEY, ERR_DAMAGED, ERR_MEMORY; 0 if SQLite knows */
};

enum sealed_what {
    SEALED_PAGE_DAMAGED, /* number: the page */
    SEALED_PAGE_OLD,     /* whole, but not the one that was written last here */
    SEALED_PAGE_GONE,    /* the file ends before it */
    SEALED_JOURNAL       /* number: the frame of the journal, 0: it does not belong to this file as it is */
};
struct sealed_fault {
    enum sealed_what what;
    uint64_t number;
};
struct sealed_faults {
    uint64_t count; /* of all, also those that found no place */
    struct sealed_fault list[SEALED_FAULTS_MAX];
};

/* Return the name of the VFS over the one of this name (NULL: the default), registering it; NULL: no memory, or there
 * is no such VFS. */
const char *sealed_vfs_name(const char *under);

/* Have the next main file that this thread opens use this; NULL ends it. */
void sealed_vfs_key(struct sealed_opening *opening);

/* Return what was found damaged since the file was opened, or NULL if the connection's file is not sealed; lives as
 * long as the connection. */
struct sealed_faults *sealed_vfs_faults(sqlite3 *db);

/* Write what a fault is: "page 7 is damaged". */
void sealed_fault_text(const struct sealed_fault *fault, char *out, size_t size);

/* Read every page of the main file and the journal's, count those that can't be read (they are added to the faults).
 * Return the count, or an error. Nothing for a file that is not sealed. */
MUST_CHECK int64_t sealed_vfs_check(sqlite3 *db);

/* Tell whether a file begins as a sealed one does: 1 yes, 0 no, or an error (ERR_NOT_FOUND, ERR_IO). */
MUST_CHECK int sealed_vfs_is_sealed(const char *path);

#endif
