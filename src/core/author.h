/*
 * author.h: make new records: the one place that puts author, sequence number, time and expiry together and signs.
 *
 * It stores nothing and knows no clock: whoever writes keeps the records, in the order in which they were made.
 */
#ifndef CORE_AUTHOR_H
#define CORE_AUTHOR_H

#include "core/charter.h"
#include "core/person.h"
#include "core/text.h"

/* Where an author's sequence stands in a community. Holds a secret key: the owner wipes it. */
struct author {
    const struct charter *charter; /* borrowed */
    struct member member;
    uint64_t next;           /* the sequence number of the next record */
    uint8_t last[HASH_SIZE]; /* the id of the one before */
    bool stamps;             /* texts in open communities bear a stamp (core/stamp.h): some milliseconds of work each */
};

/*
 * Make a text message in room and *out, whose body borrows from room, and go on to the next sequence number. reply: a
 * record's id, or NULL; what text->corrects names becomes a reference, and the reply of one without. The blobs of the text's attachments become references. With a->stamps the salt is where the
 * search for a stamp begins; a text longer than STAMP_BODY_MAX gets none. Return the size of the canonical bytes at the
 * front of room. Errors: ERR_TIME, ERR_LIMIT (too large, too many references), as text_body; after one the author
 * stands where it stood.
 */
MUST_CHECK int author_text(struct author *a, const struct text *text, uint8_t urgency, const uint8_t *reply,
                           uint64_t created, const uint8_t salt[RECORD_SALT_SIZE], uint8_t room[RECORD_SIZE_MAX],
                           struct record *out);

/* Make a retraction of target, an own record. Return as author_text. */
MUST_CHECK int author_retraction(struct author *a, const struct record *target, uint64_t created,
                                 const uint8_t salt[RECORD_SALT_SIZE], uint8_t room[RECORD_SIZE_MAX],
                                 struct record *out);

/* A record of any kind, for the modules that know what is in it. */
struct author_other {
    uint32_t kind;
    const struct record_ref *refs;
    unsigned ref_count;
    uint8_t urgency;
    uint32_t expiry_day; /* 0: as far ahead as the charter allows */
    const uint8_t *content;
    size_t content_size; /* the body past its salt */
};

/* Make it. Return as author_text. */
MUST_CHECK int author_other(struct author *a, const struct author_other *other, uint64_t created,
                            const uint8_t salt[RECORD_SALT_SIZE], uint8_t room[RECORD_SIZE_MAX], struct record *out);

#endif
