/*
 * import_batch.h: a batch of texts on their way from a file of lines into the store: parsed, then signed, then stored.
 */
#ifndef NODE_IMPORT_BATCH_H
#define NODE_IMPORT_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/compose.h"

#define IMPORT_BATCH_RECORDS 2000
#define IMPORT_BATCH_TEXT (1024 * 1024)
#define IMPORT_BATCH_ERRORS 2000
/* Room for the records: their texts, and what a record adds to its text. */
#define IMPORT_BATCH_ROOM (IMPORT_BATCH_TEXT + IMPORT_BATCH_RECORDS * 400 + 2 * RECORD_SIZE_MAX)

struct import_item {
    uint64_t line, created; /* created 0 for now */
    uint8_t urgency;
    bool has_reply;
    uint8_t reply[HASH_SIZE];
    size_t at, size; /* of the text */
};

/* A line that does not go in, and why. */
struct import_error {
    uint64_t line;
    int err; /* shown by err_text unless words says it better */
    const char *words;
};

struct import_batch {
    uint32_t count, error_count;
    uint64_t waiting; /* of count: those whose time lies ahead */
    uint64_t bytes;   /* of the file, read up to here */
    int err;          /* what ended the file early, after this batch */
    bool last;
    bool stale; /* items were taken out since it was signed */
    size_t text_size;
    uint32_t signed_count;
    struct import_item items[IMPORT_BATCH_RECORDS];
    struct import_error errors[IMPORT_BATCH_ERRORS];
    struct composed composed[IMPORT_BATCH_RECORDS];
    char text[IMPORT_BATCH_TEXT + RECORD_SIZE_MAX];
    uint8_t room[IMPORT_BATCH_ROOM];
};

void import_batch_clear(struct import_batch *b);

/* Tell whether no further line fits. */
bool import_batch_is_full(const struct import_batch *b);

/* Put a line into the batch: as an item, or as an error. It is not full. */
void import_batch_add(struct import_batch *b, uint64_t line, const char *text, size_t size);

/* Put an error into the batch. */
void import_batch_refuse(struct import_batch *b, uint64_t line, int err, const char *words);

/*
 * Sign the items, from where the composer stands; those that cannot be signed become errors. composed[] and
 * signed_count are set anew, so it may be called again with a composer that was opened again.
 */
void import_batch_sign(struct import_batch *b, struct composer *c, uint64_t now);

#endif
