/*
 * freeze.h: "the phone may be in other hands": a key is frozen at its last trusted record, and what its holder writes
 * past that is set apart on every device.
 *
 *   freeze = no references; fields: 1 key (32), not the author's, 2 last trusted record: id (32) ‖ sequence number
 *            varint (missing: none of it is trusted), 3 proof of a freeze card: card's key (32) ‖ signature (64) (may
 * be missing; not without 2), 4 trusted terms: n × 32, n from 1 to RECORD_REFS_MAX, ascending (may be missing) lift   =
 * references of type target, 1 to RECORD_REFS_MAX, ascending: the freezes that are to end; fields: 1 key (32): whose
 * they are, 3 proof of an answer card (may be missing)
 *
 *   signature of a card = Ed25519("longear card   3" ‖ kind (1) ‖ community ‖ author ‖ key ‖ rest)
 *   rest                = of a freeze: id (32) ‖ sequence number u32; of both: n (1) ‖ n × id (32)
 *
 * So the asker is whoever signed the record, and nobody can put another's name on a card's freeze.
 *
 * Which freezes are in effect, and what is set apart, is a function of the records (freeze_fold), whatever their order.
 * K is the frozen key; `need` is the charter's number, FREEZE_NEED unless it names one.
 *
 *   1. Placing. A record of K is *trusted* under a freeze if the chain of `prev` that ends in the freeze's last trusted
 *      record leads to it; *apart* if its sequence number is beyond that one's or if the chain holds another record
 *      there; *unplaced* if records in between are missing. Under several freezes the worst counts.
 *   2. A card is K's if a card record of K commits to it. A freeze with a freeze card is in effect by itself if that
 *      card record is not beyond the last trusted one and not apart under this very freeze.
 *   3. A freeze is *answered* if a lift that names it has an answer card to which a card record of K commits that is
 *      trusted under the freeze. Whoever holds the phone can only commit to cards beyond the last trusted record.
 *   4. A freeze counts without its card, too, if its author is eligible (a coordinator, or in a closed community
 *      somebody who vouched for K), not K, and wrote it before being frozen by cards. It is in effect if so many
 *      different people as `need` have freezes of K that count and are not lifted; one more if it is answered, and one
 *      more if a card record of K is apart under it.
 *   5. A lift supports the end of the freezes that it names if its author is eligible for K or asked with a card that
 *      counts, is not K, and wrote it before being frozen. A freeze is *lifted* if two different people support that,
 *      or if it is answered and somebody supports it who did not write the answer.
 *   6. "Before being frozen": the author's record is trusted under the freezes in effect against the author. For lifts
 *      of a card's freeze: all freezes by cards, as if none were lifted. For freezes in 4: those by cards that are not
 *      lifted. For lifts of other freezes: these, and the other freezes as if none of those were lifted.
 *
 * Of a closed community's membership a freeze in effect voids the terms and consents (core/members.h) of K that it
 * does not name as trusted: a list, and not the chain, since who joins later has no chain. Admissions and removals
 * stay: those that nobody had seen go when the others drop K by a term of their own.
 */
#ifndef CORE_FREEZE_H
#define CORE_FREEZE_H

#include "core/card.h"

struct freeze_last {
    uint8_t id[HASH_SIZE];
    uint64_t seq;
};

enum freeze_type { FREEZE_CARD, FREEZE_ASK, FREEZE_LIFT }; /* kinds card, freeze, lift */

enum freeze_state {
    FREEZE_VOID,   /* does not count */
    FREEZE_WAITS,  /* too few people ask for it */
    FREEZE_STANDS, /* in effect */
    FREEZE_LIFTED,
};

/* One record of kind card, freeze or lift. */
struct freeze_act {
    uint8_t id[HASH_SIZE], author[KEY_SIZE];
    uint64_t seq;          /* of the author */
    uint8_t key[KEY_SIZE]; /* whom it is about; of a card record its author */
    uint8_t type;          /* enum freeze_type */
    bool eligible;         /* the caller says: its author may freeze this key without a card */
    bool has_last, has_card;
    struct freeze_last last;    /* of a freeze; of a card record its own number alone */
    uint8_t card_key[KEY_SIZE]; /* whose signature has been checked */
    uint8_t count;              /* of a lift: targets; of a card record: commitments; of a freeze: trusted terms */
    uint8_t list[RECORD_REFS_MAX][HASH_SIZE];
    /* written by freeze_fold, of freezes: */
    uint8_t state; /* enum freeze_state */
    bool answered;
    bool by_card; /* its card counts: it needs nobody else */
    /* its scratch: */
    uint8_t bits;
    uint8_t commitment[HASH_SIZE], answerer[KEY_SIZE];
};

/*
 * Read a record of one of the three kinds and check its card's signature; eligible is false. Errors: ERR_FIELD,
 * ERR_LIMIT, ERR_VARINT, ERR_UNSUPPORTED (an unknown field below FIELDS_OPTIONAL), ERR_SIGNATURE, as fields_next.
 */
MUST_CHECK int freeze_act_decode(struct freeze_act *out, const struct record *r);

/* Tell whether a record is of one of the three kinds, which live as long as a community. */
static inline bool freeze_is_kind(uint32_t kind) {
    return kind == KIND_CARD || kind == KIND_FREEZE || kind == KIND_LIFT;
}

/* Return the expiry day of a record of these kinds. */
uint32_t freeze_expiry_day(const struct charter *c, uint64_t created);

/* What both makers take. card: a card of the right purpose for this community and key, or NULL. */
struct freeze_write {
    struct author *author;
    uint64_t created;
    const uint8_t *salt; /* RECORD_SALT_SIZE random bytes */
    const uint8_t *key;  /* KEY_SIZE */
    const struct card *card;
    uint8_t *room;        /* RECORD_SIZE_MAX */
    struct record *out;   /* borrows from room */
    const uint8_t *terms; /* of a freeze: ids of trusted terms, one behind the other, ascending; term_count of them */
    size_t term_count;
};

/* Make a freeze at a last trusted record (NULL: none). Return as author_text; ERR_FIELD for one's own key, for a card
 * of another community, key or purpose, for a card without a last trusted record. */
MUST_CHECK int freeze_make(const struct freeze_write *w, const struct freeze_last *last);

/* Make a lift of 1 to RECORD_REFS_MAX freezes: their ids, one behind the other, ascending. Return as freeze_make. */
MUST_CHECK int freeze_lift(const struct freeze_write *w, const uint8_t *targets, size_t count);

enum freeze_place { FREEZE_TRUSTED, FREEZE_UNPLACED, FREEZE_APART };

/* One record of a key that somebody asks to freeze, or of an author who asks or lifts. */
struct freeze_link {
    uint8_t author[KEY_SIZE], id[HASH_SIZE], prev[PREV_SIZE];
    uint64_t seq;
    uint8_t place; /* written by freeze_fold: enum freeze_place */
    uint8_t now;   /* its scratch */
};

/*
 * Fold the acts of a community, in the order of freeze_act_order, and the links, in that of freeze_link_order, each
 * once: write state, answered and by_card of every freeze and place of every link. The links are the records and stubs
 * that are here of every key that a freeze is about; all others are trusted. Of one key FREEZE_OF_ONE_MAX freezes, as
 * many lifts and as many card records are looked at, the first in that order of those whose author is eligible or whose
 * card K committed to: freezes at an early record come first, so nobody crowds them out with later ones.
 */
void freeze_fold(const uint8_t community[HASH_SIZE], unsigned need, struct freeze_act *acts, size_t act_count,
                 struct freeze_link *links, size_t link_count);

/* Compare acts by (key, type, sequence number of the last trusted record, id), links by (author, seq, id). */
int freeze_act_order(const struct freeze_act *a, const struct freeze_act *b);
int freeze_link_order(const struct freeze_link *a, const struct freeze_link *b);

#endif
