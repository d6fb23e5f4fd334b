/*
 * text.c: the body of a text message.
 */
#include "core/text.h"

#include <string.h>

#include "core/check.h"
#include "core/fields.h"
#include "core/utf8.h"

enum { TAG_TEXT = 1, TAG_ATTACHMENTS, TAG_ORIGIN, TAG_PLACE, TAG_GROUND, TAG_ORIGINALS, TAG_FORWARDED };
#define ORIGIN_GUEST 1
#define ATTACHMENTS_SIZE_MAX (TEXT_ATTACHMENTS_MAX * (VARINT_SIZE_MAX + 1 + TEXT_MEDIA_MAX + 1 + TEXT_NAME_MAX))

static int media_check(const char *media, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (media[i] <= ' ' || media[i] > '~') return ERR_FIELD;
    return 0;
}

static int name_check(const char *name, size_t size) {
    if (!utf8_is_text((const uint8_t *)name, size, false)) return ERR_TEXT;
    bool folder = (size == 1 && name[0] == '.') || (size == 2 && name[0] == '.' && name[1] == '.');
    return folder || memchr(name, '/', size) || memchr(name, '\\', size) ? ERR_FIELD : 0;
}

/* Read one byte of length and so many bytes of text. */
static int short_text(struct reader *in, char *out, size_t max, int (*check)(const char *, size_t)) {
    size_t size = reader_u8(in);
    const uint8_t *bytes = reader_bytes(in, size);
    if (in->err) return in->err;
    if (size > max) return ERR_LIMIT;
    int err = check((const char *)bytes, size);
    if (err) return err;
    memcpy(out, bytes, size);
    out[size] = '\0';
    return 0;
}

static int attachments_read(struct text *out, const struct record *record, const struct field *f) {
    struct reader in;
    if (!record_ref(record, REF_BLOB)) return ERR_FIELD;
    reader_init(&in, f->value, f->size);
    for (unsigned i = 0; i < record->ref_count; i++) {
        if (record->refs[i].type != REF_BLOB) continue;
        if (out->attachment_count == TEXT_ATTACHMENTS_MAX) return ERR_LIMIT;
        struct attachment *a = &out->attachments[out->attachment_count++];
        memcpy(a->blob, record->refs[i].id, HASH_SIZE);
        a->size_bytes = reader_varint(&in, BLOB_SIZE_MAX);
        if (a->size_bytes == 0) reader_fail(&in, ERR_LIMIT);
        int err = short_text(&in, a->media, TEXT_MEDIA_MAX, media_check);
        if (!err) err = short_text(&in, a->name, TEXT_NAME_MAX, name_check);
        if (err) return err;
    }
    return reader_end(&in);
}

static bool is_zeros(const uint8_t hash[HASH_SIZE]) {
    static const uint8_t zeros[HASH_SIZE];
    return memcmp(hash, zeros, HASH_SIZE) == 0;
}

static int place_check(const char *place, size_t size) {
    if (size == 0) return ERR_FIELD;
    if (size > TEXT_PLACE_MAX) return ERR_LIMIT;
    return utf8_is_text((const uint8_t *)place, size, false) ? 0 : ERR_TEXT;
}

/* The attachments, whose tag is lower, have been read. */
static int originals_read(struct text *out, const struct field *f) {
    bool any = false;
    if (f->size == 0 || f->size != (size_t)out->attachment_count * HASH_SIZE) return ERR_FIELD;
    for (unsigned i = 0; i < out->attachment_count; i++) {
        memcpy(out->attachments[i].original, f->value + (size_t)i * HASH_SIZE, HASH_SIZE);
        any |= !is_zeros(out->attachments[i].original);
    }
    return any ? 0 : ERR_FIELD;
}

static int field_read(struct text *out, const struct record *record, const struct field *f) {
    int err = 0;
    switch (f->tag) {
    case TAG_TEXT:
        if (!utf8_is_text(f->value, f->size, true)) return ERR_TEXT;
        out->text = (const char *)f->value;
        out->size = f->size;
        return 0;
    case TAG_ATTACHMENTS: return attachments_read(out, record, f);
    case TAG_ORIGIN: out->guest = f->size == 1 && f->value[0] == ORIGIN_GUEST; return out->guest ? 0 : ERR_FIELD;
    case TAG_PLACE:
        err = place_check((const char *)f->value, f->size);
        if (!err) memcpy(out->place, f->value, f->size);
        return err;
    case TAG_GROUND:
        if (f->size != 1 || f->value[0] < TEXT_GROUND_SAW || f->value[0] > TEXT_GROUND_TOLD) return ERR_FIELD;
        out->ground = f->value[0];
        return 0;
    case TAG_ORIGINALS: return originals_read(out, f);
    case TAG_FORWARDED:
        out->forwarded = f->value;
        out->forwarded_size = f->size;
        return 0;
    default: return 0;
    }
}

static int fields_read(struct text *out, const struct record *record) {
    struct reader in;
    struct field f = {0};
    size_t size;
    int got;
    const uint8_t *content = record_content(record, &size);
    memset(out, 0, sizeof *out);
    if (!content || record->kind != KIND_TEXT) return ERR_FIELD;
    reader_init(&in, content, size);
    while ((got = fields_next(&in, f.tag, &f)) > 0) {
        int err = field_read(out, record, &f);
        if (err) return err;
    }
    if (got < 0) return got;
    out->corrects = record_ref(record, REF_CORRECTS);
    if (out->attachment_count == 0 && ((out->size == 0 && !out->forwarded) || record_ref(record, REF_BLOB)))
        return ERR_FIELD;
    return 0;
}

/* Decode the message that is forwarded. */
static int forwarded_read(const struct text *text, struct record *record, struct text *out) {
    int err = record_decode(record, text->forwarded, text->forwarded_size);
    if (!err && record->form != RECORD_FORM_PLAIN) err = ERR_FIELD;
    if (!err) err = fields_read(out, record);
    return !err && out->forwarded ? ERR_FIELD : err;
}

static bool has_blob(const struct text *text, const uint8_t blob[HASH_SIZE]) {
    for (unsigned i = 0; i < text->attachment_count; i++)
        if (memcmp(text->attachments[i].blob, blob, HASH_SIZE) == 0) return true;
    return false;
}

int text_decode(struct text *out, const struct record *record) {
    struct record forwarded;
    struct text its;
    int err = fields_read(out, record);
    if (err || !out->forwarded) return err;
    err = forwarded_read(out, &forwarded, &its);
    for (unsigned i = 0; !err && i < its.attachment_count; i++)
        if (!has_blob(out, its.attachments[i].blob)) err = ERR_FIELD;
    return err;
}

void text_forwarded(const struct text *text, struct record *record, struct text *out) {
    int err = forwarded_read(text, record, out);
    CHECK(!err);
}

int text_forwarded_verify(const struct record *record) {
    struct record forwarded;
    struct text text;
    if (record->form != RECORD_FORM_PLAIN || record->kind != KIND_TEXT || !record->body) return 0;
    int err = fields_read(&text, record);
    if (err || !text.forwarded) return err;
    err = record_decode(&forwarded, text.forwarded, text.forwarded_size);
    return err ? err : record_verify(&forwarded);
}

static void short_put(struct writer *w, const char *text, size_t size) {
    writer_u8(w, (uint8_t)size);
    writer_bytes(w, (const uint8_t *)text, size);
}

static int attachments_put(struct writer *w, const struct text *text) {
    uint8_t bytes[ATTACHMENTS_SIZE_MAX];
    struct writer list;
    writer_init(&list, bytes, sizeof bytes);
    if (text->attachment_count > TEXT_ATTACHMENTS_MAX) return ERR_LIMIT;
    for (unsigned i = 0; i < text->attachment_count; i++) {
        const struct attachment *a = &text->attachments[i];
        size_t media_size = utf8_length(a->media, sizeof a->media), name_size = utf8_length(a->name, sizeof a->name);
        if (media_size > TEXT_MEDIA_MAX || name_size > TEXT_NAME_MAX || a->size_bytes == 0 ||
            a->size_bytes > BLOB_SIZE_MAX)
            return ERR_LIMIT;
        int err = media_check(a->media, media_size);
        if (!err) err = name_check(a->name, name_size);
        if (err) return err;
        writer_varint(&list, a->size_bytes);
        short_put(&list, a->media, media_size);
        short_put(&list, a->name, name_size);
    }
    if (!list.err) fields_put(w, TAG_ATTACHMENTS, bytes, list.at);
    return list.err;
}

static void originals_put(struct writer *w, const struct text *text) {
    uint8_t bytes[TEXT_ATTACHMENTS_MAX * HASH_SIZE];
    bool any = false;
    for (unsigned i = 0; i < text->attachment_count; i++) {
        memcpy(bytes + (size_t)i * HASH_SIZE, text->attachments[i].original, HASH_SIZE);
        any |= !is_zeros(text->attachments[i].original);
    }
    if (any) fields_put(w, TAG_ORIGINALS, bytes, (size_t)text->attachment_count * HASH_SIZE);
}

/* What stands behind the origin. */
static int rest_put(struct writer *w, const struct text *text) {
    struct record record;
    struct text its;
    size_t place_size = utf8_length(text->place, sizeof text->place);
    int err = place_size > 0 ? place_check(text->place, place_size) : 0;
    if (!err && text->ground > TEXT_GROUND_TOLD) err = ERR_FIELD;
    if (!err && text->forwarded) err = forwarded_read(text, &record, &its);
    if (err) return err;
    if (place_size > 0) fields_put(w, TAG_PLACE, (const uint8_t *)text->place, place_size);
    if (text->ground) fields_put(w, TAG_GROUND, &text->ground, 1);
    originals_put(w, text);
    if (text->forwarded) fields_put(w, TAG_FORWARDED, text->forwarded, text->forwarded_size);
    return 0;
}

int text_body(const struct text *text, const uint8_t salt[RECORD_SALT_SIZE], uint8_t *out, size_t size) {
    static const uint8_t guest = ORIGIN_GUEST;
    struct writer w;
    if (text->size > RECORD_BODY_MAX) return ERR_LIMIT;
    if (text->size > 0 && !utf8_is_text((const uint8_t *)text->text, text->size, true)) return ERR_TEXT;
    if (text->size == 0 && text->attachment_count == 0 && !text->forwarded) return ERR_FIELD;
    writer_init(&w, out, size);
    writer_bytes(&w, salt, RECORD_SALT_SIZE);
    if (text->size > 0) fields_put(&w, TAG_TEXT, (const uint8_t *)text->text, text->size);
    if (text->attachment_count > 0) {
        int err = attachments_put(&w, text);
        if (err) return err;
    }
    if (text->guest) fields_put(&w, TAG_ORIGIN, &guest, 1);
    int err = rest_put(&w, text);
    if (err) return err;
    return w.err ? w.err : (int)w.at;
}
