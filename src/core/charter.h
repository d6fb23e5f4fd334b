/*
 * charter.h: a community's first record, its rules. Its id is the community's id.
 *
 * A charter is a plain record of kind 1 with a zero community, sequence number 0, no references, urgency normal and an
 * expiry day CHARTER_LIFE_DAYS after its creation. All that is thus fixed is left out of the compact form, which
 * invitations and pouches hold:
 *
 *   compact = author (32) ‖ created varint ‖ signature (64) ‖ body
 *   body    = salt (8) ‖ fields: 1 nonce (16), 2 title, 3 language, 4 access (1), 5 who writes (1), 6 keep days varint,
 *             7 coordinators (n × 32; without it the author is the only one), 8 history (1, of a closed one; may be
 *             missing), 144 how many people freeze a key (1; 3 to FREEZE_NEED_MAX, missing: FREEZE_NEED)
 */
#ifndef CORE_CHARTER_H
#define CORE_CHARTER_H

#include "core/record.h"

#define CHARTER_OPEN 0   /* anyone reads and writes */
#define CHARTER_CLOSED 1 /* only members do (core/members.h) */
#define CHARTER_POOL 255 /* no access that a charter has: charter_pool's */
#define CHARTER_WRITE_ANYONE 0
#define CHARTER_HISTORY_NONE 0 /* who joins reads what is written from then on */
#define CHARTER_HISTORY_KEPT 1 /* and what is kept of what came before */

struct charter {
    uint8_t community[HASH_SIZE]; /* the id of the charter's record */
    uint8_t author[KEY_SIZE];
    uint64_t created;
    uint8_t nonce[CHARTER_NONCE_SIZE];
    char title[CHARTER_TITLE_MAX + 1];
    char lang[CHARTER_LANG_MAX + 1]; /* a BCP 47 tag in lower case: letters, digits, hyphens */
    uint8_t access, write;
    uint8_t history;     /* of a closed community: CHARTER_HISTORY_* */
    uint8_t freeze_need; /* how many people freeze a key (core/freeze.h); for writing 0 is FREEZE_NEED, too */
    uint32_t keep_days;  /* a record's expiry day is at most this far after the day of its creation; 1 to
                            CHARTER_KEEP_DAYS_MAX */
    uint8_t coordinator_count;
    uint8_t coordinators[CHARTER_COORDINATORS_MAX][KEY_SIZE];
};

/* Stands where the pool's charter would (record_pool): it admits sealed records and nothing else. */
extern const struct charter charter_pool;

/*
 * Tell whether a community's own records and its charter may leave this node as they are, and come in from anybody: an
 * open one's. All else about a closed community travels sealed, in the pool. Whoever tells, packs, lists or exports for
 * others asks this and nothing else.
 */
static inline bool charter_is_public(const struct charter *c) {
    return c->access == CHARTER_OPEN;
}

/*
 * Write the body of a charter into out, salt first. Errors: ERR_SPACE, ERR_FIELD, ERR_TEXT as charter_decode. Return
 * its size. community, author and created of *c are not used.
 */
MUST_CHECK int charter_body(const struct charter *c, const uint8_t salt[RECORD_SALT_SIZE], uint8_t *out, size_t size);

/*
 * Found a community: make and sign its charter. c holds nonce, title, lang, access, write, keep_days and coordinators,
 * and receives the rest; body is room of CHARTER_BODY_MAX bytes that *record then borrows. Errors as charter_body,
 * ERR_TIME.
 */
MUST_CHECK int charter_found(struct charter *c, struct record *record, uint8_t body[CHARTER_BODY_MAX],
                             const uint8_t seed[SEED_SIZE], const uint8_t salt[RECORD_SALT_SIZE], uint64_t created);

/*
 * Read a charter out of its record. Does not verify the signature. Errors: ERR_CHARTER if the record is none,
 * ERR_FIELD, ERR_TEXT, ERR_LIMIT, ERR_UNSUPPORTED (an access or a field below FIELDS_OPTIONAL that this version does
 * not know), as fields_next.
 */
MUST_CHECK int charter_decode(struct charter *out, const struct record *record);

/* Write the compact form of a charter's record. Return its size or ERR_SPACE, ERR_CHARTER. */
MUST_CHECK int charter_compact(const struct record *record, uint8_t *out, size_t size);

/*
 * Rebuild a charter's record from its compact form, decode it and check its signature. record->body borrows from bytes.
 * Errors as record_decode, charter_decode, ERR_SIGNATURE.
 */
MUST_CHECK int charter_expand(struct charter *out, struct record *record, const uint8_t *bytes, size_t size);

/* Tell whether key coordinates the community by its charter. */
bool charter_is_coordinator(const struct charter *c, const uint8_t key[KEY_SIZE]);

/*
 * Decide whether a record may enter the community of this charter, signature and clock aside: ERR_COMMUNITY if it
 * belongs to another, ERR_CHARTER if it outlives keep_days, ERR_FIELD or ERR_TEXT if the body of a kind that this
 * version knows is malformed (a stub's is not looked at). Unknown kinds are accepted. A sealed one belongs to the pool;
 * ERR_FIELD for its stub, which is nothing.
 */
MUST_CHECK int charter_admit(const struct charter *c, const struct record *record);

#endif
