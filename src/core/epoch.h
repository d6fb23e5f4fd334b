/*
 * epoch.h: the keys of a closed community, each given to its members of one moment.
 *
 * An epoch is a random key, wrapped for the prekey of every member that its minter knew. Any member mints one when
 * there is none whose recipients are just the members known. Of several that fit, writers use the one with the lowest
 * id, so that all who know the same write with the same key; a clock has no say.
 *
 * refs: heads of the membership that the minter knew.
 *
 * fields: 1 ephemeral (32, X25519), 2 check of the key (32), 3 entries, 4 box of shelf secrets (n × 32, 1 to
 * EPOCH_SHELVES_MAX, first the one to write with) under the key (core/seal.h; the ephemeral as ad), 5 the epoch that
 * it follows (32; may be missing): so a key is changed that has been used long enough, 6 ids of the shelf secrets in
 * the box (n × 8, in their order): so everybody knows who was given which.
 *
 * entry = first 8 bytes of the recipient's key ‖ key XOR H(shared secret; "longear wrap   1" ‖ ephemeral ‖ prekey)
 *
 * check = H("longear epochkey" ‖ key)
 *
 * id = H("longear epoch  1" ‖ n heads u8 ‖ heads ‖ minter ‖ H(prefixes) ‖ check ‖ follows, or zeros): a key of its own
 * for each id.
 *
 * Entries ascend by prefix; n is at most MEMBERS_MAX. Who has no prekey yet is left out.
 */
#ifndef CORE_EPOCH_H
#define CORE_EPOCH_H

#include "core/register.h"

struct epoch {
    uint8_t id[HASH_SIZE], minter[KEY_SIZE];
    uint8_t record[HASH_SIZE]; /* the id of the record that brings it */
    uint8_t ephemeral[KEY_SIZE], check[HASH_SIZE];
    uint8_t follows[HASH_SIZE];    /* zeros: none */
    uint8_t recipients[HASH_SIZE]; /* H(prefixes) */
    size_t count;                  /* of recipients */
    const uint8_t *entries;        /* borrowed from the record: count of EPOCH_ENTRY_SIZE bytes */
    const uint8_t *box;            /* borrowed */
    size_t box_size;
    const uint8_t *shelf_ids; /* borrowed: of the secrets in the box, SHELF_ID_SIZE bytes each */
    size_t shelf_count;
};

/* Read an epoch's record. Errors: ERR_FIELD, ERR_LIMIT, ERR_UNSUPPORTED, as fields_next. */
MUST_CHECK int epoch_decode(struct epoch *out, const struct record *r);

/* One for whom an epoch is made. */
struct epoch_recipient {
    uint8_t key[KEY_SIZE], prekey[KEY_SIZE];
};

/*
 * Make an epoch's record for the recipients, given ascending by key, in the room of *w. key, ephemeral (a secret) and
 * nonce are random and used once; follows is an epoch's id or NULL. Errors: ERR_LIMIT, ERR_FIELD (no recipient; a
 * prekey of small order; two recipients with the same prefix, out of order), as author_text.
 */
MUST_CHECK int epoch_make(const struct register_write *w, const struct members_state *state,
                          const struct epoch_recipient *recipients, size_t count, const uint8_t *follows,
                          const uint8_t key[KEY_SIZE], const uint8_t *shelves, size_t shelf_count,
                          const uint8_t ephemeral[KEY_SIZE], const uint8_t nonce[BOX_NONCE_SIZE]);

/* Write H(prefixes) of recipients, ascending by key. */
void epoch_recipients_digest(uint8_t out[HASH_SIZE], const struct epoch_recipient *recipients, size_t count);

/*
 * Take the key out of an epoch: me is the reader's key in the community, prekey the secret of one of their prekeys.
 * Errors: ERR_NOT_FOUND (not for me), ERR_SEAL (not for this prekey, or the minter wrapped something else).
 */
MUST_CHECK int epoch_open(const struct epoch *e, const uint8_t me[KEY_SIZE], const uint8_t prekey[KEY_SIZE],
                          uint8_t key[KEY_SIZE]);

/* Tell whether a key is the epoch's. */
bool epoch_key_fits(const struct epoch *e, const uint8_t key[KEY_SIZE]);

/* Read the shelf secrets with the key. Return how many. ERR_SEAL. */
MUST_CHECK int epoch_shelves(const struct epoch *e, const uint8_t key[KEY_SIZE],
                             uint8_t shelves[EPOCH_SHELVES_MAX * KEY_SIZE]);

/* Tell whether the recipients are just these, ascending by key. */
bool epoch_is_for(const struct epoch *e, const struct epoch_recipient *recipients, size_t count);

/* Tell whether key is among the recipients. */
bool epoch_names(const struct epoch *e, const uint8_t key[KEY_SIZE]);

#endif
