/*
 * closed_state.c: what is kept of closed communities, in settings of the store:
 *
 *   closed.k.<community>      the keys: all that closed_internal.h calls kept but the register
 *   closed.a.<community>.<n>  the n-th record about the membership that was taken in: canonical bytes
 *   closed.p.<community>.<n>  the newest prekey of a member: key ‖ prekey ‖ id of the record ‖ sequence number
 *
 *   closed.f.<community>.<n>  a file of which pieces have come: author ‖ blob ‖ size ‖ expiry day ‖ ids of the sealed
 *                             records that bring them
 *
 *   closed.r.<community>.<id>  whom an epoch here is for: the first 8 bytes of each key
 *
 * <community> is the first 16 bytes of the id in hex. Only this program reads it, so what does not fit is ERR_DAMAGED.
 */
#include <stdlib.h>
#include <string.h>

#include "closed/closed_internal.h"
#include "core/bytes.h"
#include "core/crypto.h"

#define STATE_VERSION 1
#define THEIR_SIZE (3 * 32 + 5)

void state_name(char out[STORE_NAME_MAX + 1], char kind, const struct group *g, long number) {
    static const char digits[] = "0123456789abcdef";
    char decimal[20];
    size_t at = 0, count = 0;
    memcpy(out, "closed.", 7);
    at = 7;
    out[at++] = kind;
    out[at++] = '.';
    for (unsigned i = 0; i < 16; i++) {
        out[at++] = digits[g->charter.community[i] >> 4];
        out[at++] = digits[g->charter.community[i] & 15];
    }
    if (number >= 0) {
        out[at++] = '.';
        do decimal[count++] = (char)('0' + number % 10);
        while ((number /= 10) > 0);
        while (count > 0) out[at++] = decimal[--count];
    }
    out[at] = '\0';
}

/* ---- Shelves and epochs ---- */

const struct given *shelf_given(const struct group *g, const uint8_t id[SHELF_ID_SIZE]) {
    for (unsigned i = 0; i < g->given_count; i++)
        if (memcmp(g->givens[i].id, id, SHELF_ID_SIZE) == 0) return &g->givens[i];
    return NULL;
}

int shelf_give(struct group *g, const uint8_t id[SHELF_ID_SIZE], const uint8_t prefix[EPOCH_PREFIX_SIZE]) {
    unsigned which = 0;
    while (which < g->given_count && memcmp(g->givens[which].id, id, SHELF_ID_SIZE) != 0) which++;
    if (which == GIVENS_MAX) return ERR_LIMIT;
    struct given *s = &g->givens[which];
    if (which == g->given_count) {
        memset(s, 0, sizeof *s);
        memcpy(s->id, id, SHELF_ID_SIZE);
        g->given_count++;
    }
    size_t at = 0;
    while (at < s->count && memcmp(s->known[at], prefix, EPOCH_PREFIX_SIZE) < 0) at++;
    if (at < s->count && memcmp(s->known[at], prefix, EPOCH_PREFIX_SIZE) == 0) return 0;
    if (s->count == s->room) {
        size_t room = s->room ? 2 * s->room : 16;
        void *more = realloc(s->known, room * EPOCH_PREFIX_SIZE);
        if (!more) return ERR_MEMORY;
        s->known = more;
        s->room = room;
    }
    memmove(s->known[at + 1], s->known[at], (s->count - at) * EPOCH_PREFIX_SIZE);
    memcpy(s->known[at], prefix, EPOCH_PREFIX_SIZE);
    s->count++;
    g->keys_changed = true;
    return 0;
}

int shelf_add(struct closed *c, struct group *g, const uint8_t secret[KEY_SIZE], uint32_t day) {
    for (unsigned i = 0; i < g->shelf_count; i++)
        if (memcmp(g->shelves[i].secret, secret, KEY_SIZE) == 0) return (int)i;
    if (g->shelf_count == CLOSED_SHELVES_MAX) return ERR_LIMIT;
    struct shelf *s = &g->shelves[g->shelf_count];
    memset(s, 0, sizeof *s);
    memcpy(s->secret, secret, KEY_SIZE);
    shelf_id(s->id, secret);
    s->day = day;
    g->keys_changed = true;
    c->labels_stale = true;
    return (int)g->shelf_count++;
}

void epoch_add(struct group *g, const struct held_epoch *e) {
    size_t at = 0, oldest = 0;
    while (at < g->epoch_count && memcmp(g->epochs[at].id, e->id, HASH_SIZE) != 0) {
        if (g->epochs[at].used < g->epochs[oldest].used) oldest = at;
        at++;
    }
    /* The same again is nothing new: or a welcome that is read again would set the cursors back for ever. */
    if (at < g->epoch_count && (!g->epochs[at].reading || e->reading)) return;
    if (at == CLOSED_EPOCHS_MAX)
        at = oldest;
    else if (at == g->epoch_count)
        g->epoch_count++;
    g->epochs[at] = *e;
    g->keys_changed = true;
    if (g->waiting > 0) g->rewind = true;
}

/* ---- Whom an epoch is for ---- */

static void recipients_name(char out[STORE_NAME_MAX + 1], const struct group *g, const uint8_t id[HASH_SIZE]) {
    static const char digits[] = "0123456789abcdef";
    state_name(out, 'r', g, -1);
    size_t at = 0;
    while (out[at]) at++;
    out[at++] = '.';
    for (unsigned i = 0; i < 8; i++) {
        out[at++] = digits[id[i] >> 4];
        out[at++] = digits[id[i] & 15];
    }
    out[at] = '\0';
}

int recipients_save(struct closed *c, const struct group *g, const uint8_t id[HASH_SIZE], const uint8_t *keys,
                    size_t stride, size_t count) {
    char name[STORE_NAME_MAX + 1];
    uint8_t *prefixes = malloc(count * EPOCH_PREFIX_SIZE + 1);
    if (!prefixes) return ERR_MEMORY;
    for (size_t i = 0; i < count; i++) memcpy(prefixes + i * EPOCH_PREFIX_SIZE, keys + i * stride, EPOCH_PREFIX_SIZE);
    recipients_name(name, g, id);
    int err = store_meta_set(c->host.store, name, prefixes, count * EPOCH_PREFIX_SIZE);
    free(prefixes);
    return err;
}

int recipients_drop(struct closed *c, const struct group *g, const uint8_t id[HASH_SIZE]) {
    char name[STORE_NAME_MAX + 1];
    recipients_name(name, g, id);
    return store_meta_set(c->host.store, name, NULL, 0);
}

bool recipients_have(struct closed *c, const struct group *g, const uint8_t id[HASH_SIZE],
                     const uint8_t key[KEY_SIZE]) {
    char name[STORE_NAME_MAX + 1];
    uint8_t *prefixes = malloc(MEMBERS_MAX * EPOCH_PREFIX_SIZE);
    bool found = false;
    recipients_name(name, g, id);
    int size = prefixes ? store_meta_get(c->host.store, name, prefixes, MEMBERS_MAX * EPOCH_PREFIX_SIZE) : ERR_MEMORY;
    for (int at = 0; at < size && !found; at += EPOCH_PREFIX_SIZE)
        found = memcmp(prefixes + at, key, EPOCH_PREFIX_SIZE) == 0;
    free(prefixes);
    return found;
}

/* ---- Keys ---- */

static size_t keys_size(const struct group *g) {
    size_t size =
        256 + CLOSED_PREKEYS_MAX * 48 + g->epoch_count * (5 * 32 + 16) + (LACKS_MAX + TARGETS_MAX) * HASH_SIZE;
    size += g->shelf_count * 64;
    for (unsigned i = 0; i < g->given_count; i++) size += 32 + g->givens[i].count * EPOCH_PREFIX_SIZE;
    return size;
}

static void keys_write(struct writer *w, const struct group *g) {
    writer_u8(w, STATE_VERSION);
    writer_u8(w, g->has_drop);
    writer_u8(w, g->refused);
    writer_u8(w, g->judge);
    writer_bytes(w, g->drop, KEY_SIZE);
    writer_varint(w, g->drop_day);
    writer_varint(w, g->rewind ? 0 : (uint64_t)g->cursor);
    writer_varint(w, g->rewind ? 0 : g->waiting);
    writer_varint(w, g->prekey_count);
    for (unsigned i = 0; i < g->prekey_count; i++) {
        writer_bytes(w, g->prekeys[i].secret, KEY_SIZE);
        writer_varint(w, g->prekeys[i].day);
        writer_varint(w, g->prekeys[i].superseded);
    }
    writer_varint(w, g->shelf_count);
    for (unsigned i = 0; i < g->shelf_count; i++) {
        const struct shelf *s = &g->shelves[i];
        writer_bytes(w, s->secret, KEY_SIZE);
        writer_varint(w, s->day);
        writer_varint(w, g->rewind ? 0 : (uint64_t)s->cursor);
    }
    writer_varint(w, g->given_count);
    for (unsigned i = 0; i < g->given_count; i++) {
        writer_bytes(w, g->givens[i].id, SHELF_ID_SIZE);
        writer_varint(w, g->givens[i].count);
        writer_bytes(w, g->givens[i].known[0], g->givens[i].count * EPOCH_PREFIX_SIZE);
    }
    writer_varint(w, g->epoch_count);
    for (unsigned i = 0; i < g->epoch_count; i++) {
        const struct held_epoch *e = &g->epochs[i];
        writer_bytes(w, e->id, HASH_SIZE);
        writer_bytes(w, e->key, KEY_SIZE);
        writer_bytes(w, e->minter, KEY_SIZE);
        writer_bytes(w, e->recipients, HASH_SIZE);
        writer_bytes(w, e->follows, HASH_SIZE);
        writer_varint(w, e->day);
        writer_varint(w, e->used);
        writer_u8(w, e->shelf);
        writer_u8(w, e->reading);
    }
    writer_varint(w, g->lack_count);
    if (g->lack_count > 0) writer_bytes(w, g->lacks[0], g->lack_count * HASH_SIZE);
    writer_varint(w, g->target_count);
    if (g->target_count > 0) writer_bytes(w, g->targets[0], g->target_count * HASH_SIZE);
}

static int shelves_read(struct reader *in, struct group *g) {
    unsigned count = (unsigned)reader_varint(in, CLOSED_SHELVES_MAX);
    for (unsigned i = 0; i < count && !in->err; i++) {
        struct shelf *s = &g->shelves[g->shelf_count++];
        memset(s, 0, sizeof *s);
        reader_copy(in, s->secret, KEY_SIZE);
        s->day = (uint32_t)reader_varint(in, UINT32_MAX);
        s->cursor = (int64_t)reader_varint(in, VARINT_MAX);
        shelf_id(s->id, s->secret);
    }
    unsigned givens = (unsigned)reader_varint(in, GIVENS_MAX);
    for (unsigned i = 0; i < givens && !in->err; i++) {
        struct given *s = &g->givens[g->given_count++];
        reader_copy(in, s->id, SHELF_ID_SIZE);
        size_t known = (size_t)reader_varint(in, 65536);
        const uint8_t *prefixes = reader_bytes(in, known * EPOCH_PREFIX_SIZE);
        if (!prefixes || known == 0) return ERR_DAMAGED;
        s->known = malloc(known * EPOCH_PREFIX_SIZE);
        if (!s->known) return ERR_MEMORY;
        memcpy(s->known, prefixes, known * EPOCH_PREFIX_SIZE);
        s->count = s->room = known;
    }
    return 0;
}

static int keys_read(struct reader *in, struct group *g) {
    if (reader_u8(in) != STATE_VERSION) return ERR_DAMAGED;
    g->has_drop = reader_u8(in);
    g->refused = reader_u8(in);
    g->judge_kept = reader_u8(in);
    reader_copy(in, g->drop, KEY_SIZE);
    g->drop_day = (uint32_t)reader_varint(in, UINT32_MAX);
    g->cursor = (int64_t)reader_varint(in, VARINT_MAX);
    g->waiting = reader_varint(in, VARINT_MAX);
    g->prekey_count = (unsigned)reader_varint(in, CLOSED_PREKEYS_MAX);
    for (unsigned i = 0; i < g->prekey_count && !in->err; i++) {
        reader_copy(in, g->prekeys[i].secret, KEY_SIZE);
        g->prekeys[i].day = (uint32_t)reader_varint(in, UINT32_MAX);
        g->prekeys[i].superseded = (uint32_t)reader_varint(in, UINT32_MAX);
    }
    int err = shelves_read(in, g);
    if (err) return err;
    unsigned epochs = (unsigned)reader_varint(in, CLOSED_EPOCHS_MAX);
    for (unsigned i = 0; i < epochs && !in->err; i++) {
        struct held_epoch *e = &g->epochs[g->epoch_count++];
        reader_copy(in, e->id, HASH_SIZE);
        reader_copy(in, e->key, KEY_SIZE);
        reader_copy(in, e->minter, KEY_SIZE);
        reader_copy(in, e->recipients, HASH_SIZE);
        reader_copy(in, e->follows, HASH_SIZE);
        e->day = (uint32_t)reader_varint(in, UINT32_MAX);
        e->used = (uint32_t)reader_varint(in, UINT32_MAX);
        e->shelf = reader_u8(in);
        e->reading = reader_u8(in);
    }
    g->lack_count = (unsigned)reader_varint(in, LACKS_MAX);
    reader_copy(in, g->lacks[0], g->lack_count * HASH_SIZE);
    g->target_count = (unsigned)reader_varint(in, TARGETS_MAX);
    reader_copy(in, g->targets[0], g->target_count * HASH_SIZE);
    return reader_end(in) ? ERR_DAMAGED : 0;
}

static int keys_load(struct closed *c, struct group *g) {
    char name[STORE_NAME_MAX + 1];
    struct reader in;
    state_name(name, 'k', g, -1);
    uint8_t *bytes = malloc(STORE_META_MAX);
    if (!bytes) return ERR_MEMORY;
    int got = store_meta_get(c->host.store, name, bytes, STORE_META_MAX);
    int err = got == ERR_NOT_FOUND ? 0 : got < 0 ? got : 0;
    if (got > 0) {
        reader_init(&in, bytes, (size_t)got);
        err = keys_read(&in, g);
        crypto_wipe(bytes, (size_t)got);
    }
    free(bytes);
    return err;
}

static int keys_save(struct closed *c, struct group *g) {
    char name[STORE_NAME_MAX + 1];
    struct writer w;
    size_t size = keys_size(g);
    uint8_t *bytes = malloc(size);
    if (!bytes) return ERR_MEMORY;
    state_name(name, 'k', g, -1);
    writer_init(&w, bytes, size);
    keys_write(&w, g);
    int err = w.err ? w.err : store_meta_set(c->host.store, name, bytes, w.at);
    crypto_wipe(bytes, size);
    free(bytes);
    return err;
}

/* ---- The register ---- */

static int act_load(struct closed *c, struct group *g, long number) {
    char name[STORE_NAME_MAX + 1];
    struct record r;
    state_name(name, 'a', g, number);
    int got = store_meta_get(c->host.store, name, c->room, sizeof c->room);
    if (got < 0) return got;
    if (record_decode(&r, c->room, (size_t)got)) return ERR_DAMAGED;
    int taken = register_take(g, &r, c->room, (size_t)got);
    return taken < 0 ? taken : 0;
}

static int their_load(struct closed *c, struct group *g, long number) {
    char name[STORE_NAME_MAX + 1];
    uint8_t bytes[THEIR_SIZE];
    struct reader in;
    struct their_prekey t = {0};
    state_name(name, 'p', g, number);
    int got = store_meta_get(c->host.store, name, bytes, sizeof bytes);
    if (got < 0) return got;
    reader_init(&in, bytes, (size_t)got);
    reader_copy(&in, t.key, KEY_SIZE);
    reader_copy(&in, t.prekey, KEY_SIZE);
    reader_copy(&in, t.id, HASH_SIZE);
    t.seq = reader_varint(&in, RECORD_SEQ_MAX);
    if (reader_end(&in)) return ERR_DAMAGED;
    return their_put(g, &t);
}

int state_load(struct closed *c, struct group *g) {
    int err = keys_load(c, g);
    for (long i = 0; !err; i++) err = act_load(c, g, i);
    if (err == ERR_NOT_FOUND) err = 0;
    for (long i = 0; !err; i++) err = their_load(c, g, i);
    if (err == ERR_NOT_FOUND) err = 0;
    if (!err) err = baskets_load(c, g);
    g->acts_saved = g->act_count;
    for (size_t i = 0; i < g->their_count; i++) g->theirs[i].is_saved = true;
    g->keys_changed = false;
    return err;
}

int state_save(struct closed *c, struct group *g) {
    char name[STORE_NAME_MAX + 1];
    uint8_t bytes[THEIR_SIZE];
    int err = g->keys_changed ? keys_save(c, g) : 0;
    if (!err) err = baskets_save(c, g);
    size_t acts = g->acts_saved;
    for (; acts < g->act_count && !err; acts++) {
        state_name(name, 'a', g, (long)acts);
        err = store_meta_set(c->host.store, name, g->acts[acts]->bytes, g->acts[acts]->size);
    }
    for (size_t i = 0; i < g->their_count && !err; i++) {
        struct their_prekey *t = &g->theirs[i];
        struct writer w;
        if (t->is_saved) continue;
        state_name(name, 'p', g, (long)i);
        writer_init(&w, bytes, sizeof bytes);
        writer_bytes(&w, t->key, KEY_SIZE);
        writer_bytes(&w, t->prekey, KEY_SIZE);
        writer_bytes(&w, t->id, HASH_SIZE);
        writer_varint(&w, t->seq);
        err = w.err ? w.err : store_meta_set(c->host.store, name, bytes, w.at);
    }
    return err;
}

void state_saved(struct group *g) {
    g->keys_changed = false;
    baskets_are_saved(g);
    g->acts_saved = g->act_count;
    for (size_t i = 0; i < g->their_count; i++) g->theirs[i].is_saved = true;
}

void group_free(struct group *g) {
    if (!g) return;
    for (size_t i = 0; i < g->act_count; i++) {
        free(g->acts[i]->bytes);
        free(g->acts[i]);
    }
    for (unsigned i = 0; i < g->given_count; i++) free(g->givens[i].known);
    free(g->givens);
    baskets_free(g);
    if (g->epochs) crypto_wipe(g->epochs, CLOSED_EPOCHS_MAX * sizeof *g->epochs);
    free(g->epochs);
    free(g->acts);
    free(g->theirs);
    free(g->memory);
    crypto_wipe(g, sizeof *g);
    free(g);
}

/* ---- A store that forgets ---- */

static int kept_visit(struct closed *c, const char *name, closed_visit_kept visit, void *context) {
    uint8_t *bytes = malloc(STORE_META_MAX);
    if (!bytes) return ERR_MEMORY;
    int got = store_meta_get(c->host.store, name, bytes, STORE_META_MAX);
    int err = got < 0 ? got : visit(context, name, bytes, (size_t)got);
    free(bytes);
    return err;
}

/* The keys as they are, but nothing was looked at yet: elsewhere records have other numbers. */
static int kept_keys_visit(struct group *g, closed_visit_kept visit, void *context) {
    char name[STORE_NAME_MAX + 1];
    struct writer w;
    size_t size = keys_size(g);
    uint8_t *bytes = malloc(size);
    if (!bytes) return ERR_MEMORY;
    bool rewind = g->rewind;
    g->rewind = true;
    state_name(name, 'k', g, -1);
    writer_init(&w, bytes, size);
    keys_write(&w, g);
    g->rewind = rewind;
    int err = w.err ? w.err : visit(context, name, bytes, w.at);
    crypto_wipe(bytes, size);
    free(bytes);
    return err;
}

static int group_kept_each(struct closed *c, struct group *g, closed_visit_kept visit, void *context) {
    char name[STORE_NAME_MAX + 1];
    if (!g->has_drop && g->shelf_count == 0) return 0;
    int err = kept_keys_visit(g, visit, context);
    for (size_t i = 0; i < g->act_count && !err; i++) {
        state_name(name, 'a', g, (long)i);
        err = kept_visit(c, name, visit, context);
    }
    for (size_t i = 0; i < g->their_count && !err; i++) {
        state_name(name, 'p', g, (long)i);
        err = kept_visit(c, name, visit, context);
    }
    for (unsigned i = 0; i < g->epoch_count && !err; i++) {
        recipients_name(name, g, g->epochs[i].id);
        err = kept_visit(c, name, visit, context);
        if (err == ERR_NOT_FOUND) err = 0; /* a key that was handed on */
    }
    return err;
}

int closed_kept_each(struct closed *c, closed_visit_kept visit, void *context) {
    int err = closed_refresh(c);
    for (size_t i = 0; i < c->group_count && !err; i++) err = group_kept_each(c, c->groups[i], visit, context);
    return err;
}

int closed_kept_put(struct closed *c, const char *name, const uint8_t *value, size_t size) {
    return strncmp(name, "closed.", 7) == 0 ? store_meta_set(c->host.store, name, value, size) : ERR_FIELD;
}
