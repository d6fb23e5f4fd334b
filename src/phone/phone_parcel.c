/*
 * phone_parcel.c: read parcels, whole or damaged, a few records at a time.
 */
#include <stdlib.h>
#include <string.h>

#include "carrier/pouch_scan.h"
#include "phone/phone_internal.h"

void phone_parcel_free(struct phone *p) {
    struct parcel *c = &p->parcel;
    pouch_scan_free(c->scan);
    pouch_job_free(c->job);
    free(c->bytes);
    c->scan = NULL;
    c->job = NULL;
    c->bytes = NULL;
}

static int bytes_read(void *context, uint8_t *out, size_t size, uint64_t at) {
    const struct parcel *c = context;
    if (at >= c->result.bytes) return 0;
    size_t left = (size_t)(c->result.bytes - at), n = left < size ? left : size;
    if (n > INT32_MAX) n = INT32_MAX;
    memcpy(out, c->bytes + at, n);
    return (int)n;
}

int phone_parcel_open(struct phone *p, uint8_t *bytes, size_t size, int trusted) {
    struct parcel *c = &p->parcel;
    const struct pouch_source source = {.read = bytes_read, .context = c, .size = size};
    int err = 0;
    phone_begin(p);
    phone_parcel_free(p);
    memset(c, 0, sizeof *c);
    if (!bytes) return ERR_USAGE;
    c->bytes = bytes;
    c->trusted = trusted != 0;
    c->result.bytes = size;
    c->job = pouch_job_new();
    if (c->job) c->scan = pouch_scan_new(&source, &err);
    if (!c->job) err = ERR_MEMORY;
    if (err) phone_parcel_free(p);
    return err;
}

/* What the page has unpacked is taken for what the frame holds: a wrong one fails in its records. */
static int unpacked_take(void *context, uint8_t *out, size_t plain_size, const uint8_t *packed, size_t packed_size) {
    struct parcel *c = context;
    (void)packed;
    (void)packed_size;
    if (!c->plain || c->plain_size != plain_size) return ERR_FIELD;
    memcpy(out, c->plain, plain_size);
    return 0;
}

/* Find the next frame. Return PHONE_PARCEL_MORE, PHONE_PARCEL_UNPACK, PHONE_PARCEL_END or an error. */
static int frame_next(struct phone *p) {
    struct parcel *c = &p->parcel;
    struct pouch_frame frame;
    const uint8_t *sections;
    int got = pouch_scan_next(c->scan, &frame, &sections);
    if (got < 0) return got;
    if (got == 0) {
        c->result.damaged = pouch_scan_damaged(c->scan);
        c->result.truncated = pouch_scan_is_truncated(c->scan);
        phone_parcel_free(p);
        return c->result.frames > 0 ? PHONE_PARCEL_END : ERR_NOT_POUCH;
    }
    pouch_job_fill(c->job, &frame, sections);
    c->result.frames++;
    c->has_job = true;
    c->begun = false;
    c->at = 0;
    c->plain = NULL;
    c->has_plain = false;
    c->wants_plain = frame.codec == POUCH_ZSTD && frame.type >= POUCH_RECORDS && frame.type <= POUCH_SEALED;
    if (!c->wants_plain) return PHONE_PARCEL_MORE;
    out_bytes(&p->out, sections, frame.packed_size);
    int err = out_end(&p->out);
    return err ? err : PHONE_PARCEL_UNPACK;
}

/* Unpack the frame and rebuild its records, and store its communities. */
static int job_begin(struct phone *p) {
    struct parcel *c = &p->parcel;
    const struct pouch_unpacker unpacker = {.unpack = unpacked_take, .context = c};
    int err = pouch_job_begin(c->job, &unpacker);
    c->begun = true;
    c->wants_plain = c->has_plain = false;
    c->plain = NULL;
    if (err) return err;
    /* What this page has sealed itself names the communities that it joined in frames without records. */
    bool joined = c->trusted && c->job->frame.type == POUCH_RECORDS && c->job->count == 0;
    return pouch_store_communities(p->store, c->job, p->when, joined, &c->result);
}

static int record_store(struct phone *p, struct pouch_checked *checked) {
    struct parcel *c = &p->parcel;
    uint64_t sealed = c->result.sealed;
    const struct admit_classes classes = {phone_group_class, p};
    if (!checked->err) {
        int seen = store_has(p->store, checked->id);
        checked->known = seen == STORE_HELD || seen == STORE_GHOST;
    }
    if (!checked->err && !checked->known) pouch_job_judge(c->job, checked, p->when, c->trusted);
    bool over = checked->sealed && p->sealed + checked->size > PHONE_SEALED_BYTES_MAX;
    if (!checked->err && !checked->known && over && !c->trusted) checked->err = ERR_LIMIT;
    int err = pouch_store_record(p->store, c->job, checked, p->when, &classes, &c->result);
    if (c->result.sealed > sealed) p->sealed += checked->size;
    return err;
}

/* Store about limit records of the frame. */
static int job_work(struct phone *p, uint32_t limit) {
    struct parcel *c = &p->parcel;
    int err = c->begun ? 0 : job_begin(p);
    for (; !err && c->at < c->job->count && limit > 0; limit--) err = record_store(p, &c->job->list[c->at++]);
    if (err || c->at < c->job->count) return err;
    err = pouch_store_rest(p->store, c->job, p->when, &c->result);
    c->has_job = false;
    return err;
}

int phone_parcel_next(struct phone *p, uint32_t limit) {
    struct parcel *c = &p->parcel;
    phone_begin(p);
    if (!c->bytes) return ERR_USAGE;
    if (c->has_job && c->wants_plain && !c->has_plain) return ERR_USAGE;
    if (!c->has_job) {
        int got = frame_next(p);
        if (got == ERR_NOT_POUCH || got == PHONE_PARCEL_UNPACK || got == PHONE_PARCEL_END) return got;
        if (got < 0) phone_parcel_free(p);
        return got;
    }
    if (store_charged(p->store) > PHONE_BYTES_MAX) {
        phone_parcel_free(p);
        return ERR_FULL;
    }
    struct pouch_opened before = c->result;
    int err = store_begin(p->store);
    if (!err) err = job_work(p, limit ? limit : 1);
    if (!err) err = store_commit(p->store);
    if (err) {
        store_rollback(p->store);
        c->result = before;
        phone_parcel_free(p);
        return err;
    }
    err = phone_group_refresh(p);
    if (!err) err = phone_contacts_offer(p, 0);
    return err ? err : PHONE_PARCEL_MORE;
}

uint32_t phone_parcel_plain_size(const struct phone *p) {
    return p->parcel.job && p->parcel.wants_plain ? p->parcel.job->frame.plain_size : 0;
}

int phone_parcel_unpacked(struct phone *p, const uint8_t *plain, size_t size) {
    struct parcel *c = &p->parcel;
    phone_begin(p);
    if (!c->bytes || !c->has_job || !c->wants_plain || c->has_plain) return ERR_USAGE;
    c->plain = plain;
    c->plain_size = size;
    c->has_plain = true;
    /* The page's memory holds for this call alone. */
    int err = store_begin(p->store);
    if (!err) err = job_begin(p);
    if (!err) err = store_commit(p->store);
    if (err) {
        store_rollback(p->store);
        phone_parcel_free(p);
    }
    return err;
}

int phone_parcel_result(struct phone *p) {
    const struct pouch_opened *r = &p->parcel.result;
    struct out *o = phone_begin(p);
    json_open(o, '{');
    json_number_of(o, "accepted", r->accepted);
    json_number_of(o, "known", r->known);
    json_number_of(o, "rejected", r->rejected);
    json_number_of(o, "sealed", r->sealed);
    json_number_of(o, "waiting", r->waiting);
    json_number_of(o, "blobs", r->blobs);
    json_number_of(o, "chunks", r->chunks);
    json_number_of(o, "communities", r->communities);
    json_number_of(o, "frames", r->frames);
    json_number_of(o, "damaged", r->damaged);
    json_bool_of(o, "truncated", r->truncated);
    json_name(o, "refused");
    phone_read_refused(o, r->refused);
    json_close(o, '}');
    return out_end(o);
}
