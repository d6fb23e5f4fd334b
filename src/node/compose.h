/*
 * compose.h: write new records: the one place that puts author, sequence number, time and expiry together and signs.
 *
 * All of these use home->store; the caller holds home_enter and may have a transaction open, else each is one of its own. After a return of 0
 * the record is durable once the transaction is.
 */
#ifndef NODE_COMPOSE_H
#define NODE_COMPOSE_H

#include "core/text.h"
#include "node/home.h"

struct compose_text {
    const uint8_t *community;   /* 32 bytes; joined, or ERR_COMMUNITY */
    const char *text;           /* size bytes of UTF-8; the attachments' text may be empty */
    size_t size;
    enum urgency urgency;
    uint64_t created;           /* 0 for now */
    const uint8_t *reply;       /* 32 bytes of a record's id, or NULL */
    bool guest;                 /* written by a guest of this point: signed by the guest key and marked */
    uint8_t attachment_count;
    const struct attachment *attachments; /* their chunks are in the store */
};

/*
 * Sign and store a text. *id receives its id. Errors: ERR_COMMUNITY, ERR_KIND (rules newer than this program), ERR_TEXT, ERR_FIELD (empty),
 * ERR_LIMIT (over 32 KiB), ERR_TIME, ERR_NOT_FOUND (the record to reply to), those of the store.
 */
MUST_CHECK int compose_text(struct home *home, const struct compose_text *in, uint8_t id[HASH_SIZE]);

/* Take an own record back. *id receives the retraction's id. ERR_NOT_FOUND, ERR_USAGE if it is another author's. */
MUST_CHECK int compose_retraction(struct home *home, const uint8_t target[HASH_SIZE], uint8_t id[HASH_SIZE]);

struct compose_community {
    const char *title, *lang;
    uint32_t keep_days; /* 0 for COMPOSE_KEEP_DAYS */
};
#define COMPOSE_KEEP_DAYS 365

/* Found an open community and join it. Errors: ERR_TEXT, ERR_FIELD (language, days), ERR_LIMIT (title), those of the store. */
MUST_CHECK int compose_community(struct home *home, const struct compose_community *in, uint8_t id[HASH_SIZE]);

/*
 * Read a file into the store as a blob; *out receives all of an attachment but its media type and name, which the caller fills. Reads fd
 * twice (it must be seekable). Errors: ERR_LIMIT (empty or over BLOB_SIZE_MAX), ERR_IO, those of the store.
 */
MUST_CHECK int compose_blob(struct home *home, int fd, struct attachment *out);

#endif
