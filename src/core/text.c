/*
 * text.c: the body of a text message.
 */
#include "core/text.h"

#include <string.h>

#include "core/fields.h"
#include "core/utf8.h"

enum { TAG_TEXT = 1, TAG_ATTACHMENTS, TAG_ORIGIN };
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

int text_decode(struct text *out, const struct record *record) {
    struct reader in;
    struct field f = {0};
    size_t size;
    int got;
    const uint8_t *content = record_content(record, &size);
    memset(out, 0, sizeof *out);
    if (!content || record->kind != KIND_TEXT) return ERR_FIELD;
    reader_init(&in, content, size);
    while ((got = fields_next(&in, f.tag, &f)) > 0) {
        int err = 0;
        if (f.tag == TAG_TEXT) {
            if (!utf8_is_text(f.value, f.size, true)) return ERR_TEXT;
            out->text = (const char *)f.value;
            out->size = f.size;
        } else if (f.tag == TAG_ATTACHMENTS) {
            err = attachments_read(out, record, &f);
        } else if (f.tag == TAG_ORIGIN) {
            out->guest = f.size == 1 && f.value[0] == ORIGIN_GUEST;
            err = out->guest ? 0 : ERR_FIELD;
        }
        if (err) return err;
    }
    if (got < 0) return got;
    if (out->attachment_count == 0 && (out->size == 0 || record_ref(record, REF_BLOB))) return ERR_FIELD;
    return 0;
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

int text_body(const struct text *text, const uint8_t salt[RECORD_SALT_SIZE], uint8_t *out, size_t size) {
    static const uint8_t guest = ORIGIN_GUEST;
    struct writer w;
    if (text->size > RECORD_BODY_MAX) return ERR_LIMIT;
    if (text->size > 0 && !utf8_is_text((const uint8_t *)text->text, text->size, true)) return ERR_TEXT;
    if (text->size == 0 && text->attachment_count == 0) return ERR_FIELD;
    writer_init(&w, out, size);
    writer_bytes(&w, salt, RECORD_SALT_SIZE);
    if (text->size > 0) fields_put(&w, TAG_TEXT, (const uint8_t *)text->text, text->size);
    if (text->attachment_count > 0) {
        int err = attachments_put(&w, text);
        if (err) return err;
    }
    if (text->guest) fields_put(&w, TAG_ORIGIN, &guest, 1);
    return w.err ? w.err : (int)w.at;
}
