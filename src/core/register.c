/*
 * register.c: records about a membership.
 */
#include "core/register.h"

#include <string.h>

#include "core/fields.h"
#include "core/when.h"

enum { TAG_KEY = 1, TAG_SECOND = 2, TAG_SHELVES = 3, TAG_LAST = FIELDS_OPTIONAL };

bool register_is_kind(uint32_t kind) {
    switch (kind) {
    case KIND_TERM:
    case KIND_CONSENT:
    case KIND_ADMIT:
    case KIND_REMOVE:
    case KIND_EPOCH:
    case KIND_PREKEY:
    case KIND_LACK:
    case KIND_RESEAL: return true;
    default: return false;
    }
}

bool register_is_lasting(uint32_t kind) {
    return kind == KIND_TERM || kind == KIND_CONSENT || kind == KIND_ADMIT || kind == KIND_REMOVE;
}

/* ---- Reading ---- */

static int heads_read(struct register_act *out, const struct record *r) {
    for (unsigned i = 0; i < r->ref_count; i++) {
        if (r->refs[i].type != REF_HEAD) return ERR_FIELD;
        if (i > 0 && memcmp(r->refs[i - 1].id, r->refs[i].id, HASH_SIZE) >= 0) return ERR_FIELD;
        out->heads[i] = r->refs[i];
    }
    out->op.heads = out->heads;
    out->op.head_count = r->ref_count;
    return 0;
}

static int key_read(uint8_t out[KEY_SIZE], const struct field *f) {
    if (f->size != KEY_SIZE) return ERR_FIELD;
    memcpy(out, f->value, KEY_SIZE);
    return 0;
}

static int coordinators_read(struct register_act *out, const struct field *f) {
    if (f->size == 0 || f->size % KEY_SIZE != 0) return ERR_FIELD;
    if (f->size > sizeof out->coordinators) return ERR_LIMIT;
    memcpy(out->coordinators, f->value, f->size);
    out->op.coordinators = out->coordinators[0];
    out->op.coordinator_count = (uint8_t)(f->size / KEY_SIZE);
    return 0;
}

static int shelves_read(struct register_act *out, const struct field *f) {
    if (f->size == 0 || f->size % SHELF_ID_SIZE != 0) return ERR_FIELD;
    if (f->size > sizeof out->shelves) return ERR_LIMIT;
    memcpy(out->shelves, f->value, f->size);
    out->shelf_count = f->size / SHELF_ID_SIZE;
    for (size_t i = 1; i < out->shelf_count; i++)
        if (memcmp(out->shelves[i - 1], out->shelves[i], SHELF_ID_SIZE) >= 0) return ERR_FIELD;
    return 0;
}

static int last_read(struct register_act *out, const struct field *f) {
    struct reader in;
    reader_init(&in, f->value, f->size);
    out->op.last_seq = (uint32_t)reader_varint(&in, RECORD_SEQ_MAX);
    out->op.has_last = true;
    return reader_end(&in);
}

static int field_read(struct register_act *out, const struct field *f) {
    uint8_t type = out->op.type;
    if (f->tag == TAG_KEY && type != MEMBERS_CONSENT) return key_read(out->op.subject, f);
    if (f->tag == TAG_SECOND && type == MEMBERS_ADMIT) return key_read(out->op.prekey, f);
    if (f->tag == TAG_SHELVES && type == MEMBERS_ADMIT) return shelves_read(out, f);
    if (f->tag == TAG_SECOND && type == MEMBERS_TERM) return coordinators_read(out, f);
    if (f->tag == TAG_LAST && type == MEMBERS_REMOVE) return last_read(out, f);
    return f->tag < FIELDS_OPTIONAL ? ERR_UNSUPPORTED : 0;
}

/* Call `take` for each field of a record's content; *seen gets a bit for each of the tags 1 and 2. */
static int fields_each(const struct record *r, struct register_act *out, unsigned *seen) {
    struct reader in;
    struct field f = {0};
    size_t size;
    int got;
    *seen = 0;
    const uint8_t *content = record_content(r, &size);
    if (!content) return ERR_FIELD;
    reader_init(&in, content, size);
    while ((got = fields_next(&in, f.tag, &f)) > 0) {
        int err = field_read(out, &f);
        if (err) return err;
        if (f.tag <= TAG_SECOND) *seen |= 1u << f.tag;
    }
    return got;
}

int register_act_decode(struct register_act *out, const struct record *r) {
    unsigned seen, needed;
    memset(out, 0, sizeof *out);
    memcpy(out->op.id, r->id, HASH_SIZE);
    memcpy(out->op.author, r->author, KEY_SIZE);
    switch (r->kind) {
    case KIND_TERM: out->op.type = MEMBERS_TERM, needed = 6; break;
    case KIND_CONSENT: out->op.type = MEMBERS_CONSENT, needed = 0; break;
    case KIND_ADMIT: out->op.type = MEMBERS_ADMIT, needed = 6; break;
    case KIND_REMOVE: out->op.type = MEMBERS_REMOVE, needed = 2; break;
    default: return ERR_FIELD;
    }
    int err = 0;
    if (r->kind == KIND_CONSENT) {
        if (r->ref_count != 1 || r->refs[0].type != REF_TARGET) return ERR_FIELD;
        memcpy(out->op.subject, r->refs[0].id, HASH_SIZE);
    } else {
        err = heads_read(out, r);
    }
    if (!err) err = fields_each(r, out, &seen);
    return err ? err : seen == needed ? 0 : ERR_FIELD;
}

int register_prekey_decode(uint8_t out[KEY_SIZE], const struct record *r) {
    struct reader in;
    struct field f = {0};
    size_t size;
    bool seen = false;
    int got, err = 0;
    const uint8_t *content = record_content(r, &size);
    bool lack = r->kind == KIND_LACK;
    if (!content || r->ref_count != (lack ? 1 : 0) || (lack && r->refs[0].type != REF_TARGET)) return ERR_FIELD;
    reader_init(&in, content, size);
    while ((got = fields_next(&in, f.tag, &f)) > 0 && !err) {
        if (f.tag == TAG_KEY)
            err = key_read(out, &f), seen = true;
        else if (f.tag < FIELDS_OPTIONAL)
            err = ERR_UNSUPPORTED;
    }
    if (err || got < 0) return err ? err : got;
    return seen ? 0 : ERR_FIELD;
}

int register_check(const struct record *r) {
    struct register_act act;
    uint8_t prekey[KEY_SIZE];
    if (register_is_lasting(r->kind)) return register_act_decode(&act, r);
    if (r->kind == KIND_PREKEY || r->kind == KIND_LACK) return register_prekey_decode(prekey, r);
    return 0;
}

/* ---- Writing ---- */

static int make(const struct register_write *w, uint32_t kind, const struct record_ref *refs, unsigned ref_count,
                const struct writer *content) {
    uint32_t expiry = register_is_lasting(kind) ? when_day(w->created) + CHARTER_LIFE_DAYS : 0;
    if (content->err) return content->err;
    struct author_other other = {.kind = kind,
                                 .refs = refs,
                                 .ref_count = ref_count,
                                 .urgency = URGENCY_IMPORTANT,
                                 .expiry_day = expiry,
                                 .content = content->data,
                                 .content_size = content->at};
    return author_other(w->author, &other, w->created, w->salt, w->room, w->out);
}

static unsigned heads_of(const struct members_state *state, struct record_ref refs[RECORD_REFS_MAX]) {
    for (unsigned i = 0; i < state->head_count; i++) {
        refs[i].type = REF_HEAD;
        memcpy(refs[i].id, state->heads[i], HASH_SIZE);
    }
    return state->head_count;
}

int register_term(const struct register_write *w, const struct members_state *state, const uint8_t *coordinators,
                  size_t count) {
    struct record_ref refs[RECORD_REFS_MAX];
    uint8_t content[(CHARTER_COORDINATORS_MAX + 2) * (KEY_SIZE + 4)];
    struct writer out;
    if (count < 1 || count > CHARTER_COORDINATORS_MAX) return ERR_LIMIT;
    writer_init(&out, content, sizeof content);
    fields_put(&out, TAG_KEY, state->term_id, HASH_SIZE);
    fields_put(&out, TAG_SECOND, coordinators, count * KEY_SIZE);
    return make(w, KIND_TERM, refs, heads_of(state, refs), &out);
}

int register_consent(const struct register_write *w, const uint8_t term[HASH_SIZE]) {
    struct record_ref ref = {.type = REF_TARGET};
    struct writer out;
    memcpy(ref.id, term, HASH_SIZE);
    writer_init(&out, NULL, 0);
    return make(w, KIND_CONSENT, &ref, 1, &out);
}

int register_admit(const struct register_write *w, const struct members_state *state, const uint8_t key[KEY_SIZE],
                   const uint8_t prekey[KEY_SIZE], const uint8_t *shelves, size_t shelf_count) {
    struct record_ref refs[RECORD_REFS_MAX];
    uint8_t content[2 * (KEY_SIZE + 2) + 4 + CLOSED_SHELVES_MAX * SHELF_ID_SIZE];
    if (shelf_count > CLOSED_SHELVES_MAX) return ERR_LIMIT;
    struct writer out;
    writer_init(&out, content, sizeof content);
    fields_put(&out, TAG_KEY, key, KEY_SIZE);
    fields_put(&out, TAG_SECOND, prekey, KEY_SIZE);
    if (shelf_count > 0) fields_put(&out, TAG_SHELVES, shelves, shelf_count * SHELF_ID_SIZE);
    return make(w, KIND_ADMIT, refs, heads_of(state, refs), &out);
}

int register_remove(const struct register_write *w, const struct members_state *state, const uint8_t key[KEY_SIZE],
                    const uint32_t *last_seq) {
    struct record_ref refs[RECORD_REFS_MAX];
    uint8_t content[KEY_SIZE + 2 + 4 + VARINT_SIZE_MAX], last[VARINT_SIZE_MAX];
    struct writer out, number;
    writer_init(&out, content, sizeof content);
    fields_put(&out, TAG_KEY, key, KEY_SIZE);
    if (last_seq) {
        writer_init(&number, last, sizeof last);
        writer_varint(&number, *last_seq);
        fields_put(&out, TAG_LAST, last, number.at);
    }
    return make(w, KIND_REMOVE, refs, heads_of(state, refs), &out);
}

static int prekey_make(const struct register_write *w, uint32_t kind, const struct record_ref *ref,
                       const uint8_t prekey[KEY_SIZE]) {
    uint8_t content[KEY_SIZE + 2];
    struct writer out;
    writer_init(&out, content, sizeof content);
    fields_put(&out, TAG_KEY, prekey, KEY_SIZE);
    return make(w, kind, ref, ref ? 1 : 0, &out);
}

int register_prekey(const struct register_write *w, const uint8_t prekey[KEY_SIZE]) {
    return prekey_make(w, KIND_PREKEY, NULL, prekey);
}

int register_lack(const struct register_write *w, const uint8_t epoch[HASH_SIZE], const uint8_t prekey[KEY_SIZE]) {
    struct record_ref ref = {.type = REF_TARGET};
    memcpy(ref.id, epoch, HASH_SIZE);
    return prekey_make(w, KIND_LACK, &ref, prekey);
}
