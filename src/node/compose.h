/*
 * compose.h: write new records of this home's person and store them (core/author.h makes and signs them).
 *
 * One record at a time: compose_text and its like. The caller holds home_enter and has no transaction open; after a
 * return of 0 the record is durable.
 *
 * Many: compose_open, then compose_sign for each (needs no store, so it may run on a thread of its own while another
 * one stores), and compose_put for a batch. compose_put notices when another writer of the same home came in between
 * (ERR_BUSY): open again and sign anew.
 */
#ifndef NODE_COMPOSE_H
#define NODE_COMPOSE_H

#include "core/author.h"
#include "node/home.h"

struct compose_text {
    const uint8_t *community; /* 32 bytes; joined, or ERR_COMMUNITY */
    const char *text;         /* size bytes of UTF-8; the attachments' text may be empty */
    size_t size;
    enum urgency urgency;
    uint64_t created;     /* 0 for now */
    const uint8_t *reply; /* 32 bytes of a record's id, or NULL */
    bool guest;           /* written by a guest of this point: signed by the guest key and marked */
    uint8_t attachment_count;
    const struct attachment *attachments; /* their chunks are in the store */
    const char *place;                    /* or NULL */
    uint8_t ground;                       /* enum text_ground */
    /* The canonical bytes of the message that is passed on, or NULL; its attachments are among the others. */
    const uint8_t *forwarded;
    size_t forwarded_size;
    const uint8_t *corrects; /* 32 bytes of the id of an own message, or NULL: compose_correction looks it up */
};

/*
 * Sign and store a text. *id receives its id. Errors: ERR_COMMUNITY, ERR_KIND (rules newer than this program),
 * ERR_TEXT, ERR_FIELD (empty), ERR_LIMIT (over 32 KiB; a file over compose_file_max), ERR_TIME, ERR_NOT_FOUND (the
 * record to reply to), ERR_USAGE (that is a letter to one person), ERR_UNSUPPORTED (passed on into a closed group, or
 * out of one), those of the store. In a closed group its files go with it, in pieces (core/piece.h).
 */
MUST_CHECK int compose_text(struct home *home, const struct compose_text *in, uint8_t id[HASH_SIZE]);

/* Tell how large a file of a message there may be. The caller holds home_enter. */
MUST_CHECK int compose_file_max(struct home *home, const uint8_t community[HASH_SIZE], uint64_t *size_bytes);

/*
 * Sign and store a text that takes the place of an own message (view/correction.h); of one that corrects another, of
 * that other's. Of *in community, created, urgency, reply and guest are not used: it goes one step more urgent than
 * what it corrects. *id receives the correction's id. Errors as compose_text; ERR_NOT_FOUND (there is no such message
 * here, or not its words), ERR_USAGE (another author's).
 */
MUST_CHECK int compose_correction(struct home *home, const uint8_t target[HASH_SIZE], const struct compose_text *in,
                                  uint8_t id[HASH_SIZE]);

/* Take an own record back, and with it its corrections. *id receives the retraction's id. ERR_NOT_FOUND, ERR_USAGE if
 * it is another author's, ERR_UNSUPPORTED if it is a letter. */
MUST_CHECK int compose_retraction(struct home *home, const uint8_t target[HASH_SIZE], uint8_t id[HASH_SIZE]);

/* Makes a record with a, as author_other does; context is compose_made's. */
typedef int (*compose_make)(void *context, struct author *a, const uint8_t salt[RECORD_SALT_SIZE],
                            uint8_t room[RECORD_SIZE_MAX], struct record *out);

/* Sign and store a record of another kind, by the person or, of a guest, by this point's guest key. *out is its header;
 * its body is gone. Errors: as compose_open, those of make, of the store. */
MUST_CHECK int compose_made(struct home *home, const uint8_t community[HASH_SIZE], bool guest, compose_make make,
                            void *context, struct record *out);

#define COMPOSE_SALTS 64

/* A writer in one community: where its author's sequence stands. Holds a secret key: compose_close wipes it. */
struct composer {
    struct charter charter;
    struct author author;
    bool guest;
    uint8_t salts_left, salts[COMPOSE_SALTS][RECORD_SALT_SIZE]; /* random bytes not yet used */
};

/* Begin to write in a community. The caller holds home_enter. Errors as compose_text's about the community. */
MUST_CHECK int compose_open(struct home *home, const uint8_t community[HASH_SIZE], bool guest, struct composer *out);
void compose_close(struct composer *c);

/*
 * Sign a text into room and *out, and go on to the next sequence number. in->community and in->guest are not used,
 * in->reply is not looked up. now is the time for in->created == 0. Return the size of the canonical bytes at the front
 * of room, or an error as compose_text.
 */
MUST_CHECK int compose_sign(struct composer *c, const struct compose_text *in, uint64_t now,
                            uint8_t room[RECORD_SIZE_MAX], struct record *out);

struct composed {
    struct record record; /* its body borrows from bytes */
    const uint8_t *bytes;
    size_t size;
    bool guest; /* by a guest of this point: on the operator's account for guests */
};

/*
 * Store a batch that c signed in a row, in one transaction; durable after a return of 0. The caller holds home_enter.
 * ERR_BUSY if the author's sequence has moved since (nothing is stored); those of the store.
 */
MUST_CHECK int compose_put(struct home *home, const struct composed *batch, size_t count, uint64_t seen);

/* The same within a transaction that the caller has opened, and rolls back after an error. */
MUST_CHECK int compose_put_within(struct home *home, const struct composed *batch, size_t count, uint64_t seen);

struct compose_community {
    const char *title, *lang;
    uint32_t keep_days; /* 0 for COMPOSE_KEEP_DAYS, or COMPOSE_KEEP_DAYS_CLOSED */
    bool closed;        /* only members read and write */
    bool history;       /* and who joins later reads what is kept of what came before */
};
#define COMPOSE_KEEP_DAYS 365
#define COMPOSE_KEEP_DAYS_CLOSED 30 /* what is gone is not found when a phone is taken */

/* Found a community and join it. Errors: ERR_TEXT, ERR_FIELD (language, days), ERR_LIMIT (title), those of the
 * store. */
MUST_CHECK int compose_community(struct home *home, const struct compose_community *in, uint8_t id[HASH_SIZE]);

/*
 * Read a file into the store as a blob; *out receives all of an attachment but its media type and name, which the
 * caller fills. Reads fd twice (it must be seekable). Errors: ERR_LIMIT (empty or over BLOB_SIZE_MAX), ERR_IO, those of
 * the store. Takes the home (home_enter) by itself, for a few chunks at a time: the caller must not hold it.
 */
MUST_CHECK int compose_blob(struct home *home, int fd, struct attachment *out);

/* The same of bytes in memory. */
MUST_CHECK int compose_blob_bytes(struct home *home, const uint8_t *bytes, size_t size, struct attachment *out);

#endif
