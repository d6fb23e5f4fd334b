/*
 * pouch_sample_util.h: stores with random content, packed into files in memory, for tests and seeds of pouches.
 */
#ifndef TEST_CARRIER_POUCH_SAMPLE_UTIL_H
#define TEST_CARRIER_POUCH_SAMPLE_UTIL_H

#include "carrier/pouch_file.h"
#include "test/core/sample_util.h"

/* After every record that a sample holds. */
#define SAMPLE_NOW (SAMPLE_TIME + 20000000)

/*
 * Fill a store with records of two communities and three authors, some retracted, some with blobs of one to three
 * chunks. content_max bounds a record's content. Records ahead of SAMPLE_NOW are left out.
 */
void pouch_sample_fill(struct rng *g, struct store *store, size_t records, size_t content_max, size_t blobs);

/* Return a new file in memory, which the caller closes. */
int pouch_sample_file(const uint8_t *bytes, size_t size);

/* Pack a store into a new file in memory. max_bytes as in struct pouch_pack. */
int pouch_sample_pack(struct store *store, uint64_t max_bytes, struct pouch_packed *packed, int *fd);

#endif
