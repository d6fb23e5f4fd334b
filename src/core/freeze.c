/*
 * freeze.c: the records that freeze a key and end a freeze.
 */
#include "core/freeze.h"

#include <string.h>

#include "core/check.h"
#include "core/crypto.h"
#include "core/fields.h"
#include "core/when.h"

#define DOMAIN_SIZE 16
#define PROOF_SIZE (KEY_SIZE + SIGNATURE_SIZE)
#define SIGNED_MAX (DOMAIN_SIZE + 1 + 2 * HASH_SIZE + 2 * KEY_SIZE + 4 + 1 + RECORD_REFS_MAX * HASH_SIZE)
static const uint8_t domain_sign[DOMAIN_SIZE] = "longear card   3";

enum { TAG_KEY = 1, TAG_LAST, TAG_PROOF, TAG_TERMS };

_Static_assert((int)CARD_COMMITMENTS_MAX <= (int)RECORD_REFS_MAX, "one list holds either");

uint32_t freeze_expiry_day(const struct charter *c, uint64_t created) {
    (void)c;
    return when_day(created) + CHARTER_LIFE_DAYS;
}

/* Write what a card signs about an act. Return its size. */
static size_t signed_bytes(uint8_t out[SIGNED_MAX], const uint8_t community[HASH_SIZE], const struct freeze_act *a) {
    struct writer w;
    writer_init(&w, out, SIGNED_MAX);
    writer_bytes(&w, domain_sign, DOMAIN_SIZE);
    writer_u8(&w, a->type == FREEZE_ASK ? KIND_FREEZE : KIND_LIFT);
    writer_bytes(&w, community, HASH_SIZE);
    writer_bytes(&w, a->author, KEY_SIZE);
    writer_bytes(&w, a->key, KEY_SIZE);
    if (a->type == FREEZE_ASK) {
        writer_bytes(&w, a->last.id, HASH_SIZE);
        writer_u32(&w, (uint32_t)a->last.seq);
    }
    writer_u8(&w, a->count);
    writer_bytes(&w, a->list[0], (size_t)a->count * HASH_SIZE);
    CHECK(!w.err);
    return w.at;
}

/* ---- Reading ---- */

static int targets_read(struct freeze_act *out, const struct record *r) {
    if (out->type == FREEZE_ASK) return r->ref_count == 0 ? 0 : ERR_FIELD;
    if (r->ref_count == 0) return ERR_FIELD;
    for (unsigned i = 0; i < r->ref_count; i++) {
        if (r->refs[i].type != REF_TARGET) return ERR_FIELD;
        if (i > 0 && memcmp(r->refs[i - 1].id, r->refs[i].id, HASH_SIZE) >= 0) return ERR_FIELD;
        memcpy(out->list[i], r->refs[i].id, HASH_SIZE);
    }
    out->count = r->ref_count;
    return 0;
}

static int terms_read(struct freeze_act *out, const struct field *f) {
    if (f->size == 0 || f->size % HASH_SIZE != 0) return ERR_FIELD;
    if (f->size > RECORD_REFS_MAX * HASH_SIZE) return ERR_LIMIT;
    out->count = (uint8_t)(f->size / HASH_SIZE);
    memcpy(out->list[0], f->value, f->size);
    for (unsigned i = 1; i < out->count; i++)
        if (memcmp(out->list[i - 1], out->list[i], HASH_SIZE) >= 0) return ERR_FIELD;
    return 0;
}

static int field_read(struct freeze_act *out, const struct field *f, const uint8_t **proof, bool *has_key) {
    struct reader in;
    switch (f->tag) {
    case TAG_KEY:
        if (f->size != KEY_SIZE) return ERR_FIELD;
        memcpy(out->key, f->value, KEY_SIZE);
        *has_key = true;
        return 0;
    case TAG_LAST:
        if (out->type != FREEZE_ASK) return ERR_UNSUPPORTED;
        reader_init(&in, f->value, f->size);
        reader_copy(&in, out->last.id, HASH_SIZE);
        out->last.seq = reader_varint(&in, RECORD_SEQ_MAX);
        out->has_last = true;
        return reader_end(&in);
    case TAG_PROOF:
        if (f->size != PROOF_SIZE) return ERR_FIELD;
        memcpy(out->card_key, f->value, KEY_SIZE);
        *proof = f->value + KEY_SIZE;
        out->has_card = true;
        return 0;
    case TAG_TERMS: return out->type == FREEZE_ASK ? terms_read(out, f) : ERR_UNSUPPORTED;
    default: return f->tag < FIELDS_OPTIONAL ? ERR_UNSUPPORTED : 0;
    }
}

static int card_read(struct freeze_act *out, const struct record *r) {
    struct card_commitments c;
    int err = card_record_decode(&c, r);
    if (err) return err;
    memcpy(out->key, r->author, KEY_SIZE);
    out->last.seq = r->seq; /* so that the first ones come first */
    memcpy(out->list[0], c.list, c.count * HASH_SIZE);
    out->count = (uint8_t)c.count;
    return 0;
}

int freeze_act_decode(struct freeze_act *out, const struct record *r) {
    struct reader in;
    struct field f = {0};
    size_t size;
    uint8_t message[SIGNED_MAX];
    const uint8_t *proof = NULL;
    bool has_key = false;
    int got;
    const uint8_t *content = record_content(r, &size);
    memset(out, 0, sizeof *out);
    if (!freeze_is_kind(r->kind) || !content) return ERR_FIELD;
    memcpy(out->id, r->id, HASH_SIZE);
    memcpy(out->author, r->author, KEY_SIZE);
    out->seq = r->seq;
    out->type = r->kind == KIND_CARD ? FREEZE_CARD : r->kind == KIND_FREEZE ? FREEZE_ASK : FREEZE_LIFT;
    if (out->type == FREEZE_CARD) return card_read(out, r);
    int err = targets_read(out, r);
    reader_init(&in, content, size);
    while (!err && (got = fields_next(&in, f.tag, &f)) != 0)
        err = got < 0 ? got : field_read(out, &f, &proof, &has_key);
    if (err) return err;
    if (!has_key || (out->type == FREEZE_ASK && memcmp(out->key, out->author, KEY_SIZE) == 0)) return ERR_FIELD;
    if (!proof) return 0;
    if (out->type == FREEZE_ASK && !out->has_last) return ERR_FIELD;
    return crypto_sign_check(proof, message, signed_bytes(message, r->community, out), out->card_key);
}

/* ---- Writing ---- */

static void proof_make(uint8_t out[PROOF_SIZE], const struct freeze_write *w, const struct freeze_act *act) {
    uint8_t secret[SECRET_SIZE], message[SIGNED_MAX];
    crypto_keypair(out, secret, w->card->seed);
    crypto_sign_make(out + KEY_SIZE, message, signed_bytes(message, w->author->charter->community, act), secret);
    crypto_wipe(secret, sizeof secret);
}

static int make(const struct freeze_write *w, const struct freeze_act *act) {
    struct record_ref refs[RECORD_REFS_MAX];
    uint8_t content[2 * KEY_SIZE + HASH_SIZE + VARINT_SIZE_MAX + SIGNATURE_SIZE + RECORD_REFS_MAX * HASH_SIZE + 24],
        last[HASH_SIZE + VARINT_SIZE_MAX], proof[PROOF_SIZE];
    struct writer out, number;
    bool ask = act->type == FREEZE_ASK;
    const struct card *c = w->card;
    if (c && (c->purpose != (ask ? CARD_FREEZE : CARD_ANSWER) || memcmp(c->key, w->key, KEY_SIZE) != 0 ||
              memcmp(c->community, w->author->charter->community, HASH_SIZE) != 0))
        return ERR_FIELD;
    writer_init(&out, content, sizeof content);
    fields_put(&out, TAG_KEY, w->key, KEY_SIZE);
    if (act->has_last) {
        writer_init(&number, last, sizeof last);
        writer_bytes(&number, act->last.id, HASH_SIZE);
        writer_varint(&number, act->last.seq);
        fields_put(&out, TAG_LAST, last, number.at);
    }
    if (c) {
        proof_make(proof, w, act);
        fields_put(&out, TAG_PROOF, proof, sizeof proof);
    }
    if (ask && act->count > 0) fields_put(&out, TAG_TERMS, act->list[0], (size_t)act->count * HASH_SIZE);
    CHECK(!out.err);
    for (unsigned i = 0; !ask && i < act->count; i++) {
        refs[i].type = REF_TARGET;
        memcpy(refs[i].id, act->list[i], HASH_SIZE);
    }
    struct author_other other = {.kind = ask ? KIND_FREEZE : KIND_LIFT,
                                 .refs = refs,
                                 .ref_count = ask ? 0 : act->count,
                                 .urgency = URGENCY_URGENT,
                                 .expiry_day = freeze_expiry_day(w->author->charter, w->created),
                                 .content = content,
                                 .content_size = out.at};
    return author_other(w->author, &other, w->created, w->salt, w->room, w->out);
}

/* Ids, one behind the other, ascending. */
static int list_set(struct freeze_act *act, const uint8_t *ids, size_t count) {
    if (count > RECORD_REFS_MAX) return ERR_LIMIT;
    if (count > 0) memcpy(act->list[0], ids, count * HASH_SIZE);
    act->count = (uint8_t)count;
    for (size_t i = 1; i < count; i++)
        if (memcmp(act->list[i - 1], act->list[i], HASH_SIZE) >= 0) return ERR_FIELD;
    return 0;
}

int freeze_make(const struct freeze_write *w, const struct freeze_last *last) {
    struct freeze_act act = {.type = FREEZE_ASK, .has_last = last != NULL};
    if (memcmp(w->key, w->author->member.key, KEY_SIZE) == 0 || (w->card && !last)) return ERR_FIELD;
    if (last && last->seq > RECORD_SEQ_MAX) return ERR_LIMIT;
    memcpy(act.author, w->author->member.key, KEY_SIZE);
    memcpy(act.key, w->key, KEY_SIZE);
    if (last) act.last = *last;
    int err = list_set(&act, w->terms, w->term_count);
    return err ? err : make(w, &act);
}

int freeze_lift(const struct freeze_write *w, const uint8_t *targets, size_t count) {
    struct freeze_act act = {.type = FREEZE_LIFT};
    if (count < 1 || count > RECORD_REFS_MAX) return ERR_LIMIT;
    memcpy(act.author, w->author->member.key, KEY_SIZE);
    memcpy(act.key, w->key, KEY_SIZE);
    int err = list_set(&act, targets, count);
    return err ? err : make(w, &act);
}
