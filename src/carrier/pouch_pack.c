/*
 * pouch_pack.c: write a pouch.
 *
 * First a list of what there is (16 bytes a record) is sorted by usefulness. Then blocks of it are read, sorted by
 * author, cut into frames, encoded, packed and written. The larger a block, the more records of one author lie together
 * and share the author's key; but whoever gets only the first part of the file should have the most useful records. So
 * blocks double from one frame's worth to BLOCK_BYTES_MAX: what a cut costs is at most as much as what came before it.
 * Where the limit is near, blocks are one frame's worth again, and the last one is halved until nothing fits.
 *
 * Sealed records go in frames of their own behind the others of their urgency. Their order is random but for their last
 * day: that of arrival would tell which were written here.
 */
#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "carrier/pouch_file.h"
#include "carrier/pouch_html.h"
#include "carrier/pouch_readme.h"
#include "carrier/zip.h"
#include "carrier/zip_file.h"
#include "core/blob.h"
#include "core/check.h"
#include "core/pouch.h"
#include "host/compress.h"
#include "host/gzip.h"

/* What a record adds to the plain section beside its content, roughly; only the filling of frames depends on it. */
#define META_ESTIMATE 10
#define PROGRESS_STEP 64
#define BLOCK_BYTES_MAX (1024 * 1024)
#define BLOCK_RECORDS_MAX 8192
/* What a record takes at most beyond its canonical bytes, its share of what a frame brings along included, if it stands
 * among many. */
#define BLOCK_RECORD_EXTRA 64
/* References to blobs that one pouch follows; they are compared pair by pair. */
#define BLOBS_MAX 20000

struct item {
    int64_t num;
    uint64_t fresh : 40, urgency : 2, size : 20, stub : 1;
};

struct blob_list {
    uint8_t (*ids)[HASH_SIZE];
    size_t count, room;
};

struct packing {
    struct pouch_access *access;
    const struct pouch_pack *what;
    struct pouch_packed *out;
    struct zip_writer *zip; /* one of the two */
    struct pouch_html_writer *page;
    struct packer *packer;
    struct store_community *communities;
    size_t community_count, community_room;
    struct item *items, *sealed; /* sealed: the pool's */
    size_t item_count, item_room, sealed_count, sealed_room;
    bool pool;              /* the pool goes along */
    bool cut, sealed_cut;   /* the limit was met */
    size_t end;             /* of the items of one urgency */
    struct record *records; /* of the block; bodies point into arena */
    uint8_t *arena, *room;
    uint8_t *plain, *sections; /* sections: header ‖ packed ‖ raw */
    struct blob_list blobs;
    uint64_t limit; /* of what frames_at counts */
    uint64_t total, done;
    uint64_t filled; /* plain text written so far */
};

static void enter(struct packing *p) {
    if (p->access->mutex) pthread_mutex_lock(p->access->mutex);
}

static void leave(struct packing *p) {
    if (p->access->mutex) pthread_mutex_unlock(p->access->mutex);
}

/* How far the frames are: in the zip the file's bytes, in a page those of the frames alone. */
static uint64_t frames_at(const struct packing *p) {
    return p->page ? p->page->frames : p->zip->at;
}

static int frame_put(struct packing *p, size_t size) {
    return p->page ? pouch_html_write(p->page, p->sections, size) : zip_write(p->zip, p->sections, size);
}

/* Make room for one more element of an array that grows by doubling. */
static int grow(void **array, size_t count, size_t *room, size_t element_size) {
    if (count < *room) return 0;
    size_t wanted = *room ? *room * 2 : 64;
    void *more = realloc(*array, wanted * element_size);
    if (!more) return ERR_MEMORY;
    *array = more;
    *room = wanted;
    return 0;
}

static bool is_wanted(const struct pouch_pack *what, const uint8_t id[HASH_SIZE]) {
    for (size_t i = 0; i < what->community_count; i++)
        if (memcmp(what->communities[i], id, HASH_SIZE) == 0) return true;
    return what->community_count == 0;
}

static int community_add(void *context, const struct store_community *community) {
    struct packing *p = context;
    if (!is_wanted(p->what, community->charter.community)) return 0;
    if (!charter_is_public(&community->charter)) { /* its own records never leave; those of the pool may be its */
        p->pool = true;
        return 0;
    }
    int err = grow((void **)&p->communities, p->community_count, &p->community_room, sizeof *p->communities);
    if (!err) p->communities[p->community_count++] = *community;
    return err;
}

static int item_add(void *context, const struct store_entry *entry) {
    struct packing *p = context;
    if (when_is_ahead(entry->created, p->what->now) || entry->created < p->what->since) return 0;
    int err = grow((void **)&p->items, p->item_count, &p->item_room, sizeof *p->items);
    if (err) return err;
    uint64_t fresh = entry->seen < entry->created ? entry->seen : entry->created;
    p->items[p->item_count++] = (struct item){.num = entry->num,
                                              .fresh = fresh & ((UINT64_C(1) << 40) - 1),
                                              .urgency = entry->urgency & 3u,
                                              .size = entry->size & ((1u << 20) - 1),
                                              .stub = entry->retracted || entry->stub};
    return 0;
}

static int sealed_add(void *context, const struct store_entry *entry) {
    struct packing *p = context;
    if (entry->seen < p->what->since) return 0;
    int err = grow((void **)&p->sealed, p->sealed_count, &p->sealed_room, sizeof *p->sealed);
    if (err) return err;
    p->sealed[p->sealed_count++] = (struct item){
        .num = entry->num,
        .fresh = ((uint64_t)entry->expiry_day << 20 | randombytes_uniform(1u << 20)) & ((UINT64_C(1) << 40) - 1),
        .urgency = entry->urgency & 3u,
        .size = entry->size & ((1u << 20) - 1)};
    return 0;
}

static int item_compare(const void *left, const void *right) {
    const struct item *a = left, *b = right;
    if (a->urgency != b->urgency) return a->urgency > b->urgency ? -1 : 1;
    if (a->fresh != b->fresh) return a->fresh > b->fresh ? -1 : 1;
    return a->num < b->num ? -1 : a->num > b->num;
}

static int list_make(struct packing *p) {
    p->pool = p->what->pool || p->what->community_count == 0;
    enter(p);
    int err = store_community_each(p->access->store, p->what->now, community_add, p);
    if (!err && p->pool && !p->what->open_only) err = store_scan(p->access->store, record_pool, sealed_add, p);
    for (size_t i = 0; i < p->community_count && !err; i++)
        err = store_scan(p->access->store, p->communities[i].charter.community, item_add, p);
    leave(p);
    if (err) return err;
    if (p->item_count > 0) qsort(p->items, p->item_count, sizeof *p->items, item_compare);
    if (p->sealed_count > 0) qsort(p->sealed, p->sealed_count, sizeof *p->sealed, item_compare);
    for (size_t i = 0; i < p->item_count; i++) p->total += p->items[i].size;
    for (size_t i = 0; i < p->sealed_count; i++) p->total += p->sealed[i].size;
    return 0;
}

/* Urgent ones stay in front; among equals, what shares most of its header lies together. */
static int record_compare(const void *left, const void *right) {
    const struct record *a = left, *b = right;
    if (a->urgency != b->urgency) return a->urgency > b->urgency ? -1 : 1;
    int order = memcmp(a->community, b->community, HASH_SIZE);
    order = order ? order : memcmp(a->author, b->author, KEY_SIZE);
    if (order) return order;
    return a->seq < b->seq ? -1 : a->seq > b->seq;
}

/* What a record adds to the plain text of a frame, roughly. */
static size_t record_fill(const struct record *r) {
    return (r->body ? r->body_size : 0) + META_ESTIMATE;
}

/* Note the blobs of a record that will travel with it. What belonged to a message that was taken back stays behind. */
static int blob_note(struct packing *p, const struct record *r) {
    if (!r->body) return 0;
    for (unsigned i = 0; i < r->ref_count; i++) {
        if (r->refs[i].type != REF_BLOB || p->blobs.count == BLOBS_MAX) continue;
        int err = grow((void **)&p->blobs.ids, p->blobs.count, &p->blobs.room, HASH_SIZE);
        if (err) return err;
        memcpy(p->blobs.ids[p->blobs.count++], r->refs[i].id, HASH_SIZE);
    }
    return 0;
}

/*
 * Tell whether a block that has so much plain text takes another record: while it is no frame's worth, or as long as it
 * is no larger than all before it and surely fits (need is what its frames take at most).
 */
static bool block_goes_on(const struct packing *p, size_t fill, uint64_t need) {
    return fill < POUCH_FRAME_FILL ||
           (fill < BLOCK_BYTES_MAX && fill < p->filled && need < (p->limit - frames_at(p)) / 2);
}

/*
 * Read the records of items from first on, at most `most` of them, as a block, and sort them. Return how many items
 * were used; *count is the number of records, fewer if some have gone meanwhile.
 */
static int block_read(struct packing *p, size_t first, size_t most, size_t *count) {
    size_t fill = 0, arena_at = 0, used = 0;
    uint64_t need = 0;
    int err = 0;
    *count = 0;
    enter(p);
    while (first + used < p->end && used < most && block_goes_on(p, fill, need) && !err) {
        struct store_record found;
        need += p->items[first + used].size + BLOCK_RECORD_EXTRA;
        int got = store_get_num(p->access->store, p->items[first + used++].num, p->room, &found);
        if (got == ERR_NOT_FOUND) continue;
        err = got;
        if (err || found.record.form != RECORD_FORM_PLAIN) continue;
        struct record *r = &p->records[(*count)++];
        *r = found.record;
        if (found.retracted) r->body = NULL;
        if (r->body) {
            memcpy(p->arena + arena_at, r->body, r->body_size);
            r->body = p->arena + arena_at;
            arena_at += r->body_size;
        }
        fill += record_fill(r);
    }
    leave(p);
    if (err) return err;
    qsort(p->records, *count, sizeof *p->records, record_compare);
    return (int)used;
}

/* Finish a frame whose raw section stands behind the place for the packed one: pack, move, head. Return its size. */
static int frame_finish(struct packing *p, uint8_t type, const struct writer *plain, const struct writer *raw) {
    struct pouch_frame frame = {.type = type, .plain_size = (uint32_t)plain->at, .raw_size = (uint32_t)raw->at};
    uint8_t *packed = p->sections + POUCH_HEADER_SIZE;
    int size =
        type != POUCH_RECORDS ? ERR_SPACE : packer_pack(p->packer, packed, POUCH_SECTION_MAX, plain->data, plain->at);
    if (size >= 0 && (size_t)size < plain->at) {
        frame.codec = POUCH_ZSTD;
        frame.packed_size = (uint32_t)size;
    } else {
        frame.codec = POUCH_STORED;
        frame.packed_size = frame.plain_size;
        memcpy(packed, plain->data, plain->at);
    }
    memmove(packed + frame.packed_size, raw->data, raw->at);
    pouch_frame_encode(p->sections, &frame, packed);
    return (int)(POUCH_HEADER_SIZE + frame.packed_size + frame.raw_size);
}

/* Encode count records, all of which fit one frame. Return the frame's size, or ERR_SPACE if they do not fit. */
static int frame_make(struct packing *p, const struct record *records, size_t count) {
    struct pouch_community used[POUCH_FRAME_COMMUNITIES_MAX];
    struct writer plain, raw;
    size_t used_count = 0;
    for (size_t i = 0; i < p->community_count; i++) {
        const struct store_community *c = &p->communities[i];
        bool needed = false;
        for (size_t k = 0; k < count && !needed; k++)
            needed = memcmp(records[k].community, c->charter.community, HASH_SIZE) == 0;
        if (!needed) continue;
        if (used_count == POUCH_FRAME_COMMUNITIES_MAX) return ERR_SPACE;
        used[used_count++] =
            (struct pouch_community){.compact = c->compact, .compact_size = c->compact_size, .charter = &c->charter};
    }
    writer_init(&plain, p->plain, POUCH_SECTION_MAX);
    writer_init(&raw, p->sections + POUCH_HEADER_SIZE + POUCH_SECTION_MAX, POUCH_SECTION_MAX);
    int err = pouch_records_encode(used, used_count, records, count, &plain, &raw);
    return err ? err : frame_finish(p, POUCH_RECORDS, &plain, &raw);
}

/* Write one frame that brings charters alone. */
static int charter_frame_write(struct packing *p, const struct pouch_community *group, size_t count) {
    struct writer plain, raw;
    writer_init(&plain, p->plain, POUCH_SECTION_MAX);
    writer_init(&raw, p->sections + POUCH_HEADER_SIZE + POUCH_SECTION_MAX, POUCH_SECTION_MAX);
    int err = pouch_records_encode(group, count, NULL, 0, &plain, &raw);
    int size = err ? err : frame_finish(p, POUCH_RECORDS, &plain, &raw);
    if (size < 0) return size;
    return frames_at(p) + (size_t)size > p->limit ? ERR_SPACE : frame_put(p, (size_t)size);
}

/*
 * Write the charters of the communities that the person joined or named, for whoever gets the pouch and has no record
 * of theirs yet. Those that are only carried come with their records, so that a heap of made-up ones takes no room.
 */
static int charters_write(struct packing *p) {
    struct pouch_community group[POUCH_FRAME_COMMUNITIES_MAX];
    size_t count = 0;
    int err = 0;
    for (size_t at = 0; at < p->community_count && !err; at++) {
        const struct store_community *c = &p->communities[at];
        if (!c->joined && p->what->community_count == 0) continue;
        group[count++] =
            (struct pouch_community){.compact = c->compact, .compact_size = c->compact_size, .charter = &c->charter};
        if (count < POUCH_FRAME_COMMUNITIES_MAX) continue;
        err = charter_frame_write(p, group, count);
        count = 0;
    }
    return !err && count > 0 ? charter_frame_write(p, group, count) : err;
}

/* Write the records of a block frame by frame. Return how many were written; fewer than count if the limit was met. */
static int frames_write(struct packing *p, size_t count) {
    size_t at = 0;
    while (at < count) {
        const struct record *records = p->records + at;
        size_t take = 0;
        for (size_t fill = 0; at + take < count && take < POUCH_FRAME_RECORDS_MAX && fill < POUCH_FRAME_FILL; take++)
            fill += record_fill(&records[take]);
        int size = frame_make(p, records, take);
        while (size == ERR_SPACE && take > 1) {
            take /= 2;
            size = frame_make(p, records, take);
        }
        if (size < 0) return size;
        if (frames_at(p) + (size_t)size > p->limit) break;
        int err = frame_put(p, (size_t)size);
        for (size_t i = 0; i < take && !err; i++) {
            p->filled += record_fill(&records[i]);
            err = blob_note(p, &records[i]);
        }
        if (err) return err;
        p->out->records += take;
        at += take;
    }
    return (int)at;
}

/*
 * Write one block, or as much of its most useful part as the limit lets in. Return how many items were used up, 0 if
 * the pouch is full. What the limit cut off from a block is counted in left_out.
 */
static int block_write(struct packing *p, size_t first) {
    size_t most = BLOCK_RECORDS_MAX;
    while (most > 0) {
        size_t count;
        int used = block_read(p, first, most, &count);
        if (used < 0 || count == 0) return used;
        int written = frames_write(p, count);
        if (written < 0) return written;
        if (written > 0) {
            p->out->left_out += count - (size_t)written;
            p->cut = p->cut || count > (size_t)written;
            return used;
        }
        most = (size_t)used / 2;
    }
    return 0;
}

static int progress_tell(struct packing *p) {
    return p->access->progress && p->access->progress(p->access->context, p->done, p->total) ? ERR_INTERRUPTED : 0;
}

/* Write the records of items from at up to p->end. */
static int records_write(struct packing *p, size_t at) {
    while (at < p->end && !p->cut) {
        int used = block_write(p, at);
        if (used < 0) return used;
        if (used == 0) p->cut = true;
        for (int i = 0; i < used; i++) p->done += p->items[at++].size;
        int err = progress_tell(p);
        if (err) return err;
    }
    p->out->left_out += p->end - at;
    return 0;
}

/* ---- Sealed records ---- */

static int shelf_compare(const void *left, const void *right) {
    const struct record *a = left, *b = right;
    int order = memcmp(a->author, b->author, KEY_SIZE);
    return order ? order : memcmp(a->id, b->id, HASH_SIZE);
}

/* Read a frame's worth of sealed records, at most `most` of those from first up to end. Return how many items were
 * used. */
static int sealed_read(struct packing *p, size_t first, size_t end, size_t most, size_t *count) {
    size_t fill = 0, used = 0;
    int err = 0;
    *count = 0;
    enter(p);
    while (first + used < end && used < most && fill < POUCH_FRAME_FILL && !err) {
        struct store_record found;
        err = store_get_num(p->access->store, p->sealed[first + used++].num, p->room, &found);
        if (err == ERR_NOT_FOUND) {
            err = 0;
            continue;
        }
        if (err || found.record.form != RECORD_FORM_SEALED || !found.record.body) continue;
        struct record *r = &p->records[(*count)++];
        *r = found.record;
        memcpy(p->arena + fill, r->body, r->body_size);
        r->body = p->arena + fill;
        fill += r->body_size;
    }
    leave(p);
    if (err) return err;
    qsort(p->records, *count, sizeof *p->records, shelf_compare);
    return (int)used;
}

/* Write one frame of sealed records. Return how many items were used up, 0 if nothing fits any more. */
static int sealed_frame_write(struct packing *p, size_t first, size_t end) {
    struct writer plain, raw;
    for (size_t most = POUCH_FRAME_RECORDS_MAX, count; most > 0;) {
        int used = sealed_read(p, first, end, most, &count);
        if (used <= 0 || count == 0) return used;
        writer_init(&plain, p->plain, POUCH_SECTION_MAX);
        writer_init(&raw, p->sections + POUCH_HEADER_SIZE + POUCH_SECTION_MAX, POUCH_SECTION_MAX);
        int err = pouch_sealed_encode(p->records, count, &plain, &raw);
        int size = err ? err : frame_finish(p, POUCH_SEALED, &plain, &raw);
        if (size < 0) return size;
        if (frames_at(p) + (size_t)size <= p->limit) {
            err = frame_put(p, (size_t)size);
            p->out->sealed += count;
            return err ? err : used;
        }
        most = (size_t)used / 2;
    }
    return 0;
}

static int sealed_write(struct packing *p, size_t at, size_t end) {
    while (at < end && !p->sealed_cut) {
        int used = sealed_frame_write(p, at, end);
        if (used < 0) return used;
        if (used == 0) p->sealed_cut = true;
        for (int i = 0; i < used; i++) p->done += p->sealed[at++].size;
        int err = progress_tell(p);
        if (err) return err;
    }
    p->out->left_out += end - at;
    return 0;
}

/* All records, the most urgent first, plain and sealed. */
static int all_write(struct packing *p) {
    size_t at = 0, sealed_at = 0, end = 0;
    for (int urgency = URGENCY_URGENT; urgency >= URGENCY_BULK; urgency--) {
        for (p->end = at; p->end < p->item_count && p->items[p->end].urgency == (unsigned)urgency;) p->end++;
        int err = records_write(p, at);
        at = p->end;
        for (end = sealed_at; end < p->sealed_count && p->sealed[end].urgency == (unsigned)urgency;) end++;
        if (!err) err = sealed_write(p, sealed_at, end);
        sealed_at = end;
        if (err) return err;
    }
    return 0;
}

/* Write one chunk. Return 1 if it went in, 0 if it is not here or did not fit (*full). */
static int chunk_write(struct packing *p, const uint8_t blob[HASH_SIZE], uint32_t index, struct store_chunk *chunk,
                       bool *full) {
    struct writer plain, raw;
    enter(p);
    int err = store_chunk_get(p->access->store, blob, index, chunk);
    leave(p);
    if (err) return err == ERR_NOT_FOUND ? 0 : err;
    struct pouch_chunk out = {.size_bytes = chunk->size_bytes,
                              .index = index,
                              .proof = chunk->proof,
                              .proof_size = chunk->proof_size,
                              .data = chunk->data,
                              .data_size = chunk->data_size};
    memcpy(out.blob, blob, HASH_SIZE);
    writer_init(&plain, p->plain, POUCH_SECTION_MAX);
    writer_init(&raw, p->sections + POUCH_HEADER_SIZE + POUCH_SECTION_MAX, POUCH_SECTION_MAX);
    err = pouch_chunk_encode(&out, &plain, &raw);
    if (err) return err;
    int size = frame_finish(p, POUCH_CHUNK, &plain, &raw);
    *full = frames_at(p) + (size_t)size > p->limit;
    if (*full) return 0;
    err = frame_put(p, (size_t)size);
    return err ? err : 1;
}

static int blob_write(struct packing *p, const uint8_t blob[HASH_SIZE], struct store_chunk *chunk, bool *full) {
    uint64_t size_bytes;
    uint32_t held, written = 0;
    enter(p);
    int err = store_blob_get(p->access->store, blob, &size_bytes, &held);
    leave(p);
    if (err) return err == ERR_NOT_FOUND ? 0 : err;
    uint32_t count = blob_chunk_count(size_bytes);
    for (uint32_t i = 0; i < count && !*full; i++) {
        int put = chunk_write(p, blob, i, chunk, full);
        if (put < 0) return put;
        written += (uint32_t)put;
        if (p->access->progress && i % PROGRESS_STEP == 0 && p->access->progress(p->access->context, p->done, p->total))
            return ERR_INTERRUPTED;
    }
    p->out->blobs += written == held && held > 0;
    return 0;
}

static bool blob_is_earlier(const struct blob_list *list, size_t index) {
    for (size_t i = 0; i < index; i++)
        if (memcmp(list->ids[i], list->ids[index], HASH_SIZE) == 0) return true;
    return false;
}

static int blobs_write(struct packing *p) {
    bool full = false;
    int err = 0;
    struct store_chunk *chunk = malloc(sizeof *chunk);
    if (!chunk) return ERR_MEMORY;
    for (size_t i = 0; i < p->blobs.count && !full && !err; i++)
        if (!blob_is_earlier(&p->blobs, i)) err = blob_write(p, p->blobs.ids[i], chunk, &full);
    free(chunk);
    return err;
}

static int frames_all_write(struct packing *p) {
    int err = charters_write(p);
    if (!err) err = all_write(p);
    return err ? err : blobs_write(p);
}

/* The messages come first: they are there before the app is, should the file arrive in part. */
static int zip_make(struct packing *p, int *fd) {
    const struct gzip *app = p->what->app;
    zip_init(p->zip, zip_file_write, fd, p->what->now);
    int err = zip_member(p->zip, POUCH_README_NAME);
    if (!err) err = zip_write(p->zip, (const uint8_t *)pouch_readme, sizeof pouch_readme - 1);
    if (!err && app) err = zip_write(p->zip, (const uint8_t *)pouch_readme_app, sizeof pouch_readme_app - 1);
    if (!err) err = zip_member(p->zip, POUCH_MESSAGES_NAME);
    if (!err) err = frames_all_write(p);
    if (!err && app)
        err =
            zip_deflated(p->zip, POUCH_APP_NAME, app->deflate, app->deflate_size, (uint32_t)app->plain_size, app->crc);
    if (!err) err = zip_end(p->zip);
    p->out->bytes = p->zip->at;
    return err;
}

static int page_make(struct packing *p, int *fd) {
    const struct gzip *app = p->what->app;
    int err = pouch_html_begin(p->page, zip_file_write, fd, app->plain, app->plain_size);
    if (!err) err = frames_all_write(p);
    if (!err) err = pouch_html_end(p->page);
    p->out->bytes = p->page->at;
    return err;
}

/* Set how far the frames may go. */
static int limit_set(struct packing *p) {
    static const char *const names[] = {POUCH_README_NAME, POUCH_MESSAGES_NAME, POUCH_APP_NAME};
    const struct pouch_pack *what = p->what;
    uint64_t most = what->max_bytes == 0 || what->max_bytes > POUCH_FILE_MAX ? POUCH_FILE_MAX : what->max_bytes;
    if (what->page) {
        p->limit = pouch_html_room(most, what->app->plain_size);
        return p->limit < CHARTER_COMPACT_MAX ? ERR_SPACE : 0;
    }
    size_t count = what->app ? 3 : 2, app_size = what->app ? what->app->deflate_size + sizeof pouch_readme_app : 0;
    /* Behind the frames come directory and end, at most half of it all, and the app with its header. */
    size_t tail = zip_overhead(names, count) / 2 + 64 + app_size;
    if (most < zip_overhead(names, count) + sizeof pouch_readme + app_size + CHARTER_COMPACT_MAX) return ERR_SPACE;
    p->limit = most - tail;
    return 0;
}

int pouch_file_pack(struct pouch_access *access, int fd, const struct pouch_pack *what, struct pouch_packed *out) {
    struct packing p = {.access = access, .what = what, .out = out};
    memset(out, 0, sizeof *out);
    CHECK(what->app || !what->page);
    int err = limit_set(&p);
    if (err) return err;
    p.zip = what->page ? NULL : malloc(sizeof *p.zip);
    p.page = what->page ? malloc(sizeof *p.page) : NULL;
    p.packer = packer_new(COMPRESS_LEVEL);
    p.records = malloc(BLOCK_RECORDS_MAX * sizeof *p.records);
    p.arena = malloc(BLOCK_BYTES_MAX + RECORD_SIZE_MAX);
    p.room = malloc(RECORD_SIZE_MAX);
    p.plain = malloc(POUCH_SECTION_MAX);
    p.sections = malloc(POUCH_FRAME_MAX);
    err = (p.zip || p.page) && p.packer && p.records && p.arena && p.room && p.plain && p.sections ? 0 : ERR_MEMORY;
    if (!err) err = list_make(&p);
    if (!err) err = what->page ? page_make(&p, &fd) : zip_make(&p, &fd);
    if (err) out->bytes = 0;
    free(p.sections);
    free(p.plain);
    free(p.room);
    free(p.arena);
    free(p.records);
    packer_free(p.packer);
    free(p.page);
    free(p.zip);
    free(p.blobs.ids);
    free(p.sealed);
    free(p.items);
    free(p.communities);
    return err;
}
