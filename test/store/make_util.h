/*
 * make_util.h: records and communities for tests of the store. Charters are really signed; records are not (a store
 * trusts its caller that they were verified), so that tests can make many.
 */
#ifndef TEST_STORE_MAKE_UTIL_H
#define TEST_STORE_MAKE_UTIL_H

#include "core/charter.h"
#include "core/record.h"
#include "store/store.h"

#define MAKE_NOW UINT64_C(1800000000) /* 2027-01-15 */

struct made {
    struct record record; /* body in bytes */
    size_t size;
    uint8_t bytes[RECORD_SIZE_MAX];
};

struct made_community {
    struct charter charter;
    struct record record;
    uint8_t body[CHARTER_BODY_MAX];
};

/* Numbers that depend on the seed alone (splitmix64). */
uint64_t make_random(uint64_t *seed);

/* Found community number n, always the same for the same n. */
void make_community(struct made_community *out, unsigned n);

/* What a record is made of; the text becomes a text message, NULL gives 40 bytes of salt's like. */
struct make {
    const uint8_t *community;
    const uint8_t *key; /* the author's; NULL: made of the number */
    unsigned author;
    uint32_t kind, days; /* expiry day: so many after created */
    uint64_t created, salt;
    uint8_t urgency, ref_count;
    struct record_ref refs[RECORD_REFS_MAX];
    const char *text;
};
void make_record(struct made *out, const struct make *how);

/* Make a sealed record on one of many shelves. */
struct make_sealed {
    unsigned shelf;
    uint32_t expiry_day;
    uint64_t salt;
    uint8_t urgency, size_class;
};
void make_sealed(struct made *out, const struct make_sealed *how);

/* Turn a record into its stub. */
void make_stub(struct made *out, const struct made *from);

/* A new file name in a folder of this test; the folder goes with make_end. */
const char *make_path(const char *name);
void make_end(void);

#endif
