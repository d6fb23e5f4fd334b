/*
 * phone_write.c: drafts, signing, taking back.
 */
#include <stdlib.h>
#include <string.h>

#include "core/blob.h"
#include "core/crypto.h"
#include "media/strip.h"
#include "phone/phone_internal.h"

void phone_draft_free(struct phone *p) {
    free(p->draft.bytes);
    free(p->draft.forwarded);
    memset(&p->draft, 0, sizeof p->draft);
}

/* Who writes in a group that came along in a parcel has joined it. */
static int group_join(struct phone *p) {
    struct charter charter;
    struct record record;
    if (p->community.joined) return 0;
    int err = charter_expand(&charter, &record, p->community.compact, p->community.compact_size);
    if (err < 0) return err;
    int put = store_community_put(p->store, &record, true);
    return put < 0 ? put : 0;
}

/* A group in which the person may write. */
static int group_writable(struct phone *p, const uint8_t community[HASH_SIZE]) {
    int group = phone_group_find(p, community);
    if (group < 0) return group;
    if (!p->has_person) return ERR_KEY;
    int err = store_community_get(p->store, community, p->when.now, &p->community);
    if (err) return err;
    if (p->community.newer_rules) return ERR_KIND;
    err = group_join(p);
    return err ? err : group;
}

int phone_draft(struct phone *p, const uint8_t community[HASH_SIZE], uint8_t urgency) {
    phone_begin(p);
    phone_draft_free(p);
    if (urgency > URGENCY_URGENT) return ERR_FIELD;
    int group = group_writable(p, community);
    if (group < 0) return group;
    p->draft.any = true;
    p->draft.group = group;
    p->draft.urgency = urgency;
    return 0;
}

int phone_draft_text(struct phone *p, const char *text, size_t size) {
    struct draft *d = &p->draft;
    phone_begin(p);
    if (!d->any) return ERR_USAGE;
    if (size > RECORD_BODY_MAX) return ERR_LIMIT;
    char *bytes = malloc(size ? size : 1);
    if (!bytes) return ERR_MEMORY;
    if (size) memcpy(bytes, text, size);
    free(d->bytes);
    d->bytes = bytes;
    d->text.text = bytes;
    d->text.size = size;
    return 0;
}

int phone_draft_reply(struct phone *p, const uint8_t id[HASH_SIZE]) {
    struct draft *d = &p->draft;
    struct store_record found;
    phone_begin(p);
    if (!d->any) return ERR_USAGE;
    int err = store_get(p->store, id, p->room, &found);
    if (err) return err;
    if (phone_group_find(p, found.record.community) != d->group) return ERR_NOT_FOUND;
    memcpy(d->reply, id, HASH_SIZE);
    d->is_reply = true;
    return 0;
}

int phone_draft_correct(struct phone *p, const uint8_t id[HASH_SIZE]) {
    struct draft *d = &p->draft;
    struct store_record found;
    phone_begin(p);
    if (!d->any) return ERR_USAGE;
    int err = store_get(p->store, id, p->room, &found);
    const uint8_t *first = err ? NULL : record_ref(&found.record, REF_CORRECTS);
    if (first) { /* what it corrects is what is corrected again */
        memcpy(d->corrects, first, HASH_SIZE);
        err = store_get(p->store, d->corrects, p->room, &found);
    }
    if (err) return err;
    if (phone_group_find(p, found.record.community) != d->group || found.retracted || !found.record.body ||
        found.record.kind != KIND_TEXT)
        return ERR_NOT_FOUND;
    if (!phone_group_is_own(p, &found.record)) return ERR_USAGE;
    memcpy(d->corrects, found.record.id, HASH_SIZE);
    d->text.corrects = d->corrects;
    d->urgency = found.record.urgency < URGENCY_URGENT ? found.record.urgency + 1 : URGENCY_URGENT;
    return 0;
}

static int attachment_add(struct draft *d, const struct attachment *a) {
    for (unsigned i = 0; i < d->text.attachment_count; i++)
        if (memcmp(d->text.attachments[i].blob, a->blob, HASH_SIZE) == 0) return 0;
    if (d->text.attachment_count == TEXT_ATTACHMENTS_MAX) return ERR_LIMIT;
    d->text.attachments[d->text.attachment_count++] = *a;
    return 0;
}

int phone_draft_forward(struct phone *p, const uint8_t id[HASH_SIZE]) {
    struct draft *d = &p->draft;
    struct store_record found;
    struct record record;
    struct text text, inner;
    phone_begin(p);
    if (!d->any || d->forwarded) return ERR_USAGE;
    int err = store_get(p->store, id, p->room, &found);
    if (err) return err;
    int from = phone_group_find(p, found.record.community);
    if (from < 0) return from;
    if (phone_group_is_closed(p, from) || phone_group_is_closed(p, d->group)) return ERR_UNSUPPORTED;
    if (found.record.kind != KIND_TEXT || !found.record.body || found.retracted) return ERR_NOT_FOUND;
    err = text_decode(&text, &found.record);
    if (err) return err;
    const uint8_t *bytes = found.bytes;
    size_t size = found.size;
    /* Of one that forwards another, and says nothing itself or not, the innermost is passed on. */
    if (text.forwarded) {
        bytes = text.forwarded;
        size = text.forwarded_size;
        text_forwarded(&text, &record, &inner);
    } else {
        inner = text;
    }
    struct text before = d->text;
    for (unsigned i = 0; i < inner.attachment_count && !err; i++) err = attachment_add(d, &inner.attachments[i]);
    uint8_t *own = err ? NULL : malloc(size);
    if (!err && !own) err = ERR_MEMORY;
    if (err) {
        d->text = before;
        return err;
    }
    memcpy(own, bytes, size);
    d->forwarded = own;
    d->text.forwarded = own;
    d->text.forwarded_size = size;
    return 0;
}

int phone_draft_place(struct phone *p, const char *place, size_t size) {
    struct draft *d = &p->draft;
    phone_begin(p);
    if (!d->any) return ERR_USAGE;
    if (size > TEXT_PLACE_MAX) return ERR_LIMIT;
    if (size && memchr(place, 0, size)) return ERR_TEXT;
    memset(d->text.place, 0, sizeof d->text.place);
    if (size) memcpy(d->text.place, place, size);
    return 0;
}

int phone_draft_ground(struct phone *p, uint8_t ground) {
    phone_begin(p);
    if (!p->draft.any) return ERR_USAGE;
    if (ground > TEXT_GROUND_TOLD) return ERR_FIELD;
    p->draft.text.ground = ground;
    return 0;
}

/* ---- Files ---- */

static int chunks_store(struct phone *p, const struct attachment *a, uint8_t (*nodes)[HASH_SIZE],
                        const uint8_t *bytes) {
    uint8_t proof[BLOB_PROOF_MAX];
    uint32_t count = blob_chunk_count(a->size_bytes);
    int err = store_begin(p->store);
    for (uint32_t i = 0; i < count && !err; i++) {
        size_t proof_size = blob_proof(proof, nodes, count, i) * (size_t)HASH_SIZE;
        size_t size = blob_chunk_size(a->size_bytes, i);
        int put = store_chunk_put(p->store, a->blob, a->size_bytes, i, proof, proof_size,
                                  bytes + (size_t)i * BLOB_CHUNK_SIZE, size, p->when.now);
        err = put < 0 ? put : 0;
    }
    if (!err) err = store_commit(p->store);
    if (err) store_rollback(p->store);
    return err;
}

static int file_store(struct phone *p, const uint8_t *bytes, size_t size, struct attachment *out) {
    uint32_t count = blob_chunk_count(size);
    if (count == 0 || size > PHONE_FILE_MAX) return ERR_LIMIT;
    if (store_charged(p->store) + size > PHONE_BYTES_MAX) return ERR_FULL;
    uint8_t(*nodes)[HASH_SIZE] = calloc(blob_tree_size(count), HASH_SIZE);
    if (!nodes) return ERR_MEMORY;
    out->size_bytes = size;
    for (uint32_t i = 0; i < count; i++)
        blob_leaf(nodes[i], bytes + (size_t)i * BLOB_CHUNK_SIZE, blob_chunk_size(size, i));
    blob_tree(out->blob, nodes, count, size);
    int err = chunks_store(p, out, nodes, bytes);
    free(nodes);
    return err;
}

/* Take what tells out of a photo, a film or a sound; leave other files as they are. */
static int file_strip(uint8_t *bytes, size_t *size) {
    enum strip_form form = strip_form_of(bytes, *size);
    return form == STRIP_OTHER ? 0 : strip_media(bytes, size);
}

int phone_draft_attach(struct phone *p, uint8_t *bytes, size_t size, const char *media, size_t media_size,
                       const char *name, size_t name_size, const uint8_t *original) {
    struct attachment a = {.size_bytes = 0};
    struct draft *d = &p->draft;
    phone_begin(p);
    if (!d->any) return ERR_USAGE;
    if (phone_group_is_closed(p, d->group)) return ERR_UNSUPPORTED;
    if (media_size > TEXT_MEDIA_MAX || name_size > TEXT_NAME_MAX || d->text.attachment_count == TEXT_ATTACHMENTS_MAX)
        return ERR_LIMIT;
    if ((media_size && memchr(media, 0, media_size)) || (name_size && memchr(name, 0, name_size))) return ERR_TEXT;
    if (media_size) memcpy(a.media, media, media_size);
    if (name_size) memcpy(a.name, name, name_size);
    if (original) memcpy(a.original, original, HASH_SIZE);
    int err = file_strip(bytes, &size);
    if (!err) err = file_store(p, bytes, size, &a);
    return err ? err : attachment_add(d, &a);
}

/* ---- Signing ---- */

/* Store what an author has just made; it is in the output as its id. */
static int own_store(struct phone *p, int group, const struct record *r, int size) {
    struct out *o = &p->out;
    struct group *g = &p->groups[group];
    if (size < 0) return size;
    bool full = store_charged(p->store) + (size_t)size > PHONE_BYTES_MAX, closed = phone_group_is_closed(p, group);
    int put = full     ? ERR_FULL
              : closed ? phone_closed_put(p, &g->author, r, (size_t)size)
                       : store_put(p->store, r, p->room, (size_t)size, p->when.now);
    if (put < 0) {
        g->in_order = false;
        g->author.next = 0;
        return put;
    }
    int err = phone_contacts_offer(p, store_newest_num(p->store));
    g->in_order = true; /* nothing but this came */
    out_bytes(o, r->id, HASH_SIZE);
    return err ? err : out_end(o);
}

#define AHEAD_MAX 60

/* Messages written within one second would be shown in any order: each gets a second of its own. */
static uint64_t time_of_next(struct phone *p, int group) {
    struct group *g = &p->groups[group];
    uint64_t now = p->when.now;
    if (g->written >= now && g->written < now + AHEAD_MAX) now = g->written + 1;
    return now;
}

/* Have the author of a group and a salt. In a closed one what is written next has a key, for which random bytes are
 * ready until phone_closed_over. */
static int writing_begin(struct phone *p, int group, const uint8_t random[PHONE_RANDOM_SIZE], struct author **author,
                         uint8_t salt[PHONE_RANDOM_SIZE]) {
    phone_closed_random(p, random);
    phone_closed_salt(p, salt);
    int err = phone_group_is_closed(p, group) ? phone_closed_ready(p, group) : 0;
    return err ? err : phone_group_author(p, group, author);
}

int phone_draft_sign(struct phone *p, const uint8_t random[PHONE_RANDOM_SIZE]) {
    struct draft *d = &p->draft;
    struct author *author;
    struct record r;
    uint8_t salt[PHONE_RANDOM_SIZE];
    phone_begin(p);
    if (!d->any) return ERR_USAGE;
    uint64_t created = time_of_next(p, d->group);
    int err = writing_begin(p, d->group, random, &author, salt);
    if (!err) {
        author->stamps = true;
        int size = author_text(author, &d->text, d->urgency, d->is_reply ? d->reply : NULL, created, salt, p->room, &r);
        err = own_store(p, d->group, &r, size);
    }
    phone_closed_over(p);
    if (err) return err;
    p->groups[d->group].written = created;
    phone_draft_free(p);
    return 0;
}

static int retraction_sign(struct phone *p, int group, const struct record *target,
                           const uint8_t random[PHONE_RANDOM_SIZE]) {
    struct author *author;
    struct record r;
    uint8_t salt[PHONE_RANDOM_SIZE];
    phone_begin(p); /* the last one's id is what is told */
    int err = writing_begin(p, group, random, &author, salt);
    if (!err) {
        int size = author_retraction(author, target, p->when.now, salt, p->room, &r);
        err = own_store(p, group, &r, size);
    }
    phone_closed_over(p);
    return err < 0 ? err : 0;
}

static int first_visit(void *context, const struct store_record *r) {
    struct record *out = context;
    *out = r->record;
    out->body = NULL;
    return 1;
}

/* Random bytes for one more record of the same call. */
static void random_next(uint8_t random[PHONE_RANDOM_SIZE]) {
    static const uint8_t label[16] = "longear again  1";
    crypto_digest_keyed(random, random, PHONE_RANDOM_SIZE, label, sizeof label);
}

int phone_retract(struct phone *p, const uint8_t id[HASH_SIZE], const uint8_t random[PHONE_RANDOM_SIZE]) {
    struct store_record found;
    struct record one;
    uint8_t own[PHONE_RANDOM_SIZE];
    phone_begin(p);
    int err = store_get(p->store, id, p->other, &found), more;
    if (err) return err;
    int group = group_writable(p, found.record.community);
    if (group < 0) return group;
    if (found.record.kind != KIND_TEXT || !phone_group_is_own(p, &found.record)) return ERR_USAGE;
    struct record target = found.record;
    memcpy(own, random, sizeof own);
    /* Its corrections go with it: each is gone from the visible ones then. */
    while (!err && (more = store_corrections(p->store, id, target.author, TIME_MAX, first_visit, &one)) != 0) {
        err = more < 0 ? more : retraction_sign(p, group, &one, own);
        random_next(own);
    }
    if (!err) err = retraction_sign(p, group, &target, own);
    crypto_wipe(own, sizeof own);
    return err ? err : out_end(&p->out);
}
