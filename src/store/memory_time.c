/*
 * memory_time.c: what time does to the store in memory, ghosts, and what is counted.
 */
#include "core/blob.h"
#include "store/memory_internal.h"

/* ---- Ghosts ---- */

static int community_get(struct memory_store *m, const uint8_t *id, struct community *out) {
    struct key k;
    const struct memory_item *item = get(m, key_id(&k, 'C', id));
    if (!item) return ERR_COMMUNITY;
    VALUE(item, out);
    return 0;
}

/* Count ghosts of a community up or down. */
static int ghosts_add(struct memory_store *m, const uint8_t *id, int change) {
    struct key k;
    struct community c;
    const struct memory_item *item = get(m, key_id(&k, 'C', id));
    CHECK(item);
    VALUE(item, &c);
    c.ghosts = change > 0 ? c.ghosts + 1 : c.ghosts - 1;
    return set_joined(m, &k, &c, sizeof c, item->value + sizeof c, item->value_size - sizeof c);
}

static struct key *day_key(struct key *k, char what, const uint8_t *community, uint32_t day) {
    return key_number(key_id(k, what, community), day);
}

int memory_ghost(struct store *s, const uint8_t *community, const uint8_t *id, uint32_t expiry_day, uint64_t created) {
    struct memory_store *m = of(s);
    struct key k;
    struct community c;
    struct ghost ghost = {
        .expiry = expiry_day, .created = created, .queue = s->charge_queue, .charge = s->charge_ghost};
    struct found f;
    int err = community_get(m, community, &c);
    if (err || get(m, key_id(&k, 'G', id))) return err;
    memcpy(ghost.community, community, HASH_SIZE);
    err = found_get(m, id, &f);
    if (!err) {
        ghost.expiry = f.kept.expiry;
        ghost.created = f.kept.created;
        memcpy(ghost.community, f.record.community, HASH_SIZE);
        err = memory_drop(m, &f);
    } else if (err == ERR_NOT_FOUND) {
        err = 0;
    }
    if (!err) err = community_get(m, ghost.community, &c);
    if (err) return err;
    bool carried = !c.joined && !store_is_pool(ghost.community);
    if (c.ghosts >= (carried ? STORE_GHOSTS_CARRIED : STORE_GHOSTS_MAX))
        return mark(m, day_key(&k, 'D', ghost.community, ghost.expiry));
    err = set(m, key_id(&k, 'G', id), &ghost, sizeof ghost);
    if (!err) err = memory_seen_set(m, ghost.community, ghost.expiry, ghost.created, id, true);
    return err ? err : ghosts_add(m, ghost.community, 1);
}

int memory_drop_id(struct store *s, const uint8_t *id) {
    struct found f;
    int err = found_get(of(s), id, &f);
    return err ? err : memory_drop(of(s), &f);
}

int memory_ghost_is_partial(struct store *s, const uint8_t *community, uint32_t expiry_day) {
    struct key k;
    return get(of(s), day_key(&k, 'D', community, expiry_day)) != NULL;
}

int memory_ghost_correct(struct memory_store *m, const struct record *r) {
    struct key k;
    struct ghost ghost;
    VALUE(get(m, key_id(&k, 'G', r->id)), &ghost);
    if (memcmp(ghost.community, r->community, HASH_SIZE) != 0) return 0;
    int err = memory_seen_set(m, ghost.community, ghost.expiry, ghost.created, r->id, false);
    ghost.expiry = r->expiry_day;
    ghost.created = r->created;
    if (!err) err = memory_seen_set(m, ghost.community, ghost.expiry, ghost.created, r->id, true);
    return err ? err : set(m, key_id(&k, 'G', r->id), &ghost, sizeof ghost);
}

/* ---- Time ---- */

/* Replace a record by its stub. */
static int blank(struct memory_store *m, struct found *f) {
    struct key k;
    uint8_t stub[RECORD_HEADER_MAX + SIGNATURE_SIZE + HASH_SIZE];
    struct record r = f->record;
    r.body = NULL;
    f->kept.stub = true;
    int size = record_encode(&r, stub, sizeof stub);
    store_charge(&m->front, HASH_SIZE - (int64_t)r.body_size);
    int err = size < 0 ? ERR_DAMAGED : memory_blobs_unlink(m, &f->record);
    return err ? err : set_joined(m, key_id(&k, 'R', r.id), &f->kept, sizeof f->kept, stub, (size_t)size);
}

/* Drop and blank records. Return how many. */
static int tick_records(struct memory_store *m, struct when when, uint32_t budget) {
    struct key prefix, at;
    struct found f;
    int done = 0;
    at = *key_begin(&prefix, 'R');
    const struct memory_item *item;
    while ((uint32_t)done < budget && (item = memory_map_seek(m->map, at.bytes, at.size)) && item->key[0] == 'R') {
        key_bytes(key_id(&at, 'R', item->key + 1), "", 1); /* where to go on, whatever becomes of this one */
        VALUE(item, &f.kept);
        bool over = when_is_expired(f.kept.until, when);
        bool due = f.kept.retracted && !f.kept.stub && when.now >= f.kept.retracted_at + RETRACTED_BODY_SECONDS;
        if (f.kept.pinned || !(over || due)) continue;
        int err = found_read(item, &f);
        if (err) return err;
        err = over ? memory_drop(m, &f) : blank(m, &f);
        if (err) return err;
        done++;
    }
    return done;
}

/* Drop what stands under days that are over: ghosts ('G') and the marks of partial days ('D'). Return how many. */
static int tick_ghosts(struct memory_store *m, struct when when, uint32_t budget) {
    struct key prefix, at, k;
    struct ghost ghost;
    int done = 0, err = 0;
    at = *key_begin(&prefix, 'G');
    const struct memory_item *item;
    while (!err && (uint32_t)done < budget && (item = memory_map_seek(m->map, at.bytes, at.size)) &&
           item->key[0] == 'G') {
        key_bytes(key_id(&at, 'G', item->key + 1), "", 1);
        VALUE(item, &ghost);
        if (!when_is_expired(ghost.expiry, when)) continue;
        err = unset(m, key_id(&k, 'G', at.bytes + 1));
        if (!err) err = memory_seen_set(m, ghost.community, ghost.expiry, ghost.created, at.bytes + 1, false);
        if (!err) err = ghosts_add(m, ghost.community, -1);
        done++;
    }
    at = *key_begin(&prefix, 'D');
    while (!err && (uint32_t)done < budget && (item = memory_map_seek(m->map, at.bytes, at.size)) &&
           item->key[0] == 'D') {
        uint32_t day = 0;
        for (unsigned i = 0; i < 4; i++) day = day << 8 | item->key[1 + HASH_SIZE + 4 + i];
        at.size = 0;
        key_bytes(key_bytes(&at, item->key, item->key_size), "", 1);
        if (!when_is_expired(day, when)) continue;
        k.size = 0;
        err = unset(m, key_bytes(&k, at.bytes, at.size - 1));
        done++;
    }
    return err ? err : done;
}

/* Drop the chunks of a blob, then the blob, each counted as one. */
int memory_blob_drop(struct memory_store *m, const uint8_t *id, uint32_t budget) {
    struct key prefix, k;
    struct blob blob;
    int done = 0, err = 0;
    const struct memory_item *item;
    while (!err && (uint32_t)done < budget && (item = first(m, key_id(&prefix, 'c', id)))) {
        k.size = 0;
        err = unset(m, key_bytes(&k, item->key, item->key_size));
        VALUE(get(m, key_id(&k, 'b', id)), &blob);
        blob.held--;
        store_charge(&m->front, -(int64_t)BUDGET_CHUNK_COST);
        if (!err) err = set(m, &k, &blob, sizeof blob);
        done++;
    }
    if (!err && (uint32_t)done < budget) {
        err = unset(m, key_id(&k, 'b', id));
        done++;
    }
    return err ? err : done;
}

static int tick_blobs(struct memory_store *m, struct when when, uint32_t budget) {
    struct key prefix, at;
    struct blob blob;
    int done = 0;
    at = *key_begin(&prefix, 'b');
    const struct memory_item *item;
    while ((uint32_t)done < budget && (item = memory_map_seek(m->map, at.bytes, at.size)) && item->key[0] == 'b') {
        key_bytes(key_id(&at, 'b', item->key + 1), "", 1);
        VALUE(item, &blob);
        bool old =
            blob.state == BLOB_ORPHAN && when.confirmed && when.now >= blob.since + STORE_ORPHAN_DAYS * DAY_SECONDS;
        if (blob.state != BLOB_LEFT && !old) continue;
        int dropped = memory_blob_drop(m, at.bytes + 1, budget - (uint32_t)done);
        if (dropped < 0) return dropped;
        done += dropped;
    }
    return done;
}

int memory_tick(struct store *s, struct when when, uint32_t budget) {
    static int (*const steps[])(struct memory_store *, struct when, uint32_t) = {tick_records, tick_ghosts, tick_blobs};
    int done = 0;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        int step = steps[i](of(s), when, budget - (uint32_t)done);
        if (step < 0) return step;
        done += step;
    }
    return done;
}

/* ---- What is counted ---- */

static uint64_t count(struct memory_store *m, char what) {
    struct key k;
    uint64_t n = 0;
    for (const struct memory_item *item = first(m, key_begin(&k, what)); item; item = next(item, &k)) n++;
    return n;
}

int memory_stats(struct store *s, uint64_t now, struct store_stats *out) {
    struct memory_store *m = of(s);
    struct key k;
    struct kept kept;
    memset(out, 0, sizeof *out);
    for (const struct memory_item *item = first(m, key_begin(&k, 'R')); item; item = next(item, &k)) {
        VALUE(item, &kept);
        bool sealed = item->value[sizeof kept] == RECORD_FORM_SEALED;
        out->records += !sealed;
        out->sealed += sealed;
        out->stubs += kept.stub;
        out->waiting += is_visible(&kept) && when_is_ahead(kept.created, now);
    }
    out->ghosts = count(m, 'G');
    out->communities = count(m, 'C') - 1; /* without the pool */
    out->blobs = count(m, 'b');
    out->chunks = count(m, 'c');
    out->bytes = memory_map_bytes(m->map);
    return memory_unindexed(m, &out->unindexed);
}

int memory_integrity(struct store *s) {
    struct memory_store *m = of(s);
    struct key k, at;
    struct found f;
    struct chunk chunk;
    struct blob blob;
    int faults = 0;
    for (const struct memory_item *item = first(m, key_begin(&k, 'R')); item; item = next(item, &k))
        faults += found_read(item, &f) || store_decode(&f.record, f.bytes, f.size, f.kept.stub) ||
                  memcmp(f.record.id, item->key + 1, HASH_SIZE) != 0;
    if (faults > 0) (void)store_say(s, 0, "a record does not fit its id");
    for (const struct memory_item *item = first(m, key_begin(&k, 'c')); item; item = next(item, &k)) {
        const uint8_t *id = item->key + 1, *proof = item->value + sizeof chunk;
        uint32_t index = 0;
        for (unsigned i = 0; i < 4; i++) index = index << 8 | item->key[1 + HASH_SIZE + 4 + i];
        VALUE(item, &chunk);
        VALUE(get(m, key_id(&at, 'b', id)), &blob);
        if (blob_check(id, blob.size_bytes, index, proof, chunk.proof_size, proof + chunk.proof_size, chunk.data_size))
            faults += !store_say(s, 0, "a chunk does not fit its blob");
    }
    return faults;
}
