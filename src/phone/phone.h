/*
 * phone.h: a whole peer in memory, driven from outside: what a browser's page runs as WebAssembly.
 *
 * One struct phone holds a store in memory, a person, contacts, and parcels that are being read. It opens no socket and
 * no file, reads no clock and makes no random number: the page hands in bytes, the time and random bytes, and takes
 * bytes out. Everything here can be called from JavaScript: arguments are pointers into this module's memory, sizes and
 * numbers; a result larger than a number lies in the output (phone_out), which holds until the next call.
 *
 * Text results are JSON in UTF-8, one value; ids, keys and hashes in it are lower-case hex, times whole seconds of Unix
 * time, sizes bytes. What it holds came from strangers: whoever shows it escapes it.
 *
 * Functions return 0, a count, or a negative error of core/err.h (phone_error_name names it). Nothing is kept of the
 * caller's memory beyond a call unless its comment says so.
 */
#ifndef PHONE_PHONE_H
#define PHONE_PHONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/limits.h"

/* Local limits. */
#define PHONE_CONTACTS_MAX 4
#define PHONE_RANDOM_SIZE 32 /* fresh random bytes that whoever writes hands in */
#define PHONE_LIST_MAX 200   /* messages of one list */

struct phone;

/* ---- Life and memory ---- */

/* Make an empty peer. NULL: out of memory. */
struct phone *phone_new(void);

/* Wipe its keys and free it. NULL is fine. */
void phone_free(struct phone *p);

/* Memory for what is handed in; NULL if there is none. phone_release(NULL) is fine. */
void *phone_alloc(size_t size);
void phone_release(void *memory);

/* What the last call left for the caller. */
const uint8_t *phone_out(const struct phone *p);
size_t phone_out_size(const struct phone *p);

/* The name of an error ("ERR_SIGNATURE"), zero-terminated; the page has its sentence in the reader's language. */
const char *phone_error_name(int err);

/* Tell the time: seconds of Unix time as this device believes, confirmed if the person says that it is right, and
 * milliseconds of a clock that only goes forward. To be told before any call that depends on it. */
void phone_clock(struct phone *p, double now, int confirmed, double now_ms);

/* ---- The person and the groups ---- */

/* Be the person of this seed (copied; wiped by phone_free). */
void phone_person(struct phone *p, const uint8_t seed[SEED_SIZE]);

/* Output: the person's fingerprint, as text for people, as `longear id` shows it. ERR_KEY if there is no person. */
MUST_CHECK int phone_fingerprint(struct phone *p);

/* Join the community of an invitation line; a message that it brings (doc/protocol.md, "Invitation") is verified and
 * stored. Output: {"community":…,"title":…,"message":id or null}. */
MUST_CHECK int phone_join(struct phone *p, const char *line, size_t size);

/* Found an open community. Output: as phone_join. */
MUST_CHECK int phone_found(struct phone *p, const char *title, size_t title_size, const char *lang, size_t lang_size,
                           uint32_t keep_days, const uint8_t random[PHONE_RANDOM_SIZE]);

/* Found a closed community, whose first member and coordinator the person is. */
MUST_CHECK int phone_found_closed(struct phone *p, const char *title, size_t title_size, const char *lang,
                                  size_t lang_size, uint32_t keep_days, const uint8_t random[PHONE_RANDOM_SIZE]);

/* Output: the invitation line; with the id of one of its text messages, a line that brings that message along. id may
 * be NULL. ERR_SPACE if message and charter do not fit one QR code (2,600 bytes); ERR_UNSUPPORTED: no message of a
 * closed group goes along. */
MUST_CHECK int phone_invite(struct phone *p, const uint8_t community[HASH_SIZE], const uint8_t *id);

/* Output: [{"community","title","lang","keepDays","joined","newerRules","records","newest","author": my key there or
 * null,"handle": its handle,"closed":bool,"standing": as phone_closed_look,"last": the newest message as in phone_list
 * or null,"lastNum"}], newest first. */
MUST_CHECK int phone_communities(struct phone *p);

/* Return how many visible text messages of others a community has that arrived after number num, counted up to 1000. */
MUST_CHECK int phone_unread(struct phone *p, const uint8_t community[HASH_SIZE], double after_num);

/* ---- Reading ---- */

/*
 * Output: text messages of a community, newest first, at most limit (PHONE_LIST_MAX), those before the message with
 * this id (NULL: from the newest):
 *   {"messages":[message…],"more":bool}
 *   message = {"id","num","community","author","handle","own":bool,"guest":bool,"created","seen","urgency":0-3,
 *     "corrected":{"created","was": its first text} or null, "text","place","ground":0-2,"reply":id or null,"quote":{"id","author","handle","text"} or null (what it replies to, cut
 *     to 120 characters),"replies": how many answer it, counted up to 30,
 *     "forwarded":{"id","author","handle","created","text","place","ground","valid":bool} or null,
 *     "attachments":[{"blob","size","media","name","original": hash or null,"held": chunks,"chunks"}]}
 */
MUST_CHECK int phone_list(struct phone *p, const uint8_t community[HASH_SIZE], const uint8_t *before, uint32_t limit);

/* Output: one message. ERR_NOT_FOUND. */
MUST_CHECK int phone_message(struct phone *p, const uint8_t id[HASH_SIZE]);

/* Output: {"messages":[…],"more":bool}: what a search finds, newest first. community may be NULL. */
MUST_CHECK int phone_search(struct phone *p, const uint8_t *community, const char *query, size_t size, uint32_t limit);

/* Output: the bytes of a blob that is whole here. ERR_NOT_FOUND. */
MUST_CHECK int phone_blob(struct phone *p, const uint8_t blob[HASH_SIZE]);

/* Output: {"records","communities","blobs","bytes","waiting","refused":{"ERR_…":n}}. */
MUST_CHECK int phone_stats(struct phone *p);

/* ---- Writing ---- */

/* Begin a message; a draft that was begun is dropped. Who writes in a group that came along in a parcel has joined it.
 * Errors: ERR_COMMUNITY, ERR_KEY, ERR_KIND. */
MUST_CHECK int phone_draft(struct phone *p, const uint8_t community[HASH_SIZE], uint8_t urgency);
MUST_CHECK int phone_draft_text(struct phone *p, const char *text, size_t size);
MUST_CHECK int phone_draft_reply(struct phone *p, const uint8_t id[HASH_SIZE]);
/* It takes the place of an own message (view/correction.h), and goes one step more urgent than that. ERR_NOT_FOUND,
 * ERR_USAGE: another's. */
MUST_CHECK int phone_draft_correct(struct phone *p, const uint8_t id[HASH_SIZE]);
/* The message that is passed on, from whichever open group to another: with its author's signature; its attachments
 * come along. ERR_UNSUPPORTED: one of them is closed. */
MUST_CHECK int phone_draft_forward(struct phone *p, const uint8_t id[HASH_SIZE]);
MUST_CHECK int phone_draft_place(struct phone *p, const char *place, size_t size);
MUST_CHECK int phone_draft_ground(struct phone *p, uint8_t ground);
/* Attach a file: stored as a blob, a photo, film or sound without what tells (media/strip.h), in place. original: the
 * hash of what it was made from, or NULL. Errors: as strip_media of a file that looks like one, ERR_LIMIT, ERR_FULL,
 * ERR_UNSUPPORTED (in a closed group). */
MUST_CHECK int phone_draft_attach(struct phone *p, uint8_t *bytes, size_t size, const char *media, size_t media_size,
                                  const char *name, size_t name_size, const uint8_t *original);
/* Sign and store. Output: its 32 bytes of id. Contacts are offered it. ERR_CHARTER: the person is no member. */
MUST_CHECK int phone_draft_sign(struct phone *p, const uint8_t random[PHONE_RANDOM_SIZE]);

/* Take an own message back. Output: the retraction's id, 32 bytes. ERR_NOT_FOUND, ERR_USAGE: another's. */
MUST_CHECK int phone_retract(struct phone *p, const uint8_t id[HASH_SIZE], const uint8_t random[PHONE_RANDOM_SIZE]);

/* ---- Closed groups (closed/closed.h) ----
 *
 * What comes for them is sealed; phone_closed_work opens it. Their keys are in memory alone: the page keeps them where
 * nobody else reads (phone_closed_kept) and gives them back after it has joined its groups. No call that packs or sends
 * lets out what was opened, nor keys.
 */

/* Open what has come, looking at no more than limit sealed records, and, if due and nothing is left, do what time asks
 * for: not before a page has read all that it kept. Return how many were looked at: 0, there is nothing left. */
MUST_CHECK int phone_closed_work(struct phone *p, uint32_t limit, int due, const uint8_t random[PHONE_RANDOM_SIZE]);

/* Output: the line that asks a coordinator for admission; the same one until it is granted. Errors: ERR_COMMUNITY,
 * ERR_EXISTS (a member already), ERR_KEY. */
MUST_CHECK int phone_closed_request(struct phone *p, const uint8_t community[HASH_SIZE],
                                    const uint8_t random[PHONE_RANDOM_SIZE]);

/* Output: {"community","title","author","handle"} of who wrote a request. Errors: those of join_request_decode,
 * ERR_COMMUNITY (not here). phone_closed_admit admits them too: errors of closed_admit. */
MUST_CHECK int phone_closed_request_read(struct phone *p, const char *line, size_t size);
MUST_CHECK int phone_closed_admit(struct phone *p, const char *line, size_t size,
                                  const uint8_t random[PHONE_RANDOM_SIZE]);

/* Remove a member. Errors: those of closed_remove. */
MUST_CHECK int phone_closed_remove(struct phone *p, const uint8_t community[HASH_SIZE], const uint8_t key[KEY_SIZE],
                                   const uint8_t random[PHONE_RANDOM_SIZE]);

/* Output: {"standing":"none"|"asked"|"member"|"pending"|"removed","coordinates":bool,"waiting": sealed messages whose
 * key has not come,"rivals": changes of the coordinators that contradict each other,"members":[{"author","handle",
 * "status":"coordinator"|"member"|"pending"|"removed","own":bool}]}. Errors: ERR_COMMUNITY, ERR_KEY. */
MUST_CHECK int phone_closed_look(struct phone *p, const uint8_t community[HASH_SIZE]);

/* Output: what has to be kept, secret keys among it; empty if there is nothing. The same as long as nothing changes. */
MUST_CHECK int phone_closed_kept(struct phone *p);

/* Take back what was kept. Errors: ERR_VERSION, ERR_DAMAGED, ERR_FIELD, ERR_KEY; after one nothing was taken. */
MUST_CHECK int phone_closed_load(struct phone *p, const uint8_t *bytes, size_t size);

/* ---- Meeting somebody (core/key_line.h, core/meet.h) ---- */

/* Output: the line of one's key in a community, with what one calls oneself, perhaps nothing (MEET_NAME_MAX bytes).
 * Errors: ERR_COMMUNITY, ERR_KEY, those of key_line_encode. */
MUST_CHECK int phone_key_line(struct phone *p, const uint8_t community[HASH_SIZE], const char *name, size_t size);

/* Output: {"community","author": the key,"handle","name"} of a line. Errors: those of key_line_decode, ERR_COMMUNITY
 * (not here), ERR_EXISTS (one's own key). */
MUST_CHECK int phone_key_line_read(struct phone *p, const char *line, size_t size);

/* Begin a meeting, as the first one or as the second; one that was begun is dropped. Errors: as phone_key_line. */
MUST_CHECK int phone_meet_begin(struct phone *p, const uint8_t community[HASH_SIZE], int second, const char *name,
                                size_t size, const uint8_t random[PHONE_RANDOM_SIZE]);

/* Output: the message to send now, or nothing if it is not this side's turn. ERR_USAGE: no meeting is begun. */
MUST_CHECK int phone_meet_send(struct phone *p);

/* Take a message. Errors, after each of which the meeting is over: those of meet_recv. */
MUST_CHECK int phone_meet_take(struct phone *p, const uint8_t *bytes, size_t size);

/* Output: {"turn": which message is next, 0: none,"sends":bool,"done":bool}; when done also "latin" and "cyrillic" (the
 * words), "community", "author", "handle", "name" of the other one. Nothing of that is to be kept before a person has
 * said that the other device shows the same words. ERR_USAGE: no meeting is begun. */
MUST_CHECK int phone_meet_status(struct phone *p);

/* Wipe what the meeting knows. */
void phone_meet_end(struct phone *p);

/* ---- Contacts ---- */

/*
 * Begin a contact as the one who calls, over a carrier of whole bodies (HTTP). Return its number, 0 to
 * PHONE_CONTACTS_MAX - 1. ERR_LIMIT: there are too many.
 */
MUST_CHECK int phone_contact(struct phone *p, const uint8_t ephemeral[KEY_SIZE]);

/* The same as the one who is called: for two pages that meet through a carrier of their own, and for tests. */
MUST_CHECK int phone_contact_called(struct phone *p, const uint8_t ephemeral[KEY_SIZE]);

/* Take a body: frames, each with its size before it (doc/protocol.md, "Over HTTP"). Errors end the contact. */
MUST_CHECK int phone_contact_take(struct phone *p, int contact, const uint8_t *bytes, size_t size);

/* Check and store at most so many records and chunks of what has come. Return how many were dealt with: 0, there is no
 * more now. A record that breaks the rules ends the contact with its error; what was stored before stays. */
MUST_CHECK int phone_contact_work(struct phone *p, int contact, uint32_t limit);

/* Output: the body to send now, at most max bytes; perhaps empty. Also does what was due by the clock. */
MUST_CHECK int phone_contact_give(struct phone *p, int contact, size_t max);

/* The time (now_ms of phone_clock) at which phone_contact_give should be called; -1: not before something comes. */
double phone_contact_deadline(struct phone *p, int contact);

/* Output: {"open","settled","communities","sent","stored","received","chunksIn","chunksOut","bytesIn","bytesOut",
 * "roundTrips","peerClock","missing": chunks of blobs that are still to come,"error": name or null}. */
MUST_CHECK int phone_contact_status(struct phone *p, int contact);

/* Output: [{"id","sent":bool}]: own messages that the peer has for certain, after the contact has settled; sent: this
 * contact brought it there. */
MUST_CHECK int phone_contact_reached(struct phone *p, int contact);

/* Say goodbye (the last body is in the output) and forget the contact. */
void phone_contact_close(struct phone *p, int contact);

/* ---- Parcels ---- */

/*
 * Begin to read the bytes of a parcel: any file that holds frames, whole or damaged. The bytes are taken over: memory
 * of phone_alloc, released here. trusted: they were sealed by this page itself, signatures need no second look. A
 * parcel that was begun is dropped.
 */
MUST_CHECK int phone_parcel_open(struct phone *p, uint8_t *bytes, size_t size, int trusted);

/* What phone_parcel_next says. */
#define PHONE_PARCEL_END 0    /* all is stored */
#define PHONE_PARCEL_MORE 1   /* call again */
#define PHONE_PARCEL_UNPACK 2 /* output: a zstd frame with the dictionary messages-1; call phone_parcel_unpacked */

/* Go on: check and store about limit records. Errors: ERR_NOT_POUCH at the end if there was no frame, those of memory.
 */
MUST_CHECK int phone_parcel_next(struct phone *p, uint32_t limit);

/* How many bytes the frame in the output has to have when it is unpacked: at most POUCH_SECTION_MAX. */
uint32_t phone_parcel_plain_size(const struct phone *p);

/* Hand in what was unpacked; NULL and 0: it could not be. */
MUST_CHECK int phone_parcel_unpacked(struct phone *p, const uint8_t *plain, size_t size);

/* Output: {"accepted","known","rejected","waiting","blobs","chunks","communities","frames","damaged","truncated":bool,
 * "refused":{"ERR_…":n}} of the parcel read last. */
MUST_CHECK int phone_parcel_result(struct phone *p);

/*
 * Output: a parcel of what is here, frames that are not compressed, in a zip (zip = 1) or bare (0). community NULL:
 * all; after_num: only what arrived after this number (0: all); max_size 0: no limit. Most urgent and newest first,
 * blobs behind. Bare ones may be put one behind the other.
 */
MUST_CHECK int phone_parcel_make(struct phone *p, const uint8_t *community, double after_num, size_t max_size, int zip);

/* The number of the latest record that has arrived: for after_num. */
double phone_newest_num(struct phone *p);

#endif
