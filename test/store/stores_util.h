/*
 * stores_util.h: what tests of both stores share: opening either, collecting what a visit gives, letting time pass.
 */
#ifndef TEST_STORE_STORES_UTIL_H
#define TEST_STORE_STORES_UTIL_H

#include "test/store/make_util.h"

#define DAY ((uint64_t)DAY_SECONDS)

enum flavour { MEMORY, SQLITE, SEALED }; /* SEALED: SQLite under a key */

/* Open a store of this kind, or fail the test; SQLite's lies in the folder of make_path, and is made anew if create is
 * true. */
struct store *stores_open(enum flavour flavour, bool create);

/* Let a store in SQLite come to its limits after few records, and not wait for the disk. */
void stores_hurry(struct store *s);

/* Check that store_bucket_each tells what a naive computation over store_seen_range does, for every first day. */
void stores_check_buckets(struct store *s, const uint8_t community[HASH_SIZE]);

#define COLLECTED_MAX 4096
struct collected {
    size_t count;
    uint8_t ids[COLLECTED_MAX][HASH_SIZE];
    uint64_t created[COLLECTED_MAX];
};

/* Visitors of records and of what was seen that add to a struct collected. */
int stores_collect(void *context, const struct store_record *r);
int stores_collect_seen(void *context, const struct store_seen_id *seen);

/* Do all that time asks for, a few records a step. */
void stores_tick(struct store *s, uint64_t now, bool confirmed);

#endif
