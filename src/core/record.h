/*
 * record.h: the record, the atom of everything: immutable, signed, at most 32 KiB.
 *
 *   record    = header ‖ signature (64) ‖ body
 *   stub      = header ‖ signature (64) ‖ body hash (32)       a record whose body is gone; it still verifies
 *   body hash = BLAKE2b-256(body)
 *   signature = Ed25519(domain (16) ‖ header ‖ body hash)
 *   id        = BLAKE2b-256(header ‖ body hash ‖ signature)     same id, same bytes
 *
 * Form 1, plain (open communities). The body begins with 8 random bytes, the salt: without it, the hash that a stub
 * keeps would let anyone guess a short retracted text.
 *
 *   header = 0x01 ‖ kind varint ‖ community (32) ‖ author (32) ‖ seq varint ‖ prev (16, only if seq > 0) ‖ created
 * varint ‖ expiry day varint ‖ urgency (1) ‖ n (1) ‖ n × (type (1) ‖ id (32)) ‖ body length varint
 *
 * Form 2, sealed (closed communities): what a carrier sees, signed by the shelf's key; all else is inside the
 * ciphertext.
 *
 *   header = 0x02 ‖ shelf (32) ‖ expiry day varint ‖ urgency (1) ‖ size class (1)
 *
 * doc/protocol.md is the specification.
 */
#ifndef CORE_RECORD_H
#define CORE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/limits.h"

#define RECORD_FORM_PLAIN 1
#define RECORD_FORM_SEALED 2
#define RECORD_SIZE_CLASSES 15

/*
 * What all sealed records belong to, whatever their shelf: the pool, BLAKE2b-256("longear sealed 1"). It stands where a
 * community's id does and has no charter.
 */
extern const uint8_t record_pool[HASH_SIZE];

/* The low bit of a kind: who does not know a critical kind stops writing in that community. */
#define KIND_CRITICAL 1
#define KIND_CHARTER 1
#define KIND_TEXT 2
#define KIND_RETRACTION 5
/* About the membership of a closed community (core/register.h, core/epoch.h): sealed by the register key. */
#define KIND_TERM 11
#define KIND_CONSENT 13
#define KIND_ADMIT 15
#define KIND_REMOVE 17
#define KIND_EPOCH 19
#define KIND_PREKEY 20
#define KIND_LACK 22
#define KIND_RESEAL 24
/* For one person, wrapped for their prekey (core/join_request.h, core/letter.h). */
#define KIND_WELCOME 26
#define KIND_LETTER 28
/* From here on a record's first REF_TARGET says on what it acts (store_acts). */
#define KIND_ACTS 40
/* Mutual aid (core/aid.h). */
#define KIND_AID 40
#define KIND_AID_ACT 42
/* What coordinators point out to all (core/pin.h). */
#define KIND_PIN 44
/* The register of people (core/persons.h). */
#define KIND_PERSON 46
#define KIND_PERSON_NOTE 48
#define KIND_PERSON_LINK 50
/* Reports and warnings, and what others say of them (core/report.h). */
#define KIND_REPORT 52
#define KIND_REPORT_WORD 54
/* What people demand together (core/demand.h). */
#define KIND_DEMAND 56
#define KIND_DEMAND_ACT 58
#define KIND_TALLY 60
#define KIND_ROLL 62
/* In closed communities (core/vouch.h, core/piece.h). */
#define KIND_VOUCH 30
#define KIND_PIECE 38
/* A phone in other hands (core/card.h, core/freeze.h). */
#define KIND_CARD 32
#define KIND_FREEZE 34
#define KIND_LIFT 36

/* Tell whether an author can take a record of this kind back, so that it goes from everywhere. */
#define KIND_CAN_GO(kind) ((kind) == KIND_TEXT || (kind) >= KIND_ACTS)

enum urgency { URGENCY_BULK = 0, URGENCY_NORMAL = 1, URGENCY_IMPORTANT = 2, URGENCY_URGENT = 3 };

#define REF_REPLY 1    /* the record that this one answers */
#define REF_TARGET 2   /* the record that this one acts upon */
#define REF_BLOB 3     /* a blob that belongs to this one */
#define REF_HEAD 4     /* what the author knew of the membership */
#define REF_CORRECTS 5 /* the author's own text whose place this one takes (view/correction.h) */
#define REF_OBJECT 6   /* what an act is about besides its target */
#define REF_TYPE_MAX 127

struct record_ref {
    uint8_t type; /* 1 to REF_TYPE_MAX; unknown ones are carried */
    uint8_t id[HASH_SIZE];
};

struct record {
    uint8_t form;
    uint8_t size_class;           /* sealed only */
    uint8_t urgency;              /* enum urgency */
    uint8_t ref_count;            /* plain only */
    uint32_t kind;                /* plain only */
    uint32_t expiry_day;          /* absolute UTC day; the record lives through it */
    uint64_t seq;                 /* plain only: 0 for the author's first record in this community */
    uint64_t created;             /* plain only */
    uint8_t community[HASH_SIZE]; /* plain: its id, zeros for a charter; sealed: record_pool */
    uint8_t author[KEY_SIZE];     /* plain: the author's key; sealed: the shelf's key. The signature is by it */
    uint8_t prev[PREV_SIZE]; /* plain: the first bytes of the id of the author's record seq - 1; zeros if seq is 0 */
    struct record_ref refs[RECORD_REFS_MAX];
    size_t body_size;    /* of a stub too: the header has it */
    const uint8_t *body; /* borrowed; NULL in a stub */
    uint8_t body_hash[HASH_SIZE];
    uint8_t signature[SIGNATURE_SIZE];
    uint8_t id[HASH_SIZE];
};

/*
 * Decode a record from exactly size bytes and compute its body hash and id. Does not check the signature. out->body
 * points into bytes. Errors: ERR_TRUNCATED, ERR_TRAILING, ERR_VARINT, ERR_VERSION (an unknown form), ERR_LIMIT,
 * ERR_FIELD (urgency, reference type or size class out of range; a charter with a community, a sequence number,
 * references; another kind without a community), ERR_TIME (expiry before created or more than KEEP_DAYS_MAX after it,
 * created beyond TIME_MAX).
 */
MUST_CHECK int record_decode(struct record *out, const uint8_t *bytes, size_t size);

/* The same for a stub: header ‖ signature ‖ body hash. */
MUST_CHECK int record_decode_stub(struct record *out, const uint8_t *bytes, size_t size);

/*
 * Decode again what record_decode (or record_decode_stub, if stub) accepted before from the same bytes: id and body
 * hash are taken from the caller and not computed. Errors as record_decode.
 */
MUST_CHECK int record_decode_again(struct record *out, const uint8_t *bytes, size_t size, bool stub,
                                   const uint8_t id[HASH_SIZE], const uint8_t body_hash[HASH_SIZE]);

/*
 * Encode a record, or a stub if its body is NULL, into out. Return its size, ERR_SPACE, or the error that record_decode
 * would give for what it would write.
 */
MUST_CHECK int record_encode(const struct record *r, uint8_t *out, size_t size);

/* Check the signature over what is in *r (its body_hash must be set, as decoding does). Return 0 or ERR_SIGNATURE. */
MUST_CHECK int record_verify(const struct record *r);

/*
 * Complete a record that the caller has filled up to its body: compute body_hash, signature and id with the author's
 * secret, whose public half must be r->author; of a sealed one set the community as well. Errors as record_encode. The
 * body of a plain record begins with RECORD_SALT_SIZE random bytes.
 */
MUST_CHECK int record_sign(struct record *r, const uint8_t secret[SECRET_SIZE]);

/*
 * Return the length of the ciphertext of a size class below RECORD_SIZE_CLASSES: 256 << class / 2 of an even one,
 * 384 << class / 2 of an odd one, and 32512 for the last.
 */
size_t record_class_size(uint8_t size_class);

/* Return the content of a plain record's body, past its salt, and its size; NULL and 0 in a stub. */
const uint8_t *record_content(const struct record *r, size_t *size);

/* Return the first reference of a type, or NULL. */
const uint8_t *record_ref(const struct record *r, uint8_t type);

/*
 * Compare for the order in which records are listed and shown: by created, then by id as bytes. Return <0, 0 or >0.
 */
int record_order(uint64_t created_a, const uint8_t id_a[HASH_SIZE], uint64_t created_b, const uint8_t id_b[HASH_SIZE]);

#endif
