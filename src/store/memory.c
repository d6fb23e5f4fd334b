/*
 * memory.c: a store in memory: everything in one sorted map, whose transaction is the store's. Plain, but for what a
 * page asks all the time: how many records a community has, which bucket has changed. The twin that the SQLite store is
 * compared with.
 *
 * Keys begin with a byte that says what they are; numbers are big-endian, so that they sort.
 *   S                            the store's own numbers (struct state)
 *   C community                  struct community and the compact charter; K community: struct counts
 *   R id                         struct kept and the record's bytes
 *   N num                        id
 *   L community created id       in the order of the list, the pool's aside; A created id the same over all communities
 *   U community created id       the urgent ones among them; created is store_place here
 *   E community bucket id        what was seen, a ghost too; H community bucket: the bucket's digest, if it is kept
 *   P key created id             what hangs on another under a key of store_links_of: a reply under its id
 *   T target num                 the id of a retraction
 *   B blob id                    a held record that refers to a blob
 *   G id                         struct ghost; D community expiry: a partial day
 *   b blob                       struct blob; c blob index: struct chunk, the proof, the data
 *   O author, M name             own authors, settings
 */
#include <stdlib.h>
#include <string.h>

#include "core/blob.h"
#include "store/memory_internal.h"

static void record_of(const struct found *f, struct store_record *out) {
    *out = (struct store_record){.record = f->record,
                                 .bytes = f->bytes,
                                 .size = f->size,
                                 .num = f->kept.num,
                                 .seen = f->kept.seen,
                                 .retracted = f->kept.retracted,
                                 .pinned = f->kept.pinned};
}

static int blob_state_set(struct memory_store *m, const uint8_t *id, enum blob_state state) {
    struct key k;
    struct blob blob;
    const struct memory_item *item = get(m, key_id(&k, 'b', id));
    if (!item) return 0;
    VALUE(item, &blob);
    blob.state = state;
    return set(m, &k, &blob, sizeof blob);
}

static int blobs_link(struct memory_store *m, const struct record *r) {
    struct key k;
    int err = 0;
    for (unsigned i = 0; i < r->ref_count && !err; i++) {
        if (r->refs[i].type != REF_BLOB) continue;
        err = mark(m, key_bytes(key_id(&k, 'B', r->refs[i].id), r->id, HASH_SIZE));
        if (!err) err = blob_state_set(m, r->refs[i].id, BLOB_REFERRED);
    }
    return err;
}

int memory_blobs_unlink(struct memory_store *m, const struct record *r) {
    struct key k;
    int err = 0;
    for (unsigned i = 0; i < r->ref_count && !err; i++) {
        if (r->refs[i].type != REF_BLOB) continue;
        err = unset(m, key_bytes(key_id(&k, 'B', r->refs[i].id), r->id, HASH_SIZE));
        if (!err && !has_any(m, key_id(&k, 'B', r->refs[i].id))) err = blob_state_set(m, r->refs[i].id, BLOB_LEFT);
    }
    return err;
}

/* Write or remove the keys under which a record stands besides its id. */
static int keys_write(struct memory_store *m, const struct record *r, int64_t num, bool present) {
    struct key k;
    struct store_links links;
    const uint8_t *value = present ? r->id : NULL, *target = store_retraction_target(r);
    int err = set(m, key_number(key_begin(&k, 'N'), (uint64_t)num), value, HASH_SIZE);
    bool listed = r->form == RECORD_FORM_PLAIN;
    if (!err && listed)
        err = set(m, key_bytes(key_number(key_id(&k, 'L', r->community), r->created), r->id, HASH_SIZE), value,
                  HASH_SIZE);
    if (!err && listed)
        err = set(m, key_bytes(key_number(key_begin(&k, 'A'), r->created), r->id, HASH_SIZE), value, HASH_SIZE);
    if (!err && r->urgency == URGENCY_URGENT)
        err = set(m, key_bytes(key_number(key_id(&k, 'U', r->community), store_place(r)), r->id, HASH_SIZE), value,
                  HASH_SIZE);
    if (!err) err = memory_seen_set(m, r->community, r->expiry_day, r->created, r->id, present);
    if (!err && memory_is_newer(m, r)) err = memory_count(m, r->community, 0, present ? 1 : -1);
    store_links_of(&links, r);
    for (unsigned i = 0; i < links.count && !err; i++)
        err = set(m, key_bytes(key_number(key_id(&k, 'P', links.keys[i]), r->created), r->id, HASH_SIZE), value,
                  HASH_SIZE);
    if (!err && target) err = set(m, key_number(key_id(&k, 'T', target), (uint64_t)num), value, HASH_SIZE);
    return err;
}

/* Tell whether retraction r takes back target: the same author in the same community. */
static bool takes_back(const struct record *r, const struct record *target) {
    return memcmp(r->author, target->author, KEY_SIZE) == 0 && memcmp(r->community, target->community, HASH_SIZE) == 0;
}

/* A retraction arrives: hide its target, and live as long. */
static int retraction_apply(struct memory_store *m, const struct record *r, struct kept *kept) {
    const uint8_t *id = store_retraction_target(r);
    struct found *target = id ? malloc(sizeof *target) : NULL;
    if (!id) return 0;
    if (!target) return ERR_MEMORY;
    int err = found_get(m, id, target);
    if (!err && takes_back(r, &target->record)) {
        if (target->kept.expiry > kept->until) kept->until = target->kept.expiry;
        if (!target->kept.retracted) {
            target->kept.retracted = true;
            target->kept.retracted_at = kept->seen;
            if (!target->kept.stub) err = memory_count(m, r->community, -1, 0);
            if (!err) err = kept_set(m, id, &target->kept, target->bytes, target->size);
        }
    }
    free(target);
    return err == ERR_NOT_FOUND ? 0 : err;
}

/* A record arrives: see whether it was taken back before; those retractions live as long as it does. */
static int retractions_find(struct memory_store *m, const struct record *r, struct kept *kept) {
    struct key k;
    struct found *found = malloc(sizeof *found);
    int err = found ? 0 : ERR_MEMORY;
    for (const struct memory_item *item = first(m, key_id(&k, 'T', r->id)); item && !err; item = next(item, &k)) {
        err = found_get(m, item->value, found);
        if (err || !takes_back(&found->record, r)) continue;
        if (!kept->retracted) kept->retracted_at = found->kept.seen;
        kept->retracted = true;
        if (found->kept.until < r->expiry_day) {
            found->kept.until = r->expiry_day;
            err = kept_set(m, item->value, &found->kept, found->bytes, found->size);
        }
    }
    free(found);
    return err;
}

/* A record that is here: a stub that was not taken back may get its body. */
static int complete(struct memory_store *m, struct found *old, const struct record *r, const uint8_t *bytes,
                    size_t size) {
    if (!old->kept.stub || old->kept.retracted || !r->body) return 0;
    old->kept.stub = false;
    int err = kept_set(m, r->id, &old->kept, bytes, size);
    store_charge(&m->front, (int64_t)r->body_size - HASH_SIZE);
    if (!err) err = blobs_link(m, r);
    if (!err) err = memory_count(m, r->community, 1, 0);
    return err ? err : 1;
}

static int memory_put(struct store *s, const struct record *r, const uint8_t *bytes, size_t size, uint64_t seen) {
    struct memory_store *m = of(s);
    struct key k;
    struct found old;
    if (!get(m, key_id(&k, 'C', r->community))) return ERR_COMMUNITY;
    int err = found_get(m, r->id, &old);
    if (err != ERR_NOT_FOUND) return err ? err : complete(m, &old, r, bytes, size);
    if (get(m, key_id(&k, 'G', r->id))) return memory_ghost_correct(m, r);
    struct state state = state_get(m);
    struct kept kept = {.num = state.next++,
                        .created = r->created,
                        .seen = seen,
                        .expiry = r->expiry_day,
                        .until = r->expiry_day,
                        .stub = !r->body,
                        .urgency = r->urgency,
                        .queue = s->charge_queue};
    memcpy(kept.body_hash, r->body_hash, HASH_SIZE);
    err = state_set(m, state);
    store_charge(s, store_record_charge(size));
    if (!err) err = retractions_find(m, r, &kept);
    if (!err) err = retraction_apply(m, r, &kept);
    if (!err) err = kept_set(m, r->id, &kept, bytes, size);
    if (!err) err = keys_write(m, r, kept.num, true);
    if (!err && r->body) err = blobs_link(m, r);
    if (!err && is_visible(&kept)) err = memory_count(m, r->community, 1, 0);
    return err ? err : 1;
}

/* Forget a record. */
int memory_drop(struct memory_store *m, const struct found *f) {
    struct key k;
    int err = f->kept.stub ? 0 : memory_blobs_unlink(m, &f->record);
    store_charge(&m->front, -store_record_charge(f->size));
    if (!err) err = keys_write(m, &f->record, f->kept.num, false);
    if (!err) err = unset(m, key_id(&k, 'R', f->record.id));
    if (!err && is_visible(&f->kept)) err = memory_count(m, f->record.community, -1, 0);
    return err;
}

/* ---- Reading records ---- */

static int memory_get(struct store *s, const uint8_t *id, uint8_t *room, struct store_record *out) {
    struct found f;
    int err = found_get(of(s), id, &f);
    if (err) return err;
    memcpy(room, f.bytes, f.size);
    size_t body_at = f.record.body ? (size_t)(f.record.body - f.bytes) : 0;
    record_of(&f, out);
    out->bytes = room;
    out->record.body = f.record.body ? room + body_at : NULL;
    return 0;
}

static int memory_get_num(struct store *s, int64_t num, uint8_t *room, struct store_record *out) {
    struct key k;
    const struct memory_item *item = get(of(s), key_number(key_begin(&k, 'N'), (uint64_t)num));
    return item ? memory_get(s, item->value, room, out) : ERR_NOT_FOUND;
}

static int visit_id(struct memory_store *m, const uint8_t *id, store_visit visit, void *context) {
    struct found f;
    struct store_record r;
    int err = found_get(m, id, &f);
    if (err) return err;
    record_of(&f, &r);
    return visit(context, &r);
}

static int memory_find(struct store *s, const uint8_t *prefix, unsigned nibbles, uint32_t limit, store_visit visit,
                       void *context) {
    struct memory_store *m = of(s);
    struct key k;
    uint32_t count = 0;
    uint8_t low = (uint8_t)(nibbles % 2 ? prefix[nibbles / 2] & 0xf0 : 0);
    key_bytes(key_begin(&k, 'R'), prefix, nibbles / 2);
    struct key start = k;
    if (nibbles % 2) key_bytes(&start, &low, 1);
    const struct memory_item *item = memory_map_seek(m->map, start.bytes, start.size);
    for (; item && item->key_size >= k.size && memcmp(item->key, k.bytes, k.size) == 0 && (limit == 0 || count < limit);
         item = memory_map_next(item)) {
        if (nibbles % 2 && (item->key[k.size] & 0xf0) != low) break;
        if (item->value[sizeof(struct kept)] == RECORD_FORM_SEALED) continue;
        count++;
        int stop = visit_id(m, item->key + 1, visit, context);
        if (stop) return stop;
    }
    return 0;
}

static int memory_has(struct store *s, const uint8_t *id) {
    struct key k;
    struct kept kept;
    const struct memory_item *item = get(of(s), key_id(&k, 'R', id));
    if (!item) return get(of(s), key_id(&k, 'G', id)) ? STORE_GHOST : STORE_UNKNOWN;
    VALUE(item, &kept);
    return kept.stub ? STORE_STUB : STORE_HELD;
}

/* Walk the records of a query, all of them ('L') or the urgent ones of a community ('U'): in either direction from its
 * place, within since and the horizon. */
static int walk(struct memory_store *m, char list, const struct store_query *q, store_visit visit, void *context) {
    struct key prefix, from, to, at;
    struct kept kept;
    uint32_t count = 0;
    if (q->community)
        key_id(&prefix, list, q->community);
    else
        key_begin(&prefix, 'A');
    from = to = prefix;
    key_number(&from, q->since);
    key_number(&to, store_horizon(q->now) + 1);
    if (q->after_id) {
        at = prefix;
        key_bytes(key_number(&at, q->after_created), q->after_id, HASH_SIZE);
        if (q->newest_first && memcmp(at.bytes, to.bytes, to.size) < 0)
            to = at;
        else if (!q->newest_first && memcmp(at.bytes, from.bytes, from.size) >= 0)
            from = *key_bytes(&at, "", 1); /* just behind it */
    }
    const struct memory_item *item =
        q->newest_first ? memory_map_before(m->map, to.bytes, to.size) : memory_map_seek(m->map, from.bytes, from.size);
    while (item && (q->limit == 0 || count < q->limit)) {
        const struct key *bound = q->newest_first ? &from : &to;
        size_t common = item->key_size < bound->size ? item->key_size : bound->size;
        int order = memcmp(item->key, bound->bytes, common);
        if (q->newest_first ? order < 0 : order >= 0) break;
        VALUE(get(m, key_id(&at, 'R', item->value)), &kept);
        if (is_visible(&kept) || q->retracted) {
            int stop = visit_id(m, item->value, visit, context);
            if (stop) return stop;
            count++;
        }
        item = q->newest_first ? memory_map_before(m->map, item->key, item->key_size) : memory_map_next(item);
    }
    return 0;
}

static int memory_list(struct store *s, const struct store_query *query, store_visit visit, void *context) {
    return walk(of(s), 'L', query, visit, context);
}

static int memory_linked(struct store *s, const uint8_t *id, uint64_t now, uint32_t limit, store_visit visit,
                         void *context) {
    struct memory_store *m = of(s);
    struct key k;
    struct found f;
    uint32_t count = 0;
    for (const struct memory_item *item = first(m, key_id(&k, 'P', id)); item && (limit == 0 || count < limit);
         item = next(item, &k)) {
        int err = found_get(m, item->value, &f);
        if (err) return err;
        if (!is_visible(&f.kept) || when_is_ahead(f.kept.created, now)) continue;
        struct store_record r;
        record_of(&f, &r);
        int stop = visit(context, &r);
        if (stop) return stop;
        count++;
    }
    return 0;
}

static int memory_scan(struct store *s, const uint8_t *community, store_visit_entry visit, void *context) {
    struct memory_store *m = of(s);
    struct key k;
    struct found f;
    for (const struct memory_item *item = first(m, key_begin(&k, 'R')); item; item = next(item, &k)) {
        int err = found_read(item, &f);
        if (err) return err;
        if (community && memcmp(f.record.community, community, HASH_SIZE) != 0) continue;
        struct store_entry entry = {.num = f.kept.num,
                                    .created = f.kept.created,
                                    .seen = f.kept.seen,
                                    .expiry_day = f.kept.expiry,
                                    .kind = f.record.kind,
                                    .urgency = f.record.urgency,
                                    .retracted = f.kept.retracted,
                                    .stub = f.kept.stub,
                                    .pinned = f.kept.pinned,
                                    .size = f.size};
        int stop = visit(context, &entry);
        if (stop) return stop;
    }
    return 0;
}

static int memory_urgent_newest(struct store *s, const uint8_t *community, uint64_t now, uint32_t limit,
                                store_visit visit, void *context) {
    const struct store_query query = {.community = community, .now = now, .newest_first = true, .limit = limit};
    return walk(of(s), 'U', &query, visit, context);
}

/* Visit what has arrived after num; only: of the pool alone. */
static int arrivals_visit(struct memory_store *m, int64_t num, uint32_t limit, bool only, store_visit_arrival visit,
                          void *context) {
    struct key k, prefix;
    struct found f;
    uint32_t count = 0;
    key_begin(&prefix, 'N');
    key_number(key_begin(&k, 'N'), num < 0 ? 0 : (uint64_t)num + 1);
    for (const struct memory_item *item = memory_map_seek(m->map, k.bytes, k.size);
         item && item->key[0] == 'N' && (limit == 0 || count < limit); item = next(item, &prefix)) {
        int err = found_get(m, item->value, &f);
        if (err) return err;
        bool sealed = f.record.form == RECORD_FORM_SEALED;
        if (only && !sealed) continue;
        count++;
        const struct store_arrival arrival = {.num = f.kept.num,
                                              .id = f.record.id,
                                              .community = f.record.community,
                                              .author = f.record.author,
                                              .sealed = sealed,
                                              .expiry_day = f.record.expiry_day,
                                              .created = f.kept.created,
                                              .kind = f.record.kind,
                                              .urgency = f.record.urgency,
                                              .stub = f.kept.stub,
                                              .retracted = f.kept.retracted,
                                              .size = f.size};
        int stop = visit(context, &arrival);
        if (stop) return stop;
    }
    return 0;
}

static int memory_arrived_after(struct store *s, int64_t num, uint32_t limit, store_visit_arrival visit,
                                void *context) {
    return arrivals_visit(of(s), num, limit, false, visit, context);
}

static int memory_sealed_after(struct store *s, int64_t num, uint32_t limit, store_visit_arrival visit, void *context) {
    return arrivals_visit(of(s), num, limit, true, visit, context);
}

/* Tell whether every word begins a word of text. */
static bool matches(const char *text, size_t size, const char *words) {
    for (const char *word = words; *word;) {
        size_t length = strcspn(word, " ");
        bool found = false;
        for (size_t at = 0; !found && at + length <= size; at++)
            found = (at == 0 || text[at - 1] == ' ') && memcmp(text + at, word, length) == 0;
        if (!found) return false;
        word += length + (word[length] == ' ');
    }
    return true;
}

struct searching {
    struct memory_store *m;
    const char *words;
    int64_t indexed;
    uint32_t limit, count;
    store_visit visit;
    void *context;
    int stop;
};

static int search_one(void *context, const struct store_record *record) {
    struct searching *search = context;
    if (record->num > search->indexed) return 0;
    size_t size = store_text(search->m->text, &record->record);
    if (!matches(search->m->text, size, search->words)) return 0;
    search->stop = search->visit(search->context, record);
    search->count++;
    return search->stop || search->count == search->limit;
}

static int memory_search(struct store *s, const uint8_t *community, const char *words, uint64_t now, uint32_t limit,
                         store_visit visit, void *context) {
    struct store_query query = {.community = community, .now = now, .newest_first = true};
    struct searching search = {.m = of(s),
                               .words = words,
                               .indexed = state_get(of(s)).indexed,
                               .limit = limit,
                               .visit = visit,
                               .context = context};
    int err = walk(of(s), 'L', &query, search_one, &search);
    return err < 0 ? err : search.stop;
}

/* Count the texts that search has not got to. */
int memory_unindexed(struct memory_store *m, uint64_t *out) {
    struct key k, prefix;
    struct found f;
    *out = 0;
    key_begin(&prefix, 'N');
    key_number(key_begin(&k, 'N'), (uint64_t)state_get(m).indexed + 1);
    for (const struct memory_item *item = memory_map_seek(m->map, k.bytes, k.size); item && item->key[0] == 'N';
         item = next(item, &prefix)) {
        int err = found_get(m, item->value, &f);
        if (err) return err;
        *out += store_is_text(&f.record);
    }
    return 0;
}

static int memory_index(struct store *s, uint32_t budget) {
    struct memory_store *m = of(s);
    struct key k, prefix;
    struct state state = state_get(m);
    uint64_t left;
    int err = memory_unindexed(m, &left);
    if (err || left == 0) return err;
    key_begin(&prefix, 'N');
    key_number(key_begin(&k, 'N'), (uint64_t)state.indexed + 1);
    for (const struct memory_item *item = memory_map_seek(m->map, k.bytes, k.size);
         item && item->key[0] == 'N' && budget > 0; item = next(item, &prefix)) {
        struct kept kept;
        VALUE(get(m, key_id(&k, 'R', item->value)), &kept);
        state.indexed = kept.num;
        budget--;
    }
    err = state_set(m, state);
    if (!err) err = memory_unindexed(m, &left);
    return err ? err : (int)left;
}

/* ---- Communities ---- */

int memory_count(struct memory_store *m, const uint8_t *community, int visible, int newer) {
    struct key k;
    struct counts counts = {0};
    const struct memory_item *item = get(m, key_id(&k, 'K', community));
    if (item) VALUE(item, &counts);
    CHECK((visible >= 0 || counts.visible > 0) && (newer >= 0 || counts.newer > 0));
    counts.visible = visible < 0 ? counts.visible - 1 : counts.visible + (visible > 0);
    counts.newer = newer < 0 ? counts.newer - 1 : counts.newer + (newer > 0);
    return set(m, &k, &counts, sizeof counts);
}

bool memory_is_newer(struct memory_store *m, const struct record *r) {
    struct key k;
    struct community c;
    if (!store_kind_is_newer(r->kind)) return false;
    const struct memory_item *item = get(m, key_id(&k, 'C', r->community));
    if (!item) return false;
    VALUE(item, &c);
    return charter_is_coordinator(&c.charter, r->author);
}

/* Count the visible records that lie ahead of now; *newest receives the time of the latest that does not. */
static uint64_t ahead_count(struct memory_store *m, const uint8_t *community, uint64_t now, uint64_t *newest) {
    struct key prefix, k, at;
    struct kept kept;
    uint64_t count = 0;
    key_id(&prefix, 'L', community);
    at = prefix;
    key_number(&at, store_horizon(now) + 1);
    for (const struct memory_item *item = memory_map_seek(m->map, at.bytes, at.size);
         item && item->key_size >= prefix.size && memcmp(item->key, prefix.bytes, prefix.size) == 0;
         item = memory_map_next(item)) {
        VALUE(get(m, key_id(&k, 'R', item->value)), &kept);
        count += is_visible(&kept);
    }
    *newest = 0;
    for (const struct memory_item *item = memory_map_before(m->map, at.bytes, at.size);
         item && item->key_size >= prefix.size && memcmp(item->key, prefix.bytes, prefix.size) == 0;
         item = memory_map_before(m->map, item->key, item->key_size)) {
        VALUE(get(m, key_id(&k, 'R', item->value)), &kept);
        if (!is_visible(&kept)) continue;
        *newest = kept.created;
        break;
    }
    return count;
}

static int community_read(struct memory_store *m, const struct memory_item *item, uint64_t now,
                          struct store_community *out) {
    struct key k;
    struct community c;
    struct counts counts = {0};
    memset(out, 0, sizeof *out);
    VALUE(item, &c);
    out->joined = c.joined;
    out->charter = c.charter;
    out->compact_size = item->value_size - sizeof c;
    memcpy(out->compact, item->value + sizeof c, out->compact_size);
    const struct memory_item *counted = get(m, key_id(&k, 'K', c.charter.community));
    if (counted) VALUE(counted, &counts);
    out->newer_rules = counts.newer > 0;
    out->records = counts.visible - ahead_count(m, c.charter.community, now, &out->newest);
    return 0;
}

static int memory_community_put(struct store *s, const struct record *charter_record, const uint8_t *compact,
                                size_t compact_size, bool joined) {
    struct key k;
    struct community c = {0};
    const struct memory_item *item = get(of(s), key_id(&k, 'C', charter_record->id));
    if (item) VALUE(item, &c);
    if (item && (c.joined || !joined)) return 0;
    c.joined = joined;
    int err = charter_decode(&c.charter, charter_record);
    if (!err) err = set_joined(of(s), &k, &c, sizeof c, compact, compact_size);
    return err ? err : !item;
}

static int memory_community_get(struct store *s, const uint8_t *id, uint64_t now, struct store_community *out) {
    struct key k;
    const struct memory_item *item = get(of(s), key_id(&k, 'C', id));
    return item ? community_read(of(s), item, now, out) : ERR_NOT_FOUND;
}

static int community_order(const void *a, const void *b) {
    const struct store_community *left = a, *right = b;
    if (left->joined != right->joined) return left->joined ? -1 : 1;
    int order = strcmp(left->charter.title, right->charter.title);
    return order ? order : memcmp(left->charter.community, right->charter.community, HASH_SIZE);
}

static int memory_community_each(struct store *s, uint64_t now, store_visit_community visit, void *context) {
    struct memory_store *m = of(s);
    struct key k;
    size_t count = 0, at = 0;
    for (const struct memory_item *item = first(m, key_begin(&k, 'C')); item; item = next(item, &k)) count++;
    struct store_community *all = calloc(count + 1, sizeof *all);
    if (!all) return ERR_MEMORY;
    int err = 0;
    for (const struct memory_item *item = first(m, key_begin(&k, 'C')); item && !err; item = next(item, &k))
        if (!store_is_pool(item->key + 1)) err = community_read(m, item, now, &all[at++]);
    count = at;
    if (!err) qsort(all, count, sizeof *all, community_order);
    for (at = 0; at < count && !err; at++) err = visit(context, &all[at]);
    free(all);
    return err;
}

/* ---- Own authors, settings, pins ---- */

static int memory_own_get(struct store *s, const uint8_t *author, uint64_t *next_seq, uint8_t *last_id) {
    struct key k;
    struct own own = {0};
    const struct memory_item *item = get(of(s), key_id(&k, 'O', author));
    if (item) VALUE(item, &own);
    *next_seq = own.next;
    memcpy(last_id, own.last_id, HASH_SIZE);
    return 0;
}

static int memory_own_set(struct store *s, const uint8_t *author, uint64_t next_seq, const uint8_t *last_id) {
    struct key k;
    struct own own = {.next = next_seq};
    memcpy(own.last_id, last_id, HASH_SIZE);
    return set(of(s), key_id(&k, 'O', author), &own, sizeof own);
}

static int memory_meta_get(struct store *s, const char *name, uint8_t *out, size_t size) {
    struct key k;
    size_t length = strlen(name);
    if (length > STORE_NAME_MAX) return ERR_NOT_FOUND;
    const struct memory_item *item = get(of(s), key_bytes(key_begin(&k, 'M'), name, length));
    if (!item) return ERR_NOT_FOUND;
    if (item->value_size > size) return ERR_SPACE;
    if (item->value_size > 0) memcpy(out, item->value, item->value_size);
    return (int)item->value_size;
}

static int memory_meta_set(struct store *s, const char *name, const uint8_t *value, size_t size) {
    struct key k;
    return set(of(s), key_bytes(key_begin(&k, 'M'), name, strlen(name)), value, size);
}

static int memory_pin(struct store *s, const uint8_t *id, bool pinned) {
    struct found f;
    int err = found_get(of(s), id, &f);
    if (err) return err;
    f.kept.pinned = pinned;
    return kept_set(of(s), id, &f.kept, f.bytes, f.size);
}

static int memory_hide(struct store *s, const uint8_t *id, const uint8_t *community, const uint8_t *author,
                       bool hidden) {
    struct found f;
    int err = found_get(of(s), id, &f);
    if (err) return err;
    if (f.kept.retracted == hidden || memcmp(f.record.community, community, HASH_SIZE) != 0 ||
        memcmp(f.record.author, author, KEY_SIZE) != 0)
        return 0;
    f.kept.retracted = hidden;
    if (hidden) f.kept.retracted_at = f.kept.seen;
    err = f.kept.stub ? 0 : memory_count(of(s), community, hidden ? -1 : 1, 0);
    return err ? err : kept_set(of(s), id, &f.kept, f.bytes, f.size);
}

/* ---- Blobs ---- */

static int memory_chunk_put(struct store *s, const uint8_t *id, uint64_t size_bytes, uint32_t index,
                            const uint8_t *proof, size_t proof_size, const uint8_t *data, size_t data_size,
                            uint64_t seen) {
    struct memory_store *m = of(s);
    struct key k, at;
    struct blob blob = {.size_bytes = size_bytes, .since = seen};
    struct chunk chunk = {.proof_size = proof_size, .data_size = data_size};
    int err = memory_orphans_trim(m, id);
    if (err) return err;
    const struct memory_item *item = get(m, key_id(&k, 'b', id));
    if (item)
        VALUE(item, &blob);
    else
        blob.state = has_any(m, key_id(&at, 'B', id)) ? BLOB_REFERRED : BLOB_ORPHAN;
    if (blob.size_bytes != size_bytes) return ERR_FIELD;
    if (get(m, key_number(key_id(&at, 'c', id), index))) return 0;
    blob.held++;
    store_charge(s, BUDGET_CHUNK_COST);
    err = set(m, &k, &blob, sizeof blob);
    memcpy(m->item, &chunk, sizeof chunk);
    if (proof_size > 0) memcpy(m->item + sizeof chunk, proof, proof_size);
    memcpy(m->item + sizeof chunk + proof_size, data, data_size);
    if (!err) err = set(m, &at, m->item, sizeof chunk + proof_size + data_size);
    return err ? err : 1;
}

static int memory_blob_get(struct store *s, const uint8_t *id, uint64_t *size_bytes, uint32_t *held) {
    struct key k;
    struct blob blob;
    const struct memory_item *item = get(of(s), key_id(&k, 'b', id));
    if (!item) return ERR_NOT_FOUND;
    VALUE(item, &blob);
    *size_bytes = blob.size_bytes;
    *held = blob.held;
    return 0;
}

static int memory_chunk_get(struct store *s, const uint8_t *id, uint32_t index, struct store_chunk *out) {
    struct key k;
    struct chunk chunk;
    uint32_t held;
    const struct memory_item *item = get(of(s), key_number(key_id(&k, 'c', id), index));
    if (!item) return ERR_NOT_FOUND;
    VALUE(item, &chunk);
    out->proof_size = chunk.proof_size;
    out->data_size = chunk.data_size;
    memcpy(out->proof, item->value + sizeof chunk, chunk.proof_size);
    memcpy(out->data, item->value + sizeof chunk + chunk.proof_size, chunk.data_size);
    return memory_blob_get(s, id, &out->size_bytes, &held);
}

/* The communities that were told of one blob. */
struct told {
    uint8_t (*communities)[HASH_SIZE];
    size_t count, room;
};

/* Return 1 if a community is new here, 0 if it was told. */
static int told_add(struct told *t, const uint8_t *community) {
    for (size_t i = 0; i < t->count; i++)
        if (memcmp(t->communities[i], community, HASH_SIZE) == 0) return 0;
    if (t->count == t->room) {
        size_t room = t->room ? 2 * t->room : 8;
        uint8_t(*more)[HASH_SIZE] = realloc(t->communities, room * sizeof *more);
        if (!more) return ERR_MEMORY;
        t->communities = more;
        t->room = room;
    }
    memcpy(t->communities[t->count++], community, HASH_SIZE);
    return 1;
}

static int memory_blob_missing_each(struct store *s, const uint8_t *community, store_visit_missing visit,
                                    void *context) {
    struct memory_store *m = of(s);
    struct key k;
    struct found f;
    struct told told = {0};
    const uint8_t *before = NULL;
    int err = 0;
    for (const struct memory_item *item = first(m, key_begin(&k, 'B')); item && !err; item = next(item, &k)) {
        const uint8_t *id = item->key + 1;
        struct store_missing missing = {.blob = id, .community = f.record.community};
        if (before && memcmp(before, id, HASH_SIZE) != 0) told.count = 0;
        before = id;
        err = memory_blob_get(s, id, &missing.size_bytes, &missing.held);
        if (!err && missing.held == blob_chunk_count(missing.size_bytes)) continue;
        if (err == ERR_NOT_FOUND) missing.size_bytes = 0;
        err = found_get(m, id + HASH_SIZE, &f);
        if (err || f.kept.retracted || (community && memcmp(community, f.record.community, HASH_SIZE) != 0)) continue;
        int fresh = told_add(&told, f.record.community);
        err = fresh > 0 ? visit(context, &missing) : fresh;
    }
    free(told.communities);
    return err;
}

static int memory_blob_missing(struct store *s, const uint8_t *id, uint32_t start, uint64_t *missing) {
    struct key k;
    uint64_t size_bytes = 0;
    uint32_t held;
    int err = memory_blob_get(s, id, &size_bytes, &held);
    if (err && err != ERR_NOT_FOUND) return err;
    *missing = store_chunk_window(size_bytes, start);
    for (uint32_t i = 0; i < 64; i++)
        if (get(of(s), key_number(key_id(&k, 'c', id), start + i))) *missing &= ~(UINT64_C(1) << i);
    return 0;
}

static int memory_blob_is_of(struct store *s, const uint8_t *community, const uint8_t *id) {
    struct key k;
    struct found f;
    key_bytes(key_begin(&k, 'B'), id, HASH_SIZE);
    for (const struct memory_item *item = first(of(s), &k); item; item = next(item, &k)) {
        int err = found_get(of(s), item->key + 1 + HASH_SIZE, &f);
        if (err) return err;
        if (!f.kept.retracted && memcmp(community, f.record.community, HASH_SIZE) == 0) return 1;
    }
    return 0;
}

static int64_t memory_newest_num(struct store *s) {
    return state_get(of(s)).next - 1;
}

/* ---- The store ---- */

static void memory_close(struct store *s) {
    free(of(s)->ranks);
    memory_map_free(of(s)->map);
    free(of(s));
}

static int memory_begin(struct store *s) {
    memory_map_begin(of(s)->map);
    of(s)->charges = s->charges;
    return 0;
}

static int memory_commit(struct store *s) {
    memory_map_commit(of(s)->map);
    return 0;
}

static void memory_rollback(struct store *s) {
    memory_map_rollback(of(s)->map);
    s->charges = of(s)->charges;
}

int store_memory_open(struct store **out) {
    static const struct store_ops ops = {
        memory_close,
        memory_begin,
        memory_commit,
        memory_rollback,
        memory_community_put,
        memory_community_get,
        memory_community_each,
        memory_put,
        memory_get,
        memory_get_num,
        memory_find,
        memory_has,
        memory_list,
        memory_linked,
        memory_scan,
        memory_own_get,
        memory_own_set,
        memory_meta_get,
        memory_meta_set,
        memory_pin,
        memory_hide,
        memory_tick,
        memory_ghost,
        memory_drop_id,
        memory_ghost_is_partial,
        NULL,
        memory_bucket_each,
        memory_seen_range,
        memory_urgent_newest,
        memory_arrived_after,
        memory_sealed_after,
        memory_chunk_put,
        memory_chunk_get,
        memory_blob_get,
        memory_blob_missing_each,
        memory_blob_missing,
        memory_blob_is_of,
        memory_newest_num,
        memory_search,
        memory_index,
        memory_is_joined,
        memory_budget_walk,
        memory_budget_blobs,
        memory_budget_hash,
        memory_stats,
        memory_integrity,
    };
    static const struct community pool;
    struct key k;
    *out = NULL;
    struct memory_store *m = calloc(1, sizeof *m);
    if (!m) return ERR_MEMORY;
    m->map = memory_map_new();
    if (!m->map || set(m, key_id(&k, 'C', record_pool), &pool, sizeof pool)) {
        memory_map_free(m->map);
        free(m);
        return ERR_MEMORY;
    }
    m->front.ops = &ops;
    *out = &m->front;
    return 0;
}
