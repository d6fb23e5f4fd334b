/*
 * phone_pack.c: write a parcel: charters, then records, the most urgent and newest first, then chunks of their blobs.
 *
 * Of a closed community nothing goes but what is sealed. Sealed records lie by urgency and last day, else by their ids:
 * the order of arrival would tell which were written here.
 *
 * Frames are not compressed: what compresses is the page's matter. Records are cut into frames by their order, and lie
 * by author and sequence within a frame, as the format wants it.
 */
#include <stdlib.h>
#include <string.h>

#include "carrier/pouch_readme.h"
#include "carrier/zip.h"
#include "core/blob.h"
#include "phone/phone_internal.h"

#define META_ESTIMATE 10 /* what a record adds to the plain section beside its content, roughly */
#define ARENA_SIZE (POUCH_FRAME_FILL + RECORD_SIZE_MAX)

struct item {
    int64_t num; /* of a sealed record: created is its last day, tie the beginning of its id */
    uint64_t tie;
    uint64_t created;
    uint8_t urgency;
};

struct packing {
    struct phone *phone;
    const uint8_t *community;
    bool closed; /* the community is: its sealed records go among all others, or they would be told apart */
    struct item *items, *sealed;
    size_t item_count, item_room, sealed_count, sealed_room;
    uint8_t (*blobs)[HASH_SIZE];
    size_t blob_count, blob_room;
    struct record *records;
    uint8_t *arena, *plain, *raw;
    struct store_community *known; /* of a frame */
    struct zip_writer *zip;        /* NULL: bare */
    size_t limit;                  /* of what is written before the end */
    bool full;
};

static int grow(void **array, size_t count, size_t *room, size_t element) {
    if (count < *room) return 0;
    size_t wanted = *room ? *room * 2 : 64;
    void *more = realloc(*array, wanted * element);
    if (!more) return ERR_MEMORY;
    *array = more;
    *room = wanted;
    return 0;
}

static int sealed_add(struct packing *k, const struct store_arrival *a) {
    int err = grow((void **)&k->sealed, k->sealed_count, &k->sealed_room, sizeof *k->sealed);
    if (err) return err;
    struct item *one = &k->sealed[k->sealed_count++];
    *one = (struct item){.num = a->num, .created = a->expiry_day, .urgency = a->urgency};
    memcpy(&one->tie, a->id, sizeof one->tie);
    return 0;
}

static int item_visit(void *context, const struct store_arrival *a) {
    struct packing *k = context;
    if (a->sealed) return k->community && !k->closed ? 0 : sealed_add(k, a);
    if (k->community && memcmp(a->community, k->community, HASH_SIZE) != 0) return 0;
    int handle = session_store_handle(k->phone->sessions, a->community);
    if (handle >= 0 && !charter_is_public(session_store_charter(k->phone->sessions, (uint32_t)handle))) return 0;
    int err = grow((void **)&k->items, k->item_count, &k->item_room, sizeof *k->items);
    if (err) return err;
    k->items[k->item_count++] = (struct item){.num = a->num, .created = a->created, .urgency = a->urgency};
    return 0;
}

static int item_compare(const void *a, const void *b) {
    const struct item *left = a, *right = b;
    if (left->urgency != right->urgency) return left->urgency > right->urgency ? -1 : 1;
    if (left->created != right->created) return left->created > right->created ? -1 : 1;
    if (left->tie != right->tie) return left->tie > right->tie ? -1 : 1;
    return left->num > right->num ? -1 : left->num < right->num;
}

static int record_compare(const void *a, const void *b) {
    const struct record *left = a, *right = b;
    int order = memcmp(left->author, right->author, KEY_SIZE);
    if (order) return order;
    if (left->seq != right->seq) return left->seq < right->seq ? -1 : 1;
    return memcmp(left->id, right->id, HASH_SIZE);
}

/* ---- Writing ---- */

static int sink(void *context, const uint8_t *data, size_t size, uint64_t at) {
    struct out *o = context;
    if (at > SIZE_MAX - size) return ERR_MEMORY;
    out_write_at(o, data, size, (size_t)at);
    return o->err;
}

static int part_write(struct packing *k, const uint8_t *data, size_t size) {
    if (k->zip) return zip_write(k->zip, data, size);
    out_bytes(&k->phone->out, data, size);
    return k->phone->out.err;
}

/* Write a frame if there is room for it; else k->full. */
static int frame_write(struct packing *k, uint8_t type, const struct writer *plain, const struct writer *raw) {
    uint8_t header[POUCH_HEADER_SIZE];
    struct pouch_frame frame = {.type = type,
                                .codec = POUCH_STORED,
                                .packed_size = (uint32_t)plain->at,
                                .plain_size = (uint32_t)plain->at,
                                .raw_size = (uint32_t)raw->at};
    size_t at = k->zip ? (size_t)k->zip->at : k->phone->out.size;
    if (k->limit - at < sizeof header + plain->at + raw->at) {
        k->full = true;
        return 0;
    }
    memmove(plain->data + plain->at, raw->data, raw->at);
    pouch_frame_encode(header, &frame, plain->data);
    int err = part_write(k, header, sizeof header);
    return err ? err : part_write(k, plain->data, plain->at + raw->at);
}

static void frame_begin(struct packing *k, struct writer *plain, struct writer *raw) {
    writer_init(plain, k->plain, POUCH_SECTION_MAX);
    writer_init(raw, k->raw, POUCH_SECTION_MAX);
}

/* ---- Charters ---- */

static int charter_visit(void *context, const struct store_community *c) {
    struct packing *k = context;
    struct writer plain, raw;
    if (!charter_is_public(&c->charter)) return 0;
    bool wanted = k->community ? memcmp(k->community, c->charter.community, HASH_SIZE) == 0 : c->joined;
    if (!wanted || k->full) return 0;
    const struct pouch_community one = {.compact = c->compact, .compact_size = c->compact_size, .charter = &c->charter};
    frame_begin(k, &plain, &raw);
    int err = pouch_records_encode(&one, 1, NULL, 0, &plain, &raw);
    return err ? err : frame_write(k, POUCH_RECORDS, &plain, &raw);
}

/* ---- Records ---- */

static int blob_note(struct packing *k, const struct record *r) {
    for (unsigned i = 0; r->body && i < r->ref_count; i++) {
        if (r->refs[i].type != REF_BLOB) continue;
        int err = grow((void **)&k->blobs, k->blob_count, &k->blob_room, HASH_SIZE);
        if (err) return err;
        memcpy(k->blobs[k->blob_count++], r->refs[i].id, HASH_SIZE);
    }
    return 0;
}

/* Have the community of a record among those of the frame. Return 0, 1 if there is no place for it, or an error. */
static int frame_community(struct packing *k, const struct record *r, size_t *count) {
    for (size_t i = 0; i < *count; i++)
        if (memcmp(k->known[i].charter.community, r->community, HASH_SIZE) == 0) return 0;
    if (*count == POUCH_FRAME_COMMUNITIES_MAX) return 1;
    return store_community_get(k->phone->store, r->community, k->phone->when.now, &k->known[(*count)++]);
}

/* Read the records of items from `first` on, as many as make a frame. Return how many items were used, or an error. */
static int block_read(struct packing *k, size_t first, size_t most, size_t *count, size_t *communities) {
    size_t fill = 0, arena_at = 0, used = 0;
    *count = *communities = 0;
    while (first + used < k->item_count && used < most && fill < POUCH_FRAME_FILL) {
        struct store_record found;
        int err = store_get_num(k->phone->store, k->items[first + used].num, k->phone->room, &found);
        if (err && err != ERR_NOT_FOUND) return err;
        err = err ? 1 : frame_community(k, &found.record, communities);
        if (err < 0) return err;
        if (err && *communities == POUCH_FRAME_COMMUNITIES_MAX) break;
        used++;
        if (err) continue;
        struct record *r = &k->records[(*count)++];
        *r = found.record;
        if (found.retracted) r->body = NULL;
        if (r->body) {
            memcpy(k->arena + arena_at, r->body, r->body_size);
            r->body = k->arena + arena_at;
            arena_at += r->body_size;
        }
        fill += (r->body ? r->body_size : 0) + META_ESTIMATE;
    }
    return (int)used;
}

/* Write a frame of records from item `first` on. Return how many items were used up; 0: there is no room. */
static int block_write(struct packing *k, size_t first) {
    struct pouch_community used[POUCH_FRAME_COMMUNITIES_MAX];
    struct writer plain, raw;
    for (size_t most = POUCH_FRAME_RECORDS_MAX / 4; most > 0; most /= 2) {
        size_t count, communities;
        int items = block_read(k, first, most, &count, &communities);
        if (items < 0) return items;
        if (count == 0) return items;
        qsort(k->records, count, sizeof *k->records, record_compare);
        for (size_t i = 0; i < communities; i++)
            used[i] = (struct pouch_community){.compact = k->known[i].compact,
                                               .compact_size = k->known[i].compact_size,
                                               .charter = &k->known[i].charter};
        frame_begin(k, &plain, &raw);
        int err = pouch_records_encode(used, communities, k->records, count, &plain, &raw);
        if (err == ERR_SPACE || err == ERR_LIMIT) continue;
        k->full = false;
        if (!err) err = frame_write(k, POUCH_RECORDS, &plain, &raw);
        if (err) return err;
        if (k->full) {
            if (most > count) most = count;
            continue; /* fewer may fit */
        }
        for (size_t i = 0; i < count && !err; i++) err = blob_note(k, &k->records[i]);
        return err ? err : items;
    }
    return 0;
}

static int records_write(struct packing *k) {
    size_t at = 0;
    while (at < k->item_count && !k->full) {
        int used = block_write(k, at);
        if (used < 0) return used;
        if (used == 0) break;
        at += (size_t)used;
    }
    if (at < k->item_count) k->full = true;
    return 0;
}

/* ---- Sealed records ---- */

static int sealed_read(struct packing *k, size_t first, size_t most, size_t *count) {
    size_t fill = 0, used = 0;
    *count = 0;
    while (first + used < k->sealed_count && used < most && fill < POUCH_FRAME_FILL) {
        struct store_record found;
        int err = store_get_num(k->phone->store, k->sealed[first + used++].num, k->phone->room, &found);
        if (err == ERR_NOT_FOUND) continue;
        if (err) return err;
        struct record *r = &k->records[(*count)++];
        *r = found.record;
        memcpy(k->arena + fill, r->body, r->body_size);
        r->body = k->arena + fill;
        fill += r->body_size;
    }
    if (*count > 1) qsort(k->records, *count, sizeof *k->records, record_compare);
    return (int)used;
}

static int sealed_write(struct packing *k) {
    struct writer plain, raw;
    size_t at = 0, most = POUCH_FRAME_RECORDS_MAX / 4, count;
    while (at < k->sealed_count && most > 0) {
        int used = sealed_read(k, at, most, &count);
        if (used < 0) return used;
        frame_begin(k, &plain, &raw);
        k->full = false;
        int err = count > 0 ? pouch_sealed_encode(k->records, count, &plain, &raw) : 0;
        if (!err && count > 0) err = frame_write(k, POUCH_SEALED, &plain, &raw);
        if (err) return err;
        if (k->full)
            most = (size_t)used / 2; /* fewer may fit */
        else
            at += (size_t)used;
    }
    return 0;
}

/* ---- Blobs ---- */

static int blob_compare(const void *a, const void *b) {
    return memcmp(a, b, HASH_SIZE);
}

static int chunk_write(struct packing *k, const uint8_t blob[HASH_SIZE], uint32_t index) {
    struct store_chunk *c = &k->phone->chunk;
    struct writer plain, raw;
    int err = store_chunk_get(k->phone->store, blob, index, c);
    if (err) return err == ERR_NOT_FOUND ? 0 : err;
    struct pouch_chunk out = {.size_bytes = c->size_bytes,
                              .index = index,
                              .proof = c->proof,
                              .proof_size = c->proof_size,
                              .data = c->data,
                              .data_size = c->data_size};
    memcpy(out.blob, blob, HASH_SIZE);
    frame_begin(k, &plain, &raw);
    err = pouch_chunk_encode(&out, &plain, &raw);
    return err ? err : frame_write(k, POUCH_CHUNK, &plain, &raw);
}

static int blobs_write(struct packing *k) {
    int err = 0;
    if (k->blob_count > 1) qsort(k->blobs, k->blob_count, HASH_SIZE, blob_compare);
    for (size_t i = 0; i < k->blob_count && !err && !k->full; i++) {
        uint64_t size_bytes;
        uint32_t held;
        if (i > 0 && memcmp(k->blobs[i], k->blobs[i - 1], HASH_SIZE) == 0) continue;
        err = store_blob_get(k->phone->store, k->blobs[i], &size_bytes, &held);
        if (err == ERR_NOT_FOUND) {
            err = 0;
            continue;
        }
        uint32_t count = err ? 0 : blob_chunk_count(size_bytes);
        for (uint32_t c = 0; c < count && !err && !k->full; c++) err = chunk_write(k, k->blobs[i], c);
    }
    return err;
}

/* ---- The whole ---- */

static int parcel_write(struct packing *k, int64_t after) {
    int err = store_arrived_after(k->phone->store, after, 0, item_visit, k);
    if (!err && k->item_count > 1) qsort(k->items, k->item_count, sizeof *k->items, item_compare);
    if (!err && k->sealed_count > 1) qsort(k->sealed, k->sealed_count, sizeof *k->sealed, item_compare);
    if (!err && k->zip) err = zip_member(k->zip, POUCH_README_NAME);
    if (!err && k->zip) err = zip_write(k->zip, (const uint8_t *)pouch_readme, sizeof pouch_readme - 1);
    if (!err && k->zip) err = zip_member(k->zip, POUCH_MESSAGES_NAME);
    if (!err) err = store_community_each(k->phone->store, k->phone->when.now, charter_visit, k);
    if (!err && k->full) err = ERR_SPACE;
    if (!err) err = records_write(k);
    if (!err) err = sealed_write(k);
    if (!err && !k->full) err = blobs_write(k);
    return !err && k->zip ? zip_end(k->zip) : err;
}

int phone_parcel_make(struct phone *p, const uint8_t *community, double after_num, size_t max_size, int zip) {
    static const char *const names[] = {POUCH_README_NAME, POUCH_MESSAGES_NAME};
    struct packing k = {.phone = p, .community = community};
    size_t overhead = zip ? zip_overhead(names, 2) + sizeof pouch_readme : 0;
    int64_t after = after_num > 0 ? after_num < 9e15 ? (int64_t)after_num : INT64_MAX - 1 : 0;
    struct out *o = phone_begin(p);
    int group = community ? phone_group_find(p, community) : 0;
    if (group < 0) return ERR_COMMUNITY;
    k.closed = community && phone_group_is_closed(p, group);
    if (max_size == 0 || max_size > POUCH_FILE_MAX)
        max_size = (size_t)(POUCH_FILE_MAX < SIZE_MAX ? POUCH_FILE_MAX : SIZE_MAX);
    if (max_size < overhead) return ERR_SPACE;
    k.limit = max_size - (zip ? zip_overhead(names, 2) : 0);
    k.records = malloc(POUCH_FRAME_RECORDS_MAX / 4 * sizeof *k.records);
    k.arena = malloc(ARENA_SIZE);
    k.plain = malloc(2 * POUCH_SECTION_MAX);
    k.raw = malloc(POUCH_SECTION_MAX);
    k.known = malloc(POUCH_FRAME_COMMUNITIES_MAX * sizeof *k.known);
    if (zip) k.zip = malloc(sizeof *k.zip);
    int err = k.records && k.arena && k.plain && k.raw && k.known && (!zip || k.zip) ? 0 : ERR_MEMORY;
    if (!err && zip) zip_init(k.zip, sink, o, p->when.now);
    if (!err) err = parcel_write(&k, after);
    free(k.zip);
    free(k.known);
    free(k.raw);
    free(k.plain);
    free(k.arena);
    free(k.records);
    free(k.blobs);
    free(k.sealed);
    free(k.items);
    if (err) out_begin(o);
    return err ? err : out_end(o);
}
