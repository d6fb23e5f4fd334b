/*
 * author.c: make new records.
 */
#include "core/author.h"

#include <string.h>

#include "core/stamp.h"
#include "core/when.h"

/* Fill what every record of this author has, up to its references and body. */
static int record_begin(const struct author *a, uint32_t kind, uint64_t created, struct record *out) {
    if (a->next > RECORD_SEQ_MAX) return ERR_LIMIT;
    if (created > TIME_MAX) return ERR_TIME;
    memset(out, 0, sizeof *out);
    out->form = RECORD_FORM_PLAIN;
    out->kind = kind;
    out->urgency = URGENCY_NORMAL;
    out->seq = a->next;
    out->created = created;
    out->expiry_day = when_day(created) + a->charter->keep_days;
    memcpy(out->community, a->charter->community, HASH_SIZE);
    memcpy(out->author, a->member.key, KEY_SIZE);
    if (out->seq > 0) memcpy(out->prev, a->last, PREV_SIZE);
    return 0;
}

static int record_finish(struct author *a, struct record *r, uint8_t room[RECORD_SIZE_MAX]) {
    int err = record_sign(r, a->member.secret);
    if (err) return err;
    int size = record_encode(r, room, RECORD_SIZE_MAX);
    if (size < 0) return size == ERR_SPACE ? ERR_LIMIT : size;
    r->body = room + size - r->body_size;
    a->next++;
    memcpy(a->last, r->id, HASH_SIZE);
    return size;
}

static int ref_add(struct record *r, uint8_t type, const uint8_t id[HASH_SIZE]) {
    if (r->ref_count == RECORD_REFS_MAX) return ERR_LIMIT;
    r->refs[r->ref_count].type = type;
    memcpy(r->refs[r->ref_count++].id, id, HASH_SIZE);
    return 0;
}

int author_text(struct author *a, const struct text *text, uint8_t urgency, const uint8_t *reply, uint64_t created,
                const uint8_t salt[RECORD_SALT_SIZE], uint8_t room[RECORD_SIZE_MAX], struct record *out) {
    uint8_t body[RECORD_SIZE_MAX];
    int err = record_begin(a, KIND_TEXT, created, out);
    if (err) return err;
    if (text->attachment_count > TEXT_ATTACHMENTS_MAX) return ERR_LIMIT;
    out->urgency = urgency;
    /* Who knows nothing of corrections sees an answer to what it corrects. */
    if (reply || text->corrects) err = ref_add(out, REF_REPLY, reply ? reply : text->corrects);
    if (text->corrects && !err) err = ref_add(out, REF_CORRECTS, text->corrects);
    for (unsigned i = 0; i < text->attachment_count && !err; i++)
        err = ref_add(out, REF_BLOB, text->attachments[i].blob);
    if (err) return err;
    int body_size = text_body(text, salt, body, sizeof body);
    if (body_size < 0) return body_size == ERR_SPACE ? ERR_LIMIT : body_size;
    out->body = body;
    out->body_size = (size_t)body_size;
    if (a->stamps && a->charter->access == CHARTER_OPEN && body_size <= STAMP_BODY_MAX)
        (void)stamp_make(out, body, STAMP_BITS, STAMP_TRIES);
    return record_finish(a, out, room);
}

int author_retraction(struct author *a, const struct record *target, uint64_t created,
                      const uint8_t salt[RECORD_SALT_SIZE], uint8_t room[RECORD_SIZE_MAX], struct record *out) {
    int err = record_begin(a, KIND_RETRACTION, created, out);
    if (err) return err;
    out->urgency = URGENCY_IMPORTANT;
    if (target->expiry_day > when_day(created) && target->expiry_day <= out->expiry_day)
        out->expiry_day = target->expiry_day;
    err = ref_add(out, REF_TARGET, target->id);
    if (err) return err;
    out->body = salt;
    out->body_size = RECORD_SALT_SIZE;
    return record_finish(a, out, room);
}

int author_other(struct author *a, const struct author_other *other, uint64_t created,
                 const uint8_t salt[RECORD_SALT_SIZE], uint8_t room[RECORD_SIZE_MAX], struct record *out) {
    uint8_t body[RECORD_SIZE_MAX];
    int err = record_begin(a, other->kind, created, out);
    if (err) return err;
    if (other->content_size > sizeof body - RECORD_SALT_SIZE) return ERR_LIMIT;
    out->urgency = other->urgency;
    if (other->expiry_day > 0) out->expiry_day = other->expiry_day;
    for (unsigned i = 0; i < other->ref_count && !err; i++) err = ref_add(out, other->refs[i].type, other->refs[i].id);
    if (err) return err;
    memcpy(body, salt, RECORD_SALT_SIZE);
    if (other->content_size > 0) memcpy(body + RECORD_SALT_SIZE, other->content, other->content_size);
    out->body = body;
    out->body_size = RECORD_SALT_SIZE + other->content_size;
    return record_finish(a, out, room);
}
