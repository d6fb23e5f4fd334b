/*
 * epoch.c: the keys of a closed community.
 */
#include "core/epoch.h"

#include <string.h>

#include "core/bytes.h"
#include "core/check.h"
#include "core/crypto.h"
#include "core/fields.h"
#include "core/seal.h"
#include "core/shelf.h"

enum { TAG_EPHEMERAL = 1, TAG_CHECK, TAG_ENTRIES, TAG_BOX, TAG_FOLLOWS, TAG_SHELVES };

#define DOMAIN_SIZE 16
static const uint8_t domain_wrap[DOMAIN_SIZE] = "longear wrap   1";
static const uint8_t domain_check[DOMAIN_SIZE] = "longear epochkey";
static const uint8_t domain_id[DOMAIN_SIZE] = "longear epoch  1";

static void check_compute(uint8_t out[HASH_SIZE], const uint8_t key[KEY_SIZE]) {
    uint8_t bytes[DOMAIN_SIZE + KEY_SIZE];
    memcpy(bytes, domain_check, DOMAIN_SIZE);
    memcpy(bytes + DOMAIN_SIZE, key, KEY_SIZE);
    crypto_digest(out, bytes, sizeof bytes);
    crypto_wipe(bytes, sizeof bytes);
}

static void id_compute(struct epoch *e, const struct record *r) {
    uint8_t prefixes[MEMBERS_MAX * EPOCH_PREFIX_SIZE];
    uint8_t bytes[DOMAIN_SIZE + 1 + (RECORD_REFS_MAX + 4) * HASH_SIZE];
    size_t at = DOMAIN_SIZE;
    memcpy(bytes, domain_id, DOMAIN_SIZE);
    bytes[at++] = r->ref_count;
    for (unsigned i = 0; i < r->ref_count; i++, at += HASH_SIZE) memcpy(bytes + at, r->refs[i].id, HASH_SIZE);
    memcpy(bytes + at, r->author, KEY_SIZE);
    at += KEY_SIZE;
    for (size_t i = 0; i < e->count; i++)
        memcpy(prefixes + i * EPOCH_PREFIX_SIZE, e->entries + i * EPOCH_ENTRY_SIZE, EPOCH_PREFIX_SIZE);
    crypto_digest(e->recipients, prefixes, e->count * EPOCH_PREFIX_SIZE);
    memcpy(bytes + at, e->recipients, HASH_SIZE);
    memcpy(bytes + at + HASH_SIZE, e->check, HASH_SIZE);
    memcpy(bytes + at + 2 * HASH_SIZE, e->follows, HASH_SIZE);
    crypto_digest(e->id, bytes, at + 3 * HASH_SIZE);
}

static const uint8_t *entry_of(const struct epoch *e, size_t i) {
    return e->entries + i * EPOCH_ENTRY_SIZE;
}

static int field_read(struct epoch *out, const struct field *f) {
    switch (f->tag) {
    case TAG_EPHEMERAL:
        if (f->size != KEY_SIZE) return ERR_FIELD;
        memcpy(out->ephemeral, f->value, KEY_SIZE);
        return 0;
    case TAG_CHECK:
        if (f->size != HASH_SIZE) return ERR_FIELD;
        memcpy(out->check, f->value, HASH_SIZE);
        return 0;
    case TAG_ENTRIES:
        if (f->size == 0 || f->size % EPOCH_ENTRY_SIZE != 0) return ERR_FIELD;
        out->entries = f->value;
        out->count = f->size / EPOCH_ENTRY_SIZE;
        if (out->count > MEMBERS_MAX) return ERR_LIMIT;
        for (size_t i = 1; i < out->count; i++)
            if (memcmp(entry_of(out, i - 1), entry_of(out, i), EPOCH_PREFIX_SIZE) >= 0) return ERR_FIELD;
        return 0;
    case TAG_BOX:
        if (f->size < KEY_SIZE + BOX_OVERHEAD || (f->size - BOX_OVERHEAD) % KEY_SIZE != 0) return ERR_FIELD;
        if (f->size - BOX_OVERHEAD > EPOCH_SHELVES_MAX * KEY_SIZE) return ERR_LIMIT;
        out->box = f->value;
        out->box_size = f->size;
        return 0;
    case TAG_FOLLOWS:
        if (f->size != HASH_SIZE) return ERR_FIELD;
        memcpy(out->follows, f->value, HASH_SIZE);
        return 0;
    case TAG_SHELVES:
        if (f->size == 0 || f->size % SHELF_ID_SIZE != 0) return ERR_FIELD;
        out->shelf_ids = f->value;
        out->shelf_count = f->size / SHELF_ID_SIZE;
        return 0;
    default: return f->tag < FIELDS_OPTIONAL ? ERR_UNSUPPORTED : 0;
    }
}

int epoch_decode(struct epoch *out, const struct record *r) {
    struct reader in;
    struct field f = {0};
    size_t size;
    unsigned seen = 0;
    int got;
    const uint8_t *content = record_content(r, &size);
    memset(out, 0, sizeof *out);
    if (r->kind != KIND_EPOCH || !content) return ERR_FIELD;
    for (unsigned i = 0; i < r->ref_count; i++)
        if (r->refs[i].type != REF_HEAD || (i > 0 && memcmp(r->refs[i - 1].id, r->refs[i].id, HASH_SIZE) >= 0))
            return ERR_FIELD;
    reader_init(&in, content, size);
    while ((got = fields_next(&in, f.tag, &f)) > 0) {
        int err = field_read(out, &f);
        if (err) return err;
        if (f.tag <= TAG_BOX) seen |= 1u << f.tag;
    }
    if (got < 0) return got;
    if (seen != 0x1e || out->shelf_count != (out->box_size - BOX_OVERHEAD) / KEY_SIZE) return ERR_FIELD;
    memcpy(out->minter, r->author, KEY_SIZE);
    memcpy(out->record, r->id, HASH_SIZE);
    id_compute(out, r);
    return 0;
}

/* The bytes that hide an epoch's key from all but who shares the secret. */
static void mask_compute(uint8_t out[KEY_SIZE], const uint8_t shared[KEY_SIZE], const uint8_t ephemeral[KEY_SIZE],
                         const uint8_t prekey[KEY_SIZE]) {
    uint8_t label[DOMAIN_SIZE + 2 * KEY_SIZE];
    memcpy(label, domain_wrap, DOMAIN_SIZE);
    memcpy(label + DOMAIN_SIZE, ephemeral, KEY_SIZE);
    memcpy(label + DOMAIN_SIZE + KEY_SIZE, prekey, KEY_SIZE);
    crypto_digest_keyed(out, shared, KEY_SIZE, label, sizeof label);
}

static int entry_write(uint8_t *out, const struct epoch_recipient *to, const uint8_t key[KEY_SIZE],
                       const uint8_t secret[KEY_SIZE], const uint8_t ephemeral[KEY_SIZE]) {
    uint8_t shared[KEY_SIZE], mask[KEY_SIZE];
    int err = crypto_x25519(shared, secret, to->prekey);
    if (!err) {
        mask_compute(mask, shared, ephemeral, to->prekey);
        memcpy(out, to->key, EPOCH_PREFIX_SIZE);
        for (unsigned i = 0; i < KEY_SIZE; i++) out[EPOCH_PREFIX_SIZE + i] = key[i] ^ mask[i];
    }
    crypto_wipe(shared, sizeof shared);
    crypto_wipe(mask, sizeof mask);
    return err;
}

int epoch_make(const struct register_write *w, const struct members_state *state,
               const struct epoch_recipient *recipients, size_t count, const uint8_t *follows,
               const uint8_t key[KEY_SIZE], const uint8_t *shelves, size_t shelf_count,
               const uint8_t ephemeral[KEY_SIZE], const uint8_t nonce[BOX_NONCE_SIZE]) {
    uint8_t content[MEMBERS_MAX * EPOCH_ENTRY_SIZE + EPOCH_SHELVES_MAX * KEY_SIZE + 512],
        entries[MEMBERS_MAX * EPOCH_ENTRY_SIZE];
    uint8_t public_half[KEY_SIZE], check[HASH_SIZE], box[EPOCH_SHELVES_MAX * KEY_SIZE + BOX_OVERHEAD];
    uint8_t ids[EPOCH_SHELVES_MAX * SHELF_ID_SIZE];
    struct record_ref refs[RECORD_REFS_MAX];
    struct writer out;
    if (count == 0 || shelf_count == 0) return ERR_FIELD;
    if (count > MEMBERS_MAX || shelf_count > EPOCH_SHELVES_MAX) return ERR_LIMIT;
    crypto_x25519_base(public_half, ephemeral);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && memcmp(recipients[i - 1].key, recipients[i].key, EPOCH_PREFIX_SIZE) >= 0) return ERR_FIELD;
        int err = entry_write(entries + i * EPOCH_ENTRY_SIZE, &recipients[i], key, ephemeral, public_half);
        if (err) return err;
    }
    check_compute(check, key);
    seal_make(box, shelves, shelf_count * KEY_SIZE, public_half, KEY_SIZE, nonce, key);
    writer_init(&out, content, sizeof content);
    fields_put(&out, TAG_EPHEMERAL, public_half, KEY_SIZE);
    fields_put(&out, TAG_CHECK, check, HASH_SIZE);
    fields_put(&out, TAG_ENTRIES, entries, count * EPOCH_ENTRY_SIZE);
    fields_put(&out, TAG_BOX, box, shelf_count * KEY_SIZE + BOX_OVERHEAD);
    if (follows) fields_put(&out, TAG_FOLLOWS, follows, HASH_SIZE);
    for (size_t i = 0; i < shelf_count; i++) shelf_id(ids + i * SHELF_ID_SIZE, shelves + i * KEY_SIZE);
    fields_put(&out, TAG_SHELVES, ids, shelf_count * SHELF_ID_SIZE);
    CHECK(!out.err);
    for (unsigned i = 0; i < state->head_count; i++) {
        refs[i].type = REF_HEAD;
        memcpy(refs[i].id, state->heads[i], HASH_SIZE);
    }
    struct author_other other = {.kind = KIND_EPOCH,
                                 .refs = refs,
                                 .ref_count = state->head_count,
                                 .urgency = URGENCY_IMPORTANT,
                                 .content = content,
                                 .content_size = out.at};
    return author_other(w->author, &other, w->created, w->salt, w->room, w->out);
}

static size_t entry_find(const struct epoch *e, const uint8_t key[KEY_SIZE]) {
    size_t at = 0;
    while (at < e->count && memcmp(entry_of(e, at), key, EPOCH_PREFIX_SIZE) != 0) at++;
    return at;
}

bool epoch_names(const struct epoch *e, const uint8_t key[KEY_SIZE]) {
    return entry_find(e, key) < e->count;
}

bool epoch_key_fits(const struct epoch *e, const uint8_t key[KEY_SIZE]) {
    uint8_t check[HASH_SIZE];
    check_compute(check, key);
    return bytes_equal(check, e->check, HASH_SIZE);
}

int epoch_open(const struct epoch *e, const uint8_t me[KEY_SIZE], const uint8_t prekey[KEY_SIZE],
               uint8_t key[KEY_SIZE]) {
    uint8_t shared[KEY_SIZE], mask[KEY_SIZE], mine[KEY_SIZE];
    size_t at = entry_find(e, me);
    if (at == e->count) return ERR_NOT_FOUND;
    int err = crypto_x25519(shared, prekey, e->ephemeral) ? ERR_SEAL : 0;
    if (!err) {
        crypto_x25519_base(mine, prekey);
        mask_compute(mask, shared, e->ephemeral, mine);
        for (unsigned i = 0; i < KEY_SIZE; i++) key[i] = entry_of(e, at)[EPOCH_PREFIX_SIZE + i] ^ mask[i];
        if (!epoch_key_fits(e, key)) err = ERR_SEAL;
    }
    if (err) crypto_wipe(key, KEY_SIZE);
    crypto_wipe(shared, sizeof shared);
    crypto_wipe(mask, sizeof mask);
    return err;
}

int epoch_shelves(const struct epoch *e, const uint8_t key[KEY_SIZE], uint8_t shelves[EPOCH_SHELVES_MAX * KEY_SIZE]) {
    int size = seal_open(shelves, e->box, e->box_size, e->ephemeral, KEY_SIZE, key);
    return size < 0 ? size : size / KEY_SIZE;
}

bool epoch_is_for(const struct epoch *e, const struct epoch_recipient *recipients, size_t count) {
    if (e->count != count) return false;
    for (size_t i = 0; i < count; i++)
        if (memcmp(entry_of(e, i), recipients[i].key, EPOCH_PREFIX_SIZE) != 0) return false;
    return true;
}

void epoch_recipients_digest(uint8_t out[HASH_SIZE], const struct epoch_recipient *recipients, size_t count) {
    uint8_t prefixes[MEMBERS_MAX * EPOCH_PREFIX_SIZE];
    CHECK(count <= MEMBERS_MAX);
    for (size_t i = 0; i < count; i++) memcpy(prefixes + i * EPOCH_PREFIX_SIZE, recipients[i].key, EPOCH_PREFIX_SIZE);
    crypto_digest(out, prefixes, count * EPOCH_PREFIX_SIZE);
}
