/*
 * phone_internal.h: what the files of src/phone share.
 */
#ifndef PHONE_PHONE_INTERNAL_H
#define PHONE_PHONE_INTERNAL_H

#include "carrier/lan_frames.h"
#include "carrier/pouch_store.h"
#include "carrier/session_store.h"
#include "closed/closed.h"
#include "core/author.h"
#include "core/meet.h"
#include "core/session.h"
#include "phone/phone.h"
#include "phone/phone_json.h"

/* Local limits. */
#define PHONE_GROUPS_MAX 320              /* communities, joined and carried */
#define PHONE_BYTES_MAX (192u << 20)      /* that the store is charged with; then nothing more is taken in */
#define PHONE_POOL (128u << 20)           /* of them, others' records and chunks (core/budget.h) */
#define PHONE_SENT_MAX 4096               /* own messages that a contact sent and that are remembered */
#define PHONE_FILE_MAX (64 * 1024 * 1024) /* an attachment */

/* What is remembered of a community; by the handle of the session store, in whose table the charter lies. */
struct group {
    bool has_author; /* author.member is the person's */
    bool in_order;   /* author stands where the store says */
    struct author author;
    int64_t num;      /* of the latest record that has arrived */
    uint64_t written; /* the time of the message written last */
};

struct contact {
    unsigned link; /* for budgets */
    struct session *session;
    struct session_view *view;
    struct session_node node; /* the view's; the session sees ours in front of it */
    struct phone *phone;
    int err;
    bool settled;        /* it has settled at least once */
    int64_t settled_num; /* when this was the newest record */
    uint64_t received, chunks_in;
    /* Own records that were sent, by number; the first `certain` of them were there when all was settled. */
    int64_t sent[PHONE_SENT_MAX];
    unsigned sent_count, certain;
    int64_t equal_num[PHONE_GROUPS_MAX]; /* up to this number the peer has seen all of a community */
    int64_t pool_equal_num;              /* and of the pool */
};

/* What is being written. */
struct draft {
    bool any;
    int group;
    uint8_t urgency;
    struct text text; /* text and forwarded lie in the draft's own memory */
    char *bytes;
    uint8_t *forwarded;
    bool is_reply;
    uint8_t reply[HASH_SIZE], corrects[HASH_SIZE]; /* what text.corrects points to */
};

struct parcel {
    uint8_t *bytes; /* owned; NULL: none is being read */
    struct pouch_scan *scan;
    struct pouch_job *job;
    bool trusted, has_job, begun;
    size_t at; /* the next record of the job's list */
    /* what the page has unpacked, for the unpacker: NULL and has_plain: it could not be */
    const uint8_t *plain;
    size_t plain_size;
    bool has_plain, wants_plain;
    struct pouch_opened result;
};

/* A message of one's own and the sealed record that it goes in, by their numbers in the store. */
struct sealed_own {
    int64_t inner, outer;
};

struct phone {
    struct store *store;
    struct session_store *sessions;
    struct when when;
    uint64_t now_ms, tick_ms;
    bool has_person;
    uint8_t seed[SEED_SIZE];
    struct group groups[PHONE_GROUPS_MAX];
    unsigned group_count;
    int64_t arrived; /* all up to this number was offered to the contacts */
    uint64_t sealed; /* bytes taken in of the pool */
    uint64_t refused[POUCH_REFUSALS_MAX];
    struct out out;
    struct contact *contacts[PHONE_CONTACTS_MAX];
    struct draft draft;
    struct parcel parcel;
    struct closed *closed; /* NULL: nobody asked for it yet */
    uint64_t closed_tick_ms;
    struct sealed_own *sealed_own; /* what was written in closed groups since the page was opened */
    size_t sealed_own_count, sealed_own_room;
    uint8_t entropy[PHONE_RANDOM_SIZE]; /* of the call, and how many blocks were made of it */
    uint64_t drawn;
    bool meets; /* meet is begun */
    struct meet meet;
    struct lan_frames frames;
    /* room for one record: of the call, and of what it looks up meanwhile */
    uint8_t room[RECORD_SIZE_MAX], other[RECORD_SIZE_MAX], instead[RECORD_SIZE_MAX];
    struct store_community community;
    struct store_chunk chunk;
};

/* Begin a call: the output is empty. */
static inline struct out *phone_begin(struct phone *p) {
    out_begin(&p->out);
    return &p->out;
}

/* ---- phone_group.c ---- */

/* Look for communities that have come. 0 or an error. */
MUST_CHECK int phone_group_refresh(struct phone *p);

/* Return the handle of a community, or ERR_COMMUNITY. */
MUST_CHECK int phone_group_find(const struct phone *p, const uint8_t community[HASH_SIZE]);

/* Return the person's key in a group, or NULL if there is no person. */
const uint8_t *phone_group_key(struct phone *p, int group);

/* Tell whether the person wrote a record. */
bool phone_group_is_own(struct phone *p, const struct record *r);

/* Return what the author of a record is to the person; context: the struct phone (struct admit_classes). */
enum budget_class phone_group_class(void *context, const struct charter *charter, const struct record *r);

/* Have the author of a group ready to write. ERR_KEY, those of the store. */
MUST_CHECK int phone_group_author(struct phone *p, int group, struct author **out);

/* Tell whether a group is closed. */
bool phone_group_is_closed(const struct phone *p, int group);

/* ---- phone_closed.c ---- */

/* Return the number of the own message, written since the page was opened, that goes in a sealed record, or 0. */
int64_t phone_closed_inner(const struct phone *p, int64_t outer);

/* Have the closed groups of the person. ERR_KEY, those of closed_new. */
MUST_CHECK int phone_closed(struct phone *p, struct closed **out);

void phone_closed_free(struct phone *p);

/* Have random bytes for this call; phone_closed_over forgets them. phone_closed_salt draws of them. */
void phone_closed_random(struct phone *p, const uint8_t random[PHONE_RANDOM_SIZE]);
void phone_closed_over(struct phone *p);
void phone_closed_salt(struct phone *p, uint8_t out[PHONE_RANDOM_SIZE]);

/* Make the first keys of a group that the person has founded, of the random bytes that are ready. */
MUST_CHECK int phone_closed_found(struct phone *p, const uint8_t community[HASH_SIZE]);

/* Have a key for what the person writes next in a closed group, and store what they signed, in p->room. Errors:
 * as closed_ready, closed_put. */
MUST_CHECK int phone_closed_ready(struct phone *p, int group);
MUST_CHECK int phone_closed_put(struct phone *p, const struct author *author, const struct record *r, size_t size);

/* Write ,"closed":bool,"standing":"…" of a group into an object. */
MUST_CHECK int phone_closed_tell(struct phone *p, int group);

/* Tell whether a sealed record is of a group here. */
bool phone_closed_has_shelf(const struct phone *p, const uint8_t shelf[KEY_SIZE]);

/* ---- phone_contact.c ---- */

/* Note what has arrived in the store, and offer it to the contacts. own: the number of a record that the person has
 * just written, or 0. */
MUST_CHECK int phone_contacts_offer(struct phone *p, int64_t own);

void phone_contacts_free(struct phone *p);

/* ---- phone_read.c ---- */

/* Write a message as phone_list does. */
MUST_CHECK int phone_read_message(struct phone *p, const struct store_record *r);

/* Write the newest text message of a community, or null. */
MUST_CHECK int phone_read_last(struct phone *p, const uint8_t community[HASH_SIZE]);

/* Write {"ERR_…":n}. */
void phone_read_refused(struct out *o, const uint64_t refused[POUCH_REFUSALS_MAX]);

/* ---- phone_write.c, phone_parcel.c ---- */

void phone_draft_free(struct phone *p);
void phone_parcel_free(struct phone *p);

#endif
