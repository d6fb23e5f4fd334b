/*
 * sample_util.h: random valid communities, records and blobs, for property tests and for the fuzzers' corpora.
 */
#ifndef TEST_CORE_SAMPLE_UTIL_H
#define TEST_CORE_SAMPLE_UTIL_H

#include "core/charter.h"
#include "core/person.h"
#include "core/text.h"
#include "test/property_util.h"

/* 2022-01-05 12:00 UTC, a time for tests that need one. */
#define SAMPLE_TIME UINT64_C(1641384000)

struct sample_community {
    uint8_t seed[SEED_SIZE]; /* of its founder */
    struct charter charter;
    struct record record; /* borrows body */
    uint8_t body[CHARTER_BODY_MAX];
    uint8_t compact[CHARTER_COMPACT_MAX];
    size_t compact_size;
};

/* A record with room for its body. */
struct sample_record {
    struct record record; /* borrows body */
    uint8_t body[RECORD_SIZE_MAX];
};

/* Fill *out with well-formed text of exactly size bytes, of one- to four-byte characters. */
void sample_text(struct rng *g, char *out, size_t size, bool lines);

/* Found a community with random rules; its fields reach their limits now and then. */
void sample_found(struct rng *g, struct sample_community *out);

/*
 * Make a random record that sample's community admits, of any kind but a charter, in a random chain position. *author
 * is its key pair. content_max bounds the content of its body.
 */
void sample_record(struct rng *g, struct sample_record *out, const struct sample_community *in,
                   const struct member *author, size_t content_max);

/* The same of a closed one. */
void sample_found_closed(struct rng *g, struct sample_community *out);

/* Make a random sealed record, signed by *shelf; the second that expires on a day. */
void sample_sealed(struct rng *g, struct sample_record *out, const struct member *shelf);
void sample_sealed_until(struct rng *g, struct sample_record *out, const struct member *shelf, uint32_t expiry_day);

/* Make a random key pair. */
void sample_member(struct rng *g, struct member *out);

/* Fill *out with a random text body's content that fits blob_count references. */
void sample_text_fill(struct rng *g, struct text *out, char *room, size_t size_max, unsigned blob_count);

#endif
