/*
 * reconcile.c: the life of a pass, which message goes where, and the heap of what the peer lacks.
 */
#include "core/reconcile.h"

#include <string.h>

#include "core/check.h"
#include "core/crypto.h"
#include "core/reconcile_internal.h"

void reconcile_init(struct reconcile *r, const struct reconcile_source *source, const struct reconcile_config *config) {
    static const uint8_t domain[] = "longear reconcil";
    uint8_t keys[HASH_SIZE];
    CHECK(config->digest_size > 0 && config->digest_size <= RECONCILE_DIGEST_MAX);
    memset(r, 0, sizeof *r);
    r->source = *source;
    r->config = *config;
    r->floor_day = config->floor_day;
    r->phase = config->asker ? PHASE_ASK_START : PHASE_SOLVE_START;
    crypto_digest_keyed(r->digest_key, config->salt, sizeof config->salt, domain, sizeof domain - 1);
    crypto_digest_keyed(keys, r->digest_key, sizeof r->digest_key, domain, sizeof domain - 1);
    memcpy(r->hash_key, keys, sizeof r->hash_key);
}

int reconcile_spend(struct reconcile *r, uint64_t work) {
    if (work > r->config.work_max - r->work) return ERR_LIMIT;
    r->work += work;
    return 0;
}

/* Take a message that needs room. Without room nothing has happened, so that it can be taken later. */
static int take_or_wait(struct reconcile *r, struct reader *in, int (*take)(struct reconcile *, struct reader *)) {
    const struct reconcile before = *r;
    const int err = take(r, in);
    if (err == ERR_BUSY) *r = before;
    return err;
}

int reconcile_recv(struct reconcile *r, const uint8_t *message, size_t size) {
    struct reader in;
    if (size > RECONCILE_MESSAGE_MAX) return ERR_LIMIT;
    reader_init(&in, message, size);
    const uint8_t type = reader_u8(&in);
    if (in.err) return in.err;
    switch (r->phase) {
    case PHASE_ASK_DIFF:
        if (type == TYPE_DIFF) return take_or_wait(r, &in, ask_diff);
        if (type == TYPE_WANT && r->range_count == 0) {
            r->phase = PHASE_LIST_SEND; /* START was all of the list */
            return list_want_recv(r, &in);
        }
        break;
    case PHASE_ASK_SKETCH:
    case PHASE_ASK_FOUND:
        if (type == TYPE_FOUND) return ask_found(r, &in);
        break;
    case PHASE_SOLVE_START:
        if (type == TYPE_START) return take_or_wait(r, &in, solve_start);
        break;
    case PHASE_SOLVE_CHOICE:
        if (type == TYPE_SKETCH) return solve_sketch(r, &in);
        if (type == TYPE_LIST) {
            list_begin(r, false);
            return list_recv(r, &in);
        }
        if (type == TYPE_ASK) {
            list_begin(r, true);
            return reader_end(&in);
        }
        break;
    case PHASE_SOLVE_SKETCH:
        if (type == TYPE_SKETCH) return solve_sketch(r, &in);
        break;
    case PHASE_LIST_SEND:
        if (type == TYPE_WANT) return list_want_recv(r, &in);
        break;
    case PHASE_LIST_RECEIVE:
        if (type == TYPE_LIST) return list_recv(r, &in);
        break;
    default: break;
    }
    return ERR_FIELD;
}

int reconcile_send(struct reconcile *r, uint8_t *out, size_t max) {
    struct writer w;
    int err = 0;
    CHECK(max >= RECONCILE_MESSAGE_MIN);
    writer_init(&w, out, max < RECONCILE_MESSAGE_MAX ? max : RECONCILE_MESSAGE_MAX);
    switch (r->phase) {
    case PHASE_ASK_START: err = ask_start(r, &w); break;
    case PHASE_ASK_SKETCH: err = ask_sketch(r, &w); break;
    case PHASE_ASK_LIST:
        writer_u8(&w, TYPE_ASK);
        list_begin(r, false);
        break;
    case PHASE_SOLVE_DIFF: err = solve_diff(r, &w); break;
    case PHASE_SOLVE_SKETCH: err = solve_found(r, &w); break;
    case PHASE_LIST_SEND: err = list_send(r, &w); break;
    case PHASE_LIST_RECEIVE: err = list_want_send(r, &w); break;
    default: break;
    }
    if (err) return err;
    CHECK(!w.err);
    return (int)w.at;
}

bool reconcile_is_done(const struct reconcile *r) {
    return r->phase == PHASE_DONE;
}

uint64_t reconcile_wanted(const struct reconcile *r) {
    return r->wanted;
}

uint64_t reconcile_lacked(const struct reconcile *r) {
    return r->lacked;
}

/* ---- A binary heap, the greatest item first ---- */

void reconcile_lack(struct reconcile *r, uint64_t item, bool named) {
    /* Each element is told once, but for elements with equal short ids, which a hostile peer cannot make. */
    if (r->heap_count == r->n_max) return;
    size_t at = r->heap_count++;
    while (at > 0 && r->heap[(at - 1) / 2] < item) {
        r->heap[at] = r->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    r->heap[at] = item;
    r->lacked++;
    if (!named) r->untold++;
}

int reconcile_next(struct reconcile *r, uint64_t *item) {
    if (r->heap_count == 0) return 0;
    *item = r->heap[0];
    const uint64_t last = r->heap[--r->heap_count];
    size_t at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= r->heap_count) break;
        if (child + 1 < r->heap_count && r->heap[child + 1] > r->heap[child]) child++;
        if (r->heap[child] <= last) break;
        r->heap[at] = r->heap[child];
        at = child;
    }
    r->heap[at] = last;
    return 1;
}
