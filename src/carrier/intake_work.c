/*
 * intake_work.c: the threads of the intake.
 *
 * Checkers take batches, urgent ones first, decode and verify. A batch may finish before one that came before it; the
 * writer takes from the front of each lane what is checked. It lets records gather while others are being checked, up
 * to a group or INTAKE_GROUP_WAIT_MS, unless an urgent one is there: one fsync serves all of them.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "carrier/admit.h"
#include "carrier/intake_internal.h"
#include "core/blob.h"
#include "core/check.h"

/* The store is asked what is known as long as a contact sends such; after so many new ones in a row no more: what it
 * sends was asked for, and of two that bring the same at once one is noticed by the recent ones. */
#define FRESH_ROW 256

static uint64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* ---- Checking ---- */

static bool is_record(const struct intake_item *item) {
    return item->type != ITEM_CHUNK;
}

static int item_record(const struct intake_batch *b, const struct intake_item *item, struct record *out) {
    return record_decode_again(out, b->arena + item->offset, item->size, item->type == ITEM_STUB, item->id,
                               item->body_hash);
}

static void items_decode(struct intake_batch *b) {
    struct record r;
    for (unsigned i = 0; i < b->count; i++) {
        struct intake_item *item = &b->items[i];
        if (!is_record(item)) continue;
        item->err = item->type == ITEM_STUB ? record_decode_stub(&r, b->arena + item->offset, item->size)
                                            : record_decode(&r, b->arena + item->offset, item->size);
        /* Said before it is looked up: who sends a record of another community learns nothing of whether it is here. */
        if (!item->err && memcmp(r.community, item->charter->community, HASH_SIZE) != 0)
            item->err = r.form == RECORD_FORM_PLAIN && r.kind == KIND_CHARTER ? ERR_CHARTER : ERR_COMMUNITY;
        if (item->err) continue;
        item->decoded = true;
        memcpy(item->id, r.id, HASH_SIZE);
        memcpy(item->body_hash, r.body_hash, HASH_SIZE);
    }
}

/* Mark what is known: by the recent ids, and by the store if it is free now. What is missed here is verified once more,
 * which harms nobody. */
static void items_look(struct intake *in, struct intake_batch *b) {
    pthread_mutex_lock(&in->mutex);
    for (unsigned i = 0; i < b->count; i++) {
        struct intake_item *item = &b->items[i];
        if (!is_record(item) || item->err) continue;
        const struct intake_recent *recent = intake_recent_of(in, item->id);
        item->known = recent->origin.number && memcmp(recent->id, item->id, HASH_SIZE) == 0;
    }
    pthread_mutex_unlock(&in->mutex);
    if (!b->look || pthread_mutex_trylock(in->config.mutex) != 0) return;
    for (unsigned i = 0; i < b->count; i++) {
        struct intake_item *item = &b->items[i];
        if (!is_record(item) || item->err || item->known) continue;
        int has = store_has(in->config.store, item->id);
        item->known = has == STORE_HELD || has == STORE_GHOST;
    }
    pthread_mutex_unlock(in->config.mutex);
}

static int chunk_check(const struct intake_batch *b, const struct intake_item *item) {
    const uint8_t *proof = b->arena + item->offset;
    return blob_check(item->id, item->size_bytes, item->index, proof, item->proof_size, proof + item->proof_size,
                      item->size - item->proof_size);
}

static void batch_check(struct intake *in, struct intake_batch *b) {
    struct record r;
    items_decode(b);
    items_look(in, b);
    for (unsigned i = 0; i < b->count && !atomic_load_explicit(&b->contact->broken, memory_order_relaxed); i++) {
        struct intake_item *item = &b->items[i];
        if (item->err || item->known) continue;
        if (is_record(item)) {
            item->err = item_record(b, item, &r);
            if (!item->err && r.form == RECORD_FORM_PLAIN && r.kind == KIND_CHARTER)
                item->err = ERR_CHARTER; /* it is no record of its group, whoever admits it */
            if (!item->err) item->err = admit_record(item->charter, &r, b->when);
        } else {
            item->err = chunk_check(b, item);
        }
        item->verified = !item->err;
    }
}

void *intake_check_main(void *context) {
    struct intake *in = context;
    (void)pthread_setname_np(pthread_self(), "check");
    pthread_mutex_lock(&in->mutex);
    for (;;) {
        unsigned lane = *in->lanes[0].unchecked ? 0 : 1;
        struct intake_batch *b = *in->lanes[lane].unchecked;
        if (!b) {
            if (in->stop) break;
            pthread_cond_wait(&in->work, &in->mutex);
            continue;
        }
        in->lanes[lane].unchecked = &b->next;
        in->lanes[lane].clock = b->turn;
        b->look = b->contact->fresh < FRESH_ROW;
        pthread_mutex_unlock(&in->mutex);
        batch_check(in, b);
        pthread_mutex_lock(&in->mutex);
        b->checked = true;
        b->since_ms = now_ms();
        in->lanes[lane].checked += b->count;
        in->lanes[lane].working--;
        pthread_cond_signal(&in->done);
    }
    pthread_mutex_unlock(&in->mutex);
    return NULL;
}

/* ---- Storing ---- */

/* What a group has come to, in the order of its batches; told only when it is durable. */
struct group {
    struct intake_batch *head, **tail;
    unsigned records;
    struct intake_counts counts;
    struct intake_range range;
};

static bool lane_is_ready(const struct intake_lane *lane) {
    return lane->head && lane->head->checked;
}

/* Tell whether to store now, or, if not, until when to wait at most (0: for a signal). The caller holds the mutex. */
static bool group_is_due(const struct intake *in, uint64_t *until_ms) {
    const struct intake_lane *bulk = &in->lanes[1];
    *until_ms = 0;
    if (lane_is_ready(&in->lanes[0])) return true;
    if (!lane_is_ready(bulk)) return false;
    *until_ms = bulk->head->since_ms + INTAKE_GROUP_WAIT_MS;
    return bulk->checked >= INTAKE_GROUP || bulk->working == 0 || now_ms() >= *until_ms;
}

static void done_wait(struct intake *in, uint64_t until_ms) {
    struct timespec until = {.tv_sec = (time_t)(until_ms / 1000), .tv_nsec = (long)(until_ms % 1000) * 1000000};
    if (until_ms == 0)
        pthread_cond_wait(&in->done, &in->mutex);
    else
        (void)pthread_cond_timedwait(&in->done, &in->mutex, &until);
}

/* Take the group: urgent batches, then others. The caller holds the mutex. */
static void group_take(struct intake *in, struct group *g) {
    *g = (struct group){.head = NULL};
    g->tail = &g->head;
    for (unsigned i = 0; i < LANES; i++) {
        struct intake_lane *lane = &in->lanes[i];
        while (lane_is_ready(lane) && g->records < INTAKE_GROUP) {
            struct intake_batch *b = lane->head;
            lane->head = b->next;
            if (!lane->head) lane->tail = &lane->head;
            if (lane->unchecked == &b->next) lane->unchecked = &lane->head;
            lane->checked -= b->count;
            b->next = NULL;
            *g->tail = b;
            g->tail = &b->next;
            g->records += b->count;
        }
    }
}

/* A record is refused without blame: remember it, if its id is known, so that it is not offered for ever. What has
 * expired lies below the floor of reconciliation and needs no ghost. */
static int ghost_put(struct intake *in, const struct intake_batch *b, const struct intake_item *item) {
    struct record r;
    if (!item->decoded || item->err == ERR_EXPIRED || item_record(b, item, &r)) return 0;
    int err = store_ghost(in->config.store, item->charter->community, item->id, r.expiry_day, r.created);
    return admit_is_refusal(err) ? 0 : err;
}

static void refusal_count(struct group *g, int err) {
    if (-err > 0 && -err < INTAKE_REFUSALS_MAX) g->counts.refusals[-err]++;
}

static int put_from(struct intake *in, const struct intake_batch *b, const struct intake_item *item,
                    const struct record *r) {
    const struct intake_config *config = &in->config;
    struct store_source from = b->contact->from;
    from.class = admit_class_by(&config->classes, item->charter, r);
    return store_put_from(config->store, r, b->arena + item->offset, item->size, b->when.now, &from);
}

/* Store a record. Return 0 or an error of the store; item->err says why it was refused. */
static int record_store(struct intake *in, const struct intake_batch *b, struct intake_item *item, struct group *g) {
    struct record r;
    CHECK(item->verified == !item->err);
    if (!item->err) item->err = item_record(b, item, &r);
    int put = item->err ? 0 : put_from(in, b, item, &r);
    if (admit_is_refusal(put)) item->err = put;
    if (put < 0 && !item->err) return put;
    if (!item->err) {
        g->counts.records += put > 0;
        g->counts.known += put == 0;
        item->known = put == 0;
        return 0;
    }
    g->counts.refused++;
    refusal_count(g, item->err);
    return ghost_put(in, b, item);
}

static int chunk_store(struct intake *in, const struct intake_batch *b, struct intake_item *item, struct group *g) {
    const uint8_t *proof = b->arena + item->offset;
    CHECK(item->verified);
    int put = store_chunk_put(in->config.store, item->id, item->size_bytes, item->index, proof, item->proof_size,
                              proof + item->proof_size, item->size - item->proof_size, b->when.now);
    if (put < 0) return put;
    g->counts.chunks += put > 0;
    item->known = put == 0;
    return 0;
}

/*
 * Store a batch. An item that breaks the rules ends it, and with it everything that its contact handed in behind it.
 * Return 0 or an error of the store.
 */
static int batch_store(struct intake *in, struct intake_batch *b, struct group *g) {
    for (unsigned i = 0; i < b->count && !atomic_load(&b->contact->broken); i++) {
        struct intake_item *item = &b->items[i];
        int put = 0;
        if (item->known) {
            g->counts.known += is_record(item);
        } else if (item->err && (admit_is_blame(item->err) || !is_record(item))) {
            b->blame = item->err;
            refusal_count(g, item->err);
            atomic_store(&b->contact->broken, true);
            return 0;
        } else {
            put = is_record(item) ? record_store(in, b, item, g) : chunk_store(in, b, item, g);
        }
        if (put < 0) return put;
        b->done = i + 1;
    }
    return 0;
}

/* Note what the group brought, before anybody else can read it from the store. */
static void group_note(struct intake *in, const struct group *g) {
    pthread_mutex_lock(&in->mutex);
    in->ranges[in->range_at++ % RANGES] = g->range;
    for (const struct intake_batch *b = g->head; b; b = b->next)
        for (unsigned i = 0; i < b->done; i++) {
            const struct intake_item *item = &b->items[i];
            if (item->type != ITEM_RECORD || item->known || item->err) continue; /* of a stub the body may come still */
            struct intake_recent *recent = intake_recent_of(in, item->id);
            memcpy(recent->id, item->id, HASH_SIZE);
            recent->origin = (struct intake_origin){.number = b->contact->number, .link = b->contact->from.link};
        }
    pthread_mutex_unlock(&in->mutex);
}

static int group_store(struct intake *in, struct group *g) {
    struct store *store = in->config.store;
    pthread_mutex_lock(in->config.mutex);
    g->range.first = store_newest_num(store) + 1;
    g->range.contact = g->head->contact->number;
    for (const struct intake_batch *b = g->head; b; b = b->next)
        if (b->contact->number != g->range.contact) g->range.contact = 0;
    int err = store_begin(store);
    for (struct intake_batch *b = g->head; b && !err; b = b->next) err = batch_store(in, b, g);
    if (!err) err = store_commit(store);
    if (err) store_rollback(store);
    g->range.last = store_newest_num(store);
    if (!err) group_note(in, g);
    pthread_mutex_unlock(in->config.mutex);
    return err;
}

static void counts_add(struct intake_counts *sum, const struct intake_counts *more) {
    sum->records += more->records;
    sum->known += more->known;
    sum->refused += more->refused;
    sum->chunks += more->chunks;
    for (size_t i = 0; i < INTAKE_REFUSALS_MAX; i++) sum->refusals[i] += more->refusals[i];
    sum->groups++;
}

static void report_add(struct intake_contact *c) {
    struct intake *in = c->in;
    if (c->reported || c->closed) return;
    c->reported = true;
    c->next = NULL;
    *in->reports_tail = c;
    in->reports_tail = &c->next;
}

/* Add what became of an item to the report. */
static void item_over(struct intake_contact *c, const struct intake_item *item) {
    if (item->type == ITEM_CHUNK) {
        c->report.chunks += !item->known;
        return;
    }
    if (item->known || item->err) {
        c->fresh = 0;
        return;
    }
    c->report.records++;
    c->fresh++;
}

/* Tell what became of a batch and free it, and its contact if that was waiting for it. The caller holds the mutex. */
static void batch_over(struct intake *in, struct intake_batch *b, int err) {
    struct intake_contact *c = b->contact;
    for (unsigned i = 0; i < b->done && !err; i++) {
        c->report.done[b->stream]++;
        item_over(c, &b->items[i]);
    }
    if (!c->err && (b->blame || err)) {
        atomic_store(&c->broken, true);
        c->err = b->blame ? b->blame : err;
        c->blamed = b->blame != 0;
    }
    c->records -= b->count;
    c->bytes -= intake_batch_bytes(b);
    report_add(c);
    if (--c->batches == 0) {
        in->contacts_busy--;
        if (c->closed) free(c);
    }
    free(b);
}

void *intake_write_main(void *context) {
    struct intake *in = context;
    struct group g;
    uint64_t until_ms;
    (void)pthread_setname_np(pthread_self(), "write");
    pthread_mutex_lock(&in->mutex);
    for (;;) {
        if (!group_is_due(in, &until_ms)) {
            if (in->stop && !in->lanes[0].head && !in->lanes[1].head) break;
            done_wait(in, until_ms);
            continue;
        }
        group_take(in, &g);
        pthread_mutex_unlock(&in->mutex);
        int err = group_store(in, &g);
        pthread_mutex_lock(&in->mutex);
        if (!err) counts_add(&in->counts, &g.counts);
        while (g.head) {
            struct intake_batch *b = g.head;
            g.head = b->next;
            batch_over(in, b, err);
        }
        if (in->contacts_busy == 0) pthread_cond_broadcast(&in->drained);
        bool told = in->reports != NULL;
        pthread_mutex_unlock(&in->mutex);
        if (told && in->config.wake) in->config.wake(in->config.context);
        pthread_mutex_lock(&in->mutex);
    }
    pthread_mutex_unlock(&in->mutex);
    return NULL;
}
