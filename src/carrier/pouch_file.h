/*
 * pouch_file.h: a pouch as a file: a zip outside (READ-ME.txt and messages.longear, both stored, not deflated, and
 * link.html, the app, if wanted), frames inside; or a page, the app with the frames behind it (carrier/pouch_html.h).
 *
 * Writing goes to a file descriptor that the caller has opened and that can seek; it keeps to one frame of memory and a
 * list of 16 bytes a record. Reading takes anything that can seek, or the bytes as they come, looks for frames wherever
 * they lie, whole zip or not, and checks signatures on several threads while one writes to the store.
 */
#ifndef CARRIER_POUCH_FILE_H
#define CARRIER_POUCH_FILE_H

#include <pthread.h>

#include "carrier/pouch_store.h"

/* How a long work tells where it is, about every tenth of a second; total may be 0 (unknown). Return non-zero to stop
 * it (ERR_INTERRUPTED). */
typedef int (*pouch_progress)(void *context, uint64_t done_bytes, uint64_t total_bytes);

struct pouch_access {
    struct store *store;
    pthread_mutex_t *mutex;  /* held only for short stretches; NULL if nobody else uses the store */
    pouch_progress progress; /* or NULL */
    void *context;
};

struct gzip;

struct pouch_pack {
    const uint8_t (*communities)[HASH_SIZE]; /* which, or NULL and 0 for all */
    size_t community_count;
    bool open_only;     /* nothing sealed at all: what may be read by anybody */
    bool pool;          /* the pool too; it also goes if no community is named, or a closed one */
    uint64_t since;     /* created at or after; of a sealed record, whose time is not known: first seen here */
    uint64_t max_bytes; /* of the file; 0 for POUCH_FILE_MAX, more than that is cut down to it */
    uint64_t now;
    const struct gzip
        *app;  /* the app that goes in, for which pouch_html_is_app holds (host/gzip.h, borrowed), or NULL */
    bool page; /* make a page, not a zip; needs an app */
};

struct pouch_packed {
    uint64_t records, blobs, bytes; /* blobs: those of which every chunk that is here was packed */
    uint64_t sealed;                /* sealed records, not among the others */
    uint64_t left_out;              /* records, sealed ones too, that max_bytes had no room for */
};

/*
 * Write a pouch to fd: charters, then records by usefulness (urgent before normal, fresh before old; sealed ones behind
 * the others of their urgency), then chunks of their blobs. Of a closed community nothing goes but what is sealed.
 * Errors: ERR_SPACE (max_bytes does not even hold an empty pouch, with the app if that goes in), ERR_FULL, ERR_IO,
 * ERR_INTERRUPTED, ERR_MEMORY, those of the store. The caller removes the file after an error, and syncs and renames it
 * after success.
 */
MUST_CHECK int pouch_file_pack(struct pouch_access *access, int fd, const struct pouch_pack *what,
                               struct pouch_packed *out);

struct pouch_open {
    struct when when;
    unsigned threads;             /* checkers; 0 for as many as there are processors */
    struct admit_classes classes; /* called while the store is held */
};

/*
 * Read a pouch from fd, or a saved page that holds one (carrier/pouch_html.h), and store all in it that verifies;
 * every batch is durable before the next one is counted as accepted. Errors: ERR_NOT_POUCH (no frame in it; nothing is
 * changed), ERR_IO, ERR_INTERRUPTED, ERR_MEMORY, those of the store. After an error, *out tells what was stored.
 */
MUST_CHECK int pouch_file_open(struct pouch_access *access, int fd, const struct pouch_open *how,
                               struct pouch_opened *out);

#endif
