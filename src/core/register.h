/*
 * register.h: the records about the membership of a closed community, but for epochs (core/epoch.h).
 *
 *   term     heads; fields: 1 base (32), 2 coordinators (n × 32, 1 to CHARTER_COORDINATORS_MAX)
 *   consent  one reference of type target: the term; no fields
 *   admit    heads; fields: 1 key (32), 2 prekey (32, X25519), 3 ids of the shelf secrets that the welcome gives
 *            (n × 8, ascending, at most CLOSED_SHELVES_MAX; may be missing)
 *   remove   heads; fields: 1 key (32), 128 last sequence number of that key that counts, varint (may be missing)
 *   prekey   no references; fields: 1 prekey (32): seal to this one from now on
 *   lack     one target: the id of the epoch whose key is missing; fields: 1 prekey to seal it to
 *
 * Heads are references of type head, at most RECORD_REFS_MAX, ascending; other references there are none. Terms,
 * consents, admissions and removals live CHARTER_LIFE_DAYS, whatever the charter says, and are sealed anew before their
 * outside expires; the rest lives as long as a message.
 */
#ifndef CORE_REGISTER_H
#define CORE_REGISTER_H

#include "core/author.h"
#include "core/members.h"

/* Tell whether records of this kind are sealed by the register key; the others are by an epoch's. */
bool register_is_kind(uint32_t kind);

/* Tell whether records of this kind live as long as the community. */
bool register_is_lasting(uint32_t kind);

/* One record about the membership that holds what its op borrows. Must not be moved in memory once it is read. */
struct register_act {
    struct members_op op;
    struct record_ref heads[RECORD_REFS_MAX];
    uint8_t coordinators[CHARTER_COORDINATORS_MAX][KEY_SIZE];
    size_t shelf_count; /* of an admission */
    uint8_t shelves[CLOSED_SHELVES_MAX][SHELF_ID_SIZE];
};

/* Read a term, a consent, an admission or a removal. Errors: ERR_FIELD, ERR_LIMIT, ERR_UNSUPPORTED (an unknown field
 * below FIELDS_OPTIONAL), as fields_next. */
MUST_CHECK int register_act_decode(struct register_act *out, const struct record *r);

/* Read the prekey that a record of kind prekey or lack names. Errors as register_act_decode. */
MUST_CHECK int register_prekey_decode(uint8_t out[KEY_SIZE], const struct record *r);

/* Check any record of a kind above, for admission: 0 or an error as above. Other kinds are 0. */
MUST_CHECK int register_check(const struct record *r);

/* What all these makers take: who writes, when, and the room for what they write. */
struct register_write {
    struct author *author;
    uint64_t created;
    const uint8_t *salt; /* RECORD_SALT_SIZE random bytes */
    uint8_t *room;       /* RECORD_SIZE_MAX */
    struct record *out;  /* borrows from room */
};

/* Make a record and go on to the author's next sequence number. Return the size of the canonical bytes in room. Errors
 * as author_text. heads of *state go into the record. last_seq: NULL or the last one that counts. */
MUST_CHECK int register_term(const struct register_write *w, const struct members_state *state,
                             const uint8_t *coordinators, size_t count);
MUST_CHECK int register_consent(const struct register_write *w, const uint8_t term[HASH_SIZE]);
MUST_CHECK int register_admit(const struct register_write *w, const struct members_state *state,
                              const uint8_t key[KEY_SIZE], const uint8_t prekey[KEY_SIZE], const uint8_t *shelves,
                              size_t shelf_count);
MUST_CHECK int register_remove(const struct register_write *w, const struct members_state *state,
                               const uint8_t key[KEY_SIZE], const uint32_t *last_seq);
MUST_CHECK int register_prekey(const struct register_write *w, const uint8_t prekey[KEY_SIZE]);
MUST_CHECK int register_lack(const struct register_write *w, const uint8_t epoch[HASH_SIZE],
                             const uint8_t prekey[KEY_SIZE]);

#endif
