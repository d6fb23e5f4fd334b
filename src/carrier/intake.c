/*
 * intake.c: the loop's side of the intake: contacts hand in, reports come back.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "carrier/intake_internal.h"
#include "core/check.h"

static unsigned lane_of(unsigned stream) {
    return stream == STREAM_URGENT ? 0 : 1;
}

size_t intake_batch_bytes(const struct intake_batch *b) {
    return sizeof *b + b->room;
}

/* ---- Contacts ---- */

struct intake_contact *intake_contact_new(struct intake *in, void *owner) {
    struct intake_contact *c = calloc(1, sizeof *c);
    if (!c) return NULL;
    c->in = in;
    c->owner = owner;
    c->number = ++in->last_number;
    c->report.owner = owner;
    return c;
}

/* Take a contact out of the list of reports. The caller holds the mutex. */
static void report_drop(struct intake_contact *c) {
    struct intake *in = c->in;
    if (!c->reported) return;
    struct intake_contact **at = &in->reports;
    while (*at != c) at = &(*at)->next;
    *at = c->next;
    if (!*at) in->reports_tail = at;
    c->reported = false;
}

void intake_contact_free(struct intake_contact *c, bool drop) {
    if (!c) return;
    if (drop) atomic_store(&c->broken, true);
    intake_submit(c);
    pthread_mutex_lock(&c->in->mutex);
    report_drop(c);
    c->closed = true;
    bool last = c->batches == 0;
    pthread_mutex_unlock(&c->in->mutex);
    if (last) free(c);
}

void intake_contact_from(struct intake_contact *c, const struct store_source *from) {
    c->from = *from;
    c->from.link %= BUDGET_LINKS;
}

uint64_t intake_contact_number(const struct intake_contact *c) {
    return c->number;
}

size_t intake_room(const struct intake_contact *c) {
    struct intake *in = c->in;
    size_t records = 0, bytes = 0, room = 0;
    for (unsigned i = 0; i < STREAM_COUNT; i++) {
        if (!c->open[i]) continue;
        records += c->open[i]->count;
        bytes += intake_batch_bytes(c->open[i]);
    }
    pthread_mutex_lock(&in->mutex);
    size_t shares = in->contacts_busy + 2 - (c->batches > 0); /* its own, and one for whoever comes next */
    records += c->records;
    bytes += c->bytes;
    if (!c->err && records < INTAKE_RECORDS_MAX / shares && bytes < INTAKE_BYTES_MAX / shares) {
        room = (INTAKE_BYTES_MAX / shares - bytes) / (sizeof(struct intake_batch) + BATCH_ROOM + RECORD_SIZE_MAX) + 1;
        if (room > INTAKE_RECORDS_MAX / shares - records) room = INTAKE_RECORDS_MAX / shares - records;
    }
    pthread_mutex_unlock(&in->mutex);
    return room;
}

bool intake_is_pending(const struct intake_contact *c) {
    for (unsigned i = 0; i < STREAM_COUNT; i++)
        if (c->open[i]) return true;
    pthread_mutex_lock(&c->in->mutex);
    bool pending = c->batches > 0 || c->reported;
    pthread_mutex_unlock(&c->in->mutex);
    return pending;
}

/* ---- Handing in ---- */

/*
 * Put a batch where its link's turn comes (start-time fair queueing): behind what the link has handed in before, each
 * record a turn, and behind whoever's turn is earlier. The caller holds the mutex.
 */
static void lane_add(struct intake_lane *lane, struct intake_batch *b) {
    uint64_t *turn = &lane->turns[b->contact->from.link];
    b->turn = *turn > lane->clock ? *turn : lane->clock;
    *turn = b->turn + b->count;
    struct intake_batch **at = lane->unchecked;
    while (*at && (*at)->turn <= b->turn) at = &(*at)->next;
    b->next = *at;
    *at = b;
    if (!b->next) lane->tail = &b->next;
    lane->working++;
}

/* Let the checkers have the open batches, those that are there. */
void intake_submit(struct intake_contact *c) {
    struct intake *in = c->in;
    bool any = false;
    for (unsigned i = 0; i < STREAM_COUNT; i++) any = any || c->open[i];
    if (!any) return;
    pthread_mutex_lock(&in->mutex);
    for (unsigned i = 0; i < STREAM_COUNT; i++) {
        struct intake_batch *b = c->open[i];
        struct intake_lane *lane = &in->lanes[lane_of(i)];
        if (!b) continue;
        c->open[i] = NULL;
        b->when = in->when;
        if (c->batches++ == 0) in->contacts_busy++;
        c->records += b->count;
        c->bytes += intake_batch_bytes(b);
        lane_add(lane, b);
        pthread_cond_signal(&in->work);
    }
    pthread_mutex_unlock(&in->mutex);
}

/* Have an open batch with room for one more item of size bytes. */
static struct intake_batch *batch_open(struct intake_contact *c, unsigned stream, size_t size) {
    struct intake_batch *b = c->open[stream];
    CHECK(stream < STREAM_COUNT);
    if (b && b->count < BATCH_ITEMS && b->room - b->fill >= size) return b;
    if (b) intake_submit(c);
    size_t room = size > BATCH_ROOM ? size : BATCH_ROOM;
    b = malloc(sizeof *b + room);
    if (!b) return NULL;
    memset(b, 0, offsetof(struct intake_batch, items));
    b->contact = c;
    b->stream = (uint8_t)stream;
    b->room = room;
    c->open[stream] = b;
    return b;
}

uint8_t *intake_place(struct intake_contact *c, unsigned stream, size_t size) {
    if (size > RECORD_SIZE_MAX) return NULL;
    struct intake_batch *b = batch_open(c, stream, size);
    return b ? b->arena + b->fill : NULL;
}

static struct intake_item *item_add(struct intake_batch *b, enum item_type type, size_t size) {
    CHECK(b->count < BATCH_ITEMS && b->room - b->fill >= size);
    struct intake_item *item = &b->items[b->count++];
    *item = (struct intake_item){.type = type, .offset = (uint32_t)b->fill, .size = (uint32_t)size};
    b->fill += size;
    return item;
}

void intake_record(struct intake_contact *c, unsigned stream, const struct charter *charter, size_t size, bool stub) {
    CHECK(c->open[stream] != NULL);
    item_add(c->open[stream], stub ? ITEM_STUB : ITEM_RECORD, size)->charter = charter;
}

int intake_chunk(struct intake_contact *c, unsigned stream, const uint8_t blob[HASH_SIZE], uint64_t size_bytes,
                 uint32_t index, const uint8_t *proof, size_t proof_size, const uint8_t *data, size_t data_size) {
    if (proof_size > BLOB_PROOF_MAX || data_size > BLOB_CHUNK_SIZE) return ERR_LIMIT;
    struct intake_batch *b = batch_open(c, stream, proof_size + data_size);
    if (!b) return ERR_MEMORY;
    struct intake_item *item = item_add(b, ITEM_CHUNK, proof_size + data_size);
    if (proof_size > 0) memcpy(b->arena + item->offset, proof, proof_size);
    if (data_size > 0) memcpy(b->arena + item->offset + proof_size, data, data_size);
    memcpy(item->id, blob, HASH_SIZE);
    item->size_bytes = size_bytes;
    item->index = index;
    item->proof_size = (uint32_t)proof_size;
    return 0;
}

/* ---- Reports ---- */

bool intake_next(struct intake *in, struct intake_report *out) {
    pthread_mutex_lock(&in->mutex);
    struct intake_contact *c = in->reports;
    if (c) {
        in->reports = c->next;
        if (!in->reports) in->reports_tail = &in->reports;
        c->reported = false;
        *out = c->report;
        out->err = c->err;
        out->blamed = c->blamed;
        c->report = (struct intake_report){.owner = c->owner};
    }
    pthread_mutex_unlock(&in->mutex);
    return c != NULL;
}

void intake_when(struct intake *in, struct when when) {
    pthread_mutex_lock(&in->mutex);
    in->when = when;
    pthread_mutex_unlock(&in->mutex);
}

struct intake_recent *intake_recent_of(struct intake *in, const uint8_t id[HASH_SIZE]) {
    return &in->recent[((size_t)id[0] | (size_t)id[1] << 8) & (INTAKE_RECENT - 1)];
}

struct intake_origin intake_origin(struct intake *in, const uint8_t id[HASH_SIZE]) {
    struct intake_origin origin = {.number = 0};
    pthread_mutex_lock(&in->mutex);
    const struct intake_recent *recent = intake_recent_of(in, id);
    if (recent->origin.number && memcmp(recent->id, id, HASH_SIZE) == 0) origin = recent->origin;
    pthread_mutex_unlock(&in->mutex);
    return origin;
}

bool intake_range(struct intake *in, int64_t num, struct intake_range *out) {
    bool found = false;
    pthread_mutex_lock(&in->mutex);
    for (unsigned i = 0; i < RANGES && !found; i++) {
        const struct intake_range *r = &in->ranges[i];
        found = r->first <= num && num <= r->last && r->first > 0;
        if (found) *out = *r;
    }
    pthread_mutex_unlock(&in->mutex);
    return found;
}

void intake_counts(struct intake *in, struct intake_counts *out) {
    pthread_mutex_lock(&in->mutex);
    *out = in->counts;
    pthread_mutex_unlock(&in->mutex);
}

/* ---- Life ---- */

void intake_drain(struct intake *in) {
    pthread_mutex_lock(&in->mutex);
    while (in->contacts_busy > 0) pthread_cond_wait(&in->drained, &in->mutex);
    pthread_mutex_unlock(&in->mutex);
}

static void threads_stop(struct intake *in) {
    pthread_mutex_lock(&in->mutex);
    in->stop = true;
    pthread_cond_broadcast(&in->work);
    pthread_cond_broadcast(&in->done);
    pthread_mutex_unlock(&in->mutex);
    for (unsigned i = 0; i < in->checker_count; i++) pthread_join(in->checkers[i], NULL);
    if (in->writer_runs) pthread_join(in->writer, NULL);
}

static void intake_free(struct intake *in) {
    pthread_cond_destroy(&in->drained);
    pthread_cond_destroy(&in->done);
    pthread_cond_destroy(&in->work);
    pthread_mutex_destroy(&in->mutex);
    free(in->recent);
    free(in);
}

int intake_start(struct intake **out, const struct intake_config *config) {
    struct intake *in = calloc(1, sizeof *in);
    pthread_condattr_t monotonic;
    if (!in) return ERR_MEMORY;
    in->config = *config;
    in->reports_tail = &in->reports;
    for (unsigned i = 0; i < LANES; i++) in->lanes[i].tail = in->lanes[i].unchecked = &in->lanes[i].head;
    pthread_mutex_init(&in->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&in->work, NULL);
    pthread_cond_init(&in->done, &monotonic);
    pthread_cond_init(&in->drained, NULL);
    pthread_condattr_destroy(&monotonic);
    in->recent = calloc(INTAKE_RECENT, sizeof *in->recent);
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned wanted = config->threads ? config->threads : processors > 0 ? (unsigned)processors : 1;
    if (wanted > INTAKE_THREADS_MAX) wanted = INTAKE_THREADS_MAX;
    if (in->recent) {
        in->writer_runs = pthread_create(&in->writer, NULL, intake_write_main, in) == 0;
        while (in->checker_count < wanted &&
               pthread_create(&in->checkers[in->checker_count], NULL, intake_check_main, in) == 0)
            in->checker_count++;
    }
    if (in->writer_runs && in->checker_count > 0) {
        *out = in;
        return 0;
    }
    threads_stop(in);
    intake_free(in);
    *out = NULL;
    return ERR_MEMORY;
}

void intake_stop(struct intake *in) {
    if (!in) return;
    intake_drain(in);
    threads_stop(in);
    CHECK(in->contacts_busy == 0 && !in->lanes[0].head && !in->lanes[1].head);
    intake_free(in);
}
