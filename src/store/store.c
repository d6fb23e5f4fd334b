/*
 * store.c: the public functions of a store, in front of its implementations, and the rules that both share.
 *
 * Every function begins with call() and ends with result(): a writing one outside of a transaction gets its own, and an
 * error without a sentence gets the general one.
 */
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

#include "core/blob.h"
#include "core/check.h"
#include "core/crypto.h"
#include "core/register.h"
#include "core/stamp.h"
#include "core/text.h"
#include "store/freezes.h"
#include "store/store_ops.h"
#include "view/fold.h"

#define STEPS_A_PUT 96 /* of looking for what to drop, for each record that came */
#define STEPS_MAX (1u << 20)

int store_say(struct store *s, int err, const char *sentence) {
    size_t at = 0;
    for (; sentence[at] && at + 1 < sizeof s->why; at++) s->why[at] = sentence[at];
    s->why[at] = '\0';
    s->told = true;
    return err;
}

const char *store_why(const struct store *s) {
    return s->why[0] ? s->why : "there was no error";
}

/* ---- Transactions and errors ---- */

static int result(struct store *s, int err) {
    if (err < 0 && !s->told) return store_say(s, err, err_text(err));
    return err;
}

/* Tell whether an error speaks of the arguments, before anything was written. */
static bool is_refusal(int err) {
    return err == ERR_COMMUNITY || err == ERR_CHARTER || err == ERR_NOT_FOUND || err == ERR_LIMIT || err == ERR_FIELD ||
           err == ERR_SPACE || err == ERR_USAGE;
}

void store_watch(struct store *s, void (*told)(void *context), void *context) {
    s->watch = told;
    s->watch_context = context;
}

/* Commit, and tell who watches. Who stores something beyond the budget makes room on the way. */
static int commit(struct store *s) {
    s->spare = SPARE_FRESH;
    int dropped = s->news ? store_budget_step(s, STEPS_A_PUT * (s->puts + 1)) : 0;
    s->puts = 0;
    if (dropped < 0) {
        s->ops->rollback(s);
        freezes_end(s);
        return dropped;
    }
    int err = s->ops->commit(s);
    if (err) freezes_end(s);
    if (!err && s->news && s->watch) s->watch(s->watch_context);
    return err;
}

/* Note that a writing call stored something new, if value says so. */
static int noted(struct store *s, int value) {
    if (value > 0) s->news = true;
    if (value > 0 && s->puts < UINT16_MAX) s->puts++;
    return value;
}

/* Begin a writing call. *own: it has a transaction to itself. */
static int enter(struct store *s, bool *own) {
    s->told = false;
    *own = !s->open;
    if (s->open) return s->failed ? store_say(s, s->failed, "an error before this one has spoilt the transaction") : 0;
    s->failed = 0;
    s->news = false;
    int err = s->ops->begin(s);
    s->open = err == 0;
    return err;
}

static int leave(struct store *s, bool own, int value) {
    if (own && s->open) {
        s->open = false;
        if (value < 0) {
            s->ops->rollback(s);
            freezes_end(s);
        } else {
            int err = commit(s);
            value = err ? err : value;
        }
    } else if (!own && value < 0 && !is_refusal(value) && !s->failed) {
        s->failed = value;
    }
    return result(s, value);
}

int store_begin(struct store *s) {
    bool own;
    s->told = false;
    if (s->open) return result(s, ERR_USAGE);
    return result(s, enter(s, &own));
}

int store_commit(struct store *s) {
    s->told = false;
    if (!s->open) return result(s, ERR_USAGE);
    s->open = false;
    if (s->failed) {
        s->told = true; /* the sentence of the failure is still there */
        s->ops->rollback(s);
        freezes_end(s);
        return s->failed;
    }
    return result(s, commit(s));
}

void store_rollback(struct store *s) {
    if (s->open) {
        s->ops->rollback(s);
        freezes_end(s);
    }
    s->open = false;
}

void store_close(struct store *s) {
    if (!s) return;
    store_rollback(s);
    store_budget_end(s);
    freezes_end(s);
    s->ops->close(s);
}

/* ---- Shared rules ---- */

bool store_kind_is_newer(uint32_t kind) {
    return (kind & KIND_CRITICAL) && kind != KIND_CHARTER && kind != KIND_RETRACTION && !register_is_kind(kind);
}

const uint8_t *store_retraction_target(const struct record *r) {
    return r->form == RECORD_FORM_PLAIN && r->kind == KIND_RETRACTION ? record_ref(r, REF_TARGET) : NULL;
}

/* The key of what an author corrects, or of all that acts upon a record. */
static void link_key(uint8_t out[HASH_SIZE], const char domain[16], const uint8_t id[HASH_SIZE],
                     const uint8_t *author) {
    uint8_t bytes[16 + HASH_SIZE + KEY_SIZE];
    memcpy(bytes, domain, 16);
    memcpy(bytes + 16, id, HASH_SIZE);
    if (author) memcpy(bytes + 16 + HASH_SIZE, author, KEY_SIZE);
    crypto_digest(out, bytes, author ? sizeof bytes : sizeof bytes - KEY_SIZE);
}

static const char corrects_domain[16] = "store corrects 1", acts_domain[16] = "store acts on  1";

void store_links_of(struct store_links *out, const struct record *r) {
    const uint8_t *reply = record_ref(r, REF_REPLY), *corrects = record_ref(r, REF_CORRECTS),
                  *target = r->kind >= KIND_ACTS ? record_ref(r, REF_TARGET) : NULL;
    out->count = 0;
    if (reply) memcpy(out->keys[out->count++], reply, HASH_SIZE);
    if (corrects) link_key(out->keys[out->count++], corrects_domain, corrects, r->author);
    if (target) link_key(out->keys[out->count++], acts_domain, target, NULL);
}

bool store_has_link(const struct record *r, const uint8_t key[HASH_SIZE]) {
    struct store_links links;
    store_links_of(&links, r);
    for (unsigned i = 0; i < links.count; i++)
        if (memcmp(links.keys[i], key, HASH_SIZE) == 0) return true;
    return false;
}

bool store_is_text(const struct record *r) {
    return r->form == RECORD_FORM_PLAIN && r->kind == KIND_TEXT && r->body;
}

/* Add the words of one part, behind a space. All parts came from one body, in which each has more than a byte around
 * it, so that they fit. */
static size_t words_add(char *out, size_t used, const char *text, size_t size) {
    if (size == 0) return used;
    size_t at = used > 0 ? used + 1 : 0;
    CHECK(at + size <= RECORD_SIZE_MAX);
    size_t folded = fold_text(out + at, text, size);
    if (folded == 0) return used;
    if (used > 0) out[used] = ' ';
    return at + folded;
}

static size_t text_words(char *out, size_t used, const struct text *text) {
    used = words_add(out, used, text->text, text->size);
    return words_add(out, used, text->place, strlen(text->place));
}

size_t store_text(char *out, const struct record *r) {
    struct record forwarded;
    struct text text, its;
    if (!store_is_text(r) || text_decode(&text, r)) return 0;
    size_t used = text_words(out, 0, &text);
    if (text.forwarded) {
        text_forwarded(&text, &forwarded, &its);
        used = text_words(out, used, &its);
    }
    for (unsigned i = 0; i < text.attachment_count; i++)
        used = words_add(out, used, text.attachments[i].name, strlen(text.attachments[i].name));
    return used;
}

uint64_t store_chunk_window(uint64_t size_bytes, uint32_t first) {
    uint32_t count = size_bytes > 0 ? blob_chunk_count(size_bytes) : BLOB_CHUNKS_MAX;
    if (first >= count) return 0;
    return count - first >= 64 ? UINT64_MAX : (UINT64_C(1) << (count - first)) - 1;
}

int store_decode(struct record *out, const uint8_t *bytes, size_t size, bool stub) {
    int err = stub ? record_decode_stub(out, bytes, size) : record_decode(out, bytes, size);
    return err ? ERR_DAMAGED : 0;
}

uint64_t store_horizon(uint64_t now) {
    return (now > TIME_MAX ? TIME_MAX : now) + TIME_AHEAD_SLACK;
}

int store_charter(struct charter *out, const uint8_t id[HASH_SIZE], const uint8_t *compact, size_t size) {
    struct record record;
    if (charter_expand(out, &record, compact, size) || memcmp(record.id, id, HASH_SIZE) != 0) return ERR_DAMAGED;
    return 0;
}

/* ---- Writing ---- */

#define WRITING(call) \
    bool own; \
    int err = enter(s, &own); \
    return leave(s, own, err ? err : (call))

int store_community_put(struct store *s, const struct record *charter_record, bool joined) {
    struct charter charter;
    uint8_t compact[CHARTER_COMPACT_MAX];
    s->told = false;
    int err = charter_decode(&charter, charter_record);
    if (err) return result(s, err);
    int size = charter_compact(charter_record, compact, sizeof compact);
    if (size < 0) return result(s, size);
    bool own;
    err = enter(s, &own);
    if (!err) err = s->ops->community_put(s, charter_record, compact, (size_t)size, joined);
    if (joined && err == 0) s->news = true; /* it may have been carried only */
    return leave(s, own, noted(s, err));
}

/* Put a record, and tell those who look after freezes. */
static int put(struct store *s, const struct record *r, const uint8_t *bytes, size_t size, uint64_t seen) {
    int value = noted(s, s->ops->put(s, r, bytes, size, seen));
    bool freezes = value > 0 && r->form == RECORD_FORM_PLAIN && r->kind == KIND_FREEZE;
    int err = freezes ? freezes_mark(s, r) : 0;
    if (value > 0 && r->form == RECORD_FORM_PLAIN) freezes_note(s, r);
    return err ? err : value;
}

int store_put(struct store *s, const struct record *r, const uint8_t *bytes, size_t size, uint64_t seen) {
    s->told = false;
    if (r->form == RECORD_FORM_PLAIN && r->kind == KIND_CHARTER) return result(s, ERR_CHARTER);
    if ((r->form == RECORD_FORM_SEALED) != store_is_pool(r->community)) return result(s, ERR_COMMUNITY);
    if (r->form == RECORD_FORM_SEALED && !r->body) return result(s, ERR_FIELD);
    if (size > RECORD_SIZE_MAX) return result(s, ERR_LIMIT);
    WRITING(put(s, r, bytes, size, seen > TIME_MAX ? TIME_MAX : seen));
}

/* The queue that a record from elsewhere is charged to. */
static int queue_of(struct store *s, const struct record *r, const struct store_source *from, uint64_t *out) {
    uint8_t tag[HASH_SIZE + KEY_SIZE], last[HASH_SIZE];
    uint64_t next = 0;
    enum budget_class class = from->class;
    *out = 0;
    if (class == BUDGET_OWN) return 0;
    bool sealed = r->form == RECORD_FORM_SEALED;
    int joined = sealed ? 1 : s->ops->is_joined(s, r->community);
    int err = joined < 0 ? joined : s->ops->own_get(s, r->author, &next, last);
    if (err) return err == ERR_COMMUNITY ? 0 : err;               /* of which store_put tells */
    bool written = from->guest && from->link == BUDGET_LINK_NONE; /* here, by a guest: their key is this point's, too */
    if (next > 0 && !written) class = BUDGET_OWN;
    if (class == BUDGET_OWN) return 0;
    bool stranger = class == BUDGET_STRANGER && joined > 0 && !from->guest && !sealed;
    bool stamped = stranger && stamp_bits(r) >= STAMP_BITS;
    memcpy(tag, r->community, HASH_SIZE);
    memcpy(tag + HASH_SIZE, r->author, KEY_SIZE);
    enum budget_lane lane = budget_lane_of(class, joined > 0, from->guest, stamped);
    if (sealed && class == BUDGET_STRANGER) lane = BUDGET_LANE_SEALED;
    *out = budget_queue(lane, from->link, (uint32_t)(s->ops->hash(s, tag, sizeof tag) & UINT32_MAX));
    return 0;
}

int store_put_from(struct store *s, const struct record *r, const uint8_t *bytes, size_t size, uint64_t seen,
                   const struct store_source *from) {
    uint64_t queue = 0;
    s->told = false;
    int err = s->open && s->failed ? 0 : queue_of(s, r, from, &queue);
    if (err) return result(s, err);
    s->charge_queue = queue;
    int put = store_put(s, r, bytes, size, seen);
    s->charge_queue = 0;
    return put;
}

unsigned store_link(struct store *s, const uint8_t *address, size_t size) {
    return BUDGET_LINK_FIRST + (unsigned)(s->ops->hash(s, address, size) % (BUDGET_LINKS - BUDGET_LINK_FIRST));
}

void store_budget_set(struct store *s, const struct store_budget *budget) {
    s->budget = *budget;
    s->arrived = UINT64_MAX; /* look once */
}

uint64_t store_charged(const struct store *s) {
    return s->charges.bytes;
}

void store_charge(struct store *s, int64_t bytes) {
    uint64_t *sum = &s->charges.bytes;
    if (bytes < 0) {
        *sum -= *sum < (uint64_t)-bytes ? *sum : (uint64_t)-bytes;
        return;
    }
    *sum += (uint64_t)bytes;
    s->arrived += UINT64_MAX - s->arrived < (uint64_t)bytes ? 0 : (uint64_t)bytes;
}

int store_own_set(struct store *s, const uint8_t author[KEY_SIZE], uint64_t next, const uint8_t last_id[HASH_SIZE]) {
    WRITING(s->ops->own_set(s, author, next, last_id));
}

int store_meta_set(struct store *s, const char *name, const uint8_t *value, size_t size) {
    s->told = false;
    if (size > STORE_META_MAX || strlen(name) > STORE_NAME_MAX) return result(s, ERR_LIMIT);
    if (strncmp(name, "store_", 6) == 0) /* the store's own */
        return result(s, ERR_USAGE);
    WRITING(s->ops->meta_set(s, name, value, size));
}

int store_pin(struct store *s, const uint8_t id[HASH_SIZE], bool pinned) {
    WRITING(s->ops->pin(s, id, pinned));
}

/* What time asks for; then, with what is left of the steps, what the budget asks for. */
static int tick(struct store *s, struct when when, uint32_t budget) {
    int err = store_freezes_refresh(s); /* what is set apart drops no body */
    if (err) return err;
    int done = s->ops->tick(s, when, budget);
    if (done < 0 || (uint32_t)done >= budget) return done;
    s->spare = SPARE_NONE;
    if (s->spared && !s->pass) s->arrived = UINT64_MAX; /* look again */
    int dropped = store_budget_step(s, STEPS_A_PUT * (budget - (uint32_t)done));
    return dropped < 0 ? dropped : done + dropped + store_budget_is_pending(s);
}

int store_tick(struct store *s, struct when when, uint32_t budget) {
    if (when.now > TIME_MAX) when.now = TIME_MAX;
    if (budget > STEPS_MAX) budget = STEPS_MAX;
    WRITING(tick(s, when, budget));
}

int store_ghost(struct store *s, const uint8_t community[HASH_SIZE], const uint8_t id[HASH_SIZE], uint32_t expiry_day,
                uint64_t created) {
    if (store_is_pool(community)) created = 0;
    WRITING(s->ops->ghost(s, community, id, expiry_day, created > TIME_MAX ? TIME_MAX : created));
}

int store_drop(struct store *s, const uint8_t id[HASH_SIZE]) {
    WRITING(s->ops->drop(s, id));
}

int store_chunk_put(struct store *s, const uint8_t blob[HASH_SIZE], uint64_t size_bytes, uint32_t index,
                    const uint8_t *proof, size_t proof_size, const uint8_t *data, size_t data_size, uint64_t seen) {
    s->told = false;
    if (index >= blob_chunk_count(size_bytes) || proof_size > BLOB_PROOF_MAX) return result(s, ERR_LIMIT);
    if (data_size != blob_chunk_size(size_bytes, index)) return result(s, ERR_FIELD);
    if (seen > TIME_MAX) seen = TIME_MAX;
    WRITING(noted(s, s->ops->chunk_put(s, blob, size_bytes, index, proof, proof_size, data, data_size, seen)));
}

int store_index(struct store *s, uint32_t budget) {
    WRITING(s->ops->index(s, budget > INT32_MAX ? INT32_MAX : budget));
}

static int bucket_refresh(struct store *s, const uint8_t *community, uint32_t first_day) {
    if (!s->ops->bucket_refresh) return 0;
    WRITING(s->ops->bucket_refresh(s, community, first_day));
}

/* ---- Reading ---- */

#define READING(call) \
    s->told = false; \
    return result(s, (call))

int store_community_get(struct store *s, const uint8_t id[HASH_SIZE], uint64_t now, struct store_community *out) {
    s->told = false;
    return result(s, store_is_pool(id) ? ERR_NOT_FOUND : s->ops->community_get(s, id, now, out));
}

int store_community_each(struct store *s, uint64_t now, store_visit_community visit, void *context) {
    READING(s->ops->community_each(s, now, visit, context));
}

int store_get(struct store *s, const uint8_t id[HASH_SIZE], uint8_t room[RECORD_SIZE_MAX], struct store_record *out) {
    READING(s->ops->get(s, id, room, out));
}

int store_get_num(struct store *s, int64_t num, uint8_t room[RECORD_SIZE_MAX], struct store_record *out) {
    READING(s->ops->get_num(s, num, room, out));
}

int store_find(struct store *s, const uint8_t prefix[HASH_SIZE], unsigned nibbles, uint32_t limit, store_visit visit,
               void *context) {
    s->told = false;
    if (nibbles < 1 || nibbles > 2 * HASH_SIZE) return result(s, ERR_USAGE);
    return result(s, s->ops->find(s, prefix, nibbles, limit, visit, context));
}

int store_has(struct store *s, const uint8_t id[HASH_SIZE]) {
    READING(s->ops->has(s, id));
}

/* What is for one person alone stands in no list, and counts towards no limit. */
struct listed {
    store_visit visit;
    void *context;
    uint32_t left; /* 0: no limit */
    bool full;
};

static int listed_visit(void *context, const struct store_record *r) {
    struct listed *l = context;
    if (r->record.form == RECORD_FORM_PLAIN && r->record.kind == KIND_LETTER) return 0;
    int stop = l->visit(l->context, r);
    if (stop || l->left == 0) return stop;
    l->full = --l->left == 0;
    return l->full;
}

static int listed_end(const struct listed *l, int value) {
    return l->full && value > 0 ? 0 : value;
}

int store_list(struct store *s, const struct store_query *query, store_visit visit, void *context) {
    s->told = false;
    if (query->community && store_is_pool(query->community)) return 0;
    struct listed l = {visit, context, query->limit, false};
    struct store_query all = *query;
    all.limit = 0;
    return result(s, listed_end(&l, s->ops->list(s, &all, listed_visit, &l)));
}

int store_replies(struct store *s, const uint8_t id[HASH_SIZE], uint64_t now, uint32_t limit, store_visit visit,
                  void *context) {
    struct listed l = {visit, context, limit, false};
    READING(listed_end(&l, s->ops->linked(s, id, now, 0, listed_visit, &l)));
}

int store_corrections(struct store *s, const uint8_t id[HASH_SIZE], const uint8_t author[KEY_SIZE], uint64_t now,
                      store_visit visit, void *context) {
    uint8_t key[HASH_SIZE];
    link_key(key, corrects_domain, id, author);
    READING(s->ops->linked(s, key, now, 0, visit, context));
}

int store_acts(struct store *s, const uint8_t id[HASH_SIZE], uint64_t now, store_visit visit, void *context) {
    uint8_t key[HASH_SIZE];
    link_key(key, acts_domain, id, NULL);
    READING(s->ops->linked(s, key, now, 0, visit, context));
}

int store_scan(struct store *s, const uint8_t *community, store_visit_entry visit, void *context) {
    READING(s->ops->scan(s, community, visit, context));
}

int store_own_get(struct store *s, const uint8_t author[KEY_SIZE], uint64_t *next, uint8_t last_id[HASH_SIZE]) {
    READING(s->ops->own_get(s, author, next, last_id));
}

int store_meta_get(struct store *s, const char *name, uint8_t *out, size_t size) {
    READING(s->ops->meta_get(s, name, out, size));
}

int store_ghost_is_partial(struct store *s, const uint8_t community[HASH_SIZE], uint32_t expiry_day) {
    READING(s->ops->ghost_is_partial(s, community, expiry_day));
}

int store_bucket_each(struct store *s, const uint8_t community[HASH_SIZE], uint32_t first_day, store_visit_bucket visit,
                      void *context) {
    int err = bucket_refresh(s, community, first_day);
    if (err) return err;
    READING(s->ops->bucket_each(s, community, first_day, visit, context));
}

int store_seen_range(struct store *s, const uint8_t community[HASH_SIZE], uint32_t lo_day, uint32_t lo_hour,
                     uint32_t hi_day, uint32_t hi_hour, store_visit_seen visit, void *context) {
    const struct store_span span = {store_bucket_key(lo_day, lo_hour), store_bucket_key(hi_day, hi_hour)};
    s->told = false;
    if (span.lo >= span.hi) return 0;
    return result(s, s->ops->seen_range(s, community, &span, visit, context));
}

int store_urgent_newest(struct store *s, const uint8_t community[HASH_SIZE], uint64_t now, uint32_t limit,
                        store_visit visit, void *context) {
    if (store_is_pool(community)) now = TIME_MAX; /* a last day lies ahead of now */
    struct listed l = {visit, context, limit, false};
    READING(listed_end(&l, s->ops->urgent_newest(s, community, now, 0, listed_visit, &l)));
}

int store_arrived_after(struct store *s, int64_t num, uint32_t limit, store_visit_arrival visit, void *context) {
    READING(s->ops->arrived_after(s, num, limit, visit, context));
}

int store_sealed_after(struct store *s, int64_t num, uint32_t limit, store_visit_arrival visit, void *context) {
    READING(s->ops->sealed_after(s, num, limit, visit, context));
}

int store_chunk_get(struct store *s, const uint8_t blob[HASH_SIZE], uint32_t index, struct store_chunk *out) {
    s->told = false;
    if (index >= BLOB_CHUNKS_MAX) return result(s, ERR_NOT_FOUND);
    return result(s, s->ops->chunk_get(s, blob, index, out));
}

int store_blob_get(struct store *s, const uint8_t blob[HASH_SIZE], uint64_t *size_bytes, uint32_t *held) {
    READING(s->ops->blob_get(s, blob, size_bytes, held));
}

int store_blob_missing_each(struct store *s, const uint8_t *community, store_visit_missing visit, void *context) {
    READING(s->ops->blob_missing_each(s, community, visit, context));
}

int store_blob_missing(struct store *s, const uint8_t blob[HASH_SIZE], uint32_t first, uint64_t *missing) {
    s->told = false;
    *missing = 0;
    if (first >= BLOB_CHUNKS_MAX) return 0;
    return result(s, s->ops->blob_missing(s, blob, first, missing));
}

int store_blob_is_of(struct store *s, const uint8_t community[HASH_SIZE], const uint8_t blob[HASH_SIZE]) {
    READING(s->ops->blob_is_of(s, community, blob));
}

int64_t store_newest_num(struct store *s) {
    return s->ops->newest_num(s);
}

int store_search(struct store *s, const uint8_t *community, const char *query, uint64_t now, uint32_t limit,
                 store_visit visit, void *context) {
    char words[STORE_QUERY_MAX + 1];
    size_t size = strlen(query);
    s->told = false;
    if (size > STORE_QUERY_MAX) return result(s, ERR_LIMIT);
    size = fold_text(words, query, size);
    words[size] = '\0';
    if (size == 0 || (community && store_is_pool(community))) return 0;
    return result(s, s->ops->search(s, community, words, now, limit, visit, context));
}

int store_stats(struct store *s, uint64_t now, struct store_stats *out) {
    s->told = false;
    int err = s->ops->stats(s, now, out);
    out->charged = s->charges.bytes;
    out->pool = s->budget.pool_bytes;
    out->dropped = s->charges.dropped;
    return result(s, err);
}

int store_integrity(struct store *s) {
    READING(s->ops->integrity(s));
}
