/*
 * session_store.h: a store as the sessions of one node see it (struct session_node).
 *
 *   item     urgency << 60 | the record's number; 0 for a ghost
 *   handle   the place of a community in a table that only grows; SESSION_STORE_POOL: the pool's
 *
 * Peers are told of the public communities (charter_is_public) and of the pool, which every node has and which comes
 * first, so that its place says nothing. Of closed ones nothing is told, offered, looked up or taken.
 *
 * One thread, the loop's, uses it. Where others use the store too, its lock is taken when a session first reads the
 * store and kept until session_store_leave, which the loop calls when it has served a contact: a session that does not
 * read does not wait. Who may hold it meanwhile must not wait for anybody who wants the store.
 */
#ifndef CARRIER_SESSION_STORE_H
#define CARRIER_SESSION_STORE_H

#include "carrier/lan_address.h"
#include "core/session.h"
#include "store/store.h"

#define SESSION_STORE_POOL 65535

struct session_store;
struct session_view; /* of one contact */

/* What keeps others from the store meanwhile (carrier/session_mutex.h). */
struct session_lock {
    void (*enter)(void *context);
    void (*leave)(void *context);
    void *context;
};

/* Make one. store is borrowed, *lock copied and its context borrowed; NULL if nobody else uses the store. ERR_MEMORY.
 */
MUST_CHECK int session_store_new(struct session_store **out, struct store *store, const struct session_lock *lock);

/* Free it, after its views and whatever borrows a charter. NULL is fine. */
void session_store_free(struct session_store *s);

/* Tell the time of this turn: milliseconds of a clock that only goes forward, and seconds of Unix time. */
void session_store_time(struct session_store *s, uint64_t now_ms, uint64_t now);

/* Give back the store if it was taken. */
void session_store_leave(struct session_store *s);

/* Take the store now, for whoever reads it in the same turn; session_store_leave gives it back. */
struct store *session_store_enter(struct session_store *s);

/* Look for communities that have come. Return how many there are, closed ones too, or an error. */
MUST_CHECK int session_store_refresh(struct session_store *s);

/* Return how many of them peers are told of. */
unsigned session_store_told(const struct session_store *s);

/* Return the charter of a handle (charter_pool of the pool's); it holds as long as *s. */
const struct charter *session_store_charter(const struct session_store *s, uint32_t handle);

/* Return the handle of a community, or of the pool, or ERR_NOT_FOUND. */
MUST_CHECK int session_store_handle(const struct session_store *s, const uint8_t community[HASH_SIZE]);

/* Return the item of a record. */
static inline uint64_t session_store_item(uint8_t urgency, int64_t num) {
    return num > 0 ? (uint64_t)urgency << 60 | (uint64_t)num : 0;
}

/* Begin and end with a contact. What it borrowed and claimed is given back. NULL: out of memory; freeing NULL is fine.
 */
struct session_view *session_view_new(struct session_store *s);
void session_view_free(struct session_view *v);

/* Say who the peer is: of the large reconciliations that are possible at once, contacts with one address get only a
 * part. */
void session_view_peer(struct session_view *v, const struct lan_key *peer);

/* The node's side for its session. */
void session_view_node(struct session_view *v, struct session_node *out);

/* What it had asked for and has got is stored: it need not be kept from others any more. */
void session_view_quiet(struct session_view *v);

/* Tell whether it has held the memory of a large reconciliation for too long while another contact wanted some. */
bool session_view_is_overdue(const struct session_view *v);

/* Return the bytes that all views together have borrowed. */
uint64_t session_store_lent(const struct session_store *s);

#endif
