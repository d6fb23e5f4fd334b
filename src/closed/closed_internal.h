/*
 * closed_internal.h: what the files of src/closed share.
 */
#ifndef CLOSED_CLOSED_INTERNAL_H
#define CLOSED_CLOSED_INTERNAL_H

#include "closed/closed.h"
#include "core/epoch.h"
#include "core/piece.h"
#include "core/shelf.h"

/* Local choices. */
#define PREKEY_DAYS 7     /* a prekey is offered so long */
#define EPOCH_DAYS 7      /* and an epoch used */
#define WAITING_MAX 65536 /* that are counted */
#define LACKS_MAX 32      /* epochs that did not open and were asked for */
#define TARGETS_MAX 256   /* taken back, messages and files, whose outside is looked for */
#define BASKET_BYTES_MAX (KEY_SIZE + HASH_SIZE + 2 * VARINT_SIZE_MAX + PIECES_MAX * HASH_SIZE)

struct prekey {
    uint8_t secret[KEY_SIZE];
    uint32_t day;        /* made */
    uint32_t superseded; /* the day a later one was seen in use; 0: not yet */
};

/* A shelf secret. */
struct shelf {
    uint8_t secret[KEY_SIZE];
    uint32_t day;   /* it came here */
    int64_t cursor; /* sealed records on it up to this number were looked at */
    uint8_t id[SHELF_ID_SIZE];
};

/* Whom a shelf secret was given to, whether it is here or not. */
struct given {
    uint8_t id[SHELF_ID_SIZE];
    size_t count, room;
    uint8_t (*known)[EPOCH_PREFIX_SIZE]; /* the first bytes of their keys, ascending */
};
#define GIVENS_MAX (4 * CLOSED_SHELVES_MAX)

struct held_epoch {
    uint8_t id[HASH_SIZE], key[KEY_SIZE];
    uint8_t minter[KEY_SIZE];
    uint8_t recipients[HASH_SIZE]; /* H(prefixes) */
    uint8_t follows[HASH_SIZE];    /* the epoch that this one replaces before its time; zeros: none */
    uint32_t day;                  /* it came here */
    uint32_t used;                 /* the last day on which it was the one to write with, or opened something */
    uint8_t shelf;                 /* place of its shelf secret */
    bool reading;                  /* a key that somebody handed on: nothing is written with it */
};

/* The prekey of another, from the record that names it. */
struct their_prekey {
    uint8_t key[KEY_SIZE], prekey[KEY_SIZE], id[HASH_SIZE];
    uint64_t seq;
    bool is_saved;
};

/* A record of the register that is kept: canonical bytes. */
struct kept_act {
    struct register_act act; /* borrows nothing outside of itself */
    uint32_t kind, created_day;
    uint64_t seq; /* of its author */
    size_t size;
    uint8_t *bytes;
};

/* A file of which pieces have come. */
struct basket {
    uint8_t author[KEY_SIZE], blob[HASH_SIZE];
    uint32_t size_bytes, expiry_day; /* expiry_day: of the piece that lives longest */
    uint32_t count, held;
    uint8_t (*ids)[HASH_SIZE]; /* count sealed records, in the order of the pieces; zeros: it is not here */
    bool changed;              /* to be saved */
};

struct group {
    struct store *store; /* borrowed */
    struct charter charter;
    struct member me;
    bool has_drop;
    uint8_t drop[KEY_SIZE]; /* stays for a while: there may be more than one welcome */
    uint32_t drop_day;      /* of the last request */
    struct prekey prekeys[CLOSED_PREKEYS_MAX];
    unsigned prekey_count;
    struct shelf shelves[CLOSED_SHELVES_MAX];
    unsigned shelf_count;
    struct given *givens; /* GIVENS_MAX */
    unsigned given_count;
    struct held_epoch *epochs; /* CLOSED_EPOCHS_MAX */
    unsigned epoch_count;
    int64_t cursor;   /* the same of the shelf of the drop; and with rewind, of all */
    uint64_t waiting; /* of them those that no key here opens */
    bool rewind;      /* look at all of them again */
    bool refused;     /* some were of authors who do not count: if that changes, they are wanted */
    uint8_t lacks[LACKS_MAX][HASH_SIZE];
    unsigned lack_count;
    uint8_t targets[TARGETS_MAX][HASH_SIZE];
    unsigned target_count;
    struct basket *baskets; /* in no order */
    unsigned basket_count, basket_room, baskets_saved;
    bool baskets_due; /* one may be whole, or a message may have come that refers to one */
    /* The register: acts, consents, and the newest prekey of each member. */
    struct kept_act **acts;
    size_t act_count, act_room, acts_saved;
    struct their_prekey *theirs;
    size_t their_count, their_room;
    bool is_folded, fold_failed;
    uint64_t freezes; /* store_freezes_version when it was folded */
    void *memory;     /* of the fold */
    struct members_state members;
    bool keys_changed; /* to be saved */
    bool judge_kept;   /* judge, as it was saved */
    bool judge;        /* the membership changed: what is held is looked at again */
};

/* Which shelf belongs to whom. */
struct label {
    uint8_t shelf[KEY_SIZE];
    uint16_t group;
    uint16_t secret; /* place among the group's shelves, or LABEL_DROP */
};
#define LABEL_DROP UINT16_MAX

/* A sealed record that has arrived. */
struct arrival {
    uint8_t shelf[KEY_SIZE];
    int64_t num;
};

struct closed {
    struct closed_host host;
    struct arrival *arrivals; /* of all that arrived after index_from up to indexed, ascending by number */
    size_t arrival_count, arrival_room;
    int64_t index_from, indexed;
    unsigned visited; /* in the last step */
    struct group **groups;
    size_t group_count;
    struct label *labels; /* ascending by shelf */
    size_t label_count;
    uint32_t labels_day; /* made for the weeks around this day */
    bool labels_stale;
    uint8_t room[RECORD_SIZE_MAX], plain[RECORD_SIZE_MAX], inner[RECORD_SIZE_MAX], letter[RECORD_SIZE_MAX];
};

/* ---- closed_state.c: what is kept ---- */

/* Make the name of a setting; number -1: none. */
void state_name(char out[STORE_NAME_MAX + 1], char kind, const struct group *g, long number);

MUST_CHECK int state_load(struct closed *c, struct group *g);

/* Save what has changed. Within a transaction. */
MUST_CHECK int state_save(struct closed *c, struct group *g);

/* What state_save wrote is durable. */
void state_saved(struct group *g);

void group_free(struct group *g);

/* Add a shelf secret unless it is known. Return its place, or an error. */
MUST_CHECK int shelf_add(struct closed *c, struct group *g, const uint8_t secret[KEY_SIZE], uint32_t day);

/* Note that somebody was given a shelf secret; have whom it was given to, or NULL: nobody. */
MUST_CHECK int shelf_give(struct group *g, const uint8_t id[SHELF_ID_SIZE], const uint8_t prefix[EPOCH_PREFIX_SIZE]);
const struct given *shelf_given(const struct group *g, const uint8_t id[SHELF_ID_SIZE]);

/* Keep whom an epoch is for, given count keys, `stride` bytes apart; forget it; tell whether a key is among them. */
MUST_CHECK int recipients_save(struct closed *c, const struct group *g, const uint8_t id[HASH_SIZE],
                               const uint8_t *keys, size_t stride, size_t count);
MUST_CHECK int recipients_drop(struct closed *c, const struct group *g, const uint8_t id[HASH_SIZE]);
bool recipients_have(struct closed *c, const struct group *g, const uint8_t id[HASH_SIZE], const uint8_t key[KEY_SIZE]);

/* Add the key of an epoch, or replace one that was for reading only. The oldest goes if there is no room. */
void epoch_add(struct group *g, const struct held_epoch *e);

/* ---- closed_register.c: the membership ---- */

/* Take in a record of the register that was checked. Return 1 if it was new, 0, or an error. */
MUST_CHECK int register_take(struct group *g, const struct record *r, const uint8_t *bytes, size_t size);

/* Keep the outside of a checked record of the register that counts, so that its author's chain of records has no gap
 * there (core/freeze.h). 0 or an error of the store. */
MUST_CHECK int register_link(struct group *g, const struct record *r, uint64_t now);

/* Tell whether this record of the register was taken in before. */
bool register_has(const struct group *g, const struct record *r);

/* Take in a prekey of another, if it is newer than the one that is known. 0 or ERR_MEMORY. */
MUST_CHECK int their_put(struct group *g, const struct their_prekey *t);

/*
 * Have the membership as of now, with what freezes do to it; who may freeze is who coordinates if cards alone freeze.
 * ERR_LIMIT, ERR_MEMORY, those of the store.
 */
MUST_CHECK int group_fold(struct group *g);

/* Return the prekey to seal to for a member, or NULL. */
const uint8_t *prekey_of(const struct group *g, const struct members_entry *e);

/* Write the members that have a prekey, ascending by key, each prefix once. Return how many. out has MEMBERS_MAX. */
size_t recipients_of(const struct group *g, struct epoch_recipient *out);

bool group_is_member(const struct group *g, const uint8_t key[KEY_SIZE]);
bool group_coordinates(const struct group *g, const uint8_t key[KEY_SIZE]);

/* ---- closed_write.c ---- */

/* Seal a record for the register or, with an epoch's key, for the members, and put it in the store's pool. */
MUST_CHECK int outside_put(struct closed *c, struct group *g, const struct record *r, const uint8_t *bytes, size_t size,
                           const uint8_t shelf_secret[KEY_SIZE], const uint8_t key[KEY_SIZE], struct when when);

/* The day on which the outside of a record ends: not after its inside, and as for a message. */
uint32_t outside_expiry(const struct group *g, const struct record *r);

/* Give one person keys by a letter, a welcome: all shelf secrets, and the key of one epoch (its place), of none (-1) or
 * of all (ALL_EPOCHS). shelf_secret: on whose shelf it goes. */
#define ALL_EPOCHS (-2)
MUST_CHECK int welcome_send(struct closed *c, struct group *g, const uint8_t about[HASH_SIZE],
                            const uint8_t prekey[KEY_SIZE], const uint8_t shelf_secret[KEY_SIZE], int epoch,
                            struct when when);

/* Make sure there is an epoch to write with; its place. Mints one if there is none. */
MUST_CHECK int epoch_ready(struct closed *c, struct group *g, struct when when);

/* Offer a new prekey. */
MUST_CHECK int prekey_renew(struct closed *c, struct group *g, struct when when);

/* Ask for the key of an epoch that did not open, by the epoch's id. */
MUST_CHECK int lack_tell(struct closed *c, struct group *g, const uint8_t epoch[HASH_SIZE], struct when when);

/* Seal the register anew where its outside expires soon. Return how many records were put, or an error. */
MUST_CHECK int register_renew(struct closed *c, struct group *g, struct when when);

/* ---- closed_letter.c ---- */

/* Seal a letter (core/letter.h) for its recipient, and that under the key of an epoch as a message is, and put it in
 * the pool. Errors: as letter_decode, ERR_NOT_FOUND (the recipient is no member, or has no prekey), ERR_SEAL (their
 * prekey is none), those of the store. */
MUST_CHECK int letter_put(struct closed *c, struct group *g, const struct record *r, const uint8_t *bytes, size_t size,
                          const struct held_epoch *e, struct when when);

/* ---- closed_piece.c ---- */

/* Note a piece of a member whose number counts, and which sealed record brought it. 0, ERR_MEMORY or an error of the
 * store. */
MUST_CHECK int basket_put(struct closed *c, struct group *g, const uint8_t author[KEY_SIZE], const struct piece *p,
                          const struct record *outer);

/* Tell whether all of a file is in the store: 1 or 0, or an error. */
MUST_CHECK int file_is_whole(struct closed *c, const uint8_t blob[HASH_SIZE]);

/* If baskets_due: store the files that are whole now and that a message refers to. Uses the rooms of *c. ERR_MEMORY,
 * those of the store. */
MUST_CHECK int baskets_join(struct closed *c, struct group *g, struct when when);

/* Forget those whose pieces have had their time. */
void baskets_expire(struct group *g, struct when when);

/* As state_load, state_save, state_saved, group_free. */
MUST_CHECK int baskets_load(struct closed *c, struct group *g);
MUST_CHECK int baskets_save(struct closed *c, struct group *g);
void baskets_are_saved(struct group *g);
void baskets_free(struct group *g);

/* ---- closed_open.c ---- */

/* A retraction of a message is here: if it counts, what lies outside of the message, and of its files that no other
 * refers to, is to go. */
MUST_CHECK int target_take(struct closed *c, struct group *g, const uint8_t id[HASH_SIZE]);

/* The group of a community, or NULL. */
struct group *group_find(const struct closed *c, const uint8_t community[HASH_SIZE]);

/* Run what writes in a transaction of its own; saves the group's state. */
MUST_CHECK int closed_begin(struct closed *c);
MUST_CHECK int closed_end(struct closed *c, struct group *g, int err);

#endif
